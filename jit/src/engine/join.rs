//! Joins: where paths through a tree of traces meet again.
//!
//! A side trace goes its root's way to the end, so a loop with n branches that go either way would have 2ⁿ paths, and as many
//! traces. Once a tree has many side traces, the next ones end where paths meet - behind the branches of an `if`, or where a function
//! has returned to - and go on in the one trace of that place, which all of them share.
//!
//! ```text
//!   root ──► if ──► ... ──► loop ⟲
//!            ├──► side trace ──┐
//!            └──► side trace ──┴─► join ──► ... ──► loop
//! ```
//!
//! The trace of a join is *promised*, like a variant ([`super::variant`]): whoever jumps there before there is code arrives at the
//! driver, in front of the place where it is to be recorded.
//!
//! # Rules
//!
//! 1. A join lies in the code of a live prototype; the collector tells of one that dies before it frees the code.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::proto::Proto;
use rustc_hash::FxHashMap;

use super::Engine;
use super::sites::{backed_off, forget_code};
use super::table::Origin;
use crate::ir::{Tail, TraceId};
use crate::params::JOIN_AFTER;
use crate::record::Recorded;

/// What is known of a join.
#[derive(Debug)]
struct Join {
    /// The number of its trace, be there one or not.
    trace: TraceId,
    /// Arrivals until it is recorded.
    left: u32,
    /// Failed recordings in a row.
    failures: u32,
}

/// All joins of an engine.
#[derive(Default)]
pub(super) struct Joins {
    at: FxHashMap<*const Instr, Join>,
}

impl Joins {
    /// Forgets the joins of a prototype that is about to be freed; gives the numbers of their traces.
    pub(super) fn forget(&mut self, proto: &Proto) -> Vec<TraceId> {
        forget_code(&mut self.at, proto).into_iter().map(|join| join.trace).collect()
    }

    /// The trace of the join could not be recorded or compiled.
    pub(super) fn punish(&mut self, pc: *const Instr, hot: u32) {
        if let Some(join) = self.at.get_mut(&pc) {
            join.failures += 1;
            join.left = backed_off(hot, join.failures);
        }
    }
}

impl Engine {
    /// Has the tree of this trace so many side traces that further ones end at joins?
    pub(super) fn is_bushy(&self, root: TraceId) -> bool {
        self.traces
            .get(root)
            .is_some_and(|info| info.side_traces >= JOIN_AFTER || matches!(info.origin, Origin::Join(_)))
    }

    /// Gives a recorded trace that ends at a join its target.
    pub(super) fn choose_join(&mut self, recorded: &mut Recorded) {
        if let Tail::Link(TraceId::JOIN, snap) = recorded.trace.tail {
            let target = self.join_at(recorded.end_pc);
            recorded.trace.tail = Tail::Link(target, snap);
        }
    }

    fn join_at(&mut self, pc: *const Instr) -> TraceId {
        if let Some(join) = self.joins.at.get(&pc) {
            return join.trace;
        }
        let trace = self.native.reserve();
        self.traces.promise(trace, pc);
        self.joins.at.insert(pc, Join { trace, left: 1, failures: 0 });
        trace
    }

    /// Native code was to go on in a trace that has no code, at `vm.pc`: if it is that of a join, it is recorded now.
    pub(super) fn arrived_at_join(&mut self, vm: &mut Vm, trace: TraceId) {
        if self.traces.get(trace).is_some() {
            return;
        }
        let Some(join) = self.joins.at.get_mut(&vm.pc).filter(|join| join.trace == trace) else { return };
        join.left = join.left.saturating_sub(1);
        if join.left == 0 {
            self.record_root(vm, Origin::Join(trace));
        }
    }
}
