//! The compiler: one Cranelift context, used for trace after trace.

use std::sync::Arc;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Signature, SourceLoc, Type, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::{Context, FinalizedMachReloc};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::body::{Body, Exits};
use super::exits::ExitPlan;
use super::rebuild::Rebuilds;
use super::uses::Uses;
use super::{StubBytes, isa, stubs};
use crate::caught::caught;
use crate::ir::{Helper, HelperAddrs, Trace, TraceId};

/// Addresses that a trace's code refers to. They must stay good for as long as the code lives.
#[derive(Clone, Debug)]
pub struct LinkInfo {
    pub trace: TraceId,
    /// The trace's exit table: as many code addresses as it has snapshots.
    pub exit_table: usize,
    /// May exits on the way to this trace have made objects, so that a collection can be due in it?
    pub after_rebuilding: bool,
    /// The trace that this one goes on to at its end, if it does.
    pub target: Option<LinkTarget>,
    pub helpers: Arc<HelperAddrs>,
    /// The address of [`StubBytes::exit`], once placed.
    pub exit_stub: usize,
    /// The address of [`StubBytes::barrier`], once placed.
    pub barrier_thunk: usize,
    /// The address of [`StubBytes::elem_barrier`], once placed.
    pub elem_barrier_thunk: usize,
    /// The address of [`StubBytes::make`], once placed.
    pub make_thunk: usize,
    pub stress: Option<Stress>,
}

/// A trace to go on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkTarget {
    pub trace: TraceId,
    /// The cell with its code address.
    pub cell: usize,
}

/// The exit number that means: not left by an exit, but about to enter a trace that has been unlinked.
pub const ENTRY_EXIT: u32 = u32::MAX;

/// Forced guard failures, for testing: before each guard, the 32-bit cell at this address is decremented,
/// and at zero the guard fails whatever its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stress {
    pub countdown_cell: usize,
}

/// Finished code, to be copied to executable memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBytes {
    pub bytes: Vec<u8>,
    pub align: usize,
    /// Where its loop starts, if it has one.
    pub loop_start: Option<usize>,
    /// The CLIF text and the disassembly, if asked for.
    pub listing: Option<Listing>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub clif: String,
    pub vcode: String,
}

/// Why a trace could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// Cranelift refused, which is a fault of ours.
    Codegen(String),
    /// The trace calls a helper whose address is not known.
    NoHelper(&'static str),
    /// The code refers to something by a relocation (rule 4).
    Relocation(String),
    /// The compiler panicked, which is a fault as well.
    Panic,
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::Codegen(message) => write!(f, "cranelift: {message}"),
            CompileError::NoHelper(name) => write!(f, "helper {name} has no address"),
            CompileError::Relocation(what) => write!(f, "unexpected relocation {what}"),
            CompileError::Panic => f.write_str("panic"),
        }
    }
}

impl std::error::Error for CompileError {}

/// Compiles traces. Can be sent to another thread.
pub struct Compiler {
    isa: OwnedTargetIsa,
    context: Context,
    builder_context: FunctionBuilderContext,
    /// Whether to keep listings.
    pub listings: bool,
}

impl Compiler {
    /// A compiler for the machine that this runs on.
    ///
    /// # Errors
    ///
    /// A sentence saying why the machine is not supported.
    pub fn new() -> Result<Compiler, String> {
        Ok(Compiler {
            isa: isa::host()?,
            context: Context::new(),
            builder_context: FunctionBuilderContext::new(),
            listings: false,
        })
    }

    /// Compiles a finished trace.
    ///
    /// # Errors
    ///
    /// See [`CompileError`]; the compiler can be used again afterwards.
    pub fn compile(&mut self, trace: &Trace, link: &LinkInfo) -> Result<CodeBytes, CompileError> {
        self.attempt(|compiler| compiler.compile_trace(trace, link))
    }

    fn compile_trace(&mut self, trace: &Trace, link: &LinkInfo) -> Result<CodeBytes, CompileError> {
        let plan = ExitPlan::new(trace);
        let rebuilds = Rebuilds::new(trace, &plan);
        let uses = Uses::new(trace, &plan, &rebuilds);
        self.context.func.signature = stubs::tail_signature();
        let mut builder = FunctionBuilder::new(&mut self.context.func, &mut self.builder_context);
        Body::new(trace, Exits { plan: &plan, rebuilds: &rebuilds }, &uses, link, &*self.isa, &mut builder)
            .emit()?;
        builder.seal_all_blocks();
        builder.finalize(self.isa.frontend_config());
        self.finish()
    }

    /// Compiles the code that enters and leaves traces.
    ///
    /// # Errors
    ///
    /// As [`Compiler::compile`].
    pub fn compile_stubs(&mut self, helpers: &HelperAddrs) -> Result<StubBytes, CompileError> {
        let native = self.isa.default_call_conv();
        Ok(StubBytes {
            enter: self.compile_stub(stubs::enter_signature(native), stubs::define_enter)?,
            exit: self.compile_stub(stubs::tail_signature(), stubs::define_exit)?,
            barrier: self.compile_barrier(Helper::BarrierBack, helpers)?,
            elem_barrier: self.compile_barrier(Helper::BarrierForward, helpers)?,
            make: self.compile_stub(stubs::make_signature(), |b| stubs::define_make(b, native))?,
        })
    }

    fn compile_barrier(&mut self, helper: Helper, helpers: &HelperAddrs) -> Result<CodeBytes, CompileError> {
        let native = self.isa.default_call_conv();
        self.compile_stub(stubs::barrier_signature(helper), |b| {
            stubs::define_barrier(b, native, helper, helpers);
        })
    }

    fn compile_stub(
        &mut self,
        signature: Signature,
        define: impl FnOnce(&mut FunctionBuilder),
    ) -> Result<CodeBytes, CompileError> {
        self.attempt(|compiler| {
            compiler.context.func.signature = signature;
            let mut builder = FunctionBuilder::new(&mut compiler.context.func, &mut compiler.builder_context);
            define(&mut builder);
            builder.seal_all_blocks();
            builder.finalize(compiler.isa.frontend_config());
            compiler.finish()
        })
    }

    /// Compiles one function. Where that fails, what is left of the function in the contexts is thrown away; Cranelift checks some of its
    /// rules by panicking, and so do we.
    fn attempt(
        &mut self,
        work: impl FnOnce(&mut Compiler) -> Result<CodeBytes, CompileError>,
    ) -> Result<CodeBytes, CompileError> {
        let result = caught(Err(CompileError::Panic), || work(self));
        if result.is_ok() {
            self.context.clear();
        } else {
            self.context = Context::new();
            self.builder_context = FunctionBuilderContext::new();
        }
        result
    }

    fn finish(&mut self) -> Result<CodeBytes, CompileError> {
        self.context.set_disasm(self.listings);
        let clif = self.listings.then(|| self.context.func.display().to_string());
        let code = self
            .context
            .compile(&*self.isa, &mut ControlPlane::default())
            .map_err(|error| CompileError::Codegen(format!("{error:?}")))?;
        if let Some(reloc) = code.buffer.relocs().first() {
            return Err(CompileError::Relocation(describe(reloc)));
        }
        let start_of =
            |line| code.buffer.get_srclocs_sorted().iter().find(|at| at.loc == line).map(|at| at.start);
        Ok(CodeBytes {
            bytes: code.buffer.data().to_vec(),
            align: code.buffer.alignment as usize,
            loop_start: start_of(SourceLoc::new(LOOP)).map(|start| start as usize),
            listing: clif.map(|clif| Listing { clif, vcode: code.vcode.clone().unwrap_or_default() }),
        })
    }
}

fn describe(reloc: &FinalizedMachReloc) -> String {
    format!("{:?} at {}", reloc.kind, reloc.offset)
}

/// What the instructions of a loop, which is placed with care, name as their source.
pub(super) const LOOP: u32 = 0;

/// The type of addresses.
pub(super) const ADDR: Type = types::I64;
