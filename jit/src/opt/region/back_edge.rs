//! The back-edges of a region, and what has to be checked there of all that was assumed.

use std::collections::BTreeMap;

use super::segment::Segment;
use super::{Attempt, Counter, widen};
use crate::ir::{ExitKind, Instr, IrRef, Op, RecordedAt, Segments, SnapId, Ty};
use crate::opt::emit::{Contradiction, split_offset};
use crate::opt::forward;
use crate::opt::range::Range;

impl Attempt<'_> {
    /// Emits a segment's back-edge, from its last state; checks what was assumed about the header.
    pub(super) fn go_back(&mut self, segment: &Segment, last: SnapId) -> Result<(), Contradiction> {
        let entries = self.entries(segment, last);
        let state = segment.source.snap(last);
        let last_values: BTreeMap<i32, IrRef> = entries.iter().map(|entry| (entry.slot, entry.val)).collect();
        let mut next: BTreeMap<IrRef, IrRef> = BTreeMap::new();
        for (slot, at_header) in self.header.clone() {
            // What a helper has overwritten, and nobody has written since, nobody will read.
            let val = last_values.get(&slot).copied().unwrap_or(at_header);
            if self.e.trace.instr_of(at_header, Op::Carry).is_none() {
                // Rule 1.
                if val != at_header {
                    self.wrong = true;
                    self.assumed.varying.insert(slot);
                }
                continue;
            }
            let wanted = self.e.trace.ty(at_header);
            let Some(val) = self.fitting(val, wanted)? else {
                let have = self.e.trace.ty(val);
                let wider = if wanted.is_arith() && have.is_arith() { Ty::Num } else { Ty::Any };
                if self.assumed.types.insert(slot, wider) == Some(wider) {
                    // A word of a frame that was here: no type is wide enough for both.
                    return Err(Contradiction);
                }
                self.wrong = true;
                continue;
            };
            match next.insert(at_header, val) {
                // Rule 2.
                Some(other) if other != val => {
                    self.wrong = true;
                    self.assumed.apart.insert(slot);
                    next.insert(at_header, other);
                }
                _ => {}
            }
        }
        if let Some(counter) = self.counter
            && next.get(&counter.now).is_none_or(|next| !self.is_step(counter, *next))
        {
            // Rule 6.
            self.wrong = true;
            self.assumed.no_counter = true;
        }
        if self.wrong {
            // Values may be missing: what comes of this is not used.
            return Ok(());
        }
        let mut list = Vec::new();
        for slot in self.carried.clone() {
            let carry = self.header[&slot];
            let val = next[&carry];
            if self.e.trace.ty(carry) == Ty::Int && !Range::I32.contains(self.e.range(val)) {
                // Rule 3.
                self.e.set_state(ExitKind::Guard, state.pc, segment.base + state.base, entries.clone());
                self.e.guard(Op::CheckInt, val, IrRef::NONE)?;
                if let Some(snap) = self.e.used_snapshot() {
                    self.e.trace.set_recorded_at(snap, RecordedAt { branch: segment.number, snap: last });
                }
            }
            list.push(val);
        }
        let list = self.e.trace.add_args(&list);
        self.e.append(Instr::new(Op::Next, Ty::None, IrRef::from_raw(list.0), IrRef::NONE));
        Ok(())
    }

    /// Is this a later value of the counter, within the limit?
    fn is_step(&self, counter: Counter, next: IrRef) -> bool {
        let (base, step) = split_offset(self.e.trace(), next);
        let is_within = |(_, guard): (IrRef, Instr)| guard.a == next && guard.b == counter.stop;
        base == counter.now && step > 0 && self.e.chain(Op::Le).any(is_within)
    }

    /// The value in the form that a carry has, if that takes no guard.
    fn fitting(&mut self, val: IrRef, wanted: Ty) -> Result<Option<IrRef>, Contradiction> {
        if wanted == Ty::Int && self.e.trace.ty(val) == Ty::Num {
            return Ok(self.e.held_int(val));
        }
        widen(&mut self.e, val, wanted)
    }

    /// Rule 4, of what the trunk does itself.
    pub(super) fn check_known(&mut self, trunk: &Segment) {
        let marker = self.e.crossing.as_ref().map_or(0, |crossing| crossing.marker);
        for (index, val) in trunk.map.iter().enumerate() {
            if self.known[index].is_some() && val.is_instr() && val.index() > marker {
                self.wrong = true;
                self.assumed.redone.insert(IrRef::instr(index));
            }
        }
    }

    /// Rule 4.
    pub(super) fn check_reuse(&mut self) {
        let Some(crossing) = self.e.crossing.take() else { return };
        let segments = Segments::of(self.e.trace());
        for at in &crossing.reused {
            if !forward::may_be_reused(&self.e, &crossing, &segments, *at) {
                self.wrong = true;
                let is_it = |(index, known): (usize, &Option<IrRef>)| {
                    (*known == Some(*at)).then_some(IrRef::instr(index))
                };
                self.assumed.redone.extend(self.known.iter().enumerate().filter_map(is_it));
            }
        }
    }
}
