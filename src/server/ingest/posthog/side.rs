//! What PostHog's clients ask beside: flags, their configuration, recordings. There is nothing of it here, and the
//! answers say so in a way that keeps the clients quiet.

use crate::identity::keys::KeyBits;
use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use serde_json::{Value, json};
use uuid::Uuid;

/// A recording is read to its end, so that the connection can be used again, and let go.
const LONGEST_RECORDING: usize = 32 << 20;

pub async fn flags() -> Json<Value> {
    Json(json!({
        "errorsWhileComputingFlags": false,
        "flags": {},
        "featureFlags": {},
        "featureFlagPayloads": {},
        "requestId": Uuid::now_v7().to_string(),
    }))
}

pub async fn recording(body: Body) -> Json<Value> {
    let mut body = std::pin::pin!(Limited::new(body, LONGEST_RECORDING));
    while let Some(Ok(_)) = body.frame().await {}
    Json(json!({ "status": "Ok" }))
}

pub async fn config() -> Json<Value> {
    Json(configuration())
}

/// The same as a script: it leaves the configuration where the library looks for it.
pub async fn config_script(Path(key): Path<String>) -> Response {
    // Only a key is written into a script, in its own spelling, and nothing that a stranger put into the address.
    let text = match KeyBits::parse(&key) {
        Some(_) => {
            let told = json!({ "config": configuration(), "siteApps": [] });
            format!(
                "(window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {{}})[{}] = {told};",
                json!(key.trim())
            )
        }
        None => String::new(),
    };
    super::script(text)
}

/// No recordings, surveys or experiments; what a page measures of itself and what it throws is welcome.
fn configuration() -> Value {
    json!({
        "supportedCompression": ["gzip", "gzip-js"],
        "hasFeatureFlags": false,
        "sessionRecording": false,
        "surveys": false,
        "heatmaps": false,
        "siteApps": [],
    })
}
