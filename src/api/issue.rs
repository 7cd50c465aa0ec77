//! Issues: what becomes of one.

use super::{Done, Fault};
use leptos::prelude::*;

/// `open`, `resolved` or `archived`.
#[server(prefix = "/fn", endpoint = "issue/state")]
pub async fn set_issue_state(project: i32, id: String, state: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_domain::Problem;
    use parallax_server::store::question::IssueState;
    let (machine, viewer) = require(Permission::WriteOperations).await?;
    let state =
        IssueState::parse(&state).ok_or_else(|| Problem::invalid("state", "An issue is open, resolved or archived."));
    let state = state?;
    if !viewer.sees(project) {
        return Err(Problem::not_found("project").into());
    }
    machine.store.set_issue_state(project, &id, state, &viewer.email).await?;
    Ok(Done::new(format!("Issue is {}", state.word())))
}
