//! How often each event came, over time and in all.

use super::Facts;
use crate::charts::{About, BarList, BarRow, Hue, Line, Series, TimeSeries};
use crate::page::Page;
use crate::reading;
use crate::words::{self, Unit};
use parallax_domain::question::{Figure, TrendLine};
use parallax_domain::screen::{Link, Panel, Part};

/// Lines that can be told apart; the others are one.
const LINES: usize = 5;
const NAMES: usize = 14;
const OTHERS: &str = "others";
/// What the question itself has put together because there are too many names.
const GATHERED: &str = "$other";

pub fn over_time(page: &Page, facts: &Facts) -> Panel {
    let lines = match &facts.event {
        Some(event) => {
            let values = facts.trend.series.first().map(|line| line.values.clone()).unwrap_or_default();
            vec![(event.clone(), values)]
        }
        None => top(&facts.trend.series, LINES),
    };
    let summary = match lines.first() {
        Some((name, values)) => peak(values).map_or_else(String::new, |(at, most)| {
            let when = facts.trend.buckets.get(at).map(|at| page.moment(*at)).unwrap_or_default();
            format!("{name}: most at {when}, {}.", words::count_full(Some(most)))
        }),
        None => String::new(),
    };
    let drawn = lines
        .into_iter()
        .enumerate()
        .map(|(index, (name, values))| {
            let hue = if name == OTHERS { Hue::Mute } else { Hue::series(index) };
            Line::new(name, values).hue(hue)
        })
        .collect();
    let unit = format!("events per {}", facts.interval.word());
    let about = About {
        notes: page.notes(facts.usage.events.max(0.0) as u64, "projection"),
        ..About::new("events-over-time", "Events over time").unit(unit.clone()).summary(summary.clone())
    };
    let axis = page.calendar_axis(
        &page.buckets,
        facts.interval,
        page.look.fresh_as_of,
        &format!("{} still open", facts.interval.word()),
    );
    let series = Series { unit: Unit::Count, lines: drawn, height: 200, ..Series::default() };
    Panel::new("events-over-time", "Events over time")
        .unit(unit)
        .summary(summary)
        .part(Part::Drawing(TimeSeries { about, axis, series }.draw()))
}

/// The lines with the most events by name, and the sum of the others.
fn top(lines: &[TrendLine], most: usize) -> Vec<(String, Vec<Figure>)> {
    let mut all: Vec<&TrendLine> = lines.iter().filter(|line| line.total.is_some_and(|total| total > 0.0)).collect();
    let gathered = |line: &TrendLine| line.value.as_deref() == Some(GATHERED);
    all.sort_by(|a, b| {
        gathered(a).cmp(&gathered(b)).then_with(|| b.total.unwrap_or(0.0).total_cmp(&a.total.unwrap_or(0.0)))
    });
    let most = most.min(all.iter().filter(|line| !gathered(line)).count());
    let name = |line: &TrendLine| line.value.clone().unwrap_or_else(|| "not named".to_owned());
    let mut out: Vec<(String, Vec<Figure>)> =
        all.iter().take(most).map(|line| (name(line), line.values.clone())).collect();
    let rest = all.get(most..).unwrap_or_default();
    if let Some(first) = rest.first() {
        let sum =
            |at: usize| rest.iter().filter_map(|line| line.values.get(at).copied().flatten()).reduce(|a, b| a + b);
        out.push((OTHERS.to_owned(), (0..first.values.len()).map(sum).collect()));
    }
    out
}

fn peak(values: &[Figure]) -> Option<(usize, f64)> {
    let known = values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
    known.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).filter(|(_, most)| *most > 0.0)
}

pub fn by_name(page: &Page, facts: &Facts) -> Panel {
    let mut all: Vec<_> = facts.usage.rows.iter().collect();
    all.sort_by(|a, b| b.events.total_cmp(&a.events).then_with(|| a.event.cmp(&b.event)));
    let bare = page.address.without("cursor");
    let rows = all
        .iter()
        .take(NAMES)
        .map(|row| {
            let chosen = facts.event.as_deref() == Some(row.event.as_str());
            let address = if chosen { bare.without("event") } else { bare.with("event", &row.event) };
            BarRow {
                label: row.event.clone(),
                value: Some(row.events),
                extra: reading::people(page, row.people),
                href: Some(address.href()),
                chosen,
            }
        })
        .collect();
    let about = About {
        notes: page.people_notes(facts.usage.people, "projection"),
        ..About::new("events-by-name", "Events by name").unit("events and people")
    };
    let list = BarList {
        about,
        unit: Unit::Count,
        heads: Some(["Event", "Times", "People"].map(str::to_owned)),
        rows,
        ..BarList::default()
    };
    let panel = Panel::new("events-by-name", "Events by name")
        .unit(format!("{} of {}", all.len().min(NAMES), all.len()))
        .part(Part::Drawing(list.draw()));
    match &facts.event {
        Some(_) => panel.action(Link::new("All events", bare.without("event").href()).icon("x")),
        None => panel.action(Link::new("As features", page.to("/product/features").href()).icon("prod")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, values: &[f64]) -> TrendLine {
        TrendLine {
            event: None,
            measure: "total".into(),
            value: Some(name.into()),
            currency: None,
            values: values.iter().copied().map(Some).collect(),
            total: Some(values.iter().sum()),
        }
    }

    #[test]
    fn what_has_no_line_of_its_own_is_summed_as_others() {
        let lines =
            [line("$other", &[90.0, 0.0]), line("a", &[1.0, 1.0]), line("b", &[5.0, 5.0]), line("c", &[0.0, 0.0])];
        let named = |most: usize| top(&lines, most).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(named(1), ["b", "others"]);
        assert_eq!(named(9), ["b", "a", "others"]);
        assert_eq!(top(&lines, 1)[1].1, [Some(91.0), Some(1.0)]);
    }

    #[test]
    fn the_first_of_equal_peaks_is_told_and_silence_has_none() {
        assert_eq!(peak(&[Some(1.0), Some(3.0), None, Some(3.0)]), Some((1, 3.0)));
        assert_eq!(peak(&[Some(0.0), None]), None);
    }
}
