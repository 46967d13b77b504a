//! Cycles: when to collect, and in which order.
//!
//! ```text
//!   memory passes the threshold, at a safepoint:
//!     idle, little survived so far        -> minor cycle: mark what is young, at once
//!     idle, grown enough since the last   -> start a major cycle: whiten everything, mark the roots
//!     marking                             -> a step: scan gray objects up to a budget; when none is left, look again at
//!                                            what has changed meanwhile; when that is done, too, finish
//!
//!   finishing (both kinds): roots again, remembered objects, stacks -> everything they reach
//!     -> finalisers -> machine code -> weak tables -> strings, shapes, dying lists, large objects, blocks -> the next threshold
//! ```
//!
//! Marking in steps is safe because of the barrier: a black object that is written to becomes gray again (or, if it is a big
//! table, what was stored in it does). Objects made during a major cycle are white; what is still reachable of them is found
//! when it looks again, or finishes. Finishing is done at once, so the more has been found by then the better.

use super::marker::{Marker, is_marked};
use super::{Extent, FINALIZERS_WAIT, Heap, params};
use crate::Vm;

/// What the collector is in the middle of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Idle,
    /// A major cycle is under way.
    Marking,
}

/// Where the collector stands, and its settings.
pub struct CycleState {
    pub(super) phase: Phase,
    /// `collectgarbage("stop")`
    stopped: bool,
    /// Collect everything at every safepoint that follows an allocation, and poison what is freed.
    pub(super) stress: bool,
    /// Safepoints to pass without a collection under stress.
    stress_pause: usize,
    /// An allocation has failed since the last collection, or the footprint has grown too big.
    pub(super) limit_hit: bool,
    /// The next collection is to be a major one.
    major_due: bool,
    /// The most to allocate between two minor collections.
    nursery_max: usize,
    /// Bytes in use after the last major cycle.
    live_after_major: usize,
    /// Bytes in use after the last cycle.
    live_after_cycle: usize,
    /// Bytes allocated between the last major cycle and the last cycle.
    allocated_since_major: usize,
    /// Bytes of objects that the current cycle expects to mark.
    expected: usize,
    /// How often the current cycle has looked again at what has changed since it began.
    looked_again: u32,
    pause: u32,
    stepmul: u32,
    minor_cycles: u64,
    major_cycles: u64,
}

impl Default for CycleState {
    fn default() -> CycleState {
        CycleState {
            phase: Phase::Idle,
            stopped: false,
            stress: false,
            stress_pause: 0,
            limit_hit: false,
            major_due: false,
            nursery_max: params::NURSERY_MAX,
            live_after_major: 0,
            live_after_cycle: 0,
            allocated_since_major: 0,
            expected: 0,
            looked_again: 0,
            pause: params::DEFAULT_PAUSE,
            stepmul: params::DEFAULT_STEPMUL,
            minor_cycles: 0,
            major_cycles: 0,
        }
    }
}

/// How many collections there have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub minor: u64,
    pub major: u64,
}

impl Heap {
    pub fn phase(&self) -> Phase {
        self.cycle.phase
    }

    pub fn counts(&self) -> Counts {
        Counts { minor: self.cycle.minor_cycles, major: self.cycle.major_cycles }
    }

    /// Bytes allocated since the last collection.
    pub fn allocated(&self) -> usize {
        self.used_bytes().saturating_sub(self.cycle.live_after_cycle)
    }

    /// `collectgarbage("stop")`
    pub fn stop(&mut self) {
        self.cycle.stopped = true;
        self.gc_requested = 0;
        self.update_threshold();
    }

    /// `collectgarbage("restart")`
    pub fn restart(&mut self) {
        self.cycle.stopped = false;
        self.update_threshold();
    }

    pub fn is_stopped(&self) -> bool {
        self.cycle.stopped
    }

    /// `collectgarbage("setpause", percent)`: returns the old one.
    pub fn set_pause(&mut self, percent: u32) -> u32 {
        std::mem::replace(&mut self.cycle.pause, percent)
    }

    /// `collectgarbage("setstepmul", percent)`: returns the old one.
    pub fn set_stepmul(&mut self, percent: u32) -> u32 {
        std::mem::replace(&mut self.cycle.stepmul, percent)
    }

    /// From now on, collect everything at every safepoint that follows an allocation, and poison what is freed.
    pub fn set_stress(&mut self, stress: bool) {
        self.cycle.stress = stress;
        self.shorten_run();
    }

    /// Lets a major cycle begin at the next safepoint. Says whether it will: not if one is under way, or the collector has been stopped.
    pub fn request_major(&mut self) -> bool {
        if self.cycle.phase == Phase::Marking || self.cycle.stopped {
            return false;
        }
        self.cycle.major_due = true;
        self.gc_requested = 1;
        true
    }

    /// The next threshold, from what is in use now.
    pub(super) fn update_threshold(&mut self) {
        let used = self.used_bytes();
        let ahead = match self.cycle.phase {
            Phase::Idle => (used / params::NURSERY_SHARE).clamp(params::NURSERY_MIN, self.cycle.nursery_max),
            Phase::Marking => params::STEP_BYTES,
        };
        self.threshold = match self.cycle.stopped {
            true => usize::MAX,
            // Near the limit, collect before it is reached: but not for less than a share of it.
            false => used + ahead.min((self.limit.saturating_sub(used) / 2).max(self.cramped_share())),
        };
    }

    /// Whether memory has grown so much since the last major cycle that another one is due.
    fn has_grown(&self) -> bool {
        let base = self.cycle.live_after_major;
        let percent = params::MAJOR_GROWTH * (self.cycle.pause.max(100) as usize - 100) / 100;
        let most = base.saturating_add((base / 100).saturating_mul(percent).max(params::MAJOR_GROWTH_MIN));
        // With a tight limit a major cycle is due whenever that is close.
        let is_tight = self.is_nearly_full() && self.cycle.allocated_since_major >= self.cramped_share();
        self.used_bytes() > most || is_tight
    }
}

/// The most to allocate before the next minor collection, when of so many bytes allocated so many have survived the last one.
fn nursery_max(allocated: usize, survived: usize) -> usize {
    let expected = allocated as u128 * params::SURVIVORS_MAX as u128 / survived.max(1) as u128;
    expected.clamp(params::NURSERY_MIN as u128, params::NURSERY_MAX as u128) as usize
}

impl Vm {
    /// A point where nobody holds an unrooted object: collects if that has been requested. Says whether finalisers are
    /// waiting to be called.
    #[inline(always)]
    pub fn safepoint(&mut self) -> bool {
        self.heap.gc_requested != 0 && self.collect_as_requested()
    }

    /// As [`Vm::safepoint`], for who cannot call finalisers: if there are any, the next safepoint comes soon.
    pub fn safepoint_without_finalizers(&mut self) {
        if self.safepoint() && !self.finalizing {
            self.heap.gc_requested = FINALIZERS_WAIT;
        }
    }

    #[cold]
    #[inline(never)]
    fn collect_as_requested(&mut self) -> bool {
        let request = std::mem::take(&mut self.heap.gc_requested);
        let cycle = &mut self.heap.cycle;
        if request == FINALIZERS_WAIT {
            // They are the caller's to call.
        } else if cycle.stopped {
            cycle.limit_hit = false;
        } else if cycle.stress {
            self.stress_collect();
        } else if cycle.limit_hit {
            self.collect_for_room();
        } else if cycle.phase == Phase::Marking || cycle.major_due {
            self.major_work();
        } else {
            self.minor_collect();
            if self.heap.cycle.major_due && self.heap.is_cramped() {
                self.collect_all();
            }
        }
        !self.heap.finalizers.is_empty()
    }

    /// A step of a major cycle; all of it, where the limit might be reached before the next step.
    fn major_work(&mut self) {
        if self.heap.is_cramped() {
            self.collect_all();
        } else {
            self.major_step();
        }
    }

    /// Collects everything because an allocation has failed, or because the footprint has grown.
    fn collect_for_room(&mut self) {
        let used = self.heap.used_bytes();
        self.collect_all();
        let freed = used.saturating_sub(self.heap.used_bytes());
        self.heap.starvation.note(used, freed);
    }

    /// Collects everything, unless that is so much that a program would never end: then after as many safepoints as
    /// fit the work.
    fn stress_collect(&mut self) {
        if self.heap.cycle.stress_pause > 0 {
            self.heap.cycle.stress_pause -= 1;
            return;
        }
        self.full_collect();
        self.heap.cycle.stress_pause = self.heap.used_bytes() / params::STRESS_SHARE;
    }

    /// Collects everything that is not reachable now: `collectgarbage("collect")`.
    pub fn full_collect(&mut self) {
        self.heap.starvation = Default::default();
        self.collect_all();
    }

    fn collect_all(&mut self) {
        self.with_marker(|vm, m| {
            vm.begin_major(m);
            vm.finish(m, true);
        });
    }

    /// Collects what died young.
    pub fn minor_collect(&mut self) {
        debug_assert_eq!(self.heap.cycle.phase, Phase::Idle);
        self.with_marker(|vm, m| vm.finish(m, false));
    }

    /// One step of a major cycle, which it starts if none is under way; says whether the cycle has ended.
    fn major_step(&mut self) -> bool {
        let share = self.heap.cycle.expected / params::STEPS_PER_CYCLE;
        let budget = share.min(params::MAX_STEP_WORK) / 200 * self.heap.cycle.stepmul as usize;
        self.major_step_of(budget.max(params::STEP_BYTES))
    }

    fn major_step_of(&mut self, budget: usize) -> bool {
        self.with_marker(|vm, m| {
            if vm.heap.cycle.phase == Phase::Idle {
                vm.begin_major(m);
            }
            let mut done = vm.propagate(m, budget);
            while done && vm.heap.cycle.looked_again < params::LOOKS {
                vm.heap.cycle.looked_again += 1;
                let left = budget.saturating_sub(m.work);
                vm.mark_changes(m);
                done = vm.propagate(m, left);
            }
            if done {
                vm.finish(m, true);
            } else {
                vm.heap.update_threshold();
            }
            done
        })
    }

    /// `collectgarbage("step", kib)`: says whether a cycle has ended.
    pub fn gc_step(&mut self, kib: usize) -> bool {
        self.heap.gc_requested = 0;
        self.major_step_of(kib.saturating_mul(params::STEP_WORK_PER_KIB).max(1024))
    }

    pub(super) fn with_marker<R>(&mut self, work: impl FnOnce(&mut Vm, &mut Marker) -> R) -> R {
        let mut m = std::mem::take(&mut self.heap.marker);
        m.known_mode = None;
        let result = work(self, &mut m);
        self.heap.marker = m;
        result
    }

    /// Makes everything white and marks the roots. Abandons a major cycle that is under way.
    pub(super) fn begin_major(&mut self, m: &mut Marker) {
        self.heap.cycle.expected = m.live;
        self.heap.cycle.phase = Phase::Marking;
        self.heap.cycle.looked_again = 0;
        // All tables will be scanned.
        self.heap.remembered_children.clear();
        m.restart();
        self.heap.space.clear_marks();
        self.heap.large.clear_marks();
        self.shapes.begin_major();
        self.mark_roots(m, Extent::All);
    }

    /// Marks what was written to objects that had been scanned.
    fn mark_remembered(&mut self, m: &mut Marker) {
        for p in std::mem::take(&mut self.heap.remembered) {
            // SAFETY: remembered objects were live at the last collection. Those that a major cycle has not
            // reached are dead, or will be scanned when they are reached.
            if unsafe { is_marked(p) } {
                m.gray.push(p);
            }
        }
        for child in std::mem::take(&mut self.heap.remembered_children) {
            m.find_value(child);
        }
        self.heap.stores_in_big = 0;
    }

    /// Marks what has come to be reachable since the cycle began.
    fn mark_changes(&mut self, m: &mut Marker) {
        self.mark_remembered(m);
        self.scan_stacks(m, false);
    }

    /// Completes the marking of a cycle and frees what is not marked.
    fn finish(&mut self, m: &mut Marker, full: bool) {
        let live_before = m.live;
        let cycle_allocated = self.heap.allocated();
        self.heap.cycle.allocated_since_major += cycle_allocated;
        self.heap.close_run();
        self.heap.medium = std::ptr::null_mut();
        self.heap.medium_end = std::ptr::null_mut();

        let extent = if full { Extent::All } else { Extent::Young };
        self.lookup_cache.clear();
        self.slot_cache.clear();
        self.mark_roots(m, extent);
        self.mark_remembered(m);
        self.scan_stacks(m, full);
        self.propagate(m, usize::MAX);
        self.mark_cells_of_dying_threads(m);
        m.mark_revived_keys();
        self.propagate(m, usize::MAX);
        self.separate_finalizable(m, full);
        self.propagate(m, usize::MAX);
        if let Some(hook) = self.heap.hooks.marked {
            hook(self, m, extent);
            debug_assert!(m.is_done());
        }
        super::weak::clear_weak_tables(m);
        #[cfg(debug_assertions)]
        self.check_skipped_stacks();

        if full {
            self.strings.sweep_all(&mut self.heap);
        } else {
            self.strings.sweep_young();
        }
        self.sweep_shapes(full);
        self.sweep_dying(full);
        self.heap.space.close_runs();
        if full {
            self.sweep_protos(m.cycle);
            let reserve = self.heap.reserve(m.live);
            self.heap.large.sweep(reserve / 4);
            self.heap.space.sweep(reserve);
            m.gray.shrink_to(params::GRAY_RESERVE);
        } else {
            self.heap.large.sweep_young();
            self.heap.space.finish_minor();
        }
        if self.heap.cycle.stress {
            self.heap.space.poison(params::POISON);
        }
        self.conclude(live_before, m.live, full);
        self.heap.cycle.live_after_cycle = self.heap.used_bytes();
    }

    /// Notes what is left and when to collect next. Before a minor cycle `live_before` bytes were known to be live.
    fn conclude(&mut self, live_before: usize, live: usize, full: bool) {
        let heap = &mut self.heap;
        let allocated = heap.object_bytes.saturating_sub(live_before);
        heap.object_bytes = live;
        heap.gc_requested = 0;
        heap.cycle.limit_hit = false;
        heap.cycle.phase = Phase::Idle;
        if full {
            heap.cycle.major_cycles += 1;
            heap.cycle.live_after_major = heap.used_bytes();
            heap.cycle.allocated_since_major = 0;
            heap.cycle.major_due = false;
            heap.update_bloated();
        } else {
            heap.cycle.minor_cycles += 1;
            heap.cycle.nursery_max = nursery_max(allocated, live - live_before);
            heap.cycle.major_due = heap.has_grown();
        }
        if heap.used_bytes() <= heap.limit {
            heap.overshoot = 0;
        }
        heap.update_threshold();
    }
}
