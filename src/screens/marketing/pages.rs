//! Pages: where visits begin, where they end, and what is seen between.

use super::facts::Facts;
use super::ranking::named;
use crate::charts::{Hue, InlineBar};
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words;
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row as Line, Table, Text, Tone};
use parallax_server::engine::statistics::two_proportions;
use parallax_server::engine::visits::{Facet, Figures, Key, Row};

const ROWS: usize = 10;
const MOST: usize = 200;
/// Fewer visits have no share that means anything.
const ENOUGH: i64 = 30;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let kind = page.address.get("pages").unwrap_or("entry").to_owned();
    let (facet, title, unit) = match kind.as_str() {
        "exit" => (Facet::Exit, "Last pages", "last page of a visit"),
        "all" => (Facet::Page, "Pages", "seen at least once in a visit"),
        _ => (Facet::Entry, "Landing pages", "first page of a visit"),
    };
    let choice = |word: &str, label: &str, own: Facet| {
        Link::new(label, page.address.with("pages", word).href() + "#pages-of").current(facet == own)
    };
    let panel = Panel::new("pages-of", title).unit(unit).flush().choices(vec![
        choice("entry", "First", Facet::Entry),
        choice("exit", "Last", Facet::Exit),
        choice("all", "All", Facet::Page),
    ]);
    let told: Vec<&Row> = facts.now.facet(facet).iter().filter(|row| row.key != Key::Unknown).collect();
    if told.is_empty() {
        let why = "Here would be the pages on which visits begin and end. No event of this time is a page_view with an address.";
        return panel.part(empty_with("No page was seen", why, super::telling(page)));
    }
    let shown: Vec<&Row> = told.iter().copied().filter(|row| !facts.is_small(&row.figures)).collect();
    let everything = page.address.get("all") == Some("pages");
    let most = if everything { MOST } else { ROWS };
    let rows: Vec<&Row> = shown.iter().copied().take(most).collect();
    let mut panel = panel.summary(sentence(facts, facet, &shown)).part(Part::Table(table(page, facts, facet, &rows)));
    if shown.len() > ROWS && !everything {
        let href = page.address.with("all", "pages").with("pages", &kind).href() + "#pages-of";
        panel = panel.action(Link::new(format!("All {}", shown.len()), href));
    }
    for note in super::visit_notes(page, facts) {
        panel = panel.foot(note);
    }
    if facts.goal.is_some() {
        let all = joined(words::percent_brief(facts.now.all.conversion()));
        panel = panel.foot(format!("tick: {all} of all"));
    }
    super::withheld(panel, facts, told.len() - shown.len())
}

/// The page of many visits whose visitors convert most below all others, where that is no chance.
fn weakest<'a>(all: &Figures, rows: &[&'a Row]) -> Option<(&'a Row, f64)> {
    let least = (all.visits / 100).max(ENOUGH);
    let pair = |converters: i64, people: i64| Some((u64::try_from(converters).ok()?, u64::try_from(people).ok()?));
    let weak =
        rows.iter().filter(|row| row.figures.visits >= least && row.figures.people >= ENOUGH).filter_map(|row| {
            let (own, overall) = (row.figures.conversion()?, all.conversion()?);
            let others = pair(all.converters - row.figures.converters, all.people - row.figures.people)?;
            let (_, p) = two_proportions(pair(row.figures.converters, row.figures.people)?, others, 1.0)?;
            (own < 0.8 * overall && p < 0.05).then_some((*row, own))
        });
    weak.min_by(|a, b| a.1.total_cmp(&b.1))
}

fn sentence(facts: &Facts, facet: Facet, rows: &[&Row]) -> Text {
    let all = &facts.now.all;
    let said = |share: Option<f64>| joined(words::percent_brief(share));
    if facts.goal.is_some()
        && facet == Facet::Entry
        && let Some((row, own)) = weakest(all, rows)
    {
        return Text::default().strong(named(facet, &row.key).0).plain(format!(
            " receives {} and converts {}, against {} of all.",
            words::counted(row.figures.visits, "visit", "visits"),
            said(Some(own)),
            said(all.conversion())
        ));
    }
    let Some(first) = rows.first() else { return Text::default() };
    let share = (all.visits > 0).then(|| first.figures.visits as f64 / all.visits as f64);
    let verb = match facet {
        Facet::Entry => "begin on",
        Facet::Exit => "end on",
        _ => "see",
    };
    Text::new(format!("{} of visits {verb} ", said(share))).strong(named(facet, &first.key).0).plain(".")
}

fn table(page: &Page, facts: &Facts, facet: Facet, rows: &[&Row]) -> Table {
    let all = &facts.now.all;
    let goal = facts.goal.is_some();
    let share = |figures: &Figures| figures.conversion().filter(|_| goal && figures.people >= ENOUGH);
    let high = rows.iter().filter_map(|row| share(&row.figures)).chain(all.conversion()).fold(0.0, f64::max);
    let weak = if facet == Facet::Entry { weakest(all, rows).map(|(row, _)| row) } else { None };
    let line = |row: &&Row| {
        let (label, filter) = named(facet, &row.key);
        let label = words::shortened(&label, 60);
        let name = match filter {
            Some((field, value)) => Cell::link(label, page.filtered(field, value)),
            None => Cell::new(label),
        };
        let place = |share: f64| if high > 0.0 { share / high } else { 0.0 };
        let bad = weak == Some(*row);
        let bar = InlineBar {
            mark: all.conversion().filter(|_| goal).map(place),
            ..InlineBar::new(share(&row.figures).map(place), if bad { Hue::Bad } else { Hue::S1 })
        };
        let converts = Cell::new(words::percent_full(share(&row.figures))).with_drawing(bar.draw());
        let each = pages_each(&row.figures);
        Line::new(vec![
            Cell { code: true, ..name },
            Cell::new(words::count_full(Some(row.figures.visits as f64))),
            Cell::new(words::count_full(Some(row.figures.people as f64))),
            Cell::new(each.map_or_else(|| words::UNKNOWN.to_owned(), |each| words::fixed(each, 1))),
            Cell::new(words::percent_full(row.figures.bounce())),
            if bad { converts.tone(Tone::Bad) } else { converts },
            Cell::new(joined(words::money(row.figures.revenue_in(&facts.currency).map(f64::round), &facts.currency))),
        ])
    };
    Table {
        caption: "Pages with the visits that hold them".to_owned(),
        columns: vec![
            Column::words("Page"),
            Column::figures("Visits"),
            Column::figures("Visitors").secondary(2),
            Column::figures("Pages").hint("Page views of a visit, the mean").secondary(2),
            Column::figures("Left at once").hint("Visits with one page view, of those with any").secondary(1),
            Column::figures("Convert").hint("Share of visitors; the tick is that of all").width(26),
            Column::figures("Revenue").secondary(1),
        ],
        rows: rows.iter().map(line).collect(),
        class: "barkeep".to_owned(),
        ..Table::default()
    }
}

fn pages_each(figures: &Figures) -> Option<f64> {
    (figures.visits > 0).then(|| figures.pages as f64 / figures.visits as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, people: i64, converters: i64) -> Row {
        let figures = Figures { visits: people, people, converters, ..Figures::default() };
        Row { key: Key::Value(path.into()), figures }
    }

    #[test]
    fn a_page_is_weak_only_where_chance_does_not_explain_it() {
        let all = Figures { visits: 10_000, people: 10_000, converters: 1_000, ..Figures::default() };
        let (few, weak, usual) = (row("/few", 20, 0), row("/winter", 1_000, 40), row("/", 4_000, 400));
        let rows = [&few, &weak, &usual];
        assert_eq!(weakest(&all, &rows), Some((&weak, 0.04)));
        assert_eq!(weakest(&all, &[&usual, &few]), None);
        assert_eq!(weakest(&Figures::default(), &[]), None);
    }
}
