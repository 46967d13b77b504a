use super::*;

const PLENTY: u64 = 1_000_000_000;

/// What `string.find` returns: the match in Lua's positions, then the captures, or the error.
fn find_from(src: &str, pattern: &str, init: usize) -> String {
    let pattern = Pattern::compile(pattern.as_bytes(), Caret::Anchors);
    let mut matcher = Matcher::new(src.as_bytes(), &pattern);
    let found = match matcher.find(init, &mut PLENTY.clone()) {
        Ok(Some(found)) => found,
        Ok(None) => return "nil".to_string(),
        Err(error) => return error.message().to_string(),
    };
    let mut text = format!("{} {}", found.start + 1, found.end);
    for i in 0..pattern.capture_count() {
        match matcher.capture(i) {
            Ok(Capture::Text { start, end }) => text += &format!(" '{}'", &src[start..end]),
            Ok(Capture::Position(at)) => text += &format!(" {}", at + 1),
            Err(error) => return error.message().to_string(),
        }
    }
    text
}

#[track_caller]
fn check(src: &str, pattern: &str, expected: &str) {
    assert_eq!(find_from(src, pattern, 0), expected, "find({src:?}, {pattern:?})");
}

fn gsub(src: &str, pattern: &str, replacement: &str, caret: Caret) -> Result<String, PatternError> {
    let pattern = Pattern::compile(pattern.as_bytes(), caret);
    let mut matcher = Matcher::new(src.as_bytes(), &pattern);
    let (mut out, mut copied, mut from) = (Vec::new(), 0, 0);
    while let Some(found) = matcher.find(from, &mut PLENTY.clone())? {
        out.extend_from_slice(&src.as_bytes()[copied..found.start]);
        matcher.append_replacement(replacement.as_bytes(), &mut out)?;
        (copied, from) = (found.end, found.next_start());
        if pattern.is_anchored() {
            break;
        }
    }
    out.extend_from_slice(&src.as_bytes()[copied..]);
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn singles_and_classes() {
    check("hello world", "o w", "5 7");
    check("hello", "l+", "3 4");
    check("hello", "xyz", "nil");
    check("hello", "", "1 0");
    check("abc123", "%d+", "4 6");
    check("x", "[]x]", "1 1");
    check("]", "[^]]", "nil");
    check("-", "[a-]", "1 1");
    check("b", "[a-%z]", "nil");
    check("z", "[a-%z]", "1 1");
    check("%", "[$-%z]", "1 1");
    check("]", "[a-%%]", "1 1");
    check("%", "[a-%%]", "nil");
    check("a%b", "%%", "2 2");
    check("^", "[%^x]", "1 1");
    check("a-b", "[%a%-]+", "1 3");
    check("f(x)", "%(", "2 2");
    check("a\u{e9}", "[^%a]+", "2 3");
    check("ab", "a$b", "nil");
    check("a$b", "a$b", "1 3");
    check("a^b", "a^b", "1 3");
    check("*a", "*", "1 1");
}

#[test]
fn repetitions() {
    check("aaab", "a*ab", "1 4");
    check("aaab", "a-b", "1 4");
    check("aaa", "^a-$", "1 3");
    check("ab", "a?b?c?", "1 2");
    check("aab", "^a?ab", "1 3");
    check("ab", "^a?ac", "nil");
    check("ab", "^a?ab", "1 2");
    check("key = value", "^(%w+)%s*=%s*(.-)$", "1 11 'key' 'value'");
    check("  trim me  ", "^%s*(.-)%s*$", "1 11 'trim me'");
    check("   ", "^%s*(.-)%s*$", "1 3 ''");
    check("path/to/file.txt", "(.*)/(.*)", "1 16 'path/to' 'file.txt'");
    check("path/to/file.txt", "(.-)/(.*)", "1 16 'path' 'to/file.txt'");
    check("file.tar.gz", "(.+)%.(.+)", "1 11 'file.tar' 'gz'");
    check("[[x]]", "%[%[(.-)%]%]", "1 5 'x'");
    check("123.456", "(%d*)%.?(%d+)", "1 7 '123' '456'");
    check("123", "(%d*)%.?(%d+)", "1 3 '12' '3'");
    check("aXbX", "(%a-)X", "1 2 'a'");
    check("a1bX", "(%a-)X", "3 4 'b'");
    check("12a", "%d*a", "1 3");
    check("ab12", "[%a%d]*%d%d$", "1 4");
    check("x**y", "x**", "1 2");
    check("xx**y", "x**", "1 3");
}

#[test]
fn captures() {
    check("abc", "(a)(b)(c)", "1 3 'a' 'b' 'c'");
    check("abc", "((a)(b(c)))", "1 3 'abc' 'a' 'bc' 'c'");
    check("abc", "()b()", "2 2 2 3");
    check("", "()", "1 0 1");
    check("say \"hi\" 'x'", "([\"'])(.-)%1", "5 8 '\"' 'hi'");
    check("abab", "(ab)%1", "1 4 'ab'");
    check("aba", "(ab)%1", "nil");
    check("aa", "()%1", "nil");
    check("xaax", "(a*)%1", "1 0 ''");
    check("xaax", "(a+)%1", "2 3 'a'");
    check("(a)*", "(a)*", "nil");
    check("a*", "(a)*", "1 2 'a'");
    check("xyz", "(x)((y)(z))", "1 3 'x' 'yz' 'y' 'z'");
}

#[test]
fn balance_and_frontier() {
    check("f(a(b)c)d", "%b()", "2 8");
    check("(()", "%b()", "2 3");
    check("|a|b", "%b||", "1 3");
    check("(((", "%b()", "nil");
    check("THE (quick) fox", "%f[%a]%a+%f[%A]", "1 3");
    check("a.b", "%f[%w]b", "3 3");
    check("ab", "%f[%z]", "3 2");
    check("a b", "%a*%f[b]", "3 2");
    check("foobar", "%f[%w]%w+", "1 6");
    check("THE (quick) fox", "%f[%l]%l+%f[^%l]", "6 10");
}

#[test]
fn errors_are_raised_when_reached() {
    for (src, pattern, expected) in [
        ("", "%", "malformed pattern (ends with '%')"),
        ("a", "b%", "nil"),
        ("a", "a%", "malformed pattern (ends with '%')"),
        ("", "[a", "malformed pattern (missing ']')"),
        ("a", "[a%", "malformed pattern (missing ']')"),
        ("a", "[", "malformed pattern (missing ']')"),
        ("a", "[]", "malformed pattern (missing ']')"),
        ("a", "[^]", "malformed pattern (missing ']')"),
        ("a", "[%]", "malformed pattern (missing ']')"),
        ("a", "(a", "unfinished capture"),
        ("a", "(b", "nil"),
        ("a", "a)", "invalid pattern capture"),
        ("a", "b)", "nil"),
        ("a", "%1", "invalid capture index"),
        ("a", "(%1", "invalid capture index"),
        ("a", "%0", "invalid capture index"),
        ("a", "(a)%2", "invalid capture index"),
        ("a", "%b", "unbalanced pattern"),
        ("a", "%ba", "unbalanced pattern"),
        ("a", "%f", "missing '[' after '%f' in pattern"),
        ("a", "%fa", "missing '[' after '%f' in pattern"),
        ("a", "%f[a", "malformed pattern (missing ']')"),
        ("xa", "a*%", "malformed pattern (ends with '%')"),
    ] {
        check(src, pattern, expected);
    }
    check("a", &"()".repeat(33), "too many captures");
    check("a", &"()".repeat(32), &format!("1 0{}", " 1".repeat(32)));
}

#[test]
fn anchors_and_init() {
    check("ab", "^b", "nil");
    assert_eq!(find_from("ab", "^b", 1), "2 2");
    assert_eq!(find_from("abc", "c", 3), "nil");
    assert_eq!(find_from("abc", "", 3), "4 3");
    assert_eq!(find_from("abc", "", 4), "nil");
    assert_eq!(gsub("^a", "^a", "x", Caret::Literal).unwrap(), "x");
    assert_eq!(gsub("aaa", "^a", "x", Caret::Anchors).unwrap(), "xaa");
}

#[test]
fn substitution() {
    assert_eq!(gsub("abc", "%w", "%0%0", Caret::Anchors).unwrap(), "aabbcc");
    assert_eq!(gsub("hello world", "(%w+) (%w+)", "%2 %1", Caret::Anchors).unwrap(), "world hello");
    assert_eq!(gsub("abc", "%w*", "x", Caret::Anchors).unwrap(), "xx");
    assert_eq!(gsub("abc", "", "-", Caret::Anchors).unwrap(), "-a-b-c-");
    assert_eq!(gsub("abc", "()b", "%1", Caret::Anchors).unwrap(), "a2c");
    assert_eq!(gsub("abc", "b", "%%%x%", Caret::Anchors).unwrap(), "a%x\0c");
    assert_eq!(gsub("abc", "(a", "x", Caret::Anchors).unwrap(), "xbc");
    assert_eq!(gsub("abc", "(a", "%1", Caret::Anchors), Err(PatternError::UnfinishedCapture));
    assert_eq!(gsub("abc", "a", "%1%2", Caret::Anchors), Err(PatternError::InvalidCaptureIndex));
}

#[test]
fn deep_patterns_do_not_overflow_the_stack() {
    let n = 200_000;
    check(&"a".repeat(n), &"a?".repeat(n), &format!("1 {n}"));
    check(&"a".repeat(n), &".-".repeat(n), "1 0");
    check(&"a".repeat(5000), "(.-)b", "nil");
}

#[test]
fn fuel_interrupts_and_resuming_gives_the_same_answer() {
    let catastrophe = Pattern::compile(b".-.-.-.-.-.-b$", Caret::Anchors);
    let src = [b"ab".repeat(200), b"c".to_vec()].concat();
    assert_eq!(Matcher::new(&src, &catastrophe).find(0, &mut 100_000), Err(PatternError::Interrupted));

    let pattern = Pattern::compile(b"(%a-)(%d*)x%2$", Caret::Anchors);
    let src = b"ab12x12 ab12x1 zz77x77".as_slice();
    let mut straight = Matcher::new(src, &pattern);
    let expected = straight.find(0, &mut PLENTY.clone());
    assert_eq!(expected, Ok(Some(Match { start: 15, end: 22 })));
    for step in 1..5 {
        let mut matcher = Matcher::new(src, &pattern);
        let mut result = matcher.find(0, &mut step.clone());
        while result == Err(PatternError::Interrupted) {
            result = matcher.resume(&mut step.clone());
        }
        assert_eq!(result, expected);
        assert_eq!(matcher.capture(1), straight.capture(1));
    }
}

#[test]
fn plain_search() {
    assert!(is_plain(b"a)]b"));
    assert!(!is_plain(b"a.b"));
    assert_eq!(find_plain(b"a.b.c", b".", 2), Some(3));
    assert_eq!(find_plain(b"abcabc", b"abc", 1), Some(3));
    assert_eq!(find_plain(b"abc", b"", 3), Some(3));
    assert_eq!(find_plain(b"abc", b"", 4), None);
}

#[test]
fn cache_returns_the_same_pattern() {
    let mut cache = PatternCache::new();
    let first = cache.get(b"%d+", Caret::Anchors);
    assert!(Rc::ptr_eq(&first, &cache.get(b"%d+", Caret::Anchors)));
    assert!(!Rc::ptr_eq(&first, &cache.get(b"%d+", Caret::Literal)));
    assert!(!cache.get(b"^%d+", Caret::Literal).is_anchored());
}
