//! The trace IR: typed SSA for one straight path through the program.
//!
//! A [`Trace`] is an array of small instructions. It has no control flow but the guards, which leave
//! it, and at most one loop, from the [`Op::Loop`] marker to the end. A *region* is a trace whose loop has several
//! [`segment`]s: guards of one may lead to another. Constants are interned beside the
//! instructions; [`Snapshot`]s say what the Lua stack must look like when a guard leaves.
//!
//! ```text
//!   %0 SLoad.any #1            the slot's value on entry
//!   %1 UnboxNum %0 !0          ... is a number, or leave by snapshot 0
//!   %2 Add.num %1, 1.0
//!   %3 Lt %2, 100.0 !1
//!   snap 0 guard pc 7 base 0 {}
//!   snap 1 guard pc 9 base 0 { #1: %2 }
//!   tail loop 7 { #1: %2 }
//! ```
//!
//! Read [`op`] for the operations, [`ty`] for the types, then [`crate::opt`] for how instructions come
//! to be.

#![forbid(unsafe_code)]

pub mod helper;
pub mod op;
mod parse;
mod print;
pub mod segment;
pub mod trace;
pub mod ty;
pub mod verify;

pub use helper::{Helper, HelperAddrs, HelperEffect};
pub use op::{Effect, Op, Operand, Region, Res, Room};
pub use parse::{ParseError, parse};
pub use segment::Segments;
pub use trace::{
    ArgsId, Const, ExitKind, Instr, IrRef, Needed, RecordedAt, SnapEntry, SnapId, Snapshot, Tail, Trace,
    TraceId,
};
pub use ty::Ty;
pub use verify::verify;
