//! What people read where they are asked, in each language.

use crate::forms;
use crate::page::Page;
use parallax_domain::screen::{
    Cell, Column, Field, FieldKind, Form, Link, Panel, Part, Row, Screen, Table, Text, Tone,
};
use parallax_domain::{Address, Category, Problem};
use parallax_server::admin::consent::language_of;
use parallax_server::privacy::consent_text::{self, ConsentText, Place};

/// Languages that come with texts.
const BUILT_IN: [&str; 2] = ["de", "en"];
/// Longer texts are written on several lines.
const LINE: usize = 60;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let machine = page.machine.clone();
    let own = machine.store.consent_texts(page.project.id).await?;
    let language = language_of(page.address.get("language").unwrap_or("en"))?;
    let written = own.iter().find(|text| text.language == language);
    let places = consent_text::places(written, &language);
    let mut screen = super::super::screen(page, &format!("What people read: {language}"), lede(&language, &places));
    screen.crumbs.push(Link::new("Consent", page.to("/admin/consent").href()));
    screen.crumbs.push(Link::new("Notice and defaults", page.to("/admin/consent/notice").href()));
    let asked = |place: &&Place| !place.name.contains('.');
    let of = |group: &str| -> Vec<&Place> { places.iter().filter(|place| place.name.starts_with(group)).collect() };
    let question = Form {
        fields: places.iter().filter(asked).map(field).collect(),
        ..form(page, "question", &language, "Save the question")
    };
    let categories = Form {
        fields: of("categories.").into_iter().map(field).collect(),
        ..form(page, "categories", &language, "Save the categories")
    };
    let voices = Form {
        fields: of("feedback.").into_iter().chain(of("survey.")).map(field).collect(),
        ..form(page, "voices", &language, "Save these texts")
    };
    screen.parts.push(Part::Grid(vec![
        (
            8,
            Part::Grid(vec![
                (12, Panel::new("question", "The question").part(Part::Form(question)).into()),
                (12, Panel::new("categories", "The categories").part(Part::Form(categories)).into()),
                (12, Panel::new("voices", "Feedback and surveys").part(Part::Form(voices)).into()),
            ]),
        ),
        (4, languages(page, &own).into()),
    ]));
    Ok(screen)
}

fn lede(language: &str, places: &[Place]) -> Text {
    let own = places.iter().filter(|place| place.own.is_some()).count();
    let built_in = if BUILT_IN.contains(&language.split('-').next().unwrap_or_default()) { language } else { "en" };
    Text::new(format!(
        "{own} of {} texts are your own; the others are the built-in ones in {built_in}. A text alone asks nobody again: for that, publish a version.",
        places.len()
    ))
}

/// Texts that are in another form stay as they are.
fn form(page: &Page, group: &str, language: &str, submit: &str) -> Form {
    let mut form = forms::change(page, &format!("texts-{group}"), "consent/texts", submit);
    form.hidden.push(("language".to_owned(), language.to_owned()));
    form
}

fn field(place: &Place) -> Field {
    let kind = if place.built_in.chars().count() > LINE { FieldKind::Long { rows: 3 } } else { FieldKind::Text };
    Field::new(&format!("texts[{}]", place.name), &name(&place.name), kind)
        .value(place.own.clone().unwrap_or_default())
        .hint(if place.built_in.is_empty() {
            "Built in: none".to_owned()
        } else {
            format!("Built in: {}", place.built_in)
        })
        .autocomplete("off")
}

/// `categories.usage.about` in words.
fn name(place: &str) -> String {
    let words = place.replace(['.', '_'], " ");
    let words = words.strip_prefix("categories ").unwrap_or(&words);
    crate::words::capital(words)
}

/// The languages that there are texts in, and the way to another one.
pub fn languages(page: &Page, own: &[ConsentText]) -> Panel {
    let mut all: Vec<&str> = BUILT_IN.into_iter().chain(own.iter().map(|text| text.language.as_str())).collect();
    all.sort_unstable();
    all.dedup();
    let rows = all
        .into_iter()
        .map(|language| {
            let places = consent_text::places(own.iter().find(|text| text.language == language), language);
            let count = places.iter().filter(|place| place.own.is_some()).count();
            let told = match count {
                0 => Text::new("built in"),
                count => Text::default().badge(format!("{count} of your own"), Tone::Accent),
            };
            let to =
                Address { more: vec![("language".to_owned(), language.to_owned())], ..page.to("/admin/consent/texts") };
            Row::new(vec![Cell::link(language, to.href()), Cell::new(told)])
        })
        .collect();
    let table = Table {
        caption: "Languages of the question".to_owned(),
        columns: vec![Column::words("Language"), Column::words("Texts")],
        rows,
        ..Table::default()
    };
    let other = Form {
        action: "/admin/consent/texts".to_owned(),
        fields: vec![
            Field::new("language", "Another language", FieldKind::Text)
                .hint("Such as fr or pt-BR.")
                .autocomplete("off"),
        ],
        ..forms::ask(page, "texts-language", "Write in it")
    };
    Panel::new("languages", "What people read")
        .unit(format!("{} categories", Category::ALL.len()))
        .part(Part::Table(table))
        .part(Part::Form(other))
        .foot("a browser gets its own language, else the built-in one, else English")
}
