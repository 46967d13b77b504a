//! The code around traces: the trampoline that enters one, the stub that leaves, and what keeps all registers for cold paths that
//! call helpers. (A call of the platform's convention, however cold, would make the register allocator keep in memory what lives
//! across it; doubles above all.)

use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;

use super::compiler::{ADDR, CodeBytes};
use crate::ir::{Helper, HelperAddrs};
use crate::layout;

/// The stubs' code; compiled once for each VM.
pub struct StubBytes {
    /// `extern "C" fn(vm, base, code) -> exit`: runs the trace at `code`.
    pub enter: CodeBytes,
    /// What exits without a side trace jump to.
    pub exit: CodeBytes,
    /// Called by the barrier's cold path: `(vm, object)`, keeps all registers.
    pub barrier: CodeBytes,
    /// The same for an element: `(vm, table, value)`.
    pub elem_barrier: CodeBytes,
    /// Called by cold allocations: `(vm, allocator, a, b, result)`, keeps all registers and puts where `result` points the object
    /// that the allocator makes of `a` and `b`.
    pub make: CodeBytes,
}

/// `(vm, base, exit) -> exit`, for everything that traces jump to.
pub(super) fn tail_signature() -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.extend([AbiParam::new(ADDR); 3]);
    signature.returns.push(AbiParam::new(ADDR));
    signature
}

pub(super) fn enter_signature(native: CallConv) -> Signature {
    let mut signature = tail_signature();
    signature.call_conv = native;
    signature
}

/// The VM, an object, and perhaps what it now holds.
pub(super) fn barrier_signature(helper: Helper) -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.resize(1 + helper.args().len(), AbiParam::new(ADDR));
    signature
}

pub(super) fn make_signature() -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.extend([AbiParam::new(ADDR); 5]);
    signature
}

pub(super) fn define_enter(builder: &mut FunctionBuilder) {
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let [vm, base, code] = builder.block_params(block)[..] else { unreachable!("three parameters") };
    let signature = builder.import_signature(tail_signature());
    let no_exit = builder.ins().iconst(ADDR, 0);
    let call = builder.ins().call_indirect(signature, code, &[vm, base, no_exit]);
    let exit = builder.inst_results(call)[0];
    builder.ins().return_(&[exit]);
}

pub(super) fn define_exit(builder: &mut FunctionBuilder) {
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let [vm, base, exit] = builder.block_params(block)[..] else { unreachable!("three parameters") };
    builder.ins().store(MemFlagsData::trusted(), base, vm, layout::vm::BASE);
    builder.ins().return_(&[exit]);
}

pub(super) fn define_barrier(
    builder: &mut FunctionBuilder,
    native: CallConv,
    helper: Helper,
    helpers: &HelperAddrs,
) {
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    // Without a collector (in tests) there is nothing to tell.
    if let Some(address) = helpers.get(helper) {
        let signature =
            builder.import_signature(Signature { call_conv: native, ..barrier_signature(helper) });
        let callee = builder.ins().iconst(ADDR, address as i64);
        let params = builder.block_params(block).to_vec();
        builder.ins().call_indirect(signature, callee, &params);
    }
    builder.ins().return_(&[]);
}

pub(super) fn define_make(builder: &mut FunctionBuilder, native: CallConv) {
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let [vm, allocator, a, b, result] = builder.block_params(block)[..] else {
        unreachable!("five parameters")
    };
    let mut signature = Signature::new(native);
    signature.params.extend([AbiParam::new(ADDR); 3]);
    signature.returns.push(AbiParam::new(ADDR));
    let signature = builder.import_signature(signature);
    let call = builder.ins().call_indirect(signature, allocator, &[vm, a, b]);
    let object = builder.inst_results(call)[0];
    builder.ins().store(MemFlagsData::trusted(), object, result, 0);
    builder.ins().return_(&[]);
}
