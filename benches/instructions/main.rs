//! How many instructions each mechanism of the VM takes, counted by valgrind's callgrind.
//!
//! Counts do not depend on the machine's load, and those of one binary are the same in each run, so small effects show. A bench is one
//! mechanism; its preparation is not counted. `benches/check` compares the counts with those in `benches/counts.txt`.
//!
//! In reading order: from source to bytecode ([`front_end`]), the interpreter's instructions ([`interpreter`], [`tables`], [`strings`],
//! [`heap`]), native code ([`traces`]), the embedding API ([`embedding`]).

mod embedding;
mod front_end;
mod heap;
mod interpreter;
mod strings;
mod tables;
mod traces;

use ferrous_lua::{Function, JitMode, JitOptions, Lua, LuaOptions, StdLib};
use iai_callgrind::{Callgrind, LibraryBenchmarkConfig, main};

use embedding::host;
use front_end::source;
use heap::memory;
use interpreter::dispatch;
use strings::string;
use tables::table;
use traces::jit;

/// Makes hashes, and with them the order of collisions, the same in every run.
const SEED: u64 = 1;

/// A state whose runs are repeatable, without the JIT.
fn interpreting_state() -> Lua {
    state(LuaOptions::new().jit(JitMode::Off))
}

/// A state whose runs are repeatable, and which compiles on this thread.
fn compiling_state() -> Lua {
    compiling_state_after(None)
}

/// The same, where so many rounds make a loop hot.
fn compiling_state_after(hot_count: Option<u32>) -> Lua {
    let mut jit = JitOptions::new();
    (jit.hot_count, jit.synchronous) = (hot_count, true);
    state(LuaOptions::new().jit_options(jit))
}

fn state(options: LuaOptions) -> Lua {
    Lua::new_with(StdLib::ALL_SAFE, options.deterministic(SEED)).expect("a new state")
}

/// A chunk that is ready to be interpreted. The state comes second, so that it is dropped last.
fn chunk(source: &str) -> (Function, Lua) {
    let lua = interpreting_state();
    let function = lua.load(source).into_function().expect("the chunk compiles");
    (function, lua)
}

/// Runs a chunk. What is given back is dropped without being counted.
fn run((function, lua): (Function, Lua)) -> Lua {
    function.call::<()>(()).expect("the chunk runs");
    lua
}

main!(
    config = LibraryBenchmarkConfig::default()
        // Native code is written while the program runs, into a memory file and where other code has been: valgrind must look whether
        // what it has translated is still there.
        .valgrind_args(["--smc-check=all"])
        .tool(Callgrind::with_args(["--cache-sim=no"]));
    library_benchmark_groups = source, dispatch, table, string, memory, jit, host
);
