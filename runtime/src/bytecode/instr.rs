//! Instruction words: packing and unpacking of the fixed fields.
//!
//! Opcodes need seven bits of their byte. The eighth is the *mark*: the JIT sets it where native code may go on, and the
//! interpreter, whose dispatch table has a second half for marked opcodes, then asks the JIT before it runs the instruction.

use super::{MULTI, Op};
use std::fmt;

/// The mark in an instruction word.
const MARK: u32 = 0x80;

/// One instruction word: `op | mark | A << 8 | B << 16 | C << 24`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Instr(pub u32);

const _: () = assert!(size_of::<Instr>() == 4);

impl Instr {
    #[inline(always)]
    pub const fn abc(op: Op, a: u8, b: u8, c: u8) -> Instr {
        Instr(op as u32 | (a as u32) << 8 | (b as u32) << 16 | (c as u32) << 24)
    }

    #[inline(always)]
    pub const fn ad(op: Op, a: u8, d: u16) -> Instr {
        Instr(op as u32 | (a as u32) << 8 | (d as u32) << 16)
    }

    /// A jump of `j` words; `None` if that does not fit 24 bits.
    pub const fn jump(op: Op, j: i32) -> Option<Instr> {
        if j < -(1 << 23) || j >= 1 << 23 { None } else { Some(Instr(op as u32 | (j as u32) << 8)) }
    }

    /// The opcode's number, whether the instruction is marked or not.
    #[inline(always)]
    pub const fn op_byte(self) -> u8 {
        (self.0 & !MARK) as u8
    }

    /// May native code go on here?
    pub const fn is_marked(self) -> bool {
        self.0 & MARK != 0
    }

    pub const fn marked(self, on: bool) -> Instr {
        Instr(if on { self.0 | MARK } else { self.0 & !MARK })
    }

    /// The same operands and mark with another opcode.
    pub const fn with_op(self, op: Op) -> Instr {
        Instr(self.0 & (!0xff | MARK) | op as u32)
    }

    /// The opcode, of a word that is an instruction.
    #[inline(always)]
    pub fn op(self) -> Op {
        Op::decode(self.op_byte()).expect("verified bytecode holds only opcodes")
    }

    /// Does the instruction go up to the end of the multiple results of the one before it?
    pub fn takes_multiple_results(self) -> bool {
        match Op::decode(self.op_byte()) {
            Some(Op::Call | Op::TailCall | Op::TailCallV | Op::Return | Op::ReturnV) => {
                self.b() == MULTI as usize
            }
            Some(Op::MoveUp) => true,
            Some(Op::SetList) => self.d() == MULTI as usize,
            _ => false,
        }
    }

    #[inline(always)]
    pub const fn a(self) -> usize {
        (self.0 >> 8) as usize & 0xff
    }

    #[inline(always)]
    pub const fn b(self) -> usize {
        (self.0 >> 16) as usize & 0xff
    }

    #[inline(always)]
    pub const fn c(self) -> usize {
        (self.0 >> 24) as usize
    }

    #[inline(always)]
    pub const fn d(self) -> usize {
        (self.0 >> 16) as usize
    }

    #[inline(always)]
    pub const fn signed_d(self) -> i32 {
        self.0 as i32 >> 16
    }

    #[inline(always)]
    pub const fn j(self) -> isize {
        (self.0 as i32 >> 8) as isize
    }
}

impl fmt::Debug for Instr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Op::decode(self.op_byte()) {
            Some(op) => write!(f, "{} {} {} {}", op.name(), self.a(), self.b(), self.c()),
            None => write!(f, "?{:#010x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let i = Instr::abc(Op::AddRR, 1, 250, 255);
        assert_eq!((i.op(), i.a(), i.b(), i.c()), (Op::AddRR, 1, 250, 255));
        let i = Instr::ad(Op::LoadInt, 7, -3i16 as u16);
        assert_eq!((i.a(), i.signed_d(), i.d()), (7, -3, 0xfffd));
        assert_eq!(Instr::jump(Op::Jmp, -5).unwrap().j(), -5);
        assert!(Instr::jump(Op::Jmp, 1 << 23).is_none());
    }

    #[test]
    fn a_mark_changes_nothing_else() {
        let i = Instr::abc(Op::GetField, 1, 2, 3);
        let marked = i.marked(true);
        assert_eq!((marked.op(), marked.a(), marked.b(), marked.c()), (Op::GetField, 1, 2, 3));
        assert!(marked.is_marked() && !i.is_marked());
        let quick = marked.with_op(Op::GetFieldProto);
        assert!(quick.is_marked() && quick.op() == Op::GetFieldProto);
        assert_eq!(quick.with_op(Op::GetField).marked(false), i);
    }
}
