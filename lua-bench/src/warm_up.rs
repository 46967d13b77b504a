//! Warm-up curves: how long each iteration of a program takes within one process.
//!
//! A harness in Lua loads the program once and calls its chunk again and again, so that hot loops stay
//! compiled from one iteration to the next, and times each call with `os.clock`: CPU time, that of threads
//! which compile included. The iterations are of the quick set's size.

use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

use crate::measure::{Judge, Plan};
use crate::programs::Program;
use crate::progress::Progress;
use crate::run::{Failure, run};
use crate::vm::Vm;

const HARNESS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/harness/warm_up.lua");

/// One program on every VM, in the VMs' order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// `category/name`.
    pub program: String,
    /// Iteration by iteration; empty for a VM that failed.
    pub seconds: Vec<Vec<f64>>,
}

/// Runs `iterations` of each program, all in one process for each VM; of the `plan`'s repeats, that whose
/// sum is least is kept.
pub fn measure(plan: &Plan, programs: &[Program], iterations: u32, progress: &Progress) -> Vec<Curves> {
    let mut bar = progress.start("warm-up", plan.repeats, programs.len(), plan.vms.len());
    let mut all = Vec::with_capacity(programs.len());
    for (index, program) in programs.iter().enumerate() {
        let mut judge = Judge::new(program.check.as_deref());
        let mut best: Vec<Option<Vec<f64>>> = vec![None; plan.vms.len()];
        for _ in 0..plan.repeats {
            for (turn, vm) in plan.vms.iter().enumerate() {
                bar.begin(format!("{} on {}", program.label(), vm.name));
                let curve = iterate(plan, vm, program, iterations, &mut judge).ok().flatten();
                let wall = curve.as_ref().map(|curve| curve.iter().sum());
                bar.end(index * plan.vms.len() + turn, wall.map(std::time::Duration::from_secs_f64));
                let sum = |curve: &Option<Vec<f64>>| {
                    curve.as_ref().map_or(f64::INFINITY, |curve| curve.iter().sum())
                };
                if sum(&curve) < sum(&best[turn]) {
                    best[turn] = curve;
                }
            }
        }
        let seconds = best.into_iter().map(Option::unwrap_or_default).collect();
        all.push(Curves { program: program.label(), seconds });
    }
    all
}

/// Nothing if the VM runs no Lua.
fn iterate(
    plan: &Plan,
    vm: &Vm,
    program: &Program,
    iterations: u32,
    judge: &mut Judge,
) -> Result<Option<Vec<f64>>, Failure> {
    let count = iterations.to_string();
    let arguments: [&OsStr; 3] = [HARNESS.as_ref(), program.path.as_os_str(), count.as_ref()];
    let Some(mut command) = vm.command(&arguments) else { return Ok(None) };
    command.args(&program.size);
    let finished = run(command, plan.limit, plan.pinning)?;
    let (times, rest) = split(&finished.output);
    judge.accept(&rest)?;
    if times.len() != iterations as usize {
        let answered = format!("{} iterations", times.len());
        return Err(Failure::WrongAnswer { expected: format!("{iterations} iterations"), answered });
    }
    Ok(Some(times))
}

/// The times, in lines `time: SECONDS`, and all other lines.
fn split(output: &str) -> (Vec<f64>, String) {
    let (mut times, mut rest) = (Vec::new(), String::new());
    for line in output.lines() {
        match line.strip_prefix("time: ").map(str::parse) {
            Some(Ok(time)) => times.push(time),
            _ => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    (times, rest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pinning::Pinning;
    use crate::vm::tests::shell;

    fn program() -> Program {
        Program {
            category: "calls".to_owned(),
            name: "fib".to_owned(),
            path: "fib.lua".into(),
            size: Some("20".to_owned()),
            check: Some("7".to_owned()),
        }
    }

    fn curves(script: &str) -> Curves {
        let vms = [shell("stand-in", script)];
        let pinning = Pinning::none();
        let plan =
            Plan { vms: &vms, repeats: 2, discarded: 0, limit: Duration::from_secs(60), pinning: &pinning };
        measure(&plan, &[program()], 2, &Progress::hidden()).remove(0)
    }

    #[test]
    fn reads_a_time_for_each_iteration() {
        let curves = curves("[ \"$*\" = 'fib.lua 2 20' ] && printf 'time: 0.5\\ntime: 0.25\\ncheck: 7\\n'");
        assert_eq!((curves.program.as_str(), curves.seconds), ("calls/fib", vec![vec![0.5, 0.25]]));
    }

    #[test]
    fn wrong_answers_and_missing_iterations_leave_no_curve() {
        for script in
            ["printf 'time: 0.5\\ntime: 0.25\\ncheck: 8\\n'", "printf 'time: 0.5\\ncheck: 7\\n'", "exit 1"]
        {
            assert_eq!(curves(script).seconds, [Vec::<f64>::new()], "{script}");
        }
    }

    #[test]
    fn the_harness_is_there() {
        assert!(std::path::Path::new(HARNESS).is_file());
    }
}
