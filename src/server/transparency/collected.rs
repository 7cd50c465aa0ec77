//! Counts for the public: records and people per category of the last 30 days, and how people decide. Counted once in a
//! while and kept, so that a stranger's visit costs nothing.

use crate::machine::Machine;
use chrono::{DateTime, Duration, Months, NaiveDate, Utc};
use parallax_domain::Category;
use sqlx::{Connection, PgConnection};

/// Days that are told of.
pub const DAYS: i64 = 30;
/// How seldom each is counted.
const RECORDS_EVERY: Duration = Duration::hours(24);
const DECISIONS_EVERY: Duration = Duration::hours(1);
/// Months of which decisions are told.
const MONTHS: u32 = 12;

/// Decisions that were made in a month about one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Month {
    pub month: NaiveDate,
    pub category: i16,
    pub granted: i64,
    pub denied: i64,
}

/// Counts what is due. Several processes may try at once.
pub async fn count(machine: &Machine, project: i32) -> anyhow::Result<()> {
    let now = machine.clock.now();
    let mut connection = machine.database.admin.acquire().await?;
    let (records, decisions): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = sqlx::query_as(
        "select (select max(counted_at) from collected where project = $1), (select max(counted_at) from shared where project = $1)",
    )
    .bind(project)
    .fetch_one(&mut *connection)
    .await?;
    let due = |last: Option<DateTime<Utc>>, every: Duration| last.is_none_or(|at| now - at >= every || at > now);
    let (records, decisions) = (due(records, RECORDS_EVERY), due(decisions, DECISIONS_EVERY));
    if !records && !decisions {
        return Ok(());
    }
    let mut transaction = connection.begin().await?;
    let ours: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock(hashtextextended('collected', $1::bigint))")
        .bind(project)
        .fetch_one(&mut *transaction)
        .await?;
    if !ours {
        return Ok(());
    }
    if records {
        count_records(&mut transaction, project, now).await?;
    }
    if decisions {
        count_decisions(&mut transaction, project, now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Events count under their category; requests and lines that name a person under performance, exceptions under errors.
async fn count_records(transaction: &mut PgConnection, project: i32, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let rows: Vec<(i16, i64, i64)> = sqlx::query_as(
        "select category, count(*), count(distinct subject) from ( \
            select category, subject from event where project = $1 and at >= $2 and at < $3 \
            union all select $4, subject from span where project = $1 and at >= $2 and at < $3 and subject is not null \
            union all select $4, subject from log where project = $1 and at >= $2 and at < $3 and subject is not null \
            union all select $5, subject from occurrence where project = $1 and at >= $2 and at < $3 and subject is not null \
         ) as named group by 1",
    )
    .bind(project)
    .bind(now - Duration::days(DAYS))
    .bind(now)
    .bind(Category::Performance as i16)
    .bind(Category::Errors as i16)
    .fetch_all(&mut *transaction)
    .await?;
    for category in Category::ALL {
        let (records, people) = rows
            .iter()
            .find(|(of, ..)| *of == category as i16)
            .map_or((0, 0), |(_, records, people)| (*records, *people));
        sqlx::query(
            "insert into collected (project, category, records, people, counted_at) values ($1, $2, $3, $4, $5) \
             on conflict (project, category) do update set records = excluded.records, people = excluded.people, \
                                                           counted_at = excluded.counted_at",
        )
        .bind(project)
        .bind(category as i16)
        .bind(records)
        .bind(people)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

async fn count_decisions(transaction: &mut PgConnection, project: i32, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let bits: Vec<i16> = Category::ALL.into_iter().map(|category| i16::from(category.bit())).collect();
    let since = now.checked_sub_months(Months::new(MONTHS)).unwrap_or(now);
    let granted = "count(*) filter (where granted & bit <> 0 and denied & bit = 0)";
    let denied = "count(*) filter (where denied & bit <> 0)";
    let sql = format!(
        "with newest as (select distinct on (ref) granted, denied from consent where project = $1 and expires_at > $3 \
                         and decided_at <= $3 order by ref, decided_at desc, recorded_at desc), \
         counted as ( \
            select date '1970-01-01' as month, bit, {granted} as granted, {denied} as denied from newest, unnest($2::smallint[]) as bit group by 1, 2 \
            union all \
            select date_trunc('month', decided_at at time zone 'UTC')::date, bit, {granted}, {denied} from consent, unnest($2::smallint[]) as bit \
            where project = $1 and decided_at >= $4 and decided_at <= $3 group by 1, 2) \
         insert into shared (project, month, category, granted, denied, counted_at) \
         select $1, month, (log(2, bit))::smallint, granted, denied, $3 from counted"
    );
    sqlx::query("delete from shared where project = $1").bind(project).execute(&mut *transaction).await?;
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(project)
        .bind(&bits)
        .bind(now)
        .bind(since)
        .execute(&mut *transaction)
        .await?;
    // Without any decision there is still something to say: that it was counted.
    sqlx::query(
        "insert into shared (project, month, category, granted, denied, counted_at) \
         select $1, date '1970-01-01', 0, 0, 0, $2 where not exists (select from shared where project = $1)",
    )
    .bind(project)
    .bind(now)
    .execute(transaction)
    .await?;
    Ok(())
}
