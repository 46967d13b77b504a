//! What a chunk is called in messages, and what a file may carry before its first token.

/// Longest chunk name in a syntax error, counting C's terminator (`MAXSRC` in `llex.c`).
pub const MAX_IN_SYNTAX_ERROR: usize = 80;

/// Longest chunk name in a run-time error and in `debug.getinfo`'s `short_src` (`LUA_IDSIZE`).
pub const MAX_IN_RUNTIME_ERROR: usize = 60;

/// The printable form of `chunk_name`, shorter than `max` bytes.
///
/// `=stdin` is shown as `stdin`, `@file.lua` as `file.lua` (its end, behind `...`, if it is long),
/// and anything else as source text: `[string "first line..."]`.
///
/// Source: `luaO_chunkid`.
pub fn display_name(chunk_name: &[u8], max: usize) -> Vec<u8> {
    // The reference works on C strings: a name ends at its first NUL.
    let name = chunk_name.split(|&b| b == 0).next().unwrap_or_default();
    match name.split_first() {
        Some((b'=', rest)) => rest[..rest.len().min(max - 1)].to_vec(),
        Some((b'@', path)) => {
            let room = max - c_size(" '...' ");
            match path.len().checked_sub(room) {
                Some(cut) if cut > 0 => [b"...", &path[cut..]].concat(),
                _ => path.to_vec(),
            }
        }
        _ => {
            let line = name.iter().position(|&b| b == b'\n' || b == b'\r').unwrap_or(name.len());
            let shown = line.min(max - c_size(" [string \"...\"] "));
            let dots: &[u8] = if shown < name.len() { b"..." } else { b"" };
            [b"[string \"", &name[..shown], dots, b"\"]"].concat()
        }
    }
}

/// `sizeof` a C string literal.
const fn c_size(literal: &str) -> usize {
    literal.len() + 1
}

/// The source in a file without what may stand before it: a byte order mark, and a first line that
/// starts with `#`. That line's end stays, so that line numbers are the file's.
pub fn strip_file_prelude(file: &[u8]) -> &[u8] {
    let text = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    if text.first() == Some(&b'#') {
        let end = text.iter().position(|&b| b == b'\n').unwrap_or(text.len());
        return &text[end..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, shown: &str) {
        let got = display_name(name.as_bytes(), MAX_IN_RUNTIME_ERROR);
        assert_eq!(String::from_utf8(got).unwrap(), shown);
    }

    #[test]
    fn names() {
        check("=stdin", "stdin");
        check("@a.lua", "a.lua");
        check("x = 1", "[string \"x = 1\"]");
        check("x = 1\ny = 2", "[string \"x = 1...\"]");
        check("", "[string \"\"]");
        check(&format!("@{}", "d/".repeat(40)), &format!("...{}", "d/".repeat(26)));
        check(&"y".repeat(90), &format!("[string \"{}...\"]", "y".repeat(43)));
        check(&format!("={}", "z".repeat(90)), &"z".repeat(59));
    }

    #[test]
    fn prelude() {
        assert_eq!(strip_file_prelude(b"#!/bin/lua\nx"), b"\nx");
        assert_eq!(strip_file_prelude(b"\xEF\xBB\xBF#!x"), b"");
        assert_eq!(strip_file_prelude(b"x = #t"), b"x = #t");
    }
}
