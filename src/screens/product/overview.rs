//! The product manager's first page: who comes, who is new, with what they work, who stays, and where they are lost.

use super::features::{self, Features};
use super::funnels::list::{self, Saved};
use super::people::People;
use super::retention::{self, Told as Retained};
use super::{growth, losses, paths, preferences};
use crate::page::{Direction, Page};
use crate::parts::{Card, empty_with, joined};
use crate::words::{self, Unit};
use parallax_domain::question::{Cohort, Retention, RetentionAnswer, RetentionInterval, RetentionMode};
use parallax_domain::screen::{Link, Part, Screen, Stat, Stats, Text};
use parallax_domain::{Instant, Interval, Problem};

/// Saved funnels of the page; each is a pass over the events.
const FUNNELS: usize = 6;
/// Weeks after which somebody who is back has stayed.
const STAYED: usize = 4;
const PERIODS: usize = 12;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let begin = page.events_begin().await?;
    let features = Features::of(page).await?;
    let mut screen = page.screen("People and features");
    screen.crumbs = page.crumbs("Product", "/product");
    screen.tabs = super::tabs(page);
    if features.people() == 0 {
        screen.lede = Text::new("Nobody was active in this time.");
        screen.parts.push(nothing(page));
        return Ok(screen);
    }
    let people = People::of(page, begin).await?;
    let asked = Retention {
        start: None,
        back: None,
        unit: Interval::Week,
        mode: RetentionMode::On,
        cohort: Cohort::First,
        interval: RetentionInterval::Calendar,
        periods: PERIODS,
    };
    let retained = Retained::of(page, asked, begin).await?;
    let saved = Saved::of(page, FUNNELS).await?;
    let ways = paths::Told::of(page, paths::Told::usual()).await?;
    let growth = growth::Told::of(page, begin).await?;
    screen.lede = lede(page, &people, &saved, &retained);
    screen.actions = vec![Link::new("New funnel", page.to("/product/funnels/new").href()).icon("plus")];
    let look = losses::worth_a_look(page, &features, &saved, begin).await?;
    let preferences = preferences::panel(page).await?;
    let mut cards = people.cards(page, begin);
    cards.push(stayed(page, &retained, begin));
    let label = format!("Active people, {}", page.range.label().to_lowercase());
    screen.parts = vec![
        Part::Stats(Stats { label, cards }),
        Part::Grid(vec![
            (8, growth::panel(page, growth.as_ref()).into()),
            (4, look.into()),
            (8, features::panel(page, &features, begin).into()),
            (4, growth::composition(page, growth.as_ref()).into()),
            (8, retention::panel(page, &retained).into()),
            (4, losses::panel(page, &saved, &ways).into()),
            (12, list::panel(page, &saved).into()),
            (8, paths::panel(page, &ways).into()),
            (4, preferences.into()),
        ]),
    ];
    if let Some(why) = page.incomparable(begin) {
        screen.parts.push(Part::Prose(why));
    }
    Ok(screen)
}

fn nothing(page: &Page) -> Part {
    if !page.address.filters.is_empty() {
        let why = format!(
            "Here would be who comes, with what they work and who stays. No event in {} fits all the filters.",
            page.range.label().to_lowercase()
        );
        let action = Link::new("Without filters", page.to("/product").without_filters().href()).primary();
        return empty_with("No event fits", why, action);
    }
    let why = format!(
        "Here would be who comes, with what they work and who stays. {} has received no event in {}.",
        page.project.name,
        page.range.label().to_lowercase()
    );
    empty_with("Nobody yet", why, Link::new("See how to send events", page.to("/start").href()).primary())
}

/// How many come against the comparison, how many stay, and the funnel that got worse.
fn lede(page: &Page, people: &People, saved: &Saved, retained: &Retained) -> Text {
    let (now, then) = (people.weekly(), people.weekly_before());
    let least = page.viewer.smallest_cell();
    let told = |people: Option<i64>| people.and_then(|people| crate::calendar::shown(people, least));
    let count = |people: Option<i64>| told(people).map(|people| people as f64);
    let text = match (words::relative(count(now), count(then)), told(now)) {
        (Some(change), Some(_)) if change.none => {
            Text::new(format!("As many people come in a week as {}. ", page.earlier()))
        }
        (Some(change), Some(_)) => Text::default()
            .strong(format!("{} {}", change.size, if change.up { "more" } else { "fewer" }))
            .plain(format!(" people come in a week than {}. ", page.earlier())),
        (None, Some(people)) => {
            Text::default().strong(words::counted(people, "person", "people")).plain(" came in the last week. ")
        }
        _ => Text::default(),
    };
    let text = match saved.changed(page).into_iter().find(|funnel| !funnel.up) {
        Some(funnel) => text.strong(funnel.name).plain(format!(
            " converts {}, and did {} when it was saved. ",
            joined(words::percent(Some(funnel.is))),
            joined(words::percent(Some(funnel.was)))
        )),
        None => text,
    };
    match retained.mean(1) {
        Some(_) => text.join(retained.sentence()),
        None => text,
    }
}

/// The share of each cohort that is back in this period, where that period is over for all of them.
fn course(answer: &RetentionAnswer, period: usize) -> Vec<Option<f64>> {
    answer
        .cohorts
        .iter()
        .map(|cohort| {
            let complete = cohort.complete.get(period).copied().unwrap_or(false);
            let back = cohort.values.get(period).filter(|_| complete && cohort.size > 0)?;
            Some(*back as f64 / cohort.size as f64)
        })
        .collect()
}

/// The newest cohort of which it is known against the one before.
fn newest(course: &[Option<f64>]) -> (Option<f64>, Option<f64>) {
    let mut known = course.iter().rev().flatten().copied();
    (known.next(), known.next())
}

/// Back in week 4; while no cohort is so old, back in week 1.
fn stayed(page: &Page, retained: &Retained, begin: Option<Instant>) -> Stat {
    let period = if retained.mean(STAYED).is_some() { STAYED } else { 1 };
    let course = course(&retained.answer, period);
    let change = match newest(&course) {
        (Some(now), Some(then)) => words::points(Some(now), Some(then)),
        _ => None,
    };
    let name = format!("Back in week {period}");
    let card = Card {
        id: "stayed",
        name: &name,
        definition: "Of people by the week of their first event, the share with any event in that later calendar week. The mean over all cohorts of which the week is over, weighted by their size.",
        unit: Unit::Share,
        now: retained.mean(period),
        then: None,
        direction: Direction::UpIsGood,
        course,
        before: Vec::new(),
        foot: match begin {
            Some(begin) if retained.mean(period).is_none() => Text::new(format!("events since {}", page.date(begin))),
            _ => crate::calendar::unknown_coverage(),
        },
        alert: false,
        open: false,
    };
    let mut stat = card.stat(page);
    stat.change = match change {
        Some(change) if change.none => Text::default().soft("newest cohort as the one before"),
        // One cohort against the next is mostly chance: the direction is said, and not judged.
        Some(change) => Text::default()
            .change(change.size, change.up, Direction::Neither.judge(change.up))
            .soft("newest cohort on the one before"),
        None => Text::default(),
    };
    stat.href = Some(page.to("/product/retention").href());
    stat
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::question::CohortRow;

    fn cohort(size: i64, values: &[i64], complete: &[bool]) -> CohortRow {
        CohortRow { start: Instant::default(), size, values: values.to_vec(), complete: complete.to_vec() }
    }

    #[test]
    fn a_week_that_is_not_over_says_nothing_yet() {
        let cohorts = vec![
            cohort(10, &[10, 4], &[true, true]),
            cohort(0, &[0, 0], &[true, true]),
            cohort(20, &[20, 10], &[true, true]),
            cohort(20, &[20, 1], &[true, false]),
        ];
        let course = course(&RetentionAnswer { cohorts }, 1);
        assert_eq!(course, [Some(0.4), None, Some(0.5), None]);
        assert_eq!(newest(&course), (Some(0.5), Some(0.4)));
    }

    #[test]
    fn one_cohort_has_nothing_to_be_compared_with() {
        assert_eq!(newest(&[Some(0.3), None]), (Some(0.3), None));
        assert_eq!(newest(&[]), (None, None));
    }
}
