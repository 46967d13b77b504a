//! Sequences: library functions that call a function again and again, as `table.sort` does its comparator.
//!
//! A sequence is the interpreter's, but the functions that it calls have traces. Such a trace does not end where its function
//! returns: a helper takes the sequence's next step, and if that asks for another call, made from the same place, the trace goes
//! on at the beginning of the function. So the calls of a sequence are the rounds of a loop.
//!
//! ```text
//!   sequence's frame │ record: 5 words │ callee's registers
//!   └── Waiting::base └── at ...       └── Frame::base
//! ```
//!
//! When the step asks for anything else, it has been taken all the same: the exit behind it leads to [`Landing::Step`], where the
//! interpreter does what has been asked for. All frames below the sequence's are in memory, for the trace began above them.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::{FrameRef, Landing, RECORD_SLOTS, record_distance};
use ferrous_lua_runtime::native::{CALL_ARGS, NativeKind};
use ferrous_lua_runtime::object::{Gc, NativeFunction};

use super::{Expected, Kind, Pending, Rec, Recorder, Stop};
use crate::ir::{ExitKind, Helper, IrRef, Op, Ty};
use crate::params;

const _: () = assert!(CALL_ARGS as usize == RECORD_SLOTS);

/// Where in a callee's frame the words of its record are that say who waits: the distance to the sequence's frame, and the landing.
const DISTANCE: i32 = 2 - RECORD_SLOTS as i32;
const LANDING: i32 = -1;

/// A sequence that waits for the lowest frame of the trace to return.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    native: Gc<NativeFunction>,
    /// Its base, and the callee's.
    base: i32,
    callee: i32,
}

impl Waiting {
    /// The slot of the sequence's frame from which it has called.
    fn at(self) -> i32 {
        self.callee - RECORD_SLOTS as i32 - self.base
    }
}

/// The lowest frame is about to return to a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Returned {
    waiting: Waiting,
    /// The return instruction.
    at: *const Instr,
    /// The function that returns.
    function: IrRef,
    /// Its first result, nil if there is none, and how many there are.
    first: IrRef,
    count: usize,
}

/// Is it a sequence whose steps move no stack, and which looks at the first result of its calls only?
fn calls_again_and_again(name: &str) -> bool {
    matches!(name, "sort" | "gsub" | "foreach" | "foreachi")
}

impl Recorder {
    /// The sequence that waits for the only frame of the trace, if one does that this trace can go on with.
    pub(super) fn waiting_sequence(&mut self, vm: &Vm) -> Option<Waiting> {
        let callee = self.frames[0].base;
        // SAFETY: the prototypes of running functions are live; the frame is on the running thread's stack, and complete.
        unsafe {
            if self.kind == Kind::Loop || (*self.frames[0].proto).is_vararg {
                return None;
            }
            let base = (*vm.thread).stack.offset(self.start + callee as isize);
            if (*base.offset(LANDING as isize)).to_bits() != Landing::Sequence.pc() as u64 {
                return None;
            }
            let below = FrameRef { base, pc: vm.pc }.parent()?;
            let native = below.function().as_native_function()?;
            let NativeKind::Sequence(_) = native.native.kind else { return None };
            let distance = base.offset_from(below.base) as i32;
            calls_again_and_again(native.native.name).then_some(Waiting {
                native,
                base: callee - distance,
                callee,
            })
        }
    }

    /// The only frame is about to return the values from its register `a` on to a sequence.
    pub(super) fn return_to_sequence(
        &mut self,
        vm: &Vm,
        waiting: Waiting,
        a: usize,
        count: usize,
    ) -> Rec<()> {
        // SAFETY: while an instruction is shown, the saved pc is behind its first word.
        let at = unsafe { vm.pc.sub(1) };
        let Waiting { native, base, callee } = waiting;
        let steps = self.visits.entry(Landing::Sequence.pc()).or_default();
        *steps += 1;
        if *steps > params::MAX_RECURSION {
            self.returns_to_landing = true;
            return Err(Stop::Leave);
        }
        for word in [DISTANCE, LANDING] {
            // SAFETY: the record lies below the frame.
            let seen = unsafe { *vm.base.offset(word as isize) };
            self.guard_word(callee + word, seen)?;
        }
        self.guard_sequence(base - 2, native)?;
        let first = if count > 0 { self.slot(callee + a as i32) } else { self.nil() };
        let first = self.boxed(first)?;
        let function = self.func();
        self.pending = Pending::Return(Returned { waiting, at, function, first, count });
        let landing = callee - RECORD_SLOTS as i32 + 2;
        self.expected = Expected { pcs: [Landing::Sequence.pc(); 2], base: landing };
        Ok(())
    }

    /// Guards which sequence's function is in a slot.
    fn guard_sequence(&mut self, slot: i32, native: Gc<NativeFunction>) -> Rec<()> {
        let known = self.e.trace_mut().object(Ty::Func, native.as_ptr() as usize);
        if self.slots.get(slot) == Some(known) {
            return Ok(());
        }
        let function = self.e.stack_slot(Ty::Func, slot);
        self.e.guard(Op::Eq, function, known)?;
        self.slots.know(slot, known);
        Ok(())
    }

    /// The sequence has taken its step, and `pc` comes next. If it has called the same function from the same place, the trace goes
    /// on there; else it ends at the return.
    pub(super) fn called_by_sequence(&mut self, vm: &Vm, pc: *const Instr, returned: Returned) -> Rec<()> {
        let Returned { waiting, at, function, first, count } = returned;
        let Some(nargs) = self.call_seen(vm, pc, waiting) else {
            self.returns_to_landing = true;
            return Err(Stop::LeaveAt(at));
        };
        let Waiting { base, callee, .. } = waiting;
        let (frame, slot) = (self.slot_pointer(base), self.int(i64::from(waiting.at())));
        let results = self.int(count as i64);
        let code = self.e.call(Helper::SequenceStep, &[frame, slot, first, results])?;
        // From here on memory holds what lies there.
        self.slots.truncate(base);
        self.top = None;
        let called = self.stack_load(callee - 2);
        let args: Vec<IrRef> = (callee..callee + nargs).map(|slot| self.stack_load(slot)).collect();
        self.e.set_state(ExitKind::Leave, Landing::Step.pc() as u64, base, Vec::new());
        let expected = self.int(i64::from(nargs));
        self.e.guard(Op::Eq, code, expected)?;
        let same = self.boxed(function)?;
        self.e.guard(Op::Eq, called, same)?;
        self.slots.know(callee - 2, function);
        for word in [DISTANCE, LANDING] {
            // SAFETY: the record lies below the frame.
            let seen = unsafe { *vm.base.offset(word as isize) };
            let known = self.e.trace_mut().constant(Ty::Any, seen.to_bits());
            self.slots.know(callee + word, known);
        }
        for (slot, arg) in (callee..).zip(args) {
            self.slots.set(slot, arg);
        }
        self.landings += 1;
        self.called_again = true;
        let proto = self.frame().proto;
        self.enter(proto, nargs as usize)
    }

    /// The number of arguments, if the interpreter is about to run the function of the only frame, called by the waiting sequence.
    fn call_seen(&self, vm: &Vm, pc: *const Instr, waiting: Waiting) -> Option<i32> {
        if vm.thread != self.thread {
            return None;
        }
        // SAFETY: the running frame is on the running thread's stack, and above a record if it returns to the landing.
        unsafe {
            let base = (*vm.thread).stack.offset(self.start + waiting.callee as isize);
            let proto = self.frame().proto;
            let is_call = vm.base == base
                && std::ptr::eq(pc, (*proto).code)
                && (*base.offset(LANDING as isize)).to_bits() == Landing::Sequence.pc() as u64
                && (*base.sub(2)).as_lua_function().is_some_and(|f| f.proto == proto);
            let distance = record_distance((*base.offset(DISTANCE as isize)).to_bits()) as i32;
            (is_call && distance == waiting.at()).then(|| vm.top.offset_from(base) as i32)
        }
    }
}
