//! Scopes: callbacks and userdata that borrow from the Rust stack.
//!
//! Lua may keep what is made in a scope for longer, so at its end everything is first made useless, then dropped.
//!
//! # Rules
//!
//! 1. What a scope makes refers to data of `'env` or `'scope`, which live until [`Lua::scope`] has emptied it.
//! 2. Nothing of it is in use at that moment: callbacks and borrows of scoped userdata end before the call of Lua that they are part
//!    of, and such calls end before the scope's closure.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::callback::Slots;
use crate::error::{Error, Result};
use crate::userdata::DataCell;
use crate::{AnyUserData, FromLuaMulti, Function, IntoLuaMulti, Lua, UserData, UserDataRegistry};

/// A callback that is emptied at the end of its scope.
type Callback<'a> = Box<dyn Fn(&Lua, &Slots<'_>) -> Result<u32> + 'a>;

/// Makes something useless, and gives what is to be dropped when all is useless.
type Invalidate<'a> = Box<dyn FnOnce() -> Box<dyn Droppable + 'a> + 'a>;

/// Anything that can be dropped.
trait Droppable {}
impl<T> Droppable for T {}

/// Makes callbacks and userdata that may borrow what lives longer than [`Lua::scope`].
///
/// What is made in the scope's closure does not live long enough to be borrowed:
///
/// ```compile_fail,E0373
/// # use ferrous_lua::{Lua, Result};
/// # let lua = Lua::new();
/// lua.scope(|scope| {
///     let local = String::new();
///     let f = scope.create_function(|_, ()| Ok(local.len()))?;
///     f.call::<()>(())
/// });
/// ```
///
/// Nor can a scope be used for what only lives as long as another one:
///
/// ```compile_fail
/// # use ferrous_lua::{Lua, Result};
/// # let lua = Lua::new();
/// let mut outer: Option<&String> = None;
/// lua.scope(|scope| {
///     let f = scope.create_function_mut(|_, ()| {
///         let local = String::new();
///         outer = Some(&local);
///         Ok(())
///     })?;
///     f.call::<()>(())
/// });
/// ```
///
/// And an exclusive loan is exclusive:
///
/// ```compile_fail,E0499
/// # use ferrous_lua::{Lua, Result};
/// # let lua = Lua::new();
/// let mut text = String::new();
/// lua.scope(|scope| {
///     scope.create_any_userdata_ref_mut(&mut text)?;
///     scope.create_any_userdata_ref_mut(&mut text)?;
///     Ok(())
/// });
/// ```
pub struct Scope<'scope, 'env: 'scope> {
    lua: Lua,
    made: RefCell<Vec<Invalidate<'env>>>,
    destructors: RefCell<Vec<Box<dyn FnOnce() + 'env>>>,
    // Both invariant, as in `std::thread::Scope`.
    _scope: PhantomData<&'scope mut &'scope ()>,
    _env: PhantomData<&'env mut &'env ()>,
}

impl Lua {
    /// Calls `f` with a scope, in which callbacks and userdata can be made that borrow local data. When `f` returns, they cannot
    /// be used any more.
    ///
    /// ```
    /// # use ferrous_lua::{Lua, Result};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// let mut lines = Vec::new();
    /// lua.scope(|scope| {
    ///     let write = scope.create_function_mut(|_, line: String| {
    ///         lines.push(line);
    ///         Ok(())
    ///     })?;
    ///     lua.load("local write = ... write('a') write('b')").call::<()>(write)
    /// })?;
    /// assert_eq!(lines, ["a", "b"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `f`.
    pub fn scope<'env, R>(
        &self,
        f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> Result<R>,
    ) -> Result<R> {
        let scope = Scope {
            lua: self.clone(),
            made: RefCell::default(),
            destructors: RefCell::default(),
            _scope: PhantomData,
            _env: PhantomData,
        };
        let ending = Ending(&scope);
        let outcome = f(ending.0);
        drop(ending);
        outcome
    }
}

/// Empties a scope, however it ends.
struct Ending<'a, 'scope, 'env>(&'a Scope<'scope, 'env>);

impl Drop for Ending<'_, '_, '_> {
    fn drop(&mut self) {
        // Dropping may run foreign code, which must find everything useless already.
        let garbage: Vec<_> = self.0.made.take().into_iter().map(|invalidate| invalidate()).collect();
        drop(garbage);
        for destructor in self.0.destructors.take() {
            destructor();
        }
    }
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// As [`Lua::create_function`], for a closure that may borrow.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`]. After the scope's end calls are [`Error::CallbackDestructed`].
    pub fn create_function<F, A, R>(&'scope self, func: F) -> Result<Function>
    where
        F: Fn(&Lua, A) -> Result<R> + 'scope,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.new_callback(Box::new(move |lua, slots| {
            let args = A::from_slots_args(slots, 1, None)?;
            func(lua, args)?.push_multi(lua)
        }))
    }

    /// As [`Lua::create_function_mut`], for a closure that may borrow.
    ///
    /// # Errors
    ///
    /// As [`Scope::create_function`]; [`Error::RecursiveMutCallback`].
    pub fn create_function_mut<F, A, R>(&'scope self, func: F) -> Result<Function>
    where
        F: FnMut(&Lua, A) -> Result<R> + 'scope,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let func = RefCell::new(func);
        self.create_function(move |lua, args| {
            (*func.try_borrow_mut().map_err(|_| Error::RecursiveMutCallback)?)(lua, args)
        })
    }

    fn new_callback(&'scope self, callback: Callback<'scope>) -> Result<Function> {
        // SAFETY: rule 1: the callback is taken out of `shared` before `'scope` ends, and by rule 2 not while it runs.
        let callback = unsafe { std::mem::transmute::<Callback<'scope>, Callback<'static>>(callback) };
        let shared = Rc::new(RefCell::new(Some(callback)));
        let weak = Rc::downgrade(&shared);
        let function = self.lua.new_callback(move |lua, slots| {
            let shared = weak.upgrade().ok_or(Error::CallbackDestructed)?;
            let callback = shared.borrow();
            callback.as_ref().ok_or(Error::CallbackDestructed)?(lua, slots)
        });
        self.made.borrow_mut().push(Box::new(move || Box::new(shared.take())));
        function
    }

    /// A userdata that borrows `data`.
    ///
    /// # Errors
    ///
    /// As [`Lua::create_userdata`]. After the scope's end uses are [`Error::UserDataDestructed`].
    pub fn create_userdata_ref<T: UserData + 'static>(&'scope self, data: &'env T) -> Result<AnyUserData> {
        self.lend(data, T::register)
    }

    /// As [`Scope::create_userdata_ref`], for a type that is no [`UserData`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create_any_userdata_ref<T: 'static>(&'scope self, data: &'env T) -> Result<AnyUserData> {
        self.lend(data, |_| {})
    }

    /// A userdata that borrows `data` mutably.
    ///
    /// # Errors
    ///
    /// As [`Scope::create_userdata_ref`].
    pub fn create_userdata_ref_mut<T: UserData + 'static>(
        &'scope self,
        data: &'env mut T,
    ) -> Result<AnyUserData> {
        self.lend_mut(data, T::register)
    }

    /// As [`Scope::create_userdata_ref_mut`], for a type that is no [`UserData`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create_any_userdata_ref_mut<T: 'static>(&'scope self, data: &'env mut T) -> Result<AnyUserData> {
        self.lend_mut(data, |_| {})
    }

    fn lend<T: 'static>(
        &'scope self,
        data: &'env T,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        // SAFETY: rule 1.
        self.lend_cell(unsafe { DataCell::shared(data) }, register)
    }

    fn lend_mut<T: 'static>(
        &'scope self,
        data: &'env mut T,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        // SAFETY: rule 1.
        self.lend_cell(unsafe { DataCell::exclusive(data) }, register)
    }

    fn lend_cell<T: 'static>(
        &'scope self,
        cell: Rc<DataCell<T>>,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        let metatable = self.lua.type_table(register)?;
        let userdata = self.lua.new_userdata_of(cell.clone(), &metatable)?;
        self.made.borrow_mut().push(Box::new(move || Box::new(cell.clear())));
        Ok(userdata)
    }

    /// A userdata with `data`, which may borrow. It has a metatable of its own.
    ///
    /// # Errors
    ///
    /// As [`Scope::create_userdata_ref`].
    pub fn create_userdata<T: UserData + 'env>(&'scope self, data: T) -> Result<AnyUserData> {
        self.create_any_userdata(data, T::register)
    }

    /// As [`Scope::create_userdata`], for a type that is no [`UserData`]: `register` says what it offers.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create_any_userdata<T: 'env>(
        &'scope self,
        data: T,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        let cell = DataCell::owned(data);
        let kept = cell.clone();
        self.made.borrow_mut().push(Box::new(move || Box::new(kept.clear())));
        // SAFETY: rule 1; the line above sees to it.
        unsafe { self.lua.new_scoped_userdata(cell, register) }
    }

    /// Calls `destructor` when the scope has ended, after everything made in it has become useless.
    pub fn add_destructor(&'scope self, destructor: impl FnOnce() + 'env) {
        self.destructors.borrow_mut().push(Box::new(destructor));
    }
}
