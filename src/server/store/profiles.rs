//! What senders say of people and groups beside events: the newest word on a property counts, in whatever
//! order the words arrive.

use super::Store;
use super::generations::Generations;
use super::people::{People, Union};
use super::rows::{Row, identifiers_of};
use crate::database::Database;
use crate::database::fault::Told;
use crate::record::{Change, Group, Profile, Who};
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{Acquire, PgConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Elements of a list.
const LONGEST_LIST: usize = 128;

/// What one record says, with the number of its person.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    pub project: i32,
    pub subject: Option<i32>,
    pub at: DateTime<Utc>,
    pub profile: &'a Profile,
}

impl<'a> Said<'a> {
    pub fn of<R: Row>(project: i32, row: &'a R) -> Option<Said<'a>> {
        row.profile().map(|(who, profile)| Said { project, subject: who.subject, at: row.at(), profile })
    }
}

/// A profile that came without an event.
pub struct Loose {
    pub who: Who,
    pub at: DateTime<Utc>,
    pub profile: Profile,
}

type GroupKey = (i32, Group);

/// Numbers of groups: handed out once, then remembered.
pub struct Groups {
    database: Database,
    known: Mutex<Generations<GroupKey, i32>>,
}

impl Groups {
    pub fn new(database: Database) -> Groups {
        Groups { database, known: Mutex::new(Generations::new(50_000)) }
    }

    /// Of all groups that these profiles name.
    pub async fn numbers<'a>(
        &self,
        profiles: impl Iterator<Item = (i32, &'a Profile)>,
    ) -> Result<HashMap<GroupKey, i32>, sqlx::Error> {
        let (mut found, mut missing) = (HashMap::new(), BTreeSet::new());
        {
            let mut known = self.known.lock();
            for (project, profile) in profiles {
                let named = profile.statements.iter().filter_map(|statement| statement.of.as_ref());
                for group in profile.groups.iter().chain(named) {
                    let key = (project, group.clone());
                    match known.get(&key) {
                        Some(number) => drop(found.insert(key, number)),
                        None => drop(missing.insert(key)),
                    }
                }
            }
        }
        for key in missing {
            let number: i32 = sqlx::query_scalar(
                "insert into customer_group (project, kind, key) values ($1, $2, $3) \
                 on conflict (project, kind, key) do update set kind = excluded.kind returning number",
            )
            .bind(key.0)
            .bind(&key.1.kind)
            .bind(&key.1.key)
            .fetch_one(&self.database.writer)
            .await?;
            self.known.lock().insert(key.clone(), number);
            found.insert(key, number);
        }
        Ok(found)
    }

    /// Forgets what is cached, after the removal of a project.
    pub fn forget(&self) {
        self.known.lock().clear();
    }
}

impl Store {
    /// Writes profiles that came without an event; in one transaction, so that all of a request are kept or none.
    pub async fn write_profiles(
        &self,
        people: &People,
        groups: &Groups,
        project: i32,
        profiles: &mut [Loose],
    ) -> Result<(), Problem> {
        let identifiers: Vec<_> = profiles.iter().flat_map(|loose| identifiers_of(&loose.who)).collect();
        let numbers = people.numbers(project, &identifiers, Utc::now()).await.told()?;
        let mut unions = Vec::new();
        for Loose { who, at, .. } in profiles.iter_mut() {
            let number = |id: &crate::record::Identifier| numbers.get(&id.reference).copied();
            who.subject = who.user.as_ref().or(who.anonymous.as_ref()).and_then(number);
            if let Some(one) = who.subject {
                let others = who.also.iter().filter_map(number).filter(|other| *other != one);
                unions.extend(others.map(|other| Union { one, other, at: *at }));
            }
        }
        people.unite(project, &unions).await.told()?;
        let said: Vec<Said> = profiles
            .iter()
            .map(|loose| Said { project, subject: loose.who.subject, at: loose.at, profile: &loose.profile })
            .collect();
        let numbers = groups.numbers(said.iter().map(|said| (project, said.profile))).await.told()?;
        let mut connection = self.database.writer.acquire().await.told()?;
        let mut transaction = connection.begin().await.told()?;
        write(&mut transaction, &said, &numbers).await.told()?;
        transaction.commit().await.told()
    }
}

/// Owner and name of a property: a subject's number or a group's.
type Key<'a> = (i32, i32, &'a str);

pub async fn write(
    connection: &mut PgConnection,
    said: &[Said<'_>],
    groups: &HashMap<GroupKey, i32>,
) -> Result<(), sqlx::Error> {
    let (mut of_people, mut of_groups) = (Words::default(), Words::default());
    let mut members: BTreeMap<(i32, i32, i32), DateTime<Utc>> = BTreeMap::new();
    for told in said {
        for statement in &told.profile.statements {
            let (words, owner) = match &statement.of {
                None => (&mut of_people, told.subject),
                Some(group) => (&mut of_groups, groups.get(&(told.project, group.clone())).copied()),
            };
            if let Some(owner) = owner {
                words.0.entry((told.project, owner, &statement.name)).or_default().push((told.at, &statement.change));
            }
        }
        for group in &told.profile.groups {
            if let (Some(subject), Some(group)) = (told.subject, groups.get(&(told.project, group.clone()))) {
                let since = members.entry((told.project, *group, subject)).or_insert(told.at);
                *since = told.at.min(*since);
            }
        }
    }
    of_people.write(connection, "person_property", "subject").await?;
    of_groups.write(connection, "group_property", "\"group\"").await?;
    join(connection, &members).await
}

async fn join(
    connection: &mut PgConnection,
    members: &BTreeMap<(i32, i32, i32), DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    if members.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into group_member as m (project, \"group\", subject, since) \
         select * from unnest($1::int[], $2::int[], $3::int[], $4::timestamptz[]) \
         on conflict (project, \"group\", subject) do update set since = excluded.since where excluded.since < m.since",
    )
    .bind(members.keys().map(|key| key.0).collect::<Vec<_>>())
    .bind(members.keys().map(|key| key.1).collect::<Vec<_>>())
    .bind(members.keys().map(|key| key.2).collect::<Vec<_>>())
    .bind(members.values().copied().collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// All that is said in one transaction, by property; keys in order, so that two transactions never wait for each other.
#[derive(Default)]
struct Words<'a>(BTreeMap<Key<'a>, Vec<(DateTime<Utc>, &'a Change)>>);

/// A property as it is known.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    /// None: taken back.
    value: Option<Value>,
    at: DateTime<Utc>,
    once: bool,
}

impl Words<'_> {
    async fn write(&self, connection: &mut PgConnection, table: &str, owner: &str) -> Result<(), sqlx::Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        if self.0.values().flatten().any(|(_, change)| builds_on_what_is_there(change)) {
            // A row that is not there yet cannot be locked; of two sums one would be lost.
            sqlx::query("select pg_advisory_xact_lock(hashtextextended('profiles', 0))")
                .execute(&mut *connection)
                .await?;
        }
        let known = self.known(connection, table, owner).await?;
        let changed: Vec<(Key, Known)> = self
            .0
            .iter()
            .filter_map(|(key, words)| {
                let before = known.get(&(key.0, key.1, key.2.to_owned()));
                let after = words.iter().fold(before.cloned(), |known, (at, change)| heard(known, *at, change));
                after.filter(|after| before != Some(after)).map(|after| (*key, after))
            })
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        // The condition decides between two that wrote a new row at once, by the rule of `heard`.
        let statement = format!(
            "insert into {table} as known (project, {owner}, name, value, at, once) \
             select * from unnest($1::int[], $2::int[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::bool[]) \
             on conflict (project, {owner}, name) \
             do update set value = excluded.value, at = excluded.at, once = excluded.once \
             where case when excluded.once then known.once and excluded.at < known.at \
                        else known.once or excluded.at >= known.at end"
        );
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(changed.iter().map(|(key, _)| key.0).collect::<Vec<_>>())
            .bind(changed.iter().map(|(key, _)| key.1).collect::<Vec<_>>())
            .bind(changed.iter().map(|(key, _)| key.2).collect::<Vec<_>>())
            .bind(changed.iter().map(|(_, known)| known.value.clone().map(Json)).collect::<Vec<_>>())
            .bind(changed.iter().map(|(_, known)| known.at).collect::<Vec<_>>())
            .bind(changed.iter().map(|(_, known)| known.once).collect::<Vec<_>>())
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn known(
        &self,
        connection: &mut PgConnection,
        table: &str,
        owner: &str,
    ) -> Result<HashMap<(i32, i32, String), Known>, sqlx::Error> {
        type Stored = (i32, i32, String, Option<Json<Value>>, DateTime<Utc>, bool);
        let statement = format!(
            "select known.project, known.{owner}, known.name, value, at, once from {table} known \
             join unnest($1::int[], $2::int[], $3::text[]) as asked (project, owner, name) \
               on known.project = asked.project and known.{owner} = asked.owner and known.name = asked.name \
             order by 1, 2, 3 for update of known"
        );
        let rows: Vec<Stored> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
            .bind(self.0.keys().map(|key| key.0).collect::<Vec<_>>())
            .bind(self.0.keys().map(|key| key.1).collect::<Vec<_>>())
            .bind(self.0.keys().map(|key| key.2).collect::<Vec<_>>())
            .fetch_all(connection)
            .await?;
        let told = |(project, owner, name, value, at, once): Stored| {
            ((project, owner, name), Known { value: value.map(|value| value.0), at, once })
        };
        Ok(rows.into_iter().map(told).collect())
    }
}

fn builds_on_what_is_there(change: &Change) -> bool {
    !matches!(change, Change::Set(_) | Change::Once(_) | Change::Unset)
}

/// What is known after one more word. Of two plain words the later counts, of two that were said once the earlier,
/// and a plain one counts more than one said once: all of it whatever arrives first.
fn heard(known: Option<Known>, at: DateTime<Utc>, change: &Change) -> Option<Known> {
    let plain = |value: Option<Value>| Some(Known { value, at, once: false });
    let outdated = known.as_ref().is_some_and(|known| !known.once && known.at > at);
    match change {
        Change::Set(_) | Change::Unset if outdated => known,
        Change::Set(value) => plain(Some(value.clone())),
        Change::Unset => plain(None),
        Change::Once(value) => match &known {
            Some(known) if !known.once || known.at <= at => Some(known.clone()),
            _ => Some(Known { value: Some(value.clone()), at, once: true }),
        },
        Change::Add(number) => {
            let before = known.as_ref().and_then(|known| known.value.as_ref()?.as_f64()).unwrap_or(0.0);
            grown(known, at, json!(whole(before + number)))
        }
        Change::Append(value) => changed_list(known, at, |list| list.push(value.clone())),
        Change::Union(values) => changed_list(known, at, |list| {
            values.iter().for_each(|value| {
                if !list.contains(value) {
                    list.push(value.clone());
                }
            });
        }),
        Change::Remove(value) => changed_list(known, at, |list| list.retain(|other| other != value)),
    }
}

/// 3 rather than 3.0, as it was sent.
fn whole(sum: f64) -> Value {
    if sum.fract() == 0.0 && sum.abs() < 9e15 { json!(sum as i64) } else { json!(sum) }
}

/// Sums and lists grow by every word, also by one that arrives late.
fn grown(known: Option<Known>, at: DateTime<Utc>, value: Value) -> Option<Known> {
    let at = known.map_or(at, |known| known.at.max(at));
    Some(Known { value: Some(value), at, once: false })
}

fn changed_list(known: Option<Known>, at: DateTime<Utc>, change: impl FnOnce(&mut Vec<Value>)) -> Option<Known> {
    let mut list = match known.as_ref().and_then(|known| known.value.clone()) {
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    change(&mut list);
    list.truncate(LONGEST_LIST);
    grown(known, at, Value::Array(list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 1, 15, 12, minute, 0).unwrap()
    }

    fn after(words: &[(u32, Change)]) -> Option<Value> {
        words.iter().fold(None, |known, (minute, change)| heard(known, at(*minute), change)).and_then(|it| it.value)
    }

    #[test]
    fn the_outcome_does_not_depend_on_the_order_of_arrival() {
        let words = [
            (1, Change::Once(json!("first"))),
            (2, Change::Once(json!("second"))),
            (3, Change::Set(json!("third"))),
            (5, Change::Set(json!("fifth"))),
            (4, Change::Unset),
            (6, Change::Once(json!("sixth"))),
        ];
        for start in 0..words.len() {
            for step in [1, 5] {
                let order: Vec<_> = (0..words.len()).map(|n| words[(start + n * step) % words.len()].clone()).collect();
                assert_eq!(after(&order), Some(json!("fifth")), "{order:?}");
            }
        }
        let once: Vec<_> = [1, 0].map(|place| words[place].clone()).to_vec();
        assert_eq!(after(&once), Some(json!("first")));
        assert_eq!(after(&[(7, Change::Unset), (6, Change::Set(json!(1)))]), None);
    }

    #[test]
    fn sums_and_lists_build_on_what_is_there() {
        let words = [(1, Change::Set(json!(2))), (3, Change::Add(1.5)), (2, Change::Add(1.5)), (4, Change::Add(-4.0))];
        assert_eq!(after(&words), Some(json!(1)));
        let words = [
            (1, Change::Append(json!("a"))),
            (2, Change::Append(json!("a"))),
            (3, Change::Union(vec![json!("a"), json!("b")])),
            (4, Change::Remove(json!("a"))),
        ];
        assert_eq!(after(&words), Some(json!(["b"])));
        let many: Vec<_> = (0..200).map(|n| (1, Change::Append(json!(n)))).collect();
        assert_eq!(after(&many).unwrap().as_array().unwrap().len(), LONGEST_LIST);
    }
}
