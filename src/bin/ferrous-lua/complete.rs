//! Completion at the prompt: keywords, globals, and the fields of what a chain of names leads to.
//!
//! Only raw fields and tables in `__index` are looked at: completing a word runs no Lua code.

use ferrous_lua::{Lua, LuaString, Result, Table, Value};

const KEYWORDS: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// How many tables that stand in for one another in `__index` are followed.
const MAX_CHAIN: usize = 10;

/// Where the word before `at` begins, and what it may become, in alphabetical order.
pub fn completions(lua: &Lua, line: &str, at: usize) -> (usize, Vec<String>) {
    let before = &line[..at];
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    let chain = &before[before.trim_end_matches(is_part).len()..];
    let (path, word) = match chain.rfind(['.', ':']) {
        Some(dot) => (Some(&chain[..dot]), &chain[dot + 1..]),
        None => (None, chain),
    };
    // A name that could not be read names nothing.
    let mut found = names(lua, path, word).unwrap_or_default();
    if path.is_none() {
        found.extend(
            KEYWORDS.iter().filter(|keyword| keyword.starts_with(word)).map(|&keyword| keyword.into()),
        );
    }
    found.sort();
    found.dedup();
    (at - word.len(), found)
}

/// The fields that begin with `word` of what `path` leads to; without a path, of the globals.
fn names(lua: &Lua, path: Option<&str>, word: &str) -> Result<Vec<String>> {
    let mut object = Value::Table(lua.globals());
    for name in path.into_iter().flat_map(|path| path.split(['.', ':'])) {
        object = field(lua, &object, name)?;
    }
    let mut found = Vec::new();
    for table in tables(lua, object) {
        for pair in table.pairs::<Value, Value>() {
            if let (Value::String(key), _) = pair?
                && let Ok(key) = key.to_str()
                && key.starts_with(word)
                && is_name(&key)
            {
                found.push(key.to_string());
            }
        }
    }
    Ok(found)
}

fn field(lua: &Lua, object: &Value, name: &str) -> Result<Value> {
    for table in tables(lua, object.clone()) {
        let value: Value = table.raw_get(name)?;
        if !value.is_nil() {
            return Ok(value);
        }
    }
    Ok(Value::Nil)
}

/// The tables in which the fields of a value are looked up.
fn tables(lua: &Lua, object: Value) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    let mut next = object;
    while found.len() < MAX_CHAIN {
        let metatable = match &next {
            Value::Table(table) => {
                found.push(table.clone());
                table.metatable()
            }
            Value::String(_) => lua.type_metatable::<LuaString>(),
            // The libraries' files and the embedder's objects show their fields to `getmetatable` too.
            other => metatable_of(lua, other),
        };
        let index = metatable.and_then(|metatable| metatable.raw_get::<Value>("__index").ok());
        match index {
            Some(index @ Value::Table(_)) => next = index,
            _ => break,
        }
    }
    found
}

fn metatable_of(lua: &Lua, value: &Value) -> Option<Table> {
    let getmetatable: ferrous_lua::Function = lua.globals().raw_get("getmetatable").ok()?;
    // A native function, unless the program has put another one there.
    if getmetatable.info().what != "C" {
        return None;
    }
    getmetatable.call(value).ok()
}

fn is_name(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, start: usize, expected: &[&str]) {
        let lua = Lua::new();
        lua.load(
            "point = setmetatable({ x = 1, ['no name'] = 2, ['end'] = 3 }, { __index = { xs = { deep = true }, move = print } })
            file = io.stdout text = 'abc'
            trap = setmetatable({}, { __index = function() error('completion ran code') end })",
        )
        .exec()
        .unwrap();
        assert_eq!(
            completions(&lua, line, line.len()),
            (start, expected.iter().map(|s| s.to_string()).collect())
        );
    }

    #[test]
    fn globals_and_keywords() {
        check("= rawg", 2, &["rawget"]);
        check("whi", 0, &["while"]);
        check("x = 1 + poi", 8, &["point"]);
        check("nothing_such", 0, &[]);
    }

    #[test]
    fn fields() {
        check("point.x", 6, &["x", "xs"]);
        check("point:mo", 6, &["move"]);
        check("print(point.xs.", 15, &["deep"]);
        check("string.form", 7, &["format"]);
        check("text:up", 5, &["upper"]);
        check("file:see", 5, &["seek"]);
        check("trap.any.th", 9, &[]);
        check("missing.f", 8, &[]);
        check("point.e", 6, &[]);
    }
}
