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
//! of it often enough to make another attempt worth while. (To arrive at a mark costs more than most instructions. So a point where
//! nothing comes of it is not marked for ever longer, but ever more rarely.)
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
use crate::params::HOPELESS_FAILURES;
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
    /// How often it has been named since its last recording failed.
    named: u32,
}

impl Point {
    /// How many arrivals there are to be before a recording.
    fn arrivals(&self, hot: u32) -> u32 {
        backed_off(hot, self.failures.min(HOPELESS_FAILURES)).max(MIN_ARRIVALS)
    }

    /// How often it is to be named before it is marked.
    fn patience(&self) -> u32 {
        backed_off(1, self.failures.saturating_sub(HOPELESS_FAILURES))
    }
}

/// All resume points of an engine.
#[derive(Default)]
pub struct ResumePoints {
    points: FxHashMap<*const Instr, Point>,
    entered: Entered,
}

/// Continuations that have been entered, by some bits of their places: each arrival looks here first.
struct Entered([(*const Instr, TraceId); Entered::SIZE]);

impl Entered {
    const SIZE: usize = 64;

    fn of(&mut self, pc: *const Instr) -> &mut (*const Instr, TraceId) {
        &mut self.0[(pc.addr() / size_of::<Instr>()) % Entered::SIZE]
    }

    fn get(&mut self, pc: *const Instr) -> Option<TraceId> {
        let &mut (place, root) = self.of(pc);
        (place == pc).then_some(root)
    }

    fn forget(&mut self, pc: *const Instr) {
        let entry = self.of(pc);
        if entry.0 == pc {
            entry.0 = std::ptr::null();
        }
    }
}

impl Default for Entered {
    fn default() -> Entered {
        Entered([(std::ptr::null(), TraceId(0)); Entered::SIZE])
    }
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
        let point = self.points.entry(pc).or_insert(Point { root: None, left: 0, failures: 0, named: 0 });
        if point.root.is_some() || is_marked(pc) {
            return;
        }
        point.named += 1;
        if point.named >= point.patience() {
            point.left = point.arrivals(hot);
            mark(pc, true);
        }
    }

    fn arrive(&mut self, pc: *const Instr) -> Arrival {
        if let Some(root) = self.entered.get(pc) {
            return Arrival::Enter(root);
        }
        let Some(point) = self.points.get_mut(&pc) else { return Arrival::GoOn };
        if let Some(root) = point.root {
            *self.entered.of(pc) = (pc, root);
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
        self.entered.forget(pc);
        if let Some(point) = self.points.get_mut(&pc) {
            (point.root, point.left) = (None, point.arrivals(hot));
        }
    }

    /// A recording from here has failed.
    pub fn punish(&mut self, pc: *const Instr) {
        self.entered.forget(pc);
        if let Some(point) = self.points.get_mut(&pc) {
            point.root = None;
            (point.failures, point.named) = (point.failures + 1, 0);
            mark(pc, false);
        }
    }

    /// Forgets the points of a prototype that is about to be freed.
    pub fn forget(&mut self, proto: &Proto) {
        forget_code(&mut self.points, proto);
        self.entered = Entered::default();
    }

    /// Takes all marks away, for good.
    pub fn detach(&mut self) {
        self.entered = Entered::default();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How many arrivals lead to a recording, once the point has been named so often.
    fn arrivals(points: &mut ResumePoints, pc: *const Instr, times_named: u32) -> Option<u32> {
        for _ in 0..times_named {
            assert!(!is_marked(pc), "marked too early");
            points.expect(pc, 16);
        }
        is_marked(pc).then(|| {
            (1..)
                .find(|_| matches!(points.arrive(pc), Arrival::Record))
                .expect("a recording comes in the end")
        })
    }

    #[test]
    fn a_point_without_success_is_marked_ever_more_rarely() {
        let code = [std::cell::Cell::new(Instr(0))];
        let pc = code.as_ptr() as *const Instr;
        let mut points = ResumePoints::default();
        for failures in 0..=HOPELESS_FAILURES {
            assert_eq!(arrivals(&mut points, pc, 1), Some(16 << failures));
            points.punish(pc);
        }
        for more in 1..6 {
            assert_eq!(arrivals(&mut points, pc, (1 << more) - 1), None);
            assert_eq!(arrivals(&mut points, pc, 1), Some(16 << HOPELESS_FAILURES));
            points.punish(pc);
        }
    }

    #[test]
    fn a_continuation_is_entered_until_it_is_gone() {
        let code: Vec<_> = (0..2 * Entered::SIZE).map(|_| std::cell::Cell::new(Instr(0))).collect();
        let mut points = ResumePoints::default();
        // Two that share a place in the table of those entered.
        let [one, other] = [1, 1 + Entered::SIZE].map(|n| code[n].as_ptr() as *const Instr);
        for (pc, root) in [(one, TraceId(3)), (other, TraceId(4))] {
            points.expect(pc, 16);
            points.set_root(pc, root);
        }
        for _ in 0..3 {
            assert!(matches!(points.arrive(one), Arrival::Enter(TraceId(3))));
            assert!(matches!(points.arrive(other), Arrival::Enter(TraceId(4))));
        }
        points.reset(other, 16);
        assert!(matches!(points.arrive(other), Arrival::GoOn));
        assert!(matches!(points.arrive(one), Arrival::Enter(TraceId(3))));
        points.punish(one);
        assert!(matches!(points.arrive(one), Arrival::GoOn));
    }
}
