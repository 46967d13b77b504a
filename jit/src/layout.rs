//! Where machine code finds things: byte offsets into the VM and its objects, and the boxing scheme.
//!
//! The only file of the JIT that knows them; [`crate::lower`] takes every offset from here. They come from the
//! runtime's own types, so a change there is followed without a thought.

use std::mem::offset_of;

use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::object;
use ferrous_lua_runtime::stack::SLACK;

/// How many bytes of a stack lie behind its limit.
pub const STACK_SLACK: i64 = SLACK as i64 * VALUE as i64;

/// Fields of the VM structure.
pub mod vm {
    use super::offset_of;
    use ferrous_lua_runtime::Vm;

    /// The running frame; written when native code is left.
    pub const BASE: i32 = offset_of!(Vm, base) as i32;
    /// The end of the multiple results.
    pub const TOP: i32 = offset_of!(Vm, top) as i32;
    /// No frame may reach beyond this.
    pub const STACK_LIMIT: i32 = offset_of!(Vm, stack_limit) as i32;
    /// 32 bits; bumped when a watched table changes.
    pub const EPOCH: i32 = offset_of!(Vm, epoch) as i32;
    /// 32 bits; not zero when the VM wants native code to be left.
    pub const INTERRUPT: i32 = offset_of!(Vm, interrupt) as i32;
    /// 32 bits; not zero when a collection is due.
    pub const GC_REQUESTED: i32 = offset_of!(Vm, heap.gc_requested) as i32;
    /// Where the next object goes ...
    pub const BUMP: i32 = offset_of!(Vm, heap.bump) as i32;
    /// ... if it ends here or below.
    pub const BUMP_END: i32 = offset_of!(Vm, heap.bump_end) as i32;
}

/// The header that every heap object starts with.
pub mod header {
    use super::{object, offset_of};

    /// One byte: what the object is.
    pub const KIND: i32 = offset_of!(object::Header, kind) as i32;
    /// One byte of collector flags.
    pub const GC: i32 = offset_of!(object::Header, gc) as i32;
    /// The flag that says that a store needs the barrier.
    pub const BLACK: i64 = object::gc_flag::BLACK as i64;
    /// The flag of strings that are the only ones with their content.
    pub const INTERNED: i64 = object::gc_flag::INTERNED as i64;
    /// The flag of tables that have a metatable.
    pub const HAS_METATABLE: i64 = object::gc_flag::HAS_METATABLE as i64;

    /// The header of a new object, little end first, as both our machines have it.
    pub const fn word(kind: object::Kind, word: u32) -> u64 {
        const { assert!(KIND == 0 && offset_of!(object::Header, word) == 4) };
        kind as u64 | (word as u64) << 32
    }
}

pub mod table {
    use super::{object, offset_of};
    use ferrous_lua_runtime::object::Table;

    /// 32 bits, in the header.
    pub const SHAPE: i32 = offset_of!(Table, header.word) as i32;
    pub const ARRAY: i32 = offset_of!(Table, array) as i32;
    /// 32 bits.
    pub const ASIZE: i32 = offset_of!(Table, asize) as i32;
    /// 32 bits.
    pub const ACAP: i32 = offset_of!(Table, acap) as i32;
    pub const SLOTS: i32 = offset_of!(Table, slots) as i32;
    /// Null if there is none.
    pub const DICT: i32 = offset_of!(Table, dict) as i32;
    /// 16 bits.
    pub const SLOT_CAP: i32 = offset_of!(Table, slot_cap) as i32;
    /// What lies behind the table itself.
    pub const INLINE_SLOTS: i32 = size_of::<Table>() as i32;

    /// The first word of a new table without metatable.
    pub const fn header(shape: u32) -> u64 {
        super::header::word(object::Kind::Table, shape)
    }

    /// The word with the two sizes of the array part.
    pub const fn sizes(asize: u32, acap: u32) -> u64 {
        const { assert!(ACAP == ASIZE + 4) };
        asize as u64 | (acap as u64) << 32
    }

    /// The last word, of a table with so many inline slots and no others.
    pub const fn inline_capacity(slots: u16) -> u64 {
        const { assert!(offset_of!(Table, inline_cap) == SLOT_CAP as usize + 4) };
        slots as u64 | (slots as u64) << 32
    }
}

/// Array parts.
pub mod values {
    use super::object::{Kind, Values};

    pub const DATA: i32 = size_of::<Values>() as i32;

    /// The first word of an object of so many values.
    pub const fn header(count: u32) -> u64 {
        super::header::word(Kind::Values, count)
    }
}

/// Where what a table lacks is found: a nil that is never written.
pub fn absent() -> *const Value {
    static ABSENT: Value = Value::NIL;
    &raw const ABSENT
}

/// Dictionaries.
pub mod dict {
    use super::offset_of;
    use ferrous_lua_runtime::object::{Dict, DictEntry};
    use ferrous_lua_runtime::table;

    /// 32 bits: the index words less one.
    pub const MASK: i32 = offset_of!(Dict, mask) as i32;
    /// The entries are counted from one, so that entry 1 is the first.
    const ENTRY_0: i32 = (size_of::<Dict>() - size_of::<DictEntry>()) as i32;
    pub const KEY: i32 = ENTRY_0 + offset_of!(DictEntry, key) as i32;
    pub const VALUE: i32 = ENTRY_0 + offset_of!(DictEntry, value) as i32;
    pub const ENTRY_BYTES_LOG2: i64 = size_of::<DictEntry>().trailing_zeros() as i64;
    /// Entries take as many words of the index's size as the mask plus one times this.
    pub const ENTRY_WORDS_BY_MASK: i64 = {
        let bytes = table::cap_of_index(4) * size_of::<DictEntry>();
        assert!(bytes.is_multiple_of(4 * size_of::<u32>()));
        (bytes / (4 * size_of::<u32>())) as i64
    };
    /// Where the first index word lies, from as many words on as the mask times [`ENTRY_WORDS_BY_MASK`].
    pub const FIRST_INDEX_WORD: i32 =
        (size_of::<Dict>() + ENTRY_WORDS_BY_MASK as usize * size_of::<u32>()) as i32;
    /// What numbers and addresses are multiplied with.
    pub const HASH_FACTOR: u64 = table::HASH_FACTOR;
}

/// Entries of the slot cache.
pub mod slot_cache {
    use super::offset_of;
    use ferrous_lua_runtime::Vm;
    use ferrous_lua_runtime::table::{SlotCache, SlotEntry};

    const ENTRIES: usize = offset_of!(Vm, slot_cache.entries);
    /// These are fields of the first entry, in the VM.
    pub const KEY: i32 = (ENTRIES + offset_of!(SlotEntry, key)) as i32;
    pub const SHAPE: i32 = (ENTRIES + offset_of!(SlotEntry, shape)) as i32;
    pub const SLOT: i32 = (ENTRIES + offset_of!(SlotEntry, slot)) as i32;
    pub const ENTRY_BYTES_LOG2: i64 = size_of::<SlotEntry>().trailing_zeros() as i64;
    pub const MASK: i64 = SlotCache::MASK as i64;
    pub const ABSENT: i64 = SlotEntry::ABSENT as i64;
}

pub mod string {
    use super::{object::LuaString, offset_of};

    /// 32 bits.
    pub const LEN: i32 = offset_of!(LuaString, len) as i32;
    /// 32 bits, in the header.
    pub const HASH: i32 = offset_of!(LuaString, header.word) as i32;
    pub const BYTES: i32 = size_of::<LuaString>() as i32;
}

pub mod function {
    use super::{object, object::LuaFunction, offset_of};

    pub const PROTO: i32 = offset_of!(LuaFunction, proto) as i32;
    pub const ENV: i32 = offset_of!(LuaFunction, env) as i32;
    pub const UPVALUES: i32 = size_of::<LuaFunction>() as i32;

    /// The first word of a new Lua function.
    pub const fn header(upvalues: u16) -> u64 {
        const { assert!(offset_of!(object::Header, small) == 2) };
        super::header::word(object::Kind::LuaFunction, 0) | (upvalues as u64) << 16
    }

    /// In whole granules.
    pub const fn byte_size(upvalues: usize) -> i32 {
        LuaFunction::byte_size(upvalues).next_multiple_of(object::GRANULE) as i32
    }
}

pub mod cell {
    use super::{object::UpvalueCell, offset_of};

    /// Address of the variable.
    pub const V: i32 = offset_of!(UpvalueCell, v) as i32;
}

/// Bytes of a value: of a stack slot, an array element, a named slot, an upvalue.
pub const VALUE: i32 = 8;

/// How values are boxed.
pub mod boxing {
    use crate::ir::Ty;

    /// A value whose top 16 bits are below this is a number.
    pub const FIRST_TAG: u64 = 0xFFF9;
    pub const NIL: u64 = 0xFFF9 << 48;
    pub const FALSE: u64 = NIL | 1;
    pub const TRUE: u64 = NIL | 2;
    pub const PAYLOAD_BITS: u32 = 48;
    /// What helpers give that cannot say what the value is: some light userdata. (Where that is the value, it looks as if they
    /// could not say.)
    pub const NO_ANSWER: u64 = 0xFFFA_FFFF_FFFF_FFFF;

    /// The tag of an object type, in place.
    pub const fn tag(ty: Ty) -> Option<u64> {
        match ty {
            Ty::Str => Some(0xFFFB << PAYLOAD_BITS),
            Ty::Tab => Some(0xFFFC << PAYLOAD_BITS),
            Ty::Func => Some(0xFFFD << PAYLOAD_BITS),
            Ty::Udata => Some(0xFFFE << PAYLOAD_BITS),
            Ty::Thread => Some(0xFFFF << PAYLOAD_BITS),
            Ty::None | Ty::Any | Ty::Nil | Ty::False | Ty::True => None,
            Ty::Num | Ty::Int | Ty::Ptr | Ty::Shape => None,
        }
    }

    /// The bits of a primitive type's only value.
    pub const fn primitive(ty: Ty) -> Option<u64> {
        match ty {
            Ty::Nil => Some(NIL),
            Ty::False => Some(FALSE),
            Ty::True => Some(TRUE),
            _ => None,
        }
    }

    /// The boxed form of a constant.
    pub fn constant(ty: Ty, bits: u64) -> u64 {
        match ty {
            Ty::Int => (bits as i64 as f64).to_bits(),
            ty if ty.is_primitive() => primitive(ty).expect("checked"),
            ty if ty.is_object() => tag(ty).expect("objects have tags") | bits,
            _ => bits,
        }
    }

    /// What a boxed value is, when the constant is known.
    pub fn unbox(bits: u64) -> Option<(Ty, u64)> {
        const PAYLOAD: u64 = (1 << PAYLOAD_BITS) - 1;
        if bits >> PAYLOAD_BITS < FIRST_TAG {
            return Some((Ty::Num, bits));
        }
        let ty = match (bits, bits >> PAYLOAD_BITS) {
            (NIL, _) => Ty::Nil,
            (FALSE, _) => Ty::False,
            (TRUE, _) => Ty::True,
            (_, 0xFFFB) => Ty::Str,
            (_, 0xFFFC) => Ty::Tab,
            (_, 0xFFFD) => Ty::Func,
            (_, 0xFFFE) => Ty::Udata,
            (_, 0xFFFF) => Ty::Thread,
            _ => return None,
        };
        Some((ty, if ty.is_object() { bits & PAYLOAD } else { 0 }))
    }
}
