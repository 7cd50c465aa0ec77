//! One machine in full: what it does, what runs on it, what it wrote.

mod charts;
mod tables;

use super::choice;
use super::findings::{Finding, Seen, findings, per_hour};
use crate::explore::logs::lines;
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::{reading, words};
use parallax_domain::period::Range;
use parallax_domain::question::{Figure, Frame};
use parallax_domain::screen::{Item, Link, Panel, Part, Screen, Text, Tone};
use parallax_domain::{Filter, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::store::question::LogLine;
use parallax_server::store::question::machines::dialect::Measure;
use parallax_server::store::question::machines::samples::Choice;
use parallax_server::store::question::machines::{Course, Courses, MachineRow, ProgramRow, VolumeRow, Wish};
use serde_json::json;

/// Newest log lines of the machine.
const LINES: i64 = 12;

/// Everything about the machine in the page's period, asked once.
struct Facts {
    host: String,
    choice: Choice,
    about: Option<MachineRow>,
    memory_size: Figure,
    processor: Courses,
    cores: Courses,
    memory_free: Courses,
    memory_used: Courses,
    volume_buckets: Buckets,
    volumes: Vec<VolumeRow>,
    sent: Courses,
    received: Courses,
    bytes_read: Courses,
    bytes_written: Courses,
    operations: Courses,
    errors: Courses,
    dropped: Courses,
    load: Courses,
    uptime: Courses,
    programs: Vec<ProgramRow>,
    services: Vec<String>,
    lines: Vec<LogLine>,
    /// Whether the viewer reads what was written.
    raw: bool,
    findings: Vec<Finding>,
}

impl Facts {
    fn is_silent(&self) -> bool {
        let all = [&self.processor, &self.memory_used, &self.memory_free, &self.sent, &self.received, &self.load];
        all.iter().all(|courses| courses.courses.is_empty()) && self.volumes.is_empty()
    }
}

pub async fn compose(page: &mut Page, host: &str) -> Result<Screen, Problem> {
    let facts = facts(page, host).await?;
    let known = facts.about.is_some() || !facts.services.is_empty() || !facts.lines.is_empty() || !facts.is_silent();
    if !known {
        return Err(Problem::not_found("machine"));
    }
    let mut screen = page.screen(host);
    screen.crumbs = page.crumbs("Engineering", "/engineering");
    screen.crumbs.push(Link::new("Machines", page.to("/engineering/machines").href()));
    screen.crumbs.push(Link::new(host, String::new()));
    screen.lede = lede(&facts);
    screen.parts.push(Part::Facts(about(page, &facts)));
    if facts.is_silent() {
        let why = format!(
            "CPU, memory, disks and network of {host} would be here. It has told none of them in {}.",
            page.range.label().to_lowercase()
        );
        let wider = page.address.with_range(Range::Days(28)).href();
        screen.parts.push(empty_with("This machine is silent", why, Link::new("The last 28 days", wider)));
    } else {
        screen.actions = super::choices(page, facts.choice);
        screen.parts.extend(worth_a_look(&facts).map(Part::from));
        let charts = charts::panels(page, &facts);
        screen.parts.push(Part::Grid(charts.into_iter().map(|panel| (6, panel.into())).collect()));
        screen
            .parts
            .push(Part::Grid(vec![(7, tables::volumes(&facts).into()), (5, tables::services(page, &facts).into())]));
        screen.parts.push(tables::programs(&facts).into());
    }
    screen.parts.push(newest_lines(page, &facts).into());
    Ok(screen)
}

async fn facts(page: &mut Page, host: &str) -> Result<Facts, Problem> {
    let machine = page.machine.clone();
    let (period, zone, choice) = (page.period, page.project.zone.clone(), choice(page));
    let raw = reading::reads_raw(page, "log lines", json!({ "host": host })).await?;
    let frame = Frame { filters: vec![Filter::is("host", host)], ..page.frame(period) };
    let wish = Wish { period, zone: &zone, choice, host: Some(host), filters: &[] };
    let (store, look) = (&machine.store, &mut page.look);
    let processor = store.machines(look, &wish, Measure::Processor).await?;
    let cores = store.machine_cores(look, &wish).await?;
    let memory_free = store.machines(look, &wish, Measure::MemoryFree).await?;
    let memory_used = store.machines(look, &wish, Measure::MemoryUsed).await?;
    let memory_size = store.machine_memory(look, &wish).await?;
    let disk = store.machines(look, &wish, Measure::DiskUsed).await?;
    let (volume_buckets, volumes) = store.machine_volumes(look, &wish).await?;
    let sent = store.machines(look, &wish, Measure::Sent).await?;
    let received = store.machines(look, &wish, Measure::Received).await?;
    let bytes_read = store.machines(look, &wish, Measure::BytesRead).await?;
    let bytes_written = store.machines(look, &wish, Measure::BytesWritten).await?;
    let operations = store.machines(look, &wish, Measure::Operations).await?;
    let errors = store.machines(look, &wish, Measure::Errors).await?;
    let dropped = store.machines(look, &wish, Measure::Dropped).await?;
    let load = store.machines(look, &wish, Measure::Load).await?;
    let uptime = store.machines(look, &wish, Measure::Uptime).await?;
    let programs = store.machine_programs(look, &wish).await?;
    let about = store.machine_catalogue(look).await?.into_iter().find(|row| row.host == host);
    let services = store.services_on(look, host).await?;
    let lines = store.newest_lines(look, &frame, LINES).await?;
    let seen = Seen {
        processor: only(&processor),
        memory_free: only(&memory_free),
        memory_used: only(&memory_used),
        disk: only(&disk),
    };
    let memory_per_hour =
        seen.memory_free.and_then(|course| per_hour(course, &memory_free)).filter(|change| *change < 0.0);
    let disk_per_hour = seen.disk.and_then(|course| per_hour(course, &disk)).filter(|change| *change > 0.0);
    let now = page.look.fresh_as_of.min(period.to).timestamp_millis();
    let findings = findings(host, seen, memory_per_hour, disk_per_hour, now);
    Ok(Facts {
        host: host.to_owned(),
        choice,
        about,
        memory_size,
        processor,
        cores,
        memory_free,
        memory_used,
        volume_buckets,
        volumes,
        sent,
        received,
        bytes_read,
        bytes_written,
        operations,
        errors,
        dropped,
        load,
        uptime,
        programs,
        services,
        lines,
        raw,
        findings,
    })
}

/// The course of the one machine that was wished for.
fn only(courses: &Courses) -> Option<&Course> {
    courses.courses.first()
}

fn lede(facts: &Facts) -> Text {
    if facts.is_silent() {
        return Text::new("This machine does not report in this time.");
    }
    if let Some(first) = facts.findings.first() {
        let text = Text::default().strong(facts.host.clone()).plain(format!(" {}. {}", first.what, first.why));
        return match facts.findings.len() {
            1 => text,
            more => text.plain(format!(" {} below.", words::counted(more as i64 - 1, "more finding", "more findings"))),
        };
    }
    let of = |courses: &Courses| only(courses).and_then(|course| course.summary.average);
    let told = |name: &str, value: Figure| value.map(|value| format!("{name} {}", joined(words::percent(Some(value)))));
    let figures: Vec<String> = [
        told("CPU", of(&facts.processor)),
        told("memory", of(&facts.memory_used)),
        told("fullest volume", facts.volumes.first().and_then(|volume| volume.course.summary.last)),
    ]
    .into_iter()
    .flatten()
    .collect();
    match figures.is_empty() {
        true => Text::new("Nothing about it needs a look."),
        false => Text::new(format!("Nothing about it needs a look: {}.", figures.join(", "))),
    }
}

/// What the machine says of itself.
fn about(page: &Page, facts: &Facts) -> Vec<(String, Text)> {
    let mut all = Vec::new();
    let told = |keys: &[&str]| {
        let about = facts.about.as_ref().map(|row| &row.about)?;
        keys.iter().find_map(|key| about.get(*key)).cloned()
    };
    let mut tell =
        |label: &str, value: Option<String>| all.extend(value.map(|value| (label.to_owned(), Text::new(value))));
    tell("Role", told(&["server.role"]));
    tell("System", told(&["os.description", "os.name", "os.type"]));
    tell("Type", told(&["host.type"]));
    let cores = facts.about.as_ref().map_or(0, |row| row.cores);
    tell("Cores", (cores > 0).then(|| cores.to_string()));
    tell("Memory", facts.memory_size.map(|size| joined(words::bytes(Some(size)))));
    tell("Region", told(&["cloud.availability_zone", "cloud.region"]));
    tell("Environment", told(&["deployment.environment.name", "deployment.environment"]));
    let uptime = only(&facts.uptime).and_then(|course| course.summary.last);
    tell("Up for", uptime.map(|seconds| joined(words::duration(Some(seconds * 1000.0)))));
    let load = only(&facts.load).and_then(|course| course.summary.last);
    tell("Load, 1 min", load.map(|load| words::fixed(load, 2)));
    let last = [&facts.processor, &facts.memory_used, &facts.sent].into_iter().filter_map(only);
    let last = last.map(|course| course.summary.last_at).max();
    let last = last.and_then(chrono::DateTime::from_timestamp_millis);
    all.extend(last.map(|at| ("Last report".to_owned(), page.time(at))));
    all
}

fn worth_a_look(facts: &Facts) -> Option<Panel> {
    let item = |finding: &Finding| Item {
        icon: if finding.tone == Tone::Bad { "err" } else { "warn" }.to_owned(),
        tone: finding.tone,
        title: Text::default().strong(words::capital(&finding.what)),
        note: Text::new(finding.why.clone()),
        ..Item::default()
    };
    (!facts.findings.is_empty()).then(|| {
        Panel::new("look", "Worth a look")
            .unit(words::counted(facts.findings.len() as i64, "finding", "findings"))
            .part(Part::List(facts.findings.iter().map(item).collect()))
    })
}

fn newest_lines(page: &Page, facts: &Facts) -> Panel {
    let logs = page.to("/explore/logs").without_filters().with_filter(Filter::is("host", &facts.host)).href();
    let panel = Panel::new("lines", "Newest log lines").unit("of this machine").flush();
    if facts.lines.is_empty() {
        let why = format!(
            "What {} and its services write would be here. No line came from it in {}.",
            facts.host,
            page.range.label().to_lowercase()
        );
        let all = Link::new("Lines of all machines", page.to("/explore/logs").without_filters().href());
        return panel.part(empty_with("No log lines", why, all));
    }
    let shown = lines::Shown {
        lines: &facts.lines,
        raw: facts.raw,
        opened: None,
        at: page.to("/explore/logs").without_filters(),
    };
    panel.action(Link::new("All its lines", logs).icon("log")).part(Part::Table(lines::table(page, &shown)))
}
