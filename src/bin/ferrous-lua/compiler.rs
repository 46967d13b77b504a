//! LuaJIT's options for its compiler, `-j` and `-O`.
//!
//! Source: `dojitcmd`, `dojitopt` and `loadjitmodule` (`luajit.c`).

use std::ffi::OsStr;

use ferrous_lua::{Error, Function, MultiValue, Result, Table, Value};

use crate::session::{Outcome, Reporter, Session};

impl Session {
    /// `-j command[=arguments]`: calls a function of the library `jit`, or `start` of the module `jit.command`.
    pub fn jit_command(&self, command: &OsStr) -> Outcome {
        let command = command.as_encoded_bytes();
        let end = command.iter().position(|&byte| byte == b'=').unwrap_or(command.len());
        let (name, arguments) = (&command[..end], command.get(end + 1..).unwrap_or_default());
        self.run_with_words(self.jit_function(name), arguments)
    }

    /// `-O[options]`: calls `jit.opt.start`.
    pub fn optimize(&self, options: &OsStr) -> Outcome {
        let jit = self.lua.globals().get::<Table>("jit");
        let start = jit.and_then(|jit| jit.get::<Table>("opt")).and_then(|opt| opt.get("start"));
        self.run_with_words(start, options.as_encoded_bytes())
    }

    fn jit_function(&self, name: &[u8]) -> Result<Function> {
        let jit: Table = self.lua.globals().get("jit")?;
        if let Value::Function(function) = jit.get(self.lua.create_string(name)?)? {
            return Ok(function);
        }
        let module = Value::String(self.lua.create_string([b"jit.", name].concat())?);
        let require: Function = self.lua.globals().get("require")?;
        match self.call(&require, MultiValue::from_vec(vec![module]))? {
            Ok(values) => match values.into_vec().into_iter().next() {
                Some(Value::Table(module)) if module.contains_key("start")? => module.get("start"),
                _ => Err(no_module()),
            },
            Err(Value::String(text)) if !text.as_bytes().starts_with(b"module ") => {
                Err(Error::RuntimeError(text.to_string_lossy()))
            }
            Err(_) => Err(no_module()),
        }
    }

    /// Calls a function with the words that stand between the commas of `text`; one that is empty is nil.
    fn run_with_words(&self, function: Result<Function>, text: &[u8]) -> Outcome {
        let word = |word: &[u8]| match word {
            b"" => Ok(Value::Nil),
            _ => self.lua.create_string(word).map(Value::String),
        };
        let words = match text {
            b"" => Ok(Vec::new()),
            _ => text.split(|&byte| byte == b',').map(word).collect(),
        };
        match words {
            Ok(words) => self.run_chunk(function, MultiValue::from_vec(words)),
            Err(error) => self.report(Err(error), Reporter::Command),
        }
    }
}

fn no_module() -> Error {
    Error::RuntimeError("unknown luaJIT command or jit.* modules not installed".into())
}
