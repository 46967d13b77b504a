//! Regions: a loop and its hot side traces as one trace with several ways through the loop.
//!
//! ```text
//!   entry ─► Loop ─► carries ─► trunk ─────────────► Next ─┐
//!              ▲                  └─ guard ─► branch ─► Next ─┤
//!              └──────────────────────────────────────────────┘
//! ```
//!
//! What does not vary is found out before the loop ([`entry`]); the recorded round of the loop is emitted behind the marker as the
//! trunk. Each side trace is emitted as a branch, from what is known where its guard fails: its slots are the values of that exit's
//! snapshot, its checks of what was checked before fall away.
//!
//! A slot that some way through the loop changes is *carried*: its value at the header is an instruction of its own, so that what
//! depends on it cannot meet its equal from before the loop. What does not vary meets it, as in a peeled loop.
//!
//! # Rules
//!
//! What holds at the header must be known before the loop is emitted, and depends on all of it. So it is *assumed*, at first as
//! little varying as can be, and checked when all is there; what has turned out wrong is given up, and all is emitted anew. What comes
//! out has been checked as a whole:
//!
//! 1. A slot that is not carried has, at each back-edge, the very value that it has at the header.
//! 2. Slots that share a carry have the same value as each other at each back-edge.
//! 3. A carried integer fits 32 bits at each back-edge.
//! 4. No segment writes what a load from before the loop has read, if a segment uses that load's value; and the trunk uses each that it
//!    would do itself.
//! 5. What a branch takes for granted at its beginning - constants and types that its exit vouched for - the state there says too, or it
//!    is guarded there.
//! 6. The counter of a numeric loop grows at each back-edge and does not pass the loop's limit there, if a check of bounds relies on
//!    it: such a check is done before the loop, on the counter's first and last value.
//! 7. Where a variable of the loop's frames can be reached both as a slot and through a cell, the branch stays outside.

mod back_edge;
mod entry;
mod header;
mod segment;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::emit::{Contradiction, Emitter, Scope};
use crate::ir::{
    Const, Effect, ExitKind, HelperEffect, Instr, IrRef, Op, RecordedAt, SnapEntry, SnapId, Tail, Trace, Ty,
};
use crate::layout;
use crate::params::MAX_REGION_ATTEMPTS;

/// A side trace that goes back to the beginning of the loop.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Where it begins: 0 is the loop's own recording, `n` branch `n - 1`; and the snapshot there.
    pub at: RecordedAt,
    pub trace: Arc<Trace>,
    /// The slots, counted from the branch's base, whose values its exit vouched for, with those that were constants.
    pub vouched: Vec<(i32, Option<Const>)>,
}

/// A loop with branches.
#[derive(Debug)]
pub struct Region {
    pub trace: Trace,
    /// Which of the branches are in it.
    pub has: Vec<bool>,
}

/// Merges branches into a loop; each comes behind the one on which it hangs. `round` is the loop's recorded round.
/// `None` if no branch can be merged.
pub fn region(round: &Emitter, branches: &[Branch]) -> Option<Region> {
    let Tail::Again(end) = round.trace().tail else { return None };
    if has_top(round.trace(), end) {
        return None;
    }
    let mut assumed = Assumed { is_out: vec![false; branches.len()], ..Assumed::default() };
    for _ in 0..MAX_REGION_ATTEMPTS {
        let before = assumed.clone();
        match Attempt::new(round, end, branches, &mut assumed).run() {
            Outcome::Done(region) => return Some(*region),
            // It would come out the same.
            Outcome::Again if assumed == before => return None,
            Outcome::Again => {}
            Outcome::Hopeless => return None,
        }
    }
    None
}

/// What is taken to hold, as far as it has been given up.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Assumed {
    /// Slots that vary.
    pub varying: BTreeSet<i32>,
    /// Slots that do not share their carry.
    apart: BTreeSet<i32>,
    /// Slots whose carry must be wider than the first value.
    pub types: BTreeMap<i32, Ty>,
    /// Every slot varies that can.
    all_vary: bool,
    /// The counter does not go from its first value to its last.
    pub no_counter: bool,
    /// Instructions of the round that give something else in each, though their operands do not vary.
    pub redone: FxHashSet<IrRef>,
    /// Branches that stay outside.
    is_out: Vec<bool>,
}

enum Outcome {
    Done(Box<Region>),
    /// Something assumed was wrong.
    Again,
    Hopeless,
}

/// What is known where a guard leads to a branch.
struct Fork {
    scope: Scope,
    kind: ExitKind,
    pc: u64,
    base: i32,
    entries: Vec<SnapEntry>,
    /// Those of them that an exit would have to restore.
    needed: Vec<SnapEntry>,
    /// As [`segment::Segment::overwritten`].
    overwritten: i32,
}

struct Attempt<'a> {
    e: Emitter,
    round: &'a Emitter,
    end: SnapId,
    branches: &'a [Branch],
    assumed: &'a mut Assumed,
    /// The values of the round that have been found out before the loop.
    known: Vec<Option<IrRef>>,
    /// What the slots hold at the header.
    header: BTreeMap<i32, IrRef>,
    /// The slot that stands for each carry, in order.
    carried: Vec<i32>,
    /// Where branches begin.
    forks: FxHashMap<RecordedAt, Fork>,
    /// Recorded states that have become snapshots.
    snaps: FxHashMap<RecordedAt, SnapId>,
    wrong: bool,
    /// The numeric loop's counter, if it is carried.
    counter: Option<Counter>,
}

/// The counter of the loop, which goes from its first value to its limit.
#[derive(Clone, Copy)]
struct Counter {
    /// Its value in the first round,
    first: IrRef,
    /// in any,
    now: IrRef,
    /// and the limit.
    stop: IrRef,
}

impl<'a> Attempt<'a> {
    fn new(round: &'a Emitter, end: SnapId, branches: &'a [Branch], assumed: &'a mut Assumed) -> Attempt<'a> {
        Attempt {
            e: Emitter::new(),
            counter: None,
            round,
            end,
            branches,
            assumed,
            known: Vec::new(),
            header: BTreeMap::new(),
            carried: Vec::new(),
            forks: FxHashMap::default(),
            snaps: FxHashMap::default(),
            wrong: false,
        }
    }

    fn run(mut self) -> Outcome {
        let bases = self.bases();
        self.leave_out_unfit(&bases);
        let written = self.written(&bases);
        if self.assumed.all_vary {
            self.assumed.varying.extend(&written);
        }
        if self.enter_loop(&bases, &written).is_err() || self.trunk().is_err() {
            let can_vary_more = !self.assumed.all_vary;
            self.assumed.all_vary = true;
            return if can_vary_more { Outcome::Again } else { Outcome::Hopeless };
        }
        let mut has = vec![false; self.branches.len()];
        for (nth, branch) in self.branches.iter().enumerate() {
            let hangs_on = usize::from(branch.at.branch);
            if self.assumed.is_out[nth] || (hangs_on > 0 && !has[hangs_on - 1]) {
                continue;
            }
            // Without a guard that leads there, nothing does in the loop.
            let Some(snap) = self.snaps.get(&branch.at).copied() else { continue };
            // What may be left out where it stands leads nowhere.
            if !self.e.trace.instrs.iter().any(|guard| guard.snap == snap && !guard.op.removable()) {
                continue;
            }
            if self.branch(nth, bases[nth], snap).is_err() {
                // It may be due to something assumed that is known to be wrong by now.
                self.assumed.is_out[nth] = !self.wrong;
                return Outcome::Again;
            }
            has[nth] = true;
        }
        self.check_reuse();
        if self.wrong {
            return Outcome::Again;
        }
        if !has.contains(&true) {
            return Outcome::Hopeless;
        }
        for (branch, _) in self.branches.iter().zip(&has).filter(|(_, has)| **has) {
            self.e.trace.clear_snapshot(self.snaps[&branch.at]);
        }
        self.e.trace.tail = Tail::Loop;
        Outcome::Done(Box::new(Region { trace: self.e.into_trace(), has }))
    }

    fn source(&self, segment: u16) -> &'a Trace {
        match segment {
            0 => self.round.trace(),
            n => &self.branches[usize::from(n) - 1].trace,
        }
    }

    /// How far each branch's base lies above the loop's.
    fn bases(&self) -> Vec<i32> {
        let mut bases: Vec<i32> = Vec::new();
        for branch in self.branches {
            let parent = match branch.at.branch {
                0 => 0,
                n => bases[usize::from(n) - 1],
            };
            bases.push(parent + self.source(branch.at.branch).snap(branch.at.snap).base);
        }
        bases
    }

    /// Leaves out the branches that cannot be merged whatever is assumed.
    fn leave_out_unfit(&mut self, bases: &[i32]) {
        let mut cells = uses_cells(self.round.trace());
        let mut is_below = false;
        for (nth, branch) in self.branches.iter().enumerate() {
            let (trace, base) = (&*branch.trace, bases[nth]);
            let ends_at_header = match trace.tail {
                Tail::Link(_, snap) => base + trace.snap(snap).base == 0,
                _ => false,
            };
            let goes_below = trace.snaps.iter().any(|snap| base + snap.base < 0);
            let leaves_its_frame = base != 0 || trace.snaps.iter().any(|snap| snap.base < 0);
            // Rule 7.
            let is_mixed = (uses_cells(trace) && (leaves_its_frame || is_below)) || (goes_below && cells);
            let reads_top = trace
                .instrs
                .iter()
                .any(|instr| instr.op == Op::VmLoad && instr.a.raw() as i32 == layout::vm::TOP);
            let parent = self.source(branch.at.branch);
            let ends_with_top = trace.tail_snap().is_some_and(|tail| has_top(trace, tail));
            let is_out = !ends_at_header
                || is_mixed
                || reads_top
                || ends_with_top
                || has_top(parent, branch.at.snap)
                || writes_between_guards(parent, branch.at.snap);
            self.assumed.is_out[nth] |= is_out;
            if !self.assumed.is_out[nth] {
                cells |= uses_cells(trace);
                is_below |= goes_below;
            }
        }
    }
}

/// The value as one of a wider type, if it can be one: an integer as a double, anything as a boxed value.
fn widen(e: &mut Emitter, val: IrRef, wanted: Ty) -> Result<Option<IrRef>, Contradiction> {
    Ok(match (wanted, e.trace.ty(val)) {
        (wanted, have) if wanted == have => Some(val),
        (Ty::Any, Ty::Ptr | Ty::Shape | Ty::None) => None,
        (Ty::Any, _) => Some(e.unary(Op::Box, Ty::Any, val)?),
        (Ty::Num, Ty::Int) => Some(e.to_num(val)?),
        _ => None,
    })
}

/// Are there multiple results in a state?
fn has_top(trace: &Trace, snap: SnapId) -> bool {
    trace.snap_entries(snap).iter().any(|entry| entry.slot == SnapEntry::TOP)
}

/// Does the trace read or write variables through their cells?
fn uses_cells(trace: &Trace) -> bool {
    let is_access =
        |op: Op| matches!(op, Op::CellPtr | Op::CellApart | Op::UpvalCell | Op::UpvalLoad | Op::UpvalStore);
    trace.instrs.iter().any(|instr| is_access(instr.op))
}

/// Is something written between the first and the last guard that leave by this snapshot? Then a branch there would not know what.
fn writes_between_guards(trace: &Trace, snap: SnapId) -> bool {
    let is_user = |instr: &Instr| instr.snap == snap;
    let (Some(first), Some(last)) =
        (trace.instrs.iter().position(is_user), trace.instrs.iter().rposition(is_user))
    else {
        return false;
    };
    trace.instrs[first..last].iter().any(|instr| match instr.op.effect() {
        Effect::Store(_) => true,
        Effect::Call => matches!(instr.call().1.effect(), HelperEffect::Write(regions) if regions != 0),
        _ => false,
    })
}
