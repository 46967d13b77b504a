//! Golden programs: `tests/golden/<area>/<name>.lua`, each run in every mode, and on PUC Lua.
//!
//! One test is one (program, mode): `strings/format::jit-stress-2`. Where `lua5.1` is installed there is
//! also `strings/format::lua5.1`, which checks the expectation rather than us. `BLESS=1` rewrites the
//! expectations instead of testing. The file format is described in `harness/program.rs`.

mod harness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use harness::mode;
use harness::program::Program;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let programs = Program::find_all(&root());
    let reference = mode::reference();
    if std::env::var_os("BLESS").is_some() {
        return bless(&programs, reference.as_deref(), arguments.filter.as_deref());
    }
    let trials = programs.into_iter().flat_map(|program| trials(program, reference.as_deref())).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The tests of one program; of a file that is none, one test that says why.
fn trials(program: Result<Program, String>, reference: Option<&Path>) -> Vec<Trial> {
    let program = match program {
        Ok(program) => program,
        Err(why) => return vec![Trial::test(format!("unreadable: {why}"), || Err(Failed::from(why)))],
    };
    let mut trials = Vec::new();
    for mode in program.modes() {
        let subject = program.clone();
        let name = format!("{}::{}", program.name, mode.name());
        trials.push(Trial::test(name, move || subject.check(mode).map_err(Failed::from)));
    }
    if let Some(lua) = reference.filter(|_| program.has_reference()) {
        let (lua, name) = (lua.to_path_buf(), format!("{}::lua5.1", program.name));
        trials.push(Trial::test(name, move || program.check_reference(&lua).map_err(Failed::from)));
    }
    trials
}

fn bless(programs: &[Result<Program, String>], reference: Option<&Path>, filter: Option<&str>) -> ExitCode {
    let mut failures = 0;
    for program in programs {
        let blessed = match program {
            Ok(program) if filter.is_some_and(|filter| !program.name.contains(filter)) => Ok(()),
            Ok(program) => program.bless(reference),
            Err(why) => Err(why.clone()),
        };
        if let Err(why) = blessed {
            eprintln!("not blessed: {why}");
            failures += 1;
        }
    }
    println!("{} blessed, {failures} not", programs.len() - failures);
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
