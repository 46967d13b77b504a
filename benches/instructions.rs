//! Instruction counts of the interpreter, one mechanism each, through valgrind's callgrind.
//!
//! Counts do not depend on the machine's load, so small effects show. Each bench but the last makes a state without the JIT, compiles a
//! chunk (neither is counted) and counts the run; the last counts the making of a state. `cargo bench` needs valgrind and the runner of the same version:
//! `cargo install iai-callgrind-runner --version 0.16.1`.

use ferrous_lua::{Function, JitMode, Lua, LuaOptions, StdLib};
use iai_callgrind::{library_benchmark, library_benchmark_group, main};
use std::hint::black_box;

/// A state and a chunk, ready to run. The state comes second, so that it is dropped last.
fn chunk(source: &str) -> (Function, Lua) {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().jit(JitMode::Off)).expect("a new state");
    let function = lua.load(source).into_function().expect("the chunk compiles");
    (function, lua)
}

#[library_benchmark(setup = chunk)]
#[bench::numeric_for("local s = 0 for i = 1, 10000 do s = s + i end return s")]
#[bench::while_loop("local i = 0 while i < 10000 do i = i + 1 end return i")]
#[bench::calls("local function f(a) return a end for i = 1, 5000 do f(i) end")]
#[bench::array_get("local t = {1, 2, 3, 4} local s = 0 for i = 1, 5000 do s = s + t[i % 4 + 1] end return s")]
#[bench::array_append("local t = {} for i = 1, 5000 do t[i] = i end return #t")]
#[bench::field_get("local t = {x = 1} local s = 0 for i = 1, 5000 do s = s + t.x end return s")]
#[bench::field_set("local t = {x = 1} for i = 1, 5000 do t.x = i end")]
#[bench::method(
    "local C = {} C.__index = C function C:get() return self.x end
     local o = setmetatable({x = 1}, C) local s = 0 for i = 1, 2000 do s = s + o:get() end return s"
)]
#[bench::object("for i = 1, 2000 do local t = {x = i, y = i} end")]
#[bench::closure("local s = 0 for i = 1, 2000 do local f = function() return i end s = s + f() end return s")]
#[bench::dictionary("local t = {} for i = 1, 2000 do local k = 'k' .. i % 100 t[k] = (t[k] or 0) + 1 end")]
#[bench::leaf_call("local floor, s = math.floor, 0 for i = 1, 5000 do s = s + floor(i / 3) end return s")]
#[bench::protected_call("for i = 1, 2000 do pcall(type, i) end")]
#[bench::coroutine_switch(
    "local co = coroutine.wrap(function() while true do coroutine.yield(1) end end)
     local s = 0 for i = 1, 2000 do s = s + co() end return s"
)]
#[bench::pattern(
    "local s = ('key = value; '):rep(50) local n = 0 for k in s:gmatch('(%w+) =') do n = n + 1 end return n"
)]
#[bench::concat("local t = {} for i = 1, 1000 do t[i] = i .. 'x' end return table.concat(t)")]
#[bench::pairs(
    "local t = {1, 2, 3, a = 4, b = 5} local s = 0 for i = 1, 500 do for k, v in pairs(t) do s = s + v end end return s"
)]
fn interpreter((function, lua): (Function, Lua)) -> Lua {
    black_box(&function).call::<()>(()).expect("the chunk runs");
    lua
}

// A state with its libraries, and a JIT that waits for something hot; its end is not counted.
#[library_benchmark]
fn new_state() -> Lua {
    black_box(Lua::new())
}

library_benchmark_group!(name = run; benchmarks = interpreter, new_state);

main!(library_benchmark_groups = run);
