//! Arithmetic, comparison and coercion: what Lua's operators do with numbers and strings.
//!
//! The one home of these rules: the interpreter's slow paths, the constant folders and the libraries come here;
//! handlers and native code do the same inline for two numbers. Metamethods are their callers' business.

use crate::error::Throw;
use crate::library::make_room;
use crate::object::{Gc, LuaString};
use crate::string::string_eq;
use crate::text::number::{NumberBuf, format_number, parse_number};
use crate::{Type, Value, Vm};
use std::cmp::Ordering;

/// A binary arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

/// `a op b`.
#[inline]
pub fn compute(op: ArithOp, a: f64, b: f64) -> f64 {
    match op {
        ArithOp::Add => a + b,
        ArithOp::Sub => a - b,
        ArithOp::Mul => a * b,
        ArithOp::Div => a / b,
        ArithOp::Mod => modulo(a, b),
        ArithOp::Pow => power(a, b),
    }
}

/// `a % b`: the sign is the divisor's. To the letter of the manual, so what is not exact in doubles is not exact here
/// either, and a remainder by an infinity is not a number.
///
/// Source: `luai_nummod` (`luaconf.h`).
#[inline(always)]
pub fn modulo(a: f64, b: f64) -> f64 {
    a - floor(a / b) * b
}

/// The greatest integer that is not greater, without a call where the processor has no instruction for it.
#[inline(always)]
pub fn floor(x: f64) -> f64 {
    // Greater numbers have no fraction. Not true of NaN, which is returned as it is too.
    if x.abs() < EXACT {
        let t = x as i64 as f64;
        return if t == x {
            // Zero keeps its sign.
            x
        } else if t > x {
            t - 1.0
        } else {
            t
        };
    }
    x
}

/// The least integer that is not less.
#[inline]
pub fn ceil(x: f64) -> f64 {
    -floor(-x)
}

/// From here on doubles are integers.
const EXACT: f64 = (1u64 << 52) as f64;

/// `a ^ b`, C's `pow`.
#[inline]
pub fn power(a: f64, b: f64) -> f64 {
    // The commonest exponent, which `pow` also rounds correctly.
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// The number that `v` is, or that its string spells.
#[inline]
pub fn to_number(v: Value) -> Option<f64> {
    match v.as_number() {
        Some(n) => Some(n),
        None => v.as_string().and_then(|s| parse_number(s.bytes())),
    }
}

/// The order of two strings: by unsigned bytes, as `strcoll` has it in the C locale.
#[inline]
pub fn compare_strings(a: &[u8], b: &[u8]) -> Ordering {
    a.cmp(b)
}

/// Equality without metamethods.
///
/// Source: `luaO_rawequalObj`.
#[inline]
pub fn raw_equal(a: Value, b: Value) -> bool {
    if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
        return x == y;
    }
    if a == b {
        return true;
    }
    match (a.as_string(), b.as_string()) {
        (Some(x), Some(y)) => string_eq(x, y),
        _ => false,
    }
}

/// `a < b` for two numbers or two strings; `None` for everything else.
#[inline]
pub fn less_than(a: Value, b: Value) -> Option<bool> {
    if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
        return Some(x < y);
    }
    match (a.as_string(), b.as_string()) {
        (Some(x), Some(y)) => Some(compare_strings(x.bytes(), y.bytes()).is_lt()),
        _ => None,
    }
}

/// The concatenation of strings and numbers.
///
/// # Errors
///
/// "string length overflow", "not enough memory".
///
/// # Panics
///
/// If a part is something else: callers have checked that.
pub fn concat(vm: &mut Vm, parts: &[Value]) -> Result<Value, Throw> {
    let mut total = 0;
    for part in parts {
        match part.as_string() {
            Some(s) => total += s.len as usize,
            None => return concat_mixed(vm, parts),
        }
    }
    if total > LuaString::MAX_LEN {
        return Err(vm.operation_error(b"string length overflow"));
    }
    vm.string_with(total, |mut content| {
        for part in parts {
            let bytes = part.as_string().expect("all parts are strings").bytes();
            let (head, rest) = content.split_at_mut(bytes.len());
            head.copy_from_slice(bytes);
            content = rest;
        }
    })
}

/// With numbers among the parts: through the state's scratch buffer, which keeps its memory.
fn concat_mixed(vm: &mut Vm, parts: &[Value]) -> Result<Value, Throw> {
    let mut text = std::mem::take(&mut vm.library.scratch);
    text.clear();
    let mut number = NumberBuf::new();
    for part in parts {
        make_room(vm, &mut text, part.as_string().map_or(NumberBuf::SIZE, |s| s.bytes().len()))?;
        match part.as_string() {
            Some(s) => text.extend_from_slice(s.bytes()),
            None => {
                let n = part.as_number().expect("concatenation of strings and numbers");
                text.extend_from_slice(format_number(n, &mut number));
            }
        }
    }
    let result = vm.new_string(&text)?;
    vm.library.keep_scratch(text);
    Ok(result)
}

impl Vm {
    /// The text of a number, as a string of this VM.
    pub fn number_to_string(&mut self, n: f64) -> Result<Gc<LuaString>, Throw> {
        let mut buffer = NumberBuf::new();
        self.intern(format_number(n, &mut buffer)).map_err(|_| self.throw_memory())
    }

    /// What `tostring` gives for a value without `__tostring`: the text of a string or number, a constant's name, or
    /// `type: address`.
    pub fn tostring_raw(&mut self, v: Value) -> Result<Gc<LuaString>, Throw> {
        if let Some(s) = v.as_string() {
            return Ok(s);
        }
        if let Some(n) = v.as_number() {
            return self.number_to_string(n);
        }
        let text = match v.type_of() {
            Type::Nil => return Ok(self.names.type_name(Type::Nil)),
            Type::Boolean => if v == Value::TRUE { "true" } else { "false" }.to_string(),
            // What C shows for a null pointer.
            other if v.payload() == 0 => format!("{}: (nil)", other.name()),
            other => format!("{}: {:#x}", other.name(), v.payload()),
        };
        self.intern(text.as_bytes()).map_err(|_| self.throw_memory())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modulo_takes_the_sign_of_the_divisor() {
        assert_eq!(modulo(5.0, -3.0), -1.0);
        assert_eq!(modulo(-5.0, 3.0), 1.0);
        assert_eq!(modulo(5.5, 2.0), 1.5);
        assert!(modulo(1.0, 0.0).is_nan());
        assert!(modulo(-1.0, f64::INFINITY).is_nan() || modulo(-1.0, f64::INFINITY) == f64::INFINITY);
    }

    #[test]
    fn rounding_agrees_with_c() {
        let numbers = [0.0, 0.5, 1.0, 1.5, 2.5, 1e15 + 0.5, 4503599627370495.5, 4503599627370496.0, 1e300];
        for n in numbers.into_iter().chain([f64::INFINITY, f64::MIN_POSITIVE, 5e-324]) {
            for n in [n, -n] {
                assert_eq!(floor(n).to_bits(), n.floor().to_bits(), "floor {n}");
                assert_eq!(ceil(n).to_bits(), n.ceil().to_bits(), "ceil {n}");
            }
        }
        assert!(floor(f64::NAN).is_nan() && ceil(f64::NAN).is_nan());
    }

    #[test]
    fn power_is_that_of_c() {
        assert_eq!(power(3.0, 2.0), 9.0);
        assert_eq!(power(2.0, 0.5), std::f64::consts::SQRT_2);
        assert_eq!(power(f64::NAN, 0.0), 1.0);
    }

    #[test]
    fn numbers_compare_as_numbers() {
        assert!(raw_equal(Value::number(0.0), Value::number(-0.0)));
        assert!(!raw_equal(Value::number(f64::NAN), Value::number(f64::NAN)));
        assert!(!raw_equal(Value::NIL, Value::FALSE));
        assert_eq!(less_than(Value::ZERO, Value::number(1.0)), Some(true));
        assert_eq!(less_than(Value::ZERO, Value::NIL), None);
    }
}
