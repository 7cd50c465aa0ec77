//! The personal page: what is recorded about whoever came in with a signed link or a receipt, and what they decide about
//! it. Nothing on it needs scripts or an account.

mod choices;
mod door;
mod mine;
mod rights;

use super::Guest;
use super::transparency::improvements;
use crate::words;
use chrono::{Days, NaiveDateTime};
use chrono_tz::Tz;
use parallax_domain::screen::{Banner, Form, Item, Panel, Part, Screen, Text, Tone};
use parallax_domain::{Address, Category, Instant, Problem};
use parallax_server::Machine;
use parallax_server::centre::Visit;
use parallax_server::centre::choice::{self, Decision};
use parallax_server::centre::entries::{self, Tally};
use parallax_server::erasure::Scope;
use parallax_server::erasure::request::{self, RequestRow};
use parallax_server::identity::projects::{self, ProjectRow};
use parallax_server::transparency::{self, Public, improvement};
use std::sync::Arc;

/// Days of which it is told what the data of a category improved.
const IMPROVED: u64 = 90;

/// Everything the page says of one person.
struct Facts {
    project: ProjectRow,
    zone: Tz,
    now: Instant,
    visit: Visit,
    scope: Option<Scope>,
    public: Public,
    history: Vec<Decision>,
    tally: Tally,
    request: Option<RequestRow>,
}

impl Facts {
    fn wall(&self, at: Instant) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    fn day(&self, at: Instant) -> String {
        self.wall(at).format("%-d %b %Y").to_string()
    }

    /// Whether a category is collected: it is until somebody says no.
    fn shares(&self, category: Category) -> Option<bool> {
        choice::in_force(&self.history, category, self.now)
    }
}

pub async fn compose(machine: &Arc<Machine>, address: &Address, guest: &Guest) -> Result<Screen, Problem> {
    let Some(visit) = guest.visit.clone() else { return Ok(door::page(address)) };
    let facts = facts(machine, visit).await?;
    let mut screen = Screen::new("What is recorded about you");
    screen.lede = lede(&facts);
    let banners = banners(&facts, guest);
    screen.parts.extend(banners.into_iter().map(Part::Banner));
    screen.parts.extend(facts.request.as_ref().map(|row| rights::request(&facts, row).into()));
    screen.parts.push(Part::Section {
        title: "Your choices".to_owned(),
        note: "Each switch works on its own. A change holds within a minute, for everything that arrives afterwards."
            .to_owned(),
    });
    screen.parts.push(Part::Drawing(choices::form(&facts)));
    screen.parts.push(mine::panel(machine, address, &facts).await?.into());
    screen.parts.push(Part::Grid(vec![(6, rights::erase(&facts).into()), (6, rights::object(&facts).into())]));
    screen.parts.push(Part::Section { title: "What your data improved".to_owned(), note: String::new() });
    screen.parts.push(improved_by(machine, &facts).await?.into());
    screen.parts.push(improvements(&facts.public.improvements));
    screen.parts.push(Part::Grid(vec![(7, rights::history(&facts).into()), (5, rights::unfound().into())]));
    screen.parts.push(Part::Form(leave()));
    Ok(screen)
}

async fn facts(machine: &Arc<Machine>, visit: Visit) -> Result<Facts, Problem> {
    let all = projects::list(&machine.database).await?;
    let project = all.into_iter().find(|one| one.id == visit.project).ok_or_else(|| Problem::not_found("project"))?;
    let scope = visit.scope(machine).await?;
    let references = scope.as_ref().map_or_else(|| vec![visit.reference], |scope| scope.references.clone());
    let tally = match &scope {
        Some(scope) => entries::tally(machine, scope).await?,
        None => Tally::default(),
    };
    let request = match visit.request {
        Some(id) => request::find(machine, visit.project, id).await?,
        None => None,
    };
    Ok(Facts {
        zone: project.zone.parse().unwrap_or(Tz::UTC),
        now: machine.clock.now(),
        history: choice::history(machine, visit.project, &references).await?,
        public: transparency::of_project(machine, visit.project).await?,
        project,
        scope,
        tally,
        request,
        visit,
    })
}

fn lede(facts: &Facts) -> Text {
    let name = facts.project.name.as_str();
    let Some(scope) = &facts.scope else {
        return Text::new(format!("Nothing is recorded about you in {name}. "));
    };
    let short: String = scope.name().chars().take(10).collect();
    let text =
        Text::default().strong(words::counted(facts.tally.all(), "entry", "entries")).plain(format!(" in {name}"));
    let text = match facts.tally.oldest {
        Some(oldest) => text.plain(format!(", the oldest of {}", facts.day(oldest))),
        None => text,
    };
    let whose =
        if facts.visit.alone { "of this device, under the number " } else { "of all your devices, under the number " };
    text.plain(", ").plain(whose).code(format!("{short}…")).plain(". No name stands beside it.")
}

fn banners(facts: &Facts, guest: &Guest) -> Vec<Banner> {
    let mut banners = Vec::new();
    let refused: Vec<&str> =
        Category::ALL.into_iter().filter(|one| guest.header.refuses(*one)).map(Category::word).collect();
    if !refused.is_empty() {
        let text = Text::new("Your browser sends ").strong("Global Privacy Control").plain(format!(
            " or Do Not Track. It counts as a no for {}, whatever the switches say.",
            refused.join(", ")
        ));
        banners.push(Banner { tone: Tone::Accent, text, action: None });
    }
    let until = facts.wall(facts.visit.expires_at);
    let text = Text::new(format!(
        "This page closes at {} ({}). Nobody else sees it.",
        words::clock(until),
        facts.project.zone
    ));
    banners.push(Banner { text, ..Banner::default() });
    banners
}

/// Per category of which something is recorded: how much, and what such data was evidence in.
async fn improved_by(machine: &Machine, facts: &Facts) -> Result<Panel, Problem> {
    let since = facts.now.date_naive().checked_sub_days(Days::new(IMPROVED)).unwrap_or_default();
    let tally = improvement::tally(&machine.database, facts.project.id, since).await?;
    let item = |category: &Category, entries: i64| {
        let of = tally.iter().find(|(of, ..)| *of == Some(*category as i16));
        let (fixes, releases) = of.map_or((0, 0), |(_, fixes, releases)| (*fixes, *releases));
        let note = match (fixes, releases) {
            (0, _) => format!("no improvement of the last {IMPROVED} days is written down for this category"),
            (fixes, 0) => {
                format!("evidence in {} in {IMPROVED} days", words::counted(fixes, "improvement", "improvements"))
            }
            (fixes, releases) => format!(
                "evidence in {} in {IMPROVED} days, with {}",
                words::counted(fixes, "improvement", "improvements"),
                words::counted(releases, "release", "releases")
            ),
        };
        Item {
            icon: "event".to_owned(),
            title: Text::new(format!("{}, ", words::capital(category.word()))).soft(words::counted(
                entries,
                "entry of yours",
                "entries of yours",
            )),
            note: Text::new(note),
            ..Item::default()
        }
    };
    let items: Vec<Item> = facts.tally.categories.iter().map(|(category, entries)| item(category, *entries)).collect();
    let panel = Panel::new("evidence", "By category")
        .foot("one entry alone proves nothing: improvements rest on what many people shared");
    if items.is_empty() {
        return Ok(panel
            .summary("Nothing is recorded about you, so nothing rests on you. Below is what others made possible."));
    }
    Ok(panel.part(Part::List(items)))
}

fn leave() -> Form {
    Form {
        id: "leave".to_owned(),
        action: "/fn/privacy/leave".to_owned(),
        submit: "Close this page for good".to_owned(),
        ..Form::default()
    }
}
