//! Callbacks: Rust functions that Lua calls.
//!
//! A host function's object carries the number of a payload, a [`HostFunction`]. When Lua calls it, the driver comes to
//! [`call_host`] with the VM in a state in which anything may be done with it; the arguments lie in the function's frame.
//! They are read from there one by one ([`Slots`]), and results are pushed on top of it ([`push`]), so what is on
//! the way is always where the collector sees it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use ferrous_lua_runtime::native::{Native, NativeKind};
use ferrous_lua_runtime::{Throw, Value as Raw, Vm, library};

use crate::error::{Error, Result};
use crate::failure::{self, Failure, PANIC_EXIT};
use crate::shared::State;
use crate::{FromLuaMulti, Function, IntoLuaMulti, Lua, Value};

/// What a callback is to the VM: reads its arguments, pushes its results, and says how many.
type Callback = dyn Fn(&Lua, &Slots<'_>) -> Result<u32>;

/// The payload of a host function.
pub(crate) struct HostFunction {
    state: Weak<State>,
    call: Rc<Callback>,
}

impl HostFunction {
    pub(crate) fn new(lua: &Lua, call: impl Fn(&Lua, &Slots<'_>) -> Result<u32> + 'static) -> HostFunction {
        HostFunction { state: Rc::downgrade(&lua.state), call: Rc::new(call) }
    }
}

/// Every host function's declaration; which one it is, its payload says.
static HOST: Native = Native { library: "", name: "?", kind: NativeKind::Host };

/// A function object for `host`.
///
/// # Errors
///
/// "not enough memory"
pub(crate) fn new_host_function(vm: &mut Vm, host: HostFunction) -> std::result::Result<Raw, Throw> {
    let captured = size_of_val(&*host.call);
    let payload = vm.keep_payload(Box::new(host), captured).map_err(|_| vm.throw_memory())?;
    match library::new_function(vm, &HOST, &[]) {
        Ok(function) => {
            let f = function.as_native_function().expect("it was made one").as_ptr();
            // SAFETY: a fresh object, which nobody else has seen.
            unsafe { (*f).header.word = payload };
            vm.heap.register_host_function(f);
            Ok(function)
        }
        Err(throw) => {
            vm.bury_payload(payload);
            Err(throw)
        }
    }
}

impl Lua {
    pub(crate) fn new_callback(
        &self,
        call: impl Fn(&Lua, &Slots<'_>) -> Result<u32> + 'static,
    ) -> Result<Function> {
        let host = HostFunction::new(self, call);
        let function = self.root_with(|vm| new_host_function(vm, host))?;
        Ok(Function(function))
    }

    /// A Lua function that calls `func`.
    ///
    /// It may call Lua again and in any depth. An error that it returns is raised in Lua, and keeps its identity; a panic
    /// is an error there as well, and goes on when it gets back to Rust.
    ///
    /// ```
    /// # use ferrous_lua::{Lua, Result};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// let add = lua.create_function(|_, (a, b): (f64, f64)| Ok(a + b))?;
    /// assert_eq!(add.call::<f64>((1, 2))?, 3.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn create_function<F, A, R>(&self, func: F) -> Result<Function>
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.new_callback(move |lua, slots| {
            let args = A::from_slots_args(slots, 1, None)?;
            func(lua, args)?.push_multi(lua)
        })
    }

    /// As [`Lua::create_function`], for a closure that changes what it captured.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`]. Calling the function while it runs is [`Error::RecursiveMutCallback`].
    pub fn create_function_mut<F, A, R>(&self, func: F) -> Result<Function>
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let func = RefCell::new(func);
        self.create_function(move |lua, args| {
            (*func.try_borrow_mut().map_err(|_| Error::RecursiveMutCallback)?)(lua, args)
        })
    }
}

/// The driver's way to the embedder; see [`ferrous_lua_runtime::vm::HostHooks`].
pub(crate) fn call_host(vm: &mut Vm, nargs: u32) -> std::result::Result<u32, Throw> {
    // SAFETY: the running frame is the host function's: below its base there is the function.
    let function = unsafe { *vm.base.sub(2) };
    let payload = function.as_native_function().map_or(0, |f| f.header.word);
    // Both are counted, for the callback may drop what holds them.
    let host = vm.payloads.downcast::<HostFunction>(payload);
    let Some((state, call)) = host.and_then(|host| Some((host.state.upgrade()?, host.call.clone()))) else {
        return Err(vm.runtime_error(b"a callback was called after its state had ended"));
    };
    let lua = Lua::of(state);
    let mut failure = None;
    let outcome = lua.state.lend(vm, || {
        let slots = Slots { lua: &lua, first: 0, count: nargs };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let count = call(&lua, &slots).map_err(|error| failure = Some(error)).ok();
            // What the callback captured may be dropped here, and that is foreign code as well.
            drop(call);
            count
        }));
        lua.state.drop_dead();
        outcome
    });
    match outcome {
        // A program that has ended does not go on because a callback lost the error.
        Ok(_) if vm.exit_code.is_some() => Err(vm.rethrow()),
        Ok(Some(count)) => Ok(count),
        Ok(None) => Err(throw_error(vm, &lua, failure.expect("without a count there is an error"))),
        Err(panic) if lua.state.catch_rust_panics => {
            Err(throw_failure(vm, &lua, Failure::Panic(RefCell::new(Some(panic)))))
        }
        Err(panic) => {
            *lua.state.panic.borrow_mut() = Some(panic);
            vm.exit_code = Some(PANIC_EXIT);
            Err(vm.rethrow())
        }
    }
}

/// Raises a callback's error, with the traceback of where it happened.
#[cold]
fn throw_error(vm: &mut Vm, lua: &Lua, error: Error) -> Throw {
    let traceback = String::from_utf8_lossy(&vm.traceback(None, 0)).into_owned();
    throw_failure(vm, lua, Failure::Error(Error::CallbackError { traceback, cause: Arc::new(error) }))
}

#[cold]
fn throw_failure(vm: &mut Vm, lua: &Lua, failure: Failure) -> Throw {
    match failure::new_value(vm, &lua.state, lua, failure) {
        Ok(value) => vm.throw(value),
        Err(throw) => throw,
    }
}

/// Consecutive values on the Lua stack, in the frame that is running whenever its owner is: arguments of a callback, or
/// results of a call. They stay where they are (and so alive) while foreign code runs in between.
#[doc(hidden)]
pub struct Slots<'a> {
    pub(crate) lua: &'a Lua,
    /// Distance from the running frame's base.
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl<'a> Slots<'a> {
    pub fn lua(&self) -> &'a Lua {
        self.lua
    }

    pub fn len(&self) -> usize {
        self.count as usize
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Value `i`; nil beyond the last.
    pub fn get(&self, i: usize) -> Value {
        if i >= self.len() {
            return Value::Nil;
        }
        self.lua.state.with(|vm| Value::from_raw(self.lua, vm, self.raw(vm, i)))
    }

    /// Value `i` as the VM has it.
    #[inline]
    pub(crate) fn raw(&self, vm: &Vm, i: usize) -> Raw {
        if i >= self.len() {
            return Raw::NIL;
        }
        // SAFETY: whoever made this knows that the slots are there, and the running frame is the one they are counted from.
        unsafe { *vm.base.add(self.first as usize + i) }
    }

    /// The number in slot `i`, if it is one.
    #[inline]
    pub(crate) fn number(&self, i: usize) -> Option<f64> {
        self.lua.state.with(|vm| self.raw(vm, i).as_number())
    }

    /// All values but the first `skip`.
    pub(crate) fn tail(&self, skip: usize) -> Slots<'a> {
        let skip = skip.min(self.len()) as u32;
        Slots { lua: self.lua, first: self.first + skip, count: self.count - skip }
    }
}

/// Pushes a value on the Lua stack of the running frame.
///
/// # Errors
///
/// [`Error::StackError`], [`Error::MemoryError`], and what [`Value::to_raw`] says.
pub(crate) fn push(lua: &Lua, value: &Value) -> Result<()> {
    lua.state.with(|vm| {
        let raw = value.to_raw(lua, vm)?;
        push_raw(vm, raw).map_err(|_| stack_error(vm))
    })
}

/// Pushes a string with these bytes, which takes no handle.
///
/// # Errors
///
/// As [`push`].
pub(crate) fn push_string(lua: &Lua, bytes: &[u8]) -> Result<()> {
    let has_room = lua.state.try_with(|vm| {
        let string = vm.new_string(bytes)?;
        Ok(push_raw(vm, string).is_ok())
    })?;
    if !has_room {
        return Err(lua.state.with(stack_error));
    }
    lua.state.tidy(lua);
    Ok(())
}

/// Pushes a raw value.
#[inline]
pub(crate) fn push_raw(vm: &mut Vm, value: Raw) -> std::result::Result<(), Throw> {
    let top = vm.ensure_stack(vm.top, 1)?;
    // SAFETY: there is room, and the slot is above all that is in use.
    unsafe {
        *top = value;
        vm.top = top.add(1);
    }
    Ok(())
}

/// More values than the stack takes.
#[cold]
pub(crate) fn stack_error(vm: &mut Vm) -> Error {
    vm.error = Raw::NIL;
    let end = vm.top;
    vm.calm_stack(end);
    Error::StackError
}
