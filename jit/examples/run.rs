//! Runs a Lua file with the JIT attached, for work on the JIT: `run [flags] FILE [ARGS]`.
//!
//! Flags are those of the command: `--no-jit`, `--jit`, `--jit-hot=N`, `--jit-sync`, `--jit-stress=SEED`, `--jit-stats`,
//! `--jit-dump`, `--gc-stress`; `--jit-max=N` allows so many traces.

use std::process::ExitCode;

use ferrous_lua_jit::{JitOptions, attach};
use ferrous_lua_runtime::library::{self, Library};
use ferrous_lua_runtime::vm::Options;
use ferrous_lua_runtime::{Throw, Value, Vm};

fn main() -> ExitCode {
    let mut jit = Some(JitOptions::default());
    let mut gc_stress = false;
    let (mut stats, mut dump, mut hot, mut max) = (false, false, None, None);
    let mut args = std::env::args().skip(1).peekable();
    while let Some(flag) = args.next_if(|arg| arg.starts_with("--")) {
        let (name, value) = flag.split_once('=').unwrap_or((&flag, ""));
        match name {
            "--no-jit" => jit = None,
            "--jit" => {}
            "--jit-sync" => jit = jit.map(|jit| JitOptions { synchronous: true, ..jit }),
            "--jit-hot" => hot = value.parse().ok(),
            "--jit-stress" => jit = Some(JitOptions::stress(value.parse().expect("a seed"))),
            "--jit-max" => max = value.parse().ok(),
            "--jit-stats" => stats = true,
            "--jit-dump" => dump = true,
            "--gc-stress" => gc_stress = true,
            _ => {
                eprintln!("unknown flag {flag}");
                return ExitCode::FAILURE;
            }
        }
    }
    let options = Options { gc_stress, profile: jit.is_some(), ..Options::default() };
    let mut vm = ferrous_lua_interp::new_state(options).expect("memory");
    for &lib in Library::ALL {
        library::open_library(&mut vm, lib).expect("memory");
    }
    if let Some(mut jit) = jit {
        if let Some(hot) = hot {
            jit = jit.hot_count(hot);
        }
        jit.count = stats;
        if let Some(max) = max {
            (jit.max_traces, jit.flush_when_full) = (max, false);
        }
        if dump {
            jit.dump = Some(Box::new(std::io::stderr()));
        }
        attach(&mut vm, jit).expect("a JIT");
    }
    let args: Vec<String> = args.collect();
    let code = match run(&mut vm, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => {
            let error = vm.error;
            match vm.exit_code {
                Some(code) => ExitCode::from(code as u8),
                None => {
                    match error.as_string() {
                        Some(s) => eprintln!("run: {}", s.bytes().escape_ascii()),
                        None => eprintln!("run: (error object is a {} value)", error.type_name()),
                    }
                    ExitCode::FAILURE
                }
            }
        }
    };
    vm.flush_files();
    if let Some(stats) = ferrous_lua_jit::stats(&mut vm).filter(|_| stats) {
        eprintln!("{stats}");
    }
    code
}

fn run(vm: &mut Vm, args: &[String]) -> Result<(), Throw> {
    let table = vm.new_table(args.len(), 0).expect("memory");
    for (i, arg) in args.iter().enumerate() {
        let arg = vm.new_string(arg.as_bytes())?;
        vm.raw_set_int(table, i as i64, arg)?;
    }
    let key = vm.new_string(b"arg")?;
    // SAFETY: the globals of a live state are live.
    let globals = unsafe { ferrous_lua_runtime::object::Gc::from_raw(vm.globals) };
    vm.raw_set(globals, key, Value::table(table))?;
    let mut values = Vec::new();
    for arg in args.iter().skip(1) {
        values.push(vm.new_string(arg.as_bytes())?);
    }
    let path = args.first().expect("a file");
    match vm.load_file(Some(path.as_bytes()))? {
        Ok(f) => ferrous_lua_interp::call(vm, f, &values).map(|_| ()),
        Err(message) => {
            vm.error = message;
            Err(vm.rethrow())
        }
    }
}
