//! `--profile`: where a program's time goes.
//!
//! With `perf`, samples of the running process; without it, the instructions that callgrind counts. Neither
//! has stacks: interpreter handlers and traces jump to one another and leave no frames. So what a flame graph
//! shows above one another are the modules of a function's name: `ferrous_lua_interp`, `handlers`, and so on.
//! Native code has names where the VM tells them to `perf` (`--jit-perf-map`).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::pinning::Pinning;
use crate::programs::Program;
use crate::run::run;
use crate::table;
use crate::vm::Vm;

/// The option of ours that gives native code names.
const PERF_MAP: &str = "--jit-perf-map";

/// What has no name of its own.
const UNNAMED: &str = "native code without a name";

const SAMPLES_PER_SECOND: &str = "1999";

/// How many places are listed.
const LISTED: usize = 30;

/// Callgrind runs a program this many times slower, or more.
const CALLGRIND_SLOWNESS: u32 = 60;

/// Costs by place.
#[derive(Debug, PartialEq)]
pub struct Profile {
    /// What is counted.
    unit: &'static str,
    by_place: BTreeMap<String, u64>,
}

/// Profiles `program` on `vm` with what there is to do it with.
///
/// # Errors
///
/// If there is neither perf nor valgrind, or the program fails.
pub fn take(vm: &Vm, program: &Program, limit: Duration) -> Result<Profile> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut named: Vec<&OsStr> = Vec::new();
    if vm.is_ours() && understands(vm, PERF_MAP) {
        named.push(PERF_MAP.as_ref());
    }
    named.push(program.path.as_os_str());
    named.extend(program.size.as_ref().map(OsStr::new));
    let command = vm.command(&named).context("only VMs for Lua can be profiled")?;

    let data = folder.path().join("profile");
    if perf_works() {
        let mut perf = Command::new("perf");
        perf.args(["record", "--quiet", "-F", SAMPLES_PER_SECOND, "-o"]).arg(&data).arg("--");
        carry_out(perf, &command, limit)?;
        let script = Command::new("perf").args(["script", "-F", "ip,sym,dso", "-i"]).arg(&data).output();
        let script = script.context("cannot run perf script")?;
        ensure!(script.status.success(), "perf script: {}", String::from_utf8_lossy(&script.stderr));
        Ok(from_samples(&String::from_utf8_lossy(&script.stdout)))
    } else if works("valgrind", &["--version"]) {
        let mut valgrind = Command::new("valgrind");
        let mut file = OsStr::new("--callgrind-out-file=").to_owned();
        file.push(&data);
        // VMs write native code where other such code has been, of which valgrind, by itself, takes no notice in files: memory files too.
        valgrind.args(["--quiet", "--tool=callgrind", "--smc-check=all"]).arg(file);
        carry_out(valgrind, &command, limit * CALLGRIND_SLOWNESS)?;
        let counts = fs::read_to_string(&data).context("callgrind has left no file")?;
        Ok(from_callgrind(&counts))
    } else {
        bail!("profiles need perf or valgrind")
    }
}

impl Profile {
    /// The hottest places, hottest first, with the rest in one line.
    pub fn table(&self) -> String {
        let mut places: Vec<(&str, u64)> =
            self.by_place.iter().map(|(place, cost)| (place.as_str(), *cost)).collect();
        places.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let total = places.iter().map(|(_, cost)| cost).sum::<u64>();
        let share = |cost: u64| format!("{:.1}%", cost as f64 / total.max(1) as f64 * 100.0);
        let mut table = table::table(["share", self.unit, "place"].map(str::to_owned).to_vec());
        for (place, cost) in places.iter().take(LISTED) {
            table.add_row([share(*cost), cost.to_string(), (*place).to_owned()]);
        }
        if let Some(others) = places.get(LISTED..).filter(|others| !others.is_empty()) {
            let cost = others.iter().map(|(_, cost)| cost).sum::<u64>();
            table.add_row([share(cost), cost.to_string(), format!("{} other places", others.len())]);
        }
        table.to_string()
    }

    /// # Errors
    ///
    /// If `path` cannot be written, or there is nothing to draw.
    pub fn write_flame_graph(&self, title: &str, path: &Path) -> Result<()> {
        let context = || format!("cannot write {}", path.display());
        let lines: Vec<String> =
            self.by_place.iter().map(|(place, cost)| format!("{} {cost}", modules(place))).collect();
        let mut options = inferno::flamegraph::Options::default();
        options.title = title.to_owned();
        options.count_name = self.unit.to_owned();
        let file = File::create(path).with_context(context)?;
        inferno::flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), file)
            .with_context(context)
    }
}

/// Runs `profiler` on `command`, whose output nobody reads.
fn carry_out(mut profiler: Command, command: &Command, limit: Duration) -> Result<()> {
    profiler.arg(command.get_program()).args(command.get_args());
    match run(profiler, limit, &Pinning::none()) {
        Ok(_) => Ok(()),
        Err(failure) => bail!("the profiled program {failure}"),
    }
}

/// The lines of `perf script -F ip,sym,dso`, one for each sample: `ADDRESS NAME (BINARY)`.
fn from_samples(script: &str) -> Profile {
    let mut by_place = BTreeMap::new();
    for line in script.lines() {
        let line = line.trim().trim_end_matches(" (deleted))");
        let Some((_, rest)) = line.split_once(' ') else { continue };
        let (name, binary) = match rest.rsplit_once(" (") {
            Some((name, binary)) => (name.trim(), binary.trim_end_matches(')')),
            None => (rest.trim(), ""),
        };
        let place = match name {
            "[unknown]" if is_generated(binary) => UNNAMED,
            "[unknown]" => binary,
            name => without_hash(name),
        };
        *by_place.entry(place.to_owned()).or_default() += 1;
    }
    Profile { unit: "samples", by_place }
}

/// Whether code in `binary`, as perf names it, comes from a JIT: it lies in memory that no file backs.
fn is_generated(binary: &str) -> bool {
    ["//anon", "/memfd:", "/tmp/perf-", "[unknown]"].iter().any(|start| binary.starts_with(start))
        || binary.is_empty()
}

/// Callgrind's own costs by function. A line of costs belongs to the last `fn=`, but that after `calls=` is
/// what the callee costs. A name is given once with its number, `fn=(12) name`, and then by number alone.
fn from_callgrind(file: &str) -> Profile {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut by_place: BTreeMap<String, u64> = BTreeMap::new();
    let mut current = UNNAMED;
    let mut is_callees = false;
    for line in file.lines() {
        let own = line.strip_prefix("fn=");
        if let Some(function) = own.or_else(|| line.strip_prefix("cfn=")) {
            let (number, name) = function.split_once(' ').unwrap_or((function, ""));
            if !name.is_empty() {
                names.insert(number, name);
            }
            if own.is_some() {
                let name = names.get(number).copied().unwrap_or(UNNAMED);
                // Addresses that valgrind knows nothing about: native code.
                current = if name.starts_with("0x") || name == "???" { UNNAMED } else { name };
            }
        } else if line.starts_with("calls=") {
            is_callees = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '*')) {
            let cost = line.split_whitespace().nth(1).and_then(|cost| cost.parse::<u64>().ok());
            if let (Some(cost), false) = (cost, is_callees) {
                *by_place.entry(without_hash(current).to_owned()).or_default() += cost;
            }
            is_callees = false;
        }
    }
    Profile { unit: "instructions", by_place }
}

/// A Rust function's name without the `::h0123456789abcdef` of older mangling.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((rest, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => rest,
        _ => name,
    }
}

/// `a::b::f` as `a;b;f`, as flame graphs are given. What is in `<>` stays together.
fn modules(place: &str) -> String {
    let mut depth = 0;
    let mut stack = String::new();
    let mut letters = place.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '<' | '{' => depth += 1,
            '>' | '}' => depth -= 1,
            ':' if depth == 0 && letters.peek() == Some(&':') => {
                letters.next();
                stack.push(';');
                continue;
            }
            ';' => continue,
            _ => {}
        }
        stack.push(letter);
    }
    stack
}

fn understands(vm: &Vm, option: &str) -> bool {
    let help = vm.command(&["--help".as_ref()]).and_then(|mut command| command.output().ok());
    help.is_some_and(|help| {
        [help.stdout, help.stderr].iter().any(|text| String::from_utf8_lossy(text).contains(option))
    })
}

/// perf may be there and yet forbidden.
fn perf_works() -> bool {
    works("perf", &["record", "--quiet", "-o", "/dev/null", "--", "true"])
}

fn works(command: &str, arguments: &[&str]) -> bool {
    let status = Command::new(command).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(profile: &Profile) -> Vec<(&str, u64)> {
        profile.by_place.iter().map(|(place, cost)| (place.as_str(), *cost)).collect()
    }

    #[test]
    fn reads_the_samples_of_perf() {
        let script = "
    55d0c0ffee ferrous_lua_interp::handlers::add (/bin/ferrous-lua)
    55d0c0ffee ferrous_lua_interp::handlers::add (/bin/ferrous-lua)
    7f0000beef trace 3 fib.lua:7 (/tmp/perf-12.map)
    7f0000beef [unknown] (//anon)
    7f0000beef [unknown] (/memfd:ferrous-lua code (deleted))
    7f0000dead [unknown] (/usr/lib/libm.so.6)
    nonsense
";
        let expected = [
            ("/usr/lib/libm.so.6", 1),
            ("ferrous_lua_interp::handlers::add", 2),
            (UNNAMED, 2),
            ("trace 3 fib.lua:7", 1),
        ];
        assert_eq!(places(&from_samples(script)), expected);
    }

    #[test]
    fn reads_own_costs_from_callgrind() {
        let file = "\
events: Ir
fl=(1) a.rs
fn=(1) krate::outer::h0123456789abcdef
10 100
cfn=(2) krate::inner
calls=1 20
11 5000
12 50
fn=(2)
20 5000
+1 1
fn=(3) 0x00000000deadbeef
0 7
totals: 5158
";
        let expected = [("krate::inner", 5001), ("krate::outer", 150), (UNNAMED, 7)];
        assert_eq!(places(&from_callgrind(file)), expected);
        for end in 0..file.len() {
            let _ = from_callgrind(&file[..end]);
        }
    }

    #[test]
    fn modules_become_levels_of_the_flame_graph() {
        assert_eq!(modules("a::b::f"), "a;b;f");
        assert_eq!(modules("<a::B as c::D>::f"), "<a::B as c::D>;f");
        assert_eq!(modules("a::f::{{closure}}"), "a;f;{{closure}}");
        assert_eq!(modules("trace 3; x.lua:7"), "trace 3 x.lua:7");
    }

    #[test]
    fn lists_the_hottest_first_and_draws_a_flame_graph() {
        let places = (0..40).map(|number| (format!("m::f{number}"), number + 1)).collect();
        let profile = Profile { unit: "samples", by_place: places };
        let table = profile.table();
        let lines: Vec<&str> = table.lines().map(str::trim).collect();
        assert!(lines[1].ends_with("m::f39") && lines[1].starts_with("4.9%"), "{table}");
        assert!(lines.last().expect("lines").ends_with("10 other places"), "{table}");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("flame.svg");
        profile.write_flame_graph("a program", &path).expect("can be drawn");
        let svg = fs::read_to_string(path).expect("written");
        assert!(svg.contains("<svg") && svg.contains("f39"));
    }
}
