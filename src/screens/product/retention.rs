//! Retention: of those who began, who came back.

use super::capital;
use crate::charts::{About, Back, Cohort as Row, Column as Class, Columns, Hue, Retention as Heat};
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words::{self, Unit};
use parallax_domain::question::{Cohort, Retention, RetentionAnswer, RetentionInterval, RetentionMode};
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Link, Method, Panel, Part, Screen, Text};
use parallax_domain::{Instant, Interval, Period, Problem};
use parallax_server::engine::calendar::next_boundary;
use parallax_server::engine::retention::mean_retention;

/// Cohorts that a table holds; more rows are not read.
const MOST_COHORTS: usize = 62;
const PERIODS: usize = 12;
/// Weeks that an overview looks back.
const WEEKS: i64 = 12;

/// The question that the page's address asks.
pub fn asked(page: &Page) -> Retention {
    let address = &page.address;
    let event = |key: &str| address.get(key).map(str::trim).filter(|event| !event.is_empty()).map(str::to_owned);
    Retention {
        start: event("start"),
        back: event("return"),
        unit: match address.get("unit") {
            Some("day") => Interval::Day,
            Some("month") => Interval::Month,
            _ => Interval::Week,
        },
        mode: if address.get("mode") == Some("on_or_after") { RetentionMode::OnOrAfter } else { RetentionMode::On },
        cohort: if address.get("cohort") == Some("recurring") { Cohort::Recurring } else { Cohort::First },
        interval: if address.get("interval") == Some("rolling") {
            RetentionInterval::Rolling
        } else {
            RetentionInterval::Calendar
        },
        periods: address.number("periods").map_or(PERIODS, |periods| periods.clamp(2, 31) as usize),
    }
}

/// An answer with the time it speaks of.
pub struct Told {
    pub asked: Retention,
    pub answer: RetentionAnswer,
    n: i64,
}

impl Told {
    /// Cohorts of at least the usual number of weeks (or days, or months), as far as events are kept.
    pub async fn of(page: &mut Page, asked: Retention, begin: Option<Instant>) -> Result<Told, Problem> {
        let back = match asked.unit {
            Interval::Month => chrono::Duration::days(365),
            Interval::Week => chrono::Duration::weeks(WEEKS),
            _ => chrono::Duration::days(14),
        };
        let wished = page.period.from.min(page.period.to - back);
        // Who is in the first, cut-off cohort may have come before: it says nothing.
        let from = match begin {
            Some(begin) if begin > wished => {
                let next = next_boundary(page.zone, asked.unit, begin.timestamp_millis());
                parallax_server::engine::calendar::instant(next)
            }
            _ => wished,
        };
        if from >= page.period.to {
            return Ok(Told { asked, answer: RetentionAnswer::default(), n: 0 });
        }
        let frame = page.frame(Period { from, to: page.period.to });
        let machine = page.machine.clone();
        let read = machine.store.retention(&mut page.look, &frame, &asked).await?;
        let mut answer = read.result;
        let surplus = answer.cohorts.len().saturating_sub(MOST_COHORTS);
        answer.cohorts.drain(..surplus);
        Ok(Told { asked, answer, n: read.n })
    }

    /// Share of all members of complete cells who came back in this period.
    pub fn mean(&self, period: usize) -> Option<f64> {
        mean_retention(&self.answer, period).map(|(_, weighted)| weighted)
    }

    fn people(&self) -> i64 {
        self.answer.cohorts.iter().map(|cohort| cohort.size).sum()
    }

    fn is_empty(&self) -> bool {
        self.people() == 0
    }

    /// Whoever begins with what counts as coming back is back at once: that column would say nothing.
    fn first(&self) -> usize {
        usize::from(self.asked.back.is_none() || self.asked.back == self.asked.start)
    }

    /// `From the first event to any event, week by week`: the rule in force.
    pub fn rule(&self) -> String {
        let event = |event: &Option<String>, any: &str| event.clone().unwrap_or_else(|| any.to_owned());
        let who = match self.asked.cohort {
            Cohort::First => format!("people by their first {}", event(&self.asked.start, "event")),
            Cohort::Recurring => {
                format!("people by every {} with {}", self.asked.unit.word(), event(&self.asked.start, "any event"))
            }
        };
        let back = event(&self.asked.back, "any event");
        let when = match (self.asked.mode, self.asked.interval) {
            (RetentionMode::On, RetentionInterval::Calendar) => format!("in the calendar {}", self.asked.unit.word()),
            (RetentionMode::On, RetentionInterval::Rolling) => {
                format!("in the {} counted from their own start", self.asked.unit.word())
            }
            (RetentionMode::OnOrAfter, _) => format!("in the {} or any later one", self.asked.unit.word()),
        };
        format!("{who}, back with {back} {when}")
    }

    pub fn sentence(&self) -> Text {
        let word = self.asked.unit.word();
        match (self.mean(1), self.mean(4)) {
            (None, _) => Text::new(format!("No {word} after a first one is complete yet.")),
            (Some(one), None) => Text::default()
                .strong(joined(words::percent_brief(Some(one))))
                .plain(format!(" are back one {word} later.")),
            (Some(one), Some(four)) => Text::default()
                .strong(joined(words::percent_brief(Some(one))))
                .plain(format!(" are back one {word} later, "))
                .strong(joined(words::percent_brief(Some(four))))
                .plain(format!(" after four {word}s.")),
        }
    }

    pub fn heat(&self, page: &Page) -> Part {
        let word = self.asked.unit.word();
        if self.is_empty() {
            let why = format!(
                "Here would be, {word} by {word}, who came back. It needs people who began in a whole {word} of which events are kept."
            );
            return empty("Nobody to follow yet", why);
        }
        let cohorts: Vec<Row> = self.answer.cohorts.iter().map(|cohort| self.row(page, cohort)).collect();
        let end = next_boundary(page.zone, self.asked.unit, page.look.fresh_as_of.timestamp_millis());
        let mut about = About::new("retention", "Retention").unit("% back").summary(self.sentence().words());
        about.notes = page.people_notes(self.people(), "projection");
        about.notes.push(Text::new("opt-outs leave the base, not the row"));
        let heat = Heat {
            about,
            period: word.to_owned(),
            first: self.first(),
            cohorts,
            open_note: format!(
                "{word} still open, final on {}",
                page.date(parallax_server::engine::calendar::instant(end))
            ),
        };
        Part::Drawing(heat.draw())
    }

    fn row(&self, page: &Page, cohort: &parallax_domain::question::CohortRow) -> Row {
        let fresh = page.look.fresh_as_of.timestamp_millis();
        let mut edge = cohort.start.timestamp_millis();
        let mut periods = Vec::with_capacity(cohort.values.len());
        for (value, complete) in cohort.values.iter().zip(&cohort.complete) {
            let begun = edge < fresh;
            periods.push(Back { people: begun.then_some(*value), complete: *complete, href: None });
            edge = next_boundary(page.zone, self.asked.unit, edge);
        }
        periods.drain(..self.first());
        Row { label: page.date(cohort.start), size: cohort.size, periods }
    }

    /// The weighted mean as a course.
    fn curve(&self, page: &Page) -> Part {
        let word = self.asked.unit.word();
        let columns: Vec<Class> = (0..self.asked.periods)
            .map_while(|period| self.mean(period).map(|mean| (period, mean)))
            .map(|(period, mean)| Class {
                label: period.to_string(),
                value: Some(mean),
                hue: Hue::S1,
                ..Class::default()
            })
            .collect();
        if columns.len() < 2 {
            return empty("No curve yet", format!("It needs one complete {word} after a first one."));
        }
        let about = About {
            notes: page.people_notes(self.people(), "projection"),
            ..About::new("retention-curve", "Mean over all cohorts")
                .unit(format!("% back, by {word} since the start"))
                .summary(self.sentence().words())
        };
        let chart = Columns {
            about,
            unit: Unit::Share,
            class: capital(word),
            value: "Back".to_owned(),
            columns,
            ..Columns::default()
        };
        Part::Drawing(chart.draw())
    }
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let begin = page.events_begin().await?;
    let buckets = parallax_server::engine::calendar::Buckets::whole(page.period)?;
    let (machine, frame) = (page.machine.clone(), page.frame(page.period));
    let usage = machine.store.usage(&mut page.look, &frame, buckets).await?.result;
    let names: Vec<String> = usage.rows.iter().map(|row| row.event.clone()).collect();
    let told = Told::of(page, asked(page), begin).await?;
    let mut screen = page.screen("Retention");
    screen.crumbs = page.crumbs("Product", "/product");
    screen.tabs = super::tabs(page);
    screen.lede = told.sentence();
    screen.parts.push(Panel::new("settings", "Question").part(Part::Form(form(page, &told.asked, &names))).into());
    let read = format!("{} events read", words::count(Some(told.n as f64)));
    screen.parts.push(Part::Grid(vec![
        (
            12,
            Panel::new("retention", "Cohorts")
                .unit("% back")
                .summary(Text::new(capital(&told.rule()) + "."))
                .part(told.heat(page))
                .foot(read)
                .into(),
        ),
        (
            12,
            Panel::new("retention-curve", "Mean over all cohorts")
                .unit("weighted by size, complete cells only")
                .part(told.curve(page))
                .into(),
        ),
    ]));
    Ok(screen)
}

fn form(page: &Page, asked: &Retention, names: &[String]) -> Form {
    let choice = |value: &str, label: &str, chosen: bool| Choice::new(value, label, chosen);
    let event = |name: &str, label: &str, value: &Option<String>| {
        Field::new(name, label, FieldKind::Suggest(names.to_vec())).value(value.clone().unwrap_or_default())
    };
    Form {
        id: "retention-settings".to_owned(),
        action: "/product/retention".to_owned(),
        method: Method::Get,
        hidden: crate::explore::traces::hidden(&page.to("/product/retention")),
        fields: vec![
            event("start", "Began with", &asked.start).hint("empty: any event"),
            event("return", "Came back with", &asked.back).hint("empty: any event"),
            Field::new(
                "unit",
                "By",
                FieldKind::Choice(vec![
                    choice("day", "day", asked.unit == Interval::Day),
                    choice("week", "week", asked.unit == Interval::Week),
                    choice("month", "month", asked.unit == Interval::Month),
                ]),
            ),
            Field::new(
                "cohort",
                "Who",
                FieldKind::Choice(vec![
                    choice("first", "first time", asked.cohort == Cohort::First),
                    choice("recurring", "every time", asked.cohort == Cohort::Recurring),
                ]),
            ),
            Field::new(
                "mode",
                "Back",
                FieldKind::Choice(vec![
                    choice("on", "in that period", asked.mode == RetentionMode::On),
                    choice("on_or_after", "in it or later", asked.mode == RetentionMode::OnOrAfter),
                ]),
            ),
            Field::new(
                "interval",
                "Counted",
                FieldKind::Choice(vec![
                    choice("calendar", "by calendar", asked.interval == RetentionInterval::Calendar),
                    choice("rolling", "from own start", asked.interval == RetentionInterval::Rolling),
                ]),
            ),
            Field::new("periods", "Periods", FieldKind::Number { min: Some(2), max: Some(31) })
                .value(asked.periods.to_string()),
        ],
        submit: "Ask".to_owned(),
        inline: true,
        ..Form::default()
    }
}

/// The panel of an overview: first event to any event, week by week.
pub fn panel(page: &Page, told: &Told) -> Panel {
    let all = Link::new("Other questions", page.to("/product/retention").href());
    Panel::new("retention", "Retention").unit(told.rule()).summary(told.sentence()).action(all).part(told.heat(page))
}
