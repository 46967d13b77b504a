//! The syntax tree, with every name resolved.
//!
//! Nodes live in a few vectors and refer to each other by index, so a tree of any depth is built, walked
//! by spines and dropped without recursion. Left-leaning chains (`a + b + c`, `f().x:y()`) may be as
//! long as the source; every other way down costs the parser one of its 200 levels, which bounds the
//! recursion of whoever walks the tree.
//!
//! # Lines
//!
//! Messages and hooks show the lines that PUC Lua's one-pass compiler would give to its instructions:
//! usually the line of the last token read when the instruction is made. So a node records the line of
//! its *last* token ([`Ast::end_line`]), and where an instruction is made at a token that belongs to no
//! expression (an operator, a comma, a closing brace), the node keeps that token's line beside it.

use super::symbol::{Symbol, Symbols};

macro_rules! index_types {
    ($( $(#[$doc:meta])* $name:ident, )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(super) u32);

        impl $name {
            /// The position in its table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

index_types! {
    /// An expression: index into [`Ast::exprs`].
    ExprId,
    /// A local variable: index into [`Ast::locals`]. Within a function, later declared means greater.
    LocalId,
    /// A function body: index into [`Ast::functions`].
    FunctionId,
    /// Arguments of a call: index into [`Ast::calls`].
    CallId,
    /// A table constructor: index into [`Ast::tables`].
    TableId,
    /// A loop header: index into [`Ast::for_loops`].
    ForId,
    /// A `goto`: index into [`Ast::gotos`].
    GotoId,
    /// A label: index into [`Ast::labels`].
    LabelId,
}

/// Consecutive entries of one of the tree's vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Range {
    /// How many entries.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    fn indices(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// Consecutive local variables.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalRange {
    pub(super) first: u32,
    pub(super) len: u32,
}

impl LocalRange {
    /// How many variables.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The variables in order of declaration.
    pub fn iter(self) -> impl Iterator<Item = LocalId> {
        (self.first..self.first + self.len).map(LocalId)
    }
}

/// An expression.
#[derive(Clone, Copy, Debug)]
pub enum Expr {
    Nil,
    True,
    False,
    Number(f64),
    String(Symbol),
    /// `...`; the line is that of the token before.
    Vararg {
        line_before: u32,
    },
    Function(FunctionId),
    Table(TableId),
    Local(LocalId),
    /// A variable of an enclosing function: position in the function's [`Function::upvalues`].
    Upvalue(u8),
    Global(Symbol),
    /// `object.name`
    Field {
        object: ExprId,
        name: Symbol,
    },
    /// `object[key]`
    Index {
        object: ExprId,
        key: ExprId,
    },
    /// `callee(arguments)`
    Call {
        callee: ExprId,
        call: CallId,
    },
    /// `object:name(arguments)`
    Method {
        object: ExprId,
        name: Symbol,
        call: CallId,
    },
    /// `(inner)`: one value, and nothing that can be assigned to.
    Paren(ExprId),
    Unary {
        op: UnaryOp,
        operand: ExprId,
    },
    Binary {
        op: BinaryOp,
        /// The line of the operator.
        line: u32,
        left: ExprId,
        right: ExprId,
    },
}

const _: () = assert!(size_of::<Expr>() == 16);

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Negate,
    Not,
    Length,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Concat,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// An entry of an expression list.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    pub expr: ExprId,
    /// The line of the token that ends the entry: the comma, the closing parenthesis.
    pub line: u32,
}

/// The arguments of a call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Expressions, see [`Ast::items`].
    pub arguments: Range,
    /// Where the arguments start: the line of the call instruction.
    pub line: u32,
    /// The line of the token before: the name of a method.
    pub line_before: u32,
}

/// A table constructor.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Entries, see [`Ast::table_items`].
    pub items: Range,
    /// The line of the token before the brace.
    pub line_before: u32,
}

/// An entry of a table constructor.
#[derive(Clone, Copy, Debug)]
pub struct TableItem {
    pub key: TableKey,
    pub value: ExprId,
    /// The line of the separator or brace behind it.
    pub line: u32,
}

/// What a value in a table constructor is stored under.
#[derive(Clone, Copy, Debug)]
pub enum TableKey {
    /// The next index.
    Positional,
    /// `name = value`
    Named(Symbol),
    /// `[key] = value`
    Computed(ExprId),
}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    /// The line of its last token.
    pub end_line: u32,
}

/// The kinds of statement.
#[derive(Clone, Copy, Debug)]
pub enum StmtKind {
    /// `local names = values`
    Local { locals: LocalRange, values: Range },
    /// `local function name ...`
    LocalFunction { local: LocalId, function: ExprId },
    /// `targets = values`, both ranges of [`Ast::items`]
    Assign { targets: Range, values: Range },
    /// `function a.b.c:d() ... end`, with the line of its first token
    Function { target: ExprId, function: ExprId, line: u32 },
    /// A call for its effects
    Call(ExprId),
    /// `do ... end`
    Do(Range),
    /// `while condition do ... end`
    While { condition: ExprId, do_line: u32, body: Range },
    /// `repeat ... until condition`; the condition is in the body's scope
    Repeat { body: Range, condition: ExprId },
    /// `if`, with a range of [`Ast::arms`]
    If { arms: Range, otherwise: Option<Range> },
    /// `for i = values do ... end`
    NumericFor { header: ForId, body: Range },
    /// `for names in values do ... end`
    GenericFor { header: ForId, body: Range },
    /// `return values`
    Return(Range),
    /// `break`
    Break,
    /// `goto name`
    Goto(GotoId),
    /// `::name::`
    Label(LabelId),
}

/// A condition and the block it guards.
#[derive(Clone, Copy, Debug)]
pub struct Arm {
    pub condition: ExprId,
    /// The line of `then`.
    pub then_line: u32,
    pub body: Range,
}

/// The head of a `for` loop.
#[derive(Clone, Copy, Debug)]
pub struct ForHeader {
    /// The three hidden variables.
    pub hidden: LocalRange,
    /// The variables the body sees.
    pub visible: LocalRange,
    /// Start, limit and perhaps step; or an expression list.
    pub values: Range,
    /// The line of the loop instruction.
    pub line: u32,
    /// The line of `do`.
    pub do_line: u32,
}

/// A label.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    pub name: Symbol,
    /// A jump to the label leaves the scope of all variables from this one on.
    pub leaves_from: LocalId,
}

/// A local variable.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub name: Symbol,
    /// An inner function refers to it.
    pub captured: bool,
    /// It is captured and may be assigned afterwards, so its users must share a cell.
    pub needs_cell: bool,
}

/// A variable of an enclosing function that a function refers to.
#[derive(Clone, Copy, Debug)]
pub struct Upvalue {
    pub local: LocalId,
    /// Position among the enclosing function's upvalues, if it is not one of its locals.
    pub in_parent: Option<u8>,
}

/// 5.1's implicit `arg` in a function that declares `...`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArgVariable {
    /// There is none.
    #[default]
    Absent,
    /// Nil, because the body uses `...`, or because nothing refers to it and only a debugger could see the table.
    Nil(LocalId),
    /// Holds the extra arguments in a table.
    Table(LocalId),
}

/// A function body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Function {
    pub params: LocalRange,
    pub is_vararg: bool,
    pub arg: ArgVariable,
    pub body: Range,
    /// See [`Ast::upvalues`].
    pub upvalues: Range,
    /// 0 for a main chunk.
    pub line_defined: u32,
    pub last_line_defined: u32,
    /// The line of the implicit `return`.
    pub return_line: u32,
}

/// A chunk.
#[derive(Default)]
pub struct Ast {
    /// While the parser runs, the lexer has them.
    pub(super) symbols: Option<Symbols>,
    pub(super) exprs: Vec<Expr>,
    pub(super) expr_lines: Vec<u32>,
    pub(super) items: Vec<Item>,
    pub(super) calls: Vec<Call>,
    pub(super) tables: Vec<Table>,
    pub(super) table_items: Vec<TableItem>,
    pub(super) stmts: Vec<Stmt>,
    pub(super) arms: Vec<Arm>,
    pub(super) for_loops: Vec<ForHeader>,
    pub(super) gotos: Vec<LabelId>,
    pub(super) labels: Vec<Label>,
    pub(super) locals: Vec<Local>,
    pub(super) upvalues: Vec<Upvalue>,
    /// Inner functions before the function around them; the main chunk is the last.
    pub(super) functions: Vec<Function>,
}

impl Ast {
    pub(super) fn new(source_len: usize) -> Ast {
        Ast {
            exprs: Vec::with_capacity(source_len / 8 + 8),
            expr_lines: Vec::with_capacity(source_len / 8 + 8),
            items: Vec::with_capacity(source_len / 16 + 4),
            stmts: Vec::with_capacity(source_len / 32 + 4),
            ..Ast::default()
        }
    }

    /// The names and strings of the chunk.
    pub fn symbols(&self) -> &Symbols {
        match &self.symbols {
            Some(symbols) => symbols,
            None => unreachable!("the parser has handed them over"),
        }
    }

    /// The main chunk.
    pub fn main(&self) -> FunctionId {
        FunctionId(self.functions.len() as u32 - 1)
    }

    /// All functions, in an order that has inner ones before those around them.
    pub fn function_ids(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..self.functions.len() as u32).map(FunctionId)
    }

    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.index()]
    }

    /// The line of the last token of an expression.
    pub fn end_line(&self, id: ExprId) -> u32 {
        self.expr_lines[id.index()]
    }

    pub fn items(&self, range: Range) -> &[Item] {
        &self.items[range.indices()]
    }

    pub fn call(&self, id: CallId) -> Call {
        self.calls[id.index()]
    }

    pub fn table(&self, id: TableId) -> Table {
        self.tables[id.index()]
    }

    pub fn table_items(&self, range: Range) -> &[TableItem] {
        &self.table_items[range.indices()]
    }

    pub fn stmts(&self, block: Range) -> &[Stmt] {
        &self.stmts[block.indices()]
    }

    /// All captured variables may be assigned.
    pub(super) fn share_captured(&mut self) {
        for local in &mut self.locals {
            local.needs_cell |= local.captured;
        }
    }

    pub fn arms(&self, range: Range) -> &[Arm] {
        &self.arms[range.indices()]
    }

    pub fn for_loop(&self, id: ForId) -> ForHeader {
        self.for_loops[id.index()]
    }

    /// The label that a `goto` jumps to.
    pub fn goto_target(&self, id: GotoId) -> LabelId {
        self.gotos[id.index()]
    }

    pub fn label(&self, id: LabelId) -> Label {
        self.labels[id.index()]
    }

    /// How many labels there are; they are numbered from 0.
    pub fn label_count(&self) -> usize {
        self.labels.len()
    }

    pub fn local(&self, id: LocalId) -> Local {
        self.locals[id.index()]
    }

    /// How many local variables there are; they are numbered from 0.
    pub fn local_count(&self) -> usize {
        self.locals.len()
    }

    pub fn upvalues(&self, range: Range) -> &[Upvalue] {
        &self.upvalues[range.indices()]
    }

    pub fn function(&self, id: FunctionId) -> Function {
        self.functions[id.index()]
    }
}
