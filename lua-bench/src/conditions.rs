//! What was measured on: the machine, the moment, the settings, and the VMs with their versions.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::pinning::Pinning;
use crate::run::run;
use crate::vm::{Runs, Vm};

/// What stands before the commit in the version of a VM that we have built.
pub const COMMIT: &str = ", commit ";

/// How many processors others may keep busy before times are better not published.
const QUIET: f64 = 0.15;

/// The same by the load, which is all that older files have.
const QUIET_LOAD: f64 = 0.5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// Seconds since 1970.
    pub started_unix: u64,
    /// How this command was called.
    pub command: String,
    pub cpu: String,
    pub cores: usize,
    pub system: String,
    pub memory_bytes: Option<u64>,
    /// The processors that VMs ran on; empty for any.
    pub pinned_to: Vec<usize>,
    /// The kernel's count of waiting processes in the last minute, before the first run.
    pub load: Option<f64>,
    /// How many processors others kept busy meanwhile ([`crate::activity`]).
    #[serde(default)]
    pub others: Option<f64>,
    pub repeats: u32,
    pub timeout_seconds: f64,
    pub is_quick: bool,
    /// The VM that ratios are to.
    pub base: String,
    pub vms: Vec<VmDescription>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VmDescription {
    pub name: String,
    pub command: String,
    pub version: String,
}

/// What the user asked for.
pub struct Settings<'a> {
    pub command: String,
    pub base: String,
    pub repeats: u32,
    pub limit: Duration,
    pub is_quick: bool,
    pub pinning: &'a Pinning,
}

impl Conditions {
    /// The conditions of a measurement that begins now.
    pub fn now(settings: &Settings, vms: &[Vm]) -> Conditions {
        let file = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Conditions {
            started_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            command: settings.command.clone(),
            cpu: cpu_model(&file("/proc/cpuinfo")),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: system(&file("/etc/os-release"), &file("/proc/sys/kernel/osrelease")),
            memory_bytes: memory_bytes(&file("/proc/meminfo")),
            pinned_to: settings.pinning.processors(),
            load: first_number(&file("/proc/loadavg")),
            others: None,
            repeats: settings.repeats,
            timeout_seconds: settings.limit.as_secs_f64(),
            is_quick: settings.is_quick,
            base: settings.base.clone(),
            vms: vms.iter().map(describe).collect(),
        }
    }

    /// The day, as in `2026-11-22`, by universal time.
    pub fn date(&self) -> String {
        let moment = jiff::Timestamp::from_second(i64::try_from(self.started_unix).unwrap_or(0));
        moment.unwrap_or_default().strftime("%Y-%m-%d").to_string()
    }

    /// The machine in a line.
    pub fn machine(&self) -> String {
        let memory =
            self.memory_bytes.map_or(String::new(), |bytes| format!(", {} GiB", (bytes + (1 << 29)) >> 30));
        format!("{}, {} cores{memory}, {}", self.cpu, self.cores, self.system)
    }

    /// Which of a program's times stands for it.
    pub fn figure(&self) -> String {
        match self.repeats {
            1 => "CPU time of one run".to_owned(),
            repeats => format!("least CPU time of {repeats} runs"),
        }
    }

    pub fn was_busy(&self) -> bool {
        match self.others {
            Some(others) => others > QUIET,
            None => self.load.is_some_and(|load| load > QUIET_LOAD),
        }
    }

    /// Where the VMs ran, and what else there was.
    pub fn surroundings(&self) -> String {
        let numbers = self.pinned_to.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let place = match numbers.as_str() {
            "" => "VMs ran on any processor".to_owned(),
            numbers => format!("VMs ran on processor {numbers}"),
        };
        match self.others {
            Some(others) => {
                format!("{place}; other work took {others:.2} of {} processors meanwhile", self.cores)
            }
            None => place,
        }
    }
}

fn describe(vm: &Vm) -> VmDescription {
    let commit = vm.commit.as_ref().map_or(String::new(), |commit| format!("{COMMIT}{commit}"));
    VmDescription { name: vm.name.clone(), command: vm.command_line(), version: version(vm) + &commit }
}

/// What `vm -v` says in its first line; PUC Lua 5.1 says it on the error output.
fn version(vm: &Vm) -> String {
    let command = match &vm.runs {
        Runs::Lua { command, .. } => {
            let mut asks = Command::new(command);
            asks.arg("-v");
            asks
        }
        Runs::Binaries(_) => {
            let mut asks = Command::new("cc");
            asks.arg("--version");
            asks
        }
    };
    let finished = run(command, Duration::from_secs(10), &Pinning::none());
    let line = finished.ok().and_then(|finished| {
        let lines = finished.output.lines().chain(finished.errors.lines());
        lines.map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    });
    line.unwrap_or_else(|| "unknown version".to_owned())
}

fn cpu_model(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    line.map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':'])).to_owned()
}

fn system(os_release: &str, kernel: &str) -> String {
    let name = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = name.map_or(std::env::consts::OS, |name| name.trim_matches('"'));
    match kernel.trim() {
        "" => name.to_owned(),
        kernel => format!("{name}, kernel {kernel}"),
    }
}

fn memory_bytes(meminfo: &str) -> Option<u64> {
    let kibibytes = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(kibibytes.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

fn first_number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn conditions(vms: &[&str], base: &str) -> Conditions {
        let describe = |name: &&str| VmDescription {
            name: (*name).to_owned(),
            command: format!("/bin/{name}"),
            version: format!("{name} 1"),
        };
        Conditions {
            started_unix: 1_795_000_000,
            command: "lua-bench".to_owned(),
            cpu: "A processor".to_owned(),
            cores: 2,
            system: "A system".to_owned(),
            memory_bytes: Some(8 << 30),
            pinned_to: vec![1],
            load: Some(2.0),
            others: Some(0.014),
            repeats: 3,
            timeout_seconds: 9.0,
            is_quick: false,
            base: base.to_owned(),
            vms: vms.iter().map(describe).collect(),
        }
    }

    #[test]
    fn reads_what_the_kernel_says() {
        assert_eq!(cpu_model("processor\t: 0\nmodel\t\t: 17\nmodel name\t: Some CPU\n"), "Some CPU");
        assert_eq!(cpu_model(""), "unknown processor");
        assert_eq!(first_number("0.25 0.10 0.05 1/100 7\n"), Some(0.25));
        assert_eq!(first_number(""), None);
        assert_eq!(memory_bytes("MemTotal:       1024 kB\nMemFree: 7 kB\n"), Some(1 << 20));
        assert_eq!(memory_bytes("nonsense"), None);
        assert_eq!(system("ID=x\nPRETTY_NAME=\"Some Linux 12\"\n", "6.1.0\n"), "Some Linux 12, kernel 6.1.0");
    }

    #[test]
    fn says_day_machine_and_surroundings() {
        let mut conditions = conditions(&["a"], "a");
        assert_eq!(conditions.date(), "2026-11-18");
        assert_eq!(conditions.machine(), "A processor, 2 cores, 8 GiB, A system");
        let place = "VMs ran on processor 1; other work took 0.01 of 2 processors meanwhile";
        assert_eq!(conditions.surroundings(), place);
        assert!(!conditions.was_busy());
        conditions.others = Some(0.5);
        assert!(conditions.was_busy());
        (conditions.others, conditions.pinned_to) = (None, Vec::new());
        assert_eq!(conditions.surroundings(), "VMs ran on any processor");
        assert!(conditions.was_busy());
        conditions.load = Some(0.25);
        assert!(!conditions.was_busy());
    }
}
