//! The benchmark programs: where they are and what they must answer.
//!
//! A program is `category/name.lua`. Lines of its header record what its last line of output, `check: VALUE`,
//! must say:
//!
//! ```text
//! --! check: VALUE          at its default size
//! --! quick: SIZE VALUE     at SIZE, its argument in the quick set; programs without this line are not in it
//! ```
//!
//! So a lone VM can be judged, and a mistake that every VM shares is seen too. Programs from elsewhere may lack these lines, and lie in
//! the folder itself: then all VMs must print the same.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One benchmark program, at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub category: String,
    pub name: String,
    pub path: PathBuf,
    /// Its argument; without one it runs at its default size.
    pub size: Option<String>,
    /// The check value that a right run ends with, if the program records one.
    pub check: Option<String>,
}

impl Program {
    pub fn label(&self) -> String {
        format!("{}/{}", self.category, self.name)
    }
}

/// Which programs, at which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// All of them, near a second each under LuaJIT.
    Full,
    /// Those with a `--! quick:` line, at the size it gives.
    Quick,
}

/// Every program of `set` below `folder` whose `category/name` contains `filter`, in alphabetical order.
///
/// # Errors
///
/// If a folder or file cannot be read.
pub fn find(folder: &Path, set: Set, filter: &str) -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    let folder = folder.canonicalize().with_context(|| format!("there is no {}", folder.display()))?;
    let categories = entries(&folder)?.into_iter().filter(|path| path.is_dir());
    for category in [folder.clone()].into_iter().chain(categories) {
        for path in entries(&category)? {
            let (name, category) = (stem(&path), stem(&category));
            if path.extension().is_none_or(|extension| extension != "lua")
                || !format!("{category}/{name}").contains(filter)
            {
                continue;
            }
            let source =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let (size, check) = match (set, quick(&source)) {
                (Set::Full, _) => (None, header(&source, "--! check:")),
                (Set::Quick, Some((size, check))) => (Some(size.to_owned()), Some(check)),
                (Set::Quick, None) => continue,
            };
            programs.push(Program { category, name, check: check.map(str::to_owned), path, size });
        }
    }
    Ok(programs)
}

/// The value of the last line of `output` if that line is `check: VALUE`.
pub fn answered_check(output: &str) -> Option<&str> {
    value_after(output.lines().last()?, "check:")
}

/// Size and check value of the quick set.
fn quick(source: &str) -> Option<(&str, &str)> {
    let (size, check) = header(source, "--! quick:")?.split_once(' ')?;
    Some((size, check.trim()))
}

/// What follows `key` in the comment that opens `source`.
fn header<'a>(source: &'a str, key: &str) -> Option<&'a str> {
    source.lines().take_while(|line| line.starts_with("--")).find_map(|line| value_after(line, key))
}

fn value_after<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    line.strip_prefix(prefix).map(str::trim).filter(|value| !value.is_empty())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let context = || format!("cannot list {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(context)? {
        paths.push(entry.with_context(context)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A program that ships with the runner.
    pub(crate) fn shipped(label: &str) -> Program {
        let mut found = find(&shipped_folder(), Set::Full, label).expect("the shipped programs can be read");
        assert_eq!(found.len(), 1, "{label} names one program");
        found.remove(0)
    }

    pub(crate) fn shipped_folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
    }

    #[test]
    fn finds_every_shipped_program() {
        let all = find(&shipped_folder(), Set::Full, "").expect("readable");
        assert!(all.iter().all(|program| program.check.is_some()));
        let count = |category| all.iter().filter(|program| program.category == category).count();
        assert!(all.len() >= 48);
        assert!(count("numeric") >= 10 && count("calls") >= 8 && count("large") >= 8);
        assert!(all.is_sorted_by_key(Program::label));
    }

    #[test]
    fn large_programs_are_large() {
        for program in find(&shipped_folder(), Set::Full, "large/").expect("readable") {
            let lines = fs::read_to_string(&program.path).expect("readable").lines().count();
            assert!(lines >= 300, "{} has {lines} lines", program.label());
        }
    }

    #[test]
    fn the_quick_set_has_two_programs_of_each_category() {
        let all = find(&shipped_folder(), Set::Full, "").expect("readable");
        let quick = find(&shipped_folder(), Set::Quick, "").expect("readable");
        for category in all.chunk_by(|a, b| a.category == b.category).map(|group| &group[0].category) {
            let chosen = quick.iter().filter(|program| program.category == *category).count();
            assert!(chosen >= 2, "{category} has {chosen}");
        }
        assert!(quick.iter().all(|program| program.size.is_some()));
    }

    #[test]
    fn programs_from_elsewhere_need_no_check_and_no_category() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("mine.lua"), "print(1)").expect("writable");
        let found = find(folder.path(), Set::Full, "").expect("readable");
        assert_eq!((found.len(), found[0].name.as_str(), &found[0].check), (1, "mine", &None));
        assert!(find(&folder.path().join("nowhere"), Set::Full, "").is_err());
    }

    #[test]
    fn filters_by_category_and_name() {
        assert_eq!(shipped("calls/fib").name, "fib");
        let numeric = find(&shipped_folder(), Set::Full, "numeric/").expect("readable");
        assert!(!numeric.is_empty() && numeric.iter().all(|program| program.category == "numeric"));
        assert!(find(&shipped_folder(), Set::Full, "no such program").expect("readable").is_empty());
    }

    #[test]
    fn reads_recorded_checks_from_the_header_alone() {
        let source = "-- What it is.\n--! check: 42\n--! quick: 7 4 2\nprint(1)\n";
        assert_eq!(header(source, "--! check:"), Some("42"));
        assert_eq!(quick(source), Some(("7", "4 2")));
        assert_eq!(header("print(1)\n--! check: 42\n", "--! check:"), None);
        assert_eq!(header("--! check: \n", "--! check:"), None);
        assert_eq!(quick("--! quick: 7\n"), None);
    }

    #[test]
    fn reads_the_answer_from_the_last_line_alone() {
        assert_eq!(answered_check("solutions: 3\ncheck: -1.5\n"), Some("-1.5"));
        assert_eq!(answered_check("check: 7"), Some("7"));
        assert_eq!(answered_check("check: 7\nand more\n"), None);
        assert_eq!(answered_check("a check: 7\n"), None);
        assert_eq!(answered_check("check:\n"), None);
        assert_eq!(answered_check(""), None);
    }
}
