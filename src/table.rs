//! [`Table`]: a Lua table.
//!
//! Keys and values go over the Lua stack, where conversions may run foreign code while the collector sees what is on the way.
//! Accesses follow `__index` and `__newindex` like the language does, unless their name says `raw`.

mod iter;

pub use iter::{TablePairs, TableSequence};

use std::collections::HashSet;
use std::ffi::c_void;
use std::fmt;

use ferrous_lua_runtime::object::{Gc, Table as RawTable};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::table::{Index, NewIndex};
use ferrous_lua_runtime::{Throw, Value as Raw, Vm};

use crate::call::{self, StackTop, height};
use crate::callback::{Slots, push_raw, stack_error};
use crate::error::{Error, Result};
use crate::failure::Caught;
use crate::shared::Handle;
use crate::value::equals_by_metamethod;
use crate::{FromLua, Function, IntoLua, Lua, Value};

/// A Lua table.
///
/// ```
/// # use ferrous_lua::{Lua, Result};
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// let point = lua.create_table_from([("x", 3.0), ("y", 4.0)])?;
/// lua.globals().set("point", &point)?;
/// lua.load("point.length = math.sqrt(point.x^2 + point.y^2)").exec()?;
/// assert_eq!(point.get::<f64>("length")?, 5.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Table(pub(crate) Handle);

/// The value `n` places below the end of the stack (1: the last).
#[inline]
fn from_top(vm: &Vm, n: usize) -> Raw {
    // SAFETY: whoever asks has pushed as many.
    unsafe { *vm.top.sub(n) }
}

/// Puts a value in the place of the last one.
#[inline]
fn replace_top(vm: &mut Vm, v: Raw) {
    // SAFETY: as in `from_top`.
    unsafe { *vm.top.sub(1) = v }
}

/// The error of an `__index` or `__newindex` chain that leads nowhere.
fn not_indexable(v: Raw) -> Error {
    Error::RuntimeError(format!("attempt to index a {} value", v.type_name()))
}

impl Table {
    /// The table, for use in the same `with`.
    pub(crate) fn raw(&self, lua: &Lua, vm: &Vm) -> Gc<RawTable> {
        self.0.raw(lua, vm).as_table().expect("a table's handle")
    }

    /// Runs `work` on the table.
    fn with<R>(&self, work: impl FnOnce(&mut Vm, Gc<RawTable>) -> R) -> R {
        let lua = self.0.lua();
        lua.state.with(|vm| {
            let t = self.raw(&lua, vm);
            work(vm, t)
        })
    }

    fn has_metatable(&self) -> bool {
        self.with(|vm, t| vm.table_metatable(t).is_some())
    }

    // ---- with metamethods

    /// `table[key]`
    ///
    /// # Errors
    ///
    /// Those of `__index`, and of conversions.
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        get(&self.0, key)
    }

    /// `table[key] = value`
    ///
    /// # Errors
    ///
    /// Nil and NaN are no keys; those of `__newindex`, and of conversions.
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        set(&self.0, key, value)
    }

    /// Whether `table[key]` is not nil.
    ///
    /// # Errors
    ///
    /// As [`Table::get`].
    pub fn contains_key(&self, key: impl IntoLua) -> Result<bool> {
        Ok(!self.get::<Value>(key)?.is_nil())
    }

    /// The length, which `__len` may say.
    ///
    /// # Errors
    ///
    /// Those of `__len`.
    pub fn len(&self) -> Result<i64> {
        let lua = self.0.lua();
        let _top = StackTop::save(&lua);
        let length = lua.state.with(|vm| {
            let t = self.raw(&lua, vm);
            let method = vm.metamethod(Raw::table(t), Event::Len);
            if method.is_nil() {
                return Ok(Some(vm.table_len(t) as i64));
            }
            begin_call(vm, method, [Raw::table(t)]).map(|_| None)
        });
        match length {
            Ok(Some(length)) => Ok(length),
            Ok(None) => call::call_begun(&lua, 1),
            Err(caught) => Err(caught.into_error(&lua.state)),
        }
    }

    /// Appends a value.
    ///
    /// # Errors
    ///
    /// As [`Table::set`].
    pub fn push(&self, value: impl IntoLua) -> Result<()> {
        if !self.has_metatable() {
            return self.raw_push(value);
        }
        let length = self.len()?;
        self.set(length + 1, value)
    }

    /// Removes the last element; nil if there is none.
    ///
    /// # Errors
    ///
    /// As [`Table::get`].
    pub fn pop<V: FromLua>(&self) -> Result<V> {
        if !self.has_metatable() {
            return self.raw_pop();
        }
        let length = self.len()?;
        let value = self.get(length)?;
        self.set(length, Value::Nil)?;
        Ok(value)
    }

    /// Removes a key; the elements behind an integer one move down.
    ///
    /// # Errors
    ///
    /// An integer beyond the length; as [`Table::set`].
    pub fn remove(&self, key: impl IntoLua) -> Result<()> {
        let lua = self.0.lua();
        let key = key.into_lua(&lua)?;
        let Some(at) = key.as_integer().filter(|_| self.has_metatable()) else { return self.raw_remove(key) };
        let length = self.len()?;
        if at < 1 || at > length {
            return Err(Error::runtime("index out of bounds"));
        }
        for i in at..length {
            self.set(i, self.get::<Value>(i + 1)?)?;
        }
        self.set(length, Value::Nil)
    }

    /// Whether the tables are equal, which `__eq` may decide.
    ///
    /// # Errors
    ///
    /// Those of `__eq`.
    pub fn equals(&self, other: &Table) -> Result<bool> {
        equals_by_metamethod(&self.0, &other.0)
    }

    // ---- without metamethods

    /// `rawget(table, key)`
    ///
    /// # Errors
    ///
    /// Those of conversions.
    pub fn raw_get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let lua = self.0.lua();
        let _top = StackTop::save(&lua);
        key.push_one(&lua)?;
        let first = lua.state.with(|vm| {
            let v = vm.table_get(self.raw(&lua, vm), from_top(vm, 1));
            replace_top(vm, v);
            height(vm) - 1
        });
        V::from_slot(&Slots { lua: &lua, first, count: 1 }, 0)
    }

    /// `rawset(table, key, value)`
    ///
    /// # Errors
    ///
    /// Nil and NaN are no keys; those of conversions.
    pub fn raw_set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let lua = self.0.lua();
        let _top = StackTop::save(&lua);
        key.push_one(&lua)?;
        value.push_one(&lua)?;
        self.store(&lua, |vm, t| vm.raw_set(t, from_top(vm, 2), from_top(vm, 1)))
    }

    /// A change that may fail, and may have made garbage.
    fn store(
        &self,
        lua: &Lua,
        change: impl FnOnce(&mut Vm, Gc<RawTable>) -> std::result::Result<(), Throw>,
    ) -> Result<()> {
        lua.state.try_with(|vm| {
            let t = self.raw(lua, vm);
            change(vm, t)
        })?;
        lua.state.tidy(lua);
        Ok(())
    }

    /// The length, as `#` gives it.
    pub fn raw_len(&self) -> usize {
        self.with(|vm, t| vm.table_len(t) as usize)
    }

    /// Appends a value.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`]; those of the conversion.
    pub fn raw_push(&self, value: impl IntoLua) -> Result<()> {
        let lua = self.0.lua();
        let _top = StackTop::save(&lua);
        value.push_one(&lua)?;
        self.store(&lua, |vm, t| {
            let length = vm.table_len(t) as i64;
            vm.raw_set_int(t, length + 1, from_top(vm, 1))
        })
    }

    /// Removes the last element; nil if there is none.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn raw_pop<V: FromLua>(&self) -> Result<V> {
        let lua = self.0.lua();
        let value = lua.state.try_with(|vm| {
            let t = self.raw(&lua, vm);
            let length = vm.table_len(t) as i64;
            let value = vm.table_get_int(t, length);
            let value = Value::from_raw(&lua, vm, value);
            if length > 0 {
                vm.raw_set_int(t, length, Raw::NIL)?;
            }
            Ok(value)
        })?;
        V::from_lua(value, &lua)
    }

    /// Inserts a value at position `idx`; the elements from there on move up.
    ///
    /// # Errors
    ///
    /// A position that is neither in the sequence nor directly behind it; those of the conversion.
    pub fn raw_insert(&self, idx: i64, value: impl IntoLua) -> Result<()> {
        let lua = self.0.lua();
        let length = self.raw_len() as i64;
        if idx < 1 || idx > length + 1 {
            return Err(Error::runtime("index out of bounds"));
        }
        let _top = StackTop::save(&lua);
        value.push_one(&lua)?;
        self.store(&lua, |vm, t| {
            vm.table_insert_at(t, idx, from_top(vm, 1)).map_err(|e| vm.throw_set_error(e))
        })
    }

    /// Removes a key; the elements behind an integer one move down.
    ///
    /// # Errors
    ///
    /// An integer beyond the length; those of the conversion.
    pub fn raw_remove(&self, key: impl IntoLua) -> Result<()> {
        let lua = self.0.lua();
        let key = key.into_lua(&lua)?;
        let Value::Integer(at) = key else { return self.raw_set(key, Value::Nil) };
        if at < 1 || at > self.raw_len() as i64 {
            return Err(Error::runtime("index out of bounds"));
        }
        self.store(&lua, |vm, t| {
            vm.table_remove_at(t, Some(at)).map(|_| ()).map_err(|e| vm.throw_set_error(e))
        })
    }

    /// Removes all keys.
    ///
    /// # Errors
    ///
    /// A read-only table.
    pub fn clear(&self) -> Result<()> {
        let lua = self.0.lua();
        self.store(&lua, |vm, t| vm.table_clear(t).map_err(|e| vm.throw_set_error(e)))
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.with(|vm, t| vm.table_next_at(t, ferrous_lua_runtime::table::FIRST).is_none())
    }

    // ---- traversal

    /// All keys with their values, without metamethods. The table may be changed meanwhile; keys that are added may be missed.
    ///
    /// ```
    /// # use ferrous_lua::{Lua, Result};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// let ages = lua.create_table_from([("ann", 33), ("bob", 44)])?;
    /// let mut sum = 0;
    /// for pair in ages.pairs::<String, i64>() {
    ///     let (_, age) = pair?;
    ///     sum += age;
    /// }
    /// assert_eq!(sum, 77);
    /// # Ok(())
    /// # }
    /// ```
    pub fn pairs<K: FromLua, V: FromLua>(&self) -> TablePairs<'_, K, V> {
        TablePairs::new(self)
    }

    /// Elements 1, 2, ... up to the first that is nil, without metamethods.
    pub fn sequence_values<V: FromLua>(&self) -> TableSequence<'_, V> {
        TableSequence::new(self)
    }

    /// Calls `f` with each key and value.
    ///
    /// # Errors
    ///
    /// The first one of `f` or of a conversion.
    pub fn for_each<K: FromLua, V: FromLua>(&self, mut f: impl FnMut(K, V) -> Result<()>) -> Result<()> {
        self.pairs().try_for_each(|pair| pair.and_then(|(key, value)| f(key, value)))
    }

    /// Calls `f` with elements 1, 2, ...
    #[doc(hidden)]
    pub fn for_each_value<V: FromLua>(&self, mut f: impl FnMut(V) -> Result<()>) -> Result<()> {
        self.sequence_values().try_for_each(|value| value.and_then(&mut f))
    }

    // ---- the rest

    /// The metatable, `__metatable` or not.
    pub fn metatable(&self) -> Option<Table> {
        let lua = self.0.lua();
        lua.state.with(|vm| {
            let metatable = vm.table_metatable(self.raw(&lua, vm))?;
            Some(Table(Handle::new(&lua, vm, Raw::table(metatable))))
        })
    }

    /// Sets or removes the metatable, `__metatable` or not.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`]; a read-only table.
    pub fn set_metatable(&self, metatable: Option<Table>) -> Result<()> {
        let lua = self.0.lua();
        self.store(&lua, |vm, t| {
            vm.check_writable(t)?;
            let metatable = metatable.as_ref().map(|m| m.raw(&lua, vm));
            vm.table_set_metatable(t, metatable).map_err(|_| vm.throw_memory())
        })
    }

    /// Makes every change of the table's own keys and of its metatable an error, or allows them again. (Luau's; scripts cannot undo it.)
    pub fn set_readonly(&self, enabled: bool) {
        // Without memory for another shape the table stays as it is.
        self.with(|vm, t| _ = vm.table_set_read_only(t, enabled));
    }

    /// Whether changes are errors.
    pub fn is_readonly(&self) -> bool {
        self.with(|vm, t| vm.table_is_read_only(t))
    }

    /// The address, to tell the table from others.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address() as *const c_void
    }

    /// The text of `{:#?}`.
    pub(crate) fn fmt_pretty(
        &self,
        f: &mut fmt::Formatter<'_>,
        indent: usize,
        seen: &mut HashSet<*const c_void>,
    ) -> fmt::Result {
        seen.insert(self.to_pointer());
        let mut pairs: Vec<(Value, Value)> = self.pairs().flatten().collect();
        if pairs.is_empty() {
            return f.write_str("{}");
        }
        pairs.sort_by(|(a, _), (b, _)| {
            let ((rank, number, text), (rank_b, number_b, text_b)) = (a.sort_key(), b.sort_key());
            rank.cmp(&rank_b).then(number.total_cmp(&number_b)).then(text.cmp(&text_b))
        });
        let is_sequence = pairs.iter().zip(1..).all(|((key, _), i)| key.as_integer() == Some(i));
        let inner = indent + 2;
        f.write_str("{\n")?;
        for (key, value) in pairs {
            write!(f, "{:inner$}", "")?;
            match &key {
                _ if is_sequence => {}
                Value::String(s) if is_name(&s.as_bytes()) => write!(f, "{} = ", s.display())?,
                key => {
                    f.write_str("[")?;
                    key.fmt_pretty(f, false, inner, seen)?;
                    f.write_str("] = ")?;
                }
            }
            value.fmt_pretty(f, true, inner, seen)?;
            f.write_str(",\n")?;
        }
        write!(f, "{:indent$}}}", "")
    }
}

/// Whether a key can be written without brackets.
fn is_name(key: &[u8]) -> bool {
    key.first().is_some_and(|c| !c.is_ascii_digit())
        && key.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'_')
}

/// What an access finds that no metamethod has to be called for, or that must be called.
enum Access {
    Done,
    Call,
}

/// `object[key]`
#[inline]
pub(crate) fn get<V: FromLua>(object: &Handle, key: impl IntoLua) -> Result<V> {
    let lua = object.lua();
    let top = StackTop::save(&lua);
    key.push_one(&lua)?;
    match find(&lua, object)? {
        Access::Done => V::from_slot(&Slots { lua: &lua, first: top.height(), count: 1 }, 0),
        Access::Call => call::call_begun(&lua, 2),
    }
}

/// Puts `object[key]` in the place of the key, which is the last value of the stack.
fn find(lua: &Lua, object: &Handle) -> Result<Access> {
    lua.state
        .with(|vm| {
            let key = from_top(vm, 1);
            match vm.index_chain(object.raw(lua, vm), key) {
                Index::Value(v) => {
                    replace_top(vm, v);
                    Ok(Access::Done)
                }
                Index::Call { handler, object } => begin_call(vm, handler, [object, key]),
                Index::NotIndexable(v) => Err(Caught::Error(not_indexable(v))),
                Index::Loop => Err(Caught::Error(Error::runtime("loop in gettable"))),
            }
        })
        .map_err(|caught| caught.into_error(&lua.state))
}

/// `object[key] = value`
#[inline]
pub(crate) fn set(object: &Handle, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
    let lua = object.lua();
    let _top = StackTop::save(&lua);
    key.push_one(&lua)?;
    value.push_one(&lua)?;
    match put(&lua, object)? {
        Access::Done => Ok(()),
        Access::Call => call::call_begun(&lua, 3),
    }
}

/// Puts the last value of the stack into `object[key]`, where the key is the value before.
fn put(lua: &Lua, object: &Handle) -> Result<Access> {
    let access = lua.state.with(|vm| {
        let (key, value) = (from_top(vm, 2), from_top(vm, 1));
        match vm.newindex_chain(object.raw(lua, vm), key) {
            NewIndex::Raw(t) => match vm.raw_set(t, key, value) {
                Ok(()) => Ok(Access::Done),
                Err(_) => Err(Caught::take(vm)),
            },
            NewIndex::Call { handler, object } => begin_call(vm, handler, [object, key, value]),
            NewIndex::NotIndexable(v) => Err(Caught::Error(not_indexable(v))),
            NewIndex::Loop => Err(Caught::Error(Error::runtime("loop in settable"))),
        }
    });
    if let Ok(Access::Done) = access {
        lua.state.tidy(lua);
    }
    access.map_err(|caught| caught.into_error(&lua.state))
}

/// Begins a call, and pushes its arguments.
fn begin_call<const N: usize>(
    vm: &mut Vm,
    callee: Raw,
    args: [Raw; N],
) -> std::result::Result<Access, Caught> {
    call::begin(vm, callee)?;
    match args.into_iter().try_for_each(|v| push_raw(vm, v)) {
        Ok(()) => Ok(Access::Call),
        Err(_) => Err(Caught::Error(stack_error(vm))),
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_pretty(f, 0, &mut HashSet::new());
        }
        write!(f, "Table({:?})", self.to_pointer())
    }
}

/// Whether the elements of a sequence are these.
fn is_sequence_of<T: IntoLua + Clone>(table: &Table, values: &[T]) -> bool {
    let lua = table.0.lua();
    let mut elements = table.sequence_values::<Value>();
    let same = values.iter().all(|wanted| match (elements.next(), wanted.clone().into_lua(&lua)) {
        (Some(Ok(element)), Ok(wanted)) => element.equals(&wanted).unwrap_or(false),
        _ => false,
    });
    same && elements.next().is_none()
}

impl<T: IntoLua + Clone> PartialEq<[T]> for Table {
    fn eq(&self, other: &[T]) -> bool {
        is_sequence_of(self, other)
    }
}

impl<T: IntoLua + Clone> PartialEq<&[T]> for Table {
    fn eq(&self, other: &&[T]) -> bool {
        is_sequence_of(self, other)
    }
}

impl<T: IntoLua + Clone, const N: usize> PartialEq<[T; N]> for Table {
    fn eq(&self, other: &[T; N]) -> bool {
        is_sequence_of(self, other)
    }
}

/// The function that a field is.
pub(crate) fn function_field(object: &Handle, name: &str) -> Result<Function> {
    match get::<Value>(object, name)? {
        Value::Function(f) => Ok(f),
        value => Err(Error::RuntimeError(format!(
            "attempt to call a {} value (function '{name}')",
            value.type_name()
        ))),
    }
}
