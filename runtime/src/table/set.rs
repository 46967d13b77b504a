//! Writing tables by any key, without metamethods.

use super::dict::{self, array_candidate, normal_number};
use super::{SetError, is_read_only, is_watched};
use crate::error::{OutOfMemory, Throw};
use crate::object::{DictEntry, Gc, LuaString, Table, gc_flag, table_flag};
use crate::shape::{KeyOrigin, MAX_COMPUTED_SLOTS, MAX_SLOTS, ShapeId};
use crate::{Value, Vm};

impl Vm {
    /// `rawset(t, key, v)`
    ///
    /// # Errors
    ///
    /// `NilKey` and `NanKey` for the keys that no table can have, `ReadOnly`, and `Memory`.
    #[inline]
    pub fn table_set(&mut self, t: Gc<Table>, key: Value, v: Value) -> Result<(), SetError> {
        if let Some(n) = key.as_number() {
            let i = n as u32;
            if i < t.asize && f64::from(i) == n && !is_read_only(t) {
                // SAFETY: table rule 2: there are `asize` values.
                unsafe { *t.array.add(i as usize) = v };
                self.barrier_of_element(t, v);
                return Ok(());
            }
            return self.set_number_outside(t, n, v);
        }
        match key.as_string() {
            Some(s) => self.set_string(t, s, v, KeyOrigin::Computed),
            None if key.is_nil() => Err(SetError::NilKey),
            None => self.set_in_dict(t, key, v),
        }
    }

    /// `t[key] = v` for a key in normal form that is neither in the array part nor, as an interned string, in a slot (so the table
    /// has none of these): over a value of the dictionary, or as a new entry if there is room. Says whether it is done; it is not where
    /// a metatable, the collector or the growth of the table has to be thought of, or the key is a long string or none. It calls
    /// nothing, so that the interpreter can have it in a leaf.
    #[inline(always)]
    pub fn table_set_in_place(&mut self, t: Gc<Table>, key: Value, v: Value) -> bool {
        if !dict::is_identity_key(key) || t.dict.is_null() {
            return false;
        }
        let gc = t.header.gc;
        // SAFETY: the dictionary of a live table is live and keeps its rules.
        unsafe {
            let found = dict::find_place(t.dict, key);
            if let Ok(entry) = found
                && !(*entry).value.is_nil()
            {
                if gc & gc_flag::READ_ONLY != 0 || (v.is_collectable() && gc & gc_flag::BLACK != 0) {
                    return false;
                }
                (*entry).value = v;
                return true;
            }
            let needs_barrier = gc & gc_flag::BLACK != 0 && (v.is_collectable() || key.is_collectable());
            if v.is_nil() || needs_barrier || !Table::may_gain_quietly(t.as_ptr()) {
                return false;
            }
            let place = match found {
                Ok(entry) => {
                    (*entry).value = v;
                    return true;
                }
                Err(place) => place,
            };
            let is_key = if key.is_number() { !key.as_f64_raw().is_nan() } else { !key.is_nil() };
            // Without a metatable, dictionary mode is one shape.
            let has_place = !key.is_string() || t.shape() == ShapeId::DICTIONARY;
            // (Without a check of the id: this is part of a leaf of the interpreter.)
            let slots = self.shapes.keys_of_live(t.shape()).len() as u32;
            if !is_key || !has_place || !dict::accepts_entry(t, slots, key) {
                return false;
            }
            dict::insert_at(t.dict, place, key, v);
        }
        true
    }

    /// `t.key = v`, where the program's text names the key: such keys get slots up to a higher number.
    ///
    /// # Errors
    ///
    /// `ReadOnly` and `Memory`.
    #[inline]
    pub fn table_set_str(&mut self, t: Gc<Table>, key: Gc<LuaString>, v: Value) -> Result<(), SetError> {
        self.set_string(t, key, v, KeyOrigin::Constant)
    }

    /// Gives a table several fields with distinct names. If it has none of them yet they are added in one step, and it gets a shape
    /// of its own: for tables that there is one of, such as those of the libraries. (No other would take the same way through the
    /// tree of shapes.)
    ///
    /// # Panics
    ///
    /// If there is not a value for each key.
    ///
    /// # Errors
    ///
    /// `ReadOnly` and `Memory`.
    pub(crate) fn table_set_fields(
        &mut self,
        t: Gc<Table>,
        keys: &[Gc<LuaString>],
        values: &[Value],
    ) -> Result<(), SetError> {
        assert_eq!(keys.len(), values.len(), "a value for each key");
        check_writable(t)?;
        let shape = t.shape();
        let count = self.shapes.slot_count(shape) as usize;
        let total = count + keys.len();
        let is_new = |&key: &Gc<LuaString>| key.is_interned() && self.shapes.lookup(shape, key).is_none();
        if self.shapes.is_dictionary(shape) || total > MAX_SLOTS || !keys.iter().all(is_new) {
            let mut fields = keys.iter().zip(values);
            return fields.try_for_each(|(&key, &v)| self.table_set_str(t, key, v));
        }
        if total > usize::from(t.slot_cap) {
            self.grow_slots(t, total)?;
        }
        let next = self.shape_add_keys_unique(shape, keys)?;
        self.structural_change(t);
        keys.iter().for_each(|&key| self.note_gain(t, key));
        // SAFETY: the slots exist now, and `next` has the keys there.
        unsafe {
            t.slots.add(count).copy_from_nonoverlapping(values.as_ptr(), values.len());
            (*t.as_ptr()).header.word = next.0;
        }
        self.barrier(t);
        Ok(())
    }

    /// `t[key] = v` for an integer.
    ///
    /// # Errors
    ///
    /// `ReadOnly` and `Memory`.
    #[inline]
    pub fn table_set_int(&mut self, t: Gc<Table>, key: i64, v: Value) -> Result<(), SetError> {
        if (key as u64) < u64::from(t.asize) && !is_read_only(t) {
            // SAFETY: table rule 2: there are `asize` values.
            unsafe { *t.array.add(key as usize) = v };
            self.barrier_of_element(t, v);
            return Ok(());
        }
        self.set_number_outside(t, key as f64, v)
    }

    /// [`Vm::table_set`] with a failure raised as a Lua error.
    #[inline]
    pub fn raw_set(&mut self, t: Gc<Table>, key: Value, v: Value) -> Result<(), Throw> {
        self.table_set(t, key, v).map_err(|e| self.throw_set_error(e))
    }

    /// [`Vm::table_set_str`] with a failure raised as a Lua error.
    #[inline]
    pub fn raw_set_str(&mut self, t: Gc<Table>, key: Gc<LuaString>, v: Value) -> Result<(), Throw> {
        self.table_set_str(t, key, v).map_err(|e| self.throw_set_error(e))
    }

    /// [`Vm::table_set_int`] with a failure raised as a Lua error.
    #[inline]
    pub fn raw_set_int(&mut self, t: Gc<Table>, key: i64, v: Value) -> Result<(), Throw> {
        self.table_set_int(t, key, v).map_err(|e| self.throw_set_error(e))
    }

    /// Removes all keys; the array part keeps its room.
    ///
    /// # Errors
    ///
    /// `ReadOnly` and `Memory`.
    pub fn table_clear(&mut self, t: Gc<Table>) -> Result<(), SetError> {
        check_writable(t)?;
        let shape = t.shape();
        if !self.shapes.is_dictionary(shape) && self.shapes.slot_count(shape) > 0 {
            let metatable = self.table_metatable(t);
            let empty = self.shape_set_metatable(crate::shape::ShapeId::EMPTY, metatable)?;
            self.structural_change(t);
            // SAFETY: the table is live; it has `slot_cap` slots.
            unsafe {
                (*t.as_ptr()).header.word = empty.0;
                (0..usize::from(t.slot_cap)).for_each(|i| *t.slots.add(i) = Value::NIL);
            }
            self.barrier(t);
        }
        // SAFETY: the table is live; it has `asize` values and, if any, a live dictionary.
        unsafe {
            (0..t.asize as usize).for_each(|i| *t.array.add(i) = Value::NIL);
            (*t.as_ptr()).asize = 0;
            (*t.as_ptr()).flags |= table_flag::SHORTENED;
            (*t.as_ptr()).dict = std::ptr::null_mut();
        }
        Ok(())
    }

    /// A number key that is not in the array part.
    fn set_number_outside(&mut self, t: Gc<Table>, n: f64, v: Value) -> Result<(), SetError> {
        if n.is_nan() {
            return Err(SetError::NanKey);
        }
        check_writable(t)?;
        let key = normal_number(n);
        match array_candidate(key) {
            Some(k) if !v.is_nil() && self.is_recounted(t, k) => {
                let is_place = k <= self.recount_array(t, k)?;
                if is_place { self.table_set_int(t, i64::from(k), v) } else { self.set_in_dict(t, key, v) }
            }
            Some(k) if !v.is_nil() && self.array_accepts(t, k)? => {
                self.set_in_reserve(t, k, v);
                Ok(())
            }
            _ => self.set_in_dict(t, key, v),
        }
    }

    fn set_string(
        &mut self,
        t: Gc<Table>,
        key: Gc<LuaString>,
        v: Value,
        origin: KeyOrigin,
    ) -> Result<(), SetError> {
        let shape = t.shape();
        if let Some(slot) = self.shapes.lookup(shape, key) {
            return self.set_slot(t, slot, key, v);
        }
        if !key.is_interned() || self.shapes.is_dictionary(shape) {
            return self.set_in_dict(t, Value::string(key), v);
        }
        check_writable(t)?;
        if v.is_nil() {
            return Ok(());
        }
        let next = match origin {
            KeyOrigin::Computed if is_rather_dictionary(t, self.shapes.slot_count(shape)) => None,
            _ => self.shape_add_key(shape, key, origin)?,
        };
        match next {
            Some(next) => {
                let slot = self.shapes.slot_count(shape) as usize;
                // SAFETY: a live table; the count stays below the number of slots.
                unsafe { (*t.as_ptr()).computed_keys += (origin == KeyOrigin::Computed) as u16 };
                if slot >= usize::from(t.slot_cap) {
                    self.grow_slots(t, slot + 1)?;
                }
                self.structural_change(t);
                self.note_gain(t, key);
                // SAFETY: the slot exists now, and `next` has its key there.
                unsafe {
                    *t.slots.add(slot) = v;
                    (*t.as_ptr()).header.word = next.0;
                }
                self.barrier(t);
                Ok(())
            }
            None => {
                self.make_dictionary(t)?;
                self.set_in_dict(t, Value::string(key), v)
            }
        }
    }

    /// Stores into a slot that the table's shape gives to `key`.
    fn set_slot(&mut self, t: Gc<Table>, slot: u32, key: Gc<LuaString>, v: Value) -> Result<(), SetError> {
        check_writable(t)?;
        // SAFETY: table rule 1: each key of the shape has a slot.
        let old = unsafe { *t.slots.add(slot as usize) };
        if old.is_nil() || is_watched(t) || t.flags & table_flag::CONSTANTS != 0 {
            self.before_slot_change(t, slot, key, old, v)?;
        }
        // SAFETY: as above; what was just done moves no slots.
        unsafe { *t.slots.add(slot as usize) = v };
        self.barrier_of_slot(t, v);
        Ok(())
    }

    /// A key in normal form that belongs neither in a slot nor, as it is, in the array part.
    fn set_in_dict(&mut self, t: Gc<Table>, key: Value, v: Value) -> Result<(), SetError> {
        check_writable(t)?;
        // SAFETY: the dictionary of a live table is live.
        if let Some(entry) = unsafe { dict::find(t.dict, key) } {
            // SAFETY: the entry was just found, and nothing has been rebuilt.
            unsafe {
                if (*entry).value.is_nil() && !v.is_nil() {
                    self.revive(t, entry, key);
                }
                (*entry).value = v;
            }
            self.barrier_of_element(t, v);
            return Ok(());
        }
        if v.is_nil() {
            return Ok(());
        }
        if self.make_room(t, key)? {
            let k = array_candidate(key).expect("only such keys have room in the array part");
            if k >= t.asize {
                self.set_in_reserve(t, k, v);
                return Ok(());
            }
            // Greater keys have just moved there: this one is a hole between them.
            return self.table_set_int(t, i64::from(k), v);
        }
        if let Some(s) = key.as_string() {
            self.note_gain(t, s);
        }
        // SAFETY: there is room now, and the key was not found.
        unsafe { dict::insert(t.dict, key, v) };
        self.barrier_of_element(t, key);
        self.barrier_of_element(t, v);
        Ok(())
    }

    /// An entry whose value was removed gets one again.
    fn revive(&mut self, t: Gc<Table>, entry: *mut DictEntry, key: Value) {
        if let Some(s) = key.as_string() {
            self.note_gain(t, s);
        }
        // SAFETY: the caller has just found the entry in the table's dictionary. The key is written because the old one may
        // have been an equal but another string.
        unsafe { (*entry).key = key };
        self.barrier(t);
    }

    /// Moves all slots into the dictionary, in front of what is there, and makes room for one more entry.
    fn make_dictionary(&mut self, t: Gc<Table>) -> Result<(), OutOfMemory> {
        let shape = t.shape();
        let count = self.shapes.slot_count(shape) as usize;
        let dictionary = self.shape_dictionary(self.table_metatable(t))?;
        // SAFETY: the dictionary of a live table is live, and is not changed before it is replaced.
        let entries = unsafe { dict::entries(t.dict) };
        let new = self.new_dict(count + entries.len() + 1)?;
        // SAFETY: `new` has room for that many entries; no key is both a slot's and an entry's (rule 2). The table is live.
        unsafe {
            for slot in 0..count {
                let v = *t.slots.add(slot);
                if !v.is_nil() {
                    dict::insert(new, Value::string(self.shapes.key_of(shape, slot as u32)), v);
                }
            }
            for e in entries.iter().filter(|e| !e.value.is_nil()) {
                dict::insert(new, e.key, e.value);
            }
            self.structural_change(t);
            let p = t.as_ptr();
            (*p).header.word = dictionary.0;
            (*p).dict = new;
            (*p).slots = std::ptr::dangling_mut();
            (*p).slot_cap = 0;
        }
        self.barrier(t);
        Ok(())
    }
}

/// An error for a read-only table.
#[inline(always)]
pub(super) fn check_writable(t: Gc<Table>) -> Result<(), SetError> {
    if is_read_only(t) { Err(SetError::ReadOnly) } else { Ok(()) }
}

/// Whether one more computed key is better put into a dictionary: computed ones would outnumber the others by too many. So a few
/// stores like `_G[name] = v` leave a table of named fields what it is.
fn is_rather_dictionary(t: Gc<Table>, slots: u32) -> bool {
    let computed = u32::from(t.computed_keys);
    computed >= MAX_COMPUTED_SLOTS as u32 + slots.saturating_sub(computed)
}
