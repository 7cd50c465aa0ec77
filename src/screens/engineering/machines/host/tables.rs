//! What a machine has and what runs on it: volumes, services, programs.

use super::super::findings::{hours_until, hours_words, per_hour};
use super::Facts;
use crate::charts::{Hue, Spark};
use crate::page::Page;
use crate::parts::{bar_cell, empty, empty_with, joined};
use crate::words;
use parallax_domain::screen::{Cell, Column, Item, Link, Panel, Part, Row, Table, Text, Tone};
use parallax_server::store::question::machines::{Courses, ProgramRow, VolumeRow};

/// Programs in the list.
const PROGRAMS: usize = 15;

pub fn volumes(facts: &Facts) -> Panel {
    let panel = Panel::new("volumes", "Volumes").unit("fullest first").flush();
    if facts.volumes.is_empty() {
        let why = "Size and use of every volume would be here. This machine has told none in this time; the collector's filesystem scraper does.";
        return panel.part(empty("No volumes", why));
    }
    let courses = Courses { buckets: facts.volume_buckets.clone(), courses: Vec::new(), n: 0 };
    let rows = facts.volumes.iter().map(|volume| row_of_volume(volume, &courses)).collect();
    let columns = vec![
        Column::words("Mounted at"),
        Column::figures("Used").width(30),
        Column::figures("Size").secondary(1),
        Column::figures("Full in").hint("Where it grows at a steady pace and is full within a week"),
        Column::figures("Over time").secondary(1).width(14),
    ];
    panel.part(Part::Table(Table {
        caption: "Volumes of the machine".to_owned(),
        columns,
        rows,
        class: "barkeep".to_owned(),
        ..Table::default()
    }))
}

fn row_of_volume(volume: &VolumeRow, courses: &Courses) -> Row {
    let share = volume.course.summary.last;
    let (hue, tone) = match share {
        Some(share) if share >= 0.9 => (Hue::Bad, Tone::Bad),
        Some(share) if share >= 0.8 => (Hue::Warn, Tone::Warn),
        _ => (Hue::Mute, Tone::Neutral),
    };
    let pace = per_hour(&volume.course, courses).filter(|pace| *pace > 0.0);
    let full = pace.zip(share).and_then(|(pace, share)| hours_until(share, pace, 1.0));
    Row::new(vec![
        Cell::code(volume.course.name.clone()).sub(volume.device.clone().unwrap_or_default()),
        bar_cell(share, 1.0, joined(words::percent(share)), hue, None).tone(tone),
        Cell::new(joined(words::bytes(volume.size))).sub(match volume.used {
            Some(used) => format!("{} used", words::bytes(Some(used))),
            None => String::new(),
        }),
        match full {
            Some(hours) => Cell::new(hours_words(hours)).tone(Tone::Warn),
            None => Cell::new(Text::default().soft("–")),
        },
        Cell::drawn(Spark::new(volume.course.values.clone()).from(0.0).to(1.0).hue(Hue::Mute).draw()),
    ])
}

pub fn services(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("services", "Services on it").unit(words::counted(
        facts.services.len() as i64,
        "service",
        "services",
    ));
    if facts.services.is_empty() {
        let why = "Services that say they run on this machine would be here. None does; the attribute host.name on their telemetry says so.";
        let all = Link::new("All services", page.to("/engineering/services").href());
        return panel.part(empty_with("No services", why, all));
    }
    let item = |name: &String| Item {
        icon: "server".to_owned(),
        title: Text::new(name.clone()),
        href: Some(page.to("/engineering/services").with("service", name).href()),
        ..Item::default()
    };
    panel.part(Part::List(facts.services.iter().map(item).collect()))
}

pub fn programs(facts: &Facts) -> Panel {
    let panel = Panel::new("programs", "Programs").unit("by processor, then memory").flush();
    let ranked = ranked(&facts.programs);
    if ranked.is_empty() {
        let why = "Processes with their processor time and memory would be here. This machine tells of none; the collector's process scraper does.";
        return panel.part(empty("No programs", why));
    }
    let high = ranked.iter().filter_map(|row| row.processor.p95).fold(0.0, f64::max).max(0.01);
    let largest = ranked.iter().filter_map(|row| row.memory.most).fold(0.0, f64::max).max(1.0);
    let rows = ranked
        .iter()
        .take(PROGRAMS)
        .map(|row| {
            let (busy, memory) = (row.processor.p95, row.memory.last);
            Row::new(vec![
                Cell::code(row.name.clone()),
                bar_cell(busy, high, joined(words::percent(busy)), Hue::Mute, None),
                Cell::new(joined(words::percent(row.processor.average))),
                bar_cell(memory, largest, joined(words::bytes(memory)), Hue::Mute, None),
                Cell::new(joined(words::bytes(row.memory.most))),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Program"),
        Column::figures("CPU p95").hint("Of all cores together").width(24),
        Column::figures("CPU average").secondary(1),
        Column::figures("Memory now").width(24),
        Column::figures("Most").secondary(1),
    ];
    let table = Table { caption: "Programs of the machine".to_owned(), columns, rows, ..Table::default() };
    let mut panel = panel.part(Part::Table(table));
    if ranked.len() > PROGRAMS {
        panel.partial = Some(format!("The first {PROGRAMS} of {} programs.", ranked.len()));
    }
    panel
}

fn ranked(programs: &[ProgramRow]) -> Vec<&ProgramRow> {
    let mut all: Vec<&ProgramRow> = programs.iter().collect();
    let of = |row: &ProgramRow| (row.processor.p95.unwrap_or(-1.0), row.memory.last.unwrap_or(-1.0));
    all.sort_by(|a, b| {
        let ((a_busy, a_large), (b_busy, b_large)) = (of(a), of(b));
        b_busy.total_cmp(&a_busy).then(b_large.total_cmp(&a_large)).then_with(|| a.name.cmp(&b.name))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_server::store::question::machines::Summary;

    #[test]
    fn programs_without_a_known_share_come_last_by_memory() {
        let program = |name: &str, busy: Option<f64>, memory: f64| ProgramRow {
            name: name.into(),
            processor: Summary { p95: busy, ..Summary::default() },
            memory: Summary { last: Some(memory), ..Summary::default() },
        };
        let all = [program("small", None, 1.0), program("large", None, 9.0), program("busy", Some(0.1), 0.5)];
        assert_eq!(ranked(&all).iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["busy", "large", "small"]);
    }
}
