//! The text form of a trace, in: for tests and for looking at one pass by itself.
//!
//! `parse(print(x)) == x`. Instruction numbers in the text are labels: they must be defined before they
//! are used, but may have gaps. Lines that start with `;` are comments.

use rustc_hash::FxHashMap;

use super::helper::Helper;
use super::op::{Op, Operand, Res};
use super::trace::{ExitKind, Instr, IrRef, SnapEntry, SnapId, Tail, Trace, TraceId};
use super::ty::Ty;

/// What was wrong with a text, and in which line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    pub line: usize,
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Reads a trace from its text form.
///
/// # Errors
///
/// The first line that is not understood. The result is well-formed text, not a verified trace:
/// [`verify`](super::verify()) checks that.
pub fn parse(text: &str) -> Result<Trace, ParseError> {
    let mut parser = Parser { trace: Trace::new(), labels: FxHashMap::default() };
    for (nth, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        parser.line(line).map_err(|message| ParseError { line: nth + 1, message })?;
    }
    Ok(parser.trace)
}

struct Parser {
    trace: Trace,
    labels: FxHashMap<u32, IrRef>,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn line(&mut self, line: &str) -> Parsed<()> {
        let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
        match head {
            "snap" => self.snapshot(rest),
            "tail" => self.tail(rest),
            _ => self.instruction(head, rest),
        }
    }

    fn instruction(&mut self, label: &str, rest: &str) -> Parsed<()> {
        let label: u32 =
            label.strip_prefix('%').and_then(|n| n.parse().ok()).ok_or(format!("bad label {label}"))?;
        let (rest, is_sunk) = rest.strip_suffix(" sunk").map_or((rest, false), |rest| (rest, true));
        let (rest, snap) = split_snap(rest)?;
        let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let (name, ty_name) = match name.split_once('.') {
            Some((name, ty)) => (name, Some(ty)),
            None => (name, None),
        };
        let op = Op::from_name(name).ok_or(format!("no operation {name}"))?;
        let ty = match (op.result(), ty_name) {
            (Res::Of(ty), None) => ty,
            (_, Some(ty)) => Ty::from_name(ty).ok_or(format!("no type {ty}"))?,
            (_, None) => return Err(format!("{name} needs a type")),
        };
        let mut instr = Instr::new(op, ty, IrRef::NONE, IrRef::NONE);
        instr.snap = snap;
        if op.operands()[0] == Operand::Args {
            let (helper, args) = rest.split_once('(').ok_or("a call needs arguments")?;
            let helper = match op.operands()[1] {
                Operand::Helper => {
                    Some(Helper::from_name(helper.trim()).ok_or(format!("no helper {helper}"))?)
                }
                _ => None,
            };
            let args = self.list(args.trim_end().strip_suffix(')').ok_or("missing )")?)?;
            instr.a = IrRef::from_raw(self.trace.add_args(&args).0);
            instr.b = helper.map_or(IrRef::NONE, |helper| IrRef::from_raw(helper as u32));
        } else {
            let mut fields = rest.split(',').map(str::trim).filter(|field| !field.is_empty());
            for (nth, kind) in op.operands().into_iter().enumerate() {
                if kind == Operand::No {
                    continue;
                }
                let text = fields.next().ok_or(format!("{name} needs more operands"))?;
                let value = self.operand(kind, text)?;
                *(if nth == 0 { &mut instr.a } else { &mut instr.b }) = value;
            }
            if let Some(extra) = fields.next() {
                return Err(format!("{extra}: too many operands"));
            }
        }
        let r = self.trace.push(instr);
        if is_sunk {
            self.trace.mark_sunk(r);
        }
        self.labels.insert(label, r);
        Ok(())
    }

    fn operand(&mut self, kind: Operand, text: &str) -> Parsed<IrRef> {
        let number = |prefix| {
            text.strip_prefix(prefix).and_then(|n| n.parse::<i64>().ok()).ok_or(format!("bad operand {text}"))
        };
        match kind {
            Operand::Slot => Ok(IrRef::from_raw(number('#')? as i32 as u32)),
            Operand::Lit => Ok(IrRef::from_raw(number('@')? as u32)),
            _ => self.value(text),
        }
    }

    fn value(&mut self, text: &str) -> Parsed<IrRef> {
        let bad = || format!("bad value {text}");
        if let Some(label) = text.strip_prefix('%') {
            let label: u32 = label.parse().map_err(|_| bad())?;
            return self.labels.get(&label).copied().ok_or(format!("%{label} is not defined here"));
        }
        if let Some((ty, bits)) = text.split_once(':') {
            let ty = Ty::from_name(ty).ok_or_else(bad)?;
            let bits = match bits.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16).map_err(|_| bad())?,
                None => bits.parse().map_err(|_| bad())?,
            };
            return Ok(self.trace.constant(ty, bits));
        }
        match Ty::from_name(text) {
            Some(ty) if ty.is_primitive() => return Ok(self.trace.primitive(ty)),
            _ => {}
        }
        // A double always has a point, an exponent or letters; an integer always has a sign.
        let looks_int = text.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit());
        if looks_int {
            Ok(text.parse().map(|value| self.trace.int(value)).map_err(|_| bad())?)
        } else {
            Ok(text.parse().map(|value| self.trace.num(value)).map_err(|_| bad())?)
        }
    }

    fn list(&mut self, text: &str) -> Parsed<Vec<IrRef>> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(|item| self.value(item)).collect()
    }

    fn snapshot(&mut self, rest: &str) -> Parsed<()> {
        let (head, entries) = rest.split_once('{').ok_or("a snapshot needs { }")?;
        let entries = entries.trim_end().strip_suffix('}').ok_or("missing }")?;
        let words: Vec<&str> = head.split_whitespace().collect();
        let [id, kind, "pc", pc, "base", base] = words[..] else {
            return Err("expected: snap ID KIND pc N base N { ... }".into());
        };
        if id.parse() != Ok(self.trace.snaps.len()) {
            return Err("snapshots are numbered from 0".into());
        }
        let kind = ExitKind::ALL.into_iter().find(|k| k.name() == kind).ok_or("no such kind of exit")?;
        let pc = pc.parse().map_err(|_| "bad pc")?;
        let base = base.parse().map_err(|_| "bad base")?;
        let mut list = Vec::new();
        for entry in entries.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (slot, val) = entry.split_once(": ").ok_or("an entry is #SLOT: VALUE or top: VALUE")?;
            let slot = match slot {
                "top" => SnapEntry::TOP,
                slot => slot.strip_prefix('#').and_then(|n| n.parse().ok()).ok_or("bad slot")?,
            };
            list.push(SnapEntry { slot, val: self.value(val.trim())? });
        }
        self.trace.add_snapshot(kind, pc, base, &list);
        Ok(())
    }

    fn tail(&mut self, rest: &str) -> Parsed<()> {
        let (rest, snap) = split_snap(rest)?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        self.trace.tail = match words[..] {
            ["again"] => Tail::Again(snap),
            ["loop"] => Tail::Loop,
            ["link", trace] => Tail::Link(TraceId(trace.parse().map_err(|_| "bad trace number")?), snap),
            ["leave"] => Tail::Leave(snap),
            _ => return Err("no such tail".into()),
        };
        Ok(())
    }
}

/// Takes the trailing `!N` off.
fn split_snap(text: &str) -> Parsed<(&str, SnapId)> {
    match text.rsplit_once('!') {
        None => Ok((text, SnapId::NONE)),
        Some((rest, id)) => {
            Ok((rest.trim_end(), SnapId(id.trim().parse().map_err(|_| "bad snapshot number")?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_FORMS: &str = "\
%0 SLoad.any #-1
%1 UnboxNum %0 !0
%2 Add.num %1, -0.0
%3 Add.num %2, inf
%4 NumToInt %3 !1
%5 Add.int %4, -3
%6 SLoad.tab #2
%7 TabShape %6
%8 Eq %7, shape:12 !1
%9 SlotsPtr %6
%10 FieldRef %9, @3
%11 FieldStore %10, nil
%12 Call.num Atan2(%1, 1.5)
%13 NewTable @4, @0 !1 sunk
%14 Barrier tab:0x7f00
%15 Loop
%16 Interrupt !1
%17 Phi.int %4, %5
snap 0 guard pc 7 base 0 { }
snap 1 interrupt pc 9 base 3 { #1: %2, #-2: func:0x40, #4: true, top: ptr:0x10 }
tail loop
";

    #[test]
    fn print_of_parse_is_the_text() {
        let trace = parse(ALL_FORMS).unwrap();
        assert_eq!(trace.to_string(), ALL_FORMS);
        assert_eq!(parse(&trace.to_string()).unwrap().instrs, trace.instrs);
    }

    #[test]
    fn regions_have_a_text_form() {
        let text = "\
%0 SLoad.num #0
%1 Loop
%2 Carry.num %0, @0
%3 Lt %2, 10.0 !0
%4 Add.num %2, 1.0
%5 Next (%4)
%6 Branch @0
%7 Add.num %2, 2.0
%8 Next (%7)
snap 0 branch pc 7 base 0 { }
tail loop
";
        let trace = parse(text).unwrap();
        assert_eq!(trace.to_string(), text);
        crate::ir::verify(&trace).unwrap();
    }

    #[test]
    fn mistakes_name_their_line() {
        let error = parse("%0 SLoad.any #1\n%1 Box %7\n").unwrap_err();
        assert_eq!(error, ParseError { line: 2, message: "%7 is not defined here".into() });
        assert!(parse("%0 Fly").unwrap_err().message.contains("no operation Fly"));
        assert!(parse("%0 Add.num 1.0").unwrap_err().message.contains("more operands"));
    }
}
