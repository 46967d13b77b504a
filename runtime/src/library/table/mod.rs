//! The table library. Everything here is raw, as in Lua 5.1: no metamethod but a comparison's is asked.
//!
//! `clear`, `move`, `new`, `pack` and `unpack` are LuaJIT's; the first and the third can also be `require`d as `table.clear`
//! and `table.new`, as there.

mod each;
mod sort;

use super::{base, make_room, open_table, set_loaded};
use crate::error::Throw;
use crate::native::Args;
use crate::object::{Gc, Table};
use crate::table::{FIRST, STORES_BETWEEN_LOOKS};
use crate::text::number::{NumberBuf, format_number};
use crate::{Value, Vm};
use base::unpack;
use each::{foreach, foreachi};
use sort::sort;

natives! {
    /// The functions of `table`.
    static FUNCTIONS of "table";
    leaf CONCAT "concat" = concat;
    sequence FOREACH "foreach" = foreach;
    sequence FOREACHI "foreachi" = foreachi;
    leaf GETN "getn" = getn;
    leaf INSERT "insert" = insert;
    leaf MAXN "maxn" = maxn;
    leaf REMOVE "remove" = remove;
    leaf SETN "setn" = setn;
    sequence SORT "sort" = sort;
    leaf CLEAR "clear" = clear;
    leaf MOVE "move" = move_;
    leaf NEW "new" = new;
    leaf PACK "pack" = pack;
    leaf UNPACK "unpack" = unpack;
}

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    let library = open_table(vm, "table", FUNCTIONS, 0)?;
    for (module, field) in [("table.clear", "clear"), ("table.new", "new")] {
        let key = vm.intern(field.as_bytes()).map_err(|_| vm.throw_memory())?;
        set_loaded(vm, module, vm.table_get_str(library, key))?;
    }
    Ok(())
}

fn insert(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    let stored = match args.count {
        2 => {
            let end = vm.table_len(t) as i64 + 1;
            vm.table_set_int(t, end, args.get(1))
        }
        3 => {
            let pos = vm.check_int(args, 1)?;
            vm.table_insert_at(t, i64::from(pos), args.get(2))
        }
        _ => return Err(vm.runtime_error(b"wrong number of arguments to 'insert'")),
    };
    match stored {
        Ok(()) => args.ret0(),
        Err(error) => Err(vm.throw_set_error(error)),
    }
}

fn remove(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    let pos = if args.get(1).is_nil() { None } else { Some(i64::from(vm.check_int(args, 1)?)) };
    match vm.table_remove_at(t, pos) {
        Ok(Some(removed)) => args.ret1(removed),
        Ok(None) => args.ret0(),
        Err(error) => Err(vm.throw_set_error(error)),
    }
}

fn concat(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let separator = vm.opt_string(args, 1)?.map_or(&b""[..], |s| s.bytes());
    let t = vm.check_table(args, 0)?;
    let first = i64::from(vm.opt_int(args, 2, 1)?);
    let last = match args.get(3) {
        v if v.is_nil() => vm.table_len(t) as i64,
        _ => i64::from(vm.check_int(args, 3)?),
    };
    let mut out = std::mem::take(&mut vm.library.scratch);
    out.clear();
    for i in first..=last {
        if i > first {
            make_room(vm, &mut out, separator.len() + NumberBuf::SIZE)?;
            out.extend_from_slice(separator);
        }
        let v = vm.table_get_int(t, i);
        if let Some(s) = v.as_string() {
            make_room(vm, &mut out, s.bytes().len())?;
            out.extend_from_slice(s.bytes());
        } else if let Some(n) = v.as_number() {
            out.extend_from_slice(format_number(n, &mut NumberBuf::new()));
        } else {
            let text = format!("invalid value ({}) at index {i} in table for 'concat'", v.type_name());
            return Err(vm.runtime_error(text.as_bytes()));
        }
    }
    let result = vm.new_string(&out)?;
    vm.library.keep_scratch(out);
    args.ret1(result)
}

fn getn(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    args.ret1(Value::number_unchecked(vm.table_len(t) as f64))
}

fn setn(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    vm.check_table(args, 0)?;
    Err(vm.runtime_error(b"'setn' is obsolete"))
}

fn maxn(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    let mut max = 0.0;
    let mut position = FIRST;
    while let Some((next, key, _)) = vm.table_next_at(t, position) {
        position = next;
        if let Some(n) = key.as_number()
            && n > max
        {
            max = n;
        }
    }
    args.ret1(Value::number(max))
}

fn clear(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    match vm.table_clear(t) {
        Ok(()) => args.ret0(),
        Err(error) => Err(vm.throw_set_error(error)),
    }
}

/// `table.new(narray, nkeys)`: an empty table with room.
fn new(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let narray = vm.check_int(args, 0)?.max(0) as usize;
    let nkeys = vm.opt_int(args, 1, 0)?.max(0) as usize;
    let t = vm.new_table(0, 0).map_err(|_| vm.throw_memory())?;
    vm.table_resize(t, narray, nkeys).map_err(|e| vm.throw_set_error(e))?;
    args.ret1(Value::table(t))
}

/// `table.pack(...)`: the arguments, and their number in `n`.
fn pack(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    match vm.arg_table(args.as_slice()) {
        Ok(t) => args.ret1(Value::table(t)),
        Err(_) => Err(vm.throw_memory()),
    }
}

/// `table.move(from, first, last, at, to)`: `to[at], ... = from[first], ..., from[last]`.
fn move_(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let from = vm.check_table(args, 0)?;
    let (first, last) = (vm.check_integer(args, 1)?, vm.check_integer(args, 2)?);
    let at = vm.check_integer(args, 3)?;
    let to = if args.get(4).is_nil() { from } else { vm.check_table(args, 4)? };
    if last >= first {
        if !(first > 0 || last < i64::MAX + first) {
            return Err(vm.arg_error(2, "too many elements to move"));
        }
        if at > i64::MAX - (last - first) {
            return Err(vm.arg_error(3, "destination wrap around"));
        }
        let upwards = at > last || at <= first || from != to;
        for n in 0..=last - first {
            if n % STORES_BETWEEN_LOOKS == 0 {
                vm.poll_interrupt()?;
            }
            let n = if upwards { n } else { last - first - n };
            copy_element(vm, from, first + n, to, at + n)?;
        }
    }
    args.ret1(Value::table(to))
}

fn copy_element(vm: &mut Vm, from: Gc<Table>, i: i64, to: Gc<Table>, at: i64) -> Result<(), Throw> {
    let v = vm.table_get_int(from, i);
    vm.raw_set_int(to, at, v)
}
