//! What a person asks for: to be erased, to be left alone; how far that is, with its receipt; and what was decided before.

use super::Facts;
use crate::words;
use parallax_domain::screen::{Code, Confirm, Form, Item, Panel, Part, Text, Tone};
use parallax_domain::{Category, Instant};
use parallax_server::centre::choice::Decision;
use parallax_server::erasure::request::{RequestRow, Right};

/// Decisions that are listed.
const DECISIONS: usize = 20;

/// How far the request of this visit is.
pub fn request(facts: &Facts, row: &RequestRow) -> Panel {
    let (title, done) = match Right::parse(&row.kind) {
        Some(Right::Erasure) => ("Your deletion", "Everything about you is deleted."),
        Some(Right::Objection) => ("Your objection", "Nothing that has a switch is collected about you any more."),
        _ => ("Your request", "It is answered."),
    };
    let (badge, tone, said) = match row.state.as_str() {
        "open" | "working" => (
            "in work",
            Tone::Accent,
            "It takes seconds, rarely minutes; load this page again. The receipt appears here.",
        ),
        "restricted" => (
            "restricted",
            Tone::Warn,
            "What may be deleted is deleted. The rest must be kept by law for now: it is out of sight and used for nothing else, and goes when the reason ends.",
        ),
        "refused" => ("refused", Tone::Bad, "It was refused."),
        _ => ("done", Tone::Good, done),
    };
    let at = |at: Instant| Text::default().time(words::exact(facts.wall(at)), at);
    let mut told = vec![("Received".to_owned(), at(row.received_at))];
    match row.answered_at {
        Some(answered) => told.push(("Answered".to_owned(), at(answered))),
        None => told.push(("Due".to_owned(), at(row.due_at))),
    }
    told.extend(row.counts.as_ref().map(|counts| {
        let held = if counts.0.held > 0 {
            format!(", {} held", words::count_full(Some(counts.0.held as f64)))
        } else {
            String::new()
        };
        ("Records".to_owned(), Text::new(format!("{}{held}", words::count_full(Some(counts.0.records() as f64)))))
    }));
    if !row.note.is_empty() {
        told.push(("Why".to_owned(), Text::new(row.note.clone())));
    }
    let panel = Panel::new("request", title).badge(badge, tone).summary(said).part(Part::Facts(told));
    match &row.receipt {
        Some(receipt) => panel
            .part(Part::Code(Code { text: receipt.clone(), copy: Some("Copy the receipt".to_owned()) }))
            .foot("signed; keep it if you want to prove it. Backups are deleted after 35 days, and one that is restored is cleaned of you first"),
        None => panel,
    }
}

pub fn erase(facts: &Facts) -> Panel {
    let panel = Panel::new("erase", "Delete everything");
    if facts.scope.is_none() {
        return panel.summary("Nothing is recorded about you that could be deleted.");
    }
    let form = Form {
        id: "erase".to_owned(),
        action: "/fn/privacy/erase".to_owned(),
        submit: "Delete everything about me".to_owned(),
        tone: Tone::Bad,
        confirm: Some(Confirm {
            title: "Delete everything about you?".to_owned(),
            effect: vec![
                Text::new("Every entry of the list goes, and what belongs to it. Every figure is counted without you."),
                Text::new("Your number is destroyed first: from then on nobody can tell which one was yours."),
                Text::new(
                    "It cannot be undone. Your choices stay, so that nobody asks you again. You get a signed receipt.",
                ),
            ],
            cancel: "Keep it".to_owned(),
        }),
        ..Form::default()
    };
    let whose = if facts.visit.alone { "Of this device." } else { "Of all your devices." };
    panel
        .summary(format!("{whose} It takes effect at once and is finished within minutes."))
        .part(Part::Form(form))
        .foot("download first what you want to keep")
}

pub fn object(facts: &Facts) -> Panel {
    let refused = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Essential)
        .all(|category| facts.shares(category) == Some(false));
    let panel = Panel::new("object", "Object to all of it");
    if refused {
        return panel.summary("You refused everything that has a switch. Only what the service cannot do without is counted, without your number.");
    }
    let form = Form {
        id: "object".to_owned(),
        action: "/fn/privacy/object".to_owned(),
        submit: "I object".to_owned(),
        ..Form::default()
    };
    panel
        .summary("All switches go off at once, whatever the reason was on which it was collected. What is recorded stays until it is old or you delete it.")
        .part(Part::Form(form))
}

pub fn history(facts: &Facts) -> Panel {
    let panel = Panel::new("history", "What you decided");
    if facts.history.is_empty() {
        return panel.summary("No decision of yours is known.");
    }
    let list = facts.history.iter().take(DECISIONS).map(|decision| item(facts, decision)).collect();
    panel.part(Part::List(list)).foot("kept as the proof of what you chose, also after everything else is deleted")
}

fn item(facts: &Facts, decision: &Decision) -> Item {
    let named = |all: &[Category]| all.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ");
    let words = match (decision.granted.as_slice(), decision.denied.as_slice()) {
        ([], denied) => format!("No to {}", named(denied)),
        (granted, []) => format!("Yes to {}", named(granted)),
        (granted, denied) => format!("Yes to {}; no to {}", named(granted), named(denied)),
    };
    let policy = match decision.policy.as_str() {
        "" => String::new(),
        version => format!(", version {version} of this page"),
    };
    Item {
        title: Text::default().time(facts.day(decision.at), decision.at),
        note: Text::new(format!("{words}; by {}{policy}. ", decision.source)).code(decision.receipt.to_string()),
        ..Item::default()
    }
}

/// What nobody can find, said plainly.
pub fn unfound() -> Panel {
    let item = |title: &str, note: &str| Item {
        icon: "info".to_owned(),
        title: Text::new(title),
        note: Text::new(note),
        ..Item::default()
    };
    Panel::new("unfound", "What cannot be found").part(Part::List(vec![
        item(
            "Visits without any id",
            "They are counted under a number that is made anew each day from a secret that is thrown away. Nobody can tell which were yours, we neither, so they cannot be shown or deleted; they leave with their days.",
        ),
        item("Measurements of machines", "Load, memory, counters: they carry nobody's number."),
        item("What you erased", "There is no number left to find it by, and nothing to find."),
    ]))
}
