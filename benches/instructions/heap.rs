//! The heap: allocation, marking, sweeping, the barrier.

use ferrous_lua::{Function, Lua};
use iai_callgrind::{library_benchmark, library_benchmark_group};
use std::hint::black_box;

use crate::{chunk, interpreting_state, run};

/// A state without the JIT in which a chunk has run.
fn after(source: &str) -> Lua {
    let lua = interpreting_state();
    lua.load(source).exec().expect("the chunk runs");
    lua
}

// The collector works along: each of these makes more garbage than the youngest generation holds.
#[library_benchmark(setup = chunk)]
#[bench::objects("for i = 1, 20000 do local t = {x = i, y = i} end")]
#[bench::arrays("for i = 1, 5000 do local t = {i, i, i, i, i, i} end")]
#[bench::strings("for i = 1, 10000 do local s = 'a text ' .. i end")]
fn allocate(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

// New objects stored into old ones, which must be remembered.
#[library_benchmark(setup = chunk)]
#[bench::old_array(
    "local t = {} for i = 1, 100 do t[i] = i end collectgarbage() for i = 1, 5000 do t[i % 100 + 1] = {} end"
)]
fn barrier(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

// A full collection that finds (nearly) everything alive.
#[library_benchmark(setup = after)]
#[bench::tree(
    "local function tree(n) if n > 0 then return {tree(n - 1), tree(n - 1)} end return {} end root = tree(11)"
)]
#[bench::fields("root = {} for i = 1, 3000 do root[i] = {name = i, next = root[i - 1]} end")]
#[bench::strings("root = {} for i = 1, 3000 do root[i] = 'text ' .. i end")]
fn mark(lua: Lua) -> Lua {
    black_box(&lua).gc_collect().expect("no finaliser fails");
    lua
}

// A full collection that finds (nearly) everything dead.
#[library_benchmark(setup = after)]
#[bench::tables("collectgarbage('stop') for i = 1, 3000 do local t = {i} end")]
#[bench::strings("collectgarbage('stop') for i = 1, 3000 do local s = 'text ' .. i end")]
fn sweep(lua: Lua) -> Lua {
    black_box(&lua).gc_collect().expect("no finaliser fails");
    lua
}

// A full collection that calls a finaliser for each userdata.
#[library_benchmark(setup = after)]
#[bench::userdata("for i = 1, 500 do local u = newproxy(true) getmetatable(u).__gc = function() end end")]
fn finalise(lua: Lua) -> Lua {
    black_box(&lua).gc_collect().expect("no finaliser fails");
    lua
}

library_benchmark_group!(name = memory; benchmarks = allocate, barrier, mark, sweep, finalise);
