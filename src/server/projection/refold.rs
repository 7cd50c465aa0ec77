//! Makes the projections of whole days again from the raw rows: after rows were erased, and for a rebuild of everything.
//!
//! A day is read in one snapshot. What was committed but not folded in it is left out: the projector will fold it, and
//! what it folds meanwhile stays, because only the chunks of the snapshot are replaced.

use super::chunk::{Chunk, Kind};
use super::compact::{self, HIGHEST, replace, timeline_parts};
use super::delta::Delta;
use super::fold::{EventFold, LogFold, LogHead, MetricFold, ScalarFold, SpanFold};
use super::timeline;
use crate::database::Database;
use crate::record::Scalar;
use crate::store::copied::{CopyFields, CopyParser};
use anyhow::{Context, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use futures_util::{StreamExt, TryStreamExt};
use parallax_domain::Signal;
use parallax_domain::signal::SpanKind;
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// How often a day is tried again when compaction comes between.
const TRIES: usize = 5;
/// Days that are made at once.
const AT_ONCE: usize = 2;

/// A day of one signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    pub project: i32,
    pub signal: Signal,
    /// UTC.
    pub day: NaiveDate,
}

impl Unit {
    fn kinds(self) -> &'static [Kind] {
        match self.signal {
            Signal::Event => &[Kind::Timeline],
            Signal::Span => &[Kind::Requests, Kind::Dependencies],
            Signal::Log => &[Kind::Logs, Kind::Texts],
            Signal::Metric => &[Kind::Points],
        }
    }

    fn bounds(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let next = self.day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        (self.day.and_time(NaiveTime::MIN).and_utc(), next.and_time(NaiveTime::MIN).and_utc())
    }
}

/// Days of which the raw tables have rows of these subjects: what has to be made again once those rows are gone.
pub async fn days_of_people(database: &Database, project: i32, subjects: &[i32]) -> anyhow::Result<Vec<Unit>> {
    let mut units = Vec::new();
    for signal in [Signal::Event, Signal::Span, Signal::Log] {
        let anonymous = if signal == Signal::Event { "or anonymous = any($2)" } else { "" };
        let days: Vec<NaiveDate> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select distinct (at at time zone 'UTC')::date from {} where project = $1 and (subject = any($2) {anonymous})",
            signal.word()
        )))
        .bind(project)
        .bind(subjects)
        .fetch_all(&database.admin)
        .await?;
        units.extend(days.into_iter().map(|day| Unit { project, signal, day }));
    }
    Ok(units)
}

/// Every day of a project that has raw rows. Not days of spans and log records of which a part is gone already: their
/// roll-ups know more than what is left.
pub async fn days_of_project(database: &Database, project: i32) -> anyhow::Result<Vec<Unit>> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c where c.relkind = 'r' and c.relispartition and c.relname like '%\\_p' || $1 || '\\_%' \
         and (c.relname like 'event%' or not exists (select from swept s where s.project = $2 and s.\"table\" = c.relname))",
    )
    .bind(project.to_string())
    .bind(project)
    .fetch_all(&database.admin)
    .await?;
    let partitions = tables.iter().filter_map(|table| crate::database::partition::Partition::parse(table));
    let mut units: Vec<Unit> = partitions
        .filter(|partition| partition.project == project)
        .map(|partition| Unit { project, signal: partition.signal, day: partition.day })
        .collect();
    units.sort_unstable();
    units.dedup();
    Ok(units)
}

/// Makes the projections of this day again; the number of raw rows that they are made of.
pub async fn refold(database: &Database, unit: Unit) -> anyhow::Result<u64> {
    for _ in 0..TRIES {
        if let Some(rows) = attempt(database, unit).await? {
            return Ok(rows);
        }
    }
    bail!("the projections of {} are rearranged again and again", unit.day)
}

/// Makes the projections of these days again, two at a time; the number of raw rows.
pub async fn refold_all(database: &Database, units: &[Unit]) -> anyhow::Result<u64> {
    let each = |unit: &Unit| {
        let (database, unit) = (database.clone(), *unit);
        async move { refold(&database, unit).await }
    };
    let rows: Vec<u64> = futures_util::stream::iter(units.iter().map(each)).buffered(AT_ONCE).try_collect().await?;
    Ok(rows.into_iter().sum())
}

type Key = (String, i16, i64);
/// Chunks that go, and those that take their place.
type Exchange = (Vec<Key>, Vec<Chunk>);

async fn attempt(database: &Database, unit: Unit) -> anyhow::Result<Option<u64>> {
    let (from, to) = unit.bounds();
    let mut connection = database.admin.acquire().await?;
    let mut snapshot = connection.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only").execute(&mut *snapshot).await?;
    let open: Vec<i64> = sqlx::query_scalar("select id from batch where signal = $1 and $2 = any(projects)")
        .bind(unit.signal as i16)
        .bind(unit.project)
        .fetch_all(&mut *snapshot)
        .await?;
    let kinds: Vec<i16> = unit.kinds().iter().map(|kind| *kind as i16).collect();
    let there: Vec<(i16, DateTime<Utc>, String, i16, i64)> = sqlx::query_as(
        "select kind, period, part, tier, seq from chunk where project = $1 and kind = any($2) and period >= $3 and period < $4",
    )
    .bind(unit.project)
    .bind(&kinds)
    .bind(from)
    .bind(to)
    .fetch_all(&mut *snapshot)
    .await?;
    let zone: Option<String> = sqlx::query_scalar("select zone from project where id = $1")
        .bind(unit.project)
        .fetch_optional(&mut *snapshot)
        .await?;
    let zone: Tz = zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
    let mut delta = Delta::default();
    let rows = read(&mut snapshot, unit, &open, &mut delta).await?;
    snapshot.rollback().await?;
    drop(connection);

    let tick: i64 = sqlx::query_scalar("select nextval('tick')").fetch_one(&database.admin).await?;
    let made = tokio::task::spawn_blocking(move || compacted(delta, tick, zone)).await??;

    let mut by_period: BTreeMap<(i16, DateTime<Utc>), Exchange> = BTreeMap::new();
    for (kind, period, part, tier, seq) in there {
        by_period.entry((kind, period)).or_default().0.push((part, tier, seq));
    }
    for chunk in made {
        by_period.entry((chunk.kind as i16, chunk.period)).or_default().1.push(chunk);
    }
    let mut all = true;
    for ((kind, period), (old, new)) in by_period {
        let kind = Kind::from_number(kind).context("a chunk of unknown kind")?;
        all &= replace(database, unit.project, kind, period, &old, &new).await?;
    }
    Ok(all.then_some(rows))
}

fn compacted(mut delta: Delta, tick: i64, zone: Tz) -> anyhow::Result<Vec<Chunk>> {
    let mut made = Vec::new();
    for chunk in delta.chunks(tick) {
        made.extend(match chunk.kind {
            Kind::Timeline => {
                let table = timeline::decode_everything(&chunk.body)?;
                let parts = timeline_parts(&table, chunk.period, zone);
                let of = |(part, rows, body)| Chunk { part, rows, body, tier: HIGHEST, ..chunk.clone() };
                parts.into_iter().map(of).collect()
            }
            Kind::Texts => compact::text_parts(chunk)?,
            _ => vec![Chunk { tier: HIGHEST, ..chunk }],
        });
    }
    Ok(made)
}

/// The chunks of one kind as the raw rows of the day give them, without rows of the batches `open`.
pub async fn made(
    transaction: &mut PgConnection,
    unit: Unit,
    kind: Kind,
    open: &[i64],
    zone: Tz,
) -> anyhow::Result<Vec<Chunk>> {
    let mut delta = Delta::default();
    read(transaction, unit, open, &mut delta).await?;
    let tick: i64 = sqlx::query_scalar("select nextval('tick')").fetch_one(&mut *transaction).await?;
    let chunks = tokio::task::spawn_blocking(move || compacted(delta, tick, zone)).await??;
    Ok(chunks.into_iter().filter(|chunk| chunk.kind == kind).collect())
}

/// Reads the day's raw rows in order of ingestion into the delta.
async fn read(connection: &mut PgConnection, unit: Unit, open: &[i64], delta: &mut Delta) -> anyhow::Result<u64> {
    let columns = match unit.signal {
        Signal::Event => {
            let dimensions = super::fold::DIMENSIONS.map(|name| name.replace('.', "_")).join(", ");
            format!("at, seq, subject, session, name, category, revenue, currency, weight, properties, {dimensions}")
        }
        Signal::Span => "at, duration, kind, service, operation, error, version, environment, weight, \
                         case when kind in (3, 4) then attributes end"
            .to_owned(),
        Signal::Log => "at, seq, severity, service, version, environment, message".to_owned(),
        Signal::Metric => "at, series, started_at, value, count, sum, low, high".to_owned(),
    };
    let names: HashMap<i32, String> = if unit.signal == Signal::Metric {
        sqlx::query_as("select id, name from series where project = $1")
            .bind(unit.project)
            .fetch_all(&mut *connection)
            .await?
            .into_iter()
            .collect()
    } else {
        HashMap::new()
    };
    let (from, to) = unit.bounds();
    let open = open.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let without = if open.is_empty() { String::new() } else { format!("and seq >> 20 not in ({open})") };
    let statement = format!(
        "copy (select {columns} from {} where project = {} and at >= '{}' and at < '{}' {without} order by seq) to stdout (format binary)",
        unit.signal.word(),
        unit.project,
        from.to_rfc3339(),
        to.to_rfc3339(),
    );
    let mut rows = 0;
    let mut parser = CopyParser::default();
    let mut stream = connection.copy_out_raw(&statement).await?;
    while let Some(bytes) = stream.try_next().await? {
        parser.take(&bytes, |fields| {
            rows += 1;
            match unit.signal {
                Signal::Event => event(unit.project, fields, delta),
                Signal::Span => span(unit.project, fields, delta),
                Signal::Log => log(unit.project, fields, delta),
                Signal::Metric => metric(unit.project, fields, &names, delta),
            }
        })?;
    }
    Ok(rows)
}

fn event(project: i32, mut row: CopyFields<'_>, delta: &mut Delta) -> anyhow::Result<()> {
    let at = row.micros()?.context("an event without a time")?.div_euclid(1000);
    let seq = row.int8()?.unwrap_or(0);
    let (subject, session) = (row.int4()?, row.int8()?);
    let name = row.text()?.context("an event without a name")?;
    let category = row.int2()?.unwrap_or(0);
    let (revenue, currency) = (row.int8()?, row.text()?);
    let weight = row.real()?.unwrap_or(1.0);
    let properties: Map<String, Value> = match row.json()? {
        Some(json) => serde_json::from_str(json).context("properties")?,
        None => Map::new(),
    };
    let mut dimensions = [None; super::fold::DIMENSIONS.len()];
    for dimension in &mut dimensions {
        *dimension = row.text()?;
    }
    let mut scalars: Vec<(String, Scalar)> = Vec::new();
    for (key, value) in properties {
        crate::privacy::gate::flatten(key, value, &mut scalars);
    }
    let scalars = scalars.iter().map(|(name, value)| (name.as_str(), ScalarFold::of(value))).collect();
    let fold = EventFold {
        at,
        seq,
        subject,
        session,
        name,
        category,
        dimensions,
        scalars,
        revenue,
        currency,
        weight,
        trace_id: None,
    };
    delta.event(project, &fold);
    Ok(())
}

fn span(project: i32, mut row: CopyFields<'_>, delta: &mut Delta) -> anyhow::Result<()> {
    let at = row.micros()?.context("a span without a time")?;
    let duration = row.int8()?.unwrap_or(0);
    let kind = row.int2()?.unwrap_or(0) as u8;
    let service = row.text()?;
    let operation = row.text()?.context("a span without an operation")?;
    let error = row.boolean()?.unwrap_or(false);
    let (version, environment) = (row.text()?, row.text()?);
    let weight = row.real()?.unwrap_or(1.0);
    let attributes: Map<String, Value> = match row.json()? {
        Some(json) => serde_json::from_str(json).context("attributes")?,
        None => Map::new(),
    };
    let calls = matches!(SpanKind::from_number(i32::from(kind)), SpanKind::Client | SpanKind::Producer);
    let peer = if calls { super::fold::peer_of(&attributes) } else { None };
    let fold = SpanFold {
        at,
        duration,
        trace_id: [0; 16],
        span_id: 0,
        parent_id: None,
        service,
        operation,
        kind,
        error,
        status: None,
        version,
        environment,
        peer: peer.as_deref(),
        subject: None,
        session: None,
        weight,
        exceptions: Cow::Borrowed(&[]),
    };
    delta.request(project, &fold);
    Ok(())
}

fn log(project: i32, mut row: CopyFields<'_>, delta: &mut Delta) -> anyhow::Result<()> {
    let at = row.micros()?.context("a record without a time")?;
    let seq = row.int8()?.unwrap_or(0);
    let severity = row.int2()?.unwrap_or(0) as u8;
    let (service, version, environment) = (row.text()?, row.text()?, row.text()?);
    let head = LogHead { at, seq, severity, service, version, environment, ..LogHead::default() };
    delta.log(project, &LogFold { head, message: row.text()?.unwrap_or_default() });
    Ok(())
}

fn metric(
    project: i32,
    mut row: CopyFields<'_>,
    names: &HashMap<i32, String>,
    delta: &mut Delta,
) -> anyhow::Result<()> {
    let at = row.micros()?.context("a point without a time")?.div_euclid(1000);
    let series = row.int4()?.unwrap_or(0);
    let Some(name) = names.get(&series) else { return Ok(()) };
    let started_at = row.micros()?.map(|micros| micros.div_euclid(1000));
    let (value, count, sum) = (row.double()?, row.int8()?, row.double()?);
    let (low, high) = (row.double()?, row.double()?);
    delta.metric(project, &MetricFold { at, series, name, started_at, value, count, sum, low, high });
    Ok(())
}
