//! The command: options, exit codes, and what it says, which is what PUC Lua's `lua` says.
//!
//! Every case runs on ours and, where it is installed, on `lua5.1`: both must do what is expected of them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What is run, and what must come of it. `$` in standard error is the command's name.
struct Case<'a> {
    args: &'a [&'a str],
    input: &'a str,
    init: Option<&'a str>,
    out: &'a str,
    err: &'a str,
    code: i32,
}

const CASE: Case<'static> = Case { args: &[], input: "", init: None, out: "", err: "", code: 0 };

/// What a command has done.
#[derive(Debug, PartialEq)]
struct Outcome {
    out: String,
    err: String,
    code: Option<i32>,
}

fn run(command: &Path, case: &Case<'_>) -> Outcome {
    let mut process = Command::new(command);
    process.args(case.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process.env_remove("LUA_INIT").env_remove("FERROUS_LUA_OPTIONS").current_dir(env!("CARGO_TARGET_TMPDIR"));
    if let Some(init) = case.init {
        process.env("LUA_INIT", init);
    }
    let mut child = process.spawn().expect("the command can be started");
    // A command that reads nothing may be gone by now.
    _ = child.stdin.take().expect("piped").write_all(case.input.as_bytes());
    let output = child.wait_with_output().expect("the command ends");
    Outcome {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}

#[track_caller]
fn check_one(command: &Path, name: &str, case: &Case<'_>) {
    let expected = Outcome { out: case.out.into(), err: case.err.replace('$', name), code: Some(case.code) };
    assert_eq!(run(command, case), expected, "{} {:?}", command.display(), case.args);
}

fn ours() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_ferrous-lua"))
}

fn has_reference() -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join("lua5.1").is_file()))
}

/// Checks a case on both.
#[track_caller]
fn check(case: Case<'_>) {
    check_one(ours(), "ferrous-lua", &case);
    if has_reference() {
        check_one(Path::new("lua5.1"), "lua5.1", &case);
    }
}

/// Writes a file into the tests' folder.
fn file(name: &str, text: &str) {
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), text).expect("the folder is ours");
}

#[test]
fn statements_and_modules() {
    file("command_module.lua", "print('loaded', ...) return 5");
    check(Case { args: &["-e", "x = 1", "-ex = x + 1", "-e", "print(x)"], out: "2\n", ..CASE });
    check(Case {
        args: &["-l", "command_module", "-e", "print(package.loaded.command_module)"],
        out: "loaded\tcommand_module\n5\n",
        ..CASE
    });
    check(Case {
        args: &["-lcommand_module"],
        input: "print('then stdin')",
        out: "loaded\tcommand_module\nthen stdin\n",
        ..CASE
    });
}

#[test]
fn errors_of_statements() {
    let traceback =
        "\nstack traceback:\n\t[C]: in function 'error'\n\t(command line):1: in main chunk\n\t[C]: ?\n";
    check(Case {
        args: &["-e", "error('oops')", "-e", "print('never')"],
        err: &format!("$: (command line):1: oops{traceback}"),
        code: 1,
        ..CASE
    });
    check(Case { args: &["-e", "error('bare', 0)"], err: &format!("$: bare{traceback}"), code: 1, ..CASE });
    check(Case { args: &["-e", "error({})"], err: "$: (error object is not a string)\n", code: 1, ..CASE });
    check(Case { args: &["-e", "error(nil)"], code: 1, ..CASE });
    check(Case { args: &["-e", "error('a\\0b', 0)"], err: "$: a\n", code: 1, ..CASE });
    check(Case { args: &["-e", "error(42, 0)"], err: &format!("$: 42{traceback}"), code: 1, ..CASE });
    check(Case {
        args: &["-e", "x ="],
        err: "$: (command line):1: unexpected symbol near '<eof>'\n",
        code: 1,
        ..CASE
    });
    check(Case {
        args: &["-e", "io.write('out') io.stderr:write('err') os.exit(7)"],
        out: "out",
        err: "err",
        code: 7,
        ..CASE
    });
}

#[test]
fn garbage_of_a_failure_is_collected_before_it_is_reported() {
    let finalizer =
        |body| format!("getmetatable(newproxy(true)).__gc = function() {body} end error('oops', 0)");
    let traceback =
        "\nstack traceback:\n\t[C]: in function 'error'\n\t(command line):1: in main chunk\n\t[C]: ?\n";
    check(Case {
        args: &["-e", &finalizer("io.stderr:write('gone ')")],
        err: &format!("gone $: oops{traceback}"),
        code: 1,
        ..CASE
    });
    check(Case { args: &["-e", &finalizer("error('worse', 0)")], err: "$: worse\n", code: 1, ..CASE });
}

#[test]
fn scripts_and_their_arguments() {
    file(
        "command_args.lua",
        "#!/usr/bin/env lua\nprint(#arg, arg[0], arg[1], arg[2], arg[-1], ...) error('line')",
    );
    check(Case {
        args: &["-e", "", "command_args.lua", "a", "-e"],
        out: "2\tcommand_args.lua\ta\t-e\t\ta\t-e\n",
        err: "$: command_args.lua:2: line\nstack traceback:\n\t[C]: in function 'error'\n\tcommand_args.lua:2: in main chunk\n\t[C]: ?\n",
        code: 1,
        ..CASE
    });
    check(Case {
        args: &["command_no_such_file.lua"],
        err: "$: cannot open command_no_such_file.lua: No such file or directory\n",
        code: 1,
        ..CASE
    });
    check(Case { args: &["--", "-"], err: "$: cannot open -: No such file or directory\n", code: 1, ..CASE });
    check(Case { args: &["-e", "print(arg)"], out: "nil\n", ..CASE });
}

#[test]
fn standard_input() {
    check(Case { input: "print('from stdin', ...)", out: "from stdin\n", ..CASE });
    check(Case { args: &["-", "a", "b"], input: "#!skipped\nprint(arg[0], ...)", out: "-\ta\tb\n", ..CASE });
    let error =
        "$: stdin:1: x\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in main chunk\n\t[C]: ?\n";
    // Without `-` nobody looks at how it ended.
    check(Case { input: "error('x')", err: error, ..CASE });
    check(Case { args: &["-"], input: "error('x')", err: error, code: 1, ..CASE });
    check(Case { input: "os.exit(3)", code: 3, ..CASE });
}

#[test]
fn the_environment() {
    check(Case { init: Some("x = 5"), args: &["-e", "print(x)"], out: "5\n", ..CASE });
    file("command_init.lua", "x = 6");
    check(Case { init: Some("@command_init.lua"), args: &["-e", "print(x)"], out: "6\n", ..CASE });
    check(Case {
        init: Some("error('i')"),
        args: &["-e", "print('never')"],
        err: "$: LUA_INIT:1: i\nstack traceback:\n\t[C]: in function 'error'\n\tLUA_INIT:1: in main chunk\n\t[C]: ?\n",
        code: 1,
        ..CASE
    });
    check(Case {
        init: Some("@command_nothing"),
        err: "$: cannot open command_nothing: No such file or directory\n",
        code: 1,
        ..CASE
    });
}

#[test]
fn the_end_of_a_state() {
    let finaliser =
        "local p = newproxy(true) getmetatable(p).__gc = function() print('finalised') end kept = p";
    check(Case { args: &["-e", finaliser], out: "finalised\n", ..CASE });
    check(Case {
        args: &["-e", &format!("{finaliser} error('x', 0)")],
        out: "finalised\n",
        err: "$: x\nstack traceback:\n\t[C]: in function 'error'\n\t(command line):1: in main chunk\n\t[C]: ?\n",
        code: 1,
        ..CASE
    });
    // As in C, where `exit` does not close the state.
    check(Case { args: &["-e", &format!("{finaliser} os.exit(2)")], code: 2, ..CASE });
}

/// The output of the interactive mode, which starts with the version on standard error. (Where PUC Lua has been built with a line
/// editor, that echoes the input, so it is no reference here.)
#[track_caller]
fn check_prompt(input: &str, out: &str, err: &str, code: i32) {
    let outcome = run(ours(), &Case { args: &["-i"], input, ..CASE });
    let (version, rest) = outcome.err.split_once('\n').expect("a version line");
    assert!(version.starts_with("Lua 5.1  ferrous-lua "));
    assert_eq!((outcome.out.as_str(), rest, outcome.code), (out, err, Some(code)));
}

#[test]
fn the_prompt() {
    check_prompt("= 1, 2\nx = 5\n=x\n", "> 1\t2\n> > 5\n> \n", "", 0);
    check_prompt("for i = 1, 2 do\nprint(i)\nend\n", "> >> >> 1\n2\n> \n", "", 0);
    check_prompt("return nil\n", "> nil\n> \n", "", 0);
    check_prompt("_PROMPT = '$ '\n_PROMPT2 = '$$ '\nx = (\n1)\n", "> $ $ $$ $ \n", "", 0);
    check_prompt("=)\n=1\n", "> > 1\n> \n", "stdin:1: unexpected symbol near ')'\n", 0);
    check_prompt(
        "error('y')\n=2\n",
        "> > 2\n> \n",
        "stdin:1: y\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in main chunk\n\t[C]: ?\n",
        0,
    );
    check_prompt("os.exit(4)\n", "> ", "", 4);
    check_prompt("x = {\n", "> >> \n", "", 0);
    let failed = "error calling 'print' (attempt to call a number value)\n";
    check_prompt("print = 1\n=2\n", "> > > \n", failed, 0);
    let failed = "error calling 'print' (stdin:1: no)\n";
    check_prompt("print = function() error('no') end\n=2\n", "> > > \n", failed, 0);
}

// ---- what only ours has

#[test]
fn options_of_luajit() {
    file("luajit_options.lua", "print('run', ...)");
    for program in [&["-joff"][..], &["-j", "flush"], &["-O"], &["-O3"], &["-O+cse,-dce,hotloop=10"], &["-E"]]
    {
        check_ours(Case { args: &[program, &["-e", "print(1)"]].concat(), out: "1\n", ..CASE });
    }
    check_ours(Case { args: &["-joff", "-e", "print((jit.status()))"], out: "false\n", ..CASE });
    check_ours(Case { args: &["-E", "-e", "print(2)"], init: Some("print(1)"), out: "2\n", ..CASE });
    file("luajit_module.lua", "package.preload['jit.mine'] = function() return {start = print} end");
    let with_module = &["-l", "luajit_module", "-jmine=a,,b", "-e", "print(1)"];
    check_ours(Case { args: with_module, out: "a\tnil\tb\n1\n", ..CASE });
    check_ours(Case {
        args: &["-j", "bad", "-e", "print(1)"],
        err: "$: unknown luaJIT command or jit.* modules not installed\n",
        code: 1,
        ..CASE
    });
    check_ours(Case { args: &["-b", "luajit_options.lua", "luajit_options.out"], ..CASE });
    check_ours(Case { args: &["luajit_options.out", "x"], out: "run\tx\n", ..CASE });
    check_ours(Case { args: &["-bge", "print(...)", "luajit_options.out"], ..CASE });
    check_ours(Case { args: &["luajit_options.out", "x"], out: "x\n", ..CASE });
}

#[track_caller]
fn check_ours(case: Case<'_>) {
    check_one(ours(), "ferrous-lua", &case);
}

#[test]
fn our_options() {
    check_ours(Case {
        args: &["--no-jit", "--jit-stats", "-e", "print(1)"],
        out: "1\n",
        err: "native loops: 0\n",
        ..CASE
    });
    check_ours(Case {
        args: &["--no-jit", "--jit-stats", "-e", "os.exit(2)"],
        err: "native loops: 0\n",
        code: 2,
        ..CASE
    });
    check_ours(Case {
        args: &["--gc-stress", "-e", "local t = {} for i = 1, 9 do t[i] = {i} end print(t[9][1])"],
        out: "9\n",
        ..CASE
    });
    check_ours(Case {
        args: &["--memory-limit=1M", "-e", "local s = 'x' while true do s = s .. s end"],
        err: "$: not enough memory\n",
        code: 1,
        ..CASE
    });
    // No handler is asked about it.
    let program = "print(xpcall(function() local s = 'x' while true do s = s .. s end end, print))";
    check_ours(Case {
        args: &["--memory-limit=1M", "-e", program],
        out: "false\tnot enough memory\n",
        ..CASE
    });
    let usage = run(ours(), &Case { args: &["-z"], ..CASE });
    assert!(
        usage.err.starts_with("usage: ferrous-lua [options] [script [args]].\n") && usage.code == Some(1)
    );
    let help = run(ours(), &Case { args: &["--help"], ..CASE });
    assert_eq!((help.out, help.code), (usage.err, Some(0)));
    let version = run(ours(), &Case { args: &["-v"], ..CASE });
    assert!(
        version.err.starts_with("Lua 5.1  ferrous-lua ") && version.code == Some(0) && version.out.is_empty()
    );
}

#[test]
fn bytecode_is_listed() {
    file("command_list.lua", "local function f(a) return a + 1 end print(f(1))");
    let listed = run(ours(), &Case { args: &["--dump-bytecode", "command_list.lua"], ..CASE });
    assert_eq!((listed.code, listed.err.as_str()), (Some(0), ""));
    assert!(
        listed.out.starts_with("main <@command_list.lua>") && listed.out.contains("Return"),
        "{}",
        listed.out
    );
}

/// `perf` looks names up for memory that no file backs, in a file with the process's number.
#[test]
#[cfg(all(feature = "jit", target_os = "linux"))]
fn native_code_has_names_for_perf() {
    let script = r#"
        local s = 0
        for i = 1, 1000 do s = s + i end
        local name = "/tmp/perf-" .. io.open("/proc/self/stat"):read("*n") .. ".map"
        local map = io.open(name)
        print(map and os.remove(name))
        local last
        for line in map:lines() do last = line end
        local address = tonumber(last:match("^(%x+) %x+ lua::trace_%d+$"), 16)
        for line in io.lines("/proc/self/maps") do
            local from, to, rights, file = line:match("^(%x+)%-(%x+) (%S+) %S+ %S+ %S+ *(.*)$")
            if tonumber(from, 16) <= address and address < tonumber(to, 16) then print(rights, file == "") end
        end
    "#;
    let args = ["--jit-perf-map", "--jit-sync", "--jit-hot=2", "-e", script];
    check_ours(Case { args: &args, out: "true\nr-xp\ttrue\n", ..CASE });
}

#[test]
fn lua_5_2_metamethods() {
    let script = r#"
        local mt = { __len = function(t) return t.n end,
            __pairs = function(t) return function(_, k) if not k then return 1, t.n end end, t, nil end,
            __ipairs = function(t) coroutine.yield("asked") return function(s, i) if i < 2 then return i + 1 end end, t, 0 end }
        local plain, special, other = { 1, 2, 3 }, setmetatable({ n = 10 }, mt), setmetatable({ 1 }, {})
        local sum = 0
        for i = 1, 100 do
            sum = sum + #plain + #special + #other
            for _, v in pairs(i % 2 == 0 and plain or special) do sum = sum + v end
        end
        print(sum, rawlen(special), rawlen("ab"), pcall(rawlen, 1))
        local co = coroutine.wrap(function() for i in ipairs(special) do print("i", i) end return "end" end)
        print(co())
        print(co())
        print(pairs({}) == next, pcall(pairs), pcall(ipairs, 1))
    "#;
    let refusal = |of: &str| format!("false\tbad argument #1 to '?' ({of})");
    let out = format!(
        "2200\t0\t2\t{}\nasked\ni\t1\ni\t2\nend\ntrue\tfalse\t{}\n",
        refusal("table or string expected"),
        refusal("table expected, got number")
    );
    for mode in ["--no-jit", "--jit-hot=2", "--jit-stress=1", "--jit-stress=2"] {
        check_ours(Case { args: &[mode, "--lua52", "-e", script], out: &out, ..CASE });
    }
    check_ours(Case {
        args: &["-e", "print(#setmetatable({}, { __len = error }), rawlen)"],
        out: "0\tnil\n",
        ..CASE
    });
}

#[test]
fn compiled_scripts() {
    file("command_compile.lua", "local a = ... print('compiled', a, debug.getinfo(1).short_src)");
    check_ours(Case { args: &["-o", "command_compile.luac", "-c", "command_compile.lua"], ..CASE });
    let out = "compiled\tx\tcommand_compile.lua\n";
    check_ours(Case { args: &["command_compile.luac", "x"], out, ..CASE });
    let listed = run(ours(), &Case { args: &["-l", "-c", "command_compile.luac"], ..CASE });
    assert!(listed.out.starts_with("main <@command_compile.lua>"), "{}", listed.out);
    check_ours(Case { args: &["-c", "-"], input: "print('default name')", ..CASE });
    check_ours(Case { args: &["luac.out"], out: "default name\n", ..CASE });
    check_ours(Case {
        args: &["-c", "-"],
        input: "x =",
        err: "$: stdin:1: unexpected symbol near '<eof>'\n",
        code: 1,
        ..CASE
    });
    check_ours(Case {
        args: &["-o", "no/such/folder", "-c", "command_compile.lua"],
        err: "$: cannot write no/such/folder: No such file or directory\n",
        code: 1,
        ..CASE
    });
}

#[test]
fn children_run_as_their_parent() {
    let script =
        "print(io.popen('\"' .. arg[-3] .. '\" -e \"print(jit.status())\"'):read('*a'):match('^%a+'))";
    file("command_child.lua", script);
    for (mode, status) in [("--no-jit", "false"), ("--jit-hot=7", "true")] {
        if status == "false" || cfg!(feature = "jit") {
            let out = format!("{status}\n");
            check_ours(Case { args: &["--lua52", mode, "command_child.lua"], out: &out, ..CASE });
        }
    }
}

#[test]
fn the_program_chooses_its_traceback() {
    let replaced = "debug.traceback = function(m, level) return m .. ' at level ' .. level end error('x', 0)";
    fn bare<'a>(args: &'a [&'a str]) -> Case<'a> {
        Case { args, code: 1, ..CASE }
    }
    check(Case { err: "$: x at level 2\n", ..bare(&["-e", replaced]) });
    check(Case { err: "$: x\n", ..bare(&["-e", "debug = nil error('x', 0)"]) });
    check(Case { err: "$: x\n", ..bare(&["-e", "debug.traceback = 5 error('x', 0)"]) });
    check(Case { err: "$: x\n", ..bare(&["-e", "setfenv(0, {}) error('x', 0)"]) });
    let failing = "debug.traceback = error error('x', 0)";
    check(Case { err: "$: error in error handling\n", ..bare(&["-e", failing]) });
}
