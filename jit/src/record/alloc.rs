//! Constructors and closures.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::{Instr, MULTI};
use ferrous_lua_runtime::proto::{Closures, Proto, UpvalueDesc, UpvalueSource};
use ferrous_lua_runtime::shape::ShapeId;

use super::{Abort, Rec, Recorder, Stop};
use crate::ir::{Helper, IrRef, Op, Room, Ty};
use crate::params;

/// The literal of [`Op::NewTable`] that says for how many elements and other keys there is to be room.
fn room(array: usize, others: usize) -> IrRef {
    IrRef::from_raw(Room::new(array, others).to_literal())
}

impl Recorder {
    pub(super) fn new_table(&mut self, pc: *const Instr, i: Instr) -> Rec<()> {
        let room = room(self.extra(pc, 0) as usize, i.d());
        let t = self.e.emit(Op::NewTable, Ty::Tab, room, IrRef::from_raw(ShapeId::EMPTY.0))?;
        self.set(i.a(), t);
        Ok(())
    }

    /// A constructor with named fields: the table has its shape from the start, and the fields are stored.
    pub(super) fn new_object(&mut self, vm: &mut Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let mut shape = ShapeId(self.extra(pc, 1));
        if shape == ShapeId::NONE {
            let template = &self.proto().templates[self.extra(pc, 0) as usize];
            let keys: Vec<_> = template.keys.iter().filter_map(|&k| self.k(k as usize).as_string()).collect();
            if !keys.iter().all(|key| key.is_interned()) {
                return Err(Stop::Leave);
            }
            shape = vm.shape_for_keys(&keys).map_err(|_| Stop::Abort(Abort::Memory))?;
        }
        let room = room(self.extra(pc, 2) as usize, vm.shapes.slot_count(shape) as usize);
        let t = self.e.emit(Op::NewTable, Ty::Tab, room, IrRef::from_raw(shape.0))?;
        let slots = self.e.unary(Op::SlotsPtr, Ty::Ptr, t)?;
        for n in 0..i.d() {
            let val = self.reg(i.a() + 1 + n);
            let place = self.e.emit(Op::FieldRef, Ty::Ptr, slots, IrRef::from_raw(n as u32))?;
            self.e.emit(Op::FieldStore, Ty::None, place, val)?;
        }
        self.set(i.a(), t);
        Ok(())
    }

    pub(super) fn set_list(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let a = i.a();
        let count = match i.d() as u32 {
            MULTI => self.multi_count(a + 1)?,
            d => d as usize - 1,
        };
        let t = self.reg(a);
        if self.e.trace().ty(t) != Ty::Tab {
            // A constructor's register that a side trace begins with.
            return Err(Stop::Leave);
        }
        if count == 0 {
            // An open list that turned out empty: the table keeps having no array part, and its size says so.
            self.top = None;
            return Ok(());
        }
        let first = self.extra(pc, 0);
        let is_stored = first == 1 && count <= params::MAX_STORED_LIST && self.has_no_elements(t)?;
        if is_stored && !self.would_hide_holes(vm, a + 1, count)? {
            self.e.widen_new_table(t, count, 0);
            self.top = None;
            return self.store_list(t, a + 1, count);
        }
        self.write_down(a + 1, count)?;
        let first = self.int(i64::from(first));
        let values = self.slot_address(a + 1);
        let count = self.int(count as i64);
        let stored = self.e.call(Helper::TabSetList, &[t, first, values, count])?;
        self.succeeded(stored)?;
        self.top = None;
        Ok(())
    }

    /// Would a list made here have holes and room for one more, so that a store there went by without the runtime's count of what is in
    /// use? Its border would be another than the interpreter's.
    fn would_hide_holes(&mut self, vm: &Vm, from: usize, count: usize) -> Rec<bool> {
        // Room for an odd number is rounded.
        let has_room = count.is_multiple_of(2);
        let mut holes = false;
        for r in from..from + count {
            if has_room && self.seen(vm, r).is_nil() {
                self.typed(vm, r)?;
                holes = true;
            }
        }
        Ok(holes)
    }

    /// Is it known to be a table made on the trace that nobody has stored an element in?
    fn has_no_elements(&mut self, t: IrRef) -> Rec<bool> {
        let size = self.e.unary(Op::ArraySize, Ty::Int, t)?;
        let dict = self.e.unary(Op::TabDict, Ty::Ptr, t)?;
        Ok(self.e.trace().int_of(size) == Some(0) && dict.is_const())
    }

    /// The first elements of a table made on the trace, which has room for them.
    fn store_list(&mut self, t: IrRef, first: usize, count: usize) -> Rec<()> {
        let array = self.e.unary(Op::ArrayPtr, Ty::Ptr, t)?;
        for n in 0..count {
            let val = self.reg(first + n);
            let index = self.int(n as i64 + 1);
            let place = self.e.emit(Op::ElemRef, Ty::Ptr, array, index)?;
            self.e.emit(Op::ElemStore, Ty::None, place, val)?;
        }
        let size = self.int(count as i64 + 1);
        self.e.emit(Op::SetArraySize, Ty::None, t, size)?;
        Ok(())
    }

    pub(super) fn closure(&mut self, vm: &Vm, i: Instr) -> Rec<()> {
        let proto = self.proto().protos[i.d()];
        // SAFETY: the children of a live prototype are live.
        let upvalues = unsafe {
            // The trace makes them without telling.
            (*proto).closures = Closures::Many;
            &(*proto).upvalues
        };
        let mut captured = Vec::new();
        for desc in upvalues.iter() {
            if let UpvalueSource::Local(r) = desc.source {
                self.typed(vm, usize::from(r))?;
                captured.push(usize::from(r));
            }
        }
        self.depend_on(proto);
        let by_cell = |desc: &UpvalueDesc| matches!(desc.source, UpvalueSource::Local(_)) && !desc.by_value;
        if !upvalues.iter().any(by_cell) {
            return self.closure_of_values(proto, upvalues, i.a());
        }
        for r in captured {
            self.write_down(r, 1)?;
        }
        let parent = self.func();
        let base = self.slot_address(0);
        let child = self.e.trace_mut().ptr(proto as usize);
        let f = self.e.call(Helper::NewClosure, &[child, parent, base])?;
        self.not_null(f)?;
        self.set(i.a(), f);
        Ok(())
    }

    /// A closure that captures no cells of its own: what it is made of is known.
    fn closure_of_values(&mut self, proto: *mut Proto, upvalues: &[UpvalueDesc], a: usize) -> Rec<()> {
        let parent = self.func();
        let env = self.e.unary(Op::FuncEnv, Ty::Tab, parent)?;
        let mut given = Vec::new();
        for desc in upvalues {
            given.push(match desc.source {
                UpvalueSource::Local(r) => Some(self.reg(usize::from(r))),
                UpvalueSource::Upvalue(n) => {
                    let (op, ty) =
                        if desc.by_value { (Op::UpvalConst, Ty::Any) } else { (Op::UpvalCell, Ty::Ptr) };
                    Some(self.e.emit(op, ty, parent, IrRef::from_raw(u32::from(n)))?)
                }
                UpvalueSource::Itself => None,
            });
        }
        let child = self.e.trace_mut().ptr(proto as usize);
        let f = self.e.emit(Op::NewClosure, Ty::Func, child, env)?;
        for (n, given) in given.into_iter().enumerate() {
            let place = self.e.emit(Op::UpvalRef, Ty::Ptr, f, IrRef::from_raw(n as u32))?;
            self.e.emit(Op::UpvalInit, Ty::None, place, given.unwrap_or(f))?;
        }
        self.set(a, f);
        Ok(())
    }

    /// Closes open upvalues: their cells take the values over from the stack.
    pub(super) fn close(&mut self, a: usize) -> Rec<()> {
        self.write_captured(a)?;
        let from = self.slot_address(a);
        self.e.call(Helper::CloseUpvals, &[from])?;
        Ok(())
    }
}
