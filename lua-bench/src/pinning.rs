//! On which processors the VMs run.
//!
//! A process that moves between processors loses its caches, which is the largest part of what differs from
//! run to run on a quiet machine. So VMs run on one processor, the last, which is the one with the least to
//! do for the system. The kernel may forbid it (in some containers); then they run where it puts them.

use std::io;
use std::process::{Child, Command};
use std::str::FromStr;
use std::thread;

use anyhow::{Error, Result, ensure};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The option's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Last,
    None,
    Processors(Vec<usize>),
}

impl FromStr for Choice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Choice> {
        match text {
            "last" => Ok(Choice::Last),
            "none" => Ok(Choice::None),
            list => {
                let processors = list.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
                let known = processors.iter().all(|&processor| processor < CpuSet::MAX_CPU);
                ensure!(known, "processors are numbered below {}", CpuSet::MAX_CPU);
                Ok(Choice::Processors(processors))
            }
        }
    }
}

/// A set of processors that was found to be allowed; none is any.
#[derive(Clone, Debug)]
pub struct Pinning {
    processors: Option<CpuSet>,
}

impl Pinning {
    pub fn none() -> Pinning {
        Pinning { processors: None }
    }

    /// # Errors
    ///
    /// If processors are named that the kernel does not give us. That [`Choice::Last`] is forbidden is no error.
    pub fn new(choice: &Choice) -> Result<Pinning> {
        let pinning = Pinning { processors: wanted(choice) };
        let allowed = thread::scope(|scope| {
            let try_out = || pinning.apply();
            scope.spawn(try_out).join().expect("a system call does not panic")
        });
        match (allowed, choice) {
            (Ok(()), _) => Ok(pinning),
            (Err(_), Choice::Last) => Ok(Pinning::none()),
            (Err(problem), _) => Err(Error::new(problem).context("these processors are not to be had")),
        }
    }

    /// Starts `command` on these processors: its process inherits them from the thread that starts it.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        thread::scope(|scope| {
            let pinned = scope.spawn(|| {
                self.apply()?;
                command.spawn()
            });
            pinned.join().expect("starting a process does not panic")
        })
    }

    /// The processors' numbers, for the record.
    pub fn processors(&self) -> Vec<usize> {
        self.processors.map_or(Vec::new(), |set| numbers(&set))
    }

    /// Pins the calling thread.
    fn apply(&self) -> io::Result<()> {
        match &self.processors {
            Some(set) => Ok(sched_setaffinity(None, set)?),
            None => Ok(()),
        }
    }
}

fn wanted(choice: &Choice) -> Option<CpuSet> {
    let processors = match choice {
        Choice::None => return None,
        Choice::Last => vec![*numbers(&sched_getaffinity(None).ok()?).last()?],
        Choice::Processors(list) => list.clone(),
    };
    let mut set = CpuSet::new();
    for processor in processors {
        set.set(processor);
    }
    Some(set)
}

fn numbers(set: &CpuSet) -> Vec<usize> {
    (0..CpuSet::MAX_CPU).filter(|&processor| set.is_set(processor)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_option() {
        assert_eq!("last".parse::<Choice>().expect("known"), Choice::Last);
        assert_eq!("none".parse::<Choice>().expect("known"), Choice::None);
        assert_eq!("0,2".parse::<Choice>().expect("a list"), Choice::Processors(vec![0, 2]));
        for wrong in ["", "first", "1,", "99999"] {
            assert!(wrong.parse::<Choice>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_process_runs_where_it_is_pinned() {
        let pinning = Pinning::new(&Choice::Last).expect("no error by its contract");
        let mut command = Command::new("sh");
        command.args(["-c", "grep Cpus_allowed_list /proc/self/status"]).stdout(std::process::Stdio::piped());
        let child = pinning.spawn(&mut command).expect("a shell can be started");
        let output = child.wait_with_output().expect("it ends").stdout;
        if let [processor] = pinning.processors()[..] {
            let line = String::from_utf8(output).expect("ASCII");
            assert_eq!(line.split_whitespace().last(), Some(processor.to_string().as_str()));
        }
    }

    #[test]
    fn this_thread_stays_where_it_was() {
        let before = sched_getaffinity(None).map(|set| numbers(&set)).ok();
        let _ = Pinning::new(&Choice::Last).expect("no error by its contract");
        assert_eq!(sched_getaffinity(None).map(|set| numbers(&set)).ok(), before);
    }
}
