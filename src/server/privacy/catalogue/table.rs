//! The catalogue in the database.

use super::action::Action;
use super::entry::{Entry, Item, Key, Sensitivity, State, ValueType};
use super::shape::{Length, Shape};
use crate::database::Database;
use crate::database::fault::Told;
use crate::privacy::policy::announce;
use chrono::{DateTime, NaiveTime, Utc};
use parallax_domain::{Category, Problem, Signal};
use serde::Serialize;
use std::collections::HashMap;

const COLUMNS: &str = "signal, item, name, type as kind, state, category, sensitivity, purpose, owner, legal_basis, retention_days, \
    expires_at, expiry_reason, action, roles, review, since_policy, example, source, first_seen, last_seen, changed_at, changed_by";

#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct FieldRow {
    pub signal: i16,
    pub item: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub category: Option<i16>,
    pub sensitivity: Option<String>,
    pub purpose: Option<String>,
    pub owner: Option<String>,
    pub legal_basis: Option<String>,
    pub retention_days: Option<i32>,
    pub expires_at: Option<DateTime<Utc>>,
    pub expiry_reason: Option<String>,
    pub action: String,
    pub roles: Vec<String>,
    pub review: Option<String>,
    pub since_policy: Option<String>,
    pub example: Option<String>,
    /// Where it came from: `seen` with a sender, `starter`, `file`, or a `person` on the screen.
    pub source: String,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    pub changed_at: Option<DateTime<Utc>>,
    pub changed_by: Option<String>,
}

impl FieldRow {
    pub fn key(&self) -> Key {
        Key {
            signal: Signal::from_number(self.signal).unwrap_or(Signal::Event),
            item: self.item.parse().unwrap_or(Item::Field),
            name: self.name.clone(),
        }
    }

    pub fn entry(&self) -> Entry {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Entry {
            kind: self.kind.parse().ok(),
            category: self.category.and_then(Category::from_number),
            sensitivity: self.sensitivity.as_deref().and_then(|word| word.parse().ok()),
            purpose: text(&self.purpose),
            owner: text(&self.owner),
            legal_basis: self.legal_basis.as_deref().and_then(|word| word.parse().ok()),
            retention_days: self.retention_days,
            expires: self.expires_at.map(|at| at.date_naive()),
            expiry_reason: text(&self.expiry_reason),
            // What cannot be read any more is not kept either.
            action: self.action.parse().unwrap_or(Action::Drop),
            roles: self.roles.iter().filter_map(|word| word.parse().ok()).collect(),
            review: text(&self.review),
            since_policy: text(&self.since_policy),
            example: text(&self.example),
            ..Entry::new(self.key(), self.state.parse().unwrap_or(State::Proposed))
        }
    }
}

/// Fields only, as the public page tells of them.
pub async fn list(database: &Database, project: i32) -> Result<Vec<FieldRow>, Problem> {
    let mut rows = entries(database, project).await?;
    rows.retain(|row| row.item == Item::Field.word());
    Ok(rows)
}

/// Fields and names alike.
pub async fn entries(database: &Database, project: i32) -> Result<Vec<FieldRow>, Problem> {
    read(database, project).await.told()
}

pub(in crate::privacy) async fn read(database: &Database, project: i32) -> Result<Vec<FieldRow>, sqlx::Error> {
    let sql = format!("select {COLUMNS} from field where project = $1 order by signal, item, state desc, name");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(&database.admin).await
}

/// Declares fields for every signal, so that their values are kept. `properties.plan` and `plan` are one field.
pub async fn declare(database: &Database, project: i32, category: Category, fields: &[String]) -> Result<u64, Problem> {
    let names: Vec<&str> = fields.iter().map(|field| field.strip_prefix("properties.").unwrap_or(field)).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(Problem::invalid("fields", "A field has a name."));
    }
    let signals: Vec<i16> = Signal::ALL.iter().map(|signal| *signal as i16).collect();
    sqlx::query(
        "insert into field (project, signal, item, name, type, state, category, source, changed_at, changed_by) \
         select $1, signal, 'field', name, '', 'declared', $4, 'person', now(), 'command line' \
         from unnest($2::smallint[]) as s (signal), unnest($3::text[]) as n (name) \
         on conflict (project, signal, item, name) do update set state = 'declared', category = excluded.category, \
             changed_at = excluded.changed_at, changed_by = excluded.changed_by",
    )
    .bind(project)
    .bind(&signals)
    .bind(&names)
    .bind(category as i16)
    .execute(&database.admin)
    .await
    .told()?;
    announce(database, "catalogue").await.told()?;
    Ok(names.len() as u64)
}

/// How many entries a change made, and how many it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Saved {
    pub added: u64,
    pub changed: u64,
}

/// Writes whole entries: what is there is replaced, what is not is added, everything else stays. `source`: `file` or
/// `person`. All of them or none.
pub async fn put(
    database: &Database,
    project: i32,
    entries: &[Entry],
    source: &str,
    by: &str,
) -> Result<Saved, Problem> {
    let mut transaction = database.admin.begin().await.told()?;
    let mut saved = Saved::default();
    for entry in entries {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let roles: Vec<&str> = entry.roles.iter().map(|role| role.word()).collect();
        let added: bool = sqlx::query_scalar(
            "insert into field (project, signal, item, name, type, state, category, sensitivity, purpose, owner, legal_basis, \
                 retention_days, expires_at, expiry_reason, action, roles, review, since_policy, example, source, changed_at, changed_by) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, now(), $21) \
             on conflict (project, signal, item, name) do update set type = excluded.type, state = excluded.state, \
                 category = excluded.category, sensitivity = excluded.sensitivity, purpose = excluded.purpose, owner = excluded.owner, \
                 legal_basis = excluded.legal_basis, retention_days = excluded.retention_days, expires_at = excluded.expires_at, \
                 expiry_reason = excluded.expiry_reason, action = excluded.action, roles = excluded.roles, review = excluded.review, \
                 since_policy = excluded.since_policy, example = excluded.example, source = excluded.source, \
                 changed_at = excluded.changed_at, changed_by = excluded.changed_by \
             returning xmax = 0",
        )
        .bind(project)
        .bind(entry.signal as i16)
        .bind(entry.item.word())
        .bind(entry.name.trim())
        .bind(entry.kind.map_or("", ValueType::word))
        .bind(entry.state.word())
        .bind(entry.category.map(|category| category as i16))
        .bind(entry.sensitivity.map(Sensitivity::word))
        .bind(text(&entry.purpose))
        .bind(text(&entry.owner))
        .bind(entry.legal_basis.map(|basis| basis.word()))
        .bind(entry.retention_days)
        .bind(entry.expires.map(|day| day.and_time(NaiveTime::MIN).and_utc()))
        .bind(text(&entry.expiry_reason))
        .bind(entry.action.to_string())
        .bind(&roles)
        .bind(text(&entry.review))
        .bind(text(&entry.since_policy))
        .bind(text(&entry.example))
        .bind(source)
        .bind(by)
        .fetch_one(&mut *transaction)
        .await
        .told()?;
        if added {
            saved.added += 1;
        } else {
            saved.changed += 1;
        }
    }
    transaction.commit().await.told()?;
    announce(database, "catalogue").await.told()?;
    Ok(saved)
}

/// Puts entries into a state. Answers the state that each had before.
pub async fn set_state(
    database: &Database,
    project: i32,
    keys: &[Key],
    state: State,
    category: Option<Category>,
    by: &str,
) -> Result<Vec<(Key, State)>, Problem> {
    let (signals, items, names) = columns(keys);
    let before: Vec<(i16, String, String, String)> = sqlx::query_as(
        "with chosen as (select * from unnest($2::smallint[], $3::text[], $4::text[]) as c (signal, item, name)), \
              before as (select f.signal, f.item, f.name, f.state from field f join chosen using (signal, item, name) \
                         where f.project = $1 for update of f) \
         update field set state = $5, category = coalesce($6, field.category), changed_at = now(), changed_by = $7 from before \
         where field.project = $1 and (field.signal, field.item, field.name) = (before.signal, before.item, before.name) \
         returning field.signal, field.item, field.name, before.state",
    )
    .bind(project)
    .bind(&signals)
    .bind(&items)
    .bind(&names)
    .bind(state.word())
    .bind(category.map(|category| category as i16))
    .bind(by)
    .fetch_all(&database.admin)
    .await
    .told()?;
    announce(database, "catalogue").await.told()?;
    let key =
        |signal, item: &str, name| Some(Key { signal: Signal::from_number(signal)?, item: item.parse().ok()?, name });
    Ok(before
        .into_iter()
        .filter_map(|(signal, item, name, state)| Some((key(signal, &item, name)?, state.parse().ok()?)))
        .collect())
}

/// Gives each entry a state of its own, as it had before a change.
pub async fn restore(database: &Database, project: i32, states: &[(Key, State)], by: &str) -> Result<u64, Problem> {
    let keys: Vec<Key> = states.iter().map(|(key, _)| key.clone()).collect();
    let (signals, items, names) = columns(&keys);
    let words: Vec<&str> = states.iter().map(|(_, state)| state.word()).collect();
    let changed = sqlx::query(
        "update field set state = chosen.state, changed_at = now(), changed_by = $6 \
         from unnest($2::smallint[], $3::text[], $4::text[], $5::text[]) as chosen (signal, item, name, state) \
         where field.project = $1 and (field.signal, field.item, field.name) = (chosen.signal, chosen.item, chosen.name)",
    )
    .bind(project)
    .bind(&signals)
    .bind(&items)
    .bind(&names)
    .bind(&words)
    .bind(by)
    .execute(&database.admin)
    .await
    .told()?;
    announce(database, "catalogue").await.told()?;
    Ok(changed.rows_affected())
}

fn columns(keys: &[Key]) -> (Vec<i16>, Vec<&'static str>, Vec<&str>) {
    let signals = keys.iter().map(|key| key.signal as i16).collect();
    let items = keys.iter().map(|key| key.item.word()).collect();
    (signals, items, keys.iter().map(|key| key.name.as_str()).collect())
}

/// A shape that was seen of an entry that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeRow {
    pub shape: Shape,
    pub records: i64,
    pub last_seen: DateTime<Utc>,
}

/// What entries that wait look like, the most frequent shape first.
pub async fn shapes(database: &Database, project: i32) -> Result<HashMap<Key, Vec<ShapeRow>>, Problem> {
    type Row = (i16, String, String, String, String, i64, DateTime<Utc>);
    let rows: Vec<Row> = sqlx::query_as(
        "select signal, item, name, type, length, records, last_seen from field_shape where project = $1 order by records desc",
    )
    .bind(project)
    .fetch_all(&database.admin)
    .await
    .told()?;
    let mut shapes: HashMap<Key, Vec<ShapeRow>> = HashMap::new();
    for (signal, item, name, kind, length, records, last_seen) in rows {
        let (Some(signal), Ok(item), Ok(kind)) = (Signal::from_number(signal), item.parse(), kind.parse()) else {
            continue;
        };
        let length = Length::ALL.into_iter().find(|known| known.word() == length).unwrap_or(Length::Long);
        let row = ShapeRow { shape: Shape { kind, length }, records, last_seen };
        shapes.entry(Key { signal, item, name }).or_default().push(row);
    }
    Ok(shapes)
}
