//! The way into a region: what does not vary is found out before its loop.
//!
//! The rounds of a region begin at once; none runs before the loop as in a peeled one, for whose exits the branches would have to be there
//! twice. What the trunk does in each round alike - loads, the guards on them - is done here instead, whatever
//! stands before it in the round. Nothing has happened then that would have to be made good: each exit from here leaves for the
//! beginning of the loop.
//!
//! # Rules
//!
//! 1. What is done here depends on nothing that varies, and does nothing; so it may be done whether or not the first round comes to it.
//! 2. What reads memory through a table or a function has been told here that there is something to read. Where a round checks it, or by
//!    what it has been found not to need a check, does not count: that may be something that varies.

use rustc_hash::FxHashMap;

use super::Assumed;
use crate::ir::{Effect, ExitKind, HelperEffect, Instr, IrRef, Op, RecordedAt, Region, SnapId, Trace, Ty};
use crate::layout;
use crate::opt::emit::{Contradiction, Emitter, Induction, split_offset};

/// The beginning of a region, up to its loop.
pub(super) struct Entry<'a> {
    pub e: Emitter,
    round: &'a Trace,
    /// The round's values that have been found out.
    known: Vec<Option<IrRef>>,
    /// What values are in the first round that vary: slots', and what those are converted to.
    first: Vec<Option<IrRef>>,
    /// The states of the round, as exits from here.
    snaps: FxHashMap<SnapId, SnapId>,
    /// Where the loop begins.
    pc: u64,
}

impl<'a> Entry<'a> {
    /// Emits what a round does that begins at `pc`, as far as it does not vary.
    pub fn new(round: &'a Emitter, pc: u64, assumed: &Assumed) -> Result<Entry<'a>, Contradiction> {
        let trace = round.trace();
        let mut this = Entry {
            e: Emitter::new(),
            round: trace,
            known: Vec::with_capacity(trace.instrs.len()),
            first: Vec::with_capacity(trace.instrs.len()),
            snaps: FxHashMap::default(),
            pc,
        };
        let counter =
            round.induction.filter(|_| !assumed.no_counter).map(|counter| (counter.index, counter.stop));
        for (index, instr) in trace.instrs.iter().copied().enumerate() {
            let (mut known, mut first) = (None, None);
            match instr.op {
                Op::SLoad => {
                    let val = this.e.stack_slot(instr.ty, instr.slot());
                    let slot = if assumed.varying.contains(&instr.slot()) { &mut first } else { &mut known };
                    *slot = Some(val);
                }
                Op::Unbox | Op::UnboxNum | Op::NumToInt if this.first_value(instr.a).is_some() => {
                    first = this.converted(instr, assumed)?;
                }
                Op::InBounds if this.first_value(split_offset(trace, instr.a).0).is_some() => {
                    if let Some((counter, stop)) = counter {
                        this.check_first_index(instr, counter, stop)?;
                    }
                }
                _ if assumed.redone.contains(&IrRef::instr(index)) => {}
                _ => known = this.find_out(index, instr)?,
            }
            this.known.push(known);
            this.first.push(first);
        }
        Ok(this)
    }

    /// A value of the round, if it has been found out.
    pub fn known(&mut self, r: IrRef) -> Option<IrRef> {
        match self.round.const_of(r) {
            Some(k) => Some(self.e.trace.constant(k.ty, k.bits)),
            None => self.known.get(r.index()).copied().flatten(),
        }
    }

    /// What a value is in the first round that varies, if it is a slot's.
    pub fn first_value(&self, r: IrRef) -> Option<IrRef> {
        self.first.get(r.index()).copied().flatten().filter(|_| r.is_instr())
    }

    /// The counter's first value and its last, if they are known as such.
    pub fn counter(&mut self, counter: Induction) -> Option<(IrRef, IrRef)> {
        Some((self.first_value(counter.index)?, self.known(counter.stop)?))
    }

    /// The values that have been found out, by the instructions of the round.
    pub fn into_known(self) -> (Emitter, Vec<Option<IrRef>>) {
        (self.e, self.known)
    }

    /// The value of a slot that varies, converted as the trunk does it. It is carried so, if it can be.
    fn converted(&mut self, instr: Instr, assumed: &Assumed) -> Result<Option<IrRef>, Contradiction> {
        let Some(val) = self.first_value(instr.a) else { return Ok(None) };
        let mut load = self.e.trace.instr(val);
        while let Some(inner) = load.filter(|inner| inner.op != Op::SLoad) {
            load = self.e.trace.instr(inner.a);
        }
        let Some(slot) = load.map(Instr::slot) else { return Ok(None) };
        let is_wanted = match assumed.types.get(&slot) {
            None => !instr.ty.is_primitive(),
            Some(ty) => *ty == Ty::Num && instr.ty == Ty::Num,
        };
        if !is_wanted {
            return Ok(None);
        }
        self.leave_by(instr.snap);
        let val = self.e.unary(instr.op, instr.ty, val)?;
        self.note_exit(instr.snap);
        Ok(Some(val))
    }

    /// Checks once what the round checks of its counter plus a constant, if it checks that of the counter's last value too.
    fn check_first_index(&mut self, check: Instr, counter: IrRef, stop: IrRef) -> Result<(), Contradiction> {
        let (base, offset) = split_offset(self.round, check.a);
        let (stop_base, stop_offset) = split_offset(self.round, stop);
        let is_last = |r: IrRef| match (self.round.int_of(stop), self.round.int_of(r)) {
            (Some(stop), Some(last)) => last == stop + offset,
            _ => split_offset(self.round, r) == (stop_base, stop_offset + offset),
        };
        let checks_last = self
            .round
            .instrs
            .iter()
            .any(|other| other.op == Op::InBounds && other.b == check.b && is_last(other.a));
        let (Some(index), Some(size)) = (self.first_value(base), self.known(check.b)) else { return Ok(()) };
        if base != counter || !checks_last {
            return Ok(());
        }
        let offset = self.e.trace.int(offset);
        let index = self.e.emit(Op::Add, Ty::Int, index, offset)?;
        self.leave_by(check.snap);
        self.e.guard(Op::InBounds, index, size)?;
        self.note_exit(check.snap);
        Ok(())
    }

    /// Emits an instruction of the round, if it may be done here.
    fn find_out(&mut self, index: usize, instr: Instr) -> Result<Option<IrRef>, Contradiction> {
        let Some(copy) = self.copy(instr) else { return Ok(None) };
        if !self.may_be_done(index, copy) {
            return Ok(None);
        }
        self.leave_by(instr.snap);
        if copy.op == Op::ElemLoad {
            let elem = self.e.trace.instrs[copy.a.index()];
            let Some(size) = self.size_of(elem) else { return Ok(None) };
            self.e.guard(Op::InBounds, elem.b, size)?;
        }
        let val = self.e.emit_instr(copy)?;
        self.note_exit(instr.snap);
        Ok(Some(val))
    }

    /// The instruction with operands that have been found out.
    fn copy(&mut self, instr: Instr) -> Option<Instr> {
        let mut copy = instr.fresh();
        for (kind, field) in instr.op.operands().into_iter().zip([&mut copy.a, &mut copy.b]) {
            if kind.is_ref() {
                *field = self.known(*field)?;
            }
        }
        if let Some(list) = instr.list() {
            let args =
                self.round.args(list).iter().map(|arg| self.known(*arg)).collect::<Option<Vec<_>>>()?;
            copy.a = IrRef::from_raw(self.e.trace.add_args(&args).0);
        }
        Some(copy)
    }

    /// Rules 1 and 2, for the copy of an instruction; but for elements, of which the index is checked here anew.
    fn may_be_done(&self, index: usize, copy: Instr) -> bool {
        match copy.op {
            Op::FieldLoad => self.has_known_shape(index),
            Op::ElemLoad => self.e.trace().instr_of(copy.a, Op::ElemRef).is_some(),
            Op::UpvalConst | Op::UpvalCell | Op::FuncEnv => self.runs_known_code(copy.a),
            Op::StackLoad | Op::SlotFind | Op::DictFind | Op::DictLoad | Op::StrByte => false,
            Op::VmLoad => copy.a.raw() as i32 != layout::vm::TOP,
            Op::Call => {
                let takes_addresses = copy.call().1.args().contains(&Ty::Ptr);
                !takes_addresses && !matches!(copy.call().1.effect(), HelperEffect::Write(_))
            }
            op => match op.effect() {
                Effect::Pure | Effect::Load(_) | Effect::Guard | Effect::Once => true,
                Effect::Store(_) | Effect::Check | Effect::Alloc | Effect::Call | Effect::Mark => false,
            },
        }
    }

    /// Is the table whose field the round loads there known to have the shape that has the field? So it is if the round has read that
    /// last of what it knows of shapes.
    fn has_known_shape(&self, load: usize) -> bool {
        let round = self.round;
        let place = round.instr_of(round.instrs[load].a, Op::FieldRef);
        let Some(slots) = place.and_then(|field| round.instr_of(field.a, Op::SlotsPtr)) else { return false };
        let reads_it = |instr: &Instr| instr.op == Op::TabShape && instr.a == slots.a;
        let last =
            round.instrs[..load].iter().rposition(|instr| reads_it(instr) || self.changes_shapes(instr));
        let Some(read) = last.filter(|at| reads_it(&round.instrs[*at])) else { return false };
        let is_guard =
            |guard: &Instr| guard.op == Op::Eq && guard.a == IrRef::instr(read) && guard.b.is_const();
        let guard = round.instrs[..load].iter().position(is_guard);
        guard.is_some_and(|guard| self.known[guard].is_some())
    }

    /// May an instruction of the round change the shape of a table that is not made in it?
    fn changes_shapes(&self, instr: &Instr) -> bool {
        let is_new = |table: IrRef| self.round.instr_of(table, Op::NewTable).is_some();
        match instr.op.effect() {
            Effect::Store(Region::Shape) => !is_new(instr.a),
            Effect::Call => {
                let (args, helper) = instr.call();
                let writes = matches!(helper.effect(), HelperEffect::Write(regions) if regions & Region::Shape.bit() != 0);
                writes && !self.round.args(args).first().is_some_and(|table| is_new(*table))
            }
            _ => false,
        }
    }

    /// Is it the function of the loop itself, a constant, or one whose prototype has been guarded?
    fn runs_known_code(&self, function: IrRef) -> bool {
        let trace = self.e.trace();
        let is_proto = |r: IrRef| trace.instr_of(r, Op::FuncProto).is_some_and(|load| load.a == function);
        function.is_const()
            || trace.instr_of(function, Op::SLoad).is_some()
            || self.e.chain(Op::Eq).any(|(_, guard)| guard.b.is_const() && is_proto(guard.a))
    }

    /// How many elements the table of a place in an array part has, if that has been found out.
    fn size_of(&self, elem: Instr) -> Option<IrRef> {
        let table = self.e.trace().instr_of(elem.a, Op::ArrayPtr)?.a;
        self.e.chain(Op::ArraySize).find(|(_, load)| load.a == table).map(|(at, _)| at)
    }

    /// Lets the next guards leave for the beginning of the loop: one exit for each state of the round.
    fn leave_by(&mut self, recorded: SnapId) {
        match self.snaps.get(&recorded) {
            Some(snap) => self.e.use_snapshot(*snap),
            None => self.e.set_state(ExitKind::Start, self.pc, 0, Vec::new()),
        }
    }

    fn note_exit(&mut self, recorded: SnapId) {
        if let Some(snap) = self.e.used_snapshot() {
            self.snaps.insert(recorded, snap);
            self.e.trace.set_recorded_at(snap, RecordedAt { branch: 0, snap: recorded });
        }
    }
}

/// What a slot held on entry, if that has been loaded.
pub(super) fn slot(e: &Emitter, slot: i32) -> Option<IrRef> {
    e.chain(Op::SLoad).find(|(_, load)| load.slot() == slot).map(|(at, _)| at)
}

/// What a slot held on entry, as well as it has come to be known.
pub(super) fn known_slot(e: &mut Emitter, nth: i32) -> IrRef {
    let mut val = match slot(e, nth) {
        Some(val) => val,
        None => e.stack_slot(Ty::Any, nth),
    };
    for op in [Op::UnboxNum, Op::Unbox, Op::NumToInt] {
        let known = e.chain(op).find(|(_, known)| known.a == val && !known.ty.is_primitive());
        val = known.map_or(val, |(at, _)| at);
    }
    val
}
