//! The parser: tokens to a resolved tree, by recursive descent.
//!
//! It follows `lparser.c` closely, since the order in which things are checked decides which error a
//! wrong program gets. Recursion is bounded as it is there: each nested block and each nested
//! expression costs a level, of which there are [`MAX_LEVELS`].

mod expr;
mod stmt;
#[cfg(test)]
mod tests;

use super::ast::{Arm, Ast, Expr, ExprId, Function, Item, LocalId, LocalRange, Range, Stmt, TableItem};
use super::error::Result;
use super::lexer::Lexer;
use super::resolve::{Resolver, Violation};
use super::symbol::Symbol;
use super::token::Token;

/// How deep blocks and expressions may nest: the 200 calls of `LUAI_MAXCCALLS`, less the two that `lua` is deep in when
/// a script loads code.
const MAX_LEVELS: usize = 198;

/// The longest source: positions and lines are 32 bits wide, with room for sums of two.
const MAX_SOURCE_BYTES: usize = i32::MAX as usize;

/// Parses a chunk. `chunk_name` is the name as given to `load` (`@file`, `=name`, or the source).
///
/// # Errors
///
/// [`SyntaxError`](super::SyntaxError), if `source` is no Lua 5.1 program.
pub fn parse(source: &[u8], chunk_name: &[u8]) -> Result<Ast> {
    if source.len() > MAX_SOURCE_BYTES {
        return Lexer::new(b"", chunk_name).error_plain("chunk has too many lines");
    }
    let mut parser = Parser::new(source, chunk_name);
    parser.main_function()?;
    // These functions of `debug` assign to captured variables behind the resolver's back, or show who shares them.
    let names = [&b"setupvalue"[..], b"setlocal", b"upvalueid", b"upvaluejoin"];
    if names.iter().any(|name| parser.lexer.symbols.contains(name)) {
        parser.ast.share_captured();
    }
    parser.ast.symbols = Some(parser.lexer.symbols);
    Ok(parser.ast)
}

/// Whether no program starts with this text, so that it is no use to ask for the rest: there is an error in front of its
/// end. (One that touches the end may be no error with the rest: `x =` may become `x == 1`.)
pub fn starts_no_program(text: &[u8]) -> bool {
    let mut parser = Parser::new(text, b"=");
    parser.main_function().is_err() && parser.lexer.position() < text.len()
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    resolver: Resolver,
    ast: Ast,
    levels: usize,
    /// Entries of the open lists and blocks, innermost last; a finished one moves to the tree.
    open_items: Vec<Item>,
    open_table_items: Vec<TableItem>,
    open_stmts: Vec<Stmt>,
    open_arms: Vec<Arm>,
}

/// Moves what lies above `from` on a stack of open entries to the tree's vector.
fn finish<T>(open: &mut Vec<T>, from: usize, done: &mut Vec<T>) -> Range {
    let range = Range { start: done.len() as u32, len: (open.len() - from) as u32 };
    done.extend(open.drain(from..));
    range
}

impl<'s> Parser<'s> {
    fn new(source: &'s [u8], chunk_name: &'s [u8]) -> Parser<'s> {
        Parser {
            lexer: Lexer::new(source, chunk_name),
            resolver: Resolver::new(),
            ast: Ast::new(source.len()),
            levels: 0,
            open_items: Vec::new(),
            open_table_items: Vec::new(),
            open_stmts: Vec::new(),
            open_arms: Vec::new(),
        }
    }

    // ---- tokens and errors -----------------------------------------------------------------

    /// Goes to the next token if this is the current one.
    #[inline]
    fn accept(&mut self, token: Token) -> Result<bool> {
        let found = self.lexer.token() == token;
        if found {
            self.lexer.advance()?;
        }
        Ok(found)
    }

    /// The current token must be this one; goes to the next.
    #[inline]
    fn expect(&mut self, token: Token) -> Result<()> {
        if self.lexer.token() == token { self.lexer.advance() } else { self.error_expected(token) }
    }

    #[cold]
    fn error_expected<T>(&self, token: Token) -> Result<T> {
        let what = format!("'{}' expected", String::from_utf8_lossy(&token.spelling()));
        self.lexer.error_near(&what)
    }

    /// Expects the token that closes what `open` opened at `line`.
    fn expect_close(&mut self, close: Token, open: Token, line: u32) -> Result<()> {
        if self.lexer.token() == close {
            return self.lexer.advance();
        }
        if line == self.lexer.line {
            return self.error_expected(close);
        }
        let spell = |token: Token| String::from_utf8_lossy(&token.spelling()).into_owned();
        let what = format!("'{}' expected (to close '{}' at line {line})", spell(close), spell(open));
        self.lexer.error_near(&what)
    }

    fn expect_name(&mut self) -> Result<Symbol> {
        if self.lexer.token() != Token::Name {
            return self.error_expected(Token::Name);
        }
        let name = self.lexer.symbol();
        self.lexer.advance()?;
        Ok(name)
    }

    /// Turns what the resolver found wrong into an error.
    #[cold]
    fn violation<T>(&self, violation: Violation) -> Result<T> {
        let text = |symbol| String::from_utf8_lossy(self.lexer.symbols.text(symbol)).into_owned();
        let (what, line) = match violation {
            Violation::TooMany { function_line: 0, limit, what } => {
                (format!("main function has more than {limit} {what}"), self.lexer.line)
            }
            Violation::TooMany { function_line, limit, what } => {
                (format!("function at line {function_line} has more than {limit} {what}"), self.lexer.line)
            }
            Violation::DuplicateLabel(name) => (format!("duplicate label '{}'", text(name)), self.lexer.line),
            Violation::UndefinedLabel { name, goto_line } => {
                (format!("undefined label '{}'", text(name)), goto_line)
            }
            Violation::JumpIntoScope { label, local, goto_line } => {
                let (label, local) = (text(label), text(local));
                (format!("<goto {label}> jumps into the scope of local '{local}'"), goto_line)
            }
        };
        self.lexer.error_plain_at(line, &what)
    }

    fn enter_level(&mut self) -> Result<()> {
        self.levels += 1;
        if self.levels > MAX_LEVELS {
            return self.lexer.error_plain("chunk has too many syntax levels");
        }
        Ok(())
    }

    // ---- variables -------------------------------------------------------------------------

    /// Declares a local that is not yet visible.
    fn declare(&mut self, name: Symbol) -> Result<LocalId> {
        match self.resolver.declare(&mut self.ast, name) {
            Ok(local) => Ok(local),
            Err(violation) => self.violation(violation),
        }
    }

    /// The locals declared from `first` on.
    fn declared_since(&self, first: usize) -> LocalRange {
        LocalRange { first: first as u32, len: (self.ast.local_count() - first) as u32 }
    }

    fn activate(&mut self, locals: LocalRange) {
        self.resolver.activate(&self.ast, locals);
    }

    // ---- functions -------------------------------------------------------------------------

    fn main_function(&mut self) -> Result<()> {
        self.resolver.open_function(0);
        self.resolver.set_vararg();
        self.lexer.advance()?;
        let body = self.block_body()?;
        if self.lexer.token() != Token::Eof {
            return self.error_expected(Token::Eof);
        }
        let return_line = self.lexer.last_line;
        let scope = self.close_function()?;
        self.ast.add_function(Function { body, return_line, ..scope });
        Ok(())
    }

    /// A function from its parameter list on; `line` is where it is said to be defined.
    fn function_body(&mut self, line: u32, is_method: bool) -> Result<ExprId> {
        self.resolver.open_function(line);
        self.expect(Token::LeftParen)?;
        let first = self.ast.local_count();
        if is_method {
            self.declare(Symbol::SELF)?;
        }
        let mut arg = None;
        if self.lexer.token() != Token::RightParen {
            loop {
                match self.lexer.token() {
                    Token::Name => {
                        let name = self.expect_name()?;
                        self.declare(name)?;
                    }
                    Token::Dots => {
                        self.lexer.advance()?;
                        self.resolver.set_vararg();
                        arg = Some(self.declare(Symbol::ARG)?);
                        break;
                    }
                    _ => return self.lexer.error_near("<name> or '...' expected"),
                }
                if !self.accept(Token::Comma)? {
                    break;
                }
            }
        }
        let mut params = self.declared_since(first);
        self.activate(params);
        if let Some(local) = arg {
            self.resolver.set_arg(local);
            params.len -= 1;
        }
        self.expect(Token::RightParen)?;
        let body = self.block_body()?;
        let end = self.lexer.line;
        self.expect_close(Token::End, Token::Function, line)?;
        let scope = self.close_function()?;
        let id = self.ast.add_function(Function {
            params,
            body,
            line_defined: line,
            last_line_defined: end,
            return_line: end,
            ..scope
        });
        Ok(self.add_expr(Expr::Function(id)))
    }

    /// Leaves a function's scope; what only the scope knows is filled in.
    fn close_function(&mut self) -> Result<Function> {
        match self.resolver.close_function(&mut self.ast) {
            Ok((is_vararg, arg, upvalues)) => {
                Ok(Function { is_vararg, arg, upvalues, ..Function::default() })
            }
            Err(violation) => self.violation(violation),
        }
    }

    // ---- building --------------------------------------------------------------------------

    /// Adds an expression that ends with the token just passed.
    #[inline]
    fn add_expr(&mut self, expr: Expr) -> ExprId {
        self.add_expr_at(expr, self.lexer.last_line)
    }

    #[inline]
    fn add_expr_at(&mut self, expr: Expr, line: u32) -> ExprId {
        let id = ExprId(self.ast.exprs.len() as u32);
        self.ast.exprs.push(expr);
        self.ast.expr_lines.push(line);
        id
    }
}
