//! Partitions of the next days, made before anybody needs them.

use crate::database::Database;
use crate::database::partition::{AHEAD, Partition};
use chrono::{Days, Utc};
use parallax_domain::Signal;

/// Makes today's and the next eight days' partitions of every project.
pub async fn make(database: &Database) -> Result<(), sqlx::Error> {
    let projects: Vec<i32> = sqlx::query_scalar("select id from project").fetch_all(&database.admin).await?;
    let today = Utc::now().date_naive();
    let mut connection = database.admin.acquire().await?;
    for project in projects {
        for signal in Signal::ALL {
            for ahead in 0..=AHEAD {
                let Some(day) = today.checked_add_days(Days::new(ahead)) else { continue };
                Partition { signal, project, day }.ensure(&mut connection).await?;
            }
        }
    }
    Ok(())
}
