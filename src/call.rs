//! Calling Lua from Rust.
//!
//! Arguments are pushed on the Lua stack, as they are converted; the call runs under `xpcall` with a handler of ours, so that the
//! traceback is taken before anything is unwound; results are left on the stack until they have been converted.

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
    xpcall: HandleId,
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
            xpcall: make(&library::base::XPCALL)?,
            handler: make(&HANDLER)?,
            raw_handler: make(&RAW_HANDLER)?,
            resume: make(&library::coroutine::RESUME)?,
        })
    }
}

/// The message handler: puts a traceback behind the message. Values that are no strings are asked for their text.
static HANDLER: Native = Native { name: "?", kind: NativeKind::Sequence(handle) };

/// What `lua` does: it leaves values that are no strings as they are, and has the global `debug.traceback` make the text of others.
///
/// Source: `traceback` (`lua.c`).
static RAW_HANDLER: Native = Native { name: "?", kind: NativeKind::Sequence(handle_raw) };

fn handle(vm: &mut Vm, frame: &mut SequenceFrame) -> std::result::Result<Step, Throw> {
    let error = frame.arg(0);
    let out = frame.first_free();
    if frame.state == 0 {
        if failure::of_value(vm, error).is_some() || error == vm.library.memory_message {
            return Ok(Step::Done { first: frame.arg_slot(0), count: 1 });
        }
        let method = vm.metamethod(error, Event::ToString);
        if !error.is_string() && !method.is_nil() {
            frame.state = 1;
            frame.set_slot(out, method);
            frame.set_slot(out + CALL_ARGS, error);
            return Ok(Step::Call { at: out, nargs: 1 });
        }
        frame.set_slot(out, error);
    }
    let text = if frame.state == 1 && frame.results == 0 { Raw::NIL } else { frame.slot(out) };
    add_traceback(vm, frame, text)
}

fn handle_raw(vm: &mut Vm, frame: &mut SequenceFrame) -> std::result::Result<Step, Throw> {
    let out = frame.first_free();
    if frame.state == 1 {
        return Ok(Step::Done { first: out, count: 1.min(frame.results) });
    }
    let error = frame.arg(0);
    let traceback = vm.global_traceback()?;
    let is_text = (error.is_string() || error.is_number()) && error != vm.library.memory_message;
    if !is_text || !traceback.is_function() {
        return Ok(Step::Done { first: frame.arg_slot(0), count: 1 });
    }
    frame.state = 1;
    frame.set_slot(out, traceback);
    frame.set_slot(out + CALL_ARGS, error);
    // The levels of the traceback function and of this handler are left out.
    frame.set_slot(out + CALL_ARGS + 1, Raw::number(2.0));
    Ok(Step::Call { at: out, nargs: 2 })
}

/// Finishes with the text of `error` and a traceback of what called the handler.
fn add_traceback(vm: &mut Vm, frame: &mut SequenceFrame, error: Raw) -> std::result::Result<Step, Throw> {
    let message = vm.tostring_raw(error)?;
    let text = vm.traceback(Some(message.bytes()), 1);
    let text = vm.new_string(&text)?;
    let out = frame.first_free();
    frame.set_slot(out, text);
    Ok(Step::Done { first: out, count: 1 })
}

/// The end of the Lua stack, to which it is set back.
pub(crate) struct StackTop<'a> {
    lua: &'a Lua,
    /// Distance from the running frame's base.
    at: u32,
}

impl<'a> StackTop<'a> {
    pub(crate) fn save(lua: &'a Lua) -> StackTop<'a> {
        StackTop { lua, at: lua.state.with(|vm| height(vm)) }
    }
}

impl Drop for StackTop<'_> {
    fn drop(&mut self) {
        if self.lua.state.is_available() {
            // SAFETY: the running frame is the one that the height was measured in, and its stack has not become smaller.
            self.lua.state.with(|vm| vm.top = unsafe { vm.base.add(self.at as usize) });
        }
    }
}

/// How many values the running frame has on the stack.
pub(crate) fn height(vm: &Vm) -> u32 {
    // SAFETY: both registers are in the running thread's stack.
    unsafe { vm.top.offset_from(vm.base) as u32 }
}

/// What becomes of an error value that is no string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    AsText,
    AsTheyAre,
}

/// How a call ended: with so many results from this height of the stack on, or with the error value there.
enum Outcome {
    Returned { first: u32, count: u32 },
    Failed { at: u32 },
}

/// Calls what `callee` finds with `args`.
pub(crate) fn call<R: FromLuaMulti>(
    lua: &Lua,
    callee: impl FnOnce(&mut Vm) -> Raw,
    args: impl IntoLuaMulti,
) -> Result<R> {
    let _top = StackTop::save(lua);
    let nargs = args.push_multi(lua)?;
    results_of(lua, run(lua, callee, nargs, Errors::AsText)?)
}

/// Calls the function that is on top of the stack but for its `nargs` arguments.
pub(crate) fn call_pushed<R: FromLuaMulti>(lua: &Lua, nargs: u32) -> Result<R> {
    // SAFETY: the caller has pushed the function and the arguments.
    let callee = |vm: &mut Vm| unsafe { *vm.top.sub(nargs as usize + 1) };
    results_of(lua, run(lua, callee, nargs, Errors::AsText)?)
}

/// What a call has left on the stack.
fn results_of<R: FromLuaMulti>(lua: &Lua, outcome: Outcome) -> Result<R> {
    match outcome {
        Outcome::Returned { first, count } => R::from_slots(&Slots { lua, first, count }),
        Outcome::Failed { at } => {
            // SAFETY: the error value lies there.
            let caught = lua.state.with(|vm| Caught::of_value(vm, unsafe { *vm.base.add(at as usize) }));
            let error = caught.into_error(&lua.state);
            // What failed for want of memory has left garbage, and the host may allocate before Lua runs again.
            lua.state.with(|vm| {
                if vm.heap.is_nearly_full() {
                    vm.full_collect();
                }
            });
            Err(error)
        }
    }
}

/// As [`call`]; an error that is no string is handed on as the value that it is.
pub(crate) fn call_raw<R: FromLuaMulti>(
    lua: &Lua,
    callee: impl FnOnce(&mut Vm) -> Raw,
    args: impl IntoLuaMulti,
) -> Result<std::result::Result<R, Value>> {
    let _top = StackTop::save(lua);
    let nargs = args.push_multi(lua)?;
    match run(lua, callee, nargs, Errors::AsTheyAre)? {
        Outcome::Returned { first, count } => R::from_slots(&Slots { lua, first, count }).map(Ok),
        Outcome::Failed { at } => {
            // SAFETY: the error value lies there.
            Ok(Err(lua.state.with(|vm| Value::from_raw(lua, vm, unsafe { *vm.base.add(at as usize) }))))
        }
    }
}

/// Runs a call whose `nargs` arguments are on top of the stack.
fn run(lua: &Lua, callee: impl FnOnce(&mut Vm) -> Raw, nargs: u32, errors: Errors) -> Result<Outcome> {
    let natives = &lua.state.natives;
    let outcome = lua.state.with(|vm| {
        let handler = if errors == Errors::AsText { natives.handler } else { natives.raw_handler };
        let (xpcall, handler) = (vm.handles.get(natives.xpcall), vm.handles.get(handler));
        let mut values = smallvec::SmallVec::<[Raw; 10]>::new();
        values.push(callee(vm));
        values.push(handler);
        // SAFETY: the arguments are the last values of the stack.
        unsafe {
            vm.top = vm.top.sub(nargs as usize);
            values.extend_from_slice(std::slice::from_raw_parts(vm.top, nargs as usize));
        }
        finish(vm, xpcall, &values).map_err(|_| Caught::take(vm))
    });
    lua.state.tidy(lua);
    outcome.map_err(|caught| caught.into_error(&lua.state))
}

/// Calls, and leaves the results on the stack.
fn finish(vm: &mut Vm, xpcall: Raw, values: &[Raw]) -> std::result::Result<Outcome, Throw> {
    let (results, count) = {
        let results = ferrous_lua_interp::call(vm, xpcall, values)?;
        (results.as_ptr(), results.len())
    };
    let first = height(vm);
    // SAFETY: the results lie above `top`, in the same stack; they move down to it.
    let has_returned = unsafe {
        let top = vm.top;
        std::ptr::copy(results, top, count);
        vm.top = top.add(count);
        (*top).is_truthy()
    };
    Ok(match has_returned {
        true => Outcome::Returned { first: first + 1, count: count as u32 - 1 },
        false => Outcome::Failed { at: first + 1 },
    })
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
