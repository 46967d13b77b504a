//! ferrous-lua: a Lua 5.1 virtual machine in Rust, to be embedded in Rust programs.
//!
//! The interface is mlua's: a program that uses `mlua` with Lua 5.1 goes on with
//! `mlua = { package = "ferrous-lua", .. }`. A [`Lua`] is a state; [`Table`], [`Function`] and the others are counted handles to
//! its values; the traits [`FromLua`] and [`IntoLua`] convert.
//!
//! ```
//! use ferrous_lua::{Function, Lua, Result};
//!
//! fn main() -> Result<()> {
//!     let lua = Lua::new();
//!     let greet = lua.create_function(|_, name: String| Ok(format!("hello, {name}")))?;
//!     lua.globals().set("greet", greet)?;
//!     lua.load("function twice(name) return greet(name) .. ', ' .. greet(name) end").exec()?;
//!
//!     let twice: Function = lua.globals().get("twice")?;
//!     assert_eq!(twice.call::<String>("you")?, "hello, you, hello, you");
//!     Ok(())
//! }
//! ```

mod call;
mod callback;
pub mod error;
mod failure;
mod jit;
mod lua;
mod options;

mod app_data;
pub mod function;
mod modules;
mod object;
mod registry;
mod scope;
mod shared;
pub mod string;
pub mod thread;
mod value;

mod convert;
pub mod debug;
mod hook;
mod multi;
mod native;

pub mod chunk;
pub mod prelude;
pub mod table;
pub mod userdata;

pub use app_data::{AppDataRef, AppDataRefMut};
pub use callback::Slots;
pub use chunk::{AsChunk, Chunk, ChunkMode};
pub use convert::{Either, FromLua, FromLuaMulti, IntoLua, IntoLuaMulti};
pub use debug::{Debug, DebugEvent, DebugNames, DebugSource, DebugStack};
pub use error::{Error, ErrorContext, ExternalError, ExternalResult, Result};
pub use function::{Function, FunctionInfo};
pub use hook::{HookTriggers, VmState};
pub use jit::JitStats;
pub use lua::{InterruptHandle, Lua, WeakLua};
pub use modules::{GcIncParams, GcMode, LuaType};
pub use multi::{MultiValue, Variadic};
pub use native::{LuaNativeFn, LuaNativeFnMut};
pub use object::ObjectLike;
pub use options::{JitDump, JitMode, JitOptions, LuaOptions, StdLib};
pub use registry::RegistryKey;
pub use scope::Scope;
pub use string::{BorrowedBytes, BorrowedStr, LuaString};
pub use table::{Table, TablePairs, TableSequence};
pub use thread::{Thread, ThreadStatus};
pub use userdata::{
    AnyUserData, MaybeSend, MaybeSync, MetaMethod, UserData, UserDataFields, UserDataMetatable,
    UserDataMethods, UserDataOwned, UserDataRef, UserDataRefMut, UserDataRegistry,
};
pub use value::{Integer, LightUserData, Nil, Number, Value};

/// The state, its options, and what it does for all its values.
pub mod state {
    pub use crate::hook::VmState;
    pub use crate::lua::{InterruptHandle, Lua, WeakLua};
    pub use crate::modules::{GcIncParams, GcMode};
    pub use crate::options::{JitDump, JitMode, JitOptions, LuaOptions, StdLib};
    pub use crate::registry::RegistryKey;
}
