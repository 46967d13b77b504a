//! Random Lua programs that end, and that print what they computed.
//!
//! A program is a fixed prelude, a few helper functions, and several *units*: functions with hot loops over
//! locals, upvalues, globals, arrays, objects, closures and metamethods, each run under `pcall`. Variables
//! have an intended kind, so that most operations succeed; now and then a wrong one is put in, and the
//! error message becomes part of the output.
//!
//! # Rules
//!
//! 1. Every program ends: loops count in variables that nothing else assigns; helpers call only earlier
//!    helpers, and never from within a loop of their own; closures call no function variables.
//! 2. Nothing depends on the implementation: arrays have no holes where `#` is asked, `pairs` order is not
//!    seen, NaN and the infinities are printed in one spelling that is no numeral, powers are exact, and no
//!    literal is minus zero.
//! 3. The same seed gives the same program for ever; a change here renumbers what a seed means.

mod expressions;

use std::fmt::Write;

/// What a variable is meant to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    /// An array without holes, of numbers mostly.
    Array,
    /// A table with the fields `x`, `y`, `n` and `s`, and the metatable `M`.
    Object,
    /// A function from number to number.
    Function,
}

const ASSIGNABLE: [Kind; 5] = [Kind::Number, Kind::Text, Kind::Array, Kind::Object, Kind::Function];

/// SplitMix64: small, and good enough to choose branches with.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True `percent` times of a hundred.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// The program of this seed.
pub fn program(seed: u64) -> String {
    let mut writer = Writer {
        random: Random(seed.wrapping_mul(0x2545_F491_4F6C_DD1D)),
        text: String::new(),
        indent: 0,
        scopes: vec![Vec::new()],
        names: 0,
        helpers: 0,
        loops: 0,
        in_helper: false,
        in_closure: false,
        budget: 0,
    };
    writer.program(seed);
    writer.text
}

const PRELUDE: &str = r##"
local function show(v)
  if v ~= v then return "NaN!" end
  if v == 1 / 0 then return "Inf!" elseif v == -1 / 0 then return "-Inf!" end
  local t = type(v)
  if t == "number" then return string.format("%.17g", v) end
  if t == "string" then return string.format("%q", v) end
  if t == "table" or t == "function" then return t end
  return tostring(v)
end
local M = {}
M.__index = function(t, k) if k == "z" then return t.x + t.y end return M[k] end
M.__add = function(a, b) return (type(a) == "table" and a.x or a) + (type(b) == "table" and b.x or b) end
M.__sub = function(a, b) return (type(a) == "table" and a.y or a) - (type(b) == "table" and b.y or b) end
M.__unm = function(a) return -a.x end
M.__eq = function(a, b) return a.x == b.x end
M.__lt = function(a, b) return a.x < b.x end
M.__le = function(a, b) return a.x <= b.x end
M.__concat = function(a, b) return "<obj>" end
M.__call = function(self, v) self.n = self.n + 1 return self.x + v end
function M:get() return self.x end
function M:move(dx, dy) self.x, self.y = self.x + dx, self.y + (dy or 1) return self end
local function new(x, y, s) return setmetatable({x = x, y = y, n = 0, s = s or "o"}, M) end
local function count(...) return select("#", ...) + (tonumber((...)) or 0) end
local D, P = {}, setmetatable({}, {__index = function(t, k) return 7 end})
G1, G2, G3 = 1, 2.5, "5"
"##;

struct Writer {
    random: Random,
    text: String,
    indent: usize,
    /// Variables in sight, innermost block last.
    scopes: Vec<Vec<(String, Kind)>>,
    names: usize,
    /// Helper functions `h1..` defined so far.
    helpers: usize,
    /// Loops around this point, inside the function.
    loops: usize,
    in_helper: bool,
    in_closure: bool,
    /// Statements that the current function may still have.
    budget: usize,
}

impl Writer {
    fn program(&mut self, seed: u64) {
        let _ = writeln!(self.text, "-- generated from seed {seed}");
        self.text.push_str(PRELUDE.trim_start());
        for (kind, prefix) in [
            (Kind::Number, "a"),
            (Kind::Number, "b"),
            (Kind::Text, "s"),
            (Kind::Array, "t"),
            (Kind::Object, "o"),
            (Kind::Function, "f"),
        ] {
            let name = self.fresh(prefix);
            let value = self.fresh_value(kind);
            self.line(&format!("local {name} = {value}"));
            self.declare(name, kind);
        }
        for _ in 0..2 + self.random.below(3) {
            self.helper();
        }
        let units = 3 + self.random.below(3);
        for unit in 1..=units {
            self.unit(unit);
        }
        for unit in 1..=units {
            self.line(&format!("do local r = {{pcall(unit{unit}, {unit}, \"arg\")}} for i = 1, 4 do r[i] = show(r[i]) end print(\"unit{unit}\", unpack(r, 1, 4)) end"));
        }
        self.report();
    }

    /// Prints every variable of the main chunk.
    fn report(&mut self) {
        for (name, kind) in self.scopes[0].clone() {
            match kind {
                Kind::Number | Kind::Text => self.line(&format!("print(\"{name}\", show({name}))")),
                Kind::Array => {
                    self.line(&format!("io.write(\"{name} \", #{name})"));
                    self.line(&format!("for i = 1, #{name} do io.write(\" \", show({name}[i])) end print()"));
                }
                Kind::Object => self.line(&format!(
                    "print(\"{name}\", show({name}.x), show({name}.y), show({name}.n), show({name}.s), show({name}.extra))"
                )),
                Kind::Function => self.line(&format!("print(\"{name}\", show(select(2, pcall({name}, 3))))")),
            }
        }
        self.line("print(show(G1), show(G2), show(G3))");
        self.line("for i = -5, 40 do if D[i] ~= nil then io.write(i, \"=\", show(D[i]), \" \") end end print(show(D.k1), show(D.k2), show(D.k3))");
    }

    /// A small function: straight code, perhaps one loop, a number as its result.
    fn helper(&mut self) {
        let name = format!("h{}", self.helpers + 1);
        self.line(&format!("local function {name}(p, q)"));
        (self.in_helper, self.budget) = (true, 6);
        self.scopes.push(vec![("p".into(), Kind::Number), ("q".into(), Kind::Number)]);
        self.indent += 1;
        self.line("p, q = tonumber(p) or 1, tonumber(q) or 2");
        self.statements(3);
        let result = self.number(2);
        self.line(&format!("return {result}"));
        self.indent -= 1;
        self.scopes.pop();
        self.line("end");
        self.in_helper = false;
        self.helpers += 1;
    }

    fn unit(&mut self, number: usize) {
        self.line(&format!("local function unit{number}(p, w, ...)"));
        self.budget = 28;
        self.scopes.push(vec![("p".into(), Kind::Number), ("w".into(), Kind::Text)]);
        self.indent += 1;
        for kind in ASSIGNABLE {
            if self.random.chance(60) {
                self.declaration(kind);
            }
        }
        self.for_loop();
        self.statements(4);
        self.for_loop();
        let (a, b) = (self.number(2), self.text(1));
        self.line(&format!("return {a}, {b}"));
        self.indent -= 1;
        self.scopes.pop();
        self.line("end");
    }

    fn statements(&mut self, most: usize) {
        for _ in 0..1 + self.random.below(most) {
            if self.budget == 0 {
                return;
            }
            self.budget -= 1;
            self.statement();
        }
    }

    fn block(&mut self, most: usize) {
        self.scopes.push(Vec::new());
        self.indent += 1;
        self.statements(most);
        self.indent -= 1;
        self.scopes.pop();
    }

    fn statement(&mut self) {
        match self.random.below(100) {
            0..=11 => {
                let kind = self.random.pick(&ASSIGNABLE);
                self.declaration(kind);
            }
            12..=37 => self.assignment(),
            38..=46 => self.array_store(),
            47..=55 => self.object_store(),
            56..=61 => self.dictionary_store(),
            62..=74 => self.branch(),
            75..=80 => self.for_loop(),
            81..=84 => self.while_loop(),
            85..=87 => self.each_loop(),
            88..=91 => self.protected_call(),
            92..=94 => self.global_store(),
            95..=96 => self.coroutine(),
            _ => self.mistake(),
        }
    }

    fn declaration(&mut self, kind: Kind) {
        let name = self.fresh("v");
        let value = if self.random.chance(70) { self.value(kind, 2) } else { self.fresh_value(kind) };
        self.line(&format!("local {name} = {value}"));
        self.declare(name, kind);
    }

    fn assignment(&mut self) {
        let kind = self.random.pick(&[
            Kind::Number,
            Kind::Number,
            Kind::Number,
            Kind::Text,
            Kind::Object,
            Kind::Function,
            Kind::Array,
        ]);
        let Some(name) = self.variable(kind) else { return self.declaration(kind) };
        if kind == Kind::Number
            && self.random.chance(15)
            && let Some(other) = self.variable(Kind::Number).filter(|other| *other != name)
        {
            let (a, b) = (self.number(2), self.number(1));
            return self.line(&format!("{name}, {other} = {a}, {b}"));
        }
        // A number held as text is still good for arithmetic; the type changes all the same.
        let value = match kind {
            Kind::Number if self.random.chance(4) => format!("show({})", self.number(1)),
            _ => self.value(kind, 3),
        };
        self.line(&format!("{name} = {value}"));
    }

    fn array_store(&mut self) {
        let Some(name) = self.variable(Kind::Array) else { return self.declaration(Kind::Array) };
        let value = self.number(2);
        match self.random.below(5) {
            0 => self.line(&format!("if #{name} < 40 then {name}[#{name} + 1] = {value} end")),
            1 => self.line(&format!("if #{name} > 6 then {name}[#{name}] = nil end")),
            2 => {
                let at = 1 + self.random.below(3);
                self.line(&format!("if #{name} < 40 then table.insert({name}, {at}, {value}) end"));
            }
            _ => {
                let index = self.index(&name);
                self.line(&format!("{name}[{index}] = {value}"));
            }
        }
    }

    fn object_store(&mut self) {
        let Some(name) = self.variable(Kind::Object) else { return self.declaration(Kind::Object) };
        let value = self.number(2);
        match self.random.below(8) {
            0 => {
                let text = self.text(1);
                self.line(&format!("{name}.s = {text}"));
            }
            1 => self.line(&format!("{name}:move({value})")),
            2 => self.line(&format!("{name}.extra = {value}")),
            3 => self.line(&format!("{name}.extra = nil")),
            4 => self.line(&format!("{name}.n = {name}.n + 1")),
            _ => {
                let field = self.random.pick(&["x", "y"]);
                self.line(&format!("{name}.{field} = {value}"));
            }
        }
    }

    fn dictionary_store(&mut self) {
        let (value, name) = (self.number(2), 1 + self.random.below(3));
        match self.random.below(4) {
            0 => self.line(&format!("D.k{name} = {value}")),
            1 => self.line(&format!("D[\"k\" .. {name}] = {value}")),
            2 => {
                let key = self.small();
                self.line(&format!("D[{key}] = nil"));
            }
            _ => {
                let key = self.small();
                self.line(&format!("D[{key}] = {value}"));
            }
        }
    }

    fn branch(&mut self) {
        let condition = self.condition(2);
        self.line(&format!("if {condition} then"));
        self.block(3);
        if self.random.chance(25) {
            let condition = self.condition(1);
            self.line(&format!("elseif {condition} then"));
            self.block(2);
        }
        if self.random.chance(50) {
            self.line("else");
            self.block(2);
        }
        self.line("end");
        if self.loops > 0 && self.random.chance(8) {
            let condition = self.condition(1);
            let way = if self.random.chance(80) { "break" } else { "do return p end" };
            self.line(&format!("if {condition} and p ~= p then {way} end"));
        }
    }

    fn for_loop(&mut self) {
        if !self.may_loop() {
            return self.assignment();
        }
        let (name, times) = (self.fresh("i"), self.times());
        let header = match self.random.below(6) {
            0 => format!("{times}, 1, -1"),
            1 => format!("0, {times}, 2"),
            2 => format!("1, {times} / 2, 0.5"),
            3 => format!("{}, {}", 2_147_483_640_u64, 2_147_483_640_u64 + times as u64),
            _ => format!("1, {times}"),
        };
        self.line(&format!("for {name} = {header} do"));
        self.loop_body(name);
        self.line("end");
    }

    fn while_loop(&mut self) {
        if !self.may_loop() {
            return self.assignment();
        }
        let (name, times) = (self.fresh("c"), self.times());
        self.line(&format!("local {name} = 0"));
        let repeat = self.random.chance(40);
        self.line(&if repeat { "repeat".to_string() } else { format!("while {name} < {times} do") });
        self.indent += 1;
        self.line(&format!("{name} = {name} + 1"));
        self.indent -= 1;
        self.loop_body(name.clone());
        self.line(&if repeat { format!("until {name} >= {times}") } else { "end".to_string() });
    }

    fn each_loop(&mut self) {
        let Some(array) = self.variable(Kind::Array).filter(|_| self.may_loop()) else {
            return self.assignment();
        };
        let (index, value) = (self.fresh("k"), self.fresh("e"));
        self.line(&format!("for {index}, {value} in ipairs({{unpack({array}, 1, 12)}}) do"));
        self.scopes.push(vec![(value, Kind::Number)]);
        self.loop_body(index);
        self.scopes.pop();
        self.line("end");
    }

    /// Statements of a loop. The loop variable is declared under a copy, so nothing assigns the original.
    fn loop_body(&mut self, counter: String) {
        self.loops += 1;
        self.indent += 1;
        let copy = self.fresh("j");
        self.line(&format!("local {copy} = {counter}"));
        self.indent -= 1;
        self.scopes.push(vec![(copy, Kind::Number)]);
        self.block(4);
        self.scopes.pop();
        self.loops -= 1;
    }

    fn may_loop(&self) -> bool {
        !self.in_closure && self.loops < if self.in_helper { 1 } else { 3 }
    }

    fn times(&mut self) -> usize {
        match self.loops {
            0 if !self.in_helper => 20 + self.random.below(60),
            1 => 1 + self.random.below(7),
            _ => 1 + self.random.below(4),
        }
    }

    fn protected_call(&mut self) {
        let value = self.number(2);
        let error = self.random.pick(&[
            "error(\"E\" .. count(1), 0)",
            "error({x = 1})",
            "error()",
            "local n = nil; return n.field",
        ]);
        let condition = self.condition(1);
        let name = self.fresh("ok");
        self.line(&format!(
            "local {name}, m{name} = pcall(function(d) if {condition} then {error} end return {value} end, p)"
        ));
        if let Some(target) = self.variable(Kind::Text) {
            self.line(&format!("{target} = show({name}) .. show(m{name}):sub(-30)"));
        }
    }

    fn global_store(&mut self) {
        let name = self.random.pick(&["G1", "G2"]);
        let value = self.number(2);
        self.line(&format!("{name} = {value}"));
    }

    fn coroutine(&mut self) {
        let Some(target) = self.variable(Kind::Number).filter(|_| !self.in_closure) else {
            return self.assignment();
        };
        let (value, name) = (self.number(1), self.fresh("co"));
        self.line(&format!("local {name} = coroutine.wrap(function(d) for i = 1, 3 do d = d + i coroutine.yield(d) end return {value} end)"));
        self.line(&format!("{target} = {name}(1) + {name}()"));
    }

    /// Something that fails, seldom enough for the rest of the unit to run.
    fn mistake(&mut self) {
        let wrong = self.random.pick(&[
            "local x = nil + 1",
            "local x = {} .. \"s\"",
            "local x = G3.field.sub",
            "undefined_function(1)",
            "local x = {} < 1",
            "local x; x.y = 1",
            "local x = #nil",
            "D[nil] = 1",
            "(\"x\"):nomethod()",
            "string.rep()",
            "for i = 1, \"x\" do end",
            "local x = -{}",
            "error(\"mistake\")",
        ]);
        let condition = self.condition(1);
        let rare = if self.random.chance(50) { "G1 == 17 and " } else { "" };
        self.line(&format!("if {rare}{condition} then {wrong} end"));
    }

    /// A variable in sight of this kind; inner ones are likelier.
    fn variable(&mut self, kind: Kind) -> Option<String> {
        let fitting: Vec<&String> =
            self.scopes.iter().flatten().filter(|(_, k)| *k == kind).map(|(name, _)| name).collect();
        if fitting.is_empty() {
            return None;
        }
        let (a, b) = (self.random.below(fitting.len()), self.random.below(fitting.len()));
        Some(fitting[a.max(b)].clone())
    }

    fn declare(&mut self, name: String, kind: Kind) {
        self.scopes.last_mut().expect("the main chunk is a scope").push((name, kind));
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{:width$}{text}", "", width = self.indent * 2);
    }
}
