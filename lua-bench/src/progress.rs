//! The progress bar, and how long it will still take.
//!
//! The first round tells how long each cell (a program on a VM) takes; before that, a cell is taken to need
//! what the cells of its VM that have run needed on average.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where progress is shown.
pub struct Progress {
    is_shown: bool,
}

impl Progress {
    /// On the error output, if that is a terminal.
    pub fn new() -> Progress {
        Progress { is_shown: stderr().is_terminal() }
    }

    #[cfg(test)]
    pub fn hidden() -> Progress {
        Progress { is_shown: false }
    }

    /// A bar for `rounds` of `programs` on `vms` each, whose cells are numbered VM by VM within a program.
    pub fn start(&self, what: &str, rounds: u32, programs: usize, vms: usize) -> Bar {
        let forecast = Forecast { vms, cells: vec![Cell { wall: None, left: rounds }; programs * vms] };
        let target = if self.is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(forecast.runs_left()), target);
        let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len}  {msg}");
        bar.set_style(style.expect("a template with known keys").progress_chars("━╸ "));
        bar.set_prefix(what.to_owned());
        Bar { bar, forecast }
    }
}

/// One stage's bar.
pub struct Bar {
    bar: ProgressBar,
    forecast: Forecast,
}

impl Bar {
    pub fn begin(&self, name: String) {
        let left = self.forecast.time_left().map_or(String::new(), |left| format!("{} left, ", words(left)));
        self.bar.set_message(left + &name);
    }

    /// `wall` is what the cell took, or nothing if it has failed and will not be run again.
    pub fn end(&mut self, cell: usize, wall: Option<Duration>) {
        self.forecast.end(cell, wall);
        self.bar.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

struct Forecast {
    vms: usize,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy)]
struct Cell {
    /// What it took last.
    wall: Option<Duration>,
    /// How many runs are left.
    left: u32,
}

impl Forecast {
    fn runs_left(&self) -> u64 {
        self.cells.iter().map(|cell| u64::from(cell.left)).sum()
    }

    fn end(&mut self, cell: usize, wall: Option<Duration>) {
        let cell = &mut self.cells[cell];
        *cell = match wall {
            Some(_) => Cell { wall, left: cell.left.saturating_sub(1) },
            None => Cell { wall: None, left: 0 },
        };
    }

    /// Nothing while no cell has run.
    fn time_left(&self) -> Option<Duration> {
        let overall = mean(self.cells.iter())?;
        let time = |vm: usize| -> Duration {
            let cells = self.cells.iter().skip(vm).step_by(self.vms);
            let usual = mean(cells.clone()).unwrap_or(overall);
            cells.map(|cell| cell.wall.unwrap_or(usual) * cell.left).sum()
        };
        Some((0..self.vms).map(time).sum())
    }
}

/// What those of `cells` that have run took on average.
fn mean<'a>(cells: impl Iterator<Item = &'a Cell>) -> Option<Duration> {
    let walls: Vec<Duration> = cells.filter_map(|cell| cell.wall).collect();
    let count = u32::try_from(walls.len()).ok().filter(|&count| count > 0)?;
    Some(walls.iter().sum::<Duration>() / count)
}

fn words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn knows_nothing_at_first_and_then_goes_by_what_it_has_seen() {
        // Three rounds of two programs on two VMs.
        let mut forecast = Forecast { vms: 2, cells: vec![Cell { wall: None, left: 3 }; 4] };
        assert_eq!((forecast.runs_left(), forecast.time_left()), (12, None));
        forecast.end(0, Some(SECOND));
        assert_eq!(forecast.time_left(), Some(11 * SECOND));
        // The second VM needs ten times as long; so it will in the second program.
        forecast.end(1, Some(10 * SECOND));
        assert_eq!(forecast.time_left(), Some((2 + 20 + 3 + 30) * SECOND));
        // A failure ends a cell.
        forecast.end(3, None);
        assert_eq!(forecast.time_left(), Some((2 + 20 + 3) * SECOND));
        assert_eq!(forecast.runs_left(), 2 + 2 + 3);
    }

    #[test]
    fn says_times_in_words() {
        assert_eq!(words(59 * SECOND), "59 s");
        assert_eq!(words(61 * SECOND), "1 min 01 s");
        assert_eq!(words(3661 * SECOND), "1 h 01 min");
    }
}
