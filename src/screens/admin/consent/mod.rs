//! How people decide about being measured: how many refuse, whether that changes, and what they are asked.

mod course;
mod newest;
pub mod notice;
mod rates;
pub mod texts;
mod versions;

use crate::page::Page;
use crate::words;
use chrono::{Duration, NaiveDate};
use parallax_domain::screen::{Banner, Link, Part, Screen, Text, Tone};
use parallax_domain::{Category, Problem};
use parallax_server::engine::optout::{self, Change, Day, Direction, Judged};
use parallax_server::store::consent::Notice;
use parallax_server::store::question::decisions::{DecisionRow, Flow, Source, Stock};
use std::collections::BTreeMap;

/// Days that are drawn, and as many more that they are judged by.
const DRAWN: i64 = 90;
const BEFORE: i64 = 30;
/// Changes of the last days are told.
const RECENT: usize = 7;
/// Segments with fewer decisions in all are not watched: their days are never enough for a test.
const LEAST_SEGMENT: u64 = 1_000;
const NEWEST: i64 = 20;

/// Whose decisions: of everybody, or of one platform and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Segment {
    category: Category,
    platform: String,
    version: String,
    whole: bool,
}

struct Facts {
    /// Per category, up to yesterday: today's decisions are not complete.
    days: BTreeMap<Category, Vec<Judged>>,
    segments: Vec<(Segment, Vec<Judged>)>,
    changes: Vec<Change<Segment>>,
    stock: BTreeMap<(Category, NaiveDate), Stock>,
    notices: Vec<Notice>,
    newest: Vec<DecisionRow>,
    sources: Vec<Source>,
    versions: Vec<Source>,
    category: Category,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let facts = facts(page).await?;
    let mut screen = super::screen(page, "Consent", lede(&facts));
    screen.actions.push(Link::new("Notice and defaults", page.to("/admin/consent/notice").href()).icon("shield"));
    screen.parts.extend(facts.changes.iter().filter(|change| change.segment.whole).map(|change| told(page, change)));
    let course = course::panel(page, &facts).await?;
    screen.parts.push(Part::Grid(vec![
        (
            8,
            Part::Grid(vec![
                (12, rates::panel(page, &facts).into()),
                (12, course.into()),
                (12, rates::segments(page, &facts).into()),
            ]),
        ),
        (
            4,
            Part::Grid(vec![
                (12, rates::rule().into()),
                (12, newest::sources(&facts).into()),
                (12, newest::panel(page, &facts).into()),
            ]),
        ),
    ]));
    Ok(screen)
}

async fn facts(page: &mut Page) -> Result<Facts, Problem> {
    let machine = page.machine.clone();
    let today = page.wall(page.now).date();
    let first = today - Duration::days(DRAWN + BEFORE);
    let from = crate::page::midnight(page.zone, first);
    let flow = machine.store.decision_flow(&mut page.look, page.zone, from).await?;
    let stock = machine.store.decision_stock(&mut page.look, page.zone, first).await?;
    let newest = machine.store.newest_decisions(&mut page.look, NEWEST).await?;
    let (sources, versions) = machine.store.decision_sources(&mut page.look, from).await?;
    let days: BTreeMap<Category, Vec<Judged>> = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Essential)
        .map(|category| (category, optout::judge(&series(&flow, today, first, |row| row.category == category))))
        .collect();
    let segments = segments(&flow, today, first);
    let whole = days.iter().map(|(category, days)| {
        let segment = Segment { category: *category, platform: String::new(), version: String::new(), whole: true };
        (segment, days.clone())
    });
    let watched: Vec<(Segment, Vec<Judged>)> = whole.chain(segments.iter().cloned()).collect();
    let changes = optout::changes(&watched, RECENT);
    let category = page.address.get("category").and_then(|word| word.parse().ok()).unwrap_or(Category::Usage);
    let notices = machine.store.notices(page.project.id).await?;
    Ok(Facts { days, segments, changes, stock, notices, newest, sources, versions, category })
}

/// One entry per day from the first to yesterday, also where nobody decided.
fn series(flow: &[Flow], today: NaiveDate, first: NaiveDate, of: impl Fn(&Flow) -> bool) -> Vec<Day> {
    let mut days: Vec<Day> =
        first.iter_days().take_while(|day| *day < today).map(|day| Day { day, denied: 0, decided: 0 }).collect();
    for row in flow.iter().filter(|row| of(row) && row.day < today && row.day >= first) {
        if let Some(day) = days.get_mut((row.day - first).num_days() as usize) {
            day.denied += row.denied;
            day.decided += row.decided;
        }
    }
    days
}

fn segments(flow: &[Flow], today: NaiveDate, first: NaiveDate) -> Vec<(Segment, Vec<Judged>)> {
    let mut totals: BTreeMap<Segment, u64> = BTreeMap::new();
    for row in flow.iter().filter(|row| !row.platform.is_empty() || !row.version.is_empty()) {
        *totals.entry(segment_of(row)).or_default() += row.decided;
    }
    totals
        .into_iter()
        .filter(|(_, decided)| *decided >= LEAST_SEGMENT)
        .map(|(segment, _)| {
            let days = series(flow, today, first, |row| segment_of(row) == segment);
            (segment, optout::judge(&days))
        })
        .collect()
}

fn segment_of(row: &Flow) -> Segment {
    Segment { category: row.category, platform: row.platform.clone(), version: row.version.clone(), whole: false }
}

impl Facts {
    /// What held at the end of the newest day on which anybody decided.
    fn stock_of(&self, category: Category) -> Stock {
        self.stock.iter().rev().find(|((of, _), _)| *of == category).map(|(_, stock)| *stock).unwrap_or_default()
    }

    fn change_of(&self, segment: &Segment) -> Option<&Change<Segment>> {
        self.changes.iter().find(|change| change.segment == *segment)
    }
}

fn lede(facts: &Facts) -> Text {
    let usage = facts.stock_of(Category::Usage);
    if facts.stock.is_empty() {
        return Text::new(
            "Nobody has decided yet. Decisions come from the browser script’s question, or over POST /api/v1/consent.",
        );
    }
    let refused = (usage.decided > 0).then(|| usage.denied as f64 / usage.decided as f64);
    let text = Text::new("Of ")
        .strong(words::counted(usage.decided as i64, "person", "people"))
        .plain(format!(" who decided about usage, {} refuse it. ", words::percent(refused)));
    let changes = facts.changes.iter().filter(|change| change.segment.whole).count();
    match changes {
        0 => text.plain("No category is refused more or less often than in the weeks before."),
        n => text.strong(words::counted(n as i64, "category changes", "categories change")).plain(" in these days."),
    }
}

/// Who: `Usage`, `Usage, web 4.12`.
fn name(segment: &Segment) -> String {
    let category = words::capital(segment.category.word());
    match (segment.platform.is_empty(), segment.version.is_empty()) {
        (true, true) => category,
        (false, true) => format!("{category}, {}", segment.platform),
        (true, false) => format!("{category}, version {}", segment.version),
        (false, false) => format!("{category}, {} {}", segment.platform, segment.version),
    }
}

/// A change in one sentence: who, from what to what, since when, and how sure that is.
fn told(page: &Page, change: &Change<Segment>) -> Part {
    let (verb, tone) = match change.direction {
        Direction::Rise => ("more", Tone::Warn),
        Direction::Fall => ("less", Tone::Accent),
    };
    let now = (change.now.decided > 0).then(|| change.now.denied as f64 / change.now.decided as f64);
    let text = Text::default().strong(format!("{} is refused {verb} often", name(&change.segment))).plain(format!(
        ": {} of {} decisions on {}, {} of {} in the four weeks before{}.",
        words::percent(now),
        words::count_full(Some(change.now.decided as f64)),
        words::day(change.day.and_time(chrono::NaiveTime::MIN)),
        words::percent(Some(change.base.rate())),
        words::count_full(Some(change.base.decided as f64)),
        if change.lasting { ", and the change lasts" } else { "" }
    ));
    let action = Link::new("Show", page.to("/admin/consent").with("category", change.segment.category.word()).href());
    Part::Banner(Banner { tone, text, action: Some(action) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
    }

    fn flow(number: u32, platform: &str, denied: u64, decided: u64) -> Flow {
        Flow {
            day: day(number),
            category: Category::Usage,
            platform: platform.to_owned(),
            version: String::new(),
            denied,
            decided,
        }
    }

    #[test]
    fn days_without_decisions_are_days_and_today_is_not_over() {
        let rows = [flow(2, "web", 1, 10), flow(2, "ios", 2, 10), flow(4, "web", 1, 5), flow(5, "web", 9, 9)];
        let days = series(&rows, day(5), day(1), |_| true);
        let told: Vec<(u64, u64)> = days.iter().map(|day| (day.denied, day.decided)).collect();
        assert_eq!(told, [(0, 0), (3, 20), (0, 0), (1, 5)]);
    }

    #[test]
    fn only_segments_that_can_be_judged_are_watched() {
        let rows = [flow(2, "web", 10, 1_000), flow(2, "ios", 2, 999), flow(2, "", 5, 5_000)];
        let names: Vec<String> = segments(&rows, day(5), day(1)).iter().map(|(segment, _)| name(segment)).collect();
        assert_eq!(names, ["Usage, web"]);
    }
}
