//! Ctrl-C: the first stops the script with an error, the second ends the process.
//!
//! Source: `laction` and `docall` in `lua.c`.

use std::sync::OnceLock;

use ferrous_lua::{InterruptHandle, Lua};

/// What a signal handler can reach.
static INTERRUPT: OnceLock<InterruptHandle> = OnceLock::new();

/// Says which state is to be stopped.
pub fn watch(lua: &Lua) {
    INTERRUPT.get_or_init(|| lua.interrupt_handle());
}

/// While this lives, Ctrl-C stops the script; otherwise it ends the process.
pub struct Armed(());

pub fn arm() -> Armed {
    set_handler(Action::Interrupt);
    Armed(())
}

impl Drop for Armed {
    fn drop(&mut self) {
        set_handler(Action::Default);
    }
}

enum Action {
    Default,
    Interrupt,
}

#[cfg(unix)]
fn set_handler(action: Action) {
    let handler = match action {
        Action::Default => libc::SIG_DFL,
        Action::Interrupt => on_interrupt as *const () as libc::sighandler_t,
    };
    // SAFETY: the handler only stores to atomics (behind a lock that is never held while a script runs) and resets itself.
    unsafe { libc::signal(libc::SIGINT, handler) };
}

#[cfg(unix)]
extern "C" fn on_interrupt(_: libc::c_int) {
    set_handler(Action::Default);
    if let Some(interrupt) = INTERRUPT.get() {
        interrupt.interrupt();
    }
}

#[cfg(not(unix))]
fn set_handler(_: Action) {}
