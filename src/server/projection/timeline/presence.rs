//! Presence: who did anything at all on a day, who did a certain event, whom a dimension showed in a certain value. One
//! bitmap of subjects each, as a part beside the timeline that it was made from.
//!
//! Days are local days of the project's zone; a timeline of one UTC day touches one or two of them. Every value that a
//! dimension had on a day is there, so "the event and the country on one day" is not "the event in the country": such
//! questions are answered from the timeline itself.

use super::{Column, Table};
use crate::engine::calendar::{local_day, next_local_day};
use crate::projection::bytes::{ByteReader, ByteWriter};
use anyhow::{Context, bail};
use chrono_tz::Tz;
use roaring::RoaringBitmap;

/// Dimensions with presence of their own. Each has few values; one that has not is left out, see [`MOST_VALUES`].
pub const DIMENSIONS: [&str; 8] =
    ["event", "country", "device", "os", "browser", "version", "environment", "campaign.source"];

/// The part without a dimension: who did anything.
pub const ANYTHING: &str = "presence";

/// A day on which a dimension had more values has no presence of it: the timeline answers then.
const MOST_VALUES: usize = 500;

/// The part of a dimension.
pub fn part_of(dimension: &str) -> String {
    format!("{ANYTHING}.{dimension}")
}

/// Whether this part of a timeline is presence.
pub fn is_presence(part: &str) -> bool {
    part.strip_prefix(ANYTHING).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presence {
    /// Name of the zone whose days these are.
    pub zone: String,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Start of the local day, Unix milliseconds.
    pub day: i64,
    /// None: the part without a dimension, or events without a value of it.
    pub value: Option<String>,
    pub events: u64,
    /// Nobody is not in it.
    pub subjects: RoaringBitmap,
}

/// All parts of a timeline of one UTC day, which starts at `start` (Unix milliseconds).
pub fn parts(table: &Table, start: i64, zone: Tz) -> Vec<(String, Vec<u8>)> {
    let edges = edges(start, zone);
    let mut parts = vec![(ANYTHING.to_owned(), of(table, start, zone, &edges, None).write())];
    for dimension in DIMENSIONS {
        let column = if dimension == "event" { Some(&table.name) } else { table.columns.get(dimension) };
        let Some(column) = column.filter(|column| column.values.len() <= MOST_VALUES) else { continue };
        parts.push((part_of(dimension), of(table, start, zone, &edges, Some(column)).write()));
    }
    parts
}

/// Starts of the local days that the UTC day touches; the first may lie before it.
fn edges(start: i64, zone: Tz) -> Vec<i64> {
    let mut edges = vec![local_day(zone, start)];
    loop {
        let next = next_local_day(zone, edges[edges.len() - 1]);
        if next >= start + super::DAY {
            return edges;
        }
        edges.push(next);
    }
}

fn of(table: &Table, start: i64, zone: Tz, edges: &[i64], column: Option<&Column>) -> Presence {
    let width = column.map_or(1, |column| column.values.len() + 1);
    let mut cells = vec![(0u64, RoaringBitmap::new()); width * edges.len()];
    // Who was put in last: rows come subject by subject.
    let mut last = vec![0u32; cells.len()];
    for (place, subject) in table.subjects.iter().enumerate() {
        let mut day = 0;
        for row in table.rows_of(place) {
            let at = start + i64::from(table.at[row]);
            while edges.get(day + 1).is_some_and(|next| *next <= at) {
                day += 1;
            }
            let cell = day * width + column.map_or(0, |column| column.ids.get(row) as usize);
            cells[cell].0 += 1;
            if last[cell] != *subject {
                last[cell] = *subject;
                cells[cell].1.insert(*subject);
            }
        }
    }
    let value = |id: usize| Some(column?.scalars().get(id.checked_sub(1)?)?.text());
    let entries = cells.into_iter().enumerate().filter(|(_, (events, _))| *events > 0);
    let entries = entries.map(|(cell, (events, subjects))| Entry {
        day: edges[cell / width],
        value: value(cell % width),
        events,
        subjects,
    });
    Presence { zone: zone.name().to_owned(), entries: entries.collect() }
}

impl Presence {
    fn write(&self) -> Vec<u8> {
        let mut out = ByteWriter::default();
        out.text(&self.zone);
        out.unsigned(self.entries.len() as u64);
        for entry in &self.entries {
            out.signed(entry.day / 1000);
            match &entry.value {
                None => out.unsigned(0),
                Some(value) => {
                    out.unsigned(1);
                    out.text(value);
                }
            }
            out.unsigned(entry.events);
            let mut bytes = Vec::with_capacity(entry.subjects.serialized_size());
            // Writing into memory has no way to fail.
            entry.subjects.serialize_into(&mut bytes).ok();
            out.section(&bytes);
        }
        // Bitmaps hardly get smaller by packing, and are read more often than written.
        out.bytes
    }

    pub fn read(bytes: &[u8]) -> anyhow::Result<Presence> {
        let mut reader = ByteReader::new(bytes);
        let zone = reader.text()?.to_owned();
        let mut entries = Vec::new();
        for _ in 0..reader.count()? {
            let day = reader.signed()?.checked_mul(1000).context("a day of presence is impossible")?;
            let value = match reader.unsigned()? {
                0 => None,
                1 => Some(reader.text()?.to_owned()),
                other => bail!("a value of kind {other} in presence"),
            };
            let events = reader.unsigned()?;
            let subjects = RoaringBitmap::deserialize_from(reader.section()?).context("a bitmap of presence")?;
            entries.push(Entry { day, value, events, subjects });
        }
        Ok(Presence { zone, entries })
    }

    /// Bytes that it takes in memory, about.
    pub fn weight(&self) -> usize {
        let of = |entry: &Entry| size_of::<Entry>() + entry.subjects.serialized_size();
        self.entries.iter().map(of).sum::<usize>() + 64
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Builder;
    use super::*;
    use crate::projection::fold::EventFold;

    fn event(subject: i32, at: &str, country: Option<&'static str>) -> EventFold<'static> {
        let mut dimensions = [None; 19];
        dimensions[0] = country;
        let at = at.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
        EventFold {
            at,
            seq: 0,
            subject: Some(subject),
            session: None,
            name: "seen",
            category: 3,
            dimensions,
            scalars: Vec::new(),
            revenue: None,
            currency: None,
            weight: 1.0,
            trace_id: None,
        }
    }

    fn presence(zone: Tz, part: &str) -> Vec<(String, Option<String>, u64, Vec<u32>)> {
        let mut builder = Builder::default();
        for (subject, at, country) in [
            (1, "2026-01-15T22:59:59.999Z", Some("DE")),
            (1, "2026-01-15T23:00:00.000Z", Some("FR")),
            (1, "2026-01-15T23:59:59.999Z", Some("DE")),
            (2, "2026-01-15T12:00:00.500Z", None),
            (2, "2026-01-15T12:00:00.999Z", None),
        ] {
            builder.push(&event(subject, at, country));
        }
        let start = "2026-01-15T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
        let parts = parts(&builder.finish(), start, zone);
        let (_, body) = parts.into_iter().find(|(name, _)| name == part).unwrap();
        let read = Presence::read(&body).unwrap();
        assert_eq!(read.zone, zone.name());
        let told = |entry: Entry| {
            let day = chrono::DateTime::from_timestamp_millis(entry.day).unwrap();
            (day.format("%dT%H").to_string(), entry.value, entry.events, entry.subjects.iter().collect())
        };
        read.entries.into_iter().map(told).collect()
    }

    #[test]
    fn every_value_of_a_day_is_there_and_fractions_of_a_second_do_not_move_anybody() {
        let all = presence(Tz::UTC, ANYTHING);
        assert_eq!(all, [("15T00".to_owned(), None, 5, vec![1, 2])]);
        let countries = presence(Tz::UTC, "presence.country");
        let of = |value: Option<&str>, events, subjects: &[u32]| {
            ("15T00".to_owned(), value.map(str::to_owned), events, subjects.to_vec())
        };
        assert_eq!(countries, [of(None, 2, &[2]), of(Some("DE"), 2, &[1]), of(Some("FR"), 1, &[1])]);
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let all = presence(chrono_tz::Europe::Berlin, ANYTHING);
        assert_eq!(all, [("14T23".to_owned(), None, 3, vec![1, 2]), ("15T23".to_owned(), None, 2, vec![1])]);
    }

    #[test]
    fn damage_is_an_error() {
        assert!(Presence::read(&[3, b'U', b'T', b'C', 1, 0]).is_err());
    }
}
