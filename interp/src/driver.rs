//! The driver: runs Lua functions for the host, and host functions for Lua.
//!
//! The interpreter never calls the host. When Lua calls a host function the run ends with a request, and the driver calls it
//! while nobody holds a borrow of the VM; the host function may come back here with calls of its own. So the machine stack grows by
//! host calls only, and their depth is limited.

use crate::dispatch;
use crate::slow::{Resume, call_value, return_native};
use crate::unwind::raise;
use ferrous_lua_runtime::frame::{FrameRef, Landing, RECORD_CALLEE, RECORD_SLOTS};
use ferrous_lua_runtime::vm::Request;
use ferrous_lua_runtime::{Throw, Value, Vm};

/// How many host calls may be on the machine stack.
pub const MAX_NATIVE_DEPTH: u32 = 190;

/// Calls `f` with `args` and gives all its results; they stay good until the VM is used again.
///
/// # Errors
///
/// The Lua error is in `vm.error`. Calls nested more than [`MAX_NATIVE_DEPTH`] deep through the host fail with
/// "C stack overflow".
pub fn call<'vm>(vm: &'vm mut Vm, f: Value, args: &[Value]) -> Result<&'vm [Value], Throw> {
    if vm.native_depth >= MAX_NATIVE_DEPTH {
        return Err(vm.runtime_error(b"C stack overflow"));
    }
    let top = vm.top;
    let room = vm.ensure_stack(top, RECORD_SLOTS + args.len() + 2)?;
    // SAFETY: between runs the running frame is a host function's or the bottom one, with `top` as its end; every saved
    // distance is taken and used with the same thread's stack.
    unsafe {
        let thread = vm.thread;
        let saved_pc = vm.pc;
        let base_at = vm.base.offset_from((*thread).stack);
        let top_at = room.offset_from((*thread).stack);
        let record = room;
        vm.pc = Landing::Host.pc();
        FrameRef { base: vm.base, pc: vm.pc }.write_record(record, Landing::Host);
        *record.add(RECORD_CALLEE) = f;
        std::ptr::copy_nonoverlapping(args.as_ptr(), record.add(RECORD_SLOTS), args.len());
        vm.top = record.add(RECORD_SLOTS + args.len());
        vm.native_depth += 1;
        (*thread).no_yield += 1;
        let resume = call_value(vm, record.add(RECORD_CALLEE), args.len(), Landing::Host.pc());
        let outcome = run_to_end(vm, resume);
        (*thread).no_yield -= 1;
        vm.native_depth -= 1;
        let (results, count) = match outcome {
            Ok(()) => (vm.base.add(1), vm.top.offset_from(vm.base.add(1)) as usize),
            Err(_) => (vm.base, 0),
        };
        debug_assert!(std::ptr::eq(vm.thread, thread), "a call ends on the thread that it began on");
        let stack = (*thread).stack;
        vm.close_upvalues(stack.offset(top_at));
        vm.base = stack.offset(base_at);
        vm.top = stack.offset(top_at);
        vm.pc = saved_pc;
        if outcome.is_err() {
            let top = vm.top;
            vm.calm_stack(top);
        }
        outcome.map(|()| std::slice::from_raw_parts(results, count))
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
                let caller = frame.parent().expect("a host function was called");
                vm.base = caller.base;
                vm.pc = caller.pc;
            }
            raise(vm, throw)
        }
    }
}
