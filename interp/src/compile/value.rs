//! Expression descriptors: values that are not yet anywhere.
//!
//! An [`Exp`] says how a value can be had. It is *discharged* when it is known where the value is wanted:
//! in a given register, in any register, as a constant operand, or only as a jump. Besides its kind it
//! carries the jumps out of `and`, `or` and comparisons: those taken when the whole is true (`t`) and when
//! it is false (`f`).
//!
//! Source: `expdesc` and `lcode.c`.

use super::codegen::Codegen;
use super::emit::{JumpList, Pc};
use crate::syntax::symbol::Symbol;
use ferrous_lua_runtime::bytecode::{Instr, Op};

/// How a value can be had.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Nil,
    True,
    False,
    Number(f64),
    String(Symbol),
    /// In a register: a temporary one, or a variable's.
    Register(u32),
    Upvalue(u8),
    Global(Symbol),
    /// `R[object][name]`
    Field {
        object: u32,
        name: Symbol,
    },
    /// `R[object][R[key]]`
    Index {
        object: u32,
        key: u32,
    },
    /// `R[object][key]`
    IndexInt {
        object: u32,
        key: u8,
    },
    /// The instruction can put its result into any register.
    Relocatable(Pc),
    Call(Pc),
    Vararg(Pc),
    /// A comparison that jumps if it holds.
    Jump(Pc),
}

/// A value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exp {
    pub(super) kind: Kind,
    /// Jumps taken when it is true.
    pub(super) t: JumpList,
    /// Jumps taken when it is false.
    pub(super) f: JumpList,
}

impl From<Kind> for Exp {
    fn from(kind: Kind) -> Exp {
        Exp { kind, t: JumpList::EMPTY, f: JumpList::EMPTY }
    }
}

impl Exp {
    pub(super) fn has_jumps(&self) -> bool {
        !(self.t.is_empty() && self.f.is_empty())
    }

    /// The number, if that is all it is.
    pub(super) fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(n) if !self.has_jumps() => Some(n),
            _ => None,
        }
    }

    pub(super) fn is_multiple(&self) -> bool {
        matches!(self.kind, Kind::Call(_) | Kind::Vararg(_))
    }
}

/// The signed 16-bit integer that `number` is.
pub(super) fn small_integer(number: f64) -> Option<i16> {
    let integer = number as i16;
    (f64::from(integer).to_bits() == number.to_bits()).then_some(integer)
}

impl Codegen<'_> {
    // ---- registers -------------------------------------------------------------------------

    /// Gives a register back if it is a temporary one.
    pub(super) fn free_register(&mut self, register: u32) {
        if register >= self.active_count() {
            self.emit.free -= 1;
            // Registers beyond what instructions can name lose their upper bits.
            debug_assert!(register == self.emit.free || self.emit.failure.is_some());
        }
    }

    pub(super) fn free_exp(&mut self, e: &Exp) {
        if let Kind::Register(register) = e.kind {
            self.free_register(register);
        }
    }

    // ---- multiple values -------------------------------------------------------------------

    /// Makes a call or `...` yield `n` values, in consecutive registers of which the first is taken here.
    pub(super) fn set_results(&mut self, e: &Exp, n: u32) {
        self.set_result_field(e, n + 1);
    }

    /// Makes a call or `...` yield all its values.
    pub(super) fn set_multiple(&mut self, e: &Exp) {
        self.set_result_field(e, 0);
    }

    fn set_result_field(&mut self, e: &Exp, field: u32) {
        if field > u32::from(u8::MAX) {
            self.emit.fail("function or expression too complex");
        }
        match e.kind {
            Kind::Call(pc) => {
                let i = self.emit.instr(pc);
                self.emit.set_instr(pc, Instr::abc(i.op(), i.a() as u8, i.b() as u8, field as u8));
            }
            Kind::Vararg(pc) => {
                let i = self.emit.instr(pc);
                let a = self.emit.free as u8;
                self.emit.set_instr(pc, Instr::abc(i.op(), a, field as u8, i.c() as u8));
                self.emit.reserve(1);
            }
            _ => {}
        }
    }

    /// Makes a call or `...` yield one value.
    pub(super) fn set_one_result(&mut self, e: &mut Exp) {
        match e.kind {
            Kind::Call(pc) => e.kind = Kind::Register(self.emit.instr(pc).a() as u32),
            Kind::Vararg(pc) => {
                let i = self.emit.instr(pc);
                self.emit.set_instr(pc, Instr::abc(i.op(), i.a() as u8, 2, i.c() as u8));
                e.kind = Kind::Relocatable(pc);
            }
            _ => {}
        }
    }

    // ---- discharging -----------------------------------------------------------------------

    /// Reads a variable or element, so that only a constant, a register or a result without place remains.
    pub(super) fn discharge(&mut self, e: &mut Exp) {
        let pc = match e.kind {
            Kind::Upvalue(n) => {
                let by_value = self.upvalue_by_value(n);
                let op = if by_value { Op::GetUpvalV } else { Op::GetUpval };
                self.emit.emit_ad(op, 0, u32::from(n))
            }
            Kind::Global(name) => {
                let key = self.emit.string_constant(name);
                self.emit.emit(Instr::abc(Op::GetGlobal, 0, 0, 0), &[key, 0, 0])
            }
            Kind::Field { object, name } => {
                self.free_register(object);
                let key = self.emit.string_constant(name);
                self.emit.emit(Instr::abc(Op::GetField, 0, object as u8, 0), &[key, 0, 0, 0, 0, 0])
            }
            Kind::Index { object, key } => {
                self.free_operands(object, key);
                self.emit.emit_abc(Op::GetIndex, 0, object, key)
            }
            Kind::IndexInt { object, key } => {
                self.free_register(object);
                self.emit.emit_abc(Op::GetIndexI, 0, object, u32::from(key))
            }
            Kind::Call(_) | Kind::Vararg(_) => return self.set_one_result(e),
            _ => return,
        };
        e.kind = Kind::Relocatable(pc);
    }

    /// Gives back two registers, the later one first.
    pub(super) fn free_operands(&mut self, a: u32, b: u32) {
        self.free_register(a.max(b));
        self.free_register(a.min(b));
    }

    /// Puts the value into `register`, but leaves jumps alone.
    fn discharge_to(&mut self, e: &mut Exp, register: u32) {
        self.discharge(e);
        match e.kind {
            Kind::Nil => {
                let are_new = register >= self.active_count();
                self.emit.emit_nil(register, 1, are_new);
            }
            Kind::False => _ = self.emit.emit_ad(Op::LoadPri, register, 1),
            Kind::True => _ = self.emit.emit_ad(Op::LoadPri, register, 2),
            Kind::Number(n) => match small_integer(self.emit.as_constant(n)) {
                Some(integer) => _ = self.emit.emit_ad(Op::LoadInt, register, integer as u16 as u32),
                None => {
                    let k = self.emit.number_constant(n);
                    self.load_constant(register, k);
                }
            },
            Kind::String(symbol) => {
                let k = self.emit.string_constant(symbol);
                self.load_constant(register, k);
            }
            Kind::Relocatable(pc) => self.emit.set_a(pc, register),
            Kind::Register(from) if from == register => {}
            Kind::Register(from) => _ = self.emit.emit_ad(Op::Move, register, from),
            Kind::Jump(_) => return,
            _ => unreachable!("discharged just before"),
        }
        e.kind = Kind::Register(register);
    }

    fn load_constant(&mut self, register: u32, index: u32) {
        if index <= u32::from(u16::MAX) {
            self.emit.emit_ad(Op::LoadK, register, index);
        } else {
            self.emit.emit(Instr::abc(Op::LoadKX, register as u8, 0, 0), &[index]);
        }
    }

    /// Puts the value into some register, leaving jumps alone.
    pub(super) fn discharge_to_any(&mut self, e: &mut Exp) -> u32 {
        if let Kind::Register(register) = e.kind {
            return register;
        }
        self.emit.reserve(1);
        let register = self.emit.free - 1;
        self.discharge_to(e, register);
        register
    }

    /// Puts the value into `register`, with all that jumps out of it.
    pub(super) fn to_register(&mut self, e: &mut Exp, register: u32) {
        self.discharge_to(e, register);
        let comparison = match e.kind {
            Kind::Jump(pc) => {
                self.emit.concat(&mut e.t, pc.into());
                true
            }
            _ => false,
        };
        if e.has_jumps() {
            // Where a jump that brings no value finds true and false loaded.
            let (mut load_false, mut load_true) = (Pc::HEADER, Pc::HEADER);
            if self.emit.needs_value(e.t) || self.emit.needs_value(e.f) {
                let skip = if comparison { JumpList::EMPTY } else { self.emit.emit_jump() };
                load_false = self.emit.label();
                self.emit.emit_ad(Op::LoadPri, register, 1);
                let end = self.emit.emit_jump();
                // PUC Lua's load skips the next one itself.
                self.emit.fix_line(0);
                load_true = self.emit.label();
                self.emit.emit_ad(Op::LoadPri, register, 2);
                self.emit.land_here(end);
                self.emit.patch_to_here(skip);
            }
            let end = self.emit.label();
            self.emit.patch(e.f, end, Some(register), load_false);
            self.emit.patch(e.t, end, Some(register), load_true);
        }
        *e = Kind::Register(register).into();
    }

    /// Puts the value into the next free register.
    pub(super) fn to_next_register(&mut self, e: &mut Exp) {
        self.discharge(e);
        self.free_exp(e);
        self.emit.reserve(1);
        self.to_register(e, self.emit.free - 1);
    }

    /// Puts the value into some register, and says which.
    pub(super) fn to_any_register(&mut self, e: &mut Exp) -> u32 {
        self.discharge(e);
        if let Kind::Register(register) = e.kind {
            if !e.has_jumps() {
                return register;
            }
            if register >= self.active_count() {
                self.to_register(e, register);
                return register;
            }
        }
        self.to_next_register(e);
        self.emit.free - 1
    }

    /// Makes it a constant or a value in a register or a result without place: something without jumps.
    pub(super) fn to_value(&mut self, e: &mut Exp) {
        if e.has_jumps() {
            self.to_any_register(e);
        } else {
            self.discharge(e);
        }
    }

    /// Makes it a constant or a value in a register.
    pub(super) fn to_operand(&mut self, e: &mut Exp) {
        self.to_value(e);
        if let Kind::Number(n) = e.kind {
            e.kind = Kind::Number(self.emit.as_constant(n));
        }
        if !matches!(e.kind, Kind::Nil | Kind::True | Kind::False | Kind::Number(_) | Kind::String(_)) {
            self.to_any_register(e);
        }
    }

    /// `object[key]`, with `object` in a register.
    pub(super) fn indexed(&mut self, object: u32, mut key: Exp) -> Exp {
        self.to_value(&mut key);
        match key.kind {
            Kind::String(name) if self.can_be_key(name) => return Kind::Field { object, name }.into(),
            Kind::Number(n) if (0.0..=255.0).contains(&n) && small_integer(n).is_some() => {
                self.emit.as_constant(n);
                return Kind::IndexInt { object, key: n as u8 }.into();
            }
            _ => {}
        }
        let key = self.to_any_register(&mut key);
        Kind::Index { object, key }.into()
    }
}
