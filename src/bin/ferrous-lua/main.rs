//! The command `ferrous-lua`: PUC Lua's `lua`, with options for the JIT and for looking into the VM.
//!
//! | file | |
//! |---|---|
//! | `arguments` | what the command line says |
//! | `session` | running chunks and reporting errors, as `lua.c` does |
//! | `prompt` | the interactive mode |
//! | `lines` | reading lines: from a terminal with editing, or plainly |
//! | `signals` | Ctrl-C stops the script |

mod arguments;
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

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    match Arguments::parse(words) {
        Ok(arguments) => Session::new(arguments).run(),
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
