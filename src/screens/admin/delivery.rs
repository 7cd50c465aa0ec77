//! Where mails and calls of other programs go.

use crate::forms;
use crate::page::Page;
use parallax_domain::Problem;
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Panel, Part, Screen, Text, Tone};
use parallax_server::delivery::{self, Kept, Mail, Security, Webhook};

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let mail: Option<Kept<Mail>> = delivery::load(&page.machine, "mail").await?;
    let webhook: Option<Kept<Webhook>> = delivery::load(&page.machine, "webhook").await?;
    let lede = match (&mail, &webhook) {
        (None, None) => "Nothing leaves this server: neither mail nor calls are set up.",
        (Some(_), None) => "Mail is set up; no other program is called.",
        (None, Some(_)) => "One program is called; mail is not set up.",
        (Some(_), Some(_)) => "Mail and calls of another program are set up.",
    };
    let mut screen = super::screen(page, "Mail and webhook", lede);
    screen.parts.push(Part::Grid(vec![
        (6, of_mail(page, mail.as_ref()).into()),
        (6, of_webhook(page, webhook.as_ref()).into()),
    ]));
    Ok(screen)
}

/// Changes of the whole installation name no project.
fn form(page: &Page, id: &str, endpoint: &str, submit: &str) -> Form {
    Form { hidden: Vec::new(), ..forms::change(page, id, endpoint, submit) }
}

fn state<T>(page: &Page, kept: &Kept<T>) -> Vec<(String, Text)> {
    let tested = match (kept.tested_at, &kept.tested) {
        (Some(at), Some(words)) => Text::new(format!("{words}, {}", page.moment(at))),
        _ => Text::default().soft("not yet"),
    };
    vec![
        ("Saved".to_owned(), Text::new(format!("{} by {}", page.moment(kept.changed_at), kept.changed_by))),
        ("Tried".to_owned(), tested),
    ]
}

fn of_mail(page: &Page, kept: Option<&Kept<Mail>>) -> Panel {
    let usual = Mail { port: 465, ..Mail::default() };
    let mail = kept.map_or(&usual, |kept| &kept.settings);
    let label = |security: Security| match security {
        Security::Tls => "TLS from the start (port 465)",
        Security::StartTls => "STARTTLS, or nothing (port 587)",
        Security::None => "none: a relay on this machine",
    };
    let choices =
        Security::ALL.map(|security| Choice::new(security.word(), label(security), security == mail.security)).to_vec();
    let secret = if kept.is_some_and(|kept| kept.has_secret) {
        "Kept sealed. Empty: it stays as it is."
    } else {
        "Kept sealed."
    };
    let fields = vec![
        Field::new("host", "Mail server", FieldKind::Text).value(mail.host.clone()).required().autocomplete("off"),
        Field::new("port", "Port", FieldKind::Text).value(mail.port.to_string()).required(),
        Field::new("security", "Security", FieldKind::Choice(choices)),
        Field::new("from", "Sender", FieldKind::Text)
            .value(mail.from.clone())
            .required()
            .hint("Such as parallax@shop.example."),
        Field::new("user", "User", FieldKind::Text)
            .value(mail.user.clone())
            .hint("Empty: without signing in.")
            .autocomplete("off"),
        Field::new("password", "Password", FieldKind::Password).hint(secret).autocomplete("new-password"),
    ];
    let panel = Panel::new("mail-panel", "Mail")
        .summary("For reports and warnings. Invitations are handed over by you, not mailed.")
        .part(Part::Form(Form { fields, ..form(page, "mail", "delivery/mail", "Save the mail server") }));
    match kept {
        None => panel,
        Some(kept) => {
            let mut test =
                form(page, "try-mail", "delivery/try_mail", &format!("Send a test mail to {}", page.viewer.email));
            test.tone = Tone::Neutral;
            panel.part(Part::Facts(state(page, kept))).part(Part::Form(test))
        }
    }
}

fn of_webhook(page: &Page, kept: Option<&Kept<Webhook>>) -> Panel {
    let none = Webhook::default();
    let webhook = kept.map_or(&none, |kept| &kept.settings);
    let secret = if kept.is_some_and(|kept| kept.has_secret) {
        "Kept sealed. Empty: it stays as it is."
    } else {
        "Kept sealed; signs every call."
    };
    let fields = vec![
        Field::new("url", "Address", FieldKind::Text)
            .value(webhook.url.clone())
            .required()
            .hint("Such as https://hooks.example/in. Addresses inside a network are not called.")
            .autocomplete("off"),
        Field::new("secret", "Secret", FieldKind::Password).hint(secret).autocomplete("new-password"),
        Field::new("plain", "Plain http is allowed as well", FieldKind::Switch).value(webhook.plain.to_string()),
    ];
    let panel = Panel::new("webhook-panel", "Webhook")
        .summary("One POST with JSON for each message, without redirects, within five seconds.")
        .part(Part::Form(Form { fields, ..form(page, "webhook", "delivery/webhook", "Save the webhook") }))
        .foot(
            Text::new("header ")
                .code("Parallax-Signature: v1=…")
                .plain(" is HMAC-SHA256 of the timestamp, a dot and the body"),
        );
    match kept {
        None => panel,
        Some(kept) => {
            let mut test = form(page, "try-webhook", "delivery/try_webhook", "Call it once");
            test.tone = Tone::Neutral;
            panel.part(Part::Facts(state(page, kept))).part(Part::Form(test))
        }
    }
}
