//! Entering and leaving native code.

use std::sync::Arc;

use ferrous_lua_runtime::Vm;

use super::Engine;
use crate::ir::{ExitKind, SnapId, TraceId};
use crate::link::Left;
use crate::params::STRESS_INTERVAL;
use crate::record::RootKind;

use super::sites::backed_off;
use super::table::Origin;

/// Runs native code number `code`, which stands for the code at `vm.pc`, on the frame at `vm.base`, until it leaves; then
/// `vm.pc` and `vm.base` say where the interpreter goes on.
///
/// # Safety
///
/// The VM has an engine, which wrote `code` into the instruction that has just been executed; nobody else uses the VM.
pub(super) unsafe fn enter(vm: *mut Vm, code: u32) {
    // SAFETY: the caller vouches for the VM; the engine is a box of its own (engine rule 1), and native code and its
    // helpers reach the VM only through the pointer they are given.
    unsafe {
        let engine = &mut *((*vm).jit.state as *mut Engine);
        if engine.is_busy(&mut *vm) {
            // The recorder wants to see what happens.
            return;
        }
        run(vm, engine, TraceId(code));
    }
}

/// Runs the continuation that begins at the marked instruction at `vm.pc`, if there is one; then as [`enter`].
///
/// # Safety
///
/// The VM has an engine, which marked the instruction; nobody else uses the VM.
pub(super) unsafe fn arrive(vm: *mut Vm) {
    // SAFETY: as in `enter`.
    unsafe {
        let engine = &mut *((*vm).jit.state as *mut Engine);
        if let Some(root) = engine.arrive(&mut *vm) {
            run(vm, engine, root);
        }
    }
}

/// Runs a root trace on the frame at `vm.base`.
///
/// # Safety
///
/// As [`enter`]; the trace was recorded from `vm.pc`.
unsafe fn run(vm: *mut Vm, engine: &mut Engine, root: TraceId) {
    // SAFETY: as in `enter`.
    unsafe {
        engine.before_entry(root);
        let left = engine.native.enter(root, vm.cast(), (*vm).base.cast());
        engine.left(&mut *vm, left);
        // The engine's reference is not used from here on: the collector's hooks make one of their own.
        // Every exit is one between two instructions, with the frames complete: what native code did not restore is dead, and holds
        // what it held at the last collection or something newer.
        (*vm).safepoint_without_finalizers();
    }
}

impl Engine {
    fn before_entry(&mut self, root: TraceId) {
        self.stats.entries += 1;
        // The interpreter has run the back-edge or header that has led here; a continuation is entered behind any other instruction.
        if let Some(info) = self.traces.get(root) {
            match info.origin {
                Origin::Root(RootKind::Loop) => self.stats.interpreted.iterations += 1,
                Origin::Root(RootKind::Function) => self.stats.interpreted.calls += 1,
                _ => {}
            }
            if !info.entered {
                self.note_entered(root);
            }
        }
        if self.options.stress.is_some() {
            self.native.force_exit_in(1 + self.random.below(STRESS_INTERVAL));
        }
    }

    /// A root trace has been entered, by the interpreter or by a link from another one.
    fn note_entered(&mut self, root: TraceId) {
        if let Some(info) = self.traces.get_mut(root).filter(|info| !info.entered) {
            info.entered = true;
            match info.origin {
                Origin::Root(RootKind::Function) => self.stats.functions_entered += 1,
                Origin::Root(RootKind::Continuation) => self.stats.continuations_entered += 1,
                Origin::Root(RootKind::Loop) => self.stats.loops_entered += 1,
                Origin::Variant(_) | Origin::Join(_) | Origin::Side { .. } => {}
            }
        }
    }

    fn left(&mut self, vm: &mut Vm, left: Left) {
        match left {
            Left::Entry(trace) => {
                self.stats.entry_exits += 1;
                vm.pc = self.traces.entry(trace);
                self.poll();
                self.arrived_at_awaited_root(vm, trace);
                self.arrived_at_variant(vm, trace);
                self.arrived_at_join(vm, trace);
            }
            Left::Exit(trace, snap) => self.left_by_exit(vm, trace, snap),
        }
    }

    fn left_by_exit(&mut self, vm: &mut Vm, trace: TraceId, snap: SnapId) {
        let mut info = self.traces.get_mut(trace).expect("code of a removed trace does not run");
        if !info.entered {
            let root = info.root;
            self.note_entered(root);
            info = self.traces.get_mut(trace).expect("it has just been there");
            info.entered = true;
        }
        // Held until it has been compared: its address would be free for another trace's.
        let left = info.trace.clone();
        let exit = &mut info.exits[snap.index()];
        vm.pc = exit.pc;
        match exit.kind {
            ExitKind::Interrupt => {
                self.stats.interrupt_exits += 1;
                return;
            }
            ExitKind::Guard | ExitKind::Branch | ExitKind::Start => self.stats.guard_exits += 1,
            ExitKind::Leave => {
                // What comes now is the interpreter's; what comes behind it may be native again.
                self.stats.leave_exits += 1;
                exit.count += 1;
                if exit.count < backed_off(self.options.hot_exit, exit.failures) {
                    return;
                }
                (exit.count, exit.failures) = (0, exit.failures + 1);
                let resumes = info.resumes.clone();
                return self.expect_resumes(&resumes);
            }
        }
        exit.count += 1;
        self.poll();
        // Installing what the compiler has finished may have dropped the trace, or made it a region, whose exits are others.
        let Some(info) = self.traces.get(trace).filter(|info| Arc::ptr_eq(&info.trace, &left)) else {
            return;
        };
        let exit = &info.exits[snap.index()];
        let (count, failures) = (exit.count, exit.failures);
        let is_attached = exit.side.is_some();
        if count >= self.exit_count(failures) && !is_attached {
            if let Some(info) = self.traces.get_mut(trace) {
                info.exits[snap.index()].count = 0;
            }
            self.hot_exit(vm, trace, snap);
        }
    }
}
