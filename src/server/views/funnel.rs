//! Saving a funnel: its definition, and what it answered at that moment.

use super::{FUNNEL, conflict, find, note, sees, writes};
use crate::database::fault::Told;
use crate::engine::calendar;
use crate::engine::funnel::validate;
use crate::identity::accounts::Viewer;
use crate::identity::projects;
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use parallax_domain::period::Range;
use parallax_domain::question::{Frame, Funnel};
use parallax_domain::{Address, Filter, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{Postgres, Transaction};

const LONGEST_NAME: usize = 200;
const LONGEST_DESCRIPTION: usize = 2000;
/// Days of the answer that is kept, where the address names no range.
const USUAL: Range = Range::Days(28);

/// What is saved of a funnel: everything but the range, which stays the reader's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedFunnel {
    pub funnel: Funnel,
    /// Of the page: chips that hold for every step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

impl SavedFunnel {
    pub fn read(address: &Address) -> SavedFunnel {
        SavedFunnel {
            funnel: Funnel::read(address),
            filters: address.filters.clone(),
            environment: address.environment.clone(),
        }
    }

    /// The address with this funnel and its filters.
    pub fn write(&self, address: &Address) -> Address {
        let mut address = self.funnel.write(address);
        address.filters.clone_from(&self.filters);
        address.environment.clone_from(&self.environment);
        address
    }

    /// Filters of the question's frame.
    pub fn conditions(&self) -> Vec<Filter> {
        let environment = self.environment.as_deref().map(|environment| Filter::is("environment", environment));
        self.filters.iter().cloned().chain(environment).collect()
    }
}

/// What a version answered when it was saved: the days it spoke of, and people (or what it counts) per step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedAnswer {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub counts: Vec<i64>,
}

impl SavedAnswer {
    /// None when nobody entered.
    pub fn conversion(&self) -> Option<f64> {
        let (first, last) = (*self.counts.first()?, *self.counts.last()?);
        (first > 0).then(|| last as f64 / first as f64)
    }

    pub fn entered(&self) -> i64 {
        self.counts.first().copied().unwrap_or(0)
    }
}

/// The fields of the form that saves a funnel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunnelForm {
    pub project: i32,
    /// None makes a new one.
    #[serde(default)]
    pub view: Option<i64>,
    /// The version that the person saw: saving over a newer one is refused.
    #[serde(default)]
    pub base: Option<i32>,
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub folder: String,
    /// The query of the page's address, which holds the definition. Empty keeps the one that is saved.
    #[serde(default)]
    pub definition: String,
}

/// What came of saving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    pub view: i64,
    pub version: i32,
    /// False when only name, description or folder changed.
    pub new_version: bool,
}

impl Saved {
    /// What is said about it.
    pub fn words(&self) -> String {
        match (self.version, self.new_version) {
            (1, true) => "Funnel saved".to_owned(),
            (version, true) => format!("Funnel saved as version {version}"),
            (_, false) => "Name and place saved".to_owned(),
        }
    }
}

/// Saves a new funnel, the next version of one, or only its name, description and folder.
pub async fn save_funnel(machine: &Machine, viewer: &Viewer, form: &FunnelForm) -> Result<Saved, Problem> {
    writes(viewer)?;
    sees(viewer, form.project)?;
    let name = form.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Problem::invalid("name", "A funnel has a name of at most 200 characters."));
    }
    if form.description.chars().count() > LONGEST_DESCRIPTION {
        return Err(Problem::invalid("description", "A description has at most 2,000 characters."));
    }
    if form.folder.chars().count() > LONGEST_NAME {
        return Err(Problem::invalid("folder", "A folder has a name of at most 200 characters."));
    }
    match form.view {
        None => insert(machine, viewer, form).await,
        Some(id) => update(machine, viewer, form, id).await,
    }
}

fn definition(form: &FunnelForm) -> Result<(SavedFunnel, Address), Problem> {
    let address = Address::parse("/product/funnels/new", &form.definition);
    let saved = SavedFunnel::read(&address);
    validate(&saved.funnel)?;
    Ok((saved, address))
}

async fn insert(machine: &Machine, viewer: &Viewer, form: &FunnelForm) -> Result<Saved, Problem> {
    let (saved, address) = definition(form)?;
    let answer = answer(machine, viewer, form.project, &saved, address.range).await;
    let mut transaction = machine.database.admin.begin().await.told()?;
    let id: i64 = sqlx::query_scalar(
        "insert into saved_view (project, kind, name, description, folder, owner, definition, answer, answered_at) \
         values ($1, $2, $3, $4, $5, nullif($6, 0), $7, $8, case when $8 is not null then now() end) returning id",
    )
    .bind(form.project)
    .bind(FUNNEL)
    .bind(form.name.trim())
    .bind(form.description.trim())
    .bind(form.folder.trim())
    .bind(viewer.account)
    .bind(Json(&saved))
    .bind(answer.map(Json))
    .fetch_one(&mut *transaction)
    .await
    .told()?;
    keep(&mut transaction, viewer, id, 1, form.name.trim(), &saved).await?;
    transaction.commit().await.told()?;
    if let Some(row) = find(&machine.database, viewer, form.project, id).await? {
        note(&machine.database, viewer, &row, "view saved", json!({ "version": 1 })).await?;
    }
    Ok(Saved { view: id, version: 1, new_version: true })
}

async fn update(machine: &Machine, viewer: &Viewer, form: &FunnelForm, id: i64) -> Result<Saved, Problem> {
    let row = super::get(&machine.database, viewer, form.project, id).await?;
    let (saved, range) = match form.definition.as_str() {
        "" => (row.definition.0.clone(), None),
        _ => definition(form).map(|(saved, address)| (saved, address.range))?,
    };
    let new_version = saved != row.definition.0;
    let answer = match new_version {
        true => answer(machine, viewer, form.project, &saved, range).await,
        false => None,
    };
    let mut transaction = machine.database.admin.begin().await.told()?;
    let current: i32 = sqlx::query_scalar("select version from saved_view where id = $1 for update")
        .bind(id)
        .fetch_one(&mut *transaction)
        .await
        .told()?;
    if form.base.is_some_and(|base| base != current) {
        let detail = format!("Version {current} was saved meanwhile. Look at it first, then save yours over it.");
        return Err(conflict("base", detail));
    }
    let version = current + i32::from(new_version);
    sqlx::query(
        "update saved_view set name = $2, description = $3, folder = $4, version = $5, definition = $6, changed_at = now(), \
         answer = case when $7 then $8 else answer end, \
         answered_at = case when $7 then case when $8 is not null then now() end else answered_at end where id = $1",
    )
    .bind(id)
    .bind(form.name.trim())
    .bind(form.description.trim())
    .bind(form.folder.trim())
    .bind(version)
    .bind(Json(&saved))
    .bind(new_version)
    .bind(answer.map(Json))
    .execute(&mut *transaction)
    .await
    .told()?;
    if new_version {
        keep(&mut transaction, viewer, id, version, form.name.trim(), &saved).await?;
    }
    transaction.commit().await.told()?;
    note(&machine.database, viewer, &row, "view saved", json!({ "version": version })).await?;
    Ok(Saved { view: id, version, new_version })
}

async fn keep(
    transaction: &mut Transaction<'_, Postgres>,
    viewer: &Viewer,
    id: i64,
    version: i32,
    name: &str,
    saved: &SavedFunnel,
) -> Result<(), Problem> {
    sqlx::query(
        "insert into saved_view_version (view, version, name, definition, changed_by) values ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(version)
    .bind(name)
    .bind(Json(saved))
    .bind(&viewer.name)
    .execute(&mut **transaction)
    .await
    .told()?;
    Ok(())
}

/// What the funnel answers now. A question that cannot be answered keeps nobody from saving it.
async fn answer(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    saved: &SavedFunnel,
    range: Option<Range>,
) -> Option<SavedAnswer> {
    let zone = projects::list(&machine.database).await.ok()?.into_iter().find(|row| row.id == project)?.zone;
    let now = machine.clock.now();
    let period = calendar::period_of(&range.unwrap_or(USUAL), calendar::zone(&zone).ok()?, now).ok()?;
    let frame = Frame { from: period.from, to: period.to, zone, filters: saved.conditions(), compare: None };
    let asked = Funnel { breakdown: None, trend: None, ..saved.funnel.clone() };
    let mut look = machine.store.look(viewer, project).await.ok()?;
    let read = machine.store.funnel(&mut look, &frame, &asked).await.ok()?;
    let counts = read.result.steps.iter().map(|step| step.count).collect();
    Some(SavedAnswer { from: period.from, to: period.to, counts })
}
