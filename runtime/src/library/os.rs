//! The `os` library: time, the environment, files by name, other programs.
//!
//! Differences from PUC Lua: the only locale is `C`; `os.exit` unwinds to the driver, which ends the process; fields of a
//! date table are read without metamethods.
//!
//! Source: `loslib.c`.

use super::io::return_result;
use super::io::stream::{self, create_temporary, shell};
use crate::check::to_integer;
use crate::error::Throw;
use crate::native::Args;
use crate::object::{Gc, Table};
use crate::text::calendar::{Fields, TimeZone};
use crate::text::strftime::append_date;
use crate::{Value, Vm};
use std::io;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

natives! {
    /// The library's functions.
    static FUNCTIONS of "os";
    leaf CLOCK "clock" = clock;
    leaf DATE "date" = date;
    leaf DIFFTIME "difftime" = difftime;
    leaf EXECUTE "execute" = execute;
    leaf EXIT "exit" = exit;
    leaf GETENV "getenv" = getenv;
    leaf REMOVE "remove" = remove;
    leaf RENAME "rename" = rename;
    leaf SETLOCALE "setlocale" = setlocale;
    leaf TIME "time" = time;
    leaf TMPNAME "tmpname" = tmpname;
}

/// Opens the library.
///
/// # Errors
///
/// Only `not enough memory`.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    super::open_table(vm, "os", FUNCTIONS, 0)?;
    Ok(())
}

/// Processor time that the program has used, in seconds.
fn clock(_: &mut Vm, args: Args) -> Result<u32, Throw> {
    args.ret1(Value::number(processor_time()))
}

#[cfg(unix)]
fn processor_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is ours to write to.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    debug_assert_eq!(result, 0, "every process has this clock");
    // C's `clock` counts whole microseconds.
    time.tv_sec as f64 + (time.tv_nsec / 1000) as f64 / 1e6
}

/// Where the system offers no such clock: the time since the first call.
#[cfg(not(unix))]
fn processor_time() -> f64 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}

/// Seconds since 1970.
fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}

/// The rules of local time, read once: a program cannot change `TZ`.
fn local_time() -> &'static TimeZone {
    static LOCAL: OnceLock<TimeZone> = OnceLock::new();
    LOCAL.get_or_init(TimeZone::local)
}

fn date(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let format = vm.opt_string(args, 0)?.map_or(&b"%c"[..], |s| s.bytes());
    let unix = if args.get(1).is_nil() { now() } else { to_integer(vm.check_number(args, 1)?) };
    let (zone, format) = match format.strip_prefix(b"!") {
        Some(rest) => (&TimeZone::UTC, rest),
        None => (local_time(), format),
    };
    let Some(moment) = zone.break_down(unix) else { return args.ret1(Value::NIL) };
    if format != b"*t" {
        let mut text = Vec::new();
        append_date(&mut text, format, &moment);
        let text = vm.new_string(&text)?;
        return args.ret1(text);
    }
    let table = vm.new_table(0, 9).map_err(|_| vm.throw_memory())?;
    let fields: [(&str, i64); 8] = [
        ("sec", moment.second.into()),
        ("min", moment.minute.into()),
        ("hour", moment.hour.into()),
        ("day", moment.day.into()),
        ("month", moment.month.into()),
        ("year", moment.year),
        ("wday", i64::from(moment.weekday) + 1),
        ("yday", i64::from(moment.day_of_year) + 1),
    ];
    for (name, n) in fields {
        super::set_field(vm, table, name, Value::number(n as f64))?;
    }
    super::set_field(vm, table, "isdst", Value::boolean(moment.is_dst))?;
    args.ret1(Value::table(table))
}

fn time(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    if args.get(0).is_nil() {
        return args.ret1(Value::number(now() as f64));
    }
    let table = vm.check_table(args, 0)?;
    // In the order in which PUC Lua finds that one is missing.
    let second = date_field(vm, table, "sec", Some(0))?;
    let minute = date_field(vm, table, "min", Some(0))?;
    let hour = date_field(vm, table, "hour", Some(12))?;
    let day = date_field(vm, table, "day", None)?;
    let month = date_field(vm, table, "month", None)?;
    let year = date_field(vm, table, "year", None)?;
    let is_dst = field(vm, table, "isdst")?;
    let is_dst = (!is_dst.is_nil()).then(|| is_dst.is_truthy());
    let fields = Fields { year, month, day, hour, minute, second, is_dst };
    // C's `mktime` gives -1 for a date that it cannot represent, and so for the second before 1970.
    match local_time().unix_time(&fields).filter(|&unix| unix != -1) {
        Some(unix) => args.ret1(Value::number(unix as f64)),
        None => args.ret1(Value::NIL),
    }
}

fn field(vm: &mut Vm, table: Gc<Table>, name: &str) -> Result<Value, Throw> {
    let key = vm.intern(name.as_bytes()).map_err(|_| vm.throw_memory())?;
    Ok(vm.table_get_str(table, key))
}

/// A field of a date table. Without a default it must be there.
fn date_field(vm: &mut Vm, table: Gc<Table>, name: &str, default: Option<i32>) -> Result<i32, Throw> {
    match (crate::arith::to_number(field(vm, table, name)?), default) {
        (Some(n), _) => Ok(to_integer(n) as i32),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(vm.runtime_error(format!("field '{name}' missing in date table").as_bytes())),
    }
}

fn difftime(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    // The second first, as PUC Lua comes to check them.
    let b = vm.opt_number(args, 1, 0.0)?;
    let a = vm.check_number(args, 0)?;
    args.ret1(Value::number(to_integer(a) as f64 - to_integer(b) as f64))
}

/// Runs a command in the system's shell and returns its status as `system` gives it; without a command,
/// whether there is a shell.
fn execute(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let Some(command) = vm.opt_string(args, 0)? else { return args.ret1(Value::number(1.0)) };
    vm.flush_files();
    let status = shell(command.bytes()).status().map_or(-1, wait_status);
    args.ret1(Value::number(status.into()))
}

#[cfg(unix)]
fn wait_status(status: std::process::ExitStatus) -> i32 {
    std::os::unix::process::ExitStatusExt::into_raw(status)
}

#[cfg(not(unix))]
fn wait_status(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// Asks the driver to end the process. The error that unwinds to it cannot be caught: whoever stops errors looks at
/// [`Vm::exit_code`] first. As LuaJIT's, it takes true and false for success and failure.
fn exit(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let code = match args.get(0) {
        Value::TRUE => 0,
        Value::FALSE => 1,
        _ => vm.opt_int(args, 0, 0)?,
    };
    vm.flush_files();
    vm.exit_code = Some(code);
    Err(vm.throw(Value::NIL))
}

fn getenv(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let name = vm.check_string(args, 0)?.bytes();
    // A name that no variable can have is only not found; `var_os` would panic.
    let impossible = name.is_empty() || name.iter().any(|b| matches!(b, 0 | b'='));
    let value = if impossible { None } else { std::env::var_os(stream::os_string(name)) };
    match value {
        Some(value) => {
            let value = vm.new_string(value.as_encoded_bytes())?;
            args.ret1(value)
        }
        None => args.ret1(Value::NIL),
    }
}

fn remove(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let name = vm.check_string(args, 0)?.bytes();
    let path = stream::path(name);
    let is_folder = path.symlink_metadata().is_ok_and(|m| m.is_dir());
    let result = if is_folder { std::fs::remove_dir(path) } else { std::fs::remove_file(path) };
    return_result(vm, args, Some(name), result)
}

fn rename(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (from, to) = (vm.check_string(args, 0)?.bytes(), vm.check_string(args, 1)?.bytes());
    let result = std::fs::rename(stream::path(from), stream::path(to));
    return_result(vm, args, Some(from), result)
}

fn tmpname(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let made: io::Result<_> = create_temporary();
    match made {
        Ok((path, _)) => {
            let name = vm.new_string(path.as_os_str().as_encoded_bytes())?;
            args.ret1(name)
        }
        Err(_) => Err(vm.runtime_error(b"unable to generate a unique filename")),
    }
}

fn setlocale(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let name = vm.opt_string(args, 0)?;
    vm.check_option(args, 1, Some(0), &["all", "collate", "ctype", "monetary", "numeric", "time"])?;
    match name.map(|s| s.bytes()) {
        None | Some(b"" | b"C" | b"POSIX") => {
            let c = vm.new_string(b"C")?;
            args.ret1(c)
        }
        Some(_) => args.ret1(Value::NIL),
    }
}
