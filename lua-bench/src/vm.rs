//! The VMs that programs run on: ours, the peers found on PATH, and those given by `--vm`. The C versions of
//! some programs ([`crate::reference`]) are treated as one more.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use anyhow::{Context, Error, Result, ensure};

use crate::build::Ours;
use crate::programs::Program;

/// What the names of our own VMs begin with.
pub const FERROUS: &str = "ferrous-";

pub const OURS_WITH_JIT: &str = "ferrous-jit";

/// Our two ways to run: name and argument.
pub const OURS: [(&str, &str); 2] = [(OURS_WITH_JIT, "--jit"), ("ferrous-interp", "--no-jit")];

/// The peers: name, command, arguments.
const PEERS: [(&str, &str, &[&str]); 5] = [
    ("luajit", "luajit", &[]),
    ("luajit-joff", "luajit", &["-joff"]),
    ("lua5.1", "lua5.1", &[]),
    ("lua5.4", "lua5.4", &[]),
    ("luau", "luau", &[]),
];

/// What runs programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vm {
    pub name: String,
    pub runs: Runs,
    /// The commit it was built from, if we have built it.
    pub commit: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// A command to which the path of a Lua program and the program's size are appended.
    Lua { command: PathBuf, arguments: Vec<String> },
    /// For some programs, by label, a binary of its own to which the size is appended.
    Binaries(BTreeMap<String, PathBuf>),
}

impl Vm {
    fn new(name: &str, command: PathBuf, arguments: &[&str]) -> Vm {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Vm { name: name.to_owned(), runs: Runs::Lua { command, arguments }, commit: None }
    }

    pub fn is_ours(&self) -> bool {
        self.name.starts_with(FERROUS)
    }

    /// The command that runs `program`, if there is one.
    pub fn command_for(&self, program: &Program) -> Option<Command> {
        let mut command = match &self.runs {
            Runs::Lua { .. } => self.command(&[program.path.as_os_str()])?,
            Runs::Binaries(binaries) => Command::new(binaries.get(&program.label())?),
        };
        command.args(&program.size);
        Some(command)
    }

    /// The VM with `more` arguments, if it is one for Lua.
    pub fn command(&self, more: &[&OsStr]) -> Option<Command> {
        let Runs::Lua { command, arguments } = &self.runs else { return None };
        let mut command = Command::new(command);
        command.args(arguments).args(more);
        Some(command)
    }

    /// For a reader: without the folder, which says something about this machine alone.
    pub fn command_line(&self) -> String {
        match &self.runs {
            Runs::Lua { command, arguments } => {
                let name = command.file_name().unwrap_or(command.as_os_str()).to_string_lossy().into_owned();
                [&[name], arguments.as_slice()].concat().join(" ")
            }
            Runs::Binaries(_) => "cc -O2".to_owned(),
        }
    }
}

impl FromStr for Vm {
    type Err = Error;

    /// Reads `NAME=CMD`, CMD split at white space.
    fn from_str(text: &str) -> Result<Vm> {
        let (name, command_line) = text.split_once('=').context("a VM is given as NAME=CMD")?;
        ensure!(!name.trim().is_empty(), "the VM has no name");
        let mut words = command_line.split_whitespace();
        let command = words.next().context("the VM has no command")?;
        Ok(Vm::new(name.trim(), PathBuf::from(command), &words.collect::<Vec<_>>()))
    }
}

/// Our VM both ways, if there is one, and each peer on PATH.
pub fn usual(ours: Option<Ours>) -> Vec<Vm> {
    let mut vms = Vec::new();
    if let Some(Ours { binary, commit }) = ours {
        let vm =
            |(name, argument)| Vm { commit: commit.clone(), ..Vm::new(name, binary.clone(), &[argument]) };
        vms.extend(OURS.map(vm));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    for (name, command, arguments) in PEERS {
        vms.extend(on_path(&path, command).map(|command| Vm::new(name, command, arguments)));
    }
    vms
}

/// `usual`, with each VM of `given` in the place of its namesake or else at the end.
pub fn merge(usual: Vec<Vm>, given: Vec<Vm>) -> Vec<Vm> {
    let mut vms = usual;
    for vm in given {
        match vms.iter_mut().find(|other| other.name == vm.name) {
            Some(namesake) => *namesake = vm,
            None => vms.push(vm),
        }
    }
    vms
}

pub fn names(vms: &[Vm]) -> String {
    vms.iter().map(|vm| vm.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn on_path(path: &OsString, command: &str) -> Option<PathBuf> {
    env::split_paths(path)
        .map(|folder: PathBuf| folder.join(command))
        .find(|file: &PathBuf| Path::is_file(file))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::programs::tests::shipped;

    /// A stand-in for a VM: a shell that runs `script`, with the Lua program's path in `$0`.
    pub(crate) fn shell(name: &str, script: &str) -> Vm {
        Vm::new(name, PathBuf::from("/bin/sh"), &["-c", script])
    }

    #[test]
    fn reads_a_vm_from_an_option() {
        let vm: Vm = "mine=./target/lua  --no-jit -x".parse().expect("well formed");
        assert_eq!(vm, Vm::new("mine", PathBuf::from("./target/lua"), &["--no-jit", "-x"]));
        assert_eq!(vm.command_line(), "lua --no-jit -x");
        // A `=` after the first is the command's.
        let vm: Vm = "mine=lua --size=3".parse().expect("well formed");
        assert_eq!(vm.command_line(), "lua --size=3");
        for wrong in ["lua", "=lua", "mine=", "mine=  "] {
            assert!(wrong.parse::<Vm>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn appends_the_program_and_its_size() {
        let program = Program { size: Some("30".to_owned()), ..shipped("calls/fib") };
        let vm: Vm = "mine=lua -x".parse().expect("well formed");
        let command = vm.command_for(&program).expect("it runs any program");
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(arguments, [OsStr::new("-x"), program.path.as_os_str(), OsStr::new("30")]);
    }

    #[test]
    fn binaries_are_for_their_programs_alone() {
        let binaries = BTreeMap::from([("calls/fib".to_owned(), PathBuf::from("/tmp/fib"))]);
        let vm = Vm { name: "c".to_owned(), runs: Runs::Binaries(binaries), commit: None };
        assert_eq!(vm.command_for(&shipped("calls/fib")).expect("it has one").get_program(), "/tmp/fib");
        assert!(vm.command_for(&shipped("calls/tak")).is_none());
    }

    #[test]
    fn a_given_vm_replaces_its_namesake_or_comes_last() {
        let merged = merge(vec![shell("a", "1"), shell("b", "2")], vec![shell("a", "3"), shell("c", "4")]);
        assert_eq!(merged, [shell("a", "3"), shell("b", "2"), shell("c", "4")]);
        assert_eq!(names(&merged), "a, b, c");
    }

    #[test]
    fn looks_along_the_path() {
        let path = OsString::from("/no/such/folder:/bin");
        assert_eq!(on_path(&path, "sh"), Some(PathBuf::from("/bin/sh")));
        assert_eq!(on_path(&path, "no-such-command"), None);
    }
}
