//! Calls: of anything, natives above all, and how results are delivered.

use super::{Resume, resume, slow};
use crate::coroutine;
use crate::dispatch::{EXIT, handler, jump, next};
use crate::hooks;
use crate::protected;
use crate::unwind::raise;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::{self, FrameRef, Landing, RECORD_CALLEE};
use ferrous_lua_runtime::hook::hook_event;
use ferrous_lua_runtime::native::{
    Args, CALL_ARGS, MIN_NATIVE_SLOTS, NativeKind, SequenceFn, SequenceFrame, Special, Step, Want,
};
use ferrous_lua_runtime::object::{Gc, LuaFunction, NativeFunction};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::vm::Request;
use ferrous_lua_runtime::{Value, Vm};

/// Gives the `count` results that lie from `slot` on to the call that `ret` returns to, whose function was in `slot`, and makes
/// its frame the running one.
///
/// # Safety
///
/// `slot` was a callee's slot in a frame of the running thread, `ret` its return address, and the results lie there.
#[inline(always)]
pub(crate) unsafe fn deliver(vm: &mut Vm, slot: *mut Value, count: usize, ret: *const Instr) {
    // SAFETY: the caller vouches for slot and address; wanted results beyond the given ones are inside the caller's
    // frame.
    unsafe {
        let call = *ret.sub(1);
        let wanted = call.c();
        if wanted == 0 {
            vm.top = slot.add(count);
        } else {
            for n in count..(wanted - 1).max(count) {
                *slot.add(n) = Value::NIL;
            }
        }
        vm.base = slot.sub(call.a());
        vm.pc = ret;
    }
}

/// Calls the value in `slot` with the `nargs` values from `slot + 2` on; it will return to `ret`. The registers saved in the
/// VM are the calling frame's.
///
/// # Safety
///
/// `slot` is in the running thread's stack above the running frame's live registers, with the arguments in place.
pub(crate) unsafe fn call_value(vm: &mut Vm, slot: *mut Value, nargs: usize, ret: *const Instr) -> Resume {
    // SAFETY: the caller vouches for the slots; header and descriptor say what the function is.
    unsafe {
        let f = *slot;
        if let Some(f) = f.as_lua_function() {
            *slot.add(1) = Value::from_bits(ret as u64);
            vm.base = slot.add(2);
            vm.pc = (*f.proto).code;
            return Resume::enter(nargs);
        }
        match f.as_native_function() {
            Some(native) if vm.hook_events & hook_event::CALL != 0 && !native.native.is_hidden() => {
                hooks::call_native(vm, slot, nargs, ret)
            }
            Some(native) => call_native_unseen(vm, native, slot, nargs, ret),
            None => call_meta(vm, slot, nargs, ret),
        }
    }
}

/// `__call`: the value becomes the first argument.
#[cold]
unsafe fn call_meta(vm: &mut Vm, slot: *mut Value, nargs: usize, ret: *const Instr) -> Resume {
    // SAFETY: as `call_value`; one more slot is within the slack.
    unsafe {
        let f = *slot;
        let method = vm.metamethod(f, Event::Call);
        if !method.is_function() {
            // Only an instruction's own operand has a name.
            let throw = match Landing::of(ret) {
                Some(_) => vm.operand_error("call", f, None),
                None => vm.call_error(f),
            };
            return raise(vm, throw);
        }
        let slot = match vm.ensure_stack(slot, nargs + 4) {
            Ok(slot) => slot,
            Err(throw) => return raise(vm, throw),
        };
        std::ptr::copy(slot.add(2), slot.add(3), nargs);
        *slot.add(2) = f;
        *slot = method;
        call_value(vm, slot, nargs + 1, ret)
    }
}

/// Calls a native function, without the event of a call.
///
/// # Safety
///
/// As [`call_value`]; `native` is the value in `slot`.
pub(crate) unsafe fn call_native_unseen(
    vm: &mut Vm,
    native: Gc<NativeFunction>,
    slot: *mut Value,
    nargs: usize,
    ret: *const Instr,
) -> Resume {
    // SAFETY: as `call_value`.
    unsafe {
        let slot = if slot.add(2 + nargs + MIN_NATIVE_SLOTS) > vm.stack_limit.add(MIN_NATIVE_SLOTS) {
            match vm.ensure_stack(slot, 2 + nargs + MIN_NATIVE_SLOTS) {
                Ok(slot) => slot,
                Err(throw) => return raise(vm, throw),
            }
        } else {
            slot
        };
        match native.native.kind {
            NativeKind::Leaf(f) => {
                vm.leaf = *slot;
                vm.top = slot.add(2 + nargs);
                let offset = slot.offset_from((*vm.thread).stack);
                let result = f(vm, Args { base: slot.add(2), count: nargs as u32 });
                vm.leaf = Value::NIL;
                match result {
                    Ok(count) => {
                        let slot = (*vm.thread).stack.offset(offset);
                        if vm.hook_events & hook_event::RETURN != 0 {
                            let leaf = Value::function(Gc::from_raw(native.as_ptr().cast()));
                            return hooks::leaf_returns(vm, leaf, slot, count as usize, ret);
                        }
                        deliver(vm, slot, count as usize, ret);
                        crate::safepoint::after_allocation(vm)
                    }
                    Err(throw) => raise(vm, throw),
                }
            }
            NativeKind::Sequence(f) => {
                *slot.add(1) = Value::from_bits(ret as u64);
                let base = slot.add(2);
                std::ptr::copy(base, base.add(1), nargs);
                vm.base = base;
                vm.pc = Landing::Sequence.pc();
                vm.top = base.add(1 + nargs);
                run_sequence(vm, f, SequenceFrame::starting(base, nargs as u32))
            }
            NativeKind::Host => {
                *slot.add(1) = Value::from_bits(ret as u64);
                vm.base = slot.add(2);
                vm.top = slot.add(2 + nargs);
                vm.request = Request::CallHost { nargs: nargs as u32 };
                vm.pc = EXIT.as_ptr();
                Resume::NEXT
            }
            NativeKind::Special(special) => {
                *slot.add(1) = Value::from_bits(ret as u64);
                match special {
                    Special::Pcall | Special::ReaderCall | Special::DebugCommand => {
                        protected::pcall(vm, slot, nargs)
                    }
                    Special::Xpcall => protected::xpcall(vm, slot, nargs),
                    Special::CoroutineResume => coroutine::resume(vm, slot, nargs),
                    Special::CoroutineYield => coroutine::yield_(vm, slot, nargs),
                    Special::CoroutineWrapped => coroutine::resume_wrapped(vm, slot, nargs),
                }
            }
        }
    }
}

/// Ends the native function whose frame starts at `base`: its results are the `count` values from `src` on.
///
/// # Safety
///
/// `base` is the frame of a native function of the running thread; the results lie in or above it.
pub(crate) unsafe fn return_native(vm: &mut Vm, base: *mut Value, src: *mut Value, count: usize) -> Resume {
    // SAFETY: the caller vouches for frame and results.
    unsafe {
        if vm.hook_events & hook_event::RETURN != 0 {
            return hooks::native_returns(vm, base, src, count);
        }
        complete_native(vm, base, src, count);
        Resume::NEXT
    }
}

/// As [`return_native`] for results that may lie on another stack, with one that comes before them.
///
/// # Safety
///
/// As [`return_native`], but the results lie anywhere outside the frame's head, and there is room for all of them from `base` on.
pub(crate) unsafe fn return_transferred(
    vm: &mut Vm,
    base: *mut Value,
    before: Option<Value>,
    src: *const Value,
    count: usize,
) -> Resume {
    // SAFETY: the caller vouches for frame, results and room.
    unsafe {
        if vm.hook_events & hook_event::RETURN != 0 {
            let count = write_transferred(base, before, src, count);
            return hooks::native_returns(vm, base, base, count);
        }
        complete_transferred(vm, base, before, src, count);
        Resume::NEXT
    }
}

/// As [`return_transferred`], without the event of a return.
///
/// # Safety
///
/// The same.
#[inline(always)]
pub(crate) unsafe fn complete_transferred(
    vm: &mut Vm,
    base: *mut Value,
    before: Option<Value>,
    src: *const Value,
    count: usize,
) {
    // SAFETY: as above; the return address is read before results are written over it.
    unsafe {
        let ret = frame::return_address((*base.sub(1)).to_bits());
        let slot = base.sub(2);
        let count = write_transferred(slot, before, src, count);
        deliver(vm, slot, count, ret);
    }
}

/// Writes results to `at` and up, and says how many there are with the one that comes first.
#[inline(always)]
unsafe fn write_transferred(at: *mut Value, before: Option<Value>, src: *const Value, count: usize) -> usize {
    // SAFETY: the caller vouches for results and room.
    unsafe {
        let first = usize::from(before.is_some());
        if let Some(value) = before {
            *at = value;
        }
        let at = at.add(first);
        match count {
            0 => {}
            1 => *at = *src,
            2 => {
                let (a, b) = (*src, *src.add(1));
                (*at, *at.add(1)) = (a, b);
            }
            _ => std::ptr::copy(src, at, count),
        }
        first + count
    }
}

/// As [`return_native`], without the event of a return.
///
/// # Safety
///
/// The same.
pub(crate) unsafe fn complete_native(vm: &mut Vm, base: *mut Value, src: *mut Value, count: usize) {
    // SAFETY: results move down to the function's slot, which lies below.
    unsafe {
        let slot = base.sub(2);
        let ret = frame::return_address((*base.sub(1)).to_bits());
        std::ptr::copy(src, slot, count);
        deliver(vm, slot, count, ret);
    }
}

/// Takes the next step of the sequence `f`, in the frame at `vm.base`, and does what that asks for.
///
/// # Safety
///
/// As [`SequenceFrame::take_step`].
unsafe fn run_sequence(vm: &mut Vm, f: SequenceFn, frame: SequenceFrame) -> Resume {
    // SAFETY: the caller vouches for the frame.
    match unsafe { frame.take_step(vm, f) } {
        Ok(step) => carry_out(vm, step),
        Err(throw) => raise(vm, throw),
    }
}

/// Does what the sequence in the frame at `vm.base` has asked for in its last step.
pub(crate) fn carry_out(vm: &mut Vm, step: Step) -> Resume {
    // SAFETY: the frame's slots, as `SequenceFrame` promises them.
    unsafe {
        let base = vm.base;
        match step.want() {
            Want::Done { first, count } => {
                match return_native(vm, base, base.add(first as usize), count as usize) {
                    Resume::NEXT => crate::safepoint::after_allocation(vm),
                    hooked => hooked,
                }
            }
            Want::Call { at, nargs } => {
                let callee = base.add(at as usize + RECORD_CALLEE);
                call_value(vm, callee, nargs as usize, Landing::Sequence.pc())
            }
            Want::TailCall { at, nargs } => {
                let slot = base.sub(2);
                let ret = (*base.sub(1)).to_bits() as *const Instr;
                *slot = *base.add(at as usize);
                std::ptr::copy(base.add((at + CALL_ARGS) as usize), base, nargs as usize);
                leave_native(vm, slot, ret);
                call_value(vm, slot, nargs as usize, ret)
            }
            Want::Yield { first, count } => coroutine::yield_sequence(vm, first as usize, count as usize),
        }
    }
}

/// Makes the caller of the native function in `slot` the running frame, before a tail call.
///
/// # Safety
///
/// As [`deliver`].
unsafe fn leave_native(vm: &mut Vm, slot: *mut Value, ret: *const Instr) {
    // SAFETY: the call before `ret` tells where its frame is.
    unsafe {
        vm.base = slot.sub((*ret.sub(1)).a());
        vm.pc = ret;
    }
}

/// Goes on with the waiting sequence at `vm.base`, whose call's `results` values lie at slot `at` and up.
pub(crate) fn resume_sequence(vm: &mut Vm, results: u32) -> Resume {
    // SAFETY: a landing or a resume found a sequence's frame at `vm.base`.
    unsafe {
        let native =
            (*vm.base.sub(2)).as_native_function().expect("a sequence's frame has a native function");
        let NativeKind::Sequence(f) = native.native.kind else {
            unreachable!("only sequences wait for results")
        };
        let frame = SequenceFrame::waiting(vm.base, results);
        run_sequence(vm, f, frame)
    }
}

handler!(
    /// A call of something that is not a Lua function. Leaves, the most frequent, are called right here.
    call(pc, base, k, vm, x) {
        let i = Instr(x);
        let slot = base.add(i.a());
        let nargs = if i.b() != 0 { i.b() - 1 } else { (*vm).top.offset_from(slot.add(2)) as usize };
        (*vm).pc = pc;
        (*vm).base = base;
        if let Some(native) = (*slot).as_native_function()
            && let NativeKind::Leaf(f) = native.native.kind
            && slot.add(2 + nargs) <= (*vm).stack_limit
        {
            (*vm).leaf = *slot;
            // While a leaf runs, its caller's registers above the arguments are dead (a collection clears them).
            (*vm).top = slot.add(2 + nargs);
            let result = f(&mut *vm, Args { base: slot.add(2), count: nargs as u32 });
            (*vm).leaf = Value::NIL;
            match result {
                Ok(count) => {
                    let base = (*vm).base;
                    let wanted = i.c();
                    if wanted == 0 {
                        (*vm).top = base.add(i.a() + count as usize);
                    } else {
                        let slot = base.add(i.a());
                        let mut n = count as usize;
                        while n + 1 < wanted {
                            *slot.add(n) = Value::NIL;
                            n += 1;
                        }
                    }
                    if (*vm).heap.gc_requested != 0 {
                        return jump!(super::safepoint_here, pc, base, k, vm, x);
                    }
                    next!(pc, base, k, vm)
                }
                Err(throw) => {
                    let r = raise(&mut *vm, throw);
                    resume!(vm, r)
                }
            }
        }
        let r = call_value(&mut *vm, slot, nargs, pc);
        resume!(vm, r)
    }
);

slow! {
    /// A safepoint after the instruction before `vm.pc`.
    safepoint_here(vm, _i) {
        crate::safepoint::after_allocation(vm)
    }

    /// A tail call of something that is not a Lua function. A native function is called in place: its results, all of
    /// them, are returned by the return instruction that follows every tail call.
    tail_call(vm, i) {
        tail_call_value(vm, i)
    }

    /// A tail call in a vararg function.
    tail_call_v(vm, i) {
        tail_call_value(vm, i)
    }

    /// A call's frame does not fit the stack. `i` is the number of arguments, `pc` behind the header's first word.
    grow_for_frame(vm, i) {
        // SAFETY: `pc` follows a function header.
        unsafe {
            let header = *vm.pc.sub(1);
            let nargs = i.0 as usize;
            vm.top = vm.base.add(nargs);
            match vm.ensure_stack(vm.base, header.a().max(nargs)) {
                Ok(_) => {
                    vm.pc = vm.pc.sub(1);
                    Resume::enter(nargs)
                }
                Err(throw) => {
                    // The error belongs to the caller: the new frame has not begun.
                    let frame = FrameRef { base: vm.base, pc: vm.pc };
                    let caller = frame.caller().unwrap_or(frame);
                    vm.base = caller.base;
                    vm.pc = caller.pc;
                    raise(vm, throw)
                }
            }
        }
    }

    /// The header of a vararg function: the frame moves above its arguments, the fixed parameters with it.
    func_v(vm, i) {
        // SAFETY: `pc` follows a function header; the room is ensured before anything is written.
        unsafe {
            let header = *vm.pc.sub(1);
            let nargs = i.0 as usize;
            vm.top = vm.base.add(nargs);
            if let Err(throw) = vm.ensure_stack(vm.base, nargs + 2 + header.a()) {
                let frame = FrameRef { base: vm.base, pc: vm.pc };
                let caller = frame.caller().unwrap_or(frame);
                vm.base = caller.base;
                vm.pc = caller.pc;
                return raise(vm, throw);
            }
            let old = vm.base;
            let base = old.add(nargs + 2);
            *base.sub(2) = *old.sub(2);
            *base.sub(1) = Value::from_bits(frame::vararg_marker(nargs));
            for n in 0..header.b() {
                *base.add(n) = if n < nargs { std::mem::replace(&mut *old.add(n), Value::NIL) } else { Value::NIL };
            }
            *base.add(header.b()) = Value::NIL;
            vm.base = base;
            vm.pc = vm.pc.add(1);
            let f: *const LuaFunction = (*base.sub(2)).payload() as *const LuaFunction;
            if (*(*f).proto).needs_arg {
                return super::make_arg_table(vm, header.b(), nargs);
            }
            Resume::NEXT
        }
    }

    vararg(vm, i) {
        // SAFETY: only vararg functions have this instruction, and their frames are marked.
        unsafe {
            let delta = frame::vararg_delta((*vm.base.sub(1)).to_bits()).expect("a vararg function's frame is marked");
            let extra = (delta - 2).saturating_sub(i.c());
            let wanted = if i.b() == 0 { extra } else { i.b() - 1 };
            let base = match vm.ensure_stack(vm.base, i.a() + wanted) {
                Ok(base) => base,
                Err(throw) => return raise(vm, throw),
            };
            let (src, dst) = (base.sub(delta).add(i.c()), base.add(i.a()));
            let given = wanted.min(extra);
            std::ptr::copy_nonoverlapping(src, dst, given);
            for n in given..wanted {
                *dst.add(n) = Value::NIL;
            }
            if i.b() == 0 {
                vm.top = dst.add(wanted);
            }
            Resume::NEXT
        }
    }

    move_up(vm, i) {
        // SAFETY: the values from the register on to the multiple results' end, and a place behind them.
        unsafe {
            let first = vm.base.add(i.a());
            let count = vm.top.offset_from(first) as usize;
            let base = match vm.ensure_stack(vm.base, i.a() + count + 1) {
                Ok(base) => base,
                Err(throw) => return raise(vm, throw),
            };
            let first = base.add(i.a());
            std::ptr::copy(first, first.add(1), count);
            vm.top = first.add(1 + count);
            Resume::NEXT
        }
    }

    return_v(vm, i) {
        // SAFETY: only vararg functions have this instruction, and their frames are marked.
        unsafe {
            let base = vm.base;
            let src = base.add(i.a());
            let count = if i.b() != 0 { i.b() - 1 } else { vm.top.offset_from(src) as usize };
            let delta = frame::vararg_delta((*base.sub(1)).to_bits()).expect("a vararg function's frame is marked");
            complete_native(vm, base.sub(delta), src, count);
            Resume::NEXT
        }
    }

    /// A call of anything, seen by a debug hook.
    call_any(vm, i) {
        // SAFETY: dispatch rules.
        unsafe {
            let slot = vm.base.add(i.a());
            let nargs = if i.b() != 0 { i.b() - 1 } else { vm.top.offset_from(slot.add(2)) as usize };
            let pc = vm.pc;
            call_value(vm, slot, nargs, pc)
        }
    }

    /// Enters a generic `for` that calls `next` in each round, for a debug hook to see.
    tfor_prep_by_key(vm, _i) {
        // SAFETY: the jump word is behind the instruction's.
        vm.pc = unsafe { vm.pc.add(1).offset((*vm.pc).0 as i32 as isize) };
        Resume::NEXT
    }

    /// The step of a generic `for` that calls its iterator.
    tfor_call(vm, i) {
        // SAFETY: dispatch rules; the compiler leaves room for function, return address and two arguments.
        unsafe {
            let r = vm.base.add(i.a());
            let (f, s, control) = (*r.sub(3), *r.sub(2), *r.sub(1));
            *r = f;
            *r.add(2) = s;
            *r.add(3) = control;
            let pc = vm.pc;
            call_value(vm, r, 2, pc)
        }
    }
}

fn tail_call_value(vm: &mut Vm, i: Instr) -> Resume {
    // SAFETY: dispatch rules; values move down inside the stack.
    unsafe {
        let slot = vm.base.add(i.a());
        let nargs = if i.b() != 0 { i.b() - 1 } else { vm.top.offset_from(slot.add(2)) as usize };
        let pc = vm.pc;
        let frame = FrameRef { base: vm.base, pc };
        let callee = *slot;
        if callee.as_native_function().is_some() {
            return call_value(vm, slot, nargs, pc);
        }
        if !callee.is_function() {
            let method = vm.metamethod(callee, Event::Call);
            if !method.is_function() {
                let throw = vm.call_error(callee);
                return raise(vm, throw);
            }
            // The object becomes the first argument; its slot and the one for the return address are used for the shift.
            let slot = match vm.ensure_stack(slot, nargs + 4) {
                Ok(slot) => slot,
                Err(throw) => return raise(vm, throw),
            };
            std::ptr::copy(slot.add(2), slot.add(3), nargs);
            *slot.add(2) = callee;
            *slot = method;
            vm.top = slot.add(3 + nargs);
            return tail_call_value(
                vm,
                Instr::abc(ferrous_lua_runtime::bytecode::Op::TailCall, i.a() as u8, 0, 0),
            );
        }
        let target = frame.original_base();
        *target.sub(2) = callee;
        *target.sub(1) = Value::from_bits(frame::one_more_tail_call((*target.sub(1)).to_bits()));
        std::ptr::copy(slot.add(2), target, nargs);
        vm.base = target;
        vm.pc = (*callee.as_lua_function().expect("neither native nor callable object").proto).code;
        Resume::enter(nargs)
    }
}
