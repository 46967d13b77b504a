//! The embedding API, as a Rust program sees it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use ferrous_lua::{
    Either, Error, ErrorContext, ExternalResult, FromLua, Function, IntoLua, JitMode, Lua, LuaOptions,
    LuaString, MultiValue, Nil, Result, StdLib, Table, Thread, ThreadStatus, Value, Variadic,
};

/// The message of a panic.
fn panic_message(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&'static str>().map_or_else(|_| "?".into(), |text| (*text).into()),
    }
}

/// Runs `work` without the noise of the panics that it makes on purpose.
fn catch<R>(work: impl FnOnce() -> R) -> std::result::Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_message)
}

// ---- chunks

#[test]
fn chunks_are_expressions_or_blocks() -> Result<()> {
    let lua = Lua::new();
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    assert_eq!(lua.load("local x = 1 return x, 2").eval::<(i64, i64)>()?, (1, 2));
    assert_eq!(lua.load("return ...").call::<String>("x")?, "x");
    assert_eq!(lua.load(&b"return 1"[..]).eval::<i64>()?, 1);
    assert!(lua.load("").eval::<Value>()?.is_nil());
    lua.load("x = 5").exec()?;
    assert_eq!(lua.globals().get::<i64>("x")?, 5);
    Ok(())
}

#[test]
fn syntax_errors_say_where_and_whether_more_would_help() {
    let lua = Lua::new();
    match lua.load("x = = 1").set_name("=name").exec() {
        Err(Error::SyntaxError { message, incomplete_input: false }) => {
            assert_eq!(message, "name:1: unexpected symbol near '='");
        }
        other => panic!("{other:?}"),
    }
    match lua.load("if x then").exec() {
        Err(Error::SyntaxError { message, incomplete_input: true }) => {
            assert!(message.starts_with("tests/api.rs:") && message.ends_with("near '<eof>'"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn chunks_have_environments_names_and_modes() -> Result<()> {
    let lua = Lua::new();
    let env = lua.create_table_from([("x", 7)])?;
    let chunk = lua.load("return x").set_environment(env.clone()).set_name("=c");
    assert_eq!((chunk.name(), chunk.environment() == Some(&env)), ("c".replace('c', "=c").as_str(), true));
    let function = chunk.into_function()?;
    assert_eq!(function.call::<i64>(())?, 7);
    assert_eq!(function.environment(), Some(env));
    assert!(function.set_environment(lua.create_table_from([("x", 8)])?)?);
    assert_eq!(function.call::<i64>(())?, 8);
    let dumped = function.dump(false);
    let text = lua.load(&dumped).set_mode(ferrous_lua::ChunkMode::Text).into_function();
    assert!(text.unwrap_err().to_string().contains("attempt to load a binary chunk"));
    lua.globals().set("x", 9)?;
    assert_eq!(lua.load(&dumped).call::<i64>(())?, 9);
    Ok(())
}

#[test]
fn info_of_functions() -> Result<()> {
    let lua = Lua::new();
    let chunk = lua.load("\nfunction f() local a\n end").set_name("@file.lua").into_function()?;
    assert_eq!((chunk.info().what, chunk.info().short_src.as_deref()), ("main", Some("file.lua")));
    chunk.call::<()>(())?;
    let info = lua.globals().get::<Function>("f")?.info();
    assert_eq!((info.what, info.line_defined, info.last_line_defined), ("Lua", Some(2), Some(3)));
    assert_eq!(lua.globals().get::<Function>("print")?.info().what, "C");
    Ok(())
}

// ---- values and conversions

#[test]
fn numbers_split_on_the_way_out() -> Result<()> {
    let lua = Lua::new();
    let eval = |text: &str| lua.load(text).eval::<Value>();
    assert!(matches!(eval("3")?, Value::Integer(3)));
    assert!(matches!(eval("2^53")?, Value::Integer(9_007_199_254_740_992)));
    assert!(matches!(eval("0.5")?, Value::Number(n) if n == 0.5));
    assert!(
        matches!(eval("-0.0 * 1")?, Value::Number(n) if n == 0.0 && n.is_sign_negative())
            || eval("0")?.is_integer()
    );
    assert!(matches!(eval("1e300")?, Value::Number(_)));
    assert!(matches!(eval("0/0")?, Value::Number(n) if n.is_nan()));
    assert_eq!(Value::Integer(1), Value::Number(1.0));
    Ok(())
}

#[test]
fn integers_are_checked() -> Result<()> {
    let lua = Lua::new();
    assert_eq!(lua.convert::<u8>(255)?, 255);
    assert_eq!(lua.convert::<i32>(1.9)?, 1);
    assert_eq!(lua.convert::<i32>("12")?, 12);
    assert_eq!(
        lua.convert::<u64>(u64::MAX).map_err(|e| e.to_string()),
        Err("error converting Lua number to u64 (out of range)".into())
    );
    let out_of_range = lua.convert::<u8>(256).unwrap_err();
    assert_eq!(out_of_range.to_string(), "error converting Lua integer to u8 (out of range)");
    assert!(lua.convert::<i64>(f64::NAN).is_err() && lua.convert::<i64>(f64::INFINITY).is_err());
    assert!(lua.convert::<i64>(true).unwrap_err().to_string().contains("expected number or string"));
    Ok(())
}

#[test]
fn strings_are_bytes() -> Result<()> {
    let lua = Lua::new();
    let s = lua.create_string(b"a\0\xff")?;
    assert_eq!(s.as_bytes(), b"a\0\xff"[..]);
    assert_eq!(s.as_bytes_with_nul(), b"a\0\xff\0"[..]);
    assert!(s.to_str().is_err());
    assert_eq!(s.to_string_lossy(), "a\0\u{fffd}");
    let text = lua.create_string("text")?;
    assert_eq!(text, "text");
    assert_eq!(&*text.to_str()?, "text");
    assert_eq!(format!("{text:?} {}", text.display()), "\"text\" text");
    assert_eq!(lua.create_string("x".repeat(100))?, lua.create_string("x".repeat(100))?);
    assert_eq!(lua.convert::<String>(1.5)?, "1.5");
    assert_eq!(lua.convert::<char>("ä")?, 'ä');
    let kept = { text.to_str()? };
    drop(text);
    lua.gc_collect()?;
    assert_eq!(kept, "text");
    Ok(())
}

#[test]
fn collections() -> Result<()> {
    let lua = Lua::new();
    assert_eq!(lua.convert::<Vec<i64>>(vec![1, 2, 3])?, [1, 2, 3]);
    assert_eq!(lua.convert::<[i64; 2]>([4, 5])?, [4, 5]);
    assert!(lua.convert::<[i64; 3]>([4, 5]).is_err());
    let map: HashMap<String, i64> = [("a".into(), 1), ("b".into(), 2)].into();
    assert_eq!(lua.convert::<HashMap<String, i64>>(map.clone())?, map);
    assert_eq!(lua.convert::<BTreeMap<String, i64>>(map.clone())?, map.into_iter().collect());
    assert_eq!(lua.convert::<Option<i64>>(None::<i64>)?, None);
    assert_eq!(lua.convert::<Either<i64, String>>("x")?, Either::Right("x".into()));
    assert!(lua.convert::<Vec<i64>>(1).is_err());
    assert_eq!(lua.create_sequence_from([1, 2, 3])?, [1, 2, 3]);
    Ok(())
}

#[test]
fn own_types_convert() -> Result<()> {
    #[derive(Debug, PartialEq)]
    struct Point(f64, f64);

    impl IntoLua for Point {
        fn into_lua(self, lua: &Lua) -> Result<Value> {
            // Conversions may run Lua and collect, in the middle of an argument list.
            lua.load("local t = {} for i = 1, 100 do t[i] = {} end").exec()?;
            lua.gc_collect()?;
            lua.create_table_from([("x", self.0), ("y", self.1)])?.into_lua(lua)
        }
    }

    impl FromLua for Point {
        fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
            lua.gc_collect()?;
            let table = Table::from_lua(value, lua)?;
            Ok(Point(table.get("x")?, table.get("y")?))
        }
    }

    let lua = Lua::new();
    let swap: Function = lua.load("function(a, b, s) return b, a, s .. '!' end").eval()?;
    let (a, b, s): (Point, Point, String) = swap.call((Point(1.0, 2.0), Point(3.0, 4.0), "x"))?;
    assert_eq!((a, b, s.as_str()), (Point(3.0, 4.0), Point(1.0, 2.0), "x!"));
    let callback = lua.create_function(|_, (a, b): (Point, Point)| Ok((Point(a.0 + b.0, 0.0), "end")))?;
    let (sum, end): (Point, String) = callback.call((Point(1.0, 2.0), Point(3.0, 4.0)))?;
    assert_eq!((sum, end.as_str()), (Point(4.0, 0.0), "end"));
    Ok(())
}

#[test]
fn many_values() -> Result<()> {
    let lua = Lua::new();
    let pack: Function = lua.load("function(...) return select('#', ...), ... end").eval()?;
    let (n, rest): (i64, MultiValue) = pack.call((1, Nil, Variadic::from(vec!["a", "b"])))?;
    assert_eq!((n, rest.len()), (4, 4));
    assert_eq!(pack.call::<i64>(())?, 0);
    let (n, a, b, c): (i64, i64, Option<i64>, Option<i64>) = pack.call((1, 2))?;
    assert_eq!((n, a, b, c), (2, 1, Some(2), None));
    let many: Variadic<i64> = (0..10_000).collect();
    assert_eq!(pack.call::<MultiValue>(many)?.len(), 10_001);
    Ok(())
}

#[test]
fn a_million_values_are_an_error_or_right() -> Result<()> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().max_depth(100_000))?;
    let count: Function = lua.load("function(...) return select('#', ...) end").eval()?;
    let many: Variadic<i64> = (0..1_000_000).collect();
    assert!(matches!(count.call::<i64>(many), Err(Error::StackError)));
    assert_eq!(count.call::<i64>((1, 2))?, 2);
    let many = lua.create_function(|_, ()| Ok((0..1_000_000).collect::<Variadic<i64>>()))?;
    assert!(many.call::<()>(()).is_err());
    assert_eq!(count.call::<i64>((1, 2, 3))?, 3);
    Ok(())
}

// ---- tables

#[test]
fn tables_with_and_without_metamethods() -> Result<()> {
    let lua = Lua::new();
    let t: Table = lua
        .load(
            "setmetatable({}, {
                __index = function(_, k) return k .. '?' end,
                __newindex = function(t, k, v) rawset(t, k, v * 2) end,
                __len = function() return 42 end })",
        )
        .eval()?;
    assert_eq!(t.get::<String>("a")?, "a?");
    t.set("b", 4)?;
    assert_eq!((t.get::<i64>("b")?, t.raw_get::<Value>("a")?.is_nil()), (8, true));
    t.raw_set("c", 4)?;
    assert_eq!(t.get::<i64>("c")?, 4);
    assert_eq!((t.len()?, t.raw_len()), (42, 0));
    assert!(t.contains_key("zzz")? && t.metatable().is_some());
    t.set_metatable(None)?;
    assert!(!t.contains_key("zzz")? && t.metatable().is_none());
    Ok(())
}

#[test]
fn sequences() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table()?;
    for i in 1..=4 {
        t.push(i)?;
    }
    t.raw_insert(1, 0)?;
    assert_eq!(t, [0, 1, 2, 3, 4]);
    t.raw_remove(2)?;
    assert_eq!(t, [0, 2, 3, 4]);
    assert_eq!(t.pop::<i64>()?, 4);
    assert!(t.raw_insert(9, 0).is_err() && t.raw_remove(9).is_err());
    assert_eq!(t.sequence_values::<i64>().sum::<Result<i64>>()?, 5);
    t.clear()?;
    assert!(t.is_empty() && t.pop::<Value>()?.is_nil());
    Ok(())
}

#[test]
fn traversal_may_change_the_table() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table_from((1..=100).map(|i| (format!("k{i}"), i)))?;
    let mut sum = 0;
    for pair in t.pairs::<String, i64>() {
        let (key, value) = pair?;
        sum += value;
        t.set(key, Nil)?;
        lua.gc_collect()?;
    }
    assert_eq!((sum, t.is_empty()), (5050, true));
    let mixed = lua.create_sequence_from(["1", "x", "3"])?;
    let items: Vec<_> = mixed.sequence_values::<i64>().collect();
    assert!(items.len() == 2 && items[1].is_err());
    Ok(())
}

#[test]
fn bad_keys_are_errors() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table()?;
    assert!(t.set(Nil, 1).unwrap_err().to_string().contains("index is nil"));
    assert!(t.raw_set(f64::NAN, 1).unwrap_err().to_string().contains("index is NaN"));
    assert!(t.get::<Value>(Nil)?.is_nil());
    t.set_readonly(true);
    assert!(t.set(1, 1).is_err() && t.is_readonly());
    t.set_readonly(false);
    t.set(1, 1)?;
    Ok(())
}

#[test]
fn hot_loops_respect_read_only_tables() -> Result<()> {
    let lua = Lua::new();
    let store = lua
        .load("local t, n = ... for pass = 1, 200 do for i = 1, 40 do t['k' .. i] = n end end return t.k7")
        .into_function()?;
    let t = lua.create_table()?;
    assert_eq!(store.call::<i64>((&t, 1))?, 1);
    t.set_readonly(true);
    assert!(store.call::<i64>((&t, 2)).unwrap_err().to_string().contains("readonly"));
    assert_eq!(t.get::<i64>("k7")?, 1);
    t.set_readonly(false);
    assert_eq!(store.call::<i64>((&t, 3))?, 3);
    Ok(())
}

#[test]
fn equality_and_text() -> Result<()> {
    let lua = Lua::new();
    let (a, b): (Table, Table) = lua
        .load("local m = {__eq = function() return true end, __tostring = function() return 'T' end} return setmetatable({}, m), setmetatable({}, m)")
        .eval()?;
    assert!(a != b && a.equals(&b)? && a == a.clone());
    assert_eq!(Value::Table(a).to_string()?, "T");
    assert!(Value::Table(lua.create_table()?).to_string()?.starts_with("table: "));
    assert_eq!(Value::Number(0.1).to_string()?, "0.1");
    let t: Table = lua.load("{1, 2, n = {x = 'y'}, [true] = 1.5}").eval()?;
    assert_eq!(
        format!("{t:#?}"),
        "{\n  [true] = 1.5,\n  [1] = 1,\n  [2] = 2,\n  n = {\n    x = \"y\",\n  },\n}"
    );
    assert!(format!("{:#?}", lua.globals()).starts_with("{\n  _G = table: "));
    Ok(())
}

// ---- callbacks

#[test]
fn callbacks_call_back() -> Result<()> {
    let lua = Lua::new();
    let apply = lua.create_function(|_, (f, x): (Function, i64)| f.call::<i64>(x))?;
    lua.globals().set("apply", apply)?;
    let n: i64 =
        lua.load("apply(function(x) return apply(function(y) return y + 1 end, x) * 2 end, 20)").eval()?;
    assert_eq!(n, 42);
    Ok(())
}

#[test]
fn callbacks_get_what_they_ask_for() -> Result<()> {
    let lua = Lua::new();
    let f = lua.create_function(|_, (a, b): (i64, String)| Ok(format!("{a}{b}")))?;
    assert_eq!(f.call::<String>((1, 2))?, "12");
    let error = f.call::<String>((1, true)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "bad argument #2: error converting Lua boolean to String (expected string or number)"
        ),
        "{text}"
    );
    lua.globals().set("f", f)?;
    let (ok, message): (bool, String) =
        lua.load("local ok, e = pcall(f, {}) return ok, tostring(e)").eval()?;
    assert!(!ok && message.starts_with("bad argument #1: error converting Lua table to i64"), "{message}");
    Ok(())
}

#[test]
fn mutable_callbacks_do_not_nest() -> Result<()> {
    let lua = Lua::new();
    let mut n = 0;
    let next = lua.create_function_mut(move |_, again: Option<Function>| {
        n += 1;
        match again {
            Some(f) => f.call::<i64>(()),
            None => Ok(n),
        }
    })?;
    assert_eq!((next.call::<i64>(())?, next.call::<i64>(())?), (1, 2));
    match next.call::<i64>(next.clone()) {
        Err(Error::CallbackError { cause, .. }) => match &*cause {
            Error::CallbackError { cause, .. } => assert!(matches!(**cause, Error::RecursiveMutCallback)),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
    assert_eq!(next.call::<i64>(())?, 4);
    Ok(())
}

#[test]
fn results_as_values() -> Result<()> {
    let lua = Lua::new();
    let half = lua.create_function(|_, n: i64| Ok(if n % 2 == 0 { Ok(n / 2) } else { Err("odd") }))?;
    lua.globals().set("half", half.clone())?;
    assert_eq!(lua.load("half(4)").eval::<i64>()?, 2);
    assert_eq!(lua.load("half(3)").eval::<(Value, String)>()?, (Nil, "odd".into()));
    assert_eq!(half.call::<std::result::Result<i64, String>>(3)?, Err("odd".into()));
    Ok(())
}

#[test]
fn binding() -> Result<()> {
    let lua = Lua::new();
    let list: Function = lua.load("function(...) return table.concat({...}, ',') end").eval()?;
    let bound = list.bind((1, 2))?;
    assert_eq!(bound.call::<String>((3, 4))?, "1,2,3,4");
    assert_eq!(bound.bind("x")?.call::<String>(())?, "1,2,x");
    let many: Variadic<i64> = (0..255).collect();
    assert!(matches!(list.bind(many), Err(Error::BindError)));
    Ok(())
}

// ---- errors

#[test]
fn lua_errors_have_tracebacks() {
    let lua = Lua::new();
    let error = lua.load("local function f() error('oops') end f()").set_name("=chunk").exec().unwrap_err();
    let Error::RuntimeError(text) = error else { panic!("{error:?}") };
    assert!(text.starts_with("chunk:1: oops\nstack traceback:\n"), "{text}");
    assert!(text.contains("in function 'error'") && text.contains("in function 'f'"), "{text}");
}

#[test]
fn other_error_values_become_text() -> Result<()> {
    let lua = Lua::new();
    let error = lua
        .load("error(setmetatable({}, {__tostring = function() return 'custom' end}))")
        .exec()
        .unwrap_err();
    assert!(error.to_string().starts_with("runtime error: custom\nstack traceback:"), "{error}");
    let error = lua.load("error()").exec().unwrap_err();
    assert!(error.to_string().starts_with("runtime error: nil"), "{error}");
    let raised = lua.load("error({code = 7})").into_function()?.call_raw::<()>(())?;
    let Err(Value::Table(raised)) = raised else { panic!("{raised:?}") };
    assert_eq!(raised.get::<i64>("code")?, 7);
    Ok(())
}

#[test]
fn rust_errors_keep_their_identity() -> Result<()> {
    #[derive(Debug)]
    struct Mine(i32);
    impl std::fmt::Display for Mine {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "mine {}", self.0)
        }
    }
    impl std::error::Error for Mine {}

    let lua = Lua::new();
    let fail = lua.create_function(|_, n: i32| Err::<(), _>(Mine(n)).into_lua_err())?;
    lua.globals().set("fail", fail)?;
    let error = lua.load("local function inner() fail(7) end inner()").exec().unwrap_err();
    let Error::CallbackError { traceback, cause } = &error else { panic!("{error:?}") };
    assert!(traceback.contains("in function 'inner'"), "{traceback}");
    assert!(matches!(&**cause, Error::ExternalError(e) if e.is::<Mine>()));
    assert_eq!(error.downcast_ref::<Mine>().map(|m| m.0), Some(7));

    // Through pcall, as a value, and out again.
    let (text, error): (String, Error) =
        lua.load("local ok, e = pcall(fail, 8) return tostring(e), e").eval()?;
    assert!(text.starts_with("mine 8"), "{text}");
    assert_eq!(error.downcast_ref::<Mine>().map(|m| m.0), Some(8));

    // Through two levels of Rust.
    let call = lua.create_function(|_, f: Function| f.call::<()>(9))?;
    lua.globals().set("call", call)?;
    let error = lua.load("call(fail)").exec().unwrap_err();
    assert_eq!(error.downcast_ref::<Mine>().map(|m| m.0), Some(9));
    assert!(error.to_string().starts_with("mine 9\nstack traceback:"), "{error}");
    let error = lua.load("error(select(2, pcall(fail, 10)))").exec().unwrap_err();
    assert_eq!(error.downcast_ref::<Mine>().map(|m| m.0), Some(10));
    assert_eq!(error.context("so").to_string().lines().next(), Some("so"));
    Ok(())
}

#[test]
fn panics_pass_through_lua() -> Result<()> {
    let lua = Lua::new();
    let panicking = lua.create_function(|_, ()| -> Result<()> { panic!("rust panic") })?;
    lua.globals().set("panicking", panicking)?;
    // Lua sees an error.
    let text: String = lua.load("local ok, e = pcall(panicking) return tostring(e)").eval()?;
    assert_eq!(text, "rust panic");
    // Rust sees the panic, once.
    assert_eq!(catch(|| lua.load("panicking()").exec()).unwrap_err(), "rust panic");
    lua.load("ok, e = pcall(panicking)").exec()?;
    assert_eq!(catch(|| lua.load("error(e)").exec()).unwrap_err(), "rust panic");
    let again = lua.load("error(e)").exec();
    assert!(matches!(again, Err(Error::PreviouslyResumedPanic)), "{again:?}");
    // And the state goes on.
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

#[test]
fn panics_may_pass_pcall() -> Result<()> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().catch_rust_panics(false))?;
    let panicking = lua.create_function(|_, ()| -> Result<()> { panic!("straight through") })?;
    lua.globals().set("panicking", panicking)?;
    assert_eq!(catch(|| lua.load("pcall(panicking)").exec()).unwrap_err(), "straight through");
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

#[test]
fn exit_is_an_error_that_nothing_catches() -> Result<()> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().exit_process(false))?;
    let swallow = lua.create_function(|_, f: Function| {
        _ = f.call::<()>(());
        Ok(())
    })?;
    lua.globals().set("swallow", swallow)?;
    let outcome = lua.load("pcall(swallow, function() os.exit(3) end) never = true").exec();
    assert!(matches!(outcome, Err(Error::Exit { code: 3 })), "{outcome:?}");
    assert!(lua.globals().get::<Value>("never")?.is_nil());
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

// ---- limits

#[test]
fn recursion_through_rust_is_an_error() -> Result<()> {
    // On the stack of a test thread, 2 MiB.
    let lua = Lua::new();
    let call = lua.create_function(|lua, ()| lua.globals().get::<Function>("f")?.call::<()>(()))?;
    lua.globals().set("call", call)?;
    lua.load("function f() call() end").exec()?;
    let error = lua.globals().get::<Function>("f")?.call::<()>(()).unwrap_err();
    assert!(error.to_string().contains("stack overflow"), "{error}");
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    // And from within metamethods and coroutines.
    lua.load("function f() coroutine.wrap(function() setmetatable({}, {__index = function() call() end}).x() end)() end").exec()?;
    assert!(lua.globals().get::<Function>("f")?.call::<()>(()).is_err());
    Ok(())
}

#[test]
fn recursion_in_lua_is_an_error() -> Result<()> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().max_depth(10_000))?;
    let error = lua.load("local function f() return 1 + f() end f()").exec().unwrap_err();
    assert!(error.to_string().contains("stack overflow"), "{error}");
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

#[test]
fn memory_is_limited() -> Result<()> {
    let lua = Lua::new();
    let before = lua.used_memory();
    assert!(before > 0);
    assert_eq!(lua.set_memory_limit(before + 100_000)?, 0);
    let error = lua.load("local t = {} for i = 1, 1e7 do t[i] = {} end").exec().unwrap_err();
    assert!(matches!(error, Error::MemoryError(_)), "{error:?}");
    assert!(matches!(lua.create_string("x".repeat(200_000)), Err(Error::MemoryError(_))));
    assert_eq!(lua.set_memory_limit(0)?, before + 100_000);
    lua.load("local t = {} for i = 1, 1e5 do t[i] = {} end").exec()?;
    Ok(())
}

#[test]
fn a_sudden_limit() -> Result<()> {
    let lua = Lua::new();
    let limit = lua.create_function(|lua, ()| lua.set_memory_limit(1).map(|_| ()))?;
    lua.globals().set("limit", limit)?;
    let outcome = lua.load("limit() return 1").eval::<i64>();
    lua.set_memory_limit(0)?;
    assert_eq!(outcome?, 1);
    Ok(())
}

#[test]
fn interrupts_stop_a_loop() -> Result<()> {
    let lua = Lua::new();
    let handle = lua.interrupt_handle();
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        handle.interrupt();
    });
    let error = lua.load("while true do end").exec().unwrap_err();
    other.join().unwrap();
    assert!(error.to_string().contains("interrupted!"), "{error}");
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

// ---- lifetimes

#[test]
fn handles_do_not_keep_the_state() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table()?;
    let weak = lua.weak();
    let clone = t.clone();
    drop(lua);
    assert!(weak.try_upgrade().is_none());
    let used = catch(|| t.len());
    assert_eq!(used.unwrap_err(), "Lua instance is destroyed");
    // Dropping and cloning them is silent.
    drop(clone.clone());
    drop((t, clone));
    Ok(())
}

#[test]
fn values_belong_to_one_state() -> Result<()> {
    let (a, b) = (Lua::new(), Lua::new());
    let t = a.create_table()?;
    let mixed = catch(|| b.globals().set("t", t.clone()));
    assert_eq!(mixed.unwrap_err(), "Lua instance passed Value created from a different main Lua state");
    assert_eq!(b.load("1").eval::<i64>()?, 1);
    Ok(())
}

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

// ---- coroutines

#[test]
fn coroutines_from_rust() -> Result<()> {
    let lua = Lua::new();
    let body: Function =
        lua.load("function(a) local b = coroutine.yield(a + 1) return a + b, 'end' end").eval()?;
    let thread = lua.create_thread(body.clone())?;
    assert_eq!(thread.status(), ThreadStatus::Resumable);
    assert_eq!(thread.resume::<i64>(1)?, 2);
    assert_eq!(thread.resume::<(i64, String)>(10)?, (11, "end".into()));
    assert_eq!(thread.status(), ThreadStatus::Finished);
    assert!(matches!(thread.resume::<()>(()), Err(Error::CoroutineUnresumable)));
    thread.reset(body)?;
    assert_eq!(thread.resume::<i64>(5)?, 6);
    Ok(())
}

#[test]
fn coroutines_and_callbacks() -> Result<()> {
    let lua = Lua::new();
    // A Rust function as body, and one that looks at the running thread.
    let body = lua.create_function(|lua, n: i64| Ok((n * 2, lua.current_thread())))?;
    let thread = lua.create_thread(body)?;
    let (n, running): (i64, Thread) = thread.resume(21)?;
    assert_eq!((n, running == thread), (42, true));
    // Errors keep their identity; a yield across Rust is an error.
    let fail = lua.create_function(|_, ()| Err::<(), _>(Error::runtime("from rust")))?;
    let thread = lua.create_thread(fail)?;
    let error = thread.resume::<()>(()).unwrap_err();
    assert!(
        matches!(&error, Error::CallbackError { cause, .. } if cause.to_string() == "runtime error: from rust"),
        "{error:?}"
    );
    let call = lua.create_function(|_, f: Function| f.call::<()>(()))?;
    lua.globals().set("call", call)?;
    let message: String = lua
        .load("select(2, coroutine.resume(coroutine.create(function() call(coroutine.yield) end)))")
        .eval::<Error>()?
        .to_string();
    assert!(message.contains("attempt to yield across"), "{message}");
    // Resuming from a callback, inside another coroutine.
    let resume = lua.create_function(|_, (t, n): (Thread, i64)| t.resume::<i64>(n))?;
    lua.globals().set("resume", resume)?;
    let n: i64 = lua
        .load(
            "local inner = coroutine.create(function(n) while true do n = coroutine.yield(n + 1) end end)
               local outer = coroutine.wrap(function() return resume(inner, 1) + resume(inner, 10) end)
               return outer()",
        )
        .eval()?;
    assert_eq!(n, 13);
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
fn coroutines_that_die() -> Result<()> {
    let lua = Lua::new();
    let body: Function =
        lua.load("function() local function inner() error('oops') end inner() end").set_name("=c").eval()?;
    let thread = lua.create_thread(body)?;
    let error = thread.resume::<()>(()).unwrap_err().to_string();
    assert!(error.starts_with("runtime error: c:1: oops\nstack traceback:"), "{error}");
    assert!(error.contains("in function 'inner'"), "{error}");
    assert_eq!(thread.status(), ThreadStatus::Error);
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

/// The program in the README is `examples/embedding.rs`, which is compiled with the tests.
#[test]
fn the_readme_shows_what_works() {
    assert!(include_str!("../README.md").contains(include_str!("../examples/embedding.rs")));
}
