//! How far the times of two sets of runs lie apart by mere chance.
//!
//! Five runs of a program tell little about the noise of that program, but a whole measurement has hundreds of
//! runs. So the noise of a VM is modelled as one shape for all its programs, and a scale for each:
//!
//! 1. Times are taken as logarithms: a slow minute costs each program the same fraction. What stands for a
//!    set of runs is the mean of its faster half: nearly as steady as the minimum, which the bootstrap cannot
//!    judge, for a minimum drawn again is most often the same one.
//! 2. A *cell* is the runs of one program, before and after. What its runs deviate from their side's mean
//!    by gives the cell's scale, which leans towards the usual scale of all cells as far as its runs are few.
//! 3. The deviations of all cells, each divided by its scale, are the shape: outliers and all.
//! 4. The bootstrap draws two sets of runs from the shape, again and again, and notes by how much their
//!    means differ: that is chance.
//! 5. From one measurement to another a machine may waver more than within one. So chance is widened by
//!    the factor by which cells that should not differ (other VMs, the same in both) do differ more.
//!
//! The second idea is that of moderated statistics (Smyth 2004, for gene expression), the fifth Efron's
//! empirical null (2004).

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::stats::{median, quantile};

/// So many runs the usual scale counts for in a cell's.
const PRIOR_RUNS: f64 = 4.0;

const DRAWS: usize = 20_000;

/// Of means of many programs: enough for the smallest probability that a correction for all tests asks for.
const MEAN_DRAWS: usize = 10_000;

/// A scale below which two runs are the same: the clock's own grain.
const FINEST: f64 = 0.0005;

/// One program's CPU times on one VM, before and after; neither is empty.
#[derive(Clone, Debug)]
pub struct Cell {
    pub before: Vec<f64>,
    pub after: Vec<f64>,
}

impl Cell {
    /// The logarithm of the ratio, after to before.
    pub fn change(&self) -> f64 {
        typical(&self.after).ln() - typical(&self.before).ln()
    }

    fn sides(&self) -> [&[f64]; 2] {
        [&self.before, &self.after]
    }

    /// What each run deviates from its side's mean by; a little more, for the mean is taken from them.
    fn deviations(&self) -> Vec<f64> {
        let mut deviations = Vec::new();
        for side in self.sides() {
            let count = side.len();
            if count < 2 {
                continue;
            }
            let middle = typical(side).ln();
            let spreads = (count as f64 / (count as f64 - 1.0)).sqrt();
            deviations.extend(side.iter().map(|time| (logarithm(*time) - middle) * spreads));
        }
        deviations
    }
}

/// The noise of one VM.
pub struct Noise {
    /// The cells' scales, in their order.
    pub scales: Vec<f64>,
    /// Differences of means by chance, in scales and ascending, by the numbers of runs.
    chance: BTreeMap<(usize, usize), Vec<f64>>,
    /// By what chance is widened.
    pub widening: f64,
}

impl Noise {
    /// The noise that `cells` show among themselves; nothing if no program has run twice.
    pub fn of(cells: &[Cell]) -> Option<Noise> {
        let deviations: Vec<Vec<f64>> = cells.iter().map(Cell::deviations).collect();
        let sizes: Vec<f64> =
            deviations.iter().filter_map(|own| Some(size(own) / non_zero(own.len())?)).collect();
        let usual = median(&sizes)?;
        let scale =
            |own: &Vec<f64>| ((PRIOR_RUNS * usual + size(own)) / (PRIOR_RUNS + own.len() as f64)).max(FINEST);
        let scales: Vec<f64> = deviations.iter().map(scale).collect();
        let shape: Vec<f64> = deviations
            .iter()
            .zip(&scales)
            .flat_map(|(deviations, scale)| deviations.iter().map(move |deviation| deviation / scale))
            .collect();
        let mut chance = BTreeMap::new();
        for cell in cells {
            let runs = (cell.before.len(), cell.after.len());
            chance.entry(runs).or_insert_with(|| differences(&shape, runs));
        }
        Some(Noise { scales, chance, widening: 1.0 })
    }

    /// How many times further apart `cells`, whose noise this is, lie than chance says, around `drift`.
    pub fn excess(&self, cells: &[Cell], drift: f64) -> f64 {
        let mut seen = Vec::new();
        let mut expected = Vec::new();
        for (cell, scale) in cells.iter().zip(&self.scales) {
            seen.push((cell.change() - drift).abs() / scale);
            let chance = self.chance_of(cell);
            let sizes: Vec<f64> = chance.iter().step_by(chance.len() / 1000 + 1).map(|d| d.abs()).collect();
            expected.extend(median(&sizes));
        }
        match (median(&seen), median(&expected)) {
            (Some(seen), Some(expected)) if expected > 0.0 => seen / expected,
            _ => 1.0,
        }
    }

    /// How likely chance alone makes the cell at `index` differ by `change` or more, either way.
    pub fn probability(&self, cell: &Cell, index: usize, change: f64) -> f64 {
        probability(self.chance_of(cell), change / (self.scales[index] * self.widening))
    }

    /// The interval in which the cell's change lies with `confidence`, if `change` was seen.
    pub fn interval(&self, cell: &Cell, index: usize, change: f64, confidence: f64) -> (f64, f64) {
        let unit = self.scales[index] * self.widening;
        let (low, high) = interval(self.chance_of(cell), change / unit, confidence);
        (unit * low, unit * high)
    }

    /// What chance alone makes of the mean change of `cells`, the first of which is at `first`: ascending.
    pub fn means(&self, cells: &[Cell], first: usize) -> Vec<f64> {
        let mut random = Rng::with_seed(2);
        let scales = &self.scales[first..first + cells.len()];
        let mut means: Vec<f64> = (0..MEAN_DRAWS)
            .map(|_| {
                let draw =
                    |(cell, scale): (&Cell, &f64)| random.choice(self.chance_of(cell)).map(|d| d * scale);
                let sum: f64 = cells.iter().zip(scales).filter_map(draw).sum();
                sum * self.widening / cells.len() as f64
            })
            .collect();
        means.sort_by(f64::total_cmp);
        means
    }

    fn chance_of(&self, cell: &Cell) -> &[f64] {
        &self.chance[&(cell.before.len(), cell.after.len())]
    }
}

/// How likely one of the differences `chance`, ascending, is as far from 0 as `change`, either way.
pub fn probability(chance: &[f64], change: f64) -> f64 {
    let size = change.abs();
    let below = chance.partition_point(|difference| *difference <= -size);
    let above = chance.len() - chance.partition_point(|difference| *difference < size);
    ((below + above + 1) as f64 / (chance.len() + 1) as f64).min(1.0)
}

/// The interval in which a change lies with `confidence`, if `change` was seen and one of `chance`, ascending, is in it.
pub fn interval(chance: &[f64], change: f64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    (change - quantile(chance, 1.0 - tail), change - quantile(chance, tail))
}

/// Differences between the means of runs drawn from `shape`, which is not empty, ascending. The seed is fixed, so that the same
/// files compare the same way.
fn differences(shape: &[f64], (before, after): (usize, usize)) -> Vec<f64> {
    let mut random = Rng::with_seed(1);
    let mut draw =
        |runs: usize| mean_of_faster_half((0..runs).filter_map(|_| random.choice(shape)).copied().collect());
    let mut differences: Vec<f64> = (0..DRAWS).map(|_| draw(after) - draw(before)).collect();
    differences.sort_by(f64::total_cmp);
    differences
}

/// The time that stands for `times`, which are not empty.
pub fn typical(times: &[f64]) -> f64 {
    mean_of_faster_half(times.iter().copied().map(logarithm).collect()).exp()
}

fn mean_of_faster_half(mut logarithms: Vec<f64>) -> f64 {
    logarithms.sort_by(f64::total_cmp);
    logarithms.truncate(logarithms.len().div_ceil(2));
    logarithms.iter().sum::<f64>() / logarithms.len() as f64
}

/// A time of 0, which a clock may show for a very short run, is a microsecond.
fn logarithm(time: f64) -> f64 {
    time.max(1e-6).ln()
}

/// Plain, not squared: an outlier is not to hide what the other runs say.
fn size(deviations: &[f64]) -> f64 {
    deviations.iter().map(|deviation| deviation.abs()).sum()
}

fn non_zero(count: usize) -> Option<f64> {
    (count > 0).then_some(count as f64)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `runs` times around `time`: noise of up to some per cent that only ever adds, with an outlier now
    /// and then.
    pub(crate) fn noisy(random: &mut Rng, time: f64, runs: usize) -> Vec<f64> {
        let mut run = || {
            let outlier = if random.u32(..12) == 0 { 0.1 } else { 0.0 };
            time * (1.0 + 0.02 * random.f64() * random.f64() + outlier * random.f64())
        };
        (0..runs).map(|_| run()).collect()
    }

    fn cells(random: &mut Rng, count: usize, factor: f64) -> Vec<Cell> {
        let mut cell = |_| Cell { before: noisy(random, 1.0, 5), after: noisy(random, factor, 5) };
        (0..count).map(&mut cell).collect()
    }

    #[test]
    fn probabilities_of_chance_are_spread_evenly() {
        let mut random = Rng::with_seed(7);
        let cells = cells(&mut random, 400, 1.0);
        let noise = Noise::of(&cells).expect("programs have run often");
        let small = |level: f64| {
            let small =
                |(index, cell): &(usize, &Cell)| noise.probability(cell, *index, cell.change()) < level;
            cells.iter().enumerate().filter(small).count() as f64 / 400.0
        };
        assert!(small(0.5) > 0.3 && small(0.5) < 0.7, "{}", small(0.5));
        assert!(small(0.05) < 0.1, "{}", small(0.05));
        assert!(small(0.001) < 0.01, "{}", small(0.001));
        let excess = noise.excess(&cells, 0.0);
        assert!(excess > 0.7 && excess < 1.3, "{excess}");
    }

    #[test]
    fn a_real_change_lies_in_its_interval_and_is_no_chance() {
        let mut random = Rng::with_seed(8);
        let cells = cells(&mut random, 30, 1.05);
        let noise = Noise::of(&cells).expect("programs have run often");
        for (index, cell) in cells.iter().enumerate() {
            let (low, high) = noise.interval(cell, index, cell.change(), 0.999);
            assert!(low <= 1.05_f64.ln() && 1.05_f64.ln() <= high, "{low} {high}");
        }
        let mean = cells.iter().map(Cell::change).sum::<f64>() / 30.0;
        let (low, high) = interval(&noise.means(&cells, 0), 0.0, 0.95);
        assert!(mean > high && high > 0.0 && low < 0.0, "{low} {mean} {high}");
        // All have changed alike, which is seen as a drift of the whole.
        assert!(noise.excess(&cells, 0.0) > 2.0 && noise.excess(&cells, 1.05_f64.ln()) < 2.0);
    }

    #[test]
    fn single_runs_and_no_time_at_all_are_borne() {
        let single = Cell { before: vec![1.0], after: vec![2.0] };
        assert!(Noise::of(std::slice::from_ref(&single)).is_none());
        let cells = [single, Cell { before: vec![0.0, 0.0], after: vec![0.0, 1.0] }];
        let noise = Noise::of(&cells).expect("a program has run twice");
        for (index, cell) in cells.iter().enumerate() {
            let probability = noise.probability(cell, index, cell.change());
            assert!((0.0..=1.0).contains(&probability), "{probability}");
            let (low, high) = noise.interval(cell, index, cell.change(), 0.99);
            assert!(low.is_finite() && high.is_finite());
        }
        assert!(noise.excess(&cells, 0.0).is_finite());
    }
}
