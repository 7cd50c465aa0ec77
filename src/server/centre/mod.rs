//! The personal privacy centre: without an account of ours, by a signed link of the host application or by the receipt of a
//! decision, a person sees, takes along, and erases what is recorded, and decides anew.

pub mod choice;
pub mod entries;
pub mod link;
mod visit;

pub use visit::{Visit, close, enter_by_link, enter_by_receipt, of_token};

use crate::erasure::request::{self, Right};
use crate::machine::Machine;
use parallax_domain::Problem;
use std::sync::Arc;
use uuid::Uuid;

/// As the audit log calls whoever acts here.
const PERSON: &str = "the person";

/// Erases what is recorded about the visitor, in the background. The visit remembers the request, and shows its receipt.
pub async fn erase(machine: &Arc<Machine>, visit: &Visit) -> Result<(), Problem> {
    let scope = visit.scope(machine).await?.ok_or_else(|| Problem::not_found("entry about you"))?;
    let request = request::receive(machine, &scope, Right::Erasure, visit.channel(), PERSON).await?;
    visit.remember(machine, request).await?;
    request::erase_for(machine, &scope, request, PERSON).await?;
    Ok(())
}

/// Refuses everything that has a switch, as an objection that is answered at once. The receipt of the decision.
pub async fn object(machine: &Machine, visit: &Visit) -> Result<Uuid, Problem> {
    let receipt = choice::decide(machine, visit, &[]).await?;
    if let Some(scope) = visit.scope(machine).await? {
        let request = request::receive(machine, &scope, Right::Objection, visit.channel(), PERSON).await?;
        request::handed_over(machine, request, PERSON, &Default::default()).await?;
        visit.remember(machine, request).await?;
    }
    Ok(receipt)
}
