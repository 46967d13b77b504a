//! Reading tables by any key, without metamethods.

use super::dict::{self, normal_number};
use crate::object::{Gc, LuaString, Table};
use crate::{Value, Vm};

impl Vm {
    /// `rawget(t, key)`
    #[inline]
    pub fn table_get(&self, t: Gc<Table>, key: Value) -> Value {
        if let Some(s) = key.as_string() {
            return self.table_get_str(t, s);
        }
        let Some(n) = key.as_number() else { return dict_get(t, key) };
        let i = n as u32;
        if i < t.asize && f64::from(i) == n {
            // SAFETY: table rule 2: there are `asize` values.
            return unsafe { *t.array.add(i as usize) };
        }
        dict_get(t, normal_number(n))
    }

    /// `t[key]` for a string.
    #[inline]
    pub fn table_get_str(&self, t: Gc<Table>, key: Gc<LuaString>) -> Value {
        match self.shapes.lookup(t.shape(), key) {
            // SAFETY: table rule 1: each key of the shape has a slot.
            Some(slot) => unsafe { *t.slots.add(slot as usize) },
            // Most absent fields end here: table rule 2.
            None if t.dict.is_null() => Value::NIL,
            None => dict_get(t, Value::string(key)),
        }
    }

    /// `t[key]` for an integer.
    #[inline]
    pub fn table_get_int(&self, t: Gc<Table>, key: i64) -> Value {
        if (key as u64) < u64::from(t.asize) {
            // SAFETY: table rule 2: there are `asize` values.
            return unsafe { *t.array.add(key as usize) };
        }
        dict_get(t, normal_number(key as f64))
    }

    /// The values of keys 1, 2, ... of the array part, as far as it goes; some may be nil. Good while nothing
    /// is stored into the table.
    #[inline]
    pub fn table_array<'a>(&self, t: Gc<Table>) -> &'a [Value] {
        match t.asize {
            0 => &[],
            // SAFETY: there are `asize` values from key 0 on.
            n => unsafe { std::slice::from_raw_parts(t.array.add(1), n as usize - 1) },
        }
    }
}

/// A key in normal form that has neither a slot nor a place in the array part.
#[inline]
pub(super) fn dict_get(t: Gc<Table>, key: Value) -> Value {
    // SAFETY: the dictionary of a live table is live.
    unsafe { dict::find(t.dict, key).map_or(Value::NIL, |e| (*e).value) }
}
