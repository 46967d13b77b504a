//! A session: running what the command line says, and reporting errors.
//!
//! Source: `lua.c`. The messages and exit codes are its; see `pmain`, `docall` and `report` there.

use std::ffi::OsStr;
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use ferrous_lua::{Error, Function, Lua, MultiValue, Result, StdLib, Table, Value, chunk};

use crate::arguments::{Arguments, Compilation, Prelude};
use crate::{PROGRAM, prompt, signals};

/// The state and what it was started with.
pub struct Session {
    pub lua: Lua,
    arguments: Arguments,
    /// Errors at the prompt are shown in red.
    has_colours: bool,
}

/// What turns a terminal's text red, and back.
const RED: (&str, &str) = ("\x1b[31m", "\x1b[0m");

/// How running a chunk ended, once its error has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
    /// `os.exit`
    Exit(i32),
}

/// Ends the function with any outcome but [`Outcome::Ok`].
macro_rules! check {
    ($outcome:expr) => {
        match $outcome {
            Outcome::Ok => {}
            other => return other,
        }
    };
}

/// Whose message it is: the command's, or the prompt's, which has no name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reporter {
    Command,
    Prompt,
}

/// A copyright line like PUC Lua's, by which programs recognize that a command is a Lua, and which.
pub const VERSION: &str =
    concat!("Lua 5.1  ferrous-lua ", env!("CARGO_PKG_VERSION"), "  Copyright (C) 2026 its authors");

impl Session {
    pub fn new(arguments: Arguments) -> Session {
        // SAFETY: the command's user writes the scripts and may look into everything.
        let lua = unsafe { Lua::unsafe_new_with(StdLib::ALL, arguments.options.clone()) };
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Session { lua, arguments, has_colours: std::io::stderr().is_terminal() && !is_plain }
    }

    /// Does everything, and says how the process is to end.
    pub fn run(self) -> ExitCode {
        signals::watch(&self.lua);
        let outcome = self.run_all();
        self.lua.flush_output();
        if let Outcome::Exit(code) = outcome {
            self.report_jit_stats();
            // As C's `exit` does: the state is not closed.
            std::process::exit(code);
        }
        let Session { lua, arguments, .. } = self;
        let stats = lua.jit_stats();
        drop(lua);
        if arguments.jit_stats {
            eprint!("{stats}");
        }
        if outcome == Outcome::Ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn report_jit_stats(&self) {
        if self.arguments.jit_stats {
            eprint!("{}", self.lua.jit_stats());
        }
    }

    fn run_all(&self) -> Outcome {
        if !self.arguments.options.ignore_environment {
            check!(self.run_lua_init());
        }
        if self.arguments.shows_version {
            eprintln!("{VERSION}");
        }
        for prelude in &self.arguments.preludes {
            check!(match prelude {
                Prelude::Execute(statement) => {
                    self.run_chunk(
                        self.load(statement.as_encoded_bytes(), "=(command line)"),
                        MultiValue::new(),
                    )
                }
                Prelude::Require(name) => self.require(name),
                Prelude::Jit(command) => self.jit_command(command),
                Prelude::Optimize(options) => self.optimize(options),
            });
        }
        if let Some(at) = self.arguments.script {
            check!(self.run_script(at));
        }
        if self.arguments.is_interactive {
            return prompt::run(self);
        }
        if self.arguments.reads_stdin {
            if std::io::stdin().is_terminal() {
                eprintln!("{VERSION}");
                return prompt::run(self);
            }
            // `lua` takes no notice of how this ends.
            if let exit @ Outcome::Exit(_) = self.run_main(self.load_stdin(), MultiValue::new()) {
                return exit;
            }
        }
        Outcome::Ok
    }

    /// The environment variable `LUA_INIT`: a statement, or `@` and a file's name.
    fn run_lua_init(&self) -> Outcome {
        let Some(init) = std::env::var_os("LUA_INIT") else { return Outcome::Ok };
        let function = match init.as_encoded_bytes().strip_prefix(b"@") {
            // SAFETY: cut behind an ASCII character.
            Some(file) => self.load_file(unsafe { OsStr::from_encoded_bytes_unchecked(file) }),
            None => self.load(init.as_encoded_bytes(), "=LUA_INIT"),
        };
        self.run_chunk(function, MultiValue::new())
    }

    fn require(&self, name: &OsStr) -> Outcome {
        let require = self.lua.globals().get::<Value>("require");
        let outcome = require.and_then(|require| match require {
            Value::Function(require) => Ok(require),
            other => Err(Error::RuntimeError(format!("attempt to call a {} value", other.type_name()))),
        });
        match self.lua.create_string(name.as_encoded_bytes()) {
            Ok(name) => self.run_chunk(outcome, MultiValue::from_vec(vec![Value::String(name)])),
            Err(error) => self.report(Err(error), Reporter::Command),
        }
    }

    /// The script, whose name is word `at`; the words behind it are its arguments.
    fn run_script(&self, at: usize) -> Outcome {
        let arguments = match self.set_arguments(at) {
            Ok(arguments) => arguments,
            Err(error) => return self.report(Err(error), Reporter::Command),
        };
        let name = &self.arguments.words[at];
        let function = match name.as_encoded_bytes() {
            statement if self.arguments.script_is_statement => self.load(statement, "=(command line)"),
            b"-" if !self.arguments.script_is_file => self.load_stdin(),
            _ => self.load_file(name),
        };
        self.run_main(function, arguments)
    }

    /// The global table `arg`: the script's name at 0, its arguments above, all other words below.
    fn set_arguments(&self, script: usize) -> Result<MultiValue> {
        let words = &self.arguments.words;
        let table: Table = self.lua.create_table_with_capacity(words.len() - script, script)?;
        let mut arguments = Vec::new();
        for (i, word) in words.iter().enumerate() {
            let text = Value::String(self.lua.create_string(word.as_encoded_bytes())?);
            table.raw_set(i as i64 - script as i64, &text)?;
            if i > script {
                arguments.push(text);
            }
        }
        self.lua.globals().raw_set("arg", table)?;
        Ok(MultiValue::from_vec(arguments))
    }

    /// Runs the main program, or does with it what is to be done instead.
    fn run_main(&self, function: Result<Function>, arguments: MultiValue) -> Outcome {
        match (function, &self.arguments.compilation) {
            (Ok(function), Some(Compilation::List(file))) => {
                self.write_file(function.bytecode_listing().as_bytes(), file)
            }
            (Ok(function), Some(Compilation::Write { file, strips })) => {
                self.write_file(&function.dump(*strips), file)
            }
            (function, _) => self.run_chunk(function, arguments),
        }
    }

    fn write_file(&self, content: &[u8], file: &OsStr) -> Outcome {
        if file == "-" {
            self.lua.write_stdout(content);
            return Outcome::Ok;
        }
        match std::fs::write(file, content) {
            Ok(()) => Outcome::Ok,
            Err(e) => {
                let message = format!("cannot write {}: {}", file.to_string_lossy(), reason(&e));
                self.report(Err(Error::RuntimeError(message)), Reporter::Command)
            }
        }
    }

    pub fn load(&self, source: &[u8], name: &str) -> Result<Function> {
        self.lua.load(source).set_name(name).into_function()
    }

    fn load_stdin(&self) -> Result<Function> {
        let mut source = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut source);
        read.map_err(|e| Error::RuntimeError(format!("cannot read stdin: {}", reason(&e))))?;
        self.load(chunk::strip_file_prelude(&source), "=stdin")
    }

    fn load_file(&self, name: &OsStr) -> Result<Function> {
        let shown = name.to_string_lossy();
        let cannot = |what: &str, e: std::io::Error| {
            Error::RuntimeError(format!("cannot {what} {shown}: {}", reason(&e)))
        };
        let mut file = std::fs::File::open(Path::new(name)).map_err(|e| cannot("open", e))?;
        let mut source = Vec::new();
        file.read_to_end(&mut source).map_err(|e| cannot("read", e))?;
        self.load(chunk::strip_file_prelude(&source), &format!("@{shown}"))
    }

    /// Runs a chunk and reports its error.
    pub fn run_chunk(&self, function: Result<Function>, arguments: MultiValue) -> Outcome {
        match function.and_then(|function| self.call(&function, arguments)) {
            Ok(Ok(_)) => Outcome::Ok,
            Ok(Err(value)) => self.report(Ok(value), Reporter::Command),
            Err(error) => self.report(Err(error), Reporter::Command),
        }
    }

    /// Calls a function; Ctrl-C stops it. The inner error is the value that it raised.
    ///
    /// Like `docall` in `lua.c` it collects the garbage of what failed; an error of a finaliser takes the place of that which it followed.
    pub fn call(
        &self,
        function: &Function,
        arguments: MultiValue,
    ) -> Result<std::result::Result<MultiValue, Value>> {
        let _armed = signals::arm();
        let outcome = function.call_raw(arguments)?;
        if outcome.is_err() {
            self.lua.gc_collect()?;
        }
        Ok(outcome)
    }

    /// Writes an error to standard error.
    pub fn report(&self, error: Result<Value>, reporter: Reporter) -> Outcome {
        let message = match error {
            Ok(Value::Nil) => return Outcome::Failed,
            Ok(Value::String(text)) => text.as_bytes().to_vec(),
            Ok(Value::Error(error)) => error.to_string().into_bytes(),
            Ok(_) => b"(error object is not a string)".to_vec(),
            Err(Error::Exit { code }) => return Outcome::Exit(code),
            // The bare text: what kind of error it is, PUC Lua does not say.
            Err(
                Error::SyntaxError { message, .. }
                | Error::RuntimeError(message)
                | Error::MemoryError(message),
            ) => message.into_bytes(),
            Err(error) => error.to_string().into_bytes(),
        };
        self.say(&message, reporter);
        Outcome::Failed
    }

    /// Writes a message to standard error, behind everything that the program has written.
    pub fn say(&self, message: &[u8], reporter: Reporter) {
        self.lua.flush_output();
        // As C would print it.
        let message = message.split(|&byte| byte == 0).next().unwrap_or_default();
        let mut text = Vec::new();
        if reporter == Reporter::Command {
            text.extend_from_slice(PROGRAM.as_bytes());
            text.extend_from_slice(b": ");
        }
        let (before, behind) = if self.has_colours && reporter == Reporter::Prompt { RED } else { ("", "") };
        text.extend([before.as_bytes(), message, behind.as_bytes(), b"\n"].concat());
        // There is nobody to tell that this failed.
        _ = std::io::stderr().write_all(&text);
    }
}

/// The system's word for an error, without Rust's number behind it.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].into(),
        None => text,
    }
}
