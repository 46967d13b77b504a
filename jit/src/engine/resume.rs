//! Resume points: where native code goes on behind an instruction that was left to the interpreter.
//!
//! ```text
//!   trace ──leave──► pcall(f, x), coroutine.resume(co) ... ──► marked instruction ──► continuation trace
//!                    interpreted, with all that it calls        asks for its trace
//! ```
//!
//! A recording that stops in front of such an instruction names those that may come behind it. Their words are marked
//! ([`Instr::marked`]), so that the interpreter asks here when it arrives. The first arrivals are counted, then a continuation is
//! recorded, from then on it is entered. A point whose recordings fail loses its mark, until native code has left in front
//! of it often enough to make another attempt worth while.
//!
//! # Rules
//!
//! 1. A point lies in the code of a live prototype; the collector tells of one that dies before it frees the code.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::proto::Proto;
use rustc_hash::FxHashMap;

use super::Engine;
use super::sites::{backed_off, forget_code};
use super::table::Origin;
use crate::ir::TraceId;
use crate::record::RootKind;

/// A continuation is recorded at the second arrival at the soonest: what runs once needs none, and a trace would keep alive the
/// objects that it has as constants.
const MIN_ARRIVALS: u32 = 2;

/// What is known of a resume point.
#[derive(Debug)]
struct Point {
    root: Option<TraceId>,
    /// Arrivals until a continuation is recorded.
    left: u32,
    /// Failed recordings, and continuations that have died of their constants.
    failures: u32,
}

impl Point {
    /// How many arrivals there are to be before a recording.
    fn arrivals(&self, hot: u32) -> u32 {
        backed_off(hot, self.failures).max(MIN_ARRIVALS)
    }
}

/// All resume points of an engine.
#[derive(Default)]
pub struct ResumePoints {
    points: FxHashMap<*const Instr, Point>,
}

/// What to do at a resume point.
enum Arrival {
    Enter(TraceId),
    Record,
    GoOn,
}

impl ResumePoints {
    /// Makes the instruction at `pc` a resume point, or gives it another chance: after `hot` arrivals, and more the
    /// more often that has failed.
    pub fn expect(&mut self, pc: *const Instr, hot: u32) {
        let point = self.points.entry(pc).or_insert(Point { root: None, left: 0, failures: 0 });
        if point.root.is_none() && !is_marked(pc) {
            point.left = point.arrivals(hot);
            mark(pc, true);
        }
    }

    fn arrive(&mut self, pc: *const Instr) -> Arrival {
        let Some(point) = self.points.get_mut(&pc) else { return Arrival::GoOn };
        if let Some(root) = point.root {
            return Arrival::Enter(root);
        }
        point.left = point.left.saturating_sub(1);
        if point.left == 0 { Arrival::Record } else { Arrival::GoOn }
    }

    /// There is a continuation now, be its code still in the making.
    pub fn set_root(&mut self, pc: *const Instr, root: TraceId) {
        if let Some(point) = self.points.get_mut(&pc) {
            point.root = Some(root);
        }
    }

    /// The continuation is gone: arrivals count again.
    pub fn reset(&mut self, pc: *const Instr, hot: u32) {
        if let Some(point) = self.points.get_mut(&pc) {
            (point.root, point.left) = (None, point.arrivals(hot));
        }
    }

    /// A recording from here has failed.
    pub fn punish(&mut self, pc: *const Instr) {
        if let Some(point) = self.points.get_mut(&pc) {
            point.root = None;
            point.failures += 1;
            mark(pc, false);
        }
    }

    /// Forgets the points of a prototype that is about to be freed.
    pub fn forget(&mut self, proto: &Proto) {
        forget_code(&mut self.points, proto);
    }

    /// Takes all marks away, for good.
    pub fn detach(&mut self) {
        for (pc, _) in self.points.drain() {
            mark(pc, false);
        }
    }
}

fn is_marked(pc: *const Instr) -> bool {
    // SAFETY: rule 1.
    unsafe { (*pc).is_marked() }
}

fn mark(pc: *const Instr, on: bool) {
    // SAFETY: rule 1; marks are set when no handler is between reading an instruction's word and rewriting it.
    unsafe { *pc.cast_mut() = (*pc).marked(on) }
}

impl Engine {
    /// The interpreter has come to the marked instruction at `vm.pc`. Gives the trace to be entered there, or starts to record
    /// one when it is time.
    pub(super) fn arrive(&mut self, vm: &mut Vm) -> Option<TraceId> {
        match self.resume_points.arrive(vm.pc) {
            Arrival::Enter(root) => {
                if !self.native.is_linked(root) {
                    self.poll();
                }
                return self.native.is_linked(root).then_some(root);
            }
            Arrival::Record => self.record_root(vm, Origin::Root(RootKind::Continuation)),
            Arrival::GoOn => {}
        }
        None
    }

    /// Native code ends in front of an instruction that these may follow.
    pub(super) fn expect_resumes(&mut self, pcs: &[*const Instr]) {
        for &pc in pcs {
            self.resume_points.expect(pc, self.options.hot_exit);
        }
    }
}
