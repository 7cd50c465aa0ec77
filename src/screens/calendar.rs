//! Pages about people count by calendar: a person who comes at night and in the morning is one person of that day.

use crate::charts::{TimeAxis, TimeLabel, coverage};
use crate::page::Page;
use crate::words::{self, Length};
use parallax_domain::screen::Text;
use parallax_domain::{Instant, Interval, Period, Problem};
use parallax_server::engine::calendar::{self, Buckets};

/// Width of a coverage bar beside a figure, in pixels.
const COVERAGE: u16 = 28;

/// The calendar unit of a chart over so long a period: about 15 to 100 of them.
pub fn rhythm(period: Period) -> Interval {
    match period.seconds() / 86_400 {
        0..3 => Interval::Hour,
        3..100 => Interval::Day,
        100..740 => Interval::Week,
        _ => Interval::Month,
    }
}

impl Page {
    /// Turns the charts of this page to whole hours, days, weeks or months.
    pub fn count_by_calendar(&mut self) -> Result<Interval, Problem> {
        let interval = rhythm(self.period);
        self.buckets = self.calendar_buckets(interval, self.period)?;
        self.buckets_before = match self.before {
            Some(before) => Some(self.calendar_buckets(interval, before)?),
            None => None,
        };
        Ok(interval)
    }

    pub fn calendar_buckets(&self, interval: Interval, period: Period) -> Result<Buckets, Problem> {
        Buckets::new(&self.project.zone, interval, period.from, period.to)
    }

    /// An axis over any buckets of one calendar unit. What ends after `final_at` is open.
    pub fn calendar_axis(&self, buckets: &Buckets, interval: Interval, final_at: Instant, note: &str) -> TimeAxis {
        let length = Length::from(interval);
        let ended = |index: &usize| buckets.end(*index) > final_at.timestamp_millis();
        TimeAxis {
            times: buckets.labels().into_iter().map(|at| TimeLabel::of(at, self.wall(at), length)).collect(),
            until: Some(calendar::instant(buckets.end(buckets.len() - 1))),
            open_from: (0..buckets.len()).find(ended),
            open_note: note.to_owned(),
            flags: self.flags.clone(),
            ..TimeAxis::default()
        }
    }

    /// The first instant of which events are known; of times before it nothing is said, not even zero.
    pub async fn events_begin(&mut self) -> Result<Option<Instant>, Problem> {
        let machine = self.machine.clone();
        machine.store.events_begin(&mut self.look).await
    }

    /// Whether events of the whole comparison are kept, so that comparing is fair.
    pub fn compares_fairly(&self, begin: Option<Instant>) -> bool {
        matches!((self.before, begin), (Some(before), Some(begin)) if begin <= before.from)
    }

    /// n, coverage, source and age of figures about people.
    pub fn people_notes(&self, people: i64, source: &str) -> Vec<Text> {
        let age = (self.now - self.look.fresh_as_of).num_seconds().max(0);
        vec![
            Text::new(format!("n = {}", words::counted(people, "person", "people"))),
            unknown_coverage(),
            Text::new(format!("{source}, {}", words::old(age))),
        ]
    }

    /// When the comparison was, behind `than` or `as`: `in the period before`, `on the same weekdays before`.
    pub fn earlier(&self) -> String {
        let reference = self.reference();
        match reference.as_str() {
            "on the period before" => "in the period before".to_owned(),
            "on last year" => "last year".to_owned(),
            _ => reference,
        }
    }

    /// `19 Nov`.
    pub fn date(&self, at: Instant) -> String {
        words::day(self.wall(at))
    }

    /// Why there is no comparison, where one was asked for.
    pub fn incomparable(&self, begin: Option<Instant>) -> Option<Text> {
        let begin = begin.filter(|_| self.before.is_some() && !self.compares_fairly(begin))?;
        Some(Text::new(format!("no comparison: events are kept since {}", self.date(begin))))
    }
}

/// Nobody told how many people there are in all: said as unknown, never as everybody.
pub fn unknown_coverage() -> Text {
    Text::default().markup(coverage(None, COVERAGE)).plain("coverage unknown")
}

/// How many people of a cell may be shown: none where there are fewer than the least number.
pub fn shown(people: i64, least: Option<i64>) -> Option<i64> {
    least.is_none_or(|least| people == 0 || people >= least).then_some(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: i64) -> Period {
        let from = chrono::DateTime::UNIX_EPOCH;
        Period { from, to: from + chrono::Duration::days(count) }
    }

    #[test]
    fn the_longer_a_period_the_longer_its_units() {
        assert_eq!(rhythm(days(1)), Interval::Hour);
        assert_eq!(rhythm(days(7)), Interval::Day);
        assert_eq!(rhythm(days(28)), Interval::Day);
        assert_eq!(rhythm(days(365)), Interval::Week);
        assert_eq!(rhythm(days(1500)), Interval::Month);
    }

    #[test]
    fn small_cells_are_not_told_and_nobody_is_not_a_small_cell() {
        assert_eq!(shown(49, Some(50)), None);
        assert_eq!(shown(50, Some(50)), Some(50));
        assert_eq!(shown(0, Some(50)), Some(0));
        assert_eq!(shown(3, None), Some(3));
    }
}
