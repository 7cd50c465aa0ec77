//! Who asks over the programming interface: a key acts as its role in its one project.

use crate::identity::accounts::Viewer;
use crate::identity::keys::{Key, KeyKind};
use crate::ingest::admit::bearer;
use crate::ingest::body::{self, Limits};
use crate::machine::Machine;
use axum::body::Body;
use axum::http::HeaderMap;
use parallax_domain::{Kind, Permission, Problem};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// A read key.
pub fn reader(machine: &Machine, headers: &HeaderMap) -> Result<(Arc<Key>, Viewer), Problem> {
    holder(machine, headers, &[KeyKind::Read])
}

/// A key that reads settings, of a role that may see them.
pub fn administers(machine: &Machine, headers: &HeaderMap) -> Result<(i32, Viewer), Problem> {
    demand(holder(machine, headers, &[KeyKind::Read, KeyKind::Write])?)
}

/// A key that changes settings, of a role that may.
pub fn changes(machine: &Machine, headers: &HeaderMap) -> Result<(i32, Viewer), Problem> {
    demand(holder(machine, headers, &[KeyKind::Write])?)
}

fn demand((key, viewer): (Arc<Key>, Viewer)) -> Result<(i32, Viewer), Problem> {
    if viewer.may(Permission::Administer) {
        Ok((key.project, viewer))
    } else {
        Err(Problem::forbidden(Permission::Administer.held_by()))
    }
}

/// A key of one of these kinds, and its holder: its role in its one project.
pub fn holder(machine: &Machine, headers: &HeaderMap, kinds: &[KeyKind]) -> Result<(Arc<Key>, Viewer), Problem> {
    let unknown = || Problem::new(Kind::Unknown, "No key, or not a key that is in force.");
    let key = machine.keys.find(bearer(headers).ok_or_else(unknown)?).ok_or_else(unknown)?;
    if !kinds.contains(&key.kind) {
        return Err(Problem::new(Kind::Forbidden, format!("A {} key may not do this.", key.kind.word())));
    }
    let viewer = Viewer {
        account: 0,
        email: format!("key {}", key.id),
        name: format!("key {}", key.id),
        roles: vec![key.role],
        projects: Some(vec![key.project]),
    };
    Ok((key, viewer))
}

/// Reads a body; unknown members are named.
pub async fn body<T: DeserializeOwned>(machine: &Machine, headers: &HeaderMap, body: Body) -> Result<T, Problem> {
    let taken = body::read(headers, body, Limits::BROWSER, &machine.budget).await?;
    let value: Value =
        serde_json::from_slice(&taken.bytes).map_err(|_| Problem::malformed("The body is not valid JSON."))?;
    super::query::read(value)
}
