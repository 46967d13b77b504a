//! Where the loop of a region begins: what its slots hold there, and what is done before.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::entry::{self, Entry};
use super::{Attempt, Counter, widen};
use crate::ir::{ExitKind, Instr, IrRef, Op, RecordedAt, SnapId, Ty};
use crate::opt::emit::{Contradiction, Crossing};

impl Attempt<'_> {
    /// The slots that some way through the loop writes.
    pub(super) fn written(&self, bases: &[i32]) -> BTreeSet<i32> {
        let mut written: BTreeSet<i32> =
            self.round.trace().snap_entries(self.end).iter().map(|entry| entry.slot).collect();
        for (nth, branch) in self.branches.iter().enumerate() {
            let Some(tail) = branch.trace.tail_snap().filter(|_| !self.assumed.is_out[nth]) else { continue };
            written.extend(branch.trace.snap_entries(tail).iter().map(|entry| entry.slot + bases[nth]));
        }
        written
    }

    /// Loads before the loop the slots that branches read and the round does not.
    fn load_slots(&mut self, bases: &[i32]) {
        for (branch, base) in self.branches.iter().zip(bases) {
            for load in branch.trace.instrs.iter().filter(|instr| instr.op == Op::SLoad) {
                let vouched = branch.vouched.iter().any(|(slot, _)| *slot == load.slot());
                let slot = load.slot() + base;
                if entry::slot(&self.e, slot).is_none() {
                    self.e.stack_slot(if vouched { Ty::Any } else { load.ty }, slot);
                }
            }
        }
    }

    /// How the branches get a value of one type out of a boxed one that a slot holds at the header, if all that read it do so alike.
    fn narrowed_by_branches(&self, slot: i32, bases: &[i32]) -> Option<(Op, Ty)> {
        let mut narrowed = None;
        for (nth, (branch, base)) in self.branches.iter().zip(bases).enumerate() {
            let is_load = |instr: &Instr| instr.op == Op::SLoad && instr.slot() + base == slot;
            let load = branch.trace.instrs.iter().position(is_load).map(IrRef::instr);
            let Some(load) = load.filter(|_| !self.assumed.is_out[nth]) else { continue };
            if self.is_written_before(branch.at, slot, bases) {
                continue;
            }
            let mut uses =
                branch.trace.instrs.iter().filter(|instr| instr.op != Op::SLoad && instr.a == load);
            let narrow = match branch.trace.ty(load) {
                Ty::Any => uses.find(|instr| matches!(instr.op, Op::Unbox | Op::UnboxNum)),
                _ => return None,
            };
            let narrow = narrow.map(|instr| (instr.op, instr.ty)).filter(|(_, ty)| !ty.is_primitive())?;
            if narrowed.replace(narrow).is_some_and(|other| other != narrow) {
                return None;
            }
        }
        narrowed
    }

    /// Has a segment, or one that it hangs on, written a slot before it comes to this state?
    fn is_written_before(&self, mut at: RecordedAt, slot: i32, bases: &[i32]) -> bool {
        loop {
            let parent = usize::from(at.branch).checked_sub(1);
            let base = parent.map_or(0, |nth| bases[nth]);
            if self
                .source(at.branch)
                .snap_entries(at.snap)
                .iter()
                .any(|entry| entry.slot.wrapping_add(base) == slot)
            {
                return true;
            }
            let Some(nth) = parent else { return false };
            at = self.branches[nth].at;
        }
    }

    /// Emits all up to the trunk: what is found out before the loop, the marker and the carries.
    pub(super) fn enter_loop(&mut self, bases: &[i32], written: &BTreeSet<i32>) -> Result<(), Contradiction> {
        let start = self.round.trace().snap(self.end);
        let mut entry = Entry::new(self.round, start.pc, self.assumed)?;
        let counter = self.round.induction.filter(|_| !self.assumed.no_counter);
        let counter = counter.and_then(|counter| entry.counter(counter));
        (self.e, self.known) = entry.into_known();
        self.load_slots(bases);
        let mut first: BTreeMap<i32, IrRef> = BTreeMap::new();
        for slot in written {
            let of = self
                .round
                .twins
                .filter(|(variable, _)| variable == slot)
                .map_or(*slot, |(_, counter)| counter);
            first.insert(*slot, entry::known_slot(&mut self.e, of));
        }
        for (slot, val) in &mut first {
            if !self.assumed.varying.contains(slot) {
                continue;
            }
            if self.e.trace.ty(*val) == Ty::Any
                && !self.assumed.types.contains_key(slot)
                && let Some((op, ty)) = self.narrowed_by_branches(*slot, bases)
            {
                // Checked once here, and not in each round.
                self.e.set_state(ExitKind::Start, start.pc, start.base, Vec::new());
                *val = self.e.unary(op, ty, *val)?;
                self.note_start();
            }
            let have = self.e.trace.ty(*val);
            let wanted = self.assumed.types.get(slot).copied().unwrap_or(have);
            let wanted = if wanted.is_primitive() { Ty::Any } else { wanted };
            *val = widen(&mut self.e, *val, wanted)?.ok_or(Contradiction)?;
            if wanted == Ty::Int {
                self.e.set_state(ExitKind::Start, start.pc, start.base, Vec::new());
                self.e.guard(Op::CheckInt, *val, IrRef::NONE)?;
                self.note_start();
            }
        }
        let marker = self.e.append(Instr::new(Op::Loop, Ty::None, IrRef::NONE, IrRef::NONE));
        self.e.crossing = Some(Crossing { marker: marker.index(), ..Crossing::default() });
        let mut shared: FxHashMap<IrRef, IrRef> = FxHashMap::default();
        for (slot, val) in first {
            if !self.assumed.varying.contains(&slot) {
                self.header.insert(slot, val);
                continue;
            }
            let is_apart = self.assumed.apart.contains(&slot);
            let carry = match shared.get(&val).filter(|_| !is_apart) {
                Some(carry) => *carry,
                None => {
                    let ty = self.e.trace.ty(val);
                    let carry = self.e.append(Instr::new(Op::Carry, ty, val, IrRef::from_raw(slot as u32)));
                    self.carried.push(slot);
                    carry
                }
            };
            if !is_apart {
                shared.entry(val).or_insert(carry);
            }
            self.header.insert(slot, carry);
        }
        self.counter =
            counter.and_then(|(first, stop)| Some(Counter { first, now: *shared.get(&first)?, stop }));
        Ok(())
    }

    /// Says of the state set last, if a guard has used it, that it is where the trunk begins.
    fn note_start(&mut self) {
        if let Some(snap) = self.e.used_snapshot() {
            self.e.trace.set_recorded_at(snap, RecordedAt { branch: 0, snap: SnapId::NONE });
        }
    }
}
