//! Large objects: each in an allocation of its own, behind a small head, in a list.
//!
//! From [`params::MAPPED_OBJECT`] on that is a mapping, whose sizes are so few that the next object of about the same size can take
//! it over: a fresh one costs a page fault for every page.
//!
//! # Rules
//!
//! 1. A large object lies right behind a [`LargeHead`], which lies at the start of the [`Room`] of its size.
//! 2. So a large object's address is an odd multiple of eight, while all others lie on granules: the address tells where an
//!    object lies, and whether it is marked can be found out without fetching it.
//! 3. `objects[..old]` have survived a collection; the others were made since the last one. Places of objects freed before
//!    their time hold null.

use super::{pages, params};
use crate::error::OutOfMemory;
use crate::object::{GRANULE, Header};
use std::alloc::Layout;
use std::collections::VecDeque;

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
    /// # Safety
    ///
    /// `p` is a large object.
    #[inline(always)]
    unsafe fn of(p: *mut Header) -> *mut LargeHead {
        // SAFETY: rule 1.
        unsafe { (p as *mut LargeHead).sub(1) }
    }
}

/// The memory that an object of some size lies in.
enum Room {
    Allocated(Layout),
    /// A mapping of so many bytes.
    Mapped(usize),
}

impl Room {
    /// Room for an object of `size` bytes and its head.
    fn of(size: usize) -> Result<Room, OutOfMemory> {
        let bytes = size.checked_add(size_of::<LargeHead>()).ok_or(OutOfMemory)?;
        if bytes < params::MAPPED_OBJECT {
            return Layout::from_size_align(bytes, GRANULE).map(Room::Allocated).map_err(|_| OutOfMemory);
        }
        // Eight sizes between a power of two and the next one.
        let step = bytes.checked_next_power_of_two().ok_or(OutOfMemory)? / 16;
        bytes.checked_next_multiple_of(step).map(Room::Mapped).ok_or(OutOfMemory)
    }

    fn bytes(&self) -> usize {
        match self {
            Room::Allocated(layout) => layout.size(),
            &Room::Mapped(bytes) => bytes,
        }
    }
}

/// Mappings whose objects have died, the oldest first.
#[derive(Default)]
struct SpareMappings {
    mappings: VecDeque<(*mut u8, usize)>,
    bytes: usize,
}

impl SpareMappings {
    /// A mapping of exactly this size.
    fn take(&mut self, bytes: usize) -> Option<*mut u8> {
        let at = self.mappings.iter().rposition(|&(_, have)| have == bytes)?;
        let (memory, _) = self.mappings.remove(at)?;
        self.bytes -= bytes;
        Some(memory)
    }

    fn put(&mut self, memory: *mut u8, bytes: usize) {
        self.mappings.push_back((memory, bytes));
        self.bytes += bytes;
        self.shrink_to(params::SPARE_MAPPINGS);
    }

    /// Gives the oldest back, until there are at most this many bytes.
    fn shrink_to(&mut self, most: usize) {
        while self.bytes > most
            && let Some((memory, bytes)) = self.mappings.pop_front()
        {
            // SAFETY: mapped with this size, for an object that is gone.
            unsafe { pages::unmap(memory, bytes, GRANULE) };
            self.bytes -= bytes;
        }
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
    /// Bytes of the objects' room.
    in_use: usize,
    spare: SpareMappings,
}

impl LargeObjects {
    /// Memory for an object of `size` bytes.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if all large objects would hold more than `most` bytes then, or the system has none.
    pub fn alloc(&mut self, size: usize, most: usize) -> Result<*mut Header, OutOfMemory> {
        let room = Room::of(size)?;
        if self.held() + room.bytes() > most {
            self.spare.shrink_to(0);
            if self.held() + room.bytes() > most {
                return Err(OutOfMemory);
            }
        }
        let memory = match room {
            // SAFETY: the layout is not empty.
            Room::Allocated(layout) => unsafe { std::alloc::alloc(layout) },
            Room::Mapped(bytes) => match self.spare.take(bytes) {
                Some(memory) => memory,
                None => pages::map(bytes, GRANULE).ok_or(OutOfMemory)?.as_ptr(),
            },
        };
        let head = memory as *mut LargeHead;
        if head.is_null() {
            return Err(OutOfMemory);
        }
        self.in_use += room.bytes();
        // SAFETY: fresh memory with room for the head and the object.
        unsafe {
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

    /// Bytes of all objects and of the mappings kept for others.
    pub fn held(&self) -> usize {
        self.in_use + self.spare.bytes
    }

    /// Frees what is not marked, of the young ones.
    pub fn sweep_young(&mut self) {
        self.sweep_from(self.old);
    }

    /// Frees what is not marked; keeps at most `reserve` bytes of mappings for others.
    pub fn sweep(&mut self, reserve: usize) {
        self.sweep_from(0);
        self.spare.shrink_to(reserve);
    }

    fn sweep_from(&mut self, from: usize) {
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
                    self.free(head);
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
            self.free(head);
            (size, marked)
        }
    }

    /// # Safety
    ///
    /// `head` belongs to an object that nobody will use again.
    unsafe fn free(&mut self, head: *mut LargeHead) {
        // SAFETY: rule 1; the room of this size could be had when the object was made.
        unsafe {
            let room = Room::of((*head).size).expect("room that was there");
            self.in_use -= room.bytes();
            match room {
                Room::Allocated(layout) => std::alloc::dealloc(head as *mut u8, layout),
                Room::Mapped(bytes) => self.spare.put(head as *mut u8, bytes),
            }
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
        for p in std::mem::take(&mut self.objects).into_iter().filter(|p| !p.is_null()) {
            // SAFETY: the state is gone, so nobody will use the object again.
            unsafe { self.free(LargeHead::of(p)) };
        }
        self.spare.shrink_to(0);
    }
}
