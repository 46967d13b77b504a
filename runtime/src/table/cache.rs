//! What inline caches may remember.
//!
//! A cache holds the shape of the table it was made for, and on a hit does without everything else:
//!
//! | made for | a hit | valid |
//! |---|---|---|
//! | [`IcGet::Own`] | reads the table's slot; nil is a miss | for ever |
//! | [`IcGet::Chain`] | reads the holder's slot; nil is a miss | while the epoch is the same |
//! | [`IcGet::Absent`] | gives nil | while the epoch is the same |
//! | [`IcGet::Handler`] | calls what the metatable has in its slot | while the epoch is the same |
//! | [`IcSet::Existing`] | writes the table's slot if that is not nil, else it is a miss | for ever |
//! | [`IcSet::Add`] | writes the next slot and sets the shape; nil, or no room, is a miss | until emptied |
//! | [`IcSet::Handler`] | calls what the metatable has in its slot | while the epoch is the same |
//!
//! *Own* and *Existing* need nothing but the shape, because a nil falls through: whether a metamethod is asked then
//! is found out anew. A store over a value that is not nil can change neither what a chain leads to, as the chain
//! caches read the holder anew, nor whether `__newindex` is asked. Names of metamethods and constant slots are not cached
//! for stores, so a watched table notices changes of them ([`super::watch`]). *Add* relies on the metatable to lack
//! `__newindex`: should it get one, the caches are emptied.

use super::is_read_only;
use crate::object::{Gc, Header, Kind, LuaString, Table, gc_flag, table_flag};
use crate::shape::{KeyOrigin, ShapeId};
use crate::string::Event;
use crate::{Value, Vm};

/// What an instruction may remember about a read of a constant string key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcGet {
    /// Tables of this shape have the key in this slot. A nil there: look again.
    Own {
        shape: ShapeId,
        slot: u32,
    },
    /// While `vm.epoch == epoch`, tables of this shape find the key in `(*holder).slots[slot]`. A nil there: look again.
    Chain {
        shape: ShapeId,
        epoch: u32,
        holder: *mut Table,
        slot: u32,
    },
    /// While `vm.epoch == epoch`, tables of this shape do not find the key, and no handler is called. The words of
    /// `Chain` say the same with [`absent_holder`] and slot 0.
    Absent {
        shape: ShapeId,
        epoch: u32,
    },
    /// While `vm.epoch == epoch`, tables of this shape lack the key, and `(*metatable).slots[slot]` is the function that is asked.
    Handler {
        shape: ShapeId,
        epoch: u32,
        metatable: *mut Table,
        slot: u32,
    },
    Uncacheable,
}

/// What an instruction may remember about a store to a constant string key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcSet {
    /// Tables of this shape have the key in this slot: store there, with barrier, if the old value is not nil.
    Existing {
        shape: ShapeId,
        slot: u32,
    },
    /// Tables of shape `old` lack the key: if the value is not nil and `slot < slot_cap`, store there, make `new` the shape,
    /// and call the barrier.
    Add {
        old: ShapeId,
        new: ShapeId,
        slot: u32,
    },
    /// While `vm.epoch == epoch`, tables of this shape lack the key, and `(*metatable).slots[slot]` is the function to be called.
    Handler {
        shape: ShapeId,
        epoch: u32,
        metatable: *mut Table,
        slot: u32,
    },
    Uncacheable,
}

/// A table that belongs to no heap, with one slot, which is nil.
#[repr(C)]
struct AbsentHolder {
    table: Table,
    slot: Value,
}

// SAFETY: it is never written.
unsafe impl Sync for AbsentHolder {}

static ABSENT: AbsentHolder = AbsentHolder {
    table: Table {
        header: Header { kind: Kind::Table, gc: gc_flag::READ_ONLY, small: 0, word: ShapeId::EMPTY.0 },
        array: std::ptr::dangling_mut(),
        asize: 0,
        acap: 0,
        slots: &raw const ABSENT.slot as *mut Value,
        dict: std::ptr::null_mut(),
        slot_cap: 1,
        flags: 0,
        weak: 0,
        inline_cap: 1,
        computed_keys: 0,
    },
    slot: Value::NIL,
};

/// The holder of what is absent: a table outside every heap whose slot 0 is nil. It is for reading only.
#[inline(always)]
pub fn absent_holder() -> *mut Table {
    &raw const ABSENT.table as *mut Table
}

/// The tables of a chain, metatables included. Chains with more are not cached.
#[derive(Default)]
struct Links {
    tables: [Option<Gc<Table>>; 24],
    count: usize,
}

impl Links {
    fn push(&mut self, t: Gc<Table>) -> Option<()> {
        *self.tables.get_mut(self.count)? = Some(t);
        self.count += 1;
        Some(())
    }
}

/// Where a chain that can be cached leads.
enum End {
    Holder(Gc<Table>, u32),
    /// The first metatable has a function in this slot.
    Handler(Gc<Table>, u32),
    Absent,
}

impl Vm {
    /// What a read of `t.key` may remember.
    pub fn ic_get_str(&mut self, t: Gc<Table>, key: Gc<LuaString>) -> IcGet {
        let shape = t.shape();
        if let Some(slot) = self.shapes.lookup(shape, key) {
            return IcGet::Own { shape, slot };
        }
        if !key.is_interned() || self.shapes.is_dictionary(shape) {
            return IcGet::Uncacheable;
        }
        let metatable = self.table_metatable(t);
        let Some(end) = self.cacheable_chain(metatable, key) else { return IcGet::Uncacheable };
        // Watching may have changed the shape, if the table is a link of its own chain.
        let (shape, epoch) = (t.shape(), self.epoch);
        match end {
            End::Holder(holder, slot) => IcGet::Chain { shape, epoch, holder: holder.as_ptr(), slot },
            End::Handler(m, slot) => IcGet::Handler { shape, epoch, metatable: m.as_ptr(), slot },
            End::Absent => IcGet::Absent { shape, epoch },
        }
    }

    /// Where objects that have no keys themselves (strings) and this metatable find `key`: the holder and its slot, as in
    /// [`IcGet::Chain`], good while the epoch stays.
    pub fn ic_chain_of(&mut self, metatable: Gc<Table>, key: Gc<LuaString>) -> Option<(*mut Table, u32)> {
        if !key.is_interned() {
            return None;
        }
        match self.cacheable_chain(Some(metatable), key)? {
            End::Holder(holder, slot) => Some((holder.as_ptr(), slot)),
            End::Handler(..) | End::Absent => None,
        }
    }

    /// Follows `__index` from a metatable on and watches all tables on the way; `None` if the result cannot be cached.
    fn cacheable_chain(&mut self, metatable: Option<Gc<Table>>, key: Gc<LuaString>) -> Option<End> {
        let mut links = Links::default();
        let mut next = metatable;
        let mut end = End::Absent;
        while let Some(m) = next {
            if !self.is_watchable(m) {
                return None;
            }
            links.push(m)?;
            let index = self.metamethod_in(m, Event::Index);
            if index.is_nil() {
                break;
            }
            if index.is_function() {
                // Further on the object that it is asked about would be another.
                if links.count > 1 {
                    return None;
                }
                end = End::Handler(m, self.shapes.lookup(m.shape(), self.names.event(Event::Index))?);
                break;
            }
            let t = index.as_table().filter(|&t| self.is_watchable(t))?;
            links.push(t)?;
            if let Some(slot) = self.shapes.lookup(t.shape(), key) {
                // SAFETY: table rule 1: each key of the shape has a slot.
                if !unsafe { *t.slots.add(slot as usize) }.is_nil() {
                    end = End::Holder(t, slot);
                    break;
                }
            }
            next = self.table_metatable(t);
        }
        for &link in links.tables.iter().flatten() {
            self.watch(link).ok()?;
        }
        Some(end)
    }

    /// What a store `t.key = v` may remember. To be asked *before* the store, which it may follow at once.
    pub fn ic_set_str(&mut self, t: Gc<Table>, key: Gc<LuaString>) -> IcSet {
        let shape = t.shape();
        let uncached_name = !key.is_interned() || Event::of_name(key).is_some();
        if uncached_name || is_read_only(t) || self.shapes.is_dictionary(shape) {
            return IcSet::Uncacheable;
        }
        if let Some(slot) = self.shapes.lookup(shape, key) {
            let constant = self.shapes.is_constant(shape, slot);
            return if constant { IcSet::Uncacheable } else { IcSet::Existing { shape, slot } };
        }
        if self.shapes.is_unique(shape) {
            return IcSet::Uncacheable;
        }
        debug_assert!(
            t.header.gc & gc_flag::WATCHED == 0,
            "table rule 4: a watched table has a unique shape"
        );
        if let Some(m) = self.table_metatable(t) {
            let handler = self.metamethod_in(m, Event::NewIndex);
            if handler.is_function() {
                return self.cacheable_newindex(t, m).unwrap_or(IcSet::Uncacheable);
            }
            if !handler.is_nil() {
                return IcSet::Uncacheable;
            }
            // SAFETY: the table is live.
            unsafe { (*m.as_ptr()).flags |= table_flag::ADD_CACHED };
        }
        match self.shape_add_key(shape, key, KeyOrigin::Constant) {
            Ok(Some(new)) => IcSet::Add { old: shape, new, slot: self.shapes.slot_count(shape) },
            _ => IcSet::Uncacheable,
        }
    }

    /// For stores of a key that `t` lacks, of which `metatable` has a function take care.
    fn cacheable_newindex(&mut self, t: Gc<Table>, metatable: Gc<Table>) -> Option<IcSet> {
        if !self.is_watchable(metatable) {
            return None;
        }
        let slot = self.shapes.lookup(metatable.shape(), self.names.event(Event::NewIndex))?;
        self.watch(metatable).ok()?;
        // Watching may have changed the shape, if the table is its own metatable.
        Some(IcSet::Handler { shape: t.shape(), epoch: self.epoch, metatable: metatable.as_ptr(), slot })
    }
}
