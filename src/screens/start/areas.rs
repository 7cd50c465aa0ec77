//! Steps 2 to 4: which insight areas are filled, what people decide, what brings the signals together.

use super::Facts;
use crate::page::Page;
use crate::parts::joined;
use crate::words;
use parallax_domain::Category;
use parallax_domain::screen::{Cell, Column, Item, Panel, Part, Row, Table, Text, Tone};

/// One of the document's five insight areas, with what fills it.
pub struct Area {
    name: &'static str,
    what: &'static str,
    href: &'static str,
    /// What it needs, and whether that has arrived.
    needs: Vec<(&'static str, bool)>,
}

impl Area {
    pub fn is_ready(&self) -> bool {
        self.needs.iter().all(|(_, there)| *there)
    }

    fn is_begun(&self) -> bool {
        self.needs.iter().any(|(_, there)| *there)
    }
}

pub fn of(facts: &Facts) -> Vec<Area> {
    let metric =
        |prefixes: &[&str]| facts.metrics.iter().any(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)));
    let event = |names: &[&str]| facts.events.iter().any(|event| names.contains(&event.as_str()));
    vec![
        Area {
            name: "Application",
            what: "rates, errors, traces, people",
            href: "/engineering",
            needs: vec![
                ("server spans", !facts.services.is_empty()),
                ("page views", event(&["page_view"])),
                ("events", !facts.events.is_empty()),
            ],
        },
        Area {
            name: "Machines",
            what: "CPU, memory, disk, network, processes",
            href: "/engineering/machines",
            needs: vec![
                ("CPU", metric(&["system.cpu."])),
                ("memory", metric(&["system.memory."])),
                ("processes", metric(&["process."])),
            ],
        },
        Area {
            name: "Containers",
            what: "pods, restarts, limits",
            href: "/explore/metrics",
            needs: vec![
                ("containers", metric(&["container.", "k8s.container."])),
                ("pods or nodes", metric(&["k8s.pod.", "k8s.node."])),
            ],
        },
        Area {
            name: "Storage",
            what: "latency, throughput, days until full",
            href: "/engineering/machines",
            needs: vec![
                ("disks", metric(&["system.disk."])),
                ("capacity", metric(&["system.filesystem.", "storage."])),
            ],
        },
        Area {
            name: "Network",
            what: "traffic, loss, load balancers",
            href: "/engineering/machines",
            needs: vec![
                ("traffic", metric(&["system.network.", "network."])),
                (
                    "load balancer",
                    metric(&["lb.", "loadbalancer.", "haproxy.", "nginx.", "http.server.active_requests"]),
                ),
            ],
        },
    ]
}

pub fn panel(page: &Page, areas: &[Area]) -> Panel {
    let rows = areas
        .iter()
        .map(|area| {
            let missing: Vec<&str> = area.needs.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
            let state = match (area.is_ready(), area.is_begun()) {
                (true, _) => Text::default().badge("ready", Tone::Good),
                (false, true) => Text::default().badge("partly", Tone::Neutral),
                (false, false) => Text::default().badge("waits for data", Tone::Neutral),
            };
            let sub = if missing.is_empty() || !area.is_begun() {
                String::new()
            } else {
                format!("no {} yet", missing.join(", no "))
            };
            let name =
                if area.is_begun() { Cell::link(area.name, page.to(area.href).href()) } else { Cell::new(area.name) };
            Row::new(vec![name.sub(area.what), Cell::new(state).sub(sub)])
        })
        .collect();
    let ready = areas.iter().filter(|area| area.is_ready()).count();
    Panel::new("step-2", "2 What you want to know")
        .unit(super::share_words(ready, areas.len()))
        .summary("Each area fills by itself when its signals arrive. Nothing is shown before it can be filled.")
        .flush()
        .part(Part::Table(Table {
            caption: "Insight areas".to_owned(),
            columns: vec![Column::words("Area"), Column::figures("State")],
            rows,
            ..Table::default()
        }))
}

/// A line of the checklist.
pub struct Check {
    holds: bool,
    title: String,
    note: Text,
}

pub fn holding(checks: &[Check]) -> usize {
    checks.iter().filter(|check| check.holds).count()
}

pub fn privacy(page: &Page, facts: &Facts) -> Vec<Check> {
    let admin = super::may_administer(page);
    let link = |text: Text, label: &str, path: &str| {
        if admin { text.plain(" ").link(label, page.to(path).href()) } else { text }
    };
    let decided = facts.sharing.iter().find(|row| row.category == Category::Usage && row.decided() > 0);
    let waiting = facts.fields_waiting;
    vec![
        Check {
            holds: true,
            title: "Names, mail and card numbers are masked before storage".to_owned(),
            note: Text::new("always on, for every kind of data"),
        },
        Check {
            holds: true,
            title: "Global Privacy Control and Do Not Track count as a no".to_owned(),
            note: Text::new("unless the person later chose otherwise on purpose"),
        },
        Check {
            holds: waiting == 0,
            title: "Fields are declared".to_owned(),
            note: link(
                Text::new(match waiting {
                    0 => "none waits for a decision".to_owned(),
                    n => format!("{} for a decision", if n == 1 { "1 waits".to_owned() } else { format!("{n} wait") }),
                }),
                "Open the catalogue",
                "/admin/catalogue",
            ),
        },
        Check {
            holds: !facts.owner.is_empty(),
            title: "Somebody answers for what is collected".to_owned(),
            note: link(
                Text::new(match facts.owner.as_str() {
                    "" => "entries of the catalogue that name nobody have no owner".to_owned(),
                    owner => format!("{owner}, where an entry names nobody else"),
                }),
                "Open privacy",
                "/admin/privacy",
            ),
        },
        Check {
            holds: facts.rules_set > 0,
            title: "Times of keeping are chosen".to_owned(),
            note: link(
                Text::new(if facts.rules_set > 0 {
                    format!("{} set", words::counted(facts.rules_set as i64, "rule", "rules"))
                } else {
                    "defaults are in force".to_owned()
                }),
                "Open retention",
                "/admin/retention",
            ),
        },
        Check {
            holds: decided.is_some(),
            title: "People are asked".to_owned(),
            note: match decided {
                Some(row) => Text::new(format!(
                    "{} of {} share their usage",
                    joined(words::percent(row.share())),
                    words::counted(row.decided(), "decision", "decisions")
                )),
                None => {
                    link(Text::new("no decision was told over POST /api/v1/consent"), "Open consent", "/admin/consent")
                }
            },
        },
    ]
}

pub fn together(facts: &Facts) -> Vec<Check> {
    let services = facts.services.len() as i64;
    vec![
        Check {
            holds: services > 0,
            title: "Services have names".to_owned(),
            note: Text::new(if services > 0 {
                words::counted(services, "service answers requests", "services answer requests")
            } else {
                "service.name of the lines above".to_owned()
            }),
        },
        Check {
            holds: facts.traced_lines,
            title: "Log lines carry a trace id".to_owned(),
            note: Text::new(if facts.traced_lines {
                "lines and traces lead to each other"
            } else {
                "comes with the OpenTelemetry lines above"
            }),
        },
        Check {
            holds: facts.deployments_told > 0,
            title: "Deployments are told".to_owned(),
            note: Text::new(match facts.deployments_told {
                0 => "one call at the end of your pipeline, below".to_owned(),
                n => format!("{} in 90 days", words::counted(n as i64, "deployment", "deployments")),
            }),
        },
        Check {
            holds: facts.known_people,
            title: "A person is the same in browser and server".to_owned(),
            note: Text::new(if facts.known_people {
                "requests name the person who made them"
            } else {
                "set user.id on server spans to the id that events carry as user"
            }),
        },
    ]
}

pub fn checks(id: &str, title: &str, unit: &str, checks: Vec<Check>) -> Panel {
    let number = id.trim_start_matches("step-");
    let done = holding(&checks);
    let all = checks.len();
    let items = checks
        .into_iter()
        .map(|check| Item {
            icon: if check.holds { "check" } else { "clock" }.to_owned(),
            title: Text::new(check.title),
            note: check.note,
            end: Text::new(if check.holds { "" } else { "open" }),
            ..Item::default()
        })
        .collect();
    Panel::new(id, format!("{number} {title}"))
        .unit(super::share_words(done, all))
        .summary(format!("{}{}.", unit[..1].to_uppercase(), &unit[1..]))
        .part(Part::List(items))
}
