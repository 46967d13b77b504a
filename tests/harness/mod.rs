//! What the whole-program tests share: golden files, the modes they run in, running a command under
//! limits, showing a difference, and making random programs.
//!
//! Each test target (`golden`, `fuzz_diff`) uses its own part of this, so parts are unused in each.
#![allow(dead_code)]

pub mod difference;
pub mod generate;
pub mod mode;
pub mod process;
pub mod program;
