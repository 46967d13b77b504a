//! What a type offers to Lua: [`UserData`] and the traits that its fields and methods are declared with.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

use super::cell::{DataCell, short_type_name};
use super::{AnyUserData, CellId, cell_of_raw};
use crate::callback::Slots;
use crate::error::{Error, Result};
use crate::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, Lua, Value};

/// `Send` where states can be sent to other threads; anything here.
pub trait MaybeSend {}
impl<T: ?Sized> MaybeSend for T {}

/// `Sync` where states can be sent to other threads; anything here.
pub trait MaybeSync {}
impl<T: ?Sized> MaybeSync for T {}

/// A Rust type whose values can be handed to Lua.
///
/// All values of a type share one metatable, which is made when it is first needed.
///
/// ```
/// use ferrous_lua::{Lua, MetaMethod, Result, UserData, UserDataFields, UserDataMethods, UserDataRef};
///
/// struct Vector(f64, f64);
///
/// impl UserData for Vector {
///     fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
///         fields.add_field_method_get("x", |_, v| Ok(v.0));
///         fields.add_field_method_set("x", |_, v, x| {
///             v.0 = x;
///             Ok(())
///         });
///     }
///
///     fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
///         methods.add_method("length", |_, v, ()| Ok((v.0 * v.0 + v.1 * v.1).sqrt()));
///         methods.add_meta_method(MetaMethod::Add, |_, a, b: UserDataRef<Vector>| Ok(Vector(a.0 + b.0, a.1 + b.1)));
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// lua.globals().set("vector", lua.create_function(|_, (x, y): (f64, f64)| Ok(Vector(x, y)))?)?;
/// let length: f64 = lua.load("local v = vector(1, 2) + vector(2, 2) v.x = v.x + 0 return v:length()").eval()?;
/// assert_eq!(length, 5.0);
/// # Ok(())
/// # }
/// ```
pub trait UserData: Sized {
    /// Declares fields.
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        _ = fields;
    }

    /// Declares methods.
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        _ = methods;
    }

    /// Declares everything.
    fn register(registry: &mut UserDataRegistry<Self>) {
        Self::add_fields(registry);
        Self::add_methods(registry);
    }
}

/// Declares the methods of a type. Every function gets the state first.
pub trait UserDataMethods<T> {
    /// A method that is called with `value:name(...)` and gets the value.
    fn add_method<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A method that changes the value.
    fn add_method_mut<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A method that takes the value out of its userdata: it can be called once.
    fn add_method_once<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(&Lua, T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A function that gets its arguments as they are.
    fn add_function<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A function that changes what it captured.
    fn add_function_mut<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A metamethod whose first argument is a value of this type. (Of a binary operator that may be the second one: then use
    /// [`UserDataMethods::add_meta_function`].)
    fn add_meta_method<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A metamethod that changes the value.
    fn add_meta_method_mut<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A metamethod that gets its arguments as they are.
    fn add_meta_function<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A metamethod that changes what it captured.
    fn add_meta_function_mut<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;
}

/// Declares the fields of a type. A field is looked for among the getters, then the fixed fields and methods, then in `__index`.
pub trait UserDataFields<T> {
    /// A field that is the same for all values.
    fn add_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V);

    /// A field that is computed from the value.
    fn add_field_method_get<M, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T) -> Result<R> + MaybeSend + 'static,
        R: IntoLua;

    /// What setting a field does to the value.
    fn add_field_method_set<M, A>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<()> + MaybeSend + 'static,
        A: FromLua;

    /// A field that is computed from the userdata.
    fn add_field_function_get<F, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, AnyUserData) -> Result<R> + MaybeSend + 'static,
        R: IntoLua;

    /// What setting a field does to the userdata.
    fn add_field_function_set<F, A>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, AnyUserData, A) -> Result<()> + MaybeSend + 'static,
        A: FromLua;

    /// A field of the metatable.
    fn add_meta_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V);

    /// A field of the metatable that is made with the state.
    fn add_meta_field_with<F, R>(&mut self, name: impl Into<String>, value: F)
    where
        F: FnOnce(&Lua) -> Result<R> + 'static,
        R: IntoLua;
}

/// A callback of a type.
pub(super) type Method = Box<dyn Fn(&Lua, &Slots<'_>) -> Result<u32>>;

/// Names with what they stand for, in the order of the names.
pub(super) type Declared<V> = BTreeMap<String, V>;

/// What a type has declared.
pub struct UserDataRegistry<T> {
    lua: Lua,
    pub(super) fields: Declared<Result<Value>>,
    pub(super) getters: Declared<Method>,
    pub(super) setters: Declared<Method>,
    pub(super) methods: Declared<Method>,
    pub(super) meta_fields: Declared<Result<Value>>,
    pub(super) meta_methods: Declared<Method>,
    /// What the values' cells are known by: it goes with `T`.
    id: CellId,
    _type: PhantomData<fn(T)>,
}

impl<T> UserDataRegistry<T> {
    /// # Safety
    ///
    /// `T` is the type that goes with `id`.
    pub(super) unsafe fn new(lua: &Lua, id: CellId) -> Self {
        UserDataRegistry {
            lua: lua.clone(),
            fields: Declared::new(),
            getters: Declared::new(),
            setters: Declared::new(),
            methods: Declared::new(),
            meta_fields: Declared::new(),
            meta_methods: Declared::new(),
            id,
            _type: PhantomData,
        }
    }
}

/// `Type.name`
fn full_name<T>(name: &str) -> String {
    format!("{}.{name}", short_type_name::<T>())
}

/// The cell of the value that is argument 1.
///
/// # Safety
///
/// `T` is the type that goes with `id`.
#[inline]
unsafe fn self_cell<T>(slots: &Slots<'_>, id: CellId) -> Result<Rc<DataCell<T>>> {
    // SAFETY: the caller vouches for the type.
    slots.lua.state.with(|vm| unsafe { cell_of_raw(vm, slots.raw(vm, 0), id) })
}

/// The error of a wrong first argument. That the value is gone is nobody's mistake of argument.
fn bad_self(to: &str, cause: Error) -> Error {
    match cause {
        Error::UserDataDestructed => cause,
        cause => Error::bad_self_argument(to, cause),
    }
}

/// # Safety
///
/// `T` is the type that goes with `id`.
unsafe fn method<T, M, A, R>(to: String, id: CellId, method: M) -> Method
where
    M: Fn(&Lua, &T, A) -> Result<R> + 'static,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    Box::new(move |lua, slots| {
        // SAFETY: the caller vouches for the type.
        let cell = unsafe { self_cell::<T>(slots, id) };
        let this = cell.and_then(|cell| cell.borrow()).map_err(|e| bad_self(&to, e))?;
        let args = A::from_slots_args(&slots.tail(1), 2, Some(&to))?;
        method(lua, &this, args)?.push_multi(lua)
    })
}

/// # Safety
///
/// As [`method`].
unsafe fn method_mut<T, M, A, R>(to: String, id: CellId, method: M) -> Method
where
    M: FnMut(&Lua, &mut T, A) -> Result<R> + 'static,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    let method = RefCell::new(method);
    Box::new(move |lua, slots| {
        let mut method = method.try_borrow_mut().map_err(|_| Error::RecursiveMutCallback)?;
        // SAFETY: the caller vouches for the type.
        let cell = unsafe { self_cell::<T>(slots, id) };
        let mut this = cell.and_then(|cell| cell.borrow_mut()).map_err(|e| bad_self(&to, e))?;
        let args = A::from_slots_args(&slots.tail(1), 2, Some(&to))?;
        method(lua, &mut this, args)?.push_multi(lua)
    })
}

fn function<F, A, R>(to: String, function: F) -> Method
where
    F: Fn(&Lua, A) -> Result<R> + 'static,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    Box::new(move |lua, slots| function(lua, A::from_slots_args(slots, 1, Some(&to))?)?.push_multi(lua))
}

fn function_mut<F, A, R>(to: String, function: F) -> Method
where
    F: FnMut(&Lua, A) -> Result<R> + 'static,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    let function = RefCell::new(function);
    Box::new(move |lua, slots| {
        let mut function = function.try_borrow_mut().map_err(|_| Error::RecursiveMutCallback)?;
        function(lua, A::from_slots_args(slots, 1, Some(&to))?)?.push_multi(lua)
    })
}

/// Declares a method under `Type.name`.
macro_rules! declare {
    ($this:ident . $list:ident, $name:ident, $T:ident, |$to:ident| $make:expr) => {{
        let name: String = $name.into();
        let $to = full_name::<$T>(&name);
        let method = $make;
        $this.$list.insert(name, method);
    }};
}

impl<T> UserDataMethods<T> for UserDataRegistry<T> {
    fn add_method<M, A, R>(&mut self, name: impl Into<String>, m: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.methods, name, T, |to| {
            // SAFETY: the registry's own id.
            unsafe { method(to, self.id, m) }
        });
    }

    fn add_method_mut<M, A, R>(&mut self, name: impl Into<String>, m: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.methods, name, T, |to| {
            // SAFETY: the registry's own id.
            unsafe { method_mut(to, self.id, m) }
        });
    }

    fn add_method_once<M, A, R>(&mut self, name: impl Into<String>, m: M)
    where
        T: 'static,
        M: Fn(&Lua, T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let id = self.id;
        declare!(self.methods, name, T, |to| Box::new(move |lua: &Lua, slots: &Slots<'_>| {
            // SAFETY: the registry's own id.
            let cell = unsafe { self_cell::<T>(slots, id) };
            let this = cell.and_then(|cell| cell.take()).map_err(|e| bad_self(&to, e))?;
            let args = A::from_slots_args(&slots.tail(1), 2, Some(&to))?;
            m(lua, this, args)?.push_multi(lua)
        }));
    }

    fn add_function<F, A, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: Fn(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.methods, name, T, |to| function(to, f));
    }

    fn add_function_mut<F, A, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.methods, name, T, |to| function_mut(to, f));
    }

    fn add_meta_method<M, A, R>(&mut self, name: impl Into<String>, m: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.meta_methods, name, T, |to| {
            // SAFETY: the registry's own id.
            unsafe { method(to, self.id, m) }
        });
    }

    fn add_meta_method_mut<M, A, R>(&mut self, name: impl Into<String>, m: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.meta_methods, name, T, |to| {
            // SAFETY: the registry's own id.
            unsafe { method_mut(to, self.id, m) }
        });
    }

    fn add_meta_function<F, A, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: Fn(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.meta_methods, name, T, |to| function(to, f));
    }

    fn add_meta_function_mut<F, A, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + MaybeSend + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        declare!(self.meta_methods, name, T, |to| function_mut(to, f));
    }
}

impl<T> UserDataFields<T> for UserDataRegistry<T> {
    fn add_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V) {
        let value = value.into_lua(&self.lua);
        self.fields.insert(name.into(), value);
    }

    fn add_field_method_get<M, R>(&mut self, name: impl Into<String>, m: M)
    where
        M: Fn(&Lua, &T) -> Result<R> + MaybeSend + 'static,
        R: IntoLua,
    {
        declare!(self.getters, name, T, |to| {
            // SAFETY: the registry's own id.
            unsafe { method(to, self.id, move |lua, this: &T, ()| m(lua, this)) }
        });
    }

    fn add_field_method_set<M, A>(&mut self, name: impl Into<String>, m: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<()> + MaybeSend + 'static,
        A: FromLua,
    {
        declare!(self.setters, name, T, |to| {
            // SAFETY: the registry's own id.
            unsafe { method_mut(to, self.id, m) }
        });
    }

    fn add_field_function_get<F, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: Fn(&Lua, AnyUserData) -> Result<R> + MaybeSend + 'static,
        R: IntoLua,
    {
        declare!(self.getters, name, T, |to| function(to, f));
    }

    fn add_field_function_set<F, A>(&mut self, name: impl Into<String>, mut f: F)
    where
        F: FnMut(&Lua, AnyUserData, A) -> Result<()> + MaybeSend + 'static,
        A: FromLua,
    {
        declare!(self.setters, name, T, |to| function_mut(to, move |lua, (this, value)| f(lua, this, value)));
    }

    fn add_meta_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V) {
        let value = value.into_lua(&self.lua);
        self.meta_fields.insert(name.into(), value);
    }

    fn add_meta_field_with<F, R>(&mut self, name: impl Into<String>, value: F)
    where
        F: FnOnce(&Lua) -> Result<R> + 'static,
        R: IntoLua,
    {
        let value = value(&self.lua).and_then(|value| value.into_lua(&self.lua));
        self.meta_fields.insert(name.into(), value);
    }
}
