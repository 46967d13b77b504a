//! Promised roots: traces that others lead to before they are there.
//!
//! Where a function has returned into a loop that calls it, native code may go around the loop for ever without the interpreter's
//! taking its back-edge: from the function's trace by way of a side trace to the function's trace again. But the loop deserves a trace of
//! its own, which inlines the call. So the side trace ends in front of the loop, and goes on in the trace that the loop is going to have.
//!
//! ```text
//!   root of f ──► return ──► side trace ──► back-edge ──► (loop) ⟲ with f inlined
//! ```
//!
//! A root that has been dropped while others lead to it is awaited like one that was promised. Whoever jumps there before there is
//! code arrives at the driver, in front of the place where it is to be recorded: that counts like the back-edge or the header. A loop
//! whose recordings keep failing gets no trace; those that lead to it are dropped, and recorded anew they go through it.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::Instr;

use super::Engine;
use super::table::Origin;
use crate::ir::{Tail, TraceId};
use crate::record::Recorded;

impl Engine {
    /// Gives a recorded trace that ends in front of a loop its target: the root trace that the loop is to have. The number that was
    /// reserved for that, if there was none, is to be released once the trace holds it.
    pub(super) fn choose_promised_root(&mut self, recorded: &mut Recorded) -> Option<TraceId> {
        let Tail::Link(TraceId::LOOP, snap) = recorded.trace.tail else { return None };
        let (entry, awaited) = (recorded.end_pc, self.traces.awaited_root(recorded.end_pc));
        let target = awaited.unwrap_or_else(|| {
            let root = self.native.reserve();
            self.traces.promise_root(root, entry);
            self.sites.heat_up(entry);
            root
        });
        recorded.trace.tail = Tail::Link(target, snap);
        awaited.is_none().then_some(target)
    }

    /// Native code was to go on in a trace that has no code, at `vm.pc`: if it is a root, that counts like the back-edge or the header
    /// that would lead here.
    pub(super) fn arrived_at_awaited_root(&mut self, vm: &mut Vm, root: TraceId) {
        let Some(kind) = self.traces.awaited_kind(root) else { return };
        if self.sites.is_hot_by_arrival(vm.pc, kind, self.heat.factor()) {
            self.record_root(vm, Origin::Root(kind));
        }
    }

    /// A recording from here has failed: if that happens too often, nobody is to wait for the trace.
    pub(super) fn give_up_awaited_root(&mut self, entry: *const Instr) {
        if self.sites.is_promising(entry) {
            return;
        }
        let Some(root) = self.traces.awaited_root(entry) else { return };
        let leads_there = |id: &TraceId| {
            self.traces
                .get(*id)
                .is_some_and(|info| matches!(info.trace.tail, Tail::Link(to, _) if to == root))
        };
        let waiting: Vec<TraceId> = self.traces.ids().filter(leads_there).collect();
        for id in waiting {
            self.remove(id);
        }
    }
}
