//! What arrived lately, by name, and which of it carried something that had to be masked.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use parallax_domain::{Instant, Problem};
use std::collections::BTreeMap;

/// Marks that the gate leaves where somebody's data stood.
const MARKS: &str = r"\[(email|card|iban|token|secret|key|ip|phone|name|address)\]";
/// A record may be so much older than its arrival and is still found.
const LATE: chrono::Duration = chrono::Duration::days(7);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub records: i64,
    /// Of them those that carried personal data.
    pub personal: i64,
    /// Fields that were masked.
    pub masked: Vec<String>,
}

/// What arrived since an instant.
#[derive(Clone, Debug, Default)]
pub struct SeenLately {
    pub events: BTreeMap<String, Seen>,
    /// Properties of each event.
    pub properties: BTreeMap<String, Vec<String>>,
    /// By service and operation.
    pub spans: BTreeMap<(String, String), Seen>,
    /// By service.
    pub logs: BTreeMap<String, Seen>,
    pub metrics: BTreeMap<String, Seen>,
}

impl Store {
    pub async fn seen_lately(&self, look: &mut Look, since: Instant) -> Result<SeenLately, Problem> {
        type Events = (String, i64, i64, Vec<String>, Vec<String>);
        let mut seen = SeenLately::default();
        let rows: Vec<Events> = sqlx::query_as(
            "with fresh as (select name, properties, title, properties::text ~ $3 or coalesce(title, '') ~ $3 as personal \
                            from event where project = $1 and received_at >= $2 and at >= $4), \
                  field as (select name, key, bool_or(value::text ~ $3) as masked \
                            from fresh cross join jsonb_each(coalesce(properties, '{}'::jsonb)) group by 1, 2) \
             select name, count(*), count(*) filter (where personal), \
                    coalesce((select array_agg(key order by key) from field where field.name = fresh.name), '{}'), \
                    coalesce((select array_agg(key order by key) from field where field.name = fresh.name and masked), '{}') \
             from fresh group by name order by name",
        )
        .bind(look.project)
        .bind(since)
        .bind(MARKS)
        .bind(since - LATE)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        for (name, records, personal, properties, masked) in rows {
            seen.properties.insert(name.clone(), properties);
            seen.events.insert(name, Seen { records, personal, masked });
        }
        let spans: Vec<(String, String, i64, i64)> = sqlx::query_as(
            "select coalesce(service, ''), operation, count(*), \
                    count(*) filter (where coalesce(attributes::text, '') ~ $3 or coalesce(events::text, '') ~ $3 or operation ~ $3) \
             from span where project = $1 and received_at >= $2 and at >= $4 group by 1, 2",
        )
        .bind(look.project)
        .bind(since)
        .bind(MARKS)
        .bind(since - LATE)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        for (service, operation, records, personal) in spans {
            seen.spans.insert((service, operation), Seen { records, personal, masked: Vec::new() });
        }
        let logs: Vec<(String, i64, i64)> = sqlx::query_as(
            "select coalesce(service, ''), count(*), \
                    count(*) filter (where message ~ $3 or coalesce(attributes::text, '') ~ $3) \
             from log where project = $1 and received_at >= $2 and at >= $4 group by 1",
        )
        .bind(look.project)
        .bind(since)
        .bind(MARKS)
        .bind(since - LATE)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        for (service, records, personal) in logs {
            seen.logs.insert(service, Seen { records, personal, masked: Vec::new() });
        }
        // Points carry no time of receipt: their own time counts.
        let metrics: Vec<(String, i64, i64)> = sqlx::query_as(
            "select s.name, count(*), count(*) filter (where s.labels::text ~ $3) \
             from metric m join series s on s.project = m.project and s.id = m.series \
             where m.project = $1 and m.at >= $2 group by 1",
        )
        .bind(look.project)
        .bind(since)
        .bind(MARKS)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        for (name, records, personal) in metrics {
            seen.metrics.insert(name, Seen { records, personal, masked: Vec::new() });
        }
        Ok(seen)
    }
}
