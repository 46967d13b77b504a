//! What was measured, as it is kept: the JSON files that `--json` writes and everything else reads.
//!
//! Outcomes stand in the order of [`Conditions::vms`]. Only samples are kept; what they come to (minimum,
//! ratio, mean) is worked out by whoever shows it.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compilation::Compilation;
use crate::conditions::{Conditions, VmDescription};
use crate::embedding::Embedding;
use crate::run::{Failure, Usage};
use crate::stats::{geometric_mean, median, minimum};
use crate::warm_up::Curves;

/// Goes up whenever older files can no longer be read.
const FORMAT: u32 = 1;

/// Everything that one run of this command measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`FORMAT`] when it was written.
    pub format: u32,
    pub conditions: Conditions,
    /// Category by category.
    pub programs: Vec<ProgramResults>,
    /// An empty program on each VM.
    #[serde(default)]
    pub start_up: Vec<Outcome>,
    #[serde(default)]
    pub warm_up: Vec<Curves>,
    /// What ferrous-lua's JIT says about each program.
    #[serde(default)]
    pub compilation: Vec<Compilation>,
    #[serde(default)]
    pub embedding: Embedding,
}

/// One program on every VM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramResults {
    pub category: String,
    pub name: String,
    pub outcomes: Vec<Outcome>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Samples(Samples),
    Failed {
        /// For a cell of a table.
        word: String,
        message: String,
    },
    /// There is no such program for this VM.
    Absent,
}

/// One VM's runs of one program, in the order of the rounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// User and system.
    pub cpu_seconds: Vec<f64>,
    pub wall_seconds: Vec<f64>,
    pub peak_bytes: Vec<u64>,
}

impl Results {
    pub fn new(conditions: Conditions, programs: Vec<ProgramResults>) -> Results {
        Results {
            format: FORMAT,
            conditions,
            programs,
            start_up: Vec::new(),
            warm_up: Vec::new(),
            compilation: Vec::new(),
            embedding: Embedding::default(),
        }
    }

    /// # Errors
    ///
    /// If `path` cannot be read or holds no results that this version knows.
    pub fn read(path: &Path) -> Result<Results> {
        let read = || -> Result<Results> {
            let results: Results = serde_json::from_str(&fs::read_to_string(path)?)?;
            results.check()?;
            Ok(results)
        };
        read().with_context(|| format!("{} is no result file", path.display()))
    }

    /// What everybody who shows or compares results relies on.
    fn check(&self) -> Result<()> {
        ensure!(self.format == FORMAT, "its format is {}, not {FORMAT}", self.format);
        let vms = &self.conditions.vms;
        let outcomes = self.programs.iter().flat_map(|program| &program.outcomes).chain(&self.start_up);
        let complete = |outcomes: &[Outcome]| outcomes.len() == vms.len();
        ensure!(
            self.programs.iter().all(|program| complete(&program.outcomes))
                && (self.start_up.is_empty() || complete(&self.start_up))
                && self.warm_up.iter().all(|curves| curves.seconds.len() == vms.len())
                && self.embedding.is_whole(),
            "it does not have a figure in each column"
        );
        ensure!(
            outcomes.filter_map(Outcome::samples).all(Samples::are_possible)
                && self.warm_up.iter().flat_map(|curves| &curves.seconds).flatten().copied().all(is_time),
            "it has times that no run can have"
        );
        ensure!(vms.iter().any(|vm| vm.name == self.conditions.base), "its base VM is not one of its VMs");
        ensure!(all_differ(vms.iter().map(|vm| vm.name.clone())), "two of its VMs have one name");
        ensure!(all_differ(self.programs.iter().map(ProgramResults::label)), "it has a program twice");
        Ok(())
    }

    /// # Errors
    ///
    /// If `path` cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = self.to_json()?;
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// JSON with a line for each program, so that a file under version control has readable changes.
    fn to_json(&self) -> Result<String> {
        let Value::Object(fields) = serde_json::to_value(self)? else {
            unreachable!("a struct with named fields becomes an object")
        };
        let lines = |field: &Value| -> Result<String> {
            let Value::Array(items) = field else { return Ok(serde_json::to_string(field)?) };
            let items = items.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
            Ok(format!("[\n    {}\n  ]", items.join(",\n    ")))
        };
        let fields = fields
            .iter()
            .map(|(name, field)| Ok(format!("  \"{name}\": {}", lines(field)?)))
            .collect::<Result<Vec<_>>>()?;
        Ok(format!("{{\n{}\n}}\n", fields.join(",\n")))
    }

    /// Writes a table with a line for each program and VM.
    ///
    /// # Errors
    ///
    /// If `path` cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let context = || format!("cannot write {}", path.display());
        let mut table = csv::Writer::from_writer(File::create(path).with_context(context)?);
        for program in &self.programs {
            for (vm, outcome) in self.conditions.vms.iter().zip(&program.outcomes) {
                let samples = outcome.samples();
                table
                    .serialize(CsvLine {
                        category: &program.category,
                        program: &program.name,
                        vm: &vm.name,
                        failure: outcome.failure_word(),
                        runs: samples.map_or(0, |samples| samples.cpu_seconds.len()),
                        cpu_seconds_minimum: samples.map(Samples::minimum),
                        cpu_seconds_median: samples.map(Samples::median),
                        wall_seconds_minimum: samples.and_then(|samples| minimum(&samples.wall_seconds)),
                        peak_bytes: samples.map(Samples::peak_bytes),
                        ratio: self.ratio(program, self.index_of(&vm.name)),
                    })
                    .with_context(context)?;
            }
        }
        table.flush().with_context(context)
    }

    pub fn has_failures(&self) -> bool {
        let programs = self.programs.iter().flat_map(|program| &program.outcomes);
        programs.chain(&self.start_up).any(|outcome| outcome.failure_word().is_some())
    }

    /// Which program failed on which VM, and how.
    pub fn failures(&self) -> Vec<(String, &str, &str)> {
        let mut failures = Vec::new();
        for program in &self.programs {
            for (vm, outcome) in self.conditions.vms.iter().zip(&program.outcomes) {
                if let Outcome::Failed { message, .. } = outcome {
                    failures.push((program.label(), vm.name.as_str(), message.as_str()));
                }
            }
        }
        failures
    }

    /// The categories in order, each with its programs.
    pub fn categories(&self) -> Vec<(&str, &[ProgramResults])> {
        self.programs
            .chunk_by(|a, b| a.category == b.category)
            .map(|programs| (programs[0].category.as_str(), programs))
            .collect()
    }

    /// The VM's place among [`Conditions::vms`], which it is one of.
    pub fn index_of(&self, vm: &str) -> usize {
        let place = self.conditions.vms.iter().position(|other| other.name == vm);
        place.expect("a name taken from the conditions, or checked by `read`")
    }

    /// The programs' times on `vm` alone, under another name: one side of a comparison of two VMs.
    pub fn side(&self, vm: &str, name: &str) -> Results {
        let index = self.index_of(vm);
        let vms = vec![VmDescription { name: name.to_owned(), ..self.conditions.vms[index].clone() }];
        let conditions = Conditions { vms, base: name.to_owned(), ..self.conditions.clone() };
        let of_vm = |program: &ProgramResults| ProgramResults {
            outcomes: vec![program.outcomes[index].clone()],
            ..program.clone()
        };
        Results::new(conditions, self.programs.iter().map(of_vm).collect())
    }

    /// The minimum of `vm` to that of the base VM, if both have a time.
    pub fn ratio(&self, program: &ProgramResults, vm: usize) -> Option<f64> {
        let time = |vm: usize| program.outcomes[vm].samples().map(Samples::minimum);
        Some(time(vm)? / time(self.index_of(&self.conditions.base))?)
            .filter(|ratio| ratio.is_finite() && *ratio > 0.0)
    }

    /// The geometric mean of the ratios of `vm`, and how many there are.
    pub fn mean_ratio(&self, programs: &[ProgramResults], vm: usize) -> Option<(f64, usize)> {
        let ratios: Vec<f64> = programs.iter().filter_map(|program| self.ratio(program, vm)).collect();
        Some((geometric_mean(&ratios)?, ratios.len()))
    }

    /// The programs in which `vm` is slower than the base, and how much, worst first.
    pub fn losses(&self, vm: &str) -> Vec<(String, f64)> {
        let Some(vm) = self.conditions.vms.iter().position(|other| other.name == vm) else {
            return Vec::new();
        };
        let mut losses: Vec<(String, f64)> = self
            .programs
            .iter()
            .filter_map(|program| {
                Some((program.label(), self.ratio(program, vm).filter(|ratio| *ratio > 1.0)?))
            })
            .collect();
        losses.sort_by(|a, b| b.1.total_cmp(&a.1));
        losses
    }
}

impl ProgramResults {
    pub fn label(&self) -> String {
        format!("{}/{}", self.category, self.name)
    }
}

impl Outcome {
    /// The samples of a VM that has some.
    pub fn samples(&self) -> Option<&Samples> {
        match self {
            Outcome::Samples(samples) if !samples.cpu_seconds.is_empty() => Some(samples),
            _ => None,
        }
    }

    pub fn failure_word(&self) -> Option<&str> {
        match self {
            Outcome::Failed { word, .. } => Some(word),
            Outcome::Samples(_) | Outcome::Absent => None,
        }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Outcome {
        Outcome::Failed { word: failure.word().to_owned(), message: failure.to_string() }
    }
}

impl Samples {
    pub fn push(&mut self, usage: Usage) {
        self.cpu_seconds.push(usage.cpu_seconds());
        self.wall_seconds.push(usage.wall_seconds);
        self.peak_bytes.push(usage.peak_bytes);
    }

    /// As many of each figure, all of them possible.
    fn are_possible(&self) -> bool {
        let runs = self.cpu_seconds.len();
        self.wall_seconds.len() == runs
            && self.peak_bytes.len() == runs
            && self.cpu_seconds.iter().chain(&self.wall_seconds).copied().all(is_time)
    }

    /// The least CPU time; 0 without samples.
    pub fn minimum(&self) -> f64 {
        minimum(&self.cpu_seconds).unwrap_or(0.0)
    }

    pub fn median(&self) -> f64 {
        median(&self.cpu_seconds).unwrap_or(0.0)
    }

    /// How far the median lies above the minimum, as a fraction of it.
    pub fn spread(&self) -> f64 {
        let least = self.minimum();
        if least > 0.0 { self.median() / least - 1.0 } else { 0.0 }
    }

    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes.iter().copied().max().unwrap_or(0)
    }
}

/// Whether a run can have taken so many seconds: not less than none, nor years.
fn is_time(seconds: f64) -> bool {
    (0.0..1e8).contains(&seconds)
}

fn all_differ(names: impl Iterator<Item = String>) -> bool {
    let mut seen = HashSet::new();
    names.into_iter().all(|name| seen.insert(name))
}

#[derive(Serialize)]
struct CsvLine<'a> {
    category: &'a str,
    program: &'a str,
    vm: &'a str,
    failure: Option<&'a str>,
    runs: usize,
    cpu_seconds_minimum: Option<f64>,
    cpu_seconds_median: Option<f64>,
    wall_seconds_minimum: Option<f64>,
    peak_bytes: Option<u64>,
    /// To the base VM.
    ratio: Option<f64>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::conditions::tests::conditions;
    use crate::embedding::tests::example as embedding;

    pub(crate) fn samples(times: &[f64]) -> Outcome {
        let mut samples = Samples::default();
        for &time in times {
            samples.push(Usage {
                user_seconds: time,
                wall_seconds: time,
                peak_bytes: 3 << 20,
                ..Usage::default()
            });
        }
        Outcome::Samples(samples)
    }

    pub(crate) fn program(label: &str, outcomes: Vec<Outcome>) -> ProgramResults {
        let (category, name) = label.split_once('/').expect("category/name");
        ProgramResults { category: category.to_owned(), name: name.to_owned(), outcomes }
    }

    /// Two programs on two VMs and in C; the second VM is the base, and fails in the second program.
    pub(crate) fn example() -> Results {
        let failed =
            Outcome::Failed { word: "time-out".to_owned(), message: "was ended after 9 s".to_owned() };
        let programs = vec![
            program("calls/fib", vec![samples(&[0.6, 0.5, 0.55]), samples(&[1.0]), samples(&[0.25])]),
            program("calls/loops", vec![samples(&[2.0]), failed, Outcome::Absent]),
        ];
        Results::new(conditions(&["a", "b", "c"], "b"), programs)
    }

    #[test]
    fn a_file_holds_everything() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.json");
        let results = Results { start_up: vec![samples(&[0.001]); 3], embedding: embedding(), ..example() };
        results.write(&path).expect("can be written");
        assert_eq!(Results::read(&path).expect("can be read"), results);
    }

    #[test]
    fn a_damaged_file_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.json");
        let good = example().to_json().expect("is written");
        let mut lacking = example();
        lacking.programs[0].outcomes.pop();
        let lacking = lacking.to_json().expect("is written");
        let mut doubled = example();
        doubled.programs.push(doubled.programs[0].clone());
        let doubled = doubled.to_json().expect("is written");
        let mut cut = Results { embedding: embedding(), ..example() };
        cut.embedding.rows[0].nanoseconds.pop();
        let cut = cut.to_json().expect("is written");
        let changed = |from: &str, to: &str| {
            assert!(good.contains(from), "{good}");
            good.replace(from, to)
        };
        for damaged in [
            "",
            "{}",
            &good[..good.len() / 2],
            &changed("\"format\": 1", "\"format\": 99"),
            &changed("[0.6,0.5,0.55]", "[0.6,-0.5,0.55]"),
            &changed("[0.6,0.5,0.55]", "[0.6,0.5]"),
            &changed("[0.6,0.5,0.55]", "[0.6,0.5,1e300]"),
            &changed("\"name\":\"c\"", "\"name\":\"a\""),
            &lacking,
            &doubled,
            &cut,
        ] {
            fs::write(&path, damaged).expect("can be written");
            let problem = Results::read(&path).expect_err("it is damaged");
            assert!(problem.to_string().contains("results.json"), "{problem}");
        }
    }

    #[test]
    fn ratios_are_of_minima_where_both_have_one() {
        let results = example();
        assert_eq!(results.ratio(&results.programs[0], 0), Some(0.5));
        assert_eq!(results.ratio(&results.programs[1], 0), None);
        assert_eq!(results.mean_ratio(&results.programs, 2), Some((0.25, 1)));
        assert_eq!(results.losses("a"), []);
        let failures = results.failures();
        assert_eq!(failures, [("calls/loops".to_owned(), "b", "was ended after 9 s")]);
    }

    #[test]
    fn losses_come_worst_first() {
        let times = |ours: f64| vec![samples(&[ours]), samples(&[1.0])];
        let programs =
            vec![program("m/a", times(1.5)), program("m/b", times(0.5)), program("m/c", times(3.0))];
        let results = Results::new(conditions(&["a", "b"], "b"), programs);
        assert_eq!(results.losses("a"), [("m/c".to_owned(), 3.0), ("m/a".to_owned(), 1.5)]);
        assert_eq!(results.losses("none"), []);
    }

    #[test]
    fn csv_has_a_line_for_each_program_and_vm() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.csv");
        example().write_csv(&path).expect("can be written");
        let text = fs::read_to_string(&path).expect("can be read");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 2 * 3);
        assert_eq!(lines[1], "calls,fib,a,,3,0.5,0.55,0.5,3145728,0.5");
        assert_eq!(lines[5], "calls,loops,b,time-out,0,,,,,");
    }
}
