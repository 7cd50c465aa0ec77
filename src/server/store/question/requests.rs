//! Requests by service, operation or version: counts, errors, quantiles, Apdex (contract rules G1, Q11).

use super::Read;
use crate::engine::calendar::Buckets;
use crate::projection::chunk::Kind;
use crate::projection::rollup::Cell;
use crate::store::{Look, Store};
use parallax_domain::question::{Figure, Frame, Requests, RequestsAnswer, RequestsBy, RequestsRow};
use parallax_domain::{Filter, Op, Period, Problem};
use std::collections::BTreeMap;

/// Which cells count. Fields of a roll-up only; anything else is refused by name.
#[derive(Clone, Debug, Default)]
pub struct CellFilter {
    filters: Vec<(usize, Filter)>,
}

impl CellFilter {
    /// `second` is what the second word of a key is called: `operation`, `peer` or `level`.
    pub fn of(filters: &[Filter], second: &str) -> Result<CellFilter, Problem> {
        let mut kept = Vec::new();
        for filter in filters {
            let place = match filter.field.as_str() {
                "service" => 0,
                field if field == second => 1,
                "version" => 2,
                "environment" => 3,
                other => {
                    let detail = format!(
                        "Figures of this kind cannot be filtered by {other:?}; by service, {second}, version or environment they can."
                    );
                    return Err(Problem::invalid("filters", detail));
                }
            };
            if filter.op.compares_numbers() {
                return Err(Problem::invalid(
                    "filters",
                    format!("{:?} is a text and cannot be compared as a number.", filter.field),
                ));
            }
            kept.push((place, filter.clone()));
        }
        Ok(CellFilter { filters: kept })
    }

    pub fn and(mut self, place: usize, value: Option<&str>) -> CellFilter {
        if let Some(value) = value {
            self.filters.push((place, Filter::is("", value)));
        }
        self
    }

    pub fn lets(&self, words: &[Option<&str>; 4]) -> bool {
        self.filters.iter().all(|(place, filter)| {
            let Some(word) = words[*place] else {
                return matches!(filter.op, Op::IsNot | Op::NotContains | Op::NotSet);
            };
            let contains = || {
                let lower = word.to_lowercase();
                filter.values.iter().any(|value| lower.contains(&value.to_lowercase()))
            };
            match filter.op {
                Op::Is => filter.values.iter().any(|value| value == word),
                Op::IsNot => filter.values.iter().all(|value| value != word),
                Op::Contains => contains(),
                Op::NotContains => !contains(),
                Op::Set => true,
                _ => false,
            }
        })
    }
}

/// Cells by key, each with one cell per bucket.
pub type Table<K> = BTreeMap<K, Vec<Cell>>;

impl Store {
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question requests", otel.kind = "client"))]
    pub async fn requests(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Requests,
    ) -> Result<Read<RequestsAnswer>, Problem> {
        let buckets = Buckets::new(&frame.zone, asked.interval, frame.from, frame.to)?;
        let filter = CellFilter::of(&frame.filters, "operation")?
            .and(0, asked.service.as_deref())
            .and(1, asked.operation.as_deref());
        let place = asked.by.map(|by| match by {
            RequestsBy::Service => 0,
            RequestsBy::Operation => 1,
            RequestsBy::Version => 2,
        });
        let table = self
            .cells(look, Kind::Requests, frame.period(), &buckets, &filter, |words| {
                place.and_then(|place| words[place].map(str::to_owned))
            })
            .await?;
        let n = table.values().flatten().map(|cell| cell.count as i64).sum();
        let mut rows: Vec<RequestsRow> = table.into_iter().map(|(key, cells)| row(key, &buckets, &cells)).collect();
        if rows.is_empty() && asked.by.is_none() {
            rows.push(row(None, &buckets, &vec![Cell::default(); buckets.len()]));
        }
        Ok(Read::rollup(RequestsAnswer { rows }, n))
    }

    /// Cells of one kind added up by a key of the caller's choice.
    pub async fn cells<K: Ord + Send>(
        &self,
        look: &mut Look,
        kind: Kind,
        period: Period,
        buckets: &Buckets,
        filter: &CellFilter,
        mut key: impl FnMut(&[Option<&str>; 4]) -> K + Send,
    ) -> Result<Table<K>, Problem> {
        let mut table: Table<K> = BTreeMap::new();
        let count = buckets.len();
        self.each_cell(&mut look.connection, look.project, kind, period, buckets, &mut |told| {
            if filter.lets(&told.words) {
                let cells = table.entry(key(&told.words)).or_insert_with(|| vec![Cell::default(); count]);
                cells[told.bucket].merge(told.cell);
            }
        })
        .await?;
        Ok(table)
    }
}

fn row(key: Option<String>, buckets: &Buckets, cells: &[Cell]) -> RequestsRow {
    let quantile = |share: f64| -> Vec<Figure> {
        cells.iter().map(|cell| cell.sketch.quantile(share).map(|micros| micros / 1000.0)).collect()
    };
    RequestsRow {
        key,
        buckets: buckets.labels(),
        count: cells.iter().map(|cell| cell.count as i64).collect(),
        errors: cells.iter().map(|cell| cell.errors as i64).collect(),
        p50: quantile(0.50),
        p75: quantile(0.75),
        p90: quantile(0.90),
        p95: quantile(0.95),
        p99: quantile(0.99),
        apdex: cells.iter().map(Cell::apdex).collect(),
    }
}
