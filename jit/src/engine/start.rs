//! Starting late: a state pays for its JIT when something in it is hot.
//!
//! [`attach`] only starts the counters and keeps the options. The first one to run out builds the engine, and the place that is
//! hot is handed on to it.

use super::{Engine, JitOptions, grow, sites};
use ferrous_lua_runtime::Vm;
use ferrous_lua_runtime::proto::Proto;
use ferrous_lua_runtime::vm::JitHooks;

/// What the VM owns until then.
struct Waiting(JitOptions);

/// Gives a VM a JIT, which is built when first something is hot. The VM must have been made with `Options::profile`, so that its
/// loops count. Where no executable memory is to be had then, the VM goes on without.
///
/// # Errors
///
/// A sentence saying why there can be none: the machine is not supported, or the VM does not count.
pub fn attach(vm: &mut Vm, options: JitOptions) -> Result<(), String> {
    if !vm.options.profile {
        return Err("the state was made without counters".into());
    }
    if !cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        return Err("there is no compiler for this machine".into());
    }
    let (loop_count, call_count) = counts(&options);
    for proto in vm.protos.iter_mut().flatten() {
        sites::start_counters(proto, loop_count, call_count);
    }
    vm.jit = JitHooks {
        hot_loop: |vm| start(vm, grow::hot_loop),
        hot_function: |vm| start(vm, grow::hot_function),
        new_proto,
        control: super::control::control,
        ..JitHooks::NONE
    };
    vm.jit_owner = Some(Box::new(Waiting(options)));
    Ok(())
}

/// How often loops run and functions are called before they are hot.
pub(super) fn counts(options: &JitOptions) -> (u32, u32) {
    (options.hot_loop.max(1), options.hot_call.max(1))
}

fn new_proto(vm: &mut Vm, proto: &mut Proto) {
    if let Some(Waiting(options)) = vm.jit_owner.as_ref().and_then(|owner| owner.downcast_ref()) {
        let (loop_count, call_count) = counts(options);
        sites::start_counters(proto, loop_count, call_count);
    }
}

/// The options of a VM's JIT, built or not.
pub(super) fn options(vm: &mut Vm) -> Option<&mut JitOptions> {
    if let Some(engine) = super::of(vm) {
        return Some(&mut engine.options);
    }
    let waiting: &mut Waiting = vm.jit_owner.as_mut()?.downcast_mut()?;
    Some(&mut waiting.0)
}

/// Builds the engine and hands the hot place on to it.
#[cold]
fn start(vm: &mut Vm, hot: fn(&mut Vm)) {
    let waiting = vm.jit_owner.take().and_then(|owner| owner.downcast::<Waiting>().ok());
    vm.jit = JitHooks::NONE;
    let Some(waiting) = waiting else { return };
    if Engine::build(vm, waiting.0).is_ok() {
        hot(vm);
    }
}
