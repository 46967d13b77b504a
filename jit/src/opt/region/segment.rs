//! The segments of a region: the trunk and the branches, emitted from what was recorded of each.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Attempt, Counter, Fork, entry, widen};
use crate::ir::{Const, ExitKind, Instr, IrRef, Op, Operand, RecordedAt, SnapEntry, SnapId, Trace, Ty};
use crate::opt::emit::{Contradiction, Emit, split_offset};
use crate::opt::peel::first_slot_overwritten;
use crate::params::MAX_REGION_INSTRS;

/// A segment as it is emitted.
pub(super) struct Segment<'a> {
    pub number: u16,
    pub source: &'a Trace,
    /// How far its slots lie above the loop's.
    pub base: i32,
    /// What the slots hold where it begins, as far as memory does not, and as long as they are not overwritten.
    start: BTreeMap<i32, IrRef>,
    /// From which slot on helpers have overwritten the stack: what such a slot holds is in memory, unless the segment has written it since.
    overwritten: i32,
    /// What its slots' loads are.
    slots: FxHashMap<i32, IrRef>,
    /// Its values, by the source's.
    pub map: Vec<IrRef>,
}

impl<'a> Attempt<'a> {
    pub(super) fn trunk(&mut self) -> Result<(), Contradiction> {
        let mut segment = Segment {
            number: 0,
            source: self.round.trace(),
            base: 0,
            start: self.header.clone(),
            overwritten: i32::MAX,
            slots: FxHashMap::default(),
            map: Vec::new(),
        };
        let loads = segment.source.instrs.iter().enumerate().filter(|(_, instr)| instr.op == Op::SLoad);
        for (index, load) in loads {
            let val = match self.header.get(&load.slot()) {
                Some(val) => widen(&mut self.e, *val, load.ty)?.ok_or(Contradiction)?,
                None => self.known[index].ok_or(Contradiction)?,
            };
            segment.slots.insert(index as i32, val);
        }
        self.emit(&mut segment)?;
        self.check_known(&segment);
        self.go_back(&segment, self.end)
    }

    pub(super) fn branch(&mut self, nth: usize, base: i32, snap: SnapId) -> Result<(), Contradiction> {
        let branch = &self.branches[nth];
        let source: &'a Trace = &branch.trace;
        let Some(tail) = source.tail_snap() else { return Err(Contradiction) };
        let fork = self.forks.remove(&branch.at).expect("a state that guards use has been noted");
        let mark = Instr::new(Op::Branch, Ty::None, IrRef::from_raw(u32::from(snap.0)), IrRef::NONE);
        self.e.append(mark);
        self.e.enter_scope(&fork.scope);
        let mut segment = Segment {
            number: nth as u16 + 1,
            source,
            base,
            start: fork.entries.iter().map(|entry| (entry.slot, entry.val)).collect(),
            overwritten: fork.overwritten,
            slots: FxHashMap::default(),
            map: Vec::new(),
        };
        // Rule 5. An exit from here is one at the fork.
        let here = RecordedAt { branch: segment.number, snap: SnapId::NONE };
        let kind = if fork.kind == ExitKind::Branch { ExitKind::Guard } else { fork.kind };
        self.e.set_state(kind, fork.pc, fork.base, fork.needed);
        for (slot, constant) in &branch.vouched {
            if let Some(k) = constant {
                self.require_constant(&segment, slot + base, *k)?;
            }
        }
        for (index, load) in source.instrs.iter().enumerate().filter(|(_, instr)| instr.op == Op::SLoad) {
            let slot = load.slot() + base;
            let val = self.value_at_start(&segment, slot)?;
            let val = self.require_type(val, load.ty)?;
            segment.slots.insert(index as i32, val);
        }
        if let Some(used) = self.e.used_snapshot() {
            self.e.trace.set_recorded_at(used, here);
        }
        self.emit(&mut segment)?;
        self.go_back(&segment, tail)
    }

    /// What a slot holds where a branch begins.
    fn value_at_start(&self, segment: &Segment, slot: i32) -> Emit {
        let from_entry = || entry::slot(&self.e, slot).filter(|_| slot < segment.overwritten);
        segment.start.get(&slot).copied().or_else(from_entry).ok_or(Contradiction)
    }

    /// Guards that a slot holds a constant, unless it is known to.
    fn require_constant(&mut self, segment: &Segment, slot: i32, k: Const) -> Result<(), Contradiction> {
        let wanted = self.e.trace.constant(k.ty, k.bits);
        let val = self.value_at_start(segment, slot)?;
        if val == wanted {
            return Ok(());
        }
        let val = self.require_type(val, k.ty)?;
        if val == wanted {
            return Ok(());
        }
        // Of numbers, equality is not identity: there are two zeros.
        if k.ty.is_arith() || self.e.trace.ty(val) != k.ty {
            return Err(Contradiction);
        }
        self.e.guard(Op::Eq, val, wanted)
    }

    /// The value as one of this type, by a guard if need be.
    fn require_type(&mut self, val: IrRef, wanted: Ty) -> Result<IrRef, Contradiction> {
        match widen(&mut self.e, val, wanted)? {
            Some(val) => Ok(val),
            None if self.e.trace.ty(val) == Ty::Any && !matches!(wanted, Ty::Int | Ty::Ptr | Ty::Shape) => {
                self.e.unary(Op::Unbox, wanted, val)
            }
            None => Err(Contradiction),
        }
    }

    /// Emits a segment's instructions.
    fn emit(&mut self, segment: &mut Segment) -> Result<(), Contradiction> {
        for (index, instr) in segment.source.instrs.iter().copied().enumerate() {
            if self.e.trace.instrs.len() > MAX_REGION_INSTRS {
                return Err(Contradiction);
            }
            let val = match instr.op {
                Op::Nop => IrRef::NONE,
                Op::SLoad => segment.slots[&(index as i32)],
                _ => self.emit_copy(segment, instr)?,
            };
            segment.map.push(val);
            if let Some(first) = first_slot_overwritten(segment.source, instr) {
                let first = first.saturating_add(segment.base);
                segment.start.retain(|slot, _| *slot < first);
                segment.overwritten = segment.overwritten.min(first);
            }
        }
        Ok(())
    }

    fn emit_copy(&mut self, segment: &Segment, instr: Instr) -> Result<IrRef, Contradiction> {
        let mut copy = instr.fresh();
        for (kind, field) in instr.op.operands().into_iter().zip([&mut copy.a, &mut copy.b]) {
            if kind.is_ref() {
                *field = self.value(segment, *field);
            } else if kind == Operand::Slot {
                *field = IrRef::from_raw((field.raw() as i32 + segment.base) as u32);
            }
        }
        if instr.op == Op::BasePtr && segment.base != 0 {
            let slot = IrRef::from_raw(segment.base as u32);
            copy = Instr::new(Op::SlotPtr, Ty::Ptr, slot, IrRef::NONE);
        }
        if let Some(list) = instr.list() {
            let args: Vec<IrRef> =
                segment.source.args(list).iter().map(|arg| self.value(segment, *arg)).collect();
            copy.a = IrRef::from_raw(self.e.trace.add_args(&args).0);
        }
        if instr.snap == SnapId::NONE {
            return self.e.emit_instr(copy);
        }
        if instr.op == Op::InBounds && self.stays_in_bounds(copy) {
            return Ok(IrRef::NONE);
        }
        let at = RecordedAt { branch: segment.number, snap: instr.snap };
        self.set_state(segment, at);
        let val = self.e.emit_instr(copy)?;
        self.note_snapshot(at);
        Ok(val)
    }

    /// Is the index the loop's counter plus a constant, and has that been checked before the loop for its first value and its last?
    fn stays_in_bounds(&self, check: Instr) -> bool {
        let Some(Counter { first, now, stop }) = self.counter else { return false };
        let trace = self.e.trace();
        let (base, offset) = split_offset(trace, check.a);
        let (stop_base, stop_offset) = split_offset(trace, stop);
        let is_checked = |value: (IrRef, i64)| {
            let in_loop = |at: IrRef| self.e.crossing.as_ref().is_none_or(|loop_| at.index() > loop_.marker);
            self.e.chain(Op::InBounds).any(|(at, old)| {
                let index = match trace.int_of(old.a) {
                    Some(index) => trace.int_of(stop).map(|stop| (stop_base, index - stop)),
                    None => Some(split_offset(trace, old.a)),
                };
                !in_loop(at) && old.b == check.b && index == Some(value)
            })
        };
        let last = if stop.is_const() { (stop_base, offset) } else { (stop_base, stop_offset + offset) };
        base == now && is_checked((first, offset)) && is_checked(last)
    }

    fn value(&mut self, segment: &Segment, r: IrRef) -> IrRef {
        match segment.source.const_of(r) {
            Some(k) => self.e.trace.constant(k.ty, k.bits),
            None => segment.map[r.index()],
        }
    }

    /// Sets the state for a guard that was recorded with this one.
    fn set_state(&mut self, segment: &Segment, at: RecordedAt) {
        if let Some(snap) = self.snaps.get(&at) {
            return self.e.use_snapshot(*snap);
        }
        let (state, entries) = (segment.source.snap(at.snap), self.entries(segment, at.snap));
        let base = segment.base + state.base;
        let is_needed = |entry: &SnapEntry| state.needed.has(entry.slot.wrapping_sub(segment.base));
        let needed: Vec<SnapEntry> = entries.iter().copied().filter(is_needed).collect();
        self.e.set_state(state.kind, state.pc, base, needed.clone());
        if !self.forks.contains_key(&at) && self.branches.iter().any(|branch| branch.at == at) {
            let fork = Fork {
                scope: self.e.scope(),
                kind: state.kind,
                pc: state.pc,
                base,
                entries,
                needed,
                overwritten: segment.overwritten,
            };
            self.forks.insert(at, fork);
        }
    }

    fn note_snapshot(&mut self, at: RecordedAt) {
        if let Some(snap) = self.e.used_snapshot() {
            self.snaps.insert(at, snap);
            self.e.trace.set_recorded_at(snap, at);
        }
    }

    /// The slots of a recorded state: what the segment has written so far, and what was there when it began.
    pub(super) fn entries(&mut self, segment: &Segment, snap: SnapId) -> Vec<SnapEntry> {
        let mut slots = segment.start.clone();
        for entry in segment.source.snap_entries(snap) {
            let val = self.value(segment, entry.val);
            let is_top = entry.slot == SnapEntry::TOP;
            slots.insert(if is_top { entry.slot } else { entry.slot + segment.base }, val);
        }
        slots.into_iter().map(|(slot, val)| SnapEntry { slot, val }).collect()
    }
}
