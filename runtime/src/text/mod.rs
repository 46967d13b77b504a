//! What the standard library does with bytes, numbers, times and orders, as pure functions.
//!
//! Nothing here knows the VM: no value, no heap, no callback. Texts are `&[u8]` in and bytes out; what has to ask
//! the program something (a comparator, a replacement) is a state machine that the library drives.
//!
//! The measure of everything here is what `lua5.1` on x86-64 Linux does, to the letter of its error messages;
//! each file names the places where we differ.

#![forbid(unsafe_code)]

pub mod calendar;
mod decimal;
pub mod number;
pub mod pattern;
pub mod printf;
pub mod quote;
pub mod random;
pub mod sort;
pub mod strftime;
