//! Calling Lua from Rust.
//!
//! The driver begins a call, arguments are pushed on the Lua stack as they are converted, and the driver makes the call. It has a
//! message handler of ours, so that the traceback is taken before anything is unwound; results are left on the stack until they have
//! been converted.

use ferrous_lua_interp::{begin_call, finish_call};
use ferrous_lua_runtime::handles::HandleId;
use ferrous_lua_runtime::native::{CALL_ARGS, Native, NativeKind, SequenceFrame, Step};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Throw, Value as Raw, Vm, library};

use crate::callback::Slots;
use crate::error::{Error, Result};
use crate::failure::{self, Caught};
use crate::{FromLuaMulti, IntoLuaMulti, Lua, Value};

/// Function objects that every call needs.
pub(crate) struct Natives {
    handler: HandleId,
    raw_handler: HandleId,
    pub(crate) resume: HandleId,
}

impl Natives {
    pub(crate) fn new(vm: &mut Vm) -> std::result::Result<Natives, Throw> {
        let mut make = |native: &'static Native| {
            let function = library::new_function(vm, native, &[])?;
            Ok(vm.handles.alloc(function))
        };
        Ok(Natives {
            handler: make(&HANDLER)?,
            raw_handler: make(&RAW_HANDLER)?,
            resume: make(&library::coroutine::RESUME)?,
        })
    }
}

/// The message handler: puts a traceback behind the message. Values that are no strings are asked for their text.
static HANDLER: Native = Native { library: "", name: "?", kind: NativeKind::Sequence(handle) };

/// What `lua` does: it leaves values that are no strings as they are, and has the global `debug.traceback` make the text of others.
///
/// Source: `traceback` (`lua.c`).
static RAW_HANDLER: Native = Native { library: "", name: "?", kind: NativeKind::Sequence(handle_raw) };

fn handle(vm: &mut Vm, frame: &mut SequenceFrame) -> std::result::Result<Step, Throw> {
    let error = frame.arg(0);
    let out = frame.first_free();
    if frame.state == 0 {
        if failure::of_value(vm, error).is_some() || error == vm.library.memory_message {
            return Ok(Step::done(frame.arg_slot(0), 1));
        }
        let method = vm.metamethod(error, Event::ToString);
        if !error.is_string() && !method.is_nil() {
            frame.state = 1;
            frame.set_slot(out, method);
            frame.set_slot(out + CALL_ARGS, error);
            return Ok(Step::call(out, 1));
        }
        frame.set_slot(out, error);
    }
    let text = if frame.state == 1 && frame.results == 0 { Raw::NIL } else { frame.slot(out) };
    add_traceback(vm, frame, text)
}

fn handle_raw(vm: &mut Vm, frame: &mut SequenceFrame) -> std::result::Result<Step, Throw> {
    let out = frame.first_free();
    if frame.state == 1 {
        return Ok(Step::done(out, 1.min(frame.results)));
    }
    let error = frame.arg(0);
    let traceback = vm.global_traceback()?;
    let is_text = (error.is_string() || error.is_number()) && error != vm.library.memory_message;
    if !is_text || !traceback.is_function() {
        return Ok(Step::done(frame.arg_slot(0), 1));
    }
    frame.state = 1;
    frame.set_slot(out, traceback);
    frame.set_slot(out + CALL_ARGS, error);
    // The levels of the traceback function and of this handler are left out.
    frame.set_slot(out + CALL_ARGS + 1, Raw::number(2.0));
    Ok(Step::call(out, 2))
}

/// Finishes with the text of `error` and a traceback of what called the handler.
fn add_traceback(vm: &mut Vm, frame: &mut SequenceFrame, error: Raw) -> std::result::Result<Step, Throw> {
    let message = vm.tostring_raw(error)?;
    let text = vm.traceback(Some(message.bytes()), 1);
    let text = vm.new_string(&text)?;
    let out = frame.first_free();
    frame.set_slot(out, text);
    Ok(Step::done(out, 1))
}

/// The end of the Lua stack, to which it is set back.
pub(crate) struct StackTop<'a> {
    lua: &'a Lua,
    /// Distance from the running frame's base.
    at: u32,
}

impl<'a> StackTop<'a> {
    #[inline]
    pub(crate) fn save(lua: &'a Lua) -> StackTop<'a> {
        StackTop { lua, at: lua.state.with(|vm| height(vm)) }
    }

    /// The end that was saved, as a distance from the running frame's base.
    #[inline]
    pub(crate) fn height(&self) -> u32 {
        self.at
    }

    /// Saves the end of the stack, and begins a call of what `callee` finds there.
    #[inline]
    fn begin_call(lua: &'a Lua, callee: impl FnOnce(&mut Vm) -> Raw) -> Result<StackTop<'a>> {
        let begun = lua.state.with(|vm| {
            let at = height(vm);
            let callee = callee(vm);
            begin(vm, callee).map(|()| at)
        });
        match begun {
            Ok(at) => Ok(StackTop { lua, at }),
            Err(caught) => Err(caught.into_error(&lua.state)),
        }
    }
}

impl Drop for StackTop<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.lua.state.is_available() {
            // SAFETY: the running frame is the one that the height was measured in, and its stack has not become smaller.
            self.lua.state.with(|vm| vm.top = unsafe { vm.base.add(self.at as usize) });
        }
    }
}

/// How many values the running frame has on the stack.
#[inline]
pub(crate) fn height(vm: &Vm) -> u32 {
    // SAFETY: both registers are in the running thread's stack.
    unsafe { vm.top.offset_from(vm.base) as u32 }
}

/// Begins a call of `callee`; its arguments are to be pushed.
///
/// # Errors
///
/// Too deep a recursion, of the host's calls or on the Lua stack.
#[inline]
pub(crate) fn begin(vm: &mut Vm, callee: Raw) -> std::result::Result<(), Caught> {
    begin_call(vm, callee).map_err(|_| cannot_begin(vm))
}

#[cold]
fn cannot_begin(vm: &mut Vm) -> Caught {
    let end = vm.top;
    vm.calm_stack(end);
    Caught::take(vm)
}

/// Calls what `callee` finds with `args`.
#[inline]
pub(crate) fn call<R: FromLuaMulti>(
    lua: &Lua,
    callee: impl FnOnce(&mut Vm) -> Raw,
    args: impl IntoLuaMulti,
) -> Result<R> {
    let _top = StackTop::begin_call(lua, callee)?;
    let nargs = args.push_multi(lua)?;
    call_begun(lua, nargs)
}

/// Makes the call that was begun, with the `nargs` arguments that have been pushed.
#[inline]
pub(crate) fn call_begun<R: FromLuaMulti>(lua: &Lua, nargs: u32) -> Result<R> {
    match run(lua, nargs, lua.state.natives.handler) {
        Ok(results) => R::from_slots(&results),
        Err(Failed) => Err(take_error(lua)),
    }
}

/// The error of a call.
#[cold]
fn take_error(lua: &Lua) -> Error {
    let error = lua.state.with(Caught::take).into_error(&lua.state);
    // What failed for want of memory has left garbage, and the host may allocate before Lua runs again.
    lua.state.with(|vm| {
        if vm.heap.is_nearly_full() {
            vm.full_collect();
        }
    });
    lua.state.tidy(lua);
    error
}

/// As [`call`]; what the function raises is handed on as the value that it is.
pub(crate) fn call_raw<R: FromLuaMulti>(
    lua: &Lua,
    callee: impl FnOnce(&mut Vm) -> Raw,
    args: impl IntoLuaMulti,
) -> Result<std::result::Result<R, Value>> {
    let _top = StackTop::begin_call(lua, callee)?;
    let nargs = args.push_multi(lua)?;
    match run(lua, nargs, lua.state.natives.raw_handler) {
        Ok(results) => R::from_slots(&results).map(Ok),
        Err(Failed) => {
            let outcome = lua.state.with(|vm| match vm.exit_code {
                Some(_) => Err(Caught::take(vm)),
                None => {
                    let error = std::mem::replace(&mut vm.error, Raw::NIL);
                    Ok(Value::from_raw(lua, vm, error))
                }
            });
            lua.state.tidy(lua);
            outcome.map(Err).map_err(|caught| caught.into_error(&lua.state))
        }
    }
}

/// The error is in the VM.
struct Failed;

/// Runs the call that was begun. Its results are on the stack.
fn run(lua: &Lua, nargs: u32, handler: HandleId) -> std::result::Result<Slots<'_>, Failed> {
    let results = lua.state.with(|vm| match finish_call(vm, nargs as usize, Some(handler)) {
        Ok(count) => Ok(Slots { lua, first: height(vm) - count as u32, count: count as u32 }),
        Err(_) => Err(Failed),
    })?;
    lua.state.tidy(lua);
    Ok(results)
}

/// Calls a finaliser.
pub(crate) fn finalize(vm: &mut Vm, object: Raw) -> std::result::Result<(), Caught> {
    let method = vm.metamethod(object, Event::Gc);
    if !method.is_function() {
        return Ok(());
    }
    let top = vm.top;
    vm.begin_finalizer(top);
    let outcome = ferrous_lua_interp::call(vm, method, &[object]).map(|_| ());
    vm.end_finalizer();
    outcome.map_err(|_| Caught::take(vm))
}

/// The function in a handle, called.
#[inline]
pub(crate) fn call_handle<R: FromLuaMulti>(
    lua: &Lua,
    handle: &crate::shared::Handle,
    args: impl IntoLuaMulti,
) -> Result<R> {
    handle.check(lua);
    call(lua, |vm| vm.handles.get(handle.id), args)
}

/// The Rust error that an error value is, without a traceback of its own.
pub(crate) fn error_of(lua: &Lua, value: Value) -> Error {
    match value {
        Value::Error(error) => *error,
        Value::String(s) => Error::RuntimeError(s.to_string_lossy()),
        Value::UserData(u) => {
            // A panic goes on from here.
            let caught = lua.state.with(|vm| {
                let raw = u.0.raw(lua, vm);
                failure::of_value(vm, raw).is_some().then(|| Caught::of_value(vm, raw))
            });
            match caught {
                Some(caught) => caught.into_error(&lua.state),
                None => Error::RuntimeError(
                    Value::UserData(u).to_string().unwrap_or_else(|_| "<unprintable error>".into()),
                ),
            }
        }
        other => Error::RuntimeError(other.to_string().unwrap_or_else(|_| "<unprintable error>".into())),
    }
}
