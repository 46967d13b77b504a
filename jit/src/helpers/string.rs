//! Strings.

use ferrous_lua_runtime::object::{Gc, LuaString};
use ferrous_lua_runtime::string::string_eq;
use ferrous_lua_runtime::text::number::parse_number;
use ferrous_lua_runtime::{Value, Vm, arith};

use super::object;
use crate::caught::caught;

const NULL: *mut LuaString = std::ptr::null_mut();

pub(super) unsafe extern "C" fn equal(_vm: *mut Vm, a: *mut LuaString, b: *mut LuaString) -> i64 {
    // SAFETY: rule 1.
    unsafe { string_eq(object(a), object(b)).into() }
}

pub(super) unsafe extern "C" fn compare(_vm: *mut Vm, a: *mut LuaString, b: *mut LuaString) -> i64 {
    // SAFETY: rule 1.
    unsafe { arith::compare_strings(object(a).bytes(), object(b).bytes()) as i64 }
}

/// Positions are those of the call, from the front or the back; null on failure.
pub(super) unsafe extern "C" fn sub(vm: *mut Vm, s: *mut LuaString, first: i64, last: i64) -> *mut LuaString {
    caught(NULL, || {
        // SAFETY: rule 1.
        let (vm, bytes) = unsafe { (&mut *vm, object(s).bytes()) };
        let len = bytes.len() as i64;
        let from_start = |position: i64| if position < 0 { (position + len + 1).max(0) } else { position };
        let (first, last) = (from_start(first).max(1), from_start(last).min(len));
        if first > last {
            return vm.names.empty.as_ptr();
        }
        if last - first + 1 == len {
            return s;
        }
        vm.intern_piece(&bytes[first as usize - 1..last as usize]).map_or(NULL, Gc::as_ptr)
    })
}

/// Null on failure.
pub(super) unsafe extern "C" fn char(vm: *mut Vm, code: i64) -> *mut LuaString {
    // SAFETY: rule 1.
    let made = |code| caught(NULL, || unsafe { (*vm).byte_string(code) }.map_or(NULL, Gc::as_ptr));
    u8::try_from(code).map_or(NULL, made)
}

/// The strings and numbers from a stack slot on, joined; null on failure.
pub(super) unsafe extern "C" fn concat(vm: *mut Vm, first: *const Value, count: i64) -> *mut LuaString {
    caught(NULL, || {
        // SAFETY: rule 1; the trace has written these slots.
        let joined = unsafe { arith::concat(&mut *vm, std::slice::from_raw_parts(first, count as usize)) };
        joined.ok().and_then(Value::as_string).map_or(NULL, Gc::as_ptr)
    })
}

/// Null on failure.
pub(super) unsafe extern "C" fn from_number(vm: *mut Vm, n: f64) -> *mut LuaString {
    // SAFETY: rule 1.
    caught(NULL, || unsafe { (*vm).number_to_string(n) }.map_or(NULL, Gc::as_ptr))
}

/// Nil if the string is no number.
pub(super) unsafe extern "C" fn to_number(_vm: *mut Vm, s: *mut LuaString) -> Value {
    // SAFETY: rule 1.
    caught(Value::NIL, || parse_number(unsafe { object(s) }.bytes()).map_or(Value::NIL, Value::number))
}
