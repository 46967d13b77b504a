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

    /// Where the dictionary has the value of a key that has neither a slot nor a place in the array part; null if it has none. Good until
    /// a key is added to the table. The key is in normal form and no long string. It calls nothing, so that the interpreter can
    /// have it in a leaf.
    #[inline(always)]
    pub fn table_entry(&self, t: Gc<Table>, key: Value) -> *mut Value {
        debug_assert!(dict::is_identity_key(key));
        // SAFETY: the dictionary of a live table is live.
        let entry = unsafe { dict::find_identical(t.dict, key) };
        if entry == dict::NO_ENTRY {
            return std::ptr::null_mut();
        }
        // SAFETY: the entry was just found.
        unsafe { &raw mut (*entry).value }
    }

    /// As [`Vm::table_entry`], for any key in normal form.
    pub fn table_entry_of_any(&self, t: Gc<Table>, key: Value) -> *mut Value {
        // SAFETY: the dictionary of a live table is live, and the entry has just been found.
        unsafe { dict::find(t.dict, key).map_or(std::ptr::null_mut(), |e| &raw mut (*e).value) }
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
