//! Regions: a loop's side traces that come back to it become part of it.
//!
//! At first the side traces of a loop are functions of their own, which get and leave their values in the Lua stack, and begin the loop
//! anew. When one more of them has been installed, the loop is compiled again with them inside, as branches ([`crate::opt::region`]):
//! values stay in registers, and what was checked before the loop need not be checked again.
//!
//! ```text
//!   root ──exit──► side trace ──┐            region: root with the side trace inside
//!    ▲  └──exit──► other        │     ──►      └──exit──► other
//!    └──────────────────────────┘
//! ```
//!
//! The region takes the root's place, number and all: its instructions, its exits, its code. Traces that hang on what became part of it
//! hang on the region's exits from then on, where these vouch for as much.
//!
//! A side trace that leaves the loop goes once around an outer loop before it comes back. As a branch it would make vary what the loop
//! can rely on otherwise, for which the loop would have to pay in each round; so it stays outside if that is so, unless there are
//! few rounds in each of the outer loop's.
//!
//! # Rules
//!
//! 1. A root trace changes only while nothing is being recorded, since a recording may begin at an exit of it, and while no native code
//!    runs (engine rule 2).
//! 2. The recordings that a region consists of are kept, with what they refer to, to be merged again when the tree has grown.
//! 3. A region under way is dropped with its root, and when something dies that it refers to; a number may be another trace's by the
//!    time that its code is there, so traces are told apart by their [`Trace`]s.

use std::ops::Range;
use std::sync::{Arc, Weak};

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::Instr;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Engine;
use super::compile::Job;
use super::references::References;
use super::table::{Origin, TraceInfo};
use crate::caught::caught;
use crate::ir::{Const, ExitKind, IrRef, Op, RecordedAt, SnapEntry, SnapId, Tail, Trace, TraceId, Ty};
use crate::link::ExitTable;
use crate::lower::{CodeBytes, CompileError};
use crate::opt::{Branch, Emitter, Region, dce, region, sink};
use crate::params::{MAX_ROUND_GROWTH, REENTRY_INSTRS, REGION_GROWTH};
use crate::record::Recorded;

/// A region that is being compiled. Once it is dropped, nobody waits for its code.
pub(super) struct Pending {
    trace: Arc<Trace>,
    references: References,
    branches: Vec<Branch>,
    /// The side traces that it takes in, with the branches that they become.
    members: FxHashMap<TraceId, u16>,
    exits: ExitTable,
    /// Its code, if it has to wait for a recording to end.
    code: Option<CodeBytes>,
}

/// What a trace takes for granted where it begins, by slots counted from its base.
fn vouched(parent: &Trace, exit: SnapId) -> impl Iterator<Item = (i32, IrRef)> {
    let base = parent.snap(exit).base;
    let entries = parent.snap_entries(exit).iter().filter(|entry| entry.slot != SnapEntry::TOP);
    entries.map(move |entry| (entry.slot - base, entry.val))
}

/// Which recorded state an exit of a root trace restores, and whether it lies before the loop.
type Place = (bool, RecordedAt);

fn places(trace: &Trace) -> Vec<Option<Place>> {
    let mut places = vec![None; trace.snaps.len()];
    let marker = trace.loop_marker();
    for (index, instr) in trace.instrs.iter().enumerate().filter(|(_, instr)| instr.snap != SnapId::NONE) {
        let is_before = marker.is_some_and(|marker| index < marker.index());
        places[instr.snap.index()] = Some((is_before, trace.snap(instr.snap).from));
    }
    places
}

impl Engine {
    /// A side trace has been installed: if it goes round its root's loop, and the tree has grown enough, the loop is compiled again.
    pub(super) fn consider_region(&mut self, side: TraceId) {
        let Some(root) = self.traces.get(side).filter(|info| goes_round(info)).map(|info| info.root) else {
            return;
        };
        let Some(info) = self.traces.get_mut(root) else { return };
        info.rounds_outside += 1;
        self.grow_region(root);
    }

    /// Compiles a loop again if that is worth it.
    fn grow_region(&mut self, root: TraceId) {
        let Some(info) = self.traces.get(root) else { return };
        let enough = 1 + info.branches.len() / REGION_GROWTH;
        if info.is_full_grown || info.rounds_outside < enough || self.regions.contains_key(&root) {
            return;
        }
        let Some((trace, job)) = self.plan_region(root) else { return };
        if let Err(job) = self.in_background(job) {
            let code = self.compiler.compile(&trace, &job.link);
            self.region_compiled(root, code);
        }
    }

    /// Builds the region of a loop's tree as it is now, which is to be compiled then.
    fn plan_region(&mut self, root: TraceId) -> Option<(Arc<Trace>, Job)> {
        let Built { trace, branches, members, .. } = self.best_region(root)?;
        self.spend_heat(&trace);
        let info = self.traces.get_mut(root)?;
        info.rounds_outside = 0;
        let info = self.traces.get(root)?;
        let exits = self.native.new_exits(trace.snaps.len());
        let mut link = self.native.link_info(root, None);
        link.exit_table = exits.address();
        link.after_rebuilding = self.traces.is_after_rebuilding(info.origin);
        let round = info.round.as_deref().map(Emitter::trace);
        let references = References::of_region(&trace, round, &branches);
        let job = Job { trace: Arc::downgrade(&trace), link };
        let pending = Pending { trace: trace.clone(), references, branches, members, exits, code: None };
        self.regions.insert(root, pending);
        Some((trace, job))
    }

    /// The region with all side traces, unless its rounds are so much longer for it that it is better without those that leave the loop.
    fn best_region(&self, root: TraceId) -> Option<Built> {
        let all = self.built_region(root, Reach::Anywhere);
        let before = self.traces.get(root)?.round_instrs;
        if all.as_ref().is_some_and(|all| all.is_worth_it(before)) {
            return all;
        }
        let inside = self.built_region(root, Reach::Inside)?;
        let before = round_instrs(&inside.trace);
        Some(all.filter(|all| all.is_worth_it(before)).unwrap_or(inside))
    }

    /// How many rounds of a numeric loop come next if the interpreter, which is where the recorded trace ends, is at its beginning.
    pub(super) fn rounds_ahead(&self, vm: &Vm, recorded: &Recorded) -> Option<f64> {
        let Tail::Link(target, _) = recorded.trace.tail else { return None };
        let counter = self.traces.get(target)?.counter?;
        // SAFETY: the frame at `vm.base` is one of the function that has this loop, so it has the loop's registers.
        let [from, to, step] = [0, 1, 2].map(|nth| unsafe { *vm.base.add(counter + nth) });
        let rounds = (to.as_number()? - from.as_number()?) / step.as_number()?;
        // Back at the beginning after a round inside the loop, that many may be left.
        Some(rounds.max(0.0) + 1.0)
    }

    /// The region of a root as it could be now.
    fn built_region(&self, root: TraceId, reach: Reach) -> Option<Built> {
        let Candidates { mut branches, mut members, rounds } = self.branches_of(root, reach)?;
        let round = self.traces.get(root)?.round.as_deref()?;
        // Branches are numbered by their order, so those that stay outside must not be in the list.
        loop {
            if members.is_empty() {
                return None;
            }
            let (trace, has) = caught(None, || {
                let Region { trace, has } = region(round, &branches)?;
                let is_complete = has.iter().all(|has| *has);
                Some((is_complete.then(|| optimised(&trace)), has))
            })?;
            match trace {
                Some(trace) => return Some(Built { trace: Arc::new(trace), branches, members, rounds }),
                None => keep(&mut branches, &mut members, &has),
            }
        }
    }

    /// The branches that the region of a root can have.
    fn branches_of(&self, root: TraceId, reach: Reach) -> Option<Candidates> {
        let info = self.traces.get(root)?;
        let code = info.loop_code.clone();
        // How far the branches' bases lie above the root's.
        let mut bases: Vec<i32> = Vec::new();
        let base_at = |bases: &[i32], parent: u16, base: i32| match parent {
            0 => base,
            n => bases[usize::from(n) - 1] + base,
        };
        for branch in &info.branches {
            let parent = if branch.at.branch == 0 {
                None
            } else {
                info.branches.get(usize::from(branch.at.branch) - 1)
            };
            let state = match (parent, &info.round) {
                (Some(parent), _) => parent.trace.snap(branch.at.snap),
                (None, Some(round)) => round.trace().snap(branch.at.snap),
                (None, None) => return None,
            };
            bases.push(base_at(&bases, branch.at.branch, state.base));
        }
        let mut branches = info.branches.clone();
        let mut members = FxHashMap::default();
        let mut rounds = None;
        let mut taken: FxHashSet<RecordedAt> = branches.iter().map(|branch| branch.at).collect();
        let mut queue: Vec<(TraceId, SnapId, RecordedAt)> = Vec::new();
        // Both copies of a round that has been peeled lead to the same branches.
        for copy in [false, true] {
            for (index, place) in places(&info.trace).into_iter().enumerate() {
                if let Some((_, at)) = place.filter(|(is_before, _)| *is_before == copy)
                    && info.exits[index].kind != ExitKind::Start
                {
                    queue.push((root, SnapId(index as u16), at));
                }
            }
        }
        let mut next = 0;
        while let Some((parent, exit, at)) = queue.get(next).copied() {
            next += 1;
            // A region's snapshots count from its own base, whatever branch they are of.
            let segment = if parent == root { 0 } else { at.branch };
            let parent = self.traces.get(parent)?;
            let Some(side) = parent.exits[exit.index()].side else { continue };
            let is_ready = self.native.is_linked(side);
            let Some(info) = self.traces.get(side).filter(|info| is_ready && goes_round(info)) else {
                continue;
            };
            if at.snap == SnapId::NONE || !taken.insert(at) || branches.len() >= usize::from(u16::MAX) {
                continue;
            }
            let base = base_at(&bases, segment, parent.trace.snap(exit).base);
            // A function's side trace may come to the function's beginning in another frame.
            if info.trace.tail_snap().is_none_or(|tail| base + info.trace.snap(tail).base != 0) {
                continue;
            }
            if leaves(&info.trace, base, &code) {
                if reach == Reach::Inside {
                    continue;
                }
                rounds = [rounds, info.rounds_ahead].into_iter().flatten().reduce(f64::max);
            }
            bases.push(base);
            let vouched = vouched(&parent.trace, exit).map(|(slot, val)| (slot, parent.trace.const_of(val)));
            branches.push(Branch { at, trace: info.trace.clone(), vouched: vouched.collect() });
            let number = branches.len() as u16;
            members.insert(side, number);
            for snap in (0..info.exits.len() as u16).map(SnapId) {
                queue.push((side, snap, RecordedAt { branch: number, snap }));
            }
        }
        Some(Candidates { branches, members, rounds })
    }

    /// Is this the trace of the region that is being compiled for this root?
    pub(super) fn is_pending_region(&self, root: TraceId, trace: &Weak<Trace>) -> bool {
        self.regions.get(&root).is_some_and(|region| Arc::as_ptr(&region.trace) == trace.as_ptr())
    }

    /// What the regions under way refer to.
    pub(super) fn references_of_regions(&self) -> impl Iterator<Item = &References> {
        self.regions.values().map(|region| &region.references)
    }

    /// Drops the regions under way of which this holds.
    pub(super) fn drop_regions(&mut self, has_died: impl Fn(&References) -> bool) {
        self.regions.retain(|_, region| !has_died(&region.references));
    }

    /// The region of this root that was under way has been compiled, or has not.
    pub(super) fn region_compiled(&mut self, root: TraceId, code: Result<CodeBytes, CompileError>) {
        let Some(pending) = self.regions.get_mut(&root) else { return };
        match code {
            Ok(code) => {
                pending.code = Some(code);
                self.install_region(root);
            }
            Err(error) => {
                debug_assert!(false, "the region of trace {} cannot be compiled: {error}", root.0);
                self.regions.remove(&root);
                self.region_failed(root, &error.to_string());
            }
        }
    }

    /// Installs the regions that had to wait for the end of a recording.
    pub(super) fn install_waiting_regions(&mut self) {
        if self.regions.is_empty() {
            return;
        }
        let waiting: Vec<TraceId> =
            self.regions.iter().filter(|(_, region)| region.code.is_some()).map(|(id, _)| *id).collect();
        waiting.into_iter().for_each(|root| self.install_region(root));
    }

    fn install_region(&mut self, root: TraceId) {
        // Rule 1.
        if self.recording.is_some() {
            return;
        }
        let Some(Pending { trace, references, branches, members, mut exits, code: Some(code) }) =
            self.regions.remove(&root)
        else {
            return;
        };
        // Rule 3.
        let is_there = |(member, number): (&TraceId, &u16)| {
            let trace = &branches[usize::from(*number) - 1].trace;
            self.traces.get(*member).is_some_and(|info| Arc::ptr_eq(&info.trace, trace))
        };
        if !members.iter().all(is_there) {
            return;
        }
        let name = format!("lua::region_{}", root.0);
        if let Err(error) = self.with_room(root, |native| native.replace(root, &code, &mut exits, &name)) {
            return self.region_failed(root, &format!("{error:?}"));
        }
        self.adopt(root, trace, branches, references, &members);
        self.stats.regions += 1;
        self.stats.merged += members.len() as u64;
        self.report_region(root, &code);
        // Side traces may have come in the meantime.
        self.grow_region(root);
    }

    /// The region of a root has no code, or no place for it. The next one would be larger: the tree stays what it is.
    fn region_failed(&mut self, root: TraceId, message: &str) {
        self.stats.compile_failures += 1;
        let Some(info) = self.traces.get_mut(root) else { return };
        info.is_full_grown = true;
        if let Some(dump) = &mut self.options.dump {
            let _ = writeln!(dump, "---- the region of trace {} was not compiled: {message}\n", root.0);
        }
    }

    fn report_region(&mut self, root: TraceId, code: &CodeBytes) {
        let info = self.traces.get(root).expect("it was there");
        if let Some(dump) = &mut self.options.dump {
            let _ = writeln!(
                dump,
                "---- region of trace {}, {} branches\n{}",
                root.0,
                info.branches.len(),
                info.trace
            );
            if let Some(listing) = &code.listing {
                let _ = writeln!(dump, "{}\n{}", listing.clif, listing.vcode);
            }
        }
    }

    /// Gives a root the region's trace; what hung on the old one, or on what has become part of it, hangs on the new one or is dropped.
    fn adopt(
        &mut self,
        root: TraceId,
        trace: Arc<Trace>,
        branches: Vec<Branch>,
        references: References,
        members: &FxHashMap<TraceId, u16>,
    ) {
        let exit_at: FxHashMap<Place, SnapId> = places(&trace)
            .into_iter()
            .enumerate()
            .filter_map(|(index, place)| Some((place?, SnapId(index as u16))))
            .collect();
        let mut moves = Vec::new();
        let mut hung_on = FxHashSet::default();
        let mut variants: FxHashMap<SnapId, TraceId> = FxHashMap::default();
        let mut lost = Vec::new();
        for parent in members.keys().copied().chain([root]) {
            let Some(info) = self.traces.get(parent) else { continue };
            let places: Vec<Option<Place>> = match members.get(&parent) {
                None => places(&info.trace),
                Some(&branch) => (0..info.exits.len() as u16)
                    .map(|snap| Some((false, RecordedAt { branch, snap: SnapId(snap) })))
                    .collect(),
            };
            for (index, exit) in info.exits.iter().enumerate() {
                let to = places[index].and_then(|place| exit_at.get(&place)).copied();
                if let Some(variant) = exit.variant {
                    match to.filter(|to| !variants.contains_key(to)) {
                        Some(to) => drop(variants.insert(to, variant)),
                        None => lost.push(variant),
                    }
                }
                if let Some(side) = exit.side.filter(|side| !members.contains_key(side)) {
                    let from = SnapId(index as u16);
                    let to = to.filter(|to| self.can_move(side, (&info.trace, from), (&trace, *to)));
                    let to = to.filter(|to| hung_on.insert(*to));
                    moves.push((side, to));
                }
            }
        }
        for (side, _) in moves.iter().filter(|(_, to)| to.is_none()) {
            self.remove(*side);
        }
        for variant in lost {
            self.remove(variant);
            self.promises.remove(&variant);
            self.release(variant);
        }
        let mut protos = Vec::new();
        for member in members.keys() {
            let info = self.traces.take(*member).expect("the caller has looked");
            protos.extend(info.protos);
            self.native.remove(*member);
            if let Tail::Link(target, _) = info.trace.tail {
                self.release(target);
            }
            self.release(*member);
        }
        self.traces.become_region(root, trace, branches, references, protos);
        for (side, to) in moves {
            if let Some(to) = to {
                self.traces.hang(side, root, to);
                if self.native.is_linked(side) {
                    self.native.attach(root, to, side);
                }
            }
        }
        let info = self.traces.get_mut(root).expect("it has just been there");
        for (exit, variant) in variants {
            info.exits[exit.index()].variant = Some(variant);
        }
    }

    /// Does the new exit vouch for all that a side trace has taken for granted at the old one?
    fn can_move(&self, side: TraceId, (old, from): (&Trace, SnapId), (new, to): (&Trace, SnapId)) -> bool {
        let Some(info) = self.traces.get(side) else { return false };
        let (old_state, new_state) = (old.snap(from), new.snap(to));
        let bases_differ = old_state.pc != new_state.pc;
        let starts_otherwise = (old_state.kind == ExitKind::Start) != (new_state.kind == ExitKind::Start);
        let has_top = |trace: &Trace, snap| trace.snap_entries(snap).iter().any(|e| e.slot == SnapEntry::TOP);
        // It does not look for collections that objects made by exits bring about.
        let makes_more = new.has_sunk() && !old.has_sunk() && !matches!(info.trace.tail, Tail::Link(..));
        if bases_differ || starts_otherwise || has_top(old, from) != has_top(new, to) || makes_more {
            return false;
        }
        let known: FxHashMap<i32, (Option<Const>, Ty)> =
            vouched(new, to).map(|(slot, val)| (slot, (new.const_of(val), new.ty(val)))).collect();
        vouched(old, from).all(|(slot, val)| match (old.const_of(val), old.ty(val), known.get(&slot)) {
            (Some(k), _, Some((Some(known), _))) => k == *known,
            (None, Ty::Any, _) => true,
            (None, ty, Some((_, known))) => ty.same_lua_type(*known),
            _ => false,
        })
    }
}

/// Branches that a region can have: those that it has, and side traces that go round.
struct Candidates {
    branches: Vec<Branch>,
    /// The side traces' numbers as branches.
    members: FxHashMap<TraceId, u16>,
    rounds: Option<f64>,
}

/// A region that has been built.
struct Built {
    trace: Arc<Trace>,
    branches: Vec<Branch>,
    members: FxHashMap<TraceId, u16>,
    /// How many rounds the loop has before it, as far as is known, when it is begun anew.
    rounds: Option<f64>,
}

impl Built {
    /// Is a region worth what is done more in its rounds than in those of a loop with so many instructions?
    fn is_worth_it(&self, before: usize) -> bool {
        let growth = round_instrs(&self.trace).saturating_sub(before);
        match self.rounds {
            Some(rounds) => growth as f64 * rounds <= REENTRY_INSTRS as f64,
            None => growth <= before / MAX_ROUND_GROWTH + 1,
        }
    }
}

/// A region without what nobody needs in it.
fn optimised(region: &Trace) -> Trace {
    let mut trace = dce(region);
    sink(&mut trace);
    trace
}

/// Which side traces a region is to take in, besides what it has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// All.
    Anywhere,
    /// Those that stay inside the loop.
    Inside,
}

/// Does a side trace, with its base so far above that of a loop, leave the loop's code?
fn leaves(trace: &Trace, base: i32, code: &Option<Range<*const Instr>>) -> bool {
    // Where a branch leaves is where the trace does not go.
    let mut passed = trace.snaps.iter().filter(|snap| snap.kind != ExitKind::Branch);
    passed.any(|snap| match base + snap.base {
        0 => code.as_ref().is_some_and(|code| !code.contains(&(snap.pc as usize as *const Instr))),
        base => base < 0,
    })
}

/// How many instructions a round of a loop has, of a region's if it goes through the trunk.
pub(super) fn round_instrs(trace: &Trace) -> usize {
    let Some(marker) = trace.loop_marker() else { return 0 };
    let round = trace.instrs[marker.index() + 1..].iter().take_while(|instr| instr.op != Op::Next);
    round.filter(|instr| !matches!(instr.op, Op::Carry | Op::Phi)).count()
}

/// Does a side trace come back to the beginning of its root's loop?
fn goes_round(info: &TraceInfo) -> bool {
    let is_side = matches!(info.origin, Origin::Side { .. });
    is_side && matches!(info.trace.tail, Tail::Link(target, _) if target == info.root)
}

/// Leaves out the branches that a region does not have, and numbers the others anew.
fn keep(branches: &mut Vec<Branch>, members: &mut FxHashMap<TraceId, u16>, has: &[bool]) {
    let mut numbers = vec![0u16; has.len() + 1];
    let mut count = 0;
    for (nth, has) in has.iter().enumerate() {
        count += u16::from(*has);
        numbers[nth + 1] = if *has { count } else { 0 };
    }
    let mut nth = 0;
    branches.retain_mut(|branch| {
        nth += 1;
        branch.at.branch = numbers[usize::from(branch.at.branch)];
        numbers[nth] != 0
    });
    members.retain(|_, number| {
        *number = numbers[usize::from(*number)];
        *number != 0
    });
}
