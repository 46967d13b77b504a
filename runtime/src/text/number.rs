//! Numbers to text and back, as `tostring`, `tonumber` and the coercions of Lua 5.1 do it.
//!
//! * [`parse_number`] accepts what PUC's `luaO_str2d` accepts with glibc's `strtod` behind it: decimal and
//!   hexadecimal numbers with fractions and exponents, infinities and NaNs, spaces around them.
//! * [`parse_with_base`] is `tonumber(s, base)`, which is `strtoul`.
//! * [`format_number`] is `printf("%.14g")`.
//!
//! A NUL byte ends the text to be parsed, as it ends a C string. Every NaN that comes out of here has the
//! bits of [`f64::NAN`] or of its negation, so it may be stored in a boxed value as it is.

use super::decimal::{self, POW10_U64};

/// How many significant digits `tostring` shows (`LUAI_NUMFFORMAT`).
const SIGNIFICANT_DIGITS: u32 = 14;

/// Room for [`format_number`]'s result: the longest is `-1.2345678901234e-308`.
#[derive(Clone, Copy, Debug)]
pub struct NumberBuf([u8; NumberBuf::SIZE]);

impl NumberBuf {
    /// In bytes.
    pub const SIZE: usize = 24;

    /// An empty buffer.
    pub const fn new() -> NumberBuf {
        NumberBuf([0; NumberBuf::SIZE])
    }
}

impl Default for NumberBuf {
    fn default() -> NumberBuf {
        NumberBuf::new()
    }
}

/// Writes `value` as Lua 5.1's `tostring` shows it on x86-64 Linux: `%.14g`, and `inf`, `-inf`, `nan`, `-nan`.
pub fn format_number(value: f64, buf: &mut NumberBuf) -> &[u8] {
    let integer = value as i64;
    let magnitude = integer.unsigned_abs();
    if integer as f64 == value
        && magnitude < POW10_U64[SIGNIFICANT_DIGITS as usize]
        && (integer != 0 || value.is_sign_positive())
    {
        let mut start = decimal::write_integer(&mut buf.0, magnitude);
        if integer < 0 {
            start -= 1;
            buf.0[start] = b'-';
        }
        return &buf.0[start..];
    }
    let end = format_general(value, &mut buf.0);
    &buf.0[..end]
}

/// [`format_number`] for what is not a small integer; returns the length.
fn format_general(value: f64, out: &mut [u8; NumberBuf::SIZE]) -> usize {
    let mut len = 0;
    let mut push = |bytes: &[u8]| {
        out[len..len + bytes.len()].copy_from_slice(bytes);
        len += bytes.len();
    };
    if value.is_sign_negative() {
        push(b"-");
    }
    if !value.is_finite() {
        push(if value.is_nan() { b"nan" } else { b"inf" });
        return len;
    }
    if value == 0.0 {
        push(b"0");
        return len;
    }
    let rounded = decimal::round(value.abs(), SIGNIFICANT_DIGITS);
    let mut text = [0; SIGNIFICANT_DIGITS as usize];
    decimal::write_integer(&mut text, rounded.digits);
    let significant = text.iter().rposition(|&b| b != b'0').map_or(1, |last| last + 1);
    let digits = &text[..significant];
    match rounded.exponent {
        exponent @ 0..14 => {
            let point = exponent as usize + 1;
            if significant <= point {
                push(&text[..point]);
            } else {
                push(&digits[..point]);
                push(b".");
                push(&digits[point..]);
            }
        }
        exponent @ -4..0 => {
            push(&b"0.000"[..(1 - exponent) as usize]);
            push(digits);
        }
        exponent => {
            push(&digits[..1]);
            if significant > 1 {
                push(b".");
                push(&digits[1..]);
            }
            push(if exponent < 0 { b"e-" } else { b"e+" });
            let exponent = exponent.unsigned_abs();
            let mut text = *b"000";
            decimal::write_integer(&mut text, u64::from(exponent));
            push(if exponent < 100 { &text[1..] } else { &text });
        }
    }
    len
}

/// The number that `text` spells, or `None` if Lua 5.1 would not take it for one.
///
/// Source: `luaO_str2d` in PUC's `lobject.c`, and `strtod` in ISO C99, 7.20.1.3.
pub fn parse_number(text: &[u8]) -> Option<f64> {
    let text = until_nul(text);
    // Most numbers in programs and data are a few digits and nothing else.
    if !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_digit) {
        return Some(text.iter().fold(0, |n, b| n * 10 + u64::from(b - b'0')) as f64);
    }
    let text = trim_start(text);
    let (negative, body) = split_sign(text);
    let (magnitude, rest) = match body {
        [b'0', b'x' | b'X', ..] => parse_hexadecimal(&body[2..])?,
        [b'0'..=b'9' | b'.', ..] => parse_decimal(body)?,
        _ => parse_word(body)?,
    };
    trim_start(rest).is_empty().then_some(if negative { -magnitude } else { magnitude })
}

/// `tonumber(text, base)` for a `base` from 2 to 36: an unsigned 64-bit integer, negated modulo 2^64 after a
/// minus sign, and 2^64 - 1 if it is too large, as C's `strtoul` has it.
///
/// # Panics
///
/// If `base` is out of range; the caller has checked it ("base out of range"). Base 10 is no exception
/// here: Lua's `tonumber(s, 10)` is [`parse_number`].
pub fn parse_with_base(text: &[u8], base: u32) -> Option<f64> {
    assert!((2..=36).contains(&base), "the caller checks the base");
    let (negative, mut body) = split_sign(trim_start(until_nul(text)));
    if base == 16
        && let [b'0', b'x' | b'X', digit, ..] = body
        && digit.is_ascii_hexdigit()
    {
        body = &body[2..];
    }
    let digit = |b: &u8| char::from(*b).to_digit(base);
    let count = body.iter().take_while(|b| digit(b).is_some()).count();
    if count == 0 || !trim_start(&body[count..]).is_empty() {
        return None;
    }
    let value = body[..count]
        .iter()
        .filter_map(digit)
        .try_fold(0u64, |n, d| n.checked_mul(u64::from(base))?.checked_add(u64::from(d)));
    Some(match value {
        Some(n) if negative => n.wrapping_neg() as f64,
        Some(n) => n as f64,
        None => u64::MAX as f64,
    })
}

/// What C's `isspace` calls a space; unlike [`u8::is_ascii_whitespace`], with the vertical tab.
pub(super) fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

/// The part of `text` before its first NUL.
fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&b| b == 0).next().unwrap_or_default()
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&b| !is_space(b)).unwrap_or(text.len());
    &text[start..]
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// An optional sign and digits, of which there must be one; the value saturates. Returns the rest too.
fn parse_exponent(text: &[u8]) -> Option<(i64, &[u8])> {
    let (negative, digits) = split_sign(text);
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let value =
        digits[..count].iter().fold(0i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b - b'0')));
    (count > 0).then(|| (if negative { -value } else { value }, &digits[count..]))
}

fn parse_decimal(text: &[u8]) -> Option<(f64, &[u8])> {
    // Up to 19 digits fit in `mantissa`; with more it is not used.
    let mut mantissa = 0u64;
    let mut take_digits = |text: &[u8]| {
        let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
        for b in &text[..count] {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(b - b'0'));
        }
        count
    };
    let whole = take_digits(text);
    let (mut end, mut fraction) = (whole, 0);
    if text.get(whole) == Some(&b'.') {
        fraction = take_digits(&text[whole + 1..]);
        end = whole + 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    let mut exponent = 0;
    if let [b'e' | b'E', tail @ ..] = &text[end..]
        && let Some((value, rest)) = parse_exponent(tail)
    {
        exponent = value;
        end = text.len() - rest.len();
    }
    // Both operands and so the one rounding of the operation are exact (Clinger 1990).
    let scale = exponent.saturating_sub(fraction as i64);
    if whole + fraction <= 19 && mantissa <= 1 << 53 && (-19..=19).contains(&scale) {
        let power = POW10_U64[scale.unsigned_abs() as usize] as f64;
        let value = if scale < 0 { mantissa as f64 / power } else { mantissa as f64 * power };
        return Some((value, &text[end..]));
    }
    let value = std::str::from_utf8(&text[..end]).ok()?.parse().ok()?;
    Some((value, &text[end..]))
}

/// A hexadecimal number without its `0x`.
fn parse_hexadecimal(text: &[u8]) -> Option<(f64, &[u8])> {
    let mut mantissa = 0u64;
    let mut sticky = false; // A digit that no longer fitted was not zero.
    let mut exponent = 0i64;
    let (mut digits, mut seen_point, mut end) = (0, false, 0);
    for &b in text {
        if b == b'.' && !seen_point {
            seen_point = true;
        } else if let Some(digit) = char::from(b).to_digit(16) {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= if seen_point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if seen_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        end += 1;
    }
    if digits == 0 {
        return None;
    }
    if let [b'p' | b'P', tail @ ..] = &text[end..]
        && let Some((value, rest)) = parse_exponent(tail)
    {
        exponent = exponent.saturating_add(value);
        end = text.len() - rest.len();
    }
    Some((compose(mantissa, sticky, exponent), &text[end..]))
}

/// The double nearest to `(mantissa + a bit, if sticky) × 2^exponent`, ties to even.
fn compose(mantissa: u64, sticky: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let zeros = i64::from(mantissa.leading_zeros());
    // The value is in [2^top, 2^(top + 1)).
    let top = exponent.saturating_sub(zeros).saturating_add(63);
    if top > 1023 {
        return f64::INFINITY;
    }
    // Keep 53 bits, or as many as a subnormal number has.
    let keep = 53.min(top.saturating_add(1075));
    if keep < 0 {
        return 0.0;
    }
    let mantissa = mantissa << zeros;
    let dropped = 64 - keep as u32;
    let kept = mantissa.checked_shr(dropped).unwrap_or(0);
    let rest = mantissa.checked_shl(64 - dropped).unwrap_or(mantissa);
    let rest_is_more = rest > 1 << 63 || (rest == 1 << 63 && (sticky || kept & 1 == 1));
    let kept = kept + u64::from(rest_is_more);
    // A carry out of the kept bits runs into the exponent field, which is what should happen.
    let biased = if keep == 53 { (top + 1022) as u64 } else { 0 };
    f64::from_bits((biased << 52) + kept)
}

/// `inf`, `infinity`, `nan` and `nan(letters)`, in any case.
fn parse_word(text: &[u8]) -> Option<(f64, &[u8])> {
    let strip = |word: &[u8]| {
        let (head, rest) = text.split_at_checked(word.len())?;
        head.eq_ignore_ascii_case(word).then_some(rest)
    };
    if let Some(rest) = strip(b"infinity").or_else(|| strip(b"inf")) {
        return Some((f64::INFINITY, rest));
    }
    let rest = strip(b"nan")?;
    if let [b'(', tail @ ..] = rest {
        let word = tail.iter().take_while(|&&b| b.is_ascii_alphanumeric() || b == b'_').count();
        if tail.get(word) == Some(&b')') {
            return Some((f64::NAN, &tail[word + 1..]));
        }
    }
    Some((f64::NAN, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(value: f64) -> String {
        let mut buf = NumberBuf::new();
        String::from_utf8(format_number(value, &mut buf).to_vec()).unwrap()
    }

    #[test]
    fn formats_as_lua51() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-42.0, "-42"),
            (99_999_999_999_999.0, "99999999999999"),
            (-99_999_999_999_999.0, "-99999999999999"),
            (1e14, "1e+14"),
            (123_456_789_012_345.0, "1.2345678901234e+14"),
            (99_999_999_999_999.5, "1e+14"),
            (9_007_199_254_740_992.0, "9.007199254741e+15"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.33333333333333"),
            (100.25, "100.25"),
            (-1e-5, "-1e-05"),
            (1e-4, "0.0001"),
            (0.00012345678901234, "0.00012345678901234"),
            (5e-324, "4.9406564584125e-324"),
            (f64::MAX, "1.7976931348623e+308"),
            (-f64::MAX, "-1.7976931348623e+308"),
            (1e100, "1e+100"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "-nan"),
            (27.1828182845905, "27.18281828459"),
            (1e15, "1e+15"),
            (0.5, "0.5"),
            (12345678.9, "12345678.9"),
        ] {
            assert_eq!(show(value), expected);
        }
    }

    #[test]
    fn parses_what_lua51_parses() {
        for (text, expected) in [
            ("0", 0.0),
            ("  5  ", 5.0),
            ("\x0b5\x0c", 5.0),
            ("5\0rest", 5.0),
            ("+5", 5.0),
            ("-0", -0.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("08", 8.0),
            ("1e5", 1e5),
            ("1E+05", 1e5),
            ("1e400", f64::INFINITY),
            ("-1e400", f64::NEG_INFINITY),
            ("1e-400", 0.0),
            ("1e99999999999999999999", f64::INFINITY),
            ("0e99999999999999999999", 0.0),
            ("1e-99999999999999999999", 0.0),
            ("123456789012345678901234567890", 123456789012345678901234567890.0),
            ("9007199254740993", 9007199254740992.0),
            ("0.1", 0.1),
            ("27.1828182845905", 27.1828182845905),
            ("0x10", 16.0),
            ("-0x10", -16.0),
            ("0X.8", 0.5),
            ("0x1.", 1.0),
            ("0x1p4", 16.0),
            ("0x1.8P+1", 3.0),
            ("0xep1", 28.0),
            ("0x1p-1074", 5e-324),
            ("0x1p-1075", 0.0),
            ("0x1.0000001p-1075", 5e-324),
            ("0x1.fffffffffffff8p-1023", 2.2250738585072014e-308),
            ("0x123456789abcdef01", 2.0988295479420645e19),
            ("0x20000000000001", 9007199254740992.0),
            ("0x20000000000001.00000000000000001", 9007199254740994.0),
            ("0x1p99999999999999999999", f64::INFINITY),
            ("0x0p99999999999999999999", 0.0),
            ("0x1p-99999999999999999999", 0.0),
            ("0x1.fffffffffffff8p1023", f64::INFINITY),
            ("inf", f64::INFINITY),
            ("-INFINITY", f64::NEG_INFINITY),
        ] {
            let parsed = parse_number(text.as_bytes()).unwrap_or_else(|| panic!("{text:?} is a number"));
            assert_eq!(parsed.to_bits(), expected.to_bits(), "{text:?} gave {parsed:e}");
        }
        for (text, negative) in [("nan", false), ("-NaN", true), ("nan(a_1)", false), ("-nan()", true)] {
            let parsed = parse_number(text.as_bytes()).unwrap();
            assert!(parsed.is_nan() && parsed.is_sign_negative() == negative, "{text}");
        }
    }

    #[test]
    fn refuses_what_lua51_refuses() {
        for text in [
            "", " ", ".", "-", "+-5", "- 1", "1e", "1e+", "0x", "0x.", "0x.p1", "0x 1", "0x1p", "0x1.8p",
            "0xg", "5 x", "1_0", "0b1", "1e1.0", "infin", "infx", "nan(", "nan(a-b)", "na", "\u{a0}4",
            "1..2", "0x1e+1", "e5", ".e5", "\x005",
        ] {
            assert_eq!(parse_number(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn bases_are_strtoul() {
        for (text, base, expected) in [
            ("10", 2, Some(2.0)),
            ("zZ", 36, Some(1295.0)),
            ("7fffffff", 16, Some(2147483647.0)),
            ("ffffffffffffffffffff", 16, Some(18446744073709551615.0)),
            ("-ffffffffffffffffffff", 16, Some(18446744073709551615.0)),
            ("-10", 2, Some(18446744073709551614.0)),
            ("  -ff ", 16, Some(18446744073709551361.0)),
            ("0x10", 16, Some(16.0)),
            ("-0x1f", 16, Some(18446744073709551585.0)),
            ("0x", 16, None),
            ("0xg", 16, None),
            ("0x", 34, Some(33.0)),
            ("12", 2, None),
            ("", 2, None),
            ("-", 8, None),
            ("+7", 8, Some(7.0)),
            ("8", 8, None),
            ("1 1", 2, None),
            ("1\0", 2, Some(1.0)),
            ("1.5", 8, None),
        ] {
            assert_eq!(parse_with_base(text.as_bytes(), base), expected, "{text:?} in base {base}");
        }
    }
}
