//! The code generator: its state, functions, scopes.

use super::emit::{Emitter, JumpList, Pc};
use super::function::{FunctionCode, LocalRecord};
use crate::syntax::ast::{ArgVariable, Ast, ExprId, Function, FunctionId, LocalId, LocalRange};
use crate::syntax::error::{Result, SyntaxError};
use crate::syntax::symbol::Symbol;
use ferrous_lua_runtime::bytecode::Op;
use ferrous_lua_runtime::message::{MAX_CHUNK_IN_SYNTAX_ERROR, chunk_display_name};
use ferrous_lua_runtime::proto::{UpvalueDesc, UpvalueSource};
use ferrous_lua_runtime::string::MAX_INTERNED;

/// Compiles every function of a chunk: inner ones before those around them, the main function last.
///
/// # Errors
///
/// A function that needs more registers or longer jumps than there are.
pub fn generate(ast: &Ast, chunk_name: &[u8]) -> Result<Vec<FunctionCode>> {
    let compile = |calls| {
        let mut codegen = Codegen::new(ast, calls);
        for id in ast.function_ids() {
            let code = codegen.compile_function(id);
            codegen.done.push(code);
        }
        codegen
    };
    let mut codegen = compile(Calls::Quick);
    if codegen.emit.failure.is_some() {
        codegen = compile(Calls::Compact);
    }
    if let Some(failure) = codegen.emit.failure {
        let mut message = chunk_display_name(chunk_name, MAX_CHUNK_IN_SYNTAX_ERROR);
        message.extend_from_slice(format!(":{}: {}", failure.line, failure.what).as_bytes());
        return Err(Box::new(SyntaxError { message, at_eof: false }));
    }
    Ok(codegen.done)
}

/// When a call's arguments get to their places.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Calls {
    /// They are computed there.
    Quick,
    /// Just before the call, so that calls that wait for their arguments take no register for the return address: what is too
    /// deeply nested for the other way.
    Compact,
}

/// A visible local variable. Its register is its place among them.
struct ActiveLocal {
    local: LocalId,
    /// Its place in [`FunctionCode::locals`].
    record: usize,
}

/// A loop that `break` can leave.
pub(super) struct LoopScope {
    pub(super) breaks: JumpList,
    /// How many locals are visible around it.
    pub(super) active: usize,
}

/// What is known of a label.
#[derive(Clone, Copy)]
pub(super) struct LabelState {
    pub(super) place: Option<Pc>,
    /// Jumps made before the label was reached.
    pub(super) jumps: JumpList,
}

pub(super) struct Codegen<'a> {
    pub(super) ast: &'a Ast,
    pub(super) emit: Emitter,
    pub(super) calls: Calls,
    /// The function being compiled.
    pub(super) function: Function,
    active: Vec<ActiveLocal>,
    /// The register of each local that has been visible.
    registers: Vec<u8>,
    pub(super) loops: Vec<LoopScope>,
    pub(super) labels: Vec<LabelState>,
    /// Left-leaning chains of expressions that are being walked.
    pub(super) spine: Vec<ExprId>,
    done: Vec<FunctionCode>,
}

impl<'a> Codegen<'a> {
    fn new(ast: &'a Ast, calls: Calls) -> Codegen<'a> {
        Codegen {
            ast,
            calls,
            emit: Emitter::new(ast.symbols().len()),
            function: Function::default(),
            active: Vec::new(),
            registers: vec![0; ast.local_count()],
            loops: Vec::new(),
            labels: vec![LabelState { place: None, jumps: JumpList::EMPTY }; ast.label_count()],
            spine: Vec::new(),
            done: Vec::new(),
        }
    }

    fn compile_function(&mut self, id: FunctionId) -> FunctionCode {
        let function = self.ast.function(id);
        self.function = function;
        self.emit.start(function.line_defined);
        self.emit.out.is_vararg = function.is_vararg;
        self.emit.out.num_params = function.params.len() as u8;
        self.emit.out.line_defined = function.line_defined;
        self.emit.out.last_line_defined = function.last_line_defined;
        self.emit.reserve(function.params.len() as u32);
        self.activate(function.params);
        match function.arg {
            ArgVariable::Absent => {}
            ArgVariable::Nil(local) => {
                self.emit.reserve(1);
                self.activate_one(local);
            }
            ArgVariable::Table(local) => {
                self.emit.out.needs_arg = true;
                self.emit.reserve(1);
                self.activate_one(local);
            }
        }
        self.statements(function.body);
        self.emit.line = function.return_line;
        let end = self.emit.pc().0;
        self.end_locals(0, end);
        self.close(0);
        self.return_nothing();
        self.active.clear();
        for upvalue in self.ast.upvalues(function.upvalues) {
            self.emit.out.upvalue_names.push(self.ast.local(upvalue.local).name);
        }
        self.emit.finish()
    }

    /// Makes a closure of a nested function; `itself` is the variable that it will be stored in, if it is
    /// a `local function`.
    pub(super) fn closure(&mut self, id: FunctionId, itself: Option<LocalId>) -> Pc {
        let mut descriptions = Vec::new();
        for upvalue in self.ast.upvalues(self.ast.function(id).upvalues) {
            let by_value = !self.ast.local(upvalue.local).needs_cell;
            let source = match upvalue.in_parent {
                Some(n) => UpvalueSource::Upvalue(n),
                None if by_value && itself == Some(upvalue.local) => UpvalueSource::Itself,
                None => UpvalueSource::Local(self.register_of(upvalue.local) as u8),
            };
            descriptions.push(UpvalueDesc { source, by_value });
        }
        self.done[id.index()].upvalues = descriptions;
        let index = self.emit.out.children.len();
        self.emit.out.children.push(id);
        if index > usize::from(u16::MAX) {
            self.emit.fail("constant table overflow");
        }
        self.emit.emit_ad(Op::Closure, 0, index as u32)
    }

    // ---- variables -------------------------------------------------------------------------

    /// How many locals are visible: the registers that temporary values do not use.
    pub(super) fn active_count(&self) -> u32 {
        self.active.len() as u32
    }

    /// Makes locals visible, whose values are in the registers right above those of the others.
    pub(super) fn activate(&mut self, locals: LocalRange) {
        locals.iter().for_each(|local| self.activate_one(local));
    }

    pub(super) fn activate_one(&mut self, local: LocalId) {
        let register = self.active.len() as u8;
        self.registers[local.index()] = register;
        let start_pc = self.emit.pc().0;
        let name = self.ast.local(local).name;
        self.active.push(ActiveLocal { local, record: self.emit.out.locals.len() });
        self.emit.out.locals.push(LocalRecord { name, register, start_pc, end_pc: start_pc });
    }

    /// The debugger sees the newest local only from here on.
    pub(super) fn restart_newest_local(&mut self) {
        let start_pc = self.emit.pc().0;
        if let Some(record) = self.emit.out.locals.last_mut() {
            record.start_pc = start_pc;
        }
    }

    fn end_locals(&mut self, from: usize, end_pc: u32) {
        for active in &self.active[from..] {
            self.emit.out.locals[active.record].end_pc = end_pc;
        }
    }

    /// Ends the scope of all locals but the first `from`. Unless control never comes here, the cells
    /// among them are closed.
    pub(super) fn leave_scope(&mut self, from: usize, reachable: bool) {
        let end = self.emit.pc().0;
        self.end_locals(from, end);
        if reachable {
            self.close(from);
        }
        self.active.truncate(from);
        self.emit.free = self.active_count();
        self.emit.label();
    }

    /// How many of the visible locals a jump to a label keeps.
    pub(super) fn kept_by_label(&self, leaves_from: LocalId) -> usize {
        self.active.partition_point(|a| a.local < leaves_from)
    }

    /// The lowest register of the visible locals behind the first `from` that share a cell with closures.
    pub(super) fn first_cell(&self, from: usize) -> Option<u32> {
        let at = self.active[from..].iter().position(|a| self.ast.local(a.local).needs_cell)?;
        Some((from + at) as u32)
    }

    /// Closes the cells of the visible locals behind the first `from`.
    pub(super) fn close(&mut self, from: usize) {
        if let Some(register) = self.first_cell(from) {
            self.emit.emit_ad(Op::Close, register, 0);
        }
    }

    pub(super) fn register_of(&self, local: LocalId) -> u32 {
        u32::from(self.registers[local.index()])
    }

    /// Whether an upvalue of the function being compiled is a copy of its variable.
    pub(super) fn upvalue_by_value(&self, n: u8) -> bool {
        let upvalue = self.ast.upvalues(self.function.upvalues)[usize::from(n)];
        !self.ast.local(upvalue.local).needs_cell
    }

    /// Whether field instructions can have this key: their caches compare strings by identity.
    pub(super) fn can_be_key(&self, name: Symbol) -> bool {
        self.ast.symbols().text(name).len() <= MAX_INTERNED
    }

    // ---- returns ---------------------------------------------------------------------------

    pub(super) fn return_nothing(&mut self) {
        if self.function.is_vararg {
            self.emit.emit_abc(Op::ReturnV, 0, 1, 0);
        } else {
            self.emit.emit_abc(Op::Return0, 0, 0, 0);
        }
    }
}
