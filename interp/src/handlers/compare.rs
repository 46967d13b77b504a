//! Comparisons fused with jumps, and tests.

use crate::dispatch::{handler, jump, next};
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::Instr;

/// Behind the comparison at `pc` (which points at its jump word): jumps or falls through.
macro_rules! branch {
    ($taken:expr, $pc:expr, $base:expr, $k:expr, $vm:expr) => {{
        let offset = if $taken { (*$pc).0 as i32 as isize } else { 0 };
        next!($pc.add(1).offset(offset), $base, $k, $vm)
    }};
}

/// Order comparisons. `$holds` and `$fails` between them miss the NaNs, which go to `slow::compare`.
macro_rules! order {
    ($($name:ident($x:ident, $y:ident) if $holds:expr, else $fails:expr, jump $sense:literal, $left:ident $right:ident;)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let i = Instr(x);
            let $x = (*base.add(i.a())).as_f64_raw();
            let $y = order!(@d $right, base, k, i);
            if $holds {
                branch!($sense, pc, base, k, vm)
            }
            if $fails {
                branch!(!$sense, pc, base, k, vm)
            }
            return jump!(slow::compare, pc, base, k, vm, x);
        });)*
    };
    (@d Reg, $base:expr, $k:expr, $i:expr) => { (*$base.add($i.d())).as_f64_raw() };
    (@d Num, $base:expr, $k:expr, $i:expr) => { (*$k.add($i.d())).as_f64_raw() };
}

order! {
    jlt_rr(a, b) if a < b, else a >= b, jump true, Reg Reg;
    jnlt_rr(a, b) if a < b, else a >= b, jump false, Reg Reg;
    jle_rr(a, b) if a <= b, else a > b, jump true, Reg Reg;
    jnle_rr(a, b) if a <= b, else a > b, jump false, Reg Reg;
    jlt_rk(a, b) if a < b, else a >= b, jump true, Reg Num;
    jnlt_rk(a, b) if a < b, else a >= b, jump false, Reg Num;
    jle_rk(a, b) if a <= b, else a > b, jump true, Reg Num;
    jnle_rk(a, b) if a <= b, else a > b, jump false, Reg Num;
    jlt_kr(a, b) if b < a, else b >= a, jump true, Reg Num;
    jnlt_kr(a, b) if b < a, else b >= a, jump false, Reg Num;
    jle_kr(a, b) if b <= a, else b > a, jump true, Reg Num;
    jnle_kr(a, b) if b <= a, else b > a, jump false, Reg Num;
}

/// Register with register. Same bits are equal unless they are a NaN; different bits need a closer look only for two
/// numbers (0 and -0), two strings (long ones) and two objects that may have `__eq`.
macro_rules! equal {
    ($($name:ident, jump $sense:literal;)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let i = Instr(x);
            let (a, b) = (*base.add(i.a()), *base.add(i.d()));
            if a.as_f64_raw() == b.as_f64_raw() {
                branch!($sense, pc, base, k, vm)
            }
            if a.to_bits() == b.to_bits() {
                branch!($sense != a.is_number(), pc, base, k, vm)
            }
            if a.tag() == b.tag() && a.is_collectable() {
                return jump!(slow::equal, pc, base, k, vm, x);
            }
            branch!(!$sense, pc, base, k, vm)
        });)*
    };
}

equal! {
    jeq_rr, jump true;
    jne_rr, jump false;
}

/// Register with a number or string constant. Constants are never NaN.
macro_rules! equal_constant {
    ($($name:ident, jump $sense:literal;)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let i = Instr(x);
            let (a, b) = (*base.add(i.a()), *k.add(i.d()));
            if a.to_bits() == b.to_bits() || a.as_f64_raw() == b.as_f64_raw() {
                branch!($sense, pc, base, k, vm)
            }
            if a.is_string() && b.is_string() {
                let constant = b.payload() as *const ferrous_lua_runtime::object::LuaString;
                if !(*constant).is_interned() {
                    return jump!(slow::equal, pc, base, k, vm, x);
                }
            }
            branch!(!$sense, pc, base, k, vm)
        });)*
    };
}

equal_constant! {
    jeq_rk, jump true;
    jne_rk, jump false;
}

handler!(jeq_rp(pc, base, k, vm, x) {
    let i = Instr(x);
    branch!((*base.add(i.a())).to_bits() == Value::NIL.to_bits() + i.d() as u64, pc, base, k, vm)
});

handler!(jne_rp(pc, base, k, vm, x) {
    let i = Instr(x);
    branch!((*base.add(i.a())).to_bits() != Value::NIL.to_bits() + i.d() as u64, pc, base, k, vm)
});

handler!(jt(pc, base, k, vm, x) {
    branch!((*base.add(Instr(x).a())).is_truthy(), pc, base, k, vm)
});

handler!(jf(pc, base, k, vm, x) {
    branch!((*base.add(Instr(x).a())).is_falsy(), pc, base, k, vm)
});

handler!(jt_set(pc, base, k, vm, x) {
    let i = Instr(x);
    let v = *base.add(i.d());
    if v.is_truthy() {
        *base.add(i.a()) = v;
        branch!(true, pc, base, k, vm)
    }
    branch!(false, pc, base, k, vm)
});

handler!(jf_set(pc, base, k, vm, x) {
    let i = Instr(x);
    let v = *base.add(i.d());
    if v.is_falsy() {
        *base.add(i.a()) = v;
        branch!(true, pc, base, k, vm)
    }
    branch!(false, pc, base, k, vm)
});
