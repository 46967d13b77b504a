//! What the command itself says, and how it ends.

use std::fs;
use std::process::{Command, Output};

/// With backtraces asked for, as many a developer's shell does.
fn lua_bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lua-bench"));
    command.args(arguments).env("RUST_BACKTRACE", "1");
    command.output().expect("the command starts")
}

#[test]
fn a_file_that_holds_no_results_is_refused_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged.json");
    fs::write(&path, "{\"format\": 1,").expect("writable");
    let path = path.to_str().expect("a name in UTF-8");
    for arguments in [&["--show", path] as &[&str], &["--compare", path, path], &["--show", "/no/such/file"]]
    {
        let output = lua_bench(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("lua-bench: ") && said.contains(" is no result file: "), "{said}");
    }
}

#[test]
fn a_wrong_answer_makes_it_end_with_1() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("mine.lua"), "--! check: 7\n").expect("writable");
    let folder = folder.path().to_str().expect("a name in UTF-8");
    let measured = |vm: &str| {
        let vm = format!("mine={vm}");
        lua_bench(&["--programs", folder, "--vm", &vm, "--only", "mine", "--repeats", "1", "--pin", "none"])
    };
    // `cat` answers with the program itself.
    let output = measured("cat");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("wrong") && said.contains("mine"), "{said}");
    let output = measured("/no/such/vm");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}
