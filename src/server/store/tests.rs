//! Questions over stored timelines against the naive reading of the rules: random histories, dealt out to several
//! subjects of a person, committed late and in pieces, compacted or not, with presence or without.

use super::behaviour::Parts;
use super::days::{ByDay, reading};
use super::gather::{Material, Reading, answer};
use super::matching::Matcher;
use super::persons::Persons;
use super::sheets::Sheet;
use crate::engine::calendar::Span;
use crate::engine::naive::{self, Event};
use crate::engine::tests::assert_same;
use crate::engine::tests::histories::{History, funnel, history};
use crate::engine::{
    Question, active, attribution, funnel as funnels, lifecycle, paths, retention, sessions, stickiness, trend,
};
use crate::projection::compact::timeline_parts;
use crate::projection::fold::{EventFold, ScalarFold};
use crate::projection::timeline::presence::{Presence, is_presence};
use crate::projection::timeline::{self, Builder, CORE, DAY, Table};
use chrono::DateTime;
use chrono_tz::Tz;
use parallax_domain::question::*;
use parallax_domain::{Category, Interval};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How a history came to be stored.
#[derive(Clone, Debug)]
struct Fate {
    /// Which of a person's three subjects did an event; the first by most.
    subjects: Vec<u8>,
    /// Commits of so many events each, over and over.
    commits: Vec<usize>,
    /// Of the commits of a day so many are one compacted piece.
    compacted: usize,
    /// Presence of another zone than the one that is asked in.
    elsewhere: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    let subjects = prop::collection::vec(select(&[0u8, 0, 0, 1, 2][..]), 1..9);
    (subjects, prop::collection::vec(1usize..9, 1..4), 0usize..5, prop::bool::weighted(0.1))
        .prop_map(|(subjects, commits, compacted, elsewhere)| Fate { subjects, commits, compacted, elsewhere })
}

/// A piece as it stands in the database.
enum Stored {
    Delta(Vec<u8>),
    Compacted(HashMap<String, Vec<u8>>),
}

struct Shelf {
    /// By day and, within it, in order of commit.
    pieces: Vec<(i64, Stored)>,
    persons: Persons,
    /// The events under the names that the store gives their people.
    events: Vec<Event>,
}

const FIRST: u32 = 10;

impl Shelf {
    fn of(history: &History, fate: &Fate) -> Shelf {
        let mut events = history.events.clone();
        events.sort_by_key(|event| event.seq);
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut persons = Persons::default();
        let mut subjects = Vec::new();
        for (place, event) in events.iter_mut().enumerate() {
            let next = FIRST + numbers.len() as u32;
            let person = *numbers.entry(event.person.clone()).or_insert(next);
            let subject = match fate.subjects[place % fate.subjects.len()] {
                0 => person,
                other => 100 * u32::from(other) + person,
            };
            persons.set(subject, person);
            subjects.push(subject);
            event.person = person.to_string();
        }
        let mut days: BTreeMap<i64, Vec<Table>> = BTreeMap::new();
        let mut start = 0;
        let mut sizes = fate.commits.iter().cycle();
        while start < events.len() {
            let end = (start + sizes.next().copied().unwrap_or(1)).min(events.len());
            let mut builders: BTreeMap<i64, Builder> = BTreeMap::new();
            for place in start..end {
                let day = events[place].at.div_euclid(DAY) * DAY;
                builders.entry(day).or_default().push(&fold(&events[place], subjects[place]));
            }
            for (day, builder) in builders {
                days.entry(day).or_default().push(builder.finish());
            }
            start = end;
        }
        let zone: Tz = if fate.elsewhere { Tz::Asia__Tokyo } else { history.frame.zone.parse().expect("a zone") };
        let mut pieces = Vec::new();
        for (day, mut tables) in days {
            let fresh = tables.split_off(fate.compacted.min(tables.len()));
            if !tables.is_empty() {
                let merged = timeline::merge(&tables.iter().collect::<Vec<_>>());
                let at = DateTime::from_timestamp_millis(day).expect("a time");
                let parts = timeline_parts(&merged, at, zone).into_iter().map(|(part, _, body)| (part, body));
                pieces.push((day, Stored::Compacted(parts.collect())));
            }
            pieces.extend(fresh.iter().map(|table| (day, Stored::Delta(timeline::encode_everything(table)))));
        }
        Shelf { pieces, persons, events }
    }

    fn ask<Q: Question>(&self, question: &Q) -> Q::Answer {
        let needs = question.needs();
        let matcher = Matcher::of(needs).expect("filters");
        let parts = Parts::of(needs, &matcher);
        let reach = Span { from: needs.reach.from.unwrap_or(i64::MIN / 4), to: needs.reach.to.unwrap_or(i64::MAX / 4) };
        let by_day = ByDay::of(needs);
        let mut material = Material::default();
        for (start, stored) in &self.pieces {
            let presence: Option<Vec<Arc<Presence>>> = match (&by_day, stored) {
                (Some(by_day), Stored::Compacted(parts)) => {
                    let read =
                        |part: &&str| parts.get(*part).map(|body| Arc::new(Presence::read(body).expect("presence")));
                    by_day.parts().iter().map(read).collect()
                }
                _ => None,
            };
            let (present, rows) = reading(by_day.as_ref().zip(presence.as_deref()), *start, reach, &self.persons);
            for day in present {
                material.readings.push(Reading::Day { present: material.present.len() });
                material.present.push(day);
            }
            if !rows.is_empty() {
                material.readings.push(Reading::Rows { sheet: material.sheets.len(), spans: rows });
                material.sheets.push(stored.sheet(*start / 1000, &parts.names));
            }
        }
        answer(question, needs, &matcher, &parts, &material, &self.persons).0
    }
}

impl Stored {
    fn sheet(&self, start: i64, names: &[String]) -> Sheet {
        let (core, mut columns): (Table, _) = match self {
            Stored::Delta(body) => {
                let mut table =
                    timeline::decode_some(body, |part| names.iter().any(|name| name == part)).expect("a delta");
                let columns = std::mem::take(&mut table.columns);
                (table, columns)
            }
            Stored::Compacted(parts) => {
                let core = timeline::decode_core(&parts[CORE]).expect("a core");
                let wanted =
                    names.iter().filter(|name| !is_presence(name)).filter_map(|name| parts.get_key_value(name));
                let column = |(name, body): (&String, &Vec<u8>)| {
                    (name.clone(), timeline::decode_column(name, core.rows(), body).expect("a column"))
                };
                let columns = wanted.map(column).collect();
                (core, columns)
            }
        };
        let columns = names.iter().map(|name| columns.remove(name).map(Arc::new)).collect();
        Sheet { start, core: Arc::new(core), columns }
    }
}

fn fold(event: &Event, subject: u32) -> EventFold<'_> {
    let names = crate::projection::fold::DIMENSIONS;
    let item = event.field("properties.item").map(|item| match item.parse() {
        Ok(number) => ScalarFold::Number(number),
        Err(_) => ScalarFold::Text(item),
    });
    EventFold {
        at: event.at,
        seq: event.seq as i64,
        subject: Some(subject as i32),
        session: event.session.as_ref().map(|id| id.len() as i64 * 1000 + i64::from(id.as_bytes()[1])),
        name: &event.name,
        category: event.field("category").and_then(|word| word.parse::<Category>().ok()).expect("a category") as i16,
        dimensions: names.map(|name| event.field(name)),
        scalars: item.map(|item| ("item", item)).into_iter().collect(),
        revenue: event.revenue.as_ref().map(|(amount, _)| (amount * 1e6) as i64),
        currency: event.revenue.as_ref().map(|(_, currency)| currency.as_str()),
        weight: event.weight as f32,
        trace_id: None,
    }
}

fn interval() -> impl Strategy<Value = Interval> {
    select(&[Interval::Hour, Interval::Day, Interval::Day, Interval::Week, Interval::Month][..])
}

fn event() -> impl Strategy<Value = Option<String>> {
    select(&[None, Some("A"), Some("B"), Some("nobody did this")][..]).prop_map(|name| name.map(str::to_owned))
}

fn cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: 600 * usual.cases / 256, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn funnels_over_what_is_stored(history in history(4, 12), funnel in funnel(), fate in fate()) {
        let shelf = Shelf::of(&history, &fate);
        let History { frame, fresh_as_of, .. } = history;
        let plan = funnels::Plan::new(&funnel, &frame, fresh_as_of).expect("a question");
        let mut told = shelf.ask(&plan);
        let conversions: i64 = told.time_to_convert.histogram.drain(..).map(|bucket| bucket.count).sum();
        prop_assert_eq!(conversions, told.steps.last().expect("steps").count);
        assert_same(&told, &naive::funnel(&shelf.events, &funnel, &frame, fresh_as_of), "funnel");
    }

    #[test]
    fn the_list_of_a_funnel_is_as_long_as_its_count(history in history(4, 12), funnel in funnel(), fate in fate(), step in 1usize..5) {
        let shelf = Shelf::of(&history, &fate);
        let History { frame, fresh_as_of, .. } = history;
        let step = step.min(funnel.steps.len());
        let asked = FunnelPeople { step, outcome: FunnelOutcome::Completed, limit: 1000, after: None };
        let counts = shelf.ask(&funnels::Plan::new(&funnel, &frame, fresh_as_of).expect("a question"));
        let listed = shelf.ask(&funnels::PeoplePlan::new(&funnel, &asked, &frame, fresh_as_of).expect("a question"));
        prop_assert_eq!(listed.total, counts.steps[step - 1].count);
        prop_assert_eq!(listed.people.len() as i64, listed.total);
        if funnel.trend.is_some() && step == 1 {
            prop_assert_eq!(counts.trend.iter().map(|bucket| bucket.entered).sum::<i64>(), listed.total);
        }
    }

    #[test]
    fn retention_over_what_is_stored(
        history in history(4, 12),
        (start, back, same) in (event(), event(), any::<bool>()),
        unit in select(&[Interval::Day, Interval::Day, Interval::Week, Interval::Month][..]),
        (after, recurring, rolling) in any::<(bool, bool, bool)>(),
        periods in 1usize..6,
        fate in fate(),
    ) {
        let shelf = Shelf::of(&history, &fate);
        let History { frame, fresh_as_of, .. } = history;
        let question = Retention {
            back: if same { start.clone() } else { back },
            start,
            unit,
            mode: if after { RetentionMode::OnOrAfter } else { RetentionMode::On },
            cohort: if recurring { Cohort::Recurring } else { Cohort::First },
            interval: if rolling { RetentionInterval::Rolling } else { RetentionInterval::Calendar },
            periods,
        };
        let plan = retention::Plan::new(&question, &frame, fresh_as_of).expect("a question");
        assert_same(&shelf.ask(&plan), &naive::retention(&shelf.events, &question, &frame, fresh_as_of), "retention");
    }

    #[test]
    fn stickiness_over_what_is_stored(history in history(5, 12), event in event(), unit in interval(), fate in fate()) {
        let shelf = Shelf::of(&history, &fate);
        let question = Stickiness { event, unit };
        let plan = stickiness::Plan::new(&question, &history.frame).expect("a question");
        assert_same(&shelf.ask(&plan), &naive::stickiness(&shelf.events, &question, &history.frame), "stickiness");
    }

    #[test]
    fn lifecycle_over_what_is_stored(history in history(5, 12), event in event(), interval in interval(), fate in fate()) {
        let shelf = Shelf::of(&history, &fate);
        let question = Lifecycle { event, interval };
        let plan = lifecycle::Plan::new(&question, &history.frame).expect("a question");
        assert_same(&shelf.ask(&plan), &naive::lifecycle(&shelf.events, &question, &history.frame), "lifecycle");
    }

    #[test]
    fn active_people_are_those_of_the_trend(history in history(5, 12), event in event(), fate in fate()) {
        let shelf = Shelf::of(&history, &fate);
        let active = shelf.ask(&active::Plan::new(event.as_deref(), &history.frame).expect("a question"));
        let series = vec![TrendSeries { event, measure: "unique".into() }];
        let question = Trend { series, interval: Interval::Day, breakdown: None };
        let naive = naive::trend(&shelf.events, &question, &history.frame);
        // The first day may begin before the range: those who were active in its first part are told as well.
        let told: Vec<Option<f64>> = active.daily.iter().skip(1).map(|people| Some(*people as f64)).collect();
        prop_assert_eq!(&told[..], &naive.series[0].values[1..]);
    }

    #[test]
    fn sessions_over_what_is_stored(
        history in history(4, 12),
        by in select(&[None, Some("country"), Some("properties.item")][..]),
        fate in fate(),
    ) {
        let shelf = Shelf::of(&history, &fate);
        let question = Sessions { by: by.map(str::to_owned) };
        let plan = sessions::Plan::new(&question, &history.frame).expect("a question");
        assert_same(&shelf.ask(&plan), &naive::sessions(&shelf.events, &question, &history.frame), "sessions");
    }

    #[test]
    fn paths_over_what_is_stored(
        history in history(4, 12),
        start in select(&[None, Some("A"), Some("/a")][..]),
        depth in 1usize..7,
        fate in fate(),
    ) {
        let shelf = Shelf::of(&history, &fate);
        let question = Paths { start: start.map(str::to_owned), end: None, depth, limit: 1000 };
        let mut told = shelf.ask(&paths::Plan::new(&question, &history.frame).expect("a question"));
        told.edges.sort_by(|a, b| (a.step, &a.from, &a.to).cmp(&(b.step, &b.from, &b.to)));
        told.nodes.sort_by(|a, b| (a.step, &a.name).cmp(&(b.step, &b.name)));
        assert_same(&told, &naive::paths(&shelf.events, &question, &history.frame), "paths");
    }

    #[test]
    fn attribution_over_what_is_stored(
        history in history(3, 14),
        field in select(&["campaign.source", "properties.item"][..]),
        model in select(&Model::ALL[..]),
        lookback_days in select(&[0, 1, 30][..]),
        fate in fate(),
    ) {
        let shelf = Shelf::of(&history, &fate);
        let question = Attribution { conversion: "buy".into(), field: field.into(), model, lookback_days };
        let mut told = shelf.ask(&attribution::Plan::new(&question, &history.frame).expect("a question"));
        told.rows.sort_by(|a, b| a.value.cmp(&b.value));
        assert_same(&told, &naive::attribution(&shelf.events, &question, &history.frame), "attribution");
    }

    #[test]
    fn trends_over_what_is_stored(
        history in history(4, 12),
        series in prop::collection::vec(
            (event(), select(&["total", "unique", "unique", "per_user", "revenue", "sum:item", "avg:item", "p95:properties.item"][..])),
            1..4,
        ),
        interval in interval(),
        breakdown in select(&[None, None, Some("country"), Some("event")][..]),
        fate in fate(),
    ) {
        let shelf = Shelf::of(&history, &fate);
        let series = series.into_iter().map(|(event, measure)| TrendSeries { event, measure: measure.into() }).collect();
        let question = Trend { series, interval, breakdown: breakdown.map(str::to_owned) };
        let plan = trend::Plan::new(&question, &history.frame).expect("a question");
        assert_same(&shelf.ask(&plan), &naive::trend(&shelf.events, &question, &history.frame), "trend");
    }
}
