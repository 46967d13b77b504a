//! Calls of library functions: the frequent ones as instructions of the trace, other leaves by a helper.
//!
//! The function itself is guarded, so the trace knows what it calls. A leaf that fails has done nothing: the guard behind
//! it goes back to the call, and the interpreter raises the error. Only leaves that are listed are called: they look at
//! no frame but their arguments, and collect nothing.

use ferrous_lua_runtime::bytecode::{Instr, MULTI};
use ferrous_lua_runtime::native::{Native, NativeKind};
use ferrous_lua_runtime::object::{Gc, LuaFunction, NativeFunction, Table};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Type, Value, Vm};

use super::call::Call;
use super::state::exact_i32;
use super::{Abort, Pending, Rec, Recorder, Stop};
use crate::ir::{ExitKind, Helper, IrRef, Op, Ty};

const _: () =
    assert!(std::mem::offset_of!(NativeFunction, native) == std::mem::offset_of!(LuaFunction, proto));

/// What a library function becomes.
#[derive(Clone, Copy)]
enum Leaf {
    /// An operation on numbers.
    Unary(Op),
    /// The best of its arguments.
    Extreme(Op),
    /// A mathematical function.
    Math(Helper),
    Pow,
    /// An operation on the arguments' bits, folded over all of them.
    Bits(Op),
    BitUnary(Op),
    Shift(Op),
    ToBit,
    Byte,
    Char,
    Len,
    Sub,
    TypeName,
    Assert,
    Pairs,
    Ipairs,
    Select,
    Insert,
    Remove,
    SetMetatable,
    RawGet,
    Next,
    Error,
    /// Called; may write any table.
    Call,
    /// Called; writes nothing but its results.
    Quiet,
}

/// What a function becomes, by its library and its name there.
///
/// A leaf that is listed changes nothing before it fails, for then it is called again. So `io.write` is not, nor is `table.move`,
/// which may run out of memory half-way.
fn leaf_of(native: &Native) -> Option<Leaf> {
    Some(match (native.library, native.name) {
        ("_G", "assert") => Leaf::Assert,
        ("_G", "error") => Leaf::Error,
        ("_G", "ipairs") => Leaf::Ipairs,
        ("_G", "next") => Leaf::Next,
        ("_G", "pairs") => Leaf::Pairs,
        ("_G", "rawget") => Leaf::RawGet,
        ("_G", "rawset") => Leaf::Call,
        ("_G", "select") => Leaf::Select,
        ("_G", "setmetatable") => Leaf::SetMetatable,
        ("_G", "type") => Leaf::TypeName,
        ("_G", "getmetatable" | "ipairs_iterator" | "rawequal" | "tonumber" | "unpack") => Leaf::Quiet,
        ("math", "abs") => Leaf::Unary(Op::Abs),
        ("math", "ceil") => Leaf::Unary(Op::Ceil),
        ("math", "floor") => Leaf::Unary(Op::Floor),
        ("math", "sqrt") => Leaf::Unary(Op::Sqrt),
        ("math", "max") => Leaf::Extreme(Op::Max),
        ("math", "min") => Leaf::Extreme(Op::Min),
        ("math", "acos") => Leaf::Math(Helper::Acos),
        ("math", "asin") => Leaf::Math(Helper::Asin),
        ("math", "atan") => Leaf::Math(Helper::Atan),
        ("math", "atan2") => Leaf::Math(Helper::Atan2),
        ("math", "cos") => Leaf::Math(Helper::Cos),
        ("math", "cosh") => Leaf::Math(Helper::Cosh),
        ("math", "exp") => Leaf::Math(Helper::Exp),
        ("math", "fmod") => Leaf::Math(Helper::Fmod),
        ("math", "log") => Leaf::Math(Helper::Log),
        ("math", "log10") => Leaf::Math(Helper::Log10),
        ("math", "sin") => Leaf::Math(Helper::Sin),
        ("math", "sinh") => Leaf::Math(Helper::Sinh),
        ("math", "tan") => Leaf::Math(Helper::Tan),
        ("math", "tanh") => Leaf::Math(Helper::Tanh),
        ("math", "pow") => Leaf::Pow,
        ("math", "deg" | "frexp" | "ldexp" | "modf" | "rad" | "random" | "randomseed") => Leaf::Quiet,
        ("bit", "band") => Leaf::Bits(Op::BAnd),
        ("bit", "bor") => Leaf::Bits(Op::BOr),
        ("bit", "bxor") => Leaf::Bits(Op::BXor),
        ("bit", "bnot") => Leaf::BitUnary(Op::BNot),
        ("bit", "bswap") => Leaf::BitUnary(Op::BSwap),
        ("bit", "arshift") => Leaf::Shift(Op::Sar),
        ("bit", "lshift") => Leaf::Shift(Op::Shl),
        ("bit", "rol") => Leaf::Shift(Op::Rol),
        ("bit", "ror") => Leaf::Shift(Op::Ror),
        ("bit", "rshift") => Leaf::Shift(Op::Shr),
        ("bit", "tobit") => Leaf::ToBit,
        ("bit", "tohex") => Leaf::Quiet,
        ("string", "byte") => Leaf::Byte,
        ("string", "char") => Leaf::Char,
        ("string", "len") => Leaf::Len,
        ("string", "sub") => Leaf::Sub,
        ("string", "find" | "format" | "gmatch" | "gmatch_iterator" | "match") => Leaf::Quiet,
        ("string", "lower" | "rep" | "reverse" | "upper") => Leaf::Quiet,
        ("table", "insert") => Leaf::Insert,
        ("table", "remove") => Leaf::Remove,
        ("table", "clear" | "getn" | "maxn" | "pack") => Leaf::Call,
        ("table", "concat" | "new" | "unpack") => Leaf::Quiet,
        ("string.buffer", "new") => Leaf::Quiet,
        ("debug", "getmetatable") => Leaf::Quiet,
        ("os", "clock" | "difftime" | "time") => Leaf::Quiet,
        _ => return None,
    })
}

impl Recorder {
    pub(super) fn call_native(
        &mut self,
        vm: &mut Vm,
        f: Value,
        native: Gc<NativeFunction>,
        call: Call,
    ) -> Rec<()> {
        match native.native.kind {
            NativeKind::Sequence(_) if native.native.name == "tostring" => {
                return self.call_tostring(vm, f, call);
            }
            NativeKind::Special(special) => {
                let function = self.guard_native(call.function, f, native)?;
                return self.call_protected(vm, special, Call { function, ..call });
            }
            NativeKind::Leaf(_) => {}
            NativeKind::Sequence(_) | NativeKind::Host => return Err(Stop::Leave),
        }
        let leaf = leaf_of(native.native).ok_or(Stop::Leave)?;
        let function = self.guard_native(call.function, f, native)?;
        let call = Call { function, ..call };
        if let Leaf::Error = leaf {
            return self.throw(vm, call);
        }
        match self.intrinsic(vm, leaf, &call)? {
            Some(results) => {
                let slot = self.base() + call.a as i32;
                self.deliver(slot, &results, call.wanted);
            }
            None => self.call_leaf(
                vm,
                &call,
                matches!(leaf, Leaf::Call | Leaf::Insert | Leaf::Remove | Leaf::SetMetatable),
            )?,
        }
        self.expect(call.ret);
        Ok(())
    }

    /// Calls a leaf by a helper, on the arguments in the Lua stack.
    fn call_leaf(&mut self, vm: &Vm, call: &Call, writes_tables: bool) -> Rec<()> {
        let first = self.base() + call.a as i32;
        self.guard_stack_room(vm, first + 2 + call.nargs as i32)?;
        self.write_down(call.a + 2, call.nargs)?;
        let place = self.slot_address(call.a);
        let nargs = self.int(call.nargs as i64);
        let wanted = self.int(call.wanted as i64);
        let helper = if writes_tables { Helper::CallLeaf } else { Helper::CallQuietLeaf };
        let count = self.e.call(helper, &[call.function, place, nargs, wanted])?;
        self.pending = Pending::Leaf { first, wanted: call.wanted, count };
        // From here on memory holds what lies there.
        self.slots.truncate(first);
        self.top = None;
        Ok(())
    }

    /// A leaf has run: its results are known. `pc` comes next.
    pub(super) fn finish_pending(&mut self, vm: &Vm, pc: *const Instr) -> Rec<()> {
        let Pending::Leaf { first, wanted, count } = self.pending else { return Ok(()) };
        self.pending = Pending::None;
        // SAFETY: the end of the multiple results is in the running stack.
        let top = unsafe { vm.top.offset_from((*vm.thread).stack) - self.start } as i32;
        let multi = wanted as u32 == MULTI;
        let results = if multi { top - first } else { wanted as i32 - 1 };
        // The guards come behind the loads: an exit plan may write slots in front of them.
        let loaded: Vec<IrRef> = (first..first + results).map(|slot| self.stack_load(slot)).collect();
        let zero = self.int(0);
        // A call that has not failed must not be done again.
        self.e.set_exit_kind(ExitKind::Branch);
        self.e.guard(Op::Le, zero, count)?;
        if multi {
            self.set_state(ExitKind::Guard, pc);
            let expected = self.int(i64::from(results));
            self.e.guard(Op::Eq, count, expected)?;
            self.top = Some(top);
        }
        for (slot, val) in (first..).zip(loaded) {
            self.slots.set(slot, val);
        }
        Ok(())
    }

    /// Guards that a native function is the one that it is now; returns it. One that has upvalues is made again and again:
    /// of it, only what it does is guarded.
    fn guard_native(&mut self, function: IrRef, f: Value, native: Gc<NativeFunction>) -> Rec<IrRef> {
        if function.is_const() {
            return Ok(function);
        }
        if native.header.small == 0 {
            let known = self.constant(f);
            self.e.guard(Op::Eq, function, known)?;
            return Ok(known);
        }
        // The descriptor lies where Lua functions have their prototype.
        let has = self.e.unary(Op::FuncProto, Ty::Ptr, function)?;
        let wanted = self.e.trace_mut().ptr(std::ptr::from_ref(native.native) as usize);
        self.e.guard(Op::Eq, has, wanted)?;
        Ok(function)
    }

    // ---- Intrinsics ------------------------------------------------------------------------------------

    /// The results, if the call is one that the trace does itself.
    fn intrinsic(&mut self, vm: &mut Vm, leaf: Leaf, call: &Call) -> Rec<Option<Vec<IrRef>>> {
        let first = call.a + 2;
        let one = |val: IrRef| Ok(Some(vec![val]));
        let given: Vec<Value> = (0..call.nargs).map(|n| self.seen(vm, first + n)).collect();
        let seen = |_: &Recorder, n: usize| given.get(n).copied().unwrap_or(Value::NIL);
        let numbers = (0..call.nargs).all(|n| seen(self, n).is_number());
        match leaf {
            Leaf::Unary(op) if numbers && call.nargs >= 1 => {
                let x = self.number(vm, first)?;
                if self.e.trace().ty(x) == Ty::Int && matches!(op, Op::Floor | Op::Ceil) {
                    return one(x);
                }
                if op == Op::Abs {
                    return one(self.e.arith(op, x, IrRef::NONE)?);
                }
                let x = self.e.to_num(x)?;
                one(self.e.unary(op, Ty::Num, x)?)
            }
            Leaf::Extreme(op) if numbers && call.nargs >= 1 => {
                let mut best = self.number(vm, first)?;
                for n in 1..call.nargs {
                    let x = self.number(vm, first + n)?;
                    best = self.e.arith(op, best, x)?;
                }
                one(best)
            }
            // More arguments may mean something else: `math.log` takes a base.
            Leaf::Math(helper) if numbers && call.nargs == helper.args().len() => {
                let mut args = Vec::new();
                for n in 0..helper.args().len() {
                    let x = self.number(vm, first + n)?;
                    args.push(self.e.to_num(x)?);
                }
                one(self.e.call(helper, &args)?)
            }
            Leaf::Pow if numbers && call.nargs >= 2 => {
                let (x, y) = (self.number(vm, first)?, self.number(vm, first + 1)?);
                one(self.compute(Op::Pow, x, y)?)
            }
            Leaf::Bits(op) if numbers && call.nargs >= 1 => {
                let mut result = self.bits(vm, first)?;
                for n in 1..call.nargs {
                    let x = self.bits(vm, first + n)?;
                    result = self.e.emit(op, Ty::Int, result, x)?;
                }
                one(result)
            }
            Leaf::BitUnary(op) if numbers && call.nargs >= 1 => {
                let x = self.bits(vm, first)?;
                one(self.e.unary(op, Ty::Int, x)?)
            }
            Leaf::Shift(op) if numbers && call.nargs >= 2 => {
                let (x, count) = (self.bits(vm, first)?, self.bits(vm, first + 1)?);
                one(self.e.emit(op, Ty::Int, x, count)?)
            }
            Leaf::ToBit if numbers && call.nargs >= 1 => one(self.bits(vm, first)?),
            Leaf::Byte => self.byte(vm, call, seen(self, 0), seen(self, 1)),
            Leaf::Char
                if call.nargs == 1 && exact_i32(seen(self, 0)).is_some_and(|n| (0..256).contains(&n)) =>
            {
                let x = self.number(vm, first)?;
                let x = self.e.to_int(x)?;
                let s = self.e.call(Helper::StrChar, &[x])?;
                self.not_null(s)?;
                one(s)
            }
            Leaf::Len if seen(self, 0).is_string() => {
                let s = self.typed(vm, first)?;
                one(self.string_length(s)?)
            }
            Leaf::Sub if seen(self, 0).is_string() => self.sub(vm, call, seen(self, 1), seen(self, 2)),
            Leaf::TypeName if call.nargs >= 1 && seen(self, 0).type_of() != Type::LightUserdata => {
                self.typed(vm, first)?;
                let name = vm.names.type_name(seen(self, 0).type_of());
                one(self.constant(Value::string(name)))
            }
            Leaf::Assert if call.nargs >= 1 && seen(self, 0).is_truthy() => {
                self.truth(vm, first, true)?;
                Ok(Some((0..call.nargs).map(|n| self.reg(first + n)).collect()))
            }
            Leaf::Pairs if seen(self, 0).is_table() => {
                let t = self.typed(vm, first)?;
                Ok(Some(vec![self.constant(vm.next_function), t, self.nil()]))
            }
            Leaf::Ipairs if seen(self, 0).is_table() => {
                let t = self.typed(vm, first)?;
                let zero = self.constant(Value::ZERO);
                Ok(Some(vec![self.constant(vm.ipairs_iterator), t, zero]))
            }
            Leaf::Select => self.select(vm, call, seen(self, 0)),
            Leaf::Insert if call.nargs == 2 => self.insert(vm, call, seen(self, 0)),
            Leaf::Insert if call.nargs == 3 => self.insert_at(vm, call),
            Leaf::Remove if call.nargs == 1 => self.remove(vm, call, seen(self, 0)),
            Leaf::SetMetatable if call.nargs == 2 => {
                self.set_metatable(vm, call, seen(self, 0), seen(self, 1))
            }
            Leaf::RawGet if call.nargs == 2 => self.rawget(vm, call, seen(self, 0), seen(self, 1)),
            Leaf::Next if call.nargs >= 1 => self.next(vm, call, seen(self, 0), seen(self, 1)),
            Leaf::Unary(_) | Leaf::Extreme(_) | Leaf::Math(_) | Leaf::Pow | Leaf::Bits(_) => Ok(None),
            Leaf::BitUnary(_) | Leaf::Shift(_) | Leaf::ToBit | Leaf::Char | Leaf::Len => Ok(None),
            Leaf::Sub | Leaf::TypeName | Leaf::Assert | Leaf::Pairs | Leaf::Ipairs => Ok(None),
            Leaf::Insert | Leaf::Remove | Leaf::SetMetatable | Leaf::RawGet | Leaf::Next => Ok(None),
            Leaf::Call | Leaf::Quiet => Ok(None),
            Leaf::Error => unreachable!("`error` has no results"),
        }
    }

    /// A number as a 32-bit integer, as the `bit` library takes it.
    fn bits(&mut self, vm: &Vm, r: usize) -> Rec<IrRef> {
        let x = self.number(vm, r)?;
        let op = if self.e.trace().ty(x) == Ty::Int { Op::IntToBit } else { Op::ToBit };
        if let Some(n) = self.e.trace().num_of(x).and_then(|n| exact_i32(Value::number(n))) {
            return Ok(self.int(i64::from(n)));
        }
        Ok(self.e.unary(op, Ty::Int, x)?)
    }

    /// `s:byte(i)`
    fn byte(&mut self, vm: &Vm, call: &Call, s: Value, position: Value) -> Rec<Option<Vec<IrRef>>> {
        let position = if call.nargs < 2 { Value::number(1.0) } else { position };
        let (Some(string), Some(n)) = (s.as_string(), exact_i32(position)) else { return Ok(None) };
        if call.nargs > 2 || n < 1 || n as u32 > string.len {
            return Ok(None);
        }
        let s = self.typed(vm, call.a + 2)?;
        let position = if call.nargs < 2 { self.int(1) } else { self.number(vm, call.a + 3)? };
        let position = self.e.to_index(position, i64::from(n))?;
        let minus_one = self.int(-1);
        let index = self.e.arith(Op::Add, position, minus_one)?;
        let index = if self.e.trace().ty(index) == Ty::Int { index } else { self.e.to_int(index)? };
        let len = self.string_length(s)?;
        self.e.guard(Op::InBounds, index, len)?;
        Ok(Some(vec![self.e.emit(Op::StrByte, Ty::Int, s, index)?]))
    }

    /// `s:sub(i, j)`
    fn sub(&mut self, vm: &Vm, call: &Call, first: Value, last: Value) -> Rec<Option<Vec<IrRef>>> {
        let last = if call.nargs < 3 { Value::number(-1.0) } else { last };
        if call.nargs < 2 || exact_i32(first).is_none() || exact_i32(last).is_none() {
            return Ok(None);
        }
        let s = self.typed(vm, call.a + 2)?;
        let first = self.number(vm, call.a + 3)?;
        let first = self.e.to_int(first)?;
        let last = if call.nargs < 3 { self.int(-1) } else { self.number(vm, call.a + 4)? };
        let last = self.e.to_int(last)?;
        let part = self.e.call(Helper::StrSub, &[s, first, last])?;
        self.not_null(part)?;
        Ok(Some(vec![part]))
    }

    /// `select('#', ...)`, `select(n, ...)`
    fn select(&mut self, vm: &Vm, call: &Call, which: Value) -> Rec<Option<Vec<IrRef>>> {
        let first = call.a + 2;
        if let Some(s) = which.as_string() {
            if s.bytes() != b"#" {
                return Ok(None);
            }
            let val = self.typed(vm, first)?;
            let known = self.constant(which);
            self.e.guard(Op::Eq, val, known)?;
            let count = self.constant(Value::number((call.nargs - 1) as f64));
            return Ok(Some(vec![count]));
        }
        let Some(n) = exact_i32(which).filter(|&n| n >= 1) else { return Ok(None) };
        let val = self.number(vm, first)?;
        let val = self.e.to_num(val)?;
        let known = self.constant(which);
        self.e.guard(Op::Eq, val, known)?;
        Ok(Some((n as usize..call.nargs).map(|n| self.reg(first + n)).collect()))
    }

    /// `table.insert(t, v)`, where there is room at the end.
    fn insert(&mut self, vm: &Vm, call: &Call, seen: Value) -> Rec<Option<Vec<IrRef>>> {
        let Some(table) = seen.as_table() else { return Ok(None) };
        let n = vm.table_len(table);
        self.check_growth(table)?;
        if !self.has_plain_array(vm, table) || !self.can_append(table) || n + 1 > u64::from(table.asize) {
            return Ok(None);
        }
        if self.seen(vm, call.a + 3).is_nil() {
            return Ok(None);
        }
        let t = self.typed(vm, call.a + 2)?;
        self.guard_shape(t, table.shape())?;
        let len = self.e.call(Helper::TabLen, &[t])?;
        let one = self.int(1);
        let index = self.e.arith(Op::Add, len, one)?;
        self.append(vm, call.a + 3, t, table, index)?;
        Ok(Some(Vec::new()))
    }

    /// `table.insert(t, n, v)`: called. Within the list only its first store can fail; below it, the last one can too.
    fn insert_at(&mut self, vm: &Vm, call: &Call) -> Rec<Option<Vec<IrRef>>> {
        let position = call.a + 3;
        if self.seen(vm, position).as_number().is_none_or(|n| n < 1.0) {
            return Err(Stop::Leave);
        }
        let position = self.number(vm, position)?;
        let position = self.e.to_num(position)?;
        let one = self.e.trace_mut().num(1.0);
        self.e.guard(Op::Le, one, position)?;
        Ok(None)
    }

    /// `table.remove(t)`, from the array part.
    fn remove(&mut self, vm: &Vm, call: &Call, seen: Value) -> Rec<Option<Vec<IrRef>>> {
        let Some(table) = seen.as_table() else { return Ok(None) };
        let n = vm.table_len(table);
        if !self.has_plain_array(vm, table) || n < 1 || n >= u64::from(table.asize) {
            return Ok(None);
        }
        let t = self.typed(vm, call.a + 2)?;
        self.guard_shape(t, table.shape())?;
        let len = self.e.call(Helper::TabLen, &[t])?;
        let one = self.int(1);
        self.e.guard(Op::Le, one, len)?;
        let place = self.element(vm, t, table, len, n as i64)?;
        let removed = self.e.unary(Op::ElemLoad, Ty::Any, place)?;
        let nil = self.nil();
        self.e.emit(Op::ElemStore, Ty::None, place, nil)?;
        Ok(Some(vec![removed]))
    }

    /// May stores into the array part be done inline, once the shape is guarded?
    fn has_plain_array(&self, vm: &Vm, table: Gc<Table>) -> bool {
        !vm.table_is_read_only(table) && !vm.shapes.is_dictionary(table.shape())
    }

    /// `setmetatable(t, m)` for a plain table: another shape.
    fn set_metatable(
        &mut self,
        vm: &mut Vm,
        call: &Call,
        seen: Value,
        metatable: Value,
    ) -> Rec<Option<Vec<IrRef>>> {
        let (Some(table), Some(m)) = (seen.as_table(), metatable.as_table()) else { return Ok(None) };
        let shape = table.shape();
        let shared = !vm.shapes.is_unique(shape) && !vm.shapes.is_dictionary(shape);
        if !shared || vm.table_metatable(table).is_some() || vm.table_is_read_only(table) {
            return Ok(None);
        }
        let t = self.typed(vm, call.a + 2)?;
        let given = self.typed(vm, call.a + 3)?;
        // A metatable that the trace makes is another one each time.
        if self.e.trace().instr_of(given, Op::NewTable).is_some() {
            return Ok(None);
        }
        let new = vm.shape_set_metatable(shape, Some(m)).map_err(|_| Stop::Abort(Abort::Memory))?;
        let known = self.constant(metatable);
        if given != known {
            self.e.guard(Op::Eq, given, known)?;
        }
        self.guard_shape(t, shape)?;
        let new = self.e.trace_mut().shape(new.0);
        self.e.emit(Op::SetShape, Ty::None, t, new)?;
        self.e.unary(Op::MarkMeta, Ty::None, t)?;
        self.e.unary(Op::Barrier, Ty::None, t)?;
        Ok(Some(vec![t]))
    }

    /// `rawget(t, k)`
    fn rawget(&mut self, vm: &Vm, call: &Call, seen: Value, key: Value) -> Rec<Option<Vec<IrRef>>> {
        let Some(table) = seen.as_table() else { return Ok(None) };
        let t = self.typed(vm, call.a + 2)?;
        let k = self.typed(vm, call.a + 3)?;
        Ok(Some(vec![self.raw_get(vm, t, table, k, key)?]))
    }

    /// `next(t, k)`
    fn next(&mut self, vm: &Vm, call: &Call, seen: Value, key: Value) -> Rec<Option<Vec<IrRef>>> {
        let Some(table) = seen.as_table() else { return Ok(None) };
        let Ok(next) = vm.table_next(table, key) else { return Ok(None) };
        let first = call.a + 2;
        let t = self.typed(vm, first)?;
        let before = if call.nargs < 2 { self.nil() } else { self.reg(first + 1) };
        let before = self.boxed(before)?;
        // Above the arguments, where nothing is alive: the call may have to be done again.
        let out = first + call.nargs;
        self.guard_stack_room(vm, self.base() + out as i32 + 1)?;
        let place = self.slot_address(out);
        let after = self.e.call(Helper::TabAfter, &[t, before, place])?;
        // In front of the guards: an exit plan may write the slot there.
        let value = self.stack_load(self.base() + out as i32);
        if next.is_some() {
            self.not_nil(after)?;
            return Ok(Some(vec![after, value]));
        }
        self.e.unary(Op::Unbox, Ty::Nil, after)?;
        self.e.unary(Op::Unbox, Ty::Nil, value)?;
        Ok(Some(vec![self.nil()]))
    }

    /// `tostring(v)` of what has no metamethod to ask.
    fn call_tostring(&mut self, vm: &mut Vm, f: Value, call: Call) -> Rec<()> {
        let Call { function, a, nargs, wanted, ret } = call;
        let seen = if nargs >= 1 { self.seen(vm, a + 2) } else { Value::NIL };
        let plain = seen.is_string() || seen.is_number() || seen.is_boolean() || seen.is_nil();
        if nargs < 1 || !plain {
            return Err(Stop::Leave);
        }
        let metatable = self.type_metatable(vm, seen.type_of())?;
        if let Some(m) = metatable
            && !self.handler(vm, m, Event::ToString)?.is_nil()
        {
            return Err(Stop::Leave);
        }
        let known = self.constant(f);
        if function != known {
            self.e.guard(Op::Eq, function, known)?;
        }
        let val = self.typed(vm, a + 2)?;
        let result = if seen.is_string() {
            val
        } else if seen.is_number() {
            let num = self.e.to_num(val)?;
            let text = self.e.call(Helper::NumToStr, &[num])?;
            self.not_null(text)?;
            text
        } else {
            let text = vm.tostring_raw(seen).map_err(|_| Stop::Abort(Abort::Memory))?;
            self.constant(Value::string(text))
        };
        let slot = self.base() + a as i32;
        self.deliver(slot, &[result], wanted);
        self.expect(ret);
        Ok(())
    }
}
