//! Notes on the time axis: written by whoever is signed in, taken away by their authors and by admins.

use super::{demand_in, note};
use crate::database::fault::Told;
use crate::engine::calendar;
use crate::identity::accounts::Viewer;
use crate::identity::projects;
use crate::machine::Machine;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use parallax_domain::{Permission, Problem};
use serde_json::json;

const LONGEST: usize = 200;

/// Adds a note. `at` and `until` are local times of `zone`, such as `2026-11-19T14:32`; an empty `at` is now, an empty
/// `until` makes it a moment. Its number.
pub async fn add(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    words: &str,
    (at, until): (&str, &str),
    zone: &str,
) -> Result<i64, Problem> {
    demand_in(viewer, Permission::OwnViews, project)?;
    let words = words.trim();
    if words.is_empty() || words.chars().count() > LONGEST {
        return Err(Problem::invalid("words", format!("A note has 1 to {LONGEST} characters.")));
    }
    let zone = match zone {
        "" => projects::list(&machine.database)
            .await?
            .into_iter()
            .find(|row| row.id == project)
            .map_or_else(|| "UTC".to_owned(), |row| row.zone),
        zone => zone.to_owned(),
    };
    let at = instant("at", at, &zone)?.unwrap_or_else(|| machine.clock.now());
    let until = instant("until", until, &zone)?;
    if until.is_some_and(|until| until <= at) {
        return Err(Problem::invalid("until", "The end must be after the beginning."));
    }
    let id: i64 = sqlx::query_scalar(
        "insert into annotation (project, at, until, words, author) values ($1, $2, $3, $4, nullif($5, 0)) returning id",
    )
    .bind(project)
    .bind(at)
    .bind(until)
    .bind(words)
    .bind(viewer.account)
    .fetch_one(&machine.database.admin)
    .await
    .told()?;
    note(machine, viewer, Some(project), "annotation added", &format!("annotation {id}"), json!({ "at": at })).await?;
    Ok(id)
}

/// Takes a note off the axis, or puts it back.
pub async fn set_removed(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    id: i64,
    removed: bool,
) -> Result<(), Problem> {
    demand_in(viewer, Permission::OwnViews, project)?;
    let author: Option<Option<i32>> =
        sqlx::query_scalar("select author from annotation where project = $1 and id = $2")
            .bind(project)
            .bind(id)
            .fetch_optional(&machine.database.admin)
            .await
            .told()?;
    let author = author.ok_or_else(|| Problem::not_found("note"))?;
    if author != Some(viewer.account) && !viewer.may(Permission::Administer) {
        return Err(Problem::forbidden("its author and admins"));
    }
    sqlx::query("update annotation set removed_at = case when $2 then now() end where id = $1")
        .bind(id)
        .bind(removed)
        .execute(&machine.database.admin)
        .await
        .told()?;
    let action = if removed { "annotation removed" } else { "annotation brought back" };
    note(machine, viewer, Some(project), action, &format!("annotation {id}"), json!({})).await
}

fn instant(field: &str, text: &str, zone: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wrong = || Problem::invalid(field, format!("{text:?} is no time such as 2026-11-19T14:32."));
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())
        .ok_or_else(wrong)?;
    // An hour that the clock skips or repeats: the earlier of what it can mean.
    calendar::zone(zone)?.from_local_datetime(&local).earliest().map(|at| Some(at.to_utc())).ok_or_else(wrong)
}
