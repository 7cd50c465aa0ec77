//! What the forms of several screens share.

use crate::page::Page;
use parallax_domain::screen::{Code, Confirm, Form, Method, Panel, Part, Text, Tone};
use parallax_server::identity::shown::Secret;

/// A form that changes something in this page's project.
pub fn change(page: &Page, id: &str, endpoint: &str, submit: &str) -> Form {
    Form {
        id: id.to_owned(),
        action: format!("/fn/{endpoint}"),
        hidden: vec![("project".to_owned(), page.project.id.to_string())],
        submit: submit.to_owned(),
        tone: Tone::Accent,
        ..Form::default()
    }
}

/// A form whose answer is this page with other settings; the rest of the address stays.
pub fn ask(page: &Page, id: &str, submit: &str) -> Form {
    Form {
        id: id.to_owned(),
        action: page.address.path.clone(),
        method: Method::Get,
        hidden: crate::explore::traces::hidden(&page.to(&page.address.path)),
        submit: submit.to_owned(),
        inline: true,
        ..Form::default()
    }
}

/// States the effect before the deed.
pub fn confirm(title: impl Into<String>, effect: Vec<Text>, cancel: &str) -> Option<Confirm> {
    Some(Confirm { title: title.into(), effect, cancel: cancel.to_owned() })
}

/// What was made a moment ago and is shown once, such as a key.
pub fn secrets(page: &Page, place: &str) -> Vec<Part> {
    let secrets = page.machine.shown.of(page.viewer.account, place, page.now);
    secrets.into_iter().enumerate().map(|(index, secret)| shown(index, secret).into()).collect()
}

fn shown(index: usize, secret: Secret) -> Panel {
    Panel::new(&format!("shown-{index}"), secret.title)
        .badge("shown once", Tone::Warn)
        .summary("Copy it now: it is not kept in clear and cannot be shown again.")
        .part(Part::Code(Code { text: secret.text, copy: Some("Copy".to_owned()) }))
        .foot(secret.note)
}
