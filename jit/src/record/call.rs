//! Calls and returns. Lua functions are inlined: their frames exist only as slots, with the function and the return
//! address below the base as in any frame.
//!
//! A guard checks the callee's prototype rather than the closure, so that closures made again and again are the same to it. But of a
//! prototype that has one closure only, it checks that: its upvalues by value are constants then. A return
//! out of the frame in which the trace began goes on in its caller, after a guard on the return address; not
//! so in the trace of a loop, which it leaves.

use ferrous_lua_runtime::bytecode::{Instr, MULTI};
use ferrous_lua_runtime::frame::{one_more_tail_call, vararg_marker};
use ferrous_lua_runtime::proto::{Closures, Proto};
use ferrous_lua_runtime::{Value, Vm};

use super::state::Frame;
use super::{Abort, Expected, Kind, Rec, Recorder, Stop};
use crate::ir::{IrRef, Op, Ty};
use crate::params;

/// A call as an instruction makes it.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// The function, typed.
    pub function: IrRef,
    /// Its register; the arguments begin two behind it.
    pub a: usize,
    pub nargs: usize,
    /// C of the calling instruction, and its end.
    pub wanted: usize,
    pub ret: *const Instr,
}

impl Recorder {
    /// How many values lie from register `first` to the end of the multiple results.
    pub(super) fn multi_count(&mut self, first: usize) -> Rec<usize> {
        let top = self.top.ok_or(Stop::Leave)?;
        Ok((top - self.base() - first as i32).max(0) as usize)
    }

    fn argument_count(&mut self, i: Instr) -> Rec<usize> {
        if i.b() as u32 == MULTI { self.multi_count(i.a() + 2) } else { Ok(i.b() - 1) }
    }

    pub(super) fn call(&mut self, vm: &mut Vm, i: Instr, next: *const Instr) -> Rec<()> {
        let f = self.seen(vm, i.a());
        let function = self.callee(vm, i.a())?;
        let nargs = self.argument_count(i)?;
        self.call_function(vm, f, Call { function, a: i.a(), nargs, wanted: i.c(), ret: next })
    }

    /// The function in register `r`: a constant, if there is no other like it; else typed. A function that is its own upvalue, as those
    /// that call themselves are, is the one that runs: nothing more need be found out about it.
    pub(super) fn callee(&mut self, vm: &Vm, r: usize) -> Rec<IrRef> {
        let val = self.reg(r);
        let seen = self.seen(vm, r);
        if is_only_one(seen) {
            let known = self.known(val, seen)?;
            let slot = self.base() + r as i32;
            self.slots.refine(slot, known);
            return Ok(known);
        }
        let trace = self.e.trace();
        let is_upvalue = [Op::UpvalConst, Op::UpvalLoad].iter().any(|&op| trace.instr_of(val, op).is_some());
        // SAFETY: a Lua function runs while its instructions are recorded.
        if !is_upvalue || seen != unsafe { *vm.base.sub(2) } {
            return self.typed(vm, r);
        }
        let running = self.func();
        let word = self.boxed(running)?;
        self.e.guard(Op::Eq, val, word)?;
        let slot = self.base() + r as i32;
        self.slots.refine(slot, running);
        Ok(running)
    }

    /// Calls `f`, which is a function or has a metamethod that is one.
    pub(super) fn call_function(&mut self, vm: &mut Vm, f: Value, call: Call) -> Rec<()> {
        let Some(callee) = f.as_lua_function() else {
            return match f.as_native_function() {
                Some(native) => self.call_native(vm, f, native, call),
                None => self.call_object(vm, f, call),
            };
        };
        let Call { function, a, nargs, ret, .. } = call;
        let base = self.base() + a as i32 + 2;
        self.guard_callee(function, callee.proto)?;
        self.check_call(vm, callee.proto, a, nargs)?;
        self.top = None;
        self.slots.truncate(base + nargs as i32);
        self.slots.set(base - 2, function);
        let ret_word = self.e.trace_mut().ptr(ret as usize);
        self.slots.set(base - 1, ret_word);
        self.frames.push(Frame {
            base,
            proto: callee.proto,
            return_pc: ret,
            varargs: None,
            record: None,
            restarts: 0,
        });
        self.enter(callee.proto, nargs)
    }

    /// Can a call of a function of this prototype, which lies in register `a`, be inlined?
    pub(super) fn check_call(&mut self, vm: &Vm, proto: *mut Proto, a: usize, nargs: usize) -> Rec<()> {
        self.check_depth(proto)?;
        self.guard_frame_room(vm, proto, self.base() + a as i32 + 2, nargs)
    }

    /// The header of the innermost frame's function comes next.
    pub(super) fn enter(&mut self, proto: *mut Proto, nargs: usize) -> Rec<()> {
        // SAFETY: the prototype of a live closure is live.
        let (header, is_vararg) = unsafe { ((*proto).code, (*proto).is_vararg) };
        if !is_vararg {
            // As in the interpreter, where vararg functions have no counter.
            self.tick(|cells| cells.calls)?;
        }
        self.depend_on(proto);
        self.nargs = nargs;
        self.expected = Expected { pcs: [header; 2], base: self.base() };
        Ok(())
    }

    pub(super) fn guard_callee(&mut self, function: IrRef, proto: *mut Proto) -> Rec<()> {
        let runs = |frame: &Frame| frame.proto == proto && self.slots.get(frame.base - 2) == Some(function);
        if function.is_const() || self.frames.iter().any(runs) {
            return Ok(());
        }
        let has = self.e.unary(Op::FuncProto, Ty::Ptr, function)?;
        let wanted = self.e.trace_mut().ptr(proto as usize);
        Ok(self.e.guard(Op::Eq, has, wanted)?)
    }

    pub(super) fn check_depth(&mut self, proto: *mut Proto) -> Rec<()> {
        let same = self.frames.iter().filter(|frame| frame.proto == proto).count();
        if self.frames.len() > params::MAX_INLINE_DEPTH || same > params::MAX_RECURSION as usize {
            return Err(self.too_deep());
        }
        Ok(())
    }

    /// Enough calls have been inlined: another trace may go on with this one. A loop is not to be torn apart.
    fn too_deep(&self) -> Stop {
        if self.kind == Kind::Loop { Stop::Abort(Abort::CallDepth) } else { Stop::Split }
    }

    /// Guards, before a call, that the stack has room for the callee's frame.
    pub(super) fn guard_frame_room(
        &mut self,
        vm: &Vm,
        proto: *mut Proto,
        base: i32,
        nargs: usize,
    ) -> Rec<()> {
        // SAFETY: as in `enter`.
        let proto = unsafe { &*proto };
        // The header of some makes a table.
        if proto.needs_arg || proto.is_interpreted_only {
            return Err(Stop::Leave);
        }
        let moved = if proto.is_vararg { nargs as i32 + 2 } else { 0 };
        self.guard_stack_room(vm, base + moved + i32::from(proto.frame_size))
    }

    /// The header of a function: missing parameters become nil.
    pub(super) fn enter_function(&mut self, header: Instr) -> Rec<()> {
        let params = header.b();
        for r in self.nargs..params {
            let nil = self.nil();
            self.set(r, nil);
        }
        self.nargs = self.nargs.max(params);
        let base = self.base();
        self.slots.truncate(base + params as i32);
        Ok(())
    }

    /// The header of a vararg function: the frame moves above its arguments.
    pub(super) fn enter_vararg_function(&mut self, header: Instr) -> Rec<()> {
        let (old, nargs) = (self.base(), self.nargs);
        let base = old + nargs as i32 + 2;
        let function = self.func();
        self.slots.set(base - 2, function);
        let marker = self.e.trace_mut().ptr(vararg_marker(nargs) as usize);
        self.slots.set(base - 1, marker);
        for n in 0..header.b() {
            let nil = self.nil();
            let val = if n < nargs {
                let val = self.slot(old + n as i32);
                self.slots.set(old + n as i32, nil);
                val
            } else {
                nil
            };
            self.slots.set(base + n as i32, val);
        }
        let nil = self.nil();
        self.slots.set(base + header.b() as i32, nil);
        let frame = self.frames.last_mut().expect("a call has just been recorded");
        frame.base = base;
        frame.varargs = Some((old, nargs as u32));
        Ok(())
    }

    /// The arguments of the running vararg function: where they lie, and how many.
    pub(super) fn varargs(&mut self, vm: &Vm) -> Rec<(i32, u32)> {
        let (original, nargs) = self.frame().varargs.ok_or(Stop::Leave)?;
        if self.frame().return_pc.is_null() {
            // Of the frame in which the trace began, only this word says it.
            let slot = self.base() - 1;
            // SAFETY: the word below a frame's base.
            let seen = unsafe { *vm.base.sub(1) };
            self.guard_word(slot, seen)?;
        }
        Ok((original, nargs))
    }

    /// Guards that a slot holds a raw word.
    pub(super) fn guard_word(&mut self, slot: i32, seen: Value) -> Rec<()> {
        let val = self.slot(slot);
        let ty = self.e.trace().ty(val);
        let wanted = match ty {
            Ty::Any | Ty::Ptr => self.e.trace_mut().constant(ty, seen.to_bits()),
            _ => return Err(Stop::Leave),
        };
        Ok(self.e.guard(Op::Eq, val, wanted)?)
    }

    pub(super) fn vararg(&mut self, vm: &Vm, i: Instr) -> Rec<()> {
        let (original, nargs) = self.varargs(vm)?;
        let (a, fixed) = (i.a(), i.c() as u32);
        let extra = nargs.saturating_sub(fixed) as usize;
        let wanted = if i.b() as u32 == MULTI { extra } else { i.b() - 1 };
        let base = self.base();
        self.guard_stack_room(vm, base + (a + wanted) as i32)?;
        for n in 0..wanted {
            let val = if n < extra { self.slot(original + (fixed as usize + n) as i32) } else { self.nil() };
            self.set(a + n, val);
        }
        if i.b() as u32 == MULTI {
            self.top = Some(base + (a + wanted) as i32);
        }
        Ok(())
    }

    pub(super) fn move_up(&mut self, vm: &Vm, i: Instr) -> Rec<()> {
        let count = self.multi_count(i.a())?;
        let end = self.base() + (i.a() + count + 1) as i32;
        self.guard_stack_room(vm, end)?;
        let values: Vec<IrRef> = (0..count).map(|n| self.reg(i.a() + n)).collect();
        for (n, val) in values.into_iter().enumerate() {
            self.set(i.a() + 1 + n, val);
        }
        self.top = Some(end);
        Ok(())
    }

    /// Puts results where a call with this C wants them, at `R[a]` and up.
    pub(super) fn deliver(&mut self, slot: i32, results: &[IrRef], wanted: usize) {
        self.slots.truncate(slot);
        let count = if wanted as u32 == MULTI { results.len() } else { wanted - 1 };
        for n in 0..count {
            let val = results.get(n).copied().unwrap_or_else(|| self.nil());
            self.slots.set(slot + n as i32, val);
        }
        self.top = (wanted as u32 == MULTI).then_some(slot + count as i32);
    }

    // ---- Tail calls ----------------------------------------------------------------------------------

    pub(super) fn tail_call(&mut self, vm: &mut Vm, i: Instr, next: *const Instr) -> Rec<()> {
        let f = self.seen(vm, i.a());
        let function = self.callee(vm, i.a())?;
        let nargs = self.argument_count(i)?;
        let Some(callee) = f.as_lua_function() else {
            // In place, with all its results; the return instruction follows.
            let call = Call { function, a: i.a(), nargs, wanted: MULTI as usize, ret: next };
            let native = f.as_native_function().ok_or(Stop::Leave)?;
            return self.call_native(vm, f, native, call);
        };
        let target = match self.frame().varargs {
            Some(_) => self.varargs(vm)?.0,
            None if self.proto().is_vararg => return Err(Stop::Leave),
            None => self.base(),
        };
        self.guard_callee(function, callee.proto)?;
        self.guard_frame_room(vm, callee.proto, target, nargs)?;
        // SAFETY: as in `enter`.
        let header = unsafe { (*callee.proto).code } as *const Instr;
        let visits = self.visits.entry(header).or_default();
        *visits += 1;
        if *visits > params::MAX_UNROLL {
            return Err(self.too_deep());
        }
        let first = self.base() + i.a() as i32 + 2;
        let args: Vec<IrRef> = (0..nargs as i32).map(|n| self.slot(first + n)).collect();
        let word = self.slot(target - 1);
        let counted = match self.e.trace().const_of(word) {
            Some(word) => self.e.trace_mut().ptr(one_more_tail_call(word.bits) as usize),
            None => self.e.unary(Op::CountTailCall, Ty::Any, word)?,
        };
        self.top = None;
        self.slots.truncate(target);
        self.slots.set(target - 2, function);
        self.slots.set(target - 1, counted);
        for (n, arg) in args.into_iter().enumerate() {
            self.slots.set(target + n as i32, arg);
        }
        let frame = self.frames.last_mut().expect("a trace has a frame");
        frame.base = target;
        frame.varargs = None;
        frame.restarts = if frame.proto == callee.proto { frame.restarts + 1 } else { 0 };
        frame.proto = callee.proto;
        self.enter(callee.proto, nargs)
    }

    // ---- Returns -------------------------------------------------------------------------------------

    /// `return R[a], ...`; `b` as in the instruction.
    pub(super) fn return_values(&mut self, vm: &Vm, a: usize, b: usize) -> Rec<()> {
        let count = if b as u32 == MULTI { self.multi_count(a)? } else { b - 1 };
        if self.frames.len() == 1 {
            if let Some(waiting) = self.waiting_sequence(vm) {
                return self.return_to_sequence(vm, waiting, a, count);
            }
            self.put_caller_below(vm)?;
        }
        let frame = self.frames.pop().expect("a trace has a frame");
        let first = frame.base + a as i32;
        let results: Vec<IrRef> = (0..count as i32).map(|n| self.slot(first + n)).collect();
        self.top = None;
        if let Some(record) = frame.record {
            return self.return_to_landing(&frame, record, &results);
        }
        // SAFETY: the instruction before a return address is the call.
        let wanted = unsafe { (*frame.return_pc.sub(1)).c() };
        self.deliver(frame.original_base() - 2, &results, wanted);
        self.expect(frame.return_pc);
        Ok(())
    }
}

/// Is it a function that there is no other like?
fn is_only_one(v: Value) -> bool {
    match v.as_lua_function() {
        // SAFETY: a live closure has a live prototype.
        Some(function) => unsafe { (*function.proto).closures == Closures::One },
        // Those with upvalues are made again and again.
        None => v.as_native_function().is_some_and(|native| native.header.small == 0),
    }
}
