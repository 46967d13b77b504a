//! The recorder: the running bytecode as trace IR.
//!
//! The interpreter shows each instruction before it runs. The recorder looks at the operands that the interpreter
//! is about to see, emits what the instruction does to them, and guards what it took for granted: types, shapes, branch
//! directions, callees. A guard's snapshot names the instruction itself, which the interpreter then does again, or, for
//! branches, the path not taken. Behind something that cannot be done again, the next snapshot names the next instruction.
//!
//! | file | what |
//! |---|---|
//! | `state` | slots, frames, types of values, snapshots |
//! | `liveness` | which registers an exit must restore |
//! | `instr` | one arm for each instruction |
//! | `arith`, `compare`, `upvalue`, `alloc` | what their names say |
//! | `field`, `index` | tables: constant string keys by shape, other keys |
//! | `call`, `leaf` | Lua functions are inlined; library functions are intrinsics or called |
//! | `landing` | metamethods and protected calls |
//! | `sequence` | library functions that have called, by which the trace comes to the next call |
//! | `below` | frames that the trace comes to by returning from the one in which it began |
//! | `loops` | numeric and generic `for` |
//! | `finish` | how traces end |
//!
//! What the recorder does not do natively it leaves to the interpreter: the trace ends with [`Tail::Leave`] in front of it.
//!
//! The engine starts a recording with [`Recorder::start_root`] or [`Recorder::start_side`], passes every
//! instruction to [`Recorder::record`], and compiles what it gets back.
//!
//! [`Tail::Leave`]: crate::ir::Tail::Leave

mod abort;
mod alloc;
mod arith;
mod below;
mod call;
mod compare;
mod field;
mod finish;
mod index;
mod instr;
mod landing;
mod leaf;
mod liveness;
mod loops;
mod sequence;
mod state;
mod upvalue;

pub use abort::Abort;
pub use liveness::KnownLiveness;

use std::ops::Range;

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::FrameRef;
use ferrous_lua_runtime::object::Thread;
use ferrous_lua_runtime::proto::Proto;
use rustc_hash::FxHashMap;

use crate::ir::{ExitKind, IrRef, Op, SnapEntry, SnapId, Trace, TraceId, Ty};
use crate::layout;
use crate::opt::{Contradiction, Emitter};
use crate::params;
use landing::Landed;
use sequence::Returned;
use state::{Frame, Slots, varargs_of};

/// What a root trace stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootKind {
    /// A loop: `vm.pc` is its first instruction.
    Loop,
    /// A function: `vm.pc` is behind its header, `vm.base` its frame.
    Function,
    /// What follows an instruction that was left to the interpreter: any instruction at all.
    Continuation,
}

/// How to go on after an instruction has been recorded.
#[derive(Debug)]
pub enum Status {
    /// Show the next one.
    Continue,
    /// The trace is complete; the instruction shown is not part of it.
    Finished(Box<Recorded>),
    Abort(Abort),
    /// The very first instruction is left to the interpreter. Native code may go on at these behind it.
    Nothing(Vec<*const Instr>),
}

/// A finished trace.
#[derive(Debug)]
pub struct Recorded {
    /// Peeled if it is a loop, and without dead code: ready to be compiled. Its tail says how it ends:
    /// `Loop` (loops in itself), `Again` (goes on at its own beginning, perhaps in another frame: a link to itself), `Link`, `Leave`.
    /// Where paths meet it is a link to [`TraceId::JOIN`], in front of a loop without a trace one to [`TraceId::LOOP`], for the engine
    /// to replace.
    pub trace: Trace,
    /// Of a loop: its round as it was before it was peeled.
    pub round: Option<Box<Emitter>>,
    /// Of a loop in the source: its code.
    pub loop_code: Option<Range<*const Instr>>,
    /// Of a numeric loop whose counter is an integer: the first of its hidden registers, which are the counter, the limit and the step.
    pub counter: Option<usize>,
    /// Of a trace that goes on in a numeric loop: how many rounds that had before it then, as far as the engine could see.
    pub rounds_ahead: Option<f64>,
    /// Where it began.
    pub start_pc: *const Instr,
    /// For `Again`, `Link` and `Leave`: the instruction with which execution goes on.
    pub end_pc: *const Instr,
    /// The prototypes whose code the trace ran through and may resume into, each once. It is of no use, and must
    /// be dropped, when one of them is freed.
    pub protos: Vec<*mut Proto>,
    /// A back-edge leads to where the trace ends, so that it ends in another round of the same loop.
    pub comes_around: bool,
    /// If an instruction is left to the interpreter: where native code may go on behind it.
    pub resumes: Vec<*const Instr>,
    /// How many bytecode instructions were recorded, for statistics.
    pub instructions: u32,
    /// How many calls were inlined that the interpreter makes by way of a landing.
    pub landings: u32,
}

/// Counters for recorded code to count in.
#[derive(Clone, Copy, Debug)]
pub struct TickCells {
    /// The address of the counter of back-edges taken ...
    pub iterations: usize,
    /// ... and of function headers passed.
    pub calls: usize,
}

/// What the recorder asks the engine about other traces.
pub trait Traces {
    /// The root trace that begins at `pc` (the first instruction of a loop, or the one behind a function's header), if
    /// there is one that can be linked to.
    fn root_at(&self, pc: *const Instr) -> Option<TraceId>;

    /// Whether a loop that begins at `pc` has been given up for good, so that outer traces may unroll it.
    fn is_hopeless(&self, pc: *const Instr) -> bool;

    /// Whether a loop that begins at `pc` is worth waiting for.
    fn is_promising(&self, pc: *const Instr) -> bool;

    /// Whether the instruction at `pc` has met tables of kinds that did not last.
    fn meets_short_lived_kinds(&self, pc: *const Instr) -> bool;
}

/// Why an instruction was not recorded to its end.
enum Stop {
    /// The interpreter is to do it: the trace ends before it.
    Leave,
    /// The interpreter has done it already: the trace ends before this instruction, of the innermost frame.
    LeaveAt(*const Instr),
    /// The trace is long enough as it is: it ends before the instruction, where another one may begin.
    Split,
    Abort(Abort),
    Finished(Box<Recorded>),
}

type Rec<T> = Result<T, Stop>;

impl From<Contradiction> for Stop {
    fn from(_: Contradiction) -> Stop {
        Stop::Abort(Abort::Contradiction)
    }
}

/// What kind of trace is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Loop,
    Function,
    Continuation,
    Side,
}

/// What remains to be done for an instruction once it has run.
#[derive(Clone, Copy, Debug)]
enum Pending {
    None,
    /// A library function was called: results from a slot on, as many as C of the call says, counted by a value.
    Leaf {
        first: i32,
        wanted: usize,
        count: IrRef,
    },
    /// A function has returned to a landing, which comes next.
    Landing(Landed),
    /// A function is about to return to a sequence, whose landing comes next.
    Return(Returned),
    /// The sequence takes a step.
    Step(Returned),
}

/// What is known of a slot where a side trace begins.
#[derive(Clone, Copy, Debug)]
enum Vouched {
    Constant(IrRef),
    Type(Ty),
}

/// Where the next instruction can be.
#[derive(Clone, Copy, Debug)]
struct Expected {
    pcs: [*const Instr; 2],
    base: i32,
}

/// Records one trace.
pub struct Recorder {
    e: Emitter,
    kind: Kind,
    thread: *mut Thread,
    /// The trace's base, as a distance from the beginning of the stack (which may move).
    start: isize,
    start_pc: *const Instr,
    /// For a loop: the end of its last back-edge instruction.
    loop_end: *const Instr,
    /// For a numeric loop: the register of its counter.
    counter_register: Option<usize>,
    /// The frames of the trace, the innermost last.
    frames: Vec<Frame>,
    slots: Slots,
    /// Types that the exit where a side trace begins vouches for.
    inherited: FxHashMap<i32, Ty>,
    /// All that it vouches for.
    vouched: Vec<(i32, Vouched)>,
    /// The end of multiple results, while some instruction is going to use them.
    top: Option<i32>,
    /// The arguments of the function whose header comes next.
    nargs: usize,
    expected: Expected,
    pending: Pending,
    /// How often each place has been passed that an inner loop or a recursion comes by.
    visits: FxHashMap<*const Instr, u32>,
    /// The inner loop that ran more rounds than are unrolled.
    long_loop: Option<*const Instr>,
    liveness: KnownLiveness,
    protos: Vec<*mut Proto>,
    instructions: u32,
    landings: u32,
    /// The return that comes next leads to no Lua function.
    returns_to_landing: bool,
    /// A sequence has called a function again.
    called_again: bool,
    /// How many rounds of the loop have been recorded.
    rounds: u32,
    /// An upvalue was read or written in memory.
    uses_cells: bool,
    /// Where control has come to below the frame in which the trace began: in the lowest frame, the instruction that called or the
    /// one behind it.
    below: Option<*const Instr>,
    /// The trace ends where paths meet.
    ends_at_joins: bool,
    /// The trace goes on in the root trace of a function that it calls, if there is one, instead of inlining the function.
    calls_traces: bool,
    /// A function has just returned below the frame in which the trace began.
    has_returned: bool,
    ticks: Option<TickCells>,
    /// The trace is rather recorded another time than while a table grows.
    avoids_growth: bool,
    /// The first instruction has met too many shapes to guard them.
    is_polymorphic: bool,
    /// The instruction at hand has met tables of kinds that did not last.
    meets_short_lived_kinds: bool,
    /// The object whose shape the first instruction did not guard.
    unguarded: Option<IrRef>,
    /// The last instruction was a back-edge, and was taken.
    took_back_edge: bool,
    /// The last one taken was that of a loop around a call from which the trace has returned.
    came_around_call: bool,
}

impl Recorder {
    /// Begins a root trace at `vm.pc` in the frame at `vm.base`.
    pub fn start_root(vm: &mut Vm, kind: RootKind, liveness: KnownLiveness) -> Recorder {
        let kind = match kind {
            RootKind::Loop => Kind::Loop,
            RootKind::Function => Kind::Function,
            RootKind::Continuation => Kind::Continuation,
        };
        let mut this = Recorder::new(vm, kind, liveness);
        if kind == Kind::Loop {
            this.begin_loop(vm);
        }
        this
    }

    /// Begins a side trace at an exit of `parent`. The exit has been taken: `vm.base` and `vm.pc` are its frame and
    /// instruction.
    pub fn start_side(vm: &mut Vm, parent: &Trace, exit: SnapId, liveness: KnownLiveness) -> Recorder {
        let mut this = Recorder::new(vm, Kind::Side, liveness);
        let base = parent.snap(exit).base;
        for entry in parent.snap_entries(exit).iter().filter(|entry| entry.slot != SnapEntry::TOP) {
            let slot = entry.slot - base;
            // The exit has stored them, so memory holds what the values here say.
            if let Some(k) = parent.const_of(entry.val) {
                let val = this.e.trace_mut().constant(k.ty, k.bits);
                this.slots.know(slot, val);
                this.vouched.push((slot, Vouched::Constant(val)));
                continue;
            }
            let ty = match parent.ty(entry.val) {
                // Of what size the integer is, only the parent knew.
                Ty::Int => Ty::Num,
                ty => ty,
            };
            this.inherited.insert(slot, ty);
            this.vouched.push((slot, Vouched::Type(ty)));
        }
        this
    }

    /// Lets the trace count its iterations and calls.
    pub fn count_in(&mut self, cells: TickCells) {
        self.ticks = Some(cells);
    }

    /// The first instruction of the inner loop for whose many rounds the recording was given up.
    pub fn long_loop(&self) -> Option<*const Instr> {
        self.long_loop
    }

    /// The prototypes whose code has been recorded so far.
    pub fn protos(&self) -> &[*mut Proto] {
        &self.protos
    }

    /// Lets the first instruction, which has met many shapes of objects, do without a guard on them.
    pub fn expect_any_shape(&mut self) {
        self.is_polymorphic = true;
    }

    /// Lets the recording of a loop be given up if a table grows meanwhile.
    pub fn avoid_growth(&mut self) {
        self.avoids_growth = true;
    }

    /// Lets the trace, which is no loop's, go on in the traces of functions that it calls.
    pub fn call_traces(&mut self) {
        self.calls_traces = true;
    }

    /// Lets the trace end where paths through the code meet.
    pub fn end_at_joins(&mut self) {
        self.ends_at_joins = true;
    }

    fn new(vm: &mut Vm, kind: Kind, liveness: KnownLiveness) -> Recorder {
        let frame = FrameRef { base: vm.base, pc: vm.pc };
        // SAFETY: a Lua function runs in the frame, on the running thread's stack.
        let (proto, word, start) = unsafe {
            let proto = frame.proto().expect("traces begin in Lua functions");
            (proto, (*vm.base.sub(1)).to_bits(), vm.base.offset_from((*vm.thread).stack))
        };
        let varargs = varargs_of(0, word);
        let mut this = Recorder {
            e: Emitter::new(),
            kind,
            thread: vm.thread,
            start,
            start_pc: vm.pc,
            loop_end: vm.pc,
            counter_register: None,
            frames: vec![Frame {
                base: 0,
                proto,
                return_pc: std::ptr::null(),
                varargs,
                record: None,
                restarts: 0,
            }],
            slots: Slots::default(),
            inherited: FxHashMap::default(),
            vouched: Vec::new(),
            top: None,
            nargs: 0,
            expected: Expected { pcs: [vm.pc; 2], base: 0 },
            pending: Pending::None,
            visits: FxHashMap::default(),
            long_loop: None,
            liveness,
            protos: Vec::new(),
            instructions: 0,
            landings: 0,
            returns_to_landing: false,
            called_again: false,
            rounds: 0,
            uses_cells: false,
            below: None,
            ends_at_joins: false,
            calls_traces: matches!(kind, Kind::Function | Kind::Continuation),
            has_returned: false,
            ticks: None,
            avoids_growth: false,
            is_polymorphic: false,
            meets_short_lived_kinds: false,
            unguarded: None,
            took_back_edge: false,
            came_around_call: false,
        };
        this.depend_on(proto);
        this.begin_with_multiple_results(vm);
        this
    }

    /// The first instruction may go up to the end of multiple results that were made before it.
    fn begin_with_multiple_results(&mut self, vm: &Vm) {
        // SAFETY: a trace begins at an instruction of a live prototype, and the end is in the running stack.
        let (takes, top) = unsafe { ((*vm.pc).takes_multiple_results(), vm.top.offset_from(vm.base)) };
        if !takes {
            return;
        }
        self.set_state(ExitKind::Guard, vm.pc);
        let offset = IrRef::from_raw(layout::vm::TOP as u32);
        let end = self.e.emit(Op::VmLoad, Ty::Ptr, offset, IrRef::NONE);
        let slot = self.e.emit(Op::SlotPtr, Ty::Ptr, IrRef::from_raw(top as i32 as u32), IrRef::NONE);
        if let (Ok(end), Ok(slot)) = (end, slot)
            && self.e.guard(Op::Eq, end, slot).is_ok()
        {
            self.top = Some(top as i32);
        }
    }

    /// Records the instruction with first word `word`, which is about to run; `vm.pc` is behind that word.
    pub fn record(&mut self, vm: &mut Vm, traces: &dyn Traces, word: u32) -> Status {
        // SAFETY: `vm.pc` is behind an instruction's first word.
        let pc = unsafe { vm.pc.sub(1) };
        match self.step(vm, traces, pc, Instr(word)) {
            Ok(()) => Status::Continue,
            Err(Stop::Leave) => self.leave(pc),
            Err(Stop::LeaveAt(pc)) => self.leave(pc),
            Err(Stop::Split) => self.split(pc),
            Err(Stop::Abort(reason)) => Status::Abort(reason),
            Err(Stop::Finished(recorded)) => Status::Finished(recorded),
        }
    }

    /// The trace as it is so far: its constants are what the recording holds of the heap. (Aborting before a collection is
    /// fine too.)
    pub fn trace(&self) -> &Trace {
        self.e.trace()
    }

    fn step(&mut self, vm: &mut Vm, traces: &dyn Traces, pc: *const Instr, i: Instr) -> Rec<()> {
        if let Pending::Step(returned) = self.pending {
            self.pending = Pending::None;
            self.called_by_sequence(vm, pc, returned)?;
        }
        self.check_place(vm, pc)?;
        if let Pending::Return(returned) = self.pending {
            self.pending = Pending::Step(returned);
            return Ok(());
        }
        if let Pending::Landing(landed) = self.pending {
            self.pending = Pending::None;
            return self.land(vm, landed);
        }
        self.finish_pending(vm, pc)?;
        self.check_ends(traces, pc)?;
        self.check_limits()?;
        self.took_back_edge = false;
        self.meets_short_lived_kinds = traces.meets_short_lived_kinds(pc);
        self.set_state(ExitKind::Guard, pc);
        self.instruction(vm, traces, pc, i)?;
        self.instructions += 1;
        Ok(())
    }

    /// Has the interpreter come where the last instruction leads?
    fn check_place(&self, vm: &Vm, pc: *const Instr) -> Rec<()> {
        // SAFETY: the running frame is on the running thread's stack.
        let base = unsafe { vm.base.offset_from((*vm.thread).stack) } - self.start;
        let expected = self.expected;
        if vm.thread != self.thread || base != expected.base as isize || !expected.pcs.contains(&pc) {
            return Err(Stop::Abort(Abort::Interrupted));
        }
        Ok(())
    }

    fn check_limits(&self) -> Rec<()> {
        if self.e.trace().instrs.len() > params::MAX_TRACE_INSTRS {
            return Err(Stop::Abort(Abort::TooLong));
        }
        if self.e.trace().snaps.len() > params::MAX_TRACE_EXITS {
            return Err(Stop::Abort(Abort::TooManyExits));
        }
        Ok(())
    }

    /// The next instruction is at `pc`, in the innermost frame.
    fn expect(&mut self, pc: *const Instr) {
        self.expected = Expected { pcs: [pc; 2], base: self.base() };
    }
}
