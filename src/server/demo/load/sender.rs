//! The doors, with a key of the demo's own.

use super::parcel::{Parcel, Parcels, arrays};
use crate::demo::Company;
use crate::identity::keys::{KeyKind, NewKey};
use crate::ingest;
use crate::machine::Machine;
use anyhow::bail;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use parallax_domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

#[derive(Clone)]
pub struct Sender {
    doors: Router,
    authorization: Arc<str>,
    /// KiB of bodies that may be on their way: a share of what the doors have room for, so that others find room, too.
    room: Arc<Semaphore>,
    most: u32,
}

/// The doors keep four times a body for its records; half of their room is left to others.
fn room(machine: &Machine) -> u32 {
    u32::try_from(machine.options.memory * 1_024 / 4 / 8).unwrap_or(u32::MAX).max(1_024)
}

impl Sender {
    pub async fn of(machine: &Arc<Machine>, project: i32) -> anyhow::Result<Sender> {
        // A key per process: it is never shown, and goes with its project.
        let new = NewKey { project, kind: KeyKind::Ingest, role: Role::Admin, name: "demo loader", origins: &[] };
        let (_, bits) = machine.keys.create(new).await?;
        let most = room(machine);
        Ok(Sender {
            doors: ingest::routes(machine.clone()),
            authorization: format!("Bearer {}", bits.spelled(KeyKind::Ingest)).into(),
            room: Arc::new(Semaphore::new(most as usize)),
            most,
        })
    }

    /// Returns when everything is committed. After a fault what is on its way is still waited for.
    pub async fn send(&self, parcels: Parcels) -> anyhow::Result<()> {
        self.all(parcels.telemetry).await?;
        self.all(parcels.records).await
    }

    /// Decisions that take something back.
    pub async fn withdraw(&self, decisions: &[Value]) -> anyhow::Result<()> {
        self.all(arrays("/api/v1/consent", decisions)?).await
    }

    /// What the company wants to reach.
    pub async fn targets(&self, company: &Company) -> anyhow::Result<()> {
        let targets = company.targets().iter();
        let targets = targets.map(|target| json!({ "measure": target.measure, "value": target.value }));
        self.all(arrays("/api/v1/targets", &targets.collect::<Vec<Value>>())?).await
    }

    async fn all(&self, parcels: Vec<Parcel>) -> anyhow::Result<()> {
        let mut on_their_way = JoinSet::new();
        let mut outcome = Ok(());
        for parcel in parcels {
            let kibibytes = u32::try_from(parcel.body.len() / 1_024 + 1).unwrap_or(u32::MAX).min(self.most);
            let place = self.room.clone().acquire_many_owned(kibibytes).await?;
            while let Some(arrived) = on_their_way.try_join_next() {
                outcome = outcome.and(arrived?);
            }
            if outcome.is_err() {
                break;
            }
            let sender = self.clone();
            on_their_way.spawn(async move {
                let answer = sender.post(&parcel).await;
                drop(place);
                answer
            });
        }
        while let Some(arrived) = on_their_way.join_next().await {
            outcome = outcome.and(arrived?);
        }
        outcome
    }

    /// Like any client: what is asked to come back later comes back later.
    async fn post(&self, parcel: &Parcel) -> anyhow::Result<()> {
        let path = parcel.path;
        for attempt in 0..30 {
            let request = Request::post(path)
                .header(header::AUTHORIZATION, &*self.authorization)
                .header(header::CONTENT_TYPE, parcel.content_type)
                .header(header::CONTENT_LENGTH, parcel.body.len())
                .body(Body::from(parcel.body.clone()))?;
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
