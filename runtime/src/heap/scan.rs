//! Scanning: what each kind of object refers to.
//!
//! Scanning an object makes it black and marks everything it refers to. A table's parts are scanned with it. What is
//! special:
//!
//! * a table's keys of the shaped part, and its metatable, are its shape's;
//! * a table whose metatable has `__mode` leaves its weak references alone and is listed for the end of marking;
//! * a removed key (its value is nil) is not marked; the table is listed so that the key can be forgotten if it dies;
//! * a closure's upvalues are values or cells, as its prototype says;
//! * a thread's stack is scanned up to its live end and cleared above it, so that no slot ever dangles.

use super::marker::{Marker, Rest, prefetch};
use super::weak::{WEAK_KEYS, WEAK_VALUES};
use crate::bytecode::Instr;
use crate::frame::FrameRef;
use crate::object::{
    Dict, DictEntry, GRANULE, Gc, Header, Kind, LuaFunction, NativeFunction, Table, Thread, UpvalueCell,
    Userdata, gc_flag,
};
use crate::proto::Proto;
use crate::{Value, Vm};

/// Elements of an array that are scanned at once.
const ARRAY_PIECE: usize = 4096;

/// How far below the top of the gray stack objects are fetched: what a big table refers to has left the cache again.
const GRAY_AHEAD: usize = 4;

/// What scanning any object counts as, besides its values, in bytes.
const SCAN_COST: usize = 48;

impl Vm {
    /// Scans gray objects until there are none, or until `budget` bytes have been scanned; says whether none is left.
    pub(super) fn propagate(&mut self, m: &mut Marker, budget: usize) -> bool {
        m.work = 0;
        loop {
            while let Some(p) = m.gray.pop() {
                if let Some(&later) = m.gray.len().checked_sub(GRAY_AHEAD).and_then(|at| m.gray.get(at)) {
                    prefetch(later);
                }
                // SAFETY: gray objects are live.
                unsafe { self.scan(m, p) };
                if m.work >= budget {
                    return self.pause(m);
                }
            }
            if let Some(p) = m.gray_protos.pop() {
                // SAFETY: prototypes of live closures are live.
                unsafe { scan_proto(m, p) };
            } else if let Some(rest) = m.rests.pop() {
                // SAFETY: the table is marked.
                unsafe { scan_piece(m, rest) };
                if m.work >= budget {
                    return self.pause(m);
                }
            } else if !m.catch_up() {
                return true;
            }
        }
    }

    /// The end of a step; says whether nothing is left to be scanned. The program may move the elements of a table to where they have been
    /// scanned, for which there is no barrier. So a table that is not through is scanned once more before the cycle finishes, and until
    /// then it is not black.
    fn pause(&mut self, m: &Marker) -> bool {
        for rest in &m.rests {
            // SAFETY: the table is marked.
            unsafe { self.heap.barrier(rest.table as *mut Header) };
        }
        m.is_done()
    }

    /// # Safety
    ///
    /// `p` is a marked object.
    unsafe fn scan(&mut self, m: &mut Marker, p: *mut Header) {
        // SAFETY: the kind says which layout the object has; the fields of live objects refer to live objects.
        unsafe {
            (*p).gc |= gc_flag::BLACK;
            m.work += SCAN_COST;
            match (*p).kind {
                Kind::Table => self.scan_table(m, p as *mut Table),
                Kind::LuaFunction => {
                    let f = p as *mut LuaFunction;
                    m.mark_proto((*f).proto);
                    m.mark_nullable((*f).env);
                    let upvalues = LuaFunction::upvalues(f);
                    let proto = &*(*f).proto;
                    for (i, desc) in proto.upvalues.iter().enumerate() {
                        let upvalue = *upvalues.add(i);
                        if desc.by_value {
                            m.find_value(upvalue);
                        } else {
                            m.mark_nullable(upvalue.to_bits() as *mut UpvalueCell);
                        }
                    }
                }
                Kind::NativeFunction => {
                    let f = p as *mut NativeFunction;
                    m.mark_nullable((*f).env);
                    m.find_values(NativeFunction::upvalues(f), (*p).small as usize);
                }
                Kind::UpvalueCell => m.mark_value(*(*(p as *mut UpvalueCell)).v),
                Kind::Userdata => {
                    let u = p as *mut Userdata;
                    m.mark_nullable((*u).metatable);
                    m.mark_nullable((*u).env);
                }
                Kind::Thread => self.scan_thread(m, p as *mut Thread),
                Kind::String | Kind::Values | Kind::Dict | Kind::Bytes => {
                    unreachable!("objects without references are never gray")
                }
            }
        }
    }

    /// # Safety
    ///
    /// `t` is a live table.
    unsafe fn scan_table(&mut self, m: &mut Marker, t: *mut Table) {
        // SAFETY: the table layout (see `object::table`): each part, if there is one, lies behind its own header.
        unsafe {
            let shape = (*t).shape();
            self.shapes.mark(shape, |p| m.mark_object(p));
            let weak = match (*t).header.gc & gc_flag::HAS_METATABLE {
                0 => 0,
                _ => self.weak_mode(m, self.shapes.metatable(shape)),
            };
            (*t).weak = weak;
            if weak != 0 {
                m.weak_tables.push(t);
            }
            let array = (*t).array;
            if (*t).acap > 0 {
                m.mark_object(array.byte_sub(GRANULE) as *mut Header);
            }
            let slots = (*t).slots;
            if (*t).slot_cap > 0 && slots != Table::inline_slots(t) {
                m.mark_object(slots.byte_sub(GRANULE) as *mut Header);
            }
            m.work += usize::from((*t).slot_cap) * size_of::<Value>();
            if weak & WEAK_VALUES == 0 {
                m.find_values(slots, (*t).slot_cap as usize);
                scan_piece(m, Rest { table: t, from: 0, to: (*t).asize as usize });
            }
            if !(*t).dict.is_null() {
                m.work += (*(*t).dict).count as usize * size_of::<DictEntry>();
                m.mark_object((*t).dict as *mut Header);
                if scan_dict(m, (*t).dict, weak) {
                    m.removed_keys.push(t);
                }
            }
        }
    }

    /// What the `__mode` of a metatable says.
    fn weak_mode(&self, m: &mut Marker, metatable: *mut Table) -> u8 {
        if metatable.is_null() {
            return 0;
        }
        match m.known_mode {
            Some((known, mode)) if known == metatable => mode,
            _ => {
                // SAFETY: the metatable of a live table is live.
                let metatable_ref = unsafe { Gc::from_raw(metatable) };
                let mode = match self.table_get_str(metatable_ref, self.names.mode).as_string() {
                    Some(s) => {
                        let has = |letter: u8, flag: u8| if s.bytes().contains(&letter) { flag } else { 0 };
                        has(b'k', WEAK_KEYS) | has(b'v', WEAK_VALUES)
                    }
                    None => 0,
                };
                m.known_mode = Some((metatable, mode));
                mode
            }
        }
    }

    /// Marks what a thread refers to and clears its stack above the live end.
    ///
    /// # Safety
    ///
    /// `t` is a live thread.
    pub(super) unsafe fn scan_thread(&mut self, m: &mut Marker, t: *mut Thread) {
        // SAFETY: the thread layout; every slot of a stack holds a value or a raw word that looks like a number
        // (rule 2 of `stack`), and what collectable ones refer to was live at the last collection or is newer.
        unsafe {
            m.mark_nullable((*t).resumer);
            m.mark_nullable((*t).env);
            m.find_value((*t).hook.function);
            let stack = (*t).stack;
            if stack.is_null() {
                return;
            }
            let live = self.live_end(t).offset_from(stack) as usize;
            m.find_values(stack, live);
            m.work += live * size_of::<Value>();
            for i in live..(*t).stack_size {
                *stack.add(i) = Value::NIL;
            }
            // Open cells are kept by the thread, so the list never dangles.
            let mut cell = (*t).open_upvalues;
            while !cell.is_null() {
                m.mark_object(cell as *mut Header);
                cell = (*cell).next_open;
            }
        }
    }

    /// The end of the slots of a thread's stack that may still be read.
    ///
    /// `top` counts in native frames, and in Lua frames if the next instruction takes multiple results (which directly
    /// precedes it: bytecode rule 4 of the verifier). Elsewhere it is left over from something else.
    ///
    /// # Safety
    ///
    /// `t` is a live thread with a stack.
    unsafe fn live_end(&self, t: *mut Thread) -> *mut Value {
        // SAFETY: the caller vouches for the thread; the frame below `base` is read only if it is inside the stack.
        unsafe {
            let (base, pc, top) = match t == self.thread {
                true => (self.base, self.pc, self.top),
                false => ((*t).base, (*t).pc, (*t).top),
            };
            let (stack, stack_end) = ((*t).stack, (*t).stack.add((*t).stack_size));
            let inside = |p: *mut Value| p >= stack && p <= stack_end;
            let top = if inside(top) { top } else { stack };
            // While a leaf runs, its caller's registers above its arguments, which end at `top`, are dead.
            if t == self.thread && !self.leaf.is_nil() && top >= base {
                return top;
            }
            let end = if !inside(base) || base < stack.add(2) {
                top
            } else {
                match (FrameRef { base, pc }).proto() {
                    Some(proto) => {
                        let registers_end = base.wrapping_add(usize::from((*proto).frame_size));
                        if takes_multiple_results(&*proto, pc) {
                            top.max(registers_end)
                        } else {
                            registers_end
                        }
                    }
                    // What a native function keeps lies below `top` whenever a collection can happen.
                    None => top.max(base),
                }
            };
            end.min(stack_end)
        }
    }
}

/// Whether the instruction at `pc` goes up to the end of the multiple results.
fn takes_multiple_results(proto: &Proto, pc: *const Instr) -> bool {
    let word = proto.word_of(pc).and_then(|at| proto.code().get(at)).map(|&word| Instr(word));
    word.is_none_or(Instr::takes_multiple_results)
}

/// Scans as much of an array as is done at once, and notes the rest of it.
///
/// # Safety
///
/// `rest.table` is a live table.
unsafe fn scan_piece(m: &mut Marker, rest: Rest) {
    let Rest { table, from, to } = rest;
    // SAFETY: the first `asize` places of the array are initialised; it may have been replaced since the last piece.
    unsafe {
        let left = to.min((*table).asize as usize).saturating_sub(from);
        let count = left.min(ARRAY_PIECE);
        m.work += count * size_of::<Value>();
        m.find_values((*table).array.wrapping_add(from), count);
        if count < left {
            m.rests.push(Rest { table, from: from + count, to });
        }
    }
}

/// Marks what a dictionary's entries refer to strongly; says whether removed keys were left unmarked.
///
/// # Safety
///
/// `dict` is a live dictionary.
pub(super) unsafe fn scan_dict(m: &mut Marker, dict: *mut Dict, weak: u8) -> bool {
    let mut removed = false;
    // SAFETY: the first `count` entries are initialised.
    unsafe {
        let entries = Dict::entries(dict);
        for i in 0..(*dict).count as usize {
            let entry = *entries.add(i);
            if entry.value.is_nil() {
                removed |= entry.key.is_collectable();
                continue;
            }
            if weak & WEAK_VALUES == 0 {
                m.find_value(entry.value);
            }
            if weak & WEAK_KEYS == 0 {
                m.find_value(entry.key);
            }
        }
    }
    removed
}

/// # Safety
///
/// `p` is a live prototype.
unsafe fn scan_proto(m: &mut Marker, p: *mut Proto) {
    // SAFETY: a live prototype's strings and inner prototypes are live.
    unsafe {
        m.find_values((*p).k, (*p).k_len as usize);
        for &inner in &(*p).protos {
            m.mark_proto(inner);
        }
        for local in &(*p).locals {
            m.mark_nullable(local.name);
        }
        for &name in &(*p).upvalue_names {
            m.mark_nullable(name);
        }
        m.mark_nullable((*p).chunk_name);
    }
}
