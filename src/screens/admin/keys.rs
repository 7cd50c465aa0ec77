//! Keys: make one, see which are used, take one back.

use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Problem, Role};
use parallax_server::admin::keys::OVERLAPS;
use parallax_server::admin::place;
use parallax_server::identity::keys::{KeyKind, KeyRow};
use std::collections::BTreeMap;

/// A key without use for so many days is named.
const IDLE: i64 = 30;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let keys = machine
        .keys
        .list(Some(page.project.id))
        .await
        .map_err(|_| Problem::unavailable("The keys cannot be read right now."))?;
    let sent: BTreeMap<i32, i64> = machine
        .store
        .sources(&page.look, page.period)
        .await?
        .into_iter()
        .map(|source| (source.key, source.account.received))
        .collect();
    let chosen = page.address.number("key").and_then(|id| keys.iter().find(|key| i64::from(key.id) == id)).cloned();
    let mut screen = super::screen(page, "Keys", lede(page, &keys));
    screen.parts = forms::secrets(page, place::KEYS);
    let side: Part = match chosen.as_ref().filter(|key| in_force(page, key)) {
        Some(key) => one(page, key, sent.get(&key.id).copied().unwrap_or(0)).into(),
        None => make(page).into(),
    };
    screen.parts.push(Part::Grid(vec![(8, list(page, &keys, &sent, chosen.as_ref()).into()), (4, side)]));
    Ok(screen)
}

fn in_force(page: &Page, key: &KeyRow) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > page.now)
}

fn idle(page: &Page, key: &KeyRow) -> bool {
    in_force(page, key) && (page.now - key.last_used_at.unwrap_or(key.created_at)).num_days() >= IDLE
}

fn lede(page: &Page, keys: &[KeyRow]) -> Text {
    let in_force = keys.iter().filter(|key| in_force(page, key)).count() as i64;
    let idle = keys.iter().filter(|key| idle(page, key)).count();
    let text = match in_force {
        0 => Text::new(format!("No key is in force for {}: nothing can be sent or asked.", page.project.name)),
        n => Text::default()
            .strong(words::counted(n, "key", "keys"))
            .plain(format!(" in force for {}. Keys that send cannot read.", page.project.name)),
    };
    match idle {
        0 => text,
        n => text.plain(format!(
            " {} not been used for {IDLE} days.",
            if n == 1 { "1 has".to_owned() } else { format!("{n} have") }
        )),
    }
}

fn list(page: &Page, keys: &[KeyRow], sent: &BTreeMap<i32, i64>, chosen: Option<&KeyRow>) -> Panel {
    let panel = Panel::new("keys", "Keys").unit(page.project.name.clone()).flush();
    if keys.is_empty() {
        return panel.part(empty("No key yet", "Senders and readers of this project would be listed here with their last use. Make the first one beside this."));
    }
    let mut all: Vec<&KeyRow> = keys.iter().collect();
    all.sort_by_key(|key| (!in_force(page, key), std::cmp::Reverse(key.last_used_at), key.id));
    let rows = all
        .into_iter()
        .map(|key| {
            let name = if key.name.is_empty() { format!("key {}", key.id) } else { key.name.clone() };
            let title = if in_force(page, key) {
                Cell::link(name, page.to("/admin/keys").with("key", &key.id.to_string()).href())
            } else {
                Cell::new(name)
            };
            let used = match key.last_used_at {
                Some(at) => Cell::new(page.ago(at)),
                None => Cell::new(Text::default().soft("never")),
            };
            let state = match (key.revoked_at, key.expires_at) {
                (Some(at), _) => Text::new("revoked").soft(format!(" {}", page.moment(at))),
                (None, Some(end)) if end <= page.now => Text::new("replaced").soft(format!(" {}", page.moment(end))),
                (None, Some(end)) => {
                    Text::default().badge("replaced", Tone::Warn).soft(format!(" works until {}", page.moment(end)))
                }
                _ if idle(page, key) => Text::default().badge("idle", Tone::Warn),
                _ => Text::new("in force"),
            };
            Row {
                selected: chosen.is_some_and(|chosen| chosen.id == key.id),
                ..Row::new(vec![
                    title.sub(Text::default().code(format!("plx_{}_…{}", key.kind, key.hint))),
                    Cell::new(Text::default().badge(key.kind.clone(), Tone::Neutral)).sub(scope(key)),
                    Cell::new(
                        sent.get(&key.id)
                            .map_or_else(|| words::UNKNOWN.to_owned(), |n| words::count(Some(*n as f64)).to_string()),
                    ),
                    used,
                    Cell::new(state),
                ])
            }
        })
        .collect();
    let columns = vec![
        Column::words("Key"),
        Column::words("May"),
        Column::figures("Sent").hint("Records in the chosen time").secondary(1),
        Column::figures("Last used").secondary(1),
        Column::words("State"),
    ];
    let panel =
        panel.part(Part::Table(Table { caption: "Keys".to_owned(), columns, rows, fold: true, ..Table::default() }));
    let panel = panel.foot("only a hash of each key is stored; the last four digits tell them apart");
    if chosen.is_some() {
        panel.action(Link::new("New key", page.to("/admin/keys").href()).icon("plus"))
    } else {
        panel
    }
}

fn make(page: &Page) -> Panel {
    let kinds = vec![
        Choice::new("ingest", "ingest: sends from servers", true),
        Choice::new("browser", "browser: sends from pages, public", false),
        Choice::new("read", "read: asks questions", false),
        Choice::new("write", "write: changes settings", false),
    ];
    let roles = Role::ALL
        .into_iter()
        .map(|role| Choice::new(role.word(), words::capital(role.word()), role == Role::Admin))
        .collect();
    let fields = vec![
        Field::new("name", "Name", FieldKind::Text).hint("Who uses it, such as shop services.").autocomplete("off"),
        Field::new("kind", "What it may do", FieldKind::Choice(kinds)),
        Field::new("role", "Sees as", FieldKind::Choice(roles))
            .hint("For read and write keys: the point of view whose permissions it has."),
        Field::new("origins", "Pages that may use it", FieldKind::Long { rows: 2 })
            .hint("For browser keys, such as https://shop.example; one a line."),
    ];
    let form = Form { fields, ..forms::change(page, "new-key", "key/create", "Make the key") };
    Panel::new("make", "New key").summary("The key is shown once, on the page that follows.").part(Part::Form(form))
}

/// What can be done with one key: replace it, or take it back.
fn one(page: &Page, key: &KeyRow, sent: i64) -> Panel {
    let name = if key.name.is_empty() { format!("key {}", key.id) } else { key.name.clone() };
    let mut form = forms::change(page, "revoke", "key/revoke", "Revoke the key");
    form.hidden.push(("key".to_owned(), key.id.to_string()));
    form.tone = Tone::Bad;
    let used = match key.last_used_at {
        Some(at) => format!("It was last used {}.", page.ago(at)),
        None => "It was never used.".to_owned(),
    };
    form.confirm = forms::confirm(
        format!("Revoke {name}?"),
        vec![
            Text::new("Whoever uses it is refused within a second, on every process."),
            Text::new(format!("{used} It sent {} in the chosen time.", words::counted(sent, "record", "records"))),
            Text::new("What it sent stays. It cannot be put in force again; make a new key first."),
        ],
        "Keep the key",
    );
    let facts = vec![
        ("Kind".to_owned(), Text::new(key.kind.clone())),
        ("Made".to_owned(), page.time(key.created_at)),
        ("Last used".to_owned(), key.last_used_at.map_or_else(|| Text::new("never"), |at| page.time(at))),
        ("Ends with".to_owned(), Text::default().code(format!("…{}", key.hint))),
        ("Number".to_owned(), Text::new(key.id.to_string())),
        ("May".to_owned(), Text::new(scope(key))),
    ];
    let overlaps = OVERLAPS.iter().map(|(hours, words)| Choice::new(hours.to_string(), *words, *hours == 24)).collect();
    let mut rotate = Form {
        fields: vec![
            Field::new("hours", "The old key still works for", FieldKind::Choice(overlaps))
                .hint("Time to put the new key into every sender."),
        ],
        ..forms::change(page, "rotate", "key/rotate", "Make a new key in its place")
    };
    rotate.hidden.push(("key".to_owned(), key.id.to_string()));
    rotate.tone = Tone::Neutral;
    Panel::new("key", name)
        .part(Part::Facts(facts))
        .part(Part::Section {
            title: "Replace".to_owned(),
            note: "The new key may the same and is shown once.".to_owned(),
        })
        .part(Part::Form(rotate))
        .part(Part::Section { title: "Take back".to_owned(), note: String::new() })
        .part(Part::Form(form))
}

/// What a key opens, in words.
fn scope(key: &KeyRow) -> String {
    match key.kind.parse::<KeyKind>().ok() {
        Some(KeyKind::Ingest) => "send from servers".to_owned(),
        Some(KeyKind::Browser) => format!("send from {}", key.origins.join(", ")),
        Some(KeyKind::Read) => format!("ask as {}", key.role),
        Some(KeyKind::Write) => format!("change settings as {}", key.role),
        None => String::new(),
    }
}
