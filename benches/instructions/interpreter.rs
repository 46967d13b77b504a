//! Instructions that touch neither tables nor strings: arithmetic, branches, calls, closures, coroutines.

use ferrous_lua::{Function, Lua};
use iai_callgrind::{library_benchmark, library_benchmark_group};
use std::hint::black_box;

use crate::{chunk, run};

#[library_benchmark(setup = chunk)]
#[bench::numeric_for("local s = 0 for i = 1, 10000 do s = s + i end return s")]
#[bench::while_loop("local i = 0 while i < 10000 do i = i + 1 end return i")]
#[bench::arithmetic("local a, b = 1.5, 7 for i = 1, 2000 do a = (a * 3 - b / 2) % 97 + -i ^ 2 end return a")]
#[bench::comparison(
    "local n = 0 for i = 1, 2000 do if i > 900 and i ~= 950 or i == 7 then n = n + 1 end end return n"
)]
#[bench::move_and_constants(
    "local a, b, c for i = 1, 2000 do a, b, c = b, nil, i a, c = true, 1.5 end return c"
)]
fn plain(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::calls("local function f(a) return a end for i = 1, 5000 do f(i) end")]
#[bench::tail_calls("local function f(n) if n > 0 then return f(n - 1) end end f(5000)")]
#[bench::recursion(
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(15)"
)]
#[bench::varargs("local function f(...) return select('#', ...) end for i = 1, 2000 do f(i, i, i) end")]
#[bench::many_results("local function f(a) return a, a, a end for i = 1, 2000 do local a, b, c = f(i) end")]
#[bench::library_call("local floor, s = math.floor, 0 for i = 1, 5000 do s = s + floor(i / 3) end return s")]
#[bench::protected_call("for i = 1, 2000 do pcall(type, i) end")]
#[bench::caught_error("for i = 1, 500 do pcall(error, i) end")]
#[bench::metamethod(
    "local M = {} M.__add = function(a, b) return a end
     local o = setmetatable({}, M) for i = 1, 2000 do o = o + i end"
)]
#[bench::sort_with_comparator(
    "local t = {} for i = 1, 200 do t[i] = i * 7919 % 211 end table.sort(t, function(a, b) return a > b end)"
)]
fn call(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::creation(
    "local s = 0 for i = 1, 2000 do local f = function() return i end s = s + f() end return s"
)]
#[bench::upvalues(
    "local n = 0 local function inc() n = n + 1 return n end for i = 1, 3000 do inc() end return n"
)]
fn closure(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::switch(
    "local co = coroutine.wrap(function() while true do coroutine.yield(1) end end)
     local s = 0 for i = 1, 2000 do s = s + co() end return s"
)]
#[bench::creation("for i = 1, 500 do coroutine.wrap(function() end)() end")]
fn coroutine(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

library_benchmark_group!(name = dispatch; benchmarks = plain, call, closure, coroutine);
