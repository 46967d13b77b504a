//! The dispatch table: which handler carries out which opcode.

use crate::dispatch::{HandlerFn, exit};
use crate::handlers::{arith, calls, compare, data, fields, index, loops, metamethods};
use crate::{hooks, slow};
use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::Op;
use ferrous_lua_runtime::vm::{Handler, MARKED_SLOTS};

/// Whether loops and functions count towards compilation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profiling {
    Off,
    On,
}

/// Fills the VM's dispatch table.
pub(crate) fn install(vm: &mut Vm, profiling: Profiling) {
    vm.dispatch.fill(exit as HandlerFn as Handler);
    vm.dispatch[MARKED_SLOTS..].fill(slow::marked as HandlerFn as Handler);
    for &op in Op::ALL {
        vm.dispatch[op as usize] = handler(op, profiling) as Handler;
    }
    if vm.options.lua52 {
        // The fast form takes no notice of metatables.
        vm.dispatch[Op::Len as usize] = slow::len as HandlerFn as Handler;
    }
    vm.plain_dispatch = vm.dispatch;
    vm.record_handler = slow::record as HandlerFn as Handler;
    vm.hook_handler = hooks::hooked as HandlerFn as Handler;
    vm.interrupt_handler = slow::interrupted as HandlerFn as Handler;
}

/// The handler that carries an instruction out without counting it, and without entering its native code.
pub(crate) fn uncounted(op: Op) -> HandlerFn {
    handler(if op.is_native() { op.plain() } else { op }, Profiling::Off)
}

fn handler(op: Op, profiling: Profiling) -> HandlerFn {
    let counted =
        |plain: HandlerFn, counting: HandlerFn| if profiling == Profiling::On { counting } else { plain };
    match op {
        Op::Move => data::mov,
        Op::LoadK => data::load_k,
        Op::LoadKX => data::load_kx,
        Op::LoadInt => data::load_int,
        Op::LoadPri => data::load_pri,
        Op::LoadNil => data::load_nil,
        Op::Not => data::not,
        Op::Unm => arith::unm,
        Op::Len => index::len,
        Op::AddRR => arith::add_rr,
        Op::SubRR => arith::sub_rr,
        Op::MulRR => arith::mul_rr,
        Op::DivRR => arith::div_rr,
        Op::ModRR => arith::mod_rr,
        Op::AddRK => arith::add_rk,
        Op::SubRK => arith::sub_rk,
        Op::MulRK => arith::mul_rk,
        Op::DivRK => arith::div_rk,
        Op::ModRK => arith::mod_rk,
        Op::AddKR => arith::add_kr,
        Op::SubKR => arith::sub_kr,
        Op::MulKR => arith::mul_kr,
        Op::DivKR => arith::div_kr,
        Op::ModKR => arith::mod_kr,
        Op::PowRR | Op::PowRK | Op::PowKR => slow::arith,
        Op::Concat => slow::concat,
        Op::JltRR => compare::jlt_rr,
        Op::JnltRR => compare::jnlt_rr,
        Op::JleRR => compare::jle_rr,
        Op::JnleRR => compare::jnle_rr,
        Op::JltRK => compare::jlt_rk,
        Op::JnltRK => compare::jnlt_rk,
        Op::JleRK => compare::jle_rk,
        Op::JnleRK => compare::jnle_rk,
        Op::JltKR => compare::jlt_kr,
        Op::JnltKR => compare::jnlt_kr,
        Op::JleKR => compare::jle_kr,
        Op::JnleKR => compare::jnle_kr,
        Op::JeqRR => compare::jeq_rr,
        Op::JneRR => compare::jne_rr,
        Op::JeqRK => compare::jeq_rk,
        Op::JneRK => compare::jne_rk,
        Op::JeqRP => compare::jeq_rp,
        Op::JneRP => compare::jne_rp,
        Op::Jt => compare::jt,
        Op::Jf => compare::jf,
        Op::JtSet => compare::jt_set,
        Op::JfSet => compare::jf_set,
        Op::Jmp => data::jmp,
        Op::JmpBack => counted(data::jmp_back, data::jmp_back_counting),
        Op::GetUpvalV => data::get_upval_v,
        Op::GetUpval => data::get_upval,
        Op::SetUpval => data::set_upval,
        Op::Closure => slow::closure,
        Op::Close => data::close,
        Op::GetGlobal => fields::get_global,
        Op::SetGlobal => fields::set_global,
        Op::GetField => fields::get_field,
        Op::SetField => fields::set_field,
        Op::SelfField => fields::self_field,
        Op::GetIndex => index::get_index,
        Op::GetIndexI => index::get_index_i,
        Op::SetIndex => index::set_index,
        Op::SetIndexI => index::set_index_i,
        Op::NewTable => slow::new_table,
        Op::NewObject => slow::new_object,
        Op::SetList => slow::set_list,
        Op::Call => calls::call,
        Op::TailCall => calls::tail_call,
        Op::TailCallV => slow::tail_call_v,
        Op::Vararg => slow::vararg,
        Op::MoveUp => slow::move_up,
        Op::Return => calls::ret_any,
        Op::ReturnV => slow::return_v,
        Op::Return0 => calls::return0,
        Op::Return1 => calls::return1,
        Op::ForPrep => loops::for_prep,
        Op::ForLoop => counted(loops::for_loop, loops::for_loop_counting),
        Op::ForLoopUp => counted(loops::for_loop_up, loops::for_loop_up_counting),
        Op::TForPrep => loops::tfor_prep,
        Op::TForCall => loops::tfor_call,
        Op::TForLoop => counted(loops::tfor_loop, loops::tfor_loop_counting),
        Op::Func => counted(calls::func, calls::func_counting),
        Op::FuncV => slow::func_v,
        Op::GetFieldProto => fields::get_field_proto,
        Op::SelfProto => fields::self_proto,
        Op::SelfString => fields::self_string,
        Op::ForLoopJit => loops::for_loop_jit,
        Op::ForLoopUpJit => loops::for_loop_up_jit,
        Op::TForLoopJit => loops::tfor_loop_jit,
        Op::JmpBackJit => data::jmp_back_jit,
        Op::FuncJit => calls::func_jit,
        Op::HostReturn => slow::host_return,
        Op::CoReturn => slow::co_return,
        Op::PcallReturn => slow::pcall_return,
        Op::HandlerReturn => slow::handler_return,
        Op::SequenceReturn => slow::sequence_return,
        Op::SequenceStep => slow::sequence_step,
        Op::MetaReturn => metamethods::meta_return,
        Op::HookReturn => hooks::hook_return,
    }
}
