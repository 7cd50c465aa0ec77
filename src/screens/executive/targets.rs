//! Every figure against its target, and the form that sets one.

use super::measure::{Measure, Measures};
use crate::forms;
use crate::page::Page;
use crate::parts::joined;
use crate::words;
use parallax_domain::screen::{Cell, Choice, Column, Field, FieldKind, Form, Panel, Part, Row, Table, Text, Tone};

pub fn panel(page: &Page, measures: &Measures) -> Panel {
    let set: Vec<&Measure> = measures.all.iter().filter(|measure| measure.target.is_some()).collect();
    let reached = set.iter().filter(|measure| measure.reached() == Some(true)).count();
    let summary = match set.len() {
        0 => "No target is set yet; figures without one are only compared with the time before.".to_owned(),
        all => format!("{reached} of {all} reached."),
    };
    let mut rows: Vec<&Measure> = measures.all.iter().collect();
    rows.sort_by_key(|measure| measure.target.is_none());
    let rows = rows.into_iter().map(line).collect();
    let columns = vec![
        Column::words("Figure"),
        Column::figures("Now"),
        Column::words("Against target").width(24),
        Column::figures("Target"),
        Column::figures("Change").secondary(1),
    ];
    Panel::new("targets", "Against targets")
        .unit(page.range.label().to_lowercase())
        .summary(summary)
        .flush()
        .part(Part::Table(Table {
            caption: "Figures against targets".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot("the stroke is the target; shares near 100% are drawn from where they differ")
}

fn line(measure: &Measure) -> Row {
    let verdict = match measure.reached() {
        Some(true) => Text::new("reached"),
        Some(false) => Text::new(measure.distance()),
        None if measure.target.is_some() => Text::default().soft("not known"),
        None => Text::default().soft("no target"),
    };
    let bad = measure.reached() == Some(false);
    let change = match measure.change() {
        Some(change) if change.none => Cell::new(Text::default().soft("no change")),
        Some(change) => Cell::new(change.label.clone()).tone(measure.direction.judge(change.up)),
        None => Cell::new(words::UNKNOWN),
    };
    Row::new(vec![
        Cell::new(measure.name.clone()).sub(verdict),
        Cell::new(Text::default().strong(measure.value())).tone(if bad { Tone::Bad } else { Tone::Neutral }),
        measure.target.map_or_else(Cell::default, |_| Cell::drawn(measure.bullet())),
        measure.target.map_or_else(Cell::default, |target| Cell::new(joined(measure.unit.short(Some(target))))),
        change,
    ])
}

pub fn form(page: &Page, measures: &Measures) -> Panel {
    let chosen = page.address.get("target").unwrap_or_default();
    let choices = measures
        .all
        .iter()
        .map(|measure| {
            let unit = if measure.is_share() { " (in percent)" } else { "" };
            Choice::new(&measure.key, format!("{}{unit}", measure.name), measure.key == chosen)
        })
        .collect();
    let fields = vec![
        Field::new("measure", "Figure", FieldKind::Choice(choices)).required(),
        Field::new("value", "Target", FieldKind::Text)
            .hint("In the unit of the figure; empty takes the target away.")
            .autocomplete("off"),
    ];
    let form = Form { fields, inline: true, ..forms::change(page, "target", "target/set", "Save target") };
    Panel::new("set-target", "Set a target")
        .summary("Everybody who opens this project sees the targets.")
        .part(Part::Form(form))
}
