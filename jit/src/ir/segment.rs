//! Segments: the paths of a region, and who sees whose values.
//!
//! A region is one loop with several ways through its body. Its *trunk* is the trace as usual: what runs once, the loop marker, the
//! carries, and one way through the body. Each *branch* is another way: it goes on where a guard of the trunk, or of another branch,
//! fails, and ends with a back-edge of its own.
//!
//! ```text
//!   ... Loop, Carry, Carry ... guard !3 ... Next(...) | Branch @3 ... guard !5 ... Next(...) | Branch @5 ... Next(...)
//!                                 └────────────────────────►              └─────────────────────►
//! ```
//!
//! # Rules
//!
//! 1. The segments follow one another in the instructions; each ends with [`Op::Next`], which has a value for each [`Op::Carry`].
//! 2. A branch sees what its ancestors computed before the first guard that leads to it, and what it computed itself. (Several guards
//!    may share a snapshot, and so a branch.)
//! 3. A guard leads to a branch if there is one for its snapshot; no value is needed for that snapshot then.

use rustc_hash::FxHashMap;

use super::op::Op;
use super::trace::{IrRef, SnapId, Trace};

/// The segments of a trace: one, unless it is a region.
#[derive(Clone, Debug)]
pub struct Segments {
    list: Vec<Segment>,
    by_snap: FxHashMap<SnapId, usize>,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Its first instruction.
    start: usize,
    /// The first guard that leads here; the trunk has none.
    fork: Option<IrRef>,
}

impl Segments {
    pub fn of(trace: &Trace) -> Segments {
        let mut this =
            Segments { list: vec![Segment { start: 0, fork: None }], by_snap: FxHashMap::default() };
        for (index, instr) in trace.instrs.iter().enumerate().filter(|(_, instr)| instr.op == Op::Branch) {
            let snap = SnapId(instr.a.raw() as u16);
            let fork = trace.instrs[..index].iter().position(|guard| guard.snap == snap).map(IrRef::instr);
            this.by_snap.insert(snap, this.list.len());
            this.list.push(Segment { start: index, fork });
        }
        this
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Are there none? Never: the trunk is one.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Does the trace have branches?
    pub fn has_branches(&self) -> bool {
        self.list.len() > 1
    }

    /// The segment that an instruction is in.
    pub fn at(&self, r: IrRef) -> usize {
        self.list.partition_point(|segment| segment.start <= r.index()) - 1
    }

    /// The instructions of a segment, of a trace with so many.
    pub fn range(&self, segment: usize, instrs: usize) -> std::ops::Range<usize> {
        self.list[segment].start..self.list.get(segment + 1).map_or(instrs, |next| next.start)
    }

    /// The first guard that leads to a segment; `None` of the trunk, and of a branch that nothing leads to.
    pub fn fork(&self, segment: usize) -> Option<IrRef> {
        self.list[segment].fork
    }

    /// The branch for guards with this snapshot.
    pub fn branch(&self, snap: SnapId) -> Option<usize> {
        self.by_snap.get(&snap).copied()
    }

    /// Is `r` computed on every way to the instruction at `from`? (Rule 2; not of an instruction itself.)
    pub fn is_visible(&self, mut from: IrRef, r: IrRef) -> bool {
        let home = self.at(r);
        loop {
            let segment = self.at(from);
            if segment == home {
                return r < from;
            }
            match self.list[segment].fork {
                Some(fork) if segment > home => from = fork,
                _ => return false,
            }
        }
    }
}
