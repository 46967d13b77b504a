//! Tables that caches and native code depend on, and tables that nobody may write.
//!
//! A *watched* table is a link of an `__index` chain that some inline cache has walked: a metatable, a class, a module's
//! globals. Table rule 4 says which changes void the caches. A table that keeps changing ([`is_restless`]) is not watched any
//! more, or each of its changes would void the caches of the whole program.
//!
//! A *constant* slot is one whose value native code has compiled in. The table's unique shape says so, and the shape is
//! replaced when the slot changes: code that has checked the shape knows the table, the slot and its value. Code that
//! checked before a call must check again behind it, or look at [`Shapes::constant_epoch`](crate::shape::Shapes).

use super::{SetError, is_read_only, is_watched, set};
use crate::error::{OutOfMemory, Throw};
use crate::object::{Gc, LuaString, Table, gc_flag, table_flag};
use crate::shape::{ShapeId, clear_caches};
use crate::string::Event;
use crate::{Value, Vm};

/// Whether the table has changed so often while it was watched that this is not worth while.
pub(super) fn is_restless(t: Gc<Table>) -> bool {
    t.flags & table_flag::CHURN_MASK == table_flag::CHURN_MASK
}

impl Vm {
    /// Watches a table for which [`Vm::is_watchable`] holds.
    pub(super) fn watch(&mut self, t: Gc<Table>) -> Result<(), OutOfMemory> {
        if is_watched(t) {
            return Ok(());
        }
        if !self.shapes.is_unique(t.shape()) {
            self.replace_shape(t, &[])?;
        }
        // SAFETY: the table is live.
        unsafe { (*t.as_ptr()).header.gc |= gc_flag::WATCHED };
        Ok(())
    }

    /// Lets native code take the value of a slot as constant: it holds for as long as the table has the shape that is returned.
    /// `None` if the slot changes too often or does not exist.
    pub fn watch_constant(&mut self, t: Gc<Table>, slot: u32) -> Result<Option<ShapeId>, OutOfMemory> {
        let shape = t.shape();
        if self.shapes.is_dictionary(shape) || slot >= self.shapes.slot_count(shape) || is_restless(t) {
            return Ok(None);
        }
        if !self.shapes.is_constant(shape, slot) {
            let mut constants = self.constants(shape);
            constants.push(slot);
            self.replace_shape(t, &constants)?;
            // SAFETY: the table is live.
            unsafe { (*t.as_ptr()).flags |= table_flag::CONSTANTS };
        }
        Ok(Some(t.shape()))
    }

    fn constants(&self, shape: ShapeId) -> Vec<u32> {
        (0..self.shapes.slot_count(shape)).filter(|&s| self.shapes.is_constant(shape, s)).collect()
    }

    /// A new unique shape with the same keys.
    fn replace_shape(&mut self, t: Gc<Table>, constants: &[u32]) -> Result<(), OutOfMemory> {
        let shape = self.shape_unique(t.shape(), constants)?;
        // SAFETY: the table is live.
        unsafe { (*t.as_ptr()).header.word = shape.0 };
        self.barrier(t);
        Ok(())
    }

    /// The set of the table's slots, or its metatable, is about to change, and with it the shape.
    #[inline]
    pub(super) fn structural_change(&mut self, t: Gc<Table>) {
        if is_watched(t) {
            self.unwatch(t);
        }
        if t.flags & table_flag::CONSTANTS != 0 {
            // SAFETY: the table is live.
            unsafe { (*t.as_ptr()).flags &= !table_flag::CONSTANTS };
            self.shapes.constant_epoch = self.shapes.constant_epoch.wrapping_add(1);
        }
    }

    /// Voids all chain caches, because what this watched table says is about to change.
    #[cold]
    fn unwatch(&mut self, t: Gc<Table>) {
        self.epoch = self.epoch.wrapping_add(1);
        count_churn(t);
        // SAFETY: the table is live.
        unsafe { (*t.as_ptr()).header.gc &= !gc_flag::WATCHED };
    }

    /// `old`, the value of a slot, is about to become `new`.
    #[cold]
    pub(super) fn before_slot_change(
        &mut self,
        t: Gc<Table>,
        slot: u32,
        key: Gc<LuaString>,
        old: Value,
        new: Value,
    ) -> Result<(), SetError> {
        if old == new {
            return Ok(());
        }
        let shape = t.shape();
        if t.flags & table_flag::CONSTANTS != 0 && self.shapes.is_constant(shape, slot) {
            let mut constants = self.constants(shape);
            constants.retain(|&c| c != slot);
            self.replace_shape(t, &constants)?;
            self.shapes.constant_epoch = self.shapes.constant_epoch.wrapping_add(1);
            count_churn(t);
        }
        if is_watched(t) && (old.is_nil() || Event::of_name(key).is_some()) {
            self.unwatch(t);
        }
        if old.is_nil() {
            self.note_gain(t, key);
        }
        Ok(())
    }

    /// The table is about to get a value for a key that it lacked.
    #[inline]
    pub(super) fn note_gain(&mut self, t: Gc<Table>, key: Gc<LuaString>) {
        if t.header.small != 0 || t.flags & table_flag::ADD_CACHED != 0 {
            self.note_metamethod_gain(t, key);
        }
    }

    #[cold]
    fn note_metamethod_gain(&mut self, t: Gc<Table>, key: Gc<LuaString>) {
        if Event::of_name(key).is_none() {
            return;
        }
        // SAFETY: the table is live.
        unsafe { (*t.as_ptr()).header.small = 0 };
        if key == self.names.event(Event::Mode) {
            // Entries of tables with this metatable may now vanish without a store: they are not watched any more.
            self.epoch = self.epoch.wrapping_add(1);
        }
        if key == self.names.event(Event::NewIndex) && t.flags & table_flag::ADD_CACHED != 0 {
            // SAFETY: as above.
            unsafe { (*t.as_ptr()).flags &= !table_flag::ADD_CACHED };
            // Cached stores that add keys to tables with this metatable carry no epoch: they are found and emptied.
            let shapes = &self.shapes;
            let relies = |old, new| new != ShapeId::NONE && shapes.metatable(old) == t.as_ptr();
            clear_caches(self.protos.iter_mut().flatten().map(|p| &mut **p), relies);
            self.lookup_cache.clear_stores();
            self.epoch = self.epoch.wrapping_add(1);
        }
    }

    /// Makes a table read-only, or writable again. Storing into a read-only one fails.
    pub fn table_set_read_only(&mut self, t: Gc<Table>, read_only: bool) -> Result<(), OutOfMemory> {
        if read_only == is_read_only(t) {
            return Ok(());
        }
        // Cached stores of the old shape must miss: table rule 5.
        if self.shapes.is_dictionary(t.shape()) {
            let metatable = self.table_metatable(t);
            let shape = match read_only {
                true => self.shape_own_dictionary(metatable)?,
                false => self.shape_dictionary(metatable)?,
            };
            // SAFETY: the table is live.
            unsafe { (*t.as_ptr()).header.word = shape.0 };
            self.barrier(t);
        } else if read_only {
            let constants = self.constants(t.shape());
            self.replace_shape(t, &constants)?;
        }
        // SAFETY: the table is live.
        unsafe { (*t.as_ptr()).header.gc ^= gc_flag::READ_ONLY };
        Ok(())
    }

    #[inline]
    pub fn table_is_read_only(&self, t: Gc<Table>) -> bool {
        is_read_only(t)
    }

    /// For those who change a table other than by storing into it.
    ///
    /// # Errors
    ///
    /// A read-only table.
    pub fn check_writable(&mut self, t: Gc<Table>) -> Result<(), Throw> {
        set::check_writable(t).map_err(|error| self.throw_set_error(error))
    }
}

/// Counts a change of a watched thing, up to [`is_restless`].
fn count_churn(t: Gc<Table>) {
    if !is_restless(t) {
        // SAFETY: the table is live.
        unsafe { (*t.as_ptr()).flags += table_flag::CHURN_UNIT };
    }
}
