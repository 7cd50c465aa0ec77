//! Everything in the catalogue, to browse and filter.

use super::{Facts, kind, state, to};
use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::sorting::Sorting;
use crate::words;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Pager, Panel, Part, Row, Table, Text,
};
use parallax_domain::{Category, Signal};
use parallax_server::privacy::catalogue::{Entry, FieldRow, Item, State};

const SHOWN: usize = 50;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("catalogue", "All entries").unit(page.project.name.clone()).flush();
    if facts.rows.is_empty() {
        return panel.part(empty(
            "Nothing seen yet",
            "Every event, metric, property and attribute that arrives is listed here with its state. Nothing has arrived yet.",
        ));
    }
    let mut chosen: Vec<&(FieldRow, Entry)> = facts.rows.iter().filter(|(_, entry)| fits(page, entry)).collect();
    let sorting = Sorting::of(&page.address, "name.up");
    sorting.sort(
        &mut chosen,
        |(row, entry), key| match key {
            "seen" => Some(row.first_seen.timestamp() as f64),
            "end" => entry.expires.map(|end| f64::from(end.to_epoch_days())),
            _ => None,
        },
        |(_, entry)| entry.name.as_str(),
    );
    let at = page.address.number("page").unwrap_or(1).max(1) as usize - 1;
    let rows: Vec<Row> = chosen.iter().skip(at * SHOWN).take(SHOWN).map(|(row, entry)| one(page, row, entry)).collect();
    let columns = vec![
        sorting.head(page, "name", Column::words("Name")),
        Column::words("State"),
        Column::words("Category").secondary(1),
        Column::words("Done to values").secondary(1),
        Column::words("Owner").secondary(2),
        sorting.head(page, "end", Column::figures("Ends").secondary(1)),
        sorting.head(page, "seen", Column::figures("First seen").secondary(2)),
    ];
    let table = Table {
        caption: "Catalogue".to_owned(),
        columns,
        rows,
        fold: true,
        pager: pager(page, at, chosen.len()),
        ..Table::default()
    };
    let panel = panel.part(Part::Form(filter(page, facts)));
    let panel = match chosen.is_empty() {
        true => panel.part(empty(
            "No entry fits",
            format!("Without these filters there are {}.", words::counted(facts.rows.len() as i64, "entry", "entries")),
        )),
        false => panel.part(Part::Table(table)),
    };
    panel
        .foot(format!("{} of {} entries", chosen.len(), facts.rows.len()))
        .foot("columns of the product itself, such as country or page, are not listed")
}

fn one(page: &Page, row: &FieldRow, entry: &Entry) -> Row {
    let key = entry.key();
    let owner = if entry.owner.is_empty() { words::UNKNOWN.to_owned() } else { entry.owner.clone() };
    let end = match (entry.expires, entry.expiry_reason.is_empty()) {
        (Some(end), _) => end.format("%-d %b %Y").to_string(),
        (None, false) => "never".to_owned(),
        (None, true) => words::UNKNOWN.to_owned(),
    };
    let about = if entry.purpose.is_empty() { kind(&key) } else { format!("{}: {}", kind(&key), entry.purpose) };
    Row::new(vec![
        Cell::code(Text::default().link(entry.name.clone(), to(page, &key))).sub(about),
        Cell::new(state(page, row, entry)),
        Cell::new(entry.category.map_or(words::UNKNOWN, Category::word)),
        Cell::new(entry.action.word()),
        Cell::new(owner),
        Cell::new(end),
        Cell::new(page.moment(row.first_seen)),
    ])
}

fn fits(page: &Page, entry: &Entry) -> bool {
    let wanted = |name: &str| page.address.get(name).unwrap_or("").to_owned();
    let what = match wanted("of").as_str() {
        "" => true,
        "names" => entry.item == Item::Name,
        signal => entry.item == Item::Field && entry.signal.word() == signal,
    };
    let state = wanted("state");
    let category = wanted("category");
    let find = wanted("find").to_lowercase();
    what && (state.is_empty() || entry.state.word() == state)
        && match category.as_str() {
            "" => true,
            "none" => entry.category.is_none(),
            word => entry.category.is_some_and(|category| category.word() == word),
        }
        && (find.is_empty()
            || [&entry.name, &entry.purpose, &entry.owner].iter().any(|text| text.to_lowercase().contains(&find)))
}

fn filter(page: &Page, facts: &Facts) -> Form {
    let now = |name: &str| page.address.get(name).unwrap_or("").to_owned();
    let (of, state, category) = (now("of"), now("state"), now("category"));
    let mut kinds = vec![
        Choice::new("", "Everything", of.is_empty()),
        Choice::new("names", "Names of events and metrics", of == "names"),
    ];
    kinds.extend(
        Signal::ALL
            .map(|signal| Choice::new(signal.word(), format!("Fields of {}", signal.plural()), of == signal.word())),
    );
    let mut states = vec![Choice::new("", "Every state", state.is_empty())];
    states.extend(State::ALL.iter().map(|known| {
        let label = match known {
            State::Proposed => "Waits",
            State::Declared => "Declared",
            State::Blocked => "Blocked",
        };
        Choice::new(known.word(), format!("{label} ({})", facts.count(*known)), state == known.word())
    }));
    let mut categories = vec![Choice::new("", "Every category", category.is_empty())];
    categories.extend(
        Category::ALL.map(|known| Choice::new(known.word(), words::capital(known.word()), category == known.word())),
    );
    categories.push(Choice::new("none", "No category", category == "none"));
    let mut form = Form {
        fields: vec![
            Field::new("of", "What", FieldKind::Choice(kinds)).quiet(),
            Field::new("state", "State", FieldKind::Choice(states)).quiet(),
            Field::new("category", "Category", FieldKind::Choice(categories)).quiet(),
            Field::new("find", "Find by name, purpose or owner", FieldKind::Search).value(now("find")).quiet(),
        ],
        instant: true,
        ..forms::ask(page, "filter", "Show")
    };
    form.hidden.extend(page.address.get("sort").map(|sort| ("sort".to_owned(), sort.to_owned())));
    form
}

fn pager(page: &Page, at: usize, all: usize) -> Option<Pager> {
    if all <= SHOWN {
        return None;
    }
    let link =
        |label: &str, number: usize| Link::new(label, page.address.with("page", &(number + 1).to_string()).href());
    Some(Pager {
        words: format!("{} to {} of {all}", (at * SHOWN + 1).min(all), ((at + 1) * SHOWN).min(all)),
        previous: (at > 0).then(|| link("Before", at - 1)),
        next: ((at + 1) * SHOWN < all).then(|| link("After", at + 1)),
    })
}
