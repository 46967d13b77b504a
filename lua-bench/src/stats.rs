//! The few statistics that benchmark times need.

/// The smallest of `values`, or `None` if there are none.
///
/// Noise only ever adds to a CPU time, so the minimum is the steadiest figure for a deterministic program.
pub fn minimum(values: &[f64]) -> Option<f64> {
    values.iter().copied().min_by(f64::total_cmp)
}

pub fn maximum(values: &[f64]) -> Option<f64> {
    values.iter().copied().max_by(f64::total_cmp)
}

/// The middle of `values`, or the mean of the two in the middle.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { (sorted[middle - 1] + upper) / 2.0 })
}

/// The value below which the fraction `q` of `sorted`, ascending and not empty, lies; between two values, as
/// far between them.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// The `n`th root of the product of `n` ratios, all above 0: the mean in which twice as fast and half as
/// fast cancel out.
pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    if ratios.is_empty() {
        return None;
    }
    let logarithms: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    Some((logarithms / ratios.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_maximum_and_median_do_not_ask_for_order() {
        assert_eq!(minimum(&[3.0, 1.0, 2.0]), Some(1.0));
        assert_eq!(maximum(&[3.0, 1.0, 2.0]), Some(3.0));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[5.0]), Some(5.0));
    }

    #[test]
    fn quantiles_lie_between_values() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&sorted, q)), [1.0, 1.5, 2.0, 3.0, 4.0]);
        assert_eq!(quantile(&[7.0], 0.3), 7.0);
    }

    #[test]
    fn the_geometric_mean_balances_ratios() {
        let mean = geometric_mean(&[2.0, 0.5, 4.0, 0.25]).expect("four ratios");
        assert!((mean - 1.0).abs() < 1e-12);
        let mean = geometric_mean(&[1.0, 8.0, 27.0]).expect("three ratios");
        assert!((mean - 6.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_has_no_statistics() {
        assert_eq!((minimum(&[]), median(&[]), geometric_mean(&[])), (None, None, None));
    }
}
