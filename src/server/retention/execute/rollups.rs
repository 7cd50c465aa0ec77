//! Roll-ups of a day.

use super::line::{Outcome, count};
use super::{Deleted, Job};
use crate::projection::chunk::RECORDS;
use crate::projection::delta::MINUTE_GRAIN;
use crate::retention::plan::Item;
use crate::retention::proof;
use chrono::{DateTime, NaiveTime, Utc};
use sqlx::{AssertSqlSafe, Connection};

impl Job<'_> {
    pub(super) async fn rollups(&self, item: &Item, minutes: bool) -> anyhow::Result<Deleted> {
        let (grain, name) = if minutes { ("part = $5", "minute roll-ups") } else { ("part <> $5", "roll-ups") };
        let what = format!("{name} of {}", item.day);
        let deletion = self.begin(item, &what).await?;
        let start = item.day.and_time(NaiveTime::MIN).and_utc();
        let chunks = format!("project = $1 and kind <> all($2) and period >= $3 and period < $4 and {grain}");
        let sql = format!(
            "with gone as (delete from chunk where ctid = any(array(select ctid from chunk where {chunks} limit 500)) \
                           returning rows, octet_length(body) as size, period) \
             select count(*), coalesce(sum(rows), 0)::bigint, coalesce(sum(size), 0)::bigint, min(period), max(period) from gone"
        );
        let mut deleted = Deleted::default();
        loop {
            let mut connection = self.machine.database.admin.acquire().await?;
            let mut transaction = connection.begin().await?;
            let (chunks, rows, bytes, oldest, newest): (i64, i64, i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>) =
                sqlx::query_as(AssertSqlSafe(sql.clone()))
                    .bind(self.project)
                    .bind(RECORDS)
                    .bind(start)
                    .bind(start + chrono::Duration::days(1))
                    .bind(MINUTE_GRAIN)
                    .fetch_one(&mut *transaction)
                    .await?;
            let step = Deleted { rows, bytes, tables: 0 };
            count(&mut transaction, deletion, step, oldest, newest).await?;
            transaction.commit().await?;
            deleted.rows += rows;
            deleted.bytes += bytes;
            if chunks == 0 {
                break;
            }
        }
        let left: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from chunk where {chunks}")))
            .bind(self.project)
            .bind(RECORDS)
            .bind(start)
            .bind(start + chrono::Duration::days(1))
            .bind(MINUTE_GRAIN)
            .fetch_one(&self.machine.database.admin)
            .await?;
        let verified_by = format!("count of {name} of the day");
        let outcome = Outcome { what, table_oid: None, people: None, held: 0, verified_by, rows_left: left };
        let mut connection = self.machine.database.admin.acquire().await?;
        let mut transaction = connection.begin().await?;
        let proof = self.prove(&mut transaction, deletion, outcome).await?;
        transaction.commit().await?;
        proof::keep(&self.machine.keyring, &proof)?;
        Ok(deleted)
    }
}
