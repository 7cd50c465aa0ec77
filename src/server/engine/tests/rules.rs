//! The fine print, rule by rule, with answers worked out by hand.

use super::reader::{Showing, ask};
use super::{DAY, HOUR, MINUTE, frame, ms, time};
use crate::engine::calendar::instant;
use crate::engine::naive::Event;
use crate::engine::sessions::Splitter;
use crate::engine::{attribution, funnel, lifecycle, paths, retention, sessions, stickiness, trend};
use parallax_domain::question::*;
use parallax_domain::{Filter, Interval, Op, Problem};

const START: &str = "2026-01-10T00:00:00Z";

/// Events of one person: `name@minutes`, in ingest order.
fn person(name: &str, events: &str) -> Vec<Event> {
    let event = |(seq, text): (usize, &str)| {
        let (event, minute) = text.split_once('@').expect("name@minute");
        let at = ms(START) + (minute.parse::<f64>().expect("a number") * MINUTE as f64) as i64;
        Event { seq: seq as u64, ..Event::new(name, at, event) }
    };
    events.split_whitespace().enumerate().map(event).collect()
}

fn january() -> Frame {
    frame("2026-01-10T00:00:00Z", "2026-01-20T00:00:00Z", "UTC")
}

fn answer(funnel: &Funnel, events: &[Event]) -> FunnelAnswer {
    let plan = funnel::Plan::new(funnel, &january(), time("2026-03-01T00:00:00Z")).expect("a funnel");
    ask(&plan, events, Showing::Least)
}

fn counts(funnel: &Funnel, events: &str) -> Vec<i64> {
    answer(funnel, &person("p", events)).steps.iter().map(|step| step.count).collect()
}

fn hour(events: &[&str]) -> Funnel {
    Funnel { window: 3600, ..Funnel::of(events) }
}

fn exclude(event: &str, after_step: usize, before_step: usize, mode: ExclusionMode) -> Vec<Exclusion> {
    vec![Exclusion { event: event.to_owned(), after_step, before_step, mode }]
}

fn field(problem: Result<(), Problem>) -> String {
    problem.expect_err("it is not allowed").field.expect("the member at fault is named")
}

// ---- funnels ----

#[test]
fn f1_entries_lie_in_the_range_and_later_steps_may_lie_after_it() {
    let funnel = hour(&["A", "B"]);
    let in_minutes = 10.0 * 24.0 * 60.0;
    let edge = |a: f64, b: f64| counts(&funnel, &format!("A@{} B@{}", in_minutes + a, in_minutes + b));
    assert_eq!(edge(-0.01, 30.0), [1, 1]);
    assert_eq!(edge(0.0, 30.0), [0, 0], "to is exclusive");
    assert_eq!(counts(&funnel, "A@0 B@1"), [1, 1], "from is inclusive");
    assert_eq!(counts(&funnel, "A@-0.01 B@1"), [0, 0]);
    assert_eq!(counts(&funnel, "A@-5 A@5 B@6"), [1, 1], "the first entry in the range");
}

#[test]
fn f2_within_one_millisecond_the_order_of_ingest_decides() {
    let funnel = hour(&["A", "B"]);
    assert_eq!(counts(&funnel, "A@1 B@1"), [1, 1]);
    assert_eq!(counts(&funnel, "B@1 A@1"), [1, 0]);
}

#[test]
fn f3_strict_is_broken_by_any_product_event_and_by_nothing_else() {
    let strict = Funnel { order: Order::Strict, ..hour(&["A", "B"]) };
    assert_eq!(counts(&strict, "A@1 A@2 B@3"), [1, 0], "a repeated first step breaks too");
    assert_eq!(counts(&Funnel { reentry: true, ..strict.clone() }, "A@1 A@2 B@3"), [1, 1]);
    let mut events = person("p", "A@1 slow@2 B@3");
    assert_eq!(answer(&strict, &events).steps[1].count, 0);
    events[1] = events[1].clone().with("category", "performance");
    assert_eq!(answer(&strict, &events).steps[1].count, 1, "noise of another category is no product event");
}

#[test]
fn f4_any_order_starts_with_the_first_event_of_any_step() {
    let any = Funnel { order: Order::Any, ..hour(&["A", "B", "C"]) };
    assert_eq!(counts(&any, "C@0 A@30 B@60"), [1, 1, 1]);
    assert_eq!(counts(&any, "C@0 A@30 B@60.01"), [1, 1, 0], "the clock runs from the first of them");
    assert_eq!(counts(&any, "B@0 B@1 B@2"), [1, 0, 0]);
}

#[test]
fn f4_an_event_serves_one_step_and_the_best_assignment_counts() {
    let german = Filter::is("country", "DE");
    let mut any = Funnel { order: Order::Any, ..hour(&["A", "A"]) };
    any.steps[0].filters.push(german);
    let in_germany = |event: Event| event.with("country", "DE");
    let events = person("p", "A@1 A@2");
    // Taken greedily the first event would serve the step that the second one needs.
    let both = [in_germany(events[0].clone()), events[1].clone()];
    assert_eq!(answer(&any, &both).steps[1].count, 1);
    let both = [events[0].clone(), in_germany(events[1].clone())];
    assert_eq!(answer(&any, &both).steps[1].count, 1);
    assert_eq!(answer(&any, &both[..1]).steps[1].count, 0);
    assert_eq!(answer(&any, &events).steps[1].count, 0, "nobody was in Germany");
}

#[test]
fn f5_flexible_needs_only_the_first_and_the_last_step() {
    let flexible = Funnel { order: Order::Flexible, ..hour(&["A", "B", "C"]) };
    assert_eq!(counts(&flexible, "A@0 C@1"), [1, 0, 1]);
    assert_eq!(counts(&flexible, "A@0 B@1 C@2"), [1, 1, 1]);
    assert_eq!(counts(&flexible, "A@0 C@1 B@2"), [1, 1, 1], "the last step does not depend on the middle");
    assert_eq!(counts(&flexible, "C@0 A@1"), [1, 0, 0]);
    assert_eq!(answer(&flexible, &person("p", "A@0 C@1 B@2")).time_to_convert.median, Some(60.0));
}

#[test]
fn f6_exclusions_hold_between_their_steps_or_to_the_end_of_the_window() {
    let funnel = |mode| Funnel { exclusions: exclude("X", 1, 2, mode), ..hour(&["A", "B", "C"]) };
    for (events, dropped, removed) in [
        ("X@0 A@1 B@2 C@3", [1, 1, 1], [1, 1, 1]),
        ("A@1 X@2 B@3 C@4", [1, 0, 0], [0, 0, 0]),
        ("A@1 B@2 X@3 C@4", [1, 1, 1], [1, 1, 1]),
        ("A@1 X@61", [1, 0, 0], [0, 0, 0]),
        ("A@1 X@61.01", [1, 0, 0], [1, 0, 0]),
    ] {
        assert_eq!(counts(&funnel(ExclusionMode::Drop), events), dropped, "{events}");
        assert_eq!(counts(&funnel(ExclusionMode::Remove), events), removed, "{events}");
    }
    let later = Funnel { exclusions: exclude("X", 2, 3, ExclusionMode::Drop), ..hour(&["A", "B", "C"]) };
    assert_eq!(counts(&later, "A@1 X@2 B@3 C@4"), [1, 1, 1]);
    assert_eq!(counts(&later, "A@1 B@2 X@3 C@4"), [1, 1, 0], "earlier steps stay");
    // An event that is both an exclusion and the next step excludes.
    let both = Funnel { exclusions: exclude("B", 1, 2, ExclusionMode::Drop), ..hour(&["A", "B"]) };
    assert_eq!(counts(&both, "A@1 B@2"), [1, 0]);
}

#[test]
fn f7_remove_takes_the_whole_actor() {
    let mut funnel = Funnel { exclusions: exclude("X", 1, 2, ExclusionMode::Remove), ..hour(&["A", "B"]) };
    let events = "A@0 B@1 A@120 X@121 B@122";
    assert_eq!(counts(&funnel, events), [1, 1], "the first attempt only");
    funnel.count = Count::Total;
    assert_eq!(counts(&funnel, events), [0, 0], "one attempt removes the person with all attempts");
    funnel.count = Count::Session;
    assert_eq!(counts(&funnel, events), [1, 1], "the second session is removed, the first is not");
}

#[test]
fn f8_a_held_property_stays_what_it_was_at_step_one() {
    let items = |events: &str, items: &[&str]| -> Vec<Event> {
        let give =
            |(event, item): (Event, &&str)| if item.is_empty() { event } else { event.with("properties.item", item) };
        person("p", events).into_iter().zip(items).map(give).collect()
    };
    let mut hold = Funnel { hold: vec!["item".into()], ..hour(&["A", "B"]) };
    let count = |funnel: &Funnel, events: &[Event]| -> Vec<i64> {
        answer(funnel, events).steps.iter().map(|step| step.count).collect()
    };
    let events = items("A@0 A@1 B@2", &["1", "2", "2"]);
    assert_eq!(count(&hold, &events), [1, 0], "the first entry has item 1");
    assert_eq!(count(&hold, &items("A@0 A@1 B@2", &["", "2", "2"])), [1, 1], "without a value it is no entry");
    assert_eq!(count(&hold, &items("A@0 B@2", &["", ""])), [0, 0]);
    hold.reentry = true;
    assert_eq!(count(&hold, &events), [1, 1], "each entry its own value");
}

#[test]
fn f9_total_attempts_end_by_conversion_time_out_exclusion_or_the_wrong_event() {
    let total = Funnel { count: Count::Total, ..hour(&["A", "B"]) };
    assert_eq!(counts(&total, "A@0 B@1 A@2 B@3"), [2, 2]);
    assert_eq!(counts(&total, "A@0 A@30 A@60 B@61"), [1, 0], "the window is over before B, and no entry is left");
    assert_eq!(counts(&total, "A@0 A@60.01 B@61"), [2, 1]);
    assert_eq!(counts(&Funnel { reentry: true, ..total.clone() }, "A@0 A@30 B@60.01"), [1, 0], "F20: ignored");
    let strict = Funnel { order: Order::Strict, ..total.clone() };
    assert_eq!(counts(&strict, "A@0 A@1 B@2 A@3 C@4 B@5"), [3, 1]);
    let any = Funnel { order: Order::Any, ..total };
    assert_eq!(counts(&any, "B@0 A@1 A@2 A@3 B@4"), [2, 2]);
}

#[test]
fn f10_a_session_is_an_actor_of_its_own() {
    let session = Funnel { count: Count::Session, ..Funnel::of(&["A", "B"]) };
    assert_eq!(counts(&session, "A@0 B@31"), [1, 0], "steps inside one session only");
    assert_eq!(counts(&session, "A@0 other@20 B@45"), [1, 1], "any event keeps a session alive");
    assert_eq!(counts(&session, "A@0 B@1 A@60 B@61 A@120"), [3, 2]);
    assert_eq!(counts(&Funnel { window: 60, ..session.clone() }, "A@0 B@2"), [1, 0], "the window still applies");
    let mut events = person("p", "A@0 A@1 B@2 B@3");
    for (event, id) in events.iter_mut().zip(["x", "y", "y", "x"]) {
        event.session = Some(id.to_owned());
    }
    assert_eq!(answer(&session, &events).steps[1].count, 2, "the client's ids hold sessions apart");
}

#[test]
fn f11_and_f12_rows_of_a_breakdown() {
    let mut events = person("p", "A@0 B@1 C@2");
    events[1] = events[1].clone().with("country", "DE");
    events[2] = events[2].clone().with("country", "FR");
    events.extend(person("q", "A@0 B@1"));
    let rows = |attribution, step| {
        let breakdown = Some(Breakdown { field: "country".into(), attribution, step });
        let rows = answer(&Funnel { breakdown, ..hour(&["A", "B", "C"]) }, &events).breakdown;
        rows.into_iter().map(|row| (row.value, row.counts)).collect::<Vec<_>>()
    };
    let row = |value: Option<&str>, counts: [i64; 3]| (value.map(str::to_owned), counts.to_vec());
    assert_eq!(rows(Touch::First, None), [row(Some("DE"), [1, 1, 1]), row(None, [1, 1, 0])]);
    assert_eq!(rows(Touch::Last, None), [row(Some("FR"), [1, 1, 1]), row(None, [1, 1, 0])]);
    assert_eq!(rows(Touch::Step, Some(2)), [row(Some("DE"), [1, 1, 1])]);
    assert_eq!(rows(Touch::Step, Some(1)), [], "missing there: in no row");
    // p entered without a value, and q did everything without one: two passages on events of the missing value.
    assert_eq!(rows(Touch::All, None), [row(None, [2, 1, 0])]);
}

#[test]
fn f13_and_f14_shares_and_times_between_steps() {
    let mut events = person("p", "A@0 B@2 C@5");
    events.extend(person("q", "A@0 B@4"));
    let steps = answer(&hour(&["A", "B", "C"]), &events).steps;
    assert_eq!((steps[0].overall, steps[0].from_previous, steps[0].median_seconds), (Some(1.0), None, None));
    assert_eq!(
        (steps[1].overall, steps[1].from_previous, steps[1].median_seconds),
        (Some(1.0), Some(1.0), Some(180.0))
    );
    assert_eq!(
        (steps[2].overall, steps[2].from_previous, steps[2].median_seconds),
        (Some(0.5), Some(0.5), Some(180.0))
    );
    assert_eq!(steps[1].p90_seconds, Some(228.0));
    let nobody = answer(&hour(&["A", "B", "C"]), &[]).steps;
    assert!(nobody.iter().all(|step| step.overall.is_none() && step.from_previous.is_none()), "undefined is unknown");
}

#[test]
fn f15_open_are_those_whose_window_ends_after_what_is_known() {
    let mut events = person("p", "A@0");
    events.extend(person("q", "A@0 B@1"));
    let funnel = Funnel { trend: Some(Interval::Day), ..hour(&["A", "B"]) };
    for (fresh, open) in [("2026-01-10T00:59:59.999Z", 1), ("2026-01-10T01:00:00Z", 0)] {
        let plan = funnel::Plan::new(&funnel, &january(), time(fresh)).expect("a funnel");
        let answer = ask(&plan, &events, Showing::Least);
        assert_eq!((answer.open, answer.trend[0].open), (open, open), "{fresh}");
        assert_eq!((answer.trend.len(), answer.trend[0].entered, answer.trend[0].converted), (10, 2, 1));
    }
}

#[test]
fn f16_the_histogram_holds_each_conversion_once() {
    let mut events = Vec::new();
    for (name, history) in [("a", "A@0 B@0"), ("b", "A@0 B@1"), ("c", "A@0 B@1.01"), ("d", "A@0 B@50"), ("e", "A@0")] {
        events.extend(person(name, history));
    }
    let times = answer(&hour(&["A", "B"]), &events).time_to_convert;
    let filled: Vec<(f64, i64)> = times.histogram.iter().filter(|b| b.count > 0).map(|b| (b.upto, b.count)).collect();
    assert_eq!(filled, [(1.0, 1), (60.0, 1), (120.0, 1), (3600.0, 1)]);
    assert!(times.histogram.is_sorted_by(|a, b| a.upto < b.upto));
}

#[test]
fn f17_the_people_behind_a_bar_with_their_proof() {
    let mut events = person("p", "A@1 B@2");
    events.extend(person("q", "A@0"));
    events.extend(person("r", "A@1"));
    let page = |step, outcome, limit, after| {
        let asked = FunnelPeople { step, outcome, limit, after };
        let plan = funnel::PeoplePlan::new(&hour(&["A", "B"]), &asked, &january(), time(START)).expect("a question");
        ask(&plan, &events, Showing::Least)
    };
    let first = page(1, FunnelOutcome::Completed, 2, None);
    let names = |page: &FunnelPeopleAnswer| page.people.iter().map(|p| p.person.clone()).collect::<Vec<_>>();
    assert_eq!((first.total, names(&first)), (3, vec!["q".into(), "p".into()]));
    let minute = |minute: i64| instant(ms(START) + minute * MINUTE);
    assert_eq!(first.people[1].steps, [Some(minute(1)), Some(minute(2))]);
    let rest = page(1, FunnelOutcome::Completed, 2, first.next);
    assert_eq!((rest.total, names(&rest), rest.next), (3, vec!["r".into()], None));
    let dropped = page(2, FunnelOutcome::Dropped, 10, None);
    assert_eq!((dropped.total, names(&dropped)), (2, vec!["q".into(), "r".into()]));
    assert_eq!(dropped.people[0].steps, [Some(minute(0)), None]);
}

#[test]
fn f18_what_may_not_be_asked_is_named() {
    let good = Funnel::of(&["A", "B", "C"]);
    assert_eq!(funnel::validate(&good), Ok(()));
    let with = |change: &dyn Fn(&mut Funnel)| {
        let mut funnel = good.clone();
        change(&mut funnel);
        field(funnel::validate(&funnel))
    };
    assert_eq!(with(&|f| f.window = 0), "window");
    assert_eq!(with(&|f| f.window = -1), "window");
    assert_eq!(with(&|f| f.window = 366 * 86_400 + 1), "window");
    assert_eq!(with(&|f| f.window = i64::MAX), "window");
    assert_eq!(with(&|f| f.steps.truncate(1)), "steps");
    assert_eq!(with(&|f| f.steps = vec![f.steps[0].clone(); 21]), "steps");
    assert_eq!(with(&|f| f.steps[1].event.clear()), "steps");
    for (after, before) in [(0, 1), (1, 1), (2, 1), (1, 4), (3, 4)] {
        assert_eq!(with(&|f| f.exclusions = exclude("X", after, before, ExclusionMode::Drop)), "exclusions");
    }
    assert_eq!(with(&|f| f.trend = Some(Interval::Hour)), "trend");
    assert_eq!(with(&|f| f.hold = vec![String::new()]), "hold");
    let breakdown = |field: &str, attribution, step| Some(Breakdown { field: field.into(), attribution, step });
    assert_eq!(with(&|f| f.breakdown = breakdown("country", Touch::Step, None)), "breakdown");
    assert_eq!(with(&|f| f.breakdown = breakdown("country", Touch::Step, Some(4))), "breakdown");
    assert_eq!(with(&|f| f.breakdown = breakdown("no field", Touch::First, None)), "breakdown");
    let full = Funnel {
        window: 366 * 86_400,
        exclusions: exclude("X", 1, 3, ExclusionMode::Drop),
        breakdown: breakdown("properties.plan", Touch::Step, Some(3)),
        ..Funnel::of(&["A"; 20])
    };
    assert_eq!(funnel::validate(&full), Ok(()));

    let people = |step, outcome, limit, after: Option<&str>| {
        let asked = FunnelPeople { step, outcome, limit, after: after.map(str::to_owned) };
        field(funnel::PeoplePlan::new(&good, &asked, &january(), time(START)).map(|_| ()))
    };
    assert_eq!(people(0, FunnelOutcome::Completed, 10, None), "step");
    assert_eq!(people(4, FunnelOutcome::Completed, 10, None), "step");
    assert_eq!(people(1, FunnelOutcome::Dropped, 10, None), "step");
    assert_eq!(people(1, FunnelOutcome::Completed, 0, None), "limit");
    assert_eq!(people(1, FunnelOutcome::Completed, 10, Some("nonsense")), "after");
    assert_eq!(people(1, FunnelOutcome::Completed, 10, Some("1~x~p")), "after");
}

#[test]
fn f19_reentry_reports_the_first_conversion_from_the_closest_entry() {
    let funnel = Funnel { reentry: true, ..hour(&["A", "B", "C"]) };
    let entered = |events: &str| {
        let asked = FunnelPeople { step: 1, outcome: FunnelOutcome::Completed, limit: 9, after: None };
        let plan = funnel::PeoplePlan::new(&funnel, &asked, &january(), time(START)).expect("a question");
        let page = ask(&plan, &person("p", events), Showing::Least);
        (page.people[0].entered_at.timestamp_millis() - ms(START)) / MINUTE
    };
    assert_eq!(entered("A@0 A@5 B@6 C@7"), 5, "the closest before step 2");
    assert_eq!(entered("A@0 B@1 C@2 A@3 B@4 C@5"), 0, "the first that converts");
    assert_eq!(entered("A@0 B@1 A@2 C@3 B@4 C@5"), 0, "only step 1 re-enters");
    assert_eq!(entered("A@0 B@50 A@55 B@56 C@70"), 55);
    assert_eq!(entered("A@0 A@5 B@6 A@7"), 5, "without conversion the furthest");
    assert_eq!(entered("A@0 B@1 A@2 B@3"), 0, "and of these the earliest");
    assert_eq!(entered("A@0 A@1 A@2"), 0);
}

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
    let strict = Funnel { order: Order::Strict, ..hour(&["A", "B"]) };
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
