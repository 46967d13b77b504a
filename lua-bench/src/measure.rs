//! Programs on VMs, in rounds: the VMs take turns, and every answer is judged.
//!
//! A round runs each program once on each VM, and only then comes the next round. So the runs of one program
//! lie far apart, and their spread shows how much the machine itself wavers, which [`crate::noise`] relies on.

use std::time::Duration;

use crate::pinning::Pinning;
use crate::programs::{Program, answered_check};
use crate::progress::Progress;
use crate::results::{Outcome, ProgramResults, Samples};
use crate::run::{Failure, Usage, run};
use crate::vm::Vm;

/// How runs are made.
pub struct Plan<'a> {
    pub vms: &'a [Vm],
    pub repeats: u32,
    /// Rounds before those that count.
    pub discarded: u32,
    pub limit: Duration,
    pub pinning: &'a Pinning,
}

/// A program and how each VM does, in the VMs' order.
struct Row<'a> {
    program: &'a Program,
    judge: Judge<'a>,
    outcomes: Vec<Outcome>,
}

impl Plan<'_> {
    /// Runs each of `programs` on each VM. A VM that fails in a program does not run it again.
    pub fn measure(&self, programs: &[Program], progress: &Progress) -> Vec<ProgramResults> {
        let mut rows: Vec<Row> = programs.iter().map(|program| self.row(program)).collect();
        let rounds = self.discarded + self.repeats;
        let mut bar = progress.start("run time", rounds, rows.len(), self.vms.len());
        for round in 0..rounds {
            for (index, row) in rows.iter_mut().enumerate() {
                for turn in 0..self.vms.len() {
                    // Each round begins with another VM, so that none always runs first.
                    let vm = (round as usize + turn) % self.vms.len();
                    let cell = index * self.vms.len() + vm;
                    bar.begin(format!("{} on {}", row.program.label(), self.vms[vm].name));
                    let wall = self.take_turn(row, vm, round >= self.discarded);
                    bar.end(cell, wall);
                }
            }
        }
        rows.into_iter().map(Row::into_results).collect()
    }

    fn row<'p>(&self, program: &'p Program) -> Row<'p> {
        let outcome = |vm: &Vm| match vm.command_for(program) {
            Some(_) => Outcome::Samples(Samples::default()),
            None => Outcome::Absent,
        };
        Row {
            program,
            judge: Judge::new(program.check.as_deref()),
            outcomes: self.vms.iter().map(outcome).collect(),
        }
    }

    /// Returns the wall time, of which there is none if the VM had failed before or fails now.
    fn take_turn(&self, row: &mut Row, vm: usize, counts: bool) -> Option<Duration> {
        let Outcome::Samples(samples) = &mut row.outcomes[vm] else { return None };
        match self.run(&self.vms[vm], row.program, &mut row.judge) {
            Ok(usage) => {
                if counts {
                    samples.push(usage);
                }
                Some(Duration::from_secs_f64(usage.wall_seconds))
            }
            Err(failure) => {
                row.outcomes[vm] = failure.into();
                None
            }
        }
    }

    fn run(&self, vm: &Vm, program: &Program, judge: &mut Judge) -> Result<Usage, Failure> {
        let command = vm.command_for(program).expect("a VM without a command is absent, and has no turns");
        let finished = run(command, self.limit, self.pinning)?;
        judge.accept(&finished.output)?;
        Ok(finished.usage)
    }
}

impl Row<'_> {
    fn into_results(self) -> ProgramResults {
        let Program { category, name, .. } = self.program;
        ProgramResults { category: category.clone(), name: name.clone(), outcomes: self.outcomes }
    }
}

/// Says whether an output is right: it ends with the recorded check value, if there is one, and is to the letter what the
/// first such output was.
pub struct Judge<'a> {
    check: Option<&'a str>,
    right: Option<String>,
}

impl<'a> Judge<'a> {
    pub fn new(check: Option<&'a str>) -> Judge<'a> {
        Judge { check, right: None }
    }

    /// # Errors
    ///
    /// [`Failure::WrongAnswer`].
    pub fn accept(&mut self, output: &str) -> Result<(), Failure> {
        let wrong = |expected: &str, answered: &str| {
            Err(Failure::WrongAnswer { expected: expected.to_owned(), answered: answered.to_owned() })
        };
        let answered = answered_check(output);
        match (self.check, &self.right) {
            (Some(check), _) if answered != Some(check) => {
                wrong(check, answered.unwrap_or(output.lines().last().unwrap_or("")))
            }
            (_, Some(right)) if right != output => wrong(right, output),
            _ => {
                self.right.get_or_insert_with(|| output.to_owned());
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::tests::shipped;
    use crate::vm::tests::shell;

    /// Answers what the program's header says is right.
    const RIGHT: &str = "sed -n 's/^--! check:/check:/p' \"$0\"";

    fn measure(vms: &[Vm], repeats: u32, discarded: u32) -> ProgramResults {
        let limit = Duration::from_secs(2);
        let plan = Plan { vms, repeats, discarded, limit, pinning: &Pinning::none() };
        plan.measure(&[shipped("calls/fib")], &Progress::hidden()).remove(0)
    }

    #[test]
    fn a_wrong_answer_a_hang_and_a_crash_are_failures_and_no_times() {
        let vms = [
            shell("right", RIGHT),
            shell("wrong", "echo check: nonsense"),
            shell("silent", ":"),
            shell("hung", "sleep 60"),
            shell("crashed", "exit 1"),
            shell("right too", RIGHT),
        ];
        let results = measure(&vms, 2, 0);
        let words: Vec<_> =
            results.outcomes.iter().map(|outcome| outcome.failure_word().unwrap_or("right")).collect();
        assert_eq!(words, ["right", "wrong", "wrong", "time-out", "crash", "right"]);
        for outcome in &results.outcomes {
            let runs = outcome.samples().map_or(0, |samples| samples.cpu_seconds.len());
            assert_eq!(runs, if outcome.failure_word().is_some() { 0 } else { 2 });
        }
    }

    #[test]
    fn a_vm_that_fails_in_a_later_round_has_no_times_either() {
        let folder = tempfile::tempdir().expect("a folder");
        let memory = folder.path().join("was-here");
        let script = format!("[ -e {0} ] && exit 1; touch {0}; {RIGHT}", memory.display());
        let results = measure(&[shell("fickle", &script)], 2, 0);
        assert_eq!(results.outcomes[0].failure_word(), Some("crash"));
    }

    #[test]
    fn discarded_rounds_leave_no_samples() {
        let results = measure(&[shell("right", RIGHT)], 1, 2);
        assert_eq!(results.outcomes[0].samples().expect("it has run").cpu_seconds.len(), 1);
    }

    #[test]
    fn the_lines_before_the_check_must_agree_too() {
        let mut judge = Judge::new(Some("7"));
        assert_eq!(judge.accept("most: 1\ncheck: 7\n"), Ok(()));
        assert_eq!(judge.accept("most: 1\ncheck: 7\n"), Ok(()));
        assert!(judge.accept("most: 2\ncheck: 7\n").is_err());
    }

    #[test]
    fn without_a_check_all_outputs_must_agree() {
        let mut judge = Judge::new(None);
        assert_eq!(judge.accept("1\n"), Ok(()));
        assert!(judge.accept("1\n").is_ok() && judge.accept("2\n").is_err());
    }

    #[test]
    fn a_wrong_output_is_not_what_others_are_compared_with() {
        let mut judge = Judge::new(Some("7"));
        assert_eq!(
            judge.accept("most: 9\ncheck: 8\n"),
            Err(Failure::WrongAnswer { expected: "7".into(), answered: "8".into() })
        );
        assert_eq!(judge.accept("most: 1\ncheck: 7\n"), Ok(()));
    }
}
