//! What a state's scripts find: modules for `require`, and metatables of whole types.

use ferrous_lua_runtime::object::Gc;
use ferrous_lua_runtime::{Type, Value as Raw};

use crate::error::{Error, Result};
use crate::shared::Handle;
use crate::{Function, IntoLua, LightUserData, Lua, LuaString, Number, Table, Thread, Value};

/// A type whose values share one metatable: see [`Lua::set_type_metatable`].
pub trait LuaType: sealed::Sealed {
    #[doc(hidden)]
    const TYPE: Type;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! types {
    ($( $type:ty => $ty:ident; )*) => { $(
        impl sealed::Sealed for $type {}
        impl LuaType for $type {
            const TYPE: Type = Type::$ty;
        }
    )* };
}
types! {
    bool => Boolean;
    Number => Number;
    LuaString => String;
    Function => Function;
    Thread => Thread;
    LightUserData => LightUserdata;
}

impl Lua {
    /// The metatable that all values of a type share.
    pub fn type_metatable<T: LuaType>(&self) -> Option<Table> {
        self.state.with(|vm| {
            let metatable = vm.type_metatables[T::TYPE as usize];
            // SAFETY: the metatable of a type is live.
            let metatable = unsafe { Gc::from_nullable(metatable) }?;
            Some(Table(Handle::new(self, vm, Raw::table(metatable))))
        })
    }

    /// Gives all values of a type a metatable, or takes it from them.
    ///
    /// ```
    /// # use ferrous_lua::{Lua, Number, Result};
    /// # fn main() -> Result<()> {
    /// let lua = Lua::new();
    /// let metatable = lua.create_table()?;
    /// metatable.set("__index", lua.create_table_from([("half", lua.create_function(|_, n: f64| Ok(n / 2.0))?)])?)?;
    /// lua.set_type_metatable::<Number>(Some(metatable));
    /// assert_eq!(lua.load("(5):half()").eval::<f64>()?, 2.5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_type_metatable<T: LuaType>(&self, metatable: Option<Table>) {
        self.state.with(|vm| {
            let metatable = metatable.map_or(std::ptr::null_mut(), |m| m.raw(self, vm).as_ptr());
            vm.type_metatables[T::TYPE as usize] = metatable;
            // What was cached of the old ones is void.
            vm.epoch += 1;
        });
    }

    /// Makes `require(name)` give this value, at once.
    ///
    /// # Errors
    ///
    /// A state without the package library; those of the conversion.
    pub fn register_module(&self, name: &str, value: impl IntoLua) -> Result<()> {
        self.package_table("loaded")?.raw_set(name, value)
    }

    /// Makes `require(name)` call `loader`, when it is first asked for the module.
    ///
    /// # Errors
    ///
    /// A state without the package library.
    pub fn preload_module(&self, name: &str, loader: Function) -> Result<()> {
        self.package_table("preload")?.raw_set(name, loader)
    }

    /// Makes `require(name)` load the module anew.
    ///
    /// # Errors
    ///
    /// A state without the package library.
    pub fn unload_module(&self, name: &str) -> Result<()> {
        self.package_table("loaded")?.raw_set(name, Value::Nil)
    }

    fn package_table(&self, field: &str) -> Result<Table> {
        let package: Value = self.globals().raw_get("package")?;
        match package {
            Value::Table(package) => package.get(field),
            _ => Err(Error::runtime("the package library is not open")),
        }
    }
}

/// How the collector works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GcMode {
    /// A little at a time.
    Incremental(GcIncParams),
}

/// Parameters of the collector; `None` leaves one as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcIncParams {
    /// Percent of the memory in use after a collection at which the next one begins.
    pub pause: Option<u32>,
    /// Percent of allocation that a step does as work.
    pub step_multiplier: Option<u32>,
}

impl GcIncParams {
    #[must_use]
    pub const fn pause(mut self, percent: u32) -> Self {
        self.pause = Some(percent);
        self
    }

    #[must_use]
    pub const fn step_multiplier(mut self, percent: u32) -> Self {
        self.step_multiplier = Some(percent);
        self
    }
}

impl Lua {
    /// Sets the collector's parameters; gives the old ones.
    pub fn gc_set_mode(&self, mode: GcMode) -> GcMode {
        let GcMode::Incremental(params) = mode;
        self.state.with(|vm| {
            let pause = params.pause.map(|percent| vm.heap.set_pause(percent));
            let step_multiplier = params.step_multiplier.map(|percent| vm.heap.set_stepmul(percent));
            GcMode::Incremental(GcIncParams { pause, step_multiplier })
        })
    }
}
