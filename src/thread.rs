//! [`Thread`]: a coroutine, driven from Rust.

use std::ffi::c_void;
use std::fmt;

use ferrous_lua_runtime::object::ThreadStatus as RawStatus;
use ferrous_lua_runtime::traceback::traceback;

use crate::callback::Slots;
use crate::error::{Error, Result};
use crate::shared::Handle;
use crate::{FromLuaMulti, Function, IntoLuaMulti, Lua, MultiValue, Value, call};

/// A coroutine.
///
/// ```
/// # use ferrous_lua::{Lua, Result, Thread};
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// let body = lua.load("local n = ... while true do n = n + coroutine.yield(n) end").into_function()?;
/// let sum = lua.create_thread(body)?;
/// assert_eq!(sum.resume::<i64>(1)?, 1);
/// assert_eq!(sum.resume::<i64>(10)?, 11);
/// assert!(sum.is_resumable());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Thread(pub(crate) Handle);

/// What a coroutine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadStatus {
    /// It has not begun, or has yielded.
    Resumable,
    /// It is the one that runs.
    Running,
    /// It has resumed another one, and waits for it.
    Normal,
    /// Its function has returned.
    Finished,
    /// Its function has raised an error.
    Error,
}

impl Thread {
    /// Runs the coroutine until it yields or ends, and gives what it yielded or returned. `args` go to its
    /// function, or are what the pending `yield` returns.
    ///
    /// # Errors
    ///
    /// [`Error::CoroutineUnresumable`] if it is not suspended; what its function raises; those of conversions.
    pub fn resume<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = self.0.lua();
        if self.status() != ThreadStatus::Resumable {
            return Err(Error::CoroutineUnresumable);
        }
        let resume = lua.state.natives.resume;
        let Resumed(outcome) = call::call(&lua, |vm| vm.handles.get(resume), (self, args))?;
        outcome.map_err(|value| match call::error_of(&lua, value) {
            Error::RuntimeError(message) => Error::RuntimeError(self.add_traceback(&message)),
            other => other,
        })
    }

    /// A message with the calls behind it that the coroutine died in.
    fn add_traceback(&self, message: &str) -> String {
        self.0.lua().state.with(|vm| {
            let thread = vm.handles.get(self.0.id).as_thread().expect("a thread's handle");
            let text = traceback(vm.levels_of(&thread), Some(message.as_bytes()), 0);
            String::from_utf8_lossy(&text).into_owned()
        })
    }

    /// What the coroutine is doing.
    pub fn status(&self) -> ThreadStatus {
        self.0.lua().state.with(|vm| {
            let t = vm.handles.get(self.0.id).as_thread().expect("a thread's handle");
            match t.status {
                _ if t.as_ptr() == vm.thread => ThreadStatus::Running,
                RawStatus::Suspended => ThreadStatus::Resumable,
                RawStatus::Running => ThreadStatus::Running,
                RawStatus::Normal => ThreadStatus::Normal,
                // One that an error has ended keeps the calls that this happened in.
                RawStatus::Dead if vm.levels_of(&t).next().is_some() => ThreadStatus::Error,
                RawStatus::Dead => ThreadStatus::Finished,
            }
        })
    }

    pub fn is_resumable(&self) -> bool {
        self.status() == ThreadStatus::Resumable
    }

    pub fn is_running(&self) -> bool {
        self.status() == ThreadStatus::Running
    }

    pub fn is_normal(&self) -> bool {
        self.status() == ThreadStatus::Normal
    }

    pub fn is_finished(&self) -> bool {
        self.status() == ThreadStatus::Finished
    }

    pub fn is_error(&self) -> bool {
        self.status() == ThreadStatus::Error
    }

    /// Makes the coroutine one that will run `func`: the object stays the same.
    ///
    /// # Errors
    ///
    /// A running coroutine, or one that waits for another, cannot be reset.
    pub fn reset(&self, func: Function) -> Result<()> {
        let lua = self.0.lua();
        match self.status() {
            ThreadStatus::Running => return Err(Error::runtime("cannot reset a running thread")),
            ThreadStatus::Normal => {
                return Err(Error::runtime("cannot reset a thread that waits for another one"));
            }
            _ => {}
        }
        lua.state.with(|vm| {
            let body = func.0.raw(&lua, vm);
            let thread = vm.handles.get(self.0.id).as_thread().expect("a thread's handle");
            let (t, running) = (thread.as_ptr(), vm.thread);
            // SAFETY: the thread is live and does not run. Its open variables are closed by making it the running one for
            // that moment; then its stack is cleared and laid out as a new one's.
            unsafe {
                vm.thread = t;
                vm.close_upvalues((*t).stack);
                vm.thread = running;
                for i in 0..(*t).stack_size {
                    *(*t).stack.add(i) = ferrous_lua_runtime::Value::NIL;
                }
                (*t).status = RawStatus::Suspended;
                (*t).started = false;
                (*t).no_yield = 0;
                vm.heap.barrier(t.cast());
            }
            (vm.prepare_coroutine)(vm, thread, body);
        });
        Ok(())
    }

    /// The address, to tell the thread from others.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address() as *const c_void
    }
}

/// What `coroutine.resume` returns: behind a flag the values, or the error.
struct Resumed<R>(std::result::Result<R, Value>);

impl<R: FromLuaMulti> FromLuaMulti for Resumed<R> {
    fn from_lua_multi(mut values: MultiValue, lua: &Lua) -> Result<Self> {
        match values.pop_front() {
            Some(Value::Boolean(true)) => R::from_lua_multi(values, lua).map(|results| Resumed(Ok(results))),
            _ => Ok(Resumed(Err(values.pop_front().unwrap_or_default()))),
        }
    }

    fn from_slots(slots: &Slots<'_>) -> Result<Self> {
        match slots.get(0) {
            Value::Boolean(true) => R::from_slots(&slots.tail(1)).map(|results| Resumed(Ok(results))),
            _ => Ok(Resumed(Err(slots.get(1)))),
        }
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thread({:?})", self.to_pointer())
    }
}
