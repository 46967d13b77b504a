//! Comparisons fused with jumps, and tests.
//!
//! A branch is recorded as a guard for the direction it takes. If the guard fails, the interpreter goes on at the start of
//! the other path, so that neither it nor a side trace has to compare again.

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::MetaThen;
use ferrous_lua_runtime::string::{Event, string_eq};
use ferrous_lua_runtime::{Value, Vm, arith};

use super::landing::Then;
use super::state::type_of;
use super::{Rec, Recorder, Stop};
use crate::ir::{ExitKind, Helper, IrRef, Op, Ty};

/// An order comparison.
#[derive(Clone, Copy)]
pub(super) struct Order {
    /// [`Op::Lt`] or [`Op::Le`].
    op: Op,
    /// Jumps if the comparison holds, or if it does not.
    sense: bool,
    constant: bool,
    /// The constant is on the left.
    swapped: bool,
}

impl Order {
    pub fn reg(op: Op, sense: bool) -> Order {
        Order { op, sense, constant: false, swapped: false }
    }

    pub fn constant(op: Op, sense: bool) -> Order {
        Order { op, sense, constant: true, swapped: false }
    }

    pub fn swapped(op: Op, sense: bool) -> Order {
        Order { op, sense, constant: true, swapped: true }
    }
}

impl Recorder {
    pub(super) fn order(&mut self, vm: &Vm, pc: *const Instr, i: Instr, order: Order) -> Rec<()> {
        let left = self.seen(vm, i.a());
        let right = if order.constant { self.k(i.d()) } else { self.seen(vm, i.d()) };
        let x = self.typed(vm, i.a())?;
        let y = if order.constant { self.constant(right) } else { self.typed(vm, i.d())? };
        let (seen, a, b) = match order.swapped {
            true => ((right, left), y, x),
            false => ((left, right), x, y),
        };
        let (holds, a, b, op) = if let (Some(m), Some(n)) = (seen.0.as_number(), seen.1.as_number()) {
            let holds = if order.op == Op::Lt { m < n } else { m <= n };
            (holds, self.e.to_num(a)?, self.e.to_num(b)?, order.op)
        } else if let (Some(s), Some(t)) = (seen.0.as_string(), seen.1.as_string()) {
            let relation = arith::compare_strings(s.bytes(), t.bytes());
            let holds = if order.op == Op::Lt { relation.is_lt() } else { relation.is_le() };
            let relation = self.e.call(Helper::StrCompare, &[a, b])?;
            (holds, relation, self.int(0), order.op)
        } else {
            return self.order_by_metamethod(vm, pc, (a, seen.0), (b, seen.1), order);
        };
        let guard = match (op, holds) {
            (op, true) => op,
            (Op::Lt, false) => Op::NotLt,
            (_, false) => Op::NotLe,
        };
        self.branch(pc, holds == order.sense, |this| Ok(this.e.guard(guard, a, b)?))
    }

    /// `__lt` or `__le`, which both operands must have; for the latter the negation of `__lt` does.
    fn order_by_metamethod(
        &mut self,
        vm: &Vm,
        pc: *const Instr,
        x: (IrRef, Value),
        y: (IrRef, Value),
        order: Order,
    ) -> Rec<()> {
        if x.1.type_of() != y.1.type_of() {
            return Err(Stop::Leave);
        }
        let strict = order.op == Op::Lt;
        let method = self.shared_metamethod(vm, x, y, if strict { Event::Lt } else { Event::Le })?;
        if strict || !method.is_nil() {
            let then = (Then::Jump { if_true: order.sense }, MetaThen::Finish.flags());
            return self.call_metamethod(vm, pc, method, &[x.0, y.0], then);
        }
        let method = self.shared_metamethod(vm, y, x, Event::Lt)?;
        let then = (Then::Jump { if_true: !order.sense }, MetaThen::Negate.flags());
        self.call_metamethod(vm, pc, method, &[y.0, x.0], then)
    }

    /// Emits the guard of a branch that is taken or not, with the other path as its exit.
    pub(super) fn branch(
        &mut self,
        pc: *const Instr,
        taken: bool,
        guard: impl FnOnce(&mut Recorder) -> Rec<()>,
    ) -> Rec<()> {
        let (behind, target) = self.branch_targets(pc, 1);
        let (next, other) = if taken { (target, behind) } else { (behind, target) };
        self.set_state(ExitKind::Branch, other);
        guard(self)?;
        self.expect(next);
        Ok(())
    }

    pub(super) fn equal_registers(&mut self, vm: &Vm, pc: *const Instr, i: Instr, sense: bool) -> Rec<()> {
        let (v, w) = (self.seen(vm, i.a()), self.seen(vm, i.d()));
        self.equal(vm, pc, (i.a(), v), Some(i.d()), w, sense)
    }

    pub(super) fn equal_constant(&mut self, vm: &Vm, pc: *const Instr, i: Instr, sense: bool) -> Rec<()> {
        let (v, w) = (self.seen(vm, i.a()), self.k(i.d()));
        self.equal(vm, pc, (i.a(), v), None, w, sense)
    }

    /// `R[a] == R[d]`, or `R[a] ==` a constant if there is no `d`.
    fn equal(
        &mut self,
        vm: &Vm,
        pc: *const Instr,
        (a, v): (usize, Value),
        d: Option<usize>,
        w: Value,
        sense: bool,
    ) -> Rec<()> {
        let x = self.typed(vm, a)?;
        let y = match d {
            Some(d) => self.typed(vm, d)?,
            None => self.constant(w),
        };
        let (tx, ty) = (type_of(v), type_of(w));
        if tx == Ty::Any || ty == Ty::Any {
            // Light userdata.
            return Err(Stop::Leave);
        }
        if tx != ty || tx.is_primitive() {
            // Decided by the types, which are guarded.
            return self.branch(pc, (tx == ty) == sense, |_| Ok(()));
        }
        if tx == Ty::Num {
            let equal = v.as_f64_raw() == w.as_f64_raw();
            let (x, y) = (self.e.to_num(x)?, self.e.to_num(y)?);
            let op = if equal { Op::Eq } else { Op::Ne };
            return self.branch(pc, equal == sense, |this| Ok(this.e.guard(op, x, y)?));
        }
        let same = v == w;
        if tx == Ty::Str {
            let (s, t) = (v.as_string().expect("it is a string"), w.as_string().expect("it is a string"));
            let equal = string_eq(s, t);
            let short = (self.is_short(x) || self.is_short(y)) || same;
            if !short && (s.is_interned() || t.is_interned()) {
                // Of two equal strings, if one is interned, so is the other: they are identical.
                let (interned, _) = if s.is_interned() { (x, y) } else { (y, x) };
                let len = self.string_length(interned)?;
                let limit = self.int(ferrous_lua_runtime::string::MAX_INTERNED as i64);
                self.e.guard(Op::Le, len, limit)?;
            } else if !short {
                let result = self.e.call(Helper::StrEq, &[x, y])?;
                let expected = self.int(i64::from(equal));
                return self.branch(pc, equal == sense, |this| Ok(this.e.guard(Op::Eq, result, expected)?));
            }
            let op = if equal { Op::Eq } else { Op::Ne };
            if equal && !short {
                return self.branch(pc, sense, |this| Ok(this.e.guard(op, x, y)?));
            }
            if equal {
                // Identical ones are equal; others may be too, if they are long.
                self.e.guard(op, x, y)?;
                return self.branch(pc, sense, |_| Ok(()));
            }
            return self.branch(pc, !sense, |this| Ok(this.e.guard(op, x, y)?));
        }
        if matches!(tx, Ty::Tab | Ty::Udata) && !same {
            let method = self.shared_metamethod(vm, (x, v), (y, w), Event::Eq)?;
            if !method.is_nil() {
                self.e.guard(Op::Ne, x, y)?;
                let then = (Then::Jump { if_true: sense }, MetaThen::Finish.flags());
                return self.call_metamethod(vm, pc, method, &[x, y], then);
            }
        }
        let op = if same { Op::Eq } else { Op::Ne };
        if same && matches!(tx, Ty::Tab | Ty::Udata) {
            // Different ones might be equal by `__eq`: compared again.
            self.e.guard(op, x, y)?;
            return self.branch(pc, sense, |_| Ok(()));
        }
        self.branch(pc, same == sense, |this| Ok(this.e.guard(op, x, y)?))
    }

    /// Is it known to be an interned string?
    fn is_short(&self, s: IrRef) -> bool {
        self.e.trace().const_of(s).is_some_and(|k| {
            let v = Value::from_bits(crate::layout::boxing::constant(Ty::Str, k.bits));
            v.as_string().is_some_and(|s| s.is_interned())
        })
    }

    pub(super) fn equal_primitive(&mut self, vm: &Vm, pc: *const Instr, i: Instr, sense: bool) -> Rec<()> {
        let equal = self.seen(vm, i.a()).to_bits() == Value::NIL.to_bits() + i.d() as u64;
        let val = self.typed(vm, i.a())?;
        if self.e.trace().ty(val) == Ty::Any {
            return Err(Stop::Leave);
        }
        self.branch(pc, equal == sense, |_| Ok(()))
    }

    /// `if R[A] then jump`, or if not.
    pub(super) fn test(&mut self, vm: &Vm, pc: *const Instr, i: Instr, sense: bool) -> Rec<()> {
        let truthy = self.seen(vm, i.a()).is_truthy();
        self.truth(vm, i.a(), truthy)?;
        self.branch(pc, truthy == sense, |_| Ok(()))
    }

    pub(super) fn test_set(&mut self, vm: &Vm, pc: *const Instr, i: Instr, sense: bool) -> Rec<()> {
        let truthy = self.seen(vm, i.d()).is_truthy();
        self.truth(vm, i.d(), truthy)?;
        if truthy == sense {
            let val = self.reg(i.d());
            self.set(i.a(), val);
        }
        self.branch(pc, truthy == sense, |_| Ok(()))
    }

    /// Guards whether a register is true, by its type.
    pub(super) fn truth(&mut self, vm: &Vm, r: usize, truthy: bool) -> Rec<()> {
        let val = self.typed(vm, r)?;
        if self.e.trace().ty(val) == Ty::Any {
            let op = if truthy { Op::Truthy } else { Op::Falsy };
            self.e.guard(op, val, IrRef::NONE)?;
        }
        Ok(())
    }
}
