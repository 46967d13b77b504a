//! The libraries without an interpreter: leaves and first steps, called directly.
//!
//! What needs Lua code (callbacks, metamethods, names in messages) is in the golden programs.

use super::{Library, open_libs};
use crate::native::{Args, NativeKind, SequenceFrame, Want};
use crate::object::Gc;
use crate::vm::Options;
use crate::{Value, Vm};

fn state() -> Box<Vm> {
    let mut vm = Vm::new(Options::default()).expect("there is memory");
    assert!(open_libs(&mut vm).is_ok());
    vm
}

fn get(vm: &mut Vm, path: &str) -> Value {
    // SAFETY: the globals of a live state.
    let mut v = Value::table(unsafe { Gc::from_raw(vm.globals) });
    for field in path.split('.') {
        let key = vm.intern(field.as_bytes()).unwrap();
        v = vm.table_get_str(v.as_table().expect("a table on the path"), key);
    }
    v
}

/// An argument: a number, a quoted string, `nil`, a global behind `@`, or a list of those in braces.
fn value(vm: &mut Vm, text: &str) -> Value {
    let text = text.trim();
    if let Some(list) = text.strip_prefix('{') {
        let t = vm.new_table(0, 0).unwrap();
        let items = list.strip_suffix('}').expect("a closing brace");
        for (i, item) in items.split(' ').filter(|i| !i.is_empty()).enumerate() {
            let item = value(vm, item);
            vm.table_set_int(t, i as i64 + 1, item).unwrap();
        }
        return Value::table(t);
    }
    if let Some(global) = text.strip_prefix('@') {
        return get(vm, global);
    }
    match text.strip_prefix('"') {
        Some(string) => vm.new_string(string.strip_suffix('"').expect("a closing quote").as_bytes()).unwrap(),
        None if text == "nil" => Value::NIL,
        None => Value::number(text.parse().expect("a number")),
    }
}

fn show(vm: &mut Vm, v: Value) -> String {
    if let Some(t) = v.as_table() {
        let items: Vec<Value> = vm.table_array(t).to_vec();
        return format!("{{{}}}", items.into_iter().map(|v| show(vm, v)).collect::<Vec<_>>().join(" "));
    }
    let text = vm.tostring_raw(v).unwrap().bytes();
    String::from_utf8_lossy(text).into_owned()
}

/// Calls function `path` with `arguments`, which semicolons separate; gives its results, or the error.
fn call(vm: &mut Vm, path: &str, arguments: &str) -> String {
    let function = get(vm, path);
    let native = function.as_native_function().unwrap_or_else(|| panic!("no function {path}")).native;
    let arguments: Vec<&str> = arguments.split(';').filter(|a| !a.is_empty()).collect();
    let arguments: Vec<Value> = arguments.into_iter().map(|a| value(vm, a)).collect();
    let base = vm.top.wrapping_add(4);
    let count = arguments.len() as u32;
    let results = match native.kind {
        NativeKind::Leaf(f) => {
            for (i, v) in arguments.iter().enumerate() {
                // SAFETY: a new state's stack has room for a few values above its top.
                unsafe { *base.add(i) = *v };
            }
            vm.leaf = function;
            let result = f(vm, Args { base, count });
            vm.leaf = Value::NIL;
            // SAFETY: as above; results start two slots lower.
            result.map(|n| (0..n as usize).map(|i| unsafe { *base.sub(2).add(i) }).collect::<Vec<_>>())
        }
        NativeKind::Sequence(f) => {
            let mut frame = SequenceFrame { base, nargs: count, state: 0, results: 0 };
            for (i, v) in arguments.iter().enumerate() {
                frame.set_slot(frame.arg_slot(i as u32), *v);
            }
            f(vm, &mut frame).map(|step| match step.want() {
                Want::Done { first, count } => (first..first + count).map(|i| frame.slot(i)).collect(),
                other => panic!("{path} asks for {other:?}"),
            })
        }
        _ => panic!("{path} is the interpreter's"),
    };
    match results {
        Ok(results) => {
            let shown: Vec<String> = results.into_iter().map(|v| show(vm, v)).collect();
            shown.join(", ")
        }
        Err(_) => {
            let error = vm.error;
            format!("error: {}", show(vm, error))
        }
    }
}

/// One line a case: `function(arguments) = results`.
fn check(cases: &str) {
    let mut vm = state();
    for case in cases.lines().map(str::trim).filter(|c| !c.is_empty()) {
        let (head, expected) = case.rsplit_once(") =").expect("a case");
        let (path, arguments) = head.split_once('(').expect("a case");
        assert_eq!(call(&mut vm, path, arguments).trim(), expected.trim(), "{case}");
    }
}

#[test]
fn what_runs_long_notices_interrupts() {
    let mut vm = state();
    for (path, arguments) in
        [("table.move", "{};1;1000000000000000;1"), ("table.insert", "{1 2};-2000000000;5")]
    {
        vm.interrupt.store(1, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(call(&mut vm, path, arguments), "error: interrupted!", "{path}");
        assert!(!vm.take_interrupt(), "{path}");
    }
}

#[test]
fn base() {
    check(
        r##"
        type(1) = number
        type() = error: bad argument #1 to '?' (value expected)
        tostring(0.1) = 0.1
        tostring(nil) = nil
        tonumber("0x10") = 16
        tonumber("10";2) = 2
        tonumber("-1";16) = 1.844674407371e+19
        tonumber("z";36) = 35
        tonumber("8";8) = nil
        tonumber("1";1) = error: bad argument #2 to '?' (base out of range)
        tonumber(nil) = nil
        select("#";1;2;3) = 3
        select(2;7;8;9) = 8, 9
        select(-1;7;8;9) = 9
        select(4;7;8;9) = 
        select(-4;7;8;9) = error: bad argument #1 to '?' (index out of range)
        unpack({1 2 3}) = 1, 2, 3
        unpack({1 2 3};2) = 2, 3
        unpack({1 2 3};0;4) = nil, 1, 2, 3, nil
        unpack({1};2;1) = 
        unpack({};1;1e7) = error: too many results to unpack
        rawequal("a";"a") = true
        rawequal(1) = error: bad argument #2 to '?' (value expected)
        rawget({5};1) = 5
        rawset({5};1;6) = {6}
        next({}) = nil
        next({7}) = 1, 7
        next({7};9) = error: invalid key to 'next'
        assert(1;2) = 1, 2
        assert(nil) = error: assertion failed!
        assert(nil;"no") = error: no
        error("x") = error: x
        error(nil) = error: nil
        setmetatable({}) = error: bad argument #2 to '?' (nil or table expected)
        setmetatable({};nil) = {}
        getmetatable(1) = nil
        collectgarbage("stop") = 0
        collectgarbage("restart") = 0
        collectgarbage("x") = error: bad argument #1 to '?' (invalid option 'x')
        "##,
    );
}

#[test]
fn string() {
    check(
        r##"
        string.len("abc") = 3
        string.len(12) = 2
        string.sub("hello";2;4) = ell
        string.sub("hello";-3) = llo
        string.sub("hello";0) = hello
        string.sub("hello";4;2) = 
        string.sub("hello";1;inf) = 
        string.upper("aBc1") = ABC1
        string.lower("aBC1") = abc1
        string.reverse("abc") = cba
        string.rep("ab";3) = ababab
        string.rep("ab";-1) = 
        string.rep("ab";2e9) = error: not enough memory
        string.byte("ABC";1;-1) = 65, 66, 67
        string.byte("A";2) = 
        string.char(72;105) = Hi
        string.char(256) = error: bad argument #1 to '?' (invalid value)
        string.find("hello";"l") = 3, 3
        string.find("hello";"(l)(l)") = 3, 4, l, l
        string.find("hello";"xyz") = nil
        string.find("hello";"";10) = 6, 5
        string.find("a.b";".";1;1) = 2, 2
        string.find("a";"[") = error: malformed pattern (missing ']')
        string.match("key=val";"(%w+)=(%w+)") = key, val
        string.match("abc";"()b()") = 2, 3
        string.match("abc";"x") = nil
        string.gsub("hello";"l";"L") = heLLo, 2
        string.gsub("hello";"l";"L";1) = heLlo, 1
        string.gsub("abc";"%w";"%0%0") = aabbcc, 3
        string.gsub("abc";"";"-") = -a-b-c-, 4
        string.gsub("abc";"^a";"x") = xbc, 1
        string.gsub("a";"a";"%2") = error: invalid capture index
        string.gsub("a";"a") = error: bad argument #3 to '?' (string/function/table expected)
        string.gsub("a";"a";{}) = a, 1
        string.format("%5.2f|%d|%s|%%|%x";3.14159;7;"s";255) =  3.14|7|s|%|ff
        string.format("%q";"a") = "a"
        string.format("%d") = error: bad argument #2 to '?' (no value)
        string.format("%y";1) = error: invalid option '%y' to 'format'
        string.format("%s";nil) = error: bad argument #2 to '?' (string expected, got nil)
        string.dump(1) = error: bad argument #1 to '?' (function expected, got number)
        "##,
    );
}

#[test]
fn table() {
    check(
        r##"
        table.concat({1 2 3};", ") = 1, 2, 3
        table.concat({"a" 1.5 "b"}) = a1.5b
        table.concat({1 2 3};"-";2;3) = 2-3
        table.concat({};"-") = 
        table.concat({1};"";1;2) = error: invalid value (nil) at index 2 in table for 'concat'
        table.insert({}) = error: wrong number of arguments to 'insert'
        table.remove({1 2 3}) = 3
        table.remove({1 2 3};1) = 1
        table.remove({}) = 
        table.getn({1 2}) = 2
        table.maxn({1 2 3}) = 3
        table.maxn({}) = 0
        table.setn({};1) = error: 'setn' is obsolete
        table.pack(1;2) = {1 2}
        table.unpack({1 2}) = 1, 2
        table.move({1 2 3};1;3;2) = {1 1 2 3}
        table.move({1 2 3};2;3;1) = {2 3 3}
        table.move({1 2};1;2;1;{}) = {1 2}
        table.sort({3 1 2}) = 
        table.sort({1 "a"}) = error: attempt to compare string with number
        table.sort({};1) = error: bad argument #2 to '?' (function expected, got number)
        table.foreach({};1) = error: bad argument #2 to '?' (function expected, got number)
        "##,
    );
}

#[test]
fn sorting_needs_no_calls_for_plain_lists() {
    let mut vm = state();
    for (list, sorted) in
        [("{5 2 8 -1 inf 0}", "{-1 0 2 5 8 inf}"), ("{\"b\" \"\" \"a\" \"ab\"}", "{ a ab b}"), ("{}", "{}")]
    {
        let t = value(&mut vm, list);
        let native = get(&mut vm, "table.sort").as_native_function().unwrap().native;
        let NativeKind::Sequence(sort) = native.kind else { panic!("sort is a sequence") };
        let mut frame = SequenceFrame { base: vm.top.wrapping_add(4), nargs: 1, state: 0, results: 0 };
        frame.set_slot(1, t);
        let step = sort(&mut vm, &mut frame).expect("a list of numbers or strings can be sorted");
        assert!(matches!(step.want(), Want::Done { count: 0, .. }));
        assert_eq!(show(&mut vm, t), sorted);
    }
}

#[test]
fn texts_in_the_making_respect_the_memory_limit() {
    let mut vm = state();
    vm.heap.set_limit(Some(4 << 20));
    let refused = "error: not enough memory";
    assert_eq!(call(&mut vm, "string.rep", "\"ab\";4e6"), refused);
    let part = vm.string_with(100_000, |bytes| bytes.fill(b'x')).unwrap();
    // SAFETY: the globals of a live state.
    let globals = unsafe { Gc::from_raw(vm.globals) };
    super::set_field(&mut vm, globals, "part", part).unwrap();
    // 100 000 bytes, each replaced by 100 000.
    assert_eq!(call(&mut vm, "string.gsub", "@part;\"x\";@part"), refused);
    let many = vec!["@part"; 60].join(" ");
    assert_eq!(call(&mut vm, "table.concat", &format!("{{{many}}}")), refused);
    vm.heap.set_limit(None);
    assert_eq!(call(&mut vm, "string.len", "@part"), "100000");
}

#[test]
fn math() {
    check(
        r##"
        math.floor(-1.5) = -2
        math.max(1;3;2) = 3
        math.min(1;"-3") = -3
        math.min() = error: bad argument #1 to '?' (number expected, got no value)
        math.fmod(-5;3) = -2
        math.mod(5;-3) = 2
        math.modf(-1.5) = -1, -0.5
        math.modf(-inf) = -inf, -0
        math.frexp(8) = 0.5, 4
        math.ldexp(1;4) = 16
        math.ldexp(1;1099511627776) = 1
        math.pow(2;10) = 1024
        math.random(0) = error: bad argument #1 to '?' (interval is empty)
        math.random(2;1) = error: bad argument #2 to '?' (interval is empty)
        math.random(1;2;3) = error: wrong number of arguments
        math.random(3;3) = 3
        "##,
    );
}

#[test]
fn bit() {
    check(
        r##"
        bit.tobit(4294967295) = -1
        bit.bnot(0) = -1
        bit.band(255;15;6) = 6
        bit.bor(1;2;4) = 7
        bit.bxor(5;1) = 4
        bit.lshift(1;33) = 2
        bit.rshift(-1;28) = 15
        bit.arshift(-256;4) = -16
        bit.rol(305419896;4) = 591751041
        bit.ror(1;1) = -2147483648
        bit.bswap(305419896) = 2018915346
        bit.tohex(-1) = ffffffff
        bit.tohex(255;-4) = 00FF
        bit.band() = error: bad argument #1 to '?' (number expected, got no value)
        "##,
    );
}

#[test]
fn coroutine() {
    check(
        r##"
        coroutine.create(1) = error: bad argument #1 to '?' (Lua function expected)
        coroutine.status(1) = error: bad argument #1 to '?' (coroutine expected)
        coroutine.running() = nil
        coroutine.isyieldable() = false
        "##,
    );
}

#[test]
fn every_library_is_a_global_and_loaded() {
    let mut vm = state();
    for name in ["string", "table", "math", "coroutine", "bit", "io", "os", "debug", "package", "jit"] {
        let library = get(&mut vm, name);
        assert!(library.is_table(), "{name}");
        assert_eq!(get(&mut vm, &format!("package.loaded.{name}")), library, "{name}");
    }
    assert_eq!(get(&mut vm, "package.loaded._G"), get(&mut vm, "_G"));
    assert_eq!(get(&mut vm, "string.gfind"), get(&mut vm, "string.gmatch"));
    assert_eq!(Library::ALL.len(), 11);
}

#[test]
fn aliases_share_the_function() {
    let mut vm = state();
    assert_eq!(get(&mut vm, "math.mod"), get(&mut vm, "math.fmod"));
    let next = get(&mut vm, "next");
    assert_eq!(vm.next_function, next);
}
