//! Trends (rules Q5 to Q11): a measure per bucket and over the whole range, for each series and each value.

mod lines;
mod tally;

pub use tally::Tally;

use super::calendar::{Buckets, Span, zone};
use super::{Days, Moments, Names, Needs, Predicate, Question, Reach, field, property};
use parallax_domain::question::{Frame, Measure, Trend, TrendAnswer};
use parallax_domain::{Interval, Problem};

const MOST_SERIES: usize = 50;

#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    buckets: Buckets,
    series: Vec<Series>,
    breakdown: Option<usize>,
    needs: Needs,
}

#[derive(Clone, Debug)]
struct Series {
    event: Option<String>,
    bit: u64,
    measure: Measure,
    /// As it was asked for.
    word: String,
    /// The property that is read, for those measures that read one.
    number: Option<usize>,
}

impl Plan {
    pub fn new(trend: &Trend, frame: &Frame) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let zone = zone(&frame.zone)?;
        let buckets = Buckets::of(zone, trend.interval, span)?;
        if !(1..=MOST_SERIES).contains(&trend.series.len()) {
            return Err(Problem::invalid("series", "A trend has 1 to 50 series."));
        }
        let mut needs = Needs::of(frame);
        let mut series = Vec::with_capacity(trend.series.len());
        for asked in &trend.series {
            let measure = Measure::parse(&asked.measure).ok_or_else(|| {
                let detail = "One of total, unique, per_user, revenue, sum:PROP, avg:PROP, p95:PROP.";
                Problem::invalid("measure", format!("There is no measure {:?}. {detail}", asked.measure))
            })?;
            let number = match &measure {
                Measure::Sum(name) | Measure::Average(name) | Measure::P95(name) => {
                    Some(needs.number(property(name, "measure")?))
                }
                _ => None,
            };
            needs.revenue |= measure == Measure::Revenue;
            series.push(Series {
                event: asked.event.clone(),
                bit: needs.predicate(Predicate::maybe(asked.event.as_deref())),
                measure,
                word: asked.measure.clone(),
                number,
            });
        }
        let breakdown = match &trend.breakdown {
            None => None,
            Some(name) => Some(needs.field(field(name, "breakdown")?)),
        };
        needs.weights = true;
        needs.reach = Reach { from: Some(span.from), to: Some(span.to) };
        let only_people = series.iter().all(|series| series.measure == Measure::Unique);
        let by_day = only_people && breakdown.is_none() && trend.interval != Interval::Hour;
        needs.days = by_day.then(|| Days { zone, cuts: vec![span.from, span.to] });
        Ok(Plan { span, buckets, series, breakdown, needs })
    }
}

impl Series {
    fn counts_people(&self) -> bool {
        matches!(self.measure, Measure::Unique | Measure::PerUser)
    }

    /// The number that the event carries for this measure; none: it does not count for it.
    fn number(&self, moments: &Moments<'_>, event: usize, width: usize) -> Option<f64> {
        let number = match (&self.measure, self.number) {
            (Measure::Revenue, _) => moments.amount[event],
            (_, Some(number)) => moments.numbers[event * width + number],
            (_, None) => 0.0,
        };
        (!number.is_nan()).then_some(number)
    }
}

impl Question for Plan {
    type Tally = Vec<Tally>;
    type Answer = TrendAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn counts_nobody(&self) -> bool {
        true
    }

    fn begin(&self) -> Vec<Tally> {
        self.series.iter().map(|_| Tally::new(self.buckets.len())).collect()
    }

    fn actor(&self, tallies: &mut Vec<Tally>, person: u32, moments: &Moments<'_>) {
        let (width, numbers) = (self.needs.fields.len(), self.needs.numbers.len());
        for (series, tally) in self.series.iter().zip(tallies) {
            // What nobody did has no share among people.
            if person == 0 && series.counts_people() {
                continue;
            }
            let mut bucket = 0;
            let mut stretch = Span { from: 0, to: 0 };
            for (event, (&at, &bits)) in moments.at.iter().zip(moments.matches).enumerate() {
                if bits & series.bit == 0 || !self.span.contains(at) {
                    continue;
                }
                let Some(number) = series.number(moments, event, numbers) else { continue };
                if !stretch.contains(at) {
                    let Some(found) = self.buckets.index_of(at) else { continue };
                    bucket = found;
                    stretch = Span { from: self.buckets.start(found), to: self.buckets.end(found) };
                }
                let value = self.breakdown.map_or(0, |field| moments.values[event * width + field]);
                let currency = if series.measure == Measure::Revenue { moments.currency[event] } else { 0 };
                tally.add((currency, value), bucket, number, moments.weight_of(event));
                if series.counts_people() {
                    tally.saw(bucket, value);
                } else if matches!(series.measure, Measure::P95(_)) {
                    tally.sample(value, bucket, number, moments.weight_of(event));
                }
            }
            tally.leave();
        }
    }

    fn merge(&self, into: &mut Vec<Tally>, other: Vec<Tally>) {
        into.iter_mut().zip(other).for_each(|(ours, theirs)| ours.merge(theirs));
    }

    fn finish(&self, tallies: Vec<Tally>, names: &dyn Names) -> TrendAnswer {
        let series = self.series.iter().zip(&tallies).flat_map(|(series, tally)| self.lines(series, tally, names));
        TrendAnswer { buckets: self.buckets.labels(), series: series.collect() }
    }
}
