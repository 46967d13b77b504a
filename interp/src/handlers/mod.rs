//! The hot instruction handlers: leaves that chain by sibling calls (see [`crate::dispatch`]).

pub(crate) mod arith;
pub(crate) mod calls;
pub(crate) mod compare;
pub(crate) mod coroutines;
pub(crate) mod data;
pub(crate) mod fields;
pub(crate) mod index;
pub(crate) mod loops;
pub(crate) mod metamethods;
