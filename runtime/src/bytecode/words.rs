//! Walking over code: which words are instructions, and what the words behind them mean.
//!
//! Code is a row of words, and an instruction's extra words look like anything. Whoever needs to know where an
//! instruction starts walks from word 0, as [`instructions`] does.

use super::{Flow, Instr, Op};

/// What an extra word of an instruction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtraWord {
    /// A jump: how many words from the instruction's end, signed.
    Jump,
    /// A hot counter, or the number of the native code that took its place.
    Counter,
    /// The index of any constant.
    Constant,
    /// The index of a string constant.
    Key,
    /// The index of one of the prototype's templates.
    Template,
    /// A part of an inline cache; zero while it is empty.
    Cache,
    /// An index or a size of a table's array part.
    Size,
}

impl Op {
    /// What each of the extra words holds; as many as [`Op::extra_words`] says.
    pub const fn extra_kinds(self) -> &'static [ExtraWord] {
        use ExtraWord::*;
        match self.plain() {
            Op::LoadKX => &[Constant],
            Op::GetGlobal => &[Key, Cache, Cache],
            Op::SetGlobal | Op::SetField => &[Key, Cache, Cache, Cache],
            Op::GetField | Op::SelfField => &[Key, Cache, Cache, Cache, Cache, Cache],
            Op::NewTable | Op::SetList => &[Size],
            Op::NewObject => &[Template, Cache, Size],
            Op::JmpBack | Op::Func | Op::FuncV => &[Counter],
            Op::ForLoop | Op::ForLoopUp | Op::TForLoop => &[Jump, Counter],
            Op::TForPrep => &[Jump],
            other if matches!(other.flow(), Flow::Branch) => &[Jump],
            _ => &[],
        }
    }
}

/// An instruction and where it is.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The number of its first word.
    pub word: usize,
    pub instr: Instr,
    pub op: Op,
    pub extra: &'a [u32],
}

impl At<'_> {
    /// The word after the instruction.
    pub fn end(&self) -> usize {
        self.word + 1 + self.extra.len()
    }

    /// The word that the instruction may jump to, if it can jump; it is outside the code if the code is damaged.
    pub fn target(&self) -> Option<isize> {
        let offset = match self.op.extra_kinds().first() {
            Some(ExtraWord::Jump) => self.extra[0] as i32 as isize,
            _ if self.op.operands()[2] == super::Operand::Jump => self.instr.j(),
            _ => return None,
        };
        Some(self.end() as isize + offset)
    }
}

/// The instructions of `code`, in order. Ends early at a word that is no opcode or lacks its extra words.
pub fn instructions(code: &[u32]) -> impl Iterator<Item = At<'_>> {
    let mut word = 0;
    std::iter::from_fn(move || {
        let instr = Instr(*code.get(word)?);
        let op = Op::decode(instr.op_byte())?;
        let extra = code.get(word + 1..word + op.words())?;
        let at = At { word, instr, op, extra };
        word = at.end();
        Some(at)
    })
}

/// The instruction that a program counter stands for which points `behind` the first word of it or further into it: the
/// one being executed while `behind` is the saved one.
pub fn instruction_before(code: &[u32], behind: usize) -> Option<At<'_>> {
    let word = behind.checked_sub(1)?;
    instructions(code).find(|at| (at.word..at.end()).contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_extra_word_has_a_meaning() {
        for &op in Op::ALL {
            if !matches!(op.name(), n if n.ends_with("Return") && op.operands()[0] == super::super::Operand::Base)
            {
                assert_eq!(op.extra_kinds().len(), op.extra_words(), "{}", op.name());
            }
        }
    }

    #[test]
    fn instructions_are_found_from_inside() {
        let code = [
            Instr::abc(Op::Func, 2, 0, 0).0,
            0,
            Instr::abc(Op::Jt, 0, 0, 0).0,
            -2i32 as u32,
            Instr::abc(Op::Return0, 0, 0, 0).0,
        ];
        let words: Vec<_> = instructions(&code).map(|at| (at.word, at.op, at.target())).collect();
        assert_eq!(words, [(0, Op::Func, None), (2, Op::Jt, Some(2)), (4, Op::Return0, None)]);
        for (behind, op) in [(1, Op::Func), (2, Op::Func), (3, Op::Jt), (4, Op::Jt), (5, Op::Return0)] {
            assert_eq!(instruction_before(&code, behind).unwrap().op, op);
        }
        assert!(instruction_before(&code, 0).is_none() && instruction_before(&code, 6).is_none());
    }
}
