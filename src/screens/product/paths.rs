//! Paths: where people go, step by step, and where they leave.

use crate::charts::{About, Flow, FlowLink, FlowNode, FlowStep, Hue, InlineBar};
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words;
use parallax_domain::question::{Paths, PathsAnswer};
use parallax_domain::screen::{
    Cell, Column, Field, FieldKind, Form, Link, Method, Panel, Part, Row, Screen, Table, Text,
};
use parallax_domain::{Filter, Problem};
use std::collections::{BTreeMap, BTreeSet};

const DEPTH: usize = 4;
const DEEPEST: usize = 8;
/// Nodes of a step that have their own name; the others are one.
const NAMED: usize = 5;
/// All transitions, so that what is gathered and who left are exact.
const EVERYTHING: usize = 10_000;
const ROWS: usize = 15;
const OTHER: &str = "other";
const LEFT: &str = "left";

/// The question that the page's address asks.
fn asked(page: &Page) -> Paths {
    let event = |key: &str| page.address.get(key).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let depth = page.address.number("depth").map_or(DEPTH, |depth| depth.clamp(2, DEEPEST as i64) as usize);
    Paths { start: event("start"), end: event("end"), depth, limit: EVERYTHING }
}

/// Visits by what they do first, second, …, with those apart that end.
pub struct Told {
    pub asked: Paths,
    answer: PathsAnswer,
    n: i64,
}

impl Told {
    pub async fn of(page: &mut Page, asked: Paths) -> Result<Told, Problem> {
        let (machine, mut frame) = (page.machine.clone(), page.frame(page.period));
        // What only measures a page would stand between all steps.
        frame.filters.push(Filter::is("category", "usage"));
        let read = machine.store.paths(&mut page.look, &frame, &asked).await?;
        Ok(Told { asked, answer: read.result, n: read.n })
    }

    pub fn usual() -> Paths {
        Paths { start: None, end: None, depth: DEPTH, limit: EVERYTHING }
    }

    pub fn visits(&self) -> i64 {
        self.answer.nodes.iter().filter(|node| node.step == 0).map(|node| node.count).sum()
    }

    fn nodes(&self, step: usize) -> impl Iterator<Item = (&str, i64)> {
        self.answer.nodes.iter().filter(move |node| node.step == step).map(|node| (node.name.as_str(), node.count))
    }

    /// Visits that ended with a node: what came in and did not go out.
    fn ended(&self) -> BTreeMap<(usize, &str), i64> {
        let mut rest: BTreeMap<(usize, &str), i64> = BTreeMap::new();
        for node in self.answer.nodes.iter().filter(|node| node.step + 1 < self.asked.depth) {
            rest.insert((node.step, node.name.as_str()), node.count);
        }
        for edge in &self.answer.edges {
            if let Some(count) = rest.get_mut(&(edge.step - 1, edge.from.as_str())) {
                *count -= edge.count;
            }
        }
        rest.retain(|_, count| *count > 0);
        rest
    }

    pub fn sentence(&self) -> Text {
        let visits = self.visits();
        let share = |count: i64| joined(words::percent_brief((visits > 0).then(|| count as f64 / visits as f64)));
        let Some((entry, count)) = self.nodes(0).max_by_key(|(_, count)| *count) else { return Text::default() };
        let left: i64 = self.ended().into_iter().filter(|((step, _), _)| *step == 0).map(|(_, count)| count).sum();
        let text = Text::new(if self.asked.start.is_some() { "All begin with " } else { "Most visits begin with " });
        let text = text.strong(entry.to_owned());
        let text = if self.asked.start.is_some() { text } else { text.plain(format!(", {}", share(count))) };
        text.plain(format!("; {} end after the first step.", share(left)))
    }

    pub fn draw(&self, page: &Page, id: &str) -> Flow {
        let mut about = About::new(id, "Paths").summary(self.sentence().words());
        let age = (page.now - page.look.fresh_as_of).num_seconds().max(0);
        about.notes = vec![
            Text::new(format!("n = {}, not sampled", words::counted(self.visits(), "visit", "visits"))),
            crate::calendar::unknown_coverage(),
            Text::new(format!("projection, {}", words::old(age))),
        ];
        let named: Vec<BTreeSet<&str>> = (0..self.asked.depth)
            .map(|step| {
                let mut nodes: Vec<(&str, i64)> = self.nodes(step).collect();
                nodes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
                nodes.into_iter().take(NAMED).map(|(name, _)| name).collect()
            })
            .collect();
        let label =
            |step: usize, name: &str| if named[step].contains(name) { name.to_owned() } else { OTHER.to_owned() };
        let mut counts: Vec<BTreeMap<String, i64>> = vec![BTreeMap::new(); self.asked.depth];
        for node in self.answer.nodes.iter().filter(|node| node.step < self.asked.depth) {
            *counts[node.step].entry(label(node.step, &node.name)).or_default() += node.count;
        }
        let mut links: BTreeMap<(usize, String, String), i64> = BTreeMap::new();
        for edge in self.answer.edges.iter().filter(|edge| edge.step < self.asked.depth) {
            let ends = (edge.step - 1, label(edge.step - 1, &edge.from), label(edge.step, &edge.to));
            *links.entry(ends).or_default() += edge.count;
        }
        // Who left stays below all later steps, so that every step shows everybody.
        let mut gone = 0;
        for ((step, name), count) in self.ended() {
            *links.entry((step, label(step, name), LEFT.to_owned())).or_default() += count;
        }
        for (step, count) in counts.iter_mut().enumerate().skip(1) {
            if gone > 0 {
                *links.entry((step - 1, LEFT.to_owned(), LEFT.to_owned())).or_default() += gone;
            }
            let new: i64 =
                links.iter().filter(|((at, _, to), _)| *at == step - 1 && to == LEFT).map(|(_, count)| count).sum();
            if new > 0 {
                count.insert(LEFT.to_owned(), new);
            }
            gone = new;
        }
        // Named nodes by size, then the others, then who left.
        let rank = |name: &str, count: i64| (name == LEFT, name == OTHER, std::cmp::Reverse(count), name.to_owned());
        let steps: Vec<FlowStep> = counts
            .iter()
            .enumerate()
            .take_while(|(step, nodes)| *step == 0 || nodes.keys().any(|name| name != LEFT))
            .map(|(step, nodes)| {
                let mut nodes: Vec<(&String, &i64)> = nodes.iter().collect();
                nodes.sort_by_key(|(name, count)| rank(name, **count));
                let node = |(name, count): (&String, &i64)| FlowNode {
                    name: name.clone(),
                    count: *count as f64,
                    dead: name == LEFT,
                    href: (name != LEFT && name != OTHER).then(|| page.to("/product/paths").with("start", name).href()),
                };
                FlowStep { heading: heading(step), nodes: nodes.into_iter().map(node).collect() }
            })
            .collect();
        let place = |step: usize, name: &str| steps.get(step)?.nodes.iter().position(|node| node.name == name);
        let hot = self.most_travelled(&links, steps.len());
        let links = links
            .iter()
            .filter_map(|((step, from, to), count)| {
                let hot = hot.get(*step).is_some_and(|(a, b)| a == from && b == to);
                Some(FlowLink {
                    step: *step,
                    from: place(*step, from)?,
                    to: place(step + 1, to)?,
                    count: *count as f64,
                    hot,
                })
            })
            .collect();
        Flow { about, counted: "Visits".to_owned(), steps, links, hot_note: "the most travelled way".to_owned() }
    }

    /// From the largest first node always on with the largest flow, as long as people go on.
    fn most_travelled(&self, links: &BTreeMap<(usize, String, String), i64>, steps: usize) -> Vec<(String, String)> {
        let mut way = Vec::new();
        let start = self.nodes(0).max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned());
        let Some(mut at) = start else { return way };
        for step in 0..steps.saturating_sub(1) {
            let next = links
                .iter()
                .filter(|((of, from, to), _)| *of == step && *from == at && to != LEFT && to != OTHER)
                .max_by_key(|(_, count)| **count);
            let Some(((_, from, to), _)) = next else { break };
            way.push((from.clone(), to.clone()));
            at = to.clone();
        }
        way
    }

    /// The ways through, as a ranking of transitions.
    fn transitions(&self) -> Table {
        let mut edges: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for edge in &self.answer.edges {
            *edges.entry((edge.from.as_str(), edge.to.as_str())).or_default() += edge.count;
        }
        let mut edges: Vec<((&str, &str), i64)> = edges.into_iter().collect();
        edges.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let most = edges.first().map_or(1, |(_, count)| *count).max(1) as f64;
        let row = |((from, to), count): ((&str, &str), i64)| {
            let bar = InlineBar::new(Some(count as f64 / most), Hue::S1);
            Row::new(vec![
                Cell::code(from.to_owned()),
                Cell::code(to.to_owned()),
                Cell::new(words::count_full(Some(count as f64))).with_drawing(bar.draw()),
            ])
        };
        Table {
            caption: "Transitions".to_owned(),
            columns: vec![Column::words("From"), Column::words("To"), Column::figures("Times").width(34)],
            rows: edges.into_iter().take(ROWS).map(row).collect(),
            ..Table::default()
        }
    }

    /// Last things before a visit ends, within the steps that are looked at.
    pub fn exits(&self, most: usize) -> Table {
        let mut ended: BTreeMap<&str, i64> = BTreeMap::new();
        self.ended().into_iter().for_each(|((_, name), count)| *ended.entry(name).or_default() += count);
        let mut ended: Vec<(&str, i64)> = ended.into_iter().collect();
        ended.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let all: i64 = ended.iter().map(|(_, count)| count).sum();
        let row = |(name, count): (&str, i64)| {
            Row::new(vec![
                Cell::code(name.to_owned()),
                Cell::new(words::count_full(Some(count as f64))),
                Cell::new(words::percent_full((all > 0).then(|| count as f64 / all as f64))),
            ])
        };
        Table {
            caption: "Where visits end".to_owned(),
            columns: vec![Column::words("Last"), Column::figures("Visits"), Column::figures("Of these")],
            rows: ended.into_iter().take(most).map(row).collect(),
            ..Table::default()
        }
    }
}

fn heading(step: usize) -> String {
    match step {
        0 => "First".to_owned(),
        1 => "Second".to_owned(),
        2 => "Third".to_owned(),
        _ => format!("{}th", step + 1),
    }
}

fn nothing(page: &Page) -> Part {
    let why = format!(
        "Here would be where visits begin and where they go on. No visit fits in {}.",
        page.range.label().to_lowercase()
    );
    empty_with(
        "No visit fits",
        why,
        Link::new("Without conditions", page.to("/product/paths").without_filters().href()),
    )
}

/// The panel of an overview.
pub fn panel(page: &Page, told: &Told) -> Panel {
    let panel = Panel::new("paths", "Top paths")
        .unit(format!("share of visits, first {} events", told.asked.depth))
        .action(Link::new("Other paths", page.to("/product/paths").href()));
    if told.visits() == 0 {
        return panel.part(nothing(page));
    }
    panel.summary(told.sentence()).part(Part::Drawing(told.draw(page, "paths").draw()))
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let told = Told::of(page, asked(page)).await?;
    let mut screen = page.screen("Paths");
    screen.crumbs = page.crumbs("Product", "/product");
    screen.tabs = super::tabs(page);
    screen.lede = if told.visits() == 0 { Text::new("No visit fits.") } else { told.sentence() };
    let names: Vec<String> = told
        .nodes(0)
        .chain(told.nodes(1))
        .map(|(name, _)| name.to_owned())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    screen.parts.push(Panel::new("settings", "Question").part(Part::Form(form(page, &told.asked, names))).into());
    if told.visits() == 0 {
        screen.parts.push(Panel::new("paths", "Paths").part(nothing(page)).into());
        return Ok(screen);
    }
    let rule = "Pages by their path, other things by their event, of the category usage; a visit ends after 30 minutes without any.";
    let read = format!("{} events read", words::count(Some(told.n as f64)));
    screen.parts.push(Part::Grid(vec![
        (
            12,
            Panel::new("paths", "From step to step")
                .unit("share of visits")
                .summary(rule)
                .part(Part::Drawing(told.draw(page, "paths").draw()))
                .foot(read)
                .into(),
        ),
        (
            7,
            Panel::new("transitions", "Transitions")
                .unit("by how often")
                .flush()
                .part(Part::Table(told.transitions()))
                .into(),
        ),
        (
            5,
            Panel::new("exits", "Where visits end")
                .unit(format!("before step {}", told.asked.depth))
                .flush()
                .part(Part::Table(told.exits(ROWS)))
                .into(),
        ),
    ]));
    Ok(screen)
}

fn form(page: &Page, asked: &Paths, names: Vec<String>) -> Form {
    let node = |name: &str, label: &str, value: &Option<String>| {
        Field::new(name, label, FieldKind::Suggest(names.clone())).value(value.clone().unwrap_or_default())
    };
    Form {
        id: "paths-form".to_owned(),
        action: "/product/paths".to_owned(),
        method: Method::Get,
        hidden: crate::explore::traces::hidden(&page.to("/product/paths")),
        fields: vec![
            node("start", "From", &asked.start).hint("a page or an event; empty: the beginning"),
            node("end", "To", &asked.end).hint("empty: wherever they go"),
            Field::new("depth", "Steps", FieldKind::Number { min: Some(2), max: Some(DEEPEST as i64) })
                .value(asked.depth.to_string()),
        ],
        submit: "Show".to_owned(),
        inline: true,
        ..Form::default()
    }
}
