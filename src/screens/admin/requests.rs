//! Requests of people: which wait, with their three clocks, and what was answered.

use crate::charts::{Reached, clocks};
use crate::forms;
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{
    Cell, Choice, Code, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Stat, Stats, Table, Text, Tone,
};
use parallax_server::erasure::Counts;
use parallax_server::erasure::request::{self, RequestRow, Right, Tally};
use parallax_server::store::question::person_id;

const SHOWN: i64 = 100;
/// A request that is due within so many days is named.
const SOON: i64 = 7;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let rows = request::list(&page.machine, page.project.id, SHOWN).await?;
    let tally = request::tally(&page.machine, page.project.id).await?;
    let chosen = page.address.number("request").and_then(|id| rows.iter().find(|row| row.id == id)).cloned();
    let mut screen = super::screen(page, "Requests of people", lede(&tally));
    screen.parts.push(Part::Stats(stats(&tally)));
    let mut side: Vec<(u8, Part)> = Vec::new();
    if let Some(row) = &chosen {
        side.push((12, one(page, row).into()));
    }
    side.push((12, receive(page).into()));
    side.push((12, link(page).into()));
    screen.parts.push(Part::Grid(vec![(8, list(page, &rows, chosen.as_ref()).into()), (4, Part::Grid(side))]));
    Ok(screen)
}

fn lede(tally: &Tally) -> Text {
    let text = match (tally.open, tally.late) {
        (0, _) => Text::new("No request waits. "),
        (open, 0) => {
            Text::default().strong(words::counted(open, "request waits", "requests wait")).plain(", none is overdue. ")
        }
        (open, late) => Text::default()
            .strong(words::counted(open, "request waits", "requests wait"))
            .plain(", ")
            .strong(format!("{late} overdue"))
            .plain(". "),
    };
    text.plain(
        "People ask in the privacy centre, or you write down what they ask by mail. An answer is due within a month.",
    )
}

fn stats(tally: &Tally) -> Stats {
    let card = |id: &str, name: &str, value: words::Figure, foot: &str, alert: bool| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        value: value.value,
        unit: value.unit,
        foot: Text::new(foot),
        alert,
        ..Stat::default()
    };
    let median = words::duration(tally.median_seconds.map(|seconds| seconds * 1000.0));
    Stats {
        label: "Requests of people".to_owned(),
        cards: vec![
            card("open", "Waiting", words::count(Some(tally.open as f64)), "received, not answered", false),
            card("late", "Overdue", words::count(Some(tally.late as f64)), "later than a month", tally.late > 0),
            card("answered", "Answered", words::count(Some(tally.answered as f64)), "in the last 365 days", false),
            card("median", "Time to an answer", median, "half were faster", false),
        ],
    }
}

fn kind(row: &RequestRow) -> &'static str {
    match Right::parse(&row.kind) {
        Some(Right::Access) => "Access",
        Some(Right::Erasure) => "Erasure",
        Some(Right::Objection) => "Objection",
        None => "Request",
    }
}

fn who(row: &RequestRow) -> Text {
    match row.reference {
        Some(reference) => {
            let name = person_id(reference);
            let short = format!("{}…", &name[..8.min(name.len())]);
            Text::default().code(short).soft(if row.alone { " one device" } else { "" })
        }
        None => Text::default().soft("erased, no name any more"),
    }
}

fn list(page: &Page, rows: &[RequestRow], chosen: Option<&RequestRow>) -> Panel {
    let panel = Panel::new("requests", "Requests").unit("waiting ones first").flush();
    if rows.is_empty() {
        return panel.part(empty(
            "Nobody has asked yet",
            "Requests from the privacy centre and those that you write down are listed here with their clocks.",
        ));
    }
    let lines = rows.iter().map(|row| line(page, row, chosen)).collect();
    let columns = vec![
        Column::words("Request"),
        Column::words("Received, begun, answered"),
        Column::figures("Due"),
        Column::words("State"),
    ];
    panel
        .part(Part::Table(Table {
            caption: "Requests of people".to_owned(),
            columns,
            rows: lines,
            fold: true,
            ..Table::default()
        }))
        .foot("clocks: since it came, since somebody began, until it was answered")
}

fn line(page: &Page, row: &RequestRow, chosen: Option<&RequestRow>) -> Row {
    let span = |from: parallax_domain::Instant, to: parallax_domain::Instant| {
        joined(words::duration(Some((to - from).num_milliseconds().max(0) as f64)))
    };
    let end = row.answered_at.unwrap_or(page.now);
    let received = span(row.received_at, row.begun_at.unwrap_or(end));
    let begun = row.begun_at.map(|begun| span(begun, end)).unwrap_or_default();
    let answered = row.answered_at.map(|at| span(row.received_at, at)).unwrap_or_default();
    let reached = |done: bool, running: bool| match (done, running) {
        (true, _) => Reached::Done,
        (false, true) => Reached::Running,
        (false, false) => Reached::NotYet,
    };
    let drawing = clocks(&[
        ("waited", &received, reached(row.begun_at.is_some() || row.answered_at.is_some(), true)),
        ("worked on", &begun, reached(row.answered_at.is_some(), row.begun_at.is_some())),
        ("answered after", &answered, reached(row.answered_at.is_some(), false)),
    ]);
    let left = (row.due_at - page.now).num_days();
    let (due, tone) = match (row.answered_at, left) {
        (Some(_), _) => (words::UNKNOWN.to_owned(), Tone::Neutral),
        (None, left) if row.due_at < page.now => (format!("{} days ago", -left), Tone::Bad),
        (None, left) => (format!("in {left} days"), if left <= SOON { Tone::Warn } else { Tone::Neutral }),
    };
    let (state, badge) = match row.state.as_str() {
        "open" => ("waits", Tone::Accent),
        "working" => ("in work", Tone::Accent),
        "restricted" => ("restricted by a hold", Tone::Warn),
        "refused" => ("refused", Tone::Neutral),
        _ => ("answered", Tone::Neutral),
    };
    Row {
        selected: chosen.is_some_and(|chosen| chosen.id == row.id),
        ..Row::new(vec![
            Cell::link(kind(row), page.to("/admin/requests").with("request", &row.id.to_string()).href()).sub(who(row)),
            Cell::drawn(drawing),
            Cell::new(due).tone(tone).sub(if row.answered_at.is_none() {
                page.moment(row.due_at)
            } else {
                String::new()
            }),
            Cell::new(Text::default().badge(state, badge)).sub(format!("by {}", channel(row))),
        ])
    }
}

fn channel(row: &RequestRow) -> &str {
    match row.channel.as_str() {
        "link" => "link from the app",
        "receipt" => "receipt of a choice",
        "admin" => "mail, written down here",
        other => other,
    }
}

fn counted(counts: &Counts) -> String {
    let mut parts = Vec::new();
    for (n, one, many) in [
        (counts.events, "event", "events"),
        (counts.requests, "request", "requests"),
        (counts.lines, "log line", "log lines"),
        (counts.exceptions, "exception", "exceptions"),
        (counts.tickets, "ticket", "tickets"),
        (counts.feedback, "answer", "answers"),
        (counts.properties, "property", "properties"),
        (counts.decisions, "decision", "decisions"),
    ] {
        if n > 0 {
            parts.push(words::counted(n, one, many));
        }
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn one(page: &Page, row: &RequestRow) -> Panel {
    let mut facts = vec![
        ("Person".to_owned(), who(row)),
        ("Received".to_owned(), page.time(row.received_at)),
        ("Due".to_owned(), page.time(row.due_at)),
    ];
    facts.extend(row.answered_at.map(|at| ("Answered".to_owned(), page.time(at))));
    facts.extend(row.handled_by.as_ref().map(|by| ("Handled by".to_owned(), Text::new(by.clone()))));
    facts.extend(row.counts.as_ref().map(|counts| ("Found".to_owned(), Text::new(counted(&counts.0)))));
    if !row.note.is_empty() {
        facts.push(("Note".to_owned(), Text::new(row.note.clone())));
    }
    let mut panel = Panel::new("request", format!("{} {}", kind(row), row.id)).part(Part::Facts(facts));
    if let Some(receipt) = &row.receipt {
        panel = panel
            .part(Part::Section { title: "Receipt".to_owned(), note: "Signed; the person keeps it.".to_owned() })
            .part(Part::Code(Code { text: receipt.clone(), copy: Some("Copy the receipt".to_owned()) }));
    }
    if row.reference.is_some() {
        let file = |format: &str| format!("/download/requests/{}/{format}?project={}", row.id, page.project.id);
        panel =
            panel.action(Link::new("JSON", file("json")).icon("dl")).action(Link::new("CSV", file("csv")).icon("dl"));
    }
    if row.answered_at.is_some() || row.state == "working" {
        return panel;
    }
    let with_id = |mut form: Form| {
        form.hidden.push(("request".to_owned(), row.id.to_string()));
        form
    };
    panel = match Right::parse(&row.kind) {
        Some(Right::Erasure) => {
            let mut form = with_id(forms::change(page, "erase", "request/erase", "Erase this person"));
            form.tone = Tone::Bad;
            form.confirm = forms::confirm(
                "Erase this person?",
                vec![
                    Text::new(
                        "The key of the person is destroyed first: from then on nobody can say who it was, from no backup either.",
                    ),
                    Text::new(
                        "Then every record of the person goes, and every figure is counted without it. What a hold keeps goes out of sight.",
                    ),
                    Text::new("It cannot be undone. The person gets a signed receipt."),
                ],
                "Keep the person",
            );
            panel.part(Part::Form(form))
        }
        Some(Right::Objection) => {
            let form =
                with_id(forms::change(page, "object", "request/object", "Collect nothing more about this person"));
            panel.part(Part::Form(form))
        }
        _ => panel.part(Part::Prose(Text::new("Download the file above and hand it over: that answers the request."))),
    };
    let mut refuse = with_id(Form {
        fields: vec![Field::new("reason", "Reason", FieldKind::Text).required().hint("The person is told.")],
        ..forms::change(page, "refuse", "request/refuse", "Refuse the request")
    });
    refuse.tone = Tone::Neutral;
    panel.part(Part::Section { title: "Refuse".to_owned(), note: String::new() }).part(Part::Form(refuse))
}

fn receive(page: &Page) -> Panel {
    let kinds = vec![
        Choice::new("access", "Access: what is recorded", true),
        Choice::new("erasure", "Erasure: delete it", false),
        Choice::new("objection", "Objection: collect nothing more", false),
    ];
    let fields = vec![
        Field::new("id", "Id of the person", FieldKind::Text)
            .required()
            .hint("Exactly as their account has it. It is hashed and forgotten.")
            .autocomplete("off"),
        Field::new("kind", "What they ask for", FieldKind::Choice(kinds)),
    ];
    let form = Form { fields, ..forms::change(page, "receive", "request/receive", "Write it down") };
    Panel::new("receive-panel", "Write a request down")
        .summary("For requests that came by mail or telephone. The clock runs from now.")
        .part(Part::Form(form))
}

/// How the own application opens the privacy centre for whoever is signed in there.
fn link(page: &Page) -> Panel {
    let code = format!(
        "import base64, hashlib, hmac, json, time\n\
         KEY, KEY_ID = \"plx_write_…\", 0  # a write key and its number\n\
         b64 = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b\"=\").decode()\n\
         secret = hashlib.sha256(bytes.fromhex(KEY.rsplit(\"_\", 1)[1])).digest()\n\
         payload = b64(json.dumps({{\"key\": KEY_ID, \"user\": user_id,\n\
         \x20                         \"exp\": int(time.time()) + 600}}).encode())\n\
         signature = b64(hmac.new(secret, payload.encode(), hashlib.sha256).digest())\n\
         link = f\"{}/privacy/{{payload}}.{{signature}}\"\n",
        page.machine.public_url()
    );
    Panel::new("centre", "Link from your app")
        .summary("Whoever is signed in in your application opens the privacy centre with a signed link, without an account here. It works until it expires, at most a day.")
        .part(Part::Code(Code { text: code, copy: Some("Copy the lines for Python".to_owned()) }))
        .action(Link::new("Write keys", page.to("/admin/keys").href()))
}
