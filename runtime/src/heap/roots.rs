//! Roots: where marking starts.

use super::Extent;
use super::marker::{Marker, is_marked};
use crate::Vm;
use crate::object::{Header, gc_flag};

impl Vm {
    /// Marks everything that the state itself refers to. Stacks are not scanned here: see [`Vm::scan_stacks`].
    pub(super) fn mark_roots(&mut self, m: &mut Marker, extent: Extent) {
        // SAFETY: what the state refers to is live.
        unsafe {
            m.mark_nullable(self.globals);
            m.mark_nullable(self.registry);
            m.mark_nullable(self.main_thread);
            m.mark_nullable(self.thread);
            for &metatable in &self.type_metatables {
                m.mark_nullable(metatable);
            }
            for name in self.names.roots() {
                m.mark_object(name.header());
            }
            for s in self.strings.roots() {
                m.mark_object(s as *mut Header);
            }
        }
        let library = self.library.memory_message;
        for v in [
            self.leaf,
            self.error,
            self.next_function,
            self.ipairs_iterator,
            self.bottom_function,
            self.interrupt_function,
            library,
        ] {
            m.mark_value(v);
        }
        for v in self.handles.values() {
            m.mark_value(v);
        }
        for &v in &self.heap.finalizers {
            m.mark_value(v);
        }
        if let Some(hook) = self.heap.hooks.mark_roots {
            hook(self, m, extent);
        }
    }

    /// Scans the stacks that may have changed since their threads were scanned: those of the running thread and of
    /// the ones that wait for it; those of threads that passed the barrier when they were resumed; in the end of a
    /// major cycle, all.
    pub(super) fn scan_stacks(&mut self, m: &mut Marker, full: bool) {
        let mut active = self.thread;
        while !active.is_null() {
            // SAFETY: the chain of resumers holds live threads.
            unsafe {
                (*active).header.gc &= !gc_flag::BLACK;
                active = (*active).resumer;
            }
        }
        for at in 0..self.heap.dying.threads.len() {
            let t = self.heap.dying.threads[at];
            // SAFETY: listed threads are intact. Unmarked ones are scanned when they are marked.
            unsafe {
                if is_marked(t as *mut Header) && (full || !(*t).header.is_black()) {
                    (*t).header.gc |= gc_flag::BLACK;
                    self.scan_thread(m, t);
                }
            }
        }
    }

    /// Checks the rule that the skipping of stacks rests on: a thread that nobody resumed refers to nothing young.
    #[cfg(debug_assertions)]
    pub(super) fn check_skipped_stacks(&self) {
        for &t in &self.heap.dying.threads {
            // SAFETY: listed threads are intact.
            unsafe {
                if is_marked(t as *mut Header) {
                    check_stack(t);
                }
            }
        }
    }
}

/// # Safety
///
/// `t` is a live thread.
#[cfg(debug_assertions)]
unsafe fn check_stack(t: *mut crate::object::Thread) {
    // SAFETY: every slot of a stack holds a value or a raw word that looks like a number.
    unsafe {
        for i in 0..(*t).stack_size {
            if let Some(p) = (*(*t).stack.add(i)).as_object() {
                assert!(
                    is_marked(p),
                    "slot {i} of a stack was missed: was its thread resumed without a barrier?"
                );
            }
        }
    }
}
