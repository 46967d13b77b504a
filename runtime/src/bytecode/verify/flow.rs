//! The verifier's view of a function as a whole: loops, and variables captured by cell.

use super::{Defect, Jumps, demand};
use crate::bytecode::words::At;
use crate::bytecode::{Flow, Op};
use crate::names::writes;
use crate::proto::{Proto, UpvalueSource};
use std::ops::Range;

/// A `for` loop: the words of its body and of the instructions that close it, and its hidden registers.
struct Loop {
    words: Range<usize>,
    hidden: Range<usize>,
}

/// Rule 5.
pub(super) fn check_loops(code: &[At], jumps: &Jumps) -> Result<(), Defect> {
    let loops = find_loops(code, jumps)?;
    let prepared = code.iter().filter(|at| matches!(at.op, Op::ForPrep | Op::TForPrep)).count();
    demand(prepared == loops.len(), "each loop has one entry and one end", 0)?;
    // Loops come in the order of their ends, so those that are open at an instruction, walking backwards, form a stack.
    let mut rest = loops.iter().rev().peekable();
    let mut open: Vec<&Loop> = Vec::new();
    let mut innermost = vec![None; code.last().map_or(0, At::end)];
    for at in code.iter().rev() {
        while open.last().is_some_and(|l| at.word < l.words.start) {
            open.pop();
        }
        while let Some(l) = rest.next_if(|l| at.end() <= l.words.end) {
            let nests = open.last().is_none_or(|outer| outer.words.start <= l.words.start);
            demand(nests, "loops nest", at.word)?;
            open.push(l);
        }
        innermost[at.word] = open.last().copied();
        let closes = matches!(at.op, Op::ForLoop | Op::ForLoopUp | Op::TForCall | Op::TForLoop);
        let around = if closes { &open[..open.len() - 1] } else { &open[..] };
        // The registers of outer loops are lower than those of inner ones, or the inner one overwrites them.
        let untouched = around.iter().all(|l| l.hidden.clone().all(|r| !writes(at, r)));
        demand(untouched, "a loop's body leaves its hidden registers alone", at.word)?;
    }
    for at in code {
        let Some(to) = at.target() else { continue };
        let enters = innermost[to as usize].is_some_and(|l: &Loop| !l.words.contains(&at.word));
        let is_entry = matches!(at.op, Op::TForPrep);
        demand(!enters || is_entry, "nothing jumps into a loop", at.word)?;
    }
    Ok(())
}

/// The loops in the order of their ends, each with the instruction before its body and those at its end in place.
fn find_loops(code: &[At], jumps: &Jumps) -> Result<Vec<Loop>, Defect> {
    let mut loops = Vec::new();
    let ending_at = |word: usize| code.binary_search_by_key(&word, At::end).ok().map(|i| &code[i]);
    for (i, at) in code.iter().enumerate() {
        let a = at.instr.a();
        let back = at.target().unwrap_or(0) as usize;
        match at.op {
            Op::ForLoop | Op::ForLoopUp => {
                let prep = ending_at(back).filter(|p| p.op == Op::ForPrep && p.instr.a() == a);
                let matches = prep.is_some_and(|p| p.target() == Some(at.end() as isize));
                demand(matches, "a numeric for has its entry", at.word)?;
                loops.push(Loop { words: back..at.end(), hidden: a..a + 3 });
            }
            Op::TForLoop => {
                let call = i.checked_sub(1).map(|call| &code[call]);
                let call = call.filter(|call| call.op == Op::TForCall && call.instr.a() == a);
                let called = call.is_some() && !jumps.target[at.word];
                demand(called, "a generic for calls its iterator before each turn", at.word)?;
                let prep = ending_at(back).filter(|p| p.op == Op::TForPrep && p.instr.a() + 3 == a);
                let matches = prep.is_some_and(|p| p.target() == call.map(|call| call.word as isize));
                demand(matches, "a generic for has its entry", at.word)?;
                loops.push(Loop { words: back..at.end(), hidden: a - 3..a });
            }
            Op::TForCall => {
                let followed = code.get(i + 1).is_some_and(|next| next.op == Op::TForLoop);
                demand(followed, "a generic for calls its iterator before each turn", at.word)?;
            }
            _ => {}
        }
    }
    Ok(loops)
}

/// A set of registers.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Registers([u64; 4]);

impl Registers {
    fn insert(&mut self, r: usize) {
        self.0[r / 64] |= 1 << (r % 64);
    }

    fn remove_from(&mut self, first: usize) {
        for (i, word) in self.0.iter_mut().enumerate() {
            *word &= match first.saturating_sub(i * 64) {
                kept @ 0..64 => (1 << kept) - 1,
                _ => u64::MAX,
            };
        }
    }

    fn union(self, other: Registers) -> Registers {
        Registers(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    fn intersection(self, other: Registers) -> Registers {
        Registers(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    fn contains(self, r: usize) -> bool {
        self.0[r / 64] >> (r % 64) & 1 != 0
    }

    /// The registers of which `keeps` says so.
    fn retain(&mut self, keeps: impl Fn(usize) -> bool) {
        for (i, word) in self.0.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if !keeps(i * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }
}

/// Follows a set of registers along all paths until nothing changes any more: it starts empty, `step` says what an
/// instruction makes of it, `join` what is known where paths meet.
fn follow(
    code: &[At],
    join: fn(Registers, Registers) -> Registers,
    mut step: impl FnMut(&At, Registers) -> Result<Registers, Defect>,
) -> Result<(), Defect> {
    let mut index_of = vec![0; code.last().map_or(0, At::end)];
    code.iter().enumerate().for_each(|(i, at)| index_of[at.word] = i);
    // The set before each instruction; `None` until it is found to be reachable.
    let mut before: Vec<Option<Registers>> = vec![None; code.len()];
    before[0] = Some(Registers::default());
    let mut work = vec![0];
    while let Some(i) = work.pop() {
        let at = &code[i];
        let Some(known) = before[i] else { continue };
        let after = step(at, known)?;
        let falls = (at.op.flow() != Flow::Exit).then_some(i + 1);
        let jumps = at.target().map(|to| index_of[to as usize]);
        for next in falls.into_iter().chain(jumps) {
            let joined = before[next].map_or(after, |known| join(known, after));
            if before[next] != Some(joined) {
                before[next] = Some(joined);
                work.push(next);
            }
        }
    }
    Ok(())
}

/// Rule 6: the set is of the registers that may have an open cell.
pub(super) fn check_cells(proto: &Proto, code: &[At]) -> Result<(), Defect> {
    let captured: Vec<Registers> = proto.protos.iter().map(|&nested| captures(nested)).collect();
    if captured.iter().all(|&c| c == Registers::default()) {
        return Ok(());
    }
    follow(code, Registers::union, |at, mut open| {
        match at.op {
            Op::Closure => open = open.union(captured[at.instr.d()]),
            Op::Close => open.remove_from(at.instr.a()),
            Op::Return | Op::ReturnV | Op::Return0 | Op::Return1 | Op::TailCall | Op::TailCallV => {
                demand(open == Registers::default(), "captured variables are closed", at.word)?;
            }
            _ => {}
        }
        Ok(open)
    })
}

/// Rule 7: the set is of the registers that certainly hold a table which a constructor has made.
pub(super) fn check_lists(code: &[At]) -> Result<(), Defect> {
    if !code.iter().any(|at| at.op == Op::SetList) {
        return Ok(());
    }
    follow(code, Registers::intersection, |at, mut tables| {
        let a = at.instr.a();
        match at.op {
            Op::NewTable | Op::NewObject => tables.insert(a),
            Op::SetList => demand(tables.contains(a), "a list belongs to a constructor", at.word)?,
            _ => tables.retain(|r| !writes(at, r)),
        }
        Ok(tables)
    })
}

/// The registers of the enclosing function of which a closure of `nested` holds cells.
fn captures(nested: *mut Proto) -> Registers {
    let mut registers = Registers::default();
    // SAFETY: a prototype's nested prototypes live as long as it does.
    for u in unsafe { &(*nested).upvalues } {
        if let (UpvalueSource::Local(r), false) = (u.source, u.by_value) {
            registers.insert(usize::from(r));
        }
    }
    registers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::{Instr, test_proto, verify};
    use crate::proto::UpvalueDesc;

    #[test]
    fn sets_of_registers() {
        let mut set = Registers::default();
        [3, 64, 200].into_iter().for_each(|r| set.insert(r));
        let mut cut = set;
        cut.remove_from(64);
        assert_eq!(cut.0, [8, 0, 0, 0]);
        set.remove_from(4);
        assert_eq!(set.0, cut.0);
        assert!(set.contains(3) && !set.contains(64));
        set.insert(5);
        set.retain(|r| r == 5);
        assert_eq!(set.0, [32, 0, 0, 0]);
    }

    #[test]
    fn captured_variables_must_be_closed() {
        let word = |op, a, b, c| Instr::abc(op, a, b, c).0;
        let check = |body: &[u32]| {
            let mut nested = test_proto(vec![word(Op::Func, 3, 1, 0), 0, word(Op::Return0, 0, 0, 0)], vec![]);
            nested.upvalues = [UpvalueDesc { source: UpvalueSource::Local(0), by_value: false }].into();
            let mut p = test_proto([&[word(Op::Func, 3, 1, 0), 0], body].concat(), vec![]);
            p.protos = [&raw mut *nested].into();
            verify(&p).map_err(|d| d.rule)
        };
        let (closure, close) = (word(Op::Closure, 1, 0, 0), word(Op::Close, 0, 0, 0));
        let (ret, skip) = (word(Op::Return0, 0, 0, 0), [word(Op::Jf, 0, 0, 0), 1]);
        let open = Err("captured variables are closed");
        assert_eq!(check(&[ret]), Ok(()));
        assert_eq!(check(&[closure, ret]), open);
        assert_eq!(check(&[closure, close, ret]), Ok(()));
        assert_eq!(check(&[closure, word(Op::Close, 1, 0, 0), ret]), open);
        // A jump round the closing, and one round the closure.
        assert_eq!(check(&[closure, skip[0], skip[1], close, ret]), open);
        assert_eq!(check(&[skip[0], skip[1], closure, close, ret]), Ok(()));
    }

    #[test]
    fn lists_belong_to_constructors() {
        let word = |op, a, b, c| Instr::abc(op, a, b, c).0;
        let check = |body: &[u32]| {
            let p = test_proto([&[word(Op::Func, 3, 1, 0), 0], body].concat(), vec![]);
            verify(&p).map_err(|d| d.rule)
        };
        let (ret, skip) = (word(Op::Return0, 0, 0, 0), [word(Op::Jf, 0, 0, 0), 2]);
        let new = [word(Op::NewTable, 1, 0, 0), 1];
        let list = [word(Op::SetList, 1, 2, 0), 1, ret];
        let broken = Err("a list belongs to a constructor");
        assert_eq!(check(&[&new[..], &list].concat()), Ok(()));
        assert_eq!(check(&list), broken);
        assert_eq!(check(&[&new[..], &[word(Op::Move, 1, 0, 0)], &list].concat()), broken);
        assert_eq!(check(&[&skip[..], &new, &list].concat()), broken);
    }
}
