//! Frames below the one in which a trace began.
//!
//! A side trace, a function's or a continuation begins in the innermost frame only. When it returns from there, or raises an error
//! that a `pcall` further down catches, it goes on in a frame below, which lies in memory. What the trace then takes for
//! granted is guarded: the words that say who called.

use ferrous_lua_runtime::bytecode::{Instr, Op as Code};
use ferrous_lua_runtime::frame::{
    FrameRef, Landing, MetaThen, RECORD_SLOTS, record_distance, record_flags, return_address, tail_calls,
};
use ferrous_lua_runtime::{Value, Vm};

use super::landing::{Record, Then};
use super::state::{Frame, varargs_of};
use super::{Abort, Kind, Rec, Recorder, Stop};
use crate::ir::{Op, Ty};
use crate::params;

/// Who called the lowest frame of a trace.
struct Caller {
    frame: FrameRef,
    /// The words that say so besides the return address, as slots counted from the callee's base as the caller laid it out.
    evidence: [Option<i32>; 2],
    /// The address by which visits are counted.
    place: *const Instr,
    record: Option<Record>,
}

impl Recorder {
    /// Puts the caller of the trace's lowest frame below it.
    pub(super) fn put_caller_below(&mut self, vm: &Vm) -> Rec<()> {
        if self.kind == Kind::Loop {
            return Err(Stop::Abort(Abort::LeftLoop));
        }
        // SAFETY: the prototypes of running functions are live.
        let lowest = if unsafe { (*self.frames[0].proto).is_vararg } {
            self.varargs(vm)?.0
        } else {
            self.frames[0].base
        };
        // SAFETY: the trace's frames are on the running thread's stack, and complete.
        let base = unsafe { (*vm.thread).stack.offset(self.start + lowest as isize) };
        let callee = FrameRef { base, pc: vm.pc };
        // SAFETY: as above.
        let return_pc = unsafe { callee.return_pc() };
        let caller = match Landing::of(return_pc) {
            _ if return_pc.is_null() => None,
            None => Recorder::calling_instruction(callee, return_pc),
            Some(Landing::Pcall) => Recorder::protecting_call(callee, lowest),
            Some(Landing::Meta) => Recorder::metamethod_caller(callee, lowest),
            Some(Landing::Host | Landing::Coroutine | Landing::Handler | Landing::Sequence) => None,
            Some(Landing::Step | Landing::Hook) => None,
        };
        let Some(caller) = caller else {
            self.returns_to_landing = true;
            return Err(Stop::Leave);
        };
        // SAFETY: as above.
        let proto = unsafe { caller.frame.proto() }.ok_or(Stop::Leave)?;
        // SAFETY: as above.
        if unsafe { (*proto).is_interpreted_only } {
            return Err(Stop::Leave);
        }
        let returns = self.visits.entry(caller.place).or_default();
        *returns += 1;
        if *returns > params::MAX_RECURSION {
            return Err(Stop::Leave);
        }
        // SAFETY: a word of the frames that have been found.
        let seen = |distance: i32| unsafe { *base.offset(distance as isize) };
        self.guard_return_address(lowest - 1, seen(-1))?;
        for distance in caller.evidence.into_iter().flatten() {
            self.guard_word(lowest + distance, seen(distance))?;
        }
        self.depend_on(proto);
        // SAFETY: both bases are on the running stack; below the base of a frame lies a word.
        let (distance, word) =
            unsafe { (base.offset_from(caller.frame.base) as i32, (*caller.frame.base.sub(1)).to_bits()) };
        let below = lowest - distance;
        let callee = &mut self.frames[0];
        (callee.return_pc, callee.record) = (return_pc, caller.record);
        self.frames.insert(
            0,
            Frame {
                base: below,
                proto,
                return_pc: std::ptr::null(),
                varargs: varargs_of(below, word),
                record: None,
                restarts: 0,
            },
        );
        self.below = Some(caller.place);
        self.has_returned = true;
        Ok(())
    }

    /// Guards that a function returns to where it returns now. If there have been tail calls, another time there may be more of them or
    /// fewer: how many is not guarded.
    fn guard_return_address(&mut self, slot: i32, seen: Value) -> Rec<()> {
        if tail_calls(seen.to_bits()) == 0 {
            return self.guard_word(slot, seen);
        }
        let word = self.slot(slot);
        let address = self.e.unary(Op::ReturnAddress, Ty::Ptr, word)?;
        let wanted = self.e.trace_mut().ptr(return_address(seen.to_bits()) as usize);
        Ok(self.e.guard(Op::Eq, address, wanted)?)
    }

    /// A call instruction of a Lua function.
    fn calling_instruction(callee: FrameRef, return_pc: *const Instr) -> Option<Caller> {
        // SAFETY: the caller vouches for the frame.
        let frame = unsafe { callee.parent()? };
        Some(Caller { frame, evidence: [None, None], place: return_pc, record: None })
    }

    /// A Lua function's `pcall` or `xpcall`.
    fn protecting_call(callee: FrameRef, base: i32) -> Option<Caller> {
        let record = -(RECORD_SLOTS as i32);
        // SAFETY: the frame returns to the landing of a protected call: below it lie a record and the frame of `pcall`.
        unsafe {
            let kept = record_distance((*callee.base.offset(record as isize + 2)).to_bits()) as i32;
            let native = callee.parent()?;
            let ret = native.return_pc();
            if ret.is_null() || Landing::of(ret).is_some() {
                return None;
            }
            let native_base = record - kept;
            let then = Then::Protected { catches: kept == 0 };
            Some(Caller {
                frame: native.parent()?,
                evidence: [Some(record + 2), Some(native_base - 1)],
                place: ret,
                record: Some(Record { first: base + native_base - 2, waits_at: ret, then }),
            })
        }
    }

    /// An instruction whose operand has a metamethod.
    fn metamethod_caller(callee: FrameRef, base: i32) -> Option<Caller> {
        let record = -(RECORD_SLOTS as i32);
        // SAFETY: the frame returns to the landing of a metamethod: below it lies a record, whose saved pc is behind the first
        // word of the instruction that called.
        unsafe {
            let frame = callee.parent()?;
            frame.proto()?;
            let pc = frame.pc.sub(1);
            let flags = record_flags((*callee.base.offset(record as isize + 2)).to_bits());
            let then = after_metamethod(*pc, flags)?;
            Some(Caller {
                frame,
                evidence: [Some(record + 1), Some(record + 2)],
                place: pc,
                record: Some(Record { first: base + record, waits_at: pc, then }),
            })
        }
    }
}

/// What the instruction does with its metamethod's result; `None` if the interpreter is to do it.
fn after_metamethod(i: Instr, flags: u64) -> Option<Then> {
    if flags & 3 == MetaThen::Discard.flags() {
        return None;
    }
    let negated = flags & 3 == MetaThen::Negate.flags();
    let jump = |if_true: bool| Some(Then::Jump { if_true: if_true != negated });
    match i.op().plain() {
        Code::SetGlobal | Code::SetField | Code::SetIndex | Code::SetIndexI => Some(Then::Ignore),
        Code::JltRR | Code::JltRK | Code::JltKR | Code::JleRR | Code::JleRK | Code::JleKR => jump(true),
        Code::JnltRR | Code::JnltRK | Code::JnltKR => jump(false),
        Code::JnleRR | Code::JnleRK | Code::JnleKR => jump(false),
        Code::JeqRR => jump(true),
        Code::JneRR => jump(false),
        Code::SelfField => Some(Then::StoreMethod),
        Code::Concat if flags != MetaThen::concat(i.b() + 1) => None,
        _ => Some(Then::Store),
    }
}
