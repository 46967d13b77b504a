//! Numbers. The functions are those that the interpreter's library and operators use, so results are the same to the last bit.

use ferrous_lua_runtime::library::bit::to_bits;
use ferrous_lua_runtime::{Value, Vm, arith};

/// The number as values hold it: there is only one NaN.
fn canonical(n: f64) -> f64 {
    Value::number(n).as_f64_raw()
}

macro_rules! unary {
    ($( $name:ident = $function:expr; )*) => {
        $( pub(super) extern "C" fn $name(_vm: *mut Vm, x: f64) -> f64 {
            canonical($function(x))
        } )*
    };
}

unary! {
    sin = f64::sin;
    cos = f64::cos;
    tan = f64::tan;
    asin = f64::asin;
    acos = f64::acos;
    atan = f64::atan;
    sinh = f64::sinh;
    cosh = f64::cosh;
    tanh = f64::tanh;
    exp = f64::exp;
    log = f64::ln;
    log10 = f64::log10;
    floor = f64::floor;
    ceil = f64::ceil;
}

pub(super) extern "C" fn pow(_vm: *mut Vm, a: f64, b: f64) -> f64 {
    canonical(arith::power(a, b))
}

pub(super) extern "C" fn fmod(_vm: *mut Vm, a: f64, b: f64) -> f64 {
    canonical(a % b)
}

pub(super) extern "C" fn atan2(_vm: *mut Vm, y: f64, x: f64) -> f64 {
    canonical(y.atan2(x))
}

pub(super) extern "C" fn to_bit(_vm: *mut Vm, n: f64) -> i64 {
    i64::from(to_bits(n) as i32)
}
