//! Short-lived rows: keys of submissions, quarantine, made-up subjects' remains.

use crate::database::Database;

pub async fn tidy(database: &Database) -> Result<(), sqlx::Error> {
    for statement in [
        "delete from submission where received_at < now() - interval '48 hours'",
        "delete from quarantine where at < now() - interval '7 days'",
        "delete from day_salt where day < (now() at time zone 'UTC')::date",
        "delete from accounting where minute < now() - interval '400 days'",
    ] {
        sqlx::query(statement).execute(&database.admin).await?;
    }
    Ok(())
}
