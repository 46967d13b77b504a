//! Frames: what lies on a Lua stack, and how to walk it.
//!
//! ```text
//!   a Lua function called from Lua:             caller's R[A]  R[A+1]  R[A+2] ...
//!                                                    function  return  arguments, registers ...
//!                                                    base[-2]  base[-1]  base[0]
//! ```
//!
//! `base[-1]` is the address of the caller's next instruction; the instruction word before that is the call, whose
//! A gives the caller's base and whose C the wanted results. A call that no Lua instruction made (by the host, by
//! `pcall`, by a metamethod ...) goes through a *record* of three words and returns to a *landing*: a two-word piece of
//! fixed code, a `Call` with A = 1 and the landing instruction, so a return needs no test of who called:
//!
//! ```text
//!   p[0]               p[1]      p[2]   p[3]      p[4]      p[5] ...
//!   caller's function  saved pc  delta  function  landing   arguments        the caller's base is p - delta
//! ```
//!
//! A frame that waits in such a call has the landing as its saved pc, but for metamethods, message handlers and debug
//! hooks, which save the interrupted instruction's. Every stack starts with a bottom frame: a placeholder function and a null
//! return address.
//!
//! So the landing runs with a base of `p + 2`, below which there is a function, as in every frame.
//!
//! A vararg function's frame is moved above its arguments; `base[-1]` is then `(nargs + 2) << 1 | 1` and the real return
//! address is in the original frame, that many values lower.
//!
//! Above the 48 bits of a return address its word counts the tail calls that have replaced the function which was called
//! first: levels that `debug` shows as lost ([`FrameRef::tail_calls`]). A call writes an address with no count.
//!
//! The raw words (addresses, deltas, markers) are tiny doubles to anyone who reads them as values, so the
//! collector passes over them. The layout is LuaJIT's (two-slot frames), the landings replace its frame types.

use crate::Value;
use crate::bytecode::{Instr, Op};
use crate::proto::Proto;

/// Values before a landing's callee: the record, the function and the return address.
pub const RECORD_SLOTS: usize = 5;
/// Where in a record the function goes; also where its results arrive.
pub const RECORD_CALLEE: usize = 3;

/// Who called a function that no Lua instruction called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Landing {
    /// The host.
    Host,
    /// Nobody: the body of a coroutine.
    Coroutine,
    /// `pcall` or `xpcall`: errors stop here.
    Pcall,
    /// The unwinder, calling a message handler.
    Handler,
    /// A native sequence.
    Sequence,
    /// Nobody: native code leaves to here when it has taken a step of the sequence whose frame is the running one.
    Step,
    /// An instruction whose operand has a metamethod.
    Meta,
    /// An event that a debug hook is called for.
    Hook,
}

impl Landing {
    const ALL: [Landing; 8] = [
        Landing::Host,
        Landing::Coroutine,
        Landing::Pcall,
        Landing::Handler,
        Landing::Sequence,
        Landing::Step,
        Landing::Meta,
        Landing::Hook,
    ];

    const fn op(self) -> Op {
        match self {
            Landing::Host => Op::HostReturn,
            Landing::Coroutine => Op::CoReturn,
            Landing::Pcall => Op::PcallReturn,
            Landing::Handler => Op::HandlerReturn,
            Landing::Sequence => Op::SequenceReturn,
            Landing::Step => Op::SequenceStep,
            Landing::Meta => Op::MetaReturn,
            Landing::Hook => Op::HookReturn,
        }
    }

    /// The return address that belongs in the callee's frame.
    #[inline(always)]
    pub fn pc(self) -> *const Instr {
        &LANDINGS[self as usize][1]
    }

    /// Which landing `pc` is, if it is one.
    pub fn of(pc: *const Instr) -> Option<Landing> {
        let offset = (pc as usize).wrapping_sub(LANDINGS.as_ptr() as usize);
        if offset >= size_of_val(&LANDINGS) {
            None
        } else {
            Some(Landing::ALL[offset / size_of::<[Instr; 2]>()])
        }
    }
}

/// A landing's call takes all results, a metamethod's just one.
const fn landing_code(l: Landing) -> [Instr; 2] {
    let results = if matches!(l, Landing::Meta) { 2 } else { 0 };
    [Instr::abc(Op::Call, 1, 0, results), Instr::abc(l.op(), 1, 0, 0)]
}

static LANDINGS: [[Instr; 2]; 8] = [
    landing_code(Landing::Host),
    landing_code(Landing::Coroutine),
    landing_code(Landing::Pcall),
    landing_code(Landing::Handler),
    landing_code(Landing::Sequence),
    landing_code(Landing::Step),
    landing_code(Landing::Meta),
    landing_code(Landing::Hook),
];

/// One tail call, in the word of a return address.
pub const TAIL_CALL: u64 = 1 << 48;

/// Words from here on count no further: they would come to look like tagged values.
pub const MOST_TAIL_CALLS: u64 = 0x7FFF * TAIL_CALL;

/// The word of a return address after one more tail call.
#[inline(always)]
pub const fn one_more_tail_call(word: u64) -> u64 {
    if word < MOST_TAIL_CALLS { word + TAIL_CALL } else { word }
}

/// The address in the word of a return address.
#[inline(always)]
pub const fn return_address(word: u64) -> *const Instr {
    (word & (TAIL_CALL - 1)) as *const Instr
}

/// The number of tail calls in the word of a return address.
#[inline(always)]
pub const fn tail_calls(word: u64) -> u64 {
    word / TAIL_CALL
}

/// The marker that a vararg frame has in place of a return address.
#[inline(always)]
pub const fn vararg_marker(nargs: usize) -> u64 {
    ((nargs as u64 + 2) << 1) | 1
}

/// How many values lower the original frame is, if `word` is a vararg marker.
#[inline(always)]
pub const fn vararg_delta(word: u64) -> Option<usize> {
    if word & 1 == 1 { Some((word >> 1) as usize) } else { None }
}

/// The distance word of a record: how far below the record the caller's base is, and flags of the caller's own.
#[inline(always)]
pub const fn record_word(distance: usize, flags: u64) -> Value {
    Value::from_bits(distance as u64 | flags << 32)
}

#[inline(always)]
pub const fn record_distance(word: u64) -> usize {
    word as u32 as usize
}

#[inline(always)]
pub const fn record_flags(word: u64) -> u64 {
    word >> 32
}

/// The flag of a [`Landing::Host`] record whose call `debug` shows as one by a native function.
pub const HOST_LEVEL: u64 = 1;

/// What to do with a metamethod's result: the low two bits of the flags of its call's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MetaThen {
    /// What the instruction says: store it, or jump by its truth.
    Finish = 0,
    /// The same with the truth negated: `a <= b` asked `b < a`.
    Negate = 1,
    /// Nothing: the call was not the instruction's (a finaliser), which is over.
    Discard = 2,
    /// Go on concatenating; the register is in the bits above.
    Concat = 3,
}

impl MetaThen {
    #[inline(always)]
    pub const fn flags(self) -> u64 {
        self as u64
    }

    /// [`MetaThen::Concat`] with its register.
    pub const fn concat(register: usize) -> u64 {
        MetaThen::Concat as u64 | (register as u64) << 2
    }
}

/// One frame of a stack walk.
#[derive(Clone, Copy)]
pub struct FrameRef {
    pub base: *mut Value,
    /// The instruction after the one that this frame is executing.
    pub pc: *const Instr,
}

impl FrameRef {
    /// The running function.
    ///
    /// # Safety
    ///
    /// `self` is a frame of a live stack, as are those of every method below.
    pub unsafe fn function(self) -> Value {
        // SAFETY: the slot below the return address holds the function.
        unsafe { *self.base.sub(2) }
    }

    /// The prototype, if a Lua function runs here.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn proto(self) -> Option<*mut Proto> {
        // SAFETY: as above.
        unsafe { self.function().as_lua_function().map(|f| f.proto) }
    }

    /// The base of the frame as the caller laid it out: below the extra arguments of a vararg function.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn original_base(self) -> *mut Value {
        // SAFETY: the marker says how far the frame was moved.
        unsafe {
            match vararg_delta((*self.base.sub(1)).to_bits()) {
                Some(delta) => self.base.sub(delta),
                None => self.base,
            }
        }
    }

    /// How many arguments a vararg function was called with. Of other functions it is not known, and 0.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn argument_count(self) -> usize {
        // SAFETY: as above; the frame of a vararg function lies two words behind its arguments.
        unsafe { (self.base.offset_from(self.original_base()) as usize).saturating_sub(2) }
    }

    /// The return address.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn return_pc(self) -> *const Instr {
        // SAFETY: as above.
        unsafe { return_address((*self.original_base().sub(1)).to_bits()) }
    }

    /// How many calls this frame's function has replaced.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn tail_calls(self) -> u64 {
        // SAFETY: as above.
        unsafe { tail_calls((*self.original_base().sub(1)).to_bits()) }
    }

    /// Takes one of the tail calls back; false if there is none.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn forget_tail_call(self) -> bool {
        // SAFETY: as above.
        unsafe {
            let word = self.original_base().sub(1);
            let bits = (*word).to_bits();
            if tail_calls(bits) == 0 {
                return false;
            }
            *word = Value::from_bits(bits - TAIL_CALL);
            true
        }
    }

    /// How this frame was called, if not by a Lua instruction.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn landing(self) -> Option<Landing> {
        // SAFETY: as above.
        unsafe { Landing::of(self.return_pc()) }
    }

    /// Whether the host called this function and counts as a level.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn has_host_level(self) -> bool {
        // SAFETY: a landing's callee has a record below it.
        unsafe {
            self.landing() == Some(Landing::Host)
                && record_flags((*self.original_base().sub(RECORD_SLOTS).add(2)).to_bits()) == HOST_LEVEL
        }
    }

    /// Whether this is the frame that every stack starts with: below all calls, with a null return address.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn is_bottom(self) -> bool {
        // SAFETY: as above.
        unsafe { (*self.base.sub(1)).to_bits() == 0 }
    }

    /// The calling frame, which may be the bottom one; `None` for that.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn parent(self) -> Option<FrameRef> {
        // SAFETY: the frame layout at the head of this file.
        unsafe {
            let base = self.original_base();
            let return_pc = self.return_pc();
            if return_pc.is_null() {
                return None;
            }
            if Landing::of(return_pc).is_none() {
                let call = *return_pc.sub(1);
                return Some(FrameRef { base: base.sub(call.a() + 2), pc: return_pc });
            }
            let record = base.sub(RECORD_SLOTS);
            let distance = record_distance((*record.add(2)).to_bits());
            Some(FrameRef { base: record.sub(distance), pc: (*record.add(1)).to_bits() as *const Instr })
        }
    }

    /// The calling frame of a function; `None` if the bottom frame called it.
    ///
    /// # Safety
    ///
    /// As [`FrameRef::function`].
    pub unsafe fn caller(self) -> Option<FrameRef> {
        // SAFETY: as above.
        unsafe { self.parent().filter(|f| !f.is_bottom()) }
    }

    /// Writes the record and the return address of a call from this frame to what will be at `record + 3`.
    ///
    /// # Safety
    ///
    /// [`RECORD_SLOTS`] values from `record` are inside the stack, above this frame's live registers.
    pub unsafe fn write_record(self, record: *mut Value, landing: Landing) {
        // SAFETY: the caller vouches for the room.
        unsafe {
            let delta = record.offset_from(self.base) as usize;
            *record = self.function();
            *record.add(1) = Value::from_bits(self.pc as u64);
            *record.add(2) = record_word(delta, 0);
            *record.add(4) = Value::from_bits(landing.pc() as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_calls_are_counted_above_the_address() {
        let address = Landing::Host.pc() as u64;
        let twice = one_more_tail_call(one_more_tail_call(address));
        assert_eq!((return_address(twice), tail_calls(twice)), (Landing::Host.pc(), 2));
        let most = (0..0x8000).fold(address, |word, _| one_more_tail_call(word));
        assert_eq!((return_address(most), tail_calls(most)), (Landing::Host.pc(), 0x7FFF));
        assert!(Value::from_bits(most).is_number(), "the collector passes over it");
    }

    #[test]
    fn landings_are_recognised() {
        for l in Landing::ALL {
            assert_eq!(Landing::of(l.pc()), Some(l));
            // SAFETY: a landing's address has its call word before it.
            let call = unsafe { *l.pc().sub(1) };
            assert_eq!((call.op(), call.a()), (Op::Call, 1));
        }
        assert_eq!(Landing::of(std::ptr::null()), None);
        assert_eq!(vararg_delta(vararg_marker(3)), Some(5));
        assert_eq!(vararg_delta(Landing::Host.pc() as u64), None);
    }
}
