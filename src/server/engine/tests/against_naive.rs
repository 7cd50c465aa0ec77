//! Every question, with every option, on thousands of random histories: the engine answers what the naive reading of
//! the rules answers. A failure prints the smallest history found and the seed.

use super::assert_same;
use super::histories::{History, funnel, history};
use super::reader::{Showing, ask};
use crate::engine::{
    attribution, funnel as engine_funnel, lifecycle, naive, paths, retention, sessions, stickiness, trend,
};
use parallax_domain::Interval;
use parallax_domain::question::*;
use proptest::prelude::*;
use proptest::sample::select;

fn showing() -> impl Strategy<Value = Showing> {
    select(&[Showing::Least, Showing::All, Showing::Days][..])
}

fn interval() -> impl Strategy<Value = Interval> {
    select(&[Interval::Hour, Interval::Day, Interval::Day, Interval::Week, Interval::Month][..])
}

fn unit() -> impl Strategy<Value = Interval> {
    select(&[Interval::Day, Interval::Day, Interval::Week, Interval::Month][..])
}

fn event() -> impl Strategy<Value = Option<String>> {
    select(&[None, Some("A"), Some("B"), Some("nobody did this")][..]).prop_map(|name| name.map(str::to_owned))
}

fn field() -> impl Strategy<Value = Option<String>> {
    let fields = [None, None, Some("country"), Some("properties.item"), Some("event"), Some("campaign.source")];
    select(fields.to_vec()).prop_map(|field| field.map(str::to_owned))
}

/// PROPTEST_CASES multiplies: 25600 means a hundred times as many as usual.
fn cases(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: cases * usual.cases / 256, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn funnels(history in history(4, 16), funnel in funnel(), showing in showing()) {
        let History { events, frame, fresh_as_of } = history;
        let plan = engine_funnel::Plan::new(&funnel, &frame, fresh_as_of).expect("a funnel");
        let mut engine = ask(&plan, &events, showing);
        let conversions: i64 = engine.time_to_convert.histogram.drain(..).map(|bucket| bucket.count).sum();
        assert_eq!(conversions, engine.steps.last().expect("steps").count, "the histogram holds every conversion");
        assert_same(&engine, &naive::funnel(&events, &funnel, &frame, fresh_as_of), "funnel");
    }

    #[test]
    fn funnel_people(
        history in history(4, 10),
        funnel in funnel(),
        step in 1usize..=5,
        dropped in any::<bool>(),
        limit in 1usize..4,
        showing in showing(),
    ) {
        let History { events, frame, fresh_as_of } = history;
        let outcome = if dropped { FunnelOutcome::Dropped } else { FunnelOutcome::Completed };
        let step = step.clamp(if dropped { 2 } else { 1 }, funnel.steps.len());
        let mut asked = FunnelPeople { step, outcome, limit, after: None };
        let expected = naive::funnel_people(&events, &funnel, &asked, &frame);
        let mut people = Vec::new();
        loop {
            let plan = engine_funnel::PeoplePlan::new(&funnel, &asked, &frame, fresh_as_of).expect("a question");
            let page = ask(&plan, &events, showing);
            assert_eq!(page.total, expected.len() as i64);
            assert!(page.people.len() <= limit);
            people.extend(page.people);
            assert!(people.len() <= expected.len(), "a page repeats what another had");
            asked.after = page.next;
            if asked.after.is_none() {
                break;
            }
        }
        let order = |person: &FunnelPerson| (person.entered_at, person.person.clone());
        assert!(people.is_sorted_by_key(order));
        // Passages of one person in the same millisecond have no order of their own.
        let sorted = |mut people: Vec<FunnelPerson>| {
            people.sort_by_key(|person| (order(person), person.steps.clone()));
            people
        };
        assert_same(&sorted(people), &sorted(expected), "people");
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn retention_questions(
        history in history(4, 10),
        (start, back) in (event(), event()),
        unit in unit(),
        (after, recurring, rolling) in any::<(bool, bool, bool)>(),
        periods in 1usize..6,
        showing in showing(),
    ) {
        let History { events, frame, fresh_as_of } = history;
        let question = Retention {
            start,
            back,
            unit,
            mode: if after { RetentionMode::OnOrAfter } else { RetentionMode::On },
            cohort: if recurring { Cohort::Recurring } else { Cohort::First },
            interval: if rolling { RetentionInterval::Rolling } else { RetentionInterval::Calendar },
            periods,
        };
        let plan = retention::Plan::new(&question, &frame, fresh_as_of).expect("a question");
        let naive = naive::retention(&events, &question, &frame, fresh_as_of);
        assert_same(&ask(&plan, &events, showing), &naive, "retention");
    }

    #[test]
    fn stickiness_questions(history in history(5, 10), event in event(), unit in interval(), showing in showing()) {
        let History { events, frame, .. } = history;
        let question = Stickiness { event, unit };
        let plan = stickiness::Plan::new(&question, &frame).expect("a question");
        assert_same(&ask(&plan, &events, showing), &naive::stickiness(&events, &question, &frame), "stickiness");
    }

    #[test]
    fn lifecycle_questions(history in history(5, 10), event in event(), interval in interval(), showing in showing()) {
        let History { events, frame, .. } = history;
        let question = Lifecycle { event, interval };
        let plan = lifecycle::Plan::new(&question, &frame).expect("a question");
        assert_same(&ask(&plan, &events, showing), &naive::lifecycle(&events, &question, &frame), "lifecycle");
    }

    #[test]
    fn session_questions(history in history(4, 12), by in field(), showing in showing()) {
        let History { events, frame, .. } = history;
        let question = Sessions { by };
        let plan = sessions::Plan::new(&question, &frame).expect("a question");
        assert_same(&ask(&plan, &events, showing), &naive::sessions(&events, &question, &frame), "sessions");
    }

    #[test]
    fn path_questions(
        history in history(4, 12),
        start in select(&[None, Some("A"), Some("/a"), Some("page_view")][..]),
        end in select(&[None, Some("B"), Some("/")][..]),
        depth in 1usize..7,
        showing in showing(),
    ) {
        let History { events, frame, .. } = history;
        let (start, end) = (start.map(str::to_owned), end.map(str::to_owned));
        let question = Paths { start, end, depth, limit: 1000 };
        let plan = paths::Plan::new(&question, &frame).expect("a question");
        let mut engine = ask(&plan, &events, showing);
        assert!(engine.edges.is_sorted_by_key(|edge| -edge.count));
        engine.edges.sort_by(|a, b| (a.step, &a.from, &a.to).cmp(&(b.step, &b.from, &b.to)));
        engine.nodes.sort_by(|a, b| (a.step, &a.name).cmp(&(b.step, &b.name)));
        assert_same(&engine, &naive::paths(&events, &question, &frame), "paths");
    }

    #[test]
    fn attribution_questions(
        history in history(3, 14),
        field in select(&["campaign.source", "country", "properties.item"][..]),
        model in select(&Model::ALL[..]),
        lookback_days in select(&[0, 1, 2, 30][..]),
        showing in showing(),
    ) {
        let History { events, frame, .. } = history;
        let question = Attribution { conversion: "buy".into(), field: field.into(), model, lookback_days };
        let plan = attribution::Plan::new(&question, &frame).expect("a question");
        let mut engine = ask(&plan, &events, showing);
        assert!(engine.rows.is_sorted_by(|a, b| a.conversions >= b.conversions));
        engine.rows.sort_by(|a, b| a.value.cmp(&b.value));
        assert_same(&engine, &naive::attribution(&events, &question, &frame), "attribution");
    }

    #[test]
    fn trend_questions(
        history in history(4, 12),
        series in prop::collection::vec(
            (event(), select(&["total", "unique", "per_user", "revenue", "sum:item", "avg:item", "p95:properties.item"][..])),
            1..4,
        ),
        interval in interval(),
        breakdown in field(),
        showing in showing(),
    ) {
        let History { events, frame, .. } = history;
        let series = series.into_iter().map(|(event, measure)| TrendSeries { event, measure: measure.into() }).collect();
        let question = Trend { series, interval, breakdown };
        let plan = trend::Plan::new(&question, &frame).expect("a question");
        assert_same(&ask(&plan, &events, showing), &naive::trend(&events, &question, &frame), "trend");
    }
}
