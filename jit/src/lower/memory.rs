//! Loads, stores and boxing.
//!
//! A boxed value is 64 bits, held in an integer register unless every use of it asks for a number: then it
//! is loaded into a float register at once, with the same bits, so that checking it is one comparison and
//! using it needs no move.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};

use super::body::Body;
use super::compiler::{ADDR, CompileError};
use crate::ir::{Instr, IrRef, Op, SnapEntry, Ty};
use crate::layout::{self, boxing};

type Emitted<T> = Result<T, CompileError>;

impl Body<'_, '_> {
    pub fn load(&mut self, ty: Type, address: Value, offset: i32) -> Value {
        self.builder.ins().load(ty, MemFlagsData::trusted(), address, offset)
    }

    pub fn store(&mut self, value: Value, address: Value, offset: i32) {
        self.builder.ins().store(MemFlagsData::trusted(), value, address, offset);
    }

    /// Loads a field of the object `r`.
    pub fn load_at(&mut self, ty: Type, r: IrRef, offset: i32) -> Emitted<Value> {
        let address = self.val(r)?;
        Ok(self.load(ty, address, offset))
    }

    pub fn load_u32(&mut self, r: IrRef, offset: i32) -> Emitted<Value> {
        let address = self.val(r)?;
        Ok(self.builder.ins().uload32(MemFlagsData::trusted(), address, offset))
    }

    pub fn load_u16(&mut self, r: IrRef, offset: i32) -> Emitted<Value> {
        let address = self.val(r)?;
        Ok(self.builder.ins().uload16(types::I64, MemFlagsData::trusted(), address, offset))
    }

    pub fn load_u8(&mut self, address: Value, offset: i32) -> Value {
        self.builder.ins().uload8(types::I64, MemFlagsData::trusted(), address, offset)
    }

    pub fn load_vm(&mut self, instr: Instr) -> Value {
        let offset = instr.a.raw() as i32;
        if instr.ty == Ty::Int {
            return self.builder.ins().uload32(MemFlagsData::trusted(), self.vm, offset);
        }
        self.load(super::body::clif_type(instr.ty), self.vm, offset)
    }

    /// The register class for the boxed value `at`: float if nothing but numbers is made of it.
    pub fn any_repr(&self, at: IrRef) -> Type {
        let uses = self.uses.of(at);
        if uses.as_num > 0 && uses.as_num == uses.hot { types::F64 } else { types::I64 }
    }

    /// Reads a stack slot.
    pub fn load_slot(&mut self, at: IrRef, instr: Instr) -> Emitted<Value> {
        let offset = instr.slot() * layout::VALUE;
        match instr.ty {
            Ty::Any => {
                let ty = self.any_repr(at);
                Ok(self.load(ty, self.base, offset))
            }
            Ty::Num => Ok(self.load(types::F64, self.base, offset)),
            Ty::Int => {
                let num = self.load(types::F64, self.base, offset);
                // The exit that leads here stored an integer of 32 bits.
                let low = self.low_bits(num);
                Ok(self.builder.ins().sextend(types::I64, low))
            }
            ty => {
                let bits = self.load(types::I64, self.base, offset);
                let Some(tag) = boxing::tag(ty) else { return Ok(bits) };
                let tag = self.builder.ins().iconst(types::I64, tag as i64);
                Ok(self.builder.ins().bxor(bits, tag))
            }
        }
    }

    /// Writes a stack slot, or the end of the multiple results.
    pub fn store_slot(&mut self, slot: i32, val: IrRef) -> Emitted<()> {
        let value = self.storable(val)?;
        if slot == SnapEntry::TOP {
            self.store(value, self.vm, layout::vm::TOP);
            return Ok(());
        }
        self.store(value, self.base, slot * layout::VALUE);
        Ok(())
    }

    /// Reads the value that a field, element or upvalue reference points at.
    pub fn load_value(&mut self, at: IrRef, place: IrRef) -> Emitted<Value> {
        let (address, offset) = self.address(place)?;
        let ty = self.any_repr(at);
        Ok(self.load(ty, address, offset))
    }

    pub fn store_value(&mut self, place: IrRef, val: IrRef) -> Emitted<()> {
        let constant = self.trace.const_of(val).filter(|_| !self.is_in_exit());
        let in_register = constant.and_then(|k| self.loop_words.get(&boxing::constant(k.ty, k.bits)));
        let value = match in_register {
            Some(value) => *value,
            None => self.storable(val)?,
        };
        let (address, offset) = self.address(place)?;
        self.store(value, address, offset);
        Ok(())
    }

    /// An address in the form that instruction selection turns into an addressing mode.
    pub fn address(&mut self, place: IrRef) -> Emitted<(Value, i32)> {
        // A place that the loop carries from round to round is a value of its own.
        if self.uses.is_phi(place) && self.is_in_loop() {
            return Ok((self.val(place)?, 0));
        }
        if let Some(field) = self.trace.instr_of(place, Op::FieldRef) {
            return Ok((self.val(field.a)?, field.lit() as i32 * layout::VALUE));
        }
        if let Some(upvalue) = self.trace.instr_of(place, Op::UpvalRef) {
            let offset = layout::function::UPVALUES + upvalue.lit() as i32 * layout::VALUE;
            return Ok((self.val(upvalue.a)?, offset));
        }
        if let Some(elem) = self.trace.instr_of(place, Op::ElemRef) {
            let array = self.val(elem.a)?;
            let (index, offset) = self.split_index(elem.b);
            let Some(index) = index else { return Ok((array, offset)) };
            let index = self.val(index)?;
            let scaled = self.builder.ins().ishl_imm_s(index, 3);
            return Ok((self.builder.ins().iadd(array, scaled), offset));
        }
        Ok((self.val(place)?, 0))
    }

    /// Splits an element index into a variable part and a byte offset.
    fn split_index(&self, index: IrRef) -> (Option<IrRef>, i32) {
        let bytes = |elements: i64| {
            i32::try_from(elements).ok().and_then(|elements| elements.checked_mul(layout::VALUE))
        };
        if let Some(offset) = self.trace.int_of(index).and_then(bytes) {
            return (None, offset);
        }
        if let Some(add) = self.trace.instr_of(index, Op::Add) {
            // A phi's value is not what its instruction said, inside the loop.
            if let (Some(offset), false) = (self.trace.int_of(add.b).and_then(bytes), self.uses.is_phi(index))
            {
                return (Some(add.a), offset);
            }
        }
        (Some(index), 0)
    }

    /// The value in a form whose 64 bits are the boxed value: a float or an integer.
    fn storable(&mut self, r: IrRef) -> Emitted<Value> {
        if let Some(k) = self.trace.const_of(r) {
            return Ok(self.builder.ins().iconst(types::I64, boxing::constant(k.ty, k.bits) as i64));
        }
        match self.trace.ty(r) {
            Ty::Num | Ty::Any | Ty::Ptr => self.val(r),
            Ty::Int => {
                let int = self.val(r)?;
                Ok(self.builder.ins().fcvt_from_sint(types::F64, int))
            }
            _ => self.boxed_bits(r),
        }
    }

    /// The boxed value in an integer register.
    pub fn boxed_bits(&mut self, r: IrRef) -> Emitted<Value> {
        let ty = self.trace.ty(r);
        if let Some(bits) = boxing::primitive(ty) {
            return Ok(self.builder.ins().iconst(types::I64, bits as i64));
        }
        if let (Some(tag), false) = (boxing::tag(ty), r.is_const()) {
            let pointer = self.val(r)?;
            let tag = self.builder.ins().iconst(ADDR, tag as i64);
            return Ok(self.builder.ins().bor(pointer, tag));
        }
        let value = self.storable(r)?;
        if self.builder.func.dfg.value_type(value) == types::F64 {
            return Ok(self.bitcast(types::I64, value));
        }
        Ok(value)
    }
}
