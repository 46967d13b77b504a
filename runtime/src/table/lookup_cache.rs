//! The lookup cache: what places that see many shapes find, without following the chain of metatables again.
//!
//! An inline cache remembers one shape. Where a place sees several, each miss asks here first: direct-mapped tables of a state, from
//! shape and key to the slot, in the table itself or in a holder up its `__index` chain. The idea is V8's megamorphic stub cache.
//!
//! # Rules
//!
//! 1. An entry says what [`Vm::ic_get_str`] or [`Vm::ic_set_str`] said of its shape and key, and is good as long as that is
//!    (see [`super::cache`]): one for a holder or a handler while the epoch stays, one for an own slot as long as there is the shape.
//! 2. Every collection empties the cache, so no entry outlives its key, its shape or its holder. Stores are also
//!    forgotten when a metatable on which one that adds a key relies gets `__newindex`.

use super::{IcGet, IcSet, absent_holder};
use crate::Vm;
use crate::object::{Gc, LuaString, Table};
use crate::shape::ShapeId;

const LOADS: usize = 1024;
const STORES: usize = 256;

/// What a read finds.
#[derive(Clone, Copy)]
pub struct Load {
    pub shape: ShapeId,
    /// Of an entry with a holder: the epoch in which it is good.
    pub epoch: u32,
    key: *const LuaString,
    /// The table that holds the value: [`absent_holder`] if none does, null if it is the table itself.
    pub holder: *mut Table,
    pub slot: u32,
    /// What the holder has there is a function that is to be asked for the value: the holder is the metatable.
    pub calls: bool,
}

/// Where a store goes: the meaning is that of [`IcSet::Handler`] if there is a metatable, of [`IcSet::Add`] if there is a new
/// shape, else of [`IcSet::Existing`].
#[derive(Clone, Copy)]
pub struct Store {
    pub shape: ShapeId,
    pub new_shape: ShapeId,
    key: *const LuaString,
    pub slot: u32,
    /// Of an entry with a metatable: the epoch in which it is good.
    pub epoch: u32,
    /// The table in whose slot the function is that is to be called; null if the slot is that of the store.
    pub metatable: *mut Table,
}

const NO_KEY: *const LuaString = std::ptr::null();
const NO_LOAD: Load =
    Load { shape: ShapeId::NONE, epoch: 0, key: NO_KEY, holder: std::ptr::null_mut(), slot: 0, calls: false };
const NO_STORE: Store = Store {
    shape: ShapeId::NONE,
    new_shape: ShapeId::NONE,
    key: NO_KEY,
    slot: 0,
    epoch: 0,
    metatable: std::ptr::null_mut(),
};

/// The cache of one state. It has one entry of each kind until it is first used.
pub struct LookupCache {
    loads: Box<[Load]>,
    stores: Box<[Store]>,
}

impl Default for LookupCache {
    fn default() -> LookupCache {
        LookupCache { loads: Box::new([NO_LOAD]), stores: Box::new([NO_STORE]) }
    }
}

/// The entry that shape and key may have in a direct-mapped table.
#[inline(always)]
fn place<E>(entries: &[E], shape: ShapeId, key: *const LuaString) -> &E {
    let at = index(entries.len(), shape, key);
    // SAFETY: the length is a power of two, so what it masks is below it.
    unsafe { entries.get_unchecked(at) }
}

#[inline(always)]
fn index(len: usize, shape: ShapeId, key: *const LuaString) -> usize {
    let mixed = (key.addr() as u32 >> 4) ^ shape.0.wrapping_mul(0x9E37_79B1);
    (mixed ^ mixed >> 15) as usize & (len - 1)
}

impl LookupCache {
    /// What a read of `key` from a table of this shape finds, if that is known. An entry with a holder is good only in its epoch.
    #[inline(always)]
    pub fn load(&self, shape: ShapeId, key: *const LuaString) -> Option<&Load> {
        let entry = place(&self.loads, shape, key);
        (entry.shape == shape && entry.key == key).then_some(entry)
    }

    /// Where a store to `key` of a table of this shape goes, if that is known.
    #[inline(always)]
    pub fn store(&self, shape: ShapeId, key: *const LuaString) -> Option<&Store> {
        let entry = place(&self.stores, shape, key);
        (entry.shape == shape && entry.key == key).then_some(entry)
    }

    /// Forgets everything (rule 2).
    pub fn clear(&mut self) {
        self.loads.fill(NO_LOAD);
        self.clear_stores();
    }

    /// Forgets all stores.
    pub fn clear_stores(&mut self) {
        self.stores.fill(NO_STORE);
    }

    fn enter_load(&mut self, entry: Load) {
        if self.loads.len() == 1 {
            self.loads = vec![NO_LOAD; LOADS].into();
        }
        let at = index(self.loads.len(), entry.shape, entry.key);
        self.loads[at] = entry;
    }

    fn enter_store(&mut self, entry: Store) {
        if self.stores.len() == 1 {
            self.stores = vec![NO_STORE; STORES].into();
        }
        let at = index(self.stores.len(), entry.shape, entry.key);
        self.stores[at] = entry;
    }
}

impl Vm {
    /// What a read of `t.key` may remember, as [`Vm::ic_get_str`] says; the cache remembers it too.
    pub fn look_up_load(&mut self, t: Gc<Table>, key: Gc<LuaString>) -> IcGet {
        let found = self.ic_get_str(t, key);
        let own = std::ptr::null_mut();
        // The shape is that of the answer: watching the chain may have given the table one of its own.
        let (shape, epoch, holder, slot) = match found {
            IcGet::Own { shape, slot } => (shape, 0, own, slot),
            IcGet::Chain { shape, epoch, holder, slot } => (shape, epoch, holder, slot),
            IcGet::Absent { shape, epoch } => (shape, epoch, absent_holder(), 0),
            IcGet::Handler { shape, epoch, metatable, slot } => (shape, epoch, metatable, slot),
            IcGet::Uncacheable => return found,
        };
        let calls = matches!(found, IcGet::Handler { .. });
        self.lookup_cache.enter_load(Load { shape, epoch, key: key.as_ptr(), holder, slot, calls });
        found
    }

    /// What a store to `t.key` may remember, as [`Vm::ic_set_str`] says; the cache remembers it too.
    pub fn look_up_store(&mut self, t: Gc<Table>, key: Gc<LuaString>) -> IcSet {
        let found = self.ic_set_str(t, key);
        let entry = Store { key: key.as_ptr(), ..NO_STORE };
        self.lookup_cache.enter_store(match found {
            IcSet::Existing { shape, slot } => Store { shape, slot, ..entry },
            IcSet::Add { old, new, slot } => Store { shape: old, new_shape: new, slot, ..entry },
            IcSet::Handler { shape, epoch, metatable, slot } => {
                Store { shape, epoch, metatable, slot, ..entry }
            }
            IcSet::Uncacheable => return found,
        });
        found
    }
}
