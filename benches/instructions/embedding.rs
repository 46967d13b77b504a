//! The embedding API: states, calls in both directions, tables, userdata.

use ferrous_lua::{Function, Lua, Result, Table, UserData, UserDataFields, UserDataMethods};
use iai_callgrind::{library_benchmark, library_benchmark_group};
use std::hint::black_box;

use crate::{chunk, compiling_state, interpreting_state, run};

struct Counter(i64);

impl UserData for Counter {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("value", |_, this| Ok(this.0));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("add", |_, this, n: i64| {
            this.0 += n;
            Ok(())
        });
    }
}

// A state with its libraries, and with a JIT that waits for something hot; its end is not counted.
#[library_benchmark]
fn new_state() -> Lua {
    black_box(compiling_state())
}

#[library_benchmark(setup = compiling_state)]
fn close_state(lua: Lua) {
    drop(black_box(lua));
}

#[library_benchmark(setup = chunk)]
#[bench::no_arguments("")]
#[bench::two_numbers("local a, b = ... return a, b")]
fn call_lua((function, lua): (Function, Lua)) -> (Function, Lua) {
    for i in 0..1000 {
        black_box(&function).call::<Option<f64>>((i, i)).expect("the chunk runs");
    }
    (function, lua)
}

/// A chunk that calls the host's functions.
fn with_host(source: &str) -> (Function, Lua) {
    let (function, lua) = chunk(source);
    let fill = || -> Result<()> {
        let globals = lua.globals();
        globals.set("add", lua.create_function(|_, (a, b): (i64, i64)| Ok(a + b))?)?;
        globals.set("text", lua.create_function(|_, s: String| Ok(s))?)?;
        globals.set("counter", Counter(0))
    };
    fill().expect("there is memory");
    (function, lua)
}

#[library_benchmark(setup = with_host)]
#[bench::two_numbers("local add = add for i = 1, 1000 do add(i, i) end")]
#[bench::text("local text = text for i = 1, 1000 do text('a text') end")]
#[bench::userdata_method("local c = counter for i = 1, 1000 do c:add(i) end")]
#[bench::userdata_field("local c, s = counter, 0 for i = 1, 1000 do s = s + c.value end")]
fn call_rust(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

fn with_table() -> (Table, Lua) {
    let lua = interpreting_state();
    let table: Table = lua.load("return {x = 1, 10, 20, 30}").eval().expect("the chunk runs");
    (table, lua)
}

#[library_benchmark(setup = with_table)]
fn get_field((table, lua): (Table, Lua)) -> (Table, Lua) {
    for _ in 0..1000 {
        black_box(table.get::<i64>(black_box("x")).expect("a number"));
    }
    (table, lua)
}

#[library_benchmark(setup = with_table)]
fn set_field((table, lua): (Table, Lua)) -> (Table, Lua) {
    for i in 0..1000 {
        table.set(black_box("x"), i).expect("there is memory");
    }
    (table, lua)
}

#[library_benchmark(setup = with_table)]
fn iterate((table, lua): (Table, Lua)) -> (Table, Lua) {
    for _ in 0..200 {
        let sum: i64 = black_box(&table).sequence_values::<i64>().map(|v| v.expect("a number")).sum();
        assert_eq!(sum, 60);
    }
    (table, lua)
}

// As a server does for each script that it is sent: compile, set a global, run, read the result.
#[library_benchmark(setup = interpreting_state)]
fn evaluate(lua: Lua) -> Lua {
    for i in 0..50 {
        lua.globals().set("n", i).expect("there is memory");
        let result: i64 = lua.load(black_box("local k = n * 2 return k + 1")).eval().expect("the chunk runs");
        assert_eq!(result, 2 * i + 1);
    }
    lua
}

library_benchmark_group!(
    name = host;
    benchmarks =
        new_state, close_state, call_lua, call_rust, get_field, set_field, iterate, evaluate
);
