//! Active people: a day, a week, four weeks, and how much of the four weeks a day holds.

use crate::page::{Direction, Page};
use crate::parts::Card;
use crate::words::{self, Unit};
use parallax_domain::screen::{Stat, Text};
use parallax_domain::{Instant, Problem};
use parallax_server::engine::active::Active;

/// Active people of the period and of the comparison.
pub struct People {
    now: Active,
    before: Option<Active>,
    /// Days of the period that are over, as far as everything of them has arrived.
    complete: usize,
}

impl People {
    pub async fn of(page: &mut Page, begin: Option<Instant>) -> Result<People, Problem> {
        let machine = page.machine.clone();
        let frame = page.frame(page.period);
        let now = machine.store.active_people(&mut page.look, &frame, None).await?.result;
        let before = match page.before.filter(|_| page.compares_fairly(begin)) {
            Some(before) => {
                let frame = page.frame(before);
                Some(machine.store.active_people(&mut page.look, &frame, None).await?.result)
            }
            None => None,
        };
        // A day is over when the next one has begun; the last of the period may be cut off by its end.
        let over = |index: usize| match now.days.get(index + 1) {
            Some(next) => *next <= page.look.fresh_as_of,
            None => {
                page.wall(page.period.to).time() == chrono::NaiveTime::MIN && page.period.to <= page.look.fresh_as_of
            }
        };
        let complete = (0..now.days.len()).take_while(|index| over(*index)).count();
        Ok(People { now, before, complete })
    }

    fn mean(values: &[i64], days: usize) -> Option<f64> {
        let values = &values[..days.min(values.len())];
        (!values.is_empty()).then(|| values.iter().sum::<i64>() as f64 / values.len() as f64)
    }

    /// At the end of the last complete day; with none complete yet, of the open one.
    fn last(&self, values: &[i64]) -> Option<i64> {
        values.get(self.complete.max(1) - 1).copied()
    }

    /// People of the last seven days.
    pub fn weekly(&self) -> Option<i64> {
        self.last(&self.now.weekly)
    }

    pub fn weekly_before(&self) -> Option<i64> {
        self.before.as_ref().and_then(|before| self.last(&before.weekly))
    }

    /// Mean of a day's people over the period ÷ people of the four weeks that end with it.
    fn stickiness(&self, active: &Active) -> Option<f64> {
        let monthly = self.last(&active.monthly).filter(|people| *people > 0)? as f64;
        Some(People::mean(&active.daily, self.complete.max(1))? / monthly)
    }

    pub fn cards(self, page: &Page, begin: Option<Instant>) -> Vec<Stat> {
        let course = |values: &[i64]| values.iter().map(|value| Some(*value as f64)).collect::<Vec<_>>();
        let open = self.complete < self.now.days.len();
        let days = self.complete.max(1);
        let before = |of: &dyn Fn(&Active) -> Option<f64>| self.before.as_ref().and_then(of);
        let ghost = |of: fn(&Active) -> &Vec<i64>| {
            let mut values = self.before.as_ref().map(|before| course(of(before))).unwrap_or_default();
            values.resize(if values.is_empty() { 0 } else { self.now.days.len() }, None);
            values
        };
        // The window of a week or of four weeks reaches back before the first event that is kept: then it is shorter.
        let short = |length: i64| {
            let reach = page.period.from - chrono::Duration::days(length);
            begin.is_some_and(|begin| begin > reach)
        };
        let foot = |short: bool| match begin.filter(|_| short) {
            Some(begin) => Text::new(format!("events since {}", page.date(begin))),
            None => crate::calendar::unknown_coverage(),
        };
        let card = |id: &'static str, name: &'static str, definition: &'static str, unit: Unit| Card {
            id,
            name,
            definition,
            unit,
            now: None,
            then: None,
            direction: Direction::UpIsGood,
            course: Vec::new(),
            before: Vec::new(),
            foot: Text::default(),
            alert: false,
            open,
        };
        let last = |values: &[i64]| self.last(values).map(|people| people as f64);
        let cards = [
            Card {
                now: People::mean(&self.now.daily, days),
                then: before(&|active| People::mean(&active.daily, days)),
                course: course(&self.now.daily),
                before: ghost(|active| &active.daily),
                foot: foot(false),
                ..card(
                    "active-daily",
                    "Active a day",
                    "People with at least one event on a day, the mean of the complete days. Days of the project's zone.",
                    Unit::Count,
                )
            },
            Card {
                now: last(&self.now.weekly),
                then: before(&|active| last(&active.weekly)),
                course: course(&self.now.weekly),
                before: ghost(|active| &active.weekly),
                foot: foot(short(6)),
                ..card(
                    "active-weekly",
                    "Active in a week",
                    "Different people of the last 7 complete days.",
                    Unit::Count,
                )
            },
            Card {
                now: last(&self.now.monthly),
                then: before(&|active| last(&active.monthly)),
                course: course(&self.now.monthly),
                before: ghost(|active| &active.monthly),
                foot: foot(short(27)),
                ..card(
                    "active-monthly",
                    "Active in four weeks",
                    "Different people of the last 28 complete days: four of each weekday.",
                    Unit::Count,
                )
            },
            Card {
                now: self.stickiness(&self.now),
                then: before(&|active| self.stickiness(active)),
                course: self
                    .now
                    .daily
                    .iter()
                    .zip(&self.now.monthly)
                    .map(|(day, month)| (*month > 0).then(|| *day as f64 / *month as f64))
                    .collect(),
                foot: match self.stickiness(&self.now) {
                    Some(share) => Text::new(format!("{} days of 28", words::fixed(share * 28.0, 1))),
                    None => Text::default(),
                },
                ..card(
                    "stickiness",
                    "Stickiness",
                    "Active a day ÷ active in four weeks: the share of days on which an active person comes (DAU/MAU).",
                    Unit::Share,
                )
            },
        ];
        cards.into_iter().map(|card| card.stat(page)).collect()
    }
}
