//! Reading: the formats of `file:read`.
//!
//! Source: `g_read` (`liolib.c`).

use super::{FileCell, Stream, return_failure, with_stream};
use crate::check::to_integer;
use crate::error::Throw;
use crate::native::{Args, MIN_NATIVE_SLOTS};
use crate::object::LuaString;
use crate::text::number::parse_number;
use crate::{Value, Vm};
use std::io;
use std::rc::Rc;

/// One argument of `read`.
#[derive(Clone, Copy)]
enum Format {
    Number,
    Line,
    All,
    Bytes(usize),
}

/// Reads what the arguments from `first` on ask for; a line if there are none. After the first that fails comes nil and
/// nothing more.
pub(super) fn read(vm: &mut Vm, cell: &FileCell, mut args: Args, first: u32) -> Result<u32, Throw> {
    before_reading(vm, cell);
    if args.count <= first {
        return match line(vm, cell) {
            Ok(line) => args.ret1(line.transpose()?.unwrap_or(Value::NIL)),
            Err(e) => return_failure(vm, args, None, &e),
        };
    }
    let mut results = Vec::new();
    for i in first..args.count {
        let format = check_format(vm, args, i)?;
        match one(vm, cell, format) {
            Ok(Some(v)) => results.push(v?),
            Ok(None) => {
                results.push(Value::NIL);
                break;
            }
            Err(e) => return return_failure(vm, args, None, &e),
        }
    }
    if results.len() > MIN_NATIVE_SLOTS {
        vm.reserve_results(&mut args, results.len())?;
    }
    for (i, &v) in results.iter().enumerate() {
        args.put(i as u32, v);
    }
    Ok(results.len() as u32)
}

/// A line without its end; `None` at the end of the file. The inner error is the one of making the string.
pub(super) fn line(vm: &mut Vm, cell: &FileCell) -> io::Result<Option<Result<Value, Throw>>> {
    before_reading(vm, cell);
    with_scratch(vm, cell, Stream::read_line)
}

/// Shows what the program has written before it may wait for input.
fn before_reading(vm: &mut Vm, cell: &FileCell) {
    let io = &vm.library.io;
    let waits = Rc::ptr_eq(cell, &io.stdin) && cell.borrow().as_ref().is_some_and(Stream::needs_input);
    if waits && let Some(stdout) = &mut *io.stdout.borrow_mut() {
        _ = stdout.flush();
    }
}

fn check_format(vm: &mut Vm, args: Args, i: u32) -> Result<Format, Throw> {
    let v = args.get(i);
    if let Some(n) = v.as_number() {
        return Ok(Format::Bytes(to_integer(n) as usize));
    }
    match v.as_string().map(|s| s.bytes()) {
        Some([b'*', b'n', ..]) => Ok(Format::Number),
        Some([b'*', b'l', ..]) => Ok(Format::Line),
        Some([b'*', b'a', ..]) => Ok(Format::All),
        Some([b'*', ..]) => Err(vm.arg_error(i, "invalid format")),
        _ => Err(vm.arg_error(i, "invalid option")),
    }
}

/// Reads one thing; `None` if it is not there.
fn one(vm: &mut Vm, cell: &FileCell, format: Format) -> io::Result<Option<Result<Value, Throw>>> {
    match format {
        Format::Number => {
            let text = with_stream(cell, Stream::read_number)?;
            Ok(text.and_then(|text| parse_number(&text)).map(|n| Ok(Value::number(n))))
        }
        Format::Line => with_scratch(vm, cell, Stream::read_line),
        Format::All => {
            with_scratch(vm, cell, |stream, bytes| stream.read_bytes(LuaString::MAX_LEN, bytes).map(|_| true))
        }
        Format::Bytes(0) => {
            let more = with_stream(cell, Stream::peek)?.is_some();
            Ok(more.then(|| vm.new_string(b"")))
        }
        Format::Bytes(n) => {
            let n = n.min(LuaString::MAX_LEN);
            with_scratch(vm, cell, |stream, bytes| stream.read_bytes(n, bytes))
        }
    }
}

/// The string of what `read` puts into the state's buffer, or `None` if it says that there was nothing.
fn with_scratch(
    vm: &mut Vm,
    cell: &FileCell,
    read: impl FnOnce(&mut Stream, &mut Vec<u8>) -> io::Result<bool>,
) -> io::Result<Option<Result<Value, Throw>>> {
    let mut scratch = std::mem::take(&mut vm.library.scratch);
    scratch.clear();
    let read = with_stream(cell, |stream| read(stream, &mut scratch));
    let string = match read {
        Ok(true) => Ok(Some(vm.new_string(&scratch))),
        Ok(false) => Ok(None),
        Err(e) => Err(e),
    };
    vm.library.keep_scratch(scratch);
    string
}
