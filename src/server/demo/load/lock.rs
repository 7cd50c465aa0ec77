//! Who tells the demo: one program at a time, known by a lock that ends with its connection.

use crate::machine::Machine;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;

pub struct Lock(PoolConnection<Postgres>);

const NAME: &str = "hashtextextended('demo', 0)";

impl Lock {
    /// None while somebody else has it.
    pub async fn take(machine: &Machine) -> Result<Option<Lock>, sqlx::Error> {
        let mut connection = machine.database.admin.acquire().await?;
        let taken: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select pg_try_advisory_lock({NAME})")))
            .fetch_one(&mut *connection)
            .await?;
        if !taken {
            return Ok(None);
        }
        // Whatever becomes of us, the lock must not outlive us in the pool.
        connection.close_on_drop();
        Ok(Some(Lock(connection)))
    }

    pub async fn release(mut self) {
        let unlock = sqlx::query(sqlx::AssertSqlSafe(format!("select pg_advisory_unlock({NAME})")));
        if let Err(error) = unlock.execute(&mut *self.0).await {
            tracing::debug!(%error, "the demo's lock ends with its connection");
        }
    }
}
