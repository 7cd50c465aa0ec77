//! The figures at the top: who is here, how many come and stay, what it brings and costs.

use super::campaigns::Bill;
use super::facts::Facts;
use crate::charts::SmallBars;
use crate::page::{Direction, Page};
use crate::parts::Card;
use crate::words::{self, Unit};
use parallax_domain::screen::{Stat, Stats, Text};
use parallax_server::engine::visits::Figures;

pub fn stats(page: &Page, facts: &Facts) -> (Stats, Stats) {
    let range = page.range.label().to_lowercase();
    let first =
        vec![here(page, facts), visitors(page, facts), visits(page, facts), bounce(page, facts), length(page, facts)];
    let second = vec![
        conversion(page, facts),
        revenue(page, facts),
        spend(page, facts),
        returned(page, facts),
        each(page, facts),
    ];
    (
        Stats { label: format!("Visits, {range}"), cards: first },
        Stats { label: format!("Money, {range}"), cards: second },
    )
}

fn here(page: &Page, facts: &Facts) -> Stat {
    let (value, spark, change) = match &facts.live {
        Some(live) => (
            crate::reading::people(page, live.people),
            SmallBars::new(live.minutes.iter().map(|people| Some(*people as f64)).collect()).draw(),
            Text::default().markup(r#"<i class="live"></i>"#).soft("last 5 minutes"),
        ),
        None => (
            words::UNKNOWN.to_owned(),
            SmallBars::new(Vec::new()).draw(),
            Text::default().soft(format!("not known since {}", page.moment(page.look.fresh_as_of))),
        ),
    };
    Stat {
        id: "here".to_owned(),
        name: "On the site now".to_owned(),
        definition: "Different people with at least one event in the last 5 minutes.".to_owned(),
        value,
        change,
        spark,
        foot: Text::new("people per minute, 30 minutes"),
        ..Stat::default()
    }
}

fn course(figures: &[Figures], of: impl Fn(&Figures) -> Option<f64>) -> Vec<Option<f64>> {
    figures.iter().map(of).collect()
}

/// A card whose course, comparison and value are the same figure of visits.
fn card<'a>(
    page: &Page,
    facts: &Facts,
    (id, name, definition): (&'a str, &'a str, &'a str),
    unit: Unit,
    direction: Direction,
    of: impl Fn(&Figures) -> Option<f64> + Copy,
) -> Card<'a> {
    let mut ghost = facts.before.as_ref().map(|before| course(&before.over_time, of)).unwrap_or_default();
    ghost.resize(if ghost.is_empty() { 0 } else { facts.now.over_time.len() }, None);
    Card {
        id,
        name,
        definition,
        unit,
        now: of(&facts.now.all),
        then: facts.then(of),
        direction,
        course: course(&facts.now.over_time, of),
        before: ghost,
        foot: page
            .incomparable(facts.begin)
            .unwrap_or_else(|| Text::new(words::counted(facts.now.all.visits, "visit", "visits"))),
        alert: false,
        open: page.period.to >= page.look.fresh_as_of,
    }
}

fn visitors(page: &Page, facts: &Facts) -> Stat {
    let texts = ("visitors", "Visitors", "Different people with at least one visit that began in this time.");
    let card = card(page, facts, texts, Unit::Count, Direction::UpIsGood, |figures| Some(figures.people as f64));
    Card { foot: crate::calendar::unknown_coverage(), ..card }.stat(page)
}

fn visits(page: &Page, facts: &Facts) -> Stat {
    let texts = (
        "visits",
        "Visits",
        "Visits that began in this time. A visit ends after 30 minutes without an event, or after a day.",
    );
    let people = facts.now.all.people;
    let card = card(page, facts, texts, Unit::Count, Direction::UpIsGood, |figures| Some(figures.visits as f64));
    let each = (people > 0).then(|| facts.now.all.visits as f64 / people as f64);
    let foot = each.map_or(card.foot.clone(), |each| Text::new(format!("{} a person", words::fixed(each, 1))));
    Card { foot, ..card }.stat(page)
}

fn bounce(page: &Page, facts: &Facts) -> Stat {
    let texts = (
        "bounce",
        "Left at once",
        "Visits with exactly one page view, of those with any. Events without a page do not make a visit longer here.",
    );
    let card = card(page, facts, texts, Unit::Share, Direction::UpIsBad, Figures::bounce);
    let foot =
        Text::new(format!("n = {}", words::counted(facts.now.all.paged, "visit with a page", "visits with a page")));
    Card { foot, ..card }.stat(page)
}

fn length(page: &Page, facts: &Facts) -> Stat {
    let texts = (
        "pages",
        "Pages a visit",
        "Page views ÷ visits. The length below is from the first event of a visit to its last: how long the last page was read is not known.",
    );
    let pages = |figures: &Figures| (figures.paged > 0).then(|| figures.pages as f64 / figures.visits as f64);
    let card = card(page, facts, texts, Unit::Number, Direction::Neither, pages);
    let foot = Text::new(format!("median length {}", Unit::Seconds.short(facts.now.median_seconds)));
    Card { foot, ..card }.stat(page)
}

fn conversion(page: &Page, facts: &Facts) -> Stat {
    let definition = match &facts.goal {
        Some(goal) => format!("Visitors who did {goal} in one of their visits, of all visitors. A person counts once."),
        None => {
            "Visitors who reached the goal, of all visitors. No goal is chosen, and no event carries money.".to_owned()
        }
    };
    let goal = facts.goal.is_some();
    let share = move |figures: &Figures| figures.conversion().filter(|_| goal);
    let card = card(page, facts, ("conversion", "Conversion", ""), Unit::Share, Direction::UpIsGood, share);
    let foot = match &facts.goal {
        Some(goal) => Text::new(words::shortened(goal, 28)),
        None => Text::new("no goal is chosen"),
    };
    let now = facts.conversion();
    let hidden = goal && now.is_none();
    let card = Card { foot, now, then: card.then.filter(|_| !hidden), ..card };
    Stat { definition, ..card.stat(page) }
}

fn revenue(page: &Page, facts: &Facts) -> Stat {
    let currency = &facts.currency;
    let known = facts.revenue().is_some();
    // A day without money, in a project that sends some, is a day of zero.
    let money = |figures: &Figures| figures.revenue_in(currency).or(known.then_some(0.0));
    let texts =
        ("revenue", "Revenue", "Money of all events of these visits, in the project's currency. Others are not added.");
    let card = card(page, facts, texts, Unit::Money(currency.clone()), Direction::UpIsGood, money);
    let each = facts.revenue().filter(|_| facts.now.all.people > 0).map(|money| money / facts.now.all.people as f64);
    let foot = match each {
        Some(_) => Text::new(format!("{} a visitor", words::money(each, currency))),
        None => Text::new("no event carried money"),
    };
    let then = facts.then(|past| past.revenue_in(currency));
    Card { foot, then, ..card }.stat(page)
}

/// A figure about spend, without a course: it is told by campaign, not asked by day.
fn cost_card<'a>(id: &'a str, name: &'a str, definition: &'a str, unit: Unit, direction: Direction) -> Card<'a> {
    Card {
        id,
        name,
        definition,
        unit,
        now: None,
        then: None,
        direction,
        course: Vec::new(),
        before: Vec::new(),
        foot: Text::default(),
        alert: false,
        open: false,
    }
}

struct Bills {
    now: Option<Bill>,
    before: Option<Bill>,
}

fn bills(facts: &Facts) -> Bills {
    Bills {
        now: Bill::of(&facts.campaigns, &facts.currency),
        before: facts.campaigns_before.as_ref().and_then(|past| Bill::of(past, &facts.currency)),
    }
}

/// Its spark would be a flat hatch: nothing is drawn where there is no course.
fn without_course(card: Card<'_>, page: &Page) -> Stat {
    Stat { spark: String::new(), ..card.stat(page) }
}

fn spend(page: &Page, facts: &Facts) -> Stat {
    let bills = bills(facts);
    let unit = Unit::Money(facts.currency.clone());
    let definition = "What was told to have been spent on campaigns in these days, in the project's currency.";
    let foot = match facts.spend.iter().map(|row| row.until).max() {
        Some(until) => Text::new(format!("told until {}", words::day(until.and_time(chrono::NaiveTime::MIN)))),
        None => Text::new("not told"),
    };
    let card = Card {
        now: bills.now.map(|bill| bill.spend),
        then: bills.before.map(|bill| bill.spend),
        foot,
        ..cost_card("spend", "Spend", definition, unit, Direction::Neither)
    };
    without_course(card, page)
}

fn returned(page: &Page, facts: &Facts) -> Stat {
    let bills = bills(facts);
    let definition =
        "Revenue of visits that came by campaigns with known spend ÷ that spend. What the goods cost is not in it.";
    let returned = bills.now.and_then(|bill| bill.returned());
    let card = Card {
        now: returned,
        then: bills.before.and_then(|bill| bill.returned()),
        foot: match bills.now {
            Some(bill) if bill.partial => Text::new("at least: other currencies are not added"),
            _ => super::campaign_coverage(facts),
        },
        alert: !bills.now.is_some_and(|bill| bill.partial) && returned.is_some_and(|returned| returned < 1.0),
        ..cost_card("returned", "Return on spend", definition, Unit::Number, Direction::UpIsGood)
    };
    without_course(card, page)
}

fn each(page: &Page, facts: &Facts) -> Stat {
    let bills = bills(facts);
    let unit = Unit::Money(facts.currency.clone());
    let converted = bills.now.map_or(0, |bill| bill.converted);
    let known = facts.goal.is_some();
    let card = Card {
        now: bills.now.and_then(|bill| bill.each()).filter(|_| known),
        then: bills.before.and_then(|bill| bill.each()).filter(|_| known),
        foot: Text::new(format!("{} by campaigns with spend", words::counted(converted, "conversion", "conversions"))),
        ..cost_card(
            "cost-each",
            "Cost per conversion",
            "Spend ÷ visits by campaigns with known spend that reached the goal.",
            unit,
            Direction::UpIsBad,
        )
    };
    without_course(card, page)
}
