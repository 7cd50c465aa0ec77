//! What is measured here, in words for everybody: per category why, what never, how long, and how many share it.

use crate::charts::{Hue, InlineBar};
use crate::parts::empty;
use crate::words;
use parallax_domain::screen::{Cell, Column, Item, Panel, Part, Row, Screen, Table, Text};
use parallax_domain::{Address, Category, Problem, Signal};
use parallax_server::Machine;
use parallax_server::admin::retention::{self, name_of};
use parallax_server::identity::accounts::Viewer;
use parallax_server::identity::projects::{self, ProjectRow};
use parallax_server::privacy::catalogue::{self, FieldRow};
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
    screen.parts = vec![
        categories(&sharing, &fields).into(),
        kept(machine, &project).await?.into(),
        protected().into(),
        choice(&project).into(),
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

fn categories(sharing: &[Sharing], fields: &[FieldRow]) -> Panel {
    let rows = Category::ALL
        .into_iter()
        .map(|category| {
            let [what, why, never, without] = told(category);
            let row = sharing.iter().find(|row| row.category == category);
            let share = row.and_then(public_share);
            let declared: Vec<&str> = fields
                .iter()
                .filter(|field| field.state == "declared" && field.category == Some(category as i16))
                .map(|field| field.name.as_str())
                .collect();
            let names = if declared.is_empty() { String::new() } else { format!(" Fields: {}.", declared.join(", ")) };
            let shares = match (category, share) {
                (Category::Essential, _) => Cell::new(Text::default().soft("no switch")),
                (_, Some(share)) => Cell::new(words::percent_brief(Some(share)).to_string())
                    .with_drawing(InlineBar::new(Some(share), Hue::Ink).draw()),
                (_, None) => Cell::new(Text::default().soft("too few to tell")),
            };
            Row::new(vec![
                Cell::new(words::capital(category.word())).sub(format!("{what}.{names}")),
                Cell::new(format!("{why}.")).sub(format!("Never: {}.", words::uncapital(never))),
                Cell::new(format!("{without}.")),
                shares,
            ])
        })
        .collect();
    let columns = vec![
        Column::words("What").width(30),
        Column::words("Why").width(34),
        Column::words("Without it"),
        Column::figures("People who share it"),
    ];
    Panel::new("collected", "What is collected, and why")
        .summary("Each kind is a choice of its own, except the first.")
        .flush()
        .part(Part::Table(Table {
            caption: "What is collected".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot(format!("shares of those who chose, rounded; groups of fewer than {SMALLEST} people are not told"))
}

async fn kept(machine: &Machine, project: &ProjectRow) -> Result<Panel, Problem> {
    let rules = retention::in_force(machine, project.id).await?;
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
                note: Text::new("The settings for privacy hold a switch for each kind above."),
                ..Item::default()
            },
            Item {
                icon: "eye".to_owned(),
                title: Text::new("See or delete what is stored about you"),
                note: Text::new(format!(
                    "Covers {}. Open your choices, or write to whoever runs {}.",
                    signals.join(", "),
                    project.name
                )),
                href: Some("/privacy".to_owned()),
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
