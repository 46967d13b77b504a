//! The layout of tables and their parts. What is done with them is in [`crate::table`].
//!
//! ```text
//!   Table     header | array | asize acap | slots | dict | slot_cap flags | inline slots ...
//!   array ->  key 0, key 1, ... key acap-1        (points behind the head of a Values object)
//!   slots ->  the inline slots, or the values of a Values object
//!   dict  ->  Dict: header | count cap | mask integer_keys | entries [key, value] ... | index u32 ...
//! ```

use super::{Header, gc_flag};
use crate::Value;

/// A table.
///
/// * Keys 0, 1, ... `asize - 1` are in the array part (`asize` is 0 or at least 1: key 0's place always exists).
///   Places `asize .. acap` hold nil.
/// * `header.word` is the shape: which interned string has which slot, and the metatable. A slot that
///   holds nil is an absent key. A table in dictionary mode (its shape says so) has no slots.
/// * All other keys are in the dictionary.
/// * `header.small` has a bit for each metamethod event (of the first sixteen) whose name is known to be no key of
///   this table; see [`crate::Vm::metamethod_in`].
#[repr(C)]
pub struct Table {
    pub header: Header,
    /// Points at key 0; dangling (but aligned) when `acap` is 0.
    pub array: *mut Value,
    pub asize: u32,
    pub acap: u32,
    /// Points at slot 0; dangling (but aligned) when `slot_cap` is 0. Slots without a key hold nil.
    pub slots: *mut Value,
    /// Null while there is none.
    pub dict: *mut Dict,
    pub slot_cap: u16,
    /// [`table_flag`] bits.
    pub flags: u8,
    /// Weakness found in the metatable at the last marking; see the collector.
    pub weak: u8,
    pub inline_cap: u16,
    /// How many of its keys computed stores have made: what decides when it is rather a dictionary.
    pub computed_keys: u16,
    // `inline_cap` values follow.
}

const _: () = assert!(size_of::<Table>() == 48);

/// Bits of [`Table::flags`].
pub mod table_flag {
    /// The array part has grown by a store, so that PUC Lua's would have a power of two of places.
    pub const GROWN: u8 = 1;
    /// A metatable whose lack of `__newindex` a cached store relies on.
    pub const ADD_CACHED: u8 = 2;
    /// Some slot is watched as constant: the shape says which.
    pub const CONSTANTS: u8 = 4;
    /// The array part has become shorter, so that keys behind its end may have been handed out.
    pub const SHORTENED: u8 = 8;
    /// The four high bits count how often the table has changed while it was watched; at the greatest count
    /// it is watched no more.
    pub const CHURN_UNIT: u8 = 0x10;
    pub const CHURN_MASK: u8 = 0xf0;
}

/// The array part of a table, or its slots when they have outgrown the inline ones. `header.word` is the number of values.
#[repr(C)]
pub struct Values {
    pub header: Header,
    _pad: u64,
    // `header.word` values follow.
}

const _: () = assert!(size_of::<Values>() == 16);

impl Values {
    #[inline(always)]
    pub fn data(this: *mut Values) -> *mut Value {
        this.wrapping_add(1) as *mut Value
    }

    /// The object whose values start at `data`: what [`Table::array`] points into, or [`Table::slots`] unless they are inline.
    #[inline(always)]
    pub fn of(data: *mut Value) -> *mut Values {
        (data as *mut Values).wrapping_sub(1)
    }

    pub const fn byte_size(n: usize) -> usize {
        size_of::<Values>() + n * size_of::<Value>()
    }
}

/// The dictionary of a table: insertion-ordered entries and an open-addressing index of them.
///
/// In memory: this head, `cap` [`DictEntry`]s, then `mask + 1` index words (entry number + 1; 0 is empty).
/// A removed key stays as an entry with a nil value until the dictionary is rebuilt, so that traversal with `next`
/// survives it. The collector does not mark such a key; should it die, [`crate::heap::DEAD_KEY`] takes its place.
#[repr(C)]
pub struct Dict {
    pub header: Header,
    /// Entries used, removed ones included.
    pub count: u32,
    /// Room for entries.
    pub cap: u32,
    /// Index words minus one; a power of two minus one.
    pub mask: u32,
    /// Entries whose key could be in the array part, removed ones included.
    pub integer_keys: u32,
    pub _pad: u64,
}

/// A key and its value.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct DictEntry {
    pub key: Value,
    pub value: Value,
}

const _: () = assert!(size_of::<Dict>() == 32);

impl Table {
    #[inline(always)]
    pub fn shape(&self) -> crate::shape::ShapeId {
        crate::shape::ShapeId(self.header.word)
    }

    /// Whether a key that the table lacks may be given to it without further ado: it has no metatable whose `__newindex`
    /// might want to know, no cache or native code watches it, and it is not known as a metatable.
    ///
    /// # Safety
    ///
    /// `this` is a live table.
    #[inline(always)]
    pub unsafe fn may_gain_quietly(this: *const Table) -> bool {
        const TOLD: u8 = gc_flag::HAS_METATABLE | gc_flag::WATCHED | gc_flag::READ_ONLY;
        const LISTS: u8 = table_flag::GROWN | table_flag::SHORTENED;
        // SAFETY: the caller vouches for the table.
        unsafe { (*this).header.gc & TOLD == 0 && (*this).header.small == 0 && (*this).flags & !LISTS == 0 }
    }

    /// Where the inline slots are.
    #[inline(always)]
    pub fn inline_slots(this: *mut Table) -> *mut Value {
        this.wrapping_add(1) as *mut Value
    }

    /// Bytes of a table with `n` inline slots.
    pub const fn byte_size(n: usize) -> usize {
        size_of::<Table>() + n * size_of::<Value>()
    }
}

impl Dict {
    #[inline(always)]
    pub fn entries(this: *mut Dict) -> *mut DictEntry {
        this.wrapping_add(1) as *mut DictEntry
    }

    /// The index words.
    ///
    /// # Safety
    ///
    /// `this` is a live dictionary.
    #[inline(always)]
    pub unsafe fn index(this: *mut Dict) -> *mut u32 {
        // SAFETY: the caller vouches for the object; the index follows its `cap` entries.
        unsafe { Self::entries(this).add((*this).cap as usize) as *mut u32 }
    }

    /// Bytes of a dictionary with room for `cap` entries and `index_len` index words.
    pub const fn byte_size(cap: usize, index_len: usize) -> usize {
        size_of::<Dict>() + cap * size_of::<DictEntry>() + index_len * size_of::<u32>()
    }
}
