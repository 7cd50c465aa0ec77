//! Signing in, the first admin, invitations, new passwords.

use parallax_domain::screen::{Empty, Field, FieldKind, Form, Link, Part, Screen, Text, Tone};
use parallax_domain::{Address, Problem};
use parallax_server::Machine;
use parallax_server::identity::accounts::{AccountRow, Purpose, Token};

fn form(id: &str, endpoint: &str, submit: &str) -> Form {
    Form {
        id: id.to_owned(),
        action: format!("/fn/{endpoint}"),
        submit: submit.to_owned(),
        tone: Tone::Accent,
        ..Form::default()
    }
}

fn page(title: &str, lede: impl Into<Text>, part: Part) -> Screen {
    Screen { lede: lede.into(), parts: vec![part], ..Screen::new(title) }
}

fn email() -> Field {
    Field::new("email", "E-mail", FieldKind::Email).required().autocomplete("username")
}

fn new_password() -> Field {
    Field::new("password", "Password", FieldKind::Password)
        .required()
        .autocomplete("new-password")
        .hint("At least 10 characters. Length helps, rules do not: four words are fine.")
}

/// Only a place of our own is gone to after signing in.
fn inside(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\") && !next.starts_with("/fn/");
    if own && !next.chars().any(char::is_control) { next } else { "" }
}

pub async fn sign_in(machine: &Machine, address: &Address) -> Result<Screen, Problem> {
    if !machine.accounts.any().await? {
        let empty = Empty {
            title: "Nobody can sign in yet".to_owned(),
            why: Text::new(
                "The first account is made with the link that the server printed when it started, right below its address.",
            ),
            ..Empty::default()
        };
        return Ok(page("Sign in", "This server has no account.", Part::Empty(empty)));
    }
    let mut form = form("sign-in", "sign_in", "Sign in");
    form.hidden.push(("next".to_owned(), inside(address.get("next").unwrap_or("")).to_owned()));
    form.fields = vec![
        email(),
        Field::new("password", "Password", FieldKind::Password).required().autocomplete("current-password"),
    ];
    Ok(page("Sign in", "One stream of telemetry, five points of view.", Part::Form(form)))
}

/// Whom the link is for; none when it was used, is too old, or never was one.
async fn guest(machine: &Machine, purpose: Purpose, token: &str) -> Result<Option<Option<AccountRow>>, Problem> {
    machine.accounts.guest(purpose, &Token(token.to_owned())).await
}

fn used_up(title: &str, why: &str) -> Screen {
    let empty = Empty {
        title: "This link does not work any more".to_owned(),
        why: Text::new(why),
        action: Some(Link::new("Sign in", "/sign-in").primary()),
        ..Empty::default()
    };
    page(title, "A link lets somebody in once.", Part::Empty(empty))
}

pub async fn set_up(machine: &Machine, token: &str) -> Result<Screen, Problem> {
    if guest(machine, Purpose::SetUp, token).await?.is_none() {
        let why = if machine.accounts.any().await? {
            "It was used: there is an account already. Sign in, or ask an admin for an invitation."
        } else {
            "The server prints a new link each time it starts; an older one does not work. Use the newest line in its output."
        };
        return Ok(used_up("Set up", why));
    }
    let mut form = form("set-up", "set_up", "Make the account");
    form.hidden.push(("token".to_owned(), token.to_owned()));
    form.fields = vec![
        email(),
        Field::new("name", "Name", FieldKind::Text)
            .required()
            .autocomplete("name")
            .hint("As colleagues see it, also in the audit log."),
        new_password(),
    ];
    let lede = "The first account holds every role. It can invite the others.";
    Ok(page("Set up Parallax", lede, Part::Form(form)))
}

pub async fn invitation(machine: &Machine, token: &str) -> Result<Screen, Problem> {
    let Some(Some(account)) = guest(machine, Purpose::Invitation, token).await? else {
        return Ok(used_up("Invitation", "It was used, or is older than seven days. An admin can make a new one."));
    };
    let lede =
        Text::new("You are invited as ").strong(account.name.clone()).plain(format!(", {}.", account.roles.join(", ")));
    Ok(page("Welcome", lede, Part::Form(enter(Purpose::Invitation, token, &account, "Choose this password and enter"))))
}

pub async fn reset(machine: &Machine, token: &str) -> Result<Screen, Problem> {
    let Some(Some(account)) = guest(machine, Purpose::Reset, token).await? else {
        return Ok(used_up("New password", "It was used, or is older than an hour. An admin can make a new one."));
    };
    let lede = "The new password ends every session that was opened with the old one.";
    Ok(page("New password", lede, Part::Form(enter(Purpose::Reset, token, &account, "Save the new password"))))
}

fn enter(purpose: Purpose, token: &str, account: &AccountRow, submit: &str) -> Form {
    let mut form = form("enter", "enter", submit);
    form.hidden = vec![
        ("purpose".to_owned(), purpose.word().to_owned()),
        ("token".to_owned(), token.to_owned()),
        // For password managers, which otherwise do not know whose password it is.
        ("username".to_owned(), account.email.clone()),
    ];
    form.fields = vec![new_password()];
    form
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn signing_in_never_leads_elsewhere() {
        assert_eq!(inside("/product?range=7d"), "/product?range=7d");
        for next in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/fn/sign_out",
            "/a\r\nb",
        ] {
            assert_eq!(inside(next), "", "{next}");
        }
    }
}
