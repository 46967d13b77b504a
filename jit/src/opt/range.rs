//! What values an integer can have.
//!
//! Integers start out within 32 bits (converted numbers, bit operations, sizes) and grow by arithmetic;
//! as long as the range stays within [`Range::EXACT`], no overflow check is needed and every value has its
//! double. Ranges are computed when an instruction is emitted and narrowed by the guards it passes.

use std::ops::{Add, Mul, Neg};

use crate::ir::{Instr, Op, Trace};

/// An inclusive range of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub lo: i64,
    pub hi: i64,
}

impl Range {
    /// Integers that doubles hold exactly.
    pub const EXACT: Range = Range { lo: -(1 << 53), hi: 1 << 53 };
    pub const I32: Range = Range { lo: i32::MIN as i64, hi: i32::MAX as i64 };

    pub const fn new(lo: i64, hi: i64) -> Range {
        Range { lo, hi }
    }

    pub const fn of(value: i64) -> Range {
        Range { lo: value, hi: value }
    }

    pub const fn contains(self, other: Range) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }

    pub fn union(self, other: Range) -> Range {
        Range { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// Both at once; `self` if they do not overlap (which guards have excluded).
    pub fn meet(self, other: Range) -> Range {
        let met = Range { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) };
        if met.lo <= met.hi { met } else { self }
    }

    /// What an integer instruction can give, when its operands are in `a` and `b`.
    pub fn of_instr(trace: &Trace, instr: Instr, a: Range, b: Range) -> Range {
        match instr.op {
            Op::Add => a + b,
            Op::Sub => a + -b,
            Op::Mul => a * b,
            Op::Neg => -a,
            Op::Abs => a.union(-a).meet(Range::new(0, i64::MAX)),
            Op::Min => Range { lo: a.lo.min(b.lo), hi: a.hi.min(b.hi) },
            Op::Max => Range { lo: a.lo.max(b.lo), hi: a.hi.max(b.hi) },
            Op::Mod => Range::new(0, trace.int_of(instr.b).map_or(Range::I32.hi, |divisor| divisor - 1)),
            Op::AddOv => (a + b).meet(Range::I32),
            Op::SubOv => (a + -b).meet(Range::I32),
            Op::MulOv => (a * b).meet(Range::I32),
            Op::BAnd => match (trace.int_of(instr.b), a.lo >= 0) {
                (Some(mask), _) if mask >= 0 => Range::new(0, mask),
                (_, true) => Range::new(0, a.hi.min(Range::I32.hi)),
                _ => Range::I32,
            },
            Op::Shr => match trace.int_of(instr.b) {
                Some(count) if count & 31 != 0 => Range::new(0, i64::from(u32::MAX >> (count & 31))),
                _ => Range::I32,
            },
            Op::ArraySize | Op::ArrayCap | Op::StrLen => Range::new(0, i64::from(u32::MAX)),
            Op::SlotCap => Range::new(0, i64::from(u16::MAX)),
            Op::StrByte => Range::new(0, 255),
            Op::NumToInt | Op::ToBit | Op::IntToBit | Op::BNot | Op::BOr | Op::BXor | Op::Shl => Range::I32,
            Op::Sar | Op::Rol | Op::Ror | Op::BSwap | Op::SLoad => Range::I32,
            // Each way to the header sees to it.
            Op::Carry => Range::I32,
            _ => Range::EXACT,
        }
    }
}

impl Add for Range {
    type Output = Range;

    fn add(self, other: Range) -> Range {
        Range { lo: self.lo.saturating_add(other.lo), hi: self.hi.saturating_add(other.hi) }
    }
}

impl Neg for Range {
    type Output = Range;

    fn neg(self) -> Range {
        Range { lo: self.hi.saturating_neg(), hi: self.lo.saturating_neg() }
    }
}

impl Mul for Range {
    type Output = Range;

    fn mul(self, other: Range) -> Range {
        let products = [
            self.lo.saturating_mul(other.lo),
            self.lo.saturating_mul(other.hi),
            self.hi.saturating_mul(other.lo),
            self.hi.saturating_mul(other.hi),
        ];
        let (mut lo, mut hi) = (products[0], products[0]);
        for product in products {
            (lo, hi) = (lo.min(product), hi.max(product));
        }
        Range { lo, hi }
    }
}
