//! Reading: the formats of `file:read`. As LuaJIT's, they may do without the star, and `*L` leaves a line its end.
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
    /// A line and what ends it.
    WholeLine,
    All,
    Bytes(usize),
}

/// Reads what the arguments from `first` on ask for; a line if there are none. After the first that fails comes nil and
/// nothing more.
pub(super) fn read(vm: &mut Vm, cell: &FileCell, args: Args, first: u32) -> Result<u32, Throw> {
    if args.count <= first {
        return match line(vm, cell) {
            Ok(line) => args.ret1(line.transpose()?.unwrap_or(Value::NIL)),
            Err(e) => return_failure(vm, args, None, &e),
        };
    }
    match values(vm, cell, &args.as_slice()[first as usize..], first)? {
        Ok(values) => return_values(vm, args, &values),
        Err(e) => return_failure(vm, args, None, &e),
    }
}

/// What `formats` ask for, of which errors call the first one argument `first`. The inner error is one of reading.
pub(super) fn values(
    vm: &mut Vm,
    cell: &FileCell,
    formats: &[Value],
    first: u32,
) -> Result<io::Result<Vec<Value>>, Throw> {
    before_reading(vm, cell);
    let mut values = Vec::new();
    for (i, &format) in (first..).zip(formats) {
        let format = check_format(vm, format, i)?;
        match one(vm, cell, format) {
            Ok(Some(v)) => values.push(v?),
            Ok(None) => {
                values.push(Value::NIL);
                break;
            }
            Err(e) => return Ok(Err(e)),
        }
    }
    Ok(Ok(values))
}

/// `return` all of them
pub(super) fn return_values(vm: &mut Vm, mut args: Args, values: &[Value]) -> Result<u32, Throw> {
    if values.len() > MIN_NATIVE_SLOTS {
        vm.reserve_results(&mut args, values.len())?;
    }
    for (i, &v) in values.iter().enumerate() {
        args.put(i as u32, v);
    }
    Ok(values.len() as u32)
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

/// The format that argument `i` names.
fn check_format(vm: &mut Vm, v: Value, i: u32) -> Result<Format, Throw> {
    if let Some(n) = v.as_number() {
        return Ok(Format::Bytes(to_integer(n) as usize));
    }
    let Some(text) = v.as_string().map(|s| s.bytes()) else { return Err(vm.arg_error(i, "invalid option")) };
    match text.strip_prefix(b"*").unwrap_or(text) {
        [b'n', ..] => Ok(Format::Number),
        [b'l', ..] => Ok(Format::Line),
        [b'L', ..] => Ok(Format::WholeLine),
        [b'a', ..] => Ok(Format::All),
        _ if text.first() == Some(&b'*') => Err(vm.arg_error(i, "invalid format")),
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
        Format::WholeLine => with_scratch(vm, cell, Stream::read_whole_line),
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
