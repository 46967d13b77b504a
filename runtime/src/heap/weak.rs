//! Weak tables, at the end of marking.
//!
//! The rules are those of PUC Lua 5.1: an entry goes when a weak key or value of it died; strings never count as dead
//! (they are values, not objects), and a weak key does not make its value weak (no ephemerons). A userdata that is about to
//! be finalised is gone from weak values already, but stays a weak key until it is freed, so that its finaliser
//! can still find what belongs to it.

use super::marker::{Marker, is_marked};
use super::scan::scan_dict;
use crate::Value;
use crate::object::{Dict, Kind, Table, gc_flag};
use crate::value::tag;

/// Bits of [`Table::weak`].
pub const WEAK_VALUES: u8 = 1;
pub const WEAK_KEYS: u8 = 2;

/// What replaces a removed key that died: equal to no value of the language.
pub const DEAD_KEY: Value = Value::from_bits((tag::PRIMITIVE as u64) << tag::SHIFT | 0xdead);

/// Whether a weak reference to `v` is to be cleared. Strings are kept, so they are marked now.
fn is_cleared(m: &mut Marker, v: Value, is_key: bool) -> bool {
    let Some(p) = v.as_object() else { return false };
    // SAFETY: what weak tables refer to is not freed before they have been cleared.
    unsafe {
        if (*p).kind == Kind::String {
            m.mark_object(p);
            return false;
        }
        !is_marked(p) || (!is_key && (*p).kind == Kind::Userdata && (*p).gc & gc_flag::FINALIZED != 0)
    }
}

impl Marker {
    /// Marks the keys that were removed when their table was scanned, and have got a value again since: that makes
    /// them strong, but need not have passed a barrier.
    pub(super) fn mark_revived_keys(&mut self) {
        for at in 0..self.removed_keys.len() {
            let t = self.removed_keys[at];
            // SAFETY: marked tables are live.
            unsafe {
                if !(*t).dict.is_null() {
                    scan_dict(self, (*t).dict, (*t).weak);
                }
            }
        }
    }
}

/// Clears the dead weak references of all tables that were marked, and forgets removed keys that died.
///
/// Marking must be complete but for strings.
pub(super) fn clear_weak_tables(m: &mut Marker) {
    for t in std::mem::take(&mut m.weak_tables) {
        // SAFETY: marked tables are live.
        unsafe { clear_table(m, t) };
    }
    for t in std::mem::take(&mut m.removed_keys) {
        // SAFETY: likewise.
        unsafe { forget_removed_keys((*t).dict) };
    }
}

/// # Safety
///
/// `t` is a live table.
unsafe fn clear_table(m: &mut Marker, t: *mut Table) {
    // SAFETY: the table layout; places up to `asize`, `slot_cap` and `count` are initialised.
    unsafe {
        let weak = (*t).weak;
        if weak & WEAK_VALUES != 0 {
            for (values, count) in [((*t).array, (*t).asize as usize), ((*t).slots, (*t).slot_cap as usize)] {
                for i in 0..count {
                    let value = values.add(i);
                    if is_cleared(m, *value, false) {
                        *value = Value::NIL;
                    }
                }
            }
        }
        let dict = (*t).dict;
        if dict.is_null() {
            return;
        }
        for i in 0..(*dict).count as usize {
            let entry = Dict::entries(dict).add(i);
            if (*entry).value.is_nil() {
                continue;
            }
            let dead = (weak & WEAK_VALUES != 0 && is_cleared(m, (*entry).value, false))
                | (weak & WEAK_KEYS != 0 && is_cleared(m, (*entry).key, true));
            if dead {
                (*entry).value = Value::NIL;
            }
        }
        forget_removed_keys(dict);
    }
}

/// Replaces removed keys that died, so that they never equal a new object at the same address.
///
/// # Safety
///
/// `dict` is null or a live dictionary.
unsafe fn forget_removed_keys(dict: *mut Dict) {
    if dict.is_null() {
        return;
    }
    // SAFETY: the first `count` entries are initialised; their keys were live before this collection.
    unsafe {
        for i in 0..(*dict).count as usize {
            let entry = Dict::entries(dict).add(i);
            if (*entry).value.is_nil() && (*entry).key.as_object().is_some_and(|p| !is_marked(p)) {
                (*entry).key = DEAD_KEY;
            }
        }
    }
}
