//! People who met an error and have not come back since.

use super::{Facts, issue_href, person_link, plain_stat};
use crate::charts::{About, Hue, InlineBar, Part as Piece, Parts};
use crate::page::Page;
use crate::parts::empty;
use crate::words::{self, Unit};
use parallax_domain::Permission;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Stat, Table, Text};
use parallax_server::engine::outcome::Became;
use std::collections::HashSet;

const SHOWN: usize = 8;

pub fn stat(facts: &Facts) -> Stat {
    let gone = facts.aftermath.count(Became::NotBack);
    let mut stat = plain_stat(
        "not-back",
        "Not back yet",
        "Known people who met an error in this time and neither acted again after a pause of 30 minutes nor paid since.",
        (words::count_full(Some(gone as f64)), String::new()),
        Text::new(match facts.errors.len() {
            0 => "nobody met an error".to_owned(),
            met => format!("of {met} who met an error"),
        }),
    );
    if !facts.errors.is_empty() {
        stat.spark = InlineBar::new(Some(gone as f64 / facts.errors.len() as f64), Hue::Bad).draw();
    }
    stat.href = Some("#outreach".to_owned());
    stat
}

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("outreach", "Not back since their error").unit("write to them before they write to you");
    let met = facts.errors.len();
    if met == 0 {
        return panel.part(empty(
            "Nobody met an error",
            "People whom an exception names, and who did not act again afterwards, would be listed here.",
        ));
    }
    let count = |became: Became| facts.aftermath.count(became);
    let classes = [
        ("paid later", Became::Paid, Hue::Ink),
        ("came back, did not pay", Became::Back, Hue::Mute),
        ("too early to say", Became::TooEarly, Hue::Unknown),
        ("not back yet", Became::NotBack, Hue::Bad),
    ];
    let parts = classes.iter().map(|(name, became, hue)| Piece::new(*name, count(*became) as f64, *hue)).collect();
    let summary = format!(
        "{} paid later, {} came back without paying; {} of {} have not been seen since.",
        count(Became::Paid),
        count(Became::Back),
        count(Became::NotBack),
        words::counted(met as i64, "person", "people")
    );
    let about = About::new("aftermath", "What became of people with errors").summary(summary.clone());
    let drawing = Parts { about, unit: Unit::Count, parts }.draw();
    let panel = panel.summary(summary).part(Part::Drawing(drawing));
    if !page.viewer.may(Permission::ListPeople) {
        return panel.foot(format!("The list of people is for {}.", Permission::ListPeople.held_by()));
    }
    let gone: HashSet<u32> = facts
        .aftermath
        .people
        .iter()
        .filter(|(_, became)| *became == Became::NotBack)
        .map(|(person, _)| *person)
        .collect();
    let rows: Vec<Row> = facts
        .errors
        .iter()
        .filter(|error| gone.contains(&(error.person as u32)))
        .take(SHOWN)
        .map(|error| {
            Row::new(vec![
                Cell::new(person_link(page, Some(error.reference))),
                Cell::link(super::short(&error.title), issue_href(page, error.issue)),
                Cell::new(error.count.to_string()),
                Cell::new(page.time(error.at)),
            ])
        })
        .collect();
    if rows.is_empty() {
        return panel;
    }
    let shown = rows.len();
    let columns = vec![
        Column::words("Person"),
        Column::words("What happened"),
        Column::figures("Errors"),
        Column::figures("Last seen error"),
    ];
    panel
        .part(Part::Table(Table {
            caption: "People who are not back".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot(format!("{shown} of {} shown, newest first", gone.len()))
        .foot("people who opted out are not on this list")
}
