//! The bytes of a buffer: written behind, read in front.
//!
//! ```text
//!   bytes   | read already | unread ............ | capacity
//!           0              start                 len
//! ```
//!
//! The bytes lie outside the heap, so the heap is told of every change of the capacity, and of the end of a buffer ([`release`]).

use crate::Vm;
use crate::error::Throw;
use crate::handles::Payloads;
use crate::object::{Gc, LuaString, Userdata};

/// See [`Userdata::payload_kind`].
pub(super) const PAYLOAD_BUFFER: u32 = 3;

/// The payload of a buffer.
pub(super) struct Content {
    bytes: Vec<u8>,
    start: usize,
    /// The userdata's environment holds what the buffer was made with.
    pub has_options: bool,
}

impl Content {
    pub fn new(has_options: bool) -> Content {
        Content { bytes: Vec::new(), start: 0, has_options }
    }

    pub fn of(vm: &Vm, buffer: Gc<Userdata>) -> &Content {
        vm.payloads.downcast(buffer.payload).expect("a buffer keeps its payload")
    }

    pub fn of_mut(vm: &mut Vm, buffer: Gc<Userdata>) -> &mut Content {
        vm.payloads.downcast_mut(buffer.payload).expect("a buffer keeps its payload")
    }

    pub fn unread(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// The first `count` unread bytes, or as many as there are.
    pub fn front(&self, count: usize) -> &[u8] {
        let unread = self.unread();
        &unread[..count.min(unread.len())]
    }

    /// Forgets the first `count` unread bytes, or as many as there are.
    pub fn skip(&mut self, count: usize) {
        self.start += count.min(self.unread().len());
        if self.start == self.bytes.len() {
            self.start = 0;
            self.bytes.clear();
        }
    }
}

/// Appends bytes.
///
/// # Errors
///
/// "not enough memory".
pub(super) fn append(vm: &mut Vm, buffer: Gc<Userdata>, bytes: &[u8]) -> Result<(), Throw> {
    make_room(vm, buffer, bytes.len())?;
    Content::of_mut(vm, buffer).bytes.extend_from_slice(bytes);
    Ok(())
}

/// Makes sure that `more` bytes can be appended.
///
/// # Errors
///
/// "not enough memory".
pub(super) fn make_room(vm: &mut Vm, buffer: Gc<Userdata>, more: usize) -> Result<(), Throw> {
    let content = Content::of_mut(vm, buffer);
    if content.bytes.capacity() - content.bytes.len() >= more {
        return Ok(());
    }
    // What has been read makes room first; then the capacity at least doubles.
    content.bytes.drain(..content.start);
    content.start = 0;
    let (used, old) = (content.bytes.len(), content.bytes.capacity());
    if old - used >= more {
        return Ok(());
    }
    let needed = used.saturating_add(more);
    if needed > LuaString::MAX_LEN {
        return Err(vm.throw_memory());
    }
    let wanted = needed.max(2 * old).min(LuaString::MAX_LEN);
    vm.heap.try_account(wanted - old).map_err(|_| vm.throw_memory())?;
    let content = Content::of_mut(vm, buffer);
    let reserved = content.bytes.try_reserve_exact(wanted - used);
    let grown = content.bytes.capacity();
    // What the allocator gave is what is counted.
    vm.heap.account(grown as isize - wanted as isize);
    reserved.map_err(|_| vm.throw_memory())
}

/// Empties a buffer and gives its memory back.
pub(super) fn free(vm: &mut Vm, buffer: Gc<Userdata>) {
    let content = Content::of_mut(vm, buffer);
    let capacity = content.bytes.capacity();
    (content.bytes, content.start) = (Vec::new(), 0);
    vm.heap.account(-(capacity as isize));
}

/// The bytes that the heap was told of for a userdata that dies, if it is a buffer.
pub fn release(payloads: &Payloads, dying: &Userdata) -> usize {
    if dying.payload_kind != PAYLOAD_BUFFER {
        return 0;
    }
    payloads.downcast::<Content>(dying.payload).map_or(0, |content| content.bytes.capacity())
}
