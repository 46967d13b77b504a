//! Statements and blocks.

use super::super::ast::{Arm, Expr, ExprId, ForHeader, ForId, Item, LocalRange, Range, Stmt, StmtKind};
use super::super::error::Result;
use super::super::resolve::Variable;
use super::super::symbol::Symbol;
use super::super::token::Token;
use super::{MAX_LEVELS, Parser, finish};

impl Parser<'_> {
    /// Whether the current token ends a block.
    fn at_block_end(&self) -> bool {
        matches!(self.lexer.token(), Token::Else | Token::ElseIf | Token::End | Token::Until | Token::Eof)
    }

    /// The statements of a block whose scope is open.
    pub(super) fn block_body(&mut self) -> Result<Range> {
        self.enter_level()?;
        let from = self.open_stmts.len();
        while !self.at_block_end() {
            let kind = self.statement()?;
            self.open_stmts.push(Stmt { kind, end_line: self.lexer.last_line });
            self.accept(Token::Semicolon)?;
            if matches!(kind, StmtKind::Return(_) | StmtKind::Break) {
                break;
            }
        }
        self.levels -= 1;
        Ok(finish(&mut self.open_stmts, from, &mut self.ast.stmts))
    }

    /// A block with a scope of its own.
    fn block(&mut self) -> Result<Range> {
        self.resolver.open_block(false);
        let body = self.block_body()?;
        self.resolver.close_block(&mut self.ast);
        Ok(body)
    }

    fn close_block(&mut self) {
        self.resolver.close_block(&mut self.ast);
    }

    fn statement(&mut self) -> Result<StmtKind> {
        let line = self.lexer.line;
        match self.lexer.token() {
            Token::If => self.if_statement(line),
            Token::While => self.while_statement(line),
            Token::Do => {
                self.lexer.advance()?;
                let body = self.block()?;
                self.expect_close(Token::End, Token::Do, line)?;
                Ok(StmtKind::Do(body))
            }
            Token::For => self.for_statement(line),
            Token::Repeat => self.repeat_statement(line),
            Token::Function => self.function_statement(line),
            Token::Local => {
                self.lexer.advance()?;
                if self.accept(Token::Function)? { self.local_function() } else { self.local_statement() }
            }
            Token::Return => {
                self.lexer.advance()?;
                let empty = self.at_block_end() || self.lexer.token() == Token::Semicolon;
                Ok(StmtKind::Return(if empty { Range::default() } else { self.expressions()? }))
            }
            Token::Break => {
                self.lexer.advance()?;
                if !self.resolver.in_loop() {
                    return self.lexer.error_near("no loop to break");
                }
                Ok(StmtKind::Break)
            }
            Token::DoubleColon => self.label(),
            Token::Name if self.lexer.symbol() == Symbol::GOTO && self.lexer.name_follows() => {
                self.lexer.advance()?;
                let name = self.expect_name()?;
                Ok(StmtKind::Goto(self.resolver.goto(&mut self.ast, name, line)))
            }
            _ => self.expression_statement(),
        }
    }

    fn label(&mut self) -> Result<StmtKind> {
        self.enter_level()?;
        self.lexer.advance()?;
        let name = self.expect_name()?;
        self.expect(Token::DoubleColon)?;
        // Of labels in a row each ends the block if the last one does.
        if self.lexer.token() == Token::DoubleColon {
            let kind = self.label()?;
            self.open_stmts.push(Stmt { kind, end_line: self.lexer.last_line });
        }
        self.levels -= 1;
        // `until` can see the locals of its block, so a label before it is among them.
        let ends_block = self.at_block_end() && self.lexer.token() != Token::Until;
        match self.resolver.label(&mut self.ast, name, ends_block) {
            Ok(label) => Ok(StmtKind::Label(label)),
            Err(violation) => self.violation(violation),
        }
    }

    fn if_statement(&mut self, line: u32) -> Result<StmtKind> {
        let from = self.open_arms.len();
        while from == self.open_arms.len() || self.lexer.token() == Token::ElseIf {
            self.lexer.advance()?;
            let condition = self.expression()?;
            self.expect(Token::Then)?;
            let then_line = self.lexer.last_line;
            let body = self.block()?;
            self.open_arms.push(Arm { condition, then_line, body });
        }
        let otherwise = if self.accept(Token::Else)? { Some(self.block()?) } else { None };
        self.expect_close(Token::End, Token::If, line)?;
        let arms = finish(&mut self.open_arms, from, &mut self.ast.arms);
        Ok(StmtKind::If { arms, otherwise })
    }

    fn while_statement(&mut self, line: u32) -> Result<StmtKind> {
        self.lexer.advance()?;
        self.resolver.open_block(true);
        let condition = self.expression()?;
        self.expect(Token::Do)?;
        let do_line = self.lexer.last_line;
        let body = self.block()?;
        self.expect_close(Token::End, Token::While, line)?;
        self.close_block();
        Ok(StmtKind::While { condition, do_line, body })
    }

    fn repeat_statement(&mut self, line: u32) -> Result<StmtKind> {
        self.lexer.advance()?;
        self.resolver.open_block(true);
        self.resolver.open_block(false);
        let body = self.block_body()?;
        self.expect_close(Token::Until, Token::Repeat, line)?;
        let condition = self.expression()?;
        self.close_block();
        self.close_block();
        Ok(StmtKind::Repeat { body, condition })
    }

    // ---- for -------------------------------------------------------------------------------

    fn for_statement(&mut self, line: u32) -> Result<StmtKind> {
        self.lexer.advance()?;
        // The hidden variables belong to a scope around the loop.
        self.resolver.open_block(false);
        let name = self.expect_name()?;
        let statement = match self.lexer.token() {
            Token::Assign => self.numeric_for(name, line)?,
            Token::Comma | Token::In => self.generic_for(name)?,
            _ => return self.lexer.error_near("'=' or 'in' expected"),
        };
        self.expect_close(Token::End, Token::For, line)?;
        self.close_block();
        Ok(statement)
    }

    fn numeric_for(&mut self, name: Symbol, line: u32) -> Result<StmtKind> {
        let first = self.ast.local_count();
        for hidden in [Symbol::FOR_INDEX, Symbol::FOR_LIMIT, Symbol::FOR_STEP, name] {
            self.declare(hidden)?;
        }
        let locals = self.declared_since(first);
        self.lexer.advance()?;
        let from = self.open_items.len();
        self.push_for_value()?;
        self.expect(Token::Comma)?;
        self.push_for_value()?;
        if self.accept(Token::Comma)? {
            self.push_for_value()?;
        }
        let values = finish(&mut self.open_items, from, &mut self.ast.items);
        let (header, body) = self.for_body(locals, values, line)?;
        Ok(StmtKind::NumericFor { header, body })
    }

    /// One of a numeric loop's values, which is complete before the comma behind it.
    fn push_for_value(&mut self) -> Result<()> {
        let expr = self.expression()?;
        self.open_items.push(Item { expr, line: self.lexer.last_line });
        Ok(())
    }

    fn generic_for(&mut self, name: Symbol) -> Result<StmtKind> {
        let first = self.ast.local_count();
        for hidden in [Symbol::FOR_GENERATOR, Symbol::FOR_STATE, Symbol::FOR_CONTROL, name] {
            self.declare(hidden)?;
        }
        while self.accept(Token::Comma)? {
            let name = self.expect_name()?;
            self.declare(name)?;
        }
        let locals = self.declared_since(first);
        self.expect(Token::In)?;
        let line = self.lexer.line;
        let values = self.expressions()?;
        let (header, body) = self.for_body(locals, values, line)?;
        Ok(StmtKind::GenericFor { header, body })
    }

    /// The rest of a loop: `locals` are its hidden and its visible variables.
    fn for_body(&mut self, locals: LocalRange, values: Range, line: u32) -> Result<(ForId, Range)> {
        let LocalRange { first, len } = locals;
        let hidden = LocalRange { first, len: 3 };
        let visible = LocalRange { first: first + 3, len: len - 3 };
        self.activate(hidden);
        self.expect(Token::Do)?;
        let do_line = self.lexer.last_line;
        self.resolver.open_block(true);
        self.activate(visible);
        let body = self.block()?;
        self.close_block();
        self.ast.for_loops.push(ForHeader { hidden, visible, values, line, do_line });
        Ok((ForId(self.ast.for_loops.len() as u32 - 1), body))
    }

    // ---- declarations ----------------------------------------------------------------------

    fn function_statement(&mut self, line: u32) -> Result<StmtKind> {
        self.lexer.advance()?;
        let name = self.expect_name()?;
        let mut target = self.variable(name)?;
        while self.lexer.token() == Token::Dot {
            target = self.field(target)?;
        }
        let is_method = self.lexer.token() == Token::Colon;
        if is_method {
            target = self.field(target)?;
        }
        let function = self.function_body(line, is_method)?;
        self.mark_assigned(target);
        Ok(StmtKind::Function { target, function, line })
    }

    fn local_function(&mut self) -> Result<StmtKind> {
        let name = self.expect_name()?;
        let first = self.ast.local_count();
        let local = self.declare(name)?;
        self.activate(self.declared_since(first));
        let function = self.function_body(self.lexer.line, false)?;
        Ok(StmtKind::LocalFunction { local, function })
    }

    fn local_statement(&mut self) -> Result<StmtKind> {
        let first = self.ast.local_count();
        loop {
            let name = self.expect_name()?;
            self.declare(name)?;
            if !self.accept(Token::Comma)? {
                break;
            }
        }
        // The values may hold functions with locals of their own.
        let locals = self.declared_since(first);
        let values = if self.accept(Token::Assign)? { self.expressions()? } else { Range::default() };
        self.activate(locals);
        Ok(StmtKind::Local { locals, values })
    }

    // ---- calls and assignments -------------------------------------------------------------

    fn expression_statement(&mut self) -> Result<StmtKind> {
        let first = self.suffixed_expression()?;
        if matches!(self.ast.expr(first), Expr::Call { .. } | Expr::Method { .. }) {
            return Ok(StmtKind::Call(first));
        }
        let from = self.open_items.len();
        let mut target = first;
        loop {
            self.check_assignable(target)?;
            self.open_items.push(Item { expr: target, line: self.lexer.last_line });
            if !self.accept(Token::Comma)? {
                break;
            }
            target = self.suffixed_expression()?;
            let count = self.open_items.len() - from;
            let limit = MAX_LEVELS - self.levels;
            if count > limit {
                let violation = self.resolver.too_many(limit, "variables in assignment");
                return self.violation(violation);
            }
        }
        self.expect(Token::Assign)?;
        let targets = finish(&mut self.open_items, from, &mut self.ast.items);
        let values = self.expressions()?;
        for at in 0..targets.len() {
            self.mark_assigned(self.ast.items(targets)[at].expr);
        }
        Ok(StmtKind::Assign { targets, values })
    }

    fn check_assignable(&self, target: ExprId) -> Result<()> {
        match self.ast.expr(target) {
            Expr::Local(_) | Expr::Upvalue(_) | Expr::Global(_) | Expr::Field { .. } | Expr::Index { .. } => {
                Ok(())
            }
            _ => self.lexer.error_near("syntax error"),
        }
    }

    fn mark_assigned(&mut self, target: ExprId) {
        let variable = match self.ast.expr(target) {
            Expr::Local(local) => Variable::Local(local),
            Expr::Upvalue(at) => Variable::Upvalue(at),
            _ => return,
        };
        self.resolver.assigned(&mut self.ast, variable);
    }
}
