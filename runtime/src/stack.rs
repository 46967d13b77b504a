//! Lua stacks: creating, growing, and the upvalue cells that point into them.
//!
//! A stack is an array of values outside the collected heap, counted as its memory. It moves when it grows: then
//! everything that points into it is moved along, which is the VM's saved registers and the open upvalue cells (frames hold only
//! distances and code addresses). So growing happens only where the interpreter's registers are saved.
//!
//! # Rules
//!
//! 1. `stack_limit` is [`SLACK`] values below the real end: native functions, metamethod calls and error handling may
//!    use that much beyond a frame without a check.
//! 2. Every slot of a stack holds a valid value or a raw frame word at all times; the collector clears those above the live end.

use crate::Value;
use crate::error::{OutOfMemory, Throw};
use crate::frame::FrameRef;
use crate::object::{Gc, Header, Kind, Thread, ThreadStatus, UpvalueCell};
use crate::vm::Vm;
use std::alloc::Layout;

/// Values kept free above `stack_limit`.
pub const SLACK: usize = 128;

/// Values of a new coroutine's stack, slack included.
const INITIAL: usize = 192;

/// Values of a stack that is kept, however little of it is used.
const MODEST: usize = 1 << 15;

/// Extra values for the message handler of a stack overflow.
const OVERFLOW_RESERVE: usize = 4096;

fn layout(size: usize) -> Layout {
    Layout::array::<Value>(size).expect("stack sizes are far below the address space")
}

impl Vm {
    /// Makes a coroutine with an empty stack; its body is pushed by whoever starts it.
    pub fn new_thread(&mut self) -> Result<Gc<Thread>, OutOfMemory> {
        self.heap.try_account(INITIAL * size_of::<Value>())?;
        // SAFETY: the layout has a size above zero.
        let stack = unsafe { std::alloc::alloc(layout(INITIAL)) } as *mut Value;
        if stack.is_null() {
            self.heap.account(-((INITIAL * size_of::<Value>()) as isize));
            return Err(OutOfMemory);
        }
        let thread = match self.heap.alloc(Kind::Thread, size_of::<Thread>()) {
            Ok(header) => header as *mut Thread,
            Err(e) => {
                self.heap.account(-((INITIAL * size_of::<Value>()) as isize));
                // SAFETY: allocated above with this layout.
                unsafe { std::alloc::dealloc(stack as *mut u8, layout(INITIAL)) };
                return Err(e);
            }
        };
        let hook = self.hook_of_new_thread();
        // SAFETY: both allocations are fresh and large enough; the header is already there.
        unsafe {
            for i in 0..INITIAL {
                *stack.add(i) = Value::NIL;
            }
            let header: Header = (*thread).header;
            thread.write(Thread {
                header,
                stack,
                stack_size: INITIAL,
                base: stack,
                pc: std::ptr::null(),
                top: stack,
                open_upvalues: std::ptr::null_mut(),
                resumer: std::ptr::null_mut(),
                env: self.globals,
                status: ThreadStatus::Suspended,
                started: false,
                resume_kind: 0,
                no_yield: 0,
                hook,
            });
            self.heap.register_thread(thread);
            Ok(Gc::from_raw(thread))
        }
    }

    /// Gives a dead thread's stack back; called by the sweep.
    ///
    /// # Safety
    ///
    /// `thread` is a thread object that nobody will use again; returns the bytes that are no longer in use.
    pub unsafe fn free_stack(thread: *mut Thread) -> usize {
        // SAFETY: the stack was allocated with this size's layout, and is given back once.
        unsafe {
            let size = (*thread).stack_size;
            if !(*thread).stack.is_null() {
                std::alloc::dealloc((*thread).stack as *mut u8, layout(size));
            }
            (*thread).stack = std::ptr::null_mut();
            (*thread).stack_size = 0;
            size * size_of::<Value>()
        }
    }

    /// The running thread's limit, after a switch or a move.
    #[inline]
    pub fn refresh_stack_limit(&mut self) {
        // SAFETY: the running thread is live.
        self.stack_limit = unsafe { self.stack_limit_of(self.thread) };
    }

    /// The limit of a thread's stack. What a stack has beyond the setting is for the handling of its overflow.
    ///
    /// # Safety
    ///
    /// The thread is live.
    #[inline(always)]
    pub unsafe fn stack_limit_of(&self, thread: *mut Thread) -> *mut Value {
        // SAFETY: the caller vouches for the thread; a stack is larger than its slack.
        unsafe {
            let size = (*thread).stack_size;
            let usable = if self.handling_overflow { size } else { size.min(self.options.max_stack) };
            (*thread).stack.add(usable - SLACK)
        }
    }

    /// An error has been caught, and values from `live_end` on are no longer needed: an overflown stack gets its limit and
    /// a modest size back. So does one that had grown until memory ran out, or for another deep recursion that failed.
    #[inline]
    pub fn calm_stack(&mut self, live_end: *mut Value) {
        // SAFETY: the running thread is live.
        if self.handling_overflow || unsafe { (*self.thread).stack_size } > MODEST {
            self.shrink_stack(live_end);
        }
    }

    /// As [`Vm::calm_stack`], of a stack that is big.
    #[cold]
    fn shrink_stack(&mut self, live_end: *mut Value) {
        let live = self.slots_below(live_end);
        // SAFETY: the running thread is live.
        let is_used = live > unsafe { (*self.thread).stack_size } / 8;
        if is_used && !self.handling_overflow {
            return;
        }
        self.handling_overflow = false;
        // What cannot be given back now is given back by the next error: this one stays what it is.
        let error = self.error;
        if self.resize_stack((live * 2).max(INITIAL) + SLACK).is_err() {
            self.error = error;
        }
        self.refresh_stack_limit();
    }

    /// Makes sure that `needed` values fit above `from`, a pointer into the running thread's stack, below the slack.
    /// Moves the stack if it must: `base`, `top` and the open upvalues are adjusted; other pointers are the caller's to
    /// recompute. Returns `from`, adjusted.
    ///
    /// # Errors
    ///
    /// "stack overflow" beyond the setting `max_stack`; "not enough memory". While the stack is pinned any growth fails, with an error
    /// that nobody is to see.
    #[inline]
    pub fn ensure_stack(&mut self, from: *mut Value, needed: usize) -> Result<*mut Value, Throw> {
        if from.wrapping_add(needed) <= self.stack_limit {
            return Ok(from);
        }
        self.grow_stack(from, needed)
    }

    /// As [`Vm::ensure_stack`], for the call of a hook: where the stack is full, that may use what the handling of the overflow would.
    ///
    /// # Errors
    ///
    /// "not enough memory"; "error in error handling" in a handler that has filled that, too.
    pub fn ensure_stack_for_hook(&mut self, from: *mut Value, needed: usize) -> Result<*mut Value, Throw> {
        let (offset, had_overflown) = (self.slots_below(from), self.handling_overflow);
        match self.ensure_stack(from, needed) {
            // SAFETY: the running thread is live, and its stack has grown.
            Err(_) if self.handling_overflow && !had_overflown => unsafe {
                let from = (*self.thread).stack.add(offset);
                self.ensure_stack(from, needed)
            },
            outcome => outcome,
        }
    }

    /// A hook has returned, and values from `live_end` on are no longer needed: if there is room for them without it, nothing overflows.
    pub fn calm_stack_after_hook(&mut self, live_end: *mut Value) {
        if self.handling_overflow && self.slots_below(live_end) + SLACK <= self.options.max_stack {
            self.calm_stack(live_end);
        }
    }

    /// As [`Vm::ensure_stack`], where the values do not fit.
    #[cold]
    fn grow_stack(&mut self, from: *mut Value, needed: usize) -> Result<*mut Value, Throw> {
        if self.stack_pinned {
            return Err(self.rethrow());
        }
        let offset = self.slots_below(from);
        // SAFETY: the running thread is live.
        unsafe {
            let thread = self.thread;
            let required = offset + needed + SLACK;
            let max = self.options.max_stack;
            if required > max {
                if required > max + OVERFLOW_RESERVE {
                    return Err(self.throw_bytes(b"error in error handling"));
                }
                // (Another thread's overflow may be the one that is being handled.)
                if !self.handling_overflow || (*thread).stack_size < max {
                    self.handling_overflow = true;
                    self.resize_stack(max + OVERFLOW_RESERVE + SLACK)?;
                    self.refresh_stack_limit();
                    let message = self.overflow_message();
                    return Err(self.runtime_error(message));
                }
            }
            let size = (required.max((*thread).stack_size * 2)).min(max.max(required));
            self.resize_stack(size)?;
            Ok((*thread).stack.add(offset))
        }
    }

    /// PUC Lua has a lower limit for calls that Lua instructions do not make, those of metamethods and by library functions, and tells
    /// of it in other words. Here all calls share one limit: what fills the stack decides.
    fn overflow_message(&self) -> &'static [u8] {
        /// `LUAI_MAXCCALLS`
        const MOST_IN_PUC: usize = 200;
        let innermost = (!self.base.is_null()).then_some(FrameRef { base: self.base, pc: self.pc });
        // SAFETY: the frames of the running thread.
        let frames = std::iter::successors(innermost, |f| unsafe { f.parent() });
        // SAFETY: as above.
        let by_library = frames.filter(|f| unsafe { f.landing() }.is_some());
        match by_library.take(MOST_IN_PUC).count() {
            MOST_IN_PUC => b"C stack overflow",
            _ => b"stack overflow",
        }
    }

    /// How many slots of the running thread's stack lie below `p`, a pointer into it.
    fn slots_below(&self, p: *mut Value) -> usize {
        // SAFETY: the running thread is live.
        let stack = unsafe { (*self.thread).stack };
        (p.addr() - stack.addr()) / size_of::<Value>()
    }

    /// Moves the running thread's stack into a new allocation of `size` values; all that is live fits it.
    fn resize_stack(&mut self, size: usize) -> Result<(), Throw> {
        // SAFETY: the running thread is live; old and new allocation do not overlap; every pointer into the
        // old one is moved by the same distance.
        unsafe {
            let thread = self.thread;
            let (old, old_size) = ((*thread).stack, (*thread).stack_size);
            if size == old_size {
                return Ok(());
            }
            if self.heap.try_account(size * size_of::<Value>()).is_err() {
                return Err(self.throw_memory());
            }
            let new = std::alloc::alloc(layout(size)) as *mut Value;
            if new.is_null() {
                self.heap.account(-((size * size_of::<Value>()) as isize));
                return Err(self.throw_memory());
            }
            std::ptr::copy_nonoverlapping(old, new, old_size.min(size));
            for i in old_size..size {
                *new.add(i) = Value::NIL;
            }
            let moved = |p: *mut Value| new.wrapping_byte_offset(p as isize - old as isize);
            let inside = |p: *mut Value| p >= old && p < old.add(old_size);
            for register in [&mut self.base, &mut self.top, &mut (*thread).base, &mut (*thread).top] {
                if inside(*register) {
                    *register = moved(*register);
                }
            }
            let mut cell = (*thread).open_upvalues;
            while !cell.is_null() {
                (*cell).v = moved((*cell).v);
                cell = (*cell).next_open;
            }
            (*thread).stack = new;
            (*thread).stack_size = size;
            std::alloc::dealloc(old as *mut u8, layout(old_size));
            self.heap.account(-((old_size * size_of::<Value>()) as isize));
            self.refresh_stack_limit();
            Ok(())
        }
    }

    /// The cell of the running thread's stack slot `slot`: the open one if there is one, else a new one.
    ///
    /// # Safety
    ///
    /// `slot` points into the running thread's stack.
    pub unsafe fn find_upvalue(&mut self, slot: *mut Value) -> Result<*mut UpvalueCell, OutOfMemory> {
        // SAFETY: the list holds live cells of this thread in falling order of their slots.
        unsafe {
            let mut link: *mut *mut UpvalueCell = &raw mut (*self.thread).open_upvalues;
            while !(*link).is_null() && (**link).v > slot {
                link = &raw mut (**link).next_open;
            }
            if !(*link).is_null() && (**link).v == slot {
                return Ok(*link);
            }
            let cell = self.heap.alloc(Kind::UpvalueCell, size_of::<UpvalueCell>())? as *mut UpvalueCell;
            let header = (*cell).header;
            cell.write(UpvalueCell { header, v: slot, closed: Value::NIL, next_open: *link });
            *link = cell;
            Ok(cell)
        }
    }

    /// Closes the running thread's cells of `from` and the slots above.
    ///
    /// # Safety
    ///
    /// `from` points into the running thread's stack.
    pub unsafe fn close_upvalues(&mut self, from: *mut Value) {
        // SAFETY: as in `find_upvalue`; a cell points to its own `closed` from now on.
        unsafe {
            let thread = self.thread;
            while !(*thread).open_upvalues.is_null() && (*(*thread).open_upvalues).v >= from {
                let cell = (*thread).open_upvalues;
                (*thread).open_upvalues = (*cell).next_open;
                (*cell).closed = *(*cell).v;
                (*cell).v = &raw mut (*cell).closed;
                (*cell).next_open = std::ptr::null_mut();
                if (*cell).closed.is_collectable() {
                    self.heap.barrier(cell as *mut Header);
                }
            }
        }
    }
}

impl Vm {
    /// Makes room for `n` results of a leaf; its arguments move along.
    ///
    /// # Errors
    ///
    /// "stack overflow", "not enough memory".
    pub fn reserve_results(&mut self, args: &mut crate::native::Args, n: usize) -> Result<(), Throw> {
        args.base = self.ensure_stack(args.base, n + args.count as usize)?;
        Ok(())
    }
}
