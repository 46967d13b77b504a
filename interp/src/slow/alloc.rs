//! Instructions that allocate: closures, tables, the `arg` table; and upvalue barriers.

use super::{Resume, slow};
use crate::safepoint::after_allocation;
use crate::unwind::raise;
use ferrous_lua_runtime::bytecode::{Instr, MULTI};
use ferrous_lua_runtime::frame::{self, FrameRef};
use ferrous_lua_runtime::object::{Gc, Header, Kind, LuaFunction, LuaString};
use ferrous_lua_runtime::proto::{Proto, UpvalueSource};
use ferrous_lua_runtime::shape::ShapeId;
use ferrous_lua_runtime::{OutOfMemory, Value, Vm};

fn running_proto(vm: &Vm) -> *mut Proto {
    // SAFETY: a Lua function runs.
    unsafe { (FrameRef { base: vm.base, pc: vm.pc }).proto().expect("a Lua function runs") }
}

/// Raises "not enough memory" if there was none.
fn checked<T>(vm: &mut Vm, result: Result<T, OutOfMemory>, then: impl FnOnce(&mut Vm, T)) -> Resume {
    match result {
        Ok(value) => {
            then(vm, value);
            after_allocation(vm)
        }
        Err(OutOfMemory) => {
            let throw = vm.throw_memory();
            raise(vm, throw)
        }
    }
}

slow! {
    closure(vm, i) {
        // SAFETY: the running prototype's list; registers and upvalues of the running frame.
        let made = unsafe {
            let parent = running_proto(vm);
            let proto = (&(*parent).protos)[i.d()];
            (*proto).note_closure(&*parent);
            new_closure(vm, proto)
        };
        checked(vm, made, |vm, f| {
            // SAFETY: dispatch rule 4.
            unsafe { *vm.base.add(i.a()) = f }
        })
    }

    close(vm, i) {
        // SAFETY: a register of the running frame.
        unsafe {
            let from = vm.base.add(i.a());
            vm.close_upvalues(from);
        }
        Resume::NEXT
    }

    set_upval_barrier(vm, i) {
        // SAFETY: the upvalue is held by cell.
        unsafe {
            let f = (*vm.base.sub(2)).payload() as *mut LuaFunction;
            let cell = (*LuaFunction::upvalues(f).add(i.a())).to_bits() as *mut Header;
            vm.heap.barrier(cell);
        }
        Resume::NEXT
    }

    new_table(vm, i) {
        // SAFETY: the instruction's extra word.
        let narray = unsafe { (*vm.pc).0 } as usize;
        // SAFETY: as above.
        vm.pc = unsafe { vm.pc.add(1) };
        let made = vm.new_table(narray, i.d());
        checked(vm, made, |vm, t| {
            // SAFETY: dispatch rule 4.
            unsafe { *vm.base.add(i.a()) = Value::table(t) }
        })
    }

    new_object(vm, i) {
        // SAFETY: the instruction's extra words and the registers behind its destination.
        unsafe {
            let words = vm.pc as *mut u32;
            vm.pc = vm.pc.add(3);
            let mut shape = ShapeId(*words.add(1));
            if shape == ShapeId::NONE {
                let proto = running_proto(vm);
                let template = &(&(*proto).templates)[*words as usize];
                let constants = (*proto).constants();
                let keys: Vec<_> =
                    template.keys.iter().map(|&k| constants[k as usize].as_string().expect("keys are strings")).collect();
                if !keys.iter().all(|k| k.is_interned()) {
                    return new_object_by_key(vm, i, *words.add(2) as usize, &keys);
                }
                shape = match vm.shape_for_keys(&keys) {
                    Ok(shape) => shape,
                    Err(e) => return checked(vm, Err::<(), _>(e), |_, ()| {}),
                };
                *words.add(1) = shape.0;
            }
            let narray = *words.add(2) as usize;
            let values = std::slice::from_raw_parts(vm.base.add(i.a() + 1), i.d());
            let made = vm.new_object(shape, values);
            let made = match made {
                Ok(t) if narray > 0 => vm.table_resize(t, narray, 0).map(|()| t).map_err(|_| OutOfMemory),
                made => made,
            };
            checked(vm, made, |vm, t| *vm.base.add(i.a()) = Value::table(t))
        }
    }

    set_list(vm, i) {
        // SAFETY: the table in its register, the values behind it, the first index in the extra word.
        unsafe {
            let first = (*vm.pc).0;
            vm.pc = vm.pc.add(1);
            let values = vm.base.add(i.a() + 1);
            let count = if i.d() as u32 == MULTI { vm.top.offset_from(values) as usize } else { i.d() - 1 };
            let t = (*vm.base.add(i.a())).as_table().expect("a constructor's register holds its table");
            let values = std::slice::from_raw_parts(values, count);
            match vm.table_set_list(t, first, values) {
                Ok(()) => after_allocation(vm),
                Err(e) => {
                    let throw = vm.throw_set_error(e);
                    raise(vm, throw)
                }
            }
        }
    }
}

/// A constructor whose keys do not make a shape (a long string among them): key by key.
unsafe fn new_object_by_key(vm: &mut Vm, i: Instr, narray: usize, keys: &[Gc<LuaString>]) -> Resume {
    // SAFETY: the caller is the instruction; its values lie behind its destination.
    unsafe {
        let made = vm.new_table(narray, keys.len()).and_then(|t| {
            for (n, &key) in keys.iter().enumerate() {
                vm.table_set_str(t, key, *vm.base.add(i.a() + 1 + n)).map_err(|_| OutOfMemory)?;
            }
            Ok(t)
        });
        checked(vm, made, |vm, t| *vm.base.add(i.a()) = Value::table(t))
    }
}

/// A closure of `proto` in the running frame.
///
/// # Safety
///
/// `proto` is a child of the running prototype.
unsafe fn new_closure(vm: &mut Vm, proto: *mut Proto) -> Result<Value, OutOfMemory> {
    // SAFETY: cells are found before the closure is allocated, all upvalues are set before anyone sees it; cells stay
    // reachable through the thread's list of open ones.
    unsafe {
        let upvalues = &(*proto).upvalues;
        for desc in upvalues {
            if let (UpvalueSource::Local(register), false) = (desc.source, desc.by_value) {
                let slot = vm.base.add(usize::from(register));
                vm.find_upvalue(slot)?;
            }
        }
        let f = vm.heap.alloc(Kind::LuaFunction, LuaFunction::byte_size(upvalues.len()))? as *mut LuaFunction;
        let parent = (*vm.base.sub(2)).payload() as *mut LuaFunction;
        (*f).header.small = upvalues.len() as u16;
        (*f).proto = proto;
        (*f).env = (*parent).env;
        let value = Value::function(Gc::from_raw(f as *mut _));
        for (n, desc) in upvalues.iter().enumerate() {
            *LuaFunction::upvalues(f).add(n) = match desc.source {
                UpvalueSource::Local(register) => {
                    let slot = vm.base.add(usize::from(register));
                    if desc.by_value { *slot } else { Value::from_bits(vm.find_upvalue(slot)? as u64) }
                }
                UpvalueSource::Upvalue(n) => *LuaFunction::upvalues(parent).add(usize::from(n)),
                UpvalueSource::Itself => value,
            };
        }
        Ok(value)
    }
}

/// The implicit `arg` table of a vararg function, in register `register`; the function has `nargs` arguments, `register` of them fixed.
pub(crate) fn make_arg_table(vm: &mut Vm, register: usize, nargs: usize) -> Resume {
    // SAFETY: a vararg function's frame has just been made.
    unsafe {
        let delta =
            frame::vararg_delta((*vm.base.sub(1)).to_bits()).expect("a vararg function's frame is marked");
        let extra = nargs.saturating_sub(register);
        let values = std::slice::from_raw_parts(vm.base.sub(delta).add(register), extra);
        *vm.base.add(register) = Value::NIL;
        let made = vm.arg_table(values);
        checked(vm, made, |vm, t| *vm.base.add(register) = Value::table(t))
    }
}
