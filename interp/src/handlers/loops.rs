//! Loops. Each back-edge counts down its hot counter when the state profiles for a JIT; the dispatch table then holds the
//! `_counting` form.

use crate::dispatch::{handler, jump, next};
use crate::handlers::arith::truncate;
use crate::handlers::coroutines;
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::native::{as_iterator_position, iterator_position};
use ferrous_lua_runtime::object::{Gc, Table};

/// The tail of a taken back-edge: `pc` points at the offset and counter words.
macro_rules! back_edge {
    (plain, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let offset = (*$pc).0 as i32 as isize;
        next!($pc.add(2).offset(offset), $base, $k, $vm)
    }};
    (counting, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let target = $pc.add(2).offset((*$pc).0 as i32 as isize);
        let counter = $pc.add(1) as *mut u32;
        let left = (*counter).wrapping_sub(1);
        *counter = left;
        if left == 0 {
            return jump!(slow::hot_loop, target, $base, $k, $vm, $x);
        }
        next!(target, $base, $k, $vm)
    }};
    (native, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let target = $pc.add(2).offset((*$pc).0 as i32 as isize);
        return jump!(slow::enter_native, target, $base, $k, $vm, (*$pc.add(1)).0);
    }};
}

handler!(for_prep(pc, base, k, vm, x) {
    let r = base.add(Instr(x).a());
    let (start, limit, step) = (*r, *r.add(1), *r.add(2));
    if !(start.is_number() && limit.is_number() && step.is_number()) {
        return jump!(slow::for_prep, pc, base, k, vm, x);
    }
    let (limit, step) = (limit.as_f64_raw(), step.as_f64_raw());
    // PUC Lua goes back by a step, and its loop instruction forward: rounding can be seen in the first round.
    let i = (start.as_f64_raw() - step) + step;
    let runs = if step > 0.0 { i <= limit } else { limit <= i };
    if runs {
        let v = Value::from_bits(i.to_bits());
        *r = v;
        *r.add(3) = v;
        next!(pc.add(1), base, k, vm)
    }
    let behind = (*pc).0 as i32 as isize;
    next!(pc.add(1).offset(behind), base, k, vm)
});

macro_rules! for_loops {
    ($($name:ident, $up:ident, $edge:tt;)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let r = base.add(Instr(x).a());
            let step = (*r.add(2)).as_f64_raw();
            let i = (*r).as_f64_raw() + step;
            let limit = (*r.add(1)).as_f64_raw();
            let runs = if step > 0.0 { i <= limit } else { limit <= i };
    if runs {
                let v = Value::from_bits(i.to_bits());
                *r = v;
                *r.add(3) = v;
                back_edge!($edge, pc, base, k, vm, x)
            }
            next!(pc.add(2), base, k, vm)
        });

        handler!($up(pc, base, k, vm, x) {
            let r = base.add(Instr(x).a());
            let i = (*r).as_f64_raw() + (*r.add(2)).as_f64_raw();
            if i <= (*r.add(1)).as_f64_raw() {
                let v = Value::from_bits(i.to_bits());
                *r = v;
                *r.add(3) = v;
                back_edge!($edge, pc, base, k, vm, x)
            }
            next!(pc.add(2), base, k, vm)
        });)*
    };
}

for_loops! {
    for_loop, for_loop_up, plain;
    for_loop_counting, for_loop_up_counting, counting;
    for_loop_jit, for_loop_up_jit, native;
}

macro_rules! tfor_loops {
    ($($name:ident, $edge:tt;)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let r = base.add(Instr(x).a());
            let v = *r;
            if !v.is_nil() {
                // An iteration by position keeps its control value.
                if as_iterator_position(*r.sub(1)).is_none() {
                    *r.sub(1) = v;
                }
                back_edge!($edge, pc, base, k, vm, x)
            }
            next!(pc.add(2), base, k, vm)
        });)*
    };
}

tfor_loops! {
    tfor_loop, plain;
    tfor_loop_counting, counting;
    tfor_loop_jit, native;
}

handler!(tfor_prep(pc, base, k, vm, x) {
    let r = base.add(Instr(x).a());
    // `for k, v in next, t` (what `pairs` gives) iterates by a position in the control variable.
    if (*r) == (*vm).next_function && (*r.add(1)).is_table() && (*r.add(2)).is_nil() {
        *r.add(2) = iterator_position(0);
    }
    next!(pc.add(1).offset((*pc).0 as i32 as isize), base, k, vm)
});

handler!(
    /// The step of a generic `for`: over an array part, by position (`pairs`) or with the iterator of `ipairs`.
    tfor_call(pc, base, k, vm, x) {
        let i = Instr(x);
        let r = base.add(i.a());
        let (table, control) = (*r.sub(2), *r.sub(1));
        if let Some(position) = as_iterator_position(control) {
            let key = position + 1;
            let t = table.payload() as *const Table;
            if i.c() <= 3 && key < u64::from((*t).asize) {
                let v = *(*t).array.add(key as usize);
                if !v.is_nil() {
                    *r.sub(1) = iterator_position(key);
                    *r = Value::from_bits((key as f64).to_bits());
                    *r.add(1) = v;
                    next!(pc, base, k, vm)
                }
            }
            return jump!(next_by_position, pc, base, k, vm, x);
        }
        let n = truncate(control.as_f64_raw());
        if *r.sub(3) != (*vm).ipairs_iterator || f64::from(n) != control.as_f64_raw() || !table.is_table() {
            return jump!(coroutines::call_iterator, pc, base, k, vm, x);
        }
        let key = n.wrapping_add(1) as u32;
        let t = table.payload() as *const Table;
        if i.c() <= 3 && key < (*t).asize {
            let v = *(*t).array.add(key as usize);
            if !v.is_nil() {
                *r = Value::from_bits(f64::from(key).to_bits());
                *r.add(1) = v;
                next!(pc, base, k, vm)
            }
        }
        return jump!(coroutines::call_iterator, pc, base, k, vm, x);
    }
);

handler!(
    /// The step by position in full: holes in the array part, slots, dictionary, and the end. `TForPrep` has made sure of the table.
    #[inline(never)]
    next_by_position(pc, base, k, vm, x) {
        let i = Instr(x);
        let r = base.add(i.a());
        let t = Gc::from_raw((*r.sub(2)).payload() as *mut Table);
        let position = as_iterator_position(*r.sub(1)).unwrap_or(0);
        match (*vm).table_next_at(t, position) {
            Some((next, key, value)) => {
                *r.sub(1) = iterator_position(next);
                *r = key;
                *r.add(1) = value;
                let mut n = 2;
                while n + 1 < i.c() {
                    *r.add(n) = Value::NIL;
                    n += 1;
                }
            }
            None => *r = Value::NIL,
        }
        next!(pc, base, k, vm)
    }
);
