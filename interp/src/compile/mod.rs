//! From the syntax tree to bytecode.
//!
//! [`codegen::generate`] turns each function body of the tree into a [`function::FunctionCode`], which is
//! plain data and knows no VM; [`link`] makes prototypes of them. In between lie, in reading order:
//!
//! * [`emit`]: the code buffer, lines, jump lists, constants;
//! * [`value`]: expression descriptors, which put off making an instruction until it is clear where its
//!   result is wanted;
//! * [`operator`]: arithmetic, comparison and logic on descriptors;
//! * [`expr`] and [`stmt`]: the walk over the tree.
//!
//! The method is that of PUC Lua's `lcode.c`, and the order in which instructions come out is the same, so
//! that evaluation order, line numbers and the names in error messages agree.

#![forbid(unsafe_code)]
// `to_register` and its like bring the expression given as argument, not the function itself, to where they say.
#![allow(clippy::wrong_self_convention)]

mod codegen;
mod emit;
mod expr;
pub mod function;
mod link;
mod operator;
mod stmt;
#[cfg(test)]
mod tests;
mod value;

pub use codegen::generate;
pub use function::{Constant, FunctionCode};
pub use link::load;
