//! Log records one by one, as pages show them: with whose they were, and one of them in full.

use super::log_blocks::Blocks;
use super::logs::{READ_AT_ONCE, READ_GROWTH, cursor, flat, position, push_after, push_where};
use super::person_id;
use super::search::Search;
use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::question::{Frame, LogRow};
use parallax_domain::{Problem, Severity};
use serde_json::Value;
use sqlx::QueryBuilder;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A record with what stands beside its message.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// Names the line, so that it can be opened and the next page begins behind it.
    pub key: String,
    pub row: LogRow,
    pub host: Option<String>,
    pub version: Option<String>,
    pub environment: Option<String>,
    /// Of the event, where the record is one.
    pub name: Option<String>,
    /// Opaque.
    pub person: Option<String>,
    /// Of what sent it: service, host, container. Read only where one line is opened.
    pub sender: BTreeMap<String, String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    at: DateTime<Utc>,
    seq: i64,
    severity: i16,
    service: Option<String>,
    host: Option<String>,
    message: String,
    name: Option<String>,
    trace_id: Option<Uuid>,
    span_id: Option<i64>,
    version: Option<String>,
    environment: Option<String>,
    person: Option<Uuid>,
    attributes: Option<sqlx::types::Json<Value>>,
    sender: Option<sqlx::types::Json<Value>>,
}

const COLUMNS: &str = "l.at, l.seq, l.severity, l.service, l.host, l.message, l.name, l.trace_id, l.span_id, l.version, l.environment, l.attributes, p.ref as person";
const PERSON: &str = "left join subject s on s.project = l.project and s.number = l.subject \
                      left join subject p on p.project = s.project and p.number = s.person";

impl Store {
    /// The newest lines first, behind `after` if that is given.
    pub(super) async fn log_lines_in(
        &self,
        look: &mut Look,
        frame: &Frame,
        search: &Search,
        blocks: &Blocks,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<LogLine>, Problem> {
        let mut rows: Vec<Row> = Vec::new();
        for group in blocks.groups(READ_AT_ONCE, READ_GROWTH) {
            let mut query =
                QueryBuilder::new(format!("select {COLUMNS}, null::jsonb as sender from (select * from log as l "));
            push_where(&mut query, look.project, frame, search)?;
            push_after(&mut query, after)?;
            group.push(&mut query);
            query.push(" order by at desc, seq desc limit ").push_bind(limit);
            query.push(format!(") as l {PERSON} order by l.at desc, l.seq desc"));
            let found: Vec<Row> =
                query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
            rows.extend(found);
            rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.seq)));
            rows.truncate(limit as usize);
            // Later groups hold nothing newer than what is here.
            let is_newer = |row: &Row| group.older.is_none_or(|older| row.at.timestamp_micros() > older);
            if rows.len() as i64 == limit && rows.last().is_some_and(is_newer) {
                break;
            }
        }
        Ok(rows.into_iter().map(Row::line).collect())
    }

    /// The newest lines that pass the frame's filters.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question newest log lines", otel.kind = "client"))]
    pub async fn newest_lines(&self, look: &mut Look, frame: &Frame, limit: i64) -> Result<Vec<LogLine>, Problem> {
        let blocks = self.log_blocks(look, frame.period(), &Search::Everything).await?;
        self.log_lines_in(look, frame, &Search::Everything, &blocks, None, limit).await
    }

    /// One line by its key, with what is known of its sender; none for nonsense, and once retention has taken it.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question log line", otel.kind = "client"))]
    pub async fn log_line(&self, look: &mut Look, key: &str) -> Result<Option<LogLine>, Problem> {
        let Some((at, seq)) = position(key) else { return Ok(None) };
        let mut query = QueryBuilder::new(format!(
            "select {COLUMNS}, r.attributes as sender from log l {PERSON} \
             left join resource r on r.project = l.project and r.id = l.resource where l.project = "
        ));
        query.push_bind(look.project).push(" and l.at = ").push_bind(at).push(" and l.seq = ").push_bind(seq);
        let row: Option<Row> =
            query.build_query_as().persistent(false).fetch_optional(&mut *look.connection).await.told()?;
        Ok(row.map(Row::line))
    }
}

impl Row {
    fn line(self) -> LogLine {
        let mut attributes = flat(self.attributes.map(|json| json.0));
        if let Some(host) = &self.host {
            attributes.insert("host".to_owned(), host.clone());
        }
        LogLine {
            key: cursor(self.at, self.seq),
            row: LogRow {
                at: self.at,
                level: Severity::from_number(self.severity).unwrap_or(Severity::Info),
                service: self.service,
                message: self.message,
                trace_id: self.trace_id.map(|id| id.simple().to_string()),
                span_id: self.span_id.map(|id| format!("{id:016x}")),
                attributes,
            },
            host: self.host,
            version: self.version,
            environment: self.environment,
            name: self.name,
            person: self.person.map(person_id),
            sender: flat(self.sender.map(|json| json.0)),
        }
    }
}
