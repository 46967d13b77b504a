//! Globals, fields and methods: constant keys, by inline caches.
//!
//! A cache is made of the extra words behind the instruction: key, shape, slot and, by opcode, the shape after a
//! store that adds the key, or the epoch and the holder of a value found by way of metatables. Where it names another shape, the
//! `look_up` handlers ask the state's lookup cache, and what they find becomes the inline cache's. `slow::index` fills both.

use crate::dispatch::{handler, jump, next};
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::object::{LuaFunction, LuaString, Table, gc_flag};
use ferrous_lua_runtime::table::absent_holder;
use ferrous_lua_runtime::value::tag;

/// Extra words of the cached instructions.
pub(crate) mod words {
    pub(crate) const KEY: usize = 0;
    pub(crate) const SHAPE: usize = 1;
    pub(crate) const SLOT: usize = 2;
    /// Stores: the shape after adding the key, or 0.
    pub(crate) const NEW_SHAPE: usize = 3;
    /// Loads by way of metatables: the epoch in which the cache was made.
    pub(crate) const EPOCH: usize = 3;
    /// And the table that holds the value (two words).
    pub(crate) const HOLDER: usize = 4;
    pub(crate) const GET_GLOBAL: usize = 3;
    pub(crate) const SET_GLOBAL: usize = 4;
    pub(crate) const GET_FIELD: usize = 6;
    pub(crate) const SET_FIELD: usize = 4;
}

/// The pointer in `$v` if its tag is `$tag`, else goes to `$slow` with the registers given.
macro_rules! untag_or {
    ($v:expr, $tag:expr, $t:ty, $slow:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let bits = $v.to_bits() ^ (($tag as u64) << tag::SHIFT);
        if bits >> tag::SHIFT != 0 {
            return jump!($slow, $pc, $base, $k, $vm, $x);
        }
        bits as *mut $t
    }};
}

pub(crate) use untag_or;

/// The running function's environment.
macro_rules! environment {
    ($base:expr) => {
        (*((*$base.sub(2)).payload() as *const LuaFunction)).env
    };
}

macro_rules! word {
    ($pc:expr, $n:expr) => {
        (*$pc.add($n)).0
    };
}

/// Sets extra word `$n` of the instruction before `$pc`.
macro_rules! set_word {
    ($pc:expr, $n:expr, $value:expr) => {
        *($pc.add($n) as *mut u32) = $value
    };
}

/// The value in the cached slot of `$t`, if its shape is that of the cache. A nil is the field's value where there is no metatable to
/// ask. All else goes to `$miss`.
macro_rules! own_value {
    ($t:expr, $miss:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let t: *mut Table = $t;
        if (*t).header.word != word!($pc, words::SHAPE) {
            return jump!($miss, $pc, $base, $k, $vm, $x);
        }
        let v = *(*t).slots.add(word!($pc, words::SLOT) as usize);
        if v.is_nil() && (*t).header.gc & gc_flag::HAS_METATABLE != 0 {
            return jump!($miss, $pc, $base, $k, $vm, $x);
        }
        v
    }};
}

/// The value in the cached holder's slot, if receiver shape and epoch are those of the cache and it is not nil (except the nil of
/// what is absent); else goes to `$miss`.
macro_rules! held_value {
    ($t:expr, $miss:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        if (*$t).header.word != word!($pc, words::SHAPE) || (*$vm).epoch != word!($pc, words::EPOCH) {
            return jump!($miss, $pc, $base, $k, $vm, $x);
        }
        let holder = ($pc.add(words::HOLDER) as *const *mut Table).read_unaligned();
        let v = *(*holder).slots.add(word!($pc, words::SLOT) as usize);
        if v.is_nil() && holder != absent_holder() {
            return jump!($miss, $pc, $base, $k, $vm, $x);
        }
        v
    }};
}

/// Calls the function that the lookup cache says is to be asked about `$object` and `$key`.
macro_rules! ask_handler {
    ($found:expr, $object:expr, $key:expr, $slow:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        if $found.epoch != (*$vm).epoch {
            return $crate::dispatch::jump!($slow, $pc, $base, $k, $vm, $x);
        }
        let handler = *(*$found.holder).slots.add($found.slot as usize);
        $crate::handlers::metamethods::call_metamethod!(
            handler,
            [$object, $key],
            $slow,
            $pc,
            $base,
            $k,
            $vm,
            $x
        )
    }};
}
pub(crate) use ask_handler;

/// Calls the function that the lookup cache says takes care of storing `$v` at `$key` of `$object`.
macro_rules! tell_handler {
    ($found:expr, $object:expr, $key:expr, $v:expr, $slow:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        if $found.epoch != (*$vm).epoch {
            return $crate::dispatch::jump!($slow, $pc, $base, $k, $vm, $x);
        }
        let handler = *(*$found.metatable).slots.add($found.slot as usize);
        $crate::handlers::metamethods::call_metamethod!(
            handler,
            [$object, $key, $v],
            $slow,
            $pc,
            $base,
            $k,
            $vm,
            $x
        )
    }};
}
pub(crate) use tell_handler;

/// The value that the lookup cache says `$t` has for the instruction's key; the inline cache becomes that of such tables, in
/// the form `$own` or `$chain`. Goes to `$slow` if nothing is known, or if there is a nil where there may be more to ask.
macro_rules! looked_up {
    ($t:expr, $own:expr, $chain:expr, $slow:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let t: *mut Table = $t;
        let key = *$k.add(word!($pc, words::KEY) as usize);
        let Some(found) = (*$vm).lookup_cache.load((*t).shape(), key.payload() as *const LuaString) else {
            return jump!($slow, $pc, $base, $k, $vm, $x);
        };
        let v;
        if found.calls {
            ask_handler!(found, *$base.add(Instr($x).b()), key, $slow, $pc, $base, $k, $vm, $x)
        }
        if found.holder.is_null() {
            v = *(*t).slots.add(found.slot as usize);
            if v.is_nil() && (*t).header.gc & gc_flag::HAS_METATABLE != 0 {
                return jump!($slow, $pc, $base, $k, $vm, $x);
            }
            *($pc.sub(1) as *mut u8) = $own as u8;
        } else {
            v = *(*found.holder).slots.add(found.slot as usize);
            if found.epoch != (*$vm).epoch || (v.is_nil() && found.holder != absent_holder()) {
                return jump!($slow, $pc, $base, $k, $vm, $x);
            }
            *($pc.sub(1) as *mut u8) = $chain as u8;
            set_word!($pc, words::EPOCH, found.epoch);
            ($pc.add(words::HOLDER) as *mut *mut Table).write_unaligned(found.holder);
        }
        set_word!($pc, words::SHAPE, found.shape.0);
        set_word!($pc, words::SLOT, found.slot);
        v
    }};
}

handler!(get_global(pc, base, k, vm, x) {
    let env: *mut Table = environment!(base);
    let v = own_value!(env, look_up_global, pc, base, k, vm, x);
    *base.add(Instr(x).a()) = v;
    next!(pc.add(words::GET_GLOBAL), base, k, vm)
});

handler!(
    /// A global that the environment may have by way of its metatable, as modules have; there is no inline form for that.
    #[inline(never)]
    look_up_global(pc, base, k, vm, x) {
        let env: *mut Table = environment!(base);
        let key = (*k.add(word!(pc, words::KEY) as usize)).payload() as *const LuaString;
        if let Some(found) = (*vm).lookup_cache.load((*env).shape(), key)
            && !found.holder.is_null()
            && !found.calls
            && found.epoch == (*vm).epoch
        {
            let v = *(*found.holder).slots.add(found.slot as usize);
            if !v.is_nil() || found.holder == absent_holder() {
                *base.add(Instr(x).a()) = v;
                next!(pc.add(words::GET_GLOBAL), base, k, vm)
            }
        }
        return jump!(slow::get_global, pc, base, k, vm, x);
    }
);

handler!(get_field(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_field, pc, base, k, vm, x);
    let v = own_value!(t, look_up_field, pc, base, k, vm, x);
    *base.add(i.a()) = v;
    next!(pc.add(words::GET_FIELD), base, k, vm)
});

handler!(get_field_proto(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_field, pc, base, k, vm, x);
    let v = held_value!(t, look_up_field, pc, base, k, vm, x);
    *base.add(i.a()) = v;
    next!(pc.add(words::GET_FIELD), base, k, vm)
});

handler!(
    #[inline(never)]
    look_up_field(pc, base, k, vm, x) {
        let i = Instr(x);
        let t = (*base.add(i.b())).payload() as *mut Table;
        let v = looked_up!(t, Op::GetField, Op::GetFieldProto, slow::get_field, pc, base, k, vm, x);
        *base.add(i.a()) = v;
        next!(pc.add(words::GET_FIELD), base, k, vm)
    }
);

handler!(self_field(pc, base, k, vm, x) {
    let i = Instr(x);
    let object = *base.add(i.b());
    let t = untag_or!(object, tag::TABLE, Table, slow::self_field, pc, base, k, vm, x);
    let v = own_value!(t, look_up_method, pc, base, k, vm, x);
    *base.add(i.a()) = v;
    *base.add(i.a() + 2) = object;
    next!(pc.add(words::GET_FIELD), base, k, vm)
});

handler!(self_proto(pc, base, k, vm, x) {
    let i = Instr(x);
    let object = *base.add(i.b());
    let t = untag_or!(object, tag::TABLE, Table, slow::self_field, pc, base, k, vm, x);
    let v = held_value!(t, look_up_method, pc, base, k, vm, x);
    *base.add(i.a()) = v;
    *base.add(i.a() + 2) = object;
    next!(pc.add(words::GET_FIELD), base, k, vm)
});

handler!(
    #[inline(never)]
    look_up_method(pc, base, k, vm, x) {
        let i = Instr(x);
        let object = *base.add(i.b());
        let t = object.payload() as *mut Table;
        let v = looked_up!(t, Op::SelfField, Op::SelfProto, slow::self_field, pc, base, k, vm, x);
        *base.add(i.a()) = v;
        *base.add(i.a() + 2) = object;
        next!(pc.add(words::GET_FIELD), base, k, vm)
    }
);

handler!(self_string(pc, base, k, vm, x) {
    let i = Instr(x);
    let object = *base.add(i.b());
    if !object.is_string() || (*vm).epoch != word!(pc, words::EPOCH) {
        return jump!(slow::self_field, pc, base, k, vm, x);
    }
    let holder = (pc.add(words::HOLDER) as *const *mut Table).read_unaligned();
    let v = *(*holder).slots.add(word!(pc, words::SLOT) as usize);
    if v.is_nil() {
        return jump!(slow::self_field, pc, base, k, vm, x);
    }
    *base.add(i.a()) = v;
    *base.add(i.a() + 2) = object;
    next!(pc.add(words::GET_FIELD), base, k, vm)
});

/// Stores `$v` in slot `$slot` of `$t`, whose shape is that of the cache, and goes on: over a value, or as the next slot of the shape
/// `$new_shape`. Over a nil the store gives the table a key, which is done here only where that matters to nobody.
macro_rules! store_in_slot {
    ($t:expr, $v:expr, $slot:expr, $new_shape:expr, $len:expr, $slow:expr, $barrier:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let (t, v, slot, new_shape): (*mut Table, Value, usize, u32) = ($t, $v, $slot, $new_shape);
        let place = (*t).slots.add(slot);
        if new_shape == 0 {
            if (*place).is_nil() && !Table::may_gain_quietly(t) {
                return jump!($slow, $pc, $base, $k, $vm, $x);
            }
            *place = v;
            if v.is_collectable() && (*t).header.is_black() {
                return jump!($barrier, $pc.add($len), $base, $k, $vm, $x);
            }
        } else {
            if slot >= usize::from((*t).slot_cap) || v.is_nil() {
                return jump!($slow, $pc, $base, $k, $vm, $x);
            }
            (*t).header.word = new_shape;
            *place = v;
            // The shape itself refers to objects (shape rule 4).
            if (*t).header.is_black() {
                return jump!($barrier, $pc.add($len), $base, $k, $vm, $x);
            }
        }
        next!($pc.add($len), $base, $k, $vm)
    }};
}
pub(crate) use store_in_slot;

/// Stores `$v` by the inline cache; goes to `$miss` if the shape is another.
macro_rules! store_cached {
    ($t:expr, $v:expr, $len:expr, $miss:expr, $slow:expr, $barrier:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let t: *mut Table = $t;
        if (*t).header.word != word!($pc, words::SHAPE) {
            return jump!($miss, $pc, $base, $k, $vm, $x);
        }
        let (slot, new_shape) = (word!($pc, words::SLOT) as usize, word!($pc, words::NEW_SHAPE));
        store_in_slot!(t, $v, slot, new_shape, $len, $slow, $barrier, $pc, $base, $k, $vm, $x)
    }};
}

handler!(set_global(pc, base, k, vm, x) {
    let env: *mut Table = environment!(base);
    let v = *base.add(Instr(x).a());
    store_cached!(env, v, words::SET_GLOBAL, slow::set_global, slow::set_global, slow::env_barrier, pc, base, k, vm, x)
});

handler!(set_field(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::set_field, pc, base, k, vm, x);
    let v = *base.add(i.a());
    store_cached!(t, v, words::SET_FIELD, look_up_store, slow::set_field, slow::field_barrier, pc, base, k, vm, x)
});

handler!(
    /// A store to a table of another shape than the inline cache's, which becomes this one.
    #[inline(never)]
    look_up_store(pc, base, k, vm, x) {
        let i = Instr(x);
        let t = (*base.add(i.b())).payload() as *mut Table;
        let key = *k.add(word!(pc, words::KEY) as usize);
        let Some(found) = (*vm).lookup_cache.store((*t).shape(), key.payload() as *const LuaString) else {
            return jump!(slow::set_field, pc, base, k, vm, x);
        };
        if !found.metatable.is_null() {
            tell_handler!(found, *base.add(i.b()), key, *base.add(i.a()), slow::set_field, pc, base, k, vm, x)
        }
        let (slot, new_shape) = (found.slot, found.new_shape.0);
        set_word!(pc, words::SHAPE, found.shape.0);
        set_word!(pc, words::SLOT, slot);
        set_word!(pc, words::NEW_SHAPE, new_shape);
        let v = *base.add(i.a());
        store_in_slot!(t, v, slot as usize, new_shape, words::SET_FIELD, slow::set_field, slow::field_barrier, pc, base, k, vm, x)
    }
);
