//! [`Value`]: any Lua value, as Rust sees it.

use std::collections::HashSet;
use std::ffi::c_void;
use std::fmt;

use ferrous_lua_runtime::arith::raw_equal;
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Type, Value as Raw, Vm};

use crate::callback::stack_error;
use crate::error::{Error, Result};
use crate::failure::{self, Failure};
use crate::shared::Handle;
use crate::{AnyUserData, Function, Lua, LuaString, Table, Thread, call};

/// Lua's integers, which are numbers without a fraction.
pub type Integer = i64;

/// Lua's numbers.
pub type Number = f64;

/// A pointer that means nothing to Lua.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct LightUserData(pub *mut c_void);

/// A Lua value.
///
/// Lua has one type of numbers; one that is integral and in range arrives as [`Value::Integer`], any other as [`Value::Number`].
#[derive(Clone, Default)]
pub enum Value {
    #[default]
    Nil,
    Boolean(bool),
    LightUserData(LightUserData),
    Integer(Integer),
    Number(Number),
    String(LuaString),
    Table(Table),
    Function(Function),
    Thread(Thread),
    UserData(AnyUserData),
    /// A Rust error that is on its way through Lua.
    Error(Box<Error>),
}

pub use Value::Nil;

/// The integer that `n` is exactly; `None` also for -0.0, which no integer is.
#[inline]
pub(crate) fn exact_integer(n: f64) -> Option<i64> {
    let i = n as i64;
    // The conversion saturates: 2^63 comes back as such.
    ((i as f64).to_bits() == n.to_bits() && i != i64::MAX).then_some(i)
}

impl Value {
    /// A null pointer, which serialisation uses for "nothing" where nil cannot be.
    pub const NULL: Value = Value::LightUserData(LightUserData(std::ptr::null_mut()));

    /// Roots a raw value.
    #[inline]
    pub(crate) fn from_raw(lua: &Lua, vm: &mut Vm, v: Raw) -> Value {
        if let Some(n) = v.as_number() {
            return exact_integer(n).map_or(Value::Number(n), Value::Integer);
        }
        let mut handle = || Handle::new(lua, vm, v);
        match v.type_of() {
            Type::Nil => Value::Nil,
            Type::Boolean => Value::Boolean(v == Raw::TRUE),
            Type::LightUserdata => {
                Value::LightUserData(LightUserData(v.as_light_userdata().unwrap_or(0) as *mut c_void))
            }
            Type::Number => unreachable!("numbers were dealt with"),
            Type::String => Value::String(LuaString(handle())),
            Type::Table => Value::Table(Table(handle())),
            Type::Function => Value::Function(Function(handle())),
            Type::Thread => Value::Thread(Thread(handle())),
            Type::Userdata => match failure::of_value(vm, v) {
                Some(Failure::Error(error)) => Value::Error(Box::new(error.clone())),
                _ => Value::UserData(AnyUserData(Handle::new(lua, vm, v))),
            },
        }
    }

    /// The value as the VM has it.
    ///
    /// # Errors
    ///
    /// [`Error::MemoryError`] for an error value; a light userdata beyond 48 bits.
    #[inline]
    pub(crate) fn to_raw(&self, lua: &Lua, vm: &mut Vm) -> Result<Raw> {
        Ok(match self {
            Value::Nil => Raw::NIL,
            Value::Boolean(b) => Raw::boolean(*b),
            Value::LightUserData(p) => {
                let wide = || Error::runtime("a light userdata must fit 48 bits");
                Raw::light_userdata(p.0 as u64).ok_or_else(wide)?
            }
            Value::Integer(i) => Raw::number(*i as f64),
            Value::Number(n) => Raw::number(*n),
            Value::String(LuaString(h))
            | Value::Table(Table(h))
            | Value::Function(Function(h))
            | Value::Thread(Thread(h))
            | Value::UserData(AnyUserData(h)) => h.raw(lua, vm),
            Value::Error(error) => {
                let failure = Failure::Error(Error::clone(error));
                failure::new_value(vm, &lua.state, lua, failure).map_err(|_| {
                    stack_error(vm);
                    Error::MemoryError("not enough memory".into())
                })?
            }
        })
    }

    /// The raw value of a number.
    pub(crate) fn to_number_raw(&self) -> Option<Raw> {
        match self {
            Value::Integer(i) => Some(Raw::number(*i as f64)),
            Value::Number(n) => Some(Raw::number(*n)),
            _ => None,
        }
    }

    /// The handle of a collectable value.
    fn handle(&self) -> Option<&Handle> {
        match self {
            Value::String(LuaString(h))
            | Value::Table(Table(h))
            | Value::Function(Function(h))
            | Value::Thread(Thread(h))
            | Value::UserData(AnyUserData(h)) => Some(h),
            _ => None,
        }
    }

    /// What kind of value this is. The names of numbers and userdata are finer than Lua's `type`.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::LightUserData(_) => "lightuserdata",
            Value::Integer(_) => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Thread(_) => "thread",
            Value::UserData(_) => "userdata",
            Value::Error(_) => "error",
        }
    }

    /// Whether the values are equal, which `__eq` may decide.
    ///
    /// # Errors
    ///
    /// Those of `__eq`.
    pub fn equals(&self, other: &Value) -> Result<bool> {
        match (self, other) {
            (Value::Table(a), Value::Table(b)) => a.equals(b),
            (Value::UserData(a), Value::UserData(b)) => equals_by_metamethod(&a.0, &b.0),
            _ => Ok(self == other),
        }
    }

    /// The address of an object, to tell it from others; null for values that have none.
    pub fn to_pointer(&self) -> *const c_void {
        match self {
            Value::LightUserData(p) => p.0,
            _ => self.handle().map_or(0, Handle::address) as *const c_void,
        }
    }

    /// The text of the value, as Lua's `tostring` gives it.
    ///
    /// # Errors
    ///
    /// Those of `__tostring`; text that is not UTF-8.
    #[allow(clippy::inherent_to_string_shadow_display)]
    pub fn to_string(&self) -> Result<String> {
        match self {
            Value::Nil => Ok("nil".into()),
            Value::Boolean(b) => Ok(b.to_string()),
            Value::Integer(i) => Ok(i.to_string()),
            Value::LightUserData(p) => Ok(format!("lightuserdata: {:p}", p.0)),
            Value::Number(n) => Ok(number_text(*n)),
            Value::String(s) => Ok(s.to_str()?.to_owned()),
            Value::Error(error) => Ok(error.to_string()),
            Value::Table(Table(h))
            | Value::Function(Function(h))
            | Value::Thread(Thread(h))
            | Value::UserData(AnyUserData(h)) => object_text(h),
        }
    }
}

/// A number as Lua writes it.
fn number_text(n: f64) -> String {
    let mut buffer = ferrous_lua_runtime::text::number::NumberBuf::new();
    let text = ferrous_lua_runtime::text::number::format_number(n, &mut buffer);
    String::from_utf8_lossy(text).into_owned()
}

fn object_text(handle: &Handle) -> Result<String> {
    let lua = handle.lua();
    let method = lua.state.with(|vm| {
        let method = vm.metamethod(vm.handles.get(handle.id), Event::ToString);
        (!method.is_nil()).then(|| Handle::new(&lua, vm, method))
    });
    match method {
        Some(method) => {
            let object = lua.state.with(|vm| Value::from_raw(&lua, vm, vm.handles.get(handle.id)));
            match call::call_handle::<Value>(&lua, &method, object)? {
                Value::String(s) => Ok(s.to_str()?.to_owned()),
                _ => Err(Error::runtime("'__tostring' must return a string")),
            }
        }
        None => {
            let text = lua.root_with(|vm| {
                let v = vm.handles.get(handle.id);
                vm.tostring_raw(v).map(Raw::string)
            })?;
            Ok(LuaString(text).to_string_lossy())
        }
    }
}

/// Equality of two tables or two userdata.
pub(crate) fn equals_by_metamethod(a: &Handle, b: &Handle) -> Result<bool> {
    if a == b {
        return Ok(true);
    }
    let lua = a.lua();
    b.check(&lua);
    // Both must have the same handler.
    let method = lua.state.with(|vm| {
        let (x, y) = (vm.handles.get(a.id), vm.handles.get(b.id));
        let (m, n) = (vm.metamethod(x, Event::Eq), vm.metamethod(y, Event::Eq));
        (!m.is_nil() && raw_equal(m, n)).then(|| Handle::new(&lua, vm, m))
    });
    let Some(method) = method else { return Ok(false) };
    let value = |h: &Handle| lua.state.with(|vm| Value::from_raw(&lua, vm, vm.handles.get(h.id)));
    let (x, y) = (value(a), value(b));
    call::call_handle(&lua, &method, (x, y))
}

macro_rules! inspectors {
    ($( $is:ident $as_:ident $variant:ident $target:ty; )*) => { impl Value { $(
        #[doc = concat!("Whether this is a [`Value::", stringify!($variant), "`].")]
        #[inline]
        pub fn $is(&self) -> bool {
            matches!(self, Value::$variant(_))
        }

        #[doc = concat!("What is in a [`Value::", stringify!($variant), "`].")]
        #[inline]
        pub fn $as_(&self) -> Option<&$target> {
            match self {
                Value::$variant(v) => Some(v),
                _ => None,
            }
        }
    )* } };
}
inspectors! {
    is_string as_string String LuaString;
    is_table as_table Table Table;
    is_function as_function Function Function;
    is_thread as_thread Thread Thread;
    is_userdata as_userdata UserData AnyUserData;
}

macro_rules! integer_views {
    ($( $as_:ident $target:ty; )*) => { impl Value { $(
        #[doc = concat!("The integer, if it is one that fits ", stringify!($target), ".")]
        #[inline]
        pub fn $as_(&self) -> Option<$target> {
            self.as_integer().and_then(|i| i.try_into().ok())
        }
    )* } };
}
integer_views! {
    as_i32 i32;
    as_u32 u32;
    as_i64 i64;
    as_u64 u64;
    as_isize isize;
    as_usize usize;
}

impl Value {
    #[inline]
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// Whether this is [`Value::NULL`].
    #[inline]
    pub fn is_null(&self) -> bool {
        *self == Value::NULL
    }

    #[inline]
    pub fn is_boolean(&self) -> bool {
        matches!(self, Value::Boolean(_))
    }

    #[inline]
    pub fn is_integer(&self) -> bool {
        self.as_integer().is_some()
    }

    #[inline]
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Number(_))
    }

    #[inline]
    pub fn is_light_userdata(&self) -> bool {
        matches!(self, Value::LightUserData(_))
    }

    #[inline]
    pub fn is_error(&self) -> bool {
        matches!(self, Value::Error(_))
    }

    #[inline]
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Value::Boolean(b) => Some(*b),
            _ => None,
        }
    }

    #[inline]
    pub fn as_integer(&self) -> Option<Integer> {
        match self {
            Value::Integer(i) => Some(*i),
            _ => None,
        }
    }

    /// The number that this is, integers included.
    #[inline]
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Value::Integer(i) => Some(*i as Number),
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }

    #[inline]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number()
    }

    #[inline]
    pub fn as_f32(&self) -> Option<f32> {
        self.as_number().map(|n| n as f32)
    }

    #[inline]
    pub fn as_light_userdata(&self) -> Option<LightUserData> {
        match self {
            Value::LightUserData(p) => Some(*p),
            _ => None,
        }
    }

    #[inline]
    pub fn as_error(&self) -> Option<&Error> {
        match self {
            Value::Error(error) => Some(error),
            _ => None,
        }
    }
}

/// Raw equality: no metamethod is asked.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            (Value::LightUserData(a), Value::LightUserData(b)) => a == b,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Integer(a), Value::Number(b)) | (Value::Number(b), Value::Integer(a)) => *a as f64 == *b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Table(a), Value::Table(b)) => a == b,
            (Value::Function(a), Value::Function(b)) => a == b,
            (Value::Thread(a), Value::Thread(b)) => a == b,
            (Value::UserData(a), Value::UserData(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_pretty(f, true, 0, &mut HashSet::new());
        }
        match self {
            Value::Nil => f.write_str("Nil"),
            Value::Boolean(b) => write!(f, "Boolean({b})"),
            Value::LightUserData(p) => write!(f, "{p:?}"),
            Value::Integer(i) => write!(f, "Integer({i})"),
            Value::Number(n) => write!(f, "Number({n})"),
            Value::String(s) => write!(f, "String({s:?})"),
            Value::Table(t) => write!(f, "{t:?}"),
            Value::Function(g) => write!(f, "{g:?}"),
            Value::Thread(t) => write!(f, "{t:?}"),
            Value::UserData(u) => write!(f, "{u:?}"),
            Value::Error(e) => write!(f, "Error({e:?})"),
        }
    }
}

impl Value {
    /// The text of `{:#?}`: tables with their content, each once.
    pub(crate) fn fmt_pretty(
        &self,
        f: &mut fmt::Formatter<'_>,
        recursive: bool,
        indent: usize,
        seen: &mut HashSet<*const c_void>,
    ) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Boolean(b) => write!(f, "{b}"),
            Value::LightUserData(p) => write!(f, "lightuserdata: {:?}", p.0),
            Value::Integer(i) => write!(f, "{i}"),
            Value::Number(n) => write!(f, "{n}"),
            Value::String(s) => write!(f, "{s:?}"),
            Value::Table(t) if recursive && seen.insert(t.to_pointer()) => t.fmt_pretty(f, indent, seen),
            Value::Table(t) => write!(f, "table: {:?}", t.to_pointer()),
            Value::Function(g) => write!(f, "function: {:?}", g.to_pointer()),
            Value::Thread(t) => write!(f, "thread: {:?}", t.to_pointer()),
            Value::UserData(_) => f.write_str(&self.to_string().unwrap_or_else(|_| "userdata".into())),
            Value::Error(e) => write!(f, "{e:?}"),
        }
    }

    /// The order of keys in a printed table: booleans, numbers, strings, then the rest.
    pub(crate) fn sort_key(&self) -> (u8, f64, Vec<u8>) {
        match self {
            Value::Boolean(b) => (0, f64::from(u8::from(*b)), Vec::new()),
            Value::Integer(_) | Value::Number(_) => (1, self.as_number().unwrap_or(0.0), Vec::new()),
            Value::String(s) => (2, 0.0, s.as_bytes().to_vec()),
            other => (3, other.to_pointer() as usize as f64, Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_integers() {
        let check = |n: f64, i: Option<i64>| assert_eq!(exact_integer(n), i, "{n}");
        check(1.0, Some(1));
        check(-0.0, None);
        check(0.5, None);
        check(f64::NAN, None);
        check(9_223_372_036_854_775_808.0, None);
        check(-9_223_372_036_854_775_808.0, Some(i64::MIN));
        check(9_007_199_254_740_994.0, Some(9_007_199_254_740_994));
    }
}
