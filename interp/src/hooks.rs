//! Debug hooks: following a thread, and calling its hook.
//!
//! While the running thread's hook wants anything, every dispatch slot holds [`hooked`]: it looks at the instruction that is about
//! to run, and goes on to its plain handler, which neither counts nor enters native code. An event calls the hook above all that
//! is live, with [`Landing::Hook`] as its return address; the record's flags say what the landing goes on with ([`After`]).
//! A hook's results are dropped, errors in it are the interrupted code's, and it cannot yield.
//!
//! Native functions are followed where they are called and where they return (`slow::call`). Their frame exists before the
//! call event and until after the return event, a leaf's for that purpose alone.
//!
//! # Lines
//!
//! There is a line event before an instruction that begins a function, that was jumped back to, or whose line differs from the
//! one before it in the same call. That is PUC Lua's rule on PUC Lua's instructions; two of ours stand for other ones:
//!
//! * a numeric `for` is entered by PUC Lua with a jump to its end and back again, so its first round is an event, too;
//! * `TForLoop` is a part of `TForCall`;
//! * where a jump would lead to the end of a `while` loop, PUC Lua's leads back to its start at once (but where that end is the
//!   whole loop, it jumps to itself in both, and a jump with a value leads there);
//! * instructions on line 0 are none of PUC Lua's.
//!
//! Source: `traceexec` (`lvm.c`), `luaD_callhook`, `callrethooks` (`ldo.c`), `hookf` (`ldblib.c`).

use crate::dispatch::{HandlerFn, constants_of, handler, jump};
use crate::slow::{self, Resume, call_native_unseen, call_value, complete_native, live_end, resume};
use crate::table::uncounted;
use crate::unwind::raise;
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::frame::{
    FrameRef, Landing, RECORD_CALLEE, RECORD_SLOTS, record_distance, record_word,
};
use ferrous_lua_runtime::hook::{ThreadHook, hook_event};
use ferrous_lua_runtime::native::{MIN_NATIVE_SLOTS, as_iterator_position};
use ferrous_lua_runtime::proto::Proto;
use ferrous_lua_runtime::{Value, Vm};

/// Why a hook is called.
#[derive(Clone, Copy)]
enum Event {
    Call,
    Return,
    TailReturn,
    Line(u32),
    Count,
}

impl Event {
    const fn name(self) -> &'static [u8] {
        match self {
            Event::Call => b"call",
            Event::Return => b"return",
            Event::TailReturn => b"tail return",
            Event::Line(_) => b"line",
            Event::Count => b"count",
        }
    }
}

/// What comes once a hook has returned; packed into the flags of its record.
#[derive(Clone, Copy)]
enum After {
    /// The interrupted instruction, from this stage on.
    Instruction(Stage),
    /// The call of the native function in whose frame the hook was called, with this many arguments.
    NativeCall(usize),
    /// The end of that function: this many results lie right below the record.
    NativeReturn(usize),
    /// The interrupted instruction, if what was called is no hook but [`Vm::interrupt_function`].
    Interrupted { in_hook: bool },
}

/// What can happen before an instruction, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Call,
    Count,
    Line,
    LoopLine,
    Return,
    TailReturn,
    Run,
}

impl Stage {
    const ALL: [Stage; 7] = [
        Stage::Call,
        Stage::Count,
        Stage::Line,
        Stage::LoopLine,
        Stage::Return,
        Stage::TailReturn,
        Stage::Run,
    ];
}

impl After {
    fn pack(self) -> u64 {
        match self {
            After::Instruction(stage) => (stage as u64) << 2,
            After::NativeCall(nargs) => (nargs as u64) << 2 | 1,
            After::NativeReturn(count) => (count as u64) << 2 | 2,
            After::Interrupted { in_hook } => u64::from(in_hook) << 2 | 3,
        }
    }

    fn unpack(flags: u64) -> After {
        let payload = (flags >> 2) as usize;
        match flags & 3 {
            0 => After::Instruction(Stage::ALL[payload]),
            1 => After::NativeCall(payload),
            2 => After::NativeReturn(payload),
            _ => After::Interrupted { in_hook: payload != 0 },
        }
    }
}

handler!(
    /// Stands in the place of every handler while the running thread is hooked.
    hooked(pc, base, k, vm, x) {
        (*vm).pc = pc;
        (*vm).base = base;
        match Instr((*pc.sub(1)).0).op() {
            Op::Func | Op::FuncV | Op::FuncJit => {
                (*(*vm).thread).hook.entered = true;
                return jump!(uncounted((*pc.sub(1)).op()), pc, base, k, vm, x);
            }
            Op::MetaReturn => note_landing(&mut *vm),
            op if op.is_landing() => {}
            _ => {
                if let Some(r) = before_instruction(&mut *vm, Stage::Call) {
                    resume!(vm, r)
                }
            }
        }
        return jump!(plain_handler(&*vm), pc, base, k, vm, x);
    }
);

/// What carries out the instruction before `vm.pc` while calls of native functions are to be seen.
#[inline(never)]
fn plain_handler(vm: &Vm) -> HandlerFn {
    // SAFETY: a saved pc points behind the first word of its instruction.
    let i = unsafe { *vm.pc.sub(1) };
    if vm.hook_events & (hook_event::CALL | hook_event::RETURN) != 0 {
        match i.op() {
            Op::Call => return slow::call_any,
            // The iteration calls `next`.
            Op::TForPrep => return slow::tfor_prep_by_key,
            // SAFETY: the loop's registers are the frame's.
            Op::TForCall if unsafe { as_iterator_position(*vm.base.add(i.a()).sub(1)) }.is_none() => {
                return slow::tfor_call;
            }
            _ => {}
        }
    }
    uncounted(i.op())
}

/// Calls the hook for the next thing, from `stage` on, that happens before the instruction before `vm.pc`; `None` if that may run.
#[inline(never)]
fn before_instruction(vm: &mut Vm, stage: Stage) -> Option<Resume> {
    // SAFETY: a Lua function runs on the running thread, which is live.
    unsafe {
        let frame = FrameRef { base: vm.base, pc: vm.pc };
        let proto = &*frame.proto().expect("only landings are executed outside Lua functions");
        let op = (*vm.pc.sub(1)).op();
        let thread = vm.thread;
        let hook = &mut (*thread).hook;
        if is_unseen(proto, vm.pc) || op.plain() == Op::JmpBack && was_jumped_to(vm, proto, hook) {
            return None;
        }
        let wants = |event: u8| vm.hook_events & event != 0;
        let call = |event: Event, next: Stage| (event, After::Instruction(next));
        let (event, after) = 'event: {
            if stage <= Stage::Call && std::mem::take(&mut hook.entered) && wants(hook_event::CALL) {
                break 'event call(Event::Call, Stage::Count);
            }
            if op.plain() == Op::TForLoop {
                (hook.last_frame, hook.last_pc) = (place(&*vm), vm.pc.sub(1));
                return None;
            }
            if stage <= Stage::Count && wants(hook_event::COUNT) {
                hook.left -= 1;
                if hook.left <= 0 {
                    hook.left = hook.settings.count;
                    break 'event call(Event::Count, Stage::Line);
                }
            }
            if stage <= Stage::Line {
                let here = place(&*vm);
                let last = (hook.last_frame == here).then_some(hook.last_pc);
                (hook.last_frame, hook.last_pc) = (here, vm.pc);
                let line = proto.line_before(vm.pc);
                if wants(hook_event::LINE) && begins_line(proto, vm.pc, last, line) {
                    break 'event call(Event::Line(line), Stage::LoopLine);
                }
            }
            if stage <= Stage::LoopLine && op == Op::ForPrep && wants(hook_event::LINE) {
                let line = loop_line(proto, vm.pc);
                if line != proto.line_before(vm.pc) {
                    break 'event call(Event::Line(line), Stage::Return);
                }
            }
            if wants(hook_event::RETURN) && matches!(op, Op::Return | Op::ReturnV | Op::Return0 | Op::Return1)
            {
                if stage <= Stage::Return {
                    break 'event call(Event::Return, Stage::TailReturn);
                }
                if stage <= Stage::TailReturn && frame.forget_tail_call() {
                    break 'event call(Event::TailReturn, Stage::TailReturn);
                }
            }
            return None;
        };
        Some(call_hook(vm, event, after))
    }
}

/// The running frame's distance from the start of its stack.
fn place(vm: &Vm) -> usize {
    // SAFETY: the running thread is live.
    unsafe { vm.base.offset_from((*vm.thread).stack) as usize }
}

/// Whether the instruction before `pc` is none of PUC Lua's.
fn is_unseen(proto: &Proto, pc: *const Instr) -> bool {
    proto.word_of(pc).is_some_and(|behind| proto.lines[behind - 1] == 0)
}

/// Whether control came to the `JmpBack` before `vm.pc` by a jump, of PUC Lua's.
unsafe fn was_jumped_to(vm: &Vm, proto: &Proto, hook: &ThreadHook) -> bool {
    // SAFETY: the last instruction of this frame is one of its function, and not its last.
    unsafe {
        let last = hook.last_pc;
        if hook.last_frame != place(vm) || last == vm.pc {
            return false;
        }
        let op = (*last.sub(1)).op();
        let next = last.add(op.words());
        match op {
            // The end of a `for` loop is a fall-through in PUC Lua, whichever instruction of ours it was.
            Op::ForPrep | Op::TForCall => false,
            // Jumps with a value lead behind their expression.
            Op::JtSet | Op::JfSet | Op::LoadPri => false,
            Op::Jmp => true,
            // The condition of a `repeat` loop holds: it jumps over a jump that is none of PUC Lua's.
            _ if (*next.sub(1)).op() == Op::JmpBack && is_unseen(proto, next) => false,
            _ => next != vm.pc,
        }
    }
}

/// Whether the instruction before `pc`, on line `line`, begins a line. `last` is behind the first word of the one that ran before
/// it in this call; if nobody has seen that, it is the one that lies before it: a call that has returned.
unsafe fn begins_line(proto: &Proto, pc: *const Instr, last: Option<*const Instr>, line: u32) -> bool {
    let before = proto.word_of(pc).map_or(&[][..], |behind| &proto.lines[Op::Func.words()..behind - 1]);
    if before.iter().all(|&line| line == 0) {
        return true;
    }
    // SAFETY: both point into the prototype's code, behind the first word of an instruction.
    unsafe {
        match last {
            Some(last) if (*last.sub(1)).op() == Op::ForPrep => {
                pc == last.add(Op::ForPrep.words()) || line != loop_line(proto, last)
            }
            Some(last) => pc <= last || line != proto.line_before(last),
            None => line != proto.line_before(pc.sub(1)),
        }
    }
}

/// The line of the end of the loop that is entered by the `ForPrep` before `pc`.
unsafe fn loop_line(proto: &Proto, pc: *const Instr) -> u32 {
    // SAFETY: `ForPrep` jumps behind its loop's last instruction.
    unsafe {
        let behind = pc.add(1).offset((*pc).0 as i32 as isize);
        proto.line_before(behind.sub(Op::ForLoop.words()).add(1))
    }
}

/// A metamethod has returned to the landing that is about to run: its instruction is the last one that ran in its frame.
#[inline(never)]
unsafe fn note_landing(vm: &mut Vm) {
    // SAFETY: the landing's registers, see `slow::landing`.
    unsafe {
        let record = vm.base.sub(2);
        let frame = record.sub(record_distance((*record.add(2)).to_bits()));
        let thread = vm.thread;
        let hook = &mut (*thread).hook;
        hook.last_frame = frame.offset_from((*thread).stack) as usize;
        hook.last_pc = (*record.add(1)).to_bits() as *const Instr;
    }
}

/// Calls the running thread's hook above all that is live.
fn call_hook(vm: &mut Vm, event: Event, after: After) -> Resume {
    let line = match event {
        Event::Line(line) => Value::number(line.into()),
        _ => Value::NIL,
    };
    let name = vm.string_or_memory_message(event.name());
    // SAFETY: the running thread is live.
    let function = unsafe { (*vm.thread).hook.function };
    call_above(vm, function, [name, line], after)
}

/// Calls [`Vm::interrupt_function`], as if it were a hook: no other one is called meanwhile, and it cannot yield.
#[inline(never)]
pub(crate) fn call_interrupt_function(vm: &mut Vm) -> Resume {
    // SAFETY: the running thread is live.
    let in_hook = unsafe { (*vm.thread).hook.running };
    call_above(vm, vm.interrupt_function, [Value::NIL; 2], After::Interrupted { in_hook })
}

/// A record, the word below it, and the frame of a native function with two arguments.
const HOOK_SLOTS: usize = 1 + RECORD_SLOTS + 2 + 2 + MIN_NATIVE_SLOTS;

/// Calls a function above all that is live. One word below its record is the end of the multiple results that the interrupted code
/// may be about to use, as a distance from the frame.
fn call_above(vm: &mut Vm, function: Value, args: [Value; 2], after: After) -> Resume {
    // SAFETY: the record goes above all that is live, into room that is made.
    unsafe {
        let end = live_end(vm).max(vm.top);
        let end = match vm.ensure_stack_for_hook(end, HOOK_SLOTS) {
            Ok(end) => end,
            Err(throw) => return raise(vm, throw),
        };
        *end = Value::from_bits(vm.top.offset_from(vm.base).max(0) as u64);
        let record = end.add(1);
        FrameRef { base: vm.base, pc: vm.pc }.write_record(record, Landing::Hook);
        *record.add(2) = record_word(record.offset_from(vm.base) as usize, after.pack());
        *record.add(RECORD_CALLEE) = function;
        *record.add(RECORD_SLOTS) = args[0];
        *record.add(RECORD_SLOTS + 1) = args[1];
        vm.top = record.add(RECORD_SLOTS + 2);
        let thread = vm.thread;
        let hook: *mut ThreadHook = &raw mut (*thread).hook;
        if !(*hook).running {
            (*hook).running = true;
            (*hook).place = record.offset_from((*thread).stack) as usize;
        }
        vm.select_dispatch();
        call_value(vm, record.add(RECORD_CALLEE), 2, Landing::Hook.pc())
    }
}

handler!(
    /// The landing of a hook.
    hook_return(pc, base, k, vm, x) {
        (*vm).pc = pc;
        (*vm).base = base;
        match landed(&mut *vm) {
            Some(r) => resume!(vm, r),
            None => {
                let (pc, base) = ((*vm).pc, (*vm).base);
                return jump!(plain_handler(&*vm), pc, base, constants_of(base), vm, (*pc.sub(1)).0);
            }
        }
    }
);

// The work is done out of line, so that the handlers' own calls of each other stay sibling calls.

/// A hook has returned. `None` if nothing is left to do but the instruction before `vm.pc`.
#[inline(never)]
unsafe fn landed(vm: &mut Vm) -> Option<Resume> {
    // SAFETY: a landing's registers; `call_hook` left the distance below the record.
    unsafe {
        let landed = slow::land(vm);
        let end = landed.results.sub(RECORD_CALLEE + 1);
        vm.top = vm.base.add((*end).to_bits() as usize);
        let end_at = end.offset_from(vm.base);
        vm.calm_stack_after_hook(end.max(vm.top));
        let end = vm.base.offset(end_at);
        let after = After::unpack(landed.flags);
        (*vm.thread).hook.running = matches!(after, After::Interrupted { in_hook: true });
        vm.select_dispatch();
        match after {
            After::Instruction(stage) => before_instruction(vm, stage),
            After::NativeCall(nargs) => Some(call_seen(vm, nargs)),
            After::NativeReturn(count) => {
                let base = vm.base;
                complete_native(vm, base, end.sub(count), count);
                Some(Resume::NEXT)
            }
            // The thread's own hook has not been asked about the instruction.
            After::Interrupted { .. } if vm.hook_events != 0 => before_instruction(vm, Stage::Call),
            After::Interrupted { .. } => None,
        }
    }
}

// ---- native functions ------------------------------------------------------------------------------

/// The native function in `slot` is to be called with `nargs` arguments, and events of calls are wanted.
///
/// # Safety
///
/// As `slow::call_value`.
pub(crate) unsafe fn call_native(vm: &mut Vm, slot: *mut Value, nargs: usize, ret: *const Instr) -> Resume {
    // SAFETY: the caller vouches for the slots.
    unsafe {
        *slot.add(1) = Value::from_bits(ret as u64);
        vm.base = slot.add(2);
        vm.pc = Landing::Sequence.pc();
        vm.top = slot.add(2 + nargs);
        call_hook(vm, Event::Call, After::NativeCall(nargs))
    }
}

/// Calls the native function whose frame is at `vm.base`; its call event is over.
unsafe fn call_seen(vm: &mut Vm, nargs: usize) -> Resume {
    // SAFETY: `call_native` made the frame.
    unsafe {
        let frame = FrameRef { base: vm.base, pc: vm.pc };
        let (slot, ret) = (vm.base.sub(2), frame.return_pc());
        let caller = frame.parent().expect("a frame made by a call has a caller");
        let native = frame.function().as_native_function().expect("the frame of a native function");
        vm.base = caller.base;
        vm.pc = caller.pc;
        call_native_unseen(vm, native, slot, nargs, ret)
    }
}

/// The native function whose frame is at `base` ends with the `count` values from `src` on, and events of returns are wanted.
///
/// # Safety
///
/// As `slow::return_native`.
pub(crate) unsafe fn native_returns(vm: &mut Vm, base: *mut Value, src: *mut Value, count: usize) -> Resume {
    // SAFETY: the caller vouches for frame and results.
    unsafe {
        let native = (*base.sub(2)).as_native_function().expect("the frame of a native function");
        if native.native.is_hidden() {
            complete_native(vm, base, src, count);
            return Resume::NEXT;
        }
        vm.base = base;
        // Not the landing that the function has waited in: it catches no more errors.
        vm.pc = Landing::Sequence.pc();
        vm.top = src.add(count);
        call_hook(vm, Event::Return, After::NativeReturn(count))
    }
}

/// A leaf that was called in `slot` has put `count` results from there on, and events of returns are wanted.
///
/// # Safety
///
/// As `slow::deliver`; `leaf` is the function.
pub(crate) unsafe fn leaf_returns(
    vm: &mut Vm,
    leaf: Value,
    slot: *mut Value,
    count: usize,
    ret: *const Instr,
) -> Resume {
    // SAFETY: the results move up by the size of a frame's head, which is within the slack.
    unsafe {
        let base = slot.add(2);
        std::ptr::copy(slot, base, count);
        *slot = leaf;
        *slot.add(1) = Value::from_bits(ret as u64);
        native_returns(vm, base, base, count)
    }
}

/// The host function whose frame is `frame` has raised an error. If it is the hook, that is over: a handler that is called with the
/// error is hooked again, or one that never ends would get around the host's count.
///
/// # Safety
///
/// The frame is the running thread's innermost.
pub(crate) unsafe fn host_failed(vm: &mut Vm, frame: FrameRef) {
    // SAFETY: the running thread is live, and the frame of a called function lies behind its record.
    unsafe {
        let thread = vm.thread;
        let record = frame.base.sub(2 + RECORD_CALLEE).offset_from((*thread).stack);
        if (*thread).hook.running && (*thread).hook.place as isize == record {
            (*thread).hook.running = false;
            vm.select_dispatch();
        }
    }
}

/// An error is caught by `catcher`, a frame of the running thread: a hook that it has left is over.
pub(crate) fn unwound(vm: &mut Vm, catcher: FrameRef) {
    // SAFETY: the running thread is live, and so are its frames from the catcher on.
    unsafe {
        let thread = vm.thread;
        let hook: *mut ThreadHook = &raw mut (*thread).hook;
        (*hook).entered = false;
        if !(*hook).running {
            return;
        }
        // The frames of what the hook calls lie above its record.
        if (catcher.base.offset_from((*thread).stack) as usize) < (*hook).place {
            (*hook).running = false;
            vm.select_dispatch();
        }
    }
}
