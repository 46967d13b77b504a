//! Remainders: `(a * x + b) % m` with integers, where it was recorded with doubles.
//!
//! The remainder of doubles is a division, a rounding, a product and a difference, each waiting for the one before: some thirty cycles,
//! which a generator of pseudo-random numbers or a checksum puts on the one path that all rounds of its loop wait for. That of integers
//! by a constant is two products, and what comes of it is an integer that the loop can carry.
//!
//! # Rules
//!
//! 1. An operation is done with integers only if that is exact and cannot be -0 ([`Emitter::is_exact`]).
//! 2. An operand is converted by a guard only if it was an integer of 32 bits when this was recorded ([`Emitter::note_seen`]), and if
//!    all that hangs on it is then done with integers: nothing is converted in vain.
//! 3. Nothing is converted for a remainder that goes nowhere near its own dividend: no round waits for it, and conversions take the
//!    processor longer than the division does. The same holds for a dividend that was only just loaded from a table.
//! 4. No operation of a loop's first copy is taken apart whose value varies (as in [`super::narrow`]).

use super::emit::{Emit, Emitter};
use super::fold::exact_int;
use super::range::Range;
use crate::ir::{Instr, IrRef, Op, Ty};

/// So many operations lie at most between a remainder and what is converted for it.
const MAX_DEPTH: u32 = 8;

impl Emitter {
    /// Notes what a number is at this moment of the recording.
    pub fn note_seen(&mut self, r: IrRef, seen: f64) {
        if r.is_instr() && exact_int(seen).is_some() {
            self.seen_integers.insert(r);
        }
    }

    /// `a % b`: with integers, if `a` was one when it was recorded, `b` is a constant, and the remainder may go around a loop: it may be
    /// what `a` is computed from in the next round.
    ///
    /// # Errors
    ///
    /// The dividend is never an integer.
    pub fn remainder(&mut self, a: IrRef, b: IrRef, may_go_around: bool) -> Emit {
        let divides = self.trace.num_of(b).and_then(exact_int).is_some_and(|divisor| divisor > 1);
        let is_wanted = divides
            && may_go_around
            && self.trace.ty(a) != Ty::Int
            && (self.is_variable(a) || self.range_of_operation(a, MAX_DEPTH).is_some());
        let a = match self.range_as_integer(a, MAX_DEPTH) {
            Some(_) if is_wanted => self.as_integer(a, MAX_DEPTH)?,
            _ => a,
        };
        self.arith(Op::Mod, a, b)
    }

    /// Is `r`, as far as sums and products go, computed from `part`, or the same?
    pub fn is_computed_from(&self, r: IrRef, part: IrRef) -> bool {
        self.is_within(r, part, MAX_DEPTH)
    }

    fn is_within(&self, r: IrRef, part: IrRef, depth: u32) -> bool {
        let operation = self.trace.instr(r).filter(|_| depth > 0);
        r == part
            || operation.is_some_and(|instr| {
                matches!(instr.op, Op::Add | Op::Sub | Op::Mul)
                    && [instr.a, instr.b].into_iter().any(|operand| self.is_within(operand, part, depth - 1))
            })
    }

    /// Is it what a variable held, so that a loop may carry it?
    fn is_variable(&self, r: IrRef) -> bool {
        let unboxed = self.trace.instr_of(r, Op::UnboxNum).map_or(r, |unbox| unbox.a);
        self.trace.instr(unboxed).is_some_and(|load| matches!(load.op, Op::SLoad | Op::UpvalLoad))
    }

    /// The values that a number can have if it is computed with integers, as far as possible; `None` if it cannot be converted either.
    fn range_as_integer(&self, r: IrRef, depth: u32) -> Option<Range> {
        if let Some(num) = self.trace.num_of(r) {
            return exact_int(num).map(Range::of);
        }
        if let Some(int) = self.converted(r) {
            return Some(self.range(int));
        }
        let as_seen = || self.seen_integers.contains(&r).then_some(Range::I32);
        self.range_of_operation(r, depth).or_else(as_seen)
    }

    /// The same of what an operation gives, if that can be done with integers.
    fn range_of_operation(&self, r: IrRef, depth: u32) -> Option<Range> {
        let instr = self.trace.instr(r).filter(|_| depth > 0 && !self.may_vary(r))?;
        if !matches!(instr.op, Op::Add | Op::Sub | Op::Mul) {
            return None;
        }
        let a = self.range_as_integer(instr.a, depth - 1)?;
        let b = self.range_as_integer(instr.b, depth - 1)?;
        Some(Range::of_instr(&self.trace, instr, a, b)).filter(|_| self.is_exact_within(instr, a, b))
    }

    /// The integer that a number of [`Emitter::range_as_integer`] is.
    fn as_integer(&mut self, r: IrRef, depth: u32) -> Emit {
        if let Some(int) = self.held_int(r) {
            return Ok(int);
        }
        match self.trace.instr(r).filter(|_| self.range_of_operation(r, depth).is_some()) {
            Some(instr) => {
                let a = self.as_integer(instr.a, depth - 1)?;
                let b = self.as_integer(instr.b, depth - 1)?;
                self.emit_instr(Instr::new(instr.op, Ty::Int, a, b))
            }
            None => self.unary(Op::NumToInt, Ty::Int, r),
        }
    }
}
