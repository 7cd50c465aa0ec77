//! The personal privacy centre. Who may is not an account but a visit, opened by a signed link or a receipt.

use super::{Done, Fault};
use leptos::prelude::*;

/// Lets in who holds the receipt of a decision.
#[server(prefix = "/fn", endpoint = "privacy/enter")]
pub async fn enter_privacy(receipt: String) -> Result<Done, Fault> {
    use super::require::asked;
    use crate::document::{visit, visitor};
    let (machine, parts) = asked()?;
    let (_, address) = visitor(&parts);
    let token = parallax_server::centre::enter_by_receipt(&machine, &receipt, address).await?;
    visit::open(&machine, &token);
    Ok(Done::default().next("/privacy"))
}

/// Shares these categories and refuses the others. `all` is `off` to refuse every one.
#[server(prefix = "/fn", endpoint = "privacy/choose")]
pub async fn choose_privacy(
    #[server(default)] categories: Vec<String>,
    #[server(default)] all: String,
) -> Result<Done, Fault> {
    use super::require::{category_of, visited};
    use parallax_server::centre::choice;
    let (machine, visit) = visited().await?;
    let mut allowed = Vec::new();
    for word in categories.iter().filter(|_| all != "off") {
        allowed.extend(category_of(word)?);
    }
    let receipt = choice::decide(&machine, &visit, &allowed).await?;
    Ok(Done::new(format!("Saved; it holds within a minute. Your receipt: {receipt}")).next("/privacy"))
}

/// Erases everything that is recorded about the visitor.
#[server(prefix = "/fn", endpoint = "privacy/erase")]
pub async fn erase_privacy() -> Result<Done, Fault> {
    use super::require::visited;
    let (machine, visit) = visited().await?;
    parallax_server::centre::erase(&machine, &visit).await?;
    Ok(Done::new("Everything about you is being deleted; the receipt appears here").next("/privacy"))
}

/// Objects to everything that can be objected to.
#[server(prefix = "/fn", endpoint = "privacy/object")]
pub async fn object_privacy() -> Result<Done, Fault> {
    use super::require::visited;
    let (machine, visit) = visited().await?;
    let receipt = parallax_server::centre::object(&machine, &visit).await?;
    Ok(Done::new(format!("Nothing that has a switch is collected about you any more. Your receipt: {receipt}"))
        .next("/privacy"))
}

/// Ends the visit.
#[server(prefix = "/fn", endpoint = "privacy/leave")]
pub async fn leave_privacy() -> Result<Done, Fault> {
    use super::require::asked;
    use crate::document::visit;
    let (machine, parts) = asked()?;
    if let Some(token) = visit::token_of(&parts) {
        parallax_server::centre::close(&machine, &token).await?;
    }
    visit::close(&machine);
    Ok(Done::default().next("/privacy"))
}
