//! How long things are kept: rules, what a change would do, changes that wait, holds, and proof of what was deleted.

mod changes;
mod effect;
mod holds;
mod proofs;
mod rules;

use crate::page::Page;
use crate::parts::joined;
use crate::words;
use chrono::NaiveDate;
use parallax_domain::Problem;
use parallax_domain::screen::{Banner, Part, Screen, Text, Tone};
use parallax_server::admin::retention::{self, Held, HoldLine, Proof};
use parallax_server::retention::change::{self, Change};
use parallax_server::retention::rule::Rules;
use parallax_server::retention::watch;
use std::collections::BTreeMap;

const PROOFS: i64 = 20;
const ENDED: i64 = 8;

/// Everything the page is made of, asked once.
struct Facts {
    rules: Rules,
    held: BTreeMap<String, Held>,
    open: Vec<Change>,
    ended: Vec<Change>,
    holds: Vec<HoldLine>,
    proofs: Vec<Proof>,
    last_run: Option<parallax_domain::Instant>,
    /// Since when a run is missing.
    missing: Option<parallax_domain::Instant>,
}

async fn facts(page: &Page) -> Result<Facts, Problem> {
    let (machine, project) = (&page.machine, page.project.id);
    let away = |_| Problem::unavailable("The runs of retention cannot be read right now.");
    Ok(Facts {
        rules: retention::in_force(machine, project).await?,
        held: retention::held(machine, project).await?,
        open: change::open(machine, project).await?,
        ended: change::ended(machine, project, ENDED).await?,
        holds: retention::holds(machine, project).await?,
        proofs: retention::proofs(machine, project, PROOFS).await?,
        last_run: watch::last_done(&machine.database).await.map_err(away)?.and_then(|run| run.ended_at),
        missing: watch::missing_since(&machine.database, page.now).await.map_err(away)?,
    })
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let facts = facts(page).await?;
    let asked = page.address.get("signal").map(str::to_owned).zip(page.address.number("days"));
    let preview = match asked {
        Some((word, days)) => {
            let days = i32::try_from(days).unwrap_or(0);
            Some(retention::preview(&page.machine, page.project.id, &word, days).await)
        }
        None => None,
    };
    let mut screen = super::screen(page, "Retention", lede(page, &facts));
    if let Some(since) = facts.missing {
        screen.parts.push(Part::Banner(Banner {
            tone: Tone::Bad,
            text: Text::default().strong(format!("Nothing has been deleted since {}. ", page.moment(since))).plain(
                "The run that deletes is due every hour and has not got through; the reason is in the server's log.",
            ),
            action: None,
        }));
    }
    let mut side: Vec<(u8, Part)> = Vec::new();
    match &preview {
        Some(Ok(preview)) => {
            side.push((12, effect::panel(page, &facts, preview).into()));
            side.push((12, effect::choose(page, &facts, None).into()));
        }
        Some(Err(problem)) => side.push((12, effect::choose(page, &facts, Some(problem)).into())),
        None => side.push((12, effect::choose(page, &facts, None).into())),
    }
    side.push((12, holds::panel(page, &facts).into()));
    let mut main: Vec<(u8, Part)> = Vec::new();
    if !facts.open.is_empty() {
        main.push((12, changes::waiting(page, &facts).into()));
    }
    main.push((12, rules::panel(page, &facts).into()));
    main.push((12, proofs::panel(page, &facts).into()));
    if !facts.ended.is_empty() {
        main.push((12, changes::ended(page, &facts).into()));
    }
    screen.parts.push(Part::Grid(vec![(8, Part::Grid(main)), (4, Part::Grid(side))]));
    Ok(screen)
}

fn lede(page: &Page, facts: &Facts) -> Text {
    let bytes: i64 = facts.held.values().map(|held| held.bytes).sum();
    let mut text = Text::default().strong(joined(words::bytes(Some(bytes as f64)))).plain(" are kept. ");
    text = match facts.open.len() {
        0 => text,
        n => text.strong(words::counted(n as i64, "change waits", "changes wait")).plain(". "),
    };
    text = match facts.holds.len() {
        0 => text,
        n => text.plain(format!("{} in force. ", words::counted(n as i64, "hold is", "holds are"))),
    };
    match facts.last_run {
        None => text.plain("The run that deletes has not run yet."),
        Some(at) => {
            text.plain(format!("The run that deletes got through {}, the next is due within the hour.", page.ago(at)))
        }
    }
}

fn date(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}
