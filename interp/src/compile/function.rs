//! What the code generator makes of a function body.

use crate::syntax::ast::FunctionId;
use crate::syntax::symbol::Symbol;
use ferrous_lua_runtime::proto::UpvalueDesc;

/// A constant.
#[derive(Clone, Copy, Debug)]
pub enum Constant {
    Number(f64),
    String(Symbol),
}

/// A local variable for the debugger: see `LocalInfo` in the runtime.
#[derive(Clone, Copy, Debug)]
pub struct LocalRecord {
    pub name: Symbol,
    pub register: u8,
    pub start_pc: u32,
    pub end_pc: u32,
}

/// A compiled function body that belongs to no VM yet.
#[derive(Debug, Default)]
pub struct FunctionCode {
    pub code: Vec<u32>,
    /// One line for each word of `code`.
    pub lines: Vec<u32>,
    pub constants: Vec<Constant>,
    /// The function bodies that its closure instructions refer to.
    pub children: Vec<FunctionId>,
    /// Indices of string constants.
    pub templates: Vec<Box<[u32]>>,
    /// Filled in while the enclosing function is compiled, which knows where its variables are.
    pub upvalues: Vec<UpvalueDesc>,
    pub upvalue_names: Vec<Symbol>,
    pub locals: Vec<LocalRecord>,
    pub frame_size: u8,
    pub num_params: u8,
    pub is_vararg: bool,
    pub needs_arg: bool,
    pub line_defined: u32,
    pub last_line_defined: u32,
}
