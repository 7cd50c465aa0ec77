//! One person: everything that is stored about them on one clock, then as a list. Every opening is written down.

mod entries;
mod side;

use super::short_person;
use crate::charts::{About, Entry, Hue, Person, RugLane, TimeLabel};
use crate::page::Page;
use crate::words::{self, Length};
use chrono::TimeDelta;
use parallax_domain::period::Range;
use parallax_domain::screen::{Banner, Empty, Link, Panel, Part, Screen, Text, Tone};
use parallax_domain::{Category, Instant, Period, Permission, Problem};
use parallax_server::admin;
use parallax_server::store::question::person::{
    DecisionRow, ErrorRow, EventRow, LineRow, PersonRow, RequestRow, WrittenRow,
};
use parallax_server::store::question::{person_id, person_reference};
use uuid::Uuid;

/// Rows of one kind that are read; more would not be looked at.
const MOST: i64 = 400;
/// Entries of the list, the newest.
const LISTED: usize = 150;
/// A request this slow (milliseconds) stands in the list.
const SLOW: f64 = 1_000.0;

/// Everything about the person in the page's period.
struct Facts {
    id: String,
    person: PersonRow,
    events: Vec<EventRow>,
    requests: Vec<RequestRow>,
    errors: Vec<ErrorRow>,
    lines: Vec<LineRow>,
    writings: Vec<WrittenRow>,
    decisions: Vec<DecisionRow>,
    properties: Vec<(String, serde_json::Value)>,
    groups: Vec<(String, String)>,
    last_seen: Option<Instant>,
}

pub async fn compose(page: &mut Page, id: &str) -> Result<Screen, Problem> {
    page.demand(Permission::ReadRawText)?;
    let reference = person_reference(id).ok_or_else(|| Problem::not_found("person"))?;
    let machine = page.machine.clone();
    let person = machine.store.person(&mut page.look, reference).await?.ok_or_else(|| Problem::not_found("person"))?;
    let id = person_id(person.reference);
    let period = format!("{} to {}", page.period.from.to_rfc3339(), page.period.to.to_rfc3339());
    admin::person::opened(&machine, &page.viewer, page.project.id, &id, &period).await?;
    let facts = facts(page, person, id).await?;
    let mut screen = page.screen(&format!("Person {}", short_person(&facts.id)));
    // Every reading is written down; a page that reads itself again would fill the log.
    screen.refresh = None;
    screen.heading = "One person, everything on one clock".to_owned();
    screen.crumbs = page.crumbs("Support", "/support");
    screen.crumbs.push(Link::new(short_person(&facts.id), String::new()));
    screen.lede = lede(page, &facts);
    screen.parts.push(Part::Banner(Banner {
        tone: Tone::Accent,
        text: Text::default().strong("This view is recorded. ").plain(format!(
            "{} opened {} at {}. Names, mail and card numbers were masked before they were stored.",
            page.viewer.name,
            short_person(&facts.id),
            words::clock(page.wall(page.now))
        )),
        action: page.viewer.may(Permission::Administer).then(|| Link::new("Audit log", page.to("/admin/audit").href())),
    }));
    screen.parts.extend(crate::forms::secrets(page, &admin::place::person(&facts.id)));
    screen.parts.push(Part::Grid(vec![(8, timeline(page, &facts).into()), (4, side::panel(page, &facts).into())]));
    Ok(screen)
}

async fn facts(page: &mut Page, person: PersonRow, id: String) -> Result<Facts, Problem> {
    let machine = page.machine.clone();
    let (store, period) = (&machine.store, page.period);
    let events = store.person_events(&mut page.look, &person, period, MOST).await?;
    let requests = store.person_requests(&mut page.look, &person, period, MOST).await?;
    let mut traces: Vec<Uuid> =
        requests.iter().map(|row| row.trace_id).chain(events.iter().filter_map(|row| row.trace_id)).collect();
    traces.sort_unstable();
    traces.dedup();
    let errors = store.person_errors(&mut page.look, &person, &traces, period, MOST).await?;
    let lines = store.person_lines(&mut page.look, &person, &traces, period, MOST).await?;
    let writings = store.person_writings(&mut page.look, &person, period).await?;
    let decisions = store.person_decisions(&mut page.look, &person).await?;
    let properties = store.person_properties(&mut page.look, &person).await?;
    let groups = store.person_groups(&mut page.look, &person).await?;
    let last_seen = store.person_last_seen(&mut page.look, &person).await?;
    Ok(Facts { id, person, events, requests, errors, lines, writings, decisions, properties, groups, last_seen })
}

impl Facts {
    /// What the person decided about a category, and since when. None: never asked.
    fn shares(&self, category: Category) -> Option<(bool, Instant)> {
        let mut state: Option<(bool, Instant)> = None;
        for decision in &self.decisions {
            let said = if decision.denied.contains(&category) {
                false
            } else if decision.granted.contains(&category) {
                true
            } else {
                continue;
            };
            if state.is_none_or(|(before, _)| before != said) {
                state = Some((said, decision.at));
            }
        }
        state
    }

    fn refused_since(&self, category: Category) -> Option<Instant> {
        self.shares(category).filter(|(shares, _)| !shares).map(|(_, at)| at)
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.requests.is_empty()
            && self.errors.is_empty()
            && self.lines.is_empty()
            && self.writings.is_empty()
    }

    fn is_slow(request: &RequestRow) -> bool {
        request.duration as f64 / 1e6 >= SLOW
    }

    fn moments(&self) -> impl Iterator<Item = Instant> {
        let written = self.writings.iter().flat_map(|row| [Some(row.at), row.answered_at, row.closed_at]).flatten();
        (self.events.iter().map(|row| row.at))
            .chain(self.requests.iter().map(|row| row.at))
            .chain(self.errors.iter().map(|row| row.at))
            .chain(self.lines.iter().map(|row| row.at))
            .chain(written)
    }
}

fn lede(page: &Page, facts: &Facts) -> Text {
    let failed = facts.requests.iter().filter(|row| row.error).count() as i64;
    let slow = facts.requests.iter().filter(|row| Facts::is_slow(row)).count() as i64;
    let mut text = if facts.is_empty() {
        Text::new("Nothing is stored about this person in this time.")
    } else if facts.errors.is_empty() && failed == 0 && slow == 0 {
        Text::new("No error and no slow request in this time, as far as shared data tells.")
    } else {
        let mut said = Vec::new();
        for (count, one, many) in [
            (facts.errors.len() as i64, "error", "errors"),
            (failed, "failed request", "failed requests"),
            (slow, "request over 1 s", "requests over 1 s"),
        ] {
            if count > 0 {
                said.push(words::counted(count, one, many));
            }
        }
        let newest = facts.errors.first().map(|row| crate::support::short(&row.title));
        let text = Text::default().strong(said.join(", ")).plain(" in this time");
        match newest {
            Some(title) => text.plain(", the last: ").code(title).plain("."),
            None => text.plain("."),
        }
    };
    if let Some(since) = facts.refused_since(Category::Usage) {
        text = text
            .plain(format!(" Usage is not shared since {}: what they did after it is not known.", page.moment(since)));
    }
    text
}

/// The stretch that the clock shows: from the first to the last moment, with a little air.
fn stretch(page: &Page, facts: &Facts) -> Period {
    let inside = |at: &Instant| page.period.contains(*at);
    let (first, last) = (facts.moments().filter(inside).min(), facts.moments().filter(inside).max());
    let (Some(first), Some(last)) = (first, last) else { return page.period };
    let refused = facts.decisions.iter().map(|decision| decision.at).filter(|at| page.period.contains(*at));
    let (first, last) = refused.fold((first, last), |(first, last), at| (first.min(at), last.max(at)));
    let air = ((last - first) / 20).max(TimeDelta::minutes(2));
    Period { from: (first - air).max(page.period.from), to: (last + air).min(page.period.to) }
}

fn timeline(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("timeline", "Timeline").unit(facts.id.clone());
    if facts.is_empty() && facts.decisions.is_empty() {
        return panel.part(Part::Empty(nothing(page, facts)));
    }
    let period = stretch(page, facts);
    let length = Length::Seconds(60);
    let label = |at: Instant| TimeLabel::of(at, page.wall(at), length);
    let listed = entries::of(page, facts);
    let left_out = listed.len().saturating_sub(LISTED);
    let shown: Vec<Entry> = listed.into_iter().skip(left_out).collect();
    let cut = facts
        .refused_since(Category::Usage)
        .filter(|at| period.contains(*at))
        .map(|at| (at, format!("usage switched off {}", words::clock(page.wall(at)))));
    let drawing = Person {
        about: About::new("person", "One person on one clock").summary(format!(
            "{} from {} to {}.",
            words::counted(facts.moments().count() as i64, "signal", "signals"),
            page.moment(period.from),
            page.moment(period.to)
        )),
        from: label(period.from),
        to: label(period.to),
        lanes: lanes(facts, period),
        cut,
        entries: shown,
    }
    .draw();
    let mut panel = panel.part(Part::Drawing(drawing)).foot("all data types, nothing sampled");
    if left_out > 0 {
        panel.partial = Some(format!(
            "The newest {LISTED} entries are listed, {left_out} older ones are not. Choose a shorter time, or one visit."
        ));
    }
    let full = [facts.events.len(), facts.requests.len(), facts.errors.len(), facts.lines.len()]
        .iter()
        .any(|len| *len as i64 >= MOST);
    if full {
        panel = panel.foot(format!("at most {MOST} of each kind are read, the newest"));
    }
    panel
}

fn nothing(page: &Page, facts: &Facts) -> Empty {
    let why = match (facts.person.erased_at, facts.last_seen) {
        (Some(at), _) => format!("This person was erased on {}; what was stored is gone.", page.moment(at)),
        (None, Some(at)) => format!(
            "Here would be what they did and met. They were last seen {}, outside the chosen time.",
            page.moment(at)
        ),
        (None, None) => {
            "Here would be what they did and met. What there was has passed its time of keeping.".to_owned()
        }
    };
    let action = facts.last_seen.filter(|_| facts.person.erased_at.is_none()).map(|at| {
        let day = page.wall(at).date();
        let range = Range::Between(day.to_string(), day.to_string());
        Link::new("Show the day they were last seen", page.address.with_range(range).href()).primary()
    });
    Empty { title: "Nothing in this time".to_owned(), why: Text::new(why), action, ..Empty::default() }
}

fn lanes(facts: &Facts, period: Period) -> Vec<RugLane> {
    let lane = |icon: &str, name: &str, moments: Vec<(Instant, Hue)>, refused: Option<Instant>| {
        let moments: Vec<(Instant, Hue)> = moments.into_iter().filter(|(at, _)| period.contains(*at)).collect();
        RugLane {
            icon: icon.to_owned(),
            name: name.to_owned(),
            count: moments.len().to_string(),
            moments,
            unknown_from: refused.map(|at| at.max(period.from)),
        }
    };
    let usage = facts.refused_since(Category::Usage);
    let (views, events): (Vec<&EventRow>, Vec<&EventRow>) =
        facts.events.iter().partition(|row| row.name == "page_view");
    let request = |row: &RequestRow| if row.error || Facts::is_slow(row) { Hue::Bad } else { Hue::Ink };
    let line = |row: &LineRow| if row.level >= parallax_domain::Severity::Error { Hue::Bad } else { Hue::Ink };
    let written = facts.writings.iter().flat_map(|row| [Some(row.at), row.answered_at, row.closed_at]).flatten();
    vec![
        lane("globe", "Page views", views.iter().map(|row| (row.at, Hue::Ink)).collect(), usage),
        lane("event", "Events", events.iter().map(|row| (row.at, Hue::Ink)).collect(), usage),
        lane(
            "trace",
            "Requests",
            facts.requests.iter().map(|row| (row.at, request(row))).collect(),
            facts.refused_since(Category::Performance),
        ),
        lane(
            "err",
            "Errors",
            facts.errors.iter().map(|row| (row.at, Hue::Bad)).collect(),
            facts.refused_since(Category::Errors),
        ),
        lane("log", "Log lines", facts.lines.iter().map(|row| (row.at, line(row))).collect(), None),
        lane(
            "mail",
            "Tickets, feedback",
            written.map(|at| (at, Hue::S1)).collect(),
            facts.refused_since(Category::Support),
        ),
    ]
}
