//! The slow handlers: what does not fit a leaf.
//!
//! Each saves the registers to the VM, does its work as ordinary Rust on `&mut Vm`, and resumes from the VM's
//! fields (dispatch rule 3). The work says by a [`Resume`] whether a function is being entered.

mod alloc;
mod arith;
mod call;
mod index;
mod jit;
mod landing;
mod meta;

pub(crate) use alloc::*;
pub(crate) use arith::*;
pub(crate) use call::*;
pub(crate) use index::*;
pub(crate) use jit::*;
pub(crate) use landing::*;
pub(crate) use meta::*;

/// How to go on after slow work; the registers are in the VM.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
#[must_use]
pub(crate) struct Resume(i64);

impl Resume {
    /// With the instruction at `vm.pc`.
    pub(crate) const NEXT: Resume = Resume(-1);

    /// With the function header at `vm.pc`; `vm.base` is the new frame.
    pub(crate) fn enter(nargs: usize) -> Resume {
        Resume(nargs as i64)
    }

    /// The number of arguments, if a function is being entered.
    #[inline(always)]
    pub(crate) fn nargs(self) -> Option<u32> {
        if self.0 >= 0 { Some(self.0 as u32) } else { None }
    }
}

/// Declares slow handlers: `slow!(name(vm, i) { work })`, where `vm` is `&mut Vm` and the work gives a `Resume`.
macro_rules! slow {
    ($($(#[$attr:meta])* $name:ident($vm:ident, $i:ident) $body:block)*) => {
        $(
            $(#[$attr])*
            #[cold]
            pub(crate) unsafe extern "C" fn $name(
                pc: *const ferrous_lua_runtime::bytecode::Instr,
                base: *mut ferrous_lua_runtime::Value,
                x: u32,
                vm: *mut ferrous_lua_runtime::Vm,
                _k: *const ferrous_lua_runtime::Value,
            ) {
                #[inline(never)]
                fn work($vm: &mut ferrous_lua_runtime::Vm, $i: ferrous_lua_runtime::bytecode::Instr) -> $crate::slow::Resume {
                    $body
                }
                // SAFETY: dispatch rules 1 and 3; nothing else uses the VM while `work` runs.
                unsafe {
                    (*vm).pc = pc;
                    (*vm).base = base;
                    let resume = work(&mut *vm, ferrous_lua_runtime::bytecode::Instr(x));
                    $crate::slow::resume!(vm, resume)
                }
            }
        )*
    };
}
pub(crate) use slow;

/// Goes on from the VM's fields.
macro_rules! resume {
    ($vm:expr, $resume:expr) => {{
        let vm: *mut ferrous_lua_runtime::Vm = $vm;
        let (pc, base) = ((*vm).pc, (*vm).base);
        let k = $crate::dispatch::constants_of(base);
        match $resume.nargs() {
            Some(nargs) => {
                return $crate::dispatch::jump!(
                    $crate::dispatch::handler_of(vm, (*pc).0),
                    pc.add(1),
                    base,
                    k,
                    vm,
                    nargs
                );
            }
            None => $crate::dispatch::next!(pc, base, k, vm),
        }
    }};
}
pub(crate) use resume;
