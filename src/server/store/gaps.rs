//! Stretches of a period of which nothing is known, and why: expired, or nothing came.

use super::{Look, Store};
use crate::database::fault::Told;
use crate::projection::chunk::Kind;
use crate::projection::delta::HOUR_GRAIN;
use crate::projection::timeline::CORE;
use crate::retention::rule::Rules;
use crate::store::rows::shard;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use parallax_domain::quality::Gap;
use parallax_domain::{Instant, Period, Problem};

const EXPIRED: &str = "expired by retention";
const NOTHING: &str = "nothing received";
/// More would say no more.
const MOST: usize = 50;

impl Store {
    /// Days (UTC) of the period without any record of this kind, as far as the period is over.
    pub async fn gaps(&self, look: &mut Look, kind: Kind, period: Period) -> Result<Vec<Gap>, Problem> {
        let to = period.to.min(look.fresh_as_of);
        if period.from >= to {
            return Ok(Vec::new());
        }
        let signal = if kind == Kind::Timeline { "event" } else { "chunk" };
        let mut settings = self.database.admin.acquire().await.told()?;
        let rules = Rules::load(&mut settings, look.project).await.told()?;
        drop(settings);
        let known: Vec<DateTime<Utc>> = sqlx::query_scalar(
            "select distinct period from chunk where shard = $1 and project = $2 and kind = $3 and period >= $4 and period < $5 \
             and ($3 <> 1 or part in ('*', $6)) and ($3 not in (2, 3, 4) or part = $7) order by 1",
        )
        .bind(shard(look.project))
        .bind(look.project)
        .bind(kind as i16)
        .bind(midnight(period.from.date_naive()))
        .bind(to)
        .bind(CORE)
        .bind(HOUR_GRAIN)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let known: Vec<NaiveDate> = known.into_iter().map(|period| period.date_naive()).collect();
        Ok(between(&known, Period { from: period.from, to }, midnight(rules.oldest_kept(signal, look.fresh_as_of))))
    }
}

fn midnight(day: NaiveDate) -> Instant {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Runs of days that are not known, cut where retention has taken what was there.
fn between(known: &[NaiveDate], period: Period, kept_from: Instant) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut day = period.from.date_naive();
    while midnight(day) < period.to && gaps.len() < MOST {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        if known.binary_search(&day).is_err() {
            let (from, to) = (midnight(day).max(period.from), midnight(next).min(period.to));
            let cause = if from < kept_from { EXPIRED } else { NOTHING };
            match gaps.last_mut() {
                Some(last) if last.to == from && last.cause == cause => last.to = to,
                _ => gaps.push(Gap { from, to, cause: cause.to_owned() }),
            }
        }
        if next == NaiveDate::MAX {
            break;
        }
        day = next;
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_expired_is_told_apart_from_what_never_came() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let period = Period { from: at("2026-01-01T06:00:00Z"), to: at("2026-01-07T12:00:00Z") };
        let gaps = between(&[day("2026-01-04"), day("2026-01-05")], period, at("2026-01-03T00:00:00Z"));
        let told: Vec<(String, String, &str)> = gaps
            .iter()
            .map(|gap| (gap.from.to_rfc3339(), gap.to.to_rfc3339(), gap.cause.as_str()))
            .map(|(from, to, cause)| (from[5..13].to_owned(), to[5..13].to_owned(), cause))
            .collect();
        let of = |from: &str, to: &str, cause| (from.to_owned(), to.to_owned(), cause);
        assert_eq!(
            told,
            [
                of("01-01T06", "01-03T00", EXPIRED),
                of("01-03T00", "01-04T00", NOTHING),
                of("01-06T00", "01-07T12", NOTHING)
            ]
        );
        let whole: Vec<NaiveDate> = (1..8).map(|n| day(&format!("2026-01-0{n}"))).collect();
        assert!(between(&whole, period, at("2026-01-03T00:00:00Z")).is_empty());
    }
}
