//! Random graphs of tables, against a model of what should be reachable.

use super::{set, string, table, text};
use crate::Value;
use crate::handles::HandleId;
use crate::heap::Phase;
use crate::object::{Gc, Table};
use crate::vm::{Options, Vm};

/// A graph of tables and what it should look like. Node `n` is a table with the fields `name` ("node n", which nobody
/// else has) and `1..=EDGES`.
struct Model {
    vm: Box<Vm>,
    random: u64,
    nodes: Vec<[Option<usize>; EDGES]>,
    roots: Vec<(HandleId, usize)>,
    names: usize,
}

const EDGES: usize = 4;

impl Model {
    fn new(options: Options) -> Model {
        let mut vm = Vm::new(options).unwrap();
        vm.full_collect();
        // The string "name" itself.
        let name = string(&mut vm, "name");
        vm.handles.alloc(name);
        let names = vm.strings.len();
        Model { vm, random: 0x1234_5678_9abc_def1, nodes: Vec::new(), roots: Vec::new(), names }
    }

    fn random(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 33) as usize % below
    }

    /// A node that can be reached, by a random walk.
    fn pick(&mut self) -> Option<(Gc<Table>, usize)> {
        if self.roots.is_empty() {
            return None;
        }
        let at = self.random(self.roots.len());
        let (handle, mut node) = self.roots[at];
        let mut t = self.vm.handles.get(handle).as_table().unwrap();
        for _ in 0..self.random(6) {
            let edge = self.random(EDGES);
            if let Some(next) = self.nodes[node][edge] {
                t = self.vm.table_get_int(t, edge as i64 + 1).as_table().unwrap();
                node = next;
            }
        }
        Some((t, node))
    }

    fn step(&mut self) {
        match self.random(10) {
            0..=3 => {
                let t = if self.random(2) == 0 {
                    table(&mut self.vm)
                } else {
                    self.vm.new_table(EDGES, 2).unwrap()
                };
                let node = self.nodes.len();
                self.nodes.push([None; EDGES]);
                let name = string(&mut self.vm, &format!("node {node}"));
                set(&mut self.vm, t, "name", name);
                match self.pick() {
                    Some((parent, p)) if self.random(8) != 0 => {
                        let edge = self.random(EDGES);
                        self.vm.table_set_int(parent, edge as i64 + 1, Value::table(t)).unwrap();
                        self.nodes[p][edge] = Some(node);
                    }
                    _ => {
                        let handle = self.vm.handles.alloc(Value::table(t));
                        self.roots.push((handle, node));
                    }
                }
            }
            4..=6 => {
                if let (Some((from, f)), Some((to, t))) = (self.pick(), self.pick()) {
                    let edge = self.random(EDGES);
                    self.vm.table_set_int(from, edge as i64 + 1, Value::table(to)).unwrap();
                    self.nodes[f][edge] = Some(t);
                }
            }
            7..=8 => {
                if let Some((from, f)) = self.pick() {
                    let edge = self.random(EDGES);
                    self.vm.table_set_int(from, edge as i64 + 1, Value::NIL).unwrap();
                    self.nodes[f][edge] = None;
                }
            }
            _ => {
                if self.roots.len() > 5 {
                    let at = self.random(self.roots.len());
                    let (handle, _) = self.roots.swap_remove(at);
                    self.vm.handles.release(handle);
                }
            }
        }
    }

    /// Walks both graphs and compares; returns how many nodes can be reached.
    fn check(&mut self) -> usize {
        let mut seen = vec![false; self.nodes.len()];
        let mut todo: Vec<(Gc<Table>, usize)> = Vec::new();
        for &(handle, node) in &self.roots {
            todo.push((self.vm.handles.get(handle).as_table().unwrap(), node));
        }
        let name = self.vm.intern(b"name").unwrap();
        let mut reached = 0;
        while let Some((t, node)) = todo.pop() {
            if std::mem::replace(&mut seen[node], true) {
                continue;
            }
            reached += 1;
            assert_eq!(text(self.vm.table_get_str(t, name)), format!("node {node}"));
            for (i, edge) in self.nodes[node].into_iter().enumerate() {
                let value = self.vm.table_get_int(t, i as i64 + 1);
                match edge {
                    Some(next) => todo.push((value.as_table().unwrap(), next)),
                    None => assert!(value.is_nil()),
                }
            }
        }
        reached
    }

    fn run(&mut self, steps: usize, collect_every: usize) {
        for i in 1..=steps {
            self.step();
            if i % collect_every == 0 {
                match self.random(8) {
                    0 => {
                        self.vm.full_collect();
                        let reached = self.check();
                        assert_eq!(
                            self.vm.strings.len(),
                            self.names + reached,
                            "exactly the unreachable nodes died"
                        );
                    }
                    1..=4 if self.vm.heap.phase() == Phase::Idle => self.vm.minor_collect(),
                    1..=4 => _ = self.vm.gc_step(64),
                    _ => _ = self.vm.gc_step(1),
                }
                self.check();
            }
        }
        self.vm.full_collect();
        let reached = self.check();
        assert_eq!(self.vm.strings.len(), self.names + reached);
    }
}

#[test]
fn random_graphs_agree_with_the_model() {
    let (steps, every) = if cfg!(miri) { (300, 20) } else { (60_000, 97) };
    Model::new(Options::default()).run(steps, every);
}

#[test]
fn random_graphs_under_stress_agree_with_the_model() {
    let steps = if cfg!(miri) { 100 } else { 2000 };
    let mut model = Model::new(Options { gc_stress: true, ..Options::default() });
    for i in 0..steps {
        model.step();
        model.vm.safepoint();
        if i % 20 == 0 {
            let reached = model.check();
            model.vm.full_collect();
            assert_eq!(model.vm.strings.len(), model.names + reached);
        }
    }
}
