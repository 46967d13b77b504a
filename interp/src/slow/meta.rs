//! Metamethod calls from instructions, and what the instruction does with the result.

use super::arith::concat_from;
use super::{Resume, call_value};
use ferrous_lua_runtime::bytecode::Op;
use ferrous_lua_runtime::frame::{FrameRef, Landing, MetaThen, RECORD_CALLEE, RECORD_SLOTS};
use ferrous_lua_runtime::{Value, Vm};

/// Calls metamethod `f` with `args` for the instruction before `vm.pc`.
///
/// `flags` is a [`MetaThen`] and, above its two bits, a register for `MetaThen::Concat`.
pub(crate) fn call_metamethod(vm: &mut Vm, f: Value, args: &[Value], flags: u64) -> Resume {
    // SAFETY: the record goes above the frame's registers; it and its few arguments are within the slack.
    unsafe {
        let frame = FrameRef { base: vm.base, pc: vm.pc };
        let record = live_end(vm);
        frame.write_record(record, Landing::Meta);
        *record.add(2) = ferrous_lua_runtime::frame::record_word(record.offset_from(vm.base) as usize, flags);
        *record.add(RECORD_CALLEE) = f;
        for (n, v) in args.iter().enumerate() {
            *record.add(RECORD_SLOTS + n) = *v;
        }
        vm.top = record.add(RECORD_SLOTS + args.len());
        call_value(vm, record.add(RECORD_CALLEE), args.len(), Landing::Meta.pc())
    }
}

/// The first slot above everything that the running frame may still need.
pub(crate) fn live_end(vm: &Vm) -> *mut Value {
    let frame = FrameRef { base: vm.base, pc: vm.pc };
    // SAFETY: the running frame is on the running thread's stack.
    unsafe { if frame.proto().is_some() { frame_end(frame) } else { vm.top } }
}

/// The first slot above a Lua function's registers; of a native one the base.
///
/// # Safety
///
/// `frame` is a frame of a live stack.
pub(crate) unsafe fn frame_end(frame: FrameRef) -> *mut Value {
    // SAFETY: the caller vouches for the frame.
    unsafe { frame.base.add(frame.proto().map_or(0, |proto| usize::from((*proto).frame_size))) }
}

/// Finishes the instruction before `vm.pc` with the result of the metamethod that was called by the record, where that is more than
/// [`crate::handlers::metamethods`] does.
///
/// # Safety
///
/// The frame in the VM is the one whose instruction called the metamethod.
pub(crate) unsafe fn finish(vm: &mut Vm, flags: u64, record: *mut Value) -> Resume {
    // SAFETY: a saved pc points behind the first word of its instruction.
    unsafe {
        let result = *record.add(RECORD_CALLEE);
        let i = *vm.pc.sub(1);
        match flags & 3 {
            n if n == MetaThen::Discard as u64 => crate::safepoint::finalizer_done(vm, record),
            n if n == MetaThen::Concat as u64 => {
                let top = (flags >> 2) as usize;
                *vm.base.add(top - 1) = result;
                concat_from(vm, i, top - 1)
            }
            // `Finish` is the leaf's: only a comparison is left.
            _ => {
                let sense = matches!(i.op(), Op::JleRR | Op::JleRK | Op::JleKR);
                take_branch(vm, result.is_falsy() == sense)
            }
        }
    }
}

/// Behind a comparison: jumps by the word at `vm.pc`, or passes over it.
pub(crate) fn take_branch(vm: &mut Vm, taken: bool) -> Resume {
    // SAFETY: comparisons have a jump word.
    unsafe {
        let offset = if taken { (*vm.pc).0 as i32 as isize } else { 0 };
        vm.pc = vm.pc.add(1).offset(offset);
    }
    Resume::NEXT
}
