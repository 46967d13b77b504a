//! Kinds of objects that nobody has any more, and traces for them.
//!
//! A kind is what tables with one metatable are to native code: it checks their shapes, which have the metatable.
//!
//! A part of a program that runs again makes its classes anew, and more traces come for those, behind the ones that check for
//! what was there before. The collector finds out which of them are of no use any more (see [`super::references`]). But native code
//! may allocate so little that it hardly ever runs, while each new kind is checked for behind all the others. So when traces for one kind
//! more are recorded where there are some already, the collector is asked, if that is likely to cost less than they do; and ever more
//! rarely if nothing comes of it.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::heap::Extent;

use crate::params::{ALLOCATED_UNIT, BYTES_IN_DOUBT, KINDS_IN_DOUBT, LASTING_KIND, MAX_BACKOFF_SHIFT};

/// When the collector is to be asked.
#[derive(Debug, Default)]
pub struct Kinds {
    /// How often traces were recorded for one kind more, since the collector has last looked at all objects.
    in_doubt: usize,
    /// The collector has been asked, and has not finished yet.
    is_asked: bool,
    /// How often in a row it has found nothing.
    in_vain: u32,
    /// How often native code had been entered by the end of the last collection.
    entries_before: u64,
}

impl Kinds {
    /// A trace is about to be recorded where there are so many for other kinds. Says whether the collector is to look first which of
    /// those are of use.
    pub fn are_in_doubt(&mut self, vm: &mut Vm, known: u32) -> bool {
        if known < KINDS_IN_DOUBT || self.is_asked {
            return false;
        }
        self.in_doubt += 1;
        let bytes = self.in_doubt.saturating_mul(BYTES_IN_DOUBT) >> self.in_vain.min(MAX_BACKOFF_SHIFT);
        self.is_asked = bytes >= vm.heap.used_bytes() && vm.heap.request_major();
        self.is_asked
    }

    /// At the end of a collection: do kinds of tables come and go so fast that it is not worth compiling anything for one of them?
    /// Native code has been entered so often by now.
    pub fn come_and_go(&mut self, vm: &Vm, entries: u64) -> bool {
        let entered = entries - std::mem::replace(&mut self.entries_before, entries);
        let work = entered + vm.heap.allocated() as u64 / ALLOCATED_UNIT;
        work < LASTING_KIND * vm.shapes.young_kinds() as u64
    }

    /// At the end of a collection: whether it has found a trace that is of no use any more.
    pub fn collected(&mut self, extent: Extent, has_found: bool) {
        if has_found {
            self.in_vain = 0;
        }
        if extent == Extent::All {
            self.in_vain += u32::from(self.is_asked && !has_found);
            (self.in_doubt, self.is_asked) = (0, false);
        }
    }
}
