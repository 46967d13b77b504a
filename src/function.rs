//! [`Function`]: a Lua function, or a Rust one that Lua can call.

use std::ffi::c_void;
use std::fmt;
use std::result::Result as StdResult;

use ferrous_lua_runtime::message::{MAX_CHUNK_DISPLAY, chunk_display_name};
use ferrous_lua_runtime::object::{Gc, LuaString as RawString};
use ferrous_lua_runtime::{Value as Raw, bytecode, dump};

use crate::error::{Error, Result};
use crate::shared::Handle;
use crate::{FromLuaMulti, IntoLuaMulti, MultiValue, Table, Value, call};

/// A Lua function.
///
/// ```
/// # use ferrous_lua::{Function, Lua, Result};
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// let max: Function = lua.load("math.max").eval()?;
/// assert_eq!(max.call::<i64>((1, 7, 3))?, 7);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Function(pub(crate) Handle);

/// What is known about a function.
#[derive(Clone, Debug, Default)]
pub struct FunctionInfo {
    /// Its name, where the running code gives it one. (A function by itself has none.)
    pub name: Option<String>,
    /// What the name is: `global`, `local`, `method`, `field` ...
    pub name_what: Option<&'static str>,
    /// `Lua`, `main` (the function of a chunk), or `C` (a native one).
    pub what: &'static str,
    /// The name of its chunk.
    pub source: Option<String>,
    /// The same, as messages show it.
    pub short_src: Option<String>,
    /// Where its text begins.
    pub line_defined: Option<usize>,
    /// Where its text ends.
    pub last_line_defined: Option<usize>,
    pub num_upvalues: u8,
}

/// The most arguments that [`Function::bind`] binds.
const MAX_BOUND: usize = 254;

impl Function {
    /// Calls the function.
    ///
    /// # Errors
    ///
    /// Whatever it raises: [`Error::RuntimeError`] with a traceback, an error of a callback as [`Error::CallbackError`], or
    /// [`Error::MemoryError`]; and those of conversions.
    pub fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        call::call_handle(&self.0.lua(), &self.0, args)
    }

    /// As [`Function::call`], but what the function raises comes as the Lua value that it is. A string goes through the global
    /// `debug.traceback` before, if there is one, as the command `lua` does it.
    ///
    /// # Errors
    ///
    /// What has nothing to do with the function's own errors: conversions, too many arguments, too deep a recursion.
    pub fn call_raw<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<StdResult<R, Value>> {
        let lua = self.0.lua();
        call::call_raw(&lua, |vm| vm.handles.get(self.0.id), args)
    }

    /// A function that calls this one with `args` before its own arguments.
    ///
    /// # Errors
    ///
    /// [`Error::BindError`] beyond 254 arguments; those of conversions.
    pub fn bind(&self, args: impl IntoLuaMulti) -> Result<Function> {
        let lua = self.0.lua();
        let bound = args.into_lua_multi(&lua)?;
        if bound.len() > MAX_BOUND {
            return Err(Error::BindError);
        }
        if bound.is_empty() {
            return Ok(self.clone());
        }
        let bind = lua.load(BIND).set_name("=bind").into_function()?;
        let mut args = MultiValue::from_vec(vec![Value::Function(self.clone())]);
        args.extend(bound);
        bind.call(args)
    }

    /// The table in which a Lua function looks up its globals; `None` for a native one.
    pub fn environment(&self) -> Option<Table> {
        let lua = self.0.lua();
        lua.state.with(|vm| {
            let f = vm.handles.get(self.0.id).as_function().filter(|f| f.is_lua())?;
            // SAFETY: a live function's environment is live.
            let env = Raw::table(unsafe { Gc::from_raw(f.env) });
            Some(Table(Handle::new(&lua, vm, env)))
        })
    }

    /// Sets that table; `false` for a native function, which has none.
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn set_environment(&self, env: Table) -> Result<bool> {
        let lua = self.0.lua();
        Ok(lua.state.with(|vm| {
            let env = env.0.raw(&lua, vm).as_table().expect("a table's handle");
            let Some(f) = vm.handles.get(self.0.id).as_function().filter(|f| f.is_lua()) else {
                return false;
            };
            // SAFETY: a live function.
            unsafe {
                (*f.as_ptr()).env = env.as_ptr();
                vm.heap.barrier(f.header());
            }
            true
        }))
    }

    /// What is known about the function.
    pub fn info(&self) -> FunctionInfo {
        self.0.lua().state.with(|vm| {
            let function = vm.handles.get(self.0.id);
            let native = || FunctionInfo {
                what: "C",
                source: Some("=[C]".into()),
                short_src: Some("[C]".into()),
                ..FunctionInfo::default()
            };
            let Some(f) = function.as_lua_function() else { return native() };
            // SAFETY: the prototype of a live function is live, and keeps its chunk name.
            let (proto, chunk) = unsafe { (&*f.proto, RawString::bytes_of((*f.proto).chunk_name)) };
            let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
            FunctionInfo {
                what: if proto.line_defined == 0 { "main" } else { "Lua" },
                source: text(chunk),
                short_src: text(&chunk_display_name(chunk, MAX_CHUNK_DISPLAY)),
                line_defined: Some(proto.line_defined as usize),
                last_line_defined: Some(proto.last_line_defined as usize),
                num_upvalues: f.header.small as u8,
                ..FunctionInfo::default()
            }
        })
    }

    /// The function as a binary chunk, without debug information if `strip`; empty for a native function.
    pub fn dump(&self, strip: bool) -> Vec<u8> {
        self.0.lua().state.with(|vm| match vm.handles.get(self.0.id).as_lua_function() {
            // SAFETY: the prototype of a live function is live.
            Some(f) => dump::dump(unsafe { &*f.proto }, strip),
            None => Vec::new(),
        })
    }

    /// The function's bytecode as text, with that of the functions in it; empty for a native function.
    pub fn bytecode_listing(&self) -> String {
        self.0.lua().state.with(|vm| match vm.handles.get(self.0.id).as_lua_function() {
            // SAFETY: the prototype of a live function is live.
            Some(f) => bytecode::list(unsafe { &*f.proto }),
            None => String::new(),
        })
    }

    /// The address, to tell the function from others.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address() as *const c_void
    }
}

/// What [`Function::bind`] makes: in Lua, so that a coroutine may yield across it.
const BIND: &str = "
    local f, n, bound = (...), select('#', ...) - 1, {select(2, ...)}
    local function join(i, ...)
        if i == 0 then return f(...) end
        return join(i - 1, bound[i], ...)
    end
    return function(...) return join(n, ...) end";

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({:?})", self.to_pointer())
    }
}
