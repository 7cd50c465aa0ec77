//! What is measured here, in words for everybody: per category why, what never, who sees it, how long, and how many share
//! it; what it led to; how to stop it. Nothing on this page needs scripts or an account.

mod collected;
mod kept;
mod shared;
mod told;

use crate::charts::coverage;
use crate::parts::empty;
use crate::words::{self, Figure};
use parallax_domain::screen::{Part, Screen, Stat, Stats, Text};
use parallax_domain::{Address, Category, Problem};
use parallax_server::Machine;
use parallax_server::transparency::{self, Public, SMALLEST, sample};
use std::sync::Arc;

pub(super) use told::improvements;

pub async fn compose(machine: &Arc<Machine>, address: &Address) -> Result<Screen, Problem> {
    let mut screen = Screen::new("What we learn from your visit, and how to stop it");
    screen.title = "What we learn from your visit".to_owned();
    let Some(project) = transparency::shown(machine, address.project).await? else {
        screen.lede = Text::new("Nothing is measured here yet.");
        screen.parts.push(empty(
            "Nothing is collected",
            "When this server collects something, what, why and for how long stands here, for everybody.",
        ));
        return Ok(screen);
    };
    let public = transparency::of_project(machine, project.id).await?;
    let sample = sample::of(machine, project.id).await?;
    screen.lede = lede(&public);
    screen.parts = vec![
        Part::Stats(figures(&public)),
        Part::Section {
            title: "What is collected, and why".to_owned(),
            note: format!(
                "Each kind is a choice of its own, except the first. Counts are of the last 30 days, rounded; groups of fewer than {SMALLEST} people are not told, which is not the same as none."
            ),
        },
        Part::Drawing(collected::categories(&public)),
        Part::Grid(vec![(12, told::choice(&public).into())]),
        Part::Section {
            title: "What the data improved".to_owned(),
            note: "Written by the people who made the change, each with the version that brought it.".to_owned(),
        },
        improvements(&public.improvements),
        Part::Grid(vec![(7, shared::panel(&public).into()), (5, kept::panel(&public).into())]),
        Part::Grid(vec![(6, told::never(&public).into()), (6, told::processors(&public).into())]),
        Part::Grid(vec![(12, told::sample(&sample)?.into())]),
        Part::Grid(vec![(6, told::changes(&public).into()), (6, told::limits(&public).into())]),
        Part::Drawing(told::foot(&public)),
    ];
    Ok(screen)
}

pub(super) fn usage(public: &Public) -> Option<f64> {
    public.shared.iter().find(|one| one.category == Category::Usage).and_then(|one| one.share)
}

fn lede(public: &Public) -> Text {
    let policy = &public.policy;
    let text = Text::default()
        .plain("Telemetry tells us where ")
        .strong(policy.project.clone())
        .plain(" is slow or broken, and what is used. It is yours to switch off, to read and to delete. ");
    match policy.processors.len() {
        0 => text.plain("Nothing leaves our own server."),
        n => text.plain(format!(
            "{} get a part of it; they are named below.",
            words::counted(n as i64, "other company", "other companies")
        )),
    }
}

/// The page in three figures.
fn figures(public: &Public) -> Stats {
    let usage = usage(public);
    let card = |id: &str, name: &str, value: Figure, spark: String, foot: Text| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        value: value.value,
        unit: value.unit,
        spark,
        foot,
        ..Stat::default()
    };
    let count = |n: i64| Figure::new(words::count_full(Some(n as f64)), String::new());
    let stored = match public.policy.place.as_str() {
        "" => Text::new("stored on our own server"),
        place => Text::new(format!("stored in {place}, by us")),
    };
    let improved = match public.improvements.len() {
        0 => Text::new("none is written down yet"),
        n => Text::default().link(format!("see the latest {n}"), "#improved"),
    };
    let shared = match usage {
        Some(_) => Text::new("of those who chose"),
        None => Text::new("too few have answered to tell"),
    };
    Stats {
        label: "In three figures".to_owned(),
        cards: vec![
            card("shared", "Share usage data", words::percent_brief(usage), coverage(usage, 96), shared),
            card(
                "receivers",
                "Other companies that receive it",
                count(public.policy.processors.len() as i64),
                String::new(),
                stored,
            ),
            card(
                "improved-n",
                "Improvements it led to this year",
                count(public.improved_this_year),
                String::new(),
                improved,
            ),
        ],
    }
}
