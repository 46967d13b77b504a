//! What the recorder knows about the Lua stack: which IR value each slot holds, and the frames of inlined calls.
//!
//! Slots are counted from the base that the trace is entered with. A slot that the trace has not touched is in
//! memory only; one that it has read is known (*clean*); one that it has written is *dirty* and belongs into every
//! snapshot for which it is alive.

use std::ops::Range;
use std::rc::Rc;

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::vararg_delta;
use ferrous_lua_runtime::object::LuaFunction;
use ferrous_lua_runtime::proto::{Closures, Proto};
use ferrous_lua_runtime::{Type, Value, Vm};

use super::landing::Record;
use super::liveness::Liveness;
use super::{Rec, Recorder, Stop, TickCells};
use crate::ir::{ExitKind, IrRef, Needed, Op, SnapEntry, Ty};
use crate::layout::boxing;

/// What a slot holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub val: IrRef,
    /// Memory holds something else.
    pub dirty: bool,
}

/// A frame of the trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub base: i32,
    pub proto: *mut Proto,
    /// Where it returns to; null if it is the frame in which the trace began.
    pub return_pc: *const Instr,
    /// Of a vararg function: where its caller laid the frame out, and how many arguments there are.
    pub varargs: Option<(i32, u32)>,
    /// Of a call that no Lua instruction made.
    pub record: Option<Record>,
    /// How often in a row its function has been called in place of itself.
    pub restarts: usize,
}

impl Frame {
    /// The base of the frame as the caller laid it out.
    pub fn original_base(&self) -> i32 {
        self.varargs.map_or(self.base, |(base, _)| base)
    }

    /// The lowest slot that belongs to the call.
    fn first_slot(&self) -> i32 {
        self.record.map_or(self.original_base() - 2, |record| record.first)
    }

    /// The instruction that says which registers of the frame below are needed.
    fn waits_at(&self) -> *const Instr {
        self.record.map_or(self.return_pc, |record| record.waits_at)
    }
}

/// [`Frame::varargs`] of a frame that lies in memory, with `word` below its base.
pub(super) fn varargs_of(base: i32, word: u64) -> Option<(i32, u32)> {
    vararg_delta(word).map(|delta| (base - delta as i32, delta as u32 - 2))
}

/// The slots that the trace has read or written, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    known: Vec<(i32, Slot)>,
}

impl Slots {
    /// Where a slot is, or would be.
    fn find(&self, slot: i32) -> Result<usize, usize> {
        self.known.binary_search_by_key(&slot, |(slot, _)| *slot)
    }

    fn insert(&mut self, slot: i32, val: IrRef, dirty: bool) {
        let known = (slot, Slot { val, dirty });
        match self.find(slot) {
            Ok(at) => self.known[at] = known,
            Err(at) => self.known.insert(at, known),
        }
    }

    pub fn get(&self, slot: i32) -> Option<IrRef> {
        self.find(slot).ok().map(|at| self.known[at].1.val)
    }

    /// Does memory hold something else than the slot?
    pub fn is_dirty(&self, slot: i32) -> bool {
        self.find(slot).is_ok_and(|at| self.known[at].1.dirty)
    }

    pub fn set(&mut self, slot: i32, val: IrRef) {
        self.insert(slot, val, true);
    }

    /// What memory holds anyway.
    pub fn know(&mut self, slot: i32, val: IrRef) {
        self.insert(slot, val, false);
    }

    /// The same value, held another way.
    pub fn refine(&mut self, slot: i32, val: IrRef) {
        if let Ok(at) = self.find(slot) {
            self.known[at].1.val = val;
        }
    }

    /// Forgets all slots from `first` on.
    pub fn truncate(&mut self, first: i32) {
        self.known.truncate(self.first_from(first));
    }

    /// Forgets all slots below `first`.
    pub fn forget_below(&mut self, first: i32) {
        self.known.drain(..self.first_from(first));
    }

    /// What is known of the slots of a range.
    pub fn range(&self, slots: Range<i32>) -> &[(i32, Slot)] {
        &self.known[self.first_from(slots.start)..self.first_from(slots.end)]
    }

    fn first_from(&self, slot: i32) -> usize {
        self.known.partition_point(|(known, _)| *known < slot)
    }
}

/// The type under which a value is recorded; `Any` for light userdata, which have none of their own.
pub(super) fn type_of(v: Value) -> Ty {
    match v.type_of() {
        Type::Nil => Ty::Nil,
        Type::Boolean if v == Value::TRUE => Ty::True,
        Type::Boolean => Ty::False,
        Type::Number => Ty::Num,
        Type::String => Ty::Str,
        Type::Table => Ty::Tab,
        Type::Function => Ty::Func,
        Type::Userdata => Ty::Udata,
        Type::Thread => Ty::Thread,
        _ => Ty::Any,
    }
}

/// The integer of 32 bits that a value is, if it is one and not -0.
pub(super) fn exact_i32(v: Value) -> Option<i32> {
    let n = v.as_number()?;
    let int = n as i32;
    (f64::from(int).to_bits() == n.to_bits()).then_some(int)
}

impl Recorder {
    // ---- Frames ----------------------------------------------------------------------------------

    pub(super) fn frame(&self) -> &Frame {
        self.frames.last().expect("a trace has at least one frame")
    }

    pub(super) fn base(&self) -> i32 {
        self.frame().base
    }

    pub(super) fn proto(&self) -> &Proto {
        // SAFETY: the prototypes of running functions are live; a recording ends when one is freed.
        unsafe { &*self.frame().proto }
    }

    /// The running function.
    pub(super) fn func(&mut self) -> IrRef {
        let slot = self.base() - 2;
        match self.slots.get(slot) {
            Some(val) => val,
            None => {
                // A frame has a function below it: that needs no check.
                let val = self.e.stack_slot(Ty::Func, slot);
                self.slots.know(slot, val);
                val
            }
        }
    }

    /// The running function, as a constant if its prototype has no other closure.
    pub(super) fn known_func(&mut self, vm: &Vm) -> Rec<IrRef> {
        let func = self.func();
        if func.is_const() || self.proto().closures != Closures::One {
            return Ok(func);
        }
        // SAFETY: a Lua function runs while its instructions are recorded.
        let known = self.known(func, unsafe { *vm.base.sub(2) })?;
        let slot = self.base() - 2;
        self.slots.refine(slot, known);
        Ok(known)
    }

    pub(super) fn liveness(&mut self, proto: *mut Proto) -> Rc<Liveness> {
        // SAFETY: as in `proto`.
        self.liveness.of(unsafe { &*proto })
    }

    /// Notes that the trace runs through a prototype.
    pub(super) fn depend_on(&mut self, proto: *mut Proto) {
        if !self.protos.contains(&proto) {
            self.protos.push(proto);
        }
    }

    // ---- Registers -------------------------------------------------------------------------------

    /// What the interpreter will see in a register.
    pub(super) fn seen(&self, vm: &Vm, r: usize) -> Value {
        // SAFETY: verified code names only registers of its frame.
        unsafe { *vm.base.add(r) }
    }

    /// A constant of the running function.
    pub(super) fn k(&self, n: usize) -> Value {
        self.proto().constants()[n]
    }

    pub(super) fn slot(&mut self, slot: i32) -> IrRef {
        if let Some(val) = self.slots.get(slot) {
            return val;
        }
        let val = match self.inherited.get(&slot) {
            Some(&ty) => self.e.stack_slot(ty, slot),
            None => self.e.stack_slot(Ty::Any, slot),
        };
        self.slots.know(slot, val);
        val
    }

    pub(super) fn reg(&mut self, r: usize) -> IrRef {
        let slot = self.base() + r as i32;
        self.slot(slot)
    }

    pub(super) fn set(&mut self, r: usize, val: IrRef) {
        let slot = self.base() + r as i32;
        self.slots.set(slot, val);
    }

    /// A register's value with the type that it has now, by a guard if that is not known.
    pub(super) fn typed(&mut self, vm: &Vm, r: usize) -> Rec<IrRef> {
        let val = self.reg(r);
        let seen = self.seen(vm, r);
        let typed = self.typed_value(val, seen)?;
        if typed != val {
            let slot = self.base() + r as i32;
            self.slots.refine(slot, typed);
        }
        Ok(typed)
    }

    /// `val`, which is now `seen`, with its type.
    pub(super) fn typed_value(&mut self, val: IrRef, seen: Value) -> Rec<IrRef> {
        if self.e.trace().ty(val) != Ty::Any {
            return Ok(val);
        }
        let ty = type_of(seen);
        Ok(match ty {
            Ty::Any => val,
            Ty::Num if !seen.as_f64_raw().is_nan() => self.e.unary(Op::UnboxNum, Ty::Num, val)?,
            _ => self.e.unary(Op::Unbox, ty, val)?,
        })
    }

    /// Guards that a value is the object that it is seen to be now, and gives that.
    pub(super) fn known(&mut self, val: IrRef, seen: Value) -> Rec<IrRef> {
        let known = self.constant(seen);
        if val != known {
            let same = match self.e.trace().ty(val) {
                Ty::Any => self.e.trace_mut().constant(Ty::Any, seen.to_bits()),
                _ => known,
            };
            self.e.guard(Op::Eq, val, same)?;
        }
        Ok(known)
    }

    /// A register that holds a number; anything else is left to the interpreter.
    pub(super) fn number(&mut self, vm: &Vm, r: usize) -> Rec<IrRef> {
        if !self.seen(vm, r).is_number() {
            return Err(Stop::Leave);
        }
        self.typed(vm, r)
    }

    /// A value as a boxed one.
    pub(super) fn boxed(&mut self, val: IrRef) -> Rec<IrRef> {
        if self.e.trace().ty(val) == Ty::Any { Ok(val) } else { Ok(self.e.unary(Op::Box, Ty::Any, val)?) }
    }

    /// A Lua value as a constant of the trace.
    pub(super) fn constant(&mut self, v: Value) -> IrRef {
        let trace = self.e.trace_mut();
        match type_of(v) {
            Ty::Num => trace.num(v.as_f64_raw()),
            ty if ty.is_primitive() => trace.primitive(ty),
            ty if ty.is_object() => trace.object(ty, v.payload() as usize),
            _ => trace.constant(Ty::Any, v.to_bits()),
        }
    }

    pub(super) fn int(&mut self, n: i64) -> IrRef {
        self.e.trace_mut().int(n)
    }

    pub(super) fn nil(&mut self) -> IrRef {
        self.e.trace_mut().primitive(Ty::Nil)
    }

    /// Guards that a boxed value is not nil, which it was not when it was seen.
    pub(super) fn not_nil(&mut self, val: IrRef) -> Rec<()> {
        match self.e.trace().ty(val) {
            Ty::Any => {
                let nil = self.e.trace_mut().constant(Ty::Any, boxing::NIL);
                Ok(self.e.guard(Op::Ne, val, nil)?)
            }
            Ty::Nil => Err(Stop::Abort(super::Abort::Contradiction)),
            _ => Ok(()),
        }
    }

    /// Counts in the cell that `which` chooses, if there are any.
    pub(super) fn tick(&mut self, which: impl FnOnce(TickCells) -> usize) -> Rec<()> {
        let Some(cells) = self.ticks else { return Ok(()) };
        let cell = self.e.trace_mut().ptr(which(cells));
        self.e.unary(Op::Tick, Ty::None, cell)?;
        Ok(())
    }

    // ---- Snapshots -------------------------------------------------------------------------------

    /// The state for guards: if one fails, the interpreter goes on at `pc`.
    pub(super) fn set_state(&mut self, kind: ExitKind, pc: *const Instr) {
        let (entries, needed) = self.entries(pc);
        let base = self.base();
        self.e.set_state(kind, pc as u64, base, entries);
        self.e.set_needed(needed);
    }

    /// The slots that an exit to `pc` of the innermost frame must restore, and those that matter there.
    pub(super) fn entries(&mut self, pc: *const Instr) -> (Vec<SnapEntry>, Needed) {
        let (mut entries, mut needed) = (Vec::new(), Needed::ALL);
        let frames = self.frames.clone();
        for (n, frame) in frames.iter().enumerate() {
            let inner = frames.get(n + 1);
            // Where the slots of this frame end, and the instruction that decides which are needed.
            let (end, at) = match inner {
                Some(inner) => (inner.first_slot(), inner.waits_at()),
                None => (i32::MAX, pc),
            };
            let liveness = self.liveness(frame.proto);
            // SAFETY: as in `proto`.
            let word = unsafe { (*frame.proto).word_of(at) }.unwrap_or(0);
            // Of a frame that waits for results, these lie from `end` on.
            let live = liveness.at(word);
            let top = if inner.is_none() { self.top } else { None };
            let from = if n == 0 { i32::MIN } else { frame.first_slot() };
            let is_needed = |slot: i32| {
                slot < frame.base
                    || live.has((slot - frame.base) as usize)
                    || top.is_some_and(|top| slot < top)
            };
            for &(slot, known) in self.slots.range(from..end) {
                if known.dirty && is_needed(slot) {
                    entries.push(SnapEntry { slot, val: known.val });
                }
            }
            let own = from.max(Needed::KNOWN.start)..end.min(Needed::KNOWN.end);
            own.filter(|slot| !is_needed(*slot)).for_each(|slot| needed.remove(slot));
        }
        if let Some(top) = self.top {
            entries.push(SnapEntry { slot: SnapEntry::TOP, val: self.slot_pointer(top) });
        }
        (entries, needed)
    }

    /// The closure that runs in the frame at `vm.base`.
    pub(super) fn running(&self, vm: &Vm) -> *mut LuaFunction {
        // SAFETY: a Lua function runs while its instructions are recorded.
        unsafe { (*vm.base.sub(2)).payload() as *mut LuaFunction }
    }
}
