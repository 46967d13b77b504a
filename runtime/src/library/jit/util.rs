//! `jit.util`: what a function is made of.
//!
//! Source: `lib_jit.c` of LuaJIT. Differences: there is nothing in it about instructions and traces, which are others here; a
//! function's prototypes are no values.

use crate::error::Throw;
use crate::library::{new_library, set_field, set_loaded};
use crate::message::{MAX_CHUNK_DISPLAY, chunk_display_name};
use crate::native::Args;
use crate::object::{Gc, LuaString, Table};
use crate::proto::Proto;
use crate::{Value, Vm};

natives! {
    /// The functions of `jit.util`.
    static FUNCTIONS of "jit.util";
    leaf FUNCINFO "funcinfo" = funcinfo;
    leaf FUNCK "funck" = funck;
    leaf FUNCUVNAME "funcuvname" = funcuvname;
}

/// Makes it a field of the table `jit`, and a module.
pub(super) fn open(vm: &mut Vm, jit: Gc<Table>) -> Result<(), Throw> {
    let util = Value::table(new_library(vm, FUNCTIONS, 0)?);
    set_field(vm, jit, "util", util)?;
    set_loaded(vm, "jit.util", util)
}

/// The prototype of the function that argument 0 is; none for a native function.
fn proto_argument(vm: &mut Vm, args: Args) -> Result<Option<&'static Proto>, Throw> {
    let function = args.get(0);
    if !function.is_function() {
        return Err(vm.type_error(args, 0, "function"));
    }
    // SAFETY: the function is an argument, and keeps its prototype; that is used before the next safepoint.
    Ok(function.as_lua_function().map(|f| unsafe { &*f.proto }))
}

/// `funcinfo(function [, pc])`: a table; with a place in the code also that place's line.
fn funcinfo(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let proto = proto_argument(vm, args)?;
    let info = vm.new_table(0, 12).map_err(|_| vm.throw_memory())?;
    let upvalues = args.get(0).as_function().map_or(0, |f| f.header.small);
    set_field(vm, info, "upvalues", Value::number(upvalues.into()))?;
    let Some(proto) = proto else {
        let address = args.get(0).payload() as f64;
        set_field(vm, info, "addr", Value::number(address))?;
        return args.ret1(Value::table(info));
    };
    let pc = vm.opt_integer(args, 1, 0)?;
    let line = usize::try_from(pc).ok().and_then(|pc| proto.lines.get(pc)).filter(|&&line| line != 0);
    let numbers = numbers(proto).count();
    let counts = [
        ("linedefined", proto.line_defined as usize),
        ("lastlinedefined", proto.last_line_defined as usize),
        ("stackslots", proto.frame_size.into()),
        ("params", proto.num_params.into()),
        ("bytecodes", proto.code().len()),
        ("nconsts", numbers),
        ("gcconsts", proto.constants().len() - numbers),
    ];
    for (name, n) in counts {
        set_field(vm, info, name, Value::number(n as f64))?;
    }
    if let Some(&line) = line {
        set_field(vm, info, "currentline", Value::number(line.into()))?;
    }
    if proto.is_vararg {
        set_field(vm, info, "isvararg", Value::TRUE)?;
    }
    if !proto.protos.is_empty() {
        set_field(vm, info, "children", Value::TRUE)?;
    }
    // SAFETY: a prototype keeps its chunk's name.
    let source = unsafe { LuaString::bytes_of(proto.chunk_name) };
    let shown = chunk_display_name(source, MAX_CHUNK_DISPLAY);
    let place =
        [&shown[..], format!(":{}", line.map_or(proto.line_defined, |&line| line)).as_bytes()].concat();
    for (name, text) in [("source", source), ("loc", &place[..])] {
        let text = vm.new_string(text)?;
        set_field(vm, info, name, text)?;
    }
    args.ret1(Value::table(info))
}

fn numbers(proto: &Proto) -> impl Iterator<Item = Value> {
    proto.constants().iter().copied().filter(|constant| constant.is_number())
}

/// `funck(function, n)`: from 0 on its numbers, from -1 down its other constants.
fn funck(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let proto = proto_argument(vm, args)?;
    let n = vm.check_integer(args, 1)?;
    let found = proto.and_then(|proto| {
        let at = if n < 0 { !n } else { n } as usize;
        match n {
            0.. => numbers(proto).nth(at),
            _ => proto.constants().iter().copied().filter(|constant| !constant.is_number()).nth(at),
        }
    });
    args.ret1(found.unwrap_or(Value::NIL))
}

/// `funcuvname(function, n)`: the name of upvalue `n`, counted from 0.
fn funcuvname(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let proto = proto_argument(vm, args)?;
    let n = vm.check_integer(args, 1)?;
    let name = proto.and_then(|proto| proto.upvalue_names.get(usize::try_from(n).ok()?));
    // SAFETY: a prototype keeps the names of its upvalues.
    args.ret1(name.map_or(Value::NIL, |&name| Value::string(unsafe { Gc::from_raw(name) })))
}
