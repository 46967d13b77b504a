//! What shapes cost: they are shared, and those that nobody uses go away.

use super::*;
use crate::shape::ShapeId;

/// The number of shapes and the bytes in use when nothing more can be freed. The table of interned strings gets smaller by half in
/// each major cycle, so this takes some.
fn settle(vm: &mut Vm) -> (usize, usize) {
    (0..16).for_each(|_| vm.full_collect());
    (vm.shapes.count(), vm.heap.used_bytes())
}

#[test]
fn both_ways_of_construction_meet() {
    let mut vm = vm();
    let (a, b, m) = (table(&mut vm), table(&mut vm), table(&mut vm));
    for key in ["x", "y"] {
        set(&mut vm, a, key, Value::TRUE);
    }
    vm.table_set_metatable(a, Some(m)).unwrap();
    vm.table_set_metatable(b, Some(m)).unwrap();
    for key in ["x", "y"] {
        set(&mut vm, b, key, Value::TRUE);
    }
    assert_eq!(a.shape(), b.shape());
    let keys = ["x", "y"].map(|k| name(&mut vm, k));
    let shape = vm.shape_for_keys(&keys).unwrap();
    let c = vm.new_object(shape, &[number(1), number(2)]).unwrap();
    assert_eq!((get(&mut vm, c, "x"), get(&mut vm, c, "y")), (number(1), number(2)));
    vm.table_set_metatable(c, Some(m)).unwrap();
    assert_eq!(c.shape(), a.shape());
    vm.table_set_metatable(c, None).unwrap();
    assert_eq!(c.shape(), shape);
}

#[test]
fn shapes_branch_without_disturbing_each_other() {
    let mut vm = vm();
    let tables: Vec<_> = (0..40).map(|_| table(&mut vm)).collect();
    for (i, &t) in tables.iter().enumerate() {
        for k in 0..20 {
            set(&mut vm, t, &format!("k{k}"), number(k));
        }
        set(&mut vm, t, &format!("own{i}"), number(i as f64));
        set(&mut vm, t, "last", Value::TRUE);
    }
    for (i, &t) in tables.iter().enumerate() {
        assert_eq!(vm.shapes.slot_count(t.shape()), 22);
        for other in 0..40 {
            let expected = if other == i { number(i as f64) } else { Value::NIL };
            assert_eq!(get(&mut vm, t, &format!("own{other}")), expected);
        }
        (0..20).for_each(|k| assert_eq!(get(&mut vm, t, &format!("k{k}")), number(k)));
    }
}

#[test]
fn one_living_table_keeps_the_shape_of_its_kind() {
    let mut vm = vm();
    let class = table(&mut vm);
    let make = |vm: &mut Vm| {
        let t = table(vm);
        set(vm, t, "x", number(1));
        set(vm, t, "y", number(2));
        vm.table_set_metatable(t, Some(class)).unwrap();
        t
    };
    let shape = make(&mut vm).shape();
    for _ in 0..3 {
        vm.full_collect();
        assert_eq!(make(&mut vm).shape(), shape);
    }
}

#[test]
fn a_unique_shape_is_never_shared() {
    let mut vm = vm();
    let t = table(&mut vm);
    set(&mut vm, t, "x", number(1));
    vm.watch(t).unwrap();
    let copy = vm.new_object(t.shape(), &[number(2)]).unwrap();
    assert!(copy.shape() != t.shape() && vm.shapes.is_unique(copy.shape()));
    assert_eq!((get(&mut vm, copy, "x"), get(&mut vm, t, "x")), (number(2), number(1)));
}

#[test]
fn fields_set_at_once_are_those_set_one_by_one() {
    let mut vm = vm();
    let (one_by_one, at_once) = (table(&mut vm), table(&mut vm));
    // The second group has a name of the first and is long enough for an index and for more slots; the third comes on top.
    let groups: [&[&str]; 3] = [&["a", "b"], &["b", "c", "d", "e", "f", "g", "h", "i", "j"], &["k", "l"]];
    for (i, group) in groups.iter().enumerate() {
        let names: Vec<_> = group.iter().map(|s| name(&mut vm, s)).collect();
        let values: Vec<_> = (0..group.len()).map(|j| number((i * 100 + j) as u32)).collect();
        vm.table_set_fields(at_once, &names, &values).unwrap();
        names.iter().zip(&values).for_each(|(&k, &v)| vm.table_set_str(one_by_one, k, v).unwrap());
        assert_eq!(keys(&vm, at_once), keys(&vm, one_by_one));
        for &k in &names {
            assert_eq!(vm.table_get_str(at_once, k), vm.table_get_str(one_by_one, k));
        }
    }
    assert!(vm.shapes.is_unique(at_once.shape()));
    let other = table(&mut vm);
    let x = name(&mut vm, "x");
    vm.table_set_read_only(other, true).unwrap();
    assert_eq!(vm.table_set_fields(other, &[x], &[Value::TRUE]), Err(SetError::ReadOnly));
}

#[test]
fn a_reserved_slot_is_there() {
    let mut vm = vm();
    let t = table(&mut vm);
    for i in 0..600u32 {
        vm.table_reserve_slot(t).unwrap();
        let keys = vm.shapes.slot_count(t.shape());
        assert!(vm.shapes.is_dictionary(t.shape()) || u32::from(t.slot_cap) > keys || keys == 512);
        set(&mut vm, t, &format!("k{i}"), number(i));
    }
    (0..600u32).for_each(|i| assert_eq!(get(&mut vm, t, &format!("k{i}")), number(i)));
}

#[test]
fn objects_with_many_fields() {
    let mut vm = vm();
    let keys: Vec<_> = (0..400).map(|i| name(&mut vm, &format!("field{i}"))).collect();
    let values: Vec<_> = (0..400).map(number).collect();
    let shape = vm.shape_for_keys(&keys).unwrap();
    let t = vm.new_object(shape, &values).unwrap();
    let t = root(&mut vm, t);
    vm.full_collect();
    keys.iter().zip(&values).for_each(|(&k, &v)| assert_eq!(vm.table_get_str(t, k), v));
    let few = vm.new_object(shape, &values[..3]).unwrap();
    assert!(vm.table_get_str(few, keys[3]).is_nil() && vm.table_get_str(few, keys[399]).is_nil());
    assert_eq!(vm.table_get_str(few, keys[2]), number(2));
}

#[test]
fn distinct_computed_keys_leave_nothing_behind() {
    let mut vm = vm();
    let kept = table(&mut vm);
    set(&mut vm, kept, "x", Value::TRUE);
    let (shapes, bytes) = settle(&mut vm);
    for i in 0..1_000_000 {
        let t = vm.new_table(0, 0).unwrap();
        let key = Value::string(name(&mut vm, &format!("key number {i}")));
        vm.table_set(t, key, Value::TRUE).unwrap();
        vm.safepoint();
        assert!(vm.shapes.count() < shapes + 100);
    }
    assert_eq!(settle(&mut vm), (shapes, bytes));
    assert_eq!(get(&mut vm, kept, "x"), Value::TRUE);
}

#[test]
fn many_distinct_constant_keys_and_metatables_are_collected() {
    let mut vm = vm();
    let (shapes, bytes) = settle(&mut vm);
    let mut most = 0;
    for i in 0..100_000 {
        let (t, m) = (vm.new_table(0, 0).unwrap(), vm.new_table(0, 0).unwrap());
        set(&mut vm, t, &format!("field{i}"), number(1));
        set(&mut vm, m, "__index", Value::table(m));
        vm.table_set_metatable(t, Some(m)).unwrap();
        let method = name(&mut vm, "method");
        vm.ic_get_str(t, method);
        vm.safepoint();
        most = most.max(vm.shapes.count());
    }
    // Two or three shapes an iteration are made: the peak is what one minor cycle leaves, however many iterations there are.
    assert!(most < shapes + 20_000, "{most}");
    assert_eq!(settle(&mut vm), (shapes, bytes));
}

#[test]
fn shapes_of_live_tables_survive_with_what_they_name() {
    let mut vm = vm();
    let holder = table(&mut vm);
    for i in 0..2000i32 {
        let t = vm.new_table(0, 0).unwrap();
        vm.table_set_int(holder, i64::from(i % 50 + 1), Value::table(t)).unwrap();
        set(&mut vm, t, &format!("a{}", i % 7), number(i));
        let m = vm.new_table(0, 0).unwrap();
        set(&mut vm, m, "__index", number(i));
        vm.table_set_metatable(t, Some(m)).unwrap();
        set(&mut vm, t, &format!("b{}", i % 5), number(i));
        match i % 30 {
            0 => vm.full_collect(),
            n if n % 3 == 0 && vm.heap.phase() == crate::heap::Phase::Idle => vm.minor_collect(),
            _ => {}
        }
        for back in 0..50.min(i) {
            let j = i - back;
            let t = vm.table_get_int(holder, i64::from(j % 50 + 1)).as_table().unwrap();
            assert_eq!(get(&mut vm, t, &format!("a{}", j % 7)), number(j));
            assert_eq!(get(&mut vm, t, &format!("b{}", j % 5)), number(j));
            assert_eq!(vm.metamethod(Value::table(t), Event::Index), number(j));
        }
    }
}

#[test]
fn the_first_shapes_are_for_ever() {
    let mut vm = vm();
    let m = table(&mut vm);
    let t = vm.new_table(0, 0).unwrap();
    assert_eq!(t.shape(), ShapeId::EMPTY);
    vm.table_set_metatable(t, Some(m)).unwrap();
    assert_ne!(t.shape(), ShapeId::EMPTY);
    vm.full_collect();
    vm.full_collect();
    assert!(vm.shapes.is_dictionary(ShapeId::DICTIONARY) && !vm.shapes.is_dictionary(ShapeId::EMPTY));
    let t = vm.new_table(0, 0).unwrap();
    assert_eq!((t.shape(), vm.shapes.slot_count(t.shape())), (ShapeId::EMPTY, 0));
}
