//! Lowering: a trace to machine code, through Cranelift.
//!
//! ```text
//!   Trace ─► ExitPlan ─► Rebuilds ─► Uses ─► Schedule ─► Body (CLIF) ─► Cranelift ─► CodeBytes
//!            what exits   what sunk   what the   and       instruction
//!            store        objects     hot path   where     by instruction
//!                         they make   computes
//! ```
//!
//! # Machine-level conventions
//!
//! 1. A trace is a function of Cranelift's `tail` convention, `(vm, base, exit) -> exit`, which leaves by
//!    tail calls only: to the code in its exit table, to another trace, or to the exit stub, which stores
//!    `base` in the VM and returns the exit number to whoever entered.
//! 2. Exit numbers carry the trace: `trace << 32 | snapshot`. A trace that goes on to another passes that
//!    one's number with [`ENTRY_EXIT`], so that the exit stub can stand in for it.
//! 3. An exit stores its slots in the Lua stack, adds the base delta of its frames, and jumps to
//!    `exit_table[snapshot]`: the stub at first, a side trace once there is one. Exits share what they can of that (`leave`).
//! 4. Everything outside the function is reached through absolute addresses, so the bytes may be put
//!    anywhere and need no relocation.
//! 5. Cranelift runs at `opt_level=none`: the optimiser is ours. Its own mid-end recomputes pure chains in
//!    every exit block, which is quadratic.

mod alloc;
mod arith;
mod body;
mod compiler;
mod dict;
mod exits;
mod isa;
mod leave;
mod loops;
mod memory;
mod rebuild;
mod schedule;
mod stubs;
#[cfg(test)]
mod tests;
mod uses;

pub use compiler::{CodeBytes, CompileError, Compiler, ENTRY_EXIT, LinkInfo, LinkTarget, Listing, Stress};
pub use stubs::StubBytes;
