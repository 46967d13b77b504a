//! Arithmetic, `#` and `..`.
//!
//! Two numbers are computed inline, as integers where that is exact; strings that are used as numbers are read by a helper.
//! Metamethods are called ([`super::landing`]).

use ferrous_lua_runtime::bytecode::{Instr, Op as Code};
use ferrous_lua_runtime::frame::MetaThen;
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Value, Vm, arith};

use super::landing::Then;
use super::{Rec, Recorder, Stop};
use crate::ir::{Helper, IrRef, Op, Ty};
use crate::layout::boxing;

fn event_of(op: Op) -> Event {
    match op {
        Op::Add => Event::Add,
        Op::Sub => Event::Sub,
        Op::Mul => Event::Mul,
        Op::Div => Event::Div,
        Op::Mod => Event::Mod,
        Op::Pow => Event::Pow,
        op => unreachable!("{} is no binary arithmetic", op.name()),
    }
}

/// Which operands an instruction has in B and C.
#[derive(Clone, Copy)]
pub(super) enum Operands {
    RegReg,
    RegConst,
    ConstReg,
}

impl Recorder {
    pub(super) fn arithmetic(
        &mut self,
        vm: &Vm,
        pc: *const Instr,
        i: Instr,
        op: Op,
        operands: Operands,
    ) -> Rec<()> {
        let (b, c) = (i.b(), i.c());
        let (left, right) = match operands {
            Operands::RegReg => (self.operand(vm, b)?, self.operand(vm, c)?),
            Operands::RegConst => (self.operand(vm, b)?, self.constant_operand(c)),
            Operands::ConstReg => (self.constant_operand(b), self.operand(vm, c)?),
        };
        if let (Some(x), Some(y)) = (self.as_number(left)?, self.as_number(right)?) {
            let result = match op {
                Op::Mod => self.e.remainder(x, y, self.may_go_around(pc, i.a(), x))?,
                _ => self.compute(op, x, y)?,
            };
            self.set(i.a(), result);
            return Ok(());
        }
        let method = self.binary_metamethod(vm, left, right, event_of(op))?;
        self.call_metamethod(vm, pc, method, &[left.0, right.0], (Then::Store, MetaThen::Finish.flags()))
    }

    /// May what the instruction at `pc` computes into register `a` be what its operand `x` is computed from next time? It may if that is
    /// what the register held, or if it is stored in a variable of another kind or in a field, or returned, at once.
    fn may_go_around(&self, pc: *const Instr, a: usize, x: IrRef) -> bool {
        // SAFETY: verified code: behind an instruction and its extra words comes another one.
        let next = unsafe {
            let words = (*pc).op().words();
            *pc.add(words)
        };
        let source = match next.op().plain() {
            Code::SetUpval => Some(next.d()),
            Code::SetField | Code::SetGlobal | Code::Return | Code::Return1 => Some(next.a()),
            _ => None,
        };
        let held = self.slots.get(self.base() + a as i32);
        source == Some(a) || held.is_some_and(|held| self.e.is_computed_from(x, held))
    }

    /// A register's value, typed, and what it is now.
    pub(super) fn operand(&mut self, vm: &Vm, r: usize) -> Rec<(IrRef, Value)> {
        let (val, seen) = (self.typed(vm, r)?, self.seen(vm, r));
        if let Some(number) = seen.as_number() {
            self.e.note_seen(val, number);
        }
        Ok((val, seen))
    }

    fn constant_operand(&mut self, n: usize) -> (IrRef, Value) {
        let v = self.k(n);
        (self.constant(v), v)
    }

    /// An operand of arithmetic as a number, if it is one or a string that can be read as one.
    fn as_number(&mut self, (val, seen): (IrRef, Value)) -> Rec<Option<IrRef>> {
        if !seen.is_string() {
            return Ok(seen.is_number().then_some(val));
        }
        match arith::to_number(seen) {
            Some(n) if !n.is_nan() => {
                let number = self.e.call(Helper::StrToNum, &[val])?;
                Ok(Some(self.e.unary(Op::UnboxNum, Ty::Num, number)?))
            }
            _ => Ok(None),
        }
    }

    /// `x op y` for two numbers held either way.
    pub(super) fn compute(&mut self, op: Op, x: IrRef, y: IrRef) -> Rec<IrRef> {
        match op {
            Op::Pow => {
                let (x, y) = (self.e.to_num(x)?, self.e.to_num(y)?);
                // As `arith::power` has it.
                let squares = self.e.trace().num_of(y) == Some(2.0);
                let (op, y) = if squares { (Op::Mul, x) } else { (Op::Pow, y) };
                Ok(self.e.emit(op, Ty::Num, x, y)?)
            }
            Op::Div => {
                let (x, y) = (self.e.to_num(x)?, self.e.to_num(y)?);
                Ok(self.e.emit(Op::Div, Ty::Num, x, y)?)
            }
            _ => Ok(self.e.arith(op, x, y)?),
        }
    }

    pub(super) fn negate(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let operand = self.operand(vm, i.d())?;
        let Some(x) = self.as_number(operand)? else {
            let method = self.metamethod(vm, operand.0, operand.1, Event::Unm)?;
            let then = (Then::Store, MetaThen::Finish.flags());
            return self.call_metamethod(vm, pc, method, &[operand.0; 2], then);
        };
        let result = self.e.arith(Op::Neg, x, IrRef::NONE)?;
        self.set(i.a(), result);
        Ok(())
    }

    pub(super) fn length(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let v = self.seen(vm, i.d());
        let result = if v.is_string() {
            let s = self.typed(vm, i.d())?;
            self.string_length(s)?
        } else if v.is_table() {
            let t = self.typed(vm, i.d())?;
            if vm.options.lua52 {
                let method = self.metamethod(vm, t, v, Event::Len)?;
                if !method.is_nil() {
                    let nil = self.nil();
                    let then = (Then::Store, MetaThen::Finish.flags());
                    return self.call_metamethod(vm, pc, method, &[t, nil], then);
                }
            }
            self.table_length(v, t)?
        } else {
            return Err(Stop::Leave);
        };
        self.set(i.a(), result);
        Ok(())
    }

    pub(super) fn string_length(&mut self, s: IrRef) -> Rec<IrRef> {
        if let Some(k) = self.e.trace().const_of(s) {
            let v = Value::from_bits(boxing::constant(Ty::Str, k.bits));
            let len = v.as_string().map_or(0, |s| s.len);
            return Ok(self.int(i64::from(len)));
        }
        Ok(self.e.unary(Op::StrLen, Ty::Int, s)?)
    }

    /// `#t`: inline if the array part is full and there is nothing behind it.
    pub(super) fn table_length(&mut self, seen: Value, t: IrRef) -> Rec<IrRef> {
        let table = seen.as_table().expect("the caller has looked");
        let last = i64::from(table.asize) - 1;
        // SAFETY: a live table with `asize` values.
        let full = last > 0 && table.dict.is_null() && unsafe { !(*table.array.add(last as usize)).is_nil() };
        if !full {
            return Ok(self.e.call(Helper::TabLen, &[t])?);
        }
        self.guard_no_dict(t)?;
        let size = self.e.unary(Op::ArraySize, Ty::Int, t)?;
        let one = self.int(1);
        let index = self.e.arith(Op::Sub, size, one)?;
        self.e.guard(Op::Lt, one, size)?;
        let array = self.e.unary(Op::ArrayPtr, Ty::Ptr, t)?;
        let place = self.e.emit(Op::ElemRef, Ty::Ptr, array, index)?;
        let value = self.e.unary(Op::ElemLoad, Ty::Any, place)?;
        self.not_nil(value)?;
        Ok(index)
    }

    /// Guards that a table has no dictionary.
    pub(super) fn guard_no_dict(&mut self, t: IrRef) -> Rec<()> {
        let dict = self.e.unary(Op::TabDict, Ty::Ptr, t)?;
        let null = self.e.trace_mut().ptr(0);
        Ok(self.e.guard(Op::Eq, dict, null)?)
    }

    pub(super) fn concat(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let (b, c) = (i.b(), i.c());
        let joinable = |v: Value| v.is_string() || v.is_number();
        if !(b..=c).all(|r| joinable(self.seen(vm, r))) {
            return self.concat_by_metamethod(vm, pc, i);
        }
        for r in b..=c {
            self.typed(vm, r)?;
        }
        self.write_down(b, c + 1 - b)?;
        let at = self.slot_address(b);
        let count = self.int((c + 1 - b) as i64);
        let result = self.e.call(Helper::Concat, &[at, count])?;
        self.not_null(result)?;
        self.set(i.a(), result);
        Ok(())
    }

    /// Two operands, of which one has a metamethod. (With more, the interpreter would go on concatenating after the call.)
    fn concat_by_metamethod(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let (b, c) = (i.b(), i.c());
        if c != b + 1 {
            return Err(Stop::Leave);
        }
        let (left, right) = (self.operand(vm, b)?, self.operand(vm, c)?);
        let method = self.binary_metamethod(vm, left, right, Event::Concat)?;
        self.call_metamethod(vm, pc, method, &[left.0, right.0], (Then::Store, MetaThen::concat(c)))
    }

    /// Guards that a helper has given an object.
    pub(super) fn not_null(&mut self, object: IrRef) -> Rec<()> {
        let ty = self.e.trace().ty(object);
        let null = self.e.trace_mut().constant(ty, 0);
        Ok(self.e.guard(Op::Ne, object, null)?)
    }

    /// Stores registers to the Lua stack, for a helper to read.
    pub(super) fn write_down(&mut self, first: usize, count: usize) -> Rec<()> {
        for r in first..first + count {
            let slot = self.base() + r as i32;
            let val = self.slot(slot);
            self.e.emit(Op::StackStore, Ty::None, IrRef::from_raw(slot as u32), val)?;
        }
        Ok(())
    }

    /// What a helper has left in a slot.
    pub(super) fn stack_load(&mut self, slot: i32) -> IrRef {
        let val = self.e.emit(Op::StackLoad, Ty::Any, IrRef::from_raw(slot as u32), IrRef::NONE);
        val.expect("a load is no guard")
    }

    /// The address of a register.
    pub(super) fn slot_address(&mut self, r: usize) -> IrRef {
        self.slot_pointer(self.base() + r as i32)
    }

    /// The address of a slot.
    pub(super) fn slot_pointer(&mut self, slot: i32) -> IrRef {
        let address = self.e.emit(Op::SlotPtr, Ty::Ptr, IrRef::from_raw(slot as u32), IrRef::NONE);
        address.expect("an address is no guard")
    }
}
