//! The virtual machine's state: what every part shares.
//!
//! [`Vm`] is `repr(C)`: interpreter and native code reach the fields they need by `offset_of!`. It is boxed and never
//! moves. Exactly one party owns it at a time (see ARCHITECTURE.md); it is passed on as `&mut` or as a raw pointer.

use crate::Value;
use crate::bytecode::{Instr, Op};
use crate::error::{OutOfMemory, Throw};
use crate::frame::{FrameRef, Landing};
use crate::handles::{HandleId, Handles, Payloads};
use crate::heap::Heap;
use crate::interrupt::InterruptCell;
use crate::library::LibraryState;
use crate::native::{Args, Native, NativeKind, Step};
use crate::object::{Function, Gc, Kind, NativeFunction, Table, Thread, ThreadStatus};
use crate::proto::Proto;
use crate::shape::Shapes;
use crate::string::{Strings, WellKnown};
use crate::value::Type;
use std::sync::atomic::AtomicU32;

/// An instruction handler of the interpreter; its real type is the interpreter's business.
pub type Handler = *const ();

/// The dispatch slot of the word that ends a run.
pub const EXIT_SLOT: usize = 127;

/// Where the slots of marked opcodes begin.
pub const MARKED_SLOTS: usize = 128;

/// Slots of a dispatch table.
pub const DISPATCH_SLOTS: usize = 256;

/// The state of one Lua VM.
#[repr(C)]
pub struct Vm {
    /// The interpreter's dispatch table, one handler an opcode and one an opcode that is marked; swapped for recording,
    /// hooks and interrupts.
    pub dispatch: [Handler; DISPATCH_SLOTS],
    // ---- the registers that slow paths save
    /// The running frame.
    pub base: *mut Value,
    /// The instruction after the one that is being executed.
    pub pc: *const Instr,
    /// The end of the multiple results (calls and returns with a variable count).
    pub top: *mut Value,
    /// No frame may reach beyond this.
    pub stack_limit: *mut Value,
    pub thread: *mut Thread,
    pub main_thread: *mut Thread,
    /// While a leaf runs: the function value. Nil otherwise.
    pub leaf: Value,
    /// The error in flight.
    pub error: Value,
    /// Bumped whenever a watched table (one reached through a cached `__index`) changes; caches made before are void.
    pub epoch: u32,
    /// Not zero: leave native code and loops for reasons of [`interrupt`](crate::interrupt).
    pub interrupt: AtomicU32,
    pub heap: Heap,
    pub strings: Strings,
    pub shapes: Shapes,
    /// Metamethod names and other strings that the VM itself needs.
    pub names: WellKnown,
    pub globals: *mut Table,
    pub registry: *mut Table,
    /// The metatables of types other than table and userdata, by [`Type`].
    pub type_metatables: [*mut Table; Type::COUNT],
    /// The `next` function, which generic `for` recognises. Nil until the base library is there.
    pub next_function: Value,
    /// The iterator that `ipairs` returns, likewise.
    pub ipairs_iterator: Value,
    pub protos: Vec<Option<Box<Proto>>>,
    /// The empty places of `protos`.
    pub free_protos: Vec<usize>,
    /// Values that the embedder holds.
    pub handles: Handles,
    /// What userdata of the libraries and the embedder carry.
    pub payloads: Payloads,
    /// State of the libraries: random numbers, open files, output.
    pub library: LibraryState,
    /// Settings.
    pub options: Options,
    /// What the interpreter wants of the driver when a run ends.
    pub request: Request,
    /// A message handler is using the reserve of an overflown stack.
    pub handling_overflow: bool,
    /// Turns source text into a prototype; installed by the interpreter's crate.
    pub compile: crate::load::CompileFn,
    /// Whether no source text starts so: `load` then asks its reader for no more.
    pub starts_no_program: fn(&[u8]) -> bool,
    /// Host calls on the machine stack: nested runs of the driver.
    pub native_depth: u32,
    /// The message handler of the innermost of them: what `xpcall` is given, for the host.
    pub message_handler: Option<HandleId>,
    /// The registers between two handlers, where these cannot be chained by sibling calls.
    pub trampoline: Trampoline,
    /// A message handler without a frame (a leaf) is running.
    pub leaf_handles: bool,
    /// Native code holds addresses of stack slots: growing the stack fails.
    pub stack_pinned: bool,
    /// What the step asks for that native code has taken of the sequence whose frame is the running one, on the way to
    /// [`Landing::Step`]; nothing if it has failed.
    pub step_taken: Option<Step>,
    /// A finaliser is running: the next one waits.
    pub finalizing: bool,
    /// Its thread, and where on that thread's stack it is called.
    finalizer_place: (*mut Thread, usize),
    /// Set by `os.exit`: the error in flight ends the process with this code, and nothing catches it.
    pub exit_code: Option<i32>,
    /// What places that see many shapes have found.
    pub lookup_cache: crate::table::LookupCache,
    /// What native code has found by computed keys.
    pub slot_cache: crate::table::SlotCache,
    /// The events ([`hook_event`](crate::hook::hook_event) bits) that the running thread's hook is to be called for now.
    pub hook_events: u8,
    /// Puts a body at the bottom of a new coroutine's stack; installed by the interpreter's crate.
    pub prepare_coroutine: fn(&mut Vm, Gc<Thread>, Value),
    /// Calls the embedder's functions.
    pub host: HostHooks,
    /// The JIT's side of the interpreter.
    pub jit: JitHooks,
    /// Whether variables of running functions are looked at from outside: exits of native code then restore all that are in sight.
    pub shows_locals: bool,
    /// Keeps what `jit.state` points to.
    pub jit_owner: Option<Box<dyn std::any::Any>>,
    /// The dispatch table of plain running, while `dispatch` is another one.
    pub plain_dispatch: [Handler; DISPATCH_SLOTS],
    /// The handler that shows each instruction to the recorder before it runs.
    pub record_handler: Handler,
    /// The handler that calls debug hooks around each instruction.
    pub hook_handler: Handler,
    /// The handler that serves interrupts.
    pub interrupt_handler: Handler,
    pub interrupt_cell: InterruptCell,
    /// What an interrupted script raises ...
    pub interrupt_message: &'static str,
    /// ... unless this is a function, which is called then.
    pub interrupt_function: Value,
    /// The placeholder below every stack's first call; the main thread's stack keeps it alive.
    pub bottom_function: Value,
}

/// How the embedder is called.
#[derive(Clone, Copy)]
pub struct HostHooks {
    /// Calls the host function whose frame is at [`Vm::base`] with this many arguments from there on. Its results are the last
    /// values below [`Vm::top`]; returns how many.
    pub call: fn(&mut Vm, nargs: u32) -> Result<u32, Throw>,
}

/// How the JIT is called. Each is called with the registers saved in the VM, and may change them.
#[derive(Clone, Copy)]
pub struct JitHooks {
    /// The loop whose first instruction is at [`Vm::pc`] has run often.
    pub hot_loop: fn(&mut Vm),
    /// The function whose first instruction (behind its header) is at [`Vm::pc`] has been called often.
    pub hot_function: fn(&mut Vm),
    /// Runs native code of this number, which stands for the code at [`Vm::pc`].
    pub enter: unsafe fn(*mut Vm, code: u32),
    /// The interpreter has come to a marked instruction, at [`Vm::pc`]; what is there afterwards is run without regard to its mark.
    pub arrive: unsafe fn(*mut Vm),
    /// The instruction with this first word is about to run; [`Vm::pc`] is behind that word. Called while recording.
    pub record: fn(&mut Vm, word: u32),
    /// A prototype has been made: its counters are to be set.
    pub new_proto: fn(&mut Vm, &mut Proto),
    /// A program asks for something; the answer is whether hot code is compiled then. No native code is running.
    pub control: fn(&mut Vm, JitRequest) -> bool,
    /// The JIT's own state.
    pub state: *mut (),
}

impl JitHooks {
    /// There is no JIT.
    pub const NONE: JitHooks = JitHooks {
        hot_loop: no_jit,
        hot_function: no_jit,
        enter: no_code,
        arrive: no_mark,
        record: no_recorder,
        new_proto: |_, _| {},
        control: |_, _| false,
        state: std::ptr::null_mut(),
    };
}

/// What a program can ask of the JIT (through the library `jit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JitRequest {
    /// Only the answer.
    Status,
    On,
    /// No hot code is compiled any more; what has been compiled still runs.
    Off,
    /// Drop all native code.
    Flush,
    /// Drop the trace of this number, if there is one.
    FlushTrace(u32),
    /// Drop all native code that runs through a function.
    FlushProto(*mut Proto),
    /// Drop all native code, for [`Vm::shows_locals`] is set now.
    ShowLocals,
    Set(JitParameter, u32),
}

/// A number that tunes the JIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JitParameter {
    /// How often a loop runs before it is compiled.
    HotLoop,
    /// How often an exit is taken before what follows it is compiled.
    HotExit,
    /// The most traces at one time.
    MaxTraces,
}

fn no_host(vm: &mut Vm, _nargs: u32) -> Result<u32, Throw> {
    Err(vm.runtime_error(b"no host function can be called in this state"))
}

fn no_jit(_vm: &mut Vm) {}

fn no_recorder(_vm: &mut Vm, _word: u32) {}

unsafe fn no_code(_vm: *mut Vm, code: u32) {
    unreachable!("native code {code} was entered without a JIT")
}

unsafe fn no_mark(_vm: *mut Vm) {}

fn no_compiler(
    _vm: &mut Vm,
    _source: &[u8],
    _chunk_name: &[u8],
) -> Result<*mut Proto, crate::load::CompileError> {
    Err(crate::load::CompileError::Syntax { message: b"this state has no compiler".to_vec(), at_eof: false })
}

fn no_coroutines(_vm: &mut Vm, _thread: Gc<Thread>, _body: Value) {}

/// What stands at the bottom of every stack in the place of a function. `debug.getinfo` shows it where the host made a call.
static BOTTOM: Native = Native { library: "", name: "?", kind: NativeKind::Leaf(refuse_call) };

fn refuse_call(vm: &mut Vm, _args: Args) -> Result<u32, Throw> {
    Err(vm.runtime_error(b"the host cannot be called"))
}

impl Vm {
    /// A state without libraries and without an interpreter; see the interpreter's crate for one that runs.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the system has not even that much.
    pub fn new(options: Options) -> Result<Box<Vm>, OutOfMemory> {
        let mut heap = Heap::new();
        let mut strings = Strings::new(options.hash_seed);
        let names = WellKnown::new(&mut heap, &mut strings)?;
        let library = LibraryState::new(&mut heap, &mut strings)?;
        let mut vm = Box::new(Vm {
            dispatch: [std::ptr::null(); DISPATCH_SLOTS],
            base: std::ptr::null_mut(),
            pc: Landing::Host.pc(),
            top: std::ptr::null_mut(),
            stack_limit: std::ptr::null_mut(),
            thread: std::ptr::null_mut(),
            main_thread: std::ptr::null_mut(),
            leaf: Value::NIL,
            error: Value::NIL,
            epoch: 1,
            interrupt: AtomicU32::new(0),
            heap,
            strings,
            shapes: Shapes::new(),
            names,
            globals: std::ptr::null_mut(),
            registry: std::ptr::null_mut(),
            type_metatables: [std::ptr::null_mut(); Type::COUNT],
            next_function: Value::NIL,
            ipairs_iterator: Value::NIL,
            protos: Vec::new(),
            free_protos: Vec::new(),
            handles: Handles::new(),
            payloads: Payloads::new(),
            library,
            options,
            request: Request::None,
            handling_overflow: false,
            compile: no_compiler,
            starts_no_program: |_| true,
            native_depth: 0,
            message_handler: None,
            trampoline: Trampoline {
                handler: std::ptr::null(),
                pc: std::ptr::null(),
                base: std::ptr::null_mut(),
                k: std::ptr::null(),
                x: 0,
            },
            leaf_handles: false,
            stack_pinned: false,
            step_taken: None,
            finalizing: false,
            finalizer_place: (std::ptr::null_mut(), 0),
            exit_code: None,
            lookup_cache: Default::default(),
            slot_cache: Default::default(),
            hook_events: 0,
            prepare_coroutine: no_coroutines,
            host: HostHooks { call: no_host },
            jit: JitHooks::NONE,
            shows_locals: false,
            jit_owner: None,
            plain_dispatch: [std::ptr::null(); DISPATCH_SLOTS],
            record_handler: std::ptr::null(),
            hook_handler: std::ptr::null(),
            interrupt_handler: std::ptr::null(),
            interrupt_cell: InterruptCell::default(),
            interrupt_message: "interrupted!",
            interrupt_function: Value::NIL,
            bottom_function: Value::NIL,
        });
        vm.heap.set_stress(vm.options.gc_stress);
        vm.globals = vm.new_table(0, 64)?.as_ptr();
        vm.registry = vm.new_table(0, 8)?.as_ptr();
        vm.bottom_function = vm.new_bottom_function()?;
        let main = vm.new_thread()?;
        vm.thread = main.as_ptr();
        vm.main_thread = main.as_ptr();
        vm.base = vm.write_bottom_frame(main);
        vm.top = vm.base;
        // SAFETY: the main thread is live.
        unsafe { (*main.as_ptr()).status = ThreadStatus::Running };
        vm.refresh_stack_limit();
        Ok(vm)
    }

    fn new_bottom_function(&mut self) -> Result<Value, OutOfMemory> {
        let f = self.heap.alloc(Kind::NativeFunction, NativeFunction::byte_size(0))? as *mut NativeFunction;
        // SAFETY: a fresh object of this size.
        unsafe {
            (*f).native = &BOTTOM;
            (*f).env = self.globals;
            Ok(Value::function(Gc::from_raw(f as *mut Function)))
        }
    }

    /// Swaps the dispatch table: while recording, every instruction is shown to the JIT first.
    pub fn set_recording(&mut self, on: bool) {
        match on {
            true => self.fill_dispatch(self.record_handler),
            false => self.select_dispatch(),
        }
    }

    /// Chooses the dispatch table that the running thread needs now, and takes note of the events that its hook is called for. A
    /// recording that was under way sees no further instruction.
    ///
    /// A finaliser runs without hooks, as in PUC Lua; but when the host counts instructions, there is no way around that.
    pub fn select_dispatch(&mut self) {
        // SAFETY: the running thread is live.
        let hook = unsafe { &(*self.thread).hook };
        self.hook_events = match hook.running {
            true => 0,
            false if self.finalizing && hook.is_hosts() => {
                hook.settings.events & crate::hook::hook_event::COUNT
            }
            false if self.finalizing => 0,
            false => hook.settings.events,
        };
        match self.hook_events {
            0 => self.dispatch = self.plain_dispatch,
            _ => self.fill_dispatch(self.hook_handler),
        }
        self.watch_for_interrupt();
    }

    /// A finaliser is about to be called from `slot`, a place on the running thread's stack. No hook is called meanwhile.
    pub fn begin_finalizer(&mut self, slot: *mut Value) {
        // SAFETY: the running thread is live.
        let stack = unsafe { (*self.thread).stack };
        self.finalizing = true;
        self.finalizer_place = (self.thread, slot.addr() - stack.addr());
        self.select_hooks();
    }

    /// The finaliser has returned.
    pub fn end_finalizer(&mut self) {
        self.finalizing = false;
        self.select_hooks();
    }

    /// An error is caught in the frame at `base` of the running thread: a finaliser that was called above it is over.
    pub fn unwind_finalizer(&mut self, base: *mut Value) {
        let (thread, place) = self.finalizer_place;
        // SAFETY: the running thread is live.
        if self.finalizing && thread == self.thread && base.addr() - unsafe { (*thread).stack }.addr() < place
        {
            self.end_finalizer();
        }
    }

    /// Chooses the dispatch table again if the running thread has a hook; a recording is not to be disturbed for nothing.
    fn select_hooks(&mut self) {
        // SAFETY: the running thread is live.
        if unsafe { (*self.thread).hook.settings.events } != 0 {
            self.select_dispatch();
        }
    }

    /// Puts `handler` into the place of every instruction's but the one that ends a run.
    fn fill_dispatch(&mut self, handler: Handler) {
        let exit = self.dispatch[EXIT_SLOT];
        self.dispatch.fill(handler);
        self.dispatch[EXIT_SLOT] = exit;
    }

    /// The registry.
    pub fn registry_table(&self) -> Gc<Table> {
        // SAFETY: a state's registry lives as long as the state.
        unsafe { Gc::from_raw(self.registry) }
    }

    /// Writes the bottom frame of a new thread's stack, and returns its base.
    pub fn write_bottom_frame(&mut self, thread: Gc<Thread>) -> *mut Value {
        let stack = thread.stack;
        // SAFETY: a new stack has room for it; the placeholder is a leaf-like function that is never called.
        unsafe {
            *stack = self.bottom_function;
            *stack.add(1) = Value::from_bits(0);
            stack.add(2)
        }
    }

    /// Takes a prototype over.
    pub fn add_proto(&mut self, mut proto: Box<Proto>) -> Result<*mut Proto, OutOfMemory> {
        self.heap.try_account(proto.byte_size())?;
        let free = self.free_protos.pop();
        let index = free.unwrap_or(self.protos.len());
        proto.index = index as u32;
        (self.jit.new_proto)(self, &mut proto);
        let p = &raw mut *proto;
        match free {
            Some(n) => self.protos[n] = Some(proto),
            None => self.protos.push(Some(proto)),
        }
        Ok(p)
    }

    /// The proof for an error that is in [`Vm::error`] already.
    pub fn rethrow(&mut self) -> Throw {
        Throw::new()
    }

    /// A string, or the message that there is no memory for it.
    pub fn string_or_memory_message(&mut self, text: &[u8]) -> Value {
        self.intern(text).map_or(self.library.memory_message, Value::string)
    }

    /// `attempt to call global 'f' (a nil value)`: named after the register that the instruction before [`Vm::pc`] calls.
    #[cold]
    pub fn call_error(&mut self, callee: Value) -> Throw {
        let frame = FrameRef { base: self.base, pc: self.pc };
        // SAFETY: the running frame.
        let name = unsafe {
            frame.proto().and_then(|proto| {
                let word = (*proto).word_of(self.pc)?.checked_sub(1)?;
                let call = *self.pc.sub(1);
                let callee = match call.op() {
                    // PUC has no name for the iterator of a generic `for`.
                    Op::TForCall => return None,
                    _ => call.a(),
                };
                crate::names::variable_name(&*proto, word, callee)
            })
        };
        self.operand_error("call", callee, name)
    }

    /// The `arg` table of 5.1's vararg functions: the values and their number in `n`.
    pub fn arg_table(&mut self, values: &[Value]) -> Result<Gc<Table>, OutOfMemory> {
        let t = self.new_table(values.len(), 1)?;
        let filled = self
            .table_set_list(t, 1, values)
            .and_then(|()| self.table_set_str(t, self.names.n, Value::number(values.len() as f64)));
        filled.map_err(|_| OutOfMemory)?;
        Ok(t)
    }
}

/// Why the interpreter returned to the driver: what is wanted before it can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Nothing: no run has ended yet.
    None,
    /// The host's call has returned: its results lie from `base + 1` up to `top`.
    Returned,
    /// An error reached the host's call; its value is in `error`.
    Failed,
    /// Call the embedder's function; the frame at `base` is its frame, with this many arguments.
    CallHost { nargs: u32 },
    /// The process is to end with this code.
    Exit(i32),
}

/// See [`Vm::trampoline`].
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Trampoline {
    pub handler: Handler,
    pub pc: *const Instr,
    pub base: *mut Value,
    pub k: *const Value,
    pub x: u32,
}

/// Settings of a state.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of string hashes.
    pub hash_seed: u64,
    /// Collect at every safepoint that follows an allocation.
    pub gc_stress: bool,
    /// The most values on one Lua stack.
    pub max_stack: usize,
    /// Whether loops and functions count, for the JIT.
    pub profile: bool,
    /// Whether `load` takes binary chunks.
    pub allow_bytecode: bool,
    /// Whether `#`, `pairs` and `ipairs` ask a table's metatable, as in Lua 5.2. Libraries are to be opened after it is set.
    pub lua52: bool,
    /// Whether `package.path` and `package.cpath` are the defaults whatever the environment says.
    pub ignore_environment: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            hash_seed: 0,
            gc_stress: false,
            max_stack: 4_000_000,
            profile: false,
            allow_bytecode: true,
            lua52: false,
            ignore_environment: false,
        }
    }
}
