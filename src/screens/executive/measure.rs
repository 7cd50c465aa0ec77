//! The figures of the report: value, course, comparison, target. People in too small numbers are withheld.

use super::Goal;
use crate::charts::{Hue, Spark, bullet};
use crate::page::{Direction, Page};
use crate::parts::{error_share, joined, quantile_ms, sum};
use crate::words::{self, Unit};
use maud::{PreEscaped, html};
use parallax_domain::question::{
    Cohort, Funnel, Lifecycle, Retention, RetentionInterval, RetentionMode, Trend, TrendSeries,
};
use parallax_domain::screen::{Stat, Text};
use parallax_domain::{Interval, Period, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell;
use parallax_server::store::question::TargetRow;
use parallax_server::store::question::requests::CellFilter;
use std::collections::BTreeMap;

/// From this change on it is told in a sentence.
const NOTABLE: f64 = 0.03;
/// A target named `checkout_availability` is about requests whose service or operation is named after `checkout`.
const OF_PART: &str = "_availability";

#[derive(Clone, Debug)]
pub struct Measure {
    /// As targets name it.
    pub key: String,
    pub name: String,
    pub definition: String,
    pub unit: Unit,
    /// Which way is good, and on which side of its target it should stay.
    pub direction: Direction,
    pub now: Option<f64>,
    pub then: Option<f64>,
    course: Vec<Option<f64>>,
    before: Vec<Option<f64>>,
    note: Text,
    pub target: Option<f64>,
    /// Fewer people than may be shown to this viewer.
    suppressed: Option<i64>,
}

impl Measure {
    fn new(key: &str, name: impl Into<String>, unit: Unit, direction: Direction) -> Measure {
        Measure {
            key: key.to_owned(),
            name: name.into(),
            definition: String::new(),
            unit,
            direction,
            now: None,
            then: None,
            course: Vec::new(),
            before: Vec::new(),
            note: Text::default(),
            target: None,
            suppressed: None,
        }
    }

    pub fn is_share(&self) -> bool {
        matches!(self.unit, Unit::Share)
    }

    /// Whether the target is reached; none without a target or a value.
    pub fn reached(&self) -> Option<bool> {
        let (now, target) = (self.now?, self.target?);
        Some(if self.direction == Direction::UpIsBad { now <= target } else { now >= target })
    }

    /// `0.3 pt short`, `4% over its limit`.
    pub fn distance(&self) -> String {
        let (Some(now), Some(target)) = (self.now, self.target) else { return String::new() };
        let size = if self.is_share() {
            format!(
                "{} pt",
                words::fixed((now - target).abs() * 100.0, if (now - target).abs() < 0.01 { 2 } else { 1 })
            )
        } else if target != 0.0 {
            joined(words::percent_brief(Some(((now - target) / target).abs())))
        } else {
            joined(self.unit.short(Some((now - target).abs())))
        };
        match (self.direction == Direction::UpIsBad, now > target) {
            (true, true) => format!("{size} over its limit"),
            (true, false) => format!("{size} under its limit"),
            (false, true) => format!("{size} above target"),
            (false, false) => format!("{size} short"),
        }
    }

    /// The value in words, also where it is withheld.
    pub fn value(&self) -> String {
        match self.suppressed {
            Some(least) => format!("fewer than {least}"),
            None => joined(self.unit.short(self.now)),
        }
    }

    pub fn change(&self) -> Option<words::Change> {
        if self.is_share() { words::points(self.now, self.then) } else { words::relative(self.now, self.then) }
    }

    /// Value and target on a scale that holds both; shares near one are shown from where they differ.
    pub fn bullet(&self) -> String {
        let (floor, high) = match (self.now, self.target) {
            (Some(now), Some(target)) if self.is_share() && now.min(target) > 0.9 => (2.0 * now.min(target) - 1.0, 1.0),
            (now, target) => (0.0, now.unwrap_or(0.0).max(target.unwrap_or(0.0)) * 1.15),
        };
        let from = |value: f64| (value - floor).max(0.0);
        let hue = if self.reached() == Some(false) { Hue::Bad } else { Hue::S1 };
        bullet(self.now.map(from), self.target.map(from), high - floor, hue)
    }

    pub fn stat(&self, page: &Page) -> Stat {
        let figure = self.unit.short(self.now);
        let (value, unit) = match self.suppressed {
            Some(least) => (format!("<{least}"), "people".to_owned()),
            None => (figure.value, figure.unit),
        };
        let change = if self.is_share() {
            page.change_points(self.now, self.then, self.direction)
        } else {
            page.change(self.now, self.then, self.direction)
        };
        let course = Spark::new(self.course.clone())
            .previous(self.before.clone())
            .open(page.period.to >= page.look.fresh_as_of)
            .draw();
        Stat {
            id: self.key.replace('_', "-"),
            name: self.name.clone(),
            definition: self.definition.clone(),
            proof: page.proof(),
            value,
            unit,
            change,
            spark: course + &self.against_target(),
            foot: self.note.clone(),
            href: None,
            alert: self.reached() == Some(false),
            figure: self.now.filter(|_| self.suppressed.is_none()),
        }
    }

    /// Bullet and verdict, under the course of a card.
    fn against_target(&self) -> String {
        let Some(target) = self.target else {
            return html! { div class="tg" { span class="muted" { "no target" } } }.into_string();
        };
        let limit = self.direction == Direction::UpIsBad;
        let told = format!("{} {}", if limit { "Limit" } else { "Target" }, self.unit.short(Some(target)));
        html! {
            div class="tg" {
                (PreEscaped(self.bullet()))
                span {
                    (told)
                    @match self.reached() {
                        Some(true) => (if limit { ", kept" } else { ", reached" }),
                        Some(false) => { ", " b class="is-bad" { (self.distance()) } }
                        None => {}
                    }
                }
            }
        }
        .into_string()
    }

    /// Withholds a figure about fewer people than the viewer may see.
    fn withhold(mut self, people: i64, least: Option<i64>) -> Measure {
        if let Some(least) = least.filter(|least| people < *least) {
            (self.now, self.course, self.suppressed) = (None, Vec::new(), Some(least));
        }
        self
    }

    fn withhold_before(mut self, people: Option<i64>, least: Option<i64>) -> Measure {
        if least.is_some_and(|least| people.is_none_or(|people| people < least)) {
            (self.then, self.before) = (None, Vec::new());
        }
        self
    }
}

pub struct Measures {
    pub all: Vec<Measure>,
    /// `the same weekdays before`.
    pub reference: String,
    requests: u64,
    people: i64,
}

/// What one period says.
struct Reading {
    people: Option<f64>,
    people_course: Vec<Option<f64>>,
    new: i64,
    new_course: Vec<Option<f64>>,
    revenue: Vec<(String, f64, Vec<Option<f64>>)>,
    converted: (i64, i64),
    conversion_course: Vec<Option<f64>>,
    goals: f64,
    tickets: i64,
    with_errors: i64,
    /// Requests by day: those of a named part of the product by its place, the others by none.
    cells: BTreeMap<Option<usize>, Vec<Cell>>,
    days: usize,
}

impl Reading {
    fn tickets_per_thousand_goals(&self) -> Option<f64> {
        (self.goals > 0.0).then(|| self.tickets as f64 * 1000.0 / self.goals)
    }

    /// Requests of a part, or of everything.
    fn requests(&self, part: Option<usize>) -> Vec<Cell> {
        let mut all = vec![Cell::default(); self.days];
        for (_, cells) in self.cells.iter().filter(|(key, _)| part.is_none() || **key == part) {
            all.iter_mut().zip(cells).for_each(|(sum, cell)| sum.merge(cell));
        }
        all
    }
}

impl Measures {
    pub async fn of(page: &mut Page, goal: Option<&Goal>) -> Result<Measures, Problem> {
        let machine = page.machine.clone();
        let targets = machine.store.targets(&mut page.look).await?;
        let parts: Vec<String> =
            targets.iter().filter_map(|target| target.measure.strip_suffix(OF_PART)).map(str::to_owned).collect();
        let now = read(page, page.period, goal, &parts).await?;
        let then = match page.before {
            Some(before) => Some(read(page, before, goal, &parts).await?),
            None => None,
        };
        let back = retention(page).await?;
        let least = page.viewer.smallest_cell();
        let mut all = people(page, &now, then.as_ref(), goal, least);
        all.extend(machines(&now, then.as_ref(), &parts));
        all.extend(care(&now, then.as_ref(), least, back));
        for measure in &mut all {
            measure.target = target(&measure.key, &targets);
        }
        let reference = page.reference().trim_start_matches("on ").to_owned();
        Ok(Measures {
            all,
            reference,
            requests: sum(&now.requests(None)).count,
            people: now.people.unwrap_or(0.0) as i64,
        })
    }

    pub fn are_unknown(&self) -> bool {
        self.requests == 0 && self.people == 0
    }

    /// The six of the first page.
    pub fn cards(&self) -> Vec<&Measure> {
        // Where a part of the product has a target of its own, that is the availability that matters.
        let part = self.all.iter().find(|measure| measure.key.ends_with(OF_PART));
        let available = part.map_or("availability", |measure| measure.key.as_str());
        ["revenue_per_day", "active_people", "conversion", "new_people", available, "p95_ms"]
            .iter()
            .filter_map(|key| self.all.iter().find(|measure| measure.key == *key))
            .collect()
    }

    /// The largest change that is judged.
    pub fn largest_change(&self) -> Option<(&Measure, words::Change)> {
        let size = |measure: &Measure| match (measure.now, measure.then) {
            (Some(now), Some(then)) if then > 0.0 && measure.direction != Direction::Neither => {
                ((now - then) / then).abs()
            }
            _ => 0.0,
        };
        let largest = self.all.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
        if size(largest) < NOTABLE { None } else { Some((largest, largest.change()?)) }
    }
}

/// Targets may come from a pipeline that calls the conversion by its steps.
fn target(key: &str, targets: &[TargetRow]) -> Option<f64> {
    let of = |name: &str| targets.iter().find(|target| target.measure == name).map(|target| target.value);
    of(key).or_else(|| if key == "conversion" { of("view_to_purchase") } else { None })
}

async fn read(page: &mut Page, period: Period, goal: Option<&Goal>, parts: &[String]) -> Result<Reading, Problem> {
    let machine = page.machine.clone();
    let store = &machine.store;
    let frame = page.frame(period);
    let series = |event: Option<&str>, measure: &str| TrendSeries {
        event: event.map(str::to_owned),
        measure: measure.to_owned(),
    };
    let mut asked = vec![series(None, "unique"), series(None, "revenue")];
    asked.extend(goal.map(|goal| series(Some(&goal.goal), "total")));
    let trend = Trend { series: asked, interval: Interval::Day, breakdown: None };
    let trend = store.trend(&mut page.look, &frame, &trend).await?.result;
    let people = trend.series.iter().find(|line| line.measure == "unique");
    let revenue: Vec<(String, f64, Vec<Option<f64>>)> = trend
        .series
        .iter()
        .filter(|line| line.measure == "revenue")
        .filter_map(|line| Some((line.currency.clone()?, line.total.unwrap_or(0.0), line.values.clone())))
        .collect();
    let goals = trend.series.iter().find(|line| line.measure == "total").and_then(|line| line.total).unwrap_or(0.0);
    let lifecycle = Lifecycle { event: None, interval: Interval::Day };
    let new = store.lifecycle(&mut page.look, &frame, &lifecycle).await?.result.new;
    let (mut converted, mut conversion_course) = ((0, 0), Vec::new());
    if let Some(goal) = goal {
        let funnel = Funnel { trend: Some(Interval::Day), ..Funnel::of(&[&goal.start, &goal.goal]) };
        let funnel = store.funnel(&mut page.look, &frame, &funnel).await?.result;
        converted =
            (funnel.steps.last().map_or(0, |step| step.count), funnel.steps.first().map_or(0, |step| step.count));
        conversion_course = funnel
            .trend
            .iter()
            .map(|day| (day.entered > 0).then(|| day.converted as f64 / day.entered as f64))
            .collect();
    }
    // Before the first event of all nothing is known; drawn as zero it would look like a rise.
    let begun = people.and_then(|line| line.values.iter().position(|count| count.is_some_and(|count| count > 0.0)));
    let known = |values: Vec<Option<f64>>| -> Vec<Option<f64>> {
        values
            .into_iter()
            .enumerate()
            .map(|(day, value)| value.filter(|_| begun.is_some_and(|first| day >= first)))
            .collect()
    };
    let buckets = Buckets::new(&page.project.zone, Interval::Day, period.from, period.to)?;
    // Figures of requests know fewer fields; where a filter does not fit them they are of everybody.
    let filter = CellFilter::of(&page.filters(), "operation").unwrap_or_default();
    let part = |words: &[Option<&str>; 4]| {
        let of = |part: &String| words[..2].iter().flatten().any(|word| word.to_lowercase().contains(part.as_str()));
        parts.iter().position(of)
    };
    let cells = store.cells(&mut page.look, Kind::Requests, period, &buckets, &filter, part).await?;
    Ok(Reading {
        people: people.and_then(|line| line.total),
        people_course: people.map(|line| known(line.values.clone())).unwrap_or_default(),
        new: new.iter().sum(),
        new_course: known(new.iter().map(|count| Some(*count as f64)).collect()),
        revenue: revenue.into_iter().map(|(code, total, course)| (code, total, known(course))).collect(),
        converted,
        conversion_course,
        goals,
        tickets: store.clocks(&mut page.look, period).await?.opened,
        with_errors: store.people_with_errors(&mut page.look, period).await?,
        cells,
        days: buckets.len(),
    })
}

/// Of those who were new in a week, how many were there again four weeks later: all complete weeks of the last twelve.
async fn retention(page: &mut Page) -> Result<Option<(i64, i64)>, Problem> {
    let machine = page.machine.clone();
    let period = super::growth::twelve_weeks(page);
    let asked = Retention {
        start: None,
        back: None,
        unit: Interval::Week,
        mode: RetentionMode::On,
        cohort: Cohort::First,
        interval: RetentionInterval::Calendar,
        periods: 5,
    };
    let frame = page.frame(period);
    let answer = machine.store.retention(&mut page.look, &frame, &asked).await?.result;
    // The first week with data holds everybody: nobody knows who was new in it.
    let known: Vec<_> = answer.cohorts.iter().skip_while(|cohort| cohort.size == 0).skip(1).collect();
    let complete = known.iter().filter(|cohort| cohort.complete.get(4) == Some(&true) && cohort.size > 0);
    let (back, all) =
        complete.fold((0, 0), |sum, cohort| (sum.0 + cohort.values.get(4).copied().unwrap_or(0), sum.1 + cohort.size));
    Ok((all > 0).then_some((back, all)))
}

fn days(period: Period) -> f64 {
    (period.seconds() as f64 / 86_400.0).max(1.0 / 24.0)
}

fn share((part, whole): (i64, i64)) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn people(page: &Page, now: &Reading, then: Option<&Reading>, goal: Option<&Goal>, least: Option<i64>) -> Vec<Measure> {
    let count = |value: Option<f64>| value.unwrap_or(0.0) as i64;
    let seen = |of: &str| Text::new(format!("{of} who share usage"));
    let mut revenue = now.revenue.clone();
    revenue
        .sort_by(|a, b| (b.0 == page.project.currency).cmp(&(a.0 == page.project.currency)).then(b.1.total_cmp(&a.1)));
    let mut measures = Vec::new();
    if let Some((currency, total, course)) = revenue.first() {
        let before = then.and_then(|then| then.revenue.iter().find(|(code, ..)| code == currency));
        let others: Vec<String> =
            revenue[1..].iter().map(|(code, total, _)| joined(words::money(Some(*total), code))).collect();
        let mut measure =
            Measure::new("revenue_per_day", "Revenue per day", Unit::Money(currency.clone()), Direction::UpIsGood);
        measure.definition =
            "Money of all events that carry some, in the project's currency, divided by the days of the period. Other currencies are not converted.".to_owned();
        measure.now = Some(total / days(page.period));
        measure.then =
            before.zip(page.before).map(|((_, total, _), period)| total / days(period)).filter(|then| *then > 0.0);
        measure.course = course.clone();
        measure.before = before.map(|(_, _, course)| course.clone()).unwrap_or_default();
        measure.note = Text::new(format!("{} in all", joined(words::money(Some(*total), currency))));
        if !others.is_empty() {
            measure.note = measure.note.plain(format!(", and {}", others.join(", ")));
        }
        measures.push(measure);
    }
    let mut active = Measure::new("active_people", "Active people", Unit::Count, Direction::UpIsGood);
    active.definition = "Different people with at least one event in the period.".to_owned();
    active.now = now.people;
    active.then = then.and_then(|then| then.people).filter(|people| *people > 0.0);
    active.course = now.people_course.clone();
    active.note = seen("people");
    measures
        .push(active.withhold(count(now.people), least).withhold_before(then.map(|then| count(then.people)), least));
    let mut new = Measure::new("new_people", "New people", Unit::Count, Direction::UpIsGood);
    new.definition = "People whose first event of all that is stored lies in the period.".to_owned();
    new.now = Some(now.new as f64);
    new.then = then.map(|then| then.new as f64).filter(|new| *new > 0.0);
    new.course = now.new_course.clone();
    new.note = seen("people");
    measures.push(new.withhold(now.new, least).withhold_before(then.map(|then| then.new), least));
    if let Some(goal) = goal {
        let mut conversion = Measure::new("conversion", goal.title(), Unit::Share, Direction::UpIsGood);
        conversion.definition = format!(
            "People who did {} within 14 days after {}, of all who did {} in the period.",
            goal.goal, goal.start, goal.start
        );
        conversion.now = share(now.converted);
        conversion.then = then.and_then(|then| share(then.converted));
        conversion.course = now.conversion_course.clone();
        conversion.note = Text::new(format!(
            "{} of {}",
            words::count(Some(now.converted.0 as f64)),
            words::count(Some(now.converted.1 as f64))
        ));
        let small = now.converted.0.min(now.converted.1);
        if least.is_some_and(|least| small < least) {
            conversion.note = Text::default();
        }
        measures.push(conversion.withhold(small, least).withhold_before(then.map(|then| then.converted.0), least));
    }
    measures
}

/// Availability of everything and of the parts that have a target, and the time to answer.
fn machines(now: &Reading, then: Option<&Reading>, parts: &[String]) -> Vec<Measure> {
    let answered = |cell: &Cell| error_share(cell).map(|failed| 1.0 - failed);
    let figure = |mut measure: Measure, part: Option<usize>, of: &dyn Fn(&Cell) -> Option<f64>| {
        let cells = now.requests(part);
        let all = sum(&cells);
        measure.now = of(&all);
        measure.then =
            then.map(|then| sum(&then.requests(part))).filter(|cell| cell.count > 0).and_then(|cell| of(&cell));
        measure.course = cells.iter().map(of).collect();
        measure.note = Text::new(format!("{} requests", words::count(Some(all.count as f64))));
        measure
    };
    let mut availability = Measure::new("availability", "Availability", Unit::Share, Direction::UpIsGood);
    availability.definition = "Requests that did not fail, of all requests of all services.".to_owned();
    let mut p95 = Measure::new("p95_ms", "Time to answer, p95", Unit::Milliseconds, Direction::UpIsBad);
    p95.definition = "Nineteen of twenty requests are answered within this time.".to_owned();
    let mut measures =
        vec![figure(availability, None, &answered), figure(p95, None, &|cell: &Cell| quantile_ms(cell, 0.95))];
    for (place, part) in parts.iter().enumerate() {
        let mut measure = Measure::new(
            &format!("{part}{OF_PART}"),
            format!("Availability of {part}"),
            Unit::Share,
            Direction::UpIsGood,
        );
        measure.definition =
            format!("Requests that did not fail, of those whose service or operation is named after {part}.");
        measures.push(figure(measure, Some(place), &answered));
    }
    measures
}

/// How people fared: errors, coming back, writing to support.
fn care(now: &Reading, then: Option<&Reading>, least: Option<i64>, back: Option<(i64, i64)>) -> Vec<Measure> {
    let people = |reading: &Reading| reading.people.unwrap_or(0.0) as i64;
    let free = |reading: &Reading| {
        let people = people(reading);
        (people > 0).then(|| 1.0 - (reading.with_errors as f64 / people as f64).min(1.0))
    };
    let mut crash = Measure::new("crash_free_people", "People without errors", Unit::Share, Direction::UpIsGood);
    crash.definition = "Active people who met no exception in the period, of all active people.".to_owned();
    crash.now = free(now);
    crash.then = then.and_then(free);
    crash.note = Text::new("people who share usage");
    let crash = crash.withhold(people(now), least).withhold_before(then.map(people), least);
    let mut week4 = Measure::new("week_4_retention", "Back in week 4", Unit::Share, Direction::UpIsGood);
    week4.definition =
        "Of people who were new in a week, those who were active four weeks later: all weeks of the last twelve that are over.".to_owned();
    week4.now = back.and_then(share);
    week4.note = match back {
        Some((_, all)) => Text::new(format!("of {} people", words::count(Some(all as f64)))),
        None => Text::new("known when a week is four weeks old"),
    };
    let week4 = week4.withhold(back.map_or(i64::MAX, |(back, _)| back), least);
    let mut contacts =
        Measure::new("contacts_per_1000_orders", "Tickets per 1,000 goals", Unit::Number, Direction::UpIsBad);
    contacts.definition =
        "Tickets opened in the period, for every thousand times that the goal was reached.".to_owned();
    contacts.now = now.tickets_per_thousand_goals();
    contacts.then = then.and_then(Reading::tickets_per_thousand_goals).filter(|value| *value > 0.0);
    contacts.note = Text::new(format!("{} tickets", words::count(Some(now.tickets as f64))));
    vec![crash, week4, contacts]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(now: f64, target: f64, unit: Unit, direction: Direction) -> Measure {
        Measure { now: Some(now), target: Some(target), ..Measure::new("x", "X", unit, direction) }
    }

    #[test]
    fn a_limit_is_kept_from_below_and_a_target_reached_from_above() {
        assert_eq!(measure(4.1, 4.5, Unit::Number, Direction::UpIsBad).reached(), Some(true));
        assert_eq!(measure(0.102, 0.105, Unit::Share, Direction::UpIsGood).reached(), Some(false));
        assert_eq!(measure(0.102, 0.105, Unit::Share, Direction::UpIsGood).distance(), "0.30 pt short");
        assert_eq!(measure(54.0, 45.0, Unit::Number, Direction::UpIsBad).distance(), "20% over its limit");
        assert_eq!(Measure::new("x", "X", Unit::Count, Direction::UpIsGood).reached(), None);
    }

    #[test]
    fn a_card_says_how_far_it_is_from_its_target_and_when_it_has_none() {
        let short = measure(0.102, 0.105, Unit::Share, Direction::UpIsGood).against_target();
        assert!(short.contains("Target 10.5%, <b class=\"is-bad\">0.30 pt short</b>"), "{short}");
        let kept = measure(4.1, 4.5, Unit::Number, Direction::UpIsBad).against_target();
        assert!(kept.contains("Limit 4.5, kept") && kept.contains("<svg"), "{kept}");
        let none = Measure::new("x", "X", Unit::Count, Direction::UpIsGood).against_target();
        assert!(none.contains("no target") && !none.contains("<svg"), "{none}");
    }

    #[test]
    fn too_few_people_are_withheld_and_not_called_zero() {
        let few = Measure { now: Some(7.0), ..Measure::new("x", "X", Unit::Count, Direction::UpIsGood) }
            .withhold(7, Some(20));
        assert_eq!((few.now, few.value().as_str()), (None, "fewer than 20"));
        let none = Measure { now: Some(0.0), ..Measure::new("x", "X", Unit::Count, Direction::UpIsGood) }
            .withhold(0, Some(20));
        assert_eq!(none.value(), "fewer than 20");
        let all =
            Measure { now: Some(7.0), ..Measure::new("x", "X", Unit::Count, Direction::UpIsGood) }.withhold(7, None);
        assert_eq!(all.value(), "7");
    }
}
