//! Shapes: which interned string has which slot of a table, and which metatable the table has.
//!
//! A [`Shape`] is shared by all tables that got the same keys in the same order and have the same metatable, so one
//! 32-bit compare tells an inline cache or a guard of native code where a field lies and what indexing an absent
//! one does. Shapes form a tree by *edges*: add this key, or set that metatable.
//!
//! ```text
//!   EMPTY --x--> {x} --y--> {x, y}
//!     |                        |
//!  metatable M              metatable M          (the same keys, rooted anew under M)
//!     v                        v
//!   {} M --x--> {x} M --y--> {x, y} M            (so both ways of construction meet)
//! ```
//!
//! # Kinds
//!
//! * *Shared*: in the tree.
//! * *Dictionary*: of tables that have no slots; one for each metatable, and one for each read-only table.
//! * *Unique*: of one table, outside the tree. Tables that caches depend on get one (see [`crate::table`]'s rules), so that
//!   no cached store can add a key to them, and native code knows the table itself by its shape.
//!
//! # Rules
//!
//! 1. A shape never changes: keys, metatable and kind are fixed when it is made.
//! 2. Keys are interned strings. A marked shape's keys and metatable have been marked in the same cycle.
//! 3. An unmarked shape is freed at the end of a cycle, together with every edge and every inline-cache word that names it
//!    ([`Vm::sweep_shapes`]); only then is its id used again. Native code that names shapes marks them as roots.
//! 4. Whoever changes a table's shape calls the barrier on the table, as if key and metatable had been stored in it.
//! 5. With a shape those with fewer of its keys live on. So as long as there is one table of a kind, those made later get its shape, and
//!    what caches and native code know of it stays true for them.

mod collect;
mod keys;

pub(crate) use collect::clear_caches;
pub use collect::clear_dead_shape_words;

use crate::error::OutOfMemory;
use crate::object::{Gc, Header, LuaString, Table};
use crate::vm::Vm;
use keys::KeyList;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The most slots of a table: above, it goes over to dictionary mode. Large enough for the globals of big programs.
pub const MAX_SLOTS: usize = 512;
/// How many more keys may be made by stores with computed keys than by others: tables beyond that are rather dictionaries than
/// records.
pub const MAX_COMPUTED_SLOTS: usize = 16;
/// How many edges of one shape stores with computed keys may make, likewise.
const MAX_COMPUTED_EDGES: u16 = 32;

/// The number of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct ShapeId(pub u32);

impl ShapeId {
    /// No table's shape: what an empty inline cache holds.
    pub const NONE: ShapeId = ShapeId(0);
    /// No keys, no metatable.
    pub const EMPTY: ShapeId = ShapeId(1);
    /// Dictionary mode, no metatable.
    pub const DICTIONARY: ShapeId = ShapeId(2);
    /// The first one that can die.
    const FIRST_MORTAL: usize = 3;

    #[inline(always)]
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// What kind of store wants a new key, which decides how many slots a table may get by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// The program's text names the key (`t.name`, a constructor).
    Constant,
    /// The key was computed (`t[k]`, `rawset`).
    Computed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShapeKind {
    /// No shape: the id is free.
    Free,
    Shared,
    Dictionary,
    Unique,
}

/// See the module.
struct Shape {
    metatable: *mut Table,
    /// The shape with one key less, for those in the tree that have keys; `NONE` for others.
    parent: ShapeId,
    /// The edge that was taken or made last, before the map is asked.
    last_edge: (*mut Header, ShapeId),
    /// Slots whose value native code treats as constant (unique shapes only): a bit each.
    constants: Option<Box<[u64]>>,
    list: u32,
    slots: u16,
    computed_edges: u16,
    kind: ShapeKind,
    marked: bool,
}

const NO_EDGE: (*mut Header, ShapeId) = (std::ptr::null_mut(), ShapeId::NONE);

impl Shape {
    fn new(kind: ShapeKind, metatable: *mut Table) -> Shape {
        Shape {
            metatable,
            parent: ShapeId::NONE,
            last_edge: NO_EDGE,
            constants: None,
            list: 0,
            slots: 0,
            computed_edges: 0,
            kind,
            marked: false,
        }
    }
}

/// What an edge is found by: the shape it leaves, and the key or metatable that is added.
type Edge = (ShapeId, *mut Header);

/// All shapes of a state.
pub struct Shapes {
    slab: Vec<Shape>,
    free: Vec<ShapeId>,
    lists: Vec<KeyList>,
    free_lists: Vec<u32>,
    edges: HashMap<Edge, ShapeId, BuildHasherDefault<EdgeHasher>>,
    /// Shapes and edges made since the last sweep.
    young: Vec<ShapeId>,
    young_edges: Vec<Edge>,
    /// Shapes made since then that are the first with their metatable, but for those of dictionaries.
    young_kinds: usize,
    /// Bytes taken since the heap was last told.
    unaccounted: isize,
    /// How many times a slot that was watched as constant has changed.
    pub constant_epoch: u32,
}

impl Default for Shapes {
    fn default() -> Shapes {
        Shapes::new()
    }
}

impl Shapes {
    pub fn new() -> Shapes {
        let none = std::ptr::null_mut();
        Shapes {
            slab: vec![
                Shape::new(ShapeKind::Free, none),
                Shape::new(ShapeKind::Shared, none),
                Shape::new(ShapeKind::Dictionary, none),
            ],
            free: Vec::new(),
            // List 0 is the empty one, for good.
            lists: vec![KeyList::empty()],
            free_lists: Vec::new(),
            edges: HashMap::default(),
            young: Vec::new(),
            young_edges: Vec::new(),
            young_kinds: 0,
            unaccounted: 0,
            constant_epoch: 0,
        }
    }

    #[inline(always)]
    fn get(&self, id: ShapeId) -> &Shape {
        &self.slab[id.index()]
    }

    /// The slot of `key`, an interned string.
    #[inline]
    pub fn lookup(&self, id: ShapeId, key: Gc<LuaString>) -> Option<u32> {
        let shape = self.get(id);
        let list = &self.lists[shape.list as usize];
        list.position(usize::from(shape.slots), key).map(|p| p as u32)
    }

    /// How many keys have a slot.
    #[inline(always)]
    pub fn slot_count(&self, id: ShapeId) -> u32 {
        u32::from(self.get(id).slots)
    }

    /// The key of a slot below [`Shapes::slot_count`].
    #[inline]
    pub fn key_of(&self, id: ShapeId, slot: u32) -> Gc<LuaString> {
        self.lists[self.get(id).list as usize].get(slot as usize)
    }

    /// The keys in slot order, without a check of the id: for leaves of the interpreter.
    ///
    /// # Safety
    ///
    /// The shape is that of a live table.
    #[inline(always)]
    pub unsafe fn keys_of_live(&self, id: ShapeId) -> &[Gc<LuaString>] {
        // SAFETY: rule 3: a live table's shape is in the slab, and its list is there with all its keys.
        unsafe {
            let shape = self.slab.get_unchecked(id.index());
            self.lists.get_unchecked(shape.list as usize).first_unchecked(usize::from(shape.slots))
        }
    }

    /// The keys in slot order.
    pub fn keys(&self, id: ShapeId) -> &[Gc<LuaString>] {
        let shape = self.get(id);
        self.lists[shape.list as usize].first(usize::from(shape.slots))
    }

    /// Null if there is none.
    #[inline(always)]
    pub fn metatable(&self, id: ShapeId) -> *mut Table {
        self.get(id).metatable
    }

    /// Whether tables of this shape keep all their keys in the dictionary.
    #[inline(always)]
    pub fn is_dictionary(&self, id: ShapeId) -> bool {
        self.get(id).kind == ShapeKind::Dictionary
    }

    /// Whether this is the shape of one table only.
    #[inline(always)]
    pub fn is_unique(&self, id: ShapeId) -> bool {
        self.get(id).kind == ShapeKind::Unique
    }

    /// Whether tables of this shape have slots, no metatable, and nobody who watches what they have there.
    #[inline(always)]
    pub fn is_plain_record(&self, id: ShapeId) -> bool {
        let shape = self.get(id);
        shape.kind == ShapeKind::Shared && shape.metatable.is_null()
    }

    /// Whether `slot` is watched as constant.
    pub fn is_constant(&self, id: ShapeId, slot: u32) -> bool {
        let bits = self.get(id).constants.as_deref();
        bits.and_then(|b| b.get(slot as usize / 64)).is_some_and(|w| w >> (slot % 64) & 1 != 0)
    }

    /// Whether any slot is watched as constant.
    pub fn has_constants(&self, id: ShapeId) -> bool {
        self.get(id).constants.is_some()
    }

    /// How many shapes there are.
    pub fn count(&self) -> usize {
        self.slab.len() - self.free.len() - 1
    }

    /// How many metatables have got their first shape since the last collection.
    pub fn young_kinds(&self) -> usize {
        self.young_kinds
    }

    // ---- making shapes: through `Vm`, which accounts for them

    /// The shape with `key` added; `None` if the table should go over to dictionary mode instead. The shape is not a
    /// dictionary and lacks the key.
    fn add_key(&mut self, id: ShapeId, key: Gc<LuaString>, origin: KeyOrigin) -> Option<ShapeId> {
        debug_assert!(key.is_interned() && self.lookup(id, key).is_none() && !self.is_dictionary(id));
        if let Some(next) = self.follow((id, key.header())) {
            return Some(next);
        }
        let (count, unique) = (self.slot_count(id) as usize, self.is_unique(id));
        if origin == KeyOrigin::Computed {
            let edges = &mut self.slab[id.index()].computed_edges;
            if *edges >= MAX_COMPUTED_EDGES {
                return None;
            }
            *edges += !unique as u16;
        }
        if count >= MAX_SLOTS {
            return None;
        }
        let next = self.append(id, &[key], self.get(id).kind);
        if !unique {
            self.record_edge((id, key.header()), next);
        }
        Some(next)
    }

    /// A new shape of this kind with the keys of `id`, these behind them, and no edge that leads to it. A shared one has one more key
    /// than `id`.
    fn append(&mut self, id: ShapeId, keys: &[Gc<LuaString>], kind: ShapeKind) -> ShapeId {
        let Shape { list, slots, metatable, .. } = self.slab[id.index()];
        let old = &mut self.lists[list as usize];
        let before = old.byte_size();
        // List 0 belongs to all shapes without keys.
        let list = if list != 0 && old.len() == usize::from(slots) {
            old.extend(keys);
            old.users += 1;
            self.unaccounted += old.byte_size() as isize - before as isize;
            list
        } else {
            let branch = old.branch(usize::from(slots), keys);
            self.unaccounted += branch.byte_size() as isize;
            match self.free_lists.pop() {
                Some(i) => {
                    self.lists[i as usize] = branch;
                    i
                }
                None => {
                    self.lists.push(branch);
                    self.lists.len() as u32 - 1
                }
            }
        };
        let parent = if kind == ShapeKind::Shared { id } else { ShapeId::NONE };
        let slots = slots + keys.len() as u16;
        self.insert(Shape { list, slots, parent, ..Shape::new(kind, metatable) })
    }

    /// The shape with the same keys and kind, but this metatable (null: none).
    fn set_metatable(&mut self, id: ShapeId, metatable: *mut Table) -> ShapeId {
        let shape = self.get(id);
        match shape.kind {
            _ if shape.metatable == metatable => id,
            ShapeKind::Unique => self.copy_unique(id, metatable),
            ShapeKind::Dictionary => self.root(ShapeId::DICTIONARY, metatable),
            ShapeKind::Shared if shape.slots == 0 => self.root(ShapeId::EMPTY, metatable),
            ShapeKind::Shared => {
                let edge = (id, metatable as *mut Header);
                if let Some(next) = self.follow(edge) {
                    return next;
                }
                let mut next = self.root(ShapeId::EMPTY, metatable);
                for i in 0..self.slot_count(id) {
                    let key = self.key_of(id, i);
                    next = self
                        .add_key(next, key, KeyOrigin::Constant)
                        .expect("a shape has at most MAX_SLOTS keys");
                }
                self.record_edge(edge, next);
                next
            }
            ShapeKind::Free => unreachable!("shape rule 3: no table has a freed shape"),
        }
    }

    /// The shape without keys (`of` is `EMPTY` or `DICTIONARY`) for a metatable.
    fn root(&mut self, of: ShapeId, metatable: *mut Table) -> ShapeId {
        if metatable.is_null() {
            return of;
        }
        let edge = (of, metatable as *mut Header);
        if let Some(root) = self.follow(edge) {
            return root;
        }
        let kind = self.get(of).kind;
        self.young_kinds += usize::from(kind == ShapeKind::Shared);
        self.lists[0].users += 1;
        let root = self.insert(Shape::new(kind, metatable));
        self.record_edge(edge, root);
        root
    }

    /// A new unique shape with the keys of `id`, and with no constant slots.
    fn copy_unique(&mut self, id: ShapeId, metatable: *mut Table) -> ShapeId {
        let Shape { list, slots, .. } = self.slab[id.index()];
        self.lists[list as usize].users += 1;
        self.insert(Shape { list, slots, ..Shape::new(ShapeKind::Unique, metatable) })
    }

    fn follow(&mut self, edge: Edge) -> Option<ShapeId> {
        let (key, next) = self.get(edge.0).last_edge;
        // Setting no metatable has the null key, as has an unused `last_edge`: its shape is none.
        if key == edge.1 && next != ShapeId::NONE {
            return Some(next);
        }
        let next = *self.edges.get(&edge)?;
        self.slab[edge.0.index()].last_edge = (edge.1, next);
        Some(next)
    }

    fn record_edge(&mut self, edge: Edge, next: ShapeId) {
        self.slab[edge.0.index()].last_edge = (edge.1, next);
        self.edges.insert(edge, next);
        self.young_edges.push(edge);
        self.unaccounted += EDGE_BYTES;
    }

    fn insert(&mut self, shape: Shape) -> ShapeId {
        self.unaccounted += size_of::<Shape>() as isize;
        let id = match self.free.pop() {
            Some(id) => {
                self.slab[id.index()] = shape;
                id
            }
            None => {
                self.slab.push(shape);
                ShapeId(self.slab.len() as u32 - 1)
            }
        };
        self.young.push(id);
        id
    }
}

fn as_pointer(metatable: Option<Gc<Table>>) -> *mut Table {
    metatable.map_or(std::ptr::null_mut(), Gc::as_ptr)
}

/// What an edge takes in the map, roughly.
const EDGE_BYTES: isize = 48;

/// Hashes edges: a few multiplications, because ids and addresses need no more.
#[derive(Default)]
struct EdgeHasher(u64);

impl Hasher for EdgeHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&b| self.write_u64(u64::from(b)));
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn write_u64(&mut self, n: u64) {
        let mixed = u128::from(self.0 ^ n ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
        self.0 = mixed as u64 ^ (mixed >> 64) as u64;
    }
}

/// Making shapes. Each call may allocate and so fails when the heap's limit is reached.
impl Vm {
    /// The shape with `key` added to one that lacks it; `None` if the table should go over to dictionary mode.
    pub fn shape_add_key(
        &mut self,
        id: ShapeId,
        key: Gc<LuaString>,
        origin: KeyOrigin,
    ) -> Result<Option<ShapeId>, OutOfMemory> {
        self.shape_change(|shapes| shapes.add_key(id, key, origin))
    }

    /// The shape with the same keys and another metatable.
    pub fn shape_set_metatable(
        &mut self,
        id: ShapeId,
        metatable: Option<Gc<Table>>,
    ) -> Result<ShapeId, OutOfMemory> {
        self.shape_change(|shapes| shapes.set_metatable(id, as_pointer(metatable)))
    }

    /// The dictionary-mode shape for a metatable.
    pub fn shape_dictionary(&mut self, metatable: Option<Gc<Table>>) -> Result<ShapeId, OutOfMemory> {
        self.shape_change(|shapes| shapes.root(ShapeId::DICTIONARY, as_pointer(metatable)))
    }

    /// A new dictionary-mode shape outside the tree, for a read-only table: who has checked the shape of another dictionary knows
    /// that he may store into it.
    pub fn shape_own_dictionary(&mut self, metatable: Option<Gc<Table>>) -> Result<ShapeId, OutOfMemory> {
        self.shape_change(|shapes| {
            shapes.lists[0].users += 1;
            shapes.insert(Shape::new(ShapeKind::Dictionary, as_pointer(metatable)))
        })
    }

    /// A new unique shape with the keys and the metatable of `id`; of its slots, those in `constants` are constant.
    pub fn shape_unique(&mut self, id: ShapeId, constants: &[u32]) -> Result<ShapeId, OutOfMemory> {
        self.shape_change(|shapes| {
            let unique = shapes.copy_unique(id, shapes.metatable(id));
            if !constants.is_empty() {
                let mut bits = vec![0u64; shapes.slot_count(id).div_ceil(64) as usize];
                constants.iter().for_each(|&c| bits[c as usize / 64] |= 1 << (c % 64));
                shapes.slab[unique.index()].constants = Some(bits.into());
            }
            unique
        })
    }

    /// A new unique shape with the keys and the metatable of `id`, and these keys behind them: distinct interned strings that `id` lacks,
    /// in all at most [`MAX_SLOTS`]. `id` is no dictionary.
    pub(crate) fn shape_add_keys_unique(
        &mut self,
        id: ShapeId,
        keys: &[Gc<LuaString>],
    ) -> Result<ShapeId, OutOfMemory> {
        debug_assert!(
            !self.shapes.is_dictionary(id) && self.shapes.slot_count(id) as usize + keys.len() <= MAX_SLOTS
        );
        self.shape_change(|shapes| shapes.append(id, keys, ShapeKind::Unique))
    }

    /// The shape of a table without metatable that has these keys in this order.
    ///
    /// # Panics
    ///
    /// If the keys are not interned, repeat themselves, or are more than [`MAX_SLOTS`].
    pub fn shape_for_keys(&mut self, keys: &[Gc<LuaString>]) -> Result<ShapeId, OutOfMemory> {
        let mut id = ShapeId::EMPTY;
        for &key in keys {
            assert!(
                key.is_interned() && self.shapes.lookup(id, key).is_none(),
                "keys are distinct interned strings"
            );
            id = self.shape_add_key(id, key, KeyOrigin::Constant)?.expect("at most MAX_SLOTS keys");
        }
        Ok(id)
    }

    fn shape_change<R>(&mut self, change: impl FnOnce(&mut Shapes) -> R) -> Result<R, OutOfMemory> {
        let result = change(&mut self.shapes);
        if self.shapes.unaccounted != 0 {
            self.account_shapes()?;
        }
        Ok(result)
    }

    /// Tells the heap what new shapes take. When that is too much they stay, unused, until the next sweep.
    #[cold]
    fn account_shapes(&mut self) -> Result<(), OutOfMemory> {
        let bytes = std::mem::take(&mut self.shapes.unaccounted);
        self.heap.try_account(bytes as usize).inspect_err(|_| self.heap.account(bytes))
    }
}
