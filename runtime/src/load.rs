//! Loading: how source text or a binary chunk becomes a function.
//!
//! The compiler lives in another crate, so a state carries it as a function, [`Vm::compile`]; the library functions
//! that load code come here.

use crate::error::{OutOfMemory, Throw};
use crate::message::NOT_ENOUGH_MEMORY;
use crate::object::{Function, Gc, Kind, LuaFunction, Table, UpvalueCell};
use crate::proto::Proto;
use crate::{Value, Vm, dump};
use std::io::Read;

/// Compiles source text that is called `chunk_name`. The prototype is in [`Vm::protos`] when this returns.
pub type CompileFn = fn(&mut Vm, source: &[u8], chunk_name: &[u8]) -> Result<*mut Proto, CompileError>;

/// Why a chunk could not be made a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// The whole message: `chunk:line: what near 'token'`.
    Syntax {
        message: Vec<u8>,
        /// The text ended too early, so that a prompt may ask for one more line.
        at_eof: bool,
    },
    Memory,
}

impl From<OutOfMemory> for CompileError {
    fn from(_: OutOfMemory) -> CompileError {
        CompileError::Memory
    }
}

/// Which chunks a loader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkMode {
    Text,
    Binary,
    Any,
    Neither,
}

impl ChunkMode {
    /// What a mode string such as `"bt"` allows.
    pub fn parse(mode: &[u8]) -> ChunkMode {
        match (mode.contains(&b't'), mode.contains(&b'b')) {
            (true, true) => ChunkMode::Any,
            (true, false) => ChunkMode::Text,
            (false, true) => ChunkMode::Binary,
            (false, false) => ChunkMode::Neither,
        }
    }

    fn allows_text(self) -> bool {
        matches!(self, ChunkMode::Text | ChunkMode::Any)
    }

    fn allows_binary(self) -> bool {
        matches!(self, ChunkMode::Binary | ChunkMode::Any)
    }
}

/// What a binary chunk starts with, of whatever format.
const BINARY_MARK: u8 = 0x1b;

/// Whether this is a binary chunk, or meant to be one.
pub fn is_binary(chunk: &[u8]) -> bool {
    chunk.first() == Some(&BINARY_MARK)
}

impl Vm {
    /// The prototype of a chunk's main function.
    pub fn load_proto(
        &mut self,
        chunk: &[u8],
        chunk_name: &[u8],
        mode: ChunkMode,
    ) -> Result<*mut Proto, CompileError> {
        let refuse = |what: &str| CompileError::Syntax {
            message: format!("attempt to load a {what} chunk").into_bytes(),
            at_eof: false,
        };
        if is_binary(chunk) {
            if !mode.allows_binary() || !self.options.allow_bytecode {
                return Err(refuse("binary"));
            }
            return dump::undump(self, chunk, chunk_name);
        }
        if !mode.allows_text() {
            return Err(refuse("text"));
        }
        (self.compile)(self, chunk, chunk_name)
    }

    /// The main function of a chunk, with the running thread's globals. The inner error is what `loadstring` returns
    /// behind nil.
    pub fn load(&mut self, chunk: &[u8], chunk_name: &[u8]) -> Result<Result<Value, Value>, Throw> {
        self.load_in(chunk, chunk_name, ChunkMode::Any, self.thread_globals())
    }

    /// As [`Vm::load`], with an environment.
    pub fn load_in(
        &mut self,
        chunk: &[u8],
        chunk_name: &[u8],
        mode: ChunkMode,
        env: *mut Table,
    ) -> Result<Result<Value, Value>, Throw> {
        let loaded = self.load_proto(chunk, chunk_name, mode);
        let made = loaded.and_then(|proto| Ok(self.main_function(proto, env)?));
        Ok(match made {
            Ok(f) => Ok(Value::function(f)),
            Err(CompileError::Syntax { message, .. }) => Err(self.string_or_memory_message(&message)),
            Err(CompileError::Memory) => Err(self.string_or_memory_message(NOT_ENOUGH_MEMORY)),
        })
    }

    /// The main function of a file, or of standard input. The inner error is a message: of the system, with the
    /// file's name, or of the compiler.
    ///
    /// Source: `luaL_loadfile`.
    pub fn load_file(&mut self, path: Option<&[u8]>) -> Result<Result<Value, Value>, Throw> {
        self.load_file_in(path, ChunkMode::Any, self.thread_globals())
    }

    /// As [`Vm::load_file`], with an environment.
    pub fn load_file_in(
        &mut self,
        path: Option<&[u8]>,
        mode: ChunkMode,
        env: *mut Table,
    ) -> Result<Result<Value, Value>, Throw> {
        let name = path.map_or_else(|| b"=stdin".to_vec(), |p| [b"@", p].concat());
        match read_chunk(path) {
            Ok(chunk) => self.load_in(strip_file_prelude(&chunk), &name, mode, env),
            Err((what, error)) => {
                let reason = crate::library::io::stream::error_text(&error);
                let text = [b"cannot ", what.as_bytes(), b" ", &name[1..], b": ", reason.as_bytes()].concat();
                Ok(Err(self.string_or_memory_message(&text)))
            }
        }
    }

    /// A closure. Its upvalues, which only the function of a binary chunk has, are new and nil.
    ///
    /// # Panics
    ///
    /// If `proto` is no prototype of this state.
    pub fn main_function(&mut self, proto: *mut Proto, env: *mut Table) -> Result<Gc<Function>, OutOfMemory> {
        // It was made just now, and so is among the last.
        let known = self.protos.iter().rev().flatten().find(|known| std::ptr::eq(&raw const ***known, proto));
        let by_value: Vec<bool> =
            known.expect("a prototype of this state").upvalues.iter().map(|u| u.by_value).collect();
        let mut upvalues = Vec::with_capacity(by_value.len());
        for by_value in by_value {
            upvalues.push(if by_value { Value::NIL } else { self.closed_cell()? });
        }
        let f =
            self.heap.alloc(Kind::LuaFunction, LuaFunction::byte_size(upvalues.len()))? as *mut LuaFunction;
        // SAFETY: a fresh object with room for these upvalues; all is set before anyone sees it.
        unsafe {
            (*f).header.small = upvalues.len() as u16;
            (*f).proto = proto;
            (*f).env = env;
            std::ptr::copy_nonoverlapping(upvalues.as_ptr(), LuaFunction::upvalues(f), upvalues.len());
            Ok(Gc::from_raw(f as *mut Function))
        }
    }

    /// A cell that holds nil and belongs to no stack, as the raw word that a closure keeps.
    fn closed_cell(&mut self) -> Result<Value, OutOfMemory> {
        let cell = self.heap.alloc(Kind::UpvalueCell, size_of::<UpvalueCell>())? as *mut UpvalueCell;
        // SAFETY: a fresh object of this size.
        unsafe {
            (*cell).closed = Value::NIL;
            (*cell).v = &raw mut (*cell).closed;
            (*cell).next_open = std::ptr::null_mut();
        }
        Ok(Value::from_bits(cell as u64))
    }

    /// The globals of the running thread, which code that it loads gets.
    pub fn thread_globals(&self) -> *mut Table {
        // SAFETY: the running thread is live.
        let env = if self.thread.is_null() { std::ptr::null_mut() } else { unsafe { (*self.thread).env } };
        if env.is_null() { self.globals } else { env }
    }
}

/// All of a file, or of standard input; an error says what could not be done.
fn read_chunk(path: Option<&[u8]>) -> Result<Vec<u8>, (&'static str, std::io::Error)> {
    let mut chunk = Vec::new();
    match path {
        None => _ = std::io::stdin().lock().read_to_end(&mut chunk).map_err(|e| ("read", e))?,
        Some(path) => {
            let mut file =
                std::fs::File::open(crate::library::io::stream::path(path)).map_err(|e| ("open", e))?;
            file.read_to_end(&mut chunk).map_err(|e| ("read", e))?;
        }
    }
    Ok(chunk)
}

/// The chunk in a file without what may stand before it: a byte order mark, and a first line that
/// starts with `#`. That line's end stays, so that line numbers are the file's.
pub fn strip_file_prelude(file: &[u8]) -> &[u8] {
    let text = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    if text.first() != Some(&b'#') {
        return text;
    }
    let rest = &text[memchr::memchr(b'\n', text).unwrap_or(text.len())..];
    // A binary chunk may follow, which has no lines.
    match rest {
        [b'\n', BINARY_MARK, ..] => &rest[1..],
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prelude_of_a_file_is_no_source() {
        assert_eq!(strip_file_prelude(b"#!/bin/lua\nx"), b"\nx");
        assert_eq!(strip_file_prelude(b"\xEF\xBB\xBF#!x"), b"");
        assert_eq!(strip_file_prelude(b"x = #t"), b"x = #t");
        assert_eq!(strip_file_prelude(b"#!x\n\x1bF"), b"\x1bF");
    }

    #[test]
    fn modes() {
        assert_eq!(ChunkMode::parse(b"bt"), ChunkMode::Any);
        assert_eq!(ChunkMode::parse(b"t"), ChunkMode::Text);
        assert!(!ChunkMode::parse(b"").allows_text() && !ChunkMode::parse(b"x").allows_binary());
    }
}
