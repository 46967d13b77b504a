//! The `package` library: `require`, `module`, and where modules are looked for.
//!
//! As in PUC Lua the package table is the environment of these functions, so that `require` goes on working
//! when a program has replaced the global `package`. There are no native modules: what would load one reports that
//! dynamic libraries are not enabled, as a PUC Lua built without them does.
//!
//! Source: `loadlib.c`.

use super::io::stream;
use super::string_buffer;
use crate::error::Throw;
use crate::native::{Args, CALL_ARGS, SequenceFrame, Step};
use crate::object::{Gc, LuaString, Table};
use crate::table::Index;
use crate::{Value, Vm};

natives! {
    /// The fields of the package table.
    static FUNCTIONS of "package";
    leaf LOADLIB "loadlib" = loadlib;
    leaf SEARCHPATH "searchpath" = searchpath;
    leaf SEEALL "seeall" = seeall;
}

natives! {
    /// The global functions.
    static GLOBALS of "_G";
    sequence MODULE "module" = module;
    sequence REQUIRE "require" = require;
}

natives! {
    /// The loaders, in order. They have frames, which tracebacks of broken modules show.
    static LOADERS of "package";
    sequence PRELOAD_LOADER "preload loader" = preload_loader;
    sequence LUA_LOADER "Lua loader" = lua_loader;
    sequence NATIVE_LOADER "native loader" = native_loader;
    sequence ROOT_LOADER "all-in-one loader" = root_loader;
}

const DEFAULT_PATH: &str = "./?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;\
    /usr/local/lib/lua/5.1/?.lua;/usr/local/lib/lua/5.1/?/init.lua;\
    /usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";

/// The path of native modules on a machine.
macro_rules! cpath {
    ($machine:literal) => {
        concat!(
            "./?.so;/usr/local/lib/lua/5.1/?.so;/usr/lib/",
            $machine,
            "-linux-gnu/lua/5.1/?.so;/usr/lib/lua/5.1/?.so;/usr/local/lib/lua/5.1/loadall.so"
        )
    };
}

/// As in Debian's `lua5.1`, where the libraries for one machine lie in a folder of its name.
const DEFAULT_CPATH: &str = if cfg!(target_arch = "aarch64") { cpath!("aarch64") } else { cpath!("x86_64") };

/// Directory separator, path separator, mark for the name, mark for the program's directory, mark to ignore.
const CONFIG: &str = "/\n;\n?\n!\n-";

const NO_DYNAMIC_LIBRARIES: &str = "dynamic libraries not enabled; check your Lua installation";

/// Opens the library.
///
/// # Errors
///
/// Only `not enough memory`.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    let package = super::open_table(vm, "package", FUNCTIONS, 6)?;
    for (name, variable, default) in
        [("path", "LUA_PATH", DEFAULT_PATH), ("cpath", "LUA_CPATH", DEFAULT_CPATH)]
    {
        let path = match vm.options.ignore_environment {
            true => vm.new_string(default.as_bytes())?,
            false => vm.new_string(&search_path(variable, default))?,
        };
        super::set_field(vm, package, name, path)?;
    }
    let config = vm.new_string(CONFIG.as_bytes())?;
    super::set_field(vm, package, "config", config)?;
    let loaded = super::loaded(vm)?;
    super::set_field(vm, package, "loaded", Value::table(loaded))?;
    let preload = vm.new_table(0, 0).map_err(|_| vm.throw_memory())?;
    super::set_field(vm, package, "preload", Value::table(preload))?;
    let string_buffer = super::new_function(vm, &string_buffer::OPEN, &[])?;
    super::set_field(vm, preload, string_buffer::OPEN.name, string_buffer)?;
    let loaders = vm.new_table(LOADERS.len(), 0).map_err(|_| vm.throw_memory())?;
    for (i, native) in LOADERS.iter().enumerate() {
        let loader = function_of_package(vm, native, package)?;
        vm.raw_set(loaders, Value::number(i as f64 + 1.0), loader)?;
    }
    super::set_field(vm, package, "loaders", Value::table(loaders))?;
    // SAFETY: a state's globals live as long as the state.
    let globals = unsafe { Gc::from_raw(vm.globals) };
    for native in GLOBALS {
        let function = function_of_package(vm, native, package)?;
        super::set_field(vm, globals, native.name, function)?;
    }
    Ok(())
}

/// A function whose environment is the package table.
fn function_of_package(
    vm: &mut Vm,
    native: &'static crate::native::Native,
    package: Gc<Table>,
) -> Result<Value, Throw> {
    let function = super::new_function(vm, native, &[])?;
    let f = function.as_function().expect("it was made a function");
    // SAFETY: a new object, which nobody else has seen.
    unsafe { (*f.as_ptr()).env = package.as_ptr() };
    Ok(function)
}

/// A path from the environment, in which `;;` stands for the default.
fn search_path(variable: &str, default: &str) -> Vec<u8> {
    match std::env::var_os(variable) {
        None => default.into(),
        Some(path) => {
            let marked = replace(path.as_encoded_bytes(), b";;", b";\x01;");
            replace(&marked, b"\x01", default.as_bytes())
        }
    }
}

/// `text` with every `from` replaced.
fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|w| w == from) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    result.extend_from_slice(rest);
    result
}

/// A field of a table, read without metamethods.
fn field(vm: &mut Vm, table: Gc<Table>, name: &[u8]) -> Result<Value, Throw> {
    let key = vm.intern(name).map_err(|_| vm.throw_memory())?;
    Ok(vm.table_get_str(table, key))
}

/// The package table: the environment of a function of this library.
fn package_of(function: Value) -> Gc<Table> {
    let f = function.as_function().expect("a running function");
    // SAFETY: a function's environment is a live table.
    unsafe { Gc::from_raw(f.env) }
}

/// The package table of a running sequence.
fn package_of_frame(frame: &SequenceFrame) -> Gc<Table> {
    // SAFETY: a sequence's frame has its function below it.
    package_of(unsafe { *frame.base.sub(2) })
}

/// A string that a program may have put in the place of one of ours.
fn string_field(vm: &mut Vm, table: Gc<Table>, name: &str) -> Result<Option<&'static [u8]>, Throw> {
    let v = field(vm, table, name.as_bytes())?;
    match v.as_number() {
        Some(n) => Ok(Some(vm.number_to_string(n)?.bytes())),
        None => Ok(v.as_string().map(|s| s.bytes())),
    }
}

// ---- require

/// What `package.loaded` holds while a module is being loaded.
fn sentinel() -> Value {
    static SENTINEL: u8 = 0;
    Value::light_userdata(&raw const SENTINEL as u64).expect("addresses of statics fit a light userdata")
}

/// States of [`require`].
mod require_state {
    pub const START: u32 = 0;
    /// A loader has returned.
    pub const LOADER: u32 = 1;
    /// The module's body has returned.
    pub const BODY: u32 = 2;
    /// An `__index` function of `package.loaded` has returned.
    pub const LOADED: u32 = 3;
}

/// `table[name]`, with metamethods: the value, or the call to be made in slot `call`.
fn look_up(
    vm: &mut Vm,
    frame: &mut SequenceFrame,
    table: Value,
    name: Gc<LuaString>,
    call: u32,
) -> Result<Result<Value, Step>, Throw> {
    match vm.index_chain(table, Value::string(name)) {
        Index::Value(v) => Ok(Ok(v)),
        Index::Call { handler, object } => {
            frame.set_slot(call, handler);
            frame.set_slot(call + CALL_ARGS, object);
            frame.set_slot(call + CALL_ARGS + 1, Value::string(name));
            Ok(Err(Step::call(call, 2)))
        }
        Index::NotIndexable(v) => Err(vm.operand_error("index", v, None)),
        Index::Loop => Err(vm.operation_error(b"loop in gettable")),
    }
}

/// `require(name)`.
///
/// Slots from the first free one on: the name, the messages of the loaders so far, the number of the running loader,
/// then the record of a call.
fn require(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let first = frame.first_free();
    let (name_slot, messages_slot, number_slot, call) = (first, first + 1, first + 2, first + 3);
    let loaded = super::loaded(vm)?;
    let result = if frame.results > 0 { frame.slot(call) } else { Value::NIL };
    if matches!(frame.state, require_state::START | require_state::LOADED) {
        let name = vm.check_string(frame.args(), 0)?;
        let known = if frame.state == require_state::LOADED {
            result
        } else {
            // Slots below a call's are kept, so these have to hold something.
            frame.set_slot(name_slot, Value::string(name));
            let none = vm.new_string(b"")?;
            frame.set_slot(messages_slot, none);
            frame.set_slot(number_slot, Value::ZERO);
            frame.state = require_state::LOADED;
            match look_up(vm, frame, Value::table(loaded), name, call)? {
                Ok(known) => known,
                Err(step) => return Ok(step),
            }
        };
        if known.is_truthy() {
            if known == sentinel() {
                let text = [b"loop or previous error loading module '", name.bytes(), b"'"].concat();
                return Err(vm.runtime_error(&text));
            }
            frame.set_slot(first, known);
            return Ok(Step::done(first, 1));
        }
        frame.state = require_state::LOADER;
        return next_loader(vm, frame, first);
    }
    let name = frame.slot(name_slot).as_string().expect("the name was put here at the start");
    if frame.state == require_state::LOADER {
        if result.is_function() {
            vm.raw_set_str(loaded, name, sentinel())?;
            frame.set_slot(call, result);
            frame.set_slot(call + CALL_ARGS, Value::string(name));
            frame.state = require_state::BODY;
            return Ok(Step::call(call, 1));
        }
        if result.is_string() || result.is_number() {
            let more = match result.as_number() {
                Some(n) => vm.number_to_string(n)?.bytes(),
                None => result.as_string().map_or(&b""[..], |s| s.bytes()),
            };
            let messages = frame.slot(messages_slot).as_string().map_or(&b""[..], |s| s.bytes());
            let messages = vm.string_from_parts(&[messages, more])?;
            frame.set_slot(messages_slot, messages);
        }
        return next_loader(vm, frame, first);
    }
    if !result.is_nil() {
        vm.raw_set_str(loaded, name, result)?;
    }
    if vm.table_get_str(loaded, name) == sentinel() {
        vm.raw_set_str(loaded, name, Value::TRUE)?;
    }
    frame.set_slot(first, vm.table_get_str(loaded, name));
    Ok(Step::done(first, 1))
}

/// Calls the loader after the one whose number is in its slot.
fn next_loader(vm: &mut Vm, frame: &mut SequenceFrame, first: u32) -> Result<Step, Throw> {
    let package = package_of_frame(frame);
    let Some(loaders) = field(vm, package, b"loaders")?.as_table() else {
        return Err(vm.runtime_error(b"'package.loaders' must be a table"));
    };
    let (name, messages) = (frame.slot(first), frame.slot(first + 1));
    let n = frame.slot(first + 2).as_number().expect("the number was put here at the start") + 1.0;
    let loader = vm.table_get_int(loaders, n as i64);
    if loader.is_nil() {
        let [name, messages] = [name, messages].map(|v| v.as_string().map_or(&b""[..], |s| s.bytes()));
        return Err(vm.runtime_error(&[b"module '", name, b"' not found:", messages].concat()));
    }
    frame.set_slot(first + 2, Value::number(n));
    let call = first + 3;
    frame.set_slot(call, loader);
    frame.set_slot(call + CALL_ARGS, name);
    Ok(Step::call(call, 1))
}

// ---- loaders

fn preload_loader(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let out = frame.first_free();
    let name = vm.check_string(frame.args(), 0)?;
    let loader = if frame.state == 0 {
        frame.state = 1;
        let package = package_of_frame(frame);
        let preload = field(vm, package, b"preload")?;
        if !preload.is_table() {
            return Err(vm.runtime_error(b"'package.preload' must be a table"));
        }
        match look_up(vm, frame, preload, name, out)? {
            Ok(loader) => loader,
            Err(step) => return Ok(step),
        }
    } else {
        if frame.results > 0 { frame.slot(out) } else { Value::NIL }
    };
    let result = if loader.is_nil() {
        vm.string_from_parts(&[b"\n\tno field package.preload['", name.bytes(), b"']"])?
    } else {
        loader
    };
    Ok(done(frame, result))
}

/// `return value`
fn done(frame: &mut SequenceFrame, value: Value) -> Step {
    let out = frame.first_free();
    frame.set_slot(out, value);
    Step::done(out, 1)
}

/// Where a module was found, or why it was not.
enum Search {
    Found(Vec<u8>),
    Missing(Vec<u8>),
}

/// Tries the templates of the path in a field of the package table.
///
/// Source: `findfile`.
fn find_file(vm: &mut Vm, package: Gc<Table>, name: &[u8], path_field: &str) -> Result<Search, Throw> {
    let Some(path) = string_field(vm, package, path_field)? else {
        return Err(vm.runtime_error(format!("'package.{path_field}' must be a string").as_bytes()));
    };
    Ok(search(path, &replace(name, b".", b"/")))
}

/// Looks for a file that can be read, with `name` in the place of each question mark of the path's templates.
fn search(path: &[u8], name: &[u8]) -> Search {
    let mut missing = Vec::new();
    for template in path.split(|&b| b == b';').filter(|template| !template.is_empty()) {
        let file = replace(template, b"?", name);
        if std::fs::File::open(stream::path(&file)).is_ok() {
            return Search::Found(file);
        }
        missing.extend([b"\n\tno file '", &file[..], b"'"].concat());
    }
    Search::Missing(missing)
}

/// `package.searchpath(name, path [, separator [, replacement]])`: the first file that is there, or nil and what is not.
///
/// Source: LuaJIT's `lib_package.c`.
fn searchpath(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let name = vm.check_string(args, 0)?.bytes();
    let path = vm.check_string(args, 1)?.bytes();
    let separator = vm.opt_string(args, 2)?.map_or(&b"."[..], |s| s.bytes());
    let replacement = vm.opt_string(args, 3)?.map_or(&b"/"[..], |s| s.bytes());
    let name = if separator.is_empty() { name.to_vec() } else { replace(name, separator, replacement) };
    match search(path, &name) {
        Search::Found(file) => {
            let file = vm.new_string(&file)?;
            args.ret1(file)
        }
        Search::Missing(message) => {
            let message = vm.new_string(&message)?;
            args.ret2(Value::NIL, message)
        }
    }
}

fn missing(vm: &mut Vm, frame: &mut SequenceFrame, message: &[u8]) -> Result<Step, Throw> {
    let message = vm.new_string(message)?;
    Ok(done(frame, message))
}

/// `error loading module 'name' from file 'file':` and the reason.
fn load_error(vm: &mut Vm, name: Gc<LuaString>, file: &[u8], reason: &[u8]) -> Throw {
    let text = [b"error loading module '", name.bytes(), b"' from file '", file, b"':\n\t", reason].concat();
    vm.runtime_error(&text)
}

fn lua_loader(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let name = vm.check_string(frame.args(), 0)?;
    let file = match find_file(vm, package_of_frame(frame), name.bytes(), "path")? {
        Search::Found(file) => file,
        Search::Missing(message) => return missing(vm, frame, &message),
    };
    match vm.load_file(Some(&file))? {
        Ok(function) => Ok(done(frame, function)),
        Err(message) => {
            let reason = message.as_string().map_or(&b"?"[..], |s| s.bytes());
            Err(load_error(vm, name, &file, reason))
        }
    }
}

fn native_loader(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let name = vm.check_string(frame.args(), 0)?;
    match find_file(vm, package_of_frame(frame), name.bytes(), "cpath")? {
        Search::Found(file) => Err(load_error(vm, name, &file, NO_DYNAMIC_LIBRARIES.as_bytes())),
        Search::Missing(message) => missing(vm, frame, &message),
    }
}

/// Looks for the native module that has `a.b.c` as its part, by the name `a`.
fn root_loader(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let name = vm.check_string(frame.args(), 0)?;
    let Some(end) = name.bytes().iter().position(|&b| b == b'.') else {
        return Ok(Step::done(frame.first_free(), 0));
    };
    match find_file(vm, package_of_frame(frame), &name.bytes()[..end], "cpath")? {
        Search::Found(file) => Err(load_error(vm, name, &file, NO_DYNAMIC_LIBRARIES.as_bytes())),
        Search::Missing(message) => missing(vm, frame, &message),
    }
}

fn loadlib(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    vm.check_string(args, 0)?;
    vm.check_string(args, 1)?;
    let message = vm.new_string(NO_DYNAMIC_LIBRARIES.as_bytes())?;
    let absent = vm.new_string(b"absent")?;
    args.put(0, Value::NIL);
    args.put(1, message);
    args.put(2, absent);
    Ok(3)
}

// ---- module

/// `module(name, ...)`: makes or finds the module's table, makes it the caller's environment, and calls the options with
/// it one after the other.
///
/// Slots from the first free one on: the module, the number of the next option, then the record of a call.
fn module(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let first = frame.first_free();
    if frame.state == 0 {
        let name = vm.check_string(frame.args(), 0)?;
        let module = find_module(vm, name)?;
        let name_key = vm.intern(b"_NAME").map_err(|_| vm.throw_memory())?;
        if vm.table_get_str(module, name_key).is_nil() {
            init_module(vm, module, name)?;
        }
        set_caller_environment(vm, module)?;
        frame.set_slot(first, Value::table(module));
        frame.set_slot(first + 1, Value::number(1.0));
        frame.state = 1;
    }
    let mut option = frame.slot(first + 1).as_number().expect("the number was put here at the start") as u32;
    while option < frame.nargs {
        let function = frame.arg(option);
        option += 1;
        if function.is_function() {
            frame.set_slot(first + 1, Value::number(option.into()));
            let call = first + 2;
            frame.set_slot(call, function);
            frame.set_slot(call + CALL_ARGS, frame.slot(first));
            return Ok(Step::call(call, 1));
        }
    }
    Ok(Step::done(first, 0))
}

/// The table of a module: the loaded one, or the global one, which is made if need be.
fn find_module(vm: &mut Vm, name: Gc<LuaString>) -> Result<Gc<Table>, Throw> {
    let loaded = super::loaded(vm)?;
    if let Some(module) = vm.table_get_str(loaded, name).as_table() {
        return Ok(module);
    }
    // SAFETY: a thread's globals are a live table.
    let mut table = unsafe { Gc::from_raw(vm.thread_globals()) };
    for part in name.bytes().split(|&b| b == b'.') {
        let key = vm.intern(part).map_err(|_| vm.throw_memory())?;
        let inner = vm.table_get_str(table, key);
        table = match inner.as_table() {
            Some(inner) => inner,
            None if inner.is_nil() => {
                let made = vm.new_table(0, 1).map_err(|_| vm.throw_memory())?;
                vm.raw_set_str(table, key, Value::table(made))?;
                made
            }
            None => {
                let text = [b"name conflict for module '", name.bytes(), b"'"].concat();
                return Err(vm.runtime_error(&text));
            }
        };
    }
    vm.raw_set_str(loaded, name, Value::table(table))?;
    Ok(table)
}

fn init_module(vm: &mut Vm, module: Gc<Table>, name: Gc<LuaString>) -> Result<(), Throw> {
    super::set_field(vm, module, "_M", Value::table(module))?;
    super::set_field(vm, module, "_NAME", Value::string(name))?;
    // The name of the package, with its dot.
    let package = name.bytes().iter().rposition(|&b| b == b'.').map_or(0, |dot| dot + 1);
    let package = vm.new_string(&name.bytes()[..package])?;
    super::set_field(vm, module, "_PACKAGE", package)
}

fn set_caller_environment(vm: &mut Vm, env: Gc<Table>) -> Result<(), Throw> {
    let caller = vm.level(1).and_then(|level| level.function().as_lua_function());
    let Some(caller) = caller else {
        return Err(vm.runtime_error(b"'module' not called from a Lua function"));
    };
    // SAFETY: a live function, of which nobody holds a reference.
    unsafe {
        (*caller.as_ptr()).env = env.as_ptr();
        vm.heap.barrier(caller.header());
    }
    Ok(())
}

/// `package.seeall`: lets a module see the globals.
fn seeall(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let module = vm.check_table(args, 0)?;
    let metatable = match vm.table_metatable(module) {
        Some(metatable) => metatable,
        None => {
            let made = vm.new_table(0, 1).map_err(|_| vm.throw_memory())?;
            vm.table_set_metatable(module, Some(made)).map_err(|_| vm.throw_memory())?;
            made
        }
    };
    // SAFETY: a thread's globals are a live table.
    let globals = unsafe { Gc::from_raw(vm.thread_globals()) };
    super::set_field(vm, metatable, "__index", Value::table(globals))?;
    args.ret0()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing() {
        assert_eq!(replace(b"./?.lua;?", b"?", b"a/b"), b"./a/b.lua;a/b");
        assert_eq!(replace(b"a", b";;", b"x"), b"a");
        assert_eq!(replace(b";;;", b";;", b"-"), b"-;");
    }
}
