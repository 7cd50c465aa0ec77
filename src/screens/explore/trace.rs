//! One trace: where its time went.

use super::around;
use crate::charts::{About, SpanRow, Waterfall};
use crate::page::Page;
use crate::parts::joined;
use crate::words;
use chrono::TimeDelta;
use parallax_domain::question::{Span, Trace};
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Screen, Table, Text, Tone};
use parallax_domain::{Permission, Problem, Signal};
use parallax_server::ingest::event::trace_id;
use std::collections::BTreeMap;

/// Attributes that everybody may read; the others need the permission for raw text.
const OPEN: [&str; 18] = [
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "http.status_code",
    "http.method",
    "url.path",
    "url.scheme",
    "server.address",
    "db.system",
    "db.system.name",
    "db.operation.name",
    "db.query.summary",
    "db.collection.name",
    "messaging.system",
    "messaging.destination.name",
    "rpc.system",
    "rpc.method",
    "error.type",
];

pub async fn compose(page: &mut Page, id: &str) -> Result<Screen, Problem> {
    let id = trace_id(id).ok_or_else(|| Problem::not_found("trace"))?;
    let machine = page.machine.clone();
    let trace = machine.store.trace(&mut page.look, id).await?.ok_or_else(|| Problem::not_found("trace"))?;
    let root = trace.spans.first();
    let title = root.map_or_else(|| "Trace".to_owned(), |root| root.operation.clone());
    let mut screen = page.settings(&format!("Trace {title}"));
    screen.heading = title;
    screen.crumbs = vec![
        Link::new("Explore", page.to("/explore/traces").href()),
        Link::new("Traces", page.to("/explore/traces").href()),
        Link::new(short_id(&trace.trace_id), String::new()),
    ];
    screen.lede = lede(&trace);
    let selected = page.address.get("span").and_then(|id| trace.spans.iter().find(|span| span.span_id == id)).or(root);
    screen.parts = vec![
        Part::Facts(facts(page, &trace)),
        Part::Grid(vec![(8, waterfall(page, &trace, selected).into()), (4, side(page, &trace, selected).into())]),
    ];
    Ok(screen)
}

fn short_id(id: &str) -> String {
    format!("{} {} {}", &id[..4], &id[4..8], &id[8..12])
}

fn lede(trace: &Trace) -> Text {
    let text = Text::default().strong(joined(words::duration(Some(trace.ms))));
    match &trace.bottleneck {
        Some(bottleneck) => text
            .plain(". ")
            .strong(bottleneck.service.clone().unwrap_or_else(|| "an unknown service".to_owned()))
            .plain(" takes most of it: ")
            .code(bottleneck.operation.clone())
            .plain(" works ")
            .strong(joined(words::duration(Some(bottleneck.self_ms))))
            .plain(format!(" by itself, {} of the whole.", percent_one(bottleneck.share))),
        None => text.plain(" in all."),
    }
}

/// With one decimal: `76.7%`.
fn percent_one(share: f64) -> String {
    format!("{}%", words::fixed(share * 100.0, 1))
}

fn facts(page: &Page, trace: &Trace) -> Vec<(String, Text)> {
    let failed = trace.spans.iter().filter(|span| span.error).count();
    let services: std::collections::BTreeSet<&str> =
        trace.spans.iter().filter_map(|span| span.service.as_deref()).collect();
    vec![
        ("Started".to_owned(), Text::default().time(words::exact(page.wall(trace.started_at)), trace.started_at)),
        ("Duration".to_owned(), Text::new(words::duration_full(Some(trace.ms)))),
        ("Spans".to_owned(), Text::new(format!("{}, {failed} failed", trace.spans.len()))),
        ("Services".to_owned(), Text::new(services.len().to_string())),
        ("Trace id".to_owned(), Text::default().code(trace.trace_id.clone())),
    ]
}

fn waterfall(page: &Page, trace: &Trace, selected: Option<&Span>) -> Panel {
    let bottleneck = trace.bottleneck.as_ref();
    let spans = trace
        .spans
        .iter()
        .map(|span| {
            let is_bottleneck = bottleneck.is_some_and(|bottleneck| bottleneck.span_id == span.span_id);
            let (word, tone) = match (is_bottleneck, span.error) {
                (true, _) => (format!("bottleneck {}", percent_one(bottleneck.map_or(0.0, |b| b.share))), Tone::Warn),
                (false, true) => ("failed".to_owned(), Tone::Bad),
                (false, false) => (String::new(), Tone::Neutral),
            };
            SpanRow {
                id: span.span_id.clone(),
                service: span.service.clone().unwrap_or_else(|| "unknown".to_owned()),
                operation: span.operation.clone(),
                depth: span.depth,
                start: span.start_ms,
                length: span.ms,
                critical: span.critical,
                failed: span.error,
                selected: selected.is_some_and(|chosen| chosen.span_id == span.span_id),
                word,
                tone,
                href: Some(page.address.with("span", &span.span_id).href()),
                ..SpanRow::default()
            }
        })
        .collect();
    let about = About::new("waterfall", "Waterfall").summary(match bottleneck {
        Some(bottleneck) => format!(
            "{} {} takes {} of {} by itself, {}.",
            bottleneck.service.as_deref().unwrap_or("An unknown service"),
            bottleneck.operation,
            words::duration(Some(bottleneck.self_ms)),
            words::duration(Some(trace.ms)),
            percent_one(bottleneck.share)
        ),
        None => format!(
            "{} in {}.",
            words::counted(trace.spans.len() as i64, "span", "spans"),
            words::duration(Some(trace.ms))
        ),
    });
    let drawing = Waterfall { about, length: trace.ms, spans }.draw();
    Panel::new("waterfall", "Waterfall").unit("solid: own time; underlined: critical path").part(Part::Drawing(drawing))
}

fn side(page: &Page, trace: &Trace, selected: Option<&Span>) -> Panel {
    let Some(span) = selected else { return Panel::new("span", "Span") };
    let attribute_rows = |attributes: &BTreeMap<String, String>| -> Vec<Row> {
        let all = page.viewer.may(Permission::ReadRawText);
        attributes
            .iter()
            .map(|(key, value)| {
                let open = (all || OPEN.contains(&key.as_str())) && page.shows(Signal::Span, key);
                Row::new(vec![
                    Cell::code(key.clone()),
                    Cell::code(if open { value.clone() } else { "••••".to_owned() }),
                ])
            })
            .collect()
    };
    let table = |caption: &str, rows: Vec<Row>| {
        Part::Table(Table {
            caption: caption.to_owned(),
            columns: vec![Column::words("Attribute"), Column::words("Value")],
            rows,
            ..Table::default()
        })
    };
    let ended = trace.started_at + TimeDelta::microseconds((trace.ms * 1000.0) as i64);
    let logs = page
        .to("/explore/logs")
        .without_filters()
        .with_environment(None)
        .with_range(around(trace.started_at, ended, TimeDelta::minutes(5)))
        .with("q", &format!("trace_id:{}", trace.trace_id))
        .href();
    let mut panel = Panel::new("span", span.operation.clone())
        .unit(span.service.clone().unwrap_or_default())
        .summary(Text::new(format!(
            "{} in all, {} of its own, from {} on.",
            words::duration(Some(span.ms)),
            words::duration(Some(span.self_ms)),
            words::duration(Some(span.start_ms))
        )))
        .action(Link::new("Logs of this trace", logs).icon("log"));
    if span.error {
        panel = panel.badge("failed", Tone::Bad);
    }
    let mut panel = if span.attributes.is_empty() {
        panel.part(Part::Prose(Text::new("This span carries no attributes.")))
    } else {
        panel.part(table("Attributes of the span", attribute_rows(&span.attributes)))
    };
    for event in &span.events {
        panel = panel.part(Part::Section {
            title: event.name.clone(),
            note: format!(
                "after {}",
                words::duration(Some((event.at - span.started_at).num_microseconds().unwrap_or(0) as f64 / 1000.0))
            ),
        });
        if let Some(stack) =
            event.attributes.get("exception.stacktrace").filter(|_| page.viewer.may(Permission::ReadRawText))
        {
            panel = panel.part(Part::Code(parallax_domain::screen::Code {
                text: stack.clone(),
                copy: Some("Copy the stack".to_owned()),
            }));
        } else {
            panel = panel.part(table("Attributes of the event", attribute_rows(&event.attributes)));
        }
    }
    panel
}
