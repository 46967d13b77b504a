//! How traces end.
//!
//! * A loop comes back to its first instruction, in its frame: the trace loops in itself. If the types at its end are not
//!   those at its beginning, another round is recorded behind the first; if that does not help, it goes on at its own
//!   beginning by way of the Lua stack.
//! * A function calls itself: the same, in another frame.
//! * Another root trace begins here: a link to it. But the trace of an outer loop is given up in favour of the inner one's: a
//!   side trace will lead from the inner loop's exit around the outer loop and back. And loops inline functions all the same; the traces
//!   of functions do not: each would hold all that its callees do in one case of many.
//! * A function's side trace has returned and comes around a loop that has no root trace: a link to the one that it is going to have.
//! * Paths of a tree with many side traces meet here: a link to the trace of that place.
//! * Calls are nested too deep to inline one more: the trace is left, and a side trace may go on. A loop is given up.
//! * Something that the interpreter does: the trace is left.

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::{Flow, Instr, instructions};

use super::{Abort, Kind, Rec, Recorded, Recorder, Status, Stop, Traces, Vouched};
use crate::ir::{ExitKind, IrRef, Op, Tail, Trace, TraceId, Ty};
use crate::opt::{dce, sink};
use crate::params;

/// Rounds that are recorded of a loop whose types do not settle.
const MAX_ROUNDS: u32 = 2;

impl Recorder {
    /// Ends the trace if this is a place to end at; `pc` is the instruction that comes next.
    pub(super) fn check_ends(&mut self, traces: &dyn Traces, pc: *const Instr) -> Rec<()> {
        if self.instructions == 0 {
            return Ok(());
        }
        let at_start = pc == self.start_pc;
        match self.kind {
            Kind::Loop if self.frames.len() == 1 => {
                if at_start && self.base() == 0 {
                    return self.close_loop(pc);
                }
                if pc < self.start_pc || pc >= self.loop_end {
                    return Err(Stop::Abort(Abort::LeftLoop));
                }
            }
            Kind::Function | Kind::Continuation if at_start && self.base() == 0 => {
                return self.close_loop(pc);
            }
            Kind::Continuation if at_start => return self.go_on_at_own_start(pc),
            Kind::Function if at_start => {
                return if self.is_unrolled() { self.go_on_at_own_start(pc) } else { Ok(()) };
            }
            Kind::Loop | Kind::Function | Kind::Continuation | Kind::Side => {}
        }
        let Some(root) = traces.root_at(pc) else {
            let goes_round = self.kind == Kind::Side && at_start && self.base() < 0;
            if goes_round && self.starts_here_too() {
                return self.go_on_at_own_start(pc);
            }
            if self.is_other_loop() {
                return self.end(pc, ExitKind::Guard, |snap| Tail::Link(TraceId::LOOP, snap));
            }
            return if self.is_join(pc) { self.end_at_join(pc) } else { Ok(()) };
        };
        if self.is_loop_start(pc) {
            if self.kind == Kind::Loop {
                return Err(Stop::Abort(Abort::InnerLoop));
            }
            return self.end(pc, ExitKind::Guard, |snap| Tail::Link(root, snap));
        }
        // A loop rather inlines functions that neither call themselves nor are called again and again.
        let enough = self.is_unrolled() || self.frames.len() > params::MAX_INLINE_DEPTH / 2;
        if enough
            || (self.called_again && self.frames.len() == 1)
            || (self.calls_traces && !self.calls_itself())
        {
            return self.end(pc, ExitKind::Guard, |snap| Tail::Link(root, snap));
        }
        Ok(())
    }

    /// Has a function's side trace come around a loop that calls the function? That deserves a trace of its own, which inlines the call:
    /// were this one to go on, the loop would be for ever made of the function's trace and this one.
    fn is_other_loop(&self) -> bool {
        self.kind == Kind::Side && self.calls_traces && self.took_back_edge && self.came_around_call
    }

    /// Is it time to end where paths meet, and do they meet here?
    fn is_join(&mut self, pc: *const Instr) -> bool {
        let has_returned = std::mem::take(&mut self.has_returned);
        if !self.ends_at_joins || self.top.is_some() {
            return false;
        }
        let proto = self.frame().proto;
        let word = self.proto().word_of(pc);
        has_returned || word.is_some_and(|word| self.liveness(proto).is_join(word))
    }

    /// Ends the trace; the engine knows how it goes on.
    fn end_at_join(&mut self, pc: *const Instr) -> Rec<()> {
        self.end(pc, ExitKind::Guard, |snap| Tail::Link(TraceId::JOIN, snap))
    }

    /// Was the function that begins here called by itself?
    fn calls_itself(&self) -> bool {
        matches!(self.frames[..], [.., caller, callee] if caller.proto == callee.proto)
    }

    /// Has the function that begins here been inlined into itself often enough, or been called in place of itself?
    fn is_unrolled(&self) -> bool {
        let proto = self.frame().proto;
        let calls = self.frames.iter().filter(|frame| frame.proto == proto).count();
        calls.max(self.frame().restarts) > params::UNROLLED_RECURSION
    }

    /// Is it the first instruction of a loop, and not the one behind a function's header?
    fn is_loop_start(&self, pc: *const Instr) -> bool {
        let header = 2;
        self.proto().word_of(pc) != Some(header) || self.loop_back_edge(pc).is_some()
    }

    /// The loop has come around.
    fn close_loop(&mut self, pc: *const Instr) -> Rec<()> {
        self.rounds += 1;
        let mut emitter = self.e.clone();
        let ((entries, needed), base) = (self.entries(pc), self.base());
        emitter.set_state(ExitKind::Interrupt, pc as u64, base, entries.clone());
        emitter.set_needed(needed);
        emitter.guard(Op::Interrupt, IrRef::NONE, IrRef::NONE)?;
        emitter.set_state(ExitKind::Guard, pc as u64, base, entries);
        emitter.set_needed(needed);
        emitter.finish(Tail::Again);
        // A variable below the first frame may be a slot to one part of the trace and memory to another: they meet only where
        // the trace ends.
        if self.uses_cells && self.below.is_some() {
            return Err(Stop::Finished(self.recorded(&emitter.into_trace(), pc)));
        }
        let trace = match emitter.clone().peel() {
            Ok(trace) => {
                let mut recorded = self.recorded(&trace, pc);
                recorded.round = Some(Box::new(emitter));
                return Err(Stop::Finished(recorded));
            }
            Err(_)
                if self.rounds < MAX_ROUNDS && self.e.trace().instrs.len() < params::MAX_TRACE_INSTRS / 4 =>
            {
                // What moves with the counter in this round moves by more than its step in two.
                self.counter_register = None;
                return Ok(());
            }
            Err(_) => emitter.into_trace(),
        };
        Err(Stop::Finished(self.recorded(&trace, pc)))
    }

    /// In a frame below, does all hold that the exit where this side trace begins vouches for? Then functions that return one from
    /// the other go round in the trace.
    fn starts_here_too(&self) -> bool {
        let base = self.base();
        self.vouched.iter().all(|&(slot, vouched)| {
            let Some(val) = self.slots.get(base + slot) else { return false };
            match vouched {
                Vouched::Constant(k) => val == k,
                Vouched::Type(ty) => self.e.trace().ty(val).same_lua_type(ty) || ty == Ty::Any,
            }
        })
    }

    /// The function calls itself, or comes here in another frame.
    fn go_on_at_own_start(&mut self, pc: *const Instr) -> Rec<()> {
        self.end(pc, ExitKind::Guard, Tail::Again)
    }

    /// Ends the trace in front of `pc`.
    fn end(
        &mut self,
        pc: *const Instr,
        kind: ExitKind,
        tail: impl FnOnce(crate::ir::SnapId) -> Tail,
    ) -> Rec<()> {
        // Chains of links may be the loop: each of them looks for interrupts.
        self.set_state(ExitKind::Interrupt, pc);
        self.e.guard(Op::Interrupt, IrRef::NONE, IrRef::NONE)?;
        self.set_state(kind, pc);
        self.e.finish(tail);
        let trace = self.e.clone().into_trace();
        Err(Stop::Finished(self.recorded(&trace, pc)))
    }

    /// Leaves what is at `pc` to the interpreter.
    pub(super) fn leave(&mut self, pc: *const Instr) -> Status {
        let resumes = self.instructions_behind(pc);
        if self.instructions == 0 {
            return Status::Nothing(resumes);
        }
        // To where too many frames have been left, a side trace may lead.
        // SAFETY: it is an instruction of the innermost frame's function.
        let returns = unsafe { (*pc).op().flow() == Flow::Exit };
        let may_go_on = returns && !self.returns_to_landing;
        self.set_state(if may_go_on { ExitKind::Guard } else { ExitKind::Leave }, pc);
        self.e.finish(Tail::Leave);
        let trace = self.e.clone().into_trace();
        let mut recorded = self.recorded(&trace, pc);
        recorded.resumes = resumes;
        Status::Finished(recorded)
    }

    /// Ends the trace in front of a call, of which there are enough in it. A side trace that begins there inlines as many again.
    pub(super) fn split(&mut self, pc: *const Instr) -> Status {
        if self.instructions == 0 {
            return Status::Abort(Abort::CallDepth);
        }
        self.set_state(ExitKind::Guard, pc);
        self.e.finish(Tail::Leave);
        let trace = self.e.clone().into_trace();
        Status::Finished(self.recorded(&trace, pc))
    }

    /// Where the instruction at `pc` of the innermost frame leads, but for the ends of loops: what comes behind those has a
    /// trace of its own.
    fn instructions_behind(&self, pc: *const Instr) -> Vec<*const Instr> {
        let proto = self.proto();
        let Some(word) = proto.word_of(pc) else { return Vec::new() };
        let code = proto.code();
        let Some(at) = instructions(&code[word..]).next() else { return Vec::new() };
        if at.op.flow() == Flow::Exit {
            return Vec::new();
        }
        let target = at.target().filter(|_| at.op.flow() == Flow::Branch);
        [Some(at.end() as isize), target]
            .into_iter()
            .flatten()
            .map(|words| word + words as usize)
            .filter(|&behind| code.get(behind).is_some_and(|&word| !Instr(word).op().ends_loop()))
            // SAFETY: verified code: the words lie in it.
            .map(|behind| unsafe { proto.code.add(behind) as *const Instr })
            .collect()
    }

    fn recorded(&self, trace: &Trace, end_pc: *const Instr) -> Box<Recorded> {
        let mut trace = dce(trace);
        sink(&mut trace);
        Box::new(Recorded {
            trace,
            round: None,
            loop_code: (self.kind == Kind::Loop).then_some(self.start_pc..self.loop_end),
            counter: self.counter_register,
            rounds_ahead: None,
            start_pc: self.start_pc,
            end_pc,
            protos: self.protos.clone(),
            comes_around: self.took_back_edge,
            resumes: Vec::new(),
            instructions: self.instructions,
            landings: self.landings,
        })
    }

    /// Guards that the stack has room up to slot `end`, which it must have now.
    pub(super) fn guard_stack_room(&mut self, vm: &Vm, end: i32) -> Rec<()> {
        // SAFETY: both are in the running thread's stack, or at its end.
        let room = unsafe { vm.stack_limit.offset_from((*vm.thread).stack) } - self.start;
        if end as isize > room {
            return Err(Stop::Leave);
        }
        Ok(self.e.emit(Op::StackRoom, Ty::None, IrRef::from_raw(end as u32), IrRef::NONE).map(|_| ())?)
    }
}
