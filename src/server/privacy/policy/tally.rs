//! Counts of what the gate masked and withheld, by the hour. Never content.

use super::super::catalogue::entry::{Item, Key};
use super::super::catalogue::shape::Shape;
use super::super::scrub::{Found, TOKENS};
use crate::database::Database;
use chrono::{DateTime, Duration, DurationRound, Utc};
use parallax_domain::Signal;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};

/// Why a value of a field, or a record of a name, was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    Undeclared,
    Blocked,
    Expired,
    /// Its category was refused.
    Refused,
    /// The action of its catalogue entry is to drop it.
    Dropped,
}

impl Withheld {
    pub const ALL: [Withheld; 5] =
        [Withheld::Undeclared, Withheld::Blocked, Withheld::Expired, Withheld::Refused, Withheld::Dropped];

    pub fn word(self) -> &'static str {
        match self {
            Withheld::Undeclared => "undeclared",
            Withheld::Blocked => "blocked",
            Withheld::Expired => "expired",
            Withheld::Refused => "refused",
            Withheld::Dropped => "dropped",
        }
    }
}

/// What happens to a value because of its field's name, whatever stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByName {
    Masked,
    Dropped,
    Hashed,
    /// An address of a page that lost its query, fragment or user.
    Shortened,
}

impl ByName {
    pub const ALL: [ByName; 4] = [ByName::Masked, ByName::Dropped, ByName::Hashed, ByName::Shortened];

    pub fn word(self) -> &'static str {
        match self {
            ByName::Masked => "by name, masked",
            ByName::Dropped => "by name, dropped",
            ByName::Hashed => "by name, hashed",
            ByName::Shortened => "address, shortened",
        }
    }
}

/// Of one field or name.
pub struct Counts {
    withheld: [AtomicU64; Withheld::ALL.len()],
    /// Values that the action of the entry changed.
    treated: AtomicU64,
    /// While nobody declared it.
    shapes: [AtomicU64; Shape::COUNT],
    /// The key that it came with first.
    key: AtomicI32,
}

impl Default for Counts {
    fn default() -> Self {
        Counts {
            withheld: Default::default(),
            treated: AtomicU64::default(),
            shapes: std::array::from_fn(|_| AtomicU64::default()),
            key: AtomicI32::default(),
        }
    }
}

impl Counts {
    pub fn withheld(&self, why: Withheld) {
        self.withheld[why as usize].fetch_add(1, Relaxed);
    }

    pub fn treated(&self) {
        self.treated.fetch_add(1, Relaxed);
    }

    pub fn shape(&self, shape: Shape, key: i32) {
        self.shapes[shape.index()].fetch_add(1, Relaxed);
        self.key.compare_exchange(0, key, Relaxed, Relaxed).ok();
    }
}

/// Of one project, until they are written.
pub struct Tally {
    detectors: [AtomicU64; TOKENS.len()],
    names: [AtomicU64; ByName::ALL.len()],
    fields: RwLock<HashMap<Key, Arc<Counts>>>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            detectors: std::array::from_fn(|_| AtomicU64::default()),
            names: Default::default(),
            fields: RwLock::default(),
        }
    }
}

/// One line of what was counted.
struct Line {
    what: String,
    signal: i16,
    name: String,
    count: u64,
}

/// How often an undeclared entry looked so, and the key it came with first.
struct Looked {
    of: Key,
    shape: Shape,
    count: u64,
    sender: i32,
}

impl Tally {
    pub fn found(&self, found: &Found) {
        for (counter, count) in self.detectors.iter().zip(found.counts()) {
            if count > 0 {
                counter.fetch_add(u64::from(count), Relaxed);
            }
        }
        if found.cut() > 0 {
            self.names[ByName::Shortened as usize].fetch_add(u64::from(found.cut()), Relaxed);
        }
    }

    pub fn by_name(&self, what: ByName) {
        self.names[what as usize].fetch_add(1, Relaxed);
    }

    /// The counters of a field or name; the same ones for as long as the process lives.
    pub fn of(&self, signal: Signal, item: Item, name: &str) -> Arc<Counts> {
        let key = Key { signal, item, name: name.to_owned() };
        if let Some(known) = self.fields.read().get(&key) {
            return known.clone();
        }
        self.fields.write().entry(key).or_default().clone()
    }

    /// Adds what was counted since the last time to the database.
    pub async fn write(&self, database: &Database, project: i32, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        let (lines, shapes) = self.take();
        let written = write_lines(database, project, now, &lines).await;
        if written.is_err() {
            self.give_back(&lines);
        }
        written?;
        // A shape that is lost with the database is seen again with the next record.
        write_shapes(database, project, now, &shapes).await
    }

    fn take(&self) -> (Vec<Line>, Vec<Looked>) {
        let mut lines = Vec::new();
        let line = |what: &str, signal, name: &str, counter: &AtomicU64| {
            let count = counter.swap(0, Relaxed);
            (count > 0).then(|| Line { what: what.to_owned(), signal, name: name.to_owned(), count })
        };
        for (token, counter) in TOKENS.iter().zip(&self.detectors) {
            lines.extend(line(token.trim_matches(['[', ']']), -1, "", counter));
        }
        for (what, counter) in ByName::ALL.iter().zip(&self.names) {
            lines.extend(line(what.word(), -1, "", counter));
        }
        let mut shapes = Vec::new();
        for (key, counts) in self.fields.read().iter() {
            for (why, counter) in Withheld::ALL.iter().zip(&counts.withheld) {
                lines.extend(line(&format!("{} {}", key.item, why.word()), key.signal as i16, &key.name, counter));
            }
            lines.extend(line(&format!("{} treated", key.item), key.signal as i16, &key.name, &counts.treated));
            for (index, counter) in counts.shapes.iter().enumerate() {
                let count = counter.swap(0, Relaxed);
                if count > 0 {
                    let sender = counts.key.load(Relaxed);
                    shapes.push(Looked { of: key.clone(), shape: Shape::at(index), count, sender });
                }
            }
        }
        (lines, shapes)
    }

    /// What was counted and not written yet, under what it is told as.
    #[cfg(test)]
    pub fn counted(&self) -> HashMap<String, u64> {
        let (lines, _) = self.take();
        lines.iter().map(|line| (format!("{} {}", line.what, line.name).trim().to_owned(), line.count)).collect()
    }

    fn give_back(&self, lines: &[Line]) {
        for line in lines {
            let detector = TOKENS.iter().position(|token| token.trim_matches(['[', ']']) == line.what);
            let name = ByName::ALL.iter().position(|what| what.word() == line.what);
            if let Some(counter) = detector.map(|at| &self.detectors[at]).or(name.map(|at| &self.names[at])) {
                counter.fetch_add(line.count, Relaxed);
                continue;
            }
            let Some(signal) = Signal::from_number(line.signal) else { continue };
            let Some((item, why)) = line.what.split_once(' ') else { continue };
            let Ok(item) = item.parse() else { continue };
            let counts = self.of(signal, item, &line.name);
            match Withheld::ALL.iter().find(|known| known.word() == why) {
                Some(why) => counts.withheld[*why as usize].fetch_add(line.count, Relaxed),
                None => counts.treated.fetch_add(line.count, Relaxed),
            };
        }
    }
}

async fn write_lines(database: &Database, project: i32, now: DateTime<Utc>, lines: &[Line]) -> Result<(), sqlx::Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let hour = now.duration_trunc(Duration::hours(1)).unwrap_or(now);
    let (mut what, mut signals, mut names, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        what.push(line.what.as_str());
        signals.push(line.signal);
        names.push(line.name.as_str());
        counts.push(line.count as i64);
    }
    sqlx::query(
        "insert into gate_count as known (project, hour, what, signal, name, count) \
         select $1, $2, * from unnest($3::text[], $4::smallint[], $5::text[], $6::bigint[]) \
         on conflict (project, hour, what, signal, name) do update set count = known.count + excluded.count",
    )
    .bind(project)
    .bind(hour)
    .bind(&what)
    .bind(&signals)
    .bind(&names)
    .bind(&counts)
    .execute(&database.admin)
    .await?;
    Ok(())
}

async fn write_shapes(
    database: &Database,
    project: i32,
    now: DateTime<Utc>,
    shapes: &[Looked],
) -> Result<(), sqlx::Error> {
    if shapes.is_empty() {
        return Ok(());
    }
    let (mut signals, mut items, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let (mut kinds, mut lengths, mut counts, mut keys) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for looked in shapes {
        signals.push(looked.of.signal as i16);
        items.push(looked.of.item.word());
        names.push(looked.of.name.as_str());
        kinds.push(looked.shape.kind.word());
        lengths.push(looked.shape.length.word());
        counts.push(looked.count as i64);
        keys.push(looked.sender);
    }
    sqlx::query(
        "insert into field_shape as known (project, signal, item, name, type, length, records, key, first_seen, last_seen) \
         select $1, s.signal, s.item, s.name, s.type, s.length, s.records, s.key, $9, $9 \
         from unnest($2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::int[]) \
              as s (signal, item, name, type, length, records, key) \
         on conflict (project, signal, item, name, type, length) \
         do update set records = known.records + excluded.records, last_seen = excluded.last_seen",
    )
    .bind(project)
    .bind(&signals)
    .bind(&items)
    .bind(&names)
    .bind(&kinds)
    .bind(&lengths)
    .bind(&counts)
    .bind(&keys)
    .bind(now)
    .execute(&database.admin)
    .await?;
    sqlx::query(
        "update field set last_seen = greatest(field.last_seen, $5) \
         from (select distinct * from unnest($2::smallint[], $3::text[], $4::text[]) as s (signal, item, name)) as seen \
         where field.project = $1 and (field.signal, field.item, field.name) = (seen.signal, seen.item, seen.name)",
    )
    .bind(project)
    .bind(&signals)
    .bind(&items)
    .bind(&names)
    .bind(now)
    .execute(&database.admin)
    .await?;
    Ok(())
}
