//! The bytecode: the instruction set, instruction words, walking over them, the verifier and the listing.

mod instr;
mod list;
mod op;
mod verify;
mod words;

pub use instr::Instr;
pub use list::list;
#[cfg(test)]
pub(crate) use list::test_proto;
pub use op::{Flow, Op, Operand};
pub use verify::{Defect, verify, verify_function};
pub use words::{At, ExtraWord, instruction_before, instructions};

/// The most registers a function may use.
pub const MAX_REGISTERS: usize = 251;
/// `B` or `C` of a call, or `D` of a list, that means "up to the end of the multiple results".
pub const MULTI: u32 = 0;
