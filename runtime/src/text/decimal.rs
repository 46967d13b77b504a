//! Correctly rounded decimal digits of a double: what `tostring`, `%g`, `%e` and most of `%f` are made of.
//!
//! [`round`] gives the first `n` significant digits of a number, as C's printf would round them (to
//! nearest on the exact binary value, ties to even). Up to [`MAX_FAST_DIGITS`] digits take a short path:
//! one 64 × 64 → 128-bit multiplication by a rounded power of ten. The product is a lower bound whose error
//! is known, so it either decides the rounding or says that it cannot; then, and for more digits, the
//! standard library's exact conversion does the work.
//!
//! The idea is that of Grisu's counted mode (Loitsch, "Printing Floating-Point Numbers Quickly and
//! Accurately with Integers", 2010) with a full table of powers instead of a sparse one.

use std::fmt::{self, Write};

/// Up to so many digits the multiplication can be used: more do not leave enough bits to round by.
pub(super) const MAX_FAST_DIGITS: u32 = 17;

/// A rounded positive number: `digits × 10^(exponent - n + 1)`, so `exponent` is that of the first digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Exactly `n` digits, the first one not zero.
    pub digits: u64,
    /// The power of ten of the first digit, after rounding.
    pub exponent: i32,
}

/// Rounds `value` to `n` significant digits.
///
/// `value` must be positive and finite, and `n` between 1 and [`MAX_FAST_DIGITS`].
pub(super) fn round(value: f64, n: u32) -> Decimal {
    debug_assert!(value > 0.0 && value.is_finite() && (1..=MAX_FAST_DIGITS).contains(&n));
    round_fast(value, n).unwrap_or_else(|| round_exact(value, n))
}

/// The integer powers of ten that fit in 64 bits.
pub(super) const POW10_U64: [u64; 20] = {
    let mut powers = [1; 20];
    let mut i = 1;
    while i < 20 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// The smallest and largest power of ten that [`round_fast`] multiplies by.
const MIN_POWER: i32 = -310;
const MAX_POWER: i32 = 342;
const POWERS: usize = (MAX_POWER - MIN_POWER + 1) as usize;

/// The upper 64 bits of `10^q`, normalised (the top bit is set) and rounded down.
static POWER_MANTISSA: [u64; POWERS] = power_mantissas();

/// `10^q` is exact in [`POWER_MANTISSA`] for these `q`: `5^27` is the last power of five below `2^64`.
const EXACT_POWERS: std::ops::RangeInclusive<i32> = 0..=27;

/// Computes the table with 128-bit mantissas. Every step rounds down by a few units in the last of its 128 bits, so
/// after 342 steps the upper 64 bits are still those of a value less than one unit (and a 2^-50th) below the true one.
const fn power_mantissas() -> [u64; POWERS] {
    let mut table = [0; POWERS];
    let zero = -MIN_POWER as usize;
    let mut mantissa: u128 = 1 << 127;
    let mut i = zero;
    while i < POWERS {
        table[i] = (mantissa >> 64) as u64;
        // Times 10 is times 5/4 and a shift that normalisation drops.
        let half = mantissa >> 1;
        let product = half + (half >> 2);
        mantissa = if product >> 127 == 0 { product << 1 } else { product };
        i += 1;
    }
    let mut mantissa: u128 = 1 << 127;
    let mut i = zero;
    while i > 0 {
        // Divided by 10 is times 4/5 and a shift.
        let quotient = (mantissa / 5) << 2;
        mantissa = if quotient >> 127 == 0 { quotient << 1 } else { quotient };
        i -= 1;
        table[i] = (mantissa >> 64) as u64;
    }
    table
}

/// `value = mantissa × 2^exponent2`, with the mantissa's top bit set.
fn decompose(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let biased = (bits >> 52) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent2) =
        if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    let shift = mantissa.leading_zeros();
    (mantissa << shift, exponent2 - shift as i32)
}

/// `10^q` is its entry in [`POWER_MANTISSA`] times two to this: `floor(log2(10^q)) - 63`.
fn power_exponent2(q: i32) -> i32 {
    ((q * 217_706) >> 16) - 63
}

/// The integer part and the rest of `product / 2^point`, and what half a unit is in terms of that rest.
fn split_product(product: u128, point: i32) -> (u64, u128, u128) {
    ((product >> point) as u64, product & ((1 << point) - 1), 1 << (point - 1))
}

/// The multiplication; `None` if its error bound spans a rounding boundary.
fn round_fast(value: f64, n: u32) -> Option<Decimal> {
    let (mantissa, exponent2) = decompose(value);
    // floor(log10(2^e)); the first digit's power is this one or the next.
    let mut power = ((exponent2 + 63) * 315_653) >> 20;
    loop {
        let q = n as i32 - 1 - power;
        let factor = POWER_MANTISSA[(q - MIN_POWER) as usize];
        let product = u128::from(mantissa) * u128::from(factor);
        // value × 10^q = product / 2^point, of which the integer part is the digits wanted.
        let point = -(exponent2 + power_exponent2(q));
        let (integer, rest, half) = split_product(product, point);
        if integer >= POW10_U64[n as usize] {
            power += 1;
            continue;
        }
        let up = if EXACT_POWERS.contains(&q) {
            rest > half || (rest == half && integer & 1 == 1)
        } else {
            // The true product is at most (1 + 2^-50) × mantissa < 2^65 above this one.
            if rest < half && rest + (1 << 65) >= half {
                return None;
            }
            rest >= half
        };
        let digits = integer + u64::from(up);
        return Some(if digits == POW10_U64[n as usize] {
            Decimal { digits: digits / 10, exponent: power + 1 }
        } else {
            Decimal { digits, exponent: power }
        });
    }
}

/// Rounds `value × 10^places` to an integer, if `places` is small and the result fits in 64 bits.
///
/// `value` must be positive and finite. Powers of ten from 0 on are exact in the table, and so is this.
pub(super) fn round_to_place(value: f64, places: u32) -> Option<u64> {
    let q = i32::try_from(places).ok().filter(|q| EXACT_POWERS.contains(q))?;
    let (mantissa, exponent2) = decompose(value);
    let product = u128::from(mantissa) * u128::from(POWER_MANTISSA[(q - MIN_POWER) as usize]);
    let point = -(exponent2 + power_exponent2(q));
    match point {
        // The product has 127 or 128 bits.
        129.. => Some(0),
        128 => Some(u64::from(product > 1 << 127)),
        65..128 => {
            let (integer, rest, half) = split_product(product, point);
            Some(integer + u64::from(rest > half || (rest == half && integer & 1 == 1)))
        }
        _ => None,
    }
}

#[cold]
fn round_exact(value: f64, n: u32) -> Decimal {
    let mut text = Text::<32>::new();
    text.push_exponential(value, n as usize - 1);
    let (digits, exponent) = text.split_exponential();
    let digits = digits.iter().filter(|&&b| b != b'.').fold(0, |n, b| n * 10 + u64::from(b - b'0'));
    Decimal { digits, exponent }
}

/// A small text on the stack, for the standard library to format into.
pub(super) struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    pub fn new() -> Self {
        Text { bytes: [0; N], len: 0 }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends `value` with `precision` digits after the point. The caller has chosen `N` so that it fits.
    pub fn push_fixed(&mut self, value: f64, precision: usize) {
        write!(self, "{value:.precision$}").expect("the buffer holds the longest number");
    }

    /// Appends `value` as in `1.25e-7`, with `precision` digits after the point.
    pub fn push_exponential(&mut self, value: f64, precision: usize) {
        write!(self, "{value:.precision$e}").expect("the buffer holds the longest number");
    }

    /// Takes what [`Text::push_exponential`] wrote apart: the digits, with their point, and the exponent.
    pub fn split_exponential(&self) -> (&[u8], i32) {
        let text = self.as_bytes();
        let e = text.iter().position(|&b| b == b'e').expect("an exponential has an exponent");
        let exponent = std::str::from_utf8(&text[e + 1..]).ok().and_then(|s| s.parse().ok());
        (&text[..e], exponent.expect("the exponent is an integer"))
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let end = self.len + s.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(s.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// The digits `00` to `99`, to write two at a time.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut i = 0;
    while i < 100 {
        pairs[2 * i] = b'0' + (i / 10) as u8;
        pairs[2 * i + 1] = b'0' + (i % 10) as u8;
        i += 1;
    }
    pairs
};

/// Writes `n` in decimal so that it ends where `buf` ends; returns where it starts.
pub(super) fn write_integer(buf: &mut [u8], mut n: u64) -> usize {
    let mut at = buf.len();
    while n >= 100 {
        let pair = 2 * (n % 100) as usize;
        n /= 100;
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if n >= 10 {
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[2 * n as usize..2 * n as usize + 2]);
    } else {
        at -= 1;
        buf[at] = b'0' + n as u8;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_ends_are_right() {
        // 10^-310 and 10^342, from an arbitrary-precision calculation; 10^0 and 10^1 by hand.
        assert_eq!(POWER_MANTISSA[-MIN_POWER as usize], 1 << 63);
        assert_eq!(POWER_MANTISSA[(1 - MIN_POWER) as usize], 0b1010 << 60);
        assert_eq!(POWER_MANTISSA[0], 0x9344_5b87_3158_7ea3);
        assert_eq!(POWER_MANTISSA[POWERS - 1], 0x8921_79be_91d4_3a43);
    }

    #[test]
    fn fast_path_agrees_with_exact_conversion() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut undecided = 0;
        for i in 0..200_000u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = match i % 4 {
                0 => f64::from_bits(state >> 1),
                1 => (state >> 40) as f64 / 1000.0,
                2 => (state >> 11) as f64 / 9_007_199_254_740_992.0,
                _ => f64::from_bits(state >> 13), // Subnormal numbers and the smallest normal ones.
            };
            if !(value > 0.0 && value.is_finite()) {
                continue;
            }
            let n = 1 + i % MAX_FAST_DIGITS;
            match round_fast(value, n) {
                Some(decimal) => assert_eq!(decimal, round_exact(value, n), "{value:e} to {n} digits"),
                None => undecided += 1,
            }
        }
        assert!(undecided < 2000, "{undecided} undecided");
    }

    #[test]
    fn every_power_of_ten_and_its_neighbours() {
        for e in -323..=308 {
            let power: f64 = format!("1e{e}").parse().unwrap();
            for value in [power.next_down(), power, power.next_up()] {
                for n in 1..=MAX_FAST_DIGITS {
                    if value > 0.0 {
                        assert_eq!(round(value, n), round_exact(value, n), "{value:e} to {n} digits");
                    }
                }
            }
        }
    }

    #[test]
    fn rounding_to_a_place() {
        for (value, places, expected) in [
            (0.5, 0, Some(0)),
            (1.5, 0, Some(2)),
            (2.5, 0, Some(2)),
            (0.125, 2, Some(12)),
            (1e-30, 20, Some(0)),
            (0.5f64.next_up(), 0, Some(1)),
            (5e-324, 27, Some(0)),
            (999.999, 2, Some(100_000)),
            (1e18, 0, Some(1_000_000_000_000_000_000)),
            (1e25, 0, None),
            (1.0, 28, None),
        ] {
            assert_eq!(round_to_place(value, places), expected, "{value:e} to {places} places");
        }
    }

    #[test]
    fn integers_are_written_at_the_end() {
        for n in [0, 7, 10, 99, 100, 12345, u64::MAX] {
            let mut buf = [0; 20];
            let at = write_integer(&mut buf, n);
            assert_eq!(&buf[at..], n.to_string().as_bytes());
        }
    }
}
