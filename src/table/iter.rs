//! Traversal of tables.

use std::marker::PhantomData;

use ferrous_lua_runtime::table::FIRST;

use super::Table;
use crate::error::Result;
use crate::{FromLua, Lua, Value};

/// What [`Table::pairs`] gives. Keeps the state alive.
pub struct TablePairs<'a, K, V> {
    table: &'a Table,
    lua: Lua,
    /// `None` at the end, which is also after an error.
    position: Option<u64>,
    _items: PhantomData<(K, V)>,
}

impl<'a, K, V> TablePairs<'a, K, V> {
    pub(super) fn new(table: &'a Table) -> Self {
        TablePairs { table, lua: table.0.lua(), position: Some(FIRST), _items: PhantomData }
    }
}

impl<K: FromLua, V: FromLua> Iterator for TablePairs<'_, K, V> {
    type Item = Result<(K, V)>;

    fn next(&mut self) -> Option<Self::Item> {
        let position = self.position.take()?;
        let (next, key, value) = self.lua.state.with(|vm| {
            let t = self.table.raw(&self.lua, vm);
            let (next, key, value) = vm.table_next_at(t, position)?;
            Some((next, Value::from_raw(&self.lua, vm, key), Value::from_raw(&self.lua, vm, value)))
        })?;
        let item = K::from_lua(key, &self.lua).and_then(|key| Ok((key, V::from_lua(value, &self.lua)?)));
        if item.is_ok() {
            self.position = Some(next);
        }
        Some(item)
    }
}

/// What [`Table::sequence_values`] gives. Keeps the state alive.
pub struct TableSequence<'a, V> {
    table: &'a Table,
    lua: Lua,
    /// The next index; `None` at the end.
    index: Option<i64>,
    _items: PhantomData<V>,
}

impl<'a, V> TableSequence<'a, V> {
    pub(super) fn new(table: &'a Table) -> Self {
        TableSequence { table, lua: table.0.lua(), index: Some(1), _items: PhantomData }
    }
}

impl<V: FromLua> Iterator for TableSequence<'_, V> {
    type Item = Result<V>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.index.take()?;
        let value = self.lua.state.with(|vm| {
            let v = vm.table_get_int(self.table.raw(&self.lua, vm), index);
            (!v.is_nil()).then(|| Value::from_raw(&self.lua, vm, v))
        })?;
        let item = V::from_lua(value, &self.lua);
        if item.is_ok() {
            self.index = Some(index + 1);
        }
        Some(item)
    }
}
