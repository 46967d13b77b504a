//! [`Error`]: what can go wrong, as the embedder sees it.
//!
//! A Lua error is a value; at the border to Rust a string becomes [`Error::RuntimeError`], with a traceback behind
//! the message. A Rust error that a callback returns travels through Lua as an opaque value and comes out as itself: see
//! `crate::failure`. Variants and texts are mlua's.

use std::error::Error as StdError;
use std::fmt;
use std::net::AddrParseError;
use std::result::Result as StdResult;
use std::str::Utf8Error;
use std::sync::Arc;

/// The result of nearly everything in this crate.
pub type Result<T> = StdResult<T, Error>;

/// Why something failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// Source text that is no Lua.
    SyntaxError {
        /// `chunk:line: what near 'token'`
        message: String,
        /// More text could make it right: what a prompt wants to know.
        incomplete_input: bool,
    },
    /// A Lua error: its message, and where it happened.
    RuntimeError(String),
    /// The memory limit is reached, or the system has no more.
    MemoryError(String),
    /// Something that a safe state refuses.
    SafetyError(String),
    /// The state has no say over its memory. (Ours always has.)
    MemoryControlNotAvailable,
    /// A callback made with [`create_function_mut`](crate::Lua::create_function_mut) was called while it was running.
    RecursiveMutCallback,
    /// A callback or a userdata was used after its scope had ended.
    CallbackDestructed,
    /// More arguments or results than fit the Lua stack.
    StackError,
    /// More arguments for [`Function::bind`](crate::Function::bind) than it can hold.
    BindError,
    /// An argument that a callback could not take.
    BadArgument {
        /// The function.
        to: Option<String>,
        /// Which argument, from 1.
        pos: usize,
        /// Its name.
        name: Option<String>,
        /// What is wrong with it.
        cause: Arc<Error>,
    },
    /// A Lua value that is not what the Rust side asked for.
    FromLuaConversionError {
        /// The Lua type.
        from: &'static str,
        /// The Rust type.
        to: String,
        message: Option<String>,
    },
    /// [`Thread::resume`](crate::Thread::resume) of a coroutine that is not suspended.
    CoroutineUnresumable,
    /// A userdata with something else in it.
    UserDataTypeMismatch,
    /// A userdata whose content has been taken or destroyed.
    UserDataDestructed,
    /// A shared borrow of a userdata that is borrowed mutably.
    UserDataBorrowError,
    /// A mutable borrow of a userdata that is borrowed.
    UserDataBorrowMutError,
    /// A metamethod that userdata may not define.
    MetaMethodRestricted(String),
    /// A metamethod that is no function (or table).
    MetaMethodTypeError { method: String, type_name: &'static str, message: Option<String> },
    /// A [`RegistryKey`](crate::RegistryKey) of another state.
    MismatchedRegistryKey,
    /// A callback returned the error `cause`.
    CallbackError {
        /// The Lua call stack at that point.
        traceback: String,
        cause: Arc<Error>,
    },
    /// A Rust panic came out of Lua for the second time.
    PreviouslyResumedPanic,
    /// Serialising failed.
    SerializeError(String),
    /// Deserialising failed.
    DeserializeError(String),
    /// An error of the embedder's own.
    ExternalError(Arc<dyn StdError + Send + Sync>),
    /// An error with something said about it.
    WithContext { context: String, cause: Arc<Error> },
    /// The script called `os.exit` in a state that does not end the process for it
    /// ([`LuaOptions::exit_process`](crate::LuaOptions::exit_process)).
    Exit { code: i32 },
}

impl Error {
    /// A [`RuntimeError`](Error::RuntimeError) with this message.
    pub fn runtime<S: fmt::Display>(message: S) -> Self {
        Error::RuntimeError(message.to_string())
    }

    /// An [`ExternalError`](Error::ExternalError).
    pub fn external<T: Into<Box<dyn StdError + Send + Sync>>>(error: T) -> Self {
        let error = error.into();
        match error.downcast::<Error>() {
            // One of ours is not wrapped once more.
            Ok(ours) => *ours,
            Err(error) => Error::ExternalError(error.into()),
        }
    }

    /// The embedder's error of type `T`, looked for through callbacks and contexts.
    pub fn downcast_ref<T: StdError + 'static>(&self) -> Option<&T> {
        match self {
            Error::ExternalError(e) => e.downcast_ref(),
            Error::WithContext { cause, .. } => cause.downcast_ref(),
            Error::CallbackError { cause, .. } => cause.downcast_ref(),
            _ => None,
        }
    }

    /// This error and all that caused it, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        Chain { next: Some(self) }
    }

    /// What caused this error.
    #[doc(hidden)]
    pub fn parent(&self) -> Option<&Error> {
        match self {
            Error::CallbackError { cause, .. } | Error::WithContext { cause, .. } => Some(cause),
            _ => None,
        }
    }

    pub(crate) fn bad_self_argument(to: &str, cause: Error) -> Self {
        Error::BadArgument { to: Some(to.into()), pos: 1, name: Some("self".into()), cause: Arc::new(cause) }
    }

    pub(crate) fn from_lua_conversion(from: &'static str, to: impl Into<String>, message: &str) -> Self {
        let message = (!message.is_empty()).then(|| message.into());
        Error::FromLuaConversionError { from, to: to.into(), message }
    }
}

/// Writes ` (message)` if there is one.
fn write_note(f: &mut fmt::Formatter<'_>, message: &Option<String>) -> fmt::Result {
    match message {
        Some(message) => write!(f, " ({message})"),
        None => Ok(()),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::SyntaxError { message, .. } => write!(f, "syntax error: {message}"),
            Error::RuntimeError(message) => write!(f, "runtime error: {message}"),
            Error::MemoryError(message) => write!(f, "memory error: {message}"),
            Error::SafetyError(message) => write!(f, "safety error: {message}"),
            Error::MemoryControlNotAvailable => f.write_str("memory control is not available"),
            Error::RecursiveMutCallback => f.write_str("mutable callback called recursively"),
            Error::CallbackDestructed => {
                f.write_str("a destructed callback or destructed userdata method was called")
            }
            Error::StackError => f.write_str(
                "out of Lua stack, too many arguments to a Lua function or too many return values from a callback",
            ),
            Error::BindError => f.write_str("too many arguments to Function::bind"),
            Error::BadArgument { to, pos, name, cause } => {
                match name {
                    Some(name) => write!(f, "bad argument `{name}`")?,
                    None => write!(f, "bad argument #{pos}")?,
                }
                if let Some(to) = to {
                    write!(f, " to `{to}`")?;
                }
                write!(f, ": {cause}")
            }
            Error::FromLuaConversionError { from, to, message } => {
                write!(f, "error converting Lua {from} to {to}")?;
                write_note(f, message)
            }
            Error::CoroutineUnresumable => f.write_str("coroutine is non-resumable"),
            Error::UserDataTypeMismatch => f.write_str("userdata is not expected type"),
            Error::UserDataDestructed => f.write_str("userdata has been destructed"),
            Error::UserDataBorrowError => f.write_str("error borrowing userdata"),
            Error::UserDataBorrowMutError => f.write_str("error mutably borrowing userdata"),
            Error::MetaMethodRestricted(method) => write!(f, "metamethod {method} is restricted"),
            Error::MetaMethodTypeError { method, type_name, message } => {
                write!(f, "metamethod {method} has unsupported type {type_name}")?;
                write_note(f, message)
            }
            Error::MismatchedRegistryKey => f.write_str("RegistryKey used from different Lua state"),
            Error::CallbackError { traceback, cause } => write_callback_error(f, traceback, cause),
            Error::PreviouslyResumedPanic => f.write_str("previously resumed panic returned again"),
            Error::SerializeError(message) => write!(f, "serialize error: {message}"),
            Error::DeserializeError(message) => write!(f, "deserialize error: {message}"),
            Error::ExternalError(error) => write!(f, "{error}"),
            Error::WithContext { context, cause } => write!(f, "{context}\n{cause}"),
            Error::Exit { code } => write!(f, "exit with code {code}"),
        }
    }
}

/// The root cause, then the innermost traceback: the longest one. Where the outer callback's part of it begins, it has a mark.
fn write_callback_error(f: &mut fmt::Formatter<'_>, traceback: &str, cause: &Arc<Error>) -> fmt::Result {
    let (mut cause, mut innermost) = (cause, None);
    while let Error::CallbackError { cause: deeper, traceback } = &**cause {
        cause = deeper;
        innermost = Some(traceback);
    }
    writeln!(f, "{cause}")?;
    let Some(innermost) = innermost else { return writeln!(f, "{}", traceback.trim_end()) };
    let outer = traceback.trim_start_matches("stack traceback:").trim();
    match innermost.find(outer) {
        Some(at) => writeln!(f, "{}>{}", &innermost[..at], innermost[at..].trim_end()),
        None => writeln!(f, "{}", innermost.trim_end()),
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            // What a variant shows of its cause in its own text is not its source as well.
            Error::CallbackError { .. } | Error::WithContext { .. } => None,
            Error::ExternalError(error) => error.source(),
            _ => None,
        }
    }
}

/// See [`Error::chain`].
struct Chain<'a> {
    next: Option<&'a (dyn StdError + 'static)>,
}

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn StdError + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let mut this = self.next.take()?;
        // The wrapper of an embedder's error says nothing of its own.
        if let Some(Error::ExternalError(error)) = this.downcast_ref::<Error>() {
            this = &**error;
        }
        self.next = match this.downcast_ref::<Error>() {
            Some(
                Error::CallbackError { cause, .. }
                | Error::WithContext { cause, .. }
                | Error::BadArgument { cause, .. },
            ) => Some(&**cause),
            _ => None,
        };
        Some(this)
    }
}

/// Turns any error into ours.
pub trait ExternalError {
    fn into_lua_err(self) -> Error;
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> ExternalError for E {
    fn into_lua_err(self) -> Error {
        Error::external(self)
    }
}

/// Turns the error of a result into ours.
pub trait ExternalResult<T> {
    /// # Errors
    ///
    /// The result's own, as [`Error::ExternalError`].
    fn into_lua_err(self) -> Result<T>;
}

impl<T, E: ExternalError> ExternalResult<T> for StdResult<T, E> {
    fn into_lua_err(self) -> Result<T> {
        self.map_err(ExternalError::into_lua_err)
    }
}

/// Says what was being done when an error happened.
pub trait ErrorContext: sealed::Sealed {
    fn context<C: fmt::Display>(self, context: C) -> Self;

    /// As [`ErrorContext::context`]; the text is made only if there is an error.
    fn with_context<C: fmt::Display>(self, context: impl FnOnce(&Error) -> C) -> Self;
}

impl ErrorContext for Error {
    fn context<C: fmt::Display>(self, context: C) -> Self {
        self.with_context(|_| context)
    }

    fn with_context<C: fmt::Display>(self, context: impl FnOnce(&Error) -> C) -> Self {
        let context = context(&self).to_string();
        match self {
            // The latest context takes the place of an earlier one.
            Error::WithContext { cause, .. } => Error::WithContext { context, cause },
            other => Error::WithContext { context, cause: Arc::new(other) },
        }
    }
}

impl<T> ErrorContext for Result<T> {
    fn context<C: fmt::Display>(self, context: C) -> Self {
        self.map_err(|e| e.context(context))
    }

    fn with_context<C: fmt::Display>(self, context: impl FnOnce(&Error) -> C) -> Self {
        self.map_err(|e| e.with_context(context))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Error {}
    impl<T> Sealed for super::Result<T> {}
}

impl From<AddrParseError> for Error {
    fn from(error: AddrParseError) -> Self {
        Error::external(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::external(error)
    }
}

impl From<Utf8Error> for Error {
    fn from(error: Utf8Error) -> Self {
        Error::external(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let check = |e: Error, text: &str| assert_eq!(e.to_string(), text);
        check(Error::runtime("x"), "runtime error: x");
        check(
            Error::from_lua_conversion("nil", "i64", "expected number"),
            "error converting Lua nil to i64 (expected number)",
        );
        check(
            Error::bad_self_argument("T.m", Error::UserDataTypeMismatch),
            "bad argument `self` to `T.m`: userdata is not expected type",
        );
        check(Error::runtime("x").context("while y").context("while z"), "while z\nruntime error: x");
        let inner = Error::CallbackError {
            traceback: "stack traceback:\n\tx.lua:1\n\tx.lua:2".into(),
            cause: Arc::new(Error::runtime("x")),
        };
        let outer =
            Error::CallbackError { traceback: "stack traceback:\n\tx.lua:2".into(), cause: Arc::new(inner) };
        check(outer, "runtime error: x\nstack traceback:\n\tx.lua:1\n\t>x.lua:2\n");
    }

    #[test]
    fn embedders_errors_are_found_again() {
        let e = Error::external(std::io::Error::other("disk")).context("reading");
        let e = Error::CallbackError { traceback: String::new(), cause: Arc::new(e) };
        assert!(e.downcast_ref::<std::io::Error>().is_some());
        assert_eq!(e.chain().count(), 3);
        assert!(matches!(Error::external(Error::BindError), Error::BindError));
    }
}
