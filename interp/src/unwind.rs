//! Errors in flight: from where one is raised to the call that catches it.
//!
//! Nothing unwinds the Rust stack: raising an error walks the frames of the Lua stack, and gives the interpreter the registers
//! of whoever catches it. An `xpcall` handler runs before that, on top of the stack as it was when the error
//! was raised, so that it can look at it.

use crate::dispatch::EXIT;
use crate::protected::Shows;
use crate::slow::{Resume, call_value, frame_end, live_end, return_native};
use crate::{coroutine, hooks, protected};
use ferrous_lua_runtime::frame::{FrameRef, Landing, RECORD_CALLEE, RECORD_SLOTS};
use ferrous_lua_runtime::vm::Request;
use ferrous_lua_runtime::{Throw, Value, Vm};

/// Raises the error in `vm.error` from the running frame.
#[cold]
pub(crate) fn raise(vm: &mut Vm, _throw: Throw) -> Resume {
    vm.leaf = Value::NIL;
    if let Some(code) = vm.exit_code {
        vm.request = Request::Exit(code);
        vm.pc = EXIT.as_ptr();
        return Resume::NEXT;
    }
    ask_handler(vm).unwrap_or_else(|| unwind(vm))
}

/// Calls the handler that the running thread has for the error in `vm.error`, if it has one.
fn ask_handler(vm: &mut Vm) -> Option<Resume> {
    // Want of memory is told as such, and to no handler, as in PUC Lua.
    if vm.error.to_bits() == vm.library.memory_message.to_bits() {
        return None;
    }
    match pending_handler(vm) {
        Pending::Handler(handler) => Some(call_handler(vm, handler)),
        Pending::HandlerFailed => {
            vm.error = vm.string_or_memory_message(b"error in error handling");
            None
        }
        Pending::None => None,
    }
}

enum Pending {
    None,
    /// The nearest catcher, or the nearest one outside that is asked in its place, is an `xpcall` with this handler, or a call by the
    /// host with it.
    Handler(Value),
    /// The error was raised by such a handler.
    HandlerFailed,
}

/// The frames of the running thread from the innermost to the stack's bottom.
fn frames(vm: &Vm) -> impl Iterator<Item = FrameRef> {
    let first = FrameRef { base: vm.base, pc: vm.pc };
    // SAFETY: the running thread's frames, while nothing runs.
    std::iter::successors(Some(first), |f| unsafe { f.parent() })
}

fn pending_handler(vm: &Vm) -> Pending {
    if vm.leaf_handles {
        return Pending::HandlerFailed;
    }
    for f in frames(vm) {
        match Landing::of(f.pc) {
            Some(Landing::Pcall) => {
                // SAFETY: a frame that waits in a protected call.
                match unsafe { protected::shows(f) } {
                    Shows::Nobody => return Pending::None,
                    Shows::Handler(handler) => return Pending::Handler(handler),
                    Shows::Outside => {}
                }
            }
            Some(Landing::Host) => {
                return vm
                    .message_handler
                    .map_or(Pending::None, |handler| Pending::Handler(vm.handles.get(handler)));
            }
            Some(Landing::Coroutine) => return Pending::None,
            _ => {}
        }
        // SAFETY: a frame of the running thread.
        if unsafe { f.landing() } == Some(Landing::Handler) {
            return Pending::HandlerFailed;
        }
    }
    Pending::None
}

/// Calls an `xpcall` handler with the error, above everything that is on the stack.
fn call_handler(vm: &mut Vm, handler: Value) -> Resume {
    // SAFETY: the record is within the slack above the running frame.
    unsafe {
        let record = live_end(vm).max(vm.top);
        let record = match vm.ensure_stack(record, RECORD_SLOTS + 8) {
            Ok(record) => record,
            Err(_) => return unwind(vm),
        };
        FrameRef { base: vm.base, pc: vm.pc }.write_record(record, Landing::Handler);
        *record.add(RECORD_CALLEE) = handler;
        *record.add(RECORD_SLOTS) = vm.error;
        vm.top = record.add(RECORD_SLOTS + 1);
        // A leaf has no frame that would tell that it runs as a handler.
        vm.leaf_handles = !handler.is_function() || handler.as_native_function().is_some();
        let resume = call_value(vm, record.add(RECORD_CALLEE), 1, Landing::Handler.pc());
        vm.leaf_handles = false;
        resume
    }
}

/// A message handler has returned `value`: that is what the `xpcall` gives.
pub(crate) fn handled(vm: &mut Vm, value: Value) -> Resume {
    vm.error = value;
    unwind(vm)
}

/// Leaves frames until one catches the error in `vm.error`.
pub(crate) fn unwind(vm: &mut Vm) -> Resume {
    vm.leaf_handles = false;
    // Where the error left the running thread, for tracebacks of a coroutine that dies of it.
    let mut innermost = FrameRef { base: vm.base, pc: vm.pc };
    loop {
        let (frame, landing) = frames(vm)
            .find_map(|f| match Landing::of(f.pc) {
                Some(l @ (Landing::Pcall | Landing::Host | Landing::Coroutine)) => Some((f, l)),
                _ => None,
            })
            .expect("a stack's bottom frame catches every error");
        vm.base = frame.base;
        vm.pc = frame.pc;
        hooks::unwound(vm, frame);
        vm.unwind_finalizer(frame.base);
        match landing {
            Landing::Pcall => {
                // SAFETY: the frame of a protected call, which has at least a record's slots.
                unsafe {
                    let base = frame.base;
                    vm.close_upvalues(base);
                    *base = Value::FALSE;
                    *base.add(1) = std::mem::replace(&mut vm.error, Value::NIL);
                    let caller = frame.parent().expect("a function called it");
                    vm.calm_stack(frame_end(caller).max(base.add(2)));
                    let base = vm.base;
                    return return_native(vm, base, base, 2);
                }
            }
            Landing::Host => {
                // The driver closes upvalues and calms the stack above its own record.
                vm.request = Request::Failed;
                vm.pc = EXIT.as_ptr();
                return Resume::NEXT;
            }
            _ => match coroutine::failed(vm, innermost) {
                coroutine::AfterFailure::Resume(resume) => return resume,
                // The function that had resumed it raises the error again.
                coroutine::AfterFailure::Propagate => {
                    innermost = FrameRef { base: vm.base, pc: vm.pc };
                    if let Some(resume) = ask_handler(vm) {
                        return resume;
                    }
                }
            },
        }
    }
}
