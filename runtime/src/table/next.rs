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

use super::array::places_shown;
use super::dict::{self, normal_number};
use crate::object::{Dict, DictEntry, Gc, Table, table_flag};
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
        self.table_next_outside_array(t, position)
    }

    /// [`Vm::table_next_at`] for a position at which the array part has nothing more. It calls nothing, so that the interpreter can
    /// have it in a leaf.
    #[inline(always)]
    pub fn table_next_outside_array(&self, t: Gc<Table>, position: u64) -> Option<(u64, Value, Value)> {
        let mut position = position;
        // SAFETY: table rules 1 and 2: there is key 0 if there is an array part, each key of the shape of a live table has a
        // slot, and its dictionary is live and has `count` entries.
        unsafe {
            if position < ZERO {
                position = ZERO;
                if t.asize > 0 && !(*t.array).is_nil() {
                    return Some((ZERO, Value::ZERO, *t.array));
                }
            }
            if position < DICT {
                let keys = self.shapes.keys_of_live(t.shape());
                let mut i = position.saturating_sub(SLOTS) as usize;
                while i < keys.len() {
                    let v = *t.slots.add(i);
                    if !v.is_nil() {
                        return Some((SLOTS + i as u64 + 1, Value::string(*keys.get_unchecked(i)), v));
                    }
                    i += 1;
                }
                position = DICT;
            }
            if !t.dict.is_null() {
                let (entries, count) = (Dict::entries(t.dict), u64::from((*t.dict).count));
                let mut i = position - DICT;
                while i < count {
                    let DictEntry { key, value } = *entries.add(i as usize);
                    if !value.is_nil() {
                        return Some((DICT + i + 1, key, value));
                    }
                    i += 1;
                }
            }
        }
        None
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
                // The array part may have got shorter since the key was handed out. PUC Lua's has more places.
                let end = if t.flags & table_flag::SHORTENED != 0 { t.acap } else { places_shown(t) + 1 };
                beyond_array = (0 < i && i < end).then_some(position);
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
