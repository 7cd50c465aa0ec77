//! All machines: the five that use most, what is worth a look, and a table of everybody.

use super::findings::{Finding, Seen, findings, per_hour};
use super::top::{self, Colours};
use super::{applied, choice, choices, table};
use crate::page::Page;
use crate::parts::{empty, empty_with};
use crate::words;
use parallax_domain::screen::{Item, Link, Panel, Part, Screen, Text, Tone};
use parallax_domain::{Filter, Problem};
use parallax_server::store::question::machines::dialect::Measure;
use parallax_server::store::question::machines::samples::Choice;
use parallax_server::store::question::machines::{Course, Courses, MachineRow, Wish};
use std::collections::{BTreeMap, BTreeSet};

/// Findings on the page; the table marks all of them.
const FINDINGS: usize = 6;

pub struct Fleet {
    pub choice: Choice,
    pub catalogue: BTreeMap<String, MachineRow>,
    pub processor: Courses,
    pub memory_free: Courses,
    pub memory_used: Courses,
    pub disk: Courses,
    pub sent: Courses,
    pub received: Courses,
    /// Of machines that have reported in the period.
    pub hosts: BTreeSet<String>,
    pub findings: Vec<Finding>,
    pub colours: Colours,
}

impl Fleet {
    pub fn of_host<'a>(courses: &'a Courses, host: &str) -> Option<&'a Course> {
        courses.courses.iter().find(|course| course.name == host)
    }

    pub fn tone(&self, host: &str) -> Tone {
        let tones = self.findings.iter().filter(|finding| finding.host == host).map(|finding| finding.tone);
        tones.min_by_key(|tone| *tone != Tone::Bad).unwrap_or_default()
    }
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let applied = applied(page);
    let notice = applied.notice(page, "Machines");
    let fleet = fleet(page, &applied.filters).await?;
    let mut screen = page.screen("Machines");
    screen.crumbs = page.crumbs("Engineering", "/engineering");
    screen.tabs = crate::engineering::tabs(page);
    screen.parts.extend(notice);
    if fleet.hosts.is_empty() {
        screen.lede = Text::new("No machine reports in this time.");
        screen.parts.push(nothing(page, &fleet, &applied.filters));
        return Ok(screen);
    }
    screen.lede = lede(&fleet);
    screen.actions = choices(page, fleet.choice);
    let mut cells: Vec<(u8, Part)> = top::panels(page, &fleet).into_iter().map(|panel| (4, panel.into())).collect();
    cells.push((4, worth_a_look(page, &fleet).into()));
    screen.parts.push(Part::Grid(cells));
    screen.parts.push(table::panel(page, &fleet).into());
    Ok(screen)
}

async fn fleet(page: &mut Page, filters: &[Filter]) -> Result<Fleet, Problem> {
    let machine = page.machine.clone();
    let (period, zone, choice) = (page.period, page.project.zone.clone(), choice(page));
    let wish = Wish { period, zone: &zone, choice, host: None, filters };
    let store = &machine.store;
    let look = &mut page.look;
    let processor = store.machines(look, &wish, Measure::Processor).await?;
    let memory_free = store.machines(look, &wish, Measure::MemoryFree).await?;
    let memory_used = store.machines(look, &wish, Measure::MemoryUsed).await?;
    let disk = store.machines(look, &wish, Measure::DiskUsed).await?;
    let sent = store.machines(look, &wish, Measure::Sent).await?;
    let received = store.machines(look, &wish, Measure::Received).await?;
    let catalogue = store.machine_catalogue(look).await?.into_iter().map(|row| (row.host.clone(), row)).collect();
    let all = [&processor, &memory_free, &memory_used, &disk, &sent, &received];
    let hosts: BTreeSet<String> =
        all.iter().flat_map(|courses| &courses.courses).map(|course| course.name.clone()).collect();
    let now = page.look.fresh_as_of.min(page.period.to).timestamp_millis();
    let mut found: Vec<Finding> = hosts
        .iter()
        .flat_map(|host| {
            let seen = Seen {
                processor: Fleet::of_host(&processor, host),
                memory_free: Fleet::of_host(&memory_free, host),
                memory_used: Fleet::of_host(&memory_used, host),
                disk: Fleet::of_host(&disk, host),
            };
            let memory_per_hour =
                seen.memory_free.and_then(|course| per_hour(course, &memory_free)).filter(|change| *change < 0.0);
            let disk_per_hour = seen.disk.and_then(|course| per_hour(course, &disk)).filter(|change| *change > 0.0);
            findings(host, seen, memory_per_hour, disk_per_hour, now)
        })
        .collect();
    found.sort_by_key(|finding| finding.tone != Tone::Bad);
    let colours = Colours::of(&in_question(page, &found, &processor));
    Ok(Fleet {
        choice,
        catalogue,
        processor,
        memory_free,
        memory_used,
        disk,
        sent,
        received,
        hosts,
        findings: found,
        colours,
    })
}

/// Machines with a colour: those the reader chose, else those with findings, else the busiest.
fn in_question(page: &Page, findings: &[Finding], processor: &Courses) -> Vec<String> {
    let mut chosen: Vec<String> = page.address.all("focus").map(str::to_owned).collect();
    if chosen.is_empty() {
        for finding in findings {
            if !chosen.contains(&finding.host) {
                chosen.push(finding.host.clone());
            }
        }
        chosen.truncate(3);
    }
    if chosen.is_empty() {
        let busiest = processor
            .courses
            .iter()
            .max_by(|a, b| a.summary.average.unwrap_or(0.0).total_cmp(&b.summary.average.unwrap_or(0.0)));
        chosen.extend(busiest.map(|course| course.name.clone()));
    }
    chosen
}

fn lede(fleet: &Fleet) -> Text {
    let troubled: BTreeSet<&str> = fleet.findings.iter().map(|finding| finding.host.as_str()).collect();
    let all = fleet.hosts.len();
    let machines = words::counted(all as i64, "machine", "machines");
    if troubled.is_empty() {
        return Text::new(match all {
            1 => "One machine, and nothing about it needs a look.".to_owned(),
            _ => format!("{machines}, and nothing about them needs a look."),
        });
    }
    let mut text = Text::new(format!(
        "{} of {machines} {} fine. ",
        all - troubled.len(),
        if all - troubled.len() == 1 { "is" } else { "are" }
    ));
    for (index, finding) in fleet.findings.iter().take(2).enumerate() {
        text = text
            .plain(if index > 0 { "; " } else { "" })
            .strong(finding.host.clone())
            .plain(format!(" {}", finding.what));
    }
    match fleet.findings.len() {
        0..=2 => text.plain("."),
        more => text.plain(format!("; {}.", words::counted(more as i64 - 2, "more finding", "more findings"))),
    }
}

fn worth_a_look(page: &Page, fleet: &Fleet) -> Panel {
    let panel =
        Panel::new("look", "Worth a look").unit(words::counted(fleet.findings.len() as i64, "finding", "findings"));
    if fleet.findings.is_empty() {
        let why = "Little memory, disks that fill, busy processors and silent machines would be here. There are none.";
        return panel.part(empty("Nothing to look at", why));
    }
    let item = |finding: &Finding| Item {
        icon: if finding.tone == Tone::Bad { "err" } else { "warn" }.to_owned(),
        tone: finding.tone,
        title: Text::default().strong(format!("{} {}", finding.host, finding.what)),
        note: Text::new(finding.why.clone()),
        href: Some(
            page.to(&format!("/engineering/machines/{}", parallax_domain::address::encode(&finding.host))).href(),
        ),
        ..Item::default()
    };
    let mut panel = panel.part(Part::List(fleet.findings.iter().take(FINDINGS).map(item).collect()));
    if fleet.findings.len() > FINDINGS {
        panel.partial = Some(format!("The first {FINDINGS}; the table below marks all."));
    }
    panel.foot("CPU p95 from 85%, memory from 85%, disk from 80%, or full within a week at a steady pace")
}

fn nothing(page: &Page, fleet: &Fleet, filters: &[Filter]) -> Part {
    if !filters.is_empty() {
        let why = "Every machine that reports would be here. None of those that report fits these filters; machines that do not say their environment are left out by a filter on it.";
        let action = Link::new("Remove the filters", page.address.without_filters().with_environment(None).href());
        return empty_with("No machine fits", why, action);
    }
    if !fleet.catalogue.is_empty() {
        let known = words::counted(fleet.catalogue.len() as i64, "machine has", "machines have");
        let why = format!("{known} reported before, but not in {}.", page.range.label().to_lowercase());
        let wider = page.address.with_range(parallax_domain::period::Range::Days(28)).href();
        return empty_with("Nobody reports", why, Link::new("The last 28 days", wider));
    }
    let why = "CPU, memory, disks and network of every machine would be here. No host metrics have come yet. An OpenTelemetry collector with the hostmetrics receiver sends them.";
    empty_with("No machines yet", why, Link::new("See how to send them", page.to("/start").href()).primary())
}
