//! Metatables: whose they are, which handlers they have, and following `__index` and `__newindex` as far as no code runs.

use crate::error::OutOfMemory;
use crate::object::{Gc, Table, gc_flag};
use crate::string::Event;
use crate::value::Type;
use crate::{Value, Vm};

/// The most tables that an `__index` or `__newindex` chain may lead through.
///
/// Source: `MAXTAGLOOP` (`lvm.c`).
pub const MAX_CHAIN: usize = 100;

/// Where indexing leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// To a value, nil if all along the chain there is none.
    Value(Value),
    /// To calling `handler(object, key)`.
    Call { handler: Value, object: Value },
    /// To an object that has no `__index`: "attempt to index".
    NotIndexable(Value),
    /// In a circle: "loop in gettable".
    Loop,
}

/// Where a store leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewIndex {
    /// To a raw store into this table.
    Raw(Gc<Table>),
    /// To calling `handler(object, key, value)`.
    Call { handler: Value, object: Value },
    /// To an object that has no `__newindex`: "attempt to index".
    NotIndexable(Value),
    /// In a circle: "loop in settable".
    Loop,
}

impl Vm {
    /// The metatable of a table.
    #[inline(always)]
    pub fn table_metatable(&self, t: Gc<Table>) -> Option<Gc<Table>> {
        // SAFETY: the shape of a live table is live and keeps its metatable alive.
        unsafe { Gc::from_nullable(self.shapes.metatable(t.shape())) }
    }

    /// Sets or removes the metatable of a table. Whether the program may do so (`__metatable`, read-only tables) is the
    /// caller's business.
    pub fn table_set_metatable(
        &mut self,
        t: Gc<Table>,
        metatable: Option<Gc<Table>>,
    ) -> Result<(), OutOfMemory> {
        let shape = if super::is_read_only(t) && self.shapes.is_dictionary(t.shape()) {
            self.shape_own_dictionary(metatable)?
        } else {
            self.shape_set_metatable(t.shape(), metatable)?
        };
        if shape != t.shape() {
            self.structural_change(t);
            let p = t.as_ptr();
            // SAFETY: the table is live.
            unsafe {
                (*p).header.word = shape.0;
                (*p).header.gc &= !gc_flag::HAS_METATABLE;
                if metatable.is_some() {
                    (*p).header.gc |= gc_flag::HAS_METATABLE;
                }
            }
            self.barrier(t);
        }
        Ok(())
    }

    /// The metatable of any value.
    #[inline]
    pub fn metatable_of(&self, v: Value) -> Option<Gc<Table>> {
        if let Some(t) = v.as_table() {
            return self.table_metatable(t);
        }
        let metatable = match v.as_userdata() {
            Some(u) => u.metatable,
            None => self.type_metatables[v.type_of() as usize],
        };
        // SAFETY: the metatable of a live userdata or of a type is live.
        unsafe { Gc::from_nullable(metatable) }
    }

    /// The handler of a value for an event; nil if there is none.
    #[inline]
    pub fn metamethod(&self, v: Value, event: Event) -> Value {
        self.metatable_of(v).map_or(Value::NIL, |m| self.metamethod_in(m, event))
    }

    /// The handler for an event that counts only if both values have the same one, as with comparisons; nil if they do not.
    ///
    /// Source: `call_orderTM` (`lvm.c`).
    #[inline]
    pub fn shared_metamethod(&self, a: Value, b: Value, event: Event) -> Value {
        let (Some(m), Some(n)) = (self.metatable_of(a), self.metatable_of(b)) else { return Value::NIL };
        let handler = self.metamethod_in(m, event);
        if m == n || handler.is_nil() || handler == self.metamethod_in(n, event) {
            handler
        } else {
            Value::NIL
        }
    }

    /// What a metatable has for an event. That it has nothing is remembered in the table, until a metamethod's name is
    /// added to it ([`Vm::note_gain`]).
    #[inline]
    pub fn metamethod_in(&self, metatable: Gc<Table>, event: Event) -> Value {
        let bit = absent_bit(event);
        if metatable.header.small & bit != 0 {
            return Value::NIL;
        }
        let handler = self.table_get_str(metatable, self.names.event(event));
        if handler.is_nil() {
            // SAFETY: the table is live.
            unsafe { (*metatable.as_ptr()).header.small |= bit };
        }
        handler
    }

    /// `object[key]`, as far as that goes without calling a handler.
    #[inline]
    pub fn index_chain(&self, object: Value, key: Value) -> Index {
        let mut object = object;
        for _ in 0..MAX_CHAIN {
            let handler = match object.as_table() {
                Some(t) => {
                    let v = self.table_get(t, key);
                    if !v.is_nil() {
                        return Index::Value(v);
                    }
                    let Some(m) = self.table_metatable(t) else { return Index::Value(v) };
                    let handler = self.metamethod_in(m, Event::Index);
                    if handler.is_nil() {
                        return Index::Value(v);
                    }
                    handler
                }
                None => self.metamethod(object, Event::Index),
            };
            match handler.type_of() {
                Type::Nil => return Index::NotIndexable(object),
                Type::Function => return Index::Call { handler, object },
                _ => object = handler,
            }
        }
        Index::Loop
    }

    /// `object[key] = ...`, as far as that goes without calling a handler and without storing.
    #[inline]
    pub fn newindex_chain(&self, object: Value, key: Value) -> NewIndex {
        let mut object = object;
        for _ in 0..MAX_CHAIN {
            let handler = match object.as_table() {
                Some(t) => {
                    let Some(m) = self.table_metatable(t) else { return NewIndex::Raw(t) };
                    let handler = self.metamethod_in(m, Event::NewIndex);
                    if handler.is_nil() || !self.table_get(t, key).is_nil() {
                        return NewIndex::Raw(t);
                    }
                    handler
                }
                None => self.metamethod(object, Event::NewIndex),
            };
            match handler.type_of() {
                Type::Nil => return NewIndex::NotIndexable(object),
                Type::Function => return NewIndex::Call { handler, object },
                _ => object = handler,
            }
        }
        NewIndex::Loop
    }

    /// Whether the table may be a link of a cached chain: see [`super::cache`].
    pub(super) fn is_watchable(&self, t: Gc<Table>) -> bool {
        if self.shapes.is_dictionary(t.shape()) || super::watch::is_restless(t) {
            return false;
        }
        // The collector clears entries of weak tables, which no store tells of.
        self.table_metatable(t).is_none_or(|m| self.metamethod_in(m, Event::Mode).is_nil())
    }
}

/// The bit of an event in [`Table`]'s `header.small`; the events after the sixteenth have none.
#[inline(always)]
fn absent_bit(event: Event) -> u16 {
    1u16.checked_shl(event as u32).unwrap_or(0)
}
