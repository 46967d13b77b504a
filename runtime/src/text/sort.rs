//! `table.sort` as a state machine: PUC 5.1's quicksort, with everything it has to ask left to its caller.
//!
//! A comparator is a Lua function, which may yield, fail or run for hours; so the sort cannot call it. Instead
//! [`SortState::step`] says what it wants next and is told what came of it:
//!
//! ```text
//! let mut state = SortState::new(n);
//! let mut answer = None;
//! loop {
//!     match state.step(answer.take()) {
//!         Compare(a, b)          => answer = Some(value(a) < value(b)),   // or comparator(value(a), value(b))
//!         Swap(i, j)             => t[i], t[j] = t[j], t[i]
//!         TakePivot { from, to } => pivot = t[from]; t[from], t[to] = t[to], t[from]
//!         Done                   => break
//!         Invalid                => error(INVALID_ORDER_FUNCTION)
//!     }
//! }
//! ```
//!
//! # The caller's side
//!
//! 1. Indices are Lua's, from 1, into the array as it is at that moment. `value(At(i))` is `rawget(t, i)`,
//!    `value(Pivot)` is the slot `pivot`, which the caller keeps where the collector sees it.
//! 2. With a comparator that contradicts itself, an index may be 0 or `n + 1`, in a comparison and in a swap.
//!    It is read and written like any other (in PUC too; as a rule it is nil, and the comparison fails).
//! 3. Only [`SortStep::Compare`] is answered; after the others, `step(None)`.
//!
//! The choice of pivots and the sequence of comparisons are PUC's to the last one, so that programs with
//! inconsistent comparators behave alike. One difference: PUC writes back the values that it read before a
//! comparison, and we swap what is there after it, which shows only if the comparator changes the array.
//!
//! Source: `auxsort` in PUC 5.1's `ltablib.c`.

/// The error after [`SortStep::Invalid`].
pub const INVALID_ORDER_FUNCTION: &str = "invalid order function for sorting";

/// What a comparison is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The array's element at this index.
    At(u32),
    /// The value last taken by [`SortStep::TakePivot`].
    Pivot,
}

/// What the sort wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortStep {
    /// Is the first less than the second?
    Compare(Operand, Operand),
    /// Exchange two elements.
    Swap(u32, u32),
    /// Remember the element at `from` as the pivot, then exchange it with the one at `to`.
    TakePivot { from: u32, to: u32 },
    /// The array is sorted.
    Done,
    /// The comparator contradicts itself: raise [`INVALID_ORDER_FUNCTION`].
    Invalid,
}

/// A sort that is under way: plain data, to be kept wherever a suspended call keeps its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortState {
    phase: Phase,
    /// The range being sorted, both ends included.
    low: u32,
    up: u32,
    /// The two indices of the partition; before it, `i` is the middle.
    i: u32,
    j: u32,
    /// Ranges still to sort. Of the two halves of a range the smaller is sorted first, so each range waiting is
    /// at least as large as everything in front of it: with n elements, at most log2(n) wait.
    waiting: [(u32, u32); SortState::MAX_WAITING],
    waiting_count: u8,
}

/// What the last step was, or which one comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Begin with the range `low..=up`.
    Range,
    /// Asked: a[up] < a[low]?
    EndsCompared,
    EndsInOrder,
    /// Asked: a[middle] < a[low]?
    MiddleComparedToLow,
    /// Asked: a[up] < a[middle]?
    MiddleComparedToUp,
    MedianInMiddle,
    /// Begin to look for an element not less than the pivot, above `i`.
    Ascend,
    /// Asked: a[i] < pivot?
    AscendCompared,
    /// Asked: pivot < a[j]?
    DescendCompared,
    /// The pivot is in its place, `i`.
    Split,
}

impl SortState {
    const MAX_WAITING: usize = 32;

    /// A sort of the elements 1 to `n` of an array.
    pub fn new(n: u32) -> SortState {
        SortState {
            phase: Phase::Range,
            low: 1,
            up: n,
            i: 0,
            j: 0,
            waiting: [(0, 0); SortState::MAX_WAITING],
            waiting_count: 0,
        }
    }

    /// Goes on, given the answer if the last step was a comparison.
    ///
    /// # Panics
    ///
    /// If that answer is missing.
    #[inline(always)]
    pub fn step(&mut self, last_result: Option<bool>) -> SortStep {
        use Operand::{At, Pivot};
        let answer = || last_result.expect("a comparison is answered");
        // Each turn either returns what it wants or goes on in another phase. `answer` is used in the first
        // turn only: the phases that use it are entered by returning.
        loop {
            match self.phase {
                Phase::Range => {
                    if self.low < self.up {
                        self.phase = Phase::EndsCompared;
                        return SortStep::Compare(At(self.up), At(self.low));
                    }
                    if !self.next_range() {
                        return SortStep::Done;
                    }
                }
                Phase::EndsCompared => {
                    self.phase = Phase::EndsInOrder;
                    if answer() {
                        return SortStep::Swap(self.low, self.up);
                    }
                }
                Phase::EndsInOrder => {
                    if self.up - self.low == 1 {
                        self.finish_range();
                    } else {
                        self.i = self.low + (self.up - self.low) / 2;
                        self.phase = Phase::MiddleComparedToLow;
                        return SortStep::Compare(At(self.i), At(self.low));
                    }
                }
                Phase::MiddleComparedToLow => {
                    if answer() {
                        self.phase = Phase::MedianInMiddle;
                        return SortStep::Swap(self.i, self.low);
                    }
                    self.phase = Phase::MiddleComparedToUp;
                    return SortStep::Compare(At(self.up), At(self.i));
                }
                Phase::MiddleComparedToUp => {
                    self.phase = Phase::MedianInMiddle;
                    if answer() {
                        return SortStep::Swap(self.i, self.up);
                    }
                }
                Phase::MedianInMiddle => {
                    if self.up - self.low == 2 {
                        self.finish_range();
                    } else {
                        let pivot = SortStep::TakePivot { from: self.i, to: self.up - 1 };
                        (self.i, self.j) = (self.low, self.up - 1);
                        self.phase = Phase::Ascend;
                        return pivot;
                    }
                }
                Phase::Ascend => {
                    self.i += 1;
                    self.phase = Phase::AscendCompared;
                    return SortStep::Compare(At(self.i), Pivot);
                }
                Phase::AscendCompared => {
                    if answer() {
                        if self.i > self.up {
                            return SortStep::Invalid;
                        }
                        self.i += 1;
                        return SortStep::Compare(At(self.i), Pivot);
                    }
                    self.j -= 1;
                    self.phase = Phase::DescendCompared;
                    return SortStep::Compare(Pivot, At(self.j));
                }
                Phase::DescendCompared => {
                    if answer() {
                        if self.j < self.low {
                            return SortStep::Invalid;
                        }
                        self.j -= 1;
                        return SortStep::Compare(Pivot, At(self.j));
                    }
                    if self.j < self.i {
                        self.phase = Phase::Split;
                        return SortStep::Swap(self.up - 1, self.i);
                    }
                    self.phase = Phase::Ascend;
                    return SortStep::Swap(self.i, self.j);
                }
                Phase::Split => self.split(),
            }
        }
    }

    /// Makes the smaller part beside the pivot the current range, and lets the larger one wait.
    fn split(&mut self) {
        let (below, above) = ((self.low, self.i - 1), (self.i + 1, self.up));
        // `i` can be `up + 1`, beyond the range, if the comparator contradicts itself.
        let below_is_smaller =
            i64::from(self.i) - i64::from(self.low) < i64::from(self.up) - i64::from(self.i);
        let (smaller, larger) = if below_is_smaller { (below, above) } else { (above, below) };
        self.waiting[usize::from(self.waiting_count)] = larger;
        self.waiting_count += 1;
        (self.low, self.up) = smaller;
        self.phase = Phase::Range;
    }

    fn finish_range(&mut self) {
        self.up = self.low;
        self.phase = Phase::Range;
    }

    fn next_range(&mut self) -> bool {
        let Some(count) = self.waiting_count.checked_sub(1) else { return false };
        self.waiting_count = count;
        (self.low, self.up) = self.waiting[usize::from(count)];
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorts `values`; returns the comparisons made, or `None` for an invalid order function.
    fn sort(values: &mut [i32], mut less: impl FnMut(i32, i32) -> bool) -> Option<Vec<(i32, i32)>> {
        const NIL: i32 = i32::MIN;
        let mut array = [&[NIL], &values[..], &[NIL]].concat();
        let mut state = SortState::new(values.len() as u32);
        let (mut pivot, mut answer, mut log) = (NIL, None, Vec::new());
        loop {
            let value = |operand| match operand {
                Operand::At(i) => array[i as usize],
                Operand::Pivot => pivot,
            };
            match state.step(answer.take()) {
                SortStep::Compare(a, b) => {
                    log.push((value(a), value(b)));
                    answer = Some(less(value(a), value(b)));
                }
                SortStep::Swap(i, j) => array.swap(i as usize, j as usize),
                SortStep::TakePivot { from, to } => {
                    pivot = array[from as usize];
                    array.swap(from as usize, to as usize);
                }
                SortStep::Done => break,
                SortStep::Invalid => return None,
            }
        }
        values.copy_from_slice(&array[1..=values.len()]);
        Some(log)
    }

    #[test]
    fn sorts_everything_small() {
        for n in 0..7u32 {
            for code in 0..n.pow(n.min(6)).max(1) {
                let mut values: Vec<i32> = (0..n).map(|i| (code / n.pow(i).max(1) % n) as i32).collect();
                let mut expected = values.clone();
                expected.sort_unstable();
                sort(&mut values, |a, b| a < b).unwrap();
                assert_eq!(values, expected);
            }
        }
    }

    #[test]
    fn sorts_large_arrays_of_every_shape() {
        let n = 20_000;
        let shapes: [fn(i32) -> i32; 5] =
            [|i| i, |i| -i, |_| 7, |i| i % 17, |i| (i.wrapping_mul(0x9e37_79b1u32 as i32)) >> 3];
        for shape in shapes {
            let mut values: Vec<i32> = (0..n).map(shape).collect();
            let mut expected = values.clone();
            expected.sort_unstable();
            let log = sort(&mut values, |a, b| a < b).unwrap();
            assert_eq!(values, expected);
            assert!(log.len() < 3_000_000, "{} comparisons", log.len());
        }
    }

    #[test]
    fn compares_in_the_order_of_lua51() {
        // lua5.1 -e 't = {3,1,4,1,5,9,2,6} table.sort(t, function(a, b) io.write(a, b, " ") return a < b end)'
        let mut values = [3, 1, 4, 1, 5, 9, 2, 6];
        let log = sort(&mut values, |a, b| a < b).unwrap();
        let log: Vec<String> = log.iter().map(|(a, b)| format!("{a}{b}")).collect();
        assert_eq!(log.join(" "), "63 13 13 43 39 35 32 43 32 21 11 21 65 95 69 46 66 64 45");
    }

    #[test]
    fn contradictions_are_noticed_or_survived() {
        assert_eq!(sort(&mut [1, 2, 3, 4, 5], |_, _| true), None);
        assert!(sort(&mut [1, 2, 3, 4, 5], |_, _| false).is_some());
        let mut seed = 1u32;
        for n in 0..200 {
            let mut values: Vec<i32> = (0..n % 40).collect();
            sort(&mut values, |_, _| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed >> 31 == 0
            });
        }
    }
}
