//! Interrupts: how another thread stops a running script.
//!
//! An [`InterruptHandle`] may be used from any thread, and from none while the state is gone. Raising an interrupt sets
//! [`Vm::interrupt`], which native code tests at its back-edges, and puts the interrupt handler into the dispatch slots of
//! back-edges, function headers and calls, so the interpreter's next loop or call meets it; plain running pays nothing for it.
//!
//! An interrupt raises an error, or calls [`Vm::interrupt_function`] if there is one. Library functions that run long stop for the
//! former alone: they cannot call, so the function waits for their end.
//!
//! A script can catch the error and go on. To *stop* it is to raise an error whatever function there is, and to go on doing so at each
//! loop and call until the outermost call by the host is over: the request stays where it is, and the dispatch slots as they are.
//!
//! # Rules
//!
//! 1. The handle reaches the VM only under the lock, and the VM takes itself out of the cell under the lock when it dies.
//! 2. The dispatch slots are written atomically, as whole words, with handlers that are good in any of these slots; the interpreter
//!    reads them with plain loads of one aligned word.

use crate::Value;
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

/// What [`Vm::interrupt`] asks for; the greater goes before.
mod request {
    pub const NONE: u32 = 0;
    pub const INTERRUPT: u32 = 1;
    pub const STOP: u32 = 2;
}

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
        self.raise(request::INTERRUPT);
    }

    /// Ends the running script, or the next one: it raises errors until the host's outermost call is over.
    pub fn stop(&self) {
        self.raise(request::STOP);
    }

    fn raise(&self, request: u32) {
        let address = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if address.0.is_null() {
            return;
        }
        // SAFETY: rule 1: the VM is alive while the lock is held. Rule 2.
        unsafe {
            (*address.0).interrupt.fetch_max(request, Ordering::SeqCst);
            watch(address.0);
        }
    }
}

/// Puts the interrupt handler into the dispatch slots where the interpreter looks out for it.
///
/// # Safety
///
/// `vm` is alive; other threads may be using it.
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
        match self.interrupt.load(Ordering::Relaxed) {
            request::NONE => false,
            request::STOP => true,
            _ => self.interrupt_function.is_nil(),
        }
    }

    /// What an interrupt is to call; nil if it is an error.
    #[inline]
    pub fn function_of_interrupt(&self) -> Value {
        if self.must_stop() { Value::NIL } else { self.interrupt_function }
    }

    /// Has the interpreter look out for an interrupt that was raised while the dispatch table was another one. (Other slots than
    /// those that are watched cannot have the handler: at a landing there is no frame yet in which an error could be raised.)
    pub(crate) fn watch_for_interrupt(&mut self) {
        if *self.interrupt.get_mut() != request::NONE {
            // SAFETY: this is the VM, alive.
            unsafe { watch(self) };
        }
    }

    /// Takes a raised interrupt back, with what it did to the dispatch table, unless the script is being stopped. Returns whether there
    /// was either.
    pub fn take_interrupt(&mut self) -> bool {
        let taken = self.exchange_request(request::INTERRUPT);
        self.select_dispatch();
        taken != request::NONE
    }

    /// The host's outermost call is over: nothing is left to be stopped.
    #[inline]
    pub fn end_stop(&mut self) {
        if *self.interrupt.get_mut() == request::STOP {
            self.exchange_request(request::STOP);
            self.select_dispatch();
        }
    }

    /// Takes this request back if it is there. Gives what was there.
    fn exchange_request(&mut self, taken: u32) -> u32 {
        let (success, failure) = (Ordering::SeqCst, Ordering::SeqCst);
        self.interrupt.compare_exchange(taken, request::NONE, success, failure).unwrap_or_else(|other| other)
    }
}
