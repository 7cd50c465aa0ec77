//! Product events as they came: which there are, how often, and the newest of them.

mod counts;
mod rows;

use crate::applied::Applied;
use crate::page::{Page, field_words};
use crate::parts::empty_with;
use crate::{reading, words};
use parallax_domain::filter::FIELDS;
use parallax_domain::period::Range;
use parallax_domain::question::{Frame, Trend, TrendAnswer, TrendSeries};
use parallax_domain::screen::{Link, Panel, Part, Screen, Text};
use parallax_domain::{Filter, Interval, Permission, Problem};
use parallax_server::engine::usage::Usage;
use parallax_server::store::question::EventRow;
use serde_json::json;

/// Events of one page.
const SHOWN: usize = 100;

/// What the page shows, asked once.
struct Facts {
    /// Of the address: one event, or all.
    event: Option<String>,
    session: Option<String>,
    usage: Usage,
    trend: TrendAnswer,
    interval: Interval,
    rows: Vec<EventRow>,
    next: Option<String>,
    /// Whether the viewer reads what events carry.
    raw: bool,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let interval = page.count_by_calendar()?;
    let applied =
        Applied::of(page, |filter| FIELDS.contains(&filter.field.as_str()) || filter.field.starts_with("properties."));
    let mut screen = page.screen("Events");
    screen.crumbs = page.crumbs("Explore", "/explore/events");
    screen.tabs = super::tabs(page);
    screen.parts.extend(applied.notice(page, "Events"));
    let facts = facts(page, applied.filters, interval).await?;
    if page.address.get("cursor").is_some() {
        screen.refresh = None;
    }
    if let Some(session) = &facts.session {
        screen.heading = "Events of one session".to_owned();
        screen.lede = Text::new(match facts.rows.len() {
            0 => "No event of this session lies in this time.".to_owned(),
            n => format!("{}, newest first.", words::counted(n as i64, "event", "events")),
        });
        screen.actions.push(Link::new("All events", page.address.without("session").without("cursor").href()));
        screen
            .parts
            .push(rows::panel(page, &facts, &format!("Session {}…", session.get(..8).unwrap_or(session))).into());
        return Ok(screen);
    }
    screen.lede = lede(page, &facts);
    if facts.usage.rows.is_empty() && facts.rows.is_empty() {
        screen.parts.push(nothing(page, &facts).into());
        return Ok(screen);
    }
    screen
        .parts
        .push(Part::Grid(vec![(8, counts::over_time(page, &facts).into()), (4, counts::by_name(page, &facts).into())]));
    screen.parts.push(if page.viewer.may(Permission::ListPeople) {
        rows::panel(page, &facts, "Newest events").into()
    } else {
        let why = format!(
            "Single events with the people behind them would be here. They are for {}.",
            Permission::ListPeople.held_by()
        );
        let action = Link::new("What is collected and who sees it", page.to("/transparency").href());
        Panel::new("newest", "Newest events").part(empty_with("Not shown to you", why, action)).into()
    });
    Ok(screen)
}

async fn facts(page: &mut Page, filters: Vec<Filter>, interval: Interval) -> Result<Facts, Problem> {
    let machine = page.machine.clone();
    let set = |page: &Page, key: &str| page.address.get(key).map(str::to_owned).filter(|value| !value.is_empty());
    let (event, after) = (set(page, "event"), set(page, "cursor"));
    // A session is a person's way through the product.
    let session = set(page, "session").filter(|_| page.viewer.may(Permission::ReadRawText));
    let frame = Frame { filters, ..page.frame(page.period) };
    let (mut usage, mut trend) = (Usage::default(), TrendAnswer::default());
    if session.is_none() {
        let buckets = page.buckets.clone();
        usage = machine.store.usage(&mut page.look, &frame, buckets).await?.result;
        let series = vec![TrendSeries { event: event.clone(), measure: "total".to_owned() }];
        let breakdown = event.is_none().then(|| "event".to_owned());
        trend = machine.store.trend(&mut page.look, &frame, &Trend { series, interval, breakdown }).await?.result;
    }
    let mut raw = false;
    let (mut rows, mut next) = (Vec::new(), None);
    if page.viewer.may(Permission::ListPeople) {
        raw = reading::reads_raw(page, "events", json!({ "event": event, "session": session })).await?;
        let mut narrow = frame.clone();
        narrow.filters.extend(event.as_deref().map(|event| Filter::is("event", event)));
        narrow.filters.extend(session.as_deref().map(|session| Filter::is("session", session)));
        (rows, next) = machine.store.events(&mut page.look, &narrow, SHOWN, after.as_deref()).await?;
    }
    Ok(Facts { event, session, usage, trend, interval, rows, next, raw })
}

fn lede(page: &Page, facts: &Facts) -> Text {
    let chosen = facts.event.as_ref().map(|event| facts.usage.rows.iter().find(|row| row.event == *event));
    match chosen {
        Some(Some(row)) => Text::default().code(row.event.clone()).plain(format!(
            " came {}, from {}.",
            words::counted(row.events.round() as i64, "time", "times"),
            people(page, row.people)
        )),
        Some(None) => Text::new("Nobody did this in this time."),
        None if facts.usage.events == 0.0 => Text::new("No event fits."),
        None => {
            let kinds = words::counted(facts.usage.rows.len() as i64, "kind", "kinds");
            let most = facts.usage.rows.iter().max_by(|a, b| a.events.total_cmp(&b.events));
            let text = Text::default()
                .strong(words::count_full(Some(facts.usage.events)))
                .plain(format!(" events of {kinds} from {}", people(page, facts.usage.people)));
            match most {
                Some(most) => text.plain("; most often ").code(most.event.clone()).plain("."),
                None => text.plain("."),
            }
        }
    }
}

fn people(page: &Page, number: i64) -> String {
    let noun = if number == 1 { "person" } else { "people" };
    format!("{} {noun}", reading::people(page, number))
}

fn nothing(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("newest", "Events");
    let range = page.range.label().to_lowercase();
    if facts.event.is_some() || !page.filters().is_empty() {
        let fields: Vec<String> = page.filters().iter().map(|filter| field_words(&filter.field)).collect();
        let which =
            if fields.is_empty() { String::new() } else { format!(" with these filters on {}", fields.join(", ")) };
        let why = format!("Events of {range} would be here. None came{which}.");
        let all = page.address.without_filters().with_environment(None).without("event").without("cursor");
        return panel.part(empty_with("No event fits", why, Link::new("Show every event", all.href())));
    }
    let why = format!("What people do in {} would be here. No event came in {range}.", page.project.name);
    let wider = page.address.with_range(Range::Days(28)).href();
    panel.part(empty_with("No events", why, Link::new("Look at the last 28 days", wider)))
}
