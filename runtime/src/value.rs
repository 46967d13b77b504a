//! Values: every Lua value in eight bytes.
//!
//! A [`Value`] is NaN-boxed. A double is itself; everything else is a tag in the top sixteen bits and a
//! 48-bit payload, and lies above every number, so "is a number" is one unsigned compare:
//!
//! ```text
//!   0x0000_0000_0000_0000 ..= 0xFFF8_0000_0000_0000   number (NaNs are canonical)
//!   0xFFF9 | 0, 1, 2                                  nil, false, true
//!   0xFFFA | pointer                                  light userdata
//!   0xFFFB | pointer                                  string        \
//!   0xFFFC | pointer                                  table          |  collectable: one compare
//!   0xFFFD | pointer                                  function       |
//!   0xFFFE | pointer                                  full userdata  |
//!   0xFFFF | pointer                                  thread        /
//! ```
//!
//! # Rules
//!
//! 1. A stored NaN is never greater than [`Value::MAX_NUMBER`]: a computed NaN that could carry a payload goes
//!    through [`Value::number`], which canonicalises it.
//! 2. The payload of a collectable value points to a live object whose header has the matching kind.
//! 3. Every tagged value, read as a double, is a NaN: arithmetic on a non-number gives a NaN, which is how the
//!    fast paths notice it.
//!
//! The scheme is LuaJIT's (`lj_obj.h`), with the tags in whole sixteen-bit units.

use crate::object::{Function, Gc, Header, LuaFunction, LuaString, NativeFunction, Table, Thread, Userdata};
use std::fmt;

/// A Lua value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(u64);

const _: () = assert!(size_of::<Value>() == 8);

/// The tag of a value: its top sixteen bits.
pub mod tag {
    pub const SHIFT: u32 = 48;
    pub const PRIMITIVE: u16 = 0xFFF9;
    pub const LIGHT_USERDATA: u16 = 0xFFFA;
    pub const STRING: u16 = 0xFFFB;
    pub const TABLE: u16 = 0xFFFC;
    pub const FUNCTION: u16 = 0xFFFD;
    pub const USERDATA: u16 = 0xFFFE;
    pub const THREAD: u16 = 0xFFFF;
}

/// The type of a value, in the order of PUC Lua's `LUA_T*` constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Type {
    Nil,
    Boolean,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
}

impl Type {
    /// How many types there are: the size of a table with one entry for each.
    pub const COUNT: usize = 9;

    /// What `type()` returns.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::LightUserdata | Type::Userdata => "userdata",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::Thread => "thread",
        }
    }
}

const PAYLOAD: u64 = (1 << tag::SHIFT) - 1;

#[inline(always)]
const fn tagged(tag: u16, payload: u64) -> u64 {
    ((tag as u64) << tag::SHIFT) | payload
}

impl Value {
    pub const NIL: Value = Value(tagged(tag::PRIMITIVE, 0));
    pub const FALSE: Value = Value(tagged(tag::PRIMITIVE, 1));
    pub const TRUE: Value = Value(tagged(tag::PRIMITIVE, 2));
    pub const ZERO: Value = Value(0);

    /// The greatest bit pattern of a number.
    pub const MAX_NUMBER: u64 = 0xFFF8_0000_0000_0000;
    /// The least bit pattern of a collectable value.
    pub const MIN_COLLECTABLE: u64 = tagged(tag::STRING, 0);

    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Value {
        Value(bits)
    }

    #[inline(always)]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// A number; any NaN becomes the canonical one of its sign (rule 1).
    #[inline(always)]
    pub fn number(n: f64) -> Value {
        const SIGN: u64 = 1 << 63;
        const QUIET_NAN: u64 = 0x7FF8_0000_0000_0000;
        let bits = n.to_bits();
        // Not a number: the sign stays, for `tostring` shows it.
        Value(if n.is_nan() { bits & SIGN | QUIET_NAN } else { bits })
    }

    /// A number that is known not to be a NaN with a payload.
    #[inline(always)]
    pub fn number_unchecked(n: f64) -> Value {
        debug_assert!(n.to_bits() <= Self::MAX_NUMBER);
        Value(n.to_bits())
    }

    #[inline(always)]
    pub const fn boolean(b: bool) -> Value {
        Value(Self::FALSE.0 + b as u64)
    }

    /// A light userdata that fits 48 bits; `None` for a wider pointer, which needs a boxed userdata.
    pub const fn light_userdata(bits: u64) -> Option<Value> {
        if bits <= PAYLOAD { Some(Value(tagged(tag::LIGHT_USERDATA, bits))) } else { None }
    }

    #[inline(always)]
    fn pointer<T>(tag: u16, p: Gc<T>) -> Value {
        debug_assert!(p.as_ptr() as u64 <= PAYLOAD);
        Value(tagged(tag, p.as_ptr() as u64))
    }

    #[inline(always)]
    pub fn string(p: Gc<LuaString>) -> Value {
        Self::pointer(tag::STRING, p)
    }

    #[inline(always)]
    pub fn table(p: Gc<Table>) -> Value {
        Self::pointer(tag::TABLE, p)
    }

    /// A function of either kind; see [`Function`].
    #[inline(always)]
    pub fn function(p: Gc<Function>) -> Value {
        Self::pointer(tag::FUNCTION, p)
    }

    #[inline(always)]
    pub fn userdata(p: Gc<Userdata>) -> Value {
        Self::pointer(tag::USERDATA, p)
    }

    #[inline(always)]
    pub fn thread(p: Gc<Thread>) -> Value {
        Self::pointer(tag::THREAD, p)
    }

    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.0 <= Self::MAX_NUMBER
    }

    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.0 == Self::NIL.0
    }

    /// `nil` or `false`.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.0.wrapping_sub(Self::NIL.0) <= 1
    }

    #[inline(always)]
    pub const fn is_truthy(self) -> bool {
        !self.is_falsy()
    }

    #[inline(always)]
    pub const fn is_boolean(self) -> bool {
        self.0.wrapping_sub(Self::FALSE.0) <= 1
    }

    #[inline(always)]
    pub const fn tag(self) -> u16 {
        (self.0 >> tag::SHIFT) as u16
    }

    #[inline(always)]
    pub const fn is_string(self) -> bool {
        self.tag() == tag::STRING
    }

    #[inline(always)]
    pub const fn is_table(self) -> bool {
        self.tag() == tag::TABLE
    }

    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.tag() == tag::FUNCTION
    }

    #[inline(always)]
    pub const fn is_userdata(self) -> bool {
        self.tag() == tag::USERDATA
    }

    #[inline(always)]
    pub const fn is_thread(self) -> bool {
        self.tag() == tag::THREAD
    }

    /// Whether the collector owns what this value points to.
    #[inline(always)]
    pub const fn is_collectable(self) -> bool {
        self.0 >= Self::MIN_COLLECTABLE
    }

    /// The bits as a double: the number itself, or a NaN for every other type (rule 3).
    #[inline(always)]
    pub const fn as_f64_raw(self) -> f64 {
        f64::from_bits(self.0)
    }

    #[inline(always)]
    pub fn as_number(self) -> Option<f64> {
        if self.is_number() { Some(f64::from_bits(self.0)) } else { None }
    }

    /// The low 48 bits.
    #[inline(always)]
    pub const fn payload(self) -> u64 {
        self.0 & PAYLOAD
    }

    /// The pointer if the tag is `tag`: one xor and one compare.
    #[inline(always)]
    const fn untag(self, tag: u16) -> Option<u64> {
        let bits = self.0 ^ tagged(tag, 0);
        if bits >> tag::SHIFT == 0 { Some(bits) } else { None }
    }

    #[inline(always)]
    pub fn as_string(self) -> Option<Gc<LuaString>> {
        // SAFETY: value rule 2.
        self.untag(tag::STRING).map(|p| unsafe { Gc::from_raw(p as *mut LuaString) })
    }

    #[inline(always)]
    pub fn as_table(self) -> Option<Gc<Table>> {
        // SAFETY: value rule 2.
        self.untag(tag::TABLE).map(|p| unsafe { Gc::from_raw(p as *mut Table) })
    }

    #[inline(always)]
    pub fn as_function(self) -> Option<Gc<Function>> {
        // SAFETY: value rule 2.
        self.untag(tag::FUNCTION).map(|p| unsafe { Gc::from_raw(p as *mut Function) })
    }

    #[inline(always)]
    pub fn as_userdata(self) -> Option<Gc<Userdata>> {
        // SAFETY: value rule 2.
        self.untag(tag::USERDATA).map(|p| unsafe { Gc::from_raw(p as *mut Userdata) })
    }

    #[inline(always)]
    pub fn as_thread(self) -> Option<Gc<Thread>> {
        // SAFETY: value rule 2.
        self.untag(tag::THREAD).map(|p| unsafe { Gc::from_raw(p as *mut Thread) })
    }

    /// The function if it is a Lua closure.
    #[inline(always)]
    pub fn as_lua_function(self) -> Option<Gc<LuaFunction>> {
        // SAFETY: the header says which of the two layouts the function has.
        self.as_function().filter(|f| f.is_lua()).map(|f| unsafe { f.cast() })
    }

    /// The function if it is a native one.
    #[inline(always)]
    pub fn as_native_function(self) -> Option<Gc<NativeFunction>> {
        // SAFETY: as above.
        self.as_function().filter(|f| !f.is_lua()).map(|f| unsafe { f.cast() })
    }

    pub fn as_light_userdata(self) -> Option<u64> {
        self.untag(tag::LIGHT_USERDATA)
    }

    /// The object's header, for collectable values.
    #[inline(always)]
    pub fn as_object(self) -> Option<*mut Header> {
        if self.is_collectable() { Some(self.payload() as *mut Header) } else { None }
    }

    pub fn type_of(self) -> Type {
        if self.is_number() {
            return Type::Number;
        }
        match self.tag() {
            tag::PRIMITIVE if self.is_nil() => Type::Nil,
            tag::PRIMITIVE => Type::Boolean,
            tag::LIGHT_USERDATA => Type::LightUserdata,
            tag::STRING => Type::String,
            tag::TABLE => Type::Table,
            tag::FUNCTION => Type::Function,
            tag::USERDATA => Type::Userdata,
            _ => Type::Thread,
        }
    }

    /// What `type()` returns for this value.
    pub fn type_name(self) -> &'static str {
        self.type_of().name()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.type_of() {
            Type::Nil => f.write_str("nil"),
            Type::Boolean => write!(f, "{}", *self == Value::TRUE),
            Type::Number => write!(f, "{}", self.as_f64_raw()),
            t => write!(f, "{}: {:#x}", t.name(), self.payload()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_below_every_tag() {
        for n in [0.0, -0.0, 1.5, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN, f64::MIN] {
            let v = Value::number(n);
            assert!(v.is_number(), "{n}");
            assert_eq!(v.type_of(), Type::Number);
        }
        for v in [Value::NIL, Value::FALSE, Value::TRUE] {
            assert!(!v.is_number() && v.as_f64_raw().is_nan());
        }
    }

    #[test]
    fn only_nil_and_false_are_falsy() {
        assert!(Value::NIL.is_falsy() && Value::FALSE.is_falsy());
        for v in [Value::TRUE, Value::ZERO, Value::number(f64::NAN), Value::number(f64::NEG_INFINITY)] {
            assert!(v.is_truthy());
        }
        assert!(Value::boolean(true) == Value::TRUE && Value::boolean(false) == Value::FALSE);
        assert!(!Value::NIL.is_boolean() && Value::TRUE.is_boolean());
    }

    #[test]
    fn light_userdata_wider_than_the_payload_is_refused() {
        assert_eq!(
            Value::light_userdata(0x7fff_0000_1234).unwrap().as_light_userdata(),
            Some(0x7fff_0000_1234)
        );
        assert!(Value::light_userdata(1 << 48).is_none());
    }
}
