//! The embedding API, as a Rust program sees it: lifetimes, what a state holds, its libraries and its JIT.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use ferrous_lua::{
    Error, Function, JitMode, Lua, LuaOptions, LuaString, Nil, Result, StdLib, Table, Value, Variadic,
};

// ---- lifetimes

#[test]
fn handles_are_roots() -> Result<()> {
    let lua = Lua::new();
    let weak: Table = lua.load("setmetatable({}, {__mode = 'v'})").eval()?;
    let t = lua.create_table()?;
    weak.set(1, &t)?;
    let clone = t.clone();
    drop(t);
    lua.gc_collect()?;
    assert!(weak.contains_key(1)?);
    drop(clone);
    lua.gc_collect()?;
    assert!(!weak.contains_key(1)?);
    Ok(())
}

#[test]
fn callbacks_are_collected() -> Result<()> {
    let lua = Lua::new();
    let token = Arc::new(());
    let captured = token.clone();
    let f = lua.create_function(move |_, ()| Ok(Arc::strong_count(&captured)))?;
    assert_eq!(f.call::<usize>(())?, 2);
    lua.globals().set("f", f)?;
    lua.gc_collect()?;
    assert_eq!(Arc::strong_count(&token), 2);
    lua.globals().set("f", Nil)?;
    lua.gc_collect()?;
    lua.gc_collect()?;
    assert_eq!(Arc::strong_count(&token), 1);
    // What a script drops goes as well.
    let captured = token.clone();
    lua.globals().set("f", lua.create_function(move |_, ()| Ok(Arc::strong_count(&captured)))?)?;
    lua.load("f() f = nil collectgarbage() collectgarbage()").exec()?;
    assert_eq!(Arc::strong_count(&token), 1);
    // And what is left goes with the state.
    let captured = token.clone();
    lua.globals().set("f", lua.create_function(move |_, ()| Ok(Arc::strong_count(&captured)))?)?;
    drop(lua);
    assert_eq!(Arc::strong_count(&token), 1);
    Ok(())
}

#[test]
fn a_callback_may_lose_itself() -> Result<()> {
    let lua = Lua::new();
    let data = [1, 2, 3];
    let f = lua.create_function(move |lua, ()| {
        lua.globals().set("f", Nil)?;
        lua.gc_collect()?;
        lua.load("local t = {} for i = 1, 1000 do t[i] = {} end collectgarbage()").exec()?;
        Ok(data.iter().sum::<i64>())
    })?;
    lua.globals().set("f", f)?;
    assert_eq!(lua.load("f()").eval::<i64>()?, 6);
    Ok(())
}

/// Runs Lua when it is dropped.
struct Runs {
    lua: ferrous_lua::WeakLua,
    count: Rc<Cell<i32>>,
}

impl Drop for Runs {
    fn drop(&mut self) {
        if let Some(lua) = self.lua.try_upgrade() {
            let n: i32 = lua.load("1 + 1").eval().expect("an expression");
            self.count.set(self.count.get() + n);
        }
    }
}

#[test]
fn drops_may_run_lua() -> Result<()> {
    let lua = Lua::new();
    let count = Rc::new(Cell::new(0));
    let runs = Runs { lua: lua.weak(), count: count.clone() };
    let f = lua.create_function(move |_, ()| Ok(runs.count.get()))?;
    drop(f);
    lua.gc_collect()?;
    assert_eq!(count.get(), 2);
    // Also while a callback is running.
    let runs = Runs { lua: lua.weak(), count: count.clone() };
    lua.globals().set("f", lua.create_function(move |_, ()| Ok(runs.count.get()))?)?;
    lua.globals().set("collect", lua.create_function(|lua, ()| lua.gc_collect())?)?;
    lua.load("f = nil collect() collect()").exec()?;
    assert_eq!(count.get(), 4);
    Ok(())
}

#[test]
fn finalisers_run() -> Result<()> {
    let lua = Lua::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    let sink = log.clone();
    lua.globals().set(
        "log",
        lua.create_function(move |_, s: String| {
            sink.borrow_mut().push(s);
            Ok(())
        })?,
    )?;
    lua.load("function guard(name) local p = newproxy(true) getmetatable(p).__gc = function() log(name) end return p end").exec()?;
    lua.load("guard('a')").exec()?;
    lua.gc_collect()?;
    assert_eq!(*log.borrow(), ["a"]);
    lua.load("kept = guard('b')").exec()?;
    lua.gc_collect()?;
    assert_eq!(log.borrow().len(), 1);
    drop(lua);
    assert_eq!(*log.borrow(), ["a", "b"]);
    Ok(())
}

#[test]
fn allocation_by_rust_alone_is_collected() -> Result<()> {
    let lua = Lua::new();
    for i in 0..200_000 {
        let t = lua.create_table()?;
        t.set("text", format!("number {i}"))?;
    }
    assert!(lua.used_memory() < 64 << 20, "{}", lua.used_memory());
    Ok(())
}

#[test]
fn everything_works_under_stress() -> Result<()> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().gc_stress(true))?;
    let concat = lua.create_function(|lua, (a, b): (LuaString, LuaString)| {
        let text = [&a.as_bytes()[..], &b.as_bytes()[..]].concat();
        let t = lua.create_table()?;
        t.set(1, lua.create_string(text)?)?;
        Ok((t, Variadic::from(vec!["rest".to_string(); 3])))
    })?;
    lua.globals().set("concat", concat)?;
    let text: String = lua
        .load("local s = '' for i = 1, 20 do local t, a, b, c = concat(s, tostring(i) .. ';') s = t[1] assert(a .. b .. c == 'restrestrest') end return s")
        .eval()?;
    assert_eq!(text, "1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;");
    Ok(())
}

// ---- registry, app data, the rest

#[test]
fn the_registry() -> Result<()> {
    let lua = Lua::new();
    lua.set_named_registry_value("name", "value")?;
    assert_eq!(lua.named_registry_value::<String>("name")?, "value");
    lua.unset_named_registry_value("name")?;
    assert!(lua.named_registry_value::<Value>("name")?.is_nil());
    let mut key = lua.create_registry_value(lua.create_table_from([("x", 1)])?)?;
    lua.gc_collect()?;
    assert_eq!(lua.registry_value::<Table>(&key)?.get::<i64>("x")?, 1);
    lua.replace_registry_value(&mut key, Nil)?;
    assert!(lua.registry_value::<Value>(&key)?.is_nil());
    lua.replace_registry_value(&mut key, 5)?;
    let key = std::thread::spawn(move || key).join().unwrap();
    assert_eq!(lua.registry_value::<i64>(&key)?, 5);
    let other = Lua::new();
    assert!(matches!(other.registry_value::<Value>(&key), Err(Error::MismatchedRegistryKey)));
    assert!(lua.owns_registry_value(&key) && !other.owns_registry_value(&key));
    lua.remove_registry_value(key)?;
    Ok(())
}

#[test]
fn app_data() {
    let lua = Lua::new();
    assert!(lua.set_app_data(String::from("a")).is_none());
    lua.app_data_mut::<String>().unwrap().push('b');
    assert_eq!(*lua.app_data_ref::<String>().unwrap(), "ab");
    {
        let _borrowed = lua.app_data_ref::<String>().unwrap();
        assert!(lua.try_app_data_mut::<String>().is_err());
        assert!(lua.try_set_app_data(1_i32).is_err());
        assert!(lua.app_data_ref::<i32>().is_none());
    }
    assert_eq!(lua.remove_app_data::<String>().as_deref(), Some("ab"));
    assert!(lua.app_data_ref::<String>().is_none());
}

#[test]
fn libraries_are_chosen() -> Result<()> {
    assert!(matches!(Lua::new_with(StdLib::DEBUG, LuaOptions::new()), Err(Error::SafetyError(_))));
    let lua = Lua::new();
    assert!(lua.globals().get::<Value>("debug")?.is_nil());
    assert!(lua.load_std_libs(StdLib::DEBUG).is_err());
    let lua = Lua::new_with(StdLib::NONE, LuaOptions::new())?;
    assert!(lua.globals().get::<Value>("string")?.is_nil() && !lua.globals().get::<Value>("pcall")?.is_nil());
    lua.load_std_libs(StdLib::STRING)?;
    assert_eq!(lua.load("('x'):rep(3)").eval::<String>()?, "xxx");
    // SAFETY: see there.
    let lua = unsafe { Lua::unsafe_new() };
    assert!(lua.globals().get::<Value>("debug")?.is_table());
    Ok(())
}

#[test]
fn globals_can_be_replaced() -> Result<()> {
    let lua = Lua::new();
    let globals = lua.create_table_from([("x", 5)])?;
    lua.set_globals(globals)?;
    assert_eq!(lua.load("x").eval::<i64>()?, 5);
    assert!(lua.load("print").eval::<Value>()?.is_nil());
    Ok(())
}

#[test]
fn states_are_repeatable() -> Result<()> {
    let run = || {
        let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().deterministic(7))?;
        lua.load("local s = {} for i = 1, 10 do s[i] = math.random(1000) end return table.concat(s, ' ')")
            .eval::<String>()
    };
    assert_eq!(run()?, run()?);
    Ok(())
}

#[test]
fn modules() -> Result<()> {
    let lua = Lua::new();
    lua.register_module("one", 1)?;
    lua.preload_module("two", lua.create_function(|_, name: String| Ok(name + "!"))?)?;
    assert_eq!(lua.load("require 'one', require 'two'").eval::<(i64, String)>()?, (1, "two!".into()));
    lua.unload_module("one")?;
    assert!(lua.load("require 'one'").exec().is_err());
    Ok(())
}

#[test]
fn plain_functions() -> Result<()> {
    let lua = Lua::new();
    let mut n = 0;
    lua.globals().set(
        "count",
        Function::wrap_mut(move |by: i64| {
            n += by;
            Ok::<_, String>(n)
        }),
    )?;
    lua.globals()
        .set("parse", Function::wrap_raw(|s: String| s.parse::<i64>().map_err(|e| e.to_string())))?;
    assert_eq!(lua.load("count(2) + count(3)").eval::<i64>()?, 7);
    assert_eq!(lua.load("parse('12')").eval::<i64>()?, 12);
    assert_eq!(lua.load("select('#', parse('x'))").eval::<i64>()?, 2);
    Ok(())
}

#[test]
fn metatables_of_types() -> Result<()> {
    let lua = Lua::new();
    let method: Function = lua.load("function(s) return #s.x end").eval()?;
    assert!(lua.type_metatable::<LuaString>().is_some() && lua.type_metatable::<bool>().is_none());
    assert!(method.call::<i64>("s").is_err());
    lua.set_type_metatable::<LuaString>(Some(lua.load("{__index = {x = 'abc'}}").eval()?));
    assert_eq!(method.call::<i64>("s")?, 3);
    lua.set_type_metatable::<LuaString>(Some(lua.load("{__index = {x = 'abcd'}}").eval()?));
    assert_eq!(method.call::<i64>("s")?, 4);
    Ok(())
}

#[test]
fn the_stack_can_be_inspected() -> Result<()> {
    let lua = Lua::new();
    let inspect = lua.create_function(|lua, ()| {
        let here = lua.inspect_stack(0, |d| (d.source().what, d.current_line())).unwrap();
        assert_eq!(here, ("C", None));
        lua.inspect_stack(1, |d| {
            let name = d.names().name.map(std::borrow::Cow::into_owned);
            let what = d.names().name_what;
            Ok((name, what, d.current_line(), d.stack().num_params, d.function()))
        })
        .unwrap()
    })?;
    lua.globals().set("inspect", inspect)?;
    let (name, what, line, params, f): (String, String, i64, i64, Function) = lua
        .load("function f(a, b)\n local name, what, line, params, f = inspect()\n return name, what, line, params, f end\n return (function(...) return ... end)(f())")
        .eval()?;
    assert_eq!((name.as_str(), what.as_str(), line, params), ("f", "global", 2, 2));
    assert_eq!(f, lua.globals().get::<Function>("f")?);
    assert!(lua.inspect_stack(100, |_| ()).is_none());
    Ok(())
}

// ---- the JIT

/// An interrupt is raised at every point of a recording; the error that it becomes is raised where a frame is complete.
/// (None in the inner loop's last round: behind the loop native code may go on to the outer one before it looks again.)
#[test]
fn interrupts_while_a_loop_is_recorded() -> Result<()> {
    for hot_count in 1..12 {
        let mut options = LuaOptions::new();
        (options.jit.synchronous, options.jit.hot_count) = (true, Some(hot_count));
        let lua = Lua::new_with(StdLib::ALL_SAFE, options)?;
        let handle = lua.interrupt_handle();
        let interrupt = lua.create_function(move |_, ()| {
            handle.interrupt();
            Ok(())
        })?;
        lua.globals().set("interrupt", interrupt)?;
        let (failed, message): (u32, String) = lua
            .load(
                "local failed, message = 0
                local function round(i, j) if j == i % 12 then interrupt() end return pcall(tostring, j) end
                for i = 1, 100 do
                    local ok, why = pcall(function()
                        for j = 1, 12 do local t = setmetatable({}, { __index = round }) t[#t + 1] = round(i, j) end
                    end)
                    if not ok then failed, message = failed + 1, why end
                end
                return failed, message",
            )
            .eval()?;
        assert!(failed > 80, "{failed}");
        assert!(message.ends_with("interrupted!"), "{message}");
    }
    Ok(())
}

/// Many threads, each with a state after the other, that is dropped while its hot loops are being compiled or soon after.
#[test]
fn states_are_dropped_while_their_code_is_compiled() {
    let run = |thread: u32| -> Result<()> {
        for round in 0..10 {
            let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().jit(JitMode::On))?;
            let sum: f64 = lua
                .load(
                    "local times = ...
                    local sum, list = 0, {}
                    for i = 1, times do
                        for j = 1, 10 do list[j] = {i * j % 11} end
                        table.sort(list, function(a, b) return a[1] < b[1] end)
                        sum = sum + list[10][1]
                    end
                    return sum",
                )
                .call(10 << round)?;
            assert!(sum > 0.0, "thread {thread}");
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|thread| scope.spawn(move || run(thread))).collect();
        for thread in threads {
            thread.join().expect("no panic").expect("no error");
        }
    });
}

#[test]
fn a_state_tells_whether_it_has_a_jit() -> Result<()> {
    let is_attached = |mode: JitMode| -> Result<bool> {
        let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().jit(mode))?;
        let before = lua.jit_is_attached();
        lua.load("jit.off() local s = 0 for i = 1, 10000 do s = s + i end").exec()?;
        assert_eq!(lua.jit_is_attached(), before);
        Ok(before)
    };
    let can = cfg!(all(feature = "jit", any(target_arch = "x86_64", target_arch = "aarch64")));
    assert_eq!((is_attached(JitMode::On)?, is_attached(JitMode::Stress(1))?), (can, can));
    assert!(!is_attached(JitMode::Off)?);
    Ok(())
}

#[test]
fn scripts_can_turn_the_jit_off() -> Result<()> {
    let loops_entered = |prelude: &str| -> Result<u64> {
        let mut options = LuaOptions::new();
        (options.jit.synchronous, options.jit.hot_count) = (true, Some(5));
        let lua = Lua::new_with(StdLib::ALL_SAFE, options)?;
        let body = "local function f() local s = 0 for i = 1, 1000 do s = s + i end return s end";
        lua.load(format!("{body} {prelude} for i = 1, 3 do f() end")).exec()?;
        Ok(lua.jit_stats().native_loops)
    };
    if cfg!(feature = "jit") {
        assert!(loops_entered("")? > 0);
        assert!(loops_entered("jit.off() jit.on() jit.off(print == nil or f) jit.on(f)")? > 0);
        assert!(loops_entered("jit.opt.start('hotloop=900')")? > 0);
    }
    for off in ["jit.off()", "jit.off(f)", "jit.off(true, true)", "jit.opt.start('hotloop=100000')"] {
        assert_eq!(loops_entered(off)?, 0, "{off}");
    }
    Ok(())
}
