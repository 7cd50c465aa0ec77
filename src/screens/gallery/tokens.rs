//! Colours and sizes of the style sheet, by the names that it gives them.

use maud::html;
use parallax_domain::screen::{Panel, Part, Run, Text};

const NEUTRALS: [&str; 9] = ["canvas", "surface", "sunken", "line", "line-2", "ghost", "ink-3", "ink-2", "ink"];
const JUDGED: [&str; 9] =
    ["accent", "accent-soft", "bad-mark", "bad-soft", "warn-mark", "warn-soft", "good-mark", "good-soft", "hatch"];
const SERIES: [&str; 8] = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];
const ORDERED: [&str; 9] = ["q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8"];
const DIVERGING: [&str; 7] = ["d-3", "d-2", "d-1", "d0", "d1", "d2", "d3"];
const SIZES: [(&str, &str); 6] = [
    ("t6", "Health overview"),
    ("t5", "Your choices"),
    ("t4", "Rate, errors, duration"),
    ("t3", "Eight of nine services are inside their objectives."),
    ("t2", "Table cell 1,904 ms"),
    ("t1", "n = 26.2 M, 1-minute roll-up, 12 s old"),
];

pub fn panels() -> Vec<(u8, Part)> {
    vec![(6, colours()), (6, sizes())]
}

fn colours() -> Part {
    let row = |names: &[&str], class: &str| {
        html! {
            span class=(class) role="list" {
                @for name in names { span role="listitem" { i style=(format!("background:var(--{name})")) {} code { (name) } } }
            }
        }
    };
    let markup = html! {
        (row(&NEUTRALS, "sws"))
        (row(&JUDGED, "sws"))
        (row(&SERIES, "sws"))
        (row(&ORDERED, "sws tight"))
        (row(&DIVERGING, "sws"))
    };
    drawn("colours", "Colour", "light and dark written once", markup.into_string())
}

fn sizes() -> Part {
    let markup = html! {
        span class="spec" {
            @for (name, words) in SIZES { code { (name) } span style=(format!("font-size:var(--{name})")) { (words) } }
        }
    };
    drawn("sizes", "Type", "system sans, tabular figures", markup.into_string())
}

fn drawn(id: &str, title: &str, unit: &str, markup: String) -> Part {
    // No chart: it is looked at, and has no table to save.
    Panel::new(id, title).unit(unit).part(Part::Prose(Text(vec![Run::Markup(markup)]))).into()
}
