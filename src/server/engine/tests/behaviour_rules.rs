//! The fine print of the other questions, rule by rule, with answers worked out by hand.

use super::reader::{Showing, ask};
use super::{DAY, HOUR, MINUTE, START, field, frame, january, ms, person, time};
use crate::engine::naive::Event;
use crate::engine::sessions::Splitter;
use crate::engine::{attribution, funnel, lifecycle, paths, retention, sessions, stickiness, trend};
use parallax_domain::question::*;
use parallax_domain::{Filter, Interval, Op};

// ---- sessions ----

#[test]
fn s1_sessions_end_after_thirty_minutes_of_silence_or_a_day() {
    let split = |minutes: &[f64], client: &[u32]| {
        let at: Vec<i64> = minutes.iter().map(|minute| (minute * MINUTE as f64) as i64).collect();
        let mut ordinals = Vec::new();
        Splitter::default().split(&at, client, &mut ordinals);
        ordinals
    };
    assert_eq!(split(&[0.0, 30.0, 60.01, 60.01], &[]), [0, 0, 1, 1]);
    assert_eq!(split(&[0.0, 30.0, 60.0], &[]), [0, 0, 0], "30:00 is still the same");
    let all_day: Vec<f64> = (0..=49).map(|half_hour| f64::from(half_hour) * 30.0).collect();
    let ordinals = split(&all_day, &[]);
    assert_eq!((ordinals[48], ordinals[49]), (0, 1), "24 hours after its start");
    assert_eq!(split(&[0.0, 1.0, 2.0, 3.0, 4.0], &[7, 8, 7, 0, 8]), [0, 1, 0, 2, 1], "the client's id groups");
    assert_eq!(split(&[0.0, 31.0], &[7, 7]), [0, 1], "and is split by the same rule");
    assert_eq!(split(&[], &[]), [0u32; 0]);
}

#[test]
fn s2_to_s5_what_a_session_was_like() {
    let mut events = person("p", "click@-5 page_view@5 page_view@10");
    events.extend(person("q", "page_view@0 click@10"));
    events.extend(person("r", "click@0"));
    events.extend(person("r", "page_view@14399 page_view@14410"));
    for (place, country) in [(3, ""), (4, "DE"), (5, "DE")] {
        events[place] =
            if country.is_empty() { events[place].clone() } else { events[place].clone().with("country", country) };
    }
    let rows = |by: Option<&str>| {
        let plan = sessions::Plan::new(&Sessions { by: by.map(str::to_owned) }, &january()).expect("a question");
        ask(&plan, &events, Showing::Least).rows
    };
    let all = &rows(None)[0];
    // q bounced with a click after it, r had a session without pages and one over the end of the range; p began before.
    assert_eq!((all.sessions, all.people), (3, 2));
    assert_eq!(all.bounce_rate, Some(0.5));
    assert_eq!(all.pages_per_session, Some(1.0));
    assert_eq!(all.median_seconds, Some(600.0));
    let by_country = rows(Some("country"));
    assert_eq!(
        by_country.iter().map(|row| (row.value.as_deref(), row.sessions)).collect::<Vec<_>>(),
        [(Some("DE"), 2), (None, 1)]
    );
    assert_eq!(by_country[1].median_seconds, Some(660.0), "it counts whole, also after the range");
    let nobody =
        sessions::Plan::new(&Sessions { by: None }, &frame("2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", "UTC"));
    let none = &ask(&nobody.expect("a question"), &events, Showing::Least).rows[0];
    assert_eq!((none.sessions, none.median_seconds, none.bounce_rate, none.pages_per_session), (0, None, None, None));
}

// ---- retention, stickiness, lifecycle ----

fn retained(question: Retention, events: &[Event], fresh: &str) -> Vec<CohortRow> {
    let days = frame("2026-01-10T00:00:00Z", "2026-01-12T00:00:00Z", "UTC");
    let plan = retention::Plan::new(&question, &days, time(fresh)).expect("a question");
    ask(&plan, events, Showing::Least).cohorts
}

fn daily(start: &str, back: &str) -> Retention {
    Retention {
        start: Some(start.to_owned()),
        back: Some(back.to_owned()),
        unit: Interval::Day,
        mode: RetentionMode::On,
        cohort: Cohort::First,
        interval: RetentionInterval::Calendar,
        periods: 3,
    }
}

#[test]
fn r1_to_r3_period_zero_is_the_first_value_and_returns_count_up_to_now() {
    let rows = retained(daily("A", "B"), &person("p", "B@0 A@1 B@2 B@1441 B@2881"), "2026-01-13T00:00:00Z");
    assert_eq!((rows[0].size, &rows[0].values), (1, &vec![1, 1, 1]));
    assert_eq!(rows[0].complete, [true, true, true]);
    assert_eq!((rows[1].size, &rows[1].complete), (0, &vec![true, true, false]), "R6, R7");
    let before = retained(daily("A", "B"), &person("p", "B@0 A@1"), "2026-01-13T00:00:00Z");
    assert_eq!(before[0].values, [0, 0, 0], "a return before the start is none");
    let same = retained(daily("A", "A"), &person("p", "A@1"), "2026-01-13T00:00:00Z");
    assert_eq!(same[0].values, [1, 0, 0], "the start event itself counts if it matches");
}

#[test]
fn r4_rolling_periods_count_from_the_own_start() {
    let late = person("p", "A@1200 B@1560 B@4080");
    let calendar = retained(daily("A", "B"), &late, "2026-02-01T00:00:00Z");
    assert_eq!(calendar[0].values, [0, 1, 1], "8 pm to 2 am is the next calendar day");
    let rolling = Retention { interval: RetentionInterval::Rolling, ..daily("A", "B") };
    assert_eq!(
        retained(rolling.clone(), &late, "2026-02-01T00:00:00Z")[0].values,
        [1, 0, 1],
        "exactly 48 hours are day 2"
    );
    let exactly = retained(rolling.clone(), &person("p", "A@0 B@1440"), "2026-01-12T00:00:00Z");
    assert_eq!(exactly[0].values, [0, 1, 0]);
    // Who started a moment before midnight is the youngest.
    assert_eq!(exactly[0].complete, [true, false, false]);
}

#[test]
fn r5_first_is_the_first_ever_and_recurring_is_every_period() {
    let events = person("p", "A@-10000 A@1 B@2 A@1441 B@1442");
    let rows = retained(daily("A", "B"), &events, "2026-02-01T00:00:00Z");
    assert_eq!((rows[0].size, rows[1].size), (0, 0));
    let recurring = Retention { cohort: Cohort::Recurring, mode: RetentionMode::OnOrAfter, ..daily("A", "B") };
    let rows = retained(recurring, &events, "2026-02-01T00:00:00Z");
    assert_eq!((rows[0].size, &rows[0].values), (1, &vec![1, 1, 0]));
    assert_eq!((rows[1].size, &rows[1].values), (1, &vec![1, 0, 0]));
}

#[test]
fn retention_names_what_it_cannot_do() {
    let refused = |question: Retention| field(retention::Plan::new(&question, &january(), time(START)).map(|_| ()));
    assert_eq!(refused(Retention { periods: 0, ..daily("A", "B") }), "periods");
    assert_eq!(refused(Retention { periods: usize::MAX, ..daily("A", "B") }), "periods");
    assert_eq!(refused(Retention { unit: Interval::Hour, ..daily("A", "B") }), "unit");
}

#[test]
fn k1_exactly_so_many_days() {
    let mut events = person("p", "A@0 A@1 A@1441 A@4321");
    events.extend(person("q", "A@0 B@1441 A@-1"));
    let plan = stickiness::Plan::new(&Stickiness { event: Some("A".into()), unit: Interval::Day }, &january());
    let days = ask(&plan.expect("a question"), &events, Showing::Least).days;
    let people: Vec<i64> = days.iter().map(|day| day.people).collect();
    assert_eq!(people, [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn l1_the_first_bucket_looks_back_before_the_range() {
    let mut events = person("new", "A@1");
    events.extend(person("stays", "A@-1 A@1"));
    events.extend(person("back", "A@-10000 A@1"));
    events.extend(person("gone", "A@-1 B@1"));
    let days = frame("2026-01-10T00:00:00Z", "2026-01-12T00:00:00Z", "UTC");
    let plan = lifecycle::Plan::new(&Lifecycle { event: Some("A".into()), interval: Interval::Day }, &days);
    let answer = ask(&plan.expect("a question"), &events, Showing::Least);
    assert_eq!((answer.new, answer.returning), (vec![1, 0], vec![1, 0]));
    assert_eq!((answer.resurrecting, answer.dormant), (vec![1, 0], vec![1, 3]));
    assert_eq!(answer.quick_ratio, [Some(2.0), Some(0.0)]);
}

// ---- paths, attribution, trends ----

#[test]
fn p1_paths_within_a_session() {
    let mut events = person("p", "page_view@0 A@1 A@2 B@3 page_view@40");
    events[0] = events[0].clone().with("url.path", "/start");
    let asked = |start: Option<&str>, end: Option<&str>, depth| {
        let (start, end) = (start.map(str::to_owned), end.map(str::to_owned));
        let plan = paths::Plan::new(&Paths { start, end, depth, limit: 50 }, &january()).expect("a question");
        let edges = ask(&plan, &events, Showing::Least).edges;
        let mut edges: Vec<_> =
            edges.into_iter().map(|e| format!("{} {}-{} {}", e.step, e.from, e.to, e.count)).collect();
        edges.sort();
        edges
    };
    assert_eq!(asked(None, None, 5), ["1 /start-A 1", "2 A-A 1", "3 A-B 1"]);
    assert_eq!(asked(None, None, 2), ["1 /start-A 1"]);
    assert_eq!(asked(Some("A"), None, 5), ["1 A-A 1", "2 A-B 1"]);
    assert_eq!(asked(Some("/start"), Some("A"), 5), ["1 /start-A 1", "2 A-A 1"]);
    assert_eq!(asked(Some("B"), Some("A"), 5), [""; 0]);
    let refused =
        |depth, limit| field(paths::Plan::new(&Paths { start: None, end: None, depth, limit }, &january()).map(|_| ()));
    assert_eq!((refused(0, 50), refused(5, 0)), ("depth".into(), "limit".into()));
}

#[test]
fn p1_the_limit_keeps_the_commonest_edges_and_their_nodes() {
    let mut events = Vec::new();
    for (name, history) in [("a", "A@0 B@1"), ("b", "A@0 B@1"), ("c", "C@0 D@1"), ("d", "E@0")] {
        events.extend(person(name, history));
    }
    let plan = paths::Plan::new(&Paths { start: None, end: None, depth: 5, limit: 1 }, &january()).expect("a question");
    let answer = ask(&plan, &events, Showing::Least);
    assert_eq!(answer.edges.len(), 1);
    let nodes: Vec<(usize, &str, i64)> = answer.nodes.iter().map(|n| (n.step, n.name.as_str(), n.count)).collect();
    assert_eq!(nodes, [(0, "A", 2), (0, "E", 1), (1, "B", 2)]);
}

#[test]
fn t1_and_t2_credit_within_the_look_back() {
    let conversion = ms("2026-01-15T00:00:00Z");
    let touch = |at: i64, source: &str| Event::new("p", at, "visit").with("campaign.source", source);
    let buy = Event { revenue: Some((10.0, "EUR".into())), seq: 5, ..Event::new("p", conversion, "buy") };
    let direct = Event { revenue: Some((4.0, "USD".into())), ..Event::new("q", conversion, "buy") };
    let events = [
        touch(conversion - DAY - 1, "too old"),
        touch(conversion - DAY, "edge"),
        touch(conversion - HOUR, "late"),
        touch(conversion + 1, "after"),
        buy.clone(),
        direct,
    ];
    let asked = |model, events: &[Event]| {
        let field = "campaign.source".to_owned();
        let question = Attribution { conversion: "buy".into(), field, model, lookback_days: 1 };
        let plan = attribution::Plan::new(&question, &january()).expect("a question");
        ask(&plan, events, Showing::Least).rows
    };
    let money = |amount, currency: &str| vec![Money { amount, currency: currency.into() }];
    let row = |value: &str, conversions, revenue| AttributionRow { value: value.into(), conversions, revenue };
    let rows = asked(Model::First, &events);
    assert_eq!(rows, [row("direct", 1.0, money(4.0, "USD")), row("edge", 1.0, money(10.0, "EUR"))]);
    let rows = asked(Model::Participation, &events);
    assert_eq!(rows.iter().map(|row| row.conversions).sum::<f64>(), 3.0, "participation may sum to more");
    let own = [buy.with("campaign.source", "own")];
    assert_eq!(asked(Model::Last, &own)[0].value, "own", "the conversion itself counts if it has the field");
}

fn trends(measures: &[&str], events: &[Event], breakdown: Option<&str>) -> Vec<TrendLine> {
    let one = |measure: &&str| TrendSeries { event: Some("A".into()), measure: (*measure).to_owned() };
    let series = measures.iter().map(one).collect();
    let question = Trend { series, interval: Interval::Day, breakdown: breakdown.map(str::to_owned) };
    let days = frame("2026-01-10T00:00:00Z", "2026-01-12T00:00:00Z", "UTC");
    ask(&trend::Plan::new(&question, &days).expect("a question"), events, Showing::Least).series
}

#[test]
fn q5_to_q8_and_p8_totals_buckets_and_weights() {
    let mut events = person("p", "A@0 A@1 A@1441");
    events[0].weight = 2.0;
    events.extend(person("q", "A@0"));
    let lines = trends(&["total", "unique", "per_user"], &events, None);
    assert_eq!((&lines[0].values, lines[0].total), (&vec![Some(4.0), Some(1.0)], Some(5.0)));
    assert_eq!((&lines[1].values, lines[1].total), (&vec![Some(2.0), Some(1.0)], Some(2.0)), "unique is not the sum");
    assert_eq!((&lines[2].values, lines[2].total), (&vec![Some(2.0), Some(1.0)], Some(2.5)));
    let lines = trends(&["total", "unique", "per_user", "sum:n", "avg:n", "p95:n", "revenue"], &[], None);
    let empty: Vec<Figure> = lines.iter().map(|line| line.values[1]).collect();
    assert_eq!(empty, [Some(0.0), Some(0.0), None, Some(0.0), None, None, Some(0.0)]);
    assert!(lines.iter().all(|line| line.values.len() == 2));
}

#[test]
fn q9_the_missing_value_is_a_row() {
    let mut events = person("p", "A@0 A@1");
    events[0] = events[0].clone().with("properties.n", "3");
    let lines = trends(&["total"], &events, Some("properties.n"));
    assert_eq!(lines.iter().map(|line| line.value.clone()).collect::<Vec<_>>(), [Some("3".to_owned()), None]);
}

#[test]
fn q10_currencies_do_not_mix() {
    let mut events = person("p", "A@0 A@1 A@2 A@3");
    for (event, (amount, currency)) in events.iter_mut().zip([(1.0, "USD"), (2.0, "EUR"), (3.0, "EUR")]) {
        event.revenue = Some((amount, currency.to_owned()));
    }
    let lines = trends(&["revenue"], &events, None);
    let totals: Vec<(Option<&str>, Figure)> = lines.iter().map(|line| (line.currency.as_deref(), line.total)).collect();
    assert_eq!(totals, [(Some("EUR"), Some(5.0)), (Some("USD"), Some(1.0))]);
}

#[test]
fn q11_numbers_of_properties_and_those_that_are_none() {
    let mut events = person("p", "A@0 A@1 A@2");
    for (event, value) in events.iter_mut().zip(["1", "2.5", "many"]) {
        *event = event.clone().with("properties.n", value);
    }
    let lines = trends(&["sum:n", "avg:properties.n", "p95:n"], &events, None);
    assert_eq!(lines.iter().map(|line| line.total).collect::<Vec<_>>(), [Some(3.5), Some(1.75), Some(2.5)]);
}

#[test]
fn q4_filters_come_before_anything_else() {
    let mut events = person("p", "A@0 A@1 B@2");
    events[1] = events[1].clone().with("country", "DE");
    events[2] = events[2].clone().with("country", "DE");
    let german = Frame { filters: vec![Filter::is("country", "DE")], ..january() };
    let question = Retention { cohort: Cohort::First, ..daily("A", "B") };
    let plan = retention::Plan::new(&question, &german, time("2026-02-01T00:00:00Z")).expect("a question");
    assert_eq!(ask(&plan, &events, Showing::All).cohorts[0].size, 1);
    let strict = Funnel { order: Order::Strict, ..Funnel::of(&["A", "B"]) };
    let plan = funnel::Plan::new(&strict, &german, time(START)).expect("a funnel");
    assert_eq!(ask(&plan, &events, Showing::All).steps[1].count, 1, "the other A does not exist");
}

#[test]
fn trends_and_attribution_name_what_they_cannot_do() {
    let ask_trend = |series: Vec<TrendSeries>, breakdown: Option<&str>| {
        let question = Trend { series, interval: Interval::Day, breakdown: breakdown.map(str::to_owned) };
        field(trend::Plan::new(&question, &january()).map(|_| ()))
    };
    let series = |measure: &str| vec![TrendSeries { event: None, measure: measure.into() }];
    assert_eq!(ask_trend(series("median:n"), None), "measure");
    assert_eq!(ask_trend(series("sum:"), None), "measure");
    assert_eq!(ask_trend(vec![], None), "series");
    assert_eq!(ask_trend(series("total"), Some("colour")), "breakdown");
    let question = |conversion: &str, field: &str, lookback_days| Attribution {
        conversion: conversion.into(),
        field: field.into(),
        model: Model::Last,
        lookback_days,
    };
    let refused = |question| field(attribution::Plan::new(&question, &january()).map(|_| ()));
    assert_eq!(refused(question("", "country", 30)), "conversion");
    assert_eq!(refused(question("buy", "colour", 30)), "field");
    assert_eq!(refused(question("buy", "country", -1)), "lookback_days");
    assert_eq!(refused(question("buy", "country", i64::MAX)), "lookback_days");
    let nowhere = Frame { zone: "Mars/Base".into(), ..january() };
    assert_eq!(
        field(stickiness::Plan::new(&Stickiness { event: None, unit: Interval::Day }, &nowhere).map(|_| ())),
        "zone"
    );
    let unset = Filter { field: "country".into(), op: Op::NotSet, values: vec![] };
    let plan = sessions::Plan::new(&Sessions { by: None }, &Frame { filters: vec![unset.clone()], ..january() });
    assert_eq!(crate::engine::Question::needs(&plan.expect("a question")).filters, [unset]);
}
