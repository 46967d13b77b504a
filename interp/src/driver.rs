//! The driver: runs Lua functions for the host, and host functions for Lua.
//!
//! The interpreter never calls the host. When Lua calls a host function the run ends with a request, and the driver calls it
//! while nobody holds a borrow of the VM; the host function may come back here with calls of its own. So the machine stack grows by
//! host calls only, and their depth is limited.

use crate::dispatch;
use crate::hooks;
use crate::slow::{Resume, call_value, return_native};
use crate::unwind::raise;
use ferrous_lua_runtime::frame::{FrameRef, HOST_LEVEL, Landing, RECORD_CALLEE, RECORD_SLOTS, record_word};
use ferrous_lua_runtime::handles::HandleId;
use ferrous_lua_runtime::vm::Request;
use ferrous_lua_runtime::{Throw, Value, Vm};

/// How many host calls may be on the machine stack.
pub const MAX_NATIVE_DEPTH: u32 = 190;

/// Calls `f` with `args`, without a message handler, and gives all its results; they stay good until the VM is used again.
///
/// # Errors
///
/// As [`begin_call`] and [`finish_call`].
pub fn call<'vm>(vm: &'vm mut Vm, f: Value, args: &[Value]) -> Result<&'vm [Value], Throw> {
    begin_call(vm, f)?;
    let begun = vm.top;
    let results = vm.ensure_stack(begun, args.len()).and_then(|first| {
        // SAFETY: there is room, above all that is in use.
        unsafe {
            std::ptr::copy_nonoverlapping(args.as_ptr(), first, args.len());
            vm.top = first.add(args.len());
        }
        finish_call(vm, args.len(), None)
    });
    match results {
        // SAFETY: the results are the last values; what is left without them is what was there before the call.
        Ok(count) => unsafe {
            let first = vm.top.sub(count);
            vm.top = first.sub(RECORD_CALLEE);
            Ok(std::slice::from_raw_parts(first, count))
        },
        Err(throw) => Err(throw),
    }
}

/// Begins a call by the host of `f`: makes the record of the call at the end of the stack. The host pushes the arguments, and then
/// calls [`finish_call`], or sets `top` back.
///
/// # Errors
///
/// Calls nested more than [`MAX_NATIVE_DEPTH`] deep through the host fail with "C stack overflow"; there is no room on the Lua stack.
#[inline]
pub fn begin_call(vm: &mut Vm, f: Value) -> Result<(), Throw> {
    if vm.native_depth >= MAX_NATIVE_DEPTH {
        return Err(too_deep(vm));
    }
    let record = vm.ensure_stack(vm.top, RECORD_SLOTS)?;
    // SAFETY: between runs the running frame is a host function's or the bottom one, with `top` as its end; there is room above.
    unsafe {
        FrameRef { base: vm.base, pc: Landing::Host.pc() }.write_record(record, Landing::Host);
        *record.add(RECORD_CALLEE) = f;
        vm.top = record.add(RECORD_SLOTS);
    }
    Ok(())
}

#[cold]
fn too_deep(vm: &mut Vm) -> Throw {
    vm.runtime_error(b"C stack overflow")
}

/// Makes the call that was begun, whose arguments are the last `nargs` values of the stack. Says how many results there are: they are the
/// last values then, [`RECORD_CALLEE`] above where the call was begun.
///
/// Errors go through `handler` before anything is unwound. A call with a handler is the host's own, which counts as a level.
///
/// # Errors
///
/// The Lua error is in `vm.error`, and the end of the stack is where it was before the call.
pub fn finish_call(vm: &mut Vm, nargs: usize, handler: Option<HandleId>) -> Result<usize, Throw> {
    // SAFETY: `begin_call` made the record; every saved distance is taken and used with the same thread's stack.
    unsafe {
        let thread = vm.thread;
        let saved_pc = vm.pc;
        let base_at = vm.base.offset_from((*thread).stack);
        let record = vm.top.sub(nargs + RECORD_SLOTS);
        let record_at = record.offset_from((*thread).stack);
        if handler.is_some() {
            *record.add(2) = record_word((record_at - base_at) as usize, HOST_LEVEL);
        }
        vm.pc = Landing::Host.pc();
        vm.native_depth += 1;
        (*thread).no_yield += 1;
        let outer_handler = std::mem::replace(&mut vm.message_handler, handler);
        let resume = call_value(vm, record.add(RECORD_CALLEE), nargs, Landing::Host.pc());
        let outcome = run_to_end(vm, resume);
        vm.message_handler = outer_handler;
        (*thread).no_yield -= 1;
        vm.native_depth -= 1;
        if vm.native_depth == 0 {
            vm.end_stop();
        }
        debug_assert!(std::ptr::eq(vm.thread, thread), "a call ends on the thread that it began on");
        let stack = (*thread).stack;
        vm.base = stack.offset(base_at);
        vm.pc = saved_pc;
        let record = stack.offset(record_at);
        match outcome {
            Ok(()) => Ok(vm.top.offset_from(record.add(RECORD_CALLEE)) as usize),
            Err(throw) => {
                vm.close_upvalues(record);
                vm.top = record;
                vm.calm_stack(record);
                Err(throw)
            }
        }
    }
}

/// Runs until the host's call is over, serving the requests in between.
unsafe fn run_to_end(vm: &mut Vm, mut resume: Resume) -> Result<(), Throw> {
    loop {
        // SAFETY: the registers are those that the last step left.
        unsafe { dispatch::run(vm, resume) };
        match std::mem::replace(&mut vm.request, Request::None) {
            Request::Returned => return Ok(()),
            Request::Failed | Request::Exit(_) => return Err(vm.rethrow()),
            Request::CallHost { nargs } => resume = call_host(vm, nargs),
            Request::None => unreachable!("a run ends with a request"),
        }
    }
}

/// Calls the host function whose frame is at `vm.base`.
fn call_host(vm: &mut Vm, nargs: u32) -> Resume {
    vm.pc = Landing::Host.pc();
    let host = vm.host;
    match (host.call)(vm, nargs) {
        // SAFETY: the host's frame is the running one again, and its results are the last values below `top`.
        Ok(count) => unsafe {
            let (base, top) = (vm.base, vm.top);
            match return_native(vm, base, top.sub(count as usize), count as usize) {
                Resume::NEXT => crate::safepoint::after_allocation(vm),
                hooked => hooked,
            }
        },
        Err(throw) => {
            // The error is the caller's: the host function's frame is not to catch it.
            // SAFETY: a host function's frame has a caller.
            unsafe {
                let frame = FrameRef { base: vm.base, pc: vm.pc };
                hooks::host_failed(vm, frame);
                let caller = frame.parent().expect("a host function was called");
                vm.base = caller.base;
                vm.pc = caller.pc;
            }
            raise(vm, throw)
        }
    }
}
