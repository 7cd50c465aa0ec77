//! Short-lived rows: keys of submissions, quarantine, visits, the oldest entries of the audit log.

use crate::identity::audit_head;
use crate::machine::Machine;
use chrono::Duration;

/// The audit log is kept so long.
pub const AUDIT_DAYS: i64 = 400;

pub async fn tidy(machine: &Machine) -> anyhow::Result<()> {
    let database = &machine.database;
    for statement in [
        "delete from submission where received_at < now() - interval '48 hours'",
        "delete from quarantine where at < now() - interval '7 days'",
        "delete from accounting where minute < now() - interval '400 days'",
        "delete from retention_run where started_at < now() - interval '400 days'",
        "delete from visit where expires_at < now()",
    ] {
        sqlx::query(statement).execute(&database.admin).await?;
    }
    let now = machine.clock.now();
    audit_head::forget(database, &machine.keyring, now - Duration::days(AUDIT_DAYS), now).await?;
    Ok(())
}
