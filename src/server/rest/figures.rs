//! `GET /metrics`: how this server does, in Prometheus' text format, with a read key.

use super::answer::Refusal;
use super::query::holder;
use crate::database::fault::Told;
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use parallax_domain::Signal;
use std::fmt::Write;
use std::sync::Arc;

/// Outcomes in the order of the account's columns.
const OUTCOMES: [&str; 6] = ["received", "stored", "duplicate", "rejected", "dropped", "quarantined"];

pub async fn metrics(State(machine): State<Arc<Machine>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (key, _) = holder(&machine, &headers, &[KeyKind::Read])?;
    let counts: Vec<(i16, i64, i64, i64, i64, i64, i64)> = sqlx::query_as(
        "select signal, sum(received)::bigint, sum(stored)::bigint, sum(duplicate)::bigint, sum(rejected)::bigint, \
         sum(dropped)::bigint, sum(quarantined)::bigint from accounting where project = $1 group by 1 order by 1",
    )
    .bind(key.project)
    .fetch_all(&machine.database.admin)
    .await
    .told()?;
    let (waiting, lag): (i64, f64) = sqlx::query_as(
        "select count(*), coalesce(extract(epoch from clock_timestamp() - min(committed_at)), 0)::float8 from batch",
    )
    .fetch_one(&machine.database.admin)
    .await
    .told()?;
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, f64)]| {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let records: Vec<(String, f64)> = counts
        .iter()
        .flat_map(|(signal, received, stored, duplicate, rejected, dropped, quarantined)| {
            let word = Signal::ALL.into_iter().find(|one| *one as i16 == *signal).map_or("other", Signal::word);
            OUTCOMES
                .into_iter()
                .zip([received, stored, duplicate, rejected, dropped, quarantined])
                .map(move |(outcome, count)| (format!("{{signal=\"{word}\",outcome=\"{outcome}\"}}"), *count as f64))
        })
        .collect();
    family(
        "parallax_records_total",
        "counter",
        "Records of this key's project by signal and what became of them.",
        &records,
    );
    family(
        "parallax_batches_waiting",
        "gauge",
        "Committed batches that are not folded yet.",
        &[(String::new(), waiting as f64)],
    );
    family(
        "parallax_projection_lag_seconds",
        "gauge",
        "Age of the oldest batch that is not folded yet.",
        &[(String::new(), lag.max(0.0))],
    );
    let away = machine.intake.availability().away_since().is_some();
    family(
        "parallax_database_up",
        "gauge",
        "Whether the database answers.",
        &[(String::new(), f64::from(u8::from(!away)))],
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
