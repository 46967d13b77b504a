//! Key lists: the keys of shapes, shared by all shapes of one line of descent.
//!
//! A list only grows. A shape uses the first `n` keys of one, so adding a key to the newest shape of a line appends
//! here and copies nothing; a shape that branches off takes a copy of its part. The idea is that of V8's descriptor
//! arrays.

use crate::object::{Gc, LuaString};

/// Up to this many keys are searched one by one.
const LINEAR: usize = 8;

/// Distinct interned strings in order, with an index once there are more than [`LINEAR`].
#[derive(Default)]
pub(super) struct KeyList {
    keys: Vec<Gc<LuaString>>,
    /// Open addressing by the strings' hashes: position + 1, 0 for empty. Empty while there are few keys.
    index: Vec<u16>,
    /// Shapes that use the list.
    pub(super) users: u32,
}

impl KeyList {
    /// The list of all shapes without keys, which is never given up.
    pub(super) fn empty() -> KeyList {
        KeyList { users: 1, ..KeyList::default() }
    }

    /// A copy of the first `n` keys with some more, for one user.
    pub(super) fn branch(&self, n: usize, more: &[Gc<LuaString>]) -> KeyList {
        let mut keys = Vec::with_capacity(n + more.len());
        keys.extend_from_slice(&self.keys[..n]);
        let mut list = KeyList { keys, index: Vec::new(), users: 1 };
        list.extend(more);
        list
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn get(&self, i: usize) -> Gc<LuaString> {
        self.keys[i]
    }

    pub(super) fn first(&self, n: usize) -> &[Gc<LuaString>] {
        &self.keys[..n]
    }

    /// # Safety
    ///
    /// There are `n` keys.
    #[inline(always)]
    pub(super) unsafe fn first_unchecked(&self, n: usize) -> &[Gc<LuaString>] {
        // SAFETY: the caller's word.
        unsafe { self.keys.get_unchecked(..n) }
    }

    /// Appends distinct keys that the list does not have.
    pub(super) fn extend(&mut self, more: &[Gc<LuaString>]) {
        let mut first = self.keys.len();
        self.keys.extend_from_slice(more);
        let len = self.keys.len();
        if len <= LINEAR {
            return;
        }
        if self.index.len() < len * 2 {
            self.index.clear();
            self.index.resize((len * 4).next_power_of_two(), 0);
            first = 0;
        }
        (first..len).for_each(|i| self.enter(i));
    }

    fn enter(&mut self, position: usize) {
        let mask = self.index.len() - 1;
        let mut at = self.keys[position].hash() as usize & mask;
        while self.index[at] != 0 {
            at = (at + 1) & mask;
        }
        self.index[at] = position as u16 + 1;
    }

    /// The position of `key` among the first `n` keys.
    #[inline]
    pub(super) fn position(&self, n: usize, key: Gc<LuaString>) -> Option<usize> {
        if n <= LINEAR {
            return self.keys[..n].iter().position(|&k| k == key);
        }
        let mask = self.index.len() - 1;
        let mut at = key.hash() as usize & mask;
        loop {
            match self.index[at] {
                0 => return None,
                p => {
                    let p = usize::from(p) - 1;
                    if self.keys[p] == key {
                        return (p < n).then_some(p);
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Bytes taken, roughly.
    pub(super) fn byte_size(&self) -> usize {
        size_of::<KeyList>() + self.keys.capacity() * 8 + self.index.capacity() * 2
    }
}
