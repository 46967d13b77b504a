//! [`Lua`]: the handle to a state.

use std::fmt;
use std::rc::{Rc, Weak};
use std::result::Result as StdResult;

use ferrous_lua_runtime::object::{Gc, Thread as RawThread};
use ferrous_lua_runtime::{Throw, Value as Raw, Vm, library};

use crate::error::{Error, Result};
use crate::jit::{self, JitStats};
use crate::options::{LuaOptions, StdLib};
use crate::shared::{Handle, State, clear_dead_slots};
use crate::{
    FromLua, FromLuaMulti, Function, IntoLua, IntoLuaMulti, LuaString, MultiValue, Table, Thread, Value,
};

/// A Lua state.
///
/// It is a shared handle: clones are the same state, which lives as long as one of them does. Values of the state
/// ([`Table`], [`Function`] ...) do not keep it alive, and panic when they are used after its end.
///
/// ```
/// use ferrous_lua::{Lua, Result};
///
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// lua.globals().set("who", "world")?;
/// let text: String = lua.load("return 'hello, ' .. who").eval()?;
/// assert_eq!(text, "hello, world");
/// # Ok(())
/// # }
/// ```
pub struct Lua {
    pub(crate) state: Rc<State>,
    /// The handle that the constructor gave: when it goes, garbage is collected, even if clones remain.
    is_first: bool,
}

/// A handle that does not keep the state alive.
#[derive(Clone)]
pub struct WeakLua {
    state: Weak<State>,
}

impl Default for Lua {
    fn default() -> Self {
        Lua::new()
    }
}

impl Clone for Lua {
    fn clone(&self) -> Self {
        Lua::of(self.state.clone())
    }
}

impl fmt::Debug for Lua {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lua({:p})", Rc::as_ptr(&self.state))
    }
}

impl Drop for Lua {
    #[inline]
    fn drop(&mut self) {
        if self.is_first || Rc::strong_count(&self.state) == 1 {
            self.end();
        }
    }
}

impl Lua {
    #[inline]
    pub(crate) fn of(state: Rc<State>) -> Lua {
        Lua { state, is_first: false }
    }

    /// The first handle goes, or the last one.
    #[cold]
    fn end(&self) {
        if !self.state.is_available() {
            return;
        }
        if Rc::strong_count(&self.state) == 1 {
            self.state.close(self);
        } else {
            _ = self.gc_collect();
        }
    }

    /// A state with all libraries but `debug`.
    ///
    /// # Panics
    ///
    /// If there is no memory for it.
    pub fn new() -> Lua {
        Lua::new_with(StdLib::ALL_SAFE, LuaOptions::default()).expect("a new Lua state needs little memory")
    }

    /// A state with these libraries and options.
    ///
    /// # Errors
    ///
    /// [`Error::SafetyError`] if `libs` has [`StdLib::DEBUG`]: see [`Lua::unsafe_new_with`].
    pub fn new_with(libs: StdLib, options: LuaOptions) -> Result<Lua> {
        if libs.contains(StdLib::DEBUG) {
            return Err(Error::SafetyError(
                "The unsafe `debug` module can't be loaded using safe `new_with`".into(),
            ));
        }
        Lua::with_safety(libs, options, true)
    }

    /// A state with all libraries.
    ///
    /// # Safety
    ///
    /// The name is mlua's. Nothing here can break memory: the `debug` library only lets scripts look into functions of others.
    pub unsafe fn unsafe_new() -> Lua {
        // SAFETY: as this function's.
        unsafe { Lua::unsafe_new_with(StdLib::ALL, LuaOptions::default()) }
    }

    /// A state with these libraries and options.
    ///
    /// # Safety
    ///
    /// As [`Lua::unsafe_new`].
    ///
    /// # Panics
    ///
    /// If there is no memory for it.
    pub unsafe fn unsafe_new_with(libs: StdLib, options: LuaOptions) -> Lua {
        Lua::with_safety(libs, options, false).expect("a new Lua state needs little memory")
    }

    fn with_safety(libs: StdLib, options: LuaOptions, is_safe: bool) -> Result<Lua> {
        Ok(Lua { state: State::new(libs, &options, is_safe)?, is_first: true })
    }

    /// Opens more libraries.
    ///
    /// # Errors
    ///
    /// [`Error::SafetyError`] if `libs` has [`StdLib::DEBUG`] and the state is a safe one.
    pub fn load_std_libs(&self, libs: StdLib) -> Result<()> {
        if self.state.is_safe && libs.contains(StdLib::DEBUG) {
            return Err(Error::SafetyError("The unsafe `debug` module can't be loaded in safe mode".into()));
        }
        self.state.try_with(|vm| {
            let mut libraries = libs
                .libraries()
                .filter(|l| !matches!(l, library::Library::Base | library::Library::Coroutine));
            libraries.try_for_each(|library| library::open_library(vm, library))
        })
    }

    /// A handle that does not keep the state alive.
    pub fn weak(&self) -> WeakLua {
        WeakLua { state: Rc::downgrade(&self.state) }
    }

    // ---- values

    /// Makes an object and roots it.
    pub(crate) fn root_with(&self, make: impl FnOnce(&mut Vm) -> StdResult<Raw, Throw>) -> Result<Handle> {
        let handle = self.state.try_with(|vm| make(vm).map(|v| Handle::new(self, vm, v)))?;
        self.state.tidy(self);
        Ok(handle)
    }

    /// A Lua string with these bytes.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn create_string(&self, bytes: impl AsRef<[u8]>) -> Result<LuaString> {
        let bytes = bytes.as_ref();
        self.root_with(|vm| vm.new_string(bytes)).map(LuaString)
    }

    /// A new table.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn create_table(&self) -> Result<Table> {
        self.create_table_with_capacity(0, 0)
    }

    /// A new table with room for `narr` sequence elements and `nrec` other fields.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn create_table_with_capacity(&self, narr: usize, nrec: usize) -> Result<Table> {
        self.root_with(|vm| vm.new_table(narr, nrec).map(Raw::table).map_err(|_| vm.throw_memory()))
            .map(Table)
    }

    /// A table of these keys and values.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`], and those of conversions.
    pub fn create_table_from<K: IntoLua, V: IntoLua>(
        &self,
        iter: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Table> {
        let iter = iter.into_iter();
        let table = self.create_table_with_capacity(0, iter.size_hint().0.min(MAX_HINT))?;
        for (key, value) in iter {
            table.raw_set(key, value)?;
        }
        Ok(table)
    }

    /// A table with these values as elements 1, 2, ...
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`], and those of conversions.
    pub fn create_sequence_from<T: IntoLua>(&self, iter: impl IntoIterator<Item = T>) -> Result<Table> {
        let iter = iter.into_iter();
        let table = self.create_table_with_capacity(iter.size_hint().0.min(MAX_HINT), 0)?;
        for (i, value) in (1_i64..).zip(iter) {
            table.raw_set(i, value)?;
        }
        Ok(table)
    }

    /// A coroutine that will run `func`.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn create_thread(&self, func: Function) -> Result<Thread> {
        let thread = self.root_with(|vm| {
            let body = func.0.raw(self, vm);
            let thread = vm.new_thread().map_err(|_| vm.throw_memory())?;
            // SAFETY: a new thread, which nobody else has seen.
            unsafe { (*thread.as_ptr()).env = vm.thread_globals() };
            (vm.prepare_coroutine)(vm, thread, body);
            Ok(Raw::thread(thread))
        });
        thread.map(Thread)
    }

    /// The running coroutine, or the main thread.
    pub fn current_thread(&self) -> Thread {
        // SAFETY: the running thread is live.
        let running = |vm: &mut Vm| unsafe { Gc::<RawThread>::from_raw(vm.thread) };
        Thread(self.state.with(|vm| {
            let thread = Raw::thread(running(vm));
            Handle::new(self, vm, thread)
        }))
    }

    /// The table of globals.
    pub fn globals(&self) -> Table {
        Table(self.state.with(|vm| {
            // SAFETY: the globals of a live state.
            let globals = Raw::table(unsafe { Gc::from_raw(vm.thread_globals()) });
            Handle::new(self, vm, globals)
        }))
    }

    /// Gives code that is loaded from now on other globals.
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn set_globals(&self, globals: Table) -> Result<()> {
        self.state.with(|vm| {
            let table = globals.0.raw(self, vm).as_table().expect("a table's handle");
            vm.globals = table.as_ptr();
            // SAFETY: both threads are live.
            unsafe {
                for thread in [vm.main_thread, vm.thread] {
                    (*thread).env = table.as_ptr();
                    vm.heap.barrier(thread.cast());
                }
            }
        });
        Ok(())
    }

    // ---- conversions

    /// Turns a Rust value into a Lua one.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn pack(&self, value: impl IntoLua) -> Result<Value> {
        value.into_lua(self)
    }

    /// Turns a Lua value into a Rust one.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn unpack<T: FromLua>(&self, value: Value) -> Result<T> {
        T::from_lua(value, self)
    }

    /// From Rust to Lua and back.
    ///
    /// # Errors
    ///
    /// Those of the conversions.
    pub fn convert<U: FromLua>(&self, value: impl IntoLua) -> Result<U> {
        U::from_lua(value.into_lua(self)?, self)
    }

    /// Turns a Rust value into any number of Lua ones.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn pack_multi(&self, values: impl IntoLuaMulti) -> Result<MultiValue> {
        values.into_lua_multi(self)
    }

    /// Turns any number of Lua values into a Rust one.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn unpack_multi<T: FromLuaMulti>(&self, values: MultiValue) -> Result<T> {
        T::from_lua_multi(values, self)
    }

    /// A string or number as a string; `None` for anything else.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn coerce_string(&self, v: Value) -> Result<Option<LuaString>> {
        match v {
            Value::String(s) => Ok(Some(s)),
            Value::Integer(_) | Value::Number(_) => {
                let text = self.root_with(|vm| {
                    let raw = v.to_number_raw().expect("a number");
                    vm.tostring_raw(raw).map(Raw::string)
                })?;
                Ok(Some(LuaString(text)))
            }
            _ => Ok(None),
        }
    }

    /// A number or numeric string that is integral, as an integer; `None` for anything else.
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn coerce_integer(&self, v: Value) -> Result<Option<i64>> {
        Ok(match v {
            Value::Integer(i) => Some(i),
            v => self.coerce_number(v)?.and_then(crate::value::exact_integer),
        })
    }

    /// A number or numeric string as a number; `None` for anything else.
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn coerce_number(&self, v: Value) -> Result<Option<f64>> {
        Ok(match v {
            Value::Integer(i) => Some(i as f64),
            Value::Number(n) => Some(n),
            Value::String(s) => {
                self.state.with(|vm| ferrous_lua_runtime::arith::to_number(s.0.raw(self, vm)))
            }
            _ => None,
        })
    }

    // ---- memory

    /// Bytes in use by the state.
    pub fn used_memory(&self) -> usize {
        self.state.with(|vm| vm.heap.used_bytes())
    }

    /// Limits the bytes in use; 0: no limit. Gives the old limit.
    ///
    /// Beyond the limit allocations fail with [`Error::MemoryError`], in compiled code too; the state stays usable.
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn set_memory_limit(&self, bytes: usize) -> Result<usize> {
        Ok(self.state.with(|vm| {
            let old = vm.heap.limit().unwrap_or(0);
            vm.heap.set_limit((bytes > 0).then_some(bytes));
            old
        }))
    }

    /// Collects all garbage.
    ///
    /// # Errors
    ///
    /// The first error of a finaliser.
    pub fn gc_collect(&self) -> Result<()> {
        self.state.with(|vm| {
            clear_dead_slots(vm);
            vm.full_collect();
        });
        let outcome = self.state.run_finalizers(self);
        self.state.drop_dead();
        outcome
    }

    /// Stops the collector.
    pub fn gc_stop(&self) {
        self.state.with(|vm| vm.heap.stop());
    }

    /// Starts the collector again.
    pub fn gc_restart(&self) {
        self.state.with(|vm| vm.heap.restart());
    }

    /// One step of a collection; says whether a cycle has ended.
    ///
    /// # Errors
    ///
    /// The first error of a finaliser.
    pub fn gc_step(&self) -> Result<bool> {
        self.gc_step_kbytes(0)
    }

    /// As [`Lua::gc_step`], with as much work as `kbytes` of allocation would cause.
    ///
    /// # Errors
    ///
    /// The first error of a finaliser.
    #[doc(hidden)]
    pub fn gc_step_kbytes(&self, kbytes: i32) -> Result<bool> {
        let done = self.state.with(|vm| {
            clear_dead_slots(vm);
            vm.gc_step(kbytes.max(0) as usize)
        });
        self.state.run_finalizers(self)?;
        self.state.drop_dead();
        Ok(done)
    }

    // ---- the rest

    /// A traceback of the running thread from `level` on, behind a message.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn traceback(&self, msg: Option<&str>, level: usize) -> Result<LuaString> {
        let text = self.state.with(|vm| vm.traceback(msg.map(str::as_bytes), level));
        self.create_string(text)
    }

    /// Stops a running script from another thread or a signal handler.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.state.with(|vm| vm.interrupt_handle()))
    }

    /// Writes to what `print` and `io.write` write to, through the same buffer.
    pub fn write_stdout(&self, bytes: &[u8]) {
        self.state.with(|vm| vm.write_output(bytes));
    }

    /// Writes out what is pending for any file of the script, standard output included.
    pub fn flush_output(&self) {
        self.state.with(|vm| vm.flush_files());
    }

    /// Whether hot code of this state is compiled or would be: its [`JitMode`](crate::JitMode) says so, the crate has its feature
    /// `jit`, and the machine is supported. Executable memory is first asked for when something is hot; if it is refused then, the
    /// answer changes to no. What scripts do with the library `jit` does not matter.
    ///
    /// ```
    /// use ferrous_lua::{JitMode, Lua, LuaOptions, Result, StdLib};
    ///
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().jit(JitMode::Off))?;
    /// assert!(!lua.jit_is_attached());
    /// # Ok(())
    /// # }
    /// ```
    pub fn jit_is_attached(&self) -> bool {
        self.state.with(|vm| jit::is_attached(vm))
    }

    /// What the JIT has done so far.
    pub fn jit_stats(&self) -> JitStats {
        self.state.with(jit::stats)
    }
}

/// Room that a size hint may ask for.
const MAX_HINT: usize = 1 << 16;

/// Stops a script: see [`Lua::interrupt_handle`].
#[derive(Clone)]
pub struct InterruptHandle(ferrous_lua_runtime::interrupt::InterruptHandle);

impl InterruptHandle {
    /// Raises the error `interrupted!` in the script that is running, or in the next one; or calls what [`Lua::set_interrupt`] was
    /// given. Does nothing if the state is gone. A script can catch the error, and go on.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }

    /// Ends the script that is running, or the next one: raises the error `interrupted!`, again and again if the script catches it,
    /// until the call that Rust has made is over (of nested ones the outermost). Neither [`Lua::set_interrupt`] nor a library function
    /// that runs long can prevent that. Does nothing if the state is gone.
    ///
    /// ```
    /// # use ferrous_lua::{Lua, Result};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// let handle = lua.interrupt_handle();
    /// let watchdog = std::thread::spawn(move || {
    ///     std::thread::sleep(std::time::Duration::from_millis(20));
    ///     handle.stop();
    /// });
    /// let error = lua.load("while true do pcall(function() while true do end end) end").exec().unwrap_err();
    /// assert!(error.to_string().contains("interrupted!"));
    /// # watchdog.join().unwrap();
    /// # Ok(())
    /// # }
    /// ```
    pub fn stop(&self) {
        self.0.stop();
    }
}

impl WeakLua {
    /// The state.
    ///
    /// # Panics
    ///
    /// If it is gone.
    #[track_caller]
    pub fn upgrade(&self) -> Lua {
        self.try_upgrade().expect("Lua instance is destroyed")
    }

    /// The state, unless it is gone.
    pub fn try_upgrade(&self) -> Option<Lua> {
        self.state.upgrade().map(Lua::of)
    }
}

impl PartialEq for WeakLua {
    fn eq(&self, other: &Self) -> bool {
        self.state.ptr_eq(&other.state)
    }
}

impl fmt::Debug for WeakLua {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeakLua({:p})", self.state.as_ptr())
    }
}
