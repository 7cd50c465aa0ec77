//! One whole and its parts, as one bar: where the time went, what people did, how much was seen.

use super::figure::{About, DataRow, DataTable, Datum, Frame, figure, named};
use super::hue::Hue;
use super::inline::segments;
use super::pen;
use crate::words::{Unit, percent, percent_brief, percent_full};
use maud::{PreEscaped, html};
use parallax_domain::screen::Drawing;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub name: String,
    pub value: f64,
    pub hue: Hue,
}

impl Part {
    pub fn new(name: impl Into<String>, value: f64, hue: Hue) -> Part {
        Part { name: name.into(), value, hue }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    pub about: About,
    pub unit: Unit,
    pub parts: Vec<Part>,
}

impl Parts {
    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let total: f64 = self.parts.iter().map(|part| part.value.max(0.0)).filter(|value| value.is_finite()).sum();
        let share = |part: &Part| (total > 0.0).then(|| part.value.max(0.0) / total);
        let shares: Vec<(f64, &str)> =
            self.parts.iter().map(|part| (share(part).unwrap_or(0.0), part.hue.class())).collect();
        let said: Vec<String> =
            self.parts.iter().map(|part| format!("{} {}", part.name, self.unit.short(Some(part.value)))).collect();
        let body = html! {
            svg class="one" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                (named(&id, &self.about.title, &format!("{}.", said.join("; "))))
                (PreEscaped(if total > 0.0 { segments(&shares) } else { pen::hatch("nodata", 0.0, 1.0) }))
            }
            ul class="key" role="list" {
                @for part in &self.parts {
                    li class=(part.hue.class()) { i {} (part.name) " " b { (self.unit.short(Some(part.value))) } " " span class="muted" { (percent_brief(share(part))) } }
                }
            }
        };
        let row = |part: &Part| DataRow {
            label: part.name.clone(),
            cells: vec![Datum::new(self.unit.full(Some(part.value))), Datum::new(percent_full(share(part)))],
            note: String::new(),
        };
        let table = DataTable {
            caption: self.about.title.clone(),
            head: vec!["Part".into(), "Value".into(), "Share".into()],
            rows: self.parts.iter().map(row).collect(),
        };
        figure(&self.about, &Frame { table: Some(&table), ..Frame::default() }, &body)
    }
}

/// How much of reality was seen, as one wide bar with both halves named. Unknown is all hatched and says so.
pub fn seen(about: &About, share: Option<f64>, measured: &str, missing: &str) -> Drawing {
    let id = about.element_id();
    let share = share.filter(|share| share.is_finite()).map(|share| share.clamp(0.0, 1.0));
    let known = share
        .map(|share| format!(r#"<rect class="kn" width="{}" height="100%"/>"#, super::maths::path::percent(share)));
    let said = match share {
        Some(share) => format!("{} {measured}, {} {missing}", percent(Some(share)), percent(Some(1.0 - share))),
        None => format!("not known how many are {measured}"),
    };
    let body = html! {
        svg class="covbig" role="img" aria-labelledby=(format!("{id}-t")) {
            title id=(format!("{id}-t")) { (said) }
            (PreEscaped(r#"<rect width="100%" height="100%" fill="url(#hatch)"/>"#)) (PreEscaped(known.unwrap_or_default()))
        }
        div class="covl" aria-hidden="true" {
            @match share {
                Some(share) => {
                    span class="grow" style=(format!("--share:{}", super::maths::path::number(share))) { b { (percent(Some(share))) } " " (measured) }
                    span { b { (percent(Some(1.0 - share))) } " " (missing) }
                }
                None => span { (said) },
            }
        }
    };
    figure(about, &Frame::default(), &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_whole() {
        let chart = Parts {
            about: About::new("w", "Where the time went"),
            unit: Unit::Milliseconds,
            parts: vec![
                Part::new("Waiting", 750.0, Hue::Bad),
                Part::new("Query", 250.0, Hue::S5),
                Part::new("Nothing", 0.0, Hue::S2),
            ],
        };
        let markup = chart.draw().markup;
        assert!(
            markup.contains(r#"class="br sbad" x="0%""#) && markup.contains(r#"class="br s5" x="75%""#),
            "{markup}"
        );
        assert!(!markup.contains("br s2"));
        assert!(markup.contains("75%") && markup.contains("0%"));
    }

    #[test]
    fn a_whole_of_nothing_is_hatched() {
        let markup =
            Parts { about: About::new("w", "W"), parts: vec![Part::new("a", 0.0, Hue::S1)], ..Parts::default() }
                .draw()
                .markup;
        assert!(markup.contains("url(#hatch)") && !markup.contains("NaN"));
    }

    #[test]
    fn unknown_coverage_is_said() {
        let markup = seen(&About::new("c", "C"), None, "measured", "chose not to share").markup;
        assert!(markup.contains("not known how many are measured") && !markup.contains(r#"class="kn""#), "{markup}");
    }
}
