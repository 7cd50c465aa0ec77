//! The rights of one person: to be erased from everything as if never seen, to take everything along.

mod centre;
mod exact;
mod requests;
mod restore;

use crate::support::TestApp;
use parallax_server::erasure::{Scope, carry_out, erase, subject};

pub async fn scope(app: &TestApp, id: &str) -> Scope {
    subject::of_identifier(&app.machine, app.project, id).await.expect("a look").expect("somebody of this id")
}

/// Erases a person to the end; the receipt.
pub async fn erased(app: &TestApp, id: &str) -> String {
    let scope = scope(app, id).await;
    let erasure = erase(&app.machine, &scope, "test", None).await.expect("begun");
    carry_out(&app.machine, erasure).await.expect("carried out").expect("a receipt")
}

/// Rows of any table, in any column, that hold this text.
pub async fn rows_with(app: &TestApp, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select oid::regclass::text from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&app.machine.database.admin)
    .await
    .expect("tables");
    let mut found = Vec::new();
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table} as t where strpos(t::text, $1) > 0"));
        let rows: i64 =
            sqlx::query_scalar(sql).bind(text).fetch_one(&app.machine.database.admin).await.expect("a count");
        if rows > 0 {
            found.push(format!("{table}: {rows}"));
        }
    }
    found
}
