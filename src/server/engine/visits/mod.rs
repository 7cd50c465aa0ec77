//! Visits: where they come from, what they see, what they lead to. One pass for a whole page of answers.
//!
//! A visit is a session (rules S1 to S5). What is asked of the address applies to whole visits, not to single events:
//! campaign and referrer are told once, at the door, so that a filter on events would hide everything that the visit
//! did afterwards.

mod counts;
mod visit;

pub use counts::Figures;

use super::calendar::{Buckets, Span};
use super::hashing::NumberMap;
use super::sessions::{LONGEST, LOOKBACK, Splitter, page_view};
use super::statistics::quantile;
use super::{Moments, Names, Needs, Predicate, Question};
use counts::Counts;
use parallax_domain::question::Frame;
use parallax_domain::{Filter, Instant, Op, Problem};
use std::collections::hash_map::Entry;
use visit::Visit;

/// By what visits are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Facet {
    Source,
    Medium,
    Campaign,
    /// The first page.
    Entry,
    /// The last page.
    Exit,
    /// Every page that was seen.
    Page,
    Country,
    Device,
    Browser,
    System,
}

impl Facet {
    pub const ALL: [Facet; 10] = [
        Facet::Source,
        Facet::Medium,
        Facet::Campaign,
        Facet::Entry,
        Facet::Exit,
        Facet::Page,
        Facet::Country,
        Facet::Device,
        Facet::Browser,
        Facet::System,
    ];
}

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Key {
    /// Neither a campaign nor another host.
    Direct,
    CampaignSource(String),
    /// The host of the page that led here.
    Referrer(String),
    Campaign {
        name: String,
        source: Option<String>,
        medium: Option<String>,
    },
    Value(String),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Row {
    pub key: Key,
    pub figures: Figures,
}

/// Visits that were led here alike. Several rows may hold the same person: of rows put together, people do not add up,
/// everything else does.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Origin {
    pub source: Option<String>,
    pub medium: Option<String>,
    /// The host of the page that led here.
    pub referrer: Option<String>,
    pub figures: Figures,
    /// Visits per bucket, by their start.
    pub over_time: Vec<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Visits {
    pub buckets: Vec<Instant>,
    pub all: Figures,
    /// By the start of the visit; a person counts once per bucket.
    pub over_time: Vec<Figures>,
    /// Seconds from the first to the last event of a visit.
    pub median_seconds: Option<f64>,
    pub p90_seconds: Option<f64>,
    /// In the order of [`Facet::ALL`]; most visits first. Empty where facets were not asked for.
    pub facets: Vec<Vec<Row>>,
    /// Most visits first. Empty where facets were not asked for.
    pub origins: Vec<Origin>,
    /// Hosts of the pages themselves: as a referrer they are no source, but a visit that was cut in two.
    pub hosts: Vec<String>,
}

impl Visits {
    pub fn facet(&self, facet: Facet) -> &[Row] {
        let place = Facet::ALL.iter().position(|known| *known == facet);
        place.and_then(|place| self.facets.get(place)).map_or(&[], Vec::as_slice)
    }
}

/// The question, ready to be asked.
#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    buckets: Buckets,
    facets: bool,
    bits: Bits,
    fields: Fields,
    needs: Needs,
}

#[derive(Clone, Debug)]
struct Bits {
    page_view: u64,
    /// Events that count as reaching the goal; 0 without one.
    goal: u64,
    /// Of each condition: the bit of its positive form, and whether no event of the visit may have it.
    conditions: Vec<(u64, bool)>,
}

/// Places of the fields that visits are told apart by.
#[derive(Clone, Copy, Debug)]
struct Fields {
    source: usize,
    medium: usize,
    campaign: usize,
    referrer: usize,
    host: usize,
    path: usize,
    country: usize,
    device: usize,
    browser: usize,
    system: usize,
}

#[derive(Default)]
pub struct Tally {
    all: Counts,
    over_time: Vec<Counts>,
    lengths: Vec<f64>,
    facets: Vec<NumberMap<(u32, u32, u32), Counts>>,
    /// By source, medium and referrer.
    origins: NumberMap<(u32, u32, u32), (Counts, Vec<i64>)>,
    splitter: Splitter,
    ordinals: Vec<u32>,
    visits: Vec<Visit>,
    /// (visit, page) of the person at hand.
    pages: Vec<(u32, u32)>,
    hosts: NumberMap<u32, ()>,
}

impl Plan {
    /// `goal`: the event that counts as a conversion. `facets`: whether rows are wanted beside the whole.
    /// `buckets` cover the period of the frame.
    pub fn new(goal: Option<&str>, facets: bool, frame: &Frame, buckets: Buckets) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let mut needs = Needs::default();
        needs.predicate(Predicate::any());
        let page_view = needs.predicate(page_view());
        let goal = goal.map_or(0, |goal| needs.predicate(Predicate::event(goal)));
        let mut conditions = Vec::with_capacity(frame.filters.len());
        for filter in &frame.filters {
            let (filter, absent) = positive(filter);
            conditions.push((needs.predicate(Predicate { event: None, filters: vec![filter] }), absent));
        }
        let mut field = |name: &str| needs.field(name.to_owned());
        let fields = Fields {
            source: field("campaign.source"),
            medium: field("campaign.medium"),
            campaign: field("campaign.name"),
            referrer: field("referrer"),
            host: field("url.host"),
            path: field("url.path"),
            country: field("country"),
            device: field("device"),
            browser: field("browser"),
            system: field("os"),
        };
        needs.sessions = true;
        needs.revenue = true;
        needs.reach.from = Some(span.from - LOOKBACK);
        needs.reach.to = Some(span.to + LONGEST);
        Ok(Plan { span, buckets, facets, bits: Bits { page_view, goal, conditions }, fields, needs })
    }
}

/// The condition that an event of the visit must meet, or that none may.
fn positive(filter: &Filter) -> (Filter, bool) {
    let (op, absent) = match filter.op {
        Op::IsNot => (Op::Is, true),
        Op::NotContains => (Op::Contains, true),
        Op::NotSet => (Op::Set, true),
        op => (op, false),
    };
    (Filter { op, ..filter.clone() }, absent)
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = Visits;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        Tally {
            over_time: vec![Counts::default(); self.buckets.len()],
            facets: Facet::ALL.iter().map(|_| NumberMap::default()).collect(),
            ..Tally::default()
        }
    }

    fn actor(&self, tally: &mut Tally, person: u32, moments: &Moments<'_>) {
        self.gather(tally, moments);
        let Tally { all, over_time, lengths, facets, origins, visits, pages, .. } = tally;
        pages.sort_unstable();
        pages.dedup();
        for (ordinal, visit) in visits.iter().enumerate() {
            if !self.span.contains(visit.started) || !self.passes(visit) {
                continue;
            }
            all.add(person, visit);
            lengths.push((visit.last - visit.started) as f64 / 1000.0);
            let bucket = self.buckets.index_of(visit.started);
            if let Some(bucket) = bucket {
                over_time[bucket].add(person, visit);
            }
            if !self.facets {
                continue;
            }
            let nothing = || (Counts::default(), vec![0; self.buckets.len()]);
            let (counts, course) = origins.entry(visit.origin()).or_insert_with(nothing);
            counts.add(person, visit);
            if let Some(bucket) = bucket {
                course[bucket] += 1;
            }
            for (facet, rows) in Facet::ALL.into_iter().zip(facets.iter_mut()) {
                if facet == Facet::Page {
                    let ordinal = ordinal as u32;
                    let first = pages.partition_point(|(visit, _)| *visit < ordinal);
                    for (_, page) in pages[first..].iter().take_while(|(visit, _)| *visit == ordinal) {
                        rows.entry((*page, 0, 0)).or_default().add(person, visit);
                    }
                } else if let Some(key) = visit.key(facet) {
                    rows.entry(key).or_default().add(person, visit);
                }
            }
        }
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        into.all.merge(other.all);
        into.over_time.iter_mut().zip(other.over_time).for_each(|(ours, theirs)| ours.merge(theirs));
        into.lengths.extend(other.lengths);
        for (ours, theirs) in into.facets.iter_mut().zip(other.facets) {
            theirs.into_iter().for_each(|(key, counts)| ours.entry(key).or_default().merge(counts));
        }
        for (key, (counts, course)) in other.origins {
            match into.origins.entry(key) {
                Entry::Occupied(ours) => {
                    let (own, over_time) = ours.into_mut();
                    own.merge(counts);
                    over_time.iter_mut().zip(course).for_each(|(ours, theirs)| *ours += theirs);
                }
                Entry::Vacant(place) => {
                    place.insert((counts, course));
                }
            }
        }
        into.hosts.extend(other.hosts);
    }

    fn finish(&self, mut tally: Tally, names: &dyn Names) -> Visits {
        let facets = Facet::ALL.into_iter().zip(std::mem::take(&mut tally.facets));
        let facets = facets.map(|(facet, rows)| {
            let mut rows: Vec<Row> = rows
                .into_iter()
                .map(|(key, counts)| Row { key: self.named(facet, key, names), figures: counts.figures(names) })
                .collect();
            let size = |row: &Row| (std::cmp::Reverse(row.figures.visits), format!("{:?}", row.key));
            rows.sort_by_cached_key(size);
            rows
        });
        let origins = std::mem::take(&mut tally.origins);
        let mut origins: Vec<Origin> = origins
            .into_iter()
            .map(|((source, medium, referrer), (counts, over_time))| {
                let word = |field: usize, id: u32| (id != 0).then(|| names.value(field, id));
                Origin {
                    source: word(self.fields.source, source),
                    medium: word(self.fields.medium, medium),
                    referrer: word(self.fields.referrer, referrer),
                    figures: counts.figures(names),
                    over_time,
                }
            })
            .collect();
        let size = |origin: &Origin| {
            let name = (origin.source.clone(), origin.medium.clone(), origin.referrer.clone());
            (std::cmp::Reverse(origin.figures.visits), name)
        };
        origins.sort_by_cached_key(size);
        let mut hosts: Vec<String> = tally.hosts.keys().map(|id| names.value(self.fields.host, *id)).collect();
        hosts.sort_unstable();
        Visits {
            hosts,
            origins,
            facets: if self.facets { facets.collect() } else { Vec::new() },
            buckets: self.buckets.labels(),
            all: tally.all.figures(names),
            over_time: tally.over_time.into_iter().map(|counts| counts.figures(names)).collect(),
            median_seconds: quantile(&mut tally.lengths, 0.5),
            p90_seconds: quantile(&mut tally.lengths, 0.9),
        }
    }
}

impl Plan {
    fn named(&self, facet: Facet, key: (u32, u32, u32), names: &dyn Names) -> Key {
        let fields = &self.fields;
        let word = |field: usize, id: u32| (id != 0).then(|| names.value(field, id));
        let value = |field: usize| word(field, key.0).map_or(Key::Unknown, Key::Value);
        match facet {
            Facet::Source => match (word(fields.source, key.0), word(fields.referrer, key.1)) {
                (Some(source), _) => Key::CampaignSource(source),
                (None, Some(host)) => Key::Referrer(host),
                (None, None) => Key::Direct,
            },
            Facet::Campaign => Key::Campaign {
                name: word(fields.campaign, key.0).unwrap_or_default(),
                source: word(fields.source, key.1),
                medium: word(fields.medium, key.2),
            },
            Facet::Medium => value(fields.medium),
            Facet::Entry | Facet::Exit | Facet::Page => value(fields.path),
            Facet::Country => value(fields.country),
            Facet::Device => value(fields.device),
            Facet::Browser => value(fields.browser),
            Facet::System => value(fields.system),
        }
    }
}
