//! How long things are kept; what a change would delete; proof of what was deleted.

use crate::charts::{Hue, InlineBar};
use crate::forms;
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words;
use chrono::NaiveDate;
use parallax_domain::Problem;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Stat, Stats, Table, Text, Tone,
};
use parallax_server::admin::retention::{self, Held, Preview, Proof, name_of};
use parallax_server::retention::plan::{Rule, SUBJECTS};
use std::collections::BTreeMap;

const PROOFS: i64 = 20;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let rules = retention::in_force(&machine, page.project.id).await?;
    let held = retention::held(&machine, page.project.id).await?;
    let proofs = retention::proofs(&machine, page.project.id, PROOFS).await?;
    let asked = page.address.get("signal").map(str::to_owned).zip(page.address.number("days"));
    let preview = match asked {
        Some((signal, days)) => {
            Some(retention::preview(&machine, page.project.id, &signal, i32::try_from(days).unwrap_or(0)).await)
        }
        None => None,
    };
    let mut screen = super::screen(page, "Retention", lede(page, &held, &proofs));
    let side: Part = match &preview {
        Some(Ok(preview)) => effect(page, preview).into(),
        Some(Err(problem)) => choose(page, &rules, Some(problem)).into(),
        None => choose(page, &rules, None).into(),
    };
    let mut side = vec![(12, side)];
    if matches!(preview, Some(Ok(_))) {
        side.push((12, choose(page, &rules, None).into()));
    }
    screen.parts.push(Part::Grid(vec![
        (8, Part::Grid(vec![(12, kept(page, &rules, &held).into()), (12, proven(page, &proofs).into())])),
        (4, Part::Grid(side)),
    ]));
    Ok(screen)
}

fn lede(page: &Page, held: &BTreeMap<String, Held>, proofs: &[Proof]) -> Text {
    let bytes: i64 = held.values().map(|held| held.bytes).sum();
    let text = Text::default()
        .strong(joined(words::bytes(Some(bytes as f64))))
        .plain(" are kept. Whole days are dropped once an hour; no row is ever edited. ");
    match proofs.first() {
        None => text.plain("Nothing has been old enough to delete yet."),
        Some(proof) => text.plain(format!(
            "The last deletion, {}, took {}{}.",
            page.moment(proof.ended_at),
            words::counted(proof.rows, "row", "rows"),
            if proof.verified { " and is proven" } else { " and could not be proven" }
        )),
    }
}

fn date(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

fn kept(page: &Page, rules: &[Rule], held: &BTreeMap<String, Held>) -> Panel {
    let high = held.values().map(|held| held.bytes).max().unwrap_or(1).max(1) as f64;
    let today = page.now.date_naive();
    let rows = rules
        .iter()
        .map(|rule| {
            let of = held.get(&rule.signal);
            let bytes = of.map(|held| held.bytes);
            let bar = InlineBar::new(bytes.map(|bytes| bytes as f64 / high), Hue::Ink).draw();
            let by = if rule.changed_by == "default" {
                "by default".to_owned()
            } else {
                format!("set by {}", rule.changed_by)
            };
            // Debug lines lie among the other lines: they have no size of their own.
            let (size, oldest) = match of {
                Some(held) => (
                    words::bytes_full(Some(held.bytes as f64)),
                    held.oldest.map_or_else(|| words::UNKNOWN.to_owned(), date),
                ),
                None if rule.signal == "log.debug" => ("in Logs".to_owned(), words::UNKNOWN.to_owned()),
                None => (words::bytes_full(Some(0.0)), words::UNKNOWN.to_owned()),
            };
            let oldest_note = of
                .and_then(|held| held.oldest)
                .map(|oldest| i64::from(rule.days) - (today - oldest).num_days())
                .map(|left| if left <= 0 { "goes within the hour".to_owned() } else { format!("goes in {left} days") });
            Row::new(vec![
                Cell::new(name_of(&rule.signal)).sub(by),
                Cell::new(Text::default().strong(words::count_full(Some(f64::from(rule.days)))).soft(" days")),
                Cell::drawn(bar),
                Cell::new(size),
                Cell::new(oldest).sub(oldest_note.unwrap_or_default()),
                Cell::link(
                    "Change",
                    page.to("/admin/retention")
                        .with("signal", &rule.signal)
                        .with("days", &rule.days.to_string())
                        .href(),
                ),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Data"),
        Column::figures("Kept"),
        Column::words("").width(22),
        Column::figures("Stored"),
        Column::figures("Oldest day").secondary(1),
        Column::figures(""),
    ];
    Panel::new("kept", "What is kept how long")
        .unit(page.project.name.clone())
        .flush()
        .part(Part::Table(Table {
            caption: "Retention in force".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot("days are days in UTC; sizes include indexes")
}

/// Asks what a change would do; nothing is changed by asking.
fn choose(page: &Page, rules: &[Rule], problem: Option<&Problem>) -> Panel {
    let asked = page.address.get("signal");
    let choices = SUBJECTS.iter().map(|(word, name, _)| Choice::new(*word, *name, asked == Some(*word))).collect();
    let days = page.address.get("days").map(str::to_owned).unwrap_or_else(|| {
        let first = asked.and_then(|signal| rules.iter().find(|rule| rule.signal == signal)).or(rules.first());
        first.map(|rule| rule.days.to_string()).unwrap_or_default()
    });
    let mut fields = vec![
        Field::new("signal", "Data", FieldKind::Choice(choices)),
        Field::new("days", "Keep, days", FieldKind::Number { min: Some(1), max: Some(3650) }).value(days).required(),
    ];
    if let Some(problem) = problem {
        for field in fields.iter_mut().filter(|field| problem.field.as_deref().is_none_or(|name| name == field.name)) {
            field.error.clone_from(&problem.detail);
        }
    }
    let form = Form { fields, inline: false, ..forms::ask(page, "preview", "See what it would delete") };
    Panel::new("choose", "Change a rule").summary("First see what would go; then decide.").part(Part::Form(form))
}

fn effect(page: &Page, preview: &Preview) -> Panel {
    let name = name_of(&preview.signal);
    let panel = Panel::new("effect", format!("{name}: {} to {} days", preview.days_now, preview.days_then));
    let mut form = forms::change(page, "retention", "retention/set", &format!("Keep {} days", preview.days_then));
    form.hidden
        .extend([("signal".to_owned(), preview.signal.clone()), ("days".to_owned(), preview.days_then.to_string())]);
    if preview.days_now == preview.days_then {
        return panel
            .summary("This is the rule in force. Choose another number of days below to see what it would delete.");
    }
    if !preview.deletes() {
        let words = if preview.days_then > preview.days_now {
            "Longer than now: nothing is deleted, and the oldest days stay from today on."
        } else {
            "Nothing stored is that old: nothing is deleted now."
        };
        return panel.summary(words).part(Part::Form(form));
    }
    let stat = |id: &str, name: &str, figure: words::Figure, foot: String| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        value: figure.value,
        unit: figure.unit,
        foot: Text::new(foot),
        ..Stat::default()
    };
    let (first, last) =
        (preview.days.first().copied().unwrap_or_default(), preview.days.last().copied().unwrap_or_default());
    let bytes = (preview.bytes > 0).then_some(preview.bytes as f64);
    let stats = Stats {
        label: "What the change deletes".to_owned(),
        cards: vec![
            stat("rows", "Rows", words::count(Some(preview.rows as f64)), "about".to_owned()),
            stat(
                "bytes",
                "Bytes",
                words::bytes(bytes),
                if bytes.is_some() { "freed".to_owned() } else { "among others".to_owned() },
            ),
            stat(
                "days",
                "Days",
                words::count(Some(preview.days.len() as f64)),
                format!("{} to {}", date(first), date(last)),
            ),
        ],
    };
    form.tone = Tone::Bad;
    form.submit = format!("Delete {}", words::counted(preview.days.len() as i64, "day", "days"));
    form.confirm = forms::confirm(
        format!("Delete {} older than {} days?", name.to_lowercase(), preview.days_then),
        vec![
            Text::new(format!(
                "About {} of {}, {} to {}, are deleted within the hour.",
                words::counted(preview.rows, "row", "rows"),
                words::counted(preview.days.len() as i64, "day", "days"),
                date(first),
                date(last)
            )),
            Text::new(loses(&preview.signal)),
            Text::new("It cannot be undone. The deletion is counted, checked and listed below as proof."),
        ],
        &format!("Keep {} days", preview.days_now),
    );
    panel
        .badge("deletes", Tone::Bad)
        .summary("The run within the hour deletes these days. It cannot be undone.")
        .part(Part::Stats(stats))
        .part(Part::Prose(Text::new(loses(&preview.signal))))
        .part(Part::Form(form))
        .action(Link::new(format!("Keep {} days", preview.days_now), page.to("/admin/retention").href()))
}

/// What is no longer possible about those days, and what stays.
fn loses(signal: &str) -> &'static str {
    match signal {
        "event" => {
            "Funnels, retention, paths and the timelines of people end at the new oldest day. Request, log and metric figures stay."
        }
        "span" => {
            "Traces, slow requests and errors of those days cannot be opened any more. Rates and latency stay in the roll-ups."
        }
        "log" => "Log lines of those days cannot be searched any more. Counts by level stay in the roll-ups.",
        "log.debug" => "Lines of level debug and trace go; the others stay.",
        "metric" => "Points of those days go; charts of metrics stay as long as roll-ups and timelines are kept.",
        "minute" => "Charts of those days are drawn from hours instead of minutes.",
        _ => "Rates, latency, log counts and metrics of those days go from every chart.",
    }
}

fn proven(page: &Page, proofs: &[Proof]) -> Panel {
    let panel = Panel::new("proofs", "Proof of deletion").unit("newest first").flush();
    if proofs.is_empty() {
        return panel.part(empty(
            "Nothing was deleted yet",
            "Each deletion counts its rows before, checks that none is left, and is listed here.",
        ));
    }
    let rows = proofs
        .iter()
        .map(|proof| {
            let span = match (proof.oldest, proof.newest) {
                (Some(oldest), Some(newest)) => format!("{} to {}", page.moment(oldest), page.moment(newest)),
                _ => words::UNKNOWN.to_owned(),
            };
            let checked = if proof.verified {
                Text::default().icon("check").plain("0, checked")
            } else {
                Text::default().badge("not verified", Tone::Bad)
            };
            Row::new(vec![
                Cell::code(format!("D-{}", proof.id)).sub(page.moment(proof.ended_at)),
                Cell::new(name_of(&proof.signal)).sub(proof.what.clone()),
                Cell::new(words::count_full(Some(proof.rows as f64))).sub(words::bytes_full(Some(proof.bytes as f64))),
                Cell::new(span),
                Cell::new(format!("{} days", proof.policy_days)),
                Cell::new(checked),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Proof"),
        Column::words("What"),
        Column::figures("Deleted"),
        Column::words("Times").secondary(1),
        Column::figures("Rule").secondary(1),
        Column::words("Rows left"),
    ];
    panel.part(Part::Table(Table {
        caption: "Proof of deletion".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }))
}
