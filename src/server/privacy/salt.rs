//! Secrets of a day and of a week. What was keyed with one can be told apart within its period only; when it is gone,
//! nobody can find out any more who was meant, not even with the database and a guess of the identifier.
//!
//! The secret of the period before is kept for a day at most, so that a session that runs over midnight stays one.

use super::pseudonym::{self, Reference};
use crate::database::Database;
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// From midnight to midnight, UTC.
    Day,
    /// From Monday to Monday, UTC.
    Week,
}

impl Period {
    pub fn word(self) -> &'static str {
        match self {
            Period::Day => "day",
            Period::Week => "week",
        }
    }

    fn from_word(word: &str) -> Period {
        if word == "week" { Period::Week } else { Period::Day }
    }

    /// First day of the period that holds this instant.
    fn start(self, at: DateTime<Utc>) -> NaiveDate {
        let day = at.date_naive();
        match self {
            Period::Day => day,
            Period::Week => day - Duration::days(i64::from(day.weekday().num_days_from_monday())),
        }
    }

    fn length(self) -> Duration {
        match self {
            Period::Day => Duration::days(1),
            Period::Week => Duration::weeks(1),
        }
    }
}

/// How long after its end a secret is kept.
const KEPT: Duration = Duration::hours(24);
/// A pause that ends a session.
const PAUSE: Duration = Duration::minutes(30);
/// The next secret is made so long before it is needed, so that every process has it at midnight.
const AHEAD: Duration = Duration::minutes(10);
/// Visitors around midnight who are remembered; beyond them sessions split at midnight.
const MOST: usize = 200_000;

#[derive(Default)]
pub struct Salts {
    held: RwLock<HashMap<(Period, NaiveDate), [u8; 32]>>,
    /// Who was seen shortly before a change of secrets, under the old one, and when last.
    around_midnight: Mutex<HashMap<Reference, DateTime<Utc>>>,
}

impl Salts {
    /// The reference that `make` derives from the secret in force. None while there is none: what cannot be keyed by
    /// the period must not be keyed by anything that lasts longer.
    pub fn reference(
        &self,
        period: Period,
        now: DateTime<Utc>,
        make: impl Fn(&[u8; 32]) -> Reference,
    ) -> Option<Reference> {
        let start = period.start(now);
        let held = self.held.read();
        let since = now - start.and_time(NaiveTime::MIN).and_utc();
        if since < KEPT
            && let Some(before) = held.get(&(period, start - period.length()))
        {
            let reference = make(before);
            let mut seen = self.around_midnight.lock();
            if let Some(last) = seen.get_mut(&reference).filter(|last| now - **last <= PAUSE) {
                *last = (*last).max(now);
                return Some(reference);
            }
        }
        let reference = make(held.get(&(period, start))?);
        if period.length() - since <= PAUSE {
            let mut seen = self.around_midnight.lock();
            if seen.len() >= MOST {
                seen.retain(|_, last| now - *last <= PAUSE);
            }
            if seen.len() < MOST {
                seen.insert(reference, now);
            }
        }
        Some(reference)
    }

    #[cfg(test)]
    pub fn of_day(day: DateTime<Utc>, secret: [u8; 32]) -> Salts {
        let salts = Salts::default();
        salts.held.write().insert((Period::Day, day.date_naive()), secret);
        salts
    }

    /// Whether a reference can be made now.
    pub fn ready(&self, now: DateTime<Utc>) -> bool {
        let held = self.held.read();
        [Period::Day, Period::Week].into_iter().all(|period| held.contains_key(&(period, period.start(now))))
    }

    /// Makes the secrets that are needed, lets go of those that are over, and reads what other processes made.
    pub async fn follow(&self, database: &Database, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        let wanted: Vec<(Period, NaiveDate)> = [Period::Day, Period::Week]
            .into_iter()
            .flat_map(|period| [(period, period.start(now)), (period, period.start(now + AHEAD))])
            .collect();
        let oldest = |period: Period| (now - KEPT - period.length()).date_naive();
        let over = |(period, start): &(Period, NaiveDate)| {
            (*start + period.length()).and_time(NaiveTime::MIN).and_utc() + KEPT <= now
        };
        if wanted.iter().all(|wanted| self.held.read().contains_key(wanted)) && !self.held.read().keys().any(over) {
            return Ok(());
        }
        for (period, start) in &wanted {
            let secret = pseudonym::random_key().map_err(|error| sqlx::Error::Encode(error.into()))?;
            sqlx::query("insert into salt (period, starts, secret) values ($1, $2, $3) on conflict do nothing")
                .bind(period.word())
                .bind(start)
                .bind(secret.as_slice())
                .execute(&database.admin)
                .await?;
        }
        sqlx::query("delete from salt where starts <= case period when 'week' then $1::date else $2::date end")
            .bind(oldest(Period::Week))
            .bind(oldest(Period::Day))
            .execute(&database.admin)
            .await?;
        let rows: Vec<(String, NaiveDate, Vec<u8>)> =
            sqlx::query_as("select period, starts, secret from salt").fetch_all(&database.admin).await?;
        let fresh = rows.into_iter().filter_map(|(word, start, secret)| {
            Some(((Period::from_word(&word), start), <[u8; 32]>::try_from(secret).ok()?))
        });
        *self.held.write() = fresh.collect();
        self.around_midnight.lock().retain(|_, last| now - *last <= PAUSE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, day, hour, minute, 0).unwrap()
    }

    /// The secret itself stands for what is derived from it.
    fn first(secret: &[u8; 32]) -> Reference {
        std::array::from_fn(|index| secret[index])
    }

    fn salts(days: &[u32]) -> Salts {
        let salts = Salts::default();
        for day in days {
            salts.held.write().insert((Period::Day, at(*day, 0, 0).date_naive()), [*day as u8; 32]);
        }
        salts
    }

    #[test]
    fn an_identifier_changes_at_midnight() {
        let salts = salts(&[21, 22]);
        let today = salts.reference(Period::Day, at(22, 12, 0), first);
        assert_eq!(salts.reference(Period::Day, at(22, 20, 0), first), today);
        assert_ne!(salts.reference(Period::Day, at(21, 20, 0), first), today);
    }

    #[test]
    fn a_session_over_midnight_stays_one_and_a_pause_ends_it() {
        let salts = salts(&[21, 22]);
        let before = salts.reference(Period::Day, at(21, 23, 45), first);
        assert_eq!(salts.reference(Period::Day, at(22, 0, 10), first), before);
        assert_eq!(salts.reference(Period::Day, at(22, 0, 39), first), before, "each visit carries it on");
        assert_ne!(salts.reference(Period::Day, at(22, 1, 15), first), before);
    }

    #[test]
    fn without_a_secret_there_is_no_reference() {
        assert_eq!(salts(&[21]).reference(Period::Day, at(22, 12, 0), first), None);
        assert_eq!(Period::Week.start(at(22, 12, 0)), at(16, 0, 0).date_naive(), "weeks start on Monday");
    }
}
