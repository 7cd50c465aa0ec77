//! What somebody wants to reach.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::Problem;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TargetRow {
    pub measure: String,
    pub value: f64,
    pub changed_by: String,
    pub changed_at: DateTime<Utc>,
}

impl Store {
    pub async fn targets(&self, look: &mut Look) -> Result<Vec<TargetRow>, Problem> {
        sqlx::query_as("select measure, value, changed_by, changed_at from target where project = $1 order by measure")
            .bind(look.project)
            .fetch_all(&mut *look.connection)
            .await
            .told()
    }

    pub async fn remove_target(&self, project: i32, measure: &str) -> Result<(), Problem> {
        sqlx::query("delete from target where project = $1 and measure = $2")
            .bind(project)
            .bind(measure)
            .execute(&self.database.writer)
            .await
            .told()?;
        Ok(())
    }
}
