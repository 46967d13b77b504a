//! The `jit` library: LuaJIT's switches of its compiler, for ours.
//!
//! The functions are sequences and no leaves, so that native code never calls them: it must not be there to be thrown away while
//! it runs. Where a state has no JIT they have no effect.
//!
//! Source: `lib_jit.c` of LuaJIT. Differences: `jit.opt.start` takes every optimisation and parameter that LuaJIT has, but only
//! `hotloop`, `hotexit` and `maxtrace` mean anything here.

mod util;

use super::{new_library, open_table, set_field, set_loaded};
use crate::error::Throw;
use crate::native::{SequenceFrame, Step};
use crate::proto::Proto;
use crate::vm::{JitParameter, JitRequest};
use crate::{Value, Vm};

natives! {
    /// The functions of `jit`.
    static FUNCTIONS of "jit";
    sequence ON "on" = on;
    sequence OFF "off" = off;
    sequence FLUSH "flush" = flush;
    sequence STATUS "status" = status;
}

natives! {
    /// The functions of `jit.opt`.
    static OPT_FUNCTIONS of "jit.opt";
    sequence START "start" = start;
}

/// What programs look for to know the extensions that they can use: those of this version of LuaJIT.
const COMPATIBLE_WITH: (&str, f64) = ("LuaJIT 2.0", 20005.0);

/// What LuaJIT's optimiser does; a flag names one of them. The first ones are done here too.
const OPTIMISATIONS: &[&str] = &["fold", "cse", "dce", "fwd", "loop", "dse", "narrow", "abc", "sink", "fuse"];

/// How many of [`OPTIMISATIONS`] `jit.status` shows.
const DONE_HERE: usize = 5;

/// LuaJIT's parameters that mean nothing here.
const OTHER_PARAMETERS: &[&str] = &[
    "maxrecord",
    "maxirconst",
    "maxside",
    "maxsnap",
    "minstitch",
    "tryside",
    "instunroll",
    "loopunroll",
    "callunroll",
    "recunroll",
    "sizemcode",
    "maxmcode",
];

/// Opens the library.
///
/// # Errors
///
/// Only `not enough memory`.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    let library = open_table(vm, "jit", FUNCTIONS, 6)?;
    let (compatible, number) = COMPATIBLE_WITH;
    let version = format!("FerrousLua {} ({compatible} compatible)", env!("CARGO_PKG_VERSION"));
    let texts = [("version", version.as_str()), ("os", os_name()), ("arch", arch_name())];
    for (name, text) in texts {
        let text = vm.new_string(text.as_bytes())?;
        set_field(vm, library, name, text)?;
    }
    set_field(vm, library, "version_num", Value::number(number))?;
    let opt = Value::table(new_library(vm, OPT_FUNCTIONS, 0)?);
    set_field(vm, library, "opt", opt)?;
    set_loaded(vm, "jit.opt", opt)?;
    util::open(vm, library)
}

/// As LuaJIT spells it.
fn os_name() -> &'static str {
    match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "OSX",
        "windows" => "Windows",
        "freebsd" | "netbsd" | "openbsd" | "dragonfly" => "BSD",
        _ if cfg!(unix) => "POSIX",
        _ => "Other",
    }
}

/// As LuaJIT spells it.
fn arch_name() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// What `jit.on`, `jit.off` and `jit.flush` are about.
enum Subject {
    /// The whole compiler.
    Engine,
    /// The code of these functions.
    Protos(Vec<*mut Proto>),
}

/// Reads the arguments `([function | true [, recursive]])`. With `recursive`, the functions in it are meant too; if it
/// is false, only these.
///
/// Source: `setjitmode`.
fn subject(vm: &mut Vm, frame: &SequenceFrame) -> Result<Subject, Throw> {
    let object = frame.arg(0);
    if object.is_nil() {
        return Ok(Subject::Engine);
    }
    let function = match object {
        Value::TRUE => vm.level(1).map_or(Value::NIL, |caller| caller.function()),
        other => other,
    };
    let Some(function) = function.as_lua_function() else {
        return Err(vm.type_error(frame.args(), 0, "function"));
    };
    let itself = function.proto;
    let protos = match frame.arg(1) {
        Value::TRUE => [itself].into_iter().chain(inner_protos(itself)).collect(),
        Value::FALSE => inner_protos(itself),
        _ => vec![itself],
    };
    Ok(Subject::Protos(protos))
}

/// The prototypes of all functions inside one.
fn inner_protos(of: *mut Proto) -> Vec<*mut Proto> {
    let mut found = Vec::new();
    let mut outer = vec![of];
    while let Some(proto) = outer.pop() {
        // SAFETY: a live function's prototype is live, and keeps those inside it alive.
        let inner = unsafe { &(*proto).protos };
        found.extend_from_slice(inner);
        outer.extend_from_slice(inner);
    }
    found
}

fn done(frame: &SequenceFrame) -> Result<Step, Throw> {
    Ok(Step::done(frame.first_free(), 0))
}

/// Says of each function whether native code may be made for it.
fn allow(vm: &mut Vm, protos: &[*mut Proto], allowed: bool) {
    for &proto in protos {
        // SAFETY: as in `inner_protos`; nobody holds a reference.
        unsafe { (*proto).is_interpreted_only = !allowed };
        if !allowed {
            (vm.jit.control)(vm, JitRequest::FlushProto(proto));
        }
    }
}

fn on(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    match subject(vm, frame)? {
        Subject::Engine => _ = (vm.jit.control)(vm, JitRequest::On),
        Subject::Protos(protos) => allow(vm, &protos, true),
    }
    done(frame)
}

fn off(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    match subject(vm, frame)? {
        Subject::Engine => _ = (vm.jit.control)(vm, JitRequest::Off),
        Subject::Protos(protos) => allow(vm, &protos, false),
    }
    done(frame)
}

/// `jit.flush()`, `jit.flush(function, recursive)` or `jit.flush(number of a trace)`.
fn flush(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    if let Some(n) = frame.arg(0).as_number() {
        // A number that no trace can have is that of none.
        (vm.jit.control)(vm, JitRequest::FlushTrace(n as u32));
        return done(frame);
    }
    match subject(vm, frame)? {
        Subject::Engine => _ = (vm.jit.control)(vm, JitRequest::Flush),
        Subject::Protos(protos) => {
            for proto in protos {
                (vm.jit.control)(vm, JitRequest::FlushProto(proto));
            }
        }
    }
    done(frame)
}

/// Whether hot code is compiled, then the names of what the optimiser does.
fn status(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let first = frame.first_free();
    let is_on = (vm.jit.control)(vm, JitRequest::Status);
    frame.set_slot(first, Value::boolean(is_on));
    for (i, name) in (1..).zip(&OPTIMISATIONS[..DONE_HERE]) {
        let name = vm.new_string(name.as_bytes())?;
        frame.set_slot(first + i, name);
    }
    Ok(Step::done(first, 1 + DONE_HERE as u32))
}

/// `jit.opt.start(...)`: levels (`3`), flags (`-fold`, `+cse`, `noloop`) and parameters (`hotloop=10`).
fn start(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    for i in 0..frame.nargs {
        let option = vm.check_string(frame.args(), i)?.bytes();
        match parse_option(option) {
            Some(OptOption::Ignored) => {}
            Some(OptOption::Set(parameter, n)) => {
                (vm.jit.control)(vm, JitRequest::Set(parameter, n));
            }
            None => {
                let text = [b"unknown or malformed optimization flag '", option, b"'"].concat();
                return Err(vm.runtime_error(&text));
            }
        }
    }
    done(frame)
}

#[derive(Debug, PartialEq, Eq)]
enum OptOption {
    /// A level, a flag, or a parameter that means nothing here.
    Ignored,
    Set(JitParameter, u32),
}

fn parse_option(option: &[u8]) -> Option<OptOption> {
    let option = std::str::from_utf8(option).ok()?;
    if matches!(option, "0" | "1" | "2" | "3") {
        return Some(OptOption::Ignored);
    }
    if let Some((name, n)) = option.split_once('=') {
        let n = n.parse().ok()?;
        let parameter = match name {
            "hotloop" => JitParameter::HotLoop,
            "hotexit" => JitParameter::HotExit,
            "maxtrace" => JitParameter::MaxTraces,
            _ => return OTHER_PARAMETERS.contains(&name).then_some(OptOption::Ignored),
        };
        return Some(OptOption::Set(parameter, n));
    }
    let flag = option.strip_prefix(['+', '-']).or_else(|| option.strip_prefix("no")).unwrap_or(option);
    OPTIMISATIONS.contains(&flag).then_some(OptOption::Ignored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_optimiser() {
        for known in ["0", "3", "fold", "+cse", "-loop", "nosink", "narrow", "maxside=5"] {
            assert_eq!(parse_option(known.as_bytes()), Some(OptOption::Ignored), "{known}");
        }
        assert_eq!(parse_option(b"hotloop=7"), Some(OptOption::Set(JitParameter::HotLoop, 7)));
        for unknown in ["4", "", "33", "folds", "+", "hotloop", "hotloop=", "hotloop=x", "hot=1"] {
            assert_eq!(parse_option(unknown.as_bytes()), None, "{unknown}");
        }
    }
}
