//! Values that Rust keeps in a state: by name, or by a key of their own.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ferrous_lua_runtime::Value as Raw;
use ferrous_lua_runtime::handles::HandleId;

use crate::error::{Error, Result};
use crate::failure::Caught;
use crate::{FromLua, IntoLua, Lua, Value};

/// Keys that were dropped, of one state. Keys may be dropped on any thread.
pub(crate) type DroppedKeys = Arc<Mutex<Vec<HandleId>>>;

/// What a key has while its value is nil: no slot.
const NO_SLOT: u32 = u32::MAX;

/// A key for a value in the registry of a state. Not tied to a thread; the value is given up when the key is dropped, and
/// collected after the next [`Lua::expire_registry_values`] or use of the registry.
pub struct RegistryKey {
    /// A slot of the state's handles.
    slot: AtomicU32,
    /// Tells which state the key is of.
    dropped: DroppedKeys,
}

impl RegistryKey {
    fn slot(&self) -> Option<HandleId> {
        let slot = self.slot.load(Ordering::Relaxed);
        (slot != NO_SLOT).then_some(HandleId(slot))
    }

    fn take_slot(&self) -> Option<HandleId> {
        let slot = self.slot.swap(NO_SLOT, Ordering::Relaxed);
        (slot != NO_SLOT).then_some(HandleId(slot))
    }
}

impl Drop for RegistryKey {
    fn drop(&mut self) {
        if let Some(slot) = self.take_slot() {
            self.dropped.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
        }
    }
}

impl Hash for RegistryKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.slot.load(Ordering::Relaxed).hash(state);
    }
}

impl PartialEq for RegistryKey {
    fn eq(&self, other: &Self) -> bool {
        self.slot.load(Ordering::Relaxed) == other.slot.load(Ordering::Relaxed)
            && Arc::ptr_eq(&self.dropped, &other.dropped)
    }
}

impl Eq for RegistryKey {}

impl fmt::Debug for RegistryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegistryKey({})", self.slot.load(Ordering::Relaxed) as i32)
    }
}

impl Lua {
    /// Keeps a value under a name that only Rust code sees.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`]; those of the conversion.
    pub fn set_named_registry_value(&self, key: &str, value: impl IntoLua) -> Result<()> {
        let value = value.into_lua(self)?;
        let done = self.state.with(|vm| {
            let raw = value.to_raw(self, vm)?;
            let set = vm.new_string(&named(key)).and_then(|key| vm.raw_set(vm.registry_table(), key, raw));
            Ok::<_, Error>(set.map_err(|_| Caught::take(vm)))
        })?;
        done.map_err(|caught| caught.into_error(&self.state))
    }

    /// What [`Lua::set_named_registry_value`] keeps.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn named_registry_value<T: FromLua>(&self, key: &str) -> Result<T> {
        let value = self.state.try_with(|vm| {
            let key = vm.new_string(&named(key))?;
            let raw = vm.table_get(vm.registry_table(), key);
            Ok(Value::from_raw(self, vm, raw))
        })?;
        T::from_lua(value, self)
    }

    /// Forgets what [`Lua::set_named_registry_value`] keeps.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn unset_named_registry_value(&self, key: &str) -> Result<()> {
        self.set_named_registry_value(key, Value::Nil)
    }

    /// Keeps a value under a new key.
    ///
    /// # Errors
    ///
    /// Those of the conversion.
    pub fn create_registry_value(&self, value: impl IntoLua) -> Result<RegistryKey> {
        let key = RegistryKey { slot: AtomicU32::new(NO_SLOT), dropped: self.state.dropped_keys.clone() };
        let value = value.into_lua(self)?;
        self.expire_registry_values();
        self.set_slot(&key, &value)?;
        Ok(key)
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// [`Error::MismatchedRegistryKey`]; those of the conversion.
    pub fn registry_value<T: FromLua>(&self, key: &RegistryKey) -> Result<T> {
        self.check_key(key)?;
        let value = match key.slot() {
            Some(slot) => self.state.with(|vm| Value::from_raw(self, vm, vm.handles.get(slot))),
            None => Value::Nil,
        };
        T::from_lua(value, self)
    }

    /// Gives a key another value.
    ///
    /// # Errors
    ///
    /// [`Error::MismatchedRegistryKey`]; those of the conversion.
    pub fn replace_registry_value(&self, key: &mut RegistryKey, value: impl IntoLua) -> Result<()> {
        self.check_key(key)?;
        let value = value.into_lua(self)?;
        self.set_slot(key, &value)
    }

    /// Gives the value of a key up.
    ///
    /// # Errors
    ///
    /// [`Error::MismatchedRegistryKey`].
    pub fn remove_registry_value(&self, key: RegistryKey) -> Result<()> {
        self.check_key(&key)?;
        if let Some(slot) = key.take_slot() {
            self.state.release(slot);
        }
        Ok(())
    }

    /// Whether the key is one of this state.
    pub fn owns_registry_value(&self, key: &RegistryKey) -> bool {
        Arc::ptr_eq(&self.state.dropped_keys, &key.dropped)
    }

    /// Gives the values of all keys up that have been dropped.
    pub fn expire_registry_values(&self) {
        let dropped =
            std::mem::take(&mut *self.state.dropped_keys.lock().unwrap_or_else(PoisonError::into_inner));
        self.state.with(|vm| dropped.into_iter().for_each(|slot| vm.handles.release(slot)));
    }

    fn check_key(&self, key: &RegistryKey) -> Result<()> {
        if self.owns_registry_value(key) { Ok(()) } else { Err(Error::MismatchedRegistryKey) }
    }

    /// Nil takes no slot.
    fn set_slot(&self, key: &RegistryKey, value: &Value) -> Result<()> {
        self.state.with(|vm| {
            let raw: Raw = value.to_raw(self, vm)?;
            match (key.slot(), raw.is_nil()) {
                (Some(slot), false) => vm.handles.set(slot, raw),
                (Some(slot), true) => {
                    key.take_slot();
                    vm.handles.release(slot);
                }
                (None, false) => key.slot.store(vm.handles.alloc(raw).0, Ordering::Relaxed),
                (None, true) => {}
            }
            Ok(())
        })
    }
}

/// The key of a named value in the registry table, apart from the libraries' own.
fn named(key: &str) -> Vec<u8> {
    [b"rust:", key.as_bytes()].concat()
}
