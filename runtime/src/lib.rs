//! The runtime of ferrous-lua: what a Lua program is while it runs.
//!
//! Values, heap and collector, strings, shapes and tables, functions and prototypes, the bytecode definition,
//! frames, errors, and the standard library. The interpreter and the JIT work on what is defined here.

pub mod arith;
pub mod bytecode;
pub mod check;
pub mod dump;
pub mod error;
pub mod frame;
pub mod handles;
pub mod heap;
pub mod hook;
pub mod interrupt;
pub mod level;
pub mod library;
pub mod load;
pub mod message;
pub mod names;
pub mod native;
pub mod object;
pub mod proto;
pub mod shape;
pub mod stack;
pub mod string;
pub mod table;
pub mod text;
pub mod traceback;
pub mod value;
pub mod vm;

pub use error::{OutOfMemory, Throw};
pub use value::{Type, Value};
pub use vm::Vm;
