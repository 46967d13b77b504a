//! Generated programs: interpreter, JIT and PUC Lua must print the same.
//!
//! One test is one seed. `FUZZ_COUNT=1000` runs that many (40 unless said), `FUZZ_SEED=n` starts at another
//! seed. A failure prints the seed, the difference and the program, and leaves the program in the target's
//! temporary folder; `FUZZ_KEEP=1` leaves all of them there. The generator is `harness/generate.rs`.

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use harness::mode::{self, Mode};
use harness::process::Outcome;
use harness::{difference, generate};
use libtest_mimic::{Arguments, Failed, Trial};

const DEFAULT_COUNT: u64 = 40;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let first = number_from("FUZZ_SEED").unwrap_or(1);
    let count = number_from("FUZZ_COUNT").unwrap_or(DEFAULT_COUNT);
    let reference = mode::reference();
    let trial = |seed: u64| {
        let reference = reference.clone();
        Trial::test(format!("seed_{seed}"), move || check(seed, reference.as_deref()).map_err(Failed::from))
    };
    libtest_mimic::run(&arguments, (first..first + count).map(trial).collect()).exit_code()
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs the program of `seed` everywhere; the interpreter's output is what the others must print.
fn check(seed: u64, reference: Option<&Path>) -> Result<(), String> {
    let source = generate::program(seed);
    let (dir, file) = (folder(), format!("seed_{seed}.lua"));
    fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let path = dir.join(&file);
    fs::write(&path, &source).map_err(|e| format!("{}: {e}", path.display()))?;

    let expected = Mode::Interp.run(&[], &dir, &file, &[]);
    let report = |who: &str, expected: &Outcome, actual: &Outcome| {
        let difference = difference::show(&expected.stdout, &actual.stdout);
        let stderr = String::from_utf8_lossy(&actual.stderr);
        format!(
            "seed {seed}: interp (-) and {who} (+) differ; {} and {}\n{difference}{stderr}\n{source}",
            expected.end, actual.end
        )
    };
    for mode in Mode::available().filter(|mode| runs(*mode, seed)) {
        let actual = mode.run(&[], &dir, &file, &[]);
        if actual.stdout != expected.stdout || actual.end != expected.end {
            return Err(report(mode.name(), &expected, &actual));
        }
    }
    if let Some(lua) = reference {
        let nameless = |outcome: Outcome| Outcome { stdout: without_names(&outcome.stdout), ..outcome };
        let (expected, actual) = (nameless(expected), nameless(mode::run_reference(lua, &dir, &file, &[])));
        if actual.stdout != expected.stdout || actual.end != expected.end {
            return Err(report("lua5.1", &expected, &actual));
        }
    }
    if std::env::var_os("FUZZ_KEEP").is_none() {
        // It is only a copy: `generate::program(seed)` makes it again.
        let _ = fs::remove_file(&path);
    }
    Ok(())
}

/// Every seed runs in the plain modes; the collector's stress, which is slow, takes turns.
fn runs(mode: Mode, seed: u64) -> bool {
    match mode {
        Mode::Interp => false,
        Mode::Jit | Mode::JitStress1 | Mode::JitStress2 | Mode::JitStress3 => true,
        Mode::GcStress => seed.is_multiple_of(4),
        Mode::JitGcStress => seed % 4 == 2,
    }
}

/// Which variable a message names depends on the compiler's registers, so names are left out here; golden
/// programs check them.
fn without_names(output: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(output);
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut line = line.to_string();
        for kind in ["global", "local", "upvalue", "field", "method"] {
            while let Some(start) = line.find(&format!(" {kind} '")) {
                let Some(length) = line[start..].find("' (").map(|at| at + 3) else { break };
                let Some(close) = line[start + length..].find(')') else { break };
                line.remove(start + length + close);
                line.replace_range(start + 1..start + length, "");
            }
        }
        lines.push(line);
    }
    lines.join("\n").into_bytes()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz_diff")
}
