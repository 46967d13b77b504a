//! The layout of functions and upvalue cells.

use super::{Header, Kind, Table};
use crate::Value;
use crate::native::Native;
use crate::proto::Proto;

/// A function of either kind: look at the header before casting to [`LuaFunction`] or [`NativeFunction`].
#[repr(C)]
pub struct Function {
    pub header: Header,
    /// Lua functions: the prototype. Native functions: which kind.
    _kind: u64,
    /// The environment (`getfenv`).
    pub env: *mut Table,
}

/// A Lua closure. `header.small` is the number of upvalues.
///
/// An upvalue that is never assigned after its capture is held by value; the others are held as [`UpvalueCell`]
/// pointers in the raw bits (a tiny double to anyone who looks at it as a value). The prototype says which is which.
#[repr(C)]
pub struct LuaFunction {
    pub header: Header,
    pub proto: *mut Proto,
    pub env: *mut Table,
    // `header.small` upvalues follow.
}

const _: () = assert!(size_of::<LuaFunction>() == 24);

/// A native function. `header.small` is the number of upvalues; `header.word` the embedder's number of a host function.
#[repr(C)]
pub struct NativeFunction {
    pub header: Header,
    pub native: &'static Native,
    pub env: *mut Table,
    // `header.small` upvalues follow.
}

const _: () = assert!(size_of::<NativeFunction>() == 24);

/// A captured variable that is assigned after its capture: open while its function runs, then closed.
#[repr(C)]
pub struct UpvalueCell {
    pub header: Header,
    /// The variable: a stack slot while open, `closed` afterwards.
    pub v: *mut Value,
    pub closed: Value,
    /// The next open cell of the same thread, towards lower slots.
    pub next_open: *mut UpvalueCell,
}

const _: () = assert!(size_of::<UpvalueCell>() == 32);

impl UpvalueCell {
    /// # Safety
    ///
    /// `this` is a live cell.
    #[inline(always)]
    pub unsafe fn is_open(this: *mut UpvalueCell) -> bool {
        // SAFETY: the caller vouches for the cell.
        unsafe { (*this).v != &raw mut (*this).closed }
    }
}

impl Function {
    #[inline(always)]
    pub fn is_lua(&self) -> bool {
        self.header.kind == Kind::LuaFunction
    }
}

impl LuaFunction {
    #[inline(always)]
    pub fn upvalues(this: *mut LuaFunction) -> *mut Value {
        this.wrapping_add(1) as *mut Value
    }

    /// Bytes of a closure with `n` upvalues.
    pub const fn byte_size(n: usize) -> usize {
        size_of::<LuaFunction>() + n * size_of::<Value>()
    }
}

impl NativeFunction {
    #[inline(always)]
    pub fn upvalues(this: *mut NativeFunction) -> *mut Value {
        this.wrapping_add(1) as *mut Value
    }

    pub const fn byte_size(n: usize) -> usize {
        size_of::<NativeFunction>() + n * size_of::<Value>()
    }
}
