//! The ways in which a program is run: every one must print the same bytes.
//!
//! The table below is the only place that knows the command's flags.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::process::{self, Outcome};

/// Whether a mode needs the `jit` feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Interpreter,
    Jit,
}

macro_rules! define_modes {
    ($( $(#[$doc:meta])* $mode:ident ($name:literal, $needs:ident, $flags:expr), )*) => {
        /// One way of running a program on `ferrous-lua`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mode { $( $(#[$doc])* $mode, )* }

        impl Mode {
            const ALL: &'static [Mode] = &[ $( Mode::$mode, )* ];

            /// As in test names and in `--! modes:`.
            pub fn name(self) -> &'static str {
                match self { $( Mode::$mode => $name, )* }
            }

            fn needs(self) -> Needs {
                match self { $( Mode::$mode => Needs::$needs, )* }
            }

            fn flags(self) -> &'static [&'static str] {
                match self { $( Mode::$mode => &$flags, )* }
            }
        }
    };
}

define_modes! {
    /// The interpreter alone.
    Interp ("interp", Interpreter, ["--no-jit"]),
    /// Everything that runs twice is compiled, and at once.
    Jit ("jit", Jit, ["--jit", "--jit-hot=2", "--jit-sync"]),
    /// Compiled at once, with guards that fail at random (from this seed).
    JitStress1 ("jit-stress-1", Jit, ["--jit-stress=1"]),
    JitStress2 ("jit-stress-2", Jit, ["--jit-stress=2"]),
    JitStress3 ("jit-stress-3", Jit, ["--jit-stress=3"]),
    /// The interpreter with a full collection at every allocation.
    GcStress ("gc-stress", Interpreter, ["--no-jit", "--gc-stress"]),
    /// Both at once: roots held by native frames and by exits.
    JitGcStress ("jit-gc-stress", Jit, ["--jit-stress=1", "--gc-stress"]),
}

impl Mode {
    /// The modes that this build has.
    pub fn available() -> impl Iterator<Item = Mode> {
        let jit = cfg!(feature = "jit");
        Mode::ALL.iter().copied().filter(move |mode| jit || mode.needs() == Needs::Interpreter)
    }

    /// Whether a name is one of a mode, be it in this build or not.
    pub fn is_name(name: &str) -> bool {
        Mode::ALL.iter().any(|mode| mode.name() == name)
    }

    /// Runs `script`, a file in the folder `dir`, on the command under test.
    pub fn run(self, extra_flags: &[&str], dir: &Path, script: &str, args: &[String]) -> Outcome {
        let flags = self.flags().iter().chain(extra_flags).map(OsString::from);
        process::run(&ferrous_lua(), &flags.chain(script_and_args(script, args)).collect::<Vec<_>>(), dir)
    }
}

/// Runs `script` on the reference implementation at `lua`.
pub fn run_reference(lua: &Path, dir: &Path, script: &str, args: &[String]) -> Outcome {
    process::run(lua, &script_and_args(script, args).collect::<Vec<_>>(), dir)
}

/// PUC Lua 5.1, if it is installed.
pub fn reference() -> Option<PathBuf> {
    process::find_on_path("lua5.1")
}

/// The command under test: the one built with the tests, or what `FERROUS_LUA` names (see `tests/aarch64`).
fn ferrous_lua() -> PathBuf {
    match std::env::var_os("FERROUS_LUA") {
        Some(command) => PathBuf::from(command),
        None => PathBuf::from(env!("CARGO_BIN_EXE_ferrous-lua")),
    }
}

fn script_and_args<'a>(script: &'a str, args: &'a [String]) -> impl Iterator<Item = OsString> + 'a {
    std::iter::once(script).chain(args.iter().map(String::as_str)).map(OsString::from)
}
