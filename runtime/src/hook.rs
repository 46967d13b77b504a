//! Debug hooks: what `debug.sethook` asks for, thread by thread.
//!
//! A thread carries a small number, [`Thread::hook`]: 0, or one more than the place of its events and count in [`Hooks`].
//! Equal settings share a place, so places are never freed. The hook functions are in a table in the registry, weak in
//! its keys, the threads.

use crate::error::Throw;
use crate::library::set_field;
use crate::object::{Gc, Table, Thread};
use crate::{Value, Vm};

/// Events that a hook may be called for; the bits of PUC's `LUA_MASK*`.
pub mod hook_event {
    pub const CALL: u8 = 1;
    pub const RETURN: u8 = 2;
    pub const LINE: u8 = 4;
    pub const COUNT: u8 = 8;
}

/// When a hook is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookSettings {
    /// [`hook_event`] bits.
    pub events: u8,
    /// After how many instructions, for [`hook_event::COUNT`].
    pub count: i32,
}

/// The settings that threads refer to.
#[derive(Debug, Default)]
pub struct Hooks {
    settings: Vec<HookSettings>,
}

impl Hooks {
    /// What a thread's number stands for.
    pub fn get(&self, number: u32) -> HookSettings {
        match number.checked_sub(1) {
            Some(place) => self.settings[place as usize],
            None => HookSettings::default(),
        }
    }

    fn number_of(&mut self, settings: HookSettings) -> u32 {
        if settings.events == 0 {
            return 0;
        }
        let known = self.settings.iter().position(|&s| s == settings);
        let place = known.unwrap_or_else(|| {
            self.settings.push(settings);
            self.settings.len() - 1
        });
        place as u32 + 1
    }
}

/// The registry's key for the table of hook functions.
const KEY: &str = "_HOOKS";

impl Vm {
    /// Sets a thread's hook. `function` is nil to have none; without events none is called either.
    ///
    /// # Errors
    ///
    /// Only `not enough memory`.
    pub fn set_hook(
        &mut self,
        thread: Gc<Thread>,
        function: Value,
        settings: HookSettings,
    ) -> Result<(), Throw> {
        let functions = match self.hook_functions()? {
            Some(functions) => functions,
            None => self.make_hook_functions()?,
        };
        self.raw_set(functions, Value::thread(thread), function)?;
        let settings = if function.is_nil() { HookSettings::default() } else { settings };
        let number = self.hooks.number_of(settings);
        // SAFETY: a live thread, of which nobody holds a reference.
        unsafe { (*thread.as_ptr()).hook = number };
        Ok(())
    }

    /// A thread's hook function, nil if it has none.
    pub fn hook_function(&mut self, thread: Gc<Thread>) -> Result<Value, Throw> {
        Ok(match self.hook_functions()? {
            Some(functions) => self.table_get(functions, Value::thread(thread)),
            None => Value::NIL,
        })
    }

    /// When a thread's hook is called.
    pub fn hook_settings(&self, thread: Gc<Thread>) -> HookSettings {
        self.hooks.get(thread.hook)
    }

    fn hook_functions(&mut self) -> Result<Option<Gc<Table>>, Throw> {
        let key = self.intern(KEY.as_bytes()).map_err(|_| self.throw_memory())?;
        Ok(self.table_get_str(self.registry_table(), key).as_table())
    }

    fn make_hook_functions(&mut self) -> Result<Gc<Table>, Throw> {
        let new_table = |vm: &mut Vm| vm.new_table(0, 1).map_err(|_| vm.throw_memory());
        let (functions, metatable) = (new_table(self)?, new_table(self)?);
        let weak_keys = self.new_string(b"k")?;
        set_field(self, metatable, "__mode", weak_keys)?;
        self.table_set_metatable(functions, Some(metatable)).map_err(|_| self.throw_memory())?;
        set_field(self, self.registry_table(), KEY, Value::table(functions))?;
        Ok(functions)
    }

    /// The registry.
    pub fn registry_table(&self) -> Gc<Table> {
        // SAFETY: a state's registry lives as long as the state.
        unsafe { Gc::from_raw(self.registry) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_settings_share_a_number() {
        let mut hooks = Hooks::default();
        let line = HookSettings { events: hook_event::LINE, count: 0 };
        let count = HookSettings { events: hook_event::COUNT, count: 100 };
        assert_eq!(hooks.number_of(HookSettings::default()), 0);
        let (a, b) = (hooks.number_of(line), hooks.number_of(count));
        assert_eq!((hooks.number_of(line), hooks.number_of(count)), (a, b));
        assert_eq!((hooks.get(a), hooks.get(b), hooks.get(0)), (line, count, HookSettings::default()));
    }
}
