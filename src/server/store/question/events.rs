//! Single events as they came.

use super::logs::{cursor, flat, push_after, push_condition};
use super::person_id;
use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::question::Frame;
use parallax_domain::{Category, Problem};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An event, raw as it is after the gate.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub at: DateTime<Utc>,
    pub name: String,
    /// Opaque.
    pub person: Option<String>,
    pub page: Option<String>,
    pub device: Option<String>,
    pub country: Option<String>,
    pub version: Option<String>,
    pub trace_id: Option<String>,
    /// Names a session among others; says nothing else.
    pub session: Option<String>,
    pub properties: BTreeMap<String, String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    at: DateTime<Utc>,
    seq: i64,
    name: String,
    person: Option<Uuid>,
    url_path: Option<String>,
    device: Option<String>,
    country: Option<String>,
    version: Option<String>,
    trace_id: Option<Uuid>,
    session: Option<i64>,
    properties: Option<sqlx::types::Json<Value>>,
}

impl Store {
    /// The newest events first, and a cursor to older ones. `after` is such a cursor.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question events", otel.kind = "client"))]
    pub async fn events(
        &self,
        look: &mut Look,
        frame: &Frame,
        limit: usize,
        after: Option<&str>,
    ) -> Result<(Vec<EventRow>, Option<String>), Problem> {
        let mut query = QueryBuilder::new(
            "select e.at, e.seq, e.name, p.ref as person, e.url_path, e.device, e.country, e.version, e.trace_id, e.session, e.properties \
             from (select * from event where project = ",
        );
        query.push_bind(look.project);
        query.push(" and at >= ").push_bind(frame.from).push(" and at < ").push_bind(frame.to);
        for filter in &frame.filters {
            query.push(" and ");
            push_condition(&mut query, filter, &|query| push_field(query, &filter.field))?;
        }
        push_after(&mut query, after)?;
        query.push(" order by at desc, seq desc limit ").push_bind(limit as i64 + 1);
        query.push(
            ") as e left join subject s on s.project = e.project and s.number = e.subject \
             left join subject p on p.project = s.project and p.number = s.person order by e.at desc, e.seq desc",
        );
        let mut rows: Vec<Row> =
            query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| cursor(row.at, row.seq));
        Ok((rows.into_iter().map(Row::told).collect(), next))
    }
}

/// A column by the name that the contract gives it.
fn column(field: &str) -> Option<&'static str> {
    Some(match field {
        "event" => "name",
        "country" => "country",
        "device" => "device",
        "os" => "os",
        "browser" => "browser",
        "locale" => "locale",
        "network" => "network",
        "theme" => "theme",
        "screen" => "screen",
        "version" => "version",
        "environment" => "environment",
        "service" => "service",
        "referrer" => "referrer",
        "url.path" => "url_path",
        "url.host" => "url_host",
        "campaign.source" => "campaign_source",
        "campaign.medium" => "campaign_medium",
        "campaign.name" => "campaign_name",
        "campaign.term" => "campaign_term",
        "campaign.content" => "campaign_content",
        _ => return None,
    })
}

fn push_field(query: &mut QueryBuilder<Postgres>, field: &str) {
    match (column(field), field) {
        (Some(column), _) => {
            query.push(column);
        }
        (None, "session") => {
            query.push("lpad(to_hex(session), 16, '0')");
        }
        (None, "category") => {
            let words: Vec<&str> = Category::ALL.iter().map(|category| category.word()).collect();
            query.push("(").push_bind(words).push("::text[])[category + 1]");
        }
        (None, other) => {
            let name = other.strip_prefix("properties.").unwrap_or(other).to_owned();
            query.push("properties ->> ").push_bind(name);
        }
    }
}

impl Row {
    fn told(self) -> EventRow {
        EventRow {
            at: self.at,
            name: self.name,
            person: self.person.map(person_id),
            page: self.url_path,
            device: self.device,
            country: self.country,
            version: self.version,
            trace_id: self.trace_id.map(|id| id.simple().to_string()),
            session: self.session.map(|number| format!("{number:016x}")),
            properties: flat(self.properties.map(|json| json.0)),
        }
    }
}
