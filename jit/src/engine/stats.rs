//! What the engine counts.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use ferrous_lua_runtime::bytecode::Op;

use super::sites::is_header;
use crate::record::Abort;

/// How often back-edges of loops have been taken, and headers of functions passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passes {
    pub iterations: u64,
    pub calls: u64,
}

impl Passes {
    /// Counts an instruction that ends an iteration or begins a call.
    pub(super) fn count(&mut self, op: Op, times: u64) {
        *(if is_header(op) { &mut self.calls } else { &mut self.iterations }) += times;
    }
}

impl Add for Passes {
    type Output = Passes;

    fn add(self, other: Passes) -> Passes {
        Passes { iterations: self.iterations + other.iterations, calls: self.calls + other.calls }
    }
}

/// Totals since the engine was attached.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Root traces of loops and functions that have been compiled ...
    pub roots: u64,
    /// ... and of loops, those that have been entered at least once.
    pub loops_entered: u64,
    pub functions_entered: u64,
    /// Of those, how many are variants of another trace of the same loop.
    pub variants: u64,
    /// Continuations behind what was left to the interpreter.
    pub continuations_entered: u64,
    /// Traces of places where paths through a tree meet.
    pub joins: u64,
    pub side_traces: u64,
    /// How often a loop has been compiled again with side traces inside.
    pub regions: u64,
    /// Side traces that are part of such a loop, and of no use otherwise.
    pub merged: u64,
    /// Traces dropped, because a prototype died or the code was flushed.
    pub dropped: u64,
    /// How often all were, to make room.
    pub flushes: u64,
    /// Numbers that traces have or have had: as many as there have been at one time.
    pub trace_numbers: usize,
    /// What the interpreter has run. An iteration that ends in native code, or a call that begins there, is native, however
    /// much of it the interpreter did.
    pub interpreted: Passes,
    /// What native code has run, if it counts.
    pub native: Option<Passes>,
    /// Runs of native code, and how they ended.
    pub entries: u64,
    pub guard_exits: u64,
    pub interrupt_exits: u64,
    pub leave_exits: u64,
    /// At the beginning of a trace that has no code: it waits for its compilation, or has been removed.
    pub entry_exits: u64,
    pub recordings: u64,
    /// By [`Abort`].
    pub aborts: [u64; Abort::COUNT],
    /// Recordings that could not be compiled or placed, which is a fault of ours or a lack of code memory.
    pub compile_failures: u64,
    pub bytecodes: u64,
    pub ir_instructions: u64,
    pub record_time: Duration,
    pub compile_time: Duration,
    pub code_bytes: usize,
}

/// So many in native code, and so many in the interpreter.
struct Share(u64, u64);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Share(native, interpreted) = *self;
        let percent = 100.0 * native as f64 / (native + interpreted).max(1) as f64;
        write!(f, "{native} native, {interpreted} interpreted, {percent:.2}% native")
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "native loops: {}", self.loops_entered)?;
        writeln!(f, "native functions: {}", self.functions_entered)?;
        writeln!(f, "native continuations: {}", self.continuations_entered)?;
        if let Some(native) = self.native {
            writeln!(
                f,
                "loop iterations (by back-edges taken): {}",
                Share(native.iterations, self.interpreted.iterations)
            )?;
            writeln!(
                f,
                "calls of Lua functions without `...` (by headers passed): {}",
                Share(native.calls, self.interpreted.calls)
            )?;
        }
        writeln!(
            f,
            "traces: {} root ({} of them variants), {} side, {} at joins, {} regions (with {} of the side traces), {} dropped ({} times all, to make room); {} bytecode instructions, {} of IR",
            self.roots,
            self.variants,
            self.side_traces,
            self.joins,
            self.regions,
            self.merged,
            self.dropped,
            self.flushes,
            self.bytecodes,
            self.ir_instructions
        )?;
        writeln!(
            f,
            "entries: {}; exits: {} guard, {} leave, {} interrupt, {} at the beginning of a trace",
            self.entries, self.guard_exits, self.leave_exits, self.interrupt_exits, self.entry_exits
        )?;
        let aborted: u64 = self.aborts.iter().sum();
        writeln!(
            f,
            "recordings: {}; aborted: {aborted}; not compiled: {}",
            self.recordings, self.compile_failures
        )?;
        for (reason, count) in Abort::ALL.iter().zip(self.aborts).filter(|(_, count)| *count > 0) {
            writeln!(f, "  aborts, {}: {count}", reason.text())?;
        }
        write!(
            f,
            "time: {:.2} ms recording, {:.2} ms compiling; code: {} bytes",
            self.record_time.as_secs_f64() * 1e3,
            self.compile_time.as_secs_f64() * 1e3,
            self.code_bytes
        )
    }
}
