//! The layout of full userdata.

use super::{Header, Table};

/// A full userdata: a metatable, an environment, and a payload that lives outside the heap.
///
/// The payload is an index into the state's payload table (0: none), because a host may keep it alive longer than
/// the object, and because the collector must be able to free objects without running foreign code.
#[repr(C)]
pub struct Userdata {
    pub header: Header,
    pub metatable: *mut Table,
    pub env: *mut Table,
    pub payload: u32,
    /// What the payload is, for the library that made it: each has a number of its own.
    pub payload_kind: u32,
}

const _: () = assert!(size_of::<Userdata>() == 32);
