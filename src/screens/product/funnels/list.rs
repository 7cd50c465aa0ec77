//! Saved funnels: what each says now, and what it said when it was saved.

use super::loss::Loss;
use super::result::{Told, spark};
use super::rule;
use crate::page::{Direction, Page};
use crate::parts::{empty_with, joined};
use crate::words;
use parallax_domain::question::Funnel;
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Screen, Table, Text, Tone};
use parallax_domain::{Permission, Problem};
use parallax_server::engine::statistics::two_proportions;
use parallax_server::views::{self, ViewRow};

/// Funnels that are asked again for a list; each is a pass over the events.
const ASKED: usize = 12;

/// A saved funnel with what it says now, if it was asked.
struct Line {
    view: ViewRow,
    now: Option<Told>,
}

/// A funnel that converts otherwise than when it was saved.
pub struct Moved {
    pub name: String,
    pub href: String,
    pub up: bool,
    pub was: f64,
    pub is: f64,
}

impl Line {
    fn was(&self) -> Option<f64> {
        self.view.answer.as_ref().and_then(|answer| answer.conversion())
    }

    fn is(&self) -> Option<f64> {
        self.now.as_ref().and_then(Told::conversion)
    }

    /// Whether it changed more than chance explains since it was saved.
    fn changed(&self) -> Option<bool> {
        let (answer, now) = (self.view.answer.as_ref()?, self.now.as_ref()?);
        let then = (u64::try_from(*answer.counts.last()?).ok()?, u64::try_from(answer.entered()).ok()?);
        let here = (u64::try_from(now.converted()).ok()?, u64::try_from(now.entered()).ok()?);
        let (_, p) = two_proportions(here, then, 1.0)?;
        (p < 0.05).then(|| self.is() > self.was())
    }
}

async fn lines(page: &mut Page, most: usize) -> Result<Vec<Line>, Problem> {
    let views = views::list(&page.machine.database, &page.viewer, page.project.id, views::FUNNEL).await?;
    let mut lines = Vec::with_capacity(views.len());
    let address = page.address.clone();
    for (index, view) in views.into_iter().enumerate() {
        let now = match index < most {
            true => {
                // Each is asked with the filters it was saved with.
                page.address = view.definition.write(&Funnel::erase(&address));
                let funnel = Funnel { breakdown: None, ..view.definition.funnel.clone() };
                // Compared with what was saved, not with an earlier period.
                Told::of(page, funnel, None).await.ok()
            }
            false => None,
        };
        lines.push(Line { view, now });
    }
    page.address = address;
    Ok(lines)
}

fn table(page: &Page, lines: &[Line]) -> Table {
    let mut rows = Vec::new();
    let mut folder: Option<&str> = None;
    let foldered = lines.iter().any(|line| !line.view.folder.is_empty());
    for line in lines {
        if foldered && folder != Some(line.view.folder.as_str()) {
            folder = Some(&line.view.folder);
            let name = if line.view.folder.is_empty() { "Without a folder" } else { &line.view.folder };
            rows.push(Row { group: true, ..Row::new(vec![Cell::new(name)]) });
        }
        rows.push(row(page, line));
    }
    Table {
        caption: "Saved funnels".to_owned(),
        columns: vec![
            Column::words("Funnel and owner"),
            Column::words("Version").secondary(1),
            Column::figures("Last result"),
            Column::words("Since it was saved"),
            Column::figures("Entered").secondary(2),
            Column::figures("Trend").secondary(1),
        ],
        rows,
        fold: true,
        ..Table::default()
    }
}

fn href(page: &Page, view: &ViewRow) -> String {
    page.to(&format!("/product/funnels/{}", view.id)).without_filters().href()
}

fn row(page: &Page, line: &Line) -> Row {
    let view = &line.view;
    let said = |share: Option<f64>| joined(words::percent(share));
    let owner = view.owner_name.clone().unwrap_or_else(|| "nobody any more".to_owned());
    let tone = match line.changed() {
        Some(up) => Direction::UpIsGood.judge(up),
        None => Tone::Neutral,
    };
    let since = match (&line.now, line.was(), line.is()) {
        (None, Some(was), _) => Cell::new(format!("was {}", said(Some(was)))).sub("open it to ask again"),
        (Some(_), Some(was), Some(is)) => {
            let change = words::points(Some(is), Some(was)).map(|change| change.label).unwrap_or_default();
            Cell::new(Text::new(format!("was {}, is ", said(Some(was)))).strong(said(Some(is)))).sub(change).tone(tone)
        }
        (Some(told), Some(was), None) => {
            Cell::new(format!("was {}, is not shown", said(Some(was)))).sub(format!("n = {}", told.entered()))
        }
        (_, None, _) => Cell::new(Text::default().soft("no result was kept")),
    };
    Row::new(vec![
        Cell::link(view.name.clone(), href(page, view))
            .sub(format!("{owner}, {}", words::counted(view.definition.funnel.steps.len() as i64, "step", "steps"))),
        Cell::new(format!("v{}", view.version)).sub(format!("saved {}", page.date(view.changed_at))),
        Cell::new(Text::default().strong(said(line.is()))),
        since,
        Cell::new(
            line.now
                .as_ref()
                .map_or_else(|| words::UNKNOWN.to_owned(), |told| words::count_full(Some(told.entered() as f64))),
        ),
        line.now.as_ref().map_or_else(Cell::default, |told| Cell::drawn(spark(told.rates()).markup)),
    ])
}

fn summary(lines: &[Line]) -> Text {
    let worse: Vec<&Line> = lines.iter().filter(|line| line.changed() == Some(false)).collect();
    let all = words::counted(lines.len() as i64, "funnel", "funnels");
    match worse.len() {
        0 => Text::new(format!("None of {all} got worse since it was saved.")),
        n => {
            let mut text = Text::new(format!("{n} of {all} got worse since it was saved: "));
            for (index, line) in worse.iter().take(3).enumerate() {
                text = text.plain(if index > 0 { ", " } else { "" }).strong(line.view.name.clone());
            }
            text.plain(".")
        }
    }
}

fn nothing(page: &Page) -> Part {
    let why = "Here would be the funnels that your team keeps: what each says now, and what it said when it was saved.";
    empty_with(
        "No funnel is saved yet",
        why,
        Link::new("Build the first", page.to("/product/funnels/new").href()).primary(),
    )
}

/// The first few, asked again for an overview.
pub struct Saved {
    lines: Vec<Line>,
    all: usize,
}

impl Saved {
    pub async fn of(page: &mut Page, most: usize) -> Result<Saved, Problem> {
        let mut lines = lines(page, most).await?;
        let all = lines.len();
        lines.truncate(most);
        Ok(Saved { lines, all })
    }

    /// Those that changed since they were saved by more than chance explains: what it was, what it is, where it stands.
    pub fn changed(&self, page: &Page) -> Vec<Moved> {
        let moved = |line: &Line| {
            let up = line.changed()?;
            let (was, is) = (line.was()?, line.is()?);
            Some(Moved { name: line.view.name.clone(), href: href(page, &line.view), up, was, is })
        };
        self.lines.iter().filter_map(moved).collect()
    }

    /// The step of each funnel before which most are lost, most people first.
    pub fn losses(&self, page: &Page) -> Vec<Loss> {
        let loss = |line: &Line| {
            let was = line.view.answer.as_ref().map(|answer| answer.counts.as_slice());
            Loss::of(line.now.as_ref()?, was, &line.view.name, href(page, &line.view))
        };
        let mut losses: Vec<Loss> = self.lines.iter().filter_map(loss).collect();
        losses.sort_by_key(|loss| std::cmp::Reverse(loss.lost()));
        losses
    }
}

pub fn panel(page: &Page, saved: &Saved) -> Panel {
    let panel = Panel::new("funnels", "Saved funnels")
        .action(Link::new("New funnel", page.to("/product/funnels/new").href()).icon("plus"))
        .flush();
    if saved.all == 0 {
        return panel.part(nothing(page));
    }
    let (lines, all) = (&saved.lines, saved.all);
    let panel = panel
        .unit(format!("{} of {all}", lines.len()))
        .summary(summary(lines))
        .part(Part::Table(table(page, lines)))
        .foot(crate::calendar::unknown_coverage())
        .foot("a change is coloured where a test of two proportions says it is no chance");
    if all > lines.len() {
        panel.action(Link::new(format!("All {all}"), page.to("/product/funnels").href()))
    } else {
        panel
    }
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let lines = lines(page, ASKED).await?;
    let mut screen = page.screen("Funnels");
    screen.crumbs = page.crumbs("Product", "/product");
    screen.tabs = super::super::tabs(page);
    screen.actions = vec![Link::new("New funnel", page.to("/product/funnels/new").href()).icon("plus").primary()];
    let panel = Panel::new("funnels", "Saved funnels").flush();
    if lines.is_empty() {
        screen.lede = Text::new("No funnel is saved yet.");
        screen.parts.push(panel.part(nothing(page)).into());
    } else {
        screen.lede = summary(&lines);
        let mut panel = panel
            .unit(format!(
                "{}, by entry in {}",
                words::counted(lines.len() as i64, "funnel", "funnels"),
                page.range.label().to_lowercase()
            ))
            .part(Part::Table(table(page, &lines)))
            .foot(crate::calendar::unknown_coverage())
            .foot("a change is coloured where a test of two proportions says it is no chance");
        if lines.len() > ASKED {
            panel.partial = Some(format!("The first {ASKED} are asked again; the others show what was saved."));
        }
        screen.parts.push(panel.into());
    }
    if !page.viewer.may(Permission::WriteProduct) {
        let who = Permission::WriteProduct.held_by();
        screen
            .parts
            .push(Part::Prose(Text::new(format!("Everybody builds funnels; keeping them in this list is for {who}."))));
    }
    if let Some(rule) = lines.first().map(|line| rule::rule(&line.view.definition.funnel))
        && lines.iter().all(|line| rule::rule(&line.view.definition.funnel) == rule)
    {
        screen.parts.push(Part::Prose(Text::new(format!("All count alike: {rule}."))));
    }
    Ok(screen)
}
