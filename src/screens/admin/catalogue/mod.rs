//! The catalogue: everything that arrives by its name, what is decided about it, and what it lacks.

pub mod entry;
mod lacks;
mod list;
mod review;
mod trial;

use crate::page::Page;
use crate::words;
use parallax_domain::screen::{Link, Part, Screen, Text, Tone};
use parallax_domain::{Problem, Signal};
use parallax_server::privacy::catalogue::lint::{self, Finding, Level, WARNED};
use parallax_server::privacy::catalogue::{self, Entry, FieldRow, Item, Key, ShapeRow, State};
use parallax_server::privacy::policy::LEARNING;
use std::collections::HashMap;

/// What the page is made of.
struct Facts {
    rows: Vec<(FieldRow, Entry)>,
    shapes: HashMap<Key, Vec<ShapeRow>>,
    findings: Vec<Finding>,
    /// Answers for entries that name nobody.
    owner: String,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let facts = facts(page).await?;
    let mut screen = super::screen(page, "Catalogue", lede(page, &facts));
    screen.actions.push(Link::new("Public page", format!("/transparency?project={}", page.project.id)).icon("eye"));
    screen.parts.push(Part::Grid(vec![
        (8, Part::Grid(vec![(12, review::panel(page, &facts).into()), (12, list::panel(page, &facts).into())])),
        (4, Part::Grid(vec![(12, lacks::panel(page, &facts).into()), (12, lacks::complete(page, &facts).into())])),
    ]));
    Ok(screen)
}

async fn facts(page: &Page) -> Result<Facts, Problem> {
    let machine = &page.machine;
    let rows = catalogue::entries(&machine.database, page.project.id).await?;
    let rows: Vec<(FieldRow, Entry)> = rows.into_iter().map(|row| (row.clone(), row.entry())).collect();
    let shapes = catalogue::shapes(&machine.database, page.project.id).await?;
    let owner = machine.store.privacy(page.project.id).await?.owner;
    let entries: Vec<Entry> = rows.iter().map(|(_, entry)| entry.clone()).collect();
    let findings = lint::lint(&entries, &owner, page.now.date_naive());
    Ok(Facts { rows, shapes, findings, owner })
}

impl Facts {
    fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|(_, entry)| entry.state == state).count()
    }

    fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.level == Level::Error).count()
    }
}

fn lede(page: &Page, facts: &Facts) -> Text {
    let waiting = facts.count(State::Proposed);
    let text = Text::default()
        .strong(words::counted(facts.count(State::Declared) as i64, "entry", "entries"))
        .plain(format!(" declared, {} blocked. ", facts.count(State::Blocked)));
    let text = match (waiting, page.project.catalogue == "strict") {
        (0, _) => text.plain("None waits for a decision. "),
        (n, true) => text
            .strong(words::counted(n as i64, "waits", "wait"))
            .plain(" for a decision; until then values of fields are not stored. "),
        (n, false) => text.strong(words::counted(n as i64, "waits", "wait")).plain(format!(
            " for a decision; values of fields stop {} days after they were first seen. ",
            LEARNING.num_days()
        )),
    };
    let ending =
        facts.rows.iter().filter(|(_, entry)| days_left(page, entry).is_some_and(|left| left <= WARNED[0])).count();
    match ending {
        0 => text,
        n => text.strong(words::counted(n as i64, "entry ends", "entries end")).plain(" within 30 days."),
    }
}

/// Days until a declared entry ends.
fn days_left(page: &Page, entry: &Entry) -> Option<i64> {
    let end = entry.expires.filter(|_| entry.state == State::Declared)?;
    Some((end - page.now.date_naive()).num_days())
}

/// Address of the page of one entry.
fn to(page: &Page, key: &Key) -> String {
    page.to("/admin/catalogue/entry").with("entry", &key.to_string()).href()
}

/// `field of events`, `name of a metric`.
fn kind(key: &Key) -> String {
    match (key.item, key.signal) {
        (Item::Name, Signal::Event) => "event".to_owned(),
        (Item::Name, _) => "metric".to_owned(),
        (Item::Field, Signal::Metric) => "label of metrics".to_owned(),
        (Item::Field, signal) => format!("field of {}", signal.plural()),
    }
}

/// State with what follows from it.
fn state(page: &Page, row: &FieldRow, entry: &Entry) -> Text {
    match entry.state {
        State::Declared => match days_left(page, entry) {
            Some(left) if left <= 0 => Text::default().badge("ended", Tone::Bad).soft(" dropped at the door"),
            Some(left) if left <= WARNED[1] => Text::default().badge(format!("ends in {}", days(left)), Tone::Bad),
            Some(left) if left <= WARNED[0] => Text::default().badge(format!("ends in {}", days(left)), Tone::Warn),
            _ => Text::new("declared"),
        },
        State::Blocked => Text::default().badge("blocked", Tone::Neutral),
        State::Proposed => {
            let left = LEARNING.num_days() - (page.now - row.first_seen).num_days();
            let stops = match entry.item {
                Item::Name => " stored and listed".to_owned(),
                Item::Field if page.project.catalogue == "strict" || left <= 0 => " values not stored".to_owned(),
                Item::Field => format!(" stops in {}", days(left)),
            };
            let soon = entry.item == Item::Field && left <= 7;
            Text::default().badge("waits", if soon { Tone::Warn } else { Tone::Accent }).soft(stops)
        }
    }
}

fn days(count: i64) -> String {
    words::counted(count, "day", "days")
}

/// `text, long (312 seen)`: what the values look like.
fn shape(seen: Option<&Vec<ShapeRow>>) -> Option<String> {
    let first = seen?.first()?;
    let length = match first.shape.length {
        catalogue::shape::Length::Empty => "empty",
        catalogue::shape::Length::Short => "short",
        catalogue::shape::Length::Line => "up to 80 characters",
        catalogue::shape::Length::Long => "longer than 80 characters",
    };
    let of = matches!(
        first.shape.kind,
        catalogue::ValueType::Word
            | catalogue::ValueType::Text
            | catalogue::ValueType::List
            | catalogue::ValueType::Object
    );
    Some(if of { format!("{}, {length}", first.shape.kind) } else { first.shape.kind.to_string() })
}
