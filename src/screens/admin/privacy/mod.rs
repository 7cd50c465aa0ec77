//! Privacy at a glance: what was masked and withheld before storage, and the settings behind it.

mod masked;
mod settings;

use crate::page::Page;
use crate::words;
use chrono::Duration;
use parallax_domain::Problem;
use parallax_domain::screen::{Item, Link, Panel, Part, Screen, Stat, Stats, Text};
use parallax_server::privacy::catalogue::{self, State};
use parallax_server::privacy::policy::Settings;
use parallax_server::store::question::masking::{Masked, WithheldRow};
use parallax_server::store::question::sharing::Sharing;

/// Days that are drawn and summed.
const DAYS: i64 = 14;
const WITHHELD: i64 = 15;

struct Facts {
    masked: Vec<Masked>,
    withheld: Vec<WithheldRow>,
    sharing: Vec<Sharing>,
    settings: Settings,
    waiting: usize,
    declared: usize,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let from = crate::page::midnight(page.zone, page.wall(page.now).date() - Duration::days(DAYS - 1));
    let until = page.now + Duration::hours(1);
    let entries = catalogue::entries(&machine.database, page.project.id).await?;
    let count = |state: State| entries.iter().filter(|row| row.state == state.word()).count();
    let facts = Facts {
        masked: machine.store.masked(&mut page.look, from, until).await?,
        withheld: machine.store.withheld(&mut page.look, from, until, WITHHELD).await?,
        sharing: machine.store.sharing(&mut page.look).await?,
        settings: machine.store.privacy(page.project.id).await?,
        waiting: count(State::Proposed),
        declared: count(State::Declared),
    };
    let mut screen = super::screen(page, "Privacy", lede(&facts));
    screen.actions.push(Link::new("Public page", format!("/transparency?project={}", page.project.id)).icon("eye"));
    screen.parts = vec![
        Part::Stats(stats(page, &facts)),
        Part::Grid(vec![
            (
                8,
                Part::Grid(vec![
                    (12, masked::panel(page, &facts.masked).into()),
                    (12, masked::withheld(page, &facts.withheld).into()),
                ]),
            ),
            (4, Part::Grid(vec![(12, settings::panel(page, &facts.settings).into()), (12, always().into())])),
        ]),
    ];
    Ok(screen)
}

fn total(masked: &[Masked]) -> i64 {
    masked.iter().map(|row| row.count).sum()
}

fn lede(facts: &Facts) -> Text {
    let text = match total(&facts.masked) {
        0 => Text::new(format!("Nothing had to be masked in the last {DAYS} days. ")),
        n => Text::default().strong(words::counted(n, "value", "values")).plain(format!(
            " with something personal or secret in them were masked before storage in the last {DAYS} days. "
        )),
    };
    match facts.waiting {
        0 => text.plain("No field waits for a decision."),
        n => text.strong(words::counted(n as i64, "entry", "entries")).plain(" of the catalogue wait for a decision."),
    }
}

fn stats(page: &Page, facts: &Facts) -> Stats {
    let card =
        |id: &str, name: &str, definition: &str, figure: words::Figure, foot: String, href: Option<String>| Stat {
            id: id.to_owned(),
            name: name.to_owned(),
            definition: definition.to_owned(),
            value: figure.value,
            unit: figure.unit,
            foot: Text::new(foot),
            href,
            ..Stat::default()
        };
    let today = page.wall(page.now).date();
    let of_today: i64 =
        facts.masked.iter().filter(|row| page.wall(row.hour).date() == today).map(|row| row.count).sum();
    let withheld: i64 = facts.withheld.iter().filter(|row| !row.what.ends_with("treated")).map(|row| row.count).sum();
    let usage = facts.sharing.iter().find(|row| row.category == parallax_domain::Category::Usage);
    let refused = usage.and_then(Sharing::share).map(|share| 1.0 - share);
    let decided = usage.map_or(0, Sharing::decided);
    Stats {
        label: "Privacy in figures".to_owned(),
        cards: vec![
            card(
                "masked",
                "Masked today",
                "Values in texts, names and addresses that a detector or the name of their field gave away, replaced before storage.",
                words::count(Some(of_today as f64)),
                format!("{} in {DAYS} days", words::count(Some(total(&facts.masked) as f64))),
                None,
            ),
            card(
                "withheld",
                "Withheld",
                "Values and records that the catalogue kept from being stored: undeclared, blocked, ended, refused, or dropped by their rule.",
                words::count(Some(withheld as f64)),
                format!("in {DAYS} days"),
                None,
            ),
            card(
                "waiting",
                "Wait for a decision",
                "Names and fields that nobody has declared or blocked.",
                words::count(Some(facts.waiting as f64)),
                format!("{} declared", words::count(Some(facts.declared as f64))),
                Some(page.to("/admin/catalogue").href()),
            ),
            card(
                "refused",
                "Refuse usage",
                "Share of those who decided about the category usage whose newest decision refuses it.",
                words::percent(refused),
                format!("of {} who decided", words::count(Some(decided as f64))),
                Some(page.to("/admin/consent").href()),
            ),
        ],
    }
}

/// What never reaches storage, whatever the catalogue says.
fn always() -> Panel {
    let item = |title: &str, note: &str| Item {
        icon: "check".to_owned(),
        title: Text::new(title),
        note: Text::new(note),
        ..Item::default()
    };
    Panel::new("always", "Always masked")
        .summary("In every text, address, attribute and key, whatever the catalogue says.")
        .part(Part::List(vec![
            item("Mail and IP addresses, phone numbers", "in any text"),
            item("Card numbers, IBAN", "checked by their check digits"),
            item("Tokens, passwords, keys", "by shape and by the name of the field"),
            item("Addresses of pages", "user, query and fragment go; persons, numbers and ids become :id"),
            item("IP address of the sender", "becomes a country, then is dropped"),
            item("Ids of people", "become keyed hashes; the id is sealed with a key per person"),
        ]))
}
