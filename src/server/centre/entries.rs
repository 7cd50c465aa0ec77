//! What is recorded about a person, as a list that can be turned page by page.

use crate::database::fault::Told;
use crate::erasure::Scope;
use crate::erasure::export::told;
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use parallax_domain::{Category, Problem, Signal};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

/// Entries of one page.
pub const PAGE: i64 = 50;

/// Which kind of telemetry an entry is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Event,
    Request,
    Line,
    Exception,
}

impl Source {
    pub const ALL: [Source; 4] = [Source::Event, Source::Request, Source::Line, Source::Exception];

    pub fn word(self) -> &'static str {
        match self {
            Source::Event => "events",
            Source::Request => "requests",
            Source::Line => "lines",
            Source::Exception => "errors",
        }
    }

    pub fn parse(word: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.word() == word)
    }

    fn table(self) -> &'static str {
        match self {
            Source::Event => "event",
            Source::Request => "span",
            Source::Line => "log",
            Source::Exception => "occurrence",
        }
    }

    fn signal(self) -> Signal {
        match self {
            Source::Event => Signal::Event,
            Source::Request => Signal::Span,
            Source::Line | Source::Exception => Signal::Log,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub at: DateTime<Utc>,
    pub source: Source,
    pub category: Category,
    pub name: String,
    /// Exactly what is stored, without what is of the store alone.
    pub stored: Value,
}

/// One page, the newest first, before a moment.
pub async fn page(
    machine: &Machine,
    scope: &Scope,
    only: Option<Source>,
    before: Option<DateTime<Utc>>,
) -> Result<Vec<Entry>, Problem> {
    let before = before.unwrap_or(DateTime::<Utc>::MAX_UTC.min(machine.clock.now() + chrono::Duration::days(1)));
    let mut all = Vec::new();
    for source in Source::ALL.into_iter().filter(|source| only.is_none_or(|only| only == *source)) {
        let (name, category) = match source {
            Source::Event => ("name", "category"),
            Source::Request => ("operation", "2::smallint"),
            Source::Line => ("message", "2::smallint"),
            Source::Exception => ("message", "1::smallint"),
        };
        let sql = format!(
            "select at, {category}, {name}, jsonb_strip_nulls(to_jsonb(t) - '{{shard,project,seq,subject,anonymous,resource,flags,key,day}}'::text[]) \
             from {} t where project = $1 and subject = any($2) and at < $3 order by at desc fetch first $4 rows with ties",
            source.table()
        );
        let rows: Vec<(DateTime<Utc>, i16, String, Value)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(scope.project)
            .bind(&scope.subjects)
            .bind(before)
            .bind(PAGE)
            .fetch_all(&machine.database.admin)
            .await
            .told()?;
        all.extend(rows.into_iter().map(|(at, category, name, stored)| Entry {
            at,
            source,
            category: Category::from_number(category).unwrap_or(Category::Usage),
            name,
            stored: if source == Source::Exception { stored } else { told(source.signal(), stored) },
        }));
    }
    all.sort_by_key(|entry| (std::cmp::Reverse(entry.at), entry.source));
    all.truncate(ending(&all));
    Ok(all)
}

/// Where a page ends: entries of one moment are not torn apart, because the next page begins before that moment.
fn ending(all: &[Entry]) -> usize {
    let Some(last) = all.get(PAGE as usize - 1) else { return all.len() };
    all.iter().rposition(|entry| entry.at == last.at).map_or(all.len(), |at| at + 1)
}

/// How many entries there are of each kind, and of each category.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sources: BTreeMap<Source, i64>,
    pub categories: BTreeMap<Category, i64>,
    pub oldest: Option<DateTime<Utc>>,
}

impl Tally {
    pub fn all(&self) -> i64 {
        self.sources.values().sum()
    }
}

pub async fn tally(machine: &Machine, scope: &Scope) -> Result<Tally, Problem> {
    let mut tally = Tally::default();
    for source in Source::ALL {
        let category = match source {
            Source::Event => "category",
            Source::Request | Source::Line => "2::smallint",
            Source::Exception => "1::smallint",
        };
        let sql = format!(
            "select {category}, count(*), min(at) from {} where project = $1 and subject = any($2) group by 1",
            source.table()
        );
        let rows: Vec<(i16, i64, Option<DateTime<Utc>>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(scope.project)
            .bind(&scope.subjects)
            .fetch_all(&machine.database.admin)
            .await
            .told()?;
        for (category, count, oldest) in rows {
            *tally.sources.entry(source).or_default() += count;
            if let Some(category) = Category::from_number(category) {
                *tally.categories.entry(category).or_default() += count;
            }
            tally.oldest = oldest.into_iter().chain(tally.oldest).min();
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_between_two_moments() {
        let entry = |second: i64| Entry {
            at: DateTime::UNIX_EPOCH - chrono::Duration::seconds(second),
            source: Source::Event,
            category: Category::Usage,
            name: String::new(),
            stored: Value::Null,
        };
        let of = |seconds: &mut dyn Iterator<Item = i64>| ending(&seconds.map(entry).collect::<Vec<_>>());
        assert_eq!(of(&mut (0..20)), 20);
        assert_eq!(of(&mut (0..80)), PAGE as usize);
        assert_eq!(of(&mut (0..80).map(|n| n.min(48))), 80, "the rest is of one moment");
        assert_eq!(of(&mut (0..80).map(|n| if n < 49 { n } else { 49 + n / 60 })), 60);
    }

    #[test]
    fn sources_keep_their_words() {
        assert!(Source::ALL.iter().all(|source| Source::parse(source.word()) == Some(*source)));
        assert_eq!((Category::Errors as i16, Category::Performance as i16), (1, 2), "as the statements spell them");
    }
}
