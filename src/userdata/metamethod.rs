//! [`MetaMethod`]: the metamethods that userdata can define, by name.

use std::fmt;

use crate::error::{Error, Result};

macro_rules! define_metamethods {
    ($( $(#[$doc:meta])* $variant:ident $name:literal, )*) => {
        /// A metamethod.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum MetaMethod { $( $(#[$doc])* $variant, )* }

        impl MetaMethod {
            /// Its key in a metatable.
            pub const fn name(self) -> &'static str {
                match self { $( MetaMethod::$variant => $name, )* }
            }
        }
    };
}
define_metamethods! {
    /// `+`
    Add "__add",
    /// `-`
    Sub "__sub",
    /// `*`
    Mul "__mul",
    /// `/`
    Div "__div",
    /// `%`
    Mod "__mod",
    /// `^`
    Pow "__pow",
    /// The unary `-`
    Unm "__unm",
    /// `..`
    Concat "__concat",
    /// `#`
    Len "__len",
    /// `==`
    Eq "__eq",
    /// `<`
    Lt "__lt",
    /// `<=`
    Le "__le",
    /// Reading a field that there is not
    Index "__index",
    /// Writing a field that there is not
    NewIndex "__newindex",
    /// A call
    Call "__call",
    /// `tostring`
    ToString "__tostring",
    /// `{:?}` and `{:#?}` in Rust
    ToDebugString "__todebugstring",
    /// `pairs`, where the language has that
    Pairs "__pairs",
    /// `ipairs`, where the language has that
    IPairs "__ipairs",
}

/// Whether an embedder may set this key in the metatable of a userdata type.
///
/// # Errors
///
/// [`Error::MetaMethodRestricted`]
pub(crate) fn check_name(name: &str) -> Result<()> {
    match name {
        "__gc" | "__metatable" => Err(Error::MetaMethodRestricted(name.into())),
        _ if name.starts_with("__mlua") => Err(Error::MetaMethodRestricted(name.into())),
        _ => Ok(()),
    }
}

impl fmt::Display for MetaMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq<MetaMethod> for &str {
    fn eq(&self, other: &MetaMethod) -> bool {
        *self == other.name()
    }
}

impl PartialEq<MetaMethod> for String {
    fn eq(&self, other: &MetaMethod) -> bool {
        self == other.name()
    }
}

impl AsRef<str> for MetaMethod {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl From<MetaMethod> for String {
    fn from(method: MetaMethod) -> String {
        method.name().into()
    }
}
