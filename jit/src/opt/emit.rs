//! The emitter: how instructions come into a trace.
//!
//! Every instruction, from the recorder or from a pass, goes through [`Emitter::emit`]: it is folded, then
//! looked for among those emitted before (each operation has its chain, newest first), then appended.

use rustc_hash::{FxHashMap, FxHashSet};

use super::fold::{self, Fold};
use super::forward;
use super::range::Range;
use crate::ir::{
    Effect, ExitKind, Helper, HelperEffect, Instr, IrRef, Needed, Op, RecordedAt, Room, SnapEntry, SnapId,
    Tail, Trace, Ty,
};

/// A guard that cannot pass: what was recorded contradicts itself, as happens when the types of a loop's
/// second round are not those of its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contradiction;

/// A value, or that there is none to have. [`IrRef::NONE`] for instructions without a value.
pub type Emit = Result<IrRef, Contradiction>;

/// The counter of a numeric `for` loop, as the recorder describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Induction {
    /// The counter in this round.
    pub index: IrRef,
    /// The counter in the next round: `index` plus a positive constant, guarded not to exceed `stop`.
    pub next: IrRef,
    pub stop: IrRef,
}

/// The state that the next guard leaves with.
#[derive(Clone, Debug)]
enum Pending {
    /// Not yet said.
    Missing,
    New {
        kind: ExitKind,
        pc: u64,
        base: i32,
        needed: Needed,
        entries: Vec<SnapEntry>,
    },
    /// Some guard has used it.
    Added(SnapId),
}

/// Builds a trace.
#[derive(Clone, Debug)]
pub struct Emitter {
    pub(super) trace: Trace,
    /// The newest instruction of each operation.
    chains: [IrRef; Op::COUNT],
    ranges: Vec<Range>,
    pending: Pending,
    /// The newest instruction that can leave the trace, or [`IrRef::NONE`].
    last_exit: IrRef,
    /// Numbers that were integers of 32 bits when they were recorded.
    pub(super) seen_integers: FxHashSet<IrRef>,
    pub(super) induction: Option<Induction>,
    /// A slot that holds what another does wherever the loop begins: the variable of a numeric `for`, and its counter.
    pub(super) twins: Option<(i32, i32)>,
    /// While the second copy of a loop is emitted: the marker, and what the first copy's values have become.
    pub(super) peeling: Option<Peeling>,
    /// While the loop of a region is emitted.
    pub(super) crossing: Option<Crossing>,
}

/// Loads and calls from before the loop of a region whose values its segments use again.
#[derive(Clone, Debug, Default)]
pub(super) struct Crossing {
    pub marker: usize,
    /// Those that have been used.
    pub reused: FxHashSet<IrRef>,
}

/// What an emitter knows at a place in a trace, to go on from there later by another way.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    chains: [IrRef; Op::COUNT],
    ranges: Vec<Range>,
}

#[derive(Clone, Debug)]
pub(super) struct Peeling {
    pub marker: IrRef,
    pub subst: Vec<IrRef>,
    /// What guards of the loop have found out about values from before it.
    narrowed: FxHashMap<IrRef, Range>,
    /// Snapshots of the first copy that have one for the second.
    snaps: FxHashMap<SnapId, SnapId>,
}

impl Peeling {
    pub fn new(marker: IrRef) -> Peeling {
        Peeling { marker, subst: Vec::new(), narrowed: FxHashMap::default(), snaps: FxHashMap::default() }
    }
}

impl Default for Emitter {
    fn default() -> Emitter {
        Emitter::new()
    }
}

impl Emitter {
    pub fn new() -> Emitter {
        Emitter {
            trace: Trace::new(),
            chains: [IrRef::NONE; Op::COUNT],
            ranges: Vec::new(),
            pending: Pending::Missing,
            last_exit: IrRef::NONE,
            seen_integers: FxHashSet::default(),
            induction: None,
            twins: None,
            peeling: None,
            crossing: None,
        }
    }

    /// What has been emitted.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// For constants.
    pub fn trace_mut(&mut self) -> &mut Trace {
        &mut self.trace
    }

    // ---- For the recorder ----------------------------------------------------------------------

    /// Says what state the guards from here on leave with. It becomes a snapshot when a guard uses it.
    pub fn set_state(&mut self, kind: ExitKind, pc: u64, base: i32, entries: Vec<SnapEntry>) {
        self.pending = Pending::New { kind, pc, base, needed: Needed::ALL, entries };
    }

    /// Says which slots matter in the state set last.
    pub fn set_needed(&mut self, slots: Needed) {
        if let Pending::New { needed, .. } = &mut self.pending {
            *needed = slots;
        }
    }

    /// Says of the state set last that its exits are of another kind.
    pub fn set_exit_kind(&mut self, kind: ExitKind) {
        let snap = match &mut self.pending {
            Pending::Missing => return,
            Pending::New { kind: old, .. } => {
                *old = kind;
                return;
            }
            Pending::Added(snap) => *snap,
        };
        let state = self.trace.snap(snap);
        let entries = self.trace.snap_entries(snap).to_vec();
        self.set_state(kind, state.pc, state.base, entries);
        self.set_needed(state.needed);
    }

    /// Declares the loop's counter, which lets [`Emitter::bounds_guard`] work.
    pub fn set_induction(&mut self, induction: Induction) {
        debug_assert_eq!(self.trace.ty(induction.stop), Ty::Int);
        self.induction = Some(induction);
    }

    /// Says that slot `variable` holds what slot `counter` does wherever the loop begins.
    pub fn set_twins(&mut self, variable: i32, counter: i32) {
        self.twins = Some((variable, counter));
    }

    /// Emits one instruction: returns its value, or an older or constant one that is the same.
    ///
    /// # Errors
    ///
    /// It is a guard that never passes.
    pub fn emit(&mut self, op: Op, ty: Ty, a: IrRef, b: IrRef) -> Emit {
        self.emit_instr(Instr::new(op, ty, a, b))
    }

    /// Emits an operation with one operand.
    ///
    /// # Errors
    ///
    /// As [`Emitter::emit`].
    pub fn unary(&mut self, op: Op, ty: Ty, a: IrRef) -> Emit {
        self.emit(op, ty, a, IrRef::NONE)
    }

    /// Emits a guard without a value.
    ///
    /// # Errors
    ///
    /// As [`Emitter::emit`].
    pub fn guard(&mut self, op: Op, a: IrRef, b: IrRef) -> Result<(), Contradiction> {
        self.emit(op, Ty::None, a, b).map(|_| ())
    }

    /// The value of a stack slot on entry.
    pub fn stack_slot(&mut self, ty: Ty, slot: i32) -> IrRef {
        self.emit(Op::SLoad, ty, IrRef::from_raw(slot as u32), IrRef::NONE).unwrap_or(IrRef::NONE)
    }

    /// Calls a helper.
    ///
    /// # Errors
    ///
    /// None: calls are no guards.
    pub fn call(&mut self, helper: Helper, args: &[IrRef]) -> Emit {
        let args = self.trace.add_args(args);
        self.emit(Op::Call, helper.ret(), IrRef::from_raw(args.0), IrRef::from_raw(helper as u32))
    }

    /// Arithmetic on numbers held either way: on integers if that is exact, else on doubles.
    ///
    /// # Errors
    ///
    /// None: arithmetic is no guard.
    pub fn arith(&mut self, op: Op, a: IrRef, b: IrRef) -> Emit {
        if let Some((int_a, int_b)) = self.as_ints(a, b) {
            let instr = Instr::new(op, Ty::Int, int_a, int_b);
            if self.is_exact(instr) {
                return self.emit_instr(instr);
            }
        }
        let (a, b) = (self.to_num(a)?, if b.is_none() { b } else { self.to_num(b)? });
        self.emit(op, Ty::Num, a, b)
    }

    /// An arithmetic value as a double.
    ///
    /// # Errors
    ///
    /// None.
    pub fn to_num(&mut self, r: IrRef) -> Emit {
        if self.trace.ty(r) == Ty::Int { self.unary(Op::IntToNum, Ty::Num, r) } else { Ok(r) }
    }

    /// An arithmetic value as an integer of 32 bits, by a guard if need be.
    ///
    /// # Errors
    ///
    /// It is a constant that is none.
    pub fn to_int(&mut self, r: IrRef) -> Emit {
        if self.trace.ty(r) == Ty::Int { Ok(r) } else { self.unary(Op::NumToInt, Ty::Int, r) }
    }

    /// Guards that `index` is an element of an array of `size`. If the index moves with the loop's counter
    /// and the recorder has seen that its last value is in bounds too (`last_in_bounds`), the loop will do
    /// with one check before it.
    ///
    /// # Errors
    ///
    /// The index is never in bounds.
    pub fn bounds_guard(
        &mut self,
        index: IrRef,
        size: IrRef,
        last_in_bounds: bool,
    ) -> Result<(), Contradiction> {
        self.guard(Op::InBounds, index, size)?;
        let Some(last) = self.last_index(index).filter(|_| last_in_bounds) else { return Ok(()) };
        self.guard(Op::InBounds, last?, size)
    }

    /// If `index` is the counter plus a constant: what it is in the last round.
    pub(super) fn last_index(&mut self, index: IrRef) -> Option<Emit> {
        let induction = self.induction?;
        let (base, offset) = split_offset(&self.trace, index);
        (base == induction.index).then(|| {
            let offset = self.trace.int(offset);
            self.emit(Op::Add, Ty::Int, induction.stop, offset)
        })
    }

    /// Gives a table room for so many elements and other keys from the start, if it is made on the trace. Says whether it is.
    pub fn widen_new_table(&mut self, table: IrRef, array: usize, others: usize) -> bool {
        if self.trace.instr_of(table, Op::NewTable).is_none() {
            return false;
        }
        let made = &mut self.trace.instrs[table.index()];
        let room = Room::from_literal(made.a.raw());
        // More room than some check has counted on does no harm.
        let wider = Room::new(room.array.max(array), room.others.max(others));
        made.a = IrRef::from_raw(wider.to_literal());
        wider.array >= array && wider.others >= others
    }

    /// Lets a check for room in the Lua stack, which comes before all that needs it, ask for the slots before `end`.
    pub(super) fn need_stack_room(&mut self, check: IrRef, end: i32) {
        let check = &mut self.trace.instrs[check.index()];
        debug_assert_eq!(check.op, Op::StackRoom);
        check.a = IrRef::from_raw(check.slot().max(end) as u32);
    }

    /// Ends the trace with the state set last.
    pub fn finish(&mut self, tail: impl FnOnce(SnapId) -> Tail) {
        let snap = self.snap();
        self.trace.tail = tail(snap);
    }

    /// The trace as it is.
    pub fn into_trace(self) -> Trace {
        super::debug_verify(&self.trace);
        self.trace
    }

    // ---- The pipe ------------------------------------------------------------------------------

    /// What is known here.
    pub(super) fn scope(&self) -> Scope {
        Scope { chains: self.chains, ranges: self.ranges.clone() }
    }

    /// Goes on from another place: what has been emitted since is not seen from here on.
    pub(super) fn enter_scope(&mut self, scope: &Scope) {
        self.chains = scope.chains;
        let len = self.ranges.len();
        self.ranges.clone_from(&scope.ranges);
        self.ranges.resize(len, Range::EXACT);
        // What comes now must not overwrite a store that the other way needs.
        self.last_exit = IrRef::instr(len - 1);
    }

    /// Lets the next guards leave by a snapshot that there is.
    pub(super) fn use_snapshot(&mut self, snap: SnapId) {
        self.pending = Pending::Added(snap);
    }

    /// The snapshot that the state set last has become, if a guard has used it.
    pub(super) fn used_snapshot(&self) -> Option<SnapId> {
        match self.pending {
            Pending::Added(snap) => Some(snap),
            Pending::New { .. } | Pending::Missing => None,
        }
    }

    pub(super) fn emit_instr(&mut self, mut instr: Instr) -> Emit {
        loop {
            match fold::fold(self, instr)? {
                Fold::Keep => break,
                Fold::Again(other) => instr = other,
                Fold::Value(r) => return Ok(r),
                Fold::Passes => return Ok(IrRef::NONE),
            }
        }
        match instr.op.effect() {
            Effect::Pure | Effect::Guard | Effect::Once => {
                if let Some(same) = self.find(instr) {
                    return Ok(self.value_of(same));
                }
            }
            Effect::Load(region) => {
                if let Some(value) = forward::load(self, instr, region)? {
                    return Ok(value);
                }
            }
            Effect::Store(_) => forward::kill_overwritten(self, instr),
            Effect::Call => {
                if let Some(same) = forward::same_call(self, instr) {
                    return Ok(same);
                }
            }
            Effect::Check | Effect::Alloc | Effect::Mark => {}
        }
        Ok(self.append(instr))
    }

    /// Appends an instruction as it is.
    pub(super) fn append(&mut self, mut instr: Instr) -> IrRef {
        let range = if instr.ty == Ty::Int {
            let operands = instr.op.operands().map(|kind| kind.is_ref());
            let a = if operands[0] { self.range(instr.a) } else { Range::EXACT };
            let b = if operands[1] { self.range(instr.b) } else { Range::EXACT };
            Range::of_instr(&self.trace, instr, a, b)
        } else {
            Range::EXACT
        };
        if instr.op.can_exit() {
            instr.snap = self.snap();
            self.last_exit = self.trace.next_ref();
        }
        instr.prev = self.chains[instr.op as usize];
        let r = self.trace.push(instr);
        self.chains[instr.op as usize] = r;
        self.ranges.push(range);
        self.narrow(instr);
        self.value_of(r)
    }

    /// A guard's value, where the guard makes it a constant.
    fn value_of(&mut self, r: IrRef) -> IrRef {
        let instr = self.trace.instrs[r.index()];
        if instr.op == Op::Unbox && instr.ty.is_primitive() { self.trace.primitive(instr.ty) } else { r }
    }

    /// Learns from a comparison that was passed.
    fn narrow(&mut self, instr: Instr) {
        let strict = match instr.op {
            Op::CheckInt => return self.narrow_to(instr.a, Range::I32),
            Op::Lt | Op::InBounds => 1,
            Op::Le => 0,
            _ => return,
        };
        if self.trace.ty(instr.a) != Ty::Int {
            return;
        }
        let (a, b) = (self.range(instr.a), self.range(instr.b));
        let lo = if instr.op == Op::InBounds { 0 } else { i64::MIN };
        self.narrow_to(instr.a, Range::new(lo, b.hi - strict));
        self.narrow_to(instr.b, Range::new(a.lo.max(lo) + strict, i64::MAX));
    }

    fn narrow_to(&mut self, r: IrRef, range: Range) {
        if !r.is_instr() {
            return;
        }
        let met = self.range(r).meet(range);
        match &mut self.peeling {
            // Holds from here on, but not at the loop's beginning.
            Some(peeling) if r < peeling.marker => {
                peeling.narrowed.insert(r, met);
            }
            _ => self.ranges[r.index()] = met,
        }
    }

    /// What values an integer can have here.
    pub fn range(&self, r: IrRef) -> Range {
        if r.is_const() {
            return self.trace.int_of(r).map_or(Range::EXACT, Range::of);
        }
        let narrowed = self.peeling.as_ref().and_then(|peeling| peeling.narrowed.get(&r));
        narrowed.copied().unwrap_or_else(|| self.range_at_loop(r))
    }

    /// What values an integer can have wherever the trace may be, in every round of its loop.
    pub(super) fn range_at_loop(&self, r: IrRef) -> Range {
        // A value from before the loop may stand for a phi, which is kept within 32 bits unless it started
        // outside.
        let range = self.ranges[r.index()];
        if self.may_vary(r) { range.union(Range::I32) } else { range }
    }

    /// In the second copy of a loop: is `r` a value from before it that may be different in each round?
    /// What its instruction says of its operands then holds, but makes phis of them too.
    pub(super) fn may_vary(&self, r: IrRef) -> bool {
        match &self.peeling {
            Some(peeling) => r.is_instr() && r < peeling.marker && peeling.subst.get(r.index()) != Some(&r),
            None => false,
        }
    }

    /// Sets the state for a guard of a loop's second copy, unless an earlier guard had the same.
    pub(super) fn set_copied_state(&mut self, of: SnapId, state: impl FnOnce(&mut Emitter)) {
        let copy = self.peeling.as_ref().and_then(|peeling| peeling.snaps.get(&of)).copied();
        match copy {
            Some(copy) => self.pending = Pending::Added(copy),
            None => state(self),
        }
    }

    /// Remembers the snapshot that the state set last has become, if it has.
    pub(super) fn note_copied_state(&mut self, of: SnapId) {
        if let (Pending::Added(copy), Some(peeling)) = (&self.pending, &mut self.peeling) {
            peeling.snaps.insert(of, *copy);
            self.trace.set_recorded_at(*copy, RecordedAt { branch: 0, snap: of });
        }
    }

    /// The snapshot for the next guard.
    pub(super) fn snap(&mut self) -> SnapId {
        match &self.pending {
            Pending::Added(snap) => *snap,
            Pending::New { kind, pc, base, needed, entries } => {
                let snap = self.trace.add_snapshot(*kind, *pc, *base, entries);
                self.trace.set_needed(snap, *needed);
                self.pending = Pending::Added(snap);
                snap
            }
            Pending::Missing => unreachable!("the recorder sets the state before it emits guards"),
        }
    }

    // ---- Searching -----------------------------------------------------------------------------

    /// The instructions of an operation, newest first.
    pub(super) fn chain(&self, op: Op) -> impl Iterator<Item = (IrRef, Instr)> + '_ {
        let mut next = self.chains[op as usize];
        std::iter::from_fn(move || {
            let r = next;
            let instr = (!r.is_none()).then(|| self.trace.instrs[r.index()])?;
            next = instr.prev;
            Some((r, instr))
        })
        .filter(move |(_, instr)| instr.op == op)
    }

    /// The instructions of an operation whose first operand is `r`, newest first.
    pub(super) fn users(&self, op: Op, r: IrRef) -> impl Iterator<Item = (IrRef, Instr)> + '_ {
        let since = self.chain(op).take_while(move |(at, _)| r.is_const() || *at > r);
        since.filter(move |(_, instr)| instr.a == r)
    }

    /// An older instruction that computes the same.
    pub(super) fn find(&self, instr: Instr) -> Option<IrRef> {
        let newest_operand = instr.refs().filter(|r| r.is_instr()).max();
        self.chain(instr.op)
            .take_while(|(r, _)| newest_operand.is_none_or(|operand| *r > operand))
            .find(|(_, old)| old.ty == instr.ty && old.a == instr.a && old.b == instr.b)
            .map(|(r, _)| r)
    }

    /// The newest instruction that can leave.
    pub(super) fn last_exit(&self) -> Option<IrRef> {
        Some(self.last_exit).filter(|r| !r.is_none())
    }

    /// Both operands as integers, if they are or if they are constants that can be.
    fn as_ints(&mut self, a: IrRef, b: IrRef) -> Option<(IrRef, IrRef)> {
        let a_int = self.as_int(a)?;
        let b_int = if b.is_none() { b } else { self.as_int(b)? };
        // Two constants held as doubles stay so.
        let wanted = |r: IrRef| !r.is_none() && self.trace.ty(r) == Ty::Int;
        (wanted(a) || wanted(b)).then_some((a_int, b_int))
    }

    fn as_int(&mut self, r: IrRef) -> Option<IrRef> {
        if self.trace.ty(r) == Ty::Int {
            return Some(r);
        }
        let value = fold::exact_int(self.trace.num_of(r)?)?;
        Some(self.trace.int(value))
    }

    /// Is integer arithmetic here the same as on doubles: exact, and without -0?
    pub(super) fn is_exact(&self, instr: Instr) -> bool {
        let a = self.range(instr.a);
        let b = if instr.b.is_none() { a } else { self.range(instr.b) };
        self.is_exact_within(instr, a, b)
    }

    /// The same of operands with these ranges.
    pub(super) fn is_exact_within(&self, instr: Instr, a: Range, b: Range) -> bool {
        let result = Range::of_instr(&self.trace, instr, a, b);
        let never_minus_zero = match instr.op {
            Op::Add | Op::Sub | Op::Min | Op::Max | Op::Abs => true,
            Op::Mul => (a.lo >= 0 && b.lo >= 0) || (instr.b.is_const() && b.lo > 0),
            Op::Neg => a.lo > 0 || a.hi < 0,
            Op::Mod => instr.b.is_const() && b.lo > 0 && Range::EXACT.contains(a) && Range::I32.contains(b),
            _ => false,
        };
        never_minus_zero && Range::EXACT.contains(result)
    }

    /// Emits a whole trace again, instruction by instruction.
    ///
    /// # Errors
    ///
    /// A guard of it never passes.
    pub fn replay(trace: &Trace) -> Result<Emitter, Contradiction> {
        let mut this = Emitter::new();
        let mut map: Vec<IrRef> = Vec::with_capacity(trace.instrs.len());
        let mut copy_of: FxHashMap<SnapId, SnapId> = FxHashMap::default();
        let value = |this: &mut Emitter, map: &[IrRef], r: IrRef| match trace.const_of(r) {
            Some(k) => this.trace.constant(k.ty, k.bits),
            None => map[r.index()],
        };
        let state = |this: &mut Emitter, map: &[IrRef], id: SnapId| {
            let snap = trace.snap(id);
            let entries = trace.snap_entries(id).iter();
            let entries = entries.map(|e| SnapEntry { slot: e.slot, val: value(this, map, e.val) }).collect();
            this.set_state(snap.kind, snap.pc, snap.base, entries);
            this.set_needed(snap.needed);
        };
        for instr in trace.instrs.iter().copied() {
            let mut copy = instr.fresh().map_refs(|r| value(&mut this, &map, r));
            if instr.op == Op::Call {
                let args = trace.args(instr.call().0).iter();
                let args: Vec<IrRef> = args.map(|arg| value(&mut this, &map, *arg)).collect();
                copy.a = IrRef::from_raw(this.trace.add_args(&args).0);
            }
            if instr.snap != SnapId::NONE {
                match copy_of.get(&instr.snap) {
                    Some(snap) => this.pending = Pending::Added(*snap),
                    None => state(&mut this, &map, instr.snap),
                }
            }
            map.push(this.emit_instr(copy)?);
            if let (Pending::Added(snap), true) = (&this.pending, instr.snap != SnapId::NONE) {
                copy_of.insert(instr.snap, *snap);
            }
        }
        if let Some(snap) = trace.tail_snap() {
            state(&mut this, &map, snap);
            this.finish(|copy| match trace.tail {
                Tail::Link(target, _) => Tail::Link(target, copy),
                Tail::Leave(_) => Tail::Leave(copy),
                Tail::Again(_) | Tail::Open | Tail::Loop => Tail::Again(copy),
            });
        }
        Ok(this)
    }

    /// Does a call of this helper leave everything as it was?
    pub(super) fn is_quiet(helper: Helper) -> bool {
        !matches!(helper.effect(), HelperEffect::Write(_))
    }
}

/// An integer as another plus a constant.
pub(super) fn split_offset(trace: &Trace, r: IrRef) -> (IrRef, i64) {
    let (mut base, mut offset) = (r, 0);
    while let Some((add, more)) = trace.instr_of(base, Op::Add).and_then(|a| Some((a, trace.int_of(a.b)?))) {
        (base, offset) = (add.a, offset + more);
    }
    (base, offset)
}
