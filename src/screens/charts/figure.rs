//! The contract of every chart: a figure with its sentence, its drawing, its foot and its table.

use super::maths::measure::shorten;
use super::pen;
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::{Drawing, Run, Text};

/// What a chart is about. Title, unit and summary stand in the panel's head; the figure repeats them to screen readers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Key of the chart, unique on its page. Ids are derived from it; it is never random.
    pub id: String,
    pub title: String,
    pub unit: String,
    /// One sentence computed from the data.
    pub summary: String,
    /// n, sampling, source and age.
    pub notes: Vec<Text>,
    /// Shows title, unit and summary above the drawing, where no panel does.
    pub heading: bool,
}

impl About {
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> About {
        About { id: id.into(), title: title.into(), ..About::default() }
    }

    pub fn unit(mut self, unit: impl Into<String>) -> About {
        self.unit = unit.into();
        self
    }

    pub fn summary(mut self, summary: impl Into<String>) -> About {
        self.summary = summary.into();
        self
    }

    pub fn note(mut self, note: impl Into<Text>) -> About {
        self.notes.push(note.into());
        self
    }

    pub fn heading(mut self) -> About {
        self.heading = true;
        self
    }

    /// The id as an element may carry it: letters, digits, `-` and `_`. A key that had to be changed gets a
    /// fingerprint (FNV-1a), so that two such keys stay two.
    pub(super) fn element_id(&self) -> String {
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !self.id.is_empty() && self.id.len() <= 60 && self.id.chars().all(safe) {
            return format!("ch-{}", self.id);
        }
        let hash = self
            .id
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let word: String = self.id.chars().map(|c| if safe(c) { c } else { '-' }).take(24).collect();
        format!("ch-{word}-{hash:016x}")
    }
}

/// What a mark of the key looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swatch {
    Box,
    Line,
    Disc,
    Ring,
    /// A band of expected values.
    Pale,
    /// Not known, or not known yet.
    Hatch,
    /// A clock that runs, one that stopped.
    Running,
    Done,
}

/// Longer entries of a key lose their middle.
const LONGEST: usize = 70;

/// An entry of the key under a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub swatch: Swatch,
    pub class: &'static str,
    pub label: String,
}

impl Key {
    pub fn new(swatch: Swatch, class: &'static str, label: impl Into<String>) -> Key {
        Key { swatch, class, label: label.into() }
    }

    fn markup(&self) -> Markup {
        let class = match self.swatch {
            Swatch::Box => "",
            Swatch::Line => "l",
            Swatch::Disc => "disc",
            Swatch::Ring => "ring",
            Swatch::Pale => "pale",
            Swatch::Hatch => "h",
            Swatch::Running => "k-run",
            Swatch::Done => "k-done",
        };
        html! { li class=[some(self.class)] { i class=[some(class)] {} (shorten(&self.label, LONGEST)) } }
    }
}

pub(super) fn some(class: &str) -> Option<&str> {
    (!class.is_empty()).then_some(class)
}

pub(super) fn key(entries: &[Key], class: &str) -> Markup {
    html! {
        @if !entries.is_empty() {
            ul class=(format!("key{class}")) role="list" { @for entry in entries { (entry.markup()) } }
        }
    }
}

/// A cell of the data table. `change` is read by the crosshair and shown beside the value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Datum {
    pub text: String,
    pub change: Option<String>,
}

impl Datum {
    pub fn new(text: impl Into<String>) -> Datum {
        Datum { text: text.into(), change: None }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataRow {
    pub label: String,
    pub cells: Vec<Datum>,
    /// Shown by the crosshair below the values: n and coverage of this row.
    pub note: String,
}

/// The figures behind the drawing. The crosshair reads the same rows, so both always agree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataTable {
    pub caption: String,
    /// The first column names the rows.
    pub head: Vec<String>,
    pub rows: Vec<DataRow>,
}

impl DataTable {
    fn markup(&self) -> Markup {
        html! {
            details class="data" {
                summary { "Data table" }
                div class="scroll" tabindex="0" role="region" aria-label=(self.caption) {
                    table class="tbl tiny" {
                        caption class="vh" { (self.caption) }
                        thead { tr { @for (index, label) in self.head.iter().enumerate() {
                            th scope="col" class=[(index > 0).then_some("r")] { (label) }
                        } } }
                        tbody { @for row in &self.rows {
                            tr data-n=[some(&row.note)] {
                                th scope="row" { (row.label) }
                                @for cell in &row.cells { td class="r" data-p=[cell.change.as_deref()] { (cell.text) } }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// Everything around the drawing itself.
#[derive(Default)]
pub(super) struct Frame<'a> {
    pub class: &'a str,
    /// Custom properties for the whole figure: the gutters.
    pub style: String,
    pub keys: Vec<Key>,
    /// How shades are read.
    pub ramp: Option<Markup>,
    /// Further remarks of the chart itself, after the caller's notes.
    pub remarks: Vec<String>,
    pub table: Option<&'a DataTable>,
}

pub(super) fn figure(about: &About, frame: &Frame<'_>, body: &Markup) -> Drawing {
    let id = about.element_id();
    let class = if frame.class.is_empty() { "chart".to_owned() } else { format!("chart {}", frame.class) };
    let caption = if about.summary.is_empty() { &about.title } else { &about.summary };
    let markup = html! {
        figure class=(class) id=(id) data-export=(about.id) style=[some(&frame.style)] {
            @if about.heading {
                div class="pn" {
                    h3 { (about.title) }
                    @if !about.unit.is_empty() { span class="unit" { (about.unit) } }
                    @if !about.summary.is_empty() { p class="sum" { (about.summary) } }
                }
            } @else {
                figcaption class="vh" { (caption) }
            }
            (body)
            (foot(about, frame))
            @if let Some(table) = frame.table.filter(|table| !table.rows.is_empty()) { (table.markup()) }
        }
    };
    Drawing { id: about.id.clone(), markup: markup.into_string() }
}

fn foot(about: &About, frame: &Frame<'_>) -> Markup {
    html! {
        @if !(about.notes.is_empty() && frame.remarks.is_empty() && frame.keys.is_empty() && frame.ramp.is_none()) {
            div class="foot" {
                @if let Some(ramp) = &frame.ramp { (ramp) }
                @for note in &about.notes { span { (text(note)) } }
                @for remark in &frame.remarks { span { (remark) } }
                (key(&frame.keys, ""))
            }
        }
    }
}

/// Name and description of a drawing, for those who do not see it.
pub(super) fn named(id: &str, title: &str, description: &str) -> Markup {
    html! { title id=(format!("{id}-t")) { (title) } desc id=(format!("{id}-d")) { (description) } }
}

/// Running text inside a chart. Only the runs a chart's text may have; others show their words.
pub(super) fn text(text: &Text) -> Markup {
    html! {
        @for run in &text.0 {
            @match run {
                Run::Plain(words) => (words),
                Run::Strong(words) => b { (words) },
                Run::Soft(words) => span class="muted" { (words) },
                Run::Code(words) => code { (words) },
                Run::Link { label, href } => (link(href, "", label)),
                Run::Badge { label, tone } => span class=(format!("badge {}", tone.class()).trim_end()) { (label) },
                Run::Change { label, up, tone } => (super::inline::delta(label, *up, *tone)),
                Run::Time { label, at } => time datetime=(at.to_rfc3339()) { (label) },
                Run::Icon(name) => (pen::icon(name, "inl")),
                Run::Markup(markup) => (PreEscaped(markup)),
                Run::Break => br;,
            }
        }
    }
}

/// Links of a chart stay inside: a path, a query or a place on the page. Anything else is only its words.
pub(super) fn inside(href: &str) -> Option<&str> {
    let path = href.starts_with('/') && !href.starts_with("//") && !href.starts_with("/\\");
    (path || href.starts_with('?') || href.starts_with('#')).then_some(href)
}

pub(super) fn link(href: &str, class: &str, label: &str) -> Markup {
    html! {
        @if let Some(href) = inside(href) { a class=[some(class)] href=(href) { (label) } }
        @else { span class=[some(class)] { (label) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_safe() {
        assert_eq!(About::new("red-rate", "Rate").element_id(), "ch-red-rate");
        let one = About::new("http.server.duration{route=\"/x\"}", "").element_id();
        assert_eq!(one, About::new("http.server.duration{route=\"/x\"}", "").element_id());
        assert_ne!(one, About::new("http.server.duration{route=\"/y\"}", "").element_id());
        assert!(one.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{one}");
        assert!(About::new("x".repeat(500), "").element_id().len() < 60);
    }

    #[test]
    fn hostile_text_stays_text() {
        let evil = "\"><img src=x onerror=alert(1)>&<script>";
        let about = About::new(evil, evil).unit(evil).summary(evil).note(evil).heading();
        let table = DataTable {
            caption: evil.into(),
            head: vec![evil.into(), evil.into()],
            rows: vec![DataRow {
                label: evil.into(),
                cells: vec![Datum { text: evil.into(), change: Some(evil.into()) }],
                note: evil.into(),
            }],
        };
        let frame = Frame { keys: vec![Key::new(Swatch::Box, "s1", evil)], table: Some(&table), ..Frame::default() };
        let drawing = figure(&about, &frame, &html! {});
        assert!(!drawing.markup.contains("<img") && !drawing.markup.contains("<script"), "{}", drawing.markup);
    }

    #[test]
    fn links_never_leave_or_run() {
        for bad in ["javascript:alert(1)", "https://evil.example", "//evil.example", "/\\evil.example", "data:x", ""] {
            assert_eq!(inside(bad), None, "{bad}");
        }
        for good in ["/traces?service=a", "?filter=x", "#people"] {
            assert_eq!(inside(good), Some(good));
        }
    }

    #[test]
    fn a_chart_without_rows_has_no_empty_table() {
        let table = DataTable::default();
        let drawing = figure(&About::new("a", "A"), &Frame { table: Some(&table), ..Frame::default() }, &html! {});
        assert!(!drawing.markup.contains("<details"));
        assert!(drawing.markup.contains("figcaption"));
    }
}
