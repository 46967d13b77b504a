//! Globals, fields and methods: constant string keys.
//!
//! A guard on a table's shape says where its field is, or that it has none, and which metatable it has. Each table of an
//! `__index` chain is a constant of the trace once the metatable is, and gets a guard of its own shape. A value that may be
//! nil needs no guard where there is no metatable to ask then.

use std::mem::offset_of;

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::MetaThen;
use ferrous_lua_runtime::object::{Gc, LuaString, Table};
use ferrous_lua_runtime::shape::ShapeId;
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::table::{IcSet, Index, NewIndex};
use ferrous_lua_runtime::{Type, Value, Vm};

use super::landing::Then;
use super::{Rec, Recorder, Stop};
use crate::ir::{Helper, IrRef, Op, Ty};
use crate::layout::boxing;

/// The most tables of an `__index` chain that a trace walks.
const MAX_CHAIN: usize = 12;

/// Where a metatable sends those who ask for a missing key.
pub(super) enum Chain {
    Table(Gc<Table>),
    Function(Value),
    End,
}

/// What a read of a key finds.
enum Found {
    Value(IrRef),
    /// This function is to be asked about this object.
    Call {
        handler: Value,
        object: IrRef,
    },
}

impl Recorder {
    // ---- Shapes ------------------------------------------------------------------------------------

    pub(super) fn guard_shape(&mut self, t: IrRef, shape: ShapeId) -> Rec<()> {
        let has = self.e.unary(Op::TabShape, Ty::Shape, t)?;
        let wanted = self.e.trace_mut().shape(shape.0);
        Ok(self.e.guard(Op::Eq, has, wanted)?)
    }

    fn table_constant(&mut self, table: Gc<Table>) -> IrRef {
        self.constant(Value::table(table))
    }

    /// The value of a table's own field, as a boxed value, a constant nil, or a number; and what it is now.
    pub(super) fn own_field(
        &mut self,
        vm: &Vm,
        t: IrRef,
        table: Gc<Table>,
        key: Gc<LuaString>,
    ) -> Rec<(IrRef, Value)> {
        let shape = table.shape();
        let seen = vm.table_get_str(table, key);
        self.guard_shape(t, shape)?;
        if vm.shapes.is_dictionary(shape) || !key.is_interned() {
            let k = self.constant(Value::string(key));
            let val = if key.is_interned() {
                self.get_in_dict(t, table, k, Value::string(key))?
            } else {
                self.e.call(Helper::TabGetStr, &[t, k])?
            };
            return Ok((val, seen));
        }
        match vm.shapes.lookup(shape, key) {
            Some(slot) => {
                let place = self.field_place(t, slot)?;
                Ok((self.e.unary(Op::FieldLoad, Ty::Any, place)?, seen))
            }
            None => Ok((self.nil(), seen)),
        }
    }

    fn field_place(&mut self, t: IrRef, slot: u32) -> Rec<IrRef> {
        let slots = self.e.unary(Op::SlotsPtr, Ty::Ptr, t)?;
        Ok(self.e.emit(Op::FieldRef, Ty::Ptr, slots, IrRef::from_raw(slot))?)
    }

    /// A metatable's handler for an event, guarded to be what it is now.
    pub(super) fn handler(&mut self, vm: &Vm, metatable: Gc<Table>, event: Event) -> Rec<Value> {
        let m = self.table_constant(metatable);
        let (val, seen) = self.own_field(vm, m, metatable, vm.names.event(event))?;
        if seen.is_nil() {
            self.typed_value(val, seen)?
        } else {
            self.known(val, seen)?
        };
        Ok(seen)
    }

    /// Guards that no `__newindex` is asked about a table whose shape is guarded.
    pub(super) fn guard_no_newindex(&mut self, vm: &Vm, table: Gc<Table>) -> Rec<()> {
        match vm.table_metatable(table) {
            Some(m) if !self.handler(vm, m, Event::NewIndex)?.is_nil() => Err(Stop::Leave),
            _ => Ok(()),
        }
    }

    /// Where `__index` or `__newindex` leads from a metatable.
    pub(super) fn next_in_chain(&mut self, vm: &Vm, metatable: Gc<Table>, event: Event) -> Rec<Chain> {
        let handler = self.handler(vm, metatable, event)?;
        match handler.as_table() {
            Some(table) => Ok(Chain::Table(table)),
            None if handler.is_nil() => Ok(Chain::End),
            None if handler.is_function() => Ok(Chain::Function(handler)),
            None => Err(Stop::Leave),
        }
    }

    /// Are accesses to this object to do without a guard on its shape?
    pub(super) fn takes_any_shape(&mut self, t: IrRef) -> bool {
        if self.is_polymorphic && self.instructions == 0 {
            self.unguarded = Some(t);
        }
        self.meets_short_lived_kinds || self.unguarded == Some(t)
    }

    // ---- Reading -----------------------------------------------------------------------------------

    /// `t[key]` of a table of any shape, metatables included, as a boxed value. `None` if that asks a function now.
    pub(super) fn get_from_any_shape(
        &mut self,
        vm: &Vm,
        t: IrRef,
        key: IrRef,
        (table, seen_key): (Gc<Table>, Value),
    ) -> Rec<Option<IrRef>> {
        if !matches!(vm.index_chain(Value::table(table), seen_key), Index::Value(_)) {
            return Ok(None);
        }
        let key = self.boxed(key)?;
        let val = self.e.call(Helper::TabIndex, &[t, key])?;
        let no_answer = self.e.trace_mut().constant(Ty::Any, boxing::NO_ANSWER);
        self.e.guard(Op::Ne, val, no_answer)?;
        Ok(Some(val))
    }

    /// `table.key`, metatables included.
    fn get_str(&mut self, vm: &Vm, t: IrRef, table: Gc<Table>, key: Gc<LuaString>) -> Rec<Found> {
        let (mut t, mut table) = (t, table);
        for _ in 0..MAX_CHAIN {
            let (val, seen) = self.own_field(vm, t, table, key)?;
            let Some(metatable) = vm.table_metatable(table) else { return Ok(Found::Value(val)) };
            let val = self.typed_value(val, seen)?;
            if !seen.is_nil() {
                self.not_nil(val)?;
                return Ok(Found::Value(val));
            }
            match self.next_in_chain(vm, metatable, Event::Index)? {
                Chain::Table(next) => (t, table) = (self.table_constant(next), next),
                Chain::Function(handler) => return Ok(Found::Call { handler, object: t }),
                Chain::End => return Ok(Found::Value(self.nil())),
            }
        }
        Err(Stop::Leave)
    }

    /// The constant key of the instruction at `pc`.
    fn key(&self, pc: *const Instr) -> Gc<LuaString> {
        self.k(self.extra(pc, 0) as usize).as_string().expect("field keys are string constants")
    }

    fn environment(&mut self, vm: &Vm) -> (IrRef, Gc<Table>) {
        let func = self.func();
        let env = self.e.unary(Op::FuncEnv, Ty::Tab, func).expect("a load is no guard");
        // SAFETY: the running closure has a live environment.
        (env, unsafe { Gc::from_raw((*self.running(vm)).env) })
    }

    pub(super) fn get_global(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let (env, table) = self.environment(vm);
        let key = self.key(pc);
        match self.get_str(vm, env, table, key)? {
            Found::Value(val) => {
                self.set(i.a(), val);
                Ok(())
            }
            Found::Call { handler, object } => {
                let key = self.constant(Value::string(key));
                self.call_index(vm, pc, handler, &[object, key], Then::Store)
            }
        }
    }

    pub(super) fn get_field(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let key = self.key(pc);
        match self.field_of(vm, i.b(), key)? {
            Found::Value(val) => {
                self.set(i.a(), val);
                Ok(())
            }
            Found::Call { handler, object } => {
                let key = self.constant(Value::string(key));
                self.call_index(vm, pc, handler, &[object, key], Then::Store)
            }
        }
    }

    pub(super) fn self_field(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let key = self.key(pc);
        match self.field_of(vm, i.b(), key)? {
            Found::Value(method) => {
                let object = self.reg(i.b());
                self.set(i.a(), method);
                self.set(i.a() + 2, object);
                Ok(())
            }
            Found::Call { handler, object } => {
                let key = self.constant(Value::string(key));
                self.call_index(vm, pc, handler, &[object, key], Then::StoreMethod)
            }
        }
    }

    /// Calls a function that is `__index` or `__newindex`.
    pub(super) fn call_index(
        &mut self,
        vm: &Vm,
        pc: *const Instr,
        handler: Value,
        args: &[IrRef],
        then: Then,
    ) -> Rec<()> {
        self.call_metamethod(vm, pc, handler, args, (then, MetaThen::Finish.flags()))
    }

    fn field_of(&mut self, vm: &Vm, r: usize, key: Gc<LuaString>) -> Rec<Found> {
        let object = self.seen(vm, r);
        if let Some(table) = object.as_table() {
            let t = self.typed(vm, r)?;
            if self.takes_any_shape(t) {
                let (k, seen_key) = (self.constant(Value::string(key)), Value::string(key));
                if let Some(val) = self.get_from_any_shape(vm, t, k, (table, seen_key))? {
                    return Ok(Found::Value(val));
                }
            }
            return self.get_str(vm, t, table, key);
        }
        if !object.is_string() {
            return Err(Stop::Leave);
        }
        let s = self.typed(vm, r)?;
        let Some(metatable) = self.type_metatable(vm, Type::String)? else { return Err(Stop::Leave) };
        match self.next_in_chain(vm, metatable, Event::Index)? {
            Chain::Table(methods) => {
                let t = self.table_constant(methods);
                self.get_str(vm, t, methods, key)
            }
            Chain::Function(handler) => Ok(Found::Call { handler, object: s }),
            Chain::End => Err(Stop::Leave),
        }
    }

    /// The metatable of all values of a type, guarded to be what it is now.
    pub(super) fn type_metatable(&mut self, vm: &Vm, ty: Type) -> Rec<Option<Gc<Table>>> {
        let metatable = vm.type_metatables[ty as usize];
        let offset = offset_of!(Vm, type_metatables) + ty as usize * size_of::<*mut Table>();
        let has = self.e.emit(Op::VmLoad, Ty::Ptr, IrRef::from_raw(offset as u32), IrRef::NONE)?;
        let wanted = self.e.trace_mut().ptr(metatable as usize);
        self.e.guard(Op::Eq, has, wanted)?;
        // SAFETY: type metatables are live.
        Ok(unsafe { Gc::from_nullable(metatable) })
    }

    // ---- Writing -----------------------------------------------------------------------------------

    pub(super) fn set_global(&mut self, vm: &mut Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let (env, table) = self.environment(vm);
        self.set_str(vm, pc, (env, table), self.key(pc), i.a())
    }

    pub(super) fn set_field(&mut self, vm: &mut Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let Some(table) = self.seen(vm, i.b()).as_table() else { return Err(Stop::Leave) };
        let t = self.typed(vm, i.b())?;
        self.set_str(vm, pc, (t, table), self.key(pc), i.a())
    }

    /// `table.key = R[r]`.
    pub(super) fn set_str(
        &mut self,
        vm: &mut Vm,
        pc: *const Instr,
        (t, table): (IrRef, Gc<Table>),
        key: Gc<LuaString>,
        r: usize,
    ) -> Rec<()> {
        let (mut t, mut table) = (t, table);
        if self.takes_any_shape(t) {
            let (k, seen_key) = (self.constant(Value::string(key)), Value::string(key));
            if self.set_of_any_shape(vm, (t, table), (k, seen_key), r)? {
                return Ok(());
            }
        }
        for _ in 0..MAX_CHAIN {
            let Some(metatable) = vm.table_metatable(table) else { break };
            let asks = !vm.metamethod_in(metatable, Event::NewIndex).is_nil();
            if !asks || !vm.table_get_str(table, key).is_nil() {
                break;
            }
            let (old, seen) = self.own_field(vm, t, table, key)?;
            self.typed_value(old, seen)?;
            match self.next_in_chain(vm, metatable, Event::NewIndex)? {
                Chain::Table(next) => (t, table) = (self.table_constant(next), next),
                Chain::Function(handler) => {
                    let key = self.constant(Value::string(key));
                    let val = self.reg(r);
                    return self.call_index(vm, pc, handler, &[t, key, val], Then::Ignore);
                }
                Chain::End => unreachable!("there was a handler just now"),
            }
        }
        self.store_str(vm, (t, table), key, r)
    }

    /// `table.key = R[r]`, where no `__newindex` is asked, or not if the key is still there.
    fn store_str(
        &mut self,
        vm: &mut Vm,
        (t, table): (IrRef, Gc<Table>),
        key: Gc<LuaString>,
        r: usize,
    ) -> Rec<()> {
        if vm.table_is_read_only(table) {
            return Err(Stop::Leave);
        }
        match vm.ic_set_str(table, key) {
            IcSet::Existing { shape, slot } => {
                self.guard_shape(t, shape)?;
                let place = self.field_place(t, slot)?;
                let old = vm.table_get_str(table, key);
                // Only of a plain table can nothing depend on whether it has the key.
                if vm.shapes.is_unique(shape) || vm.table_metatable(table).is_some() {
                    if old.is_nil() {
                        return self.set_by_helper(vm, t, table, key, r);
                    }
                    let old = self.e.unary(Op::FieldLoad, Ty::Any, place)?;
                    self.not_nil(old)?;
                }
                let val = self.reg(r);
                self.e.emit(Op::FieldStore, Ty::None, place, val)?;
                self.barrier(t, val)
            }
            IcSet::Add { old, new, slot } => {
                let seen = self.seen(vm, r);
                let has_room = self.e.widen_new_table(t, 0, slot as usize + 1);
                if seen.is_nil() || (!has_room && slot >= u32::from(table.slot_cap)) {
                    return self.set_by_helper(vm, t, table, key, r);
                }
                self.guard_shape(t, old)?;
                self.guard_no_newindex(vm, table)?;
                let val = self.typed(vm, r)?;
                self.not_nil(val)?;
                let room = self.e.unary(Op::SlotCap, Ty::Int, t)?;
                let index = self.int(i64::from(slot));
                self.e.guard(Op::Lt, index, room)?;
                let place = self.field_place(t, slot)?;
                self.e.emit(Op::FieldStore, Ty::None, place, val)?;
                let shape = self.e.trace_mut().shape(new.0);
                self.e.emit(Op::SetShape, Ty::None, t, shape)?;
                // The shape itself refers to objects.
                self.e.emit(Op::Barrier, Ty::None, t, IrRef::NONE)?;
                Ok(())
            }
            IcSet::Handler { .. } | IcSet::Uncacheable => self.set_by_helper(vm, t, table, key, r),
        }
    }

    fn set_by_helper(
        &mut self,
        vm: &Vm,
        t: IrRef,
        table: Gc<Table>,
        key: Gc<LuaString>,
        r: usize,
    ) -> Rec<()> {
        self.guard_shape(t, table.shape())?;
        self.guard_no_newindex(vm, table)?;
        let k = self.constant(Value::string(key));
        let val = self.reg(r);
        let val = self.boxed(val)?;
        let stored = self.e.call(Helper::TabSetStr, &[t, k, val])?;
        self.succeeded(stored)
    }

    /// `t[key] = R[r]` for a table of any shape, metatables included. Says whether that can be done: not if it asks a function now, and
    /// not for nil, of which a second store might ask one.
    pub(super) fn set_of_any_shape(
        &mut self,
        vm: &Vm,
        (t, table): (IrRef, Gc<Table>),
        (key, seen_key): (IrRef, Value),
        r: usize,
    ) -> Rec<bool> {
        let asks = !matches!(vm.newindex_chain(Value::table(table), seen_key), NewIndex::Raw(_));
        if asks || self.seen(vm, r).is_nil() {
            return Ok(false);
        }
        let val = self.reg(r);
        self.not_nil(val)?;
        let (key, val) = (self.boxed(key)?, self.boxed(val)?);
        let stored = self.e.call(Helper::TabSetIndex, &[t, key, val])?;
        self.succeeded(stored)?;
        Ok(true)
    }

    /// Guards that a helper has not failed. (If it has, it has done nothing, and the interpreter does it again.)
    pub(super) fn succeeded(&mut self, result: IrRef) -> Rec<()> {
        let zero = self.int(0);
        Ok(self.e.guard(Op::Ne, result, zero)?)
    }

    /// The barrier after a store of `val` among the elements or the entries of `table`.
    pub(super) fn elem_barrier(&mut self, table: IrRef, val: IrRef) -> Rec<()> {
        if Recorder::may_be_object(self.e.trace().ty(val)) {
            self.e.emit(Op::ElemBarrier, Ty::None, table, val)?;
        }
        Ok(())
    }

    /// The barrier after a store of `val` into `object`.
    pub(super) fn barrier(&mut self, object: IrRef, val: IrRef) -> Rec<()> {
        if Recorder::may_be_object(self.e.trace().ty(val)) {
            self.e.emit(Op::Barrier, Ty::None, object, IrRef::NONE)?;
        }
        Ok(())
    }
}
