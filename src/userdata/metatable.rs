//! Making the metatable of a userdata type, and [`UserDataMetatable`], the embedder's view of it.
//!
//! Where plain tables do, `__index` is one: the methods. A type with getters gets a function, which is Lua's, so that neither it
//! nor a coroutine that runs it leaves the interpreter for a method that is no Rust function.

use super::metamethod::check_name;
use super::registry::{Declared, Method, UserDataRegistry};
use crate::error::{Error, Result};
use crate::{FromLua, Function, IntoLua, Lua, Table, TablePairs, Value};

/// The `__index` of a type with getters or an `__index` of its own.
const INDEX: &str = "
    local getters, methods, index = ...
    local is_function = type(index) == 'function'
    return function(self, key)
        local getter = getters[key]
        if getter then return getter(self) end
        local method = methods[key]
        if method ~= nil then return method end
        if is_function then return index(self, key) end
        if index then return index[key] end
    end";

/// The `__newindex` of a type with setters.
const NEWINDEX: &str = "
    local setters, newindex = ...
    local is_function, error, tostring = type(newindex) == 'function', error, tostring
    return function(self, key, value)
        local setter = setters[key]
        if setter then
            setter(self, value)
        elseif is_function then
            newindex(self, key, value)
        elseif newindex then
            newindex[key] = value
        else
            error('attempt to set an unknown field \\'' .. tostring(key) .. '\\'', 2)
        end
    end";

/// The metatable for what a type has declared.
pub(super) fn build<T>(lua: &Lua, registry: UserDataRegistry<T>, type_name: &str) -> Result<Table> {
    let metatable =
        lua.create_table_with_capacity(0, registry.meta_methods.len() + registry.meta_fields.len() + 4)?;
    metatable.raw_set("__name", type_name)?;
    for (name, value) in registry.meta_fields {
        check_name(&name)?;
        let value = value?;
        check_index_type(&name, &value)?;
        metatable.raw_set(name, value)?;
    }
    for (name, method) in registry.meta_methods {
        check_name(&name)?;
        metatable.raw_set(name, lua.new_callback(method)?)?;
    }
    let methods = table_of(lua, registry.methods)?;
    for (name, value) in registry.fields {
        methods.raw_set(name, value?)?;
    }
    let index: Value = metatable.raw_get("__index")?;
    if !registry.getters.is_empty() || !index.is_nil() {
        let getters = table_of(lua, registry.getters)?;
        metatable.raw_set("__index", instantiate(lua, INDEX, (getters, methods, index))?)?;
    } else if !methods.is_empty() {
        metatable.raw_set("__index", methods)?;
    }
    if !registry.setters.is_empty() {
        let newindex: Value = metatable.raw_get("__newindex")?;
        let setters = table_of(lua, registry.setters)?;
        metatable.raw_set("__newindex", instantiate(lua, NEWINDEX, (setters, newindex))?)?;
    }
    metatable.raw_set("__metatable", false)?;
    Ok(metatable)
}

fn table_of(lua: &Lua, methods: Declared<Method>) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, methods.len())?;
    for (name, method) in methods {
        table.raw_set(name, lua.new_callback(method)?)?;
    }
    Ok(table)
}

/// A function of ours in Lua. Its globals are the state's own, whatever the program has made of its.
fn instantiate(lua: &Lua, source: &str, args: impl crate::IntoLuaMulti) -> Result<Function> {
    let env = lua.create_table()?;
    for name in ["type", "error", "tostring"] {
        env.raw_set(name, lua.globals().raw_get::<Value>(name)?)?;
    }
    lua.load(source).set_name("=[userdata]").set_environment(env).call(args)
}

fn check_index_type(name: &str, value: &Value) -> Result<()> {
    let is_index = matches!(name, "__index" | "__newindex");
    if !is_index || matches!(value, Value::Function(_) | Value::Table(_)) {
        return Ok(());
    }
    Err(Error::MetaMethodTypeError {
        method: name.into(),
        type_name: value.type_name(),
        message: Some("expected table or function".into()),
    })
}

/// The metatable of a userdata, without what keeps it working.
#[derive(Clone, Debug)]
pub struct UserDataMetatable(pub(super) Table);

impl UserDataMetatable {
    /// A field.
    ///
    /// # Errors
    ///
    /// [`Error::MetaMethodRestricted`]; those of the conversion.
    pub fn get<V: FromLua>(&self, key: impl AsRef<str>) -> Result<V> {
        check_name(key.as_ref())?;
        self.0.raw_get(key.as_ref())
    }

    /// Sets a field, for all values of the type.
    ///
    /// # Errors
    ///
    /// [`Error::MetaMethodRestricted`], also for `__index` and `__newindex`; those of the conversion.
    pub fn set(&self, key: impl AsRef<str>, value: impl IntoLua) -> Result<()> {
        let key = key.as_ref();
        check_name(key)?;
        if matches!(key, "__index" | "__newindex") {
            return Err(Error::MetaMethodRestricted(key.into()));
        }
        self.0.raw_set(key, value)
    }

    /// Whether there is such a field.
    ///
    /// # Errors
    ///
    /// [`Error::MetaMethodRestricted`].
    pub fn contains(&self, key: impl AsRef<str>) -> Result<bool> {
        check_name(key.as_ref())?;
        Ok(!self.0.raw_get::<Value>(key.as_ref())?.is_nil())
    }

    /// All fields that may be seen.
    pub fn pairs<V: FromLua>(&self) -> UserDataMetatablePairs<'_, V> {
        UserDataMetatablePairs(self.0.pairs())
    }
}

/// What [`UserDataMetatable::pairs`] gives.
pub struct UserDataMetatablePairs<'a, V>(TablePairs<'a, String, V>);

impl<V: FromLua> Iterator for UserDataMetatablePairs<'_, V> {
    type Item = Result<(String, V)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.0.next()? {
                Ok((key, _)) if check_name(&key).is_err() => {}
                item => return Some(item),
            }
        }
    }
}
