//! [`Chunk`]: source text or a binary chunk, before it is loaded.

use std::borrow::Cow;
use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};

use ferrous_lua_runtime::Value as Raw;
use ferrous_lua_runtime::load::{ChunkMode as RawMode, CompileError};

pub use ferrous_lua_runtime::load::strip_file_prelude;

use crate::error::{Error, Result};
use crate::{FromLuaMulti, Function, IntoLuaMulti, Lua, Table};

/// What a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkMode {
    /// Source text.
    Text,
    /// What [`Function::dump`] makes.
    Binary,
}

/// Something that can be loaded as Lua code.
pub trait AsChunk {
    /// The chunk's name, if it has one of its own: `@file`, `=what to show`, or text.
    fn name(&self) -> Option<String> {
        None
    }

    /// The globals of the chunk, if not the state's.
    ///
    /// # Errors
    ///
    /// What the implementation says.
    fn environment(&self, lua: &Lua) -> Result<Option<Table>> {
        _ = lua;
        Ok(None)
    }

    /// What the chunk must be; `None`: either.
    fn mode(&self) -> Option<ChunkMode> {
        None
    }

    /// The text or the binary chunk.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn source<'a>(&self) -> io::Result<Cow<'a, [u8]>>
    where
        Self: 'a;
}

macro_rules! chunks_of_bytes {
    ($( $type:ty, $this:ident => $source:expr; )*) => { $(
        impl AsChunk for $type {
            fn source<'a>(&self) -> io::Result<Cow<'a, [u8]>>
            where
                Self: 'a,
            {
                let $this = self;
                Ok($source)
            }
        }
    )* };
}
chunks_of_bytes! {
    &str, s => Cow::Borrowed(s.as_bytes());
    String, s => Cow::Owned(s.clone().into_bytes());
    &String, s => Cow::Borrowed(s.as_bytes());
    &[u8], s => Cow::Borrowed(*s);
    Vec<u8>, s => Cow::Owned(s.clone());
    &Vec<u8>, s => Cow::Borrowed(s.as_slice());
}

/// A file: it is read when the chunk is made. A first line that starts with `#` is skipped.
impl AsChunk for &Path {
    fn name(&self) -> Option<String> {
        Some(format!("@{}", self.display()))
    }

    fn source<'a>(&self) -> io::Result<Cow<'a, [u8]>>
    where
        Self: 'a,
    {
        let file = std::fs::read(self)?;
        Ok(Cow::Owned(strip_file_prelude(&file).to_vec()))
    }
}

impl AsChunk for PathBuf {
    fn name(&self) -> Option<String> {
        self.as_path().name()
    }

    fn source<'a>(&self) -> io::Result<Cow<'a, [u8]>>
    where
        Self: 'a,
    {
        let file = std::fs::read(self)?;
        Ok(Cow::Owned(strip_file_prelude(&file).to_vec()))
    }
}

impl<C: AsChunk + ?Sized> AsChunk for Box<C> {
    fn name(&self) -> Option<String> {
        (**self).name()
    }

    fn environment(&self, lua: &Lua) -> Result<Option<Table>> {
        (**self).environment(lua)
    }

    fn mode(&self) -> Option<ChunkMode> {
        (**self).mode()
    }

    fn source<'a>(&self) -> io::Result<Cow<'a, [u8]>>
    where
        Self: 'a,
    {
        (**self).source()
    }
}

impl Lua {
    /// A chunk of code. Nothing is parsed before it is run or made a function.
    ///
    /// ```
    /// # use ferrous_lua::{Lua, Result};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// lua.load("x = 6 * 7").set_name("=answer").exec()?;
    /// assert_eq!(lua.load("x").eval::<i64>()?, 42);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn load<'a>(&self, chunk: impl AsChunk + 'a) -> Chunk<'a> {
        let caller = Location::caller();
        Chunk {
            lua: self.clone(),
            name: chunk.name().unwrap_or_else(|| format!("@{}:{}", caller.file(), caller.line())),
            environment: chunk.environment(self),
            mode: chunk.mode(),
            source: chunk.source(),
        }
    }
}

/// Code that is ready to be loaded; made by [`Lua::load`].
#[must_use = "nothing is run before `exec`, `eval`, `call` or `into_function`"]
pub struct Chunk<'a> {
    lua: Lua,
    name: String,
    environment: Result<Option<Table>>,
    mode: Option<ChunkMode>,
    source: io::Result<Cow<'a, [u8]>>,
}

impl Chunk<'_> {
    /// The name that messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets the name that messages show: `@file`, `=what to show`, or text.
    pub fn set_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The globals of the chunk, if not the state's.
    pub fn environment(&self) -> Option<&Table> {
        self.environment.as_ref().ok()?.as_ref()
    }

    /// Gives the chunk globals of its own.
    pub fn set_environment(mut self, env: Table) -> Self {
        self.environment = Ok(Some(env));
        self
    }

    /// What the chunk must be, or is.
    pub fn mode(&self) -> ChunkMode {
        self.mode.unwrap_or_else(|| match &self.source {
            Ok(source) if source.first() == Some(&0x1b) => ChunkMode::Binary,
            _ => ChunkMode::Text,
        })
    }

    /// Says what the chunk must be.
    pub fn set_mode(mut self, mode: ChunkMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Runs the chunk.
    ///
    /// # Errors
    ///
    /// [`Error::SyntaxError`], and what the chunk raises.
    pub fn exec(self) -> Result<()> {
        self.call(())
    }

    /// The value of the chunk: an expression, or a block with a `return`.
    ///
    /// # Errors
    ///
    /// [`Error::SyntaxError`], what the chunk raises, and those of the conversion.
    pub fn eval<R: FromLuaMulti>(self) -> Result<R> {
        if self.mode() == ChunkMode::Text
            && let Ok(source) = &self.source
        {
            let expression = [b"return ", &source[..]].concat();
            match self.load_bytes(&expression) {
                Err(Error::SyntaxError { .. }) => {}
                outcome => return outcome?.call(()),
            }
        }
        self.call(())
    }

    /// Runs the chunk with these values as its `...`.
    ///
    /// # Errors
    ///
    /// As [`Chunk::eval`].
    pub fn call<R: FromLuaMulti>(self, args: impl IntoLuaMulti) -> Result<R> {
        self.into_function()?.call(args)
    }

    /// The chunk as a function.
    ///
    /// # Errors
    ///
    /// [`Error::SyntaxError`], [`Error::MemoryError`]; [`Error::ExternalError`] if a file cannot be read.
    pub fn into_function(self) -> Result<Function> {
        match &self.source {
            Ok(source) => self.load_bytes(source),
            Err(e) => Err(Error::external(io::Error::new(e.kind(), e.to_string()))),
        }
    }

    fn load_bytes(&self, source: &[u8]) -> Result<Function> {
        let mode = match self.mode {
            None => RawMode::Any,
            Some(ChunkMode::Text) => RawMode::Text,
            Some(ChunkMode::Binary) => RawMode::Binary,
        };
        let environment = self.environment.as_ref().map_err(Error::clone)?;
        let loaded = self.lua.state.with(|vm| {
            let env = match environment {
                Some(table) => table.0.raw(&self.lua, vm).as_table().expect("a table's handle").as_ptr(),
                None => vm.thread_globals(),
            };
            let proto = vm.load_proto(source, self.name.as_bytes(), mode)?;
            let function = Raw::function(vm.main_function(proto, env)?);
            Ok(crate::shared::Handle::new(&self.lua, vm, function))
        });
        self.lua.state.tidy(&self.lua);
        loaded.map(Function).map_err(|e| match e {
            CompileError::Memory => Error::MemoryError("not enough memory".into()),
            CompileError::Syntax { message, at_eof } => Error::SyntaxError {
                message: String::from_utf8_lossy(&message).into_owned(),
                incomplete_input: at_eof,
            },
        })
    }
}
