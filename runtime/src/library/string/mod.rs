//! The string library.
//!
//! | file | functions |
//! |---|---|
//! | this one | `byte`, `char`, `dump`, `len`, `lower`, `rep`, `reverse`, `sub`, `upper` |
//! | `matching` | `find`, `gmatch`, `match` |
//! | `gsub` | `gsub`, with `buffer` for its result |
//! | `format` | `format` |
//!
//! Patterns themselves are in [`crate::text::pattern`], conversions in [`crate::text::printf`].

mod buffer;
mod format;
mod gsub;
mod matching;

use super::{open_table, set_field};
use crate::error::Throw;
use crate::native::Args;
use crate::object::{Gc, LuaString};
use crate::{Type, Value, Vm, dump};
pub use format::append_formatted;
use format::format;
use gsub::gsub;
use matching::{find, gmatch, match_};

natives! {
    /// The functions of `string`; `gfind` is one of them under an old name.
    static FUNCTIONS of "string";
    leaf BYTE "byte" = byte;
    leaf CHAR "char" = char_;
    leaf DUMP "dump" = dump_;
    leaf FIND "find" = find;
    leaf FORMAT "format" = format;
    leaf GMATCH "gmatch" = gmatch;
    sequence GSUB "gsub" = gsub;
    leaf LEN "len" = len;
    leaf LOWER "lower" = lower;
    leaf MATCH "match" = match_;
    leaf REP "rep" = rep;
    leaf REVERSE "reverse" = reverse;
    leaf SUB "sub" = sub;
    leaf UPPER "upper" = upper;
}

/// Opens the library and makes it the `__index` of strings.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    let library = open_table(vm, "string", FUNCTIONS, 1)?;
    let gmatch = vm.intern(b"gmatch").map_err(|_| vm.throw_memory())?;
    let gmatch = vm.table_get_str(library, gmatch);
    set_field(vm, library, "gfind", gmatch)?;
    let metatable = vm.new_table(0, 1).map_err(|_| vm.throw_memory())?;
    vm.raw_set_str(metatable, vm.names.index, Value::table(library))?;
    vm.type_metatables[Type::String as usize] = metatable.as_ptr();
    Ok(())
}

/// A position that may be counted from the end of `len` bytes, as one from the start; what lies before that is 0.
///
/// Source: `posrelat` (`lstrlib.c`).
fn from_start(position: i64, len: usize) -> i64 {
    if position >= 0 { position } else { position.wrapping_add(len as i64 + 1).max(0) }
}

fn len(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let s = vm.check_string(args, 0)?;
    args.ret1(Value::number_unchecked(f64::from(s.len)))
}

fn sub(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let s = vm.check_string(args, 0)?;
    let n = s.len as usize;
    let first = from_start(vm.check_integer(args, 1)?, n).max(1) as usize;
    let last = from_start(vm.opt_integer(args, 2, -1)?, n).min(n as i64) as usize;
    if first > last {
        return args.ret1(Value::string(vm.names.empty));
    }
    if last - first + 1 == n {
        return args.ret1(Value::string(s));
    }
    match vm.intern_piece(&s.bytes()[first - 1..last]) {
        Ok(s) => args.ret1(Value::string(s)),
        Err(_) => Err(vm.throw_memory()),
    }
}

fn byte(vm: &mut Vm, mut args: Args) -> Result<u32, Throw> {
    let s = vm.check_string(args, 0)?;
    let n = s.len as usize;
    let first = from_start(vm.opt_integer(args, 1, 1)?, n);
    let last = from_start(vm.opt_integer(args, 2, first)?, n).min(n as i64);
    let first = first.max(1);
    if first > last {
        return args.ret0();
    }
    let part = &s.bytes()[first as usize - 1..last as usize];
    if part.len() > vm.options.max_stack / 2 {
        return Err(vm.runtime_error(b"string slice too long"));
    }
    vm.reserve_results(&mut args, part.len())?;
    for (i, &b) in part.iter().enumerate() {
        args.put(i as u32, Value::number_unchecked(f64::from(b)));
    }
    Ok(part.len() as u32)
}

fn char_(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    if args.count == 1 {
        let b = char_argument(vm, args, 0)?;
        let s = vm.byte_string(b).map_err(|_| vm.throw_memory())?;
        return args.ret1(Value::string(s));
    }
    let mut text = std::mem::take(&mut vm.library.scratch);
    text.clear();
    for i in 0..args.count {
        text.push(char_argument(vm, args, i)?);
    }
    let s = vm.new_string(&text)?;
    vm.library.keep_scratch(text);
    args.ret1(s)
}

fn char_argument(vm: &mut Vm, args: Args, i: u32) -> Result<u8, Throw> {
    let code = vm.check_int(args, i)?;
    u8::try_from(code).map_err(|_| vm.arg_error(i, "invalid value"))
}

/// `string.rep(s, n, separator)`; the separator is LuaJIT's.
fn rep(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let s = vm.check_string(args, 0)?;
    let n = vm.check_int(args, 1)?.max(0) as usize;
    let separator = vm.opt_string(args, 2)?.map_or(&b""[..], |s| s.bytes());
    let joined;
    let part = if separator.is_empty() {
        s.bytes()
    } else {
        joined = [s.bytes(), separator].concat();
        &joined
    };
    // There is no separator behind the last copy. More than a string can hold is more than there is memory for.
    let total = part.len().checked_mul(n).map(|total| total.saturating_sub(separator.len()));
    let Some(total) = total.filter(|&total| total <= LuaString::MAX_LEN) else {
        return Err(vm.throw_memory());
    };
    let result = vm.string_with(total, |content| match part {
        [b] => content.fill(*b),
        _ => repeat_into(content, part),
    })?;
    args.ret1(result)
}

/// Fills `content` with copies of `part`, the last of which may be cut: doubling what is there.
fn repeat_into(content: &mut [u8], part: &[u8]) {
    if content.is_empty() {
        return;
    }
    let mut done = part.len().min(content.len());
    content[..done].copy_from_slice(&part[..done]);
    while done < content.len() {
        let more = done.min(content.len() - done);
        content.copy_within(..more, done);
        done += more;
    }
}

/// A string with each byte of argument 0 put through `change`.
fn map_bytes(vm: &mut Vm, args: Args, change: impl Fn(u8) -> u8) -> Result<u32, Throw> {
    let s: Gc<LuaString> = vm.check_string(args, 0)?;
    let source = s.bytes();
    let result = vm.string_with(source.len(), |content| {
        for (to, from) in content.iter_mut().zip(source) {
            *to = change(*from);
        }
    })?;
    args.ret1(result)
}

fn lower(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    map_bytes(vm, args, |b| b.to_ascii_lowercase())
}

fn upper(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    map_bytes(vm, args, |b| b.to_ascii_uppercase())
}

fn reverse(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let source = vm.check_string(args, 0)?.bytes();
    let result = vm.string_with(source.len(), |content| {
        for (to, from) in content.iter_mut().zip(source.iter().rev()) {
            *to = *from;
        }
    })?;
    args.ret1(result)
}

/// `string.dump(f, strip)`; `strip`, which leaves out lines and names, is LuaJIT's.
fn dump_(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let f = vm.check_function(args, 0)?;
    let Some(f) = f.as_lua_function() else {
        return Err(vm.runtime_error(b"unable to dump given function"));
    };
    // SAFETY: a live function's prototype is live.
    let chunk = dump::dump(unsafe { &*f.proto }, args.get(1).is_truthy());
    let chunk = vm.new_string(&chunk)?;
    args.ret1(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_both_ends() {
        assert_eq!(from_start(3, 5), 3);
        assert_eq!(from_start(-1, 5), 5);
        assert_eq!(from_start(-5, 5), 1);
        assert_eq!(from_start(-6, 5), 0);
        assert_eq!(from_start(i64::MIN, 5), 0);
        assert_eq!(from_start(0, 5), 0);
    }

    #[test]
    fn repetition_doubles() {
        for n in 0..9 {
            let mut content = vec![0; n * 3];
            repeat_into(&mut content, b"abc");
            assert_eq!(content, b"abc".repeat(n));
            let mut cut = vec![0; n];
            repeat_into(&mut cut, b"abc");
            assert_eq!(cut, b"abc".repeat(n)[..n]);
        }
    }
}
