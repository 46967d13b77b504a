//! Functions that the VM calls while a script runs: debug hooks, and what an interrupt does.
//!
//! Each is a callback in the VM's eyes. While a thread has a hook it is interpreted; the function of an interrupt costs nothing until
//! it is called.

use std::ops::{BitOr, BitOrAssign};

use ferrous_lua_runtime::Value as Raw;
use ferrous_lua_runtime::hook::{HookSettings, hook_event};
use ferrous_lua_runtime::object::{Gc, Thread as RawThread};

use crate::debug::{Debug, DebugEvent};
use crate::error::{Error, Result};
use crate::{Lua, Thread};

/// When a hook is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookTriggers {
    /// Before the first instruction of a function.
    pub on_calls: bool,
    /// When a function is about to return.
    pub on_returns: bool,
    /// Before a new line of code, and when control jumps back.
    pub every_line: bool,
    /// After so many instructions.
    pub every_nth_instruction: Option<u32>,
}

impl HookTriggers {
    pub const ON_CALLS: HookTriggers = HookTriggers::new().on_calls();
    pub const ON_RETURNS: HookTriggers = HookTriggers::new().on_returns();
    pub const EVERY_LINE: HookTriggers = HookTriggers::new().every_line();

    /// Never.
    pub const fn new() -> Self {
        HookTriggers { on_calls: false, on_returns: false, every_line: false, every_nth_instruction: None }
    }

    /// Also before the first instruction of a function.
    #[must_use]
    pub const fn on_calls(mut self) -> Self {
        self.on_calls = true;
        self
    }

    /// Also when a function is about to return.
    #[must_use]
    pub const fn on_returns(mut self) -> Self {
        self.on_returns = true;
        self
    }

    /// Also before a new line of code.
    #[must_use]
    pub const fn every_line(mut self) -> Self {
        self.every_line = true;
        self
    }

    /// Also after each `n` instructions.
    #[must_use]
    pub const fn every_nth_instruction(mut self, n: u32) -> Self {
        self.every_nth_instruction = Some(n);
        self
    }

    fn settings(self) -> HookSettings {
        let count = self.every_nth_instruction.map_or(0, |n| n.clamp(1, i32::MAX as u32) as i32);
        let wanted = [
            (self.on_calls, hook_event::CALL),
            (self.on_returns, hook_event::RETURN),
            (self.every_line, hook_event::LINE),
            (count > 0, hook_event::COUNT),
        ];
        let events = wanted.into_iter().filter(|(wanted, _)| *wanted).fold(0, |all, (_, event)| all | event);
        HookSettings { events, count }
    }
}

/// What triggers either; the right side's count, if it has one.
impl BitOr for HookTriggers {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        HookTriggers {
            on_calls: self.on_calls || other.on_calls,
            on_returns: self.on_returns || other.on_returns,
            every_line: self.every_line || other.every_line,
            every_nth_instruction: other.every_nth_instruction.or(self.every_nth_instruction),
        }
    }
}

impl BitOrAssign for HookTriggers {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// What a hook, or the function of an interrupt, wants the script to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmState {
    /// Go on.
    Continue,
    /// Yield: not possible in Lua 5.1, so an error.
    Yield,
}

impl VmState {
    fn proceed(self) -> Result<()> {
        match self {
            VmState::Continue => Ok(()),
            VmState::Yield => Err(Error::runtime("attempt to yield from a hook")),
        }
    }
}

/// Whose hook it is.
#[derive(Clone, Copy)]
enum Reach {
    Thread,
    NewThreadsToo,
}

impl Lua {
    /// Has `callback` called when the running thread (outside of Lua: the main one) does what triggers it. The thread is interpreted
    /// meanwhile. An error that the callback returns is raised in the script. Replaces the thread's hook.
    ///
    /// ```
    /// # use ferrous_lua::{Error, HookTriggers, Lua, Result};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// lua.set_hook(HookTriggers::new().every_nth_instruction(10_000), |_, _| Err(Error::runtime("that is enough")))?;
    /// let error = lua.load("while true do end").exec().unwrap_err();
    /// assert!(error.to_string().contains("that is enough"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn set_hook<F>(&self, triggers: HookTriggers, callback: F) -> Result<()>
    where
        F: Fn(&Lua, &Debug) -> Result<VmState> + 'static,
    {
        self.hook_thread(&self.current_thread(), triggers, callback, Reach::Thread)
    }

    /// Takes the running thread's hook away.
    pub fn remove_hook(&self) {
        self.current_thread().remove_hook();
    }

    /// As [`Lua::set_hook`], for the running thread, all threads that it makes from now on, all that these make, and so on.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn set_global_hook<F>(&self, triggers: HookTriggers, callback: F) -> Result<()>
    where
        F: Fn(&Lua, &Debug) -> Result<VmState> + 'static,
    {
        self.hook_thread(&self.current_thread(), triggers, callback, Reach::NewThreadsToo)
    }

    /// Takes the hook away from the running thread, and so from those that it will make. Others keep theirs.
    pub fn remove_global_hook(&self) {
        self.remove_hook();
    }

    fn hook_thread<F>(&self, thread: &Thread, triggers: HookTriggers, callback: F, reach: Reach) -> Result<()>
    where
        F: Fn(&Lua, &Debug) -> Result<VmState> + 'static,
    {
        let hook = self.new_callback(move |lua, slots| {
            let event = DebugEvent::of_name(&slots.get(0));
            // Level 0 is this callback.
            let outcome = lua.inspect_event(1, event, |debug| callback(lua, debug));
            outcome.unwrap_or(Ok(VmState::Continue))?.proceed().map(|()| 0)
        })?;
        self.state.with(|vm| {
            let (thread, function) = (thread.raw(self, vm), hook.0.raw(self, vm));
            match reach {
                Reach::Thread => vm.set_hook(thread, function, triggers.settings()),
                Reach::NewThreadsToo => vm.set_inherited_hook(thread, function, triggers.settings()),
            }
        });
        Ok(())
    }

    /// Has [`InterruptHandle::interrupt`](crate::InterruptHandle::interrupt) call `callback` in the script, which goes on afterwards, or
    /// fails with the error that the callback returns. Without such a callback an interrupt is an error.
    ///
    /// It is called at the script's next loop or call, in compiled code as well; one interrupt calls it once. A library function that
    /// runs long is not interrupted, and the script can catch the error: what ends it for sure is
    /// [`InterruptHandle::stop`](crate::InterruptHandle::stop).
    ///
    /// ```
    /// # use ferrous_lua::{Error, Lua, Result, VmState};
    /// # use std::time::{Duration, Instant};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// let deadline = Instant::now() + Duration::from_millis(20);
    /// lua.set_interrupt(move |_| match Instant::now() < deadline {
    ///     true => Ok(VmState::Continue),
    ///     false => Err(Error::runtime("out of time")),
    /// })?;
    /// let ticker = lua.interrupt_handle();
    /// let (stop, stopped) = std::sync::mpsc::channel::<()>();
    /// let thread = std::thread::spawn(move || {
    ///     while stopped.recv_timeout(Duration::from_millis(5)).is_err() {
    ///         ticker.interrupt();
    ///     }
    /// });
    /// let error = lua.load("while true do end").exec().unwrap_err();
    /// assert!(error.to_string().contains("out of time"));
    /// stop.send(()).unwrap();
    /// # thread.join().unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn set_interrupt<F>(&self, callback: F) -> Result<()>
    where
        F: Fn(&Lua) -> Result<VmState> + 'static,
    {
        let function = self.new_callback(move |lua, _| callback(lua)?.proceed().map(|()| 0))?;
        self.state.with(|vm| vm.interrupt_function = function.0.raw(self, vm));
        Ok(())
    }

    /// Makes interrupts errors again.
    pub fn remove_interrupt(&self) {
        self.state.with(|vm| vm.interrupt_function = Raw::NIL);
    }
}

impl Thread {
    fn raw(&self, lua: &Lua, vm: &ferrous_lua_runtime::Vm) -> Gc<RawThread> {
        self.0.raw(lua, vm).as_thread().expect("a thread's handle")
    }

    /// As [`Lua::set_hook`], for this thread.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`].
    pub fn set_hook<F>(&self, triggers: HookTriggers, callback: F) -> Result<()>
    where
        F: Fn(&Lua, &Debug) -> Result<VmState> + 'static,
    {
        self.0.lua().hook_thread(self, triggers, callback, Reach::Thread)
    }

    /// Takes this thread's hook away.
    pub fn remove_hook(&self) {
        let lua = self.0.lua();
        lua.state.with(|vm| vm.set_hook(self.raw(&lua, vm), Raw::NIL, HookSettings::default()));
    }
}
