//! Debug hooks and interrupts by the embedding API, in the interpreter and with the JIT.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ferrous_lua::{
    DebugEvent, Error, Function, HookTriggers, JitMode, JitOptions, Lua, LuaOptions, Result, StdLib, VmState,
};

/// A state for each way of running.
fn states() -> impl Iterator<Item = Lua> {
    let mut eager = JitOptions::new();
    (eager.hot_count, eager.synchronous) = (Some(2), true);
    let options = [
        LuaOptions::new().jit(JitMode::Off),
        LuaOptions::new().jit_options(eager),
        LuaOptions::new().jit(JitMode::Stress(1)),
        LuaOptions::new().jit(JitMode::Stress(2)).gc_stress(true),
    ];
    options.into_iter().map(|options| Lua::new_with(StdLib::ALL_SAFE, options).unwrap())
}

/// What a hook notes.
fn notes<T: 'static>() -> (Rc<RefCell<Vec<T>>>, impl Fn(T) + Clone) {
    let notes = Rc::new(RefCell::new(Vec::new()));
    let writer = notes.clone();
    (notes, move |note| writer.borrow_mut().push(note))
}

#[test]
fn a_line_hook_sees_each_line() -> Result<()> {
    for lua in states() {
        let (lines, note) = notes();
        lua.set_hook(HookTriggers::EVERY_LINE, move |_, debug| {
            assert_eq!(debug.event(), DebugEvent::Line);
            note(debug.current_line().unwrap());
            Ok(VmState::Continue)
        })?;
        lua.load("local x = 2\nfor i = 1, 2 do\n  x = x + i\nend\nreturn x").exec()?;
        assert_eq!(*lines.borrow(), [1, 2, 3, 2, 3, 2, 5]);
        lua.remove_hook();
        lua.load("local x = 1\nreturn x").exec()?;
        assert_eq!(lines.borrow().len(), 7);
    }
    Ok(())
}

#[test]
fn call_and_return_hooks_see_names() -> Result<()> {
    for lua in states() {
        let (seen, note) = notes();
        lua.load("function outer() inner() return 1 end function inner() end").exec()?;
        lua.set_hook(HookTriggers::ON_CALLS | HookTriggers::ON_RETURNS, move |_, debug| {
            let name = debug.names().name.unwrap_or_default().into_owned();
            note((debug.event(), name));
            Ok(VmState::Continue)
        })?;
        lua.load("outer()").exec()?;
        lua.remove_hook();
        let seen: Vec<_> = seen.borrow().iter().filter(|(_, name)| !name.is_empty()).cloned().collect();
        let of = |event, name: &str| (event, name.to_string());
        let (call, ret) = (DebugEvent::Call, DebugEvent::Ret);
        assert_eq!(seen, [of(call, "outer"), of(call, "inner"), of(ret, "inner"), of(ret, "outer")]);
    }
    Ok(())
}

#[test]
fn a_count_hook_ends_an_endless_loop() -> Result<()> {
    for lua in states() {
        lua.set_hook(HookTriggers::new().every_nth_instruction(100), |_, debug| {
            assert_eq!(debug.event(), DebugEvent::Count);
            Err(Error::runtime("enough"))
        })?;
        let error = lua.load("while true do end").exec().unwrap_err();
        assert!(error.to_string().contains("enough"), "{error}");
        let caught: bool = lua.load("return (pcall(function() while true do end end))").eval()?;
        assert!(!caught);
    }
    Ok(())
}

/// The loop is native code when the hook comes; then it is left.
#[test]
fn a_hook_set_while_a_loop_runs_is_called() -> Result<()> {
    for lua in states() {
        let arm = lua.create_function(|lua, ()| {
            lua.set_hook(HookTriggers::new().every_nth_instruction(1), |_, _| Err(Error::runtime("hooked")))
        })?;
        lua.globals().set("arm", arm)?;
        let error = lua
            .load("local n = 0 while true do n = n + 1 if n == 500 then arm() end end")
            .exec()
            .unwrap_err();
        assert!(error.to_string().contains("hooked"), "{error}");
        // The hook is still there, and does not concern other threads.
        assert!(lua.load("return 1").exec().is_err());
        let other = lua.create_thread(lua.load("local n = 7 return n").into_function()?)?;
        assert_eq!(other.resume::<i64>(())?, 7);
    }
    Ok(())
}

#[test]
fn a_hook_that_yields_or_removes_itself() -> Result<()> {
    for lua in states() {
        lua.set_hook(HookTriggers::EVERY_LINE, |_, _| Ok(VmState::Yield))?;
        let error = lua.load("local x = 1").exec().unwrap_err();
        assert!(error.to_string().contains("attempt to yield from a hook"), "{error}");

        let calls = Rc::new(Cell::new(0));
        let count = calls.clone();
        lua.set_hook(HookTriggers::EVERY_LINE, move |lua, _| {
            count.set(count.get() + 1);
            lua.remove_hook();
            Ok(VmState::Continue)
        })?;
        lua.load("local x = 1\nx = 2\nx = 3").exec()?;
        assert_eq!(calls.get(), 1);
        lua.gc_collect()?;
        lua.gc_collect()?;
        assert_eq!(Rc::strong_count(&calls), 1, "the callback has gone with the hook");
    }
    Ok(())
}

const IN_COROUTINE: &str = "local function body()\nlocal x = 1\ncoroutine.yield(x)\nend
    local co = coroutine.create(body) coroutine.resume(co) coroutine.resume(co)";

#[test]
fn a_hook_is_its_threads_own_unless_it_is_global() -> Result<()> {
    for lua in states() {
        let (lines, note) = notes();
        let note_line = move |_: &Lua, debug: &ferrous_lua::Debug| {
            note(debug.current_line().unwrap());
            Ok(VmState::Continue)
        };
        let count = |line: usize| lines.borrow().iter().filter(|l| **l == line).count();

        lua.set_hook(HookTriggers::EVERY_LINE, note_line.clone())?;
        lua.load(IN_COROUTINE).exec()?;
        assert_eq!((count(5), count(3)), (1, 0));

        lua.set_global_hook(HookTriggers::EVERY_LINE, note_line.clone())?;
        lua.load(IN_COROUTINE).exec()?;
        assert_eq!((count(5), count(3)), (2, 1));
        lua.remove_global_hook();
        lua.load(IN_COROUTINE).exec()?;
        assert_eq!((count(5), count(3)), (2, 1));

        let body = lua.load("local x = 1\nx = 2\nx = 3\nx = 4\nx = 5\nx = 6\nx = 7").into_function()?;
        let thread = lua.create_thread(body)?;
        thread.set_hook(HookTriggers::EVERY_LINE, note_line)?;
        thread.resume::<()>(())?;
        assert_eq!((count(6), count(7)), (1, 1));
    }
    Ok(())
}

/// Gives the state a function `tick` that interrupts it.
fn add_ticker(lua: &Lua) -> Result<()> {
    let handle = lua.interrupt_handle();
    let tick = lua.create_function(move |_, ()| {
        handle.interrupt();
        Ok(())
    })?;
    lua.globals().set("tick", tick)
}

#[test]
fn an_interrupt_calls_its_function_once() -> Result<()> {
    for lua in states() {
        add_ticker(&lua)?;
        let calls = Rc::new(Cell::new(0));
        let count = calls.clone();
        lua.set_interrupt(move |lua| {
            count.set(count.get() + 1);
            lua.load("return {}").exec()?;
            Ok(VmState::Continue)
        })?;
        let sum: i64 = lua
            .load("local s = 0 for i = 1, 300 do s = s + i if i % 10 == 0 then tick() end end return s")
            .eval()?;
        assert_eq!((sum, calls.get()), (45150, 30));

        lua.remove_interrupt();
        let error = lua.load("tick() while true do end").exec().unwrap_err();
        assert!(error.to_string().contains("interrupted!"), "{error}");
        assert_eq!(calls.get(), 30);
    }
    Ok(())
}

/// Wherever an interrupt comes, the values on the stack are those that were there.
#[test]
fn an_interrupt_disturbs_nothing() -> Result<()> {
    for lua in states() {
        add_ticker(&lua)?;
        lua.set_interrupt(|lua| {
            lua.load("local a, b, c = 1, 2, 3 return {a, b, c}").exec()?;
            Ok(VmState::Continue)
        })?;
        let text: String = lua
            .load(
                "local function many() tick() return 1, 2, 3 end
                 local function sum(...) local s = 0 for _, v in ipairs({...}) do s = s + v end return s end
                 local function fib(n) tick() if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
                 local co = coroutine.wrap(function(...) for i = 1, 30 do tick() coroutine.yield(i, ...) end end)
                 local out = {}
                 for i = 1, 20 do
                   tick()
                   out[#out + 1] = sum(many()) + sum(i, many()) + select('#', many())
                   local a, b = co(7)
                   out[#out + 1] = a + b
                 end
                 out[#out + 1] = fib(10)
                 for k, v in pairs({x = 1, y = 2}) do tick() out[#out + 1] = k .. v end
                 table.sort(out, function(a, b) tick() return tostring(a) < tostring(b) end)
                 return table.concat(out, ' ')",
            )
            .eval()?;
        let expected: String = Lua::new()
            .load(
                "local out = {55, 'x1', 'y2'}
                 for i = 1, 20 do out[#out + 1] = 15 + i out[#out + 1] = i + 7 end
                 table.sort(out, function(a, b) return tostring(a) < tostring(b) end)
                 return table.concat(out, ' ')",
            )
            .eval()?;
        assert_eq!(text, expected);
    }
    Ok(())
}

#[test]
fn an_error_of_the_interrupt_is_the_scripts() -> Result<()> {
    for lua in states() {
        add_ticker(&lua)?;
        lua.set_interrupt(|_| Err(Error::runtime("out of time")))?;
        let outcome: String = lua
            .load(
                "local function run() tick() for i = 1, 1e9 do end end
                 local _, first = pcall(run)
                 local co = coroutine.create(run)
                 local _, second = coroutine.resume(co)
                 return tostring(first) .. tostring(second) .. coroutine.status(co)",
            )
            .eval()?;
        assert_eq!(outcome.matches("out of time").count(), 2, "{outcome}");
        assert!(outcome.ends_with("dead"), "{outcome}");
        lua.set_interrupt(|_| Ok(VmState::Yield))?;
        let error = lua.load("tick() for i = 1, 1e9 do end").exec().unwrap_err();
        assert!(error.to_string().contains("attempt to yield from a hook"), "{error}");
    }
    Ok(())
}

/// A hook runs on when an interrupt comes within it, and is called again afterwards.
#[test]
fn an_interrupt_within_a_hook() -> Result<()> {
    for lua in states() {
        add_ticker(&lua)?;
        let (seen, note) = notes();
        let note_interrupt = note.clone();
        lua.set_interrupt(move |_| {
            note_interrupt(0);
            Ok(VmState::Continue)
        })?;
        let work: Function =
            lua.load("tick() local n = 0\nfor i = 1, 3 do\nn = n + 1\nend").into_function()?;
        lua.set_hook(HookTriggers::EVERY_LINE, move |_, debug| {
            note(debug.current_line().unwrap());
            if debug.current_line() == Some(2) {
                work.call::<()>(())?;
            }
            Ok(VmState::Continue)
        })?;
        lua.load("local a = 1\nlocal b = 2\nlocal c = 3").exec()?;
        assert_eq!(*seen.borrow(), [1, 2, 0, 3]);
    }
    Ok(())
}

/// Another thread interrupts as often as it can; the results are those of an undisturbed run.
#[test]
fn a_hail_of_interrupts_changes_no_result() -> Result<()> {
    for lua in states() {
        lua.set_interrupt(|_| Ok(VmState::Continue))?;
        let handle = lua.interrupt_handle();
        let over = Arc::new(AtomicBool::new(false));
        let until = over.clone();
        let thread = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                handle.interrupt();
                std::thread::yield_now();
            }
        });
        let sum: i64 = lua
            .load(
                "local t, s = {}, 0
                 for i = 1, 200 do t[i] = {v = i} end
                 local function get(o) return o.v end
                 for round = 1, 20 do for i = 1, #t do s = s + get(t[i]) end end
                 return s",
            )
            .eval()?;
        over.store(true, Ordering::Relaxed);
        thread.join().unwrap();
        assert_eq!(sum, 402_000);
    }
    Ok(())
}

/// Whatever the script does about the error, in its own loops and calls and in those of library functions; the next one is not concerned.
#[test]
fn a_script_that_catches_errors_is_stopped() -> Result<()> {
    for lua in states() {
        let handle = lua.interrupt_handle();
        let stop = lua.create_function(move |_, ()| {
            handle.stop();
            Ok(())
        })?;
        lua.globals().set("stop", stop)?;
        for has_function in [false, true] {
            if has_function {
                lua.set_interrupt(|_| Ok(VmState::Continue))?;
            }
            for script in [
                "while true do pcall(stop) end",
                "while true do pcall(function() stop() while true do end end) end",
                "local function f() while true do pcall(f) end end stop() f()",
                "local function f() while true do xpcall(f, f) end end stop() f()",
                "local function f() return pcall(f) end stop() while true do f() end",
                "local i = 0 repeat i = i + 1 if i == 500 then stop() end until false",
                "while true do coroutine.wrap(function() while true do pcall(stop) end end)() end",
                "while true do pcall(string.gsub, 'xxx', '.', function() stop() while true do end end) end",
                "while true do pcall(table.sort, {1, 2, 3}, function() stop() while true do end end) end",
                "local t = setmetatable({}, {__index = stop}) while true do pcall(function() return t.x end) end",
            ] {
                let error = lua.load(script).exec().expect_err(script).to_string();
                assert!(error.contains("interrupted!"), "{script}: {error}");
                assert_eq!(
                    lua.load("local n = 0 for i = 1, 500 do n = n + i end return n").eval::<i64>()?,
                    125_250
                );
            }
        }
    }
    Ok(())
}

/// A function of the state's own would have to wait until the match, which takes for ever, is over.
#[test]
fn a_long_match_is_stopped() -> Result<()> {
    for lua in states() {
        lua.set_interrupt(|_| Ok(VmState::Continue))?;
        let handle = lua.interrupt_handle();
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            begun.recv().expect("the script says that it begins");
            handle.stop();
        });
        lua.globals()
            .set("begin", lua.create_function(move |_, ()| begin.send(()).map_err(Error::external))?)?;
        let script = "begin() local s = ('x'):rep(99) return s:find(('x?'):rep(99) .. s .. '$')";
        let error = lua.load(script).exec().unwrap_err();
        assert!(error.to_string().contains("interrupted!"), "{error}");
        thread.join().unwrap();
    }
    Ok(())
}
