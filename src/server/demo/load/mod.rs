//! Sends the company's life through the public doors: the same requests that its services would make.
//! The newest hours come first, so that screens fill at once, then the days before them; afterwards the shop stays open.
//!
//! One program tells the demo at a time, whoever it is: a server or a command beside it ([`lock`]). What is written down
//! after each piece of the past is enough to go on after an interruption of any kind; what is sent twice then is the same
//! to the byte, and the doors recognise it.

mod lock;
mod parcel;
mod past;
mod present;
mod sender;

pub use past::Loading;
pub use present::go_on;

use super::scenario::FERNHILL;
use super::{Company, Options, Scenario};
use crate::database::fault::Told;
use crate::identity::projects;
use crate::machine::Machine;
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use lock::Lock;
use parallax_domain::Problem;
use sender::Sender;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What is known of the demo: enough to go on telling the same story.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub project: i32,
    pub seed: u64,
    pub days: u32,
    pub scale: f64,
    pub end: DateTime<Utc>,
    /// Back to here the past is told. A demo of an earlier version says nothing here: it was told whole.
    #[serde(default)]
    pub told_from: DateTime<Utc>,
    pub records: usize,
    /// Time spent on the past so far.
    #[serde(default)]
    pub seconds: f64,
    /// Up to here the shop's life after `end` was told, and up to here it was being told when this was written: after an
    /// interruption that stretch is sent again as it was.
    pub told_until: DateTime<Utc>,
    #[serde(default)]
    pub telling: Option<DateTime<Utc>>,
    pub failed: Option<String>,
}

impl State {
    /// The instant at which the told past begins.
    pub fn begins(&self) -> DateTime<Utc> {
        self.end - chrono::Duration::days(i64::from(self.days))
    }

    pub fn is_whole(&self) -> bool {
        self.told_from <= self.begins()
    }

    pub fn is_loading(&self) -> bool {
        !self.is_whole() && self.failed.is_none()
    }

    /// Share of the past that is told.
    pub fn share(&self) -> f64 {
        let told = (self.end - self.told_from).num_milliseconds() as f64;
        (told / (f64::from(self.days) * 86_400_000.0)).clamp(0.0, 1.0)
    }

    /// Days of the past that are told, the one being told included.
    pub fn day(&self) -> u32 {
        ((self.share() * f64::from(self.days)).floor() as u32 + u32::from(!self.is_whole())).min(self.days)
    }

    /// Records per second; none before there is anything to go by.
    pub fn rate(&self) -> Option<f64> {
        (self.seconds > 0.5 && self.records > 0).then(|| self.records as f64 / self.seconds)
    }

    /// Seconds until the past is told, at the rate so far.
    pub fn remaining(&self) -> Option<f64> {
        let share = self.share();
        (self.seconds > 0.5 && share > 0.0).then(|| self.seconds * (1.0 - share) / share)
    }
}

/// What to tell; without a text the scenario that is built in.
#[derive(Clone, Debug)]
pub struct Wish {
    pub seed: u64,
    pub days: u32,
    pub scale: f64,
    pub scenario: Option<String>,
}

const SETTING: &str = "demo";
const SCENARIO: &str = "demo scenario";

/// What a process keeps of the demo while it tells it.
#[derive(Default)]
pub struct Kept {
    told: tokio::sync::Mutex<Option<Arc<Teller>>>,
    stopping: AtomicBool,
}

/// The company with its last days, and the doors with a key of the demo's own.
struct Teller {
    project: i32,
    company: Company,
    sender: Sender,
}

impl Kept {
    /// Asks whoever tells the demo in this process to stop after what is on its way.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    async fn teller(&self, machine: &Arc<Machine>, state: &State) -> anyhow::Result<Arc<Teller>> {
        let mut told = self.told.lock().await;
        if let Some(teller) = told.as_ref().filter(|teller| teller.project == state.project) {
            return Ok(teller.clone());
        }
        let options = Options { seed: state.seed, days: state.days, scale: state.scale, end: state.end };
        let company = Company::with_scenario(options, scenario(machine).await?)?;
        let sender = Sender::of(machine, state.project).await?;
        let teller = Arc::new(Teller { project: state.project, company, sender });
        *told = Some(teller.clone());
        Ok(teller)
    }
}

async fn setting<T: serde::de::DeserializeOwned + Send + Unpin + 'static>(
    machine: &Machine,
    key: &str,
) -> Result<Option<T>, Problem> {
    let found: Option<sqlx::types::Json<T>> = sqlx::query_scalar("select value from setting where key = $1")
        .bind(key)
        .fetch_optional(&machine.database.admin)
        .await
        .told()?;
    Ok(found.map(|json| json.0))
}

pub async fn state(machine: &Machine) -> Result<Option<State>, Problem> {
    setting(machine, SETTING).await
}

/// The scenario of the demo that is there.
async fn scenario(machine: &Machine) -> anyhow::Result<Scenario> {
    let text: Option<String> = setting(machine, SCENARIO).await?;
    Ok(Scenario::parse(text.as_deref().unwrap_or(FERNHILL))?)
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

/// What is true about the demo that is there.
pub async fn truth(machine: &Arc<Machine>) -> anyhow::Result<super::Truth> {
    let state = state(machine).await?.context("there is no demo to tell the truth of")?;
    let options = Options { seed: state.seed, days: state.days, scale: state.scale, end: state.end };
    let company = Company::with_scenario(options, scenario(machine).await?)?;
    Ok(tokio::task::spawn_blocking(move || company.truth()).await?)
}

/// Makes the project and writes down what is to be told, or takes up a demo of the same wish that was interrupted.
/// Refuses when there is another demo, a whole one, or somebody who is loading it.
pub async fn begin(machine: &Arc<Machine>, wish: &Wish) -> anyhow::Result<Loading> {
    let Some(lock) = Lock::take(machine).await? else {
        bail!("the demo is being loaded by another program on this data");
    };
    machine.demo.stopping.store(false, Ordering::Relaxed);
    match prepare(machine, wish).await {
        Ok(state) => Ok(Loading::new(lock, state)),
        Err(error) => {
            lock.release().await;
            Err(error)
        }
    }
}

async fn prepare(machine: &Arc<Machine>, wish: &Wish) -> anyhow::Result<State> {
    if let Some(known) = state(machine).await? {
        return take_up(machine, wish, known).await;
    }
    if !(0.01..=100.0).contains(&wish.scale) || !(1..=400).contains(&wish.days) {
        bail!("a demo has 1 to 400 days and a scale of 0.01 to 100");
    }
    let text = wish.scenario.as_deref().unwrap_or(FERNHILL);
    let scenario = Scenario::parse(text)?;
    // The story begins and ends with a whole second, so that what is sent says the same instants as what is stored.
    let end = DateTime::from_timestamp(machine.clock.now().timestamp(), 0).context("the clock is out of range")?;
    let project = projects::insert(&machine.database, &scenario.company.name, "demo", "Europe/Berlin", "learn").await?;
    crate::privacy::policy::announce(&machine.database, "project").await?;
    let state = State {
        project,
        seed: wish.seed,
        days: wish.days,
        scale: wish.scale,
        end,
        told_from: end,
        records: 0,
        seconds: 0.0,
        told_until: end,
        telling: None,
        failed: None,
    };
    sqlx::query("insert into setting (key, value) values ($1, $2), ($3, $4)")
        .bind(SETTING)
        .bind(sqlx::types::Json(serde_json::to_value(&state)?))
        .bind(SCENARIO)
        .bind(sqlx::types::Json(serde_json::Value::String(text.to_owned())))
        .execute(&machine.database.admin)
        .await?;
    Ok(state)
}

async fn take_up(machine: &Arc<Machine>, wish: &Wish, mut known: State) -> anyhow::Result<State> {
    if known.is_whole() {
        bail!("there is a demo already; remove it first");
    }
    let text: Option<String> = setting(machine, SCENARIO).await?;
    let same = (known.seed, known.days, known.scale) == (wish.seed, wish.days, wish.scale)
        && text.as_deref().unwrap_or(FERNHILL) == wish.scenario.as_deref().unwrap_or(FERNHILL);
    if !same {
        bail!(
            "there is a demo of {} days, scale {} and seed {} that was interrupted; load it with the same options to go on, or \
             remove it first",
            known.days,
            known.scale,
            known.seed
        );
    }
    known.failed = None;
    Ok(known)
}

/// Goes on where a restart, a failure or an interruption stopped it; none if there is nothing to go on with, or somebody
/// does already.
pub async fn resume(machine: &Arc<Machine>) -> anyhow::Result<Option<Loading>> {
    let Some(lock) = Lock::take(machine).await? else { return Ok(None) };
    match state(machine).await {
        Ok(Some(mut state)) if !state.is_whole() => {
            machine.demo.stopping.store(false, Ordering::Relaxed);
            state.failed = None;
            Ok(Some(Loading::new(lock, state)))
        }
        Ok(_) => {
            lock.release().await;
            Ok(None)
        }
        Err(problem) => {
            lock.release().await;
            Err(problem.into())
        }
    }
}

/// Longest wait for whoever tells the demo to notice that it is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Removes the demo with everything that was stored for it, also while it comes in.
pub async fn remove(machine: &Arc<Machine>) -> anyhow::Result<()> {
    let state = state(machine).await?.context("there is no demo")?;
    machine.demo.stop();
    let removed = forget(machine, &state).await;
    machine.demo.stopping.store(false, Ordering::Relaxed);
    removed
}

async fn forget(machine: &Arc<Machine>, state: &State) -> anyhow::Result<()> {
    // From now on whoever tells it finds out, and sends nothing more.
    sqlx::query("delete from setting where key in ($1, $2)")
        .bind(SETTING)
        .bind(SCENARIO)
        .execute(&machine.database.admin)
        .await?;
    let waiting = std::time::Instant::now();
    let lock = loop {
        if let Some(lock) = Lock::take(machine).await? {
            break lock;
        }
        if waiting.elapsed() > PATIENCE {
            bail!("the demo is still being told by another program; try again when it has ended");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    machine.demo.told.lock().await.take();
    let removed = projects::remove(&machine.database, state.project).await;
    machine.store.forget(state.project);
    machine.intake.commit.forget_partitions();
    machine.intake.commit.people.forget();
    machine.intake.commit.shared.forget();
    lock.release().await;
    removed
}
