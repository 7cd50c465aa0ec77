//! Metrics: values of series over time (contract rules G2, G10).

use super::Read;
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::engine::statistics;
use crate::projection::chunk::Kind;
use crate::projection::points::{Point, Points};
use crate::store::chunks::{Joined, Known, bodies, inventory};
use crate::store::rollups::damaged;
use crate::store::{Look, Store};
use parallax_domain::question::{Aggregate, Figure, Frame, MetricLine, Metrics, MetricsAnswer};
use parallax_domain::{Filter, Op, Period, Problem};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const DAY: i64 = 86_400;

/// A series as it is known to the catalogue of series.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SeriesRow {
    pub id: i32,
    pub name: String,
    pub unit: String,
    pub kind: i16,
    pub cumulative: bool,
    pub monotonic: bool,
    pub service: Option<String>,
    pub host: Option<String>,
    pub labels: sqlx::types::Json<BTreeMap<String, Value>>,
    pub resource: sqlx::types::Json<BTreeMap<String, Value>>,
}

impl SeriesRow {
    /// A label, or what is known of the sender under this name.
    pub fn label(&self, name: &str) -> Option<String> {
        let name = name.strip_prefix("properties.").unwrap_or(name);
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        match name {
            "service" => self.service.clone(),
            "host" => self.host.clone(),
            "version" => self.resource.get("service.version").and_then(text),
            "environment" => {
                let keys = ["deployment.environment.name", "deployment.environment"];
                keys.iter().find_map(|key| self.resource.get(*key)).and_then(text)
            }
            _ => self.labels.get(name).or_else(|| self.resource.get(name)).and_then(text),
        }
    }

    pub(super) fn passes(&self, filter: &Filter) -> bool {
        let Some(value) = self.label(&filter.field) else {
            return matches!(filter.op, Op::IsNot | Op::NotContains | Op::NotSet);
        };
        let lower = value.to_lowercase();
        let contains = || filter.values.iter().any(|wanted| lower.contains(&wanted.to_lowercase()));
        match filter.op {
            Op::Is => filter.values.contains(&value),
            Op::IsNot => !filter.values.contains(&value),
            Op::Contains => contains(),
            Op::NotContains => !contains(),
            Op::Set => true,
            _ => false,
        }
    }
}

impl Store {
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question metrics", otel.kind = "client"))]
    pub async fn metrics(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Metrics,
    ) -> Result<Read<MetricsAnswer>, Problem> {
        let buckets = Buckets::new(&frame.zone, asked.interval, frame.from, frame.to)?;
        self.metrics_in(look, frame.period(), &frame.filters, asked, &buckets).await
    }

    /// The same over buckets of the caller's choice.
    pub async fn metrics_in(
        &self,
        look: &mut Look,
        period: Period,
        filters: &[Filter],
        asked: &Metrics,
        buckets: &Buckets,
    ) -> Result<Read<MetricsAnswer>, Problem> {
        let series = self.series(look, Some(&asked.name)).await?;
        let chosen: HashMap<i32, SeriesRow> = series
            .into_iter()
            .filter(|series| filters.iter().all(|filter| series.passes(filter)))
            .map(|series| (series.id, series))
            .collect();
        let span = (period.from.timestamp_millis(), period.to.timestamp_millis());
        let points = self.points(look, &asked.name, span.0, span.1).await?;
        let mut groups: BTreeMap<Vec<Option<String>>, Group> = BTreeMap::new();
        let mut n = 0;
        for (id, points) in &points {
            let Some(series) = chosen.get(id) else { continue };
            let key = asked.by.iter().map(|label| series.label(label)).collect();
            let group = groups.entry(key).or_insert_with(|| Group::new(buckets.len(), &series.unit));
            n += group.add(series, points, span, buckets);
        }
        let series = groups
            .into_iter()
            .map(|(key, group)| MetricLine {
                labels: asked.by.iter().cloned().zip(key).collect(),
                unit: group.unit.clone(),
                values: group.values(asked.aggregate, buckets),
            })
            .collect();
        Ok(Read::projection(MetricsAnswer { buckets: buckets.labels(), series }, n))
    }

    /// Series of one metric, or of all.
    pub async fn series(&self, look: &mut Look, name: Option<&str>) -> Result<Vec<SeriesRow>, Problem> {
        sqlx::query_as(
            "select s.id, s.name, s.unit, s.kind, s.cumulative, s.monotonic, s.service, s.host, s.labels, \
                    coalesce(r.attributes, '{}'::jsonb) as resource \
             from series s left join resource r on r.project = s.project and r.id = s.resource \
             where s.project = $1 and ($2::text is null or s.name = $2) order by s.name, s.id",
        )
        .bind(look.project)
        .bind(name)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    /// Points by series, from the day before the stretch on: an increase begins at the point before.
    pub(super) async fn points(
        &self,
        look: &mut Look,
        name: &str,
        from: i64,
        to: i64,
    ) -> Result<BTreeMap<i32, Vec<Point>>, Problem> {
        let first = (from.div_euclid(1000).div_euclid(DAY) - 1) * DAY;
        let last = to.div_euclid(1000) + 1;
        let mut all: BTreeMap<i32, Vec<Point>> = BTreeMap::new();
        for attempt in 0..3 {
            let there =
                inventory(&mut look.connection, look.project, Kind::Points, &[name], first, last).await.told()?;
            let mut days: BTreeMap<i64, Arc<Joined<Points>>> = BTreeMap::new();
            let mut missing = Vec::new();
            for ((_, day), versions) in &there {
                let kept = self.memory.get::<Joined<Points>>(&Known::Points(look.project, name.to_owned(), *day));
                match kept.filter(|kept| kept.versions == *versions) {
                    Some(points) => {
                        days.insert(*day, points);
                    }
                    None => missing.push(*day),
                }
            }
            let mut read: BTreeMap<i64, (Vec<_>, Vec<Points>, usize)> = BTreeMap::new();
            for body in bodies(&mut look.connection, look.project, Kind::Points, &[name], &missing).await.told()? {
                let entry = read.entry(body.period).or_default();
                entry.0.push(body.version);
                entry.1.push(Points::decode(&body.bytes).map_err(damaged)?);
                entry.2 += body.bytes.len() * 8;
            }
            for (day, (versions, pieces, bytes)) in read {
                let points = Arc::new(Joined { versions, value: Points::merge(pieces) });
                self.memory.keep(Known::Points(look.project, name.to_owned(), day), points.clone(), bytes);
                days.insert(day, points);
            }
            if days.len() == there.len() || attempt == 2 {
                for points in days.values() {
                    for (series, points) in &points.value.series {
                        all.entry(*series).or_default().extend_from_slice(points);
                    }
                }
                break;
            }
        }
        Ok(all)
    }
}

/// The series of one combination of labels, added up per bucket.
struct Group {
    unit: String,
    buckets: Vec<Bucket>,
}

#[derive(Default)]
struct Bucket {
    values: Vec<f64>,
    /// Sum and count of what distributions gained.
    gained: Option<(f64, i64)>,
    low: Option<f64>,
    high: Option<f64>,
    /// Of counters.
    increase: Option<f64>,
    /// Latest value of each series.
    last: Option<f64>,
    distribution: bool,
}

impl Group {
    fn new(buckets: usize, unit: &str) -> Group {
        Group { unit: unit.to_owned(), buckets: (0..buckets).map(|_| Bucket::default()).collect() }
    }

    /// Points of one series in order of time; the number of those inside the stretch.
    fn add(&mut self, series: &SeriesRow, points: &[Point], span: (i64, i64), buckets: &Buckets) -> i64 {
        let mut before: Option<&Point> = None;
        let mut latest: HashMap<usize, f64> = HashMap::new();
        let mut read = 0;
        for point in points {
            let inside = point.at >= span.0 && point.at < span.1;
            let bucket = buckets.index_of(point.at).filter(|_| inside);
            if let Some(index) = bucket {
                read += 1;
                let cell = &mut self.buckets[index];
                if let Some(value) = point.value.filter(|_| point.distribution.is_none()) {
                    cell.values.push(value);
                    latest.insert(index, value);
                    if series.monotonic
                        && let Some(gain) = increase(series, before, point, span.0)
                    {
                        *cell.increase.get_or_insert(0.0) += gain;
                    }
                }
                if let Some(distribution) = &point.distribution {
                    cell.distribution = true;
                    if let Some((sum, count)) = gained(series, before, point, span.0) {
                        let gained = cell.gained.get_or_insert((0.0, 0));
                        *gained = (gained.0 + sum, gained.1 + count);
                    }
                    let lower = |a: Option<f64>, b: f64| Some(a.map_or(b, |a| a.min(b)));
                    let higher = |a: Option<f64>, b: f64| Some(a.map_or(b, |a| a.max(b)));
                    cell.low = distribution.low.map_or(cell.low, |low| lower(cell.low, low));
                    cell.high = distribution.high.map_or(cell.high, |high| higher(cell.high, high));
                }
            }
            if point.at < span.1 {
                before = Some(point);
            }
        }
        for (index, value) in latest {
            *self.buckets[index].last.get_or_insert(0.0) += value;
        }
        read
    }

    fn values(self, aggregate: Aggregate, buckets: &Buckets) -> Vec<Figure> {
        self.buckets
            .into_iter()
            .enumerate()
            .map(|(index, mut bucket)| {
                let seconds = (buckets.end(index) - buckets.start(index)) as f64 / 1000.0;
                let fold = |by: fn(f64, f64) -> f64| bucket.values.iter().copied().reduce(by);
                match aggregate {
                    Aggregate::Avg if bucket.distribution => {
                        bucket.gained.filter(|(_, count)| *count > 0).map(|(sum, count)| sum / count as f64)
                    }
                    Aggregate::Avg => statistics::mean(&bucket.values),
                    Aggregate::Min => fold(f64::min).or(bucket.low),
                    Aggregate::Max => fold(f64::max).or(bucket.high),
                    Aggregate::Sum => bucket.increase.or(bucket.gained.map(|(sum, _)| sum)).or(bucket.last),
                    Aggregate::Last => bucket.last,
                    Aggregate::Rate => {
                        let gain = bucket.increase.or(bucket.gained.map(|(_, count)| count as f64));
                        gain.map(|gain| gain / seconds)
                    }
                    // The shape of a distribution is not kept in its points: unknown, not guessed.
                    Aggregate::P95 if bucket.distribution => None,
                    Aggregate::P95 => statistics::quantile(&mut bucket.values, 0.95),
                }
            })
            .collect()
    }
}

/// Whether the stream began anew between two points: its start moved, or its value fell.
fn is_reset(before: &Point, point: &Point, fell: bool) -> bool {
    let restarted = matches!((before.started_at, point.started_at), (Some(a), Some(b)) if b > a);
    restarted || fell
}

pub(super) fn increase(series: &SeriesRow, before: Option<&Point>, point: &Point, from: i64) -> Option<f64> {
    let value = point.value?;
    if !series.cumulative {
        return Some(value);
    }
    match before.and_then(|before| Some((before, before.value?))) {
        Some((before, earlier)) if !is_reset(before, point, value < earlier) => Some(value - earlier),
        Some(_) => Some(value),
        // The first point of a stream counts only if the stream began inside the stretch.
        None => point.started_at.is_some_and(|start| start >= from).then_some(value),
    }
}

fn gained(series: &SeriesRow, before: Option<&Point>, point: &Point, from: i64) -> Option<(f64, i64)> {
    let now = point.distribution?;
    if !series.cumulative {
        return Some((now.sum, now.count));
    }
    match before.and_then(|before| Some((before, before.distribution?))) {
        Some((before, earlier)) if !is_reset(before, point, now.count < earlier.count) => {
            Some((now.sum - earlier.sum, now.count - earlier.count))
        }
        Some(_) => Some((now.sum, now.count)),
        // Contract rule G10: the first point counts since its start time.
        None => point.started_at.is_some_and(|start| start >= from).then_some((now.sum, now.count)),
    }
}
