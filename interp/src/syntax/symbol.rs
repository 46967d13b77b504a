//! Symbols: each distinct name and string of a chunk, hashed once.
//!
//! The lexer turns the bytes of an identifier or string literal into a [`Symbol`]; from there on
//! names are compared as integers, and a string is made in the VM once per chunk, however often it
//! occurs. Names and string literals share the table, because `t.x` and `t["x"]` use one key.

/// A name or string of one chunk: an index into its [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// The position in [`Symbols`], for tables indexed by symbol.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

macro_rules! well_known {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, )*) => {
        /// Symbols that the grammar itself gives to variables; present in every table.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum WellKnown { $( $name, )* }
        impl Symbol { $( $(#[$doc])* pub const $name: Symbol = Symbol(WellKnown::$name as u32); )* }
        const WELL_KNOWN: &[&[u8]] = &[ $( $text, )* ];
    };
}

well_known! {
    /// The first parameter of `function t:m()`.
    SELF = b"self",
    /// The table of extra arguments (`LUA_COMPAT_VARARG`).
    ARG = b"arg",
    /// `goto` is a name that becomes a keyword where a statement starts and a name follows.
    GOTO = b"goto",
    /// First hidden variable of a numeric `for`.
    FOR_INDEX = b"(for index)",
    /// Second hidden variable of a numeric `for`.
    FOR_LIMIT = b"(for limit)",
    /// Third hidden variable of a numeric `for`.
    FOR_STEP = b"(for step)",
    /// First hidden variable of a generic `for`.
    FOR_GENERATOR = b"(for generator)",
    /// Second hidden variable of a generic `for`.
    FOR_STATE = b"(for state)",
    /// Third hidden variable of a generic `for`.
    FOR_CONTROL = b"(for control)",
}

struct Entry {
    start: u32,
    len: u32,
    hash: u32,
}

/// The table of a chunk's symbols.
pub struct Symbols {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Open addressing, linear probing: index into `entries` plus one; 0 is free. The length is a
    /// power of two and at least twice `entries.len()`.
    table: Vec<u32>,
}

impl Default for Symbols {
    fn default() -> Symbols {
        Symbols::new()
    }
}

impl Symbols {
    /// A table with the well-known symbols.
    pub fn new() -> Symbols {
        let mut symbols =
            Symbols { bytes: Vec::with_capacity(256), entries: Vec::with_capacity(32), table: vec![0; 64] };
        for text in WELL_KNOWN {
            symbols.intern(text);
        }
        symbols
    }

    /// The symbol with these bytes, or else where in the table it would be.
    fn find(&self, text: &[u8], hash: u32) -> Result<Symbol, usize> {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(index) = self.table[at].checked_sub(1) {
            let entry = &self.entries[index as usize];
            if entry.hash == hash && self.text(Symbol(index)) == text {
                return Ok(Symbol(index));
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    /// Whether there is a symbol with these bytes.
    pub fn contains(&self, text: &[u8]) -> bool {
        self.find(text, hash(text)).is_ok()
    }

    /// The symbol with these bytes, made if need be.
    pub fn intern(&mut self, text: &[u8]) -> Symbol {
        let hash = hash(text);
        let at = match self.find(text, hash) {
            Ok(symbol) => return symbol,
            Err(at) => at,
        };
        let index = self.entries.len() as u32;
        self.entries.push(Entry { start: self.bytes.len() as u32, len: text.len() as u32, hash });
        self.bytes.extend_from_slice(text);
        self.table[at] = index + 1;
        if self.entries.len() * 2 > self.table.len() {
            self.grow();
        }
        Symbol(index)
    }

    #[cold]
    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        self.table = vec![0; mask + 1];
        for (index, entry) in self.entries.iter().enumerate() {
            let mut at = entry.hash as usize & mask;
            while self.table[at] != 0 {
                at = (at + 1) & mask;
            }
            self.table[at] = index as u32 + 1;
        }
    }

    /// The bytes of a symbol.
    pub fn text(&self, symbol: Symbol) -> &[u8] {
        let entry = &self.entries[symbol.index()];
        &self.bytes[entry.start as usize..][..entry.len as usize]
    }

    /// How many symbols there are; they are numbered from 0.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Never true: the well-known symbols are always there.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Folded multiplication, eight bytes at a time. Only this table sees the value, so nothing but
/// speed depends on it.
fn hash(text: &[u8]) -> u32 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let fold = |a: u64| {
        let wide = u128::from(a) * u128::from(K);
        (wide as u64) ^ ((wide >> 64) as u64)
    };
    let mut state = text.len() as u64 ^ K;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        state = fold(state ^ u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    fold(state ^ u64::from_le_bytes(last)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interning() {
        let mut symbols = Symbols::new();
        assert_eq!(symbols.intern(b"self"), Symbol::SELF);
        assert_eq!(symbols.text(Symbol::FOR_CONTROL), b"(for control)");
        let first: Vec<_> = (0..5000).map(|i| symbols.intern(format!("name{i}").as_bytes())).collect();
        assert!(symbols.contains(b"name77") && !symbols.contains(b"name"));
        let again: Vec<_> = (0..5000).map(|i| symbols.intern(format!("name{i}").as_bytes())).collect();
        assert_eq!(first, again);
        assert_eq!(symbols.text(first[4999]), b"name4999");
        assert_ne!(symbols.intern(b"a"), symbols.intern(b"a\0"));
    }
}
