//! Pages without the frame: the door, and what everybody may know.

mod door;
mod privacy;
mod transparency;

use crate::product::funnels::shared;
use parallax_domain::category::Refusals;
use parallax_domain::screen::{Frame, Screen};
use parallax_domain::{Address, Problem};
use parallax_server::Machine;
use parallax_server::centre::Visit;
use std::sync::Arc;

/// Who asks for a page that needs nobody to be signed in.
#[derive(Clone, Debug, Default)]
pub struct Guest {
    /// Of the privacy centre.
    pub visit: Option<Visit>,
    /// What the headers of the browser refuse.
    pub header: Refusals,
}

/// Makes a page that needs nobody to be signed in; none for all others.
pub async fn compose_public(
    machine: &Arc<Machine>,
    address: &Address,
    guest: Guest,
) -> Option<Result<Screen, Problem>> {
    let parts: Vec<&str> = address.path.trim_end_matches('/').split('/').skip(1).collect();
    let made = match parts.as_slice() {
        ["sign-in"] => door::sign_in(machine, address).await,
        ["set-up", token] => door::set_up(machine, token).await,
        ["invitation", token] => door::invitation(machine, token).await,
        ["reset", token] => door::reset(machine, token).await,
        ["shared", token] => shared::compose(machine.clone(), token).await,
        ["transparency"] => transparency::compose(machine, address).await,
        ["privacy"] => privacy::compose(machine, address, &guest).await,
        _ => return None,
    };
    // The token of a link is a secret: it is not repeated where the frame makes links from the address.
    let shown = Address {
        path: if parts.len() > 1 { format!("/{}", parts[0]) } else { address.path.clone() },
        ..address.clone()
    };
    Some(made.map(|screen| Screen { frame: Frame { address: shown, ..screen.frame }, ..screen }))
}
