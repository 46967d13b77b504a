//! The embedding API, as a Rust program sees it: callbacks, coroutines, errors and limits.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ferrous_lua::{
    Error, ErrorContext, ExternalResult, Function, Lua, LuaOptions, Nil, Result, StdLib, Thread,
    ThreadStatus, Value, Variadic,
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
fn the_host_is_a_level_of_its_calls() -> Result<()> {
    // SAFETY: nothing in it is unsafe.
    let lua = unsafe { Lua::unsafe_new() };
    lua.globals().set("call", lua.create_function(|_, f: Function| f.call::<Value>(()))?)?;
    let source = "return (call(function() return (debug.traceback('here')) end))";
    let text: String = lua.load(source).set_name("=c").eval()?;
    let expected = "here\nstack traceback:\n\tc:1: in function <c:1>\n\t[C]: ?\n\t[C]: in function 'call'\n\tc:1: in main chunk\n\t[C]: ?";
    assert_eq!(text, expected);
    let host: Function = lua.load("return debug.getinfo(2, 'f').func").eval()?;
    assert!(host.call::<()>(()).unwrap_err().to_string().contains("the host cannot be called"));
    Ok(())
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

// ---- misuse

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
