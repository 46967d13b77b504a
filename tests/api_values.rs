//! The embedding API, as a Rust program sees it: chunks, values and their conversions, tables.

use std::collections::{BTreeMap, HashMap};

use ferrous_lua::{
    Either, Error, FromLua, Function, IntoLua, Lua, LuaOptions, MultiValue, Nil, Result, StdLib, Table,
    Value, Variadic,
};

// ---- chunks

#[test]
fn chunks_are_expressions_or_blocks() -> Result<()> {
    let lua = Lua::new();
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    assert_eq!(lua.load("local x = 1 return x, 2").eval::<(i64, i64)>()?, (1, 2));
    assert_eq!(lua.load("return ...").call::<String>("x")?, "x");
    assert_eq!(lua.load(&b"return 1"[..]).eval::<i64>()?, 1);
    assert!(lua.load("").eval::<Value>()?.is_nil());
    lua.load("x = 5").exec()?;
    assert_eq!(lua.globals().get::<i64>("x")?, 5);
    Ok(())
}

#[test]
fn syntax_errors_say_where_and_whether_more_would_help() {
    let lua = Lua::new();
    match lua.load("x = = 1").set_name("=name").exec() {
        Err(Error::SyntaxError { message, incomplete_input: false }) => {
            assert_eq!(message, "name:1: unexpected symbol near '='");
        }
        other => panic!("{other:?}"),
    }
    match lua.load("if x then").exec() {
        Err(Error::SyntaxError { message, incomplete_input: true }) => {
            assert!(
                message.starts_with("tests/api_values.rs:") && message.ends_with("near '<eof>'"),
                "{message}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn chunks_have_environments_names_and_modes() -> Result<()> {
    let lua = Lua::new();
    let env = lua.create_table_from([("x", 7)])?;
    let chunk = lua.load("return x").set_environment(env.clone()).set_name("=c");
    assert_eq!((chunk.name(), chunk.environment() == Some(&env)), ("c".replace('c', "=c").as_str(), true));
    let function = chunk.into_function()?;
    assert_eq!(function.call::<i64>(())?, 7);
    assert_eq!(function.environment(), Some(env));
    assert!(function.set_environment(lua.create_table_from([("x", 8)])?)?);
    assert_eq!(function.call::<i64>(())?, 8);
    let dumped = function.dump(false);
    let text = lua.load(&dumped).set_mode(ferrous_lua::ChunkMode::Text).into_function();
    assert!(text.unwrap_err().to_string().contains("attempt to load a binary chunk"));
    lua.globals().set("x", 9)?;
    assert_eq!(lua.load(&dumped).call::<i64>(())?, 9);
    Ok(())
}

#[test]
fn info_of_functions() -> Result<()> {
    let lua = Lua::new();
    let chunk = lua.load("\nfunction f() local a\n end").set_name("@file.lua").into_function()?;
    assert_eq!((chunk.info().what, chunk.info().short_src.as_deref()), ("main", Some("file.lua")));
    chunk.call::<()>(())?;
    let info = lua.globals().get::<Function>("f")?.info();
    assert_eq!((info.what, info.line_defined, info.last_line_defined), ("Lua", Some(2), Some(3)));
    assert_eq!(lua.globals().get::<Function>("print")?.info().what, "C");
    Ok(())
}

// ---- values and conversions

#[test]
fn numbers_split_on_the_way_out() -> Result<()> {
    let lua = Lua::new();
    let eval = |text: &str| lua.load(text).eval::<Value>();
    assert!(matches!(eval("3")?, Value::Integer(3)));
    assert!(matches!(eval("2^53")?, Value::Integer(9_007_199_254_740_992)));
    assert!(matches!(eval("0.5")?, Value::Number(n) if n == 0.5));
    assert!(
        matches!(eval("-0.0 * 1")?, Value::Number(n) if n == 0.0 && n.is_sign_negative())
            || eval("0")?.is_integer()
    );
    assert!(matches!(eval("1e300")?, Value::Number(_)));
    assert!(matches!(eval("0/0")?, Value::Number(n) if n.is_nan()));
    assert_eq!(Value::Integer(1), Value::Number(1.0));
    Ok(())
}

#[test]
fn integers_are_checked() -> Result<()> {
    let lua = Lua::new();
    assert_eq!(lua.convert::<u8>(255)?, 255);
    assert_eq!(lua.convert::<i32>(1.9)?, 1);
    assert_eq!(lua.convert::<i32>("12")?, 12);
    assert_eq!(
        lua.convert::<u64>(u64::MAX).map_err(|e| e.to_string()),
        Err("error converting Lua number to u64 (out of range)".into())
    );
    let out_of_range = lua.convert::<u8>(256).unwrap_err();
    assert_eq!(out_of_range.to_string(), "error converting Lua integer to u8 (out of range)");
    assert!(lua.convert::<i64>(f64::NAN).is_err() && lua.convert::<i64>(f64::INFINITY).is_err());
    assert!(lua.convert::<i64>(true).unwrap_err().to_string().contains("expected number or string"));
    Ok(())
}

#[test]
fn strings_are_bytes() -> Result<()> {
    let lua = Lua::new();
    let s = lua.create_string(b"a\0\xff")?;
    assert_eq!(s.as_bytes(), b"a\0\xff"[..]);
    assert_eq!(s.as_bytes_with_nul(), b"a\0\xff\0"[..]);
    assert!(s.to_str().is_err());
    assert_eq!(s.to_string_lossy(), "a\0\u{fffd}");
    let text = lua.create_string("text")?;
    assert_eq!(text, "text");
    assert_eq!(&*text.to_str()?, "text");
    assert_eq!(format!("{text:?} {}", text.display()), "\"text\" text");
    assert_eq!(lua.create_string("x".repeat(100))?, lua.create_string("x".repeat(100))?);
    assert_eq!(lua.convert::<String>(1.5)?, "1.5");
    assert_eq!(lua.convert::<char>("ä")?, 'ä');
    let kept = { text.to_str()? };
    drop(text);
    lua.gc_collect()?;
    assert_eq!(kept, "text");
    Ok(())
}

#[test]
fn collections() -> Result<()> {
    let lua = Lua::new();
    assert_eq!(lua.convert::<Vec<i64>>(vec![1, 2, 3])?, [1, 2, 3]);
    assert_eq!(lua.convert::<[i64; 2]>([4, 5])?, [4, 5]);
    assert!(lua.convert::<[i64; 3]>([4, 5]).is_err());
    let map: HashMap<String, i64> = [("a".into(), 1), ("b".into(), 2)].into();
    assert_eq!(lua.convert::<HashMap<String, i64>>(map.clone())?, map);
    assert_eq!(lua.convert::<BTreeMap<String, i64>>(map.clone())?, map.into_iter().collect());
    assert_eq!(lua.convert::<Option<i64>>(None::<i64>)?, None);
    assert_eq!(lua.convert::<Either<i64, String>>("x")?, Either::Right("x".into()));
    assert!(lua.convert::<Vec<i64>>(1).is_err());
    assert_eq!(lua.create_sequence_from([1, 2, 3])?, [1, 2, 3]);
    Ok(())
}

#[test]
fn own_types_convert() -> Result<()> {
    #[derive(Debug, PartialEq)]
    struct Point(f64, f64);

    impl IntoLua for Point {
        fn into_lua(self, lua: &Lua) -> Result<Value> {
            // Conversions may run Lua and collect, in the middle of an argument list.
            lua.load("local t = {} for i = 1, 100 do t[i] = {} end").exec()?;
            lua.gc_collect()?;
            lua.create_table_from([("x", self.0), ("y", self.1)])?.into_lua(lua)
        }
    }

    impl FromLua for Point {
        fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
            lua.gc_collect()?;
            let table = Table::from_lua(value, lua)?;
            Ok(Point(table.get("x")?, table.get("y")?))
        }
    }

    let lua = Lua::new();
    let swap: Function = lua.load("function(a, b, s) return b, a, s .. '!' end").eval()?;
    let (a, b, s): (Point, Point, String) = swap.call((Point(1.0, 2.0), Point(3.0, 4.0), "x"))?;
    assert_eq!((a, b, s.as_str()), (Point(3.0, 4.0), Point(1.0, 2.0), "x!"));
    let callback = lua.create_function(|_, (a, b): (Point, Point)| Ok((Point(a.0 + b.0, 0.0), "end")))?;
    let (sum, end): (Point, String) = callback.call((Point(1.0, 2.0), Point(3.0, 4.0)))?;
    assert_eq!((sum, end.as_str()), (Point(4.0, 0.0), "end"));
    Ok(())
}

#[test]
fn many_values() -> Result<()> {
    let lua = Lua::new();
    let pack: Function = lua.load("function(...) return select('#', ...), ... end").eval()?;
    let (n, rest): (i64, MultiValue) = pack.call((1, Nil, Variadic::from(vec!["a", "b"])))?;
    assert_eq!((n, rest.len()), (4, 4));
    assert_eq!(pack.call::<i64>(())?, 0);
    let (n, a, b, c): (i64, i64, Option<i64>, Option<i64>) = pack.call((1, 2))?;
    assert_eq!((n, a, b, c), (2, 1, Some(2), None));
    let many: Variadic<i64> = (0..10_000).collect();
    assert_eq!(pack.call::<MultiValue>(many)?.len(), 10_001);
    Ok(())
}

#[test]
fn a_million_values_are_an_error_or_right() -> Result<()> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().max_depth(100_000))?;
    let count: Function = lua.load("function(...) return select('#', ...) end").eval()?;
    let many: Variadic<i64> = (0..1_000_000).collect();
    assert!(matches!(count.call::<i64>(many), Err(Error::StackError)));
    assert_eq!(count.call::<i64>((1, 2))?, 2);
    let many = lua.create_function(|_, ()| Ok((0..1_000_000).collect::<Variadic<i64>>()))?;
    assert!(many.call::<()>(()).is_err());
    assert_eq!(count.call::<i64>((1, 2, 3))?, 3);
    Ok(())
}

// ---- tables

#[test]
fn tables_with_and_without_metamethods() -> Result<()> {
    let lua = Lua::new();
    let t: Table = lua
        .load(
            "setmetatable({}, {
                __index = function(_, k) return k .. '?' end,
                __newindex = function(t, k, v) rawset(t, k, v * 2) end,
                __len = function() return 42 end })",
        )
        .eval()?;
    assert_eq!(t.get::<String>("a")?, "a?");
    t.set("b", 4)?;
    assert_eq!((t.get::<i64>("b")?, t.raw_get::<Value>("a")?.is_nil()), (8, true));
    t.raw_set("c", 4)?;
    assert_eq!(t.get::<i64>("c")?, 4);
    assert_eq!((t.len()?, t.raw_len()), (42, 0));
    assert!(t.contains_key("zzz")? && t.metatable().is_some());
    t.set_metatable(None)?;
    assert!(!t.contains_key("zzz")? && t.metatable().is_none());
    Ok(())
}

#[test]
fn sequences() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table()?;
    for i in 1..=4 {
        t.push(i)?;
    }
    t.raw_insert(1, 0)?;
    assert_eq!(t, [0, 1, 2, 3, 4]);
    t.raw_remove(2)?;
    assert_eq!(t, [0, 2, 3, 4]);
    assert_eq!(t.pop::<i64>()?, 4);
    assert!(t.raw_insert(9, 0).is_err() && t.raw_remove(9).is_err());
    assert_eq!(t.sequence_values::<i64>().sum::<Result<i64>>()?, 5);
    t.clear()?;
    assert!(t.is_empty() && t.pop::<Value>()?.is_nil());
    Ok(())
}

#[test]
fn traversal_may_change_the_table() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table_from((1..=100).map(|i| (format!("k{i}"), i)))?;
    let mut sum = 0;
    for pair in t.pairs::<String, i64>() {
        let (key, value) = pair?;
        sum += value;
        t.set(key, Nil)?;
        lua.gc_collect()?;
    }
    assert_eq!((sum, t.is_empty()), (5050, true));
    let mixed = lua.create_sequence_from(["1", "x", "3"])?;
    let items: Vec<_> = mixed.sequence_values::<i64>().collect();
    assert!(items.len() == 2 && items[1].is_err());
    Ok(())
}

#[test]
fn bad_keys_are_errors() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table()?;
    assert!(t.set(Nil, 1).unwrap_err().to_string().contains("index is nil"));
    assert!(t.raw_set(f64::NAN, 1).unwrap_err().to_string().contains("index is NaN"));
    assert!(t.get::<Value>(Nil)?.is_nil());
    t.set_readonly(true);
    assert!(t.set(1, 1).is_err() && t.is_readonly());
    t.set_readonly(false);
    t.set(1, 1)?;
    Ok(())
}

#[test]
fn hot_loops_respect_read_only_tables() -> Result<()> {
    let lua = Lua::new();
    let store = lua
        .load("local t, n = ... for pass = 1, 200 do for i = 1, 40 do t['k' .. i] = n end end return t.k7")
        .into_function()?;
    let t = lua.create_table()?;
    assert_eq!(store.call::<i64>((&t, 1))?, 1);
    t.set_readonly(true);
    assert!(store.call::<i64>((&t, 2)).unwrap_err().to_string().contains("readonly"));
    assert_eq!(t.get::<i64>("k7")?, 1);
    t.set_readonly(false);
    assert_eq!(store.call::<i64>((&t, 3))?, 3);
    Ok(())
}

/// Each way that a script has of changing a table, before and after it has become hot.
#[test]
fn nothing_in_a_script_changes_read_only_tables() -> Result<()> {
    let lua = Lua::new();
    let is_intact =
        lua.load("local t, m = ... return #t == 3 and t[1] == 3 and t.x == 1 and next(t, 'x') == nil and getmetatable(t) == m");
    let (is_intact, meta) = (is_intact.into_function()?, lua.create_table()?);
    for change in [
        "t.x = 2",
        "t.y = 2",
        "t[1] = 2",
        "t[#t + 1] = 2",
        "t[1.5] = 2",
        "t[next(t)] = nil",
        "rawset(t, 'x', 2)",
        "setmetatable(t, m)",
        "setmetatable(t, nil)",
        "table.clear(t)",
        "table.insert(t, 2)",
        "table.insert(t, 1, 2)",
        "table.move(t, 2, 3, 1)",
        "table.remove(t)",
        "table.remove(t, 1)",
        "table.sort(t)",
        "table.sort(t, function(a, b) return a < b end)",
    ] {
        let f = lua.load(format!("local t, m = ... {change}")).into_function()?;
        let new_table = || -> Result<Table> {
            let t: Table = lua.load("{3, 2, 1, x = 1}").eval()?;
            t.set_metatable(Some(meta.clone()))?;
            Ok(t)
        };
        for _ in 0..2 {
            let t = new_table()?;
            t.set_readonly(true);
            let error = f.call::<()>((&t, &lua.create_table()?)).expect_err(change).to_string();
            assert!(error.contains("attempt to modify a readonly table"), "{change}: {error}");
            assert!(is_intact.call::<bool>((&t, &meta))?, "{change}");
            for _ in 0..300 {
                f.call::<()>((new_table()?, &meta))?;
            }
        }
    }
    Ok(())
}

#[test]
fn equality_and_text() -> Result<()> {
    let lua = Lua::new();
    let (a, b): (Table, Table) = lua
        .load("local m = {__eq = function() return true end, __tostring = function() return 'T' end} return setmetatable({}, m), setmetatable({}, m)")
        .eval()?;
    assert!(a != b && a.equals(&b)? && a == a.clone());
    assert_eq!(Value::Table(a).to_string()?, "T");
    assert!(Value::Table(lua.create_table()?).to_string()?.starts_with("table: "));
    assert_eq!(Value::Number(0.1).to_string()?, "0.1");
    let t: Table = lua.load("{1, 2, n = {x = 'y'}, [true] = 1.5}").eval()?;
    assert_eq!(
        format!("{t:#?}"),
        "{\n  [true] = 1.5,\n  [1] = 1,\n  [2] = 2,\n  n = {\n    x = \"y\",\n  },\n}"
    );
    assert!(format!("{:#?}", lua.globals()).starts_with("{\n  _G = table: "));
    Ok(())
}
