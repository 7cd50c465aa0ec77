use super::{project_id, say};
use crate::ingest::consent::{of_members, record};
use crate::machine::Machine;
use crate::options::ConsentVerb;
use crate::privacy::gate::Gate;
use crate::store::consent::NewDecision;
use anyhow::{Context, bail};
use parallax_domain::Category;
use serde_json::{Map, Value, json};

/// Rows of one transaction.
const AT_ONCE: usize = 1_000;

pub async fn run(machine: &Machine, verb: ConsentVerb) -> anyhow::Result<()> {
    let ConsentVerb::Import { project, file } = verb;
    let id = project_id(machine, &project).await?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let records = if text.trim_start().starts_with(['[', '{']) { of_json(&text)? } else { of_csv(&text)? };
    let policy = machine.policies.of(id).await?.context("the project is gone")?;
    let gate = Gate {
        policy: &policy,
        newcomers: &machine.policies.newcomers,
        received_at: machine.clock.now(),
        oldest: chrono::Duration::days(400),
        skew: None,
        header: Default::default(),
        key: 0,
    };
    let mut decisions: Vec<NewDecision> = Vec::with_capacity(records.len());
    let mut wrong = Vec::new();
    for (line, members) in records {
        match of_members(&members, &gate) {
            Ok(decision) => decisions.push(decision),
            Err(problem) => wrong.push(format!("line {line}: {problem}")),
        }
    }
    if !wrong.is_empty() {
        // All or none: half an import would have to be found out again by hand.
        wrong.iter().take(20).for_each(|said| tracing::error!("{said}"));
        bail!("{} of {} decisions cannot be read; nothing was taken in", wrong.len(), wrong.len() + decisions.len());
    }
    for some in decisions.chunks(AT_ONCE) {
        record(machine, &gate, some).await?;
    }
    say(&format!("{} decisions taken in", decisions.len()))
}

/// An array, one object, or an object per line; each with the line it stands on, as far as that is known.
fn of_json(text: &str) -> anyhow::Result<Vec<(usize, Map<String, Value>)>> {
    let values: Vec<(usize, Value)> = match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(values)) => values.into_iter().enumerate().map(|(index, value)| (index + 1, value)).collect(),
        Ok(value) => vec![(1, value)],
        Err(_) => text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| {
                let value = serde_json::from_str(line).with_context(|| format!("line {} is not JSON", index + 1))?;
                Ok((index + 1, value))
            })
            .collect::<anyhow::Result<_>>()?,
    };
    values
        .into_iter()
        .map(|(line, value)| match value {
            Value::Object(mut members) => {
                members.entry("source").or_insert_with(|| json!("import"));
                Ok((line, members))
            }
            _ => bail!("line {line}: a decision must be an object"),
        })
        .collect()
}

/// Commas, a head, quotes doubled inside quotes. Categories are columns; `yes`, `no` or nothing.
fn of_csv(text: &str) -> anyhow::Result<Vec<(usize, Map<String, Value>)>> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, head) = lines.next().context("the file is empty")?;
    let head: Vec<String> = cells(head)?.iter().map(|name| name.trim().to_lowercase()).collect();
    let known = ["user", "anonymous", "at", "policy", "source", "language", "region", "platform", "version"];
    for name in &head {
        if !known.contains(&name.as_str()) && name.parse::<Category>().is_err() {
            bail!("the column {name:?} is neither a category nor one of {}", known.join(", "));
        }
    }
    lines
        .map(|(index, line)| {
            let cells = cells(line).with_context(|| format!("line {}", index + 1))?;
            if cells.len() != head.len() {
                bail!("line {}: {} cells under {} heads", index + 1, cells.len(), head.len());
            }
            let mut members = Map::from_iter([("source".to_owned(), json!("import"))]);
            let mut decisions = Map::new();
            for (name, cell) in head.iter().zip(cells) {
                let cell = cell.trim();
                match (cell, known.contains(&name.as_str())) {
                    ("", _) => {}
                    (text, true) => _ = members.insert(name.clone(), json!(text)),
                    (text, false) => match text.to_lowercase().as_str() {
                        "yes" | "true" | "1" | "granted" => _ = decisions.insert(name.clone(), json!(true)),
                        "no" | "false" | "0" | "denied" => _ = decisions.insert(name.clone(), json!(false)),
                        _ => bail!("line {}: {name} must be yes or no", index + 1),
                    },
                }
            }
            members.insert("decisions".to_owned(), Value::Object(decisions));
            Ok((index + 1, members))
        })
        .collect()
}

/// The cells of one line. A cell may be in quotes; it may not run over several lines.
fn cells(line: &str) -> anyhow::Result<Vec<String>> {
    let mut cells = vec![String::new()];
    let mut letters = line.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    if quoted { bail!("a quote is not closed") } else { Ok(cells) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_read_from_csv_and_json_alike() {
        let csv = "user,at,usage,marketing\nu-1,2026-01-02T03:04:05Z,yes,no\n\"u,2\",,no,\n";
        let read = of_csv(csv).unwrap();
        assert_eq!(read[0].1["decisions"], json!({ "usage": true, "marketing": false }));
        assert_eq!((read[1].0, &read[1].1["user"]), (3, &json!("u,2")));
        assert_eq!(read[1].1["decisions"], json!({ "usage": false }));
        assert!(read[1].1.get("at").is_none(), "an empty cell says nothing");
        let lines = "{\"user\": \"u-1\"}\n{\"user\": \"u-2\", \"source\": \"cmp\"}\n";
        let read = of_json(lines).unwrap();
        assert_eq!((&read[0].1["source"], &read[1].1["source"]), (&json!("import"), &json!("cmp")));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let said = |text: &str| format!("{:#}", of_csv(text).unwrap_err());
        assert!(said("user,mood\nu,yes").contains("\"mood\""));
        assert!(said("user,usage\nu,maybe").starts_with("line 2: usage"));
        assert!(said("user,usage\nu").starts_with("line 2: 1 cells"));
        assert!(said("user,usage\n\"u,yes").contains("quote"));
    }
}
