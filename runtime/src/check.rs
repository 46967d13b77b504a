//! Argument checks: what native functions demand of their arguments, and what they say when they do not get it.
//!
//! Arguments are counted from 0 here, as in [`Args`]; messages count from 1. The texts, and the name that a function
//! is called by in them, are those of PUC's auxiliary library (`lauxlib.c`). Numbers and strings stand in
//! for each other where Lua coerces them.

use crate::arith;
use crate::error::Throw;
use crate::names::NameKind;
use crate::native::Args;
use crate::object::{Gc, LuaString, Table, Thread, Userdata};
use crate::{Value, Vm};

/// `n` as a C integer of 64 bits: truncated, and the least integer when it is out of range or not a number, which is
/// what the conversion instruction of x86-64 gives and so what programs see of PUC Lua there.
#[inline]
pub fn to_integer(n: f64) -> i64 {
    // -2^63 is exact; 2^63 is the first double above the range.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&n) { n as i64 } else { i64::MIN }
}

impl Vm {
    /// The number that argument `i` is or stands for.
    #[inline]
    pub fn check_number(&mut self, args: Args, i: u32) -> Result<f64, Throw> {
        match args.get(i).as_number() {
            Some(n) => Ok(n),
            None => self.number_from_other(args, i),
        }
    }

    #[cold]
    fn number_from_other(&mut self, args: Args, i: u32) -> Result<f64, Throw> {
        match arith::to_number(args.get(i)) {
            Some(n) => Ok(n),
            None => Err(self.type_error(args, i, "number")),
        }
    }

    /// As [`Vm::check_number`], with `default` for an argument that is absent or nil.
    pub fn opt_number(&mut self, args: Args, i: u32, default: f64) -> Result<f64, Throw> {
        if args.get(i).is_nil() { Ok(default) } else { self.check_number(args, i) }
    }

    /// The argument as an integer ([`to_integer`]).
    ///
    /// Source: `luaL_checkinteger`.
    #[inline]
    pub fn check_integer(&mut self, args: Args, i: u32) -> Result<i64, Throw> {
        Ok(to_integer(self.check_number(args, i)?))
    }

    /// As [`Vm::check_integer`], with `default` for an argument that is absent or nil.
    #[inline]
    pub fn opt_integer(&mut self, args: Args, i: u32, default: i64) -> Result<i64, Throw> {
        if args.get(i).is_nil() { Ok(default) } else { self.check_integer(args, i) }
    }

    /// The argument as a C `int`: the low 32 bits of [`Vm::check_integer`].
    ///
    /// Source: `luaL_checkint`.
    #[inline]
    pub fn check_int(&mut self, args: Args, i: u32) -> Result<i32, Throw> {
        Ok(self.check_integer(args, i)? as i32)
    }

    /// As [`Vm::check_int`], with `default` for an argument that is absent or nil.
    #[inline]
    pub fn opt_int(&mut self, args: Args, i: u32, default: i32) -> Result<i32, Throw> {
        if args.get(i).is_nil() { Ok(default) } else { self.check_int(args, i) }
    }

    /// The string that argument `i` is, or its number's text.
    #[inline]
    pub fn check_string(&mut self, args: Args, i: u32) -> Result<Gc<LuaString>, Throw> {
        match args.get(i).as_string() {
            Some(s) => Ok(s),
            None => self.string_from_other(args, i),
        }
    }

    #[cold]
    fn string_from_other(&mut self, args: Args, i: u32) -> Result<Gc<LuaString>, Throw> {
        match args.get(i).as_number() {
            Some(n) => self.number_to_string(n),
            None => Err(self.type_error(args, i, "string")),
        }
    }

    /// As [`Vm::check_string`]; `None` for an argument that is absent or nil.
    pub fn opt_string(&mut self, args: Args, i: u32) -> Result<Option<Gc<LuaString>>, Throw> {
        if args.get(i).is_nil() { Ok(None) } else { self.check_string(args, i).map(Some) }
    }

    #[inline]
    pub fn check_table(&mut self, args: Args, i: u32) -> Result<Gc<Table>, Throw> {
        match args.get(i).as_table() {
            Some(t) => Ok(t),
            None => Err(self.type_error(args, i, "table")),
        }
    }

    pub fn check_function(&mut self, args: Args, i: u32) -> Result<Value, Throw> {
        let v = args.get(i);
        if v.is_function() { Ok(v) } else { Err(self.type_error(args, i, "function")) }
    }

    pub fn check_userdata(&mut self, args: Args, i: u32) -> Result<Gc<Userdata>, Throw> {
        match args.get(i).as_userdata() {
            Some(u) => Ok(u),
            None => Err(self.type_error(args, i, "userdata")),
        }
    }

    /// A coroutine. The text is that of `coroutine.resume` and its like, which do not go through the usual type error.
    pub fn check_thread(&mut self, args: Args, i: u32) -> Result<Gc<Thread>, Throw> {
        match args.get(i).as_thread() {
            Some(t) => Ok(t),
            None => Err(self.arg_error(i, "coroutine expected")),
        }
    }

    /// Any value, nil included, as long as it was given.
    #[inline]
    pub fn check_any(&mut self, args: Args, i: u32) -> Result<Value, Throw> {
        if args.is_given(i) { Ok(args.get(i)) } else { Err(self.arg_error(i, "value expected")) }
    }

    /// The place in `options` of the string that argument `i` is; `default` stands for an absent one or nil.
    ///
    /// Source: `luaL_checkoption`.
    pub fn check_option(
        &mut self,
        args: Args,
        i: u32,
        default: Option<usize>,
        options: &[&str],
    ) -> Result<usize, Throw> {
        if let (Some(default), true) = (default, args.get(i).is_nil()) {
            return Ok(default);
        }
        let name = self.check_string(args, i)?.bytes();
        match options.iter().position(|o| o.as_bytes() == name) {
            Some(n) => Ok(n),
            None => Err(self.arg_error_bytes(i, &[b"invalid option '", name, b"'"].concat())),
        }
    }

    /// `bad argument #1 to 'insert' (message)`, as an error at the place of the call.
    #[cold]
    pub fn arg_error(&mut self, i: u32, message: &str) -> Throw {
        self.arg_error_bytes(i, message.as_bytes())
    }

    /// As [`Vm::arg_error`], for a text that may be anything.
    ///
    /// Source: `luaL_argerror`. The first argument of a method call is not counted.
    #[cold]
    pub fn arg_error_bytes(&mut self, i: u32, message: &[u8]) -> Throw {
        let (kind, name) = match self.calling_name() {
            Some((kind, name)) => (Some(kind), name),
            None => (None, b"?".to_vec()),
        };
        let text = match (kind, i) {
            (Some(NameKind::Method), 0) => {
                [b"calling '", &name[..], b"' on bad self (", message, b")"].concat()
            }
            (kind, i) => {
                let number = if kind == Some(NameKind::Method) { i } else { i + 1 };
                let number = number.to_string();
                [b"bad argument #", number.as_bytes(), b" to '", &name, b"' (", message, b")"].concat()
            }
        };
        self.runtime_error(&text)
    }

    /// `expected` expected, got what argument `i` is.
    ///
    /// Source: `luaL_typerror`.
    #[cold]
    pub fn type_error(&mut self, args: Args, i: u32, expected: &str) -> Throw {
        let got = if args.is_given(i) { args.get(i).type_name() } else { "no value" };
        self.arg_error(i, &format!("{expected} expected, got {got}"))
    }
}
