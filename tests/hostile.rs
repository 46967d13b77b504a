//! Scripts that strangers may hand to a server: they want all memory, all time, all depth, or to get at what is not theirs.
//!
//! Each runs in a state as such a server makes it: no way to the system, a limit of memory, and a budget that ends what would not end.
//! Whatever it does, it ends with a result or an error; neither the state nor the process behind it has taken more memory than the
//! limit allows; and the state is good for the next script. Nothing depends on when the budget is spent.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ferrous_lua::{
    Error, HookTriggers, InterruptHandle, JitMode, JitOptions, Lua, LuaOptions, MultiValue, Result, StdLib,
    Value, VmState,
};

const LIMIT: usize = 8 << 20;

/// What the state may use beyond its limit, to report that, and for the budget's own error.
const OVERSHOOT: usize = 128 << 10;

/// What the thread may have allocated beyond the state's limit at any time: fragments, the compilers' notes, a copy of a string on
/// its way.
const BESIDE: usize = 24 << 20;

/// Counts what each thread has allocated.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn note(bytes: isize) {
    // A thread that ends has no counters any more, and is of no interest.
    _ = ALLOCATED.try_with(|allocated| {
        let now = allocated.get() + bytes;
        allocated.set(now);
        _ = PEAK.try_with(|peak| peak.set(peak.get().max(now)));
    });
}

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        // SAFETY: as the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How the budget is kept: by the number of instructions, or by another thread's clock. Native code knows the latter only.
#[derive(Clone, Copy, Debug)]
enum Budget {
    Instructions,
    Ticks,
}

/// The ways of running.
fn ways() -> [(LuaOptions, Budget); 4] {
    let mut eager = JitOptions::new();
    (eager.hot_count, eager.synchronous) = (Some(3), true);
    [
        (LuaOptions::new().jit(JitMode::Off), Budget::Instructions),
        (LuaOptions::new().jit(JitMode::Off), Budget::Ticks),
        (LuaOptions::new().jit_options(eager), Budget::Ticks),
        (LuaOptions::new().jit(JitMode::Stress(1)), Budget::Ticks),
    ]
}

/// Interrupts a state again and again, until it is dropped.
struct Ticker {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    const TICK: Duration = Duration::from_millis(5);

    fn start(handle: InterruptHandle) -> Ticker {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let thread = std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                std::thread::sleep(Ticker::TICK);
                handle.interrupt();
            }
        });
        Ticker { over, thread: Some(thread) }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it only ticks");
        }
    }
}

/// How often the budget is looked at before it is spent.
const LOOKS: u32 = 10;

/// Values on a stack.
const MAX_DEPTH: usize = 20_000;

/// Instructions between two looks.
const INSTRUCTIONS: u32 = 2_000;

/// A state with a budget, which can be spent again once the cell is set back.
fn state(options: LuaOptions, budget: Budget) -> Result<(Lua, Rc<Cell<u32>>, Option<Ticker>)> {
    let libraries = StdLib::STRING | StdLib::TABLE | StdLib::MATH | StdLib::BIT | StdLib::JIT | StdLib::DEBUG;
    // SAFETY: see there. A server would leave `debug` out; here it is one more way to do harm.
    let lua = unsafe { Lua::unsafe_new_with(libraries, options.max_depth(MAX_DEPTH)) };
    for reaching in ["print", "dofile", "loadfile"] {
        lua.globals().set(reaching, Value::Nil)?;
    }
    lua.set_memory_limit(LIMIT)?;
    let looks = Rc::new(Cell::new(0));
    let counter = looks.clone();
    let spend = move || {
        counter.set(counter.get() + 1);
        if counter.get() > LOOKS { Err(Error::runtime("budget spent")) } else { Ok(VmState::Continue) }
    };
    let ticker = match budget {
        Budget::Instructions => {
            let often = HookTriggers::new().every_nth_instruction(INSTRUCTIONS);
            // Who catches the error is stopped again at once.
            let at_once = HookTriggers::new().every_nth_instruction(1);
            lua.set_global_hook(often, move |lua, _| {
                let outcome = spend();
                if outcome.is_err() {
                    let again = outcome.clone();
                    lua.set_global_hook(at_once, move |_, _| again.clone())?;
                }
                outcome
            })?;
            None
        }
        Budget::Ticks => {
            let handle = lua.interrupt_handle();
            lua.set_interrupt(move |_| {
                let outcome = spend();
                if outcome.is_err() {
                    handle.interrupt();
                }
                outcome
            })?;
            Some(Ticker::start(lua.interrupt_handle()))
        }
    };
    Ok((lua, looks, ticker))
}

/// Runs `script` in all ways; `judge` sees what came of it.
fn run(script: &str, judge: impl Fn(Result<MultiValue>)) -> Result<()> {
    for (options, budget) in ways() {
        let before = ALLOCATED.get();
        PEAK.set(before);
        let (lua, looks, ticker) = state(options, budget)?;
        let outcome = lua.load(script).set_name("=script").eval::<MultiValue>();
        let used = lua.used_memory();
        assert!(used <= LIMIT + OVERSHOOT, "{used} bytes in {budget:?}");
        judge(outcome);
        drop(ticker);
        looks.set(0);
        lua.remove_global_hook();
        lua.remove_interrupt();
        // An interrupt may be left over; finalisers may fail, or meet it.
        for _ in 0..3 {
            _ = lua.gc_collect();
            _ = lua.load("for i = 1, 10 do end").exec();
        }
        let script = "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(i) end return #table.concat(t)";
        let length = lua.load(script).eval::<usize>()?;
        assert_eq!(length, 500_500);
        drop(lua);
        let peak = (PEAK.get() - before) as usize;
        assert!(peak <= LIMIT + BESIDE, "{peak} bytes at the peak in {budget:?}");
    }
    Ok(())
}

macro_rules! hostile {
    ($($name:ident => $judge:expr, $script:literal;)*) => {
        $(#[test]
        fn $name() -> Result<()> {
            run($script, $judge)
        })*
    };
}

/// The script gives true: what was tried has failed, or done no harm. (Unless the budget was spent before.)
fn holds(outcome: Result<MultiValue>) {
    let values = match outcome {
        Err(error) if error.to_string().contains("budget spent") => return,
        outcome => outcome.expect("the script catches its errors"),
    };
    assert!(matches!(values.iter().next(), Some(Value::Boolean(true))), "{values:?}");
}

/// The script fails, with one of these in the message.
fn fails(with: &'static [&'static str]) -> impl Fn(Result<MultiValue>) {
    move |outcome| {
        let message = outcome.expect_err("the script fails").to_string();
        assert!(with.iter().any(|part| message.contains(part)), "{message}");
    }
}

/// It ends, that is all.
fn ends(_: Result<MultiValue>) {}

/// Nothing but the budget ends the script.
fn is_stopped(outcome: Result<MultiValue>) {
    fails(&["budget spent"])(outcome);
}

/// Memory or the budget ends it, whichever is first.
fn is_ended(outcome: Result<MultiValue>) {
    fails(&["budget spent", "not enough memory"])(outcome);
}

// ---- memory

hostile! {
    repeated_strings => fails(&["not enough memory", "too large", "overflow"]), "return ('x'):rep(1e9)";
    endless_strings => holds, "
        for _, n in ipairs{2^31, 2^40, 2^52, 2^53, 2^63, 1e300, 1/0} do pcall(string.rep, 'xyz', n) end
        assert(not pcall(string.rep, 'x', 1e9) and not pcall(string.rep, 'x', 2^31 - 1))
        assert(('x'):rep(-1e9) == '' and (''):rep(1e9) == '')
        return #string.rep('', 1e9) == 0";
    formats => holds, "
        for _, f in ipairs{'%99999d', '%.99999f', '%0999s', '%', '%-+ #0-+ #0d', '%y', '%10', '%99.999q'} do
            assert(not pcall(string.format, f, 1))
        end
        return #('%99.99f'):format(1e308) > 300 and not pcall(string.format, ('%s'):rep(200))";
    grown_by_gsub => is_ended, "local s = ('x'):rep(1000) while true do s = s:gsub('x', 'xxxxxxxxxx') end";
    grown_by_functions => is_ended, "
        local s = ('x'):rep(1e6)
        return s:gsub('x', function() return s end)";
    grown_by_captures => is_ended, "return (('x'):rep(1e6):gsub('(.*)', ('%1'):rep(1000)))";
    concatenated_tables => is_ended, "
        local t, s = {}, ('x'):rep(1e5)
        for i = 1, 1e5 do t[i] = s end
        return table.concat(t, s)";
    unpacked_tables => holds, "
        assert(not pcall(unpack, {}, 1, 1e8))
        assert(not pcall(unpack, {}, 1, 2^31 - 1))
        pcall(unpack, {}, -2^52, 2^52)
        assert(not pcall(string.byte, ('x'):rep(1e6), 1, -1))
        assert(not pcall(string.char, unpack({}, 1, 200)))
        return select('#', unpack({}, 1, 5000)) == 5000";
    coroutines => is_ended, "
        local t = {}
        for i = 1, 1e6 do
            t[i] = coroutine.create(function() coroutine.yield() end)
            coroutine.resume(t[i])
        end";
    coroutines_that_die => holds, "
        for i = 1, 5e3 do coroutine.resume(coroutine.create(function() coroutine.yield() end)) end
        return true";
    nested_coroutines => holds, "
        local depth = 0
        local function nest()
            depth = depth + 1
            return assert(coroutine.resume(coroutine.create(nest)))
        end
        return not pcall(nest) and depth > 100";
    table_of_tables => is_ended, "local t = {} while true do t = {t, {t}, {t}} end";
    closures => is_ended, "local t = {} for i = 1, 1e8 do local j = i t[i] = function() j = j + 1 return j end end";
    prepared_tables => is_ended, "local t = {} while true do t[#t + 1] = {n = 1, m = 2, 1, 2, 3, [2^40] = 4} end";
    caught_errors => is_ended, "
        local kept = {}
        local function fill() while true do kept = {kept} end end
        while true do pcall(fill) end";
    caught_strings => is_ended, "
        local s = 'x'
        while true do pcall(function() while true do s = s .. s end end) end";
}

// ---- depth

hostile! {
    deep_calls => ends, "
        local function f(...) return 1 + f(1, ...) end
        local function g() return 1 + g() end
        local function h() return pcall(h) end
        return not pcall(f) and not pcall(g) and (h() or true)";
    index_chains => holds, "
        local loop = {}
        setmetatable(loop, {__index = loop, __newindex = loop})
        assert(not pcall(function() return loop.x end) and not pcall(function() loop.x = 1 end))
        local t = {}
        for i = 1, 1e4 do t = setmetatable({}, {__index = t}) end
        assert(pcall(function() return t.x end) or true)
        local f = setmetatable({}, {})
        getmetatable(f).__index = function(_, k) return f[k .. 'x'] end
        return not pcall(function() return f.x end)";
    calls_of_tables => holds, "
        local t = setmetatable({}, {})
        getmetatable(t).__call = t
        assert(not pcall(t))
        local u = {}
        for i = 1, 1e4 do u = setmetatable({}, {__call = u}) end
        return not pcall(u)";
    recursion_in_tostring => ends, "
        local t = setmetatable({}, {})
        getmetatable(t).__tostring = function(t) return tostring(t) .. tostring(t) end
        assert(not pcall(tostring, t))
        getmetatable(t).__tostring = function(t) return ('%s'):format(t) end
        assert(not pcall(tostring, t))
        getmetatable(t).__concat = function(a, b) return a .. b end
        assert(not pcall(function() return t .. t end))
        getmetatable(t).__eq = function(a, b) return a == b end
        local u = setmetatable({}, getmetatable(t))
        assert(not pcall(function() return t == u end))
        getmetatable(t).__lt = function(a, b) return a < b end
        return not pcall(function() return t < u end) and not pcall(error, t) and not pcall(table.sort, {t, u, t, u})";
    deep_sources => ends, "
        for _, source in ipairs{
            ('('):rep(1e5) .. '1' .. (')'):rep(1e5), ('{'):rep(1e5) .. ('}'):rep(1e5), ('-'):rep(1e5) .. '1',
            ('not '):rep(1e5) .. '1', ('2 ^ '):rep(1e5) .. '1', ('1 .. '):rep(1e5) .. '1', 'a' .. ('.b'):rep(1e5),
            'f' .. ('()'):rep(1e5), '1' .. (' + 1'):rep(1e5), '{' .. ('1,'):rep(1e5) .. '}', 'f(' .. ('1,'):rep(1e5) .. '1)',
            'function() ' .. ('if x then '):rep(1e4) .. ('end '):rep(1e4) .. 'end', ('a and '):rep(1e5) .. 'a',
            'function(' .. ('a,'):rep(1e5) .. 'a) end', 'function() ' .. ('local a '):rep(1e4) .. 'end',
            'function() ' .. ('goto a '):rep(1e5) .. '::a:: end', '[' .. ('='):rep(1e5) .. '[', ('9'):rep(1e5), '0x' .. ('f'):rep(1e5),
            '\"' .. ('\\\\'):rep(1e5), '--' .. ('[='):rep(1e5),
        } do
            for round = 1, 2 do load('return ' .. source) end
        end
        return true";
    deep_data => holds, "
        local ok, buffer = pcall(require, 'string.buffer')
        local t = {}
        for i = 1, 2e4 do t = {t} end
        if ok then assert(not pcall(buffer.encode, t)) end
        t[1] = t
        if ok then assert(not pcall(buffer.encode, t)) end
        return true";
}

// ---- time

hostile! {
    empty_loop => is_stopped, "while true do end";
    loop_in_repeat => is_stopped, "repeat until false";
    endless_recursion => is_stopped, "local function f() return f() end f()";
    endless_catching => is_stopped, "while true do pcall(function() while true do end end) end";
    endless_handlers => is_stopped, "
        local function loop() while true do end end
        while true do xpcall(loop, loop) end";
    endless_coroutines => is_stopped, "
        while true do
            local co = coroutine.wrap(function() while true do coroutine.yield() end end)
            for i = 1, 1000 do co() end
        end";
    caught_coroutines => is_stopped, "
        while true do coroutine.resume(coroutine.create(function() while true do end end)) end";
    endless_metamethods => is_stopped, "
        local t = setmetatable({}, {__index = function(t, k) return k end, __lt = function() return true end})
        local n = 1
        while t < t do n = t[n] end";
    endless_iteration => is_stopped, "for i in function() return 1 end do end";
    endless_iteration_by_a_table => is_stopped, "
        local t = setmetatable({}, {__call = function() return 1 end})
        for i in t do end";
    random_order => is_ended, "
        local t = {}
        for i = 1, 1e4 do t[i] = i end
        while true do pcall(table.sort, t, function() return math.random() < 0.5 end) end";
    no_order => is_ended, "
        local t = {}
        for i = 1, 1e4 do t[i] = i end
        while true do
            pcall(table.sort, t, function() return true end)
            pcall(table.sort, t, function() t[#t + 1] = 1 return false end)
        end";
    yields_in_sorting => is_stopped, "
        while true do
            local t = {}
            for i = 1, 100 do t[i] = i end
            local co = coroutine.wrap(function() table.sort(t, function(a, b) coroutine.yield() return a > b end) end)
            pcall(function() for i = 1, 1e5 do co() end end)
        end";
    endless_reader => is_ended, "return load(function() return ' ' end)";
    endless_reader_of_code => is_ended, "return load(function() return 'x = 1 ' end)";
    endless_reader_of_a_string => is_ended, "
        local first = true
        return load(function() if first then first = false return 'return [[' end return 'x' end)";
    nested_gsub => ends, "
        local function f(s) return (s:gsub('.', f)) end
        return f(('x'):rep(1000))";
    nested_gsub_without_end => is_ended, "
        local s = ('x'):rep(100)
        while true do s:gsub('.', function(c) return (s:gsub('.', function() return nil end)):sub(1, 1) end) end";
    plain_search => holds, "
        local s = ('a'):rep(1e6)
        return s:find(('a'):rep(5e5) .. 'b', 1, true) == nil and s:find(('a'):rep(5e5) .. 'b') == nil";
    inserts_in_the_middle => is_ended, "local t = {} for i = 1, 1e9 do table.insert(t, 1, i) end";
    finalisers_that_loop => is_stopped, "
        getmetatable(newproxy(true)).__gc = function() while true do end end
        while true do getmetatable(newproxy(true)).__gc = function() while true do end end collectgarbage() end";
}

// ---- patterns

/// Interrupts each way of matching; without a function that would have to be called for it, an interrupt ends that at once.
fn is_interrupted(script: &str) -> Result<()> {
    for (options, _) in ways() {
        let lua = Lua::new_with(StdLib::ALL_SAFE, options)?;
        let _ticker = Ticker::start(lua.interrupt_handle());
        fails(&["interrupted!"])(lua.load(script).eval());
    }
    Ok(())
}

macro_rules! interrupted {
    ($($name:ident: $script:literal;)*) => {
        $(#[test]
        fn $name() -> Result<()> {
            is_interrupted($script)
        })*
    };
}

interrupted! {
    backtracking: "return (('a'):rep(30000)):find(('a*'):rep(20) .. 'b')";
    lazy_backtracking: "return (('a'):rep(30000)):match(('.-'):rep(20) .. 'b')";
    backtracking_in_gsub: "return (('a'):rep(30000)):gsub(('a*'):rep(20) .. 'b', '')";
    backtracking_in_asking_gsub: "
        return ('b' .. ('a'):rep(30000)):gsub(('a*'):rep(20) .. 'b', function() return 'c' end)";
    backtracking_in_gmatch: "for _ in ('a'):rep(30000):gmatch(('a*'):rep(20) .. 'b') do end";
    backtracking_in_a_metamethod: "
        local s, p = ('a'):rep(30000), ('a*'):rep(20) .. 'b'
        getmetatable('').__index = string.find
        return s[p]";
    backtracking_in_a_coroutine: "
        return coroutine.wrap(function(...) return string.find(...) end)(('a'):rep(30000), ('a*'):rep(20) .. 'b')";
    balances: "local s = ('('):rep(1e6) while true do s:find('%b()') end";
}

// ---- finalisers, weak tables

hostile! {
    finalisers_that_allocate => is_ended, "
        local kept = {}
        while true do
            getmetatable(newproxy(true)).__gc = function(p) kept[#kept + 1] = {p, ('x'):rep(1000) .. #kept} end
        end";
    finalisers_that_make_finalisers => is_stopped, "
        local function make() getmetatable(newproxy(true)).__gc = make end
        make()
        while true do collectgarbage() end";
    finalisers_that_fail => ends, "
        while true do
            getmetatable(newproxy(true)).__gc = function(p) error(p) end
            getmetatable(newproxy(true)).__gc = function(p) collectgarbage() local t = p.x end
            getmetatable(newproxy(true)).__gc = 5
            pcall(collectgarbage)
        end";
    finalisers_that_recurse => ends, "
        local function deep() return 1 + deep() end
        while true do getmetatable(newproxy(true)).__gc = deep pcall(collectgarbage) end";
    finalisers_that_yield => ends, "
        while true do
            getmetatable(newproxy(true)).__gc = function() coroutine.yield() end
            coroutine.wrap(function() pcall(collectgarbage) end)()
        end";
    weak_cycles => is_ended, "
        local weak = {setmetatable({}, {__mode = 'k'}), setmetatable({}, {__mode = 'v'}), setmetatable({}, {__mode = 'kv'})}
        local i = 0
        while true do
            i = i + 1
            local a, b = {}, {}
            a.b, b.a = b, a
            for _, w in ipairs(weak) do w[a], w[b], w[w], w[i % 1000] = b, a, w, {w} end
        end";
    changed_while_walked => holds, "
        local t = {}
        for i = 1, 1000 do t[i], t['k' .. i] = i, i end
        for round = 1, 10 do
            pcall(function() for k in pairs(t) do t[k] = nil t[tostring(k) .. 'x'] = 1 collectgarbage('step') end end)
        end
        return not pcall(next, t, {}) and not pcall(next, t, 'no key')";
}

// ---- what is not theirs

hostile! {
    damaged_dumps => holds, "
        local dump = string.dump(function(a) local t = {a} for i = 1, 10 do t[i] = function() return t, i end end return t end)
        for i = 1, #dump do
            for _, byte in ipairs{0, 1, 127, 128, 255} do
                local f = load(dump:sub(1, i - 1) .. string.char(byte) .. dump:sub(i + 1))
            end
        end
        assert(not pcall(string.dump, string.dump) and not pcall(string.dump, 5))
        return true";
    environments => holds, "
        for _, f in ipairs{string.find, pcall, setfenv, coroutine.wrap(function() end), ('x'):gmatch('.')} do
            pcall(setfenv, f, {}) pcall(getfenv, f)
        end
        for level = -2, 20 do pcall(setfenv, level + 5, {}) pcall(getfenv, level) end
        assert(not pcall(setfenv, 1e10, {}) and not pcall(getfenv, -1) and not pcall(setfenv, 0 / 0, {}))
        return not pcall(setfenv, string.find, {})";
    looks_into_functions => ends, "
        local inside = {string.find, pcall, setfenv, coroutine.wrap(function() end), ('x'):gmatch('.'), table.sort, load, next}
        for _, f in ipairs(inside) do
            for i = -1, 5 do
                pcall(debug.getupvalue, f, i) pcall(debug.setupvalue, f, i, {}) pcall(debug.setupvalue, f, i, 0 / 0)
                pcall(debug.upvalueid, f, i) pcall(debug.upvaluejoin, f, 1, function() return inside end, 1)
            end
            pcall(debug.setfenv, f, {}) pcall(debug.getinfo, f, 'SlnufL') pcall(f)
        end
        for level = 0, 10 do
            for i = -300, 300 do
                pcall(debug.getlocal, level, i)
                if level > 1 then pcall(debug.setlocal, level, i, {}) end
            end
        end
        return true";
    changes_in_running_iterators => holds, "
        local it = ('a b c'):gmatch('%a')
        for i = 1, 3 do
            for _, v in ipairs{-1, 2^53, 0 / 0, 'x', {}, false, 1 / 0, 1.5} do
                pcall(debug.setupvalue, it, i, v)
                pcall(it)
            end
        end
        return true";
    locals_of_library_functions => holds, "
        local function meddle()
            for level = 1, 4 do for i = 1, 30 do pcall(debug.setlocal, level, i, 2^31) pcall(debug.setlocal, level, i, {}) end end
            return true
        end
        for _, f in ipairs{
            function() table.sort({3, 1, 2, 5, 4}, meddle) end, function() ('abc'):gsub('.', meddle) end,
            function() load(meddle) end, function() table.foreach({1, 2}, meddle) end, function() xpcall(error, meddle) end,
            function() for i = 1, 10 do meddle() end end, function() for k in pairs{1, 2, 3} do meddle() end end,
            function() return setmetatable({}, {__index = meddle}).x end, function() tostring(setmetatable({}, {__tostring = meddle})) end,
        } do
            pcall(f)
            pcall(coroutine.wrap(f))
        end
        return true";
    hooks_that_meddle => holds, "
        local function work() local t = {} for i = 1, 100 do t[i] = tostring(i) end table.sort(t) return #t end
        for _, mask in ipairs{'c', 'r', 'l', 'crl'} do
            local function meddle()
                for i = 1, 5 do debug.setlocal(2, i, nil) end
                debug.sethook()
                error('hooked')
            end
            pcall(function() debug.sethook(meddle, mask, 7) work() end)
            debug.sethook()
            pcall(coroutine.wrap(work))
        end
        return work() == 100";
    shared_metatables => holds, "
        local string_meta = getmetatable('')
        debug.setmetatable(1, {__index = function(n, k) return k end, __call = function(n) return n end})
        debug.setmetatable(nil, {__index = function() return 1 end, __call = function() return 2 end})
        local sum = 0
        for i = 1, 100 do sum = sum + (i)() + nil_value.x + nil_value() end
        debug.setmetatable(1, nil) debug.setmetatable(nil, nil)
        string_meta.__index = nil
        local ok = pcall(function() return ('x'):rep(2) end)
        string_meta.__index = string
        return sum == 5350 and not ok";
}
