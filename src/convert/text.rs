//! Strings, characters, paths.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::callback::{Slots, push_string};
use crate::error::{Error, Result};
use crate::{BorrowedBytes, BorrowedStr, FromLua, IntoLua, Lua, LuaString, Value};

macro_rules! into_string {
    ($( $type:ty, $this:ident => $bytes:expr; )*) => { $(
        impl IntoLua for $type {
            #[inline]
            fn into_lua(self, lua: &Lua) -> Result<Value> {
                let $this = self;
                Ok(Value::String(lua.create_string($bytes)?))
            }

            #[inline]
            fn push_one(self, lua: &Lua) -> Result<()> {
                let $this = self;
                push_string(lua, $bytes)
            }
        }
    )* };
}
into_string! {
    String, s => s.as_bytes();
    &String, s => s.as_bytes();
    &str, s => s.as_bytes();
    Cow<'_, str>, s => s.as_bytes();
    Box<str>, s => s.as_bytes();
    char, c => c.encode_utf8(&mut [0; 4]).as_bytes();
    CString, s => s.as_bytes();
    &CStr, s => s.to_bytes();
    Cow<'_, CStr>, s => s.to_bytes();
    OsString, s => s.as_encoded_bytes();
    &OsStr, s => s.as_encoded_bytes();
    PathBuf, p => p.as_os_str().as_encoded_bytes();
    &Path, p => p.as_os_str().as_encoded_bytes();
}

/// The string that a value is or stands for.
fn string(value: Value, lua: &Lua, to: &'static str) -> Result<LuaString> {
    let from = value.type_name();
    lua.coerce_string(value)?.ok_or_else(|| Error::from_lua_conversion(from, to, "expected string or number"))
}

/// The same, as UTF-8.
fn text(value: Value, lua: &Lua, to: &'static str) -> Result<BorrowedStr> {
    let from = value.type_name();
    string(value, lua, to)?.to_str().map_err(|e| match e {
        Error::FromLuaConversionError { message, .. } => {
            Error::from_lua_conversion(from, to, message.as_deref().unwrap_or_default())
        }
        other => other,
    })
}

impl FromLua for String {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        Ok(text(value, lua, "String")?.to_owned())
    }

    /// Copies a string from where it lies.
    fn from_slot(slots: &Slots<'_>, i: usize) -> Result<Self> {
        let copy = slots.lua().state.with(|vm| {
            let string = slots.raw(vm, i).as_string()?;
            std::str::from_utf8(string.bytes()).ok().map(str::to_owned)
        });
        copy.map_or_else(|| String::from_lua(slots.get(i), slots.lua()), Ok)
    }
}

impl FromLua for Box<str> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        Ok(text(value, lua, "Box<str>")?.to_owned().into_boxed_str())
    }
}

impl FromLua for BorrowedStr {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        text(value, lua, "BorrowedStr")
    }
}

impl FromLua for BorrowedBytes {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        Ok(string(value, lua, "BorrowedBytes")?.as_bytes())
    }
}

impl IntoLua for BorrowedStr {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::String(self.into_string_handle()))
    }
}

impl IntoLua for &BorrowedStr {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::String(self.string_handle()))
    }
}

impl IntoLua for BorrowedBytes {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::String(self.into_string_handle()))
    }
}

impl IntoLua for &BorrowedBytes {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::String(self.string_handle()))
    }
}

/// From a string of one character, or a code point.
impl FromLua for char {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        let from = value.type_name();
        match value {
            Value::Integer(i) => {
                let code = u32::try_from(i).ok().and_then(char::from_u32);
                code.ok_or_else(|| Error::from_lua_conversion("integer", "char", "integer out of range"))
            }
            value => {
                let text = text(value, lua, "char")?;
                let mut chars = text.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => Ok(c),
                    _ => Err(Error::from_lua_conversion(
                        from,
                        "char",
                        "expected string to have exactly one char when converting to char",
                    )),
                }
            }
        }
    }
}

impl FromLua for CString {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        let from = value.type_name();
        let string = string(value, lua, "CString")?;
        CString::new(string.as_bytes().to_vec())
            .map_err(|_| Error::from_lua_conversion(from, "CString", "invalid C-style string"))
    }
}

/// The text of a path: any bytes on Unix, UTF-8 elsewhere.
#[cfg(unix)]
fn os_string(string: &LuaString, _from: &'static str) -> Result<OsString> {
    use std::os::unix::ffi::OsStringExt;
    Ok(OsString::from_vec(string.as_bytes().to_vec()))
}

#[cfg(not(unix))]
fn os_string(string: &LuaString, from: &'static str) -> Result<OsString> {
    let text = string.to_str().map_err(|e| Error::from_lua_conversion(from, "OsString", &e.to_string()))?;
    Ok(OsString::from(&*text))
}

impl FromLua for OsString {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        let from = value.type_name();
        os_string(&string(value, lua, "OsString")?, from)
    }
}

impl FromLua for PathBuf {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        OsString::from_lua(value, lua).map(PathBuf::from)
    }
}
