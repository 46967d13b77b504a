//! Allocation sinking: objects that nobody but exits will ever see are not made on the trace.
//!
//! An object whose address goes nowhere (its loads have been forwarded; it is not stored, passed or compared) is only
//! the values stored in it. Its allocation and the stores into it are marked *sunk*: the hot path leaves them out, and each exit
//! whose snapshot names the object does what is sunk up to there ([`crate::lower`] replays it).
//!
//! ```text
//!   %64 NewTable @0, @205 !11 sunk
//!   %65 SlotsPtr %64 sunk
//!   %66 FieldRef %65, @0 sunk
//!   %67 FieldStore %66, %47 sunk        an exit behind this stores %47 in a table of its own making
//! ```
//!
//! What belongs to an object ([`Trace::owner`]): its allocation, the addresses inside it, the stores to them, its boxed form. Every other
//! use of one of these lets the object escape, but for three:
//!
//! * a snapshot may name it, unless it is the tail's, for which it would be made each time;
//! * another sunk object may hold it;
//! * a phi may carry it around the loop: the object of the round before, say `L` at first and then `R`, is rebuilt in the loop by what
//!   made `L`, on the values that the loop carries for it. So what made `R` must be the same, step by step, and for each value
//!   of `L`'s making that is another in `R`'s there must be a phi, or be made one.
//!
//! In a region all that belongs to an object lies in one segment, and none is carried around the loop.
//!
//! The idea is LuaJIT's (`lj_opt_sink.c`); objects held by carried objects are our addition.

use rustc_hash::FxHashMap;

use crate::ir::{Instr, IrRef, Op, Segments, SnapId, Trace, Ty};

/// Marks what can be sunk, and adds the phis that carried objects need. The trace is without dead code.
pub fn sink(trace: &mut Trace) {
    let Some(mut objects) = Objects::find(trace) else { return };
    let new_phis = loop {
        match objects.settle(trace) {
            Some(phis) => break phis,
            None => continue,
        }
    };
    for index in 0..trace.instrs.len() {
        let r = IrRef::instr(index);
        let instr = trace.instrs[index];
        let of = if instr.op == Op::Phi { instr.a } else { r };
        if trace.owner(of).is_some_and(|object| objects.is_sunk(object)) {
            trace.mark_sunk(r);
        }
    }
    let mut new_phis: Vec<(IrRef, IrRef)> = new_phis.into_iter().collect();
    new_phis.sort();
    for (first, next) in new_phis {
        let ty = trace.ty(first);
        trace.push(Instr::new(Op::Phi, ty, first, next));
    }
    super::debug_verify(trace);
}

/// The objects made on a trace, as far as they have not been seen to escape.
struct Objects {
    /// By allocation: what belongs to it, in order.
    parts: FxHashMap<IrRef, Vec<IrRef>>,
    marker: Option<IrRef>,
    /// The phis: what each value from before the loop becomes.
    next: FxHashMap<IrRef, IrRef>,
    /// Values from before the loop that it uses, sunk objects' values left aside.
    used_in_loop: Vec<bool>,
}

/// Phis to be added.
type NewPhis = FxHashMap<IrRef, IrRef>;

impl Objects {
    /// `None` if nothing is made.
    fn find(trace: &Trace) -> Option<Objects> {
        let mut parts: FxHashMap<IrRef, Vec<IrRef>> = FxHashMap::default();
        for index in 0..trace.instrs.len() {
            let r = IrRef::instr(index);
            if let Some(object) = trace.owner(r) {
                parts.entry(object).or_default().push(r);
            }
        }
        if parts.is_empty() {
            return None;
        }
        let phis = trace.instrs.iter().filter(|instr| instr.op == Op::Phi);
        let mut this = Objects {
            parts,
            marker: trace.loop_marker(),
            next: phis.map(|phi| (phi.a, phi.b)).collect(),
            used_in_loop: vec![false; trace.instrs.len()],
        };
        this.drop_escaping(trace);
        this.drop_split(trace);
        (!this.parts.is_empty()).then_some(this)
    }

    fn is_sunk(&self, object: IrRef) -> bool {
        self.parts.contains_key(&object)
    }

    /// The candidate that a value is the address of.
    fn object(&self, trace: &Trace, val: IrRef) -> Option<IrRef> {
        trace.owner(val).filter(|object| self.is_sunk(*object))
    }

    fn drop_value(&mut self, trace: &Trace, val: IrRef) -> bool {
        trace.owner(val).is_some_and(|object| self.parts.remove(&object).is_some())
    }

    /// Drops objects that something uses that does not belong to them.
    fn drop_escaping(&mut self, trace: &Trace) {
        let segments = Segments::of(trace);
        for (index, instr) in trace.instrs.iter().copied().enumerate() {
            let owner = trace.owner(IrRef::instr(index));
            if instr.op == Op::Phi {
                continue;
            }
            trace.for_each_use(instr, |r| match (owner, trace.owner(r)) {
                // Its own address, or what it holds.
                (Some(_), Some(_)) => {}
                (None, Some(escaping)) => drop(self.parts.remove(&escaping)),
                (_, None) => {}
            });
            // An exit of one segment must not do what belongs to another.
            if let Some(object) = owner
                && segments.at(object) != segments.at(IrRef::instr(index))
            {
                self.parts.remove(&object);
            }
            // A part that the loop adds to an object from before it would have to be added in each round.
            if let (Some(object), Some(marker)) = (owner, self.marker)
                && object < marker
                && marker.index() < index
            {
                self.parts.remove(&object);
            }
        }
        if let Some(tail) = trace.tail_snap() {
            for entry in trace.snap_entries(tail) {
                self.drop_value(trace, entry.val);
            }
        }
    }

    /// Drops objects that change between two guards that leave by the same exit, which could not know how far they have come.
    fn drop_split(&mut self, trace: &Trace) {
        let mut last: FxHashMap<SnapId, usize> = FxHashMap::default();
        for (index, instr) in trace.instrs.iter().enumerate().filter(|(_, i)| i.snap != SnapId::NONE) {
            last.insert(instr.snap, index);
        }
        let mut open_until = 0;
        for (index, instr) in trace.instrs.iter().enumerate() {
            if index < open_until {
                self.drop_value(trace, IrRef::instr(index));
            }
            if let Some(last) = last.get(&instr.snap) {
                open_until = open_until.max(*last);
            }
        }
    }

    /// Looks at what is held by whom and carried around the loop. `None` if more objects had to be dropped, so that it is to be
    /// done again.
    fn settle(&mut self, trace: &Trace) -> Option<NewPhis> {
        let mut escaping: Vec<IrRef> = Vec::new();
        for (index, instr) in trace.instrs.iter().copied().enumerate() {
            let owner = trace.owner(IrRef::instr(index));
            if instr.op != Op::Phi && owner.is_none_or(|owner| !self.is_sunk(owner)) {
                // An object that is not sunk holds it.
                trace.for_each_use(instr, |r| escaping.extend(self.object(trace, r)));
            }
        }
        let new_phis =
            if escaping.is_empty() { self.carry(trace, &mut escaping) } else { NewPhis::default() };
        for object in &escaping {
            self.parts.remove(object);
        }
        escaping.is_empty().then_some(new_phis)
    }

    /// Finds the phis that carried objects need; notes objects that cannot be carried.
    fn carry(&mut self, trace: &Trace, escaping: &mut Vec<IrRef>) -> NewPhis {
        let mut new_phis = NewPhis::default();
        let Some(marker) = self.marker else { return new_phis };
        self.note_uses_in_loop(trace, marker);
        let mut carried: Vec<(IrRef, IrRef)> = Vec::new();
        for (first, next) in &self.next {
            match (self.object(trace, *first), self.object(trace, *next)) {
                (Some(first), Some(next)) => carried.push((first, next)),
                (first, next) => escaping.extend(first.into_iter().chain(next)),
            }
        }
        // One object of the round before stays one object: the pairs are one to one.
        let (mut next_of, mut first_of) = (FxHashMap::default(), FxHashMap::default());
        while let Some((first, next)) = carried.pop() {
            match (next_of.insert(first, next), first_of.insert(next, first)) {
                (Some(next_before), Some(first_before)) if next_before == next && first_before == first => {}
                (None, None) if self.match_making(trace, first, next, &mut new_phis, &mut carried) => {}
                _ => escaping.extend([first, next]),
            }
        }
        new_phis
    }

    fn note_uses_in_loop(&mut self, trace: &Trace, marker: IrRef) {
        self.used_in_loop.fill(false);
        let mut note = |r: IrRef| {
            if r.is_instr() {
                self.used_in_loop[r.index()] = true;
            }
        };
        for instr in trace.instrs[marker.index()..].iter().filter(|instr| instr.op != Op::Phi) {
            trace.for_each_use(*instr, &mut note);
            if instr.snap != SnapId::NONE {
                trace.snap_entries(instr.snap).iter().for_each(|entry| note(entry.val));
            }
        }
    }

    /// Is `next` made as `first` is, but for values that the loop carries or can carry? Adds the phis that takes, and the
    /// objects that the two hold.
    fn match_making(
        &self,
        trace: &Trace,
        first: IrRef,
        next: IrRef,
        new_phis: &mut NewPhis,
        carried: &mut Vec<(IrRef, IrRef)>,
    ) -> bool {
        let (Some(first_parts), Some(next_parts)) = (self.parts.get(&first), self.parts.get(&next)) else {
            return false;
        };
        let steps = |parts: &[IrRef]| -> Vec<Instr> {
            // The boxed form is no step, and may be made sooner or later.
            let instrs = parts.iter().map(|part| trace.instrs[part.index()]);
            instrs.filter(|instr| instr.op != Op::Box).collect()
        };
        let (first_steps, next_steps) = (steps(first_parts), steps(next_parts));
        first_steps.len() == next_steps.len()
            && first_steps.into_iter().zip(next_steps).all(|(a, b)| {
                let same_kind = a.op == b.op && a.ty == b.ty && literals(a) == literals(b);
                same_kind
                    && values(a).zip(values(b)).all(|(a, b)| {
                        match (trace.owner(a), trace.owner(b)) {
                            // Addresses inside the objects correspond as the steps do that make them.
                            (Some(a), Some(b)) if a == first && b == next => true,
                            (Some(a), Some(b)) if self.is_sunk(a) && self.is_sunk(b) => {
                                carried.push((a, b));
                                true
                            }
                            _ => self.match_value(trace, a, b, new_phis),
                        }
                    })
            })
    }

    /// Is a value of the first object, in each round, what the other one has been given in the round before, or can a phi make
    /// it so?
    fn match_value(&self, trace: &Trace, first: IrRef, next: IrRef, new_phis: &mut NewPhis) -> bool {
        if self.object(trace, first).is_some() || self.object(trace, next).is_some() {
            return false;
        }
        if let Some(known) = self.next.get(&first).or_else(|| new_phis.get(&first)) {
            return *known == next;
        }
        if first == next {
            return true;
        }
        let can_be_phi = first.is_instr() && !self.used_in_loop[first.index()];
        if can_be_phi && trace.ty(first) == trace.ty(next) && trace.ty(first) != Ty::None {
            new_phis.insert(first, next);
            return true;
        }
        false
    }
}

/// The operands of an instruction that are values.
fn values(instr: Instr) -> impl Iterator<Item = IrRef> {
    instr.refs()
}

/// Those that are not.
fn literals(instr: Instr) -> [Option<IrRef>; 2] {
    let [a, b] = instr.op.operands();
    [Some(instr.a).filter(|_| !a.is_ref()), Some(instr.b).filter(|_| !b.is_ref())]
}
