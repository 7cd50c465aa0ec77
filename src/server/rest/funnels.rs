//! `GET` and `POST /api/v1/funnels`: saved funnels for programs.

use super::answer::Refusal;
use super::query::{holder, read};
use crate::identity::keys::KeyKind;
use crate::ingest::body::{self, Limits};
use crate::machine::Machine;
use crate::views::{self, FunnelForm, SavedFunnel};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use parallax_domain::question::Funnel;
use parallax_domain::{Address, Filter, Permission, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn list(State(machine): State<Arc<Machine>>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    let (key, viewer) = holder(&machine, &headers, &[KeyKind::Read, KeyKind::Write])?;
    let rows = views::list(&machine.database, &viewer, key.project, views::FUNNEL).await?;
    let funnels: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            json!({
                "id": row.id,
                "name": row.name,
                "description": row.description,
                "folder": row.folder,
                "version": row.version,
                "owner": row.owner_name,
                "changed_at": row.changed_at,
                "funnel": row.definition.funnel,
                "filters": row.definition.conditions(),
            })
        })
        .collect();
    Ok(Json(json!({ "funnels": funnels })))
}

/// A funnel that is to be saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    base: Option<i32>,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    folder: String,
    funnel: Funnel,
    #[serde(default)]
    filters: Vec<Filter>,
}

pub async fn save(State(machine): State<Arc<Machine>>, headers: HeaderMap, body: Body) -> Result<Json<Value>, Refusal> {
    let (key, viewer) = holder(&machine, &headers, &[KeyKind::Write])?;
    if !viewer.may(Permission::WriteProduct) {
        return Err(Problem::forbidden(Permission::WriteProduct.held_by()).into());
    }
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    let value = serde_json::from_slice(&taken.bytes).map_err(|_| Problem::malformed("The body is not valid JSON."))?;
    let wanted: Wanted = read(value)?;
    let saved = SavedFunnel { funnel: wanted.funnel, filters: wanted.filters, environment: None };
    let form = FunnelForm {
        project: key.project,
        view: wanted.id,
        base: wanted.base,
        name: wanted.name,
        description: wanted.description,
        folder: wanted.folder,
        definition: saved.write(&Address::default()).query(),
    };
    let saved = views::save_funnel(&machine, &viewer, &form).await?;
    Ok(Json(json!({ "id": saved.view, "version": saved.version })))
}
