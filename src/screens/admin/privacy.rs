//! What is collected and what is masked: the catalogue of fields, and how people decide.

use crate::charts::{Hue, InlineBar};
use crate::forms;
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Item, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Category, Problem, Signal};
use parallax_server::privacy::catalogue::{self, FieldRow};
use parallax_server::store::question::sharing::Sharing;

/// In `learn` mode values of a field that nobody declared stop after so many days.
const LEARNING: i64 = 30;
const SHOWN: usize = 60;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let fields = catalogue::list(&machine.database, page.project.id).await?;
    let sharing = machine.store.sharing(&mut page.look).await?;
    let mut screen = super::screen(page, "Privacy", lede(page, &fields));
    screen.actions.push(Link::new("Public page", format!("/transparency?project={}", page.project.id)).icon("eye"));
    let chosen = page.address.get("field").and_then(|name| fields.iter().find(|field| key(field) == name));
    let side: Part = match chosen {
        Some(field) => one(page, field).into(),
        None => masked().into(),
    };
    screen.parts.push(Part::Grid(vec![
        (8, Part::Grid(vec![(12, list(page, &fields, chosen).into()), (12, review(page, &fields).into())])),
        (4, Part::Grid(vec![(12, side), (12, decisions(&sharing).into())])),
    ]));
    Ok(screen)
}

/// As a form names the field.
fn key(field: &FieldRow) -> String {
    format!("{} {}", signal(field), field.name)
}

fn signal(field: &FieldRow) -> &'static str {
    Signal::from_number(field.signal).map_or("event", Signal::word)
}

fn count(fields: &[FieldRow], state: &str) -> usize {
    fields.iter().filter(|field| field.state == state).count()
}

fn lede(page: &Page, fields: &[FieldRow]) -> Text {
    let proposed = count(fields, "proposed");
    let strict = page.project.catalogue == "strict";
    let text = Text::default()
        .strong(words::counted(count(fields, "declared") as i64, "field", "fields"))
        .plain(" declared, ")
        .plain(format!("{} blocked. ", count(fields, "blocked")));
    match (proposed, strict) {
        (0, _) => text.plain("None waits for a decision."),
        (n, true) => text.strong(format!("{n} wait")).plain(" for a decision; until then their values are not stored."),
        (n, false) => text
            .strong(format!("{n} wait"))
            .plain(format!(" for a decision; their values stop {LEARNING} days after they were first seen.")),
    }
}

fn state(page: &Page, field: &FieldRow) -> Text {
    match field.state.as_str() {
        "declared" => Text::new("declared"),
        "blocked" => Text::default().badge("blocked", Tone::Neutral),
        _ => {
            let left = LEARNING - (page.now - field.first_seen).num_days();
            let stops = if page.project.catalogue == "strict" || left <= 0 {
                "values dropped".to_owned()
            } else {
                format!("stops in {left} days")
            };
            Text::default()
                .badge("proposed", if left <= 7 { Tone::Warn } else { Tone::Accent })
                .soft(format!(" {stops}"))
        }
    }
}

fn list(page: &Page, fields: &[FieldRow], chosen: Option<&FieldRow>) -> Panel {
    let panel = Panel::new("catalogue", "Catalogue").unit("fields by signal").flush();
    if fields.is_empty() {
        return panel.part(empty(
            "No field seen yet",
            "Every property and attribute that arrives is listed here with its state. Nothing has arrived yet.",
        ));
    }
    let (wanted_signal, wanted_state) = (page.address.get("of").unwrap_or(""), page.address.get("state").unwrap_or(""));
    let fits = |field: &&FieldRow| {
        (wanted_signal.is_empty() || signal(field) == wanted_signal)
            && (wanted_state.is_empty() || field.state == wanted_state)
    };
    let mut signals = vec![Choice::new("", "Every signal", wanted_signal.is_empty())];
    signals.extend(
        Signal::ALL
            .into_iter()
            .map(|signal| Choice::new(signal.word(), words::capital(signal.plural()), wanted_signal == signal.word())),
    );
    let mut states = vec![Choice::new("", "Every state", wanted_state.is_empty())];
    states.extend(["proposed", "declared", "blocked"].map(|state| {
        Choice::new(state, format!("{} ({})", words::capital(state), count(fields, state)), wanted_state == state)
    }));
    let form = Form {
        fields: vec![
            Field::new("of", "Signal", FieldKind::Choice(signals)),
            Field::new("state", "State", FieldKind::Choice(states)),
        ],
        instant: true,
        ..forms::ask(page, "filter", "Show")
    };
    let all: Vec<&FieldRow> = fields.iter().filter(fits).collect();
    let rows = all
        .iter()
        .take(SHOWN)
        .map(|field| {
            let category = field
                .category
                .and_then(Category::from_number)
                .map_or_else(|| words::UNKNOWN.to_owned(), |category| category.word().to_owned());
            Row {
                selected: chosen.is_some_and(|chosen| key(chosen) == key(field)),
                ..Row::new(vec![
                    Cell::code(
                        Text::default().link(field.name.clone(), page.address.with("field", &key(field)).href()),
                    )
                    .sub(field.purpose.clone().unwrap_or_default()),
                    Cell::new(signal(field)),
                    Cell::new(category),
                    Cell::new(state(page, field)),
                    Cell::new(page.moment(field.first_seen)),
                ])
            }
        })
        .collect();
    let columns = vec![
        Column::words("Field"),
        Column::words("Signal").secondary(1),
        Column::words("Category").secondary(1),
        Column::words("State"),
        Column::figures("First seen").secondary(1),
    ];
    panel
        .part(Part::Form(form))
        .part(Part::Table(Table {
            caption: "Catalogue of fields".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot(format!("{} of {} shown", all.len().min(SHOWN), all.len()))
        .foot("names of standard fields such as country or url are part of the product and not listed")
}

fn categories(chosen: Option<Category>) -> Field {
    let mut choices = vec![Choice::new("", "as it is", chosen.is_none())];
    choices.extend(
        Category::ALL
            .into_iter()
            .map(|category| Choice::new(category.word(), words::capital(category.word()), chosen == Some(category))),
    );
    Field::new("category", "Category", FieldKind::Choice(choices))
        .hint("Who refuses the category does not send the field.")
}

/// Decides about many fields at once.
fn review(page: &Page, fields: &[FieldRow]) -> Panel {
    let waiting: Vec<&FieldRow> = fields.iter().filter(|field| field.state == "proposed").collect();
    let panel = Panel::new("review", "Waiting for a decision").unit(format!("{} fields", waiting.len()));
    if waiting.is_empty() {
        return panel.part(empty(
            "Nothing waits",
            "Fields that nobody declared or blocked would be listed here when they arrive.",
        ));
    }
    let choices = waiting
        .iter()
        .take(SHOWN)
        .map(|field| Choice {
            hint: format!("{}, since {}", signal(field), page.moment(field.first_seen)),
            ..Choice::new(key(field), field.name.clone(), false)
        })
        .collect();
    let decisions = vec![
        Choice::new("declared", "Declare: keep their values", true),
        Choice::new("blocked", "Block: drop their values at the door", false),
    ];
    let form = Form {
        fields: vec![
            Field::new("fields[]", "Fields", FieldKind::Checks(choices)),
            Field::new("state", "Decision", FieldKind::Choice(decisions)),
            categories(Some(Category::Usage)),
        ],
        ..forms::change(page, "decide", "catalogue/decide", "Decide about the chosen fields")
    };
    panel
        .summary("Values of declared fields are kept as long as their signal; values of blocked ones are dropped before storage from the next record on.")
        .part(Part::Form(form))
        .foot(format!("{} of {} shown", waiting.len().min(SHOWN), waiting.len()))
}

/// Everything that can be said and decided about one field.
fn one(page: &Page, field: &FieldRow) -> Panel {
    let category = field.category.and_then(Category::from_number);
    let mut describe = Form {
        fields: vec![
            Field::new("purpose", "Why it is collected", FieldKind::Text)
                .value(field.purpose.clone().unwrap_or_default()),
            Field::new("owner", "Who answers for it", FieldKind::Text).value(field.owner.clone().unwrap_or_default()),
            Field::new("days", "Keep, days", FieldKind::Number { min: Some(1), max: Some(3650) })
                .value(field.retention_days.map(|days| days.to_string()).unwrap_or_default())
                .hint("Empty: as long as its signal. Shown on the public page."),
            categories(category),
        ],
        ..forms::change(page, "describe", "catalogue/describe", "Save")
    };
    describe.hidden.push(("field".to_owned(), key(field)));
    let decide = |id: &str, state: &str, label: &str, tone: Tone| {
        let mut form = forms::change(page, id, "catalogue/decide", label);
        form.hidden.extend([
            ("fields[]".to_owned(), key(field)),
            ("state".to_owned(), state.to_owned()),
            ("category".to_owned(), String::new()),
        ]);
        form.tone = tone;
        form
    };
    let mut panel = Panel::new("field", field.name.clone())
        .unit(format!("{}, {}", signal(field), field.state))
        .summary(format!("First seen {}.", page.moment(field.first_seen)))
        .part(Part::Form(describe));
    if field.state != "declared" {
        panel = panel.part(Part::Form(decide("declare", "declared", "Declare: keep its values", Tone::Neutral)));
    }
    if field.state != "blocked" {
        let mut block = decide("block", "blocked", "Block the field", Tone::Bad);
        block.confirm = forms::confirm(
            format!("Block {}?", field.name),
            vec![
                Text::new(
                    "Its values are dropped before storage from the next record on, on every process within a second.",
                ),
                Text::new(
                    "Filters, funnels and breakdowns by it see nothing new. What is stored stays until its time is over.",
                ),
            ],
            "Keep the field",
        );
        panel = panel.part(Part::Form(block));
    }
    panel
}

/// What never reaches storage, whatever the catalogue says.
fn masked() -> Panel {
    let item = |title: &str, note: &str| Item {
        icon: "check".to_owned(),
        title: Text::new(title),
        note: Text::new(note),
        ..Item::default()
    };
    Panel::new("masked", "Masked before storage")
        .summary("In every text, address, attribute and key, whatever the catalogue says.")
        .part(Part::List(vec![
            item("Mail and IP addresses, phone numbers", "in any text"),
            item("Card numbers, IBAN", "checked by their check digits"),
            item("Tokens, passwords, keys", "by shape and by the name of the field"),
            item("Addresses of pages", "user info, fragments and queries go; numbers and ids become :id"),
            item("IP address of the sender", "becomes a country, then is dropped"),
            item("Ids of people", "become keyed hashes; the id is sealed with a key per person"),
        ]))
}

fn decisions(sharing: &[Sharing]) -> Panel {
    let panel = Panel::new("decisions", "How people decide").unit("decisions in force").flush();
    let decided: Vec<&Sharing> = sharing.iter().filter(|row| row.decided() > 0).collect();
    if decided.is_empty() {
        return panel
            .part(empty("No decision yet", "Decisions come from your consent banner over POST /api/v1/consent."));
    }
    let usage = decided.iter().find(|row| row.category == Category::Usage);
    let rows = decided
        .iter()
        .map(|row| {
            Row::new(vec![
                Cell::new(words::capital(row.category.word())),
                Cell::drawn(InlineBar::new(row.share(), Hue::Ink).draw()),
                Cell::new(words::percent_full(row.share()))
                    .sub(format!("{} no", words::count_full(Some(row.denied as f64)))),
            ])
        })
        .collect();
    let columns = vec![Column::words("Category"), Column::words("").width(34), Column::figures("Shared")];
    let summary = usage
        .map(|row| format!("{} of those who decided share their usage.", joined(words::percent(row.share()))))
        .unwrap_or_default();
    panel
        .summary(summary)
        .part(Part::Table(Table { caption: "Decisions by category".to_owned(), columns, rows, ..Table::default() }))
        .foot("newest decision of each person; never asked is not in it")
}
