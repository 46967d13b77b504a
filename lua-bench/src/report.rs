//! What was measured, for a reader at a terminal and for a program.
//!
//! A category's table has a row for each program and a column for each VM; a cell is
//!
//! ```text
//! 1.234 +3%  0.98x
//! |     |    `---- the minimum's ratio to the base VM's; below 1 is faster
//! |     `--------- how far the median lies above the minimum
//! `--------------- the minimum, in CPU seconds
//! ```

use std::fmt;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde::Serialize;

use crate::measure::{Row, Samples};
use crate::run::{Failure, Usage, run};
use crate::stats::{geometric_mean, median, minimum};
use crate::vm::Vm;

/// What the times were taken on, and how.
#[derive(Serialize)]
pub struct Conditions {
    /// Seconds since 1970.
    started_unix: u64,
    cpu: String,
    cores: usize,
    /// The kernel's count of waiting processes in the last minute, before the first run.
    load: Option<f64>,
    repeats: u32,
    timeout_seconds: f64,
    base: String,
    vms: Vec<VmDescription>,
}

#[derive(Serialize)]
struct VmDescription {
    name: String,
    command: String,
    version: String,
}

impl Conditions {
    /// The conditions of a measurement that begins now.
    pub fn now(repeats: u32, limit: Duration, base: String, vms: &[Vm]) -> Conditions {
        Conditions {
            started_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            cpu: cpu_model(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load: fs::read_to_string("/proc/loadavg").ok().as_deref().and_then(first_number),
            repeats,
            timeout_seconds: limit.as_secs_f64(),
            base,
            vms: vms.iter().map(describe).collect(),
        }
    }
}

/// Everything that was measured.
pub struct Report {
    conditions: Conditions,
    /// The base VM's index.
    base: usize,
    rows: Vec<Row>,
}

impl Report {
    /// `rows` come category by category and have a result for each VM of `conditions`.
    pub fn new(conditions: Conditions, base: usize, rows: Vec<Row>) -> Report {
        Report { conditions, base, rows }
    }

    pub fn has_failures(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.results).any(Result::is_err)
    }

    /// # Errors
    ///
    /// None that a report can cause; `serde_json` asks for it.
    pub fn to_json(&self) -> Result<String> {
        let programs = self.rows.iter().map(|row| ProgramJson {
            category: &row.program.category,
            name: &row.program.name,
            results: row
                .results
                .iter()
                .zip(&self.conditions.vms)
                .map(|(r, vm)| ResultJson::new(r, vm))
                .collect(),
        });
        let geometric_means = self.categories().into_iter().flat_map(|(category, rows)| {
            self.conditions.vms.iter().enumerate().filter_map(move |(vm, description)| {
                let ratios = self.ratios(rows, vm);
                Some(MeanJson {
                    category,
                    vm: &description.name,
                    ratio: geometric_mean(&ratios)?,
                    programs: ratios.len(),
                })
            })
        });
        let whole = ReportJson {
            conditions: &self.conditions,
            programs: programs.collect(),
            geometric_means: geometric_means.collect(),
        };
        Ok(serde_json::to_string_pretty(&whole)? + "\n")
    }

    /// The categories in order, each with its rows.
    fn categories(&self) -> Vec<(&str, &[Row])> {
        self.rows
            .chunk_by(|a, b| a.program.category == b.program.category)
            .map(|rows| (rows[0].program.category.as_str(), rows))
            .collect()
    }

    /// The ratios of `vm` to the base, of those rows where both have a time.
    fn ratios(&self, rows: &[Row], vm: usize) -> Vec<f64> {
        rows.iter().filter_map(|row| self.ratio(row, vm)).collect()
    }

    fn ratio(&self, row: &Row, vm: usize) -> Option<f64> {
        let time =
            |vm: usize| row.results[vm].as_ref().ok().and_then(|samples| minimum(&samples.cpu_seconds()));
        Some(time(vm)? / time(self.base)?).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
    }

    fn header(&self, first: String) -> Vec<String> {
        let names = self.conditions.vms.iter().map(|vm| vm.name.clone());
        [first].into_iter().chain(names).collect()
    }

    fn time_table(&self, category: &str, rows: &[Row]) -> Vec<Vec<String>> {
        let mut table = vec![self.header(category.to_owned())];
        for row in rows {
            let cells = row.results.iter().enumerate().map(|(vm, result)| match result {
                Ok(samples) => time_cell(samples, self.ratio(row, vm)),
                Err(failure) => failure.word().to_owned(),
            });
            table.push([row.program.name.clone()].into_iter().chain(cells).collect());
        }
        let means = (0..self.conditions.vms.len()).map(|vm| mean_cell(&self.ratios(rows, vm), rows.len()));
        table.push(["geometric mean".to_owned()].into_iter().chain(means).collect());
        table
    }

    fn memory_table(&self) -> Vec<Vec<String>> {
        let mut table = vec![self.header("peak memory, MiB".to_owned())];
        for row in &self.rows {
            let cells = row.results.iter().map(|result| match result {
                Ok(samples) => format!("{:.1}", samples.peak_bytes() as f64 / f64::from(1 << 20)),
                Err(failure) => failure.word().to_owned(),
            });
            table.push([row.program.label()].into_iter().chain(cells).collect());
        }
        table
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions = &self.conditions;
        writeln!(f, "{}, {} cores", conditions.cpu, conditions.cores)?;
        for vm in &conditions.vms {
            writeln!(f, "  {}: {} ({})", vm.name, vm.version, vm.command)?;
        }
        writeln!(
            f,
            "CPU seconds: minimum of {} runs, how far the median is above it, ratio to {}.",
            conditions.repeats, conditions.base
        )?;
        if conditions.load.is_some_and(|load| load > 0.5) {
            writeln!(f, "The machine was busy with other work: do not publish these times.")?;
        }
        for (category, rows) in self.categories() {
            writeln!(f)?;
            write_table(f, &self.time_table(category, rows))?;
        }
        writeln!(f)?;
        write_table(f, &self.memory_table())?;
        if self.has_failures() {
            writeln!(f, "\nfailures:")?;
        }
        for row in &self.rows {
            for (vm, result) in conditions.vms.iter().zip(&row.results) {
                if let Err(failure) = result {
                    writeln!(f, "  {} on {}: it {failure}", row.program.label(), vm.name)?;
                }
            }
        }
        Ok(())
    }
}

impl Samples {
    fn cpu_seconds(&self) -> Vec<f64> {
        self.0.iter().map(Usage::cpu_seconds).collect()
    }

    fn peak_bytes(&self) -> u64 {
        self.0.iter().map(|usage| usage.peak_bytes).max().unwrap_or(0)
    }
}

fn time_cell(samples: &Samples, ratio: Option<f64>) -> String {
    let times = samples.cpu_seconds();
    let (Some(least), Some(middle)) = (minimum(&times), median(&times)) else { return "-".to_owned() };
    let above = if least > 0.0 { (middle / least - 1.0) * 100.0 } else { 0.0 };
    let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}x"));
    format!("{least:.3} {:>4} {ratio:>6}", format!("+{above:.0}%"))
}

/// Says how many programs a mean is of if that is not all `rows`.
fn mean_cell(ratios: &[f64], rows: usize) -> String {
    match geometric_mean(ratios) {
        None => "-".to_owned(),
        Some(mean) if ratios.len() == rows => format!("{mean:.2}x"),
        Some(mean) => format!("({} of {rows}) {mean:.2}x", ratios.len()),
    }
}

/// Writes `table`, whose rows are equally long and whose first is a header, with its columns aligned.
fn write_table(f: &mut fmt::Formatter<'_>, table: &[Vec<String>]) -> fmt::Result {
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
    for row in table {
        write!(f, "{:<width$}", row[0], width = widths[0])?;
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            write!(f, "  {cell:>width$}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn describe(vm: &Vm) -> VmDescription {
    VmDescription { name: vm.name.clone(), command: vm.command_line(), version: version(vm) }
}

/// What `vm -v` says in its first line; PUC Lua 5.1 says it on the error output.
fn version(vm: &Vm) -> String {
    let finished = run(vm, "-v".as_ref(), Duration::from_secs(10));
    let line = finished.ok().and_then(|finished| {
        finished.output.lines().chain(finished.errors.lines()).next().map(|line| line.trim().to_owned())
    });
    line.unwrap_or_else(|| "unknown version".to_owned())
}

fn cpu_model(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    line.map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':'])).to_owned()
}

fn first_number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

#[derive(Serialize)]
struct ReportJson<'a> {
    conditions: &'a Conditions,
    programs: Vec<ProgramJson<'a>>,
    geometric_means: Vec<MeanJson<'a>>,
}

#[derive(Serialize)]
struct ProgramJson<'a> {
    category: &'a str,
    name: &'a str,
    results: Vec<ResultJson<'a>>,
}

/// Either a failure, or samples and what they come to.
#[derive(Serialize)]
struct ResultJson<'a> {
    vm: &'a str,
    failure: Option<String>,
    cpu_seconds_minimum: Option<f64>,
    cpu_seconds_median: Option<f64>,
    peak_bytes: Option<u64>,
    samples: &'a [Usage],
}

impl<'a> ResultJson<'a> {
    fn new(result: &'a Result<Samples, Failure>, vm: &'a VmDescription) -> ResultJson<'a> {
        let samples = result.as_ref().ok();
        let times = samples.map(Samples::cpu_seconds).unwrap_or_default();
        ResultJson {
            vm: &vm.name,
            failure: result.as_ref().err().map(Failure::to_string),
            cpu_seconds_minimum: minimum(&times),
            cpu_seconds_median: median(&times),
            peak_bytes: samples.map(Samples::peak_bytes),
            samples: samples.map_or(&[], |samples| &samples.0),
        }
    }
}

#[derive(Serialize)]
struct MeanJson<'a> {
    category: &'a str,
    vm: &'a str,
    ratio: f64,
    /// How many ratios it is the mean of.
    programs: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::Program;

    fn samples(times: &[f64]) -> Result<Samples, Failure> {
        let usage = |&time| Usage { user_seconds: time, peak_bytes: 3 << 20, ..Usage::default() };
        Ok(Samples(times.iter().map(usage).collect()))
    }

    fn row(name: &str, results: Vec<Result<Samples, Failure>>) -> Row {
        let program = Program {
            category: "mixed".to_owned(),
            name: name.to_owned(),
            path: "".into(),
            check: "1".to_owned(),
        };
        Row { program, results }
    }

    /// Two programs on two VMs; the second VM is the base, and times out on the second program.
    fn report() -> Report {
        let vm = |name: &str| VmDescription {
            name: name.to_owned(),
            command: format!("/bin/{name}"),
            version: format!("{name} 1"),
        };
        let conditions = Conditions {
            started_unix: 0,
            cpu: "A processor".to_owned(),
            cores: 2,
            load: Some(0.0),
            repeats: 3,
            timeout_seconds: 9.0,
            base: "b".to_owned(),
            vms: vec![vm("a"), vm("b")],
        };
        let rows = vec![
            row("fib", vec![samples(&[0.6, 0.5, 0.55]), samples(&[1.0])]),
            row("loops", vec![samples(&[2.0]), Err(Failure::TimedOut(Duration::from_secs(9)))]),
        ];
        Report::new(conditions, 1, rows)
    }

    #[test]
    fn shows_times_ratios_means_memory_and_failures() {
        let expected = "\
A processor, 2 cores
  a: a 1 (/bin/a)
  b: b 1 (/bin/b)
CPU seconds: minimum of 3 runs, how far the median is above it, ratio to b.

mixed                           a                  b
fib             0.500 +10%  0.50x  1.000  +0%  1.00x
loops           2.000  +0%      -           time-out
geometric mean     (1 of 2) 0.50x     (1 of 2) 1.00x

peak memory, MiB    a         b
mixed/fib         3.0       3.0
mixed/loops       3.0  time-out

failures:
  mixed/loops on b: it was ended after 9 s
";
        assert_eq!(report().to_string(), expected);
    }

    #[test]
    fn json_holds_every_sample() {
        let json: serde_json::Value =
            serde_json::from_str(&report().to_json().expect("is written")).expect("is JSON");
        let fib = &json["programs"][0]["results"][0];
        assert_eq!(fib["cpu_seconds_minimum"], 0.5);
        assert_eq!(fib["cpu_seconds_median"], 0.55);
        assert_eq!(fib["samples"].as_array().map(Vec::len), Some(3));
        assert_eq!(fib["failure"], serde_json::Value::Null);
        let timed_out = &json["programs"][1]["results"][1];
        assert_eq!(timed_out["failure"], "was ended after 9 s");
        assert_eq!(timed_out["samples"].as_array().map(Vec::len), Some(0));
        assert_eq!(json["geometric_means"][0]["programs"], 1);
    }

    #[test]
    fn reads_what_the_kernel_says() {
        assert_eq!(cpu_model("processor\t: 0\nmodel\t\t: 17\nmodel name\t: Some CPU\n"), "Some CPU");
        assert_eq!(cpu_model(""), "unknown processor");
        assert_eq!(first_number("0.25 0.10 0.05 1/100 7\n"), Some(0.25));
        assert_eq!(first_number(""), None);
    }
}
