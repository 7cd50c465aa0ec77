//! Retention (rules R1 to R7): of those who started, who came back.

use super::calendar::{Buckets, DAY, Span, instant, millis, next_boundary, zone};
use super::{Days, Moments, Names, Needs, Predicate, Question, Reach};
use parallax_domain::question::{
    Cohort, CohortRow, Frame, Retention, RetentionAnswer, RetentionInterval, RetentionMode,
};
use parallax_domain::{Instant, Interval, Problem};

const MOST_CELLS: usize = 200_000;

#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    cohorts: Buckets,
    /// The cohorts' periods and those after them in which a return is counted.
    periods: Buckets,
    /// Number of values in a row, period 0 included.
    columns: usize,
    mode: RetentionMode,
    cohort: Cohort,
    /// Milliseconds of a rolling period; none for calendar periods.
    rolling: Option<i64>,
    fresh_as_of: i64,
    start: u64,
    back: u64,
    needs: Needs,
}

#[derive(Default)]
pub struct Tally {
    sizes: Vec<i64>,
    /// Cohort after cohort.
    cells: Vec<i64>,
    /// The actor's return events: place and calendar period, buffers for the next actor.
    returns: Vec<(usize, usize)>,
}

impl Plan {
    /// `fresh_as_of` decides which periods are complete.
    pub fn new(retention: &Retention, frame: &Frame, fresh_as_of: Instant) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let zone = zone(&frame.zone)?;
        let unit = retention.unit;
        if unit == Interval::Hour {
            return Err(Problem::invalid("unit", "Retention is by day, week or month."));
        }
        let cohorts = Buckets::of(zone, unit, span);
        let cohorts = cohorts.map_err(|problem| Problem { field: Some("unit".to_owned()), ..problem })?;
        let columns = retention.periods;
        if columns == 0 || columns.saturating_mul(cohorts.len()) > MOST_CELLS {
            let detail = "At least one period, and at most 200,000 cells in the table.";
            return Err(Problem::invalid("periods", detail));
        }
        let mut edges: Vec<i64> = (0..=cohorts.len()).map(|index| cohorts.start(index)).collect();
        for _ in 1..columns {
            edges.extend(edges.last().map(|last| next_boundary(zone, unit, *last)));
        }
        let rolling = (retention.interval == RetentionInterval::Rolling).then_some(match unit {
            Interval::Hour | Interval::Day => DAY,
            Interval::Week => 7 * DAY,
            Interval::Month => 30 * DAY,
        });

        let mut needs = Needs::of(frame);
        let start = needs.predicate(Predicate::maybe(retention.start.as_deref()));
        let back = needs.predicate(Predicate::maybe(retention.back.as_deref()));
        // "First" is the first ever; returns count up to now (rules R3, R5).
        let first_ever = retention.cohort == Cohort::First;
        needs.reach = Reach { from: (!first_ever).then_some(span.from), to: None };
        if retention.mode == RetentionMode::On {
            let last_start = span.to.min(cohorts.start(cohorts.len()));
            let rolling_end = rolling.map(|length| last_start + length * columns as i64);
            needs.reach.to = rolling_end.or(edges.last().copied());
        }
        // Where start and return are one event, its place within a day decides nothing.
        needs.days = (start == back && rolling.is_none()).then(|| Days { zone, cuts: vec![span.from, span.to] });
        Ok(Plan {
            span,
            cohorts,
            periods: Buckets::from_edges(edges),
            columns,
            mode: retention.mode,
            cohort: retention.cohort,
            rolling,
            fresh_as_of: millis(fresh_as_of),
            start,
            back,
            needs,
        })
    }

    /// One member of a cohort who started with this event.
    fn member(&self, tally: &mut Tally, at: &[i64], cohort: usize, start: usize) {
        let Tally { sizes, cells, returns } = tally;
        sizes[cohort] += 1;
        let row = &mut cells[cohort * self.columns..(cohort + 1) * self.columns];
        // At or after the start event: that event itself counts if it matches (rule R2).
        let after = &returns[returns.partition_point(|(event, _)| *event < start)..];
        let offset = |&(event, period): &(usize, usize)| match self.rolling {
            Some(length) => ((at[event] - at[start]) / length) as usize,
            None => period - cohort,
        };
        match self.mode {
            RetentionMode::On => {
                let mut last = None;
                for column in after.iter().map(offset).take_while(|column| *column < self.columns) {
                    row[column] += i64::from(last != Some(column));
                    last = Some(column);
                }
            }
            RetentionMode::OnOrAfter => {
                let reached = after.last().map_or(0, |last| offset(last) + 1);
                row.iter_mut().take(reached).for_each(|cell| *cell += 1);
            }
        }
    }

    fn is_complete(&self, cohort: usize, column: usize) -> bool {
        let ended = match self.rolling {
            Some(length) => self.cohorts.end(cohort).min(self.span.to) + length * (column as i64 + 1),
            None => self.periods.end(cohort + column),
        };
        ended <= self.fresh_as_of
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = RetentionAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        let cohorts = self.cohorts.len();
        Tally { sizes: vec![0; cohorts], cells: vec![0; cohorts * self.columns], returns: Vec::new() }
    }

    fn actor(&self, tally: &mut Tally, _person: u32, moments: &Moments<'_>) {
        let starts = |event: &usize| moments.matches[*event] & self.start != 0;
        let Some(first) = (0..moments.len()).find(starts) else { return };
        if self.cohort == Cohort::First && !self.span.contains(moments.at[first]) {
            return;
        }
        // Later than all periods counts as the period after them.
        let period = |at: i64| match self.periods.index_of(at) {
            Some(period) => period,
            None if at < self.periods.start(0) => 0,
            None => self.periods.len(),
        };
        tally.returns.clear();
        let returning = (first..moments.len()).filter(|&event| moments.matches[event] & self.back != 0);
        tally.returns.extend(returning.map(|event| (event, period(moments.at[event]))));
        let mut last = None;
        for start in (first..moments.len()).filter(starts) {
            let at = moments.at[start];
            if !self.span.contains(at) {
                continue;
            }
            let Some(cohort) = self.cohorts.index_of(at) else { continue };
            if last != Some(cohort) {
                self.member(tally, moments.at, cohort, start);
                last = Some(cohort);
            }
            if self.cohort == Cohort::First {
                return;
            }
        }
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        into.sizes.iter_mut().zip(other.sizes).for_each(|(ours, theirs)| *ours += theirs);
        into.cells.iter_mut().zip(other.cells).for_each(|(ours, theirs)| *ours += theirs);
    }

    fn finish(&self, tally: Tally, _names: &dyn Names) -> RetentionAnswer {
        let rows = tally.sizes.iter().zip(tally.cells.chunks(self.columns)).enumerate();
        let cohorts = rows.map(|(cohort, (size, values))| CohortRow {
            start: instant(self.cohorts.start(cohort)),
            size: *size,
            values: values.to_vec(),
            complete: (0..self.columns).map(|column| self.is_complete(cohort, column)).collect(),
        });
        RetentionAnswer { cohorts: cohorts.collect() }
    }
}

/// Retention of one period over all cohorts in which it is complete, as (mean of the cohorts' shares, share of all
/// their members). Empty cohorts have no share.
pub fn mean_retention(answer: &RetentionAnswer, column: usize) -> Option<(f64, f64)> {
    let cells = answer.cohorts.iter().filter(|row| row.size > 0 && row.complete.get(column) == Some(&true));
    let cells: Vec<(f64, f64)> = cells.map(|row| (row.values[column] as f64, row.size as f64)).collect();
    if cells.is_empty() {
        return None;
    }
    let simple = cells.iter().map(|(back, size)| back / size).sum::<f64>() / cells.len() as f64;
    let weighted = cells.iter().map(|(back, _)| back).sum::<f64>() / cells.iter().map(|(_, size)| size).sum::<f64>();
    Some((simple, weighted))
}
