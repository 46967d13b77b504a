//! What the recorder makes of each kind of instruction: small programs whose results are the same in the interpreter, with
//! native code from the second round on, and with guards that are forced to fail.

use ferrous_lua_jit::{JitOptions, attach, stats};
use ferrous_lua_runtime::library::{self, Library};
use ferrous_lua_runtime::vm::Options;

/// How a program runs.
enum Mode {
    Interpreted,
    Native(JitOptions),
}

/// What the program returns, as text; and how often native code was entered.
fn run(source: &str, mode: Mode) -> (String, u64) {
    let profile = matches!(mode, Mode::Native(_));
    let mut vm = ferrous_lua_interp::new_state(Options { profile, ..Options::default() }).unwrap();
    for &library in Library::ALL {
        library::open_library(&mut vm, library).unwrap();
    }
    if let Mode::Native(options) = mode {
        attach(&mut vm, options).unwrap();
    }
    // Text is easiest to compare: all results, joined.
    let source = format!(
        "local function main(...) {source}\nend\nlocal t = {{main()}}\nfor i = 1, #t do t[i] = tostring(t[i]) end\nreturn table.concat(t, ' ')"
    );
    let chunk = vm.load(source.as_bytes(), b"=test").unwrap().expect("the program compiles");
    let result = match ferrous_lua_interp::call(&mut vm, chunk, &[]) {
        Ok(results) => results.first().copied(),
        Err(_) => Some(vm.error),
    };
    let text = result
        .and_then(|v| v.as_string())
        .map_or("?".into(), |s| String::from_utf8_lossy(s.bytes()).into_owned());
    let entries = stats(&mut vm).map_or(0, |stats| stats.entries);
    (text, entries)
}

/// Checks that a program's results are `expected` in every mode, and that native code ran.
#[track_caller]
fn check(source: &str, expected: &str) {
    assert!(same(source, expected) > 0, "no native code was entered");
}

/// Checks that a program's results are `expected` in every mode; how often native code was entered.
#[track_caller]
fn same(source: &str, expected: &str) -> u64 {
    assert_eq!(run(source, Mode::Interpreted).0, expected, "interpreted");
    let eager = JitOptions { synchronous: true, ..JitOptions::default() }.hot_count(2);
    let (result, entries) = run(source, Mode::Native(eager));
    assert_eq!(result, expected, "native");
    for seed in 0..6 {
        assert_eq!(
            run(source, Mode::Native(JitOptions::stress(seed))).0,
            expected,
            "with exits forced, seed {seed}"
        );
    }
    entries
}

#[test]
fn numeric_loops_count_in_every_way() {
    check("local s = 0 for i = 1, 100 do s = s + i end return s", "5050");
    check("local s = 0 for i = 100, 1, -1 do s = s * 3 % 1000 + i end return s", "550");
    check("local s = 0 for i = 0.5, 20.25, 0.25 do s = s + i end return s", "830");
    check("local s = 0 for i = 1, 25.5 do s = s + i end return s", "325");
    check("local s = 0 for step = 1, 5 do for i = 1, 60, step do s = s + i end end return s", "4097");
    check("local s = 0 for i = 1, 30 do for j = i, 3 do s = s + j end end return s", "14");
    check("local n = 0 for i = 2147483640, 2147483660 do n = n + i % 7 end return n", "63");
}

#[test]
fn while_and_repeat_loops_run() {
    check(
        "local i, s = 0, 0 while i < 100 do i = i + 1 if i % 3 == 0 then s = s + i end end return s",
        "1683",
    );
    check("local i = 0 repeat i = i + 1 until i * i > 5000 return i", "71");
    check("local n = 0 while true do n = n + 1 if n == 77 then break end end return n", "77");
}

#[test]
fn arithmetic_follows_the_operands() {
    check("local x = 0 for i = 1, 50 do x = x + i / 4 - i * 2 + i ^ 2 % 5 end return x", "-2131.25");
    check("local x = 0 for i = -30, 30 do x = x + i % 7 + i % -7 end return x", "0");
    check(
        "local x = 1 for i = 1, 40 do x = -x * 1.5 if x > 1e5 then x = 1 end end return x",
        "57.6650390625",
    );
    check(
        "local n = 0 for i = 1, 40 do local nan = 0 / 0 if nan ~= nan then n = n + 1 end end return n",
        "40",
    );
    same("local s = 0 for i = 1, 40 do s = s + ('1' .. i % 3) end return s", "440");
}

#[test]
fn types_may_change_on_the_way() {
    check("local x for i = 1, 60 do if i % 2 == 0 then x = i else x = 'n' end end return x", "60");
    check(
        "local t = {} for i = 1, 60 do t[i] = i % 3 == 0 and 'x' or i end local n = 0 for i = 1, 60 do if type(t[i]) == 'number' then n = n + t[i] end end return n",
        "1200",
    );
    check("local v = nil local n = 0 for i = 1, 50 do if v then n = n + v end v = i end return n", "1225");
}

#[test]
fn arrays_are_read_written_and_extended() {
    check(
        "local t = {} for i = 1, 200 do t[i] = i end local s = 0 for i = 1, #t do s = s + t[i] end return s, #t",
        "20100 200",
    );
    check(
        "local t = {} for i = 1, 100 do t[#t + 1] = i end for i = 1, 90 do t[#t] = nil end return #t, t[10], t[11]",
        "10 10",
    );
    check(
        "local t = {} for i = 1, 50 do t[i] = {} for j = 1, 50 do t[i][j] = i * j end end local s = 0 for i = 1, 50 do for j = 50, 1, -1 do s = s + t[i][j] end end return s",
        "1625625",
    );
    check(
        "local t = {} for i = 1, 40 do t[i * 1000] = i end local s = 0 for i = 1, 40000 do s = s + (t[i] or 0) end return s",
        "820",
    );
    check(
        "local t = {} for i = 1, 100 do table.insert(t, i) end local s = 0 for i = 1, 60 do s = s + table.remove(t) end return s, #t",
        "4230 40",
    );
    check(
        "local s = 0 for r = 1, 3 do local t = r == 2 and {1, 2, 3} or {} for i = 1, 40 do t[i] = i end s = s + #t end return s",
        "120",
    );
}

#[test]
fn fields_are_found_by_shape() {
    check("local p = {x = 1, y = 2} for i = 1, 100 do p.x = p.x + p.y end return p.x", "201");
    check("local s = 0 for i = 1, 60 do local p = {} p.a = i p.b = p.a + 1 s = s + p.b end return s", "1890");
    check(
        "local s = 0 for i = 1, 60 do local p = i % 2 == 0 and {x = i} or {y = 1, x = 2} s = s + p.x + (p.y or 0) end return s",
        "1020",
    );
    check("g = 0 for i = 1, 60 do g = g + i end local r = g g = nil return r, g", "1830");
    check(
        "local t = {} for i = 1, 60 do t['k' .. i % 7] = (t['k' .. i % 7] or 0) + i end return t.k0, t.k6",
        "252 244",
    );
}

#[test]
fn methods_are_found_by_way_of_metatables() {
    check(
        "local A = {} A.__index = A function A:get() return self.v end
         local B = setmetatable({}, A) B.__index = B function B:inc() self.v = self:get() + 1 end
         local o = setmetatable({v = 0}, B) for i = 1, 100 do o:inc() end return o.v",
        "100",
    );
    check(
        "local A = {} A.__index = A function A.f() return 1 end local o = setmetatable({}, A) local s = 0
         for i = 1, 90 do if i == 45 then A.f = function() return 10 end end s = s + o.f() end return s",
        "504",
    );
    check(
        "local s, n = 'abcdef', 0 for i = 1, 60 do n = n + s:byte(i % 6 + 1) + #s:sub(2, i % 6) end return n",
        "6070",
    );
    same(
        "local t = setmetatable({}, {__index = function(_, k) return k * 2 end, __newindex = function(t, k, v) rawset(t, k, v + 1) end})
         local s = 0 for i = 1, 40 do s = s + t[i] t[i] = i s = s + t[i] end return s",
        "2500",
    );
}

#[test]
fn calls_are_inlined_and_return() {
    check(
        "local function f(a, b) return a * b, a + b end local s = 0 for i = 1, 80 do local x, y = f(i, 2) s = s + x - y end return s",
        "3080",
    );
    check(
        "local function f(a, b, c) return a, b, c end local s = 0 for i = 1, 50 do local a, b, c = f(i) s = s + a if b == nil and c == nil then s = s + 1 end end return s",
        "1325",
    );
    check(
        "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(16)",
        "987",
    );
    check(
        "local function loop(n, acc) if n == 0 then return acc end return loop(n - 1, acc + n) end return loop(500, 0)",
        "125250",
    );
    check(
        "local function v(...) local a, b = ... return select('#', ...), a, b end local s = 0 for i = 1, 60 do local n, a, b = v(i, 2, 3) s = s + n + a + b end return s",
        "2130",
    );
    check(
        "local function pass(...) return ... end local s = 0 for i = 1, 60 do s = s + #{pass(i, i, i)} end return s",
        "180",
    );
}

#[test]
fn upvalues_are_slots_constants_or_memory() {
    check(
        "local n = 0 local function inc() n = n + 1 return n end local s = 0 for i = 1, 100 do s = s + inc() end return s, n",
        "5050 100",
    );
    check(
        "local function make() local v = 0 return function(x) v = v + x return v end end local a, b = make(), make() for i = 1, 70 do a(i) b(2) end return a(0), b(0)",
        "2485 140",
    );
    check(
        "local s = 0 for i = 1, 50 do local open = i local function bump() open = open + 1 end bump() bump() s = s + open end return s",
        "1375",
    );
    check(
        "local fs = {} for i = 1, 40 do fs[i] = function() return i end end local s = 0 for i = 1, 40 do s = s + fs[i]() end return s",
        "820",
    );
}

#[test]
fn generic_loops_iterate() {
    check(
        "local t = {} for i = 1, 40 do t[i] = i t['k' .. i] = i end local s, n = 0, 0 for k, v in pairs(t) do s = s + v n = n + 1 end return s, n",
        "1640 80",
    );
    check(
        "local t = {} for i = 1, 90 do t[i] = i end local s = 0 for r = 1, 3 do for i, v in ipairs(t) do s = s + i * v end end return s",
        "741195",
    );
    check(
        "local function range(n) local i = 0 return function() i = i + 1 if i <= n then return i end end end local s = 0 for i in range(100) do s = s + i end return s",
        "5050",
    );
    check(
        "local n = 0 for w in ('one two three four five six seven'):gmatch('%a+') do n = n + #w end return n",
        "27",
    );
}

#[test]
fn library_functions_are_called_or_done_inline() {
    check(
        "local s = 0 for i = 1, 60 do s = s + math.floor(i / 2) + math.max(i, 30, 7) - math.min(i, 5) + math.abs(i - 30) + math.sqrt(i * i) end return s",
        "5605",
    );
    check(
        "local b = bit local x = 0 for i = 1, 60 do x = b.bxor(x, b.lshift(i, i % 32), b.band(i, 12), b.rshift(-i, 28)) end return x",
        "1610612716",
    );
    check(
        "local s = '' for i = 1, 40 do s = s .. string.char(65 + i % 26) .. tostring(i % 3) end return #s, s:sub(1, 6)",
        "80 B1C2D0",
    );
    check(
        "local n = 0 for i = 1, 60 do n = n + select('#', unpack({1, 2, 3}, 1, i % 3 + 1)) + #string.format('%d', i) end return n",
        "231",
    );
    same(
        "local n = 0 for i = 1, 60 do local ok, e = pcall(error, i) if not ok then n = n + e end end return n",
        "1830",
    );
}

#[test]
fn errors_are_the_interpreters() {
    check(
        "local ok, e = pcall(function() local t = {} for i = 1, 60 do local x = i < 50 and {v = 1} or nil t[i] = x.v end end) return e",
        "test:1: attempt to index local 'x' (a nil value)",
    );
    check(
        "local ok, e = pcall(function() local s = 0 for i = 1, 60 do s = s + (i < 40 and i or {}) end end) return e",
        "test:1: attempt to perform arithmetic on a table value",
    );
    check(
        "local ok, e = pcall(function() for i = 1, 60 do string.rep(i < 30 and 'x' or nil, 2) end end) return e",
        "test:1: bad argument #1 to 'rep' (string expected, got nil)",
    );
}

#[test]
fn coroutines_leave_and_come_back() {
    same(
        "local co = coroutine.wrap(function() local s = 0 while true do s = s + 1 coroutine.yield(s) end end) local t = 0 for i = 1, 60 do t = t + co() end return t",
        "1830",
    );
}
