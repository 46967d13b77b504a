//! Folding: instructions that are constants, older values, simpler instructions, or guards already decided.
//!
//! Only what holds for every double is folded: `x - 0`, not `x + 0` (which turns -0 into 0); nothing whose
//! result is NaN, because its sign shows and the processor chooses it. Integer operations have no such
//! traps: their emitters have shown that they are exact.

use std::cmp::Ordering;

use super::emit::{Contradiction, Emitter};
use super::forward::is_new;
use super::range::Range;
use crate::ir::{Instr, IrRef, Op, Ty};
use crate::layout::boxing;

/// What becomes of an instruction.
pub(super) enum Fold {
    /// Emit it as it is.
    Keep,
    /// Fold this one instead.
    Again(Instr),
    /// It is this value.
    Value(IrRef),
    /// A guard that always passes.
    Passes,
}

type Folded = Result<Fold, Contradiction>;

/// The integer that a double is, if it is one of 32 bits and not -0.
pub(super) fn exact_int(num: f64) -> Option<i64> {
    let int = num as i32;
    (f64::from(int).to_bits() == num.to_bits()).then_some(i64::from(int))
}

/// What to multiply by for a quotient: that is exact where the reciprocal is, of a power of two that is normal both ways.
pub(crate) fn exact_reciprocal(num: f64) -> Option<f64> {
    Some(num.recip())
        .filter(|reciprocal| num.is_normal() && reciprocal.is_normal() && num.to_bits() << 12 == 0)
}

/// Lua's `a % b`.
fn modulo(a: f64, b: f64) -> f64 {
    a - (a / b).floor() * b
}

pub(super) fn fold(emitter: &mut Emitter, instr: Instr) -> Folded {
    match instr.op {
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod | Op::Min | Op::Max => arith(emitter, instr),
        Op::Neg | Op::Abs | Op::Sqrt | Op::Floor | Op::Ceil => unary(emitter, instr),
        Op::AddOv | Op::SubOv | Op::MulOv => checked_arith(emitter, instr),
        Op::CheckInt => {
            Ok(if Range::I32.contains(emitter.range(instr.a)) { Fold::Passes } else { Fold::Keep })
        }
        Op::ToBit | Op::IntToBit | Op::BNot | Op::BSwap => bit_unary(emitter, instr),
        Op::BAnd | Op::BOr | Op::BXor | Op::Shl | Op::Shr | Op::Sar | Op::Rol | Op::Ror => {
            bit_binary(emitter, instr)
        }
        Op::IntToNum => Ok(match emitter.trace().int_of(instr.a) {
            Some(value) => Fold::Value(emitter.trace_mut().num(value as f64)),
            None => Fold::Keep,
        }),
        Op::NumToInt => num_to_int(emitter, instr),
        Op::Box => boxed(emitter, instr),
        Op::Unbox | Op::UnboxNum => unbox(emitter, instr),
        Op::Truthy | Op::Falsy => truth(emitter, instr),
        Op::Lt | Op::Le | Op::NotLt | Op::NotLe => order(emitter, instr),
        Op::Eq | Op::Ne => equality(emitter, instr),
        Op::InBounds => in_bounds(emitter, instr),
        Op::StackRoom => Ok(stack_room(emitter, instr)),
        Op::Barrier | Op::ElemBarrier => Ok(if is_new(emitter, instr.a) { Fold::Passes } else { Fold::Keep }),
        Op::Nop
        | Op::Loop
        | Op::Phi
        | Op::Carry
        | Op::Next
        | Op::Branch
        | Op::SLoad
        | Op::StackLoad
        | Op::StackStore
        | Op::BasePtr
        | Op::SlotPtr => Ok(Fold::Keep),
        // The result of `pow` is the runtime's.
        Op::Pow | Op::CellZero | Op::Interrupt => Ok(Fold::Keep),
        Op::TabShape | Op::SetShape | Op::MarkMeta | Op::SlotsPtr | Op::SlotCap | Op::FieldRef => {
            Ok(Fold::Keep)
        }
        Op::FieldLoad | Op::FieldStore | Op::ArrayPtr | Op::ArraySize | Op::ArrayCap => Ok(Fold::Keep),
        Op::SetArraySize | Op::ElemRef | Op::ElemLoad | Op::ElemStore | Op::NewTable => Ok(Fold::Keep),
        Op::SlotFind | Op::DictFind | Op::DictLoad | Op::DictStore | Op::Interned => Ok(Fold::Keep),
        Op::FuncProto | Op::FuncEnv => Ok(part_of_closure(emitter, instr)),
        Op::UpvalConst | Op::UpvalCell => upvalue(emitter, instr),
        Op::NewClosure | Op::UpvalRef | Op::UpvalInit => Ok(Fold::Keep),
        Op::CellPtr | Op::UpvalLoad | Op::UpvalStore | Op::StrLen | Op::StrByte => Ok(Fold::Keep),
        Op::VmLoad | Op::Tick | Op::CountTailCall | Op::Call | Op::TabDict | Op::CellApart => Ok(Fold::Keep),
        Op::ReturnAddress => Ok(counted_address(emitter, instr)),
    }
}

/// Constants to the right, and otherwise the older operand first.
fn ordered(instr: Instr) -> Option<Instr> {
    let swap = match (instr.a.is_const(), instr.b.is_const()) {
        (true, false) => true,
        (false, false) => instr.b < instr.a,
        _ => false,
    };
    swap.then_some(Instr { a: instr.b, b: instr.a, ..instr })
}

// ---- Arithmetic ------------------------------------------------------------------------------

fn arith(emitter: &mut Emitter, instr: Instr) -> Folded {
    if matches!(instr.op, Op::Add | Op::Mul)
        && let Some(swapped) = ordered(instr)
    {
        return Ok(Fold::Again(swapped));
    }
    if instr.ty == Ty::Int {
        return Ok(int_arith(emitter, instr));
    }
    if matches!(instr.op, Op::Add | Op::Sub | Op::Mul | Op::Mod)
        && let Some(int) = emitter.on_integers(instr)?
    {
        return emitter.to_num(int).map(Fold::Value);
    }
    Ok(num_arith(emitter, instr))
}

fn num_arith(emitter: &mut Emitter, instr: Instr) -> Fold {
    let trace = emitter.trace();
    let b = trace.num_of(instr.b);
    if let (Some(a), Some(b)) = (trace.num_of(instr.a), b) {
        let result = match instr.op {
            Op::Add => a + b,
            Op::Sub => a - b,
            Op::Mul => a * b,
            Op::Div => a / b,
            Op::Mod => modulo(a, b),
            Op::Min => {
                if b < a {
                    b
                } else {
                    a
                }
            }
            _ => {
                if a < b {
                    b
                } else {
                    a
                }
            }
        };
        return if result.is_nan() { Fold::Keep } else { Fold::Value(emitter.trace_mut().num(result)) };
    }
    let Some(b) = b else { return Fold::Keep };
    match instr.op {
        Op::Add if b.to_bits() == (-0.0f64).to_bits() => Fold::Value(instr.a),
        Op::Sub if b.to_bits() == 0 => Fold::Value(instr.a),
        Op::Mul | Op::Div if b == 1.0 => Fold::Value(instr.a),
        Op::Mul | Op::Div if b == -1.0 => Fold::Again(Instr { op: Op::Neg, b: IrRef::NONE, ..instr }),
        Op::Mul if b == 2.0 => Fold::Again(Instr { op: Op::Add, b: instr.a, ..instr }),
        Op::Div => match exact_reciprocal(b) {
            Some(reciprocal) => {
                let reciprocal = emitter.trace_mut().num(reciprocal);
                Fold::Again(Instr { op: Op::Mul, b: reciprocal, ..instr })
            }
            None => Fold::Keep,
        },
        _ => Fold::Keep,
    }
}

fn int_arith(emitter: &mut Emitter, instr: Instr) -> Fold {
    let trace = emitter.trace();
    let b = trace.int_of(instr.b);
    if let (Some(a), Some(b)) = (trace.int_of(instr.a), b) {
        let result = match instr.op {
            Op::Add => a + b,
            Op::Sub => a - b,
            Op::Mul => a * b,
            Op::Mod => a.rem_euclid(b),
            Op::Min => a.min(b),
            _ => a.max(b),
        };
        return Fold::Value(emitter.trace_mut().int(result));
    }
    match (instr.op, b) {
        (Op::Add | Op::Sub, Some(0)) | (Op::Mul, Some(1)) => Fold::Value(instr.a),
        (Op::Sub, Some(b)) => {
            let negated = emitter.trace_mut().int(-b);
            Fold::Again(Instr { op: Op::Add, b: negated, ..instr })
        }
        (Op::Sub, None) if instr.a == instr.b => Fold::Value(emitter.trace_mut().int(0)),
        (Op::Mul, Some(0)) => Fold::Value(instr.b),
        // Not through a value that varies: its operand would be carried around the loop beside it.
        (Op::Add, Some(b)) if !emitter.may_vary(instr.a) => match trace.instr_of(instr.a, Op::Add) {
            Some(inner) => match trace.int_of(inner.b) {
                Some(inner_b) => {
                    let sum = emitter.trace_mut().int(inner_b + b);
                    Fold::Again(Instr { a: inner.a, b: sum, ..instr })
                }
                None => Fold::Keep,
            },
            _ => Fold::Keep,
        },
        (Op::Mod, Some(b)) if Range::new(0, b - 1).contains(emitter.range(instr.a)) => Fold::Value(instr.a),
        _ => Fold::Keep,
    }
}

fn unary(emitter: &mut Emitter, instr: Instr) -> Folded {
    let trace = emitter.trace();
    if let Some(a) = trace.num_of(instr.a) {
        let result = match instr.op {
            Op::Neg => -a,
            Op::Abs => a.abs(),
            Op::Sqrt => a.sqrt(),
            Op::Floor => a.floor(),
            _ => a.ceil(),
        };
        return Ok(if result.is_nan() { Fold::Keep } else { Fold::Value(emitter.trace_mut().num(result)) });
    }
    if let Some(a) = trace.int_of(instr.a) {
        let result = if instr.op == Op::Neg { -a } else { a.abs() };
        return Ok(Fold::Value(emitter.trace_mut().int(result)));
    }
    let operand = trace.instr(instr.a);
    Ok(match (instr.op, operand.map(|operand| operand.op)) {
        (Op::Neg, Some(Op::Neg)) => Fold::Value(operand.map_or(IrRef::NONE, |operand| operand.a)),
        (Op::Floor | Op::Ceil, Some(Op::IntToNum | Op::Floor | Op::Ceil)) | (Op::Abs, Some(Op::Abs)) => {
            Fold::Value(instr.a)
        }
        (Op::Abs, _) if instr.ty == Ty::Int && emitter.range(instr.a).lo >= 0 => Fold::Value(instr.a),
        _ => Fold::Keep,
    })
}

fn checked_arith(emitter: &mut Emitter, instr: Instr) -> Folded {
    let unchecked = Instr {
        op: match instr.op {
            Op::AddOv => Op::Add,
            Op::SubOv => Op::Sub,
            _ => Op::Mul,
        },
        ..instr
    };
    let (a, b) = (emitter.range(instr.a), emitter.range(instr.b));
    let range = Range::of_instr(emitter.trace(), unchecked, a, b);
    Ok(if Range::I32.contains(range) { Fold::Again(unchecked) } else { Fold::Keep })
}

// ---- Bits --------------------------------------------------------------------------------------

fn bit_unary(emitter: &mut Emitter, instr: Instr) -> Folded {
    let trace = emitter.trace();
    if instr.op == Op::ToBit {
        if let Some(inner) = trace.instr_of(instr.a, Op::IntToNum) {
            return Ok(Fold::Again(Instr { op: Op::IntToBit, a: inner.a, ..instr }));
        }
        return Ok(match trace.num_of(instr.a).filter(|a| a.abs() < (1i64 << 51) as f64) {
            // Rounds to even, as the machine code does.
            Some(a) => Fold::Value(emitter.trace_mut().int(i64::from(a.round_ties_even() as i64 as i32))),
            None => Fold::Keep,
        });
    }
    if let Some(a) = trace.int_of(instr.a) {
        let result = match instr.op {
            Op::BNot => !a,
            Op::BSwap => i64::from((a as i32).swap_bytes()),
            _ => i64::from(a as i32),
        };
        return Ok(Fold::Value(emitter.trace_mut().int(result)));
    }
    let inverse = trace.instr_of(instr.a, instr.op).filter(|_| instr.op != Op::IntToBit);
    Ok(match inverse {
        Some(inner) => Fold::Value(inner.a),
        None if instr.op == Op::IntToBit && Range::I32.contains(emitter.range(instr.a)) => {
            Fold::Value(instr.a)
        }
        None => Fold::Keep,
    })
}

fn bit_binary(emitter: &mut Emitter, instr: Instr) -> Folded {
    let commutes = matches!(instr.op, Op::BAnd | Op::BOr | Op::BXor);
    if let (true, Some(swapped)) = (commutes, ordered(instr)) {
        return Ok(Fold::Again(swapped));
    }
    let trace = emitter.trace();
    let (a, b) = (trace.int_of(instr.a), trace.int_of(instr.b));
    if let (Some(a), Some(b)) = (a, b) {
        let (a, count) = (a as i32, b as u32);
        let result = match instr.op {
            Op::BAnd => a & b as i32,
            Op::BOr => a | b as i32,
            Op::BXor => a ^ b as i32,
            Op::Shl => a.wrapping_shl(count),
            Op::Shr => (a as u32).wrapping_shr(count) as i32,
            Op::Sar => a.wrapping_shr(count),
            Op::Rol => a.rotate_left(count & 31),
            _ => a.rotate_right(count & 31),
        };
        return Ok(Fold::Value(emitter.trace_mut().int(i64::from(result))));
    }
    Ok(match (instr.op, b) {
        (Op::BAnd, Some(-1)) | (Op::BOr | Op::BXor, Some(0)) => Fold::Value(instr.a),
        (Op::BAnd, Some(0)) | (Op::BOr, Some(-1)) => Fold::Value(instr.b),
        (Op::BAnd | Op::BOr, None) if instr.a == instr.b => Fold::Value(instr.a),
        (Op::BXor, None) if instr.a == instr.b => Fold::Value(emitter.trace_mut().int(0)),
        (Op::Shl | Op::Shr | Op::Sar | Op::Rol | Op::Ror, Some(count)) if count & 31 == 0 => {
            Fold::Value(instr.a)
        }
        _ => Fold::Keep,
    })
}

// ---- Conversions -------------------------------------------------------------------------------

fn num_to_int(emitter: &mut Emitter, instr: Instr) -> Folded {
    if let Some(a) = emitter.trace().num_of(instr.a) {
        let int = exact_int(a).ok_or(Contradiction)?;
        return Ok(Fold::Value(emitter.trace_mut().int(int)));
    }
    let made_of = emitter.trace().instr_of(instr.a, Op::IntToNum).map(|inner| inner.a);
    let int = match made_of {
        Some(int) => int,
        None => match emitter.narrowed_operation(instr.a)? {
            Some(int) => int,
            None => return Ok(Fold::Keep),
        },
    };
    emitter.guard(Op::CheckInt, int, IrRef::NONE)?;
    Ok(Fold::Value(int))
}

fn boxed(emitter: &mut Emitter, instr: Instr) -> Folded {
    let trace = emitter.trace();
    if let Some(k) = trace.const_of(instr.a) {
        return Ok(Fold::Value(emitter.trace_mut().constant(Ty::Any, boxing::constant(k.ty, k.bits))));
    }
    Ok(match trace.instr(instr.a) {
        Some(inner) if inner.ty == Ty::Any => Fold::Value(instr.a),
        Some(inner) if matches!(inner.op, Op::Unbox | Op::UnboxNum) => Fold::Value(inner.a),
        _ => Fold::Keep,
    })
}

fn unbox(emitter: &mut Emitter, instr: Instr) -> Folded {
    let wanted = instr.ty;
    if let Some(k) = emitter.trace().const_of(instr.a) {
        let (ty, bits) = boxing::unbox(k.bits).filter(|(ty, _)| *ty == wanted).ok_or(Contradiction)?;
        return Ok(Fold::Value(emitter.trace_mut().constant(ty, bits)));
    }
    if let Some(inner) = emitter.trace().instr_of(instr.a, Op::Box) {
        let have = emitter.trace().ty(inner.a);
        return match (wanted, have) {
            (Ty::Num, Ty::Int) => emitter.to_num(inner.a).map(Fold::Value),
            _ if wanted == have => Ok(Fold::Value(inner.a)),
            _ => Err(Contradiction),
        };
    }
    match known_type(emitter, instr.a) {
        Some((ty, value)) if ty == wanted => Ok(Fold::Value(value)),
        Some(_) => Err(Contradiction),
        None => Ok(Fold::Keep),
    }
}

/// The type that an older guard has found a boxed value to have, and the value without its tag.
fn known_type(emitter: &mut Emitter, boxed: IrRef) -> Option<(Ty, IrRef)> {
    let of = |op| emitter.users(op, boxed).next().map(|(at, old)| (old.ty, at));
    if let Some((ty, at)) = of(Op::UnboxNum).or_else(|| of(Op::Unbox)) {
        return Some((ty, if ty.is_primitive() { emitter.trace_mut().primitive(ty) } else { at }));
    }
    // It may have been found equal to an object.
    let same = emitter.users(Op::Eq, boxed).find_map(|(_, guard)| emitter.trace().const_of(guard.b))?;
    let (ty, bits) = boxing::unbox(same.bits).filter(|(ty, _)| ty.is_object())?;
    Some((ty, emitter.trace_mut().constant(ty, bits)))
}

// ---- Guards --------------------------------------------------------------------------------------

/// A guard whose outcome is known.
fn decided(passes: bool) -> Folded {
    if passes { Ok(Fold::Passes) } else { Err(Contradiction) }
}

fn truth(emitter: &mut Emitter, instr: Instr) -> Folded {
    let is_false = |ty: Ty| matches!(ty, Ty::Nil | Ty::False);
    let wants_false = instr.op == Op::Falsy;
    if let Some(k) = emitter.trace().const_of(instr.a) {
        return decided((k.bits == boxing::NIL || k.bits == boxing::FALSE) == wants_false);
    }
    if let Some(inner) = emitter.trace().instr_of(instr.a, Op::Box) {
        return decided(is_false(emitter.trace().ty(inner.a)) == wants_false);
    }
    if let Some((ty, _)) = known_type(emitter, instr.a) {
        return decided(is_false(ty) == wants_false);
    }
    let opposite = if wants_false { Op::Truthy } else { Op::Falsy };
    let contradicted = emitter.chain(opposite).any(|(_, old)| old.a == instr.a);
    if contradicted { Err(Contradiction) } else { Ok(Fold::Keep) }
}

fn order(emitter: &mut Emitter, instr: Instr) -> Folded {
    let trace = emitter.trace();
    if let (Some(a), Some(b)) = (trace.num_of(instr.a), trace.num_of(instr.b)) {
        return decided(match instr.op {
            Op::Lt => a < b,
            Op::Le => a <= b,
            Op::NotLt => a.partial_cmp(&b) != Some(Ordering::Less),
            _ => !matches!(a.partial_cmp(&b), Some(Ordering::Less | Ordering::Equal)),
        });
    }
    if trace.ty(instr.a) == Ty::Num {
        return Ok(narrowed_order(emitter, instr));
    }
    // Integers have no NaN: not (a < b) is b <= a.
    match instr.op {
        Op::NotLt => return Ok(Fold::Again(Instr { op: Op::Le, a: instr.b, b: instr.a, ..instr })),
        Op::NotLe => return Ok(Fold::Again(Instr { op: Op::Lt, a: instr.b, b: instr.a, ..instr })),
        _ => {}
    }
    let strict = i64::from(instr.op == Op::Lt);
    let (a, b) = (emitter.range(instr.a), emitter.range(instr.b));
    let is_one_of_max = |max: Instr| max.a == instr.a || max.b == instr.a;
    let below_max = emitter.trace().instr_of(instr.b, Op::Max).is_some_and(is_one_of_max);
    if a.hi.saturating_add(strict) <= b.lo || ((instr.a == instr.b || below_max) && instr.op == Op::Le) {
        Ok(Fold::Passes)
    } else if a.lo.saturating_add(strict) > b.hi {
        Err(Contradiction)
    } else {
        Ok(Fold::Keep)
    }
}

/// A comparison of converted integers, done on the integers.
fn narrowed_order(emitter: &mut Emitter, instr: Instr) -> Fold {
    let trace = emitter.trace();
    let int = |r| trace.instr_of(r, Op::IntToNum).map(|inner| inner.a);
    let bound = |r| trace.num_of(r).filter(|num| num.abs() < (1i64 << 53) as f64);
    let less = matches!(instr.op, Op::Lt | Op::NotLt);
    match (int(instr.a), int(instr.b), bound(instr.a), bound(instr.b)) {
        (Some(a), Some(b), ..) => Fold::Again(Instr { a, b, ..instr }),
        // a < 2.5 is a < 3; a <= 2.5 is a <= 2.
        (Some(a), None, _, Some(b)) => {
            let b = if less { b.ceil() } else { b.floor() };
            let b = emitter.trace_mut().int(b as i64);
            Fold::Again(Instr { a, b, ..instr })
        }
        // 2.5 < b is 2 < b; 2.5 <= b is 3 <= b.
        (None, Some(b), Some(a), _) => {
            let a = if less { a.floor() } else { a.ceil() };
            let a = emitter.trace_mut().int(a as i64);
            Fold::Again(Instr { a, b, ..instr })
        }
        _ => Fold::Keep,
    }
}

fn equality(emitter: &mut Emitter, instr: Instr) -> Folded {
    if let Some(swapped) = ordered(instr) {
        return Ok(Fold::Again(swapped));
    }
    let equal = instr.op == Op::Eq;
    let trace = emitter.trace();
    if let (Some(a), Some(b)) = (trace.const_of(instr.a), trace.const_of(instr.b)) {
        let same = match a.ty {
            Ty::Num => f64::from_bits(a.bits) == f64::from_bits(b.bits),
            _ => a.bits == b.bits,
        };
        return decided(same == equal);
    }
    let ty = trace.ty(instr.a);
    if ty.is_primitive() || (instr.a == instr.b && ty != Ty::Num && ty != Ty::Any) {
        return decided(equal);
    }
    // A new object is none that there was before, and no other new one. (But the helper that is to make it may have failed.)
    let is_apart = |emitter: &Emitter, new: IrRef, other: IrRef| {
        let is_null = emitter.trace().const_of(other).is_some_and(|k| k.bits == 0);
        is_new(emitter, new) && !is_null && (other.is_const() || other < new || is_new(emitter, other))
    };
    if is_apart(emitter, instr.a, instr.b) || is_apart(emitter, instr.b, instr.a) {
        return decided(!equal);
    }
    match ty {
        Ty::Num => Ok(narrowed_equality(emitter, instr)),
        Ty::Int => {
            let (a, b) = (emitter.range(instr.a), emitter.range(instr.b));
            let apart = a.hi < b.lo || b.hi < a.lo;
            if apart { decided(!equal) } else { Ok(Fold::Keep) }
        }
        _ => {
            // What has a type is no nil.
            if ty == Ty::Any
                && emitter.trace().const_of(instr.b).is_some_and(|k| k.bits == boxing::NIL)
                && let Some((known, _)) = known_type(emitter, instr.a)
            {
                return decided((known == Ty::Nil) == equal);
            }
            // Found equal to another constant before.
            let other = emitter.chain(Op::Eq).find(|(_, old)| old.a == instr.a && old.b.is_const());
            match other {
                Some((_, old)) if instr.b.is_const() => decided((old.b == instr.b) == equal),
                _ => Ok(Fold::Keep),
            }
        }
    }
}

/// What a closure made on the trace has been made of.
fn part_of_closure(emitter: &Emitter, instr: Instr) -> Fold {
    match emitter.trace().instr_of(instr.a, Op::NewClosure) {
        Some(made) => Fold::Value(if instr.op == Op::FuncProto { made.a } else { made.b }),
        None => Fold::Keep,
    }
}

/// An upvalue of a closure made on the trace.
fn upvalue(emitter: &mut Emitter, instr: Instr) -> Folded {
    if emitter.trace().instr_of(instr.a, Op::NewClosure).is_none() {
        return Ok(Fold::Keep);
    }
    let is_its = |place: Instr| place.a == instr.a && place.b == instr.b;
    let given = emitter
        .chain(Op::UpvalInit)
        .find(|(_, init)| emitter.trace().instr_of(init.a, Op::UpvalRef).is_some_and(is_its));
    match (given, instr.op) {
        (Some((_, init)), Op::UpvalConst) => emitter.unary(Op::Box, Ty::Any, init.b).map(Fold::Value),
        (Some((_, init)), _) => Ok(Fold::Value(init.b)),
        (None, _) => Ok(Fold::Keep),
    }
}

/// The address stays what it was while tail calls are counted.
fn counted_address(emitter: &Emitter, instr: Instr) -> Fold {
    match emitter.trace().instr_of(instr.a, Op::CountTailCall) {
        Some(counted) => Fold::Again(Instr { a: counted.a, ..instr }),
        None => Fold::Keep,
    }
}

fn narrowed_equality(emitter: &mut Emitter, instr: Instr) -> Fold {
    let trace = emitter.trace();
    let int = |r| trace.instr_of(r, Op::IntToNum).map(|inner| inner.a);
    match (int(instr.a), int(instr.b), trace.num_of(instr.b)) {
        (Some(a), Some(b), _) => Fold::Again(Instr { a, b, ..instr }),
        (Some(a), None, Some(b)) if b.fract() == 0.0 && b.abs() < (1i64 << 53) as f64 => {
            let b = emitter.trace_mut().int(b as i64);
            Fold::Again(Instr { a, b, ..instr })
        }
        _ => Fold::Keep,
    }
}

fn in_bounds(emitter: &mut Emitter, instr: Instr) -> Folded {
    let (index, size) = (emitter.range(instr.a), emitter.range(instr.b));
    if index.lo >= 0 && index.hi < size.lo {
        return Ok(Fold::Passes);
    }
    if index.hi < 0 || index.lo >= size.hi { Err(Contradiction) } else { Ok(Fold::Keep) }
}

/// One check will do for all, the first: there is no harm in leaving sooner.
fn stack_room(emitter: &mut Emitter, instr: Instr) -> Fold {
    let Some((first, _)) = emitter.chain(Op::StackRoom).last() else { return Fold::Keep };
    emitter.need_stack_room(first, instr.slot());
    Fold::Passes
}
