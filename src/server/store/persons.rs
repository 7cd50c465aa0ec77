//! Which subjects are one person, as readers need it: a map that follows the changes.

use crate::database::Reader;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Subjects that stand for somebody else; all others stand for themselves.
#[derive(Clone, Debug, Default)]
pub struct Persons {
    moved: HashMap<u32, u32>,
    seq: i64,
}

impl Persons {
    pub fn of(&self, subject: u32) -> u32 {
        self.moved.get(&subject).copied().unwrap_or(subject)
    }

    /// The map as it was when this change was the last.
    pub async fn before(connection: &mut Reader, project: i32, seq: i64) -> Result<Arc<Persons>, sqlx::Error> {
        let changes: Vec<(i32, i32)> =
            sqlx::query_as("select number, person from reassignment where project = $1 and seq <= $2 order by seq")
                .bind(project)
                .bind(seq)
                .fetch_all(&mut **connection)
                .await?;
        let mut moved = HashMap::new();
        changes.into_iter().for_each(|(number, person)| set(&mut moved, number, person));
        Ok(Arc::new(Persons { moved, seq }))
    }
}

#[derive(Default)]
pub struct PersonsOfProjects(Mutex<HashMap<i32, Arc<Persons>>>);

impl PersonsOfProjects {
    /// The map as of now.
    pub async fn of(&self, connection: &mut Reader, project: i32) -> Result<Arc<Persons>, sqlx::Error> {
        let known = self.0.lock().get(&project).cloned();
        let newest: i64 = sqlx::query_scalar("select coalesce(max(seq), 0) from reassignment where project = $1")
            .bind(project)
            .fetch_one(&mut **connection)
            .await?;
        let current = match known {
            Some(known) if known.seq == newest => return Ok(known),
            Some(known) => {
                let changes: Vec<(i32, i32)> = sqlx::query_as(
                    "select number, person from reassignment where project = $1 and seq > $2 and seq <= $3 order by seq",
                )
                .bind(project)
                .bind(known.seq)
                .bind(newest)
                .fetch_all(&mut **connection)
                .await?;
                let mut moved = known.moved.clone();
                for (number, person) in changes {
                    set(&mut moved, number, person);
                }
                Persons { moved, seq: newest }
            }
            None => {
                let all: Vec<(i32, i32)> =
                    sqlx::query_as("select number, person from subject where project = $1 and person <> number")
                        .bind(project)
                        .fetch_all(&mut **connection)
                        .await?;
                let mut moved = HashMap::with_capacity(all.len());
                all.into_iter().for_each(|(number, person)| set(&mut moved, number, person));
                Persons { moved, seq: newest }
            }
        };
        let current = Arc::new(current);
        self.0.lock().insert(project, current.clone());
        Ok(current)
    }

    pub fn forget(&self, project: i32) {
        self.0.lock().remove(&project);
    }
}

fn set(moved: &mut HashMap<u32, u32>, number: i32, person: i32) {
    if number == person {
        moved.remove(&(number as u32));
    } else {
        moved.insert(number as u32, person as u32);
    }
}
