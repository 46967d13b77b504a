//! Inline caches, played as the interpreter does it: what a cache says must be what a look-up finds, whatever happens between.

use super::*;
use crate::bytecode::{Instr, Op, test_proto};
use crate::object::{Header, gc_flag};
use crate::shape::ShapeId;
use crate::table::{IcGet, IcSet, Index, absent_holder};

/// What a hit of the cache gives; `None` for a miss.
fn hit(vm: &Vm, cache: IcGet, t: Gc<Table>) -> Option<Value> {
    let (shape, valid, table, slot) = match cache {
        IcGet::Own { shape, slot } => (shape, true, t.as_ptr(), slot),
        IcGet::Chain { shape, epoch, holder, slot } => (shape, epoch == vm.epoch, holder, slot),
        IcGet::Absent { shape, epoch } => {
            return (shape == t.shape() && epoch == vm.epoch).then_some(Value::NIL);
        }
        IcGet::Handler { .. } | IcGet::Uncacheable => return None,
    };
    // SAFETY: that the holder is live while the epoch is the same is what is being tested.
    (valid && shape == t.shape())
        .then(|| unsafe { *(*table).slots.add(slot as usize) })
        .filter(|v| !v.is_nil())
}

/// Carries a cached store out; says whether it was a hit.
fn store(vm: &mut Vm, cache: IcSet, t: Gc<Table>, v: Value) -> bool {
    // SAFETY: the rules of the cache.
    unsafe {
        match cache {
            IcSet::Existing { shape, slot }
                if shape == t.shape() && !(*t.slots.add(slot as usize)).is_nil() =>
            {
                *t.slots.add(slot as usize) = v;
            }
            IcSet::Add { old, new, slot }
                if old == t.shape() && slot < u32::from(t.slot_cap) && !v.is_nil() =>
            {
                *t.slots.add(slot as usize) = v;
                (*t.as_ptr()).header.word = new.0;
            }
            _ => return false,
        }
    }
    vm.barrier(t);
    true
}

struct Classes {
    vm: Box<Vm>,
    object: Gc<Table>,
    meta: Gc<Table>,
    class: Gc<Table>,
    base_meta: Gc<Table>,
    base: Gc<Table>,
}

/// object -> meta.__index = class -> base_meta.__index = base
fn classes() -> Classes {
    let mut vm = vm();
    let [object, meta, class, base_meta, base] = std::array::from_fn(|_| table(&mut vm));
    set(&mut vm, base, "inherited", number(1));
    set(&mut vm, class, "method", number(2));
    set(&mut vm, meta, "__index", Value::table(class));
    set(&mut vm, base_meta, "__index", Value::table(base));
    vm.table_set_metatable(class, Some(base_meta)).unwrap();
    vm.table_set_metatable(object, Some(meta)).unwrap();
    set(&mut vm, object, "field", number(3));
    Classes { vm, object, meta, class, base_meta, base }
}

impl Classes {
    fn cache(&mut self, key: &str) -> IcGet {
        let key = name(&mut self.vm, key);
        self.vm.ic_get_str(self.object, key)
    }

    /// The value found the long way.
    fn value(&mut self, key: &str) -> Value {
        let key = Value::string(name(&mut self.vm, key));
        match self.vm.index_chain(Value::table(self.object), key) {
            Index::Value(v) => v,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn caches_give_what_is_there() {
    let mut c = classes();
    for (key, n) in [("field", 3), ("method", 2), ("inherited", 1)] {
        let cache = c.cache(key);
        assert_eq!(hit(&c.vm, cache, c.object), Some(number(n)), "{key}");
    }
    let cache = c.cache("nothing");
    assert_eq!(hit(&c.vm, cache, c.object), Some(Value::NIL));
    // They serve other objects of the class too.
    let cache = c.cache("inherited");
    let other = table(&mut c.vm);
    c.vm.table_set_metatable(other, Some(c.meta)).unwrap();
    set(&mut c.vm, other, "field", number(9));
    assert_eq!(hit(&c.vm, cache, other), Some(number(1)));
    // SAFETY: a static.
    assert!(unsafe { (*(*absent_holder()).slots).is_nil() });
}

#[test]
fn a_change_of_a_value_is_seen_without_a_miss() {
    let mut c = classes();
    let cache = c.cache("inherited");
    let epoch = c.vm.epoch;
    set(&mut c.vm, c.base, "inherited", number(10));
    assert_eq!((hit(&c.vm, cache, c.object), c.vm.epoch), (Some(number(10)), epoch));
    set(&mut c.vm, c.base, "inherited", Value::NIL);
    assert_eq!((hit(&c.vm, cache, c.object), c.value("inherited")), (None, Value::NIL));
}

#[test]
fn every_change_of_a_chain_voids_its_caches() {
    type Change = fn(&mut Classes);
    let changes: [(&str, &str, Change); 12] = [
        ("shadowed by the class", "inherited", |c| set(&mut c.vm, c.class, "inherited", number(20))),
        ("shadowed by the object", "inherited", |c| set(&mut c.vm, c.object, "inherited", number(20))),
        ("added to the base", "nothing", |c| set(&mut c.vm, c.base, "nothing", number(20))),
        ("another class", "method", |c| set(&mut c.vm, c.meta, "__index", Value::table(c.base))),
        ("no class", "method", |c| set(&mut c.vm, c.meta, "__index", Value::NIL)),
        ("another metatable", "method", |c| c.vm.table_set_metatable(c.object, Some(c.base_meta)).unwrap()),
        ("another metatable of the class", "inherited", |c| {
            let m = table(&mut c.vm);
            c.vm.table_set_metatable(c.class, Some(m)).unwrap();
        }),
        ("no metatable of the class", "inherited", |c| c.vm.table_set_metatable(c.class, None).unwrap()),
        ("an end gets a metatable", "nothing", |c| {
            set(&mut c.vm, c.class, "nothing", number(20));
            set(&mut c.vm, c.class, "nothing", Value::NIL);
            let m = table(&mut c.vm);
            set(&mut c.vm, m, "nothing", number(21));
            set(&mut c.vm, m, "__index", Value::table(m));
            c.vm.table_set_metatable(c.base, Some(m)).unwrap();
        }),
        ("cleared", "method", |c| c.vm.table_clear(c.class).unwrap()),
        ("a dictionary", "method", |c| {
            for i in 0..600 {
                set(&mut c.vm, c.class, &format!("method{i}"), number(1));
            }
            set(&mut c.vm, c.class, "method", number(20));
        }),
        ("raw", "inherited", |c| {
            let key = Value::string(name(&mut c.vm, "inherited"));
            c.vm.table_set(c.class, key, number(30)).unwrap();
        }),
    ];
    for (what, key, change) in changes {
        for again in [false, true] {
            let mut c = classes();
            if again {
                // From a state in which the tables were watched and changed before.
                c.cache(key);
                set(&mut c.vm, c.class, "more", Value::TRUE);
                set(&mut c.vm, c.base, "more", Value::TRUE);
            }
            let cache = c.cache(key);
            let before = c.value(key);
            assert_eq!(hit(&c.vm, cache, c.object), Some(before), "{what}");
            change(&mut c);
            let now = c.value(key);
            let cached = hit(&c.vm, cache, c.object);
            assert!(cached.is_none() || cached == Some(now), "{what}: {cached:?}, but {now:?}");
            let cache = c.cache(key);
            let cached = hit(&c.vm, cache, c.object);
            assert!(cached.is_none() || cached == Some(now), "{what}, cached anew: {cached:?}, but {now:?}");
        }
    }
}

#[test]
fn a_value_behind_a_nil_slot_is_found_until_the_slot_is_filled() {
    let mut c = classes();
    set(&mut c.vm, c.class, "inherited", number(5));
    set(&mut c.vm, c.class, "inherited", Value::NIL);
    let cache = c.cache("inherited");
    assert_eq!(hit(&c.vm, cache, c.object), Some(number(1)));
    // A cached store cannot fill it, an ordinary one is noticed.
    let key = name(&mut c.vm, "inherited");
    let writer = c.vm.ic_set_str(c.class, key);
    assert!(!store(&mut c.vm, writer, c.class, number(6)));
    set(&mut c.vm, c.class, "inherited", number(6));
    assert_eq!(hit(&c.vm, cache, c.object), None);
}

#[test]
fn weak_links_are_not_cached() {
    let mut c = classes();
    let weak = table(&mut c.vm);
    let mode = c.vm.new_string(b"v").unwrap();
    c.vm.table_set_metatable(c.meta, Some(weak)).unwrap();
    let cache = c.cache("method");
    assert_eq!(hit(&c.vm, cache, c.object), Some(number(2)));
    set(&mut c.vm, weak, "__mode", mode);
    assert_eq!(hit(&c.vm, cache, c.object), None);
    assert_eq!(c.cache("method"), IcGet::Uncacheable);
}

#[test]
fn restless_tables_are_not_cached() {
    let mut c = classes();
    let mut hits = 0;
    for i in 0..100 {
        let cache = c.cache("inherited");
        hits += hit(&c.vm, cache, c.object).is_some() as u32;
        set(&mut c.vm, c.base, &format!("new{i}"), Value::TRUE);
    }
    assert!((10..20).contains(&hits), "{hits}");
    let epoch = c.vm.epoch;
    set(&mut c.vm, c.base, "one more", Value::TRUE);
    assert_eq!(c.vm.epoch, epoch);
}

#[test]
fn stores_by_cache() {
    let mut vm = vm();
    let (x, y) = (name(&mut vm, "x"), name(&mut vm, "y"));
    let first = table(&mut vm);
    let add_x = vm.ic_set_str(first, x);
    vm.table_set_str(first, x, number(1)).unwrap();
    let add_y = vm.ic_set_str(first, y);
    vm.table_set_str(first, y, number(2)).unwrap();
    let set_x = vm.ic_set_str(first, x);
    let t = vm.new_table(0, 4).unwrap();
    let t = root(&mut vm, t);
    assert!(!store(&mut vm, set_x, t, number(5)) && !store(&mut vm, add_x, t, Value::NIL));
    for (cache, v) in [(add_x, 5), (add_y, 6), (set_x, 7)] {
        assert!(store(&mut vm, cache, t, number(v)));
    }
    assert_eq!(
        (t.shape(), vm.table_get_str(t, x), vm.table_get_str(t, y)),
        (first.shape(), number(7), number(6))
    );
    // Nothing that could matter to a metamethod or a watcher is cached.
    let index = name(&mut vm, "__index");
    assert_eq!(vm.ic_set_str(t, index), IcSet::Uncacheable);
    vm.table_set_str(t, index, Value::TRUE).unwrap();
    assert_eq!(vm.ic_set_str(t, index), IcSet::Uncacheable);
    let text = [b'l'; 60];
    let long = vm.intern(&text).unwrap();
    assert_eq!(vm.ic_set_str(t, long), IcSet::Uncacheable);
    assert_eq!(vm.ic_get_str(t, long), IcGet::Uncacheable);
}

#[test]
fn watched_tables_take_no_cached_additions() {
    let mut c = classes();
    let more = name(&mut c.vm, "more");
    let before = c.vm.ic_set_str(c.class, more);
    assert!(matches!(before, IcSet::Add { .. }));
    c.cache("inherited");
    assert!(c.class.header.gc & gc_flag::WATCHED != 0);
    assert!(!store(&mut c.vm, before, c.class, Value::TRUE));
    assert_eq!(c.vm.ic_set_str(c.class, more), IcSet::Uncacheable);
    // But values of theirs can be replaced.
    let method = name(&mut c.vm, "method");
    let replace = c.vm.ic_set_str(c.class, method);
    let cache = c.cache("method");
    assert!(store(&mut c.vm, replace, c.class, number(9)));
    assert_eq!(hit(&c.vm, cache, c.object), Some(number(9)));
}

/// A prototype with one `SetField` whose cache adds a key, one `GetField`, one `NewObject`.
fn cached_code(old: u32, new: u32, own: u32, object: u32) -> Vec<u32> {
    let op = |op| Instr::abc(op, 0, 0, 0).0;
    let mut code = vec![op(Op::Func), 0];
    code.extend([op(Op::SetField), 0, old, 3, new]);
    code.extend([op(Op::GetField), 0, own, 2, 0, 0, 0]);
    code.extend([op(Op::NewObject), 0, object, 0, op(Op::Return0)]);
    code
}

#[test]
fn additions_are_forgotten_when_the_metatable_gets_newindex() {
    let mut c = classes();
    let key = name(&mut c.vm, "added");
    let IcSet::Add { old, new, .. } = c.vm.ic_set_str(c.object, key) else { panic!("not cached") };
    let unrelated = c.base.shape();
    c.vm.protos.push(Some(test_proto(cached_code(old.0, new.0, old.0, unrelated.0), Vec::new())));
    let word = |vm: &Vm, n: usize| vm.protos.last().unwrap().as_ref().unwrap().code()[n];
    set(&mut c.vm, c.meta, "__call", Value::TRUE);
    assert_eq!(word(&c.vm, 4), old.0);
    set(&mut c.vm, c.meta, "__newindex", Value::TRUE);
    assert_eq!([4, 6, 9, 16].map(|n| word(&c.vm, n)), [0, 0, old.0, unrelated.0]);
    assert_eq!(c.vm.ic_set_str(c.object, key), IcSet::Uncacheable);
    c.vm.protos.pop();
}

#[test]
fn caches_of_dead_shapes_are_emptied_before_the_ids_are_used_again() {
    let mut vm = vm();
    let kept = table(&mut vm);
    set(&mut vm, kept, "kept", Value::TRUE);
    let mut dying = |key: &str| {
        let t = vm.new_table(0, 0).unwrap();
        set(&mut vm, t, key, Value::TRUE);
        t.shape().0
    };
    let (a, b) = (dying("a"), dying("b"));
    let live = kept.shape().0;
    let proto = test_proto(cached_code(live, a, live, b), Vec::new());
    // The prototype itself must survive: a closure of it.
    let code: *const u32 = proto.code().as_ptr();
    let proto = vm.add_proto(proto).unwrap();
    // SAFETY: a fresh object of this size, all of whose fields are set.
    let closure = unsafe {
        let f = vm
            .heap
            .alloc(crate::object::Kind::LuaFunction, crate::object::LuaFunction::byte_size(0))
            .unwrap();
        let f = f as *mut crate::object::LuaFunction;
        (*f).header.small = 0;
        (*f).proto = proto;
        (*f).env = vm.globals;
        Value::function(Gc::from_raw(f as *mut crate::object::Function))
    };
    set(&mut vm, kept, "kept", closure);
    // SAFETY: the closure keeps the code.
    let word = |n: usize| unsafe { *code.add(n) };
    vm.minor_collect();
    assert_eq!([4, 6, 9, 16].map(word), [0, 0, live, 0]);
    let reused: Vec<ShapeId> = ["c", "d"]
        .map(|key| {
            let t = vm.new_table(0, 0).unwrap();
            set(&mut vm, t, key, Value::TRUE);
            t.shape()
        })
        .to_vec();
    assert!(reused.iter().all(|id| [a, b].contains(&id.0)), "{reused:?} {a} {b}");
}

#[test]
fn constants_hold_while_the_shape_does() {
    let mut vm = vm();
    let t = table(&mut vm);
    for key in ["a", "b"] {
        set(&mut vm, t, key, number(1));
    }
    let b = name(&mut vm, "b");
    let slot = vm.shapes.lookup(t.shape(), b).unwrap();
    let shape = vm.watch_constant(t, slot).unwrap().unwrap();
    assert_eq!((t.shape(), vm.watch_constant(t, slot).unwrap()), (shape, Some(shape)));
    assert_eq!(vm.ic_set_str(t, b), IcSet::Uncacheable);
    let a = name(&mut vm, "a");
    assert!(matches!(vm.ic_set_str(t, a), IcSet::Existing { .. }));
    let epoch = vm.shapes.constant_epoch;
    set(&mut vm, t, "a", number(2));
    set(&mut vm, t, "b", number(1));
    assert_eq!((t.shape(), vm.shapes.constant_epoch), (shape, epoch));
    set(&mut vm, t, "b", number(2));
    assert!(t.shape() != shape && vm.shapes.constant_epoch != epoch);
    let shape = vm.watch_constant(t, slot).unwrap().unwrap();
    let epoch = vm.shapes.constant_epoch;
    set(&mut vm, t, "c", number(2));
    assert!(t.shape() != shape && vm.shapes.constant_epoch != epoch);
    vm.full_collect();
    assert!(!vm.shapes.has_constants(t.shape()));
    assert_eq!(vm.watch_constant(t, 3).unwrap(), None);
    assert_eq!(std::mem::offset_of!(Header, word), 4);
}

#[test]
fn methods_of_strings() {
    let mut vm = vm();
    let (m, library) = (table(&mut vm), table(&mut vm));
    set(&mut vm, m, "__index", Value::table(library));
    set(&mut vm, library, "len", number(1));
    let (len, rep) = (name(&mut vm, "len"), name(&mut vm, "rep"));
    assert_eq!(vm.ic_chain_of(m, len), Some((library.as_ptr(), 0)));
    assert_eq!(vm.ic_chain_of(m, rep), None);
    let epoch = vm.epoch;
    set(&mut vm, m, "__index", Value::NIL);
    assert_ne!(vm.epoch, epoch);
}

#[test]
fn functions_that_are_asked_are_cached_while_they_are_the_same() {
    let mut c = classes();
    crate::library::open_library(&mut c.vm, crate::library::Library::Base).unwrap();
    let (one, other) = (c.vm.next_function, c.vm.ipairs_iterator);
    let key = c.vm.new_string(b"new").unwrap().as_string().unwrap();
    for event in ["__index", "__newindex"] {
        set(&mut c.vm, c.meta, event, one);
        let cached = |c: &mut Classes| match event {
            "__index" => match c.cache("new") {
                IcGet::Handler { shape, epoch, metatable, slot } => Some((shape, epoch, metatable, slot)),
                _ => None,
            },
            _ => match c.vm.ic_set_str(c.object, key) {
                IcSet::Handler { shape, epoch, metatable, slot } => Some((shape, epoch, metatable, slot)),
                _ => None,
            },
        };
        let (shape, epoch, metatable, slot) = cached(&mut c).expect("it can be cached");
        assert_eq!((shape, epoch, metatable), (c.object.shape(), c.vm.epoch, c.meta.as_ptr()));
        // SAFETY: the slot is one of the metatable's.
        assert_eq!(unsafe { *c.meta.slots.add(slot as usize) }, one);
        set(&mut c.vm, c.meta, event, other);
        assert_ne!(epoch, c.vm.epoch);
        assert_eq!(cached(&mut c).map(|(.., slot)| slot), Some(slot));
        set(&mut c.vm, c.meta, event, Value::NIL);
        assert_eq!(cached(&mut c), None);
    }
}

#[test]
fn slots_are_found_in_plain_records_only() {
    let mut vm = vm();
    let t = table(&mut vm);
    let [one, two, long] = ["one", "two", &"l".repeat(50)].map(|key| name(&mut vm, key));
    let absent = std::ptr::dangling_mut();
    assert_eq!(vm.find_slot(t, one, absent), absent);
    vm.table_set_str(t, two, number(2)).unwrap();
    vm.table_set_str(t, one, number(1)).unwrap();
    vm.table_set(t, Value::string(long), number(3)).unwrap();
    let found = |vm: &mut Vm, key| {
        let place = vm.find_slot(t, key, absent);
        // SAFETY: what is found is a slot of the live table.
        (!place.is_null()).then(|| unsafe { *place })
    };
    assert_eq!((found(&mut vm, one), found(&mut vm, two)), (Some(number(1)), Some(number(2))));
    assert_eq!(found(&mut vm, long), None);
    vm.table_set_read_only(t, true).unwrap();
    assert_eq!(found(&mut vm, one), None, "a store would go wrong");
    let other = table(&mut vm);
    let object = vm.new_object(other.shape(), &[]).unwrap();
    vm.table_set_metatable(object, Some(other)).unwrap();
    assert!(vm.find_slot(object, one, absent).is_null(), "the metatable would have to be asked");
}

#[test]
fn the_slot_cache_is_empty_after_a_collection() {
    let mut vm = vm();
    let t = table(&mut vm);
    set(&mut vm, t, "one", number(1));
    let one = name(&mut vm, "one");
    vm.find_slot(t, one, std::ptr::dangling_mut());
    let is_known = |vm: &Vm| vm.slot_cache.entries.iter().any(|entry| entry.key == one.as_ptr());
    assert!(is_known(&vm));
    vm.full_collect();
    assert!(!is_known(&vm));
}
