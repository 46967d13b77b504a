//! The slot cache: which slot a record has for a key that is computed.
//!
//! Small tables with string keys have slots ([`crate::shape`]) even where a program indexes them with computed keys, as it does with
//! counts by name. Native code asks here which slot that is: a direct-mapped table of a state, from shape and key. What is asked for is
//! a *plain record*: a table of a shared shape without metatable. Nobody depends on what such a table has in a slot, so a value there
//! that is not nil may be overwritten; and what it lacks is nil.
//!
//! # Rules
//!
//! 1. An entry holds for good as long as there are its shape and its key. Every collection empties the cache, so it outlives neither.
//! 2. Only interned strings and shapes of plain records have entries.

use crate::object::{Gc, LuaString, Table};
use crate::shape::ShapeId;
use crate::{Value, Vm};

/// How many entries there are, a power of two.
const ENTRIES: usize = 512;

/// An entry of [`SlotCache`]; its fields are for native code.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SlotEntry {
    /// Null if the entry is unused.
    pub key: *const LuaString,
    pub shape: ShapeId,
    /// The slot's number, or [`SlotEntry::ABSENT`].
    pub slot: u32,
}

const _: () = assert!(size_of::<SlotEntry>() == 16);

impl SlotEntry {
    /// The number of the slot of a key that the shape lacks.
    pub const ABSENT: u32 = u32::MAX;
    const UNUSED: SlotEntry = SlotEntry { key: std::ptr::null(), shape: ShapeId::NONE, slot: 0 };
}

/// The cache of one state.
pub struct SlotCache {
    pub entries: [SlotEntry; ENTRIES],
    is_used: bool,
}

impl Default for SlotCache {
    fn default() -> SlotCache {
        SlotCache { entries: [SlotEntry::UNUSED; ENTRIES], is_used: false }
    }
}

impl SlotCache {
    /// What the exclusive or of a shape's number and a key's hash is masked with, to give the place of their entry.
    pub const MASK: u32 = ENTRIES as u32 - 1;

    /// Forgets everything (rule 1).
    pub(crate) fn clear(&mut self) {
        if self.is_used {
            *self = SlotCache::default();
        }
    }
}

impl Vm {
    /// Where a plain record has the value of a key, or `absent` if it lacks the key; null if the table is something else or the key no
    /// interned string. What is found the cache remembers. The address is good until the table gets another key.
    pub fn find_slot(&mut self, t: Gc<Table>, key: Gc<LuaString>, absent: *mut Value) -> *mut Value {
        let shape = t.shape();
        if !key.is_interned() || !self.shapes.is_plain_record(shape) {
            return std::ptr::null_mut();
        }
        let slot = self.shapes.lookup(shape, key);
        let entry = SlotEntry { key: key.as_ptr(), shape, slot: slot.unwrap_or(SlotEntry::ABSENT) };
        self.slot_cache.entries[((shape.0 ^ key.hash()) & SlotCache::MASK) as usize] = entry;
        self.slot_cache.is_used = true;
        slot.map_or(absent, |slot| t.slots.wrapping_add(slot as usize))
    }
}
