//! Errors in flight.
//!
//! A Lua error is a value. While it travels through Rust code it lies in [`Vm::error`](crate::vm::Vm) and what is passed
//! is a [`Throw`], so `Result<T, Throw>` costs no more than a flag and the collector sees the value.

use std::fmt;

/// Proof that an error value has been stored in the VM. Made only by [`crate::vm::Vm::throw`] and what builds on it.
#[must_use]
pub struct Throw {
    _private: (),
}

impl Throw {
    pub(crate) fn new() -> Throw {
        Throw { _private: () }
    }
}

impl fmt::Debug for Throw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Throw")
    }
}

/// The heap's limit is reached, or the system has no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;
