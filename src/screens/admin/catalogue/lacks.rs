//! What declared entries lack, and saying the same of many at once.

use super::{Facts, to};
use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Item, Panel, Part, Text, Tone};
use parallax_server::privacy::catalogue::lint::{Finding, Level};
use parallax_server::privacy::catalogue::{Key, LegalBasis, Sensitivity, State};
use std::collections::BTreeMap;

const SHOWN: usize = 12;
/// Entries that one form offers.
const OFFERED: usize = 60;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let (errors, warnings) = (facts.errors(), facts.findings.len() - facts.errors());
    let panel = Panel::new("lacks", "What entries lack").unit(format!(
        "{}, {}",
        words::counted(errors as i64, "error", "errors"),
        words::counted(warnings as i64, "warning", "warnings")
    ));
    if facts.findings.is_empty() {
        let why = match facts.count(State::Declared) {
            0 => "Declared entries would be checked for purpose, owner, end and more. None is declared yet.",
            _ => "Every declared entry says why it is collected, who answers for it, and when it ends.",
        };
        return panel.part(empty("Nothing is missing", why));
    }
    let items = facts.findings.iter().take(SHOWN).map(|finding| item(page, finding)).collect();
    panel
        .summary(summary(facts))
        .part(Part::List(items))
        .foot(format!("{} of {} shown", facts.findings.len().min(SHOWN), facts.findings.len()))
        .foot("the same on the command line: parallax catalogue lint")
}

/// The lack that most entries share.
fn summary(facts: &Facts) -> Text {
    let mut by_member: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in &facts.findings {
        *by_member.entry((finding.member, words_of(finding.member))).or_default() += 1;
    }
    match by_member.into_iter().max_by_key(|(_, count)| *count) {
        Some(((_, what), count)) => Text::new("Most often it is ")
            .strong(what)
            .plain(format!(": {}.", words::counted(count as i64, "entry", "entries"))),
        None => Text::default(),
    }
}

fn words_of(member: &str) -> &'static str {
    match member {
        "purpose" => "why it is collected",
        "owner" => "who answers for it",
        "expires" => "its end",
        "category" => "its category",
        "sensitivity" => "its sensitivity",
        "legal_basis" => "its legal basis",
        "roles" => "who may see it",
        _ => "its name",
    }
}

fn item(page: &Page, finding: &Finding) -> Item {
    let error = finding.level == Level::Error;
    Item {
        icon: if error { "err" } else { "warn" }.to_owned(),
        tone: if error { Tone::Bad } else { Tone::Warn },
        title: Text::default().code(finding.key.name.clone()),
        note: Text::new(finding.text.clone()),
        end: Text::new(finding.key.signal.word()),
        href: Some(to(page, &finding.key)),
    }
}

/// Gives many entries the same owner, end, purpose, basis: the lacks that they share.
pub fn complete(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("complete", "Say the same of many");
    let mut lacking: Vec<(Key, Vec<&'static str>)> = Vec::new();
    for finding in facts.findings.iter().filter(|finding| finding.member != "name") {
        match lacking.iter_mut().find(|(key, _)| *key == finding.key) {
            Some((_, lacks)) if !lacks.contains(&words_of(finding.member)) => lacks.push(words_of(finding.member)),
            Some(_) => {}
            None => lacking.push((finding.key.clone(), vec![words_of(finding.member)])),
        }
    }
    if lacking.is_empty() {
        return panel
            .part(empty("No entry to complete", "Declared entries that lack something would be offered here."));
    }
    let offered = lacking.len().min(OFFERED);
    let choices = lacking
        .iter()
        .take(OFFERED)
        .map(|(key, lacks)| Choice {
            hint: format!("{}: lacks {}", key.signal, lacks.join(", ")),
            ..Choice::new(key.to_string(), key.name.clone(), false)
        })
        .collect();
    let as_it_is = |first: &str| Choice::new("", first, true);
    let mut bases = vec![as_it_is("as it is")];
    bases.extend(LegalBasis::ALL.iter().map(|basis| Choice::new(basis.word(), words::capital(basis.word()), false)));
    let mut levels = vec![as_it_is("as it is")];
    levels.extend(Sensitivity::ALL.iter().map(|level| Choice::new(level.word(), sensitivity(*level), false)));
    let form = Form {
        fields: vec![
            Field::new("fields[]", "Entries", FieldKind::Checks(choices)),
            Field::new("owner", "Who answers for them", FieldKind::Text).hint(match facts.owner.as_str() {
                "" => "Empty: as it is.".to_owned(),
                owner => format!("Empty: as it is. {owner} answers for those that name nobody."),
            }),
            Field::new("purpose", "Why they are collected", FieldKind::Text),
            Field::new("expires", "Collected until", FieldKind::Date),
            Field::new("legal_basis", "Legal basis", FieldKind::Choice(bases)),
            Field::new("sensitivity", "Sensitivity", FieldKind::Choice(levels)),
        ],
        ..forms::change(page, "complete-form", "catalogue/complete", "Save for the chosen")
    };
    panel.part(Part::Form(form)).foot(format!("{offered} of {} shown", lacking.len()))
}

pub fn sensitivity(level: Sensitivity) -> &'static str {
    match level {
        Sensitivity::Technical => "Technical: of machines and programs",
        Sensitivity::Interaction => "Interaction: what people did",
        Sensitivity::StoredContent => "Stored content: what people wrote",
        Sensitivity::HighlySensitive => "Highly sensitive",
    }
}
