//! The end of shapes: marking, sweeping, and clearing inline caches that name a freed shape.
//!
//! The collector calls [`Shapes::begin_major`] when a major cycle starts, [`Shapes::mark`] for the shape of each
//! table it scans (and native code's roots for each shape it names), and [`Vm::sweep_shapes`] when marking is finished, before any
//! memory of the cycle's dead objects is used again. Marks are sticky, as the heap's: a minor cycle finds the shapes made since the
//! last one unmarked.

use super::{EDGE_BYTES, Edge, NO_EDGE, Shape, ShapeId, ShapeKind, Shapes};
use crate::bytecode::{ExtraWord, Op, instructions};
use crate::object::Header;
use crate::proto::Proto;
use crate::vm::Vm;

impl Shapes {
    /// A major cycle starts: no shape is marked.
    pub fn begin_major(&mut self) {
        self.slab.iter_mut().for_each(|s| s.marked = false);
    }

    /// Marks a shape. The first time in a cycle, its metatable and its keys are handed to `visit`, to be marked.
    #[inline]
    pub fn mark(&mut self, id: ShapeId, visit: impl FnMut(*mut Header)) {
        if !self.get(id).marked {
            self.mark_first(id, visit);
        }
    }

    #[cold]
    fn mark_first(&mut self, id: ShapeId, mut visit: impl FnMut(*mut Header)) {
        let shape = &mut self.slab[id.index()];
        shape.marked = true;
        let mut parent = shape.parent;
        if !shape.metatable.is_null() {
            visit(shape.metatable as *mut Header);
        }
        self.keys(id).iter().for_each(|k| visit(k.header()));
        // Rule 5; they have no keys and no metatable of their own. Above a marked one all are marked.
        while parent != ShapeId::NONE && !self.get(parent).marked {
            let shape = &mut self.slab[parent.index()];
            shape.marked = true;
            parent = shape.parent;
        }
    }

    /// Whether the shape has been marked in this cycle.
    pub fn is_marked(&self, id: ShapeId) -> bool {
        self.get(id).marked
    }

    fn is_live(&self, id: ShapeId) -> bool {
        id.index() < ShapeId::FIRST_MORTAL || self.get(id).marked
    }

    /// Frees unmarked shapes (in a minor cycle: those made since the last sweep) and their edges; returns them.
    fn sweep(&mut self, full: bool) -> Vec<ShapeId> {
        let young = std::mem::take(&mut self.young);
        let young_edges = std::mem::take(&mut self.young_edges);
        self.young_kinds = 0;
        let dead: Vec<ShapeId> = if full {
            let mortal = (ShapeId::FIRST_MORTAL..self.slab.len()).map(|i| ShapeId(i as u32));
            mortal.filter(|&id| self.get(id).kind != ShapeKind::Free && !self.is_live(id)).collect()
        } else {
            young.into_iter().filter(|&id| !self.is_live(id)).collect()
        };
        if dead.is_empty() {
            return dead;
        }
        // An edge is younger than the younger of its ends, so a minor cycle breaks only young ones.
        if full {
            let edges: Vec<Edge> = self.edges.keys().copied().collect();
            self.cut(&edges);
        } else {
            self.cut(&young_edges);
        }
        for &id in &dead {
            let dead = std::mem::replace(
                &mut self.slab[id.index()],
                Shape::new(ShapeKind::Free, std::ptr::null_mut()),
            );
            self.unaccounted -= size_of::<Shape>() as isize;
            let list = &mut self.lists[dead.list as usize];
            list.users -= 1;
            if list.users == 0 {
                self.unaccounted -= list.byte_size() as isize;
                *list = Default::default();
                self.free_lists.push(dead.list);
            }
        }
        dead
    }

    /// Removes those of `edges` that leave or reach a dead shape.
    fn cut(&mut self, edges: &[Edge]) {
        for edge in edges {
            let Some(&next) = self.edges.get(edge) else { continue };
            let (from_live, next_live) = (self.is_live(edge.0), self.is_live(next));
            if from_live && next_live {
                continue;
            }
            self.edges.remove(edge);
            self.unaccounted -= EDGE_BYTES;
            if from_live {
                let from = &mut self.slab[edge.0.index()];
                if from.last_edge.1 == next {
                    from.last_edge = NO_EDGE;
                }
                // The edge may have been one of a computed key: give room for another.
                from.computed_edges = from.computed_edges.saturating_sub(1);
            }
        }
    }
}

impl Vm {
    /// Frees the shapes that the collection did not reach, and clears the inline caches that name them. `full`: at the end
    /// of a major cycle. For the collector only, between marking and the reuse of memory.
    pub fn sweep_shapes(&mut self, full: bool) {
        let dead = self.shapes.sweep(full);
        if !dead.is_empty() {
            let shapes = &self.shapes;
            let is_dead = |id: ShapeId| shapes.get(id).kind == ShapeKind::Free;
            clear_dead_shape_words(self.protos.iter_mut().flatten().map(|p| &mut **p), is_dead);
            self.shapes.free.extend(dead);
        }
        self.heap.account(std::mem::take(&mut self.shapes.unaccounted));
    }
}

/// Empties the inline caches in the code of `protos` that name a dead shape. `is_dead` is not asked about
/// [`ShapeId::NONE`].
pub fn clear_dead_shape_words<'a>(
    protos: impl Iterator<Item = &'a mut Proto>,
    is_dead: impl Fn(ShapeId) -> bool,
) {
    let is_dead = |id| id != ShapeId::NONE && is_dead(id);
    clear_caches(protos, |shape, new_shape| is_dead(shape) || is_dead(new_shape));
}

/// Empties the inline caches of `protos` for which `is_void` holds. It is given the two shapes that the cache names: that of
/// the table, and the one that a store gives to it. Either may be [`ShapeId::NONE`].
pub(crate) fn clear_caches<'a>(
    protos: impl Iterator<Item = &'a mut Proto>,
    is_void: impl Fn(ShapeId, ShapeId) -> bool,
) {
    let mut void = Vec::new();
    for proto in protos {
        for at in instructions(proto.code()) {
            let new_shape = match at.op.plain() {
                Op::GetGlobal | Op::GetField | Op::SelfField | Op::NewObject => 0,
                Op::SetGlobal | Op::SetField => at.extra[3],
                _ => continue,
            };
            if is_void(ShapeId(at.extra[1]), ShapeId(new_shape)) {
                let words = at.op.extra_kinds().iter().enumerate();
                void.extend(words.filter(|(_, k)| **k == ExtraWord::Cache).map(|(i, _)| at.word + 1 + i));
            }
        }
        for word in void.drain(..) {
            // SAFETY: the walk above yields words inside the prototype's code, which belongs to it alone and which
            // nothing borrows any more.
            unsafe { *(proto.code as *mut u32).add(word) = 0 };
        }
    }
}
