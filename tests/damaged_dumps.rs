//! Damaged binary chunks: whatever bytes of a dump are changed, loading it fails or gives a program that runs safely.
//!
//! Each case takes the dump of one of [`PROGRAMS`], damages it as its seed says, and loads and runs what comes of it under a limit
//! of memory. A watchdog interrupts what runs long; nothing depends on when it does. `DAMAGED_COUNT=10000` runs that many cases
//! in each mode (400 unless said), `DAMAGED_SEED=n` starts at another seed. When the process dies, `damaged-MODE.seed` in the target's
//! temporary folder names the case.

mod harness;

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferrous_lua::chunk::ChunkMode;
use ferrous_lua::{InterruptHandle, JitMode, Lua, LuaOptions, MultiValue, Result, StdLib, Value};
use ferrous_lua_runtime::bytecode::Op;
use harness::random::Random;

macro_rules! eight {
    ($($text:tt)*) => {
        concat!($($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*)
    };
}

/// Together they have every instruction that a compiler emits.
const PROGRAMS: &[&str] = &[
    // Arithmetic in all its forms, comparisons, constants.
    r##"local a, b, s, u = ..., 3, "12", -(... or 1)
    for i = 1, 30 do
        a = (a or 1) + b - 2 * (i % 7) / 4 + 2 ^ (i % 3) + (5 - i) + (2 / b) + 7 % b + (b % 2) ^ 2 + b ^ b
        if a < b or a <= 1 or 5 < a or b >= a or not (a > i) then b = b + i % 3 elseif 2 <= i then a = -a end
        if s == "12" and i ~= 4 and a ~= b and u ~= nil or i == b then s = s .. i .. a elseif i == 9 then s = nil or "0" end
        if a <= 5 then a = 5 + a end
        if u then u = 5 <= b or b end
        if 7 <= a or i == 3 then a = a - 1 end
        a, b, u = b % 1000, a % 1000, (i < 5 and not u) == false
    end
    local x, y, z
    return a, b, #s, 300, 70000, true, x, y, z, 1 - a, 2 * a, 3 % b, a * b, a / b, a % b, a - b"##,
    // Tables: constructors, fields, indices, lists, methods.
    r##"local t = { 1, 2, 3, n = 4, [10] = 5, k = { x = 1, y = 2 }, ... }
    local Point = {}
    Point.__index = Point
    function Point.new(x, y) return setmetatable({ x = x, y = y }, Point) end
    function Point:add(o) return Point.new(self.x + o.x, self.y + o.y) end
    local p = Point.new(1, 2)
    for i = 1, 40 do
        p = p:add(Point.new(i, -i))
        t[i], t[3], t[t.n] = i * 2, t[5], p.x
        t.k.x = t.k.x + #t + (t[2] or 0)
        t["k" .. i % 5] = i
        global_count = (global_count or 0) + 1
    end
    local s = ("abc"):rep(3):upper()
    return p.x, p.y, t.k.x, s:sub(2, 4), { f = 1, unpack(t, 1, 3) }"##,
    // Closures: cells and values, loops over variables that are captured, recursion.
    r##"local total, list = 0, {}
    for i = 1, 10 do
        local j = i
        list[i] = function(n) j = j + n total = total + j return j + i end
    end
    local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
    for round = 1, 5 do for i, f in ipairs(list) do total = total + f(round) end end
    local k = 0
    while true do
        local captured = k
        k = k + 1
        list[k] = function() captured = captured + 1 return captured end
        if k > 20 then break end
    end
    repeat local last = list[k] k = k - 1 until k < 2 or last() > 100
    return total, fib(12), (function(...) return select("#", ...), ... end)(1, 2, 3)"##,
    // Varargs, tail calls, generic loops, protected calls, coroutines, goto.
    r##"local function pass(...) return ... end
    local function count(n, ...) if n == 0 then return select("#", ...), ... end return count(n - 1, n, ...) end
    local function compat(...) return arg and arg.n, ... end
    local function plain(f, n) if n > 0 then return plain(f, n - 1) end return f(n, 2) end
    local t = { pass(1, 2, 3) }
    for k, v in pairs({ a = 1, b = 2, c = 3, 4, 5 }) do t[k] = v end
    local gen = coroutine.wrap(function(a) for i = 1, 10 do a = a + coroutine.yield(i, a) end return a end)
    local sum = gen(1)
    for i = 1, 9 do sum = sum + gen(i) end
    local ok, err = pcall(function() local x = nil return x.y end)
    local ok2 = pcall(error, { pass(pass(1), pass(2, 3)) })
    for i = 10, 1, -3 do if i == 4 then goto out end sum = sum + i end
    ::out::
    for w in ("one two three"):gmatch("%a+") do sum = sum + #w end
    table.sort(t, function(a, b) return tostring(a) < tostring(b) end)
    return sum, ok, err, ok2, count(20), compat(1, 2), plain(pass, 30), #t, (pass(7, 8))"##,
    // Metamethods and strings.
    r##"local mt = { __add = function(a, b) return 1 end, __eq = function() return true end, __lt = function() return true end,
        __le = function() return false end, __concat = function(a, b) return "c" end, __call = function(self, ...) return ... end,
        __unm = function() return 5 end, __newindex = function(t, k, v) rawset(t, k, v) end }
    mt.__index = function(t, k) return k end
    local a, b = setmetatable({}, mt), setmetatable({}, mt)
    local n = 0
    for i = 1, 20 do
        n = n + (a + i) + (-b) + (a < b and 1 or 2) + (a <= b and 1 or 2) + (a == b and 1 or 0) + #(a .. "x") + #(a.field)
        b.field, a[i] = a(i, n), b
        n = n + #("x" .. i .. "y" .. n)
    end
    return n, a == b, a.zzz, string.format("%d %s", n, "s"), ("a,b"):gsub(",", ";")"##,
    // Calls nested so deeply that there are no registers for their return addresses.
    concat!(
        "local function f(...) return ... end return ",
        eight!(eight!("f(")),
        eight!(eight!("f(")),
        "1, 2",
        eight!(eight!(")")),
        eight!(eight!(")"))
    ),
];

/// Changes some of the bytes behind the header, most often only a few, for others are refused at once.
fn damage(dump: &mut Vec<u8>, random: &mut Random) {
    const HEADER: usize = 10;
    let kind = random.below(10);
    for _ in 0..1 + random.below(3) {
        let at = HEADER + random.below(dump.len() - HEADER);
        match kind {
            0..4 => dump[at] ^= 1 << random.below(8),
            4..6 => dump[at] = random.next() as u8,
            6 => dump[at] = dump[at].wrapping_add(1),
            // A word of the code in another's place.
            7 => {
                let from = HEADER + random.below(dump.len() - HEADER - 4);
                let to = HEADER + random.below(dump.len() - HEADER - 4);
                dump.copy_within(from..from + 4, to);
            }
            8 => {
                let more = dump.len() - 1 - random.below(8).min(dump.len() - HEADER - 1);
                dump.truncate(more.max(HEADER + 1));
            }
            _ if random.below(2) == 0 => drop(dump.remove(at)),
            _ => dump.insert(at, random.next() as u8),
        }
    }
}

/// Interrupts what runs for long, again and again.
struct Watchdog {
    watched: Arc<Mutex<Option<(InterruptHandle, u32)>>>,
    stop: Arc<AtomicBool>,
}

impl Watchdog {
    const TICK: Duration = Duration::from_millis(20);
    /// After so many ticks an interrupted program still runs: it hangs.
    const PATIENCE: u32 = 3000;

    fn start() -> Watchdog {
        let watched: Arc<Mutex<Option<(InterruptHandle, u32)>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, stopped) = (watched.clone(), stop.clone());
        std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(Watchdog::TICK);
                let mut watched = seen.lock().expect("nobody panics with the lock");
                if let Some((handle, ticks)) = &mut *watched {
                    *ticks += 1;
                    if *ticks > Watchdog::PATIENCE {
                        eprintln!("a damaged program cannot be interrupted");
                        std::process::abort();
                    }
                    handle.interrupt();
                }
            }
        });
        Watchdog { watched, stop }
    }

    fn watch(&self, handle: Option<InterruptHandle>) {
        *self.watched.lock().expect("nobody panics with the lock") = handle.map(|handle| (handle, 0));
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// A state that can neither reach the system nor read what is not there.
fn state(mode: JitMode, gc_stress: bool) -> Result<Lua> {
    let mut options =
        LuaOptions::new().jit(mode).memory_limit(32 << 20).max_depth(20_000).gc_stress(gc_stress);
    options.jit.synchronous = true;
    if mode == JitMode::On {
        options.jit.hot_count = Some(3);
    }
    let lua = Lua::new_with(StdLib::STRING | StdLib::TABLE | StdLib::MATH, options)?;
    for reaching in ["print", "dofile", "loadfile"] {
        lua.globals().set(reaching, Value::Nil)?;
    }
    Ok(lua)
}

/// Loads and runs; says whether it could be loaded.
fn run(lua: &Lua, dump: &[u8]) -> Result<bool> {
    let loaded = lua.load(dump).set_name("=damaged").set_mode(ChunkMode::Binary).into_function();
    let Ok(function) = loaded else { return Ok(false) };
    for _ in 0..2 {
        // An error is as good as a result, and its traceback looks into the debug information.
        let _: std::result::Result<MultiValue, Value> = match function.call_raw((5, "x")) {
            Ok(outcome) => outcome,
            Err(_) => break,
        };
    }
    // It can be shown and dumped again, and nothing that it has left behind disturbs a collection.
    function.bytecode_listing();
    function.dump(false);
    drop(function);
    lua.gc_collect()?;
    Ok(true)
}

fn check(name: &str, mode: impl Fn(u64) -> JitMode) {
    let first = number_from("DAMAGED_SEED").unwrap_or(1);
    let count = number_from("DAMAGED_COUNT").unwrap_or(400);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("damaged-{name}.seed"));
    let mut progress = File::create(&path).expect("the folder is ours");
    let pristine: Vec<Vec<u8>> = {
        let lua = Lua::new();
        let dump = |text: &&str| {
            lua.load(*text).set_name("=program").into_function().expect("it is Lua").dump(false)
        };
        PROGRAMS.iter().map(dump).collect()
    };
    let watchdog = Watchdog::start();
    let mut loaded = 0;
    for seed in first..first + count {
        progress
            .seek(SeekFrom::Start(0))
            .and_then(|_| writeln!(progress, "{seed}          "))
            .expect("it is open");
        let mut random = Random(seed);
        let mut dump = pristine[random.below(pristine.len())].clone();
        damage(&mut dump, &mut random);
        // A state of its own for each, so that a seed alone shows what was wrong.
        let lua = state(mode(seed), seed % 16 == 0).expect("there is memory for a state");
        watchdog.watch(Some(lua.interrupt_handle()));
        loaded += u64::from(run(&lua, &dump).unwrap_or(true));
        watchdog.watch(None);
    }
    // If hardly any passes the verifier, nothing is tested.
    assert!(loaded * 20 > count, "only {loaded} of {count} could be loaded");
}

#[test]
fn in_the_interpreter() {
    check("interpreter", |_| JitMode::Off);
}

#[test]
fn in_native_code() {
    check("native", |seed| if seed % 2 == 0 { JitMode::On } else { JitMode::Stress(seed) });
}

#[test]
fn the_programs_have_every_instruction() {
    let lua = Lua::new();
    let mut listings = String::new();
    for text in PROGRAMS {
        let function = lua.load(*text).into_function().expect("it is Lua");
        listings.push_str(&function.bytecode_listing());
        function.call::<MultiValue>((5, "x")).expect("undamaged it runs");
    }
    // `LoadKX` takes more constants than one wants to read; landings are no instructions of programs.
    let is_emitted = |op: &&Op| op.plain() == **op && **op != Op::LoadKX && !op.is_landing();
    let missing: Vec<&str> = Op::ALL
        .iter()
        .filter(is_emitted)
        .map(|op| op.name())
        .filter(|name| !listings.split_whitespace().any(|word| word == *name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
