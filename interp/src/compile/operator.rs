//! Operators on descriptors: arithmetic with folding, comparison, `not`, `and`, `or`.

use super::codegen::Codegen;
use super::emit::{JumpList, Pc};
use super::value::{Exp, Kind};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use ferrous_lua_runtime::arith::{ArithOp, compute};
use ferrous_lua_runtime::bytecode::Op;

/// An arithmetic operator, and its opcodes: register-register, register-constant, constant-register.
fn arithmetic_ops(op: BinaryOp) -> (ArithOp, [Op; 3]) {
    match op {
        BinaryOp::Add => (ArithOp::Add, [Op::AddRR, Op::AddRK, Op::AddKR]),
        BinaryOp::Sub => (ArithOp::Sub, [Op::SubRR, Op::SubRK, Op::SubKR]),
        BinaryOp::Mul => (ArithOp::Mul, [Op::MulRR, Op::MulRK, Op::MulKR]),
        BinaryOp::Div => (ArithOp::Div, [Op::DivRR, Op::DivRK, Op::DivKR]),
        BinaryOp::Mod => (ArithOp::Mod, [Op::ModRR, Op::ModRK, Op::ModKR]),
        BinaryOp::Pow => (ArithOp::Pow, [Op::PowRR, Op::PowRK, Op::PowKR]),
        _ => unreachable!("{op:?} is not arithmetic"),
    }
}

/// The result of an operation on constants, unless it is better left to run time: division by zero and
/// whatever gives a NaN.
///
/// Source: `constfolding` in `lcode.c`.
fn fold(op: ArithOp, a: f64, b: f64) -> Option<f64> {
    if b == 0.0 && matches!(op, ArithOp::Div | ArithOp::Mod) {
        return None;
    }
    let result = compute(op, a, b);
    (!result.is_nan()).then_some(result)
}

impl Codegen<'_> {
    // ---- unary -----------------------------------------------------------------------------

    pub(super) fn unary(&mut self, op: UnaryOp, mut e: Exp) -> Exp {
        match op {
            UnaryOp::Not => {
                self.negate(&mut e);
                return e;
            }
            UnaryOp::Negate => {
                if let Some(n) = e.number()
                    && !n.is_nan()
                {
                    return Kind::Number(-n).into();
                }
            }
            UnaryOp::Length => {}
        }
        let op = if op == UnaryOp::Negate { Op::Unm } else { Op::Len };
        let operand = self.to_any_register(&mut e);
        self.free_register(operand);
        Kind::Relocatable(self.emit.emit_ad(op, 0, operand)).into()
    }

    fn negate(&mut self, e: &mut Exp) {
        self.discharge(e);
        match e.kind {
            Kind::Nil | Kind::False => e.kind = Kind::True,
            Kind::True | Kind::Number(_) | Kind::String(_) => e.kind = Kind::False,
            Kind::Jump(pc) => self.emit.invert(pc),
            _ => {
                let operand = self.discharge_to_any(e);
                self.free_register(operand);
                e.kind = Kind::Relocatable(self.emit.emit_ad(Op::Not, 0, operand));
            }
        }
        std::mem::swap(&mut e.t, &mut e.f);
        self.emit.drop_values(e.t);
        self.emit.drop_values(e.f);
    }

    // ---- conditions ------------------------------------------------------------------------

    /// Falls through if the value is true; its `f` list jumps otherwise.
    pub(super) fn go_if_true(&mut self, e: &mut Exp) {
        self.discharge(e);
        let jump = match e.kind {
            Kind::True | Kind::Number(_) | Kind::String(_) => JumpList::EMPTY,
            Kind::Jump(pc) => {
                self.emit.invert(pc);
                pc.into()
            }
            _ => self.jump_if(e, false),
        };
        self.emit.concat(&mut e.f, jump);
        self.emit.patch_to_here(e.t);
        e.t = JumpList::EMPTY;
    }

    /// Falls through if the value is false; its `t` list jumps otherwise.
    pub(super) fn go_if_false(&mut self, e: &mut Exp) {
        self.discharge(e);
        let jump = match e.kind {
            Kind::Nil | Kind::False => JumpList::EMPTY,
            Kind::Jump(pc) => pc.into(),
            _ => self.jump_if(e, true),
        };
        self.emit.concat(&mut e.t, jump);
        self.emit.patch_to_here(e.f);
        e.f = JumpList::EMPTY;
    }

    fn jump_if(&mut self, e: &mut Exp, condition: bool) -> JumpList {
        if let Kind::Relocatable(pc) = e.kind {
            let i = self.emit.instr(pc);
            if i.op() == Op::Not {
                self.emit.take_back(pc);
                let op = if condition { Op::Jf } else { Op::Jt };
                return self.emit.emit_branch(op, i.d() as u32, 0).into();
            }
        }
        let register = self.discharge_to_any(e);
        self.free_register(register);
        self.emit.emit_test(register, condition).into()
    }

    // ---- binary ----------------------------------------------------------------------------

    /// What has to happen to the left operand before the right one is evaluated.
    pub(super) fn left_operand(&mut self, op: BinaryOp, e: &mut Exp) {
        match op {
            BinaryOp::And => self.go_if_true(e),
            BinaryOp::Or => self.go_if_false(e),
            BinaryOp::Concat => self.to_next_register(e),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Pow => {
                if e.number().is_none() {
                    self.to_any_register(e);
                }
            }
            _ => self.to_operand(e),
        }
    }

    /// Combines the operands. Concatenation is done elsewhere.
    pub(super) fn binary(&mut self, op: BinaryOp, left: Exp, mut right: Exp) -> Exp {
        match op {
            BinaryOp::And => {
                self.discharge(&mut right);
                self.emit.concat(&mut right.f, left.f);
                right
            }
            BinaryOp::Or => {
                self.discharge(&mut right);
                self.emit.concat(&mut right.t, left.t);
                right
            }
            BinaryOp::Equal => self.equality(left, right, Op::JeqRR, Op::JeqRK, Op::JeqRP),
            BinaryOp::NotEqual => self.equality(left, right, Op::JneRR, Op::JneRK, Op::JneRP),
            BinaryOp::Less => self.order(left, right, [Op::JltRR, Op::JltRK, Op::JltKR], false),
            BinaryOp::LessEqual => self.order(left, right, [Op::JleRR, Op::JleRK, Op::JleKR], false),
            BinaryOp::Greater => self.order(left, right, [Op::JltRR, Op::JltRK, Op::JltKR], true),
            BinaryOp::GreaterEqual => self.order(left, right, [Op::JleRR, Op::JleRK, Op::JleKR], true),
            _ => self.arithmetic(op, left, right),
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, mut left: Exp, mut right: Exp) -> Exp {
        let (op, [rr, rk, kr]) = arithmetic_ops(op);
        if let (Some(a), Some(b)) = (left.number(), right.number())
            && let Some(result) = fold(op, a, b)
        {
            return Kind::Number(result).into();
        }
        if let Some(k) = self.byte_constant(&right) {
            let a = self.to_any_register(&mut left);
            self.free_register(a);
            return Kind::Relocatable(self.emit.emit_abc(rk, 0, a, k)).into();
        }
        let b = self.to_any_register(&mut right);
        if let Some(k) = self.byte_constant(&left) {
            self.free_register(b);
            return Kind::Relocatable(self.emit.emit_abc(kr, 0, k, b)).into();
        }
        let a = self.to_any_register(&mut left);
        self.free_operands(a, b);
        Kind::Relocatable(self.emit.emit_abc(rr, 0, a, b)).into()
    }

    /// The index of a number constant, if it fits an operand of eight bits.
    fn byte_constant(&mut self, e: &Exp) -> Option<u32> {
        let k = self.emit.number_constant(e.number()?);
        (k <= u32::from(u8::MAX)).then_some(k)
    }

    /// The index of a number constant, if it fits an operand of 16 bits.
    fn wide_constant(&mut self, e: &Exp) -> Option<u32> {
        let k = self.emit.number_constant(e.number()?);
        (k <= u32::from(u16::MAX)).then_some(k)
    }

    fn order(&mut self, mut left: Exp, mut right: Exp, ops: [Op; 3], swapped: bool) -> Exp {
        let [rr, rk, kr] = ops;
        let right_k = if left.number().is_none() { self.wide_constant(&right) } else { None };
        if let Some(k) = right_k {
            let a = self.to_any_register(&mut left);
            self.free_register(a);
            let op = if swapped { kr } else { rk };
            return self.comparison(op, a, k);
        }
        let b = self.to_any_register(&mut right);
        if let Some(k) = self.wide_constant(&left) {
            self.free_register(b);
            let op = if swapped { rk } else { kr };
            return self.comparison(op, b, k);
        }
        let a = self.to_any_register(&mut left);
        self.free_operands(a, b);
        if swapped { self.comparison(rr, b, a) } else { self.comparison(rr, a, b) }
    }

    fn comparison(&mut self, op: Op, a: u32, d: u32) -> Exp {
        let pc: Pc = self.emit.emit_branch(op, a, d);
        Kind::Jump(pc).into()
    }

    fn equality(&mut self, mut left: Exp, mut right: Exp, rr: Op, rk: Op, rp: Op) -> Exp {
        self.to_operand(&mut right);
        if !matches!(left.kind, Kind::Register(_)) {
            std::mem::swap(&mut left, &mut right);
        }
        let (op, d) = match right.kind {
            Kind::Nil => (rp, Some(0)),
            Kind::False => (rp, Some(1)),
            Kind::True => (rp, Some(2)),
            Kind::Number(_) => (rk, self.wide_constant(&right)),
            Kind::String(symbol) => {
                let k = self.emit.string_constant(symbol);
                (rk, (k <= u32::from(u16::MAX)).then_some(k))
            }
            _ => (rr, None),
        };
        let a = self.to_any_register(&mut left);
        if let Some(d) = d {
            self.free_register(a);
            return self.comparison(op, a, d);
        }
        let b = self.to_any_register(&mut right);
        self.free_operands(a, b);
        self.comparison(rr, a, b)
    }
}
