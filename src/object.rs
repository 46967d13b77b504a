//! [`ObjectLike`]: what tables and userdata have in common.

use crate::error::{Error, Result};
use crate::shared::Handle;
use crate::table::{function_field, get, set};
use crate::{AnyUserData, FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, MultiValue, Table, Value, call};

/// Something with fields and methods.
pub trait ObjectLike: sealed::Sealed + Sized {
    /// `object[key]`
    ///
    /// # Errors
    ///
    /// Those of `__index`, and of conversions.
    fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V>;

    /// `object[key] = value`
    ///
    /// # Errors
    ///
    /// Those of `__newindex`, and of conversions.
    fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()>;

    /// `object(...)`
    ///
    /// # Errors
    ///
    /// An object without `__call`; what it raises; those of conversions.
    fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R>;

    /// `object:name(...)`
    ///
    /// # Errors
    ///
    /// A field that is no function; what it raises; those of conversions.
    fn call_method<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R>;

    /// `object.name(...)`
    ///
    /// # Errors
    ///
    /// As [`ObjectLike::call_method`].
    fn call_function<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R>;

    /// Follows a path such as `a[1].b?.c`; where there is a `?`, nil ends it.
    ///
    /// # Errors
    ///
    /// What is no path; a value on the way that has no fields; those of conversions.
    fn get_path<V: FromLua>(&self, path: &str) -> Result<V>;

    /// The object's text, as `tostring` gives it.
    ///
    /// # Errors
    ///
    /// Those of `__tostring`.
    fn to_string(&self) -> Result<String>;

    /// The object as a value.
    fn to_value(&self) -> Value;
}

macro_rules! objects {
    ($( $type:ident $variant:ident; )*) => { $(
        impl sealed::Sealed for $type {}

        impl ObjectLike for $type {
            fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
                get(&self.0, key)
            }

            fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
                set(&self.0, key, value)
            }

            fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
                call::call_handle(&self.0.lua(), &self.0, args)
            }

            fn call_method<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
                function_field(&self.0, name)?.call(WithSelf(self.to_value(), args))
            }

            fn call_function<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
                function_field(&self.0, name)?.call(args)
            }

            fn get_path<V: FromLua>(&self, path: &str) -> Result<V> {
                V::from_lua(follow(self.to_value(), path)?, &self.0.lua())
            }

            fn to_string(&self) -> Result<String> {
                Value::to_string(&self.to_value())
            }

            fn to_value(&self) -> Value {
                Value::$variant(self.clone())
            }
        }
    )* };
}
objects! {
    Table Table;
    AnyUserData UserData;
}

mod sealed {
    pub trait Sealed {}
}

/// Arguments behind the object itself.
struct WithSelf<A>(Value, A);

impl<A: IntoLuaMulti> IntoLuaMulti for WithSelf<A> {
    fn into_lua_multi(self, lua: &crate::Lua) -> Result<MultiValue> {
        let mut values = self.1.into_lua_multi(lua)?;
        values.push_front(self.0);
        Ok(values)
    }

    fn push_multi(self, lua: &crate::Lua) -> Result<u32> {
        crate::callback::push(lua, &self.0)?;
        Ok(1 + self.1.push_multi(lua)?)
    }
}

/// One step of a path.
#[derive(Debug, PartialEq)]
enum Step<'a> {
    Name(&'a str),
    Index(i64),
}

/// The value at the end of a path.
fn follow(object: Value, path: &str) -> Result<Value> {
    let mut current = object;
    for (step, ends_at_nil) in parse_path(path)? {
        let handle: &Handle = match &current {
            Value::Table(t) => &t.0,
            Value::UserData(u) => &u.0,
            other => {
                return Err(Error::RuntimeError(format!(
                    "attempt to index a {} value with key '{step:?}'",
                    other.type_name()
                )));
            }
        };
        let next: Value = match step {
            Step::Name(name) => get(handle, name)?,
            Step::Index(i) => get(handle, i)?,
        };
        if next.is_nil() && ends_at_nil {
            return Ok(Value::Nil);
        }
        current = next;
    }
    Ok(current)
}

/// The steps, each with whether a `?` follows.
fn parse_path(path: &str) -> Result<Vec<(Step<'_>, bool)>> {
    let bad = || Error::RuntimeError(format!("invalid path: {path}"));
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let step = if let Some(inside) = rest.strip_prefix('[') {
            let (key, behind) = inside.split_once(']').ok_or_else(bad)?;
            rest = behind;
            match key.trim().as_bytes() {
                [quote @ (b'"' | b'\''), .., last] if quote == last => {
                    let key = key.trim();
                    Step::Name(&key[1..key.len() - 1])
                }
                _ => Step::Index(key.trim().parse().map_err(|_| bad())?),
            }
        } else {
            let text = if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or_else(bad)? };
            let end = text.find(['.', '[', '?']).unwrap_or(text.len());
            if end == 0 {
                return Err(bad());
            }
            rest = &text[end..];
            Step::Name(&text[..end])
        };
        let ends_at_nil = rest.starts_with('?');
        rest = rest.strip_prefix('?').unwrap_or(rest);
        steps.push((step, ends_at_nil));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let steps = parse_path("a[1].b?.c['d e']").unwrap();
        assert_eq!(
            steps,
            [
                (Step::Name("a"), false),
                (Step::Index(1), false),
                (Step::Name("b"), true),
                (Step::Name("c"), false),
                (Step::Name("d e"), false),
            ]
        );
        for bad in ["a..b", "a[", "a[x]", ".a", "a?b"] {
            assert!(parse_path(bad).is_err(), "{bad}");
        }
    }
}
