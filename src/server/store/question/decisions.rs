//! The ledger of decisions over time. People who refuse are in it like all others.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use futures_util::TryStreamExt;
use parallax_domain::{Category, Instant, Problem};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Decisions of one day about one category, as they were made.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Of the project's zone.
    pub day: NaiveDate,
    pub category: Category,
    /// `web`, `ios`, …; empty where it was not told.
    pub platform: String,
    /// Of the app.
    pub version: String,
    pub denied: u64,
    pub decided: u64,
}

/// What held at the end of a day for everybody who had decided until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    pub denied: u64,
    pub decided: u64,
}

/// The newest decisions, for reading: no person, no receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRow {
    pub at: DateTime<Utc>,
    /// Bits of categories.
    pub granted: u8,
    pub denied: u8,
    pub policy: String,
    pub source: String,
    pub region: String,
    pub platform: String,
    pub language: String,
}

/// How many decisions came from where.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Source {
    pub source: String,
    pub decisions: i64,
}

impl Store {
    /// Decisions per day, category, platform and version since `from`.
    pub async fn decision_flow(&self, look: &mut Look, zone: Tz, from: Instant) -> Result<Vec<Flow>, Problem> {
        let (categories, bits) = switched();
        let rows: Vec<(NaiveDate, i16, String, String, i64, i64)> = sqlx::query_as(
            "select (decided_at at time zone $3)::date as day, bit, platform, version, \
                    count(*) filter (where denied & bit <> 0), count(*) \
             from consent cross join unnest($4::smallint[]) as bit \
             where project = $1 and decided_at >= $2 and (granted | denied) & bit <> 0 group by 1, 2, 3, 4 order by 1",
        )
        .bind(look.project)
        .bind(from)
        .bind(zone.name())
        .bind(&bits)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let category = |bit: i16| categories.iter().copied().find(|category| i16::from(category.bit()) == bit);
        Ok(rows
            .into_iter()
            .filter_map(|(day, bit, platform, version, denied, decided)| {
                let (denied, decided) = (denied as u64, decided as u64);
                Some(Flow { day, category: category(bit)?, platform, version, denied, decided })
            })
            .collect())
    }

    /// What held at the end of each day since `from`: the newest decision of each person and category until then.
    pub async fn decision_stock(
        &self,
        look: &mut Look,
        zone: Tz,
        from: NaiveDate,
    ) -> Result<BTreeMap<(Category, NaiveDate), Stock>, Problem> {
        let mut rows = sqlx::query_as::<_, (NaiveDate, Uuid, i16, i16)>(
            "select (decided_at at time zone $2)::date, ref, granted, denied from consent where project = $1 \
             order by decided_at, recorded_at",
        )
        .bind(look.project)
        .bind(zone.name())
        .fetch(&mut *look.connection);
        let (categories, _) = switched();
        // Bits of what each person agreed to and refused so far, and how many there are of each.
        let mut people: HashMap<Uuid, (u8, u8)> = HashMap::new();
        let mut now: BTreeMap<Category, Stock> = BTreeMap::new();
        let mut days: BTreeMap<(Category, NaiveDate), Stock> = BTreeMap::new();
        while let Some((day, person, granted, denied)) = rows.try_next().await.told()? {
            let known = people.entry(person).or_default();
            for category in &categories {
                let bit = category.bit();
                let denies = denied as u8 & bit != 0;
                if !denies && granted as u8 & bit == 0 {
                    continue;
                }
                let stock = now.entry(*category).or_default();
                let (had_decided, had_denied) = ((known.0 | known.1) & bit != 0, known.1 & bit != 0);
                stock.decided += u64::from(!had_decided);
                stock.denied = stock.denied + u64::from(denies) - u64::from(had_denied);
                *known = if denies { (known.0 & !bit, known.1 | bit) } else { (known.0 | bit, known.1 & !bit) };
                days.insert((*category, day.max(from)), *stock);
            }
        }
        Ok(days)
    }

    /// The newest decisions first.
    pub async fn newest_decisions(&self, look: &mut Look, limit: i64) -> Result<Vec<DecisionRow>, Problem> {
        type Row = (DateTime<Utc>, i16, i16, String, String, String, String, String);
        let rows: Vec<Row> = sqlx::query_as(
            "select decided_at, granted, denied, policy, source, region, platform, language from consent where project = $1 \
             order by decided_at desc limit $2",
        )
        .bind(look.project)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        Ok(rows
            .into_iter()
            .map(|(at, granted, denied, policy, source, region, platform, language)| DecisionRow {
                at,
                granted: granted as u8,
                denied: denied as u8,
                policy,
                source,
                region,
                platform,
                language,
            })
            .collect())
    }

    /// Where decisions since `from` came from, and under which version of the notice.
    pub async fn decision_sources(
        &self,
        look: &mut Look,
        from: Instant,
    ) -> Result<(Vec<Source>, Vec<Source>), Problem> {
        let by = |column: &str| {
            format!(
                "select {column} as source, count(*) as decisions from consent where project = $1 and decided_at >= $2 \
                 group by 1 order by 2 desc, 1 limit 20"
            )
        };
        let mut read = Vec::new();
        for column in ["source", "policy"] {
            let rows: Vec<Source> = sqlx::query_as(sqlx::AssertSqlSafe(by(column)))
                .bind(look.project)
                .bind(from)
                .fetch_all(&mut *look.connection)
                .await
                .told()?;
            read.push(rows);
        }
        let versions = read.pop().unwrap_or_default();
        Ok((read.pop().unwrap_or_default(), versions))
    }
}

/// The categories that can be refused, and their bits.
fn switched() -> (Vec<Category>, Vec<i16>) {
    let categories: Vec<Category> =
        Category::ALL.into_iter().filter(|category| *category != Category::Essential).collect();
    let bits = categories.iter().map(|category| i16::from(category.bit())).collect();
    (categories, bits)
}
