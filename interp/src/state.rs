//! Making a state: a VM with its dispatch table, compiler and libraries.

use crate::table::{Profiling, install};
use ferrous_lua_runtime::vm::Options;
use ferrous_lua_runtime::{OutOfMemory, Vm};

/// A VM that runs Lua; no library is open yet.
///
/// # Errors
///
/// [`OutOfMemory`] if the system has not even that much.
pub fn new_state(options: Options) -> Result<Box<Vm>, OutOfMemory> {
    let profiling = if options.profile { Profiling::On } else { Profiling::Off };
    let mut vm = Vm::new(options)?;
    install(&mut vm, profiling);
    vm.compile = crate::compile::load;
    vm.starts_no_program = crate::syntax::starts_no_program;
    vm.prepare_coroutine = crate::coroutine::prepare;
    Ok(vm)
}
