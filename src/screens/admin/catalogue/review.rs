//! What waits for a decision, with a proposal for each; many are decided at once, and it can be taken back.

use super::{Facts, kind, shape};
use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::Category;
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Panel, Part, Text};
use parallax_server::privacy::catalogue::propose::{Proposal, propose};
use parallax_server::privacy::catalogue::{FieldRow, Key, State};

const SHOWN: usize = 40;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let mut waiting: Vec<(&FieldRow, Key, Proposal)> = facts
        .rows
        .iter()
        .filter(|(_, entry)| entry.state == State::Proposed)
        .map(|(row, entry)| {
            let key = entry.key();
            let seen: Vec<_> = facts.shapes.get(&key).into_iter().flatten().map(|row| row.shape).collect();
            let proposal = propose(&key, &seen);
            (row, key, proposal)
        })
        .collect();
    // What may hold somebody's data first, then the newest.
    waiting.sort_by_key(|(row, _, proposal)| (!proposal.personal, std::cmp::Reverse(row.first_seen)));
    let panel =
        Panel::new("review", "Waiting for a decision").unit(words::counted(waiting.len() as i64, "entry", "entries"));
    if waiting.is_empty() {
        return panel.part(empty(
            "Nothing waits",
            "Names and fields that nobody declared or blocked would be listed here when they arrive.",
        ));
    }
    let personal = waiting.iter().filter(|(_, _, proposal)| proposal.personal).count();
    let choices =
        waiting.iter().take(SHOWN).map(|(row, key, proposal)| choice(page, facts, row, key, proposal)).collect();
    let decisions = vec![
        Choice::new("as proposed", "As proposed for each", true),
        Choice::new("declared", "Declare: keep their values", false),
        Choice::new("blocked", "Block: drop them at the door", false),
    ];
    let form = Form {
        fields: vec![
            Field::new("fields[]", "Names and fields", FieldKind::Checks(choices)),
            Field::new("state", "Decision", FieldKind::Choice(decisions)),
            Field::new("category", "Category", FieldKind::Choice(categories(None, "as proposed")))
                .hint("Who refuses the category does not send the field."),
        ],
        ..forms::change(page, "decide", "catalogue/decide", "Decide about the chosen")
    };
    let sentence = match personal {
        0 => Text::new("None of them looks personal."),
        n => Text::default()
            .strong(format!("{n} of {}", waiting.len()))
            .plain(" may hold somebody’s data; they stand first."),
    };
    panel
        .summary(sentence)
        .part(Part::Form(form))
        .foot(format!("{} of {} shown", waiting.len().min(SHOWN), waiting.len()))
        .foot("a shape tells type and length, never the value; it is kept 7 days")
}

fn choice(page: &Page, facts: &Facts, row: &FieldRow, key: &Key, proposal: &Proposal) -> Choice {
    let seen = facts.shapes.get(key);
    let records: i64 = seen.into_iter().flatten().map(|row| row.records).sum();
    let mut parts = vec![kind(key)];
    parts.extend(shape(seen));
    if records > 0 {
        parts.push(words::counted(records, "record", "records"));
    }
    parts.push(format!("since {}", page.moment(row.first_seen)));
    let decision = match (proposal.entry.state, proposal.entry.action.keeps()) {
        (State::Blocked, _) => "block".to_owned(),
        (_, true) => "declare".to_owned(),
        (_, false) => format!("declare and {}", proposal.entry.action.word()),
    };
    Choice {
        hint: format!("{}. Proposed: {decision}, {}.", parts.join(", "), proposal.why),
        ..Choice::new(key.to_string(), key.name.clone(), false)
    }
}

/// Categories to choose from; the first choice leaves it as it is.
pub fn categories(chosen: Option<Category>, none: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", none, chosen.is_none())];
    choices.extend(
        Category::ALL
            .map(|category| Choice::new(category.word(), words::capital(category.word()), chosen == Some(category))),
    );
    choices
}
