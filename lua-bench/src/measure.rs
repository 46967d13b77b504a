//! One program on every VM: the VMs take turns, and every answer is judged.

use std::time::Duration;

use crate::programs::{Program, answered_check};
use crate::run::{Failure, Usage, run};
use crate::vm::Vm;

/// A program and how each VM did, in the VMs' order.
#[derive(Debug)]
pub struct Row {
    pub program: Program,
    pub results: Vec<Result<Samples, Failure>>,
}

/// One VM's runs of one program; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples(pub Vec<Usage>);

/// Runs `program` on each of `vms`, `repeats` times in turn. A VM that fails is not asked again.
pub fn measure(program: Program, vms: &[Vm], repeats: u32, limit: Duration) -> Row {
    let mut judge = Judge::new(&program.check);
    let mut results = vec![Ok(Samples(Vec::new())); vms.len()];
    for round in 0..repeats as usize {
        for turn in 0..vms.len() {
            // Each round begins with another VM, so that none always runs first.
            let index = (round + turn) % vms.len();
            let Ok(samples) = &mut results[index] else { continue };
            let outcome = run(&vms[index], &program.path, limit)
                .and_then(|finished| judge.accept(&finished.output).map(|()| finished.usage));
            match outcome {
                Ok(usage) => samples.0.push(usage),
                Err(failure) => results[index] = Err(failure),
            }
        }
    }
    Row { program, results }
}

/// Says whether an output is right: it ends with the recorded check value, and is to the letter what the
/// first such output was.
struct Judge<'a> {
    check: &'a str,
    right: Option<String>,
}

impl<'a> Judge<'a> {
    fn new(check: &'a str) -> Judge<'a> {
        Judge { check, right: None }
    }

    fn accept(&mut self, output: &str) -> Result<(), Failure> {
        let wrong = |expected: &str, answered: &str| {
            Err(Failure::WrongAnswer { expected: expected.to_owned(), answered: answered.to_owned() })
        };
        match answered_check(output) {
            Some(answered) if answered != self.check => wrong(self.check, answered),
            None => wrong(self.check, output.lines().last().unwrap_or("")),
            Some(_) => match &self.right {
                Some(right) if right != output => wrong(right, output),
                _ => {
                    self.right.get_or_insert_with(|| output.to_owned());
                    Ok(())
                }
            },
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
        let row = measure(shipped("calls/fib"), &vms, 2, Duration::from_secs(2));
        let words: Vec<_> = row
            .results
            .iter()
            .map(|result| result.as_ref().map_or_else(Failure::word, |_| "right"))
            .collect();
        assert_eq!(words, ["right", "wrong", "wrong", "time-out", "crash", "right"]);
        for samples in row.results.iter().flatten() {
            assert_eq!(samples.0.len(), 2);
        }
    }

    #[test]
    fn the_lines_before_the_check_must_agree_too() {
        let mut judge = Judge::new("7");
        assert_eq!(judge.accept("most: 1\ncheck: 7\n"), Ok(()));
        assert_eq!(judge.accept("most: 1\ncheck: 7\n"), Ok(()));
        assert!(judge.accept("most: 2\ncheck: 7\n").is_err());
    }

    #[test]
    fn a_wrong_output_is_not_what_others_are_compared_with() {
        let mut judge = Judge::new("7");
        assert_eq!(
            judge.accept("most: 9\ncheck: 8\n"),
            Err(Failure::WrongAnswer { expected: "7".into(), answered: "8".into() })
        );
        assert_eq!(judge.accept("most: 1\ncheck: 7\n"), Ok(()));
    }
}
