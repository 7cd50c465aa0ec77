//! Goals: how many visitors reach each, against the comparison.

use super::facts::Facts;
use crate::charts::{Hue, InlineBar};
use crate::forms;
use crate::page::{Direction, Page};
use crate::parts::{empty_with, joined};
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Table, Text, Tone,
};
use parallax_server::engine::statistics::two_proportions;
use parallax_server::engine::visits::Figures;
use parallax_server::store::question::names::EventName;

/// Goals of the table, the chosen one among them; each is a pass over the visits.
const ROWS: usize = 4;
/// Words that the names of goals hold.
const TELLING: [&str; 12] = [
    "sign",
    "regist",
    "subscri",
    "newsletter",
    "lead",
    "contact",
    "trial",
    "demo",
    "account",
    "checkout",
    "basket",
    "cart",
];

struct Goal {
    event: String,
    now: Figures,
    before: Option<Figures>,
}

/// The chosen one first, then events with money, then those whose names tell, then the rest by how often they happen.
fn candidates(chosen: Option<&str>, names: &[EventName]) -> Vec<String> {
    let telling = |name: &str| {
        let name = name.to_lowercase();
        TELLING.iter().any(|word| name.contains(word))
    };
    let mut names: Vec<&EventName> = names.iter().filter(|name| name.name != "page_view").collect();
    names.sort_by_key(|name| {
        let first = Some(name.name.as_str()) != chosen;
        (first, name.paid == 0, !telling(&name.name), std::cmp::Reverse(name.count))
    });
    names.into_iter().take(ROWS).map(|name| name.name.clone()).collect()
}

pub async fn panel(page: &mut Page, facts: &Facts) -> Result<Panel, Problem> {
    let panel = Panel::new("goals", "Goals").unit("a person counts once").flush();
    let events = candidates(facts.goal.as_deref(), &facts.names);
    if events.is_empty() {
        let why = "Here would be how many visitors reach what they are wished to. A goal is an event other than page_view; none has arrived.";
        let action = Link::new("See how to send events", page.to("/start").href());
        return Ok(panel.part(empty_with("No goal to reach yet", why, action)));
    }
    let mut goals = Vec::with_capacity(events.len());
    for event in events {
        goals.push(goal(page, facts, event).await?);
    }
    let least = facts.least.unwrap_or(0);
    let small = |figures: &Figures| figures.people < least || (figures.converters > 0 && figures.converters < least);
    let shown: Vec<&Goal> = goals.iter().filter(|goal| !small(&goal.now)).collect();
    let high = shown.iter().filter_map(|goal| goal.now.conversion()).fold(0.0, f64::max);
    let rows = shown.iter().map(|one| row(page, facts, one, high)).collect();
    let table = Table {
        caption: "Goals with the visitors who reach them".to_owned(),
        columns: vec![
            Column::words("Goal"),
            Column::figures("Reach it").width(34),
            Column::figures("Change"),
            Column::figures("Times").secondary(1),
        ],
        rows,
        class: "barkeep".to_owned(),
        ..Table::default()
    };
    let mut panel = panel.summary(sentence(facts)).part(Part::Table(table)).part(Part::Form(form(page, facts)));
    panel = panel.foot(format!("n = {}", words::counted(facts.now.all.people, "visitor", "visitors")));
    panel = panel
        .foot(crate::calendar::unknown_coverage())
        .foot("coloured where a test of two proportions says it is no chance");
    Ok(super::withheld(panel, facts, goals.len() - shown.len()))
}

async fn goal(page: &mut Page, facts: &Facts, event: String) -> Result<Goal, Problem> {
    if facts.goal.as_ref() == Some(&event) {
        let before = facts.before.as_ref().map(|before| before.all.clone());
        return Ok(Goal { event, now: facts.now.all.clone(), before });
    }
    let (machine, frame, buckets) = (page.machine.clone(), page.frame(page.period), page.buckets.clone());
    let now = machine.store.visits(&mut page.look, &frame, Some(&event), false, buckets).await?.result.all;
    let before = match page.before.zip(page.buckets_before.clone()).filter(|_| facts.before.is_some()) {
        Some((past, buckets)) => {
            let frame = page.frame(past);
            Some(machine.store.visits(&mut page.look, &frame, Some(&event), false, buckets).await?.result.all)
        }
        None => None,
    };
    Ok(Goal { event, now, before })
}

/// Whether a change of two shares is no chance; none without a comparison.
fn certain(now: &Figures, before: &Figures) -> bool {
    let pair = |figures: &Figures| Some((u64::try_from(figures.converters).ok()?, u64::try_from(figures.people).ok()?));
    pair(now)
        .zip(pair(before))
        .and_then(|(now, before)| two_proportions(now, before, 1.0))
        .is_some_and(|(_, p)| p < 0.05)
}

fn row(page: &Page, facts: &Facts, goal: &Goal, high: f64) -> Row {
    let share = goal.now.conversion();
    let chosen = facts.goal.as_ref() == Some(&goal.event);
    let place = |share: f64| if high > 0.0 { share / high } else { 0.0 };
    let then = goal.before.as_ref().and_then(Figures::conversion);
    let bar = InlineBar {
        before: then.map(place),
        ..InlineBar::new(share.map(place), if chosen { Hue::S1 } else { Hue::Mute })
    };
    let change = match (words::points(share, then), &goal.before) {
        (Some(change), Some(before)) => {
            let judged = !change.none && certain(&goal.now, before);
            let tone = if judged { Direction::UpIsGood.judge(change.up) } else { Tone::Neutral };
            Cell::new(change.label).tone(tone)
        }
        _ => Cell::new(Text::default().soft(words::UNKNOWN)),
    };
    let href = page.address.with("goal", &goal.event).href();
    let people = words::counted(goal.now.converters, "person", "people");
    Row {
        selected: chosen,
        ..Row::new(vec![
            Cell::link(goal.event.clone(), href).sub(people),
            Cell::new(words::percent_full(share)).with_drawing(bar.draw()),
            change,
            Cell::new(words::count_full(Some(goal.now.goals as f64))),
        ])
    }
}

fn sentence(facts: &Facts) -> Text {
    match &facts.goal {
        None => Text::new("Choose what counts as a conversion on this page."),
        Some(goal) => {
            let each = facts.revenue().filter(|_| facts.now.all.people > 0);
            let each = each.map(|money| money / facts.now.all.people as f64);
            let text = Text::default()
                .strong(joined(words::percent(facts.conversion())))
                .plain(" of visitors reach ")
                .strong(goal.clone());
            match each {
                Some(each) => text.plain(format!("; a visitor brings {}.", words::money(Some(each), &facts.currency))),
                None => text.plain("."),
            }
        }
    }
}

fn form(page: &Page, facts: &Facts) -> Form {
    let chosen = facts.goal.as_deref();
    let mut choices: Vec<Choice> = facts
        .names
        .iter()
        .map(|name| Choice::new(&name.name, &name.name, Some(name.name.as_str()) == chosen))
        .collect();
    if chosen.is_none() {
        choices.insert(0, Choice::new("", "none yet", true));
    }
    Form {
        fields: vec![Field::new("goal", "Goal of this page", FieldKind::Choice(choices))],
        instant: true,
        ..forms::ask(page, "goal", "Use this goal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_brings_money_or_says_so_is_a_goal_before_what_happens_often() {
        let name = |name: &str, count, paid| EventName { name: name.to_owned(), count, paid };
        let names = [
            name("page_view", 900, 0),
            name("scrolled", 500, 0),
            name("searched", 80, 0),
            name("Sign_Up", 7, 0),
            name("Paid", 5, 5),
        ];
        assert_eq!(candidates(None, &names), ["Paid", "Sign_Up", "scrolled", "searched"]);
        assert_eq!(candidates(Some("searched"), &names)[0], "searched");
        assert!(candidates(None, &names[..1]).is_empty());
    }

    #[test]
    fn a_change_of_few_people_is_not_judged() {
        let figures = |people, converters| Figures { people, converters, ..Figures::default() };
        assert!(certain(&figures(10_000, 1_000), &figures(10_000, 1_200)));
        assert!(!certain(&figures(20, 2), &figures(20, 3)));
        assert!(!certain(&figures(0, 0), &figures(20, 3)));
    }
}
