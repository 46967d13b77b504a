//! The interpreter of ferrous-lua: source to bytecode, the instruction handlers, the driver.
//!
//! [`new_state`] makes a VM that runs; [`call`] runs a function in it. See [`dispatch`](self) for how instructions follow
//! one another, `slow` for what they do off the fast path, `unwind` for errors, `coroutine` for switches.

pub mod compile;
pub mod syntax;

mod coroutine;
mod dispatch;
mod driver;
mod handlers;
mod hooks;
mod protected;
mod safepoint;
mod slow;
mod state;
mod table;
mod unwind;

pub use coroutine::prepare as prepare_coroutine;
pub use driver::{MAX_NATIVE_DEPTH, begin_call, call, finish_call};
pub use state::new_state;
