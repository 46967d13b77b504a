//! `collectgarbage`, `gcinfo` and `newproxy`: what a program has to do with the collector.

use super::{new_function, set_field, upvalue};
use crate::error::Throw;
use crate::level::Level;
use crate::native::{Args, CALL_ARGS, MIN_NATIVE_SLOTS, Native, NativeKind, SequenceFrame, Step};
use crate::object::{Gc, Table};
use crate::string::Event;
use crate::{Value, Vm};

natives! {
    /// The functions of this file that need no upvalue.
    pub static FUNCTIONS of "_G";
    sequence COLLECTGARBAGE "collectgarbage" = collectgarbage;
    leaf GCINFO "gcinfo" = gcinfo;
}

/// `newproxy`; its upvalue holds, weakly, the metatables that it has made.
pub static NEWPROXY: Native = Native { library: "_G", name: "newproxy", kind: NativeKind::Leaf(newproxy) };

/// Adds `newproxy`.
pub fn open(vm: &mut Vm, globals: Gc<Table>) -> Result<(), Throw> {
    let proxies = vm.new_table(0, 2).map_err(|_| vm.throw_memory())?;
    let mode = vm.new_string(b"kv")?;
    set_field(vm, proxies, "__mode", mode)?;
    vm.table_set_metatable(proxies, Some(proxies)).map_err(|e| vm.throw_set_error(e.into()))?;
    let function = new_function(vm, &NEWPROXY, &[Value::table(proxies)])?;
    set_field(vm, globals, NEWPROXY.name, function)
}

const OPTIONS: &[&str] = &["stop", "restart", "collect", "count", "step", "setpause", "setstepmul"];

/// A sequence and no leaf because a collection must find the interpreter's registers saved.
fn collectgarbage(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    if frame.state == 1 {
        vm.end_finalizer();
        return Ok(finalize_next(vm, frame));
    }
    let args = frame.args();
    let option = vm.check_option(args, 0, Some(2), OPTIONS)?;
    let argument = vm.opt_int(args, 1, 0)?;
    let out = frame.first_free();
    // The collector takes what lies in this frame's slots for live, and they hold what earlier calls have left there.
    // Slot 0 is the interpreter's, which writes it when it leaves a sequence for a call.
    for slot in std::iter::once(0).chain(out..out + MIN_NATIVE_SLOTS as u32) {
        frame.set_slot(slot, Value::NIL);
    }
    let result = match OPTIONS[option] {
        "stop" => {
            vm.heap.stop();
            Value::ZERO
        }
        "restart" => {
            vm.heap.restart();
            Value::ZERO
        }
        "collect" => {
            vm.full_collect();
            Value::ZERO
        }
        "count" => Value::number(vm.heap.used_bytes() as f64 / 1024.0),
        "step" => Value::boolean(vm.gc_step(argument.max(0) as usize)),
        "setpause" => Value::number(f64::from(vm.heap.set_pause(argument.max(0) as u32))),
        _ => Value::number(f64::from(vm.heap.set_stepmul(argument.max(0) as u32))),
    };
    frame.set_slot(out, result);
    Ok(finalize_next(vm, frame))
}

/// Calls the next finaliser that the collection has queued, so that its errors are this function's. The result is in the first free
/// slot.
fn finalize_next(vm: &mut Vm, frame: &mut SequenceFrame) -> Step {
    let out = frame.first_free();
    while !vm.finalizing
        && let Some(object) = vm.heap.finalizers.pop_front()
    {
        let method = vm.metamethod(object, Event::Gc);
        if method.is_function() {
            let at = out + 1;
            frame.set_slot(at, method);
            frame.set_slot(at + CALL_ARGS, object);
            frame.state = 1;
            vm.begin_finalizer(frame.base.wrapping_add(at as usize));
            return Step::call(at, 1);
        }
    }
    Step::done(out, 1)
}

fn gcinfo(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    args.ret1(Value::number((vm.heap.used_bytes() / 1024) as f64))
}

/// `newproxy(true)`: a userdata with a new metatable; `newproxy(proxy)`: one that shares the proxy's.
fn newproxy(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let proxies = upvalue(vm.level(0).map_or(Value::NIL, Level::function), 0).as_table();
    let model = args.get(0);
    let metatable = if model.is_falsy() {
        None
    } else if model == Value::TRUE {
        let metatable = vm.new_table(0, 2).map_err(|_| vm.throw_memory())?;
        if let Some(proxies) = proxies {
            vm.raw_set(proxies, Value::table(metatable), Value::TRUE)?;
        }
        Some(metatable)
    } else {
        let known = vm
            .metatable_of(model)
            .filter(|&m| proxies.is_some_and(|p| vm.table_get(p, Value::table(m)).is_truthy()));
        match known {
            Some(m) => Some(m),
            None => return Err(vm.arg_error(0, "boolean or proxy expected")),
        }
    };
    let metatable = metatable.map_or(std::ptr::null_mut(), Gc::as_ptr);
    match vm.new_userdata(metatable, 0, 0) {
        Ok(u) => args.ret1(Value::userdata(u)),
        Err(_) => Err(vm.throw_memory()),
    }
}
