//! The lookup cache: what places that see many shapes find, without following the chain of metatables again.
//!
//! An inline cache remembers one shape. Where a place sees several, each miss asks here first: one direct-mapped table of a state, from
//! shape and key to the slot, in the table itself or in a holder up its `__index` chain. The idea is V8's megamorphic stub cache.
//!
//! # Rules
//!
//! 1. An entry for a holder is good while the epoch stays; one for an own slot as long as there is the shape.
//! 2. Every collection empties the cache, so no entry outlives its key, its shape or its holder.

use super::IcGet;
use crate::Vm;
use crate::object::{Gc, LuaString, Table};
use crate::shape::ShapeId;

const ENTRIES: usize = 1024;

#[derive(Clone, Copy)]
struct Entry {
    shape: ShapeId,
    key: *mut LuaString,
    found: IcGet,
}

/// The cache of one state; made at its first use.
#[derive(Default)]
pub struct LookupCache {
    entries: Option<Box<[Entry; ENTRIES]>>,
}

fn index(shape: ShapeId, key: *mut LuaString) -> usize {
    let mixed = (key.addr() as u32 >> 4) ^ shape.0.wrapping_mul(0x9E37_79B1);
    (mixed ^ mixed >> 15) as usize % ENTRIES
}

impl LookupCache {
    /// Forgets everything (rule 2).
    pub fn clear(&mut self) {
        self.entries = None;
    }
}

impl Vm {
    /// What a read of `t.key` may remember, as [`Vm::ic_get_str`] says, from the cache if it is there.
    pub fn lookup(&mut self, t: Gc<Table>, key: Gc<LuaString>) -> IcGet {
        let shape = t.shape();
        let at = index(shape, key.as_ptr());
        if let Some(entries) = &self.lookup_cache.entries {
            let entry = &entries[at];
            if entry.shape == shape && entry.key == key.as_ptr() && self.is_current(entry.found) {
                return entry.found;
            }
        }
        let found = self.ic_get_str(t, key);
        // Watching the chain may have given the table a shape of its own.
        if t.shape() == shape && !matches!(found, IcGet::Uncacheable) {
            let empty = Entry { shape: ShapeId::NONE, key: std::ptr::null_mut(), found: IcGet::Uncacheable };
            let entries = self.lookup_cache.entries.get_or_insert_with(|| Box::new([empty; ENTRIES]));
            entries[at] = Entry { shape, key: key.as_ptr(), found };
        }
        found
    }

    /// Rule 1.
    fn is_current(&self, found: IcGet) -> bool {
        match found {
            IcGet::Own { .. } => true,
            IcGet::Chain { epoch, .. } | IcGet::Absent { epoch, .. } => epoch == self.epoch,
            IcGet::Uncacheable => false,
        }
    }
}
