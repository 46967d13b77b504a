//! `lua-bench`: times whole Lua programs on ferrous-lua and on the other Lua VMs of this machine.
//!
//! ```text
//! cargo run -p lua-bench --release -- --quick
//! ```
//!
//! Each run is a process of its own, and the VMs take turns, so that a busy minute on the machine falls on
//! all of them alike. The time compared is the CPU time the process used, user and system; the minimum of
//! the repeats stands for the program. A VM that answers wrongly, crashes or runs out of time has failed
//! there, and has no time; any failure makes this command end with 1. Where it cannot do what it was asked for, it ends with 2.
//!
//! Reading order: [`programs`] and [`vm`] say what is run on what, [`run`] runs one process, [`mod@measure`]
//! takes turns and judges answers, [`results`] keeps what came of it, [`stats`] sums up, [`table`] shows.

#![forbid(unsafe_code)]

mod activity;
mod build;
mod compare;
mod compilation;
mod conditions;
mod embedding;
mod measure;
mod noise;
mod page;
mod pinning;
mod profile;
mod programs;
mod progress;
mod readme;
mod reference;
mod results;
mod run;
mod start_up;
mod stats;
mod table;
mod vm;
mod warm_up;

use std::env;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, ValueEnum};

use crate::activity::Activity;
use crate::compare::Comparison;
use crate::conditions::{Conditions, Settings};
use crate::measure::Plan;
use crate::pinning::{Choice, Pinning};
use crate::programs::{Program, Set};
use crate::progress::Progress;
use crate::results::Results;
use crate::vm::Vm;

/// The repeats where none are asked for.
const REPEATS: u32 = 5;
const QUICK_REPEATS: u32 = 3;

/// Times the benchmark programs on ferrous-lua and on every peer found on PATH: luajit (with and without its
/// JIT), lua5.1, lua5.4 and luau. With a C compiler, also the C versions of some programs, as `c`.
#[derive(Parser)]
struct Options {
    /// Two or three programs of each category, small: under two minutes.
    #[arg(long)]
    quick: bool,

    /// Only programs whose `category/name` contains TEXT.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,

    /// How often each program runs on each VM: 5 times if nothing is said, 3 times with --quick.
    #[arg(long, alias = "repeat", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    repeats: Option<u32>,

    /// Rounds before those whose times count.
    #[arg(long, value_name = "N", default_value_t = 0)]
    discard: u32,

    /// Another VM, or another command for one of the usual names (ferrous-jit, ferrous-interp, luajit,
    /// luajit-joff, lua5.1, lua5.4, luau, c); may be repeated. CMD is split at white space, nothing in it is quoted.
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

    /// The processors that VMs run on: `last`, `none` for any, or numbers.
    #[arg(long, value_name = "LIST", default_value = "last")]
    pin: Choice,

    /// Also takes warm-up curves, of N iterations, of those programs that are in the quick set.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "30",
        value_parser = clap::value_parser!(u32).range(1..))]
    warm_up: Option<u32>,

    /// Writes every sample, and what they were taken on, to FILE.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Writes a line for each program and VM to FILE.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// Writes a page with plots to FILE.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// An earlier file of --json that the page's history shows; may be repeated.
    #[arg(long, value_name = "FILE", requires = "html")]
    history: Vec<PathBuf>,

    /// Measures nothing, but shows what --json wrote to FILE.
    #[arg(long, value_name = "FILE")]
    show: Option<PathBuf>,

    /// With --show FILE: rewrites the performance section of README from FILE.
    #[arg(long, value_name = "README", requires = "show")]
    readme: Option<PathBuf>,

    /// Measures nothing, but says what has changed from what --json wrote to A to what it wrote to B; or, with A alone and
    /// --only X,Y, from VM X to VM Y, which took turns in A: the surest comparison of two builds.
    #[arg(long, num_args = 1..=2, value_names = ["A", "B"], conflicts_with = "show")]
    compare: Option<Vec<PathBuf>>,

    /// Also measures the border between Rust and Lua, next to mlua with LuaJIT and Lua 5.1, which it builds;
    /// with `=only` nothing else.
    #[arg(long, value_name = "only", num_args = 0..=1, require_equals = true, default_missing_value = "too",
        hide_possible_values = true, conflicts_with_all = ["show", "compare", "profile"])]
    embedding: Option<Border>,

    /// Measures nothing, but shows where the time of the one program that PROGRAM names goes, on ferrous-jit
    /// or the VM of --only.
    #[arg(long, value_name = "PROGRAM", conflicts_with_all = ["show", "compare", "filter"])]
    profile: Option<String>,

    /// With --profile: writes a flame graph to FILE.
    #[arg(long, value_name = "FILE", requires = "profile")]
    flame: Option<PathBuf>,

    /// The folder that holds `name.lua` or `category/name.lua`. Programs of your own need no line `--! check: VALUE`: without one all
    /// VMs must print the same.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/programs"))]
    programs: PathBuf,
}

/// With what the border between Rust and Lua is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Border {
    /// With the programs.
    Too,
    /// By itself.
    Only,
}

fn main() -> ExitCode {
    // Not returned from `main`: where backtraces are asked for, that would show one, and a wrong argument is not a bug.
    carry_out(&Options::parse()).unwrap_or_else(|problem| {
        eprintln!("lua-bench: {problem:#}");
        ExitCode::from(2)
    })
}

fn carry_out(options: &Options) -> Result<ExitCode> {
    if let Some(files) = &options.compare {
        print!("{}", compare(files, &options.only)?);
        return Ok(ExitCode::SUCCESS);
    }
    if options.embedding == Some(Border::Only) {
        println!("{}", table::embedding(&embedding::measure()?));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(name) = &options.profile {
        profile(options, name)?;
        return Ok(ExitCode::SUCCESS);
    }
    // What may go wrong with files had better go wrong before all is measured.
    let mut history = options.history.iter().map(|path| Results::read(path)).collect::<Result<Vec<_>>>()?;
    for path in [&options.json, &options.csv, &options.html].into_iter().flatten() {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.with_context(|| format!("cannot write {}", path.display()))?;
    }
    let results = match &options.show {
        Some(path) => Results::read(path)?,
        None => measure(options)?,
    };
    print!("{}", table::Text(&results));
    if let Some(path) = &options.json {
        results.write(path)?;
    }
    if let Some(path) = &options.csv {
        results.write_csv(path)?;
    }
    if let (Some(readme), Some(file)) = (&options.readme, &options.show) {
        readme::rewrite(readme, file, &results)?;
    }
    if let Some(path) = &options.html {
        history.sort_by_key(|earlier| earlier.conditions.started_unix);
        page::write(&results, &history, path)?;
    }
    Ok(if results.has_failures() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn compare(files: &[PathBuf], only: &[String]) -> Result<Comparison> {
    let results = files.iter().map(|file| Results::read(file)).collect::<Result<Vec<_>>>()?;
    match (results.as_slice(), only) {
        ([before, after], []) => Comparison::new(before, after),
        ([both], [before, after]) => Comparison::within(both, before, after),
        _ => bail!("--compare takes two files, or one file and the two VMs of --only"),
    }
}

fn measure(options: &Options) -> Result<Results> {
    let set = if options.quick { Set::Quick } else { Set::Full };
    let programs = find(options, set)?;
    // Dropped at the end, for it owns the binaries.
    let reference = reference::compile(reference::FOLDER.as_ref(), &programs)?;
    let vms = choose_vms(options, reference.as_ref().map(|reference| &reference.vm))?;
    let pinning = Pinning::new(&options.pin)?;
    let repeats = options.repeats.unwrap_or(if options.quick { QUICK_REPEATS } else { REPEATS });
    let limit = Duration::from_secs(options.timeout);
    let settings = Settings {
        command: env::args().skip(1).fold("lua-bench".to_owned(), |line, word| line + " " + &word),
        base: choose_base(&vms, options.base.as_deref())?,
        repeats,
        limit,
        is_quick: options.quick,
        pinning: &pinning,
    };
    let conditions = Conditions::now(&settings, &vms);
    let plan = Plan { vms: &vms, repeats, discarded: options.discard, limit, pinning: &pinning };
    let progress = Progress::new();

    let start_up = start_up::measure(&plan, &progress)?;
    let activity = Activity::now();
    let mut results = Results::new(conditions, plan.measure(&programs, &progress));
    results.conditions.others = activity.and_then(|activity| activity.others_since());
    results.start_up = start_up;
    if let Some(ours) = vms.iter().find(|vm| vm.name == vm::OURS_WITH_JIT) {
        results.compilation = compilation::ask(ours, &programs, limit);
    }
    if let Some(iterations) = options.warm_up {
        results.warm_up = warm_up::measure(&plan, &find(options, Set::Quick)?, iterations, &progress);
    }
    if options.embedding.is_some() {
        results.embedding = embedding::measure()?;
    }
    Ok(results)
}

fn profile(options: &Options, name: &str) -> Result<()> {
    let set = if options.quick { Set::Quick } else { Set::Full };
    let programs = programs::find(&options.programs, set, name)?;
    let program = match programs.as_slice() {
        [program] => program,
        several => several
            .iter()
            .find(|program| program.name == name || program.label() == name)
            .with_context(|| format!("{name:?} names {} programs", several.len()))?,
    };
    let vms = choose_vms(options, None)?;
    let vm = vms.iter().find(|vm| !options.only.is_empty() || vm.name == vm::OURS_WITH_JIT);
    let vm = vm.context("there is no ferrous-jit to profile; name another VM with --only")?;
    let profile = profile::take(vm, program, Duration::from_secs(options.timeout))?;
    println!("{} on {}\n{}", program.label(), vm.name, profile.table());
    if let Some(path) = &options.flame {
        profile.write_flame_graph(&format!("{} on {}", program.label(), vm.name), path)?;
    }
    Ok(())
}

fn find(options: &Options, set: Set) -> Result<Vec<Program>> {
    let programs = programs::find(&options.programs, set, &options.filter)?;
    ensure!(!programs.is_empty(), "no program in {} passes the filter", options.programs.display());
    Ok(programs)
}

fn choose_vms(options: &Options, reference: Option<&Vm>) -> Result<Vec<Vm>> {
    let only = &options.only;
    let is_wanted = |name: &str| only.is_empty() || only.iter().any(|other| other == name);
    let is_given = |name: &str| options.vms.iter().any(|vm| vm.name == name);
    let ours = if vm::OURS.iter().any(|(name, _)| is_wanted(name) && !is_given(name)) {
        build::ours()?
    } else {
        None
    };
    let mut vms = vm::usual(ours);
    vms.extend(reference.cloned());
    let mut vms = vm::merge(vms, options.vms.clone());
    if let Some(unknown) = only.iter().find(|name| vms.iter().all(|vm| vm.name != **name)) {
        bail!("no VM is named {unknown}; there are: {}", vm::names(&vms));
    }
    vms.retain(|vm| is_wanted(&vm.name));
    ensure!(!vms.is_empty(), "no VM was found: start this command with cargo, or give --vm");
    if only.is_empty() && !vms.iter().any(Vm::is_ours) {
        eprintln!(
            "note: no ferrous-lua beside this command; start it with cargo, which builds one, or give --vm"
        );
    }
    Ok(vms)
}

fn choose_base(vms: &[Vm], wanted: Option<&str>) -> Result<String> {
    let has = |name: &str| vms.iter().any(|vm| vm.name == name);
    match wanted {
        Some(name) if has(name) => Ok(name.to_owned()),
        Some(name) => bail!("no VM is named {name}; there are: {}", vm::names(vms)),
        None if has("luajit") => Ok("luajit".to_owned()),
        None => Ok(vms.first().context("no VM was chosen")?.name.clone()),
    }
}
