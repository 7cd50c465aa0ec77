//! A rule tried on the newest stored values: what would be left of them. Nothing of it is kept.

use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{Cell, Column, Field, FieldKind, Form, Panel, Part, Row, Table, Text};
use parallax_server::privacy::catalogue::{Action, Entry, Key};
use parallax_server::privacy::pseudonym;
use serde_json::Value;
use std::collections::HashMap;

/// Records that a rule is tried on.
const RECORDS: usize = 1_000;
const SHOWN: usize = 12;
/// Characters of a value.
const LONGEST: usize = 60;

pub async fn panel(page: &mut Page, key: &Key, entry: &Entry) -> Result<Panel, Problem> {
    let panel = Panel::new("trial", "Try a rule")
        .unit(format!("on the last {} records that carry it", words::count(Some(RECORDS as f64))));
    let asked = page.address.get("try").map(str::to_owned);
    let mut form = Form {
        fields: vec![
            Field::new("try", "Rule", FieldKind::Text)
                .value(asked.clone().unwrap_or_else(|| entry.action.to_string()))
                .hint("as in the form above; nothing is changed or stored by trying"),
        ],
        inline: true,
        ..forms::ask(page, "trial-form", "Try it")
    };
    form.hidden.push(("entry".to_owned(), key.to_string()));
    let Some(rule) = asked else { return Ok(panel.part(Part::Form(form))) };
    let action: Action = match rule.parse() {
        Ok(action) => action,
        Err(said) => {
            if let Some(field) = form.fields.first_mut() {
                field.error = said;
            }
            return Ok(panel.part(Part::Form(form)));
        }
    };
    let machine = page.machine.clone();
    let values = machine.store.newest_values(&mut page.look, key, page.now, RECORDS).await?;
    if values.is_empty() {
        return Ok(panel.part(Part::Form(form)).part(empty(
            "No value to try it on",
            "No record of the last 30 days carries this field, or its values are not stored.",
        )));
    }
    // The hash that is shown is keyed with nothing that is used elsewhere: the page must not tell what a value hashes to.
    let secret = pseudonym::ProjectSecret::random()
        .map_err(|_| Problem::unavailable("There is no random number for the hash."))?;
    let hash = |text: &str| hex(&pseudonym::value_ref(&secret, "trial", text));
    Ok(told(panel.part(Part::Form(form)), &values, &action, &hash))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn told(panel: Panel, values: &[Value], action: &Action, hash: &dyn Fn(&str) -> String) -> Panel {
    let (mut changed, mut dropped) = (0, 0);
    let mut pairs: HashMap<(String, Option<String>), usize> = HashMap::new();
    let mut left: HashMap<String, usize> = HashMap::new();
    for value in values {
        let after = action.apply(value.clone(), hash);
        match &after {
            None => dropped += 1,
            Some(after) if after != value => changed += 1,
            Some(_) => {}
        }
        let after = after.as_ref().map(plain);
        *left.entry(after.clone().unwrap_or_default()).or_default() += 1;
        *pairs.entry((plain(value), after)).or_default() += 1;
    }
    let distinct = pairs.keys().map(|(before, _)| before).collect::<std::collections::HashSet<_>>().len();
    let mut pairs: Vec<((String, Option<String>), usize)> = pairs.into_iter().collect();
    pairs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rows = pairs
        .iter()
        .take(SHOWN)
        .map(|((before, after), count)| {
            Row::new(vec![
                Cell::code(words::shortened(before, LONGEST)),
                match after {
                    Some(after) => Cell::code(words::shortened(after, LONGEST)),
                    None => Cell::new(Text::default().soft("not stored")),
                },
                Cell::new(words::count_full(Some(*count as f64))),
            ])
        })
        .collect();
    let sentence = Text::new("Of ").strong(words::counted(values.len() as i64, "value", "values")).plain(format!(
        " {changed} would change, {dropped} would not be stored, {} would stay. {distinct} different values become {}.",
        values.len() - changed - dropped,
        left.len()
    ));
    let columns = vec![Column::words("Stored now"), Column::words("With the rule"), Column::figures("Records")];
    panel
        .summary(sentence)
        .part(Part::Table(Table {
            caption: "Values before and after".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot(format!("{} of {} pairs shown", pairs.len().min(SHOWN), pairs.len()))
        .foot("values as the detectors left them; hashes are keyed anew for each trial")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_trial_counts_what_changes_goes_and_stays() {
        let values = [json!(3), json!(3), json!(12), json!("many")];
        let panel = told(Panel::new("t", "t"), &values, &"round(10)".parse().unwrap(), &|text| text.to_owned());
        assert_eq!(
            panel.summary.words(),
            "Of 4 values 3 would change, 1 would not be stored, 0 would stay. 3 different values become 3."
        );
        let Some(Part::Table(table)) = panel.body.last() else { panic!("a table") };
        let cells: Vec<String> = table.rows[0].cells.iter().map(|cell| cell.text.words()).collect();
        assert_eq!(cells, ["3", "0.0", "2"]);
    }
}
