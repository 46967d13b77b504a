//! The types of this crate.

use crate::error::{Error, Result};
use crate::{
    AnyUserData, FromLua, Function, IntoLua, LightUserData, Lua, LuaString, RegistryKey, Table, Thread, Value,
};

impl IntoLua for Value {
    #[inline]
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self)
    }
}

impl IntoLua for &Value {
    #[inline]
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.clone())
    }

    #[inline]
    fn push_one(self, lua: &Lua) -> Result<()> {
        crate::callback::push(lua, self)
    }
}

impl FromLua for Value {
    #[inline]
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        Ok(value)
    }
}

macro_rules! handles {
    ($( $type:ident $variant:ident $name:literal; )*) => { $(
        impl IntoLua for $type {
            #[inline]
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::$variant(self))
            }
        }

        impl IntoLua for &$type {
            #[inline]
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::$variant(self.clone()))
            }
        }

        impl FromLua for $type {
            #[inline]
            fn from_lua(value: Value, _: &Lua) -> Result<Self> {
                match value {
                    Value::$variant(v) => Ok(v),
                    _ => Err(Error::from_lua_conversion(value.type_name(), $name, "")),
                }
            }
        }
    )* };
}
handles! {
    Table Table "table";
    Function Function "function";
    Thread Thread "thread";
    AnyUserData UserData "userdata";
}

impl IntoLua for LuaString {
    #[inline]
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::String(self))
    }
}

impl IntoLua for &LuaString {
    #[inline]
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::String(self.clone()))
    }
}

/// Numbers become strings.
impl FromLua for LuaString {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        let from = value.type_name();
        lua.coerce_string(value)?
            .ok_or_else(|| Error::from_lua_conversion(from, "string", "expected string or number"))
    }
}

impl IntoLua for LightUserData {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::LightUserData(self))
    }
}

impl FromLua for LightUserData {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        match value {
            Value::LightUserData(p) => Ok(p),
            _ => Err(Error::from_lua_conversion(value.type_name(), "lightuserdata", "")),
        }
    }
}

impl IntoLua for Error {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Error(Box::new(self)))
    }
}

/// A value that is no error becomes one, with its text.
impl FromLua for Error {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        match value {
            Value::Error(error) => Ok(*error),
            value => {
                let text = lua.coerce_string(value)?;
                Ok(Error::runtime(text.map_or_else(|| "<unprintable error>".into(), |s| s.to_string_lossy())))
            }
        }
    }
}

impl IntoLua for RegistryKey {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.registry_value(&self)
    }
}

impl IntoLua for &RegistryKey {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.registry_value(self)
    }
}

impl FromLua for RegistryKey {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        lua.create_registry_value(value)
    }
}
