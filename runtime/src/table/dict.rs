//! The dictionary: open addressing over insertion-ordered entries.
//!
//! An index word is an entry's number + 1, so the entries stay dense and in the order in which they came. A key's entry is
//! never taken out of the index: removing stores nil, storing again revives the entry in place, and a rebuild
//! ([`super::rehash`]) drops what is nil by then.
//!
//! # Rules
//!
//! 1. Keys are in normal form ([`normal_number`]); of two equal keys only one has an entry.
//! 2. Keys are live objects or [`DEAD_KEY`], which stands where no key is to be found again.
//! 3. At least half of the index is empty, so that a probe ends soon: most find what they look for, or nothing, at once.

use crate::Value;
use crate::heap::DEAD_KEY;
use crate::object::{Dict, DictEntry, Gc, Table};
use crate::string::string_eq;

/// A number as a key: `-0` is `0`.
#[inline(always)]
pub(super) fn normal_number(n: f64) -> Value {
    Value::number(n + 0.0)
}

/// What the hash of a number or an address is a part of the product with.
pub const HASH_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The words of the smallest index.
const MIN_INDEX: usize = 8;

/// The entries that fit an index of `len` words, which native code relies on to be so many of four.
pub const fn cap_of_index(len: usize) -> usize {
    len / 2
}

/// The index that `entries` entries need, with room for a third more.
pub(super) const fn index_for(entries: usize) -> usize {
    let len = (entries * 8).div_ceil(3).next_power_of_two();
    if len < MIN_INDEX { MIN_INDEX } else { len }
}

#[inline(always)]
fn hash(key: Value) -> u32 {
    match key.as_string() {
        Some(s) => s.hash(),
        None => identity_hash(key),
    }
}

/// The hash of a key for which [`is_identity_key`] holds.
#[inline(always)]
fn identity_hash(key: Value) -> u32 {
    match key.as_string() {
        Some(s) => s.header.word,
        None => {
            // The low bits of a small integer's double are all zero, those of an address nearly so.
            let bits = key.to_bits();
            ((bits ^ bits >> 32).wrapping_mul(HASH_FACTOR) >> 32) as u32
        }
    }
}

/// The integer that `key`, in normal form, is, if an array part could hold it.
#[inline(always)]
pub(super) fn array_candidate(key: Value) -> Option<u32> {
    let n = key.as_number()?;
    let k = n as u32;
    (f64::from(k) == n && k <= super::MAX_ARRAY).then_some(k)
}

/// Whether `key`, which is neither nil nor NaN, is equal to no other value: all keys in normal form are, but for long strings.
#[inline(always)]
pub(super) fn is_identity_key(key: Value) -> bool {
    key.as_string().is_none_or(|s| s.is_interned())
}

/// A word of a dictionary's index that is empty, and the first such for the key that was looked for.
pub(super) struct IndexPlace(u32);

/// What [`find_identical`] gives where there is no entry.
pub(super) const NO_ENTRY: *mut DictEntry = std::ptr::null_mut();

/// The entry of `key`, or [`NO_ENTRY`]: the leaf of the two searches, which compares only identities.
///
/// # Safety
///
/// As for [`find`]; and [`is_identity_key`] holds of the key. (A key that no table can have is not found.)
#[inline(always)]
pub(super) unsafe fn find_identical(dict: *mut Dict, key: Value) -> *mut DictEntry {
    if dict.is_null() {
        return NO_ENTRY;
    }
    // SAFETY: the caller vouches for the dictionary.
    unsafe { find_place(dict, key) }.unwrap_or(NO_ENTRY)
}

/// The entry of `key`, or the place in the index for [`insert_at`].
///
/// # Safety
///
/// As for [`find_identical`], and `dict` is not null.
#[inline(always)]
pub(super) unsafe fn find_place(dict: *mut Dict, key: Value) -> Result<*mut DictEntry, IndexPlace> {
    // SAFETY: the caller vouches for the dictionary.
    unsafe { probe(dict, identity_hash(key), |k| k == key) }
}

/// Whether integer `k` is to be stored beside so many others after the integers among a small table's keys have been counted, to see
/// whether they should be in the array part: PUC Lua does that when its node array is full, and one sees it by the length of a list with
/// holes. It needs not be done for keys so great that they cannot be among those that make it dense. Greater tables count when their
/// dictionary is full.
#[inline(always)]
pub(super) fn is_counted_first(k: u32, t: Gc<Table>, slots: u32, dict: &Dict) -> bool {
    let keys = slots + dict.count;
    keys <= 64 && keys & keys.wrapping_sub(1) == 0 && k < 2 * (t.asize + dict.integer_keys + 1)
}

/// Whether a new key of `t`, which has that many slots, may get an entry without more ado: neither the array part nor the dictionary
/// has to grow for it.
///
/// # Safety
///
/// The table has a dictionary, in which the key, neither nil nor NaN, has no entry.
#[inline(always)]
pub(super) unsafe fn accepts_entry(t: Gc<Table>, slots: u32, key: Value) -> bool {
    // SAFETY: the dictionary of a live table is live.
    let dict = unsafe { &*t.dict };
    let belongs_here = match array_candidate(key) {
        Some(k) => {
            let is_in_reserve = k < t.acap && dict.integer_keys == 0;
            k != 0 && k != t.asize.max(1) && !is_in_reserve && !is_counted_first(k, t, slots, dict)
        }
        None => true,
    };
    belongs_here && dict.count < dict.cap
}

/// The entry of `key`.
///
/// # Safety
///
/// `dict` is null or a live dictionary that keeps the rules above; `key` is in normal form. The result is good until
/// the dictionary is rebuilt.
#[inline]
pub(super) unsafe fn find(dict: *mut Dict, key: Value) -> Option<*mut DictEntry> {
    if dict.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the dictionary, and rule 2 for its keys.
    unsafe {
        match key.as_string() {
            Some(s) if !s.is_interned() => {
                probe(dict, s.hash(), |k| k == key || k.as_string().is_some_and(|o| string_eq(o, s)))
            }
            _ => find_place(dict, key),
        }
    }
    .ok()
}

/// # Safety
///
/// As [`find`], and `dict` is not null.
#[inline(always)]
unsafe fn probe(
    dict: *mut Dict,
    hash: u32,
    is_it: impl Fn(Value) -> bool,
) -> Result<*mut DictEntry, IndexPlace> {
    // SAFETY: index words are 0 or numbers of used entries, counted from 1; rule 3 ends the loop.
    unsafe {
        let (index, entries, mask) = (Dict::index(dict), Dict::entries(dict), (*dict).mask);
        let mut at = hash & mask;
        loop {
            match *index.add(at as usize) {
                0 => return Err(IndexPlace(at)),
                n => {
                    let entry = entries.add(n as usize - 1);
                    if is_it((*entry).key) {
                        return Ok(entry);
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }
}

/// Adds an entry for a key that has none.
///
/// # Safety
///
/// `dict` is a live dictionary with room for an entry; `key` is in normal form and has no entry.
pub(super) unsafe fn insert(dict: *mut Dict, key: Value, value: Value) {
    // SAFETY: the caller's word; the index has empty words (rule 3).
    unsafe {
        let (index, mask) = (Dict::index(dict), (*dict).mask);
        let mut at = hash(key) & mask;
        while *index.add(at as usize) != 0 {
            at = (at + 1) & mask;
        }
        insert_at(dict, IndexPlace(at), key, value);
    }
}

/// Adds an entry where the search for its key has ended.
///
/// # Safety
///
/// As for [`insert`]; `place` is what [`find_place`] has just found for the key.
#[inline(always)]
pub(super) unsafe fn insert_at(dict: *mut Dict, place: IndexPlace, key: Value, value: Value) {
    // SAFETY: there is room, by the caller's word.
    unsafe {
        debug_assert!((*dict).count < (*dict).cap);
        *Dict::entries(dict).add((*dict).count as usize) = DictEntry { key, value };
        (*dict).count += 1;
        (*dict).integer_keys += array_candidate(key).is_some() as u32;
        *Dict::index(dict).add(place.0 as usize) = (*dict).count;
    }
}

/// Makes a new object an empty dictionary.
///
/// # Safety
///
/// `dict` is an object with an initialised header and `Dict::byte_size(cap_of_index(index_len), index_len)` bytes.
pub(super) unsafe fn init(dict: *mut Dict, index_len: usize) {
    // SAFETY: the caller vouches for the memory.
    unsafe {
        (*dict).cap = cap_of_index(index_len) as u32;
        (*dict).mask = index_len as u32 - 1;
        (*dict)._pad = 0;
        clear(dict);
    }
}

/// Drops all entries.
///
/// # Safety
///
/// `dict` is a live dictionary whose `cap` and `mask` are set.
pub(super) unsafe fn clear(dict: *mut Dict) {
    // SAFETY: the index has `mask + 1` words.
    unsafe {
        (*dict).count = 0;
        (*dict).integer_keys = 0;
        Dict::index(dict).write_bytes(0, (*dict).mask as usize + 1);
    }
}

/// Takes an entry out, which is found no more, and returns its value.
///
/// # Safety
///
/// `entry` is one of the live dictionary `dict`, and its key an array part's.
pub(super) unsafe fn take(dict: *mut Dict, entry: *mut DictEntry) -> Value {
    // SAFETY: the caller vouches for both.
    unsafe {
        (*dict).integer_keys -= 1;
        std::mem::replace(&mut *entry, DictEntry { key: DEAD_KEY, value: Value::NIL }).value
    }
}

/// Drops the entries with nil values, in place.
///
/// # Safety
///
/// `dict` is a live dictionary.
pub(super) unsafe fn compact(dict: *mut Dict) {
    // SAFETY: entries are read at or ahead of where the count, which only grows up to the old one, writes.
    unsafe {
        let (count, entries) = ((*dict).count, Dict::entries(dict));
        clear(dict);
        for i in 0..count as usize {
            let entry = entries.add(i).read();
            if !entry.value.is_nil() {
                insert(dict, entry.key, entry.value);
            }
        }
    }
}

/// The used entries; null gives none.
///
/// # Safety
///
/// `dict` is null or a live dictionary, which is not changed while the slice is used.
pub(super) unsafe fn entries<'a>(dict: *mut Dict) -> &'a [DictEntry] {
    if dict.is_null() {
        return &[];
    }
    // SAFETY: the first `count` entries are initialised.
    unsafe { std::slice::from_raw_parts(Dict::entries(dict), (*dict).count as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_has_room_for_more_than_was_asked_for() {
        for n in 1..1000 {
            let len = index_for(n);
            let cap = cap_of_index(len);
            assert!(cap >= n && cap < len && (n < 6 || cap - n >= cap / 4), "{n}: {len}");
        }
    }

    #[test]
    fn small_integers_do_not_collide() {
        let mut seen = std::collections::HashSet::new();
        (0..256).for_each(|i| _ = seen.insert(hash(normal_number(f64::from(i))) & 1023));
        assert!(seen.len() > 200, "{}", seen.len());
        assert_eq!(normal_number(-0.0).to_bits(), 0);
    }

    #[test]
    fn array_candidates_are_small_integers() {
        assert_eq!(array_candidate(normal_number(7.0)), Some(7));
        for n in [-1.0, 1.5, 1e10, f64::INFINITY, f64::NAN] {
            assert_eq!(array_candidate(Value::number(n)), None, "{n}");
        }
        assert_eq!(array_candidate(Value::TRUE), None);
    }
}
