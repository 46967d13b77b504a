//! Sets of bytes: what `.`, `%a` and `[^%s_]` mean.

/// One bit for each byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub const EMPTY: ByteSet = ByteSet([0; 4]);
    pub const ALL: ByteSet = ByteSet([!0; 4]);

    pub fn of(b: u8) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        set.insert(b);
        set
    }

    /// The class `%letter`, in the C locale; a character that names no class stands for itself.
    pub fn class(letter: u8) -> ByteSet {
        let member: fn(&u8) -> bool = match letter.to_ascii_lowercase() {
            b'a' => u8::is_ascii_alphabetic,
            b'c' => u8::is_ascii_control,
            b'd' => u8::is_ascii_digit,
            b'l' => u8::is_ascii_lowercase,
            b'p' => u8::is_ascii_punctuation,
            b's' => |&b| super::super::number::is_space(b),
            b'u' => u8::is_ascii_uppercase,
            b'w' => u8::is_ascii_alphanumeric,
            b'x' => u8::is_ascii_hexdigit,
            b'z' => |&b| b == 0,
            _ => return ByteSet::of(letter),
        };
        let mut set = ByteSet::EMPTY;
        // No class but a complement has a byte that is not ASCII.
        (0..128).filter(member).for_each(|b| set.insert(b));
        if letter.is_ascii_uppercase() { set.complement() } else { set }
    }

    #[inline]
    pub fn contains(&self, b: u8) -> bool {
        self.0[usize::from(b >> 6)] >> (b & 63) & 1 != 0
    }

    pub fn insert(&mut self, b: u8) {
        self.0[usize::from(b >> 6)] |= 1 << (b & 63);
    }

    pub fn complement(self) -> ByteSet {
        ByteSet(self.0.map(|bits| !bits))
    }

    pub fn union(self, other: ByteSet) -> ByteSet {
        ByteSet(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub fn is_disjoint(self, other: ByteSet) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & b == 0)
    }

    /// The byte, if there is exactly one.
    pub fn only(self) -> Option<u8> {
        let count: u32 = self.0.iter().map(|bits| bits.count_ones()).sum();
        let word = self.0.iter().position(|&bits| bits != 0)?;
        (count == 1).then(|| (64 * word) as u8 + self.0[word].trailing_zeros() as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        assert!(ByteSet::class(b's').contains(0x0b));
        assert!(ByteSet::class(b'W').contains(0xff));
        assert!(!ByteSet::class(b'w').contains(0xff));
        assert_eq!(ByteSet::class(b'%').only(), Some(b'%'));
        assert_eq!(ByteSet::class(b'z').only(), Some(0));
        assert_eq!(ByteSet::of(0xc8).only(), Some(0xc8));
        assert_eq!(ByteSet::class(b'd').only(), None);
        assert_eq!(ByteSet::EMPTY.only(), None);
        assert!(ByteSet::class(b'a').is_disjoint(ByteSet::class(b'A')));
        assert_eq!(ByteSet::class(b'a').union(ByteSet::class(b'A')), ByteSet::ALL);
    }
}
