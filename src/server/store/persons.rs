//! Which subjects are one person, as readers need it: a map that follows the changes.

use crate::database::Reader;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

const PAGE: usize = 1024;

/// Subjects that stand for somebody else; all others stand for themselves. In pages, so that a change copies little.
#[derive(Clone, Debug, Default)]
pub struct Persons {
    /// The person of each subject of a page, 0 where it stands for itself. No page: all of them do.
    pages: Vec<Option<Arc<[u32; PAGE]>>>,
    seq: i64,
}

impl Persons {
    #[inline]
    pub fn of(&self, subject: u32) -> u32 {
        match self.pages.get(subject as usize / PAGE) {
            Some(Some(page)) => match page[subject as usize % PAGE] {
                0 => subject,
                person => person,
            },
            _ => subject,
        }
    }

    /// Whether nobody is anybody else.
    pub fn is_plain(&self) -> bool {
        self.pages.iter().all(Option::is_none)
    }

    pub fn set(&mut self, subject: u32, person: u32) {
        let (number, place) = (subject as usize / PAGE, subject as usize % PAGE);
        let told = if person == subject { 0 } else { person };
        if told == 0 && self.of(subject) == subject {
            return;
        }
        if number >= self.pages.len() {
            self.pages.resize(number + 1, None);
        }
        let page = self.pages[number].get_or_insert_with(|| Arc::new([0; PAGE]));
        Arc::make_mut(page)[place] = told;
    }

    /// The map as it was when this change was the last.
    pub async fn before(connection: &mut Reader, project: i32, seq: i64) -> Result<Arc<Persons>, sqlx::Error> {
        let changes: Vec<(i32, i32)> =
            sqlx::query_as("select number, person from reassignment where project = $1 and seq <= $2 order by seq")
                .bind(project)
                .bind(seq)
                .fetch_all(&mut **connection)
                .await?;
        let mut persons = Persons { seq, ..Persons::default() };
        changes.into_iter().for_each(|(number, person)| persons.set(number as u32, person as u32));
        Ok(Arc::new(persons))
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
            Some(known) if known.seq >= newest => return Ok(known),
            Some(known) => {
                let changes: Vec<(i32, i32)> = sqlx::query_as(
                    "select number, person from reassignment where project = $1 and seq > $2 and seq <= $3 order by seq",
                )
                .bind(project)
                .bind(known.seq)
                .bind(newest)
                .fetch_all(&mut **connection)
                .await?;
                let mut persons = Persons { seq: newest, ..(*known).clone() };
                changes.into_iter().for_each(|(number, person)| persons.set(number as u32, person as u32));
                persons
            }
            None => {
                let all: Vec<(i32, i32)> =
                    sqlx::query_as("select number, person from subject where project = $1 and person <> number")
                        .bind(project)
                        .fetch_all(&mut **connection)
                        .await?;
                let mut persons = Persons { seq: newest, ..Persons::default() };
                all.into_iter().for_each(|(number, person)| persons.set(number as u32, person as u32));
                persons
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_moved_back_stands_for_themselves_again() {
        let mut persons = Persons::default();
        assert!(persons.is_plain());
        persons.set(5000, 7);
        assert_eq!((persons.of(5000), persons.of(5001), persons.of(7)), (7, 5001, 7));
        let before = persons.clone();
        persons.set(5000, 5000);
        assert_eq!((persons.of(5000), before.of(5000)), (5000, 7));
    }
}
