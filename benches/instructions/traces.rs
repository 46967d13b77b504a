//! The JIT, stage by stage: recording, optimising, lowering, entering and leaving; then loops as native code.

use ferrous_lua::{Function, Lua};
use ferrous_lua_jit::ir::{self, HelperAddrs, Trace, TraceId};
use ferrous_lua_jit::lower::{CodeBytes, Compiler, LinkInfo};
use ferrous_lua_jit::opt::{Emitter, dce, sink};
use iai_callgrind::{library_benchmark, library_benchmark_group};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;

use crate::{compiling_state, compiling_state_after, run};

// ---- recording

/// A loop that is too long for a trace and hot in its third round, so that recording is all that the JIT does with it. The engine has
/// been built before.
fn too_long(statement: &str) -> (Function, Lua) {
    let lua = compiling_state_after(Some(2));
    lua.load("local s = 0 for i = 1, 100 do s = s + i end").exec().expect("the chunk runs");
    assert_eq!(lua.jit_stats().native_loops, 1, "the engine works");
    let body = format!("{statement}\n").repeat(2000);
    let source = format!("local x, y, z, t = 1, 2, 3, {{x = 1, y = 2}} for i = 1, 4 do {body} end");
    let function = lua.load(source).into_function().expect("the chunk compiles");
    (function, lua)
}

fn was_recorded(lua: Lua) {
    assert!(lua.jit_stats().report.contains("trace too long: 1\n"), "{}", lua.jit_stats());
}

#[library_benchmark(setup = too_long, teardown = was_recorded)]
#[bench::arithmetic("x, y, z = y * x + i, z - x * y, x / 3")]
#[bench::fields("t.x, t.y = t.y + x, t.x * i")]
fn record(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

// ---- optimising

/// `while true do s = (s + a) * b - a ... end` with `count` operations, each with an exit of its own behind it.
fn arithmetic(count: usize) -> Trace {
    let mut text = String::from("%0 SLoad.num #0\n%1 SLoad.num #1\n%2 SLoad.num #2\n");
    let mut snaps = String::from("snap 0 guard pc 1 base 0 { }\n");
    let mut s = 0;
    for i in 0..count {
        let op = ["Add", "Mul", "Sub"][i % 3];
        let (value, guard) = (3 + 2 * i, 4 + 2 * i);
        writeln!(text, "%{value} {op}.num %{s}, %{}", 1 + i % 2).expect("a string");
        writeln!(text, "%{guard} Lt %{value}, %2 !{}", i + 1).expect("a string");
        writeln!(snaps, "snap {} guard pc {} base 0 {{ #0: %{value} }}", i + 1, i + 2).expect("a string");
        s = value;
    }
    let interrupt = 3 + 2 * count;
    writeln!(text, "%{interrupt} Interrupt !{}", count + 1).expect("a string");
    writeln!(snaps, "snap {} interrupt pc 1 base 0 {{ #0: %{s} }}", count + 1).expect("a string");
    ir::parse(&format!("{text}{snaps}tail again !{}", count + 1)).expect("a well-formed trace")
}

/// The first half of a file in `jit/tests/opt`, which the passes have not seen.
fn recorded(file: &str) -> Trace {
    let text = file.split("\n---\n").next().expect("a first part");
    ir::parse(text).expect("a well-formed trace")
}

/// All passes: emitting (with folding, forwarding and elimination of common subexpressions), peeling, dead code, sinking.
fn optimised(trace: &Trace) -> Trace {
    let emitter = Emitter::replay(trace).expect("no guard contradicts another");
    let mut trace = dce(&emitter.peel().expect("the loop's types settle"));
    sink(&mut trace);
    trace
}

#[library_benchmark]
#[bench::fields(recorded(include_str!("../../jit/tests/opt/loop_fields.ir")))]
#[bench::array(recorded(include_str!("../../jit/tests/opt/loop_array.ir")))]
#[bench::sinking(recorded(include_str!("../../jit/tests/opt/sink_carried.ir")))]
#[bench::operations_16(arithmetic(16))]
#[bench::operations_64(arithmetic(64))]
#[bench::operations_256(arithmetic(256))]
fn optimise(trace: Trace) -> (Trace, Trace) {
    (optimised(black_box(&trace)), trace)
}

// ---- lowering

/// A compiler that has compiled before, and a trace.
fn to_lower(trace: Trace) -> (Compiler, Trace) {
    let mut compiler = Compiler::new().expect("this machine has a compiler");
    lower_once(&mut compiler, &optimised(&arithmetic(1)));
    (compiler, optimised(&trace))
}

/// Compiles to code that will not run: the addresses are made up.
fn lower_once(compiler: &mut Compiler, trace: &Trace) -> CodeBytes {
    let link = LinkInfo {
        trace: TraceId(0),
        exit_table: 0x1000,
        after_rebuilding: false,
        target: None,
        helpers: Arc::new(HelperAddrs::empty()),
        exit_stub: 0x2000,
        barrier_thunk: 0x3000,
        elem_barrier_thunk: 0x3800,
        make_thunk: 0x4000,
        stress: None,
    };
    compiler.compile(trace, &link).expect("the trace compiles")
}

#[library_benchmark(setup = to_lower)]
#[bench::fields(recorded(include_str!("../../jit/tests/opt/loop_fields.ir")))]
#[bench::array(recorded(include_str!("../../jit/tests/opt/loop_array.ir")))]
#[bench::operations_16(arithmetic(16))]
#[bench::operations_64(arithmetic(64))]
#[bench::operations_256(arithmetic(256))]
fn lower((mut compiler, trace): (Compiler, Trace)) -> (CodeBytes, Compiler, Trace) {
    (lower_once(&mut compiler, black_box(&trace)), compiler, trace)
}

// The first hot loop of a state, whose engine is built for it.
#[library_benchmark(setup = compiling_state)]
fn first_loop(lua: Lua) -> Lua {
    lua.load(black_box("local s = 0 for i = 1, 100 do s = s + i end")).exec().expect("the chunk runs");
    lua
}

// ---- native code

/// A function whose loop, and which itself, is native code already.
fn native(source: &str) -> (Function, Lua) {
    let lua = compiling_state();
    let function: Function = lua.load(source).eval().expect("the chunk compiles");
    for _ in 0..300 {
        function.call::<()>(()).expect("the function runs");
    }
    assert!(lua.jit_stats().native_loops > 0, "a loop is native");
    (function, lua)
}

// Short loops: what counts is the way in and out.
#[library_benchmark(setup = native)]
#[bench::short_loop("return function() local s = 0 for i = 1, 3 do s = s + i end return s end")]
#[bench::guard_exit(
    "return function() local s = 0 for i = 1, 9 do if i > 3 then break end s = s + i end return s end"
)]
fn enter_and_leave((function, lua): (Function, Lua)) -> (Function, Lua) {
    for _ in 0..100 {
        black_box(&function).call::<()>(()).expect("the function runs");
    }
    (function, lua)
}

// Long loops: what counts is the code.
#[library_benchmark(setup = native)]
#[bench::sum("return function() local s = 0 for i = 1, 10000 do s = s + i end return s end")]
#[bench::array(
    "local t = {} for i = 1, 1000 do t[i] = i end
    return function() local s = 0 for i = 1, 1000 do s = s + t[i] t[i] = s % 7 end return s end"
)]
#[bench::fields("local o = {x = 0, y = 1} return function() for i = 1, 2000 do o.x = o.x + o.y end end")]
#[bench::calls(
    "local function f(a, b) return a + b end
    return function() local s = 0 for i = 1, 2000 do s = f(s, i) end return s end"
)]
#[bench::objects(
    "return function() local s = 0 for i = 1, 2000 do local t = {x = i} s = s + t.x end return s end"
)]
#[bench::branches(
    "return function() local s = 0 for i = 1, 2000 do if i % 3 == 0 then s = s + 1 else s = s - i end end return s end"
)]
fn run_loop((function, lua): (Function, Lua)) -> (Function, Lua) {
    black_box(&function).call::<()>(()).expect("the function runs");
    (function, lua)
}

library_benchmark_group!(
    name = jit;
    benchmarks = record, optimise, lower, first_loop, enter_and_leave, run_loop
);
