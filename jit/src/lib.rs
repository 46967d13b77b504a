//! The tracing JIT: hot bytecode to machine code and back.
//!
//! ```text
//!   bytecode ─► record ─► ir ◄─► opt ─► lower ─► codemem ─► link
//!       ▲                  (fold and CSE as it is emitted,     │
//!       │                   then peel, dce, sink)              │
//!       └──────────────────── engine ──────────────────────────┘
//! ```
//!
//! Read in this order: [`ir`] (what a trace is), [`opt`] (how its instructions are emitted and improved),
//! [`lower`] (machine code by Cranelift), [`codemem`] (where it lives), [`link`] (how it is entered, left
//! and chained), [`record`] (how a trace comes to be), [`helpers`] (what it calls), [`engine`] (who decides).

mod caught;
pub mod codemem;
pub mod engine;
pub mod helpers;
pub mod ir;
pub mod layout;
pub mod link;
pub mod lower;
pub mod opt;
pub mod params;
pub mod record;

pub use codemem::PerfMap;
pub use engine::{JitOptions, Passes, Stats, attach, detach, flush, stats};
