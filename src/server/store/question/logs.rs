//! Log records: rows, exact counts, facets, patterns, and how they lie in time.

use super::Read;
use super::requests::CellFilter;
use super::search::{self, Search};
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::projection::chunk::Kind;
use crate::projection::grouping;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::question::{Facet, FacetValue, Frame, LogRow, Logs, LogsAnswer, Pattern};
use parallax_domain::{Filter, Op, Problem, Severity};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Counts are exact up to here.
const EXACT: i64 = 100_000;
/// Rows that patterns are made from.
const SAMPLE: i64 = 2_000;
const MOST: usize = 1_000;

/// Whether a search looks into what was written, rather than only at level, service, host and trace.
pub fn reads_text(search: &str) -> Result<bool, Problem> {
    Ok(search::parse(search)?.reads_text())
}

/// Records by level in each bucket.
pub struct Histogram {
    pub levels: BTreeMap<Severity, Vec<i64>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    at: DateTime<Utc>,
    seq: i64,
    severity: i16,
    service: Option<String>,
    host: Option<String>,
    message: String,
    trace_id: Option<Uuid>,
    span_id: Option<i64>,
    attributes: Option<sqlx::types::Json<Value>>,
}

impl Store {
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question logs", otel.kind = "client"))]
    pub async fn logs(&self, look: &mut Look, frame: &Frame, asked: &Logs) -> Result<Read<LogsAnswer>, Problem> {
        let search = search::parse(&asked.search)?;
        let limit = asked.limit.clamp(1, MOST);
        let mut rows = self.log_rows(look, frame, &search, asked.after.as_deref(), limit as i64 + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| cursor(row.at, row.seq));
        let total = self.count_logs(look, frame, &search).await?;
        let facets = self.log_facets(look, frame, &search).await?;
        let patterns = self.log_patterns(look, frame, &search).await?;
        let answer = LogsAnswer {
            rows: rows.into_iter().map(Row::told).collect(),
            total: (total <= EXACT).then_some(total),
            total_at_least: (total > EXACT).then_some(EXACT),
            patterns,
            facets,
            next,
        };
        Ok(Read::raw(answer, total))
    }

    async fn log_rows(
        &self,
        look: &mut Look,
        frame: &Frame,
        search: &Search,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Row>, Problem> {
        let mut query = QueryBuilder::new(
            "select at, seq, severity, service, host, message, trace_id, span_id, attributes from log ",
        );
        push_where(&mut query, look.project, frame, search)?;
        push_after(&mut query, after)?;
        query.push(" order by at desc, seq desc limit ").push_bind(limit);
        query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()
    }

    async fn count_logs(&self, look: &mut Look, frame: &Frame, search: &Search) -> Result<i64, Problem> {
        let mut query = QueryBuilder::new("select count(*) from (select from log ");
        push_where(&mut query, look.project, frame, search)?;
        query.push(" limit ").push_bind(EXACT + 1).push(") as found");
        query.build_query_scalar().persistent(false).fetch_one(&mut *look.connection).await.told()
    }

    async fn log_facets(&self, look: &mut Look, frame: &Frame, search: &Search) -> Result<Vec<Facet>, Problem> {
        let mut facets = Vec::new();
        for (field, column) in [("level", "severity::text"), ("service", "service"), ("host", "host")] {
            let mut query = QueryBuilder::new(format!("select {column} as value, count(*) from log "));
            push_where(&mut query, look.project, frame, search)?;
            query.push(" group by 1 order by 2 desc, 1 limit 20");
            let found: Vec<(Option<String>, i64)> =
                query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
            let word = |value: Option<String>| match field {
                "level" => value
                    .and_then(|number| Severity::from_number(number.parse().ok()?))
                    .map(|severity| severity.word().to_owned()),
                _ => value,
            };
            let values = found.into_iter().map(|(value, count)| FacetValue { value: word(value), count }).collect();
            facets.push(Facet { field: field.to_owned(), values });
        }
        Ok(facets)
    }

    /// Messages with their changing parts replaced, counted over the newest rows.
    async fn log_patterns(&self, look: &mut Look, frame: &Frame, search: &Search) -> Result<Vec<Pattern>, Problem> {
        let mut query = QueryBuilder::new("select severity, left(message, 400) from log ");
        push_where(&mut query, look.project, frame, search)?;
        query.push(" order by at desc limit ").push_bind(SAMPLE);
        let rows: Vec<(i16, String)> =
            query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        let mut counts: HashMap<(String, Severity), i64> = HashMap::new();
        for (severity, message) in rows {
            let level = Severity::from_number(severity).unwrap_or(Severity::Info);
            *counts.entry((grouping::template(message.lines().next().unwrap_or_default()), level)).or_insert(0) += 1;
        }
        let mut patterns: Vec<Pattern> =
            counts.into_iter().map(|((template, level), count)| Pattern { template, level, count }).collect();
        patterns.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.template.cmp(&b.template)));
        patterns.truncate(50);
        Ok(patterns)
    }

    /// From the roll-up where it can tell, else from the rows.
    pub async fn log_histogram(
        &self,
        look: &mut Look,
        frame: &Frame,
        text: &str,
        buckets: &Buckets,
    ) -> Result<Histogram, Problem> {
        let search = search::parse(text)?;
        let mut levels: BTreeMap<Severity, Vec<i64>> = BTreeMap::new();
        if let (Search::Everything, Ok(filter)) = (&search, CellFilter::of(&frame.filters, "level")) {
            let table = self
                .cells(look, Kind::Logs, frame.period(), buckets, &filter, |words| {
                    words[1].and_then(Severity::from_word).unwrap_or(Severity::Info)
                })
                .await?;
            for (level, cells) in table {
                levels.insert(level, cells.iter().map(|cell| cell.count as i64).collect());
            }
            return Ok(Histogram { levels });
        }
        let edges: Vec<DateTime<Utc>> = buckets.labels();
        let mut query = QueryBuilder::new("select severity, width_bucket(at, ");
        query.push_bind(&edges).push("::timestamptz[]) - 1 as bucket, count(*) from log ");
        push_where(&mut query, look.project, frame, &search)?;
        query.push(" group by 1, 2");
        let rows: Vec<(i16, i32, i64)> =
            query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        for (severity, bucket, count) in rows {
            let level = Severity::from_number(severity).unwrap_or(Severity::Info);
            let counts = levels.entry(level).or_insert_with(|| vec![0; buckets.len()]);
            if let Some(cell) = usize::try_from(bucket).ok().and_then(|bucket| counts.get_mut(bucket)) {
                *cell += count;
            }
        }
        Ok(Histogram { levels })
    }
}

/// Names a row, so that the next page begins behind it.
pub(super) fn cursor(at: DateTime<Utc>, seq: i64) -> String {
    format!("{}~{seq}", at.timestamp_micros())
}

pub(super) fn push_after(query: &mut QueryBuilder<Postgres>, after: Option<&str>) -> Result<(), Problem> {
    let Some(after) = after else { return Ok(()) };
    let cursor = after
        .split_once('~')
        .and_then(|(at, seq)| Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, seq.parse::<i64>().ok()?)));
    let (at, seq) = cursor.ok_or_else(|| Problem::invalid("after", "This is no cursor of an earlier page."))?;
    query
        .push(" and at <= ")
        .push_bind(at)
        .push(" and (at, seq) < (")
        .push_bind(at)
        .push(", ")
        .push_bind(seq)
        .push(")");
    Ok(())
}

fn push_where(query: &mut QueryBuilder<Postgres>, project: i32, frame: &Frame, search: &Search) -> Result<(), Problem> {
    query.push("where project = ").push_bind(project);
    query.push(" and at >= ").push_bind(frame.from).push(" and at < ").push_bind(frame.to);
    for filter in &frame.filters {
        query.push(" and ");
        push_filter(query, filter)?;
    }
    query.push(" and (");
    search.push(query);
    query.push(")");
    Ok(())
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) -> Result<(), Problem> {
    push_condition(query, filter, &|query| match filter.field.as_str() {
        column @ ("service" | "host" | "version" | "environment") => {
            query.push(column);
        }
        "level" => {
            query.push("(array['trace', 'debug', 'info', 'warn', 'error', 'fatal'])[severity + 1]");
        }
        other => {
            let name = other.strip_prefix("properties.").unwrap_or(other).to_owned();
            query.push("attributes ->> ").push_bind(name);
        }
    })
}

/// Contract rule Q3 on whatever text `field` writes.
pub(super) fn push_condition(
    query: &mut QueryBuilder<Postgres>,
    filter: &Filter,
    field: &dyn Fn(&mut QueryBuilder<Postgres>),
) -> Result<(), Problem> {
    if filter.op.takes_values() && filter.values.is_empty() {
        return Err(Problem::invalid("filters", format!("The filter on {:?} needs a value.", filter.field)));
    }
    let patterns: Vec<String> = filter.values.iter().map(|value| search::like(value)).collect();
    query.push("(");
    match filter.op {
        Op::Is => {
            field(query);
            query.push(" = any(").push_bind(filter.values.clone()).push(")");
        }
        Op::IsNot => {
            query.push("not coalesce(");
            field(query);
            query.push(" = any(").push_bind(filter.values.clone()).push("), false)");
        }
        Op::Contains => {
            field(query);
            query.push(" ilike any(").push_bind(patterns).push(")");
        }
        Op::NotContains => {
            query.push("not coalesce(");
            field(query);
            query.push(" ilike any(").push_bind(patterns).push("), false)");
        }
        Op::Set => {
            field(query);
            query.push(" is not null");
        }
        Op::NotSet => {
            field(query);
            query.push(" is null");
        }
        Op::Gt | Op::Gte | Op::Lt | Op::Lte => {
            let numbers: Option<Vec<f64>> = filter.values.iter().map(|value| value.trim().parse().ok()).collect();
            let numbers =
                numbers.ok_or_else(|| Problem::invalid("filters", format!("{:?} needs a number.", filter.field)))?;
            let sign = match filter.op {
                Op::Gt => " > ",
                Op::Gte => " >= ",
                Op::Lt => " < ",
                _ => " <= ",
            };
            // Text that is no number never matches and never fails.
            query.push("case when ");
            field(query);
            query.push(" ~ '^-?[0-9]{1,15}(\\.[0-9]{1,15})?$' then (");
            field(query);
            query.push(")::float8").push(sign).push("any(").push_bind(numbers).push(") else false end");
        }
    }
    query.push(")");
    Ok(())
}

impl Row {
    fn told(self) -> LogRow {
        let mut attributes = flat(self.attributes.map(|json| json.0));
        if let Some(host) = self.host {
            attributes.insert("host".to_owned(), host);
        }
        LogRow {
            at: self.at,
            level: Severity::from_number(self.severity).unwrap_or(Severity::Info),
            service: self.service,
            message: self.message,
            trace_id: self.trace_id.map(|id| id.simple().to_string()),
            span_id: self.span_id.map(|id| format!("{id:016x}")),
            attributes,
        }
    }
}

/// Attributes as words: what is nested stays JSON text.
pub fn flat(json: Option<Value>) -> BTreeMap<String, String> {
    let Some(Value::Object(members)) = json else { return BTreeMap::new() };
    members
        .into_iter()
        .map(|(key, value)| match value {
            Value::String(text) => (key, text),
            other => (key, other.to_string()),
        })
        .collect()
}
