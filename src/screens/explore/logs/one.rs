//! One line in full.

use super::lines;
use crate::explore::{self, around};
use crate::page::Page;
use crate::words;
use chrono::TimeDelta;
use parallax_domain::screen::{Cell, Code, Column, Link, Panel, Part, Row, Table, Text};
use parallax_domain::{Filter, Signal};
use parallax_server::store::question::LogLine;
use std::collections::BTreeMap;

pub fn panel(page: &Page, line: &LogLine) -> Panel {
    let service = line.row.service.clone().unwrap_or_else(|| "unknown service".to_owned());
    let mut panel = Panel::new("line", "One line")
        .unit(format!("{service}, {}", words::exact(page.wall(line.row.at))))
        .action(Link::new("Close", page.address.without("line").href()).icon("x"))
        .part(Part::Code(Code { text: line.row.message.clone(), copy: Some("Copy the message".to_owned()) }))
        .part(Part::Facts(facts(page, line)));
    let own: BTreeMap<String, String> =
        line.row.attributes.iter().filter(|(key, _)| *key != "host").map(|(k, v)| (k.clone(), v.clone())).collect();
    panel = match own.is_empty() {
        true => panel.part(Part::Prose(Text::new("This line carries no attributes."))),
        false => panel.part(table(page, "Attributes of the line", &own, true)),
    };
    if !line.sender.is_empty() {
        panel = panel.part(table(page, "Attributes of the sender", &line.sender, false));
    }
    panel
}

fn facts(page: &Page, line: &LogLine) -> Vec<(String, Text)> {
    let mut facts = vec![
        ("Time".to_owned(), Text::default().time(words::exact(page.wall(line.row.at)), line.row.at)),
        ("Level".to_owned(), lines::level(line.row.level)),
    ];
    let mut told = |label: &str, value: Option<Text>| facts.extend(value.map(|value| (label.to_owned(), value)));
    let service = line.row.service.as_ref();
    told(
        "Service",
        service.map(|name| {
            Text::default().link(name.clone(), page.to("/engineering/services").with("service", name).href())
        }),
    );
    told("Host", line.host.as_ref().map(|host| Text::default().link(host.clone(), machine(page, host))));
    told("Version", line.version.clone().map(Text::new));
    told("Environment", line.environment.clone().map(Text::new));
    told("Event", line.name.clone().map(Text::new));
    told("Trace", line.row.trace_id.as_ref().map(|_| lines::trace(page, line)));
    told("Person", line.person.as_deref().map(|id| explore::person(page, Some(id))));
    let margin = TimeDelta::seconds(30);
    let mut beside = page
        .to("/explore/logs")
        .without_filters()
        .with_range(around(line.row.at, line.row.at, margin))
        .with("line", &line.key);
    if let Some(service) = service {
        beside = beside.with_filter(Filter::is("service", service));
    }
    told("Around it", Some(Text::default().link("30 seconds before and after", beside.href())));
    facts
}

fn machine(page: &Page, host: &str) -> String {
    page.to(&format!("/engineering/machines/{}", parallax_domain::address::encode(host))).href()
}

/// A click on an attribute's value shows the lines that carry it.
fn table(page: &Page, caption: &str, attributes: &BTreeMap<String, String>, filters: bool) -> Part {
    let row = |(key, value): (&String, &String)| {
        let words = words::shortened(value, 400);
        let value = match filters {
            _ if !page.shows(Signal::Log, key) => Text::new("••••"),
            true => {
                let (address, _) = explore::narrowed(page, &format!("properties.{key}"), Some(value));
                Text::default().link(words, address.href())
            }
            false => Text::new(words),
        };
        Row::new(vec![Cell::new(key.clone()), Cell::new(value)])
    };
    Part::Table(Table {
        caption: caption.to_owned(),
        columns: vec![Column::words(caption).width(30), Column::words("Value")],
        rows: attributes.iter().map(row).collect(),
        ..Table::default()
    })
}
