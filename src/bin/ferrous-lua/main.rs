//! The command `ferrous-lua`: PUC Lua's `lua`, with options for the JIT and for looking into the VM.
//!
//! | file | |
//! |---|---|
//! | `arguments` | what the command line says |
//! | `bytecode` | what it says behind `-b` |
//! | `compiler` | calling the `jit` library for `-j` and `-O` |
//! | `session` | running chunks and reporting errors, as `lua.c` does |
//! | `prompt` | the interactive mode |
//! | `lines` | reading lines: from a terminal with editing, or plainly |
//! | `complete` | what a word at the prompt may become |
//! | `signals` | Ctrl-C stops the script |

mod arguments;
mod bytecode;
mod compiler;
#[cfg(feature = "repl")]
mod complete;
mod lines;
mod prompt;
mod session;
mod signals;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Arguments, Refusal};
use session::Session;

/// How the command calls itself in messages.
const PROGRAM: &str = "ferrous-lua";

/// The options of this command's VM, for those that its scripts start.
const OPTIONS_VARIABLE: &str = "FERROUS_LUA_OPTIONS";

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let inherited = std::env::var(OPTIONS_VARIABLE).unwrap_or_default();
    match Arguments::parse(words, &inherited) {
        Ok(arguments) => {
            if !arguments.inheritable.is_empty() {
                // SAFETY: there is no other thread yet.
                unsafe { std::env::set_var(OPTIONS_VARIABLE, arguments.inheritable.join(" ")) };
            }
            Session::new(arguments).run()
        }
        Err(help @ Refusal::Help) => {
            print!("{help}");
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            eprint!("{refusal}");
            ExitCode::FAILURE
        }
    }
}
