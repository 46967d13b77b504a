//! Quoting: a string as a Lua literal that reads back as the same string, for `string.format("%q")`.

/// Appends `text` between double quotes, with quotes, backslashes, newlines, carriage returns and NULs escaped.
///
/// Other bytes stand for themselves, so the result may hold control characters and any encoding.
///
/// Source: `addquoted` in PUC 5.1's `lstrlib.c`.
pub fn append_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut plain = 0;
    for (at, &b) in text.iter().enumerate() {
        let escaped: &[u8] = match b {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\\n",
            b'\r' => b"\\r",
            0 => b"\\000",
            _ => continue,
        };
        out.extend_from_slice(&text[plain..at]);
        out.extend_from_slice(escaped);
        plain = at + 1;
    }
    out.extend_from_slice(&text[plain..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], expected: &[u8]) {
        let mut out = Vec::new();
        append_quoted(&mut out, text);
        assert_eq!(out, expected);
    }

    #[test]
    fn escapes_what_lua51_escapes() {
        check(b"", b"\"\"");
        check(b"plain \t\xff", b"\"plain \t\xff\"");
        check(b"a\nb\r\0\"\\\t1", b"\"a\\\nb\\r\\000\\\"\\\\\t1\"");
    }
}
