//! Narrowing: what a program computes with doubles and uses as an index, computed with integers.
//!
//! A checked conversion takes several instructions, and the address that waits for it comes late. If `i` is a double that the loop
//! carries, `t[2 * i + 1]` and `t[2 * i]` need one conversion, that of `i`, and an addition each; and the loop that carries `i` can
//! carry the integer. (LuaJIT does so, too: `lj_opt_narrow.c`.)
//!
//! # Rules
//!
//! 1. An operation is done with integers only if that is exact and cannot be -0: then it gives what it gives with doubles.
//! 2. An operand is converted by a guard only if it was an integer when this was recorded, as follows from what the index was then.
//! 3. No operation of a loop's first copy is taken apart whose value varies: its operands would be carried around the loop beside it.

use super::emit::{Contradiction, Emit, Emitter};
use super::range::Range;
use crate::ir::{Instr, IrRef, Op, Ty};

/// So many operations lie at most between an index and what is converted for it.
const MAX_DEPTH: u32 = 8;

type Narrowed = Result<Option<IrRef>, Contradiction>;

impl Emitter {
    /// An index that is `seen` now as an integer that doubles hold exactly, by guards if need be. It may exceed 32 bits.
    ///
    /// # Errors
    ///
    /// It is a constant that is none.
    pub fn to_index(&mut self, r: IrRef, seen: i64) -> Emit {
        match self.narrowed(r, Some(seen), MAX_DEPTH)? {
            Some(int) => Ok(int),
            None => self.to_int(r),
        }
    }

    /// The integer that an operation on doubles gives, if what it is done on is known to be integers.
    pub(super) fn narrowed_operation(&mut self, r: IrRef) -> Narrowed {
        self.operation(r, None, MAX_DEPTH)
    }

    /// The same operation on integers, if its operands are known to be some and its result is exact.
    pub(super) fn on_integers(&mut self, instr: Instr) -> Narrowed {
        let is_converted = |this: &Emitter, r| this.trace.instr_of(r, Op::IntToNum).is_some();
        if !(is_converted(self, instr.a) || is_converted(self, instr.b)) {
            return Ok(None);
        }
        match (self.held_int(instr.a), self.held_int(instr.b)) {
            (Some(a), Some(b)) => self.exactly(Instr::new(instr.op, Ty::Int, a, b)),
            _ => Ok(None),
        }
    }

    /// The integer that a double is known to be; one that was `seen` is converted.
    fn narrowed(&mut self, r: IrRef, seen: Option<i64>, depth: u32) -> Narrowed {
        let known = match self.held_int(r) {
            Some(int) => Some(int),
            None => self.operation(r, seen, depth)?,
        };
        match (known, seen) {
            // Rule 2.
            (None, Some(seen)) if Range::I32.contains(Range::of(seen)) => self.to_int(r).map(Some),
            _ => Ok(known),
        }
    }

    fn operation(&mut self, r: IrRef, seen: Option<i64>, depth: u32) -> Narrowed {
        let Some(instr) = self.trace.instr(r).filter(|_| depth > 0 && !self.may_vary(r)) else {
            return Ok(None);
        };
        if !matches!(instr.op, Op::Add | Op::Sub | Op::Mul) {
            return Ok(None);
        }
        let [a_seen, b_seen] = seen.map_or([None; 2], |seen| self.operands_seen(instr, seen));
        let Some(a) = self.narrowed(instr.a, a_seen, depth - 1)? else { return Ok(None) };
        let Some(b) = self.narrowed(instr.b, b_seen, depth - 1)? else { return Ok(None) };
        self.exactly(Instr::new(instr.op, Ty::Int, a, b))
    }

    /// Rule 1.
    fn exactly(&mut self, instr: Instr) -> Narrowed {
        if self.is_exact(instr) { self.emit_instr(instr).map(Some) } else { Ok(None) }
    }

    /// The integers that an operation's operands were when its result was `seen`, as far as that says what they were.
    fn operands_seen(&self, instr: Instr, seen: i64) -> [Option<i64>; 2] {
        let constant = |r: IrRef| self.trace.num_of(r).and_then(super::fold::exact_int);
        match (instr.op, constant(instr.a), constant(instr.b)) {
            (Op::Add, None, Some(b)) => [Some(seen - b), None],
            (Op::Sub, None, Some(b)) => [Some(seen + b), None],
            (Op::Sub, Some(a), None) => [None, Some(a - seen)],
            (Op::Mul, None, Some(b)) if b > 0 && seen % b == 0 => [Some(seen / b), None],
            (Op::Add, None, None) if instr.a == instr.b && seen % 2 == 0 => [Some(seen / 2); 2],
            _ => [None; 2],
        }
    }

    /// The integer that a double has been made of, or found to be.
    pub(super) fn held_int(&mut self, r: IrRef) -> Option<IrRef> {
        if let Some(num) = self.trace.num_of(r) {
            let int = super::fold::exact_int(num)?;
            return Some(self.trace.int(int));
        }
        self.converted(r)
    }

    /// The same of what is no constant double.
    pub(super) fn converted(&self, r: IrRef) -> Option<IrRef> {
        if self.trace.ty(r) == Ty::Int {
            return Some(r);
        }
        if let Some(made) = self.trace.instr_of(r, Op::IntToNum).filter(|_| !self.may_vary(r)) {
            return Some(made.a);
        }
        self.users(Op::NumToInt, r).next().map(|(at, _)| at)
    }
}
