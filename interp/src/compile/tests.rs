use super::{generate, load};
use crate::new_state;
use crate::syntax::parse;
use ferrous_lua_runtime::bytecode::{list, verify};
use ferrous_lua_runtime::proto::Proto;
use ferrous_lua_runtime::vm::Options;

/// Compiles `source` and hands the prototype to `inspect`; or gives the error message.
fn with_proto<T>(source: &str, inspect: impl FnOnce(&Proto) -> T) -> Result<T, String> {
    let mut vm = new_state(Options::default()).expect("there is memory for a state");
    match load(&mut vm, source.as_bytes(), b"=x") {
        Ok(proto) => {
            let index = vm.protos.iter().position(|p| p.as_ref().is_some_and(|p| std::ptr::eq(&**p, proto)));
            let proto = vm.protos[index.expect("the prototype is in the list")].as_ref();
            Ok(inspect(proto.expect("it was found")))
        }
        Err(error) => Err(format!("{error:?}")),
    }
}

/// The listing without what the compiler leaves empty.
fn listing(source: &str) -> String {
    let text = with_proto(source, |proto| {
        assert_eq!(verify(proto), Ok(()), "{source}\n{}", list(proto));
        list(proto)
    });
    let text = text.unwrap_or_else(|error| error + "\n");
    let shown = |line: &str| {
        let line = line.split(", cache 0").next().unwrap_or(line);
        line.replace(", counter 0", "").replace("; counter 0", "").trim_end().to_string() + "\n"
    };
    text.lines().map(shown).collect()
}

/// Programs and their listings: `listings.txt` has for each a title, the source, and the listing. With
/// `BLESS=1` in the environment the file is rewritten instead of compared.
#[test]
fn listings() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/compile/listings.txt");
    let file = std::fs::read_to_string(path).expect("the listings are there");
    let mut actual = String::new();
    for case in file.split("\n==== ").map(|case| case.strip_prefix("==== ").unwrap_or(case)) {
        let (head, _) = case.split_once("\n----\n").expect("source and listing are divided by dashes");
        let (title, source) = head.split_once('\n').expect("a title comes before the source");
        actual += &format!("==== {title}\n{source}\n----\n{}\n", listing(source));
    }
    actual.pop();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, actual).expect("the listings can be written");
    } else {
        assert!(file == actual, "the listings differ; see the changes that BLESS=1 makes");
    }
}

/// The lines of the instructions of the main function that may fail, by name.
fn lines(source: &str) -> String {
    let text = listing(source);
    let main = text.split("\n\n").next().unwrap_or("");
    let fields = main.lines().filter(|l| l.contains('[')).map(|l| {
        let mut words = l.split_whitespace().skip(1);
        let line = words.next().unwrap_or("").trim_matches(['[', ']']).to_string();
        format!("{}@{line}", words.next().unwrap_or(""))
    });
    fields
        .filter(|f| ["Call", "Get", "Add", "Len", "For", "TFor"].iter().any(|n| f.starts_with(n)))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn lines_are_those_of_the_reference() {
    let check = |source: &str, expected: &str| assert_eq!(lines(source), expected, "{source}");
    check("x = a\n+\nb\n+ c", "GetGlobal@2 GetGlobal@3 AddRR@3 GetGlobal@4 AddRR@4");
    check("f(\na.b\n)", "GetGlobal@1 GetGlobal@2 GetField@3 Call@1");
    check("t = {\na.b\n}", "GetGlobal@2 GetField@3");
    check("t = {\nx = a.b\n}", "GetGlobal@2 GetField@2");
    check("a\n:m\n{}", "GetGlobal@2 Call@3");
    check("for i = 1,\n2\ndo\nend", "ForPrep@3 ForLoopUp@1");
    check("for k in\np()\ndo\nend", "GetGlobal@2 Call@2 TForPrep@3 TForCall@2 TForLoop@3");
    check("local a,\nb = c.d,\n#e", "GetGlobal@2 GetField@2 GetGlobal@3 Len@3");
}

#[test]
fn long_chains_compile_and_deep_ones_do_not_overflow_the_stack() {
    let compile = |source: String| {
        let ast = parse(source.as_bytes(), b"=x").map_err(|e| e.to_string())?;
        generate(&ast, b"=x").map(|_| ()).map_err(|e| e.to_string())
    };
    let n = 50_000;
    for (start, link, end) in [
        ("x = a", "+b", ""),
        ("x = a", ".b", ""),
        ("x = f", ":m(1)", ""),
        ("x = a", " and b", ""),
        ("if a then", " elseif b then c()", " end"),
        ("x = {", "a, b = c, ", "}"),
        ("while x do ", "if y then break end ", "end"),
    ] {
        assert_eq!(compile(format!("{start}{}{end}", link.repeat(n))), Ok(()), "{start}");
    }
    for (open, close) in
        [("(", ")"), ("{a=", "}"), ("{", "}"), ("t[", "]"), ("a^", ""), ("- ", ""), ("f(", ")")]
    {
        assert_eq!(compile(format!("x = {}1{}", open.repeat(190), close.repeat(190))), Ok(()), "{open}");
    }
    let too_complex = Err("x:1: function or expression too complex".to_string());
    assert_eq!(compile(format!("x = {}1{}", "a:f(".repeat(120), ")".repeat(120))), Ok(()));
    assert_eq!(compile(format!("x = {}1{}", "a:f(".repeat(130), ")".repeat(130))), too_complex);
    assert_eq!(compile(format!("f({}1)", "1,".repeat(300))), too_complex);
    assert_eq!(compile(format!("x = {{{}1}}", "1,".repeat(300))), Ok(()));
}

#[test]
fn binary_chunks_need_permission() {
    let options = Options { allow_bytecode: false, ..Options::default() };
    let mut vm = new_state(options).expect("there is memory for a state");
    let error = load(&mut vm, b"\x1bFLua", b"=x").expect_err("binary chunks are not allowed");
    assert!(format!("{error:?}").contains("Syntax"));
}
