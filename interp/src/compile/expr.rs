//! Expressions: from the tree to descriptors.
//!
//! Left-leaning chains are walked with a stack of their own, [`Codegen::spine`]; the recursion that
//! remains is bounded by the levels that the parser allows.

use super::codegen::{Calls, Codegen};
use super::emit::Pc;
use super::value::{Exp, Kind};
use crate::syntax::ast::{BinaryOp, CallId, Expr, ExprId, TableId, TableItem, TableKey};
use crate::syntax::symbol::Symbol;
use ferrous_lua_runtime::bytecode::{Instr, MAX_REGISTERS, Op};

/// How many values a `SetList` takes at most (`LFIELDS_PER_FLUSH`).
const LIST_BATCH: u32 = 50;
/// How many fields a `NewObject` takes at most.
const MAX_TEMPLATE_KEYS: usize = 64;
/// Constructors leave this many registers to the expressions inside them.
const SPARE_REGISTERS: u32 = 50;

impl Codegen<'_> {
    pub(super) fn expr(&mut self, id: ExprId) -> Exp {
        let ast = self.ast;
        let bottom = self.spine.len();
        let mut at = id;
        loop {
            let below = match ast.expr(at) {
                Expr::Binary { left, .. } => left,
                Expr::Field { object, .. } | Expr::Index { object, .. } | Expr::Method { object, .. } => {
                    object
                }
                Expr::Call { callee, .. } => callee,
                _ => break,
            };
            self.spine.push(at);
            at = below;
        }
        let mut e = self.leaf(at);
        while self.spine.len() > bottom
            && let Some(node) = self.spine.pop()
        {
            e = self.apply(node, e);
        }
        e
    }

    /// An expression that is the start of a chain.
    fn leaf(&mut self, id: ExprId) -> Exp {
        let line = self.ast.end_line(id);
        let kind = match self.ast.expr(id) {
            Expr::Nil => Kind::Nil,
            Expr::True => Kind::True,
            Expr::False => Kind::False,
            Expr::Number(n) => Kind::Number(n),
            Expr::String(symbol) => Kind::String(symbol),
            Expr::Local(local) => Kind::Register(self.register_of(local)),
            Expr::Upvalue(n) => Kind::Upvalue(n),
            Expr::Global(name) => Kind::Global(name),
            Expr::Vararg { line_before } => {
                self.emit.line = line_before;
                let params = u32::from(self.emit.out.num_params);
                Kind::Vararg(self.emit.emit_abc(Op::Vararg, 0, 2, params))
            }
            Expr::Function(function) => {
                self.emit.line = line;
                Kind::Relocatable(self.closure(function, None))
            }
            Expr::Table(table) => {
                let register = self.table(table);
                Kind::Register(register)
            }
            Expr::Paren(inner) => {
                let mut e = self.expr(inner);
                self.emit.line = line;
                self.discharge(&mut e);
                return e;
            }
            Expr::Unary { op, operand } => {
                let e = self.expr(operand);
                return self.unary(op, e);
            }
            Expr::Binary { .. }
            | Expr::Field { .. }
            | Expr::Index { .. }
            | Expr::Call { .. }
            | Expr::Method { .. } => unreachable!("these are links of a chain"),
        };
        self.emit.line = line;
        kind.into()
    }

    /// A link of a chain, on top of `e`.
    fn apply(&mut self, id: ExprId, mut e: Exp) -> Exp {
        let line = self.ast.end_line(id);
        match self.ast.expr(id) {
            Expr::Binary { op: BinaryOp::Concat, line, right, .. } => self.concatenation(e, line, right),
            Expr::Binary { op, line, right, .. } => {
                self.emit.line = line;
                self.left_operand(op, &mut e);
                let right = self.expr(right);
                self.binary(op, e, right)
            }
            Expr::Field { name, .. } => {
                let object = self.to_any_register(&mut e);
                self.emit.line = line;
                self.indexed(object, Kind::String(name).into())
            }
            Expr::Index { key, .. } => {
                let object = self.to_any_register(&mut e);
                let mut key = self.expr(key);
                self.to_value(&mut key);
                self.emit.line = line;
                self.indexed(object, key)
            }
            Expr::Call { call, .. } => {
                self.to_next_register(&mut e);
                let base = self.emit.free - 1;
                if self.calls == Calls::Quick {
                    // The slot for the return address.
                    self.emit.reserve(1);
                }
                self.call(base, call, line)
            }
            Expr::Method { name, call, .. } => {
                self.emit.line = self.ast.call(call).line_before;
                let object = self.to_any_register(&mut e);
                self.method(object, name);
                let base = self.emit.free - 3;
                if self.calls == Calls::Compact {
                    self.emit.emit_ad(Op::Move, base + 1, base + 2);
                    self.emit.free -= 1;
                }
                self.call(base, call, line)
            }
            _ => unreachable!("not a link of a chain"),
        }
    }

    /// `e .. right`, where `right` may go on with further operands.
    fn concatenation(&mut self, mut e: Exp, line: u32, right: ExprId) -> Exp {
        self.emit.line = line;
        self.to_next_register(&mut e);
        let first = self.emit.free - 1;
        let mut rest = right;
        while let Expr::Binary { op: BinaryOp::Concat, line, left, right } = self.ast.expr(rest) {
            let mut operand = self.expr(left);
            self.emit.line = line;
            self.to_next_register(&mut operand);
            rest = right;
        }
        let mut last = self.expr(rest);
        self.to_next_register(&mut last);
        let end = self.emit.free - 1;
        self.emit.free = first;
        Kind::Relocatable(self.emit.emit_abc(Op::Concat, 0, first, end)).into()
    }

    // ---- calls -----------------------------------------------------------------------------

    /// Puts a method and its object where a call wants them.
    fn method(&mut self, object: u32, name: Symbol) {
        self.free_register(object);
        let base = self.emit.free;
        self.emit.reserve(3);
        if self.can_be_key(name) {
            let key = self.emit.string_constant(name);
            let instr = Instr::abc(Op::SelfField, base as u8, object as u8, 0);
            self.emit.emit(instr, &[key, 0, 0, 0, 0, 0]);
            return;
        }
        // The object may be where the method is wanted.
        self.emit.emit_ad(Op::Move, base + 2, object);
        let mut key: Exp = Kind::String(name).into();
        self.to_next_register(&mut key);
        self.emit.emit_abc(Op::GetIndex, base, base + 2, base + 3);
        self.emit.free = base + 3;
    }

    /// The call of what is in `base`, with the registers up to the first argument taken.
    fn call(&mut self, base: u32, id: CallId, end_line: u32) -> Exp {
        let ast = self.ast;
        let call = ast.call(id);
        let items = ast.items(call.arguments);
        let mut open = false;
        for (i, item) in items.iter().enumerate() {
            let mut e = self.expr(item.expr);
            self.emit.line = item.line;
            if i + 1 == items.len() && e.is_multiple() {
                self.set_multiple(&e);
                open = true;
            } else {
                self.to_next_register(&mut e);
            }
        }
        self.emit.line = call.line;
        if self.calls == Calls::Compact {
            self.make_place_for_return(base, open);
        }
        let b = if open { 0 } else { self.emit.free - (base + 2) + 1 };
        let pc = self.emit.emit_abc(Op::Call, base, b, 2);
        self.emit.line = end_line;
        self.emit.free = base + 1;
        Kind::Call(pc).into()
    }

    /// Moves the arguments of the call of what is in `base` to where they belong.
    fn make_place_for_return(&mut self, base: u32, open: bool) {
        if open {
            self.emit.need(1);
            self.emit.emit_abc(Op::MoveUp, base + 1, 0, 0);
        } else {
            self.emit.reserve(1);
            for argument in (base + 1..self.emit.free - 1).rev() {
                self.emit.emit_ad(Op::Move, argument + 1, argument);
            }
        }
    }

    // ---- table constructors ----------------------------------------------------------------

    /// Makes a table in the next register, and says which that is.
    fn table(&mut self, id: TableId) -> u32 {
        let ast = self.ast;
        let table = ast.table(id);
        let items = ast.table_items(table.items);
        self.emit.line = table.line_before;
        let register = self.emit.free;
        self.emit.reserve(1);

        let positional = items.iter().filter(|item| matches!(item.key, TableKey::Positional)).count() as u32;
        let leading = self.leading_fields(items);
        let (size_pc, size_word) = if leading > 0 {
            if ast.end_line(items[0].value) != table.line_before {
                // The table is made behind its fields; a line hook is to see where it begins.
                self.emit.emit_ad(Op::LoadPri, register, 0);
            }
            (self.object(register, &items[..leading]), 2)
        } else {
            let others = (items.len() as u32 - positional).min(u32::from(u16::MAX));
            (self.emit.emit(Instr::ad(Op::NewTable, register as u8, others as u16), &[0]), 0)
        };
        let mut room = positional;
        let mut stored = 0;
        let mut batch = 0;
        for (i, item) in items.iter().enumerate().skip(leading) {
            if !matches!(item.key, TableKey::Positional) {
                self.table_field(register, item);
                continue;
            }
            let mut e = self.expr(item.value);
            self.emit.line = item.line;
            if i + 1 == items.len() && e.is_multiple() {
                self.set_multiple(&e);
                self.set_list(register, stored + 1, None);
                room -= 1;
                batch = 0;
                continue;
            }
            self.to_next_register(&mut e);
            batch += 1;
            if batch == LIST_BATCH || self.emit.free + SPARE_REGISTERS / 2 > MAX_REGISTERS as u32 {
                self.set_list(register, stored + 1, Some(batch));
                stored += batch;
                batch = 0;
            }
        }
        if let Some(last) = items.last() {
            self.emit.line = last.line;
        }
        if batch > 0 {
            self.set_list(register, stored + 1, Some(batch));
        }
        self.emit.set_word(size_pc, size_word, room);
        register
    }

    /// Stores the values above the table: `count` of them, or up to the end of the multiple results.
    fn set_list(&mut self, table: u32, first_index: u32, count: Option<u32>) {
        let d = count.map_or(0, |n| n + 1);
        self.emit.emit(Instr::ad(Op::SetList, table as u8, d as u16), &[first_index]);
        self.emit.free = table + 1;
    }

    /// How many of the first entries are fields with distinct constant names, for which there are registers.
    fn leading_fields(&self, items: &[TableItem]) -> usize {
        let room = (MAX_REGISTERS as u32).saturating_sub(self.emit.free + SPARE_REGISTERS) as usize;
        let items = &items[..items.len().min(room).min(MAX_TEMPLATE_KEYS)];
        for (i, item) in items.iter().enumerate() {
            let fits = self.constant_name(item.key).is_some_and(|name| {
                let repeats = items[..i].iter().any(|before| self.constant_name(before.key) == Some(name));
                self.can_be_key(name) && !repeats
            });
            if !fits {
                return i;
            }
        }
        items.len()
    }

    fn constant_name(&self, key: TableKey) -> Option<Symbol> {
        match key {
            TableKey::Named(name) => Some(name),
            TableKey::Computed(key) => match self.ast.expr(key) {
                Expr::String(name) => Some(name),
                _ => None,
            },
            TableKey::Positional => None,
        }
    }

    /// A table with these fields, which have constant names, in `register`, the last one taken.
    fn object(&mut self, register: u32, items: &[TableItem]) -> Pc {
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            if let Some(name) = self.constant_name(item.key) {
                keys.push(self.emit.string_constant(name));
            }
            let mut e = self.expr(item.value);
            self.to_next_register(&mut e);
        }
        let template = self.emit.out.templates.len() as u32;
        self.emit.out.templates.push(keys.into());
        let instr = Instr::ad(Op::NewObject, register as u8, items.len() as u16);
        let pc = self.emit.emit(instr, &[template, 0, 0]);
        self.emit.free = register + 1;
        pc
    }

    /// `[key] = value` in a constructor, with the positional values before it waiting in registers.
    fn table_field(&mut self, table: u32, item: &TableItem) {
        let free = self.emit.free;
        let place = match item.key {
            TableKey::Named(name) => self.indexed(table, Kind::String(name).into()),
            TableKey::Computed(key) => {
                let key = self.expr(key);
                self.indexed(table, key)
            }
            TableKey::Positional => unreachable!("the caller stores it"),
        };
        let e = self.expr(item.value);
        self.store(place.kind, e);
        self.emit.line = item.line;
        self.emit.free = free;
    }
}
