//! Expressions of generated programs: each has an intended kind and a bounded depth.
//!
//! The rules at the head of [`super`] hold here; most of rule 2 is kept by [`Writer::small`],
//! [`Writer::index`] and [`Writer::counter`].

use super::{Kind, Writer};

impl Writer {
    pub(super) fn value(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Kind::Number => self.number(depth),
            Kind::Text => self.text(depth),
            Kind::Function => self.function(),
            Kind::Flag => match self.variable(Kind::Flag) {
                Some(flag) if self.random.chance(40) => format!("not {flag}"),
                _ => format!("({})", self.condition(depth.min(1))),
            },
            Kind::Object if self.random.chance(50) => self.object(),
            Kind::Array if self.random.chance(50) => self.array(),
            Kind::Object | Kind::Array => self.fresh_value(kind),
        }
    }

    /// A new object of the kind, from literals only.
    pub(super) fn fresh_value(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Number => self.literal(),
            Kind::Text => format!("\"{}\"", self.random.pick(&["", "a", "xyz", "10", "0x1f", "hello world"])),
            Kind::Object => {
                format!("{}({}, {}, \"n\")", self.constructor(), self.literal(), self.literal())
            }
            Kind::Array => {
                let items: Vec<String> = (0..6 + self.random.below(8)).map(|_| self.literal()).collect();
                format!("{{{}}}", items.join(", "))
            }
            Kind::Function => format!("function(d) return (tonumber(d) or 0) + {} end", self.literal()),
            Kind::Flag => self.random.pick(&["true", "false", "nil"]).to_string(),
        }
    }

    fn literal(&mut self) -> String {
        match self.random.below(20) {
            0 => "0.5".into(),
            1 => "2147483647".into(),
            2 => "9007199254740991".into(),
            3 => "1e300".into(),
            4 => "-1.25".into(),
            5 => self
                .random
                .pick(&[
                    "0",
                    "-1",
                    "4294967296",
                    "-2147483648",
                    "5e-324",
                    "1e16",
                    "NZ",
                    "NAN",
                    "1 / 0",
                    "0x7fffffff",
                ])
                .into(),
            _ => (1 + self.random.below(20)).to_string(),
        }
    }

    pub(super) fn number(&mut self, depth: usize) -> String {
        let variable = self.variable(Kind::Number).unwrap_or_else(|| "G1".into());
        if depth == 0 {
            return if self.random.chance(65) { variable } else { self.literal() };
        }
        let deeper = depth - 1;
        match self.random.below(118) {
            0..=17 => variable,
            18..=23 => self.literal(),
            24..=47 => {
                let op = self.random.pick(&["+", "-", "*", "+", "-", "/", "%"]);
                format!("({} {op} {})", self.number(deeper), self.number(deeper))
            }
            48..=52 => {
                format!("({} % {})", self.number(deeper), self.random.pick(&["7", "10", "1000", "-3", "0.5"]))
            }
            53..=55 => format!("(-{variable})"),
            56..=59 => {
                let function = self.random.pick(&["math.floor", "math.abs", "math.ceil"]);
                format!("{function}({})", self.number(deeper))
            }
            60..=61 => {
                format!("math.{}({}, {})", self.random.pick(&["max", "min"]), self.small(), self.small())
            }
            62..=67 => match self.variable(Kind::Array) {
                Some(array) => {
                    let index = self.index(&array);
                    format!("{array}[{index}]")
                }
                None => variable,
            },
            68..=74 => match self.variable(Kind::Object) {
                Some(o) => {
                    let small = self.small();
                    match self.random.below(8) {
                        0 => format!("{o}:get()"),
                        1 => format!("{o}.z"),
                        2 => format!("({o} + {small})"),
                        3 => format!("({small} - {o})"),
                        4 => format!("(-{o})"),
                        5 => format!("{o}({small})"),
                        6 => format!("({o}.extra or {small})"),
                        _ => format!("{o}.{}", self.random.pick(&["x", "y", "n"])),
                    }
                }
                None => variable,
            },
            75..=78 => match self.variable(Kind::Array) {
                Some(array) => format!("#{array}"),
                None => variable,
            },
            79..=81 => format!("#{}", self.text(0)),
            82..=85 if !self.in_closure => match self.variable(Kind::Function) {
                Some(f) => format!("{f}({})", self.number(deeper)),
                None => variable,
            },
            86..=89 if self.helpers > 0 && !(self.in_helper && self.loops > 0) && !self.in_closure => {
                format!("h{}({}, {})", 1 + self.random.below(self.helpers), self.number(deeper), self.small())
            }
            90..=91 => format!("({} and {variable} or {})", self.condition(deeper), self.number(deeper)),
            92 => format!("count({}, nil, {})", self.small(), self.small()),
            93 => format!("(D[{}] or {})", self.small(), self.small()),
            94 => format!("(D.k{} or P.q)", 1 + self.random.below(3)),
            95 => format!("({} ^ {})", self.small(), self.random.pick(&["2", "3"])),
            96 => format!("({}):byte(-1)", self.text(0) + " .. \"b\""),
            97 => format!("(tonumber({}) or 3)", self.text(0)),
            98 => self.random.pick(&["G1", "G2", "G3"]).to_string(),
            99 => format!("select({}, {}, {variable})", 1 + self.random.below(2), self.small()),
            100 => format!("depth({}, {variable})", self.small()),
            101 => format!("descend({}, {variable})", self.small()),
            102 => format!("math.fmod({variable}, {})", self.random.pick(&["3", "-7", "2.5", "2147483648"])),
            103 => format!("({variable} - {variable} % 1)"),
            104 => format!("(total({}, {variable}, {}))", self.number(deeper), self.small()),
            105 => format!("select(-1, pass({}, {variable}))", self.small()),
            106 => format!("(({}):find(\"%d\") or {})", self.text(0), self.small()),
            107 => format!("#tostring({})", self.small()),
            108 => match (self.variable(Kind::Object), self.random.below(4)) {
                (Some(o), 0) => format!("{o}:same():same().x"),
                (Some(o), 1) => format!("({o}:move({}, 1).n)", self.small()),
                (Some(o), 2) => format!("({o}.bonus or {variable})"),
                (Some(o), _) => format!("({o} == {o}:same() and {} or 0)", self.small()),
                (None, _) => variable,
            },
            109 => match self.variable(Kind::Array) {
                Some(array) => format!("last(unpack({array}, {}, 4))", 1 + self.random.below(4)),
                None => variable,
            },
            110 => match self.variable(Kind::Flag) {
                Some(flag) => format!("({flag} and {variable} or {})", self.small()),
                None => variable,
            },
            111 => format!("({variable} * 0 + {})", self.literal()),
            _ => self.short_lived(deeper),
        }
    }

    /// A number by way of an object or a closure that is gone at once.
    fn short_lived(&mut self, depth: usize) -> String {
        let (a, b) = (self.number(depth), self.small());
        match self.random.below(8) {
            0 => format!("({{x = {a}, y = {b}}}).x"),
            1 => format!("({{{a}, {b}, {a}}})[{b} % 3 + 1]"),
            2 => format!("({})({a})", self.function()),
            3 => format!("{}({a}, {b}, \"f\"):get()", self.constructor()),
            4 => format!("({{at = {{{b}, {{{a}}}}}}}).at[2][1]"),
            5 => format!("({}({a}, {b}) + {}({b}, {b}))", self.constructor(), self.constructor()),
            6 => format!("{}({a}, {b}):move({b}, 1).x", self.constructor()),
            _ => format!("last({b}, {a})"),
        }
    }

    /// A whole number from 0 to 9, whatever the variable in it is.
    pub(super) fn small(&mut self) -> String {
        match self.random.below(3) {
            0 => self.random.below(10).to_string(),
            _ => match self.counter() {
                Some(counter) => format!("(math.floor({counter}) % {})", 2 + self.random.below(9)),
                None => self.random.below(10).to_string(),
            },
        }
    }

    /// An index that the array has.
    pub(super) fn index(&mut self, array: &str) -> String {
        match self.counter() {
            Some(counter) if self.random.chance(75) => format!("math.floor({counter}) % #{array} + 1"),
            _ => (1 + self.random.below(6)).to_string(),
        }
    }

    /// A loop variable: always a finite number.
    pub(super) fn counter(&mut self) -> Option<String> {
        let counters: Vec<&String> = self
            .scopes
            .iter()
            .flatten()
            .map(|(name, _)| name)
            .filter(|name| name.starts_with('i') || name.starts_with('k'))
            .collect();
        if counters.is_empty() { None } else { Some(counters[self.random.below(counters.len())].clone()) }
    }

    pub(super) fn text(&mut self, depth: usize) -> String {
        let variable = self.variable(Kind::Text).unwrap_or_else(|| "\"lit\"".into());
        if depth == 0 {
            return variable;
        }
        match self.random.below(14) {
            0..=1 => variable,
            2..=4 => format!("({variable} .. show({})):sub(-20)", self.number(depth - 1)),
            5 => format!("({variable} .. {} .. \"|\"):sub(-16)", self.small()),
            6 => format!("({variable}):sub({}, {})", self.small(), self.small()),
            7 => format!("({variable}):{}()", self.random.pick(&["upper", "lower", "reverse"])),
            8 => format!("(\"{}\"):rep({})", self.random.pick(&["ab", "7", "x"]), self.small()),
            9 => format!("({variable}):gsub(\"%d\", \"#\", {}):sub(1, 20)", self.small()),
            10 => format!(
                "table.concat({{{variable}, show({}), \"c\"}}, \",\"):sub(1, 24)",
                self.number(depth - 1)
            ),
            11 => format!("({variable} .. \"k\" .. {} .. {variable}):sub(-24)", self.small()),
            12 => {
                format!("({variable}):gsub(\"%w\", {{a = \"A\", [\"1\"] = \"one\", x = false}}):sub(1, 20)")
            }
            _ => format!(
                "string.format(\"%d|%s|%5.1f\", {}, ({variable}):sub(1, 9), {})",
                self.small(),
                self.small()
            ),
        }
    }

    /// Most objects are alike; the others have another shape, another class, or their fields elsewhere.
    pub(super) fn constructor(&mut self) -> &'static str {
        self.random.pick(&["new", "new", "new", "new", "swapped", "derived", "derived", "proxied"])
    }

    fn object(&mut self) -> String {
        match self.variable(Kind::Object) {
            Some(o) if self.random.chance(50) => o,
            _ => format!("{}({}, {}, \"m\")", self.constructor(), self.number(1), self.number(1)),
        }
    }

    fn array(&mut self) -> String {
        let items: Vec<String> = (0..6).map(|_| self.number(0)).collect();
        match self.variable(Kind::Array) {
            Some(array) if self.random.chance(50) => array,
            _ => format!("{{{}}}", items.join(", ")),
        }
    }

    /// A closure over what is in sight; it may change a captured variable.
    fn function(&mut self) -> String {
        let outside = std::mem::replace(&mut self.in_closure, true);
        self.scopes.push(vec![("d".into(), Kind::Number)]);
        let captured = self.variable(Kind::Number).filter(|name| !name.starts_with('i') && name != "d");
        let change = match captured {
            Some(name) if self.random.chance(50) => format!("{name} = ({name} + 1) % 1000 "),
            _ => String::new(),
        };
        let result = self.number(1);
        self.scopes.pop();
        self.in_closure = outside;
        format!("function(d) {change}return {result} end")
    }

    pub(super) fn condition(&mut self, depth: usize) -> String {
        let op = self.random.pick(&["<", "<=", ">", ">=", "==", "~="]);
        match self.random.below(14) {
            12 => self.variable(Kind::Flag).unwrap_or_else(|| "G1 == 1".into()),
            13 => {
                let kind = self.random.pick(&["number", "string", "nil"]);
                format!("type({}) == \"{kind}\"", self.number(0))
            }
            0..=4 => format!("{} {op} {}", self.number(depth.min(1)), self.number(0)),
            5..=6 => format!("{} % {} == {}", self.small(), 2 + self.random.below(3), self.random.below(2)),
            7 => format!("{} {op} {}", self.text(0), self.text(0)),
            8 => match (self.variable(Kind::Object), self.variable(Kind::Object)) {
                (Some(a), Some(b)) => format!("{a} {op} {b}"),
                _ => "G1 == 1".into(),
            },
            9 if depth > 0 => format!("not ({})", self.condition(depth - 1)),
            10 if depth > 0 => {
                let joint = self.random.pick(&["and", "or"]);
                format!("({} {joint} {})", self.condition(depth - 1), self.condition(depth - 1))
            }
            _ => format!("D[{}]", self.small()),
        }
    }
}
