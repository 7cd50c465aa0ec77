//! What people are asked: versions of the notice, and what holds in a region until somebody decided.

use super::{texts, versions};
use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Category, Problem};
use parallax_server::store::consent::{DefaultRow, Notice};

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let notices = machine.store.notices(page.project.id).await?;
    let defaults = machine.store.consent_defaults(page.project.id).await?;
    let own = machine.store.consent_texts(page.project.id).await?;
    let mut screen = super::super::screen(page, "Notice and defaults", lede(page, &notices));
    screen.crumbs.push(Link::new("Consent", page.to("/admin/consent").href()));
    screen.parts.push(Part::Grid(vec![
        (
            8,
            Part::Grid(vec![
                (12, versions::list(page, &notices).into()),
                (12, table(page, &defaults).into()),
                (12, texts::languages(page, &own).into()),
                (12, meaning().into()),
            ]),
        ),
        (4, Part::Grid(vec![(12, versions::publish(page, &notices).into()), (12, set(page).into())])),
    ]));
    Ok(screen)
}

fn lede(page: &Page, notices: &[Notice]) -> Text {
    match notices.first() {
        None => Text::new(
            "No version of the notice was published yet: pages ask with the built-in texts. Publish one when you change what is asked.",
        ),
        Some(notice) => Text::new("Version ")
            .strong(notice.version.clone())
            .plain(format!(" of the notice is in force since {}. ", page.moment(notice.since)))
            .plain(match notice.anew {
                0 => "Agreements to earlier versions go on.".to_owned(),
                bits => format!("Agreements to {} from before do not hold any more.", versions::names(bits)),
            }),
    }
}

fn place(region: &str) -> String {
    if region == "*" { "everywhere else".to_owned() } else { region.to_owned() }
}

fn table(page: &Page, defaults: &[DefaultRow]) -> Panel {
    let panel = Panel::new("defaults", "Until somebody decides").unit("by region").flush();
    if defaults.is_empty() {
        return panel.part(empty(
            "No region has a rule of its own",
            "Until somebody decides, the browser script sets no identifier and sends only what is needed; servers with a key of their own send what they send. A rule for a region would be listed here with its public reason.",
        ));
    }
    let rows = defaults
        .iter()
        .map(|row| {
            let held =
                if row.allowed { Text::new("allowed") } else { Text::default().badge("not collected", Tone::Neutral) };
            Row::new(vec![
                Cell::new(place(&row.region)),
                Cell::new(words::capital(row.category.word())),
                Cell::new(held),
                Cell::new(row.reason.clone()).sub(format!("{}, {}", row.changed_by, page.moment(row.changed_at))),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Region"),
        Column::words("Category"),
        Column::words("Until decided"),
        Column::words("Reason, public"),
    ];
    panel
        .part(Part::Table(Table {
            caption: "Regional defaults".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .part(Part::Form(remove(page, defaults)))
        .foot("the country comes from the browser’s time zone or its network address, which is not kept")
}

/// One form for all rows: which rule to take away.
fn remove(page: &Page, defaults: &[DefaultRow]) -> Form {
    let choices = defaults
        .iter()
        .map(|row| {
            let label = format!("{}, {}", place(&row.region), row.category);
            Choice::new(format!("{} {}", row.region, row.category), label, false)
        })
        .collect();
    Form {
        fields: vec![Field::new("rule", "Rule", FieldKind::Choice(choices)).quiet()],
        inline: true,
        tone: Tone::Neutral,
        ..forms::change(page, "default-remove", "consent/default_remove", "Remove this rule")
    }
}

fn set(page: &Page) -> Panel {
    let categories = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Essential)
        .map(|category| Choice::new(category.word(), words::capital(category.word()), category == Category::Marketing))
        .collect();
    let held = vec![
        Choice::new("false", "Not collected until somebody agrees", true),
        Choice::new("true", "Collected until somebody refuses", false),
    ];
    let form = Form {
        fields: vec![
            Field::new("region", "Region", FieldKind::Text)
                .hint("Country code of two letters, such as DE; empty for everywhere else.")
                .autocomplete("off"),
            Field::new("category", "Category", FieldKind::Choice(categories)),
            Field::new("allowed", "Until somebody decides", FieldKind::Choice(held)),
            Field::new("reason", "Why, in words for everybody", FieldKind::Long { rows: 3 }).required(),
        ],
        ..forms::change(page, "default-set", "consent/default", "Set for this region")
    };
    Panel::new("default", "Rule for a region")
        .summary("Holds for pages with a browser key, for people who have not decided about the category.")
        .part(Part::Form(form))
}

/// What each category means in the terms of others.
fn meaning() -> Panel {
    let rows = Category::ALL
        .into_iter()
        .map(|category| {
            let terms = category.terms();
            Row::new(vec![
                Cell::new(words::capital(category.word())),
                Cell::new(terms.sensitivity),
                Cell::new(terms.consent_mode),
                Cell::new(terms.tcf),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Category"),
        Column::words("Sensitivity"),
        Column::words("Google Consent Mode").secondary(1),
        Column::words("IAB TCF 2.2 purposes").secondary(1),
    ];
    Panel::new("meaning", "The categories in other words").flush().part(Part::Table(Table {
        caption: "Categories and what others call them".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }))
}
