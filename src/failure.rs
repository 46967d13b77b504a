//! Rust errors and panics while they travel through Lua.
//!
//! To Lua they are opaque userdata whose `tostring` is their text; the payload is a [`Failure`]. When one arrives at Rust again,
//! the error comes out as the one it was, and a panic goes on. Lua errors take the way back in [`Caught`].

use std::any::Any;
use std::cell::RefCell;

use ferrous_lua_runtime::object::Gc;
use ferrous_lua_runtime::{Throw, Value as Raw, Vm, library};

use crate::callback::HostFunction;
use crate::error::Error;
use crate::shared::State;
use crate::{Lua, Value, callback};

/// What marks a userdata whose payload is a [`Failure`].
pub(crate) const PAYLOAD_FAILURE: u32 = 0x1001;

type PanicPayload = Box<dyn Any + Send>;

/// An error value that came from Rust.
pub(crate) enum Failure {
    Error(Error),
    /// `None` once it has been resumed.
    Panic(RefCell<Option<PanicPayload>>),
}

/// The failure in a value.
pub(crate) fn of_value(vm: &Vm, v: Raw) -> Option<&Failure> {
    let u = v.as_userdata().filter(|u| u.payload_kind == PAYLOAD_FAILURE)?;
    vm.payloads.downcast(u.payload)
}

/// Makes the value that stands for `failure`.
///
/// # Errors
///
/// "not enough memory"
pub(crate) fn new_value(vm: &mut Vm, state: &State, lua: &Lua, failure: Failure) -> Result<Raw, Throw> {
    let metatable = match state.failure_metatable.get() {
        Some(id) => vm.handles.get(id),
        None => {
            let made = new_metatable(vm, lua)?;
            state.failure_metatable.set(Some(vm.handles.alloc(made)));
            made
        }
    };
    let metatable = metatable.as_table().expect("the metatable of failures");
    let payload = vm.keep_payload(Box::new(failure), 0).map_err(|_| vm.throw_memory())?;
    match vm.new_userdata(metatable.as_ptr(), payload, PAYLOAD_FAILURE) {
        Ok(u) => Ok(Raw::userdata(u)),
        Err(_) => {
            vm.bury_payload(payload);
            Err(vm.throw_memory())
        }
    }
}

/// `__tostring` is a host function: the text of an embedder's error is made by foreign code.
fn new_metatable(vm: &mut Vm, lua: &Lua) -> Result<Raw, Throw> {
    let metatable = vm.new_table(0, 2).map_err(|_| vm.throw_memory())?;
    let tostring = HostFunction::new(lua, |lua, slots| {
        let text = match slots.get(0) {
            Value::Error(error) => error.to_string(),
            Value::UserData(u) => u.panic_text()?,
            _ => return Err(Error::runtime("error expected")),
        };
        callback::push(lua, &Value::String(lua.create_string(text)?))?;
        Ok(1)
    });
    let tostring = callback::new_host_function(vm, tostring)?;
    library::set_field(vm, metatable, "__tostring", tostring)?;
    library::set_field(vm, metatable, "__metatable", Raw::FALSE)?;
    Ok(Raw::table(metatable))
}

/// The text of a panic, as the standard library's hook shows it.
pub(crate) fn panic_text(payload: &PanicPayload) -> String {
    match payload.downcast_ref::<&'static str>() {
        Some(text) => (*text).into(),
        None => payload.downcast_ref::<String>().map_or_else(|| "<panic>".into(), String::clone),
    }
}

/// What was in [`Vm::error`] when a call failed.
pub(crate) enum Caught {
    Error(Error),
    Panic(PanicPayload),
    /// `os.exit`
    Exit(i32),
    /// A panic that nothing in Lua catches; the state has it.
    PanicOfState,
}

/// What marks the end of a run by such a panic.
pub(crate) const PANIC_EXIT: i32 = i32::MIN;

impl Caught {
    /// Takes the error in flight out of the VM.
    #[cold]
    pub(crate) fn take(vm: &mut Vm) -> Caught {
        let v = std::mem::replace(&mut vm.error, Raw::NIL);
        match vm.exit_code {
            Some(PANIC_EXIT) => {
                vm.exit_code = None;
                Caught::PanicOfState
            }
            // A host function that is still running would go on with a program that has ended: the code stays set until
            // the outermost call is over.
            Some(code) => {
                if vm.native_depth == 0 {
                    vm.exit_code = None;
                }
                Caught::Exit(code)
            }
            None => Caught::of_value(vm, v),
        }
    }

    /// What an error value is to Rust.
    pub(crate) fn of_value(vm: &mut Vm, v: Raw) -> Caught {
        match of_value(vm, v) {
            Some(Failure::Error(error)) => return Caught::Error(error.clone()),
            Some(Failure::Panic(panic)) => {
                return match panic.borrow_mut().take() {
                    Some(payload) => Caught::Panic(payload),
                    None => Caught::Error(Error::PreviouslyResumedPanic),
                };
            }
            None => {}
        }
        if v == vm.library.memory_message {
            return Caught::Error(Error::MemoryError("not enough memory".into()));
        }
        Caught::Error(Error::RuntimeError(text_of(vm, v)))
    }

    /// The error; a panic goes on from here, and an exit happens.
    pub(crate) fn into_error(self, state: &State) -> Error {
        match self {
            Caught::Error(error) => error,
            Caught::Panic(payload) => std::panic::resume_unwind(payload),
            Caught::PanicOfState => match state.panic.take() {
                Some(payload) => std::panic::resume_unwind(payload),
                None => Error::PreviouslyResumedPanic,
            },
            Caught::Exit(code) if state.exit_process => {
                state.with(|vm| vm.flush_files());
                std::process::exit(code)
            }
            Caught::Exit(code) => Error::Exit { code },
        }
    }
}

/// The text of an error value that has no `__tostring` or whose was asked already.
fn text_of(vm: &mut Vm, v: Raw) -> String {
    match vm.tostring_raw(v) {
        Ok(text) => String::from_utf8_lossy(Gc::bytes(text)).into_owned(),
        Err(_) => "<unprintable error>".into(),
    }
}
