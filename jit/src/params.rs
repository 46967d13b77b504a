//! Tuning numbers of the JIT.

/// A slot's value that more exits than this need is stored once, before the first of them, instead of in
/// each. (A store in the hot path costs little unless the loop is bound by throughput; a store in an exit
/// costs about a microsecond to compile.)
pub const WRITE_THROUGH_EXITS: usize = 6;

/// So many stores or more at the end of exits are shared; fewer are not worth a jump.
pub const SHARED_STORES: usize = 2;

/// So many rounds of a loop that counts, as a power of two, run between two looks for interrupts.
pub const STRIP_ROUNDS_LOG2: i64 = 8;

/// The most boxed constants that a loop keeps in registers, to store them.
pub const MAX_LOOP_WORDS: usize = 2;

/// The first piece of executable memory; later ones double.
pub const CODE_CHUNK_BYTES: usize = 1 << 20;

/// The largest piece of executable memory reserved at once.
pub const CODE_CHUNK_MAX_BYTES: usize = 16 << 20;

/// Executable memory in all, unless set otherwise.
pub const CODE_LIMIT_BYTES: usize = 64 << 20;

/// How often a loop runs before it is recorded, unless set otherwise.
pub const HOT_LOOP: u32 = 56;

/// How often a function is called before it is recorded, unless set otherwise.
pub const HOT_CALL: u32 = 112;

/// How often an exit is taken before a side trace is recorded, unless set otherwise.
pub const HOT_EXIT: u32 = 16;

/// The counts above are multiplied by one more for each so many IR instructions that have been compiled ...
pub const HEAT_STEP: usize = 500;

/// ... until they are multiplied by this.
pub const MAX_HEAT: u32 = 64;

/// A root trace that leaves at its end must do this many bytecode instructions to be worth entering.
pub const MIN_LEAVING_INSTRUCTIONS: u32 = 20;

/// A call that the interpreter makes by way of a landing, that of a metamethod above all, saves as much as this many instructions.
pub const LANDING_INSTRUCTIONS: u32 = 15;

/// After this many failed recordings in a row a place is left alone as long as [`MAX_BACKOFF_SHIFT`] says ...
pub const HOPELESS_FAILURES: u32 = 6;

/// ... which is its hot count times two to the power of at most this.
pub const MAX_BACKOFF_SHIFT: u32 = 14;

/// The most traces that hang on one root.
pub const MAX_SIDE_TRACES: usize = 160;

/// The most side traces that may lie between an exit and its root.
pub const MAX_SIDE_DEPTH: u32 = 24;

/// When so many side traces of one tree begin at the same instruction, one behind the other, the next does without guards on what
/// that instruction sees, if it can.
pub const POLYMORPHIC_TRACES: u32 = 4;

/// When so many side traces of one tree begin at the same instruction, one behind the other, or there are so many variants of one
/// loop, some may be for objects that nobody has any more ...
pub const KINDS_IN_DOUBT: u32 = 2;

/// ... and one more is a reason to collect this many bytes of objects.
pub const BYTES_IN_DOUBT: usize = 64 << 10;

/// A kind of tables did not last if native code was entered less often than this while it was there, and less than as many times
/// [`ALLOCATED_UNIT`] was allocated.
pub const LASTING_KIND: u64 = 256;

/// So many bytes that are allocated stand for as much work as entering native code.
pub const ALLOCATED_UNIT: u64 = 1024;

/// When a tree has this many side traces, further ones end where paths meet.
pub const JOIN_AFTER: usize = 8;

/// The most variants of one loop.
pub const MAX_VARIANTS: u32 = 6;

/// After this many failed recordings a variant is given up.
pub const MAX_VARIANT_FAILURES: u32 = 3;

/// After this many failed recordings of a loop no trace waits for that of the loop any more.
pub const MAX_AWAITED_FAILURES: u32 = 2;

/// The most traces at one time.
pub const MAX_TRACES: usize = 20_000;

/// While this many traces wait to be compiled on the other thread, none is recorded.
pub const MAX_OPEN_JOBS: usize = 256;

/// In stress mode: the most guards that pass before one is made to fail.
pub const STRESS_INTERVAL: u32 = 200;

/// In stress mode: the most traces. Programs of the test suite exceed it in loops that fail at random for ever.
pub const STRESS_MAX_TRACES: usize = 1500;

/// The most IR instructions of a recording, before loops are peeled.
pub const MAX_TRACE_INSTRS: usize = 6000;

/// The most IR instructions of a region, with those before its loop and before dead code has been dropped.
pub const MAX_REGION_INSTRS: usize = 2500;

/// So many attempts are made to find out what varies in a region.
pub const MAX_REGION_ATTEMPTS: usize = 40;

/// A region is compiled again when one more side trace for so many of its branches has come.
pub const REGION_GROWTH: usize = 4;

/// A region may have rounds that are longer by one instruction for so many, if it is not known how many rounds there are.
pub const MAX_ROUND_GROWTH: usize = 4;

/// About as many instructions are saved when a loop is begun anew within its region, and not from another trace.
pub const REENTRY_INSTRS: usize = 40;

/// The most snapshots of a recording, likewise.
pub const MAX_TRACE_EXITS: usize = 1500;

/// The most elements of a constructor that are stored one by one.
pub const MAX_STORED_LIST: usize = 16;

/// Of how many functions at a time it is remembered which registers are alive where.
pub const MAX_KNOWN_LIVENESS: usize = 64;

/// How many rounds of an inner loop are unrolled into an outer trace.
pub const MAX_UNROLL: u32 = 15;

/// The same for a loop that cannot have a trace of its own.
pub const MAX_UNROLL_HOPELESS: u32 = 100;

/// How many calls of one function inside one another are inlined.
pub const MAX_RECURSION: u32 = 2;

/// How many calls of a function by itself a trace runs through before it goes on in the function's root trace.
pub const UNROLLED_RECURSION: usize = 2;

/// How many frames a trace may inline.
pub const MAX_INLINE_DEPTH: usize = 20;
