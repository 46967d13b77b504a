//! Closures, upvalues, the collector, library functions.

use ferrous_lua_runtime::frame::Landing;
use ferrous_lua_runtime::native::{Args, MIN_NATIVE_SLOTS, Native, NativeKind, SequenceFrame, Step, Want};
use ferrous_lua_runtime::object::{Function, Gc, Header, Kind, LuaFunction, NativeFunction, Table};
use ferrous_lua_runtime::proto::{Proto, UpvalueSource};
use ferrous_lua_runtime::{OutOfMemory, Value, Vm};

use super::rebuilt;
use crate::caught::caught;

/// A closure of `proto` made by the function `parent` in the frame at `base`; null on failure.
pub(super) unsafe extern "C" fn new_closure(
    vm: *mut Vm,
    proto: *mut Proto,
    parent: *mut LuaFunction,
    base: *mut Value,
) -> *mut LuaFunction {
    // SAFETY: rule 1; the trace has written the slots that the closure captures.
    caught(std::ptr::null_mut(), || unsafe {
        closure(&mut *vm, proto, parent, base).unwrap_or(std::ptr::null_mut())
    })
}

/// As the interpreter's instruction.
unsafe fn closure(
    vm: &mut Vm,
    proto: *mut Proto,
    parent: *mut LuaFunction,
    base: *mut Value,
) -> Result<*mut LuaFunction, OutOfMemory> {
    // SAFETY: the caller vouches for the objects and the frame; cells are found before the closure is allocated, and all
    // upvalues are set before anyone sees it.
    unsafe {
        let upvalues = &(*proto).upvalues;
        for desc in upvalues {
            if let (UpvalueSource::Local(register), false) = (desc.source, desc.by_value) {
                vm.find_upvalue(base.add(usize::from(register)))?;
            }
        }
        let f = vm.heap.alloc(Kind::LuaFunction, LuaFunction::byte_size(upvalues.len()))? as *mut LuaFunction;
        (*f).header.small = upvalues.len() as u16;
        (*f).proto = proto;
        (*f).env = (*parent).env;
        let value = Value::function(Gc::from_raw(f as *mut Function));
        for (n, desc) in upvalues.iter().enumerate() {
            *LuaFunction::upvalues(f).add(n) = match desc.source {
                UpvalueSource::Local(register) => {
                    let slot = base.add(usize::from(register));
                    if desc.by_value { *slot } else { Value::from_bits(vm.find_upvalue(slot)? as u64) }
                }
                UpvalueSource::Upvalue(n) => *LuaFunction::upvalues(parent).add(usize::from(n)),
                UpvalueSource::Itself => value,
            };
        }
        Ok(f)
    }
}

/// A closure whose upvalues are yet to be set, which machine code does at once; null on failure.
pub(super) unsafe extern "C" fn make_closure(
    vm: *mut Vm,
    proto: *mut Proto,
    env: *mut Table,
) -> *mut LuaFunction {
    caught(std::ptr::null_mut(), || {
        // SAFETY: rule 1.
        unsafe { made_closure(&mut *vm, proto, env).unwrap_or(std::ptr::null_mut()) }
    })
}

/// The same in an exit: beyond the memory limit if need be.
pub(super) unsafe extern "C" fn rebuild_closure(
    vm: *mut Vm,
    proto: *mut Proto,
    env: *mut Table,
) -> *mut LuaFunction {
    // SAFETY: rule 1.
    unsafe { rebuilt(&mut *vm, |vm| made_closure(vm, proto, env)) }
}

unsafe fn made_closure(
    vm: &mut Vm,
    proto: *mut Proto,
    env: *mut Table,
) -> Result<*mut LuaFunction, OutOfMemory> {
    // SAFETY: the caller vouches for the objects; the closure is as large as its upvalues take.
    unsafe {
        let upvalues = &(*proto).upvalues;
        let count = upvalues.len();
        let f = vm.heap.alloc(Kind::LuaFunction, LuaFunction::byte_size(count))? as *mut LuaFunction;
        (*f).header.small = count as u16;
        (*f).proto = proto;
        (*f).env = env;
        Ok(f)
    }
}

/// Closes the upvalues of a stack slot and of those above.
pub(super) unsafe extern "C" fn close_upvalues(vm: *mut Vm, from: *mut Value) {
    // SAFETY: rule 1; the address is one of the running stack.
    caught((), || unsafe { (*vm).close_upvalues(from) });
}

pub(super) unsafe extern "C" fn barrier_back(vm: *mut Vm, object: *mut Header) {
    // SAFETY: rule 1; machine code has seen that the object is black.
    caught((), || unsafe { (*vm).heap.barrier_back(object) });
}

pub(super) unsafe extern "C" fn barrier_forward(vm: *mut Vm, table: *mut Table, child: Value) {
    // SAFETY: rule 1; machine code has seen that the table is black.
    caught((), || unsafe { (*vm).heap.barrier_forward(table, child) });
}

/// Runs the leaf `function` on `count` arguments, which lie above two free slots at `place`, as a call instruction would lay them
/// out. Its results are from `place` on, made as many as the call wants (`wanted` is its C operand); gives their number, -1 on
/// failure.
pub(super) unsafe extern "C" fn call_leaf(
    vm: *mut Vm,
    function: *mut NativeFunction,
    place: *mut Value,
    count: i64,
    wanted: i64,
) -> i64 {
    // SAFETY: rule 1.
    let vm = unsafe { &mut *vm };
    // SAFETY: as above.
    let NativeKind::Leaf(leaf) = (unsafe { (*function).native.kind }) else { return -1 };
    let args = place.wrapping_add(2);
    // The interpreter grows the stack before such a call; here it must not move.
    if args.wrapping_add(count as usize) > vm.stack_limit {
        return -1;
    }
    // SAFETY: as above.
    vm.leaf = Value::function(unsafe { Gc::from_raw(function.cast()) });
    vm.stack_pinned = true;
    let count = caught(-1, || leaf(vm, Args { base: args, count: count as u32 }).map_or(-1, i64::from));
    vm.stack_pinned = false;
    vm.leaf = Value::NIL;
    if count < 0 {
        // The interpreter does the call again: where the first result goes, the function is wanted.
        // SAFETY: the call's first slot is the function's.
        unsafe { *place = Value::function(Gc::from_raw(function.cast())) };
        return count;
    }
    if wanted == 0 {
        vm.top = place.wrapping_add(count as usize);
    }
    for missing in count..wanted - 1 {
        // SAFETY: the results that a call wants lie inside its frame.
        unsafe { *place.add(missing as usize) = Value::NIL };
    }
    count
}

/// Takes the next step of the sequence in the frame at `base`, which has called from slot `at`: `first` is the first of its
/// results. Gives the number of arguments of the next call, if that is from the same slot, else -1.
pub(super) unsafe extern "C" fn sequence_step(
    vm: *mut Vm,
    base: *mut Value,
    at: i64,
    first: Value,
    results: i64,
) -> i64 {
    // SAFETY: rule 1; the trace has seen that a sequence waits in the frame, whose slots are all in memory.
    unsafe {
        let vm = &mut *vm;
        let native = (*base.sub(2)).payload() as *const NativeFunction;
        let NativeKind::Sequence(f) = (*native).native.kind else {
            unreachable!("the trace has guarded which function it is")
        };
        *base.add(at as usize) = first;
        (vm.base, vm.pc) = (base, Landing::Sequence.pc());
        vm.stack_pinned = true;
        let step = caught(None, || SequenceFrame::waiting(base, results as u32).take_step(vm, f).ok());
        vm.stack_pinned = false;
        vm.step_taken = step;
        match step.map(Step::want) {
            Some(Want::Call { at: next, nargs }) if i64::from(next) == at => i64::from(nargs),
            _ => -1,
        }
    }
}

const _: () = assert!(MIN_NATIVE_SLOTS <= ferrous_lua_runtime::stack::SLACK);

/// Can the leaf be called by machine code, which has not written the frames and the pc that a look at the callers would find?
pub fn is_frameless(native: &'static Native) -> bool {
    const LOOK_AT_FRAMES: &[&str] = &[
        "getfenv",
        "setfenv",
        "error",
        "getinfo",
        "gethook",
        "sethook",
        "getlocal",
        "setlocal",
        "getupvalue",
        "setupvalue",
        "upvaluejoin",
        "traceback",
        "getregistry",
        "loadstring",
        "loadfile",
        "seeall",
        "exit",
        "execute",
    ];
    matches!(native.kind, NativeKind::Leaf(_)) && !LOOK_AT_FRAMES.contains(&native.name)
}
