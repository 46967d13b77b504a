//! The engine: when to record, what becomes of a recording, how native code is entered and left.
//!
//! ```text
//!   counter runs out ──► record ──► compile ──► install ──► the next back-edge enters
//!   exit taken often ──► record ──► compile ──► the exit jumps to the side trace
//! ```
//!
//! [`attach`] makes a VM count; when first something is hot an [`Engine`] is built, which the VM owns from then on and calls
//! through its hooks.
//!
//! | module | |
//! |---|---|
//! | [`start`] | building the engine when it is needed |
//! | [`sites`] | counting instructions: backoff, rewriting them when there is native code |
//! | [`table`] | the traces: trees of roots and side traces |
//! | [`references`] | what they refer to, and the collector |
//! | [`join`] | where paths through a tree meet again |
//! | [`promised`] | root traces that others lead to before they are there |
//! | [`variant`] | several traces of one loop |
//! | [`kinds`] | when there may be traces for objects that are gone |
//! | [`room`] | what is done when there are too many traces |
//! | [`region`] | a loop and its side traces as one trace |
//! | [`resume`] | where native code goes on behind what was left to the interpreter |
//! | [`grow`] | from a hot place to an installed trace |
//! | [`heat`] | how hot is hot enough |
//! | [`compile`] | the compiler, here or on another thread |
//! | [`run`] | entering and leaving native code |
//! | [`control`] | what a program asks for |
//!
//! # Rules
//!
//! 1. [`Engine`] lives in a box that the VM owns (`Vm::jit_owner`), and `Vm::jit.state` points to it for as long as the hooks are
//!    set. Nobody keeps a reference to it across a safepoint, where the collector's hooks make one.
//! 2. Traces are removed only when no native code is running: native code never reaches a safepoint itself.

mod compile;
mod control;
mod grow;
mod heat;
mod join;
mod kinds;
mod options;
mod promised;
mod random;
mod references;
mod region;
mod resume;
mod room;
mod run;
mod sites;
mod start;
mod stats;
mod table;
mod variant;

pub use options::JitOptions;
pub use start::attach;
pub use stats::{Passes, Stats};

use std::sync::atomic::Ordering;

use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::proto::Proto;
use ferrous_lua_runtime::vm::JitHooks;

use rustc_hash::FxHashMap;

use crate::codemem::CodeMemory;
use crate::helpers;
use crate::ir::{Tail, TraceId};
use crate::link::Native;
use crate::lower::Compiler;
use crate::record::{KnownLiveness, RootKind};
use compile::Background;
use grow::Recording;
use heat::Heat;
use join::Joins;
use kinds::Kinds;
use random::Random;
use region::Pending;
use resume::ResumePoints;
use sites::Sites;
use table::{Origin, TraceTable};
use variant::Promise;

/// The JIT of one VM.
pub struct Engine {
    options: JitOptions,
    compiler: Compiler,
    /// The compiler on another thread, once it has been needed.
    background: Option<Background>,
    native: Native,
    traces: TraceTable,
    sites: Sites,
    joins: Joins,
    /// Variants of loops, by the numbers of their traces.
    promises: FxHashMap<TraceId, Promise>,
    resume_points: ResumePoints,
    heat: Heat,
    kinds: Kinds,
    liveness: KnownLiveness,
    /// Regions that are being compiled, by their roots.
    regions: FxHashMap<TraceId, Pending>,
    recording: Option<Recording>,
    random: Random,
    stats: Stats,
}

impl Engine {
    /// Builds the engine of a VM and sets the VM's hooks.
    ///
    /// # Errors
    ///
    /// A sentence saying why there can be none: the machine is not supported, or gives no executable memory.
    fn build(vm: &mut Vm, mut options: JitOptions) -> Result<(), String> {
        let mut compiler = Compiler::new()?;
        compiler.listings = options.dump.is_some();
        let mut memory = CodeMemory::new(options.code_limit);
        if let Some(map) = options.perf_map.take() {
            memory.write_perf_map(map);
        }
        let mut native =
            Native::new(&mut compiler, helpers::addresses(), memory).map_err(|error| format!("{error:?}"))?;
        let seed = options.stress.unwrap_or(0x1ce);
        if options.stress.is_some() {
            native.enable_stress();
        }
        let (loop_count, call_count) = start::counts(&options);
        let mut engine = Box::new(Engine {
            compiler,
            background: None,
            native,
            traces: TraceTable::default(),
            sites: Sites::new(loop_count, call_count, seed),
            joins: Joins::default(),
            promises: FxHashMap::default(),
            resume_points: ResumePoints::default(),
            heat: Heat::default(),
            kinds: Kinds::default(),
            liveness: KnownLiveness::new(vm.shows_locals),
            regions: FxHashMap::default(),
            recording: None,
            random: Random::new(seed),
            stats: Stats::default(),
            options,
        });
        vm.jit = JitHooks {
            hot_loop: grow::hot_loop,
            hot_function: grow::hot_function,
            enter: run::enter,
            arrive: run::arrive,
            record: grow::record,
            new_proto: |vm, proto| {
                if let Some(engine) = of(vm) {
                    let (loop_count, call_count) = start::counts(&engine.options);
                    sites::start_counters(proto, loop_count, call_count);
                }
            },
            control: control::control,
            state: (&raw mut *engine).cast(),
        };
        vm.heap.hooks.mark_roots = Some(references::mark_roots);
        vm.heap.hooks.marked = Some(references::marked);
        vm.heap.hooks.proto_freed = Some(proto_freed);
        vm.jit_owner = Some(engine);
        Ok(())
    }
}

/// Takes a VM's JIT away again, with all native code. Does nothing if it has none.
pub fn detach(vm: &mut Vm) {
    let Some(engine) = of(vm) else {
        // It may be waiting for something hot.
        vm.jit = JitHooks::NONE;
        vm.jit_owner = None;
        return;
    };
    engine.sites.detach();
    engine.resume_points.detach();
    if engine.recording.take().is_some() {
        vm.set_recording(false);
    }
    vm.jit = JitHooks::NONE;
    vm.heap.hooks = Default::default();
    vm.jit_owner = None;
}

/// Drops all native code; what is hot is compiled anew.
pub fn flush(vm: &mut Vm) {
    let Some(engine) = of(vm) else { return };
    engine.stop_recording(vm);
    engine.remove_all();
}

/// What a VM's JIT has done so far; `None` if it has none.
pub fn stats(vm: &mut Vm) -> Option<Stats> {
    let engine = of(vm)?;
    // SAFETY: the VM's prototypes are live.
    let protos = vm.protos.iter().flatten().map(|proto| &**proto);
    let counted = engine.sites.passes(protos);
    let mut stats = engine.totals();
    stats.interpreted = stats.interpreted + counted;
    Some(stats)
}

/// The VM's engine. The reference is tied to nothing: see rule 1.
fn of<'a>(vm: &mut Vm) -> Option<&'a mut Engine> {
    // SAFETY: rule 1.
    unsafe { (vm.jit.state as *mut Engine).as_mut() }
}

fn proto_freed(vm: &mut Vm, proto: *mut Proto) {
    let Some(engine) = of(vm) else { return };
    engine.stop_recording(vm);
    for id in engine.traces.of_proto(proto) {
        engine.remove(id);
    }
    engine.liveness.forget(proto);
    // SAFETY: the prototype is about to be freed, but has not been.
    let proto = unsafe { &*proto };
    engine.sites.forget(proto);
    engine.resume_points.forget(proto);
    for join in engine.joins.forget(proto) {
        engine.release(join);
    }
}

impl Engine {
    /// Removes a trace and all that hang on it. The recording under way is given up: it may lead to one of them.
    fn remove(&mut self, id: TraceId) {
        self.drop_recording();
        for (id, info) in self.traces.remove(id) {
            self.native.remove(id);
            self.stats.dropped += 1;
            self.regions.remove(&id);
            match info.origin {
                Origin::Root(RootKind::Continuation) => {
                    self.resume_points.reset(info.entry, self.options.hot_exit);
                }
                Origin::Root(kind) => self.sites.set_counting(info.entry, kind),
                Origin::Variant(variant) => self.variant_dropped(variant),
                Origin::Join(_) | Origin::Side { .. } => {}
            }
            for variant in info.exits.iter().filter_map(|exit| exit.variant) {
                self.promises.remove(&variant);
                self.release(variant);
            }
            if let Tail::Link(target, _) = info.trace.tail {
                self.release(target);
            }
            self.release(id);
        }
    }

    /// Ends a hold on the number of a trace.
    fn release(&mut self, id: TraceId) {
        if self.native.release(id) {
            self.traces.forget(id);
        }
    }

    fn totals(&self) -> Stats {
        let ticks = self.native.ticks();
        let native = Passes {
            iterations: ticks.iterations.load(Ordering::Relaxed),
            calls: ticks.calls.load(Ordering::Relaxed),
        };
        Stats {
            code_bytes: self.native.code_bytes(),
            trace_numbers: self.native.numbers(),
            native: self.options.count.then_some(native),
            ..self.stats.clone()
        }
    }
}
