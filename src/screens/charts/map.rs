//! Who calls whom. Callers stand left of what they call; width is traffic; failing calls are red and dashed.

use super::figure::{About, DataRow, DataTable, Datum, Frame, Key, Swatch, figure, inside, named};
use super::hue::Hue;
use super::maths::layers::{Place, layout};
use super::maths::measure::shorten;
use super::maths::path::number;
use maud::{Markup, html};
use parallax_domain::screen::{Drawing, Tone};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapNode {
    pub name: String,
    /// `p95 388 ms`.
    pub detail: String,
    /// Warn and bad are marked; anything else is healthy and grey.
    pub tone: Tone,
    pub href: Option<String>,
}

/// Calls from one node to another, by their places in the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapEdge {
    pub from: usize,
    pub to: usize,
    /// Calls per second, or any other measure of how much.
    pub weight: f64,
    pub failing: bool,
    /// For the table: `41 /s, 0.2% failed`.
    pub detail: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceMap {
    pub about: About,
    pub nodes: Vec<MapNode>,
    pub edges: Vec<MapEdge>,
    /// What the width of an edge means: `requests per second`.
    pub weighed: String,
}

/// Size of a node and distances, in pixels of the drawing's own size.
const WIDTH: f64 = 124.0;
const HEIGHT: f64 = 42.0;
const ROW: f64 = 60.0;
const COLUMN: f64 = 172.0;
const EDGE: f64 = 8.0;

impl ServiceMap {
    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let pairs: Vec<(usize, usize)> = self.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let layout = layout(self.nodes.len(), &pairs);
        let width = (layout.layers.saturating_sub(1)) as f64 * COLUMN + WIDTH + 2.0 * EDGE;
        let height = (layout.rows - 1.0).max(0.0) * ROW + HEIGHT + 2.0 * EDGE + 10.0;
        let region = format!("{}, scrolls sideways", self.about.title);
        let body = html! {
            @if self.nodes.is_empty() { p class="blank" { "No calls in this period" } } @else {
                div class="map-w" tabindex="0" role="region" aria-label=(region) {
                    svg class="map" viewBox=(format!("0 0 {} {}", number(width), number(height))) style=(format!("--w:{}px", number(width)))
                        role="group" aria-labelledby=(format!("{id}-t {id}-d")) {
                        (named(&id, &self.about.title, &self.description()))
                        @for (edge, route) in self.edges.iter().zip(&layout.routes) { (self.edge(edge, route, &layout.places)) }
                        @for (node, place) in self.nodes.iter().zip(&layout.places) { (node_markup(node, *place)) }
                    }
                }
            }
        };
        let table = self.table();
        let mut keys = Vec::new();
        if !self.weighed.is_empty() && !self.edges.is_empty() {
            keys.push(Key::new(Swatch::Line, Hue::Ghost.class(), format!("width: {}", self.weighed)));
        }
        if self.edges.iter().any(|edge| edge.failing) {
            keys.push(Key::new(Swatch::Line, Hue::Bad.class(), "dashed: failing calls"));
        }
        figure(&self.about, &Frame { keys, table: Some(&table), ..Frame::default() }, &body)
    }

    fn edge(&self, edge: &MapEdge, route: &[Place], places: &[Place]) -> Markup {
        let (Some(from), Some(to)) = (places.get(edge.from).copied(), places.get(edge.to).copied()) else {
            return html! {};
        };
        let most = self.edges.iter().map(|edge| edge.weight).filter(|weight| weight.is_finite()).fold(0.0, f64::max);
        let share = if most > 0.0 && edge.weight > 0.0 { (edge.weight / most).sqrt() } else { 0.0 };
        let class = if edge.failing { "e bad" } else { "e" };
        let data = if edge.from == edge.to { own_call(from) } else { curve(from, route, to) };
        html! { path class=(class) stroke-width=(number(1.25 + 3.75 * share)) d=(data) {} }
    }

    fn name(&self, index: usize) -> &str {
        self.nodes.get(index).map_or("", |node| node.name.as_str())
    }

    fn table(&self) -> DataTable {
        let row = |edge: &MapEdge| DataRow {
            label: self.name(edge.from).to_owned(),
            cells: vec![
                Datum::new(self.name(edge.to)),
                Datum::new(edge.detail.clone()),
                Datum::new(if edge.failing { "failing" } else { "healthy" }),
            ],
            note: String::new(),
        };
        DataTable {
            caption: self.about.title.clone(),
            head: vec!["From".into(), "To".into(), "Calls".into(), "State".into()],
            rows: self.edges.iter().map(row).collect(),
        }
    }

    fn description(&self) -> String {
        let failing: Vec<String> = self
            .edges
            .iter()
            .filter(|edge| edge.failing)
            .map(|edge| format!("{} to {}", self.name(edge.from), self.name(edge.to)))
            .collect();
        let failing = if failing.is_empty() {
            "No failing calls.".to_owned()
        } else {
            format!("Failing: {}.", failing.join(", "))
        };
        format!("{} {} nodes, {} kinds of calls. {failing}", self.about.summary, self.nodes.len(), self.edges.len())
    }
}

fn left(place: Place) -> f64 {
    EDGE + place.layer as f64 * COLUMN
}

fn middle(place: Place) -> f64 {
    10.0 + EDGE + HEIGHT / 2.0 + place.y * ROW
}

/// Through all waypoints in level curves; calls back to the left leave and arrive on the facing sides.
fn curve(from: Place, route: &[Place], to: Place) -> String {
    let forward = to.layer >= from.layer;
    let out = |place: Place| if forward { left(place) + WIDTH } else { left(place) };
    let back = |place: Place| if forward { left(place) } else { left(place) + WIDTH };
    let mut points = vec![(out(from), middle(from))];
    for place in route {
        let (near, far) = (left(*place), left(*place) + WIDTH);
        let (enter, leave) = if forward { (near, far) } else { (far, near) };
        points.extend([(enter, middle(*place)), (leave, middle(*place))]);
    }
    points.push((back(to), middle(to)));
    let n = number;
    let mut data = format!("M{} {}", n(points[0].0), n(points[0].1));
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let half = (x0 + x1) / 2.0;
        data.push_str(&format!("C{} {} {} {} {} {}", n(half), n(y0), n(half), n(y1), n(x1), n(y1)));
    }
    data
}

/// A node that calls itself: a loop over its upper right corner.
fn own_call(place: Place) -> String {
    let (x, y) = (left(place) + WIDTH, middle(place));
    let n = number;
    format!(
        "M{} {}C{} {} {} {} {} {}",
        n(x - 26.0),
        n(y - HEIGHT / 2.0),
        n(x - 26.0),
        n(y - HEIGHT / 2.0 - 16.0),
        n(x + 16.0),
        n(y - 22.0),
        n(x),
        n(y - 8.0)
    )
}

fn node_markup(node: &MapNode, place: Place) -> Markup {
    let (x, y) = (left(place), middle(place));
    let class = match node.tone {
        Tone::Bad => "n bad",
        Tone::Warn => "n warn",
        _ => "n",
    };
    let marked = matches!(node.tone, Tone::Bad | Tone::Warn);
    let name = format!("{}, {}", node.name, node.detail);
    let inner = html! {
        title { (name) }
        rect x=(number(x)) y=(number(y - HEIGHT / 2.0)) width=(WIDTH) height=(HEIGHT) rx="6" {}
        text x=(number(x + 11.0)) y=(number(y - 3.0)) class="a" { (shorten(&node.name, if marked { 14 } else { 16 })) }
        text x=(number(x + 11.0)) y=(number(y + 12.0)) { (shorten(&node.detail, 19)) }
        @if marked { circle cx=(number(x + WIDTH - 12.0)) cy=(number(y - 9.0)) r="4" {} }
    };
    html! {
        @if let Some(href) = node.href.as_deref().and_then(inside) { a class=(class) href=(href) { (inner) } }
        @else { g class=(class) { (inner) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> ServiceMap {
        let node = |name: &str, tone: Tone| MapNode {
            name: name.into(),
            detail: "1 /s".into(),
            tone,
            href: Some("/services/x".into()),
        };
        ServiceMap {
            about: About::new("m", "Service map"),
            nodes: vec![node("web", Tone::Neutral), node("<script>", Tone::Bad)],
            edges: vec![
                MapEdge { from: 0, to: 1, weight: 5.0, failing: true, detail: String::new() },
                MapEdge { from: 1, to: 1, weight: f64::NAN, ..MapEdge::default() },
                MapEdge { from: 0, to: 9, ..MapEdge::default() },
            ],
            weighed: "requests per second".into(),
        }
    }

    #[test]
    fn failing_calls_are_drawn_and_said() {
        let markup = map().draw().markup;
        assert!(markup.contains(r#"class="e bad""#) && markup.contains("Failing: web to &lt;script&gt;."), "{markup}");
        assert!(!markup.contains("<script") && !markup.contains("NaN"));
    }

    #[test]
    fn an_empty_map_says_so() {
        let markup = ServiceMap { about: About::new("m", "Service map"), ..ServiceMap::default() }.draw().markup;
        assert!(markup.contains("No calls in this period"));
    }
}
