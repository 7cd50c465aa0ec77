//! What deserves a look, and where people are lost.

use super::features::{self, Features};
use super::funnels::list::{Moved, Saved};
use super::paths;
use crate::page::{Direction, Page};
use crate::parts::{empty, empty_with, joined};
use crate::reading;
use crate::words;
use parallax_domain::screen::{Item, Link, Panel, Part, Text, Tone};
use parallax_domain::{Instant, Problem};

/// Findings of each kind that are told.
const FEW: usize = 3;
/// Last things before a visit ends.
const EXITS: usize = 6;

/// Funnels that changed, features that came or faded, people who met errors.
pub async fn worth_a_look(
    page: &mut Page,
    features: &Features,
    saved: &Saved,
    begin: Option<Instant>,
) -> Result<Panel, Problem> {
    let mut items: Vec<Item> = saved.changed(page).iter().take(FEW).map(moved).collect();
    let features = features::moving(page, features, begin);
    // What fades first: it needs somebody sooner than what grows.
    let (fading, growing): (Vec<_>, Vec<_>) = features.into_iter().partition(|(.., tone)| *tone == Tone::Warn);
    for (event, label, tone) in fading.into_iter().take(FEW).chain(growing.into_iter().take(FEW)) {
        let note = match tone {
            _ if label.starts_with("new") => "Nobody did it before.",
            Tone::Warn => "Fewer people in the last third of the period than in the first.",
            _ => "More people do it than at the beginning of the period.",
        };
        items.push(Item {
            icon: if tone == Tone::Warn { "warn" } else { "info" }.to_owned(),
            tone: if tone == Tone::Warn { Tone::Warn } else { Tone::Neutral },
            title: Text::new(format!("{event}: {label}")),
            note: Text::new(note),
            href: Some(page.to("/product/features").with("event", &event).href()),
            ..Item::default()
        });
    }
    items.extend(errors(page, begin).await?);
    let panel = Panel::new("look", "Worth a look");
    if items.is_empty() {
        let why = "No saved funnel changed by more than chance, no feature rises or fades, and nobody met an error.";
        return Ok(panel.part(empty("Nothing notable", why)));
    }
    Ok(panel.unit(words::counted(items.len() as i64, "finding", "findings")).part(Part::List(items)))
}

fn moved(funnel: &Moved) -> Item {
    let said = |share: f64| joined(words::percent(Some(share)));
    let change = words::points(Some(funnel.is), Some(funnel.was)).map(|change| change.label).unwrap_or_default();
    let tone = Direction::UpIsGood.judge(funnel.up);
    Item {
        icon: if funnel.up { "up" } else { "warn" }.to_owned(),
        tone,
        title: Text::default().strong(funnel.name.clone()).plain(format!(" {change}")),
        note: Text::new(format!("Was {} when it was saved, is {}.", said(funnel.was), said(funnel.is))),
        href: Some(funnel.href.clone()),
        ..Item::default()
    }
}

/// People who met an error in this time; filters of the page do not reach them.
async fn errors(page: &mut Page, begin: Option<Instant>) -> Result<Option<Item>, Problem> {
    let machine = page.machine.clone();
    let people = machine.store.people_with_errors(&mut page.look, page.period).await?;
    if people == 0 {
        return Ok(None);
    }
    let before = match page.before.filter(|_| page.compares_fairly(begin)) {
        Some(before) => Some(machine.store.people_with_errors(&mut page.look, before).await?),
        None => None,
    };
    let least = page.viewer.smallest_cell();
    let told = |people: i64| crate::calendar::shown(people, least).map(|people| people as f64);
    let note = match words::relative(told(people), before.and_then(told)) {
        Some(change) if !change.none => format!("{} {}.", change.label, page.reference()),
        _ => "Of people who are known.".to_owned(),
    };
    Ok(Some(Item {
        icon: "err".to_owned(),
        tone: Tone::Neutral,
        title: Text::new(format!("{} met an error", noun(&reading::people(page, people), people))),
        note: Text::new(note),
        href: Some(page.to("/engineering/issues").href()),
        ..Item::default()
    }))
}

fn noun(figure: &str, people: i64) -> String {
    format!("{figure} {}", if people == 1 { "person" } else { "people" })
}

/// The step of each saved funnel before which most leave, and the last things before visits end.
pub fn panel(page: &Page, saved: &Saved, told: &paths::Told) -> Panel {
    let panel = Panel::new("losses", "Where people are lost");
    let losses = saved.losses(page);
    let visits = told.visits();
    if losses.is_empty() && visits == 0 {
        let why = "Here would be the steps of your funnels before which most people leave, and the pages on which visits end.";
        let action = Link::new("Build a funnel", page.to("/product/funnels/new").href());
        return panel.part(empty_with("Nothing to lose yet", why, action));
    }
    let mut panel = panel.unit("by saved funnel, and by visit");
    if let Some(worst) = losses.first() {
        panel = panel.summary(
            Text::new("Most are lost in ")
                .strong(worst.funnel.clone())
                .plain(format!(", between {} and {}.", worst.from, worst.to)),
        );
        let items = losses.iter().take(FEW + 1).map(|loss| {
            let share = joined(words::percent_brief(Some(loss.share())));
            let change = words::points(Some(loss.share()), loss.share_then()).filter(|change| !change.none);
            let since = change.map_or_else(String::new, |change| format!(", {} since it was saved", change.label));
            Item {
                title: Text::new(format!("{} to {}", loss.from, loss.to)),
                note: Text::new(format!(
                    "{}: {} of {} leave{since}",
                    loss.funnel,
                    words::count_full(Some(loss.lost() as f64)),
                    words::count_full(Some(loss.reached as f64))
                )),
                end: Text::default().strong(share),
                href: Some(loss.href.clone()),
                ..Item::default()
            }
        });
        panel = panel.part(Part::List(items.collect()));
    }
    if visits > 0 {
        panel = panel
            .part(Part::Section {
                title: "Where visits end".to_owned(),
                note: format!("before step {}", told.asked.depth),
            })
            .part(Part::Table(told.exits(EXITS)))
            .foot(format!("n = {}", words::counted(visits, "visit", "visits")));
    }
    panel.foot(crate::calendar::unknown_coverage())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_funnel_that_got_worse_says_from_where_to_where() {
        let funnel = Moved { name: "Checkout".into(), href: "/x".into(), up: false, was: 0.106, is: 0.102 };
        let item = moved(&funnel);
        assert_eq!(item.tone, Tone::Bad);
        assert_eq!(item.title.words(), "Checkout −0.4 pt");
        assert_eq!(item.note.words(), "Was 10.6% when it was saved, is 10.2%.");
    }

    #[test]
    fn people_are_counted_with_their_noun() {
        assert_eq!(noun("1", 1), "1 person");
        assert_eq!(noun("under 20", 7), "under 20 people");
    }
}
