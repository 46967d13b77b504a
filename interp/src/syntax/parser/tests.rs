use super::super::print::print;
use super::parse;

fn tree(source: &str) -> String {
    match parse(source.as_bytes(), b"=x") {
        Ok(ast) => print(&ast),
        Err(error) => error.to_string(),
    }
}

/// Checks the printed tree, or the error message; the indentation of `expected` is that of its first line.
#[track_caller]
fn check(source: &str, expected: &str) {
    let lines: Vec<&str> = expected.trim_end().lines().skip_while(|l| l.trim().is_empty()).collect();
    let margin = lines.first().map_or(0, |l| l.len() - l.trim_start().len());
    let expected: Vec<&str> = lines.iter().map(|l| l.get(margin..).unwrap_or("")).collect();
    assert_eq!(tree(source).trim_end(), expected.join("\n"), "for {source:?}");
}

#[track_caller]
fn check_error(source: &str, expected: &str) {
    let error = parse(source.as_bytes(), b"=x").err().map(|e| e.to_string());
    assert_eq!(error.as_deref(), Some(expected), "for {source:?}");
}

#[test]
fn priorities() {
    check("x = a+b*c^d^e..f..g", "x = (.. (+ a (* b (^ c (^ d e)))) (.. f g))");
    check("x = a-b-c < d and not e == f or g", "x = (or (and (< (- (- a b) c) d) (== (not e) f)) g)");
    check("x = -a^2 * #t", "x = (* (- (^ a 2)) (# t))");
    check("x = 2^-3", "x = (^ 2 (- 3))");
    check("x = (a or b).c[1]:m 'x' {1; y=2, [3]=4;}", "x = <(or a b)>.c[1]:m(\"x\")({1; y=2; [3]=4})");
}

#[test]
fn statements() {
    check(
        "local a, b = 1 do local a = a end while a do break end repeat local z = b until z",
        "
        local a.0 b.1 = 1
        do
          local a.2 = a.0
        while a.0
          break
        repeat until z.3
          local z.3 = b.1
        ",
    );
    check(
        "if a then b() elseif c then d() else e() end for i = 1, 2 do x = i end for k, v in p(t) do y = k end",
        "
        if a
          b()
        if c
          d()
        else
          e()
        for i.3 in 1, 2
          x = i.3
        for k.7 v.8 in p(t)
          y = k.7
        ",
    );
    check("a.b, c[1] = f()", "a.b, c[1] = f()");
    check(
        "function a.b:c(x) return self, x end",
        "function a.b.c (self.0 x.1)\n  return self.0, x.1\nend@1-1",
    );
    check("return f(...); ", "return f(...)");
}

#[test]
fn capture_by_value_or_by_cell() {
    // Assigned before the capture only.
    check(
        "local a a = 1 f = function() return a end",
        "local a.0= = \na.0= = 1\nf = ()\n  return ^a.0=\nend@1-1",
    );
    // Assigned behind it, even by the same statement.
    let cell = |source: &str| assert!(tree(source).contains('&'), "{source}: {}", tree(source));
    let value = |source: &str| assert!(!tree(source).contains('&'), "{source}: {}", tree(source));
    cell("local a = 1 f = function() return a end a = 2");
    cell("local a a = function() return a end");
    cell("local a function a() return a end");
    cell("local a f = function() a = 1 end");
    cell("local a f = function() return function() a = 1 end end");
    // A function that only refers to itself.
    value("local function f() return f() end");
    value("local function f() return function() return f end end");
    cell("local function f() return f() end f = nil");
    // Loops.
    cell("local a while x do a = 1 f = function() return a end end");
    value("local a while x do a = 1 end f = function() return a end");
    value("while x do local a a = 1 f = function() return a end end");
    cell("while x do local a while y do a = 1 while z do f = function() return a end end end end");
    value("for i = 1, 9 do i = i + 1 f = function() return i end end");
    cell("local a repeat a = 1 until g(function() return a end)");
    value("local a while x do a = 1 end while y do f = function() return a end end");
    // A loop in the inner function is none around the capture.
    value("local a while x do a = 1 end f = function() while y do g(a) end end");
    // `goto` can go back.
    cell("local a ::top:: a = 1 f = function() return a end goto top");
    value("local a a = 1 ::top:: f = function() return a end goto top");
    value("do ::top:: local a a = 1 f = function() return a end goto top end");
    value("local a do ::top:: a = 1 end f = function() return a end");
}

#[test]
fn implicit_arg() {
    check("function f(...) return arg end", "function f ( ... table arg.0)\n  return arg.0\nend@1-1");
    check(
        "function f(a, ...) return arg, ... end",
        "function f (a.0 ... nil arg.1)\n  return arg.1, ...\nend@1-1",
    );
    check("function f(...) return ... end", "function f ( ... nil arg.0)\n  return ...\nend@1-1");
    check("return arg, ...", "return arg, ...");
    check(
        "function f(...) return function() return arg end end",
        "function f ( ... table arg.0=)\n  return ()\n    return ^arg.0=\n  end@1-1\nend@1-1",
    );
}

#[test]
fn goto_and_labels() {
    check("goto = 1 goto.x = goto goto()", "goto = 1\ngoto.x = goto\ngoto()");
    check(
        "for i = 1, 9 do local a if a then goto continue end local b ::continue:: end",
        "
        for i.3 in 1, 9
          local a.4 =\u{20}
          if a.4
            goto 0
          local b.5 =\u{20}
          ::0 continue:: leaves 4
        ",
    );
    check("::a:: goto a", "::0 a:: leaves 0\ngoto 0");
    check("do goto a end ::a:: x()", "do\n  goto 0\n::0 a:: leaves 0\nx()");
    check_error("goto a", "x:1: undefined label 'a'");
    check_error("goto a\ndo ::a:: end", "x:1: undefined label 'a'");
    check_error("::a:: function f() goto a end", "x:1: undefined label 'a'");
    check_error("::a:: ::a::", "x:1: duplicate label 'a'");
    check_error("goto a\nlocal b\n::a:: x()", "x:1: <goto a> jumps into the scope of local 'b'");
    check_error("repeat goto a local b ::a:: until b", "x:1: <goto a> jumps into the scope of local 'b'");
}

#[test]
fn errors() {
    check_error("x", "x:1: '=' expected near '<eof>'");
    check_error("x = ", "x:1: unexpected symbol near '<eof>'");
    check_error("x = }", "x:1: unexpected symbol near '}'");
    check_error("f() = 1", "x:1: unexpected symbol near '='");
    check_error("(a) = 1", "x:1: syntax error near '='");
    check_error("a, f() = 1", "x:1: syntax error near '='");
    check_error("if x then\n\n", "x:3: 'end' expected (to close 'if' at line 1) near '<eof>'");
    check_error("if x then", "x:1: 'end' expected near '<eof>'");
    check_error("x = 'a' 'b'", "x:1: unexpected symbol near ''b''");
    check_error("x = [=[a]=] [=[b\n]]]=]", "x:2: unexpected symbol near '[=[b\n]]]=]'");
    check_error("f\n()", "x:2: ambiguous syntax (function call x new statement) near '('");
    check_error("for x do", "x:1: '=' or 'in' expected near 'do'");
    check_error("for 1", "x:1: '<name>' expected near '1'");
    check_error("a.b:c = 1", "x:1: function arguments expected near '='");
    check_error("break", "x:1: no loop to break near '<eof>'");
    check_error("while x do break x() end", "x:1: 'end' expected near 'x'");
    check_error("return return", "x:1: unexpected symbol near 'return'");
    check_error("function f(a,) end", "x:1: <name> or '...' expected near ')'");
    check_error("function f() return ... end", "x:1: cannot use '...' outside a vararg function near '...'");
    check_error("x = 1 end", "x:1: '<eof>' expected near 'end'");
    check_error(";", "x:1: unexpected symbol near ';'");
    check_error("x = a b", "x:1: '=' expected near '<eof>'");
    check_error("x = \u{1}", "x:1: unexpected symbol near 'char(1)'");
    assert!(parse(b"x = {", b"=x").err().unwrap().at_eof);
    assert!(!parse(b"x = }", b"=x").err().unwrap().at_eof);
}

#[test]
fn limits() {
    let many = |n: usize, f: &dyn Fn(usize) -> String| (0..n).map(f).collect::<Vec<_>>();
    let locals = |n| many(n, &|i| format!("local a{i}\n")).concat();
    assert!(parse(locals(200).as_bytes(), b"=x").is_ok());
    check_error(&locals(201), "x:202: main function has more than 200 local variables");
    let source = format!("\nfunction f() {} end", locals(201));
    check_error(&source, "x:203: function at line 2 has more than 200 local variables");

    let names = many(61, &|i| format!("a{i}"));
    let uses = |n: usize| {
        format!("local {}\nreturn function()\nreturn {} end", names.join(","), names[..n].join(","))
    };
    assert!(parse(uses(60).as_bytes(), b"=x").is_ok());
    check_error(&uses(61), "x:3: function at line 2 has more than 60 upvalues");

    let targets = many(300, &|i| format!("a{i}")).join(",");
    check_error(&format!("{targets} = 1"), "x:1: main function has more than 197 variables in assignment");
}

#[test]
fn deep_nesting_is_an_error_and_long_chains_are_not() {
    let too_deep = "x:1: chunk has too many syntax levels";
    for (open, close) in [("(", ")"), ("{", "}"), ("- ", ""), ("not ", ""), ("f(", ")"), ("a..", "")] {
        let nested = |n| format!("x = {}1{}", open.repeat(n), close.repeat(n));
        assert!(parse(nested(150).as_bytes(), b"=x").is_ok(), "{open}");
        check_error(&nested(100_000), too_deep);
    }
    for (open, close) in [("do ", "end "), ("x = function() ", "end "), ("while x do ", "end ")] {
        let nested = |n| format!("{}{}", open.repeat(n), close.repeat(n));
        assert!(parse(nested(80).as_bytes(), b"=x").is_ok(), "{open}");
        check_error(&nested(100_000), too_deep);
    }
    for (start, link, end) in [
        ("x = 1", "+1", ""),
        ("x = a", ".b", ""),
        ("f", "(1)", ""),
        ("if a then", " elseif b then", " end"),
        ("x = a", " and b", ""),
    ] {
        let chain = format!("{start}{}{end}", link.repeat(100_000));
        assert!(parse(chain.as_bytes(), b"=x").is_ok(), "{start}");
    }
}
