//! The directory of traces, written. Most traces of a fold are new and go in by COPY; the rest, whose first spans were
//! told before, are joined to what is known.

use super::findings::{Trace, TraceKey, instant};
use crate::store::copy::CopyBuffer;
use crate::store::rows::shard;
use chrono::NaiveDate;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

type Found<'a> = (&'a TraceKey, &'a Trace);

/// Only the projector writes traces, and there is one at a time, so what is new stays new until it is written.
pub async fn write(traces: &HashMap<TraceKey, Trace>, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    if traces.is_empty() {
        return Ok(());
    }
    let known = known(traces, connection).await?;
    let (mut told, mut new): (Vec<Found>, Vec<Found>) = traces.iter().partition(|(key, _)| known.contains(*key));
    told.sort_by_key(|(key, _)| **key);
    new.sort_by_key(|(key, _)| **key);
    if !new.is_empty() {
        insert(&new, connection).await?;
    }
    if !told.is_empty() {
        join(&told, connection).await?;
    }
    Ok(())
}

async fn known(
    traces: &HashMap<TraceKey, Trace>,
    connection: &mut PgConnection,
) -> Result<HashSet<TraceKey>, sqlx::Error> {
    let rows: Vec<(i32, NaiveDate, Uuid)> = sqlx::query_as(
        "select t.project, t.day, t.trace_id from unnest($1::int[], $2::int[], $3::date[], $4::uuid[]) \
             as asked (shard, project, day, trace_id) join trace t using (shard, project, trace_id, day)",
    )
    .bind(traces.keys().map(|key| shard(key.0)).collect::<Vec<_>>())
    .bind(traces.keys().map(|key| key.0).collect::<Vec<_>>())
    .bind(traces.keys().map(|key| key.1).collect::<Vec<_>>())
    .bind(traces.keys().map(|key| Uuid::from_bytes(key.2)).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(project, day, id)| (project, day, id.into_bytes())).collect())
}

async fn insert(traces: &[Found<'_>], connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut buffer = CopyBuffer::default();
    for (key, trace) in traces {
        buffer.row(12);
        buffer.int4(shard(key.0));
        buffer.int4(key.0);
        buffer.date(key.1);
        buffer.uuid(Uuid::from_bytes(key.2));
        buffer.time(instant(trace.started));
        buffer.time(instant(trace.ended));
        buffer.optional_text(&trace.service);
        buffer.text(&trace.operation);
        buffer.boolean(trace.rooted);
        buffer.optional_text(&trace.environment);
        buffer.int4(trace.spans);
        buffer.int4(trace.errors);
    }
    let mut copy = connection
        .copy_in_raw(
            "copy trace (shard, project, day, trace_id, started_at, ended_at, service, operation, rooted, environment, \
                         spans, errors) from stdin (format binary)",
        )
        .await?;
    copy.send(buffer.finish()).await?;
    copy.finish().await?;
    Ok(())
}

async fn join(traces: &[Found<'_>], connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into trace (shard, project, day, trace_id, started_at, ended_at, service, operation, rooted, environment, spans, errors) \
         select * from unnest($1::int[], $2::int[], $3::date[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::text[], \
                              $8::text[], $9::boolean[], $10::text[], $11::int[], $12::int[]) \
         on conflict (shard, project, trace_id, day) do update set \
             service = case when (excluded.rooted, trace.started_at) > (trace.rooted, excluded.started_at) \
                            then excluded.service else trace.service end, \
             operation = case when (excluded.rooted, trace.started_at) > (trace.rooted, excluded.started_at) \
                              then excluded.operation else trace.operation end, \
             environment = coalesce(trace.environment, excluded.environment), \
             rooted = trace.rooted or excluded.rooted, \
             started_at = least(trace.started_at, excluded.started_at), \
             ended_at = greatest(trace.ended_at, excluded.ended_at), \
             spans = trace.spans + excluded.spans, \
             errors = trace.errors + excluded.errors",
    )
    .bind(traces.iter().map(|(key, _)| shard(key.0)).collect::<Vec<_>>())
    .bind(traces.iter().map(|(key, _)| key.0).collect::<Vec<_>>())
    .bind(traces.iter().map(|(key, _)| key.1).collect::<Vec<_>>())
    .bind(traces.iter().map(|(key, _)| Uuid::from_bytes(key.2)).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| instant(trace.started)).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| instant(trace.ended)).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| trace.service.clone()).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| trace.operation.clone()).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| trace.rooted).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| trace.environment.clone()).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| trace.spans).collect::<Vec<_>>())
    .bind(traces.iter().map(|(_, trace)| trace.errors).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
