//! What traces refer to, and the collector.
//!
//! A trace keeps its strings and shapes alive. The tables and functions among its constants it refers to *weakly*: it has checked that
//! it works on these very objects, so once one of them is dead that check would fail for ever, and the trace goes too. (Were it to keep
//! them alive, all that a program once worked on in a hot loop would stay for as long as the loop's function.) The same holds for
//! the metatables of its shapes, and for shapes of one table only.
//!
//! Where that was the shape of a table, and there is always another one soon, its place in the code meets tables of kinds that do not
//! last, such as each with a metatable of its own: no trace guards shapes there again. But the kind may have lasted, such as a class in a
//! part of the program that has begun anew (see [`super::kinds`]): what was compiled for it is compiled again for the next one.
//!
//! Marks stick, so a minor collection need look only at the traces that are new since the last one.
//!
//! # Rules
//!
//! 1. Between two collections all that a trace in the table, or a region under way, refers to is there: at the end of the marking
//!    of each, one of which something is not marked is dropped.

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::heap::{Extent, Marker, is_marked};
use ferrous_lua_runtime::object::{Header, Kind};
use ferrous_lua_runtime::shape::{ShapeId, Shapes};
use ferrous_lua_runtime::{Value, Vm};

use super::of;
use crate::ir::{Const, Op, SnapId, Trace, TraceId, Ty};
use crate::opt::Branch;

/// The objects and shapes that a trace names.
#[derive(Default)]
pub struct References {
    strong: Vec<*mut Header>,
    weak: Vec<*mut Header>,
    shapes: Vec<ShapeId>,
}

impl References {
    pub fn of(trace: &Trace) -> References {
        let mut references = References::default();
        references.add_trace(trace);
        references
    }

    /// What a region refers to: its trace, and what that was made of.
    pub fn of_region(trace: &Trace, round: Option<&Trace>, branches: &[Branch]) -> References {
        let mut references = References::of(trace);
        if let Some(round) = round {
            references.add_trace(round);
        }
        for branch in branches {
            references.add_trace(&branch.trace);
            for k in branch.vouched.iter().filter_map(|(_, constant)| *constant) {
                references.add_const(k);
            }
        }
        references
    }

    pub fn add_trace(&mut self, trace: &Trace) {
        for k in trace.consts() {
            self.add_const(*k);
        }
        for instr in trace.instrs.iter().filter(|instr| instr.op == Op::NewTable) {
            self.add_shape(instr.lit());
        }
    }

    fn add_const(&mut self, k: Const) {
        match k.ty {
            // Null is what a helper returns that fails.
            ty if ty.is_object() && k.bits != 0 => self.add(k.bits as usize as *mut Header),
            Ty::Any => {
                if let Some(object) = Value::from_bits(k.bits).as_object() {
                    self.add(object);
                }
            }
            Ty::Shape => self.add_shape(k.bits as u32),
            _ => {}
        }
    }

    fn add(&mut self, object: *mut Header) {
        // SAFETY: a trace is made between two collections, of live objects.
        match unsafe { (*object).kind } {
            Kind::Table | Kind::LuaFunction | Kind::NativeFunction | Kind::Userdata | Kind::Thread => {
                self.weak.push(object);
            }
            Kind::String | Kind::UpvalueCell | Kind::Values | Kind::Dict | Kind::Bytes => {
                self.strong.push(object)
            }
        }
    }

    fn add_shape(&mut self, shape: u32) {
        if ShapeId(shape) != ShapeId::NONE {
            self.shapes.push(ShapeId(shape));
        }
    }

    fn mark_shapes(&self, shapes: &mut Shapes, marker: &mut Marker) {
        for &shape in &self.shapes {
            // SAFETY: the keys and the metatable of a shape that is there are there.
            shapes.mark(shape, |object| unsafe { marker.mark_object(object) });
        }
    }

    /// Will what is referred to weakly be freed at the end of this collection?
    fn is_dead(&self, shapes: &Shapes) -> bool {
        self.weak.iter().any(|&object| !has_survived(object))
            || self.shapes.iter().any(|shape| is_shape_dead(shapes, *shape))
    }
}

/// Will there be no table of this shape any more?
fn is_shape_dead(shapes: &Shapes, shape: ShapeId) -> bool {
    let metatable = shapes.metatable(shape);
    let is_metatable_dead = || !metatable.is_null() && !has_survived(metatable.cast());
    (shapes.is_unique(shape) && !shapes.is_marked(shape)) || is_metatable_dead()
}

/// Where a trace guards shapes of which there will be no table any more.
fn short_lived_kinds<'a>(trace: &'a Trace, shapes: &'a Shapes) -> impl Iterator<Item = *const Instr> + 'a {
    let guards = trace.instrs.iter().filter(|guard| guard.op == Op::Eq && guard.snap != SnapId::NONE);
    let dead = guards.filter(|guard| {
        let shape = trace.const_of(guard.b).filter(|k| k.ty == Ty::Shape);
        shape.is_some_and(|k| is_shape_dead(shapes, ShapeId(k.bits as u32)))
    });
    dead.map(|guard| trace.snap(guard.snap).pc as usize as *const Instr)
}

fn mark_objects(objects: &[*mut Header], marker: &mut Marker) {
    for &object in objects {
        // SAFETY: rule 1.
        unsafe { marker.mark_object(object) };
    }
}

/// Is the object marked, now that all that lives is?
fn has_survived(object: *mut Header) -> bool {
    // SAFETY: rule 1: nothing has been freed yet in this collection.
    unsafe { is_marked(object) }
}

/// Marks what traces refer to, and what a recording under way does.
pub(super) fn mark_roots(vm: &mut Vm, marker: &mut Marker, extent: Extent) {
    let Some(engine) = of(vm) else { return };
    for id in engine.traces.within(extent) {
        if let Some(info) = engine.traces.get(id) {
            mark_objects(&info.references.strong, marker);
        }
    }
    for references in engine.references_of_regions() {
        mark_objects(&references.strong, marker);
    }
    if let Some(recording) = &engine.recording {
        let references = References::of(recording.recorder.trace());
        mark_objects(&references.strong, marker);
        mark_objects(&references.weak, marker);
        references.mark_shapes(&mut vm.shapes, marker);
    }
}

/// Drops the traces that refer to what has died, and the regions under way that do.
pub(super) fn marked(vm: &mut Vm, marker: &mut Marker, extent: Extent) {
    let Some(engine) = of(vm) else { return };
    engine.drop_regions(|references| references.is_dead(&vm.shapes));
    for references in engine.references_of_regions() {
        references.mark_shapes(&mut vm.shapes, marker);
    }
    let mut dead = Vec::new();
    let traces = engine.traces.within(extent);
    engine.traces.grow_old();
    for id in traces {
        let Some(info) = engine.traces.get(id) else { continue };
        if info.references.is_dead(&vm.shapes) {
            dead.push(id);
        } else {
            info.references.mark_shapes(&mut vm.shapes, marker);
        }
    }
    let come_and_go = engine.kinds.come_and_go(vm, engine.stats.entries);
    engine.kinds.collected(extent, !dead.is_empty());
    let has_lost_kind = |id: &TraceId| {
        engine.traces.get(*id).is_some_and(|info| short_lived_kinds(&info.trace, &vm.shapes).next().is_some())
    };
    let have_lasted = !come_and_go && dead.iter().any(has_lost_kind);
    for id in dead {
        let Some(info) = engine.traces.get(id) else { continue };
        let (origin, entry) = (info.origin, info.entry);
        let sites = &mut engine.sites;
        let places = short_lived_kinds(&info.trace, &vm.shapes).filter(|_| come_and_go);
        let learns = places.fold(false, |learns, pc| sites.meet_short_lived_kind(pc) | learns);
        engine.remove(id);
        // Were it recorded again at once, that would go on for ever where each round has new objects; unless it becomes another
        // trace for what has been learned, or what it was for lasted.
        if !learns && !have_lasted {
            engine.punish(origin, entry);
        }
    }
}
