//! Runs one command to its end, whatever it does: with a time limit, a memory cap and bounded output.
//!
//! The memory cap is the shell's `ulimit -v`, so it costs neither a dependency nor unsafe code; where there
//! is no such shell the command runs without it. The environment is cleaned of what changes a Lua program's
//! behaviour (`LUA_INIT`, `LUA_PATH`, the locale, the time zone).

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Address space that a program under test may reserve. Code arena and heap must fit into it.
const MEMORY_CAP_KIB: u64 = 4 * 1024 * 1024;

/// What is read of each output stream; a program that prints more than this has gone wild.
const OUTPUT_CAP: u64 = 8 * 1024 * 1024;

/// `GOLDEN_TIMEOUT=seconds` replaces this, for emulators and sanitizers.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How a process came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    /// By this signal (on Unix); a crash of the virtual machine.
    Killed(i32),
    /// It was still running at the time limit and was killed.
    TimedOut,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Exited(code) => write!(f, "exit code {code}"),
            End::Killed(signal) => write!(f, "killed by signal {signal}"),
            End::TimedOut => write!(f, "still running after {} s", time_limit().as_secs()),
        }
    }
}

/// Everything that a finished process left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub end: End,
}

/// Runs `program` with `args` in the folder `dir`.
///
/// # Panics
///
/// If the process cannot be started: then the tests are set up wrongly.
pub fn run(program: &Path, args: &[OsString], dir: &Path) -> Outcome {
    let mut child = limited(program, args)
        .current_dir(dir)
        .env_remove("LUA_INIT")
        .env_remove("LUA_PATH")
        .env_remove("LUA_CPATH")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {}: {e}", program.display()));
    let stdout = drain(child.stdout.take().expect("stdout is piped"));
    let stderr = drain(child.stderr.take().expect("stderr is piped"));
    let end = wait(&mut child);
    let collect = |reader: thread::JoinHandle<Vec<u8>>| reader.join().expect("the reader does not panic");
    Outcome { stdout: collect(stdout), stderr: collect(stderr), end }
}

/// The first file called `name` in the folders of `PATH`.
pub fn find_on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(&file)).find(|path| path.is_file())
}

#[cfg(unix)]
fn limited(program: &Path, args: &[OsString]) -> Command {
    let mut command = Command::new("sh");
    // `exec` keeps the process id, so killing the child kills the program.
    command.arg("-c").arg(r#"ulimit -v "$0" 2>/dev/null; exec "$@""#).arg(MEMORY_CAP_KIB.to_string());
    command.arg(program).args(args);
    command
}

#[cfg(not(unix))]
fn limited(program: &Path, args: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// Reads a stream to its end on a thread of its own, so that a full pipe never blocks the child. Past the
/// cap the stream is closed, and the child's next write to it fails.
fn drain(stream: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is what there is to compare.
        let _ = stream.take(OUTPUT_CAP).read_to_end(&mut bytes);
        bytes
    })
}

fn time_limit() -> Duration {
    let set = std::env::var("GOLDEN_TIMEOUT").ok().and_then(|s| s.parse().ok());
    set.map_or(TIME_LIMIT, Duration::from_secs)
}

fn wait(child: &mut Child) -> End {
    let deadline = Instant::now() + time_limit();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait().expect("the child is ours to wait for") {
            return match status.code() {
                Some(code) => End::Exited(code),
                None => End::Killed(signal(status)),
            };
        }
        if Instant::now() >= deadline {
            // It may end by itself at this very moment; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
            return End::TimedOut;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(unix)]
fn signal(status: std::process::ExitStatus) -> i32 {
    std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0)
}

#[cfg(not(unix))]
fn signal(_: std::process::ExitStatus) -> i32 {
    0
}
