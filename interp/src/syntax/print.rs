//! A tree as text, for tests: S-expressions, one statement a line.

use super::ast::{
    ArgVariable, Ast, BinaryOp, Expr, ExprId, FunctionId, LocalId, LocalRange, Range, Stmt, StmtKind,
    TableKey, UnaryOp,
};
use super::symbol::Symbol;
use std::fmt::Write;

pub(super) fn print(ast: &Ast) -> String {
    let mut printer = Printer { ast, out: String::new(), indent: 0, function: ast.main() };
    printer.block(ast.function(ast.main()).body);
    printer.out
}

struct Printer<'a> {
    ast: &'a Ast,
    out: String,
    indent: usize,
    function: FunctionId,
}

impl Printer<'_> {
    fn text(&self, symbol: Symbol) -> String {
        String::from_utf8_lossy(self.ast.symbols().text(symbol)).into_owned()
    }

    /// `name.id`, marked `=` if captured by value and `&` if by cell.
    fn local(&self, id: LocalId) -> String {
        let local = self.ast.local(id);
        let mark = match (local.captured, local.needs_cell) {
            (_, true) => "&",
            (true, false) => "=",
            (false, false) => "",
        };
        format!("{}.{}{mark}", self.text(local.name), id.0)
    }

    fn locals(&self, range: LocalRange) -> String {
        range.iter().map(|l| self.local(l)).collect::<Vec<_>>().join(" ")
    }

    fn block(&mut self, range: Range) {
        let ast = self.ast;
        for stmt in ast.stmts(range) {
            let _ = write!(self.out, "{:1$}", "", self.indent * 2);
            self.stmt(stmt);
        }
    }

    fn nested(&mut self, range: Range) {
        self.out.push('\n');
        self.indent += 1;
        self.block(range);
        self.indent -= 1;
    }

    fn line(&mut self, text: String) {
        self.out.push_str(&text);
        self.out.push('\n');
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let ast = self.ast;
        match stmt.kind {
            StmtKind::Local { locals, values } => {
                let (names, values) = (self.locals(locals), self.items(values));
                self.line(format!("local {names} = {values}"));
            }
            StmtKind::LocalFunction { local, function } => {
                let (name, function) = (self.local(local), self.expr(function));
                self.line(format!("local function {name} {function}"));
            }
            StmtKind::Assign { targets, values } => {
                let (targets, values) = (self.items(targets), self.items(values));
                self.line(format!("{targets} = {values}"));
            }
            StmtKind::Function { target, function, .. } => {
                let (target, function) = (self.expr(target), self.expr(function));
                self.line(format!("function {target} {function}"));
            }
            StmtKind::Call(call) => {
                let call = self.expr(call);
                self.line(call);
            }
            StmtKind::Do(body) => {
                self.out.push_str("do");
                self.nested(body);
            }
            StmtKind::While { condition, body, .. } => {
                let condition = self.expr(condition);
                self.out.push_str(&format!("while {condition}"));
                self.nested(body);
            }
            StmtKind::Repeat { body, condition } => {
                let condition = self.expr(condition);
                self.out.push_str(&format!("repeat until {condition}"));
                self.nested(body);
            }
            StmtKind::If { arms, otherwise } => {
                for (i, arm) in ast.arms(arms).iter().enumerate() {
                    let condition = self.expr(arm.condition);
                    let pad = " ".repeat(if i == 0 { 0 } else { self.indent * 2 });
                    self.out.push_str(&format!("{pad}if {condition}"));
                    self.nested(arm.body);
                }
                if let Some(body) = otherwise {
                    let _ = write!(self.out, "{:1$}else", "", self.indent * 2);
                    self.nested(body);
                }
            }
            StmtKind::NumericFor { header, body } | StmtKind::GenericFor { header, body } => {
                let header = ast.for_loop(header);
                let (names, values) = (self.locals(header.visible), self.items(header.values));
                self.out.push_str(&format!("for {names} in {values}"));
                self.nested(body);
            }
            StmtKind::Return(values) => {
                let values = self.items(values);
                self.line(format!("return {values}"));
            }
            StmtKind::Break => self.line("break".into()),
            StmtKind::Goto(id) => self.line(format!("goto {}", ast.goto_target(id).0)),
            StmtKind::Label(id) => {
                let label = ast.label(id);
                self.line(format!("::{} {}:: leaves {}", id.0, self.text(label.name), label.leaves_from.0));
            }
        }
    }

    fn items(&mut self, range: Range) -> String {
        let ast = self.ast;
        ast.items(range).iter().map(|item| self.expr(item.expr)).collect::<Vec<_>>().join(", ")
    }

    fn expr(&mut self, id: ExprId) -> String {
        let ast = self.ast;
        match ast.expr(id) {
            Expr::Nil => "nil".into(),
            Expr::True => "true".into(),
            Expr::False => "false".into(),
            Expr::Number(n) => n.to_string(),
            Expr::String(s) => format!("{:?}", self.text(s)),
            Expr::Vararg { .. } => "...".into(),
            Expr::Function(f) => self.function(f),
            Expr::Table(t) => {
                let items: Vec<_> = ast
                    .table_items(ast.table(t).items)
                    .iter()
                    .map(|item| {
                        let value = self.expr(item.value);
                        match item.key {
                            TableKey::Positional => value,
                            TableKey::Named(name) => format!("{}={value}", self.text(name)),
                            TableKey::Computed(key) => format!("[{}]={value}", self.expr(key)),
                        }
                    })
                    .collect();
                format!("{{{}}}", items.join("; "))
            }
            Expr::Local(local) => self.local(local),
            Expr::Upvalue(at) => {
                let upvalue = ast.upvalues(ast.function(self.function).upvalues)[usize::from(at)];
                format!("^{}", self.local(upvalue.local))
            }
            Expr::Global(name) => self.text(name),
            Expr::Field { object, name } => format!("{}.{}", self.expr(object), self.text(name)),
            Expr::Index { object, key } => format!("{}[{}]", self.expr(object), self.expr(key)),
            Expr::Call { callee, call } => {
                format!("{}({})", self.expr(callee), self.items(ast.call(call).arguments))
            }
            Expr::Method { object, name, call } => {
                let object = self.expr(object);
                format!("{object}:{}({})", self.text(name), self.items(ast.call(call).arguments))
            }
            Expr::Paren(inner) => format!("<{}>", self.expr(inner)),
            Expr::Unary { op, operand } => {
                let op = match op {
                    UnaryOp::Negate => "-",
                    UnaryOp::Not => "not",
                    UnaryOp::Length => "#",
                };
                format!("({op} {})", self.expr(operand))
            }
            Expr::Binary { op, left, right, .. } => {
                let op = match op {
                    BinaryOp::Add => "+",
                    BinaryOp::Sub => "-",
                    BinaryOp::Mul => "*",
                    BinaryOp::Div => "/",
                    BinaryOp::Mod => "%",
                    BinaryOp::Pow => "^",
                    BinaryOp::Concat => "..",
                    BinaryOp::Equal => "==",
                    BinaryOp::NotEqual => "~=",
                    BinaryOp::Less => "<",
                    BinaryOp::LessEqual => "<=",
                    BinaryOp::Greater => ">",
                    BinaryOp::GreaterEqual => ">=",
                    BinaryOp::And => "and",
                    BinaryOp::Or => "or",
                };
                format!("({op} {} {})", self.expr(left), self.expr(right))
            }
        }
    }

    fn function(&mut self, id: FunctionId) -> String {
        let function = self.ast.function(id);
        let outer = std::mem::take(&mut self.out);
        let outer_function = std::mem::replace(&mut self.function, id);
        self.nested(function.body);
        self.function = outer_function;
        let body = std::mem::replace(&mut self.out, outer);
        let dots = if function.is_vararg { " ..." } else { "" };
        let arg = match function.arg {
            ArgVariable::Absent => String::new(),
            ArgVariable::Nil(local) => format!(" nil {}", self.local(local)),
            ArgVariable::Table(local) => format!(" table {}", self.local(local)),
        };
        format!(
            "({}{dots}{arg}){body}{:4$}end@{}-{}",
            self.locals(function.params),
            "",
            function.line_defined,
            function.last_line_defined,
            self.indent * 2
        )
    }
}
