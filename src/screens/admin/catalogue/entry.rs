//! Everything that can be said and decided about one name or field.

use super::review::categories;
use super::{lacks, state, trial};
use crate::forms;
use crate::page::Page;
use crate::parts::{empty, empty_with};
use crate::words;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Problem, Role};
use parallax_server::privacy::catalogue::propose::propose;
use parallax_server::privacy::catalogue::{
    self, Entry, FieldRow, Item, Key, LegalBasis, Sensitivity, ShapeRow, State, ValueType,
};
use parallax_server::privacy::names;
use parallax_server::store::question::masking::WithheldRow;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let Some(asked) = page.address.get("entry") else { return Ok(nothing(page)) };
    let key = Key::parse(asked).ok_or_else(|| Problem::not_found("entry"))?;
    let rows = catalogue::entries(&machine.database, page.project.id).await?;
    let row = rows.into_iter().find(|row| row.key() == key).ok_or_else(|| Problem::not_found("entry"))?;
    let entry = row.entry();
    let shapes = catalogue::shapes(&machine.database, page.project.id).await?.remove(&key).unwrap_or_default();
    let month = page.now - chrono::Duration::days(30);
    let withheld = machine.store.withheld(&mut page.look, month, page.now, 10_000).await?;
    let withheld: Vec<WithheldRow> =
        withheld.into_iter().filter(|row| row.name == key.name && row.signal == Some(key.signal)).collect();
    let mut screen = super::super::screen(page, &key.name, lede(page, &row, &entry));
    screen.crumbs.push(Link::new("Catalogue", page.to("/admin/catalogue").href()));
    let mut left = vec![(12, describe(page, &entry).into())];
    if key.item == Item::Field {
        left.push((12, trial::panel(page, &key, &entry).await?.into()));
    }
    screen.parts.push(Part::Grid(vec![
        (8, Part::Grid(left)),
        (
            4,
            Part::Grid(vec![
                (12, decide(page, &key, &entry, &shapes).into()),
                (12, counts(&key, &withheld, &shapes).into()),
            ]),
        ),
    ]));
    Ok(screen)
}

/// Where the address names no entry.
fn nothing(page: &Page) -> Screen {
    let mut screen = super::super::screen(page, "Entry of the catalogue", "No entry is chosen.");
    let list = Link::new("Open the catalogue", page.to("/admin/catalogue").href());
    screen.parts.push(empty_with("No entry", "Everything about one name or field would be here.", list));
    screen
}

fn lede(page: &Page, row: &FieldRow, entry: &Entry) -> Text {
    let text = Text::default()
        .plain(format!("{}, ", words::capital(&super::kind(&entry.key()))))
        .join(state(page, row, entry));
    let text = text.plain(format!(". First seen {}.", page.moment(row.first_seen)));
    match (&row.changed_by, row.changed_at) {
        (Some(by), Some(at)) => text.plain(format!(" Last changed {} by {by}.", page.moment(at))),
        _ => text,
    }
}

/// Choices of an enumeration of words; the first is that nothing is said.
fn choices<T: Copy + PartialEq>(
    all: &[T],
    now: Option<T>,
    value: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> String,
) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", "not said", now.is_none())];
    choices.extend(all.iter().map(|one| Choice::new(value(*one), label(*one), now == Some(*one))));
    choices
}

fn describe(page: &Page, entry: &Entry) -> Panel {
    let text = |name: &str, label: &str, value: &str| Field::new(name, label, FieldKind::Text).value(value);
    let kinds = choices(ValueType::ALL, entry.kind, ValueType::word, |kind| words::capital(kind.word()));
    let levels =
        choices(Sensitivity::ALL, entry.sensitivity, Sensitivity::word, |level| lacks::sensitivity(level).to_owned());
    let bases = choices(LegalBasis::ALL, entry.legal_basis, LegalBasis::word, |basis| words::capital(basis.word()));
    let roles = Role::ALL
        .iter()
        .map(|role| Choice::new(role.word(), words::capital(role.word()), entry.roles.contains(role)))
        .collect();
    let days = entry.retention_days.map(|days| days.to_string()).unwrap_or_default();
    let expires = entry.expires.map(|end| end.to_string()).unwrap_or_default();
    let mut form = Form {
        fields: vec![
            text("purpose", "Why it is collected", &entry.purpose).hint("Shown on the public page."),
            text("owner", "Who answers for it", &entry.owner),
            Field::new("kind", "Type", FieldKind::Choice(kinds)),
            Field::new("category", "Category", FieldKind::Choice(categories(entry.category, "not said")))
                .hint("Who refuses the category does not send it."),
            Field::new("sensitivity", "Sensitivity", FieldKind::Choice(levels)),
            Field::new("legal_basis", "Legal basis", FieldKind::Choice(bases)),
            Field::new("action", "Done to its values before they are stored", FieldKind::Text)
                .value(entry.action.to_string())
                .hint("keep, drop, hash, mask, truncate(20), bucket(0, 10, 100), round(5), round(hour), generalise(DE = DACH, AT = DACH, * = other)"),
            Field::new("days", "Keep, days", FieldKind::Number { min: Some(1), max: Some(3650) })
                .value(days)
                .hint("Empty: as long as its signal."),
            Field::new("expires", "Collected until", FieldKind::Date)
                .value(expires)
                .hint("From this day on (UTC) its values are dropped at the door. More than 24 months ahead, or never, needs a reason."),
            text("expiry_reason", "Why so long, or for ever", &entry.expiry_reason),
            Field::new("roles[]", "Who may see its values", FieldKind::Checks(roles))
                .hint("None chosen: every role that sees the record."),
            text("review", "Link to the review", &entry.review),
            text("example", "Example", &entry.example).hint("Made up, never somebody’s data."),
        ],
        ..forms::change(page, "describe", "catalogue/describe", "Save")
    };
    if entry.item == Item::Name {
        // Of a record as a whole there is nothing to shorten, and nobody sees its values apart.
        form.fields.retain(|field| !["kind", "days", "roles[]", "example"].contains(&field.name.as_str()));
    }
    form.hidden.push(("field".to_owned(), entry.key().to_string()));
    Panel::new("entry", "What is said of it").part(Part::Form(form))
}

fn decide(page: &Page, key: &Key, entry: &Entry, shapes: &[ShapeRow]) -> Panel {
    let form = |id: &str, decision: &str, label: String, tone: Tone| {
        let mut form = forms::change(page, id, "catalogue/decide", &label);
        form.hidden.extend([
            ("fields[]".to_owned(), key.to_string()),
            ("state".to_owned(), decision.to_owned()),
            ("category".to_owned(), String::new()),
        ]);
        form.tone = tone;
        form
    };
    let seen: Vec<_> = shapes.iter().map(|row| row.shape).collect();
    let proposal = propose(key, &seen);
    let mut panel = Panel::new("decide", "Decision").summary(match entry.state {
        State::Declared => "Declared: its values are stored.",
        State::Blocked => "Blocked: nothing of it is stored.",
        State::Proposed => "Nobody has decided about it yet.",
    });
    if let Some(told) = names::action(&key.name).filter(|_| key.item == Item::Field) {
        panel = panel.part(Part::Prose(Text::new(format!(
            "Whatever is decided here: because of its name its values are {} before they are stored.",
            match told {
                names::Action::Drop => "dropped",
                names::Action::Mask(_) => "masked",
                names::Action::Hash => "replaced by a keyed hash",
                names::Action::Address => "shortened to an address without query, user and persons",
                names::Action::Agent => "shortened to browser and system",
            }
        ))));
    }
    if entry.state == State::Proposed {
        let what = match (proposal.entry.state, proposal.entry.action.keeps()) {
            (State::Blocked, _) => "block".to_owned(),
            (_, true) => "declare".to_owned(),
            (_, false) => format!("declare, {}", proposal.entry.action.word()),
        };
        panel = panel
            .part(Part::Prose(Text::new(format!("Proposed: {what}, because it is {}.", proposal.why))))
            .part(Part::Form(form("propose", "as proposed", "Decide as proposed".to_owned(), Tone::Accent)));
    }
    if entry.state != State::Declared {
        panel =
            panel.part(Part::Form(form("declare", "declared", "Declare: keep its values".to_owned(), Tone::Neutral)));
    }
    if entry.state != State::Blocked {
        let mut block = form("block", "blocked", format!("Block {}", key.name), Tone::Bad);
        let effect = match key.item {
            Item::Field => {
                "Its values are dropped before storage from the next record on, on every process within a second."
            }
            Item::Name => {
                "Records of this name are dropped from the next one on, on every process within a second, and counted as dropped."
            }
        };
        block.confirm = forms::confirm(
            format!("Block {}?", key.name),
            vec![
                Text::new(effect),
                Text::new(
                    "Filters, funnels and breakdowns by it see nothing new. What is stored stays until its time is over.",
                ),
            ],
            "Keep it",
        );
        panel = panel.part(Part::Form(block));
    }
    panel
}

/// What the gate did with it, and what its values look like.
fn counts(key: &Key, withheld: &[WithheldRow], shapes: &[ShapeRow]) -> Panel {
    let panel = Panel::new("counts", "At the gate").unit("last 30 days").flush();
    let mut rows: Vec<Row> = withheld
        .iter()
        .map(|row| {
            let what = row.what.split_once(' ').map_or(row.what.as_str(), |(_, what)| what);
            let told = match what {
                "treated" => "changed by its rule",
                "undeclared" => "not stored, nobody declared it",
                "blocked" => "not stored, blocked",
                "expired" => "not stored, its time is over",
                "refused" => "not stored, its category was refused",
                _ => "dropped by its rule",
            };
            Row::new(vec![Cell::new(told), Cell::new(words::count_full(Some(row.count as f64)))])
        })
        .collect();
    rows.extend(shapes.iter().take(5).map(|seen| {
        let shape = super::shape(Some(&vec![seen.clone()])).unwrap_or_default();
        Row::new(vec![
            Cell::new(format!("looked like: {shape}")),
            Cell::new(words::count_full(Some(seen.records as f64))),
        ])
    }));
    if rows.is_empty() {
        let what = if key.item == Item::Name { "Records of this name" } else { "Its values" };
        return panel.part(empty("Nothing withheld", format!("{what} were stored as they came, after masking.")));
    }
    let columns = vec![Column::words("What"), Column::figures("Records")];
    panel.part(Part::Table(Table { caption: "What the gate did".to_owned(), columns, rows, ..Table::default() }))
}
