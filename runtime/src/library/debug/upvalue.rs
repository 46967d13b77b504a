//! The upvalues of functions, for `debug` to show, to set and to join.
//!
//! A captured variable that is never assigned afterwards is no cell that closures share: each holds the value. Such an upvalue is
//! identified by its place in the closure, and joining it copies.
//!
//! Source: `ldblib.c`; `upvalueid` and `upvaluejoin` are those of LuaJIT's `lib_debug.c`.

use crate::error::Throw;
use crate::native::Args;
use crate::object::{Gc, Header, LuaFunction, LuaString, NativeFunction, UpvalueCell};
use crate::proto::Closures;
use crate::vm::JitRequest;
use crate::{Value, Vm};

/// Upvalue `n`, from 1, of a Lua function.
struct Upvalue {
    name: &'static [u8],
    slot: *mut Value,
    /// What holds the slot, for the barrier.
    holder: *mut Header,
    /// Where the function keeps the cell, unless it holds the value itself.
    cell: Option<*mut Value>,
}

impl Upvalue {
    fn find(function: Gc<LuaFunction>, n: i32) -> Option<Upvalue> {
        let n = usize::try_from(n).ok()?.checked_sub(1)?;
        // SAFETY: a function keeps its prototype, which keeps the names.
        let proto = unsafe { &*function.proto };
        let description = proto.upvalues.get(n)?;
        // SAFETY: as above.
        let name = unsafe { LuaString::bytes_of(*proto.upvalue_names.get(n)?) };
        let slot = LuaFunction::upvalues(function.as_ptr()).wrapping_add(n);
        if description.by_value {
            return Some(Upvalue { name, slot, holder: function.header(), cell: None });
        }
        // SAFETY: the function has as many upvalues as its prototype says; this one is a cell.
        unsafe {
            let cell = (*slot).to_bits() as *mut UpvalueCell;
            Some(Upvalue { name, slot: (*cell).v, holder: cell as *mut Header, cell: Some(slot) })
        }
    }

    fn value(&self) -> Value {
        // SAFETY: the slot of a live function or cell.
        unsafe { *self.slot }
    }

    fn set(&self, vm: &mut Vm, value: Value) {
        // SAFETY: as above; the holder is what the slot is part of.
        unsafe {
            *self.slot = value;
            if value.is_collectable() {
                vm.heap.barrier(self.holder);
            }
        }
    }
}

/// Drops the native code that may have taken an upvalue of this function, or the cell that it is in, for a constant.
fn forget_constants(vm: &mut Vm, function: Gc<LuaFunction>) {
    // SAFETY: a function keeps its prototype.
    unsafe { (*function.proto).closures = Closures::Many };
    (vm.jit.control)(vm, JitRequest::FlushProto(function.proto));
}

/// The upvalue that the first two arguments of `getupvalue` and `setupvalue` name. Native functions show none.
fn upvalue_argument(vm: &mut Vm, args: Args) -> Result<Option<Upvalue>, Throw> {
    let n = vm.check_int(args, 1)?;
    let function = vm.check_function(args, 0)?;
    Ok(function.as_lua_function().and_then(|f| Upvalue::find(f, n)))
}

pub(super) fn getupvalue(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let Some(upvalue) = upvalue_argument(vm, args)? else { return args.ret0() };
    let value = upvalue.value();
    let name = vm.new_string(upvalue.name)?;
    args.ret2(name, value)
}

pub(super) fn setupvalue(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let value = vm.check_any(args, 2)?;
    let Some(upvalue) = upvalue_argument(vm, args)? else { return args.ret0() };
    if let Some(function) = args.get(0).as_lua_function() {
        forget_constants(vm, function);
    }
    upvalue.set(vm, value);
    let name = vm.new_string(upvalue.name)?;
    args.ret1(name)
}

/// `debug.upvalueid(function, n)`: a light userdata, the same one for all functions that share the variable.
pub(super) fn upvalueid(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let function = vm.check_function(args, 0)?;
    let n = vm.check_int(args, 1)?;
    let place = match (function.as_lua_function(), function.as_native_function()) {
        (Some(f), _) => Upvalue::find(f, n).map(|upvalue| match upvalue.cell {
            Some(_) => upvalue.holder as u64,
            None => upvalue.slot as u64,
        }),
        (_, Some(f)) if (1..=i32::from(f.header.small)).contains(&n) => {
            Some(NativeFunction::upvalues(f.as_ptr()).wrapping_add(n as usize - 1) as u64)
        }
        _ => None,
    };
    let Some(place) = place else { return Err(vm.arg_error(1, OUT_OF_RANGE)) };
    args.ret1(Value::light_userdata(place).expect("addresses of objects fit a light userdata"))
}

/// There is no upvalue of this number.
const OUT_OF_RANGE: &str = "index out of range";

/// `debug.upvaluejoin(f1, n1, f2, n2)`: from now on upvalue `n1` of `f1` is the variable that upvalue `n2` of `f2` is.
pub(super) fn upvaluejoin(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (function, to) = lua_upvalue_argument(vm, args, 0)?;
    let (_, from) = lua_upvalue_argument(vm, args, 2)?;
    forget_constants(vm, function);
    match (to.cell, from.cell) {
        // SAFETY: both functions are live, and keep their cells in these places.
        (Some(to), Some(from)) => unsafe {
            *to = *from;
            vm.heap.barrier(function.header());
        },
        _ => to.set(vm, from.value()),
    }
    args.ret0()
}

/// A Lua function and the upvalue that the argument behind it names.
fn lua_upvalue_argument(vm: &mut Vm, args: Args, i: u32) -> Result<(Gc<LuaFunction>, Upvalue), Throw> {
    let Some(function) = vm.check_function(args, i)?.as_lua_function() else {
        return Err(vm.arg_error(i, "Lua function expected"));
    };
    let n = vm.check_int(args, i + 1)?;
    match Upvalue::find(function, n) {
        Some(upvalue) => Ok((function, upvalue)),
        None => Err(vm.arg_error(i + 1, OUT_OF_RANGE)),
    }
}
