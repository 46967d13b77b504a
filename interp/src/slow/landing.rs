//! The landing instructions: what happens when a function that no Lua instruction called has returned.
//!
//! All but `sequence_step` run with `base` two slots above their record, so the record's words are `base[-2]` (the caller's function),
//! `base[-1]` (its saved pc) and `base[0]` (distance and flags); the results start at `base[1]`.

use super::{Resume, call::*, slow};
use crate::dispatch::{EXIT, handler, next};
use crate::unwind::{self, raise};
use ferrous_lua_runtime::frame::{self, Landing, RECORD_CALLEE};
use ferrous_lua_runtime::native::NativeKind;
use ferrous_lua_runtime::vm::Request;
use ferrous_lua_runtime::{Value, Vm};

/// What a landing finds: the calling frame restored in the VM, the flags, and the slot of the first result.
pub(crate) struct Landed {
    pub(crate) flags: u64,
    pub(crate) results: *mut Value,
}

/// Makes the frame that made the record's call the running one.
///
/// # Safety
///
/// `vm.base` is that of a landing.
pub(crate) unsafe fn land(vm: &mut Vm) -> Landed {
    // SAFETY: the record's layout, see `frame`.
    unsafe {
        let record = vm.base.sub(2);
        let word = (*record.add(2)).to_bits();
        vm.pc = (*record.add(1)).to_bits() as *const _;
        vm.base = record.sub(frame::record_distance(word));
        Landed { flags: frame::record_flags(word), results: record.add(RECORD_CALLEE) }
    }
}

handler!(
    /// Ends the run, for the driver to find the results between `base + 1` and `top`.
    host_return(pc, base, k, vm, x) {
        (*vm).base = base;
        (*vm).request = Request::Returned;
        let end = EXIT.as_ptr();
        next!(end, base, k, vm)
    }
);

slow! {
    co_return(vm, _i) {
        crate::coroutine::finished(vm)
    }

    pcall_return(vm, _i) {
        // SAFETY: a landing's registers.
        unsafe {
            let landed = land(vm);
            let count = vm.top.offset_from(landed.results) as usize;
            let base = vm.base;
            *landed.results.sub(1) = Value::TRUE;
            match return_native(vm, base, landed.results.sub(1), count + 1) {
                Resume::NEXT => crate::safepoint::after_allocation(vm),
                hooked => hooked,
            }
        }
    }

    handler_return(vm, _i) {
        // SAFETY: a landing's registers; a call gives at least the room of its function's slot.
        unsafe {
            let landed = land(vm);
            let value = if vm.top > landed.results { *landed.results } else { Value::NIL };
            unwind::handled(vm, value)
        }
    }

    sequence_return(vm, _i) {
        // SAFETY: a landing's registers.
        unsafe {
            let landed = land(vm);
            let count = vm.top.offset_from(landed.results) as usize;
            // The results go where the function was asked to be called: the start of the record.
            let at = landed.results.sub(RECORD_CALLEE);
            std::ptr::copy(landed.results, at, count);
            vm.top = at.add(count);
            debug_assert!(matches!((*vm.base.sub(2)).as_native_function().map(|f| f.native.kind), Some(NativeKind::Sequence(_))));
            resume_sequence(vm, count as u32)
        }
    }

    sequence_step(vm, _i) {
        vm.pc = Landing::Sequence.pc();
        match vm.step_taken {
            Some(step) => carry_out(vm, step),
            None => {
                let throw = vm.rethrow();
                raise(vm, throw)
            }
        }
    }

    meta_return(vm, _i) {
        // SAFETY: a landing's registers; a metamethod's call gives exactly one result.
        unsafe {
            let landed = land(vm);
            super::meta::finish(vm, landed.flags, landed.results.sub(RECORD_CALLEE))
        }
    }
}
