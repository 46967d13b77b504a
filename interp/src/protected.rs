//! `pcall` and `xpcall`, and the protected calls of other library functions.
//!
//! All keep a frame of their own, with the record of the protected call in it: at its start for `pcall`, behind the handler
//! for `xpcall`. A frame whose saved pc is [`Landing::Pcall`] is one that waits in a protected call.

use crate::slow::{Resume, call_value};
use crate::unwind::raise;
use ferrous_lua_runtime::frame::{FrameRef, Landing, RECORD_CALLEE, RECORD_SLOTS};
use ferrous_lua_runtime::native::{NativeKind, Special};
use ferrous_lua_runtime::{Value, Vm};

/// `pcall(f, ...)`, in `slot` with `nargs` arguments; the return address is in place.
///
/// # Safety
///
/// As `call_value`.
pub(crate) unsafe fn pcall(vm: &mut Vm, slot: *mut Value, nargs: usize) -> Resume {
    // SAFETY: the caller vouches for the slots; the record is within the room that natives have.
    unsafe {
        let base = slot.add(2);
        if nargs == 0 {
            return missing_argument(vm, slot, 0);
        }
        let f = *base;
        std::ptr::copy(base.add(1), base.add(RECORD_SLOTS), nargs - 1);
        call_protected(vm, base, base, f, nargs - 1)
    }
}

/// `xpcall(f, handler, ...)`.
///
/// # Safety
///
/// As `call_value`.
pub(crate) unsafe fn xpcall(vm: &mut Vm, slot: *mut Value, nargs: usize) -> Resume {
    // SAFETY: as `pcall`.
    unsafe {
        let base = slot.add(2);
        if nargs < 2 {
            return missing_argument(vm, slot, 1);
        }
        let (f, handler) = (*base, *base.add(1));
        *base = handler;
        std::ptr::copy(base.add(2), base.add(1 + RECORD_SLOTS), nargs - 2);
        call_protected(vm, base, base.add(1), f, nargs - 2)
    }
}

unsafe fn call_protected(
    vm: &mut Vm,
    base: *mut Value,
    record: *mut Value,
    f: Value,
    nargs: usize,
) -> Resume {
    // SAFETY: as `pcall`.
    unsafe {
        vm.base = base;
        vm.pc = Landing::Pcall.pc();
        FrameRef { base, pc: vm.pc }.write_record(record, Landing::Pcall);
        *record.add(RECORD_CALLEE) = f;
        vm.top = record.add(RECORD_SLOTS + nargs);
        call_value(vm, record.add(RECORD_CALLEE), nargs, Landing::Pcall.pc())
    }
}

/// Raises "bad argument #n (value expected)" from the caller's frame.
unsafe fn missing_argument(vm: &mut Vm, slot: *mut Value, n: u32) -> Resume {
    // SAFETY: the slot holds the function that was called.
    unsafe {
        vm.leaf = *slot;
        let throw = vm.arg_error(n, "value expected");
        raise(vm, throw)
    }
}

/// Whom a protected call shows an error before it catches it.
pub(crate) enum Shows {
    Nobody,
    /// The handler of an `xpcall`.
    Handler(Value),
    /// The handlers of calls outside.
    Outside,
}

/// Whom the protected call in which `frame` waits shows an error.
///
/// # Safety
///
/// `frame.pc` is the landing of a protected call.
pub(crate) unsafe fn shows(frame: FrameRef) -> Shows {
    // SAFETY: such a frame belongs to a function of this file, and `xpcall` keeps its handler in the first slot.
    unsafe {
        let native = frame.function().as_native_function().expect("a protected call is a native function's");
        match native.native.kind {
            NativeKind::Special(Special::Xpcall) => Shows::Handler(*frame.base),
            NativeKind::Special(Special::ReaderCall) => Shows::Outside,
            _ => Shows::Nobody,
        }
    }
}
