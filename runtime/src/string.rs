//! Strings: creating them, the intern table, hashes, and the names that the VM itself needs.
//!
//! Strings of at most [`MAX_INTERNED`] bytes are interned: there is one object for each content, so equality is
//! identity. Longer ones are made without a look-up, compared by content and hashed when somebody first asks. Both hashes
//! run over the whole content and are seeded, so nobody can choose colliding keys.
//!
//! The intern table is weak: after each marking the collector has it forget the strings that died. It is an
//! open-addressing table whose words hold a pointer and twenty bits of the hash, so a look-up reads almost no string
//! but the right one, and growing and removing read none.
//!
//! # Rules
//!
//! 1. Every word of the table but [`Word::EMPTY`] points to a string that was live at the last sweep: the
//!    sweep of the table comes before any memory is reused.
//! 2. `young` lists the interned strings made since the last sweep, and no others: only they can die in a minor cycle.

use crate::error::{OutOfMemory, Throw};
use crate::heap::{Heap, block, prefetch};
use crate::object::{Gc, Kind, LuaString, gc_flag};
use crate::value::Type;
use crate::{Value, Vm};
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// The most bytes of an interned string.
pub const MAX_INTERNED: usize = 40;

/// Bytes of a string object with `len` bytes of content: the head, the content, a NUL.
pub const fn byte_size(len: usize) -> usize {
    size_of::<LuaString>() + len + 1
}

/// Whether two strings have the same content.
#[inline]
pub fn string_eq(a: Gc<LuaString>, b: Gc<LuaString>) -> bool {
    a == b || (!a.is_interned() && !b.is_interned() && a.bytes() == b.bytes())
}

impl Gc<LuaString> {
    /// The hash of the whole content. A long string's is computed when this is first called.
    #[inline(always)]
    pub fn hash(self) -> u32 {
        let hash = self.header.word;
        if hash != 0 || self.is_interned() { hash } else { hash_long(self) }
    }
}

/// Computes and keeps a long string's hash (0 means "not yet", so it is never that).
///
/// The seed belongs to the process: the order of a table's keys does not depend on hashes, so the seed shows nowhere.
#[cold]
fn hash_long(s: Gc<LuaString>) -> u32 {
    static SEED: OnceLock<Hasher> = OnceLock::new();
    let hasher = SEED.get_or_init(|| Hasher::new(RandomState::new().hash_one(0)));
    let hash = hasher.hash(s.bytes()).max(1);
    // SAFETY: the string is live, and whoever calls this owns the VM: nobody else looks at the header.
    unsafe { (*s.header()).word = hash };
    hash
}

// ---- hashing

/// The keys of a seeded hash: wyhash's scheme (folded 64-bit multiplications) with all its constants from the seed.
#[derive(Clone, Copy)]
pub struct Hasher {
    keys: [u64; 4],
}

/// The halves of the 128-bit product, folded into one word.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[inline(always)]
fn read8(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn read4(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")))
}

impl Hasher {
    pub fn new(seed: u64) -> Hasher {
        // SplitMix64: independent odd-looking words from any seed, zero included.
        let mut state = seed;
        let keys = std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Hasher { keys }
    }

    #[inline]
    pub fn hash(&self, bytes: &[u8]) -> u32 {
        let [k0, k1, k2, k3] = self.keys;
        let n = bytes.len();
        let mut state = k0;
        let (a, b) = match n {
            0 => (0, 0),
            1..=3 => (u64::from(bytes[0]) | u64::from(bytes[n / 2]) << 8 | u64::from(bytes[n - 1]) << 16, 0),
            4..=7 => (read4(bytes, 0), read4(bytes, n - 4)),
            8..=16 => (read8(bytes, 0), read8(bytes, n - 8)),
            _ => {
                let mut rest = bytes;
                if n > 64 {
                    // Two lanes, so that the multiplications of long strings overlap.
                    let mut other = k3;
                    while rest.len() > 32 {
                        state = fold(read8(rest, 0) ^ k1, read8(rest, 8) ^ state);
                        other = fold(read8(rest, 16) ^ k2, read8(rest, 24) ^ other);
                        rest = &rest[32..];
                    }
                    state ^= other;
                }
                while rest.len() > 16 {
                    state = fold(read8(rest, 0) ^ k1, read8(rest, 8) ^ state);
                    rest = &rest[16..];
                }
                (read8(bytes, n - 16), read8(bytes, n - 8))
            }
        };
        let mixed = fold(a ^ k2, b ^ state);
        let hash = fold(mixed ^ k3, (n as u64) ^ k1);
        (hash ^ (hash >> 32)) as u32
    }
}

// ---- the intern table

/// A table word: a pointer to a string, and twenty bits of its hash in the bits that a pointer to a granule leaves free.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word(u64);

impl Word {
    /// Nothing: probing ends here.
    const EMPTY: Word = Word(0);
    const POINTER: u64 = (1 << 48) - 16;
    const HASH_BITS: u32 = 20;

    fn new(s: *mut LuaString, hash: u32) -> Word {
        let hash = u64::from(hash);
        Word(s as u64 | hash & 15 | (hash >> 4) << 48)
    }

    fn pointer(self) -> *mut LuaString {
        (self.0 & Self::POINTER) as *mut LuaString
    }

    /// The hash's low bits.
    fn hash_bits(self) -> u32 {
        ((self.0 >> 48) << 4 | self.0 & 15) as u32
    }

    /// Where this string's probe sequence starts. Only in huge tables must the string be looked at.
    ///
    /// # Safety
    ///
    /// The word's string is intact.
    #[inline(always)]
    unsafe fn home(self, mask: usize) -> usize {
        if mask >> Self::HASH_BITS == 0 {
            self.hash_bits() as usize & mask
        } else {
            // SAFETY: the caller vouches for the string.
            unsafe { (*self.pointer()).header.word as usize & mask }
        }
    }
}

const INITIAL_WORDS: usize = 1024;

/// How many words ahead the sweep fetches.
const SWEEP_AHEAD: usize = 8;

/// The interned strings of a state.
pub struct Strings {
    words: Box<[Word]>,
    len: usize,
    young: Vec<Word>,
    hasher: Hasher,
    /// The strings of one byte that have been asked for with [`Vm::byte_string`]; null: not yet.
    bytes: [*mut LuaString; 256],
}

impl Strings {
    pub fn new(seed: u64) -> Strings {
        Strings {
            words: vec![Word::EMPTY; INITIAL_WORDS].into(),
            len: 0,
            young: Vec::new(),
            hasher: Hasher::new(seed),
            bytes: [std::ptr::null_mut(); 256],
        }
    }

    /// How many strings are interned.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The string with this content, interned if it is short.
    #[inline]
    pub fn intern(&mut self, heap: &mut Heap, bytes: &[u8]) -> Result<Gc<LuaString>, OutOfMemory> {
        if bytes.len() > MAX_INTERNED {
            return new_copy(heap, bytes);
        }
        let hash = self.hasher.hash(bytes);
        let mask = self.words.len() - 1;
        let mut at = hash as usize & mask;
        // A word with this hash and no pointer: what differs from it in nothing but the pointer is worth a look.
        let pattern = Word::new(std::ptr::null_mut(), hash).0;
        loop {
            let word = self.words[at];
            if word == Word::EMPTY {
                break;
            }
            if (word.0 ^ pattern) & !Word::POINTER == 0 {
                // SAFETY: rule 1.
                let s = unsafe { Gc::from_raw(word.pointer()) };
                if s.header.word == hash && is_same_short(s.bytes(), bytes) {
                    return Ok(s);
                }
            }
            at = (at + 1) & mask;
        }
        let s = new_copy(heap, bytes)?;
        // SAFETY: a fresh object.
        unsafe {
            (*s.header()).word = hash;
            (*s.header()).gc |= gc_flag::INTERNED;
        }
        let word = Word::new(s.as_ptr(), hash);
        self.young.push(word);
        self.words[at] = word;
        self.len += 1;
        if self.len * 3 > self.words.len() * 2 {
            self.rebuild(heap, self.words.len() * 2, |_| true);
        }
        Ok(s)
    }

    /// Moves the words for which `keep` holds to a new table.
    #[cold]
    fn rebuild(&mut self, heap: &mut Heap, size: usize, keep: impl Fn(Word) -> bool) {
        heap.account((size as isize - self.words.len() as isize) * size_of::<Word>() as isize);
        let old = std::mem::replace(&mut self.words, vec![Word::EMPTY; size].into());
        self.len = 0;
        let mask = size - 1;
        for &word in old.iter().filter(|&&w| w != Word::EMPTY && keep(w)) {
            // SAFETY: rule 1.
            let mut at = unsafe { word.home(mask) };
            while self.words[at] != Word::EMPTY {
                at = (at + 1) & mask;
            }
            self.words[at] = word;
            self.len += 1;
        }
    }

    /// Takes the word at `hole` out, and moves those that were pushed behind it back, so that probing needs no marks
    /// of removed words.
    fn remove(&mut self, mut hole: usize) {
        let mask = self.words.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let word = self.words[at];
            if word == Word::EMPTY {
                break;
            }
            // SAFETY: rule 1.
            let home = unsafe { word.home(mask) };
            // It may move to the hole if that is not before its home (cyclically).
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.words[hole] = word;
                hole = at;
            }
        }
        self.words[hole] = Word::EMPTY;
        self.len -= 1;
    }

    /// Forgets the young strings that are not marked (the end of a minor cycle).
    pub(crate) fn sweep_young(&mut self) {
        let mask = self.words.len() - 1;
        let mut young = std::mem::take(&mut self.young);
        for (i, &word) in young.iter().enumerate() {
            // SAFETY: rule 2: the strings were made since the last sweep, and their memory is not reused yet.
            // Interned strings are too short for the large-object space.
            unsafe {
                // The table is often too big for the caches.
                if let Some(next) = young.get(i + SWEEP_AHEAD) {
                    prefetch(&raw const self.words[next.home(mask)]);
                }
                if !block::is_marked(word.pointer() as *mut _) {
                    let mut at = word.home(mask);
                    while self.words[at] != word {
                        at = (at + 1) & mask;
                    }
                    self.remove(at);
                }
            }
        }
        young.clear();
        self.young = young;
    }

    /// Forgets every string that is not marked (the end of a major cycle).
    pub(crate) fn sweep_all(&mut self, heap: &mut Heap) {
        self.young = Vec::new();
        // A quarter full at least, unless strings died: then the next major cycle makes it so.
        let sparse = self.len * 8 < self.words.len() && self.words.len() > INITIAL_WORDS;
        let size = if sparse { self.words.len() / 2 } else { self.words.len() };
        // SAFETY: rule 1; see `sweep_young`.
        self.rebuild(heap, size, |word| unsafe { block::is_marked(word.pointer() as *mut _) });
    }

    /// The strings that live as long as the state.
    pub(crate) fn roots(&self) -> impl Iterator<Item = *mut LuaString> + '_ {
        self.bytes.iter().copied().filter(|s| !s.is_null())
    }
}

/// A string object, neither interned nor hashed, whose content is still to be written, with the NUL behind it.
#[inline(always)]
fn allocate(heap: &mut Heap, len: usize) -> Result<*mut LuaString, OutOfMemory> {
    if len > LuaString::MAX_LEN {
        return Err(OutOfMemory);
    }
    let s = heap.alloc(Kind::String, byte_size(len))? as *mut LuaString;
    // SAFETY: the object is fresh.
    unsafe {
        (*s).header.word = 0;
        (*s).len = len as u32;
        (*s).well_known = 0;
    }
    Ok(s)
}

/// A string object with this content.
#[inline(always)]
fn new_copy(heap: &mut Heap, bytes: &[u8]) -> Result<Gc<LuaString>, OutOfMemory> {
    let s = allocate(heap, bytes.len())?;
    // SAFETY: the object is fresh and has room for the content and the NUL.
    unsafe {
        let data = LuaString::data(s) as *mut u8;
        data.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        data.add(bytes.len()).write(0);
        Ok(Gc::from_raw(s))
    }
}

/// A string object whose content `fill` writes.
fn new_filled(
    heap: &mut Heap,
    len: usize,
    fill: impl FnOnce(&mut [u8]),
) -> Result<Gc<LuaString>, OutOfMemory> {
    let s = allocate(heap, len)?;
    // SAFETY: the object is fresh and has room for the content and the NUL; it is zeroed before it is lent out as a slice.
    unsafe {
        let data = LuaString::data(s) as *mut u8;
        data.write_bytes(0, len + 1);
        fill(std::slice::from_raw_parts_mut(data, len));
        Ok(Gc::from_raw(s))
    }
}

/// Whether two contents of interned strings are the same: mostly they are, and too short for a call to be worth it.
#[inline(always)]
fn is_same_short(a: &[u8], b: &[u8]) -> bool {
    let n = a.len();
    if n != b.len() {
        return false;
    }
    match n {
        0..=3 => a.iter().eq(b),
        4..=7 => read4(a, 0) == read4(b, 0) && read4(a, n - 4) == read4(b, n - 4),
        _ => {
            // The last eight bytes may overlap those before.
            let (mut at, last) = (0, n - 8);
            while at < last && read8(a, at) == read8(b, at) {
                at += 8;
            }
            at >= last && read8(a, last) == read8(b, last)
        }
    }
}

impl Vm {
    /// The string with this content: the interned one if it is short, else a new one.
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> Result<Gc<LuaString>, OutOfMemory> {
        self.strings.intern(&mut self.heap, bytes)
    }

    /// The same as a value.
    #[inline]
    pub fn new_string(&mut self, bytes: &[u8]) -> Result<Value, Throw> {
        match self.intern(bytes) {
            Ok(s) => Ok(Value::string(s)),
            Err(OutOfMemory) => Err(self.throw_memory()),
        }
    }

    /// All `parts`, joined.
    pub fn string_from_parts(&mut self, parts: &[&[u8]]) -> Result<Value, Throw> {
        let len = parts.iter().map(|p| p.len()).sum();
        self.string_with(len, |mut content| {
            for part in parts {
                let (head, rest) = content.split_at_mut(part.len());
                head.copy_from_slice(part);
                content = rest;
            }
        })
    }

    /// The string of `len` bytes that `fill` writes into zeroed room.
    pub fn string_with(&mut self, len: usize, fill: impl FnOnce(&mut [u8])) -> Result<Value, Throw> {
        let made = if len <= MAX_INTERNED {
            let mut content = [0; MAX_INTERNED];
            fill(&mut content[..len]);
            self.intern(&content[..len])
        } else {
            new_filled(&mut self.heap, len, fill)
        };
        match made {
            Ok(s) => Ok(Value::string(s)),
            Err(OutOfMemory) => Err(self.throw_memory()),
        }
    }

    /// As [`Vm::intern`], for a piece of another string: often one byte, which needs no hashing.
    #[inline]
    pub fn intern_piece(&mut self, piece: &[u8]) -> Result<Gc<LuaString>, OutOfMemory> {
        match *piece {
            [byte] => self.byte_string(byte),
            _ => self.intern(piece),
        }
    }

    /// The string of this one byte, without hashing.
    #[inline]
    pub fn byte_string(&mut self, byte: u8) -> Result<Gc<LuaString>, OutOfMemory> {
        let known = self.strings.bytes[usize::from(byte)];
        if !known.is_null() {
            // SAFETY: strings in this table are roots.
            return Ok(unsafe { Gc::from_raw(known) });
        }
        let s = self.intern(&[byte])?;
        self.strings.bytes[usize::from(byte)] = s.as_ptr();
        Ok(s)
    }
}

// ---- names

/// Every type, in the order of its numbers.
const TYPES: [Type; Type::COUNT] = [
    Type::Nil,
    Type::Boolean,
    Type::LightUserdata,
    Type::Number,
    Type::String,
    Type::Table,
    Type::Function,
    Type::Userdata,
    Type::Thread,
];

/// Hands every metamethod name to `$mac!`: what it is for, variant, field, text.
#[macro_export]
macro_rules! for_each_event {
    ($mac:ident) => {
        $mac! {
            Index index "__index",
            NewIndex newindex "__newindex",
            Eq eq "__eq",
            Len len "__len",
            Call call "__call",
            Gc gc "__gc",
            Mode mode "__mode",
            Add add "__add",
            Sub sub "__sub",
            Mul mul "__mul",
            Div div "__div",
            Mod mod_ "__mod",
            Pow pow "__pow",
            Unm unm "__unm",
            Lt lt "__lt",
            Le le "__le",
            Concat concat "__concat",
            Metatable metatable "__metatable",
            ToString tostring "__tostring",
            Name name "__name",
        }
    };
}

macro_rules! define_names {
    ($( $event:ident $field:ident $text:literal, )*) => {
        /// What a metamethod is called for, or another key of metatables that the VM looks at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Event { $( $event, )* }

        impl Event {
            pub const ALL: &'static [Event] = &[ $( Event::$event, )* ];

            /// The key in the metatable.
            pub const fn text(self) -> &'static str {
                match self { $( Event::$event => $text, )* }
            }
        }

        /// The strings that the VM itself needs; they are never collected. The object of an event's name carries its
        /// number plus one in [`LuaString::well_known`].
        pub struct WellKnown {
            $( pub $field: Gc<LuaString>, )*
            /// `""`
            pub empty: Gc<LuaString>,
            /// `"n"`, of the implicit `arg` table.
            pub n: Gc<LuaString>,
            /// What `type` returns, by [`Type`].
            pub types: [Gc<LuaString>; Type::COUNT],
        }

        impl WellKnown {
            pub fn new(heap: &mut Heap, strings: &mut Strings) -> Result<WellKnown, OutOfMemory> {
                let mut make = |text: &str| strings.intern(heap, text.as_bytes());
                let empty = make("")?;
                let mut types = [empty; Type::COUNT];
                for (slot, ty) in types.iter_mut().zip(TYPES) {
                    *slot = make(ty.name())?;
                }
                let names = WellKnown { $( $field: make($text)?, )* empty, n: make("n")?, types };
                for &event in Event::ALL {
                    // SAFETY: a live string, which nobody else looks at.
                    unsafe { (*names.event(event).as_ptr()).well_known = event as u32 + 1 };
                }
                Ok(names)
            }

            /// The name of `event`.
            #[inline(always)]
            pub fn event(&self, event: Event) -> Gc<LuaString> {
                match event { $( Event::$event => self.$field, )* }
            }

            /// What `type` returns for a value of this type.
            #[inline(always)]
            pub fn type_name(&self, ty: Type) -> Gc<LuaString> {
                self.types[ty as usize]
            }

            /// All of them, for the collector.
            pub(crate) fn roots(&self) -> impl Iterator<Item = Gc<LuaString>> + '_ {
                [$( self.$field, )* self.empty, self.n].into_iter().chain(self.types)
            }
        }
    };
}
for_each_event!(define_names);

impl Event {
    /// The event whose name this string is.
    #[inline]
    pub fn of_name(name: Gc<LuaString>) -> Option<Event> {
        Event::ALL.get((name.well_known as usize).wrapping_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_contents_are_the_same_only_if_each_byte_is() {
        for n in 0..=MAX_INTERNED {
            let bytes: Vec<u8> = (0..n as u8).collect();
            assert!(is_same_short(&bytes, &bytes.clone()));
            assert!(!is_same_short(&bytes, &[&bytes[..], b"x"].concat()));
            for i in 0..n {
                let mut other = bytes.clone();
                other[i] ^= 0x80;
                assert!(!is_same_short(&bytes, &other), "byte {i} of {n}");
            }
        }
    }
    use std::collections::HashSet;

    #[test]
    fn every_byte_and_the_seed_matter() {
        let hasher = Hasher::new(1);
        for len in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 64, 65, 100, 129, 200] {
            let base: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut seen = HashSet::from([hasher.hash(&base)]);
            for i in 0..len {
                for bit in 0..8 {
                    let mut changed = base.clone();
                    changed[i] ^= 1 << bit;
                    assert!(seen.insert(hasher.hash(&changed)), "bit {bit} of byte {i} of {len}");
                }
            }
            assert_ne!(hasher.hash(&base), Hasher::new(2).hash(&base));
            assert_ne!(hasher.hash(&base), hasher.hash(&[&base[..], &[0]].concat()));
        }
    }

    #[test]
    fn the_bits_that_tables_use_are_spread_evenly() {
        let hasher = Hasher::new(0);
        const CELLS: usize = 1024;
        for pattern in ["x", "key ", "a rather long prefix of a key: "] {
            let mut cells = [0; CELLS];
            for i in 0..CELLS * 16 {
                cells[hasher.hash(format!("{pattern}{i}").as_bytes()) as usize % CELLS] += 1;
            }
            let (least, most) = (cells.iter().min().unwrap(), cells.iter().max().unwrap());
            assert!(*least >= 2 && *most <= 40, "{pattern}: {least} to {most}");
        }
    }

    #[test]
    fn removing_keeps_every_other_string_findable() {
        let mut heap = Heap::new();
        let mut strings = Strings::new(5);
        let mut live: Vec<Gc<LuaString>> = Vec::new();
        for i in 0..2000 {
            live.push(strings.intern(&mut heap, format!("s{i}").as_bytes()).unwrap());
        }
        // Out of the table in another order than they came in.
        let mut order: Vec<usize> = (0..2000).map(|i| i * 1237 % 2000).collect();
        while let Some(gone) = order.pop() {
            let s = live[gone];
            let mask = strings.words.len() - 1;
            let word = Word::new(s.as_ptr(), s.header.word);
            // SAFETY: the string is intact.
            let mut at = unsafe { word.home(mask) };
            while strings.words[at] != word {
                at = (at + 1) & mask;
            }
            strings.remove(at);
            if order.len().is_multiple_of(97) {
                for &i in &order {
                    assert!(strings.intern(&mut heap, live[i].bytes()).unwrap() == live[i]);
                }
                assert_eq!(strings.len(), order.len());
            }
        }
    }

    #[test]
    fn names_know_their_event() {
        let mut heap = Heap::new();
        let mut strings = Strings::new(0);
        let names = WellKnown::new(&mut heap, &mut strings).unwrap();
        for &event in Event::ALL {
            assert_eq!(names.event(event).bytes(), event.text().as_bytes());
            assert_eq!(Event::of_name(names.event(event)), Some(event));
        }
        assert_eq!(Event::of_name(names.empty), None);
        assert_eq!(names.type_name(Type::Userdata).bytes(), b"userdata");
        assert!(strings.intern(&mut heap, b"__index").unwrap() == names.index);
    }
}
