//! Statistics against published and independently computed numbers.

use crate::engine::statistics::*;
use proptest::prelude::*;

#[track_caller]
fn close(found: f64, expected: f64, by: f64) {
    assert!((found - expected).abs() <= by, "{found} is not {expected}");
}

#[test]
fn wilson_intervals_of_the_consent_monitor() {
    for (x, n, low, high) in [(8, 10, 0.490162, 0.943318), (0, 20, 0.0, 0.161125), (30, 200, 0.107136, 0.206056)] {
        let interval = wilson(x, n).expect("trials");
        close(interval.low, low, 5e-7);
        close(interval.high, high, 5e-7);
    }
    assert_eq!(wilson(0, 0), None, "without trials nothing is known");
    assert_eq!(wilson(3, 2), None);
}

const DAYS: [(u64, u64); 7] = [(30, 1000), (41, 1100), (35, 980), (52, 1020), (28, 1005), (44, 1010), (39, 990)];

#[test]
fn days_scatter_more_than_chance() {
    let (pooled, phi) = dispersion(&DAYS).expect("several days");
    close(pooled, 0.037861, 5e-7);
    close(phi, 1.729197, 5e-7);
    assert_eq!(dispersion(&[(1, 10)]), None);
    assert_eq!(dispersion(&[(5, 10), (5, 10), (5, 10)]).map(|(_, phi)| phi), Some(1.0), "never below chance");
}

#[test]
fn a_day_against_the_weeks_before() {
    let (today, before) = ((400, 8000), (1008, 28_000));
    close(two_proportions(today, before, 1.0).expect("it varies").0, 5.696579, 5e-7);
    let (z, p) = two_proportions(today, before, 2.5).expect("it varies");
    close(z, 3.602833, 5e-7);
    close(p, 3.15e-4, 5e-7);
    let difference = difference(today, before).expect("trials");
    close(difference.estimate, 0.0140, 5e-7);
    close(difference.low, 0.008913, 5e-7);
    close(difference.high, 0.019426, 5e-7);
    assert_eq!(two_proportions((0, 10), (0, 20), 1.0), None, "nothing varies");
}

#[test]
fn a_lasting_change_adds_up() {
    let mut watch = Cusum::new(0.036, 0.054, 1.0).expect("proportions");
    close(watch.add(1, 0), 0.405465, 5e-7);
    close(watch.add(0, 1), 0.405465 - 0.018849, 1e-6);
    assert_eq!(watch.add(0, 1000), 0.0, "it never falls below zero");
    let mut fall = Cusum::new(0.036, 0.024, 1.0).expect("proportions");
    assert!(fall.add(0, 1000) > 5.0);
    assert_eq!(Cusum::new(0.0, 0.5, 1.0), None);
}

/// A small generator of its own, so that the tests need no crate for it.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1u64 << 53) as f64
}

fn normal(state: &mut u64) -> f64 {
    (-2.0 * uniform(state).max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * uniform(state)).cos()
}

#[test]
fn the_watch_finds_half_as_many_refusals_more_within_days_and_is_quiet_for_years() {
    let mut seed = 1;
    let mut day = |rate: f64| -> (u64, u64) {
        let refused = (0..1000).filter(|_| uniform(&mut seed) < rate).count() as u64;
        (refused, 1000 - refused)
    };
    let mut watch = Cusum::new(0.036, 0.054, 1.0).expect("proportions");
    let mut alarms = 0;
    for _ in 0..730 {
        let (refused, agreed) = day(0.036);
        if watch.add(refused, agreed) > 5.0 {
            alarms += 1;
            watch.sum = 0.0;
        }
    }
    assert!(alarms <= 2, "{alarms} false alarms in two years");
    let mut late = 0;
    for _ in 0..300 {
        let mut watch = Cusum::new(0.036, 0.054, 1.0).expect("proportions");
        let found = (1..=5).any(|_| {
            let (refused, agreed) = day(0.054);
            watch.add(refused, agreed) > 5.0
        });
        late += i32::from(!found);
    }
    assert!(late <= 15, "{late} of 300 later than five days");
}

#[test]
fn post_stratification() {
    let strata = [
        Stratum { population: 7000, measured: 600, successes: 120 },
        Stratum { population: 3000, measured: 100, successes: 60 },
    ];
    let adjusted = post_stratify(&strata).expect("adjustable");
    close(adjusted.observed, 0.257143, 5e-7);
    close(adjusted.share, 0.32, 1e-12);
    close(adjusted.error, 0.018182, 5e-7);
    close(adjusted.interval.low, 0.284364, 5e-7);
    close(adjusted.interval.high, 0.355636, 5e-7);
    close(adjusted.design_effect, 1.201667, 5e-7);
    close(adjusted.n_eff, 582.52, 5e-3);

    let few = Stratum { population: 100, measured: 29, successes: 3 };
    assert_eq!(post_stratify(&[strata[0], few]), None, "too few in a stratum");
    let hardly = Stratum { population: 100_000, measured: 900, successes: 3 };
    assert_eq!(post_stratify(&[hardly]), None, "too little is covered");
    assert_eq!(post_stratify(&[]), None);
}

#[test]
fn raking_to_margins() {
    let start = [40.0, 30.0, 20.0, 10.0];
    let rows = Margin { level_of: vec![0, 0, 1, 1], totals: vec![60.0, 40.0] };
    let columns = Margin { level_of: vec![0, 1, 0, 1], totals: vec![50.0, 50.0] };
    let margins = [rows, columns];
    let raked = rake(&start, &margins).expect("they can be met");
    for (found, expected) in raked.iter().zip([27.576507, 32.423493, 22.423493, 17.576507]) {
        close(*found, expected, 5e-6);
    }
    close(raked[0] * raked[3] / (raked[1] * raked[2]), 40.0 * 10.0 / (30.0 * 20.0), 1e-9);
    let weights = start.iter().zip(&raked).map(|(n, total)| (*n, total / n));
    close(design_effect(weights).expect("weights"), 1.100884, 5e-7);

    let missing = Margin { level_of: vec![0, 0, 0, 0], totals: vec![60.0, 40.0] };
    assert_eq!(rake(&start, &[missing]), None, "a level that nobody was measured in");
    let apart = [
        Margin { level_of: vec![0, 0, 1, 1], totals: vec![60.0, 40.0] },
        Margin { level_of: vec![0, 0, 1, 1], totals: vec![40.0, 60.0] },
    ];
    assert_eq!(rake(&start, &apart), None, "margins that contradict each other");
    let empty = Margin { level_of: vec![0, 0, 1, 1], totals: vec![100.0, 0.0] };
    assert_eq!(rake(&start, &[empty]).map(|w| (w[2], w[3])), Some((0.0, 0.0)), "a level without anybody");
}

#[test]
fn trimmed_weights_have_no_extremes_and_keep_the_margin() {
    let margin = Margin { level_of: vec![0, 0, 1], totals: vec![500.0, 500.0] };
    let cells = [(100.0, 100.0), (5.0, 400.0), (100.0, 500.0)];
    let trimmed = trim(&cells, std::slice::from_ref(&margin)).expect("it can be met");
    close(trimmed[0] + trimmed[1], 500.0, 1e-6);
    close(trimmed[2], 500.0, 1e-6);
    assert!(trimmed[1] / 5.0 < 400.0 / 5.0);
}

#[test]
fn inverse_probability() {
    let some = |count: usize, y: f64, probability: f64| std::iter::repeat_n((y, probability), count);
    let records: Vec<(f64, f64)> =
        some(40, 1.0, 0.8).chain(some(40, 0.0, 0.8)).chain(some(15, 1.0, 0.2)).chain(some(5, 0.0, 0.2)).collect();
    let (mean, error) = hajek(&records).expect("records");
    close(mean, 0.625, 1e-12);
    close(error, 0.058044, 5e-7);
    let weights = records.iter().map(|(_, probability)| (1.0, 1.0 / probability));
    close(design_effect(weights).expect("weights"), 1.5625, 1e-12);
    assert_eq!(hajek(&[]), None);
}

#[test]
fn what_weighting_cannot_know() {
    let worst = bounds(180.0 / 700.0, 700.0 / 10_000.0);
    close(worst.low, 0.018, 1e-12);
    close(worst.high, 0.948, 1e-12);
    close(sensitivity(0.32, 0.07, -0.10), 0.227, 1e-12);
    close(sensitivity(0.32, 0.07, 0.10), 0.413, 1e-12);
}

#[test]
fn ninety_five_of_a_hundred_intervals_hold_the_truth() {
    let mut seed = 7;
    let (shares, sizes, measured) = ([0.1, 0.3], [6000, 4000], [0.8, 0.3]);
    let truth = 0.6 * shares[0] + 0.4 * shares[1];
    let runs = 2000;
    let mut held = 0;
    for _ in 0..runs {
        let stratum = |place: usize, seed: &mut u64| {
            let mut stratum = Stratum { population: sizes[place], measured: 0, successes: 0 };
            // A binomial draw by its normal limit: these are thousands.
            let draw = |n: f64, p: f64, seed: &mut u64| (n * p + (n * p * (1.0 - p)).sqrt() * normal(seed)).round();
            stratum.measured = draw(sizes[place] as f64, measured[place], seed) as u64;
            let everybody = draw(sizes[place] as f64, shares[place], seed);
            let n = stratum.measured as f64;
            let rest = 1.0 - n / sizes[place] as f64;
            let p = everybody / sizes[place] as f64;
            stratum.successes = (n * p + (n * p * (1.0 - p) * rest).sqrt() * normal(seed)).round() as u64;
            (stratum, p)
        };
        let (first, p1) = stratum(0, &mut seed);
        let (second, p2) = stratum(1, &mut seed);
        let adjusted = post_stratify(&[first, second]).expect("adjustable");
        let of_this_population = 0.6 * p1 + 0.4 * p2;
        close(of_this_population, truth, 0.05);
        held += i32::from(adjusted.interval.low <= of_this_population && of_this_population <= adjusted.interval.high);
    }
    assert!((1860..=1940).contains(&held), "{held} of {runs}");
}

#[test]
fn apdex_of_requests() {
    assert_eq!(apdex(60, 30, 100), Some(0.75));
    assert_eq!(apdex(0, 0, 0), None, "no traffic is not perfect");
    assert_eq!(Satisfaction::of(500.0, false, 500.0), Satisfaction::Satisfied);
    assert_eq!(Satisfaction::of(500.1, false, 500.0), Satisfaction::Tolerating);
    assert_eq!(Satisfaction::of(2000.0, false, 500.0), Satisfaction::Tolerating);
    assert_eq!(Satisfaction::of(2000.1, false, 500.0), Satisfaction::Frustrated);
    assert_eq!(Satisfaction::of(1.0, true, 500.0), Satisfaction::Frustrated);
}

#[test]
fn quantiles_and_means() {
    assert_eq!(quantile(&mut [], 0.5), None);
    assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), Some(2.0));
    assert_eq!(median(&mut [60.0, 120.0]), Some(90.0));
    assert_eq!(quantile(&mut [4.0, 1.0, 2.0, 3.0], 0.9), Some(3.7));
    assert_eq!(quantile(&mut [5.0], 0.9), Some(5.0));
    assert_eq!(weighted_quantile(&mut [(1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (4.0, 1.0)], 0.5), Some(2.0));
    assert_eq!(weighted_quantile(&mut [(1.0, 1.0), (2.0, 9.0)], 0.95), Some(2.0));
    assert_eq!(weighted_quantile(&mut [], 0.95), None);
    let mut hundred: Vec<(f64, f64)> = (1..=100).map(|n| (f64::from(n), 1.0)).collect();
    assert_eq!(weighted_quantile(&mut hundred, 0.95), Some(95.0));
    assert_eq!(mean(&[]), None);
}

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn ranks_correlate() {
    close(
        spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]).expect("they vary"),
        0.820782681668123,
        1e-12,
    );
    assert_eq!(spearman(&[1.0, 2.0, 3.0], &[4.0, 4.0, 4.0]), None, "what does not vary correlates with nothing");
}

#[test]
fn a_series_that_follows_three_buckets_later_has_lag_three() {
    let mut seed = 3;
    let noise: Vec<f64> = (0..103).map(|_| uniform(&mut seed)).collect();
    let (a, b) = (some(&noise[3..]), some(&noise[..100]));
    let found = correlate(&a, &b, 5).expect("they vary");
    assert_eq!(found.lag, 3);
    close(found.r, 1.0, 1e-12);
    assert!(found.p < 1e-9 && found.n_eff <= 97.0);
    assert_eq!(correlate(&b, &a, 5).expect("they vary").lag, -3);
    assert_eq!(correlate(&a, &a, 5).expect("they vary").lag, 0);
}

#[test]
fn buckets_without_a_value_are_left_out_and_too_few_say_nothing() {
    let mut a = some(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    a[4] = None;
    let found = correlate(&a, &a, 0).expect("five are left");
    assert!(found.n_eff <= 5.0);
    assert!(found.p >= 2.0 / 120.0, "even a perfect order of five comes about by chance");
    a[5] = Some(f64::NAN);
    assert_eq!(correlate(&a, &a, 0), None);
    assert_eq!(correlate(&[], &[], 3), None);
}

#[test]
fn slow_series_that_have_nothing_to_do_with_each_other_seldom_seem_to() {
    let mut seed = 11;
    let mut slow = || -> Vec<Option<f64>> {
        let mut value = 0.0;
        let step = |_| {
            value = 0.8 * value + normal(&mut seed);
            Some(value)
        };
        (0..200).map(step).collect()
    };
    let runs = 400;
    let found = (0..runs).filter(|_| correlate(&slow(), &slow(), 0).is_some_and(|found| found.p < 0.05)).count();
    assert!(found <= 36, "{found} of {runs} false discoveries at 5 %");
    let lagged = (0..100).filter(|_| correlate(&slow(), &slow(), 10).is_some_and(|found| found.p < 0.05)).count();
    assert!(lagged <= 12, "{lagged} of 100 with lags");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn intervals_hold_their_estimate(a in (0u64..500, 1u64..500), b in (0u64..500, 1u64..500)) {
        let (a, b) = ((a.0.min(a.1), a.1), (b.0.min(b.1), b.1));
        let share = a.0 as f64 / a.1 as f64;
        let interval = wilson(a.0, a.1).expect("trials");
        prop_assert!(0.0 <= interval.low && interval.low <= share + 1e-12);
        prop_assert!(share <= interval.high + 1e-12 && interval.high <= 1.0);
        let change = difference(a, b).expect("trials");
        prop_assert!(-1.0 <= change.low && change.low <= change.estimate + 1e-12);
        prop_assert!(change.estimate <= change.high + 1e-12 && change.high <= 1.0);
        let back = difference(b, a).expect("trials");
        prop_assert!((back.low + change.high).abs() < 1e-9);
    }

    #[test]
    fn a_false_discovery_rate_is_no_smaller_than_its_p_value_and_keeps_the_order(
        p in prop::collection::vec(0.0..1.0f64, 0..30)
    ) {
        let q = benjamini_hochberg(&p);
        for (place, &value) in p.iter().enumerate() {
            prop_assert!(q[place] >= value - 1e-12 && q[place] <= 1.0);
            for (other, &larger) in p.iter().enumerate() {
                prop_assert!(value > larger || q[place] <= q[other] + 1e-12);
            }
        }
    }

    #[test]
    fn hypergeometric_tails_are_probabilities(all in 1i64..300, marked in 0i64..300, drawn in 0i64..300, found in 0i64..300) {
        if let Some(p) = hypergeometric(all, marked, drawn, found) {
            prop_assert!((0.0..=1.0).contains(&p));
        }
    }
}
