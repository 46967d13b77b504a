//! The module `string.buffer`: LuaJIT's growing texts, which also hold values in a compact form.
//!
//! | file | |
//! |---|---|
//! | this one | the module and the methods of buffers |
//! | `content` | the bytes of a buffer, and what keeps count of them |
//! | `encode`, `decode` | values as bytes, and back |
//!
//! A buffer is a userdata. Its payload is its [`Content`]; the tables of strings and metatables that it was made with, if any, are
//! in the table that is its environment. There is no `reserve`, `commit`, `ref` or `putcdata`, which are for C data.
//!
//! Source: "String Buffer Library" of LuaJIT's manual; `lib_buffer.c`.

mod content;
mod decode;
mod encode;

pub use content::release;

use super::string::append_formatted;
use super::{add_functions, new_function, new_library, set_field, set_loaded, set_upvalue, upvalue};
use crate::error::Throw;
use crate::native::{Args, CALL_ARGS, Native, NativeKind, SequenceFrame, Step};
use crate::object::{Gc, Table, Userdata};
use crate::string::Event;
use crate::text::number::{NumberBuf, format_number};
use crate::{Value, Vm};
use content::{Content, PAYLOAD_BUFFER};
use decode::Decoder;
use encode::Encoder;

natives! {
    /// What the module holds besides `new`.
    static FUNCTIONS of "string.buffer";
    leaf ENCODE "encode" = encode_value;
    leaf DECODE "decode" = decode_string;
}

natives! {
    /// The methods of buffers.
    static METHODS of "buffer";
    leaf BUFFER_DECODE "decode" = buffer_decode;
    leaf BUFFER_ENCODE "encode" = buffer_encode;
    leaf FREE "free" = free;
    leaf GET "get" = get;
    sequence PUT "put" = put;
    leaf PUTF "putf" = putf;
    leaf RESET "reset" = reset;
    leaf SET "set" = set;
    leaf SKIP "skip" = skip;
}

natives! {
    /// The metamethods of buffers.
    static METAMETHODS of "buffer";
    leaf CONCAT "__concat" = concat;
    leaf LEN "__len" = len;
    leaf TOSTRING "__tostring" = tostring;
}

/// `new`; its upvalue is the metatable of buffers.
static NEW: Native = Native { library: "string.buffer", name: "new", kind: NativeKind::Leaf(new) };

/// What `package.preload` has under the module's name.
pub static OPEN: Native =
    Native { library: "package.preload", name: "string.buffer", kind: NativeKind::Leaf(open) };

fn open(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let methods = new_library(vm, METHODS, 1)?;
    let metatable = new_library(vm, METAMETHODS, 2)?;
    set_field(vm, metatable, "__index", Value::table(methods))?;
    let name = vm.new_string(b"buffer")?;
    set_field(vm, metatable, "__metatable", name)?;
    let tostring = vm.metamethod_in(metatable, Event::ToString);
    set_field(vm, methods, "tostring", tostring)?;
    let module = new_library(vm, &[], FUNCTIONS.len() + 1)?;
    add_functions(vm, module, FUNCTIONS)?;
    let new = new_function(vm, &NEW, &[Value::NIL])?;
    set_upvalue(vm, new, 0, Value::table(metatable));
    set_field(vm, module, NEW.name, new)?;
    set_loaded(vm, OPEN.name, Value::table(module))?;
    args.ret1(Value::table(module))
}

// ---- buffers and their options

/// What a buffer encodes by number, and decodes.
#[derive(Clone, Copy, Default)]
struct Dictionaries {
    /// Strings, from number 0 at index 1 on.
    strings: Option<Gc<Table>>,
    string_numbers: Option<Gc<Table>>,
    metatables: Option<Gc<Table>>,
    metatable_numbers: Option<Gc<Table>>,
}

/// Where [`Dictionaries`] are kept in a buffer's environment: under the numbers from 1 on.
const DICTIONARIES: usize = 4;

impl Dictionaries {
    fn of(vm: &Vm, buffer: Gc<Userdata>) -> Dictionaries {
        let with_options = Content::of(vm, buffer).has_options;
        if !with_options || buffer.env.is_null() {
            return Dictionaries::default();
        }
        // SAFETY: an environment is a live table. (A program may have set another one: what is no table is not there.)
        let env = unsafe { Gc::from_raw(buffer.env) };
        let table = |i| vm.table_get_int(env, i).as_table();
        Dictionaries {
            strings: table(1),
            string_numbers: table(2),
            metatables: table(3),
            metatable_numbers: table(4),
        }
    }

    /// The table that is to be the environment of a buffer with these options.
    fn of_options(vm: &mut Vm, options: Gc<Table>) -> Result<Gc<Table>, Throw> {
        let kept = vm.new_table(DICTIONARIES, 0).map_err(|_| vm.throw_memory())?;
        for (at, name) in [(1, "dict"), (3, "metatable")] {
            let fits = if name == "dict" { Value::is_string } else { Value::is_table };
            let key = vm.intern(name.as_bytes()).map_err(|_| vm.throw_memory())?;
            let listed = vm.table_get_str(options, key);
            let Some(listed) = listed.as_table() else { continue };
            let numbers = vm.new_table(0, 0).map_err(|_| vm.throw_memory())?;
            for i in 1..=vm.table_len(listed) as i64 {
                let v = vm.table_get_int(listed, i);
                if !fits(v) {
                    return Err(vm.runtime_error(b"bad options table"));
                }
                vm.raw_set(numbers, v, Value::number((i - 1) as f64))?;
            }
            vm.raw_set_int(kept, at, Value::table(listed))?;
            vm.raw_set_int(kept, at + 1, Value::table(numbers))?;
        }
        Ok(kept)
    }
}

/// `new([size] [, options])`
fn new(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let metatable = upvalue(vm.leaf, 0).as_table();
    let (size, options) = match args.get(0).as_table() {
        Some(options) => (0, Some(options)),
        None => {
            let size = if args.get(0).is_nil() { 0 } else { byte_count(vm, args, 0)? };
            (size, if args.get(1).is_nil() { None } else { Some(vm.check_table(args, 1)?) })
        }
    };
    let env = options.map(|options| Dictionaries::of_options(vm, options)).transpose()?;
    let content = Content::new(env.is_some());
    let payload = vm.keep_payload(Box::new(content), 0).map_err(|_| vm.throw_memory())?;
    let made = vm.new_userdata(metatable.map_or(std::ptr::null_mut(), Gc::as_ptr), payload, PAYLOAD_BUFFER);
    let Ok(buffer) = made else {
        vm.bury_payload(payload);
        return Err(vm.throw_memory());
    };
    if let Some(env) = env {
        // SAFETY: a new userdata, which nobody else has seen.
        unsafe { (*buffer.as_ptr()).env = env.as_ptr() };
    }
    content::make_room(vm, buffer, size)?;
    args.ret1(Value::userdata(buffer))
}

fn as_buffer(v: Value) -> Option<Gc<Userdata>> {
    v.as_userdata().filter(|u| u.payload_kind == PAYLOAD_BUFFER)
}

/// The buffer that a method is called on.
fn this(vm: &mut Vm, args: Args) -> Result<Gc<Userdata>, Throw> {
    as_buffer(args.get(0)).ok_or_else(|| vm.type_error(args, 0, "buffer"))
}

/// Argument `i` as a number of bytes.
fn byte_count(vm: &mut Vm, args: Args, i: u32) -> Result<usize, Throw> {
    let n = vm.check_int(args, i)?;
    usize::try_from(n).map_err(|_| vm.arg_error(i, "number out of range"))
}

// ---- text

/// The bytes that a value stands for without being asked: a string's, a number's, a buffer's.
fn text_of(vm: &Vm, v: Value, number: &mut NumberBuf) -> Option<Vec<u8>> {
    if let Some(n) = v.as_number() {
        return Some(format_number(n, number).to_vec());
    }
    match v.as_string() {
        Some(s) => Some(s.bytes().to_vec()),
        None => as_buffer(v).map(|buffer| Content::of(vm, buffer).unread().to_vec()),
    }
}

/// `buffer:put(...)`: appends strings, numbers, buffers, and what `__tostring` gives.
///
/// The state of the sequence is the number of the argument whose metamethod has been asked.
fn put(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let (args, call) = (frame.args(), frame.first_free());
    let buffer = this(vm, args)?;
    let mut i = frame.state.max(1);
    if frame.state != 0 {
        let result = if frame.results > 0 { frame.slot(call) } else { Value::NIL };
        if !(result.is_string() || result.is_number()) {
            return Err(vm.type_error(args, i, "string/number/__tostring"));
        }
        append_value(vm, buffer, result)?;
        i += 1;
    }
    while i < frame.nargs {
        let v = frame.arg(i);
        if v == args.get(0) {
            return Err(vm.arg_error(i, "cannot put buffer into itself"));
        }
        if !append_value(vm, buffer, v)? {
            let method = vm.metamethod(v, Event::ToString);
            if method.is_nil() {
                return Err(vm.type_error(args, i, "string/number/__tostring"));
            }
            frame.state = i;
            frame.set_slot(call, method);
            frame.set_slot(call + CALL_ARGS, v);
            return Ok(Step::call(call, 1));
        }
        i += 1;
    }
    Ok(Step::done(frame.arg_slot(0), 1))
}

/// Appends the text of a value, if it has one without being asked.
fn append_value(vm: &mut Vm, buffer: Gc<Userdata>, v: Value) -> Result<bool, Throw> {
    if let Some(s) = v.as_string() {
        content::append(vm, buffer, s.bytes())?;
        return Ok(true);
    }
    let Some(text) = text_of(vm, v, &mut NumberBuf::new()) else { return Ok(false) };
    content::append(vm, buffer, &text)?;
    Ok(true)
}

/// `buffer:putf(format, ...)`
fn putf(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    let mut text = std::mem::take(&mut vm.library.scratch);
    text.clear();
    append_formatted(vm, args, 1, &mut text)?;
    content::append(vm, buffer, &text)?;
    vm.library.keep_scratch(text);
    args.ret1(args.get(0))
}

/// `buffer:get(...)`: takes so many bytes off the front, for each argument; all that are left for nil.
fn get(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    let wanted = args.count.max(2) - 1;
    // Results are put where arguments are, so all of these are read first.
    let mut counts = Vec::with_capacity(wanted as usize);
    for i in 1..=wanted {
        counts.push(if args.get(i).is_nil() { usize::MAX } else { byte_count(vm, args, i)? });
    }
    for (i, count) in (0..).zip(counts) {
        let taken = Content::of(vm, buffer).front(count).to_vec();
        let s = vm.new_string(&taken)?;
        Content::of_mut(vm, buffer).skip(taken.len());
        args.put(i, s);
    }
    Ok(wanted)
}

fn skip(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    let count = byte_count(vm, args, 1)?;
    Content::of_mut(vm, buffer).skip(count);
    args.ret1(args.get(0))
}

fn set(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    let Some(text) = args.get(1).as_string() else { return Err(vm.type_error(args, 1, "string")) };
    Content::of_mut(vm, buffer).skip(usize::MAX);
    content::append(vm, buffer, text.bytes())?;
    args.ret1(args.get(0))
}

fn reset(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    Content::of_mut(vm, buffer).skip(usize::MAX);
    args.ret1(args.get(0))
}

/// `buffer:free()`: empties the buffer and gives its memory back. It can still be used.
fn free(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    content::free(vm, buffer);
    args.ret1(args.get(0))
}

fn len(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    args.ret1(Value::number(Content::of(vm, buffer).unread().len() as f64))
}

fn tostring(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    let text = Content::of(vm, buffer).unread().to_vec();
    let text = vm.new_string(&text)?;
    args.ret1(text)
}

fn concat(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let mut text = Vec::new();
    for i in 0..2 {
        match text_of(vm, args.get(i), &mut NumberBuf::new()) {
            Some(part) => text.extend(part),
            None => return Err(vm.operand_error("concatenate", args.get(i), None)),
        }
    }
    let text = vm.new_string(&text)?;
    args.ret1(text)
}

// ---- values

/// `buffer.encode(value)`: a string.
fn encode_value(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = vm.check_any(args, 0)?;
    let mut encoder = Encoder::new(Dictionaries::default());
    encoder.value(vm, v)?;
    let s = vm.new_string(&encoder.bytes)?;
    args.ret1(s)
}

/// `buffer.decode(string)`: the one value in it.
fn decode_string(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let Some(s) = args.get(0).as_string() else { return Err(vm.type_error(args, 0, "string")) };
    let mut decoder = Decoder::new(s.bytes(), Dictionaries::default());
    let v = decoder.value(vm)?;
    if !decoder.rest().is_empty() {
        return Err(vm.runtime_error(b"left-over data in buffer"));
    }
    args.ret1(v)
}

/// `buffer:encode(value)`: appends it.
fn buffer_encode(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    let v = vm.check_any(args, 1)?;
    let mut encoder = Encoder::new(Dictionaries::of(vm, buffer));
    encoder.value(vm, v)?;
    content::append(vm, buffer, &encoder.bytes)?;
    args.ret1(args.get(0))
}

/// `buffer:decode()`: takes one value off the front.
fn buffer_decode(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let buffer = this(vm, args)?;
    let bytes = Content::of(vm, buffer).unread().to_vec();
    let mut decoder = Decoder::new(&bytes, Dictionaries::of(vm, buffer));
    let v = decoder.value(vm)?;
    let read = bytes.len() - decoder.rest().len();
    Content::of_mut(vm, buffer).skip(read);
    args.ret1(v)
}
