//! A second reading of the rules, written from them and from nothing else: slow, plain, and only for tests. It takes
//! events and a question of the domain and gives the answer that the machine must give.

use chrono::{DateTime, Datelike, Days, NaiveDate, Offset, TimeZone, Timelike};
use chrono_tz::Tz;
use parallax_domain::question::*;
use parallax_domain::{Filter, Instant, Interval, Op};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a sender sent: fields in the contract's spelling (`country`, `properties.plan`), times in Unix milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub person: String,
    pub at: i64,
    /// Ingest sequence: decides among events of one millisecond.
    pub seq: u64,
    pub name: String,
    pub fields: BTreeMap<String, String>,
    pub session: Option<String>,
    pub revenue: Option<(f64, String)>,
    /// 100 ÷ sample rate.
    pub weight: f64,
}

impl Event {
    pub fn new(person: &str, at: i64, name: &str) -> Event {
        Event {
            person: person.to_owned(),
            at,
            seq: 0,
            name: name.to_owned(),
            fields: BTreeMap::new(),
            session: None,
            revenue: None,
            weight: 1.0,
        }
    }

    pub fn with(mut self, field: &str, value: &str) -> Event {
        self.fields.insert(field.to_owned(), value.to_owned());
        self
    }

    /// The value of a field; an event without a category is of the category usage.
    pub fn field(&self, name: &str) -> Option<&str> {
        match name {
            "event" => Some(&self.name),
            "category" => Some(self.fields.get(name).map_or("usage", String::as_str)),
            _ => self.fields.get(name).map(String::as_str),
        }
    }
}

/// Rule Q3.
pub fn passes(event: &Event, filter: &Filter) -> bool {
    let value = event.field(&filter.field);
    let one_of = |test: &dyn Fn(&str, &str) -> bool| value.is_some_and(|v| filter.values.iter().any(|w| test(v, w)));
    let number = |test: &dyn Fn(f64, f64) -> bool| {
        one_of(&|v, w| matches!((v.parse(), w.parse()), (Ok(v), Ok(w)) if test(v, w)))
    };
    match filter.op {
        Op::Is => one_of(&|v, w| v == w),
        Op::IsNot => !one_of(&|v, w| v == w),
        Op::Contains => one_of(&|v, w| v.to_lowercase().contains(&w.to_lowercase())),
        Op::NotContains => !one_of(&|v, w| v.to_lowercase().contains(&w.to_lowercase())),
        Op::Gt => number(&|v, w| v > w),
        Op::Gte => number(&|v, w| v >= w),
        Op::Lt => number(&|v, w| v < w),
        Op::Lte => number(&|v, w| v <= w),
        Op::Set => value.is_some(),
        Op::NotSet => value.is_none(),
    }
}

fn full_name(property: &str) -> String {
    let is_field = parallax_domain::filter::FIELDS.contains(&property) || property.starts_with("properties.");
    if is_field { property.to_owned() } else { format!("properties.{property}") }
}

/// Filters first (Q4), then per person in the order of time and sequence (F2).
fn histories<'a>(events: &'a [Event], frame: &Frame) -> BTreeMap<&'a str, Vec<&'a Event>> {
    let mut people: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| frame.filters.iter().all(|filter| passes(event, filter))) {
        people.entry(&event.person).or_default().push(event);
    }
    people.values_mut().for_each(|events| events.sort_by_key(|event| (event.at, event.seq)));
    people
}

fn ms(at: Instant) -> i64 {
    at.timestamp_millis()
}

fn instant(ms: i64) -> Instant {
    DateTime::from_timestamp_millis(ms).expect("a time of this age")
}

fn in_range(frame: &Frame, at: i64) -> bool {
    ms(frame.from) <= at && at < ms(frame.to)
}

fn is(event: &Event, name: &Option<String>) -> bool {
    name.as_ref().is_none_or(|name| *name == event.name)
}

// ---- calendar: by looking at the clock, never by adding days ----

fn clock(zone: Tz, at: i64) -> chrono::NaiveDateTime {
    let utc = instant(at).naive_utc();
    utc + chrono::TimeDelta::seconds(i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()))
}

/// The first minute whose local date is this one or later.
fn first_of_day(zone: Tz, date: NaiveDate) -> i64 {
    thread_local!(static KNOWN: std::cell::RefCell<HashMap<(Tz, NaiveDate), i64>> = Default::default());
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&(zone, date)).copied()) {
        return known;
    }
    let midnight = date.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp_millis();
    let minutes = (-27 * 60..27 * 60).map(|minute| midnight + minute * 60_000);
    let found = minutes.into_iter().find(|at| clock(zone, *at).date() >= date).expect("the day begins some time");
    KNOWN.with_borrow_mut(|known| known.insert((zone, date), found));
    found
}

/// The start of the bucket that the instant lies in.
pub fn bucket(zone: Tz, interval: Interval, at: i64) -> i64 {
    let local = clock(zone, at);
    let mut date = local.date();
    match interval {
        Interval::Hour => {
            let mut start = at - i64::from(local.second()) * 1000 - at.rem_euclid(1000);
            while clock(zone, start).minute() != 0 {
                start -= 60_000;
            }
            return start;
        }
        Interval::Day => {}
        Interval::Week => {
            while date.weekday() != chrono::Weekday::Mon {
                date = date - Days::new(1);
            }
        }
        Interval::Month => date = date.with_day(1).expect("every month has a first"),
    }
    first_of_day(zone, date)
}

/// All buckets from one instant (inclusive) to another (exclusive).
pub fn buckets(zone: Tz, interval: Interval, from: i64, to: i64) -> Vec<i64> {
    // No hour is shorter than half of one, no day than half of one.
    let step = if interval == Interval::Hour { 1_800_000 } else { 12 * 3_600_000 };
    let looks = (0..).map(|n| from + n * step).take_while(|at| *at < to).chain([to - 1]);
    let mut starts: Vec<i64> = looks.map(|at| bucket(zone, interval, at)).collect();
    starts.dedup();
    starts
}

fn zone_of(frame: &Frame) -> Tz {
    frame.zone.parse().expect("a zone")
}

fn labels(frame: &Frame, interval: Interval) -> Vec<i64> {
    buckets(zone_of(frame), interval, ms(frame.from), ms(frame.to))
}

// ---- figures ----

fn linear_quantile(mut values: Vec<f64>, q: f64) -> Figure {
    values.sort_by(f64::total_cmp);
    let rank = q * (values.len().checked_sub(1)? as f64);
    let (low, high) = (values[rank.floor() as usize], values[rank.ceil() as usize]);
    Some(low + (high - low) * (rank - rank.floor()))
}

fn ratio(a: f64, b: f64) -> Figure {
    if b == 0.0 { None } else { Some(a / b) }
}

/// Largest 200 first, the missing value among them on its own account, the rest together (Q9). Values in, for each
/// row its value and the values it is made of.
fn rows_of(sizes: &BTreeMap<Option<String>, f64>) -> Vec<(Option<String>, BTreeSet<Option<String>>)> {
    let mut named: Vec<(&Option<String>, f64)> =
        sizes.iter().filter(|(v, _)| v.is_some()).map(|(v, s)| (v, *s)).collect();
    named.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let rest = named.split_off(named.len().min(200));
    if let Some(size) = sizes.get(&None) {
        named.push((&None, *size));
        named.sort_by(|a, b| b.1.total_cmp(&a.1));
    }
    let mut rows: Vec<(Option<String>, BTreeSet<Option<String>>)> =
        named.into_iter().map(|(value, _)| (value.clone(), BTreeSet::from([value.clone()]))).collect();
    if !rest.is_empty() {
        rows.push((Some("$other".to_owned()), rest.into_iter().map(|(value, _)| value.clone()).collect()));
    }
    rows
}

// ---- sessions (S1) ----

/// Events with their places in the history.
type Placed<'a> = Vec<(usize, &'a Event)>;

/// Sessions of one person, by their first events.
fn visits<'a>(history: &[&'a Event]) -> Vec<Vec<&'a Event>> {
    let mut by_client: BTreeMap<&Option<String>, Vec<Placed>> = BTreeMap::new();
    for (place, event) in history.iter().enumerate() {
        let sessions = by_client.entry(&event.session).or_default();
        let fits = sessions.last().is_some_and(|session| {
            let (first, last) = (session[0].1, session[session.len() - 1].1);
            event.at - last.at <= 30 * 60_000 && event.at - first.at <= 24 * 3_600_000
        });
        if !fits {
            sessions.push(Vec::new());
        }
        sessions.last_mut().expect("there is one").push((place, event));
    }
    let mut all: Vec<Placed> = by_client.into_values().flatten().collect();
    all.sort_by_key(|session| session[0].0);
    all.into_iter().map(|session| session.into_iter().map(|(_, event)| event).collect()).collect()
}

pub fn sessions(events: &[Event], question: &Sessions, frame: &Frame) -> SessionsAnswer {
    let mut all: Vec<(&str, Option<String>, Vec<&Event>)> = Vec::new();
    for (person, history) in histories(events, frame) {
        for visit in visits(&history).into_iter().filter(|visit| in_range(frame, visit[0].at)) {
            let by = question.by.as_ref();
            let value = by.and_then(|by| visit.iter().find_map(|event| event.field(by)).map(str::to_owned));
            all.push((person, value, visit));
        }
    }
    let mut sizes: BTreeMap<Option<String>, f64> = BTreeMap::new();
    all.iter().for_each(|(_, value, _)| *sizes.entry(value.clone()).or_default() += 1.0);
    if question.by.is_none() {
        sizes.entry(None).or_default();
    }
    let rows = rows_of(&sizes).into_iter().map(|(value, values)| {
        let visits: Vec<_> = all.iter().filter(|(_, value, _)| values.contains(value)).collect();
        let pages = |visit: &[&Event]| visit.iter().filter(|event| event.name == "page_view").count();
        let with_pages = visits.iter().filter(|(.., visit)| pages(visit) > 0).count();
        let bounced = visits.iter().filter(|(.., visit)| pages(visit) == 1).count();
        let all_pages: usize = visits.iter().map(|(.., visit)| pages(visit)).sum();
        let length = |visit: &[&Event]| (visit[visit.len() - 1].at - visit[0].at) as f64 / 1000.0;
        SessionRow {
            value,
            sessions: visits.len() as i64,
            people: visits.iter().map(|(person, ..)| person).collect::<BTreeSet<_>>().len() as i64,
            median_seconds: linear_quantile(visits.iter().map(|(.., visit)| length(visit)).collect(), 0.5),
            bounce_rate: ratio(bounced as f64, with_pages as f64),
            pages_per_session: ratio(all_pages as f64, visits.len() as f64),
        }
    });
    SessionsAnswer { rows: rows.collect() }
}

// ---- funnels ----

/// One attempt: places of the events that served the steps (in any order: that completed so many steps).
#[derive(Clone, Debug)]
struct Attempt {
    places: Vec<Option<usize>>,
    removed: bool,
    excluded_at: Option<usize>,
    broken_at: Option<usize>,
}

impl Attempt {
    fn converted(&self) -> bool {
        self.places[self.places.len() - 1].is_some()
    }

    fn reached(&self) -> usize {
        self.places.iter().flatten().count()
    }

    fn second(&self) -> Option<usize> {
        self.places[1..].iter().flatten().min().copied()
    }
}

/// A passage of the funnel: person, and when each step was reached, with the value of its row.
struct Passage {
    person: String,
    times: Vec<Option<i64>>,
    row: Option<Option<String>>,
}

struct Tries<'a> {
    funnel: &'a Funnel,
    frame: &'a Frame,
    history: Vec<&'a Event>,
}

impl Tries<'_> {
    fn does(&self, place: usize, step: usize) -> bool {
        let (event, step) = (self.history[place], &self.funnel.steps[step]);
        event.name == step.event && step.filters.iter().all(|filter| passes(event, filter))
    }

    fn held(&self, place: usize) -> Option<Vec<&str>> {
        self.funnel.hold.iter().map(|property| self.history[place].field(&full_name(property))).collect()
    }

    /// The events after the entry, within the window.
    fn window(&self, entry: usize) -> Vec<usize> {
        let last = self.history[entry].at + self.funnel.window * 1000;
        (entry + 1..self.history.len()).filter(|place| self.history[*place].at <= last).collect()
    }

    fn first(&self, window: &[usize], after: usize, entry: usize, step: usize) -> Option<usize> {
        let held = self.held(entry);
        window.iter().copied().find(|place| *place > after && self.does(*place, step) && self.held(*place) == held)
    }

    fn places(&self, entry: usize) -> (Vec<Option<usize>>, Option<usize>) {
        let steps = self.funnel.steps.len();
        let window = self.window(entry);
        let mut places = vec![None; steps];
        places[0] = Some(entry);
        let mut broken_at = None;
        match self.funnel.order {
            Order::Sequential => {
                for step in 1..steps {
                    places[step] = places[step - 1].and_then(|before| self.first(&window, before, entry, step));
                }
            }
            Order::Flexible => {
                for step in 1..steps - 1 {
                    places[step] = places[step - 1].and_then(|before| self.first(&window, before, entry, step));
                }
                places[steps - 1] = self.first(&window, entry, entry, steps - 1);
            }
            Order::Strict => {
                let mut step = 1;
                for place in window {
                    if step == steps {
                        break;
                    }
                    if self.does(place, step) && self.held(place) == self.held(entry) {
                        places[step] = Some(place);
                        step += 1;
                    } else if self.history[place].field("category") == Some("usage") {
                        broken_at = Some(place);
                        break;
                    }
                }
            }
            Order::Any => {
                // Every set of steps that some assignment of the events so far can serve.
                let mut served: BTreeSet<u32> = BTreeSet::from([0]);
                let mut most = 0;
                let matching = |place: &usize| self.held(*place) == self.held(entry);
                for place in std::iter::once(entry).chain(window).filter(matching) {
                    let doing: Vec<usize> = (0..steps).filter(|step| self.does(place, *step)).collect();
                    let more = |set: &u32| doing.iter().map(|step| set | (1 << step)).collect::<Vec<u32>>();
                    served.extend(served.iter().flat_map(more).collect::<Vec<u32>>());
                    let size = served.iter().map(|set| set.count_ones() as usize).max().unwrap_or(0);
                    if size > most {
                        places[most] = Some(place);
                        most = size;
                    }
                }
            }
        }
        (places, broken_at)
    }

    fn attempt(&self, entry: usize) -> Attempt {
        let (mut places, broken_at) = self.places(entry);
        // Excluded events with the mode, where an exclusion is in force (F6).
        let mut hits: Vec<(usize, bool)> = Vec::new();
        for exclusion in &self.funnel.exclusions {
            let Some(after) = places[exclusion.after_step - 1] else { continue };
            let until = places[exclusion.before_step - 1].or(broken_at);
            let within = |place: &usize| *place > after && until.is_none_or(|until| *place <= until);
            let hit = self.window(entry).into_iter().filter(within).find(|p| self.history[*p].name == exclusion.event);
            hits.extend(hit.map(|place| (place, exclusion.mode == ExclusionMode::Remove)));
        }
        let excluded_at = hits.iter().map(|(place, _)| *place).min();
        let removed = hits.iter().any(|(place, removes)| *removes && Some(*place) == excluded_at);
        if let Some(excluded) = excluded_at {
            places.iter_mut().filter(|place| place.is_some_and(|place| place >= excluded)).for_each(|p| *p = None);
        }
        Attempt { places, removed, excluded_at, broken_at }
    }

    fn may_enter(&self, place: usize, spent: &BTreeSet<usize>) -> bool {
        let steps = if self.funnel.order == Order::Any { self.funnel.steps.len() } else { 1 };
        in_range(self.frame, self.history[place].at)
            && (0..steps).any(|step| self.does(place, step))
            && self.held(place).is_some()
            && !spent.contains(&place)
    }

    /// The attempts that count; none if the actor is removed.
    fn counted(&self) -> Option<Vec<Attempt>> {
        let mut spent = BTreeSet::new();
        let all = self.history.len();
        if self.funnel.count == Count::Total {
            let mut attempts = Vec::new();
            let mut start = 0;
            while let Some(entry) = (start..all).find(|place| self.may_enter(*place, &spent)) {
                let attempt = self.attempt(entry);
                if attempt.removed {
                    return None;
                }
                spent.extend(attempt.excluded_at);
                let window_end = entry + 1 + self.window(entry).len();
                start = match (attempt.places[attempt.places.len() - 1], attempt.excluded_at, attempt.broken_at) {
                    (Some(last), ..) => last + 1,
                    (None, Some(excluded), _) => excluded + 1,
                    (None, None, Some(broken)) => broken,
                    (None, None, None) => window_end,
                };
                attempts.push(attempt);
            }
            return Some(attempts);
        }
        if !self.funnel.reentry {
            let entry = (0..all).find(|place| self.may_enter(*place, &spent));
            let attempts: Vec<Attempt> = entry.map(|entry| self.attempt(entry)).into_iter().collect();
            return (!attempts.iter().any(|attempt| attempt.removed)).then_some(attempts);
        }
        let mut attempts: Vec<Attempt> = Vec::new();
        for place in 0..all {
            if self.may_enter(place, &spent) {
                attempts.push(self.attempt(place));
                spent.extend(attempts[attempts.len() - 1].excluded_at);
            }
        }
        // The closest entry before a second step stands for the earlier ones.
        let closest = |attempt: &Attempt| {
            let same = |other: &&Attempt| other.second().is_some() && other.second() == attempt.second();
            attempts.iter().rfind(same).unwrap_or(attempt).clone()
        };
        let chosen = match attempts.iter().position(|attempt| attempt.converted() || attempt.removed) {
            Some(place) => closest(&attempts[place]),
            None => {
                let furthest = attempts.iter().map(Attempt::reached).max()?;
                closest(attempts.iter().find(|attempt| attempt.reached() == furthest)?)
            }
        };
        let first = attempts.iter().find(|attempt| attempt.converted() || attempt.removed);
        let removed = chosen.removed || first.is_some_and(|attempt| attempt.removed);
        (!removed).then(|| vec![chosen])
    }
}

fn passages(events: &[Event], funnel: &Funnel, frame: &Frame) -> (Vec<Passage>, Vec<Passage>) {
    let (mut whole, mut by_value) = (Vec::new(), Vec::new());
    for (person, history) in histories(events, frame) {
        let actors = if funnel.count == Count::Session { visits(&history) } else { vec![history] };
        for history in actors {
            let tries = Tries { funnel, frame, history: history.clone() };
            for attempt in tries.counted().unwrap_or_default() {
                let row = funnel.breakdown.as_ref().and_then(|breakdown| row(breakdown, &attempt, &history));
                whole.push(passage(person, &attempt, &history, row));
            }
            let Some(breakdown) = &funnel.breakdown else { continue };
            if breakdown.attribution != Touch::All {
                continue;
            }
            let values: BTreeSet<Option<&str>> = history.iter().map(|event| event.field(&breakdown.field)).collect();
            for value in values {
                let of_value: Vec<&Event> =
                    history.iter().copied().filter(|event| event.field(&breakdown.field) == value).collect();
                let tries = Tries { funnel, frame, history: of_value.clone() };
                for attempt in tries.counted().unwrap_or_default() {
                    by_value.push(passage(person, &attempt, &of_value, Some(value.map(str::to_owned))));
                }
            }
        }
    }
    (whole, by_value)
}

fn passage(person: &str, attempt: &Attempt, history: &[&Event], row: Option<Option<String>>) -> Passage {
    let times = attempt.places.iter().map(|place| place.map(|place| history[place].at)).collect();
    Passage { person: person.to_owned(), times, row }
}

fn row(breakdown: &Breakdown, attempt: &Attempt, history: &[&Event]) -> Option<Option<String>> {
    let value = |place: usize| history[place].field(&breakdown.field).map(str::to_owned);
    let mut places: Vec<usize> = attempt.places.iter().flatten().copied().collect();
    places.sort_unstable();
    match breakdown.attribution {
        Touch::First => Some(places.into_iter().find_map(value)),
        Touch::Last => Some(places.into_iter().rev().find_map(value)),
        Touch::All => None,
        Touch::Step => Some(Some(value(attempt.places[breakdown.step? - 1]?)?)),
    }
}

pub fn funnel(events: &[Event], funnel: &Funnel, frame: &Frame, fresh_as_of: Instant) -> FunnelAnswer {
    let (whole, by_value) = passages(events, funnel, frame);
    let steps = funnel.steps.len();
    let reached = |step: usize| whole.iter().filter(|passage| passage.times[step].is_some()).count() as f64;
    let entered = |passage: &Passage| passage.times[0].expect("who passes has entered");
    let open = |passage: &&Passage| {
        passage.times[steps - 1].is_none() && entered(passage) + funnel.window * 1000 > ms(fresh_as_of)
    };
    let answers = (0..steps).map(|step| {
        let gap =
            |passage: &Passage| Some((passage.times[step]? - passage.times[step.checked_sub(1)?]?) as f64 / 1000.0);
        let gaps: Vec<f64> = whole.iter().filter_map(gap).filter(|gap| *gap >= 0.0).collect();
        StepAnswer {
            event: funnel.steps[step].event.clone(),
            count: reached(step) as i64,
            overall: ratio(reached(step), reached(0)),
            from_previous: if step == 0 { None } else { ratio(reached(step), reached(step - 1)) },
            median_seconds: linear_quantile(gaps.clone(), 0.5),
            p90_seconds: linear_quantile(gaps, 0.9),
        }
    });

    let in_rows: Vec<&Passage> = whole.iter().chain(&by_value).filter(|passage| passage.row.is_some()).collect();
    let mut sizes: BTreeMap<Option<String>, f64> = BTreeMap::new();
    in_rows.iter().filter_map(|passage| passage.row.clone()).for_each(|row| *sizes.entry(row).or_default() += 1.0);
    let breakdown = rows_of(&sizes).into_iter().map(|(value, values)| {
        let of_row = |passage: &&&Passage| passage.row.as_ref().is_some_and(|row| values.contains(row));
        let count = |step: usize| in_rows.iter().filter(of_row).filter(|p| p.times[step].is_some()).count() as i64;
        FunnelRow { value, counts: (0..steps).map(count).collect() }
    });

    let trend = funnel.trend.map(|interval| {
        let rows = labels(frame, interval).into_iter().map(|start| {
            let here = |passage: &&Passage| bucket(zone_of(frame), interval, entered(passage)) == start;
            FunnelBucket {
                bucket: instant(start),
                entered: whole.iter().filter(here).count() as i64,
                converted: whole.iter().filter(here).filter(|p| p.times[steps - 1].is_some()).count() as i64,
                open: whole.iter().filter(here).filter(open).count() as i64,
            }
        });
        rows.collect()
    });
    let durations: Vec<f64> =
        whole.iter().filter_map(|p| Some((p.times[steps - 1]? - entered(p)) as f64 / 1000.0)).collect();
    FunnelAnswer {
        steps: answers.collect(),
        open: whole.iter().filter(open).count() as i64,
        breakdown: breakdown.collect(),
        trend: trend.unwrap_or_default(),
        time_to_convert: TimeToConvert {
            median: linear_quantile(durations.clone(), 0.5),
            mean: ratio(durations.iter().sum(), durations.len() as f64),
            p90: linear_quantile(durations.clone(), 0.9),
            histogram: Vec::new(),
        },
    }
}

/// Everybody behind one bar, without pages.
pub fn funnel_people(events: &[Event], funnel: &Funnel, asked: &FunnelPeople, frame: &Frame) -> Vec<FunnelPerson> {
    let (whole, _) = passages(events, funnel, frame);
    let step = asked.step - 1;
    let listed = |passage: &Passage| match asked.outcome {
        FunnelOutcome::Completed => passage.times[step].is_some(),
        FunnelOutcome::Dropped => passage.times[step].is_none() && passage.times[step - 1].is_some(),
    };
    let person = |passage: Passage| FunnelPerson {
        person: passage.person,
        entered_at: instant(passage.times[0].expect("who passes has entered")),
        steps: passage.times.iter().map(|time| time.map(instant)).collect(),
    };
    let mut people: Vec<FunnelPerson> = whole.into_iter().filter(listed).map(person).collect();
    people.sort_by(|a, b| (a.entered_at, &a.person).cmp(&(b.entered_at, &b.person)));
    people
}

// ---- retention, stickiness, lifecycle ----

pub fn retention(events: &[Event], question: &Retention, frame: &Frame, fresh_as_of: Instant) -> RetentionAnswer {
    let zone = zone_of(frame);
    let starts = labels(frame, question.unit);
    let columns = question.periods;
    // Enough periods to see that one has ended.
    let periods = buckets(zone, question.unit, starts[0], ms(frame.to) + (columns as i64 + 2) * 32 * 86_400_000);
    let length = match question.unit {
        Interval::Month => 30,
        Interval::Week => 7,
        _ => 1,
    } * 86_400_000;
    let rolling = question.interval == RetentionInterval::Rolling;
    let period = |at: i64| periods.iter().rposition(|start| *start <= at).expect("not before the range");
    let people = histories(events, frame);
    let cohorts = starts.iter().enumerate().map(|(cohort, &start)| {
        let mut size = 0;
        let mut values = vec![0; columns];
        for history in people.values() {
            let does = |event: &&Event| is(event, &question.start);
            let end = starts.get(cohort + 1).copied().unwrap_or(i64::MAX);
            let here = |event: &&Event| in_range(frame, event.at) && start <= event.at && event.at < end;
            let entry = match question.cohort {
                Cohort::First => history.iter().position(does).filter(|place| here(&history[*place])),
                Cohort::Recurring => history.iter().position(|event| does(event) && here(event)),
            };
            let Some(entry) = entry else { continue };
            size += 1;
            let offsets: Vec<usize> = history[entry..]
                .iter()
                .filter(|event| is(event, &question.back))
                .map(|event| match rolling {
                    true => ((event.at - history[entry].at) / length) as usize,
                    false => period(event.at) - cohort,
                })
                .collect();
            for (column, value) in values.iter_mut().enumerate() {
                let back = |offset: &usize| match question.mode {
                    RetentionMode::On => *offset == column,
                    RetentionMode::OnOrAfter => *offset >= column,
                };
                *value += i64::from(offsets.iter().any(back));
            }
        }
        let ends = |column: usize| match rolling {
            true => periods[cohort + 1].min(ms(frame.to)) + length * (column as i64 + 1),
            false => periods[cohort + column + 1],
        };
        let complete = (0..columns).map(|column| ends(column) <= ms(fresh_as_of)).collect();
        CohortRow { start: instant(start), size, values, complete }
    });
    RetentionAnswer { cohorts: cohorts.collect() }
}

pub fn stickiness(events: &[Event], question: &Stickiness, frame: &Frame) -> StickinessAnswer {
    let units = labels(frame, question.unit).len();
    let active = |history: Vec<&Event>| {
        let did = history.into_iter().filter(|event| is(event, &question.event) && in_range(frame, event.at));
        did.map(|event| bucket(zone_of(frame), question.unit, event.at)).collect::<BTreeSet<i64>>().len()
    };
    let active: Vec<usize> = histories(events, frame).into_values().map(active).collect();
    let people = |x: usize| active.iter().filter(|units| **units == x).count() as i64;
    StickinessAnswer { days: (1..=units).map(|x| StickinessRow { x: x as i64, people: people(x) }).collect() }
}

pub fn lifecycle(events: &[Event], question: &Lifecycle, frame: &Frame) -> LifecycleAnswer {
    let zone = zone_of(frame);
    let starts = labels(frame, question.interval);
    let before = bucket(zone, question.interval, starts[0] - 1);
    // When each person did it, and in which bucket.
    let people: Vec<Vec<(i64, i64)>> = histories(events, frame)
        .into_values()
        .map(|history| {
            let did = history.into_iter().filter(|event| is(event, &question.event));
            did.map(|event| (event.at, bucket(zone, question.interval, event.at))).collect()
        })
        .collect();
    let mut answer = LifecycleAnswer { buckets: starts.iter().copied().map(instant).collect(), ..Default::default() };
    for (place, &start) in starts.iter().enumerate() {
        let (mut new, mut returning, mut resurrecting, mut dormant) = (0, 0, 0, 0);
        for times in &people {
            let here = |at: &(i64, i64)| in_range(frame, at.0) && at.1 == start;
            let now = times.iter().any(here);
            let previous = times.iter().any(|at| match place {
                0 => at.1 == before,
                _ => in_range(frame, at.0) && at.1 == starts[place - 1],
            });
            let first_is_here = times.first().is_some_and(here);
            match (now, previous) {
                (true, true) => returning += 1,
                (true, false) if first_is_here => new += 1,
                (true, false) => resurrecting += 1,
                (false, true) => dormant += 1,
                (false, false) => {}
            }
        }
        answer.new.push(new);
        answer.returning.push(returning);
        answer.resurrecting.push(resurrecting);
        answer.dormant.push(dormant);
        answer.quick_ratio.push(ratio((new + resurrecting) as f64, dormant as f64));
    }
    answer
}

// ---- paths, attribution ----

/// All nodes and all edges; the question's limit is not applied.
pub fn paths(events: &[Event], question: &Paths, frame: &Frame) -> PathsAnswer {
    let node = |event: &Event| match (event.name.as_str(), event.field("url.path")) {
        ("page_view", Some(path)) => path.to_owned(),
        (name, _) => name.to_owned(),
    };
    let named = |event: &Event, name: &str| {
        event.name == name || (event.name == "page_view" && event.field("url.path") == Some(name))
    };
    let mut nodes: BTreeMap<(usize, String), i64> = BTreeMap::new();
    let mut edges: BTreeMap<(usize, String, String), i64> = BTreeMap::new();
    for history in histories(events, frame).into_values() {
        for mut visit in visits(&history).into_iter().filter(|visit| in_range(frame, visit[0].at)) {
            if let Some(start) = &question.start {
                visit = visit.into_iter().skip_while(|event| !named(event, start)).collect();
            }
            if let Some(end) = &question.end {
                while visit.last().is_some_and(|event| !named(event, end)) {
                    visit.pop();
                }
            }
            visit.truncate(question.depth);
            for (step, event) in visit.iter().enumerate() {
                *nodes.entry((step, node(event))).or_default() += 1;
            }
            for (step, pair) in visit.windows(2).enumerate() {
                *edges.entry((step + 1, node(pair[0]), node(pair[1]))).or_default() += 1;
            }
        }
    }
    let nodes = nodes.into_iter().map(|((step, name), count)| PathNode { name, step, count });
    let edges = edges.into_iter().map(|((step, from, to), count)| PathEdge { from, to, step, count });
    PathsAnswer { nodes: nodes.collect(), edges: edges.collect() }
}

fn shares(model: Model, touches: &[&Event], field: &str, conversion: i64) -> Vec<(String, f64)> {
    let n = touches.len();
    let values = || touches.iter().map(|event| event.field(field).unwrap_or_default().to_owned());
    if n == 0 {
        return vec![("direct".to_owned(), 1.0)];
    }
    let weights: Vec<f64> = match model {
        Model::Participation => return values().collect::<BTreeSet<_>>().into_iter().map(|v| (v, 1.0)).collect(),
        Model::First => (0..n).map(|i| f64::from(u8::from(i == 0))).collect(),
        Model::Last => (0..n).map(|i| f64::from(u8::from(i == n - 1))).collect(),
        Model::Linear => vec![1.0; n],
        Model::TimeDecay => {
            touches.iter().map(|event| 2f64.powf(-((conversion - event.at) as f64) / (7.0 * 86_400_000.0))).collect()
        }
        Model::U | Model::J | Model::InverseJ => {
            let (first, last) = match model {
                Model::U => (40.0, 40.0),
                Model::J => (20.0, 60.0),
                _ => (60.0, 20.0),
            };
            let middle = 20.0 / (n as f64 - 2.0);
            (0..n)
                .map(|i| {
                    if i == 0 {
                        first
                    } else if i == n - 1 {
                        last
                    } else {
                        middle
                    }
                })
                .collect()
        }
    };
    let total: f64 = weights.iter().sum();
    values().zip(weights).map(|(value, weight)| (value, weight / total)).collect()
}

pub fn attribution(events: &[Event], question: &Attribution, frame: &Frame) -> AttributionAnswer {
    let mut rows: BTreeMap<String, (f64, BTreeMap<String, f64>)> = BTreeMap::new();
    for history in histories(events, frame).into_values() {
        let converts = |event: &&&Event| event.name == question.conversion && in_range(frame, event.at);
        for conversion in history.iter().filter(converts) {
            let since = conversion.at - question.lookback_days * 86_400_000;
            let touches: Vec<&Event> = history
                .iter()
                .copied()
                .filter(|event| {
                    event.field(&question.field).is_some() && since <= event.at && event.at <= conversion.at
                })
                .collect();
            let shares = shares(question.model, &touches, &question.field, conversion.at);
            for (value, share) in shares.into_iter().filter(|(_, share)| *share > 0.0) {
                let row = rows.entry(value).or_default();
                row.0 += share;
                if let Some((amount, currency)) = &conversion.revenue {
                    *row.1.entry(currency.clone()).or_default() += share * amount;
                }
            }
        }
    }
    let money = |(currency, amount)| Money { amount, currency };
    let rows = rows.into_iter().map(|(value, (conversions, revenue))| AttributionRow {
        value,
        conversions,
        revenue: revenue.into_iter().map(money).collect(),
    });
    AttributionAnswer { rows: rows.collect() }
}

// ---- trends ----

fn measured(events: &[&Event], measure: &Measure) -> Figure {
    let people = events.iter().map(|event| &event.person).collect::<BTreeSet<_>>().len() as f64;
    let total: f64 = events.iter().map(|event| event.weight).sum();
    let numbers = |name: &String| -> Vec<(f64, f64)> {
        let number = |event: &&Event| Some((event.field(&full_name(name))?.parse().ok()?, event.weight));
        events.iter().filter_map(number).collect()
    };
    let sum = |numbers: &[(f64, f64)]| numbers.iter().map(|(x, w)| x * w).sum::<f64>();
    match measure {
        Measure::Total => Some(total),
        Measure::Unique => Some(people),
        Measure::PerUser => ratio(total, people),
        Measure::Revenue => {
            Some(events.iter().filter_map(|e| e.revenue.as_ref().map(|(amount, _)| amount * e.weight)).sum())
        }
        Measure::Sum(name) => Some(sum(&numbers(name))),
        Measure::Average(name) => ratio(sum(&numbers(name)), numbers(name).iter().map(|(_, w)| w).sum()),
        Measure::P95(name) => {
            let mut numbers = numbers(name);
            numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
            let all: f64 = numbers.iter().map(|(_, w)| w).sum();
            let upto = |place: usize| numbers[..=place].iter().map(|(_, w)| w).sum::<f64>();
            (0..numbers.len()).find(|place| upto(*place) >= 0.95 * all - 1e-9).map(|place| numbers[place].0)
        }
    }
}

pub fn trend(events: &[Event], question: &Trend, frame: &Frame) -> TrendAnswer {
    let zone = zone_of(frame);
    let starts = labels(frame, question.interval);
    let mut lines = Vec::new();
    for series in &question.series {
        let measure = Measure::parse(&series.measure).expect("a measure");
        let carries = |event: &Event| match &measure {
            Measure::Revenue => event.revenue.is_some(),
            Measure::Sum(name) | Measure::Average(name) | Measure::P95(name) => {
                event.field(&full_name(name)).is_some_and(|value| value.parse::<f64>().is_ok())
            }
            _ => true,
        };
        let counts = |event: &&Event| is(event, &series.event) && in_range(frame, event.at) && carries(event);
        let events: Vec<&Event> = histories(events, frame).into_values().flatten().filter(counts).collect();
        let currency = |event: &Event| match measure {
            Measure::Revenue => event.revenue.as_ref().map(|(_, currency)| currency.clone()),
            _ => None,
        };
        let mut currencies: BTreeSet<Option<String>> = events.iter().map(|event| currency(event)).collect();
        if currencies.is_empty() && question.breakdown.is_none() {
            currencies.insert(None);
        }
        for of_currency in currencies {
            let events: Vec<&Event> = events.iter().copied().filter(|event| currency(event) == of_currency).collect();
            let value = |event: &Event| question.breakdown.as_ref().and_then(|f| event.field(f)).map(str::to_owned);
            let mut groups: BTreeMap<Option<String>, Vec<&Event>> = BTreeMap::new();
            events.iter().for_each(|event| groups.entry(value(event)).or_default().push(event));
            let size = |events: &[&Event]| match measure {
                Measure::Average(_) | Measure::P95(_) | Measure::PerUser => events.iter().map(|e| e.weight).sum(),
                _ => measured(events, &measure).unwrap_or(0.0),
            };
            let mut sizes: BTreeMap<Option<String>, f64> = groups.iter().map(|(v, e)| (v.clone(), size(e))).collect();
            if question.breakdown.is_none() {
                sizes.entry(None).or_default();
            }
            for (row, values) in rows_of(&sizes) {
                let of_row: Vec<&Event> = events.iter().copied().filter(|e| values.contains(&value(e))).collect();
                let mut in_buckets: BTreeMap<i64, Vec<&Event>> = BTreeMap::new();
                for event in &of_row {
                    in_buckets.entry(bucket(zone, question.interval, event.at)).or_default().push(event);
                }
                let figure = |start: &i64| measured(in_buckets.get(start).map_or(&[][..], Vec::as_slice), &measure);
                lines.push(TrendLine {
                    event: series.event.clone(),
                    measure: series.measure.clone(),
                    value: row,
                    currency: of_currency.clone(),
                    values: starts.iter().map(figure).collect(),
                    total: measured(&of_row, &measure),
                });
            }
        }
    }
    TrendAnswer { buckets: starts.into_iter().map(instant).collect(), series: lines }
}
