//! What changed since the period before: deployments, new problems, how people decide.

use super::measure::Measures;
use crate::page::Page;
use crate::parts::empty;
use crate::support::{issue_href, issue_number};
use crate::words;
use parallax_domain::Problem;
use parallax_domain::question::{IssueSort, Issues};
use parallax_domain::screen::{Item, Panel, Part, Text, Tone};
use std::collections::BTreeMap;

const DEPLOYMENTS: i64 = 500;
const NEW_PROBLEMS: usize = 3;
const MOVED: usize = 3;

pub async fn panel(page: &mut Page, measures: &Measures) -> Result<Panel, Problem> {
    let machine = page.machine.clone();
    let mut items = moved(measures);
    let asked = Issues { status: None, sort: IssueSort::People };
    let bare = parallax_domain::question::Frame { filters: Vec::new(), ..page.frame(page.period) };
    let issues = machine.store.issues(&mut page.look, &bare, &asked).await?.result.rows;
    let new: Vec<_> = issues.iter().filter(|row| page.period.contains(row.first_seen) && row.people > 0).collect();
    let least = page.viewer.smallest_cell().unwrap_or(1);
    for row in new.iter().filter(|row| row.people >= least).take(NEW_PROBLEMS) {
        items.push(Item {
            icon: "err".to_owned(),
            tone: Tone::Bad,
            title: Text::new(crate::support::short(&row.title)),
            note: Text::new(format!(
                "new on {}, met {}",
                page.moment(row.first_seen),
                words::counted(row.people, "person", "people")
            )),
            href: issue_number(&row.id).map(|id| issue_href(page, id)),
            ..Item::default()
        });
    }
    let deployments = machine.store.deployments(&mut page.look, page.period, DEPLOYMENTS).await?;
    let mut by_service: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for deployment in &deployments {
        by_service.entry(&deployment.service).or_default().push(&deployment.version);
    }
    if !by_service.is_empty() {
        let mut services: Vec<(&&str, &Vec<&str>)> = by_service.iter().collect();
        services.sort_by_key(|(_, versions)| std::cmp::Reverse(versions.len()));
        let named: Vec<String> = services
            .iter()
            .take(3)
            .map(|(service, versions)| format!("{service} {}", versions.last().copied().unwrap_or("")))
            .collect();
        items.push(Item {
            icon: "deploy".to_owned(),
            title: Text::new(words::counted(deployments.len() as i64, "deployment", "deployments")),
            note: Text::new(format!(
                "{} of {}",
                named.join(", "),
                words::counted(by_service.len() as i64, "service", "services")
            )),
            href: Some(page.to("/engineering/deployments").href()),
            ..Item::default()
        });
    }
    let panel = Panel::new("changes", "What changed");
    if items.is_empty() {
        return Ok(panel.part(empty(
            "Nothing notable",
            "No figure moved by more than 3%, no problem is new and nothing was deployed.",
        )));
    }
    Ok(panel.part(Part::List(items)))
}

/// The figures that moved most, each judged by its own direction.
fn moved(measures: &Measures) -> Vec<Item> {
    let mut moved: Vec<(f64, Item)> = measures
        .all
        .iter()
        .filter_map(|measure| {
            let (now, then) = (measure.now?, measure.then.filter(|then| *then > 0.0)?);
            let size = ((now - then) / then).abs();
            let change = measure.change().filter(|change| !change.none && size >= 0.03)?;
            let tone = measure.direction.judge(change.up);
            let icon = if tone == Tone::Bad { "warn" } else { "metric" };
            let tone = if tone == Tone::Bad { Tone::Warn } else { Tone::Neutral };
            let item = Item {
                icon: icon.to_owned(),
                tone,
                title: Text::new(format!("{} {}", measure.name, change.label)),
                note: Text::new(format!(
                    "{} now, {} {}",
                    measure.unit.short(Some(now)),
                    measure.unit.short(Some(then)),
                    measures.reference
                )),
                ..Item::default()
            };
            Some((size, item))
        })
        .collect();
    moved.sort_by(|a, b| b.0.total_cmp(&a.0));
    moved.into_iter().take(MOVED).map(|(_, item)| item).collect()
}
