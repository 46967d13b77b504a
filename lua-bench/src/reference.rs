//! The C versions of some programs, `reference/<category>/<name>.c`: what the machine can do.
//!
//! They are compiled with the system's `cc -O2`, if there is one, and become one more VM, which answers the
//! same check values.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::programs::Program;
use crate::vm::{Runs, Vm};

pub const NAME: &str = "c";

/// Where the sources of [`compile`] are.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reference");

/// The VM, with the folder that holds its binaries until it is dropped.
pub struct Reference {
    pub vm: Vm,
    _binaries: TempDir,
}

/// Compiles the C versions of `programs` in `folder`. Nothing if there are none, or no compiler.
///
/// # Errors
///
/// If the compiler refuses one.
pub fn compile(folder: &Path, programs: &[Program]) -> Result<Option<Reference>> {
    if !has_compiler() {
        return Ok(None);
    }
    let binaries = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut by_label = BTreeMap::new();
    for program in programs {
        let label = program.label();
        let source = folder.join(format!("{label}.c"));
        if !source.is_file() {
            continue;
        }
        let binary = binaries.path().join(label.replace('/', "-"));
        let compiled = Command::new("cc")
            .arg("-O2")
            .arg(&source)
            .arg("-o")
            .arg(&binary)
            .arg("-lm")
            .output()
            .context("cannot run cc")?;
        let said = String::from_utf8_lossy(&compiled.stderr);
        ensure!(compiled.status.success(), "cc refuses {}:\n{said}", source.display());
        by_label.insert(label, binary);
    }
    let vm = Vm { name: NAME.to_owned(), runs: Runs::Binaries(by_label), commit: None };
    let is_empty = matches!(&vm.runs, Runs::Binaries(binaries) if binaries.is_empty());
    Ok((!is_empty).then_some(Reference { vm, _binaries: binaries }))
}

fn has_compiler() -> bool {
    let mut asks = Command::new("cc");
    let asked = asks.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::measure::Judge;
    use crate::pinning::Pinning;
    use crate::programs::{Set, find, tests::shipped, tests::shipped_folder};
    use crate::run::run;

    #[test]
    fn every_source_belongs_to_a_program_and_answers_as_it_does() {
        let programs = find(&shipped_folder(), Set::Full, "").expect("readable");
        let Some(reference) = compile(Path::new(FOLDER), &programs).expect("they compile") else { return };
        let Runs::Binaries(binaries) = &reference.vm.runs else { panic!("binaries were made") };
        let sources = fs::read_dir(FOLDER)
            .expect("readable")
            .flat_map(|category| fs::read_dir(category.expect("readable").path()).expect("readable"));
        assert_eq!(binaries.len(), sources.count());
        let numeric = binaries.keys().filter(|label| label.starts_with("numeric/")).count();
        assert!(numeric >= 6, "{numeric} numeric kernels");
        // One at its quick size; the runner judges all of them whenever it runs them.
        let quick = find(&shipped_folder(), Set::Quick, "numeric/nbody").expect("readable").remove(0);
        let command = reference.vm.command_for(&quick).expect("it has one");
        let finished = run(command, Duration::from_secs(60), &Pinning::none()).expect("ends well");
        assert_eq!(Judge::new(quick.check.as_deref()).accept(&finished.output), Ok(()));
    }

    #[test]
    fn a_source_that_does_not_compile_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("calls")).expect("a folder in it");
        fs::write(folder.path().join("calls/fib.c"), "this is not C").expect("can be written");
        if has_compiler() {
            assert!(compile(folder.path(), &[shipped("calls/fib")]).is_err());
        }
        assert!(compile(folder.path(), &[shipped("calls/tak")]).expect("nothing to do").is_none());
    }
}
