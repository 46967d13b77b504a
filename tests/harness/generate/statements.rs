//! Statements of generated programs: one function each, drawn by [`Writer::statement`].
//!
//! The rules at the head of [`super`] hold here. Whatever is declared inside a block that a statement opens is
//! out of sight behind it.

use super::{ASSIGNABLE, Kind, Writer};

impl Writer {
    pub(super) fn statement(&mut self) {
        match self.random.below(134) {
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
            97..=99 => self.mistake(),
            100..=102 => self.leave_loop(),
            103..=105 => self.exchange(),
            106..=108 => self.capture(),
            109..=111 => self.record(),
            112..=114 => self.library_loop(),
            115..=117 => self.generator(),
            118..=120 => self.class_change(),
            121..=123 => self.array_library(),
            124..=125 => self.risk(),
            126..=127 => self.skip(),
            128..=129 => self.arguments(),
            _ => self.carried_object(),
        }
    }

    pub(super) fn declaration(&mut self, kind: Kind) {
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
            Kind::Flag,
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

    /// The value comes first: computing it may make the array shorter, and a place chosen before would leave a hole.
    fn array_store(&mut self) {
        let Some(name) = self.variable(Kind::Array) else { return self.declaration(Kind::Array) };
        let value = self.number(2);
        match self.random.below(5) {
            0 => self
                .line(&format!("do local v = {value} if #{name} < 40 then {name}[#{name} + 1] = v end end")),
            1 => self.line(&format!("if #{name} > 6 then {name}[#{name}] = nil end")),
            2 => {
                let at = 1 + self.random.below(3);
                self.line(&format!("if #{name} < 40 then table.insert({name}, {at}, {value}) end"));
            }
            _ => {
                let index = self.index(&name);
                self.line(&format!("do local v = {value} {name}[{index}] = v end"));
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

    pub(super) fn for_loop(&mut self) {
        if !self.may_loop() {
            return self.assignment();
        }
        let (name, times) = (self.fresh("i"), self.times());
        let header = match self.random.below(14) {
            0 => format!("{times}, 1, -1"),
            1 => format!("0, {times}, 2"),
            2 => format!("1, {times} / 2, 0.5"),
            3 => format!("{}, {}", 2_147_483_640_u64, 2_147_483_640_u64 + times as u64),
            4 => self.unusual_range(),
            5 => match self.counter() {
                Some(outer) => format!("math.floor({outer}) % 5, {}", times % 10),
                None => format!("-{times}, -1"),
            },
            _ => format!("1, {times}"),
        };
        self.line(&format!("for {name} = {header} do"));
        self.loop_body(name);
        self.line("end");
    }

    /// Limits and steps where integers, floats and comparisons go wrong; few iterations, or none.
    fn unusual_range(&mut self) -> String {
        self.random
            .pick(&[
                "9007199254740960, 9007199254740990",
                "-9007199254740980, -9007199254740950, 3",
                "-2147483660, -2147483640",
                "2147483660, 2147483640, -1",
                "4294967290, 4294967310",
                "1, 2^31, 2^27",
                "2^31, -2^31, -2^28",
                "1e307, 1.5e308, 1e307",
                "0, 1, 0.0625",
                "1, -1, -1 / 16",
                "NZ, 20",
                "20, NZ, -1",
                "-12, NZ",
                "1, NAN",
                "1, -1 / 0",
                "5, 1",
                "3, 17.5",
                "-7.5, 7",
                "tonumber(\"3\"), \"19\"",
                "1, 30, G1 == 17 and 0.5 or 2",
            ])
            .to_string()
    }

    fn while_loop(&mut self) {
        if !self.may_loop() {
            return self.assignment();
        }
        let (name, times) = (self.fresh("c"), self.times());
        self.line(&format!("local {name} = 0"));
        let repeat = self.random.chance(40);
        let (condition, joint) = (self.condition(1), self.random.pick(&["and", "or"]));
        let extra = if self.random.chance(30) {
            format!(" and not ({condition} {joint} {name} % 5 == 4)")
        } else {
            String::new()
        };
        self.line(&if repeat { "repeat".to_string() } else { format!("while {name} < {times}{extra} do") });
        self.indent += 1;
        self.line(&format!("{name} = {name} + 1"));
        self.indent -= 1;
        self.loop_body(name.clone());
        self.line(&if repeat {
            format!("until {name} >= {times}{}", extra.replace(" and not", " or"))
        } else {
            "end".to_string()
        });
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
            "return risky(d, 1)",
            "error(setmetatable({}, M))",
            "return ({}) + d",
            "return pcall(risky, 4, 2)",
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

    /// A `break` or a `return` out of the innermost loop, not only in theory.
    fn leave_loop(&mut self) {
        if self.loops == 0 {
            return self.assignment();
        }
        let Some(counter) = self.counter() else { return self.assignment() };
        let (condition, at) = (self.condition(1), 3 + self.random.below(30));
        let value = self.number(1);
        let way = match self.random.below(6) {
            0 if !self.in_helper => format!("do return {value}, \"left\" end"),
            1 => format!("do return {value} end"),
            _ => "break".to_string(),
        };
        let joint = self.random.pick(&["and", "and", "or"]);
        self.line(&format!("if {counter} > {at} {joint} ({condition}) then {way} end"));
    }

    /// Multiple assignment whose targets are also its sources.
    fn exchange(&mut self) {
        let pair = (self.variable(Kind::Number), self.variable(Kind::Number));
        match (self.random.below(4), pair) {
            (0, (Some(a), Some(b))) if a != b => {
                let value = self.number(1);
                self.line(&format!("{a}, {b} = {b}, {a} + {value}"));
            }
            (1, (Some(a), _)) => {
                let value = self.number(1);
                self.line(&format!("{a}, G1, G2 = pass({value}, {a}, G1)"));
            }
            (2, _) => {
                let Some(o) = self.variable(Kind::Object) else { return self.assignment() };
                let value = self.number(1);
                self.line(&format!("{o}.x, {o}.y, {o}.n = {o}.y, {value}, {o}.n + 1"));
            }
            _ => {
                let Some(array) = self.variable(Kind::Array) else { return self.assignment() };
                let (a, b) = (self.index(&array), self.index(&array));
                self.line(&format!("{array}[{a}], {array}[{b}] = {array}[{b}], {array}[{a}]"));
            }
        }
    }

    /// Closures made in a loop, each with its own variables; then all are called.
    fn capture(&mut self) {
        let Some(target) = self.variable(Kind::Number).filter(|_| self.may_loop()) else {
            return self.assignment();
        };
        let (list, times, value) = (self.fresh("fs"), 2 + self.random.below(8), self.number(1));
        let own = self.fresh("own");
        self.line(&format!("local {list} = {{}}"));
        self.line(&format!("for r = 1, {times} do"));
        self.line(&format!("  local {own} = {value}"));
        let body = self.random.pick(&[
            "OWN = (tonumber(OWN) or 0) % 1000 + d return OWN + r",
            "return r * d",
            "r = r + d return r",
            "local function inner() OWN = d return r end return inner() + (tonumber(OWN) or 0)",
        ]);
        self.line(&format!("  {list}[r] = function(d) {} end", body.replace("OWN", &own)));
        if self.random.chance(30) {
            self.line(&format!("  if r > 3 then {own} = r end"));
        }
        self.line("end");
        let argument = self.small();
        self.line(&format!("for r = 1, {} do", times * 2));
        self.line(&format!(
            "  {target} = ((tonumber({target}) or 0) + {list}[r % #{list} + 1]({argument})) % 65536"
        ));
        self.line("end");
    }

    /// A table that grows one field at a time, with a shape that depends on the way taken.
    fn record(&mut self) {
        let (name, condition) = (self.fresh("rec"), self.condition(1));
        let (a, b, c) = (self.number(1), self.number(1), self.small());
        let start =
            self.random.pick(&["{}", "{b = 1}", "{a = 0, c = 2}", "setmetatable({}, {__index = {b = 5}})"]);
        self.line(&format!("local {name} = {start}"));
        self.line(&format!("{name}.a = {a}"));
        self.line(&format!("if {condition} then {name}.b = {b} else {name}[\"c\" .. {c}] = 1 end"));
        let change = self.random.pick(&[
            "REC.a = nil",
            "REC.late = true",
            "REC[1] = REC.b",
            "rawset(REC, \"b\", 2)",
            "setmetatable(REC, {__index = function(_, k) return #k end})",
            "REC.b = nil",
        ]);
        if self.random.chance(60) {
            let condition = self.condition(0);
            self.line(&format!("if {condition} then {} end", change.replace("REC", &name)));
        }
        if let Some(target) = self.variable(Kind::Number) {
            let key = self.random.pick(&["a", "b", "c", "late", "c3"]);
            self.line(&format!("{target} = tonumber({name}.{key}) or {name}.b or #{name}"));
        }
        if let Some(target) = self.variable(Kind::Text) {
            self.line(&format!(
                "{target} = show({name}[\"c\" .. {c}]) .. show({name}.late) .. show(next({name}) == nil)"
            ));
        }
    }

    /// A loop over a string or over all of a table, seen only in ways that know no order.
    fn library_loop(&mut self) {
        let Some(target) = self.variable(Kind::Number).filter(|_| self.may_loop()) else {
            return self.assignment();
        };
        let text = self.text(1);
        match self.random.below(4) {
            0 => {
                let set = self.random.pick(&["%w", "%d+", "[a-f]", ".", "(%a)%d?", "()"]);
                self.line(&format!("for m in ({text} .. \" a1 b22\"):gmatch(\"{set}\") do {target} = #tostring(m) + (tonumber(m) or 1) end"));
            }
            1 => self.line(&format!(
                "do local str, sum = {text}, 0 for at = 1, #str do sum = (sum * 31 + str:byte(at)) % 65521 if str:sub(at, at) == \"1\" then sum = sum + 1 end end {target} = sum end"
            )),
            2 => {
                let table = self.variable(Kind::Array).unwrap_or_else(|| "D".into());
                self.line(&format!(
                    "do local n, most = 0, 0 for key, v in pairs({table}) do n = n + 1 if type(v) == \"number\" and v > most then most = v end end {target} = n + most end"
                ));
            }
            _ => {
                let Some(array) = self.variable(Kind::Array) else { return self.assignment() };
                self.line(&format!("for v, at in each({array}) do if at > 12 then break end {target} = v end"));
            }
        }
    }

    /// A coroutine that a loop draws from. PUC Lua cannot yield across `pcall`, so none does.
    fn generator(&mut self) {
        let Some(target) = self.variable(Kind::Number).filter(|_| self.may_loop()) else {
            return self.assignment();
        };
        let (value, times) = (self.number(1), 1 + self.random.below(12));
        let inside = self.random.pick(&[
            "coroutine.yield(g)",
            "pass(coroutine.yield(g, g))",
            "if g % 3 == 0 then coroutine.yield(g) end coroutine.yield(1)",
            "coroutine.yield((pass(pcall(risky, g, 3)) and g) or 0)",
        ]);
        self.line(&format!(
            "for got in coroutine.wrap(function() for g = 1, {times} do {inside} end end) do"
        ));
        self.line(&format!("  {target} = ({value}) + got"));
        self.line("end");
    }

    /// What objects inherit changes, as seen by code compiled before.
    fn class_change(&mut self) {
        let (condition, value) = (self.condition(1), self.small());
        let change = self.random.pick(&[
            "Base.bonus = VALUE",
            "Derived.bonus = nil",
            "Derived.bonus = VALUE",
            "Base.get = function(o) return o.y end",
            "Base.get = nil",
            "M.get = function(o) return o.x + VALUE end",
            "M.get = function(o) return o.x end",
            "Derived.get = nil",
            "M.extra = VALUE",
            "M.extra = nil",
            "M.__unm = function(o) return o.x - VALUE end",
            "Proxy.n = VALUE",
        ]);
        self.line(&format!("if {condition} then {} end", change.replace("VALUE", &value)));
    }

    /// The table library, on arrays that keep six elements.
    fn array_library(&mut self) {
        let Some(array) = self.variable(Kind::Array) else { return self.declaration(Kind::Array) };
        let (at, value) = (1 + self.random.below(6), self.number(1));
        match self.random.below(6) {
            0 => self.line(&format!("if #{array} > 6 then {array}[1] = table.remove({array}) end")),
            1 => self.line(&format!("if #{array} > 6 then G1 = table.remove({array}, {at}) end")),
            2 => self.line(&format!("if #{array} < 40 then table.insert({array}, {value}) end")),
            3 => {
                let order = self.random.pick(&["", ", function(a, b) return a > b end"]);
                self.line(&format!(
                    "do local sorted = {{}} for at = 1, #{array} do local v = tonumber({array}[at]) or 0 if v ~= v then v = 0 end sorted[at] = v + 0 end table.sort(sorted{order}) {array}[1] = sorted[{at}] end"
                ));
            }
            4 => self.line(&format!("{array}[{at}] = last(unpack({array}, 1, 5))")),
            _ => {
                let Some(target) = self.variable(Kind::Number) else { return self.assignment() };
                let missing = self.random.pick(&["0", "-1", "2.5", "#T + 1", "NAN", "1e10", "\"1\"", "NZ"]);
                let missing = missing.replace('T', &array);
                self.line(&format!("{target} = {array}[{missing}] or {value}"));
            }
        }
    }

    /// Errors that are thrown and caught while a loop runs.
    fn risk(&mut self) {
        let Some(target) = self.variable(Kind::Text) else { return self.declaration(Kind::Text) };
        let (value, limit, name) = (self.small(), 2 + self.random.below(5), self.fresh("ok"));
        match self.random.below(4) {
            0 => self.line(&format!("local {name}, m{name} = pcall(risky, {value}, {limit})")),
            1 => self.line(&format!("local {name}, m{name} = xpcall(function() return risky({value}, {limit}) end, function(m) return \"handled \" .. show(m) end)")),
            2 => self.line(&format!("local {name}, m{name} = pcall(pcall, risky, {value}, {limit})")),
            _ => self.line(&format!("local {name}, m{name} = pcall(function(...) return select(2, pass(risky({value}, {limit}), ...)) end, 1, 2)")),
        }
        self.line(&format!("{target} = show({name}) .. show(m{name}):sub(-30)"));
    }

    /// The idiom for `continue`: a loop of one iteration that is broken out of.
    fn skip(&mut self) {
        if self.loops >= 3 || self.in_closure {
            return self.assignment();
        }
        let condition = self.condition(1);
        self.line("repeat");
        self.indent += 1;
        self.line(&format!("if {condition} then break end"));
        self.indent -= 1;
        self.block(3);
        self.line("until true");
    }

    /// The unit's own variable arguments, or a call that passes some on.
    fn arguments(&mut self) {
        let Some(target) = self.variable(Kind::Number) else { return self.assignment() };
        let (a, b) = (self.number(1), self.number(1));
        let own = if self.in_helper { "q" } else { "..." };
        match self.random.below(4) {
            0 => self.line(&format!("{target} = total({a}, {own})")),
            1 => self.line(&format!("{target} = select(\"#\", {own}) + #{{{own}}}")),
            2 => self.line(&format!("{target} = (select(2, total(pass({a}, {b}))))")),
            _ => self.line(&format!("{target} = last({b}, pass({a}, {own})) or 1")),
        }
    }

    /// A loop that makes a new object in each round of the one before, and now and then lets one be seen.
    fn carried_object(&mut self) {
        if !self.may_loop() {
            return self.assignment();
        }
        let (object, counter, times) = (self.fresh("v"), self.fresh("i"), self.times());
        let constructor = self.constructor();
        let (x, y) = (self.number(1), self.small());
        self.line("do");
        self.indent += 1;
        self.line(&format!("local {object} = {constructor}({x}, {y})"));
        self.line(&format!("for {counter} = 1, {times} do"));
        self.indent += 1;
        let constructor = self.constructor();
        let next = match self.random.below(3) {
            0 => format!("{object} = {constructor}({object}.y, {object}.x % 1000 + {counter})"),
            1 => {
                format!("{object} = {constructor}({object}:get() % 1000 + {counter}, {object}.x, {object}.s)")
            }
            _ => format!("{object} = {constructor}(({object} + {counter}) % 1000, ({{{object}.x}})[1])"),
        };
        self.line(&next);
        self.loops += 1;
        self.scopes.push(vec![(object.clone(), Kind::Object), (counter.clone(), Kind::Number)]);
        let seldom = 2 + self.random.below(20);
        self.line(&format!("if {counter} % {seldom} == 0 then"));
        self.indent += 1;
        match self.variable(Kind::Object) {
            Some(outer) if outer != object => self.line(&format!("{outer} = {object}")),
            _ => self.line(&format!("G1 = {object}.x")),
        }
        self.indent -= 1;
        self.line("end");
        let body = self.number(2);
        self.line(&format!("G2 = {body}"));
        self.scopes.pop();
        self.loops -= 1;
        self.indent -= 1;
        self.line("end");
        self.indent -= 1;
        self.line("end");
    }
}
