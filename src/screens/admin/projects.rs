//! Projects: one per product. Data, keys, catalogue and retention never mix between them.

use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::Problem;
use parallax_domain::screen::{
    Cell, Choice, Column, Field, FieldKind, Form, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_server::identity::projects::ProjectRow;

/// Offered first; any name of the IANA database can be typed.
const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Paris",
    "Europe/Madrid",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
];
const CURRENCIES: [&str; 8] = ["EUR", "USD", "GBP", "CHF", "JPY", "SEK", "PLN", "INR"];

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let own = page.projects.iter().filter(|project| project.kind == "product").count() as i64;
    let lede = match own {
        0 => Text::new("No project of your own yet. Make one, then a key for it."),
        n => Text::default()
            .strong(words::counted(n, "project", "projects"))
            .plain(" of your own; data never mixes between them."),
    };
    let mut screen = super::screen(page, "Projects", lede);
    screen.parts.push(Part::Grid(vec![
        (8, Part::Grid(vec![(12, list(page).into()), (12, settings(page).into())])),
        (4, create(page).into()),
    ]));
    Ok(screen)
}

fn kind(project: &ProjectRow) -> (&'static str, Tone) {
    match project.kind.as_str() {
        "own" => ("Parallax itself", Tone::Neutral),
        "demo" => ("demo", Tone::Accent),
        _ => ("yours", Tone::Neutral),
    }
}

fn list(page: &Page) -> Panel {
    let rows = page
        .projects
        .iter()
        .map(|project| {
            let mut address = page.to("/admin/projects");
            address.project = Some(project.id);
            let (kind, tone) = kind(project);
            Row {
                selected: project.id == page.project.id,
                ..Row::new(vec![
                    Cell::link(project.name.clone(), address.href()).sub(format!("id {}", project.id)),
                    Cell::new(Text::default().badge(kind, tone)),
                    Cell::new(project.zone.clone()),
                    Cell::new(project.currency.clone()),
                    Cell::new(project.catalogue.clone()),
                ])
            }
        })
        .collect();
    let columns = vec![
        Column::words("Project"),
        Column::words("Kind"),
        Column::words("Time zone").secondary(1),
        Column::words("Currency").secondary(1),
        Column::words("Catalogue"),
    ];
    Panel::new("projects", "Projects").flush().part(Part::Table(Table {
        caption: "Projects".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }))
}

fn fields(zone: &str, currency: &str, catalogue: &str) -> Vec<Field> {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let modes = vec![
        Choice::new("learn", "learn: keep for 30 days", catalogue == "learn"),
        Choice::new("strict", "strict: drop until declared", catalogue == "strict"),
    ];
    vec![
        Field::new("zone", "Time zone of its days", FieldKind::Suggest(words(&ZONES))).value(zone).required(),
        Field::new("currency", "Currency", FieldKind::Suggest(words(&CURRENCIES)))
            .value(currency)
            .required()
            .hint("Three letters. Amounts are never converted."),
        Field::new("catalogue", "Fields that nobody declared", FieldKind::Choice(modes)),
    ]
}

fn create(page: &Page) -> Panel {
    let mut all = vec![Field::new("name", "Name", FieldKind::Text).required().autocomplete("off")];
    all.extend(fields("UTC", "EUR", "learn"));
    let form = Form {
        fields: all,
        hidden: Vec::new(),
        ..forms::change(page, "new-project", "project/create", "Make the project")
    };
    Panel::new("create", "New project")
        .summary("One for each product whose people are counted together.")
        .part(Part::Form(form))
}

fn settings(page: &Page) -> Panel {
    let project = &page.project;
    let form = Form {
        fields: fields(&project.zone, &project.currency, &project.catalogue),
        inline: true,
        ..forms::change(page, "project", "project/change", "Save settings")
    };
    Panel::new("settings", format!("Settings of {}", project.name))
        .summary("Another time zone moves the edges of days in every chart; stored times stay as they are. Strict drops the values of undeclared fields from the next record on.")
        .part(Part::Form(form))
}
