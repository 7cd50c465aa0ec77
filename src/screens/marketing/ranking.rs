//! Rankings of visits: sources, countries, devices. Every line is a filter.

use super::facts::Facts;
use crate::charts::{About, BarList, BarRow};
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words::{self, Unit};
use parallax_domain::screen::{Link, Panel, Part, Text};
use parallax_server::engine::visits::{Facet, Figures, Key, Row};

const ROWS: usize = 8;
const MOST: usize = 100;
/// Fewer people have no conversion that means anything.
const ENOUGH: i64 = 30;

/// What is ranked.
struct Ranking {
    id: &'static str,
    head: &'static str,
    /// The setting of the address that chooses among its kinds.
    setting: &'static str,
    kind: &'static str,
    facet: Facet,
}

/// Links that choose what is ranked.
fn choices(page: &Page, id: &str, setting: &str, kinds: &[(&'static str, &'static str)], current: &str) -> Vec<Link> {
    kinds
        .iter()
        .map(|(kind, label)| {
            Link::new(*label, page.address.with(setting, kind).href() + "#" + id).current(*kind == current)
        })
        .collect()
}

fn chosen(page: &Page, setting: &str, kinds: &[(&'static str, &'static str)]) -> &'static str {
    let wanted = page.address.get(setting);
    kinds.iter().find(|(kind, _)| Some(*kind) == wanted).or(kinds.first()).map_or("", |(kind, _)| kind)
}

/// Field and value of the filter behind a row, and what it is called.
pub fn named(facet: Facet, key: &Key) -> (String, Option<(&'static str, &str)>) {
    let field = match facet {
        Facet::Medium => "campaign.medium",
        Facet::Entry | Facet::Exit | Facet::Page => "url.path",
        Facet::Country => "country",
        Facet::Device => "device",
        Facet::Browser => "browser",
        Facet::System => "os",
        Facet::Source | Facet::Campaign => "campaign.name",
    };
    match key {
        Key::Direct => ("direct or unknown".to_owned(), None),
        Key::CampaignSource(source) => (source.clone(), Some(("campaign.source", source))),
        Key::Referrer(host) => (host.clone(), Some(("referrer", host))),
        Key::Campaign { name, .. } => (name.clone(), Some(("campaign.name", name))),
        Key::Value(value) => (value.clone(), Some((field, value))),
        Key::Unknown if facet == Facet::Medium => ("without a medium".to_owned(), None),
        Key::Unknown => ("unknown".to_owned(), None),
    }
}

fn conversion(facts: &Facts, figures: &Figures) -> String {
    let share = figures.conversion().filter(|_| figures.people >= ENOUGH);
    if facts.goal.is_some() { joined(words::percent_brief(share)) } else { String::new() }
}

fn rows(page: &Page, facts: &Facts, ranking: &Ranking, rows: &[&Row]) -> Vec<BarRow> {
    rows.iter()
        .map(|row| {
            let (label, filter) = named(ranking.facet, &row.key);
            BarRow {
                label,
                value: Some(row.figures.visits as f64),
                extra: conversion(facts, &row.figures),
                href: filter.map(|(field, value)| page.filtered(field, value)),
                chosen: filter.is_some_and(|(field, value)| page.is_filtered(field, value)),
            }
        })
        .collect()
}

fn list(page: &Page, facts: &Facts, ranking: &Ranking, panel: Panel) -> Panel {
    let all = facts.now.facet(ranking.facet);
    let shown: Vec<&Row> = all.iter().filter(|row| !facts.is_small(&row.figures)).collect();
    let everything = page.address.get("all") == Some(ranking.id);
    let most = if everything { MOST } else { ROWS };
    let mut panel = panel;
    if shown.len() > ROWS && !everything {
        let href = page.address.with("all", ranking.id).with(ranking.setting, ranking.kind).href() + "#" + ranking.id;
        panel = panel.action(Link::new(format!("All {}", shown.len()), href));
    }
    if all.iter().all(|row| row.key == Key::Unknown) {
        let why = format!("Here would be visits by {}. No event of this time tells it.", ranking.head.to_lowercase());
        return panel.part(empty_with("Nobody told", why, super::telling(page)));
    }
    let list = draw(facts, ranking, rows(page, facts, ranking, &shown[..shown.len().min(most)]), page);
    super::withheld(panel.part(list), facts, all.len() - shown.len())
}

fn draw(facts: &Facts, ranking: &Ranking, rows: Vec<BarRow>, page: &Page) -> Part {
    let about = About { notes: super::visit_notes(page, facts), ..About::new(ranking.id, ranking.head).unit("visits") };
    let last = if facts.goal.is_some() { "Convert" } else { "" };
    let heads = Some([ranking.head.to_owned(), "Visits".to_owned(), last.to_owned()]);
    Part::Drawing(BarList { about, unit: Unit::Count, heads, rows, high: None }.draw())
}

pub fn sources(page: &Page, facts: &Facts) -> Panel {
    const KINDS: [(&str, &str); 3] = [("source", "Source"), ("medium", "Medium"), ("kind", "Kind")];
    let kind = chosen(page, "source", &KINDS);
    let facet = if kind == "medium" { Facet::Medium } else { Facet::Source };
    let ranking = Ranking {
        id: "sources",
        head: if kind == "kind" {
            "Kind"
        } else if kind == "medium" {
            "Medium"
        } else {
            "Source"
        },
        setting: "source",
        kind,
        facet,
    };
    let panel = Panel::new("sources", "Sources")
        .unit("visits")
        .summary(best(facts))
        .choices(choices(page, "sources", "source", &KINDS, kind));
    if kind != "kind" {
        return list(page, facts, &ranking, panel);
    }
    // Kinds are sums of visits: a person who came two ways is in both, so the share is of visits.
    let rows = facts
        .groups
        .iter()
        .map(|group| BarRow {
            label: group.channel.word().to_owned(),
            value: Some(group.visits as f64),
            extra: match &facts.goal {
                Some(_) => joined(words::percent_brief(group.conversion().filter(|_| group.visits >= ENOUGH))),
                None => String::new(),
            },
            ..BarRow::default()
        })
        .collect();
    panel.part(draw(facts, &ranking, rows, page)).foot("share of visits that convert")
}

/// Which source brings those who convert most often.
fn best(facts: &Facts) -> Text {
    let rows = facts.now.facet(Facet::Source).iter();
    let known = rows.filter(|row| row.figures.people >= 2 * ENOUGH && !facts.is_small(&row.figures));
    let best = known
        .filter_map(|row| Some((row, row.figures.conversion()?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, share)| facts.goal.is_some() && *share > 0.0);
    match best {
        Some((row, share)) => Text::default()
            .strong(named(Facet::Source, &row.key).0)
            .plain(format!(" converts most often: {}.", joined(words::percent_brief(Some(share))))),
        None => Text::default(),
    }
}

pub fn countries(page: &Page, facts: &Facts) -> Panel {
    let ranking =
        Ranking { id: "countries", head: "Country", setting: "all", kind: "countries", facet: Facet::Country };
    let panel = Panel::new("countries", "Countries").unit("visits");
    let panel = match shares(facts, Facet::Country) {
        Some((value, share)) => panel.summary(Text::default().strong(value).plain(format!(" leads with {share}."))),
        None => panel,
    };
    list(page, facts, &ranking, panel).foot("no address is kept")
}

pub fn devices(page: &Page, facts: &Facts) -> Panel {
    const KINDS: [(&str, &str); 3] = [("device", "Device"), ("browser", "Browser"), ("system", "System")];
    let kind = chosen(page, "device", &KINDS);
    let (head, facet) = match kind {
        "browser" => ("Browser", Facet::Browser),
        "system" => ("System", Facet::System),
        _ => ("Device", Facet::Device),
    };
    let ranking = Ranking { id: "devices", head, setting: "device", kind, facet };
    let panel =
        Panel::new("devices", "Devices").unit("visits").choices(choices(page, "devices", "device", &KINDS, kind));
    let panel = match shares(facts, facet) {
        Some((value, share)) => panel.summary(Text::default().strong(value).plain(format!(" leads with {share}."))),
        None => panel,
    };
    list(page, facts, &ranking, panel)
}

/// The largest known value with its share of the visits of which it is known.
fn shares(facts: &Facts, facet: Facet) -> Option<(String, String)> {
    let known: Vec<&Row> = facts.now.facet(facet).iter().filter(|row| row.key != Key::Unknown).collect();
    let all: i64 = known.iter().map(|row| row.figures.visits).sum();
    let first = known.first().filter(|row| !facts.is_small(&row.figures))?;
    let share = first.figures.visits as f64 / all as f64;
    Some((named(facet, &first.key).0, joined(words::percent_brief(Some(share)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_leads_to_the_filter_that_holds_it() {
        let value = Key::Value("/sale".into());
        assert_eq!(named(Facet::Entry, &value), ("/sale".to_owned(), Some(("url.path", "/sale"))));
        let host = Key::Referrer("www.google.de".into());
        assert_eq!(named(Facet::Source, &host).1, Some(("referrer", "www.google.de")));
        let source = Key::CampaignSource("google".into());
        assert_eq!(named(Facet::Source, &source).1, Some(("campaign.source", "google")));
        assert_eq!(named(Facet::Source, &Key::Direct), ("direct or unknown".to_owned(), None));
        assert_eq!(named(Facet::Country, &Key::Unknown).1, None);
    }
}
