//! One arm for each instruction. The arms are short; the work is in the modules named beside them.

use ferrous_lua_runtime::bytecode::{Instr, Op as Code};
use ferrous_lua_runtime::{Value, Vm};

use super::arith::Operands;
use super::compare::Order;
use super::{Rec, Recorder, Stop, Traces};
use crate::ir::{Op, Ty};

impl Recorder {
    /// Records the instruction at `pc`, which the interpreter is about to run, and says where the next one will be.
    pub(super) fn instruction(
        &mut self,
        vm: &mut Vm,
        traces: &dyn Traces,
        pc: *const Instr,
        i: Instr,
    ) -> Rec<()> {
        use Operands::{ConstReg as KR, RegConst as RK, RegReg as RR};
        let Some(op) = Code::decode(i.op_byte()) else { return Err(Stop::Leave) };
        let op = op.plain();
        // SAFETY: an instruction is followed by its extra words and another instruction.
        let next = unsafe { pc.add(op.words()) };
        let (a, d) = (i.a(), i.d());
        self.expect(next);
        match op {
            // ---- moves and constants
            Code::Move => {
                let val = self.reg(d);
                self.set(a, val);
            }
            Code::LoadK => self.load_constant(a, self.k(d)),
            Code::LoadKX => self.load_constant(a, self.k(self.extra(pc, 0) as usize)),
            Code::LoadInt => self.load_constant(a, Value::number(f64::from(i.signed_d()))),
            Code::LoadPri => self.load_constant(a, Value::from_bits(Value::NIL.to_bits() + d as u64)),
            Code::LoadNil => (a..=d).for_each(|r| self.load_constant(r, Value::NIL)),
            // ---- unary
            Code::Not => {
                let falsy = self.seen(vm, d).is_falsy();
                self.typed(vm, d)?;
                self.load_constant(a, Value::boolean(falsy));
            }
            Code::Unm => self.negate(vm, pc, i)?,
            Code::Len => self.length(vm, pc, i)?,
            // ---- arithmetic
            Code::AddRR => self.arithmetic(vm, pc, i, Op::Add, RR)?,
            Code::SubRR => self.arithmetic(vm, pc, i, Op::Sub, RR)?,
            Code::MulRR => self.arithmetic(vm, pc, i, Op::Mul, RR)?,
            Code::DivRR => self.arithmetic(vm, pc, i, Op::Div, RR)?,
            Code::ModRR => self.arithmetic(vm, pc, i, Op::Mod, RR)?,
            Code::PowRR => self.arithmetic(vm, pc, i, Op::Pow, RR)?,
            Code::AddRK => self.arithmetic(vm, pc, i, Op::Add, RK)?,
            Code::SubRK => self.arithmetic(vm, pc, i, Op::Sub, RK)?,
            Code::MulRK => self.arithmetic(vm, pc, i, Op::Mul, RK)?,
            Code::DivRK => self.arithmetic(vm, pc, i, Op::Div, RK)?,
            Code::ModRK => self.arithmetic(vm, pc, i, Op::Mod, RK)?,
            Code::PowRK => self.arithmetic(vm, pc, i, Op::Pow, RK)?,
            Code::AddKR => self.arithmetic(vm, pc, i, Op::Add, KR)?,
            Code::SubKR => self.arithmetic(vm, pc, i, Op::Sub, KR)?,
            Code::MulKR => self.arithmetic(vm, pc, i, Op::Mul, KR)?,
            Code::DivKR => self.arithmetic(vm, pc, i, Op::Div, KR)?,
            Code::ModKR => self.arithmetic(vm, pc, i, Op::Mod, KR)?,
            Code::PowKR => self.arithmetic(vm, pc, i, Op::Pow, KR)?,
            Code::Concat => self.concat(vm, pc, i)?,
            // ---- comparison and jump
            Code::JltRR => self.order(vm, pc, i, Order::reg(Op::Lt, true))?,
            Code::JnltRR => self.order(vm, pc, i, Order::reg(Op::Lt, false))?,
            Code::JleRR => self.order(vm, pc, i, Order::reg(Op::Le, true))?,
            Code::JnleRR => self.order(vm, pc, i, Order::reg(Op::Le, false))?,
            Code::JltRK => self.order(vm, pc, i, Order::constant(Op::Lt, true))?,
            Code::JnltRK => self.order(vm, pc, i, Order::constant(Op::Lt, false))?,
            Code::JleRK => self.order(vm, pc, i, Order::constant(Op::Le, true))?,
            Code::JnleRK => self.order(vm, pc, i, Order::constant(Op::Le, false))?,
            Code::JltKR => self.order(vm, pc, i, Order::swapped(Op::Lt, true))?,
            Code::JnltKR => self.order(vm, pc, i, Order::swapped(Op::Lt, false))?,
            Code::JleKR => self.order(vm, pc, i, Order::swapped(Op::Le, true))?,
            Code::JnleKR => self.order(vm, pc, i, Order::swapped(Op::Le, false))?,
            Code::JeqRR => self.equal_registers(vm, pc, i, true)?,
            Code::JneRR => self.equal_registers(vm, pc, i, false)?,
            Code::JeqRK => self.equal_constant(vm, pc, i, true)?,
            Code::JneRK => self.equal_constant(vm, pc, i, false)?,
            Code::JeqRP => self.equal_primitive(vm, pc, i, true)?,
            Code::JneRP => self.equal_primitive(vm, pc, i, false)?,
            Code::Jt => self.test(vm, pc, i, true)?,
            Code::Jf => self.test(vm, pc, i, false)?,
            Code::JtSet => self.test_set(vm, pc, i, true)?,
            Code::JfSet => self.test_set(vm, pc, i, false)?,
            Code::Jmp => {
                // SAFETY: jumps of verified code stay inside it.
                let target = unsafe { next.offset(i.j()) };
                self.expect(target);
            }
            Code::JmpBack => self.jmp_back(traces, pc, i)?,
            // ---- upvalues and closures
            Code::GetUpvalV => self.get_upvalue_by_value(vm, a, d)?,
            Code::GetUpval => self.get_upvalue(vm, a, d)?,
            Code::SetUpval => self.set_upvalue(vm, a, d)?,
            Code::Closure => self.closure(vm, i)?,
            Code::Close => self.close(a)?,
            // ---- globals and fields
            Code::GetGlobal => self.get_global(vm, pc, i)?,
            Code::SetGlobal => self.set_global(vm, pc, i)?,
            Code::GetField => self.get_field(vm, pc, i)?,
            Code::SetField => self.set_field(vm, pc, i)?,
            Code::SelfField => self.self_field(vm, pc, i)?,
            Code::GetIndex => self.get_index(vm, pc, i)?,
            Code::GetIndexI => self.get_index_literal(vm, pc, i)?,
            Code::SetIndex => self.set_index(vm, pc, i)?,
            Code::SetIndexI => self.set_index_literal(vm, pc, i)?,
            // ---- constructors
            Code::NewTable => self.new_table(pc, i)?,
            Code::NewObject => self.new_object(vm, pc, i)?,
            Code::SetList => self.set_list(vm, pc, i)?,
            // ---- calls
            Code::Call => self.call(vm, i, next)?,
            Code::TailCall | Code::TailCallV => self.tail_call(vm, i, next)?,
            Code::Vararg => self.vararg(vm, i)?,
            Code::MoveUp => self.move_up(vm, i)?,
            Code::Return => self.return_values(vm, i.a(), i.b())?,
            Code::ReturnV => self.return_values(vm, i.a(), i.b())?,
            Code::Return0 => self.return_values(vm, 0, 1)?,
            Code::Return1 => self.return_values(vm, a, 2)?,
            // ---- loops
            Code::ForPrep => self.for_prep(vm, pc, i)?,
            Code::ForLoop | Code::ForLoopUp => self.for_loop(vm, traces, pc, i)?,
            Code::TForPrep => self.tfor_prep(vm, pc, i)?,
            Code::TForCall => self.tfor_call(vm, pc, i)?,
            Code::TForLoop => self.tfor_loop(vm, traces, pc, i)?,
            // ---- function headers
            Code::Func => {
                self.enter_function(i)?;
                // The interpreter enters once more when it has filled parameters in.
                self.expected.pcs[1] = pc;
            }
            Code::FuncV => {
                self.enter_vararg_function(i)?;
                self.expect(next);
            }
            // ---- what `plain` has undone, and landings, which belong to no function
            Code::GetFieldProto | Code::SelfProto | Code::SelfString => return Err(Stop::Leave),
            Code::ForLoopJit | Code::ForLoopUpJit | Code::TForLoopJit => return Err(Stop::Leave),
            Code::JmpBackJit | Code::FuncJit => return Err(Stop::Leave),
            Code::HostReturn | Code::CoReturn | Code::PcallReturn => return Err(Stop::Leave),
            Code::HandlerReturn | Code::SequenceReturn | Code::SequenceStep => return Err(Stop::Leave),
            Code::MetaReturn | Code::HookReturn => return Err(Stop::Leave),
        }
        Ok(())
    }

    fn load_constant(&mut self, r: usize, v: Value) {
        let val = self.constant(v);
        self.set(r, val);
    }

    /// Extra word `n` of the instruction at `pc`.
    pub(super) fn extra(&self, pc: *const Instr, n: usize) -> u32 {
        // SAFETY: the callers' instructions have the words they ask for.
        unsafe { (*pc.add(1 + n)).0 }
    }

    /// Where the instruction at `pc` with this many extra words goes on without its jump, and with it (by extra word 0).
    pub(super) fn branch_targets(&self, pc: *const Instr, extra: usize) -> (*const Instr, *const Instr) {
        // SAFETY: jumps of verified code stay inside it.
        unsafe {
            let behind = pc.add(1 + extra);
            (behind, behind.offset(self.extra(pc, 0) as i32 as isize))
        }
    }

    /// Is a value of this type collectable, or may it be?
    pub(super) fn may_be_object(ty: Ty) -> bool {
        ty.is_object() || ty == Ty::Any
    }
}
