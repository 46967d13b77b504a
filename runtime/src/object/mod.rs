//! Heap objects: the header they share and the layout of each kind.
//!
//! Every object starts with a [`Header`]. Those in blocks lie on a [`GRANULE`] boundary, large ones eight bytes behind one, which is how
//! the collector tells them apart. Objects never move. The layouts are
//! `repr(C)`: the interpreter and native code read them by offset, with `offset_of!` as the only source.
//!
//! # Rules
//!
//! 1. An object is reachable through a [`crate::Value`] or a field of another object, and is freed only by a
//!    sweep, which runs only at safepoints: between two safepoints a raw pointer to a live object stays good.
//! 2. Whoever stores a collectable value into an object calls the barrier ([`crate::heap::Heap::barrier`]) on it.
//! 3. A header's kind and size never change after allocation.

mod function;
mod gc;
mod string;
mod table;
mod thread;
mod userdata;

pub use function::{Function, LuaFunction, NativeFunction, UpvalueCell};
pub use gc::Gc;
pub use string::LuaString;
pub use table::{Dict, DictEntry, Table, Values, table_flag};
pub use thread::{Thread, ThreadStatus};
pub use userdata::Userdata;

/// Objects start on multiples of this many bytes.
pub const GRANULE: usize = 16;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    String,
    Table,
    LuaFunction,
    NativeFunction,
    Userdata,
    Thread,
    UpvalueCell,
    /// A table's array part: values and nothing else, behind the header's own granule.
    Values,
    /// A table's dictionary.
    Dict,
    /// Bytes without references.
    Bytes,
}

/// Bits of [`Header::gc`].
pub mod gc_flag {
    /// The collector has scanned this object: a store of a collectable value into it needs the barrier.
    pub const BLACK: u8 = 1;
    /// Lives in the large-object space.
    pub const LARGE: u8 = 2;
    /// Must be told when it dies (userdata with `__gc` or a host payload, threads' stacks).
    pub const FINALIZE: u8 = 4;
    /// Its finaliser has been queued or run.
    pub const FINALIZED: u8 = 8;
    /// Interned string.
    pub const INTERNED: u8 = 16;
    /// A table whose slots some cache or native code treats as constant: writes to them bump the epoch.
    pub const WATCHED: u8 = 32;
    /// A table whose writes raise an error.
    pub const READ_ONLY: u8 = 64;
    /// A table that has a metatable (its shape says which).
    pub const HAS_METATABLE: u8 = 128;
}

/// The first eight bytes of every heap object.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Header {
    pub kind: Kind,
    /// [`gc_flag`] bits.
    pub gc: u8,
    /// Meaning depends on the kind.
    pub small: u16,
    /// String: its hash. Table: its shape.
    pub word: u32,
}

const _: () = assert!(size_of::<Header>() == 8);

impl Header {
    pub const fn new(kind: Kind) -> Header {
        Header { kind, gc: 0, small: 0, word: 0 }
    }

    #[inline(always)]
    pub fn is_black(&self) -> bool {
        self.gc & gc_flag::BLACK != 0
    }
}
