//! One issue: how often and to whom it happened, where, in which versions, and what was done about it.

use super::issues::{push_filters, status};
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::identity::audit;
use crate::store::question::person_id;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use parallax_domain::question::{Facet, FacetValue, Frame, IssueStatus};
use serde_json::json;
use sqlx::QueryBuilder;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct IssueDetail {
    pub id: String,
    pub title: String,
    pub r#type: String,
    /// The program's own frame that the grouping went by.
    pub culprit: Option<String>,
    pub service: Option<String>,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    pub first_version: Option<String>,
    pub status: IssueStatus,
    /// `open`, `resolved` or `archived`, as set by a person.
    pub state: String,
    pub state_at: Option<DateTime<Utc>>,
    pub state_by: Option<String>,
    /// Within the period and the filters.
    pub count: i64,
    pub people: i64,
    pub unhandled: i64,
    /// Without a person who is known.
    pub nobody: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    title: String,
    r#type: String,
    culprit: Option<String>,
    service: Option<String>,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    first_version: Option<String>,
    state: String,
    state_at: Option<DateTime<Utc>>,
    state_by: Option<String>,
}

#[derive(Clone, Debug)]
pub struct OccurrenceRow {
    pub at: DateTime<Utc>,
    pub service: Option<String>,
    pub operation: Option<String>,
    pub version: Option<String>,
    pub handled: bool,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    /// Opaque.
    pub person: Option<String>,
    pub message: String,
    pub stack: Option<String>,
}

/// What a person decides about an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueState {
    Open,
    Resolved,
    Archived,
}

impl IssueState {
    pub const ALL: [IssueState; 3] = [IssueState::Open, IssueState::Resolved, IssueState::Archived];

    pub fn word(self) -> &'static str {
        match self {
            IssueState::Open => "open",
            IssueState::Resolved => "resolved",
            IssueState::Archived => "archived",
        }
    }

    pub fn parse(word: &str) -> Option<IssueState> {
        IssueState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// The number behind an issue's id.
fn number(id: &str) -> Option<i64> {
    let digits = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u64::from_str_radix(id, 16).ok()).flatten().map(|bits| bits as i64)
}

impl Store {
    /// None where there is no such issue.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question issue", otel.kind = "client"))]
    pub async fn issue(&self, look: &mut Look, frame: &Frame, id: &str) -> Result<Option<IssueDetail>, Problem> {
        let Some(issue) = number(id) else { return Ok(None) };
        let found: Option<Row> = sqlx::query_as(
            "select title, type, culprit, service, first_seen, last_seen, first_version, state, state_at, state_by \
             from issue where project = $1 and id = $2",
        )
        .bind(look.project)
        .bind(issue)
        .fetch_optional(&mut *look.connection)
        .await
        .told()?;
        let Some(row) = found else { return Ok(None) };
        let mut query = QueryBuilder::new(
            "select count(*), count(distinct s.person), count(*) filter (where not o.handled), \
                    count(*) filter (where s.person is null) \
             from occurrence o left join subject s on s.project = o.project and s.number = o.subject",
        );
        push_place(&mut query, look, frame, &[issue])?;
        let (count, people, unhandled, nobody): (i64, i64, i64, i64) =
            query.build_query_as().persistent(false).fetch_one(&mut *look.connection).await.told()?;
        Ok(Some(IssueDetail {
            id: id.to_owned(),
            status: status(&row.state, row.state_at, row.first_seen, row.last_seen, look.fresh_as_of),
            title: row.title,
            r#type: row.r#type,
            culprit: row.culprit,
            service: row.service,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            first_version: row.first_version,
            state: row.state,
            state_at: row.state_at,
            state_by: row.state_by,
            count,
            people,
            unhandled,
            nobody,
        }))
    }

    /// Occurrences of each of these issues in each bucket.
    pub async fn issue_courses(
        &self,
        look: &mut Look,
        frame: &Frame,
        ids: &[String],
        buckets: &Buckets,
    ) -> Result<BTreeMap<String, Vec<i64>>, Problem> {
        let issues: Vec<i64> = ids.iter().filter_map(|id| number(id)).collect();
        let mut query = QueryBuilder::new("select o.issue, width_bucket(o.at, ");
        query.push_bind(buckets.labels()).push("::timestamptz[]) - 1, count(*) from occurrence o");
        push_place(&mut query, look, frame, &issues)?;
        query.push(" group by 1, 2");
        let rows: Vec<(i64, i32, i64)> =
            query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        let mut courses: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (issue, bucket, count) in rows {
            let course = courses.entry(format!("{issue:016x}")).or_insert_with(|| vec![0; buckets.len()]);
            if let Some(cell) = usize::try_from(bucket).ok().and_then(|bucket| course.get_mut(bucket)) {
                *cell += count;
            }
        }
        Ok(courses)
    }

    /// Where an issue happened: versions, operations, environments, each with its occurrences.
    pub async fn issue_facets(&self, look: &mut Look, frame: &Frame, id: &str) -> Result<Vec<Facet>, Problem> {
        let issues: Vec<i64> = number(id).into_iter().collect();
        let mut facets = Vec::new();
        for field in ["version", "operation", "environment"] {
            let mut query = QueryBuilder::new(format!("select o.{field} as value, count(*) from occurrence o"));
            push_place(&mut query, look, frame, &issues)?;
            query.push(" group by 1 order by 2 desc, 1 limit 20");
            let rows: Vec<(Option<String>, i64)> =
                query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
            let values = rows.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
            facets.push(Facet { field: field.to_owned(), values });
        }
        Ok(facets)
    }

    /// The newest occurrences first. Messages and stacks are raw text: the caller knows who may read it.
    pub async fn occurrences(
        &self,
        look: &mut Look,
        frame: &Frame,
        id: &str,
        limit: i64,
    ) -> Result<Vec<OccurrenceRow>, Problem> {
        #[derive(sqlx::FromRow)]
        struct Found {
            at: DateTime<Utc>,
            service: Option<String>,
            operation: Option<String>,
            version: Option<String>,
            handled: bool,
            trace_id: Option<Uuid>,
            span_id: Option<i64>,
            person: Option<Uuid>,
            message: String,
            stack: Option<String>,
        }
        let issues: Vec<i64> = number(id).into_iter().collect();
        let mut query = QueryBuilder::new(
            "select o.at, o.service, o.operation, o.version, o.handled, o.trace_id, o.span_id, p.ref as person, o.message, o.stack \
             from occurrence o \
             left join subject s on s.project = o.project and s.number = o.subject \
             left join subject p on p.project = s.project and p.number = s.person",
        );
        push_place(&mut query, look, frame, &issues)?;
        query.push(" order by o.at desc limit ").push_bind(limit);
        let rows: Vec<Found> =
            query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        Ok(rows
            .into_iter()
            .map(|row| OccurrenceRow {
                at: row.at,
                service: row.service,
                operation: row.operation,
                version: row.version,
                handled: row.handled,
                trace_id: row.trace_id.map(|id| id.simple().to_string()),
                span_id: row.span_id.map(|id| format!("{id:016x}")),
                person: row.person.map(person_id),
                message: row.message,
                stack: row.stack,
            })
            .collect())
    }

    /// What a person decided about an issue. The deed is written to the audit log. Opening again forgets the decision.
    pub async fn set_issue_state(&self, project: i32, id: &str, state: IssueState, by: &str) -> Result<(), Problem> {
        let issue = number(id).ok_or_else(|| Problem::not_found("issue"))?;
        let changed = sqlx::query(
            "update issue set state = $3, state_by = $4, state_at = case when $3 = 'open' then null else now() end, \
                              resolved_in = null where project = $1 and id = $2",
        )
        .bind(project)
        .bind(issue)
        .bind(state.word())
        .bind(by)
        .execute(&self.database.admin)
        .await
        .told()?;
        if changed.rows_affected() == 0 {
            return Err(Problem::not_found("issue"));
        }
        let entry = audit::Entry {
            project: Some(project),
            actor: by,
            action: "issue state set",
            object: id,
            detail: json!({ "state": state.word() }),
        };
        audit::write(&self.database, entry).await.told()
    }
}

fn push_place(
    query: &mut QueryBuilder<sqlx::Postgres>,
    look: &Look,
    frame: &Frame,
    issues: &[i64],
) -> Result<(), Problem> {
    query.push(" where o.project = ").push_bind(look.project);
    query.push(" and o.issue = any(").push_bind(issues.to_vec()).push(")");
    query.push(" and o.at >= ").push_bind(frame.from).push(" and o.at < ").push_bind(frame.to);
    push_filters(query, &frame.filters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_sixteen_digits_and_nothing_else() {
        assert_eq!(number("00000000000000ff"), Some(255));
        assert_eq!(number("ffffffffffffffff"), Some(-1));
        for wrong in ["", "ff", "zz000000000000ff", "+0000000000000ff", "00000000000000ff0"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
