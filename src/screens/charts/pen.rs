//! Marks of a plot as markup. Takes numbers and classes of the style sheet only, never text of others.
//!
//! Positions and sizes are fractions of the plot and become percentages, so one rendering is sharp at every width.

use super::maths::path::{number, percent};
use maud::{Markup, PreEscaped, html};

pub fn rect(class: &str, x: f64, y: f64, width: f64, height: f64) -> String {
    format!(
        r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}"/>"#,
        percent(x),
        percent(y),
        percent(width.max(0.0)),
        percent(height.max(0.0))
    )
}

/// Hatching: not known, or not known yet.
pub fn hatch(class: &str, x: f64, width: f64) -> String {
    format!(
        r#"<rect class="{class}" x="{}" y="0" width="{}" height="100%" fill="url(#hatch)"/>"#,
        percent(x),
        percent(width.max(0.0))
    )
}

pub fn across(class: &str, y: f64) -> String {
    let y = percent(y);
    format!(r#"<line class="{class}" x1="0" x2="100%" y1="{y}" y2="{y}"/>"#)
}

pub fn upright(class: &str, x: f64) -> String {
    let x = percent(x);
    format!(r#"<line class="{class}" x1="{x}" x2="{x}" y1="0" y2="100%"/>"#)
}

pub fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    format!(
        r#"<line class="{class}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
        percent(from.0),
        percent(from.1),
        percent(to.0),
        percent(to.1)
    )
}

pub fn dot(class: &str, x: f64, y: f64, radius: f64) -> String {
    format!(r#"<circle class="{class}" cx="{}" cy="{}" r="{}"/>"#, percent(x), percent(y), number(radius))
}

pub fn path(class: &str, data: &str) -> String {
    format!(r#"<path class="{class}" d="{data}"/>"#)
}

/// The stretched box of 1000 by 1000 in which paths live; empty when there are none.
pub fn stretched(paths: &str) -> String {
    if paths.is_empty() {
        return String::new();
    }
    format!(
        r#"<svg class="fx" viewBox="0 0 1000 1000" preserveAspectRatio="none" width="100%" height="100%">{paths}</svg>"#
    )
}

/// An icon of the page's sprite, never said aloud.
pub fn icon(name: &str, class: &str) -> Markup {
    let class = if class.is_empty() { "i".to_owned() } else { format!("i {class}") };
    html! {
        svg class=(class) viewBox="0 0 16 16" aria-hidden="true" { (PreEscaped(r##"<use href="#i-"##)) (name) (PreEscaped(r#""/>"#)) }
    }
}

/// An inline drawing: said in words when it has a label, otherwise decoration beside words.
pub fn drawing(class: &str, label: &str, marks: &str) -> String {
    let marks = PreEscaped(marks);
    if label.is_empty() {
        html! { svg class=(class) aria-hidden="true" { (marks) } }.into_string()
    } else {
        html! { svg class=(class) role="img" aria-label=(label) { (marks) } }.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_percentages() {
        let expected = r#"<rect class="br s1" x="12.5%" y="0%" width="50%" height="33.33%"/>"#;
        assert_eq!(rect("br s1", 0.125, 0.0, 0.5, 1.0 / 3.0), expected);
        assert!(rect("br", 0.0, 0.0, -1.0, f64::NAN).contains(r#"width="0%" height="0%""#));
    }

    #[test]
    fn an_icon_name_cannot_leave_its_attribute() {
        let markup = icon(r#"x"><script>"#, "").into_string();
        assert!(!markup.contains("<script>"), "{markup}");
    }

    #[test]
    fn a_label_is_escaped() {
        let markup = drawing("spark", r#""><img src=x onerror=alert(1)>"#, "");
        assert!(!markup.contains("<img"), "{markup}");
    }
}
