//! The table of traces: where each begins, what it hangs on, what it needs alive.
//!
//! ```text
//!   root ──exit──► side trace ──exit──► side trace        a tree: what hangs on a trace dies with it
//! ```
//!
//! Numbers are those of [`crate::link::Native`]. A removed trace leaves its entry address behind for as long as others lead to it;
//! when its place has a root trace again, that gets the same number, so that they lead there still.

use std::ops::Range;
use std::sync::Arc;

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::heap::Extent;
use ferrous_lua_runtime::proto::Proto;

use rustc_hash::{FxHashMap, FxHashSet};

use super::references::References;
use super::region::round_instrs;
use crate::ir::{ExitKind, RecordedAt, SnapId, Snapshot, Trace, TraceId};
use crate::opt::{Branch, Emitter};
use crate::record::{Recorded, RootKind};

/// Where a trace begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Root(RootKind),
    /// Another trace of a loop that has one: the number that was promised (see [`super::variant`]).
    Variant(TraceId),
    /// What follows a place where paths meet: the number that was promised (see [`super::join`]).
    Join(TraceId),
    Side {
        parent: TraceId,
        exit: SnapId,
    },
}

/// A way out of a trace.
#[derive(Debug)]
pub struct Exit {
    pub kind: ExitKind,
    pub pc: *const Instr,
    /// Times taken, up to the next attempt to record from here.
    pub count: u32,
    pub failures: u32,
    pub side: Option<TraceId>,
    /// The trace loops, and checks before the loop alone what fails here.
    pub is_invariant: bool,
    /// The variant of the loop for when it has failed.
    pub variant: Option<TraceId>,
}

/// What the engine knows of a trace.
pub struct TraceInfo {
    pub origin: Origin,
    /// The root of its tree; itself if it is one.
    pub root: TraceId,
    /// The root that it is a variant of, by way of other variants perhaps; itself if it is none.
    pub family: TraceId,
    /// How many variants there are, if it is the head of a family.
    pub variants: u32,
    /// How many exits lie between it and its root.
    pub depth: u32,
    /// Its first instruction.
    pub entry: *const Instr,
    pub trace: Arc<Trace>,
    pub exits: Vec<Exit>,
    /// How many traces hang on it, if it is a root, or have become part of it.
    pub side_traces: usize,
    /// It has been entered, if it is a root, or left.
    pub entered: bool,
    /// Where native code may go on behind what the trace leaves to the interpreter.
    pub resumes: Vec<*const Instr>,
    pub protos: Vec<*mut Proto>,
    pub references: References,
    /// Of a loop: its recorded round, to be merged with side traces; and those that are part of it (see [`super::region`]).
    pub round: Option<Box<Emitter>>,
    /// How many instructions its round had before that.
    pub round_instrs: usize,
    /// The loop's code, if it is one in the source.
    pub loop_code: Option<Range<*const Instr>>,
    /// Of a numeric loop: the register of its counter.
    pub counter: Option<usize>,
    /// Of a trace that goes on in a numeric loop: how many rounds that had before it when this was recorded.
    pub rounds_ahead: Option<f64>,
    pub branches: Vec<Branch>,
    /// How many side traces that go round the loop have been installed since a region was last made of it.
    pub rounds_outside: usize,
    /// A region of it could not be made: no other is tried.
    pub is_full_grown: bool,
}

impl TraceInfo {
    /// How many branches of a region, one behind the other, lead to a state and begin at this instruction.
    fn branches_at(&self, pc: *const Instr, mut state: RecordedAt) -> u32 {
        let mut count = 0;
        while let Some(nth) = usize::from(state.branch).checked_sub(1) {
            state = self.branches[nth].at;
            let recording = match state.branch {
                0 => self.round.as_deref().map(Emitter::trace),
                n => Some(&*self.branches[usize::from(n) - 1].trace),
            };
            if recording.is_none_or(|trace| trace.snap(state.snap).pc != pc as u64) {
                break;
            }
            count += 1;
        }
        count
    }
}

/// Which exits belong to what is checked before a loop but not in it: nothing in the loop leaves for the same place.
fn invariant_exits(trace: &Trace) -> Vec<bool> {
    let mut invariant = vec![false; trace.snaps.len()];
    let Some(marker) = trace.loop_marker() else { return invariant };
    let place = |snap: SnapId| (trace.snap(snap).pc, trace.snap(snap).base);
    let exits =
        || trace.instrs.iter().map(|instr| instr.snap).enumerate().filter(|exit| exit.1 != SnapId::NONE);
    let in_loop: FxHashSet<(u64, i32)> =
        exits().filter(|(at, _)| *at > marker.index()).map(|(_, snap)| place(snap)).collect();
    for (_, snap) in exits().filter(|(at, _)| *at < marker.index()) {
        invariant[snap.index()] = !in_loop.contains(&place(snap));
    }
    invariant
}

fn exits_of(trace: &Trace) -> Vec<Exit> {
    let invariant = invariant_exits(trace);
    let exit = |(index, snap): (usize, &Snapshot)| Exit {
        kind: snap.kind,
        pc: snap.pc as usize as *const Instr,
        count: 0,
        failures: 0,
        side: None,
        is_invariant: invariant[index] || snap.kind == ExitKind::Start,
        variant: None,
    };
    trace.snaps.iter().enumerate().map(exit).collect()
}

/// All traces of an engine.
#[derive(Default)]
pub struct TraceTable {
    traces: Vec<Slot>,
    live: usize,
    /// The traces that are of no use without a prototype.
    of_proto: FxHashMap<*mut Proto, Vec<TraceId>>,
    /// Those entered since the last collection; some may be gone again.
    young: Vec<TraceId>,
}

enum Slot {
    Live(Box<TraceInfo>),
    /// Promised, or removed while others lead to it: where it begins.
    Awaited {
        entry: *const Instr,
        /// Of what, if it is the first trace of a loop or a function.
        root: Option<RootKind>,
    },
    /// Nobody's number.
    Free,
}

impl TraceTable {
    /// Notes that a trace with this number may come to begin at `entry`.
    pub fn promise(&mut self, id: TraceId, entry: *const Instr) {
        *self.slot(id) = Slot::Awaited { entry, root: None };
    }

    /// Notes that the root trace of the loop at `entry` is to have this number.
    pub fn promise_root(&mut self, id: TraceId, entry: *const Instr) {
        *self.slot(id) = Slot::Awaited { entry, root: Some(RootKind::Loop) };
    }

    /// Notes that nobody holds the number any more.
    pub fn forget(&mut self, id: TraceId) {
        *self.slot(id) = Slot::Free;
    }

    fn slot(&mut self, id: TraceId) -> &mut Slot {
        let index = id.0 as usize;
        if self.traces.len() <= index {
            self.traces.resize_with(index + 1, || Slot::Free);
        }
        &mut self.traces[index]
    }

    /// The number of the root trace that was promised at `entry`, or removed from there while others lead to it.
    pub fn awaited_root(&self, entry: *const Instr) -> Option<TraceId> {
        let is_it = |slot: &Slot| matches!(slot, Slot::Awaited { entry: e, root: Some(_) } if *e == entry);
        self.traces.iter().position(is_it).map(|index| TraceId(index as u32))
    }

    /// Of what this is to be the root trace, if there is none.
    pub fn awaited_kind(&self, id: TraceId) -> Option<RootKind> {
        match self.traces.get(id.0 as usize)? {
            Slot::Awaited { root, .. } => *root,
            Slot::Live(_) | Slot::Free => None,
        }
    }

    /// Enters a trace under the number that [`crate::link::Native::reserve`] gave; of a variant, `family` is that of the trace that
    /// it is a variant of.
    pub fn add(
        &mut self,
        id: TraceId,
        origin: Origin,
        family: Option<TraceId>,
        entry: *const Instr,
        recorded: Recorded,
    ) {
        let (root, depth) = match origin {
            Origin::Root(_) | Origin::Variant(_) | Origin::Join(_) => (id, 0),
            Origin::Side { parent, exit } => {
                let parent = self.get_mut(parent).expect("a side trace has a parent");
                parent.exits[exit.index()].side = Some(id);
                (parent.root, parent.depth + 1)
            }
        };
        if let (Origin::Side { .. }, Some(root)) = (origin, self.get_mut(root)) {
            root.side_traces += 1;
        }
        for proto in &recorded.protos {
            self.of_proto.entry(*proto).or_default().push(id);
        }
        let mut references = References::of(&recorded.trace);
        if let Some(round) = &recorded.round {
            references.add_trace(round.trace());
        }
        let info = TraceInfo {
            origin,
            root,
            family: family.unwrap_or(id),
            variants: 0,
            depth,
            entry,
            exits: exits_of(&recorded.trace),
            side_traces: 0,
            entered: false,
            resumes: recorded.resumes,
            protos: recorded.protos,
            references,
            round: recorded.round,
            round_instrs: round_instrs(&recorded.trace),
            loop_code: recorded.loop_code,
            counter: recorded.counter,
            rounds_ahead: recorded.rounds_ahead,
            branches: Vec::new(),
            rounds_outside: 0,
            is_full_grown: false,
            trace: Arc::new(recorded.trace),
        };
        *self.slot(id) = Slot::Live(Box::new(info));
        self.live += 1;
        self.young.push(id);
    }

    /// Takes a trace out of the table, but leaves what hangs on it there.
    pub fn take(&mut self, id: TraceId) -> Option<Box<TraceInfo>> {
        let info = self.get(id)?;
        let root = match info.origin {
            Origin::Root(kind @ (RootKind::Loop | RootKind::Function)) => Some(kind),
            _ => None,
        };
        let awaited = Slot::Awaited { entry: info.entry, root };
        let Slot::Live(info) = std::mem::replace(self.slot(id), awaited) else {
            unreachable!("it has just been there")
        };
        self.live -= 1;
        for proto in &info.protos {
            self.part(*proto, id);
        }
        Some(info)
    }

    /// Makes a root trace the region that it has become. Nothing hangs on its exits at first.
    pub fn become_region(
        &mut self,
        root: TraceId,
        trace: Arc<Trace>,
        branches: Vec<Branch>,
        references: References,
        protos: impl IntoIterator<Item = *mut Proto>,
    ) {
        for proto in protos {
            let info = self.get_mut(root).expect("the root is live");
            if !info.protos.contains(&proto) {
                info.protos.push(proto);
                self.of_proto.entry(proto).or_default().push(root);
            }
        }
        let info = self.get_mut(root).expect("the root is live");
        info.exits = exits_of(&trace);
        (info.trace, info.branches, info.references) = (trace, branches, references);
        // It may refer to what has been marked for no trace yet.
        self.young.push(root);
    }

    /// Lets a side trace of a region's tree hang on the region itself.
    pub fn hang(&mut self, side: TraceId, root: TraceId, exit: SnapId) {
        let Some(info) = self.get_mut(side) else { return };
        info.origin = Origin::Side { parent: root, exit };
        info.depth = 1;
        self.get_mut(root).expect("the root is live").exits[exit.index()].side = Some(side);
    }

    /// Can a trace be entered by way of exits that have made objects?
    pub fn is_after_rebuilding(&self, origin: Origin) -> bool {
        match origin {
            Origin::Root(_) | Origin::Variant(_) | Origin::Join(_) => false,
            Origin::Side { parent, .. } => self
                .get(parent)
                .is_some_and(|info| info.trace.has_sunk() || self.is_after_rebuilding(info.origin)),
        }
    }

    /// How many side traces, one behind the other, lead to this exit and begin at its very instruction; those that have become part of
    /// a region among them.
    pub fn siblings(&self, mut parent: TraceId, mut exit: SnapId) -> u32 {
        let Some(pc) = self.get(parent).map(|info| info.exits[exit.index()].pc) else { return 0 };
        let mut siblings = 0;
        while let Some(info) = self.get(parent) {
            let Origin::Side { parent: before, exit: by } = info.origin else {
                return siblings + info.branches_at(pc, info.trace.snap(exit).from);
            };
            if info.entry != pc {
                break;
            }
            siblings += 1;
            (parent, exit) = (before, by);
        }
        siblings
    }

    /// How many traces are alive.
    pub fn len(&self) -> usize {
        self.live
    }

    pub fn get(&self, id: TraceId) -> Option<&TraceInfo> {
        match self.traces.get(id.0 as usize)? {
            Slot::Live(info) => Some(info),
            Slot::Awaited { .. } | Slot::Free => None,
        }
    }

    pub fn get_mut(&mut self, id: TraceId) -> Option<&mut TraceInfo> {
        match self.traces.get_mut(id.0 as usize)? {
            Slot::Live(info) => Some(info),
            Slot::Awaited { .. } | Slot::Free => None,
        }
    }

    /// Where a trace begins or began.
    pub fn entry(&self, id: TraceId) -> *const Instr {
        match &self.traces[id.0 as usize] {
            Slot::Live(info) => info.entry,
            Slot::Awaited { entry, .. } => *entry,
            Slot::Free => unreachable!("rule 3 of `link`: who leads to a trace holds its number"),
        }
    }

    pub fn ids(&self) -> impl Iterator<Item = TraceId> + '_ {
        let live = |index: &usize| matches!(self.traces[*index], Slot::Live(_));
        (0..self.traces.len()).filter(live).map(|index| TraceId(index as u32))
    }

    /// The traces that are of no use without this prototype.
    pub fn of_proto(&self, proto: *mut Proto) -> Vec<TraceId> {
        self.of_proto.get(&proto).cloned().unwrap_or_default()
    }

    /// Takes a trace and all that hang on it out of the table.
    pub fn remove(&mut self, id: TraceId) -> Vec<(TraceId, Box<TraceInfo>)> {
        let mut removed = Vec::new();
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            let Some(info) = self.take(id) else { continue };
            queue.extend(info.exits.iter().flat_map(|exit| [exit.side, exit.variant]).flatten());
            if let Origin::Side { parent, exit } = info.origin {
                if let Some(parent) = self.get_mut(parent) {
                    let exit = &mut parent.exits[exit.index()];
                    (exit.side, exit.count) = (None, 0);
                }
                if let Some(root) = self.get_mut(info.root) {
                    root.side_traces -= 1;
                }
            }
            removed.push((id, info));
        }
        removed
    }

    /// Notes that a trace has nothing to do with a prototype any more.
    fn part(&mut self, proto: *mut Proto, id: TraceId) {
        let Some(traces) = self.of_proto.get_mut(&proto) else { return };
        traces.retain(|trace| *trace != id);
        if traces.is_empty() {
            self.of_proto.remove(&proto);
        }
    }

    /// The traces that a collection has to do with: what older ones refer to is marked still.
    pub fn within(&self, extent: Extent) -> Vec<TraceId> {
        match extent {
            Extent::Young => self.young.clone(),
            Extent::All => self.ids().collect(),
        }
    }

    /// The end of a collection: what traces refer to is no longer young.
    pub fn grow_old(&mut self) {
        self.young.clear();
    }
}
