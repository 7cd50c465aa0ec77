//! What a change of a rule would do, by the very code that would do it.

use super::change::{WINDOW, load};
use super::losses::{self, Loss};
use super::plan::{self, Doomed, Plan};
use super::rule::{LONGEST, Rules, horizon, subject};
use crate::database::fault::Told;
use crate::machine::Machine;
use crate::projection::chunk::RECORDS;
use chrono::{DateTime, Utc};
use parallax_domain::{Problem, Signal};

/// Share of a signal beyond which a second admin has to agree.
pub const MUCH: f64 = 0.2;

/// What a change would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub word: String,
    pub days_now: i32,
    pub days_then: i32,
    /// What goes beyond what goes anyway, at `effective_at`.
    pub plan: Plan,
    pub people: Option<i64>,
    /// The largest share of any signal that goes; none when nothing is stored.
    pub share: Option<f64>,
    pub losses: Vec<Loss>,
    pub effective_at: DateTime<Utc>,
}

impl Preview {
    pub fn deletes(&self) -> bool {
        self.plan.rows() > 0
    }

    pub fn needs_second(&self) -> bool {
        self.share.is_some_and(|share| share > MUCH)
    }
}

pub async fn preview(machine: &Machine, project: i32, word: &str, days: i32) -> Result<Preview, Problem> {
    check(word, days)?;
    let now = machine.clock.now();
    let rules = load(machine, project).await?;
    preview_of(machine, &rules, word, days, now + WINDOW).await.told()
}

pub(super) async fn preview_of(
    machine: &Machine,
    rules: &Rules,
    word: &str,
    days: i32,
    at: DateTime<Utc>,
) -> Result<Preview, sqlx::Error> {
    let database = &machine.database;
    let then = rules.changed(word, days, "", at);
    let anyway = plan::make(database, rules, at).await?;
    let plan = plan::make(database, &then, at).await?.beyond(&anyway);
    let people = plan::people(database, &plan).await?;
    let share = share(machine, rules.project, &plan).await?;
    let losses = losses::of_views(database, rules, word, horizon(at, then.days(word)), at).await?;
    Ok(Preview {
        word: word.to_owned(),
        days_now: rules.days(word),
        days_then: days,
        plan,
        people,
        share,
        losses,
        effective_at: at,
    })
}

/// The largest share of what is stored of a signal that a plan deletes.
async fn share(machine: &Machine, project: i32, plan: &Plan) -> Result<Option<f64>, sqlx::Error> {
    let mut largest = None;
    for signal in Signal::ALL {
        let of = |item: &&plan::Item| {
            !matches!(item.what, Doomed::Rollups { .. }) && super::rule::signal_of(&item.word) == Some(signal)
        };
        let going: i64 = plan.items.iter().filter(of).map(|item| item.rows).sum();
        if going > 0 {
            let stored = plan::stored(&machine.database, project, signal).await?.max(going);
            largest = Some((going as f64 / stored as f64).max(largest.unwrap_or(0.0)));
        }
    }
    let rollups: i64 =
        plan.items.iter().filter(|item| matches!(item.what, Doomed::Rollups { .. })).map(|item| item.rows).sum();
    if rollups > 0 {
        let stored: i64 = sqlx::query_scalar(
            "select coalesce(sum(rows), 0)::bigint from chunk where project = $1 and kind <> all($2)",
        )
        .bind(project)
        .bind(RECORDS)
        .fetch_one(&machine.database.admin)
        .await?;
        largest = Some((rollups as f64 / stored.max(rollups) as f64).max(largest.unwrap_or(0.0)));
    }
    Ok(largest)
}

fn check(word: &str, days: i32) -> Result<(), Problem> {
    if subject(word).is_none() {
        return Err(Problem::invalid("signal", format!("There is no rule for {word:?}.")));
    }
    if !(1..=LONGEST).contains(&days) {
        return Err(Problem::invalid("days", format!("Data is kept 1 to {LONGEST} days.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_checked_by_field() {
        assert_eq!(check("log", 0).unwrap_err().field.as_deref(), Some("days"));
        assert_eq!(check("logs", 5).unwrap_err().field.as_deref(), Some("signal"));
        assert!(check("log.debug", 3650).is_ok());
    }
}
