//! Where in a loop pure values are computed: not where they were recorded, but in front of what uses them first.
//!
//! A counter's next value is recorded at the beginning of a round, since checks of bounds want it, and needed at its end. Computed
//! there it can have the register of the old value, which nothing needs any more; computed early it would need one of its own, and the
//! back-edge a move.
//!
//! # Rules
//!
//! 1. A value is computed behind its operands, and in front of every instruction that uses it, of every guard whose exit does, and of
//!    the guard that leads to a branch which does.
//! 2. It does not wait if more than one of its operands would have to be kept for it.

use rustc_hash::FxHashMap;

use super::exits::ExitPlan;
use super::rebuild::Rebuilds;
use super::uses::{Uses, sinkable};
use crate::ir::{Instr, IrRef, Segments, SnapId, Trace};

/// The values that wait.
#[derive(Debug, Default)]
pub struct Schedule {
    /// What is computed in front of an instruction, in order.
    before: FxHashMap<IrRef, Vec<IrRef>>,
    waits: Vec<bool>,
}

impl Schedule {
    /// Is the value computed later than where it stands?
    pub fn waits(&self, at: IrRef) -> bool {
        self.waits.get(at.index()).copied().unwrap_or_default()
    }

    /// What has waited for this instruction.
    pub fn before(&self, at: IrRef) -> &[IrRef] {
        self.before.get(&at).map_or(&[], |list| list)
    }

    pub fn new(
        trace: &Trace,
        segments: &Segments,
        plan: &ExitPlan,
        rebuilds: &Rebuilds,
        uses: &Uses,
    ) -> Schedule {
        let Some(marker) = trace.loop_marker() else { return Schedule::default() };
        let mut first = FirstUses { segments, at: vec![None; trace.instrs.len()] };
        let mut before: FxHashMap<IrRef, Vec<IrRef>> = FxHashMap::default();
        let mut waits = vec![false; trace.instrs.len()];
        let varies = |r: &IrRef| r.is_instr() && (*r > marker || uses.is_phi(*r));
        let keeps_little = |instr: Instr| instr.refs().filter(varies).count() <= 1;
        for index in (marker.index() + 1..trace.instrs.len()).rev() {
            let (at, instr) = (IrRef::instr(index), trace.instrs[index]);
            if trace.is_sunk(at) {
                continue;
            }
            let mut place = at;
            if let Some(user) = first.at[index].filter(|_| sinkable(instr.op)) {
                // What only exits compute has no place of its own.
                if uses.is_sunk(at) {
                    place = user;
                } else if keeps_little(instr) && user.index() > index + 1 {
                    place = user;
                    waits[index] = true;
                    before.entry(user).or_default().push(at);
                }
            }
            trace.for_each_use(instr, |r| first.note(r, place));
            plan.writes_before(at).iter().for_each(|entry| first.note(entry.val, at));
            if instr.snap != SnapId::NONE {
                plan.stores(instr.snap).iter().for_each(|entry| first.note(entry.val, at));
                for part in rebuilds.of(instr.snap) {
                    trace.for_each_use(trace.instrs[part.index()], |r| first.note(r, at));
                }
            }
        }
        before.values_mut().for_each(|list| list.reverse());
        Schedule { before, waits }
    }
}

/// The first use of each value that is known so far.
struct FirstUses<'a> {
    segments: &'a Segments,
    at: Vec<Option<IrRef>>,
}

impl FirstUses<'_> {
    /// Notes that a value is used at an instruction, or by an exit there.
    fn note(&mut self, r: IrRef, mut user: IrRef) {
        if !r.is_instr() {
            return;
        }
        let home = self.segments.at(r);
        while self.segments.at(user) != home {
            // To a branch without a guard nothing leads: whatever it uses is not to wait.
            user = self.segments.fork(self.segments.at(user)).unwrap_or(r);
        }
        let known = &mut self.at[r.index()];
        *known = Some(known.map_or(user, |known| known.min(user)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse;

    fn scheduled(text: &str) -> Schedule {
        let trace = parse(text).unwrap();
        let plan = ExitPlan::new(&trace);
        let rebuilds = Rebuilds::new(&trace, &plan);
        let uses = Uses::new(&trace, &plan, &rebuilds);
        Schedule::new(&trace, &Segments::of(&trace), &plan, &rebuilds, &uses)
    }

    /// A loop whose next value `%3` is computed first in the round; `exit` is what the first guard's exit restores.
    fn round(exit: &str) -> String {
        format!(
            "%0 SLoad.num #0
             %1 NumToInt %0 !0
             %2 Loop
             %3 Add.int %1, +1
             %4 CheckInt %1 !1
             %5 Le %3, +10 !2
             %6 Interrupt !3
             %7 Phi.int %1, %3
             snap 0 guard pc 1 base 0 {{ }}
             snap 1 guard pc 2 base 0 {{ {exit} }}
             snap 2 branch pc 3 base 0 {{ }}
             snap 3 interrupt pc 1 base 0 {{ #0: %3 }}
             tail loop"
        )
    }

    #[test]
    fn a_value_waits_for_its_first_use() {
        let schedule = scheduled(&round("#0: %1"));
        assert!(schedule.waits(IrRef::instr(3)));
        assert_eq!(schedule.before(IrRef::instr(5)), [IrRef::instr(3)]);
    }

    #[test]
    fn an_exit_is_a_use() {
        let schedule = scheduled(&round("#0: %3"));
        assert!(!schedule.waits(IrRef::instr(3)));
    }
}
