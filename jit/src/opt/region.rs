//! Regions: a loop and its hot side traces as one trace with several ways through the loop.
//!
//! ```text
//!   entry ─► Loop ─► carries ─► trunk ─────────────► Next ─┐
//!              ▲                  └─ guard ─► branch ─► Next ─┤
//!              └──────────────────────────────────────────────┘
//! ```
//!
//! What does not vary is found out before the loop ([`super::entry`]); the recorded round of the loop is emitted behind the marker as the
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

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::emit::{Contradiction, Crossing, Emit, Emitter, Scope, split_offset};
use super::entry::{self, Entry};
use super::peel::first_slot_overwritten;
use super::{forward, range::Range};
use crate::ir::{
    Const, Effect, ExitKind, HelperEffect, Instr, IrRef, Op, Operand, RecordedAt, Segments, SnapEntry,
    SnapId, Tail, Trace, Ty,
};
use crate::layout;
use crate::params::{MAX_REGION_ATTEMPTS, MAX_REGION_INSTRS};

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
        let attempt = Attempt::new(round, end, branches, &mut assumed);
        match attempt.run() {
            Outcome::Done(region) => return Some(*region),
            Outcome::Again => {}
            Outcome::Hopeless => return None,
        }
    }
    None
}

/// What is taken to hold, as far as it has been given up.
#[derive(Default)]
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
    /// As [`Segment::overwritten`].
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

/// A segment as it is emitted.
struct Segment<'a> {
    number: u16,
    source: &'a Trace,
    /// How far its slots lie above the loop's.
    base: i32,
    /// What the slots hold where it begins, as far as memory does not, and as long as they are not overwritten.
    start: BTreeMap<i32, IrRef>,
    /// From which slot on helpers have overwritten the stack: what such a slot holds is in memory, unless the segment has written it since.
    overwritten: i32,
    /// What its slots' loads are.
    slots: FxHashMap<i32, IrRef>,
    /// Its values, by the source's.
    map: Vec<IrRef>,
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

    // ---- Which branches ------------------------------------------------------------------------

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

    // ---- Before the loop -----------------------------------------------------------------------

    /// The slots that some way through the loop writes.
    fn written(&self, bases: &[i32]) -> BTreeSet<i32> {
        let mut written: BTreeSet<i32> =
            self.round.trace().snap_entries(self.end).iter().map(|entry| entry.slot).collect();
        for (nth, branch) in self.branches.iter().enumerate() {
            let Some(tail) = branch.trace.tail_snap().filter(|_| !self.assumed.is_out[nth]) else { continue };
            written.extend(branch.trace.snap_entries(tail).iter().map(|entry| entry.slot + bases[nth]));
        }
        written
    }

    /// Loads before the loop the slots that branches read and the round does not.
    fn load_slots(&mut self, bases: &[i32]) {
        for (branch, base) in self.branches.iter().zip(bases) {
            for load in branch.trace.instrs.iter().filter(|instr| instr.op == Op::SLoad) {
                let vouched = branch.vouched.iter().any(|(slot, _)| *slot == load.slot());
                let slot = load.slot() + base;
                if entry::slot(&self.e, slot).is_none() {
                    self.e.stack_slot(if vouched { Ty::Any } else { load.ty }, slot);
                }
            }
        }
    }

    /// How the branches get a value of one type out of a boxed one that a slot holds at the header, if all that read it do so alike.
    fn narrowed_by_branches(&self, slot: i32, bases: &[i32]) -> Option<(Op, Ty)> {
        let mut narrowed = None;
        for (nth, (branch, base)) in self.branches.iter().zip(bases).enumerate() {
            let is_load = |instr: &Instr| instr.op == Op::SLoad && instr.slot() + base == slot;
            let load = branch.trace.instrs.iter().position(is_load).map(IrRef::instr);
            let Some(load) = load.filter(|_| !self.assumed.is_out[nth]) else { continue };
            if self.is_written_before(branch.at, slot, bases) {
                continue;
            }
            let mut uses =
                branch.trace.instrs.iter().filter(|instr| instr.op != Op::SLoad && instr.a == load);
            let narrow = match branch.trace.ty(load) {
                Ty::Any => uses.find(|instr| matches!(instr.op, Op::Unbox | Op::UnboxNum)),
                _ => return None,
            };
            let narrow = narrow.map(|instr| (instr.op, instr.ty)).filter(|(_, ty)| !ty.is_primitive())?;
            if narrowed.replace(narrow).is_some_and(|other| other != narrow) {
                return None;
            }
        }
        narrowed
    }

    /// Has a segment, or one that it hangs on, written a slot before it comes to this state?
    fn is_written_before(&self, mut at: RecordedAt, slot: i32, bases: &[i32]) -> bool {
        loop {
            let parent = usize::from(at.branch).checked_sub(1);
            let base = parent.map_or(0, |nth| bases[nth]);
            if self
                .source(at.branch)
                .snap_entries(at.snap)
                .iter()
                .any(|entry| entry.slot.wrapping_add(base) == slot)
            {
                return true;
            }
            let Some(nth) = parent else { return false };
            at = self.branches[nth].at;
        }
    }

    /// Emits all up to the trunk: what is found out before the loop, the marker and the carries.
    fn enter_loop(&mut self, bases: &[i32], written: &BTreeSet<i32>) -> Result<(), Contradiction> {
        let start = self.round.trace().snap(self.end);
        let mut entry = Entry::new(self.round, start.pc, self.assumed)?;
        let counter = self.round.induction.filter(|_| !self.assumed.no_counter);
        let counter = counter.and_then(|counter| entry.counter(counter));
        (self.e, self.known) = entry.into_known();
        self.load_slots(bases);
        let mut first: BTreeMap<i32, IrRef> = BTreeMap::new();
        for slot in written {
            first.insert(*slot, entry::known_slot(&mut self.e, *slot));
        }
        for (slot, val) in &mut first {
            if !self.assumed.varying.contains(slot) {
                continue;
            }
            if self.e.trace.ty(*val) == Ty::Any
                && !self.assumed.types.contains_key(slot)
                && let Some((op, ty)) = self.narrowed_by_branches(*slot, bases)
            {
                // Checked once here, and not in each round.
                self.e.set_state(ExitKind::Start, start.pc, start.base, Vec::new());
                *val = self.e.unary(op, ty, *val)?;
                self.note_start();
            }
            let have = self.e.trace.ty(*val);
            let wanted = self.assumed.types.get(slot).copied().unwrap_or(have);
            let wanted = if wanted.is_primitive() { Ty::Any } else { wanted };
            *val = widen(&mut self.e, *val, wanted)?.ok_or(Contradiction)?;
            if wanted == Ty::Int {
                self.e.set_state(ExitKind::Start, start.pc, start.base, Vec::new());
                self.e.guard(Op::CheckInt, *val, IrRef::NONE)?;
                self.note_start();
            }
        }
        let marker = self.e.append(Instr::new(Op::Loop, Ty::None, IrRef::NONE, IrRef::NONE));
        self.e.crossing = Some(Crossing { marker: marker.index(), ..Crossing::default() });
        let mut shared: FxHashMap<IrRef, IrRef> = FxHashMap::default();
        for (slot, val) in first {
            if !self.assumed.varying.contains(&slot) {
                self.header.insert(slot, val);
                continue;
            }
            let is_apart = self.assumed.apart.contains(&slot);
            let carry = match shared.get(&val).filter(|_| !is_apart) {
                Some(carry) => *carry,
                None => {
                    let ty = self.e.trace.ty(val);
                    let carry = self.e.append(Instr::new(Op::Carry, ty, val, IrRef::from_raw(slot as u32)));
                    self.carried.push(slot);
                    carry
                }
            };
            if !is_apart {
                shared.entry(val).or_insert(carry);
            }
            self.header.insert(slot, carry);
        }
        self.counter =
            counter.and_then(|(first, stop)| Some(Counter { first, now: *shared.get(&first)?, stop }));
        Ok(())
    }

    /// Says of the state set last, if a guard has used it, that it is where the trunk begins.
    fn note_start(&mut self) {
        if let Some(snap) = self.e.used_snapshot() {
            self.e.trace.set_recorded_at(snap, RecordedAt { branch: 0, snap: SnapId::NONE });
        }
    }

    // ---- Segments --------------------------------------------------------------------------------

    fn trunk(&mut self) -> Result<(), Contradiction> {
        let mut segment = Segment {
            number: 0,
            source: self.round.trace(),
            base: 0,
            start: self.header.clone(),
            overwritten: i32::MAX,
            slots: FxHashMap::default(),
            map: Vec::new(),
        };
        let loads = segment.source.instrs.iter().enumerate().filter(|(_, instr)| instr.op == Op::SLoad);
        for (index, load) in loads {
            let val = match self.header.get(&load.slot()) {
                Some(val) => widen(&mut self.e, *val, load.ty)?.ok_or(Contradiction)?,
                None => self.known[index].ok_or(Contradiction)?,
            };
            segment.slots.insert(index as i32, val);
        }
        self.emit(&mut segment)?;
        self.check_known(&segment);
        self.go_back(&segment, self.end)
    }

    fn branch(&mut self, nth: usize, base: i32, snap: SnapId) -> Result<(), Contradiction> {
        let branch = &self.branches[nth];
        let source: &'a Trace = &branch.trace;
        let Some(tail) = source.tail_snap() else { return Err(Contradiction) };
        let fork = self.forks.remove(&branch.at).expect("a state that guards use has been noted");
        let mark = Instr::new(Op::Branch, Ty::None, IrRef::from_raw(u32::from(snap.0)), IrRef::NONE);
        self.e.append(mark);
        self.e.enter_scope(&fork.scope);
        let mut segment = Segment {
            number: nth as u16 + 1,
            source,
            base,
            start: fork.entries.iter().map(|entry| (entry.slot, entry.val)).collect(),
            overwritten: fork.overwritten,
            slots: FxHashMap::default(),
            map: Vec::new(),
        };
        // Rule 5. An exit from here is one at the fork.
        let here = RecordedAt { branch: segment.number, snap: SnapId::NONE };
        let kind = if fork.kind == ExitKind::Branch { ExitKind::Guard } else { fork.kind };
        self.e.set_state(kind, fork.pc, fork.base, fork.needed);
        for (slot, constant) in &branch.vouched {
            if let Some(k) = constant {
                self.require_constant(&segment, slot + base, *k)?;
            }
        }
        for (index, load) in source.instrs.iter().enumerate().filter(|(_, instr)| instr.op == Op::SLoad) {
            let slot = load.slot() + base;
            let val = self.value_at_start(&segment, slot)?;
            let val = self.require_type(val, load.ty)?;
            segment.slots.insert(index as i32, val);
        }
        if let Some(used) = self.e.used_snapshot() {
            self.e.trace.set_recorded_at(used, here);
        }
        self.emit(&mut segment)?;
        self.go_back(&segment, tail)
    }

    /// What a slot holds where a branch begins.
    fn value_at_start(&self, segment: &Segment, slot: i32) -> Emit {
        let from_entry = || entry::slot(&self.e, slot).filter(|_| slot < segment.overwritten);
        segment.start.get(&slot).copied().or_else(from_entry).ok_or(Contradiction)
    }

    /// Guards that a slot holds a constant, unless it is known to.
    fn require_constant(&mut self, segment: &Segment, slot: i32, k: Const) -> Result<(), Contradiction> {
        let wanted = self.e.trace.constant(k.ty, k.bits);
        let val = self.value_at_start(segment, slot)?;
        if val == wanted {
            return Ok(());
        }
        let val = self.require_type(val, k.ty)?;
        if val == wanted {
            return Ok(());
        }
        // Of numbers, equality is not identity: there are two zeros.
        if k.ty.is_arith() || self.e.trace.ty(val) != k.ty {
            return Err(Contradiction);
        }
        self.e.guard(Op::Eq, val, wanted)
    }

    /// The value as one of this type, by a guard if need be.
    fn require_type(&mut self, val: IrRef, wanted: Ty) -> Result<IrRef, Contradiction> {
        match widen(&mut self.e, val, wanted)? {
            Some(val) => Ok(val),
            None if self.e.trace.ty(val) == Ty::Any && !matches!(wanted, Ty::Int | Ty::Ptr | Ty::Shape) => {
                self.e.unary(Op::Unbox, wanted, val)
            }
            None => Err(Contradiction),
        }
    }

    /// Emits a segment's instructions.
    fn emit(&mut self, segment: &mut Segment) -> Result<(), Contradiction> {
        for (index, instr) in segment.source.instrs.iter().copied().enumerate() {
            if self.e.trace.instrs.len() > MAX_REGION_INSTRS {
                return Err(Contradiction);
            }
            let val = match instr.op {
                Op::Nop => IrRef::NONE,
                Op::SLoad => segment.slots[&(index as i32)],
                _ => self.emit_copy(segment, instr)?,
            };
            segment.map.push(val);
            if let Some(first) = first_slot_overwritten(segment.source, instr) {
                let first = first.saturating_add(segment.base);
                segment.start.retain(|slot, _| *slot < first);
                segment.overwritten = segment.overwritten.min(first);
            }
        }
        Ok(())
    }

    fn emit_copy(&mut self, segment: &Segment, instr: Instr) -> Result<IrRef, Contradiction> {
        let mut copy = instr.fresh();
        for (kind, field) in instr.op.operands().into_iter().zip([&mut copy.a, &mut copy.b]) {
            if kind.is_ref() {
                *field = self.value(segment, *field);
            } else if kind == Operand::Slot {
                *field = IrRef::from_raw((field.raw() as i32 + segment.base) as u32);
            }
        }
        if instr.op == Op::BasePtr && segment.base != 0 {
            let slot = IrRef::from_raw(segment.base as u32);
            copy = Instr::new(Op::SlotPtr, Ty::Ptr, slot, IrRef::NONE);
        }
        if let Some(list) = instr.list() {
            let args: Vec<IrRef> =
                segment.source.args(list).iter().map(|arg| self.value(segment, *arg)).collect();
            copy.a = IrRef::from_raw(self.e.trace.add_args(&args).0);
        }
        if instr.snap == SnapId::NONE {
            return self.e.emit_instr(copy);
        }
        if instr.op == Op::InBounds && self.stays_in_bounds(copy) {
            return Ok(IrRef::NONE);
        }
        let at = RecordedAt { branch: segment.number, snap: instr.snap };
        self.set_state(segment, at);
        let val = self.e.emit_instr(copy)?;
        self.note_snapshot(at);
        Ok(val)
    }

    /// Is the index the loop's counter plus a constant, and has that been checked before the loop for its first value and its last?
    fn stays_in_bounds(&self, check: Instr) -> bool {
        let Some(Counter { first, now, stop }) = self.counter else { return false };
        let trace = self.e.trace();
        let (base, offset) = split_offset(trace, check.a);
        let (stop_base, stop_offset) = split_offset(trace, stop);
        let is_checked = |value: (IrRef, i64)| {
            let in_loop = |at: IrRef| self.e.crossing.as_ref().is_none_or(|loop_| at.index() > loop_.marker);
            self.e.chain(Op::InBounds).any(|(at, old)| {
                let index = match trace.int_of(old.a) {
                    Some(index) => trace.int_of(stop).map(|stop| (stop_base, index - stop)),
                    None => Some(split_offset(trace, old.a)),
                };
                !in_loop(at) && old.b == check.b && index == Some(value)
            })
        };
        let last = if stop.is_const() { (stop_base, offset) } else { (stop_base, stop_offset + offset) };
        base == now && is_checked((first, offset)) && is_checked(last)
    }

    fn value(&mut self, segment: &Segment, r: IrRef) -> IrRef {
        match segment.source.const_of(r) {
            Some(k) => self.e.trace.constant(k.ty, k.bits),
            None => segment.map[r.index()],
        }
    }

    /// Sets the state for a guard that was recorded with this one.
    fn set_state(&mut self, segment: &Segment, at: RecordedAt) {
        if let Some(snap) = self.snaps.get(&at) {
            return self.e.use_snapshot(*snap);
        }
        let (state, entries) = (segment.source.snap(at.snap), self.entries(segment, at.snap));
        let base = segment.base + state.base;
        let is_needed = |entry: &SnapEntry| state.needed.has(entry.slot.wrapping_sub(segment.base));
        let needed: Vec<SnapEntry> = entries.iter().copied().filter(is_needed).collect();
        self.e.set_state(state.kind, state.pc, base, needed.clone());
        if !self.forks.contains_key(&at) && self.branches.iter().any(|branch| branch.at == at) {
            let fork = Fork {
                scope: self.e.scope(),
                kind: state.kind,
                pc: state.pc,
                base,
                entries,
                needed,
                overwritten: segment.overwritten,
            };
            self.forks.insert(at, fork);
        }
    }

    fn note_snapshot(&mut self, at: RecordedAt) {
        if let Some(snap) = self.e.used_snapshot() {
            self.snaps.insert(at, snap);
            self.e.trace.set_recorded_at(snap, at);
        }
    }

    /// The slots of a recorded state: what the segment has written so far, and what was there when it began.
    fn entries(&mut self, segment: &Segment, snap: SnapId) -> Vec<SnapEntry> {
        let mut slots = segment.start.clone();
        for entry in segment.source.snap_entries(snap) {
            let val = self.value(segment, entry.val);
            let is_top = entry.slot == SnapEntry::TOP;
            slots.insert(if is_top { entry.slot } else { entry.slot + segment.base }, val);
        }
        slots.into_iter().map(|(slot, val)| SnapEntry { slot, val }).collect()
    }

    // ---- Back-edges ------------------------------------------------------------------------------

    /// Emits a segment's back-edge, from its last state; checks what was assumed about the header.
    fn go_back(&mut self, segment: &Segment, last: SnapId) -> Result<(), Contradiction> {
        let entries = self.entries(segment, last);
        let state = segment.source.snap(last);
        let last_values: BTreeMap<i32, IrRef> = entries.iter().map(|entry| (entry.slot, entry.val)).collect();
        let mut next: BTreeMap<IrRef, IrRef> = BTreeMap::new();
        for (slot, at_header) in self.header.clone() {
            // What a helper has overwritten, and nobody has written since, nobody will read.
            let val = last_values.get(&slot).copied().unwrap_or(at_header);
            if self.e.trace.instr_of(at_header, Op::Carry).is_none() {
                // Rule 1.
                if val != at_header {
                    self.wrong = true;
                    self.assumed.varying.insert(slot);
                }
                continue;
            }
            let wanted = self.e.trace.ty(at_header);
            let Some(val) = self.fitting(val, wanted)? else {
                self.wrong = true;
                let have = self.e.trace.ty(val);
                let wider = if wanted.is_arith() && have.is_arith() { Ty::Num } else { Ty::Any };
                self.assumed.types.insert(slot, wider);
                continue;
            };
            match next.insert(at_header, val) {
                // Rule 2.
                Some(other) if other != val => {
                    self.wrong = true;
                    self.assumed.apart.insert(slot);
                    next.insert(at_header, other);
                }
                _ => {}
            }
        }
        if let Some(counter) = self.counter
            && next.get(&counter.now).is_none_or(|next| !self.is_step(counter, *next))
        {
            // Rule 6.
            self.wrong = true;
            self.assumed.no_counter = true;
        }
        if self.wrong {
            // Values may be missing: what comes of this is not used.
            return Ok(());
        }
        let mut list = Vec::new();
        for slot in self.carried.clone() {
            let carry = self.header[&slot];
            let val = next[&carry];
            if self.e.trace.ty(carry) == Ty::Int && !Range::I32.contains(self.e.range(val)) {
                // Rule 3.
                self.e.set_state(ExitKind::Guard, state.pc, segment.base + state.base, entries.clone());
                self.e.guard(Op::CheckInt, val, IrRef::NONE)?;
                if let Some(snap) = self.e.used_snapshot() {
                    self.e.trace.set_recorded_at(snap, RecordedAt { branch: segment.number, snap: last });
                }
            }
            list.push(val);
        }
        let list = self.e.trace.add_args(&list);
        self.e.append(Instr::new(Op::Next, Ty::None, IrRef::from_raw(list.0), IrRef::NONE));
        Ok(())
    }

    /// Is this a later value of the counter, within the limit?
    fn is_step(&self, counter: Counter, next: IrRef) -> bool {
        let (base, step) = split_offset(self.e.trace(), next);
        let is_within = |(_, guard): (IrRef, Instr)| guard.a == next && guard.b == counter.stop;
        base == counter.now && step > 0 && self.e.chain(Op::Le).any(is_within)
    }

    /// The value in the form that a carry has, if that takes no guard.
    fn fitting(&mut self, val: IrRef, wanted: Ty) -> Result<Option<IrRef>, Contradiction> {
        if wanted == Ty::Int && self.e.trace.ty(val) == Ty::Num {
            return Ok(self.as_known_int(val));
        }
        widen(&mut self.e, val, wanted)
    }

    /// A double that is known to be an integer, as that.
    fn as_known_int(&mut self, val: IrRef) -> Option<IrRef> {
        if let Some(num) = self.e.trace.num_of(val) {
            let int = super::fold::exact_int(num)?;
            return Some(self.e.trace.int(int));
        }
        if let Some(inner) = self.e.trace.instr_of(val, Op::IntToNum) {
            return Some(inner.a);
        }
        self.e.chain(Op::NumToInt).find(|(_, known)| known.a == val).map(|(at, _)| at)
    }

    /// Rule 4, of what the trunk does itself.
    fn check_known(&mut self, trunk: &Segment) {
        let marker = self.e.crossing.as_ref().map_or(0, |crossing| crossing.marker);
        for (index, val) in trunk.map.iter().enumerate() {
            if self.known[index].is_some() && val.is_instr() && val.index() > marker {
                self.wrong = true;
                self.assumed.redone.insert(IrRef::instr(index));
            }
        }
    }

    /// Rule 4.
    fn check_reuse(&mut self) {
        let Some(crossing) = self.e.crossing.take() else { return };
        let segments = Segments::of(self.e.trace());
        for at in &crossing.reused {
            if !forward::may_be_reused(&self.e, &crossing, &segments, *at) {
                self.wrong = true;
                let is_it = |(index, known): (usize, &Option<IrRef>)| {
                    (*known == Some(*at)).then_some(IrRef::instr(index))
                };
                self.assumed.redone.extend(self.known.iter().enumerate().filter_map(is_it));
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
