//! Library functions that call a function of the program again and again: sorts, substitutions and walks.
//!
//! The callback has several ways through it, as the loops of [`super::ways`] have, and shares their variables and steps. Now and
//! then it raises, yields, calls such a library function itself, changes what is being sorted, or is replaced.
//!
//! The rules at the head of [`super`] hold here. `a` and `b` are the callback's arguments; `u` is what is sorted and walked through:
//! twelve numbers or numerals, of which no callback makes more or fewer.

use super::Writer;

/// In PUC's Lua a callback cannot yield. Here it does, and nothing that is printed tells: who resumes it ignores what it yields.
const VARIABLES: &[&str] = &[
    "local u, text, kept, callback = {}, \"a1 b2 c3 d4\", {}, nil",
    "local pause = jit and coroutine.yield or function() end",
    "local flush = jit and jit.flush or function() end",
    "local function key(v) return tonumber(v) or 0 end",
    "local function less(a, b) return key(a) < key(b) end",
];

struct Sequence {
    /// Statements that call it, with the callback in the place of `$c`.
    calls: &'static [&'static str],
    /// What the callback returns.
    results: &'static [&'static str],
    /// What it does to `u`, seldom. A list that changes while it is sorted is sorted as the implementation likes.
    changes: &'static [&'static str],
}

const SEQUENCES: &[Sequence] = &[
    Sequence {
        calls: &[
            "table.sort(u, $c)",
            "table.sort(u, $c)",
            "local v = {unpack(u, 1, 9)} table.sort(v, $c) x = x + key(v[4])",
            "local class, v = {__lt = $c}, {} for at = 1, 9 do v[at] = setmetatable({u[at]}, class) end table.sort(v)",
        ],
        results: &[
            "less(a, b)",
            "(less(a, b))",
            "(less(b, a)), a",
            "key(a) < key(b)",
            "key(a) <= key(b)",
            "key(a) % 5 > key(b) % 5",
            "a ~= b and not less(a, b)",
            "pass(less(a, b), b)",
            "k",
            "",
        ],
        changes: &[
            "u[$n] = u[$n] .. \"\"",
            "u.f = $i",
            "do local old = u[$n] u[$n] = nil u[$n] = old end",
            "setmetatable(u, M)",
        ],
    },
    Sequence {
        calls: &[
            "s = text:gsub(\"(%w)(%w)\", $c):sub(1, 20)",
            "s = text:gsub(\"%d\", $c, 3):sub(1, 20)",
            "x = x + select(2, text:rep(3):gsub(\"(%s)()\", $c))",
            "s = text:gsub(\"%w\", setmetatable({}, {__index = $c})):sub(1, 20)",
        ],
        results: &[
            "a",
            "nil",
            "false, a",
            "",
            "#s",
            "k and \"k\" or nil",
            "(tostring(b):rep(2))",
            "pass(\"<\", a)",
            "p",
        ],
        changes: CHANGES,
    },
    Sequence {
        calls: &[
            "table.foreachi(u, $c)",
            "table.foreach({unpack(u)}, $c)",
            "k = table.foreachi(u, $c)",
            "k = table.foreach({unpack(u, 3)}, $c)",
        ],
        results: &["", "", "nil, a", "pass()", "nil", "key(b) > 11 and a or nil"],
        changes: CHANGES,
    },
];

const CHANGES: &[&str] = &[
    "u[$i % 5 + 1] = $i % 11",
    "u[$n], u[$n + 4] = u[$n + 4], u[$n]",
    "if $i % 20 == 0 then pcall(table.sort, u, less) end",
    "if $i % 20 == 0 then u = {unpack(u)} end",
];

/// A callback that has been called so often raises. Only a sort is that long, whose comparator's answers follow no order but a pattern:
/// PUC's algorithm, which is also ours, may then sort the same range for ever.
const MOST_CALLS: usize = 4000;

/// What only callbacks do, none of it often.
const SELDOM: &[&str] = &[
    "if $i % 47 == 46 then error(\"E\" .. $i % 10, 0) end",
    "if $i % 61 == 60 then error({a = $i}) end",
    "if $i % 7 == 5 then pause($i) end",
    "pause(a, b)",
    "kept = {a, b, $i}",
    "if $i % 16 == 0 then kept = {a, {b}} end",
    "kept = function() return a, b end",
    "do local own = a kept = function() own = key(own) + 1 return own end if $i % $n == 0 then kept() end end",
    "if $i % 32 == 0 then collectgarbage() end",
    "if $i % 50 == 9 then flush() end",
    "if $i == 90 then callback = less end",
    "if $i % 80 == 70 then debug.sethook(function() G1 = 1 end, \"\", 9) end if $i % 80 == 79 then debug.sethook() end",
    "table.sort({3, $i % 7, 1, $n}, less)",
    "table.sort({3, $i % 7, 1, $n}, function(c, d) x = x + 1 return c < d end)",
    "pcall(table.sort, {3, $i % 7, 1}, risky)",
    "s = (\"a1b2\"):gsub(\"%d\", function(d) z = z + 1 return d + $n end)",
    "table.foreachi({1, 2, $n}, function(at, v) z = z + v end)",
    "x = x + loadstring(\"return ...\")($n)",
    "x = x + #table.concat({$n, $i % 3})",
];

impl Writer {
    pub(super) fn variables_of_callbacks(&mut self) {
        VARIABLES.iter().for_each(|variables| self.line(variables));
    }

    /// A loop around calls of a sequence; the callback is one function, or a new closure in each round.
    pub(super) fn sequence(&mut self, known: &[&str]) {
        let sequence = &SEQUENCES[self.random.below(SEQUENCES.len())];
        let (round, count) = (self.fresh("i"), self.fresh("i"));
        let (times, is_one) = (8 + self.random.below(20), self.random.chance(50));
        self.line(&format!("local {count} = 0"));
        if is_one {
            self.line("callback = function(a, b)");
            self.callback(sequence, known, &count);
            self.line("end");
        }
        self.line("local rounds = coroutine.wrap(function()");
        self.line(&format!("for {round} = 1, {times} do"));
        self.indent += 1;
        self.line(&format!("for at = 1, 12 do u[at] = (at * 7 + {round}) % 13 end"));
        if !is_one {
            let parameters = self.random.pick(&["(a, b)", "(a, b)", "(...) local a, b = ..."]);
            self.line(&format!("callback = function{parameters}"));
            self.callback(sequence, known, &count);
            self.line("end");
        }
        let call = self.random.pick(sequence.calls).replace("$c", "callback");
        if self.random.chance(80) {
            self.line(&format!("k = select(2, pcall(function() {call} end))"));
        } else {
            self.line(&format!("do {call} end"));
        }
        self.steps(known, &round, 2);
        self.indent -= 1;
        self.line("end");
        self.line(&format!("return \"over\" end) repeat until rounds() == \"over\" print({count}, show(k))"));
    }

    fn callback(&mut self, sequence: &Sequence, known: &[&str], count: &str) {
        self.indent += 1;
        self.line(&format!("{count} = {count} + 1"));
        self.line(&format!("if {count} > {MOST_CALLS} then error(\"endless\", 0) end"));
        self.steps(known, count, 2);
        for _ in 0..self.random.below(3) {
            let steps = if self.random.chance(20) { sequence.changes } else { SELDOM };
            self.step(steps, count);
        }
        let ways = 1 + self.random.below(4);
        for n in 1..ways {
            let (word, late) = (if n == 1 { "if" } else { "elseif" }, 20 * self.random.below(4));
            self.line(&format!("{word} {count} > {late} and {count} % {} == {n} then", ways + 1));
            self.indent += 1;
            self.steps(known, count, 2);
            self.steps(SELDOM, count, 1);
            let result = self.random.pick(sequence.results);
            if self.random.chance(30) {
                self.line(&format!("do return {result} end"));
            }
            self.indent -= 1;
        }
        if ways > 1 {
            self.line("end");
        }
        let result = self.random.pick(sequence.results);
        self.line(&format!("return {result}"));
        self.indent -= 1;
    }
}
