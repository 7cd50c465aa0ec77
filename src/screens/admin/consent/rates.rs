//! How many refuse each category, now and lately, with how sure that is.

use super::{Facts, Segment, name};
use crate::charts::Interval;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::Category;
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Table, Text, Tone};
use parallax_server::engine::optout::{Direction, Judged};
use parallax_server::engine::statistics::wilson;

/// Days that a rate is made of.
const LATELY: usize = 28;
const SEGMENTS: usize = 20;

/// Sums of the last days, and those before them.
fn lately(days: &[Judged]) -> ((u64, u64), (u64, u64)) {
    let sum = |days: &[Judged]| {
        days.iter().fold((0, 0), |(denied, decided), judged| (denied + judged.day.denied, decided + judged.day.decided))
    };
    let split = days.len().saturating_sub(LATELY);
    (sum(&days[split..]), sum(&days[split.saturating_sub(LATELY)..split]))
}

fn share((denied, decided): (u64, u64)) -> Option<f64> {
    (decided > 0).then(|| denied as f64 / decided as f64)
}

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("rates", "How many refuse").unit("share of those who decided").flush();
    if facts.stock.is_empty() {
        return panel.part(empty(
            "No decision yet",
            "Shares per category would be here. They come from the browser script’s question, or over POST /api/v1/consent.",
        ));
    }
    let stocks: Vec<(Category, f64)> = Category::ALL
        .into_iter()
        .filter_map(|category| {
            let stock = facts.stock_of(category);
            Some((category, share((stock.denied, stock.decided))?))
        })
        .collect();
    let high = stocks.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let high = (high * 1.25).clamp(0.05, 1.0);
    let rows = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Essential)
        .map(|category| row(page, facts, category, high))
        .collect();
    let columns = vec![
        Column::words("Category"),
        Column::figures("Refuse now").hint("newest decision of each person who decided"),
        Column::words("").width(22),
        Column::figures("Lately").hint("share of the decisions of the last 28 full days that refused"),
        Column::figures("Decisions").secondary(1),
        Column::words("Change"),
    ];
    panel
        .part(Part::Table(Table {
            caption: "Refusals by category".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot("the bar is the 95% interval (Wilson) of the last 28 days, its dot their share")
        .foot("from the ledger of decisions: who refuses is in it like everybody")
        .foot("who was never asked is not")
}

fn row(page: &Page, facts: &Facts, category: Category, high: f64) -> Row {
    let stock = facts.stock_of(category);
    let days = facts.days.get(&category).map(Vec::as_slice).unwrap_or_default();
    let (now, before) = lately(days);
    let drawing = wilson(now.0, now.1).map(|interval| {
        let value = share(now).unwrap_or_default();
        Interval { value, from: interval.low, to: interval.high, low: 0.0, high, marks: &[] }.draw()
    });
    let interval = wilson(now.0, now.1)
        .map(|interval| format!("{} to {}", words::percent(Some(interval.low)), words::percent(Some(interval.high))));
    let segment = Segment { category, platform: String::new(), version: String::new(), whole: true };
    let link = page.to("/admin/consent").with("category", category.word()).href();
    Row {
        selected: category == facts.category,
        ..Row::new(vec![
            Cell::link(words::capital(category.word()), link),
            Cell::new(words::percent_full(share((stock.denied, stock.decided))))
                .sub(format!("of {}", words::count_full(Some(stock.decided as f64)))),
            drawing.map_or_else(Cell::default, Cell::drawn),
            Cell::new(words::percent_full(share(now))).sub(interval.unwrap_or_default()),
            Cell::new(words::count_full(Some(now.1 as f64))).sub(before_words(before)),
            verdict(facts, &segment, days),
        ])
    }
}

fn before_words(before: (u64, u64)) -> String {
    match share(before) {
        Some(_) => format!("{} before", words::percent(share(before))),
        None => String::new(),
    }
}

/// What the watch says of a segment in these days.
fn verdict(facts: &Facts, segment: &Segment, days: &[Judged]) -> Cell {
    match facts.change_of(segment) {
        Some(change) => {
            let (word, tone) = match change.direction {
                Direction::Rise => ("refused more", Tone::Warn),
                Direction::Fall => ("refused less", Tone::Accent),
            };
            let sure = match change.test {
                Some(test) => format!("p {}", p_words(test.p)),
                None => "by the sum of days".to_owned(),
            };
            Cell::new(Text::default().badge(word, tone)).sub(sure)
        }
        None if days.iter().any(|judged| judged.base.is_some()) => Cell::new("none"),
        None => Cell::new(Text::default().soft("too few to tell")),
    }
}

fn p_words(p: f64) -> String {
    if p < 0.0001 { "below 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// The same by platform and version of the app.
pub fn segments(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("segments", "By platform and version").unit(words::capital(facts.category.word())).flush();
    let of: Vec<&(Segment, Vec<Judged>)> =
        facts.segments.iter().filter(|(segment, _)| segment.category == facts.category).collect();
    if of.is_empty() {
        return panel.part(empty(
            "No platform has enough decisions",
            "Decisions may say `platform` and `version`; those with at least 1,000 decisions would be compared here.",
        ));
    }
    let mut rows: Vec<((u64, u64), Row)> = of
        .iter()
        .map(|(segment, days)| {
            let (now, before) = lately(days);
            let row = Row::new(vec![
                Cell::new(name(segment)),
                Cell::new(words::percent_full(share(now))),
                Cell::new(words::percent_full(share(before))),
                Cell::new(words::count_full(Some(now.1 as f64))),
                verdict(facts, segment, days),
            ]);
            (now, row)
        })
        .collect();
    rows.sort_by_key(|((_, decided), _)| std::cmp::Reverse(*decided));
    let shown = rows.len().min(SEGMENTS);
    let rows: Vec<Row> = rows.into_iter().take(SEGMENTS).map(|(_, row)| row).collect();
    let columns = vec![
        Column::words("Who"),
        Column::figures("Refuse lately"),
        Column::figures("28 days before").secondary(1),
        Column::figures("Decisions"),
        Column::words("Change"),
    ];
    let all = page.to("/admin/consent").with("category", facts.category.word()).href();
    panel
        .action(Link::new("All decisions", all))
        .part(Part::Table(Table {
            caption: "Refusals by platform and version".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot(format!("{shown} of {} shown", of.len()))
}

/// By which rule a change is told.
pub fn rule() -> Panel {
    Panel::new("rule", "When a change is told").part(Part::Prose(Text::new(
        "A day is compared with the four weeks before it, without the day between. It is told as a change when it has at least 200 \
         decisions, is less likely than one in a thousand by chance (widened by how much days scatter anyway), and differs by at \
         least a point and a fifth of the usual share. Among many platforms and versions the false alarms are held below one in \
         twenty. A small change that lasts is found by summing the days: half as many refusals again, or a third fewer.",
    )))
}
