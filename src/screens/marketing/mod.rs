//! Marketing: where people come from, what they do here, and what it brings and costs.

mod attribution;
mod campaigns;
mod channel;
mod course;
mod facts;
mod figures;
mod goals;
mod pages;
mod ranking;
mod trust;

use crate::charts::coverage;
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words;
use facts::Facts;
use parallax_domain::Problem;
use parallax_domain::screen::{Link, Panel, Part, Screen, Text};

/// Width of a coverage bar beside a figure, in pixels.
const COVERAGE: u16 = 28;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let facts = Facts::of(page).await?;
    let mut screen = page.screen("Where people come from");
    screen.crumbs = page.crumbs("Marketing", "/marketing");
    if facts.now.all.visits == 0 {
        screen.lede = Text::new("No visit in this time.");
        screen.parts.push(nothing(page));
        return Ok(screen);
    }
    screen.lede = lede(page, &facts);
    let (first, second) = figures::stats(page, &facts);
    screen.parts = vec![Part::Stats(first), Part::Stats(second)];
    let attribution = attribution::panel(page, &facts).await?;
    let goals = goals::panel(page, &facts).await?;
    screen.parts.push(Part::Grid(vec![
        (8, course::panel(page, &facts).into()),
        (4, ranking::sources(page, &facts).into()),
        (12, campaigns::panel(page, &facts).into()),
        (7, attribution.into()),
        (5, goals.into()),
        (8, pages::panel(page, &facts).into()),
        (4, ranking::countries(page, &facts).into()),
        (8, trust::panel(page, &facts).into()),
        (4, ranking::devices(page, &facts).into()),
    ]));
    Ok(screen)
}

fn nothing(page: &Page) -> Part {
    if !page.address.filters.is_empty() {
        let why = format!(
            "Here would be where visits come from. No visit in {} fits all the filters.",
            page.range.label().to_lowercase()
        );
        let action = Link::new("Without filters", page.to("/marketing").without_filters().href()).primary();
        return empty_with("No visit fits", why, action);
    }
    let why = format!(
        "Here would be where visits come from and what they lead to. {} has received no event in {}.",
        page.project.name,
        page.range.label().to_lowercase()
    );
    empty_with("No visits yet", why, Link::new("See how to send events", page.to("/start").href()).primary())
}

/// Where to learn what an event has to hold for a panel to have something to show.
fn telling(page: &Page) -> Link {
    Link::new("See what an event may tell", page.to("/start").href())
}

/// What grows and what does not, the campaign that loses most, and how much of it is seen.
fn lede(page: &Page, facts: &Facts) -> Text {
    let all = &facts.now.all;
    let visits = words::relative(Some(all.visits as f64), facts.then(|past| Some(past.visits as f64)));
    let revenue = words::relative(facts.revenue(), facts.then(|past| past.revenue_in(&facts.currency)));
    let changed = |change: &words::Change| match (change.none, change.up) {
        (true, _) => "stay as they were".to_owned(),
        (_, true) => format!("grow by {}", change.size),
        (_, false) => format!("fall by {}", change.size),
    };
    let mut text = match &visits {
        Some(change) => Text::new("Visits ").strong(changed(change)).plain(format!(" {}", page.reference())),
        None => Text::default()
            .strong(words::counted(all.visits, "visit", "visits"))
            .plain(format!(" of {}", reading(facts, all.people))),
    };
    if let Some(change) = revenue {
        let verb = match (change.none, change.up) {
            (true, _) => "does not change".to_owned(),
            (_, true) => format!("grows by {}", change.size),
            (_, false) => format!("falls by {}", change.size),
        };
        text = text.plain(", revenue ").strong(verb);
    }
    text = text.plain(". ");
    if let Some(campaign) = campaigns::loser(facts) {
        text = text.strong(campaign.name.clone()).plain(" costs more than it brings. ");
    } else if let Some(first) = facts.groups.first() {
        let share = first.visits as f64 / all.visits as f64;
        let share = joined(words::percent_brief(Some(share)));
        text = text.plain(format!("Most come by {}: {share}. ", first.channel.word()));
    }
    match facts.sharing {
        Some(share) => text.plain(format!(
            "Campaigns are seen of the {} who let them be seen.",
            joined(words::percent_brief(Some(share)))
        )),
        None => text,
    }
}

fn reading(facts: &Facts, people: i64) -> String {
    match facts.least {
        Some(least) if people < least => format!("fewer than {least} people"),
        _ => words::counted(people, "person", "people"),
    }
}

/// `conversion to Paid`, or that there is no goal.
fn goal_words(facts: &Facts) -> String {
    match &facts.goal {
        Some(goal) => format!("conversion: {goal}"),
        None => "no goal is chosen".to_owned(),
    }
}

/// n, who is seen, source and age of figures about visits.
fn visit_notes(page: &Page, facts: &Facts) -> Vec<Text> {
    let age = (page.now - page.look.fresh_as_of).num_seconds().max(0);
    vec![
        Text::new(format!("n = {}, not sampled", words::counted(facts.now.all.visits, "visit", "visits"))),
        campaign_coverage(facts),
        Text::new(format!("projection, {}", words::old(age))),
    ]
}

/// Of those who decided, how many let it be seen where they come from.
fn campaign_coverage(facts: &Facts) -> Text {
    let bar = Text::default().markup(coverage(facts.sharing, COVERAGE));
    match facts.sharing {
        Some(share) => bar.plain(format!("{} share campaign data", joined(words::percent_brief(Some(share))))),
        None => bar.plain("coverage unknown"),
    }
}

/// Says that rows of too few people are left out for this viewer.
fn withheld(panel: Panel, facts: &Facts, rows: usize) -> Panel {
    match facts.least {
        Some(least) if rows > 0 => {
            panel.foot(format!("{} of fewer than {least} people left out", words::counted(rows as i64, "row", "rows")))
        }
        _ => panel,
    }
}
