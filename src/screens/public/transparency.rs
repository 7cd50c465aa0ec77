//! What is measured here, in words for everybody: per category why, what never, how long, and how many share it.

use crate::charts::{Hue, InlineBar, coverage};
use crate::parts::empty;
use crate::words;
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::{Cell, Column, Drawing, Item, Panel, Part, Row, Screen, Stat, Stats, Table, Text};
use parallax_domain::{Address, Category, Problem, Signal};
use parallax_server::Machine;
use parallax_server::admin::retention::{self, name_of};
use parallax_server::identity::accounts::Viewer;
use parallax_server::identity::projects::{self, ProjectRow};
use parallax_server::privacy::catalogue::{self, FieldRow};
use parallax_server::retention::plan::Rule;
use parallax_server::store::question::sharing::Sharing;
use std::sync::Arc;

/// Fewer people are not counted in public (contract rule A5).
const SMALLEST: i64 = 50;
/// Public counts are rounded to fives.
const ROUND: i64 = 5;

/// What a category is, in words without jargon: what, why, never, without it.
fn told(category: Category) -> [&'static str; 4] {
    match category {
        Category::Essential => [
            "Counts without any identifier, sign-ins, and the record of your own choice",
            "So that the service works and abuse is noticed",
            "Nothing that tells who you are",
            "It has no switch: the service would not work",
        ],
        Category::Errors => [
            "Crashes and failed requests, with the release and the page they happened on",
            "So that faults are found before you have to report them",
            "No name, no address, no text you typed",
            "Faults that only you meet stay invisible to us",
        ],
        Category::Performance => [
            "How long pages and actions take on your device",
            "So that slow pages are found on real phones and networks",
            "No contents of pages",
            "Your kind of device counts less when we choose what to speed up",
        ],
        Category::Usage => [
            "Which pages and features are used, in which order",
            "So that we build what is used and drop what is not",
            "No name; a number that stands for you and that we cannot turn back without a reason that is written down",
            "Your way of working does not shape the product",
        ],
        Category::Content => [
            "Words you search for, and addresses that carry what you wrote",
            "So that search finds what people look for",
            "No messages, no forms; mail, card and phone numbers are masked before anything is stored",
            "What you search in vain stays unknown to us",
        ],
        Category::Marketing => [
            "Which link or advert brought you here",
            "So that we stop paying for adverts that bring nobody",
            "No sharing with advertisers, no profile across sites",
            "Your visit counts as direct",
        ],
        Category::Support => [
            "The link between your tickets and what happened before them",
            "So that support sees the fault instead of asking you to describe it",
            "Nothing outside your own tickets",
            "You describe what happened in your own words",
        ],
        Category::Research => [
            "Invitations to surveys and interviews",
            "So that we hear what numbers do not say",
            "No invitation twice",
            "You are not asked",
        ],
    }
}

pub async fn compose(machine: &Arc<Machine>, address: &Address) -> Result<Screen, Problem> {
    let mut screen = Screen::new("What we learn from your visit");
    let Some(project) = shown(machine, address.project).await? else {
        screen.lede = Text::new("Nothing is measured here yet.");
        screen.parts.push(empty(
            "Nothing is collected",
            "When this server collects something, what, why and for how long stands here, for everybody.",
        ));
        return Ok(screen);
    };
    // The public sees what anybody may see: no account, no rows, and only large groups.
    let everybody = Viewer {
        account: 0,
        email: "public page".to_owned(),
        name: String::new(),
        roles: Vec::new(),
        projects: Some(vec![project.id]),
    };
    let mut look = machine.store.look(&everybody, project.id).await?;
    let sharing = machine.store.sharing(&mut look).await?;
    let fields = catalogue::list(&machine.database, project.id).await?;
    screen.lede = lede(&project, &sharing);
    let rules = retention::in_force(machine, project.id).await?;
    screen.parts = vec![
        Part::Stats(figures(&sharing, &rules)),
        Part::Section {
            title: "What is collected, and why".to_owned(),
            note: format!(
                "Each kind is a choice of its own, except the first. Shares are of those who chose, rounded; groups of fewer than {SMALLEST} people are not told."
            ),
        },
        Part::Drawing(categories(&sharing, &fields)),
        Part::Grid(vec![
            (7, kept(machine, &project, &rules).await?.into()),
            (5, Part::Grid(vec![(12, protected().into()), (12, choice(&project).into())])),
        ]),
    ];
    Ok(screen)
}

/// The project that the address names, if it is a customer's or the demo; else the first of those.
async fn shown(machine: &Machine, asked: Option<i32>) -> Result<Option<ProjectRow>, Problem> {
    let mut all: Vec<ProjectRow> =
        projects::list(&machine.database).await?.into_iter().filter(|project| project.kind != "own").collect();
    all.sort_by_key(|project| (Some(project.id) != asked, project.kind == "demo", project.id));
    Ok(all.into_iter().next())
}

/// Rounded, and withheld where the group or its rest is small.
fn public_share(row: &Sharing) -> Option<f64> {
    if row.granted.min(row.denied) < SMALLEST {
        return None;
    }
    let round = |count: i64| (count + ROUND / 2) / ROUND * ROUND;
    Some(round(row.granted) as f64 / (round(row.granted) + round(row.denied)) as f64)
}

fn lede(project: &ProjectRow, sharing: &[Sharing]) -> Text {
    let text =
        Text::default().strong(project.name.clone()).plain(" measures where it is slow or broken, and what is used. ");
    let usage = sharing.iter().find(|row| row.category == Category::Usage).and_then(public_share);
    match usage {
        Some(share) => text.plain(format!(
            "{} of those who chose share their usage. Everything stays on this server.",
            words::percent_brief(Some(share))
        )),
        None => text.plain("Everything stays on this server."),
    }
}

/// Per kind of collection: what, why, what never, what is lost without it, and how many share it.
fn categories(sharing: &[Sharing], fields: &[FieldRow]) -> Drawing {
    let markup = html! {
        section class="panel flush" aria-label="What is collected, and why" {
            ul class="choices" role="list" {
                @for category in Category::ALL {
                    (kind(category, sharing.iter().find(|row| row.category == category).and_then(public_share), fields))
                }
            }
        }
    };
    Drawing { id: "collected".to_owned(), markup: markup.into_string() }
}

fn kind(category: Category, share: Option<f64>, fields: &[FieldRow]) -> Markup {
    let [what, why, never, without] = told(category);
    let declared: Vec<&str> = fields
        .iter()
        .filter(|field| field.state == "declared" && field.category == Some(category as i16))
        .map(|field| field.name.as_str())
        .collect();
    html! {
        li class=[(category == Category::Essential).then_some("fixed")] {
            div class="t-main" {
                h3 { (words::capital(category.word())) }
                p { (what) "." }
                dl class="why" {
                    div { dt { "Why" } dd { (why) "." } }
                    div { dt { "Never" } dd { (never) "." } }
                    div { dt { "Without it" } dd { (without) "." } }
                }
                @if !declared.is_empty() {
                    p class="t-fields" { "Fields: " (declared.join(", ")) "." }
                }
            }
            div class="t-side" {
                @match (category, share) {
                    (Category::Essential, _) => { "no switch" }
                    (_, Some(share)) => {
                        span { b { (words::percent_brief(Some(share))) } " share it" }
                        (PreEscaped(InlineBar::new(Some(share), Hue::Ink).draw()))
                    }
                    (_, None) => { "too few have answered to tell" }
                }
            }
        }
    }
}

/// The page in three figures.
fn figures(sharing: &[Sharing], rules: &[Rule]) -> Stats {
    let usage = sharing.iter().find(|row| row.category == Category::Usage).and_then(public_share);
    let share = words::percent_brief(usage);
    let longest = rules.iter().map(|rule| rule.days).max();
    let card = |id: &str, name: &str, value: words::Figure, spark: String, foot: &str| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        value: value.value,
        unit: value.unit,
        spark,
        foot: Text::new(foot),
        ..Stat::default()
    };
    let days = longest.map_or_else(
        || words::Figure::new(words::UNKNOWN.to_owned(), String::new()),
        |days| words::Figure::new(words::count_full(Some(f64::from(days))), "days".to_owned()),
    );
    let choices = Category::ALL.len() - 1;
    Stats {
        label: "In three figures".to_owned(),
        cards: vec![
            card("shared", "Share their usage", share, coverage(usage, 96), "of those who chose"),
            card(
                "switches",
                "Kinds with a choice of their own",
                words::Figure::new(choices.to_string(), format!("of {}", Category::ALL.len())),
                String::new(),
                "one is needed for the service to work",
            ),
            card("longest", "Kept at most", days, String::new(), "then whole days are deleted"),
        ],
    }
}

async fn kept(machine: &Machine, project: &ProjectRow, rules: &[Rule]) -> Result<Panel, Problem> {
    let proofs = retention::proofs(machine, project.id, 1).await?;
    let longest = rules.iter().map(|rule| rule.days).max().unwrap_or(1).max(1);
    let about = |signal: &str| match signal {
        "event" => "pages, features, goals; under a number, not a name",
        "span" => "the way of a request through our services",
        "log" => "what our programs say about their work",
        "log.debug" => "the same in detail, while we look for a fault",
        "metric" => "load of our machines; nothing about people",
        "minute" => "counts per minute; nothing about people",
        _ => "counts per hour and the order of events",
    };
    let rows = rules
        .iter()
        .map(|rule| {
            let share = f64::from(rule.days) / f64::from(longest);
            Row::new(vec![
                Cell::new(name_of(&rule.signal)).sub(about(&rule.signal)),
                Cell::drawn(InlineBar::new(Some(share), Hue::S1).draw()),
                Cell::new(format!("{} days", words::count_full(Some(f64::from(rule.days))))),
            ])
        })
        .collect();
    let summary = match proofs.first() {
        Some(proof) => format!(
            "Older days are deleted every hour. The last deletion, on {}, took {}; afterwards none was left.",
            words::day(proof.ended_at.naive_utc()),
            words::counted(proof.rows, "row", "rows")
        ),
        None => "Older days are deleted every hour. Nothing has been old enough yet.".to_owned(),
    };
    let columns = vec![Column::words("What"), Column::words("").width(38), Column::figures("Kept at most")];
    Ok(Panel::new("kept", "How long it is kept").summary(summary).flush().part(Part::Table(Table {
        caption: "How long it is kept".to_owned(),
        columns,
        rows,
        class: "barkeep".to_owned(),
        ..Table::default()
    })))
}

fn protected() -> Panel {
    let item = |title: &str, note: &str| Item {
        icon: "check".to_owned(),
        title: Text::new(title),
        note: Text::new(note),
        ..Item::default()
    };
    Panel::new("protected", "What we do not keep").part(Part::List(vec![
        item("Mail addresses, phone and card numbers", "masked in every text before it is stored"),
        item("Your internet address", "becomes a country and is dropped"),
        item("Who you are", "your id becomes a number; turning it back needs a reason and is written down"),
        item("Anything in secret", "opening one person's history is recorded with the name of who opened it"),
    ]))
}

fn choice(project: &ProjectRow) -> Panel {
    let signals: Vec<&str> = Signal::ALL.into_iter().map(Signal::plural).collect();
    Panel::new("choice", "Your choice")
        .summary("A refusal takes effect within a minute, and is kept so that nobody asks again for six months.")
        .part(Part::List(vec![
            Item {
                icon: "shield".to_owned(),
                title: Text::new("In your browser"),
                note: Text::new("Global Privacy Control and Do Not Track count as a no."),
                ..Item::default()
            },
            Item {
                icon: "shield".to_owned(),
                title: Text::new(format!("In {}", project.name)),
                note: Text::new(
                    "What you answer there is kept here and applied to everything that arrives afterwards.",
                ),
                ..Item::default()
            },
            Item {
                icon: "eye".to_owned(),
                title: Text::new("See or delete what is stored about you"),
                note: Text::new(format!(
                    "Write to whoever runs {}. Your entries in {} are found by your id there.",
                    project.name,
                    signals.join(", ")
                )),
                ..Item::default()
            },
        ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_are_not_told_in_public() {
        let row = |granted, denied| Sharing { category: Category::Usage, granted, denied };
        assert_eq!(public_share(&row(1_000, 49)), None);
        assert_eq!(public_share(&row(49, 1_000)), None);
        assert_eq!(public_share(&row(302, 98)), Some(0.75));
    }
}
