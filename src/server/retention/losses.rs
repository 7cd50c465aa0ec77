//! What people keep that looks further back than the data will.

use super::rule::{CAP, Rules};
use crate::database::Database;
use crate::engine::calendar::period_of;
use crate::views::{FUNNEL, SavedPage, VIEW};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use parallax_domain::Address;
use parallax_domain::period::Range;
use serde_json::Value;

/// Of a page whose address names no range.
const USUAL: Range = Range::Days(28);

#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    pub id: i64,
    pub kind: String,
    pub name: String,
    /// None when the account is gone.
    pub owner: Option<String>,
    /// The first moment that it shows, as far as it is told.
    pub looks_back_to: DateTime<Utc>,
    /// Where it opens.
    pub address: Address,
}

/// Saved views that begin before the first day that stays: funnels by their saved answer, pages by their range.
pub async fn of_views(
    database: &Database,
    rules: &Rules,
    word: &str,
    first_kept: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<Loss>, sqlx::Error> {
    type Row = (i64, String, String, Option<String>, Option<DateTime<Utc>>, Value);
    let rows: Vec<Row> = sqlx::query_as(
        "select v.id, v.kind, v.name, a.name, (v.answer ->> 'from')::timestamptz, v.definition \
         from saved_view v left join account a on a.id = v.owner where v.project = $1 and v.removed_at is null order by v.name",
    )
    .bind(rules.project)
    .fetch_all(&database.admin)
    .await?;
    let first_kept = first_kept.and_time(NaiveTime::MIN).and_utc();
    let loss = |(id, kind, name, owner, answered_from, definition): Row| {
        let (looks_back_to, address) = if kind == FUNNEL {
            let address = Address::parse(&format!("/product/funnels/{id}"), "");
            (answered_from.filter(|_| concerns(word, "event"))?, address)
        } else {
            let page: SavedPage = serde_json::from_value(definition).ok()?;
            let address = page.address(rules.project).with(VIEW, &id.to_string());
            let fed = fed_by(&address.path)?;
            (start(address.range.as_ref(), now).filter(|_| concerns(word, fed))?, address)
        };
        (looks_back_to < first_kept).then_some(Loss { id, kind, name, owner, looks_back_to, address })
    };
    Ok(rows.into_iter().filter_map(loss).collect())
}

/// Whether a rule is about what a view is made of.
fn concerns(word: &str, fed: &str) -> bool {
    word == CAP || word.split('.').next() == Some(fed)
}

/// What a page is made of, in the words of rules; none for pages without a range.
fn fed_by(path: &str) -> Option<&'static str> {
    let begins = |some: &[&str]| some.iter().any(|start| path.starts_with(start));
    match path {
        _ if begins(&["/product", "/marketing", "/support", "/executive", "/explore/events"]) => Some("event"),
        _ if begins(&["/explore/logs"]) => Some("log"),
        _ if begins(&["/explore/traces"]) => Some("span"),
        _ if begins(&["/explore/metrics"]) => Some("metric"),
        _ if begins(&["/engineering"]) => Some("chunk"),
        _ => None,
    }
}

/// Where a page begins; none for a range that cannot be read.
fn start(range: Option<&Range>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    period_of(range.unwrap_or(&USUAL), Tz::UTC, now).ok().map(|period| period.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_begins_where_its_words_say() {
        let now: DateTime<Utc> = "2026-11-22T13:00:00Z".parse().unwrap();
        let of = |text: &str| start(Range::parse(text).as_ref(), now).unwrap().date_naive().to_string();
        assert_eq!(of("24h"), "2026-11-21");
        assert_eq!(of("90d"), "2026-08-25");
        assert_eq!(of("no range"), "2026-10-26");
        assert_eq!(of("month"), "2026-11-01");
        assert_eq!(of("2026-03-05..2026-04-01"), "2026-03-05");
    }

    #[test]
    fn a_view_loses_by_the_rule_of_what_it_is_made_of() {
        assert!(concerns("event.usage", "event") && concerns("cap", "log") && concerns("span", "span"));
        assert!(!concerns("log", "event") && !concerns("minute", "chunk"));
        assert_eq!(fed_by("/product/funnels"), Some("event"));
        assert_eq!(fed_by("/admin/keys"), None);
    }
}
