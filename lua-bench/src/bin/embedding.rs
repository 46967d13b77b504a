//! What a host program pays at the border between Rust and Lua, in nanoseconds of CPU time.
//!
//! ferrous-lua's interface is mlua's, so that one source measures both: built with the feature `ferrous-lua`, or with
//! `mlua-luajit` or `mlua-lua51`, of which a binary can hold but one. `lua-bench --embedding` builds and runs all three.
//! Each line of output is `NANOSECONDS what`.

#[cfg(any(
    all(feature = "ferrous-lua", feature = "mlua"),
    all(feature = "mlua-luajit", feature = "mlua-lua51"),
))]
compile_error!("one binary holds one Lua: choose one of ferrous-lua, mlua-luajit and mlua-lua51");

#[cfg(feature = "ferrous-lua")]
use ferrous_lua as lua;
#[cfg(all(feature = "mlua", not(feature = "ferrous-lua")))]
use mlua as lua;

use std::hint::black_box;
use std::time::Duration;

use lua::{Function, Lua, Result, Table, UserData, UserDataMethods};
use rustix::time::{ClockId, clock_gettime};

/// What one repeat takes at least: far above what the clock and the scheduler add.
const LEAST: Duration = Duration::from_millis(20);

const REPEATS: u32 = 15;

/// An object of the host's with a method.
struct Counter(i64);

impl UserData for Counter {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("add", |_, counter, step: i64| {
            counter.0 += step;
            Ok(counter.0)
        });
    }
}

fn main() -> Result<()> {
    let lua = Lua::new();
    let increment: Function = lua.load("return function(n) return n + 1 end").eval()?;
    report("Rust calls Lua", |count| {
        for number in 0..count {
            black_box(increment.call::<i64>(black_box(number))?);
        }
        Ok(())
    })?;

    let length: Function = lua.load("return function(text) return #text end").eval()?;
    report("Rust calls Lua with a string", |count| {
        for _ in 0..count {
            black_box(length.call::<i64>(black_box("a dozen bytes"))?);
        }
        Ok(())
    })?;

    let point: Table = lua.load("return { x = 1, y = 2 }").eval()?;
    report("Rust reads a field", |count| {
        for _ in 0..count {
            black_box(point.get::<i64>("x")?);
        }
        Ok(())
    })?;
    report("Rust writes a field", |count| (0..count).try_for_each(|number| point.set("y", number)))?;

    let host = lua.create_function(|_, number: i64| Ok(number + 1))?;
    let calls: Function =
        lua.load("local f = ... return function(count) for i = 1, count do f(i) end end").call(host)?;
    report("Lua calls Rust", |count| calls.call::<()>(count))?;

    let counter = lua.create_userdata(Counter(0))?;
    let methods: Function = lua
        .load("local c = ... return function(count) for i = 1, count do c:add(i) end end")
        .call(counter)?;
    report("Lua calls a method of userdata", |count| methods.call::<()>(count))?;

    let made: Function = lua.load("return function() return {} end").eval()?;
    report("Rust takes and drops a table", |count| {
        for _ in 0..count {
            black_box(made.call::<Table>(())?);
        }
        Ok(())
    })
}

/// What this thread has used so far: what else the machine does is not in it.
fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(now).expect("a clock does not run backwards")
}

/// Prints what one operation of `work` costs: the least of some repeats, each long enough.
fn report(what: &str, work: impl Fn(i64) -> Result<()>) -> Result<()> {
    let time = |count: i64| -> Result<Duration> {
        let started = cpu_time();
        work(count)?;
        Ok(cpu_time() - started)
    };
    let mut count = 1;
    while time(count)? < LEAST {
        count *= 2;
    }
    let mut least = Duration::MAX;
    for _ in 0..REPEATS {
        least = least.min(time(count)?);
    }
    println!("{:.2} {what}", least.as_secs_f64() * 1e9 / count as f64);
    Ok(())
}
