//! The test vectors of the semantics, V1 to V15, each under its name.

use super::reader::{Showing, ask};
use super::{MINUTE, frame, ms, time};
use crate::engine::funnel::{self, significance};
use crate::engine::lifecycle;
use crate::engine::naive::Event;
use crate::engine::retention::mean_retention;
use crate::engine::statistics::{
    Stratum, benjamini_hochberg, bounds, hypergeometric, odds_ratio, phi, post_stratify, quick_ratio, two_proportions,
    wilson,
};
use crate::engine::{Question, attribution};
use parallax_domain::Interval;
use parallax_domain::question::*;

/// One person's events, by name and minute.
fn of_one(events: &[(&str, i64)]) -> Vec<Event> {
    let start = ms("2026-01-10T13:00:00Z");
    let event = |(seq, (name, minute)): (usize, &(&str, i64))| Event {
        seq: seq as u64,
        ..Event::new("p", start + minute * MINUTE, name)
    };
    events.iter().enumerate().map(event).collect()
}

fn in_a_row(names: &str) -> Vec<Event> {
    let names: Vec<&str> = names.split_whitespace().collect();
    of_one(&names.iter().copied().zip(1..).collect::<Vec<_>>())
}

fn answer(funnel: &Funnel, events: &[Event]) -> FunnelAnswer {
    let frame = frame("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "UTC");
    let plan = funnel::Plan::new(funnel, &frame, time("2026-03-01T00:00:00Z")).expect("a funnel");
    ask(&plan, events, Showing::Least)
}

fn counts(funnel: &Funnel, events: &[Event]) -> Vec<i64> {
    answer(funnel, events).steps.iter().map(|step| step.count).collect()
}

#[test]
fn v1_a_repeated_first_step_does_not_reset_the_clock_unless_reentry_is_asked_for() {
    let events = of_one(&[("A", 0), ("A", 30), ("B", 45), ("C", 75)]);
    let mut funnel = Funnel { window: 3600, ..Funnel::of(&["A", "B", "C"]) };
    assert_eq!(counts(&funnel, &events), [1, 1, 0]);
    funnel.reentry = true;
    assert_eq!(counts(&funnel, &events), [1, 1, 1]);
    assert_eq!(answer(&funnel, &events).time_to_convert.median, Some(45.0 * 60.0));
}

#[test]
fn v2_other_events_break_only_a_strict_sequence() {
    let events = in_a_row("A B F C D E");
    let mut funnel = Funnel::of(&["A", "B", "C", "D", "E"]);
    assert_eq!(counts(&funnel, &events), [1, 1, 1, 1, 1]);
    funnel.order = Order::Strict;
    assert_eq!(counts(&funnel, &events), [1, 1, 0, 0, 0]);
}

#[test]
fn v3_a_later_step_that_came_too_early_is_no_harm() {
    assert_eq!(counts(&Funnel::of(&["A", "B", "C", "D", "E"]), &in_a_row("A B D C D E")), [1, 1, 1, 1, 1]);
}

#[test]
fn v4_a_step_cannot_be_jumped_over() {
    assert_eq!(counts(&Funnel::of(&["A", "B", "C", "D", "E"]), &in_a_row("A B C E")), [1, 1, 1, 0, 0]);
}

#[test]
fn v5_two_equal_steps_need_two_events() {
    let funnel = Funnel::of(&["A", "A"]);
    assert_eq!(counts(&funnel, &in_a_row("A")), [1, 0]);
    assert_eq!(counts(&funnel, &in_a_row("A A")), [1, 1]);
    for order in [Order::Strict, Order::Any, Order::Flexible] {
        let funnel = Funnel { order, ..funnel.clone() };
        assert_eq!(counts(&funnel, &in_a_row("A")), [1, 0], "{order:?}");
        assert_eq!(counts(&funnel, &in_a_row("A A")), [1, 1], "{order:?}");
    }
}

#[test]
fn v6_the_edge_of_the_window_is_inside() {
    let funnel = Funnel { window: 3600, ..Funnel::of(&["A", "B"]) };
    assert_eq!(counts(&funnel, &of_one(&[("A", 0), ("B", 60)])), [1, 1]);
    assert_eq!(counts(&funnel, &of_one(&[("A", 0), ("B", 61)])), [1, 0]);
}

#[test]
fn v7_an_excluding_event_is_no_new_entry() {
    let exclusion = Exclusion { event: "A".into(), after_step: 1, before_step: 2, mode: ExclusionMode::Drop };
    let funnel = Funnel { count: Count::Total, exclusions: vec![exclusion], ..Funnel::of(&["A", "B"]) };
    assert_eq!(counts(&funnel, &in_a_row("A A A B")), [2, 1]);
}

#[test]
fn v8_all_steps_of_one_value() {
    let browsers = ["Chrome", "Firefox", "Chrome", "Chrome", "Firefox"];
    let events = in_a_row("pageview pageview signup post post");
    let events: Vec<Event> = events.into_iter().zip(browsers).map(|(e, browser)| e.with("browser", browser)).collect();
    let breakdown = Breakdown { field: "browser".into(), attribution: Touch::All, step: None };
    let funnel = Funnel { breakdown: Some(breakdown), ..Funnel::of(&["pageview", "signup", "post"]) };
    let rows = answer(&funnel, &events).breakdown;
    let row = |value: &str, counts: [i64; 3]| FunnelRow { value: Some(value.into()), counts: counts.to_vec() };
    assert_eq!(rows, [row("Chrome", [1, 1, 1]), row("Firefox", [1, 0, 0])]);
}

#[test]
fn v9_significance_of_a_segment() {
    let close = |found: i64, p: f64, digits: f64| {
        assert!((hypergeometric(1000, 200, 100, found).expect("a p value") - p).abs() < digits, "{found}");
    };
    close(35, 0.000153, 5e-7);
    close(21, 0.4394, 5e-5);

    let step = |count| StepAnswer {
        event: "A".into(),
        count,
        overall: None,
        from_previous: None,
        median_seconds: None,
        p90_seconds: None,
    };
    let answer = FunnelAnswer { steps: vec![step(1000), step(200)], ..FunnelAnswer::default() };
    let row = |counts: [i64; 2]| FunnelRow { value: None, counts: counts.to_vec() };
    assert!(significance(&answer, &row([100, 35])).is_some_and(|p| p < 0.001));
    assert_eq!(significance(&answer, &row([29, 20])), None, "too few to say");
}

#[test]
fn v10_odds_ratio_with_prior_and_false_discoveries() {
    let (ratio, interval) = odds_ratio((5, 1), (7, 11)).expect("a ratio");
    assert!((ratio - 11.0).abs() < 1e-12);
    assert!(interval.low < ratio && ratio < interval.high);
    let q = benjamini_hochberg(&[0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205]);
    assert_eq!(q.iter().filter(|q| **q <= 0.05).count(), 2);
}

#[test]
fn v11_mean_retention_simple_and_weighted() {
    let row = |size, back| CohortRow {
        start: time("2026-01-01T00:00:00Z"),
        size,
        values: vec![size, back],
        complete: vec![true, true],
    };
    let (simple, weighted) =
        mean_retention(&RetentionAnswer { cohorts: vec![row(100, 40), row(10, 8)] }, 1).expect("two");
    assert!((simple - 0.6).abs() < 1e-12);
    assert!((weighted - 48.0 / 110.0).abs() < 1e-12);
}

#[test]
fn v12_growth_accounting() {
    let days = [
        ("a", "9"),
        ("b", "9"),
        ("c", "9"),
        ("d", "9"),
        ("b", "10"),
        ("c", "10"),
        ("e", "10"),
        ("f", "10"),
        ("f", "5"),
    ];
    let event = |(person, day): &(&str, &str)| Event::new(person, ms(&format!("2026-01-{day:0>2}T12:00:00Z")), "open");
    let events: Vec<Event> = days.iter().map(event).collect();
    let frame = frame("2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z", "UTC");
    let plan = lifecycle::Plan::new(&Lifecycle { event: None, interval: Interval::Day }, &frame).expect("a question");
    let answer = ask(&plan, &events, Showing::Least);
    assert_eq!((answer.new, answer.returning), (vec![1], vec![2]));
    assert_eq!((answer.resurrecting, answer.dormant), (vec![1], vec![2]));
    assert_eq!(answer.quick_ratio, [Some(1.0)]);
    assert_eq!(quick_ratio(20.0 + 8.0, 5.0 + 3.0), Some(3.5));
}

fn credits(model: Model, days_before: &[i64]) -> Vec<f64> {
    let conversion = ms("2026-01-31T00:00:00Z");
    let touch = |(n, days): (usize, &i64)| {
        Event::new("p", conversion - days * 24 * 60 * MINUTE, "visit").with("campaign.source", &format!("s{n}"))
    };
    let mut events: Vec<Event> = days_before.iter().enumerate().map(touch).collect();
    events.push(Event { seq: 9, ..Event::new("p", conversion, "buy") });
    let frame = frame("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "UTC");
    let field = "campaign.source".to_owned();
    let question = Attribution { conversion: "buy".into(), field, model, lookback_days: 30 };
    let plan = attribution::Plan::new(&question, &frame).expect("a question");
    assert!(plan.needs().revenue);
    let mut rows = ask(&plan, &events, Showing::Least).rows;
    rows.sort_by(|a, b| a.value.cmp(&b.value));
    rows.iter().map(|row| row.conversions).collect()
}

#[test]
fn v13_attribution_models() {
    let close = |model, days: &[i64], expected: &[f64]| {
        let credits = credits(model, days);
        assert_eq!(credits.len(), expected.len(), "{model:?}");
        assert!(credits.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{model:?} {credits:?}");
    };
    close(Model::U, &[2, 1], &[0.5, 0.5]);
    close(Model::J, &[2, 1], &[0.25, 0.75]);
    close(Model::InverseJ, &[2, 1], &[0.75, 0.25]);
    close(Model::U, &[6, 5, 4, 3, 2, 1], &[0.40, 0.05, 0.05, 0.05, 0.05, 0.40]);
    close(Model::J, &[6, 5, 4, 3, 2, 1], &[0.20, 0.05, 0.05, 0.05, 0.05, 0.60]);
    close(Model::TimeDecay, &[14, 7, 0], &[0.142857, 0.285714, 0.571429]);
    close(Model::U, &[3], &[1.0]);
}

#[test]
fn v14_bounds_of_what_the_others_may_have_done() {
    let bounds = bounds(0.12, 0.70);
    assert!((bounds.low - 0.084).abs() < 1e-12 && (bounds.high - 0.384).abs() < 1e-12);
}

#[test]
fn v15_reweighting_to_the_population() {
    let mobile = Stratum { population: 6000, measured: 5000, successes: 300 };
    let desktop = Stratum { population: 4000, measured: 1500, successes: 300 };
    let adjusted = post_stratify(&[mobile, desktop]).expect("adjustable");
    assert!((adjusted.observed - 0.0923).abs() < 5e-5);
    assert!((adjusted.share - 0.1160).abs() < 5e-5);
    assert!((adjusted.coverage - 0.65).abs() < 1e-12);
    assert_eq!(adjusted.n_eff.round(), 5597.0);
}

#[test]
fn intervals_and_tests_of_the_semantics() {
    let interval = wilson(30, 100).expect("trials");
    assert!((interval.low - 0.219).abs() < 5e-4 && (interval.high - 0.396).abs() < 5e-4);
    let none = wilson(0, 10).expect("trials");
    assert!(none.low == 0.0 && (none.high - 0.278).abs() < 5e-4);
    let (z, p) = two_proportions((300, 2000), (250, 2000), 1.0).expect("it varies");
    assert!((z - 2.296).abs() < 5e-4 && (p - 0.0217).abs() < 5e-5);
    assert!((phi(5, 1, 2, 10).expect("it varies") - 0.6447).abs() < 5e-5);
}
