//! The limit: how much memory a state may use, and how much it holds for that.
//!
//! Objects never move, so that survivors can be in the way of others: what the state holds, its *footprint*, is more than
//! what is in use. The limit is on what is in use, which a program can understand; the footprint follows it:
//!
//! ```text
//!   0                      limit      + slack            + half of the limit
//!   |-- in use ------------|--------------|--------------------|
//!       allocation fails here             |                    allocation fails here, too
//!                                         full collections, one for each step in which the footprint grows
//! ```
//!
//! # A program at its limit gets on or fails
//!
//! The less is free, the sooner the next full collection would come, the less it would find. So what the limit causes is paid for:
//!
//! 1. Between two collections that come because little is free, at least a share of the limit ([`params::CRAMPED_SHARE`]) is
//!    allocated. Where that does not fit below the limit, the allocation that does not fit fails instead.
//! 2. A failed allocation asks for a collection, for much may have died when its error has been caught. Once that has been in vain
//!    twice, the next ones ask only now and then ([`Starvation`]).

use super::block::BLOCK_BYTES;
use super::{Heap, params};
use crate::Vm;
use crate::error::OutOfMemory;

/// How the collector is kept from running in vain for a program that goes on although it has filled its memory.
#[derive(Default)]
pub(super) struct Starvation {
    /// Collections in a row that failed allocations asked for, and that freed next to nothing.
    in_vain: u32,
    /// Allocations that may fail before one asks for a collection again.
    patience: u32,
}

impl Starvation {
    /// Whether an allocation that fails now is to ask for a collection.
    fn asks(&mut self) -> bool {
        let asks = self.patience == 0;
        self.patience = self.patience.saturating_sub(1);
        asks
    }

    /// A collection that a failed allocation asked for has freed `freed` of `used` bytes.
    pub(super) fn note(&mut self, used: usize, freed: usize) {
        self.in_vain = if freed >= used / params::CRAMPED_SHARE { 0 } else { self.in_vain + 1 };
        // The first may have come while the data was still in use by what failed.
        self.patience = (1_u32 << self.in_vain.min(params::MOST_PATIENCE)) >> 2;
    }
}

impl Heap {
    /// Counts memory outside the heap that belongs to the state.
    #[inline]
    pub fn account(&mut self, bytes: isize) {
        self.external_bytes = self.external_bytes.saturating_add_signed(bytes);
        if bytes > 0 {
            self.request_if_due(0);
        }
    }

    /// Counts memory that is about to be allocated outside the heap.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if that would exceed the limit, or the footprint be too big; nothing has been counted then.
    pub fn try_account(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        self.check_limit(bytes)?;
        if self.footprint().saturating_add(bytes) > self.most_held() {
            return Err(self.fail(OutOfMemory));
        }
        self.account(bytes as isize);
        self.request_if_bloated();
        Ok(())
    }

    /// Bytes in use: what was alive after the last collection and what was allocated since.
    #[inline]
    pub fn used_bytes(&self) -> usize {
        self.object_bytes - (self.bump_end as usize - self.bump as usize) + self.external_bytes
    }

    /// The most bytes that may be in use; `None`: no limit.
    pub fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit.unwrap_or(usize::MAX);
        self.overshoot = 0;
        self.starvation = Starvation::default();
        self.shorten_run();
        self.update_threshold();
        self.update_bloated();
    }

    pub fn limit(&self) -> Option<usize> {
        (self.limit != usize::MAX).then_some(self.limit)
    }

    /// Whether `bytes` more may be in use; if not, requests a collection and grants the overshoot.
    pub(super) fn check_limit(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        let most = self.limit.saturating_add(self.overshoot);
        if self.used_bytes().saturating_add(bytes) <= most { Ok(()) } else { Err(self.fail(OutOfMemory)) }
    }

    /// An allocation has failed. Asks for a collection (rule 2 above).
    #[cold]
    pub(super) fn fail(&mut self, error: OutOfMemory) -> OutOfMemory {
        self.overshoot = params::LIMIT_OVERSHOOT;
        if self.starvation.asks() {
            self.cycle.limit_hit = true;
            self.gc_requested = 1;
        }
        error
    }

    /// Requests a collection if `bytes` more make one due.
    #[inline]
    pub(super) fn request_if_due(&mut self, bytes: usize) {
        if self.cycle.stress || self.used_bytes().saturating_add(bytes) >= self.threshold {
            self.gc_requested = 1;
        }
    }

    /// Whether more than three quarters of the limit are in use.
    pub fn is_nearly_full(&self) -> bool {
        self.used_bytes() > self.limit / 4 * 3
    }

    /// Bytes to be allocated at least between two collections that are due because little is free.
    pub(super) fn cramped_share(&self) -> usize {
        self.limit / params::CRAMPED_SHARE
    }

    /// Whether so little is free that the limit might be reached before the next collection.
    pub(super) fn is_cramped(&self) -> bool {
        self.limit.saturating_sub(self.used_bytes()) < self.cramped_share()
    }

    // ---- the footprint

    /// Bytes that the state holds: all blocks and large objects, whatever is in them, and what is accounted.
    pub fn footprint(&self) -> usize {
        self.space.held() + self.large.held() + self.external_bytes
    }

    /// The most that the footprint may be.
    pub(super) fn most_held(&self) -> usize {
        let beyond = match self.overshoot {
            0 => 0,
            usize::MAX => usize::MAX,
            _ => BLOCK_BYTES,
        };
        (self.limit.saturating_add(self.limit / 2))
            .saturating_add(params::FOOTPRINT_SLACK)
            .saturating_add(beyond)
    }

    /// Requests a full collection if the footprint has got too big for the limit.
    pub(super) fn request_if_bloated(&mut self) {
        if self.footprint() > self.bloated {
            self.cycle.limit_hit = true;
            self.gc_requested = 1;
        }
    }

    /// After a full collection, which may have left the footprint as big as it was.
    pub(super) fn update_bloated(&mut self) {
        let most = self.limit.saturating_add(params::FOOTPRINT_SLACK);
        let step = params::STEP_BYTES.max(self.cramped_share());
        self.bloated = most.max(self.footprint().saturating_add(step));
    }

    /// How much free memory is kept when `live` bytes are in use.
    pub(super) fn reserve(&self, live: usize) -> usize {
        params::EMPTY_RESERVE.max(live / 2).min(self.limit / 4)
    }
}

impl Vm {
    /// Runs `make`, whose allocations may exceed the memory limit. (Those behind it fail then, and a collection is requested.)
    pub fn beyond_memory_limit<T>(&mut self, make: impl FnOnce(&mut Vm) -> T) -> T {
        self.heap.overshoot = usize::MAX;
        let made = make(self);
        self.heap.overshoot = params::LIMIT_OVERSHOOT;
        self.heap.shorten_run();
        made
    }
}
