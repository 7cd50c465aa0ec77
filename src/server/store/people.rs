//! From identifiers to dense numbers, and which numbers are one person (contract rule A9).
//!
//! A subject gets its number when it is first seen. A person is named by the number of one of its
//! subjects: a user's own, and for an anonymous one that of the user it was first seen with by event
//! time, whatever arrived first. Subjects that a sender says are one (rule P15) are one, whoever they were
//! seen with before. Changes are written down in `reassignment`, which readers follow.

use super::generations::Generations;
use crate::database::Database;
use crate::identity::keys::random;
use crate::privacy::pseudonym;
use crate::record::{Identifier, IdentifierKind};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use sqlx::{Connection, PgConnection};
use std::collections::HashMap;
use uuid::Uuid;

pub struct People {
    database: Database,
    numbers: Mutex<Generations<(i32, Uuid), i32>>,
    /// (project, anonymous) -> earliest meeting known here, and with whom.
    meetings: Mutex<Generations<(i32, i32, i32), DateTime<Utc>>>,
    /// (project, one, other) that are united already.
    unions: Mutex<Generations<(i32, i32, i32), ()>>,
}

/// An anonymous subject was seen together with a user.
#[derive(Clone, Copy, Debug)]
pub struct Meeting {
    pub anonymous: i32,
    pub user: i32,
    pub at: DateTime<Utc>,
}

/// Somebody said that two subjects are one person.
#[derive(Clone, Copy, Debug)]
pub struct Union {
    pub one: i32,
    pub other: i32,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reassigned {
    pub number: i32,
    pub person: i32,
}

impl People {
    pub fn new(database: Database) -> People {
        People {
            database,
            numbers: Mutex::new(Generations::new(200_000)),
            meetings: Mutex::new(Generations::new(200_000)),
            unions: Mutex::new(Generations::new(20_000)),
        }
    }

    /// Numbers of these identifiers; unknown ones become subjects.
    pub async fn numbers(
        &self,
        project: i32,
        identifiers: &[Identifier],
        seen_at: DateTime<Utc>,
    ) -> Result<HashMap<Uuid, i32>, sqlx::Error> {
        let mut found = HashMap::with_capacity(identifiers.len());
        let mut missing: HashMap<Uuid, &Identifier> = HashMap::new();
        {
            let mut known = self.numbers.lock();
            for identifier in identifiers {
                match known.get(&(project, identifier.reference)) {
                    Some(number) => {
                        found.insert(identifier.reference, number);
                    }
                    None => {
                        missing.insert(identifier.reference, identifier);
                    }
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let mut connection = self.database.writer.acquire().await?;
        let references: Vec<Uuid> = missing.keys().copied().collect();
        for (reference, number) in stored(&mut connection, project, &references).await? {
            missing.remove(&reference);
            found.insert(reference, number);
        }
        if !missing.is_empty() {
            let new: Vec<&Identifier> = missing.into_values().collect();
            found.extend(enrol(&mut connection, project, &new, seen_at).await?);
        }
        let mut known = self.numbers.lock();
        for (reference, number) in &found {
            known.insert((project, *reference), *number);
        }
        Ok(found)
    }

    /// Writes down who was seen with whom, and moves anonymous subjects to the user they belong to.
    pub async fn meet(&self, project: i32, meetings: &[Meeting]) -> Result<Vec<Reassigned>, sqlx::Error> {
        let mut news: HashMap<(i32, i32), DateTime<Utc>> = HashMap::new();
        {
            let mut known = self.meetings.lock();
            for meeting in meetings {
                let key = (project, meeting.anonymous, meeting.user);
                if known.get(&key).is_some_and(|earliest| earliest <= meeting.at) {
                    continue;
                }
                let at = news.entry((meeting.anonymous, meeting.user)).or_insert(meeting.at);
                *at = meeting.at.min(*at);
            }
        }
        if news.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.database.writer.acquire().await?;
        let mut transaction = connection.begin().await?;
        let reassigned = settle(&mut transaction, project, &news).await?;
        transaction.commit().await?;
        let mut known = self.meetings.lock();
        for ((anonymous, user), at) in news {
            known.insert((project, anonymous, user), at);
        }
        Ok(reassigned)
    }

    /// Makes one person of subjects that a sender says are one. The statement has no direction.
    pub async fn unite(&self, project: i32, unions: &[Union]) -> Result<(), sqlx::Error> {
        let news: Vec<&Union> = {
            let mut known = self.unions.lock();
            unions.iter().filter(|union| known.get(&union.key(project)).is_none()).collect()
        };
        if news.is_empty() {
            return Ok(());
        }
        let mut connection = self.database.writer.acquire().await?;
        let mut transaction = connection.begin().await?;
        lock(&mut transaction, project).await?;
        for union in &news {
            unite(&mut transaction, project, union).await?;
        }
        transaction.commit().await?;
        let mut known = self.unions.lock();
        for union in news {
            known.insert(union.key(project), ());
        }
        Ok(())
    }

    /// Forgets what is cached of a project, after an erasure or the removal of the project.
    pub fn forget(&self) {
        self.numbers.lock().clear();
        self.meetings.lock().clear();
        self.unions.lock().clear();
    }
}

impl Union {
    fn key(&self, project: i32) -> (i32, i32, i32) {
        (project, self.one.min(self.other), self.one.max(self.other))
    }
}

/// One at a time per project: two changes of who is who must see each other.
async fn lock(connection: &mut PgConnection, project: i32) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('people', $1::bigint))")
        .bind(project)
        .execute(connection)
        .await?;
    Ok(())
}

async fn stored(
    connection: &mut PgConnection,
    project: i32,
    references: &[Uuid],
) -> Result<Vec<(Uuid, i32)>, sqlx::Error> {
    sqlx::query_as("select ref, number from subject where project = $1 and ref = any($2)")
        .bind(project)
        .bind(references)
        .fetch_all(connection)
        .await
}

/// New subjects. The project's row is the one allocator of its numbers: its lock orders all who enrol.
async fn enrol(
    connection: &mut PgConnection,
    project: i32,
    new: &[&Identifier],
    seen_at: DateTime<Utc>,
) -> Result<Vec<(Uuid, i32)>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let first: i32 = sqlx::query_scalar("select next_subject from project where id = $1 for update")
        .bind(project)
        .fetch_one(&mut *transaction)
        .await?;
    // Another process may have enrolled some of them while we waited for the lock.
    let references: Vec<Uuid> = new.iter().map(|identifier| identifier.reference).collect();
    let mut numbers = stored(&mut transaction, project, &references).await?;
    let present: Vec<Uuid> = numbers.iter().map(|(reference, _)| *reference).collect();
    let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for identifier in new.iter().filter(|identifier| !present.contains(&identifier.reference)) {
        let number = first + columns.0.len() as i32;
        let (person_key, sealed) = match &identifier.clear {
            Some(clear) => {
                let key = random::<32>();
                let sealed = pseudonym::seal(&key, clear).map_err(|error| sqlx::Error::Encode(error.into()))?;
                (Some(key.to_vec()), Some(sealed))
            }
            None => (None, None),
        };
        columns.0.push(number);
        columns.1.push(identifier.reference);
        columns.2.push(identifier.kind as i16);
        columns.3.push(person_key);
        columns.4.push(sealed);
        numbers.push((identifier.reference, number));
    }
    let count = columns.0.len() as i32;
    sqlx::query(
        "insert into subject (project, number, ref, kind, person_key, sealed, person, first_seen) \
         select $1, number, ref, kind, person_key, sealed, number, $7 \
         from unnest($2::int[], $3::uuid[], $4::smallint[], $5::bytea[], $6::bytea[]) \
              as new (number, ref, kind, person_key, sealed)",
    )
    .bind(project)
    .bind(columns.0)
    .bind(columns.1)
    .bind(columns.2)
    .bind(columns.3)
    .bind(columns.4)
    .bind(seen_at)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("update project set next_subject = next_subject + $2 where id = $1")
        .bind(project)
        .bind(count)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(numbers)
}

async fn settle(
    connection: &mut PgConnection,
    project: i32,
    news: &HashMap<(i32, i32), DateTime<Utc>>,
) -> Result<Vec<Reassigned>, sqlx::Error> {
    let anonymous: Vec<i32> = news.keys().map(|(anonymous, _)| *anonymous).collect();
    let users: Vec<i32> = news.keys().map(|(_, user)| *user).collect();
    let times: Vec<DateTime<Utc>> = news.values().copied().collect();
    lock(connection, project).await?;
    sqlx::query(
        "insert into acquaintance (project, anonymous, \"user\", at) \
         select $1, * from unnest($2::int[], $3::int[], $4::timestamptz[]) \
         on conflict (project, anonymous, \"user\") do update set at = least(acquaintance.at, excluded.at)",
    )
    .bind(project)
    .bind(&anonymous)
    .bind(&users)
    .bind(&times)
    .execute(&mut *connection)
    .await?;
    type Met = (i32, i32, DateTime<Utc>, Option<Vec<u8>>, Option<Vec<u8>>, i32, i32);
    let met: Vec<Met> = sqlx::query_as(
        "select met.anonymous, met.\"user\", met.at, known.person_key, known.sealed, known.person, self.person \
         from acquaintance met \
         join subject known on known.project = met.project and known.number = met.\"user\" \
         join subject self on self.project = met.project and self.number = met.anonymous \
         where met.project = $1 and met.anonymous = any($2) \
           and not exists (select from alias told where told.project = met.project and told.undone_at is null \
                           and (told.a = met.anonymous or told.b = met.anonymous))",
    )
    .bind(project)
    .bind(&anonymous)
    .fetch_all(&mut *connection)
    .await?;
    let mut earliest: HashMap<i32, (DateTime<Utc>, String, i32, i32)> = HashMap::new();
    for (anonymous, _, at, key, sealed, person, current) in met {
        // Ties in time go to the smaller identifier as the client spells it.
        let spelled = key
            .zip(sealed)
            .and_then(|(key, sealed)| pseudonym::open(&key.try_into().ok()?, &sealed))
            .unwrap_or_default();
        let candidate = (at, spelled, person, current);
        match earliest.get(&anonymous) {
            Some(best) if (best.0, &best.1) <= (candidate.0, &candidate.1) => {}
            _ => {
                earliest.insert(anonymous, candidate);
            }
        }
    }
    let moves: Vec<Reassigned> = earliest
        .into_iter()
        .filter(|(_, (_, _, person, current))| person != current)
        .map(|(number, (_, _, person, _))| Reassigned { number, person })
        .collect();
    reassign(connection, project, &moves).await?;
    Ok(moves)
}

/// All that belong together by statements get one number: that of the first of them that is a user. Whoever followed
/// one of them follows along; whom one of them followed does not, or two users would be merged by a device they share.
async fn unite(connection: &mut PgConnection, project: i32, union: &Union) -> Result<(), sqlx::Error> {
    let (_, a, b) = union.key(project);
    sqlx::query("insert into alias (project, a, b, at) values ($1, $2, $3, $4) on conflict do nothing")
        .bind(project)
        .bind(a)
        .bind(b)
        .bind(union.at)
        .execute(&mut *connection)
        .await?;
    let members: Vec<(i32, i16)> = sqlx::query_as(
        "with recursive reached (number) as ( \
             values ($2::int) \
             union \
             select case when told.a = reached.number then told.b else told.a end \
             from reached join alias told on told.project = $1 and told.undone_at is null \
                  and (told.a = reached.number or told.b = reached.number)) \
         select number, kind from reached join subject using (number) where subject.project = $1",
    )
    .bind(project)
    .bind(a)
    .fetch_all(&mut *connection)
    .await?;
    let user = IdentifierKind::User as i16;
    let Some(person) = members.iter().min_by_key(|(number, kind)| (*kind != user, *number)).map(|(number, _)| *number)
    else {
        return Ok(());
    };
    let numbers: Vec<i32> = members.iter().map(|(number, _)| *number).collect();
    let moved: Vec<i32> = sqlx::query_scalar(
        "select number from subject where project = $1 and (number = any($2) or person = any($2)) and person <> $3",
    )
    .bind(project)
    .bind(&numbers)
    .bind(person)
    .fetch_all(&mut *connection)
    .await?;
    let moves: Vec<Reassigned> = moved.into_iter().map(|number| Reassigned { number, person }).collect();
    reassign(connection, project, &moves).await
}

pub async fn reassign(connection: &mut PgConnection, project: i32, moves: &[Reassigned]) -> Result<(), sqlx::Error> {
    if moves.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i32> = moves.iter().map(|moved| moved.number).collect();
    let people: Vec<i32> = moves.iter().map(|moved| moved.person).collect();
    sqlx::query(
        "with moved as (select * from unnest($2::int[], $3::int[]) as m (number, person)), \
         written as (insert into reassignment (project, number, person) select $1, number, person from moved) \
         update subject set person = moved.person from moved \
         where subject.project = $1 and subject.number = moved.number",
    )
    .bind(project)
    .bind(numbers)
    .bind(people)
    .execute(connection)
    .await?;
    Ok(())
}

impl IdentifierKind {
    pub fn from_number(number: i16) -> IdentifierKind {
        match number {
            0 => IdentifierKind::User,
            1 => IdentifierKind::Anonymous,
            _ => IdentifierKind::Daily,
        }
    }
}
