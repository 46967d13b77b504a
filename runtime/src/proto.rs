//! Prototypes: compiled function bodies.
//!
//! A [`Proto`] belongs to the VM's list of prototypes; closures refer to it by pointer, the collector marks it
//! through them and frees the unmarked ones after a full cycle. Its code is rewritten in place (inline caches, hot
//! counters), so it belongs to one VM.

use crate::Value;
use crate::bytecode::Instr;
use crate::object::LuaString;

/// How a closure gets one of its upvalues when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpvalueDesc {
    pub source: UpvalueSource,
    /// The variable is never assigned after the capture: the closure holds the value itself.
    pub by_value: bool,
}

/// Where a captured variable lives in the enclosing function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpvalueSource {
    /// A register of the enclosing function.
    Local(u8),
    /// An upvalue of the enclosing function (with the same `by_value`).
    Upvalue(u8),
    /// The closure that is being created (`local function f` that refers to itself); always by value.
    Itself,
}

/// The keys of a constructor of named fields: indices of string constants, in slot order, without repetition.
#[derive(Clone, Debug, Default)]
pub struct Template {
    pub keys: Box<[u32]>,
}

/// A local variable's name and where it is in scope, for messages and `debug`.
#[derive(Clone, Debug)]
pub struct LocalInfo {
    /// Constant strings are interned; this one is kept by the prototype.
    pub name: *mut LuaString,
    pub register: u8,
    /// First word at which the variable is active.
    pub start_pc: u32,
    /// First word at which it no longer is.
    pub end_pc: u32,
}

/// What the compiler hands over; see [`Proto`] for the fields.
pub struct ProtoParts {
    pub code: Vec<u32>,
    pub constants: Vec<Value>,
    pub upvalues: Vec<UpvalueDesc>,
    pub protos: Vec<*mut Proto>,
    pub templates: Vec<Template>,
    pub frame_size: u8,
    pub num_params: u8,
    pub is_vararg: bool,
    /// The function declared `...` and refers to the implicit `arg` table of 5.1, which lives in register `num_params`.
    pub needs_arg: bool,
    /// One line for each word of `code`; 0 for an instruction that no debugger is to see.
    pub lines: Vec<u32>,
    pub locals: Vec<LocalInfo>,
    pub upvalue_names: Vec<*mut LuaString>,
    /// The chunk's name as given to `load` (`@file`, `=name` or source text).
    pub chunk_name: *mut LuaString,
    /// 0 for a main chunk.
    pub line_defined: u32,
    pub last_line_defined: u32,
}

/// How many closures a prototype has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closures {
    None,
    /// One, made by a main chunk: there is hardly going to be another.
    One,
    Many,
}

/// A compiled function body.
#[repr(C)]
pub struct Proto {
    /// The instructions: [`Instr`] words and their extra words. `code[0]` is the function header.
    pub code: *mut Instr,
    /// The constants.
    pub k: *mut Value,
    pub code_len: u32,
    pub k_len: u32,
    /// Registers a frame needs.
    pub frame_size: u8,
    pub num_params: u8,
    pub is_vararg: bool,
    pub needs_arg: bool,
    /// No native code may be made for it.
    pub is_interpreted_only: bool,
    /// What native code may count on.
    pub closures: Closures,
    /// The collector's mark: the number of the cycle that last reached it.
    pub marked: u32,
    /// Its place in the VM's list.
    pub index: u32,
    pub upvalues: Box<[UpvalueDesc]>,
    pub protos: Box<[*mut Proto]>,
    pub templates: Box<[Template]>,
    pub lines: Box<[u32]>,
    pub locals: Box<[LocalInfo]>,
    pub upvalue_names: Box<[*mut LuaString]>,
    pub chunk_name: *mut LuaString,
    pub line_defined: u32,
    pub last_line_defined: u32,
}

impl Proto {
    pub fn new(parts: ProtoParts) -> Box<Proto> {
        debug_assert_eq!(parts.code.len(), parts.lines.len());
        let code = parts.code.into_boxed_slice();
        let k = parts.constants.into_boxed_slice();
        Box::new(Proto {
            code_len: code.len() as u32,
            k_len: k.len() as u32,
            code: Box::into_raw(code) as *mut Instr,
            k: Box::into_raw(k) as *mut Value,
            frame_size: parts.frame_size,
            num_params: parts.num_params,
            is_vararg: parts.is_vararg,
            needs_arg: parts.needs_arg,
            is_interpreted_only: false,
            closures: Closures::None,
            marked: 0,
            index: 0,
            upvalues: parts.upvalues.into(),
            protos: parts.protos.into(),
            templates: parts.templates.into(),
            lines: parts.lines.into(),
            locals: parts.locals.into(),
            upvalue_names: parts.upvalue_names.into(),
            chunk_name: parts.chunk_name,
            line_defined: parts.line_defined,
            last_line_defined: parts.last_line_defined,
        })
    }

    /// Notes that a function of prototype `parent` makes a closure of this one.
    pub fn note_closure(&mut self, parent: &Proto) {
        let is_first = self.closures == Closures::None && parent.is_main_chunk();
        self.closures = if is_first { Closures::One } else { Closures::Many };
    }

    pub fn is_main_chunk(&self) -> bool {
        self.line_defined == 0
    }

    pub fn code(&self) -> &[u32] {
        // SAFETY: `code` came from a boxed slice of `code_len` words, which this prototype owns.
        unsafe { std::slice::from_raw_parts(self.code as *const u32, self.code_len as usize) }
    }

    pub fn constants(&self) -> &[Value] {
        // SAFETY: `k` came from a boxed slice of `k_len` values, which this prototype owns.
        unsafe { std::slice::from_raw_parts(self.k, self.k_len as usize) }
    }

    /// The word number of `pc`, if it points into this prototype's code (or right behind it).
    pub fn word_of(&self, pc: *const Instr) -> Option<usize> {
        let offset = (pc as usize).wrapping_sub(self.code as usize) / size_of::<Instr>();
        (offset <= self.code_len as usize).then_some(offset)
    }

    /// The line of the instruction that lies *before* `pc`: what a saved program counter stands for. Of one that no debugger is to
    /// see, it is the line before.
    pub fn line_before(&self, pc: *const Instr) -> u32 {
        let word = self.word_of(pc).unwrap_or(0);
        let before = self.lines.get(..word).unwrap_or_default();
        before.iter().rfind(|&&line| line != 0).copied().unwrap_or(self.line_defined)
    }

    /// The variable in `register` at word `pc`, if a named local is active there.
    pub fn local_name(&self, register: usize, pc: usize) -> Option<*mut LuaString> {
        let live = |l: &&LocalInfo| (l.start_pc as usize) <= pc && pc < l.end_pc as usize;
        self.locals.iter().rev().filter(live).find(|l| usize::from(l.register) == register).map(|l| l.name)
    }

    /// Bytes that this prototype takes, for the memory count.
    pub fn byte_size(&self) -> usize {
        size_of::<Proto>()
            + self.code_len as usize * 8
            + self.k_len as usize * size_of::<Value>()
            + size_of_val(&*self.upvalues)
            + size_of_val(&*self.protos)
            + size_of_val(&*self.locals)
            + self.upvalue_names.len() * 8
    }
}

impl Drop for Proto {
    fn drop(&mut self) {
        // SAFETY: both came from `Box::into_raw` of slices of these lengths, in `new`, and are given back once.
        unsafe {
            drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(
                self.code as *mut u32,
                self.code_len as usize,
            )));
            drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.k, self.k_len as usize)));
        }
    }
}
