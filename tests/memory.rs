//! The memory limit against scripts that want ever more, of everything there is; and the state of the VM afterwards.

use ferrous_lua::{JitMode, Lua, LuaOptions, Result, StdLib, UserData};

const LIMIT: usize = 8 << 20;

/// What the state may go over its limit, to report that (`LIMIT_OVERSHOOT` of the heap).
const OVERSHOOT: usize = 64 << 10;

struct Block {
    _bytes: [u8; 4096],
}

impl UserData for Block {}

fn state(jit: JitMode) -> Result<Lua> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().jit(jit))?;
    let block = lua.create_function(|_, ()| Ok(Block { _bytes: [0; 4096] }))?;
    lua.globals().set("block", block)?;
    let function = lua.create_function(|lua, ()| {
        let captured = [0_u8; 1024];
        lua.create_function(move |_, ()| Ok(captured.len()))
    })?;
    lua.globals().set("host_function", function)?;
    lua.set_memory_limit(LIMIT)?;
    Ok(lua)
}

/// Runs `script`, which would never end, with the JIT and without: it must meet the limit, and the state be as good as before.
fn meets_the_limit(script: &str) -> Result<()> {
    for jit in [JitMode::Off, JitMode::On] {
        let lua = state(jit)?;
        for _ in 0..2 {
            let error = lua.load(script).exec().unwrap_err();
            // `load` returns the message.
            assert!(error.to_string().contains("not enough memory"), "{error:?}");
            assert!(lua.used_memory() <= LIMIT + OVERSHOOT, "{} bytes", lua.used_memory());
            // The first one frees the chunk, and with it the native code whose constants may have kept its data.
            lua.gc_collect()?;
            lua.gc_collect()?;
            assert!(lua.used_memory() < LIMIT / 2, "{} bytes are left", lua.used_memory());
            let answer =
                lua.load("local ok = pcall(error) return ok, #('x'):rep(1000)").eval::<(bool, usize)>()?;
            assert_eq!(answer, (false, 1000));
        }
    }
    Ok(())
}

macro_rules! meet_the_limit {
    ($($name:ident: $script:literal;)*) => {
        $(#[test]
        fn $name() -> Result<()> {
            meets_the_limit($script)
        })*
    };
}

meet_the_limit! {
    tables: "local t = {} while true do t = {t} end";
    array: "local t = {} while true do t[#t + 1] = 1 end";
    dictionary: "local t, i = {}, 0 while true do i = i + 1 t[i * 0.5] = i end";
    strings: "local t, i = {}, 0 while true do i = i + 1 t[i] = 'string ' .. i end";
    long_string: "local s = 'x' while true do s = s .. s end";
    substituted_string: "local s = ('x'):rep(1000) while true do s = s:gsub('x', 'xx') end";
    closures: "local f while true do local g = f f = function() return g end end";
    prototypes: "local t, i = {}, 0 while true do i = i + 1 t[i] = assert(load('return function(x) return x + ' .. i .. ' end')) end";
    environments: "local t, i = {}, 0 while true do i = i + 1 t[i] = setfenv(function() return x end, {x = i}) end";
    source: "local t, i = {}, 0 for i = 1, 1e5 do t[i] = 'x = 1' end load(table.concat(t, ' ')) t = table.concat(t, ' '):rep(20) local f = {} while true do f[#f + 1] = assert(load(t)) end";
    coroutines: "local t = {} while true do t[#t + 1] = coroutine.wrap(function() coroutine.yield() end) t[#t]() end";
    stack: "local function f(...) return 1 + f(1, 2, 3, 4, 5, 6, 7, 8, 9, ...) end f()";
    shapes: "local t, i = {}, 0 while true do i = i + 1 local o = {} o['a' .. i] = 1 o['b' .. i] = 2 t[i] = o end";
    metatables: "local t, i = {}, 0 while true do i = i + 1 t[i] = setmetatable({}, {__index = t}) end";
    pattern_iterators: "local t, i = {}, 0 while true do i = i + 1 t[i] = ('x'):gmatch('(' .. i .. '%d+)') end";
    proxies: "local t = {} while true do t[#t + 1] = newproxy(true) end";
    userdata: "local t = {} while true do t[#t + 1] = block() end";
    sorts: "local t = {} while true do table.sort({3, 1, 2, 5, 4}, function(a, b) t[#t + 1] = {a, b} return a < b end) end";
    substitutions: "local t = {} while true do local s = ('abcd'):gsub('.', function(c) t = {t, c} return c .. #t end) end";
    walks: "local t = {} while true do table.foreachi({1, 2, 3, 4, 5}, function(i, v) local o = {i, {v}} if i > 3 then t[#t + 1] = o end end) end";
    suspended_sorts: "local t = {} while true do t[#t + 1] = coroutine.wrap(function() table.sort({3, 1, 2}, coroutine.yield) end) t[#t]() end";
    objects_made_by_exits: "local t, i = {}, 0 while true do i = i + 1 local o = {i, {i}} if i % 7 < 2 then t[#t + 1] = o end end";
    finalisers: "local t = {} while true do local p = newproxy(true) getmetatable(p).__gc = function() t = {t, {}} end end";
    host_functions: "local t = {} while true do t[#t + 1] = host_function() end";
}

/// Even if the error that reached the host is another one than that of the failed allocation.
#[test]
fn the_host_can_allocate_after_the_error() -> Result<()> {
    let lua = state(JitMode::Off)?;
    let script = "local t, i = {}, 0 while true do i = i + 1 t[i] = assert(load('return ' .. i)) end";
    lua.load(script).exec().unwrap_err();
    assert_eq!(lua.load("return 1").eval::<i64>()?, 1);
    Ok(())
}

/// Finalisers that keep data fill the memory once more, each a little, when the limit has been met before; and who catches the errors
/// meets the limit again and again. (With a collection for each this took minutes.)
#[test]
fn many_failures_take_no_longer_than_few() -> Result<()> {
    let scripts = [
        "local kept, proxies = {}, {}
         local function proxy()
             local p = newproxy(true)
             getmetatable(p).__gc = function() kept = {kept, {}, {}, {}, {}, {}, {}} end
             proxies[#proxies + 1] = p
         end
         local function fill() while true do proxy() end end
         local function refill() while true do kept = {kept} end end
         fails(fill)
         proxies = nil
         for i = 1, 1000 do fails(refill) end",
        "local kept = {}
         local function fill() while true do kept = {kept, 1} end end
         local function garbage() local t = {} for i = 1, 1e6 do t[i] = {} end end
         for i = 1, 100000 do fails(fill) fails(garbage) end",
    ];
    for jit in [JitMode::Off, JitMode::On] {
        for script in scripts {
            let lua = state(jit)?;
            lua.load("function fails(f) assert(not pcall(f)) end").exec()?;
            // The script's own errors are of no interest.
            _ = lua.load(script).exec();
            lua.gc_collect()?;
            lua.gc_collect()?;
            assert!(lua.used_memory() < LIMIT / 4, "{} bytes are left of {script}", lua.used_memory());
        }
    }
    Ok(())
}

/// Whoever catches the error: Rust, the script, or a coroutine's resumer.
#[test]
fn the_stack_of_a_failed_recursion_is_given_back() -> Result<()> {
    let scripts = [
        "recurse()",
        "assert(not pcall(recurse)) collectgarbage() assert(collectgarbage('count') < 1000)",
        "assert(not coroutine.resume(coroutine.create(recurse)))",
        "local thread = coroutine.wrap(function() while true do coroutine.yield((pcall(recurse))) end end)
         for i = 1, 3 do assert(not thread()) end
         collectgarbage() assert(collectgarbage('count') < 1000)",
        "local function fails(n) if n == 0 then error('deep') end return fails(n - 1) + 1 end
         for i = 1, 3 do assert(not pcall(fails, 30000)) end
         collectgarbage() assert(collectgarbage('count') < 1000)",
    ];
    for jit in [JitMode::Off, JitMode::On] {
        for (at, script) in scripts.into_iter().enumerate() {
            let lua = state(jit)?;
            lua.load("function recurse() return recurse() + 1 end").exec()?;
            let outcome = lua.load(script).exec();
            assert!(outcome.is_ok() || at == 0, "{outcome:?} from {script}");
            lua.gc_collect()?;
            lua.gc_collect()?;
            assert!(lua.used_memory() < 1 << 20, "{} bytes are left of {script}", lua.used_memory());
        }
    }
    Ok(())
}

/// What dies at once may be made for ever.
#[test]
fn garbage_stays_below_the_limit() -> Result<()> {
    let scripts = [
        "for i = 1, 3000 do load('local s = 0 for i = 1, 100 do s = s + i * ' .. i .. ' end')() end",
        "for i = 1, 50000 do local t = {} t['a' .. i] = 1 t['b' .. i] = 2 end",
        "for i = 1, 20000 do coroutine.wrap(function() coroutine.yield() end)() end",
        "for i = 1, 20000 do block() end",
        "for i = 1, 20000 do host_function() end",
        "local s = '' for i = 1, 20000 do s = s .. 'x' end",
    ];
    for jit in [JitMode::Off, JitMode::On] {
        for script in scripts {
            let lua = state(jit)?;
            lua.load(script).exec()?;
            lua.gc_collect()?;
            lua.gc_collect()?;
            assert!(lua.used_memory() < LIMIT / 4, "{} bytes are left of {script}", lua.used_memory());
        }
    }
    Ok(())
}
