//! Safepoints: where collections happen and finalisers run.

use crate::slow::{Resume, call_value, live_end};
use ferrous_lua_runtime::frame::{FrameRef, Landing, MetaThen, RECORD_CALLEE, RECORD_SLOTS, record_word};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Value, Vm};

/// A safepoint between two instructions: `vm.pc` is the next one.
#[inline(always)]
pub(crate) fn after_allocation(vm: &mut Vm) -> Resume {
    if vm.heap.gc_requested == 0 {
        return Resume::NEXT;
    }
    collect(vm)
}

#[cold]
fn collect(vm: &mut Vm) -> Resume {
    // A landing has no frame of its own; the instruction behind it comes soon.
    if Landing::of(vm.pc).is_some() {
        return Resume::NEXT;
    }
    vm.safepoint();
    run_finalizer(vm)
}

/// Calls the next queued `__gc`, if there is one and none is running. Its record has one word more, below, for the
/// end of multiple results that the interrupted code may be about to use.
pub(crate) fn run_finalizer(vm: &mut Vm) -> Resume {
    if vm.finalizing {
        return Resume::NEXT;
    }
    while let Some(object) = vm.heap.finalizers.pop_front() {
        let method = vm.metamethod(object, Event::Gc);
        if !method.is_function() {
            continue;
        }
        // SAFETY: the record goes above all that is live, within room that is made.
        unsafe {
            let end = live_end(vm).max(vm.top);
            let Ok(end) = vm.ensure_stack(end, RECORD_SLOTS + 4) else { return Resume::NEXT };
            vm.begin_finalizer(end);
            let top_distance = vm.top.offset_from(vm.base).max(0) as u64;
            *end = Value::from_bits(top_distance);
            let record = end.add(1);
            FrameRef { base: vm.base, pc: vm.pc }.write_record(record, Landing::Meta);
            *record.add(2) = record_word(record.offset_from(vm.base) as usize, MetaThen::Discard.flags());
            *record.add(RECORD_CALLEE) = method;
            *record.add(RECORD_SLOTS) = object;
            vm.top = record.add(RECORD_SLOTS + 1);
            return call_value(vm, record.add(RECORD_CALLEE), 1, Landing::Meta.pc());
        }
    }
    Resume::NEXT
}

/// A finaliser whose record starts at `record` has returned: on with the next, or with the program.
///
/// # Safety
///
/// The frame in the VM is the one that was interrupted.
pub(crate) unsafe fn finalizer_done(vm: &mut Vm, record: *mut Value) -> Resume {
    // SAFETY: `run_finalizer` left the distance below the record.
    unsafe { vm.top = vm.base.add((*record.sub(1)).to_bits() as usize) };
    vm.end_finalizer();
    run_finalizer(vm)
}
