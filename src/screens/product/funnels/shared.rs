//! What a link shows: one funnel, read-only, without names and without small groups of people.

use super::result::Told;
use super::rule;
use crate::calendar::shown;
use crate::page::Page;
use crate::words;
use parallax_domain::period::{Compare, Range};
use parallax_domain::screen::{Cell, Column, Frame, Panel, Part, Row, Screen, Table, Text};
use parallax_domain::{Address, Problem};
use parallax_server::Machine;
use parallax_server::views;
use std::sync::Arc;

/// Fewest people that a cell of a public page holds (contract rule A5).
const LEAST: i64 = 50;
/// A link always speaks of the same number of days, so that two looks at it cannot be subtracted.
const RANGE: Range = Range::Days(28);

/// `/shared/<token>`, for whoever has the link. Nothing of the address but the token is read.
pub async fn compose(machine: Arc<Machine>, token: &str) -> Result<Screen, Problem> {
    let shared = views::open(&machine.database, token).await?;
    let path = format!("/shared/{token}");
    let address =
        Address { path, project: Some(shared.view.project), compare: Some(Compare::None), ..Address::default() };
    let address = shared.view.definition.write(&address);
    let mut page = Page::open(machine, shared.viewer, address, RANGE).await?;
    let mut told = Told::of(&mut page, shared.view.definition.funnel.clone(), None).await?;
    told.least = Some(LEAST);
    let mut screen = Screen::new(&shared.view.name);
    screen.frame = Frame { address: Address::parse("/shared", ""), ..Frame::default() };
    screen.lede = told.sentence(&page);
    let mut steps = told.steps(&page, None, false);
    steps.foot.push(Text::new(format!(
        "{}, {} to {}",
        page.project.name,
        page.date(page.period.from),
        page.date(page.period.to)
    )));
    screen.parts = vec![
        Part::Grid(vec![
            (12, steps.into()),
            (6, told.course(&page).into()),
            (6, told.times(&page).into()),
            (12, counts(&told).into()),
        ]),
        Part::Prose(Text::new(format!(
            "Groups of fewer than {LEAST} people are left out. {} Times in {}.",
            note(&shared.view.description),
            page.project.zone
        ))),
    ];
    Ok(screen)
}

fn note(description: &str) -> String {
    if description.is_empty() { String::new() } else { format!("{description}.") }
}

/// The steps in figures; a small group is said as small, never as nobody.
fn counts(told: &Told) -> Panel {
    let (_, many) = rule::counted(&told.funnel);
    let words_of = |count: i64| match shown(count, told.least) {
        Some(count) => words::count_full(Some(count as f64)),
        None => format!("fewer than {LEAST}"),
    };
    let mut before: Option<i64> = None;
    let rows = told.answer.steps.iter().enumerate().map(|(index, step)| {
        // A share of a group that is not shown would tell it.
        let known =
            shown(step.count, told.least).is_some() && before.is_none_or(|before| shown(before, told.least).is_some());
        let lost = before.map(|before| before - step.count);
        before = Some(step.count);
        Row::new(vec![
            Cell::new(rule::bar(&told.funnel, index)),
            Cell::new(words_of(step.count)),
            Cell::new(lost.map_or_else(|| words::UNKNOWN.to_owned(), words_of)),
            Cell::new(words::percent_full(step.from_previous.filter(|_| known))),
            Cell::new(words::percent_full(step.overall.filter(|_| known))),
        ])
    });
    let table = Table {
        caption: "Steps in figures".to_owned(),
        columns: vec![
            Column::words("Step"),
            Column::figures(crate::product::capital(many)),
            Column::figures("Left before"),
            Column::figures("Of previous"),
            Column::figures("Of first"),
        ],
        rows: rows.collect(),
        ..Table::default()
    };
    Panel::new("counts", "Steps in figures").unit(rule::rule(&told.funnel)).flush().part(Part::Table(table))
}
