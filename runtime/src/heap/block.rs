//! Blocks: aligned pieces of memory that objects are allocated in, with two bits for every granule.
//!
//! ```text
//!   block bit  mark bit    the granule is
//!       1          0       the start of an object that is not marked (white)
//!       1          1       the start of a marked object (black)
//!       0          1       the start of free space
//!       0          0       inside an object or free space; or in a run that is being allocated from
//! ```
//!
//! Free space is handed out as *runs*: maximal ranges without an object. A run's bits are all cleared, and objects are
//! bumped into it without touching them: only marking an object sets its block bit, and the start of free space behind
//! it. So what dies young costs nothing at all, and sweeping everything else is two instructions for 64 granules.
//!
//! # Rules
//!
//! 1. A block is [`BLOCK_BYTES`] long and aligned, so that masking an object's address finds its block.
//! 2. Behind an object that has its block bit lies another such object, a start of free space, or the block's end.
//! 3. Pointers given to these functions are objects that lie in a block (see [`super::large`]).
//!
//! The bits are those of Mike Pall's plan for LuaJIT's new collector; we let marking set the block bits, because
//! allocation here is a bump and sizes are known to the objects.

use super::space::LaneKind;
use crate::object::{GRANULE, Header};

pub const BLOCK_BYTES: usize = 256 * 1024;

/// Granules of a block, its own head included.
pub const GRANULES: usize = BLOCK_BYTES / GRANULE;

const WORDS: usize = GRANULES / 64;

/// The bits of 64 granules.
#[derive(Clone, Copy)]
#[repr(C)]
struct Bits {
    block: u64,
    mark: u64,
}

/// The head of a block. Objects follow.
#[repr(C, align(16))]
pub struct Block {
    bits: [Bits; WORDS],
    /// The sizes of the objects in it, if there are any.
    pub lane: LaneKind,
    _pad: [u32; 3],
}

/// The first granule that objects may use.
pub const FIRST: usize = size_of::<Block>() / GRANULE;

const _: () = assert!(size_of::<Block>().is_multiple_of(GRANULE));

/// What [`mark`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It was marked already.
    Before,
    /// It has survived a collection before.
    Old,
    /// It was allocated since the last collection: [`set_end`] must follow.
    New,
}

#[inline(always)]
fn block_of(p: *mut Header) -> *mut Block {
    // Keeps the pointer's provenance, which is the block's (rule 1).
    p.map_addr(|a| a & !(BLOCK_BYTES - 1)) as *mut Block
}

#[inline(always)]
fn granule_of(p: *mut Header) -> usize {
    (p as usize & (BLOCK_BYTES - 1)) / GRANULE
}

/// The pair of words and the bit of an object.
///
/// # Safety
///
/// Rule 3.
#[inline(always)]
unsafe fn bits_of(p: *mut Header) -> (*mut Bits, u64) {
    let granule = granule_of(p);
    // SAFETY: a granule number is below `GRANULES`.
    let bits = unsafe { (&raw mut (*block_of(p)).bits as *mut Bits).add(granule / 64) };
    (bits, 1 << (granule % 64))
}

/// Whether the object is marked.
///
/// # Safety
///
/// Rule 3.
#[inline(always)]
pub unsafe fn is_marked(p: *mut Header) -> bool {
    // SAFETY: rule 3.
    unsafe {
        let (bits, bit) = bits_of(p);
        (*bits).block & (*bits).mark & bit != 0
    }
}

/// Marks the object.
///
/// # Safety
///
/// Rule 3; after [`Marked::New`] the caller calls [`set_end`].
#[inline(always)]
pub unsafe fn mark(p: *mut Header) -> Marked {
    // SAFETY: rule 3.
    unsafe {
        let (bits, bit) = bits_of(p);
        let was_block = (*bits).block & bit != 0;
        if was_block && (*bits).mark & bit != 0 {
            return Marked::Before;
        }
        (*bits).block |= bit;
        (*bits).mark |= bit;
        if was_block { Marked::Old } else { Marked::New }
    }
}

/// Marks what lies behind a newly marked object of `size` bytes as the start of free space, unless an object is
/// known to start there. (One that is marked later turns it into its own start.)
///
/// # Safety
///
/// Rule 3; `size` is the object's, a multiple of [`GRANULE`].
#[inline(always)]
pub unsafe fn set_end(p: *mut Header, size: usize) {
    let end = granule_of(p) + size / GRANULE;
    if end < GRANULES {
        // SAFETY: rule 3, and `end` is inside the block.
        unsafe {
            let bits = (&raw mut (*block_of(p)).bits as *mut Bits).add(end / 64);
            let bit = 1 << (end % 64);
            if (*bits).block & bit == 0 {
                (*bits).mark |= bit;
            }
        }
    }
}

/// A range of granules without an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub start: usize,
    pub end: usize,
}

impl Run {
    pub const fn bytes(self) -> usize {
        (self.end - self.start) * GRANULE
    }
}

impl Block {
    /// Turns fresh memory into a block that is all free.
    ///
    /// # Safety
    ///
    /// `this` is [`BLOCK_BYTES`] of unused memory, aligned to that.
    pub unsafe fn init(this: *mut Block) {
        // SAFETY: the caller vouches for the memory.
        unsafe {
            (&raw mut (*this).bits).write_bytes(0, 1);
            (*this).lane = LaneKind::Small;
            Self::set_free_start(this, FIRST);
        }
    }

    /// # Safety
    ///
    /// `this` is a block, `granule` is inside it.
    unsafe fn bits(this: *mut Block, granule: usize) -> *mut Bits {
        debug_assert!(granule < GRANULES);
        // SAFETY: the caller vouches for both.
        unsafe { (&raw mut (*this).bits as *mut Bits).add(granule / 64) }
    }

    /// Notes that free space starts at `granule`, unless an object does.
    ///
    /// # Safety
    ///
    /// `this` is a block, `granule` is inside it.
    pub unsafe fn set_free_start(this: *mut Block, granule: usize) {
        // SAFETY: the caller vouches for both.
        unsafe {
            let bits = Self::bits(this, granule);
            let bit = 1 << (granule % 64);
            if (*bits).block & bit == 0 {
                (*bits).mark |= bit;
            }
        }
    }

    /// The address of a granule.
    pub fn address(this: *mut Block, granule: usize) -> *mut u8 {
        (this as *mut u8).wrapping_add(granule * GRANULE)
    }

    /// The first granule at `from` or behind it for which `pick` of the bits is set; [`GRANULES`] if there is none.
    ///
    /// # Safety
    ///
    /// `this` is a block.
    #[inline]
    unsafe fn find(this: *mut Block, from: usize, pick: impl Fn(&Bits) -> u64) -> usize {
        if from >= GRANULES {
            return GRANULES;
        }
        // SAFETY: the caller vouches for the block; `word` stays below `WORDS`.
        unsafe {
            let bits = &(*this).bits;
            let mut word = from / 64;
            let mut found = pick(&bits[word]) & (u64::MAX << (from % 64));
            while found == 0 {
                word += 1;
                if word == WORDS {
                    return GRANULES;
                }
                found = pick(&bits[word]);
            }
            word * 64 + found.trailing_zeros() as usize
        }
    }

    /// The first free run of at least `min` granules that starts at `from` or behind it.
    ///
    /// # Safety
    ///
    /// `this` is a block with complete bits from `from` on.
    pub unsafe fn find_run(this: *mut Block, from: usize, min: usize) -> Option<Run> {
        let mut from = from;
        loop {
            // SAFETY: the caller vouches for the block.
            unsafe {
                let start = Self::find(this, from, |b| b.mark & !b.block);
                if start == GRANULES {
                    return None;
                }
                let end = Self::find(this, start, |b| b.block);
                if end - start >= min {
                    return Some(Run { start, end });
                }
                from = end;
            }
        }
    }

    /// Clears the bits of a free run, so that objects can be bumped into it.
    ///
    /// # Safety
    ///
    /// `this` is a block and `run` a free run of it.
    pub unsafe fn open_run(this: *mut Block, run: Run) {
        // SAFETY: the caller vouches for both. There is no block bit in a run, so whole words are the mark bits of
        // the run and of what lies around it.
        unsafe {
            let bits = &mut (*this).bits;
            let (first, last) = (run.start / 64, (run.end - 1) / 64);
            let head = u64::MAX << (run.start % 64);
            let tail = u64::MAX >> (63 - (run.end - 1) % 64);
            if first == last {
                bits[first].mark &= !(head & tail);
            } else {
                bits[first].mark &= !head;
                bits[first + 1..last].iter_mut().for_each(|b| b.mark = 0);
                bits[last].mark &= !tail;
            }
        }
    }

    /// Makes every marked object white again: the start of a major cycle.
    ///
    /// # Safety
    ///
    /// `this` is a block.
    pub unsafe fn clear_marks(this: *mut Block) {
        // SAFETY: the caller vouches for the block.
        unsafe { (*this).bits.iter_mut().for_each(|b| b.mark &= !b.block) };
    }

    /// Whether the block holds any object that a collection has seen.
    ///
    /// # Safety
    ///
    /// `this` is a block.
    pub unsafe fn has_objects(this: *mut Block) -> bool {
        // SAFETY: the caller vouches for the block.
        unsafe { (*this).bits.iter().any(|b| b.block != 0) }
    }

    /// Turns every white object into free space; says whether any object is left.
    ///
    /// # Safety
    ///
    /// `this` is a block; marking is complete.
    pub unsafe fn sweep(this: *mut Block) -> bool {
        let mut any = 0;
        // SAFETY: the caller vouches for the block.
        for b in unsafe { (*this).bits.iter_mut() } {
            let Bits { block, mark } = *b;
            *b = Bits { block: block & mark, mark: block | mark };
            any |= b.block;
        }
        any != 0
    }
}
