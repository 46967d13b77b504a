//! The conversions of `string.format`: one [`Spec`] is one `%-08.3f`, parsed once and applied to a value.
//!
//! Flags, widths, precisions and rounding are those of C's printf as glibc has them, to any size of number
//! (`%.99f` of `1e308` is exact). `%d` and its kin convert as x86-64 C code converts a double to a `long
//! long`. `%a` is not in Lua 5.1 and is as in LuaJIT: subnormal numbers normalised, ties rounded up.
//!
//! Where we differ from PUC 5.1: a NUL is a character like any other for `%c` and `%s`; there it ends the item.

use std::borrow::Cow;

use super::decimal::{self, MAX_FAST_DIGITS, Text};

/// A parsed conversion: what stands between `%` and its letter, and the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`: a sign also for positive numbers.
    pub plus: bool,
    /// A space in the place of a plus sign.
    pub space: bool,
    /// `#`: C's alternative form.
    pub alternate: bool,
    /// `0`: pad with zeros behind the sign.
    pub zero: bool,
    /// The least number of bytes, 0 to 99.
    pub width: u8,
    /// What follows the point, 0 to 99; just a point means 0.
    pub precision: Option<u8>,
    /// What to convert.
    pub conversion: Conversion,
}

/// What the letter of a conversion asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `%c`: a number as a byte.
    Char,
    /// `%d`, `%i`.
    Signed,
    /// `%u`.
    Unsigned,
    /// `%o`.
    Octal,
    /// `%x`, `%X`.
    Hex(Case),
    /// `%e`, `%E`.
    Exponential(Case),
    /// `%f`.
    Fixed,
    /// `%g`, `%G`.
    General(Case),
    /// `%a`, `%A`: a LuaJIT extension.
    HexFloat(Case),
    /// `%q`: see [`super::quote`]; flags, width and precision mean nothing to it.
    Quoted,
    /// `%p`: an object's address, which the caller spells; a LuaJIT extension.
    Pointer,
    /// `%s`.
    String,
}

impl Conversion {
    /// What a letter asks for, if it is one of a conversion.
    fn of(letter: u8) -> Option<Conversion> {
        Some(match letter {
            b'c' => Conversion::Char,
            b'd' | b'i' => Conversion::Signed,
            b'u' => Conversion::Unsigned,
            b'o' => Conversion::Octal,
            b'x' => Conversion::Hex(Case::Lower),
            b'X' => Conversion::Hex(Case::Upper),
            b'e' => Conversion::Exponential(Case::Lower),
            b'E' => Conversion::Exponential(Case::Upper),
            b'f' => Conversion::Fixed,
            b'g' => Conversion::General(Case::Lower),
            b'G' => Conversion::General(Case::Upper),
            b'p' => Conversion::Pointer,
            b'a' => Conversion::HexFloat(Case::Lower),
            b'A' => Conversion::HexFloat(Case::Upper),
            b'q' => Conversion::Quoted,
            b's' => Conversion::String,
            _ => return None,
        })
    }
}

/// Of the letters in a converted number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Lower,
    Upper,
}

/// Why a conversion could not be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// More than five flags.
    RepeatedFlags,
    /// A width or precision of three digits.
    TooLong,
    /// An unknown letter, or `None` at the end of the format.
    InvalidOption(Option<u8>),
}

impl FormatError {
    /// PUC's message; bytes, because an unknown letter may be any byte.
    pub fn message(self) -> Cow<'static, [u8]> {
        match self {
            FormatError::RepeatedFlags => Cow::Borrowed(b"invalid format (repeated flags)"),
            FormatError::TooLong => Cow::Borrowed(b"invalid format (width or precision too long)"),
            FormatError::InvalidOption(letter) => {
                let letter: &[u8] = &letter.filter(|&b| b != 0).map_or(vec![], |b| vec![b]);
                Cow::Owned([b"invalid option '%", letter, b"' to 'format'"].concat())
            }
        }
    }
}

impl Spec {
    /// Parses the conversion that `text` starts with, `text` being what follows a `%` (and not `%%`).
    /// Returns its length too.
    ///
    /// # Errors
    ///
    /// In PUC's order: [`FormatError::RepeatedFlags`], [`FormatError::TooLong`], [`FormatError::InvalidOption`].
    ///
    /// Source: `scanformat` in PUC 5.1's `lstrlib.c`.
    pub fn parse(text: &[u8]) -> Result<(Spec, usize), FormatError> {
        let mut spec = Spec {
            left: false,
            plus: false,
            space: false,
            alternate: false,
            zero: false,
            width: 0,
            precision: None,
            conversion: Conversion::String,
        };
        if let Some(conversion) = text.first().and_then(|&letter| Conversion::of(letter)) {
            return Ok((Spec { conversion, ..spec }, 1));
        }
        let mut at = 0;
        while let Some(&flag) = text.get(at) {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                b'0' => spec.zero = true,
                _ => break,
            }
            at += 1;
        }
        if at > 5 {
            return Err(FormatError::RepeatedFlags);
        }
        let two_digits = |at: &mut usize| {
            let mut n = 0;
            for _ in 0..2 {
                let Some(digit) = text.get(*at).filter(|b| b.is_ascii_digit()) else { break };
                n = n * 10 + (digit - b'0');
                *at += 1;
            }
            n
        };
        spec.width = two_digits(&mut at);
        if text.get(at) == Some(&b'.') {
            at += 1;
            spec.precision = Some(two_digits(&mut at));
        }
        let letter = text.get(at).copied();
        if letter.is_some_and(|b| b.is_ascii_digit()) {
            return Err(FormatError::TooLong);
        }
        let conversion = letter.and_then(Conversion::of);
        spec.conversion = conversion.ok_or(FormatError::InvalidOption(letter))?;
        Ok((spec, at + 1))
    }

    /// Appends `value` as any conversion of a number (everything but `%s`, `%q` and `%p`) shows it.
    ///
    /// # Panics
    ///
    /// If the conversion is [`Conversion::String`], [`Conversion::Quoted`] or [`Conversion::Pointer`].
    pub fn append_number(&self, out: &mut Vec<u8>, value: f64) {
        match self.conversion {
            // A C `int` as an unsigned char; x86-64 converts what does not fit to INT_MIN, whose low byte is 0.
            // A NUL ends what `sprintf` has written, for PUC Lua takes it as a C string.
            Conversion::Char => {
                let fits = value > -2_147_483_649.0 && value < 2_147_483_648.0;
                let byte = if fits { value as i32 as u8 } else { 0 };
                let start = out.len();
                self.append_text(out, &[byte]);
                if byte == 0 {
                    let end = out[start..].iter().position(|&b| b == 0).map_or(out.len(), |n| start + n);
                    out.truncate(end);
                }
            }
            Conversion::Signed => {
                let n = to_signed(value);
                self.append_integer(out, self.sign(n < 0), n.unsigned_abs());
            }
            Conversion::Unsigned | Conversion::Octal | Conversion::Hex(_) => {
                self.append_integer(out, b"", to_unsigned(value));
            }
            Conversion::Exponential(_)
            | Conversion::Fixed
            | Conversion::General(_)
            | Conversion::HexFloat(_) => self.append_float(out, value),
            Conversion::Quoted | Conversion::String | Conversion::Pointer => {
                unreachable!("the caller has told numbers from strings")
            }
        }
    }

    /// What PUC Lua shows of the argument of `%s`: it hands a short text, or one that is to be cut, to C's `sprintf`, for which
    /// it ends at a NUL.
    pub fn shown_part<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        const LONG: usize = 100;
        if self.precision.is_none() && text.len() >= LONG {
            return text;
        }
        &text[..memchr::memchr(0, text).unwrap_or(text.len())]
    }

    /// Appends `text` as `%s` does: cut to the precision, padded with spaces to the width.
    pub fn append_string(&self, out: &mut Vec<u8>, text: &[u8]) {
        let len = self.precision.map_or(text.len(), |p| text.len().min(usize::from(p)));
        self.append_text(out, &text[..len]);
    }

    fn append_text(&self, out: &mut Vec<u8>, text: &[u8]) {
        let start = out.len();
        out.extend_from_slice(text);
        self.pad(out, start, None);
    }

    fn sign(&self, negative: bool) -> &'static [u8] {
        match (negative, self.plus, self.space) {
            (true, ..) => b"-",
            (false, true, _) => b"+",
            (false, false, true) => b" ",
            (false, false, false) => b"",
        }
    }

    /// Pads what `out` holds from `start` on to the width. `zeros_at` says where zeros may go, behind sign and
    /// prefix, if the `0` flag counts for this conversion.
    fn pad(&self, out: &mut Vec<u8>, start: usize, zeros_at: Option<usize>) {
        let Some(fill) = (start + usize::from(self.width)).checked_sub(out.len()).filter(|&n| n > 0) else {
            return;
        };
        let (at, byte) = match zeros_at {
            _ if self.left => (out.len(), b' '),
            Some(at) if self.zero => (at, b'0'),
            _ => (start, b' '),
        };
        out.resize(out.len() + fill, byte);
        out[at..].rotate_right(fill);
    }

    fn append_integer(&self, out: &mut Vec<u8>, sign: &[u8], magnitude: u64) {
        if self.width == 0 && self.precision.is_none() && self.conversion == Conversion::Signed {
            out.extend_from_slice(sign);
            return append_decimal(out, magnitude);
        }
        let mut buf = [0; 24]; // 2^64 has 22 octal digits.
        let first = match self.conversion {
            Conversion::Octal => write_power_of_two_base(&mut buf, magnitude, 3, b"01234567"),
            Conversion::Hex(Case::Lower) => write_power_of_two_base(&mut buf, magnitude, 4, LOWER_HEX),
            Conversion::Hex(Case::Upper) => write_power_of_two_base(&mut buf, magnitude, 4, UPPER_HEX),
            _ => decimal::write_integer(&mut buf, magnitude),
        };
        // Zero to no digits is nothing at all.
        let digits = if magnitude == 0 && self.precision == Some(0) { &[] } else { &buf[first..] };
        let start = out.len();
        out.extend_from_slice(sign);
        let mut least = usize::from(self.precision.unwrap_or(0));
        if self.alternate {
            match self.conversion {
                Conversion::Hex(Case::Lower) if magnitude != 0 => out.extend_from_slice(b"0x"),
                Conversion::Hex(Case::Upper) if magnitude != 0 => out.extend_from_slice(b"0X"),
                Conversion::Octal if digits.first() != Some(&b'0') => least = least.max(digits.len() + 1),
                _ => {}
            }
        }
        let zeros_at = self.precision.is_none().then_some(out.len());
        push_zeros(out, least.saturating_sub(digits.len()));
        out.extend_from_slice(digits);
        self.pad(out, start, zeros_at);
    }

    fn append_float(&self, out: &mut Vec<u8>, value: f64) {
        let start = out.len();
        out.extend_from_slice(self.sign(value.is_sign_negative()));
        let magnitude = value.abs();
        let precision = self.precision.map_or(6, usize::from);
        let mut zeros_at = Some(out.len());
        if !value.is_finite() {
            out.extend_from_slice(if value.is_nan() { b"nan" } else { b"inf" });
            zeros_at = None;
        } else {
            match self.conversion {
                Conversion::Exponential(_) => {
                    let mut digits = [0; MAX_DIGITS];
                    let exponent = significant_digits(&mut digits[..=precision], magnitude);
                    self.append_scientific(out, &digits[..=precision], exponent);
                }
                Conversion::General(_) => self.append_general(out, magnitude, precision.max(1)),
                Conversion::HexFloat(_) => {
                    out.extend_from_slice(b"0x");
                    zeros_at = Some(out.len());
                    self.append_hex_float(out, magnitude);
                }
                _ => self.append_fixed(out, magnitude, precision),
            }
        }
        if let Conversion::Exponential(Case::Upper)
        | Conversion::General(Case::Upper)
        | Conversion::HexFloat(Case::Upper) = self.conversion
        {
            out[start..].make_ascii_uppercase();
        }
        self.pad(out, start, zeros_at);
    }

    /// The point, if digits follow or `#` asks for it, and the digits.
    fn append_fraction(&self, out: &mut Vec<u8>, digits: &[u8]) {
        if !digits.is_empty() || self.alternate {
            out.push(b'.');
            out.extend_from_slice(digits);
        }
    }

    /// `d.ddde+XX`.
    fn append_scientific(&self, out: &mut Vec<u8>, digits: &[u8], exponent: i32) {
        out.push(digits[0]);
        self.append_fraction(out, &digits[1..]);
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        if exponent.unsigned_abs() < 10 {
            out.push(b'0');
        }
        append_decimal(out, u64::from(exponent.unsigned_abs()));
    }

    fn append_general(&self, out: &mut Vec<u8>, magnitude: f64, precision: usize) {
        let mut buf = [0; MAX_DIGITS];
        let digits = &mut buf[..precision];
        let exponent = significant_digits(digits, magnitude);
        let mut digits = &digits[..];
        let fixed = exponent >= -4 && exponent < precision as i32;
        if !self.alternate {
            // Trailing zeros of the fraction go; those of an integer part stay.
            let whole = if fixed && exponent > 0 { exponent as usize + 1 } else { 1 };
            while digits.len() > whole && digits.ends_with(b"0") {
                digits = &digits[..digits.len() - 1];
            }
        }
        if !fixed {
            self.append_scientific(out, digits, exponent);
        } else if exponent >= 0 {
            let (whole, fraction) = digits.split_at(exponent as usize + 1);
            out.extend_from_slice(whole);
            self.append_fraction(out, fraction);
        } else {
            out.extend_from_slice(b"0.");
            push_zeros(out, (-exponent - 1) as usize);
            out.extend_from_slice(digits);
        }
    }

    fn append_fixed(&self, out: &mut Vec<u8>, magnitude: f64, precision: usize) {
        let rounded = match magnitude {
            0.0 => Some(0),
            _ => decimal::round_to_place(magnitude, precision as u32),
        };
        let Some(rounded) = rounded else {
            let mut text = Text::<{ 309 + 1 + 99 }>::new();
            text.push_fixed(magnitude, precision);
            out.extend_from_slice(text.as_bytes());
            if precision == 0 {
                self.append_fraction(out, &[]);
            }
            return;
        };
        let mut buf = [b'0'; 128];
        let first = decimal::write_integer(&mut buf, rounded);
        let point = buf.len() - precision;
        out.extend_from_slice(&buf[first.min(point - 1)..point]);
        self.append_fraction(out, &buf[point..]);
    }

    /// Source: LuaJIT's `lj_strfmt_num.c`.
    fn append_hex_float(&self, out: &mut Vec<u8>, magnitude: f64) {
        let bits = magnitude.to_bits();
        let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
        // magnitude = mantissa × 2^(exponent - 52), and bit 52 is the top one unless the number is 0.
        let (mut mantissa, exponent) = match (biased, fraction) {
            (0, 0) => (0, 0),
            (0, _) => {
                let shift = fraction.leading_zeros() - 11;
                (fraction << shift, -1022 - shift as i32)
            }
            _ => (fraction | 1 << 52, biased - 1023),
        };
        let shortest = if fraction == 0 { 0 } else { 13 - mantissa.trailing_zeros() as usize / 4 };
        let precision = self.precision.map_or(shortest, usize::from);
        if precision < 13 {
            mantissa += 1 << (51 - 4 * precision);
        }
        // The leading digit is 0, 1, or after rounding 2.
        out.push(b'0' + (mantissa >> 52) as u8);
        let mut digits = [b'0'; MAX_DIGITS];
        for (i, digit) in digits[..precision.min(13)].iter_mut().enumerate() {
            *digit = LOWER_HEX[(mantissa >> (48 - 4 * i) & 15) as usize];
        }
        self.append_fraction(out, &digits[..precision]);
        out.extend_from_slice(if exponent < 0 { b"p-" } else { b"p+" });
        append_decimal(out, u64::from(exponent.unsigned_abs()));
    }
}

/// The conversion of a double to a `long long` in x86-64 C code: towards zero, and to the least integer for
/// what does not fit and for NaN.
pub fn to_signed(value: f64) -> i64 {
    if (-TWO_63..TWO_63).contains(&value) { value as i64 } else { i64::MIN }
}

/// The conversion of a double to an `unsigned long long` in x86-64 C code, as gcc compiles it: negative
/// numbers wrap around, and what is too large gives 0.
pub fn to_unsigned(value: f64) -> u64 {
    if value >= TWO_63 { to_signed(value - TWO_63) as u64 ^ 1 << 63 } else { to_signed(value) as u64 }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;
const LOWER_HEX: &[u8; 16] = b"0123456789abcdef";
const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The most significant digits that `%e` can ask for.
const MAX_DIGITS: usize = 100;

/// Fills `digits` with the first significant digits of `magnitude`; returns the first one's power of ten.
fn significant_digits(digits: &mut [u8], magnitude: f64) -> i32 {
    digits.fill(b'0');
    if magnitude == 0.0 {
        0
    } else if digits.len() <= MAX_FAST_DIGITS as usize {
        let rounded = decimal::round(magnitude, digits.len() as u32);
        decimal::write_integer(digits, rounded.digits);
        rounded.exponent
    } else {
        let mut text = Text::<{ MAX_DIGITS + 8 }>::new();
        text.push_exponential(magnitude, digits.len() - 1);
        let (mantissa, exponent) = text.split_exponential();
        digits[0] = mantissa[0];
        digits[1..].copy_from_slice(&mantissa[2..]);
        exponent
    }
}

fn write_power_of_two_base<const N: usize>(buf: &mut [u8], mut n: u64, bits: u32, digits: &[u8; N]) -> usize {
    let mut at = buf.len();
    loop {
        at -= 1;
        buf[at] = digits[(n & ((1 << bits) - 1)) as usize];
        n >>= bits;
        if n == 0 {
            return at;
        }
    }
}

fn append_decimal(out: &mut Vec<u8>, n: u64) {
    let mut buf = [0; 20];
    let first = decimal::write_integer(&mut buf, n);
    out.extend_from_slice(&buf[first..]);
}

fn push_zeros(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len() + count, b'0');
}

#[cfg(test)]
mod tests;
