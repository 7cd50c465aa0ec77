//! Roll-ups of requests, dependencies and log records are counted anew for the hours in which something went.

use crate::projection::chunk::Kind;
use crate::projection::fold::peer_of;
use crate::projection::rewrite::{CellKey, Fresh, Recount};
use chrono::{DateTime, Duration, Utc};
use parallax_domain::Severity;
use parallax_domain::signal::SpanKind;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeMap;

/// Cells that something went from, by kind.
#[derive(Default)]
pub struct Touched {
    kinds: BTreeMap<Kind, Recount>,
    /// An event went that its timeline does not tell from others: it names nobody and no session.
    pub unnamed: bool,
    pub logs: bool,
}

/// What roll-ups are made of in a span's row.
#[derive(sqlx::FromRow)]
pub struct SpanRow {
    pub at: DateTime<Utc>,
    pub kind: i16,
    /// Nanoseconds.
    pub duration: i64,
    pub error: bool,
    pub weight: f32,
    pub service: Option<String>,
    pub operation: String,
    pub version: Option<String>,
    pub environment: Option<String>,
    /// Only of spans that call something else.
    pub attributes: Option<Json<Map<String, Value>>>,
}

pub const SPAN_COLUMNS: &str = "at, kind, duration, error, weight, service, operation, version, environment, \
                                case when kind in (3, 4) then attributes end as attributes";

#[derive(sqlx::FromRow)]
pub struct LogRow {
    pub at: DateTime<Utc>,
    pub severity: i16,
    pub service: Option<String>,
    pub version: Option<String>,
    pub environment: Option<String>,
}

pub const LOG_COLUMNS: &str = "at, severity, service, version, environment";

impl SpanRow {
    /// The cells that the span is counted in.
    fn keys(&self) -> Vec<(Kind, CellKey)> {
        let kind = SpanKind::from_number(i32::from(self.kind));
        let key = |middle: String| [self.service.clone(), Some(middle), self.version.clone(), self.environment.clone()];
        let mut keys = Vec::new();
        if kind.is_request() {
            keys.push((Kind::Requests, key(self.operation.clone())));
        }
        if matches!(kind, SpanKind::Client | SpanKind::Producer)
            && let Some(peer) = self.attributes.as_ref().and_then(|attributes| peer_of(&attributes.0))
        {
            keys.push((Kind::Dependencies, key(peer)));
        }
        keys
    }
}

impl LogRow {
    fn key(&self) -> CellKey {
        let level = Severity::from_number(self.severity).unwrap_or(Severity::Info).word();
        [self.service.clone(), Some(level.to_owned()), self.version.clone(), self.environment.clone()]
    }
}

impl Touched {
    pub fn span(&mut self, row: &SpanRow) {
        for (kind, key) in row.keys() {
            self.kinds.entry(kind).or_default().note(row.at, key);
        }
    }

    pub fn log(&mut self, row: &LogRow) {
        self.logs = true;
        self.kinds.entry(Kind::Logs).or_default().note(row.at, row.key());
    }

    /// Counts what is left in those cells. Rows of `unfolded` batches are counted when they are folded.
    pub async fn recount(&self, transaction: &mut PgConnection, project: i32, unfolded: &[i64]) -> anyhow::Result<()> {
        for (kind, recount) in &self.kinds {
            let mut fresh = Fresh::default();
            for hour in recount.hours() {
                match kind {
                    Kind::Requests | Kind::Dependencies => {
                        for row in spans(transaction, project, *hour, unfolded).await? {
                            let micros = (row.duration / 1000).max(0) as u64;
                            let weight = row.weight.round().max(1.0) as u32;
                            for (of, key) in row.keys() {
                                if of == *kind && recount.wants(row.at, &key) {
                                    fresh.count(row.at, &key, |cell| cell.request(micros, row.error, weight));
                                }
                            }
                        }
                    }
                    Kind::Logs => {
                        for row in logs(transaction, project, *hour, unfolded).await? {
                            let key = row.key();
                            if recount.wants(row.at, &key) {
                                fresh.count(row.at, &key, |cell| cell.count += 1);
                            }
                        }
                    }
                    Kind::Timeline | Kind::Points | Kind::Texts => {}
                }
            }
            recount.write(transaction, project, *kind, &fresh).await?;
        }
        Ok(())
    }
}

async fn spans(
    transaction: &mut PgConnection,
    project: i32,
    hour: DateTime<Utc>,
    unfolded: &[i64],
) -> Result<Vec<SpanRow>, sqlx::Error> {
    let sql = format!(
        "select {SPAN_COLUMNS} from span where project = $1 and at >= $2 and at < $3 and kind in (2, 3, 4, 5) and (seq >> 20) <> all($4)"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(project)
        .bind(hour)
        .bind(hour + Duration::hours(1))
        .bind(unfolded)
        .fetch_all(transaction)
        .await
}

async fn logs(
    transaction: &mut PgConnection,
    project: i32,
    hour: DateTime<Utc>,
    unfolded: &[i64],
) -> Result<Vec<LogRow>, sqlx::Error> {
    let sql =
        format!("select {LOG_COLUMNS} from log where project = $1 and at >= $2 and at < $3 and (seq >> 20) <> all($4)");
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(project)
        .bind(hour)
        .bind(hour + Duration::hours(1))
        .bind(unfolded)
        .fetch_all(transaction)
        .await
}
