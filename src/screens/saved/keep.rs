//! The menu of every page that says what can be kept of it: a view under a name, a note on the time axis, a file, paper.

use crate::page::Page;
use parallax_domain::Role;
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Item, Part, Text, Tone};
use parallax_server::views::{SavedPage, VIEW};

pub fn keep(page: &Page) -> Vec<Part> {
    vec![Part::Form(view(page)), Part::Form(note(page)), Part::List(files(page))]
}

fn hidden(page: &Page) -> Vec<(String, String)> {
    vec![("project".to_owned(), page.project.id.to_string())]
}

/// Saves this page, or the next version of the view that it was opened as.
fn view(page: &Page) -> Form {
    let saved = SavedPage::of(&page.address);
    let mut form = Form { hidden: hidden(page), ..Form::default() };
    form.hidden.push(("page".to_owned(), format!("{}?{}", saved.path, saved.query)));
    let open = page.address.number(VIEW);
    if let Some(view) = open {
        form.hidden.push(("view".to_owned(), view.to_string()));
    }
    let submit = if open.is_some() { "Save over this view" } else { "Save view" };
    Form {
        id: "keep-view".to_owned(),
        action: "/fn/view/save".to_owned(),
        fields: vec![
            Field::new("name", "Save this view as", FieldKind::Text).required(),
            Field::new("folder", "Folder", FieldKind::Text),
            Field::new("audience", "Who sees it", FieldKind::Choice(audience(None))),
        ],
        submit: submit.to_owned(),
        tone: Tone::Accent,
        ..form
    }
}

/// For whom a view is; `chosen` is the word that the form sends.
pub fn audience(chosen: Option<&str>) -> Vec<Choice> {
    let fixed = [("everybody", "Everybody in this project"), ("me", "Only me")];
    let choice = |word: &str, label: String| Choice::new(word, label, chosen.unwrap_or("everybody") == word);
    let roles = Role::ALL.into_iter().map(|role| choice(role.word(), format!("{role} and I")));
    fixed.into_iter().map(|(word, label)| choice(word, label.to_owned())).chain(roles).collect()
}

fn note(page: &Page) -> Form {
    let mut hidden = hidden(page);
    hidden.push(("zone".to_owned(), page.project.zone.clone()));
    let now = page.wall(page.now).format("%Y-%m-%dT%H:%M").to_string();
    Form {
        id: "keep-note".to_owned(),
        action: "/fn/annotation/add".to_owned(),
        hidden,
        fields: vec![
            Field::new("words", "Note on the time axis of every chart", FieldKind::Text).required(),
            Field::new("at", "From", FieldKind::Moment).value(now),
            Field::new("until", "Until, if it lasted", FieldKind::Moment),
        ],
        submit: "Add note".to_owned(),
        ..Form::default()
    }
}

fn files(page: &Page) -> Vec<Item> {
    let item = |icon: &str, words: &str, href: String| Item {
        icon: icon.to_owned(),
        title: Text::new(words),
        href: Some(href),
        ..Item::default()
    };
    let file = format!("/file{}", page.address.href());
    vec![
        item("dl", "Save as one HTML file", file),
        item("pin", "Saved views", page.to("/views").href()),
        item("note", "Notes on the time axis", page.to("/annotations").href()),
    ]
}
