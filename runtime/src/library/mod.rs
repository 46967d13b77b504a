//! The standard library: Lua's own functions, as leaves and sequences.
//!
//! Each module declares its functions with `natives!` and opens itself. Natives are statics shared by all states:
//! opening a library makes function objects and one table, and nothing else.
//!
//! | module | library |
//! |---|---|
//! | [`base`], [`environment`], [`loading`], [`collector`] | the global functions |
//! | [`string`], [`table`], [`math`], [`coroutine`], [`bit`] | libraries that know nothing of the system |
//! | [`io`], [`os`], [`package`], [`debug`] | files, time, modules, introspection |
//! | [`string_buffer`] | the module `string.buffer` |
//! | [`jit`] | the switches of the compiler |

/// Declares native functions: a static [`Native`](crate::native::Native) for each, and a list of all of them.
///
/// ```text
/// natives! {
///     /// What the list is.
///     pub static FUNCTIONS of "math";
///     leaf ABS "abs" = abs;                 // fn(&mut Vm, Args) -> Result<u32, Throw>
///     sequence FOREACH "foreach" = foreach; // fn(&mut Vm, &mut SequenceFrame) -> Result<Step, Throw>
///     special PCALL "pcall" = Pcall;        // a variant of `Special`
/// }
/// ```
macro_rules! natives {
    ($(#[$doc:meta])* $vis:vis static $list:ident of $library:literal; $( $kind:ident $id:ident $name:literal = $what:ident; )*) => {
        $( pub static $id: $crate::native::Native = $crate::native::Native {
            library: $library,
            name: $name,
            kind: natives!(@kind $kind $what),
        }; )*
        $(#[$doc])*
        $vis static $list: &[&$crate::native::Native] = &[ $( &$id, )* ];
    };
    (@kind leaf $what:ident) => { $crate::native::NativeKind::Leaf($what) };
    (@kind sequence $what:ident) => { $crate::native::NativeKind::Sequence($what) };
    (@kind special $what:ident) => { $crate::native::NativeKind::Special($crate::native::Special::$what) };
}

pub mod base;
pub mod bit;
pub mod collector;
pub mod coroutine;
pub mod debug;
pub mod environment;
pub mod io;
pub mod jit;
pub mod loading;
pub mod math;
pub mod os;
pub mod package;
pub mod string;
pub mod string_buffer;
pub mod table;
#[cfg(test)]
mod tests;

use crate::error::{OutOfMemory, Throw};
use crate::heap::Heap;
use crate::message::NOT_ENOUGH_MEMORY;
use crate::native::Native;
use crate::object::{Function, Gc, Kind, LuaString, NativeFunction, Table};
use crate::string::Strings;
use crate::text::pattern::PatternCache;
use crate::text::random::Random;
use crate::{Value, Vm};

/// What the libraries remember for a state.
pub struct LibraryState {
    /// The generator of `math.random`.
    pub random: Random,
    /// Compiled patterns.
    pub patterns: PatternCache,
    /// Open files, standard input and output.
    pub io: io::IoState,
    /// The string `not enough memory`, made while there was some. A root.
    pub memory_message: Value,
    /// A buffer for text in the making. Whoever needs it takes it and gives it back ([`LibraryState::keep_scratch`]).
    pub scratch: Vec<u8>,
}

/// Memory that the scratch buffer keeps between two uses.
const MAX_SCRATCH: usize = 64 * 1024;

impl LibraryState {
    /// # Errors
    ///
    /// [`OutOfMemory`] if there is no room for a string.
    pub fn new(heap: &mut Heap, strings: &mut Strings) -> Result<LibraryState, OutOfMemory> {
        Ok(LibraryState {
            random: Random::default(),
            patterns: PatternCache::new(),
            io: io::IoState::new(),
            memory_message: Value::string(strings.intern(heap, NOT_ENOUGH_MEMORY)?),
            scratch: Vec::new(),
        })
    }

    /// Gives the scratch buffer back.
    pub fn keep_scratch(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() <= MAX_SCRATCH {
            buffer.clear();
            self.scratch = buffer;
        }
    }
}

/// Makes sure that `more` bytes can be appended to `text`, which is to become a string.
///
/// # Errors
///
/// "not enough memory" if it would be too long for a string or for the state's memory limit.
#[inline]
pub fn make_room(vm: &mut Vm, text: &mut Vec<u8>, more: usize) -> Result<(), Throw> {
    if text.capacity() - text.len() >= more { Ok(()) } else { grow(vm, text, more) }
}

#[cold]
fn grow(vm: &mut Vm, text: &mut Vec<u8>, more: usize) -> Result<(), Throw> {
    let needed = text.len().saturating_add(more);
    let most = vm.heap.limit().map_or(usize::MAX, |limit| limit.saturating_sub(vm.heap.used_bytes()));
    if needed > most.min(LuaString::MAX_LEN) || text.try_reserve(more).is_err() {
        return Err(vm.throw_memory());
    }
    Ok(())
}

/// A part of the standard library that can be opened by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    Base,
    Package,
    Coroutine,
    Table,
    Io,
    Os,
    String,
    Math,
    Debug,
    Bit,
    Jit,
}

impl Library {
    /// All libraries, in the order in which they are to be opened.
    pub const ALL: &'static [Library] = &[
        Library::Base,
        Library::Package,
        Library::Coroutine,
        Library::Table,
        Library::Io,
        Library::Os,
        Library::String,
        Library::Math,
        Library::Debug,
        Library::Bit,
        Library::Jit,
    ];
}

/// Opens every library.
///
/// # Errors
///
/// Only `not enough memory`.
pub fn open_libs(vm: &mut Vm) -> Result<(), Throw> {
    Library::ALL.iter().try_for_each(|&library| open_library(vm, library))
}

/// Opens one library: fills the globals and `package.loaded`.
///
/// # Errors
///
/// Only `not enough memory`.
pub fn open_library(vm: &mut Vm, library: Library) -> Result<(), Throw> {
    match library {
        Library::Base => base::open(vm),
        Library::Package => package::open(vm),
        Library::Coroutine => coroutine::open(vm),
        Library::Table => table::open(vm),
        Library::Io => io::open(vm),
        Library::Os => os::open(vm),
        Library::String => string::open(vm),
        Library::Math => math::open(vm),
        Library::Debug => debug::open(vm),
        Library::Bit => bit::open(vm),
        Library::Jit => jit::open(vm),
    }
}

/// Makes the table of a library, with room for `extra` more fields, as a global and in `package.loaded`.
pub fn open_table(
    vm: &mut Vm,
    name: &str,
    functions: &[&'static Native],
    extra: usize,
) -> Result<Gc<Table>, Throw> {
    let library = new_library(vm, functions, extra)?;
    // SAFETY: the globals of a live state.
    let globals = unsafe { Gc::from_raw(vm.globals) };
    set_field(vm, globals, name, Value::table(library))?;
    set_loaded(vm, name, Value::table(library))?;
    Ok(library)
}

/// A table of new function objects, with room for `extra` more fields.
pub fn new_library(vm: &mut Vm, functions: &[&'static Native], extra: usize) -> Result<Gc<Table>, Throw> {
    let library = vm.new_table(0, functions.len() + extra).map_err(|_| vm.throw_memory())?;
    add_functions(vm, library, functions)?;
    Ok(library)
}

/// Sets a field for each function, named as it is.
pub fn add_functions(vm: &mut Vm, table: Gc<Table>, functions: &[&'static Native]) -> Result<(), Throw> {
    let mut names = Vec::with_capacity(functions.len());
    let mut values = Vec::with_capacity(functions.len());
    for native in functions {
        names.push(vm.intern(native.name.as_bytes()).map_err(|_| vm.throw_memory())?);
        values.push(new_function(vm, native, &[])?);
    }
    vm.table_set_fields(table, &names, &values).map_err(|e| vm.throw_set_error(e))
}

/// `table.name = value`
pub fn set_field(vm: &mut Vm, table: Gc<Table>, name: &str, value: Value) -> Result<(), Throw> {
    let key = vm.intern(name.as_bytes()).map_err(|_| vm.throw_memory())?;
    vm.raw_set_str(table, key, value)
}

/// A new function object, with the global environment.
pub fn new_function(vm: &mut Vm, native: &'static Native, upvalues: &[Value]) -> Result<Value, Throw> {
    let made = vm.heap.alloc(Kind::NativeFunction, NativeFunction::byte_size(upvalues.len()));
    let Ok(header) = made else { return Err(vm.throw_memory()) };
    let f = header as *mut NativeFunction;
    // SAFETY: a fresh object with room for the head and these upvalues; all is set before anyone sees it.
    unsafe {
        (*f).header.small = upvalues.len() as u16;
        (*f).native = native;
        (*f).env = vm.globals;
        std::ptr::copy_nonoverlapping(upvalues.as_ptr(), NativeFunction::upvalues(f), upvalues.len());
        Ok(Value::function(Gc::from_raw(f as *mut Function)))
    }
}

/// The upvalues of a native function, while it is alive and has the same ones.
pub fn upvalues(function: Value) -> &'static [Value] {
    let Some(f) = function.as_native_function() else { return &[] };
    // SAFETY: the header says how many upvalues follow the function's head.
    unsafe { std::slice::from_raw_parts(NativeFunction::upvalues(f.as_ptr()), f.header.small.into()) }
}

/// Upvalue `i` of a native function; nil if it has not so many.
pub fn upvalue(function: Value, i: usize) -> Value {
    upvalues(function).get(i).copied().unwrap_or(Value::NIL)
}

/// Sets upvalue `i` of a native function that has it.
pub fn set_upvalue(vm: &mut Vm, function: Value, i: usize, v: Value) {
    let f = function.as_native_function().expect("a native function's own upvalue");
    assert!(i < usize::from(f.header.small));
    // SAFETY: as in `upvalue`; the function is live.
    unsafe {
        *NativeFunction::upvalues(f.as_ptr()).add(i) = v;
        if v.is_collectable() {
            vm.heap.barrier(f.header());
        }
    }
}

/// The table `package.loaded`, which lives in the registry.
pub fn loaded(vm: &mut Vm) -> Result<Gc<Table>, Throw> {
    // SAFETY: the registry of a live state.
    let registry = unsafe { Gc::from_raw(vm.registry) };
    let key = vm.intern(b"_LOADED").map_err(|_| vm.throw_memory())?;
    if let Some(loaded) = vm.table_get_str(registry, key).as_table() {
        return Ok(loaded);
    }
    let loaded = vm.new_table(0, 16).map_err(|_| vm.throw_memory())?;
    vm.raw_set_str(registry, key, Value::table(loaded))?;
    Ok(loaded)
}

/// `package.loaded[name] = value`
pub fn set_loaded(vm: &mut Vm, name: &str, value: Value) -> Result<(), Throw> {
    let loaded = loaded(vm)?;
    set_field(vm, loaded, name, value)
}
