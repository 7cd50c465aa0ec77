//! Small drawings inside a line of text or a table cell. They repeat what stands beside them in words, so screen
//! readers skip them.

use super::hue::Hue;
use super::maths::path::{number, percent};
use super::pen;
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::Tone;

/// A bar for a table cell. All positions are fractions of the cell's scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InlineBar {
    /// None draws the empty track: not known.
    pub value: Option<f64>,
    pub hue: Hue,
    /// The value of the comparison, as a thin line.
    pub before: Option<f64>,
    /// Uncertainty, as a line through the bar.
    pub interval: Option<(f64, f64)>,
    /// A reference, such as the value of all.
    pub mark: Option<f64>,
}

impl InlineBar {
    pub fn new(value: Option<f64>, hue: Hue) -> InlineBar {
        InlineBar { value, hue, ..InlineBar::default() }
    }

    pub fn draw(&self) -> String {
        let mut marks = r#"<rect class="tr" width="100%" height="100%"/>"#.to_owned();
        if let Some(value) = within(self.value) {
            marks.push_str(&pen::rect(&format!("br {}", self.hue.class()), 0.0, 0.0, value, 1.0));
        }
        if let Some(before) = within(self.before) {
            marks.push_str(&tick("pv", before, -2, 12));
        }
        if let Some((low, high)) = self.interval {
            let ends = (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0));
            marks.push_str(&pen::line("ci", (ends.0, 0.5), (ends.1, 0.5)));
        }
        if let Some(mark) = within(self.mark) {
            marks.push_str(&tick("mk", mark, -3, 13));
        }
        pen::drawing("ib", "", &marks)
    }
}

fn within(fraction: Option<f64>) -> Option<f64> {
    fraction.filter(|fraction| fraction.is_finite()).map(|fraction| fraction.clamp(0.0, 1.0))
}

/// An upright stroke at a fraction of the width, between two heights in pixels.
fn tick(class: &str, x: f64, from: i32, to: i32) -> String {
    let x = percent(x);
    format!(r#"<line class="{class}" x1="{x}" x2="{x}" y1="{from}" y2="{to}"/>"#)
}

/// One value and its target (after Few): a bar with a stroke, on a scale from zero to `high`.
pub fn bullet(value: Option<f64>, target: Option<f64>, high: f64, hue: Hue) -> String {
    let share = |value: f64| if high > 0.0 { value / high } else { 0.0 };
    let mut marks = r#"<rect class="tr" width="100%" height="100%"/>"#.to_owned();
    if let Some(value) = within(value.map(share)) {
        marks.push_str(&pen::rect(&format!("br {}", hue.class()), 0.0, 0.0, value, 1.0));
    }
    if let Some(target) = within(target.map(share)) {
        marks.push_str(&tick("mk", target, -3, 9));
    }
    pen::drawing("bu", "", &marks)
}

/// Two groups on one scale from zero to `high`: open ring for the reference, filled disc for what is observed.
pub fn dumbbell(reference: f64, observed: f64, high: f64, worse: bool) -> String {
    let place = |value: f64| if high > 0.0 { (value / high).clamp(0.0, 1.0) } else { 0.0 };
    let (from, to) = (place(reference), place(observed));
    let tone = if worse { " bad" } else { "" };
    let marks = format!(
        "{}{}{}{}",
        pen::across("gl", 0.5),
        pen::line(&format!("cn{tone}"), (from, 0.5), (to, 0.5)),
        pen::dot("ref", from, 0.5, 3.5),
        pen::dot(&format!("obs{tone}"), to, 0.5, 4.0)
    );
    pen::drawing("db", "", &marks)
}

/// Coverage: solid is measured, hatched is not. `width` in pixels. Unknown coverage is all hatched.
pub fn coverage(share: Option<f64>, width: u16) -> String {
    let known = within(share).map(|share| format!(r#"<rect class="kn" width="{}" height="100%"/>"#, percent(share)));
    let marks =
        format!(r#"<rect class="un" width="100%" height="100%" fill="url(#hatch)"/>{}"#, known.unwrap_or_default());
    html! { svg class="covb" style=(format!("width:{width}px")) aria-hidden="true" { (PreEscaped(marks)) } }
        .into_string()
}

/// An estimate with its interval on a scale from `low` to `high`; `marks` are references, the last one dashed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval<'a> {
    pub value: f64,
    pub from: f64,
    pub to: f64,
    pub low: f64,
    pub high: f64,
    pub marks: &'a [f64],
}

impl Interval<'_> {
    pub fn draw(&self) -> String {
        let span = self.high - self.low;
        let place = |value: f64| if span > 0.0 { ((value - self.low) / span).clamp(0.0, 1.0) } else { 0.5 };
        let mut marks = pen::across("gl", 0.5);
        for (index, mark) in self.marks.iter().enumerate() {
            let class = if index + 1 == self.marks.len() && index > 0 { "tg1" } else { "mk1" };
            marks.push_str(&tick(class, place(*mark), -3, 17));
        }
        marks.push_str(&pen::line("w", (place(self.from), 0.5), (place(self.to), 0.5)));
        marks.push_str(&pen::dot("", place(self.value), 0.5, 3.5));
        pen::drawing("iv", "", &marks.replace(r#" class="""#, ""))
    }
}

/// A change against the comparison: arrow, word for those who do not see it, and the amount. The judgement is the caller's.
pub fn delta(label: &str, up: bool, tone: Tone) -> Markup {
    let judged = tone.word();
    let direction = if up { "up" } else { "down" };
    let words = if judged.is_empty() { format!("{direction} ") } else { format!("{direction}, {judged} ") };
    let arrow = if up { "M4 1l3.6 6H.4z" } else { "M4 7L.4 1h7.2z" };
    html! {
        @if label == "no change" { span class="delta" { (label) } }
        @else {
            span class=(format!("delta {}", tone.class()).trim_end()) {
                svg viewBox="0 0 8 8" aria-hidden="true" { path d=(arrow) {} }
                span class="vh" { (words) } (label)
            }
        }
    }
}

/// How far a clock has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    Done,
    Running,
    NotYet,
}

/// Clocks of a problem, such as detected, answered, fixed: name, time in words, state.
pub fn clocks(steps: &[(&str, &str, Reached)]) -> String {
    html! {
        ol class="clk" role="list" {
            @for (name, time, reached) in steps {
                @let (class, said) = match reached {
                    Reached::Done => ("done", ": "),
                    Reached::Running => ("run", ": "),
                    Reached::NotYet => ("todo", " not yet"),
                };
                li class=(class) {
                    span class="vh" { (name) (said) }
                    @if time.is_empty() { "–" } @else { (time) }
                    @if *reached == Reached::Running { span class="vh" { " and counting" } }
                }
            }
        }
    }
    .into_string()
}

/// Shares under four rules on one scale from zero to `high`. The distance between marks is the message.
pub fn attribution(first: f64, last: f64, linear: f64, u: f64, high: f64, grid: &[f64]) -> String {
    let place = |value: f64| if high > 0.0 { (value / high).clamp(0.0, 1.0) } else { 0.0 };
    let all = [first, last, linear, u].map(place);
    let (low, top) = all.iter().fold((1.0_f64, 0.0_f64), |(low, top), value| (low.min(*value), top.max(*value)));
    let mut marks: String = grid.iter().map(|value| tick("gl", place(*value), 0, 26)).collect();
    marks.push_str(&pen::line("cn", (low, 0.5), (top, 0.5)));
    marks.push_str(&tick("m-lin", all[2], 4, 22));
    marks.push_str(&format!(
        r#"<svg x="{}" y="50%" width="1" height="1" overflow="visible"><path class="m-u" d="M0-5L5 0 0 5-5 0Z"/></svg>"#,
        percent(all[3])
    ));
    marks.push_str(&pen::dot("m-first", all[0], 0.5, 4.5));
    marks.push_str(&pen::dot("m-last", all[1], 0.5, 4.5));
    pen::drawing("att", "", &marks)
}

/// Segments of one bar, side by side with a hair between. Shares of the whole.
pub(super) fn segments(parts: &[(f64, &str)]) -> String {
    let mut start = 0.0;
    let mut marks = String::new();
    for (share, class) in parts.iter().filter(|(share, _)| share.is_finite() && *share > 0.0) {
        let last = start + share > 0.999;
        marks.push_str(&format!(
            r#"<rect class="br {class}" x="{}" y="0" height="100%" style="width:max(1px,calc({} - {}px))"/>"#,
            percent(start),
            percent(*share),
            number(if last { 0.0 } else { 1.5 })
        ));
        start += share;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_value_draws_no_bar() {
        let bar = InlineBar::new(None, Hue::S1).draw();
        assert!(!bar.contains("br s1") && bar.contains(r#"class="tr""#));
        assert!(InlineBar::new(Some(f64::NAN), Hue::S1).draw() == bar);
    }

    #[test]
    fn bars_stay_inside_their_cell() {
        let bar = InlineBar { value: Some(3.0), interval: Some((-1.0, 2.0)), ..InlineBar::default() }.draw();
        assert!(bar.contains(r#"width="100%" height="100%"/><line class="ci" x1="0%" y1="50%" x2="100%""#), "{bar}");
    }

    #[test]
    fn unknown_coverage_is_not_full_coverage() {
        assert!(!coverage(None, 40).contains("kn"));
        assert!(coverage(Some(0.71), 40).contains(r#"class="kn" width="71%""#));
    }

    #[test]
    fn a_change_says_its_direction_and_its_judgement() {
        let markup = delta("73%", true, Tone::Bad).into_string();
        assert!(markup.contains(r#"<span class="delta bad">"#) && markup.contains("up, worse"), "{markup}");
        assert!(delta("1.8%", false, Tone::Neutral).into_string().contains(r#"<span class="delta">"#));
        assert!(!delta("no change", false, Tone::Neutral).into_string().contains("svg"));
    }

    #[test]
    fn a_running_clock_says_that_it_runs() {
        let markup = clocks(&[
            ("detected", "3 h", Reached::Done),
            ("answered", "1 h", Reached::Running),
            ("fixed", "", Reached::NotYet),
        ]);
        assert!(markup.contains("and counting") && markup.contains("fixed not yet"), "{markup}");
    }
}
