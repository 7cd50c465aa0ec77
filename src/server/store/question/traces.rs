//! Searching traces.

use super::Read;
use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::question::{Frame, TraceRow, Traces, TracesAnswer};
use parallax_domain::{Op, Problem};
use sqlx::QueryBuilder;
use uuid::Uuid;

const MOST: usize = 1_000;

#[derive(sqlx::FromRow)]
struct Row {
    trace_id: Uuid,
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    service: Option<String>,
    operation: String,
    spans: i32,
    errors: i32,
}

impl Store {
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question traces", otel.kind = "client"))]
    pub async fn traces(&self, look: &mut Look, frame: &Frame, asked: &Traces) -> Result<Read<TracesAnswer>, Problem> {
        let mut query = QueryBuilder::new(
            "select trace_id, started_at, ended_at, service, operation, spans, errors from trace where project = ",
        );
        query.push_bind(look.project);
        query.push(" and started_at >= ").push_bind(frame.from).push(" and started_at < ").push_bind(frame.to);
        if let Some(service) = &asked.service {
            query.push(" and service = ").push_bind(service);
        }
        if let Some(operation) = &asked.operation {
            query.push(" and operation = ").push_bind(operation);
        }
        if let Some(ms) = asked.min_ms {
            query.push(" and ended_at - started_at >= make_interval(secs => ").push_bind(ms / 1000.0).push(")");
        }
        if asked.errors {
            query.push(" and errors > 0");
        }
        for filter in &frame.filters {
            let column = match filter.field.as_str() {
                "service" => "service",
                "operation" => "operation",
                "environment" => "environment",
                other => {
                    let detail = format!(
                        "Traces cannot be filtered by {other:?}; by service, operation or environment they can."
                    );
                    return Err(Problem::invalid("filters", detail));
                }
            };
            match filter.op {
                Op::Is => query.push(format!(" and {column} = any(")).push_bind(&filter.values).push(")"),
                Op::IsNot => {
                    query.push(format!(" and not coalesce({column} = any(")).push_bind(&filter.values).push("), false)")
                }
                Op::Set => query.push(format!(" and {column} is not null")),
                Op::NotSet => query.push(format!(" and {column} is null")),
                other => {
                    return Err(Problem::invalid("filters", format!("{} is not possible on {column}.", other.word())));
                }
            };
        }
        query.push(" order by started_at desc limit ").push_bind(asked.limit.clamp(1, MOST) as i64);
        let rows: Vec<Row> = query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        let n = rows.len() as i64;
        Ok(Read::projection(TracesAnswer { rows: rows.into_iter().map(Row::told).collect() }, n))
    }
}

impl Row {
    fn told(self) -> TraceRow {
        TraceRow {
            trace_id: self.trace_id.simple().to_string(),
            service: self.service,
            operation: self.operation,
            at: self.started_at,
            ms: (self.ended_at - self.started_at).num_microseconds().unwrap_or(0) as f64 / 1000.0,
            spans: i64::from(self.spans),
            errors: i64::from(self.errors),
        }
    }
}
