//! The optimiser: everything between recording and lowering.
//!
//! ```text
//!   emit ──► fold ──► forward (loads) / CSE (the rest) ──► append        one instruction, as it is emitted
//!     └─► narrow (indices, computed with integers), remainder (dividends, likewise)
//!   peel     sends the whole recorded body through the same pipe again, behind a loop marker: what does
//!            not vary finds its equal before the marker, and what does becomes a phi
//!   region   sends side traces of the loop through it as well, as branches of the loop
//!   dce      drops what nobody uses, and closes the gaps
//!   sink     leaves to exits the making of objects that nobody else sees
//! ```
//!
//! The design is LuaJIT's (`lj_opt_fold.c`, `lj_opt_mem.c`, `lj_opt_loop.c`). The optimiser knows the trace
//! and nothing else: it never reads the heap.

#![forbid(unsafe_code)]

mod dce;
mod emit;
mod fold;
mod forward;
mod narrow;
mod peel;
mod range;
mod region;
mod remainder;
mod sink;
#[cfg(test)]
mod tests;

pub use dce::dce;
pub use emit::{Contradiction, Emit, Emitter, Induction};
pub(crate) use fold::exact_reciprocal;
pub use peel::PeelError;
pub use range::Range;
pub use region::{Branch, Region, region};
pub use sink::sink;

use crate::ir::Trace;

/// Checks a trace in debug builds.
pub(crate) fn debug_verify(trace: &Trace) {
    if cfg!(debug_assertions)
        && let Err(message) = crate::ir::verify(trace)
    {
        panic!("invalid trace: {message}\n{trace}");
    }
}
