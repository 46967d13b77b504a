//! What exits do again: the sunk instructions that make the objects which a snapshot names.

use rustc_hash::{FxHashMap, FxHashSet};

use super::exits::ExitPlan;
use crate::ir::{IrRef, Segments, SnapId, Trace};

/// For each exit, the sunk instructions that it replays, in order.
#[derive(Debug, Default)]
pub struct Rebuilds(FxHashMap<SnapId, Vec<IrRef>>);

impl Rebuilds {
    pub fn of(&self, snap: SnapId) -> &[IrRef] {
        self.0.get(&snap).map_or(&[], |list| list)
    }

    pub fn new(trace: &Trace, plan: &ExitPlan) -> Rebuilds {
        let mut this = Rebuilds::default();
        let parts = parts(trace);
        if parts.is_empty() {
            return this;
        }
        let segments = Segments::of(trace);
        for (index, instr) in trace.instrs.iter().enumerate() {
            let at = IrRef::instr(index);
            if instr.snap != SnapId::NONE && !trace.is_sunk(at) && !this.0.contains_key(&instr.snap) {
                let list = replay(trace, &segments, plan, &parts, instr.snap, at);
                this.0.insert(instr.snap, list);
            }
        }
        this
    }
}

/// The sunk instructions by the object that they belong to.
fn parts(trace: &Trace) -> FxHashMap<IrRef, Vec<IrRef>> {
    let mut parts: FxHashMap<IrRef, Vec<IrRef>> = FxHashMap::default();
    for r in (0..trace.instrs.len()).map(IrRef::instr).filter(|r| trace.is_sunk(*r)) {
        if let Some(object) = trace.owner(r) {
            parts.entry(object).or_default().push(r);
        }
    }
    parts
}

/// What makes the objects that an exit at `at` stores, and those that they hold by then.
fn replay(
    trace: &Trace,
    segments: &Segments,
    plan: &ExitPlan,
    parts: &FxHashMap<IrRef, Vec<IrRef>>,
    snap: SnapId,
    at: IrRef,
) -> Vec<IrRef> {
    let sunk_object = |val: IrRef| trace.owner(val).filter(|_| trace.is_sunk(val));
    let mut wanted: Vec<IrRef> = plan.stores(snap).iter().filter_map(|e| sunk_object(e.val)).collect();
    let mut found: FxHashSet<IrRef> = FxHashSet::default();
    let mut list = Vec::new();
    while let Some(object) = wanted.pop() {
        if !found.insert(object) {
            continue;
        }
        for part in parts[&object].iter().copied().filter(|part| segments.is_visible(at, *part)) {
            list.push(part);
            trace.for_each_use(trace.instrs[part.index()], |r| wanted.extend(sunk_object(r)));
        }
    }
    list.sort();
    list
}
