//! What one tick of the projector adds: batches go in, chunks and findings come out.

use super::chunk::{Chunk, EVERYTHING, Kind};
use super::findings::Findings;
use super::fold::{EventFold, LogFold, LogHead, MetricFold, SpanFold, Unpacker};
use super::points::{Distribution, Point, Points};
use super::rollup::Rollup;
use super::texts::Texts;
use super::timeline::{self, Builder};
use chrono::{DateTime, Utc};
use parallax_domain::signal::SpanKind;
use parallax_domain::{Severity, Signal};
use std::collections::BTreeMap;

pub const MINUTE_GRAIN: &str = "minute";
pub const HOUR_GRAIN: &str = "hour";

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Period starts are in seconds since 1970.
#[derive(Default)]
pub struct Delta {
    timelines: BTreeMap<(i32, i64), Builder>,
    rollups: BTreeMap<(i32, Kind, &'static str, i64), Rollup>,
    points: BTreeMap<(i32, String, i64), Points>,
    texts: BTreeMap<(i32, i64), Texts>,
    pub findings: Findings,
    removed: Vec<i32>,
}

impl Delta {
    /// Nothing of these projects comes out: they were removed meanwhile.
    pub fn without(removed: Vec<i32>) -> Delta {
        Delta { removed, ..Delta::default() }
    }

    pub fn leaves_out(&self, project: i32) -> bool {
        self.removed.contains(&project)
    }

    /// Takes in the unpacked payload of one batch; `format` says how it was written.
    pub fn add(&mut self, signal: Signal, format: i16, payload: &[u8]) -> anyhow::Result<()> {
        let mut reader = Unpacker::new(payload);
        let mut nowhere = Delta::default();
        while let Some((project, records)) = reader.section()? {
            let to = if self.leaves_out(project) { &mut nowhere } else { &mut *self };
            for _ in 0..records {
                match signal {
                    Signal::Event => to.event(project, &reader.take()?),
                    Signal::Span => to.span(project, &reader.take()?),
                    Signal::Log if format == 0 => to.log_head(project, &reader.take()?),
                    Signal::Log => to.log(project, &reader.take()?),
                    Signal::Metric => to.metric(project, &reader.take()?),
                }
            }
        }
        Ok(())
    }

    pub fn event(&mut self, project: i32, event: &EventFold<'_>) {
        let day = event.at.div_euclid(DAY * 1000) * DAY;
        self.timelines.entry((project, day)).or_default().push(event);
    }

    pub fn span(&mut self, project: i32, span: &SpanFold<'_>) {
        self.request(project, span);
        self.findings.span(project, span);
    }

    /// What a span counts for, without what is found in it.
    pub fn request(&mut self, project: i32, span: &SpanFold<'_>) {
        let kind = SpanKind::from_number(i32::from(span.kind));
        let micros = (span.duration / 1000).max(0) as u64;
        let weight = span.weight.round().max(1.0) as u32;
        let (version, environment) = (span.version, span.environment);
        if kind.is_request() {
            let words = [span.service, Some(span.operation), version, environment];
            self.slots(project, Kind::Requests, span.at, words, |cell| cell.request(micros, span.error, weight));
        }
        if let Some(peer) = span.peer {
            let words = [span.service, Some(peer), version, environment];
            self.slots(project, Kind::Dependencies, span.at, words, |cell| cell.request(micros, span.error, weight));
        }
    }

    pub fn log(&mut self, project: i32, log: &LogFold<'_>) {
        self.log_head(project, &log.head);
        let day = log.head.at.div_euclid(DAY * 1_000_000) * DAY;
        self.texts.entry((project, day)).or_default().push(log);
    }

    fn log_head(&mut self, project: i32, log: &LogHead<'_>) {
        let level = Severity::from_number(i16::from(log.severity)).unwrap_or(Severity::Info).word();
        let words = [log.service, Some(level), log.version, log.environment];
        self.slots(project, Kind::Logs, log.at, words, |cell| cell.count += 1);
        self.findings.log(project, log);
    }

    pub fn metric(&mut self, project: i32, metric: &MetricFold<'_>) {
        let day = metric.at.div_euclid(DAY * 1000) * DAY;
        let distribution = metric.count.map(|count| Distribution {
            count,
            sum: metric.sum.unwrap_or(0.0),
            low: metric.low,
            high: metric.high,
        });
        let point = Point { at: metric.at, started_at: metric.started_at, value: metric.value, distribution };
        self.points.entry((project, metric.name.to_owned(), day)).or_default().push(metric.series, point);
    }

    /// The cell of the minute and that of the hour; both grains are kept, so that neither depends on the other.
    fn slots(
        &mut self,
        project: i32,
        kind: Kind,
        micros: i64,
        words: [Option<&str>; 4],
        note: impl Fn(&mut super::rollup::Cell),
    ) {
        let second = micros.div_euclid(1_000_000);
        let (hour, day) = (second.div_euclid(HOUR) * HOUR, second.div_euclid(DAY) * DAY);
        let minute_slot = ((second - hour) / 60) as u16;
        let hour_slot = ((second - day) / HOUR) as u16;
        note(self.rollups.entry((project, kind, MINUTE_GRAIN, hour)).or_default().cell(minute_slot, words));
        note(self.rollups.entry((project, kind, HOUR_GRAIN, day)).or_default().cell(hour_slot, words));
    }

    /// Everything but the findings, as chunks of tier 0.
    pub fn chunks(&mut self, tick: i64) -> Vec<Chunk> {
        let at = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
        let mut chunks = Vec::new();
        for ((project, day), builder) in std::mem::take(&mut self.timelines) {
            let table = builder.finish();
            chunks.push(Chunk {
                project,
                kind: Kind::Timeline,
                part: EVERYTHING.to_owned(),
                period: at(day),
                tier: 0,
                seq: tick,
                rows: table.rows() as i32,
                body: timeline::encode_everything(&table),
            });
        }
        for ((project, kind, grain, period), rollup) in std::mem::take(&mut self.rollups) {
            chunks.push(Chunk {
                project,
                kind,
                part: grain.to_owned(),
                period: at(period),
                tier: 0,
                seq: tick,
                rows: rollup.cells.len() as i32,
                body: rollup.encode(),
            });
        }
        for ((project, day), texts) in std::mem::take(&mut self.texts) {
            chunks.push(Chunk {
                project,
                kind: Kind::Texts,
                part: EVERYTHING.to_owned(),
                period: at(day),
                tier: 0,
                seq: tick,
                rows: texts.blocks.len() as i32,
                body: texts.encode(),
            });
        }
        for ((project, name, day), mut points) in std::mem::take(&mut self.points) {
            points.settle();
            chunks.push(Chunk {
                project,
                kind: Kind::Points,
                part: name,
                period: at(day),
                tier: 0,
                seq: tick,
                rows: points.rows() as i32,
                body: points.encode(),
            });
        }
        chunks
    }
}
