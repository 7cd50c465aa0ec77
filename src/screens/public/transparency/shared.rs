//! How many people share what, and how that went month by month.

use super::usage;
use crate::charts::maths::time::TimeLabel;
use crate::charts::{About, Hue, Line, Series, TimeAxis, TimeSeries};
use crate::words::{self, Length, Unit};
use chrono::{NaiveDate, NaiveTime};
use parallax_domain::Category;
use parallax_domain::screen::{Panel, Part};
use parallax_server::transparency::{Month, Public, SMALLEST, SharedNow};
use std::collections::BTreeSet;

/// More lines than these nobody tells apart.
const LINES: usize = 4;

pub fn panel(public: &Public) -> Panel {
    let panel = Panel::new("share", "How many people share");
    let decided = public.shared.iter().filter_map(|one| one.decided).max();
    let summary = match (usage(public), decided) {
        (Some(share), Some(decided)) => format!(
            "{} of those who decided share their usage, of {}. Nobody is asked again for six months.",
            words::percent_full(Some(share)),
            words::counted(decided, "decision", "decisions")
        ),
        _ => format!(
            "Fewer than {SMALLEST} people answered yes or no, so nothing is told yet. Nobody is asked again for six months."
        ),
    };
    let panel = panel.summary(summary.clone()).foot("decisions are counted, not the people who made them");
    let months: BTreeSet<NaiveDate> = public.months.iter().map(|month| month.month).collect();
    let months: Vec<NaiveDate> = months.into_iter().collect();
    let lines: Vec<Line> = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Essential)
        .map(|category| (category, course(category, &months, &public.months)))
        .filter(|(_, course)| course.iter().any(Option::is_some))
        .take(LINES)
        .enumerate()
        .map(|(index, (category, course))| Line::new(category.word(), course).hue(Hue::series(index)))
        .collect();
    if months.len() < 2 || lines.is_empty() {
        return panel.part(Part::List(public.shared.iter().map(now).collect()));
    }
    let times = months.iter().map(|month| {
        let wall = month.and_time(NaiveTime::MIN);
        TimeLabel::of(wall.and_utc(), wall, Length::Month)
    });
    let axis = TimeAxis {
        times: times.collect(),
        open_from: Some(months.len() - 1),
        open_note: "month still open".to_owned(),
        ..TimeAxis::default()
    };
    let series = Series { unit: Unit::Share, lines, height: 170, ..Series::default() };
    let about = About::new("share", "Share of decisions that allow each category, by month").summary(summary);
    panel.part(Part::Drawing(TimeSeries { about, axis, series }.draw()))
}

/// A category over the months; none where too few decided to be told.
fn course(category: Category, months: &[NaiveDate], all: &[Month]) -> Vec<Option<f64>> {
    let of = |month: &NaiveDate| {
        all.iter()
            .find(|one| one.month == *month && one.category == category as i16)
            .and_then(|one| SharedNow::of(category, one.granted, one.denied).share)
    };
    months.iter().map(of).collect()
}

/// One line of the list that stands where there are not enough months for a chart.
fn now(one: &SharedNow) -> parallax_domain::screen::Item {
    use parallax_domain::screen::{Item, Text};
    let share = match one.share {
        Some(share) => Text::default().strong(words::percent_full(Some(share))),
        None => Text::default().soft("too few to tell"),
    };
    Item { title: Text::new(words::capital(one.category.word())), end: share, ..Item::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_in_which_few_decided_is_a_gap_in_the_course() {
        let month = |month: u32| NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
        let of =
            |at: u32, granted, denied| Month { month: month(at), category: Category::Usage as i16, granted, denied };
        let all = [of(9, 300, 100), of(10, 300, 20), of(11, 90, 60)];
        let course = course(Category::Usage, &[month(9), month(10), month(11)], &all);
        assert_eq!(course, [Some(0.75), None, Some(0.6)]);
    }
}
