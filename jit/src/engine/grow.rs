//! From a hot place to an installed trace.

use std::sync::Arc;
use std::time::Instant;

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::frame::FrameRef;
use ferrous_lua_runtime::message::{MAX_CHUNK_DISPLAY, chunk_display_name};
use ferrous_lua_runtime::object::LuaString;
use ferrous_lua_runtime::proto::Proto;

use super::compile::{Background, Done, Job};
use super::sites::{self, Site};
use super::table::{Origin, TraceInfo};
use super::{Engine, of};
use crate::caught::caught;
use crate::ir::{SnapId, Tail, Trace, TraceId};
use crate::lower::{CodeBytes, CompileError};
use crate::params::{
    LANDING_INSTRUCTIONS, MAX_SIDE_DEPTH, MAX_SIDE_TRACES, MIN_LEAVING_INSTRUCTIONS, POLYMORPHIC_TRACES,
};
use crate::record::{Abort, Recorded, Recorder, RootKind, Status, TickCells, Traces};

/// A recording under way.
pub(super) struct Recording {
    pub recorder: Recorder,
    origin: Origin,
    entry: *const Instr,
    began: Instant,
    /// The interpreter has just run a back-edge whose counter has made room for the number of native code; the instruction behind
    /// comes next if it was not taken.
    uncounted_edge: Option<*const Instr>,
}

/// A loop's counter has run out; `vm.pc` is its first instruction.
pub(super) fn hot_loop(vm: &mut Vm) {
    hot(vm, RootKind::Loop);
}

/// A function's counter has run out; `vm.pc` is its first instruction behind the header.
pub(super) fn hot_function(vm: &mut Vm) {
    hot(vm, RootKind::Function);
}

fn hot(vm: &mut Vm, kind: RootKind) {
    let Some(engine) = of(vm) else { return };
    let entry = vm.pc;
    // SAFETY: a Lua function runs, whose back-edge or header has just been executed.
    let site = unsafe {
        let proto = (FrameRef { base: vm.base, pc: entry }).proto();
        proto.and_then(|proto| sites::site_of(&*proto, entry, kind))
    };
    let Some(site) = site else { return };
    engine.sites.add(entry, site);
    engine.hot_site(vm, kind, entry, site);
}

/// The instruction with first word `word` is about to run, and a recording is under way.
pub(super) fn record(vm: &mut Vm, word: u32) {
    let Some(engine) = of(vm) else { return };
    let Some(recording) = &mut engine.recording else {
        vm.set_recording(false);
        return;
    };
    // SAFETY: `vm.pc` is behind the first word of an instruction.
    let pc = unsafe { vm.pc.sub(1) };
    if recording.uncounted_edge.take().is_some_and(|end| end != pc) {
        engine.stats.interpreted.iterations += 1;
    }
    let recorder = &mut recording.recorder;
    match caught(Status::Abort(Abort::Panic), || recorder.record(vm, &engine.sites, word)) {
        Status::Continue => engine.note_uncounted(pc, Instr(word)),
        Status::Abort(reason) => engine.abort_recording(vm, reason),
        Status::Finished(recorded) => engine.finish_recording(vm, *recorded),
        Status::Nothing(resumes) => {
            engine.abort_recording(vm, Abort::NothingRecorded);
            engine.expect_resumes(&resumes);
        }
    }
}

impl Traces for sites::Sites {
    fn root_at(&self, pc: *const Instr) -> Option<TraceId> {
        sites::Sites::root_at(self, pc)
    }

    fn is_hopeless(&self, pc: *const Instr) -> bool {
        sites::Sites::is_hopeless(self, pc)
    }

    fn is_promising(&self, pc: *const Instr) -> bool {
        sites::Sites::is_promising(self, pc)
    }

    fn meets_short_lived_kinds(&self, pc: *const Instr) -> bool {
        sites::Sites::meets_short_lived_kinds(self, pc)
    }
}

impl Engine {
    fn hot_site(&mut self, vm: &mut Vm, kind: RootKind, entry: *const Instr, site: Site) {
        self.poll();
        match self.sites.root_at(entry) {
            Some(root) if self.native.is_linked(root) => return self.sites.set_native(entry, site, root),
            // Its code is still being made.
            Some(_) => return self.sites.restart(entry, site, kind),
            None if !self.sites.is_hot(entry, site, kind, self.heat.factor()) => return,
            None => self.sites.restart(entry, site, kind),
        }
        self.record_root(vm, Origin::Root(kind));
    }

    /// Records a trace that hangs on no other from `vm.pc` on, if that is possible now.
    pub(super) fn record_root(&mut self, vm: &mut Vm, origin: Origin) {
        let kind = match origin {
            Origin::Root(kind) => kind,
            Origin::Variant(_) => RootKind::Loop,
            Origin::Join(_) => RootKind::Continuation,
            Origin::Side { .. } => unreachable!("a side trace begins at an exit"),
        };
        if !self.options.enabled || self.is_busy(vm) || !self.has_room() {
            return;
        }
        // SAFETY: a Lua function runs.
        let proto = unsafe { FrameRef { base: vm.base, pc: vm.pc }.proto() };
        // SAFETY: a running function's prototype is live.
        if proto.is_some_and(|proto| unsafe { (*proto).is_interpreted_only }) {
            return;
        }
        let liveness = self.liveness.clone();
        let avoids_growth = kind == RootKind::Loop && self.is_first_attempt(origin, vm.pc);
        self.start(vm, origin, |vm| {
            let mut recorder = Recorder::start_root(vm, kind, liveness);
            if avoids_growth {
                recorder.avoid_growth();
            }
            if let Origin::Join(_) = origin {
                recorder.end_at_joins();
            }
            recorder
        });
    }

    /// An exit has been taken often: record on from here.
    pub(super) fn hot_exit(&mut self, vm: &mut Vm, parent: TraceId, exit: SnapId) {
        if !self.options.enabled || self.is_busy(vm) || !self.has_room() {
            return;
        }
        let Some(info) = self.traces.get(parent) else { return };
        let (root, depth) = (info.root, info.depth);
        if depth >= MAX_SIDE_DEPTH
            || self.traces.get(root).is_some_and(|root| root.side_traces >= MAX_SIDE_TRACES)
        {
            return;
        }
        let (trace, liveness) = (info.trace.clone(), self.liveness.clone());
        let siblings = self.traces.siblings(parent, exit);
        // Under stress there are side traces of everything, and no reason to collect anything.
        if self.options.stress.is_none() && self.kinds.are_in_doubt(vm, siblings) {
            return;
        }
        let is_polymorphic = siblings >= POLYMORPHIC_TRACES;
        let is_bushy = self.is_bushy(root);
        let is_loop = self.traces.get(root).is_some_and(|root| root.loop_code.is_some());
        self.start(vm, Origin::Side { parent, exit }, |vm| {
            let mut recorder = Recorder::start_side(vm, &trace, exit, liveness);
            if is_bushy {
                recorder.end_at_joins();
            }
            if !is_loop {
                recorder.call_traces();
            }
            if is_polymorphic {
                recorder.expect_any_shape();
            }
            recorder
        });
    }

    /// Starts recording with the recorder that `begin` makes for where the VM is.
    fn start(&mut self, vm: &mut Vm, origin: Origin, begin: impl FnOnce(&mut Vm) -> Recorder) {
        let Some(mut recorder) = caught(None, || Some(begin(vm))) else {
            self.stats.aborts[Abort::Panic as usize] += 1;
            return self.punish(origin, vm.pc);
        };
        if self.options.count {
            let ticks = self.native.ticks();
            let (iterations, calls) = (ticks.iterations.as_ptr() as usize, ticks.calls.as_ptr() as usize);
            recorder.count_in(TickCells { iterations, calls });
        }
        self.stats.recordings += 1;
        self.recording =
            Some(Recording { recorder, origin, entry: vm.pc, began: Instant::now(), uncounted_edge: None });
        vm.set_recording(true);
    }

    /// Counts an instruction that the interpreter is about to run if it has no counter of its own, having native code.
    fn note_uncounted(&mut self, pc: *const Instr, instr: Instr) {
        let Some(op) = Op::decode(instr.op_byte()).filter(|op| op.is_native()) else { return };
        match &mut self.recording {
            _ if sites::is_header(op) => self.stats.interpreted.calls += 1,
            // SAFETY: an instruction is followed by its extra words and another instruction.
            Some(recording) => recording.uncounted_edge = Some(unsafe { pc.add(op.words()) }),
            None => {}
        }
    }

    /// Is a recording under way? One that the interpreter no longer feeds is dropped.
    pub(super) fn is_busy(&mut self, vm: &mut Vm) -> bool {
        if self.recording.is_some() && vm.dispatch[0] != vm.record_handler {
            self.abort_recording(vm, Abort::Interrupted);
        }
        self.recording.is_some()
    }

    /// Gives a recording up, if one is under way, without blaming the place.
    pub(super) fn stop_recording(&mut self, vm: &mut Vm) {
        if self.drop_recording() {
            vm.set_recording(false);
        }
    }

    /// As [`Engine::stop_recording`], but the interpreter learns of it when it feeds the next instruction.
    pub(super) fn drop_recording(&mut self) -> bool {
        let was_recording = self.recording.take().is_some();
        self.stats.aborts[Abort::Interrupted as usize] += u64::from(was_recording);
        was_recording
    }

    fn abort_recording(&mut self, vm: &mut Vm, reason: Abort) {
        let Some(recording) = self.recording.take() else { return };
        vm.set_recording(false);
        self.stats.record_time += recording.began.elapsed();
        self.stats.aborts[reason as usize] += 1;
        if let Some(dump) = &mut self.options.dump {
            let at = describe(recording.origin, recording.entry, recording.recorder.protos());
            let _ = writeln!(dump, "---- recording of {at} given up: {}\n", reason.text());
        }
        self.punish(recording.origin, recording.entry);
        if let Some(inner) = recording.recorder.long_loop() {
            self.sites.goes_around(inner);
        }
        if reason == Abort::LeftLoop && matches!(recording.origin, Origin::Root(_)) {
            self.sites.was_left(recording.entry);
        }
    }

    /// Nothing good has come of recording from here: the next attempt is to be later than this one was.
    pub(super) fn punish(&mut self, origin: Origin, entry: *const Instr) {
        match origin {
            Origin::Root(RootKind::Continuation) => self.resume_points.punish(entry),
            Origin::Root(kind) => {
                self.sites.punish(entry, kind);
                self.give_up_awaited_root(entry);
            }
            Origin::Variant(id) => self.punish_variant(id),
            Origin::Join(_) => self.joins.punish(entry, self.options.hot_exit),
            Origin::Side { parent, exit } => {
                if let Some(parent) = self.traces.get_mut(parent) {
                    parent.exits[exit.index()].failures += 1;
                }
            }
        }
    }

    /// Has no recording of a root or a variant from here failed yet?
    fn is_first_attempt(&self, origin: Origin, entry: *const Instr) -> bool {
        match origin {
            Origin::Variant(id) => self.promises.get(&id).is_some_and(|promise| promise.failures == 0),
            _ => self.sites.failures(entry) == 0,
        }
    }

    /// How often an exit is taken before it is recorded from.
    pub(super) fn exit_count(&self, failures: u32) -> u32 {
        sites::backed_off(self.options.hot_exit.saturating_mul(self.heat.factor()), failures)
    }

    /// Would entering and leaving the trace cost more than it saves?
    fn is_worthless(&self, origin: Origin, recorded: &Recorded) -> bool {
        matches!(origin, Origin::Root(_) | Origin::Variant(_))
            && matches!(recorded.trace.tail, Tail::Leave(_))
            && recorded.instructions + recorded.landings * LANDING_INSTRUCTIONS < MIN_LEAVING_INSTRUCTIONS
            && self.options.stress.is_none()
    }

    fn finish_recording(&mut self, vm: &mut Vm, mut recorded: Recorded) {
        if self.recording.as_ref().is_some_and(|recording| self.is_worthless(recording.origin, &recorded)) {
            self.abort_recording(vm, Abort::NothingRecorded);
            return self.expect_resumes(&recorded.resumes);
        }
        let Some(recording) = self.recording.take() else { return };
        vm.set_recording(false);
        self.expect_resumes(&recorded.resumes);
        let now = Instant::now();
        self.stats.record_time += now - recording.began;
        self.stats.bytecodes += u64::from(recorded.instructions);
        self.stats.ir_instructions += recorded.trace.instrs.len() as u64;
        self.spend_heat(&recorded.trace);
        self.choose_variant(recording.origin, &mut recorded);
        self.choose_join(&mut recorded);
        let promised = self.choose_promised_root(&mut recorded);
        recorded.rounds_ahead = self.rounds_ahead(vm, &recorded);
        if let Err(message) = self.submit(recording.origin, recording.entry, recorded) {
            let Recording { recorder, origin, entry, .. } = recording;
            self.compile_failed(origin, entry, recorder.protos(), &message);
        }
        if let Some(promised) = promised {
            // It is held by the trace now.
            self.release(promised);
        }
        self.stats.compile_time += now.elapsed();
    }

    /// Notes that a trace or a region is compiled.
    pub(super) fn spend_heat(&mut self, trace: &Trace) {
        if self.options.stress.is_none() {
            self.heat.spend(trace.instrs.len());
        }
    }

    fn compile_failed(&mut self, origin: Origin, entry: *const Instr, protos: &[*mut Proto], message: &str) {
        self.stats.compile_failures += 1;
        if let Some(dump) = &mut self.options.dump {
            let at = describe(origin, entry, protos);
            let _ = writeln!(dump, "---- {at} was not compiled: {message}\n");
        }
        self.punish(origin, entry);
    }

    /// Enters a recorded trace into the table and has it compiled, here or on the other thread.
    fn submit(&mut self, origin: Origin, entry: *const Instr, recorded: Recorded) -> Result<(), String> {
        let (known, family) = match origin {
            Origin::Variant(id) => (Some(id), self.variant_recorded(id)),
            Origin::Join(id) => (Some(id), None),
            Origin::Root(RootKind::Loop | RootKind::Function) => (self.traces.awaited_root(entry), None),
            Origin::Root(RootKind::Continuation) | Origin::Side { .. } => (None, None),
        };
        let id = match known {
            Some(id) => {
                self.native.hold(id);
                id
            }
            None => self.native.reserve(),
        };
        self.native.make_exits(id, recorded.trace.snaps.len());
        let target = match recorded.trace.tail {
            Tail::Again(_) => Some(id),
            Tail::Link(target, _) => {
                self.native.hold(target);
                Some(target)
            }
            Tail::Loop | Tail::Leave(_) | Tail::Open => None,
        };
        let mut link = self.native.link_info(id, target);
        self.traces.add(id, origin, family, entry, recorded);
        link.after_rebuilding = self.traces.is_after_rebuilding(origin);
        match origin {
            Origin::Root(RootKind::Continuation) => self.resume_points.set_root(entry, id),
            Origin::Root(_) => self.sites.set_root(entry, id),
            Origin::Variant(_) | Origin::Join(_) | Origin::Side { .. } => {}
        }
        let trace = self.traces.get(id).expect("it has just been added").trace.clone();
        match self.in_background(Job { trace: Arc::downgrade(&trace), link }) {
            Ok(()) => Ok(()),
            Err(job) => {
                let code = self.compiler.compile(&trace, &job.link);
                self.install(id, code)
            }
        }
    }

    /// Gives the job back if it is to be done here.
    pub(super) fn in_background(&mut self, job: Job) -> Result<(), Job> {
        if self.options.synchronous {
            return Err(job);
        }
        if self.background.is_none() {
            self.background = Background::start(self.options.dump.is_some());
        }
        match &mut self.background {
            Some(background) => background.send(job),
            None => Err(job),
        }
    }

    /// Installs what the other thread has finished.
    #[inline]
    pub(super) fn poll(&mut self) {
        self.install_waiting_regions();
        while let Some(done) = self.background.as_mut().and_then(Background::take) {
            let Done { id, trace, code: Some(code) } = done else { continue };
            if self.is_pending_region(id, &trace) {
                self.region_compiled(id, code);
                continue;
            }
            // Its number may be another trace's by now.
            let still_wanted = |info: &&TraceInfo| Arc::as_ptr(&info.trace) == trace.as_ptr();
            let Some(info) = self.traces.get(id).filter(still_wanted) else { continue };
            let (origin, entry, protos) = (info.origin, info.entry, info.protos.clone());
            if let Err(message) = self.install(id, code) {
                self.compile_failed(origin, entry, &protos, &message);
            }
        }
    }

    /// Places a trace's code and makes it reachable; a trace without code is removed.
    fn install(&mut self, id: TraceId, code: Result<CodeBytes, CompileError>) -> Result<(), String> {
        if let (Err(error), Some(info)) = (&code, self.traces.get(id)) {
            debug_assert!(false, "trace {} cannot be compiled: {error}\n{}", id.0, info.trace);
        }
        let name = format!("lua::trace_{}", id.0);
        let placed = match code {
            Ok(code) => match self.with_room(id, |native| native.install(id, &code, &name)) {
                Ok(()) => Ok(code),
                Err(error) => Err(format!("{error:?}")),
            },
            Err(error) => Err(error.to_string()),
        };
        let code = match placed {
            Ok(code) => code,
            Err(message) => {
                if let (Some(dump), Some(info)) = (&mut self.options.dump, self.traces.get(id)) {
                    let _ = writeln!(dump, "---- trace {} is no good:\n{}", id.0, info.trace);
                }
                self.remove(id);
                return Err(message);
            }
        };
        let info = self.traces.get(id).expect("the caller has looked");
        if let Some(dump) = &mut self.options.dump {
            let at = describe(info.origin, info.entry, &info.protos);
            let _ = writeln!(dump, "---- trace {}: {at}\n{}", id.0, info.trace);
            if let Some(listing) = &code.listing {
                let _ = writeln!(dump, "{}\n{}", listing.clif, listing.vcode);
            }
        }
        match info.origin {
            Origin::Root(_) => self.stats.roots += 1,
            Origin::Join(_) => self.stats.joins += 1,
            Origin::Variant(_) => {
                self.stats.roots += 1;
                self.stats.variants += 1;
            }
            Origin::Side { parent, exit } => {
                self.stats.side_traces += 1;
                self.native.attach(parent, exit, id);
                self.consider_region(id);
            }
        }
        Ok(())
    }
}

/// Where a trace begins; `protos` are live.
fn describe(origin: Origin, entry: *const Instr, protos: &[*mut Proto]) -> String {
    // SAFETY: the caller vouches for them.
    let proto = protos.iter().map(|proto| unsafe { &**proto }).find(|proto| proto.word_of(entry).is_some());
    let place = match proto {
        Some(proto) => {
            // SAFETY: a live prototype's chunk name is live; the entry lies in its code.
            let (name, behind) = unsafe { (LuaString::bytes_of(proto.chunk_name), entry.add(1)) };
            let name = chunk_display_name(name, MAX_CHUNK_DISPLAY);
            format!("{}:{} ({entry:p})", String::from_utf8_lossy(&name), proto.line_before(behind))
        }
        None => format!("{entry:p}"),
    };
    match origin {
        Origin::Root(kind) => format!("{kind:?} at {place}"),
        Origin::Variant(_) => format!("variant of the loop at {place}"),
        Origin::Join(_) => format!("join at {place}"),
        Origin::Side { parent, exit } => format!("exit {} of trace {}, at {place}", exit.0, parent.0),
    }
}
