//! The block space: which blocks there are, and where allocation goes next.
//!
//! Allocation visits the `ready` blocks one after the other and takes their free runs, then empty blocks, then a new one,
//! asked of the system. After a minor collection the blocks visited last come first again: they are the freest and still in
//! the caches. A major one gives empty blocks back to the system, but for a reserve.
//!
//! Small objects and medium ones that do not fit the small ones' run are allocated in different blocks, of two [`Lane`]s:
//! else the medium ones would not fit the gaps between small survivors, and want ever more empty blocks.
//!
//! # Rules
//!
//! 1. `all` lists every block, initialised, in a mapping of its own.
//! 2. A block is in at most one of `empty` and, of one lane, `ready`, `visited` and `current`.
//! 3. `runs` lists the runs opened since the last collection: their bits are void until [`BlockSpace::close_runs`].

use super::block::{BLOCK_BYTES, Block, FIRST, GRANULES, Run};
use super::{pages, params};
use crate::object::GRANULE;
use std::collections::VecDeque;

/// All blocks of a heap.
#[derive(Default)]
pub struct BlockSpace {
    all: Vec<*mut Block>,
    empty: Vec<*mut Block>,
    lanes: [Lane; 2],
    runs: Vec<(*mut Block, Run)>,
}

/// Which blocks an object goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum LaneKind {
    Small,
    Medium,
}

/// The blocks that objects of one class of sizes go to.
#[derive(Default)]
struct Lane {
    ready: VecDeque<*mut Block>,
    /// Done with since the last collection, but worth another visit after it.
    visited: Vec<*mut Block>,
    current: Option<Visit>,
}

/// The block that is being allocated from.
struct Visit {
    block: *mut Block,
    /// Where to look for the next run.
    cursor: usize,
    /// Free bytes found so far.
    found: usize,
}

impl BlockSpace {
    /// A free run of at least `bytes` in a block of this lane. `None` if that takes another block, and all would be more than `most`
    /// bytes then, or the system has none.
    ///
    /// `bytes` is at most what a block holds.
    pub fn next_run(&mut self, kind: LaneKind, bytes: usize, most: usize) -> Option<(*mut Block, Run)> {
        let min = bytes.max(params::MIN_RUN).div_ceil(GRANULE);
        debug_assert!(min <= GRANULES - FIRST);
        loop {
            let lane = &mut self.lanes[kind as usize];
            if let Some(Visit { block, cursor, found }) = lane.current.take() {
                // SAFETY: rule 1; the runs taken from this block lie below the cursor.
                if let Some(run) = unsafe { Block::find_run(block, cursor, min) } {
                    lane.current = Some(Visit { block, cursor: run.end, found: found + run.bytes() });
                    return Some(self.open(block, run));
                }
                if found >= params::MIN_BLOCK_YIELD {
                    lane.visited.push(block);
                }
            }
            let block = match lane.ready.pop_front() {
                Some(block) => block,
                None => {
                    let block = self.take_empty(most)?;
                    // SAFETY: rule 1.
                    unsafe { (*block).lane = kind };
                    block
                }
            };
            self.lanes[kind as usize].current = Some(Visit { block, cursor: FIRST, found: 0 });
        }
    }

    fn open(&mut self, block: *mut Block, run: Run) -> (*mut Block, Run) {
        // SAFETY: rule 1, and the run was found free.
        unsafe { Block::open_run(block, run) };
        self.runs.push((block, run));
        (block, run)
    }

    fn take_empty(&mut self, most: usize) -> Option<*mut Block> {
        if let Some(block) = self.empty.pop() {
            return Some(block);
        }
        if self.held() + BLOCK_BYTES > most {
            return None;
        }
        let block = pages::map(BLOCK_BYTES, BLOCK_BYTES)?.as_ptr() as *mut Block;
        // SAFETY: a block's worth of new memory, aligned to that.
        unsafe { Block::init(block) };
        self.all.push(block);
        Some(block)
    }

    /// The end of marking: what is left of the runs opened since the last collection becomes free space again. (Behind
    /// each marked object marking itself has put a start of free space.)
    pub fn close_runs(&mut self) {
        for (block, run) in self.runs.drain(..) {
            // SAFETY: rule 1.
            unsafe { Block::set_free_start(block, run.start) };
        }
    }

    /// After a minor collection: start again with the blocks allocated in last. Those in which everything has died are
    /// as good as new ones.
    pub fn finish_minor(&mut self) {
        for lane in &mut self.lanes {
            if let Some(visit) = lane.current.take() {
                lane.visited.push(visit.block);
            }
            for block in lane.visited.drain(..).rev() {
                // SAFETY: rule 1; runs are closed.
                unsafe {
                    if Block::has_objects(block) {
                        lane.ready.push_front(block);
                    } else {
                        Block::init(block);
                        self.empty.push(block);
                    }
                }
            }
        }
    }

    /// The start of a major cycle.
    pub fn clear_marks(&mut self) {
        for &block in &self.all {
            // SAFETY: rule 1.
            unsafe { Block::clear_marks(block) };
        }
    }

    /// The end of a major cycle: frees every white object, and gives empty blocks back to the system, but for `reserve` bytes of
    /// them. Runs are closed.
    pub fn sweep(&mut self, reserve: usize) {
        debug_assert!(self.runs.is_empty());
        let BlockSpace { all, empty, lanes, .. } = self;
        *lanes = Default::default();
        empty.clear();
        let most = reserve / BLOCK_BYTES;
        all.retain(|&block| {
            // SAFETY: rule 1; a block without objects is nobody's.
            unsafe {
                if Block::sweep(block) {
                    lanes[(*block).lane as usize].ready.push_back(block);
                } else if empty.len() < most {
                    Block::init(block);
                    empty.push(block);
                } else {
                    pages::unmap(block as *mut u8, BLOCK_BYTES, BLOCK_BYTES);
                    return false;
                }
                true
            }
        });
    }

    /// Fills all free space with `byte`, so that whoever uses a dead object notices. Runs are closed.
    pub fn poison(&mut self, byte: u8) {
        for &block in &self.all {
            let mut from = FIRST;
            // SAFETY: rule 1; free runs hold no object.
            unsafe {
                while let Some(run) = Block::find_run(block, from, 1) {
                    Block::address(block, run.start).write_bytes(byte, run.bytes());
                    from = run.end;
                }
            }
        }
    }

    /// Bytes of all blocks.
    pub fn held(&self) -> usize {
        self.all.len() * BLOCK_BYTES
    }
}

impl Drop for BlockSpace {
    fn drop(&mut self) {
        for &block in &self.all {
            // SAFETY: rule 1; the state is gone.
            unsafe { pages::unmap(block as *mut u8, BLOCK_BYTES, BLOCK_BYTES) };
        }
    }
}
