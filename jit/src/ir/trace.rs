//! The trace: instructions, constants, argument lists, snapshots and the way it ends.

use rustc_hash::FxHashMap;

use super::helper::Helper;
use super::op::{Op, Operand, Res};
use super::ty::Ty;

/// A value of the trace: an instruction or a constant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IrRef(u32);

const CONST_BIT: u32 = 1 << 31;

impl IrRef {
    /// No value.
    pub const NONE: IrRef = IrRef(u32::MAX);

    pub const fn instr(index: usize) -> IrRef {
        debug_assert!((index as u32) < CONST_BIT);
        IrRef(index as u32)
    }

    const fn constant(index: usize) -> IrRef {
        IrRef(index as u32 | CONST_BIT)
    }

    pub const fn is_none(self) -> bool {
        self.0 == u32::MAX
    }

    pub const fn is_const(self) -> bool {
        self.0 & CONST_BIT != 0 && !self.is_none()
    }

    pub const fn is_instr(self) -> bool {
        self.0 & CONST_BIT == 0
    }

    /// Index into the instructions, or into the constants.
    pub const fn index(self) -> usize {
        (self.0 & !CONST_BIT) as usize
    }

    /// The raw field, for an operand that is no reference.
    pub const fn raw(self) -> u32 {
        self.0
    }

    /// An operand field that is no reference.
    pub const fn from_raw(raw: u32) -> IrRef {
        IrRef(raw)
    }
}

impl std::fmt::Debug for IrRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            IrRef::NONE => f.write_str("-"),
            r if r.is_const() => write!(f, "k{}", r.index()),
            r => write!(f, "%{}", r.index()),
        }
    }
}

/// Index of a snapshot; also the number of the exit it describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapId(pub u16);

impl SnapId {
    /// Of instructions that cannot leave the trace.
    pub const NONE: SnapId = SnapId(u16::MAX);

    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of an argument list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArgsId(pub u32);

/// A trace's number in its VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub u32);

impl TraceId {
    /// The target of a link to the join where it ends, until the engine says which trace that is.
    pub const JOIN: TraceId = TraceId(u32::MAX);

    /// Likewise, of a link to the loop in front of which it ends, which has no trace yet.
    pub const LOOP: TraceId = TraceId(u32::MAX - 1);
}

/// One instruction. What `a` and `b` mean is said by [`Op::operands`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instr {
    pub op: Op,
    pub ty: Ty,
    /// The state to leave with, if the operation can leave.
    pub snap: SnapId,
    pub a: IrRef,
    pub b: IrRef,
    /// The instruction of the same operation before this one (the emitter's search chain).
    pub prev: IrRef,
}

const _: () = assert!(size_of::<Instr>() == 16);

impl Instr {
    pub const fn new(op: Op, ty: Ty, a: IrRef, b: IrRef) -> Instr {
        Instr { op, ty, snap: SnapId::NONE, a, b, prev: IrRef::NONE }
    }

    /// The stack slot of an operation whose first field is one.
    pub const fn slot(self) -> i32 {
        self.a.raw() as i32
    }

    /// Second field of an operation where it is a literal.
    pub const fn lit(self) -> u32 {
        self.b.raw()
    }

    /// The list that is its first field, if one is.
    pub fn list(self) -> Option<ArgsId> {
        (self.op.operands()[0] == Operand::Args).then_some(ArgsId(self.a.raw()))
    }

    /// The argument list and the function of a call.
    pub fn call(self) -> (ArgsId, Helper) {
        let helper = Helper::from_index(self.b.raw()).expect("the emitter stores valid helper numbers");
        (ArgsId(self.a.raw()), helper)
    }

    /// The operand fields that are values.
    pub fn refs(self) -> impl Iterator<Item = IrRef> {
        let [ka, kb] = self.op.operands();
        [(ka, self.a), (kb, self.b)].into_iter().filter(|(kind, _)| kind.is_ref()).map(|(_, r)| r)
    }

    /// The instruction with its value operands replaced (an argument list is not an operand).
    pub fn map_refs(mut self, mut map: impl FnMut(IrRef) -> IrRef) -> Instr {
        let [ka, kb] = self.op.operands();
        if ka.is_ref() {
            self.a = map(self.a);
        }
        if kb.is_ref() {
            self.b = map(self.b);
        }
        self
    }

    /// The same operation on the same operands, newly to be emitted.
    pub const fn fresh(self) -> Instr {
        Instr::new(self.op, self.ty, self.a, self.b)
    }

    /// Does the instruction have a value?
    pub fn has_value(self) -> bool {
        self.op.result() != Res::Of(Ty::None) && self.op != Op::Phi && self.ty != Ty::None
    }
}

/// An interned constant: the type and 64 bits (a double's bits, an integer, an address, a shape
/// number; 0 for `nil`, `false`, `true`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Const {
    pub ty: Ty,
    pub bits: u64,
}

/// One register that a snapshot restores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapEntry {
    /// Counted from the base that the trace was entered with; or [`SnapEntry::TOP`].
    pub slot: i32,
    pub val: IrRef,
}

impl SnapEntry {
    /// The place that says where the multiple results end (`vm.top`): like a slot, whose value is an address.
    pub const TOP: i32 = i32::MAX;
}

/// Why the trace is left at a snapshot, which is what the driver acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitKind {
    /// A guard failed: another path or another type. A side trace may grow here.
    Guard,
    /// The same, but the exit goes on where just this failure leads: down the other branch, or to a call that has failed before it
    /// did anything. Not to be taken without cause, as other exits may be.
    Branch,
    /// A guard failed at the beginning of a loop, on which all its rounds rely: it is left as it was entered. What grows here leads to a
    /// variant of the loop.
    Start,
    /// The VM wanted attention. Nothing grows here.
    Interrupt,
    /// The recorded path ends here. A side trace may grow at once.
    Leave,
}

/// Which state of which recording a snapshot is a copy of. A loop that has been peeled has two copies of each of its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordedAt {
    /// In a region, the branch; 0 is the trunk, and all there is in other traces.
    pub branch: u16,
    /// The snapshot's number in that recording.
    pub snap: SnapId,
}

/// The state to leave with: what the Lua stack must hold, and where the interpreter goes on.
///
/// Frames of inlined calls need no description of their own: their function and return pc are stack
/// slots like others, with constants as values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub kind: ExitKind,
    /// The instruction to go on with: opaque to the compiler, an address to the interpreter.
    pub pc: u64,
    /// How far the innermost frame's base lies above the trace's.
    pub base: i32,
    /// Where the state was recorded.
    pub from: RecordedAt,
    /// The slots that matter there: passes that know more of them than the recorder did restore no others.
    pub needed: Needed,
    first: u32,
    len: u32,
}

/// Which stack slots matter in a state, counted from a trace's base. What it cannot tell of, it takes to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed(u64);

impl Needed {
    pub const ALL: Needed = Needed(u64::MAX);

    /// The slots that can be told to be dead.
    pub const KNOWN: std::ops::Range<i32> = 0..u64::BITS as i32;

    /// Notes that what a slot holds is dead.
    pub fn remove(&mut self, slot: i32) {
        if Needed::KNOWN.contains(&slot) {
            self.0 &= !(1 << slot);
        }
    }

    pub fn has(self, slot: i32) -> bool {
        !Needed::KNOWN.contains(&slot) || self.0 >> slot & 1 != 0
    }
}

/// How the trace ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Not said yet.
    Open,
    /// Back to its own beginning, with this state. Peeling ([`crate::opt`]) turns it into [`Tail::Loop`].
    Again(SnapId),
    /// Back to the [`Op::Loop`] marker, the phis taking their next values.
    Loop,
    /// On to the beginning of another trace, which finds its state in the Lua stack.
    Link(TraceId, SnapId),
    /// Back to the interpreter.
    Leave(SnapId),
}

/// A recorded path.
#[derive(Clone, Debug)]
pub struct Trace {
    pub instrs: Vec<Instr>,
    pub snaps: Vec<Snapshot>,
    pub tail: Tail,
    consts: Vec<Const>,
    const_map: FxHashMap<Const, IrRef>,
    entries: Vec<SnapEntry>,
    args: Vec<Box<[IrRef]>>,
    /// What only exits do; shorter than the instructions if the rest is not sunk.
    sunk: Vec<bool>,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace {
            instrs: Vec::new(),
            snaps: Vec::new(),
            tail: Tail::Open,
            consts: Vec::new(),
            const_map: FxHashMap::default(),
            entries: Vec::new(),
            args: Vec::new(),
            sunk: Vec::new(),
        }
    }
}

impl Trace {
    pub fn new() -> Trace {
        Trace::default()
    }

    // ---- Constants ---------------------------------------------------------------------------

    pub fn constant(&mut self, ty: Ty, bits: u64) -> IrRef {
        let key = Const { ty, bits };
        let consts = &mut self.consts;
        *self.const_map.entry(key).or_insert_with(|| {
            consts.push(key);
            IrRef::constant(consts.len() - 1)
        })
    }

    /// A double; every NaN becomes the canonical one.
    pub fn num(&mut self, value: f64) -> IrRef {
        let value = if value.is_nan() { f64::NAN } else { value };
        self.constant(Ty::Num, value.to_bits())
    }

    pub fn int(&mut self, value: i64) -> IrRef {
        self.constant(Ty::Int, value as u64)
    }

    pub fn ptr(&mut self, address: usize) -> IrRef {
        self.constant(Ty::Ptr, address as u64)
    }

    /// The object of this type at this address.
    pub fn object(&mut self, ty: Ty, address: usize) -> IrRef {
        debug_assert!(ty.is_object());
        self.constant(ty, address as u64)
    }

    pub fn shape(&mut self, shape: u32) -> IrRef {
        self.constant(Ty::Shape, u64::from(shape))
    }

    /// `nil`, `false` or `true`.
    pub fn primitive(&mut self, ty: Ty) -> IrRef {
        debug_assert!(ty.is_primitive());
        self.constant(ty, 0)
    }

    /// The constant behind `r`, if it is one.
    pub fn const_of(&self, r: IrRef) -> Option<Const> {
        r.is_const().then(|| self.consts[r.index()])
    }

    pub fn num_of(&self, r: IrRef) -> Option<f64> {
        self.const_of(r).filter(|k| k.ty == Ty::Num).map(|k| f64::from_bits(k.bits))
    }

    pub fn int_of(&self, r: IrRef) -> Option<i64> {
        self.const_of(r).filter(|k| k.ty == Ty::Int).map(|k| k.bits as i64)
    }

    /// The constants, among them every object that the code will name: the collector's roots as long as
    /// the code lives.
    pub fn consts(&self) -> &[Const] {
        &self.consts
    }

    // ---- Instructions ------------------------------------------------------------------------

    pub fn ty(&self, r: IrRef) -> Ty {
        if r.is_const() { self.consts[r.index()].ty } else { self.instrs[r.index()].ty }
    }

    /// The instruction that computes `r`, if it is not a constant.
    pub fn instr(&self, r: IrRef) -> Option<Instr> {
        r.is_instr().then(|| self.instrs[r.index()])
    }

    /// The instruction that computes `r`, if it is a `op`.
    pub fn instr_of(&self, r: IrRef, op: Op) -> Option<Instr> {
        self.instr(r).filter(|instr| instr.op == op)
    }

    pub fn push(&mut self, instr: Instr) -> IrRef {
        self.instrs.push(instr);
        IrRef::instr(self.instrs.len() - 1)
    }

    /// The reference that the next instruction will have.
    pub fn next_ref(&self) -> IrRef {
        IrRef::instr(self.instrs.len())
    }

    /// Where the loop marker is, if the trace has one.
    pub fn loop_marker(&self) -> Option<IrRef> {
        self.instrs.iter().position(|instr| instr.op == Op::Loop).map(IrRef::instr)
    }

    /// The values that a region's loop carries.
    pub fn carries(&self) -> Vec<IrRef> {
        let refs = (0..self.instrs.len()).map(IrRef::instr);
        refs.filter(|r| self.instrs[r.index()].op == Op::Carry).collect()
    }

    /// Is the loop one of a region, with back-edges that say what is carried?
    pub fn is_region(&self) -> bool {
        self.instrs.iter().any(|instr| instr.op == Op::Next)
    }

    pub fn add_args(&mut self, args: &[IrRef]) -> ArgsId {
        self.args.push(args.into());
        ArgsId(self.args.len() as u32 - 1)
    }

    pub fn args(&self, id: ArgsId) -> &[IrRef] {
        &self.args[id.0 as usize]
    }

    /// Calls `visit` with every value that the instruction uses, its argument list included.
    pub fn for_each_use(&self, instr: Instr, mut visit: impl FnMut(IrRef)) {
        instr.refs().for_each(&mut visit);
        if let Some(list) = instr.list() {
            self.args(list).iter().copied().for_each(visit);
        }
    }

    // ---- Sunk objects -------------------------------------------------------------------------

    /// Marks what the hot path does not do: see [`crate::opt::sink`].
    pub fn mark_sunk(&mut self, r: IrRef) {
        if self.sunk.len() <= r.index() {
            self.sunk.resize(r.index() + 1, false);
        }
        self.sunk[r.index()] = true;
    }

    /// Is the instruction only done by exits?
    pub fn is_sunk(&self, r: IrRef) -> bool {
        r.is_instr() && self.sunk.get(r.index()) == Some(&true)
    }

    pub fn has_sunk(&self) -> bool {
        !self.sunk.is_empty()
    }

    /// The allocation on this trace whose object the instruction makes, fills, boxes, or finds an address in.
    pub fn owner(&self, r: IrRef) -> Option<IrRef> {
        let instr = self.instr(r)?;
        match instr.op {
            Op::NewTable | Op::NewClosure => Some(r),
            Op::SlotsPtr | Op::ArrayPtr | Op::FieldRef | Op::ElemRef | Op::UpvalRef | Op::Box => {
                self.owner(instr.a)
            }
            Op::FieldStore
            | Op::ElemStore
            | Op::UpvalInit
            | Op::SetShape
            | Op::MarkMeta
            | Op::SetArraySize => self.owner(instr.a),
            _ => None,
        }
    }

    // ---- Snapshots ---------------------------------------------------------------------------

    pub fn add_snapshot(&mut self, kind: ExitKind, pc: u64, base: i32, entries: &[SnapEntry]) -> SnapId {
        assert!(self.snaps.len() < SnapId::NONE.index(), "the recorder bounds the length of a trace");
        let first = self.entries.len() as u32;
        self.entries.extend_from_slice(entries);
        let id = SnapId(self.snaps.len() as u16);
        let from = RecordedAt { branch: 0, snap: id };
        let (needed, len) = (Needed::ALL, entries.len() as u32);
        self.snaps.push(Snapshot { kind, pc, base, from, needed, first, len });
        id
    }

    /// Notes which recorded state a snapshot is a copy of.
    pub fn set_recorded_at(&mut self, id: SnapId, from: RecordedAt) {
        self.snaps[id.index()].from = from;
    }

    /// Says which slots matter in a snapshot's state.
    pub fn set_needed(&mut self, id: SnapId, needed: Needed) {
        self.snaps[id.index()].needed = needed;
    }

    /// Makes a snapshot name no slots: nobody leaves by it.
    pub fn clear_snapshot(&mut self, id: SnapId) {
        self.snaps[id.index()].len = 0;
    }

    pub fn snap(&self, id: SnapId) -> Snapshot {
        self.snaps[id.index()]
    }

    pub fn snap_entries(&self, id: SnapId) -> &[SnapEntry] {
        let snap = self.snaps[id.index()];
        &self.entries[snap.first as usize..(snap.first + snap.len) as usize]
    }

    /// The snapshot that the trace's end hands its state over with.
    pub fn tail_snap(&self) -> Option<SnapId> {
        match self.tail {
            Tail::Open | Tail::Loop => None,
            Tail::Again(snap) | Tail::Link(_, snap) | Tail::Leave(snap) => Some(snap),
        }
    }
}
