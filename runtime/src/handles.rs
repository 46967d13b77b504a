//! What the outside world holds of a state, and what a state holds of the outside world.
//!
//! [`Handles`]: values that the embedder keeps, in counted slots which the collector takes as roots. [`Payloads`]: Rust
//! values that userdata and host functions carry, outside the heap, because the host may keep them longer than the
//! object and because the collector must not run foreign code: what it frees waits in a list until the driver drops it.

use crate::error::OutOfMemory;
use crate::{Value, Vm};
use std::any::Any;

/// A slot of [`Handles`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct HandleId(pub u32);

/// End of the list of free slots.
const NO_SLOT: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Slot {
    value: Value,
    /// How many holders; 0: the slot is free.
    count: u32,
    next_free: u32,
}

/// The values that the embedder holds.
pub struct Handles {
    slots: Vec<Slot>,
    free: u32,
}

impl Default for Handles {
    fn default() -> Handles {
        Handles::new()
    }
}

impl Handles {
    pub fn new() -> Handles {
        Handles { slots: Vec::new(), free: NO_SLOT }
    }

    /// A new slot that holds `value`, with one holder.
    pub fn alloc(&mut self, value: Value) -> HandleId {
        let fresh = Slot { value, count: 1, next_free: NO_SLOT };
        if self.free == NO_SLOT {
            self.slots.push(fresh);
            return HandleId(self.slots.len() as u32 - 1);
        }
        let id = self.free;
        self.free = self.slots[id as usize].next_free;
        self.slots[id as usize] = fresh;
        HandleId(id)
    }

    /// One more holder. The id stays the same.
    pub fn retain(&mut self, id: HandleId) -> HandleId {
        let slot = &mut self.slots[id.0 as usize];
        debug_assert!(slot.count > 0, "a handle that was given back");
        slot.count += 1;
        id
    }

    /// One holder less; the last one frees the slot.
    pub fn release(&mut self, id: HandleId) {
        let slot = &mut self.slots[id.0 as usize];
        debug_assert!(slot.count > 0, "a handle that was given back");
        slot.count -= 1;
        if slot.count == 0 {
            slot.value = Value::NIL;
            slot.next_free = self.free;
            self.free = id.0;
        }
    }

    #[inline]
    pub fn get(&self, id: HandleId) -> Value {
        self.slots[id.0 as usize].value
    }

    pub fn set(&mut self, id: HandleId, value: Value) {
        debug_assert!(self.slots[id.0 as usize].count > 0);
        self.slots[id.0 as usize].value = value;
    }

    /// How many slots are held.
    pub fn len(&self) -> usize {
        self.slots.iter().filter(|s| s.count > 0).count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All held values, for the collector.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.slots.iter().map(|s| s.value)
    }
}

enum Payload {
    Free {
        next: u32,
    },
    Held {
        payload: Box<dyn Any>,
        /// What it counts as.
        bytes: u32,
    },
}

/// The Rust values that userdata and host functions carry. Number 0 is "none".
pub struct Payloads {
    slots: Vec<Payload>,
    free: u32,
    /// Freed by the collector, not dropped yet.
    dead: Vec<Box<dyn Any>>,
}

impl Default for Payloads {
    fn default() -> Payloads {
        Payloads::new()
    }
}

impl Payloads {
    pub fn new() -> Payloads {
        Payloads { slots: Vec::new(), free: NO_SLOT, dead: Vec::new() }
    }

    /// Keeps `payload`; its number is not 0.
    fn alloc(&mut self, payload: Box<dyn Any>, bytes: u32) -> u32 {
        let held = Payload::Held { payload, bytes };
        if self.free == NO_SLOT {
            self.slots.push(held);
            return self.slots.len() as u32;
        }
        let at = self.free;
        let old = std::mem::replace(&mut self.slots[at as usize], held);
        if let Payload::Free { next } = old {
            self.free = next;
        }
        at + 1
    }

    pub fn get(&self, id: u32) -> Option<&dyn Any> {
        match self.slots.get((id as usize).wrapping_sub(1)) {
            Some(Payload::Held { payload, .. }) => Some(&**payload),
            _ => None,
        }
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut dyn Any> {
        match self.slots.get_mut((id as usize).wrapping_sub(1)) {
            Some(Payload::Held { payload, .. }) => Some(&mut **payload),
            _ => None,
        }
    }

    /// The payload as a `T`.
    pub fn downcast<T: 'static>(&self, id: u32) -> Option<&T> {
        self.get(id)?.downcast_ref()
    }

    /// The payload as a `T`.
    pub fn downcast_mut<T: 'static>(&mut self, id: u32) -> Option<&mut T> {
        self.get_mut(id)?.downcast_mut()
    }

    /// Takes payload `id` out and leaves it for [`Payloads::take_dead`]; its number is free again. Says what it counted as.
    fn bury(&mut self, id: u32) -> usize {
        let at = (id as usize).wrapping_sub(1);
        let Some(slot @ Payload::Held { .. }) = self.slots.get_mut(at) else { return 0 };
        match std::mem::replace(slot, Payload::Free { next: self.free }) {
            Payload::Held { payload, bytes } => {
                self.free = at as u32;
                self.dead.push(payload);
                bytes as usize
            }
            Payload::Free { .. } => unreachable!("just seen to be held"),
        }
    }

    /// Whether dead payloads wait to be dropped.
    pub fn has_dead(&self) -> bool {
        !self.dead.is_empty()
    }

    /// The payloads of objects that died. Drop them while no borrow of the VM is held: that runs foreign code.
    pub fn take_dead(&mut self) -> Vec<Box<dyn Any>> {
        std::mem::take(&mut self.dead)
    }

    /// How many payloads are held.
    pub fn len(&self) -> usize {
        self.slots.iter().filter(|s| matches!(s, Payload::Held { .. })).count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What keeping a payload takes, besides itself: a slot, a place in the list of what dies with a ceremony, and what the
/// system's allocator adds to each of a few allocations.
const PAYLOAD_OVERHEAD: usize = 96;

impl Vm {
    /// Keeps `payload`, which owns about so many bytes outside itself; its number is not 0. It counts towards the memory
    /// limit until it is buried.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if that would exceed the limit. The payload waits to be dropped then, as a dead one.
    pub fn keep_payload(&mut self, payload: Box<dyn Any>, owned: usize) -> Result<u32, OutOfMemory> {
        let bytes = size_of_val(&*payload).saturating_add(owned).saturating_add(PAYLOAD_OVERHEAD);
        let counted = u32::try_from(bytes).map_err(|_| OutOfMemory);
        match counted.and_then(|counted| self.heap.try_account(bytes).map(|()| counted)) {
            Ok(counted) => Ok(self.payloads.alloc(payload, counted)),
            Err(error) => {
                self.payloads.dead.push(payload);
                Err(error)
            }
        }
    }

    /// Gives payload `id` up: it is dropped when nobody holds the VM. Unknown numbers do nothing.
    pub fn bury_payload(&mut self, id: u32) {
        let bytes = self.payloads.bury(id);
        self.heap.account(-(bytes as isize));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handle_slots_are_counted_and_reused() {
        let mut handles = Handles::new();
        let a = handles.alloc(Value::TRUE);
        let b = handles.alloc(Value::ZERO);
        handles.retain(a);
        handles.release(a);
        assert_eq!((handles.get(a), handles.len()), (Value::TRUE, 2));
        handles.release(a);
        assert_eq!(handles.len(), 1);
        assert_eq!(handles.alloc(Value::FALSE), a);
        handles.set(b, Value::NIL);
        assert_eq!(handles.values().collect::<Vec<_>>(), [Value::FALSE, Value::NIL]);
    }

    #[test]
    fn payloads_die_in_two_steps() {
        let mut payloads = Payloads::new();
        let a = payloads.alloc(Box::new(7_i32), 1);
        let b = payloads.alloc(Box::new("b"), 2);
        assert!(a != 0 && b != 0);
        *payloads.downcast_mut::<i32>(a).unwrap() += 1;
        assert_eq!(payloads.downcast::<i32>(a), Some(&8));
        assert!(payloads.downcast::<i32>(b).is_none() && payloads.get(0).is_none());
        assert_eq!(payloads.bury(a), 1);
        assert!(payloads.get(a).is_none() && payloads.has_dead());
        assert_eq!(payloads.take_dead().len(), 1);
        assert_eq!(payloads.alloc(Box::new(()), 0), a);
        assert_eq!(payloads.bury(99), 0);
        assert!(!payloads.has_dead() && payloads.bury(b) == 2 && payloads.len() == 1);
    }
}
