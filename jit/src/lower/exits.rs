//! The exit plan: for each exit, which slots it must store; and which stores the hot path makes instead.
//!
//! A snapshot lists every slot that differs from what memory held when the trace was entered. There are
//! two places to store one: in the exit's own cold block, or in the hot path, before the first guard that
//! needs it (*write-through*), after which all exits find it in memory. Stores in exits cost compile time
//! and code for each exit; write-through costs a store each round. A value that more than
//! [`WRITE_THROUGH_EXITS`] exits need is written through, unless it is an object that only exits make. In a region, whose rounds
//! are known to be many, nothing is.
//!
//! The plan follows what memory holds (`slot -> value`) along the trace and once around the loop: at the
//! loop marker, what held on entry holds in every round only if each back-edge re-establishes it. A branch of a region begins with
//! what held at all guards that lead to it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{Effect, HelperEffect, Instr, IrRef, Op, Region, Segments, SnapEntry, SnapId, Trace};
use crate::params::WRITE_THROUGH_EXITS;

/// What each exit and the hot path store.
#[derive(Debug, Default)]
pub struct ExitPlan {
    /// Slots to store in the exit's block.
    stores: FxHashMap<SnapId, Vec<SnapEntry>>,
    /// Slots to store before an instruction.
    writes: FxHashMap<IrRef, Vec<SnapEntry>>,
}

type Memory = FxHashMap<i32, IrRef>;

impl ExitPlan {
    pub fn stores(&self, snap: SnapId) -> &[SnapEntry] {
        self.stores.get(&snap).map_or(&[], |list| list)
    }

    pub fn writes_before(&self, at: IrRef) -> &[SnapEntry] {
        self.writes.get(&at).map_or(&[], |list| list)
    }

    /// Makes the plan for a whole trace.
    pub fn new(trace: &Trace) -> ExitPlan {
        let mut plan = ExitPlan::default();
        let popular = popular(trace);
        let mut memory: Memory = trace
            .instrs
            .iter()
            .enumerate()
            .filter(|(_, instr)| instr.op == Op::SLoad)
            .map(|(index, instr)| (instr.slot(), IrRef::instr(index)))
            .collect();
        let end = trace.next_ref();
        let marker = trace.loop_marker();
        plan.walk(trace, IrRef::instr(0), marker.unwrap_or(end), &popular, &mut memory);
        match marker {
            Some(marker) if trace.is_region() => plan.walk_region(trace, marker, &popular, memory.clone()),
            Some(marker) => plan.walk_loop(trace, marker, end, &popular, memory.clone()),
            None => {}
        }
        if let Some(snap) = trace.tail_snap() {
            plan.stores.insert(snap, missing(trace, snap, &memory));
        }
        plan
    }

    /// Walks the loop, assuming at its start all that held on entry; takes back what the back-edge does
    /// not re-establish, until nothing has to be taken back.
    fn walk_loop(
        &mut self,
        trace: &Trace,
        marker: IrRef,
        end: IrRef,
        popular: &FxHashSet<(i32, IrRef)>,
        mut entry: Memory,
    ) {
        let phis: FxHashMap<IrRef, IrRef> =
            trace.instrs.iter().filter(|i| i.op == Op::Phi).map(|i| (i.a, i.b)).collect();
        loop {
            let mut memory = entry.clone();
            self.walk(trace, marker, end, popular, &mut memory);
            let before = entry.len();
            entry.retain(|slot, val| memory.get(slot) == Some(phis.get(val).unwrap_or(val)));
            if entry.len() == before {
                return;
            }
        }
    }

    /// The same for the loop of a region, which has several ways through.
    fn walk_region(
        &mut self,
        trace: &Trace,
        marker: IrRef,
        popular: &FxHashSet<(i32, IrRef)>,
        mut entry: Memory,
    ) {
        let (carries, segments) = (trace.carries(), Segments::of(trace));
        rename_carried(trace, marker, &carries, &mut entry);
        loop {
            let before = entry.len();
            let mut at_forks: FxHashMap<SnapId, Memory> = FxHashMap::default();
            let at_header = entry.clone();
            let mut seen = FxHashSet::default();
            for segment in 0..segments.len() {
                let range = segments.range(segment, trace.instrs.len());
                let (mut memory, first) = match segments.fork(segment) {
                    None => (at_header.clone(), marker.index()),
                    Some(fork) => {
                        (at_forks.remove(&trace.instrs[fork.index()].snap).unwrap_or_default(), range.start)
                    }
                };
                for index in first..range.end {
                    self.step(trace, IrRef::instr(index), popular, &mut memory, &mut seen);
                    let snap = trace.instrs[index].snap;
                    if snap != SnapId::NONE && segments.branch(snap).is_some() {
                        match at_forks.get_mut(&snap) {
                            Some(known) => known.retain(|slot, val| memory.get(slot) == Some(val)),
                            None => drop(at_forks.insert(snap, memory.clone())),
                        }
                    }
                }
                let next = trace.instrs[range.end - 1].list().map_or(&[][..], |list| trace.args(list));
                entry.retain(|slot, val| {
                    let carry = carries.iter().position(|carry| carry == val);
                    memory.get(slot) == Some(carry.map_or(&*val, |nth| &next[nth]))
                });
            }
            if entry.len() == before {
                return;
            }
        }
    }

    fn walk(
        &mut self,
        trace: &Trace,
        from: IrRef,
        to: IrRef,
        popular: &FxHashSet<(i32, IrRef)>,
        memory: &mut Memory,
    ) {
        let mut seen = FxHashSet::default();
        for at in (from.index()..to.index()).map(IrRef::instr) {
            self.step(trace, at, popular, memory, &mut seen);
        }
    }

    /// Passes one instruction; `seen` are the snapshots of those before it.
    fn step(
        &mut self,
        trace: &Trace,
        at: IrRef,
        popular: &FxHashSet<(i32, IrRef)>,
        memory: &mut Memory,
        seen: &mut FxHashSet<SnapId>,
    ) {
        let instr = trace.instrs[at.index()];
        if instr.snap != SnapId::NONE && !trace.is_sunk(at) {
            let (writes, stores): (Vec<SnapEntry>, Vec<SnapEntry>) = missing(trace, instr.snap, memory)
                .into_iter()
                .partition(|entry| popular.contains(&(entry.slot, entry.val)));
            memory.extend(writes.iter().map(|entry| (entry.slot, entry.val)));
            // Guards that share a snapshot share its exit: what the first of them wrote through is in
            // memory for the others, and the exit stores what any of them needs.
            let exit = self.stores.entry(instr.snap).or_default();
            if seen.insert(instr.snap) {
                *exit = stores;
            } else {
                exit.extend(stores.iter().filter(|entry| !exit.contains(entry)).copied().collect::<Vec<_>>());
            }
            self.writes.insert(at, writes);
        }
        match instr.op.effect() {
            Effect::Store(Region::Stack) => {
                memory.insert(instr.slot(), instr.b);
            }
            Effect::Call => match instr.call().1.effect() {
                HelperEffect::Write(regions) if regions & Region::Stack.bit() != 0 => memory.clear(),
                _ => {}
            },
            _ => {}
        }
    }
}

/// What memory holds at the header of a region, by the names that the loop has for it.
fn rename_carried(trace: &Trace, marker: IrRef, carries: &[IrRef], memory: &mut Memory) {
    let in_loop: FxHashSet<(i32, IrRef)> = trace.instrs[marker.index()..]
        .iter()
        .filter(|instr| instr.snap != SnapId::NONE)
        .flat_map(|instr| trace.snap_entries(instr.snap))
        .map(|entry| (entry.slot, entry.val))
        .collect();
    for (slot, val) in memory.iter_mut() {
        let is_it =
            |carry: &&IrRef| trace.instrs[carry.index()].a == *val && in_loop.contains(&(*slot, **carry));
        if let Some(carry) = carries.iter().find(is_it) {
            *val = *carry;
        }
    }
}

/// The entries of a snapshot that memory does not hold.
fn missing(trace: &Trace, snap: SnapId, memory: &Memory) -> Vec<SnapEntry> {
    let entries = trace.snap_entries(snap).iter().copied();
    entries.filter(|entry| memory.get(&entry.slot) != Some(&entry.val)).collect()
}

/// The slot values that enough exits need to be written through. Slots by which the trace passes values to calls or gets results
/// from them are not: between a store and the call, or the call and the load, they must keep what they hold.
fn popular(trace: &Trace) -> FxHashSet<(i32, IrRef)> {
    if trace.is_region() {
        return FxHashSet::default();
    }
    let mut counts: FxHashMap<(i32, IrRef), usize> = FxHashMap::default();
    let used: FxHashSet<SnapId> = trace.instrs.iter().map(|instr| instr.snap).collect();
    for snap in used.into_iter().filter(|snap| *snap != SnapId::NONE) {
        for entry in trace.snap_entries(snap) {
            *counts.entry((entry.slot, entry.val)).or_default() += 1;
        }
    }
    counts.retain(|(_, val), _| !trace.is_sunk(*val));
    let is_passed = |instr: &&Instr| matches!(instr.op, Op::StackLoad | Op::StackStore);
    let passed: FxHashSet<i32> = trace.instrs.iter().filter(is_passed).map(|instr| instr.slot()).collect();
    let wanted =
        |(slot, _): &(i32, IrRef), count: usize| count > WRITE_THROUGH_EXITS && !passed.contains(slot);
    counts.into_iter().filter(|(key, count)| wanted(key, *count)).map(|(key, _)| key).collect()
}
