//! Any number of values: [`MultiValue`], [`Variadic`], tuples.

use std::collections::VecDeque;
use std::iter::FromIterator;
use std::ops::{Deref, DerefMut};
use std::result::Result as StdResult;
use std::sync::Arc;

use crate::callback::{Slots, push};
use crate::error::{Error, Result};
use crate::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, Lua, Value};

/// Any number of Lua values: arguments or results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiValue(VecDeque<Value>);

impl MultiValue {
    pub const fn new() -> MultiValue {
        MultiValue(VecDeque::new())
    }

    pub fn with_capacity(capacity: usize) -> MultiValue {
        MultiValue(VecDeque::with_capacity(capacity))
    }

    pub fn from_vec(values: Vec<Value>) -> MultiValue {
        MultiValue(values.into())
    }

    pub fn into_vec(self) -> Vec<Value> {
        self.0.into()
    }
}

impl Deref for MultiValue {
    type Target = VecDeque<Value>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for MultiValue {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<Vec<Value>> for MultiValue {
    fn from(values: Vec<Value>) -> Self {
        MultiValue::from_vec(values)
    }
}

impl From<MultiValue> for Vec<Value> {
    fn from(values: MultiValue) -> Self {
        values.into_vec()
    }
}

impl From<VecDeque<Value>> for MultiValue {
    fn from(values: VecDeque<Value>) -> Self {
        MultiValue(values)
    }
}

impl FromIterator<Value> for MultiValue {
    fn from_iter<I: IntoIterator<Item = Value>>(iter: I) -> Self {
        MultiValue(iter.into_iter().collect())
    }
}

impl IntoIterator for MultiValue {
    type Item = Value;
    type IntoIter = std::collections::vec_deque::IntoIter<Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a MultiValue {
    type Item = &'a Value;
    type IntoIter = std::collections::vec_deque::Iter<'a, Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoLuaMulti for MultiValue {
    fn into_lua_multi(self, _: &Lua) -> Result<MultiValue> {
        Ok(self)
    }
}

impl IntoLuaMulti for &MultiValue {
    fn into_lua_multi(self, _: &Lua) -> Result<MultiValue> {
        Ok(self.clone())
    }

    fn push_multi(self, lua: &Lua) -> Result<u32> {
        self.iter().try_for_each(|v| push(lua, v))?;
        Ok(self.len() as u32)
    }
}

impl FromLuaMulti for MultiValue {
    fn from_lua_multi(values: MultiValue, _: &Lua) -> Result<Self> {
        Ok(values)
    }
}

/// Any number of values of one type, as the last argument of a callback or the last result of a call.
///
/// ```
/// # use ferrous_lua::{Lua, Result, Variadic};
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// let sum = lua.create_function(|_, numbers: Variadic<f64>| Ok(numbers.iter().sum::<f64>()))?;
/// assert_eq!(sum.call::<f64>((1, 2, 3))?, 6.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Variadic<T>(Vec<T>);

impl<T> Default for Variadic<T> {
    fn default() -> Self {
        Variadic(Vec::new())
    }
}

impl<T> Variadic<T> {
    pub const fn new() -> Variadic<T> {
        Variadic(Vec::new())
    }

    pub fn with_capacity(capacity: usize) -> Variadic<T> {
        Variadic(Vec::with_capacity(capacity))
    }
}

impl<T> Deref for Variadic<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Variadic<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Variadic<T> {
    fn from(values: Vec<T>) -> Self {
        Variadic(values)
    }
}

impl<T> From<Variadic<T>> for Vec<T> {
    fn from(values: Variadic<T>) -> Self {
        values.0
    }
}

impl<T> FromIterator<T> for Variadic<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Variadic(iter.into_iter().collect())
    }
}

impl<T> IntoIterator for Variadic<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: IntoLua> IntoLuaMulti for Variadic<T> {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        self.0.into_iter().map(|v| v.into_lua(lua)).collect()
    }

    fn push_multi(self, lua: &Lua) -> Result<u32> {
        let count = self.0.len() as u32;
        self.0.into_iter().try_for_each(|v| v.push_one(lua))?;
        Ok(count)
    }
}

impl<T: FromLua> FromLuaMulti for Variadic<T> {
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self> {
        values.into_iter().map(|v| T::from_lua(v, lua)).collect()
    }

    fn from_slots(slots: &Slots<'_>) -> Result<Self> {
        (0..slots.len()).map(|i| T::from_slot(slots, i)).collect()
    }

    fn from_slots_args(slots: &Slots<'_>, position: usize, to: Option<&str>) -> Result<Self> {
        (0..slots.len()).map(|i| argument::<T>(slots, i, position + i, to)).collect()
    }
}

/// `Ok` gives its values, `Err` gives nil and the error.
impl<T: IntoLuaMulti, E: IntoLua> IntoLuaMulti for StdResult<T, E> {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        match self {
            Ok(values) => values.into_lua_multi(lua),
            Err(error) => Ok(MultiValue::from_vec(vec![Value::Nil, error.into_lua(lua)?])),
        }
    }
}

impl<E: FromLua> FromLuaMulti for StdResult<(), E> {
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self> {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(Value::Nil), Some(error)) => E::from_lua(error, lua).map(Err),
            _ => Ok(Ok(())),
        }
    }
}

impl<T: FromLua, E: FromLua> FromLuaMulti for StdResult<T, E> {
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self> {
        let mut values = values.into_iter();
        match (values.next().unwrap_or_default(), values.next()) {
            (Value::Nil, Some(error)) => E::from_lua(error, lua).map(Err),
            (value, _) => T::from_lua(value, lua).map(Ok),
        }
    }
}

/// Argument `i` of the slots, which is number `position` of the function `to`.
#[inline]
pub(crate) fn argument<T: FromLua>(
    slots: &Slots<'_>,
    i: usize,
    position: usize,
    to: Option<&str>,
) -> Result<T> {
    match T::from_slot(slots, i) {
        Ok(value) => Ok(value),
        Err(cause) => Err(bad_argument(position, to, cause)),
    }
}

#[cold]
fn bad_argument(position: usize, to: Option<&str>, cause: Error) -> Error {
    Error::BadArgument { to: to.map(Into::into), pos: position, name: None, cause: Arc::new(cause) }
}

impl IntoLuaMulti for () {
    fn into_lua_multi(self, _: &Lua) -> Result<MultiValue> {
        Ok(MultiValue::new())
    }

    fn push_multi(self, _: &Lua) -> Result<u32> {
        Ok(0)
    }
}

impl FromLuaMulti for () {
    fn from_lua_multi(_: MultiValue, _: &Lua) -> Result<Self> {
        Ok(())
    }

    fn from_slots(_: &Slots<'_>) -> Result<Self> {
        Ok(())
    }
}

/// Tuples: all elements but the last are one value each, the last may be many.
macro_rules! tuples {
    ($last:ident $lower_last:ident $( $t:ident $lower:ident )*) => {
        impl<$($t: IntoLua,)* $last: IntoLuaMulti> IntoLuaMulti for ($($t,)* $last,) {
            fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
                let ($($lower,)* $lower_last,) = self;
                let values = [$( $lower.into_lua(lua)? ),*];
                Ok(values.into_iter().chain($lower_last.into_lua_multi(lua)?).collect())
            }

            fn push_multi(self, lua: &Lua) -> Result<u32> {
                let ($($lower,)* $lower_last,) = self;
                #[allow(unused_mut)]
                let mut count = 0;
                $( $lower.push_one(lua)?; count += 1; )*
                Ok(count + $lower_last.push_multi(lua)?)
            }
        }

        impl<$($t: FromLua,)* $last: FromLuaMulti> FromLuaMulti for ($($t,)* $last,) {
            fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self> {
                #[allow(unused_mut)]
                let mut values = values;
                $( let $lower = $t::from_lua(values.pop_front().unwrap_or_default(), lua)?; )*
                let $lower_last = $last::from_lua_multi(values, lua)?;
                Ok(($($lower,)* $lower_last,))
            }

            fn from_slots(slots: &Slots<'_>) -> Result<Self> {
                #[allow(unused_mut)]
                let mut i = 0;
                $( let $lower = $t::from_slot(slots, i)?; i += 1; )*
                let $lower_last = $last::from_slots(&slots.tail(i))?;
                Ok(($($lower,)* $lower_last,))
            }

            fn from_slots_args(slots: &Slots<'_>, position: usize, to: Option<&str>) -> Result<Self> {
                #[allow(unused_mut)]
                let mut i = 0;
                $( let $lower = argument::<$t>(slots, i, position + i, to)?; i += 1; )*
                let $lower_last = $last::from_slots_args(&slots.tail(i), position + i, to)?;
                Ok(($($lower,)* $lower_last,))
            }
        }
    };
}
tuples!(A a);
tuples!(B b A a);
tuples!(C c A a B b);
tuples!(D d A a B b C c);
tuples!(E e A a B b C c D d);
tuples!(F f A a B b C c D d E e);
tuples!(G g A a B b C c D d E e F f);
tuples!(H h A a B b C c D d E e F f G g);
tuples!(I i_ A a B b C c D d E e F f G g H h);
tuples!(J j A a B b C c D d E e F f G g H h I i_);
tuples!(K k A a B b C c D d E e F f G g H h I i_ J j);
tuples!(L l A a B b C c D d E e F f G g H h I i_ J j K k);
tuples!(M m A a B b C c D d E e F f G g H h I i_ J j K k L l);
tuples!(N n A a B b C c D d E e F f G g H h I i_ J j K k L l M m);
tuples!(O o A a B b C c D d E e F f G g H h I i_ J j K k L l M m N n);
tuples!(P p A a B b C c D d E e F f G g H h I i_ J j K k L l M m N n O o);
