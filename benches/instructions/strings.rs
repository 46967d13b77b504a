//! Strings: interning, concatenation, patterns, formats.

use ferrous_lua::{Function, Lua, LuaString};
use iai_callgrind::{library_benchmark, library_benchmark_group};
use std::hint::black_box;

use crate::{chunk, interpreting_state, run};

fn texts() -> Vec<String> {
    (0..500).map(|i| format!("a string of usual length, {i}")).collect()
}

fn without_strings() -> (Vec<String>, Lua) {
    (texts(), interpreting_state())
}

/// Texts that are strings of the state already.
fn with_strings() -> (Vec<String>, Vec<LuaString>, Lua) {
    let (texts, lua) = without_strings();
    let strings = intern(&texts, &lua);
    (texts, strings, lua)
}

fn intern(texts: &[String], lua: &Lua) -> Vec<LuaString> {
    texts.iter().map(|text| lua.create_string(text).expect("there is memory")).collect()
}

#[library_benchmark(setup = without_strings)]
fn intern_new((texts, lua): (Vec<String>, Lua)) -> (Vec<LuaString>, Lua) {
    (intern(black_box(&texts), &lua), lua)
}

#[library_benchmark(setup = with_strings)]
fn intern_known(
    (texts, known, lua): (Vec<String>, Vec<LuaString>, Lua),
) -> (Vec<LuaString>, Vec<LuaString>, Lua) {
    (intern(black_box(&texts), &lua), known, lua)
}

#[library_benchmark(setup = chunk)]
#[bench::two("local s for i = 1, 1000 do s = i .. 'x' end return s")]
#[bench::many("local s for i = 1, 1000 do s = 'a' .. i .. 'b' .. i .. 'c' end return s")]
#[bench::growing("local s = '' for i = 1, 500 do s = s .. 'abcdefgh' end return #s")]
#[bench::table_concat("local t = {} for i = 1, 1000 do t[i] = 'abc' end return table.concat(t, ',')")]
#[bench::buffer(
    "local b = require('string.buffer').new() for i = 1, 1000 do b:put('abc', i) end return b:tostring()"
)]
fn concat(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::gmatch(
    "local s = ('key = value; '):rep(50) local n = 0 for k in s:gmatch('(%w+) =') do n = n + 1 end return n"
)]
#[bench::find_plain("local s = ('x'):rep(1000) .. 'needle' for i = 1, 50 do s:find('needle', 1, true) end")]
#[bench::gsub("local s = ('hello world '):rep(50) return (s:gsub('o', '0'))")]
#[bench::backtracking("local s = ('a'):rep(60) .. 'b' return s:match('a*a*a*c')")]
fn pattern(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::format("local s for i = 1, 500 do s = ('%d: %s %5.2f'):format(i, 'name', i / 3) end return s")]
#[bench::number_to_string("local s for i = 1, 1000 do s = tostring(i / 7) end return s")]
#[bench::string_to_number("local n for i = 1, 1000 do n = tonumber('3.25') end return n")]
#[bench::bytes("local s, n = 'abcdefgh', 0 for i = 1, 2000 do n = n + s:byte(i % 8 + 1) end return n")]
#[bench::sub("local s, n = 'abcdefgh', 0 for i = 1, 2000 do n = n + #s:sub(i % 8 + 1, 5) end return n")]
fn library(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

library_benchmark_group!(name = string; benchmarks = intern_new, intern_known, concat, pattern, library);
