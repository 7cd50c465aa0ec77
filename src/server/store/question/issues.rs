//! Issues: exceptions that are one mistake, and how many people met it.

use super::Read;
use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Duration, Utc};
use parallax_domain::question::{Frame, IssueRow, IssueSort, IssueStatus, Issues, IssuesAnswer};
use parallax_domain::{Filter, Op, Problem};
use sqlx::{Postgres, QueryBuilder};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    title: String,
    service: Option<String>,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    state: String,
    state_at: Option<DateTime<Utc>>,
    count: i64,
    people: i64,
    versions: Vec<String>,
}

impl Store {
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question issues", otel.kind = "client"))]
    pub async fn issues(&self, look: &mut Look, frame: &Frame, asked: &Issues) -> Result<Read<IssuesAnswer>, Problem> {
        let mut query = QueryBuilder::new(
            "select i.id, i.title, i.service, i.first_seen, i.last_seen, i.state, i.state_at, o.count, o.people, o.versions \
             from (select o.issue, count(*) as count, count(distinct s.person) as people, \
                          coalesce(array_agg(distinct o.version) filter (where o.version is not null), '{}') as versions \
                   from occurrence o left join subject s on s.project = o.project and s.number = o.subject \
                   where o.project = ",
        );
        query.push_bind(look.project);
        query.push(" and o.at >= ").push_bind(frame.from).push(" and o.at < ").push_bind(frame.to);
        push_filters(&mut query, &frame.filters)?;
        query
            .push(" group by o.issue) as o join issue i on i.project = ")
            .push_bind(look.project)
            .push(" and i.id = o.issue");
        query.push(match asked.sort {
            IssueSort::People => " order by o.people desc, o.count desc, i.id",
            IssueSort::Count => " order by o.count desc, o.people desc, i.id",
            IssueSort::LastSeen => " order by i.last_seen desc, i.id",
            IssueSort::FirstSeen => " order by i.first_seen desc, i.id",
        });
        query.push(" limit 500");
        let rows: Vec<Row> = query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        let n = rows.iter().map(|row| row.count).sum();
        let rows: Vec<IssueRow> = rows
            .into_iter()
            .map(|row| row.told(look.fresh_as_of))
            .filter(|row| asked.status.is_none_or(|status| row.status == status))
            .collect();
        Ok(Read::projection(IssuesAnswer { rows }, n))
    }
}

/// Conditions on occurrences, which are called `o`.
pub(super) fn push_filters(query: &mut QueryBuilder<Postgres>, filters: &[Filter]) -> Result<(), Problem> {
    for filter in filters {
        let column = match filter.field.as_str() {
            "service" => "o.service",
            "version" => "o.version",
            "environment" => "o.environment",
            "operation" => "o.operation",
            other => {
                let detail = format!(
                    "Issues cannot be filtered by {other:?}; by service, operation, version or environment they can."
                );
                return Err(Problem::invalid("filters", detail));
            }
        };
        match filter.op {
            Op::Is => query.push(format!(" and {column} = any(")).push_bind(filter.values.clone()).push(")"),
            Op::IsNot => query
                .push(format!(" and not coalesce({column} = any("))
                .push_bind(filter.values.clone())
                .push("), false)"),
            other => return Err(Problem::invalid("filters", format!("{} is not possible here.", other.word()))),
        };
    }
    Ok(())
}

/// Exactly one state: set by a person, or new for seven days, then ongoing. Resolved and back is regressed.
pub(super) fn status(
    state: &str,
    set_at: Option<DateTime<Utc>>,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    now: DateTime<Utc>,
) -> IssueStatus {
    let came_back = set_at.is_some_and(|at| last_seen > at);
    match state {
        "resolved" if came_back => IssueStatus::Regressed,
        "resolved" => IssueStatus::Resolved,
        "archived" => IssueStatus::Archived,
        _ if now - first_seen < Duration::days(7) => IssueStatus::New,
        _ => IssueStatus::Ongoing,
    }
}

impl Row {
    fn told(self, now: DateTime<Utc>) -> IssueRow {
        let status = status(&self.state, self.state_at, self.first_seen, self.last_seen, now);
        IssueRow {
            id: format!("{:016x}", self.id),
            title: self.title,
            service: self.service,
            count: self.count,
            people: self.people,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            status,
            versions: self.versions,
        }
    }
}

impl Store {
    /// Different people who met an exception in the period.
    pub async fn people_with_errors(&self, look: &mut Look, period: parallax_domain::Period) -> Result<i64, Problem> {
        sqlx::query_scalar(
            "select count(distinct s.person) from occurrence o join subject s on s.project = o.project and s.number = o.subject \
             where o.project = $1 and o.at >= $2 and o.at < $3",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .fetch_one(&mut *look.connection)
        .await
        .told()
    }
}
