//! Tables: making, reading and writing them, raw (metamethods are only looked up here, never called).
//!
//! | file | what |
//! |---|---|
//! | this one | rules, errors, making tables |
//! | `get`, `set` | reading and writing by any key |
//! | `array` | the array part: growth, length, `insert` and `remove` |
//! | `dict` | the dictionary: probing and inserting |
//! | `rehash` | how big the parts should be, and moving keys between them |
//! | `next` | traversal |
//! | `meta` | metatables, metamethods, `__index` chains |
//! | `watch` | tables that caches and native code depend on; read-only tables |
//! | `cache` | what inline caches may remember |
//! | `lookup_cache` | what places that see many shapes remember together |
//! | `slot_cache` | which slots native code has found by computed keys |
//!
//! The layout is in [`crate::object`]; shapes are in [`crate::shape`].
//!
//! # Rules
//!
//! 1. Places `asize..acap` of the array part and slots at and above the shape's number of keys hold nil, so the collector may
//!    scan both parts to their capacity. The table has at least as many slots as its shape has keys.
//! 2. An integer key below `asize` is in the array part, and only there. An interned string is in a slot, and only
//!    there, unless the table is in dictionary mode. All other keys are in the dictionary, numbers in normal form (`-0`
//!    is `0`).
//! 3. Traversal order: keys 1, 2, ... of the array part, key 0, the slots, the dictionary's entries as they
//!    were inserted. Only storing a new key moves entries.
//! 4. A table with [`gc_flag::WATCHED`] has a unique shape, is not in dictionary mode, and bumps [`Vm::epoch`](crate::Vm) when
//!    a key is added to it, a slot that held nil gets a value, a slot with a metamethod's name changes, or its metatable does.
//!    It then stops being watched. (A chain cache reads the holder's slot anew each time, so a change of another value
//!    needs nothing, and a value that became nil is noticed there.)
//! 5. A read-only table has [`gc_flag::READ_ONLY`], at which every fast path of a store into an array part looks, and its shape
//!    was replaced when it became so, which makes cached stores miss it.
//! 6. [`gc_flag::HAS_METATABLE`] says what the shape says.
//! 7. Every store of a collectable value, part or shape into a table is followed by the barrier on the table.

mod array;
mod cache;
mod dict;
mod get;
mod lookup_cache;
mod meta;
mod next;
mod rehash;
mod set;
mod slot_cache;
#[cfg(test)]
mod tests;
mod watch;

pub use array::MAX_ARRAY;
pub use cache::{IcGet, IcSet, absent_holder};
pub use dict::{HASH_FACTOR, cap_of_index};
pub use lookup_cache::LookupCache;
pub use meta::{Index, NewIndex};
pub use next::{FIRST, InvalidKey};
pub use slot_cache::{SlotCache, SlotEntry};

use crate::error::{OutOfMemory, Throw};
use crate::object::{Gc, Kind, Table, Values, gc_flag};
use crate::shape::{MAX_SLOTS, ShapeId};
use crate::{Value, Vm};

/// Why a store failed. Nothing has changed then (but for what an interrupted function has done so far).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetError {
    NilKey,
    NanKey,
    ReadOnly,
    Memory,
    /// A function that stores very much has noticed an interrupt.
    Interrupted,
}

impl From<OutOfMemory> for SetError {
    fn from(_: OutOfMemory) -> SetError {
        SetError::Memory
    }
}

/// How many stores a function does between two looks for an interrupt: some milliseconds.
pub const STORES_BETWEEN_LOOKS: i64 = 1 << 16;

/// The most slots that lie in the table object itself.
const MAX_INLINE_SLOTS: usize = 254;

impl Vm {
    /// A table without keys, with room for keys 1 to `narray` and for `nslots` constant string keys.
    pub fn new_table(&mut self, narray: usize, nslots: usize) -> Result<Gc<Table>, OutOfMemory> {
        self.new_table_with(ShapeId::EMPTY, narray, nslots)
    }

    /// The same of a given shape, with room for `nslots` constant string keys, the shape's own among them.
    pub fn new_table_with(
        &mut self,
        shape: ShapeId,
        narray: usize,
        nslots: usize,
    ) -> Result<Gc<Table>, OutOfMemory> {
        let t = self.new_table_of(shape, nslots, &[])?;
        if narray > 0 {
            self.table_reserve_array(t, narray)?;
        }
        Ok(t)
    }

    /// A table of a given shape (one of its own with the same keys, if that is a unique one), with these values in
    /// its slots (missing ones are nil). One allocation unless there are very many slots.
    #[inline]
    pub fn new_object(&mut self, shape: ShapeId, values: &[Value]) -> Result<Gc<Table>, OutOfMemory> {
        self.new_table_of(shape, 0, values)
    }

    fn new_table_of(
        &mut self,
        shape: ShapeId,
        nslots: usize,
        values: &[Value],
    ) -> Result<Gc<Table>, OutOfMemory> {
        // A unique shape belongs to one table: the new one gets its own.
        let shape = if self.shapes.is_unique(shape) { self.shape_unique(shape, &[])? } else { shape };
        let keys = self.shapes.slot_count(shape) as usize;
        // An even number: objects are whole granules anyway.
        let inline = keys.max(nslots).min(MAX_INLINE_SLOTS).next_multiple_of(2);
        let t = self.heap.alloc(Kind::Table, Table::byte_size(inline))? as *mut Table;
        // SAFETY: `t` is a fresh object with room for the head and `inline` values; its header is initialised.
        let t = unsafe {
            (*t).header.word = shape.0;
            (*t).header.small = 0;
            if !self.shapes.metatable(shape).is_null() {
                (*t).header.gc |= gc_flag::HAS_METATABLE;
            }
            (*t).array = std::ptr::dangling_mut();
            (*t).asize = 0;
            (*t).acap = 0;
            (*t).dict = std::ptr::null_mut();
            (*t).flags = 0;
            (*t).weak = 0;
            (*t).slots = Table::inline_slots(t);
            (*t).slot_cap = inline as u16;
            (*t).inline_cap = inline as u16;
            (*t).computed_keys = 0;
            let given = values.len().min(inline).min(keys);
            std::ptr::copy_nonoverlapping(values.as_ptr(), (*t).slots, given);
            for i in given..inline {
                *(*t).slots.add(i) = Value::NIL;
            }
            Gc::from_raw(t)
        };
        if keys > inline {
            self.grow_slots(t, keys)?;
            for (i, &v) in values.iter().enumerate().take(keys).skip(inline) {
                // SAFETY: there are `keys` slots now, of a table that nobody else has seen.
                unsafe { *t.slots.add(i) = v };
            }
            self.barrier(t);
        }
        Ok(t)
    }

    /// An object of `n` nils. The pointer is to the first.
    fn new_values(&mut self, n: usize) -> Result<*mut Value, OutOfMemory> {
        let object = self.heap.alloc(Kind::Values, Values::byte_size(n))? as *mut Values;
        // SAFETY: `object` is fresh and has room for its head and `n` values.
        unsafe {
            (*object).header.word = n as u32;
            let data = Values::data(object);
            for i in 0..n {
                *data.add(i) = Value::NIL;
            }
            Ok(data)
        }
    }

    /// Room for one slot more than the table's shape has keys, which a store that adds a key may then use.
    pub fn table_reserve_slot(&mut self, t: Gc<Table>) -> Result<(), OutOfMemory> {
        let needed = self.shapes.slot_count(t.shape()) as usize + 1;
        let is_full = usize::from(t.slot_cap) < needed && !self.shapes.is_dictionary(t.shape());
        if is_full && needed <= MAX_SLOTS { self.grow_slots(t, needed) } else { Ok(()) }
    }

    /// Makes room for `needed` slots, at most [`MAX_SLOTS`].
    #[cold]
    fn grow_slots(&mut self, t: Gc<Table>, needed: usize) -> Result<(), OutOfMemory> {
        let cap = needed.max(4).next_power_of_two().min(MAX_SLOTS);
        debug_assert!(needed <= cap && usize::from(t.slot_cap) < needed);
        let data = self.new_values(cap)?;
        let p = t.as_ptr();
        // SAFETY: the table is live and has `slot_cap` slots, fewer than `data` has values (rule 1).
        unsafe {
            std::ptr::copy_nonoverlapping((*p).slots, data, usize::from((*p).slot_cap));
            (*p).slots = data;
            (*p).slot_cap = cap as u16;
        }
        self.barrier(t);
        Ok(())
    }

    /// The barrier of table rule 7.
    #[inline(always)]
    fn barrier(&mut self, t: Gc<Table>) {
        // SAFETY: `Gc` promises a live object.
        unsafe { self.heap.barrier(t.header()) }
    }

    /// The barrier after `v` was stored in the array part or the dictionary of `t`.
    #[inline(always)]
    fn barrier_of_element(&mut self, t: Gc<Table>, v: Value) {
        // SAFETY: `Gc` promises a live object, and the value is the table's.
        unsafe { self.heap.barrier_value(t.as_ptr(), v) }
    }

    /// The barrier after `v` was stored in a slot of `t`.
    #[inline(always)]
    fn barrier_of_slot(&mut self, t: Gc<Table>, v: Value) {
        if v.is_collectable() {
            self.barrier(t);
        }
    }

    /// Raises the error of a failed store.
    #[cold]
    pub fn throw_set_error(&mut self, error: SetError) -> Throw {
        match error {
            SetError::NilKey => self.operation_error(b"table index is nil"),
            SetError::NanKey => self.operation_error(b"table index is NaN"),
            SetError::ReadOnly => self.operation_error(b"attempt to modify a readonly table"),
            SetError::Memory => self.throw_memory(),
            SetError::Interrupted => {
                self.take_interrupt();
                self.runtime_error(self.interrupt_message.as_bytes())
            }
        }
    }
}

/// Whether stores into the table are errors.
#[inline(always)]
fn is_read_only(t: Gc<Table>) -> bool {
    t.header.gc & gc_flag::READ_ONLY != 0
}

/// Whether a cached chain leads through the table.
#[inline(always)]
fn is_watched(t: Gc<Table>) -> bool {
    t.header.gc & gc_flag::WATCHED != 0
}
