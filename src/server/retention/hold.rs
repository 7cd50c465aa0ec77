//! Legal holds: what must not be deleted, whatever the rules say. They are read inside the transaction that deletes, so a
//! hold that was placed a moment before wins.

use chrono::{DateTime, NaiveDate, Utc};
use parallax_domain::{Category, Signal};
use sqlx::PgConnection;

/// A hold is looked at again at least this often (days).
pub const LONGEST_REVIEW: i64 = 180;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Hold {
    pub id: i64,
    pub project: i32,
    pub name: String,
    pub reason: String,
    pub owner: String,
    /// None: of every signal.
    pub signal: Option<String>,
    /// Only events have one.
    pub category: Option<i16>,
    pub from: Option<DateTime<Utc>>,
    /// Exclusive.
    pub to: Option<DateTime<Utc>>,
    /// Numbers of one person's subjects; none: of everybody.
    pub subjects: Option<Vec<i32>>,
    pub review_at: NaiveDate,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    pub released_at: Option<DateTime<Utc>>,
    pub released_by: Option<String>,
}

pub const COLUMNS: &str = "id, project, name, reason, owner, signal, category, \"from\", \"to\", subjects, review_at, made_by, made_at, \
                           released_at, released_by";

/// Holds in force of a project.
pub async fn in_force(connection: &mut PgConnection, project: i32) -> Result<Vec<Hold>, sqlx::Error> {
    let sql = format!("select {COLUMNS} from hold where project = $1 and released_at is null order by id");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(connection).await
}

/// Keeps new holds out until the transaction ends, then reads those in force.
pub async fn lock(transaction: &mut PgConnection, project: i32) -> Result<Vec<Hold>, sqlx::Error> {
    sqlx::query("lock table hold in share mode").execute(&mut *transaction).await?;
    in_force(transaction, project).await
}

impl Hold {
    /// Whether rows of this signal and day can be under it.
    pub fn touches(&self, signal: Signal, day: NaiveDate) -> bool {
        let (start, end) = bounds(day);
        self.condition(signal).is_some()
            && self.from.is_none_or(|from| from < end)
            && self.to.is_none_or(|to| to > start)
    }

    /// Whether an event of a timeline is under it. A timeline does not know the anonymous half of an event.
    pub fn keeps_event(&self, category: u8, at: DateTime<Utc>, subject: u32) -> bool {
        self.condition(Signal::Event).is_some()
            && self.category.is_none_or(|own| own == i16::from(category))
            && self.subjects.as_ref().is_none_or(|all| all.iter().any(|own| *own as u32 == subject))
            && self.from.is_none_or(|from| at >= from)
            && self.to.is_none_or(|to| at < to)
    }

    /// Which rows of a signal's tables are under it, as a condition of SQL; none when no row can be.
    pub fn condition(&self, signal: Signal) -> Option<String> {
        if self.signal.as_deref().is_some_and(|word| word != signal.word()) {
            return None;
        }
        let mut parts = Vec::new();
        if let Some(category) = self.category {
            if signal != Signal::Event || Category::from_number(category).is_none() {
                return None;
            }
            parts.push(format!("category = {category}"));
        }
        if let Some(subjects) = &self.subjects {
            if signal == Signal::Metric {
                return None;
            }
            let numbers: Vec<String> = subjects.iter().map(i32::to_string).collect();
            parts.push(format!(
                "(subject = any('{{{0}}}'::int[]) or anonymous = any('{{{0}}}'::int[]))",
                numbers.join(",")
            ));
        }
        parts.extend(self.from.map(|from| format!("at >= '{}'", from.to_rfc3339())));
        parts.extend(self.to.map(|to| format!("at < '{}'", to.to_rfc3339())));
        // A row without the column is not under a hold about it: unknown counts as no.
        Some(if parts.is_empty() { "true".to_owned() } else { format!("coalesce({}, false)", parts.join(" and ")) })
    }
}

fn bounds(day: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let start = day.and_time(chrono::NaiveTime::MIN).and_utc();
    (start, start + chrono::Duration::days(1))
}

/// Rows of a signal that any of these holds keeps.
pub fn kept(holds: &[Hold], signal: Signal) -> String {
    let all: Vec<String> = holds.iter().filter_map(|hold| hold.condition(signal)).collect();
    if all.is_empty() { "false".to_owned() } else { format!("({})", all.join(" or ")) }
}

/// Copies the rows of a table that are under a hold to where only the release of the hold finds them; their number.
pub async fn copy(
    transaction: &mut PgConnection,
    holds: &[Hold],
    signal: Signal,
    table: &str,
    rows: &str,
    erasure: Option<i64>,
) -> Result<i64, sqlx::Error> {
    let subject = if signal == Signal::Metric { "null::int" } else { "subject" };
    let mut copied = 0;
    for hold in holds {
        let Some(condition) = hold.condition(signal) else { continue };
        let sql = format!(
            "insert into held (hold, project, signal, seq, at, subject, row, erasure) \
             select $1, project, $2, seq, at, {subject}, to_jsonb(t), $3 from {table} t where ({condition}) and ({rows}) \
             on conflict (hold, signal, seq) do update set erasure = coalesce(held.erasure, excluded.erasure)"
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(hold.id)
            .bind(signal.word())
            .bind(erasure)
            .execute(&mut *transaction)
            .await?;
        copied += done.rows_affected() as i64;
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold() -> Hold {
        Hold {
            id: 1,
            project: 1,
            name: "Case 2026-07".into(),
            reason: "payment fault".into(),
            owner: "legal@shop.example".into(),
            signal: None,
            category: None,
            from: None,
            to: None,
            subjects: None,
            review_at: "2026-12-31".parse().unwrap(),
            made_by: "ada@shop.example".into(),
            made_at: DateTime::UNIX_EPOCH,
            released_at: None,
            released_by: None,
        }
    }

    #[test]
    fn a_hold_without_bounds_keeps_everything() {
        assert!(Signal::ALL.iter().all(|signal| hold().condition(*signal).as_deref() == Some("true")));
    }

    #[test]
    fn a_hold_about_a_person_or_a_category_leaves_what_has_none() {
        let person = Hold { subjects: Some(vec![3, 5]), ..hold() };
        assert_eq!(person.condition(Signal::Metric), None);
        assert!(person.condition(Signal::Log).unwrap().contains("'{3,5}'"));
        let category = Hold { category: Some(Category::Marketing as i16), ..hold() };
        assert_eq!(category.condition(Signal::Log), None);
        assert!(category.condition(Signal::Event).unwrap().contains("category = 5"));
        assert_eq!(Hold { signal: Some("span".into()), ..hold() }.condition(Signal::Log), None);
    }

    #[test]
    fn a_hold_touches_the_days_of_its_time_and_no_others() {
        let some = Hold {
            from: Some("2026-11-19T10:00:00Z".parse().unwrap()),
            to: Some("2026-11-21T00:00:00Z".parse().unwrap()),
            ..hold()
        };
        let touches = |day: &str| some.touches(Signal::Log, day.parse().unwrap());
        assert_eq!(["2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21"].map(touches), [false, true, true, false]);
    }

    #[test]
    fn without_holds_no_row_is_kept() {
        assert_eq!(kept(&[], Signal::Log), "false");
        assert_eq!(kept(&[Hold { signal: Some("span".into()), ..hold() }], Signal::Log), "false");
    }
}
