//! The coroutine library. Switching itself is the interpreter's.

use super::{new_function, open_table};
use crate::error::Throw;
use crate::native::{Args, Native, NativeKind, Special};
use crate::object::{Gc, Thread, ThreadStatus};
use crate::{Value, Vm};

natives! {
    /// The functions of `coroutine`.
    static FUNCTIONS of "coroutine";
    leaf CREATE "create" = create;
    leaf ISYIELDABLE "isyieldable" = isyieldable;
    special RESUME "resume" = CoroutineResume;
    leaf RUNNING "running" = running;
    leaf STATUS "status" = status;
    leaf WRAP "wrap" = wrap;
    special YIELD "yield" = CoroutineYield;
}

/// What `coroutine.wrap` returns. Upvalue: the thread.
pub static WRAPPED: Native =
    Native { library: "coroutine", name: "wrapped", kind: NativeKind::Special(Special::CoroutineWrapped) };

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    open_table(vm, "coroutine", FUNCTIONS, 0).map(|_| ())
}

/// A coroutine whose body is argument 0: a Lua function, or the host's.
fn new_coroutine(vm: &mut Vm, args: Args) -> Result<Gc<Thread>, Throw> {
    let body = args.get(0);
    let is_body = body.as_lua_function().is_some()
        || body.as_native_function().is_some_and(|f| matches!(f.native.kind, NativeKind::Host));
    if !is_body {
        return Err(vm.arg_error(0, "Lua function expected"));
    }
    let thread = vm.new_thread().map_err(|_| vm.throw_memory())?;
    // SAFETY: the thread is fresh; it takes over the globals of the running one.
    unsafe { (*thread.as_ptr()).env = vm.thread_globals() };
    (vm.prepare_coroutine)(vm, thread, body);
    Ok(thread)
}

fn create(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let thread = new_coroutine(vm, args)?;
    args.ret1(Value::thread(thread))
}

fn wrap(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let thread = new_coroutine(vm, args)?;
    let function = new_function(vm, &WRAPPED, &[Value::thread(thread)])?;
    args.ret1(function)
}

fn status(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let thread = vm.check_thread(args, 0)?;
    let status = match thread.status {
        _ if thread.as_ptr() == vm.thread => "running",
        ThreadStatus::Suspended => "suspended",
        ThreadStatus::Running => "running",
        ThreadStatus::Normal => "normal",
        ThreadStatus::Dead => "dead",
    };
    let status = vm.new_string(status.as_bytes())?;
    args.ret1(status)
}

/// The running coroutine; nil in the main program, which is none.
fn running(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    if vm.thread == vm.main_thread {
        return args.ret1(Value::NIL);
    }
    // SAFETY: the running thread is live.
    args.ret1(Value::thread(unsafe { Gc::from_raw(vm.thread) }))
}

fn isyieldable(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    // SAFETY: the running thread is live.
    let blocked = unsafe { (*vm.thread).no_yield > 0 };
    args.ret1(Value::boolean(vm.thread != vm.main_thread && !blocked))
}
