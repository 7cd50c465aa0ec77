//! The audit log: who did what, and whether anything was changed in it afterwards.

use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{
    Banner, Cell, Choice, Column, Field, FieldKind, Form, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_server::identity::audit::{self, Row as Entry};
use parallax_server::identity::audit_head::{self, Found};
use serde_json::Value;
use std::collections::BTreeMap;

const SHOWN: i64 = 200;
/// Members of an entry's detail that are told.
const DETAILS: usize = 5;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let away = |_| Problem::unavailable("The audit log cannot be read right now.");
    let found = audit_head::verify(&machine.database, &machine.keyring)
        .await
        .map_err(|_| Problem::unavailable("The audit log cannot be verified right now."))?;
    let all = audit::recent(&machine.database, None, 2_000).await.map_err(away)?;
    let mut screen = super::screen(page, "Audit log", lede(page, &found));
    screen.parts.extend(warning(page, &found));
    let broken = match &found {
        Found::Broken(seq) => Some(*seq),
        Found::Rewritten(head) => Some(head.seq),
        Found::Whole { .. } | Found::Forged(_) => None,
    };
    screen.parts.push(Part::Grid(vec![(12, list(page, &all, broken).into())]));
    Ok(screen)
}

fn warning(page: &Page, found: &Found) -> Option<Part> {
    let (title, why) = match found {
        Found::Whole { .. } => return None,
        Found::Broken(seq) => (
            format!("The chain is broken at entry {seq}. "),
            "This entry or one before it was changed or removed in the database. Entries from here on prove nothing."
                .to_owned(),
        ),
        Found::Rewritten(head) => (
            format!("Entry {} is not the one that was signed. ", head.seq),
            format!(
                "On {} another one was: the log was written anew or cut off in the database.",
                page.moment(head.at)
            ),
        ),
        Found::Forged(line) => (
            format!("Line {line} of the file of signed heads was not signed by this installation. "),
            "The file in the data folder was changed, or belongs to another installation.".to_owned(),
        ),
    };
    Some(Part::Banner(Banner { tone: Tone::Bad, text: Text::default().strong(title).plain(why), action: None }))
}

fn lede(page: &Page, found: &Found) -> Text {
    let Found::Whole { entries, heads, newest } = found else {
        return Text::default().strong("The log cannot be trusted.");
    };
    let text = Text::default()
        .strong(words::counted(*entries, "entry", "entries"))
        .plain(", each linked to the one before; the chain is whole. ");
    match newest {
        None => text.plain("Its head is signed every hour; no hour has passed yet."),
        Some(at) => text.plain(format!(
            "{} in the data folder, outside the database, {}; the newest was signed {}.",
            words::counted(*heads as i64, "signed head", "signed heads"),
            if *heads == 1 { "agrees" } else { "agree" },
            page.ago(*at)
        )),
    }
}

fn list(page: &Page, all: &[Entry], broken: Option<i64>) -> Panel {
    let mut actions: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in all {
        *actions.entry(entry.action.as_str()).or_default() += 1;
    }
    let chosen = page.address.get("action").filter(|action| !action.is_empty());
    let mut choices = vec![Choice::new("", "Every action", chosen.is_none())];
    choices.extend(
        actions.iter().map(|(action, n)| Choice::new(*action, format!("{action} ({n})"), chosen == Some(*action))),
    );
    let form = Form {
        fields: vec![Field::new("action", "Action", FieldKind::Choice(choices))],
        instant: true,
        ..forms::ask(page, "filter", "Show")
    };
    let fits = |entry: &&Entry| chosen.is_none_or(|action| entry.action == action);
    let rows: Vec<Row> = all.iter().filter(fits).take(SHOWN as usize).map(|entry| line(page, entry, broken)).collect();
    let panel = Panel::new("audit", "Entries").unit("newest first").flush().part(Part::Form(form));
    if rows.is_empty() {
        return panel.part(empty(
            "No entry",
            "Signing in, opening a person, changing rules, keys and roles are written down here.",
        ));
    }
    let shown = rows.len();
    let columns = vec![
        Column::words("Time"),
        Column::words("Who"),
        Column::words("Did"),
        Column::words("Detail").secondary(1),
        Column::figures("Entry").secondary(1),
    ];
    panel
        .part(Part::Table(Table { caption: "Audit log".to_owned(), columns, rows, fold: true, ..Table::default() }))
        .foot(format!("{shown} of the newest {} shown", all.iter().filter(fits).count()))
        .foot("read it elsewhere with parallax audit verify")
}

fn line(page: &Page, entry: &Entry, broken: Option<i64>) -> Row {
    let project = entry.project.map(|id| match page.projects.iter().find(|project| project.id == id) {
        Some(project) => project.name.clone(),
        None => format!("project {id}, removed"),
    });
    let tone = if broken.is_some_and(|seq| entry.seq >= seq) { Tone::Bad } else { Tone::Neutral };
    Row::new(vec![
        Cell::new(Text::default().time(words::exact(page.wall(entry.at)), entry.at)),
        Cell::new(entry.actor.clone()).sub(project.unwrap_or_default()),
        Cell::new(entry.action.clone()).sub(entry.object.clone()),
        Cell::new(Text::default().soft(told(&entry.detail))),
        Cell::new(entry.seq.to_string()).tone(tone),
    ])
}

/// `days 14, from 30` of the JSON that was hashed.
fn told(detail: &str) -> String {
    let Ok(Value::Object(members)) = serde_json::from_str(detail) else { return String::new() };
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Null => words::UNKNOWN.to_owned(),
        Value::Object(inner) => inner
            .iter()
            .map(|(key, value)| format!("{key} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    members.iter().take(DETAILS).map(|(key, value)| format!("{key}: {}", word(value))).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_detail_is_told_in_words() {
        assert_eq!(told(r#"{"from":30,"to":14}"#), "from: 30; to: 14");
        assert_eq!(told(r#"{"roles":["admin","support"]}"#), "roles: admin, support");
        assert_eq!(told("broken"), "");
    }
}
