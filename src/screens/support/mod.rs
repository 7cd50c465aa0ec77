//! Support: which problems meet whom, which tickets wait, who has not come back.

mod outreach;
pub mod person;
mod problems;
mod tickets;
mod voices;

use crate::charts::{Hue, InlineBar, SmallBars, Spark};
use crate::forms;
use crate::page::{Direction, Page};
use crate::parts::{Card, empty_with};
use crate::words::{self, Unit};
use parallax_domain::question::{IssueRow, IssueSort, IssueStatus, Issues};
use parallax_domain::screen::{Field, FieldKind, Link, Panel, Part, Screen, Stat, Stats, Tab, Text};
use parallax_domain::{Permission, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::engine::outcome::{AftermathAnswer, Became};
use parallax_server::store::question::outcomes::LastError;
use parallax_server::store::question::support::{Clocks, FeedbackRow, TicketContext, TicketRow};
use std::collections::BTreeMap;

/// Tickets shown with their context.
const TICKETS: i64 = 12;
const VOICES: i64 = 12;
const LONGEST: usize = 80;
/// Issues whose course is drawn.
const PROBLEMS: usize = 8;

/// Everything the page is made of, asked once.
struct Facts {
    issues: Result<Vec<IssueRow>, Problem>,
    courses: BTreeMap<String, Vec<i64>>,
    tickets_by_issue: BTreeMap<i64, i64>,
    waiting: Vec<(TicketRow, TicketContext)>,
    waiting_total: i64,
    opened: Vec<i64>,
    opened_before: Option<Vec<i64>>,
    clocks: Clocks,
    clocks_before: Option<Clocks>,
    voices: (Vec<FeedbackRow>, [i64; 5]),
    errors: Vec<LastError>,
    errors_before: Option<i64>,
    aftermath: AftermathAnswer,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let facts = facts(page).await?;
    let mut screen = page.screen("Problems and people");
    screen.crumbs = page.crumbs("Support", "/support");
    screen.tabs = tabs(&facts);
    if page.viewer.may(Permission::ReadRawText) {
        screen.actions.push(Link::new("Find a person or ticket", "#find").icon("find"));
    }
    let told = facts.clocks.opened + facts.waiting_total + facts.voices.1.iter().sum::<i64>();
    let problems = facts.issues.as_ref().map_or(1, Vec::len);
    if told == 0 && problems == 0 && facts.errors.is_empty() {
        screen.lede = Text::new("No errors, tickets or feedback in this time.");
        let why = format!(
            "Here would be the problems that people meet, the tickets they write and who has not come back. {} has received none of it from {}.",
            page.project.name,
            page.range.label().to_lowercase()
        );
        screen.parts.push(empty_with(
            "Nothing to help with",
            why,
            Link::new("See how to send tickets", page.to("/start").href()),
        ));
        return Ok(screen);
    }
    screen.lede = lede(&facts);
    screen.parts.push(Part::Stats(stats(page, &facts)));
    let mut side: Vec<(u8, Part)> = Vec::new();
    if page.viewer.may(Permission::ReadRawText) {
        side.push((12, find(page).into()));
    }
    side.push((12, tickets::times(page, &facts).into()));
    let over_time = tickets::over_time(page, &facts).await?;
    screen.parts.push(Part::Grid(vec![
        (12, problems::panel(page, &facts).into()),
        (8, tickets::waiting(page, &facts).into()),
        (4, Part::Grid(side)),
        (7, Part::Grid(vec![(12, over_time.into()), (12, outreach::panel(page, &facts).into())])),
        (5, voices::panel(page, &facts).into()),
    ]));
    Ok(screen)
}

async fn facts(page: &mut Page) -> Result<Facts, Problem> {
    let machine = page.machine.clone();
    let store = &machine.store;
    let (period, buckets) = (page.period, page.buckets.clone());
    let frame = page.frame(period);
    let asked = Issues { status: None, sort: IssueSort::People };
    let issues = store.issues(&mut page.look, &frame, &asked).await.map(|read| read.result.rows);
    let issues =
        issues.map(|rows| rows.into_iter().filter(|row| row.status != IssueStatus::Archived).collect::<Vec<_>>());
    let shown: Vec<String> = issues.iter().flatten().take(PROBLEMS).map(|row| row.id.clone()).collect();
    let courses = store.issue_courses(&mut page.look, &frame, &shown, &buckets).await?;
    let tickets_by_issue = store.tickets_by_issue(&mut page.look, period).await?;
    let (tickets, waiting_total) = store.open_tickets(&mut page.look, TICKETS).await?;
    let mut waiting = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let context = match ticket.person {
            Some(person) => store.ticket_context(&mut page.look, person, ticket.at).await?,
            None => TicketContext::default(),
        };
        waiting.push((ticket, context));
    }
    let errors = store.last_errors(&mut page.look, period).await?;
    let aftermath = store.aftermath(&mut page.look, &errors).await?;
    let mut facts = Facts {
        issues,
        courses,
        tickets_by_issue,
        waiting,
        waiting_total,
        opened: store.ticket_course(&mut page.look, period, &buckets).await?,
        opened_before: None,
        clocks: store.clocks(&mut page.look, period).await?,
        clocks_before: None,
        voices: store.feedback(&mut page.look, period, VOICES).await?,
        errors,
        errors_before: None,
        aftermath,
    };
    if let (Some(before), Some(buckets)) = (page.before, page.buckets_before.clone()) {
        facts.opened_before = Some(store.ticket_course(&mut page.look, before, &buckets).await?);
        facts.clocks_before = Some(store.clocks(&mut page.look, before).await?);
        facts.errors_before = Some(store.people_with_errors(&mut page.look, before).await?);
    }
    Ok(facts)
}

fn tabs(facts: &Facts) -> Vec<Tab> {
    let tab = |label: &str, href: &str, count: Option<i64>| Tab {
        label: label.to_owned(),
        href: href.to_owned(),
        count: count.map(|count| words::count_full(Some(count as f64))),
        current: false,
    };
    vec![
        tab("Problems", "#problems", facts.issues.as_ref().ok().map(|rows| rows.len() as i64)),
        tab("Waiting tickets", "#waiting", Some(facts.waiting_total)),
        tab("Not back", "#outreach", Some(facts.aftermath.count(Became::NotBack) as i64)),
        tab("Voices", "#voices", Some(facts.voices.1.iter().sum())),
    ]
}

fn lede(facts: &Facts) -> Text {
    let mut text = Text::default();
    if let Some(most) = facts.issues.iter().flatten().find(|row| row.people > 0) {
        text = text
            .strong(short(&most.title))
            .plain(format!(" has met {}", words::counted(most.people, "person", "people")))
            .plain(match issue_number(&most.id).and_then(|id| facts.tickets_by_issue.get(&id)) {
                None => ", and nobody has written about it. ".to_owned(),
                Some(1) => "; 1 of them has written. ".to_owned(),
                Some(tickets) => format!("; {tickets} tickets are about it. "),
            });
    } else {
        text = text.plain("Nobody who is known met an error. ");
    }
    text = match facts.waiting_total {
        0 => text.plain("No ticket waits."),
        waiting => text.strong(words::counted(waiting, "ticket", "tickets")).plain(if waiting == 1 {
            " waits."
        } else {
            " wait."
        }),
    };
    match facts.aftermath.count(Became::NotBack) {
        0 => text,
        gone => text.plain(format!(
            " {} of {} have not come back since their error.",
            gone,
            words::counted(facts.errors.len() as i64, "person", "people")
        )),
    }
}

fn stats(page: &Page, facts: &Facts) -> Stats {
    let as_f64 = |values: &[i64]| values.iter().map(|value| Some(*value as f64)).collect::<Vec<_>>();
    let seconds = |value: Option<f64>| value.map(|seconds| seconds * 1000.0);
    let opened: i64 = facts.opened.iter().sum();
    let known_before = |value: i64| Some(value as f64).filter(|value| *value > 0.0);
    let mut tickets = Card {
        id: "tickets",
        name: "Tickets",
        definition: "Tickets opened in this time, by the time that the sender told.",
        unit: Unit::Count,
        now: Some(opened as f64),
        then: facts.opened_before.as_ref().and_then(|before| known_before(before.iter().sum())),
        direction: Direction::UpIsBad,
        course: Vec::new(),
        before: Vec::new(),
        foot: match facts.waiting_total {
            0 => Text::new("none waits"),
            waiting => Text::new(format!("{waiting} wait, of all times")),
        },
        alert: false,
        open: false,
    }
    .stat(page);
    tickets.spark = SmallBars::new(as_f64(&facts.opened)).hue(Hue::Ink).draw();
    tickets.href = Some("#waiting".to_owned());
    let mut met = Card {
        id: "met",
        name: "People who met an error",
        definition: "Different known people with at least one exception. Exceptions without a known person are not in it.",
        unit: Unit::Count,
        now: Some(facts.errors.len() as f64),
        then: facts.errors_before.and_then(known_before),
        direction: Direction::UpIsBad,
        course: Vec::new(),
        before: Vec::new(),
        foot: Text::new("known people, by their last error"),
        alert: false,
        open: false,
    }
    .stat(page);
    met.spark = SmallBars::new(as_f64(&last_errors(facts, &page.buckets))).hue(Hue::Ink).draw();
    let before = facts.clocks_before.as_ref();
    let mut close = Card {
        id: "close",
        name: "Time to close",
        definition: "Median from opening to closing, of tickets closed in this time. A ticket that came closed has no known duration.",
        unit: Unit::Milliseconds,
        now: seconds(facts.clocks.close_median),
        then: before.and_then(|clocks| seconds(clocks.close_median)),
        direction: Direction::UpIsBad,
        course: Vec::new(),
        before: Vec::new(),
        foot: match seconds(facts.clocks.close_p90) {
            Some(p90) => Text::new(format!("p90 {}, n {}", words::duration(Some(p90)), facts.clocks.closed)),
            None => Text::new("no ticket was closed"),
        },
        alert: false,
        open: false,
    }
    .stat(page);
    // The median on the scale of the slowest tenth.
    if let (Some(median), Some(p90)) = (facts.clocks.close_median, facts.clocks.close_p90.filter(|p90| *p90 > 0.0)) {
        close.spark = InlineBar::new(Some(median / p90), Hue::Ink).draw();
    }
    Stats {
        label: format!("Support, {}", page.range.label().to_lowercase()),
        cards: vec![tickets, met, problems::found_first(facts), close, outreach::stat(facts)],
    }
}

/// People by the bucket of their last error.
fn last_errors(facts: &Facts, buckets: &Buckets) -> Vec<i64> {
    let mut course = vec![0; buckets.len()];
    for error in &facts.errors {
        if let Some(bucket) = buckets.index_of(error.at.timestamp_millis()) {
            course[bucket] += 1;
        }
    }
    course
}

/// A figure without comparison or course.
fn plain_stat(id: &str, name: &str, definition: &str, value: (String, String), foot: Text) -> Stat {
    Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        definition: definition.to_owned(),
        value: value.0,
        unit: value.1,
        foot,
        ..Stat::default()
    }
}

/// The id that a customer tells is hashed and forgotten; it never stands in an address.
fn find(page: &Page) -> Panel {
    let field = Field::new("id", "Customer's id, ticket number or p_…", FieldKind::Search)
        .hint("Exactly as their account has it. It is hashed, compared and forgotten; the search is written down.")
        .required()
        .autocomplete("off");
    let form = parallax_domain::screen::Form {
        fields: vec![field],
        ..forms::change(page, "find-person", "person/find", "Find")
    };
    Panel::new("find", "Find a person or ticket")
        .summary("Exact matches only. Opening a person is recorded with your name.")
        .part(Part::Form(form))
}

/// The number behind an issue's name.
pub fn issue_number(id: &str) -> Option<i64> {
    u64::from_str_radix(id, 16).ok().map(|bits| bits as i64)
}

pub fn issue_href(page: &Page, id: i64) -> String {
    page.to("/engineering/issues").with("issue", &format!("{id:016x}")).href()
}

/// The page of a person, for those who may open it; others see the name alone.
pub fn person_link(page: &Page, reference: Option<uuid::Uuid>) -> Text {
    let Some(reference) = reference else { return Text::default().soft("not known who") };
    let id = parallax_server::store::question::person_id(reference);
    let short = short_person(&id);
    if page.viewer.may(Permission::ReadRawText) {
        Text::default().link(short, page.to(&format!("/support/people/{id}")).href())
    } else if page.viewer.may(Permission::ListPeople) {
        Text::default().code(short)
    } else {
        Text::default().soft("one person")
    }
}

/// `p_71b0…`.
pub fn short_person(id: &str) -> String {
    format!("{}…", id.get(..8).unwrap_or(id))
}

/// A title or a text of somebody, in one line.
pub fn short(text: &str) -> String {
    words::shortened(text, LONGEST)
}

fn course(values: Option<&Vec<i64>>, hue: Hue) -> String {
    let values = values.map(|values| values.iter().map(|value| Some(*value as f64)).collect()).unwrap_or_default();
    Spark::new(values).from(0.0).hue(hue).plain().area().draw()
}
