//! Random operations on a table and on a simple map, with collections in between: both must agree.

use super::*;
use std::collections::HashMap;

/// A small generator, so that a failure comes back with its seed. (xorshift64*)
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }
}

/// A key that outlives collections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Integer(i64),
    Half(i64),
    Text(String),
    Boolean(bool),
}

impl Key {
    fn random(r: &mut Random, spread: u64) -> Key {
        match r.below(12) {
            0..=4 => Key::Integer(r.below(spread) as i64),
            5 => Key::Integer(r.below(spread * 20) as i64 - spread as i64),
            6 => Key::Half(r.below(spread) as i64),
            7..=9 => Key::Text(format!("k{}", r.below(spread.min(60)))),
            10 => Key::Text(format!("{:050}", r.below(spread.min(20)))),
            _ => Key::Boolean(r.below(2) == 0),
        }
    }

    fn value(&self, vm: &mut Vm) -> Value {
        match self {
            Key::Integer(i) => number(*i as f64),
            Key::Half(i) => number(*i as f64 + 0.5),
            Key::Text(s) => vm.new_string(s.as_bytes()).unwrap(),
            Key::Boolean(b) => Value::boolean(*b),
        }
    }

    fn of(v: Value) -> Key {
        if let Some(n) = v.as_number() {
            return if n.fract() == 0.0 { Key::Integer(n as i64) } else { Key::Half(n.floor() as i64) };
        }
        match v.as_string() {
            Some(s) => Key::Text(String::from_utf8(s.bytes().to_vec()).unwrap()),
            None => Key::Boolean(v == Value::TRUE),
        }
    }
}

struct Pair {
    vm: Box<Vm>,
    t: Gc<Table>,
    map: HashMap<Key, f64>,
}

impl Pair {
    fn set(&mut self, key: Key, n: Option<f64>, constant: bool) {
        let (k, v) = (key.value(&mut self.vm), n.map_or(Value::NIL, number));
        match (&key, k.as_string()) {
            (Key::Integer(i), _) if constant => self.vm.table_set_int(self.t, *i, v).unwrap(),
            (_, Some(s)) if constant => self.vm.table_set_str(self.t, s, v).unwrap(),
            _ => self.vm.table_set(self.t, k, v).unwrap(),
        }
        match n {
            Some(n) => _ = self.map.insert(key, n),
            None => _ = self.map.remove(&key),
        }
    }

    fn check(&mut self) {
        let all = keys(&self.vm, self.t);
        assert_eq!(all.len(), self.map.len());
        for &k in &all {
            let expected = number(self.map[&Key::of(k)]);
            assert_eq!(self.vm.table_get(self.t, k), expected);
            // The specialised reads agree.
            match (Key::of(k), k.as_string()) {
                (Key::Integer(i), _) => assert_eq!(self.vm.table_get_int(self.t, i), expected),
                (_, Some(s)) => assert_eq!(self.vm.table_get_str(self.t, s), expected),
                _ => {}
            }
        }
        let n = self.vm.table_len(self.t) as i64;
        assert!(n == 0 || self.map.contains_key(&Key::Integer(n)));
        assert!(!self.map.contains_key(&Key::Integer(n + 1)));
        self.check_rules();
    }

    /// Table rules 1 and 2.
    fn check_rules(&self) {
        let t = self.t;
        // SAFETY: the parts of a live table.
        unsafe {
            (t.asize..t.acap).for_each(|i| assert!((*t.array.add(i as usize)).is_nil()));
            let keys = self.vm.shapes.slot_count(t.shape()) as usize;
            assert!(keys <= usize::from(t.slot_cap) || keys == 0);
            (keys..usize::from(t.slot_cap)).for_each(|i| assert!((*t.slots.add(i)).is_nil()));
            for e in super::super::dict::entries(t.dict).iter().filter(|e| !e.value.is_nil()) {
                if let Some(k) = super::super::dict::array_candidate(e.key) {
                    assert!(k >= t.asize, "{k} {}", t.asize);
                }
                let in_slots = e.key.as_string().is_some_and(|s| s.is_interned());
                assert!(!in_slots || self.vm.shapes.is_dictionary(t.shape()));
            }
            let entries = super::super::dict::entries(t.dict).iter();
            let integers = entries.filter(|e| super::super::dict::array_candidate(e.key).is_some()).count();
            assert!(t.dict.is_null() || integers == (*t.dict).integer_keys as usize);
        }
    }

    /// Removes some keys during a traversal, which must not lose or repeat any.
    fn traverse_and_remove(&mut self, r: &mut Random) {
        let mut left: HashMap<Key, f64> = self.map.clone();
        let (mut key, mut position) = (Value::NIL, FIRST);
        while let Some((next, k, v)) = self.vm.table_next_at(self.t, position) {
            assert_eq!(self.vm.table_next(self.t, key).unwrap(), Some((k, v)));
            assert_eq!(left.remove(&Key::of(k)).map(number), Some(v));
            if r.below(3) == 0 {
                self.vm.table_set(self.t, k, Value::NIL).unwrap();
                self.map.remove(&Key::of(k));
            }
            if r.below(8) == 0 {
                self.vm.table_len(self.t);
            }
            (key, position) = (k, next);
        }
        assert!(left.is_empty() && self.vm.table_next(self.t, key).unwrap().is_none());
    }
}

fn run(seed: u64, steps: u64, spread: u64) {
    let r = &mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut vm = vm();
    let t = table(&mut vm);
    let mut p = Pair { vm, t, map: HashMap::new() };
    for step in 0..steps {
        match r.below(100) {
            0..=59 => p.set(Key::random(r, spread), Some(step as f64), r.below(2) == 0),
            60..=74 => p.set(Key::random(r, spread), None, r.below(2) == 0),
            75..=84 => {
                let n = p.vm.table_len(p.t) as i64;
                p.set(Key::Integer(n + 1), Some(step as f64), true);
            }
            85..=89 => {
                let n = p.vm.table_len(p.t) as i64;
                p.set(Key::Integer(n), None, true);
            }
            90..=91 => p.traverse_and_remove(r),
            92 => {
                let m = p.vm.new_table(0, 0).unwrap();
                p.vm.table_set_metatable(p.t, Some(m).filter(|_| r.below(2) == 0)).unwrap();
            }
            93 if r.below(10) == 0 => {
                p.vm.table_clear(p.t).unwrap();
                p.map.clear();
            }
            94 => p.vm.full_collect(),
            95 => p.vm.minor_collect(),
            96 if !p.vm.shapes.is_dictionary(p.t.shape()) => p.vm.watch(p.t).unwrap(),
            97 => p.vm.table_reserve_array(p.t, r.below(spread) as usize).unwrap(),
            _ => p.check(),
        }
    }
    p.check();
}

#[test]
fn tables_behave_like_maps() {
    for seed in 0..if cfg!(miri) { 2 } else { 150 } {
        let spread = [8, 40, 300][seed as usize % 3];
        if let Err(panic) = std::panic::catch_unwind(|| run(seed, if cfg!(miri) { 150 } else { 600 }, spread))
        {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
