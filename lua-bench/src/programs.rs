//! The benchmark programs: where they are and what they must answer.
//!
//! A program is `category/name.lua`. A line of its header, `--! check: VALUE`, records what its last line
//! of output, `check: VALUE`, must say when it runs at its default size. So a lone VM can be judged, and a
//! mistake that every VM shares is seen too.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One benchmark program.
#[derive(Clone, Debug)]
pub struct Program {
    pub category: String,
    pub name: String,
    pub path: PathBuf,
    /// The check value that a right run ends with.
    pub check: String,
}

impl Program {
    pub fn label(&self) -> String {
        format!("{}/{}", self.category, self.name)
    }
}

/// Every program below `folder` whose `category/name` contains `filter`, in alphabetical order.
///
/// # Errors
///
/// If a folder or file cannot be read, or a chosen program records no check value.
pub fn find(folder: &Path, filter: &str) -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    for category in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        for path in entries(&category)? {
            let (name, category) = (stem(&path), stem(&category));
            if path.extension().is_none_or(|extension| extension != "lua")
                || !format!("{category}/{name}").contains(filter)
            {
                continue;
            }
            let source =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let check = recorded_check(&source)
                .with_context(|| format!("{} has no line `--! check: VALUE`", path.display()))?
                .to_owned();
            programs.push(Program { category, name, path, check });
        }
    }
    Ok(programs)
}

/// The value of the last line of `output` if that line is `check: VALUE`.
pub fn answered_check(output: &str) -> Option<&str> {
    check_value(output.lines().last()?, "check:")
}

fn recorded_check(source: &str) -> Option<&str> {
    source.lines().take_while(|line| line.starts_with("--")).find_map(|line| check_value(line, "--! check:"))
}

fn check_value<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
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
        let mut found = find(&shipped_folder(), label).expect("the shipped programs can be read");
        assert_eq!(found.len(), 1, "{label} names one program");
        found.remove(0)
    }

    fn shipped_folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
    }

    #[test]
    fn finds_every_shipped_program() {
        let all = find(&shipped_folder(), "").expect("every program has a check value");
        let count = |category| all.iter().filter(|program| program.category == category).count();
        assert!(count("numeric") >= 10 && count("calls") >= 8 && count("large") >= 8);
        assert!(all.is_sorted_by_key(Program::label));
    }

    #[test]
    fn filters_by_category_and_name() {
        assert_eq!(shipped("calls/fib").name, "fib");
        let numeric = find(&shipped_folder(), "numeric/").expect("readable");
        assert!(!numeric.is_empty() && numeric.iter().all(|program| program.category == "numeric"));
        assert!(find(&shipped_folder(), "no such program").expect("readable").is_empty());
    }

    #[test]
    fn reads_the_recorded_check_from_the_header_alone() {
        assert_eq!(recorded_check("-- What it is.\n--! check: 42\nprint(1)\n"), Some("42"));
        assert_eq!(recorded_check("print(1)\n--! check: 42\n"), None);
        assert_eq!(recorded_check("--! check: \n"), None);
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
