//! The marker: which objects have been found, and which of them are still to be scanned.
//!
//! Marking an object sets its mark bit; if it refers to others it also goes on the *gray stack*, from which
//! [`super::scan`] takes it. There is no recursion. The marker outlives a step of an incremental cycle, so it lies in the
//! heap between steps and is taken out while one runs.

use super::{block, large};
use crate::Value;
use crate::object::{
    Dict, GRANULE, Header, Kind, LuaFunction, LuaString, NativeFunction, Table, Thread, UpvalueCell,
    Userdata, Values,
};
use crate::proto::Proto;

use super::block::Marked;

/// How many objects are fetched ahead: enough to hide a cache miss behind the others.
const AHEAD: usize = 8;

/// The state of marking.
pub struct Marker {
    /// Marked, but not scanned yet.
    pub(super) gray: Vec<*mut Header>,
    pub(super) gray_protos: Vec<*mut Proto>,
    /// Black tables whose arrays are being scanned piece by piece.
    pub(super) rests: Vec<Rest>,
    /// Marked tables with weak references, for the end of marking.
    pub(super) weak_tables: Vec<*mut Table>,
    /// Marked tables with removed keys that may be dead.
    pub(super) removed_keys: Vec<*mut Table>,
    /// Marked, but not looked at yet: a ring of objects that are on their way to the cache. The lowest bit says
    /// whether the object was made since the last collection.
    ahead: [*mut Header; AHEAD],
    ahead_at: usize,
    /// The number of the major cycle; prototypes are marked with it.
    pub(super) cycle: u32,
    /// Bytes of marked objects.
    pub(super) live: usize,
    /// Bytes of scanned objects, for the pace of a major cycle.
    pub(super) work: usize,
    /// The metatable whose `__mode` was looked up last, and what it said.
    pub(super) known_mode: Option<(*mut Table, u8)>,
}

/// What is left to scan of a table's array: not what the program adds meanwhile, or there would be no end.
pub struct Rest {
    pub table: *mut Table,
    pub from: usize,
    pub to: usize,
}

impl Default for Marker {
    fn default() -> Marker {
        Marker {
            gray: Vec::new(),
            gray_protos: Vec::new(),
            rests: Vec::new(),
            weak_tables: Vec::new(),
            removed_keys: Vec::new(),
            ahead: [std::ptr::null_mut(); AHEAD],
            ahead_at: 0,
            // New prototypes have 0: they are in no cycle yet.
            cycle: 1,
            live: 0,
            work: 0,
            known_mode: None,
        }
    }
}

/// Asks for the cache line that `p` is in.
#[inline(always)]
pub(crate) fn prefetch<T>(p: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing that could be observed, and every x86-64 has the instruction.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(p as *const i8);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = p;
}

/// The bytes that an object takes, in whole granules.
///
/// # Safety
///
/// `p` is an intact object.
#[inline]
pub unsafe fn object_size(p: *mut Header) -> usize {
    // SAFETY: the kind says which layout the object has, and heap rule 1 that its fields are set.
    let bytes = unsafe {
        match (*p).kind {
            Kind::String => crate::string::byte_size((*(p as *mut LuaString)).len as usize),
            Kind::Table => size_of::<Table>() + (*(p as *mut Table)).inline_cap as usize * size_of::<Value>(),
            Kind::LuaFunction => LuaFunction::byte_size((*p).small as usize),
            Kind::NativeFunction => NativeFunction::byte_size((*p).small as usize),
            Kind::Userdata => size_of::<Userdata>(),
            Kind::Thread => size_of::<Thread>(),
            Kind::UpvalueCell => size_of::<UpvalueCell>(),
            Kind::Values => Values::byte_size((*p).word as usize),
            Kind::Bytes => (*p).word as usize * GRANULE,
            Kind::Dict => {
                let dict = p as *mut Dict;
                Dict::byte_size((*dict).cap as usize, (*dict).mask as usize + 1)
            }
        }
    };
    bytes.next_multiple_of(GRANULE)
}

/// Whether the object is marked.
///
/// # Safety
///
/// `p` is an intact object.
#[inline]
pub unsafe fn is_marked(p: *mut Header) -> bool {
    // SAFETY: the caller vouches for the object.
    unsafe { if large::is_large(p) { large::is_marked(p) } else { block::is_marked(p) } }
}

impl Marker {
    /// Marks what a value refers to.
    #[inline(always)]
    pub fn mark_value(&mut self, v: Value) {
        if let Some(p) = v.as_object() {
            // SAFETY: value rule 2.
            unsafe { self.mark_object(p) };
        }
    }

    /// Marks an object. `None`-like null pointers are allowed.
    ///
    /// # Safety
    ///
    /// `p` is null or points to a live object.
    #[inline(always)]
    pub unsafe fn mark_nullable<T>(&mut self, p: *mut T) {
        if !p.is_null() {
            // SAFETY: the caller vouches for the object.
            unsafe { self.mark_object(p as *mut Header) };
        }
    }

    /// Marks an object.
    ///
    /// # Safety
    ///
    /// `p` is a live object.
    #[inline]
    pub unsafe fn mark_object(&mut self, p: *mut Header) {
        // SAFETY: the caller vouches for the object.
        unsafe {
            if large::is_large(p) {
                return self.mark_large(p);
            }
            match block::mark(p) {
                Marked::Before => {}
                Marked::Old => self.enter(p, false),
                Marked::New => self.enter(p, true),
            }
        }
    }

    /// Counts an object that has just been marked, and puts it on the gray stack if it refers to others.
    ///
    /// # Safety
    ///
    /// `p` is a live object in a block; `new`: it was made since the last collection.
    #[inline(always)]
    unsafe fn enter(&mut self, p: *mut Header, new: bool) {
        // SAFETY: the caller vouches for the object.
        unsafe {
            let size = object_size(p);
            if new {
                block::set_end(p, size);
            }
            self.live += size;
            self.push_if_it_refers(p);
        }
    }

    /// # Safety
    ///
    /// `p` is a live large object.
    #[cold]
    unsafe fn mark_large(&mut self, p: *mut Header) {
        // SAFETY: the caller vouches for the object.
        unsafe {
            let (found, size) = large::mark(p);
            if found != Marked::Before {
                self.live += size;
                self.push_if_it_refers(p);
            }
        }
    }

    /// # Safety
    ///
    /// `p` is a live object.
    #[inline(always)]
    unsafe fn push_if_it_refers(&mut self, p: *mut Header) {
        // SAFETY: the caller vouches for the object.
        match unsafe { (*p).kind } {
            // The parts of a table are scanned with it, because it knows how much of them is used.
            Kind::String | Kind::Values | Kind::Dict | Kind::Bytes => {}
            Kind::Table
            | Kind::LuaFunction
            | Kind::NativeFunction
            | Kind::Userdata
            | Kind::Thread
            | Kind::UpvalueCell => self.gray.push(p),
        }
    }

    /// Marks a prototype: its strings are marked when it is scanned.
    ///
    /// # Safety
    ///
    /// `p` is null or a live prototype of this state.
    #[inline]
    pub unsafe fn mark_proto(&mut self, p: *mut Proto) {
        // SAFETY: the caller vouches for the prototype.
        unsafe {
            if !p.is_null() && (*p).marked != self.cycle {
                (*p).marked = self.cycle;
                self.gray_protos.push(p);
            }
        }
    }

    /// Marks what `count` values refer to; see [`Marker::find_value`].
    ///
    /// # Safety
    ///
    /// They are initialised.
    #[inline]
    pub(super) unsafe fn find_values(&mut self, values: *const Value, count: usize) {
        for i in 0..count {
            // SAFETY: the caller vouches for the range.
            self.find_value(unsafe { *values.add(i) });
        }
    }

    /// Marks what a value refers to. The object is not looked at before its first line has had time to come
    /// from memory: it enters the gray stack some objects later, the last ones when [`Marker::catch_up`] is called.
    #[inline(always)]
    pub(super) fn find_value(&mut self, v: Value) {
        let Some(p) = v.as_object() else { return };
        // SAFETY: value rule 2.
        unsafe {
            if large::is_large(p) {
                return self.mark_large(p);
            }
            let new = match block::mark(p) {
                Marked::Before => return,
                Marked::Old => 0,
                Marked::New => 1,
            };
            prefetch(p);
            let before = std::mem::replace(&mut self.ahead[self.ahead_at], p.map_addr(|a| a | new));
            self.ahead_at = (self.ahead_at + 1) % AHEAD;
            self.enter_found(before);
        }
    }

    /// # Safety
    ///
    /// `entry` is from `ahead`.
    #[inline(always)]
    unsafe fn enter_found(&mut self, entry: *mut Header) {
        if !entry.is_null() {
            // SAFETY: a live object, whose lowest address bit says whether it is new.
            unsafe { self.enter(entry.map_addr(|a| a & !1), entry as usize & 1 != 0) };
        }
    }

    /// Enters all that has been found. Says whether there was anything.
    pub(super) fn catch_up(&mut self) -> bool {
        let mut any = false;
        for entry in std::mem::replace(&mut self.ahead, [std::ptr::null_mut(); AHEAD]) {
            any |= !entry.is_null();
            // SAFETY: it is from `ahead`.
            unsafe { self.enter_found(entry) };
        }
        any
    }

    /// Whether nothing is left to be marked or scanned.
    pub(super) fn is_done(&self) -> bool {
        self.gray.is_empty()
            && self.gray_protos.is_empty()
            && self.rests.is_empty()
            && self.ahead.iter().all(|p| p.is_null())
    }

    /// Forgets everything but what is marked: a new cycle starts.
    pub(super) fn restart(&mut self) {
        *self = Marker { cycle: self.cycle + 1, ..Marker::default() };
    }
}
