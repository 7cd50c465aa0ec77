//! Random small histories in which everything happens that makes counting hard: ties, duplicates, missing values,
//! overlapping predicates, pauses and windows met to the millisecond, clocks that are changed.

use super::{DAY, HOUR, MINUTE, ms};
use crate::engine::naive::Event;
use parallax_domain::question::*;
use parallax_domain::{Filter, Instant, Interval, Op};
use proptest::prelude::*;
use proptest::sample::select;

/// Zones with a nearby instant at which their clock changes, jumps over midnight, or over a whole day.
const PLACES: [(&str, &str); 9] = [
    ("UTC", "2026-01-10T00:00:00Z"),
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2025-10-26T01:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("Asia/Beirut", "2025-03-29T22:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Asia/Kolkata", "2026-02-01T18:30:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
];

/// Between one event of a person and the next.
const GAPS: [i64; 16] = [
    0,
    0,
    0,
    1,
    1000,
    MINUTE,
    10 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    30 * MINUTE + 1,
    HOUR,
    HOUR,
    HOUR + 1,
    3 * HOUR,
    DAY,
];

const WINDOWS: [i64; 7] = [1, 3600, 7200, 86_400, 86_400, 14 * 86_400, 14 * 86_400];

const HOLDS: [&[&str]; 6] = [&[], &[], &[], &["item"], &["properties.item"], &["item", "country"]];

#[derive(Clone, Debug)]
pub(crate) struct History {
    pub events: Vec<Event>,
    pub frame: Frame,
    pub fresh_as_of: Instant,
}

prop_compose! {
    fn event(person: usize)(
        gap in select(&GAPS[..]),
        name in select(&["A", "A", "A", "A", "B", "B", "B", "C", "C", "D", "page_view", "page_view", "buy"][..]),
        country in select(&[None, Some("DE"), Some("DE"), Some("FR")][..]),
        item in select(&[None, Some("1"), Some("1"), Some("1"), Some("2"), Some("2"), Some("none")][..]),
        source in select(&[None, None, Some("news"), Some("search"), Some("direct")][..]),
        path in select(&[None, Some("/"), Some("/a"), Some("A")][..]),
        category in select(&[None, None, None, Some("performance")][..]),
        session in select(&[None, None, None, None, Some("s1"), Some("s2")][..]),
        money in select(&[None, Some((10.0, "EUR")), Some((2.5, "EUR")), Some((7.0, "USD"))][..]),
        weight in select(&[1.0, 1.0, 1.0, 2.0][..]),
        seq in 0u64..4,
    ) -> (i64, Event) {
        let mut event = Event::new(&format!("p{person}"), 0, name);
        let fields = [("country", country), ("properties.item", item), ("campaign.source", source),
            ("url.path", path), ("category", category)];
        for (field, value) in fields {
            if let Some(value) = value {
                event = event.with(field, value);
            }
        }
        event.session = session.map(str::to_owned);
        event.revenue = money.map(|(amount, currency)| (amount, currency.to_owned()));
        (event.weight, event.seq) = (weight, seq);
        (gap, event)
    }
}

fn person(number: usize, most: usize) -> impl Strategy<Value = (i64, Vec<(i64, Event)>)> {
    let start = prop_oneof![-3 * DAY..3 * DAY, select(&[-DAY, -HOUR, -1, 0, HOUR][..])];
    (start, prop::collection::vec(event(number), most / 4..=most))
}

fn bound() -> impl Strategy<Value = (Option<usize>, i64)> {
    // At an event's very time, beside it, or anywhere.
    prop_oneof![
        (0usize..40, -1i64..=1).prop_map(|(n, by)| (Some(n), by)),
        (-4 * DAY..10 * DAY).prop_map(|at| (None, at))
    ]
}

pub(crate) fn filters() -> impl Strategy<Value = Vec<Filter>> {
    let filter = |field: &str, op, values: &[&str]| Filter {
        field: field.to_owned(),
        op,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let some = select(vec![
        vec![filter("country", Op::Is, &["DE"])],
        vec![filter("country", Op::IsNot, &["FR"])],
        vec![filter("properties.item", Op::Gte, &["2"])],
        vec![filter("country", Op::Set, &[]), filter("campaign.source", Op::NotContains, &["NEW"])],
    ]);
    prop_oneof![6 => Just(Vec::new()), 1 => some]
}

prop_compose! {
    pub(crate) fn history(people: usize, most: usize)(
        place in select(&PLACES[..]),
        people in prop::collection::vec(Just(()), 1..=people).prop_flat_map(move |people| {
            (0..people.len()).map(|number| person(number, most)).collect::<Vec<_>>()
        }),
        from in bound(),
        to in bound(),
        fresh in 0..30 * DAY,
        filters in filters(),
        (wide, midnights) in any::<(bool, bool)>(),
    ) -> History {
        let base = ms(place.1);
        let mut events: Vec<Event> = Vec::new();
        for (start, history) in people {
            let mut at = base + start;
            for (gap, event) in history {
                at += gap;
                events.push(Event { at, seq: event.seq * 1000 + events.len() as u64, ..event });
            }
        }
        let bound = |(event, by): (Option<usize>, i64)| match event.and_then(|n| events.get(n)) {
            Some(event) => event.at + by,
            None => base + by,
        };
        let (mut from, mut to) = (bound(from).min(bound(to)), bound(from).max(bound(to)));
        if wide {
            (from, to) = (base - 4 * DAY, base + 12 * DAY);
        }
        if midnights {
            let zone = place.0.parse().expect("a zone");
            from = crate::engine::naive::bucket(zone, Interval::Day, from);
            to = crate::engine::naive::bucket(zone, Interval::Day, to);
        }
        to = to.max(from + 1);
        let instant = crate::engine::calendar::instant;
        let frame = Frame { from: instant(from), to: instant(to), zone: place.0.into(), filters, compare: None };
        History { events, frame, fresh_as_of: instant(base + fresh) }
    }
}

fn step() -> impl Strategy<Value = Step> {
    (select(&["A", "A", "A", "B", "B", "B", "C", "C", "D"][..]), filters())
        .prop_map(|(event, filters)| Step { event: event.to_owned(), filters })
}

fn exclusion(steps: usize) -> impl Strategy<Value = Exclusion> {
    let mode = select(&[ExclusionMode::Remove, ExclusionMode::Drop, ExclusionMode::Drop][..]);
    (select(&["A", "B", "D", "page_view"][..]), 1..steps, 1..steps, mode).prop_map(|(event, a, b, mode)| Exclusion {
        event: event.to_owned(),
        after_step: a.min(b),
        before_step: a.max(b) + 1,
        mode,
    })
}

fn breakdown(steps: usize) -> impl Strategy<Value = Option<Breakdown>> {
    let field = select(&["country", "properties.item", "event"][..]);
    let touch = select(&[Touch::First, Touch::Last, Touch::All, Touch::Step][..]);
    prop::option::of((field, touch, 1..=steps).prop_map(|(field, attribution, step)| Breakdown {
        field: field.to_owned(),
        attribution,
        step: (attribution == Touch::Step).then_some(step),
    }))
}

pub(crate) fn funnel() -> impl Strategy<Value = Funnel> {
    select(&[2usize, 2, 2, 3, 3, 3, 4, 5][..]).prop_flat_map(|steps| {
        let hold = select(&HOLDS[..]);
        (
            prop::collection::vec(step(), steps),
            select(&WINDOWS[..]),
            select(&[Order::Sequential, Order::Strict, Order::Any, Order::Flexible][..]),
            select(&[Count::Unique, Count::Session, Count::Total][..]),
            any::<bool>(),
            prop_oneof![3 => Just(vec![]), 2 => prop::collection::vec(exclusion(steps), 1..=2)],
            hold,
            breakdown(steps),
            prop::option::of(select(&[Interval::Day, Interval::Week, Interval::Month][..])),
        )
            .prop_map(|(steps, window, order, count, reentry, exclusions, hold, breakdown, trend)| Funnel {
                steps,
                window,
                order,
                count,
                reentry,
                exclusions,
                hold: hold.iter().map(|property| (*property).to_owned()).collect(),
                breakdown,
                trend,
            })
    })
}
