//! How big a table's parts should be, and moving keys between them.
//!
//! When the dictionary is full, and when the array part is full but sparse, the integer keys are counted by powers of
//! two: the array part should have the greatest size of which more than half is in use.
//!
//! Source: `rehash` and `computesizes` (`ltable.c`).

use super::MAX_ARRAY;
use super::dict::{self, array_candidate, cap_of_index, index_for, is_counted_first, normal_number};
use crate::error::OutOfMemory;
use crate::object::{Dict, Gc, Kind, Table, table_flag};
use crate::{Value, Vm};

/// Whether there may be entries that could be in the array part.
#[inline(always)]
pub(super) fn has_integers(t: Gc<Table>) -> bool {
    // SAFETY: the dictionary of a live table is live.
    !t.dict.is_null() && unsafe { (*t.dict).integer_keys > 0 }
}

/// Integer keys by size: `bins[i]` counts the keys k with `2^(i-1) < k <= 2^i`.
#[derive(Default)]
struct Census {
    bins: [u32; 32],
    total: u32,
}

impl Census {
    fn add(&mut self, k: u32, count: u32) {
        if k > 0 {
            self.bins[(u32::BITS - (k - 1).leading_zeros()) as usize] += count;
            self.total += count;
        }
    }

    /// Of the array part, exactly.
    fn of_array(t: Gc<Table>) -> Census {
        let mut census = Census::default();
        census.add_array(t, true);
        census
    }

    /// Counts the array part: exactly, or as if it had no holes.
    fn add_array(&mut self, t: Gc<Table>, exactly: bool) {
        let end = u64::from(t.asize.max(1));
        let mut first = 1;
        while first < end {
            // One bin: first ..= last.
            let last = first.next_power_of_two().min(end - 1);
            let count = if exactly {
                // SAFETY: table rule 2: there are `asize` values.
                (first..=last).filter(|&k| unsafe { !(*t.array.add(k as usize)).is_nil() }).count() as u32
            } else {
                (last - first + 1) as u32
            };
            self.add(last as u32, count);
            first = last + 1;
        }
    }

    fn add_entries(&mut self, t: Gc<Table>) {
        // SAFETY: the dictionary of a live table is live.
        let entries = unsafe { dict::entries(t.dict) };
        let live = entries.iter().filter(|e| !e.value.is_nil());
        live.filter_map(|e| array_candidate(e.key)).for_each(|k| self.add(k, 1));
    }

    /// The greatest power of two `n` such that more than half of the keys 1 to `n` are in use; 0 if there is none.
    fn dense_size(&self) -> u32 {
        let (mut sum, mut size) = (0, 0);
        for (i, &count) in self.bins.iter().enumerate() {
            let n = 1u64 << i;
            if n / 2 >= u64::from(self.total) {
                break;
            }
            sum += u64::from(count);
            if count > 0 && sum > n / 2 {
                size = n;
            }
        }
        size.min(u64::from(MAX_ARRAY)) as u32
    }
}

impl Vm {
    /// Makes room for an entry of `key`, which has none. `true`: the array part was enlarged instead, and the key
    /// has a place there or in the reserve.
    pub(super) fn make_room(&mut self, t: Gc<Table>, key: Value) -> Result<bool, OutOfMemory> {
        let old = t.dict;
        let candidate = array_candidate(key);
        // SAFETY: the dictionary of a live table is live.
        let roomy = unsafe { old.as_ref() }.filter(|dict| dict.count < dict.cap);
        let has_room = roomy.is_some();
        let slots = self.shapes.slot_count(t.shape());
        if roomy.is_some_and(|dict| candidate.is_none_or(|k| !is_counted_first(k, t, slots, dict))) {
            return Ok(false);
        }
        let mut in_array = false;
        if candidate.is_some() || has_integers(t) {
            let size = self.adjust_array(t, candidate)?;
            in_array = candidate.is_some_and(|k| k <= size);
            if has_room && !in_array {
                return Ok(false);
            }
        }
        // SAFETY: as above; nothing is stored while the entries are counted.
        let live = unsafe { dict::entries(old) }.iter().filter(|e| !e.value.is_nil()).count();
        if in_array && live == 0 {
            // SAFETY: the table is live.
            unsafe { (*t.as_ptr()).dict = std::ptr::null_mut() };
            return Ok(true);
        }
        let needed = live + !in_array as usize;
        // SAFETY: the dictionaries are live; the new one has room for all live entries.
        unsafe {
            if !old.is_null() && index_for(needed) == (*old).mask as usize + 1 {
                dict::compact(old);
            } else {
                let new = self.new_dict(needed)?;
                for e in dict::entries(old).iter().filter(|e| !e.value.is_nil()) {
                    dict::insert(new, e.key, e.value);
                }
                (*t.as_ptr()).dict = new;
                if !old.is_null() {
                    self.heap.free_part(old.cast());
                }
                self.barrier(t);
            }
        }
        Ok(in_array)
    }

    /// Enlarges the array part if it would be dense, counting a key that is to come, and moves entries into it. Returns the
    /// greatest key that belongs there; 0 if nothing has changed.
    fn adjust_array(&mut self, t: Gc<Table>, candidate: Option<u32>) -> Result<u32, OutOfMemory> {
        // SAFETY: the dictionary of a live table is live.
        let entries = unsafe { dict::entries(t.dict) };
        let mut census = Census::default();
        census.add_entries(t);
        candidate.into_iter().for_each(|k| census.add(k, 1));
        // A long array part beside a small dictionary is not counted each time that the latter is full.
        census.add_array(t, t.asize as usize / 16 <= entries.len());
        let size = census.dense_size();
        if size < t.asize.max(1) {
            return Ok(0);
        }
        if size >= t.acap {
            self.array_reserve(t, size as usize + 1)?;
        }
        let mut end = t.asize;
        // SAFETY: the table and its dictionary are live; places below `acap` exist and those from `asize` on are unused.
        unsafe {
            let count = entries.len();
            for i in 0..count {
                let entry = Dict::entries(t.dict).add(i);
                let Some(k) = array_candidate((*entry).key) else { continue };
                if k <= size {
                    let v = dict::take(t.dict, entry);
                    if !v.is_nil() {
                        *t.array.add(k as usize) = v;
                        end = end.max(k + 1);
                    }
                }
            }
            (*t.as_ptr()).asize = end;
            (*t.as_ptr()).flags |= table_flag::GROWN;
        }
        // The moved values may be young, and the table may have been scanned.
        self.barrier(t);
        Ok(size)
    }

    /// Gives the array part the size that it has in PUC Lua once `key` is stored, with its holes and its free places; returns the
    /// greatest key that belongs there.
    pub(super) fn recount_array(&mut self, t: Gc<Table>, key: u32) -> Result<u32, OutOfMemory> {
        let mut census = Census::of_array(t);
        census.add(key, 1);
        let size = census.dense_size();
        if size + 1 < t.asize {
            self.shrink_counted(t, key, Census::of_array(t))?;
        } else {
            if size >= t.acap {
                self.array_reserve(t, size as usize + 1)?;
            }
            // SAFETY: the table is live; places below `acap` exist and those from `asize` on hold nil.
            unsafe {
                (*t.as_ptr()).asize = size + 1;
                (*t.as_ptr()).acap = size + 1;
            }
        }
        Ok(size)
    }

    /// Moves the sparse end of the array part to the dictionary if less than half of the part is in use, and it is sparse when `key` is
    /// counted too; says whether it was.
    pub(super) fn shrink_sparse_array(&mut self, t: Gc<Table>, key: u32) -> Result<bool, OutOfMemory> {
        let census = Census::of_array(t);
        let is_sparse = (census.total as usize) * 2 < t.asize as usize;
        if is_sparse { self.shrink_counted(t, key, census) } else { Ok(false) }
    }

    /// Moves the sparse end of the array part, which has been counted, to the dictionary, if it is sparse when `key` is counted too; says
    /// whether it was.
    fn shrink_counted(&mut self, t: Gc<Table>, key: u32, mut census: Census) -> Result<bool, OutOfMemory> {
        census.add_entries(t);
        census.add(key, 1);
        let size = census.dense_size() as usize;
        if size + 1 >= t.asize as usize {
            return Ok(false);
        }
        // SAFETY: the table and its dictionary are live and stay as they are until everything has been allocated; the new
        // parts are large enough for what moves into them.
        unsafe {
            let old = dict::entries(t.dict);
            let (kept, leaving) = std::slice::from_raw_parts(t.array, t.asize as usize).split_at(size + 1);
            let leaving_count = leaving.iter().filter(|v| !v.is_nil()).count();
            let new = self.new_dict(old.len() + leaving_count + 1)?;
            let array = self.new_values(size + 1)?;
            array.copy_from_nonoverlapping(kept.as_ptr(), kept.len());
            for (i, &v) in leaving.iter().enumerate().filter(|(_, v)| !v.is_nil()) {
                dict::insert(new, normal_number((size + 1 + i) as f64), v);
            }
            for e in old.iter().filter(|e| !e.value.is_nil()) {
                dict::insert(new, e.key, e.value);
            }
            let p = t.as_ptr();
            (*p).dict = new;
            (*p).array = array;
            (*p).asize = size as u32 + 1;
            (*p).acap = size as u32 + 1;
            (*p).flags |= table_flag::GROWN;
        }
        self.barrier(t);
        Ok(true)
    }

    /// An empty dictionary with room for `entries` entries and some more.
    pub(super) fn new_dict(&mut self, entries: usize) -> Result<*mut Dict, OutOfMemory> {
        let index_len = index_for(entries);
        if index_len > 1 << 31 {
            return Err(OutOfMemory);
        }
        let bytes = Dict::byte_size(cap_of_index(index_len), index_len);
        let dict = self.heap.alloc(Kind::Dict, bytes)? as *mut Dict;
        // SAFETY: the object is fresh and of that size.
        unsafe { dict::init(dict, index_len) };
        Ok(dict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense_size(keys: &[u32]) -> u32 {
        let mut census = Census::default();
        keys.iter().for_each(|&k| census.add(k, 1));
        census.dense_size()
    }

    #[test]
    fn more_than_half_of_the_array_part_is_used() {
        assert_eq!(dense_size(&[]), 0);
        assert_eq!(dense_size(&[1]), 1);
        assert_eq!(dense_size(&[2]), 0);
        assert_eq!(dense_size(&[1, 2, 4]), 4);
        assert_eq!(dense_size(&[1, 2, 3, 5]), 4);
        assert_eq!(dense_size(&[1, 3, 5, 7]), 1);
        assert_eq!(dense_size(&(38..=101).collect::<Vec<_>>()), 0);
        assert_eq!(dense_size(&(37..=101).collect::<Vec<_>>()), 128);
        assert_eq!(dense_size(&[1, 1 << 28]), 1);
    }
}
