//! Health of the installation: checks, the account of every record, lag, what is stored.

use super::waiting::{self, Waiting};
use crate::charts::{About, Account, Hue, InlineBar, Part as Piece};
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words;
use parallax_domain::screen::{Cell, Column, Item, Link, Panel, Part, Row, Screen, Stat, Stats, Table, Text, Tone};
use parallax_domain::{Accounting, Problem};
use parallax_server::admin::health;
use parallax_server::admin::retention::{Held, held};
use parallax_server::command::doctor;
use parallax_server::retention::rule::name_of;
use parallax_server::store::question::arrivals::Source;
use std::collections::BTreeMap;

/// Slow questions that are named.
const SLOW: usize = 6;

type Check = (&'static str, Result<String, String>);

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let unmade = |_| Problem::unavailable("The checks could not be made: the database does not answer.");
    let checks = doctor::checks(&machine).await.map_err(unmade)?;
    let sources = machine.store.sources(&page.look, page.period).await?;
    let held = held(&machine, page.project.id).await?;
    let waiting = Waiting::of(page).await?;
    let health = health::of(&machine).await?;
    let slow = health::slow(&machine, &page.viewer, page.period, SLOW).await?;
    let failed: Vec<&Check> = checks.iter().filter(|(_, outcome)| outcome.is_err()).collect();
    let account = total(&sources);
    let mut screen = super::screen(page, "Administration", lede(&failed, &account, &waiting));
    screen.frame.filters = page.screen("").frame.filters;
    screen.refresh = Some(15);
    screen.parts = vec![
        Part::Stats(stats(page, &failed, checks.len(), &account, &held)),
        Part::Grid(vec![
            (
                8,
                Part::Grid(vec![
                    (12, ingest(page, &account, &sources).into()),
                    (12, by_source(page, &sources).into()),
                    (12, waiting::slow(page, slow.as_deref()).into()),
                ]),
            ),
            (
                4,
                Part::Grid(vec![
                    (12, waiting::panel(page, &waiting).into()),
                    (12, checked(&checks).into()),
                    (12, waiting::machine(&health).into()),
                    (12, stored(&held).into()),
                ]),
            ),
        ]),
    ];
    Ok(screen)
}

fn total(sources: &[Source]) -> Accounting {
    let mut all = Accounting::default();
    sources.iter().for_each(|source| all.add(&source.account));
    all
}

fn lede(failed: &[&Check], account: &Accounting, waiting: &Waiting) -> Text {
    let text = match waiting.count() {
        0 => Text::default(),
        n => Text::default().strong(words::counted(n, "thing waits", "things wait")).plain(" for you. "),
    };
    let text = match failed {
        [] => text.plain("Every check holds. "),
        [(name, outcome)] => {
            let why = outcome.as_ref().err().cloned().unwrap_or_default();
            text.strong("One check fails: ").plain(format!("{name}, {why}. "))
        }
        many => text.strong(format!("{} checks fail. ", many.len())),
    };
    if account.received == 0 {
        return text.plain("Nothing was received in this time.");
    }
    let kept = account.stored as f64 / account.received as f64;
    let explained = if account.is_balanced() { "every one is accounted for" } else { "the account does not add up" };
    text.plain(format!(
        "{} records received, {} stored, {explained}.",
        words::count(Some(account.received as f64)),
        words::percent(Some(kept))
    ))
}

fn stats(page: &Page, failed: &[&Check], checks: usize, account: &Accounting, held: &BTreeMap<String, Held>) -> Stats {
    let card = |id: &str, name: &str, definition: &str, value: words::Figure, foot: String, alert: bool| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        definition: definition.to_owned(),
        value: value.value,
        unit: value.unit,
        foot: Text::new(foot),
        alert,
        ..Stat::default()
    };
    let unexplained = account.received
        - (account.stored + account.duplicate + account.rejected + account.dropped + account.quarantined);
    let lag = (page.now - page.look.fresh_as_of).num_milliseconds().max(0) as f64;
    let bytes: i64 = held.values().map(|held| held.bytes).sum();
    Stats {
        label: "Health of the installation".to_owned(),
        cards: vec![
            card(
                "checks",
                "Checks that hold",
                "The same checks as the command `parallax doctor`.",
                words::Figure::new((checks - failed.len()).to_string(), format!("of {checks}")),
                if failed.is_empty() {
                    "all".to_owned()
                } else {
                    failed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
                },
                !failed.is_empty(),
            ),
            card(
                "received",
                "Received",
                "Records that a sender of this project handed over in this time.",
                words::count(Some(account.received as f64)),
                page.range.label().to_lowercase(),
                false,
            ),
            card(
                "unexplained",
                "Unexplained",
                "Received minus stored, duplicate, rejected, dropped and quarantined. Anything but zero is a fault of Parallax.",
                words::count(Some(unexplained as f64)),
                "received minus all outcomes".to_owned(),
                unexplained != 0,
            ),
            card(
                "lag",
                "Behind",
                "Every record acknowledged before this long ago is in all answers.",
                words::duration(Some(lag)),
                "from receipt to every screen".to_owned(),
                lag > 60_000.0,
            ),
            card(
                "stored",
                "On disk",
                "Tables and indexes of this project, roll-ups included.",
                words::bytes(Some(bytes as f64)),
                format!("project {}", page.project.name),
                false,
            ),
        ],
    }
}

fn outcomes(account: &Accounting) -> Vec<(Piece, String)> {
    [
        ("Stored", account.stored, Hue::Ink, "in the raw tables"),
        ("Duplicate", account.duplicate, Hue::Ghost, "stored before"),
        ("Rejected", account.rejected, Hue::Bad, "against the contract, the sender was told why"),
        ("Dropped", account.dropped, Hue::Soon, "by choice of people"),
        ("Quarantined", account.quarantined, Hue::Warn, "refused by the database, kept as shape"),
    ]
    .into_iter()
    .map(|(name, value, hue, note)| (Piece::new(name, value as f64, hue), note.to_owned()))
    .collect()
}

fn ingest(page: &Page, account: &Accounting, sources: &[Source]) -> Panel {
    let panel = Panel::new("ingest", "Ingest account").unit(format!("records, {}", page.range.label().to_lowercase()));
    if sources.is_empty() {
        let why = "Every record that is received ends in exactly one of five outcomes, which add up here. Nothing was received in this time.";
        return panel.part(empty_with(
            "Nothing received",
            why,
            Link::new("See how to send", page.to("/start").href()).primary(),
        ));
    }
    let share = |value: i64| joined(words::percent(Some(value as f64 / account.received.max(1) as f64)));
    let summary = if account.is_balanced() {
        let lost = account.rejected + account.dropped + account.quarantined;
        format!(
            "{} received, {} stored; {} not kept, each for a reason told to its sender.",
            words::count(Some(account.received as f64)),
            share(account.stored),
            if lost == 0 { "none".to_owned() } else { joined(words::count(Some(lost as f64))) }
        )
    } else {
        "The outcomes do not add up to what was received.".to_owned()
    };
    let chart = Account {
        about: About {
            notes: page.notes(account.received.max(0) as u64, "accounts"),
            ..About::new("ingest", "Ingest account").summary(summary.clone())
        },
        whole: ("Received".to_owned(), "by the doors".to_owned()),
        parts: outcomes(account),
    };
    let panel = panel.summary(summary).part(Part::Drawing(chart.draw()));
    if account.is_balanced() { panel } else { panel.badge("does not add up", Tone::Bad) }
}

fn checked(checks: &[Check]) -> Panel {
    let items = checks
        .iter()
        .map(|(name, outcome)| {
            let (tone, icon, words) = match outcome {
                Ok(words) => (Tone::Neutral, "check", words),
                Err(words) => (Tone::Bad, "err", words),
            };
            Item {
                icon: icon.to_owned(),
                tone,
                title: Text::new(words::capital(name)),
                note: Text::new(words.clone()),
                ..Item::default()
            }
        })
        .collect();
    Panel::new("checks-list", "Checks").unit("as parallax doctor").part(Part::List(items))
}

fn by_source(page: &Page, sources: &[Source]) -> Panel {
    let panel = Panel::new("sources", "By sender").unit(page.range.label().to_lowercase()).flush();
    if sources.is_empty() {
        return panel.part(empty_with(
            "No sender",
            "Keys that sent something would be listed here.",
            Link::new("Make a key", page.to("/admin/keys").href()),
        ));
    }
    let rows = sources
        .iter()
        .map(|source| {
            let account = &source.account;
            let count = |value: i64| Cell::new(words::count_full(Some(value as f64)));
            let judged = |value: i64, tone: Tone| count(value).tone(if value > 0 { tone } else { Tone::Neutral });
            let name = match (source.key, source.name.as_str()) {
                (0, _) => "Parallax itself".to_owned(),
                (key, "") => format!("key {key}"),
                (_, name) => name.to_owned(),
            };
            let signals: Vec<&str> = source.signals.iter().map(|signal| signal.plural()).collect();
            Row::new(vec![
                Cell::new(name).sub(format!("{} {}", source.kind, signals.join(", "))),
                count(account.received),
                count(account.stored),
                count(account.duplicate),
                judged(account.rejected, Tone::Bad),
                count(account.dropped),
                judged(account.quarantined, Tone::Warn),
                Cell::new(page.ago(source.last)),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Sender"),
        Column::figures("Received"),
        Column::figures("Stored"),
        Column::figures("Duplicate").secondary(1),
        Column::figures("Rejected").secondary(1),
        Column::figures("Dropped").secondary(1),
        Column::figures("Quarantined").secondary(1),
        Column::figures("Last").secondary(1),
    ];
    panel.part(Part::Table(Table { caption: "Records by sender".to_owned(), columns, rows, ..Table::default() }))
}

fn stored(held: &BTreeMap<String, Held>) -> Panel {
    let high = held.values().map(|held| held.bytes).max().unwrap_or(1).max(1) as f64;
    let mut all: Vec<(&String, &Held)> = held.iter().filter(|(_, held)| held.bytes > 0).collect();
    all.sort_by_key(|(_, held)| std::cmp::Reverse(held.bytes));
    let rows = all
        .into_iter()
        .map(|(signal, held)| {
            Row::new(vec![
                Cell::new(name_of(signal)),
                Cell::drawn(InlineBar::new(Some(held.bytes as f64 / high), Hue::Ink).draw()),
                Cell::new(words::bytes_full(Some(held.bytes as f64))),
            ])
        })
        .collect();
    let columns = vec![Column::words("Kind"), Column::words("").width(34), Column::figures("Bytes")];
    Panel::new("stored-by-kind", "On disk")
        .flush()
        .part(Part::Table(Table { caption: "Bytes by kind of data".to_owned(), columns, rows, ..Table::default() }))
        .foot("indexes included")
}
