//! Coming in and going out.

use super::{Done, Fault};
use leptos::prelude::*;

/// Opens a session. `next` is a path of this server, where the person wanted to go.
#[server(prefix = "/fn", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<Done, Fault> {
    use super::require::asked;
    use crate::document::{session, visitor};
    let (machine, parts) = asked()?;
    let (agent, address) = visitor(&parts);
    let (token, viewer) = machine.accounts.sign_in(&email, &password, &agent, address).await?;
    session::open(&machine, &token);
    // Only a path of our own: an address elsewhere would make this form a stranger's signpost.
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    let next = if own && next != "/" { next } else { viewer.home().to_owned() };
    Ok(Done::default().next(next))
}

/// Ends the session, here and in the store.
#[server(prefix = "/fn", endpoint = "sign_out")]
pub async fn sign_out() -> Result<Done, Fault> {
    use super::require::asked;
    use crate::document::session;
    let (machine, parts) = asked()?;
    if let Some(token) = session::token_of(&parts) {
        machine.accounts.sign_out(&token).await?;
    }
    session::close(&machine);
    Ok(Done::default().next("/sign-in"))
}

/// Makes the first admin of a new server; `token` is the last part of the link that the server printed.
#[server(prefix = "/fn", endpoint = "set_up")]
pub async fn set_up(token: String, email: String, name: String, password: String) -> Result<Done, Fault> {
    use super::require::asked;
    use crate::document::{session, visitor};
    use parallax_server::identity::accounts::{Purpose, Token};
    let (machine, parts) = asked()?;
    let (link, (agent, _)) = (Token(token), visitor(&parts));
    let first = Some((email.as_str(), name.as_str()));
    let entered = machine.accounts.enter(Purpose::SetUp, &link, first, &password, &agent).await?;
    session::open(&machine, &entered.0);
    Ok(Done::default().next("/start"))
}

/// Sets the password of an invited person (`purpose` is `invitation`) or of one who lost it (`reset`).
#[server(prefix = "/fn", endpoint = "enter")]
pub async fn enter(purpose: String, token: String, password: String) -> Result<Done, Fault> {
    use super::require::asked;
    use crate::document::{session, visitor};
    use parallax_server::identity::accounts::{Purpose, Token};
    let (machine, parts) = asked()?;
    let purpose = if purpose == "reset" { Purpose::Reset } else { Purpose::Invitation };
    let (link, (agent, _)) = (Token(token), visitor(&parts));
    let (token, viewer) = machine.accounts.enter(purpose, &link, None, &password, &agent).await?;
    session::open(&machine, &token);
    Ok(Done::default().next(viewer.home()))
}
