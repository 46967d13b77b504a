//! The base library: types and conversion, raw access, metatables, traversal, errors, `print`.
//!
//! Its other halves are [`super::environment`], [`super::loading`] and [`super::collector`].

use super::{collector, environment, loading, new_function};
use crate::arith::{raw_equal, to_number};
use crate::error::Throw;
use crate::native::{Args, CALL_ARGS, Native, NativeKind, SequenceFrame, Step};
use crate::object::{Gc, Table};
use crate::string::Event;
use crate::table::Index;
use crate::text::number::{NumberBuf, format_number, parse_with_base};
use crate::{Value, Vm};

natives! {
    /// The global functions of this file.
    static FUNCTIONS of "_G";
    leaf ASSERT "assert" = assert;
    leaf ERROR "error" = error;
    leaf GETMETATABLE "getmetatable" = getmetatable;
    leaf IPAIRS "ipairs" = ipairs;
    leaf NEXT "next" = next;
    leaf PAIRS "pairs" = pairs;
    special PCALL "pcall" = Pcall;
    sequence PRINT "print" = print;
    leaf RAWEQUAL "rawequal" = rawequal;
    leaf RAWGET "rawget" = rawget;
    leaf RAWSET "rawset" = rawset;
    leaf SELECT "select" = select;
    leaf SETMETATABLE "setmetatable" = setmetatable;
    leaf TONUMBER "tonumber" = tonumber;
    sequence TOSTRING "tostring" = tostring;
    leaf TYPE "type" = type_;
    leaf UNPACK "unpack" = unpack;
    special XPCALL "xpcall" = Xpcall;
}

natives! {
    /// Those that are others in Lua 5.2.
    static FUNCTIONS_52 of "_G";
    sequence IPAIRS_52 "ipairs" = ipairs_52;
    sequence PAIRS_52 "pairs" = pairs_52;
    leaf RAWLEN "rawlen" = rawlen;
}

/// The iterator that `ipairs` returns.
pub static IPAIRS_ITERATOR: Native =
    Native { library: "_G", name: "ipairs_iterator", kind: NativeKind::Leaf(ipairs_iterator) };

/// Opens the base library.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    // SAFETY: the globals of a live state.
    let globals = unsafe { Gc::from_raw(vm.globals) };
    super::set_field(vm, globals, "_G", Value::table(globals))?;
    let version = vm.new_string(b"Lua 5.1")?;
    super::set_field(vm, globals, "_VERSION", version)?;
    super::add_functions(vm, globals, FUNCTIONS)?;
    if vm.options.lua52 {
        super::add_functions(vm, globals, FUNCTIONS_52)?;
    }
    super::add_functions(vm, globals, environment::FUNCTIONS)?;
    super::add_functions(vm, globals, collector::FUNCTIONS)?;
    loading::open(vm, globals)?;
    collector::open(vm, globals)?;
    let next = vm.intern(b"next").map_err(|_| vm.throw_memory())?;
    vm.next_function = vm.table_get_str(globals, next);
    vm.ipairs_iterator = new_function(vm, &IPAIRS_ITERATOR, &[])?;
    super::set_loaded(vm, "_G", Value::table(globals))
}

// ---- types and conversion

fn type_(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = vm.check_any(args, 0)?;
    args.ret1(Value::string(vm.names.type_name(v.type_of())))
}

/// `tostring(v)`. Asks `__tostring`, whose result may be anything.
fn tostring(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let out = frame.first_free();
    if frame.state == 0 {
        let v = vm.check_any(frame.args(), 0)?;
        let method = vm.metamethod(v, Event::ToString);
        if !method.is_nil() {
            frame.state = 1;
            frame.set_slot(out, method);
            frame.set_slot(out + CALL_ARGS, v);
            return Ok(Step::call(out, 1));
        }
        let text = vm.tostring_raw(v)?;
        frame.set_slot(out, Value::string(text));
    } else if frame.results == 0 {
        frame.set_slot(out, Value::NIL);
    }
    Ok(Step::done(out, 1))
}

fn tonumber(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let base = vm.opt_int(args, 1, 10)?;
    if base == 10 {
        let v = vm.check_any(args, 0)?;
        return args.ret1(to_number(v).map_or(Value::NIL, Value::number));
    }
    let text = vm.check_string(args, 0)?;
    if !(2..=36).contains(&base) {
        return Err(vm.arg_error(1, "base out of range"));
    }
    args.ret1(parse_with_base(text.bytes(), base as u32).map_or(Value::NIL, Value::number))
}

// ---- errors

/// `error(message, level)`: strings and numbers get the position of the level in front.
fn error(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let level = vm.opt_int(args, 1, 1)?;
    let value = args.get(0);
    if level > 0 && (value.is_string() || value.is_number()) {
        let message = vm.tostring_raw(value)?;
        return Err(vm.error_at_level(level as u32, message.bytes()));
    }
    Err(vm.throw(value))
}

fn assert(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = vm.check_any(args, 0)?;
    if v.is_falsy() {
        let message = vm.opt_string(args, 1)?.map_or(&b"assertion failed!"[..], |s| s.bytes());
        // The text goes through C's `%s` there: it ends at a NUL.
        let message = message.split(|&b| b == 0).next().unwrap_or_default();
        return Err(vm.runtime_error(message));
    }
    // All arguments are results: two places lower than they are.
    for i in 0..args.count {
        args.put(i, args.get(i));
    }
    Ok(args.count)
}

// ---- raw access and metatables

fn rawequal(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (a, b) = (vm.check_any(args, 0)?, vm.check_any(args, 1)?);
    args.ret1(Value::boolean(raw_equal(a, b)))
}

fn rawget(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    let key = vm.check_any(args, 1)?;
    args.ret1(vm.table_get(t, key))
}

fn rawset(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    let (key, value) = (vm.check_any(args, 1)?, vm.check_any(args, 2)?);
    vm.raw_set(t, key, value)?;
    args.ret1(args.get(0))
}

fn getmetatable(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = vm.check_any(args, 0)?;
    let Some(metatable) = vm.metatable_of(v) else { return args.ret1(Value::NIL) };
    let shown = vm.table_get_str(metatable, vm.names.metatable);
    args.ret1(if shown.is_nil() { Value::table(metatable) } else { shown })
}

fn setmetatable(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    let metatable = args.get(1).as_table();
    // Nil must have been given.
    if metatable.is_none() && !(args.is_given(1) && args.get(1).is_nil()) {
        return Err(vm.arg_error(1, "nil or table expected"));
    }
    let protected = vm.table_metatable(t).is_some_and(|old| {
        let shown = vm.table_get_str(old, vm.names.metatable);
        !shown.is_nil()
    });
    if protected {
        return Err(vm.runtime_error(b"cannot change a protected metatable"));
    }
    vm.check_writable(t)?;
    vm.table_set_metatable(t, metatable).map_err(|e| vm.throw_set_error(e.into()))?;
    args.ret1(args.get(0))
}

// ---- traversal

fn next(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    match vm.table_next(t, args.get(1)) {
        Ok(Some((key, value))) => args.ret2(key, value),
        Ok(None) => args.ret1(Value::NIL),
        // PUC raises this as an operator's error: without a position.
        Err(_) => Err(vm.operation_error(b"invalid key to 'next'")),
    }
}

fn pairs(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    vm.check_table(args, 0)?;
    let t = args.get(0);
    args.put(0, vm.next_function);
    args.put(1, t);
    args.put(2, Value::NIL);
    Ok(3)
}

fn ipairs(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    vm.check_table(args, 0)?;
    let t = args.get(0);
    args.put(0, vm.ipairs_iterator);
    args.put(1, t);
    args.put(2, Value::ZERO);
    Ok(3)
}

fn pairs_52(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let iterator = vm.next_function;
    traverse_52(vm, frame, b"__pairs", iterator, Value::NIL)
}

fn ipairs_52(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let iterator = vm.ipairs_iterator;
    traverse_52(vm, frame, b"__ipairs", iterator, Value::ZERO)
}

/// The three values for a generic `for`: what the metamethod gives, or `iterator`, the table and `start`.
fn traverse_52(
    vm: &mut Vm,
    frame: &mut SequenceFrame,
    event: &[u8],
    iterator: Value,
    start: Value,
) -> Result<Step, Throw> {
    let first = frame.first_free();
    if frame.state == 1 {
        for i in frame.results.min(3)..3 {
            frame.set_slot(first + i, Value::NIL);
        }
        return Ok(Step::done(first, 3));
    }
    let object = vm.check_any(frame.args(), 0)?;
    let event = vm.intern(event).map_err(|_| vm.throw_memory())?;
    let method = vm.metatable_of(object).map_or(Value::NIL, |m| vm.table_get_str(m, event));
    if !method.is_nil() {
        frame.state = 1;
        frame.set_slot(first, method);
        frame.set_slot(first + CALL_ARGS, object);
        return Ok(Step::call(first, 1));
    }
    vm.check_table(frame.args(), 0)?;
    for (slot, v) in (first..).zip([iterator, object, start]) {
        frame.set_slot(slot, v);
    }
    Ok(Step::done(first, 3))
}

/// The length of a table or string, whatever its metatable says.
fn rawlen(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = args.get(0);
    match (v.as_table(), v.as_string()) {
        (Some(t), _) => args.ret1(Value::number(vm.table_len(t) as f64)),
        (_, Some(s)) => args.ret1(Value::number(f64::from(s.len))),
        _ => Err(vm.arg_error(0, "table or string expected")),
    }
}

fn ipairs_iterator(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let i = vm.check_int(args, 1)?.wrapping_add(1);
    let t = vm.check_table(args, 0)?;
    let v = vm.table_get_int(t, i64::from(i));
    if v.is_nil() {
        return args.ret0();
    }
    args.ret2(Value::number(f64::from(i)), v)
}

// ---- argument lists

fn select(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let rest = args.count.saturating_sub(1);
    if args.get(0).as_string().is_some_and(|s| s.bytes().first() == Some(&b'#')) {
        return args.ret1(Value::number(f64::from(rest)));
    }
    let n = i64::from(vm.check_int(args, 0)?);
    let from = match n {
        n if n < 0 => i64::from(args.count) + n,
        n => n.min(i64::from(args.count)),
    };
    if from < 1 {
        return Err(vm.arg_error(0, "index out of range"));
    }
    let from = from as u32;
    for i in from..args.count {
        args.put(i - from, args.get(i));
    }
    Ok(args.count - from)
}

/// `unpack(t, i, j)`; also `table.unpack`.
pub fn unpack(vm: &mut Vm, mut args: Args) -> Result<u32, Throw> {
    let t = vm.check_table(args, 0)?;
    let first = i64::from(vm.opt_int(args, 1, 1)?);
    let last = match args.get(2) {
        v if v.is_nil() => vm.table_len(t) as i64,
        _ => i64::from(vm.check_int(args, 2)?),
    };
    if first > last {
        return args.ret0();
    }
    let count = last - first + 1;
    if count as usize > vm.options.max_stack / 2 {
        return Err(vm.runtime_error(b"too many results to unpack"));
    }
    vm.reserve_results(&mut args, count as usize)?;
    put_elements(vm, t, first, args, count as u32);
    Ok(count as u32)
}

/// Puts `t[first]` and the `count - 1` elements behind it as results.
fn put_elements(vm: &Vm, t: Gc<Table>, first: i64, args: Args, count: u32) {
    let array = vm.table_array(t);
    // The array part starts with key 1.
    if let Some(elements) =
        usize::try_from(first - 1).ok().and_then(|from| array.get(from..from + count as usize))
    {
        for (i, &v) in elements.iter().enumerate() {
            args.put(i as u32, v);
        }
        return;
    }
    for i in 0..count {
        args.put(i, vm.table_get_int(t, first + i64::from(i)));
    }
}

// ---- print

/// The state of a `print` that waits for the global `tostring`; others count the arguments asked about.
const LOOKING_UP: u32 = u32::MAX >> 8;

/// `print(...)`: asks the global `tostring` for each argument. Where that is ours and has nobody to ask, no call is made.
fn print(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    // Slot `tostring` holds the function all the time; a call happens in the slots above.
    let tostring = frame.first_free();
    let call = tostring + 1;
    let result = if frame.results > 0 { frame.slot(call) } else { Value::NIL };
    let mut i = frame.state;
    if i == 0 {
        // SAFETY: the globals of a live state.
        let globals = Value::table(unsafe { Gc::from_raw(vm.thread_globals()) });
        let name = vm.new_string(b"tostring")?;
        match vm.index_chain(globals, name) {
            Index::Value(function) => frame.set_slot(tostring, function),
            Index::Call { handler, object } => {
                frame.state = LOOKING_UP;
                // Slots below a call's are kept, so this one has to hold something.
                frame.set_slot(tostring, Value::NIL);
                frame.set_slot(call, handler);
                frame.set_slot(call + CALL_ARGS, object);
                frame.set_slot(call + CALL_ARGS + 1, name);
                return Ok(Step::call(call, 2));
            }
            Index::NotIndexable(v) => return Err(vm.operand_error("index", v, None)),
            Index::Loop => return Err(vm.operation_error(b"loop in gettable")),
        }
    } else if i == LOOKING_UP {
        frame.set_slot(tostring, result);
        i = 0;
    } else {
        if !(result.is_string() || result.is_number()) {
            return Err(vm.runtime_error(b"'tostring' must return a string to 'print'"));
        }
        print_piece(vm, i - 1, result)?;
    }
    let function = frame.slot(tostring);
    let ours = function.as_native_function().is_some_and(|f| std::ptr::eq(f.native, &TOSTRING));
    while i < frame.nargs {
        let v = frame.arg(i);
        i += 1;
        if ours && vm.metamethod(v, Event::ToString).is_nil() {
            print_piece(vm, i - 1, v)?;
            continue;
        }
        frame.state = i;
        frame.set_slot(call, function);
        frame.set_slot(call + CALL_ARGS, v);
        return Ok(Step::call(call, 1));
    }
    vm.write_output(b"\n");
    Ok(Step::done(call, 0))
}

/// Writes the text of argument `i` of `print`: up to a NUL, where C's `fputs` ends.
fn print_piece(vm: &mut Vm, i: u32, v: Value) -> Result<(), Throw> {
    if i > 0 {
        vm.write_output(b"\t");
    }
    if let Some(n) = v.as_number() {
        vm.write_output(format_number(n, &mut NumberBuf::new()));
        return Ok(());
    }
    let text = vm.tostring_raw(v)?.bytes();
    let end = memchr::memchr(0, text).unwrap_or(text.len());
    vm.write_output(&text[..end]);
    Ok(())
}
