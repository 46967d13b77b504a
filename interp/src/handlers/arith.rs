//! Arithmetic.
//!
//! A non-number reads as a NaN, so the sum is computed first and only a NaN result looks at the operands.

use crate::dispatch::{handler, jump, next};
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::Instr;

/// Operands B and C of the three forms.
macro_rules! operand {
    (Reg, $base:expr, $k:expr, $n:expr) => {
        (*$base.add($n)).as_f64_raw()
    };
    (Num, $base:expr, $k:expr, $n:expr) => {
        (*$k.add($n)).as_f64_raw()
    };
}

/// `add(b, c)` and its like: one handler for each form, `slow::arith` for a NaN.
macro_rules! arith {
    ($($name:ident($b:ident, $c:ident) = |$x:ident, $y:ident| $e:expr;)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let i = Instr(x);
            let $x = operand!($b, base, k, i.b());
            let $y = operand!($c, base, k, i.c());
            let r: f64 = $e;
            if r.is_nan() {
                return jump!(slow::arith, pc, base, k, vm, x);
            }
            *base.add(i.a()) = Value::from_bits(r.to_bits());
            next!(pc, base, k, vm)
        });)*
    };
}

arith! {
    add_rr(Reg, Reg) = |a, b| a + b;
    add_rk(Reg, Num) = |a, b| a + b;
    add_kr(Num, Reg) = |a, b| a + b;
    sub_rr(Reg, Reg) = |a, b| a - b;
    sub_rk(Reg, Num) = |a, b| a - b;
    sub_kr(Num, Reg) = |a, b| a - b;
    mul_rr(Reg, Reg) = |a, b| a * b;
    mul_rk(Reg, Num) = |a, b| a * b;
    mul_kr(Num, Reg) = |a, b| a * b;
    div_rr(Reg, Reg) = |a, b| a / b;
    div_rk(Reg, Num) = |a, b| a / b;
    div_kr(Num, Reg) = |a, b| a / b;
}

/// Truncates to a 32-bit integer; what does not fit (a NaN among it) gives some integer that does not convert back.
#[inline(always)]
pub(crate) fn truncate(n: f64) -> i32 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 is part of the architecture.
    unsafe {
        use std::arch::x86_64::{_mm_cvttsd_si32, _mm_set_sd};
        _mm_cvttsd_si32(_mm_set_sd(n))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        n as i32
    }
}

/// Floored remainder: of two 32-bit integers (the divisor above zero) by their division, which is the fastest; else by the definition.
macro_rules! modulo {
    ($($name:ident($b:ident, $c:ident);)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let i = Instr(x);
            let a = operand!($b, base, k, i.b());
            let b = operand!($c, base, k, i.c());
            let (ia, ib) = (truncate(a), truncate(b));
            if f64::from(ia) == a && f64::from(ib) == b && ib > 0 {
                let r = ia % ib;
                let r = if r < 0 { r + ib } else { r };
                *base.add(i.a()) = Value::from_bits(f64::from(r).to_bits());
                next!(pc, base, k, vm)
            }
            let r = ferrous_lua_runtime::arith::modulo(a, b);
            if r.is_nan() {
                return jump!(slow::arith, pc, base, k, vm, x);
            }
            *base.add(i.a()) = Value::from_bits(r.to_bits());
            next!(pc, base, k, vm)
        });)*
    };
}

modulo! {
    mod_rr(Reg, Reg);
    mod_rk(Reg, Num);
    mod_kr(Num, Reg);
}

handler!(unm(pc, base, k, vm, x) {
    let i = Instr(x);
    let r = -(*base.add(i.d())).as_f64_raw();
    if r.is_nan() {
        return jump!(slow::unm, pc, base, k, vm, x);
    }
    *base.add(i.a()) = Value::from_bits(r.to_bits());
    next!(pc, base, k, vm)
});
