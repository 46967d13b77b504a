//! Types of IR values: what the trace knows about a value, and so how it is held.
//!
//! A value is either *boxed* ([`Ty::Any`], the 64 bits that the interpreter keeps in a register) or
//! *typed*, held without its tag: a double, an integer, a bare object pointer. Guards turn the first
//! into the second; stores and exits turn the second back into the first.
//!
//! `Int` has no tag of its own: in memory it is a number. It is an integer that a double holds
//! exactly (|x| <= 2^53), kept in a 64-bit register; [`crate::opt`] sees to it that arithmetic on it
//! cannot leave that range.

use std::fmt;

macro_rules! define_types {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, )*) => {
        /// The type of an IR value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Ty { $( $(#[$doc])* $name, )* }

        impl Ty {
            pub const ALL: &'static [Ty] = &[ $( Ty::$name, )* ];

            /// The name used in the text form.
            pub const fn name(self) -> &'static str {
                match self { $( Ty::$name => $text, )* }
            }
        }
    };
}

define_types! {
    /// No value: stores, most guards, markers.
    None = "none",
    /// A boxed Lua value of unknown type.
    Any = "any",
    /// The constant `nil`; no run-time representation.
    Nil = "nil",
    /// The constant `false`; no run-time representation.
    False = "false",
    /// The constant `true`; no run-time representation.
    True = "true",
    /// A double.
    Num = "num",
    /// An integer that a double holds exactly.
    Int = "int",
    Str = "str",
    Tab = "tab",
    Func = "func",
    Udata = "udata",
    Thread = "thread",
    /// A raw address: array part, slots, upvalue cell, stack. Never stored in a Lua slot, except as
    /// the return pc of a frame, where it is written as it is.
    Ptr = "ptr",
    /// A shape number (32 bits).
    Shape = "shape",
}

impl Ty {
    /// The type with this text name.
    pub fn from_name(name: &str) -> Option<Ty> {
        Ty::ALL.iter().copied().find(|ty| ty.name() == name)
    }

    /// `nil`, `false` and `true`: types with one value.
    pub const fn is_primitive(self) -> bool {
        matches!(self, Ty::Nil | Ty::False | Ty::True)
    }

    /// Types whose value is the address of a collected Lua object.
    pub const fn is_object(self) -> bool {
        matches!(self, Ty::Str | Ty::Tab | Ty::Func | Ty::Udata | Ty::Thread)
    }

    /// Types on which arithmetic is defined.
    pub const fn is_arith(self) -> bool {
        matches!(self, Ty::Num | Ty::Int)
    }

    /// Types that a Lua stack slot, field or element may be given.
    pub const fn is_storable(self) -> bool {
        !matches!(self, Ty::None | Ty::Shape)
    }

    /// Typed, with the same Lua type as `other` however it is held (`Int` and `Num` are one).
    pub const fn same_lua_type(self, other: Ty) -> bool {
        self as u8 == other as u8 || (self.is_arith() && other.is_arith())
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
