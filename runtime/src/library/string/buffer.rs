//! A growing text in the slots of a sequence.
//!
//! A sequence may be left between two steps and never come back, so it can keep nothing on the Rust side. The
//! buffer is a string object that nobody else has seen: its length is the buffer's capacity, and its bytes are written in
//! place. Two slots hold it: the string, and how many of its bytes are in use.
//!
//! # Rules
//!
//! 1. The string in the first slot is longer than interned strings are, was made here, and is reachable from this slot only.
//! 2. The number in the second slot is not greater than the string's length.

use crate::error::Throw;
use crate::native::SequenceFrame;
use crate::object::LuaString;
use crate::string::MAX_INTERNED;
use crate::{Value, Vm};

/// The first of the two slots.
#[derive(Clone, Copy)]
pub(super) struct Buffer(pub u32);

impl Buffer {
    /// Slots that a buffer takes.
    pub const SLOTS: u32 = 2;

    /// Makes the buffer empty, with room for `capacity` bytes.
    pub fn init(self, vm: &mut Vm, frame: &mut SequenceFrame, capacity: usize) -> Result<(), Throw> {
        let room = vm.string_with(capacity.max(MAX_INTERNED + 24), |_| ())?;
        frame.set_slot(self.0, room);
        frame.set_slot(self.0 + 1, Value::ZERO);
        Ok(())
    }

    /// What is in it.
    pub fn bytes<'a>(self, frame: &SequenceFrame) -> &'a [u8] {
        let string = frame.slot(self.0).as_string().expect("a buffer's string");
        &string.bytes()[..self.used(frame)]
    }

    fn used(self, frame: &SequenceFrame) -> usize {
        frame.slot(self.0 + 1).as_number().expect("a buffer's length") as usize
    }

    /// Appends `text`.
    ///
    /// # Errors
    ///
    /// "not enough memory".
    pub fn append(self, vm: &mut Vm, frame: &mut SequenceFrame, text: &[u8]) -> Result<(), Throw> {
        let used = self.used(frame);
        let needed = used + text.len();
        let mut string = frame.slot(self.0).as_string().expect("a buffer's string");
        if needed > string.len as usize {
            if needed > LuaString::MAX_LEN {
                return Err(vm.throw_memory());
            }
            let old = self.bytes(frame);
            let room = (needed * 2).min(LuaString::MAX_LEN);
            let grown = vm.string_with(room, |content| content[..used].copy_from_slice(old))?;
            frame.set_slot(self.0, grown);
            string = grown.as_string().expect("just made");
        }
        // SAFETY: rule 1: nobody else looks at the string; it has room for `needed` bytes. `text` is no part of it: it
        // belongs to a string that the program knows, or to the Rust side.
        unsafe {
            let end = LuaString::data(string.as_ptr()).cast_mut().add(used);
            end.copy_from_nonoverlapping(text.as_ptr(), text.len());
        }
        frame.set_slot(self.0 + 1, Value::number_unchecked(needed as f64));
        Ok(())
    }
}
