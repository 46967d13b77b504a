//! What the whole-program tests share: golden files, the modes they run in, running a command under
//! limits, showing a difference, making random programs, random numbers.
//!
//! Each test target (`golden`, `fuzz_diff`, `damaged_dumps`) uses its own part of this, so parts are unused in each.
#![allow(dead_code)]

pub mod difference;
pub mod generate;
pub mod mode;
pub mod process;
pub mod program;
pub mod random;
