//! Whether the process lives, and whether it can store.

use crate::machine::Machine;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;
use std::time::Duration;

pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Asks the database; a frozen one counts as away.
pub async fn readyz(State(machine): State<Arc<Machine>>) -> (StatusCode, String) {
    let refuse = |reason: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n"));
    if machine.intake.is_draining() {
        return refuse("shutting down");
    }
    let probe = sqlx::query("select 1").execute(&machine.database.admin);
    match tokio::time::timeout(Duration::from_secs(2), probe).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(_)) => refuse("the database refuses"),
        Err(_) => refuse("the database does not answer"),
    }
}
