//! Interrupts: how another thread stops a running script.
//!
//! An [`InterruptHandle`] may be used from any thread, and from none while the state is gone. Raising an interrupt sets
//! [`Vm::interrupt`], which native code tests at its back-edges, and puts the interrupt handler into the dispatch slots of
//! back-edges, function headers and calls, so the interpreter's next loop or call meets it; plain running pays nothing for it.
//!
//! An interrupt raises an error, or calls [`Vm::interrupt_function`] if there is one. Library functions that run long stop for the
//! former alone: they cannot call, so the function waits for their end.
//!
//! # Rules
//!
//! 1. The handle reaches the VM only under the lock, and the VM takes itself out of the cell under the lock when it dies.
//! 2. The dispatch slots are written atomically, as whole words, with handlers that are good in any of these slots; the interpreter
//!    reads them with plain loads of one aligned word.

use crate::bytecode::Op;
use crate::error::Throw;
use crate::vm::{Handler, Vm};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the interpreter looks out for interrupts.
const WATCHED: [Op; 14] = [
    Op::ForLoop,
    Op::ForLoopUp,
    Op::TForCall,
    Op::TForLoop,
    Op::JmpBack,
    Op::ForLoopJit,
    Op::ForLoopUpJit,
    Op::TForLoopJit,
    Op::JmpBackJit,
    Op::Func,
    Op::FuncV,
    Op::FuncJit,
    Op::Call,
    Op::TailCall,
];

/// The state's side: the VM's address while it lives.
pub struct InterruptCell(Arc<Mutex<VmAddress>>);

struct VmAddress(*mut Vm);

// SAFETY: rule 1: the pointer is used under the lock only, and then only for atomic stores.
unsafe impl Send for VmAddress {}

/// Interrupts a state from outside; cheap to clone, good for ever.
#[derive(Clone)]
pub struct InterruptHandle(Arc<Mutex<VmAddress>>);

impl InterruptHandle {
    /// Makes the running script raise an error soon (see [`Vm::interrupt_message`]); if none is running, the next one. Does nothing
    /// if the state is gone.
    pub fn interrupt(&self) {
        let address = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if address.0.is_null() {
            return;
        }
        // SAFETY: rule 1: the VM is alive while the lock is held.
        unsafe { raise(address.0) };
    }
}

/// # Safety
///
/// `vm` is alive; other threads may be using it.
unsafe fn raise(vm: *mut Vm) {
    // SAFETY: rule 2.
    unsafe {
        (*vm).interrupt.store(1, Ordering::SeqCst);
        watch(vm);
    }
}

/// Puts the interrupt handler into the dispatch slots where the interpreter looks out for it.
///
/// # Safety
///
/// As [`raise`].
unsafe fn watch(vm: *mut Vm) {
    // SAFETY: rule 2.
    unsafe {
        let handler = (&raw const (*vm).interrupt_handler).read();
        if handler.is_null() {
            return;
        }
        for op in WATCHED {
            let slot = (&raw mut (*vm).dispatch) as *mut Handler;
            AtomicPtr::from_ptr(slot.add(op as usize) as *mut *mut ())
                .store(handler as *mut (), Ordering::Relaxed);
        }
    }
}

impl Default for InterruptCell {
    fn default() -> Self {
        InterruptCell(Arc::new(Mutex::new(VmAddress(std::ptr::null_mut()))))
    }
}

impl Drop for InterruptCell {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = std::ptr::null_mut();
    }
}

impl Vm {
    /// A handle that other threads may interrupt this state with.
    pub fn interrupt_handle(&mut self) -> InterruptHandle {
        let this: *mut Vm = self;
        self.interrupt_cell.0.lock().unwrap_or_else(PoisonError::into_inner).0 = this;
        InterruptHandle(self.interrupt_cell.0.clone())
    }

    /// For library functions that run long: raises an interrupt that has come.
    ///
    /// # Errors
    ///
    /// The interrupt's message.
    #[inline]
    pub fn poll_interrupt(&mut self) -> Result<(), Throw> {
        if self.must_stop() && self.take_interrupt() {
            return Err(self.runtime_error(self.interrupt_message.as_bytes()));
        }
        Ok(())
    }

    /// Is an interrupt there that is an error?
    #[inline]
    pub(crate) fn must_stop(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed) != 0 && self.interrupt_function.is_nil()
    }

    /// Has the interpreter look out for an interrupt that was raised while the dispatch table was another one. (Other slots than
    /// those that are watched cannot have the handler: at a landing there is no frame yet in which an error could be raised.)
    pub(crate) fn watch_for_interrupt(&mut self) {
        if *self.interrupt.get_mut() != 0 {
            // SAFETY: this is the VM, alive.
            unsafe { watch(self) };
        }
    }

    /// Takes a raised interrupt back, with what it did to the dispatch table. Returns whether there was one.
    pub fn take_interrupt(&mut self) -> bool {
        let raised = self.interrupt.swap(0, Ordering::SeqCst) != 0;
        self.select_dispatch();
        raised
    }
}
