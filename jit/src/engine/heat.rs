//! Heat: how hot a place must be to be worth compiling.
//!
//! Compiling an instruction costs as much as running it some thousand times, whether its code is then used or not. A few traces that are
//! not worth it do no harm. But a program with thousands of places that are each hot for a moment would spend most of its time
//! in the compiler. So the more has been compiled, the more often a place must have run before it is recorded, up to where the
//! time that it has then taken in the interpreter is about that of compiling it. Nothing is given up: what goes on running gets there.
//!
//! All of this goes by counts, so that it is the same in each run of a program.

use crate::params::{HEAT_STEP, MAX_HEAT};

/// What has been compiled so far, as far as it decides what comes next.
#[derive(Debug, Default)]
pub struct Heat {
    /// IR instructions in all traces that have been recorded, and in all regions made of them.
    compiled: usize,
}

impl Heat {
    /// Notes that a trace of so many IR instructions is compiled.
    pub fn spend(&mut self, instructions: usize) {
        self.compiled += instructions;
    }

    /// By how much hot counts are multiplied.
    pub fn factor(&self) -> u32 {
        (1 + self.compiled / HEAT_STEP).min(MAX_HEAT as usize) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Heat;
    use crate::params::{HEAT_STEP, MAX_HEAT};

    #[test]
    fn counts_grow_with_what_has_been_compiled() {
        let mut heat = Heat::default();
        assert_eq!(heat.factor(), 1);
        heat.spend(3 * HEAT_STEP);
        assert_eq!(heat.factor(), 4);
        heat.spend(1000 * HEAT_STEP);
        assert_eq!(heat.factor(), MAX_HEAT);
    }
}
