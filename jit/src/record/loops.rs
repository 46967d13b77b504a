//! Loops: numeric `for`, with its counter as an integer where that is exact, and generic `for`.
//!
//! The hidden registers of a numeric `for` (counter, limit, step) hold numbers, which [`Op::ForPrep`] has seen to: they are
//! read without a check. The counter of the loop that a root trace stands for is declared to the emitter, which then hoists
//! bounds checks ([`crate::opt::Induction`]).
//!
//! [`Op::ForPrep`]: ferrous_lua_runtime::bytecode::Op::ForPrep

use ferrous_lua_runtime::bytecode::{Instr, Op as Code, instructions};
use ferrous_lua_runtime::native::{as_iterator_position, iterator_position};
use ferrous_lua_runtime::{Value, Vm};

use super::call::Call;
use super::state::exact_i32;
use super::{Abort, Kind, Rec, Recorder, Stop, Traces};
use crate::ir::{ExitKind, Helper, IrRef, Op, Ty};
use crate::layout::boxing;
use crate::opt::Induction;
use crate::params;

/// The counter of a numeric loop in IR.
struct Counter {
    index: IrRef,
    stop: IrRef,
    step: IrRef,
    /// Of the step as it was seen.
    upwards: bool,
}

impl Recorder {
    /// The back-edge instruction that leads to `pc`: the last one in the code.
    pub(super) fn loop_back_edge(&self, pc: *const Instr) -> Option<(Instr, *const Instr)> {
        let proto = self.proto();
        let target = proto.word_of(pc)? as isize;
        instructions(proto.code())
            .filter(|at| at.op.ends_loop() && at.target() == Some(target))
            .last()
            // SAFETY: the instruction is in the prototype's code.
            .map(|at| (at.instr, unsafe { proto.code.add(at.end()) as *const Instr }))
    }

    /// The trace stands for a loop: says where it ends, and prepares its counter.
    pub(super) fn begin_loop(&mut self, vm: &Vm) {
        let pc = self.start_pc;
        let Some((edge, end)) = self.loop_back_edge(pc) else { return };
        self.loop_end = end;
        if !matches!(edge.op().plain(), Code::ForLoop | Code::ForLoopUp) {
            return;
        }
        self.set_state(ExitKind::Guard, pc);
        // Nothing has been recorded yet: a contradiction would mean that the constants of the loop contradict themselves.
        let constant_step = edge.op().plain() == Code::ForLoopUp;
        let Ok(counter) = self.counter(vm, edge.a(), constant_step) else { return };
        let (a, index) = (edge.a() as i32, counter.index);
        self.slots.know(a, index);
        self.slots.know(a + 3, index);
        self.e.set_twins(a + 3, a);
        let is_int = self.e.trace().ty(index) == Ty::Int && self.e.trace().ty(counter.stop) == Ty::Int;
        if counter.upwards
            && is_int
            && let Ok(next) = self.e.arith(Op::Add, index, counter.step)
        {
            self.e.set_induction(Induction { index, next, stop: counter.stop });
            self.counter_register = Some(edge.a());
        }
    }

    /// The hidden registers of a numeric loop from `a` on, before a step. With `R[A]` an integer, step and limit are integers
    /// too if they can be.
    fn counter(&mut self, vm: &Vm, a: usize, constant_step: bool) -> Rec<Counter> {
        let (step, upwards) = self.step_of(vm, a, constant_step)?;
        let index = self.hidden(a);
        let stop = self.hidden(a + 1);
        let seen_stop = self.seen(vm, a + 1).as_f64_raw();
        let trace = self.e.trace();
        let starts_int = trace.ty(index) == Ty::Int || exact_i32(self.seen(vm, a)).is_some();
        let step_int = exact_i32(self.seen(vm, a + 2)).is_some();
        // The last integer that is within the limit.
        let bound = if upwards { seen_stop.floor() } else { seen_stop.ceil() };
        let narrows = starts_int && step_int && bound.abs() < f64::from(i32::MAX);
        if !narrows {
            let (index, step) = (self.e.to_num(index)?, self.e.to_num(step)?);
            return Ok(Counter { index, stop, step, upwards });
        }
        let stop = if self.e.trace().ty(stop) == Ty::Int {
            stop
        } else {
            // Adding zero makes of -0 a zero.
            let zero = self.e.trace_mut().num(0.0);
            let stop = match seen_stop == bound && !(seen_stop == 0.0 && seen_stop.is_sign_negative()) {
                true => stop,
                false => {
                    let op = if upwards { Op::Floor } else { Op::Ceil };
                    let rounded = self.e.unary(op, Ty::Num, stop)?;
                    self.e.emit(Op::Add, Ty::Num, rounded, zero)?
                }
            };
            self.e.to_int(stop)?
        };
        let index = self.e.to_int(index)?;
        let step = self.e.to_int(step)?;
        Ok(Counter { index, stop, step, upwards })
    }

    /// The step, guarded to have the sign that it has.
    fn step_of(&mut self, vm: &Vm, a: usize, constant: bool) -> Rec<(IrRef, bool)> {
        let seen = self.seen(vm, a + 2).as_f64_raw();
        if seen.is_nan() {
            return Err(Stop::Leave);
        }
        if constant {
            return Ok((self.e.trace_mut().num(seen), true));
        }
        let step = self.hidden(a + 2);
        let step = if exact_i32(Value::number(seen)).is_some() { self.e.to_int(step)? } else { step };
        let num = self.e.to_num(step)?;
        let zero = self.e.trace_mut().num(0.0);
        let upwards = seen > 0.0;
        let (op, a, b) = if upwards { (Op::Lt, zero, num) } else { (Op::NotLt, zero, num) };
        self.e.guard(op, a, b)?;
        Ok((step, upwards))
    }

    /// A register that is known to hold a number.
    fn hidden(&mut self, r: usize) -> IrRef {
        let slot = self.base() + r as i32;
        if let Some(val) = self.slots.get(slot)
            && self.e.trace().ty(val).is_arith()
        {
            return val;
        }
        if self.slots.get(slot).is_some() {
            // Boxed: it came through memory that the trace has written.
            let val = self.slot(slot);
            return self.e.unary(Op::Unbox, Ty::Num, val).unwrap_or(val);
        }
        let val = self.e.stack_slot(Ty::Num, slot);
        self.slots.know(slot, val);
        val
    }

    /// Guards that the counter is still within the limit, or is not any more; a failing guard goes on at `other`.
    fn within(&mut self, c: &Counter, index: IrRef, holds: bool, other: *const Instr) -> Rec<()> {
        let (a, b) = if c.upwards { (index, c.stop) } else { (c.stop, index) };
        self.set_state(ExitKind::Branch, other);
        let both_int = self.e.trace().ty(a) == Ty::Int && self.e.trace().ty(b) == Ty::Int;
        let (a, b) = if both_int { (a, b) } else { (self.e.to_num(a)?, self.e.to_num(b)?) };
        let op = if holds { Op::Le } else { Op::NotLe };
        Ok(self.e.guard(op, a, b)?)
    }

    pub(super) fn for_prep(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let a = i.a();
        let seen: [Value; 3] = std::array::from_fn(|n| self.seen(vm, a + n));
        if !seen.iter().all(|v| v.is_number()) {
            return Err(Stop::Leave);
        }
        for r in a..a + 3 {
            self.typed(vm, r)?;
        }
        let (body, behind) = self.branch_targets(pc, 1);
        let [start, stop, step] = seen.map(|v| v.as_f64_raw());
        let first = (start - step) + step;
        let runs = if step > 0.0 { first <= stop } else { stop <= first };
        let mut counter = self.counter(vm, a, false)?;
        let (next, other) = if runs { (body, behind) } else { (behind, body) };
        if self.e.trace().ty(counter.index) == Ty::Int {
            let base = self.base();
            self.slots.refine(base + a as i32, counter.index);
        } else {
            // Back by a step and forward again, as the interpreter does for the sake of rounding.
            let before = self.e.arith(Op::Sub, counter.index, counter.step)?;
            counter.index = self.e.arith(Op::Add, before, counter.step)?;
            self.set(a, counter.index);
        }
        // Both paths see R[A+3].
        self.set(a + 3, counter.index);
        self.within(&counter, counter.index, runs, other)?;
        self.expect(next);
        Ok(())
    }

    pub(super) fn for_loop(&mut self, vm: &Vm, traces: &dyn Traces, pc: *const Instr, i: Instr) -> Rec<()> {
        let a = i.a();
        let (behind, body) = self.branch_targets(pc, 2);
        let counter = self.counter(vm, a, i.op().plain() == Code::ForLoopUp)?;
        let (index, stop, step): (f64, f64, f64) = (
            self.seen(vm, a).as_f64_raw(),
            self.seen(vm, a + 1).as_f64_raw(),
            self.seen(vm, a + 2).as_f64_raw(),
        );
        let next_seen = index + step;
        let goes_on = if counter.upwards { next_seen <= stop } else { stop <= next_seen };
        let next = self.e.arith(Op::Add, counter.index, counter.step)?;
        if !goes_on {
            // Were it to go on, the instruction would have to step the counter: it is done again.
            self.within(&counter, next, false, pc)?;
            self.expect(behind);
            return Ok(());
        }
        self.within(&counter, next, true, behind)?;
        self.set(a, next);
        self.set(a + 3, next);
        self.count_round(traces, pc, body)?;
        self.expect(body);
        Ok(())
    }

    pub(super) fn jmp_back(&mut self, traces: &dyn Traces, pc: *const Instr, i: Instr) -> Rec<()> {
        // SAFETY: verified code: one word behind the instruction, from which jumps count.
        let target = unsafe { pc.add(2).offset(i.j()) };
        self.count_round(traces, pc, target)?;
        self.expect(target);
        Ok(())
    }

    /// The back-edge at `pc` is taken. Of a loop inside the trace, not too many rounds are unrolled.
    fn count_round(&mut self, traces: &dyn Traces, pc: *const Instr, start: *const Instr) -> Rec<()> {
        self.tick(|cells| cells.iterations)?;
        self.took_back_edge = true;
        if start == self.start_pc || traces.root_at(start).is_some() {
            return Ok(());
        }
        let is_around_call = self.is_around_call(pc, start);
        if self.kind == Kind::Function && is_around_call && !traces.is_hopeless(start) {
            return Err(Stop::Abort(Abort::OuterLoop));
        }
        self.came_around_call = is_around_call && traces.is_promising(start);
        let limit = if traces.is_hopeless(start) { params::MAX_UNROLL_HOPELESS } else { params::MAX_UNROLL };
        let rounds = self.visits.entry(start).or_default();
        *rounds += 1;
        if *rounds <= limit {
            return Ok(());
        }
        self.long_loop = Some(start);
        Err(Stop::Abort(Abort::InnerLoop))
    }

    /// Has the trace returned from the frame in which it began into the loop from `start` to the back-edge at `pc`?
    fn is_around_call(&self, pc: *const Instr, start: *const Instr) -> bool {
        self.frames.len() == 1 && self.below.is_some_and(|place| start <= place && place <= pc)
    }

    // ---- Generic `for` -----------------------------------------------------------------------------

    pub(super) fn tfor_prep(&mut self, vm: &Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let a = i.a();
        let (_, target) = self.branch_targets(pc, 1);
        let [f, s, control] = std::array::from_fn(|n| self.seen(vm, a + n));
        let function = self.typed(vm, a)?;
        if f == vm.next_function {
            if !(s.is_table() && control.is_nil()) {
                return Err(Stop::Leave);
            }
            let next = self.constant(f);
            self.e.guard(Op::Eq, function, next)?;
            self.typed(vm, a + 1)?;
            self.typed(vm, a + 2)?;
            let first = self.e.trace_mut().constant(Ty::Any, iterator_position(0).to_bits());
            self.set(a + 2, first);
        } else if f.is_function() {
            let next = self.constant(vm.next_function);
            self.e.guard(Op::Ne, function, next)?;
        }
        self.expect(target);
        Ok(())
    }

    pub(super) fn tfor_call(&mut self, vm: &mut Vm, pc: *const Instr, i: Instr) -> Rec<()> {
        let (a, wanted) = (i.a(), i.c().max(1) - 1);
        // SAFETY: as in `jmp_back`.
        let behind = unsafe { pc.add(1) };
        let [f, s, control] = std::array::from_fn(|n| self.seen(vm, a + n - 3));
        if let (Some(position), Some(table)) = (as_iterator_position(control), s.as_table()) {
            let t = self.typed(vm, a - 2)?;
            let before = self.reg(a - 1);
            let before = self.boxed(before)?;
            let at = self.slot_address(a);
            let after = self.e.call(Helper::TabNext, &[t, before, at])?;
            if vm.table_next_at(table, position).is_some() {
                // In front of the guard: an exit plan may write slots there.
                let slot = self.base() + a as i32;
                let (key, value) = (self.stack_load(slot), self.stack_load(slot + 1));
                self.not_nil(after)?;
                self.set(a - 1, after);
                self.set(a, key);
                self.set(a + 1, value);
            } else {
                self.e.unary(Op::Unbox, Ty::Nil, after)?;
                let nil = self.nil();
                self.set(a, nil);
            }
            for r in a + 2..a + wanted {
                let nil = self.nil();
                self.set(r, nil);
            }
            self.expect(behind);
            return Ok(());
        }
        let iterator = self.typed(vm, a - 3)?;
        if f == vm.ipairs_iterator && s.is_table() && exact_i32(control).is_some_and(|n| n >= 0) {
            return self.ipairs_step(vm, a, wanted, iterator, behind);
        }
        for n in 0..3 {
            let val = self.reg(a - 3 + n);
            self.set(if n == 0 { a } else { a + 1 + n }, val);
        }
        self.call_function(vm, f, Call { function: iterator, a, nargs: 2, wanted: i.c(), ret: behind })
    }

    /// `i + 1, t[i + 1]`, or nil.
    fn ipairs_step(
        &mut self,
        vm: &Vm,
        a: usize,
        wanted: usize,
        iterator: IrRef,
        behind: *const Instr,
    ) -> Rec<()> {
        let known = self.constant(vm.ipairs_iterator);
        self.e.guard(Op::Eq, iterator, known)?;
        let t = self.typed(vm, a - 2)?;
        let control = self.typed(vm, a - 1)?;
        let control = self.e.to_int(control)?;
        let one = self.int(1);
        let index = self.e.arith(Op::Add, control, one)?;
        let table = self.seen(vm, a - 2).as_table().expect("checked by the caller");
        let n = i64::from(exact_i32(self.seen(vm, a - 1)).expect("checked by the caller")) + 1;
        let value = vm.table_get_int(table, n);
        let loaded = self.raw_get_int(vm, t, table, index, n)?;
        let loaded = self.typed_value(loaded, value)?;
        if value.is_nil() {
            let nil = self.nil();
            for r in a..a + wanted.max(1) {
                self.set(r, nil);
            }
        } else {
            self.set(a, index);
            self.set(a + 1, loaded);
            for r in a + 2..a + wanted {
                let nil = self.nil();
                self.set(r, nil);
            }
        }
        self.expect(behind);
        Ok(())
    }

    pub(super) fn tfor_loop(&mut self, vm: &Vm, traces: &dyn Traces, pc: *const Instr, i: Instr) -> Rec<()> {
        let a = i.a();
        let (behind, body) = self.branch_targets(pc, 2);
        let seen = self.seen(vm, a);
        let val = self.reg(a);
        if seen.is_nil() {
            self.typed(vm, a)?;
            self.expect(behind);
            return Ok(());
        }
        match self.e.trace().ty(val) {
            Ty::Any => {
                self.set_state(ExitKind::Branch, behind);
                let nil = self.e.trace_mut().constant(Ty::Any, boxing::NIL);
                self.e.guard(Op::Ne, val, nil)?;
            }
            _ => self.not_nil(val)?,
        }
        if as_iterator_position(self.seen(vm, a - 1)).is_none() {
            self.set(a - 1, val);
        }
        self.count_round(traces, pc, body)?;
        self.expect(body);
        Ok(())
    }
}
