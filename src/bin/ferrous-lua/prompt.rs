//! The interactive mode.
//!
//! Source: `dotty` and its helpers in `lua.c`: `=expression` shows values, a statement that is not complete goes on in the next
//! line, and the global variables `_PROMPT` and `_PROMPT2` are the prompts.

use ferrous_lua::{Error, Function, MultiValue, Result, Value};

use crate::lines::Lines;
use crate::session::{Outcome, Reporter, Session};

/// Reads and runs chunks until the end of the input.
pub fn run(session: &Session) -> Outcome {
    let mut lines = Lines::new(&session.lua);
    while let Some(loaded) = read_chunk(session, &mut lines) {
        let outcome = loaded.and_then(|function| session.call(&function, MultiValue::new()));
        let outcome = match outcome {
            Ok(Ok(values)) => show(session, values),
            Ok(Err(value)) => session.report(Ok(value), Reporter::Prompt),
            Err(error) => session.report(Err(error), Reporter::Prompt),
        };
        if let Outcome::Exit(_) = outcome {
            return outcome;
        }
    }
    session.lua.write_stdout(b"\n");
    Outcome::Ok
}

/// The next chunk as a function; `None` at the end of the input.
fn read_chunk(session: &Session, lines: &mut Lines) -> Option<Result<Function>> {
    let mut text = read_line(session, lines, "_PROMPT", "> ")?;
    loop {
        let loaded = match text.strip_prefix(b"=") {
            Some(expression) => session.load(&[b"return ", expression].concat(), "=stdin"),
            None => session.load(&text, "=stdin"),
        };
        if let Err(Error::SyntaxError { incomplete_input: true, .. }) = loaded {
            text.push(b'\n');
            text.extend(read_line(session, lines, "_PROMPT2", ">> ")?);
            continue;
        }
        lines.remember(&text);
        return Some(loaded);
    }
}

fn read_line(session: &Session, lines: &mut Lines, variable: &str, default: &str) -> Option<Vec<u8>> {
    let prompt = session.lua.globals().get::<Option<String>>(variable).ok().flatten();
    session.lua.flush_output();
    lines.read(prompt.as_deref().unwrap_or(default))
}

/// Shows the values of a chunk with the program's `print`.
fn show(session: &Session, values: MultiValue) -> Outcome {
    if values.is_empty() {
        return Outcome::Ok;
    }
    let failed = match session.lua.globals().get::<Value>("print") {
        Ok(Value::Function(print)) => match session.call(&print, values) {
            Ok(Ok(_)) => return Outcome::Ok,
            Ok(Err(Value::String(text))) => text.to_string_lossy(),
            Ok(Err(other)) => format!("error object is a {} value", other.type_name()),
            Err(Error::Exit { code }) => return Outcome::Exit(code),
            Err(error) => error.to_string(),
        },
        Ok(Value::Integer(_)) => "attempt to call a number value".into(),
        Ok(other) => format!("attempt to call a {} value", other.type_name()),
        Err(error) => error.to_string(),
    };
    // There is no traceback in this message.
    let message = failed.split("\nstack traceback:\n").next().unwrap_or_default();
    session.say(format!("error calling 'print' ({message})").as_bytes(), Reporter::Prompt);
    Outcome::Ok
}
