//! What the data of a category improved: a fix or a release, with the issue and the version it belongs to, written by the
//! people who made it.

use crate::database::Database;
use crate::database::fault::Told;
use chrono::{DateTime, NaiveDate, Utc};
use parallax_domain::{Category, Problem};
use url::Url;

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Improvement {
    pub id: i64,
    /// None: heard elsewhere, from people who share nothing.
    pub category: Option<i16>,
    pub title: String,
    pub story: String,
    pub day: NaiveDate,
    pub issue: Option<i64>,
    pub issue_title: Option<String>,
    pub service: Option<String>,
    pub version: Option<String>,
    pub url: Option<String>,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
}

impl Improvement {
    pub fn category(&self) -> Option<Category> {
        self.category.and_then(Category::from_number)
    }

    /// `payment-service 2.8.0`.
    pub fn release(&self) -> Option<String> {
        match (&self.service, &self.version) {
            (Some(service), Some(version)) => Some(format!("{service} {version}")),
            (None, Some(version)) => Some(version.clone()),
            _ => None,
        }
    }
}

/// What a form says about a new one.
#[derive(Clone, Debug, Default)]
pub struct New<'a> {
    pub category: Option<Category>,
    pub title: &'a str,
    pub story: &'a str,
    pub day: &'a str,
    /// As issues are called on screens: 16 hexadecimal digits.
    pub issue: &'a str,
    pub service: &'a str,
    pub version: &'a str,
    pub url: &'a str,
}

/// The newest first; `category` narrows.
pub async fn list(database: &Database, project: i32, limit: i64) -> Result<Vec<Improvement>, Problem> {
    sqlx::query_as(
        "select m.id, m.category, m.title, m.story, m.day, m.issue, i.title as issue_title, m.service, m.version, m.url, m.made_by, m.made_at \
         from improvement m left join issue i on i.project = m.project and i.id = m.issue \
         where m.project = $1 and m.removed_at is null order by m.day desc, m.id desc limit $2",
    )
    .bind(project)
    .bind(limit)
    .fetch_all(&database.admin)
    .await
    .told()
}

/// Per category how many fixes and how many releases its data were evidence in since a day.
pub async fn tally(
    database: &Database,
    project: i32,
    since: NaiveDate,
) -> Result<Vec<(Option<i16>, i64, i64)>, Problem> {
    sqlx::query_as(
        "select category, count(*), count(distinct (service, version)) filter (where version is not null) from improvement \
         where project = $1 and removed_at is null and day >= $2 group by 1 order by 1",
    )
    .bind(project)
    .bind(since)
    .fetch_all(&database.admin)
    .await
    .told()
}

pub async fn add(database: &Database, project: i32, new: New<'_>, by: &str, today: NaiveDate) -> Result<i64, Problem> {
    let title = new.title.trim();
    if title.is_empty() || title.chars().count() > 200 {
        return Err(Problem::invalid("title", "Say in 1 to 200 characters what is better now."));
    }
    let story = new.story.trim();
    if story.chars().count() > 1000 {
        return Err(Problem::invalid("story", "At most 1,000 characters."));
    }
    let day: NaiveDate =
        new.day.trim().parse().map_err(|_| Problem::invalid("day", "A day is written as 2026-11-19."))?;
    if day > today {
        return Err(Problem::invalid("day", "This day has not come yet."));
    }
    let issue = issue(database, project, new.issue.trim()).await?;
    let url = link(new.url.trim())?;
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (service, version) = (some(new.service), some(new.version));
    if service.is_some() && version.is_none() {
        return Err(Problem::invalid("version", "Name the version that brought it."));
    }
    sqlx::query_scalar(
        "insert into improvement (project, category, title, story, day, issue, service, version, url, made_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
    )
    .bind(project)
    .bind(new.category.map(|category| category as i16))
    .bind(title)
    .bind(story)
    .bind(day)
    .bind(issue)
    .bind(service)
    .bind(version)
    .bind(url)
    .bind(by)
    .fetch_one(&database.admin)
    .await
    .told()
}

/// Takes it from every page; false: there is none.
pub async fn remove(database: &Database, project: i32, id: i64, now: DateTime<Utc>) -> Result<bool, Problem> {
    let done =
        sqlx::query("update improvement set removed_at = $3 where project = $1 and id = $2 and removed_at is null")
            .bind(project)
            .bind(id)
            .bind(now)
            .execute(&database.admin)
            .await
            .told()?;
    Ok(done.rows_affected() == 1)
}

async fn issue(database: &Database, project: i32, text: &str) -> Result<Option<i64>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let unknown = || {
        Problem::invalid("issue", "There is no issue with this number. It stands in the address of the issue's page.")
    };
    let id = u64::from_str_radix(text, 16).map_err(|_| unknown())? as i64;
    let known: bool = sqlx::query_scalar("select exists (select from issue where project = $1 and id = $2)")
        .bind(project)
        .bind(id)
        .fetch_one(&database.admin)
        .await
        .told()?;
    if known { Ok(Some(id)) } else { Err(unknown()) }
}

/// Only the web is linked to from a public page.
fn link(text: &str) -> Result<Option<String>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Problem::invalid("url", "A link begins with https://.");
    let url = Url::parse(text).map_err(|_| wrong())?;
    if url.scheme() != "https" || url.host_str().is_none() || !url.username().is_empty() || text.len() > 500 {
        return Err(wrong());
    }
    Ok(Some(url.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked_to() {
        assert_eq!(link("https://shop.example/changes").unwrap().as_deref(), Some("https://shop.example/changes"));
        assert_eq!(link("").unwrap(), None);
        for text in
            ["javascript:alert(1)", "http://shop.example", "https://a@shop.example/", "shop.example", "https://"]
        {
            assert_eq!(link(text).unwrap_err().field.as_deref(), Some("url"), "{text}");
        }
    }
}
