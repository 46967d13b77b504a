//! Reads and writes of tables beyond the caches: filling the caches, metatables, errors.

use super::arith::store_result;
use super::meta::call_metamethod;
use super::{Resume, slow};
use crate::handlers::fields::words;
use crate::unwind::raise;
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::frame::{FrameRef, MetaThen};
use ferrous_lua_runtime::names::{self, NameKind};
use ferrous_lua_runtime::object::{Gc, Header, LuaFunction, LuaString, Table};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::table::{IcGet, IcSet, Index, NewIndex};
use ferrous_lua_runtime::{Type, Value, Vm};

fn register(vm: &Vm, n: usize) -> Value {
    // SAFETY: dispatch rule 4.
    unsafe { *vm.base.add(n) }
}

/// Extra word `n` of the instruction before `vm.pc`.
fn word(vm: &Vm, n: usize) -> u32 {
    // SAFETY: the callers' instructions have the words they ask for.
    unsafe { (*vm.pc.add(n)).0 }
}

fn set_word(vm: &mut Vm, n: usize, value: u32) {
    // SAFETY: as `word`; code is rewritten only here and by whoever owns the VM at the time.
    unsafe { *(vm.pc.add(n) as *mut u32) = value }
}

/// Rewrites the opcode of the instruction before `vm.pc`.
fn quicken(vm: &mut Vm, op: Op) {
    // SAFETY: `vm.pc` is behind an instruction's first word.
    unsafe {
        let word = vm.pc.sub(1) as *mut Instr;
        *word = (*word).with_op(op);
    }
}

/// The constant key of a cached instruction.
fn key(vm: &Vm) -> Gc<LuaString> {
    // SAFETY: the running function's constants; the compiler and the verifier make the key a string.
    let k = unsafe { *crate::dispatch::constants_of(vm.base).add(word(vm, words::KEY) as usize) };
    k.as_string().expect("field keys are string constants")
}

fn environment(vm: &Vm) -> Gc<Table> {
    // SAFETY: a Lua function runs, and its environment is a live table.
    unsafe {
        let f = (*vm.base.sub(2)).payload() as *const LuaFunction;
        Gc::from_raw((*f).env)
    }
}

/// The forms that a cached read can have.
#[derive(Clone, Copy)]
struct Forms {
    own: Op,
    chain: Option<Op>,
}

const FIELD: Forms = Forms { own: Op::GetField, chain: Some(Op::GetFieldProto) };
const METHOD: Forms = Forms { own: Op::SelfField, chain: Some(Op::SelfProto) };
const GLOBAL: Forms = Forms { own: Op::GetGlobal, chain: None };

/// Fills the read cache of the instruction before `vm.pc` for tables like `t`; gives what `t.key` is, if that is clear now.
fn cache_read(vm: &mut Vm, t: Gc<Table>, key: Gc<LuaString>, forms: Forms) -> Option<Value> {
    let value = |from: *mut Table, slot: u32| {
        // SAFETY: the slots that `lookup` names exist in the table or the holder.
        let v = unsafe { *(*from).slots.add(slot as usize) };
        (!v.is_nil()).then_some(v)
    };
    match (vm.look_up_load(t, key), forms.chain) {
        (IcGet::Own { shape, slot }, _) => {
            quicken(vm, forms.own);
            set_word(vm, words::SHAPE, shape.0);
            set_word(vm, words::SLOT, slot);
            value(t.as_ptr(), slot)
        }
        (IcGet::Chain { shape, epoch, holder, slot }, Some(op)) => {
            quicken(vm, op);
            set_chain(vm, shape.0, epoch, holder, slot);
            value(holder, slot)
        }
        (IcGet::Absent { shape, epoch }, Some(op)) => {
            quicken(vm, op);
            set_chain(vm, shape.0, epoch, ferrous_lua_runtime::table::absent_holder(), 0);
            Some(Value::NIL)
        }
        _ => None,
    }
}

fn set_chain(vm: &mut Vm, shape: u32, epoch: u32, holder: *mut Table, slot: u32) {
    set_word(vm, words::SHAPE, shape);
    set_word(vm, words::SLOT, slot);
    set_word(vm, words::EPOCH, epoch);
    set_word(vm, words::HOLDER, holder as u64 as u32);
    set_word(vm, words::HOLDER + 1, (holder as u64 >> 32) as u32);
}

/// `object[key]` by way of metatables; `R[A]` gets the result.
fn index(vm: &mut Vm, i: Instr, object: Value, key: Value) -> Resume {
    match vm.index_chain(object, key) {
        Index::Value(v) => store_result(vm, i, v),
        Index::Call { handler, object } => {
            call_metamethod(vm, handler, &[object, key], MetaThen::Finish.flags())
        }
        Index::NotIndexable(v) => {
            let throw = index_error(vm, i, v, object);
            raise(vm, throw)
        }
        Index::Loop => {
            let throw = vm.runtime_error(b"loop in gettable");
            raise(vm, throw)
        }
    }
}

/// `object[key] = value` by way of metatables.
fn new_index(vm: &mut Vm, i: Instr, object: Value, key: Value, value: Value) -> Resume {
    match vm.newindex_chain(object, key) {
        NewIndex::Raw(t) => {
            let constant = matches!(i.op(), Op::SetField | Op::SetGlobal);
            let stored = match key.as_string() {
                Some(s) if constant => vm.raw_set_str(t, s, value),
                _ => vm.raw_set(t, key, value),
            };
            match stored {
                Ok(()) => {
                    // SAFETY: the extra words belong to the instruction.
                    vm.pc = unsafe { vm.pc.add(i.op().extra_words()) };
                    crate::safepoint::after_allocation(vm)
                }
                Err(throw) => raise(vm, throw),
            }
        }
        NewIndex::Call { handler, object } => {
            call_metamethod(vm, handler, &[object, key, value], MetaThen::Finish.flags())
        }
        NewIndex::NotIndexable(v) => {
            let throw = index_error(vm, i, v, object);
            raise(vm, throw)
        }
        NewIndex::Loop => {
            let throw = vm.runtime_error(b"loop in settable");
            raise(vm, throw)
        }
    }
}

/// "attempt to index ...": named if the culprit is the instruction's own operand.
fn index_error(vm: &mut Vm, i: Instr, culprit: Value, operand: Value) -> ferrous_lua_runtime::Throw {
    let name = if culprit == operand { indexed_name(vm, i) } else { None };
    vm.operand_error("index", culprit, name)
}

fn indexed_name(vm: &Vm, i: Instr) -> Option<(NameKind, Vec<u8>)> {
    // SAFETY: a Lua function runs, and its prototype is live.
    unsafe {
        let proto = (FrameRef { base: vm.base, pc: vm.pc }).proto()?;
        let at = (*proto).word_of(vm.pc)?.checked_sub(1)?;
        names::variable_name(&*proto, at, i.b())
    }
}

slow! {
    get_global(vm, i) {
        let (env, key) = (environment(vm), key(vm));
        if let Some(v) = cache_read(vm, env, key, GLOBAL) {
            return store_result(vm, i, v);
        }
        index(vm, i, Value::table(env), Value::string(key))
    }

    get_field(vm, i) {
        let (object, key) = (register(vm, i.b()), key(vm));
        if let Some(t) = object.as_table() {
            if let Some(v) = cache_read(vm, t, key, FIELD) {
                return store_result(vm, i, v);
            }
            let v = vm.table_get_str(t, key);
            if !v.is_nil() {
                return store_result(vm, i, v);
            }
        }
        index(vm, i, object, Value::string(key))
    }

    self_field(vm, i) {
        let (object, key) = (register(vm, i.b()), key(vm));
        if let Some(t) = object.as_table() {
            if let Some(v) = cache_read(vm, t, key, METHOD) {
                return store_result(vm, i, v);
            }
        } else if object.is_string() {
            cache_string_method(vm, key);
        }
        index(vm, i, object, Value::string(key))
    }

    get_index(vm, i) {
        let object = register(vm, i.b());
        let key = match i.op() {
            Op::GetIndexI => Value::number_unchecked(i.c() as f64),
            _ => register(vm, i.c()),
        };
        if let Some(t) = object.as_table() {
            // For the next time.
            if let Some(name) = key.as_string() && (t.slot_cap != 0 || vm.table_metatable(t).is_some()) {
                vm.look_up_load(t, name);
            }
            let v = vm.table_get(t, key);
            if !v.is_nil() {
                return store_result(vm, i, v);
            }
        }
        index(vm, i, object, key)
    }

    set_global(vm, i) {
        let (env, key) = (environment(vm), key(vm));
        cache_write(vm, env, key);
        let value = register(vm, i.a());
        new_index(vm, i, Value::table(env), Value::string(key), value)
    }

    set_field(vm, i) {
        let (object, key) = (register(vm, i.b()), key(vm));
        if let Some(t) = object.as_table() {
            cache_write(vm, t, key);
        }
        let value = register(vm, i.a());
        new_index(vm, i, object, Value::string(key), value)
    }

    set_index(vm, i) {
        let object = register(vm, i.b());
        let key = match i.op() {
            Op::SetIndexI => Value::number_unchecked(i.c() as f64),
            _ => register(vm, i.c()),
        };
        let value = register(vm, i.a());
        if let (Some(t), Some(name)) = (object.as_table(), key.as_string())
            && (vm.shapes.lookup(t.shape(), name).is_some() || asks_newindex(vm, t))
        {
            vm.look_up_store(t, name);
        }
        new_index(vm, i, object, key, value)
    }

    /// After a cached store of a collectable value; `vm.pc` is already behind the instruction.
    field_barrier(vm, i) {
        let t = register(vm, i.b()).payload() as *mut Header;
        // SAFETY: the instruction stored into this table.
        unsafe { vm.heap.barrier(t) };
        Resume::NEXT
    }

    /// After a store of a collectable value in the array part; `vm.pc` is behind the instruction.
    element_barrier(vm, i) {
        let (t, v) = (register(vm, i.b()).payload() as *mut Table, register(vm, i.a()));
        // SAFETY: the instruction stored the value into this table.
        unsafe { vm.heap.barrier_value(t, v) };
        Resume::NEXT
    }

    env_barrier(vm, _i) {
        let env = environment(vm);
        // SAFETY: a live table.
        unsafe { vm.heap.barrier(env.header()) };
        Resume::NEXT
    }
}

/// Does the metatable want to know of new keys?
fn asks_newindex(vm: &Vm, t: Gc<Table>) -> bool {
    vm.table_metatable(t).is_some_and(|m| !vm.metamethod_in(m, Event::NewIndex).is_nil())
}

/// Caches a method of strings, which the string metatable's `__index` table holds.
fn cache_string_method(vm: &mut Vm, key: Gc<LuaString>) {
    // SAFETY: type metatables are live.
    let metatable = unsafe { Gc::from_nullable(vm.type_metatables[Type::String as usize]) };
    if let Some(metatable) = metatable
        && let Some((holder, slot)) = vm.ic_chain_of(metatable, key)
    {
        let epoch = vm.epoch;
        quicken(vm, Op::SelfString);
        set_chain(vm, 0, epoch, holder, slot);
    }
}

/// Fills the write cache of the instruction before `vm.pc` for tables like `t`.
fn cache_write(vm: &mut Vm, t: Gc<Table>, key: Gc<LuaString>) {
    let (shape, slot, new_shape) = match vm.look_up_store(t, key) {
        IcSet::Existing { shape, slot } => (shape.0, slot, 0),
        IcSet::Add { old, new, slot } => (old.0, slot, new.0),
        IcSet::Handler { .. } | IcSet::Uncacheable => return,
    };
    set_word(vm, words::SHAPE, shape);
    set_word(vm, words::SLOT, slot);
    set_word(vm, words::NEW_SHAPE, new_shape);
}
