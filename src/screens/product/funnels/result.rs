//! The result of a funnel: bars, course, times, breakdown. All are projections of one answer.

use super::causes::Causes;
use super::rule;
use crate::calendar::{rhythm, shown, unknown_coverage};
use crate::charts::{
    About, Bin, Form, Funnel as Chart, FunnelStep, Histogram, Hue, InlineBar, Line, Quantile, Series, TimeSeries,
};
use crate::page::{Direction, Page, field_words};
use crate::parts::{empty, joined};
use crate::product::capital;
use crate::words::{self, Unit};
use parallax_domain::question::{Count, Funnel, FunnelAnswer, FunnelRow, Order, StepAnswer};
use parallax_domain::screen::{Cell, Column, Drawing, Kept, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Instant, Interval, Problem};
use parallax_server::engine::funnel::significance;
use parallax_server::engine::statistics::{difference, two_proportions, wilson};

/// Fewer entrants have no conversion that means anything.
pub const ENOUGH: i64 = 30;
/// Rows of a breakdown.
const ROWS: usize = 20;

/// Everything that the page says about one funnel, asked once.
pub struct Told {
    pub funnel: Funnel,
    pub answer: FunnelAnswer,
    pub before: Option<FunnelAnswer>,
    pub interval: Interval,
    /// Fewest people of a cell that may be shown.
    pub least: Option<i64>,
    n: i64,
}

impl Told {
    pub async fn of(page: &mut Page, funnel: Funnel, begin: Option<Instant>) -> Result<Told, Problem> {
        let interval = match (funnel.trend, rhythm(page.period)) {
            (Some(chosen), _) => chosen,
            (None, Interval::Hour) => Interval::Day,
            (None, usual) => usual,
        };
        let machine = page.machine.clone();
        let frame = page.frame(page.period);
        let asked = Funnel { trend: Some(interval), ..funnel.clone() };
        let read = machine.store.funnel(&mut page.look, &frame, &asked).await?;
        let before = match page.before.filter(|_| page.compares_fairly(begin)) {
            Some(before) => {
                let frame = page.frame(before);
                let asked = Funnel { breakdown: None, ..asked };
                Some(machine.store.funnel(&mut page.look, &frame, &asked).await?.result)
            }
            None => None,
        };
        let least = page.viewer.smallest_cell();
        Ok(Told { funnel, answer: read.result, before, interval, least, n: read.n })
    }

    /// The steps as figures to keep; those of too few people are withheld.
    pub fn kept(&self) -> Vec<Kept> {
        let step = |(index, step): (usize, &StepAnswer)| Kept {
            id: format!("step-{}", index + 1),
            name: rule::bar(&self.funnel, index),
            value: shown(step.count, self.least).map(|count| count as f64),
            words: shown(step.count, self.least)
                .map_or_else(|| words::UNKNOWN.to_owned(), |count| words::count_full(Some(count as f64))),
        };
        self.answer.steps.iter().enumerate().map(step).collect()
    }

    fn count(&self, step: usize) -> i64 {
        self.answer.steps.get(step).map_or(0, |step| step.count)
    }

    pub fn last(&self) -> usize {
        self.answer.steps.len().saturating_sub(1)
    }

    pub fn entered(&self) -> i64 {
        self.count(0)
    }

    pub fn converted(&self) -> i64 {
        self.count(self.last())
    }

    /// None below the number of entrants from which a share says anything.
    pub fn conversion(&self) -> Option<f64> {
        (self.entered() >= ENOUGH).then(|| self.converted() as f64 / self.entered() as f64)
    }

    fn conversion_before(&self) -> Option<f64> {
        let steps = &self.before.as_ref()?.steps;
        let (first, last) = (steps.first()?.count, steps.last()?.count);
        (first >= ENOUGH).then(|| last as f64 / first as f64)
    }

    /// (reached the step, reached the one before) now and in the comparison.
    fn pair(answer: &FunnelAnswer, step: usize) -> Option<(u64, u64)> {
        let (from, to) = (answer.steps.get(step.checked_sub(1)?)?.count, answer.steps.get(step)?.count);
        (from >= ENOUGH && to <= from).then_some((to as u64, from as u64))
    }

    /// The step whose conversion fell most against the comparison, where that is no chance.
    pub fn hot(&self) -> Option<usize> {
        let before = self.before.as_ref()?;
        let fallen = (1..self.answer.steps.len()).filter_map(|step| {
            let (now, then) = (Told::pair(&self.answer, step)?, Told::pair(before, step)?);
            let (_, p) = two_proportions(now, then, 1.0)?;
            let change = now.0 as f64 / now.1 as f64 - then.0 as f64 / then.1 as f64;
            (p < 0.05 && change <= -0.01).then_some((step, change))
        });
        fallen.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(step, _)| step)
    }

    /// The step before which most leave.
    fn steepest(&self) -> Option<usize> {
        (1..self.answer.steps.len())
            .max_by_key(|step| (self.count(step - 1) - self.count(*step), std::cmp::Reverse(*step)))
    }

    /// The step whose list of people is shown where none is chosen.
    pub fn telling_step(&self) -> usize {
        self.hot().or_else(|| self.steepest()).unwrap_or(1)
    }

    pub fn sentence(&self, page: &Page) -> Text {
        let (one, many) = rule::counted(&self.funnel);
        if shown(self.entered(), self.least).is_none() {
            return Text::new(format!("Fewer than {} {many} entered: too few to show.", self.least.unwrap_or(0)));
        }
        let Some(share) = self.conversion() else {
            let entered = words::counted(self.entered(), one, many);
            return Text::new(format!("Only {entered} entered: too few for a conversion that means anything."));
        };
        let text = Text::default().strong(joined(words::percent(Some(share)))).plain(format!(
            " of {many} who did {} came through within {}",
            rule::bar(&self.funnel, 0),
            rule::window(self.funnel.window)
        ));
        let text = match words::points(Some(share), self.conversion_before()) {
            Some(change) if change.none => text.plain(format!(", as {}", page.reference().replacen("on ", "in ", 1))),
            Some(change) => {
                let direction = if change.up { "more" } else { "less" };
                text.plain(format!(", {} {direction} than {}", change.size, page.reference().replacen("on ", "in ", 1)))
            }
            None => text,
        };
        let place =
            |step: usize| format!("{} and {}", rule::bar(&self.funnel, step - 1), rule::bar(&self.funnel, step));
        match (self.funnel.order, self.hot(), self.steepest()) {
            (Order::Any, ..) | (_, None, None) => text.plain("."),
            (_, Some(step), _) => text.plain("; the change lies between ").strong(place(step)).plain("."),
            (_, None, Some(step)) => {
                let lost = self.count(step - 1) - self.count(step);
                text.plain(format!("; most leave between {}: {}.", place(step), words::count_full(Some(lost as f64))))
            }
        }
    }

    fn notes(&self, page: &Page, n: i64) -> Vec<Text> {
        let (one, many) = rule::counted(&self.funnel);
        let mut notes = page.people_notes(n, "projection");
        notes[0] = Text::new(format!("n = {}", words::counted(n, one, many)));
        notes
    }

    /// The bars, with what people met under them.
    pub fn steps(&self, page: &Page, causes: Option<&Causes>, links: bool) -> Panel {
        let title = Panel::new("steps", "Step conversion").unit(rule::rule(&self.funnel)).summary(self.sentence(page));
        if self.entered() == 0 {
            let why = format!(
                "Here would be how many go on from step to step. Nobody did {} in {} with these conditions.",
                rule::bar(&self.funnel, 0),
                page.range.label().to_lowercase()
            );
            return title.part(empty("Nobody entered", why));
        }
        let (one, many) = rule::counted(&self.funnel);
        let hot = self.hot();
        let list = |step: usize, outcome: &str| {
            let address =
                page.address.with("people", &(step + 1).to_string()).with("outcome", outcome).without("after");
            links.then(|| address.href() + "#people")
        };
        let steps: Vec<FunnelStep> = self
            .answer
            .steps
            .iter()
            .enumerate()
            .take_while(|(_, step)| shown(step.count, self.least).is_some())
            .map(|(index, step)| FunnelStep {
                name: rule::bar(&self.funnel, index),
                count: step.count,
                before: self.before.as_ref().and_then(|before| before.steps.get(index)).map(|step| step.count),
                median_ms: step.median_seconds.map(|seconds| seconds * 1000.0),
                change: self.change(index, hot == Some(index)),
                hot: hot == Some(index),
                reached: list(index, "completed"),
                lost: (index > 0).then(|| list(index, "dropped")).flatten(),
                causes: causes.map(|causes| causes.under(page, index)).unwrap_or_default(),
            })
            .collect();
        let withheld = self.answer.steps.len() - steps.len();
        let mut about = About { notes: self.notes(page, self.entered()), ..About::new("funnel", "Step conversion") };
        about.summary = self.sentence(page).words();
        if self.answer.open > 0 && shown(self.answer.open, self.least).is_some() {
            about.notes.push(Text::new(format!(
                "{} can still come through",
                words::count_full(Some(self.answer.open as f64))
            )));
        }
        about.notes.push(Text::new(format!("{} events read", words::count(Some(self.n as f64)))));
        let chart = Chart { about, one: one.to_owned(), many: many.to_owned(), steps };
        let mut panel = title.part(Part::Drawing(chart.draw()));
        if withheld > 0 {
            panel.partial = Some(format!(
                "{} not shown: fewer than {} {many} reached them.",
                words::counted(withheld as i64, "step is", "steps are"),
                self.least.unwrap_or(0)
            ));
        }
        panel
    }

    fn change(&self, index: usize, judged: bool) -> Option<(String, bool, Tone)> {
        let before = self.before.as_ref()?;
        if index == 0 {
            let change =
                words::relative(Some(self.entered() as f64), before.steps.first().map(|step| step.count as f64))?;
            return Some((change.size, change.up, Tone::Neutral));
        }
        let share = |pair: (u64, u64)| Some(pair.0 as f64 / pair.1 as f64);
        let change = words::points(share(Told::pair(&self.answer, index)?), share(Told::pair(before, index)?))?;
        let tone = if judged { Direction::UpIsGood.judge(change.up) } else { Tone::Neutral };
        Some((change.size, change.up, tone))
    }

    /// Conversion by the day (or week, or month) of entry.
    pub fn course(&self, page: &Page) -> Panel {
        let word = self.interval.word();
        let title = Panel::new("course", format!("Conversion by {word} of entry"))
            .unit(format!("%, step 1 to {}", self.last() + 1));
        let buckets = match page.calendar_buckets(self.interval, page.period) {
            Ok(buckets) if self.entered() > 0 => buckets,
            Ok(_) => {
                return title
                    .part(empty("Nobody entered", "Here would be the conversion of those who entered, over time."));
            }
            Err(problem) => return title.part(Part::Problem(problem)),
        };
        let least = self.least.unwrap_or(1);
        let rates = |answer: &FunnelAnswer| -> Vec<Option<f64>> {
            let share = |bucket: &parallax_domain::question::FunnelBucket| {
                (bucket.entered >= least && bucket.entered > 0).then(|| bucket.converted as f64 / bucket.entered as f64)
            };
            answer.trend.iter().map(share).collect()
        };
        let window = chrono::Duration::seconds(self.funnel.window);
        let closed = page.look.fresh_as_of - window;
        let last_entry = page.look.fresh_as_of.min(page.period.to);
        let note = format!("window still open, final on {}", page.date(last_entry + window));
        let mut axis = page.calendar_axis(&buckets, self.interval, closed, &note);
        axis.notes = self
            .answer
            .trend
            .iter()
            .map(|bucket| match shown(bucket.entered, self.least) {
                Some(entered) => format!(
                    "{} entered, {} can still come through",
                    words::count_full(Some(entered as f64)),
                    words::count_full(Some(bucket.open as f64))
                ),
                None => String::new(),
            })
            .collect();
        let count = self.answer.trend.len();
        let mut lines = vec![Line::new("this period", rates(&self.answer)).hue(Hue::S1)];
        if let Some(before) = &self.before {
            let mut values = rates(before);
            values.resize(count, None);
            lines.push(Line::new("before", values).form(Form::Ghost));
        }
        let open = axis.open_from.map_or(0, |open| count - open);
        let summary = match (open, self.spread(closed)) {
            (open, _) if open == count => {
                format!("All {count} {word}s are still open: their people can come through until the window ends.")
            }
            (_, Some((low, high))) => format!(
                "Between {} and {} on complete {word}s{}.",
                joined(words::percent_brief(Some(low))),
                joined(words::percent_brief(Some(high))),
                if open > 0 { format!("; the last {open} are still open") } else { String::new() }
            ),
            _ => String::new(),
        };
        let each = self.entered() / (count.max(1) as i64);
        let mut about = About {
            notes: self.notes(page, self.entered()),
            ..About::new("course", format!("Conversion by {word} of entry"))
        };
        about.notes[0] = Text::new(format!("about {} entrants a {word}", words::count(Some(each as f64))));
        about.summary.clone_from(&summary);
        let chart = TimeSeries { about, axis, series: Series { unit: Unit::Share, lines, ..Series::default() } };
        title.summary(summary).part(Part::Drawing(chart.draw()))
    }

    /// Lowest and highest conversion of buckets whose windows are over and that have enough entrants.
    fn spread(&self, closed: Instant) -> Option<(f64, f64)> {
        let rates = self.answer.trend.iter().filter(|bucket| {
            bucket.bucket < closed && bucket.open == 0 && bucket.entered >= ENOUGH.max(self.least.unwrap_or(0))
        });
        let rates: Vec<f64> = rates.map(|bucket| bucket.converted as f64 / bucket.entered as f64).collect();
        let low = rates.iter().copied().reduce(f64::min)?;
        Some((low, rates.iter().copied().reduce(f64::max)?))
    }

    /// How long those take who come through.
    pub fn times(&self, page: &Page) -> Panel {
        let told = &self.answer.time_to_convert;
        let title = Panel::new("times", "Time to convert").unit(format!("step 1 to {}", self.last() + 1));
        let few = self.converted() < self.least.unwrap_or(1);
        if self.converted() == 0 || few {
            return title.part(empty(
                "Nobody came through",
                "Here would be how long people take from the first step to the last.",
            ));
        }
        let mut bins = Vec::new();
        let mut from = 0.0;
        for bound in &told.histogram {
            bins.push(Bin { from, to: Some(bound.upto), count: bound.count as f64, hot: false });
            from = bound.upto;
        }
        // The first bars are empty where nobody is that fast.
        let fast = bins.iter().position(|bin| bin.count > 0.0).unwrap_or(0);
        bins.drain(..fast);
        let quantile = |name: &str, seconds: Option<f64>| {
            seconds.map(|seconds| Quantile {
                value: seconds,
                label: format!("{name} {}", words::duration(Some(seconds * 1000.0))),
            })
        };
        let said = |seconds: Option<f64>| joined(words::duration(seconds.map(|seconds| seconds * 1000.0)));
        let summary = format!("Half come through within {}, nine in ten within {}.", said(told.median), said(told.p90));
        let mut about = About {
            notes: self.notes(page, self.converted()),
            ..About::new("times", "Time to convert").summary(summary.clone())
        };
        about.notes.push(Text::new("bars widen to the right"));
        let (_, many) = rule::counted(&self.funnel);
        let chart = Histogram {
            about,
            unit: Unit::Seconds,
            counted: many.to_owned(),
            bins,
            quantiles: [quantile("median", told.median), quantile("p90", told.p90)].into_iter().flatten().collect(),
            hue: Hue::S1,
            height: 150,
            logarithmic: true,
        };
        title.summary(summary).part(Part::Drawing(chart.draw()))
    }

    /// Segments against the whole; those too small say so.
    pub fn breakdown(&self, page: &Page) -> Option<Panel> {
        let by = rule::breakdown(&self.funnel)?;
        let field = &self.funnel.breakdown.as_ref()?.field;
        let title = Panel::new("breakdown", "Breakdown").unit(by).flush();
        let rows: Vec<&FunnelRow> = self.answer.breakdown.iter().take(ROWS).collect();
        if rows.is_empty() {
            let why = format!(
                "No event of these steps carries {}. A property goes by properties.<name>.",
                field_words(field)
            );
            return Some(title.part(empty("No values", why)));
        }
        let overall = self.conversion();
        let rate = |row: &FunnelRow| {
            let (entered, converted) =
                (row.counts.first().copied().unwrap_or(0), row.counts.last().copied().unwrap_or(0));
            (entered >= ENOUGH).then(|| converted as f64 / entered as f64)
        };
        let ends = |row: &FunnelRow| {
            let (entered, converted) = (*row.counts.first()?, *row.counts.last()?);
            wilson(converted.min(entered) as u64, entered as u64).filter(|_| entered >= ENOUGH)
        };
        let high = rows
            .iter()
            .filter_map(|row| ends(row).map(|ends| ends.high))
            .fold(overall.unwrap_or(0.0), f64::max)
            .max(1e-9);
        let best = rows.iter().filter_map(|row| Some((row, rate(row)?))).max_by(|a, b| a.1.total_cmp(&b.1));
        let worst = rows.iter().filter_map(|row| Some((row, rate(row)?))).min_by(|a, b| a.1.total_cmp(&b.1));
        let summary = match (best, worst) {
            (Some((best, up)), Some((worst, down))) if best.value != worst.value => Text::default()
                .strong(value(best))
                .plain(format!(
                    " converts {} above ",
                    words::points(Some(up), Some(down)).map(|change| change.size).unwrap_or_default()
                ))
                .strong(value(worst))
                .plain(match overall {
                    Some(share) => format!("; the tick marks the overall {}.", words::percent(Some(share))),
                    None => ".".to_owned(),
                }),
            _ => Text::default(),
        };
        let made = rows.iter().map(|row| {
            let entered = row.counts.first().copied().unwrap_or(0);
            let share = rate(row);
            let interval = ends(row);
            let bar = InlineBar {
                interval: interval.map(|ends| (ends.low / high, ends.high / high)),
                mark: overall.map(|share| share / high),
                ..InlineBar::new(share.map(|share| share / high), Hue::S1)
            };
            let p = significance(&self.answer, row);
            let against = words::points(share, overall);
            let sure = p.is_some_and(|p| p < 0.05);
            let tone = match &against {
                Some(change) if sure && !change.none => Direction::UpIsGood.judge(change.up),
                _ => Tone::Neutral,
            };
            let name = match &row.value {
                Some(value) if value != "$other" => Text::default().link(value.clone(), page.filtered(field, value)),
                _ => Text::new(value(row)),
            };
            let figure = |text: String| {
                if shown(entered, self.least).is_some() { Cell::new(text) } else { Cell::new(words::UNKNOWN) }
            };
            Row::new(vec![
                Cell::new(name),
                match shown(entered, self.least) {
                    Some(entered) => Cell::new(words::count_full(Some(entered as f64))),
                    None => Cell::new(format!("fewer than {}", self.least.unwrap_or(0))),
                },
                figure(words::percent_full(share)).with_drawing(bar.draw()),
                figure(interval.map_or_else(
                    || "fewer than 30".to_owned(),
                    |ends| words::interval(Some(ends.low), Some(ends.high), &Unit::Share),
                )),
                Cell::new(
                    against
                        .filter(|_| share.is_some())
                        .map_or_else(|| words::UNKNOWN.to_owned(), |change| change.label),
                )
                .tone(tone),
                Cell::new(p.map_or_else(|| "insufficient samples".to_owned(), p_words)),
            ])
        });
        let table = Table {
            caption: "Conversion by segment".to_owned(),
            columns: vec![
                Column::words(capital(&field_words(field))),
                Column::figures("Entered"),
                Column::figures("Conversion").width(28),
                Column::figures("95% interval").secondary(1),
                Column::figures("Against all"),
                Column::figures("Test")
                    .hint("Hypergeometric test against the whole funnel, from 30 entrants on")
                    .secondary(1),
            ],
            rows: made.collect(),
            class: "barkeep".to_owned(),
            ..Table::default()
        };
        let mut panel = title.summary(summary).part(Part::Table(table)).foot(unknown_coverage());
        if self.answer.breakdown.len() > ROWS {
            panel = panel.foot(format!("{ROWS} of {} values", self.answer.breakdown.len()));
        }
        if self.funnel.count != Count::Unique {
            panel = panel.foot(format!("counts {}", rule::counted(&self.funnel).1));
        }
        Some(panel)
    }

    /// For a list: conversion over time, small.
    pub fn rates(&self) -> Vec<Option<f64>> {
        self.answer
            .trend
            .iter()
            .map(|bucket| (bucket.entered > 0).then(|| bucket.converted as f64 / bucket.entered as f64))
            .collect()
    }
}

fn value(row: &FunnelRow) -> String {
    match row.value.as_deref() {
        None => "unknown".to_owned(),
        Some("$other") => "all others".to_owned(),
        Some(value) => value.to_owned(),
    }
}

fn p_words(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", words::fixed(p, 3)) }
}

/// `−12.1 pt, −14 to −10`: a difference of shares with its interval.
pub fn gap(left: (u64, u64), right: (u64, u64)) -> Option<String> {
    let gap = difference(left, right)?;
    let points = |share: f64| words::signed(100.0 * share, 1);
    Some(format!("{} pt, {} to {}", points(gap.estimate), points(gap.low), points(gap.high)))
}

/// A drawing of a conversion's course.
pub fn spark(rates: Vec<Option<f64>>) -> Drawing {
    Drawing { id: String::new(), markup: crate::charts::Spark::new(rates).hue(Hue::Ink).plain().draw() }
}
