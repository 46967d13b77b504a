//! Start-up: what a VM needs for an empty program.
//!
//! It also brings the VMs' binaries and libraries into memory before anything else is timed.

use std::io::Write;

use anyhow::{Context, Result};

use crate::measure::Plan;
use crate::programs::Program;
use crate::progress::Progress;
use crate::results::Outcome;

/// So short a run wavers much, and costs little.
const ROUNDS: u32 = 20;

/// Starts each VM of `plan` with a program that only says that it ran.
///
/// # Errors
///
/// If the program cannot be written to a temporary file.
pub fn measure(plan: &Plan, progress: &Progress) -> Result<Vec<Outcome>> {
    let mut file =
        tempfile::Builder::new().suffix(".lua").tempfile().context("cannot make a temporary file")?;
    file.write_all(b"print(\"check: started\")\n").context("cannot write a temporary file")?;
    let program = Program {
        category: "start-up".to_owned(),
        name: "empty".to_owned(),
        path: file.path().to_owned(),
        size: None,
        check: Some("started".to_owned()),
    };
    let plan = Plan { repeats: ROUNDS, discarded: 1, ..*plan };
    Ok(plan.measure(&[program], progress).remove(0).outcomes)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pinning::Pinning;
    use crate::vm::tests::shell;

    #[test]
    fn times_every_vm_that_starts() {
        let vms = [shell("quick", "echo check: started"), shell("broken", "exit 1")];
        let pinning = Pinning::none();
        let plan =
            Plan { vms: &vms, repeats: 1, discarded: 0, limit: Duration::from_secs(60), pinning: &pinning };
        let outcomes = measure(&plan, &Progress::hidden()).expect("a file can be written");
        assert_eq!(outcomes[0].samples().map(|samples| samples.wall_seconds.len()), Some(ROUNDS as usize));
        assert_eq!(outcomes[1].failure_word(), Some("crash"));
    }
}
