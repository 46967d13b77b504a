//! Leaving a trace: the cold blocks that guards jump to when they fail, and the jump through the exit table that all of them end with.
//!
//! One guard after the other leaves with nearly the same state. So exits share what they do, their *steps*: these form a tree, whose
//! root is the jump. What only one exit does stands in its own block; from there it goes on at a node of the tree, and from node
//! to node to the root.
//!
//! ```text
//!   exit 3 ─► R5 := %9 ────────────┐
//!   exit 4 ─► R6 := %8 ────────────┴─► R4 := %7 ─┬─► R1 := %2 ─► exit table
//!   exit 7 ─► R3 := {%5}, makes it ──────────────┘
//! ```
//!
//! The sooner an exit has needed a step, the nearer to the root it is: what is old is what later exits have in common. A node is
//! reached by such exits only as do its step, so on every way to it the values that it uses have been computed.

use std::rc::Rc;

use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use rustc_hash::FxHashMap;

use super::body::{Body, Emitted};
use super::compiler::ADDR;
use super::stubs;
use crate::ir::{IrRef, SnapEntry, SnapId, Trace};
use crate::layout;
use crate::params::SHARED_STORES;

/// An exit that guards jump to and whose block is still empty.
pub(super) struct PendingExit {
    block: Block,
    snap: SnapId,
    before_loop: bool,
}

/// What exits do, and may share.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Step {
    Store(SnapEntry),
    Rebuild(Rc<Rebuild>),
}

/// Makes sunk objects, all that know one another, and stores what is made of them.
#[derive(Default, PartialEq, Eq, Hash)]
struct Rebuild {
    parts: Vec<IrRef>,
    stores: Vec<SnapEntry>,
}

impl Step {
    /// How many stores it is worth.
    fn weight(&self) -> usize {
        match self {
            Step::Store(_) => 1,
            Step::Rebuild(rebuild) => rebuild.parts.len() + rebuild.stores.len(),
        }
    }
}

/// A step that exits share.
struct Node {
    step: Step,
    /// On which side of the loop marker the exits are. The same reference may be another value there.
    before_loop: bool,
    /// Where to go on; `None` is the root.
    next: Option<usize>,
    /// What the steps from here to the root are worth.
    weight: usize,
    /// How many exits and nodes go on here.
    arrivals: usize,
    block: Option<Block>,
}

/// The steps of all exits. A node comes before those that lead to it.
#[derive(Default)]
struct StepTree {
    nodes: Vec<Node>,
    children: FxHashMap<(bool, Option<usize>, Step), usize>,
    /// In which order exits have first needed their steps.
    ranks: FxHashMap<(bool, Step), usize>,
}

impl StepTree {
    /// Adds the steps of one more exit. Gives the node at which it goes on.
    fn add(&mut self, before_loop: bool, steps: Vec<Step>) -> Option<usize> {
        let ranks = &mut self.ranks;
        let ranked = steps.into_iter().map(|step| {
            let next = ranks.len();
            (*ranks.entry((before_loop, step.clone())).or_insert(next), step)
        });
        let mut path: Vec<(usize, Step)> = ranked.collect();
        path.sort_unstable_by_key(|(rank, _)| *rank);
        let (mut last, mut weight) = (None, 0);
        for (_, step) in path {
            let nodes = &mut self.nodes;
            weight += step.weight();
            last = Some(*self.children.entry((before_loop, last, step.clone())).or_insert_with(|| {
                if let Some(next) = last {
                    nodes[next].arrivals += 1;
                }
                nodes.push(Node { step, before_loop, next: last, weight, arrivals: 0, block: None });
                nodes.len() - 1
            }));
        }
        if let Some(end) = last {
            self.nodes[end].arrivals += 1;
        }
        last
    }
}

/// The objects that an exit makes, those together that know one another.
#[derive(Default)]
struct Groups(Vec<(Vec<IrRef>, Rebuild)>);

impl Groups {
    /// The one group of these objects.
    fn of(&mut self, objects: &[IrRef]) -> &mut Rebuild {
        let (mut all, mut rebuild) = (objects.to_vec(), Rebuild::default());
        let is_one_of_them = |(known, _): &mut (Vec<IrRef>, _)| known.iter().any(|r| objects.contains(r));
        for (known, part) in self.0.extract_if(.., is_one_of_them) {
            all.extend(known);
            rebuild.parts.extend(part.parts);
            rebuild.stores.extend(part.stores);
        }
        self.0.push((all, rebuild));
        &mut self.0.last_mut().expect("it has just been added").1
    }

    fn into_steps(self) -> impl Iterator<Item = Step> {
        self.0.into_iter().map(|(_, mut rebuild)| {
            rebuild.parts.sort_unstable();
            Step::Rebuild(Rc::new(rebuild))
        })
    }
}

impl Body<'_, '_> {
    pub fn leave_to(&mut self, target: Value, base: Value, exit: Value) {
        let signature = self.builder.import_signature(stubs::tail_signature());
        self.builder.ins().return_call_indirect(signature, target, &[self.vm, base, exit]);
    }

    /// Where guards with this snapshot go when they fail: an exit, or a branch.
    pub fn exit_block(&mut self, snap: SnapId) -> Block {
        if let Some(block) = self.branch_block(snap) {
            return block;
        }
        if let Some(block) = self.exit_blocks.get(&snap) {
            return *block;
        }
        let block = self.cold_block();
        self.exit_blocks.insert(snap, block);
        self.exits.push(PendingExit { block, snap, before_loop: !self.is_in_loop() });
        block
    }

    fn cold_block(&mut self) -> Block {
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        block
    }

    /// Emits all exits that guards jump to.
    pub fn fill_exits(&mut self) -> Emitted<()> {
        if self.exits.is_empty() {
            return Ok(());
        }
        let exits = std::mem::take(&mut self.exits);
        let mut tree = StepTree::default();
        let add = |exit: &PendingExit| tree.add(exit.before_loop, self.steps(exit.snap));
        let ends: Vec<Option<usize>> = exits.iter().map(add).collect();
        let leave = self.cold_block();
        for (exit, end) in exits.into_iter().zip(ends) {
            self.begin_cold(exit.block, exit.before_loop);
            let way = self.int_const(way_out(self.trace, exit.snap));
            self.go_to_root(&mut tree, end, way, leave)?;
        }
        // Who goes on at a node comes behind it, so that it is known by now whether it needs a block.
        for index in (0..tree.nodes.len()).rev() {
            let Node { before_loop, block: Some(block), .. } = tree.nodes[index] else { continue };
            self.begin_cold(block, before_loop);
            let way = self.builder.append_block_param(block, types::I64);
            let next = self.step(&tree.nodes[index])?;
            self.go_to_root(&mut tree, next, way, leave)?;
        }
        self.leave_by_table(leave);
        Ok(())
    }

    fn begin_cold(&mut self, block: Block, before_loop: bool) {
        self.builder.switch_to_block(block);
        self.begin_exit_values(before_loop);
    }

    /// All that an exit does: makes objects, which is most worth sharing, and stores.
    fn steps(&self, snap: SnapId) -> Vec<Step> {
        let mut groups = Groups::default();
        for part in self.rebuilds.of(snap) {
            let mut objects = self.sunk_objects(*part);
            self.trace
                .for_each_use(self.trace.instrs[part.index()], |r| objects.extend(self.sunk_objects(r)));
            groups.of(&objects).parts.push(*part);
        }
        let mut alone = Vec::new();
        for store in self.plan.stores(snap) {
            match &self.sunk_objects(store.val)[..] {
                [] => alone.push(Step::Store(*store)),
                objects => groups.of(objects).stores.push(*store),
            }
        }
        groups.into_steps().chain(alone).collect()
    }

    /// The sunk objects that a value belongs to, or that it is made of in exits.
    fn sunk_objects(&self, r: IrRef) -> Vec<IrRef> {
        if self.trace.is_sunk(r) {
            return self.trace.owner(r).into_iter().collect();
        }
        let mut objects = Vec::new();
        if self.trace.has_sunk() && self.uses.is_sunk(r) {
            let instr = self.trace.instrs[r.index()];
            self.trace.for_each_use(instr, |operand| objects.extend(self.sunk_objects(operand)));
        }
        objects
    }

    /// Does what a node says; gives the next one.
    fn step(&mut self, node: &Node) -> Emitted<Option<usize>> {
        match &node.step {
            Step::Store(store) => self.store_slot(store.slot, store.val)?,
            Step::Rebuild(rebuild) => {
                self.rebuild(&rebuild.parts)?;
                for store in &rebuild.stores {
                    self.store_slot(store.slot, store.val)?;
                }
            }
        }
        Ok(node.next)
    }

    /// Does the steps from a node on, up to where others come in.
    fn go_to_root(
        &mut self,
        tree: &mut StepTree,
        mut at: Option<usize>,
        way: Value,
        leave: Block,
    ) -> Emitted<()> {
        while let Some(index) = at {
            let node = &mut tree.nodes[index];
            if node.arrivals > 1 && node.weight >= SHARED_STORES {
                let block = *node.block.get_or_insert_with(|| self.cold_block());
                self.builder.ins().jump(block, &[way.into()]);
                return Ok(());
            }
            at = self.step(&tree.nodes[index])?;
        }
        self.builder.ins().jump(leave, &[way.into()]);
        Ok(())
    }

    /// The root: on to where the exit leads.
    fn leave_by_table(&mut self, block: Block) {
        self.builder.switch_to_block(block);
        let way = self.builder.append_block_param(block, types::I64);
        let delta = self.builder.ins().sshr_imm_s(way, 32);
        let base = self.builder.ins().iadd(self.base, delta);
        let number = self.builder.ins().ireduce(types::I32, way);
        let number = self.builder.ins().uextend(types::I64, number);
        let table = self.int_const(self.link.exit_table as u64);
        let offset = self.builder.ins().ishl_imm_s(number, 3);
        let cell = self.builder.ins().iadd(table, offset);
        let exit = self.builder.ins().bor_imm_s(number, i64::from(self.link.trace.0) << 32);
        let target = self.load(ADDR, cell, 0);
        self.leave_to(target, base, exit);
    }
}

/// What an exit hands to the root: its number, and above that how many bytes its frame lies above the trace's base.
fn way_out(trace: &Trace, snap: SnapId) -> u64 {
    let delta = i64::from(trace.snap(snap).base) * i64::from(layout::VALUE);
    (delta << 32) as u64 | u64::from(snap.0)
}
