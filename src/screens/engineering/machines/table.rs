//! Every machine in one table.

use super::fleet::Fleet;
use crate::charts::{Hue, Spark};
use crate::page::Page;
use crate::parts::{bar_cell, empty_with, joined};
use crate::sorting::Sorting;
use crate::words::{self, Unit};
use parallax_domain::screen::{
    Cell, Column, Field, FieldKind, Form, Link, Method, Pager, Panel, Part, Row, Table, Text, Tone,
};

const PER_PAGE: usize = 50;

pub fn panel(page: &Page, fleet: &Fleet) -> Panel {
    let asked = page.address.get("q").unwrap_or("").trim().to_lowercase();
    let sorting = Sorting::of(&page.address, "cpu");
    let mut hosts: Vec<&String> = fleet.hosts.iter().filter(|host| fits(fleet, host, &asked)).collect();
    sorting.sort(&mut hosts, |host, key| value(fleet, host, key), |host| host);
    let pages = hosts.len().div_ceil(PER_PAGE).max(1);
    let number = usize::try_from(page.address.number("page").unwrap_or(1)).unwrap_or(1).clamp(1, pages);
    let shown: Vec<&String> = hosts.iter().skip((number - 1) * PER_PAGE).take(PER_PAGE).copied().collect();
    let panel = Panel::new("machines", "All machines")
        .unit(words::counted(hosts.len() as i64, "machine", "machines"))
        .flush()
        .part(Part::Form(search(page, &asked)));
    if shown.is_empty() {
        let action = Link::new("Show all", page.address.without("q").href());
        return panel.part(empty_with("No machine of that name", "Names and roles of machines are searched.", action));
    }
    let table = Table {
        caption: "Machines".to_owned(),
        columns: vec![
            sorting.head(page, "name", Column::words("Machine")),
            sorting.head(page, "cpu", Column::figures("CPU p95").width(22)),
            sorting.head(
                page,
                "memory",
                Column::figures("Memory free p5").hint("19 of 20 readings had at least as much"),
            ),
            sorting.head(page, "disk", Column::figures("Disk").hint("Fullest volume, at the end of the time")),
            sorting.head(page, "sent", Column::figures("Sent").secondary(1)),
            sorting.head(page, "received", Column::figures("Received").secondary(1)),
            Column::figures("CPU, 0 to 100%").secondary(2).width(14),
        ],
        rows: shown.iter().map(|host| row(page, fleet, host)).collect(),
        pager: (pages > 1).then(|| pager(page, number, pages, shown.len(), hosts.len())),
        ..Table::default()
    };
    let panel = panel.part(Part::Table(table));
    let quiet = fleet.catalogue.keys().filter(|host| !fleet.hosts.contains(*host)).count();
    match quiet {
        0 => panel,
        quiet => panel.foot(format!(
            "{} reported before and not in this time",
            words::counted(quiet as i64, "machine", "machines")
        )),
    }
}

fn search(page: &Page, asked: &str) -> Form {
    let mut carried = crate::explore::traces::hidden(&page.to("/engineering/machines"));
    let kept = page.address.more.iter().filter(|(key, _)| matches!(key.as_str(), "agg" | "focus" | "sort"));
    carried.extend(kept.cloned());
    Form {
        id: "find".to_owned(),
        action: "/engineering/machines".to_owned(),
        method: Method::Get,
        hidden: carried,
        fields: vec![Field::new("q", "Name or role", FieldKind::Search).value(asked).quiet()],
        submit: "Find".to_owned(),
        inline: true,
        instant: true,
        ..Form::default()
    }
}

fn pager(page: &Page, number: usize, pages: usize, shown: usize, all: usize) -> Pager {
    let to = |number: usize| page.address.with("page", &number.to_string()).href();
    let first = (number - 1) * PER_PAGE;
    Pager {
        words: format!("{} to {} of {all}", first + 1, first + shown),
        previous: (number > 1).then(|| Link::new("Previous", to(number - 1))),
        next: (number < pages).then(|| Link::new("Next", to(number + 1))),
    }
}

fn fits(fleet: &Fleet, host: &str, asked: &str) -> bool {
    let about =
        fleet.catalogue.get(host).map(|row| row.about.values().any(|value| value.to_lowercase().contains(asked)));
    asked.is_empty() || host.to_lowercase().contains(asked) || about.unwrap_or(false)
}

fn value(fleet: &Fleet, host: &str, key: &str) -> Option<f64> {
    match key {
        "cpu" => Fleet::of_host(&fleet.processor, host)?.summary.p95,
        "memory" => Fleet::of_host(&fleet.memory_free, host)?.summary.p5,
        "disk" => Fleet::of_host(&fleet.disk, host)?.summary.last,
        "sent" => Fleet::of_host(&fleet.sent, host)?.summary.average,
        "received" => Fleet::of_host(&fleet.received, host)?.summary.average,
        _ => None,
    }
}

/// What a machine is for, as it says itself.
pub fn role(fleet: &Fleet, host: &str) -> String {
    let about = fleet.catalogue.get(host).map(|row| &row.about);
    let told = |key: &str| about.and_then(|about| about.get(key)).cloned();
    told("server.role").or_else(|| told("os.description")).or_else(|| told("host.type")).unwrap_or_default()
}

fn row(page: &Page, fleet: &Fleet, host: &str) -> Row {
    let tone = fleet.tone(host);
    let of = |key: &str| value(fleet, host, key);
    let used = Fleet::of_host(&fleet.memory_used, host).and_then(|course| course.summary.last);
    let disk = of("disk");
    let link = page.to(&format!("/engineering/machines/{}", parallax_domain::address::encode(host))).href();
    let name = match tone {
        Tone::Bad => Text::default().icon("err").link(host, link),
        Tone::Warn => Text::default().icon("warn").link(host, link),
        _ => Text::default().link(host, link),
    };
    let busy = of("cpu").is_some_and(|busy| busy >= 0.85);
    let course = Fleet::of_host(&fleet.processor, host).map(|course| course.values.clone()).unwrap_or_default();
    let judged = |bad: bool| if bad { Tone::Bad } else { Tone::Neutral };
    Row::new(vec![
        Cell::new(name).sub(role(fleet, host)),
        bar_cell(of("cpu"), 1.0, joined(words::percent(of("cpu"))), if busy { Hue::Warn } else { Hue::Mute }, None),
        Cell::new(joined(words::bytes(of("memory"))))
            .tone(judged(used.is_some_and(|used| used >= 0.9)))
            .sub(used.map_or_else(String::new, |used| format!("{} used now", words::percent_brief(Some(used))))),
        Cell::new(joined(words::percent_brief(disk))).tone(match disk {
            Some(share) if share >= 0.9 => Tone::Bad,
            Some(share) if share >= 0.8 => Tone::Warn,
            _ => Tone::Neutral,
        }),
        Cell::new(joined(Unit::ByteRate.short(of("sent")))),
        Cell::new(joined(Unit::ByteRate.short(of("received")))),
        Cell::drawn(Spark::new(course).from(0.0).to(1.0).hue(Hue::Mute).draw()),
    ])
}
