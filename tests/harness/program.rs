//! Golden programs: a Lua file and, in its `--!` lines, what it must do.
//!
//! | line | meaning |
//! |---|---|
//! | `--! out: TEXT` | the next line of standard output, exactly; a bare `--! out:` is an empty line |
//! | `--! err: TEXT` | standard error contains this; without any such line it must be empty |
//! | `--! exit: N` | the exit code, 0 unless said |
//! | `--! args: A B` | arguments of the script, separated by blanks |
//! | `--! modes: A B` | run in these modes only (names as in [`Mode::name`]) |
//! | `--! not-modes: A B` | run in all modes but these |
//! | `--! jit: min-native-loops N` | in mode `jit`, at least N loops must have run as native code |
//! | `--! ours: REASON` | PUC Lua differs here: the output was written by hand and is not checked against it |
//!
//! A directive starts in the first column. The script runs in its own folder under its bare file name, so
//! positions in messages do not depend on where the project lies. Programs end their output with a newline.
//! Folders called `modules` hold what programs load; they are no programs.

use std::fs;
use std::path::{Path, PathBuf};

use super::difference;
use super::mode::{self, Mode};
use super::process::{End, Outcome};

/// The line of `--jit-stats` (on standard error) that counts loops entered as native code.
const NATIVE_LOOPS: &str = "native loops:";

/// A golden program and its expectations.
#[derive(Clone, Debug)]
pub struct Program {
    /// `area/name`, as in test names.
    pub name: String,
    dir: PathBuf,
    file: String,
    source: String,
    out: Vec<String>,
    err: Vec<String>,
    exit: i32,
    args: Vec<String>,
    modes: Option<Vec<String>>,
    not_modes: Vec<String>,
    min_native_loops: Option<u64>,
    ours: Option<String>,
}

impl Program {
    /// All programs below `root`, in the order of their names.
    ///
    /// # Panics
    ///
    /// If the folder cannot be read: there is nothing to test then.
    pub fn find_all(root: &Path) -> Vec<Result<Program, String>> {
        let mut paths = Vec::new();
        collect(root, &mut paths);
        paths.sort();
        paths.iter().map(|path| Program::read(root, path)).collect()
    }

    fn read(root: &Path, path: &Path) -> Result<Program, String> {
        let source = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let relative = path.strip_prefix(root).expect("it was found below the root").with_extension("");
        let name = relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        let mut program = Program {
            dir: path.parent().expect("a file has a folder").to_path_buf(),
            file: path.file_name().expect("a file has a name").to_string_lossy().into_owned(),
            source: String::new(),
            out: Vec::new(),
            err: Vec::new(),
            exit: 0,
            args: Vec::new(),
            modes: None,
            not_modes: Vec::new(),
            min_native_loops: None,
            ours: None,
            name,
        };
        for (at, line) in source.lines().enumerate() {
            match line.strip_prefix("--!") {
                Some(directive) => program
                    .directive(directive)
                    .map_err(|e| format!("{}:{}: {e}: {line}", path.display(), at + 1))?,
                None => {
                    program.source.push_str(line);
                    program.source.push('\n');
                }
            }
        }
        Ok(program)
    }

    fn directive(&mut self, text: &str) -> Result<(), String> {
        let (key, value) = text.split_once(':').ok_or("a directive is `--! key: value`")?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        let words = || value.split_whitespace().map(String::from);
        match key.trim() {
            "out" => self.out.push(value.to_string()),
            "err" => self.err.push(value.to_string()),
            "exit" => self.exit = value.trim().parse().map_err(|_| "an exit code is a number")?,
            "args" => self.args = words().collect(),
            "modes" => self.modes = Some(mode_names(words())?),
            "not-modes" => self.not_modes = mode_names(words())?,
            "jit" => {
                let count = value.strip_prefix("min-native-loops").and_then(|n| n.trim().parse().ok());
                self.min_native_loops = Some(count.ok_or("`--! jit:` knows `min-native-loops N`")?);
            }
            "ours" => self.ours = Some(value.to_string()),
            _ => return Err("unknown directive".to_string()),
        }
        Ok(())
    }

    /// The modes of this build that the program is to run in.
    pub fn modes(&self) -> Vec<Mode> {
        let wanted = |mode: &Mode| {
            let name = mode.name().to_string();
            self.modes.as_ref().is_none_or(|modes| modes.contains(&name)) && !self.not_modes.contains(&name)
        };
        Mode::available().filter(wanted).collect()
    }

    /// Whether PUC Lua must print the same.
    pub fn has_reference(&self) -> bool {
        self.ours.is_none()
    }

    /// Runs the program in `mode`; the error is a report to print.
    pub fn check(&self, mode: Mode) -> Result<(), String> {
        let counted = if mode == Mode::Jit { self.min_native_loops } else { None };
        let stats: &[&str] = if counted.is_some() { &["--jit-stats"] } else { &[] };
        let outcome = mode.run(stats, &self.dir, &self.file, &self.args);
        self.compare(&outcome, counted.is_some())?;
        match counted {
            Some(least) => require_native_loops(&outcome, least),
            None => Ok(()),
        }
    }

    /// Runs the program on PUC Lua, which guards the expectations themselves.
    pub fn check_reference(&self, lua: &Path) -> Result<(), String> {
        self.compare(&mode::run_reference(lua, &self.dir, &self.file, &self.args), false)
    }

    /// Writes the output of PUC Lua (or, where it is missing, of our interpreter) into the file as its
    /// expectation. Files with `--! ours` are left alone.
    ///
    /// # Errors
    ///
    /// If the output cannot be an expectation: not text, no newline at its end, or the process crashed.
    pub fn bless(&self, reference: Option<&Path>) -> Result<(), String> {
        if self.ours.is_some() {
            return Ok(());
        }
        let outcome = match reference {
            Some(lua) => mode::run_reference(lua, &self.dir, &self.file, &self.args),
            None => Mode::Interp.run(&[], &self.dir, &self.file, &self.args),
        };
        let End::Exited(exit) = outcome.end else {
            return Err(format!("{}: {}", self.name, outcome.end));
        };
        if exit != 0 && self.exit == 0 {
            let stderr = String::from_utf8_lossy(&outcome.stderr);
            return Err(format!("{}: exit code {exit} without `--! exit:`\n{stderr}", self.name));
        }
        let out =
            String::from_utf8(outcome.stdout).map_err(|_| format!("{}: output is no text", self.name))?;
        if out.contains('\r') || !(out.is_empty() || out.ends_with('\n')) {
            return Err(format!("{}: output has a carriage return or lacks its last newline", self.name));
        }
        let blessed = Program { out: out.lines().map(String::from).collect(), exit, ..self.clone() };
        fs::write(self.dir.join(&self.file), blessed.text()).map_err(|e| format!("{}: {e}", self.name))
    }

    /// The file: the program, then its directives.
    fn text(&self) -> String {
        let mut text = format!("{}\n", self.source.trim_end());
        let mut put = |key: &str, value: &str| {
            text.push_str(
                if value.is_empty() { format!("--! {key}:\n") } else { format!("--! {key}: {value}\n") }
                    .as_str(),
            );
        };
        self.out.iter().for_each(|line| put("out", line));
        self.err.iter().for_each(|line| put("err", line));
        if self.exit != 0 {
            put("exit", &self.exit.to_string());
        }
        if !self.args.is_empty() {
            put("args", &self.args.join(" "));
        }
        if let Some(modes) = &self.modes {
            put("modes", &modes.join(" "));
        }
        if !self.not_modes.is_empty() {
            put("not-modes", &self.not_modes.join(" "));
        }
        if let Some(count) = self.min_native_loops {
            put("jit", &format!("min-native-loops {count}"));
        }
        if let Some(reason) = &self.ours {
            put("ours", reason);
        }
        text
    }

    fn compare(&self, outcome: &Outcome, has_stats: bool) -> Result<(), String> {
        let mut report = String::new();
        let expected: String = self.out.iter().flat_map(|line| [line, "\n"]).collect();
        if outcome.stdout != expected.as_bytes() {
            report.push_str("standard output differs (- expected, + actual):\n");
            report.push_str(&difference::show(expected.as_bytes(), &outcome.stdout));
        }
        if outcome.end != End::Exited(self.exit) {
            report.push_str(&format!("expected exit code {}, got {}\n", self.exit, outcome.end));
        }
        let stderr = String::from_utf8_lossy(&outcome.stderr);
        for part in self.err.iter().filter(|part| !stderr.contains(part.as_str())) {
            report.push_str(&format!("standard error lacks: {part}\n"));
        }
        if self.err.is_empty() && !has_stats && !stderr.is_empty() {
            report.push_str("standard error is not empty\n");
        }
        if report.is_empty() {
            return Ok(());
        }
        Err(format!("{report}{}", shown_stderr(&stderr)))
    }
}

fn require_native_loops(outcome: &Outcome, least: u64) -> Result<(), String> {
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    let line = stderr.lines().find_map(|line| line.trim().strip_prefix(NATIVE_LOOPS));
    let count = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    match count {
        Some(count) if count >= least => Ok(()),
        Some(count) => {
            Err(format!("{count} native loops ran, at least {least} expected\n{}", shown_stderr(&stderr)))
        }
        None => Err(format!("--jit-stats printed no line `{NATIVE_LOOPS} N`\n{}", shown_stderr(&stderr))),
    }
}

fn shown_stderr(stderr: &str) -> String {
    if stderr.is_empty() {
        return String::new();
    }
    let shown: Vec<&str> = stderr.lines().take(40).collect();
    format!("standard error:\n| {}\n", shown.join("\n| "))
}

fn mode_names(words: impl Iterator<Item = String>) -> Result<Vec<String>, String> {
    let names: Vec<String> = words.collect();
    match names.iter().find(|name| !Mode::is_name(name)) {
        Some(name) => Err(format!("no mode `{name}`")),
        None => Ok(names),
    }
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|e| panic!("cannot read {}: {e}", dir.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|e| panic!("cannot read {}: {e}", dir.display())).path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "modules") {
                collect(&path, paths);
            }
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            paths.push(path);
        }
    }
}
