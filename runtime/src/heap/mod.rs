//! The heap: allocation, the memory count, and the collector.
//!
//! Objects never move. Small ones are bumped into the free runs of [`block`]s, large ones have allocations of their own.
//! The collector is precise and generational, with marks that stick: a *minor* cycle marks only what was allocated since
//! the last collection, starting from the roots and from the old objects that were written to; a *major* cycle marks
//! everything, a step at a time, and sweeps by bitmap. It runs at safepoints only, in [`cycle`].
//!
//! | module | |
//! |---|---|
//! | [`block`], [`space`], [`large`], [`pages`] | where objects lie; bits; sweeping; what the system gives |
//! | [`limit`] | the memory count and the limit |
//! | [`marker`], [`scan`], [`roots`] | marking: the gray stack; what each kind refers to; where it starts |
//! | [`weak`], [`finalize`] | weak tables; dying userdata, threads and prototypes |
//! | [`cycle`] | when to collect, and the order of it all |
//!
//! # Rules
//!
//! 1. Between a safepoint and the next one nothing is freed but the parts that tables let go of ([`Heap::free_part`]).
//!    Whatever was allocated is completely initialised when a safepoint is reached (its size above all, which marking
//!    reads from the object).
//! 2. [`gc_flag::BLACK`] is set only on objects that are marked and whose references have been marked. Whoever stores a
//!    collectable value, a part (array, slots, dictionary) or another shape into a black object calls the barrier, which
//!    makes it gray again: unsets the flag and remembers the object. A big table may stay black, where the value stored
//!    among its elements is remembered instead.
//! 3. After a collection every object that is left is marked, and each of those that refer to others is black or
//!    remembered.
//! 4. Running stacks are written without a barrier and scanned anew at the end of every marking. A thread that was
//!    suspended must pass the barrier when it is resumed.
//! 5. `bump <= bump_end <= run_end`, all in one open run (or all null): nothing else lies between them.

pub mod block;
mod cycle;
mod finalize;
mod large;
mod limit;
mod marker;
mod pages;
pub mod params;
mod roots;
mod scan;
mod space;
mod weak;

#[cfg(test)]
mod tests;

pub use cycle::Phase;
pub(crate) use marker::prefetch;
pub use marker::{Marker, is_marked, object_size};
pub use weak::{DEAD_KEY, WEAK_KEYS, WEAK_VALUES};

use crate::error::OutOfMemory;
use crate::object::{GRANULE, Gc, Header, Kind, NativeFunction, Table, Thread, Userdata, Values, gc_flag};
use crate::proto::Proto;
use crate::{Value, Vm};
use std::collections::VecDeque;

/// Of [`Heap::gc_requested`]: finalisers are to be called, and no collection is due.
const FINALIZERS_WAIT: u32 = 2;

/// The heap of a state. The first three fields are native code's business too.
#[repr(C)]
pub struct Heap {
    /// Where the next object goes ...
    pub bump: *mut u8,
    /// ... if it ends here or below.
    pub bump_end: *mut u8,
    /// Not zero: the next safepoint is to collect, or to call finalisers only, if this is [`FINALIZERS_WAIT`].
    pub gc_requested: u32,
    /// Userdata whose `__gc` is to be called, in this order. The interpreter takes them out.
    pub finalizers: VecDeque<Value>,
    /// What other crates want to be told.
    pub hooks: Hooks,

    /// The end of the run that `bump_end` is in.
    run_end: *mut u8,
    /// The free part of a second run, for medium objects that do not fit the first.
    medium: *mut u8,
    medium_end: *mut u8,
    space: space::BlockSpace,
    large: large::LargeObjects,

    /// Bytes of objects: those alive after the last collection, and all that was handed out since, up to `bump_end`.
    object_bytes: usize,
    /// Bytes outside the heap that belong to the state.
    external_bytes: usize,
    limit: usize,
    /// [`params::LIMIT_OVERSHOOT`] from a failed allocation to the next collection that gets below the limit; else 0.
    overshoot: usize,
    starvation: limit::Starvation,
    /// Request a collection when `used_bytes` reaches this.
    threshold: usize,
    /// Request a full one when [`Heap::footprint`] is more than this.
    bloated: usize,

    /// Black objects that were written to.
    remembered: Vec<*mut Header>,
    /// What was stored into big tables that are black still.
    remembered_children: Vec<Value>,
    /// Stores into them since they were last looked at.
    stores_in_big: usize,
    marker: Marker,
    cycle: cycle::CycleState,
    dying: finalize::Dying,
}

/// Which objects a collection marks anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those made since the last collection; older ones are marked still.
    Young,
    All,
}

/// What other parts of the VM want of the collector; null functions by default.
#[derive(Clone, Copy, Default)]
pub struct Hooks {
    /// Marks values that only machine code refers to. Called in every collection, with what that marks.
    pub mark_roots: Option<fn(&mut Vm, &mut Marker, Extent)>,
    /// What is not marked now is dead. Called at the end of every marking, for machine code to let go of it; may mark shapes whose
    /// metatable is marked.
    pub marked: Option<fn(&mut Vm, &mut Marker, Extent)>,
    /// A prototype is about to be freed.
    pub proto_freed: Option<fn(&mut Vm, *mut Proto)>,
}

impl Default for Heap {
    fn default() -> Heap {
        Heap::new()
    }
}

impl Heap {
    /// An empty heap; the first block is made when the first object is.
    pub fn new() -> Heap {
        let null = std::ptr::null_mut;
        Heap {
            bump: null(),
            bump_end: null(),
            gc_requested: 0,
            finalizers: VecDeque::new(),
            hooks: Hooks::default(),
            run_end: null(),
            medium: null(),
            medium_end: null(),
            space: space::BlockSpace::default(),
            large: large::LargeObjects::default(),
            object_bytes: 0,
            external_bytes: 0,
            limit: usize::MAX,
            overshoot: 0,
            starvation: limit::Starvation::default(),
            threshold: params::NURSERY_MIN,
            bloated: usize::MAX,
            remembered: Vec::new(),
            remembered_children: Vec::new(),
            stores_in_big: 0,
            marker: Marker::default(),
            cycle: cycle::CycleState::default(),
            dying: finalize::Dying::default(),
        }
    }

    // ---- allocation

    /// Room for an object of `bytes` bytes (rounded up to whole granules), with its header.
    ///
    /// The rest is not initialised, and must be before the next safepoint (rule 1). The header's `word` is the caller's to set,
    /// except for [`Kind::Values`], which has its number of values there, and [`Kind::Bytes`], its number of granules.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the limit is reached or the system refuses. A collection is requested then.
    #[inline(always)]
    pub fn alloc(&mut self, kind: Kind, bytes: usize) -> Result<*mut Header, OutOfMemory> {
        debug_assert!(bytes >= size_of::<Header>());
        let Some(size) = bytes.checked_next_multiple_of(GRANULE) else { return Err(OutOfMemory) };
        let p = self.bump;
        if size > params::LARGE_OBJECT || size > self.bump_end as usize - p as usize {
            return self.alloc_slow(kind, size);
        }
        self.bump = p.wrapping_add(size);
        // SAFETY: rule 5: `size` bytes from `bump` are free.
        unsafe { Self::start(p, kind, size, 0) };
        Ok(p as *mut Header)
    }

    /// Writes the header of a new object.
    ///
    /// # Safety
    ///
    /// `p` starts a free range of `size` bytes.
    #[inline(always)]
    unsafe fn start(p: *mut u8, kind: Kind, size: usize, gc: u8) {
        let word = match kind {
            Kind::Values => ((size - Values::byte_size(0)) / size_of::<Value>()) as u32,
            Kind::Bytes => (size / GRANULE) as u32,
            _ => 0,
        };
        // SAFETY: the caller vouches for the memory.
        unsafe { (p as *mut Header).write(Header { kind, gc, small: 0, word }) };
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, kind: Kind, size: usize) -> Result<*mut Header, OutOfMemory> {
        self.check_limit(size)?;
        self.request_if_due(size);
        let (p, gc) = if size > params::LARGE_OBJECT {
            if size / size_of::<Value>() > u32::MAX as usize {
                return Err(OutOfMemory);
            }
            let most = self.most_held().saturating_sub(self.footprint() - self.large.held());
            let p = self.large.alloc(size, most).map_err(|e| self.fail(e))? as *mut u8;
            self.request_if_bloated();
            self.object_bytes += size;
            (p, gc_flag::LARGE)
        } else {
            (self.alloc_in_block(size).ok_or(OutOfMemory).map_err(|e| self.fail(e))?, 0)
        };
        // SAFETY: fresh memory of this size.
        unsafe { Self::start(p, kind, size, gc) };
        Ok(p as *mut Header)
    }

    fn alloc_in_block(&mut self, size: usize) -> Option<*mut u8> {
        if (self.run_end as usize - self.bump as usize) < size {
            if size >= params::MEDIUM_OBJECT && self.run_end != self.bump {
                return self.alloc_medium(size);
            }
            self.close_run();
            let (block, run) = self.next_run(space::LaneKind::Small, size)?;
            self.bump = block::Block::address(block, run.start);
            self.bump_end = self.bump;
            self.run_end = block::Block::address(block, run.end);
        }
        self.extend(size);
        let p = self.bump;
        self.bump = p.wrapping_add(size);
        Some(p)
    }

    fn next_run(&mut self, lane: space::LaneKind, size: usize) -> Option<(*mut block::Block, block::Run)> {
        let held = self.space.held();
        let most = self.most_held().saturating_sub(self.footprint() - held);
        let run = self.space.next_run(lane, size, most);
        self.request_if_bloated();
        run
    }

    /// Moves `bump_end` up: by `size` bytes at least, else as far as the run, the limit and the next collection allow.
    fn extend(&mut self, size: usize) {
        self.shorten_run();
        let room = self.run_end as usize - self.bump as usize;
        let used = self.object_bytes + self.external_bytes;
        let until = |mark: usize| (mark.saturating_sub(used) & !(GRANULE - 1)).max(size);
        let mut grant = room.min(until(self.limit.saturating_add(self.overshoot)));
        if self.cycle.stress {
            grant = size;
        } else if used < self.threshold {
            grant = grant.min(until(self.threshold));
        }
        self.bump_end = self.bump.wrapping_add(grant);
        self.object_bytes += grant;
    }

    /// A medium object that does not fit the current run, which is worth keeping.
    fn alloc_medium(&mut self, size: usize) -> Option<*mut u8> {
        if (self.medium_end as usize - self.medium as usize) < size {
            let (block, run) = self.next_run(space::LaneKind::Medium, size)?;
            self.medium = block::Block::address(block, run.start);
            self.medium_end = block::Block::address(block, run.end);
        }
        let p = self.medium;
        self.medium = p.wrapping_add(size);
        self.object_bytes += size;
        Some(p)
    }

    /// Makes the next allocation take the slow path, which looks at the settings anew.
    fn shorten_run(&mut self) {
        self.object_bytes -= self.bump_end as usize - self.bump as usize;
        self.bump_end = self.bump;
    }

    /// Stops allocating in the current run. What is left of it is free again after the next collection.
    fn close_run(&mut self) {
        self.shorten_run();
        self.bump = std::ptr::null_mut();
        self.bump_end = std::ptr::null_mut();
        self.run_end = std::ptr::null_mut();
    }

    /// Tells that a table has replaced one of its parts (array, slots, dictionary), and that nobody will use the old one again.
    /// A large one is freed at once: growing an array would otherwise leave as much garbage as the array has elements.
    ///
    /// # Safety
    ///
    /// `part` is a [`Kind::Values`] or [`Kind::Dict`] object that nothing refers to any more.
    #[inline]
    pub unsafe fn free_part(&mut self, part: *mut Header) {
        if large::is_large(part) {
            // SAFETY: the caller vouches for the object. Parts are never gray, so the marker does not have it either.
            let (size, marked) = unsafe { self.large.free_now(part) };
            self.object_bytes -= size;
            if marked {
                self.marker.live -= size;
            }
        }
    }

    // ---- the write barrier

    /// After a collectable value (or a part, or another shape) has been stored into `parent`: see rule 2.
    ///
    /// # Safety
    ///
    /// `parent` is a live object.
    #[inline(always)]
    pub unsafe fn barrier(&mut self, parent: *mut Header) {
        // SAFETY: the caller vouches for the object.
        if unsafe { (*parent).is_black() } {
            // SAFETY: likewise.
            unsafe { self.barrier_back(parent) };
        }
    }

    /// The barrier for an object that is known to be black.
    ///
    /// # Safety
    ///
    /// `parent` is a live object.
    #[cold]
    #[inline(never)]
    pub unsafe fn barrier_back(&mut self, parent: *mut Header) {
        // SAFETY: the caller vouches for the object.
        unsafe { (*parent).gc &= !gc_flag::BLACK };
        self.remembered.push(parent);
    }

    /// After the value `child` has been stored into the array part or the dictionary of `parent` (its key too, if it is
    /// new, must be passed, or [`Heap::barrier`] called). As [`Heap::barrier`], but a big table stays black and the child is
    /// remembered instead, so that a collection need not scan the whole table again for a few new elements.
    ///
    /// # Safety
    ///
    /// `parent` is a live table, and `child` a live value.
    #[inline(always)]
    pub unsafe fn barrier_value(&mut self, parent: *mut Table, child: Value) {
        // SAFETY: the caller vouches for the table.
        if child.is_collectable() && unsafe { (*parent).header.is_black() } {
            // SAFETY: likewise.
            unsafe { self.barrier_forward(parent, child) };
        }
    }

    /// The same for a table that is known to be black, and a collectable value.
    ///
    /// # Safety
    ///
    /// As [`Heap::barrier_value`].
    #[cold]
    #[inline(never)]
    pub unsafe fn barrier_forward(&mut self, parent: *mut Table, child: Value) {
        // SAFETY: the caller vouches for both.
        unsafe {
            let in_dict = if (*parent).dict.is_null() { 0 } else { (*(*parent).dict).count };
            let size = ((*parent).asize + in_dict) as usize;
            self.stores_in_big += 1;
            // A loop that fills the table, or moves what is in it, gets by with one barrier. Weak tables must be scanned.
            let is_filled = self.stores_in_big > size / params::STORES_SHARE;
            if size < params::BIG_TABLE || is_filled || (*parent).weak != 0 {
                self.barrier_back(parent as *mut Header);
            } else if child.as_object().is_some_and(|p| !is_marked(p)) {
                self.remembered_children.push(child);
            }
        }
    }

    // ---- objects that the sweep must be told of

    /// After a thread has been initialised: its stack is to be freed when it dies.
    pub fn register_thread(&mut self, thread: *mut Thread) {
        self.dying.threads.push(thread);
    }

    /// After a userdata has been initialised: its `__gc` is to be called and its payload freed when it dies.
    /// Every userdata is registered, in the order of creation.
    pub fn register_userdata(&mut self, userdata: *mut Userdata) {
        self.dying.userdata.push(userdata);
    }

    /// After a host function has been initialised whose `header.word` is the number of a payload: that is freed with it.
    pub fn register_host_function(&mut self, function: *mut NativeFunction) {
        self.dying.host_functions.push(function);
    }
}

impl Vm {
    /// Makes a full userdata. It is known to the sweep, so its metatable's `__gc` is honoured, whenever that gets one.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the limit is reached.
    pub fn new_userdata(
        &mut self,
        metatable: *mut Table,
        payload: u32,
        payload_kind: u32,
    ) -> Result<Gc<Userdata>, OutOfMemory> {
        let u = self.heap.alloc(Kind::Userdata, size_of::<Userdata>())? as *mut Userdata;
        // SAFETY: a fresh object of this size.
        unsafe {
            let header = (*u).header;
            u.write(Userdata { header, metatable, env: self.thread_globals(), payload, payload_kind });
            self.heap.register_userdata(u);
            Ok(Gc::from_raw(u))
        }
    }
}
