//! The generator behind `math.random`: xoshiro256**.
//!
//! Lua 5.1 calls C's `rand`, whose quality and period are the platform's. This one passes the usual test
//! batteries, has a period of 2^256 - 1, needs four words of state and no division, and gives the same
//! numbers everywhere.
//!
//! Source: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2019.

/// A generator. Its state is public to the reader of this file only, and never all zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator whose numbers are a function of `seed`, as `math.randomseed` wants it. Any double will do;
    /// different bits give different sequences, and near seeds unrelated ones.
    pub fn from_seed(seed: f64) -> Random {
        // -0 is 0 to a Lua program.
        let mut x = if seed == 0.0 { 0 } else { seed.to_bits() };
        // SplitMix64, which the authors recommend to fill the state. It visits 0 once in 2^64 steps, so of four
        // words in a row at most one is 0.
        let state = std::array::from_fn(|_| {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ z >> 31
        });
        Random { state }
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A double in `[0, 1)`, all multiples of 2^-53 being equally likely: `math.random()`.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// An integer from `low` to `high`, both included: `math.random(low, high)`, and `math.random(n)` with a
    /// `low` of 1. Both are integers and `low <= high` ("interval is empty" is the caller's error).
    #[inline]
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        // PUC's formula. Rounding can lead out of an interval of more than 2^53 integers only.
        ((self.unit() * (high - low + 1.0)).floor() + low).min(high)
    }
}

impl Default for Random {
    /// Seeded with 0, so that programs which never seed do the same in each run, as with C's `rand`.
    fn default() -> Random {
        Random::from_seed(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_sequence() {
        // From the authors' xoshiro256starstar.c, with the state 1, 2, 3, 4.
        let mut random = Random { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..5).map(|_| random.next_u64()).collect();
        assert_eq!(first, [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360]);
    }

    #[test]
    fn numbers_stay_in_their_interval_and_fill_it() {
        let mut random = Random::from_seed(42.0);
        let mut seen = [0u32; 7];
        let mut sum = 0.0;
        for _ in 0..70_000 {
            let unit = random.unit();
            assert!((0.0..1.0).contains(&unit));
            sum += unit;
            seen[(random.range(-3.0, 3.0) + 3.0) as usize] += 1;
        }
        assert!((sum / 70_000.0 - 0.5).abs() < 0.01);
        assert!(seen.iter().all(|&n| (9_500..10_500).contains(&n)), "{seen:?}");
        assert_eq!(random.range(5.0, 5.0), 5.0);
    }

    #[test]
    fn seeds() {
        let first = |seed| Random::from_seed(seed).next_u64();
        assert_eq!(first(0.0), first(-0.0));
        assert_ne!(first(1.0), first(2.0));
        assert_ne!(first(0.1), first(0.2));
    }
}
