//! What an engine is told when it is attached.

use std::io::Write;

use crate::codemem::PerfMap;
use crate::params::{CODE_LIMIT_BYTES, HOT_CALL, HOT_EXIT, HOT_LOOP, MAX_TRACES, STRESS_MAX_TRACES};

/// Settings of the JIT of one VM.
pub struct JitOptions {
    /// Whether hot code is compiled at present.
    pub enabled: bool,
    /// How often a loop runs before it is recorded.
    pub hot_loop: u32,
    /// How often a function is called before it is recorded.
    pub hot_call: u32,
    /// How often an exit is taken before a side trace is recorded.
    pub hot_exit: u32,
    /// Compile on the thread that runs the program, which then waits.
    pub synchronous: bool,
    /// Make guards fail at random, as this seed says.
    pub stress: Option<u64>,
    /// The most bytes of executable memory.
    pub code_limit: usize,
    /// The most traces at one time. (With `flush_when_full` off, halving it finds the trace that is to blame for something.)
    pub max_traces: usize,
    /// When there are too many traces, or too much code: drop all and start anew. Else no more are made.
    pub flush_when_full: bool,
    /// Where traces are printed, if they are: IR, CLIF and machine code.
    pub dump: Option<Box<dyn Write>>,
    /// Let native code count its iterations and calls, which costs a little in each.
    pub count: bool,
    /// Where `perf` is told the names of traces, if it is.
    pub perf_map: Option<PerfMap>,
}

impl Default for JitOptions {
    fn default() -> JitOptions {
        JitOptions {
            enabled: true,
            hot_loop: HOT_LOOP,
            hot_call: HOT_CALL,
            hot_exit: HOT_EXIT,
            synchronous: false,
            stress: None,
            code_limit: CODE_LIMIT_BYTES,
            max_traces: MAX_TRACES,
            flush_when_full: true,
            dump: None,
            count: false,
            perf_map: None,
        }
    }
}

impl JitOptions {
    /// Everything is compiled almost at once, and guards fail at random.
    pub fn stress(seed: u64) -> JitOptions {
        JitOptions {
            hot_loop: 1 + (seed % 2) as u32,
            hot_call: 1 + (seed / 2 % 2) as u32,
            hot_exit: 1 + (seed % 3) as u32,
            synchronous: true,
            stress: Some(seed),
            max_traces: STRESS_MAX_TRACES,
            flush_when_full: false,
            ..JitOptions::default()
        }
    }

    /// As if everything became hot after `count` rounds.
    pub fn hot_count(mut self, count: u32) -> JitOptions {
        (self.hot_loop, self.hot_call) = (count.max(1), count.saturating_mul(2).max(1));
        self.hot_exit = self.hot_exit.min(count.max(1));
        self
    }
}
