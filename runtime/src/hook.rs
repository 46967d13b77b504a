//! Debug hooks: what `debug.sethook` asks for, thread by thread.
//!
//! A hook is any callable value. It is called with the event's name and, for lines, the number of the line, by the interpreter, which
//! dispatches every instruction through [`Vm::hook_handler`] while the running thread's hook wants anything
//! ([`Vm::select_dispatch`]). While the hook runs, its thread has none.

use crate::bytecode::Instr;
use crate::native::NativeKind;
use crate::object::{Gc, Thread};
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

/// A thread's hook, and how far it has followed the program.
#[repr(C)]
pub struct ThreadHook {
    /// Nil: none.
    pub function: Value,
    pub settings: HookSettings,
    /// Instructions until the next count event.
    pub left: i32,
    /// Threads that this one makes have its hook, too.
    pub inherited: bool,
    /// The hook is being called.
    pub running: bool,
    /// If so, where that call's record is, as a distance from the start of the stack.
    pub place: usize,
    /// A function has been entered, and its first instruction comes next.
    pub entered: bool,
    /// The frame of the last instruction seen, as a distance from the start of the stack; [`ThreadHook::NO_FRAME`] if there is none.
    pub last_frame: usize,
    /// Behind the first word of that instruction.
    pub last_pc: *const Instr,
}

impl ThreadHook {
    /// No instruction has been seen.
    pub const NO_FRAME: usize = usize::MAX;

    /// No hook.
    pub const NONE: ThreadHook = ThreadHook {
        function: Value::NIL,
        settings: HookSettings { events: 0, count: 0 },
        left: 0,
        inherited: false,
        running: false,
        place: 0,
        entered: false,
        last_frame: ThreadHook::NO_FRAME,
        last_pc: std::ptr::null(),
    };

    /// Whether it is the embedding program that is called.
    pub(crate) fn is_hosts(&self) -> bool {
        self.function.as_native_function().is_some_and(|f| matches!(f.native.kind, NativeKind::Host))
    }
}

impl Vm {
    /// Sets a thread's hook. `function` is nil to have none; without events none is called either.
    pub fn set_hook(&mut self, thread: Gc<Thread>, function: Value, settings: HookSettings) {
        // SAFETY: a live thread, of which nobody holds a reference.
        let hook = unsafe { &mut (*thread.as_ptr()).hook };
        let none = function.is_nil() || settings.events == 0;
        hook.function = function;
        hook.inherited = false;
        hook.settings = if none { HookSettings::default() } else { settings };
        hook.left = settings.count;
        if !hook.running {
            hook.entered = false;
            hook.last_frame = ThreadHook::NO_FRAME;
        }
        // SAFETY: a live object.
        unsafe { self.heap.barrier(thread.header()) };
        self.select_dispatch();
    }

    /// As [`Vm::set_hook`], for a thread and all that it makes from now on, and so on.
    pub fn set_inherited_hook(&mut self, thread: Gc<Thread>, function: Value, settings: HookSettings) {
        self.set_hook(thread, function, settings);
        // SAFETY: as in `set_hook`.
        unsafe { (*thread.as_ptr()).hook.inherited = true };
    }

    /// The hook of a thread that is made now.
    pub(crate) fn hook_of_new_thread(&self) -> ThreadHook {
        // SAFETY: the running thread is live, once there is one.
        match unsafe { self.thread.as_ref() } {
            Some(Thread { hook, .. }) if hook.inherited => ThreadHook {
                function: hook.function,
                settings: hook.settings,
                left: hook.settings.count,
                inherited: true,
                ..ThreadHook::NONE
            },
            _ => ThreadHook::NONE,
        }
    }

    /// A thread's hook function, nil if it has none, and when it is called.
    pub fn hook(&self, thread: Gc<Thread>) -> (Value, HookSettings) {
        (thread.hook.function, thread.hook.settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::Options;

    #[test]
    fn a_hook_is_its_threads_own() {
        let mut vm = Vm::new(Options::default()).unwrap();
        let (main, other) = (vm.main_thread, vm.new_thread().unwrap());
        // SAFETY: the main thread lives as long as the state.
        let main = unsafe { Gc::from_raw(main) };
        let line = HookSettings { events: hook_event::LINE, count: 0 };
        vm.set_hook(other, Value::TRUE, line);
        assert_eq!((vm.hook(other), vm.hook_events), ((Value::TRUE, line), 0));
        vm.set_hook(main, Value::TRUE, line);
        assert_eq!(vm.hook_events, hook_event::LINE);
        vm.set_hook(main, Value::TRUE, HookSettings::default());
        assert_eq!((vm.hook(main), vm.hook_events), ((Value::TRUE, HookSettings::default()), 0));
    }
}
