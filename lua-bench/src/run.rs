//! One process: started, waited for, ended if it takes too long, and its use of the machine read off.
//!
//! # Rules
//!
//! 1. A process leads a group of its own, and the group is killed before the process is reaped: at the
//!    time-out, or when the process has ended and may have left others behind. Until it is reaped its id
//!    belongs to nobody else, so nothing else can be hit.
//! 2. The times and the peak are the kernel's figures for this process alone (`wait4`), not for all
//!    children so far.
//! 3. Peak memory has a floor of a few MiB: a new process shares this one's memory until it becomes the VM,
//!    and Linux counts that in.

use std::fmt;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use wait4::{ResUse, Wait4};

use crate::pinning::Pinning;

/// How much a VM may write to either of its outputs; more ends in a broken pipe.
const OUTPUT_LIMIT: u64 = 1 << 20;

/// What one run used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    pub user_seconds: f64,
    pub system_seconds: f64,
    pub wall_seconds: f64,
    pub peak_bytes: u64,
}

impl Usage {
    /// The time that is compared.
    pub fn cpu_seconds(&self) -> f64 {
        self.user_seconds + self.system_seconds
    }
}

/// A process that ended by itself and without an error.
#[derive(Debug)]
pub struct Finished {
    pub output: String,
    /// What it wrote to its error output.
    pub errors: String,
    pub usage: Usage,
}

/// Why a run has no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The command could not be started, or not be waited for.
    Start(String),
    TimedOut(Duration),
    Crashed {
        status: ExitStatus,
        /// The last line of its error output.
        message: String,
    },
    WrongAnswer {
        expected: String,
        answered: String,
    },
}

impl Failure {
    /// A word for a cell of a table.
    pub fn word(&self) -> &'static str {
        match self {
            Failure::Start(_) => "no start",
            Failure::TimedOut(_) => "time-out",
            Failure::Crashed { .. } => "crash",
            Failure::WrongAnswer { .. } => "wrong",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Start(problem) => write!(f, "could not be run: {problem}"),
            Failure::TimedOut(limit) => write!(f, "was ended after {} s", limit.as_secs_f64()),
            Failure::Crashed { status, message } => write!(f, "ended with {status}: {message}"),
            Failure::WrongAnswer { expected, answered } => {
                write!(f, "answered {answered:?}, not {expected:?}")
            }
        }
    }
}

/// Runs `command` on the processors that `pinning` allows and waits for it, for `limit` at most.
///
/// # Errors
///
/// [`Failure::Start`], [`Failure::TimedOut`] or [`Failure::Crashed`]. Answers are judged elsewhere.
pub fn run(mut command: Command, limit: Duration, pinning: &Pinning) -> Result<Finished, Failure> {
    let start_failed = |problem: io::Error| Failure::Start(problem.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let started = Instant::now();
    let child = pinning.spawn(&mut command).map_err(start_failed)?;
    let ended = wait(child, limit).map_err(start_failed)?;
    let wall = started.elapsed();

    if ended.was_killed {
        return Err(Failure::TimedOut(limit));
    }
    let ResUse { status, rusage } = ended.usage;
    if !status.success() {
        let message = ended.errors.lines().last().unwrap_or("no message").to_owned();
        return Err(Failure::Crashed { status, message });
    }
    let usage = Usage {
        user_seconds: rusage.utime.as_secs_f64(),
        system_seconds: rusage.stime.as_secs_f64(),
        wall_seconds: wall.as_secs_f64(),
        peak_bytes: rusage.maxrss,
    };
    Ok(Finished { output: ended.output, errors: ended.errors, usage })
}

struct Ended {
    usage: ResUse,
    was_killed: bool,
    output: String,
    errors: String,
}

fn wait(mut child: Child, limit: Duration) -> io::Result<Ended> {
    let pid = Pid::from_child(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let output = scope.spawn(move || read_all(stdout));
        let errors = scope.spawn(move || read_all(stderr));
        let (has_ended, ended) = mpsc::channel::<()>();
        let watcher = scope.spawn(move || {
            // The sender is dropped, never used: a disconnected channel means the process has ended.
            let timed_out = ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if timed_out {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            timed_out
        });

        // Leaves the process unreaped, as rule 1 asks.
        let left = wait_without_reaping(pid);
        drop(has_ended);
        let timed_out = watcher.join().expect("the watcher does not panic");
        // If nobody else is left in the group, there is nothing to kill.
        let _ = kill_process_group(pid, Signal::KILL);
        let usage = child.wait4()?;
        left?;
        Ok(Ended {
            // It may have ended by itself just as its time was up.
            was_killed: timed_out && usage.status.signal() == Some(Signal::KILL.as_raw()),
            usage,
            output: output.join().expect("the reader does not panic"),
            errors: errors.join().expect("the reader does not panic"),
        })
    })
}

fn wait_without_reaping(pid: Pid) -> io::Result<()> {
    loop {
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(rustix::io::Errno::INTR) => continue,
            result => return Ok(result.map(drop)?),
        }
    }
}

/// Reads what there is up to the limit, then closes the pipe; a read error ends it early.
fn read_all(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(OUTPUT_LIMIT).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::tests::shell;

    const PLENTY: Duration = Duration::from_secs(60);

    fn run_shell(script: &str, limit: Duration) -> Result<Finished, Failure> {
        let command = shell("stand-in", script).command(&["program.lua".as_ref()]).expect("runs Lua");
        run(command, limit, &Pinning::none())
    }

    #[test]
    fn hands_back_both_outputs_and_passes_the_program() {
        let finished = run_shell("echo \"ran $0\"; echo aside >&2", PLENTY).expect("ends well");
        assert_eq!((finished.output.as_str(), finished.errors.as_str()), ("ran program.lua\n", "aside\n"));
    }

    #[test]
    fn tells_working_from_sleeping() {
        let busy =
            run_shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done", PLENTY).expect("ends well").usage;
        let idle = run_shell("sleep 0.3", PLENTY).expect("ends well").usage;
        assert!(busy.cpu_seconds() > idle.cpu_seconds(), "{busy:?} {idle:?}");
        assert!(idle.wall_seconds >= 0.3 && idle.cpu_seconds() < 0.3, "{idle:?}");
        assert!(busy.peak_bytes > 100_000, "{busy:?}");
    }

    #[test]
    fn ends_a_vm_that_hangs_and_all_it_started() {
        let limit = Duration::from_millis(200);
        let started = Instant::now();
        // The `sleep`s hold the output open, so that only killing the whole group ends the reading.
        let hung = run_shell("sleep 60 & sleep 60; echo done", limit);
        assert_eq!(hung.unwrap_err(), Failure::TimedOut(limit));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn does_not_wait_for_what_a_vm_leaves_behind() {
        let started = Instant::now();
        let finished = run_shell("sleep 60 & echo done", PLENTY).expect("the VM itself ends well");
        assert_eq!(finished.output, "done\n");
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn reports_a_vm_that_fails() {
        let Err(Failure::Crashed { status, message }) =
            run_shell("echo one >&2; echo two >&2; exit 3", PLENTY)
        else {
            panic!("an exit code is a crash")
        };
        assert_eq!((status.code(), message.as_str()), (Some(3), "two"));

        let Err(Failure::Crashed { status, message }) = run_shell("kill -SEGV $$", PLENTY) else {
            panic!("a signal is a crash")
        };
        assert_eq!((status.signal(), message.as_str()), (Some(Signal::SEGV.as_raw()), "no message"));
    }

    #[test]
    fn reports_a_vm_that_is_not_there() {
        let outcome = run(Command::new("/no/such/vm"), PLENTY, &Pinning::none());
        assert!(matches!(outcome, Err(Failure::Start(_))));
    }

    #[test]
    fn cuts_off_endless_output() {
        let result = run_shell(
            "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx || exit 9; done",
            PLENTY,
        );
        assert!(matches!(result, Err(Failure::Crashed { .. })), "{result:?}");
    }
}
