//! The spans of one request: solid is own time, pale is time in children, the ink underline is the critical path.

use super::figure::{About, DataRow, DataTable, Datum, Frame, Key, Swatch, figure, inside};
use super::hue::Hue;
use super::maths::path::percent;
use super::maths::scale::{Wish, axis};
use super::maths::tree::{Node, children, descendants, opened, own};
use crate::words::{Unit, count_full, duration_full};
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::{Drawing, Tone};
use std::collections::BTreeMap;

/// A span, in milliseconds from the start of the trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanRow {
    pub id: String,
    pub service: String,
    pub operation: String,
    /// 0 for the root.
    pub depth: usize,
    pub start: f64,
    pub length: f64,
    pub critical: bool,
    pub failed: bool,
    /// Waiting by choice, such as a back-off: hatched.
    pub waiting: bool,
    pub selected: bool,
    /// `timeout`, `bottleneck`: the word beside the bar and how it is meant.
    pub word: String,
    pub tone: Tone,
    /// Selects the span.
    pub href: Option<String>,
    /// Without it every service takes the next colour.
    pub hue: Option<Hue>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waterfall {
    pub about: About,
    /// Of the whole trace, in milliseconds; spans may end later.
    pub length: f64,
    /// Parents before children, siblings by start.
    pub spans: Vec<SpanRow>,
}

/// Rows shown at first; the rest waits behind its parent.
const ROWS: usize = 160;
/// Children shown of one parent before the others are folded.
const CHILDREN: usize = 40;
/// Traces of more spans have no second list of them.
const TABLED: usize = 500;
/// Fewer than this are not worth folding.
const FOLD: usize = 8;

/// Colours of services in the order of their own time on the critical path: what holds the request up is the accent.
/// Brick is left out, as it would read as failed.
const HUES: [Hue; 6] = [Hue::S1, Hue::S2, Hue::S3, Hue::S4, Hue::S5, Hue::S6];

fn hues(spans: &[SpanRow], nodes: &[Node], children: &[Vec<usize>]) -> Vec<Hue> {
    let mut spent: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (index, span) in spans.iter().enumerate() {
        let kids: Vec<Node> = children[index].iter().map(|child| nodes[*child]).collect();
        let own: f64 = own(&nodes[index], &kids).iter().map(|(start, end)| end - start).sum();
        let entry = spent.entry(&span.service).or_default();
        entry.0 += if span.critical { own } else { 0.0 };
        entry.1 += own;
    }
    let mut order: Vec<(&str, (f64, f64))> = spent.into_iter().collect();
    order.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(b.1.1.total_cmp(&a.1.1)).then(a.0.cmp(b.0)));
    let place = |service: &str| order.iter().position(|(name, _)| *name == service);
    let known = |span: &SpanRow| place(&span.service).and_then(|place| HUES.get(place)).copied().unwrap_or(Hue::S8);
    spans.iter().map(|span| span.hue.unwrap_or_else(|| known(span))).collect()
}

/// Everything that a row needs besides its span.
struct Page<'a> {
    spans: &'a [SpanRow],
    nodes: Vec<Node>,
    children: Vec<Vec<usize>>,
    below: Vec<usize>,
    open: Vec<bool>,
    wanted: Vec<bool>,
    hues: Vec<Hue>,
    total: f64,
}

impl Waterfall {
    pub fn draw(&self) -> Drawing {
        let page = Page::new(self);
        let unit = Unit::Milliseconds.axis(page.total);
        let wish = Wish {
            low: 0.0,
            high: page.total,
            floor: Some(0.0),
            ceiling: Some(page.total),
            unit: unit.divisor,
            whole: false,
            logarithmic: false,
            ticks: 4,
        };
        let ticks = axis(&wish).ticks;
        let step = ticks.get(1).copied().unwrap_or(page.total);
        let roots: Vec<usize> = page.roots();
        let region = format!("{}, scrolls sideways", self.about.title);
        let body = html! {
            @if self.spans.is_empty() { p class="blank" { "No spans" } } @else {
                div class="wf-w" tabindex="0" role="region" aria-label=(region) {
                    div class="wfl" style=(format!("--step:{}", percent(step / page.total))) {
                        div class="wfr hd" aria-hidden="true" {
                            span { "Service and operation" }
                            div class="wft" { @for tick in &ticks { (tick_label(*tick / page.total, &unit.label(*tick))) } }
                        }
                        (page.list(&roots))
                    }
                }
            }
        };
        let mut keys = vec![
            Key::new(Swatch::Box, Hue::S1.class(), "own time"),
            Key::new(Swatch::Pale, Hue::S1.class(), "in children"),
            Key::new(Swatch::Line, Hue::Ink.class(), "critical path"),
        ];
        if self.spans.iter().any(|span| span.waiting) {
            keys.push(Key::new(Swatch::Hatch, "", "waiting by choice"));
        }
        let table = self.table();
        figure(&self.about, &Frame { class: "wfig", keys, table: table.as_ref(), ..Frame::default() }, &body)
    }

    /// The spans as rows; a trace of very many is its own list, which would only be written twice.
    fn table(&self) -> Option<DataTable> {
        let ms = |value: f64| Datum::new(Unit::Milliseconds.full(Some(value)));
        let row = |span: &SpanRow| DataRow {
            label: format!("{}{}", "· ".repeat(span.depth.min(20)), span.operation),
            cells: vec![
                Datum::new(span.service.clone()),
                ms(span.start),
                ms(span.length),
                Datum::new(span.word.clone()),
            ],
            note: String::new(),
        };
        (self.spans.len() <= TABLED).then(|| DataTable {
            caption: self.about.title.clone(),
            head: ["Span", "Service", "Start", "Duration", "Remark"].map(str::to_owned).into(),
            rows: self.spans.iter().map(row).collect(),
        })
    }
}

fn tick_label(x: f64, label: &str) -> Markup {
    let class = if x < 0.02 { Some("a") } else { (x > 0.96).then_some("z") };
    html! { span class=[class] style=(format!("left:{}", percent(x))) { (label) } }
}

impl<'a> Page<'a> {
    fn new(chart: &'a Waterfall) -> Page<'a> {
        let finite = |value: f64| if value.is_finite() { value.max(0.0) } else { 0.0 };
        let nodes: Vec<Node> = chart
            .spans
            .iter()
            .map(|span| {
                let start = finite(span.start);
                Node { depth: span.depth, start, end: start + finite(span.length) }
            })
            .collect();
        let total = nodes.iter().map(|node| node.end).fold(finite(chart.length), f64::max);
        let wanted: Vec<bool> = chart.spans.iter().map(|span| span.critical || span.failed || span.selected).collect();
        let children = children(&nodes);
        let hues = hues(&chart.spans, &nodes, &children);
        Page {
            spans: &chart.spans,
            children,
            below: descendants(&nodes),
            open: opened(&nodes, &wanted, ROWS),
            wanted,
            hues,
            total: if total > 0.0 { total } else { 1.0 },
            nodes,
        }
    }

    fn roots(&self) -> Vec<usize> {
        let mut inner = vec![false; self.nodes.len()];
        for child in self.children.iter().flatten() {
            inner[*child] = true;
        }
        (0..self.nodes.len()).filter(|index| !inner[*index]).collect()
    }

    /// Siblings. After the first few, runs of spans that nobody looks for are folded.
    fn list(&self, siblings: &[usize]) -> Markup {
        let mut groups: Vec<(bool, Vec<usize>)> = Vec::new();
        for (place, index) in siblings.iter().enumerate() {
            let fold = place >= CHILDREN && !self.wanted[*index];
            match groups.last_mut() {
                Some((folded, group)) if *folded == fold => group.push(*index),
                _ => groups.push((fold, vec![*index])),
            }
        }
        html! {
            ol role="list" {
                @for (fold, group) in &groups {
                    @if *fold && group.len() >= FOLD { (self.folded(group)) }
                    @else { @for index in group { (self.row(*index)) } }
                }
            }
        }
    }

    fn folded(&self, group: &[usize]) -> Markup {
        let depth = group.first().map_or(0, |index| self.spans[*index].depth);
        let spans: usize = group.iter().map(|index| self.below[*index] + 1).sum();
        let sum: f64 = group.iter().map(|index| self.nodes[*index].end - self.nodes[*index].start).sum();
        html! {
            li { details {
                summary class="wfr rest" style=(format!("--d:{depth}")) {
                    span class="nm" { span class="tg" {} span class="truncate" { (count_full(Some(spans as f64))) " more spans, " (duration_full(Some(sum))) " together" } }
                }
                ol role="list" { @for index in group { (self.row(*index)) } }
            } }
        }
    }

    /// The row stands beside what folds it: a link may not stand inside a summary.
    fn row(&self, index: usize) -> Markup {
        let (span, kids) = (&self.spans[index], &self.children[index]);
        let depth = format!("--d:{}", span.depth);
        html! {
            li class=(if kids.is_empty() { "lf" } else { "has" }) {
                div class=(self.class(index)) style=(depth) { (self.cells(index)) }
                @if !kids.is_empty() {
                    details open[self.open[index]] {
                        summary class="fold" style=(depth) aria-label=(format!("Spans under {} {}", span.service, span.operation)) {
                            span class="tg" {}
                        }
                        (self.list(kids))
                    }
                }
            }
        }
    }

    fn class(&self, index: usize) -> &'static str {
        if self.spans[index].selected { "wfr on" } else { "wfr" }
    }

    fn cells(&self, index: usize) -> Markup {
        let span = &self.spans[index];
        let kids = !self.children[index].is_empty();
        let name = html! { b { (span.service) } " " (span.operation) };
        html! {
            span class="nm" {
                i class=(format!("svc {}", self.hues[index].class())) {}
                @if let Some(href) = span.href.as_deref().and_then(inside) {
                    a class="truncate" href=(href) aria-current=[span.selected.then_some("true")] { (name) }
                } @else { span class="truncate" { (name) } }
                @if kids { small class="more" { "+" (count_full(Some(self.below[index] as f64))) } }
            }
            (self.bar(index))
        }
    }

    fn bar(&self, index: usize) -> Markup {
        let (span, node) = (&self.spans[index], &self.nodes[index]);
        let kids: Vec<Node> = self.children[index].iter().map(|child| self.nodes[*child]).collect();
        let class = if span.failed { Hue::Bad.class() } else { self.hues[index].class() };
        let place = |time: f64| time / self.total;
        let (from, to) = (place(node.start), place(node.end));
        let mut marks = bar(
            &format!("br {class}{}{}", if kids.is_empty() { "" } else { " lt" }, if span.waiting { " wt" } else { "" }),
            from,
            (to - from).max(0.0016),
            true,
        );
        if !kids.is_empty() {
            for (start, end) in own(node, &kids) {
                marks.push_str(&bar(&format!("br {class}"), place(start), place(end - start).max(0.0012), false));
            }
        }
        if span.critical {
            marks.push_str(&format!(
                r#"<line class="crit" x1="{}" x2="{}" y1="24.5" y2="24.5"/>"#,
                percent(from),
                percent(to)
            ));
        }
        let length = duration_full(Some(span.length));
        let said: Vec<&str> = [
            (span.critical, "on the critical path"),
            (span.failed, "failed"),
            (span.waiting, "waiting by choice"),
            (!span.word.is_empty(), &span.word),
        ]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect();
        // The text of an ordinary bar reads itself; only what colour and underline say needs words.
        let said = (!said.is_empty()).then(|| format!("{length}, {}", said.join(", ")));
        let tone = match span.tone {
            Tone::Bad => "e",
            Tone::Warn => "w",
            _ => "",
        };
        let pale = !kids.is_empty() || span.waiting;
        let label = label_place(from, to, pale);
        html! {
            svg class="wfb" role=[said.as_ref().map(|_| "img")] aria-label=[said] {
                (PreEscaped(marks))
                text class=[super::figure::some(label.class)] x=(percent(label.x)) dx=(label.shift) y="19" text-anchor=[label.anchor] {
                    (length) @if !span.word.is_empty() { tspan class=(tone) dx="5" { (span.word) } }
                }
            }
        }
    }
}

struct LabelPlace {
    x: f64,
    shift: i32,
    anchor: Option<&'static str>,
    class: &'static str,
}

/// Right of the bar, left of it near the right edge, inside it when it fills the width.
fn label_place(from: f64, to: f64, pale: bool) -> LabelPlace {
    match (to > 0.8, from > 0.2) {
        (false, _) => LabelPlace { x: to, shift: 6, anchor: None, class: "" },
        (true, true) => LabelPlace { x: from, shift: -6, anchor: Some("end"), class: "" },
        (true, false) => LabelPlace { x: from, shift: 8, anchor: None, class: if pale { "in" } else { "on" } },
    }
}

fn bar(class: &str, x: f64, width: f64, round: bool) -> String {
    let corners = if round { r#" rx="2""# } else { "" };
    format!(
        r#"<rect class="{class}" x="{}" width="{}" y="9" height="12"{corners}/>"#,
        percent(x.min(1.0 - 0.0012)),
        percent(width.min(1.0))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(depth: usize, start: f64, length: f64) -> SpanRow {
        SpanRow {
            id: "a".into(),
            service: format!("service-{depth}"),
            operation: "op".into(),
            depth,
            start,
            length,
            ..SpanRow::default()
        }
    }

    fn draw(spans: Vec<SpanRow>) -> String {
        Waterfall { about: About::new("w", "Waterfall"), length: 100.0, spans }.draw().markup
    }

    #[test]
    fn own_time_is_solid_over_the_pale_bar() {
        let markup = draw(vec![span(0, 0.0, 100.0), span(1, 20.0, 50.0)]);
        assert!(markup.contains(r#"class="br s1 lt" x="0%" width="100%""#), "{markup}");
        assert!(markup.contains(r#"class="br s1" x="0%" width="20%""#) && markup.contains(r#"x="70%" width="30%""#));
    }

    #[test]
    fn thousands_of_spans_show_a_few_rows_and_keep_all() {
        let mut spans = vec![span(0, 0.0, 100.0)];
        spans
            .extend((0..4_999).map(|index| SpanRow { critical: index == 4_000, ..span(1, index as f64 / 50.0, 0.01) }));
        let markup = draw(spans);
        assert_eq!(markup.matches("wfb").count(), 5_000);
        assert!(markup.contains("3,960 more spans"), "critical spans are not folded away");
        assert!(markup.len() < 3_000_000, "{}", markup.len());
    }

    #[test]
    fn a_span_that_lasts_too_long_stays_inside() {
        let markup = draw(vec![span(0, 0.0, f64::NAN), span(1, -5.0, 250.0)]);
        assert!(!markup.contains("NaN") && !markup.contains("250%"), "{markup}");
    }

    #[test]
    fn names_of_operations_are_escaped() {
        let mut evil = span(0, 0.0, 1.0);
        evil.operation = "</text><script>".into();
        evil.word = "</text><script>".into();
        evil.href = Some("javascript:alert(1)".into());
        let markup = draw(vec![evil]);
        assert!(!markup.contains("<script") && !markup.contains("javascript:"), "{markup}");
    }
}
