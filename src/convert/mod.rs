//! Conversions between Rust and Lua values: the traits, and their implementations for the standard types.
//!
//! | file | types |
//! |---|---|
//! | `values` | the types of this crate |
//! | `numbers` | booleans and numbers |
//! | `text` | strings, characters, paths |
//! | `collections` | vectors, arrays, maps, sets, options |

mod collections;
mod numbers;
mod text;
mod values;

pub use collections::Either;

use crate::callback::{Slots, push};
use crate::error::Result;
use crate::multi::argument;
use crate::{Lua, MultiValue, Value};

/// A type that becomes a Lua value.
pub trait IntoLua: Sized {
    /// # Errors
    ///
    /// [`Error::MemoryError`](crate::Error::MemoryError), and what the implementation says.
    fn into_lua(self, lua: &Lua) -> Result<Value>;

    /// Pushes the value on the Lua stack.
    #[doc(hidden)]
    #[inline]
    fn push_one(self, lua: &Lua) -> Result<()> {
        push(lua, &self.into_lua(lua)?)
    }
}

/// A type that is made from a Lua value.
pub trait FromLua: Sized {
    /// # Errors
    ///
    /// [`Error::FromLuaConversionError`](crate::Error::FromLuaConversionError), and what the implementation says.
    fn from_lua(value: Value, lua: &Lua) -> Result<Self>;

    /// From a slot of the Lua stack.
    #[doc(hidden)]
    #[inline]
    fn from_slot(slots: &Slots<'_>, i: usize) -> Result<Self> {
        Self::from_lua(slots.get(i), slots.lua())
    }
}

/// A type that becomes any number of Lua values: what callbacks return and functions are called with.
pub trait IntoLuaMulti: Sized {
    /// # Errors
    ///
    /// As [`IntoLua::into_lua`].
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue>;

    /// Pushes the values on the Lua stack, and says how many.
    #[doc(hidden)]
    fn push_multi(self, lua: &Lua) -> Result<u32> {
        let values = self.into_lua_multi(lua)?;
        values.iter().try_for_each(|v| push(lua, v))?;
        Ok(values.len() as u32)
    }
}

/// A type that is made from any number of Lua values: what callbacks take and calls give.
pub trait FromLuaMulti: Sized {
    /// Missing values are nil, extra ones are left out.
    ///
    /// # Errors
    ///
    /// As [`FromLua::from_lua`].
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self>;

    /// From slots of the Lua stack.
    #[doc(hidden)]
    fn from_slots(slots: &Slots<'_>) -> Result<Self> {
        let values = (0..slots.len()).map(|i| slots.get(i)).collect();
        Self::from_lua_multi(values, slots.lua())
    }

    /// From slots that are arguments, the first of which is number `position`, of the function `to`: errors say so.
    #[doc(hidden)]
    fn from_slots_args(slots: &Slots<'_>, position: usize, to: Option<&str>) -> Result<Self> {
        _ = (position, to);
        Self::from_slots(slots)
    }
}

impl<T: IntoLua> IntoLuaMulti for T {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        Ok(MultiValue::from_vec(vec![self.into_lua(lua)?]))
    }

    #[inline]
    fn push_multi(self, lua: &Lua) -> Result<u32> {
        self.push_one(lua)?;
        Ok(1)
    }
}

impl<T: FromLua> FromLuaMulti for T {
    fn from_lua_multi(mut values: MultiValue, lua: &Lua) -> Result<Self> {
        T::from_lua(values.pop_front().unwrap_or_default(), lua)
    }

    #[inline]
    fn from_slots(slots: &Slots<'_>) -> Result<Self> {
        T::from_slot(slots, 0)
    }

    #[inline]
    fn from_slots_args(slots: &Slots<'_>, position: usize, to: Option<&str>) -> Result<Self> {
        argument(slots, 0, position, to)
    }
}
