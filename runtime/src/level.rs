//! Levels: the active calls as a Lua program counts them.
//!
//! Level 0 is the running function, level 1 what called it, and so on: the numbers that `error`, `getfenv` and
//! `debug.getinfo` take. A level is a frame of the stack, except that a leaf runs on its caller's frame and has none, that
//! every tail call leaves a level of which nothing is known but that it was there, and that a call by the host has a level of the host's
//! before that of whoever called the host.

use crate::bytecode::{Op, instruction_before};
use crate::frame::{FrameRef, Landing};
use crate::native::NativeKind;
use crate::object::{Thread, ThreadStatus};
use crate::proto::Proto;
use crate::{Value, Vm};

/// One active call.
#[derive(Clone, Copy)]
pub enum Level {
    /// A leaf, which has no frame, or the placeholder that stands for the host.
    Leaf(Value),
    /// A Lua function or another native one.
    Frame(FrameRef),
    /// A call that a tail call has replaced.
    TailCall,
}

impl Level {
    /// The function of this level; nil for a lost one.
    pub fn function(self) -> Value {
        match self {
            Level::Leaf(f) => f,
            // SAFETY: levels are made from frames of live stacks and used before the next call or return.
            Level::Frame(frame) => unsafe { frame.function() },
            Level::TailCall => Value::NIL,
        }
    }

    /// The frame and the prototype, if a Lua function runs here.
    pub fn lua_frame(self) -> Option<(FrameRef, *mut Proto)> {
        match self {
            // SAFETY: as in `function`.
            Level::Frame(frame) => unsafe { frame.proto() }.map(|p| (frame, p)),
            Level::Leaf(_) | Level::TailCall => None,
        }
    }

    /// The line that is being executed, in a Lua function.
    pub fn current_line(self) -> Option<u32> {
        // SAFETY: a running function's prototype is live.
        self.lua_frame().map(|(frame, proto)| unsafe { (*proto).line_before(frame.pc) })
    }
}

/// The levels of one stack, innermost first.
#[derive(Clone)]
pub struct Levels {
    leaf: Option<Value>,
    /// Below a message handler: the leaf that raised the error, which comes before `frame`.
    failed: Option<Value>,
    /// How many lost calls come before `frame`.
    tail_calls: u64,
    /// Whether the host comes before `frame`.
    host: bool,
    frame: Option<FrameRef>,
    /// What stands in the place of a function in a stack's first frame.
    bottom: Value,
}

impl Levels {
    /// Passes over lost calls that come next, but no more than `most`; says how many.
    pub fn skip_tail_calls(&mut self, most: usize) -> usize {
        if self.leaf.is_some() {
            return 0;
        }
        let skipped = self.tail_calls.min(most as u64);
        self.tail_calls -= skipped;
        skipped as usize
    }
}

impl Iterator for Levels {
    type Item = Level;

    fn next(&mut self) -> Option<Level> {
        if let Some(leaf) = self.leaf.take() {
            return Some(Level::Leaf(leaf));
        }
        if self.tail_calls > 0 {
            self.tail_calls -= 1;
            return Some(Level::TailCall);
        }
        if std::mem::take(&mut self.host) {
            return Some(Level::Leaf(self.bottom));
        }
        if let Some(failed) = self.failed.take() {
            return Some(Level::Leaf(failed));
        }
        let mut frame = self.frame?;
        // SAFETY: the frames of a live stack, of which the lowest is no function's.
        unsafe {
            while is_hidden(frame) {
                frame = frame.parent()?;
            }
            if frame.function() == self.bottom {
                self.frame = None;
                return None;
            }
            self.tail_calls = frame.tail_calls();
            self.host = frame.has_host_level();
            self.frame = frame.parent();
            if frame.landing() == Some(Landing::Handler) {
                self.failed = self.frame.and_then(|f| failed_leaf(f));
            }
        }
        Some(Level::Frame(frame))
    }

    fn nth(&mut self, n: usize) -> Option<Level> {
        let mut left = n;
        loop {
            left -= self.skip_tail_calls(left);
            let level = self.next()?;
            if left == 0 {
                return Some(level);
            }
            left -= 1;
        }
    }
}

/// Whether a frame is that of a part of a library function.
///
/// # Safety
///
/// `frame` is a frame of a live stack.
unsafe fn is_hidden(frame: FrameRef) -> bool {
    // SAFETY: the caller vouches for the frame.
    let native = unsafe { frame.function().as_native_function() };
    native.is_some_and(|f| f.native.is_hidden())
}

/// The function without a frame that the current instruction of `frame` calls: a leaf, or a special function that has refused
/// its arguments. When an error has been raised there, it is that function's, which is not running any more while a message handler
/// looks at the stack, but in PUC Lua it still is.
///
/// # Safety
///
/// `frame` is a frame of a live stack.
unsafe fn failed_leaf(frame: FrameRef) -> Option<Value> {
    // SAFETY: the caller vouches for the frame; a call's register is one of it.
    unsafe {
        let proto = &*frame.proto()?;
        let at = instruction_before(proto.code(), proto.word_of(frame.pc)?)?;
        let (Op::Call | Op::TailCall | Op::TailCallV | Op::TForCall) = at.op else { return None };
        let called = *frame.base.add(at.instr.a());
        let native = called.as_native_function()?;
        matches!(native.native.kind, NativeKind::Leaf(_) | NativeKind::Special(_)).then_some(called)
    }
}

impl Vm {
    /// The levels of the running thread.
    pub fn levels(&self) -> Levels {
        let frame = (!self.base.is_null()).then_some(FrameRef { base: self.base, pc: self.pc });
        Levels {
            leaf: (!self.leaf.is_nil()).then_some(self.leaf),
            // SAFETY: the running frame.
            failed: frame.filter(|_| self.leaf_handles).and_then(|f| unsafe { failed_leaf(f) }),
            tail_calls: 0,
            host: false,
            frame,
            bottom: self.bottom_function,
        }
    }

    /// The levels of a thread that is not running.
    pub fn levels_of(&self, thread: &Thread) -> Levels {
        let frame = thread.started.then_some(FrameRef { base: thread.base, pc: thread.pc });
        let died = thread.status == ThreadStatus::Dead;
        Levels {
            leaf: None,
            // SAFETY: the innermost frame of a live thread's stack.
            failed: frame.filter(|_| died).and_then(|f| unsafe { failed_leaf(f) }),
            tail_calls: 0,
            host: false,
            frame,
            bottom: self.bottom_function,
        }
    }

    /// Level `n` of the running thread, if there are that many.
    pub fn level(&self, n: u32) -> Option<Level> {
        self.levels().nth(n as usize)
    }
}
