//! Large objects: each in an allocation of its own, behind a small head, in a list.
//!
//! # Rules
//!
//! 1. A large object lies right behind a [`LargeHead`], which lies at the start of an allocation of [`LargeHead::layout`].
//! 2. So a large object's address is an odd multiple of eight, while all others lie on granules: the address tells where an
//!    object lies, and whether it is marked can be found out without fetching it.
//! 3. `objects[..old]` have survived a collection; the others were made since the last one. Places of objects freed before
//!    their time hold null.

use crate::error::OutOfMemory;
use crate::object::{GRANULE, Header};
use std::alloc::Layout;

/// What precedes a large object.
#[repr(C)]
struct LargeHead {
    /// Bytes of the object.
    size: usize,
    marked: bool,
    /// It has survived a collection.
    old: bool,
    /// Its place in the list.
    index: usize,
}

const _: () = assert!(size_of::<LargeHead>() % GRANULE == 8);

/// Whether an object is a large one.
#[inline(always)]
pub fn is_large(p: *mut Header) -> bool {
    p as usize & 8 != 0
}

impl LargeHead {
    fn layout(size: usize) -> Result<Layout, OutOfMemory> {
        let bytes = size.checked_add(size_of::<LargeHead>()).ok_or(OutOfMemory)?;
        Layout::from_size_align(bytes, GRANULE).map_err(|_| OutOfMemory)
    }

    /// # Safety
    ///
    /// `p` is a large object.
    #[inline(always)]
    unsafe fn of(p: *mut Header) -> *mut LargeHead {
        // SAFETY: rule 1.
        unsafe { (p as *mut LargeHead).sub(1) }
    }
}

/// What [`mark`] found: see [`super::block::Marked`].
pub use super::block::Marked;

/// Whether a large object is marked.
///
/// # Safety
///
/// `p` is a large object.
#[inline]
pub unsafe fn is_marked(p: *mut Header) -> bool {
    // SAFETY: rule 1.
    unsafe { (*LargeHead::of(p)).marked }
}

/// Marks a large object; gives its size too.
///
/// # Safety
///
/// `p` is a large object.
pub unsafe fn mark(p: *mut Header) -> (Marked, usize) {
    // SAFETY: rule 1.
    unsafe {
        let head = LargeHead::of(p);
        let found = match (*head).marked {
            true => Marked::Before,
            false if (*head).old => Marked::Old,
            false => Marked::New,
        };
        (*head).marked = true;
        (found, (*head).size)
    }
}

/// The large objects of a heap.
#[derive(Default)]
pub struct LargeObjects {
    objects: Vec<*mut Header>,
    old: usize,
}

impl LargeObjects {
    /// Memory for an object of `size` bytes.
    pub fn alloc(&mut self, size: usize) -> Result<*mut Header, OutOfMemory> {
        let layout = LargeHead::layout(size)?;
        // SAFETY: the layout is not empty; the head is written at the start of it, and the object follows.
        unsafe {
            let head = std::alloc::alloc(layout) as *mut LargeHead;
            if head.is_null() {
                return Err(OutOfMemory);
            }
            head.write(LargeHead { size, marked: false, old: false, index: self.objects.len() });
            let object = head.add(1) as *mut Header;
            self.objects.push(object);
            Ok(object)
        }
    }

    /// The start of a major cycle.
    pub fn clear_marks(&mut self) {
        for &p in self.objects.iter().filter(|p| !p.is_null()) {
            // SAFETY: rule 1.
            unsafe { (*LargeHead::of(p)).marked = false };
        }
    }

    /// Frees what is not marked: of the young ones, or of all.
    pub fn sweep(&mut self, full: bool) {
        let from = if full { 0 } else { self.old };
        let mut kept = from;
        for at in from..self.objects.len() {
            let p = self.objects[at];
            if p.is_null() {
                continue;
            }
            // SAFETY: rule 1; an unmarked object is unreachable, so nobody will look at it again.
            unsafe {
                let head = LargeHead::of(p);
                if (*head).marked {
                    (*head).old = true;
                    (*head).index = kept;
                    self.objects[kept] = p;
                    kept += 1;
                } else {
                    Self::free(head);
                }
            }
        }
        self.objects.truncate(kept);
        self.old = kept;
    }

    /// Frees an object now; says how big it was and whether it was marked.
    ///
    /// # Safety
    ///
    /// `p` is a large object that nobody will use again.
    pub unsafe fn free_now(&mut self, p: *mut Header) -> (usize, bool) {
        // SAFETY: rule 1.
        unsafe {
            let head = LargeHead::of(p);
            let (size, marked) = ((*head).size, (*head).marked);
            self.objects[(*head).index] = std::ptr::null_mut();
            Self::free(head);
            (size, marked)
        }
    }

    /// # Safety
    ///
    /// `head` belongs to an object that nobody will use again.
    unsafe fn free(head: *mut LargeHead) {
        // SAFETY: allocated with this layout, which was valid then.
        unsafe {
            let layout = LargeHead::layout((*head).size).expect("a layout that was allocated with");
            std::alloc::dealloc(head as *mut u8, layout);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.objects.iter().filter(|p| !p.is_null()).count()
    }
}

impl Drop for LargeObjects {
    fn drop(&mut self) {
        for &p in self.objects.iter().filter(|p| !p.is_null()) {
            // SAFETY: the state is gone, so nobody will use the object again.
            unsafe { Self::free(LargeHead::of(p)) };
        }
    }
}
