//! How each kind of record becomes a row of its table and a word for the projector.

use super::copy::CopyBuffer;
use crate::projection::fold::{EventFold, LogFold, MetricFold, Packer, SpanFold};
use crate::record::{Event, Identifier, Log, Metric, Profile, SeriesKey, Shared, Span, Who};
use chrono::{DateTime, Utc};
use parallax_domain::Signal;
use uuid::Uuid;

/// Numbers that stand for what many rows share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers {
    pub resource: i32,
    pub series: i32,
}

/// A record on its way into its table.
pub trait Row: Send + Sync + 'static {
    const SIGNAL: Signal;
    const COLUMNS: &'static str;

    fn at(&self) -> DateTime<Utc>;
    fn who(&mut self) -> Option<&mut Who>;
    fn event_id(&self) -> Option<Uuid> {
        None
    }
    fn resource(&self) -> Option<&Shared> {
        None
    }
    fn series(&self) -> Option<&SeriesKey> {
        None
    }
    /// Whom the record is about, and what it says of that person and of groups.
    fn profile(&self) -> Option<(&Who, &Profile)> {
        None
    }
    fn encode(&self, out: &mut CopyBuffer, place: Place);
    /// Writes what the projections need of it.
    fn fold(&self, place: Place, out: &mut Packer);
    /// Rough size in memory, for the limit of a group.
    fn weight(&self) -> usize;
}

/// Where and when a row was taken in.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub project: i32,
    pub seq: i64,
    pub received_at: DateTime<Utc>,
    pub numbers: Numbers,
}

/// One bucket per project until a project outgrows one node.
pub fn shard(project: i32) -> i32 {
    project
}

fn identifiers(who: &Who) -> impl Iterator<Item = &Identifier> {
    who.user.iter().chain(who.anonymous.iter()).chain(who.also.iter())
}

pub fn identifiers_of(who: &Who) -> Vec<Identifier> {
    identifiers(who).cloned().collect()
}

impl Row for Event {
    const SIGNAL: Signal = Signal::Event;
    const COLUMNS: &'static str = "shard, project, at, seq, received_at, name, category, subject, anonymous, session, id, \
        country, device, os, browser, locale, network, theme, screen, version, environment, service, url_host, url_path, \
        title, referrer, campaign_source, campaign_medium, campaign_name, campaign_term, campaign_content, trace_id, \
        revenue, currency, weight, flags, properties";

    fn at(&self) -> DateTime<Utc> {
        self.at
    }

    fn who(&mut self) -> Option<&mut Who> {
        Some(&mut self.who)
    }

    fn event_id(&self) -> Option<Uuid> {
        self.id
    }

    fn profile(&self) -> Option<(&Who, &Profile)> {
        self.profile.as_deref().map(|profile| (&self.who, profile))
    }

    fn weight(&self) -> usize {
        400 + self.properties.as_ref().map_or(0, String::len) * 2
    }

    fn encode(&self, out: &mut CopyBuffer, place: Place) {
        out.row(37);
        head(out, place, self.at);
        out.time(place.received_at);
        out.text(&self.name);
        out.int2(self.category as i16);
        person(out, &self.who);
        out.optional(self.id, CopyBuffer::uuid);
        let context = &self.context;
        for text in [
            &context.country,
            &context.device,
            &context.os,
            &context.browser,
            &context.locale,
            &context.network,
            &context.theme,
            &context.screen,
            &context.version,
            &context.environment,
            &context.service,
            &context.url_host,
            &context.url_path,
            &context.title,
            &context.referrer,
            &context.campaign_source,
            &context.campaign_medium,
            &context.campaign_name,
            &context.campaign_term,
            &context.campaign_content,
        ] {
            out.optional_text(text);
        }
        out.optional(self.trace_id, CopyBuffer::uuid);
        out.optional(self.revenue, CopyBuffer::int8);
        out.optional_text(&self.currency);
        out.real(self.weight);
        out.int2(self.flags);
        out.optional(self.properties.as_deref(), CopyBuffer::jsonb);
    }

    fn fold(&self, place: Place, out: &mut Packer) {
        out.push(&EventFold::of(self, place));
    }
}

impl Row for Span {
    const SIGNAL: Signal = Signal::Span;
    const COLUMNS: &'static str = "shard, project, at, seq, received_at, duration, trace_id, span_id, parent_id, service, operation, \
        kind, error, status, version, environment, host, subject, anonymous, session, resource, scope, weight, flags, \
        attributes, events, links";

    fn at(&self) -> DateTime<Utc> {
        self.at
    }

    fn who(&mut self) -> Option<&mut Who> {
        Some(&mut self.who)
    }

    fn resource(&self) -> Option<&Shared> {
        Some(&self.resource)
    }

    fn weight(&self) -> usize {
        400 + self.attributes.as_ref().map_or(0, String::len) + self.events.as_ref().map_or(0, String::len)
    }

    fn encode(&self, out: &mut CopyBuffer, place: Place) {
        out.row(27);
        head(out, place, self.at);
        out.time(place.received_at);
        out.int8(self.duration);
        out.uuid(self.trace_id);
        out.int8(self.span_id);
        out.optional(self.parent_id, CopyBuffer::int8);
        out.optional_text(&self.service);
        out.text(&self.operation);
        out.int2(self.kind as i16);
        out.boolean(self.error);
        out.optional(self.status, CopyBuffer::int2);
        out.optional_text(&self.version);
        out.optional_text(&self.environment);
        out.optional_text(&self.host);
        person(out, &self.who);
        out.int4(place.numbers.resource);
        out.optional_text(&self.scope);
        out.real(self.weight);
        out.int2(self.flags);
        for json in [&self.attributes, &self.events, &self.links] {
            out.optional(json.as_deref(), CopyBuffer::jsonb);
        }
    }

    fn fold(&self, place: Place, out: &mut Packer) {
        out.push(&SpanFold::of(self, place));
    }
}

impl Row for Log {
    const SIGNAL: Signal = Signal::Log;
    const COLUMNS: &'static str = "shard, project, at, seq, received_at, severity, service, host, message, name, trace_id, span_id, \
        version, environment, subject, anonymous, session, resource, scope, flags, attributes";

    fn at(&self) -> DateTime<Utc> {
        self.at
    }

    fn who(&mut self) -> Option<&mut Who> {
        Some(&mut self.who)
    }

    fn resource(&self) -> Option<&Shared> {
        Some(&self.resource)
    }

    fn weight(&self) -> usize {
        300 + self.message.len() * 2 + self.attributes.as_ref().map_or(0, String::len)
    }

    fn encode(&self, out: &mut CopyBuffer, place: Place) {
        out.row(21);
        head(out, place, self.at);
        out.time(place.received_at);
        out.int2(self.severity as i16);
        out.optional_text(&self.service);
        out.optional_text(&self.host);
        out.text(&self.message);
        out.optional_text(&self.name);
        out.optional(self.trace_id, CopyBuffer::uuid);
        out.optional(self.span_id, CopyBuffer::int8);
        out.optional_text(&self.version);
        out.optional_text(&self.environment);
        person(out, &self.who);
        out.int4(place.numbers.resource);
        out.optional_text(&self.scope);
        out.int2(self.flags);
        out.optional(self.attributes.as_deref(), CopyBuffer::jsonb);
    }

    fn fold(&self, place: Place, out: &mut Packer) {
        out.push(&LogFold::of(self, place));
    }
}

impl Row for Metric {
    const SIGNAL: Signal = Signal::Metric;
    const COLUMNS: &'static str =
        "shard, project, at, seq, series, started_at, value, count, sum, low, high, flags, buckets";

    fn at(&self) -> DateTime<Utc> {
        self.at
    }

    fn who(&mut self) -> Option<&mut Who> {
        None
    }

    fn series(&self) -> Option<&SeriesKey> {
        Some(&self.series)
    }

    fn weight(&self) -> usize {
        200 + self.buckets.as_ref().map_or(0, String::len)
    }

    fn encode(&self, out: &mut CopyBuffer, place: Place) {
        out.row(13);
        head(out, place, self.at);
        out.int4(place.numbers.series);
        out.optional(self.started_at, CopyBuffer::time);
        out.optional(self.value, CopyBuffer::double);
        out.optional(self.count, CopyBuffer::int8);
        out.optional(self.sum, CopyBuffer::double);
        out.optional(self.low, CopyBuffer::double);
        out.optional(self.high, CopyBuffer::double);
        out.int2(self.flags);
        out.optional(self.buckets.as_deref(), CopyBuffer::jsonb);
    }

    fn fold(&self, place: Place, out: &mut Packer) {
        out.push(&MetricFold::of(self, place));
    }
}

fn head(out: &mut CopyBuffer, place: Place, at: DateTime<Utc>) {
    out.int4(shard(place.project));
    out.int4(place.project);
    out.time(at);
    out.int8(place.seq);
}

fn person(out: &mut CopyBuffer, who: &Who) {
    out.optional(who.subject, CopyBuffer::int4);
    out.optional(who.anonymous_subject, CopyBuffer::int4);
    out.optional(who.session, CopyBuffer::int8);
}
