//! What a program asks of the engine through the library `jit`.
//!
//! The library's functions are no leaves, so no native code is running then (rule 2 of the engine).

use super::start::options;
use super::{Engine, flush, of};
use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::vm::{JitParameter, JitRequest};

use super::{sites, start};
use crate::ir::TraceId;
use crate::record::KnownLiveness;

/// Does what is asked, and says whether hot code is compiled then. While the engine is not built yet, there are only options.
pub(super) fn control(vm: &mut Vm, request: JitRequest) -> bool {
    match request {
        JitRequest::Status => {}
        JitRequest::On => set_enabled(vm, true),
        JitRequest::Off => {
            set_enabled(vm, false);
            if let Some(engine) = of(vm) {
                engine.stop_recording(vm);
            }
        }
        JitRequest::Flush => flush(vm),
        JitRequest::FlushTrace(n) => remove(vm, |engine| engine.traces.get(TraceId(n)).map(|_| TraceId(n))),
        JitRequest::FlushProto(proto) => remove(vm, |engine| engine.traces.of_proto(proto)),
        JitRequest::ShowLocals => {
            flush(vm);
            if let Some(engine) = of(vm) {
                engine.liveness = KnownLiveness::new(vm.shows_locals);
            }
        }
        JitRequest::Set(parameter, n) => set(vm, parameter, n),
    }
    options(vm).is_some_and(|options| options.enabled)
}

fn set_enabled(vm: &mut Vm, enabled: bool) {
    if let Some(options) = options(vm) {
        options.enabled = enabled;
    }
}

/// Removes traces, and gives up the recording under way, which may lead into one of them.
fn remove<T: IntoIterator<Item = TraceId>>(vm: &mut Vm, traces: impl FnOnce(&Engine) -> T) {
    let Some(engine) = of(vm) else { return };
    engine.stop_recording(vm);
    for id in traces(engine) {
        engine.remove(id);
    }
}

fn set(vm: &mut Vm, parameter: JitParameter, n: u32) {
    let Some(options) = options(vm) else { return };
    match parameter {
        JitParameter::HotLoop => options.hot_loop = n,
        JitParameter::HotExit => options.hot_exit = n,
        JitParameter::MaxTraces => options.max_traces = n as usize,
    }
    if parameter == JitParameter::HotLoop {
        let (loop_count, call_count) = start::counts(options);
        for proto in vm.protos.iter_mut().flatten() {
            sites::start_counters(proto, loop_count, call_count);
        }
        if let Some(engine) = of(vm) {
            engine.sites.set_counts(loop_count, call_count);
        }
    }
}
