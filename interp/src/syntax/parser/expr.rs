//! Expressions.

use super::super::ast::{
    BinaryOp, Call, CallId, Expr, ExprId, Item, Range, Table, TableId, TableItem, TableKey, UnaryOp,
};
use super::super::error::Result;
use super::super::resolve::Variable;
use super::super::symbol::Symbol;
use super::super::token::Token;
use super::{Parser, finish};

/// How tightly unary operators bind.
const UNARY_PRIORITY: u8 = 8;

/// An operator, and how tightly it binds to its left and to its right.
fn binary_operator(token: Token) -> Option<(BinaryOp, u8, u8)> {
    Some(match token {
        Token::Or => (BinaryOp::Or, 1, 1),
        Token::And => (BinaryOp::And, 2, 2),
        Token::Equal => (BinaryOp::Equal, 3, 3),
        Token::NotEqual => (BinaryOp::NotEqual, 3, 3),
        Token::Less => (BinaryOp::Less, 3, 3),
        Token::LessEqual => (BinaryOp::LessEqual, 3, 3),
        Token::Greater => (BinaryOp::Greater, 3, 3),
        Token::GreaterEqual => (BinaryOp::GreaterEqual, 3, 3),
        Token::Concat => (BinaryOp::Concat, 5, 4),
        Token::Plus => (BinaryOp::Add, 6, 6),
        Token::Minus => (BinaryOp::Sub, 6, 6),
        Token::Star => (BinaryOp::Mul, 7, 7),
        Token::Slash => (BinaryOp::Div, 7, 7),
        Token::Percent => (BinaryOp::Mod, 7, 7),
        Token::Caret => (BinaryOp::Pow, 10, 9),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<ExprId> {
        self.binary_expression(0)
    }

    /// An operand and the operators behind it that bind more tightly than `limit`.
    fn binary_expression(&mut self, limit: u8) -> Result<ExprId> {
        self.enter_level()?;
        let unary = match self.lexer.token() {
            Token::Not => Some(UnaryOp::Not),
            Token::Minus => Some(UnaryOp::Negate),
            Token::Hash => Some(UnaryOp::Length),
            _ => None,
        };
        let mut left = match unary {
            Some(op) => {
                self.lexer.advance()?;
                let operand = self.binary_expression(UNARY_PRIORITY)?;
                self.add_expr(Expr::Unary { op, operand })
            }
            None => self.simple_expression()?,
        };
        while let Some((op, left_priority, right_priority)) = binary_operator(self.lexer.token()) {
            if left_priority <= limit {
                break;
            }
            self.lexer.advance()?;
            let line = self.lexer.last_line;
            let right = self.binary_expression(right_priority)?;
            left = self.add_expr(Expr::Binary { op, line, left, right });
        }
        self.levels -= 1;
        Ok(left)
    }

    fn simple_expression(&mut self) -> Result<ExprId> {
        let expr = match self.lexer.token() {
            Token::Number => Expr::Number(self.lexer.number()),
            Token::String => Expr::String(self.lexer.symbol()),
            Token::Nil => Expr::Nil,
            Token::True => Expr::True,
            Token::False => Expr::False,
            Token::Dots => {
                if !self.resolver.use_dots() {
                    return self.lexer.error_near("cannot use '...' outside a vararg function");
                }
                Expr::Vararg { line_before: self.lexer.last_line }
            }
            Token::LeftBrace => return self.table(),
            Token::Function => {
                self.lexer.advance()?;
                return self.function_body(self.lexer.line, false);
            }
            _ => return self.suffixed_expression(),
        };
        self.lexer.advance()?;
        Ok(self.add_expr(expr))
    }

    /// A variable by its name.
    pub(super) fn variable(&mut self, name: Symbol) -> Result<ExprId> {
        let expr = match self.resolver.resolve(&mut self.ast, name) {
            Ok(Variable::Local(local)) => Expr::Local(local),
            Ok(Variable::Upvalue(at)) => Expr::Upvalue(at),
            Ok(Variable::Global) => Expr::Global(name),
            Err(violation) => return self.violation(violation),
        };
        Ok(self.add_expr(expr))
    }

    /// A name or parenthesised expression with what may follow it: fields, indices, calls.
    pub(super) fn suffixed_expression(&mut self) -> Result<ExprId> {
        let mut object = match self.lexer.token() {
            Token::LeftParen => {
                let line = self.lexer.line;
                self.lexer.advance()?;
                let inner = self.expression()?;
                self.expect_close(Token::RightParen, Token::LeftParen, line)?;
                self.add_expr(Expr::Paren(inner))
            }
            Token::Name => {
                let name = self.expect_name()?;
                self.variable(name)?
            }
            _ => return self.lexer.error_near("unexpected symbol"),
        };
        loop {
            object = match self.lexer.token() {
                Token::Dot => self.field(object)?,
                Token::LeftBracket => {
                    let key = self.bracketed_key()?;
                    self.add_expr(Expr::Index { object, key })
                }
                Token::Colon => {
                    self.lexer.advance()?;
                    let name = self.expect_name()?;
                    let call = self.arguments()?;
                    self.add_expr(Expr::Method { object, name, call })
                }
                Token::LeftParen | Token::String | Token::LeftBrace => {
                    let call = self.arguments()?;
                    self.add_expr(Expr::Call { callee: object, call })
                }
                _ => return Ok(object),
            };
        }
    }

    /// `.name` (or, in the name of a method being defined, `:name`) behind `object`.
    pub(super) fn field(&mut self, object: ExprId) -> Result<ExprId> {
        self.lexer.advance()?;
        let name = self.expect_name()?;
        Ok(self.add_expr(Expr::Field { object, name }))
    }

    fn bracketed_key(&mut self) -> Result<ExprId> {
        self.lexer.advance()?;
        let key = self.expression()?;
        self.expect(Token::RightBracket)?;
        Ok(key)
    }

    fn arguments(&mut self) -> Result<CallId> {
        let (line, line_before) = (self.lexer.line, self.lexer.last_line);
        let from = self.open_items.len();
        match self.lexer.token() {
            Token::LeftParen => {
                if line != self.lexer.last_line {
                    return self.lexer.error_near("ambiguous syntax (function call x new statement)");
                }
                self.lexer.advance()?;
                if self.lexer.token() != Token::RightParen {
                    self.push_expressions()?;
                }
                self.expect_close(Token::RightParen, Token::LeftParen, line)?;
                // The last argument is finished when the parenthesis has been read.
                if let Some(last) = self.open_items[from..].last_mut() {
                    last.line = self.lexer.last_line;
                }
            }
            Token::LeftBrace => {
                let expr = self.table()?;
                self.open_items.push(Item { expr, line: self.lexer.last_line });
            }
            Token::String => {
                let symbol = self.lexer.symbol();
                self.lexer.advance()?;
                let expr = self.add_expr(Expr::String(symbol));
                self.open_items.push(Item { expr, line: self.lexer.last_line });
            }
            _ => return self.lexer.error_near("function arguments expected"),
        }
        let arguments = finish(&mut self.open_items, from, &mut self.ast.items);
        self.ast.calls.push(Call { arguments, line, line_before });
        Ok(CallId(self.ast.calls.len() as u32 - 1))
    }

    /// A list of at least one expression.
    pub(super) fn expressions(&mut self) -> Result<Range> {
        let from = self.open_items.len();
        self.push_expressions()?;
        Ok(finish(&mut self.open_items, from, &mut self.ast.items))
    }

    fn push_expressions(&mut self) -> Result<()> {
        loop {
            let expr = self.expression()?;
            let more = self.accept(Token::Comma)?;
            self.open_items.push(Item { expr, line: self.lexer.last_line });
            if !more {
                return Ok(());
            }
        }
    }

    fn table(&mut self) -> Result<ExprId> {
        let line = self.lexer.line;
        let line_before = self.lexer.last_line;
        self.expect(Token::LeftBrace)?;
        let from = self.open_table_items.len();
        while self.lexer.token() != Token::RightBrace {
            let item = self.table_item()?;
            let more = self.accept(Token::Comma)? || self.accept(Token::Semicolon)?;
            self.open_table_items.push(TableItem { line: self.lexer.last_line, ..item });
            if !more {
                break;
            }
        }
        self.expect_close(Token::RightBrace, Token::LeftBrace, line)?;
        // A last positional value is stored when the brace has been read.
        if let Some(last) = self.open_table_items[from..].last_mut() {
            last.line = self.lexer.last_line;
        }
        let items = finish(&mut self.open_table_items, from, &mut self.ast.table_items);
        self.ast.tables.push(Table { items, line_before });
        Ok(self.add_expr(Expr::Table(TableId(self.ast.tables.len() as u32 - 1))))
    }

    fn table_item(&mut self) -> Result<TableItem> {
        let key = match self.lexer.token() {
            Token::Name if self.lexer.look_ahead()? == Token::Assign => TableKey::Named(self.expect_name()?),
            Token::LeftBracket => TableKey::Computed(self.bracketed_key()?),
            _ => TableKey::Positional,
        };
        if !matches!(key, TableKey::Positional) {
            self.expect(Token::Assign)?;
        }
        let value = self.expression()?;
        Ok(TableItem { key, value, line: self.lexer.last_line })
    }
}
