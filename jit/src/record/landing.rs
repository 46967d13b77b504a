//! Calls that no Lua instruction makes, inlined: metamethods and protected calls.
//!
//! ```text
//!   frame below │ [pcall, return address] │ record: 5 words │ callee's registers
//!               └── Record::first                           └── Frame::base
//! ```
//!
//! The callee's frame lies above a record and returns to a landing ([`ferrous_lua_runtime::frame`]). Like any inlined frame it
//! exists only as slots, so that an exit inside finds it complete: an error raised there by the interpreter is caught by the
//! `pcall` as if there had been no trace. When the callee returns, the interpreter comes by the landing; the recorder, shown it,
//! does what the landing does.
//!
//! An `error` that an inlined `pcall` catches is a jump: the frames between are gone, and `pcall` gives `false` and the value.

use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::frame::{Landing, RECORD_CALLEE, RECORD_SLOTS, record_word};
use ferrous_lua_runtime::native::Special;
use ferrous_lua_runtime::object::{Gc, LuaFunction};
use ferrous_lua_runtime::string::Event;
use ferrous_lua_runtime::{Value, Vm};

use super::call::Call;
use super::state::Frame;
use super::{Abort, Expected, Pending, Rec, Recorder, Stop};
use crate::ir::{Helper, IrRef, Op, Ty};

/// What lies between an inlined frame and the one below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// Its lowest slot.
    pub first: i32,
    /// The instruction before which an exit must find the registers of the frame below alive.
    pub waits_at: *const Instr,
    pub then: Then,
}

/// What becomes of the callee's results.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// `true` and all of them are results of the call instruction that ends at [`Record::waits_at`].
    Protected {
        /// A `pcall`: an error goes on behind it. (An `xpcall` calls its handler first.)
        catches: bool,
    },
    /// The first is the result of the instruction.
    Store,
    /// Likewise, of a method lookup, which also passes the object on.
    StoreMethod,
    /// The instruction has no result.
    Ignore,
    /// The instruction jumps if the first is as true as this.
    Jump { if_true: bool },
}

/// A call that has returned to a landing, which the interpreter has yet to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landed {
    pub waits_at: *const Instr,
    pub then: Then,
    /// A metamethod's result.
    pub result: IrRef,
}

/// The words of a record, but for the function that is called.
struct RecordWords {
    /// Of the first word.
    slot: i32,
    /// The function and the saved pc of the frame below, and that frame's base.
    below: IrRef,
    pc: *const Instr,
    base: i32,
    flags: u64,
    landing: Landing,
}

impl Recorder {
    // ---- Metamethods ---------------------------------------------------------------------------------

    /// The metamethod of a typed value, guarded to be what it is now.
    pub(super) fn metamethod(&mut self, vm: &Vm, val: IrRef, v: Value, event: Event) -> Rec<Value> {
        let metatable = match v.as_table() {
            Some(table) => {
                self.guard_shape(val, table.shape())?;
                vm.table_metatable(table)
            }
            None if self.e.trace().ty(val) == Ty::Any || v.is_userdata() => return Err(Stop::Leave),
            None => self.type_metatable(vm, v.type_of())?,
        };
        match metatable {
            Some(m) => self.handler(vm, m, event),
            None => Ok(Value::NIL),
        }
    }

    /// The metamethod of the first operand that has one.
    pub(super) fn binary_metamethod(
        &mut self,
        vm: &Vm,
        (x, v): (IrRef, Value),
        (y, w): (IrRef, Value),
        event: Event,
    ) -> Rec<Value> {
        let first = self.metamethod(vm, x, v, event)?;
        if first.is_nil() { self.metamethod(vm, y, w, event) } else { Ok(first) }
    }

    /// The metamethod that both operands have; nil if they do not.
    pub(super) fn shared_metamethod(
        &mut self,
        vm: &Vm,
        (x, v): (IrRef, Value),
        (y, w): (IrRef, Value),
        event: Event,
    ) -> Rec<Value> {
        let first = self.metamethod(vm, x, v, event)?;
        if first.is_nil() {
            return Ok(Value::NIL);
        }
        let second = self.metamethod(vm, y, w, event)?;
        Ok(if first == second { first } else { Value::NIL })
    }

    /// Calls a metamethod for the instruction at `pc`, as the interpreter does.
    pub(super) fn call_metamethod(
        &mut self,
        vm: &Vm,
        pc: *const Instr,
        method: Value,
        args: &[IrRef],
        (then, flags): (Then, u64),
    ) -> Rec<()> {
        let Some(callee) = method.as_lua_function() else { return Err(Stop::Leave) };
        let base = self.base();
        let slot = base + i32::from(self.proto().frame_size);
        let below = self.func();
        let function = self.constant(method);
        // SAFETY: a saved pc is behind the first word of its instruction.
        let saved = unsafe { pc.add(1) };
        let words = RecordWords { slot, below, pc: saved, base, flags, landing: Landing::Meta };
        let record = Record { first: slot, waits_at: pc, then };
        self.call_by_record(vm, callee, function, args, words, record)
    }

    // ---- Protected calls -----------------------------------------------------------------------------

    /// `pcall(f, ...)` or `xpcall(f, handler, ...)` with a Lua function.
    pub(super) fn call_protected(&mut self, vm: &Vm, special: Special, call: Call) -> Rec<()> {
        let kept = match special {
            Special::Pcall => 0,
            Special::Xpcall => 1,
            _ => return Err(Stop::Leave),
        };
        if call.nargs <= kept {
            return Err(Stop::Leave);
        }
        let first = call.a + 2;
        let Some(callee) = self.seen(vm, first).as_lua_function() else { return Err(Stop::Leave) };
        let function = self.callee(vm, first)?;
        self.guard_callee(function, callee.proto)?;
        let handler = self.reg(first + 1);
        let args: Vec<IrRef> = (first + 1 + kept..first + call.nargs).map(|r| self.reg(r)).collect();
        let slot = self.base() + call.a as i32;
        let base = slot + 2;
        let words = RecordWords {
            slot: base + kept as i32,
            below: call.function,
            pc: Landing::Pcall.pc(),
            base,
            flags: 0,
            landing: Landing::Pcall,
        };
        let then = Then::Protected { catches: kept == 0 };
        let record = Record { first: slot, waits_at: call.ret, then };
        self.call_by_record(vm, callee, function, &args, words, record)?;
        let ret = self.e.trace_mut().ptr(call.ret as usize);
        self.slots.set(slot, call.function);
        self.slots.set(slot + 1, ret);
        if kept == 1 {
            self.slots.set(base, handler);
        }
        Ok(())
    }

    /// `error(value)`, where an inlined `pcall` is going to catch it.
    pub(super) fn throw(&mut self, vm: &mut Vm, call: Call) -> Rec<()> {
        let (catcher, record) = self.catcher(vm)?;
        let value = self.error_value(vm, call)?;
        // What the frames in between have captured is closed.
        let captures = (catcher..self.frames.len()).any(|n| {
            let proto = self.frames[n].proto;
            !self.liveness(proto).captured().is_empty()
        });
        while self.frames.len() > catcher {
            if captures {
                self.write_captured(0)?;
            }
            self.frames.pop();
        }
        if captures {
            // Counted from the frame that is now the innermost.
            let from = self.slot_address((record.first - self.base()) as usize);
            self.e.call(Helper::CloseUpvals, &[from])?;
        }
        let failed = self.e.trace_mut().primitive(Ty::False);
        self.return_to_call(record, &[failed, value]);
        self.expect(record.waits_at);
        Ok(())
    }

    /// The innermost frame that a protected call has called, if that is a `pcall`.
    fn catcher(&mut self, vm: &Vm) -> Rec<(usize, Record)> {
        loop {
            let protected = self.frames.iter().enumerate().rev().find_map(|(n, frame)| {
                frame
                    .record
                    .filter(|record| matches!(record.then, Then::Protected { .. }))
                    .map(|record| (n, record))
            });
            match protected {
                Some((_, Record { then: Then::Protected { catches: false }, .. })) => {
                    return Err(Stop::Leave);
                }
                Some(found) => return Ok(found),
                None => self.put_caller_below(vm)?,
            }
        }
    }

    /// The error that `error` makes of its arguments.
    fn error_value(&mut self, vm: &mut Vm, call: Call) -> Rec<IrRef> {
        let first = call.a + 2;
        if call.nargs == 0 {
            return Ok(self.nil());
        }
        let seen = self.seen(vm, first);
        let value = self.typed(vm, first)?;
        let mut level = 1.0;
        if call.nargs > 1 {
            level = self.seen(vm, first + 1).as_number().ok_or(Stop::Leave)?;
            let given = self.number(vm, first + 1)?;
            let (given, known) = (self.e.to_num(given)?, self.e.trace_mut().num(level));
            self.e.guard(Op::Eq, given, known)?;
        }
        if !(seen.is_string() || seen.is_number()) || level == 0.0 {
            return Ok(value);
        }
        // Where the error is depends on the frames below only for higher levels; numbers become strings.
        if level != 1.0 || !seen.is_string() {
            return Err(Stop::Leave);
        }
        let position = vm.intern(&vm.position(0)).map_err(|_| Stop::Abort(Abort::Memory))?;
        if value.is_const() {
            let text = [position.bytes(), seen.as_string().map_or(&[][..], |s| s.bytes())].concat();
            let message = vm.intern(&text).map_err(|_| Stop::Abort(Abort::Memory))?;
            return Ok(self.constant(Value::string(message)));
        }
        let position = self.constant(Value::string(position));
        self.set(first, position);
        self.set(first + 1, value);
        self.write_down(first, 2)?;
        let (at, count) = (self.slot_address(first), self.int(2));
        let message = self.e.call(Helper::Concat, &[at, count])?;
        self.not_null(message)?;
        Ok(message)
    }

    /// Gives results to the call instruction that a protected call was made by.
    fn return_to_call(&mut self, record: Record, results: &[IrRef]) {
        // SAFETY: the instruction before a return address is the call.
        let wanted = unsafe { (*record.waits_at.sub(1)).c() };
        self.deliver(record.first, results, wanted);
    }

    // ---- Calls and returns ---------------------------------------------------------------------------

    fn call_by_record(
        &mut self,
        vm: &Vm,
        callee: Gc<LuaFunction>,
        function: IrRef,
        args: &[IrRef],
        words: RecordWords,
        record: Record,
    ) -> Rec<()> {
        let base = words.slot + RECORD_SLOTS as i32;
        self.check_depth(callee.proto)?;
        self.guard_frame_room(vm, callee.proto, base, args.len())?;
        self.landings += 1;
        self.top = None;
        self.slots.truncate(record.first);
        let trace = self.e.trace_mut();
        let pc = trace.ptr(words.pc as usize);
        let distance = (words.slot - words.base) as usize;
        let distance = trace.ptr(record_word(distance, words.flags).to_bits() as usize);
        let landing = trace.ptr(words.landing.pc() as usize);
        let callee_at = RECORD_CALLEE as i32;
        for (n, val) in [(0, words.below), (1, pc), (2, distance), (callee_at, function), (4, landing)] {
            self.slots.set(words.slot + n, val);
        }
        for (slot, &val) in (base..).zip(args) {
            self.slots.set(slot, val);
        }
        let return_pc = words.landing.pc();
        self.frames.push(Frame {
            base,
            proto: callee.proto,
            return_pc,
            varargs: None,
            record: Some(record),
            restarts: 0,
        });
        self.enter(callee.proto, args.len())
    }

    /// An inlined frame that lay above a record has returned `results`.
    pub(super) fn return_to_landing(&mut self, frame: &Frame, record: Record, results: &[IrRef]) -> Rec<()> {
        let landing_base = frame.original_base() - RECORD_SLOTS as i32 + 2;
        let result = results.first().copied().unwrap_or_else(|| self.nil());
        match record.then {
            Then::Protected { .. } => {
                let mut all = vec![self.e.trace_mut().primitive(Ty::True)];
                all.extend(results);
                self.return_to_call(record, &all);
            }
            _ => self.slots.truncate(record.first),
        }
        self.pending = Pending::Landing(Landed { waits_at: record.waits_at, then: record.then, result });
        self.expected = Expected { pcs: [frame.return_pc; 2], base: landing_base };
        Ok(())
    }

    /// The interpreter is at the landing: finishes the instruction that made the call.
    pub(super) fn land(&mut self, vm: &Vm, landed: Landed) -> Rec<()> {
        let (pc, result) = (landed.waits_at, landed.result);
        if let Then::Protected { .. } = landed.then {
            self.expect(pc);
            return Ok(());
        }
        // SAFETY: the instruction that called a metamethod.
        let (i, next) = unsafe { (*pc, pc.add((*pc).op().words())) };
        self.expect(next);
        match landed.then {
            Then::Store => self.set(i.a(), result),
            Then::StoreMethod => {
                let object = self.reg(i.b());
                self.set(i.a() + 2, object);
                self.set(i.a(), result);
            }
            Then::Jump { if_true } => {
                // SAFETY: a landing's result lies behind its base.
                let truthy = unsafe { (*vm.base.add(1)).is_truthy() };
                return self.branch(pc, truthy == if_true, |this| match this.e.trace().ty(result) {
                    Ty::Any => {
                        let op = if truthy { Op::Truthy } else { Op::Falsy };
                        Ok(this.e.guard(op, result, IrRef::NONE).map(|_| ())?)
                    }
                    _ => Ok(()),
                });
            }
            Then::Ignore | Then::Protected { .. } => {}
        }
        Ok(())
    }

    /// Calls the metamethod of an object that is no function: the object becomes the first argument.
    pub(super) fn call_object(&mut self, vm: &mut Vm, object: Value, call: Call) -> Rec<()> {
        let method = self.metamethod(vm, call.function, object, Event::Call)?;
        let Some(callee) = method.as_lua_function() else { return Err(Stop::Leave) };
        // Once the arguments have moved, the call is no longer there to be left to the interpreter.
        self.check_call(vm, callee.proto, call.a, call.nargs + 1)?;
        let args: Vec<IrRef> = (0..call.nargs).map(|n| self.reg(call.a + 2 + n)).collect();
        self.set(call.a + 2, call.function);
        for (n, &arg) in args.iter().enumerate() {
            self.set(call.a + 3 + n, arg);
        }
        let function = self.constant(method);
        self.call_function(vm, method, Call { function, nargs: call.nargs + 1, ..call })
    }
}
