//! Check before you trust it: what of the figures is missing, counted twice, or named in several ways.

use super::facts::Facts;
use crate::page::Page;
use crate::parts::joined;
use crate::words;
use chrono::NaiveDate;
use parallax_domain::screen::{Item, Panel, Part, Text, Tone};
use parallax_server::engine::visits::{Facet, Key};
use std::collections::BTreeMap;

/// Parts of hosts to which people are sent for paying, and from which they return.
const PAYING: [&str; 12] = [
    "paypal", "stripe", "klarna", "adyen", "mollie", "worldpay", "psp", "payment", "payments", "pay", "sofort",
    "checkout",
];
/// From this share of all visits on something is worth a line.
const NOTABLE: f64 = 0.002;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let items: Vec<Item> = [spend(page, facts), spellings(page, facts), paying(page, facts), cut(page, facts)]
        .into_iter()
        .chain([unnamed(page, facts), direct(page, facts), currencies(facts), unseen(page, facts)])
        .flatten()
        .collect();
    let panel = Panel::new("trust", "Check before you trust it");
    if items.is_empty() {
        return panel
            .summary("Nothing was found: no spend is missing, no campaign has two names, no visit is cut in two.");
    }
    panel.unit(words::counted(items.len() as i64, "thing", "things")).part(Part::List(items))
}

fn item(tone: Tone, title: impl Into<Text>, note: impl Into<Text>) -> Item {
    let icon = if tone == Tone::Warn { "warn" } else { "info" };
    Item { icon: icon.to_owned(), tone, title: title.into(), note: note.into(), ..Item::default() }
}

/// Whole days of the period without spend, from its newest on.
fn missing(until: NaiveDate, last_complete: NaiveDate) -> i64 {
    (last_complete - until).num_days().max(0)
}

fn spend(page: &Page, facts: &Facts) -> Option<Item> {
    let last = page.wall(page.period.to.min(page.now)).date().pred_opt()?;
    match facts.spend.iter().map(|row| row.until).max() {
        None if !facts.campaigns.is_empty() => Some(item(
            Tone::Neutral,
            "What campaigns cost was not told",
            "Return and cost of a conversion stay unknown until spend is sent to /api/v1/spend.",
        )),
        None => None,
        Some(until) => {
            let days = missing(until, last);
            let since = words::day(until.and_time(chrono::NaiveTime::MIN));
            (days > 0).then(|| {
                item(
                    Tone::Warn,
                    format!("Spend of {} is missing", words::counted(days, "day", "days")),
                    format!("It was told until {since}: visits after it count without their cost, and the return is too high."),
                )
            })
        }
    }
}

/// A name as people mean it: without case, and with one kind of hyphen.
fn meant(name: &str) -> String {
    name.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

/// Names that mean the same, with the visits of each.
fn alike(names: &[(String, i64)]) -> Vec<Vec<(String, i64)>> {
    let mut groups: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for (name, visits) in names {
        *groups.entry(meant(name)).or_default().entry(name.clone()).or_default() += visits;
    }
    let several = groups.into_values().filter(|spellings| spellings.len() > 1);
    several.map(|spellings| spellings.into_iter().collect()).collect()
}

fn spellings(page: &Page, facts: &Facts) -> Option<Item> {
    let seen =
        facts.campaigns.iter().filter_map(|campaign| Some((campaign.name.clone(), campaign.figures.as_ref()?.visits)));
    let groups = alike(&seen.collect::<Vec<_>>());
    let largest = groups.iter().max_by_key(|names| names.iter().map(|(_, visits)| visits).sum::<i64>())?;
    let apart: i64 = largest.iter().map(|(_, visits)| visits).sum::<i64>() - largest.iter().map(|(_, v)| *v).max()?;
    let title = match groups.len() {
        1 => format!("One campaign, {} spellings", largest.len()),
        n => format!("{n} campaigns have several spellings"),
    };
    let mut note = Text::default();
    for (index, (name, _)) in largest.iter().enumerate() {
        note = note.plain(if index > 0 { ", " } else { "" }).code(name.clone());
    }
    let note = note.plain(format!(": {} stand apart.", words::counted(apart, "visit", "visits")));
    let end = Text::default().link("Compare", page.to("/marketing").with("all", "campaigns").href() + "#campaigns");
    Some(Item { end, ..item(Tone::Warn, title, note) })
}

/// Visits by the host that led to them, of those that pass.
fn referred(facts: &Facts, passes: impl Fn(&str) -> bool) -> Vec<(&str, i64)> {
    facts
        .now
        .facet(Facet::Source)
        .iter()
        .filter_map(|row| match &row.key {
            Key::Referrer(host) if passes(host) && !facts.is_small(&row.figures) => {
                Some((host.as_str(), row.figures.visits))
            }
            _ => None,
        })
        .collect()
}

fn notable(facts: &Facts, visits: i64) -> bool {
    visits as f64 >= NOTABLE * facts.now.all.visits as f64
}

fn is_paying(host: &str) -> bool {
    host.to_lowercase().split(['.', '-']).any(|part| PAYING.contains(&part))
}

fn paying(page: &Page, facts: &Facts) -> Option<Item> {
    let own = |host: &str| facts.now.hosts.iter().any(|known| known == host);
    let (host, visits) = referred(facts, |host| is_paying(host) && !own(host)).into_iter().next()?;
    let title = Text::default().code(host).plain(" counts as a source");
    let note = format!("{} return from paying and look like new visits.", words::counted(visits, "visit", "visits"));
    let end = Text::default().link("See them", page.filtered("referrer", host));
    notable(facts, visits).then(|| Item { end, ..item(Tone::Warn, title, note) })
}

fn cut(page: &Page, facts: &Facts) -> Option<Item> {
    let own = referred(facts, |host| facts.now.hosts.iter().any(|known| known == host));
    let visits: i64 = own.iter().map(|(_, visits)| visits).sum();
    let (host, _) = own.first()?;
    let note =
        "A visit that pauses for more than 30 minutes goes on as a new one; where it came from is not known any more.";
    let end = Text::default().link("See them", page.filtered("referrer", host));
    notable(facts, visits).then(|| Item {
        end,
        ..item(Tone::Neutral, format!("{} begin on our own pages", words::counted(visits, "visit", "visits")), note)
    })
}

fn unnamed(page: &Page, facts: &Facts) -> Option<Item> {
    let rows = facts.now.origins.iter();
    let visits: i64 =
        rows.filter(|row| row.source.is_some() && row.medium.is_none()).map(|row| row.figures.visits).sum();
    let end = Text::default().link("By medium", page.to("/marketing").with("source", "medium").href() + "#sources");
    (visits > 0 && notable(facts, visits)).then(|| Item {
        end,
        ..item(
            Tone::Warn,
            format!("{} name a source and no medium", words::counted(visits, "visit", "visits")),
            "Whether they were paid for is not known: they count as partners and other campaigns.",
        )
    })
}

fn direct(page: &Page, facts: &Facts) -> Option<Item> {
    use super::channel::{Channel, Group};
    let share = |groups: &[Group]| {
        let all: i64 = groups.iter().map(|group| group.visits).sum();
        let direct = groups.iter().find(|group| group.channel == Channel::Direct).map_or(0, |group| group.visits);
        (all > 0).then(|| direct as f64 / all as f64)
    };
    let (now, then) = (share(&facts.groups)?, share(facts.groups_before.as_deref()?)?);
    let change = words::points(Some(now), Some(then)).filter(|_| now - then >= 0.02)?;
    Some(item(
        Tone::Neutral,
        format!("Direct rose by {} {}", change.size, page.reference()),
        "Direct means that nothing was told: links without a campaign, or people who do not let it be seen.",
    ))
}

fn currencies(facts: &Facts) -> Option<Item> {
    let others: Vec<String> = facts
        .now
        .all
        .revenue
        .iter()
        .filter(|money| money.currency != facts.currency)
        .map(|money| joined(words::money(Some(money.amount.round()), &money.currency)))
        .collect();
    (!others.is_empty()).then(|| {
        item(
            Tone::Neutral,
            "Some revenue is in other currencies",
            format!("{} is in no sum: no rate of exchange is known here.", others.join(" and ")),
        )
    })
}

fn unseen(page: &Page, facts: &Facts) -> Option<Item> {
    let share = facts.sharing.filter(|share| *share < 0.9)?;
    let end = Text::default().link("What is collected", page.to("/transparency").href());
    Some(Item {
        end,
        ..item(
            Tone::Neutral,
            format!("Only {} share campaign data", joined(words::percent_brief(Some(share)))),
            "Visits of the others are counted, with their revenue, and stand under direct.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_mean_one_campaign_are_found() {
        let name = |name: &str, visits| (name.to_owned(), visits);
        let names = [name("newsletter-nov", 900), name("Newsletter_Nov", 7), name("sale", 4), name("sale", 2)];
        assert_eq!(alike(&names), [vec![name("Newsletter_Nov", 7), name("newsletter-nov", 900)]]);
    }

    #[test]
    fn whoever_comes_back_from_paying_is_recognised_by_the_host() {
        assert!(is_paying("www.paypal.com") && is_paying("psp.example") && is_paying("secure-pay.example"));
        assert!(!is_paying("www.payback.example") && !is_paying("google.com"));
    }

    #[test]
    fn spend_of_today_is_not_missing_yet() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        assert_eq!((missing(day(19), day(19)), missing(day(20), day(19)), missing(day(17), day(19))), (0, 0, 2));
    }
}
