//! The math library.

use super::{open_table, set_field};
use crate::arith;
use crate::error::Throw;
use crate::native::Args;
use crate::text::random::Random;
use crate::{Value, Vm};
use std::f64::consts::PI;

natives! {
    /// The functions of `math`; `mod` is `fmod` under an old name.
    static FUNCTIONS of "math";
    leaf ABS "abs" = abs;
    leaf ACOS "acos" = acos;
    leaf ASIN "asin" = asin;
    leaf ATAN "atan" = atan;
    leaf ATAN2 "atan2" = atan2;
    leaf CEIL "ceil" = ceil;
    leaf COS "cos" = cos;
    leaf COSH "cosh" = cosh;
    leaf DEG "deg" = deg;
    leaf EXP "exp" = exp;
    leaf FLOOR "floor" = floor;
    leaf FMOD "fmod" = fmod;
    leaf FREXP "frexp" = frexp;
    leaf LDEXP "ldexp" = ldexp;
    leaf LOG "log" = log;
    leaf LOG10 "log10" = log10;
    leaf MAX "max" = max;
    leaf MIN "min" = min;
    leaf MODF "modf" = modf;
    leaf POW "pow" = pow;
    leaf RAD "rad" = rad;
    leaf RANDOM "random" = random;
    leaf RANDOMSEED "randomseed" = randomseed;
    leaf SIN "sin" = sin;
    leaf SINH "sinh" = sinh;
    leaf SQRT "sqrt" = sqrt;
    leaf TAN "tan" = tan;
    leaf TANH "tanh" = tanh;
}

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    let library = open_table(vm, "math", FUNCTIONS, 3)?;
    let fmod = vm.intern(b"fmod").map_err(|_| vm.throw_memory())?;
    set_field(vm, library, "mod", vm.table_get_str(library, fmod))?;
    set_field(vm, library, "pi", Value::number(PI))?;
    set_field(vm, library, "huge", Value::number(f64::INFINITY))
}

/// Functions of one number.
macro_rules! unary {
    ($( $name:ident = |$x:ident| $result:expr; )*) => {
        $( fn $name(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
            let $x = vm.check_number(args, 0)?;
            args.ret1(Value::number($result))
        } )*
    };
}

/// Functions of two numbers. The second is checked first: PUC Lua has both checks among the arguments of one C call, which
/// compilers evaluate from the last to the first, and so the message is about the last argument that is wrong.
macro_rules! binary {
    ($( $name:ident = |$x:ident, $y:ident| $result:expr; )*) => {
        $( fn $name(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
            let $y = vm.check_number(args, 1)?;
            let $x = vm.check_number(args, 0)?;
            args.ret1(Value::number($result))
        } )*
    };
}

const RADIANS_PER_DEGREE: f64 = PI / 180.0;

unary! {
    abs = |x| x.abs();
    acos = |x| x.acos();
    asin = |x| x.asin();
    atan = |x| x.atan();
    ceil = |x| arith::ceil(x);
    cos = |x| x.cos();
    cosh = |x| x.cosh();
    deg = |x| x / RADIANS_PER_DEGREE;
    exp = |x| x.exp();
    floor = |x| arith::floor(x);
    log10 = |x| x.log10();
    rad = |x| x * RADIANS_PER_DEGREE;
    sin = |x| x.sin();
    sinh = |x| x.sinh();
    sqrt = |x| x.sqrt();
    tan = |x| x.tan();
    tanh = |x| x.tanh();
}

binary! {
    atan2 = |y, x| y.atan2(x);
    // Rust's remainder is C's.
    fmod = |x, y| x % y;
    pow = |x, y| arith::power(x, y);
}

/// `math.log(x, base)`; the base is LuaJIT's.
fn log(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let x = vm.check_number(args, 0)?;
    if args.get(1).is_nil() {
        return args.ret1(Value::number(x.ln()));
    }
    let base = vm.check_number(args, 1)?;
    // Exact for the powers of these two.
    let result = match base {
        2.0 => x.log2(),
        10.0 => x.log10(),
        _ => x.log2() * (1.0 / base.log2()),
    };
    args.ret1(Value::number(result))
}

fn max(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    extreme(vm, args, |n, best| n > best)
}

fn min(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    extreme(vm, args, |n, best| n < best)
}

/// The first argument that no other is better than.
#[inline(always)]
fn extreme(vm: &mut Vm, args: Args, better: impl Fn(f64, f64) -> bool) -> Result<u32, Throw> {
    let mut best = vm.check_number(args, 0)?;
    for i in 1..args.count {
        let n = vm.check_number(args, i)?;
        if better(n, best) {
            best = n;
        }
    }
    args.ret1(Value::number(best))
}

/// `m, e` with `x == m * 2^e` and `0.5 <= |m| < 1`.
fn frexp(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (mantissa, exponent) = split_exponent(vm.check_number(args, 0)?);
    args.ret2(Value::number(mantissa), Value::number(f64::from(exponent)))
}

fn ldexp(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    // In the order of `binary`.
    let exponent = vm.check_int(args, 1)?;
    let x = vm.check_number(args, 0)?;
    args.ret1(Value::number(scale(x, exponent)))
}

/// The integral part and the fraction, both with the sign of the number.
fn modf(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let x = vm.check_number(args, 0)?;
    let whole = x.trunc();
    let fraction = if x.is_infinite() { 0.0 } else { x - whole };
    args.ret2(Value::number(whole), Value::number(fraction.copysign(x)))
}

const MANTISSA_BITS: u32 = 52;
const EXPONENT_MASK: u64 = 0x7ff;
/// The exponent field of numbers in `[0.5, 1)`.
const HALF: i32 = 1022;

/// C's `frexp`.
fn split_exponent(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // Subnormal numbers are brought into the normal range first.
    let (x, shifted) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(54), 54) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = (bits >> MANTISSA_BITS & EXPONENT_MASK) as i32 - HALF - shifted;
    let mantissa = bits & !(EXPONENT_MASK << MANTISSA_BITS) | (HALF as u64) << MANTISSA_BITS;
    (f64::from_bits(mantissa), exponent)
}

/// C's `ldexp`: `x * 2^exponent`, rounded once.
fn scale(x: f64, exponent: i32) -> f64 {
    let (mantissa, own) = split_exponent(x);
    if mantissa == 0.0 || !mantissa.is_finite() {
        return x;
    }
    let exponent = exponent.saturating_add(own).clamp(-1200, 1200);
    // Two exact steps and one that may round or overflow.
    let step = exponent / 3;
    mantissa * 2f64.powi(step) * 2f64.powi(step) * 2f64.powi(exponent - 2 * step)
}

fn random(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (low, high) = match args.count {
        0 => return args.ret1(Value::number_unchecked(vm.library.random.unit())),
        1 => (1, vm.check_int(args, 0)?),
        2 => (vm.check_int(args, 0)?, vm.check_int(args, 1)?),
        _ => return Err(vm.runtime_error(b"wrong number of arguments")),
    };
    if low > high {
        return Err(vm.arg_error(args.count - 1, "interval is empty"));
    }
    args.ret1(Value::number_unchecked(vm.library.random.range(f64::from(low), f64::from(high))))
}

fn randomseed(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let seed = vm.check_number(args, 0)?;
    vm.library.random = Random::from_seed(seed);
    args.ret0()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_come_apart_and_together() {
        assert_eq!(split_exponent(8.0), (0.5, 4));
        assert_eq!(split_exponent(-0.75), (-0.75, 0));
        assert_eq!(split_exponent(0.0), (0.0, 0));
        assert_eq!(split_exponent(5e-324), (0.5, -1073));
        assert_eq!(split_exponent(f64::INFINITY), (f64::INFINITY, 0));
        for x in [1.0, -3.5, 1e300, 1e-310, f64::MAX, 5e-324] {
            let (m, e) = split_exponent(x);
            assert_eq!(scale(m, e), x);
        }
        assert_eq!(scale(1.0, 2000), f64::INFINITY);
        assert_eq!(scale(1.0, -2000), 0.0);
        assert_eq!(scale(1.0, i32::MIN), 0.0);
        assert_eq!(scale(3.0, -1075), 1e-323, "1.5 least numbers, to even");
    }
}
