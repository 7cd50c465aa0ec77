//! First steps: what arrives, which areas it fills, what people decide, what brings it together.

mod areas;
mod collect;
mod demo;
mod senders;
mod snippets;

use crate::charts::{Hue, InlineBar};
use crate::forms;
use crate::page::Page;
use crate::words;
use chrono::TimeDelta;
use parallax_domain::screen::{Link, Part, Screen, Stat, Stats, Text};
use parallax_domain::{Instant, Period, Permission, Problem, Signal};
use parallax_server::admin::place;
use parallax_server::demo::load::{self, State};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind as Rolled;
use parallax_server::store::question::arrivals::Arrival;
use parallax_server::store::question::requests::CellFilter;
use parallax_server::store::question::sharing::Sharing;
use std::collections::{BTreeMap, BTreeSet};

/// One of the five kinds of telemetry, as the checklist has them.
pub struct Kind {
    pub name: &'static str,
    pub what: &'static str,
    pub icon: &'static str,
    /// The lines that bring it.
    pub tab: &'static str,
    pub hint: &'static str,
    pub stored: Option<i64>,
    pub course: Vec<i64>,
    pub first: Option<Instant>,
    pub last: Option<Instant>,
}

impl Kind {
    pub fn arrived(&self) -> bool {
        self.last.is_some()
    }
}

/// Everything the checklist is made of.
pub struct Facts {
    pub kinds: Vec<Kind>,
    pub metrics: BTreeSet<String>,
    pub services: BTreeSet<String>,
    pub events: BTreeSet<String>,
    pub deployments_told: usize,
    pub traced_lines: bool,
    pub known_people: bool,
    pub sharing: Vec<Sharing>,
    /// Answers for entries of the catalogue that name nobody.
    pub owner: String,
    pub fields_waiting: usize,
    pub rules_set: usize,
    pub demo: Option<State>,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let facts = facts(page).await?;
    let areas = areas::of(&facts);
    let privacy = areas::privacy(page, &facts);
    let links = areas::together(&facts);
    let mut screen = page.screen("First steps");
    screen.crumbs = page.crumbs("First steps", "/start");
    screen.refresh = Some(if facts.demo.as_ref().is_some_and(State::is_loading) { 3 } else { 15 });
    screen.lede = lede(&facts);
    screen.actions.push(Link::new("Skip to Health", page.to("/engineering").href()));
    let arrived = facts.kinds.iter().filter(|kind| kind.arrived()).count();
    let ready = areas.iter().filter(|area| area.is_ready()).count();
    let steps = vec![
        step(1, "What to collect", arrived, facts.kinds.len(), "data types arrive"),
        step(2, "What you want to know", ready, areas.len(), "areas are filled"),
        step(3, "What people decide", areas::holding(&privacy), privacy.len(), "choices are settled"),
        step(4, "Bring it together", areas::holding(&links), links.len(), "links hold"),
    ];
    screen.parts = forms::secrets(page, place::START);
    screen.parts.push(Part::Stats(Stats { label: "Four steps".to_owned(), cards: steps }));
    let demo = demo::panel(page, &facts);
    let own = collect::own_machine(page).await?;
    screen.parts.push(Part::Grid(vec![
        (8, Part::Grid(vec![(12, collect::panel(page, &facts).into()), (12, snippets::panel(page).into())])),
        (4, Part::Grid(vec![(12, own.into()), (12, demo.into())])),
        (6, areas::panel(page, &areas).into()),
        (6, areas::checks("step-3", "What people decide", "set before the first person arrives", privacy).into()),
        (
            8,
            areas::checks("step-4", "Bring it together", "what turns five signals into one story", links)
                .part(snippets::deployment(page))
                .into(),
        ),
        (4, snippets::address(page).into()),
    ]));
    Ok(screen)
}

/// A step with how far it has come; the figure leads to its panel.
fn step(number: u8, name: &str, done: usize, all: usize, what: &str) -> Stat {
    let share = if all == 0 { 0.0 } else { done as f64 / all as f64 };
    Stat {
        id: format!("to-step-{number}"),
        name: format!("{number} {name}"),
        value: done.to_string(),
        unit: format!("of {all}"),
        spark: InlineBar::new(Some(share), if done == all { Hue::Ink } else { Hue::S1 }).draw(),
        foot: Text::new(what),
        href: Some(format!("#step-{number}")),
        ..Stat::default()
    }
}

fn lede(facts: &Facts) -> Text {
    let arrived = facts.kinds.iter().filter(|kind| kind.arrived()).count();
    let missing: Vec<&str> = facts.kinds.iter().filter(|kind| !kind.arrived()).map(|kind| kind.name).collect();
    match (arrived, missing.as_slice()) {
        (0, _) => Text::default()
            .strong("Nothing has arrived yet.")
            .plain(" Paste the lines below into one service, or load the demo."),
        (_, []) => Text::default()
            .strong("All five data types")
            .plain(" arrive. What is left is to tell the product what belongs together."),
        (n, missing) => Text::default()
            .strong(format!("{n} of five data types"))
            .plain(" have arrived. Missing: ")
            .plain(missing.join(", ").to_lowercase())
            .plain("."),
    }
}

/// Senders of the operating system and of what runs containers: their lines are about machines.
const SYSTEM: [&str; 22] = [
    "kernel",
    "systemd",
    "systemd-journald",
    "sshd",
    "sudo",
    "cron",
    "crond",
    "chronyd",
    "ntpd",
    "dockerd",
    "containerd",
    "kubelet",
    "firewall",
    "ufw",
    "auditd",
    "rsyslogd",
    "postgresql",
    "nginx",
    "haproxy",
    "vm-agent",
    "otel-agent",
    "node-agent",
];

async fn facts(page: &mut Page) -> Result<Facts, Problem> {
    let machine = page.machine.clone();
    let store = &machine.store;
    let (period, buckets) = (page.period, page.buckets.clone());
    let arrivals = store.arrivals(&page.look, period, &buckets).await?;
    let quarter = Period { from: page.now - TimeDelta::days(90), to: page.now };
    let filter = CellFilter::default();
    let by_service = |words: &[Option<&str>; 4]| (words[0].map(str::to_owned), words[2].is_some());
    let lines = store.cells(&mut page.look, Rolled::Logs, period, &buckets, &filter, by_service).await?;
    let services: BTreeSet<String> = store
        .services(&mut page.look, period, &Buckets::whole(period)?)
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut logs: BTreeMap<bool, Vec<i64>> = BTreeMap::new();
    for ((service, versioned), cells) in &lines {
        let system = service.as_deref().is_none_or(|name| SYSTEM.contains(&name))
            && !versioned
            && service.as_ref().is_none_or(|name| !services.contains(name));
        let course = logs.entry(system).or_insert_with(|| vec![0; buckets.len()]);
        course.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell.count as i64);
    }
    let series = store.series(&mut page.look, None).await?;
    let since = page.now - TimeDelta::days(30);
    let names = store.event_names(&mut page.look, since).await?;
    let deployments = store.deployments(&mut page.look, quarter, 500).await?;
    let rules = parallax_server::admin::retention::in_force(&machine, page.project.id).await?;
    let fields = parallax_server::privacy::catalogue::list(&machine.database, page.project.id).await?;
    let links = store.links(&mut page.look).await?;
    Ok(Facts {
        kinds: kinds(&arrivals, &logs),
        metrics: series.into_iter().map(|series| series.name).collect(),
        services,
        events: names.into_iter().map(|name| name.name).collect(),
        deployments_told: deployments.iter().filter(|row| row.source == "told").count(),
        traced_lines: links.lines_with_trace,
        known_people: links.requests_with_person,
        sharing: store.sharing(&mut page.look).await?,
        owner: machine.store.privacy(page.project.id).await?.owner,
        fields_waiting: fields.iter().filter(|field| field.state == "proposed").count(),
        rules_set: rules.rules.iter().filter(|rule| rule.changed_by != "default").count(),
        demo: load::state(&machine).await?,
    })
}

fn kinds(arrivals: &[Arrival], logs: &BTreeMap<bool, Vec<i64>>) -> Vec<Kind> {
    let of = |signal: Signal| arrivals.iter().find(|arrival| arrival.signal == signal);
    let kind = |name, what, icon, tab, hint, signal: Signal| {
        let arrival = of(signal);
        Kind {
            name,
            what,
            icon,
            tab,
            hint,
            stored: arrival.map(|arrival| arrival.stored),
            course: arrival.map(|arrival| arrival.course.clone()).unwrap_or_default(),
            first: arrival.and_then(|arrival| arrival.first),
            last: arrival.and_then(|arrival| arrival.last),
        }
    };
    // Lines of both kinds come through the same door; which is which is known for the chosen time only.
    let lines = |name, what, hint, tab, system: bool| {
        let course = logs.get(&system).cloned().unwrap_or_default();
        let any = course.iter().sum::<i64>() > 0;
        let mut kind = kind(name, what, "log", tab, hint, Signal::Log);
        kind.stored = any.then(|| course.iter().sum());
        kind.first = kind.first.filter(|_| any);
        kind.last = kind.last.filter(|_| any);
        kind.course = course;
        kind
    };
    vec![
        lines(
            "Application logs",
            "level, service, message, trace",
            "Paste the lines for your language",
            "python",
            false,
        ),
        lines("Infrastructure logs", "system events, kernel, agents", "Let an agent send the journal", "agent", true),
        kind(
            "Metrics",
            "CPU, memory, disk, network, your own",
            "metric",
            "python",
            "Same lines, nothing more",
            Signal::Metric,
        ),
        kind(
            "Events",
            "what people do, with their consent",
            "event",
            "browser",
            "Send from your pages, or from a server",
            Signal::Event,
        ),
        kind(
            "Traces",
            "the way of a request, step by step",
            "trace",
            "python",
            "Same lines, nothing more",
            Signal::Span,
        ),
    ]
}

fn hue(arrived: bool) -> Hue {
    if arrived { Hue::S1 } else { Hue::Mute }
}

fn may_administer(page: &Page) -> bool {
    page.viewer.may(Permission::Administer)
}

fn share_words(done: usize, all: usize) -> String {
    format!("{} of {}", words::count_full(Some(done as f64)), all)
}
