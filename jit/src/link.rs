//! Placed traces: how they are entered, left, chained and unchained.
//!
//! ```text
//!               enter cell                    exit table
//!   driver ─► [ code address ] ─► trace ─► [0] exit stub ─► back to the driver with the exit's number
//!                   ▲                      [1] side trace ─► ... ─► linked trace's enter cell
//!   linked traces ──┘                      [2] exit stub
//! ```
//!
//! All jumps between traces go through these cells, so linking and unlinking is one store, at any time
//! when the VM is not in native code, and code is never patched. A trace that has been unlinked leaves the
//! exit stub in its enter cell: whoever jumps there arrives at the driver with [`ENTRY_EXIT`].
//!
//! # Rules
//!
//! 1. Cells and tables are boxed and live as long as [`Native`]: code may hold their addresses for good.
//! 2. The code in a cell was compiled by [`crate::lower`] with the trace signature, and is in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::codemem::{CodeMemory, CodeMemoryError, CodeRegion};
use crate::ir::{HelperAddrs, SnapId, TraceId};
use crate::lower::{CodeBytes, CompileError, Compiler, ENTRY_EXIT, LinkInfo, LinkTarget, Stress};

/// Where native code was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// At a snapshot of a trace; its stores are done and its frame is current.
    Exit(TraceId, SnapId),
    /// At the beginning of a trace that has been unlinked.
    Entry(TraceId),
}

/// All native code of one VM.
pub struct Native {
    memory: CodeMemory,
    traces: Vec<Placed>,
    helpers: Arc<HelperAddrs>,
    enter: CodeRegion,
    exit: CodeRegion,
    barrier: CodeRegion,
    make: CodeRegion,
    /// The countdown cell of forced guard failures.
    stress: Option<Box<AtomicU32>>,
    ticks: Box<Ticks>,
}

/// What native code counts, if it is compiled with [`crate::ir::Op::Tick`]: back-edges taken, and headers of functions passed.
#[derive(Debug, Default)]
pub struct Ticks {
    pub iterations: AtomicU64,
    pub calls: AtomicU64,
}

struct Placed {
    enter: Box<AtomicUsize>,
    exits: Box<[AtomicUsize]>,
    code: Option<CodeRegion>,
}

/// Why there can be no native code.
#[derive(Debug)]
pub enum NativeError {
    Compile(CompileError),
    Memory(CodeMemoryError),
}

impl Native {
    /// Compiles and places the stubs.
    ///
    /// # Errors
    ///
    /// The system gives no executable memory, or the stubs do not compile.
    pub fn new(
        compiler: &mut Compiler,
        helpers: HelperAddrs,
        mut memory: CodeMemory,
    ) -> Result<Native, NativeError> {
        let stubs = compiler.compile_stubs(&helpers).map_err(NativeError::Compile)?;
        let mut place = |code, name| memory.place(code, name).map_err(NativeError::Memory);
        let enter = place(&stubs.enter, "lua::enter")?;
        let exit = place(&stubs.exit, "lua::exit")?;
        let barrier = place(&stubs.barrier, "lua::barrier")?;
        let make = place(&stubs.make, "lua::make")?;
        let helpers = Arc::new(helpers);
        Ok(Native {
            memory,
            traces: Vec::new(),
            helpers,
            enter,
            exit,
            barrier,
            make,
            stress: None,
            ticks: Box::default(),
        })
    }

    /// Makes every trace compiled from now on count its guards down in a cell, and fail the guard that
    /// reaches zero. See [`Native::force_exit_in`].
    pub fn enable_stress(&mut self) {
        self.stress = Some(Box::default());
    }

    /// Forces the `guards`-th guard from now to fail; 0 forces none for a long time.
    pub fn force_exit_in(&self, guards: u32) {
        if let Some(cell) = &self.stress {
            cell.store(guards, Ordering::Relaxed);
        }
    }

    /// What native code has counted. The counters stay where they are (rule 1).
    pub fn ticks(&self) -> &Ticks {
        &self.ticks
    }

    /// A number and an enter cell for a trace.
    pub fn reserve(&mut self) -> TraceId {
        let enter = Box::new(AtomicUsize::new(self.exit.entry()));
        self.traces.push(Placed { enter, exits: Box::default(), code: None });
        TraceId(self.traces.len() as u32 - 1)
    }

    /// Makes the exit table of a trace with this many snapshots, which has no code yet.
    pub fn make_exits(&mut self, trace: TraceId, snapshots: usize) {
        let stub = self.exit.entry();
        self.traces[trace.0 as usize].exits = (0..snapshots).map(|_| AtomicUsize::new(stub)).collect();
    }

    /// Lets a trace without code be entered as another one.
    pub fn alias(&self, trace: TraceId, other: TraceId) {
        let code = self.placed(other).enter.load(Ordering::Relaxed);
        self.placed(trace).enter.store(code, Ordering::Relaxed);
    }

    /// What the compiler must know to compile the trace.
    pub fn link_info(&self, trace: TraceId, target: Option<TraceId>) -> LinkInfo {
        let target = target
            .map(|target| LinkTarget { trace: target, cell: self.placed(target).enter.as_ptr() as usize });
        LinkInfo {
            trace,
            exit_table: self.placed(trace).exits.as_ptr() as usize,
            after_rebuilding: false,
            target,
            helpers: self.helpers.clone(),
            exit_stub: self.exit.entry(),
            barrier_thunk: self.barrier.entry(),
            make_thunk: self.make.entry(),
            stress: self.stress.as_deref().map(|cell| Stress { countdown_cell: cell.as_ptr() as usize }),
        }
    }

    /// Places a trace's code and opens its entry.
    ///
    /// # Errors
    ///
    /// [`CodeMemoryError`]; the trace is as it was.
    pub fn install(&mut self, trace: TraceId, code: &CodeBytes, name: &str) -> Result<(), CodeMemoryError> {
        let region = self.memory.place(code, name)?;
        let placed = &mut self.traces[trace.0 as usize];
        placed.enter.store(region.entry(), Ordering::Relaxed);
        if let Some(old) = placed.code.replace(region) {
            self.memory.free(old);
        }
        Ok(())
    }

    /// Lets an exit go on in another trace.
    pub fn attach(&self, parent: TraceId, exit: SnapId, side: TraceId) {
        let code = self.placed(side).enter.load(Ordering::Relaxed);
        self.placed(parent).exits[exit.index()].store(code, Ordering::Relaxed);
    }

    /// Lets an exit go to the driver again.
    pub fn detach(&self, parent: TraceId, exit: SnapId) {
        self.placed(parent).exits[exit.index()].store(self.exit.entry(), Ordering::Relaxed);
    }

    /// Closes a trace's entry, those that stand for it, and the exits of others that lead to it. Its code stays until
    /// [`Native::remove`].
    pub fn unlink(&mut self, trace: TraceId) {
        let stub = self.exit.entry();
        let code = self.placed(trace).enter.swap(stub, Ordering::Relaxed);
        if code == stub {
            return;
        }
        for cell in self.traces.iter().flat_map(|placed| placed.exits.iter().chain([&*placed.enter])) {
            if cell.load(Ordering::Relaxed) == code {
                cell.store(stub, Ordering::Relaxed);
            }
        }
    }

    /// Unlinks a trace and frees its code.
    pub fn remove(&mut self, trace: TraceId) {
        self.unlink(trace);
        if let Some(region) = self.traces[trace.0 as usize].code.take() {
            self.memory.free(region);
        }
    }

    /// Does the trace have code that can be entered?
    pub fn is_linked(&self, trace: TraceId) -> bool {
        self.placed(trace).enter.load(Ordering::Relaxed) != self.exit.entry()
    }

    /// Bytes of machine code.
    pub fn code_bytes(&self) -> usize {
        self.memory.used()
    }

    /// Which trace's code an address lies in.
    pub fn trace_at(&self, address: usize) -> Option<TraceId> {
        let holds = |placed: &Placed| placed.code.as_ref().is_some_and(|code| code.contains(address));
        self.traces.iter().position(holds).map(|index| TraceId(index as u32))
    }

    /// Runs a trace, and those it leads to, until native code is left.
    ///
    /// # Safety
    ///
    /// `vm` points to a VM with the layout of [`crate::layout`], which the caller owns; `base` to a frame on
    /// its stack in the state that the trace was recorded from; every trace reachable from this one was
    /// compiled for this VM.
    pub unsafe fn enter(&self, trace: TraceId, vm: *mut u8, base: *mut u64) -> Left {
        type Enter = unsafe extern "C" fn(*mut u8, *mut u64, usize) -> u64;
        let code = self.placed(trace).enter.load(Ordering::Relaxed);
        if code == self.exit.entry() {
            return Left::Entry(trace);
        }
        // SAFETY: the stub was compiled with this signature.
        let enter = unsafe { std::mem::transmute::<usize, Enter>(self.enter.entry()) };
        // SAFETY: rule 2, and the caller vouches for the VM and the frame.
        let left = unsafe { enter(vm, base, code) };
        let trace = TraceId((left >> 32) as u32);
        match left as u32 {
            ENTRY_EXIT => Left::Entry(trace),
            exit => Left::Exit(trace, SnapId(exit as u16)),
        }
    }

    fn placed(&self, trace: TraceId) -> &Placed {
        &self.traces[trace.0 as usize]
    }
}
