//! Tables by computed keys: the array part inline, strings that are constants of the trace as fields, the rest by helpers.

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::object::{Gc, LuaString, Table};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Value, Vm};

use super::field::Chain;
use super::landing::Then;
use super::state::exact_i32;
use super::{Abort, Rec, Recorder, Stop};
use crate::ir::{Helper, IrRef, Op, Ty};

/// The most tables of an `__index` chain that a trace walks.
const MAX_CHAIN: usize = 12;

/// Is the value a string that others may be equal to?
fn is_long(v: Value) -> bool {
    v.as_string().is_some_and(|s| !s.is_interned())
}

impl Recorder {
    pub(super) fn get_index(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let key = self.typed(vm, i.c())?;
        self.get_by_key(vm, pc, i, key, self.seen(vm, i.c()))
    }

    pub(super) fn get_index_literal(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let seen = Value::number(i.c() as f64);
        let key = self.constant(seen);
        self.get_by_key(vm, pc, i, key, seen)
    }

    fn get_by_key(&mut self, vm: &Vm, pc: *const Instr, i: Instr, key: IrRef, seen_key: Value) -> Rec<()> {
        let Some(mut table) = self.seen(vm, i.b()).as_table() else { return Err(Stop::Leave) };
        let mut t = self.typed(vm, i.b())?;
        if self.takes_any_shape(t)
            && let Some(val) = self.get_from_any_shape(vm, t, key, (table, seen_key))?
        {
            self.set(i.a(), val);
            return Ok(());
        }
        if self.constant_name(key, seen_key).is_none()
            && let Some(place) = self.slot_of(vm, t, table, key, seen_key)?
        {
            // Without a metatable, nil is the answer as well as another value.
            let val = self.e.unary(Op::FieldLoad, Ty::Any, place)?;
            let seen = vm.table_get(table, seen_key);
            let val = if seen.is_nil() { val } else { self.typed_value(val, seen)? };
            self.set(i.a(), val);
            return Ok(());
        }
        for _ in 0..MAX_CHAIN {
            let seen = vm.table_get(table, seen_key);
            let val = self.raw_get(vm, t, table, key, seen_key)?;
            if !seen.is_nil() {
                let val = self.typed_value(val, seen)?;
                self.not_nil(val)?;
                self.set(i.a(), val);
                return Ok(());
            }
            self.guard_shape(t, table.shape())?;
            let Some(metatable) = vm.table_metatable(table) else {
                // Nobody to ask: it may as well be there.
                self.set(i.a(), val);
                return Ok(());
            };
            self.typed_value(val, seen)?;
            match self.next_in_chain(vm, metatable, Event::Index)? {
                Chain::Table(next) => (t, table) = (self.constant(Value::table(next)), next),
                Chain::Function(handler) => {
                    return self.call_index(vm, pc, handler, &[t, key], Then::Store);
                }
                Chain::End => {
                    let nil = self.nil();
                    self.set(i.a(), nil);
                    return Ok(());
                }
            }
        }
        Err(Stop::Leave)
    }

    /// Where `table` has the value of a computed string; `None` if it is no plain record now.
    fn slot_of(
        &mut self,
        vm: &Vm,
        t: IrRef,
        table: Gc<Table>,
        key: IrRef,
        seen: Value,
    ) -> Rec<Option<IrRef>> {
        if !seen.is_string() || is_long(seen) || !vm.shapes.is_plain_record(table.shape()) {
            return Ok(None);
        }
        let place = self.e.emit(Op::SlotFind, Ty::Ptr, t, key)?;
        let null = self.e.trace_mut().ptr(0);
        self.e.guard(Op::Ne, place, null)?;
        Ok(Some(place))
    }

    /// The string that a key is whatever happens, as where a function with a constant argument is inlined.
    fn constant_name(&self, key: IrRef, seen: Value) -> Option<Gc<LuaString>> {
        seen.as_string().filter(|name| key.is_const() && name.is_interned())
    }

    /// `t[key]` without metatables: boxed, or a constant nil.
    pub(super) fn raw_get(
        &mut self,
        vm: &Vm,
        t: IrRef,
        table: Gc<Table>,
        key: IrRef,
        seen: Value,
    ) -> Rec<IrRef> {
        if let Some(n) = exact_i32(seen) {
            return self.raw_get_int(vm, t, table, key, i64::from(n));
        }
        if let Some(name) = self.constant_name(key, seen) {
            return Ok(self.own_field(vm, t, table, name)?.0);
        }
        if seen.is_string() && !vm.shapes.is_dictionary(table.shape()) {
            return Ok(self.e.call(Helper::TabGetStr, &[t, key])?);
        }
        if seen.is_number() || is_long(seen) {
            // The next number may have a place in the array part, and long strings are told apart by their content.
            let key = self.boxed(key)?;
            return Ok(self.e.call(Helper::TabGet, &[t, key])?);
        }
        self.get_in_dict(t, table, key, seen)
    }

    /// `t[key]` for a key that only the dictionary can have, boxed; the key is no long string.
    pub(super) fn get_in_dict(&mut self, t: IrRef, table: Gc<Table>, key: IrRef, seen: Value) -> Rec<IrRef> {
        if seen.is_string() {
            self.guard_shape(t, table.shape())?;
        }
        if table.dict.is_null() {
            self.guard_no_dict(t)?;
            let nil = self.nil();
            return self.boxed(nil);
        }
        let place = self.entry(t, key, seen)?;
        Ok(self.e.unary(Op::DictLoad, Ty::Any, place)?)
    }

    /// Where the dictionary, of which there is one, has the value of a key that can be nowhere else, as the shape that is guarded
    /// says if it is a string. The key is no long string: what is guarded here.
    fn entry(&mut self, t: IrRef, key: IrRef, seen: Value) -> Rec<IrRef> {
        if seen.is_string() && !key.is_const() {
            self.e.guard(Op::Interned, key, IrRef::NONE)?;
        }
        let dict = self.e.unary(Op::TabDict, Ty::Ptr, t)?;
        let null = self.e.trace_mut().ptr(0);
        self.e.guard(Op::Ne, dict, null)?;
        Ok(self.e.emit(Op::DictFind, Ty::Ptr, dict, key)?)
    }

    /// Guards that an index, which is `n` now, is not one of the array part.
    fn guard_outside_array(&mut self, t: IrRef, index: IrRef, n: i64) -> Rec<()> {
        if n < 0 {
            let zero = self.int(0);
            return Ok(self.e.guard(Op::Lt, index, zero)?);
        }
        let size = self.e.unary(Op::ArraySize, Ty::Int, t)?;
        Ok(self.e.guard(Op::Le, size, index)?)
    }

    /// `t[key]` without metatables, boxed; the key is the integer `n` now.
    pub(super) fn raw_get_int(
        &mut self,
        vm: &Vm,
        t: IrRef,
        table: Gc<Table>,
        key: IrRef,
        n: i64,
    ) -> Rec<IrRef> {
        if n < 0 || n >= i64::from(table.asize) {
            let index = self.e.to_int(key)?;
            self.guard_outside_array(t, index, n)?;
            return self.get_in_dict(t, table, index, Value::number_unchecked(n as f64));
        }
        let index = self.e.to_index(key, n)?;
        let place = self.element(vm, t, table, index, n)?;
        Ok(self.e.unary(Op::ElemLoad, Ty::Any, place)?)
    }

    /// The place of an element, checked to be in bounds.
    pub(super) fn element(
        &mut self,
        vm: &Vm,
        t: IrRef,
        table: Gc<Table>,
        index: IrRef,
        n: i64,
    ) -> Rec<IrRef> {
        let size = self.e.unary(Op::ArraySize, Ty::Int, t)?;
        let last = self.last_round_index(vm, n);
        let last_in_bounds = last.is_some_and(|last| last >= 0 && last < i64::from(table.asize));
        self.e.bounds_guard(index, size, last_in_bounds)?;
        let array = self.e.unary(Op::ArrayPtr, Ty::Ptr, t)?;
        Ok(self.e.emit(Op::ElemRef, Ty::Ptr, array, index)?)
    }

    /// What an index that is `n` now would be in the loop's last round, if it moves with the loop's counter.
    fn last_round_index(&self, vm: &Vm, n: i64) -> Option<i64> {
        let counter = self.counter_register?;
        // SAFETY: the trace's own frame is on the running thread's stack.
        let [now, stop] = unsafe {
            let base = (*vm.thread).stack.offset(self.start);
            [*base.add(counter), *base.add(counter + 1)]
        };
        let (now, stop) = (now.as_number()?, stop.as_number()?.floor());
        (stop.abs() < f64::from(i32::MAX) && now.abs() < f64::from(i32::MAX))
            .then(|| stop as i64 + n - now as i64)
    }

    // ---- Writing -----------------------------------------------------------------------------------

    pub(super) fn set_index(&mut self, vm: &mut Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let key = self.typed(vm, i.c())?;
        let seen = self.seen(vm, i.c());
        self.set_by_key(vm, pc, i, key, seen)
    }

    pub(super) fn set_index_literal(&mut self, vm: &mut Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let seen = Value::number(i.c() as f64);
        let key = self.constant(seen);
        self.set_by_key(vm, pc, i, key, seen)
    }

    fn set_by_key(
        &mut self,
        vm: &mut Vm,
        pc: *const Instr,
        i: Instr,
        key: IrRef,
        seen_key: Value,
    ) -> Rec<()> {
        let Some(table) = self.seen(vm, i.b()).as_table() else { return Err(Stop::Leave) };
        let bad_key = seen_key.is_nil() || (seen_key.is_number() && seen_key.as_f64_raw().is_nan());
        if bad_key || vm.table_is_read_only(table) {
            return Err(Stop::Leave);
        }
        let t = self.typed(vm, i.b())?;
        // (A key that is added is counted where the program's text does not name it.)
        if let Some(name) = self.constant_name(key, seen_key)
            && vm.shapes.lookup(table.shape(), name).is_some()
        {
            return self.set_str(vm, pc, (t, table), name, i.a());
        }
        if self.takes_any_shape(t) && self.set_of_any_shape(vm, (t, table), (key, seen_key), i.a())? {
            return Ok(());
        }
        let old = vm.table_get(table, seen_key);
        let metatable = vm.table_metatable(table);
        let plain = metatable.is_none();
        let is_dictionary = vm.shapes.is_dictionary(table.shape());
        if seen_key.is_string() && plain && (!is_dictionary || old.is_nil() || is_long(seen_key)) {
            let val = self.reg(i.a());
            if !old.is_nil()
                && let Some(place) = self.slot_of(vm, t, table, key, seen_key)?
            {
                let old = self.e.unary(Op::FieldLoad, Ty::Any, place)?;
                self.not_nil(old)?;
                self.e.emit(Op::FieldStore, Ty::None, place, val)?;
                return self.barrier(t, val);
            }
            // The shape is going to change, or is one of the many that such tables have.
            let key = self.boxed(key)?;
            let val = self.boxed(val)?;
            let stored = self.e.call(Helper::TabSetPlain, &[t, key, val])?;
            return self.succeeded(stored);
        }
        // The shape says which metatable there is, and that the table is not read-only.
        self.guard_shape(t, table.shape())?;
        if let Some(metatable) = metatable
            && old.is_nil()
        {
            match self.next_in_chain(vm, metatable, Event::NewIndex)? {
                Chain::End => {}
                Chain::Function(handler) => {
                    let raw = self.raw_get(vm, t, table, key, seen_key)?;
                    self.typed_value(raw, old)?;
                    let val = self.reg(i.a());
                    return self.call_index(vm, pc, handler, &[t, key, val], Then::Ignore);
                }
                Chain::Table(_) => return Err(Stop::Leave),
            }
        }
        if let Some(n) = exact_i32(seen_key).map(i64::from) {
            if n >= 0 && n < i64::from(table.asize) {
                return self.store_element(vm, i, t, table, key, n);
            }
            if n == i64::from(table.asize)
                && self.can_append(table)
                && plain
                && !self.seen(vm, i.a()).is_nil()
            {
                return self.append(vm, i.a(), t, table, key);
            }
            if n == i64::from(table.asize) {
                self.check_growth(table)?;
            }
        }
        let is_entry = match exact_i32(seen_key) {
            Some(_) => true,
            None if seen_key.is_string() => is_dictionary && !is_long(seen_key),
            None => !seen_key.is_number(),
        };
        if is_entry && !old.is_nil() {
            return self.store_entry(t, key, seen_key, i.a());
        }
        if !plain && !old.is_nil() {
            // Whether the key is still there decides whether `__newindex` is asked.
            let raw = self.raw_get(vm, t, table, key, seen_key)?;
            self.not_nil(raw)?;
        }
        let val = self.reg(i.a());
        let val = self.boxed(val)?;
        let stored = if exact_i32(seen_key).is_some() {
            let index = self.e.to_int(key)?;
            self.e.call(Helper::TabSetInt, &[t, index, val])?
        } else if seen_key.is_string() {
            self.e.call(Helper::TabSetStr, &[t, key, val])?
        } else {
            let key = self.boxed(key)?;
            self.e.call(Helper::TabSet, &[t, key, val])?
        };
        self.succeeded(stored)
    }

    /// `t[key] = R[r]` where the dictionary has a value for the key, outside the array part.
    fn store_entry(&mut self, t: IrRef, key: IrRef, seen: Value, r: usize) -> Rec<()> {
        let mut key = key;
        if let Some(n) = exact_i32(seen) {
            key = self.e.to_int(key)?;
            self.guard_outside_array(t, key, i64::from(n))?;
        }
        let place = self.entry(t, key, seen)?;
        let old = self.e.unary(Op::DictLoad, Ty::Any, place)?;
        self.not_nil(old)?;
        let val = self.reg(r);
        self.e.emit(Op::DictStore, Ty::None, place, val)?;
        self.elem_barrier(t, val)
    }

    /// `t[n] = R[A]` inside the array part.
    fn store_element(
        &mut self,
        vm: &Vm,
        i: Instr,
        t: IrRef,
        table: Gc<Table>,
        key: IrRef,
        n: i64,
    ) -> Rec<()> {
        let index = self.e.to_index(key, n)?;
        let place = self.element(vm, t, table, index, n)?;
        if vm.table_metatable(table).is_some() {
            // SAFETY: the index is in bounds.
            let old = unsafe { *table.array.add(n as usize) };
            if !old.is_nil() {
                let old = self.e.unary(Op::ElemLoad, Ty::Any, place)?;
                self.not_nil(old)?;
            }
        }
        let val = self.reg(i.a());
        self.e.emit(Op::ElemStore, Ty::None, place, val)?;
        self.elem_barrier(t, val)
    }

    pub(super) fn can_append(&self, table: Gc<Table>) -> bool {
        table.asize > 0 && table.asize < table.acap && table.dict.is_null()
    }

    /// A value is going to be appended to the array part: gives the recording up if that is full, and another time is better.
    pub(super) fn check_growth(&self, table: Gc<Table>) -> Rec<()> {
        let is_full = table.asize > 0 && table.asize == table.acap;
        if is_full && self.avoids_growth { Err(Stop::Abort(Abort::TableGrows)) } else { Ok(()) }
    }

    /// `t[asize] = R[A]` where there is room. What is emitted also stores inside the array part: the next time that the
    /// loop fills the table, its keys may be there already.
    pub(super) fn append(&mut self, vm: &Vm, r: usize, t: IrRef, table: Gc<Table>, key: IrRef) -> Rec<()> {
        let index = self.e.to_int(key)?;
        let val = self.typed(vm, r)?;
        self.not_nil(val)?;
        self.guard_no_dict(t)?;
        let size = self.e.unary(Op::ArraySize, Ty::Int, t)?;
        self.e.guard(Op::Le, index, size)?;
        let room = self.e.unary(Op::ArrayCap, Ty::Int, t)?;
        let last = self.last_round_index(vm, i64::from(table.asize));
        let last_in_bounds = last.is_some_and(|last| last >= 0 && last < i64::from(table.acap));
        self.e.bounds_guard(index, room, last_in_bounds)?;
        let array = self.e.unary(Op::ArrayPtr, Ty::Ptr, t)?;
        let place = self.e.emit(Op::ElemRef, Ty::Ptr, array, index)?;
        self.e.emit(Op::ElemStore, Ty::None, place, val)?;
        let one = self.int(1);
        let behind = self.e.arith(Op::Add, index, one)?;
        let size = self.e.arith(Op::Max, size, behind)?;
        self.e.emit(Op::SetArraySize, Ty::None, t, size)?;
        self.elem_barrier(t, val)
    }
}
