//! Userdata: Rust values in Lua.
//!
//! | file | |
//! |---|---|
//! | this one | [`AnyUserData`], and making userdata |
//! | `registry` | what a type declares: [`UserData`], fields, methods |
//! | `metatable` | the metatable that is made of that |
//! | `metamethod` | the names of metamethods |
//! | `cell` | where the value lies; borrowing it |
//!
//! The Lua object carries the number of a payload, which has the value's type and a counted cell with the value.

mod cell;
mod metamethod;
mod metatable;
mod registry;

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use ferrous_lua_runtime::handles::HandleId;
use ferrous_lua_runtime::object::Table as RawTable;
use ferrous_lua_runtime::{Value as Raw, Vm};

pub use cell::{UserDataOwned, UserDataRef, UserDataRefMut};
pub use metamethod::MetaMethod;
pub use metatable::{UserDataMetatable, UserDataMetatablePairs};
pub use registry::{MaybeSend, MaybeSync, UserData, UserDataFields, UserDataMethods, UserDataRegistry};

pub(crate) use cell::{DataCell, short_type_name};

use crate::error::{Error, Result};
use crate::failure::{self, Failure};
use crate::shared::Handle;
use crate::{FromLua, IntoLua, Lua, LuaString, Table, Value};

/// What marks a userdata whose payload is a [`Payload`].
const PAYLOAD_USERDATA: u32 = 0x1002;

/// What a cell is known by. Whoever knows the id knows the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellId {
    /// The type of its value.
    Type(TypeId),
    /// The number of one cell, of a type that has no id because it lives in a scope.
    Scoped(u64),
}

/// The payload of a userdata.
struct Payload {
    /// The cell was made for this id's type.
    id: CellId,
    cell: Rc<dyn AnyCell>,
    /// Whether the object's environment is a table of user values.
    has_values: bool,
}

/// A [`DataCell`] of any type.
pub(crate) trait AnyCell {
    fn destroy(&self) -> Result<()>;
}

impl<T> AnyCell for DataCell<T> {
    fn destroy(&self) -> Result<()> {
        DataCell::destroy(self)
    }
}

/// The metatables of types, and the last number of a scoped cell.
#[derive(Default)]
pub(crate) struct UserDataTypes(RefCell<HashMap<TypeId, HandleId>>, Cell<u64>);

/// Stands for a type whose functions are wanted without a value: see [`Lua::create_proxy`].
struct Proxy<T>(PhantomData<fn(T)>);

/// A userdata of any kind.
#[derive(Clone, PartialEq)]
pub struct AnyUserData(pub(crate) Handle);

/// The payload of a value.
fn payload_of(vm: &Vm, v: Raw) -> Option<&Payload> {
    let u = v.as_userdata().filter(|u| u.payload_kind == PAYLOAD_USERDATA)?;
    vm.payloads.downcast(u.payload)
}

/// The cell of a value that is known by `id`.
///
/// # Errors
///
/// [`Error::UserDataTypeMismatch`] for any other value.
///
/// # Safety
///
/// `T` is the type that goes with `id`.
unsafe fn cell_of_raw<T>(vm: &Vm, v: Raw, id: CellId) -> Result<Rc<DataCell<T>>> {
    match payload_of(vm, v) {
        Some(payload) if payload.id == id => {
            let cell = Rc::into_raw(payload.cell.clone()) as *const DataCell<T>;
            // SAFETY: the caller vouches for the type.
            Ok(unsafe { Rc::from_raw(cell) })
        }
        _ => Err(Error::UserDataTypeMismatch),
    }
}

impl Lua {
    /// A userdata with `data`.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`]; what is wrong with the type's declarations.
    pub fn create_userdata<T: UserData + MaybeSend + MaybeSync + 'static>(
        &self,
        data: T,
    ) -> Result<AnyUserData> {
        let metatable = self.type_table::<T>(T::register)?;
        self.new_userdata_of(DataCell::owned(data), &metatable)
    }

    /// A userdata with `data` of any type. What it offers, [`Lua::register_userdata_type`] says.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn create_any_userdata<T: MaybeSend + MaybeSync + 'static>(&self, data: T) -> Result<AnyUserData> {
        let metatable = self.type_table::<T>(|_| {})?;
        self.new_userdata_of(DataCell::owned(data), &metatable)
    }

    /// A userdata without a value that has the functions and fields of a type.
    ///
    /// # Errors
    ///
    /// As [`Lua::create_userdata`].
    pub fn create_proxy<T: UserData + 'static>(&self) -> Result<AnyUserData> {
        let metatable = self.kept_type_table::<T>(TypeId::of::<Proxy<T>>(), T::register)?;
        self.new_userdata_of(DataCell::owned(Proxy::<T>(PhantomData)), &metatable)
    }

    /// Says what userdata of a type offer. Replaces what was said before, for userdata that are made from now on.
    ///
    /// # Errors
    ///
    /// As [`Lua::create_userdata`].
    pub fn register_userdata_type<T: 'static>(
        &self,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<()> {
        let metatable = self.build_type_table(register)?;
        self.keep_type_table(TypeId::of::<T>(), &metatable);
        Ok(())
    }

    /// The metatable of a type; made, if there is none.
    pub(crate) fn type_table<T: 'static>(
        &self,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<Table> {
        self.kept_type_table(TypeId::of::<T>(), register)
    }

    /// The metatable that is kept under `key`.
    fn kept_type_table<T: 'static>(
        &self,
        key: TypeId,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<Table> {
        let known = self.state.userdata_types.0.borrow().get(&key).copied();
        if let Some(id) = known {
            return Ok(Table(self.state.with(|vm| {
                let metatable = vm.handles.get(id);
                Handle::new(self, vm, metatable)
            })));
        }
        let metatable = self.build_type_table(register)?;
        self.keep_type_table(key, &metatable);
        Ok(metatable)
    }

    /// A metatable for the values of a type.
    fn build_type_table<T: 'static>(&self, register: impl FnOnce(&mut UserDataRegistry<T>)) -> Result<Table> {
        // SAFETY: the type's own id.
        let mut registry = unsafe { UserDataRegistry::new(self, CellId::Type(TypeId::of::<T>())) };
        register(&mut registry);
        metatable::build(self, registry, &short_type_name::<T>())
    }

    fn keep_type_table(&self, key: TypeId, metatable: &Table) {
        let id = self.state.with(|vm| {
            let raw = metatable.0.raw(self, vm);
            vm.handles.alloc(raw)
        });
        let old = self.state.userdata_types.0.borrow_mut().insert(key, id);
        if let Some(old) = old {
            self.state.release(old);
        }
    }

    /// A userdata with this cell.
    pub(crate) fn new_userdata_of<T: 'static>(
        &self,
        cell: Rc<DataCell<T>>,
        metatable: &Table,
    ) -> Result<AnyUserData> {
        let payload = Payload { id: CellId::Type(TypeId::of::<T>()), cell, has_values: false };
        self.new_userdata_with(payload, metatable)
    }

    /// A userdata with a value of a type that has no id.
    ///
    /// # Safety
    ///
    /// The cell is emptied before the type's lifetimes end.
    pub(crate) unsafe fn new_scoped_userdata<T>(
        &self,
        cell: Rc<DataCell<T>>,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        let types = &self.state.userdata_types;
        types.1.set(types.1.get() + 1);
        let id = CellId::Scoped(types.1.get());
        // SAFETY: a new number, which goes with this cell alone.
        let mut registry = unsafe { UserDataRegistry::new(self, id) };
        register(&mut registry);
        let metatable = metatable::build(self, registry, &short_type_name::<T>())?;
        let cell: Rc<dyn AnyCell + '_> = cell;
        // SAFETY: an empty cell has nothing with a lifetime in it, and until it is emptied the caller vouches for it.
        let cell = unsafe { std::mem::transmute::<Rc<dyn AnyCell + '_>, Rc<dyn AnyCell>>(cell) };
        self.new_userdata_with(Payload { id, cell, has_values: false }, &metatable)
    }

    fn new_userdata_with(&self, payload: Payload, metatable: &Table) -> Result<AnyUserData> {
        let made = self.root_with(|vm| {
            let metatable: *mut RawTable = metatable.raw(self, vm).as_ptr();
            let value_bytes = size_of_val(&*payload.cell);
            let payload = vm.keep_payload(Box::new(payload), value_bytes).map_err(|_| vm.throw_memory())?;
            match vm.new_userdata(metatable, payload, PAYLOAD_USERDATA) {
                Ok(u) => Ok(Raw::userdata(u)),
                Err(_) => {
                    vm.bury_payload(payload);
                    Err(vm.throw_memory())
                }
            }
        });
        made.map(AnyUserData)
    }
}

impl AnyUserData {
    /// Something that becomes a userdata when it is handed to Lua.
    pub fn wrap<T: MaybeSend + MaybeSync + 'static>(data: T) -> impl IntoLua {
        struct Wrapped<T>(T);

        impl<T: 'static> IntoLua for Wrapped<T> {
            fn into_lua(self, lua: &Lua) -> Result<Value> {
                lua.create_any_userdata(self.0).map(Value::UserData)
            }
        }

        Wrapped(data)
    }

    fn cell<T: 'static>(&self) -> Result<Rc<DataCell<T>>> {
        let lua = self.0.lua();
        // SAFETY: the type's own id.
        lua.state
            .with(|vm| unsafe { cell_of_raw(vm, vm.handles.get(self.0.id), CellId::Type(TypeId::of::<T>())) })
    }

    /// Whether the value is a `T`.
    pub fn is<T: 'static>(&self) -> bool {
        self.type_id() == Some(TypeId::of::<T>())
    }

    /// The type of the value; `None` if that cannot be told.
    pub fn type_id(&self) -> Option<TypeId> {
        self.0.lua().state.with(|vm| match payload_of(vm, vm.handles.get(self.0.id))?.id {
            CellId::Type(id) => Some(id),
            CellId::Scoped(_) => None,
        })
    }

    /// Borrows the value.
    ///
    /// # Errors
    ///
    /// [`Error::UserDataTypeMismatch`], [`Error::UserDataDestructed`], [`Error::UserDataBorrowError`].
    pub fn borrow<T: 'static>(&self) -> Result<UserDataRef<T>> {
        self.cell::<T>()?.borrow_free()
    }

    /// Borrows the value mutably.
    ///
    /// # Errors
    ///
    /// [`Error::UserDataTypeMismatch`], [`Error::UserDataDestructed`], [`Error::UserDataBorrowMutError`].
    pub fn borrow_mut<T: 'static>(&self) -> Result<UserDataRefMut<T>> {
        self.cell::<T>()?.borrow_mut_free()
    }

    /// Borrows the value for the time of `f`; also one that belongs to a scope.
    ///
    /// # Errors
    ///
    /// As [`AnyUserData::borrow`].
    pub fn borrow_scoped<T: 'static, R>(&self, f: impl FnOnce(&T) -> R) -> Result<R> {
        Ok(f(&*self.cell::<T>()?.borrow()?))
    }

    /// Borrows the value mutably for the time of `f`; also one that belongs to a scope.
    ///
    /// # Errors
    ///
    /// As [`AnyUserData::borrow_mut`].
    pub fn borrow_mut_scoped<T: 'static, R>(&self, f: impl FnOnce(&mut T) -> R) -> Result<R> {
        Ok(f(&mut *self.cell::<T>()?.borrow_mut()?))
    }

    /// Takes the value out. The userdata is of no use afterwards.
    ///
    /// # Errors
    ///
    /// As [`AnyUserData::borrow_mut`].
    pub fn take<T: 'static>(&self) -> Result<T> {
        self.cell::<T>()?.take()
    }

    /// Drops the value now.
    ///
    /// # Errors
    ///
    /// [`Error::UserDataDestructed`], [`Error::UserDataBorrowMutError`]; [`Error::UserDataTypeMismatch`] for a
    /// userdata that is not Rust's.
    pub fn destroy(&self) -> Result<()> {
        let lua = self.0.lua();
        let cell = lua.state.with(|vm| payload_of(vm, vm.handles.get(self.0.id)).map(|p| p.cell.clone()));
        cell.ok_or(Error::UserDataTypeMismatch)?.destroy()
    }

    /// The metatable.
    ///
    /// # Errors
    ///
    /// [`Error::UserDataTypeMismatch`] if there is none.
    pub fn metatable(&self) -> Result<UserDataMetatable> {
        self.raw_metatable().map(UserDataMetatable)
    }

    fn raw_metatable(&self) -> Result<Table> {
        let lua = self.0.lua();
        lua.state.with(|vm| {
            let metatable = vm.metatable_of(vm.handles.get(self.0.id)).ok_or(Error::UserDataTypeMismatch)?;
            Ok(Table(Handle::new(&lua, vm, Raw::table(metatable))))
        })
    }

    /// The name of the value's type, which `__name` may say.
    ///
    /// # Errors
    ///
    /// As [`AnyUserData::metatable`].
    pub fn type_name(&self) -> Result<LuaString> {
        self.raw_metatable()?.raw_get("__name")
    }

    /// Whether this is a proxy of a type.
    pub fn is_proxy<T: 'static>(&self) -> bool {
        self.is::<Proxy<T>>()
    }

    /// Whether the userdata are equal, which `__eq` may decide.
    ///
    /// # Errors
    ///
    /// Those of `__eq`.
    pub fn equals(&self, other: &AnyUserData) -> Result<bool> {
        crate::value::equals_by_metamethod(&self.0, &other.0)
    }

    // ---- user values

    /// Keeps a Lua value with the userdata.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn set_user_value(&self, value: impl IntoLua) -> Result<()> {
        self.set_nth_user_value(1, value)
    }

    /// The value of [`AnyUserData::set_user_value`].
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn user_value<V: FromLua>(&self) -> Result<V> {
        self.nth_user_value(1)
    }

    /// Keeps a Lua value under a number from 1 to 65535.
    ///
    /// # Errors
    ///
    /// Another number; those of the conversion.
    pub fn set_nth_user_value(&self, n: usize, value: impl IntoLua) -> Result<()> {
        check_number(n)?;
        self.values()?.raw_set(n, value)
    }

    /// The value of [`AnyUserData::set_nth_user_value`].
    ///
    /// # Errors
    ///
    /// Another number; those of the conversion.
    pub fn nth_user_value<V: FromLua>(&self, n: usize) -> Result<V> {
        check_number(n)?;
        self.values()?.raw_get(n)
    }

    /// Keeps a Lua value under a name.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn set_named_user_value(&self, name: &str, value: impl IntoLua) -> Result<()> {
        self.values()?.raw_set(name, value)
    }

    /// The value of [`AnyUserData::set_named_user_value`].
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn named_user_value<V: FromLua>(&self, name: &str) -> Result<V> {
        self.values()?.raw_get(name)
    }

    /// The table of user values: the environment of the object, as in Lua 5.1; made when it is first asked for.
    fn values(&self) -> Result<Table> {
        let lua = self.0.lua();
        let values = lua.root_with(|vm| {
            let object = vm.handles.get(self.0.id);
            let u = object.as_userdata().expect("a userdata's handle");
            let payload = vm.payloads.downcast_mut::<Payload>(u.payload);
            let has_values = payload.is_some_and(|payload| std::mem::replace(&mut payload.has_values, true));
            if !has_values {
                let made = vm.new_table(1, 0);
                let Ok(table) = made else {
                    if let Some(payload) = vm.payloads.downcast_mut::<Payload>(u.payload) {
                        payload.has_values = false;
                    }
                    return Err(vm.throw_memory());
                };
                // SAFETY: a live userdata.
                unsafe {
                    (*u.as_ptr()).env = table.as_ptr();
                    vm.heap.barrier(u.header());
                }
            }
            // SAFETY: a live userdata's environment is live.
            Ok(Raw::table(unsafe { ferrous_lua_runtime::object::Gc::from_raw(u.env) }))
        });
        values.map(Table)
    }

    // ---- the rest

    /// The address, to tell the userdata from others.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address() as *const c_void
    }

    /// The text of a panic that a callback of Lua has caught.
    pub(crate) fn panic_text(&self) -> Result<String> {
        let lua = self.0.lua();
        lua.state.with(|vm| match failure::of_value(vm, vm.handles.get(self.0.id)) {
            Some(Failure::Panic(panic)) => match &*panic.borrow() {
                Some(payload) => Ok(failure::panic_text(payload)),
                None => Err(Error::PreviouslyResumedPanic),
            },
            _ => Err(Error::UserDataTypeMismatch),
        })
    }
}

fn check_number(n: usize) -> Result<()> {
    match n {
        1..=65535 => Ok(()),
        _ => Err(Error::runtime("user value index out of bounds")),
    }
}

impl fmt::Debug for AnyUserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyUserData({:?})", self.to_pointer())
    }
}

/// Values of such types become userdata by themselves.
impl<T: UserData + MaybeSend + MaybeSync + 'static> IntoLua for T {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_userdata(self).map(Value::UserData)
    }
}

/// The userdata that a value is.
fn userdata<T>(value: Value) -> Result<AnyUserData> {
    match value {
        Value::UserData(u) => Ok(u),
        value => Err(Error::from_lua_conversion(value.type_name(), short_type_name::<T>(), "")),
    }
}

/// The error of a userdata that is not what was asked for.
fn mismatch<T>(error: Error) -> Error {
    match error {
        Error::UserDataTypeMismatch => Error::from_lua_conversion("userdata", short_type_name::<T>(), ""),
        other => other,
    }
}

impl<T: 'static> FromLua for UserDataRef<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        userdata::<T>(value)?.borrow().map_err(mismatch::<T>)
    }
}

impl<T: 'static> FromLua for UserDataRefMut<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        userdata::<T>(value)?.borrow_mut().map_err(mismatch::<T>)
    }
}

impl<T: 'static> FromLua for UserDataOwned<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        userdata::<T>(value)?.take().map(UserDataOwned).map_err(mismatch::<T>)
    }
}
