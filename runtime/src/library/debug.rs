//! The `debug` library: looking at calls, variables and metatables that the language hides.
//!
//! As LuaJIT's, `getlocal` also takes a function, whose parameters it names, and it and `setlocal` count extra arguments from -1
//! downwards.
//!
//! Differences from PUC Lua: a variable that is never assigned after a function captured it is held by each closure for
//! itself, so what `setlocal`, `setupvalue` and `upvaluejoin` do to it is seen by that function alone, unless the chunk that it belongs to
//! mentions one of these names or `upvalueid`, and then all its captured variables are shared; the hidden variables of `for` loops, whose
//! names are in parentheses, can be read but not set; of the temporaries of native functions only the arguments of a running
//! `getlocal` are shown. Native code keeps no variable that nothing reads any more, until `getlocal` or `setlocal` is called for the first
//! time: which then may find an old value there.
//!
//! Source: `ldblib.c`, `ldebug.c`.

mod info;
mod upvalue;

use super::make_room;
use crate::bytecode::{Op, instruction_before, instructions};
use crate::check::to_integer;
use crate::error::Throw;
use crate::frame::FrameRef;
use crate::hook::{HookSettings, hook_event};
use crate::level::{Level, Levels};
use crate::native::{Args, CALL_ARGS, Native, NativeKind, SequenceFrame, Special, Step};
use crate::object::{Gc, LuaFunction, LuaString, Table, Thread};
use crate::proto::Proto;
use crate::traceback::{LOST_CALL, append_levels, traceback_head};
use crate::vm::JitRequest;
use crate::{Type, Value, Vm};
use upvalue::{getupvalue, setupvalue, upvalueid, upvaluejoin};

natives! {
    /// The library's functions.
    static FUNCTIONS of "debug";
    sequence DEBUG "debug" = debug;
    leaf GETFENV "getfenv" = getfenv;
    leaf GETHOOK "gethook" = gethook;
    leaf GETINFO "getinfo" = getinfo;
    leaf GETLOCAL "getlocal" = getlocal;
    leaf GETMETATABLE "getmetatable" = getmetatable;
    leaf GETREGISTRY "getregistry" = getregistry;
    leaf GETUPVALUE "getupvalue" = getupvalue;
    leaf SETFENV "setfenv" = setfenv;
    sequence SETHOOK "sethook" = sethook;
    leaf SETLOCAL "setlocal" = setlocal;
    leaf SETMETATABLE "setmetatable" = setmetatable;
    leaf SETUPVALUE "setupvalue" = setupvalue;
    leaf TRACEBACK "traceback" = debug_traceback;
    leaf UPVALUEID "upvalueid" = upvalueid;
    leaf UPVALUEJOIN "upvaluejoin" = upvaluejoin;
}

/// Opens the library.
///
/// # Errors
///
/// Only `not enough memory`.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    super::open_table(vm, "debug", FUNCTIONS, 0)?;
    Ok(())
}

/// The thread that a first argument names, and the number of the argument that comes next; the running thread if it
/// names none.
fn thread_argument(vm: &Vm, args: Args) -> (Gc<Thread>, u32) {
    match args.get(0).as_thread() {
        Some(thread) => (thread, 1),
        // SAFETY: the running thread is live.
        None => (unsafe { Gc::from_raw(vm.thread) }, 0),
    }
}

fn levels_of(vm: &Vm, thread: Gc<Thread>) -> Levels {
    if thread.as_ptr() == vm.thread { vm.levels() } else { vm.levels_of(&thread) }
}

/// A level and its neighbours.
#[derive(Clone, Copy)]
struct Found {
    /// What it has called.
    inner: Option<Level>,
    level: Level,
    /// What has called it.
    caller: Option<Level>,
}

fn find_level(vm: &Vm, thread: Gc<Thread>, n: i32) -> Option<Found> {
    // As in PUC Lua, negative numbers are levels of lost calls.
    let Ok(n) = usize::try_from(n) else {
        return Some(Found { inner: None, level: Level::TailCall, caller: None });
    };
    let mut levels = levels_of(vm, thread);
    let (mut inner, mut left) = (None, n);
    loop {
        left -= levels.skip_tail_calls(left);
        let level = levels.next()?;
        if left == 0 {
            return Some(Found { inner, level, caller: levels.next() });
        }
        left -= 1;
        if !matches!(level, Level::TailCall) {
            inner = Some(level);
        }
    }
}

fn getinfo(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (thread, first) = thread_argument(vm, args);
    let options = vm.opt_string(args, first + 1)?.map_or(&b"flnSu"[..], |s| s.bytes());
    let what = args.get(first);
    let subject = if let Some(n) = crate::arith::to_number(what) {
        match find_level(vm, thread, to_integer(n) as i32) {
            Some(found) => info::Subject::Level(found.level, found.caller),
            None => return args.ret1(Value::NIL),
        }
    } else if what.is_function() {
        info::Subject::Function(what)
    } else {
        return Err(vm.arg_error(first, "function or level expected"));
    };
    let is_lost = matches!(subject, info::Subject::Level(Level::TailCall, _));
    if !is_lost && !options.iter().all(|option| b"SlunLf".contains(option)) {
        return Err(vm.arg_error(first + 1, "invalid option"));
    }
    let table = info::table(vm, subject, options)?;
    args.ret1(Value::table(table))
}

/// A variable of an active Lua function.
struct Local {
    name: Vec<u8>,
    slot: *mut Value,
}

impl Local {
    /// A hidden variable of a `for` loop, in which the interpreter keeps what it relies on.
    fn is_hidden(&self) -> bool {
        self.name.starts_with(b"(for ")
    }
}

/// Variable number `n`, from 1, of an active function: a local, or else what lies in a register.
///
/// Source: `findlocal`.
fn find_local(found: Found, n: i32) -> Option<Local> {
    let (frame, proto) = found.level.lua_frame()?;
    // SAFETY: the prototype of an active function is live.
    let proto = unsafe { &*proto };
    let at = instruction_before(proto.code(), proto.word_of(frame.pc)?)?;
    if n < 0 {
        return find_extra_argument(frame, proto, n);
    }
    let n = usize::try_from(n).ok()?.checked_sub(1)?;
    let is_active = |start: u32, end: u32| (start as usize..end as usize).contains(&at.word);
    let mut active = proto.locals.iter().filter(|l| is_active(l.start_pc, l.end_pc));
    if let Some(l) = active.nth(n) {
        // SAFETY: the prototype keeps the name; the registers of an active frame are inside its stack.
        let (name, slot) = unsafe { (LuaString::bytes_of(l.name), frame.base.add(l.register.into())) };
        return Some(Local { name: name.to_vec(), slot });
    }
    let limit = registers_in_use(found, frame, proto, at.instr.a());
    // SAFETY: as above.
    (n < limit).then(|| Local { name: TEMPORARY.to_vec(), slot: unsafe { frame.base.add(n) } })
}

/// What a register that is no variable is called.
const TEMPORARY: &[u8] = b"(*temporary)";

/// What an argument that has no parameter is called.
const EXTRA_ARGUMENT: &[u8] = b"(*vararg)";

/// The extra argument that a negative number names: -1 is the first.
///
/// Source: `debug_varname` (LuaJIT's `lj_debug.c`).
fn find_extra_argument(frame: FrameRef, proto: &Proto, n: i32) -> Option<Local> {
    let index = usize::from(proto.num_params) + n.unsigned_abs() as usize - 1;
    // SAFETY: the frame of an active function, whose arguments lie at its original base.
    unsafe {
        let slot = frame.original_base().add(index);
        (index < frame.argument_count()).then(|| Local { name: EXTRA_ARGUMENT.to_vec(), slot })
    }
}

/// Makes the table of a function's implicit `arg`, if `local` is one that the compiler left nil because nothing refers to it.
fn make_elided_arg(vm: &mut Vm, found: Found, local: &Local) -> Result<(), Throw> {
    let Some((frame, proto)) = found.level.lua_frame() else { return Ok(()) };
    // SAFETY: the prototype of an active function is live; its frame holds as many extra arguments as the marker says.
    unsafe {
        let proto = &*proto;
        let params = usize::from(proto.num_params);
        let is_arg = proto.is_vararg && local.name == b"arg" && local.slot == frame.base.add(params);
        if !is_arg || !(*local.slot).is_nil() || instructions(proto.code()).any(|at| at.op == Op::Vararg) {
            return Ok(());
        }
        let extra = frame.argument_count().saturating_sub(params);
        let extra = std::slice::from_raw_parts(frame.original_base().add(params), extra);
        let table = vm.arg_table(extra).map_err(|_| vm.throw_memory())?;
        *local.slot = Value::table(table);
    }
    Ok(())
}

/// How many registers of a frame lie below the call that it is making.
fn registers_in_use(found: Found, frame: FrameRef, proto: &Proto, called: usize) -> usize {
    let size = usize::from(proto.frame_size);
    match found.inner {
        // SAFETY: both frames are active ones of the same stack.
        Some(Level::Frame(inner)) => unsafe {
            let callee = inner.original_base().sub(2);
            usize::try_from(callee.offset_from(frame.base)).unwrap_or(0).min(size)
        },
        Some(Level::Leaf(_)) => called.min(size),
        Some(Level::TailCall) | None => size,
    }
}

/// The name of parameter `n`, from 1.
fn parameter_name(function: Gc<LuaFunction>, n: i32) -> Option<&'static [u8]> {
    let n = usize::try_from(n).ok()?.checked_sub(1)?;
    // SAFETY: a function keeps its prototype, which keeps the names.
    let proto = unsafe { &*function.proto };
    let parameter = proto.locals.get(n).filter(|_| n < usize::from(proto.num_params))?;
    // SAFETY: as above.
    Some(unsafe { LuaString::bytes_of(parameter.name) })
}

/// From now on all variables of running functions are kept while they are in sight.
fn show_locals(vm: &mut Vm) {
    if !vm.shows_locals {
        vm.shows_locals = true;
        (vm.jit.control)(vm, JitRequest::ShowLocals);
    }
}

fn getlocal(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (thread, first) = thread_argument(vm, args);
    if let Some(function) = args.get(first).as_function() {
        let n = vm.check_int(args, first + 1)?;
        let name = Value::function(function).as_lua_function().and_then(|f| parameter_name(f, n));
        let name = name.map_or(Ok(Value::NIL), |name| vm.new_string(name))?;
        return args.ret1(name);
    }
    let level = vm.check_int(args, first)?;
    let Some(found) = find_level(vm, thread, level) else {
        return Err(vm.arg_error(first, "level out of range"));
    };
    let n = vm.check_int(args, first + 1)?;
    if let Level::Leaf(_) = found.level {
        // This function itself: its arguments are C's temporaries.
        let Some(value) = usize::try_from(n).ok().and_then(|n| args.as_slice().get(n.checked_sub(1)?)) else {
            return args.ret1(Value::NIL);
        };
        let (name, value) = (vm.new_string(TEMPORARY)?, *value);
        return args.ret2(name, value);
    }
    show_locals(vm);
    let Some(local) = find_local(found, n) else { return args.ret1(Value::NIL) };
    make_elided_arg(vm, found, &local)?;
    // SAFETY: `find_local` gives slots of live stacks, and nothing has moved since.
    let value = unsafe { *local.slot };
    let name = vm.new_string(&local.name)?;
    args.ret2(name, value)
}

fn setlocal(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (thread, first) = thread_argument(vm, args);
    let level = vm.check_int(args, first)?;
    let Some(found) = find_level(vm, thread, level) else {
        return Err(vm.arg_error(first, "level out of range"));
    };
    let value = vm.check_any(args, first + 2)?;
    let n = vm.check_int(args, first + 1)?;
    show_locals(vm);
    let Some(local) = find_local(found, n) else { return args.ret1(Value::NIL) };
    if !local.is_hidden() {
        // SAFETY: as in `getlocal`. Stacks need no barrier: the collector looks at all of them in the end.
        unsafe { *local.slot = value };
    }
    let name = vm.new_string(&local.name)?;
    args.ret1(name)
}

fn getmetatable(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = vm.check_any(args, 0)?;
    args.ret1(vm.metatable_of(v).map_or(Value::NIL, Value::table))
}

fn setmetatable(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let metatable = args.get(1);
    if !(args.is_given(1) && (metatable.is_nil() || metatable.is_table())) {
        return Err(vm.arg_error(1, "nil or table expected"));
    }
    set_metatable(vm, args.get(0), metatable.as_table())?;
    args.ret1(Value::TRUE)
}

/// Gives a value its metatable, or its type, where all values of a type share one.
fn set_metatable(vm: &mut Vm, v: Value, metatable: Option<Gc<Table>>) -> Result<(), Throw> {
    let pointer = metatable.map_or(std::ptr::null_mut(), Gc::as_ptr);
    if let Some(t) = v.as_table() {
        return vm.table_set_metatable(t, metatable).map_err(|_| vm.throw_memory());
    }
    if let Some(u) = v.as_userdata() {
        // SAFETY: a live userdata, of which nobody holds a reference.
        unsafe {
            (*u.as_ptr()).metatable = pointer;
            vm.heap.barrier(u.header());
        }
        return Ok(());
    }
    vm.type_metatables[v.type_of() as usize] = pointer;
    if v.type_of() == Type::String {
        // Caches of methods of strings were filled with the old one in mind.
        vm.epoch += 1;
    }
    Ok(())
}

fn getregistry(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    args.ret1(Value::table(vm.registry_table()))
}

fn getfenv(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = vm.check_any(args, 0)?;
    // SAFETY: an environment is a live table.
    let env = environment_slot(v).and_then(|slot| unsafe { Gc::from_nullable(*slot) });
    args.ret1(env.map_or(Value::NIL, Value::table))
}

/// Where a function, userdata or thread keeps its environment.
fn environment_slot(v: Value) -> Option<*mut *mut Table> {
    // SAFETY: the objects are live; only the fields' addresses are taken.
    unsafe {
        if let Some(f) = v.as_function() {
            Some(&raw mut (*f.as_ptr()).env)
        } else if let Some(u) = v.as_userdata() {
            Some(&raw mut (*u.as_ptr()).env)
        } else {
            v.as_thread().map(|t| &raw mut (*t.as_ptr()).env)
        }
    }
}

fn setfenv(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let env = vm.check_table(args, 1)?;
    let object = args.get(0);
    let (Some(slot), Some(header)) = (environment_slot(object), object.as_object()) else {
        return Err(vm.runtime_error(b"'setfenv' cannot change environment of given object"));
    };
    // SAFETY: a field of a live object.
    unsafe {
        *slot = env.as_ptr();
        vm.heap.barrier(header);
    }
    args.ret1(object)
}

/// A sequence, because a leaf returns without the event that the hook set by it may want.
fn sethook(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let args = frame.args();
    let done = Ok(Step::done(0, 0));
    let (thread, first) = thread_argument(vm, args);
    if args.get(first).is_nil() {
        vm.set_hook(thread, Value::NIL, HookSettings::default());
        return done;
    }
    let letters = vm.check_string(args, first + 1)?.bytes();
    let function = vm.check_function(args, first)?;
    let count = vm.opt_int(args, first + 2, 0)?;
    let mut events = 0;
    for (letter, event) in EVENT_LETTERS {
        if letters.contains(&letter) {
            events |= event;
        }
    }
    if count > 0 {
        events |= hook_event::COUNT;
    }
    vm.set_hook(thread, function, HookSettings { events, count });
    done
}

/// How a mask names events. Counting is asked for by a count.
const EVENT_LETTERS: [(u8, u8); 3] =
    [(b'c', hook_event::CALL), (b'r', hook_event::RETURN), (b'l', hook_event::LINE)];

fn gethook(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (thread, _) = thread_argument(vm, args);
    let (function, HookSettings { events, count }) = vm.hook(thread);
    let letters = EVENT_LETTERS.iter().filter(|(_, event)| events & event != 0);
    let mask: Vec<u8> = letters.map(|&(letter, _)| letter).collect();
    let mask = vm.new_string(&mask)?;
    args.put(0, function);
    args.put(1, mask);
    args.put(2, Value::number(count.into()));
    Ok(3)
}

/// `debug.traceback([thread,] [message [, level]])`
///
/// A level is the last argument, wherever it was found; what else stands behind the message becomes a part of it.
fn debug_traceback(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (thread, first) = thread_argument(vm, args);
    let level = crate::arith::to_number(args.get(first + 1)).map(|n| to_integer(n) as i32);
    let end = args.count - u32::from(level.is_some());
    let message = match end > first {
        true if !is_text(args.get(first)) => return args.ret1(args.get(end - 1)),
        true => Some(message_of(vm, args, first, end)?),
        false => None,
    };
    // Level 0 of the running thread is this function. As everywhere, negative numbers are levels of lost calls.
    let start = level.unwrap_or(i32::from(thread.as_ptr() == vm.thread));
    let lost = LOST_CALL.len().saturating_mul(start.min(0).unsigned_abs() as usize);
    let mut text = traceback_head(message.as_deref());
    make_room(vm, &mut text, lost)?;
    for _ in start..0 {
        text.extend_from_slice(LOST_CALL);
    }
    append_levels(&mut text, levels_of(vm, thread), start.max(0) as usize);
    let text = vm.new_string(&text)?;
    args.ret1(text)
}

fn is_text(v: Value) -> bool {
    v.is_string() || v.is_number()
}

/// The arguments from `first` to `end`, concatenated from the right.
fn message_of(vm: &mut Vm, args: Args, first: u32, end: u32) -> Result<Vec<u8>, Throw> {
    if let Some(culprit) = (first..end).rev().map(|i| args.get(i)).find(|&v| !is_text(v)) {
        let text = format!("attempt to concatenate a {} value", culprit.type_name());
        return Err(vm.operation_error(text.as_bytes()));
    }
    let mut message = Vec::new();
    for i in first..end {
        message.extend_from_slice(vm.check_string(args, i)?.bytes());
    }
    Ok(message)
}

static DEBUG_COMMAND: Native =
    Native { library: "debug", name: "command", kind: NativeKind::Special(Special::DebugCommand) };

/// `debug.debug`: runs lines of standard input until one is `cont`.
///
/// Slots from the first free one on: the record of the protected call of a line.
fn debug(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let at = frame.first_free();
    if frame.state == 1 && frame.slot(at).is_falsy() {
        report(vm, frame.slot(at + 1));
    }
    loop {
        vm.write_stderr(b"lua_debug> ");
        let line = vm.read_stdin_line();
        if line.is_empty() || line == b"cont\n" {
            return Ok(Step::done(at, 0));
        }
        match vm.load(&line, b"=(debug command)")? {
            Ok(function) => {
                let command = super::new_function(vm, &DEBUG_COMMAND, &[])?;
                frame.set_slot(at, command);
                frame.set_slot(at + CALL_ARGS, function);
                frame.state = 1;
                return Ok(Step::call(at, 1));
            }
            Err(message) => report(vm, message),
        }
    }
}

/// Shows an error of a line on standard error.
fn report(vm: &mut Vm, error: Value) {
    let mut buffer = crate::text::number::NumberBuf::new();
    let text = match (error.as_string(), error.as_number()) {
        (Some(s), _) => s.bytes(),
        (_, Some(n)) => crate::text::number::format_number(n, &mut buffer),
        _ => b"(null)",
    };
    vm.write_stderr(&[text, b"\n"].concat());
}
