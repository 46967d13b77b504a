//! The block space: which blocks there are, and where allocation goes next.
//!
//! Blocks are carved from chunks asked of the system, the first one small. Allocation visits the `ready` blocks one after
//! the other and takes their free runs, then empty blocks, then a new chunk. After a minor collection the blocks visited
//! last come first again: they are the freest and still in the caches.
//!
//! Small objects and medium ones that do not fit the small ones' run are allocated in different blocks, of two [`Lane`]s:
//! else the medium ones would not fit the gaps between small survivors, and want ever more empty blocks.
//!
//! # Rules
//!
//! 1. `all` lists every block, initialised, in memory that `chunks` owns.
//! 2. A block is in at most one of `empty` and, of one lane, `ready`, `visited` and `current`.
//! 3. `runs` lists the runs opened since the last collection: their bits are void until [`BlockSpace::close_runs`].

use super::block::{BLOCK_BYTES, Block, FIRST, GRANULES, Run};
use super::params;
use crate::object::GRANULE;
use std::alloc::Layout;
use std::collections::VecDeque;

struct Chunk {
    memory: *mut u8,
    blocks: usize,
    /// How many of them are in `empty`; used while chunks are being given back.
    empty: usize,
}

fn layout(blocks: usize) -> Layout {
    Layout::from_size_align(blocks * BLOCK_BYTES, BLOCK_BYTES).expect("a chunk is a few MiB")
}

/// All blocks of a heap.
#[derive(Default)]
pub struct BlockSpace {
    chunks: Vec<Chunk>,
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
    /// A free run of at least `bytes` in a block of this lane; `None` if the system has no memory for another block.
    ///
    /// `bytes` is at most what a block holds.
    pub fn next_run(&mut self, kind: LaneKind, bytes: usize) -> Option<(*mut Block, Run)> {
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
                    let block = self.take_empty()?;
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

    fn take_empty(&mut self) -> Option<*mut Block> {
        if self.empty.is_empty() {
            // The first chunk is one block; then they grow with the heap.
            self.add_chunk(self.all.len().clamp(1, params::MAX_CHUNK_BLOCKS))
                .or_else(|| self.add_chunk(1))?;
        }
        self.empty.pop()
    }

    fn add_chunk(&mut self, blocks: usize) -> Option<()> {
        // SAFETY: the layout is not empty, and each block is a piece of the new memory, aligned as the whole is.
        unsafe {
            let memory = std::alloc::alloc(layout(blocks));
            if memory.is_null() {
                return None;
            }
            for i in (0..blocks).rev() {
                let block = memory.add(i * BLOCK_BYTES) as *mut Block;
                Block::init(block, self.chunks.len() as u32);
                self.all.push(block);
                self.empty.push(block);
            }
            self.chunks.push(Chunk { memory, blocks, empty: 0 });
        }
        Some(())
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
                        Block::init(block, (*block).chunk);
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

    /// The end of a major cycle: frees every white object; `live` bytes of objects are left. Runs are closed.
    pub fn sweep(&mut self, live: usize) {
        debug_assert!(self.runs.is_empty());
        self.lanes = Default::default();
        self.empty.clear();
        for &block in &self.all {
            // SAFETY: rule 1.
            unsafe {
                if Block::sweep(block) {
                    self.lanes[(*block).lane as usize].ready.push_back(block);
                } else {
                    Block::init(block, (*block).chunk);
                    self.empty.push(block);
                }
            }
        }
        let reserve = params::EMPTY_RESERVE.max(live / 2);
        if self.empty.len() * BLOCK_BYTES > reserve {
            self.give_back(reserve);
        }
    }

    /// Gives chunks back that have become empty, down to the reserve.
    fn give_back(&mut self, reserve: usize) {
        for &block in &self.empty {
            // SAFETY: rule 1.
            self.chunks[unsafe { (*block).chunk } as usize].empty += 1;
        }
        let mut surplus = (self.empty.len() * BLOCK_BYTES).saturating_sub(reserve);
        for chunk in &mut self.chunks {
            let bytes = chunk.blocks * BLOCK_BYTES;
            let is_empty = chunk.blocks > 0 && chunk.empty == chunk.blocks;
            chunk.empty = 0;
            if !is_empty || bytes > surplus {
                continue;
            }
            surplus -= bytes;
            let (from, to) = (chunk.memory as usize, chunk.memory as usize + bytes);
            let outside = |b: &*mut Block| !(from..to).contains(&(*b as usize));
            self.all.retain(outside);
            self.empty.retain(outside);
            // SAFETY: allocated with this layout; no block of it is listed any more and no object is left in it.
            unsafe { std::alloc::dealloc(chunk.memory, layout(chunk.blocks)) };
            // The entry stays, so that the numbers in other blocks stay right.
            *chunk = Chunk { memory: std::ptr::null_mut(), blocks: 0, empty: 0 };
        }
        while self.chunks.last().is_some_and(|c| c.blocks == 0) {
            self.chunks.pop();
        }
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

    /// How many blocks there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.all.len()
    }
}

impl Drop for BlockSpace {
    fn drop(&mut self) {
        for chunk in self.chunks.iter().filter(|c| c.blocks > 0) {
            // SAFETY: allocated with this layout; the state is gone.
            unsafe { std::alloc::dealloc(chunk.memory, layout(chunk.blocks)) };
        }
    }
}
