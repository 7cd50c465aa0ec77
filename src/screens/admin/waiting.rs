//! What waits for somebody who administers, and what the machine is busy with.

use crate::charts::{Hue, InlineBar};
use crate::page::Page;
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{Cell, Column, Item, Link, Panel, Part, Row, Table, Text, Tone};
use parallax_server::admin::health::{Health, SlowRow};
use parallax_server::erasure::request::{self, Tally};
use parallax_server::retention::change::{self, Change};
use parallax_server::retention::rule::name_of;
use parallax_server::retention::watch;

pub struct Waiting {
    pub requests: Tally,
    pub changes: Vec<Change>,
    pub fields: i64,
    /// Holds whose review is due.
    pub holds: i64,
    pub missing_run: Option<parallax_domain::Instant>,
}

impl Waiting {
    pub async fn of(page: &Page) -> Result<Waiting, Problem> {
        let (machine, project) = (&page.machine, page.project.id);
        let away = |_| Problem::unavailable("The runs of retention cannot be read right now.");
        let (fields, holds) = parallax_server::admin::health::decisions(machine, project, page.now).await?;
        Ok(Waiting {
            requests: request::tally(machine, project).await?,
            changes: change::open(machine, project).await?,
            fields,
            holds,
            missing_run: watch::missing_since(&machine.database, page.now).await.map_err(away)?,
        })
    }

    pub fn count(&self) -> i64 {
        self.requests.open
            + self.changes.len() as i64
            + i64::from(self.fields > 0)
            + self.holds
            + i64::from(self.missing_run.is_some())
    }
}

pub fn panel(page: &Page, waiting: &Waiting) -> Panel {
    let mut items = Vec::new();
    let mut push = |icon: &str, tone: Tone, title: String, note: String, path: &str| {
        items.push(Item {
            icon: icon.to_owned(),
            tone,
            title: Text::new(title),
            note: Text::new(note),
            href: Some(page.to(path).href()),
            ..Item::default()
        });
    };
    if let Some(since) = waiting.missing_run {
        let note = "the run is due every hour; look into the server's log".to_owned();
        push("err", Tone::Bad, format!("Nothing deleted since {}", page.moment(since)), note, "/admin/retention");
    }
    if waiting.requests.open > 0 {
        let tone = if waiting.requests.late > 0 { Tone::Bad } else { Tone::Neutral };
        let note = match waiting.requests.late {
            0 => "an answer is due within a month".to_owned(),
            late => format!("{late} overdue"),
        };
        let title = words::counted(waiting.requests.open, "request of a person", "requests of people");
        push("users", tone, title, note, "/admin/requests");
    }
    for change in &waiting.changes {
        let note = if change.state == "waiting" {
            format!("asked by {}; another admin has to agree", change.asked_by)
        } else {
            format!("carried out on {}; can be taken back until then", page.moment(change.effective_at))
        };
        let title = format!("{} to {} days", name_of(&change.signal), change.days_to);
        push("clock", Tone::Neutral, title, note, "/admin/retention");
    }
    if waiting.holds > 0 {
        push(
            "lock",
            Tone::Warn,
            words::counted(waiting.holds, "hold", "holds"),
            "review is due".to_owned(),
            "/admin/retention",
        );
    }
    if waiting.fields > 0 {
        let note = "decide whether their values are kept".to_owned();
        push(
            "shield",
            Tone::Neutral,
            words::counted(waiting.fields, "undeclared field", "undeclared fields"),
            note,
            "/admin/privacy",
        );
    }
    let panel = Panel::new("waiting", "Waits for you").unit(page.project.name.clone());
    if items.is_empty() {
        return panel.summary("Nothing waits for a decision.");
    }
    panel.part(Part::List(items))
}

/// What the database and the questions take.
pub fn machine(health: &Health) -> Panel {
    let share = |used: i64, of: i64| if of > 0 { used as f64 / of as f64 } else { 0.0 };
    let bar = |used: i64, of: i64| InlineBar::new(Some(share(used, of).min(1.0)), Hue::Ink).draw();
    let mut rows = vec![
        Row::new(vec![
            Cell::new("Connections").sub(format!("{} at work", health.active)),
            Cell::drawn(bar(health.connections, health.most_connections)),
            Cell::new(format!("{} of {}", health.connections, health.most_connections)),
        ]),
        Row::new(vec![
            Cell::new("Tables of days").sub(format!("made {} days ahead", health.days_ahead)),
            Cell::default(),
            Cell::new(words::count_full(Some(health.tables as f64))),
        ]),
        Row::new(vec![
            Cell::new("Database").sub("every project, indexes included"),
            Cell::default(),
            Cell::new(words::bytes_full(Some(health.bytes as f64))),
        ]),
    ];
    if let Some((free, whole)) = health.disk {
        let (free, whole) = (free as i64, whole as i64);
        rows.push(Row::new(vec![
            Cell::new("Disk").sub("of the data folder"),
            Cell::drawn(bar(whole - free, whole)),
            Cell::new(format!("{} free", words::bytes_full(Some(free as f64)))).tone(if share(free, whole) < 0.1 {
                Tone::Bad
            } else {
                Tone::Neutral
            }),
        ]));
    }
    rows.push(Row::new(vec![
        Cell::new("Longest statement").sub("running now"),
        Cell::default(),
        Cell::new(words::duration_full(health.longest_ms)).tone(if health.longest_ms.is_some_and(|ms| ms > 10_000.0) {
            Tone::Warn
        } else {
            Tone::Neutral
        }),
    ]));
    let columns = vec![Column::words("What"), Column::words("").width(30), Column::figures("Now")];
    Panel::new("machine", "Database").unit("now").flush().part(Part::Table(Table {
        caption: "Database and disk".to_owned(),
        columns,
        rows,
        ..Table::default()
    }))
}

/// Pages, questions and doors that took longest, from own telemetry.
pub fn slow(page: &Page, rows: Option<&[SlowRow]>) -> Panel {
    let panel = Panel::new("slow", "Slow questions")
        .unit(format!("95 of 100 are faster, {}", page.range.label().to_lowercase()))
        .flush();
    let Some(rows) = rows.filter(|rows| !rows.is_empty()) else {
        return panel.part(crate::parts::empty(
            "Not known",
            "Own telemetry tells how long every page and question takes; none was recorded in this time.",
        ));
    };
    let high = rows.iter().map(|row| row.p95_ms).fold(0.0, f64::max).max(1.0);
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                Cell::code(row.operation.clone()).sub(words::counted(row.count as i64, "time", "times")),
                Cell::drawn(InlineBar::new(Some(row.p95_ms / high), Hue::Ink).draw()),
                Cell::new(words::duration_full(Some(row.p95_ms))),
            ])
        })
        .collect();
    let columns = vec![Column::words("What was asked"), Column::words("").width(24), Column::figures("p95")];
    panel
        .part(Part::Table(Table { caption: "Slow questions".to_owned(), columns, rows: lines, ..Table::default() }))
        .action(Link::new("All", format!("/engineering/services?project={}", rows[0].project)))
}
