//! Vectors, arrays, maps, sets, options.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use crate::callback::Slots;
use crate::error::{Error, Result};
use crate::{FromLua, IntoLua, Lua, Table, Value};

/// Nil is `None`.
impl<T: IntoLua> IntoLua for Option<T> {
    #[inline]
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.map_or(Ok(Value::Nil), |v| v.into_lua(lua))
    }
}

impl<T: FromLua> FromLua for Option<T> {
    #[inline]
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        if value.is_nil() { Ok(None) } else { T::from_lua(value, lua).map(Some) }
    }

    #[inline]
    fn from_slot(slots: &Slots<'_>, i: usize) -> Result<Self> {
        let is_nil = slots.lua().state.with(|vm| slots.raw(vm, i).is_nil());
        if is_nil { Ok(None) } else { T::from_slot(slots, i).map(Some) }
    }
}

/// One of two types: the first that a value can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Either<L, R> {
    Left(L),
    Right(R),
}

impl<L: IntoLua, R: IntoLua> IntoLua for Either<L, R> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        match self {
            Either::Left(v) => v.into_lua(lua),
            Either::Right(v) => v.into_lua(lua),
        }
    }
}

impl<L: FromLua, R: FromLua> FromLua for Either<L, R> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        let from = value.type_name();
        let to = || format!("Either<{}, {}>", short_name::<L>(), short_name::<R>());
        L::from_lua(value.clone(), lua)
            .map(Either::Left)
            .or_else(|_| R::from_lua(value, lua).map(Either::Right))
            .map_err(|_| Error::from_lua_conversion(from, to(), ""))
    }
}

/// The name of a type without its path.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    name.rsplit("::").next().unwrap_or(name)
}

/// The table that a value is.
fn table(value: Value, to: &'static str) -> Result<Table> {
    match value {
        Value::Table(t) => Ok(t),
        value => Err(Error::from_lua_conversion(value.type_name(), to, "expected table")),
    }
}

impl<T: IntoLua> IntoLua for Vec<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_sequence_from(self).map(Value::Table)
    }
}

impl<T: FromLua> FromLua for Vec<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        table(value, "Vec")?.sequence_values().collect()
    }
}

impl<T: IntoLua> IntoLua for Box<[T]> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_sequence_from(self.into_vec()).map(Value::Table)
    }
}

impl<T: FromLua> FromLua for Box<[T]> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        Vec::<T>::from_lua(value, lua).map(Vec::into_boxed_slice)
    }
}

impl<T: IntoLua + Clone> IntoLua for &[T] {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_sequence_from(self.iter().cloned()).map(Value::Table)
    }
}

impl<T: IntoLua, const N: usize> IntoLua for [T; N] {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_sequence_from(self).map(Value::Table)
    }
}

impl<T: FromLua, const N: usize> FromLua for [T; N] {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        let values: Vec<T> = table(value, "Array")?.sequence_values().collect::<Result<_>>()?;
        values.try_into().map_err(|values: Vec<T>| {
            let message = format!("expected table of length {N}, got {}", values.len());
            Error::from_lua_conversion("table", "Array", &message)
        })
    }
}

impl<K: Eq + Hash + IntoLua, V: IntoLua, S: BuildHasher> IntoLua for HashMap<K, V, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self).map(Value::Table)
    }
}

impl<K: Eq + Hash + FromLua, V: FromLua, S: BuildHasher + Default> FromLua for HashMap<K, V, S> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        table(value, "HashMap")?.pairs().collect()
    }
}

impl<K: Ord + IntoLua, V: IntoLua> IntoLua for BTreeMap<K, V> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self).map(Value::Table)
    }
}

impl<K: Ord + FromLua, V: FromLua> FromLua for BTreeMap<K, V> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        table(value, "BTreeMap")?.pairs().collect()
    }
}

impl<T: Eq + Hash + IntoLua, S: BuildHasher> IntoLua for HashSet<T, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self.into_iter().map(|v| (v, true))).map(Value::Table)
    }
}

/// A sequence gives its elements, any other table its keys.
fn set_elements<T: FromLua, C: FromIterator<T>>(value: Value, to: &'static str) -> Result<C> {
    let table = table(value, to)?;
    if table.raw_len() > 0 {
        return table.sequence_values().collect();
    }
    table.pairs::<T, Value>().map(|pair| pair.map(|(key, _)| key)).collect()
}

impl<T: Eq + Hash + FromLua, S: BuildHasher + Default> FromLua for HashSet<T, S> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        set_elements(value, "HashSet")
    }
}

impl<T: Ord + IntoLua> IntoLua for BTreeSet<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self.into_iter().map(|v| (v, true))).map(Value::Table)
    }
}

impl<T: Ord + FromLua> FromLua for BTreeSet<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        set_elements(value, "BTreeSet")
    }
}
