//! The array part: growth, length, insertion and removal in the middle.

use super::STORES_BETWEEN_LOOKS;
use super::SetError;
use super::dict::{self, normal_number};
use super::rehash::has_integers;
use super::set::check_writable;
use crate::error::OutOfMemory;
use crate::object::{Gc, Table, table_flag};
use crate::{Value, Vm};

/// The greatest key that an array part may have.
pub const MAX_ARRAY: u32 = 1 << 28;
/// Shorter array parts are not looked at for holes when they are full.
const MIN_SPARSE: u32 = 64;

impl Vm {
    /// Room in the array part for keys 1 to `narray`.
    pub fn table_reserve_array(&mut self, t: Gc<Table>, narray: usize) -> Result<(), OutOfMemory> {
        if narray >= t.acap as usize { self.array_reserve(t, narray.saturating_add(1)) } else { Ok(()) }
    }

    /// Room for keys 1 to `narray`, and for `nkeys` others if those are so many that they will not be slots.
    ///
    /// # Errors
    ///
    /// `ReadOnly` and `Memory`.
    pub fn table_resize(&mut self, t: Gc<Table>, narray: usize, nkeys: usize) -> Result<(), SetError> {
        check_writable(t)?;
        self.table_reserve_array(t, narray)?;
        if nkeys > crate::shape::MAX_COMPUTED_SLOTS && t.dict.is_null() {
            let new = self.new_dict(nkeys)?;
            // SAFETY: the table is live.
            unsafe { (*t.as_ptr()).dict = new };
            self.barrier(t);
        }
        Ok(())
    }

    /// A larger array part: `cap` places.
    pub(super) fn array_reserve(&mut self, t: Gc<Table>, cap: usize) -> Result<(), OutOfMemory> {
        if cap > MAX_ARRAY as usize + 1 {
            return Err(OutOfMemory);
        }
        // An even number: objects are whole granules anyway.
        let cap = cap.next_multiple_of(2);
        let array = self.new_values(cap)?;
        let p = t.as_ptr();
        // SAFETY: the table is live; `cap` is greater than `acap`, which is not less than `asize`.
        unsafe {
            debug_assert!(cap > (*p).acap as usize);
            array.copy_from_nonoverlapping((*p).array, (*p).asize as usize);
            (*p).array = array;
            (*p).acap = cap as u32;
        }
        self.barrier(t);
        Ok(())
    }

    /// Whether key `k`, which is not below `asize`, is to go to the reserve of the array part. The key behind the last one does,
    /// and makes it grow; others do if PUC Lua has room for them and no integer key is elsewhere.
    pub(super) fn array_accepts(&mut self, t: Gc<Table>, k: u32) -> Result<bool, SetError> {
        let is_next = k == t.asize.max(1) || k == 0;
        let is_full = k >= t.acap && is_next && k < MAX_ARRAY;
        if is_full && (t.asize < MIN_SPARSE || !self.shrink_sparse_array(t, k)?) {
            let cap = (t.acap as usize * 2).clamp(4, MAX_ARRAY as usize);
            self.array_reserve(t, cap.max(k as usize + 1))?;
            // SAFETY: the table is live.
            unsafe { (*t.as_ptr()).flags |= table_flag::GROWN };
        }
        Ok(k < t.acap && (is_next || (k <= places_shown(t) && !has_integers(t))))
    }

    /// Whether a store at `k`, behind the array part, makes PUC Lua look how much of a constructor's list is in use, when there are holes
    /// in it. (Where the constructor has left room for the key among the others it does not look.)
    pub(super) fn is_recounted(&self, t: Gc<Table>, k: u32) -> bool {
        let is_made =
            t.flags & table_flag::GROWN == 0 && t.dict.is_null() && (3..=MIN_SPARSE).contains(&t.asize);
        let slots = self.shapes.slot_count(t.shape());
        // SAFETY: table rule 2: there are `asize` values.
        let is_hole = |place: u32| unsafe { (*t.array.add(place as usize)).is_nil() };
        is_made && k > places_shown(t) && slots & slots.wrapping_sub(1) == 0 && (1..t.asize).any(is_hole)
    }

    /// Stores at `asize <= k < acap`, moving entries with keys up to there and directly behind to the array part.
    pub(super) fn set_in_reserve(&mut self, t: Gc<Table>, k: u32, v: Value) {
        debug_assert!(t.asize <= k && k < t.acap);
        let p = t.as_ptr();
        // SAFETY: the table and its dictionary are live; places below `acap` exist.
        unsafe {
            let has_integers = has_integers(t);
            if has_integers {
                for j in (*p).asize..=k {
                    *(*p).array.add(j as usize) = take_entry(t, j);
                }
            }
            *(*p).array.add(k as usize) = v;
            (*p).asize = k + 1;
            self.barrier_of_element(t, v);
            if has_integers {
                self.absorb_following(t);
            }
        }
    }

    /// Moves the entries with the keys behind the array part into it.
    #[cold]
    fn absorb_following(&mut self, t: Gc<Table>) {
        let p = t.as_ptr();
        loop {
            let k = t.asize;
            // SAFETY: the dictionary of a live table is live.
            let found =
                unsafe { dict::find(t.dict, normal_number(f64::from(k))).filter(|e| !(**e).value.is_nil()) };
            if found.is_none() || k > MAX_ARRAY {
                break;
            }
            // Without memory the key stays where it is, which is allowed.
            if k == t.acap && self.array_reserve(t, (k as usize * 2).min(MAX_ARRAY as usize + 1)).is_err() {
                break;
            }
            // SAFETY: the table is live and now has place `k`.
            unsafe {
                *(*p).array.add(k as usize) = take_entry(t, k);
                (*p).asize = k + 1;
            }
        }
        self.barrier(t);
        // SAFETY: the dictionary of a live table is live.
        let is_used = unsafe { dict::entries(t.dict) }.iter().any(|e| !e.value.is_nil());
        if !has_integers(t) && !is_used {
            // SAFETY: the table is live. What a traversal has yet to come to is not there.
            unsafe { (*p).dict = std::ptr::null_mut() };
        }
    }

    /// `#t` without metamethods: some `n` such that `t[n]` is not nil (or `n` is 0) and `t[n + 1]` is nil.
    ///
    /// At once if the array part has no nil at its end; and a nil that is alone there is cut off, so that popping
    /// the last element again and again stays cheap.
    #[inline]
    pub fn table_len(&self, t: Gc<Table>) -> u64 {
        let last = t.asize.wrapping_sub(1);
        // SAFETY: table rule 2: there are `asize` values, at least two.
        if t.asize > 1 && t.dict.is_null() && unsafe { !(*t.array.add(last as usize)).is_nil() } {
            return u64::from(last);
        }
        self.len_slow(t)
    }

    fn len_slow(&self, t: Gc<Table>) -> u64 {
        let p = t.as_ptr();
        // SAFETY: the table is live and has `asize` values.
        unsafe {
            let is_nil = |k: u64| (*(*p).array.add(k as usize)).is_nil();
            let end = u64::from((*p).asize);
            if end > 1 && is_nil(end - 1) {
                // PUC Lua halves its array part to find a border, which shows among holes: most often in short lists that a
                // constructor made. Others are not halved to pop their last elements.
                let is_made = (*p).flags & table_flag::GROWN == 0 && end <= u64::from(MIN_SPARSE);
                let border = if is_made || is_nil(end - 2) {
                    border(0, u64::from(places_shown(t)), |k| k >= end || is_nil(k))
                } else {
                    end - 2
                };
                // Among holes the next border is again found by halving.
                if border > 0 && border == end - 2 && !(is_made && (1..border).any(is_nil)) {
                    (*p).asize -= 1;
                    (*p).flags |= table_flag::SHORTENED;
                }
                return border;
            }
        }
        // The array part is full: the border is behind it.
        let mut low = u64::from(t.asize.max(1)) - 1;
        if !has_integers(t) {
            return low;
        }
        let is_nil = |k: u64| self.table_get_int(t, k as i64).is_nil();
        let mut high = low + 1;
        while !is_nil(high) {
            low = high;
            if high > 1 << 52 {
                // Somebody built this on purpose: count. (As PUC Lua does.)
                return (1..).find(|&k| is_nil(k)).map_or(low, |k| k - 1);
            }
            high *= 2;
        }
        border(low, high, is_nil)
    }

    /// `t[first + i] = values[i]` for all i, as a constructor does.
    ///
    /// # Errors
    ///
    /// `ReadOnly` and `Memory`.
    pub fn table_set_list(&mut self, t: Gc<Table>, first: u32, values: &[Value]) -> Result<(), SetError> {
        check_writable(t)?;
        let end = first as usize + values.len();
        if first == t.asize.max(1) && !has_integers(t) && end <= MAX_ARRAY as usize {
            if end > t.acap as usize {
                self.array_reserve(t, end)?;
            }
            // SAFETY: there are `end` places, and `values` lies outside the array part, whose places from `asize` on no
            // slice can show.
            unsafe {
                t.array.add(first as usize).copy_from(values.as_ptr(), values.len());
                (*t.as_ptr()).asize = end as u32;
                // A list with holes gets no reserve of a rounded size: `is_recounted` is asked before it grows.
                if end + 1 == t.acap as usize && values.iter().any(|v| v.is_nil()) {
                    (*t.as_ptr()).acap = end as u32;
                }
            }
            self.barrier(t);
            return Ok(());
        }
        for (i, &v) in values.iter().enumerate() {
            self.table_set_int(t, i64::from(first) + i as i64, v)?;
        }
        Ok(())
    }

    /// `table.insert(t, pos, v)`: raw, and growing the list to `pos` if that is beyond its end.
    ///
    /// # Errors
    ///
    /// `ReadOnly`, `Memory` and `Interrupted`.
    ///
    /// Source: `tinsert` (`ltablib.c`).
    pub fn table_insert_at(&mut self, t: Gc<Table>, pos: i64, v: Value) -> Result<(), SetError> {
        let end = (self.table_len(t) as i64 + 1).max(pos);
        if end == pos {
            return self.table_set_int(t, pos, v);
        }
        let last = self.table_get_int(t, end - 1);
        self.table_set_int(t, end, last)?;
        if pos >= 1 && end <= i64::from(t.asize) {
            // SAFETY: places `pos..end` are in the array part.
            unsafe {
                let place = t.array.add(pos as usize);
                place.add(1).copy_from(place, (end - 1 - pos) as usize);
                *place = v;
            }
            self.barrier_of_element(t, v);
            return Ok(());
        }
        for i in (pos + 1..end).rev() {
            // There may be billions of places between a negative one and the list's end.
            if i % STORES_BETWEEN_LOOKS == 0 && self.must_stop() {
                return Err(SetError::Interrupted);
            }
            let moved = self.table_get_int(t, i - 1);
            self.table_set_int(t, i, moved)?;
        }
        self.table_set_int(t, pos, v)
    }

    /// `table.remove(t, pos)` (`None`: the last): raw. The removed value; `None` if `pos` is not in the list.
    ///
    /// # Errors
    ///
    /// `ReadOnly` and `Memory`.
    ///
    /// Source: `tremove` (`ltablib.c`).
    pub fn table_remove_at(&mut self, t: Gc<Table>, pos: Option<i64>) -> Result<Option<Value>, SetError> {
        check_writable(t)?;
        let end = self.table_len(t) as i64;
        let pos = pos.unwrap_or(end);
        if pos < 1 || pos > end {
            return Ok(None);
        }
        let removed = self.table_get_int(t, pos);
        if end < i64::from(t.asize) {
            // SAFETY: places `pos..=end` are in the array part. The values stay in the same object: no barrier.
            unsafe {
                let place = t.array.add(pos as usize);
                place.copy_from(place.add(1), (end - pos) as usize);
            }
        } else {
            for i in pos..end {
                let moved = self.table_get_int(t, i + 1);
                self.table_set_int(t, i, moved)?;
            }
        }
        self.table_set_int(t, end, Value::NIL)?;
        Ok(Some(removed))
    }
}

/// How many places PUC Lua's array part has, as far as the length of lists with holes shows it. One that has grown has a power of two of
/// them; to take the next one where it may be smaller changes no border, since nothing is there.
pub(super) fn places_shown(t: Gc<Table>) -> u32 {
    let last = t.asize.max(1) - 1;
    if t.flags & table_flag::GROWN != 0 {
        let most = if t.flags & table_flag::SHORTENED == 0 { last } else { last.max(t.acap / 2 + 1) };
        most.next_power_of_two()
    } else if t.flags & table_flag::SHORTENED == 0 && t.acap == t.asize.next_multiple_of(2) {
        last
    } else {
        t.acap.max(1) - 1
    }
}

/// A border between `low`, which is not nil (or 0), and `high`, which is nil.
fn border(mut low: u64, mut high: u64, is_nil: impl Fn(u64) -> bool) -> u64 {
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if is_nil(middle) { high = middle } else { low = middle }
    }
    low
}

/// Takes the entry of integer `k` out of the dictionary and returns its value; nil if there is none.
///
/// # Safety
///
/// The table has a dictionary.
unsafe fn take_entry(t: Gc<Table>, k: u32) -> Value {
    // SAFETY: the dictionary of a live table is live.
    unsafe { dict::find(t.dict, normal_number(f64::from(k))).map_or(Value::NIL, |e| dict::take(t.dict, e)) }
}
