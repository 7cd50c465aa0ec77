//! Counts of what was masked and withheld. Never content: there is none to show.

use super::DAYS;
use crate::charts::{About, Form, Hue, InlineBar, Line, Series, TimeAxis, TimeLabel, TimeSeries};
use crate::page::{Page, midnight};
use crate::parts::empty;
use crate::words::{self, Length};
use chrono::{Duration, NaiveDate, NaiveTime};
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text};
use parallax_server::privacy::catalogue::{Item, Key};
use parallax_server::store::question::masking::{Masked, WithheldRow};
use std::collections::BTreeMap;

/// Kinds that are drawn apart; the others are one.
const NAMED: usize = 3;

/// In the reader's words.
fn name(what: &str) -> &str {
    match what {
        "email" => "mail addresses",
        "card" => "card numbers",
        "iban" => "bank accounts",
        "token" => "tokens",
        "secret" => "passwords and secrets",
        "key" => "keys of services",
        "ip" => "network addresses",
        "phone" => "phone numbers",
        "by name, masked" => "fields that name a person",
        "by name, dropped" => "fields that hold a secret",
        "by name, hashed" => "identifiers of people",
        "address, shortened" => "queries and persons in addresses",
        other => other,
    }
}

pub fn panel(page: &Page, masked: &[Masked]) -> Panel {
    let panel = Panel::new("masked", "Masked before storage").unit(format!("by detector, last {DAYS} days"));
    if masked.is_empty() {
        return panel.part(empty(
            "Nothing was masked",
            "Mail addresses, card numbers, tokens and the like would be counted here when records carry them.",
        ));
    }
    let mut by_kind: BTreeMap<&str, BTreeMap<NaiveDate, i64>> = BTreeMap::new();
    for row in masked {
        *by_kind.entry(row.what.as_str()).or_default().entry(page.wall(row.hour).date()).or_default() += row.count;
    }
    let mut kinds: Vec<(&str, i64, BTreeMap<NaiveDate, i64>)> =
        by_kind.into_iter().map(|(what, days)| (what, days.values().sum(), days)).collect();
    kinds.sort_by_key(|(what, count, _)| (std::cmp::Reverse(*count), *what));
    let summary = match kinds.first() {
        Some((what, count, _)) => format!("Most of all {}: {}.", name(what), words::counted(*count, "value", "values")),
        None => String::new(),
    };
    let all: i64 = kinds.iter().map(|(_, count, _)| count).sum();
    let rows = kinds
        .iter()
        .map(|(what, count, _)| {
            let share = *count as f64 / all as f64;
            Row::new(vec![
                Cell::new(words::capital(name(what))),
                Cell::drawn(InlineBar::new(Some(share), Hue::Ink).draw()),
                Cell::new(words::count_full(Some(*count as f64))),
                Cell::new(words::percent_full(Some(share))),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("What"),
        Column::words("").width(34),
        Column::figures("Values"),
        Column::figures("Share").secondary(1),
    ];
    panel
        .summary(summary.clone())
        .part(Part::Drawing(chart(page, &kinds, summary).draw()))
        .part(Part::Table(Table {
            caption: "Masked by detector".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot("counted by the hour, kept 400 days; what stood there is nowhere")
}

fn chart(page: &Page, kinds: &[(&str, i64, BTreeMap<NaiveDate, i64>)], summary: String) -> TimeSeries {
    let today = page.wall(page.now).date();
    let days: Vec<NaiveDate> = (0..DAYS).rev().map(|back| today - Duration::days(back)).collect();
    let times = days
        .iter()
        .map(|day| TimeLabel::of(midnight(page.zone, *day), day.and_time(NaiveTime::MIN), Length::Day))
        .collect();
    let values = |of: &[&BTreeMap<NaiveDate, i64>]| {
        days.iter().map(|day| Some(of.iter().filter_map(|counts| counts.get(day)).sum::<i64>() as f64)).collect()
    };
    let mut lines: Vec<Line> = kinds
        .iter()
        .take(NAMED)
        .enumerate()
        .map(|(index, (what, _, counts))| {
            Line::new(name(what), values(&[counts])).hue(Hue::series(index)).form(Form::Stack)
        })
        .collect();
    let rest: Vec<&BTreeMap<NaiveDate, i64>> = kinds.iter().skip(NAMED).map(|(.., counts)| counts).collect();
    if !rest.is_empty() {
        lines.push(Line::new("others", values(&rest)).hue(Hue::S8).form(Form::Stack));
    }
    TimeSeries {
        about: About::new("masked", "Masked values per day").summary(summary),
        axis: TimeAxis {
            times,
            until: Some(midnight(page.zone, today + Duration::days(1))),
            open_from: Some(days.len() - 1),
            open_note: "day still open".to_owned(),
            ..TimeAxis::default()
        },
        series: Series { lines, height: 140, ..Series::default() },
    }
}

pub fn withheld(page: &Page, rows: &[WithheldRow]) -> Panel {
    let panel =
        Panel::new("withheld", "Withheld and changed by the catalogue").unit(format!("last {DAYS} days")).flush();
    if rows.is_empty() {
        return panel.part(empty(
            "Nothing was withheld",
            "Values of undeclared, blocked or ended fields, of refused categories, and those that a rule changed would be counted here.",
        ));
    }
    let table = rows
        .iter()
        .map(|row| {
            let (item, what) = row.what.split_once(' ').unwrap_or(("field", row.what.as_str()));
            let key = row.signal.map(|signal| Key {
                signal,
                item: item.parse().unwrap_or(Item::Field),
                name: row.name.clone(),
            });
            let link = key.map(|key| page.to("/admin/catalogue/entry").with("entry", &key.to_string()).href());
            let text = match link {
                Some(href) => Text::default().link(row.name.clone(), href),
                None => Text::new(row.name.clone()),
            };
            let signal = row.signal.map_or("", |signal| signal.plural());
            Row::new(vec![
                Cell::code(text).sub(signal),
                Cell::new(match what {
                    "treated" => "changed by its rule",
                    "undeclared" => "nobody declared it",
                    "blocked" => "blocked",
                    "expired" => "its time is over",
                    "refused" => "its category was refused",
                    _ => "dropped by its rule",
                }),
                Cell::new(words::count_full(Some(row.count as f64))),
            ])
        })
        .collect();
    let columns = vec![Column::words("Field or name"), Column::words("Why"), Column::figures("Records")];
    panel.part(Part::Table(Table {
        caption: "Withheld and changed values".to_owned(),
        columns,
        rows: table,
        fold: true,
        ..Table::default()
    }))
}
