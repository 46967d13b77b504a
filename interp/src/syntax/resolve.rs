//! Scopes: which variable a name means, and how closures may hold it.
//!
//! The parser reports declarations, uses and blocks in source order, and gets back resolved variables.
//! A name is looked up in constant time: [`Resolver::bindings`] maps each symbol to the innermost
//! visible local of that name, and a local remembers the one that it hides.
//!
//! # Capture by value
//!
//! A closure may copy a variable instead of sharing a cell if no assignment can happen after the
//! closure exists. Seen from the source, an assignment can follow a capture if it
//!
//! 1. stands behind it, or
//! 2. stands before it, but a loop around both, inside the variable's scope, brings control back, or
//! 3. stands in an inner function.
//!
//! The third is a capture itself and counts as an assignment behind it. For the second, a variable keeps
//! the outermost loop inside its scope that holds its latest assignment, and a capture asks whether that
//! loop is still open. A label counts as a loop that lasts until its block ends, since a `goto` back to
//! it stands there. Each entry into a scope makes a new variable, so loops around the scope do not matter.

use super::ast::{
    ArgVariable, Ast, FunctionId, GotoId, Label, LabelId, Local, LocalId, LocalRange, Range, Upvalue,
};
use super::symbol::Symbol;

/// The most local variables active at once in a function (`LUAI_MAXVARS`).
const MAX_LOCALS: usize = 200;
/// The most upvalues of a function (`LUAI_MAXUPVALUES`).
const MAX_UPVALUES: usize = 60;

const NO_LOCAL: u32 = u32::MAX;
const NO_LOOP: u32 = u32::MAX;
const NO_LABEL: u32 = u32::MAX;

/// What a name means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Variable {
    Local(LocalId),
    Upvalue(u8),
    Global,
}

/// A rule about scopes that the source breaks.
pub(super) enum Violation {
    /// `function_line` is 0 for the main chunk.
    TooMany {
        function_line: u32,
        limit: usize,
        what: &'static str,
    },
    DuplicateLabel(Symbol),
    UndefinedLabel {
        name: Symbol,
        goto_line: u32,
    },
    JumpIntoScope {
        label: Symbol,
        local: Symbol,
        goto_line: u32,
    },
}

type Result<T> = std::result::Result<T, Violation>;

/// What is known of a local variable while its scope is open.
struct LocalState {
    /// The local of the same name that it hides.
    hides: u32,
    /// Nesting depth of the function that declares it.
    function: u32,
    /// How many loops are open around its scope.
    loop_depth: u32,
    /// The outermost loop inside its scope that holds its latest assignment.
    assigned_in: u32,
    used: bool,
}

struct FunctionScope {
    line: u32,
    is_vararg: bool,
    uses_dots: bool,
    arg: Option<LocalId>,
    /// Where its part of the stacks begins.
    first_active: usize,
    first_block: usize,
    first_goto: usize,
    first_label: usize,
    /// Declared but not yet active locals.
    pending_locals: usize,
    upvalues: Vec<Upvalue>,
}

/// An open block.
struct Block {
    active: usize,
    label: usize,
    goto: usize,
    loops: usize,
    is_loop: bool,
}

struct OpenLabel {
    name: Symbol,
    id: LabelId,
    /// Where in `labels` the label of this name is that it hides.
    hides: u32,
}

/// A `goto` whose label has not been seen.
struct PendingGoto {
    name: Symbol,
    id: GotoId,
    line: u32,
    /// Active locals at the `goto`, or at the end of a block it has been carried out of.
    active: usize,
}

/// The open scopes.
pub(super) struct Resolver {
    bindings: Vec<u32>,
    states: Vec<LocalState>,
    /// The visible locals of all open functions, innermost last.
    active: Vec<LocalId>,
    functions: Vec<FunctionScope>,
    blocks: Vec<Block>,
    /// Serial numbers of the open loops.
    loops: Vec<u32>,
    next_loop: u32,
    labels: Vec<OpenLabel>,
    /// For each symbol, where in `labels` the innermost label of that name is, or `NO_LABEL`.
    label_places: Vec<u32>,
    gotos: Vec<PendingGoto>,
}

impl Resolver {
    pub(super) fn new() -> Resolver {
        Resolver {
            bindings: Vec::new(),
            states: Vec::new(),
            active: Vec::new(),
            functions: Vec::new(),
            blocks: Vec::new(),
            loops: Vec::new(),
            next_loop: 0,
            labels: Vec::new(),
            label_places: Vec::new(),
            gotos: Vec::new(),
        }
    }

    // ---- functions -------------------------------------------------------------------------

    /// Enters a function body.
    pub(super) fn open_function(&mut self, line: u32) {
        self.functions.push(FunctionScope {
            line,
            is_vararg: false,
            uses_dots: false,
            arg: None,
            first_active: self.active.len(),
            first_block: self.blocks.len(),
            first_goto: self.gotos.len(),
            first_label: self.labels.len(),
            pending_locals: 0,
            upvalues: Vec::new(),
        });
        self.open_block(false);
    }

    /// The function declares `...`.
    pub(super) fn set_vararg(&mut self) {
        self.function().is_vararg = true;
    }

    /// The function has the implicit variable `arg`.
    pub(super) fn set_arg(&mut self, local: LocalId) {
        self.function().arg = Some(local);
    }

    /// The function uses `...`; false if it has not declared it.
    pub(super) fn use_dots(&mut self) -> bool {
        let function = self.function();
        function.uses_dots = true;
        function.is_vararg
    }

    /// Leaves a function body: whether it is vararg, its `arg`, its upvalues.
    pub(super) fn close_function(&mut self, ast: &mut Ast) -> Result<(bool, ArgVariable, Range)> {
        self.close_block(ast);
        let Some(function) = self.functions.pop() else {
            unreachable!("a function is open");
        };
        if let Some(pending) = self.gotos.get(function.first_goto) {
            return Err(Violation::UndefinedLabel { name: pending.name, goto_line: pending.line });
        }
        let arg = match function.arg {
            Some(local) if self.states[local.index()].used && !function.uses_dots => {
                ArgVariable::Table(local)
            }
            Some(local) => ArgVariable::Nil(local),
            None => ArgVariable::Absent,
        };
        let start = ast.upvalues.len() as u32;
        let upvalues = Range { start, len: function.upvalues.len() as u32 };
        ast.upvalues.extend_from_slice(&function.upvalues);
        Ok((function.is_vararg, arg, upvalues))
    }

    fn function(&mut self) -> &mut FunctionScope {
        match self.functions.last_mut() {
            Some(function) => function,
            None => unreachable!("a function is open"),
        }
    }

    /// The current function has more of something than it may.
    #[cold]
    pub(super) fn too_many(&self, limit: usize, what: &'static str) -> Violation {
        Violation::TooMany { function_line: self.functions.last().map_or(0, |f| f.line), limit, what }
    }

    // ---- blocks and loops ------------------------------------------------------------------

    /// Enters a block; `break` leaves the innermost one that is a loop.
    pub(super) fn open_block(&mut self, is_loop: bool) {
        self.blocks.push(Block {
            active: self.active.len(),
            label: self.labels.len(),
            goto: self.gotos.len(),
            loops: self.loops.len(),
            is_loop,
        });
        if is_loop {
            self.open_loop();
        }
    }

    fn open_loop(&mut self) {
        self.loops.push(self.next_loop);
        self.next_loop += 1;
    }

    /// Leaves a block: its locals and labels go out of sight, and a `goto` that has found no label in it may find one in
    /// front of it.
    pub(super) fn close_block(&mut self, ast: &mut Ast) {
        let Some(block) = self.blocks.pop() else {
            unreachable!("a block is open");
        };
        for label in self.labels.drain(block.label..).rev() {
            self.label_places[label.name.index()] = label.hides;
        }
        let mut kept = block.goto;
        for at in block.goto..self.gotos.len() {
            match self.label_of_block(self.gotos[at].name) {
                Some(label) => ast.gotos[self.gotos[at].id.index()] = label,
                None => {
                    self.gotos[at].active = self.gotos[at].active.min(block.active);
                    self.gotos.swap(kept, at);
                    kept += 1;
                }
            }
        }
        self.gotos.truncate(kept);
        self.loops.truncate(block.loops);
        while self.active.len() > block.active {
            if let Some(local) = self.active.pop() {
                self.bindings[ast.local(local).name.index()] = self.states[local.index()].hides;
            }
        }
    }

    /// Whether a `break` here has a loop to leave.
    pub(super) fn in_loop(&self) -> bool {
        let first = self.functions.last().map_or(0, |f| f.first_block);
        self.blocks[first..].iter().any(|b| b.is_loop)
    }

    // ---- variables -------------------------------------------------------------------------

    /// Declares a local, to be visible after [`Resolver::activate`].
    pub(super) fn declare(&mut self, ast: &mut Ast, name: Symbol) -> Result<LocalId> {
        let count = self.active.len();
        let depth = self.functions.len() as u32;
        let function = self.function();
        if count - function.first_active + function.pending_locals >= MAX_LOCALS {
            return Err(self.too_many(MAX_LOCALS, "local variables"));
        }
        function.pending_locals += 1;
        let id = LocalId(ast.locals.len() as u32);
        ast.locals.push(Local { name, captured: false, needs_cell: false });
        self.states.push(LocalState {
            hides: NO_LOCAL,
            function: depth,
            loop_depth: 0,
            assigned_in: NO_LOOP,
            used: false,
        });
        Ok(id)
    }

    /// Makes declared locals visible.
    pub(super) fn activate(&mut self, ast: &Ast, locals: LocalRange) {
        self.function().pending_locals -= locals.len();
        for id in locals.iter() {
            let name = ast.local(id).name.index();
            if name >= self.bindings.len() {
                self.bindings.resize((name + 1).max(self.bindings.len() * 2), NO_LOCAL);
            }
            let state = &mut self.states[id.index()];
            state.hides = std::mem::replace(&mut self.bindings[name], id.0);
            state.loop_depth = self.loops.len() as u32;
            self.active.push(id);
        }
    }

    /// What a name means here.
    #[inline]
    pub(super) fn resolve(&mut self, ast: &mut Ast, name: Symbol) -> Result<Variable> {
        let Some(&id) = self.bindings.get(name.index()).filter(|&&id| id != NO_LOCAL) else {
            return Ok(Variable::Global);
        };
        let local = LocalId(id);
        let state = &mut self.states[local.index()];
        state.used = true;
        if state.function as usize == self.functions.len() {
            return Ok(Variable::Local(local));
        }
        self.capture(ast, local);
        Ok(Variable::Upvalue(self.upvalue(self.functions.len() - 1, local)?))
    }

    fn capture(&mut self, ast: &mut Ast, local: LocalId) {
        let state = &self.states[local.index()];
        let comes_back = state.assigned_in != NO_LOOP
            && self.loops.get(state.loop_depth as usize) == Some(&state.assigned_in);
        let local = &mut ast.locals[local.index()];
        local.captured = true;
        local.needs_cell |= comes_back;
    }

    /// The position of `local` among the upvalues of the function at this depth.
    fn upvalue(&mut self, function: usize, local: LocalId) -> Result<u8> {
        if let Some(at) = self.functions[function].upvalues.iter().position(|u| u.local == local) {
            return Ok(at as u8);
        }
        let in_parent = if self.states[local.index()].function as usize == function {
            None
        } else {
            Some(self.upvalue(function - 1, local)?)
        };
        let at = self.functions[function].upvalues.len();
        if at >= MAX_UPVALUES {
            let function_line = self.functions[function].line;
            return Err(Violation::TooMany { function_line, limit: MAX_UPVALUES, what: "upvalues" });
        }
        self.functions[function].upvalues.push(Upvalue { local, in_parent });
        Ok(at as u8)
    }

    /// A variable has been assigned. To be called behind the statement, whose values may capture it.
    pub(super) fn assigned(&mut self, ast: &mut Ast, variable: Variable) {
        match variable {
            Variable::Local(id) => {
                let local = &mut ast.locals[id.index()];
                local.needs_cell |= local.captured;
                let state = &mut self.states[id.index()];
                if let Some(&serial) = self.loops.get(state.loop_depth as usize) {
                    state.assigned_in = serial;
                }
            }
            Variable::Upvalue(at) => {
                let local = self.function().upvalues[usize::from(at)].local;
                ast.locals[local.index()].needs_cell = true;
            }
            Variable::Global => {}
        }
    }

    // ---- labels ----------------------------------------------------------------------------

    /// A `goto`.
    pub(super) fn goto(&mut self, ast: &mut Ast, name: Symbol, line: u32) -> GotoId {
        let id = GotoId(ast.gotos.len() as u32);
        match self.label_of_block(name) {
            Some(label) => ast.gotos.push(label),
            None => {
                // Replaced when the label turns up, or one in front of an enclosing block; otherwise there is an error.
                ast.gotos.push(LabelId(u32::MAX));
                self.gotos.push(PendingGoto { name, id, line, active: self.active.len() });
            }
        }
        id
    }

    /// The label of that name in the innermost block, if that belongs to this function.
    fn label_of_block(&self, name: Symbol) -> Option<LabelId> {
        let place = *self.label_places.get(name.index())?;
        let of_function = self.functions.last().map_or(0, |f| f.first_label);
        let of_block = self.blocks.last().map_or(0, |b| b.label);
        if (place as usize) < of_function.max(of_block) {
            return None;
        }
        self.labels.get(place as usize).map(|label| label.id)
    }

    /// A label. One that ends its block is outside the scope of the block's locals.
    pub(super) fn label(&mut self, ast: &mut Ast, name: Symbol, ends_block: bool) -> Result<LabelId> {
        if self.label_of_block(name).is_some() {
            return Err(Violation::DuplicateLabel(name));
        }
        let (block_goto, block_active) = self.blocks.last().map_or((0, 0), |b| (b.goto, b.active));
        let active = if ends_block { block_active } else { self.active.len() };
        let id = LabelId(ast.labels.len() as u32);
        // A jump from further in leaves every local declared later than those active at the label.
        let first_active = self.functions.last().map_or(0, |f| f.first_active);
        let leaves_from = match self.active[first_active..active].last() {
            Some(last) => LocalId(last.0 + 1),
            None => LocalId(0),
        };
        ast.labels.push(Label { name, leaves_from });
        if name.index() >= self.label_places.len() {
            self.label_places.resize((name.index() + 1).max(self.label_places.len() * 2), NO_LABEL);
        }
        let hides = std::mem::replace(&mut self.label_places[name.index()], self.labels.len() as u32);
        self.labels.push(OpenLabel { name, id, hides });

        let mut kept = block_goto;
        for at in block_goto..self.gotos.len() {
            let pending = &self.gotos[at];
            if pending.name != name {
                self.gotos.swap(kept, at);
                kept += 1;
                continue;
            }
            if pending.active < active {
                let local = ast.local(self.active[pending.active]).name;
                return Err(Violation::JumpIntoScope { label: name, local, goto_line: pending.line });
            }
            ast.gotos[pending.id.index()] = id;
        }
        self.gotos.truncate(kept);
        self.open_loop();
        Ok(id)
    }
}

impl Ast {
    /// Adds a finished function body.
    pub(super) fn add_function(&mut self, function: super::ast::Function) -> FunctionId {
        self.functions.push(function);
        FunctionId(self.functions.len() as u32 - 1)
    }
}
