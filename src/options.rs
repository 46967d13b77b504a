//! What a state is made with: its options, and which libraries it opens.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, BitXorAssign, Not};
use std::path::PathBuf;

use ferrous_lua_runtime::library::Library;

/// Settings of a new state.
///
/// ```
/// use ferrous_lua::{JitMode, Lua, LuaOptions, StdLib};
///
/// # fn main() -> ferrous_lua::Result<()> {
/// let options = LuaOptions::new().jit(JitMode::Off).memory_limit(1 << 20);
/// let lua = Lua::new_with(StdLib::STRING | StdLib::TABLE, options)?;
/// assert!(lua.load("local s = 'x' while true do s = s .. s end").exec().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LuaOptions {
    /// Whether `pcall` sees panics of callbacks (as errors), or lets them through.
    pub catch_rust_panics: bool,
    /// See [`LuaOptions::jit`] and its like.
    pub jit: JitOptions,
    /// The most bytes that the state may use; 0: no limit.
    pub memory_limit: usize,
    /// The seed of everything that is random by itself; `None`: one from the system.
    pub seed: Option<u64>,
    /// The most values on one Lua stack, which bounds the depth of calls; 0: as many as PUC Lua's call depth needs.
    pub max_depth: usize,
    /// Collect at every opportunity, to find errors in the handling of roots.
    pub gc_stress: bool,
    /// Whether binary chunks may be loaded.
    pub allow_bytecode: bool,
    /// Whether `#`, `pairs` and `ipairs` ask metatables, as in Lua 5.2.
    pub lua52: bool,
    /// Whether `LUA_PATH` and `LUA_CPATH` are not looked at.
    pub ignore_environment: bool,
    /// Whether `os.exit` ends the process; else it ends the outermost call with [`Error::Exit`](crate::Error::Exit).
    pub exit_process: bool,
}

impl Default for LuaOptions {
    fn default() -> Self {
        LuaOptions::new()
    }
}

impl LuaOptions {
    /// The defaults.
    pub const fn new() -> Self {
        LuaOptions {
            catch_rust_panics: true,
            jit: JitOptions::new(),
            memory_limit: 0,
            seed: None,
            max_depth: 0,
            gc_stress: false,
            allow_bytecode: true,
            lua52: false,
            ignore_environment: false,
            exit_process: true,
        }
    }

    /// Whether `pcall` and `xpcall` in Lua see panics of callbacks. If not, a panic goes straight to the Rust code that
    /// called Lua. Either way it is resumed there.
    #[must_use]
    pub const fn catch_rust_panics(mut self, yes: bool) -> Self {
        self.catch_rust_panics = yes;
        self
    }

    /// Whether hot code is compiled. Without the feature `jit` none ever is.
    #[must_use]
    pub const fn jit(mut self, mode: JitMode) -> Self {
        self.jit.mode = mode;
        self
    }

    /// All settings of the JIT at once.
    #[must_use]
    pub fn jit_options(mut self, options: JitOptions) -> Self {
        self.jit = options;
        self
    }

    /// The most bytes that the state may use; 0: no limit.
    #[must_use]
    pub const fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Makes runs repeatable: string hashes and the first state of `math.random` come from `seed`.
    #[must_use]
    pub const fn deterministic(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The most values on one Lua stack. A call takes as many as its function has registers, and two.
    #[must_use]
    pub const fn max_depth(mut self, values: usize) -> Self {
        self.max_depth = values;
        self
    }

    /// Collect all garbage at every opportunity: very slow, and good at finding bugs of ours.
    #[must_use]
    pub const fn gc_stress(mut self, yes: bool) -> Self {
        self.gc_stress = yes;
        self
    }

    /// Whether binary chunks may be loaded. They are verified, so this is a matter of taste, not of safety.
    #[must_use]
    pub const fn allow_bytecode(mut self, yes: bool) -> Self {
        self.allow_bytecode = yes;
        self
    }

    /// Whether `#`, `pairs` and `ipairs` ask a table's metatable for `__len`, `__pairs` and `__ipairs`, and there is `rawlen`: what
    /// LuaJIT calls its 5.2 compatibility.
    #[must_use]
    pub const fn lua52(mut self, yes: bool) -> Self {
        self.lua52 = yes;
        self
    }

    /// Whether `package.path` and `package.cpath` are the defaults, whatever the environment variables `LUA_PATH` and `LUA_CPATH` say.
    #[must_use]
    pub const fn ignore_environment(mut self, yes: bool) -> Self {
        self.ignore_environment = yes;
        self
    }

    /// Whether `os.exit` ends the process at once, as in PUC Lua. If not, it ends the outermost call of Lua by Rust with
    /// [`Error::Exit`](crate::Error::Exit), and no `pcall` stops it.
    #[must_use]
    pub const fn exit_process(mut self, yes: bool) -> Self {
        self.exit_process = yes;
        self
    }
}

/// Whether hot code is compiled.
///
/// It can be on x86-64 and aarch64, with the crate's feature `jit`, where the system grants executable memory. Elsewhere every mode is
/// like [`JitMode::Off`]: programs run in the interpreter and do the same, only more slowly. That is no error;
/// [`Lua::jit_is_attached`](crate::Lua::jit_is_attached) tells whether it is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JitMode {
    /// Never.
    Off,
    /// Where it pays.
    #[default]
    On,
    /// At once and with guards that fail at random, to find errors in compiled code. The seed says which fail.
    Stress(u64),
}

/// Where the JIT says what it compiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum JitDump {
    /// Nowhere.
    #[default]
    Off,
    StandardError,
    File(PathBuf),
}

/// Settings of the JIT. Where there is none (see [`JitMode`]) they do nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JitOptions {
    pub mode: JitMode,
    /// How often a loop runs before it is compiled; `None`: as often as is usual.
    pub hot_count: Option<u32>,
    /// Compile on the thread that runs the program, which then waits, so that runs are repeatable.
    pub synchronous: bool,
    /// Let native code count loop iterations and calls for [`Lua::jit_stats`](crate::Lua::jit_stats), which slows it a little.
    pub count_iterations: bool,
    /// Where to say what is compiled.
    pub dump: JitDump,
    /// Name native code for the profiler `perf`, in the file `/tmp/perf-PID.map`.
    pub perf_map: bool,
}

impl JitOptions {
    /// The defaults.
    pub const fn new() -> Self {
        JitOptions {
            mode: JitMode::On,
            hot_count: None,
            synchronous: false,
            count_iterations: false,
            dump: JitDump::Off,
            perf_map: false,
        }
    }
}

/// A set of the standard libraries. The base library and `coroutine` are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StdLib(u32);

impl StdLib {
    pub const TABLE: StdLib = StdLib(1);
    pub const IO: StdLib = StdLib(1 << 1);
    pub const OS: StdLib = StdLib(1 << 2);
    pub const STRING: StdLib = StdLib(1 << 3);
    pub const MATH: StdLib = StdLib(1 << 4);
    pub const PACKAGE: StdLib = StdLib(1 << 5);
    pub const BIT: StdLib = StdLib(1 << 6);
    /// The `jit` library of LuaJIT, which tells scripts of the JIT and lets them turn it off.
    pub const JIT: StdLib = StdLib(1 << 7);
    /// Not in [`StdLib::ALL_SAFE`]: with it a script can look into everything.
    pub const DEBUG: StdLib = StdLib(1 << 31);

    pub const NONE: StdLib = StdLib(0);
    pub const ALL: StdLib = StdLib(u32::MAX);
    pub const ALL_SAFE: StdLib = StdLib((1 << 30) - 1);

    /// Whether all of `libs` are in the set.
    pub const fn contains(self, libs: StdLib) -> bool {
        self.0 & libs.0 == libs.0
    }

    /// The libraries, in the order in which they are opened.
    pub(crate) fn libraries(self) -> impl Iterator<Item = Library> {
        Library::ALL.iter().copied().filter(move |&library| match library {
            Library::Base | Library::Coroutine => true,
            Library::Package => self.contains(StdLib::PACKAGE),
            Library::Table => self.contains(StdLib::TABLE),
            Library::Io => self.contains(StdLib::IO),
            Library::Os => self.contains(StdLib::OS),
            Library::String => self.contains(StdLib::STRING),
            Library::Math => self.contains(StdLib::MATH),
            Library::Debug => self.contains(StdLib::DEBUG),
            Library::Bit => self.contains(StdLib::BIT),
            Library::Jit => self.contains(StdLib::JIT),
        })
    }
}

macro_rules! set_operators {
    ($( $op:ident $method:ident, $assign_op:ident $assign_method:ident; )*) => { $(
        impl $op for StdLib {
            type Output = StdLib;
            fn $method(self, other: StdLib) -> StdLib {
                StdLib(self.0.$method(other.0))
            }
        }
        impl $assign_op for StdLib {
            fn $assign_method(&mut self, other: StdLib) {
                self.0.$assign_method(other.0)
            }
        }
    )* };
}
set_operators! {
    BitAnd bitand, BitAndAssign bitand_assign;
    BitOr bitor, BitOrAssign bitor_assign;
    BitXor bitxor, BitXorAssign bitxor_assign;
}

impl Not for StdLib {
    type Output = StdLib;
    fn not(self) -> StdLib {
        StdLib(!self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        assert!(StdLib::ALL.contains(StdLib::DEBUG) && !StdLib::ALL_SAFE.contains(StdLib::DEBUG));
        assert!(!(StdLib::ALL & !StdLib::IO).contains(StdLib::IO));
        assert_eq!(StdLib::NONE.libraries().count(), 2);
        assert_eq!(StdLib::ALL.libraries().count(), Library::ALL.len());
        assert_eq!(StdLib::IO ^ StdLib::IO, StdLib::NONE);
    }
}
