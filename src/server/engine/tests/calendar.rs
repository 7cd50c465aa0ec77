//! Buckets, comparisons and ranges in zones whose clocks are changed.

use super::{DAY, HOUR, MINUTE, ms, time};
use crate::engine::calendar::{Buckets, compared, compared_on_screen, instant, millis, next_boundary, period_of, zone};
use crate::engine::naive;
use chrono_tz::Tz;
use parallax_domain::period::{Compare, NamedComparison, Range};
use parallax_domain::{Comparison, Interval, Period};
use proptest::prelude::*;
use proptest::sample::select;

fn starts(zone: &str, interval: Interval, from: &str, to: &str) -> Vec<String> {
    let buckets = Buckets::new(zone, interval, time(from), time(to)).expect("buckets");
    buckets.labels().iter().map(|label| label.format("%FT%RZ").to_string()).collect()
}

fn period(from: &str, to: &str) -> Period {
    Period { from: time(from), to: time(to) }
}

fn previous(zone: Tz, from: &str, to: &str) -> Period {
    compared(period(from, to), Comparison::Named(NamedComparison::Previous), zone).expect("a period")
}

fn year(zone: Tz, from: &str, to: &str) -> Period {
    compared(period(from, to), Comparison::Named(NamedComparison::Year), zone).expect("a period")
}

#[test]
fn a_day_has_23_hours_when_the_clock_goes_forward_and_25_when_it_goes_back() {
    let hours = |from, to| starts("Europe/Berlin", Interval::Hour, from, to).len();
    assert_eq!(hours("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), 23);
    assert_eq!(hours("2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z"), 25);
    assert_eq!(hours("2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z"), 24);
    let days = starts("Europe/Berlin", Interval::Day, "2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z");
    assert_eq!(days, ["2026-03-28T23:00Z", "2026-03-29T22:00Z"]);
}

#[test]
fn hours_begin_where_the_local_clock_shows_a_full_hour() {
    let hours = starts("Asia/Kolkata", Interval::Hour, "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z");
    assert_eq!(hours, ["2025-12-31T23:30Z", "2026-01-01T00:30Z", "2026-01-01T01:30Z"]);
    // Lord Howe Island changes its clock by half an hour: once a year an hour lasts 90 minutes, once 30 are skipped.
    let back = starts("Australia/Lord_Howe", Interval::Hour, "2026-04-04T13:00:00Z", "2026-04-04T17:00:00Z");
    assert_eq!(back, ["2026-04-04T13:00Z", "2026-04-04T14:00Z", "2026-04-04T15:30Z", "2026-04-04T16:30Z"]);
}

#[test]
fn a_midnight_that_does_not_exist_is_the_first_instant_of_its_day() {
    let days = starts("America/Sao_Paulo", Interval::Day, "2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z");
    assert_eq!(days, ["2018-11-03T03:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z"]);
    let days = starts("Asia/Beirut", Interval::Day, "2025-03-29T12:00:00Z", "2025-03-31T12:00:00Z");
    assert_eq!(days, ["2025-03-28T22:00Z", "2025-03-29T22:00Z", "2025-03-30T21:00Z"]);
}

#[test]
fn a_day_that_a_country_skipped_has_no_bucket() {
    let days = starts("Pacific/Apia", Interval::Day, "2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z");
    assert_eq!(days, ["2011-12-29T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z"]);
    let shown: Vec<String> = days
        .iter()
        .map(|day| time(&day.replace('Z', ":00Z")).with_timezone(&chrono_tz::Pacific::Apia).format("%d").to_string())
        .collect();
    assert_eq!(shown, ["29", "31", "01"]);
}

#[test]
fn the_first_bucket_keeps_its_calendar_start() {
    let weeks = starts("UTC", Interval::Week, "2026-01-15T14:30:00Z", "2026-01-27T00:00:00Z");
    assert_eq!(weeks, ["2026-01-12T00:00Z", "2026-01-19T00:00Z", "2026-01-26T00:00Z"]);
    let months = starts("America/New_York", Interval::Month, "2026-01-15T00:00:00Z", "2026-04-01T04:00:00Z");
    assert_eq!(months, ["2026-01-01T05:00Z", "2026-02-01T05:00Z", "2026-03-01T05:00Z"]);
}

#[test]
fn the_last_half_second_of_a_day_belongs_to_it() {
    let midnight = ms("2026-01-02T05:00:00Z");
    for (zone, shift) in [("America/New_York", 0), ("UTC", -5 * HOUR), ("Asia/Kolkata", -10 * HOUR - HOUR / 2)] {
        let midnight = midnight + shift;
        let (from, to) = (instant(midnight - DAY), instant(midnight + DAY));
        let buckets = Buckets::new(zone, Interval::Day, from, to).expect("buckets");
        for before in [1, 499, 500, 501] {
            assert_eq!(buckets.index_of(midnight - before), Some(0), "{zone} {before}");
        }
        assert_eq!(buckets.index_of(midnight), Some(1));
        assert_eq!(buckets.index_of(midnight - DAY - 1), None);
        assert_eq!(buckets.index_of(midnight + DAY), None);
    }
    // Before 1970 milliseconds count backwards.
    let old =
        Buckets::new("UTC", Interval::Day, time("1969-12-30T00:00:00Z"), time("1970-01-02T00:00:00Z")).expect("b");
    assert_eq!(old.index_of(-1), Some(1));
    assert_eq!(old.index_of(0), Some(2));
}

#[test]
fn a_bound_inside_a_millisecond_is_the_next_one() {
    assert_eq!(millis(time("2026-01-01T00:00:00.0005Z")), ms("2026-01-01T00:00:00Z") + 1);
    assert_eq!(millis(time("1969-12-31T23:59:59.9985Z")), -1);
    assert_eq!(millis(time("2026-01-01T00:00:00.001Z")), ms("2026-01-01T00:00:00Z") + 1);
}

#[test]
fn impossible_ranges_zones_and_intervals_are_named() {
    let refused = |zone, interval, from: &str, to: &str| {
        Buckets::new(zone, interval, time(from), time(to)).expect_err("not allowed").field.expect("a field")
    };
    let (one, two) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    assert_eq!(refused("UTC", Interval::Day, one, one), "to");
    assert_eq!(refused("UTC", Interval::Day, two, one), "to");
    assert_eq!(refused("Europe/Atlantis", Interval::Day, one, two), "zone");
    assert_eq!(refused("UTC", Interval::Hour, "2024-11-10T07:00:00Z", one), "interval");
    assert_eq!(refused("UTC", Interval::Hour, "0001-01-01T00:00:00Z", "9998-01-01T00:00:00Z"), "interval");
    let most =
        Buckets::new("UTC", Interval::Hour, time("2024-11-10T08:00:00Z"), time(one)).expect("10,000 are allowed");
    assert_eq!(most.len(), 10_000);
}

#[test]
fn previous_is_as_many_local_days_before() {
    let berlin = chrono_tz::Europe::Berlin;
    // The day after the change, and the change of 23 hours before it.
    let before = previous(berlin, "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z");
    assert_eq!(before, period("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"));
    let week = previous(berlin, "2026-03-29T22:00:00Z", "2026-04-05T22:00:00Z");
    assert_eq!(week, period("2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"));
    // No midnights: as many seconds.
    let seconds = previous(berlin, "2026-03-29T12:00:00Z", "2026-03-30T12:00:00Z");
    assert_eq!(seconds, period("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"));
    // The midnight that does not exist is one.
    let sao_paulo = chrono_tz::America::Sao_Paulo;
    let before = previous(sao_paulo, "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z");
    assert_eq!(before, period("2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"));
}

#[test]
fn year_is_the_same_calendar_dates() {
    let berlin = chrono_tz::Europe::Berlin;
    let march = year(berlin, "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z");
    assert_eq!(march, period("2025-02-28T23:00:00Z", "2025-03-31T22:00:00Z"));
    let days = |from: &str, to: &str| year(Tz::UTC, &format!("{from}T00:00:00Z"), &format!("{to}T00:00:00Z"));
    assert_eq!(days("2025-02-01", "2025-03-01"), period("2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"));
    assert_eq!(days("2024-02-29", "2024-03-01"), period("2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z"));
    assert_eq!(days("2024-02-28", "2024-02-29"), period("2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z"));
    let hours = year(berlin, "2026-07-01T08:30:00Z", "2026-07-01T09:30:00Z");
    assert_eq!(hours, period("2025-07-01T08:30:00Z", "2025-07-01T09:30:00Z"));
}

#[test]
fn a_custom_comparison_is_taken_as_it_is_but_not_reversed() {
    let (asked, other) = (
        period("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"),
        period("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"),
    );
    assert_eq!(compared(asked, Comparison::Custom(other), Tz::UTC), Ok(other));
    let reversed = Period { from: other.to, to: other.from };
    let problem = compared(asked, Comparison::Custom(reversed), Tz::UTC).expect_err("reversed");
    assert_eq!(problem.field.as_deref(), Some("compare"));
}

#[test]
fn screens_compare_weekdays_with_weekdays() {
    let against = |with, from: &str, to: &str| compared_on_screen(period(from, to), with, Tz::UTC).expect("a period");
    let week = against(Compare::Year, "2023-01-01T00:00:00Z", "2023-01-08T00:00:00Z");
    assert_eq!(week, period("2022-01-02T00:00:00Z", "2022-01-09T00:00:00Z"), "Sundays");
    let one_day = against(Compare::Weekday, "2026-01-14T00:00:00Z", "2026-01-14T15:30:00Z");
    assert_eq!(one_day, period("2026-01-07T00:00:00Z", "2026-01-07T15:30:00Z"));
    let eight_days = against(Compare::Weekday, "2026-01-12T00:00:00Z", "2026-01-20T00:00:00Z");
    assert_eq!(eight_days.from, time("2025-12-29T00:00:00Z"));
    let seven_days = against(Compare::Weekday, "2026-01-12T00:00:00Z", "2026-01-19T00:00:00Z");
    assert_eq!(seven_days.from, time("2026-01-05T00:00:00Z"));
    assert_eq!(compared_on_screen(one_day, Compare::None, Tz::UTC), None);
    // Seven local days around the change of the clock are 167 hours, and still one week.
    let berlin = compared_on_screen(
        period("2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"),
        Compare::Weekday,
        chrono_tz::Europe::Berlin,
    );
    assert_eq!(berlin, Some(period("2026-03-15T23:00:00Z", "2026-03-22T23:00:00Z")));
}

#[test]
fn ranges_are_read_in_the_zone() {
    let berlin = chrono_tz::Europe::Berlin;
    let now = time("2026-03-30T06:15:00Z");
    let of = |text: &str| period_of(&Range::parse(text).expect("a range"), berlin, now).expect("a period");
    assert_eq!(of("today"), Period { from: time("2026-03-29T22:00:00Z"), to: now });
    assert_eq!(of("yesterday"), period("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"));
    assert_eq!(of("7d"), Period { from: time("2026-03-23T23:00:00Z"), to: now });
    assert_eq!(of("1d"), of("today"));
    assert_eq!(of("24h"), Period { from: time("2026-03-29T06:15:00Z"), to: now });
    assert_eq!(of("30m"), Period { from: time("2026-03-30T05:45:00Z"), to: now });
    assert_eq!(of("month"), Period { from: time("2026-02-28T23:00:00Z"), to: now });
    assert_eq!(of("2026-03-01..2026-03-29"), period("2026-02-28T23:00:00Z", "2026-03-29T22:00:00Z"));
    assert_eq!(of("2026-03-29T01:30..2026-03-29T03:30"), period("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"));
    assert_eq!(of("2026-03-01T00:00:00Z..2026-03-02"), period("2026-03-01T00:00:00Z", "2026-03-02T23:00:00Z"));
    for wrong in ["2026-13-01..2026-03-29", "2026-03-29..2026-03-01", "2026-03-29T01..2026-03-30T01"] {
        let range = Range::parse(wrong).expect("it looks like a range");
        assert_eq!(period_of(&range, berlin, now).expect_err(wrong).field.as_deref(), Some("range"));
    }
    let midnight = period_of(&Range::Today, Tz::UTC, time("2026-03-30T00:00:00Z")).expect("a period");
    assert!(midnight.from < midnight.to, "a range is never empty");
}

#[test]
fn a_chart_has_about_a_hundred_points_at_round_times() {
    let to = ms("2026-03-30T06:15:00Z");
    for length in [MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 28 * DAY, 91 * DAY, 365 * DAY, 760 * DAY, 3000 * DAY] {
        let period = Period { from: instant(to - length), to: instant(to) };
        let buckets = Buckets::for_chart("Europe/Berlin", period).expect("buckets");
        assert!((6..=130).contains(&buckets.len()), "{length}: {}", buckets.len());
        assert!(buckets.start(0) <= to - length && buckets.start(buckets.len()) >= to);
        assert!(buckets.index_of(to - length) == Some(0) && buckets.index_of(to - 1) == Some(buckets.len() - 1));
    }
    // Six hours each from local midnight, also on the day of 23 hours.
    let buckets = Buckets::for_chart("Europe/Berlin", period("2026-03-01T23:00:00Z", "2026-03-31T22:00:00Z"));
    let labels = buckets.expect("buckets").labels();
    let around: Vec<String> = labels.iter().map(|at| at.format("%d %R").to_string()).collect();
    let change = around.iter().position(|at| at == "28 23:00").expect("midnight before the change");
    assert_eq!(around[change..change + 5], ["28 23:00", "29 05:00", "29 11:00", "29 17:00", "29 22:00"]);
}

const ZONES: [&str; 17] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/Asuncion",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Atlantic/Azores",
    "America/Scoresbysund",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn buckets_are_what_the_clock_on_the_wall_shows(
        name in select(&ZONES[..]),
        interval in select(&[Interval::Hour, Interval::Day, Interval::Week, Interval::Month][..]),
        from in ms("1975-01-01T00:00:00Z")..ms("2036-01-01T00:00:00Z"),
        length in prop_oneof![1..3 * DAY, 1..120 * DAY],
        at in 0.0..1.0f64,
    ) {
        let buckets = Buckets::new(name, interval, instant(from), instant(from + length)).expect("buckets");
        let tz: Tz = zone(name).expect("a zone");
        let expected = naive::buckets(tz, interval, from, from + length);
        let starts: Vec<i64> = buckets.labels().iter().map(|label| label.timestamp_millis()).collect();
        prop_assert_eq!(&starts, &expected);

        let at = from + (length as f64 * at) as i64;
        let index = buckets.index_of(at).expect("inside");
        prop_assert!(buckets.start(index) <= at && at < buckets.end(index));
        prop_assert_eq!(buckets.start(index), naive::bucket(tz, interval, at));
        prop_assert_eq!(next_boundary(tz, interval, at), buckets.end(index));
    }

    #[test]
    fn a_comparison_is_never_empty_and_never_overlaps_when_it_goes_back(
        name in select(&ZONES[..]),
        from in ms("1995-01-01T00:00:00Z")..ms("2036-01-01T00:00:00Z"),
        length in prop_oneof![1..3 * DAY, 1..400 * DAY],
        midnights in any::<bool>(),
    ) {
        let tz: Tz = zone(name).expect("a zone");
        let (mut from, mut to) = (from, from + length);
        if midnights {
            from = naive::bucket(tz, Interval::Day, from);
            to = next_boundary(tz, Interval::Day, to);
        }
        let asked = Period { from: instant(from), to: instant(to) };
        let before = compared(asked, Comparison::Named(NamedComparison::Previous), tz).expect("a period");
        prop_assert!(before.from < before.to && before.to <= asked.from);
        prop_assert!(midnights || before.to - before.from == asked.to - asked.from);
        let year = compared(asked, Comparison::Named(NamedComparison::Year), tz).expect("a period");
        prop_assert!(year.from < year.to);
        let weeks = compared_on_screen(asked, Compare::Weekday, tz).expect("a period");
        prop_assert!(weeks.from < weeks.to && weeks.from < asked.from);
    }
}
