//! What has arrived, and what became of it: from the accounts that every batch leaves behind.

use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::{Accounting, Period, Problem, Signal};

/// Records of one signal.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub signal: Signal,
    /// Stored, ever.
    pub stored: i64,
    /// Stored per bucket.
    pub course: Vec<i64>,
    /// Minutes of receipt.
    pub first: Option<DateTime<Utc>>,
    pub last: Option<DateTime<Utc>>,
}

/// What one sender gave in a period.
#[derive(Clone, Debug)]
pub struct Source {
    /// 0 is Parallax itself.
    pub key: i32,
    pub name: String,
    pub kind: String,
    pub signals: Vec<Signal>,
    pub account: Accounting,
    pub last: DateTime<Utc>,
}

impl Store {
    /// Every signal with what was stored of it, by minute of receipt.
    pub async fn arrivals(&self, look: &Look, period: Period, buckets: &Buckets) -> Result<Vec<Arrival>, Problem> {
        let totals: Vec<(i16, i64, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
            "select signal, sum(stored)::bigint, min(minute), max(minute) from accounting where project = $1 and stored > 0 group by 1",
        )
        .bind(look.project)
        .fetch_all(&self.database.admin)
        .await
        .told()?;
        let minutes: Vec<(i16, DateTime<Utc>, i64)> = sqlx::query_as(
            "select signal, minute, sum(stored)::bigint from accounting where project = $1 and minute >= $2 and minute < $3 group by 1, 2",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .fetch_all(&self.database.admin)
        .await
        .told()?;
        let mut arrivals: Vec<Arrival> = Signal::ALL
            .into_iter()
            .map(|signal| {
                let total = totals.iter().find(|(number, ..)| *number == signal as i16);
                Arrival {
                    signal,
                    stored: total.map_or(0, |(_, stored, ..)| *stored),
                    course: vec![0; buckets.len()],
                    first: total.map(|(_, _, first, _)| *first),
                    last: total.map(|(_, _, _, last)| *last),
                }
            })
            .collect();
        for (signal, minute, stored) in minutes {
            let place = arrivals.iter_mut().find(|arrival| arrival.signal as i16 == signal);
            if let (Some(arrival), Some(bucket)) = (place, buckets.index_of(minute.timestamp_millis())) {
                arrival.course[bucket] += stored;
            }
        }
        Ok(arrivals)
    }

    /// What each sender gave in a period, the largest first.
    pub async fn sources(&self, look: &Look, period: Period) -> Result<Vec<Source>, Problem> {
        type Row = (i32, String, String, Vec<i16>, i64, i64, i64, i64, i64, i64, DateTime<Utc>);
        let rows: Vec<Row> = sqlx::query_as(
            "select a.key, coalesce(k.name, ''), coalesce(k.kind, ''), array_agg(distinct a.signal), \
                    sum(a.received)::bigint, sum(a.stored)::bigint, sum(a.duplicate)::bigint, sum(a.rejected)::bigint, \
                    sum(a.dropped)::bigint, sum(a.quarantined)::bigint, max(a.minute) \
             from accounting a left join api_key k on k.id = a.key and k.project = a.project \
             where a.project = $1 and a.minute >= $2 and a.minute < $3 group by 1, 2, 3 order by 5 desc, 1",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .fetch_all(&self.database.admin)
        .await
        .told()?;
        let told =
            |(key, name, kind, signals, received, stored, duplicate, rejected, dropped, quarantined, last): Row| {
                Source {
                    key,
                    name,
                    kind,
                    signals: signals.into_iter().filter_map(Signal::from_number).collect(),
                    account: Accounting { received, stored, duplicate, rejected, dropped, quarantined },
                    last,
                }
            };
        Ok(rows.into_iter().map(told).collect())
    }
}
