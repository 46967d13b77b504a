//! Random Lua programs that end, and that print what they computed.
//!
//! A program is a fixed prelude, a few helper functions, and several *units*: functions with hot loops over
//! locals, upvalues, globals, arrays, objects, closures and metamethods, or with several ways through them, or with library
//! functions that call them back, each run under `pcall`. Variables have an intended kind, so that most operations succeed; now and
//! then a wrong one is put in, and the error message becomes part of the output.
//!
//! # Rules
//!
//! 1. Every program ends: loops count in variables that nothing else assigns; helpers call only earlier
//!    helpers, and never from within a loop of their own; closures call no function variables; callbacks raise when they have been
//!    called too often.
//! 2. Nothing depends on the implementation: arrays have no holes where `#` is asked, `pairs` order is not
//!    seen, NaN and the infinities are printed in one spelling that is no numeral, powers are exact, no
//!    literal is minus zero, and no text grows without bound.
//! 3. The same seed gives the same program for ever; a change here renumbers what a seed means.

mod callbacks;
mod expressions;
mod statements;
mod ways;

use std::fmt::Write;

use super::random::Random;

/// What a variable is meant to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    /// An array without holes, of numbers mostly.
    Array,
    /// An object with the fields `x`, `y`, `n` and `s`, of one of the prelude's classes.
    Object,
    /// A function from number to number.
    Function,
    /// What a condition gives.
    Flag,
}

const ASSIGNABLE: [Kind; 6] =
    [Kind::Number, Kind::Text, Kind::Array, Kind::Object, Kind::Function, Kind::Flag];

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

/// The head of every program: what the generated code calls.
const PRELUDE: &str = include_str!("generate/prelude.lua");

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
            if self.random.chance(40) { self.unit_of_ways(unit) } else { self.unit(unit) }
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
                Kind::Number | Kind::Text | Kind::Flag => self.line(&format!("print(\"{name}\", show({name}))")),
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
