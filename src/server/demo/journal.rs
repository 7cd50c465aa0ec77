//! Log lines on their way to the wire: those of requests, those of machines, and the marks of releases.

use super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::cluster::happenings;
use super::estate;
use super::machines;
use super::meter::{nanos, ticks};
use super::otlp::{self, text};
use super::random::{self, Dice};
use super::topology::{DATABASE, Instance, REPLICA, Role};
use super::trace::{Level, Line, Trace};
use super::world::World;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

/// Who writes: a copy of a service, a program of a machine, or a thing of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Writer {
    Service(Instance),
    Program(u8, &'static str),
    Gear(Gear),
}

/// A thing of the platform; the numbers are positions in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gear {
    Firewall,
    Tunnel(u8),
    Account(u8),
}

#[derive(Debug)]
pub struct Entry {
    pub at: u64,
    pub writer: Writer,
    pub record: LogRecord,
}

pub fn record(at: u64, level: Option<Level>, body: String, attributes: Vec<KeyValue>) -> LogRecord {
    LogRecord {
        time_unix_nano: at,
        observed_time_unix_nano: at,
        severity_number: level.map_or(0, |level| level as i32),
        severity_text: level.map_or("", Level::word).to_owned(),
        body: Some(otlp::body(body)),
        attributes,
        ..LogRecord::default()
    }
}

/// The lines of one request, while its spans are still drafts.
pub fn of_trace(trace: &mut Trace) -> Vec<Entry> {
    let lines = std::mem::take(&mut trace.lines);
    let id = super::trace::trace_id(trace.key);
    lines.into_iter().map(|line| of_line(trace, &id, line)).collect()
}

fn of_line(trace: &Trace, id: &[u8; 16], line: Line) -> Entry {
    let span = &trace.spans[line.span];
    let at = trace.nanos(span.from + line.after.max(0.0));
    let level = (!line.plain).then_some(line.level);
    let mut record = record(at, level, line.body, line.attributes);
    if !line.plain {
        record.trace_id = id.to_vec();
        record.span_id = trace.span_id(line.span).to_vec();
        record.flags = 1;
    }
    Entry { at, writer: Writer::Service(span.instance), record }
}

/// Everything that is written without a request, in [from, to).
pub fn of_machines(world: &World, from: i64, to: i64) -> Vec<Entry> {
    let wanted = nanos(from)..nanos(to);
    // Some lines are written a little after the tick that brings them.
    let from = from - 3 * MINUTE;
    let mut entries = Vec::new();
    for host in 0..world.topology.machines.len() as u8 {
        daily_life(world, host, from, to, &mut entries);
    }
    for role in Role::ALL {
        for host in world.topology.hosts(role) {
            for at in ticks(from, to, 900, 5 + i64::from(*host)) {
                let instance = world.topology.instance_on(role, *host, at);
                say(&mut entries, Writer::Service(instance), at, Level::Debug, "health check ok".to_owned());
            }
        }
    }
    doors(world, from, to, &mut entries);
    entries.extend(estate::gate(world, from, to));
    entries.extend(estate::turns(world, from, to));
    entries.extend(happenings::entries(world, from, to));
    releases(world, from, to, &mut entries);
    troubles(world, from, to, &mut entries);
    entries.retain(|entry| wanted.contains(&entry.at));
    entries
}

fn say(entries: &mut Vec<Entry>, writer: Writer, at: i64, level: Level, line: String) {
    entries.push(Entry { at: nanos(at), writer, record: record(nanos(at), Some(level), line, Vec::new()) });
}

fn daily_life(world: &World, host: u8, from: i64, to: i64, entries: &mut Vec<Entry>) {
    let machine = world.topology.machine(host);
    let name = machine.name.as_str();
    for at in ticks(from, to, 3_600, 300 + i64::from(host) * 11).filter(|at| world.troubles.reports(host, *at)) {
        let now = machines::reading(world, host, at);
        let (cpu, memory) = (now.cpu * 100.0, now.memory * 100.0);
        let line =
            format!("{name}: CPU utilization {cpu:.0}%, Memory {memory:.0}%, Disk I/O {:.0} IOPS", now.operations);
        say(entries, Writer::Program(host, "vm-agent"), at, Level::Info, line);
        if now.disk > 0.8 {
            let line = format!(
                "filesystem / is {:.1} % full ({:.0} of {:.0} GiB)",
                now.disk * 100.0,
                machine.disk_gib * now.disk,
                machine.disk_gib
            );
            say(entries, Writer::Program(host, "systemd"), at + 900, Level::Warn, line);
        }
    }
    const ROUTINE: [(&str, &str); 6] = [
        ("systemd", "logrotate.service: Deactivated successfully."),
        ("systemd", "Started Daily apt download activities."),
        ("cron", "(root) CMD (run-parts --report /etc/cron.hourly)"),
        ("chronyd", "Selected source ntp-2.fernhill.example"),
        ("otel-agent", "exporter queue 3 % full, 0 dropped"),
        ("systemd", "Finished Rotate log files."),
    ];
    for at in ticks(from, to, 2_400, i64::from(host) * 97) {
        let mut dice = Dice::of(&[world.seed, 91, u64::from(host), at as u64]);
        let (program, line) = *dice.pick(&ROUTINE);
        let at = at + dice.below(300) as i64;
        if world.troubles.reports(host, at) {
            say(entries, Writer::Program(host, program), at, Level::Info, line.to_owned());
        }
    }
    backups(world, host, from, to, entries);
    if name == DATABASE || name == REPLICA {
        for at in ticks(from, to, 900, 420) {
            let mut dice = Dice::of(&[world.seed, 90, u64::from(host), at as u64]);
            let buffers = 900 + dice.below(4_200);
            let line = format!("checkpoint complete: wrote {buffers} buffers ({:.1}%)", buffers as f64 / 520.0);
            say(entries, Writer::Program(host, "postgresql"), at, Level::Info, line);
        }
    }
}

/// Of the nightly backup: how much, how long, and how often the storage asked to wait.
fn backups(world: &World, host: u8, from: i64, to: i64, entries: &mut Vec<Entry>) {
    if world.topology.machine(host).name != DATABASE {
        return;
    }
    for (account, night) in
        world.scenario.storage.iter().filter_map(|account| Some((account, account.nightly.as_ref()?)))
    {
        for day in (from - DAY).div_euclid(DAY)..=to.div_euclid(DAY) {
            let mut dice = Dice::of(&[world.seed, 89, random::name(&account.account), day as u64]);
            let start = day * DAY + night.hour * HOUR + 30 * SECOND;
            let end = start + night.minutes * MINUTE + dice.below(240_000) as i64;
            let writer = Writer::Program(host, "pgbackrest");
            let name = &account.account;
            say(entries, writer, start, Level::Info, format!("backup of shop to {name} begins"));
            let writes = night.writes * night.minutes as f64 * 60.0;
            let retries = (writes * (night.throttled + night.busy)).round();
            let line = format!("{name} answered 503 ServerBusy, block is sent again in 800 ms");
            say(entries, writer, start + 9 * MINUTE + dice.below(600_000) as i64, Level::Warn, line);
            let gigabytes = writes * account.write_kb / 1_048_576.0;
            let line = format!("backup of shop completed: {gigabytes:.1} GB, {retries:.0} blocks sent again");
            say(entries, writer, end, Level::Info, line);
        }
    }
}

/// Who knocks at the machines, and who is let in.
fn doors(world: &World, from: i64, to: i64, entries: &mut Vec<Entry>) {
    let addresses = &world.scenario.canaries.addresses;
    let web = world.topology.hosts(Role::Web);
    for at in ticks(from, to, 420, 0) {
        let mut dice = Dice::of(&[world.seed, 92, at as u64]);
        let host = *dice.pick(web);
        let address = dice.pick(addresses).as_str();
        let port = 20_000 + dice.below(40_000);
        let at = at + dice.below(140_000) as i64;
        let (level, line) = if dice.chance(0.79) {
            (Level::Warn, format!("Failed password for invalid user admin from {address} port {port} ssh2"))
        } else {
            (Level::Info, format!("Accepted publickey for deploy from {address} port {port} ssh2"))
        };
        say(entries, Writer::Program(host, "sshd"), at, level, line);
    }
}

/// Marks of the application's life: events by their name, readable as lines.
fn releases(world: &World, from: i64, to: i64, entries: &mut Vec<Entry>) {
    for release in &world.scenario.releases {
        let deployed = world.end - release.before_end * MINUTE;
        if !(from - HOUR..to).contains(&deployed) {
            continue;
        }
        let Some(role) = Role::named(&release.service) else { continue };
        for (number, host) in world.topology.hosts(role).iter().enumerate() {
            let name = &world.topology.machine(*host).name;
            if !release.hosts.is_empty() && !release.hosts.contains(name) {
                continue;
            }
            let at = deployed + number as i64 * 20 * SECOND;
            let writer = Writer::Service(world.topology.instance_on(role, *host, at.max(deployed)));
            let version = &release.version;
            let mark = |at: i64, event: &str, line: String, attributes: Vec<KeyValue>| {
                let mut record = record(nanos(at), Some(Level::Info), line, attributes);
                record.event_name = event.to_owned();
                Entry { at: nanos(at), writer, record }
            };
            let marks = [
                mark(at, "service.started", format!("{} {version} started on {name}", release.service), vec![]),
                mark(
                    at + 8 * SECOND,
                    "deployment.completed",
                    format!("deployment of {} {version} completed: {}", release.service, release.note),
                    vec![text("deployment.name", release.service.as_str()), text("deployment.status", "succeeded")],
                ),
            ];
            entries.extend(marks);
            let sizes = world
                .troubles
                .pools
                .iter()
                .find(|pool| pool.role == role)
                .map(|pool| (pool.size(deployed - SECOND), pool.size(deployed + MINUTE)));
            if let Some((before, after)) = sizes.filter(|(before, after)| before != after) {
                let line = format!("configuration changed: pool payments_rw maximum {before} -> {after} connections");
                entries.push(mark(at + 9 * SECOND, "config.changed", line, vec![text("config.key", "pool.maximum")]));
            }
        }
    }
}

fn troubles(world: &World, from: i64, to: i64, entries: &mut Vec<Entry>) {
    for leak in &world.troubles.leaks {
        for at in ticks(from.max(leak.from), to, 420, 0) {
            let strength = leak.strength(at);
            let writer = Writer::Service(world.topology.instance_on(leak.role, leak.host, at));
            let mut dice = Dice::of(&[world.seed, 94, at as u64]);
            if dice.chance(1.6 * strength) {
                let pause = dice.around(90.0, 0.4) * (1.0 + 11.0 * strength);
                let held = leak.free_gib - leak.free(at) + 2.0;
                let line = format!("gc pause of {pause:.0} ms (mark-compact), heap {held:.1} of 12.0 GiB");
                say(entries, writer, at + dice.below(300) as i64, Level::Warn, line);
            }
            if strength > 0.72 && dice.chance(0.8) {
                let line = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory (worker)";
                say(entries, writer, at + 2 * SECOND, Level::Fatal, line.to_owned());
            }
        }
        let first = leak.kills(from.max(leak.from) - 1);
        for number in (first + 1).max(1)..=leak.kills(to - 1) {
            killed(world, leak, leak.kill_at(number), entries);
        }
    }
    for noise in &world.troubles.noises {
        for at in ticks(from.max(noise.from), to.min(noise.to), 120, 10) {
            let mut dice = Dice::of(&[world.seed, 88, u64::from(noise.host), at as u64]);
            let waiting = 74.0 * noise.strength(at) * dice.between(0.85, 1.15);
            if waiting > 10.0 {
                let line = format!("cpu pressure some avg60={waiting:.2}, largest consumer {}", noise.job);
                say(entries, Writer::Program(noise.host, "kubelet"), at, Level::Warn, line);
            }
        }
    }
    for slow in &world.troubles.slow {
        for at in ticks(from.max(slow.from), to.min(slow.to), 40, 0) {
            let mut dice = Dice::of(&[world.seed, 95, at as u64]);
            if dice.chance(slow.strength(at)) {
                let lasts = dice.around(3_900.0, 0.25).min(5_000.0);
                let writer = Writer::Program(slow.host, "postgresql");
                let line =
                    format!("duration: {lasts:.0} ms  statement: {} (seq scan on price_list, 2.1 M rows)", slow.query);
                say(entries, writer, at, Level::Warn, line);
                if dice.chance(0.3) {
                    let line = "canceling statement due to statement timeout".to_owned();
                    say(entries, writer, at + 700, Level::Error, line);
                }
            }
        }
    }
}

/// The end of a process, as the kernel, systemd, Kubernetes and the next process tell it.
fn killed(world: &World, leak: &super::incidents::Leak, at: i64, entries: &mut Vec<Entry>) {
    let service = world.topology.service(leak.role);
    let kernel =
        format!("Out of memory: Killed process 4121 ({}) total-vm:15102924kB, anon-rss:12411780kB", service.process);
    say(entries, Writer::Program(leak.host, "kernel"), at, Level::Error, kernel);
    let instance = world.topology.instance_on(leak.role, leak.host, at);
    let pod = otlp::pod(&world.topology, instance);
    let line = format!("Container {} in pod {pod} terminated: OOMKilled (exit code 137), restarting", service.name);
    say(entries, Writer::Program(leak.host, "kubelet"), at, Level::Warn, line);
    let line = format!("{} {} started", service.name, world.topology.version(instance));
    let mut started = record(nanos(at), Some(Level::Info), line, vec![]);
    started.event_name = "service.started".to_owned();
    entries.push(Entry { at: nanos(at), writer: Writer::Service(instance), record: started });
}

/// Sorted, cut to size, grouped by writer.
pub fn requests(world: &World, mut entries: Vec<Entry>) -> Vec<ExportLogsServiceRequest> {
    entries.sort_by_key(|entry| (entry.at, entry.writer));
    let runs = otlp::cut(entries, |entry| entry.record.encoded_len() + 24, |_| 1);
    runs.into_iter().map(|run| request(world, run)).collect()
}

fn request(world: &World, run: Vec<Entry>) -> ExportLogsServiceRequest {
    let mut groups: Vec<(Writer, Vec<LogRecord>)> = Vec::new();
    for entry in run {
        match groups.iter_mut().find(|(writer, _)| *writer == entry.writer) {
            Some((_, records)) => records.push(entry.record),
            None => groups.push((entry.writer, vec![entry.record])),
        }
    }
    let encode = |(writer, log_records): (Writer, Vec<LogRecord>)| ResourceLogs {
        resource: Some(written_by(world, writer)),
        scope_logs: vec![ScopeLogs { scope: Some(otlp::scope("logs")), log_records, ..ScopeLogs::default() }],
        ..ResourceLogs::default()
    };
    ExportLogsServiceRequest { resource_logs: groups.into_iter().map(encode).collect() }
}

fn written_by(world: &World, writer: Writer) -> Resource {
    let network = &world.scenario.network;
    let gear = |name: &str, kind: &str| {
        otlp::resource(vec![
            text("service.name", name),
            text(
                "cloud.resource_id",
                format!("/resourceGroups/{}/{kind}/{name}", world.scenario.company.resource_group),
            ),
            text("cloud.region", world.scenario.company.region.as_str()),
        ])
    };
    match writer {
        Writer::Gear(Gear::Firewall) => gear(&network.firewall, "azureFirewalls"),
        Writer::Gear(Gear::Tunnel(at)) => gear(&network.tunnels[at as usize].name, "virtualNetworkGateways"),
        Writer::Gear(Gear::Account(at)) => gear(&world.scenario.storage[at as usize].account, "storageAccounts"),
        Writer::Service(instance) => otlp::service_resource(world, instance),
        Writer::Program(host, program) => {
            let mut resource = otlp::host_resource(world, host);
            resource.attributes.truncate(1);
            resource.attributes.push(text("service.name", program));
            resource
        }
    }
}
