//! From compiled functions to prototypes of a VM, and the entry point that `load` uses.

use super::codegen::generate;
use super::function::{Constant, FunctionCode};
use crate::syntax::symbol::{Symbol, Symbols};
use crate::syntax::{SyntaxError, parse};
use ferrous_lua_runtime::dump::undump;
use ferrous_lua_runtime::load::CompileError;
use ferrous_lua_runtime::message::{MAX_CHUNK_IN_SYNTAX_ERROR, chunk_display_name};
use ferrous_lua_runtime::object::{Gc, LuaString};
use ferrous_lua_runtime::proto::{LocalInfo, Proto, ProtoParts, Template};
use ferrous_lua_runtime::{OutOfMemory, Value, Vm};

/// The first byte of a binary chunk, which starts no source text.
const BINARY_MARK: u8 = 0x1B;

/// Compiles a chunk: source text, or a binary chunk where the state's options allow that.
///
/// # Errors
///
/// [`CompileError::Syntax`] if it is no program; [`CompileError::Memory`] if the memory limit is reached.
pub fn load(vm: &mut Vm, source: &[u8], chunk_name: &[u8]) -> Result<*mut Proto, CompileError> {
    if source.first() == Some(&BINARY_MARK) {
        if vm.options.allow_bytecode {
            return undump(vm, source, chunk_name);
        }
        let mut message = chunk_display_name(chunk_name, MAX_CHUNK_IN_SYNTAX_ERROR);
        message.extend_from_slice(b": attempt to load a binary chunk");
        return Err(CompileError::Syntax { message, at_eof: false });
    }
    let ast = parse(source, chunk_name).map_err(|e| syntax(*e))?;
    let functions = generate(&ast, chunk_name).map_err(|e| syntax(*e))?;
    Ok(link(vm, ast.symbols(), functions, chunk_name)?)
}

fn syntax(error: SyntaxError) -> CompileError {
    let SyntaxError { message, at_eof } = error;
    CompileError::Syntax { message, at_eof }
}

/// Makes the prototypes of a chunk's functions; the last one is the chunk's.
fn link(
    vm: &mut Vm,
    symbols: &Symbols,
    functions: Vec<FunctionCode>,
    chunk_name: &[u8],
) -> Result<*mut Proto, OutOfMemory> {
    let chunk_name = vm.intern(chunk_name)?.as_ptr();
    let mut strings = Strings { symbols, made: vec![None; symbols.len()] };
    let mut protos: Vec<*mut Proto> = Vec::with_capacity(functions.len());
    for function in functions {
        let mut constants = Vec::with_capacity(function.constants.len());
        for constant in function.constants {
            constants.push(match constant {
                Constant::Number(n) => Value::number(n),
                Constant::String(symbol) => Value::string(strings.get(vm, symbol)?),
            });
        }
        let mut locals = Vec::with_capacity(function.locals.len());
        for local in function.locals {
            locals.push(LocalInfo {
                name: strings.get(vm, local.name)?.as_ptr(),
                register: local.register,
                start_pc: local.start_pc,
                end_pc: local.end_pc,
            });
        }
        let mut upvalue_names = Vec::with_capacity(function.upvalue_names.len());
        for name in function.upvalue_names {
            upvalue_names.push(strings.get(vm, name)?.as_ptr());
        }
        let proto = Proto::new(ProtoParts {
            code: function.code,
            constants,
            upvalues: function.upvalues,
            protos: function.children.iter().map(|child| protos[child.index()]).collect(),
            templates: function.templates.into_iter().map(|keys| Template { keys }).collect(),
            frame_size: function.frame_size,
            num_params: function.num_params,
            is_vararg: function.is_vararg,
            needs_arg: function.needs_arg,
            lines: function.lines,
            locals,
            upvalue_names,
            chunk_name,
            line_defined: function.line_defined,
            last_line_defined: function.last_line_defined,
        });
        protos.push(vm.add_proto(proto)?);
    }
    match protos.last() {
        Some(&main) => Ok(main),
        None => unreachable!("a chunk has a main function"),
    }
}

/// The VM's strings for a chunk's symbols, each made when first wanted.
struct Strings<'a> {
    symbols: &'a Symbols,
    made: Vec<Option<Gc<LuaString>>>,
}

impl Strings<'_> {
    fn get(&mut self, vm: &mut Vm, symbol: Symbol) -> Result<Gc<LuaString>, OutOfMemory> {
        if let Some(string) = self.made[symbol.index()] {
            return Ok(string);
        }
        let string = vm.intern(self.symbols.text(symbol))?;
        self.made[symbol.index()] = Some(string);
        Ok(string)
    }
}
