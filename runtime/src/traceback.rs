//! Tracebacks: a call stack as text, as `debug.traceback` and the command's error messages show it.
//!
//! Source: `db_errorfb` (`ldblib.c`).

use crate::error::Throw;
use crate::level::{Level, Levels};
use crate::message::{MAX_CHUNK_DISPLAY, chunk_display_name};
use crate::names::level_name;
use crate::object::{Gc, LuaString};
use crate::{Value, Vm};

/// Levels shown before the dots of a long traceback.
const FIRST_LEVELS: usize = 12;
/// Levels shown behind them.
const LAST_LEVELS: usize = 10;

/// The line of a function that a tail call has replaced.
pub const LOST_CALL: &[u8] = b"\n\t(tail call): ?";

/// `message` and a new line, if there is one, then the levels from `start` on.
pub fn traceback(levels: Levels, message: Option<&[u8]>, start: usize) -> Vec<u8> {
    let mut text = traceback_head(message);
    append_levels(&mut text, levels, start);
    text
}

/// What stands before the levels.
pub fn traceback_head(message: Option<&[u8]>) -> Vec<u8> {
    let mut text = Vec::new();
    if let Some(message) = message {
        text.extend_from_slice(message);
        text.push(b'\n');
    }
    text.extend_from_slice(b"stack traceback:");
    text
}

/// The lines of the levels from `start` on.
pub fn append_levels(text: &mut Vec<u8>, levels: Levels, start: usize) {
    let levels: Vec<Level> = levels.collect();
    let shown = levels.len();
    let mut dotted = false;
    let mut n = start;
    while n < shown {
        // The twelve are counted from level 0, wherever the traceback starts.
        if n >= FIRST_LEVELS && !dotted {
            dotted = true;
            if n + 1 + LAST_LEVELS < shown {
                text.extend_from_slice(b"\n\t...");
                n = shown - LAST_LEVELS;
                continue;
            }
        }
        append_level(text, levels[n], levels.get(n + 1).copied());
        n += 1;
    }
}

/// `file:line: in function 'name'`, on a line of its own.
fn append_level(text: &mut Vec<u8>, level: Level, caller: Option<Level>) {
    let name = level_name(level, caller);
    if matches!(level, Level::TailCall) {
        return text.extend_from_slice(LOST_CALL);
    }
    let Some((frame, proto)) = level.lua_frame() else {
        text.extend_from_slice(b"\n\t[C]:");
        match name {
            Some((_, name)) => text.extend([b" in function '", &name[..], b"'"].concat()),
            None => text.extend_from_slice(b" ?"),
        }
        return;
    };
    // SAFETY: the prototype of an active function is live, and keeps its chunk name.
    let (proto, chunk) = unsafe { (&*proto, LuaString::bytes_of((*proto).chunk_name)) };
    let chunk = chunk_display_name(chunk, MAX_CHUNK_DISPLAY);
    text.extend([b"\n\t", &chunk[..], b":"].concat());
    let line = proto.line_before(frame.pc);
    if line > 0 {
        text.extend(format!("{line}:").into_bytes());
    }
    match name {
        Some((_, name)) => text.extend([b" in function '", &name[..], b"'"].concat()),
        None if proto.line_defined == 0 => text.extend_from_slice(b" in main chunk"),
        None => {
            text.extend(
                [b" in function <", &chunk[..], format!(":{}>", proto.line_defined).as_bytes()].concat(),
            );
        }
    }
}

impl Vm {
    /// What the globals of the running thread know as `debug.traceback`, read without metamethods.
    ///
    /// # Errors
    ///
    /// Only `not enough memory`.
    pub fn global_traceback(&mut self) -> Result<Value, Throw> {
        // SAFETY: a thread's globals are a live table.
        let globals = unsafe { Gc::from_raw(self.thread_globals()) };
        let [debug, traceback] = [&b"debug"[..], b"traceback"].map(|name| self.intern(name));
        let (Ok(debug), Ok(traceback)) = (debug, traceback) else { return Err(self.throw_memory()) };
        let library = self.table_get_str(globals, debug).as_table();
        Ok(library.map_or(Value::NIL, |library| self.table_get_str(library, traceback)))
    }

    /// A traceback of the running thread from `level` on, behind `message`.
    pub fn traceback(&self, message: Option<&[u8]>, level: usize) -> Vec<u8> {
        traceback(self.levels(), message, level)
    }
}
