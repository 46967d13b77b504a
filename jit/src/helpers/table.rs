//! Tables, raw: the recorder has made sure that no metamethod is asked for.

use ferrous_lua_runtime::native::{as_iterator_position, iterator_position};
use ferrous_lua_runtime::object::{Gc, LuaString, Table, gc_flag};
use ferrous_lua_runtime::shape::ShapeId;
use ferrous_lua_runtime::table::{Index, InvalidKey, NewIndex, absent_holder};
use ferrous_lua_runtime::{OutOfMemory, Value, Vm};

use super::{object, rebuilt};
use crate::caught::caught;
use crate::ir::Room;
use crate::layout::{self, boxing};

const NO_ANSWER: Value = Value::from_bits(boxing::NO_ANSWER);

pub(super) unsafe extern "C" fn get(vm: *mut Vm, t: *mut Table, key: Value) -> Value {
    // SAFETY: rule 1.
    caught(Value::NIL, || unsafe { (*vm).table_get(object(t), key) })
}

pub(super) unsafe extern "C" fn get_str(vm: *mut Vm, t: *mut Table, key: *mut LuaString) -> Value {
    // SAFETY: rule 1.
    caught(Value::NIL, || unsafe { (*vm).table_get_str(object(t), object(key)) })
}

pub(super) unsafe extern "C" fn find_slot(vm: *mut Vm, t: *mut Table, key: *mut LuaString) -> *mut Value {
    // SAFETY: rule 1. What is absent is only read.
    caught(std::ptr::null_mut(), || unsafe {
        (*vm).find_slot(object(t), object(key), layout::absent().cast_mut())
    })
}

pub(super) unsafe extern "C" fn get_int(vm: *mut Vm, t: *mut Table, key: i64) -> Value {
    // SAFETY: rule 1.
    caught(Value::NIL, || unsafe { (*vm).table_get_int(object(t), key) })
}

pub(super) unsafe extern "C" fn index(vm: *mut Vm, t: *mut Table, key: Value) -> Value {
    // SAFETY: rule 1.
    let (vm, t) = unsafe { (&*vm, object(t)) };
    if let Some(value) = key.as_string().and_then(|key| remembered(vm, t, key)) {
        return value;
    }
    caught(NO_ANSWER, || match vm.index_chain(Value::table(t), key) {
        Index::Value(value) => value,
        Index::Call { .. } | Index::NotIndexable(_) | Index::Loop => NO_ANSWER,
    })
}

/// What the lookup cache says of `t.key`, where that is the last word.
fn remembered(vm: &Vm, t: Gc<Table>, key: Gc<LuaString>) -> Option<Value> {
    let found = vm.lookup_cache.load(t.shape(), key.as_ptr())?;
    if found.holder.is_null() {
        // SAFETY: an entry says that tables of this shape have the slot.
        let value = unsafe { *t.slots.add(found.slot as usize) };
        return (!value.is_nil() || t.header.gc & gc_flag::HAS_METATABLE == 0).then_some(value);
    }
    if found.calls || found.epoch != vm.epoch {
        return None;
    }
    // SAFETY: in its epoch an entry's holder is live and has the slot.
    let value = unsafe { *(*found.holder).slots.add(found.slot as usize) };
    (!value.is_nil() || std::ptr::eq(found.holder, absent_holder())).then_some(value)
}

/// 0 on failure, or if the table has a metatable.
pub(super) unsafe extern "C" fn set_plain(vm: *mut Vm, t: *mut Table, key: Value, value: Value) -> i64 {
    // SAFETY: rule 1.
    let table = unsafe { object(t) };
    if table.header.gc & gc_flag::HAS_METATABLE != 0 {
        return 0;
    }
    // SAFETY: rule 1. (Without slots there is no string in one.)
    if key.is_string() && table.slot_cap == 0 && unsafe { (*vm).table_set_in_place(table, key, value) } {
        return 1;
    }
    // SAFETY: rule 1.
    unsafe { set(vm, t, key, value) }
}

/// 0 on failure, or where a function is to be asked.
pub(super) unsafe extern "C" fn set_index(vm: *mut Vm, t: *mut Table, key: Value, value: Value) -> i64 {
    caught(0, || {
        // SAFETY: rule 1.
        let (state, object) = unsafe { (&mut *vm, Value::table(object(t))) };
        match state.newindex_chain(object, key) {
            NewIndex::Raw(table) => state.table_set(table, key, value).is_ok().into(),
            NewIndex::Call { .. } | NewIndex::NotIndexable(_) | NewIndex::Loop => 0,
        }
    })
}

/// 0 on failure.
pub(super) unsafe extern "C" fn set(vm: *mut Vm, t: *mut Table, key: Value, value: Value) -> i64 {
    // SAFETY: rule 1.
    caught(0, || unsafe { (*vm).table_set(object(t), key, value).is_ok().into() })
}

pub(super) unsafe extern "C" fn set_str(
    vm: *mut Vm,
    t: *mut Table,
    key: *mut LuaString,
    value: Value,
) -> i64 {
    // SAFETY: rule 1.
    caught(0, || unsafe { (*vm).table_set_str(object(t), object(key), value).is_ok().into() })
}

pub(super) unsafe extern "C" fn set_int(vm: *mut Vm, t: *mut Table, key: i64, value: Value) -> i64 {
    // SAFETY: rule 1.
    let (state, table) = unsafe { (&mut *vm, object(t)) };
    let is_outside = key as u64 >= u64::from(table.asize);
    if is_outside && state.table_set_in_place(table, Value::number_unchecked(key as f64), value) {
        return 1;
    }
    // SAFETY: rule 1.
    caught(0, || unsafe { (*vm).table_set_int(object(t), key, value).is_ok().into() })
}

/// `t[first + i] = values[i]` for `count` values; 0 on failure.
pub(super) unsafe extern "C" fn set_list(
    vm: *mut Vm,
    t: *mut Table,
    first: i64,
    values: *const Value,
    count: i64,
) -> i64 {
    caught(0, || {
        // SAFETY: rule 1; the trace has written these slots.
        unsafe {
            let values = std::slice::from_raw_parts(values, count as usize);
            (*vm).table_set_list(object(t), first as u32, values).is_ok().into()
        }
    })
}

pub(super) unsafe extern "C" fn len(vm: *mut Vm, t: *mut Table) -> i64 {
    // SAFETY: rule 1.
    caught(0, || unsafe { (*vm).table_len(object(t)) as i64 })
}

/// Room for one more named slot; 0 on failure.
pub(super) unsafe extern "C" fn grow_slots(vm: *mut Vm, t: *mut Table) -> i64 {
    // SAFETY: rule 1.
    caught(0, || unsafe { (*vm).table_reserve_slot(object(t)).is_ok().into() })
}

/// `sizes`: room for array elements in the low 24 bits, for named slots in the 8 above. Null on failure.
pub(super) unsafe extern "C" fn new_table(vm: *mut Vm, sizes: i64, shape: i64) -> *mut Table {
    caught(std::ptr::null_mut(), || {
        // SAFETY: rule 1.
        let vm = unsafe { &mut *vm };
        made_table(vm, sizes, shape).map_or(std::ptr::null_mut(), Gc::as_ptr)
    })
}

/// The same in an exit: beyond the memory limit if need be, which the program hears of by its next allocation.
pub(super) unsafe extern "C" fn rebuild_table(vm: *mut Vm, sizes: i64, shape: i64) -> *mut Table {
    // SAFETY: rule 1.
    rebuilt(unsafe { &mut *vm }, |vm| made_table(vm, sizes, shape)).as_ptr()
}

fn made_table(vm: &mut Vm, sizes: i64, shape: i64) -> Result<Gc<Table>, OutOfMemory> {
    let room = Room::from_literal(sizes as u32);
    vm.new_table_with(ShapeId(shape as u32), room.array, room.others)
}

/// A step of `pairs` from the control value `control`: the next control value, with key and value in the two slots at `out`; nil at
/// the end, or if this is no such control value.
pub(super) unsafe extern "C" fn next(vm: *mut Vm, t: *mut Table, control: Value, out: *mut Value) -> Value {
    caught(Value::NIL, || {
        let Some(position) = as_iterator_position(control) else { return Value::NIL };
        // SAFETY: rule 1; `out` is a slot of the trace's frame with another one behind it.
        unsafe {
            let Some((next, key, value)) = (*vm).table_next_at(object(t), position) else {
                return Value::NIL;
            };
            *out = key;
            *out.add(1) = value;
            iterator_position(next)
        }
    })
}

/// The key behind `key`, with its value in the slot at `out`; nil at the end, and nil with a value if the table does not have `key`.
pub(super) unsafe extern "C" fn after(vm: *mut Vm, t: *mut Table, key: Value, out: *mut Value) -> Value {
    // SAFETY: rule 1; `out` is a slot of the trace's frame.
    let next = caught(Err(InvalidKey), || unsafe { (*vm).table_next(object(t), key) });
    let (key, value) = match next {
        Ok(Some(next)) => next,
        Ok(None) => (Value::NIL, Value::NIL),
        Err(InvalidKey) => (Value::NIL, Value::TRUE),
    };
    // SAFETY: as above.
    unsafe { *out = value };
    key
}
