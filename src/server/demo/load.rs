//! Sends the company's life through the public doors: the same requests that its services would make.
//! The newest hours come first, so that screens fill at once; afterwards the shop stays open.

use super::{Company, Counts, Options, Slice};
use crate::database::fault::Told;
use crate::identity::keys::{KeyKind, NewKey};
use crate::identity::projects;
use crate::ingest;
use crate::machine::Machine;
use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use chrono::{DateTime, Utc};
use parallax_domain::{Problem, Role};
use prost::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// What is known of the demo: enough to go on telling the same story.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub project: i32,
    pub seed: u64,
    pub days: u32,
    pub scale: f64,
    pub end: DateTime<Utc>,
    pub hours: usize,
    pub hours_done: usize,
    pub records: usize,
    /// Up to here the shop's life after `end` was told.
    pub told_until: DateTime<Utc>,
    pub failed: Option<String>,
}

impl State {
    pub fn is_loading(&self) -> bool {
        self.hours_done < self.hours && self.failed.is_none()
    }
}

const SETTING: &str = "demo";

pub async fn state(machine: &Machine) -> Result<Option<State>, Problem> {
    let found: Option<sqlx::types::Json<State>> = sqlx::query_scalar("select value from setting where key = $1")
        .bind(SETTING)
        .fetch_optional(&machine.database.admin)
        .await
        .told()?;
    Ok(found.map(|json| json.0))
}

/// False: the demo was removed meanwhile, and is not written back.
async fn save(machine: &Machine, state: &State) -> Result<bool, Problem> {
    let saved = sqlx::query("update setting set value = $2 where key = $1 and value -> 'project' = to_jsonb($3::int)")
        .bind(SETTING)
        .bind(sqlx::types::Json(state))
        .bind(state.project)
        .execute(&machine.database.admin)
        .await
        .told()?;
    Ok(saved.rows_affected() == 1)
}

/// Makes the project and writes down what is to be told. Refuses when there is a demo already.
pub async fn begin(machine: &Machine, days: u32, scale: f64, seed: u64) -> anyhow::Result<State> {
    if state(machine).await?.is_some() {
        bail!("there is a demo already; remove it first");
    }
    if !(0.01..=100.0).contains(&scale) || !(1..=400).contains(&days) {
        bail!("a demo has 1 to 400 days and a scale of 0.01 to 100");
    }
    let end = machine.clock.now();
    let company = Company::new(Options { seed, days, scale, end })?;
    let project = projects::insert(&machine.database, company.name(), "demo", "Europe/Berlin", "learn").await?;
    crate::privacy::policy::announce(&machine.database, "project").await?;
    let state = State {
        project,
        seed,
        days,
        scale,
        end,
        hours: company.hours().count(),
        hours_done: 0,
        records: 0,
        told_until: end,
        failed: None,
    };
    sqlx::query("insert into setting (key, value) values ($1, $2)")
        .bind(SETTING)
        .bind(sqlx::types::Json(&state))
        .execute(&machine.database.admin)
        .await?;
    Ok(state)
}

/// Tells everything that is not told yet; `progress` hears of every hour.
pub async fn load(machine: &Arc<Machine>, mut progress: impl FnMut(&State)) -> anyhow::Result<State> {
    let mut state = state(machine).await?.context("there is no demo to load")?;
    let company = company(&state)?;
    let sender = Sender::of(machine, state.project).await?;
    sender.targets(&company).await?;
    let hours: Vec<DateTime<Utc>> = company.hours().collect();
    for hour in hours.into_iter().skip(state.hours_done) {
        let told = company.clone();
        let slice = tokio::task::spawn_blocking(move || told.hour(hour)).await?;
        let counts = sender.send(slice).await?;
        state.hours_done += 1;
        state.records += counts.sum();
        // The shop stays open while its past comes in.
        tell_present(machine, &mut state, &company, &sender).await?;
        if !save(machine, &state).await? {
            bail!("the demo was removed");
        }
        progress(&state);
    }
    Ok(state)
}

/// What happened in the shop since it was last told. Called every few seconds.
pub async fn go_on(machine: &Arc<Machine>) -> anyhow::Result<()> {
    let Some(mut state) = state(machine).await? else { return Ok(()) };
    if state.is_loading() {
        return Ok(());
    }
    let (company, sender) = (company(&state)?, Sender::of(machine, state.project).await?);
    tell_present(machine, &mut state, &company, &sender).await?;
    save(machine, &state).await?;
    Ok(())
}

async fn tell_present(
    machine: &Machine,
    state: &mut State,
    company: &Arc<Company>,
    sender: &Sender,
) -> anyhow::Result<()> {
    let now = machine.clock.now();
    if now - state.told_until < chrono::Duration::seconds(4) {
        return Ok(());
    }
    // After a long pause the hours in between are told as well, but not more of them than a day at a time.
    let to = now.min(state.told_until + chrono::Duration::hours(24));
    let (company, from) = (company.clone(), state.told_until);
    let slice = tokio::task::spawn_blocking(move || company.slice(from, to)).await?;
    sender.send(slice).await?;
    state.told_until = to;
    Ok(())
}

/// Removes the demo with everything that was stored for it.
pub async fn remove(machine: &Machine) -> anyhow::Result<()> {
    let state = state(machine).await?.context("there is no demo")?;
    sqlx::query("delete from setting where key = $1").bind(SETTING).execute(&machine.database.admin).await?;
    projects::remove(&machine.database, state.project).await?;
    machine.store.forget(state.project);
    machine.intake.commit.forget_partitions();
    machine.intake.commit.people.forget();
    machine.intake.commit.shared.forget();
    Ok(())
}

/// Loads in the background of a server; a failure is written down, not lost.
pub async fn load_in_background(machine: Arc<Machine>) {
    let Err(error) = load(&machine, |_| {}).await else { return };
    // Removed while it came in: its key is refused, and there is nothing to write down.
    let Ok(Some(mut state)) = state(&machine).await else { return };
    tracing::error!(%error, "the demo could not be loaded");
    state.failed = Some(error.to_string());
    save(&machine, &state).await.ok();
}

fn company(state: &State) -> anyhow::Result<Arc<Company>> {
    let options = Options { seed: state.seed, days: state.days, scale: state.scale, end: state.end };
    Ok(Arc::new(Company::new(options)?))
}

/// The doors, with a key of the demo's own.
struct Sender {
    doors: Router,
    key: String,
}

impl Sender {
    async fn of(machine: &Arc<Machine>, project: i32) -> anyhow::Result<Sender> {
        // A key per sender: it is never shown, and revoked with its project.
        let new = NewKey { project, kind: KeyKind::Ingest, role: Role::Admin, name: "demo loader", origins: &[] };
        let key = machine.demo_key(project, new).await?;
        Ok(Sender { doors: ingest::routes(machine.clone()), key })
    }

    async fn send(&self, slice: Slice) -> anyhow::Result<Counts> {
        let counts = slice.counts();
        for decision in slice.consents {
            self.json("/api/v1/consent", &decision).await?;
        }
        for deployment in slice.deployments {
            self.json("/api/v1/deployments", &deployment).await?;
        }
        for total in slice.population {
            self.json("/api/v1/population", &total).await?;
        }
        for (path, records) in [
            ("/api/v1/tickets", slice.tickets),
            ("/api/v1/feedback", slice.feedback),
            ("/api/v1/spend", slice.spend),
            ("/api/v1/surveys", slice.surveys),
        ] {
            if !records.is_empty() {
                self.json(path, &Value::Array(records)).await?;
            }
        }
        // The four streams do not wait for each other, as they would not in life.
        let events = async {
            for events in slice.events {
                self.json("/api/v1/events", &json!({ "events": events })).await?;
            }
            anyhow::Ok(())
        };
        let traces = async {
            for request in slice.traces {
                self.protobuf("/v1/traces", &request).await?;
            }
            anyhow::Ok(())
        };
        let logs = async {
            for request in slice.logs {
                self.protobuf("/v1/logs", &request).await?;
            }
            anyhow::Ok(())
        };
        let metrics = async {
            for request in slice.metrics {
                self.protobuf("/v1/metrics", &request).await?;
            }
            anyhow::Ok(())
        };
        tokio::try_join!(events, traces, logs, metrics)?;
        Ok(counts)
    }

    /// What the company wants to reach.
    async fn targets(&self, company: &Company) -> anyhow::Result<()> {
        let truth = serde_json::to_value(company.truth())?;
        if let Some(targets @ Value::Array(_)) = truth.get("targets") {
            self.json("/api/v1/targets", targets).await?;
        }
        Ok(())
    }

    async fn json(&self, path: &str, value: &Value) -> anyhow::Result<()> {
        self.post(path, "application/json", serde_json::to_vec(value)?).await
    }

    async fn protobuf(&self, path: &str, message: &impl Message) -> anyhow::Result<()> {
        self.post(path, "application/x-protobuf", message.encode_to_vec()).await
    }

    /// Like any client: what is asked to come back later comes back later.
    async fn post(&self, path: &str, content_type: &str, body: Vec<u8>) -> anyhow::Result<()> {
        for attempt in 0..30 {
            let request = Request::post(path)
                .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
                .header(header::CONTENT_TYPE, content_type)
                .header(header::CONTENT_LENGTH, body.len())
                .body(Body::from(body.clone()))?;
            let response = self.doors.clone().oneshot(request).await?;
            match response.status().as_u16() {
                200 => return Ok(()),
                429 | 503 => tokio::time::sleep(Duration::from_millis(200 + 100 * attempt)).await,
                status => bail!("{path} answered {status}"),
            }
        }
        bail!("{path} had no place for a long time")
    }
}
