//! The listing: bytecode as text.
//!
//! ```text
//! function <test.lua:3,5> (2 parameters, 7 registers, 1 upvalue)
//!      0 [3] Func       7 2          ; counter 0
//!      2 [4] GetGlobal  2            ; key "print", cache 0 0
//!      6 [4] Jf         0            ; to 12
//! ```
//!
//! Each line has the first word's number, the source line, the operands of the kinds that
//! [`Op::operands`](super::Op::operands) names, and behind the semicolon what they refer to. It is made from the
//! tables alone: no instruction has an arm here.

use super::Operand;
use super::words::{At, ExtraWord, instructions};
use crate::Value;
use crate::proto::{Proto, UpvalueSource};
use std::fmt::Write;

/// The listing of a prototype and of those nested in it.
pub fn list(proto: &Proto) -> String {
    let mut text = String::new();
    list_into(&mut text, proto);
    text
}

fn list_into(text: &mut String, proto: &Proto) {
    head(text, proto);
    for at in instructions(proto.code()) {
        let line = proto.lines.get(at.word).copied().unwrap_or(0);
        let operands = operands(&at);
        let notes = notes(proto, &at);
        let name = at.op.name();
        let row = if notes.is_empty() {
            format!("{:6} [{line}] {name:10} {operands}", at.word)
        } else {
            format!("{:6} [{line}] {name:10} {operands:12} ; {}", at.word, notes.join(", "))
        };
        text.push_str(row.trim_end());
        text.push('\n');
    }
    for l in &proto.locals {
        let name = string(l.name);
        _ = writeln!(text, "       local {name} = {} in {}..{}", l.register, l.start_pc, l.end_pc);
    }
    for (i, u) in proto.upvalues.iter().enumerate() {
        let name = proto.upvalue_names.get(i).map_or_else(|| "?".into(), |&n| string(n));
        let source = match u.source {
            UpvalueSource::Local(r) => format!("local {r}"),
            UpvalueSource::Upvalue(n) => format!("upvalue {n}"),
            UpvalueSource::Itself => "itself".into(),
        };
        let how = if u.by_value { "value" } else { "cell" };
        _ = writeln!(text, "       upvalue {i} {name} = {source} by {how}");
    }
    for &nested in &proto.protos {
        text.push('\n');
        // SAFETY: a prototype's nested prototypes live as long as it does.
        list_into(text, unsafe { &*nested });
    }
}

fn head(text: &mut String, proto: &Proto) {
    let chunk = string(proto.chunk_name);
    match proto.line_defined {
        0 => _ = write!(text, "main <{chunk}>"),
        line => _ = write!(text, "function <{chunk}:{line},{}>", proto.last_line_defined),
    }
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    _ = writeln!(
        text,
        " ({}{}, {}, {})",
        plural(proto.num_params.into(), "parameter"),
        if proto.is_vararg { " and more" } else { "" },
        plural(proto.frame_size.into(), "register"),
        plural(proto.upvalues.len(), "upvalue"),
    );
}

/// The number that an operand field holds; `None` for a field that is not used.
pub(super) fn field(at: &At, place: usize) -> Option<i64> {
    let i = at.instr;
    Some(match at.op.operands()[place] {
        Operand::None => return None,
        Operand::ImmD | Operand::RegD | Operand::NumD | Operand::ConstD | Operand::ProtoD => i.d() as i64,
        Operand::SImmD => i.signed_d().into(),
        Operand::Jump => i.j() as i64,
        // An upvalue in B is the target of a load, whose index takes all of D.
        Operand::Upv if place == 1 => i.d() as i64,
        Operand::Dst | Operand::Reg | Operand::Base | Operand::Num | Operand::Upv | Operand::Imm => {
            [i.a(), i.b(), i.c()][place] as i64
        }
    })
}

fn operands(at: &At) -> String {
    let fields = (0..3).filter_map(|place| field(at, place));
    fields.map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
}

fn notes(proto: &Proto, at: &At) -> Vec<String> {
    let constant =
        |i: usize| proto.constants().get(i).map_or_else(|| format!("no constant {i}"), |&v| value(v));
    let mut notes = Vec::new();
    for (place, kind) in at.op.operands().into_iter().enumerate() {
        let n = field(at, place).unwrap_or(0) as usize;
        match kind {
            Operand::Num | Operand::NumD | Operand::ConstD => notes.push(constant(n)),
            Operand::Upv => {
                notes.push(proto.upvalue_names.get(n).map_or_else(|| format!("upvalue {n}"), |&u| string(u)));
            }
            Operand::ProtoD => {
                let nested = proto.protos.get(n).copied();
                // SAFETY: a prototype's nested prototypes live as long as it does.
                let line = nested.map_or(0, |p| unsafe { (*p).line_defined });
                notes.push(format!("function of line {line}"));
            }
            _ => {}
        }
    }
    if let Some(target) = at.target() {
        notes.push(format!("to {target}"));
    }
    let mut cache = Vec::new();
    for (&word, kind) in at.extra.iter().zip(at.op.extra_kinds()) {
        match kind {
            ExtraWord::Jump => {}
            ExtraWord::Counter => notes.push(format!("counter {word}")),
            ExtraWord::Constant => notes.push(constant(word as usize)),
            ExtraWord::Key => notes.push(format!("key {}", constant(word as usize))),
            ExtraWord::Template => notes.push(template(proto, word as usize)),
            ExtraWord::Cache => cache.push(word.to_string()),
            ExtraWord::Size => notes.push(format!("array {word}")),
        }
    }
    if !cache.is_empty() {
        notes.push(format!("cache {}", cache.join(" ")));
    }
    notes
}

fn template(proto: &Proto, i: usize) -> String {
    let Some(template) = proto.templates.get(i) else { return format!("no template {i}") };
    let key = |&k: &u32| proto.constants().get(k as usize).map_or_else(|| "?".into(), |&v| value(v));
    format!("keys {{{}}}", template.keys.iter().map(key).collect::<Vec<_>>().join(", "))
}

fn value(v: Value) -> String {
    match v.as_string() {
        Some(s) => quoted(s.bytes()),
        None => format!("{v:?}"),
    }
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

/// A string that a prototype keeps, unquoted; `?` for a null pointer.
fn string(s: *mut crate::object::LuaString) -> String {
    if s.is_null() {
        return "?".into();
    }
    // SAFETY: a prototype's strings live as long as it does.
    unsafe { crate::object::LuaString::bytes_of(s) }.escape_ascii().to_string()
}

/// A prototype without strings, whose code is `code`, for tests.
#[cfg(test)]
pub(crate) fn test_proto(code: Vec<u32>, constants: Vec<Value>) -> Box<Proto> {
    Proto::new(crate::proto::ProtoParts {
        lines: vec![7; code.len()],
        code,
        constants,
        upvalues: Vec::new(),
        protos: Vec::new(),
        templates: Vec::new(),
        frame_size: 3,
        num_params: 1,
        is_vararg: false,
        needs_arg: false,
        locals: Vec::new(),
        upvalue_names: Vec::new(),
        chunk_name: std::ptr::null_mut(),
        line_defined: 7,
        last_line_defined: 9,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::{Instr, Op, test_proto};

    #[test]
    fn listing() {
        let code = vec![
            Instr::abc(Op::Func, 3, 1, 0).0,
            56,
            Instr::abc(Op::AddRK, 1, 0, 0).0,
            Instr::abc(Op::Jf, 1, 0, 0).0,
            1,
            Instr::jump(Op::Jmp, -4).unwrap().0,
            Instr::abc(Op::Return1, 1, 0, 0).0,
        ];
        let p = test_proto(code, vec![Value::number(1.5)]);
        let expected = "\
function <?:7,9> (1 parameter, 3 registers, 0 upvalues)
     0 [7] Func       3 1          ; counter 56
     2 [7] AddRK      1 0 0        ; 1.5
     3 [7] Jf         1            ; to 6
     5 [7] Jmp        -4           ; to 2
     6 [7] Return1    1
";
        assert_eq!(list(&p), expected);
    }
}
