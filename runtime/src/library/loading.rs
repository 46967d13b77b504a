//! `load`, `loadstring`, `loadfile` and `dofile`.
//!
//! All but the last take a mode and an environment behind the chunk's name, as LuaJIT's do.

use super::{make_room, new_function, set_field, upvalue};
use crate::error::Throw;
use crate::load::{ChunkMode, is_binary};
use crate::native::{Args, CALL_ARGS, Native, NativeKind, SequenceFrame, Special, Step};
use crate::object::{Gc, LuaString, Table};
use crate::{Value, Vm};

natives! {
    /// The functions of this file that need no upvalue.
    static FUNCTIONS of "_G";
    sequence DOFILE "dofile" = dofile;
    leaf LOADFILE "loadfile" = loadfile;
    leaf LOADSTRING "loadstring" = loadstring;
}

/// `load`; its upvalue is the function through which it calls the reader.
pub static LOAD: Native = Native { library: "_G", name: "load", kind: NativeKind::Sequence(load) };

static READER_CALL: Native =
    Native { library: "_G", name: "reader", kind: NativeKind::Special(Special::ReaderCall) };

/// Adds the functions.
pub fn open(vm: &mut Vm, globals: Gc<Table>) -> Result<(), Throw> {
    super::add_functions(vm, globals, FUNCTIONS)?;
    let reader_call = new_function(vm, &READER_CALL, &[])?;
    let load = new_function(vm, &LOAD, &[reader_call])?;
    set_field(vm, globals, LOAD.name, load)
}

/// The mode that argument `i` asks for, and the environment behind it, as LuaJIT's loading functions take them.
fn mode_and_environment(vm: &mut Vm, args: Args, i: u32) -> Result<(ChunkMode, *mut Table), Throw> {
    let mode = vm.opt_string(args, i)?.map_or(ChunkMode::Any, |mode| ChunkMode::parse(mode.bytes()));
    let env = args.get(i + 1).as_table().map_or(vm.thread_globals(), Gc::as_ptr);
    Ok((mode, env))
}

fn loadstring(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let chunk = vm.check_string(args, 0)?;
    let name = vm.opt_string(args, 1)?.unwrap_or(chunk);
    let (mode, env) = mode_and_environment(vm, args, 2)?;
    match vm.load_in(chunk.bytes(), name.bytes(), mode, env)? {
        Ok(f) => args.ret1(f),
        Err(message) => args.ret2(Value::NIL, message),
    }
}

fn loadfile(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let path = vm.opt_string(args, 0)?;
    let (mode, env) = mode_and_environment(vm, args, 1)?;
    match vm.load_file_in(path.map(Gc::<LuaString>::bytes), mode, env)? {
        Ok(f) => args.ret1(f),
        Err(message) => args.ret2(Value::NIL, message),
    }
}

fn dofile(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let at = frame.first_free();
    if frame.state == 0 {
        let path = vm.opt_string(frame.args(), 0)?;
        match vm.load_file(path.map(Gc::<LuaString>::bytes))? {
            Ok(f) => frame.set_slot(at, f),
            Err(message) => return Err(vm.throw(message)),
        }
        frame.state = 1;
        return Ok(Step::call(at, 0));
    }
    Ok(Step::done(at, frame.results))
}

/// `load(reader, name)`: asks the reader for pieces until it gives nil or an empty string, or until it is clear that they
/// are no program. An error of the reader is a result, as one of the compiler is.
///
/// As LuaJIT's, it also takes the chunk itself in the place of the reader, and a mode and an environment
/// behind the name.
fn load(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let slots = LoadSlots::of(frame);
    if frame.state == 0 {
        if frame.arg(0).is_string() {
            let chunk = vm.check_string(frame.args(), 0)?;
            return finish(vm, frame, chunk.bytes(), chunk.bytes());
        }
        vm.check_function(frame.args(), 0)?;
        vm.opt_string(frame.args(), 1)?;
        let table = vm.new_table(0, 0).map_err(|_| vm.throw_memory())?;
        frame.set_slot(slots.pieces, Value::table(table));
        frame.set_slot(slots.length, Value::number(0.0));
        frame.set_slot(slots.parsed, Value::number(0.0));
        frame.state = 1;
        return Ok(ask(vm, frame, slots.call));
    }
    let piece = if frame.results > 1 { frame.slot(slots.call + 1) } else { Value::NIL };
    if frame.slot(slots.call).is_falsy() {
        return Ok(refused(frame, piece));
    }
    let pieces = frame.slot(slots.pieces).as_table().expect("the table of pieces");
    let length = frame.slot(slots.length).as_f64_raw();
    if piece.is_nil() || piece.as_string().is_some_and(|s| s.bytes().is_empty()) {
        if length == 0.0 && frame.state == 1 {
            // PUC Lua looks whether the chunk is a binary one, and then starts to read.
            frame.state = 2;
            return Ok(ask(vm, frame, slots.call));
        }
        let chunk = joined(vm, pieces)?;
        return finish(vm, frame, &chunk, b"=(load)");
    }
    if !(piece.is_string() || piece.is_number()) {
        let text = [&vm.position(1)[..], b"reader function must return a string"].concat();
        let message = vm.new_string(&text)?;
        return Ok(refused(frame, message));
    }
    let text = vm.tostring_raw(piece)?;
    let n = vm.table_len(pieces) as i64;
    vm.raw_set_int(pieces, n + 1, Value::string(text))?;
    let length = length + text.bytes().len() as f64;
    frame.set_slot(slots.length, Value::number(length));
    // A long chunk is looked through when it has grown by a quarter, so that the work stays in proportion to its length,
    // and one in one piece is not at all.
    let has_grown = n > 0 && length >= frame.slot(slots.parsed).as_f64_raw() * 1.25;
    if length < SHORT_CHUNK || has_grown {
        frame.set_slot(slots.parsed, Value::number(length));
        let chunk = joined(vm, pieces)?;
        if !is_binary(&chunk) && (vm.starts_no_program)(&chunk) {
            return finish(vm, frame, &chunk, b"=(load)");
        }
    }
    Ok(ask(vm, frame, slots.call))
}

/// Up to this length a chunk is looked through whenever it has grown.
const SHORT_CHUNK: f64 = 64.0;

/// What `load` keeps in its frame.
struct LoadSlots {
    /// A list of the pieces so far.
    pieces: u32,
    /// How long they are together.
    length: u32,
    /// How long they were when they were last looked through for errors.
    parsed: u32,
    /// Where the reader is called.
    call: u32,
}

impl LoadSlots {
    fn of(frame: &SequenceFrame) -> LoadSlots {
        let pieces = frame.first_free();
        LoadSlots { pieces, length: pieces + 1, parsed: pieces + 2, call: pieces + 3 }
    }
}

fn joined(vm: &mut Vm, pieces: Gc<Table>) -> Result<Vec<u8>, Throw> {
    let mut chunk = Vec::new();
    for piece in vm.table_array(pieces) {
        let text = piece.as_string().map_or(&b""[..], |s| s.bytes());
        make_room(vm, &mut chunk, text.len())?;
        chunk.extend_from_slice(text);
    }
    Ok(chunk)
}

/// Calls the reader, protected.
fn ask(vm: &Vm, frame: &mut SequenceFrame, call: u32) -> Step {
    let load = vm.levels().next().map_or(Value::NIL, |l| l.function());
    frame.set_slot(call, upvalue(load, 0));
    frame.set_slot(call + CALL_ARGS, frame.arg(0));
    Step::call(call, 1)
}

/// `nil, message`
fn refused(frame: &mut SequenceFrame, message: Value) -> Step {
    let out = frame.first_free();
    frame.set_slot(out, Value::NIL);
    frame.set_slot(out + 1, message);
    Step::done(out, 2)
}

/// Compiles the whole chunk.
fn finish(vm: &mut Vm, frame: &mut SequenceFrame, chunk: &[u8], default_name: &[u8]) -> Result<Step, Throw> {
    let args = frame.args();
    let name = vm.opt_string(args, 1)?.map_or(default_name, |s| s.bytes());
    let (mode, env) = mode_and_environment(vm, args, 2)?;
    let out = frame.first_free();
    match vm.load_in(chunk, name, mode, env)? {
        Ok(f) => {
            frame.set_slot(out, f);
            Ok(Step::done(out, 1))
        }
        Err(message) => Ok(refused(frame, message)),
    }
}
