//! Looking at the running calls: [`Lua::inspect_stack`], and what hooks are told.

use std::borrow::Cow;

use ferrous_lua_runtime::level::Level;
use ferrous_lua_runtime::names::level_name;

use crate::function::{Function, FunctionInfo};
use crate::shared::Handle;
use crate::{Lua, Value};

/// A running call.
///
/// It is a picture of the moment in which it was taken.
pub struct Debug<'a> {
    lua: &'a Lua,
    function: Function,
    info: FunctionInfo,
    name: Option<(&'static str, String)>,
    line: Option<usize>,
    parameters: Option<(u8, bool)>,
    event: DebugEvent,
}

/// Why a hook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugEvent {
    /// A function has been entered.
    Call,
    /// A function is about to return.
    Ret,
    /// So does, in effect, one that had been replaced by a tail call.
    TailCall,
    /// A new line is about to run.
    Line,
    /// As many instructions have run as were asked for.
    Count,
    /// It is not a hook that asks.
    Unknown(i32),
}

impl DebugEvent {
    /// By its name in `debug.sethook`.
    pub(crate) fn of_name(name: &Value) -> DebugEvent {
        let Value::String(name) = name else { return DebugEvent::Unknown(-1) };
        match &*name.as_bytes() {
            b"call" => DebugEvent::Call,
            b"return" => DebugEvent::Ret,
            b"tail return" => DebugEvent::TailCall,
            b"line" => DebugEvent::Line,
            b"count" => DebugEvent::Count,
            _ => DebugEvent::Unknown(-1),
        }
    }
}

/// What the function was called as.
#[derive(Clone, Debug)]
pub struct DebugNames<'a> {
    pub name: Option<Cow<'a, str>>,
    /// `global`, `local`, `method`, `field` or `upvalue`.
    pub name_what: Option<&'static str>,
}

/// Where the function is from.
#[derive(Clone, Debug)]
pub struct DebugSource<'a> {
    /// The name of its chunk.
    pub source: Option<Cow<'a, str>>,
    /// The same, as messages show it.
    pub short_src: Option<Cow<'a, str>>,
    pub line_defined: Option<usize>,
    pub last_line_defined: Option<usize>,
    /// `Lua`, `main` or `C`.
    pub what: &'static str,
}

/// What the function has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DebugStack {
    pub num_upvalues: u8,
    /// `None` for a native function.
    pub num_params: Option<u8>,
    pub is_vararg: Option<bool>,
}

impl Lua {
    /// Calls `f` with the call at `level`, if there are that many: 0 is the running function (a callback, if one asks), 1 what called
    /// it, and so on.
    pub fn inspect_stack<R>(&self, level: usize, f: impl FnOnce(&Debug) -> R) -> Option<R> {
        self.inspect_event(level, DebugEvent::Unknown(-1), f)
    }

    pub(crate) fn inspect_event<R>(
        &self,
        level: usize,
        event: DebugEvent,
        f: impl FnOnce(&Debug) -> R,
    ) -> Option<R> {
        let (function, name, line, parameters) = self.state.with(|vm| {
            let mut levels = vm.levels().filter(|level| !matches!(level, Level::TailCall)).peekable();
            let level = levels.nth(level)?;
            let name = level_name(level, levels.peek().copied())
                .map(|(kind, name)| (kind.name(), String::from_utf8_lossy(&name).into_owned()));
            let line = level.current_line().map(|line| line as usize);
            // SAFETY: the prototype of a running function is live.
            let parameters =
                level.lua_frame().map(|(_, proto)| unsafe { ((*proto).num_params, (*proto).is_vararg) });
            let function = Function(Handle::new(self, vm, Level::function(level)));
            Some((function, name, line, parameters))
        })?;
        let info = function.info();
        Some(f(&Debug { lua: self, function, info, name, line, parameters, event }))
    }
}

impl Debug<'_> {
    /// The state.
    #[doc(hidden)]
    pub fn lua(&self) -> &Lua {
        self.lua
    }

    /// Why the hook that looks at it was called.
    pub fn event(&self) -> DebugEvent {
        self.event
    }

    /// The running function.
    pub fn function(&self) -> Function {
        self.function.clone()
    }

    /// What it was called as.
    pub fn names(&self) -> DebugNames<'_> {
        DebugNames {
            name: self.name.as_ref().map(|(_, name)| Cow::Borrowed(name.as_str())),
            name_what: self.name.as_ref().map(|(kind, _)| *kind),
        }
    }

    /// Where it is from.
    pub fn source(&self) -> DebugSource<'_> {
        DebugSource {
            source: self.info.source.as_deref().map(Cow::Borrowed),
            short_src: self.info.short_src.as_deref().map(Cow::Borrowed),
            line_defined: self.info.line_defined,
            last_line_defined: self.info.last_line_defined,
            what: self.info.what,
        }
    }

    /// The line that is being executed; `None` in a native function.
    pub fn current_line(&self) -> Option<usize> {
        self.line
    }

    /// What it has.
    pub fn stack(&self) -> DebugStack {
        DebugStack {
            num_upvalues: self.info.num_upvalues,
            num_params: self.parameters.map(|(n, _)| n),
            is_vararg: self.parameters.map(|(_, v)| v),
        }
    }
}
