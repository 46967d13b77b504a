//! Tests of tables as wholes. `model` compares them with a simple map, `caches` plays the interpreter's inline caches,
//! `shapes` looks at what shapes cost.

mod caches;
mod model;
mod shapes;

use super::{FIRST, SetError};
use crate::error::OutOfMemory;
use crate::object::{Gc, LuaString, Table};
use crate::string::Event;
use crate::vm::Options;
use crate::{Value, Vm};

fn vm() -> Box<Vm> {
    Vm::new(Options::default()).unwrap()
}

fn number(n: impl Into<f64>) -> Value {
    Value::number(n.into())
}

/// Keeps a table alive, as a global of a program would.
fn root(vm: &mut Vm, t: Gc<Table>) -> Gc<Table> {
    // SAFETY: the registry is live.
    let registry = unsafe { Gc::from_raw(vm.registry) };
    let n = vm.table_len(registry) as i64 + 1;
    vm.table_set_int(registry, n, Value::table(t)).unwrap();
    t
}

fn table(vm: &mut Vm) -> Gc<Table> {
    let t = vm.new_table(0, 0).unwrap();
    root(vm, t)
}

fn name(vm: &mut Vm, s: &str) -> Gc<LuaString> {
    vm.intern(s.as_bytes()).unwrap()
}

fn set(vm: &mut Vm, t: Gc<Table>, key: &str, v: Value) {
    let key = name(vm, key);
    vm.table_set_str(t, key, v).unwrap();
}

fn get(vm: &mut Vm, t: Gc<Table>, key: &str) -> Value {
    let key = name(vm, key);
    vm.table_get_str(t, key)
}

/// All keys, in order.
fn keys(vm: &Vm, t: Gc<Table>) -> Vec<Value> {
    let mut keys = Vec::new();
    let mut key = Value::NIL;
    while let Some((k, v)) = vm.table_next(t, key).unwrap() {
        assert_eq!(vm.table_get(t, k), v);
        keys.push(k);
        key = k;
    }
    let mut position = FIRST;
    for &k in &keys {
        let (next, by_position, _) = vm.table_next_at(t, position).unwrap();
        assert_eq!(by_position, k);
        position = next;
    }
    assert!(vm.table_next_at(t, position).is_none());
    keys
}

fn integers(range: impl IntoIterator<Item = i32>) -> Vec<Value> {
    range.into_iter().map(number).collect()
}

#[test]
fn a_list_is_an_array_part() {
    let mut vm = vm();
    let t = table(&mut vm);
    for i in 1..=1000 {
        vm.table_set_int(t, i, number(i as f64)).unwrap();
        assert_eq!(vm.table_len(t), i as u64);
    }
    assert!(t.dict.is_null() && t.asize == 1001);
    assert_eq!(keys(&vm, t), integers(1..=1000));
    for i in (1..=1000).rev() {
        assert_eq!(vm.table_len(t), i as u64);
        vm.table_set_int(t, i, Value::NIL).unwrap();
    }
    assert_eq!(vm.table_len(t), 0);
    assert_eq!(keys(&vm, t), []);
}

#[test]
fn a_list_from_zero_on() {
    let mut vm = vm();
    let t = table(&mut vm);
    (0..100).for_each(|i| vm.table_set_int(t, i, number(i as f64)).unwrap());
    assert!(t.dict.is_null() && t.asize == 100);
    assert_eq!(vm.table_len(t), 99);
    assert_eq!(keys(&vm, t), integers((1..100).chain([0])));
    vm.table_set(t, number(-0.0), Value::TRUE).unwrap();
    assert_eq!(vm.table_get(t, number(0)), Value::TRUE);
}

#[test]
fn a_list_filled_backwards_becomes_an_array_part() {
    let mut vm = vm();
    let t = table(&mut vm);
    (1..=1000).rev().for_each(|i| vm.table_set_int(t, i, number(i as f64)).unwrap());
    assert_eq!(t.asize, 1001);
    assert_eq!((vm.table_len(t), keys(&vm, t)), (1000, integers(1..=1000)));
    let t = vm.new_table(1000, 0).unwrap();
    (1..=1000).rev().for_each(|i| vm.table_set_int(t, i, number(i as f64)).unwrap());
    assert!(t.dict.is_null() && t.asize == 1001);
}

#[test]
fn keys_behind_a_hole_join_the_list() {
    let mut vm = vm();
    let t = table(&mut vm);
    for i in [20, 18, 19, 21, 3, 2, 1] {
        vm.table_set_int(t, i, number(i as f64)).unwrap();
    }
    assert_eq!(vm.table_len(t), 3);
    (4..18).for_each(|i| vm.table_set_int(t, i, number(i as f64)).unwrap());
    assert_eq!((vm.table_len(t), t.asize), (21, 22));
    assert_eq!(keys(&vm, t), integers(1..=21));
}

#[test]
fn sparse_keys_do_not_make_an_array_part() {
    let mut vm = vm();
    let t = table(&mut vm);
    let sparse: Vec<i32> = (1..=200).map(|i| i * 1000).collect();
    for &i in &sparse {
        vm.table_set_int(t, i64::from(i), Value::TRUE).unwrap();
    }
    assert!(t.acap < 10, "{}", t.acap);
    assert_eq!(keys(&vm, t), integers(sparse));
    for odd in [-1i64, 1 << 40, i64::MIN] {
        vm.table_set_int(t, odd, number(odd as f64)).unwrap();
        assert_eq!(vm.table_get_int(t, odd), number(odd as f64));
    }
}

#[test]
fn a_queue_takes_no_more_room_than_it_needs() {
    let mut vm = vm();
    let t = table(&mut vm);
    for i in 1..=100_000 {
        vm.table_set_int(t, i, Value::TRUE).unwrap();
        vm.table_set_int(t, i - 50, Value::NIL).unwrap();
    }
    assert_eq!(keys(&vm, t).len(), 50);
    // SAFETY: the queue's elements have to be in a dictionary.
    let room = t.acap + unsafe { (*t.dict).cap };
    assert!(room < 500, "{room}");
}

#[test]
fn the_length_of_lists_with_holes_is_a_border() {
    let mut vm = vm();
    let nil = Value::NIL;
    for values in [
        &[nil, nil, Value::TRUE][..],
        &[Value::TRUE, nil],
        &[nil, nil, nil],
        &[Value::TRUE, nil, Value::TRUE, nil],
    ] {
        let t = table(&mut vm);
        vm.table_set_list(t, 1, values).unwrap();
        let n = vm.table_len(t) as i64;
        assert!(n == 0 || !vm.table_get_int(t, n).is_nil());
        assert!(vm.table_get_int(t, n + 1).is_nil());
    }
    // As in PUC Lua.
    let t = table(&mut vm);
    vm.table_set_list(t, 1, &[Value::TRUE; 3]).unwrap();
    vm.table_set_int(t, 5, Value::TRUE).unwrap();
    assert_eq!(vm.table_len(t), 3);
}

#[test]
fn values_can_be_removed_during_traversal() {
    let mut vm = vm();
    let t = table(&mut vm);
    let long: Vec<Value> = (0..5).map(|i| vm.new_string(format!("{i:060}").as_bytes()).unwrap()).collect();
    let mut expected = integers(1..=10);
    expected.push(number(0));
    let names = ["a", "b", "c"].map(|s| Value::string(name(&mut vm, s)));
    expected.extend(names);
    expected.extend(&long);
    expected.extend([Value::TRUE, number(0.5), number(1e100)]);
    for &k in expected.iter().rev() {
        vm.table_set(t, k, Value::TRUE).unwrap();
    }
    let mut seen = Vec::new();
    let mut key = Value::NIL;
    while let Some((k, _)) = vm.table_next(t, key).unwrap() {
        vm.table_set(t, k, Value::NIL).unwrap();
        vm.table_len(t);
        seen.push(k);
        key = k;
    }
    let sort = |mut keys: Vec<Value>| {
        keys.sort_by_key(|k| k.to_bits());
        keys
    };
    assert_eq!(sort(seen), sort(expected));
    assert_eq!(keys(&vm, t), []);
    assert!(vm.table_next(t, Value::FALSE).is_err());
}

#[test]
fn slots_are_traversed_in_the_order_of_insertion_even_as_a_dictionary() {
    let mut vm = vm();
    let t = table(&mut vm);
    let names: Vec<Value> = (0..600).map(|i| Value::string(name(&mut vm, &format!("k{i}")))).collect();
    for (i, &k) in names.iter().enumerate() {
        vm.table_set_str(t, k.as_string().unwrap(), number(i as f64)).unwrap();
    }
    assert!(vm.shapes.is_dictionary(t.shape()));
    assert_eq!(keys(&vm, t), names);
    // Computed keys go over sooner.
    let names: Vec<Value> = (0..20).map(|i| Value::string(name(&mut vm, &format!("c{i}")))).collect();
    let t = table(&mut vm);
    names.iter().for_each(|&k| vm.table_set(t, k, Value::TRUE).unwrap());
    assert!(vm.shapes.is_dictionary(t.shape()));
    assert_eq!(keys(&vm, t), names);
    vm.table_clear(t).unwrap();
    assert_eq!(keys(&vm, t), []);
}

#[test]
fn long_strings_are_keys_by_content() {
    let mut vm = vm();
    let t = table(&mut vm);
    let text = [b'x'; 100];
    let (a, b) = (vm.new_string(&text).unwrap(), vm.new_string(&text).unwrap());
    assert_ne!(a, b);
    vm.table_set(t, a, Value::TRUE).unwrap();
    assert_eq!(vm.table_get(t, b), Value::TRUE);
    vm.table_set(t, b, Value::NIL).unwrap();
    assert_eq!(keys(&vm, t), []);
    vm.full_collect();
    let c = vm.new_string(&text).unwrap();
    vm.table_set(t, c, Value::FALSE).unwrap();
    assert_eq!(keys(&vm, t), [c]);
}

#[test]
fn bad_keys_are_refused() {
    let mut vm = vm();
    let t = table(&mut vm);
    assert_eq!(vm.table_set(t, Value::NIL, Value::TRUE), Err(SetError::NilKey));
    assert_eq!(vm.table_set(t, number(f64::NAN), Value::TRUE), Err(SetError::NanKey));
    assert!(vm.table_get(t, Value::NIL).is_nil() && vm.table_get(t, number(f64::NAN)).is_nil());
}

#[test]
fn read_only_tables_refuse_every_store() {
    let mut vm = vm();
    let t = table(&mut vm);
    set(&mut vm, t, "x", Value::TRUE);
    vm.table_set_list(t, 1, &[Value::TRUE; 3]).unwrap();
    let shape = t.shape();
    vm.table_set_read_only(t, true).unwrap();
    assert!(vm.table_is_read_only(t) && t.shape() != shape);
    let x = name(&mut vm, "x");
    for key in [Value::string(x), number(1), number(4), number(0.5), Value::TRUE] {
        assert_eq!(vm.table_set(t, key, Value::NIL), Err(SetError::ReadOnly));
        assert_eq!(vm.table_set(t, key, Value::TRUE), Err(SetError::ReadOnly));
    }
    assert_eq!(vm.table_set_int(t, 1, Value::NIL), Err(SetError::ReadOnly));
    assert_eq!(vm.table_insert_at(t, 1, Value::TRUE), Err(SetError::ReadOnly));
    assert_eq!(vm.table_remove_at(t, None), Err(SetError::ReadOnly));
    assert_eq!(vm.table_clear(t), Err(SetError::ReadOnly));
    assert_eq!(vm.table_len(t), 3);
    vm.table_set_read_only(t, false).unwrap();
    assert_eq!(vm.table_set(t, Value::TRUE, Value::TRUE), Ok(()));
}

#[test]
fn insert_and_remove_in_the_middle() {
    let mut vm = vm();
    let t = table(&mut vm);
    let list = |vm: &Vm| {
        (1..=vm.table_len(t)).map(|i| vm.table_get_int(t, i as i64).as_number().unwrap()).collect::<Vec<_>>()
    };
    for i in 1..=5 {
        vm.table_insert_at(t, 1, number(i)).unwrap();
    }
    assert_eq!(list(&vm), [5.0, 4.0, 3.0, 2.0, 1.0]);
    vm.table_insert_at(t, 3, number(9)).unwrap();
    assert_eq!(list(&vm), [5.0, 4.0, 9.0, 3.0, 2.0, 1.0]);
    assert_eq!(vm.table_remove_at(t, Some(2)), Ok(Some(number(4))));
    assert_eq!(vm.table_remove_at(t, None), Ok(Some(number(1))));
    assert_eq!(vm.table_remove_at(t, Some(9)), Ok(None));
    assert_eq!(list(&vm), [5.0, 9.0, 3.0, 2.0]);
    // Before the beginning, as PUC Lua does it: everything moves up.
    vm.table_insert_at(t, -1, number(7)).unwrap();
    assert_eq!(vm.table_get_int(t, -1), number(7));
    assert_eq!(vm.table_get_int(t, 5), number(2));
    // Beyond the end.
    vm.table_insert_at(t, 100, number(8)).unwrap();
    assert_eq!(vm.table_get_int(t, 100), number(8));
    let t = table(&mut vm);
    assert_eq!(vm.table_remove_at(t, None), Ok(None));
}

#[test]
fn metamethods_are_found_and_their_absence_is_noticed_to_end() {
    let mut vm = vm();
    let (t, m) = (table(&mut vm), table(&mut vm));
    assert!(vm.metamethod(Value::table(t), Event::Index).is_nil());
    vm.table_set_metatable(t, Some(m)).unwrap();
    assert_eq!(vm.table_metatable(t), Some(m));
    for &event in Event::ALL {
        assert!(vm.metamethod(Value::table(t), event).is_nil());
        set(&mut vm, m, event.text(), Value::TRUE);
        assert_eq!(vm.metamethod(Value::table(t), event), Value::TRUE);
        set(&mut vm, m, event.text(), Value::NIL);
        assert!(vm.metamethod(Value::table(t), event).is_nil());
        set(&mut vm, m, event.text(), Value::FALSE);
        assert_eq!(vm.metamethod(Value::table(t), event), Value::FALSE);
    }
    assert!(vm.metamethod(Value::TRUE, Event::Call).is_nil());
    vm.table_set_metatable(t, None).unwrap();
    assert!(vm.metamethod(Value::table(t), Event::Index).is_nil());
}

#[test]
fn chains_end_at_values_handlers_and_loops() {
    use super::{Index, NewIndex};
    let mut vm = vm();
    let (t, m, class) = (table(&mut vm), table(&mut vm), table(&mut vm));
    let x = Value::string(name(&mut vm, "x"));
    vm.table_set_metatable(t, Some(m)).unwrap();
    assert_eq!(vm.index_chain(Value::table(t), x), Index::Value(Value::NIL));
    assert_eq!(vm.newindex_chain(Value::table(t), x), NewIndex::Raw(t));
    set(&mut vm, m, "__index", Value::table(class));
    set(&mut vm, m, "__newindex", Value::table(class));
    set(&mut vm, class, "x", number(5));
    assert_eq!(vm.index_chain(Value::table(t), x), Index::Value(number(5)));
    assert_eq!(vm.newindex_chain(Value::table(t), x), NewIndex::Raw(class));
    set(&mut vm, t, "x", number(6));
    assert_eq!(vm.newindex_chain(Value::table(t), x), NewIndex::Raw(t));
    set(&mut vm, t, "x", Value::NIL);
    set(&mut vm, m, "__index", Value::table(t));
    set(&mut vm, m, "__newindex", Value::table(t));
    assert_eq!(vm.index_chain(Value::table(t), x), Index::Loop);
    assert_eq!(vm.newindex_chain(Value::table(t), x), NewIndex::Loop);
    assert_eq!(vm.index_chain(number(1), x), Index::NotIndexable(number(1)));
    set(&mut vm, m, "__index", Value::TRUE);
    assert_eq!(vm.index_chain(Value::table(t), x), Index::NotIndexable(Value::TRUE));
}

#[test]
fn a_store_that_finds_no_memory_changes_nothing() {
    let mut vm = vm();
    let t = table(&mut vm);
    for i in 1..=3000 {
        vm.table_set_int(t, i, number(i as f64)).unwrap();
        vm.table_set(t, number(i as f64 + 0.5), Value::TRUE).unwrap();
    }
    vm.full_collect();
    vm.heap.set_limit(Some(vm.heap.used_bytes() + 200_000));
    let mut failed = None;
    for i in 3001.. {
        let before = (vm.table_len(t), t.asize);
        if let Err(e) = vm.table_set_int(t, i, number(i as f64)) {
            assert_eq!((e, vm.table_len(t), t.asize), (SetError::Memory, before.0, before.1));
            failed = Some(i);
            break;
        }
    }
    for i in 0.. {
        let key = number(f64::from(i) + 0.25);
        if vm.table_set(t, key, Value::TRUE).is_err() {
            assert!(vm.table_get(t, key).is_nil());
            break;
        }
    }
    assert_eq!(vm.table_len(t), failed.unwrap() as u64 - 1);
    assert_eq!(vm.new_table(1 << 30, 0).err(), Some(OutOfMemory));
}
