//! [`State`]: the VM behind a [`Lua`], shared by all its clones, and the way to it.
//!
//! Everything in this crate takes `&self`, and a callback may come back in while Lua runs. So the VM's address is
//! kept in a cell from which it is *taken* for each use and put back afterwards: [`State::with`].
//!
//! # Rules
//!
//! 1. While the cell holds the address, nobody else has a reference to the VM: whoever takes it may make the only one.
//! 2. When Lua calls the host, the driver's `&mut Vm` is lent to the state ([`State::lend`]): the cell holds an address made
//!    from that very reference, and is empty again before the driver goes on with it.
//! 3. No foreign code runs inside [`State::with`]: no conversion, callback, `Drop` of an embedder's value, or formatting.
//!    Who breaks this rule gets a panic, since the cell is empty; only handles may be dropped there, which is
//!    put off ([`State::release`]).
//! 4. Raw values are used inside one `with`; to live longer they are put in a handle or on the Lua stack.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};

use ferrous_lua_runtime::handles::HandleId;
use ferrous_lua_runtime::vm::Options;
use ferrous_lua_runtime::{Throw, Value as Raw, Vm, library};

use crate::app_data::AppData;
use crate::error::{Error, Result};
use crate::failure::Caught;
use crate::options::{LuaOptions, StdLib};
use crate::registry::DroppedKeys;
use crate::userdata::UserDataTypes;
use crate::{Lua, call, callback, jit};

/// What all clones of a [`Lua`] share.
pub(crate) struct State {
    vm: Cell<*mut Vm>,
    /// Handles that were dropped while somebody had the VM.
    released: RefCell<Vec<HandleId>>,
    /// Whether there are any.
    has_released: Cell<bool>,
    /// A panic that is on its way to the outermost Rust code, past every `pcall`.
    pub(crate) panic: RefCell<Option<Box<dyn Any + Send>>>,
    /// `os.exit`, where it does not end the process.
    pub(crate) catch_rust_panics: bool,
    pub(crate) exit_process: bool,
    /// Whether libraries that a safe state has not may be opened later.
    pub(crate) is_safe: bool,
    /// Functions that every call needs.
    pub(crate) natives: call::Natives,
    /// The metatable of errors and panics, once there has been one.
    pub(crate) failure_metatable: Cell<Option<HandleId>>,
    pub(crate) app_data: AppData,
    pub(crate) userdata_types: UserDataTypes,
    /// Also tells the registry keys of this state from those of others.
    pub(crate) dropped_keys: DroppedKeys,
}

/// The VM while it is taken.
struct Taken<'a> {
    state: &'a State,
    vm: *mut Vm,
}

impl Drop for Taken<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.state.has_released.get() {
            self.release_handles();
        }
        self.state.vm.set(self.vm);
    }
}

impl Taken<'_> {
    #[cold]
    fn release_handles(&self) {
        self.state.has_released.set(false);
        for id in self.state.released.take() {
            // SAFETY: rule 1; whoever used the VM is done.
            unsafe { (*self.vm).handles.release(id) };
        }
    }
}

impl State {
    /// A new state with these libraries.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub(crate) fn new(libraries: StdLib, options: &LuaOptions, is_safe: bool) -> Result<Rc<State>> {
        let defaults = Options::default();
        let vm_options = Options {
            hash_seed: options.seed.unwrap_or_else(random_seed),
            gc_stress: false,
            max_stack: if options.max_depth == 0 { defaults.max_stack } else { options.max_depth },
            profile: jit::wants_profile(&options.jit),
            allow_bytecode: options.allow_bytecode,
            lua52: options.lua52,
            ignore_environment: options.ignore_environment,
        };
        let memory = |_| Error::MemoryError("not enough memory".into());
        let mut vm = ferrous_lua_interp::new_state(vm_options).map_err(memory)?;
        vm.host.call = callback::call_host;
        let opened = libraries.libraries().try_for_each(|library| library::open_library(&mut vm, library));
        let natives = opened.and_then(|()| call::Natives::new(&mut vm));
        let natives = natives.map_err(|_| Error::MemoryError("not enough memory".into()))?;
        if let Some(seed) = options.seed {
            vm.library.random = ferrous_lua_runtime::text::random::Random::from_seed(seed as f64);
        }
        if options.memory_limit > 0 {
            vm.heap.set_limit(Some(options.memory_limit));
        }
        vm.heap.set_stress(options.gc_stress);
        jit::attach_jit(&mut vm, &options.jit).map_err(Error::external)?;
        Ok(Rc::new(State {
            vm: Cell::new(Box::into_raw(vm)),
            released: RefCell::default(),
            has_released: Cell::new(false),
            panic: RefCell::new(None),
            catch_rust_panics: options.catch_rust_panics,
            exit_process: options.exit_process,
            is_safe,
            natives,
            failure_metatable: Cell::new(None),
            app_data: AppData::default(),
            userdata_types: UserDataTypes::default(),
            dropped_keys: DroppedKeys::default(),
        }))
    }

    /// Runs `work` on the VM.
    ///
    /// # Panics
    ///
    /// If `work` comes back here (rule 3).
    #[inline]
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Vm) -> R) -> R {
        let vm = self.vm.replace(std::ptr::null_mut());
        assert!(!vm.is_null(), "the Lua state is in use");
        let taken = Taken { state: self, vm };
        // SAFETY: rule 1: the cell is empty until `taken` is dropped.
        work(unsafe { &mut *taken.vm })
    }

    /// As [`State::with`]; a Lua error becomes a Rust one.
    #[inline]
    pub(crate) fn try_with<R>(
        &self,
        work: impl FnOnce(&mut Vm) -> std::result::Result<R, Throw>,
    ) -> Result<R> {
        match self.with(work) {
            Ok(result) => Ok(result),
            Err(_) => Err(self.take_error()),
        }
    }

    /// The error that a use of the VM has left there. (Errors are large: what succeeds does not carry room for one along.)
    #[cold]
    fn take_error(&self) -> Error {
        self.with(Caught::take).into_error(self)
    }

    /// Whether the VM is there to be used: not while a panic unwinds out of a `with`, or in an embedder's mistake.
    #[inline]
    pub(crate) fn is_available(&self) -> bool {
        !self.vm.get().is_null()
    }

    /// Lets `work` use the state while the driver holds `vm` (rule 2).
    #[inline]
    pub(crate) fn lend<R>(&self, vm: &mut Vm, work: impl FnOnce() -> R) -> R {
        /// Empties the cell.
        struct Lent<'a>(&'a State);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                self.0.vm.set(std::ptr::null_mut());
            }
        }
        let before = self.vm.replace(vm);
        debug_assert!(before.is_null(), "two parties have the VM");
        let _lent = Lent(self);
        work()
    }

    /// A handle's value has one holder less.
    #[inline]
    pub(crate) fn release(&self, id: HandleId) {
        if self.is_available() {
            self.with(|vm| vm.handles.release(id));
        } else {
            self.released.borrow_mut().push(id);
            self.has_released.set(true);
        }
    }

    /// What is to be done when Rust code has made objects or Lua has run: a collection that is due, finalisers, and
    /// dropping what the collector has set aside. Errors of finalisers are lost.
    #[inline]
    pub(crate) fn tidy(&self, lua: &Lua) {
        let due = self.with(|vm| {
            vm.heap.gc_requested != 0
                || vm.payloads.has_dead()
                || (!vm.heap.finalizers.is_empty() && !vm.finalizing)
        });
        if due {
            self.tidy_now(lua);
        }
    }

    #[cold]
    fn tidy_now(&self, lua: &Lua) {
        self.with(|vm| {
            clear_dead_slots(vm);
            vm.safepoint();
        });
        _ = self.run_finalizers(lua);
        self.drop_dead();
    }

    /// Calls the queued finalisers.
    ///
    /// # Errors
    ///
    /// The first error of one of them; the others are run nevertheless.
    pub(crate) fn run_finalizers(&self, lua: &Lua) -> Result<()> {
        let mut outcome = Ok(());
        loop {
            let called = self.with(|vm| {
                let object = if vm.finalizing { None } else { vm.heap.finalizers.pop_front() };
                object.map(|object| call::finalize(vm, object))
            });
            match called {
                None => return outcome,
                Some(Ok(())) => {}
                Some(Err(caught)) => outcome = outcome.and(Err(caught.into_error(self))),
            }
            debug_assert!(Rc::strong_count(&lua.state) > 0);
        }
    }

    /// Drops the Rust values of objects that died. A panic in one of them cannot go anywhere.
    #[inline]
    pub(crate) fn drop_dead(&self) {
        if self.with(|vm| vm.payloads.has_dead()) {
            self.drop_dead_now();
        }
    }

    #[cold]
    fn drop_dead_now(&self) {
        let dead = self.with(|vm| vm.payloads.take_dead());
        if catch_unwind(AssertUnwindSafe(|| drop(dead))).is_err() {
            std::process::abort();
        }
    }

    /// Ends the state's life while it can still run Lua: calls all finalisers and writes files out.
    pub(crate) fn close(&self, lua: &Lua) {
        self.with(|vm| vm.queue_all_finalizers());
        _ = self.run_finalizers(lua);
        self.with(|vm| vm.flush_files());
        self.drop_dead();
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let vm = self.vm.replace(std::ptr::null_mut());
        if !vm.is_null() {
            // SAFETY: the address came from a box, and nobody uses it (rule 1). The payloads that are dropped with it cannot
            // reach the VM: the last strong reference to this state is gone.
            drop(unsafe { Box::from_raw(vm) });
        }
    }
}

/// Forgets what calls that are over have left above the end of the stack, which the collector looks at as far as a native
/// function may use it: otherwise they would keep objects alive.
pub(crate) fn clear_dead_slots(vm: &mut Vm) {
    // SAFETY: the running frame is the host's or the bottom one, so nothing above `top` is in use; the slack of a stack has this room.
    unsafe {
        for i in 0..DEAD_SLOTS {
            *vm.top.add(i) = Raw::NIL;
        }
    }
}

/// As many as the collector looks at, and some that the arguments of the call took.
const DEAD_SLOTS: usize = ferrous_lua_runtime::native::MIN_NATIVE_SLOTS + 16;

const _: () = assert!(DEAD_SLOTS <= ferrous_lua_runtime::stack::SLACK);

fn random_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// A counted place in the state's table of roots. It does not keep the state alive.
pub(crate) struct Handle {
    pub(crate) state: Weak<State>,
    pub(crate) id: HandleId,
}

impl Handle {
    /// Roots a value. The VM is the state's.
    #[inline]
    pub(crate) fn new(lua: &Lua, vm: &mut Vm, value: Raw) -> Handle {
        Handle { state: Rc::downgrade(&lua.state), id: vm.handles.alloc(value) }
    }

    /// The state.
    ///
    /// # Panics
    ///
    /// If it is gone.
    #[inline]
    pub(crate) fn lua(&self) -> Lua {
        match self.state.upgrade() {
            Some(state) => Lua::of(state),
            None => panic!("Lua instance is destroyed"),
        }
    }

    /// The value, for use in a `with` of `lua`.
    ///
    /// # Panics
    ///
    /// If it is a value of another state.
    #[inline]
    pub(crate) fn raw(&self, lua: &Lua, vm: &Vm) -> Raw {
        self.check(lua);
        vm.handles.get(self.id)
    }

    /// Whether this is a handle of `lua`'s state.
    #[inline]
    pub(crate) fn belongs_to(&self, lua: &Lua) -> bool {
        std::ptr::eq(self.state.as_ptr(), Rc::as_ptr(&lua.state))
    }

    #[inline]
    pub(crate) fn check(&self, lua: &Lua) {
        assert!(self.belongs_to(lua), "Lua instance passed Value created from a different main Lua state");
    }

    /// The address that tells the object from all others.
    pub(crate) fn address(&self) -> u64 {
        self.lua().state.with(|vm| vm.handles.get(self.id).payload())
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        if let Some(state) = self.state.upgrade() {
            state.with(|vm| vm.handles.retain(self.id));
        }
        Handle { state: self.state.clone(), id: self.id }
    }
}

impl Drop for Handle {
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.state.upgrade() {
            state.release(self.id);
        }
    }
}

/// Identity.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        if !self.state.ptr_eq(&other.state) {
            return false;
        }
        self.id == other.id
            || self
                .state
                .upgrade()
                .is_some_and(|s| s.with(|vm| vm.handles.get(self.id) == vm.handles.get(other.id)))
    }
}

impl Eq for Handle {}
