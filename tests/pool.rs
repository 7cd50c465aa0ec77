//! Connections that are used again, and those that must not be.

use crate::support::TestApp;
use sqlx::PgPool;
use std::time::Duration;

/// The number of the connection that is used next; it is back in the pool afterwards.
async fn next(pool: &PgPool) -> i32 {
    let mut connection = pool.acquire().await.expect("a connection");
    let number = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await.expect("a number");
    drop(connection);
    returned(pool).await;
    number
}

async fn returned(pool: &PgPool) {
    while pool.num_idle() < pool.size() as usize {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_used_again_unless_somebody_left_a_transaction_open_on_it() {
    let app = TestApp::start().await;
    let pool = &app.machine.database.writer;
    returned(pool).await;
    let first = next(pool).await;
    for _ in 0..5 {
        assert_eq!(next(pool).await, first, "it is used again");
    }
    let mut connection = pool.acquire().await.expect("a connection");
    // As if whoever began it had gone before the answer came.
    sqlx::raw_sql("begin").execute(&mut *connection).await.expect("begun");
    drop(connection);
    returned(pool).await;
    assert_ne!(next(pool).await, first, "nobody would end it");
}
