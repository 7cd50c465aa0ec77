//! `POST /api/v1/query/<question>` and `GET /api/v1/traces/<id>`, with a read key.

use super::answer::Refusal;
use super::who::reader;
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::ingest::body::{self, Limits};
use crate::machine::Machine;
use crate::projection::chunk::Kind as Rests;
use crate::store::Look;
use crate::store::question::compared;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use parallax_domain::question::{
    Attribution, Frame, Funnel, FunnelPeople, Issues, Lifecycle, Logs, Metrics, Paths, Requests, Retention, Sessions,
    Stickiness, Traces, Trend,
};
use parallax_domain::{Kind, Permission, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A question's body: the members that all have, and those of the question itself.
struct Asked {
    frame: Frame,
    own: Map<String, Value>,
}

pub async fn ask(
    State(machine): State<Arc<Machine>>,
    Path(question): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let (key, viewer) = reader(&machine, &headers)?;
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    let asked = Asked::read(&taken.bytes)?;
    let policy = machine.policies.of(key.project).await.told()?.ok_or_else(|| Problem::not_found("project"))?;
    asked.demand_shown(&policy.hidden_properties(&viewer.roles))?;
    let mut look = machine.store.look(&viewer, key.project).await?;
    let answer = answer(&machine, &viewer, &mut look, &question, asked).await?;
    Ok(Json(answer))
}

pub async fn trace(
    State(machine): State<Arc<Machine>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let (key, viewer) = reader(&machine, &headers)?;
    let id = crate::ingest::event::trace_id(&id).ok_or_else(|| Problem::not_found("trace"))?;
    let mut look = machine.store.look(&viewer, key.project).await?;
    let trace = machine.store.trace(&mut look, id).await?.ok_or_else(|| Problem::not_found("trace"))?;
    Ok(Json(value(&trace)?))
}

async fn answer(
    machine: &Machine,
    viewer: &Viewer,
    look: &mut Look,
    question: &str,
    asked: Asked,
) -> Result<Value, Problem> {
    let store = &machine.store;
    /// Asks for the period, again for the one it is compared with, and puts the answer into JSON. `$rests_on` says of
    /// which projection days may be missing.
    macro_rules! ask {
        ($method:ident, $rests_on:expr, $($own:expr),+) => {{
            let read = store.$method(look, &asked.frame, $($own),+).await?;
            let other = match compared(&asked.frame)? {
                Some(frame) => Some(store.$method(look, &frame, $($own),+).await?.result),
                None => None,
            };
            let mut answer = read.answer(look, other);
            answer.quality.gaps = store.gaps(look, $rests_on, asked.frame.period()).await?;
            value(&answer)
        }};
    }
    macro_rules! answer {
        ($kind:ty, $method:ident, $rests_on:expr) => {{
            let own: $kind = own(asked.own)?;
            ask!($method, $rests_on, &own)
        }};
    }
    match question {
        "trend" => answer!(Trend, trend, Rests::Timeline),
        "funnel" => answer!(Funnel, funnel, Rests::Timeline),
        "funnel/people" => {
            demand(viewer, Permission::ListPeople)?;
            let (funnel, people) = funnel_people(asked.own)?;
            ask!(funnel_people, Rests::Timeline, &funnel, &people)
        }
        "retention" => answer!(Retention, retention, Rests::Timeline),
        "stickiness" => answer!(Stickiness, stickiness, Rests::Timeline),
        "lifecycle" => answer!(Lifecycle, lifecycle, Rests::Timeline),
        "paths" => answer!(Paths, paths, Rests::Timeline),
        "attribution" => answer!(Attribution, attribution, Rests::Timeline),
        "sessions" => answer!(Sessions, sessions, Rests::Timeline),
        "requests" => answer!(Requests, requests, Rests::Requests),
        "metrics" => answer!(Metrics, metrics, Rests::Points),
        "logs" => {
            demand(viewer, Permission::ReadRawText)?;
            answer!(Logs, logs, Rests::Logs)
        }
        "traces" => answer!(Traces, traces, Rests::Requests),
        "issues" => answer!(Issues, issues, Rests::Requests),
        _ => Err(Problem::not_found("question")),
    }
}

fn demand(viewer: &Viewer, permission: Permission) -> Result<(), Problem> {
    if viewer.may(permission) { Ok(()) } else { Err(Problem::forbidden(permission.held_by())) }
}

impl Asked {
    fn read(bytes: &[u8]) -> Result<Asked, Problem> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|_| Problem::malformed("The body is not valid JSON."))?;
        let Value::Object(mut own) = value else { return Err(Problem::malformed("The body must be an object.")) };
        let common: Map<String, Value> =
            Frame::MEMBERS.iter().filter_map(|name| Some(((*name).to_owned(), own.remove(*name)?))).collect();
        for name in ["from", "to"] {
            if !common.contains_key(name) {
                return Err(Problem::invalid(name, "is missing"));
            }
        }
        let frame: Frame = read(Value::Object(common))?;
        Ok(Asked { frame, own })
    }
}

impl Asked {
    /// A property that the catalogue shows to other roles only must not be counted, filtered or grouped by either.
    fn demand_shown(&self, hidden: &[String]) -> Result<(), Problem> {
        let filters = self.frame.filters.iter().map(|filter| filter.field.as_str());
        let mut named: Vec<&str> = filters.collect();
        self.own.values().for_each(|value| words(value, &mut named));
        let is = |name: &&String| named.iter().any(|word| property_of(word) == name.as_str());
        match hidden.iter().find(is) {
            None => Ok(()),
            Some(name) => {
                let detail = format!("The catalogue shows the values of {name} to other roles only.");
                Err(Problem { field: Some(format!("properties.{name}")), ..Problem::new(Kind::Forbidden, detail) })
            }
        }
    }
}

/// Every text in a question.
fn words<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(values) => values.iter().for_each(|value| words(value, out)),
        Value::Object(members) => members.values().for_each(|value| words(value, out)),
        _ => {}
    }
}

/// `plan` of `properties.plan`, `sum:plan` and `plan`.
fn property_of(word: &str) -> &str {
    let bare = word.strip_prefix("properties.").unwrap_or(word);
    ["sum:", "avg:", "p95:"].iter().find_map(|measure| bare.strip_prefix(measure)).unwrap_or(bare)
}

fn own<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, Problem> {
    read(Value::Object(members))
}

/// The people question is a funnel with four members more.
fn funnel_people(mut members: Map<String, Value>) -> Result<(Funnel, FunnelPeople), Problem> {
    let of_people: Map<String, Value> = ["step", "outcome", "limit", "after"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), members.remove(*name)?)))
        .collect();
    Ok((own(members)?, own(of_people)?))
}

/// Says which member is at fault, in the sender's own spelling.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner().to_string();
        let quoted =
            |after: &str| inner.split_once(after).and_then(|(_, rest)| rest.split('`').next()).map(str::to_owned);
        let named = quoted("unknown field `").or_else(|| quoted("missing field `"));
        let field = match (named, path.as_str()) {
            (Some(name), "." | "") => name,
            (Some(name), path) if path.ends_with(&name) => path.to_owned(),
            (Some(name), path) => format!("{path}.{name}"),
            (None, path) => path.to_owned(),
        };
        Problem::invalid(&field, inner)
    })
}

fn value<T: Serialize>(answer: &T) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(|_| Problem::unavailable("The answer could not be written."))
}
