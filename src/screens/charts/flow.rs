//! Flows: where people go next, step by step.

use super::figure::{About, DataRow, DataTable, Datum, Frame, Key, Swatch, figure, inside, named};
use super::hue::Hue;
use super::maths::flow::{Flows, Link, flows, ribbon};
use super::maths::measure::{shorten, width};
use super::maths::path::{number, percent as place};
use super::maths::spread::spread;
use crate::words::{count_full, percent_brief as percent, percent_full};
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::Drawing;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowNode {
    pub name: String,
    pub count: f64,
    /// People who went no further.
    pub dead: bool,
    pub href: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowStep {
    /// `Entry`, `Second page`.
    pub heading: String,
    pub nodes: Vec<FlowNode>,
}

/// From a node of a step to a node of the next one, by their places.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FlowLink {
    pub step: usize,
    pub from: usize,
    pub to: usize,
    pub count: f64,
    /// Part of the path in question.
    pub hot: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    pub about: About,
    /// `visits`.
    pub counted: String,
    pub steps: Vec<FlowStep>,
    pub links: Vec<FlowLink>,
    /// What the coloured path is: `path with the highest completion`.
    pub hot_note: String,
}

/// Width of a node in the box of 1000.
const NODE: f64 = 9.0;
const GAP: f64 = 34.0;
/// Pixels a name needs.
const LINE: f64 = 20.0;
const LONGEST: usize = 18;

impl Flow {
    /// Shares are of everybody who entered.
    fn total(&self) -> f64 {
        self.steps.iter().map(|step| step.nodes.iter().map(|node| node.count).sum::<f64>()).fold(0.0, f64::max)
    }

    fn height(&self) -> f64 {
        let most = self.steps.iter().map(|step| step.nodes.len()).max().unwrap_or(0);
        (most as f64 * 30.0).clamp(260.0, 560.0)
    }

    /// Pixels between two steps, so that the names of both have room where they face each other.
    fn distance(&self) -> f64 {
        let longest = |step: &FlowStep| {
            step.nodes.iter().map(|node| width(&shorten(&node.name, LONGEST), 12.0) + 58.0).fold(0.0, f64::max)
        };
        let names: Vec<f64> = self.steps.iter().map(longest).collect();
        let facing = match names[..] {
            [.., before, last] => before + last,
            _ => 0.0,
        };
        names.iter().copied().fold(facing, f64::max)
    }

    fn x(&self, step: usize) -> f64 {
        let gaps = self.steps.len().saturating_sub(1).max(1) as f64;
        step as f64 * (1_000.0 - NODE) / gaps
    }

    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let columns: Vec<Vec<f64>> =
            self.steps.iter().map(|step| step.nodes.iter().map(|node| node.count).collect()).collect();
        let links: Vec<Link> =
            self.links.iter().map(|l| Link { step: l.step, from: l.from, to: l.to, value: l.count }).collect();
        let layout = flows(&columns, &links, GAP);
        let least = self.distance() * self.steps.len().saturating_sub(1) as f64;
        let style = format!("--n:{};--h:{}px;--least:{}px", self.steps.len(), number(self.height()), number(least));
        let region = format!("{}, scrolls sideways", self.about.title);
        let body = html! {
            @if self.steps.is_empty() { p class="blank" { "No data in this period" } } @else {
                div class="sk-w" tabindex="0" role="region" aria-label=(region) style=(style) {
                    div class="sk-h" aria-hidden="true" { @for step in &self.steps { span { (step.heading) } } }
                    div class="sk" {
                        svg class="cv" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                            (named(&id, &self.about.title, &self.description()))
                            (PreEscaped(r#"<svg class="fx" viewBox="0 0 1000 1000" preserveAspectRatio="none" width="100%" height="100%">"#))
                            (self.ribbons(&layout)) (PreEscaped(self.bars(&layout))) (PreEscaped("</svg>"))
                        }
                        (self.names(&layout))
                    }
                }
            }
        };
        let table = self.table();
        let hot = self.links.iter().any(|link| link.hot) && !self.hot_note.is_empty();
        let keys = if hot { vec![Key::new(Swatch::Box, Hue::S1.class(), self.hot_note.clone())] } else { Vec::new() };
        figure(&self.about, &Frame { keys, table: Some(&table), ..Frame::default() }, &body)
    }

    fn name(&self, step: usize, node: usize) -> &str {
        self.steps.get(step).and_then(|step| step.nodes.get(node)).map_or("", |node| node.name.as_str())
    }

    fn share(&self, count: f64) -> Option<f64> {
        let total = self.total();
        (total > 0.0).then(|| count / total)
    }

    fn ribbons(&self, layout: &Flows) -> Markup {
        let dead = |link: &FlowLink| {
            self.steps.get(link.step + 1).and_then(|step| step.nodes.get(link.to)).is_some_and(|node| node.dead)
        };
        // The path in question lies above the others.
        let mut order: Vec<usize> = (0..self.links.len()).collect();
        order.sort_by_key(|index| self.links[*index].hot);
        html! {
            @for index in order {
                @let link = &self.links[index];
                @if let Some((from, to)) = layout.ribbons.get(index).copied().flatten() {
                    @let shape = ribbon(self.x(link.step) + NODE, from, self.x(link.step + 1), to);
                    path class=(if link.hot { "rb hot" } else if dead(link) { "rb dead" } else { "rb" }) d=(shape) {
                        title { (self.name(link.step, link.from)) " to " (self.name(link.step + 1, link.to)) ": " (percent(self.share(link.count))) }
                    }
                }
            }
        }
    }

    fn bars(&self, layout: &Flows) -> String {
        let mut bars = String::new();
        for (step, spans) in layout.nodes.iter().enumerate() {
            for (node, span) in spans.iter().enumerate() {
                let dead = if self.steps[step].nodes[node].dead { " dead" } else { "" };
                bars.push_str(&format!(
                    r#"<rect class="nd{dead}" x="{}" y="{}" width="{NODE}" height="{}"/>"#,
                    number(self.x(step)),
                    number(span.top),
                    number(span.height.max(1.0))
                ));
            }
        }
        bars
    }

    fn names(&self, layout: &Flows) -> Markup {
        let height = self.height();
        let linked =
            self.steps.iter().flat_map(|step| &step.nodes).any(|node| node.href.as_deref().and_then(inside).is_some());
        html! {
            div class="sk-l" aria-hidden=[(!linked).then_some("true")] {
                @for (step, spans) in layout.nodes.iter().enumerate() {
                    @let last = step + 1 == self.steps.len() && step > 0;
                    @let wished: Vec<f64> = spans.iter().map(|span| (span.top + span.height / 2.0) / 1_000.0 * height - LINE / 2.0).collect();
                    @for (node, top) in spread(&wished, LINE, height - LINE).into_iter().enumerate() {
                        @let at = &self.steps[step].nodes[node];
                        @let side = if last { format!("right:{}", place(1.0 - self.x(step) / 1_000.0)) } else { format!("left:{}", place((self.x(step) + NODE) / 1_000.0)) };
                        span class=[last.then_some("z")] style=(format!("top:{};{side}", place((top + LINE / 2.0) / height))) title=(at.name) {
                            b { @if let Some(href) = at.href.as_deref().and_then(inside) { a href=(href) { (shorten(&at.name, LONGEST)) } } @else { (shorten(&at.name, LONGEST)) } }
                            " " (percent(self.share(at.count)))
                        }
                    }
                }
            }
        }
    }

    fn table(&self) -> DataTable {
        let row = |link: &FlowLink| DataRow {
            label: self.name(link.step, link.from).to_owned(),
            cells: vec![
                Datum::new(self.name(link.step + 1, link.to)),
                Datum::new(count_full(Some(link.count))),
                Datum::new(percent_full(self.share(link.count))),
            ],
            note: String::new(),
        };
        let counted = if self.counted.is_empty() { "Count".to_owned() } else { self.counted.clone() };
        DataTable {
            caption: self.about.title.clone(),
            head: vec!["From".into(), "To".into(), counted, "Share".into()],
            rows: self.links.iter().map(row).collect(),
        }
    }

    fn description(&self) -> String {
        let step = |step: &FlowStep| {
            let mut nodes: Vec<&FlowNode> = step.nodes.iter().collect();
            nodes.sort_by(|a, b| b.count.total_cmp(&a.count));
            let names: Vec<String> =
                nodes.iter().take(4).map(|node| format!("{} {}", node.name, percent(self.share(node.count)))).collect();
            format!("{}: {}", step.heading, names.join(", "))
        };
        let steps: Vec<String> = self.steps.iter().map(step).collect();
        if steps.is_empty() { "No data.".to_owned() } else { format!("{}.", steps.join(". ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        let node = |name: &str, count: f64| FlowNode { name: name.into(), count, ..FlowNode::default() };
        Flow {
            about: About::new("p", "Paths"),
            counted: "Visits".into(),
            steps: vec![
                FlowStep { heading: "Entry".into(), nodes: vec![node("<b>search</b>", 60.0), node("mail", 40.0)] },
                FlowStep { heading: "Next".into(), nodes: vec![node("product", 70.0), node("left", 30.0)] },
            ],
            links: vec![
                FlowLink { step: 0, from: 0, to: 0, count: 60.0, hot: true },
                FlowLink { step: 0, from: 1, to: 0, count: 10.0, hot: false },
                FlowLink { step: 0, from: 1, to: 1, count: 30.0, hot: false },
                FlowLink { step: 5, from: 9, to: 9, count: 30.0, hot: false },
            ],
            hot_note: "path in question".into(),
        }
    }

    #[test]
    fn the_path_in_question_is_drawn_last() {
        let markup = flow().draw().markup;
        let hot = markup.find("rb hot").unwrap_or_default();
        assert!(hot > markup.rfind(r#"class="rb""#).unwrap_or(usize::MAX), "{markup}");
    }

    #[test]
    fn names_are_escaped_and_shares_are_of_all() {
        let markup = flow().draw().markup;
        assert!(!markup.contains("<b>search"));
        assert!(markup.contains("mail to left: 30%"), "{markup}");
    }

    #[test]
    fn no_steps_are_said_in_words() {
        let markup = Flow { about: About::new("p", "Paths"), ..Flow::default() }.draw().markup;
        assert!(markup.contains("No data in this period"));
    }
}
