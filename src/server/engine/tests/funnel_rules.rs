//! The fine print of funnels, rule by rule, with answers worked out by hand.

use super::reader::{Showing, ask};
use super::{MINUTE, START, field, january, ms, person, time};
use crate::engine::calendar::instant;
use crate::engine::funnel;
use crate::engine::naive::Event;
use parallax_domain::question::*;
use parallax_domain::{Filter, Interval};

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
    let last = in_minutes - 1.0 / 60_000.0;
    assert_eq!(counts(&funnel, &format!("A@{last} B@{}", last + 60.0)), [1, 1], "the last moment that is read");
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
fn f10_a_session_that_began_before_the_range_ends_a_day_after_its_start() {
    let session = Funnel { count: Count::Session, ..Funnel::of(&["A", "B"]) };
    let alive: String = (-40..=10).map(|half_hour| format!("other@{} ", half_hour * 30)).collect();
    // It began 20 hours before the range, so four hours after its start another session begins.
    assert_eq!(counts(&session, &format!("{alive} A@230 B@239")), [1, 1]);
    assert_eq!(counts(&session, &format!("{alive} A@230 B@241")), [1, 0]);
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
