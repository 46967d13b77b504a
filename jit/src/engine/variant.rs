//! Variants: more than one trace of a loop, for what does not change while it runs.
//!
//! What stays the same from round to round, such as the type of a table or a mode that the loop works in, a trace checks once, before
//! it loops. When such a check fails, the side trace that begins there comes around to the loop's start; were it to go on in the
//! same trace, the check would fail again, in every round. It goes on in a *variant* instead: another trace of the same loop,
//! recorded as things are now.
//!
//! ```text
//!   root ──► check ──► loop ⟲
//!              │ fails
//!              └─► side trace ──► variant ──► check ──► loop ⟲
//! ```
//!
//! A variant is *promised* when the side trace is compiled, which needs a place to jump to. Whoever jumps there before there is
//! code arrives at the driver, in front of the loop: the place to record it.

use ferrous_lua_runtime::Vm;

use super::Engine;
use super::sites::backed_off;
use super::table::Origin;
use crate::ir::{SnapId, Tail, TraceId};
use crate::params::{MAX_VARIANT_FAILURES, MAX_VARIANTS};
use crate::record::Recorded;

/// What is known of a variant, be there a trace of it or not.
#[derive(Debug)]
pub(super) struct Promise {
    /// The trace whose check has failed.
    of: TraceId,
    /// Arrivals until it is recorded; not counted once it is, or has been given up.
    left: Option<u32>,
    pub(super) failures: u32,
}

impl Engine {
    /// Lets a recorded side trace that comes around to the start of its own loop go on in the variant that suits it.
    pub(super) fn choose_variant(&mut self, origin: Origin, recorded: &mut Recorded) {
        let Tail::Link(_, snap) = recorded.trace.tail else { return };
        // Who comes to the loop anew, perhaps after a round of an outer one, begins with its first trace.
        let (Origin::Side { parent, .. }, true) = (origin, recorded.comes_around) else { return };
        let Some(own) = self.traces.get(parent).map(|info| info.root) else { return };
        let is_own_loop = self
            .traces
            .get(own)
            .is_some_and(|root| root.entry == recorded.end_pc && root.trace.loop_marker().is_some());
        if !is_own_loop {
            return;
        }
        let target = match self.failed_check(origin, own) {
            Some(exit) => self.variant_at(own, exit),
            None => own,
        };
        recorded.trace.tail = Tail::Link(target, snap);
    }

    /// The exit of `root` by which a trace is reached, if it belongs to a check that is done once before the loop.
    fn failed_check(&self, mut origin: Origin, root: TraceId) -> Option<SnapId> {
        while let Origin::Side { parent, exit } = origin {
            let info = self.traces.get(parent)?;
            if parent == root {
                return Some(exit).filter(|exit| info.exits[exit.index()].is_invariant);
            }
            origin = info.origin;
        }
        None
    }

    /// The variant for when this check fails; the loop's trace itself if there are too many.
    fn variant_at(&mut self, of: TraceId, exit: SnapId) -> TraceId {
        let info = self.traces.get(of).expect("the caller has looked");
        if let Some(variant) = info.exits[exit.index()].variant {
            return variant;
        }
        let (family, entry) = (info.family, info.entry);
        let Some(head) = self.traces.get_mut(family).filter(|head| head.variants < MAX_VARIANTS) else {
            return of;
        };
        head.variants += 1;
        let variant = self.native.reserve();
        self.traces.promise(variant, entry);
        self.traces.get_mut(of).expect("it was there").exits[exit.index()].variant = Some(variant);
        self.promises.insert(variant, Promise { of, left: Some(1), failures: 0 });
        variant
    }

    /// Native code was to go on in a trace that has no code, at `vm.pc`: if it is a variant, that is recorded now.
    pub(super) fn arrived_at_variant(&mut self, vm: &mut Vm, variant: TraceId) {
        let Some(promise) = self.promises.get_mut(&variant) else { return };
        promise.left = promise.left.map(|left| left.saturating_sub(1));
        if promise.left == Some(0) {
            self.record_root(vm, Origin::Variant(variant));
        }
    }

    /// The variant has been recorded. Gives the family that it belongs to.
    pub(super) fn variant_recorded(&mut self, variant: TraceId) -> Option<TraceId> {
        let promise = self.promises.get_mut(&variant)?;
        promise.left = None;
        self.traces.get(promise.of).map(|info| info.family)
    }

    /// The variant's trace has been dropped, but not the one that it is a variant of: it may be recorded again.
    pub(super) fn variant_dropped(&mut self, variant: TraceId) {
        if let Some(promise) = self.promises.get_mut(&variant) {
            promise.left = Some(self.options.hot_exit.max(1));
        }
    }

    /// The variant could not be recorded or compiled. After some attempts whoever jumps there goes on in the trace that it is a variant of.
    pub(super) fn punish_variant(&mut self, variant: TraceId) {
        let Some(promise) = self.promises.get_mut(&variant) else { return };
        promise.failures += 1;
        promise.left = Some(backed_off(self.options.hot_exit, promise.failures));
        if promise.failures >= MAX_VARIANT_FAILURES {
            promise.left = None;
            self.native.alias(variant, promise.of);
        }
    }
}
