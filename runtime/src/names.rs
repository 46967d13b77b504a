//! Names: what the program calls a value that an error message or a traceback is about.
//!
//! A value has no name, but the register it lies in was filled by some instruction, and that tells: it is a local
//! variable, or was just read from a global, a field or an upvalue. Nothing is recorded for this while the
//! program runs; when a message is needed, the code is walked once from its start.
//!
//! The walk is PUC Lua's symbolic execution with its quirks: every forward jump that does not pass the instruction in
//! question is taken, conditional or not; a tested value has no name any more; a field read by anything but a constant
//! string is called `?`; constants and temporary results have no name.
//!
//! Source: `getobjname`, `symbexec` and `getfuncname` (`ldebug.c`).

use crate::Vm;
use crate::bytecode::{At, Op, Operand, instruction_before, instructions};
use crate::frame::{FrameRef, Landing};
use crate::level::Level;
use crate::object::LuaString;
use crate::proto::Proto;

/// What kind of thing a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    Global,
    Local,
    Method,
    Field,
    Upvalue,
}

impl NameKind {
    /// The word in messages, and `namewhat` in `debug.getinfo`.
    pub const fn name(self) -> &'static str {
        match self {
            NameKind::Global => "global",
            NameKind::Local => "local",
            NameKind::Method => "method",
            NameKind::Field => "field",
            NameKind::Upvalue => "upvalue",
        }
    }
}

/// A kind and a name. The name is copied: naming happens when a message is made.
pub type VariableName = (NameKind, Vec<u8>);

/// What the value in `register` is called just before the instruction at `word` runs.
pub fn variable_name(proto: &Proto, word: usize, register: usize) -> Option<VariableName> {
    if let Some(name) = proto.local_name(register, word) {
        return Some((NameKind::Local, bytes(name)));
    }
    let setter = last_write(proto.code(), word, register)?;
    let i = setter.instr;
    match setter.op.plain() {
        Op::GetGlobal => Some((NameKind::Global, constant_name(proto, setter.extra[0]))),
        // As in PUC Lua, only a copy from a lower register is followed: those are the variables.
        Op::Move if i.d() < i.a() => variable_name(proto, word, i.d()),
        Op::GetField => Some((NameKind::Field, constant_name(proto, setter.extra[0]))),
        Op::GetIndex | Op::GetIndexI => Some((NameKind::Field, b"?".to_vec())),
        Op::GetUpval | Op::GetUpvalV => {
            let name = proto.upvalue_names.get(i.d());
            Some((NameKind::Upvalue, name.map_or_else(|| b"?".to_vec(), |&n| bytes(n))))
        }
        Op::SelfField => Some((NameKind::Method, constant_name(proto, setter.extra[0]))),
        _ => None,
    }
}

/// The last instruction before `word` that wrote `register`, on the path that takes every forward jump up to `word`.
fn last_write(code: &[u32], word: usize, register: usize) -> Option<At<'_>> {
    let mut last = None;
    let mut resume_at = 0;
    for at in instructions(code).take_while(|at| at.word < word) {
        if at.word < resume_at {
            continue;
        }
        if writes(&at, register) {
            last = Some(at);
        }
        if let Some(target) = at.target()
            && target > at.word as isize
            && target <= word as isize
        {
            resume_at = target as usize;
        }
    }
    last
}

/// Whether an instruction changes `register`: by its operands' kinds, and for ranges by the instruction.
pub(crate) fn writes(at: &At, register: usize) -> bool {
    let i = at.instr;
    match at.op.plain() {
        Op::LoadNil => (i.a()..=i.d()).contains(&register),
        Op::Concat => register == i.a() || (i.b()..=i.c()).contains(&register),
        Op::SelfField => register == i.a() || register == i.a() + 2,
        Op::Call | Op::TailCall | Op::TailCallV => register >= i.a(),
        Op::MoveUp => register > i.a(),
        Op::Vararg if i.b() == 0 => register >= i.a(),
        Op::Vararg => (i.a()..i.a() + i.b() - 1).contains(&register),
        Op::ForPrep | Op::ForLoop | Op::ForLoopUp => (i.a()..=i.a() + 3).contains(&register),
        Op::TForCall | Op::TForLoop => register + 1 >= i.a(),
        // PUC Lua's table of instructions says so of its test, and so the value of an `or` has no name.
        Op::Jt | Op::Jf => register == i.a(),
        op => op.operands()[0] == Operand::Dst && register == i.a(),
    }
}

fn constant_name(proto: &Proto, index: u32) -> Vec<u8> {
    match proto.constants().get(index as usize).and_then(|k| k.as_string()) {
        Some(s) => s.bytes().to_vec(),
        None => b"?".to_vec(),
    }
}

fn bytes(name: *mut LuaString) -> Vec<u8> {
    if name.is_null() {
        return b"?".to_vec();
    }
    // SAFETY: the names belong to a prototype, which keeps them alive.
    unsafe { LuaString::bytes_of(name) }.to_vec()
}

/// What the function that the current instruction of `caller` calls is called there; `None` if that instruction is no
/// call, or `caller` no Lua function.
fn called_name(caller: FrameRef) -> Option<VariableName> {
    // SAFETY: the frame of a live stack, whose function keeps its prototype alive.
    let proto = unsafe { &*caller.proto()? };
    let at = instruction_before(proto.code(), proto.word_of(caller.pc)?)?;
    match at.op.plain() {
        Op::Call | Op::TailCall | Op::TailCallV => variable_name(proto, at.word, at.instr.a()),
        // The iterator of a generic for lies three below the first variable.
        Op::TForCall => variable_name(proto, at.word, at.instr.a().checked_sub(3)?),
        _ => None,
    }
}

/// What the function of a level was called as; `caller` is the level above it.
pub fn level_name(level: Level, caller: Option<Level>) -> Option<VariableName> {
    let Some(Level::Frame(caller)) = caller else { return None };
    let is_called = match level {
        Level::Leaf(_) => true,
        // A hook or a message handler is called by nobody, but PUC Lua looks at the instruction that it interrupts.
        // SAFETY: the frame of a live stack.
        Level::Frame(frame) => unsafe {
            frame.landing().is_none_or(|l| matches!(l, Landing::Hook | Landing::Handler))
                && frame.tail_calls() == 0
        },
        Level::TailCall => false,
    };
    if is_called { called_name(caller) } else { None }
}

impl Vm {
    /// What the running function was called as.
    pub fn calling_name(&self) -> Option<VariableName> {
        let mut levels = self.levels();
        level_name(levels.next()?, levels.next())
    }

    /// What the value in `register` of the running Lua function is called, for an error in its current instruction.
    pub fn operand_name(&self, register: usize) -> Option<VariableName> {
        let frame = FrameRef { base: self.base, pc: self.pc };
        // SAFETY: the running frame, whose function keeps its prototype alive.
        let proto = unsafe { &*frame.proto()? };
        let at = instruction_before(proto.code(), proto.word_of(frame.pc)?)?;
        variable_name(proto, at.word, register)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::{Instr, test_proto};

    fn kind_of(code: &[u32], word: usize, register: usize) -> Option<NameKind> {
        variable_name(&test_proto(code.to_vec(), Vec::new()), word, register).map(|(kind, _)| kind)
    }

    /// `R[A] := env[...]`
    fn global(a: u8) -> [u32; 4] {
        [Instr::abc(Op::GetGlobal, a, 0, 0).0, 0, 0, 0]
    }

    fn word(op: Op, a: u8, b: u8, c: u8) -> u32 {
        Instr::abc(op, a, b, c).0
    }

    #[test]
    fn the_last_write_names_the_value() {
        let mut code = vec![word(Op::Func, 9, 0, 0), 0];
        code.extend(global(1));
        code.push(word(Op::GetIndex, 2, 1, 0));
        code.push(word(Op::Move, 3, 2, 0));
        code.push(word(Op::AddRR, 1, 1, 1));
        let end = code.len();
        code.push(word(Op::Return0, 0, 0, 0));
        assert_eq!(kind_of(&code, 6, 1), Some(NameKind::Global));
        assert_eq!(kind_of(&code, end, 1), None, "a result has no name");
        assert_eq!(kind_of(&code, end, 2), Some(NameKind::Field));
        assert_eq!(kind_of(&code, end, 3), Some(NameKind::Field), "through a copy");
        assert_eq!(kind_of(&code, end, 4), None);
        let p = test_proto(code, Vec::new());
        assert_eq!(variable_name(&p, end, 2).unwrap().1, b"?");
    }

    #[test]
    fn forward_jumps_are_taken_and_calls_write_all_above() {
        // R1 := g; if R0 then goto over; R1 := f(); over: ...
        let mut code = vec![word(Op::Func, 9, 0, 0), 0];
        code.extend(global(1));
        code.extend([word(Op::Jt, 0, 0, 0), 1]);
        code.push(word(Op::Call, 1, 1, 2));
        let over = code.len();
        code.push(word(Op::Return0, 0, 0, 0));
        assert_eq!(kind_of(&code, over, 1), Some(NameKind::Global));
        // Not when the jump passes the place itself.
        assert_eq!(kind_of(&code, over - 1, 1), Some(NameKind::Global));
        code[7] = 5;
        assert_eq!(kind_of(&code, over, 1), None);
        // A test of the register itself.
        code[6] = word(Op::Jt, 1, 0, 0);
        code[7] = 1;
        assert_eq!(kind_of(&code, over, 1), None);
    }
}
