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
//! 1. An enter cell is boxed and lives as long as [`Native`], an exit table as long as the code that was compiled for it: no other
//!    code holds its address.
//! 2. The code in a cell was compiled by [`crate::lower`] with the trace signature, and is in memory.
//! 3. A number, and the enter cell that goes with it, is given to another trace only when nobody *holds* it any more: whoever has
//!    code that jumps to the cell, or means to make a trace of this number, has called [`Native::hold`].

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
    /// Numbers that nobody holds.
    free: Vec<TraceId>,
    helpers: Arc<HelperAddrs>,
    enter: CodeRegion,
    exit: CodeRegion,
    barrier: CodeRegion,
    elem_barrier: CodeRegion,
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

#[derive(Default)]
struct Placed {
    enter: Box<AtomicUsize>,
    exits: ExitTable,
    code: Option<CodeRegion>,
    /// Cells of others that may hold the address of the code.
    entrances: Vec<Entrance>,
    /// How many hold the number (rule 3).
    holders: u32,
}

/// A cell that leads into a trace, besides its own.
#[derive(Clone, Copy)]
enum Entrance {
    Exit(TraceId, SnapId),
    Alias(TraceId),
}

/// Where each exit of a trace goes on. Its address does not change.
#[derive(Default)]
pub struct ExitTable(Box<[AtomicUsize]>);

impl ExitTable {
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }
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
        let elem_barrier = place(&stubs.elem_barrier, "lua::elem_barrier")?;
        let make = place(&stubs.make, "lua::make")?;
        let helpers = Arc::new(helpers);
        Ok(Native {
            memory,
            traces: Vec::new(),
            free: Vec::new(),
            helpers,
            enter,
            exit,
            barrier,
            elem_barrier,
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

    /// A number and an enter cell for a trace, held by the caller.
    pub fn reserve(&mut self) -> TraceId {
        let id = self.free.pop().unwrap_or_else(|| {
            self.traces.push(Placed::default());
            TraceId(self.traces.len() as u32 - 1)
        });
        let stub = self.exit.entry();
        let placed = self.placed_mut(id);
        placed.enter.store(stub, Ordering::Relaxed);
        placed.holders = 1;
        id
    }

    /// Keeps a number from being given to another trace (rule 3), until [`Native::release`].
    pub fn hold(&mut self, trace: TraceId) {
        self.placed_mut(trace).holders += 1;
    }

    /// Ends a hold. Says whether it was the last one: the number may be another trace's from now on.
    pub fn release(&mut self, trace: TraceId) -> bool {
        let placed = self.placed_mut(trace);
        placed.holders -= 1;
        let is_free = placed.holders == 0;
        if is_free {
            debug_assert!(placed.code.is_none() && placed.entrances.is_empty());
            self.free.push(trace);
        }
        is_free
    }

    /// Makes the exit table of a trace with this many snapshots, which has no code yet.
    pub fn make_exits(&mut self, trace: TraceId, snapshots: usize) {
        self.placed_mut(trace).exits = self.new_exits(snapshots);
    }

    /// An exit table whose exits all leave native code.
    pub fn new_exits(&self, snapshots: usize) -> ExitTable {
        let stub = self.exit.entry();
        ExitTable((0..snapshots).map(|_| AtomicUsize::new(stub)).collect())
    }

    /// Lets a trace without code be entered as another one.
    pub fn alias(&mut self, trace: TraceId, other: TraceId) {
        self.lead(Entrance::Alias(trace), other);
    }

    /// What the compiler must know to compile the trace.
    pub fn link_info(&self, trace: TraceId, target: Option<TraceId>) -> LinkInfo {
        let target = target
            .map(|target| LinkTarget { trace: target, cell: self.placed(target).enter.as_ptr() as usize });
        LinkInfo {
            trace,
            exit_table: self.placed(trace).exits.address(),
            after_rebuilding: false,
            target,
            helpers: self.helpers.clone(),
            exit_stub: self.exit.entry(),
            barrier_thunk: self.barrier.entry(),
            elem_barrier_thunk: self.elem_barrier.entry(),
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
        let placed = self.placed_mut(trace);
        placed.enter.store(region.entry(), Ordering::Relaxed);
        if let Some(old) = placed.code.replace(region) {
            self.memory.free(old);
        }
        Ok(())
    }

    /// Gives a trace other code, with the exit table that it was compiled for. Whoever comes to the trace comes to the new code.
    ///
    /// # Errors
    ///
    /// [`CodeMemoryError`]; the trace is as it was, and the exit table still the caller's.
    pub fn replace(
        &mut self,
        trace: TraceId,
        code: &CodeBytes,
        exits: &mut ExitTable,
        name: &str,
    ) -> Result<(), CodeMemoryError> {
        let region = self.memory.place(code, name)?;
        let old = self.placed(trace).enter.swap(region.entry(), Ordering::Relaxed);
        for entrance in &self.placed(trace).entrances {
            self.redirect(*entrance, old, region.entry());
        }
        let placed = self.placed_mut(trace);
        placed.exits = std::mem::take(exits);
        if let Some(old) = placed.code.replace(region) {
            self.memory.free(old);
        }
        Ok(())
    }

    /// Lets an exit go on in another trace.
    pub fn attach(&mut self, parent: TraceId, exit: SnapId, side: TraceId) {
        self.lead(Entrance::Exit(parent, exit), side);
    }

    /// Lets a cell lead to the code of a trace, if it has any.
    fn lead(&mut self, entrance: Entrance, trace: TraceId) {
        let code = self.placed(trace).enter.load(Ordering::Relaxed);
        if let (Some(cell), true) = (self.cell(entrance), code != self.exit.entry()) {
            cell.store(code, Ordering::Relaxed);
            self.placed_mut(trace).entrances.push(entrance);
        }
    }

    /// The cell, unless the trace whose exit it was is gone.
    fn cell(&self, entrance: Entrance) -> Option<&AtomicUsize> {
        match entrance {
            Entrance::Exit(trace, exit) => self.placed(trace).exits.0.get(exit.index()),
            Entrance::Alias(trace) => Some(&self.placed(trace).enter),
        }
    }

    /// Lets a cell that leads to the code `from` lead to `to`. It may lead elsewhere by now.
    fn redirect(&self, entrance: Entrance, from: usize, to: usize) {
        if let Some(cell) = self.cell(entrance).filter(|cell| cell.load(Ordering::Relaxed) == from) {
            cell.store(to, Ordering::Relaxed);
        }
    }

    /// Closes a trace's entry, those that stand for it, and the exits of others that lead to it. Its code stays until
    /// [`Native::remove`].
    pub fn unlink(&mut self, trace: TraceId) {
        let stub = self.exit.entry();
        let code = self.placed(trace).enter.swap(stub, Ordering::Relaxed);
        for entrance in std::mem::take(&mut self.placed_mut(trace).entrances) {
            self.redirect(entrance, code, stub);
        }
    }

    /// Unlinks a trace and frees its code and its exit table. The number stays its holders'.
    pub fn remove(&mut self, trace: TraceId) {
        self.unlink(trace);
        let placed = self.placed_mut(trace);
        placed.exits = ExitTable::default();
        if let Some(region) = placed.code.take() {
            self.memory.free(region);
        }
    }

    /// Does the trace have code that can be entered?
    pub fn is_linked(&self, trace: TraceId) -> bool {
        self.placed(trace).enter.load(Ordering::Relaxed) != self.exit.entry()
    }

    /// How many numbers there are, held and free.
    pub fn numbers(&self) -> usize {
        self.traces.len()
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

    fn placed_mut(&mut self, trace: TraceId) -> &mut Placed {
        &mut self.traces[trace.0 as usize]
    }
}
