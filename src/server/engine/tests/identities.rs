//! What must hold whatever people did: count = list = sum of the trend = sum of the rows, and the laws of each question.

use super::histories::{History, funnel, history};
use super::reader::{Showing, ask};
use super::{DAY, assert_same};
use crate::engine::calendar::instant;
use crate::engine::naive::Event;
use crate::engine::{funnel as funnels, lifecycle, retention, sessions, stickiness, trend};
use parallax_domain::Interval;
use parallax_domain::question::*;
use proptest::prelude::*;

fn answer(funnel: &Funnel, history: &History) -> FunnelAnswer {
    let plan = funnels::Plan::new(funnel, &history.frame, history.fresh_as_of).expect("a funnel");
    ask(&plan, &history.events, Showing::Least)
}

fn listed(funnel: &Funnel, history: &History, step: usize, outcome: FunnelOutcome) -> FunnelPeopleAnswer {
    let asked = FunnelPeople { step, outcome, limit: 10_000, after: None };
    let plan = funnels::PeoplePlan::new(funnel, &asked, &history.frame, history.fresh_as_of).expect("a question");
    ask(&plan, &history.events, Showing::Least)
}

fn counts(answer: &FunnelAnswer) -> Vec<i64> {
    answer.steps.iter().map(|step| step.count).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_count_is_the_list_is_the_trend_is_the_rows(history in history(6, 16), funnel in funnel()) {
        let answer = answer(&funnel, &history);
        let counts = counts(&answer);
        let last = counts.len() - 1;

        for step in 1..=counts.len() {
            let completed = listed(&funnel, &history, step, FunnelOutcome::Completed);
            prop_assert_eq!(completed.total, counts[step - 1]);
            prop_assert_eq!(completed.people.len() as i64, counts[step - 1]);
            prop_assert!(completed.people.iter().all(|person| person.steps[step - 1].is_some()));
            prop_assert!(completed.people.iter().all(|person| person.steps[0] == Some(person.entered_at)));
            if step >= 2 {
                let dropped = listed(&funnel, &history, step, FunnelOutcome::Dropped).total;
                let both = completed.people.iter().filter(|person| person.steps[step - 2].is_some()).count() as i64;
                prop_assert_eq!(dropped + both, counts[step - 2]);
                if funnel.order != Order::Flexible {
                    prop_assert_eq!(dropped, counts[step - 2] - counts[step - 1]);
                }
            }
        }
        if funnel.trend.is_some() {
            prop_assert_eq!(answer.trend.iter().map(|bucket| bucket.entered).sum::<i64>(), counts[0]);
            prop_assert_eq!(answer.trend.iter().map(|bucket| bucket.converted).sum::<i64>(), counts[last]);
            prop_assert_eq!(answer.trend.iter().map(|bucket| bucket.open).sum::<i64>(), answer.open);
            prop_assert!(answer.trend.iter().all(|bucket| bucket.converted + bucket.open <= bucket.entered));
        }
        if let Some(Breakdown { attribution: Touch::First | Touch::Last, .. }) = funnel.breakdown {
            for (step, count) in counts.iter().enumerate() {
                prop_assert_eq!(answer.breakdown.iter().map(|row| row.counts[step]).sum::<i64>(), *count);
            }
        }
        let histogram: i64 = answer.time_to_convert.histogram.iter().map(|bucket| bucket.count).sum();
        prop_assert_eq!(histogram, counts[last]);
        if funnel.order != Order::Flexible {
            prop_assert!(counts.is_sorted_by(|before, after| before >= after));
        }
    }

    #[test]
    fn more_freedom_never_loses_anybody(history in history(6, 16), funnel in funnel()) {
        // Without exclusions and holds, which may remove for more reasons the longer somebody is followed.
        let plain = Funnel { exclusions: vec![], hold: vec![], breakdown: None, count: Count::Unique, ..funnel };
        let reached = |order, reentry, window| {
            counts(&answer(&Funnel { order, reentry, window, ..plain.clone() }, &history))
        };
        let last = plain.steps.len() - 1;
        let (sequential, strict) = (reached(Order::Sequential, false, 3600), reached(Order::Strict, false, 3600));
        prop_assert!((0..=last).all(|step| strict[step] <= sequential[step]));
        prop_assert!(sequential[last] <= reached(Order::Flexible, false, 3600)[last]);
        prop_assert!(sequential[last] <= reached(Order::Sequential, true, 3600)[last]);
        let longer = reached(Order::Sequential, false, 7200);
        prop_assert!((0..=last).all(|step| sequential[step] <= longer[step]));
        prop_assert_eq!(sequential[0], longer[0]);
    }

    #[test]
    fn everybody_active_was_active_before_or_came(history in history(6, 14), weekly in any::<bool>()) {
        let interval = if weekly { Interval::Week } else { Interval::Day };
        let plan = lifecycle::Plan::new(&Lifecycle { event: None, interval }, &history.frame).expect("a question");
        let change = ask(&plan, &history.events, Showing::Least);
        let series = vec![TrendSeries { event: None, measure: "unique".into() }];
        let plan = trend::Plan::new(&Trend { series, interval, breakdown: None }, &history.frame).expect("a question");
        let active: Vec<i64> =
            ask(&plan, &history.events, Showing::Least).series[0].values.iter().map(|x| x.expect("known") as i64).collect();
        for bucket in 0..active.len() {
            let came = change.new[bucket] + change.resurrecting[bucket];
            prop_assert_eq!(active[bucket], came + change.returning[bucket]);
            if bucket > 0 {
                prop_assert_eq!(active[bucket], active[bucket - 1] + came - change.dormant[bucket]);
            }
        }
    }

    #[test]
    fn parts_of_a_trend_make_the_whole(history in history(5, 14), daily in any::<bool>()) {
        let interval = if daily { Interval::Day } else { Interval::Week };
        let asked = |breakdown: Option<&str>, measure: &str| {
            let series = vec![TrendSeries { event: None, measure: measure.to_owned() }];
            let question = Trend { series, interval, breakdown: breakdown.map(str::to_owned) };
            let plan = trend::Plan::new(&question, &history.frame).expect("a question");
            ask(&plan, &history.events, Showing::Least).series
        };
        for measure in ["total", "sum:item"] {
            let whole = &asked(None, measure)[0];
            let total = whole.total.expect("known");
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
            prop_assert!(close(whole.values.iter().flatten().sum(), total));
            let parts = asked(Some("country"), measure);
            prop_assert!(close(parts.iter().filter_map(|line| line.total).sum(), total));
        }
        let (whole, parts) = (&asked(None, "unique")[0], asked(Some("country"), "unique"));
        let most = whole.values.iter().flatten().copied().fold(0.0, f64::max);
        prop_assert!(most <= whole.total.expect("known"));
        prop_assert!(whole.total <= Some(whole.values.iter().flatten().sum()));
        prop_assert!(whole.total.expect("known") <= parts.iter().filter_map(|line| line.total).sum::<f64>());
        // Stickiness counts the same people.
        let plan = stickiness::Plan::new(&Stickiness { event: None, unit: interval }, &history.frame).expect("a question");
        let days = ask(&plan, &history.events, Showing::Least).days;
        prop_assert_eq!(Some(days.iter().map(|day| day.people).sum::<i64>() as f64), whole.total);
        let visited: i64 = days.iter().map(|day| day.x * day.people).sum();
        prop_assert_eq!(visited as f64, whole.values.iter().flatten().sum::<f64>());
    }

    #[test]
    fn who_returns_in_a_period_returns_in_it_or_later(history in history(6, 14), rolling in any::<bool>()) {
        let asked = |mode| {
            let interval = if rolling { RetentionInterval::Rolling } else { RetentionInterval::Calendar };
            let question = Retention {
                start: Some("A".into()),
                back: None,
                unit: Interval::Day,
                mode,
                cohort: Cohort::Recurring,
                interval,
                periods: 5,
            };
            let plan = retention::Plan::new(&question, &history.frame, history.fresh_as_of).expect("a question");
            ask(&plan, &history.events, Showing::Least).cohorts
        };
        for (on, after) in asked(RetentionMode::On).into_iter().zip(asked(RetentionMode::OnOrAfter)) {
            prop_assert_eq!(on.size, after.size);
            prop_assert!(on.values.iter().zip(&after.values).all(|(on, after)| on <= after));
            prop_assert!(after.values.is_sorted_by(|early, late| early >= late));
            prop_assert_eq!(after.values[0], after.size, "the start event itself is a return");
            prop_assert!(after.complete.is_sorted_by(|early, late| early >= late));
        }
    }

    #[test]
    fn sessions_of_all_values_are_all_sessions(history in history(5, 14)) {
        let asked = |by: Option<&str>| {
            let plan = sessions::Plan::new(&Sessions { by: by.map(str::to_owned) }, &history.frame).expect("a question");
            ask(&plan, &history.events, Showing::Least).rows
        };
        let whole = &asked(None)[0];
        let parts = asked(Some("country"));
        prop_assert_eq!(parts.iter().map(|row| row.sessions).sum::<i64>(), whole.sessions);
        prop_assert!(parts.iter().all(|row| row.people <= row.sessions && row.people <= whole.people));
    }

    #[test]
    fn it_does_not_matter_how_the_work_is_shared(history in history(6, 14), funnel in funnel()) {
        // The reader gives every other person to a second tally: one more in front, and everybody changes sides.
        let mut events = history.events.clone();
        events.push(Event::new("z", history.frame.from.timestamp_millis() - 400 * DAY, "nothing that counts"));
        let plan = funnels::Plan::new(&funnel, &history.frame, history.fresh_as_of).expect("a funnel");
        let same = ask(&plan, &events, Showing::Least);
        assert_same(&same, &answer(&funnel, &history), "shared differently");
    }
}

#[test]
fn more_than_200_values_share_one_row_and_nobody_is_counted_twice_in_it() {
    let start = super::ms("2026-01-10T00:00:00Z");
    let mut events = Vec::new();
    for value in 0..250 {
        // The first 199 values have two people, the others one each: the same one for the last fifty.
        let people = if value < 199 { vec![format!("a{value}"), "everywhere".into()] } else { vec!["rare".to_owned()] };
        for person in people {
            let event = Event::new(&person, start + value, "A").with("properties.item", &format!("{value:03}"));
            events.push(Event { seq: value as u64, ..event });
        }
    }
    events.push(Event::new("rare", start + 1000, "A"));
    let frame = super::frame("2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z", "UTC");
    let lines = |measure: &str| {
        let series = vec![TrendSeries { event: None, measure: measure.into() }];
        let question = Trend { series, interval: Interval::Day, breakdown: Some("properties.item".into()) };
        let plan = trend::Plan::new(&question, &frame).expect("a question");
        let answer = ask(&plan, &events, Showing::Least);
        assert_same(&answer, &crate::engine::naive::trend(&events, &question, &frame), measure);
        answer.series
    };
    for (measure, other) in [("total", 50.0), ("unique", 1.0), ("per_user", 50.0), ("p95:item", 247.0)] {
        let lines = lines(measure);
        // Who did it without an item has a row of their own, but no number.
        let missing = usize::from(!measure.starts_with("p95"));
        assert_eq!(lines.len(), 201 + missing, "{measure}");
        assert_eq!(lines.iter().filter(|line| line.value.is_none()).count(), missing);
        let last = lines.last().expect("lines");
        assert_eq!(last.value.as_deref(), Some("$other"));
        assert_eq!((last.total, last.values[0]), (Some(other), Some(other)), "{measure}");
    }

    let breakdown = Breakdown { field: "properties.item".into(), attribution: Touch::First, step: None };
    let funnel = Funnel { breakdown: Some(breakdown), count: Count::Total, ..Funnel::of(&["A", "B"]) };
    let history = History { events, frame, fresh_as_of: instant(start) };
    let rows = answer(&funnel, &history).breakdown;
    assert!(
        rows.len() <= 202
            && rows.iter().map(|row| row.counts[0]).sum::<i64>() == answer(&funnel, &history).steps[0].count
    );

    let plan =
        sessions::Plan::new(&Sessions { by: Some("properties.item".into()) }, &history.frame).expect("a question");
    let answer = ask(&plan, &history.events, Showing::Least);
    let naive = crate::engine::naive::sessions(
        &history.events,
        &Sessions { by: Some("properties.item".into()) },
        &history.frame,
    );
    assert_same(&answer, &naive, "sessions");
}
