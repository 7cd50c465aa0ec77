//! Log records: rows, exact counts, facets, patterns, and how they lie in time.

use super::Read;
use super::log_blocks::Blocks;
use super::log_lines::LogLine;
use super::requests::CellFilter;
use super::search::{self, Search};
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::projection::chunk::Kind;
use crate::projection::grouping;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::question::{Facet, FacetValue, Frame, Logs, LogsAnswer, Pattern};
use parallax_domain::{Filter, Op, Problem, Severity};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Counts are exact up to here.
const EXACT: i64 = 100_000;
/// Counting ends after so long a time, and says so.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// Blocks that are counted with one statement.
const COUNTED_AT_ONCE: usize = 64;
/// Blocks that the first statement for the newest rows reads, and how many times as many the next one does.
pub(super) const READ_AT_ONCE: usize = 2;
pub(super) const READ_GROWTH: usize = 6;
/// Rows that patterns are made from.
const SAMPLE: i64 = 2_000;
const MOST: usize = 1_000;
/// Fields whose values are counted, in the order of the query's places.
const FACETS: [&str; 5] = ["level", "service", "host", "environment", "version"];
const OF_A_FACET: usize = 20;

/// Whether a search looks into what was written, rather than only at level, service, host and trace.
pub fn reads_text(search: &str) -> Result<bool, Problem> {
    Ok(search::parse(search)?.reads_text())
}

/// Records by level in each bucket.
pub struct Histogram {
    /// `roll-up` or `raw`.
    pub source: &'static str,
    pub levels: BTreeMap<Severity, Vec<i64>>,
}

/// Lines of a page, and what is known of all that fit.
pub struct LogPage {
    pub lines: Vec<LogLine>,
    /// Of all that fit; if not [`LogPage::is_exact`], there are at least so many.
    pub total: i64,
    /// Whether all that fit were counted.
    pub all: bool,
    pub patterns: Vec<Pattern>,
    pub facets: Vec<Facet>,
    /// Begins the next, older page.
    pub next: Option<String>,
}

impl LogPage {
    pub fn is_exact(&self) -> bool {
        self.all
    }
}

impl Store {
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question logs", otel.kind = "client"))]
    pub async fn logs(&self, look: &mut Look, frame: &Frame, asked: &Logs) -> Result<Read<LogsAnswer>, Problem> {
        let page = self.log_page(look, frame, asked).await?;
        let total = page.total;
        let answer = LogsAnswer {
            total: page.is_exact().then_some(total),
            total_at_least: (!page.is_exact()).then_some(total),
            rows: page.lines.into_iter().map(|line| line.row).collect(),
            patterns: page.patterns,
            facets: page.facets,
            next: page.next,
        };
        let read = Read::raw(answer, total);
        Ok(if page.all { read } else { read.sampled() })
    }

    /// The same with everything that a page shows of a line.
    pub async fn log_page(&self, look: &mut Look, frame: &Frame, asked: &Logs) -> Result<LogPage, Problem> {
        let search = search::parse(&asked.search)?;
        let limit = asked.limit.clamp(1, MOST);
        let blocks = self.log_blocks(look, frame.period(), &search).await?;
        let after = asked.after.as_deref();
        let mut lines = self.log_lines_in(look, frame, &search, &blocks, after, limit as i64 + 1).await?;
        let more = lines.len() > limit;
        lines.truncate(limit);
        let next = lines.last().filter(|_| more).map(|line| line.key.clone());
        let counted = self.count_logs(look, frame, &search, &blocks).await?;
        let patterns = self.log_patterns(look, frame, &search, &blocks).await?;
        Ok(LogPage { lines, total: counted.total, all: counted.all, patterns, facets: counted.facets, next })
    }

    /// How many records fit, and how many of them have each value: of all, as far as there are not too many.
    async fn count_logs(
        &self,
        look: &mut Look,
        frame: &Frame,
        search: &Search,
        blocks: &Blocks,
    ) -> Result<Counted, Problem> {
        type Row = (i16, Option<String>, Option<String>, Option<String>, Option<String>, i64);
        let mut counts: [HashMap<Option<String>, i64>; FACETS.len()] = Default::default();
        let (mut total, mut all) = (0, true);
        let since = Instant::now();
        for group in blocks.groups(COUNTED_AT_ONCE, 1) {
            if total > EXACT || since.elapsed() > PATIENCE {
                all = false;
                break;
            }
            let mut query =
                QueryBuilder::new("select severity, service, host, environment, version, count(*) from log ");
            push_where(&mut query, look.project, frame, search)?;
            group.push(&mut query);
            query.push(" group by 1, 2, 3, 4, 5");
            let rows: Vec<Row> =
                query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
            for (severity, service, host, environment, version, count) in rows {
                total += count;
                let level = Severity::from_number(severity).map(|severity| severity.word().to_owned());
                for (counts, value) in counts.iter_mut().zip([level, service, host, environment, version]) {
                    *counts.entry(value).or_default() += count;
                }
            }
        }
        Ok(Counted { total, all: all && total <= EXACT, facets: facets(counts) })
    }

    /// Messages with their changing parts replaced, counted over the newest rows.
    async fn log_patterns(
        &self,
        look: &mut Look,
        frame: &Frame,
        search: &Search,
        blocks: &Blocks,
    ) -> Result<Vec<Pattern>, Problem> {
        let mut rows: Vec<(i16, String)> = Vec::new();
        for group in blocks.groups(READ_AT_ONCE, READ_GROWTH) {
            let mut query = QueryBuilder::new("select severity, left(message, 400) from log ");
            push_where(&mut query, look.project, frame, search)?;
            group.push(&mut query);
            query.push(" order by at desc limit ").push_bind(SAMPLE - rows.len() as i64);
            let found: Vec<(i16, String)> =
                query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
            rows.extend(found);
            if rows.len() as i64 >= SAMPLE {
                break;
            }
        }
        let mut counts: HashMap<(String, Severity), i64> = HashMap::new();
        for (severity, message) in rows {
            let level = Severity::from_number(severity).unwrap_or(Severity::Info);
            *counts.entry((grouping::template(message.lines().next().unwrap_or_default()), level)).or_insert(0) += 1;
        }
        let mut patterns: Vec<Pattern> =
            counts.into_iter().map(|((template, level), count)| Pattern { template, level, count }).collect();
        patterns.sort_by(|a, b| (b.count, &a.template, b.level).cmp(&(a.count, &b.template, a.level)));
        patterns.truncate(50);
        Ok(patterns)
    }

    /// From the roll-up where it can tell, else from the rows.
    pub async fn log_histogram(
        &self,
        look: &mut Look,
        frame: &Frame,
        text: &str,
        buckets: &Buckets,
    ) -> Result<Histogram, Problem> {
        let search = search::parse(text)?;
        let mut levels: BTreeMap<Severity, Vec<i64>> = BTreeMap::new();
        if let (Search::Everything, Ok(filter)) = (&search, CellFilter::of(&frame.filters, "level")) {
            let table = self
                .cells(look, Kind::Logs, frame.period(), buckets, &filter, |words| {
                    words[1].and_then(Severity::from_word).unwrap_or(Severity::Info)
                })
                .await?;
            for (level, cells) in table {
                levels.insert(level, cells.iter().map(|cell| cell.count as i64).collect());
            }
            return Ok(Histogram { source: "roll-up", levels });
        }
        let blocks = self.log_blocks(look, frame.period(), &search).await?;
        if blocks.is_empty() {
            return Ok(Histogram { source: "raw", levels });
        }
        let edges: Vec<DateTime<Utc>> = buckets.labels();
        let mut query = QueryBuilder::new("select severity, width_bucket(at, ");
        query.push_bind(&edges).push("::timestamptz[]) - 1 as bucket, count(*) from log ");
        push_where(&mut query, look.project, frame, &search)?;
        blocks.all().push(&mut query);
        query.push(" group by 1, 2");
        let rows: Vec<(i16, i32, i64)> =
            query.build_query_as().persistent(false).fetch_all(&mut *look.connection).await.told()?;
        for (severity, bucket, count) in rows {
            let level = Severity::from_number(severity).unwrap_or(Severity::Info);
            let counts = levels.entry(level).or_insert_with(|| vec![0; buckets.len()]);
            if let Some(cell) = usize::try_from(bucket).ok().and_then(|bucket| counts.get_mut(bucket)) {
                *cell += count;
            }
        }
        Ok(Histogram { source: "raw", levels })
    }
}

/// Names a row, so that the next page begins behind it.
pub(super) fn cursor(at: DateTime<Utc>, seq: i64) -> String {
    format!("{}~{seq}", at.timestamp_micros())
}

pub(super) fn position(cursor: &str) -> Option<(DateTime<Utc>, i64)> {
    let (at, seq) = cursor.split_once('~')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, seq.parse().ok()?))
}

pub(super) fn push_after(query: &mut QueryBuilder<Postgres>, after: Option<&str>) -> Result<(), Problem> {
    let Some(after) = after else { return Ok(()) };
    let (at, seq) =
        position(after).ok_or_else(|| Problem::invalid("after", "This is no cursor of an earlier page."))?;
    query
        .push(" and at <= ")
        .push_bind(at)
        .push(" and (at, seq) < (")
        .push_bind(at)
        .push(", ")
        .push_bind(seq)
        .push(")");
    Ok(())
}

pub(super) fn push_where(
    query: &mut QueryBuilder<Postgres>,
    project: i32,
    frame: &Frame,
    search: &Search,
) -> Result<(), Problem> {
    query.push("where project = ").push_bind(project);
    query.push(" and at >= ").push_bind(frame.from).push(" and at < ").push_bind(frame.to);
    for filter in &frame.filters {
        query.push(" and ");
        push_filter(query, filter)?;
    }
    query.push(" and (");
    search.push(query);
    query.push(")");
    Ok(())
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) -> Result<(), Problem> {
    push_condition(query, filter, &|query| match filter.field.as_str() {
        column @ ("service" | "host" | "version" | "environment") => {
            query.push(column);
        }
        "level" => {
            query.push("(array['trace', 'debug', 'info', 'warn', 'error', 'fatal'])[severity + 1]");
        }
        other => {
            let name = other.strip_prefix("properties.").unwrap_or(other).to_owned();
            query.push("attributes ->> ").push_bind(name);
        }
    })
}

/// Contract rule Q3 on whatever text `field` writes.
pub(super) fn push_condition(
    query: &mut QueryBuilder<Postgres>,
    filter: &Filter,
    field: &dyn Fn(&mut QueryBuilder<Postgres>),
) -> Result<(), Problem> {
    if filter.op.takes_values() && filter.values.is_empty() {
        return Err(Problem::invalid("filters", format!("The filter on {:?} needs a value.", filter.field)));
    }
    let patterns: Vec<String> = filter.values.iter().map(|value| search::like(value)).collect();
    query.push("(");
    match filter.op {
        Op::Is => {
            field(query);
            query.push(" = any(").push_bind(filter.values.clone()).push(")");
        }
        Op::IsNot => {
            query.push("not coalesce(");
            field(query);
            query.push(" = any(").push_bind(filter.values.clone()).push("), false)");
        }
        Op::Contains => {
            field(query);
            query.push(" ilike any(").push_bind(patterns).push(")");
        }
        Op::NotContains => {
            query.push("not coalesce(");
            field(query);
            query.push(" ilike any(").push_bind(patterns).push("), false)");
        }
        Op::Set => {
            field(query);
            query.push(" is not null");
        }
        Op::NotSet => {
            field(query);
            query.push(" is null");
        }
        Op::Gt | Op::Gte | Op::Lt | Op::Lte => {
            let numbers: Option<Vec<f64>> = filter.values.iter().map(|value| value.trim().parse().ok()).collect();
            let numbers =
                numbers.ok_or_else(|| Problem::invalid("filters", format!("{:?} needs a number.", filter.field)))?;
            let sign = match filter.op {
                Op::Gt => " > ",
                Op::Gte => " >= ",
                Op::Lt => " < ",
                _ => " <= ",
            };
            // Text that is no number never matches and never fails.
            query.push("case when ");
            field(query);
            query.push(" ~ '^-?[0-9]{1,15}(\\.[0-9]{1,15})?$' then (");
            field(query);
            query.push(")::float8").push(sign).push("any(").push_bind(numbers).push(") else false end");
        }
    }
    query.push(")");
    Ok(())
}

/// What was counted of the records that fit.
struct Counted {
    total: i64,
    all: bool,
    facets: Vec<Facet>,
}

/// Of every field the most frequent values, in the order of [`FACETS`].
fn facets(counts: [HashMap<Option<String>, i64>; FACETS.len()]) -> Vec<Facet> {
    let of = |(field, counts): (&&str, HashMap<Option<String>, i64>)| {
        let mut values: Vec<FacetValue> =
            counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        values.truncate(OF_A_FACET);
        Facet { field: (*field).to_owned(), values }
    };
    FACETS.iter().zip(counts).map(of).collect()
}

/// Attributes as words: what is nested stays JSON text.
pub fn flat(json: Option<Value>) -> BTreeMap<String, String> {
    let Some(Value::Object(members)) = json else { return BTreeMap::new() };
    members
        .into_iter()
        .map(|(key, value)| match value {
            Value::String(text) => (key, text),
            other => (key, other.to_string()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facets_keep_what_was_not_told_and_begin_with_the_most_frequent() {
        let of = |values: &[(Option<&str>, i64)]| -> HashMap<Option<String>, i64> {
            values.iter().map(|(value, count)| (value.map(str::to_owned), *count)).collect()
        };
        let facets = facets([of(&[(Some("error"), 7)]), of(&[(None, 2), (Some("web"), 5)]), of(&[]), of(&[]), of(&[])]);
        let values = |field: &str| facets.iter().find(|facet| facet.field == field).unwrap().values.clone();
        assert_eq!(values("level"), [FacetValue { value: Some("error".into()), count: 7 }]);
        assert_eq!(values("service")[1], FacetValue { value: None, count: 2 });
        assert!(values("host").is_empty());
    }

    #[test]
    fn a_cursor_survives_its_spelling_and_nonsense_is_none() {
        let at = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        assert_eq!(position(&cursor(at, -3)), Some((at, -3)));
        for text in ["", "1", "~", "x~1", "1~x", "99999999999999999999~1"] {
            assert_eq!(position(text), None, "{text}");
        }
    }
}
