//! What dies with a ceremony: userdata, threads, host functions, prototypes.
//!
//! The heap lists these, so that nothing else costs anything when it dies. A userdata whose metatable has `__gc` is
//! kept alive once more and queued, newest first, for the interpreter to call its finaliser; when it dies again it is
//! freed. Payloads are never dropped here: they are buried, and the driver drops them when nobody holds the VM.

use super::marker::{Marker, is_marked};
use crate::library::string_buffer;
use crate::object::{Gc, Header, NativeFunction, Thread, Userdata, gc_flag};
use crate::string::Event;
use crate::{Value, Vm};

/// The objects that the sweep must be told of. The first `old_*` of each list have survived a collection.
#[derive(Default)]
pub struct Dying {
    pub(super) userdata: Vec<*mut Userdata>,
    old_userdata: usize,
    pub(super) threads: Vec<*mut Thread>,
    old_threads: usize,
    pub(super) host_functions: Vec<*mut NativeFunction>,
    old_host_functions: usize,
}

/// Keeps the marked objects of `list[from..]` and hands the others to `bury`.
fn sweep_list<T>(list: &mut Vec<*mut T>, from: usize, mut bury: impl FnMut(*mut T)) -> usize {
    let mut kept = from;
    for at in from..list.len() {
        let p = list[at];
        // SAFETY: listed objects were live before this collection, and no memory has been reused yet.
        if unsafe { is_marked(p as *mut Header) } {
            list[kept] = p;
            kept += 1;
        } else {
            bury(p);
        }
    }
    list.truncate(kept);
    kept
}

impl Vm {
    /// Queues the finalisers of userdata that died, newest first, and brings these back to life. `full`: the old
    /// ones may have died too.
    pub(super) fn separate_finalizable(&mut self, m: &mut Marker, full: bool) {
        let from = if full { 0 } else { self.heap.dying.old_userdata };
        for at in (from..self.heap.dying.userdata.len()).rev() {
            let u = self.heap.dying.userdata[at];
            // SAFETY: see `sweep_list`.
            unsafe {
                if !is_marked(u as *mut Header) && self.queue_finalizer(u) {
                    m.mark_object(u as *mut Header);
                }
            }
        }
    }

    /// Queues the finaliser of `u`, if it has one that has not been queued before.
    ///
    /// # Safety
    ///
    /// `u` is an intact userdata.
    unsafe fn queue_finalizer(&mut self, u: *mut Userdata) -> bool {
        // SAFETY: the caller vouches for the userdata; its metatable is as intact as it is.
        unsafe {
            let Some(metatable) = Gc::from_nullable((*u).metatable) else { return false };
            if (*u).header.gc & gc_flag::FINALIZED != 0
                || self.table_get_str(metatable, self.names.event(Event::Gc)).is_nil()
            {
                return false;
            }
            (*u).header.gc |= gc_flag::FINALIZED;
            self.heap.finalizers.push_back(Value::userdata(Gc::from_raw(u)));
            true
        }
    }

    /// Queues the finalisers of all userdata that are left: the state is being closed.
    pub fn queue_all_finalizers(&mut self) {
        for at in (0..self.heap.dying.userdata.len()).rev() {
            let u = self.heap.dying.userdata[at];
            // SAFETY: listed userdata are intact.
            unsafe { self.queue_finalizer(u) };
        }
    }

    /// Marks the variables of live cells that are open on dying threads: these cells are about to be closed.
    pub(super) fn mark_cells_of_dying_threads(&mut self, m: &mut Marker) {
        for &t in &self.heap.dying.threads {
            // SAFETY: listed threads are intact, and so are the cells in their lists, which they keep.
            unsafe {
                if is_marked(t as *mut Header) {
                    continue;
                }
                let mut cell = (*t).open_upvalues;
                while !cell.is_null() {
                    if is_marked(cell as *mut Header) {
                        m.mark_value(*(*cell).v);
                    }
                    cell = (*cell).next_open;
                }
            }
        }
    }

    /// Buries what is not marked: frees stacks, sets payloads aside.
    pub(super) fn sweep_dying(&mut self, full: bool) {
        let mut dying = std::mem::take(&mut self.heap.dying);
        let from = |old: usize| if full { 0 } else { old };

        let from_userdata = from(dying.old_userdata);
        dying.old_userdata = sweep_list(&mut dying.userdata, from_userdata, |u| {
            // SAFETY: see `sweep_list`.
            let u = unsafe { &*u };
            self.heap.account(-(string_buffer::release(&self.payloads, u) as isize));
            self.bury_payload(u.payload);
        });
        let from_host = from(dying.old_host_functions);
        dying.old_host_functions = sweep_list(&mut dying.host_functions, from_host, |f| {
            // SAFETY: see `sweep_list`.
            self.bury_payload(unsafe { (*f).header.word });
        });
        let from_threads = from(dying.old_threads);
        dying.old_threads = sweep_list(&mut dying.threads, from_threads, |t| {
            // SAFETY: see `sweep_list`; nobody refers to the thread, so its stack is free once no cell points into it.
            let bytes = unsafe {
                close_live_cells(t);
                Vm::free_stack(t)
            };
            self.heap.account(-(bytes as isize));
        });
        self.heap.dying = dying;
    }

    /// Frees the prototypes that the major cycle has not reached.
    pub(super) fn sweep_protos(&mut self, cycle: u32) {
        for at in 0..self.protos.len() {
            if self.protos[at].as_ref().is_none_or(|p| p.marked == cycle) {
                continue;
            }
            if let Some(mut proto) = self.protos[at].take() {
                self.free_protos.push(at);
                self.heap.account(-(proto.byte_size() as isize));
                if let Some(hook) = self.heap.hooks.proto_freed {
                    hook(self, &raw mut *proto);
                }
            }
        }
    }
}

/// Stacks are all that objects own outside the heap and the lists of the state.
impl Drop for Vm {
    fn drop(&mut self) {
        for t in std::mem::take(&mut self.heap.dying.threads) {
            // SAFETY: listed threads are intact, and nobody will run them again.
            unsafe { Vm::free_stack(t) };
        }
    }
}

/// Closes the cells of a dying thread that somebody still refers to.
///
/// # Safety
///
/// `t` is an intact thread, and marking is complete.
unsafe fn close_live_cells(t: *mut Thread) {
    // SAFETY: the list holds intact cells; each points into the thread's stack, which is still there.
    unsafe {
        let mut cell = (*t).open_upvalues;
        while !cell.is_null() {
            let next = (*cell).next_open;
            if is_marked(cell as *mut Header) {
                (*cell).closed = *(*cell).v;
                (*cell).v = &raw mut (*cell).closed;
                (*cell).next_open = std::ptr::null_mut();
            }
            cell = next;
        }
    }
}
