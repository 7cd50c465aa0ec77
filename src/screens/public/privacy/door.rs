//! The page before anybody came in: how to come in, and what cannot be found at all.

use super::rights;
use parallax_domain::Address;
use parallax_domain::screen::{Banner, Field, FieldKind, Form, Item, Panel, Part, Screen, Text, Tone};

pub fn page(address: &Address) -> Screen {
    let mut screen = Screen::new("What is recorded about you");
    screen.lede = Text::new(
        "Read it, take it along, delete it, or decide anew. You need no account here, only something that shows it is about you.",
    );
    screen.parts.extend(refused(address.get("link")).map(Part::Banner));
    screen.parts.push(Part::Grid(vec![(6, link().into()), (6, receipt().into())]));
    screen.parts.push(Part::Grid(vec![(12, rights::unfound().into())]));
    screen
}

/// Why a link did not lead in.
fn refused(word: Option<&str>) -> Option<Banner> {
    let (tone, text) = match word? {
        "later" => (Tone::Warn, "Your link could not be checked right now. Open it once more in a minute."),
        _ => (
            Tone::Bad,
            "This link does not work, or not any more. Open it anew from your account; it lives for a short time only.",
        ),
    };
    Some(Banner { tone, text: Text::new(text), action: None })
}

fn link() -> Panel {
    let step = |title: &str, note: &str| Item {
        icon: "right".to_owned(),
        title: Text::new(title),
        note: Text::new(note),
        ..Item::default()
    };
    Panel::new("by-link", "From your account")
        .summary("The page that is measured knows who you are; we only know a number.")
        .part(Part::List(vec![
            step("Sign in there", "as you always do"),
            step("Open its privacy settings", "and follow the link to what is recorded about you"),
            step("You come back here", "the link is signed, and works for a short time"),
        ]))
}

fn receipt() -> Panel {
    let field = Field::new("receipt", "Receipt", FieldKind::Text)
        .required()
        .autocomplete("off")
        .hint("Its number, or the whole receipt. It opens what this one device sent.");
    let form = Form {
        id: "receipt".to_owned(),
        action: "/fn/privacy/enter".to_owned(),
        fields: vec![field],
        submit: "Show what is recorded".to_owned(),
        tone: Tone::Accent,
        ..Form::default()
    };
    Panel::new("by-receipt", "With a receipt")
        .summary("Whenever you answered the privacy notice you got a receipt.")
        .part(Part::Form(form))
}
