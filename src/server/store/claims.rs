//! Which submissions and which events of a group are new (contract rules A10, A11).

use super::commit::OtherContent;
use super::rows::Row;
use super::submission::{Fates, Receipt, Submission};
use chrono::NaiveDate;
use parallax_domain::{Accounting, Outcome};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What the database said about one submission of the group.
pub enum Claimed {
    /// Positions of the rows to store, and how many are stored already.
    New {
        rows: Vec<usize>,
        duplicates: i64,
    },
    /// Seen before: the first answer.
    Repeat(Receipt),
    /// Twice in this very group: the answer of that position.
    Twin(usize),
    OtherContent,
}

impl Claimed {
    fn receipt(&self, fates: &Fates) -> Result<Receipt, OtherContent> {
        match self {
            Claimed::New { rows, duplicates } => Ok(fates.receipt(rows.len() as i64, *duplicates)),
            Claimed::Repeat(receipt) => Ok(Receipt { duplicate: true, ..receipt.clone() }),
            Claimed::Twin(_) | Claimed::OtherContent => Err(OtherContent),
        }
    }

    pub fn accounting(&self, fates: &Fates) -> Accounting {
        match self {
            Claimed::New { rows, duplicates } => fates.accounting(rows.len() as i64, *duplicates),
            Claimed::Repeat(_) | Claimed::Twin(_) => {
                let mut accounting = Accounting::default();
                accounting.count(Outcome::Duplicate, fates.given);
                accounting
            }
            Claimed::OtherContent => {
                let mut accounting = Accounting::default();
                accounting.count(Outcome::Rejected, fates.given);
                accounting
            }
        }
    }
}

/// The answers of a group; a twin gets that of the one it repeats.
pub fn receipts<R: Row>(group: &[&mut Submission<R>], claimed: &[Claimed]) -> Vec<Result<Receipt, OtherContent>> {
    let of = |index: usize| claimed[index].receipt(&group[index].fates);
    (0..group.len())
        .map(|index| match claimed[index] {
            Claimed::Twin(first) => of(first).map(|receipt| Receipt { duplicate: true, ..receipt }),
            _ => of(index),
        })
        .collect()
}

pub async fn claim<R: Row>(
    connection: &mut PgConnection,
    group: &[&mut Submission<R>],
) -> Result<Vec<Claimed>, sqlx::Error> {
    let repeats = repeats(connection, group).await?;
    let mut fresh = fresh_ids(connection, group, &repeats).await?;
    let mut claimed = Vec::with_capacity(group.len());
    for (submission, repeat) in group.iter().zip(repeats) {
        claimed.push(match repeat {
            Some(repeat) => repeat,
            None => {
                let own = fresh.entry(submission.project).or_default();
                // The first row with an id takes it; a second one in the same group finds it gone.
                let mut is_new = |row: &R| row.event_id().is_none_or(|id| own.remove(&id));
                let rows: Vec<usize> =
                    submission.rows.iter().enumerate().filter(|(_, row)| is_new(row)).map(|(index, _)| index).collect();
                let duplicates = (submission.rows.len() - rows.len()) as i64;
                Claimed::New { rows, duplicates }
            }
        });
    }
    Ok(claimed)
}

async fn repeats<R: Row>(
    connection: &mut PgConnection,
    group: &[&mut Submission<R>],
) -> Result<Vec<Option<Claimed>>, sqlx::Error> {
    let mut outcome: Vec<Option<Claimed>> = group.iter().map(|_| None).collect();
    let mut first: HashMap<(i32, &[u8]), usize> = HashMap::new();
    let (mut projects, mut keys, mut bodies, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, submission) in group.iter().enumerate() {
        let Some(repeat) = &submission.repeat else { continue };
        let twin = *first.entry((submission.project, &repeat.key)).or_insert(index);
        if twin != index {
            let same = group[twin].repeat.as_ref().is_some_and(|other| other.body == repeat.body);
            outcome[index] = Some(if same { Claimed::Twin(twin) } else { Claimed::OtherContent });
            continue;
        }
        projects.push(submission.project);
        keys.push(repeat.key.as_slice());
        bodies.push(repeat.body.as_slice());
        times.push(submission.received_at);
    }
    if keys.is_empty() {
        return Ok(outcome);
    }
    // Waits for a transaction that is storing the same key right now.
    let made: Vec<(i32, Vec<u8>)> = sqlx::query_as(
        "insert into submission (project, signal, key, body, received_at) \
         select project, $5, key, body, received_at \
         from unnest($1::int[], $2::bytea[], $3::bytea[], $4::timestamptz[]) as s (project, key, body, received_at) \
         order by project, key \
         on conflict (project, signal, key) do nothing returning project, key",
    )
    .bind(&projects)
    .bind(&keys)
    .bind(&bodies)
    .bind(&times)
    .bind(R::SIGNAL as i16)
    .fetch_all(&mut *connection)
    .await?;
    if made.len() == keys.len() {
        return Ok(outcome);
    }
    let made: HashSet<(i32, Vec<u8>)> = made.into_iter().collect();
    for ((project, key), index) in first {
        if made.contains(&(project, key.to_vec())) {
            continue;
        }
        let (body, answer): (Vec<u8>, Option<sqlx::types::Json<Receipt>>) =
            sqlx::query_as("select body, answer from submission where project = $1 and signal = $2 and key = $3")
                .bind(project)
                .bind(R::SIGNAL as i16)
                .bind(key)
                .fetch_one(&mut *connection)
                .await?;
        let same = group[index].repeat.as_ref().is_some_and(|repeat| repeat.body == body);
        outcome[index] = Some(match answer {
            Some(answer) if same => Claimed::Repeat(answer.0),
            _ => Claimed::OtherContent,
        });
    }
    Ok(outcome)
}

/// Ids that no stored event has, per project.
async fn fresh_ids<R: Row>(
    connection: &mut PgConnection,
    group: &[&mut Submission<R>],
    repeats: &[Option<Claimed>],
) -> Result<HashMap<i32, HashSet<Uuid>>, sqlx::Error> {
    let mut rows: Vec<(i32, Uuid, NaiveDate)> = group
        .iter()
        .zip(repeats)
        .filter(|(_, repeat)| repeat.is_none())
        .flat_map(|(submission, _)| {
            submission.rows.iter().filter_map(|row| Some((submission.project, row.event_id()?, row.at().date_naive())))
        })
        .collect();
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    // One order for all transactions, so that two of them never wait for each other.
    rows.sort_unstable();
    let projects: Vec<i32> = rows.iter().map(|row| row.0).collect();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.1).collect();
    let days: Vec<NaiveDate> = rows.iter().map(|row| row.2).collect();
    let made: Vec<(i32, Uuid)> = sqlx::query_as(
        "insert into event_key (project, id, day) select * from unnest($1::int[], $2::uuid[], $3::date[]) \
         on conflict do nothing returning project, id",
    )
    .bind(projects)
    .bind(ids)
    .bind(days)
    .fetch_all(connection)
    .await?;
    let mut fresh: HashMap<i32, HashSet<Uuid>> = HashMap::new();
    for (project, id) in made {
        fresh.entry(project).or_default().insert(id);
    }
    Ok(fresh)
}

/// Keeps the answers, so that a repeat gets the same one.
pub async fn remember<R: Row>(
    connection: &mut PgConnection,
    group: &[&mut Submission<R>],
    claimed: &[Claimed],
    receipts: &[Result<Receipt, OtherContent>],
) -> Result<(), sqlx::Error> {
    let (mut projects, mut keys, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for ((submission, claim), receipt) in group.iter().zip(claimed).zip(receipts) {
        if let (Claimed::New { .. }, Some(repeat), Ok(receipt)) = (claim, &submission.repeat, receipt) {
            projects.push(submission.project);
            keys.push(repeat.key.as_slice());
            answers.push(sqlx::types::Json(receipt));
        }
    }
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update submission set answer = given.answer \
         from unnest($1::int[], $2::bytea[], $3::jsonb[]) as given (project, key, answer) \
         where submission.project = given.project and submission.signal = $4 and submission.key = given.key",
    )
    .bind(projects)
    .bind(keys)
    .bind(answers)
    .bind(R::SIGNAL as i16)
    .execute(connection)
    .await?;
    Ok(())
}
