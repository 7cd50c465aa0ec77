//! What the database says of itself.

use super::Source;
use super::points::{counter, gauge, metric};
use crate::database::Database;
use crate::record::Metric;
use chrono::{DateTime, Utc};

#[derive(sqlx::FromRow)]
struct Statistics {
    commits: i64,
    rollbacks: i64,
    blocks_read: i64,
    blocks_hit: i64,
    inserted: i64,
    size: i64,
    connections: i64,
    active: i64,
    oldest_transaction: f64,
}

pub async fn measure(database: &Database, source: &Source, at: DateTime<Utc>) -> Vec<Metric> {
    let statistics: Result<Statistics, _> = sqlx::query_as(
        "select xact_commit as commits, xact_rollback as rollbacks, blks_read as blocks_read, blks_hit as blocks_hit, \
                tup_inserted as inserted, pg_database_size(datname) as size, \
                (select count(*) from pg_stat_activity where datname = current_database()) as connections, \
                (select count(*) from pg_stat_activity where datname = current_database() and state = 'active') as active, \
                (select coalesce(max(extract(epoch from now() - xact_start)), 0)::float8 \
                 from pg_stat_activity where datname = current_database()) as oldest_transaction \
         from pg_stat_database where datname = current_database()",
    )
    .fetch_one(&database.admin)
    .await;
    let Ok(statistics) = statistics else { return Vec::new() };
    let count = |value: i64| value as f64;
    [
        (counter("postgresql.commits", "{transaction}"), count(statistics.commits)),
        (counter("postgresql.rollbacks", "{transaction}"), count(statistics.rollbacks)),
        (counter("postgresql.blocks.read", "{block}"), count(statistics.blocks_read)),
        (counter("postgresql.blocks.hit", "{block}"), count(statistics.blocks_hit)),
        (counter("postgresql.rows.inserted", "{row}"), count(statistics.inserted)),
        (gauge("postgresql.db_size", "By"), count(statistics.size)),
        (gauge("postgresql.connection.count", "{connection}"), count(statistics.connections)),
        (gauge("postgresql.connection.active", "{connection}"), count(statistics.active)),
        (gauge("postgresql.transaction.oldest", "s"), statistics.oldest_transaction),
    ]
    .into_iter()
    .map(|(shape, value)| metric(source, shape, &[], at, value))
    .collect()
}
