//! A state on a thread with little stack: however deep Lua's calls, sources, patterns and data go, the machine's stack does not.

use ferrous_lua::{JitMode, Lua, LuaOptions, Result, StdLib};

/// A thirty-second of what the main thread has as a rule.
const STACK_BYTES: usize = 256 << 10;

/// How often the program's last loops run. With optimisation it is enough for some 70 million instructions in all.
const ROUNDS: i64 = if cfg!(debug_assertions) { 300_000 } else { 6_000_000 };

/// Goes deep in all the ways there are, then runs for long.
const PROGRAM: &str = r#"
local function check(name, ok, ...) if not ok then error(name .. ": " .. tostring((...)), 2) end return ... end

local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
for _ = 1, 40 do assert(depth(10000) == 10000) end
local function endless() return 1 + endless() end
local ok, message = pcall(endless)
assert(not ok and message:find("stack overflow"))

local function protected(n) if n == 0 then return 0 end return 1 + check("pcall", pcall(protected, n - 1)) end
for _ = 1, 20 do assert(protected(150) == 150) end

local function nested(n)
  if n == 0 then return 0 end
  return 1 + coroutine.wrap(nested)(n - 1)
end
for _ = 1, 20 do assert(nested(150) == 150) end
local generator = coroutine.wrap(function() for i = 1, 200000 do coroutine.yield(i) end end)
for i = 1, 200000 do assert(generator() == i) end

local indexed = setmetatable({}, { __index = function(t, k) if k == 0 then return 0 end return t[k - 1] + 1 end })
for _ = 1, 50 do assert(indexed[150] == 150) end

-- A pattern of as many items as the text has characters.
local ok, why = pcall(string.find, ("a"):rep(100000), ("a?"):rep(100000))
assert(ok and why == 1 or why:find("too complex"), why)

local keys = {}
for i = 1, 50000 do keys[i] = (i * 7919) % 50021 end
table.sort(keys, function(a, b) return a > b end)
for i = 2, #keys do assert(keys[i - 1] > keys[i]) end

local parts = {}
for i = 1, 20000 do parts[i] = "part " .. i end
assert(#table.concat(parts, ",") == 208893)
assert(("a"):rep(100000):find(".-b") == nil)
assert(("x"):rep(50000):match("^(x+)$"))
assert(("(("):rep(5000) .. ("))"):rep(5000) == (("(("):rep(5000) .. ("))"):rep(5000)):match("%b()"))
assert(("abc"):rep(20000):gsub("%w", function(c) return c:upper() end) == ("ABC"):rep(20000))

for _, source in ipairs {
  "return " .. ("("):rep(10000) .. "1" .. (")"):rep(10000),
  "return " .. ("{"):rep(10000) .. ("}"):rep(10000),
  "return " .. ("-"):rep(9999) .. "1",
  "return " .. ("not "):rep(10000) .. "1",
  ("do "):rep(10000) .. ("end "):rep(10000),
  ("return function() "):rep(10000) .. ("end "):rep(10000),
  "return " .. ("1 .. "):rep(10000) .. "1",
  "return " .. ("2 ^ "):rep(10000) .. "1",
  "local a return a" .. (".b"):rep(10000),
} do
  -- Either it is compiled, or the message says why not.
  local chunk, why = load(source)
  assert(chunk or why:find("levels") or why:find("too complex") or why:find("overflow"), why)
end

local list = nil
for _ = 1, 300000 do list = { list } end
collectgarbage()
local length = 0
while list do length, list = length + 1, list[1] end
assert(length == 300000)

local rounds = ...
local s, t = 0, {}
for i = 1, rounds do s = (s + i * i) % 1000003 end
for i = 1, rounds do t[i % 1000 + 1] = { i, s } end
return s
"#;

fn runs_on_a_small_stack(jit: JitMode, synchronous: bool) {
    let run = move || -> Result<i64> {
        let mut options = LuaOptions::new().jit(jit);
        options.jit.synchronous = synchronous;
        let lua = Lua::new_with(StdLib::ALL_SAFE, options)?;
        let sum = lua.load(PROGRAM).call(ROUNDS)?;
        // Otherwise when something is compiled is a matter of time.
        if synchronous && cfg!(feature = "jit") {
            assert!(lua.jit_stats().native_loops > 0);
        }
        Ok(sum)
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).expect("a thread");
    let sum = thread.join().expect("no panic").expect("no error");
    assert_eq!(sum, (1..=ROUNDS).fold(0, |sum, i| (sum + i * i) % 1_000_003));
}

#[test]
fn the_interpreter_needs_little_stack() {
    runs_on_a_small_stack(JitMode::Off, false);
}

#[test]
fn the_jit_needs_little_stack() {
    runs_on_a_small_stack(JitMode::On, false);
}

#[test]
fn the_jit_needs_little_stack_to_compile_on_the_same_thread() {
    runs_on_a_small_stack(JitMode::On, true);
}
