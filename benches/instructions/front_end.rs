//! From source to bytecode, each stage by itself.

use ferrous_lua_interp::compile::{FunctionCode, generate};
use ferrous_lua_interp::syntax::{Ast, parse, token_count};
use iai_callgrind::{library_benchmark, library_benchmark_group};
use std::hint::black_box;

use crate::interpreting_state;
use ferrous_lua::{Function, Lua};

/// A program of some length, with a little of everything.
const PROGRAM: &str = include_str!("../../lua-bench/programs/large/little_language.lua");

const NAME: &[u8] = b"=program";

fn tree() -> Ast {
    parse(PROGRAM.as_bytes(), NAME).expect("a valid program")
}

#[library_benchmark]
fn lexer() -> usize {
    token_count(black_box(PROGRAM.as_bytes()), NAME).expect("a valid program")
}

// The lexer included.
#[library_benchmark]
fn parser() -> Ast {
    parse(black_box(PROGRAM.as_bytes()), NAME).expect("a valid program")
}

// From the syntax tree on.
#[library_benchmark(setup = tree)]
fn compiler(tree: Ast) -> (Vec<FunctionCode>, Ast) {
    (generate(black_box(&tree), NAME).expect("a valid program"), tree)
}

// All stages, to a function in a state.
#[library_benchmark(setup = interpreting_state)]
fn load(lua: Lua) -> (Function, Lua) {
    (lua.load(black_box(PROGRAM)).into_function().expect("a valid program"), lua)
}

library_benchmark_group!(name = source; benchmarks = lexer, parser, compiler, load);
