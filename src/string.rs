//! [`LuaString`]: a Lua string, and views of its bytes.
//!
//! Strings never move and never change, so a view is a plain slice into the heap. It keeps the string's handle, which roots
//! the string, and the state.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::ffi::c_void;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use ferrous_lua_runtime::object::LuaString as RawString;

use crate::error::{Error, Result};
use crate::shared::Handle;
use crate::{IntoLua, Lua, Value};

/// A Lua string: any bytes.
#[derive(Clone)]
pub struct LuaString(pub(crate) Handle);

impl LuaString {
    /// The text.
    ///
    /// # Errors
    ///
    /// [`Error::FromLuaConversionError`] if it is not UTF-8.
    pub fn to_str(&self) -> Result<BorrowedStr> {
        let bytes = self.as_bytes();
        match std::str::from_utf8(&bytes) {
            Ok(_) => Ok(BorrowedStr(bytes)),
            Err(e) => Err(Error::from_lua_conversion("string", "&str", &e.to_string())),
        }
    }

    /// The text, with U+FFFD for what is not UTF-8.
    pub fn to_string_lossy(&self) -> String {
        String::from_utf8_lossy(&self.as_bytes()).into_owned()
    }

    /// The text for `format!`, as [`LuaString::to_string_lossy`] has it.
    pub fn display(&self) -> impl fmt::Display + '_ {
        Display(self)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> BorrowedBytes {
        self.clone().into_bytes()
    }

    fn into_bytes(self) -> BorrowedBytes {
        let lua = self.0.lua();
        let bytes: *const [u8] =
            lua.state.with(|vm| vm.handles.get(self.0.id).as_string().expect("a string's handle").bytes());
        BorrowedBytes { bytes, string: self, _lua: lua }
    }

    /// The bytes and the NUL behind them.
    pub fn as_bytes_with_nul(&self) -> BorrowedBytes {
        let mut view = self.as_bytes();
        // SAFETY: a string's bytes are followed by a NUL.
        view.bytes = std::ptr::slice_from_raw_parts(view.bytes as *const u8, view.bytes.len() + 1);
        view
    }

    /// The address, to tell the string from others.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address() as *const RawString as *const c_void
    }

    /// Something that becomes a string when it is handed to Lua.
    pub fn wrap(data: impl AsRef<[u8]>) -> impl IntoLua {
        Wrapped(data)
    }
}

struct Wrapped<T>(T);

impl<T: AsRef<[u8]>> IntoLua for Wrapped<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_string(self.0).map(Value::String)
    }
}

struct Display<'a>(&'a LuaString);

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&String::from_utf8_lossy(&self.0.as_bytes()), f)
    }
}

impl fmt::Debug for LuaString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.as_bytes();
        match std::str::from_utf8(&bytes) {
            Ok(text) => text.fmt(f),
            Err(_) => write!(f, "b\"{}\"", bytes.escape_ascii()),
        }
    }
}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for LuaString {
    fn eq(&self, other: &T) -> bool {
        *self.as_bytes() == *other.as_ref()
    }
}

impl PartialEq for LuaString {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || *self.as_bytes() == *other.as_bytes()
    }
}

impl Eq for LuaString {}

impl<T: AsRef<[u8]> + ?Sized> PartialOrd<T> for LuaString {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        (*self.as_bytes()).partial_cmp(other.as_ref())
    }
}

impl PartialOrd for LuaString {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for LuaString {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(&other.as_bytes())
    }
}

impl Hash for LuaString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// The bytes of a [`LuaString`]. Keeps the state alive.
pub struct BorrowedBytes {
    bytes: *const [u8],
    /// Roots the string.
    string: LuaString,
    _lua: Lua,
}

impl BorrowedBytes {
    pub(crate) fn string_handle(&self) -> LuaString {
        self.string.clone()
    }

    pub(crate) fn into_string_handle(self) -> LuaString {
        self.string
    }
}

impl Deref for BorrowedBytes {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: the string is rooted by its handle, and its state lives as long as this; strings neither move nor change.
        unsafe { &*self.bytes }
    }
}

/// The text of a [`LuaString`]. Keeps the state alive.
pub struct BorrowedStr(BorrowedBytes);

impl BorrowedStr {
    pub(crate) fn string_handle(&self) -> LuaString {
        self.0.string_handle()
    }

    pub(crate) fn into_string_handle(self) -> LuaString {
        self.0.into_string_handle()
    }
}

impl Deref for BorrowedStr {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        // SAFETY: checked when this was made.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

macro_rules! views {
    ($( $view:ident $target:ty; )*) => { $(
        impl AsRef<$target> for $view {
            fn as_ref(&self) -> &$target {
                self
            }
        }

        impl Borrow<$target> for $view {
            fn borrow(&self) -> &$target {
                self
            }
        }

        impl<T: AsRef<$target> + ?Sized> PartialEq<T> for $view {
            fn eq(&self, other: &T) -> bool {
                **self == *other.as_ref()
            }
        }

        impl Eq for $view {}

        impl<T: AsRef<$target> + ?Sized> PartialOrd<T> for $view {
            fn partial_cmp(&self, other: &T) -> Option<Ordering> {
                (**self).partial_cmp(other.as_ref())
            }
        }

        impl Ord for $view {
            fn cmp(&self, other: &Self) -> Ordering {
                (**self).cmp(&**other)
            }
        }

        impl Hash for $view {
            fn hash<H: Hasher>(&self, state: &mut H) {
                (**self).hash(state);
            }
        }

        impl fmt::Debug for $view {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}
views! {
    BorrowedBytes [u8];
    BorrowedStr str;
}

impl AsRef<[u8]> for BorrowedStr {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for BorrowedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'a> IntoIterator for &'a BorrowedBytes {
    type Item = &'a u8;
    type IntoIter = std::slice::Iter<'a, u8>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<&BorrowedStr> for String {
    fn from(text: &BorrowedStr) -> String {
        (**text).to_owned()
    }
}

impl<'a> From<&'a BorrowedStr> for Cow<'a, str> {
    fn from(text: &'a BorrowedStr) -> Cow<'a, str> {
        Cow::Borrowed(text)
    }
}
