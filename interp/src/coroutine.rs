//! Coroutines: switching from one Lua stack to another.
//!
//! A switch saves the running thread's registers and loads the other's; nothing happens on the machine stack, so a coroutine may
//! yield from anywhere the host has not called in between. A thread that waits in `resume` keeps that native
//! function's frame on top of its stack; one that has yielded keeps the frame of `yield`. The values go from the top of
//! one stack to where the other's frame wants them.

use crate::slow::{
    Resume, call_value, complete_transferred, resume_sequence, return_native, return_transferred,
};
use crate::unwind::raise;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::{FrameRef, Landing, RECORD_CALLEE, RECORD_SLOTS};
use ferrous_lua_runtime::native::{MIN_NATIVE_SLOTS, NativeKind};
use ferrous_lua_runtime::object::{Gc, NativeFunction, Thread, ThreadStatus};
use ferrous_lua_runtime::{Value, Vm};

/// How the resumer wants results and errors.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum ResumeKind {
    /// `coroutine.resume`: a flag before the values.
    Resume,
    /// A function made by `coroutine.wrap`: the plain values; errors go on.
    Wrapped,
}

/// `coroutine.resume(thread, ...)`.
///
/// # Safety
///
/// As `call_value`; the return address is in place.
pub(crate) unsafe fn resume(vm: &mut Vm, slot: *mut Value, nargs: usize) -> Resume {
    // SAFETY: the caller vouches for the slots.
    unsafe {
        let thread = if nargs > 0 { (*slot.add(2)).as_thread() } else { None };
        let Some(thread) = thread else { return no_coroutine(vm, slot) };
        switch_to(vm, thread, slot, slot.add(3), nargs - 1, ResumeKind::Resume)
    }
}

#[cold]
unsafe fn no_coroutine(vm: &mut Vm, slot: *mut Value) -> Resume {
    // SAFETY: the slot holds the function that was called.
    vm.leaf = unsafe { *slot };
    let throw = vm.arg_error(0, "coroutine expected");
    raise(vm, throw)
}

/// A call of a function that `coroutine.wrap` returned.
///
/// # Safety
///
/// As [`resume`].
pub(crate) unsafe fn resume_wrapped(vm: &mut Vm, slot: *mut Value, nargs: usize) -> Resume {
    // SAFETY: such a function has its thread as its first upvalue.
    unsafe {
        let f = (*slot).as_native_function().expect("a wrapped coroutine is called through its function");
        let thread = (*NativeFunction::upvalues(f.as_ptr())).as_thread().expect("wrap's upvalue is a thread");
        switch_to(vm, thread, slot, slot.add(2), nargs, ResumeKind::Wrapped)
    }
}

/// Resumes `thread` with `count` values from `args` on; the native function in `slot` waits for it.
unsafe fn switch_to(
    vm: &mut Vm,
    thread: Gc<Thread>,
    slot: *mut Value,
    args: *mut Value,
    count: usize,
    kind: ResumeKind,
) -> Resume {
    // SAFETY: both threads are live; values are copied into room that is made first.
    unsafe {
        let t = thread.as_ptr();
        if (*t).status != ThreadStatus::Suspended {
            return refuse(vm, slot, (*t).status, kind);
        }
        // The waiting function's frame. (Its pc must not be a catcher's.)
        let from = vm.thread;
        let waiting = Registers { base: slot.add(2), pc: Landing::Sequence.pc(), top: args.add(count) };
        save(from, ThreadStatus::Normal, waiting);
        (*t).resumer = from;
        (*t).resume_kind = kind as u8;
        load(vm, t);
        // Values that do not fit are an error of the resumer's.
        if vm.top.add(count + MIN_NATIVE_SLOTS) > vm.stack_limit
            && let Err(throw) = vm.ensure_stack(vm.top, count + MIN_NATIVE_SLOTS)
        {
            save(t, ThreadStatus::Suspended, Registers::of(vm));
            load(vm, from);
            return raise(vm, throw);
        }
        vm.heap.barrier(t as *mut _);
        if !(*t).started {
            return start(vm, args, count);
        }
        // A thread that has yielded has the frame of the function that did so on top.
        let native = (*vm.base.sub(2)).as_native_function().expect("a native function yielded");
        if let NativeKind::Sequence(_) = native.native.kind {
            return go_on_with_sequence(vm, args, count);
        }
        let base = vm.base;
        return_transferred(vm, base, None, args, count)
    }
}

/// Calls the body of the new thread that has just become the running one with `count` values from `args` on.
unsafe fn start(vm: &mut Vm, args: *const Value, count: usize) -> Resume {
    // SAFETY: the body waits in its record, see `prepare`; the caller has made room.
    unsafe {
        (*vm.thread).started = true;
        let callee = vm.base.add(RECORD_CALLEE);
        std::ptr::copy_nonoverlapping(args, vm.base.add(RECORD_SLOTS), count);
        vm.top = vm.base.add(RECORD_SLOTS + count);
        call_value(vm, callee, count, Landing::Coroutine.pc())
    }
}

/// Goes on with the sequence that had yielded in the thread that has just become the running one.
#[cold]
unsafe fn go_on_with_sequence(vm: &mut Vm, args: *const Value, count: usize) -> Resume {
    // SAFETY: the caller has made room. The values replace those that were yielded: the sequence's top is where they go.
    unsafe {
        std::ptr::copy_nonoverlapping(args, vm.top, count);
        vm.top = vm.top.add(count);
    }
    resume_sequence(vm, count as u32)
}

/// A resume that cannot be, of a thread with that status: `false, message`, or an error.
#[cold]
unsafe fn refuse(vm: &mut Vm, slot: *mut Value, status: ThreadStatus, kind: ResumeKind) -> Resume {
    let message = match status {
        ThreadStatus::Suspended => unreachable!("such a thread can be resumed"),
        ThreadStatus::Dead => "cannot resume dead coroutine",
        ThreadStatus::Running => "cannot resume running coroutine",
        ThreadStatus::Normal => "cannot resume normal coroutine",
    };
    // SAFETY: the slot holds the function that was called, and native functions have room for two results.
    unsafe {
        if kind == ResumeKind::Wrapped {
            vm.leaf = *slot;
            let throw = vm.runtime_error(message.as_bytes());
            return raise(vm, throw);
        }
        let text = vm.string_or_memory_message(message.as_bytes());
        let base = slot.add(2);
        *base = Value::FALSE;
        *base.add(1) = text;
        return_native(vm, base, base, 2)
    }
}

/// `coroutine.yield(...)`.
///
/// # Safety
///
/// As [`resume`].
pub(crate) unsafe fn yield_(vm: &mut Vm, slot: *mut Value, nargs: usize) -> Resume {
    // SAFETY: the caller vouches for the slots; the frame of `yield` stays on top of the thread's stack.
    unsafe {
        if !can_yield(vm) {
            return cannot_yield(vm);
        }
        let base = slot.add(2);
        let waiting = Registers { base, pc: Landing::Sequence.pc(), top: base };
        transfer_up(vm, base, nargs, ThreadStatus::Suspended, waiting)
    }
}

/// A sequence yields `count` values from its slot `first` on; it goes on in its next step.
pub(crate) fn yield_sequence(vm: &mut Vm, first: usize, count: usize) -> Resume {
    if !can_yield(vm) {
        return cannot_yield(vm);
    }
    // SAFETY: the sequence's frame is the running one.
    unsafe {
        let values = vm.base.add(first);
        let waiting = Registers { top: values, ..Registers::of(vm) };
        transfer_up(vm, values, count, ThreadStatus::Suspended, waiting)
    }
}

#[inline(always)]
fn can_yield(vm: &Vm) -> bool {
    // SAFETY: the running thread is live.
    let thread = unsafe { &*vm.thread };
    !thread.resumer.is_null() && thread.no_yield == 0 && !thread.hook.running
}

#[cold]
fn cannot_yield(vm: &mut Vm) -> Resume {
    let throw = vm.throw_bytes(b"attempt to yield across metamethod/C-call boundary");
    raise(vm, throw)
}

/// The body of the running coroutine has returned; its results lie from `base + 1` to `top`.
pub(crate) fn finished(vm: &mut Vm) -> Resume {
    // SAFETY: a landing's registers.
    unsafe {
        let landed = crate::slow::land(vm);
        let count = vm.top.offset_from(landed.results) as usize;
        let last = Registers::of(vm);
        transfer_up(vm, landed.results, count, ThreadStatus::Dead, last)
    }
}

/// Leaves the running thread with `status` and these registers, and gives `count` values from `values` on to its resumer.
unsafe fn transfer_up(
    vm: &mut Vm,
    values: *const Value,
    count: usize,
    status: ThreadStatus,
    registers: Registers,
) -> Resume {
    // SAFETY: a running coroutine's resumer is live and waits in a native function's frame.
    unsafe {
        let kind = (*vm.thread).resume_kind;
        leave(vm, status, registers);
        let base = match vm.ensure_stack(vm.base, count + 2) {
            Ok(base) => base,
            Err(throw) => return raise(vm, throw),
        };
        let flag = (kind == ResumeKind::Resume as u8).then_some(Value::TRUE);
        return_transferred(vm, base, flag, values, count)
    }
}

/// What becomes of an error that reached the bottom of a coroutine.
pub(crate) enum AfterFailure {
    /// The resumer got it as a result.
    Resume(Resume),
    /// It goes on in the resumer, which is now the running thread.
    Propagate,
}

/// The running coroutine has died of `vm.error`.
pub(crate) fn failed(vm: &mut Vm, innermost: FrameRef) -> AfterFailure {
    // SAFETY: as in `transfer_up`.
    unsafe {
        let t = vm.thread;
        vm.close_upvalues((*t).stack);
        let kind = (*t).resume_kind;
        vm.handling_overflow = false;
        // The dead thread keeps its frames: `debug.traceback` can still show where it failed.
        leave(vm, ThreadStatus::Dead, Registers { base: innermost.base, pc: innermost.pc, top: vm.top });
        if kind == ResumeKind::Wrapped as u8 {
            // As PUC's auxwrap does: a message gets the position of the call.
            if let Some(message) = vm.error.as_string() {
                let position = vm.position(1);
                let text = [&position[..], message.bytes()].concat();
                vm.error = vm.string_or_memory_message(&text);
            }
            return AfterFailure::Propagate;
        }
        let base = vm.base;
        *base = Value::FALSE;
        *base.add(1) = std::mem::replace(&mut vm.error, Value::NIL);
        AfterFailure::Resume(return_native(vm, base, base, 2))
    }
}

/// What a thread that is not running keeps of the interpreter's registers.
#[derive(Clone, Copy)]
struct Registers {
    base: *mut Value,
    pc: *const Instr,
    top: *mut Value,
}

impl Registers {
    fn of(vm: &Vm) -> Registers {
        Registers { base: vm.base, pc: vm.pc, top: vm.top }
    }
}

/// Makes the resumer the running thread.
unsafe fn leave(vm: &mut Vm, status: ThreadStatus, registers: Registers) {
    // SAFETY: a running coroutine has a live resumer.
    unsafe {
        let t = vm.thread;
        let resumer = (*t).resumer;
        save(t, status, registers);
        (*t).resumer = std::ptr::null_mut();
        vm.heap.barrier(t as *mut _);
        load(vm, resumer);
    }
}

#[inline(always)]
unsafe fn save(t: *mut Thread, status: ThreadStatus, registers: Registers) {
    // SAFETY: `t` is live.
    unsafe {
        (*t).base = registers.base;
        (*t).pc = registers.pc;
        (*t).top = registers.top;
        (*t).status = status;
    }
}

#[inline(always)]
unsafe fn load(vm: &mut Vm, t: *mut Thread) {
    // SAFETY: `t` is live.
    unsafe {
        // Between threads without hooks the dispatch table stays what it is.
        let hooked = vm.hook_events | (*t).hook.settings.events != 0;
        vm.thread = t;
        if hooked {
            vm.select_dispatch();
        }
        vm.base = (*t).base;
        vm.pc = (*t).pc;
        vm.top = (*t).top;
        (*t).status = ThreadStatus::Running;
    }
    vm.refresh_stack_limit();
}

// ---- Simple switches -----------------------------------------------------------------------------

/// Where a switch has led to: the registers of the thread that runs now.
pub(crate) struct Landed {
    pub(crate) pc: *const Instr,
    pub(crate) base: *mut Value,
}

/// The most values of a simple switch.
const FEW: usize = 2;

/// [`resume`], if it is simple; otherwise nothing has happened.
///
/// # Safety
///
/// The same.
#[inline(always)]
pub(crate) unsafe fn resume_simply(vm: *mut Vm, slot: *mut Value, nargs: usize) -> Option<Landed> {
    // SAFETY: the caller vouches for the slots.
    unsafe {
        let thread = if nargs > 0 { (*slot.add(2)).as_thread() } else { None };
        switch_simply(vm, thread?.as_ptr(), slot, slot.add(3), nargs - 1, ResumeKind::Resume)
    }
}

/// [`resume_wrapped`], likewise.
///
/// # Safety
///
/// The same.
#[inline(always)]
pub(crate) unsafe fn resume_wrapped_simply(vm: *mut Vm, slot: *mut Value, nargs: usize) -> Option<Landed> {
    // SAFETY: as in `resume_wrapped`.
    unsafe {
        let native = (*slot).payload() as *mut NativeFunction;
        let thread = (*NativeFunction::upvalues(native)).as_thread()?;
        switch_simply(vm, thread.as_ptr(), slot, slot.add(2), nargs, ResumeKind::Wrapped)
    }
}

/// [`switch_to`] a thread that has yielded by `coroutine.yield`, if there is room for what it is given.
#[inline(always)]
unsafe fn switch_simply(
    vm: *mut Vm,
    t: *mut Thread,
    slot: *mut Value,
    args: *mut Value,
    count: usize,
    kind: ResumeKind,
) -> Option<Landed> {
    // SAFETY: as in `switch_to`.
    unsafe {
        let is_waiting = (*t).status == ThreadStatus::Suspended && (*t).started;
        if !is_waiting || count > FEW || !is_quiet(vm, t) || (*t).header.is_black() {
            return None;
        }
        let base = (*t).base;
        let has_room = (*t).top.add(count + MIN_NATIVE_SLOTS) <= (*vm).stack_limit_of(t);
        let native = (*base.sub(2)).as_native_function()?;
        if !has_room || matches!(native.native.kind, NativeKind::Sequence(_)) {
            return None;
        }
        let from = (*vm).thread;
        let waiting = Registers { base: slot.add(2), pc: Landing::Sequence.pc(), top: args.add(count) };
        save(from, ThreadStatus::Normal, waiting);
        (*t).resumer = from;
        (*t).resume_kind = kind as u8;
        Some(land(vm, t, base, None, args, count))
    }
}

/// [`yield_`], if it is simple; otherwise nothing has happened.
///
/// # Safety
///
/// The same.
#[inline(always)]
pub(crate) unsafe fn yield_simply(vm: *mut Vm, slot: *mut Value, nargs: usize) -> Option<Landed> {
    // SAFETY: as in `yield_` and `transfer_up`.
    unsafe {
        let t = (*vm).thread;
        let resumer = (*t).resumer;
        if !can_yield(&*vm) || nargs > FEW || !is_quiet(vm, resumer) || (*t).header.is_black() {
            return None;
        }
        let base = (*resumer).base;
        if base.add(nargs + 2) > (*vm).stack_limit_of(resumer) {
            return None;
        }
        let values = slot.add(2);
        save(t, ThreadStatus::Suspended, Registers { base: values, pc: Landing::Sequence.pc(), top: values });
        (*t).resumer = std::ptr::null_mut();
        let flag = ((*t).resume_kind == ResumeKind::Resume as u8).then_some(Value::TRUE);
        Some(land(vm, resumer, base, flag, values, nargs))
    }
}

/// Does no hook look on, neither now nor when `t` runs?
#[inline(always)]
unsafe fn is_quiet(vm: *mut Vm, t: *mut Thread) -> bool {
    // SAFETY: `t` is live.
    unsafe { (*vm).hook_events | (*t).hook.settings.events == 0 }
}

/// Makes `t` the running thread and gives the values to the native function that waits in its frame at `base`.
#[inline(always)]
unsafe fn land(
    vm: *mut Vm,
    t: *mut Thread,
    base: *mut Value,
    before: Option<Value>,
    values: *const Value,
    count: usize,
) -> Landed {
    // SAFETY: the caller has made sure of the room.
    unsafe {
        let vm = &mut *vm;
        vm.thread = t;
        (*t).status = ThreadStatus::Running;
        vm.top = (*t).top;
        vm.refresh_stack_limit();
        complete_transferred(vm, base, before, values, count);
        Landed { pc: vm.pc, base: vm.base }
    }
}

/// Puts `body` at the bottom of a new thread's stack, to be called by its first resume.
pub fn prepare(vm: &mut Vm, thread: Gc<Thread>, body: Value) {
    // SAFETY: a new thread's stack has room for the bottom frame and a record.
    unsafe {
        let t = thread.as_ptr();
        let base = vm.write_bottom_frame(thread);
        let frame = FrameRef { base, pc: Landing::Coroutine.pc() };
        frame.write_record(base, Landing::Coroutine);
        *base.add(RECORD_CALLEE) = body;
        (*t).base = base;
        (*t).pc = frame.pc;
        (*t).top = base.add(RECORD_SLOTS);
    }
}
