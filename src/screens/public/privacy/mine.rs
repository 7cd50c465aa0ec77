//! The list of what is recorded, page by page, each entry as it is stored.

use super::Facts;
use crate::parts::empty;
use crate::words;
use chrono::{DateTime, SecondsFormat, Utc};
use maud::{Markup, html};
use parallax_domain::screen::{Drawing, Link, Panel, Part, Text};
use parallax_domain::{Address, Problem};
use parallax_server::Machine;
use parallax_server::centre::entries::{self, Entry, PAGE, Source};
use std::sync::Arc;

/// Of a name in the list; the whole of it stands below.
const NAME: usize = 120;

pub async fn panel(machine: &Arc<Machine>, address: &Address, facts: &Facts) -> Result<Panel, Problem> {
    let panel = Panel::new("mine", "What was recorded about you").flush();
    let Some(scope) = facts.scope.as_ref().filter(|_| facts.tally.all() > 0) else {
        return Ok(panel.part(empty(
            "Nothing",
            "No event, request, log line or error is stored under your number. Measurements of machines carry nobody's number.",
        )));
    };
    let only = address.get("of").and_then(Source::parse);
    let before: Option<DateTime<Utc>> = address.get("before").and_then(|text| text.parse().ok());
    let page = entries::page(machine, scope, only, before).await?;
    let count = only.map_or_else(|| facts.tally.all(), |one| facts.tally.sources.get(&one).copied().unwrap_or(0));
    let summary = Text::new(
        "Exactly what is stored, the newest first. Metrics are measurements of machines and carry nobody's number, so none can be listed.",
    );
    let mut panel = panel.summary(summary).choices(choices(facts, only));
    panel = panel
        .action(Link::new("JSON", "/download/recorded/json").icon("dl"))
        .action(Link::new("CSV", "/download/recorded/csv").icon("dl"));
    let markup = html! { ol class="mine" role="list" { @for entry in &page { (line(facts, entry)) } } };
    panel = panel.part(Part::Drawing(Drawing { id: "mine".to_owned(), markup: markup.into_string() }));
    panel = panel.foot(format!(
        "{} of {}",
        words::count_full(Some(page.len() as f64)),
        words::counted(count, "entry", "entries")
    ));
    if let Some(newest) = before {
        panel = panel
            .foot(Text::new(format!("before {} ", words::exact(facts.wall(newest)))).link("Newest", at(only, None)));
    }
    if page.len() >= PAGE as usize
        && let Some(last) = page.last()
    {
        panel = panel.foot(Text::default().link("Older entries", at(only, Some(last.at))));
    }
    Ok(panel.foot("the files also hold what else belongs to your visits and requests"))
}

/// The address of a page of the list.
fn at(only: Option<Source>, before: Option<DateTime<Utc>>) -> String {
    let address = Address { path: "/privacy".to_owned(), ..Address::default() };
    let address = match only {
        Some(source) => address.with("of", source.word()),
        None => address,
    };
    let address = match before {
        Some(before) => address.with("before", &before.to_rfc3339_opts(SecondsFormat::Micros, true)),
        None => address,
    };
    format!("{}#mine", address.href())
}

fn choices(facts: &Facts, only: Option<Source>) -> Vec<Link> {
    let all = words::count_full(Some(facts.tally.all() as f64));
    let mut links = vec![Link::new(format!("All {all}"), at(None, None)).current(only.is_none())];
    links.extend(facts.tally.sources.iter().filter(|(_, count)| **count > 0).map(|(source, count)| {
        let label = format!("{} {}", words::capital(source.word()), words::count_full(Some(*count as f64)));
        Link::new(label, at(Some(*source), None)).current(only == Some(*source))
    }));
    links
}

fn line(facts: &Facts, entry: &Entry) -> Markup {
    let wall = facts.wall(entry.at);
    let stored = serde_json::to_string_pretty(&entry.stored).unwrap_or_default();
    let kind = match entry.source {
        Source::Event => "What you did",
        Source::Request => "A request of yours",
        Source::Line => "A line about a request of yours",
        Source::Exception => "An error you met",
    };
    html! {
        li {
            time datetime=(entry.at.to_rfc3339_opts(SecondsFormat::Secs, true)) {
                (words::day(wall)) br; (wall.format("%H:%M:%S"))
            }
            span class="badge" { (words::capital(entry.category.word())) }
            div {
                b { (words::shortened(&entry.name, NAME)) }
                span class="sub" { (kind) }
                details class="data" {
                    summary { "Exactly what is stored" span class="vh" { " at " (wall.format("%H:%M:%S")) } }
                    pre { (stored) }
                }
            }
        }
    }
}
