//! Upvalues: by value they are parts of their closure; by cell they are slots of the trace's own frames, or memory.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::object::{LuaFunction, UpvalueCell};
use ferrous_lua_runtime::stack::SLACK;

use super::{Kind, Rec, Recorder};
use crate::ir::{IrRef, Op, Ty};

/// Where the variable of a cell is.
enum Variable {
    /// In a slot of the trace's own frames.
    Slot(i32),
    /// Elsewhere; the address.
    Memory(IrRef),
}

impl Recorder {
    pub(super) fn get_upvalue_by_value(&mut self, vm: &Vm, a: usize, n: usize) -> Rec<()> {
        let func = self.known_func(vm)?;
        let val = if func.is_const() {
            // SAFETY: the running function has the upvalue, by value.
            self.constant(unsafe { *LuaFunction::upvalues(self.running(vm)).add(n) })
        } else {
            self.e.emit(Op::UpvalConst, Ty::Any, func, IrRef::from_raw(n as u32))?
        };
        self.set(a, val);
        Ok(())
    }

    pub(super) fn get_upvalue(&mut self, vm: &Vm, a: usize, n: usize) -> Rec<()> {
        let (variable, _) = self.variable(vm, n)?;
        let val = match variable {
            Variable::Slot(slot) => self.slot(slot),
            Variable::Memory(place) => self.e.unary(Op::UpvalLoad, Ty::Any, place)?,
        };
        self.set(a, val);
        Ok(())
    }

    pub(super) fn set_upvalue(&mut self, vm: &Vm, n: usize, d: usize) -> Rec<()> {
        let (variable, cell) = self.variable(vm, n)?;
        let val = self.reg(d);
        match variable {
            Variable::Slot(slot) => self.slots.set(slot, val),
            Variable::Memory(place) => {
                let ty = self.e.trace().ty(val);
                self.e.emit(Op::UpvalStore, Ty::None, place, val)?;
                if Recorder::may_be_object(ty) {
                    self.e.emit(Op::Barrier, Ty::None, cell, IrRef::NONE)?;
                }
                self.forget_below();
            }
        }
        Ok(())
    }

    /// Finds the variable of upvalue `n` of the running function, which is held by cell; and the cell.
    fn variable(&mut self, vm: &Vm, n: usize) -> Rec<(Variable, IrRef)> {
        // SAFETY: the running function has the upvalue, by cell.
        let (cell, address, closed) = unsafe {
            let cell = (*LuaFunction::upvalues(self.running(vm)).add(n)).to_bits() as *mut UpvalueCell;
            (cell, (*cell).v, !UpvalueCell::is_open(cell))
        };
        let func = self.known_func(vm)?;
        let cell = if func.is_const() {
            // A function keeps its cells.
            self.e.trace_mut().ptr(cell as usize)
        } else {
            self.e.emit(Op::UpvalCell, Ty::Ptr, func, IrRef::from_raw(n as u32))?
        };
        let place = self.e.unary(Op::CellPtr, Ty::Ptr, cell)?;
        let lowest = self.frames[0].original_base();
        // SAFETY: the running thread is live.
        let first = unsafe { (*vm.thread).stack.offset(self.start + lowest as isize) };
        // The variable may also be in another coroutine's stack, right beside this one.
        let is_own = (first..vm.stack_limit.wrapping_add(SLACK)).contains(&address);
        if !closed && is_own {
            // SAFETY: both are in the running stack.
            let slot = unsafe { address.offset_from(first) } as i32 + lowest;
            let own = self.address_of(slot)?;
            self.e.guard(Op::Eq, place, own)?;
            return Ok((Variable::Slot(slot), cell));
        }
        let first = self.address_of(lowest)?;
        self.e.guard(Op::CellApart, cell, first)?;
        self.uses_cells = true;
        Ok((Variable::Memory(place), cell))
    }

    fn address_of(&mut self, slot: i32) -> Rec<IrRef> {
        Ok(self.e.emit(Op::SlotPtr, Ty::Ptr, IrRef::from_raw(slot as u32), IrRef::NONE)?)
    }

    /// A store through a cell may have written any slot below the trace's base, but for the frame's own words.
    fn forget_below(&mut self) {
        let own_words = self.frames[0].original_base() - 2;
        self.slots.forget_below(own_words);
        self.inherited.retain(|slot, _| *slot >= own_words);
    }

    /// Stores the values of captured registers from `first` on, so that their cells find them in memory. Of a frame that was there when
    /// the trace was entered, all: once the trace has come around, what this round finds in memory is what the last one has in a value.
    pub(super) fn write_captured(&mut self, first: usize) -> Rec<()> {
        let frame = *self.frame();
        let captured = self.liveness(frame.proto).captured();
        let was_there = self.kind != Kind::Loop && frame.base <= 0;
        // SAFETY: as in `proto`.
        for r in first..usize::from(unsafe { (*frame.proto).frame_size }) {
            let is_dirty = self.slots.is_dirty(frame.base + r as i32);
            if captured.has(r) && (is_dirty || was_there) {
                self.write_down(r, 1)?;
            }
        }
        Ok(())
    }
}
