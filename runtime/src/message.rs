//! Errors that the VM itself raises: PUC Lua's texts, and the position they start with.
//!
//! Three ways to raise: [`Vm::throw`] takes any value as it is; [`Vm::runtime_error`] is what a library function does
//! and puts the position of its caller in front; [`Vm::operation_error`] is for operators, and puts the position of
//! the running function in front, which is none inside a native one.
//!
//! | raised in | `runtime_error` (`luaL_error`) | `operation_error` (`luaG_runerror`) |
//! |---|---|---|
//! | an instruction of a Lua function | that line | that line |
//! | a leaf or a sequence | the line of the Lua function that called it, if one did | no position |

use crate::arith;
use crate::error::Throw;
use crate::level::Level;
use crate::names::VariableName;
use crate::object::LuaString;
use crate::{Value, Vm};

/// Longest chunk name in a message and in `debug.getinfo`'s `short_src`, counting C's terminator (`LUA_IDSIZE`).
pub const MAX_CHUNK_DISPLAY: usize = 60;

/// The same in a syntax error (`MAXSRC` in `llex.c`).
pub const MAX_CHUNK_IN_SYNTAX_ERROR: usize = 80;

/// The error when the memory limit is reached.
pub const NOT_ENOUGH_MEMORY: &[u8] = b"not enough memory";

impl Vm {
    /// Raises `value` as it is.
    #[cold]
    pub fn throw(&mut self, value: Value) -> Throw {
        self.error = value;
        Throw::new()
    }

    /// Raises `not enough memory`, without position, as PUC Lua does. The string is made when the state is.
    #[cold]
    pub fn throw_memory(&mut self) -> Throw {
        let text = self.library.memory_message;
        self.throw(text)
    }

    /// Raises a string as it is.
    #[cold]
    pub fn throw_bytes(&mut self, text: &[u8]) -> Throw {
        let text = self.string_or_memory_message(text);
        self.throw(text)
    }

    /// Raises `text` with the position of the Lua code that did this: the running function if it is a Lua
    /// function, else its caller.
    ///
    /// Source: `luaL_error`.
    #[cold]
    pub fn runtime_error(&mut self, text: &[u8]) -> Throw {
        let running_is_lua = self.level(0).is_some_and(|l| l.lua_frame().is_some());
        self.error_at_level(if running_is_lua { 0 } else { 1 }, text)
    }

    /// Raises `text` with the position of the running function, which only a Lua function has.
    ///
    /// Source: `luaG_runerror`.
    #[cold]
    pub fn operation_error(&mut self, text: &[u8]) -> Throw {
        self.error_at_level(0, text)
    }

    /// Raises `text` with the position of what runs at `level`.
    #[cold]
    pub fn error_at_level(&mut self, level: u32, text: &[u8]) -> Throw {
        let position = self.position(level);
        self.throw_bytes(&[&position, text].concat())
    }

    /// `chunk:line: ` of what runs at `level`; nothing if that is no Lua function.
    ///
    /// Source: `luaL_where`.
    pub fn position(&self, level: u32) -> Vec<u8> {
        let Some((frame, proto)) = self.level(level).and_then(Level::lua_frame) else { return Vec::new() };
        // SAFETY: the prototype of a running function is live, and keeps its chunk name.
        let (name, line) =
            unsafe { (LuaString::bytes_of((*proto).chunk_name), (*proto).line_before(frame.pc)) };
        let mut position = chunk_display_name(name, MAX_CHUNK_DISPLAY);
        position.extend_from_slice(format!(":{line}: ").as_bytes());
        position
    }

    /// `attempt to index local 'x' (a nil value)`: `verb` is what was attempted, `name` what the operand is called.
    ///
    /// Source: `luaG_typeerror`.
    #[cold]
    pub fn operand_error(&mut self, verb: &str, operand: Value, name: Option<VariableName>) -> Throw {
        let type_name = operand.type_name();
        let text = match name {
            Some((kind, name)) => {
                let head = format!("attempt to {verb} {} '", kind.name());
                [head.as_bytes(), &name, format!("' (a {type_name} value)").as_bytes()].concat()
            }
            None => format!("attempt to {verb} a {type_name} value").into_bytes(),
        };
        self.operation_error(&text)
    }

    /// Which of the operands of an arithmetic operator is to blame: the first that is no number.
    ///
    /// Source: `luaG_aritherror`.
    pub fn arithmetic_culprit(a: Value, _b: Value) -> Culprit {
        if arith::to_number(a).is_none() { Culprit::First } else { Culprit::Second }
    }

    /// Which of the operands of a concatenation is to blame.
    ///
    /// Source: `luaG_concaterror`.
    pub fn concat_culprit(a: Value, _b: Value) -> Culprit {
        if a.is_string() || a.is_number() { Culprit::Second } else { Culprit::First }
    }

    /// `attempt to compare number with nil`.
    ///
    /// Source: `luaG_ordererror`.
    #[cold]
    pub fn compare_error(&mut self, a: Value, b: Value) -> Throw {
        let (a, b) = (a.type_name(), b.type_name());
        let text = if a == b {
            format!("attempt to compare two {a} values")
        } else {
            format!("attempt to compare {a} with {b}")
        };
        self.operation_error(text.as_bytes())
    }
}

/// The operand that an error names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    First,
    Second,
}

/// The printable form of a chunk name, shorter than `max` bytes.
///
/// `=stdin` is shown as `stdin`, `@file.lua` as `file.lua` (its end, behind `...`, if it is long),
/// and anything else as source text: `[string "first line..."]`.
///
/// Source: `luaO_chunkid`.
pub fn chunk_display_name(chunk_name: &[u8], max: usize) -> Vec<u8> {
    // The reference works on C strings: a name ends at its first NUL.
    let name = chunk_name.split(|&b| b == 0).next().unwrap_or_default();
    match name.split_first() {
        Some((b'=', rest)) => rest[..rest.len().min(max - 1)].to_vec(),
        Some((b'@', path)) => {
            let room = max - c_size(" '...' ");
            match path.len().checked_sub(room) {
                Some(cut) if cut > 0 => [b"...", &path[cut..]].concat(),
                _ => path.to_vec(),
            }
        }
        _ => {
            let line = name.iter().position(|&b| b == b'\n' || b == b'\r').unwrap_or(name.len());
            let shown = line.min(max - c_size(" [string \"...\"] "));
            let dots: &[u8] = if shown < name.len() { b"..." } else { b"" };
            [b"[string \"", &name[..shown], dots, b"\"]"].concat()
        }
    }
}

/// `sizeof` a C string literal.
const fn c_size(literal: &str) -> usize {
    literal.len() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, shown: &str) {
        let got = chunk_display_name(name.as_bytes(), MAX_CHUNK_DISPLAY);
        assert_eq!(String::from_utf8(got).unwrap(), shown);
    }

    #[test]
    fn chunk_names_are_shown_as_the_reference_shows_them() {
        check("=stdin", "stdin");
        check("@a.lua", "a.lua");
        check("x = 1", "[string \"x = 1\"]");
        check("x = 1\ny = 2", "[string \"x = 1...\"]");
        check("", "[string \"\"]");
        check(&format!("@{}", "d/".repeat(40)), &format!("...{}", "d/".repeat(26)));
        check(&"y".repeat(90), &format!("[string \"{}...\"]", "y".repeat(43)));
        check(&format!("={}", "z".repeat(90)), &"z".repeat(59));
    }
}
