//! The table of traces: where each begins, what it hangs on, what it needs alive.
//!
//! ```text
//!   root ──exit──► side trace ──exit──► side trace        a tree: what hangs on a trace dies with it
//! ```
//!
//! Numbers are those of [`crate::link::Native`] and are never used twice: a removed trace leaves its entry address behind,
//! for code that jumps to it still.

use std::sync::Arc;

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::heap::Marker;
use ferrous_lua_runtime::object::Header;
use ferrous_lua_runtime::proto::Proto;
use ferrous_lua_runtime::shape::ShapeId;
use ferrous_lua_runtime::{Value, Vm};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{ExitKind, Op, SnapId, Trace, TraceId, Ty};
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
    /// How many traces hang on it, if it is a root.
    pub side_traces: usize,
    pub entered: bool,
    /// Where native code may go on behind what the trace leaves to the interpreter.
    pub resumes: Vec<*const Instr>,
    pub protos: Vec<*mut Proto>,
    roots: Roots,
}

/// What a trace refers to and must stay alive.
#[derive(Default)]
pub struct Roots {
    objects: Vec<*mut Header>,
    shapes: Vec<ShapeId>,
}

impl Roots {
    pub fn of(trace: &Trace) -> Roots {
        let mut roots = Roots::default();
        for k in trace.consts() {
            match k.ty {
                // Null is what a helper returns that fails.
                ty if ty.is_object() && k.bits != 0 => roots.objects.push(k.bits as usize as *mut Header),
                // A boxed object.
                Ty::Any => roots.objects.extend(Value::from_bits(k.bits).as_object()),
                Ty::Shape => roots.add_shape(k.bits as u32),
                _ => {}
            }
        }
        for instr in trace.instrs.iter().filter(|instr| instr.op == Op::NewTable) {
            roots.add_shape(instr.lit());
        }
        roots
    }

    fn add_shape(&mut self, shape: u32) {
        if ShapeId(shape) != ShapeId::NONE {
            self.shapes.push(ShapeId(shape));
        }
    }

    pub fn mark(&self, vm: &mut Vm, marker: &mut Marker) {
        for object in &self.objects {
            // SAFETY: constants of a trace are kept alive by this very function.
            unsafe { marker.mark_object(*object) };
        }
        for shape in &self.shapes {
            // SAFETY: a live shape's keys and metatable are live.
            vm.shapes.mark(*shape, |object| unsafe { marker.mark_object(object) });
        }
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

/// All traces of an engine.
#[derive(Default)]
pub struct TraceTable {
    traces: Vec<Slot>,
    live: usize,
    /// The traces that are of no use without a prototype; of some that are gone too.
    of_proto: FxHashMap<*mut Proto, Vec<TraceId>>,
}

enum Slot {
    Live(Box<TraceInfo>),
    /// Removed, or not there yet: where it begins.
    Gone(*const Instr),
}

impl TraceTable {
    /// Notes that a trace with this number may come to begin at `entry`.
    pub fn promise(&mut self, id: TraceId, entry: *const Instr) {
        while self.traces.len() <= id.0 as usize {
            self.traces.push(Slot::Gone(std::ptr::null()));
        }
        self.traces[id.0 as usize] = Slot::Gone(entry);
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
        self.promise(id, entry);
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
        let trace = &recorded.trace;
        let invariant = invariant_exits(trace);
        let exit = |(index, snap): (usize, &crate::ir::Snapshot)| Exit {
            kind: snap.kind,
            pc: snap.pc as usize as *const Instr,
            count: 0,
            failures: 0,
            side: None,
            is_invariant: invariant[index],
            variant: None,
        };
        for proto in &recorded.protos {
            self.of_proto.entry(*proto).or_default().push(id);
        }
        let info = TraceInfo {
            origin,
            root,
            family: family.unwrap_or(id),
            variants: 0,
            depth,
            entry,
            exits: trace.snaps.iter().enumerate().map(exit).collect(),
            side_traces: 0,
            entered: false,
            resumes: recorded.resumes,
            protos: recorded.protos,
            roots: Roots::of(&recorded.trace),
            trace: Arc::new(recorded.trace),
        };
        self.traces[id.0 as usize] = Slot::Live(Box::new(info));
        self.live += 1;
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

    /// How many side traces, one behind the other, lead to this exit and begin at its very instruction.
    pub fn siblings(&self, mut parent: TraceId, mut exit: SnapId) -> u32 {
        let mut siblings = 0;
        while let Some(info) = self.get(parent)
            && let Origin::Side { parent: before, exit: by } = info.origin
            && info.exits[exit.index()].pc == info.entry
        {
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
            Slot::Gone(_) => None,
        }
    }

    pub fn get_mut(&mut self, id: TraceId) -> Option<&mut TraceInfo> {
        match self.traces.get_mut(id.0 as usize)? {
            Slot::Live(info) => Some(info),
            Slot::Gone(_) => None,
        }
    }

    /// Where a trace begins or began.
    pub fn entry(&self, id: TraceId) -> *const Instr {
        match &self.traces[id.0 as usize] {
            Slot::Live(info) => info.entry,
            Slot::Gone(entry) => *entry,
        }
    }

    pub fn ids(&self) -> impl Iterator<Item = TraceId> + '_ {
        let live = |index: &usize| matches!(self.traces[*index], Slot::Live(_));
        (0..self.traces.len()).filter(live).map(|index| TraceId(index as u32))
    }

    /// The traces that are of no use without this prototype.
    pub fn of_proto(&self, proto: *mut Proto) -> Vec<TraceId> {
        let traces = self.of_proto.get(&proto).into_iter().flatten();
        traces.copied().filter(|id| self.get(*id).is_some()).collect()
    }

    /// Forgets a prototype that is about to be freed; its traces have been removed.
    pub fn forget(&mut self, proto: *mut Proto) {
        self.of_proto.remove(&proto);
    }

    /// Takes a trace and all that hang on it out of the table; gives their numbers and origins.
    pub fn remove(&mut self, id: TraceId) -> Vec<(TraceId, Origin, *const Instr)> {
        let mut removed = Vec::new();
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            let entry = self.entry(id);
            let Slot::Live(info) = std::mem::replace(&mut self.traces[id.0 as usize], Slot::Gone(entry))
            else {
                continue;
            };
            self.live -= 1;
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
            removed.push((id, info.origin, info.entry));
        }
        removed
    }

    /// Marks what all traces refer to.
    pub fn mark(&self, vm: &mut Vm, marker: &mut Marker) {
        for slot in &self.traces {
            if let Slot::Live(info) = slot {
                info.roots.mark(vm, marker);
            }
        }
    }
}
