//! Operators on other than two plain numbers: coercions, metamethods, comparison, concatenation, length.

use super::meta::{call_metamethod, take_branch};
use super::{Resume, slow};
use crate::unwind::raise;
use ferrous_lua_runtime::arith::{self, ArithOp};
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::frame::{FrameRef, MetaThen};
use ferrous_lua_runtime::message::Culprit;
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Type, Value, Vm, string};

/// Which operands an instruction has in B and C (or A and D).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    RegReg,
    RegConst,
    ConstReg,
}

fn arith_form(op: Op) -> (ArithOp, Form) {
    use Form::*;
    match op {
        Op::AddRR => (ArithOp::Add, RegReg),
        Op::AddRK => (ArithOp::Add, RegConst),
        Op::AddKR => (ArithOp::Add, ConstReg),
        Op::SubRR => (ArithOp::Sub, RegReg),
        Op::SubRK => (ArithOp::Sub, RegConst),
        Op::SubKR => (ArithOp::Sub, ConstReg),
        Op::MulRR => (ArithOp::Mul, RegReg),
        Op::MulRK => (ArithOp::Mul, RegConst),
        Op::MulKR => (ArithOp::Mul, ConstReg),
        Op::DivRR => (ArithOp::Div, RegReg),
        Op::DivRK => (ArithOp::Div, RegConst),
        Op::DivKR => (ArithOp::Div, ConstReg),
        Op::ModRR => (ArithOp::Mod, RegReg),
        Op::ModRK => (ArithOp::Mod, RegConst),
        Op::ModKR => (ArithOp::Mod, ConstReg),
        Op::PowRR => (ArithOp::Pow, RegReg),
        Op::PowRK => (ArithOp::Pow, RegConst),
        Op::PowKR => (ArithOp::Pow, ConstReg),
        op => unreachable!("{} is no binary arithmetic", op.name()),
    }
}

pub(crate) fn arith_event(op: ArithOp) -> Event {
    match op {
        ArithOp::Add => Event::Add,
        ArithOp::Sub => Event::Sub,
        ArithOp::Mul => Event::Mul,
        ArithOp::Div => Event::Div,
        ArithOp::Mod => Event::Mod,
        ArithOp::Pow => Event::Pow,
    }
}

fn register(vm: &Vm, n: usize) -> Value {
    // SAFETY: dispatch rule 4.
    unsafe { *vm.base.add(n) }
}

fn set_register(vm: &mut Vm, n: usize, v: Value) {
    // SAFETY: dispatch rule 4.
    unsafe { *vm.base.add(n) = v }
}

fn constant(vm: &Vm, n: usize) -> Value {
    // SAFETY: a Lua function runs when its instruction does, and verified code names only constants that exist.
    unsafe { *crate::dispatch::constants_of(vm.base).add(n) }
}

/// `R[A] := v` for the instruction before `vm.pc`, and on behind its extra words.
pub(crate) fn store_result(vm: &mut Vm, i: Instr, v: Value) -> Resume {
    if matches!(i.op(), Op::SelfField | Op::SelfProto | Op::SelfString) {
        // A may be B: the object first.
        let object = register(vm, i.b());
        set_register(vm, i.a() + 2, object);
    }
    set_register(vm, i.a(), v);
    // SAFETY: the extra words belong to the instruction.
    vm.pc = unsafe { vm.pc.add(i.op().extra_words()) };
    Resume::NEXT
}

slow! {
    arith(vm, i) {
        arith_work(vm, i)
    }

    unm(vm, i) {
        let a = register(vm, i.d());
        if let Some(x) = arith::to_number(a) {
            set_register(vm, i.a(), Value::number(-x));
            return Resume::NEXT;
        }
        let method = vm.metamethod(a, Event::Unm);
        if !method.is_nil() {
            return call_metamethod(vm, method, &[a, a], MetaThen::Finish.flags());
        }
        arithmetic_error(vm, a, a, (Some(i.d()), Some(i.d())))
    }

    len(vm, i) {
        let v = register(vm, i.d());
        let asks = if v.is_table() { vm.options.lua52 } else { !v.is_string() };
        if asks {
            let method = vm.metamethod(v, Event::Len);
            if !method.is_nil() {
                return call_metamethod(vm, method, &[v, Value::NIL], MetaThen::Finish.flags());
            }
        }
        let n = if let Some(s) = v.as_string() {
            f64::from(s.len)
        } else if let Some(t) = v.as_table() {
            vm.table_len(t) as f64
        } else {
            let name = operand_name(vm, Some(i.d()));
            let throw = vm.operand_error("get length of", v, name);
            return raise(vm, throw);
        };
        set_register(vm, i.a(), Value::number_unchecked(n));
        Resume::NEXT
    }

    compare(vm, i) {
        use Op::*;
        let op = i.op();
        let right = match op {
            JltRR | JnltRR | JleRR | JnleRR => register(vm, i.d()),
            _ => constant(vm, i.d()),
        };
        let left = register(vm, i.a());
        let (a, b) = if matches!(op, JltKR | JnltKR | JleKR | JnleKR) { (right, left) } else { (left, right) };
        let strict = matches!(op, JltRR | JnltRR | JltRK | JnltRK | JltKR | JnltKR);
        let sense = matches!(op, JltRR | JltRK | JltKR | JleRR | JleRK | JleKR);
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return take_branch(vm, (if strict { x < y } else { x <= y }) == sense);
        }
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            let order = arith::compare_strings(x.bytes(), y.bytes());
            return take_branch(vm, (if strict { order.is_lt() } else { order.is_le() }) == sense);
        }
        if a.type_of() == b.type_of() {
            let method = vm.shared_metamethod(a, b, if strict { Event::Lt } else { Event::Le });
            if !method.is_nil() {
                return call_metamethod(vm, method, &[a, b], MetaThen::Finish.flags());
            }
            if !strict {
                let method = vm.shared_metamethod(b, a, Event::Lt);
                if !method.is_nil() {
                    return call_metamethod(vm, method, &[b, a], MetaThen::Negate.flags());
                }
            }
        }
        let throw = vm.compare_error(a, b);
        raise(vm, throw)
    }

    /// Two values of one type with different bits.
    equal(vm, i) {
        let a = register(vm, i.a());
        let (sense, b) = match i.op() {
            Op::JeqRR => (true, register(vm, i.d())),
            Op::JneRR => (false, register(vm, i.d())),
            Op::JeqRK => (true, constant(vm, i.d())),
            _ => (false, constant(vm, i.d())),
        };
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return take_branch(vm, string::string_eq(x, y) == sense);
        }
        if matches!(a.type_of(), Type::Table | Type::Userdata) {
            let method = vm.shared_metamethod(a, b, Event::Eq);
            if !method.is_nil() {
                return call_metamethod(vm, method, &[a, b], MetaThen::Finish.flags());
            }
        }
        take_branch(vm, !sense)
    }

    /// A numeric `for` whose start, limit or step is no number: strings are converted.
    for_prep(vm, i) {
        for (n, what) in ["initial value", "limit", "step"].iter().enumerate() {
            let v = register(vm, i.a() + n);
            match arith::to_number(v) {
                Some(x) => set_register(vm, i.a() + n, Value::number(x)),
                None => {
                    let throw = vm.operation_error(format!("'for' {what} must be a number").as_bytes());
                    return raise(vm, throw);
                }
            }
        }
        // All are numbers now: once more.
        // SAFETY: `vm.pc` is behind the instruction's first word.
        vm.pc = unsafe { vm.pc.sub(1) };
        Resume::NEXT
    }

    concat(vm, i) {
        concat_from(vm, i, i.c())
    }
}

/// `R[A] := B op C` for any two values.
fn arith_work(vm: &mut Vm, i: Instr) -> Resume {
    let (op, form) = arith_form(i.op());
    let ((a, ra), (b, rb)) = match form {
        Form::RegReg => ((register(vm, i.b()), Some(i.b())), (register(vm, i.c()), Some(i.c()))),
        Form::RegConst => ((register(vm, i.b()), Some(i.b())), (constant(vm, i.c()), None)),
        Form::ConstReg => ((constant(vm, i.b()), None), (register(vm, i.c()), Some(i.c()))),
    };
    if let (Some(x), Some(y)) = (arith::to_number(a), arith::to_number(b)) {
        set_register(vm, i.a(), Value::number(arith::compute(op, x, y)));
        return Resume::NEXT;
    }
    let method = binary_metamethod(vm, a, b, arith_event(op));
    if !method.is_nil() {
        return call_metamethod(vm, method, &[a, b], MetaThen::Finish.flags());
    }
    arithmetic_error(vm, a, b, (ra, rb))
}

/// The metamethod of the first operand that has one.
fn binary_metamethod(vm: &mut Vm, a: Value, b: Value, event: Event) -> Value {
    let method = vm.metamethod(a, event);
    if method.is_nil() { vm.metamethod(b, event) } else { method }
}

/// The name that a message gives to the value in a register.
fn operand_name(vm: &Vm, register: Option<usize>) -> Option<(ferrous_lua_runtime::names::NameKind, Vec<u8>)> {
    let register = register?;
    // SAFETY: a Lua function runs, and its prototype is live.
    unsafe {
        let proto = (FrameRef { base: vm.base, pc: vm.pc }).proto()?;
        let word = (*proto).word_of(vm.pc)?.checked_sub(1)?;
        ferrous_lua_runtime::names::variable_name(&*proto, word, register)
    }
}

fn arithmetic_error(vm: &mut Vm, a: Value, b: Value, regs: (Option<usize>, Option<usize>)) -> Resume {
    let (culprit, register) = match Vm::arithmetic_culprit(a, b) {
        Culprit::First => (a, regs.0),
        Culprit::Second => (b, regs.1),
    };
    let name = operand_name(vm, register);
    let throw = vm.operand_error("perform arithmetic on", culprit, name);
    raise(vm, throw)
}

/// Concatenates registers B up to `top` (B to C at first) from the right, as many strings and numbers at a time as there are.
pub(crate) fn concat_from(vm: &mut Vm, i: Instr, mut top: usize) -> Resume {
    let first = i.b();
    while top > first {
        let (a, b) = (register(vm, top - 1), register(vm, top));
        let joinable = |v: Value| v.is_string() || v.is_number();
        if !(joinable(a) && joinable(b)) {
            let method = binary_metamethod(vm, a, b, Event::Concat);
            if !method.is_nil() {
                return call_metamethod(vm, method, &[a, b], MetaThen::concat(top));
            }
            let (culprit, reg) = match Vm::concat_culprit(a, b) {
                Culprit::First => (a, top - 1),
                Culprit::Second => (b, top),
            };
            let name = operand_name(vm, Some(reg));
            let throw = vm.operand_error("concatenate", culprit, name);
            return raise(vm, throw);
        }
        let mut from = top - 1;
        while from > first && joinable(register(vm, from - 1)) {
            from -= 1;
        }
        // SAFETY: registers of the running frame.
        let parts = unsafe { std::slice::from_raw_parts(vm.base.add(from), top - from + 1) };
        match arith::concat(vm, parts) {
            Ok(s) => set_register(vm, from, s),
            Err(throw) => return raise(vm, throw),
        }
        top = from;
    }
    let v = register(vm, first);
    set_register(vm, i.a(), v);
    crate::safepoint::after_allocation(vm)
}
