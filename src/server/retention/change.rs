//! A change of a rule by a person. What deletes nothing holds at once. What deletes waits a day, in which it can be taken
//! back; what deletes much waits for a second admin before that.

use super::plan::{self, Plan};
use super::preview::{preview, preview_of};
use super::rule::{Promise, Rules, name_of};
use crate::database::fault::Told;
use crate::identity::audit::{self, Entry};
use crate::machine::Machine;
use crate::privacy::policy::announce;
use chrono::{DateTime, Duration, Utc};
use parallax_domain::{Kind, Problem};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};

/// A change can be taken back for so long.
pub const WINDOW: Duration = Duration::hours(24);
/// How far the plan may have moved since it was approved.
pub const TOLERANCE: f64 = 0.01;

/// Who asks: a person with an account, a key, or the command line.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    pub name: &'a str,
    /// 0 where there is none.
    pub account: i32,
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Change {
    pub id: i64,
    pub project: i32,
    pub signal: String,
    pub days_from: i32,
    pub days_to: i32,
    pub reason: String,
    pub asked_by: String,
    pub asked_account: i32,
    pub asked_at: DateTime<Utc>,
    pub plan: Json<Plan>,
    pub rows: i64,
    pub share: Option<f64>,
    pub state: String,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    pub effective_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<String>,
    pub note: String,
}

const COLUMNS: &str = "id, project, signal, days_from, days_to, reason, asked_by, asked_account, asked_at, plan, rows, share, state, \
                       approved_by, approved_at, effective_at, ended_at, ended_by, note";

/// What became of a change that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It deletes nothing and holds.
    InForce,
    /// It will be carried out then, unless somebody takes it back.
    Scheduled(i64, DateTime<Utc>),
    /// It waits for another admin.
    Waiting(i64),
}

/// Asks for a change. A longer rule needs a reason, because it is a wider promise to break.
pub async fn ask(
    machine: &Machine,
    actor: Actor<'_>,
    project: i32,
    word: &str,
    days: i32,
    reason: &str,
) -> Result<Asked, Problem> {
    let preview = preview(machine, project, word, days).await?;
    let reason = reason.trim();
    let rules = load(machine, project).await?;
    if rules.rule(word).is_some_and(|rule| rule.days == days && !rule.follows) {
        return Err(Problem::invalid("days", format!("{} are kept {days} days already.", name_of(word))));
    }
    if days > preview.days_now && !(5..=500).contains(&reason.chars().count()) {
        return Err(Problem::invalid(
            "reason",
            "Keeping longer needs a reason, in 5 to 500 characters. It is written down.",
        ));
    }
    if open(machine, project).await?.iter().any(|change| change.signal == word) {
        let detail = format!("A change of {} waits already. Take it back first.", name_of(word).to_lowercase());
        return Err(Problem { field: Some("signal".into()), ..Problem::new(Kind::Conflict, detail) });
    }
    let now = machine.clock.now();
    let facts = json!({
        "from": preview.days_now, "to": days, "reason": reason, "rows": preview.plan.rows(), "bytes": preview.plan.bytes(),
        "days": preview.plan.days().len(),
    });
    if !preview.deletes() {
        let mut connection = machine.database.admin.acquire().await.told()?;
        let mut transaction = connection.begin().await.told()?;
        apply(&mut transaction, &rules, word, days, actor.name, now).await.told()?;
        note(&mut transaction, actor, project, "retention changed", word, facts).await?;
        transaction.commit().await.told()?;
        announce(&machine.database, "retention").await.told()?;
        return Ok(Asked::InForce);
    }
    let state = if preview.needs_second() { "waiting" } else { "scheduled" };
    let mut connection = machine.database.admin.acquire().await.told()?;
    let mut transaction = connection.begin().await.told()?;
    let id: i64 = sqlx::query_scalar(
        "insert into retention_change (project, signal, days_from, days_to, reason, asked_by, asked_account, asked_at, plan, rows, \
                                       share, state, effective_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning id",
    )
    .bind(project)
    .bind(word)
    .bind(preview.days_now)
    .bind(days)
    .bind(reason)
    .bind(actor.name)
    .bind(actor.account)
    .bind(now)
    .bind(Json(&preview.plan))
    .bind(preview.plan.rows())
    .bind(preview.share)
    .bind(state)
    .bind(preview.effective_at)
    .fetch_one(&mut *transaction)
    .await
    .told()?;
    note(&mut transaction, actor, project, "retention change asked", &format!("change {id} {word}"), facts).await?;
    transaction.commit().await.told()?;
    Ok(if preview.needs_second() { Asked::Waiting(id) } else { Asked::Scheduled(id, preview.effective_at) })
}

/// The agreement of somebody else. The plan is made anew, so that what is approved is what goes.
pub async fn approve(machine: &Machine, actor: Actor<'_>, project: i32, id: i64) -> Result<DateTime<Utc>, Problem> {
    let change = find(machine, project, id).await?;
    if change.state != "waiting" {
        return Err(Problem::new(Kind::Conflict, "This change does not wait for anybody."));
    }
    if actor.name == change.asked_by || (actor.account != 0 && actor.account == change.asked_account) {
        return Err(Problem::new(Kind::Conflict, "Whoever asked cannot agree as well: another admin has to."));
    }
    let rules = load(machine, project).await?;
    let at = machine.clock.now() + WINDOW;
    let fresh = preview_of(machine, &rules, &change.signal, change.days_to, at).await.told()?;
    let mut connection = machine.database.admin.acquire().await.told()?;
    let mut transaction = connection.begin().await.told()?;
    let done = sqlx::query(
        "update retention_change set state = 'scheduled', approved_by = $2, approved_at = $3, plan = $4, rows = $5, share = $6, \
                                     effective_at = $7 where id = $1 and state = 'waiting'",
    )
    .bind(id)
    .bind(actor.name)
    .bind(machine.clock.now())
    .bind(Json(&fresh.plan))
    .bind(fresh.plan.rows())
    .bind(fresh.share)
    .bind(at)
    .execute(&mut *transaction)
    .await
    .told()?;
    if done.rows_affected() == 0 {
        return Err(Problem::new(Kind::Conflict, "This change does not wait for anybody."));
    }
    let facts = json!({ "rows": fresh.plan.rows(), "asked by": change.asked_by });
    note(
        &mut transaction,
        actor,
        project,
        "retention change approved",
        &format!("change {id} {}", change.signal),
        facts,
    )
    .await?;
    transaction.commit().await.told()?;
    Ok(at)
}

/// Takes a change back before it is carried out.
pub async fn cancel(machine: &Machine, actor: Actor<'_>, project: i32, id: i64) -> Result<Change, Problem> {
    let change = find(machine, project, id).await?;
    let mut connection = machine.database.admin.acquire().await.told()?;
    let mut transaction = connection.begin().await.told()?;
    let done = end(&mut transaction, id, "cancelled", actor.name, "", machine.clock.now()).await.told()?;
    if !done {
        return Err(Problem::new(Kind::Conflict, "This change was carried out or taken back already."));
    }
    note(
        &mut transaction,
        actor,
        project,
        "retention change cancelled",
        &format!("change {id} {}", change.signal),
        json!({}),
    )
    .await?;
    transaction.commit().await.told()?;
    Ok(change)
}

/// Changes that wait for somebody or for their time.
pub async fn open(machine: &Machine, project: i32) -> Result<Vec<Change>, Problem> {
    let sql = format!(
        "select {COLUMNS} from retention_change where project = $1 and state in ('waiting', 'scheduled') order by id"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(&machine.database.admin).await.told()
}

/// Changes that came to an end, the newest first.
pub async fn ended(machine: &Machine, project: i32, limit: i64) -> Result<Vec<Change>, Problem> {
    let sql = format!(
        "select {COLUMNS} from retention_change where project = $1 and state not in ('waiting', 'scheduled') \
         order by ended_at desc limit $2"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).bind(limit).fetch_all(&machine.database.admin).await.told()
}

async fn find(machine: &Machine, project: i32, id: i64) -> Result<Change, Problem> {
    let sql = format!("select {COLUMNS} from retention_change where project = $1 and id = $2");
    let found =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).bind(id).fetch_optional(&machine.database.admin).await;
    found.told()?.ok_or_else(|| Problem::not_found("change"))
}

/// What is due: the change with what it deletes now, counted for the moment that was approved.
pub async fn due(machine: &Machine, project: i32, now: DateTime<Utc>) -> anyhow::Result<Vec<(Change, Plan)>> {
    let sql = format!(
        "select {COLUMNS} from retention_change where project = $1 and state = 'scheduled' and effective_at <= $2 order by id"
    );
    let changes: Vec<Change> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).bind(now).fetch_all(&machine.database.admin).await?;
    let mut all = Vec::with_capacity(changes.len());
    for change in changes {
        let mut connection = machine.database.admin.acquire().await?;
        let rules = Rules::load(&mut connection, project).await?;
        drop(connection);
        let then = rules.changed(&change.signal, change.days_to, &change.asked_by, change.effective_at);
        let anyway = plan::make(&machine.database, &rules, change.effective_at).await?;
        let fresh = plan::make(&machine.database, &then, change.effective_at).await?.beyond(&anyway);
        all.push((change, fresh));
    }
    Ok(all)
}

/// Puts a due change in force, unless what it deletes is not what was approved. True: it is in force.
pub async fn carry_out(machine: &Machine, change: &Change, fresh: &Plan) -> anyhow::Result<bool> {
    let now = machine.clock.now();
    let actor = Actor { name: "retention", account: 0 };
    let mut connection = machine.database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    let object = format!("change {} {}", change.id, change.signal);
    if !within(change.rows, fresh.rows()) {
        let words = format!("{} rows were approved, {} would go", change.rows, fresh.rows());
        end(&mut transaction, change.id, "refused", "retention", &words, now).await?;
        let facts = json!({ "approved": change.rows, "now": fresh.rows() });
        note(&mut transaction, actor, change.project, "retention change refused", &object, facts).await?;
        transaction.commit().await?;
        tracing::warn!(
            change = change.id,
            approved = change.rows,
            now = fresh.rows(),
            "a change of retention was not carried out: it would delete something else than was approved"
        );
        return Ok(false);
    }
    if !end(&mut transaction, change.id, "done", "retention", "", now).await? {
        return Ok(false);
    }
    let rules = Rules::load(&mut transaction, change.project).await?;
    apply(&mut transaction, &rules, &change.signal, change.days_to, &change.asked_by, now).await?;
    let facts = json!({ "from": change.days_from, "to": change.days_to, "rows": fresh.rows(), "approved by": change.approved_by });
    note(&mut transaction, actor, change.project, "retention changed", &object, facts).await?;
    transaction.commit().await?;
    announce(&machine.database, "retention").await?;
    Ok(true)
}

/// Whether a plan is still the one that was approved.
fn within(approved: i64, fresh: i64) -> bool {
    (fresh - approved).abs() as f64 <= approved as f64 * TOLERANCE
}

async fn apply(
    transaction: &mut PgConnection,
    rules: &Rules,
    word: &str,
    days: i32,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let then = rules.changed(word, days, by, now);
    for Promise { leaf, days, until } in &then.promises[rules.promises.len()..] {
        sqlx::query(
            "insert into promise (project, signal, days, until) values ($1, $2, $3, $4) on conflict do nothing",
        )
        .bind(rules.project)
        .bind(leaf)
        .bind(days)
        .bind(until)
        .execute(&mut *transaction)
        .await?;
    }
    sqlx::query(
        "insert into retention (project, signal, days, changed_by, changed_at) values ($1, $2, $3, $4, $5) \
         on conflict (project, signal) do update set days = excluded.days, changed_by = excluded.changed_by, \
                                                     changed_at = excluded.changed_at",
    )
    .bind(rules.project)
    .bind(word)
    .bind(days)
    .bind(by)
    .bind(now)
    .execute(transaction)
    .await?;
    Ok(())
}

async fn end(
    transaction: &mut PgConnection,
    id: i64,
    state: &str,
    by: &str,
    note: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update retention_change set state = $2, ended_by = $3, note = $4, ended_at = $5 where id = $1 and state in ('waiting', 'scheduled')",
    )
    .bind(id)
    .bind(state)
    .bind(by)
    .bind(note)
    .bind(now)
    .execute(transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn note(
    transaction: &mut PgConnection,
    actor: Actor<'_>,
    project: i32,
    action: &str,
    object: &str,
    detail: serde_json::Value,
) -> Result<(), Problem> {
    let entry = Entry { project: Some(project), actor: actor.name, action, object, detail };
    audit::append(transaction, entry).await.told().map(|_| ())
}

pub async fn load(machine: &Machine, project: i32) -> Result<Rules, Problem> {
    let mut connection = machine.database.admin.acquire().await.told()?;
    Rules::load(&mut connection, project).await.told()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_moved_by_more_than_a_hundredth_is_another_plan() {
        assert!(within(1_000, 1_010) && within(1_000, 990));
        assert!(!within(1_000, 1_011) && !within(1_000, 989) && !within(10, 11));
    }
}
