//! Where the JIT is attached to a state, and the only file that knows of it.
//!
//! Without the feature `jit`, or with [`JitMode::Off`], a state runs on the interpreter alone, and everything here does nothing.

use ferrous_lua_runtime::Vm;

#[cfg(feature = "jit")]
use crate::options::JitDump;
use crate::options::{JitMode, JitOptions};
use std::{fmt, io};

/// Whether loops and functions are to count how often they run.
pub(crate) fn wants_profile(options: &JitOptions) -> bool {
    cfg!(feature = "jit") && options.mode != JitMode::Off
}

/// Installs the JIT's hooks ([`ferrous_lua_runtime::vm::JitHooks`]) in a new state. Where the machine is not supported, the state runs
/// on the interpreter.
///
/// # Errors
///
/// If the file for the dump, or the one for `perf`, cannot be made.
#[cfg(feature = "jit")]
pub(crate) fn attach_jit(vm: &mut Vm, options: &JitOptions) -> io::Result<()> {
    use ferrous_lua_jit::JitOptions as Engine;
    let mut engine = match options.mode {
        JitMode::Off => return Ok(()),
        JitMode::On => Engine::default(),
        JitMode::Stress(seed) => Engine::stress(seed),
    };
    if let Some(count) = options.hot_count {
        engine = engine.hot_count(count);
    }
    engine.synchronous |= options.synchronous;
    engine.count = options.count_iterations;
    engine.perf_map = options.perf_map.then(ferrous_lua_jit::PerfMap::create).transpose()?;
    engine.dump = match &options.dump {
        JitDump::Off => None,
        JitDump::StandardError => Some(Box::new(io::stderr())),
        JitDump::File(path) => Some(Box::new(io::BufWriter::new(std::fs::File::create(path)?))),
    };
    // An unsupported machine is no error (see `JitMode`); `is_attached` tells of it.
    let _ = ferrous_lua_jit::attach(vm, engine);
    Ok(())
}

#[cfg(not(feature = "jit"))]
pub(crate) fn attach_jit(_vm: &mut Vm, _options: &JitOptions) -> io::Result<()> {
    Ok(())
}

/// Whether a state has a JIT, built or still to be built.
pub(crate) fn is_attached(vm: &Vm) -> bool {
    vm.jit_owner.is_some()
}

/// What the JIT has done for a state so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JitStats {
    /// Loops that were entered as native code.
    pub native_loops: u64,
    /// Everything that is counted, for people; several lines.
    pub report: String,
}

impl fmt::Display for JitStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.report.is_empty() {
            writeln!(f, "native loops: {}", self.native_loops)
        } else {
            writeln!(f, "{}", self.report)
        }
    }
}

/// The statistics of a state.
#[cfg(feature = "jit")]
pub(crate) fn stats(vm: &mut Vm) -> JitStats {
    let Some(stats) = ferrous_lua_jit::stats(vm) else { return JitStats::default() };
    JitStats { native_loops: stats.loops_entered, report: stats.to_string() }
}

#[cfg(not(feature = "jit"))]
pub(crate) fn stats(_vm: &mut Vm) -> JitStats {
    JitStats::default()
}
