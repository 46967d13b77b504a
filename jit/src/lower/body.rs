//! The body of a trace: IR instruction by instruction to CLIF.
//!
//! Values live in CLIF values held by `env`. Constants and addresses are made where they are used: they
//! become immediates and addressing modes. A guard is a `brif` whose failing side is a cold block, shared
//! by the guards with the same snapshot and filled in at the end.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, InstBuilder, MemFlagsData, SigRef, Signature, StackSlot, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::FunctionBuilder;
use ferrous_lua_runtime::frame;
use rustc_hash::FxHashMap;

use super::compiler::{ADDR, CompileError, ENTRY_EXIT, LinkInfo};
use super::exits::ExitPlan;
use super::leave::PendingExit;
use super::loops::BackEdge;
use super::rebuild::Rebuilds;
use super::schedule::Schedule;
use super::stubs;
use super::uses::Uses;
use crate::ir::{
    Effect, ExitKind, Helper, HelperEffect, Instr, IrRef, Op, Segments, SnapId, Tail, Trace, Ty,
};
use crate::layout::{self, boxing};

pub(super) struct Body<'a, 'f> {
    pub trace: &'a Trace,
    pub segments: Segments,
    schedule: Schedule,
    pub plan: &'a ExitPlan,
    pub rebuilds: &'a Rebuilds,
    pub uses: &'a Uses,
    pub link: &'a LinkInfo,
    pub builder: &'a mut FunctionBuilder<'f>,
    native: CallConv,
    /// Where cold allocators put their results.
    pub made: Option<StackSlot>,
    /// Are floor and ceil one instruction?
    pub rounds: bool,
    pub is_x64: bool,
    /// Can the trace bring a collection about?
    allocates: bool,
    pub vm: Value,
    pub base: Value,
    pub env: Vec<Option<Value>>,
    /// What the phis' values were before the loop.
    pub before_loop: FxHashMap<IrRef, Value>,
    /// Doubles that the loop needs in registers, by their bits.
    pub loop_nums: FxHashMap<u64, Value>,
    /// Boxed constants that the loop stores, likewise.
    pub loop_words: FxHashMap<u64, Value>,
    /// The header of the loop, once its marker has been passed.
    pub header: Option<Block>,
    /// How the loop ends; under stress each guard stands for itself.
    pub back_edge: Option<BackEdge>,
    /// The back-edge of a region's trunk has been emitted.
    pub trunk_is_done: bool,
    /// Where the branches of a region begin.
    pub branch_blocks: FxHashMap<SnapId, Block>,
    /// Up to where the counter may go before the next look for interrupts.
    pub limit: Option<Value>,
    /// While a block of exits is being filled: values computed in it, and on which side of the marker their
    /// guards are.
    exit_values: Option<FxHashMap<IrRef, Value>>,
    exit_is_before: bool,
    pub exits: Vec<PendingExit>,
    pub exit_blocks: FxHashMap<SnapId, Block>,
    helper_signatures: FxHashMap<Helper, SigRef>,
}

/// What exits do.
#[derive(Clone, Copy)]
pub(super) struct Exits<'a> {
    pub plan: &'a ExitPlan,
    pub rebuilds: &'a Rebuilds,
}

pub(super) type Emitted<T> = Result<T, CompileError>;

impl<'a, 'f> Body<'a, 'f> {
    pub fn new(
        trace: &'a Trace,
        exits: Exits<'a>,
        uses: &'a Uses,
        link: &'a LinkInfo,
        isa: &dyn TargetIsa,
        builder: &'a mut FunctionBuilder<'f>,
    ) -> Self {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let [vm, base, _exit] = builder.block_params(entry)[..] else { unreachable!("three parameters") };
        let is_x64 = isa.triple().architecture == target_lexicon::Architecture::X86_64;
        let has_sse41 =
            isa.isa_flags().iter().any(|flag| flag.name == "has_sse41" && flag.as_bool() == Some(true));
        // Of a way through several traces any may have allocated: all of them may come round by this one's link only.
        let joins = matches!(trace.tail, Tail::Link(..));
        let allocates = link.after_rebuilding || joins || has_allocation(trace);
        let back_edge = if link.stress.is_none() { BackEdge::of(trace, !allocates) } else { None };
        let segments = Segments::of(trace);
        Body {
            trace,
            schedule: Schedule::new(trace, &segments, exits.plan, exits.rebuilds, uses),
            segments,
            plan: exits.plan,
            rebuilds: exits.rebuilds,
            uses,
            link,
            builder,
            native: isa.default_call_conv(),
            made: None,
            rounds: !is_x64 || has_sse41,
            is_x64,
            allocates,
            vm,
            base,
            env: vec![None; trace.instrs.len()],
            before_loop: FxHashMap::default(),
            loop_nums: FxHashMap::default(),
            loop_words: FxHashMap::default(),
            header: None,
            back_edge,
            trunk_is_done: false,
            branch_blocks: FxHashMap::default(),
            limit: None,
            exit_values: None,
            exit_is_before: true,
            exits: Vec::new(),
            exit_blocks: FxHashMap::default(),
            helper_signatures: FxHashMap::default(),
        }
    }

    /// Emits the whole function.
    pub fn emit(mut self) -> Emitted<()> {
        for index in 0..self.trace.instrs.len() {
            let (at, instr) = (IrRef::instr(index), self.trace.instrs[index]);
            for index in 0..self.schedule.before(at).len() {
                let waiting = self.schedule.before(at)[index];
                self.env[waiting.index()] = self.instr(waiting, self.trace.instrs[waiting.index()])?;
            }
            for entry in self.plan.writes_before(at) {
                self.store_slot(entry.slot, entry.val)?;
            }
            if self.schedule.waits(at)
                || self.uses.is_sunk(at)
                || self.back_edge.is_some_and(|edge| edge.contains(at))
            {
                continue;
            }
            if instr.op.can_exit() {
                self.stress_guard(instr.snap);
            }
            self.env[index] = self.instr(at, instr)?;
        }
        self.tail()?;
        self.fill_exits()
    }

    // ---- Values ------------------------------------------------------------------------------

    /// The value of `r`, in the form of its type.
    pub fn val(&mut self, r: IrRef) -> Emitted<Value> {
        if let Some(k) = self.trace.const_of(r) {
            return Ok(match k.ty {
                // An exit from before the loop does not come by where these were loaded.
                Ty::Num => match self.loop_nums.get(&k.bits) {
                    Some(value) if self.exit_values.is_none() || !self.exit_is_before => *value,
                    _ => self.builder.ins().f64const(f64::from_bits(k.bits)),
                },
                Ty::Shape => self.builder.ins().iconst(types::I32, k.bits as i64),
                Ty::Nil | Ty::False | Ty::True => self.int_const(boxing::constant(k.ty, k.bits)),
                _ => self.int_const(k.bits),
            });
        }
        if self.exit_values.is_some() {
            let before = if self.exit_is_before { self.before_loop.get(&r) } else { None };
            let known = before.or_else(|| self.exit_values.as_ref().and_then(|values| values.get(&r)));
            if let Some(value) = known {
                return Ok(*value);
            }
            if self.uses.is_sunk(r) {
                let value = self.instr(r, self.trace.instrs[r.index()])?;
                let value = value.expect("sunk operations have values");
                self.exit_values.as_mut().expect("in an exit").insert(r, value);
                return Ok(value);
            }
        }
        match self.env[r.index()] {
            Some(value) => Ok(value),
            None => self.place_address(r),
        }
    }

    /// Is an exit's block being filled?
    pub fn is_in_exit(&self) -> bool {
        self.exit_values.is_some()
    }

    /// Has the loop's marker been passed?
    pub fn is_in_loop(&self) -> bool {
        self.header.is_some()
    }

    /// Begins to fill a block of an exit before the loop marker, or behind it.
    pub fn begin_exit_values(&mut self, before_loop: bool) {
        self.exit_values = Some(FxHashMap::default());
        self.exit_is_before = before_loop;
    }

    /// Makes objects that only exits make.
    pub fn rebuild(&mut self, parts: &[IrRef]) -> Emitted<()> {
        for part in parts {
            if let Some(value) = self.instr(*part, self.trace.instrs[part.index()])? {
                self.exit_values.as_mut().expect("in an exit").insert(*part, value);
            }
        }
        Ok(())
    }

    /// The address that a reference to a field or an element is, where it is used as a value.
    fn place_address(&mut self, r: IrRef) -> Emitted<Value> {
        debug_assert!(
            matches!(self.trace.instrs[r.index()].op, Op::FieldRef | Op::ElemRef | Op::UpvalRef),
            "operands are emitted before their users"
        );
        let (address, offset) = self.address(r)?;
        Ok(if offset == 0 { address } else { self.builder.ins().iadd_imm_s(address, i64::from(offset)) })
    }

    pub fn int_const(&mut self, bits: u64) -> Value {
        self.builder.ins().iconst(types::I64, bits as i64)
    }

    /// Two operands.
    pub fn vals(&mut self, instr: Instr) -> Emitted<(Value, Value)> {
        Ok((self.val(instr.a)?, self.val(instr.b)?))
    }

    // ---- Instructions ------------------------------------------------------------------------

    fn instr(&mut self, at: IrRef, instr: Instr) -> Emitted<Option<Value>> {
        let value = match instr.op {
            Op::Nop | Op::Phi => return Ok(None),
            Op::Loop => return self.loop_header(at).map(|()| None),
            Op::Carry => return Ok(self.env[at.index()]),
            Op::Next => {
                let list = instr.list().expect("a back-edge has its values");
                return self.next_round(list).map(|()| None);
            }
            Op::Branch => {
                self.begin_branch(SnapId(instr.a.raw() as u16));
                return Ok(None);
            }
            Op::SLoad | Op::StackLoad => self.load_slot(at, instr)?,
            Op::StackStore => return self.store_slot(instr.slot(), instr.b).map(|()| None),
            Op::BasePtr => self.base,
            Op::SlotPtr => self.slot_address(instr),
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Min | Op::Max | Op::Neg | Op::Abs | Op::Mod => {
                self.arith(instr)?
            }
            Op::Sqrt => {
                let a = self.val(instr.a)?;
                self.builder.ins().sqrt(a)
            }
            Op::Floor | Op::Ceil => {
                let a = self.val(instr.a)?;
                self.round(instr.op, a)?
            }
            Op::Pow => {
                let (a, b) = self.vals(instr)?;
                self.call_helper(Helper::Pow, &[a, b])?.expect("pow gives a number")
            }
            Op::AddOv | Op::SubOv | Op::MulOv => self.checked_arith(instr)?,
            Op::CheckInt => {
                let a = self.val(instr.a)?;
                return self.guard_fits_32(a, instr.snap).map(|()| None);
            }
            Op::ToBit | Op::IntToBit | Op::BNot | Op::BAnd | Op::BOr | Op::BXor | Op::Shl | Op::Shr => {
                self.bits_op(instr)?
            }
            Op::Sar | Op::Rol | Op::Ror | Op::BSwap => self.bits_op(instr)?,
            Op::IntToNum => {
                let a = self.val(instr.a)?;
                self.builder.ins().fcvt_from_sint(types::F64, a)
            }
            Op::NumToInt => self.num_to_int(instr)?,
            Op::Box => self.boxed_bits(instr.a)?,
            Op::Unbox => self.unbox(instr)?,
            Op::UnboxNum => self.unbox_num(instr)?,
            Op::Truthy | Op::Falsy => return self.truth_guard(instr).map(|()| None),
            Op::Lt | Op::Le | Op::NotLt | Op::NotLe | Op::Eq | Op::Ne | Op::InBounds => {
                let condition = self.comparison(instr)?;
                self.guard(condition, instr.snap);
                return Ok(None);
            }
            Op::CellZero => {
                let cell = self.val(instr.a)?;
                return self.guard_zero_cell(cell, 0, instr.snap).map(|()| None);
            }
            Op::StackRoom => {
                let limit = self.load(ADDR, self.vm, layout::vm::STACK_LIMIT);
                let end = self
                    .builder
                    .ins()
                    .iadd_imm_s(self.base, i64::from(instr.slot()) * i64::from(layout::VALUE));
                let fits = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, limit);
                self.guard(fits, instr.snap);
                return Ok(None);
            }
            // The jump to another trace looks itself.
            Op::Interrupt if self.is_at_link(at) => return Ok(None),
            Op::Interrupt => {
                let wanted = self.attention();
                let nothing = self.builder.ins().icmp_imm_s(IntCC::Equal, wanted, 0);
                self.guard(nothing, instr.snap);
                return Ok(None);
            }
            Op::TabShape => self.load_at(types::I32, instr.a, layout::table::SHAPE)?,
            Op::SetShape => {
                let (table, shape) = self.vals(instr)?;
                self.store(shape, table, layout::table::SHAPE);
                return Ok(None);
            }
            Op::MarkMeta => {
                let table = self.val(instr.a)?;
                let flags = self.load_u8(table, layout::header::GC);
                let flags = self.builder.ins().bor_imm_s(flags, layout::header::HAS_METATABLE);
                self.builder.ins().istore8(MemFlagsData::trusted(), flags, table, layout::header::GC);
                return Ok(None);
            }
            Op::SlotsPtr => self.slots_of(at, instr.a)?,
            Op::SlotCap => self.load_u16(instr.a, layout::table::SLOT_CAP)?,
            // Made by the loads and stores that use them, as addressing modes.
            Op::FieldRef | Op::ElemRef | Op::UpvalRef => return Ok(None),
            Op::FieldLoad | Op::ElemLoad | Op::DictLoad | Op::UpvalLoad => self.load_value(at, instr.a)?,
            Op::FieldStore | Op::ElemStore | Op::DictStore | Op::UpvalStore | Op::UpvalInit => {
                return self.store_value(instr.a, instr.b).map(|()| None);
            }
            Op::ArrayPtr => self.load_at(ADDR, instr.a, layout::table::ARRAY)?,
            Op::ArraySize => self.load_u32(instr.a, layout::table::ASIZE)?,
            Op::ArrayCap => self.load_u32(instr.a, layout::table::ACAP)?,
            Op::TabDict => self.load_at(ADDR, instr.a, layout::table::DICT)?,
            Op::DictFind => self.dict_find(instr)?,
            Op::SlotFind => self.slot_find(instr)?,
            Op::SetArraySize => {
                let (table, size) = self.vals(instr)?;
                let size = self.builder.ins().ireduce(types::I32, size);
                self.store(size, table, layout::table::ASIZE);
                return Ok(None);
            }
            Op::NewTable => self.new_table(at, instr)?,
            Op::NewClosure => self.new_closure(at, instr)?,
            Op::Barrier => return self.barrier(instr.a).map(|()| None),
            Op::ElemBarrier => return self.elem_barrier(instr.a, instr.b).map(|()| None),
            Op::CountTailCall => {
                let word = self.boxed_bits(instr.a)?;
                let last = self.builder.ins().iconst(types::I64, frame::MOST_TAIL_CALLS as i64);
                let counts = self.builder.ins().icmp(IntCC::UnsignedLessThan, word, last);
                let more = self.builder.ins().iconst(types::I64, frame::TAIL_CALL as i64);
                let more_word = self.builder.ins().iadd(word, more);
                self.builder.ins().select(counts, more_word, word)
            }
            Op::ReturnAddress => {
                let word = self.boxed_bits(instr.a)?;
                let address = self.int_const(frame::TAIL_CALL - 1);
                self.builder.ins().band(word, address)
            }
            Op::FuncProto => self.load_at(ADDR, instr.a, layout::function::PROTO)?,
            Op::FuncEnv => self.load_at(ADDR, instr.a, layout::function::ENV)?,
            Op::UpvalConst | Op::UpvalCell => {
                let ty = if instr.op == Op::UpvalConst { self.any_repr(at) } else { ADDR };
                self.load_at(ty, instr.a, layout::function::UPVALUES + instr.lit() as i32 * layout::VALUE)?
            }
            Op::CellPtr => self.load_at(ADDR, instr.a, layout::cell::V)?,
            Op::CellApart => {
                let variable = self.load_at(ADDR, instr.a, layout::cell::V)?;
                let first = self.val(instr.b)?;
                let limit = self.load(ADDR, self.vm, layout::vm::STACK_LIMIT);
                let end = self.builder.ins().iadd_imm_s(limit, layout::STACK_SLACK);
                let distance = self.builder.ins().isub(variable, first);
                let extent = self.builder.ins().isub(end, first);
                let apart = self.builder.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, distance, extent);
                self.guard(apart, instr.snap);
                return Ok(None);
            }
            Op::StrLen => self.load_u32(instr.a, layout::string::LEN)?,
            Op::Interned => {
                let string = self.val(instr.a)?;
                let flags = self.load_u8(string, layout::header::GC);
                let interned = self.builder.ins().band_imm_s(flags, layout::header::INTERNED);
                self.guard(interned, instr.snap);
                return Ok(None);
            }
            Op::StrByte => {
                let (string, index) = self.vals(instr)?;
                let address = self.builder.ins().iadd(string, index);
                self.load_u8(address, layout::string::BYTES)
            }
            Op::VmLoad => self.load_vm(instr),
            Op::Tick => {
                let counter = self.val(instr.a)?;
                let count = self.load(types::I64, counter, 0);
                let count = self.builder.ins().iadd_imm_s(count, 1);
                self.store(count, counter, 0);
                return Ok(None);
            }
            Op::Call => {
                let (args, helper) = instr.call();
                let args = args_of(self, args)?;
                return self.call_helper(helper, &args);
            }
        };
        Ok(Some(value))
    }

    fn slot_address(&mut self, instr: Instr) -> Value {
        self.builder.ins().iadd_imm_s(self.base, i64::from(instr.slot()) * i64::from(layout::VALUE))
    }

    // ---- Conversions and guards ----------------------------------------------------------------

    pub fn bitcast(&mut self, ty: Type, value: Value) -> Value {
        let flags = cranelift_codegen::ir::MemFlagsData::new();
        self.builder.ins().bitcast(ty, flags, value)
    }

    fn unbox(&mut self, instr: Instr) -> Emitted<Value> {
        let bits = self.boxed_bits(instr.a)?;
        if let Some(primitive) = boxing::primitive(instr.ty) {
            let expected = self.int_const(primitive);
            let same = self.builder.ins().icmp(IntCC::Equal, bits, expected);
            self.guard(same, instr.snap);
            return Ok(bits);
        }
        if let Some(tag) = boxing::tag(instr.ty) {
            // Untags and checks at once: a wrong tag leaves high bits. (A shift would keep both alive, at the cost of a move.)
            let tag = self.int_const(tag);
            let pointer = self.builder.ins().isub(bits, tag);
            let limit = self.int_const(1 << boxing::PAYLOAD_BITS);
            let clean = self.builder.ins().icmp(IntCC::UnsignedLessThan, pointer, limit);
            self.guard(clean, instr.snap);
            return Ok(pointer);
        }
        let first_tagged = self.int_const(boxing::FIRST_TAG << boxing::PAYLOAD_BITS);
        let is_num = self.builder.ins().icmp(IntCC::UnsignedLessThan, bits, first_tagged);
        self.guard(is_num, instr.snap);
        Ok(self.bitcast(types::F64, bits))
    }

    /// Every tagged value is a NaN, so one comparison with itself tells numbers apart.
    fn unbox_num(&mut self, instr: Instr) -> Emitted<Value> {
        let value = self.val(instr.a)?;
        let num = match self.builder.func.dfg.value_type(value) {
            types::F64 => value,
            _ => self.bitcast(types::F64, value),
        };
        let ordered = self.builder.ins().fcmp(FloatCC::Ordered, num, num);
        self.guard(ordered, instr.snap);
        Ok(num)
    }

    fn truth_guard(&mut self, instr: Instr) -> Emitted<()> {
        let bits = self.boxed_bits(instr.a)?;
        let nil = self.int_const(boxing::NIL);
        let distance = self.builder.ins().isub(bits, nil);
        let cc =
            if instr.op == Op::Truthy { IntCC::UnsignedGreaterThan } else { IntCC::UnsignedLessThanOrEqual };
        let condition = self.builder.ins().icmp_imm_s(cc, distance, 1);
        self.guard(condition, instr.snap);
        Ok(())
    }

    fn comparison(&mut self, instr: Instr) -> Emitted<Value> {
        let ty = self.trace.ty(instr.a);
        let (a, b) = if ty == Ty::Any {
            (self.boxed_bits(instr.a)?, self.boxed_bits(instr.b)?)
        } else {
            self.vals(instr)?
        };
        if ty == Ty::Num {
            let cc = match instr.op {
                Op::Lt => FloatCC::LessThan,
                Op::Le => FloatCC::LessThanOrEqual,
                Op::NotLt => FloatCC::UnorderedOrGreaterThanOrEqual,
                Op::NotLe => FloatCC::UnorderedOrGreaterThan,
                Op::Eq => FloatCC::Equal,
                _ => FloatCC::NotEqual,
            };
            return Ok(self.builder.ins().fcmp(cc, a, b));
        }
        let cc = match instr.op {
            Op::Lt => IntCC::SignedLessThan,
            Op::Le => IntCC::SignedLessThanOrEqual,
            Op::NotLt => IntCC::SignedGreaterThanOrEqual,
            Op::NotLe => IntCC::SignedGreaterThan,
            Op::InBounds => IntCC::UnsignedLessThan,
            Op::Eq => IntCC::Equal,
            _ => IntCC::NotEqual,
        };
        Ok(self.builder.ins().icmp(cc, a, b))
    }

    fn guard_zero_cell(&mut self, address: Value, offset: i32, snap: SnapId) -> Emitted<()> {
        let cell = self.load(types::I32, address, offset);
        let zero = self.builder.ins().icmp_imm_s(IntCC::Equal, cell, 0);
        self.guard(zero, snap);
        Ok(())
    }

    /// Goes on if the condition holds, leaves otherwise.
    pub fn guard(&mut self, condition: Value, snap: SnapId) {
        let exit = self.exit_block(snap);
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, next, &[], exit, &[]);
        self.builder.switch_to_block(next);
    }

    /// Is this the last instruction of a trace that goes on in another one, or at its own beginning?
    fn is_at_link(&self, at: IrRef) -> bool {
        matches!(self.trace.tail, Tail::Link(..) | Tail::Again(_))
            && at.index() + 1 == self.trace.instrs.len()
    }

    fn stress_guard(&mut self, snap: SnapId) {
        let Some(stress) = self.link.stress else { return };
        if self.trace.snap(snap).kind == ExitKind::Branch {
            return;
        }
        let cell = self.int_const(stress.countdown_cell as u64);
        let count = self.load(types::I32, cell, 0);
        let count = self.builder.ins().iadd_imm_s(count, -1);
        self.store(count, cell, 0);
        self.guard(count, snap);
    }

    // ---- Calls -------------------------------------------------------------------------------

    pub fn call_helper(&mut self, helper: Helper, args: &[Value]) -> Emitted<Option<Value>> {
        let address = self.link.helpers.get(helper).ok_or(CompileError::NoHelper(helper.name()))?;
        let native = self.native;
        let signature = match self.helper_signatures.get(&helper) {
            Some(signature) => *signature,
            None => {
                let signature = self.builder.import_signature(helper_signature(helper, native));
                self.helper_signatures.insert(helper, signature);
                signature
            }
        };
        let callee = self.int_const(address as u64);
        let mut all = vec![self.vm];
        all.extend_from_slice(args);
        let call = self.builder.ins().call_indirect(signature, callee, &all);
        Ok(self.builder.inst_results(call).first().copied())
    }

    fn barrier(&mut self, object: IrRef) -> Emitted<()> {
        let object = self.val(object)?;
        let next = self.begin_if_black(object);
        self.call_barrier(Helper::BarrierBack, self.link.barrier_thunk, &[object]);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
        Ok(())
    }

    fn elem_barrier(&mut self, table: IrRef, child: IrRef) -> Emitted<()> {
        let is_object = self.trace.ty(child).is_object();
        let table = self.val(table)?;
        let next = self.begin_if_black(table);
        let child = self.boxed_bits(child)?;
        if !is_object {
            let call = self.builder.create_block();
            self.builder.set_cold_block(call);
            let least = self.int_const(ferrous_lua_runtime::Value::MIN_COLLECTABLE);
            let collectable = self.builder.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, child, least);
            self.builder.ins().brif(collectable, call, &[], next, &[]);
            self.builder.switch_to_block(call);
        }
        self.call_barrier(Helper::BarrierForward, self.link.elem_barrier_thunk, &[table, child]);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
        Ok(())
    }

    /// Goes to a cold block, which is begun, if the object is black; else to the one that this gives.
    fn begin_if_black(&mut self, object: Value) -> Block {
        let flags = self.load_u8(object, layout::header::GC);
        let black = self.builder.ins().band_imm_s(flags, layout::header::BLACK);
        let (slow, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(slow);
        self.builder.ins().brif(black, slow, &[], next, &[]);
        self.builder.switch_to_block(slow);
        next
    }

    fn call_barrier(&mut self, helper: Helper, thunk: usize, args: &[Value]) {
        let signature = self.builder.import_signature(stubs::barrier_signature(helper));
        let callee = self.int_const(thunk as u64);
        let all: Vec<Value> = std::iter::once(self.vm).chain(args.iter().copied()).collect();
        self.builder.ins().call_indirect(signature, callee, &all);
    }

    // ---- Tail ----------------------------------------------------------------------------------

    fn tail(&mut self) -> Emitted<()> {
        match self.trace.tail {
            Tail::Open => unreachable!("a trace is closed before it is compiled"),
            // Each segment has its own.
            Tail::Loop if self.trace.is_region() => {}
            Tail::Loop => {
                let mut args: Vec<BlockArg> = Vec::new();
                for phi in self.phis() {
                    args.push(self.phi_value(phi.b)?.into());
                }
                if let Some(edge) = self.back_edge {
                    return self.jump_back(edge, args);
                }
                let header = self.header.expect("the verifier saw the marker");
                self.builder.ins().jump(header, &args);
            }
            Tail::Leave(snap) => {
                let exit = self.exit_block(snap);
                self.builder.ins().jump(exit, &[]);
            }
            Tail::Again(snap) | Tail::Link(_, snap) => {
                for entry in self.plan.stores(snap) {
                    self.store_slot(entry.slot, entry.val)?;
                }
                let base = self.base_of(snap);
                let target = self.link.target.expect("a linked trace comes with its target");
                let cell = self.int_const(target.cell as u64);
                let entry = self.int_const(u64::from(target.trace.0) << 32 | u64::from(ENTRY_EXIT));
                // If the VM wants attention, leave as if the target were not linked.
                let wanted = self.attention();
                let linked = self.load(ADDR, cell, 0);
                let stub = self.int_const(self.link.exit_stub as u64);
                let callee = self.builder.ins().select(wanted, stub, linked);
                self.leave_to(callee, base, entry);
            }
        }
        Ok(())
    }

    /// Not zero if the VM wants native code to be left at a back-edge: for an interrupt, or for a collection, which only what
    /// allocates can have brought about: this trace, or one that leads here.
    pub fn attention(&mut self) -> Value {
        let interrupt = self.load(types::I32, self.vm, layout::vm::INTERRUPT);
        if !self.allocates {
            return interrupt;
        }
        let collection = self.load(types::I32, self.vm, layout::vm::GC_REQUESTED);
        self.builder.ins().bor(interrupt, collection)
    }

    fn base_of(&mut self, snap: SnapId) -> Value {
        match self.trace.snap(snap).base {
            0 => self.base,
            delta => self.builder.ins().iadd_imm_s(self.base, i64::from(delta) * i64::from(layout::VALUE)),
        }
    }
}

fn args_of(body: &mut Body, args: crate::ir::ArgsId) -> Emitted<Vec<Value>> {
    let trace = body.trace;
    trace
        .args(args)
        .iter()
        .map(|arg| if trace.ty(*arg) == Ty::Any { body.boxed_bits(*arg) } else { body.val(*arg) })
        .collect()
}

/// Does the hot path make objects, or call what may?
fn has_allocation(trace: &Trace) -> bool {
    let allocates = |(index, instr): (usize, &Instr)| match instr.op.effect() {
        Effect::Alloc => !trace.is_sunk(IrRef::instr(index)),
        Effect::Call => matches!(instr.call().1.effect(), HelperEffect::Write(_)),
        _ => false,
    };
    trace.instrs.iter().enumerate().any(allocates)
}

/// How a value of this type is held.
pub(super) fn clif_type(ty: Ty) -> Type {
    match ty {
        Ty::Num => types::F64,
        Ty::Shape => types::I32,
        _ => types::I64,
    }
}

fn helper_signature(helper: Helper, native: CallConv) -> Signature {
    let mut signature = Signature::new(native);
    signature.params.push(AbiParam::new(ADDR));
    signature.params.extend(helper.args().iter().map(|ty| AbiParam::new(clif_type(*ty))));
    if helper.ret() != Ty::None {
        signature.returns.push(AbiParam::new(clif_type(helper.ret())));
    }
    signature
}
