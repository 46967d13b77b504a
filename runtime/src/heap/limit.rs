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

use super::block::BLOCK_BYTES;
use super::{Heap, params};
use crate::Vm;
use crate::error::OutOfMemory;

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
    /// [`OutOfMemory`] if that would exceed the limit; nothing has been counted then.
    pub fn try_account(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        self.check_limit(bytes)?;
        self.account(bytes as isize);
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

    /// An allocation has failed.
    #[cold]
    pub(super) fn fail(&mut self, error: OutOfMemory) -> OutOfMemory {
        self.cycle.limit_hit = true;
        self.overshoot = params::LIMIT_OVERSHOOT;
        self.gc_requested = 1;
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
        self.bloated = most.max(self.footprint().saturating_add(params::STEP_BYTES));
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
