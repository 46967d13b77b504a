//! The `bit` library: LuaJIT's operations on 32-bit integers.
//!
//! Arguments are numbers modulo 2^32, results are signed. Shift counts are taken modulo 32.
//!
//! Source: Lua BitOp (`bit.c`).

use super::open_table;
use crate::error::Throw;
use crate::native::Args;
use crate::{Value, Vm};

natives! {
    /// The functions of `bit`.
    static FUNCTIONS of "bit";
    leaf ARSHIFT "arshift" = arshift;
    leaf BAND "band" = band;
    leaf BNOT "bnot" = bnot;
    leaf BOR "bor" = bor;
    leaf BSWAP "bswap" = bswap;
    leaf BXOR "bxor" = bxor;
    leaf LSHIFT "lshift" = lshift;
    leaf ROL "rol" = rol;
    leaf ROR "ror" = ror;
    leaf RSHIFT "rshift" = rshift;
    leaf TOBIT "tobit" = tobit;
    leaf TOHEX "tohex" = tohex;
}

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    open_table(vm, "bit", FUNCTIONS, 0).map(|_| ())
}

/// `n` modulo 2^32, rounded to an integer: adding this number moves the low bits of `n` to the low bits of the
/// sum's mantissa. Numbers beyond 2^51 give unspecified bits.
#[inline]
pub fn to_bits(n: f64) -> u32 {
    const MAGIC: f64 = ((1u64 << 52) + (1 << 51)) as f64;
    (n + MAGIC).to_bits() as u32
}

#[inline]
fn bits(vm: &mut Vm, args: Args, i: u32) -> Result<u32, Throw> {
    Ok(to_bits(vm.check_number(args, i)?))
}

#[inline]
fn signed(n: u32) -> Value {
    Value::number_unchecked(f64::from(n as i32))
}

fn tobit(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let n = bits(vm, args, 0)?;
    args.ret1(signed(n))
}

fn bnot(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let n = bits(vm, args, 0)?;
    args.ret1(signed(!n))
}

fn bswap(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let n = bits(vm, args, 0)?;
    args.ret1(signed(n.swap_bytes()))
}

/// Functions of one or more numbers.
macro_rules! folds {
    ($( $name:ident = |$a:ident, $b:ident| $result:expr; )*) => {
        $( fn $name(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
            let mut $a = bits(vm, args, 0)?;
            for i in 1..args.count {
                let $b = bits(vm, args, i)?;
                $a = $result;
            }
            args.ret1(signed($a))
        } )*
    };
}

folds! {
    band = |a, b| a & b;
    bor = |a, b| a | b;
    bxor = |a, b| a ^ b;
}

/// Functions of a number and a count.
macro_rules! shifts {
    ($( $name:ident = |$n:ident, $count:ident| $result:expr; )*) => {
        $( fn $name(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
            let ($n, $count) = (bits(vm, args, 0)?, bits(vm, args, 1)? & 31);
            args.ret1(signed($result))
        } )*
    };
}

shifts! {
    arshift = |n, count| (n as i32 >> count) as u32;
    lshift = |n, count| n << count;
    rol = |n, count| n.rotate_left(count);
    ror = |n, count| n.rotate_right(count);
    rshift = |n, count| n >> count;
}

/// `bit.tohex(n, digits)`: the low digits, in capitals if `digits` is negative.
fn tohex(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let n = bits(vm, args, 0)?;
    let digits = if args.is_given(1) { bits(vm, args, 1)? as i32 } else { 8 };
    let text = if digits < 0 { format!("{n:08X}") } else { format!("{n:08x}") };
    let shown = digits.unsigned_abs().min(8) as usize;
    let text = vm.new_string(&text.as_bytes()[8 - shown..])?;
    args.ret1(text)
}

#[cfg(test)]
mod tests {
    use super::to_bits;

    #[test]
    fn numbers_wrap_around() {
        assert_eq!(to_bits(-1.0), u32::MAX);
        assert_eq!(to_bits(4294967296.0 + 5.0), 5);
        assert_eq!(to_bits(2147483648.0), 1 << 31);
        assert_eq!(to_bits(1.5), 2, "to even");
        assert_eq!(to_bits(-4294967295.0), 1);
    }
}
