//! Native functions: how the library's functions are declared, called and resumed.
//!
//! | kind | may do | called by |
//! |---|---|---|
//! | leaf | read and write the heap and its arguments, allocate, fail | the interpreter, in place |
//! | sequence | everything, by asking: each [`Step`] says what the VM is to do before the next one | the interpreter |
//! | host | everything, through the embedding API | the driver, while it holds no borrow |
//! | special | changes of control the interpreter does itself (`pcall`, `coroutine.resume`, ...) | the interpreter |
//!
//! Collections happen only at safepoints, never while a leaf or one step of a sequence runs, so these hold
//! raw object pointers without rooting them. Across steps only what lies in the frame's slots is kept.

use std::num::NonZeroU64;

use crate::Value;
use crate::error::Throw;
use crate::frame::{FrameRef, Landing, RECORD_CALLEE};
use crate::vm::Vm;

/// A leaf: gets its arguments, puts its results, and says how many.
pub type LeafFn = fn(&mut Vm, Args) -> Result<u32, Throw>;

/// One step of a sequence.
pub type SequenceFn = fn(&mut Vm, &mut SequenceFrame) -> Result<Step, Throw>;

/// What a native function is: one static for each, shared by all states.
pub struct Native {
    /// Where it is to be found: functions of different libraries share names (`type` and `io.type`).
    pub library: &'static str,
    /// Its name in its library, for messages that have no better one.
    pub name: &'static str,
    pub kind: NativeKind,
}

impl Native {
    /// Whether it is part of another library function, so that it is neither a level nor an event to debuggers.
    pub fn is_hidden(&self) -> bool {
        matches!(self.kind, NativeKind::Special(Special::ReaderCall | Special::DebugCommand))
    }
}

#[derive(Clone, Copy)]
pub enum NativeKind {
    Leaf(LeafFn),
    Sequence(SequenceFn),
    Host,
    Special(Special),
}

/// The functions that the interpreter itself carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    Pcall,
    Xpcall,
    CoroutineResume,
    CoroutineYield,
    /// The function that `coroutine.wrap` returns; upvalue 0 is the thread.
    CoroutineWrapped,
    /// `load`'s call of its reader. Errors end here, but are shown to the handlers of calls outside, as in PUC Lua.
    ReaderCall,
    /// A line that `debug.debug` runs, protected.
    DebugCommand,
}

/// The arguments of a leaf, and where its results go.
///
/// Result `i` is written two slots below argument `i`: read what you need of the arguments before you put results beyond
/// the first two.
#[derive(Clone, Copy)]
pub struct Args {
    pub base: *mut Value,
    pub count: u32,
}

impl Args {
    /// Argument `i`, counted from 0; nil if it was not given.
    #[inline(always)]
    pub fn get(&self, i: u32) -> Value {
        // SAFETY: the caller of a leaf lays `count` arguments out at `base`.
        if i < self.count { unsafe { *self.base.add(i as usize) } } else { Value::NIL }
    }

    /// Whether argument `i` was given at all (nil counts as given).
    pub fn is_given(&self, i: u32) -> bool {
        i < self.count
    }

    /// All arguments.
    pub fn as_slice(&self) -> &[Value] {
        // SAFETY: as in `get`.
        unsafe { std::slice::from_raw_parts(self.base, self.count as usize) }
    }

    /// Puts result `i`. At least [`MIN_NATIVE_SLOTS`] results fit; for more call [`Vm::reserve_results`] first.
    #[inline(always)]
    pub fn put(&self, i: u32, v: Value) {
        // SAFETY: results start two slots below the arguments, over the function and the return address slot.
        unsafe { *self.base.sub(2).add(i as usize) = v }
    }

    /// `return v`
    #[inline(always)]
    pub fn ret1(&self, v: Value) -> Result<u32, Throw> {
        self.put(0, v);
        Ok(1)
    }

    /// `return a, b`
    pub fn ret2(&self, a: Value, b: Value) -> Result<u32, Throw> {
        self.put(0, a);
        self.put(1, b);
        Ok(2)
    }

    /// `return`, nothing.
    pub fn ret0(&self) -> Result<u32, Throw> {
        Ok(0)
    }
}

/// The control value of a generic `for` that iterates a table by position; no script sees it.
#[inline(always)]
pub const fn iterator_position(position: u64) -> Value {
    Value::from_bits(ITERATOR_BITS | position)
}

/// The position in a control value made by [`iterator_position`].
#[inline(always)]
pub const fn as_iterator_position(v: Value) -> Option<u64> {
    let position = v.to_bits() ^ ITERATOR_BITS;
    if position >> 47 == 0 { Some(position) } else { None }
}

const ITERATOR_BITS: u64 = (crate::value::tag::LIGHT_USERDATA as u64) << crate::value::tag::SHIFT | 1 << 47;

/// Where the arguments of a [`Step::call`] start, counted from the function's slot.
pub const CALL_ARGS: u32 = crate::frame::RECORD_SLOTS as u32;

/// Slots that every native function may use besides its arguments.
pub const MIN_NATIVE_SLOTS: usize = 48;

/// A running sequence's frame: `base[0]` holds [`SequenceFrame::state`] and the argument count, the
/// arguments follow, then whatever the sequence keeps.
///
/// The Rust struct lives for one step; what must last is in the slots.
pub struct SequenceFrame {
    pub base: *mut Value,
    /// How many arguments the function was called with.
    pub nargs: u32,
    /// 0 at the first step, then what the last step set before it returned.
    pub state: u32,
    /// How many results the call that was asked for gave; they lie from its `at` slot on.
    pub results: u32,
}

impl SequenceFrame {
    /// The frame of a sequence that begins, with its arguments from `base + 1` on.
    pub fn starting(base: *mut Value, nargs: u32) -> SequenceFrame {
        SequenceFrame { base, nargs, state: 0, results: 0 }
    }

    /// The frame of a sequence that has waited for `results` values.
    ///
    /// # Safety
    ///
    /// The sequence in the frame at `base` has taken a step.
    #[inline(always)]
    pub unsafe fn waiting(base: *mut Value, results: u32) -> SequenceFrame {
        // SAFETY: `take_step` has written the word.
        let word = unsafe { (*base).to_bits() };
        SequenceFrame { base, nargs: (word & 0xff_ffff) as u32, state: (word >> 24) as u32, results }
    }

    /// Takes the next step of the sequence `f`. The frame is the running one, and complete afterwards: what it keeps ends at
    /// `vm.top`, and if a call is asked for, its record is written and the function lies in its place in there.
    ///
    /// # Safety
    ///
    /// The frame lies in the running stack, with [`MIN_NATIVE_SLOTS`] behind its arguments.
    #[inline(always)]
    pub unsafe fn take_step(mut self, vm: &mut Vm, f: SequenceFn) -> Result<Step, Throw> {
        let step = f(vm, &mut self)?;
        // SAFETY: the frame's slots; a step may have moved the stack, and then `vm.base`.
        unsafe {
            let base = vm.base;
            *base = Value::from_bits(u64::from(self.state) << 24 | u64::from(self.nargs));
            let end = match step.want() {
                Want::Done { first, count } | Want::Yield { first, count } => first + count,
                Want::TailCall { at, nargs } => at + CALL_ARGS + nargs,
                Want::Call { at, nargs } => {
                    let record = base.add(at as usize);
                    let callee = *record;
                    FrameRef { base, pc: Landing::Sequence.pc() }.write_record(record, Landing::Sequence);
                    *record.add(RECORD_CALLEE) = callee;
                    at + CALL_ARGS + nargs
                }
            };
            vm.top = base.add(end as usize);
        }
        Ok(step)
    }

    /// The slot of argument `i`.
    #[inline]
    pub fn arg_slot(&self, i: u32) -> u32 {
        1 + i
    }

    /// The first slot behind the arguments.
    #[inline]
    pub fn first_free(&self) -> u32 {
        1 + self.nargs
    }

    /// Argument `i`, counted from 0; nil if it was not given.
    #[inline]
    pub fn arg(&self, i: u32) -> Value {
        if i < self.nargs { self.slot(1 + i) } else { Value::NIL }
    }

    /// A slot of the frame. Slots up to [`MIN_NATIVE_SLOTS`] behind the arguments may be used.
    #[inline]
    pub fn slot(&self, i: u32) -> Value {
        // SAFETY: the interpreter reserves the slots before each step.
        unsafe { *self.base.add(i as usize) }
    }

    #[inline]
    pub fn set_slot(&mut self, i: u32, v: Value) {
        // SAFETY: as in `slot`.
        unsafe { *self.base.add(i as usize) = v }
    }

    /// The arguments, for the checks of [`Vm`] that take [`Args`]. (Results of a sequence are named by its last [`Step`].)
    #[inline]
    pub fn args(&self) -> Args {
        Args { base: self.base.wrapping_add(1), count: self.nargs }
    }
}

/// What a sequence wants next, in one word that is passed in a register.
///
/// ```text
///   63 … 61   60 … 32     31 … 0
///   kind      slot        count
/// ```
#[derive(Clone, Copy)]
pub struct Step(NonZeroU64);

/// What a [`Step`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// See [`Step::done`].
    Done { first: u32, count: u32 },
    /// See [`Step::call`].
    Call { at: u32, nargs: u32 },
    /// See [`Step::tail_call`].
    TailCall { at: u32, nargs: u32 },
    /// See [`Step::yield_`].
    Yield { first: u32, count: u32 },
}

impl Step {
    const KIND_SHIFT: u32 = 61;
    const DONE: u64 = 1;
    const CALL: u64 = 2;
    const TAIL_CALL: u64 = 3;
    const YIELD: u64 = 4;

    #[inline(always)]
    fn new(kind: u64, slot: u32, count: u32) -> Step {
        debug_assert!(slot < 1 << (Step::KIND_SHIFT - 32));
        let word = kind << Step::KIND_SHIFT | u64::from(slot) << 32 | u64::from(count);
        Step(NonZeroU64::new(word).expect("no kind is zero"))
    }

    /// Finished: `count` results from slot `first`.
    #[inline(always)]
    pub fn done(first: u32, count: u32) -> Step {
        Step::new(Step::DONE, first, count)
    }

    /// Call the value in slot `at` with the `nargs` values in slots `at + `[`CALL_ARGS`]`..`, keep every slot below `at`, and
    /// come back when it has returned: all its results are then in slots `at..at + results`. The slots between are
    /// overwritten (the call's record).
    #[inline(always)]
    pub fn call(at: u32, nargs: u32) -> Step {
        Step::new(Step::CALL, at, nargs)
    }

    /// Finished: the results are those of calling slot `at` with the `nargs` values in slots `at + `[`CALL_ARGS`]`..`.
    #[inline(always)]
    pub fn tail_call(at: u32, nargs: u32) -> Step {
        Step::new(Step::TAIL_CALL, at, nargs)
    }

    /// Yield the `count` values from slot `first`; the next step sees the resume's arguments as results from slot `first`.
    #[inline(always)]
    pub fn yield_(first: u32, count: u32) -> Step {
        Step::new(Step::YIELD, first, count)
    }

    #[inline(always)]
    pub fn want(self) -> Want {
        let word = self.0.get();
        let (slot, count) = ((word << 3 >> 35) as u32, word as u32);
        match word >> Step::KIND_SHIFT {
            Step::DONE => Want::Done { first: slot, count },
            Step::CALL => Want::Call { at: slot, nargs: count },
            Step::TAIL_CALL => Want::TailCall { at: slot, nargs: count },
            _ => Want::Yield { first: slot, count },
        }
    }
}

const _: () = assert!(size_of::<Option<Step>>() == size_of::<u64>());
