//! Userdata and scopes: Rust values in Lua.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use ferrous_lua::{
    AnyUserData, Error, Function, Lua, MetaMethod, Nil, ObjectLike, Result, Table, UserData, UserDataFields,
    UserDataMethods, UserDataOwned, UserDataRef, UserDataRefMut, Value, Variadic,
};

#[derive(Clone, Debug, PartialEq)]
struct Counter {
    n: i64,
}

impl UserData for Counter {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field("kind", "counter");
        fields.add_field_method_get("n", |_, this| Ok(this.n));
        fields.add_field_method_set("n", |_, this, n| {
            this.n = n;
            Ok(())
        });
        fields.add_field_function_get("itself", |_, this| Ok(this));
        fields.add_meta_field("__tag", 7);
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("get", |_, this, ()| Ok(this.n));
        methods.add_method_mut("add", |_, this, k: Variadic<i64>| {
            this.n += k.iter().sum::<i64>();
            Ok(this.n)
        });
        methods.add_method_once("into_n", |_, this, ()| Ok(this.n));
        methods.add_function("new", |_, n: Option<i64>| Ok(Counter { n: n.unwrap_or(0) }));
        methods.add_method("with", |_, this, f: Function| f.call::<Value>(this.n));
        methods
            .add_meta_method(MetaMethod::Add, |_, a, b: UserDataRef<Counter>| Ok(Counter { n: a.n + b.n }));
        methods.add_meta_method(MetaMethod::Call, |_, this, k: i64| Ok(this.n * k));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(format!("Counter({})", this.n)));
        methods
            .add_meta_function(MetaMethod::Eq, |_, (a, b): (UserDataRef<Counter>, UserDataRef<Counter>)| {
                Ok(a.n == b.n)
            });
        methods.add_meta_method(MetaMethod::Index, |_, _, key: String| Ok(format!("no {key}")));
    }
}

fn counter(lua: &Lua, n: i64) -> Result<AnyUserData> {
    lua.create_userdata(Counter { n })
}

#[test]
fn methods_and_fields() -> Result<()> {
    let lua = Lua::new();
    let c = counter(&lua, 1)?;
    lua.globals().set("c", &c)?;
    let eval = |text: &str| lua.load(text).eval::<Value>();
    assert_eq!(eval("c:get()")?, Value::Integer(1));
    assert_eq!(eval("c:add(1, 2, 3)")?, Value::Integer(7));
    lua.load("c.n = c.n * 10").exec()?;
    assert_eq!(c.borrow::<Counter>()?.n, 70);
    assert_eq!(lua.load("c.kind .. c.missing").eval::<String>()?, "counterno missing");
    assert!(lua.load("rawequal(c.itself, c)").eval::<bool>()?);
    assert_eq!(lua.load("tostring(c.new(5) + c)").eval::<String>()?, "Counter(75)");
    assert_eq!(eval("c(2)")?, Value::Integer(140));
    assert!(lua.load("c == c.new(70) and c ~= c.new(1)").eval::<bool>()?);
    assert!(lua.load("getmetatable(c) == false").eval::<bool>()?);
    let error = lua.load("c.other = 1").exec().unwrap_err();
    assert!(error.to_string().contains("attempt to set an unknown field 'other'"), "{error}");
    // From Rust, the same.
    assert_eq!(c.get::<i64>("n")?, 70);
    c.set("n", 3)?;
    assert_eq!((c.call_method::<i64>("add", 4)?, c.call::<i64>(2)?), (7, 14));
    assert_eq!(c.call_function::<AnyUserData>("new", 9)?.borrow::<Counter>()?.n, 9);
    assert_eq!(ObjectLike::to_string(&c)?, "Counter(7)");
    assert_eq!(
        (c.type_name()?.to_string_lossy().as_str(), c.is::<Counter>(), c.is::<i32>()),
        ("Counter", true, false)
    );
    assert!(c.equals(&counter(&lua, 7)?)? && c != counter(&lua, 7)?);
    Ok(())
}

#[test]
fn wrong_selves_and_arguments() -> Result<()> {
    let lua = Lua::new();
    lua.globals().set("c", counter(&lua, 1)?)?;
    let cause = |text: &str| match lua.load(text).exec() {
        Err(Error::CallbackError { cause, .. }) => cause.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(cause("c.get(1)"), "bad argument `self` to `Counter.get`: userdata is not expected type");
    assert_eq!(cause("c.get()"), "bad argument `self` to `Counter.get`: userdata is not expected type");
    assert!(
        cause("c:add(1, {})")
            .starts_with("bad argument #3 to `Counter.add`: error converting Lua table to i64")
    );
    assert!(cause("local x = c + 1").contains("error converting Lua integer to Counter"));
    Ok(())
}

#[test]
fn borrows_are_checked() -> Result<()> {
    let lua = Lua::new();
    let c = counter(&lua, 1)?;
    lua.globals().set("c", &c)?;
    let held = c.borrow::<Counter>()?;
    assert!(matches!(c.borrow_mut::<Counter>(), Err(Error::UserDataBorrowMutError)));
    assert!(matches!(c.take::<Counter>(), Err(Error::UserDataBorrowMutError)));
    assert_eq!(lua.load("c:get()").eval::<i64>()?, 1);
    match lua.load("c:add(1)").exec() {
        Err(Error::CallbackError { cause, .. }) => {
            assert!(cause.to_string().contains("error mutably borrowing userdata"), "{cause}");
        }
        other => panic!("{other:?}"),
    }
    drop(held);
    // A method that is running holds a borrow.
    assert!(lua.load("c:with(function() return pcall(c.add, c, 1) end)").eval::<bool>().is_ok_and(|ok| !ok));
    assert!(lua.load("c:with(function() return c:get() == 1 end)").eval::<bool>()?);
    assert!(matches!(c.borrow::<String>(), Err(Error::UserDataTypeMismatch)));
    Ok(())
}

#[test]
fn values_are_taken_and_destroyed() -> Result<()> {
    let lua = Lua::new();
    let c = counter(&lua, 1)?;
    lua.globals().set("c", &c)?;
    assert_eq!(c.take::<Counter>()?, Counter { n: 1 });
    assert!(matches!(c.borrow::<Counter>(), Err(Error::UserDataDestructed)));
    match lua.load("c:get()").exec() {
        Err(Error::CallbackError { cause, .. }) => {
            assert!(matches!(*cause, Error::UserDataDestructed), "{cause}")
        }
        other => panic!("{other:?}"),
    }
    let c = counter(&lua, 5)?;
    assert_eq!(c.call_method::<i64>("into_n", ())?, 5);
    assert!(c.call_method::<i64>("into_n", ()).is_err());
    let token = Arc::new(());
    let any = lua.create_any_userdata(token.clone())?;
    any.destroy()?;
    assert_eq!(Arc::strong_count(&token), 1);
    assert!(matches!(any.destroy(), Err(Error::UserDataDestructed)));
    let owned = lua.create_function(|_, c: UserDataOwned<Counter>| Ok(c.n))?;
    assert_eq!(owned.call::<i64>(Counter { n: 8 })?, 8);
    Ok(())
}

#[test]
fn values_die_with_their_objects_but_not_under_a_guard() -> Result<()> {
    let lua = Lua::new();
    let token = Rc::new(());
    let any = lua.create_any_userdata(token.clone())?;
    let guard = any.borrow::<Rc<()>>()?;
    drop(any);
    lua.gc_collect()?;
    lua.gc_collect()?;
    assert_eq!(Rc::strong_count(&token), 2);
    assert_eq!(Rc::strong_count(&guard), 2);
    drop(guard);
    assert_eq!(Rc::strong_count(&token), 1);
    lua.globals().set("u", lua.create_any_userdata(token.clone())?)?;
    drop(lua);
    assert_eq!(Rc::strong_count(&token), 1);
    Ok(())
}

#[test]
fn types_without_declarations() -> Result<()> {
    let lua = Lua::new();
    lua.register_userdata_type::<String>(|registry| {
        registry.add_method("upper", |_, s, ()| Ok(s.to_uppercase()));
        registry.add_field_method_get("size", |_, s| Ok(s.len()));
        registry.add_method_mut("push", |_, s, more: String| {
            s.push_str(&more);
            Ok(())
        });
    })?;
    let s = lua.create_any_userdata(String::from("abc"))?;
    lua.globals().set("s", &s)?;
    lua.load("s:push('d')").exec()?;
    assert_eq!(lua.load("s:upper() .. s.size").eval::<String>()?, "ABCD4");
    let append = lua.create_function(|_, mut s: UserDataRefMut<String>| {
        s.push('!');
        Ok(())
    })?;
    append.call::<()>(&s)?;
    assert_eq!(*s.borrow::<String>()?, "abcd!");
    lua.globals().set("x", AnyUserData::wrap(5_u8))?;
    assert_eq!(*lua.globals().get::<UserDataRef<u8>>("x")?, 5);
    Ok(())
}

#[test]
fn proxies() -> Result<()> {
    let lua = Lua::new();
    lua.globals().set("Counter", lua.create_proxy::<Counter>()?)?;
    assert_eq!(lua.load("Counter.new(3):get()").eval::<i64>()?, 3);
    assert_eq!(lua.load("Counter.kind").eval::<String>()?, "counter");
    assert!(lua.load("Counter:get()").eval::<i64>().is_err());
    assert!(lua.globals().get::<AnyUserData>("Counter")?.is_proxy::<Counter>());
    Ok(())
}

#[test]
fn metatables() -> Result<()> {
    struct Restricted;
    impl UserData for Restricted {
        fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
            methods.add_meta_method("__gc", |_, _, ()| Ok(()));
        }
    }
    struct BadIndex;
    impl UserData for BadIndex {
        fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
            fields.add_meta_field(MetaMethod::Index, 1);
        }
    }
    let lua = Lua::new();
    assert!(
        matches!(lua.create_userdata(Restricted), Err(Error::MetaMethodRestricted(name)) if name == "__gc")
    );
    assert!(matches!(
        lua.create_userdata(BadIndex),
        Err(Error::MetaMethodTypeError { type_name: "integer", .. })
    ));
    let metatable = counter(&lua, 1)?.metatable()?;
    assert_eq!(metatable.get::<i64>("__tag")?, 7);
    assert!(metatable.contains(MetaMethod::Add)? && !metatable.contains(MetaMethod::Sub)?);
    metatable.set(MetaMethod::Sub, lua.create_function(|_, ()| Ok("sub"))?)?;
    assert!(metatable.set("__index", Nil).is_err() && metatable.get::<Value>("__metatable").is_err());
    lua.globals().set("c", counter(&lua, 2)?)?;
    assert_eq!(lua.load("c - c").eval::<String>()?, "sub");
    let names: Vec<String> = metatable.pairs::<Value>().map(|pair| Ok(pair?.0)).collect::<Result<_>>()?;
    assert!(names.contains(&"__add".into()) && !names.contains(&"__metatable".into()));
    Ok(())
}

#[test]
fn user_values() -> Result<()> {
    let lua = Lua::new();
    let u = lua.create_any_userdata(1)?;
    u.set_user_value(lua.create_table_from([("x", 1)])?)?;
    u.set_nth_user_value(2, "two")?;
    u.set_named_user_value("name", 3)?;
    lua.gc_collect()?;
    assert_eq!(u.user_value::<Table>()?.get::<i64>("x")?, 1);
    assert_eq!((u.nth_user_value::<String>(2)?, u.named_user_value::<i64>("name")?), ("two".into(), 3));
    assert!(u.nth_user_value::<Value>(3)?.is_nil() && u.set_nth_user_value(0, 1).is_err());
    Ok(())
}

#[test]
fn paths() -> Result<()> {
    let lua = Lua::new();
    let t: Table = lua.load("{a = {{b = 5}}}").eval()?;
    assert_eq!(t.get_path::<i64>("a[1].b")?, 5);
    assert!(t.get_path::<Value>("a[2]?.b")?.is_nil());
    assert!(t.get_path::<Value>("a[2].b").is_err());
    Ok(())
}

// ---- scopes

#[test]
fn scopes_lend() -> Result<()> {
    let lua = Lua::new();
    let mut sum = 0;
    let words = ["a".to_string(), "b".to_string()];
    let mut shared = Counter { n: 1 };
    let other = Counter { n: 10 };
    let result: i64 = lua.scope(|scope| {
        lua.globals().set(
            "add",
            scope.create_function_mut(|_, n: i64| {
                sum += n;
                Ok(sum)
            })?,
        )?;
        lua.globals().set("word", scope.create_function(|_, i: usize| Ok(words.get(i - 1).cloned()))?)?;
        lua.globals().set("mine", scope.create_userdata_ref_mut(&mut shared)?)?;
        lua.globals().set("other", scope.create_userdata_ref(&other)?)?;
        lua.load("assert(word(2) == 'b' and word(3) == nil) mine:add(other:get()) add(1) return add(mine.n)")
            .eval()
    })?;
    assert_eq!((result, sum, shared.n), (12, 12, 11));
    let cause = |text: &str| match lua.load(text).exec() {
        Err(Error::CallbackError { cause, .. }) => cause,
        other => panic!("{other:?}"),
    };
    assert!(matches!(*cause("add(1)"), Error::CallbackDestructed));
    assert!(matches!(*cause("word(1)"), Error::CallbackDestructed));
    assert!(matches!(*cause("mine:get()"), Error::UserDataDestructed));
    assert!(matches!(*cause("other:get()"), Error::UserDataDestructed));
    Ok(())
}

#[test]
fn shared_loans_are_not_changed_and_not_given_away() -> Result<()> {
    let lua = Lua::new();
    let data = Counter { n: 1 };
    lua.scope(|scope| {
        let u = scope.create_userdata_ref(&data)?;
        assert!(u.call_method::<i64>("add", 1).is_err());
        assert_eq!(u.borrow_scoped(|c: &Counter| c.n)?, 1);
        assert!(u.borrow::<Counter>().is_err() && u.take::<Counter>().is_err());
        Ok(())
    })
}

#[test]
fn scoped_types_may_have_lifetimes() -> Result<()> {
    struct View<'a>(&'a Cell<i32>);
    impl UserData for View<'_> {
        fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
            methods.add_method("inc", |_, this, by: i32| {
                this.0.set(this.0.get() + by);
                Ok(this.0.get())
            });
        }
    }
    impl Drop for View<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1000);
        }
    }
    let lua = Lua::new();
    let (a, b) = (Cell::new(0), Cell::new(100));
    lua.scope(|scope| {
        lua.globals().set("a", scope.create_userdata(View(&a))?)?;
        lua.globals().set("b", scope.create_userdata(View(&b))?)?;
        lua.load("a:inc(1) b:inc(1) assert(not pcall(a.inc, b, 1))").exec()
    })?;
    assert_eq!((a.get(), b.get()), (1001, 1101));
    assert!(lua.load("a:inc(1)").exec().is_err());
    Ok(())
}

#[test]
fn scopes_end_in_order() -> Result<()> {
    let lua = Lua::new();
    let log = Cell::new(0);
    let outcome = lua.scope(|scope| {
        scope.add_destructor(|| log.set(log.get() * 10 + 2));
        let guard = Guard(&log);
        let f = scope.create_function(move |_, ()| {
            let _ = &guard;
            Ok(())
        })?;
        lua.globals().set("f", f)?;
        Err::<(), _>(Error::runtime("left early"))
    });
    assert!(outcome.is_err());
    assert_eq!(log.get(), 12);
    struct Guard<'a>(&'a Cell<i32>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() * 10 + 1);
        }
    }
    Ok(())
}
