//! `--compare`: which programs changed between two measurements, and which differences are chance.
//!
//! Each program on each VM that both measurements have is a test, and so is the mean of each category: a change of one mechanism is
//! often too small to be seen in any one program, but not in all that use it. With a hundred tests five would be
//! "significant at 5 %" by chance. So probabilities are corrected by Holm's method: the chance that anything
//! at all is reported where nothing has changed is 5 %. VMs that are the same in both (the peers) are not
//! tested. They show instead how much the machine itself has changed: as a whole, which is taken off, and
//! from program to program, which [`crate::noise`] allows for.
//!
//! The surest comparison is that of two VMs in one measurement, which took turns: [`Comparison::within`].

use std::fmt;

use anyhow::{Result, ensure};
use comfy_table::{Cell as TableCell, Color};

use crate::noise::{Cell, Noise, interval, probability, typical};
use crate::results::{ProgramResults, Results};
use crate::stats::median;
use crate::table;
use crate::vm::FERROUS;

/// The chance that anything is reported where nothing has changed.
const LEVEL: f64 = 0.05;

/// A smaller change is not worth a line, however certain it is.
const LEAST_CHANGE: f64 = 0.01;

/// As few cells say little about the machine.
const ENOUGH_CONTROLS: usize = 8;

/// What has changed from one measurement to the other.
pub struct Comparison {
    machine: Machine,
    vms: Vec<VmComparison>,
    tests: usize,
    /// What keeps the two from being quite comparable.
    warnings: Vec<String>,
}

/// What is known about how the machine itself changed.
enum Machine {
    /// VMs that are the same in both show it: a ratio.
    Seen {
        drift: f64,
        controls: Vec<String>,
    },
    /// The two took turns: it was the same for both.
    Shared,
    Unknown,
}

/// One VM, all of whose programs are tested.
struct VmComparison {
    vm: String,
    /// How many there are.
    programs: usize,
    /// After to before.
    mean: f64,
    mean_interval: (f64, f64),
    /// The change that half of the programs would show if they had it.
    visible: f64,
    /// Programs, and the means of categories.
    changes: Vec<Change>,
}

struct Change {
    /// A program, or a category with a note of what its figures are.
    what: String,
    /// Before and after, of a program.
    seconds: Option<(f64, f64)>,
    /// After to before, less the machine's drift.
    ratio: f64,
    /// At the corrected confidence.
    interval: (f64, f64),
    /// By chance alone, corrected.
    probability: f64,
}

impl Change {
    fn is_significant(&self) -> bool {
        self.probability < LEVEL && (self.ratio - 1.0).abs() >= LEAST_CHANGE
    }
}

/// The cells of one VM, and their programs.
struct Cells {
    vm: String,
    programs: Vec<String>,
    cells: Vec<Cell>,
}

impl Cells {
    /// Where each category of several programs begins, and its cells.
    fn categories(&self) -> impl Iterator<Item = (usize, &[Cell])> {
        let category = |program: &String| program.split('/').next().map(str::to_owned);
        let mut first = 0;
        let all = self.programs.chunk_by(move |a, b| category(a) == category(b)).map(move |programs| {
            let from = first;
            first += programs.len();
            (from, &self.cells[from..first])
        });
        all.filter(|(_, cells)| cells.len() > 1)
    }
}

impl Comparison {
    /// # Errors
    ///
    /// If the measurements have no VM and program in common that can be tested, or programs have run only
    /// once.
    pub fn new(before: &Results, after: &Results) -> Result<Comparison> {
        Comparison::of(before, after, false)
    }

    /// Those VMs that are not controls: none is if the two sides `took_turns`.
    fn of(before: &Results, after: &Results, took_turns: bool) -> Result<Comparison> {
        let is_tested = |vm: &str| took_turns || !is_control(before, after, vm);
        let common: Vec<Cells> =
            after.conditions.vms.iter().filter_map(|vm| cells(before, after, &vm.name)).collect();
        ensure!(!common.is_empty(), "the two measurements have no program on no VM in common");
        let (tested, mut controls): (Vec<Cells>, Vec<Cells>) =
            common.into_iter().partition(|cells| is_tested(&cells.vm));
        if controls.iter().map(|cells| cells.cells.len()).sum::<usize>() < ENOUGH_CONTROLS {
            controls.clear();
        }
        ensure!(!tested.is_empty(), "all VMs are the same in both measurements, and none is ferrous-lua");

        let changes: Vec<f64> =
            controls.iter().flat_map(|control| control.cells.iter().map(Cell::change)).collect();
        let drift = median(&changes).unwrap_or(0.0);
        let restless = if took_turns { Some(1.0) } else { machine_excess(&controls, drift)? };
        let tests: usize = tested.iter().map(|cells| cells.cells.len() + cells.categories().count()).sum();
        let mut vms = tested
            .iter()
            .map(|cells| compare_vm(cells, drift, restless, tests))
            .collect::<Result<Vec<VmComparison>>>()?;
        correct(vms.iter_mut().flat_map(|vm| &mut vm.changes).collect());
        Ok(Comparison {
            machine: match controls.as_slice() {
                _ if took_turns => Machine::Shared,
                [] => Machine::Unknown,
                controls => Machine::Seen {
                    drift: drift.exp(),
                    controls: controls.iter().map(|cells| cells.vm.clone()).collect(),
                },
            },
            vms,
            tests,
            warnings: warnings(before, after),
        })
    }

    /// What `after` has that `before`, another VM of the same measurement, has not. The VMs took turns, so that the machine was the
    /// same for both.
    ///
    /// # Errors
    ///
    /// As [`Comparison::new`]; if there are no such VMs.
    pub fn within(results: &Results, before: &str, after: &str) -> Result<Comparison> {
        for name in [before, after] {
            let vms = &results.conditions.vms;
            ensure!(vms.iter().any(|vm| vm.name == name), "no VM is named {name} in that measurement");
        }
        ensure!(before != after, "a VM cannot be compared with itself");
        let name = format!("{after} to {before}");
        Comparison::of(&results.side(before, &name), &results.side(after, &name), true)
    }

    /// How much has changed, over all VMs.
    pub fn significant(&self) -> usize {
        self.changes().filter(|(_, change)| change.is_significant()).count()
    }

    fn changes(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.vms.iter().flat_map(|vm| vm.changes.iter().map(|change| (vm.vm.as_str(), change)))
    }
}

/// The runs of every program that `vm` ran without failure in both.
fn cells(before: &Results, after: &Results, vm: &str) -> Option<Cells> {
    let place = |results: &Results| results.conditions.vms.iter().position(|other| other.name == vm);
    let (place_before, place_after) = (place(before)?, place(after)?);
    let mut found = Cells { vm: vm.to_owned(), programs: Vec::new(), cells: Vec::new() };
    for program in &after.programs {
        let same = |other: &&ProgramResults| other.label() == program.label();
        let Some(earlier) = before.programs.iter().find(same) else { continue };
        let samples = (earlier.outcomes[place_before].samples(), program.outcomes[place_after].samples());
        let (Some(before), Some(after)) = samples else { continue };
        found.programs.push(program.label());
        found.cells.push(Cell { before: before.cpu_seconds.clone(), after: after.cpu_seconds.clone() });
    }
    (!found.cells.is_empty()).then_some(found)
}

/// Whether `vm` is somebody else's, and the same in both.
fn is_control(before: &Results, after: &Results, vm: &str) -> bool {
    let description = |results: &Results| results.conditions.vms[results.index_of(vm)].clone();
    !vm.starts_with(FERROUS) && description(before) == description(after)
}

/// How many times further the controls lie apart than their noise says; nothing without controls.
fn machine_excess(controls: &[Cells], drift: f64) -> Result<Option<f64>> {
    let mut excesses = Vec::new();
    for control in controls {
        excesses.push(noise(control)?.excess(&control.cells, drift));
    }
    Ok(median(&excesses))
}

fn compare_vm(cells: &Cells, drift: f64, restless: Option<f64>, tests: usize) -> Result<VmComparison> {
    let mut noise = noise(cells)?;
    // Without controls, most of the programs under test are taken to be unchanged.
    let excess = restless.unwrap_or_else(|| noise.excess(&cells.cells, 0.0));
    noise.widening = excess.max(1.0);
    let confidence = 1.0 - LEVEL / tests as f64;
    let mut changes = Vec::new();
    let mut visible = Vec::new();
    for (index, (program, cell)) in cells.programs.iter().zip(&cells.cells).enumerate() {
        let change = cell.change() - drift;
        let (low, high) = noise.interval(cell, index, change, confidence);
        visible.push((high - low) / 2.0);
        changes.push(Change {
            what: program.clone(),
            seconds: Some((typical(&cell.before), typical(&cell.after))),
            ratio: change.exp(),
            interval: (low.exp(), high.exp()),
            probability: noise.probability(cell, index, change),
        });
    }
    for (first, category) in cells.categories() {
        let (mean, chance) = (mean_change(category, drift), noise.means(category, first));
        let (low, high) = interval(&chance, mean, confidence);
        let name = cells.programs[first].split('/').next().unwrap_or_default();
        changes.push(Change {
            what: format!("{name}: mean of {}", category.len()),
            seconds: None,
            ratio: mean.exp(),
            interval: (low.exp(), high.exp()),
            probability: probability(&chance, mean),
        });
    }
    let mean = mean_change(&cells.cells, drift);
    let (low, high) = interval(&noise.means(&cells.cells, 0), mean, 1.0 - LEVEL);
    Ok(VmComparison {
        vm: cells.vm.clone(),
        programs: cells.cells.len(),
        mean: mean.exp(),
        mean_interval: (low.exp(), high.exp()),
        visible: median(&visible).unwrap_or(0.0).exp_m1(),
        changes,
    })
}

fn mean_change(cells: &[Cell], drift: f64) -> f64 {
    cells.iter().map(|cell| cell.change() - drift).sum::<f64>() / cells.len() as f64
}

fn noise(cells: &Cells) -> Result<Noise> {
    let noise = Noise::of(&cells.cells);
    noise.ok_or_else(|| {
        anyhow::anyhow!(
            "no program ran twice on {}, so that nobody knows what is chance: measure with --repeats 5 or more",
            cells.vm
        )
    })
}

/// Holm's correction: the `k`th smallest of `n` probabilities counts `n - k + 1` times.
fn correct(mut changes: Vec<&mut Change>) {
    changes.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let mut so_far: f64 = 0.0;
    let count = changes.len();
    for (rank, change) in changes.into_iter().enumerate() {
        so_far = so_far.max((change.probability * (count - rank) as f64).min(1.0));
        change.probability = so_far;
    }
}

fn warnings(before: &Results, after: &Results) -> Vec<String> {
    let (a, b) = (&before.conditions, &after.conditions);
    let mut warnings = Vec::new();
    if a.machine() != b.machine() {
        warnings.push(format!("the machines differ: {} and {}", a.machine(), b.machine()));
    }
    if a.is_quick != b.is_quick {
        warnings.push("one is of the quick set, whose programs are smaller".to_owned());
    }
    if a.pinned_to != b.pinned_to {
        warnings.push("VMs were pinned to other processors".to_owned());
    }
    warnings
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        match &self.machine {
            Machine::Seen { drift, controls } => writeln!(
                f,
                "The machine: {:+.1}% by {}, taken off below.",
                (drift - 1.0) * 100.0,
                controls.join(", ")
            )?,
            Machine::Shared => writeln!(f, "The two took turns: the machine was the same for both.")?,
            Machine::Unknown => {
                writeln!(f, "No VM is the same in both: a change of the machine would not be seen.")?
            }
        }
        let percent = (1.0 - LEVEL) * 100.0;
        for vm in &self.vms {
            let (low, high) = vm.mean_interval;
            writeln!(
                f,
                "{}: geometric mean {:.3} ({percent:.0}% interval {low:.3} to {high:.3}) of {} programs; \
                 a change of {:.1}% would be seen in half of them.",
                vm.vm,
                vm.mean,
                vm.programs,
                vm.visible * 100.0
            )?;
        }
        if self.significant() == 0 {
            return writeln!(f, "\nNo significant change in {} tests.", self.tests);
        }
        let titles = ["significant changes", "VM", "before", "after", "ratio", "interval", "chance"];
        let mut changed = table::table(titles.map(str::to_owned).to_vec());
        for (vm, change) in self.changes().filter(|(_, change)| change.is_significant()) {
            let (low, high) = change.interval;
            let colour = if change.ratio < 1.0 { Color::Green } else { Color::Red };
            changed.add_row([
                TableCell::new(&change.what),
                TableCell::new(vm),
                TableCell::new(seconds(change.seconds.map(|(before, _)| before))),
                TableCell::new(seconds(change.seconds.map(|(_, after)| after))),
                TableCell::new(format!("{:.3}", change.ratio)).fg(colour),
                TableCell::new(format!("{low:.3} to {high:.3}")),
                TableCell::new(format!("{:.4}", change.probability)),
            ]);
        }
        writeln!(f, "\n{changed}")?;
        writeln!(f, "{} significant changes in {} tests.", self.significant(), self.tests)
    }
}

fn seconds(time: Option<f64>) -> String {
    time.map_or_else(String::new, |time| format!("{time:.3} s"))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::conditions::tests::conditions;
    use crate::noise::tests::noisy;
    use crate::results::Outcome;
    use crate::results::tests::{program, samples};

    const PROGRAMS: usize = 30;

    /// A measurement of ferrous-jit and a peer, on a machine `speed` times as slow, with ferrous-jit `slower`
    /// times as slow in the first program.
    fn measurement(seed: u64, speed: f64, slower: f64, runs: usize) -> Results {
        let mut random = Rng::with_seed(seed);
        let programs = (0..PROGRAMS).map(|number| {
            let factor = if number == 0 { slower } else { 1.0 };
            let time = speed * (number + 1) as f64 / 10.0;
            let outcomes = vec![
                samples(&noisy(&mut random, time * factor, runs)),
                samples(&noisy(&mut random, time, runs)),
            ];
            program(&format!("mixed/p{number}"), outcomes)
        });
        let programs = programs.collect();
        Results::new(conditions(&["ferrous-jit", "luajit"], "luajit"), programs)
    }

    fn compare(before: &Results, after: &Results) -> Comparison {
        Comparison::new(before, after).expect("they can be compared")
    }

    #[test]
    fn a_build_against_itself_has_not_changed() {
        for seed in 0..40 {
            let comparison = compare(&measurement(seed, 1.0, 1.0, 5), &measurement(1000 + seed, 1.0, 1.0, 5));
            assert_eq!(comparison.significant(), 0, "{seed}: {comparison}");
        }
    }

    #[test]
    fn five_per_cent_in_one_program_are_seen_and_nothing_else() {
        for seed in 0..20 {
            let comparison =
                compare(&measurement(seed, 1.0, 1.0, 5), &measurement(1000 + seed, 1.0, 1.05, 5));
            let changed: Vec<_> =
                comparison.changes().filter(|(_, change)| change.is_significant()).collect();
            assert_eq!(changed.len(), 1, "{seed}: {comparison}");
            assert_eq!(changed[0].1.what, "mixed/p0");
            let (low, high) = changed[0].1.interval;
            assert!(low > 1.0 && low < 1.05 && high > 1.05, "{comparison}");
        }
    }

    #[test]
    fn a_slower_machine_is_no_change_where_a_peer_shows_it() {
        let comparison = compare(&measurement(1, 1.0, 1.0, 5), &measurement(2, 1.2, 1.0, 5));
        assert_eq!(comparison.significant(), 0, "{comparison}");
        let Machine::Seen { drift, .. } = comparison.machine else { panic!("there is a peer") };
        assert!((drift - 1.2).abs() < 0.01);
    }

    #[test]
    fn a_change_of_all_programs_is_seen_in_their_mean() {
        let after = measurement(2, 1.0, 1.0, 5);
        let mut before = measurement(1, 1.0, 1.0, 5);
        for program in &mut before.programs {
            let Outcome::Samples(samples) = &mut program.outcomes[0] else { unreachable!() };
            samples.cpu_seconds.iter_mut().for_each(|time| *time *= 1.03);
        }
        let comparison = compare(&before, &after);
        let (low, high) = comparison.vms[0].mean_interval;
        assert!(low < 1.0 / 1.03 && high > 1.0 / 1.03 && high < 1.0, "{comparison}");
    }

    #[test]
    fn a_small_change_of_a_category_is_seen_in_its_mean() {
        let after = measurement(2, 1.0, 1.0, 5);
        let mut before = measurement(1, 1.0, 1.0, 5);
        // Too little to be seen in one program.
        let changed = 10..20;
        for side in [&mut before.programs, &mut after.clone().programs] {
            side[changed.clone()].iter_mut().for_each(|program| program.category = "changed".to_owned());
        }
        let mut after = after;
        for program in &mut after.programs[changed] {
            program.category = "changed".to_owned();
            let Outcome::Samples(samples) = &mut program.outcomes[0] else { unreachable!() };
            samples.cpu_seconds.iter_mut().for_each(|time| *time *= 1.02);
        }
        let comparison = compare(&before, &after);
        let seen: Vec<_> = comparison.changes().filter(|(_, change)| change.is_significant()).collect();
        assert!(seen.iter().any(|(_, change)| change.what == "changed: mean of 10"), "{comparison}");
        assert!(seen.iter().all(|(_, change)| !change.what.starts_with("mixed")), "{comparison}");
    }

    #[test]
    fn two_vms_of_one_measurement_can_be_compared() {
        let (mut both, slower) = (measurement(1, 1.0, 1.0, 5), measurement(2, 1.0, 1.1, 5));
        both.conditions.vms.push(crate::conditions::VmDescription {
            name: "other".to_owned(),
            ..both.conditions.vms[0].clone()
        });
        for (program, slower) in both.programs.iter_mut().zip(slower.programs) {
            program.outcomes.push(slower.outcomes[0].clone());
        }
        let comparison = Comparison::within(&both, "ferrous-jit", "other").expect("both are there");
        let changed: Vec<_> = comparison.changes().filter(|(_, change)| change.is_significant()).collect();
        assert_eq!(changed.len(), 1, "{comparison}");
        assert!(changed[0].1.what == "mixed/p0" && changed[0].1.ratio > 1.05, "{comparison}");
        assert!(matches!(comparison.machine, Machine::Shared));
        assert!(Comparison::within(&both, "ferrous-jit", "ferrous-jit").is_err());
        assert!(Comparison::within(&both, "ferrous-jit", "nobody").is_err());
    }

    #[test]
    fn vms_and_programs_that_only_one_has_are_left_out() {
        let (mut before, after) = (measurement(1, 1.0, 1.0, 5), measurement(2, 1.0, 1.1, 5));
        let more = ["lua5.1", "ferrous-jit", "luajit", "lua5.4"];
        before.conditions.vms = conditions(&more, "lua5.1").vms;
        for program in &mut before.programs {
            program.outcomes.insert(0, samples(&[9.0, 9.0]));
            program.outcomes.push(Outcome::Absent);
        }
        before.programs.swap(0, 20);
        before.programs.truncate(25);
        for comparison in [compare(&before, &after), compare(&after, &before)] {
            let [vm] = comparison.vms.as_slice() else { panic!("{comparison}") };
            assert_eq!((vm.vm.as_str(), vm.programs), ("ferrous-jit", 25));
            assert!(matches!(&comparison.machine, Machine::Seen { controls, .. } if *controls == ["luajit"]));
            let changed: Vec<_> =
                comparison.changes().filter(|(_, change)| change.is_significant()).collect();
            assert!(changed.len() == 1 && changed[0].1.what == "mixed/p0", "{comparison}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let whole = measurement(1, 1.0, 1.0, 5);
        let mut other = whole.clone();
        other.programs.clear();
        assert!(Comparison::new(&whole, &other).is_err());
        let single = measurement(1, 1.0, 1.0, 1);
        assert!(Comparison::new(&single, &single).is_err());
        let peers = Results {
            programs: whole.programs.clone(),
            ..Results::new(conditions(&["a", "b"], "a"), Vec::new())
        };
        assert!(Comparison::new(&peers, &peers).is_err());
    }

    #[test]
    fn holm_counts_the_smallest_probability_most() {
        let change = |probability: f64| Change {
            what: String::new(),
            seconds: None,
            ratio: 2.0,
            interval: (1.5, 2.5),
            probability,
        };
        let mut changes = [change(0.02), change(0.01), change(0.3), change(0.018)];
        correct(changes.iter_mut().collect());
        let corrected = changes.map(|change| (change.probability * 1000.0).round() / 1000.0);
        assert_eq!(corrected, [0.054, 0.04, 0.3, 0.054]);
    }
}
