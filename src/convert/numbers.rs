//! Booleans and numbers.

use crate::callback::{Slots, push_raw, stack_error};
use crate::error::{Error, Result};
use crate::{FromLua, IntoLua, Lua, Value};
use ferrous_lua_runtime::Value as Raw;

/// Pushes a number.
#[inline]
fn push_number(lua: &Lua, n: f64) -> Result<()> {
    lua.state.with(|vm| push_raw(vm, Raw::number(n)).map_err(|_| stack_error(vm)))
}

impl IntoLua for bool {
    #[inline]
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Boolean(self))
    }
}

/// As in a condition: everything but nil and false is true.
impl FromLua for bool {
    #[inline]
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        Ok(!matches!(value, Value::Nil | Value::Boolean(false)))
    }

    #[inline]
    fn from_slot(slots: &Slots<'_>, i: usize) -> Result<Self> {
        Ok(slots.lua().state.with(|vm| slots.raw(vm, i).is_truthy()))
    }
}

/// The number that a value is or stands for.
fn number(value: Value, lua: &Lua, to: &'static str) -> Result<f64> {
    let from = value.type_name();
    lua.coerce_number(value)?
        .ok_or_else(|| Error::from_lua_conversion(from, to, "expected number or string coercible to number"))
}

/// The integer part, if it is in the range of `i128`.
fn integer_part(n: f64) -> Option<i128> {
    // 2^127 is the first double beyond.
    (n.abs() < 170_141_183_460_469_231_731_687_303_715_884_105_728.0).then_some(n as i128)
}

macro_rules! integers {
    ($( $type:ident )*) => { $(
        impl IntoLua for $type {
            #[inline]
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(i64::try_from(self).map_or_else(|_| Value::Number(self as f64), Value::Integer))
            }

            #[inline]
            fn push_one(self, lua: &Lua) -> Result<()> {
                push_number(lua, self as f64)
            }
        }

        /// A fraction is cut off.
        impl FromLua for $type {
            fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
                let from = value.type_name();
                let integer = match value {
                    Value::Integer(i) => Some(i128::from(i)),
                    value => integer_part(number(value, lua, stringify!($type))?),
                };
                integer
                    .and_then(|i| $type::try_from(i).ok())
                    .ok_or_else(|| Error::from_lua_conversion(from, stringify!($type), "out of range"))
            }

            #[inline]
            fn from_slot(slots: &Slots<'_>, i: usize) -> Result<Self> {
                // Whatever is not quickly right goes the long way.
                if let Some(n) = slots.number(i) {
                    let fast = n as i32;
                    if f64::from(fast) == n && let Ok(fast) = $type::try_from(fast) {
                        return Ok(fast);
                    }
                }
                Self::from_lua(slots.get(i), slots.lua())
            }
        }
    )* };
}
integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

macro_rules! floats {
    ($( $type:ident )*) => { $(
        impl IntoLua for $type {
            #[inline]
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::Number(f64::from(self)))
            }

            #[inline]
            fn push_one(self, lua: &Lua) -> Result<()> {
                push_number(lua, f64::from(self))
            }
        }

        impl FromLua for $type {
            fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
                Ok(number(value, lua, stringify!($type))? as $type)
            }

            #[inline]
            fn from_slot(slots: &Slots<'_>, i: usize) -> Result<Self> {
                match slots.number(i) {
                    Some(n) => Ok(n as $type),
                    None => Self::from_lua(slots.get(i), slots.lua()),
                }
            }
        }
    )* };
}
floats!(f32 f64);
