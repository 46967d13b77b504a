//! Loop peeling: the recorded round, a marker, and the round again as the loop proper.
//!
//! The second copy is emitted through the same pipe as the first, with its operands replaced by what they
//! are one round later: a slot's value on entry becomes the slot's value at the end of the first round. An
//! instruction that does not vary meets its equal in the first copy and disappears, guards included. A value
//! of the first copy that is used in the second and has a copy of its own becomes a phi.
//!
//! An exit of the second copy restores what the round has written so far, and of the other slots that matter there what the round
//! before left in them; but not of those where a helper has put its results since, or was free to: they lie in memory.
//!
//! Example: `s = s + t.x` with `t` unchanged. The first round loads and checks `t`, its shape and its field;
//! the loop is one addition.

use rustc_hash::FxHashSet;

use super::emit::{Contradiction, Emitter, Peeling, split_offset};
use crate::ir::{HelperEffect, Instr, IrRef, Op, Region, SnapEntry, SnapId, Tail, Trace, Ty};

/// Why a loop cannot be peeled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeelError {
    /// The types at its end are not those at its beginning, or a guard passes in the first round only. The
    /// recorder may go on and record another round.
    Unstable,
    /// The trace does not end where it began.
    NoLoop,
}

impl From<Contradiction> for PeelError {
    fn from(_: Contradiction) -> PeelError {
        PeelError::Unstable
    }
}

impl Emitter {
    /// Turns a trace that ends with [`Tail::Again`] into a loop.
    ///
    /// # Errors
    ///
    /// See [`PeelError`]. The emitter is consumed; keep a clone to go on recording.
    pub fn peel(mut self) -> Result<Trace, PeelError> {
        let Tail::Again(end) = self.trace.tail else { return Err(PeelError::NoLoop) };
        let round: Vec<Instr> = self.trace.instrs.clone();
        let mut end_state: Vec<SnapEntry> = self.trace.snap_entries(end).to_vec();
        let marker = self.append(Instr::new(Op::Loop, Ty::None, IrRef::NONE, IrRef::NONE));
        self.peeling = Some(Peeling::new(marker));
        for (index, instr) in round.iter().copied().enumerate() {
            let copy = self.copy(IrRef::instr(index), instr, &end_state)?;
            self.peeling_mut().subst.push(copy);
            if let Some(first) = first_slot_overwritten(&self.trace, instr) {
                end_state.retain(|entry| entry.slot < first);
            }
        }
        self.keep_phis_small(end, &end_state);
        for (first, next) in self.phis(marker) {
            let ty = self.trace.ty(first);
            debug_assert_eq!(ty, self.trace.ty(next), "copies keep their type");
            self.append(Instr::new(Op::Phi, ty, first, next));
        }
        self.trace.tail = Tail::Loop;
        Ok(self.into_trace())
    }

    fn peeling_mut(&mut self) -> &mut Peeling {
        self.peeling.as_mut().expect("set by peel")
    }

    /// What a value of the first round is in the next.
    fn next_round(&self, r: IrRef) -> IrRef {
        match &self.peeling {
            Some(peeling) if r.is_instr() && r < peeling.marker => {
                peeling.subst.get(r.index()).copied().unwrap_or(IrRef::NONE)
            }
            _ => r,
        }
    }

    fn copy(&mut self, at: IrRef, instr: Instr, end_state: &[SnapEntry]) -> Result<IrRef, PeelError> {
        match instr.op {
            Op::Nop => return Ok(IrRef::NONE),
            Op::SLoad => return self.copy_slot(at, instr, end_state),
            Op::InBounds if self.stays_in_bounds(instr) => return Ok(IrRef::NONE),
            _ => {}
        }
        let mut copy = instr.fresh().map_refs(|r| self.next_round(r));
        if instr.op == Op::Call {
            let args: Vec<IrRef> =
                self.trace.args(instr.call().0).iter().map(|arg| self.next_round(*arg)).collect();
            copy.a = IrRef::from_raw(self.trace.add_args(&args).0);
        }
        if instr.snap == SnapId::NONE {
            return Ok(self.emit_instr(copy)?);
        }
        self.set_copied_state(instr.snap, |this| this.copy_state(instr.snap, end_state));
        let value = self.emit_instr(copy)?;
        self.note_copied_state(instr.snap);
        Ok(value)
    }

    /// What a slot holds one round later.
    fn copy_slot(&mut self, at: IrRef, instr: Instr, end_state: &[SnapEntry]) -> Result<IrRef, PeelError> {
        let Some(entry) = end_state.iter().find(|entry| entry.slot == instr.slot()) else { return Ok(at) };
        let (wanted, have) = (instr.ty, self.trace.ty(entry.val));
        match (wanted, have) {
            _ if wanted == have => Ok(entry.val),
            (Ty::Any, _) => Ok(self.unary(Op::Box, Ty::Any, entry.val)?),
            (Ty::Num, Ty::Int) => Ok(self.unary(Op::IntToNum, Ty::Num, entry.val)?),
            _ => Err(PeelError::Unstable),
        }
    }

    /// The state of a guard of the first round, one round later: slots that the round has written so far have
    /// their copies, the others what the first round left in them.
    fn copy_state(&mut self, snap: SnapId, end_state: &[SnapEntry]) {
        let state = self.trace.snap(snap);
        let own: Vec<SnapEntry> = self.trace.snap_entries(snap).to_vec();
        let is_written = |slot: i32| own.iter().any(|own| own.slot == slot);
        let is_from_before = |entry: &SnapEntry| state.needed.has(entry.slot) && !is_written(entry.slot);
        let from_before = end_state.iter().copied().filter(is_from_before);
        let mut entries: Vec<SnapEntry> = from_before.collect();
        entries.extend(own.iter().map(|e| SnapEntry { slot: e.slot, val: self.next_round(e.val) }));
        entries.sort_by_key(|entry| entry.slot);
        self.set_state(state.kind, state.pc, state.base, entries);
        self.set_needed(state.needed);
    }

    /// Is a bounds check implied for all rounds by what was checked in the first? That is so for the
    /// counter plus a constant if its first value is in bounds (this very guard, in the first round: the
    /// counter only grows), its last value is, and the size does not vary.
    fn stays_in_bounds(&mut self, instr: Instr) -> bool {
        let Some(induction) = self.induction else { return false };
        let size_is_fixed = instr.b.is_const() || self.next_round(instr.b) == instr.b;
        let grows = split_offset(&self.trace, instr.a).0 == induction.index
            && self.next_round(induction.index) == induction.next
            && (induction.stop.is_const() || self.next_round(induction.stop) == induction.stop);
        if !size_is_fixed || !grows {
            return false;
        }
        let Some(Ok(last)) = self.last_index(instr.a) else { return false };
        let marker = self.peeling_mut().marker;
        self.chain(Op::InBounds).any(|(at, guard)| at < marker && guard.a == last && guard.b == instr.b)
    }

    /// Values of the first round that the loop uses and that vary, with what they become.
    fn phis(&self, marker: IrRef) -> Vec<(IrRef, IrRef)> {
        let mut is_phi = vec![false; marker.index()];
        let mut found = Vec::new();
        let mut queue = Vec::new();
        for instr in &self.trace.instrs[marker.index() + 1..] {
            self.trace.for_each_use(*instr, |r| queue.push(r));
            if instr.snap != SnapId::NONE {
                queue.extend(self.trace.snap_entries(instr.snap).iter().map(|entry| entry.val));
            }
        }
        while let Some(r) = queue.pop() {
            if !r.is_instr() || r >= marker || is_phi[r.index()] {
                continue;
            }
            let next = self.next_round(r);
            if next != r {
                is_phi[r.index()] = true;
                found.push((r, next));
                queue.push(next);
            }
        }
        found.sort();
        found
    }

    /// Checks at the end of each round the integers that might otherwise outgrow 32 bits round by round.
    fn keep_phis_small(&mut self, end: SnapId, end_state: &[SnapEntry]) {
        let marker = self.peeling_mut().marker;
        let mut checked = FxHashSet::default();
        // The state of a check may bring more phis.
        while let Some((first, next)) = self.phis(marker).into_iter().find(|phi| checked.insert(*phi)) {
            if self.trace.ty(first) != Ty::Int {
                continue;
            }
            if !self.range_at_loop(first).contains(self.range(next)) {
                self.set_copied_state(end, |this| this.copy_state(end, end_state));
                // A range is exceeded, so that this cannot be a contradiction.
                let _ = self.guard(Op::CheckInt, next, IrRef::NONE);
            }
        }
    }
}

/// From where on a helper overwrites the Lua stack, if it does. Slots above its results are those of a call that is over.
pub(super) fn first_slot_overwritten(trace: &Trace, instr: Instr) -> Option<i32> {
    if instr.op != Op::Call {
        return None;
    }
    let (args, helper) = instr.call();
    let HelperEffect::Write(regions) = helper.effect() else { return None };
    if regions & Region::Stack.bit() == 0 {
        return None;
    }
    let place = trace.args(args).iter().find_map(|arg| trace.instr_of(*arg, Op::SlotPtr));
    Some(place.map_or(i32::MIN, Instr::slot))
}
