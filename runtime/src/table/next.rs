//! Traversal: `next`, and the same by position for loops that need not look the last key up.
//!
//! A position says how far a traversal has come. It stays good while values are changed or removed; when new keys are
//! stored, keys may be missed or come twice, as the manual warns.
//!
//! ```text
//!   0 ..= 2^32 - 1   keys up to this one of the array part are done; 0 is the start
//!   ZERO             and key 0
//!   SLOTS + i        and i slots
//!   DICT + i         and i dictionary entries
//! ```

use super::dict::{self, normal_number};
use crate::object::{Dict, Gc, Table};
use crate::{Value, Vm};

/// The position at which a traversal starts.
pub const FIRST: u64 = 0;

const ZERO: u64 = 1 << 32;
const SLOTS: u64 = 1 << 33;
const DICT: u64 = 1 << 34;

/// `next` was given a key that the table does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

impl Vm {
    /// The first key and value at or after `position`, with the position after them; `None` at the end.
    #[inline]
    pub fn table_next_at(&self, t: Gc<Table>, position: u64) -> Option<(u64, Value, Value)> {
        if position < ZERO {
            let mut i = position + 1;
            while i < u64::from(t.asize) {
                // SAFETY: table rule 2: there are `asize` values.
                let v = unsafe { *t.array.add(i as usize) };
                if !v.is_nil() {
                    return Some((i, normal_number(i as f64), v));
                }
                i += 1;
            }
        }
        self.next_outside_array(t, position)
    }

    fn next_outside_array(&self, t: Gc<Table>, mut position: u64) -> Option<(u64, Value, Value)> {
        if position < ZERO {
            position = ZERO;
            if t.asize > 0 {
                // SAFETY: there is key 0.
                let v = unsafe { *t.array };
                if !v.is_nil() {
                    return Some((ZERO, Value::ZERO, v));
                }
            }
        }
        if position < DICT {
            let shape = t.shape();
            for i in position.saturating_sub(SLOTS)..u64::from(self.shapes.slot_count(shape)) {
                // SAFETY: table rule 1: each key of the shape has a slot.
                let v = unsafe { *t.slots.add(i as usize) };
                if !v.is_nil() {
                    return Some((SLOTS + i + 1, Value::string(self.shapes.key_of(shape, i as u32)), v));
                }
            }
            position = DICT;
        }
        // SAFETY: the dictionary of a live table is live, and nothing is stored meanwhile.
        let entries = unsafe { dict::entries(t.dict) };
        let start = (position - DICT) as usize;
        let found = entries.get(start..)?.iter().position(|e| !e.value.is_nil())?;
        let e = entries[start + found];
        Some((DICT + (start + found) as u64 + 1, e.key, e.value))
    }

    /// The position after `key`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] if the table does not have the key, not even with its value removed.
    pub fn table_position_after(&self, t: Gc<Table>, key: Value) -> Result<u64, InvalidKey> {
        let mut key = key;
        let mut beyond_array = None;
        if key.is_nil() {
            return Ok(FIRST);
        } else if let Some(n) = key.as_number() {
            let i = n as u32;
            if f64::from(i) == n {
                let position = if i == 0 { ZERO } else { u64::from(i) };
                if i < t.asize {
                    return Ok(position);
                }
                // The array part may have got shorter since the key was handed out.
                beyond_array = (i < t.acap).then_some(position);
            }
            key = normal_number(n);
        } else if let Some(slot) = key.as_string().and_then(|s| self.shapes.lookup(t.shape(), s)) {
            return Ok(SLOTS + u64::from(slot) + 1);
        }
        // SAFETY: the dictionary of a live table is live; the entry found is one of its entries.
        let number = unsafe { dict::find(t.dict, key).map(|e| e.offset_from(Dict::entries(t.dict))) };
        number.map(|n| DICT + n as u64 + 1).or(beyond_array).ok_or(InvalidKey)
    }

    /// The key after `key` (nil: the first) and its value; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] if the table does not have `key`.
    pub fn table_next(&self, t: Gc<Table>, key: Value) -> Result<Option<(Value, Value)>, InvalidKey> {
        let position = self.table_position_after(t, key)?;
        Ok(self.table_next_at(t, position).map(|(_, k, v)| (k, v)))
    }
}
