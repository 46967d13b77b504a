//! Loops: the header with its phis, and the back-edge: the guards at the end and the jump to the header, as one.
//!
//! A loop ends with a look for interrupts, and before that often with the test of its counter. A loop that counts need not look in
//! every round: it runs in *strips* of [`STRIP_ROUNDS`] rounds at most.
//!
//! ```text
//!             ┌────────────────────────────────────────────────┐
//!   limit ─► header ─► ... ─► next <= limit ? ── yes ──────────┤
//!                              │ no                            │
//!                             next <= stop ? ── no ─► exit     │
//!                              │ yes                           │
//!                             interrupt ? ── yes ─► exit       │
//!                              │ no                            │
//!                             limit = min(stop, limit + strip) ┘
//! ```
//!
//! The limit is never above the stop, so the common path decides as the test itself would.
//!
//! In a region only the trunk's back-edge is done so. The branches look for interrupts each time; then a new strip begins.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, SourceLoc, Value, types};

use super::body::{Body, Emitted, clif_type};
use super::compiler::LOOP;
use crate::ir::{ArgsId, Instr, IrRef, Op, SnapId, Trace, Ty};
use crate::layout::boxing;
use crate::params::{MAX_LOOP_WORDS, STRIP_ROUNDS_LOG2};

/// The guards that the jump to the header does.
#[derive(Clone, Copy, Debug)]
pub(super) struct BackEdge {
    interrupt: IrRef,
    counter: Option<Counter>,
}

/// `next <= stop`, where `next` is `now` in this round plus `step`, and `step` and `stop` are the same in all rounds.
#[derive(Clone, Copy, Debug)]
struct Counter {
    guard: IrRef,
    now: IrRef,
    step: IrRef,
}

impl BackEdge {
    /// The back-edge of a loop, of a region its trunk's, if its last guard is the look for interrupts. `may_run_strips`: no round
    /// brings a collection about, which would have to wait for the end of the strip.
    pub fn of(trace: &Trace, may_run_strips: bool) -> Option<BackEdge> {
        let marker = trace.loop_marker()?;
        let is_last = |index: &usize| !matches!(trace.instrs[*index].op, Op::Phi | Op::Nop);
        let end = trace.instrs.iter().position(|instr| instr.op == Op::Next).unwrap_or(trace.instrs.len());
        let mut last = (marker.index() + 1..end).rev().filter(is_last).map(IrRef::instr);
        let interrupt = last.next().filter(|at| trace.instr_of(*at, Op::Interrupt).is_some())?;
        let counter = last.next().filter(|_| may_run_strips).and_then(|at| Counter::at(trace, marker, at));
        Some(BackEdge { interrupt, counter })
    }

    /// Does the jump do this guard?
    pub fn contains(self, at: IrRef) -> bool {
        at == self.interrupt || self.counter.is_some_and(|counter| counter.guard == at)
    }
}

impl Counter {
    fn at(trace: &Trace, marker: IrRef, guard: IrRef) -> Option<Counter> {
        let test = trace.instr_of(guard, Op::Le).filter(|test| trace.ty(test.a) == Ty::Int)?;
        let next = trace.instr_of(test.a, Op::Add).filter(|_| test.a > marker)?;
        let varies = |r: IrRef| {
            r.is_instr() && (r > marker || trace.instrs.iter().any(|phi| phi.op == Op::Phi && phi.a == r))
        };
        let (now, step) = if varies(next.a) { (next.a, next.b) } else { (next.b, next.a) };
        let is_carry = |r: IrRef| trace.instr_of(r, Op::Carry).is_some();
        // Another way through the loop may change the stop.
        let stop_stays = !varies(test.b) || (is_carry(test.b) && trunk_keeps(trace, test.b));
        (stop_stays && !varies(step) && (now < marker || is_carry(now))).then_some(Counter {
            guard,
            now,
            step,
        })
    }
}

/// Is a carry of a region the same after a round through the trunk?
fn trunk_keeps(trace: &Trace, carry: IrRef) -> bool {
    let nth = trace.carries().iter().position(|other| *other == carry);
    let list = trace.instrs.iter().find(|instr| instr.op == Op::Next).and_then(|next| next.list());
    nth.zip(list).is_some_and(|(nth, list)| trace.args(list)[nth] == carry)
}

impl Body<'_, '_> {
    pub fn phis(&self) -> Vec<Instr> {
        let phis = self.trace.instrs.iter().copied().enumerate().filter(|(_, instr)| instr.op == Op::Phi);
        phis.filter(|(index, _)| !self.trace.is_sunk(IrRef::instr(*index))).map(|(_, phi)| phi).collect()
    }

    /// The marker: from here on the phis' values are the header's parameters.
    pub fn loop_header(&mut self, marker: IrRef) -> Emitted<()> {
        self.load_loop_nums(marker);
        self.load_loop_words(marker);
        let header = self.builder.create_block();
        let phis = self.phis();
        let carries = self.trace.carries();
        // All first values are computed before any of them gets another meaning.
        let first = phis.iter().map(|phi| self.phi_value(phi.a)).collect::<Emitted<Vec<Value>>>()?;
        let mut args: Vec<BlockArg> = first.iter().map(|first| (*first).into()).collect();
        for carry in &carries {
            args.push(self.phi_value(self.trace.instrs[carry.index()].a)?.into());
        }
        let first_limit = self.first_limit()?;
        for (phi, first) in phis.into_iter().zip(first) {
            let param = self.builder.append_block_param(header, clif_type(phi.ty));
            self.before_loop.insert(phi.a, first);
            self.env[phi.a.index()] = Some(param);
        }
        for carry in carries {
            let param = self.builder.append_block_param(header, clif_type(self.trace.ty(carry)));
            self.env[carry.index()] = Some(param);
        }
        if let Some(limit) = first_limit {
            args.push(limit.into());
            self.limit = Some(self.builder.append_block_param(header, types::I64));
        }
        self.builder.ins().jump(header, &args);
        self.builder.switch_to_block(header);
        self.builder.set_srcloc(SourceLoc::new(LOOP));
        self.header = Some(header);
        Ok(())
    }

    /// Loads doubles before the loop where instructions cannot take them from memory: as the operands of
    /// comparisons, and on the left of what does not commute.
    fn load_loop_nums(&mut self, marker: IrRef) {
        for instr in &self.trace.instrs[marker.index()..] {
            let operands = match instr.op {
                Op::Lt | Op::Le | Op::NotLt | Op::NotLe | Op::Eq | Op::Ne => [instr.a, instr.b],
                Op::Sub | Op::Div | Op::Mod => [instr.a, instr.a],
                _ => continue,
            };
            for k in operands.into_iter().filter_map(|r| self.trace.const_of(r)).filter(|k| k.ty == Ty::Num) {
                if !self.loop_nums.contains_key(&k.bits) {
                    let value = self.builder.ins().f64const(f64::from_bits(k.bits));
                    self.loop_nums.insert(k.bits, value);
                }
            }
        }
    }

    /// Loads before the loop some of the constants that it stores, where they are no immediates.
    fn load_loop_words(&mut self, marker: IrRef) {
        let is_store = |op: Op| matches!(op, Op::FieldStore | Op::ElemStore | Op::DictStore | Op::UpvalStore);
        for (index, instr) in self.trace.instrs.iter().enumerate().skip(marker.index()) {
            if !is_store(instr.op) || self.trace.is_sunk(IrRef::instr(index)) {
                continue;
            }
            let Some(k) = self.trace.const_of(instr.b) else { continue };
            let bits = boxing::constant(k.ty, k.bits);
            let is_immediate = i32::try_from(bits as i64).is_ok();
            if is_immediate || self.loop_words.contains_key(&bits) {
                continue;
            }
            // Cranelift makes a constant anew for each use, unless it does not see that it is one.
            let inverse = self.int_const(!bits);
            let value = self.builder.ins().bnot(inverse);
            self.loop_words.insert(bits, value);
            if self.loop_words.len() == MAX_LOOP_WORDS {
                return;
            }
        }
    }

    /// A value as the loop header takes it.
    pub fn phi_value(&mut self, r: IrRef) -> Emitted<Value> {
        if self.trace.ty(r) == Ty::Any { self.boxed_bits(r) } else { self.val(r) }
    }

    /// What the header takes besides the phis: the limit of the first strip.
    fn first_limit(&mut self) -> Emitted<Option<Value>> {
        let Some(counter) = self.back_edge.and_then(|edge| edge.counter) else { return Ok(None) };
        let stop = self.trace.instrs[counter.guard.index()].b;
        let [now, stop] = [counter.now, stop].map(|r| self.before_header(r));
        let (now, stop) = (self.val(now)?, self.val(stop)?);
        self.limit_from(counter, now, stop).map(Some)
    }

    /// What a carry is when the loop is entered; other values are themselves.
    fn before_header(&self, r: IrRef) -> IrRef {
        self.trace.instr_of(r, Op::Carry).map_or(r, |carry| carry.a)
    }

    /// The counter up to which a strip runs that begins at `from`.
    fn limit_from(&mut self, counter: Counter, from: Value, stop: Value) -> Emitted<Value> {
        let step = self.val(counter.step)?;
        // Integers are exact, so that none of this overflows.
        let strip = self.builder.ins().ishl_imm_s(step, STRIP_ROUNDS_LOG2);
        let end = self.builder.ins().iadd(from, strip);
        Ok(self.builder.ins().smin(stop, end))
    }

    /// A back-edge of a region.
    pub fn next_round(&mut self, list: ArgsId) -> Emitted<()> {
        let next = self.trace.args(list).to_vec();
        let mut args =
            next.iter().map(|r| self.phi_value(*r).map(BlockArg::from)).collect::<Emitted<Vec<_>>>()?;
        let header = self.header.expect("the verifier saw the marker");
        let Some(edge) = self.back_edge else {
            self.builder.ins().jump(header, &args);
            return Ok(());
        };
        if !std::mem::replace(&mut self.trunk_is_done, true) {
            return self.jump_back(edge, args);
        }
        if let Some(counter) = edge.counter {
            let carries = self.trace.carries();
            let after = |r: IrRef| carries.iter().position(|carry| *carry == r).map_or(r, |nth| next[nth]);
            let [now, stop] = [counter.now, self.trace.instrs[counter.guard.index()].b].map(after);
            let (now, stop) = (self.val(now)?, self.val(stop)?);
            args.push(self.limit_from(counter, now, stop)?.into());
        }
        self.builder.ins().jump(header, &args);
        Ok(())
    }

    /// Begins the code of a region's branch.
    pub fn begin_branch(&mut self, snap: SnapId) {
        let block = self.exit_block(snap);
        self.builder.switch_to_block(block);
    }

    /// The block of the branch for this snapshot, if there is one.
    pub fn branch_block(&mut self, snap: SnapId) -> Option<Block> {
        self.segments.branch(snap)?;
        if let Some(block) = self.branch_blocks.get(&snap) {
            return Some(*block);
        }
        let block = self.builder.create_block();
        self.branch_blocks.insert(snap, block);
        Some(block)
    }

    /// Goes back to the header with the next values of the phis, unless one of the edge's guards fails.
    pub fn jump_back(&mut self, edge: BackEdge, mut args: Vec<BlockArg>) -> Emitted<()> {
        let header = self.header.expect("the verifier saw the marker");
        let Some((counter, limit)) = edge.counter.zip(self.limit) else {
            return self.jump_back_uninterrupted(edge, &args);
        };
        let Instr { a, b, snap, .. } = self.trace.instrs[counter.guard.index()];
        let next = self.val(a)?;
        // What comes behind the loop's last jump is placed there: then that is one jump, and not one over another.
        let strip_ends = self.builder.create_block();
        let [goes_on, new_strip] = [(); 2].map(|()| {
            let block = self.builder.create_block();
            self.builder.set_cold_block(block);
            block
        });
        let in_strip = self.builder.ins().icmp(IntCC::SignedLessThanOrEqual, next, limit);
        let phis = args.len();
        args.push(limit.into());
        self.builder.ins().brif(in_strip, header, &args, strip_ends, &[]);

        self.builder.switch_to_block(strip_ends);
        let stop = self.val(b)?;
        let holds = self.builder.ins().icmp(IntCC::SignedLessThanOrEqual, next, stop);
        let exit = self.exit_block(snap);
        self.builder.ins().brif(holds, goes_on, &[], exit, &[]);

        self.builder.switch_to_block(goes_on);
        let wanted = self.attention();
        let exit = self.exit_block(self.trace.instrs[edge.interrupt.index()].snap);
        self.builder.ins().brif(wanted, exit, &[], new_strip, &[]);

        // The next strip begins where the last one has ended. (From `next` on, Cranelift would make the sum of the counter before it: a
        // register for that as long as the loop runs, and a move in each round.)
        self.builder.switch_to_block(new_strip);
        args[phis] = self.limit_from(counter, limit, stop)?.into();
        self.builder.ins().jump(header, &args);
        Ok(())
    }

    fn jump_back_uninterrupted(&mut self, edge: BackEdge, args: &[BlockArg]) -> Emitted<()> {
        let header = self.header.expect("the verifier saw the marker");
        let wanted = self.attention();
        let nothing = self.builder.ins().icmp_imm_s(IntCC::Equal, wanted, 0);
        let exit = self.exit_block(self.trace.instrs[edge.interrupt.index()].snap);
        // As the end of a strip.
        let leaves = self.builder.create_block();
        self.builder.ins().brif(nothing, header, args, leaves, &[]);

        self.builder.switch_to_block(leaves);
        self.builder.ins().jump(exit, &[]);
        Ok(())
    }
}
