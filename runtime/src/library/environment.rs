//! `getfenv` and `setfenv`: the table in which a function looks up its globals.

use crate::arith::to_number;
use crate::error::Throw;
use crate::level::Level;
use crate::native::Args;
use crate::object::{Function, Gc};
use crate::{Value, Vm};

natives! {
    /// The functions of this file.
    pub static FUNCTIONS of "_G";
    leaf GETFENV "getfenv" = getfenv;
    leaf SETFENV "setfenv" = setfenv;
}

/// The function that argument 0 is, or that runs at the level it names.
///
/// Source: `getfunc` (`lbaselib.c`).
fn function_argument(vm: &mut Vm, args: Args, default_level: Option<i32>) -> Result<Gc<Function>, Throw> {
    if let Some(f) = args.get(0).as_function() {
        return Ok(f);
    }
    let level = match default_level {
        Some(default) => vm.opt_int(args, 0, default)?,
        None => vm.check_int(args, 0)?,
    };
    if level < 0 {
        return Err(vm.arg_error(0, "level must be non-negative"));
    }
    match vm.level(level as u32) {
        Some(Level::TailCall) => {
            let text = format!("no function environment for tail call at level {level}");
            Err(vm.runtime_error(text.as_bytes()))
        }
        level => {
            let function = level.and_then(|l| l.function().as_function());
            function.ok_or_else(|| vm.arg_error(0, "invalid level"))
        }
    }
}

fn getfenv(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let f = function_argument(vm, args, Some(1))?;
    let env = if f.is_lua() { f.env } else { vm.thread_globals() };
    // SAFETY: a live function's environment is live.
    args.ret1(Value::table(unsafe { Gc::from_raw(env) }))
}

fn setfenv(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let env = vm.check_table(args, 1)?;
    let f = function_argument(vm, args, None)?;
    if to_number(args.get(0)) == Some(0.0) {
        // Level 0 stands for the thread.
        // SAFETY: the running thread is live.
        unsafe {
            (*vm.thread).env = env.as_ptr();
            vm.heap.barrier(vm.thread.cast());
        }
        return args.ret0();
    }
    if !f.is_lua() {
        return Err(vm.runtime_error(b"'setfenv' cannot change environment of given object"));
    }
    // SAFETY: a live function.
    unsafe {
        (*f.as_ptr()).env = env.as_ptr();
        vm.heap.barrier(f.header());
    }
    args.ret1(Value::function(f))
}
