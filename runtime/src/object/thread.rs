//! The layout of coroutines.

use super::{Header, Table, UpvalueCell};
use crate::Value;
use crate::bytecode::Instr;
use crate::hook::ThreadHook;

/// What `coroutine.status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ThreadStatus {
    /// Not started, or yielded.
    Suspended,
    Running,
    /// Has resumed another one.
    Normal,
    Dead,
}

/// A coroutine: a Lua stack of its own and where it stopped.
///
/// While a thread runs, the interpreter's registers are the truth and `base`, `pc` are stale.
#[repr(C)]
pub struct Thread {
    pub header: Header,
    /// The stack: `stack_size` values outside the collected heap, counted as its bytes; moves when it grows.
    pub stack: *mut Value,
    pub stack_size: usize,
    /// Saved registers of a thread that is not running.
    pub base: *mut Value,
    pub pc: *const Instr,
    /// The end of the transferred or multiple results of a thread that is not running.
    pub top: *mut Value,
    /// Open upvalue cells, highest slot first.
    pub open_upvalues: *mut UpvalueCell,
    /// Who resumed it (null: nobody, or the main thread).
    pub resumer: *mut Thread,
    /// Globals for functions that are loaded in it.
    pub env: *mut Table,
    pub status: ThreadStatus,
    /// Whether its body has begun.
    pub started: bool,
    /// How the resumer wants the results; see the interpreter.
    pub resume_kind: u8,
    /// Frames of host or native calls on it that cannot be yielded across.
    pub no_yield: u32,
    pub hook: ThreadHook,
}
