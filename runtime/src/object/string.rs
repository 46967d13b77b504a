//! The layout of strings.

use super::{Gc, Header};

/// A Lua string: any bytes, followed by a NUL that does not count.
///
/// Strings of at most [`crate::string::MAX_INTERNED`] bytes are interned, so that equality is identity; longer ones are
/// compared by content. `header.word` is the hash of the whole content.
#[repr(C)]
pub struct LuaString {
    pub header: Header,
    pub len: u32,
    /// Reserved words and metamethod names carry a small number here (0: none).
    pub well_known: u32,
    // `len` bytes and a NUL follow.
}

const _: () = assert!(size_of::<LuaString>() == 16);

impl LuaString {
    /// The most bytes a string may have.
    pub const MAX_LEN: usize = 0x7fff_fff0;

    #[inline(always)]
    pub fn hash(&self) -> u32 {
        self.header.word
    }

    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.header.gc & super::gc_flag::INTERNED != 0
    }

    /// The first byte.
    #[inline(always)]
    pub fn data(this: *const LuaString) -> *const u8 {
        // The bytes follow the struct in the same allocation; the arithmetic itself needs no valid memory.
        this.wrapping_add(1) as *const u8
    }

    /// The content.
    ///
    /// # Safety
    ///
    /// `this` is a live string, and stays reachable or no safepoint is passed for as long as `'a` lasts.
    #[inline(always)]
    pub unsafe fn bytes_of<'a>(this: *const LuaString) -> &'a [u8] {
        // SAFETY: the caller vouches for the object; its `len` bytes are initialised and never written again.
        unsafe { std::slice::from_raw_parts(Self::data(this), (*this).len as usize) }
    }
}

impl Gc<LuaString> {
    /// The content, good for as long as the string is (see [`Gc`]): it is not tied to this copy of the pointer.
    #[inline(always)]
    pub fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: `Gc` promises a live object.
        unsafe { LuaString::bytes_of(self.as_ptr()) }
    }
}
