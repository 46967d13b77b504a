//! Globals, fields, indices: inline caches and the array part.
//!
//! A cache is made of the extra words behind the instruction: key, shape, slot and, by opcode, the shape after a
//! store that adds the key, or the epoch and the holder of a value found by way of metatables. `slow::index` fills them.

use crate::dispatch::{handler, jump, next};
use crate::handlers::arith::truncate;
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::object::{LuaFunction, Table, gc_flag};
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

handler!(get_global(pc, base, k, vm, x) {
    let env: *mut Table = environment!(base);
    if (*env).header.word == word!(pc, words::SHAPE) {
        let v = *(*env).slots.add(word!(pc, words::SLOT) as usize);
        if !v.is_nil() {
            *base.add(Instr(x).a()) = v;
            next!(pc.add(words::GET_GLOBAL), base, k, vm)
        }
    }
    return jump!(slow::get_global, pc, base, k, vm, x);
});

handler!(get_field(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_field, pc, base, k, vm, x);
    if (*t).header.word == word!(pc, words::SHAPE) {
        let v = *(*t).slots.add(word!(pc, words::SLOT) as usize);
        if !v.is_nil() {
            *base.add(i.a()) = v;
            next!(pc.add(words::GET_FIELD), base, k, vm)
        }
    }
    return jump!(slow::get_field, pc, base, k, vm, x);
});

/// The value in the cached holder's slot, if receiver shape and epoch are those of the cache and it is not nil; else goes to `$slow`.
macro_rules! held_value {
    ($t:expr, $slow:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        if (*$t).header.word != word!($pc, words::SHAPE) || (*$vm).epoch != word!($pc, words::EPOCH) {
            return jump!($slow, $pc, $base, $k, $vm, $x);
        }
        let holder = ($pc.add(words::HOLDER) as *const *mut Table).read_unaligned();
        let v = *(*holder).slots.add(word!($pc, words::SLOT) as usize);
        if v.is_nil() {
            return jump!($slow, $pc, $base, $k, $vm, $x);
        }
        v
    }};
}

handler!(get_field_proto(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_field, pc, base, k, vm, x);
    let v = held_value!(t, slow::get_field, pc, base, k, vm, x);
    *base.add(i.a()) = v;
    next!(pc.add(words::GET_FIELD), base, k, vm)
});

handler!(self_field(pc, base, k, vm, x) {
    let i = Instr(x);
    let object = *base.add(i.b());
    let t = untag_or!(object, tag::TABLE, Table, slow::self_field, pc, base, k, vm, x);
    if (*t).header.word == word!(pc, words::SHAPE) {
        let v = *(*t).slots.add(word!(pc, words::SLOT) as usize);
        if !v.is_nil() {
            *base.add(i.a()) = v;
            *base.add(i.a() + 2) = object;
            next!(pc.add(words::GET_FIELD), base, k, vm)
        }
    }
    return jump!(slow::self_field, pc, base, k, vm, x);
});

handler!(self_proto(pc, base, k, vm, x) {
    let i = Instr(x);
    let object = *base.add(i.b());
    let t = untag_or!(object, tag::TABLE, Table, slow::self_field, pc, base, k, vm, x);
    let v = held_value!(t, slow::self_field, pc, base, k, vm, x);
    *base.add(i.a()) = v;
    *base.add(i.a() + 2) = object;
    next!(pc.add(words::GET_FIELD), base, k, vm)
});

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

/// Stores `$v` by the cache: into an existing slot, or into the next one with the shape that adds the key.
macro_rules! store_cached {
    ($t:expr, $v:expr, $len:expr, $slow:expr, $barrier:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let (t, v) = ($t, $v);
        if (*t).header.word != word!($pc, words::SHAPE) {
            return jump!($slow, $pc, $base, $k, $vm, $x);
        }
        let slot = word!($pc, words::SLOT) as usize;
        let new_shape = word!($pc, words::NEW_SHAPE);
        let place = (*t).slots.add(slot);
        if new_shape == 0 {
            // Over a nil the store may add a key, which is not for this cache to say.
            if (*place).is_nil() {
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

handler!(set_global(pc, base, k, vm, x) {
    let env: *mut Table = environment!(base);
    store_cached!(env, *base.add(Instr(x).a()), words::SET_GLOBAL, slow::set_global, slow::env_barrier, pc, base, k, vm, x)
});

handler!(set_field(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::set_field, pc, base, k, vm, x);
    store_cached!(t, *base.add(i.a()), words::SET_FIELD, slow::set_field, slow::field_barrier, pc, base, k, vm, x)
});

handler!(get_index(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_index, pc, base, k, vm, x);
    let key = (*base.add(i.c())).as_f64_raw();
    let n = truncate(key);
    if f64::from(n) == key && (n as u32) < (*t).asize {
        let v = *(*t).array.add(n as u32 as usize);
        if !v.is_nil() {
            *base.add(i.a()) = v;
            next!(pc, base, k, vm)
        }
    }
    return jump!(slow::get_index, pc, base, k, vm, x);
});

handler!(get_index_i(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_index, pc, base, k, vm, x);
    if (i.c() as u32) < (*t).asize {
        let v = *(*t).array.add(i.c());
        if !v.is_nil() {
            *base.add(i.a()) = v;
            next!(pc, base, k, vm)
        }
    }
    return jump!(slow::get_index, pc, base, k, vm, x);
});

/// Stores `$v` at index `$n` of the array part: over a value that is not nil (no metamethod can matter), or where the table
/// has no metatable; at its end if there is room. The rest goes to `slow::set_index`.
macro_rules! store_array {
    ($t:expr, $n:expr, $v:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let (t, n, v): (*mut Table, u32, Value) = ($t, $n, $v);
        let gc = (*t).header.gc;
        if gc & gc_flag::READ_ONLY != 0 || (v.is_collectable() && gc & gc_flag::BLACK != 0) {
            return jump!(slow::set_index, $pc, $base, $k, $vm, $x);
        }
        if n < (*t).asize {
            let place = (*t).array.add(n as usize);
            if !(*place).is_nil() || gc & gc_flag::HAS_METATABLE == 0 {
                *place = v;
                next!($pc, $base, $k, $vm)
            }
        } else if n == (*t).asize
            && n < (*t).acap
            && gc & gc_flag::HAS_METATABLE == 0
            && (*t).dict.is_null()
            && !v.is_nil()
        {
            *(*t).array.add(n as usize) = v;
            (*t).asize = n + 1;
            next!($pc, $base, $k, $vm)
        }
        return jump!(slow::set_index, $pc, $base, $k, $vm, $x);
    }};
}

handler!(set_index(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::set_index, pc, base, k, vm, x);
    let key = (*base.add(i.c())).as_f64_raw();
    let n = truncate(key);
    if f64::from(n) != key || n < 0 {
        return jump!(slow::set_index, pc, base, k, vm, x);
    }
    store_array!(t, n as u32, *base.add(i.a()), pc, base, k, vm, x)
});

handler!(set_index_i(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::set_index, pc, base, k, vm, x);
    store_array!(t, i.c() as u32, *base.add(i.a()), pc, base, k, vm, x)
});

handler!(len(pc, base, k, vm, x) {
    let i = Instr(x);
    let v = *base.add(i.d());
    let t = untag_or!(v, tag::TABLE, Table, slow::len, pc, base, k, vm, x);
    let n = (*t).asize;
    // The border is the array part's end if that holds a value and no larger integer key can be in the dictionary.
    if n > 1 && (*t).dict.is_null() && !(*(*t).array.add(n as usize - 1)).is_nil() {
        *base.add(i.a()) = Value::from_bits(f64::from(n - 1).to_bits());
        next!(pc, base, k, vm)
    }
    return jump!(slow::len, pc, base, k, vm, x);
});
