use ferrous_lua::{Lua, Result};

fn main() -> Result<()> {
    let lua = Lua::new();
    lua.globals().set("double", lua.create_function(|_, n: i64| Ok(n * 2))?)?;
    let sum: i64 = lua.load("local s = 0 for i = 1, 10 do s = s + double(i) end return s").eval()?;
    assert_eq!(sum, 110);
    Ok(())
}
