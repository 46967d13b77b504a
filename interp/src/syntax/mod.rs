//! From source text to a resolved syntax tree.
//!
//! The stages, in reading order: [`lexer`] cuts the bytes into tokens and interns every name and
//! string in [`symbol`]; [`parser`] recognises the grammar and, name by name, asks [`resolve`]
//! which variable is meant; the result is the [`ast`]. Nothing here knows the virtual machine, so
//! [`parse`] can be fuzzed by itself.

#![forbid(unsafe_code)]

pub mod ast;
pub mod error;
mod lexer;
mod parser;
#[cfg(test)]
mod print;
mod resolve;
pub mod symbol;
mod token;

pub use ast::Ast;
pub use error::SyntaxError;
pub use lexer::token_count;
pub use parser::{parse, starts_no_program};
