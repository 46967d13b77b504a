//! The VMs that programs run on: ours, the peers found on PATH, and those given by `--vm`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Error, Result, ensure};

/// What the names of our own VMs begin with.
pub const FERROUS: &str = "ferrous-";

/// Our two ways to run: name and argument.
const OURS: [(&str, &str); 2] = [("ferrous-jit", "--jit"), ("ferrous-interp", "--no-jit")];

/// The peers: name, command, arguments.
const PEERS: [(&str, &str, &[&str]); 4] = [
    ("luajit", "luajit", &[]),
    ("luajit-joff", "luajit", &["-joff"]),
    ("lua5.1", "lua5.1", &[]),
    ("lua5.4", "lua5.4", &[]),
];

/// A command that runs the Lua program whose path is appended to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vm {
    pub name: String,
    pub command: PathBuf,
    pub arguments: Vec<String>,
}

impl Vm {
    fn new(name: &str, command: PathBuf, arguments: &[&str]) -> Vm {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Vm { name: name.to_owned(), command, arguments }
    }

    pub fn command_line(&self) -> String {
        let mut line = self.command.display().to_string();
        for argument in &self.arguments {
            line.push(' ');
            line.push_str(argument);
        }
        line
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

/// Our VM if its binary lies beside this one, and each peer on PATH.
pub fn usual() -> Vec<Vm> {
    let mut vms = Vec::new();
    if let Some(binary) = ours_beside_this() {
        vms.extend(OURS.iter().map(|&(name, argument)| Vm::new(name, binary.clone(), &[argument])));
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

fn ours_beside_this() -> Option<PathBuf> {
    let binary = env::current_exe().ok()?.with_file_name(format!("ferrous-lua{}", env::consts::EXE_SUFFIX));
    binary.is_file().then_some(binary)
}

fn on_path(path: &OsString, command: &str) -> Option<PathBuf> {
    env::split_paths(path)
        .map(|folder: PathBuf| folder.join(command))
        .find(|file: &PathBuf| Path::is_file(file))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A stand-in for a VM: a shell that runs `script`, with the Lua program's path in `$0`.
    pub(crate) fn shell(name: &str, script: &str) -> Vm {
        Vm::new(name, PathBuf::from("/bin/sh"), &["-c", script])
    }

    #[test]
    fn reads_a_vm_from_an_option() {
        let vm: Vm = "mine=./target/lua  --no-jit -x".parse().expect("well formed");
        assert_eq!(vm, Vm::new("mine", PathBuf::from("./target/lua"), &["--no-jit", "-x"]));
        assert_eq!(vm.command_line(), "./target/lua --no-jit -x");
        // A `=` after the first is the command's.
        let vm: Vm = "mine=lua --size=3".parse().expect("well formed");
        assert_eq!(vm.arguments, ["--size=3"]);
        for wrong in ["lua", "=lua", "mine=", "mine=  "] {
            assert!(wrong.parse::<Vm>().is_err(), "{wrong:?}");
        }
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
