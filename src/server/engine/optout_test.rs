use super::*;

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Duration::days(number as i64)
}

fn series(counts: &[(u64, u64)]) -> Vec<Day> {
    let of = |(index, (denied, decided)): (usize, &(u64, u64))| Day {
        day: day(index as u64),
        denied: *denied,
        decided: *decided,
    };
    counts.iter().enumerate().map(of).collect()
}

fn close(found: f64, expected: f64, by: f64) {
    assert!((found - expected).abs() <= by, "{found} is not {expected}");
}

/// A small generator of its own, so that the test needs no crate for it.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1u64 << 53) as f64
}

fn drawn(state: &mut u64, decided: u64, rate: f64) -> (u64, u64) {
    ((0..decided).filter(|_| uniform(state) < rate).count() as u64, decided)
}

#[test]
fn a_day_is_tested_against_four_weeks_without_the_day_before() {
    // 1,008 of 28,000 in 28 equal days, one that is left out, and the day of trust §3.5: z = 5.696579.
    let mut counts = vec![(36, 1000); 28];
    counts.extend([(900, 1000), (400, 8000)]);
    let judged = judge(&series(&counts));
    let last = judged.last().unwrap();
    let base = last.base.unwrap();
    assert_eq!((base.denied, base.decided, base.dispersion), (1008, 28_000, 1.0));
    let test = last.test.unwrap();
    close(test.z, 5.696579, 5e-7);
    close(test.difference.estimate, 0.0140, 5e-5);
    close(test.difference.low, 0.008913, 5e-7);
    close(test.difference.high, 0.019426, 5e-7);
    let interval = last.interval.unwrap();
    assert!(interval.low < 0.05 && interval.high > 0.05);
}

#[test]
fn scatter_of_the_days_before_widens_the_test() {
    let scattered = [(30, 1000), (41, 1100), (35, 980), (52, 1020), (28, 1005), (44, 1010), (39, 990)];
    let mut counts = scattered.to_vec();
    counts.extend([(40, 1000), (90, 1000)]);
    let last = *judge(&series(&counts)).last().unwrap();
    let base = last.base.unwrap();
    close(base.rate(), 0.037861, 5e-7);
    close(base.dispersion, 1.729197, 5e-7);
    let (plain, _) = two_proportions((90, 1000), (base.denied, base.decided), 1.0).unwrap();
    close(last.test.unwrap().z, plain / base.dispersion.sqrt(), 1e-9);
}

#[test]
fn too_little_is_no_base_and_no_test() {
    let none = |counts: &[(u64, u64)]| judge(&series(counts)).last().unwrap().base.is_none();
    assert!(none(&[(3, 100); 7]), "six days before the one that is left out");
    assert!(none(&[(1, 20); 10]), "200 decisions at least");
    assert!(none(&[(0, 100); 20]), "a share of nothing has no scatter");
    let few = judge(&series(&[[(3, 100); 20].as_slice(), &[(20, 199)]].concat()));
    assert!(few.last().unwrap().base.is_some() && few.last().unwrap().test.is_none());
}

fn judged(counts: &[(u64, u64)]) -> Vec<Judged> {
    judge(&series(counts))
}

#[test]
fn only_what_is_large_and_unlikely_is_told_as_a_change() {
    let quiet = [(36, 1000); 40];
    let with = |last: (u64, u64)| judged(&[quiet.as_slice(), &[last]].concat());
    let told = |last| changes(&[("all", with(last))], 1);
    assert_eq!(told((36, 1000)), []);
    assert_eq!(told((52, 1000)), [], "unlikely, but not one in a thousand");
    let rise = told((80, 1000));
    assert_eq!((rise[0].direction, rise[0].test.is_some()), (Direction::Rise, true));
    let fall = told((5, 1000));
    assert_eq!(fall[0].direction, Direction::Fall);
    // Half a point of 36 in a thousand, proven by a hundred thousand decisions: true, and does not matter.
    let tiny = judged(&[[(3600, 100_000); 40].as_slice(), &[(4100, 100_000)]].concat());
    let last = tiny.last().unwrap();
    assert!(last.test.unwrap().p < SIGNIFICANT);
    assert!(changes(&[("all", tiny)], 1).iter().all(|change| change.test.is_none()));
}

#[test]
fn among_many_segments_a_lone_unlikely_one_is_held_to_more() {
    // One segment near the line of 0.001, among ninety-nine quiet ones: its false discovery rate is above 5 %.
    let mut segments: Vec<(usize, Vec<Judged>)> =
        (0..99).map(|number| (number, judged(&[[(36, 1000); 40].as_slice(), &[(36, 1000)]].concat()))).collect();
    let near = judged(&[[(36, 1000); 40].as_slice(), &[(57, 1000)]].concat());
    let p = near.last().unwrap().test.unwrap().p;
    assert!(p < SIGNIFICANT && p * 100.0 > FALSE_DISCOVERY, "{p}");
    assert_eq!(changes(&[(0, near.clone())], 1).len(), 1);
    segments.push((99, near));
    assert!(changes(&segments, 1).iter().all(|change| change.test.is_none()));
}

#[test]
fn a_lasting_rise_is_found_within_five_days_and_quiet_years_stay_quiet() {
    let mut seed = 7;
    let mut late = 0;
    for _ in 0..1_000 {
        let mut counts: Vec<(u64, u64)> = (0..30).map(|_| drawn(&mut seed, 1000, 0.036)).collect();
        counts.extend((0..5).map(|_| drawn(&mut seed, 1000, 0.054)));
        late += i32::from(!judged(&counts)[30..].iter().any(|day| day.alarm == Some(Direction::Rise)));
    }
    assert!(late <= 50, "{late} of 1,000 runs found it later than five days");
    const YEARS: usize = 20;
    let counts: Vec<(u64, u64)> = (0..365 * YEARS).map(|_| drawn(&mut seed, 1000, 0.036)).collect();
    let false_alarms = judged(&counts).iter().filter(|day| day.alarm.is_some()).count();
    assert!(false_alarms <= YEARS, "{false_alarms} false alarms in {YEARS} years");
}
