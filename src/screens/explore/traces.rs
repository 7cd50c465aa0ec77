//! Searching traces.

use crate::charts::{Hue, InlineBar};
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words;
use parallax_domain::Problem;
use parallax_domain::question::Traces;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Method, Panel, Part, Row, Screen, Table, Text, Tone,
};

const SHOWN: usize = 100;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let asked = Traces {
        service: page.address.get("service").map(str::to_owned).filter(|service| !service.is_empty()),
        operation: page.address.get("operation").map(str::to_owned).filter(|operation| !operation.is_empty()),
        min_ms: page.address.get("min_ms").and_then(|ms| ms.parse().ok()),
        errors: page.address.get("errors") == Some("1"),
        limit: SHOWN,
    };
    let machine = page.machine.clone();
    let frame = page.frame(page.period);
    let read = machine.store.traces(&mut page.look, &frame, &asked).await?;
    let services = machine.store.services(&mut page.look, page.period, &page.buckets.clone()).await?;
    let rows = read.result.rows;
    let mut screen = page.screen("Traces");
    screen.crumbs = page.crumbs("Explore", "/explore/traces");
    screen.tabs = super::tabs(page);
    screen.lede = match rows.len() {
        0 => Text::new("No trace fits."),
        SHOWN => Text::new(format!("The newest {SHOWN} traces that fit; the slowest takes {}.", slowest(&rows))),
        n => Text::new(format!(
            "{} that fit; the slowest takes {}.",
            words::counted(n as i64, "trace", "traces"),
            slowest(&rows)
        )),
    };
    let panel =
        Panel::new("traces", "Traces").unit("newest first").flush().part(Part::Form(search(page, &asked, &services)));
    let panel = if rows.is_empty() {
        panel.part(empty("No trace fits", "Widen the time or take a condition away. Traces come over OpenTelemetry."))
    } else {
        panel.part(Part::Table(table(page, &rows))).foot(format!("{} shown", rows.len()))
    };
    screen.parts.push(panel.into());
    Ok(screen)
}

fn slowest(rows: &[parallax_domain::question::TraceRow]) -> String {
    joined(words::duration(rows.iter().map(|row| row.ms).reduce(f64::max)))
}

fn search(page: &Page, asked: &Traces, services: &[(String, u64)]) -> Form {
    let mut choices = vec![Choice::new("", "Every service", asked.service.is_none())];
    choices.extend(services.iter().map(|(name, _)| Choice::new(name, name, asked.service.as_deref() == Some(name))));
    let carried = page.to("/explore/traces");
    Form {
        id: "search".to_owned(),
        action: "/explore/traces".to_owned(),
        method: Method::Get,
        hidden: hidden(&carried),
        fields: vec![
            Field::new("service", "Service", FieldKind::Choice(choices)),
            Field::new("operation", "Operation", FieldKind::Search).value(asked.operation.clone().unwrap_or_default()),
            Field::new("min_ms", "At least, ms", FieldKind::Number { min: Some(0), max: None })
                .value(asked.min_ms.map(|ms| ms.to_string()).unwrap_or_default()),
            Field::new("errors", "Only with errors", FieldKind::Switch).value(if asked.errors { "1" } else { "" }),
        ],
        submit: "Search".to_owned(),
        inline: true,
        instant: true,
        ..Form::default()
    }
}

/// What a form must carry on so that the rest of the address stays.
pub fn hidden(address: &parallax_domain::Address) -> Vec<(String, String)> {
    let mut bare = address.clone();
    bare.more.clear();
    bare.query()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), parallax_domain::address::decode(value)))
        .collect()
}

fn table(page: &Page, rows: &[parallax_domain::question::TraceRow]) -> Table {
    let longest = rows.iter().map(|row| row.ms).fold(0.0, f64::max).max(0.001);
    let rows = rows
        .iter()
        .map(|row| {
            let failed = row.errors > 0;
            let hue = if failed { Hue::Bad } else { Hue::Mute };
            let link = page.to(&format!("/explore/traces/{}", row.trace_id)).href();
            Row::new(vec![
                Cell::new(page.time(row.at)),
                Cell::code(Text::default().link(row.operation.clone(), link))
                    .sub(row.service.clone().unwrap_or_else(|| "unknown service".to_owned())),
                Cell::new(joined(words::duration(Some(row.ms))))
                    .with_drawing(InlineBar::new(Some(row.ms / longest), hue).draw()),
                Cell::new(row.spans.to_string()),
                Cell::new(if failed { row.errors.to_string() } else { "–".to_owned() }).tone(if failed {
                    Tone::Bad
                } else {
                    Tone::Neutral
                }),
            ])
        })
        .collect();
    Table {
        caption: "Traces, newest first".to_owned(),
        columns: vec![
            Column::words("Started"),
            Column::words("Operation"),
            Column::figures("Duration").width(30),
            Column::figures("Spans").secondary(1),
            Column::figures("Errors").secondary(1),
        ],
        rows,
        ..Table::default()
    }
}
