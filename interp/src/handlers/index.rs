//! Indices: computed keys, and `#`.
//!
//! The array part comes first, in the instruction's own handler. All other keys go to one more leaf, which finds the slot of an
//! interned string by the lookup cache and all else in the dictionary; only long strings, metatables, growth and errors are
//! left to `slow::index`.

use super::fields::{ask_handler, store_in_slot, tell_handler, untag_or};
use crate::dispatch::{handler, jump, next};
use crate::handlers::arith::truncate;
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::object::{Gc, LuaString, Table, gc_flag};
use ferrous_lua_runtime::shape::ShapeId;
use ferrous_lua_runtime::table::absent_holder;
use ferrous_lua_runtime::value::tag;

/// `R[A]` becomes `$v`, which the table `$t` itself has for the key. If that is nil its metatable would be asked, which is for
/// `slow::get_index` to do.
macro_rules! give {
    ($t:expr, $v:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let (t, v): (*const Table, Value) = ($t, $v);
        if v.is_nil() && (*t).header.gc & gc_flag::HAS_METATABLE != 0 {
            return jump!(slow::get_index, $pc, $base, $k, $vm, $x);
        }
        *$base.add(Instr($x).a()) = v;
        next!($pc, $base, $k, $vm)
    }};
}

handler!(get_index(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_index, pc, base, k, vm, x);
    let key = (*base.add(i.c())).as_f64_raw();
    let n = truncate(key);
    if f64::from(n) == key && (n as u32) < (*t).asize {
        let v = *(*t).array.add(n as u32 as usize);
        give!(t, v, pc, base, k, vm, x)
    }
    return jump!(get_index_outside, pc, base, k, vm, x);
});

handler!(get_index_i(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::get_index, pc, base, k, vm, x);
    if (i.c() as u32) < (*t).asize {
        let v = *(*t).array.add(i.c());
        give!(t, v, pc, base, k, vm, x)
    }
    return jump!(get_index_outside, pc, base, k, vm, x);
});

/// The key of an indexing instruction in normal form: `-0` is `0`.
macro_rules! normal_key {
    ($i:expr, $literal:expr, $base:expr) => {{
        if $i.op_byte() == $literal as u8 {
            Value::from_bits(($i.c() as f64).to_bits())
        } else {
            let key = *$base.add($i.c());
            if key.is_number() { Value::from_bits((key.as_f64_raw() + 0.0).to_bits()) } else { key }
        }
    }};
}

handler!(
    /// Reads a key that is not in the array part.
    #[inline(never)]
    get_index_outside(pc, base, k, vm, x) {
        let i = Instr(x);
        let t = (*base.add(i.b())).payload() as *mut Table;
        let key = normal_key!(i, Op::GetIndexI, base);
        let named = key.is_string();
        if named {
            let s = key.payload() as *const LuaString;
            if !(*s).is_interned() {
                return jump!(slow::get_index, pc, base, k, vm, x);
            }
            // A table without slots has no key in them.
            if (*t).slot_cap != 0 {
                return jump!(get_named, pc, base, k, vm, x);
            }
        }
        let place = (*vm).table_entry(Gc::from_raw(t), key);
        let v = if place.is_null() { Value::NIL } else { *place };
        if v.is_nil() && named && (*t).header.gc & gc_flag::HAS_METATABLE != 0 {
            return jump!(get_named, pc, base, k, vm, x);
        }
        give!(t, v, pc, base, k, vm, x)
    }
);

handler!(
    /// Reads what the lookup cache knows of an interned string, computed: a slot, or a function to ask.
    #[inline(never)]
    get_named(pc, base, k, vm, x) {
        let i = Instr(x);
        let t = (*base.add(i.b())).payload() as *mut Table;
        let key = *base.add(i.c());
        let Some(found) = (*vm).lookup_cache.load((*t).shape(), key.payload() as *const LuaString) else {
            return jump!(slow::get_index, pc, base, k, vm, x);
        };
        if found.calls {
            ask_handler!(found, *base.add(i.b()), key, slow::get_index, pc, base, k, vm, x)
        }
        if found.holder.is_null() {
            let v = *(*t).slots.add(found.slot as usize);
            give!(t, v, pc, base, k, vm, x)
        }
        let v = *(*found.holder).slots.add(found.slot as usize);
        if found.epoch != (*vm).epoch || (v.is_nil() && found.holder != absent_holder()) {
            return jump!(slow::get_index, pc, base, k, vm, x);
        }
        *base.add(i.a()) = v;
        next!(pc, base, k, vm)
    }
);

/// Stores `$v` at index `$n` of the array part: over a value that is not nil (no metamethod can matter), or where the table
/// has no metatable; at its end if there is room. Keys elsewhere go to `set_index_outside`, the rest to `slow::set_index`.
macro_rules! store_array {
    ($t:expr, $n:expr, $v:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let (t, n, v): (*mut Table, u32, Value) = ($t, $n, $v);
        let gc = (*t).header.gc;
        let needs_barrier = v.is_collectable() && gc & gc_flag::BLACK != 0;
        if gc & gc_flag::READ_ONLY != 0 {
            return jump!(slow::set_index, $pc, $base, $k, $vm, $x);
        }
        if n < (*t).asize {
            let place = (*t).array.add(n as usize);
            if !(*place).is_nil() || gc & gc_flag::HAS_METATABLE == 0 {
                *place = v;
                if needs_barrier {
                    return jump!(slow::element_barrier, $pc, $base, $k, $vm, $x);
                }
                next!($pc, $base, $k, $vm)
            }
            return jump!(slow::set_index, $pc, $base, $k, $vm, $x);
        }
        if n == (*t).asize
            && n < (*t).acap
            && gc & gc_flag::HAS_METATABLE == 0
            && (*t).dict.is_null()
            && !v.is_nil()
        {
            *(*t).array.add(n as usize) = v;
            (*t).asize = n + 1;
            if needs_barrier {
                return jump!(slow::element_barrier, $pc, $base, $k, $vm, $x);
            }
            next!($pc, $base, $k, $vm)
        }
        return jump!(set_index_outside, $pc, $base, $k, $vm, $x);
    }};
}

handler!(set_index(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::set_index, pc, base, k, vm, x);
    let key = (*base.add(i.c())).as_f64_raw();
    let n = truncate(key);
    if f64::from(n) != key || n < 0 {
        return jump!(set_index_outside, pc, base, k, vm, x);
    }
    store_array!(t, n as u32, *base.add(i.a()), pc, base, k, vm, x)
});

handler!(set_index_i(pc, base, k, vm, x) {
    let i = Instr(x);
    let t = untag_or!(*base.add(i.b()), tag::TABLE, Table, slow::set_index, pc, base, k, vm, x);
    store_array!(t, i.c() as u32, *base.add(i.a()), pc, base, k, vm, x)
});

handler!(
    /// Stores at a key that is not in the array part.
    #[inline(never)]
    set_index_outside(pc, base, k, vm, x) {
        let i = Instr(x);
        let t = (*base.add(i.b())).payload() as *mut Table;
        let key = normal_key!(i, Op::SetIndexI, base);
        if key.is_string() && (*t).slot_cap != 0 {
            return jump!(set_named, pc, base, k, vm, x);
        }
        if (*vm).table_set_in_place(Gc::from_raw(t), key, *base.add(i.a())) {
            next!(pc, base, k, vm)
        }
        if key.is_string() && (*t).header.gc & gc_flag::HAS_METATABLE != 0 {
            return jump!(set_named, pc, base, k, vm, x);
        }
        return jump!(slow::set_index, pc, base, k, vm, x);
    }
);

handler!(
    /// Stores where the lookup cache says for an interned string, computed: in a slot, or by a function.
    #[inline(never)]
    set_named(pc, base, k, vm, x) {
        let i = Instr(x);
        let t = (*base.add(i.b())).payload() as *mut Table;
        let key = *base.add(i.c());
        // (A long string is not in the cache.)
        let Some(found) = (*vm).lookup_cache.store((*t).shape(), key.payload() as *const LuaString) else {
            return jump!(slow::set_index, pc, base, k, vm, x);
        };
        if !found.metatable.is_null() {
            tell_handler!(found, *base.add(i.b()), key, *base.add(i.a()), slow::set_index, pc, base, k, vm, x)
        }
        // A key that the program's text does not name must be counted.
        if found.new_shape != ShapeId::NONE {
            return jump!(slow::set_index, pc, base, k, vm, x);
        }
        store_in_slot!(t, *base.add(i.a()), found.slot as usize, 0, 0, slow::set_index, slow::field_barrier, pc, base, k, vm, x)
    }
);

handler!(len(pc, base, k, vm, x) {
    let i = Instr(x);
    let v = *base.add(i.d());
    let t = untag_or!(v, tag::TABLE, Table, slow::len, pc, base, k, vm, x);
    let n = (*t).asize;
    // The border is the array part's end if that holds a value and no larger integer key can be in the dictionary.
    if n > 1
        && ((*t).dict.is_null() || (*(*t).dict).integer_keys == 0)
        && !(*(*t).array.add(n as usize - 1)).is_nil()
    {
        *base.add(i.a()) = Value::from_bits(f64::from(n - 1).to_bits());
        next!(pc, base, k, vm)
    }
    return jump!(slow::len, pc, base, k, vm, x);
});
