//! Leaving a trace: the cold blocks that guards jump to when they fail, and the jump through the exit table that all of them end with.
//!
//! One guard after the other leaves with nearly the same state. So exits share stores: these form a tree, whose root is the jump.
//! What only one exit does stands in its own block; from there it goes on at a node of the tree, and from node to node to the root.
//!
//! ```text
//!   exit 3 ─► R5 := %9 ─┐
//!   exit 4 ─► R6 := %8 ─┴─► R4 := %7 ─┬─► R1 := %2 ─► exit table
//!   exit 7 ─► (rebuilds R3) ──────────┘
//! ```
//!
//! The sooner an exit has needed a store, the nearer to the root it is: what is old is what later exits have in common. A node is
//! reached by such exits only as store its value, so on every way to it the value has been computed.

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

/// A store that exits share.
struct Node {
    store: SnapEntry,
    /// On which side of the loop marker the exits are. The same reference may be another value there.
    before_loop: bool,
    /// Where to go on; `None` is the root.
    next: Option<usize>,
    /// How many stores there are from here to the root.
    depth: usize,
    /// How many exits and nodes go on here.
    arrivals: usize,
    block: Option<Block>,
}

/// The stores of all exits. A node comes before those that lead to it.
#[derive(Default)]
struct StoreTree {
    nodes: Vec<Node>,
    children: FxHashMap<(bool, Option<usize>, i32, IrRef), usize>,
    /// In which order exits have first needed their stores.
    ranks: FxHashMap<(bool, i32, IrRef), usize>,
}

impl StoreTree {
    /// Adds the stores of one more exit. Gives the node at which it goes on.
    fn add(&mut self, before_loop: bool, stores: impl Iterator<Item = SnapEntry>) -> Option<usize> {
        let ranks = &mut self.ranks;
        let ranked = stores.map(|store| {
            let next = ranks.len();
            (*ranks.entry((before_loop, store.slot, store.val)).or_insert(next), store)
        });
        let mut path: Vec<(usize, SnapEntry)> = ranked.collect();
        path.sort_unstable_by_key(|(rank, _)| *rank);
        let mut last = None;
        for (depth, (_, store)) in path.into_iter().enumerate() {
            let nodes = &mut self.nodes;
            let key = (before_loop, last, store.slot, store.val);
            last = Some(*self.children.entry(key).or_insert_with(|| {
                if let Some(next) = last {
                    nodes[next].arrivals += 1;
                }
                nodes.push(Node {
                    store,
                    before_loop,
                    next: last,
                    depth: depth + 1,
                    arrivals: 0,
                    block: None,
                });
                nodes.len() - 1
            }));
        }
        if let Some(end) = last {
            self.nodes[end].arrivals += 1;
        }
        last
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
        let rebuilt = of_rebuilt(self.trace, |r| self.uses.is_sunk(r));
        let is_own =
            |store: &&SnapEntry| store.val.is_instr() && rebuilt.get(store.val.index()) == Some(&true);
        let mut tree = StoreTree::default();
        let plan = self.plan;
        let add = |exit: &PendingExit| {
            let shared = plan.stores(exit.snap).iter().filter(|store| !is_own(store));
            tree.add(exit.before_loop, shared.copied())
        };
        let ends: Vec<Option<usize>> = exits.iter().map(add).collect();
        let leave = self.cold_block();
        for (exit, end) in exits.into_iter().zip(ends) {
            self.begin_cold(exit.block, exit.before_loop);
            self.rebuild(exit.snap)?;
            for store in plan.stores(exit.snap).iter().filter(is_own) {
                self.store_slot(store.slot, store.val)?;
            }
            let way = self.int_const(way_out(self.trace, exit.snap));
            self.store_and_leave(&mut tree, end, way, leave)?;
        }
        // Who goes on at a node comes behind it, so that it is known by now whether it needs a block.
        for index in (0..tree.nodes.len()).rev() {
            let Node { store, before_loop, next, block: Some(block), .. } = tree.nodes[index] else {
                continue;
            };
            self.begin_cold(block, before_loop);
            let way = self.builder.append_block_param(block, types::I64);
            self.store_slot(store.slot, store.val)?;
            self.store_and_leave(&mut tree, next, way, leave)?;
        }
        self.leave_by_table(leave);
        Ok(())
    }

    fn begin_cold(&mut self, block: Block, before_loop: bool) {
        self.builder.switch_to_block(block);
        self.begin_exit_values(before_loop);
    }

    /// Does the stores from a node on, up to where others come in.
    fn store_and_leave(
        &mut self,
        tree: &mut StoreTree,
        mut at: Option<usize>,
        way: Value,
        leave: Block,
    ) -> Emitted<()> {
        while let Some(index) = at {
            let node = &mut tree.nodes[index];
            if node.arrivals > 1 && node.depth >= SHARED_STORES {
                let block = *node.block.get_or_insert_with(|| self.cold_block());
                self.builder.ins().jump(block, &[way.into()]);
                return Ok(());
            }
            let store = node.store;
            at = node.next;
            self.store_slot(store.slot, store.val)?;
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

/// The instructions whose values are, or are made of, objects that each exit makes anew. Empty if there are none.
fn of_rebuilt(trace: &Trace, is_in_exits: impl Fn(IrRef) -> bool) -> Vec<bool> {
    if !trace.has_sunk() {
        return Vec::new();
    }
    let mut rebuilt: Vec<bool> = Vec::with_capacity(trace.instrs.len());
    for (index, instr) in trace.instrs.iter().enumerate() {
        let at = IrRef::instr(index);
        let mut is_rebuilt = trace.is_sunk(at);
        if !is_rebuilt && is_in_exits(at) {
            trace.for_each_use(*instr, |r| {
                is_rebuilt |= r.is_instr() && rebuilt.get(r.index()) == Some(&true)
            });
        }
        rebuilt.push(is_rebuilt);
    }
    rebuilt
}
