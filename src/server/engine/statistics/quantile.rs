//! Quantiles and means of samples.

/// Linear interpolation between the closest ranks, as spreadsheets and NumPy do. Reorders the values.
pub fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let rank = q.clamp(0.0, 1.0) * last as f64;
    let (_, &mut low, above) = values.select_nth_unstable_by(rank as usize, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (high - low) * rank.fract())
}

pub fn median(values: &mut [f64]) -> Option<f64> {
    quantile(values, 0.5)
}

pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The smallest value that so large a share of the weight does not exceed (nearest rank). Pairs of value and weight.
pub fn weighted_quantile(samples: &mut [(f64, f64)], q: f64) -> Option<f64> {
    samples.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = samples.iter().map(|(_, weight)| weight).sum();
    let mut weight = 0.0;
    // A whole rank must not be missed by rounding.
    let wanted = q * total * (1.0 - 1e-12);
    let reached = samples.iter().find(|sample| {
        weight += sample.1;
        weight >= wanted
    });
    reached.or(samples.last()).map(|(value, _)| *value)
}
