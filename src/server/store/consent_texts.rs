//! What the people of a project read where they are asked what may be collected.

use super::Store;
use crate::database::fault::Told;
use crate::privacy::consent_text::ConsentText;
use parallax_domain::Problem;
use serde_json::Value;
use sqlx::types::Json;

impl Store {
    /// By language.
    pub async fn consent_texts(&self, project: i32) -> Result<Vec<ConsentText>, Problem> {
        type Row = (String, Json<Value>, String);
        let rows: Vec<Row> =
            sqlx::query_as("select language, texts, policy from consent_text where project = $1 order by language")
                .bind(project)
                .fetch_all(&self.database.admin)
                .await
                .told()?;
        let of = |(language, Json(texts), policy)| ConsentText { language, texts, policy };
        Ok(rows.into_iter().map(of).collect())
    }

    /// Replaces those of the language. What may be in them is for [`crate::privacy::consent_text::written`] to say.
    pub async fn write_consent_text(&self, project: i32, text: &ConsentText, by: &str) -> Result<(), Problem> {
        sqlx::query(
            "insert into consent_text (project, language, texts, policy, changed_by) values ($1, $2, $3, $4, $5) \
             on conflict (project, language) do update set texts = excluded.texts, policy = excluded.policy, \
                 changed_by = excluded.changed_by, changed_at = now()",
        )
        .bind(project)
        .bind(&text.language)
        .bind(Json(&text.texts))
        .bind(&text.policy)
        .bind(by)
        .execute(&self.database.admin)
        .await
        .told()?;
        Ok(())
    }
}
