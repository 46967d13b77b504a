//! The collector against small scenarios, and against a model of the object graph (`model`).

mod model;

use super::block::BLOCK_BYTES;
use super::*;
use crate::handles::HandleId;
use crate::object::{Function, LuaFunction, LuaString, Table, ThreadStatus, UpvalueCell};
use crate::proto::{ProtoParts, UpvalueDesc, UpvalueSource};
use crate::vm::Options;

fn state() -> Box<Vm> {
    Vm::new(Options::default()).unwrap()
}

fn string(vm: &mut Vm, text: &str) -> Value {
    vm.new_string(text.as_bytes()).unwrap()
}

fn text(v: Value) -> String {
    String::from_utf8(v.as_string().unwrap().bytes().to_vec()).unwrap()
}

fn table(vm: &mut Vm) -> Gc<Table> {
    vm.new_table(0, 0).unwrap()
}

fn set(vm: &mut Vm, t: Gc<Table>, key: &str, v: Value) {
    let key = string(vm, key);
    vm.table_set(t, key, v).unwrap();
}

fn get(vm: &mut Vm, t: Gc<Table>, key: &str) -> Value {
    let key = string(vm, key);
    vm.table_get(t, key)
}

fn metatable(vm: &mut Vm, key: &str, v: Value) -> Gc<Table> {
    let m = table(vm);
    set(vm, m, key, v);
    m
}

/// A table with `__mode`, and a handle that keeps it.
fn weak_table(vm: &mut Vm, mode: &str) -> Gc<Table> {
    let mode = string(vm, mode);
    let m = metatable(vm, "__mode", mode);
    let t = table(vm);
    vm.table_set_metatable(t, Some(m)).unwrap();
    vm.handles.alloc(Value::table(t));
    t
}

fn userdata(vm: &mut Vm, metatable: Option<Gc<Table>>, payload: u32) -> Gc<Userdata> {
    vm.new_userdata(metatable.map_or(std::ptr::null_mut(), Gc::as_ptr), payload, 0).unwrap()
}

fn empty_proto(upvalues: Vec<UpvalueDesc>, chunk_name: Gc<LuaString>) -> Box<Proto> {
    Proto::new(ProtoParts {
        code: vec![],
        constants: vec![],
        upvalues,
        protos: vec![],
        templates: vec![],
        frame_size: 4,
        num_params: 0,
        is_vararg: false,
        needs_arg: false,
        lines: vec![],
        locals: vec![],
        upvalue_names: vec![],
        chunk_name: chunk_name.as_ptr(),
        line_defined: 0,
        last_line_defined: 0,
    })
}

#[test]
fn a_fresh_state_is_small() {
    let vm = state();
    assert!(vm.heap.used_bytes() < 64 * 1024, "{}", vm.heap.used_bytes());
    assert_eq!(vm.heap.space.held(), BLOCK_BYTES);
}

#[test]
fn garbage_is_reused() {
    let mut vm = state();
    let (mut before, mut blocks) = (0, 0);
    for round in 0..20 {
        if round == 0 {
            vm.full_collect();
            (before, blocks) = (vm.heap.used_bytes(), vm.heap.space.held());
        }
        for i in 0..1000 {
            string(&mut vm, &format!("string {i} of round {round}"));
            table(&mut vm);
        }
        assert!(vm.heap.used_bytes() > before + 1000 * 64);
        vm.full_collect();
        // The intern table shrinks at the next major cycle.
        vm.full_collect();
        assert_eq!(vm.heap.used_bytes(), before);
    }
    assert_eq!(vm.heap.space.held(), blocks);
}

/// Small survivors between them must not keep the room of dead medium objects from being used again.
#[test]
fn room_of_medium_objects_is_reused_after_minor_cycles() {
    let mut vm = state();
    let kept = table(&mut vm);
    vm.handles.alloc(Value::table(kept));
    for round in 0..60 {
        for i in 0..400 {
            string(&mut vm, &format!("{i}{:2000}", round));
            let small = string(&mut vm, &format!("{i} of {round}"));
            if i == 200 {
                vm.table_set(kept, Value::number(round as f64), small).unwrap();
            }
        }
        vm.minor_collect();
    }
    // A round takes four of them.
    assert!(vm.heap.space.held() <= 10 * BLOCK_BYTES, "{}", vm.heap.space.held());
}

#[test]
fn the_count_is_exact() {
    let mut vm = state();
    let before = vm.heap.used_bytes();
    vm.heap.alloc(Kind::Bytes, 100).unwrap();
    assert_eq!(vm.heap.used_bytes(), before + 112);
    vm.heap.alloc(Kind::Bytes, 100_000).unwrap();
    assert_eq!(vm.heap.used_bytes(), before + 112 + 100_000);
    vm.heap.account(50);
    assert_eq!(vm.heap.used_bytes(), before + 112 + 100_000 + 50);
    vm.full_collect();
    assert!(vm.heap.used_bytes() <= before + 50);
}

#[test]
fn strings_are_interned_weakly() {
    let mut vm = state();
    vm.full_collect();
    let known = vm.strings.len();
    let kept = string(&mut vm, "kept");
    let handle = vm.handles.alloc(kept);
    for i in 0..5000 {
        string(&mut vm, &format!("dropped {i}"));
    }
    assert_eq!(vm.strings.len(), known + 5001);
    vm.minor_collect();
    assert_eq!(vm.strings.len(), known + 1);
    assert_eq!(string(&mut vm, "kept"), kept);
    vm.handles.release(handle);
    vm.minor_collect();
    assert_eq!(vm.strings.len(), known + 1, "an old string stays until a major cycle");
    vm.full_collect();
    assert_eq!(vm.strings.len(), known);
}

#[test]
fn long_strings_are_equal_by_content() {
    let mut vm = state();
    let long = "x".repeat(41);
    let (a, b) = (string(&mut vm, &long).as_string().unwrap(), string(&mut vm, &long).as_string().unwrap());
    assert!(a != b && crate::string::string_eq(a, b) && a.hash() == b.hash() && a.hash() != 0);
    let other = string(&mut vm, &"y".repeat(41)).as_string().unwrap();
    assert!(!crate::string::string_eq(a, other));
    let parts = vm.string_from_parts(&[b"ab", b"", b"cd"]).unwrap();
    assert_eq!(parts, string(&mut vm, "abcd"));
    let big = vm.string_from_parts(&[&[b'a'; 10_000], b"z"]).unwrap();
    assert_eq!(text(big).len(), 10_001);
    assert!(vm.byte_string(b'q').unwrap() == vm.intern(b"q").unwrap());
}

#[test]
fn a_minor_cycle_keeps_what_old_objects_got() {
    let mut vm = state();
    let old = table(&mut vm);
    vm.handles.alloc(Value::table(old));
    vm.minor_collect();
    for i in 0..500 {
        let inner = table(&mut vm);
        let name = string(&mut vm, &format!("name {i}"));
        set(&mut vm, inner, "name", name);
        // Grows the array part, then the shape, then the dictionary of an old table.
        vm.table_set_int(old, i + 1, Value::table(inner)).unwrap();
        set(&mut vm, old, &format!("key {i}"), name);
        let long = string(&mut vm, &format!("{i:060}"));
        vm.table_set(old, long, name).unwrap();
        if i % 7 == 0 {
            vm.minor_collect();
        }
    }
    vm.minor_collect();
    for i in 0..500 {
        let inner = vm.table_get_int(old, i + 1).as_table().unwrap();
        assert_eq!(text(get(&mut vm, inner, "name")), format!("name {i}"));
        assert_eq!(text(get(&mut vm, old, &format!("key {i}"))), format!("name {i}"));
        assert_eq!(text(get(&mut vm, old, &format!("{i:060}"))), format!("name {i}"));
    }
    assert_eq!(vm.heap.counts(), cycle::Counts { minor: 74, major: 0 });
}

#[test]
fn large_objects_come_and_go() {
    let mut vm = state();
    vm.full_collect();
    let (objects, used) = (vm.heap.large.len(), vm.heap.used_bytes());
    let kept = string(&mut vm, &"k".repeat(100_000));
    let handle = vm.handles.alloc(kept);
    for _ in 0..10 {
        string(&mut vm, &"g".repeat(50_000));
    }
    assert_eq!(vm.heap.large.len(), objects + 11);
    vm.minor_collect();
    assert_eq!(vm.heap.large.len(), objects + 1);
    vm.handles.release(handle);
    vm.minor_collect();
    assert_eq!(vm.heap.large.len(), objects + 1);
    vm.full_collect();
    assert_eq!((vm.heap.large.len(), vm.heap.used_bytes()), (objects, used));
}

#[test]
fn a_replaced_part_is_freed_at_once() {
    let mut vm = state();
    for collections in 0..3 {
        vm.full_collect();
        let used = vm.heap.used_bytes();
        let bytes = 100_000;
        let part = vm.heap.alloc(Kind::Values, bytes).unwrap();
        if collections == 1 {
            // SAFETY: the part is live, as if a table referred to it.
            vm.with_marker(|_, m| unsafe { m.mark_object(part) });
        }
        let kept = vm.heap.alloc(Kind::Bytes, bytes).unwrap();
        // SAFETY: nobody refers to the part.
        unsafe { vm.heap.free_part(part) };
        assert_eq!(vm.heap.used_bytes(), used + bytes);
        // SAFETY: of small parts nothing is done.
        unsafe {
            let small = vm.heap.alloc(Kind::Values, 64).unwrap();
            vm.heap.free_part(small);
            assert_eq!(object_size(kept), bytes);
        }
        vm.full_collect();
        assert_eq!(vm.heap.used_bytes(), used);
    }
}

#[test]
fn big_tables_remember_single_elements() {
    let mut vm = state();
    let big = table(&mut vm);
    vm.handles.alloc(Value::table(big));
    let n = 4 * params::BIG_TABLE as i64;
    for i in 1..=n {
        vm.table_set_int(big, i, Value::TRUE).unwrap();
    }
    vm.minor_collect();
    for round in 0..3 {
        // The last round stores more than the table has elements.
        for j in 0..[n / params::STORES_SHARE as i64, n / 4, 3 * n][round] {
            let (i, v) = (j % n + 1, string(&mut vm, &format!("element {j} of round {round}")));
            vm.table_set_int(big, i, v).unwrap();
        }
        // Few stores leave the table as it is.
        assert_eq!(big.header.is_black(), round == 0);
        vm.minor_collect();
        assert!(big.header.is_black());
    }
    for i in 1..=n {
        let j = 2 * n + i - 1;
        assert_eq!(text(vm.table_get_int(big, i)), format!("element {j} of round 2"));
    }
}

#[test]
fn safepoints_collect_when_it_is_time() {
    let mut vm = state();
    let kept = table(&mut vm);
    vm.handles.alloc(Value::table(kept));
    for i in 0..400_000 {
        let t = table(&mut vm);
        if i % 10 == 0 {
            vm.table_set_int(kept, i / 10 + 1, Value::table(t)).unwrap();
        }
        vm.safepoint();
    }
    let counts = vm.heap.counts();
    assert!(counts.minor >= 3 && counts.major >= 1, "{counts:?}");
    assert!(vm.heap.used_bytes() < 10 * 1024 * 1024, "{}", vm.heap.used_bytes());
    vm.heap.stop();
    for _ in 0..100_000 {
        table(&mut vm);
        vm.safepoint();
    }
    assert_eq!(vm.heap.counts(), counts);
    vm.heap.restart();
    table(&mut vm);
    vm.heap.close_run();
    table(&mut vm);
    vm.safepoint();
    assert_eq!((vm.heap.set_pause(150), vm.heap.set_stepmul(300)), (200, 200));
}

#[test]
fn weak_values_go_and_strings_stay() {
    let mut vm = state();
    let weak = weak_table(&mut vm, "v");
    for full in [true, false] {
        let (dead, live) = (table(&mut vm), table(&mut vm));
        let handle = vm.handles.alloc(Value::table(live));
        let string_value = string(&mut vm, "a string value");
        for key in ["array", "slot"] {
            let at = |vm: &mut Vm, i: i64| match key {
                "array" => Value::number(i as f64),
                _ => string(vm, &format!("slot {i}")),
            };
            for (i, v) in
                [Value::table(dead), Value::table(live), string_value, Value::TRUE].into_iter().enumerate()
            {
                let key = at(&mut vm, i as i64 + 1);
                vm.table_set(weak, key, v).unwrap();
            }
        }
        vm.table_set(weak, Value::TRUE, Value::table(dead)).unwrap();
        vm.table_set(weak, Value::FALSE, Value::table(live)).unwrap();
        if full {
            vm.full_collect()
        } else {
            vm.minor_collect()
        }
        for i in 1..=4 {
            let slot = get(&mut vm, weak, &format!("slot {i}"));
            let element = vm.table_get_int(weak, i);
            assert!(slot == element, "{i}: {slot:?} {element:?}");
            assert_eq!(slot.is_nil(), i == 1);
        }
        assert!(vm.table_get(weak, Value::TRUE).is_nil());
        assert_eq!(vm.table_get(weak, Value::FALSE), Value::table(live));
        vm.handles.release(handle);
    }
}

#[test]
fn weak_keys_go_but_keep_their_values() {
    let mut vm = state();
    let weak = weak_table(&mut vm, "k");
    let (dead, live, value) = (table(&mut vm), table(&mut vm), table(&mut vm));
    vm.handles.alloc(Value::table(live));
    set(&mut vm, value, "mark", Value::TRUE);
    vm.table_set(weak, Value::table(dead), Value::table(value)).unwrap();
    vm.table_set(weak, Value::table(live), Value::table(value)).unwrap();
    // A key that only its own value refers to stays: 5.1 has no ephemerons.
    let cyclic = table(&mut vm);
    vm.table_set_int(cyclic, 1, Value::table(cyclic)).unwrap();
    vm.table_set(weak, Value::table(cyclic), Value::table(cyclic)).unwrap();
    vm.full_collect();
    assert!(vm.table_get(weak, Value::table(dead)).is_nil());
    assert_eq!(vm.table_get(weak, Value::table(cyclic)), Value::table(cyclic));
    let kept = vm.table_get(weak, Value::table(live)).as_table().unwrap();
    assert_eq!(get(&mut vm, kept, "mark"), Value::TRUE);
}

#[test]
fn removed_keys_are_not_kept() {
    let mut vm = state();
    let (t, weak) = (table(&mut vm), weak_table(&mut vm, "v"));
    vm.handles.alloc(Value::table(t));
    for i in 0..50 {
        let key = table(&mut vm);
        vm.table_set(t, Value::table(key), Value::TRUE).unwrap();
        vm.table_set_int(weak, i + 1, Value::table(key)).unwrap();
    }
    vm.minor_collect();
    for i in 0..50 {
        let key = vm.table_get_int(weak, i + 1);
        assert!(!key.is_nil());
        if i % 2 == 0 {
            vm.table_set(t, key, Value::NIL).unwrap();
        }
    }
    vm.full_collect();
    for i in 0..50 {
        assert_eq!(vm.table_get_int(weak, i + 1).is_nil(), i % 2 == 0);
    }
    // New objects at the same addresses are not taken for the dead keys.
    for _ in 0..50 {
        let key = table(&mut vm);
        assert!(vm.table_get(t, Value::table(key)).is_nil());
        vm.table_set(t, Value::table(key), Value::TRUE).unwrap();
        assert_eq!(vm.table_get(t, Value::table(key)), Value::TRUE);
    }
}

#[test]
fn a_key_revived_during_marking_is_kept() {
    let mut vm = state();
    let t = table(&mut vm);
    vm.handles.alloc(Value::table(t));
    let key = table(&mut vm);
    let handle = vm.handles.alloc(Value::table(key));
    vm.table_set(t, Value::table(key), Value::TRUE).unwrap();
    vm.full_collect();
    vm.table_set(t, Value::table(key), Value::NIL).unwrap();
    vm.handles.release(handle);
    // Scan `t`, but do not finish.
    vm.with_marking(|vm| {
        vm.table_set(t, Value::table(key), Value::ZERO).unwrap();
    });
    vm.finish_marking();
    let (k, v) = vm.table_next(t, Value::NIL).unwrap().unwrap();
    assert_eq!((k, v), (Value::table(key), Value::ZERO));
    // SAFETY: the question is whether it is live.
    assert!(unsafe { is_marked(key.header()) });
}

impl Vm {
    /// Starts a major cycle, scans all that is reachable now, and runs `mutate` before it finishes.
    fn with_marking(&mut self, mutate: impl FnOnce(&mut Vm)) {
        self.with_marker(|vm, m| {
            vm.begin_major(m);
            vm.propagate(m, usize::MAX);
        });
        mutate(self);
    }

    fn finish_marking(&mut self) {
        assert_eq!(self.heap.phase(), Phase::Marking);
        while !self.gc_step(1 << 20) {}
    }
}

#[test]
fn marking_in_steps_sees_every_store() {
    let mut vm = state();
    let root = table(&mut vm);
    vm.handles.alloc(Value::table(root));
    let hidden = table(&mut vm);
    let carrier = table(&mut vm);
    set(&mut vm, hidden, "name", Value::TRUE);
    set(&mut vm, carrier, "hidden", Value::table(hidden));
    set(&mut vm, root, "carrier", Value::table(carrier));
    vm.with_marking(|vm| {
        // A white object moves from one black table to another; a new one appears; an old one is dropped.
        let new = table(vm);
        set(vm, new, "hidden", Value::table(hidden));
        set(vm, root, "new", Value::table(new));
        set(vm, root, "carrier", Value::NIL);
    });
    vm.finish_marking();
    let new = get(&mut vm, root, "new").as_table().unwrap();
    let hidden = get(&mut vm, new, "hidden").as_table().unwrap();
    assert_eq!(get(&mut vm, hidden, "name"), Value::TRUE);
}

/// A big array is marked in pieces, between which the program may move its elements: there is no barrier for that.
#[test]
fn a_big_array_is_marked_in_pieces() {
    let mut vm = state();
    let big = table(&mut vm);
    vm.handles.alloc(Value::table(big));
    for i in 1..=20_000 {
        let inner = table(&mut vm);
        vm.table_set_int(big, i, Value::table(inner)).unwrap();
    }
    vm.heap.stop();
    // SAFETY: the first `asize` places of the array are initialised, and nothing else refers to them.
    let elements = |_: &mut Vm| unsafe {
        let t = &*big.as_ptr();
        std::slice::from_raw_parts_mut(t.array, t.asize as usize)
    };
    let mut steps = 1;
    while !vm.gc_step(32) {
        steps += 1;
        elements(&mut vm)[1..].rotate_left(7000);
    }
    assert!(steps > 10, "{steps}");
    assert!(big.header.is_black());
    let inner: Vec<_> = elements(&mut vm).iter().filter_map(|v| v.as_object()).collect();
    assert_eq!(inner.len(), 20_000);
    // SAFETY: the question is whether they are live.
    assert!(inner.into_iter().all(|p| unsafe { is_marked(p) }));
}

/// Where everything survives, minor collections come more often, so that none of them takes long.
#[test]
fn survivors_make_the_nursery_smaller() {
    let mut vm = state();
    let kept = table(&mut vm);
    vm.handles.alloc(Value::table(kept));
    let mut most = 0;
    while vm.heap.used_bytes() < 14 * params::SURVIVORS_MAX {
        let (before, cycles) = (vm.heap.used_bytes(), vm.heap.counts());
        while vm.heap.counts() == cycles {
            // A list.
            let (t, next) = (table(&mut vm), vm.table_get_int(kept, 1));
            vm.table_set_int(t, 1, next).unwrap();
            vm.table_set_int(kept, 1, Value::table(t)).unwrap();
            vm.safepoint();
        }
        // From this size on it would be twice as much.
        if before > 8 * params::SURVIVORS_MAX && vm.heap.counts().minor > cycles.minor {
            most = most.max(vm.heap.used_bytes() - before);
        }
    }
    assert!(0 < most && most < params::SURVIVORS_MAX * 5 / 4, "{most}");
}

#[test]
fn small_steps_take_longer_than_big_ones() {
    let mut vm = state();
    let steps = |vm: &mut Vm, kib| {
        vm.full_collect();
        vm.heap.stop();
        let t = table(vm);
        let handle = vm.handles.alloc(Value::table(t));
        for i in 0..400 {
            let inner = table(vm);
            vm.table_set_int(t, i + 1, Value::table(inner)).unwrap();
        }
        let mut n = 1;
        while !vm.gc_step(kib) {
            n += 1;
        }
        vm.handles.release(handle);
        vm.heap.restart();
        n
    };
    assert!(steps(&mut vm, 0) > 10);
    assert!(steps(&mut vm, 6) < steps(&mut vm, 2));
    assert_eq!(steps(&mut vm, 10_000), 1);
}

#[test]
fn finalisers_are_queued_newest_first_and_once() {
    let mut vm = state();
    let m = metatable(&mut vm, "__gc", Value::TRUE);
    vm.handles.alloc(Value::table(m));
    let weak_values = weak_table(&mut vm, "v");
    let weak_keys = weak_table(&mut vm, "k");
    let payloads: Vec<u32> = (0..4_i32).map(|i| vm.keep_payload(Box::new(i), 0).unwrap()).collect();
    for &payload in &payloads {
        let u = userdata(&mut vm, Some(m), payload);
        vm.table_set_int(weak_values, i64::from(payload), Value::userdata(u)).unwrap();
        vm.table_set(weak_keys, Value::userdata(u), Value::number(payload.into())).unwrap();
    }
    vm.minor_collect();
    let queue: Vec<Value> = vm.heap.finalizers.iter().copied().collect();
    let order: Vec<u32> = queue.iter().map(|v| v.as_userdata().unwrap().payload).collect();
    assert_eq!(order, payloads.iter().rev().copied().collect::<Vec<_>>());
    for v in queue {
        let payload = v.as_userdata().unwrap().payload;
        assert!(vm.table_get_int(weak_values, payload.into()).is_nil(), "gone from weak values");
        assert_eq!(vm.table_get(weak_keys, v), Value::number(payload.into()), "but still a weak key");
    }
    // Still queued, so still alive; then dropped.
    vm.full_collect();
    assert_eq!((vm.heap.finalizers.len(), vm.payloads.len()), (4, 4));
    vm.heap.finalizers.clear();
    vm.full_collect();
    assert_eq!((vm.heap.finalizers.len(), vm.payloads.len()), (0, 0));
    assert_eq!(vm.payloads.take_dead().len(), 4);
    assert!(vm.table_next(weak_keys, Value::NIL).unwrap().is_none());
}

#[test]
fn a_finaliser_may_be_added_late_and_closing_queues_the_rest() {
    let mut vm = state();
    let m = table(&mut vm);
    vm.handles.alloc(Value::table(m));
    let kept = userdata(&mut vm, Some(m), 0);
    vm.handles.alloc(Value::userdata(kept));
    let plain = userdata(&mut vm, None, 0);
    vm.handles.alloc(Value::userdata(plain));
    vm.full_collect();
    set(&mut vm, m, "__gc", Value::TRUE);
    vm.queue_all_finalizers();
    vm.queue_all_finalizers();
    assert_eq!(vm.heap.finalizers, [Value::userdata(kept)]);
}

#[test]
fn payloads_of_plain_userdata_are_freed_with_them() {
    let mut vm = state();
    let payload = vm.keep_payload(Box::new("payload"), 0).unwrap();
    let u = userdata(&mut vm, None, payload);
    let handle = vm.handles.alloc(Value::userdata(u));
    vm.full_collect();
    assert!(!vm.payloads.has_dead());
    vm.handles.release(handle);
    vm.minor_collect();
    assert!(!vm.payloads.has_dead());
    vm.full_collect();
    assert_eq!(vm.payloads.take_dead().len(), 1);
}

#[test]
fn the_limit_holds_and_can_be_survived() {
    let mut vm = state();
    vm.full_collect();
    let limit = vm.heap.used_bytes() + 200_000;
    vm.heap.set_limit(Some(limit));
    let handles: Vec<HandleId> = std::iter::from_fn(|| {
        vm.safepoint();
        let t = vm.new_table(10, 0).ok()?;
        assert!(vm.heap.used_bytes() <= limit);
        Some(vm.handles.alloc(Value::table(t)))
    })
    .collect();
    assert!(handles.len() > 100, "{}", handles.len());
    // There is some room left to say so.
    assert!(vm.new_string(&[b'e'; 1000]).is_ok());
    assert!(vm.heap.used_bytes() <= limit + params::LIMIT_OVERSHOOT);
    assert!(vm.new_string(&[b'e'; 100_000]).is_err());
    assert_eq!(text(vm.error), "not enough memory");
    assert!(vm.heap.try_account(1 << 40).is_err());
    handles.into_iter().for_each(|h| vm.handles.release(h));
    vm.safepoint();
    assert!(vm.new_string(&[b'e'; 100_000]).is_ok());
    // Garbage does not use the limit up.
    for _ in 0..10_000 {
        vm.safepoint();
        vm.new_table(10, 0).unwrap();
    }
    vm.heap.set_limit(None);
    assert!(vm.new_string(&[b'e'; 1_000_000]).is_ok());
}

/// Whatever a program fills its memory with, time and again, what the state holds stays near the limit, and comes down with what is live.
#[test]
fn the_footprint_follows_the_limit() {
    type Make = fn(&mut Vm, usize) -> Option<Value>;
    let kinds: [Make; 6] = [
        |vm, i| vm.new_string(&vec![i as u8; i % 100]).ok(),
        |vm, i| vm.new_table(i % 10, 0).ok().map(Value::table),
        // Medium objects do not fit the gaps between small ones.
        |vm, i| vm.new_string(&vec![i as u8; 2000 + i % 500]).ok(),
        |vm, i| vm.new_string(&vec![i as u8; 10_000]).ok(),
        |vm, i| vm.new_string(&vec![i as u8; 100_000 + 1000 * (i % 50)]).ok(),
        |vm, i| vm.new_table(300 * (i % 500), 0).ok().map(Value::table),
    ];
    let mut vm = state();
    let limit = 8 << 20;
    vm.heap.set_limit(Some(limit));
    // A block may be beyond, to report the failure, and the table of strings grows with them.
    let table_of_strings = 64 * 1024;
    let most = limit + limit / 2 + params::FOOTPRINT_SLACK + BLOCK_BYTES + table_of_strings;
    let mut survivors = Vec::new();
    for make in kinds.iter().cycle().take(18) {
        let mut handles = Vec::new();
        for i in 0.. {
            vm.safepoint();
            let Some(v) = make(&mut vm, i) else { break };
            handles.push(vm.handles.alloc(v));
            assert!(vm.heap.footprint() <= most, "{}", vm.heap.footprint());
        }
        assert!(vm.heap.footprint() > limit / 2);
        // A few stay: one in every block.
        survivors.extend(handles.drain(..).enumerate().filter_map(|(i, h)| match i % 1000 {
            7 => Some(h),
            _ => {
                vm.handles.release(h);
                None
            }
        }));
    }
    survivors.into_iter().for_each(|h| vm.handles.release(h));
    vm.full_collect();
    assert!(vm.heap.footprint() < limit / 2, "{}", vm.heap.footprint());
}

/// What is to be collected for want of memory is paid for by what is allocated, however little is free.
#[test]
fn a_nearly_full_heap_is_not_collected_for_every_bit() {
    let mut vm = state();
    let limit = 4 << 20;
    let allocated = 16 << 20;
    for free in [
        0,
        1000,
        100_000,
        limit / params::CRAMPED_SHARE - 1000,
        limit / params::CRAMPED_SHARE,
        limit / 8,
        limit / 4,
    ] {
        vm.heap.set_limit(Some(limit));
        let mut handles = Vec::new();
        while vm.heap.used_bytes() < limit - free {
            vm.safepoint();
            let Ok(t) = vm.new_table(10, 0) else { break };
            handles.push(vm.handles.alloc(Value::table(t)));
        }
        vm.full_collect();
        let before = vm.heap.counts().major;
        for _ in 0..allocated / 100 {
            vm.safepoint();
            let _ = vm.new_table(10, 0);
        }
        let collections = vm.heap.counts().major - before;
        assert!(
            collections <= (allocated / limit * 4 * params::CRAMPED_SHARE) as u64,
            "{collections} with {free} free"
        );
        handles.into_iter().for_each(|h| vm.handles.release(h));
        vm.full_collect();
    }
}

/// A program that does not mind its failures gets few collections; one that has let go of its data gets one soon.
#[test]
fn failures_in_a_row_ask_for_few_collections() {
    let mut vm = state();
    let limit = 2 << 20;
    vm.heap.set_limit(Some(limit));
    let mut handles = Vec::new();
    while let Ok(t) = vm.new_table(10, 0) {
        handles.push(vm.handles.alloc(Value::table(t)));
        vm.safepoint();
    }
    let before = vm.heap.counts().major;
    let mut failures = 0;
    while failures < 100_000 {
        vm.safepoint();
        failures += usize::from(vm.new_string(&[b'x'; 100_000]).is_err());
    }
    let collections = vm.heap.counts().major - before;
    assert!((2..50).contains(&collections), "{collections}");
    handles.drain(..).for_each(|h| vm.handles.release(h));
    let more = std::iter::repeat_with(|| {
        vm.safepoint();
        vm.new_string(&[b'x'; 100_000]).is_err()
    });
    assert!(more.take_while(|&failed| failed).count() <= 1 << (params::MOST_PATIENCE - 2));

    // What was freed makes up for failures.
    let before = vm.heap.counts().major;
    for _ in 0..10 {
        while let Ok(t) = vm.new_table(10, 0) {
            handles.push(vm.handles.alloc(Value::table(t)));
            vm.safepoint();
        }
        handles.drain(..).for_each(|h| vm.handles.release(h));
        vm.safepoint();
        assert!(vm.new_string(&[b'x'; 100_000]).is_ok());
    }
    assert!(vm.heap.counts().major - before >= 10);
}

#[test]
fn stacks_keep_values_up_to_their_live_end_and_are_cleared_above() {
    let mut vm = state();
    let (kept, dropped) = (string(&mut vm, "on the stack"), string(&mut vm, "above the stack"));
    // SAFETY: the main stack is larger than that.
    unsafe {
        *vm.top = kept;
        vm.top = vm.top.add(1);
        *vm.top.add(100) = dropped;
        let (stack, known) = (vm.top, vm.strings.len());
        vm.full_collect();
        assert_eq!((*stack.sub(1), *stack.add(100)), (kept, Value::NIL));
        assert_eq!(text(kept), "on the stack");
        assert!(vm.strings.len() < known);
    }
}

#[test]
fn a_suspended_thread_keeps_its_stack_and_a_dead_one_closes_its_cells() {
    let mut vm = state();
    let thread = vm.new_thread().unwrap();
    let handle = vm.handles.alloc(Value::thread(thread));
    let value = string(&mut vm, "a captured variable");
    let chunk_name = vm.intern(b"=test").unwrap();
    let by_cell = UpvalueDesc { source: UpvalueSource::Local(0), by_value: false };
    let proto = vm.add_proto(empty_proto(vec![by_cell], chunk_name)).unwrap();
    // SAFETY: the objects are fresh and have the right sizes.
    let closure = unsafe {
        let t = thread.as_ptr();
        *(*t).stack = value;
        (*t).top = (*t).stack.add(1);
        (*t).status = ThreadStatus::Suspended;
        let cell = vm.heap.alloc(Kind::UpvalueCell, size_of::<UpvalueCell>()).unwrap() as *mut UpvalueCell;
        let header = (*cell).header;
        let next_open = std::ptr::null_mut();
        cell.write(UpvalueCell { header, v: (*t).stack, closed: Value::NIL, next_open });
        (*t).open_upvalues = cell;
        let f = vm.main_function(proto, vm.globals).unwrap().as_ptr() as *mut LuaFunction;
        let f2 = vm.heap.alloc(Kind::LuaFunction, LuaFunction::byte_size(1)).unwrap() as *mut LuaFunction;
        (*f2).header.small = 1;
        (*f2).proto = proto;
        (*f2).env = (*f).env;
        *LuaFunction::upvalues(f2) = Value::from_bits(cell as u64);
        Value::function(Gc::from_raw(f2 as *mut Function))
    };
    let closure_handle = vm.handles.alloc(closure);
    vm.minor_collect();
    vm.full_collect();
    // SAFETY: the thread is held.
    assert_eq!(text(unsafe { *(*thread.as_ptr()).stack }), "a captured variable");
    let used = vm.heap.used_bytes();
    vm.handles.release(handle);
    vm.full_collect();
    assert!(vm.heap.used_bytes() + 1000 < used, "the stack is freed");
    // SAFETY: the closure is held, and with it the cell.
    unsafe {
        let f = closure.as_lua_function().unwrap();
        let cell = (*LuaFunction::upvalues(f.as_ptr())).to_bits() as *mut UpvalueCell;
        assert!(!UpvalueCell::is_open(cell));
        assert_eq!(text(*(*cell).v), "a captured variable");
    }
    assert_eq!(vm.protos.iter().flatten().count(), 1);
    vm.handles.release(closure_handle);
    vm.full_collect();
    assert_eq!(vm.protos.iter().flatten().count(), 0);
}
