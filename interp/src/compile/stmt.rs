//! Statements.

use super::codegen::{Codegen, LoopScope};
use super::emit::{JumpList, Pc};
use super::value::{Exp, Kind};
use crate::syntax::ast::{
    Arm, Expr, ExprId, ForHeader, GotoId, Item, LabelId, LocalId, LocalRange, Range, Stmt, StmtKind,
};
use ferrous_lua_runtime::bytecode::{Instr, Op};

impl Codegen<'_> {
    /// The statements of a block; its locals stay visible.
    pub(super) fn statements(&mut self, block: Range) {
        let ast = self.ast;
        for stmt in ast.stmts(block) {
            if self.emit.failure.is_some() {
                return;
            }
            self.statement(stmt);
            self.emit.line = stmt.end_line;
            self.emit.free = self.active_count();
        }
    }

    /// A block with a scope of its own.
    fn block(&mut self, block: Range) {
        let from = self.active_count() as usize;
        self.statements(block);
        self.leave_scope(from, self.falls_through(block));
    }

    /// Whether control can get behind a block's last statement.
    fn falls_through(&self, block: Range) -> bool {
        let last = self.ast.stmts(block).last().map(|stmt| stmt.kind);
        !matches!(last, Some(StmtKind::Return(_) | StmtKind::Break | StmtKind::Goto(_)))
    }

    fn statement(&mut self, stmt: &Stmt) {
        match stmt.kind {
            StmtKind::Local { locals, values } => self.local(locals, values, stmt.end_line),
            StmtKind::LocalFunction { local, function } => self.local_function(local, function),
            StmtKind::Assign { targets, values } => self.assignment(targets, values),
            StmtKind::Function { target, function, line } => {
                let target = self.target(target);
                let value = self.expr(function);
                self.store(target, value);
                // The definition happens in the line of the first token.
                self.emit.fix_line(line);
            }
            StmtKind::Call(call) => {
                let e = self.expr(call);
                self.set_results(&e, 0);
            }
            StmtKind::Do(body) => self.block(body),
            StmtKind::While { condition, do_line, body } => self.while_loop(condition, do_line, body),
            StmtKind::Repeat { body, condition } => self.repeat_loop(body, condition),
            StmtKind::If { arms, otherwise } => self.if_statement(arms, otherwise, stmt.end_line),
            StmtKind::NumericFor { header, body } => self.numeric_for(self.ast.for_loop(header), body),
            StmtKind::GenericFor { header, body } => self.generic_for(self.ast.for_loop(header), body),
            StmtKind::Return(values) => self.return_statement(values, stmt.end_line),
            StmtKind::Break => {
                self.emit.line = stmt.end_line;
                if let Some(around) = self.loops.last().map(|l| l.active) {
                    self.close(around);
                }
                let jump = self.emit.emit_jump();
                self.add_break(jump);
            }
            StmtKind::Goto(id) => {
                self.emit.line = stmt.end_line;
                self.goto(id);
            }
            StmtKind::Label(id) => self.label(id),
        }
    }

    // ---- lists of values -------------------------------------------------------------------

    /// Puts all but the last value of a list into the next registers; the last one is yet to be had.
    fn all_but_last(&mut self, values: Range) -> Option<Exp> {
        let ast = self.ast;
        let (last, others) = ast.items(values).split_last()?;
        for item in others {
            let mut e = self.expr(item.expr);
            self.emit.line = item.line;
            self.to_next_register(&mut e);
        }
        let e = self.expr(last.expr);
        self.emit.line = last.line;
        Some(e)
    }

    /// Turns `count` values, of which the last is `last` and the others are in registers, into `wanted`
    /// values in registers. There may still be more than `wanted`.
    fn adjust(&mut self, wanted: usize, count: usize, last: Option<Exp>) {
        let missing = wanted as i64 - count as i64;
        match last {
            Some(e) if e.is_multiple() => {
                let n = (missing + 1).max(0) as u32;
                self.set_results(&e, n);
                self.emit.reserve(n.saturating_sub(1));
            }
            last => {
                if let Some(mut e) = last {
                    self.to_next_register(&mut e);
                }
                if missing > 0 {
                    let from = self.emit.free;
                    self.emit.reserve(missing as u32);
                    let are_new = from >= self.active_count();
                    self.emit.emit_nil(from, missing as u32, are_new);
                }
            }
        }
    }

    // ---- declarations and assignments ------------------------------------------------------

    fn local(&mut self, locals: LocalRange, values: Range, end_line: u32) {
        let last = self.all_but_last(values);
        self.emit.line = end_line;
        self.adjust(locals.len(), values.len(), last);
        self.activate(locals);
    }

    fn local_function(&mut self, local: LocalId, function: ExprId) {
        let register = self.emit.free;
        self.emit.reserve(1);
        self.activate_one(local);
        if let Expr::Function(id) = self.ast.expr(function) {
            self.emit.line = self.ast.end_line(function);
            let pc = self.closure(id, Some(local));
            self.emit.set_a(pc, register);
        }
        self.restart_newest_local();
    }

    /// Evaluates what a target consists of: a variable (a local is its register), or an element.
    fn target(&mut self, target: ExprId) -> Kind {
        let ast = self.ast;
        self.emit.line = ast.end_line(target);
        match ast.expr(target) {
            Expr::Local(local) => Kind::Register(self.register_of(local)),
            Expr::Upvalue(n) => Kind::Upvalue(n),
            Expr::Global(name) => Kind::Global(name),
            _ => self.expr(target).kind,
        }
    }

    fn assignment(&mut self, targets: Range, values: Range) {
        let ast = self.ast;
        let targets = ast.items(targets);
        if let [target] = targets
            && values.len() == 1
        {
            let target = self.target(target.expr);
            if let Some(e) = self.all_but_last(values) {
                self.store(target, e);
            }
            return;
        }
        let mut places = Vec::with_capacity(targets.len());
        for Item { expr, .. } in targets {
            let place = self.target(*expr);
            if let Kind::Register(register) = place {
                self.save_before_assignment(&mut places, register);
            }
            places.push(place);
        }
        let last = self.all_but_last(values);
        let (wanted, count) = (targets.len(), values.len());
        if let (Some(last), true) = (last, wanted == count) {
            if let Some(place) = places.pop() {
                self.store(place, last);
            }
        } else {
            self.adjust(wanted, count, last);
            self.emit.free -= count.saturating_sub(wanted) as u32;
        }
        // The values are in the topmost registers.
        while let Some(place) = places.pop() {
            let value = Kind::Register(self.emit.free - 1);
            self.store(place, value.into());
        }
    }

    /// The variable in `register` is about to be assigned; if the targets before it use its value as a
    /// table or key, they get a copy.
    fn save_before_assignment(&mut self, places: &mut [Kind], register: u32) {
        let copy = self.emit.free;
        let mut used = false;
        for place in places {
            let mut replace = |r: &mut u32| {
                if *r == register {
                    *r = copy;
                    used = true;
                }
            };
            match place {
                Kind::Field { object, .. } | Kind::IndexInt { object, .. } => replace(object),
                Kind::Index { object, key } => {
                    replace(object);
                    replace(key);
                }
                _ => {}
            }
        }
        if used {
            self.emit.emit_ad(Op::Move, copy, register);
            self.emit.reserve(1);
        }
    }

    /// Assigns.
    pub(super) fn store(&mut self, target: Kind, mut e: Exp) {
        if let Kind::Register(register) = target {
            self.discharge(&mut e);
            self.free_exp(&e);
            return self.to_register(&mut e, register);
        }
        let value = self.to_any_register(&mut e);
        match target {
            Kind::Upvalue(n) => _ = self.emit.emit_ad(Op::SetUpval, u32::from(n), value),
            Kind::Global(name) => {
                let key = self.emit.string_constant(name);
                self.emit.emit(Instr::abc(Op::SetGlobal, value as u8, 0, 0), &[key, 0, 0, 0]);
            }
            Kind::Field { object, name } => {
                let key = self.emit.string_constant(name);
                self.emit.emit(Instr::abc(Op::SetField, value as u8, object as u8, 0), &[key, 0, 0, 0]);
            }
            Kind::Index { object, key } => _ = self.emit.emit_abc(Op::SetIndex, value, object, key),
            Kind::IndexInt { object, key } => {
                self.emit.emit_abc(Op::SetIndexI, value, object, u32::from(key));
            }
            _ => unreachable!("the parser admits no other target"),
        }
        self.free_register(value);
    }

    // ---- conditions and loops --------------------------------------------------------------

    /// Falls through if the condition holds; the jumps taken otherwise.
    fn condition(&mut self, condition: ExprId) -> JumpList {
        let mut e = self.expr(condition);
        self.go_if_true(&mut e);
        e.f
    }

    fn if_statement(&mut self, arms: Range, otherwise: Option<Range>, end_line: u32) {
        let ast = self.ast;
        let mut escapes = JumpList::EMPTY;
        let arms = ast.arms(arms);
        for (i, arm) in arms.iter().enumerate() {
            let is_last = i + 1 == arms.len() && otherwise.is_none();
            if (!is_last || ast.end_line(arm.condition) == end_line) && self.conditional_jump(arm) {
                continue;
            }
            let skip = self.condition(arm.condition);
            self.emit.line = arm.then_line;
            self.block(arm.body);
            if !is_last {
                let jump = self.emit.emit_jump();
                self.emit.concat(&mut escapes, jump);
            }
            self.emit.patch_to_here(skip);
        }
        if let Some(body) = otherwise {
            self.block(body);
        }
        self.emit.patch_to_here(escapes);
    }

    /// `if condition then break end`, or `goto` forward: the condition itself jumps. Only within a line,
    /// so that line hooks miss nothing; false if the arm is no such thing.
    fn conditional_jump(&mut self, arm: &Arm) -> bool {
        let ast = self.ast;
        let [stmt] = ast.stmts(arm.body) else { return false };
        let is_constant = matches!(
            ast.expr(arm.condition),
            Expr::Nil | Expr::False | Expr::True | Expr::Number(_) | Expr::String(_)
        );
        if is_constant || stmt.end_line != ast.end_line(arm.condition) {
            return false;
        }
        let label = match stmt.kind {
            StmtKind::Break => {
                let Some(around) = self.loops.last().map(|l| l.active) else { return false };
                if self.first_cell(around).is_some() {
                    return false;
                }
                None
            }
            StmtKind::Goto(id) => {
                let label = ast.goto_target(id);
                let kept = self.kept_by_label(ast.label(label).leaves_from);
                if self.labels[label.index()].place.is_some() || self.first_cell(kept).is_some() {
                    return false;
                }
                Some(label)
            }
            _ => return false,
        };
        let mut e = self.expr(arm.condition);
        self.go_if_false(&mut e);
        match label {
            None => self.add_break(e.t),
            Some(label) => self.emit.concat(&mut self.labels[label.index()].jumps, e.t),
        }
        true
    }

    fn add_break(&mut self, jumps: JumpList) {
        if let Some(innermost) = self.loops.last_mut() {
            self.emit.concat(&mut innermost.breaks, jumps);
        }
    }

    fn open_loop(&mut self) {
        let active = self.active_count() as usize;
        self.loops.push(LoopScope { breaks: JumpList::EMPTY, active });
    }

    /// Ends a loop: `break` leads here.
    fn close_loop(&mut self) {
        if let Some(scope) = self.loops.pop() {
            self.emit.patch_to_here(scope.breaks);
        }
    }

    fn while_loop(&mut self, condition: ExprId, do_line: u32, body: Range) {
        let start = self.emit.label();
        let exit = self.condition(condition);
        self.emit.line = do_line;
        self.open_loop();
        self.block(body);
        self.emit.emit_jump_back(start);
        self.close_loop();
        self.emit.patch_to_here(exit);
    }

    fn repeat_loop(&mut self, body: Range, condition: ExprId) {
        let start = self.emit.label();
        self.open_loop();
        let from = self.active_count() as usize;
        self.statements(body);
        let mut e = self.expr(condition);
        if !matches!(e.kind, Kind::True | Kind::Number(_) | Kind::String(_)) || e.has_jumps() {
            let is_never = matches!(e.kind, Kind::Nil | Kind::False) && !e.has_jumps();
            self.go_if_false(&mut e);
            // The condition does not hold: once more.
            let closes = self.first_cell(from).is_some();
            self.close(from);
            self.emit.emit_jump_back(start);
            if !closes && !is_never {
                // PUC Lua's condition jumps back itself.
                self.emit.fix_line(0);
            }
        }
        // It holds. In PUC Lua this is no jump, so a line hook is to see where it leads.
        self.emit.land_here(e.t);
        self.leave_scope(from, true);
        self.close_loop();
    }

    fn numeric_for(&mut self, header: ForHeader, body: Range) {
        let ast = self.ast;
        let base = self.emit.free;
        let values = ast.items(header.values);
        for item in values {
            let mut e = self.expr(item.expr);
            self.emit.line = item.line;
            self.to_next_register(&mut e);
        }
        let op = match values {
            [_, _] => {
                let mut one = Kind::Number(1.0).into();
                self.to_next_register(&mut one);
                Op::ForLoopUp
            }
            [_, _, step] if matches!(ast.expr(step.expr), Expr::Number(n) if n > 0.0) => Op::ForLoopUp,
            _ => Op::ForLoop,
        };
        let outer = self.active_count() as usize;
        self.activate(header.hidden);
        self.emit.line = header.do_line;
        let prepare = self.emit.emit_branch(Op::ForPrep, base, 0);
        self.loop_body(outer, header.visible, body, |codegen| {
            codegen.emit.line = header.line;
            let end = codegen.emit.emit(Instr::abc(op, base as u8, 0, 0), &[0, 0]);
            codegen.loop_back(end, prepare);
            let behind = codegen.emit.pc();
            let offset = codegen.emit.offset(prepare, behind);
            codegen.emit.set_word(prepare, 0, offset as u32);
        });
    }

    fn generic_for(&mut self, header: ForHeader, body: Range) {
        let base = self.emit.free;
        let last = self.all_but_last(header.values);
        self.adjust(3, header.values.len(), last);
        // Values beyond the third are dropped.
        self.emit.free = base + 3;
        // The iterator is called above the hidden variables, with two arguments.
        self.emit.need(4);
        let outer = self.active_count() as usize;
        self.activate(header.hidden);
        self.emit.line = header.do_line;
        let prepare = self.emit.emit_branch(Op::TForPrep, base, 0);
        let results = header.visible.len() as u32;
        self.loop_body(outer, header.visible, body, |codegen| {
            let line = std::mem::replace(&mut codegen.emit.line, header.line);
            let call = codegen.emit.emit_abc(Op::TForCall, base + 3, 0, results + 1);
            codegen.emit.line = line;
            let offset = codegen.emit.offset(prepare, call);
            codegen.emit.set_word(prepare, 0, offset as u32);
            let end = codegen.emit.emit(Instr::abc(Op::TForLoop, (base + 3) as u8, 0, 0), &[0, 0]);
            codegen.loop_back(end, prepare);
        });
    }

    /// The body of a `for` loop, from behind its entry instruction, and its end, which `finish` makes.
    fn loop_body(&mut self, outer: usize, visible: LocalRange, body: Range, finish: impl FnOnce(&mut Self)) {
        let around = LoopScope { breaks: JumpList::EMPTY, active: outer };
        self.loops.push(around);
        self.emit.label();
        let hidden = self.active_count() as usize;
        self.emit.reserve(visible.len() as u32);
        self.activate(visible);
        self.statements(body);
        self.leave_scope(hidden, self.falls_through(body));
        self.emit.label();
        finish(self);
        self.leave_scope(outer, true);
        self.close_loop();
    }

    /// Makes the instruction at `end` jump back behind the one at `prepare`.
    fn loop_back(&mut self, end: Pc, prepare: Pc) {
        let body = Pc(prepare.0 + self.emit.instr(prepare).op().words() as u32);
        let offset = self.emit.offset(end, body);
        self.emit.set_word(end, 0, offset as u32);
        self.emit.label();
    }

    // ---- labels ----------------------------------------------------------------------------

    fn goto(&mut self, id: GotoId) {
        let label = self.ast.goto_target(id);
        let kept = self.kept_by_label(self.ast.label(label).leaves_from);
        self.close(kept);
        match self.labels[label.index()].place {
            Some(place) => self.emit.emit_jump_back(place),
            None => {
                let jump = self.emit.emit_jump();
                self.emit.concat(&mut self.labels[label.index()].jumps, jump);
            }
        }
    }

    fn label(&mut self, id: LabelId) {
        self.emit.patch_to_here(self.labels[id.index()].jumps);
        self.labels[id.index()].place = Some(self.emit.label());
    }

    // ---- return ----------------------------------------------------------------------------

    fn return_statement(&mut self, values: Range, end_line: u32) {
        let is_vararg = self.function.is_vararg;
        let first = self.active_count();
        let Some(mut last) = self.all_but_last(values) else {
            self.emit.line = end_line;
            self.close(0);
            return self.return_nothing();
        };
        match last.kind {
            Kind::Call(pc) if values.len() == 1 => self.tail_call(pc),
            Kind::Call(pc) | Kind::Vararg(pc) => {
                self.set_multiple(&last);
                self.close_before(pc);
                self.emit.emit_abc(if is_vararg { Op::ReturnV } else { Op::Return }, first, 0, 0);
            }
            _ if values.len() == 1 => {
                let value = self.to_any_register(&mut last);
                self.close(0);
                if is_vararg {
                    self.emit.emit_abc(Op::ReturnV, value, 2, 0);
                } else {
                    self.emit.emit_abc(Op::Return1, value, 0, 0);
                }
            }
            _ => {
                self.to_next_register(&mut last);
                self.close(0);
                let op = if is_vararg { Op::ReturnV } else { Op::Return };
                self.emit.emit_abc(op, first, values.len() as u32 + 1, 0);
            }
        }
    }

    /// Turns the call at `pc`, the last instruction, into one that replaces the running function.
    fn tail_call(&mut self, pc: Pc) {
        let pc = self.close_before(pc);
        let i = self.emit.instr(pc);
        let op = if self.function.is_vararg { Op::TailCallV } else { Op::TailCall };
        self.emit.set_instr(pc, Instr::abc(op, i.a() as u8, i.b() as u8, 0));
        // A native function is called in place and returns its results by what follows.
        let op = if self.function.is_vararg { Op::ReturnV } else { Op::Return };
        self.emit.emit_abc(op, i.a() as u32, 0, 0);
    }

    /// Closes all cells before the call or `...` at `pc`, the last instruction: behind it, nothing may come
    /// between its multiple results and their user. The arguments have been evaluated, and the function
    /// that is about to return does not look at its variables again.
    fn close_before(&mut self, pc: Pc) -> Pc {
        if self.first_cell(0).is_none() {
            return pc;
        }
        let call = self.emit.instr(pc);
        let line = self.emit.take_back(pc);
        let line_after = std::mem::replace(&mut self.emit.line, line);
        self.close(0);
        let moved = self.emit.emit(call, &[]);
        self.emit.line = line_after;
        moved
    }
}
