//! Metamethods that are Lua functions: calling them from fields and indices, and what becomes of any metamethod's result.
//!
//! `slow::meta` does the same for all other operands and functions.

use crate::dispatch::{constants_of, handler, jump, next};
use crate::slow;
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::frame;

/// Calls `$f` with `$arg`s for the instruction before `$pc`, which will get the result, if it is a Lua function; else goes to `$slow`.
macro_rules! call_metamethod {
    ($f:expr, [$($arg:expr),+], $slow:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        use ferrous_lua_runtime::Value;
        use ferrous_lua_runtime::frame::{Landing, MetaThen, RECORD_CALLEE, RECORD_SLOTS, record_word};
        use ferrous_lua_runtime::object::LuaFunction;
        let handler: Value = $f;
        let f = $crate::handlers::calls::lua_function_or!(handler, $slow, $pc, $base, $k, $vm, $x);
        // The record and its few arguments go above the frame's registers, within the slack.
        let caller = (*$base.sub(2)).payload() as *const LuaFunction;
        let distance = usize::from((*(*caller).proto).frame_size);
        let record = $base.add(distance);
        *record = *$base.sub(2);
        *record.add(1) = Value::from_bits($pc as u64);
        *record.add(2) = record_word(distance, MetaThen::Finish.flags());
        *record.add(RECORD_CALLEE) = handler;
        *record.add(RECORD_CALLEE + 1) = Value::from_bits(Landing::Meta.pc() as u64);
        let frame = record.add(RECORD_SLOTS);
        let mut nargs = 0;
        $(
            *frame.add(nargs) = $arg;
            nargs += 1;
        )+
        $crate::handlers::calls::enter!(f, frame, nargs, $vm)
    }};
}
pub(crate) use call_metamethod;

/// What an instruction does with its metamethod's result.
#[derive(Clone, Copy)]
enum Finish {
    Store,
    /// The object goes where the method's first argument is.
    StoreMethod,
    Nothing,
    JumpIf(bool),
}

/// The same by opcode, with the number of extra words.
static FINISH: [(Finish, u8); 128] = {
    let mut table = [(Finish::Store, 0); 128];
    let mut n = 0;
    while n < Op::ALL.len() {
        let op = Op::ALL[n];
        table[op as usize] = (finish_of(op), op.extra_words() as u8);
        n += 1;
    }
    table
};

const fn finish_of(op: Op) -> Finish {
    match op {
        Op::SetGlobal | Op::SetField | Op::SetIndex | Op::SetIndexI => Finish::Nothing,
        Op::SelfField | Op::SelfProto | Op::SelfString => Finish::StoreMethod,
        Op::JltRR | Op::JltRK | Op::JltKR | Op::JleRR | Op::JleRK | Op::JleKR | Op::JeqRR => {
            Finish::JumpIf(true)
        }
        Op::JnltRR | Op::JnltRK | Op::JnltKR | Op::JnleRR | Op::JnleRK | Op::JnleKR | Op::JneRR => {
            Finish::JumpIf(false)
        }
        _ => Finish::Store,
    }
}

handler!(
    /// The landing of a metamethod, in whose record's first words the calling frame is (see `slow::landing`).
    meta_return(pc, base, k, vm, x) {
        let word = (*base).to_bits();
        if frame::record_flags(word) != frame::MetaThen::Finish.flags() {
            return jump!(slow::meta_return, pc, base, k, vm, x);
        }
        let result = *base.add(1);
        let pc = (*base.sub(1)).to_bits() as *const Instr;
        let base = base.sub(2 + frame::record_distance(word));
        let i = *pc.sub(1);
        let (finish, words) = FINISH[usize::from(i.op_byte())];
        let mut pc = pc.add(usize::from(words));
        match finish {
            Finish::Nothing => {}
            Finish::Store => *base.add(i.a()) = result,
            Finish::StoreMethod => {
                // A may be B: the object first.
                *base.add(i.a() + 2) = *base.add(i.b());
                *base.add(i.a()) = result;
            }
            Finish::JumpIf(truth) => {
                if result.is_truthy() == truth {
                    pc = pc.offset((*pc.sub(1)).0 as i32 as isize);
                }
            }
        }
        next!(pc, base, constants_of(base), vm)
    }
);
