//! What ferrous-lua's JIT compiles: its own account, `--jit-stats`, read from the error output.
//!
//! ```text
//! loop iterations (by back-edges taken): 54989252 native, 10777 interpreted, 99.98% native
//! calls of Lua functions without `...` (by headers passed): 4996457 native, 3546 interpreted, 99.93% native
//! traces: 2 root (0 of them variants), 2 side, 0 at joins, 0 dropped; 157 bytecode instructions, 402 of IR
//! recordings: 14; aborted: 10; not compiled: 0
//! time: 1.03 ms recording, 6.13 ms compiling; code: 8512 bytes
//! ```
//!
//! Lines that are not known are passed over, and a figure that is not there stays empty: the account may grow.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::pinning::Pinning;
use crate::programs::Program;
use crate::run::run;
use crate::vm::Vm;

/// One program's account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Compilation {
    /// `category/name`.
    pub program: String,
    /// Of loop iterations, from 0 to 1.
    pub native_iterations: Option<f64>,
    /// Of calls, from 0 to 1.
    pub native_calls: Option<f64>,
    pub root_traces: Option<u64>,
    pub side_traces: Option<u64>,
    pub aborted: Option<u64>,
    pub recording_ms: Option<f64>,
    pub compiling_ms: Option<f64>,
    pub code_bytes: Option<u64>,
}

/// Runs each program once on `vm`, which is ours and has a JIT, and reads its account. Programs that fail
/// have none.
pub fn ask(vm: &Vm, programs: &[Program], limit: Duration) -> Vec<Compilation> {
    programs.iter().filter_map(|program| ask_about(vm, program, limit)).collect()
}

fn ask_about(vm: &Vm, program: &Program, limit: Duration) -> Option<Compilation> {
    let mut command = vm.command(&["--jit-stats".as_ref(), program.path.as_os_str()])?;
    command.args(&program.size);
    let finished = run(command, limit, &Pinning::none()).ok()?;
    Some(Compilation { program: program.label(), ..parse(&finished.errors)? })
}

/// Nothing if there is no figure at all.
fn parse(account: &str) -> Option<Compilation> {
    let mut found = Compilation::default();
    for line in account.lines() {
        let Some((title, rest)) = line.split_once(": ") else { continue };
        if title.starts_with("loop iterations") {
            found.native_iterations = share(rest);
        } else if title.starts_with("calls of Lua functions") {
            found.native_calls = share(rest);
        } else if title == "traces" {
            found.root_traces = number_before(rest, " root");
            found.side_traces = number_before(rest, " side");
        } else if title == "recordings" {
            found.aborted = number_after(rest, "aborted: ");
        } else if title == "time" {
            found.recording_ms = number_before(rest, " ms recording");
            found.compiling_ms = number_before(rest, " ms compiling");
            found.code_bytes = number_after(rest, "code: ");
        }
    }
    (found != Compilation::default()).then_some(found)
}

/// `A native, B interpreted`, as A / (A + B); nothing if both are 0.
fn share(text: &str) -> Option<f64> {
    let native: f64 = number_before(text, " native")?;
    let all = native + number_before::<f64>(text, " interpreted")?;
    (all > 0.0).then(|| native / all)
}

fn number_before<N: std::str::FromStr>(text: &str, word: &str) -> Option<N> {
    text[..text.find(word)?].rsplit([' ', '(']).next()?.parse().ok()
}

fn number_after<N: std::str::FromStr>(text: &str, word: &str) -> Option<N> {
    let rest = &text[text.find(word)? + word.len()..];
    rest.split([' ', ';', ',']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::tests::shipped;
    use crate::vm::tests::shell;

    const ACCOUNT: &str = "\
a program's own words on its error output
native loops: 1
loop iterations (by back-edges taken): 900 native, 100 interpreted, 90.00% native
calls of Lua functions without `...` (by headers passed): 0 native, 0 interpreted, 0.00% native
traces: 2 root (0 of them variants), 3 side, 0 at joins, 0 dropped; 157 bytecode instructions, 402 of IR
something new: 17
recordings: 14; aborted: 10; not compiled: 0
  aborts, inner loop: 5
time: 1.03 ms recording, 6.13 ms compiling; code: 8512 bytes
";

    #[test]
    fn reads_every_figure() {
        let expected = Compilation {
            program: String::new(),
            native_iterations: Some(0.9),
            native_calls: None,
            root_traces: Some(2),
            side_traces: Some(3),
            aborted: Some(10),
            recording_ms: Some(1.03),
            compiling_ms: Some(6.13),
            code_bytes: Some(8512),
        };
        assert_eq!(parse(ACCOUNT), Some(expected));
    }

    #[test]
    fn whatever_is_cut_off_or_scrambled_is_left_out() {
        for end in 0..ACCOUNT.len() {
            let _ = parse(&ACCOUNT[..end]);
        }
        assert_eq!(parse(""), None);
        assert_eq!(parse("traces: many root\ntime: ms recording\nrecordings: aborted: \n: \n"), None);
        let partial = parse("time: soon; code: 12 bytes").expect("one figure");
        assert_eq!((partial.code_bytes, partial.compiling_ms), (Some(12), None));
    }

    #[test]
    fn asks_with_the_option_and_leaves_out_programs_that_fail() {
        let programs = [shipped("calls/fib"), shipped("calls/tak")];
        let script = "[ \"$0\" = --jit-stats ] || exit 1
            case \"$1\" in *tak.lua) exit 1 ;; esac
            echo 'time: 1 ms recording, 2 ms compiling; code: 3 bytes' >&2";
        let accounts = ask(&shell("ferrous-jit", script), &programs, Duration::from_secs(60));
        assert_eq!(accounts.len(), 1);
        assert_eq!((accounts[0].program.as_str(), accounts[0].compiling_ms), ("calls/fib", Some(2.0)));
    }
}
