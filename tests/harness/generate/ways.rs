//! Units that are one loop, or one in another, with several short ways through it, over a handful of variables that all ways share.
//!
//! Which way is taken depends on the round, so that each is hot, and some begin late. What one way assumes of a variable another may
//! make wrong: its type, a table's shape, elements or metatable, which tables are one, what a closure shares with the loop.
//!
//! The rules at the head of [`super`] hold here. `x` and `y` are numbers or, seldom, numerals; only `z` is compared. `k` is
//! anything. Elements and the fields `a` and `b` are never nil. In the templates `$i` is a loop's counter and `$n` a small number.

use super::Writer;

const VARIABLES: &[&str] = &[
    "local x, y, z, s, k = 1, 2, 0.5, \"s\", false",
    "local p, q = {a = 1, b = 2}, {b = 3, a = 4}",
    "local r = {p, q, {a = 5, b = 6, c = 7}}",
    "local l, m = {1, 2, 3, 4, 5}, {6, 7, 8}",
    "local draw = coroutine.wrap(function() while true do coroutine.yield(1) coroutine.yield(2.5) end end)",
    "local function pick(a, b, c) if b % 2 == 0 then return c elseif b % 3 == 0 then return a, b end return b end",
    "local function pair(a, b) if b % 3 == 0 then return b, a end return a, b end",
];

/// Closures that share no variables with the loop, and some that do.
const CAPTURES: &[&str] = &[
    "local function get() return 3 end local function bump(d) G1 = d end",
    "local function get() return y end local function bump(d) z = z + d end",
    "local function get() x = x + 1 return x end local function bump(d) p = {a = d, b = y} end",
    "local function get() return #l end local function bump(d) y = d y = y + 1 end",
];

const REPORT: &[&str] = &[
    "print(show(x), show(y), show(z), show(s), show(k))",
    "for n, o in ipairs({p, q, r[1], r[2], r[3]}) do print(n, show(o.a), show(o.b), show(o.c), show(o[1])) end",
    "print(total(unpack(l)), total(unpack(m)))",
];

const STEPS: &[&[&str]] = &[
    // Numbers: integers that become doubles, outgrow 32 bits, or turn into minus zero.
    &[
        "x = x + 1",
        "x = x + $i",
        "x = x - y",
        "x = x * 2",
        "x = -x",
        "x = x * 65537",
        "x = x % 1000003",
        "x = (x * 16807 + $i) % 2147483647",
        "x = (x - $i * $n) % 65521",
        "y = (y * 31 + $i) % $n",
        "y = (2 * $i - y) % 128",
        "y = y % 97 + 1",
        "x, y = y, x",
        "y = x",
        "y = $i",
        "y = y + 0.5",
        "y = math.floor(y / 2)",
        "x = 2147483640 + $i",
        "y = -2147483640 - $i",
        "x = $i % $n",
        "x = $i .. \"\"",
        "z = z + x",
        "z = x / $n",
        "z = $i * $n",
        "z = -(z - z)",
        "z = math.max(z, $i)",
        "if z > $n then z = z - $i else x = x + 1 end",
        "if 1 / z < 0 then x = x + 2 end",
        "if z ~= z then z = 0 end",
    ],
    // Objects that may be one, and change their shapes.
    &[
        "p.a = $i",
        "p.a = p.a + 1",
        "q.b = x",
        "x = x + p.a",
        "y = q.b",
        "x = x + q.a - p.b",
        "p = q",
        "p, q = q, p",
        "q = {a = $i, b = x}",
        "q = {b = $i, a = x}",
        "p = {a = x, b = y, c = $i}",
        "p.c = $i",
        "p.c = nil",
        "q.c = p.a",
        "q.c = nil",
        "x = x + (q.c or 1)",
        "setmetatable(p, M)",
        "setmetatable(p, nil)",
        "rawset(p, \"a\", y)",
        "q[1] = $i",
        "x = x + (tonumber(p[1]) or 2)",
        "r[$i % 3 + 1] = p",
        "q = r[$i % 3 + 1]",
        "r[$i % 2 + 1].b = $i",
        "x = x + r[$i % 3 + 1].a",
        "p[\"f\" .. $i % 3] = x",
    ],
    // Arrays that grow, shrink and are exchanged.
    &[
        "if #l < 30 then l[#l + 1] = x end",
        "if #l > 3 then l[#l] = nil end",
        "if #l > 3 then x = x + table.remove(l) end",
        "if #l < 30 then table.insert(l, 1, y) end",
        "l[$i % 3 + 1] = y",
        "x = x + l[$i % 3 + 1]",
        "x = x + (l[$i % 9 + 1] or $n)",
        "l = {x, y, $i}",
        "l, m = m, l",
        "m = l",
        "m[2] = $i + 0.5",
        "m[1] = l[1]",
        "l[2] = \"7\"",
        "l[1], l[2] = l[2], l[1]",
        "x = x + #l",
    ],
    // Texts, tests, and what may be anything.
    &[
        "s = s .. \"q\"",
        "s = s .. $i % 10",
        "if #s > 9 then s = \"\" end",
        "s = s:sub(2)",
        "s = show(x)",
        "x = x + #s",
        "k = s:byte($n)",
        "k = not k",
        "k = x",
        "k = p",
        "k = nil",
        "k = s",
        "k = D[$i % 5]",
        "D[$i % 5] = x",
        "D[$i % 5] = nil",
        "if k then y = y + 1 end",
        "if k == p then x = x + 1 elseif k == s then y = 5 end",
        "if type(k) == \"number\" then x = x + k end",
    ],
    // Calls that are inlined, with ways of their own, and closures.
    &[
        "y = get()",
        "bump($i)",
        "x = pick(x, $i, y)",
        "x, y = pick(y, $i, x), $i",
        "x, y = pair(y, $i)",
        "get = function() return $i end",
        "do local own = $i get = function() own = own + 1 return own end end",
        "x = count(unpack(l))",
        "y = select(\"#\", unpack(l, 1, $i % 4))",
        "k = pcall(risky, $i, $n + 1)",
        "k = select(2, pcall(error, p))",
    ],
];

/// Steps that may end a trace: loops, coroutines, variables that a new closure shares.
const SELDOM: &[&str] = &[
    "x = x + total($i, y)",
    "x = last(unpack(m))",
    "x = x + descend($i % 4, 1)",
    "x = x + draw()",
    "x = x + coroutine.wrap(function(d) return d + $n end)($i)",
    "pcall(function() y = y + 1 if $i % $n == 0 then error(y) end y = $i end)",
    "if $i % 16 == 0 then collectgarbage(\"step\") end",
    "for n = 1, $i % 4 do x = x + n if n == 2 then y = y + 1 else z = z - 0.5 end end",
    "for n = 1, 9 do if n * $n > $i % 20 then break end x = x + n end",
    "for n = 3, 1, -1 do p.a = p.a + n end",
    "for n = 1, #l do l[n] = l[n] + 1 end",
    "for n, e in ipairs(m) do y = y + e end",
    "local c = 0 while c < $i % 5 do c = c + 1 l[c % 3 + 1] = c end",
    "for key, v in pairs(m) do if type(v) == \"number\" then y = y + v end end",
    "for c in s:gmatch(\"q\") do x = x + #c end",
    "setmetatable(q, {__index = r[1]})",
    "s = string.format(\"%d,%s\", $i, s:sub(1, 3))",
];

impl Writer {
    pub(super) fn unit_of_ways(&mut self, number: usize) {
        self.line(&format!("local function unit{number}()"));
        self.indent += 1;
        VARIABLES.iter().for_each(|variables| self.line(variables));
        let calls_back = self.random.chance(40);
        if calls_back {
            self.variables_of_callbacks();
        }
        let captures = if self.random.chance(50) { CAPTURES[0] } else { self.random.pick(CAPTURES) };
        self.line(captures);
        for _ in 0..2 + self.random.below(3) {
            let known = self.known_steps();
            if calls_back && self.random.chance(60) {
                self.sequence(&known);
            } else if self.random.chance(70) {
                self.short_loop(&known);
            } else {
                let times = 50 + self.random.below(100);
                self.loop_of_ways(&known, times, 0);
            }
        }
        REPORT.iter().for_each(|report| self.line(report));
        self.line("return show(x), show(y), show(s)");
        self.indent -= 1;
        self.line("end");
    }

    /// A loop knows few steps, most of them on the same things, so that they meet.
    fn known_steps(&mut self) -> Vec<&'static str> {
        let subject = self.random.pick(STEPS);
        let count = 4 + self.random.below(8);
        (0..count)
            .map(|_| {
                let of = if self.random.chance(65) { subject } else { self.random.pick(STEPS) };
                self.random.pick(of)
            })
            .collect()
    }

    /// A loop with little in it but its ways, one of which begins late, when the others have been compiled.
    fn short_loop(&mut self, known: &[&str]) {
        let (counter, times) = (self.fresh("i"), 120 + self.random.below(150));
        // Some count across the ends of 32 bits, or close below 2^53, beyond which a step of one would lead nowhere.
        let before = self.random.pick(&["0", "0", "0", "0", "2147483520", "-2147483800", "9007199254740600"]);
        let (from, to) = (format!("{before} + 1"), format!("{before} + {times}"));
        let header =
            if self.random.chance(80) { format!("{from}, {to}") } else { format!("{to}, {from}, -1") };
        self.line(&format!("for {counter} = {header} do"));
        self.indent += 1;
        self.step(known, &counter);
        self.steps(known, &counter, 1);
        let (way, count) = (self.fresh("w"), 2 + self.random.below(4));
        let (late, first) = (times / 2 + self.random.below(times / 3), self.random.below(count));
        self.line(&format!("local {way} = {counter} % {count}"));
        self.line(&format!("if {counter} > {before} + {late} and {way} == {first} then"));
        self.indent += 1;
        self.step(known, &counter);
        self.steps(known, &counter, 1);
        self.indent -= 1;
        for n in 1..count {
            self.line(&format!("elseif {way} == {n} then"));
            self.indent += 1;
            self.step(known, &counter);
            self.steps(known, &counter, 1);
            self.indent -= 1;
        }
        self.line("end");
        self.steps(known, &counter, 2);
        self.indent -= 1;
        self.line("end");
    }

    fn loop_of_ways(&mut self, known: &[&str], times: usize, depth: usize) {
        let counter = self.fresh("i");
        let is_counted = self.random.chance(75);
        if is_counted {
            let header = self.random.pick(&["1, T", "1, T", "1, T", "T, 1, -1", "2, T * 2, 2"]);
            self.line(&format!("for {counter} = {} do", header.replace('T', &times.to_string())));
        } else {
            self.line(&format!("local {counter} = 0"));
            self.line(&format!("while {counter} < {times} do {counter} = {counter} + 1"));
        }
        self.indent += 1;
        self.steps(known, &counter, 2);
        self.ways(known, &counter);
        if depth == 0 && self.random.chance(50) {
            let times = 1 + self.random.below(8);
            self.loop_of_ways(known, times, 1);
        }
        self.steps(known, &counter, 2);
        if self.random.chance(50) {
            let from = times / 2 + self.random.below(times);
            let test = self.random.pick(&[">", "==", ">="]);
            self.line(&format!("if {counter} {test} {from} then"));
            self.way(known, &counter);
            self.line("end");
        }
        if self.random.chance(30) {
            self.ways(known, &counter);
        }
        self.indent -= 1;
        self.line("end");
    }

    /// An `if` with ways that rounds take in turn.
    fn ways(&mut self, known: &[&str], counter: &str) {
        let count = 2 + self.random.below(4);
        let (factor, offset) = (1 + self.random.below(7), self.random.below(5));
        let way = self.fresh("w");
        self.line(&format!("local {way} = ({counter} * {factor} + {offset}) % {count}"));
        for n in 0..count - 1 {
            let word = if n == 0 { "if" } else { "elseif" };
            self.line(&format!("{word} {way} == {n} then"));
            self.way(known, counter);
        }
        if self.random.chance(60) {
            self.line("else");
            self.way(known, counter);
        }
        self.line("end");
    }

    fn way(&mut self, known: &[&str], counter: &str) {
        self.indent += 1;
        self.steps(known, counter, 3);
        if self.random.chance(4) {
            self.steps(SELDOM, counter, 1);
        }
        self.indent -= 1;
    }

    pub(super) fn steps(&mut self, known: &[&str], counter: &str, most: usize) {
        for _ in 0..self.random.below(most + 1) {
            self.step(known, counter);
        }
    }

    pub(super) fn step(&mut self, known: &[&str], counter: &str) {
        let number = 1 + self.random.below(6);
        let step = self.random.pick(known).replace("$i", counter).replace("$n", &number.to_string());
        self.line(&format!("do {step} end"));
    }
}
