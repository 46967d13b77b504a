//! Plain Rust functions as Lua functions, without a `&Lua`: [`Function::wrap`] and its like.

use std::cell::RefCell;

use crate::error::{Error, Result};
use crate::{FromLuaMulti, Function, IntoLua, IntoLuaMulti, Lua, Value};

/// A Rust function whose arguments are `A`.
pub trait LuaNativeFn<A: FromLuaMulti> {
    type Output;

    fn call(&self, args: A) -> Self::Output;
}

/// A Rust function with changing state whose arguments are `A`.
pub trait LuaNativeFnMut<A: FromLuaMulti> {
    type Output;

    fn call(&mut self, args: A) -> Self::Output;
}

macro_rules! native_functions {
    ($( $t:ident $lower:ident )*) => {
        impl<F, R, $($t),*> LuaNativeFn<($($t,)*)> for F
        where
            F: Fn($($t),*) -> R,
            ($($t,)*): FromLuaMulti,
        {
            type Output = R;

            fn call(&self, args: ($($t,)*)) -> R {
                let ($($lower,)*) = args;
                self($($lower),*)
            }
        }

        impl<F, R, $($t),*> LuaNativeFnMut<($($t,)*)> for F
        where
            F: FnMut($($t),*) -> R,
            ($($t,)*): FromLuaMulti,
        {
            type Output = R;

            fn call(&mut self, args: ($($t,)*)) -> R {
                let ($($lower,)*) = args;
                self($($lower),*)
            }
        }
    };
}
native_functions!();
native_functions!(A a);
native_functions!(A a B b);
native_functions!(A a B b C c);
native_functions!(A a B b C c D d);
native_functions!(A a B b C c D d E e);
native_functions!(A a B b C c D d E e G g);
native_functions!(A a B b C c D d E e G g H h);
native_functions!(A a B b C c D d E e G g H h I i);
native_functions!(A a B b C c D d E e G g H h I i J j);
native_functions!(A a B b C c D d E e G g H h I i J j K k);
native_functions!(A a B b C c D d E e G g H h I i J j K k L l);
native_functions!(A a B b C c D d E e G g H h I i J j K k L l M m);
native_functions!(A a B b C c D d E e G g H h I i J j K k L l M m N n);
native_functions!(A a B b C c D d E e G g H h I i J j K k L l M m N n O o);
native_functions!(A a B b C c D d E e G g H h I i J j K k L l M m N n O o P p);
native_functions!(A a B b C c D d E e G g H h I i J j K k L l M m N n O o P p Q q);

/// Something that becomes a Lua function when it is handed to Lua.
struct Wrapped<F>(F);

impl<F: FnOnce(&Lua) -> Result<Function>> IntoLua for Wrapped<F> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        (self.0)(lua).map(Value::Function)
    }
}

impl Function {
    /// A Rust function that may fail as a Lua function; its errors are raised.
    ///
    /// ```
    /// # use ferrous_lua::{Function, Lua, Result};
    /// # fn main() -> Result<()> {
    /// fn half(n: i64) -> std::result::Result<i64, String> {
    ///     if n % 2 == 0 { Ok(n / 2) } else { Err(format!("{n} is odd")) }
    /// }
    ///
    /// let lua = Lua::new();
    /// lua.globals().set("half", Function::wrap(half))?;
    /// assert_eq!(lua.load("half(4)").eval::<i64>()?, 2);
    /// assert!(lua.load("half(3)").eval::<i64>().is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn wrap<F, A, R, E>(func: F) -> impl IntoLua
    where
        F: LuaNativeFn<A, Output = std::result::Result<R, E>> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
        E: crate::ExternalError,
    {
        Wrapped(move |lua: &Lua| lua.create_function(move |_, args| func.call(args).map_err(E::into_lua_err)))
    }

    /// As [`Function::wrap`], for a closure that changes what it captured.
    pub fn wrap_mut<F, A, R, E>(func: F) -> impl IntoLua
    where
        F: LuaNativeFnMut<A, Output = std::result::Result<R, E>> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
        E: crate::ExternalError,
    {
        let func = RefCell::new(func);
        Wrapped(move |lua: &Lua| {
            lua.create_function(move |_, args| {
                let mut func = func.try_borrow_mut().map_err(|_| Error::RecursiveMutCallback)?;
                func.call(args).map_err(E::into_lua_err)
            })
        })
    }

    /// A Rust function as a Lua function that returns what it returns: of a `Result`, `nil` and the error.
    pub fn wrap_raw<F, A>(func: F) -> impl IntoLua
    where
        F: LuaNativeFn<A> + 'static,
        F::Output: IntoLuaMulti,
        A: FromLuaMulti,
    {
        Wrapped(move |lua: &Lua| lua.create_function(move |_, args| Ok(func.call(args))))
    }

    /// As [`Function::wrap_raw`], for a closure that changes what it captured.
    pub fn wrap_raw_mut<F, A>(func: F) -> impl IntoLua
    where
        F: LuaNativeFnMut<A> + 'static,
        F::Output: IntoLuaMulti,
        A: FromLuaMulti,
    {
        let func = RefCell::new(func);
        Wrapped(move |lua: &Lua| {
            lua.create_function(move |_, args| {
                Ok(func.try_borrow_mut().map_err(|_| Error::RecursiveMutCallback)?.call(args))
            })
        })
    }
}
