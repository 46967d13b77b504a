//! Which registers a function still needs at which of its instructions.
//!
//! Exits restore only what the interpreter will read, and only what is alive at a loop's start is carried around it. A
//! register that an inner function has captured by cell counts as alive everywhere; so does each variable where it is in sight, once the
//! program looks at those of running functions (`debug.getlocal`).

use std::cell::RefCell;
use std::rc::Rc;

use ferrous_lua_runtime::bytecode::{At, Flow, MULTI, Op, Operand, instructions};
use ferrous_lua_runtime::proto::{LocalInfo, Proto, UpvalueSource};
use rustc_hash::FxHashMap;

use crate::params::MAX_KNOWN_LIVENESS;

/// A set of registers.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Regs([u64; 4]);

impl Regs {
    pub fn add(&mut self, r: usize) {
        if r < 256 {
            self.0[r >> 6] |= 1 << (r & 63);
        }
    }

    pub fn remove(&mut self, r: usize) {
        if r < 256 {
            self.0[r >> 6] &= !(1 << (r & 63));
        }
    }

    pub fn has(self, r: usize) -> bool {
        r < 256 && self.0[r >> 6] >> (r & 63) & 1 != 0
    }

    pub fn is_empty(self) -> bool {
        self == Regs::default()
    }

    fn union(self, other: Regs) -> Regs {
        Regs(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    fn add_range(&mut self, range: std::ops::Range<usize>) {
        range.for_each(|r| self.add(r));
    }

    fn remove_from(&mut self, first: usize) {
        for (n, word) in self.0.iter_mut().enumerate() {
            *word &= match first.saturating_sub(64 * n) {
                kept @ 0..64 => (1 << kept) - 1,
                _ => u64::MAX,
            };
        }
    }
}

/// The live registers of a function.
pub struct Liveness {
    /// Before the instruction at each word.
    live: Vec<Regs>,
    /// Captured by cell.
    captured: Regs,
    /// The words to which several instructions lead, but for the starts of loops.
    joins: Vec<bool>,
}

/// The live registers of functions that have been recorded of late: a large function is recorded from in many places.
#[derive(Clone)]
pub struct KnownLiveness {
    known: Rc<RefCell<FxHashMap<*const Proto, Rc<Liveness>>>>,
    shows_locals: bool,
}

impl KnownLiveness {
    /// None yet. `shows_locals` is that of the VM.
    pub fn new(shows_locals: bool) -> KnownLiveness {
        KnownLiveness { known: Rc::default(), shows_locals }
    }

    /// Those of a prototype. Until [`KnownLiveness::forget`] is told that it dies, they are remembered, if there are not too many others.
    pub fn of(&self, proto: &Proto) -> Rc<Liveness> {
        let mut known = self.known.borrow_mut();
        if known.len() >= MAX_KNOWN_LIVENESS && !known.contains_key(&std::ptr::from_ref(proto)) {
            known.clear();
        }
        known.entry(proto).or_insert_with(|| Rc::new(Liveness::new(proto, self.shows_locals))).clone()
    }

    /// Forgets those of a prototype that is about to be freed.
    pub fn forget(&self, proto: *const Proto) {
        self.known.borrow_mut().remove(&proto);
    }
}

impl Liveness {
    /// Computes it for a prototype.
    fn new(proto: &Proto, shows_locals: bool) -> Liveness {
        let frame = usize::from(proto.frame_size);
        let mut captured = Regs::default();
        for child in &*proto.protos {
            // SAFETY: the children of a live prototype are live.
            for desc in unsafe { (**child).upvalues.iter() } {
                if let (UpvalueSource::Local(r), false) = (desc.source, desc.by_value) {
                    captured.add(usize::from(r));
                }
            }
        }
        let in_sight = |word: usize| {
            let mut regs = Regs::default();
            let variables = if shows_locals { &proto.locals[..] } else { &[] };
            let is_in_sight =
                |local: &&LocalInfo| (local.start_pc as usize..local.end_pc as usize).contains(&word);
            variables.iter().filter(is_in_sight).for_each(|local| regs.add(usize::from(local.register)));
            regs
        };
        let list: Vec<At> = instructions(proto.code()).collect();
        let mut live = vec![Regs::default(); proto.code_len as usize + 1];
        loop {
            let mut changed = false;
            for at in list.iter().rev() {
                let before = transfer(proto, at, &live, frame).union(captured).union(in_sight(at.word));
                changed |= before != live[at.word];
                live[at.word] = before;
            }
            if !changed {
                return Liveness { live, captured, joins: joins(&list, proto.code_len as usize) };
            }
        }
    }

    /// The registers that are alive before the instruction at this word.
    pub fn at(&self, word: usize) -> Regs {
        self.live.get(word).copied().unwrap_or_default()
    }

    /// Do paths through the function meet at this word?
    pub fn is_join(&self, word: usize) -> bool {
        self.joins.get(word).copied().unwrap_or_default()
    }

    /// The registers that some inner function captures by cell.
    pub fn captured(&self) -> Regs {
        self.captured
    }
}

/// The words to which several instructions lead, but for the starts of loops.
fn joins(list: &[At], words: usize) -> Vec<bool> {
    let mut ways = vec![0_u32; words + 1];
    let mut loops = Vec::new();
    for at in list {
        let goes_on = at.op.flow() != Flow::Exit;
        let target = at.target().and_then(|word| usize::try_from(word).ok());
        for word in goes_on.then(|| at.end()).into_iter().chain(target.filter(|word| *word > at.end())) {
            ways[word] += 1;
        }
        loops.extend(target.filter(|word| *word <= at.end()));
    }
    loops.into_iter().for_each(|word| ways[word] = 0);
    ways.iter().map(|ways| *ways > 1).collect()
}

/// What is alive before an instruction, given what is alive everywhere else.
fn transfer(proto: &Proto, at: &At, live: &[Regs], frame: usize) -> Regs {
    let op = at.op.plain();
    let i = at.instr;
    let (a, b, c, d) = (i.a(), i.b(), i.c(), i.d());
    let after = |word: usize| live.get(word).copied().unwrap_or_default();
    let target = || at.target().map_or_else(Regs::default, |word| after(word.max(0) as usize));
    let multi_end =
        |first: usize, count: usize| if count == 0 { frame } else { (first + count - 1).min(frame) };
    let mut regs;
    match op {
        Op::ForLoop | Op::ForLoopUp => {
            regs = target();
            regs.remove(a + 3);
            regs = regs.union(after(at.end()));
            regs.add_range(a..a + 3);
        }
        Op::ForPrep => {
            regs = after(at.end());
            regs.remove(a + 3);
            regs = regs.union(target());
            regs.add_range(a..a + 3);
        }
        Op::TForPrep => {
            regs = target();
            regs.add_range(a..a + 3);
        }
        Op::TForCall => {
            regs = after(at.end());
            regs.remove_from(a);
            regs.add_range(a - 3..a);
        }
        Op::TForLoop => {
            regs = target().union(after(at.end()));
            regs.add(a);
            regs.add(a - 1);
        }
        Op::Call => {
            regs = after(at.end());
            regs.remove_from(a);
            regs.add(a);
            regs.add_range(a + 2..multi_end(a + 2, b));
        }
        Op::TailCall | Op::TailCallV => {
            regs = Regs::default();
            regs.add(a);
            regs.add_range(a + 2..multi_end(a + 2, b));
        }
        Op::Return | Op::ReturnV => {
            regs = Regs::default();
            regs.add_range(a..multi_end(a, b));
        }
        Op::Return0 => regs = Regs::default(),
        Op::Return1 => {
            regs = Regs::default();
            regs.add(a);
        }
        Op::Vararg => {
            regs = after(at.end());
            if b as u32 == MULTI {
                regs.remove_from(a);
            } else {
                (a..a + b - 1).for_each(|r| regs.remove(r));
            }
        }
        Op::MoveUp => {
            regs = after(at.end());
            regs.remove_from(a + 1);
            regs.add_range(a..frame);
        }
        Op::Concat => {
            regs = after(at.end());
            regs.remove(a);
            regs.add_range(b..c + 1);
        }
        Op::NewObject => {
            regs = after(at.end());
            regs.remove(a);
            regs.add_range(a + 1..a + 1 + d);
        }
        Op::SetList => {
            regs = after(at.end());
            regs.add(a);
            regs.add_range(a + 1..multi_end(a + 1, d));
        }
        Op::LoadNil => {
            regs = after(at.end());
            (a..d + 1).for_each(|r| regs.remove(r));
        }
        Op::SelfField => {
            regs = after(at.end());
            regs.remove(a);
            regs.remove(a + 2);
            regs.add(b);
        }
        Op::Closure => {
            regs = after(at.end());
            regs.remove(a);
            // SAFETY: the children of a live prototype are live.
            for desc in unsafe { (*proto.protos[d]).upvalues.iter() } {
                if let UpvalueSource::Local(r) = desc.source {
                    regs.add(usize::from(r));
                }
            }
        }
        Op::JtSet | Op::JfSet => {
            regs = target();
            regs.remove(a);
            regs = regs.union(after(at.end()));
            regs.add(d);
        }
        Op::Jmp | Op::JmpBack => regs = target(),
        _ => {
            regs = after(at.end());
            if at.target().is_some() {
                regs = regs.union(target());
            }
            let kinds = op.operands();
            if kinds[0] == Operand::Dst {
                regs.remove(a);
            }
            if kinds[0] == Operand::Reg {
                regs.add(a);
            }
            match kinds[1] {
                Operand::Reg => regs.add(b),
                Operand::RegD => regs.add(d),
                _ => {}
            }
            if kinds[2] == Operand::Reg {
                regs.add(c);
            }
        }
    }
    regs
}

#[cfg(test)]
mod tests {
    use super::Regs;

    #[test]
    fn registers_from_one_on_are_removed() {
        let mut regs = Regs::default();
        regs.add_range(0..256);
        regs.remove_from(70);
        assert!(regs.has(0) && regs.has(69) && !regs.has(70) && !regs.has(128) && !regs.has(255));
        regs.remove_from(64);
        assert!(regs.has(63) && !regs.has(64));
        regs.remove_from(0);
        assert_eq!(regs, Regs::default());
    }
}
