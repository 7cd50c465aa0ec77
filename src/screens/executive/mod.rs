//! The report: figures against targets, growth, what trouble costs, what changed. The page is what is printed.

mod changes;
mod growth;
mod impact;
mod measure;
mod reality;
mod targets;

use crate::page::Page;
use crate::parts::empty_with;
use crate::words;
use measure::{Measure, Measures};
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Link, Panel, Part, Screen, Stats, Text};
use parallax_domain::{Permission, Problem};
use parallax_server::store::question::names::EventName;

/// What counts as reaching the goal, and where the way to it begins.
pub struct Goal {
    pub start: String,
    pub goal: String,
    names: Vec<EventName>,
}

impl Goal {
    /// As the address says; else from a page view to the event that brings most money.
    async fn of(page: &mut Page) -> Result<Option<Goal>, Problem> {
        let machine = page.machine.clone();
        let names = machine.store.event_names(&mut page.look, page.period.from).await?;
        let known = |wanted: Option<&str>| {
            wanted.filter(|wanted| names.iter().any(|name| name.name == *wanted)).map(str::to_owned)
        };
        let paid = names.iter().filter(|name| name.paid > 0).max_by_key(|name| name.paid).map(|name| name.name.clone());
        let usual_start =
            || names.iter().find(|name| name.name == "page_view").or(names.first()).map(|name| name.name.clone());
        let start = known(page.address.get("start")).or_else(usual_start);
        let goal = known(page.address.get("goal")).or(paid).or_else(|| names.get(1).map(|name| name.name.clone()));
        Ok(start.zip(goal).map(|(start, goal)| Goal { start, goal, names: names.clone() }))
    }

    /// `Page view to Purchase Completed`.
    pub fn title(&self) -> String {
        format!("{} to {}", words::spoken(&self.start), words::spoken(&self.goal).to_lowercase())
    }
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let goal = Goal::of(page).await?;
    let measures = Measures::of(page, goal.as_ref()).await?;
    let mut screen = page.screen("Executive summary");
    screen.heading = format!("{} to {}", page.range.label(), words::day(page.wall(page.period.to)));
    screen.crumbs = page.crumbs("Executive", "/executive");
    if measures.are_unknown() {
        screen.lede = Text::new("Nothing has arrived that a report could be made of.");
        let why = "Here would be people, revenue, conversion, availability and speed against targets. They need events and traces.";
        screen.parts.push(empty_with(
            "No figures yet",
            why,
            Link::new("First steps", page.to("/start").href()).primary(),
        ));
        return Ok(screen);
    }
    screen.lede = lede(&measures);
    let cards: Vec<_> = measures.cards().iter().map(|measure| measure.stat(page)).collect();
    screen.parts.push(Part::Stats(Stats { label: "Key figures with targets".to_owned(), cards }));
    let growth = growth::panel(page).await?;
    let impact = impact::panel(page, goal.as_ref()).await?;
    let changes = changes::panel(page, &measures).await?;
    let reality = reality::panel(page).await?;
    let goal = Panel::new("goal", "Goal of this report")
        .summary("Conversion, errors' cost and tickets are counted towards it.")
        .part(settings(page, goal.as_ref()));
    let mut side: Vec<(u8, Part)> = vec![(12, changes.into())];
    if page.viewer.may(Permission::WriteTargets) {
        side.push((12, targets::form(page, &measures).into()));
    }
    side.push((12, goal.into()));
    screen.parts.push(Part::Grid(vec![
        (7, growth.into()),
        (5, impact.into()),
        (8, Part::Grid(vec![(12, targets::panel(page, &measures).into()), (12, reality.into())])),
        (4, Part::Grid(side)),
    ]));
    Ok(screen)
}

/// Targets reached and missed, then the largest judged change.
fn lede(measures: &Measures) -> Text {
    let judged: Vec<(&Measure, bool)> =
        measures.all.iter().filter_map(|measure| Some((measure, measure.reached()?))).collect();
    let missed: Vec<&Measure> = judged.iter().filter(|(_, reached)| !reached).map(|(measure, _)| *measure).collect();
    let mut text = match (judged.len(), missed.as_slice()) {
        (0, _) => Text::new("No targets are set. "),
        (all, []) => {
            Text::default().strong(format!("All {} are reached. ", words::counted(all as i64, "target", "targets")))
        }
        (all, missed) => {
            let mut text = Text::new(format!(
                "{} of {} reached. ",
                all - missed.len(),
                words::counted(all as i64, "target is", "targets are")
            ));
            for (index, measure) in missed.iter().take(2).enumerate() {
                let name =
                    if index == 0 { measure.name.clone() } else { format!(" and {}", words::uncapital(&measure.name)) };
                text = text.strong(name).plain(format!(" is {}", measure.distance()));
            }
            text.plain(". ")
        }
    };
    if let Some((measure, change)) = measures.largest_change() {
        text = text
            .strong(measure.name.clone())
            .plain(format!(" changed most: {} on {}.", change.label, measures.reference));
    }
    text
}

/// Which conversion the report is about.
fn settings(page: &Page, goal: Option<&Goal>) -> Part {
    let Some(goal) = goal else {
        return Part::Prose(Text::default().soft("A goal can be chosen when events have arrived."));
    };
    let choices = |chosen: &str| {
        goal.names
            .iter()
            .map(|name| Choice::new(&name.name, words::spoken(&name.name), name.name == chosen))
            .collect::<Vec<_>>()
    };
    Part::Form(Form {
        fields: vec![
            Field::new("start", "From", FieldKind::Choice(choices(&goal.start))),
            Field::new("goal", "To the goal", FieldKind::Choice(choices(&goal.goal))),
        ],
        instant: true,
        ..crate::forms::ask(page, "goal-form", "Use this goal")
    })
}
