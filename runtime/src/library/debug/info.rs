//! `debug.getinfo`: what is known of a function or a call.
//!
//! Source: `lua_getinfo` (`ldebug.c`), `db_getinfo` (`ldblib.c`).

use crate::error::Throw;
use crate::level::Level;
use crate::library::set_field;
use crate::message::{MAX_CHUNK_DISPLAY, chunk_display_name};
use crate::names::level_name;
use crate::object::{Gc, LuaString, Table};
use crate::proto::Proto;
use crate::{Value, Vm};

/// What is asked about.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    /// A call, and what made it.
    Level(Level, Option<Level>),
    Function(Value),
}

impl Subject {
    /// Nil for a lost call.
    fn function(self) -> Value {
        match self {
            Subject::Level(level, _) => level.function(),
            Subject::Function(f) => f,
        }
    }

    fn is_lost(self) -> bool {
        matches!(self, Subject::Level(Level::TailCall, _))
    }

    fn proto(self) -> Option<&'static Proto> {
        // SAFETY: the function is live and keeps its prototype; it is used before the next safepoint.
        self.function().as_lua_function().map(|f| unsafe { &*f.proto })
    }
}

/// The fields that `options` ask for, in a new table.
pub(super) fn table(vm: &mut Vm, subject: Subject, options: &[u8]) -> Result<Gc<Table>, Throw> {
    let table = vm.new_table(0, 12).map_err(|_| vm.throw_memory())?;
    let asked = |option: u8| options.contains(&option);
    if asked(b'S') {
        set_source(vm, table, subject)?;
    }
    if asked(b'l') {
        let line = match subject {
            Subject::Level(level, _) => level.current_line().map_or(-1.0, f64::from),
            Subject::Function(_) => -1.0,
        };
        set_field(vm, table, "currentline", Value::number(line))?;
    }
    if asked(b'u') {
        let upvalues = subject.function().as_function().map_or(0, |f| f.header.small);
        set_field(vm, table, "nups", Value::number(upvalues.into()))?;
    }
    if asked(b'n') {
        let name = match subject {
            Subject::Level(level, caller) => level_name(level, caller),
            Subject::Function(_) => None,
        };
        set_text(vm, table, "namewhat", name.as_ref().map_or(b"", |(kind, _)| kind.name().as_bytes()))?;
        match name {
            Some((_, name)) => set_text(vm, table, "name", &name)?,
            None if subject.is_lost() => set_text(vm, table, "name", b"")?,
            None => {}
        }
    }
    if asked(b'L')
        && let Some(proto) = subject.proto()
    {
        let lines = active_lines(vm, proto)?;
        set_field(vm, table, "activelines", Value::table(lines))?;
    }
    if asked(b'f') {
        set_field(vm, table, "func", subject.function())?;
    }
    Ok(table)
}

fn set_text(vm: &mut Vm, table: Gc<Table>, name: &str, text: &[u8]) -> Result<(), Throw> {
    let text = vm.new_string(text)?;
    set_field(vm, table, name, text)
}

fn set_source(vm: &mut Vm, table: Gc<Table>, subject: Subject) -> Result<(), Throw> {
    let proto = subject.proto();
    let (source, what): (&[u8], &str) = match proto {
        Some(p) => {
            // SAFETY: a prototype keeps its chunk's name.
            let name = unsafe { LuaString::bytes_of(p.chunk_name) };
            (name, if p.line_defined == 0 { "main" } else { "Lua" })
        }
        None if subject.is_lost() => (b"=(tail call)", "tail"),
        None => (b"=[C]", "C"),
    };
    set_text(vm, table, "source", source)?;
    set_text(vm, table, "short_src", &chunk_display_name(source, MAX_CHUNK_DISPLAY))?;
    set_text(vm, table, "what", what.as_bytes())?;
    let (first, last) = proto.map_or((-1.0, -1.0), |p| (p.line_defined.into(), p.last_line_defined.into()));
    set_field(vm, table, "linedefined", Value::number(first))?;
    set_field(vm, table, "lastlinedefined", Value::number(last))
}

/// A set of the lines on which there is code. The function header is none of the program's.
fn active_lines(vm: &mut Vm, proto: &Proto) -> Result<Gc<Table>, Throw> {
    let lines = vm.new_table(0, 0).map_err(|_| vm.throw_memory())?;
    let header = crate::bytecode::Op::Func.words();
    for run in proto.lines.get(header..).unwrap_or_default().chunk_by(|a, b| a == b) {
        if run[0] == 0 {
            continue;
        }
        vm.raw_set(lines, Value::number(run[0].into()), Value::TRUE)?;
    }
    Ok(lines)
}
