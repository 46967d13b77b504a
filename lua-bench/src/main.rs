//! `lua-bench`: times whole Lua programs on ferrous-lua and on the other Lua VMs of this machine.
//!
//! ```text
//! cargo build --release                          # the ferrous-lua that is timed
//! cargo run -p lua-bench --release -- --filter calls/ --repeats 5
//! ```
//!
//! Each run is a process of its own, and the VMs take turns, so that a busy minute on the machine falls on
//! all of them alike. The time compared is the CPU time the process used, user and system; the minimum of
//! the repeats stands for the program. A VM that answers wrongly, crashes or runs out of time has failed
//! there, and has no time; any failure makes this command fail.
//!
//! Reading order: [`programs`] and [`vm`] say what is run on what, [`run`] runs one process, [`measure`]
//! takes turns and judges answers, [`stats`] sums up, [`report`] shows.

#![forbid(unsafe_code)]

mod measure;
mod programs;
mod report;
mod run;
mod stats;
mod vm;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;

use crate::report::{Conditions, Report};
use crate::vm::Vm;

/// Times the benchmark programs on ferrous-lua and on every peer found on PATH: luajit (with and without its
/// JIT), lua5.1 and lua5.4.
#[derive(Parser)]
struct Options {
    /// Only programs whose `category/name` contains TEXT.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// How often each program runs on each VM.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,

    /// Another VM, or another command for one of the usual names (ferrous-jit, ferrous-interp, luajit,
    /// luajit-joff, lua5.1, lua5.4); may be repeated. CMD is split at white space, nothing in it is quoted.
    #[arg(long = "vm", value_name = "NAME=CMD")]
    vms: Vec<Vm>,

    /// Only the VMs of these names.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    only: Vec<String>,

    /// The VM that ratios are to: `luajit` if it is here, or else the first.
    #[arg(long, value_name = "NAME")]
    base: Option<String>,

    /// The wall time after which a run is ended and counts as failed.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,

    /// Writes every sample, and what they were taken on, to FILE.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// The folder that holds `category/name.lua`.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/programs"))]
    programs: PathBuf,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let programs = programs::find(&options.programs, options.filter.as_deref().unwrap_or(""))?;
    ensure!(!programs.is_empty(), "no program in {} passes the filter", options.programs.display());
    let vms = choose_vms(options.vms, &options.only)?;
    let base = choose_base(&vms, options.base.as_deref())?;
    let limit = Duration::from_secs(options.timeout);

    let conditions = Conditions::now(options.repeats, limit, vms[base].name.clone(), &vms);
    let mut rows = Vec::with_capacity(programs.len());
    for (done, program) in programs.into_iter().enumerate() {
        eprintln!("{:3}  {}", done + 1, program.label());
        rows.push(measure::measure(program, &vms, options.repeats, limit));
    }

    let report = Report::new(conditions, base, rows);
    print!("{report}");
    if let Some(path) = &options.json {
        fs::write(path, report.to_json()?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(if report.has_failures() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn choose_vms(given: Vec<Vm>, only: &[String]) -> Result<Vec<Vm>> {
    let mut vms = vm::merge(vm::usual(), given);
    if let Some(unknown) = only.iter().find(|name| vms.iter().all(|vm| vm.name != **name)) {
        bail!("no VM is named {unknown}; there are: {}", vm::names(&vms));
    }
    vms.retain(|vm| only.is_empty() || only.contains(&vm.name));
    ensure!(!vms.is_empty(), "no VM was found: build ferrous-lua beside this command, or give --vm");
    if only.is_empty() && !vms.iter().any(|vm| vm.name.starts_with(vm::FERROUS)) {
        eprintln!("note: no ferrous-lua beside this command; build it (cargo build --release) or give --vm");
    }
    Ok(vms)
}

/// The base's index in `vms`, which is not empty.
fn choose_base(vms: &[Vm], wanted: Option<&str>) -> Result<usize> {
    let index_of = |name: &str| vms.iter().position(|vm| vm.name == name);
    match wanted {
        Some(name) => {
            index_of(name).with_context(|| format!("no VM is named {name}; there are: {}", vm::names(vms)))
        }
        None => Ok(index_of("luajit").unwrap_or(0)),
    }
}
