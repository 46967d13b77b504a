//! Which values the hot path computes, and which only exits do.
//!
//! A value that nothing but snapshots use need not be computed where it stands: the exits that want it
//! compute it in their own cold blocks (*sinking*). That is done for cheap pure operations whose exits all
//! lie on the same side of the loop marker, where the operands still mean the same; and for what makes objects that the
//! optimiser has found to be wanted by exits only.

use super::exits::ExitPlan;
use super::rebuild::Rebuilds;
use crate::ir::{Effect, IrRef, Op, SnapId, Tail, Trace};

/// Where a value is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// By how many emitted instructions and stores of the hot path.
    pub hot: u32,
    /// Of those, how many are [`Op::UnboxNum`].
    pub as_num: u32,
    /// By exits before the loop marker (or of a trace without a loop).
    pub exits_before: bool,
    /// By exits in the loop.
    pub exits_inside: bool,
}

/// The uses of every instruction's value.
pub struct Uses {
    uses: Vec<Use>,
    sunk: Vec<bool>,
    is_phi: Vec<bool>,
}

impl Uses {
    pub fn of(&self, r: IrRef) -> Use {
        self.uses[r.index()]
    }

    /// Is the value computed by exits only?
    pub fn is_sunk(&self, r: IrRef) -> bool {
        r.is_instr() && self.sunk[r.index()]
    }

    /// Does a phi start with this value, so that it means something else in each round of the loop?
    pub fn is_phi(&self, r: IrRef) -> bool {
        r.is_instr() && self.is_phi[r.index()]
    }

    pub fn new(trace: &Trace, plan: &ExitPlan, rebuilds: &Rebuilds) -> Uses {
        let len = trace.instrs.len();
        let mut this =
            Uses { uses: vec![Use::default(); len], sunk: vec![false; len], is_phi: vec![false; len] };
        let marker = trace.loop_marker();
        for (index, phi) in trace.instrs.iter().enumerate().filter(|(_, instr)| instr.op == Op::Phi) {
            this.is_phi[phi.a.index()] = !trace.is_sunk(IrRef::instr(index));
        }
        // Users come after what they use, except that phis, which come last, use everything.
        match trace.tail {
            Tail::Leave(snap) => this.exit_uses(trace, plan, rebuilds, snap, false),
            Tail::Again(snap) | Tail::Link(_, snap) => {
                plan.stores(snap).iter().for_each(|entry| this.hot_use(entry.val));
            }
            Tail::Loop | Tail::Open => {}
        }
        for index in (0..len).rev() {
            let (at, instr) = (IrRef::instr(index), trace.instrs[index]);
            let inside = marker.is_some_and(|marker| at > marker);
            if trace.is_sunk(at) {
                this.sunk[index] = true;
                continue;
            }
            if instr.snap != SnapId::NONE {
                this.exit_uses(trace, plan, rebuilds, instr.snap, inside);
            }
            for entry in plan.writes_before(at) {
                this.hot_use(entry.val);
            }
            let use_ = this.uses[index];
            let used_across = if inside { use_.exits_before } else { marker.is_some() && use_.exits_inside };
            if use_.hot == 0 && sinkable(instr.op) && !this.is_phi[index] && !used_across {
                this.sunk[index] = true;
                trace.for_each_use(instr, |r| {
                    if r.is_instr() {
                        let operand = &mut this.uses[r.index()];
                        operand.exits_before |= use_.exits_before;
                        operand.exits_inside |= use_.exits_inside;
                    }
                });
                continue;
            }
            trace.for_each_use(instr, |r| this.hot_use(r));
            if instr.op == Op::UnboxNum {
                this.as_num(instr.a);
            }
        }
        this
    }

    fn hot_use(&mut self, r: IrRef) {
        if r.is_instr() {
            self.uses[r.index()].hot += 1;
        }
    }

    fn as_num(&mut self, r: IrRef) {
        if r.is_instr() {
            self.uses[r.index()].as_num += 1;
        }
    }

    fn exit_uses(&mut self, trace: &Trace, plan: &ExitPlan, rebuilds: &Rebuilds, snap: SnapId, inside: bool) {
        let mut note = |r: IrRef| {
            if r.is_instr() {
                let use_ = &mut self.uses[r.index()];
                *(if inside { &mut use_.exits_inside } else { &mut use_.exits_before }) = true;
            }
        };
        plan.stores(snap).iter().for_each(|entry| note(entry.val));
        for part in rebuilds.of(snap) {
            trace.for_each_use(trace.instrs[part.index()], &mut note);
        }
    }
}

/// Cheap enough for a cold block, without calls, and independent of when it is computed.
pub fn sinkable(op: Op) -> bool {
    let by_call = matches!(op, Op::Pow | Op::Mod | Op::Floor | Op::Ceil);
    op.effect() == Effect::Pure && !by_call && !matches!(op, Op::SLoad | Op::StrByte)
}
