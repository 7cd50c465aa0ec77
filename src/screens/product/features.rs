//! Features: which things people do, how many people do each, how often, and whether that changes.

use crate::charts::{About, Column as Class, Columns, Form, Hue, InlineBar, Line, Series, Spark, TimeSeries};
use crate::page::Page;
use crate::parts::{empty, empty_with, joined};
use crate::words::{self, Unit};
use parallax_domain::question::{Stickiness, Trend, TrendSeries};
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Screen, Sorted, Table, Text, Tone};
use parallax_domain::{Filter, Instant, Interval, Problem};
use parallax_server::engine::usage::{EventUse, Usage};
use std::cmp::Ordering;

/// Rows on an overview.
const FEW: usize = 10;
/// Fewer people than this say nothing about a course.
const ENOUGH: i64 = 30;
/// Views are how people come to a feature, not one.
const VIEW: &str = "page_view";

/// What people did, without what only measures them.
pub struct Features {
    usage: Usage,
    n: i64,
}

impl Features {
    pub async fn of(page: &mut Page) -> Result<Features, Problem> {
        let mut frame = page.frame(page.period);
        frame.filters.push(Filter::is("category", "usage"));
        let (machine, buckets) = (page.machine.clone(), page.buckets.clone());
        let read = machine.store.usage(&mut page.look, &frame, buckets).await?;
        Ok(Features { usage: read.result, n: read.n })
    }

    pub fn people(&self) -> i64 {
        self.usage.people
    }

    /// By people, most first.
    pub fn rows(&self) -> impl Iterator<Item = &EventUse> {
        self.usage.rows.iter().filter(|row| row.event != VIEW)
    }

    fn breadth(&self, row: &EventUse) -> Option<f64> {
        (self.usage.people > 0).then(|| row.people as f64 / self.usage.people as f64)
    }
}

fn depth(row: &EventUse) -> Option<f64> {
    (row.people > 0).then(|| row.events / row.people as f64)
}

/// The panel of an overview.
pub fn panel(page: &Page, features: &Features, begin: Option<Instant>) -> Panel {
    let all = features.rows().count();
    let rows: Vec<&EventUse> = features.rows().take(FEW).collect();
    let panel = Panel::new("features", "Feature usage")
        .unit(format!("{} of {all}, by people", rows.len()))
        .summary(sentence(features))
        .flush();
    if rows.is_empty() {
        return panel.part(nothing(page));
    }
    let notes = page.people_notes(features.people(), "projection");
    let panel = panel
        .action(Link::new(format!("All {all}"), page.to("/product/features").href()))
        .part(Part::Table(table(page, features, &rows, begin, None)));
    notes.into_iter().fold(panel, Panel::foot)
}

/// What is new, rising or falling, by people.
pub fn moving(page: &Page, features: &Features, begin: Option<Instant>) -> Vec<(String, String, Tone)> {
    features
        .rows()
        .filter_map(|row| course(page, row, begin).map(|(label, tone)| (row.event.clone(), label, tone)))
        .collect()
}

fn nothing(page: &Page) -> Part {
    let why = format!(
        "Here would be every kind of event with the people who did it. {} has received none in {}.",
        page.project.name,
        page.range.label().to_lowercase()
    );
    empty_with("Nothing was used", why, Link::new("See how to send events", page.to("/start").href()).primary())
}

fn sentence(features: &Features) -> Text {
    let mut rows = features.rows();
    let Some(first) = rows.next() else { return Text::default() };
    let rare = features.rows().filter(|row| features.breadth(row).is_some_and(|share| share < 0.02)).count();
    let text = Text::default()
        .strong(first.event.clone())
        .plain(format!(" reaches {} of active people", joined(words::percent_brief(features.breadth(first)))));
    match rare {
        0 => text.plain("."),
        _ => text.plain(format!("; {} fewer than 1 in 50.", words::counted(rare as i64, "reaches", "reach"))),
    }
}

/// How the number of people changed from the first to the last third of the period.
fn course(page: &Page, row: &EventUse, begin: Option<Instant>) -> Option<(String, Tone)> {
    let day = chrono::Duration::days(1);
    let young = begin.is_some_and(|begin| row.first_at > begin + day * 3) && row.first_at > page.period.from + day;
    if young {
        return Some((format!("new, {}", page.date(row.first_at)), Tone::Accent));
    }
    let counts = &row.people_over_time;
    // The open bucket is not complete.
    let counts = &counts[..counts.len().saturating_sub(1)];
    let third = counts.len() / 3;
    if third == 0 || row.people < ENOUGH {
        return None;
    }
    let sum = |counts: &[i64]| counts.iter().sum::<i64>() as f64;
    let (before, after) = (sum(&counts[..third]), sum(&counts[counts.len() - third..]));
    match before {
        _ if before > 0.0 && after > 1.5 * before => Some(("rising".to_owned(), Tone::Accent)),
        _ if after < before / 1.5 => Some(("falling".to_owned(), Tone::Warn)),
        _ => None,
    }
}

fn table(page: &Page, features: &Features, rows: &[&EventUse], begin: Option<Instant>, sorted: Option<&str>) -> Table {
    let high = features.rows().filter_map(|row| features.breadth(row)).fold(0.0, f64::max);
    let made = rows.iter().map(|row| {
        let breadth = features.breadth(row);
        let course_values: Vec<Option<f64>> = row.people_over_time.iter().map(|people| Some(*people as f64)).collect();
        let open = page.period.to >= page.look.fresh_as_of;
        let badge = course(page, row, begin);
        let bar = InlineBar::new(breadth.map(|share| if high > 0.0 { share / high } else { 0.0 }), Hue::S1);
        let detail = page.to("/product/features").with("event", &row.event).href();
        Row::new(vec![
            Cell::link(row.event.clone(), detail),
            Cell::new(words::percent_full(breadth)).with_drawing(bar.draw()),
            Cell::new(words::count_full(Some(row.people as f64))),
            Cell::new(depth(row).map_or_else(|| words::UNKNOWN.to_owned(), |depth| words::fixed(depth, 1))),
            Cell::new(words::count_full(Some(row.events))),
            Cell::drawn(Spark::new(course_values).hue(Hue::Ink).plain().from(0.0).open(open).draw()),
            match badge {
                Some((label, tone)) => Cell::new(Text::default().badge(label, tone)),
                None => Cell::default(),
            },
        ])
    });
    let rows = made.collect();
    let column = |column: Column, key: &str| match sorted {
        None => column,
        Some(current) => {
            let mark = (current == key).then_some(Sorted::Down);
            column.sorted(page.address.with("sort", key).href(), mark)
        }
    };
    Table {
        caption: "Kinds of events by people".to_owned(),
        columns: vec![
            column(Column::words("Feature"), "name"),
            column(
                Column::figures("Breadth").hint("Share of people active with anything who did this").width(26),
                "people",
            ),
            column(Column::figures("People").secondary(1), "people"),
            column(Column::figures("Depth").hint("Times per person, among those who did it"), "depth"),
            column(Column::figures("Times").secondary(2), "events"),
            Column::figures("People over time").secondary(1),
            Column::words(""),
        ],
        rows,
        class: "barkeep".to_owned(),
        ..Table::default()
    }
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let interval = page.count_by_calendar()?;
    let begin = page.events_begin().await?;
    let features = Features::of(page).await?;
    let mut screen = page.screen("Features");
    screen.crumbs = page.crumbs("Product", "/product");
    screen.tabs = super::tabs(page);
    screen.lede = sentence(&features);
    if features.rows().next().is_none() {
        screen.lede = Text::new("Nothing was used in this time.");
        screen.parts.push(Panel::new("features", "Features").part(nothing(page)).into());
        return Ok(screen);
    }
    if let Some(event) = page.address.get("event").map(str::to_owned).filter(|event| !event.is_empty()) {
        screen.parts.push(one(page, &event, interval, begin).await?);
    }
    let sorted = page.address.get("sort").unwrap_or("people").to_owned();
    let mut rows: Vec<&EventUse> = features.rows().collect();
    let down = |a: Option<f64>, b: Option<f64>| b.partial_cmp(&a).unwrap_or(Ordering::Equal);
    match sorted.as_str() {
        "name" => rows.sort_by_key(|row| row.event.to_lowercase()),
        "depth" => rows.sort_by(|a, b| down(depth(a), depth(b))),
        "events" => rows.sort_by(|a, b| down(Some(a.events), Some(b.events))),
        _ => {}
    }
    let panel = Panel::new("features", "Everything people do")
        .unit(format!(
            "{}, {}",
            words::counted(rows.len() as i64, "kind of event", "kinds of events"),
            page.range.label().to_lowercase()
        ))
        .flush()
        .part(Part::Table(table(page, &features, &rows, begin, Some(&sorted))));
    let notes = page.people_notes(features.people(), "projection");
    let panel = notes.into_iter().fold(panel, Panel::foot);
    let read = format!(
        "{} events of the category usage read; page views have their own page",
        words::count(Some(features.n as f64))
    );
    screen.parts.push(panel.foot(read).into());
    Ok(screen)
}

/// One feature over time, and on how many days people come back to it.
async fn one(page: &mut Page, event: &str, interval: Interval, begin: Option<Instant>) -> Result<Part, Problem> {
    let machine = page.machine.clone();
    let series = |measure: &str| TrendSeries { event: Some(event.to_owned()), measure: measure.to_owned() };
    let asked = Trend { series: vec![series("unique"), series("total")], interval, breakdown: None };
    let frame = page.frame(page.period);
    let now = machine.store.trend(&mut page.look, &frame, &asked).await?.result;
    let before = match page.before.filter(|_| page.compares_fairly(begin)) {
        Some(before) => {
            let frame = page.frame(before);
            Some(machine.store.trend(&mut page.look, &frame, &asked).await?.result)
        }
        None => None,
    };
    let often = machine
        .store
        .stickiness(&mut page.look, &frame, &Stickiness { event: Some(event.to_owned()), unit: Interval::Day })
        .await?
        .result;
    let people = now.series.first().and_then(|line| line.total);
    let times = now.series.get(1).and_then(|line| line.total);
    let then = before.as_ref().and_then(|before| before.series.first()).and_then(|line| line.total);
    let begun = page.to("/product/funnels/new").with("step", event).href();
    let title = Panel::new("feature", event.to_owned()).action(Link::new("Funnel from here", begun).icon("prod"));
    if people.unwrap_or(0.0) == 0.0 {
        let why = format!("Nobody did {event:?} in {} with these filters.", page.range.label().to_lowercase());
        return Ok(title.part(empty("Nobody did this", why)).into());
    }
    let summary = match words::relative(people, then) {
        Some(change) if !change.none => {
            format!("{} people, {} {}.", words::count_full(people), change.label, page.reference())
        }
        _ => format!("{} people did it {} times.", words::count_full(people), words::count_full(times)),
    };
    let mut lines =
        vec![Line::new("people", now.series.first().map(|line| line.values.clone()).unwrap_or_default()).hue(Hue::S1)];
    if let Some(line) = before.as_ref().and_then(|before| before.series.first()) {
        let mut values = line.values.clone();
        values.resize(now.buckets.len(), None);
        lines.push(Line::new("before", values).form(Form::Ghost));
    }
    let axis = page.axis();
    let about = About {
        notes: page.people_notes(people.unwrap_or(0.0) as i64, "projection"),
        ..About::new("feature-people", event.to_owned())
            .unit(format!("people per {}", interval.word()))
            .summary(summary.clone())
    };
    let chart = TimeSeries { about, axis, series: Series { lines, ..Series::default() } };
    let days: Vec<Class> = often
        .days
        .iter()
        .filter(|row| row.people > 0 || row.x <= 7)
        .map(|row| Class { label: row.x.to_string(), value: Some(row.people as f64), hue: Hue::S1, ..Class::default() })
        .collect();
    let once = often.days.first().map_or(0, |row| row.people);
    let habit = Columns {
        about: About {
            notes: page.people_notes(people.unwrap_or(0.0) as i64, "projection"),
            ..About::new("feature-days", "On how many days").unit("people by days of use")
        },
        unit: Unit::Count,
        class: "Days".to_owned(),
        value: "People".to_owned(),
        columns: days,
        ..Columns::default()
    };
    let share = people.filter(|people| *people > 0.0).map(|people| once as f64 / people);
    Ok(Part::Grid(vec![
        (
            8,
            title
                .unit(format!("people per {}", interval.word()))
                .summary(summary)
                .part(Part::Drawing(chart.draw()))
                .into(),
        ),
        (
            4,
            Panel::new("feature-days", "On how many days")
                .unit("people by exactly so many days")
                .summary(format!("{} on a single day.", joined(words::percent_brief(share))))
                .part(Part::Drawing(habit.draw()))
                .into(),
        ),
    ]))
}
