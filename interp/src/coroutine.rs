//! Coroutines: switching from one Lua stack to another.
//!
//! A switch saves the running thread's registers and loads the other's; nothing happens on the machine stack, so a coroutine may
//! yield from anywhere the host has not called in between. A thread that waits in `resume` keeps that native
//! function's frame on top of its stack; one that has yielded keeps the frame of `yield`. The values go from the top of
//! one stack to where the other's frame wants them.

use crate::slow::{Resume, call_value, resume_sequence, return_native, return_transferred};
use crate::unwind::raise;
use ferrous_lua_runtime::frame::{FrameRef, Landing, RECORD_CALLEE, RECORD_SLOTS};
use ferrous_lua_runtime::native::{MIN_NATIVE_SLOTS, NativeKind};
use ferrous_lua_runtime::object::{Gc, NativeFunction, Thread, ThreadStatus};
use ferrous_lua_runtime::{Throw, Value, Vm};

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
        let Some(thread) = thread else {
            vm.leaf = *slot;
            let throw = vm.arg_error(0, "coroutine expected");
            return raise(vm, throw);
        };
        switch_to(vm, thread, slot, slot.add(3), nargs - 1, ResumeKind::Resume)
    }
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
        let refusal = match (*t).status {
            ThreadStatus::Suspended => None,
            ThreadStatus::Dead => Some("cannot resume dead coroutine"),
            ThreadStatus::Running => Some("cannot resume running coroutine"),
            ThreadStatus::Normal => Some("cannot resume normal coroutine"),
        };
        if let Some(message) = refusal {
            return refuse(vm, slot, message, kind);
        }
        // The waiting function's frame. (Its pc must not be a catcher's.)
        vm.base = slot.add(2);
        vm.pc = Landing::Sequence.pc();
        vm.top = args.add(count);
        let from = vm.thread;
        let from_offset = args.offset_from((*from).stack);
        save(vm, from, ThreadStatus::Normal);
        (*t).resumer = from;
        (*t).resume_kind = kind as u8;
        load(vm, t);
        // Values that do not fit are an error of the resumer's.
        let top = match vm.ensure_stack(vm.top, count + MIN_NATIVE_SLOTS) {
            Ok(top) => top,
            Err(throw) => {
                save(vm, t, ThreadStatus::Suspended);
                load(vm, from);
                return raise(vm, throw);
            }
        };
        vm.heap.barrier(t as *mut _);
        let args = (*from).stack.offset(from_offset);
        if !(*t).started {
            (*t).started = true;
            // The body waits in its record, see `prepare`.
            let callee = vm.base.add(RECORD_CALLEE);
            std::ptr::copy_nonoverlapping(args, vm.base.add(RECORD_SLOTS), count);
            vm.top = vm.base.add(RECORD_SLOTS + count);
            return call_value(vm, callee, count, Landing::Coroutine.pc());
        }
        // A thread that has yielded has the frame of the function that did so on top.
        let native = (*vm.base.sub(2)).as_native_function().expect("a native function yielded");
        if let NativeKind::Sequence(_) = native.native.kind {
            // The values replace those that were yielded: the sequence's top is where they go.
            std::ptr::copy_nonoverlapping(args, top, count);
            vm.top = top.add(count);
            return resume_sequence(vm, count as u32);
        }
        let base = vm.base;
        return_transferred(vm, base, None, args, count)
    }
}

/// A resume that cannot be: `false, message`, or an error.
unsafe fn refuse(vm: &mut Vm, slot: *mut Value, message: &str, kind: ResumeKind) -> Resume {
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
        if let Some(throw) = cannot_yield(vm) {
            return raise(vm, throw);
        }
        let base = slot.add(2);
        vm.base = base;
        vm.pc = Landing::Sequence.pc();
        vm.top = base;
        transfer_up(vm, base, nargs, ThreadStatus::Suspended)
    }
}

/// A sequence yields `count` values from its slot `first` on; it goes on in its next step.
pub(crate) fn yield_sequence(vm: &mut Vm, first: usize, count: usize) -> Resume {
    if let Some(throw) = cannot_yield(vm) {
        return raise(vm, throw);
    }
    // SAFETY: the sequence's frame is the running one.
    unsafe {
        let values = vm.base.add(first);
        vm.top = values;
        transfer_up(vm, values, count, ThreadStatus::Suspended)
    }
}

fn cannot_yield(vm: &mut Vm) -> Option<Throw> {
    // SAFETY: the running thread is live.
    let (is_coroutine, blocked) = unsafe {
        {
            let thread = &*vm.thread;
            (!thread.resumer.is_null(), thread.no_yield > 0 || thread.hook.running)
        }
    };
    if is_coroutine && !blocked {
        return None;
    }
    Some(vm.throw_bytes(b"attempt to yield across metamethod/C-call boundary"))
}

/// The body of the running coroutine has returned; its results lie from `base + 1` to `top`.
pub(crate) fn finished(vm: &mut Vm) -> Resume {
    // SAFETY: a landing's registers.
    unsafe {
        let landed = crate::slow::land(vm);
        let count = vm.top.offset_from(landed.results) as usize;
        transfer_up(vm, landed.results, count, ThreadStatus::Dead)
    }
}

/// Leaves the running thread with `status` and gives `count` values from `values` on to its resumer.
unsafe fn transfer_up(vm: &mut Vm, values: *mut Value, count: usize, status: ThreadStatus) -> Resume {
    // SAFETY: a running coroutine's resumer is live and waits in a native function's frame.
    unsafe {
        let t = vm.thread;
        let offset = values.offset_from((*t).stack);
        let kind = (*t).resume_kind;
        leave(vm, status);
        let base = match vm.ensure_stack(vm.base, count + 2) {
            Ok(base) => base,
            Err(throw) => return raise(vm, throw),
        };
        let values = (*t).stack.offset(offset);
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
        vm.base = innermost.base;
        vm.pc = innermost.pc;
        leave(vm, ThreadStatus::Dead);
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

/// Makes the resumer the running thread.
unsafe fn leave(vm: &mut Vm, status: ThreadStatus) {
    // SAFETY: a running coroutine has a live resumer.
    unsafe {
        let t = vm.thread;
        let resumer = (*t).resumer;
        save(vm, t, status);
        (*t).resumer = std::ptr::null_mut();
        vm.heap.barrier(t as *mut _);
        load(vm, resumer);
    }
}

unsafe fn save(vm: &mut Vm, t: *mut Thread, status: ThreadStatus) {
    // SAFETY: `t` is the running thread.
    unsafe {
        (*t).base = vm.base;
        (*t).pc = vm.pc;
        (*t).top = vm.top;
        (*t).status = status;
    }
}

unsafe fn load(vm: &mut Vm, t: *mut Thread) {
    // SAFETY: `t` is live.
    unsafe {
        let hooked = (*vm.thread).hook.settings.events | (*t).hook.settings.events != 0;
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
