//! Everything that is recorded about a person, handed over: as JSON, or as one table. What is exported is what an erasure
//! would remove.

use super::own::{Own, SIGNALS, table};
use super::{Counts, Scope};
use crate::machine::Machine;
use crate::privacy::pseudonym;
use axum::body::{Body, Bytes};
use chrono::{DateTime, Utc};
use futures_util::{TryStreamExt, stream};
use parallax_domain::{Category, Severity, Signal};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
}

impl Format {
    pub fn parse(word: &str) -> Option<Format> {
        match word {
            "json" => Some(Format::Json),
            "csv" => Some(Format::Csv),
            _ => None,
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv; charset=utf-8",
        }
    }

    pub fn ending(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
        }
    }
}

/// Columns that are of the store and not of the person.
const STORES: &str = "'{shard,project,seq,subject,anonymous,resource,flags,person}'::text[]";
/// Bytes that are handed on together.
const PIECE: usize = 64 << 10;

pub type Pieces = mpsc::Receiver<Result<Bytes, io::Error>>;

/// The export in pieces, as it is read. It ends with an error if it is not whole.
pub fn begin(machine: Arc<Machine>, scope: Scope, format: Format) -> Pieces {
    let (sender, pieces) = mpsc::channel(4);
    tokio::spawn(async move {
        let mut out = Out { format, sender, buffer: Vec::new(), sections: 0, rows: 0 };
        let outcome = write(&machine, &scope, &mut out).await;
        if let Err(error) = outcome {
            tracing::warn!(%error, "an export was not finished");
            out.sender.send(Err(io::Error::other("the export is not whole"))).await.ok();
        }
    });
    pieces
}

/// The export as the body of an answer.
pub fn body(machine: Arc<Machine>, scope: Scope, format: Format) -> Body {
    Body::from_stream(stream::unfold(begin(machine, scope, format), |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    }))
}

async fn write(machine: &Machine, scope: &Scope, out: &mut Out) -> anyhow::Result<()> {
    let mut own = Own { subjects: scope.subjects.clone(), ..Own::default() };
    own.gather(&machine.database, scope.project).await?;
    let mut connection = machine.database.admin.acquire().await?;
    let about = about(machine, &mut connection, scope).await?;
    out.head(&about).await?;
    decisions(&mut connection, scope, out).await?;
    let tables = own.tables(&mut connection, scope.project).await?;
    for (signal, name) in SIGNALS.into_iter().zip(["events", "requests", "lines"]) {
        out.section(name).await?;
        for (_, day) in tables.iter().filter(|(of, _)| *of == signal) {
            let sql = format!(
                "select at, jsonb_strip_nulls(to_jsonb(t) - {STORES}) from {} t where {} order by at, seq",
                table(signal, scope.project, *day),
                own.condition()
            );
            rows(&mut connection, sql, scope, name, |row| told(signal, row), out).await?;
        }
    }
    out.section("exceptions").await?;
    let sql = format!(
        "select at, jsonb_strip_nulls(to_jsonb(t) - {STORES} - '{{key,day}}'::text[]) from occurrence t \
         where project = {} and {} order by at",
        scope.project,
        own.condition()
    );
    rows(&mut connection, sql, scope, "exceptions", |row| row, out).await?;
    for name in ["ticket", "feedback"] {
        let section = if name == "ticket" { "tickets" } else { "feedback" };
        out.section(section).await?;
        let sql = format!(
            "select at, jsonb_strip_nulls(to_jsonb(t) - {STORES}) from {name} t where project = $1 and person = any($2) order by at"
        );
        rows(&mut connection, sql, scope, section, |row| row, out).await?;
    }
    out.section("properties").await?;
    let sql = "select at, jsonb_build_object('name', name, 'value', value, 'said_at', at) from person_property \
               where project = $1 and subject = any($2) order by at, name";
    rows(&mut connection, sql.to_owned(), scope, "properties", |row| row, out).await?;
    out.section("groups").await?;
    let sql = "select m.since, jsonb_build_object('kind', g.kind, 'id', g.key, 'since', m.since) from group_member m \
               join customer_group g on g.project = m.project and g.number = m.\"group\" \
               where m.project = $1 and m.subject = any($2) order by m.since, g.kind, g.key";
    rows(&mut connection, sql.to_owned(), scope, "groups", |row| row, out).await?;
    out.end().await
}

/// Who the export is about, as far as it is known.
async fn about(machine: &Machine, connection: &mut PgConnection, scope: &Scope) -> anyhow::Result<Value> {
    let project: String = sqlx::query_scalar("select name from project where id = $1")
        .bind(scope.project)
        .fetch_one(&mut *connection)
        .await?;
    type Row = (i16, Option<Vec<u8>>, Option<Vec<u8>>, DateTime<Utc>);
    let subjects: Vec<Row> = sqlx::query_as(
        "select kind, person_key, sealed, first_seen from subject where project = $1 and number = any($2) order by number",
    )
    .bind(scope.project)
    .bind(&scope.subjects)
    .fetch_all(&mut *connection)
    .await?;
    let identifiers: Vec<Value> = subjects
        .into_iter()
        .map(|(kind, key, sealed, first_seen)| {
            let id = key.zip(sealed).and_then(|(key, sealed)| pseudonym::open(&key.try_into().ok()?, &sealed));
            let kind = ["user", "anonymous", "made up for one day"].get(kind as usize).copied().unwrap_or("other");
            json!({ "kind": kind, "id": id, "first_seen": first_seen })
        })
        .collect();
    Ok(json!({
        "project": project,
        "exported_at": machine.clock.now(),
        "person": scope.name(),
        "identifiers": identifiers,
        "metrics": "measurements carry no person; there is nothing about you in them",
    }))
}

async fn decisions(connection: &mut PgConnection, scope: &Scope, out: &mut Out) -> anyhow::Result<()> {
    out.section("decisions").await?;
    type Row = (DateTime<Utc>, uuid::Uuid, i16, i16, String, String, DateTime<Utc>);
    let rows: Vec<Row> = sqlx::query_as(
        "select decided_at, receipt, granted, denied, policy, source, expires_at from consent \
         where project = $1 and ref = any($2) order by decided_at, recorded_at",
    )
    .bind(scope.project)
    .bind(&scope.references)
    .fetch_all(connection)
    .await?;
    let words = |bits: i16| -> Vec<&str> {
        let set = Category::ALL.into_iter().filter(|category| bits as u8 & category.bit() != 0);
        set.map(Category::word).collect()
    };
    for (at, receipt, granted, denied, policy, source, expires_at) in rows {
        let row = json!({
            "at": at, "receipt": receipt, "granted": words(granted), "denied": words(denied), "policy": policy,
            "source": source, "expires_at": expires_at,
        });
        out.row("decisions", at, row).await?;
    }
    Ok(())
}

/// Rows of one statement that gives a time and an object.
async fn rows(
    connection: &mut PgConnection,
    sql: String,
    scope: &Scope,
    section: &str,
    told: impl Fn(Value) -> Value,
    out: &mut Out,
) -> anyhow::Result<()> {
    // Statements about a day's table know their rows by themselves; the others are told whose.
    let asks = sql.contains("$2");
    let query = sqlx::query_as::<_, (DateTime<Utc>, Value)>(AssertSqlSafe(sql));
    let query = if asks { query.bind(scope.project).bind(&scope.subjects) } else { query };
    let mut found = query.fetch(connection);
    while let Some((at, row)) = found.try_next().await? {
        out.row(section, at, told(row)).await?;
    }
    Ok(())
}

/// Words in place of the numbers of the store.
pub fn told(signal: Signal, mut row: Value) -> Value {
    let Some(members) = row.as_object_mut() else { return row };
    let number = |members: &serde_json::Map<String, Value>, key: &str| members.get(key).and_then(Value::as_i64);
    match signal {
        Signal::Event => {
            let category = number(members, "category").and_then(|number| Category::from_number(number as i16));
            members.insert("category".to_owned(), json!(category.map(Category::word)));
            if let Some(micros) = number(members, "revenue") {
                members.insert("revenue".to_owned(), json!(micros as f64 / 1e6));
            }
        }
        Signal::Log => {
            let level = number(members, "severity").and_then(|number| Severity::from_number(number as i16));
            members.remove("severity");
            members.insert("level".to_owned(), json!(level.map(Severity::word)));
        }
        Signal::Span => {
            if let Some(nanos) = number(members, "duration") {
                members.insert("duration".to_owned(), json!(format!("{} ms", nanos as f64 / 1e6)));
            }
        }
        Signal::Metric => {}
    }
    row
}

/// What is recorded, by kind: so many records an export made now would hold.
pub async fn count(machine: &Machine, scope: &Scope) -> Result<Counts, sqlx::Error> {
    let mut own = Own { subjects: scope.subjects.clone(), ..Own::default() };
    own.gather(&machine.database, scope.project).await?;
    let mut connection = machine.database.admin.acquire().await?;
    let mut counts = Counts::default();
    for (signal, day) in own.tables(&mut connection, scope.project).await? {
        let sql = format!("select count(*) from {} where {}", table(signal, scope.project, day), own.condition());
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        match signal {
            Signal::Event => counts.events += rows,
            Signal::Span => counts.requests += rows,
            Signal::Log => counts.lines += rows,
            Signal::Metric => {}
        }
    }
    let sql = format!("select count(*) from occurrence where project = {} and {}", scope.project, own.condition());
    counts.exceptions = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
    for (name, count) in [("ticket", &mut counts.tickets), ("feedback", &mut counts.feedback)] {
        let sql = format!("select count(*) from {name} where project = $1 and person = any($2)");
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(scope.project).bind(&scope.subjects);
        *count = query.fetch_one(&mut *connection).await?;
    }
    for name in ["person_property", "group_member"] {
        let sql = format!("select count(*) from {name} where project = $1 and subject = any($2)");
        let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).bind(scope.project).bind(&scope.subjects);
        counts.properties += query.fetch_one(&mut *connection).await?;
    }
    counts.decisions = sqlx::query_scalar("select count(*) from consent where project = $1 and ref = any($2)")
        .bind(scope.project)
        .bind(&scope.references)
        .fetch_one(&mut *connection)
        .await?;
    Ok(counts)
}

/// Where the export goes, piece by piece.
struct Out {
    format: Format,
    sender: mpsc::Sender<Result<Bytes, io::Error>>,
    buffer: Vec<u8>,
    sections: usize,
    /// Of the section.
    rows: usize,
}

impl Out {
    async fn head(&mut self, about: &Value) -> anyhow::Result<()> {
        match self.format {
            Format::Json => {
                let text = about.to_string();
                // The sections follow as members of the same object.
                self.push(text.strip_suffix('}').unwrap_or(&text)).await
            }
            Format::Csv => {
                self.push("kind,at,name,data\r\n").await?;
                self.csv("person", None, "", about).await
            }
        }
    }

    async fn section(&mut self, name: &str) -> anyhow::Result<()> {
        if self.format == Format::Csv {
            return Ok(());
        }
        let close = if self.sections > 0 { "]" } else { "" };
        self.sections += 1;
        self.rows = 0;
        self.push(&format!("{close},{}:[", json!(name))).await
    }

    async fn row(&mut self, section: &str, at: DateTime<Utc>, row: Value) -> anyhow::Result<()> {
        match self.format {
            Format::Json => {
                let comma = if self.rows > 0 { "," } else { "" };
                self.rows += 1;
                self.push(&format!("{comma}{row}")).await
            }
            Format::Csv => {
                let named = ["name", "operation", "message", "title", "body"].iter().find_map(|key| row[*key].as_str());
                let name = named.unwrap_or_default().to_owned();
                self.csv(section, Some(at), &name, &row).await
            }
        }
    }

    async fn csv(&mut self, kind: &str, at: Option<DateTime<Utc>>, name: &str, data: &Value) -> anyhow::Result<()> {
        let at = at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)).unwrap_or_default();
        self.push(&format!("{kind},{at},{},{}\r\n", cell(name), cell(&data.to_string()))).await
    }

    async fn end(&mut self) -> anyhow::Result<()> {
        if self.format == Format::Json {
            self.push(if self.sections > 0 { "]}" } else { "}" }).await?;
        }
        self.flush().await
    }

    async fn push(&mut self, text: &str) -> anyhow::Result<()> {
        self.buffer.extend_from_slice(text.as_bytes());
        if self.buffer.len() >= PIECE { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        let piece = Bytes::from(std::mem::take(&mut self.buffer));
        Ok(self.sender.send(Ok(piece)).await?)
    }
}

/// A text as a cell: quoted, and never read as a formula.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_ends_early() {
        for text in ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx"] {
            assert!(cell(text).starts_with("\"'"), "{text:?}");
        }
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }

    #[test]
    fn numbers_of_the_store_become_words() {
        let event = told(Signal::Event, json!({ "category": 3, "revenue": 12_500_000 }));
        assert_eq!(event, json!({ "category": "usage", "revenue": 12.5 }));
        assert_eq!(told(Signal::Log, json!({ "severity": 4 })), json!({ "level": "error" }));
        assert_eq!(told(Signal::Span, json!({ "duration": 1_500_000 })), json!({ "duration": "1.5 ms" }));
    }
}
