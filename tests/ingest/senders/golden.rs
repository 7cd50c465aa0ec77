//! Every captured request, against the reviewed file of what is stored of it.

use super::{AGENT, Call, as_uuid};
use crate::support::golden::assert_golden;
use crate::support::{TestApp, payload};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use url::form_urlencoded;

/// One line of the index of samples.
struct Sample {
    path: String,
    headers: Vec<(String, String)>,
}

fn sample(file: &str) -> Sample {
    let index: Vec<Value> = serde_json::from_slice(&payload("index.json")).expect("an index");
    let line = index.into_iter().find(|line| line["file"] == file).expect("the file is in the index");
    let headers = line["headers"].as_object().expect("headers").iter();
    Sample {
        path: line["path"].as_str().expect("a path").to_owned(),
        headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
    }
}

/// The request with our key where the captured one had a placeholder, wrapped as it was.
fn with_key(file: &str, body: Vec<u8>, key: &str) -> Vec<u8> {
    let placed = |text: &str| {
        text.replace("phc_TESTKEY0000000000000000000000000000000000", key)
            .replace("TESTWRITEKEY", key)
            .replace("TESTTOKEN", key)
            .replace("11111111-1111-4111-8111-111111111111", &as_uuid(key))
    };
    if file.ends_with(".gz") {
        let mut plain = String::new();
        GzDecoder::new(body.as_slice()).read_to_string(&mut plain).expect("gzip");
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(placed(&plain).as_bytes()).expect("gzip");
        return packed.finish().expect("gzip");
    }
    let text = String::from_utf8(body).expect("text");
    if !file.ends_with(".form") {
        return placed(&text).into_bytes();
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let value = match STANDARD.decode(value.as_bytes()) {
            Ok(plain) if name == "data" => STANDARD.encode(placed(&String::from_utf8(plain).expect("text"))),
            _ => placed(&value),
        };
        form.append_pair(&name, &value);
    }
    form.finish().into_bytes()
}

/// Rows without what depends on the run: order, time of receipt, numbers. People are told by the id they were sent with.
async fn stored(app: &TestApp) -> Value {
    let labels = app.labels().await;
    let label = |number: &Value| {
        number.as_i64().and_then(|number| labels.get(&(number as i32))).map(|(label, _)| Value::from(label.as_str()))
    };
    let tidy = |row: Value| {
        let Value::Object(mut row) = row else { panic!("a row is an object") };
        for key in ["subject", "anonymous"] {
            if let Some(name) = row.get(key).and_then(label) {
                row.insert(key.to_owned(), name);
            }
        }
        if row.get("session").is_some_and(|session| !session.is_null()) {
            row.insert("session".to_owned(), json!("[hashed]"));
        }
        hide_hashes(&mut row);
        Value::Object(row)
    };
    let rows = async |sql: &'static str| app.rows(sql).await.into_iter().map(tidy).collect::<Vec<_>>();
    let events = rows(
        "select jsonb_strip_nulls(to_jsonb(e) - 'seq' - 'received_at' - 'project' - 'shard') from event e order by seq",
    )
    .await;
    let logs = rows(
        "select jsonb_strip_nulls(to_jsonb(l) - 'seq' - 'received_at' - 'project' - 'shard' - 'resource') from log l order by at, seq",
    )
    .await;
    let metrics = rows(
        "select jsonb_build_object('name', s.name, 'unit', s.unit, 'labels', s.labels, 'at', m.at, 'value', m.value) \
         from metric m join series s on s.project = m.project and s.id = m.series order by s.name, m.at",
    )
    .await;
    let people = rows(
        "select jsonb_build_object('subject', subject, 'name', name, 'value', value, 'at', at, 'once', once) \
         from person_property order by name, value::text",
    )
    .await;
    let groups = rows(
        "select jsonb_build_object('kind', g.kind, 'key', g.key, 'name', p.name, 'value', p.value) \
         from customer_group g left join group_property p on p.project = g.project and p.\"group\" = g.number \
         order by g.kind, g.key, p.name",
    )
    .await;
    let members = rows(
        "select jsonb_build_object('kind', g.kind, 'key', g.key, 'subject', m.subject, 'since', m.since) \
         from group_member m join customer_group g on g.project = m.project and g.number = m.\"group\" order by g.kind, g.key",
    )
    .await;
    let mut people_of: BTreeMap<String, Value> = BTreeMap::new();
    people_of.insert("said of them".to_owned(), json!(people));
    people_of.insert("names of each".to_owned(), json!(app.people().await));
    json!({ "events": events, "logs": logs, "metrics": metrics, "people": people_of, "groups": groups, "members": members })
}

/// Keyed with the secret of the project, which is another in every run.
fn hide_hashes(row: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = row.get_mut("properties") else { return };
    for value in properties.values_mut() {
        let hashed =
            value.as_str().is_some_and(|text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if hashed {
            *value = json!("[hashed]");
        }
    }
}

async fn check(file: &str, told: &str) {
    let app = TestApp::start().await;
    let Sample { path, headers } = sample(file);
    // Pages were served from addresses of their own; the key is for all of them.
    let origins: Vec<&str> =
        headers.iter().filter(|(name, _)| name == "Origin").map(|(_, value)| value.as_str()).collect();
    let key = match origins.first() {
        Some(origin) => app.key(KeyKind::Browser, Role::Admin, &["http://shop.example", origin]).await,
        None => app.ingest_key.clone(),
    };
    let mut call = Call::post(&path, with_key(file, payload(file), &key)).from("203.0.113.7");
    for (name, value) in &headers {
        // The captured file of a packed request may be the plain one.
        if name == "Content-Encoding" && !file.ends_with(".gz") {
            continue;
        }
        let value = if value == "Mozilla/5.0" { AGENT } else { value };
        call = call.header(name, value);
    }
    let answer = call.send(&app).await;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let status = if file.starts_with("plausible/") { 202 } else { 200 };
    assert_eq!(answer.status, status, "{file}: {body}");
    assert!(!answer.headers.contains_key("x-plausible-dropped"), "{file}");
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    if !told.is_empty() {
        assert_eq!(read(&body), read(told), "{file}");
    }
    assert_golden(&format!("senders/{file}.json"), &stored(&app).await);
    app.assert_balanced().await;
}

macro_rules! samples {
    ($($name:ident: $file:literal => $told:literal,)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            check($file, $told).await;
        })*

        #[test]
        fn every_captured_file_is_a_test() {
            let tested = [$($file),*];
            for folder in ["posthog", "segment", "mixpanel", "umami", "plausible"] {
                let path = format!("{}/tests/payloads/{folder}", env!("CARGO_MANIFEST_DIR"));
                for entry in std::fs::read_dir(path).expect("payloads") {
                    let name = entry.expect("entry").file_name().into_string().expect("name");
                    assert!(tested.contains(&format!("{folder}/{name}").as_str()), "{folder}/{name} is not tested");
                }
            }
        }
    };
}

samples! {
    posthog_python_batch: "posthog/python_batch.json" => r#"{"status":"Ok"}"#,
    posthog_node_batch: "posthog/node_batch.json" => r#"{"status":"Ok"}"#,
    posthog_node_batch_packed: "posthog/node_batch.json.gz" => r#"{"status":"Ok"}"#,
    posthog_web_pageview: "posthog/web_pageview.json" => r#"{"status":"Ok"}"#,
    posthog_web_pageview_packed: "posthog/web_pageview.gz" => r#"{"status":"Ok"}"#,
    posthog_web_event_spa_pageview: "posthog/web_event_spa_pageview.json" => r#"{"status":"Ok"}"#,
    posthog_web_exception: "posthog/web_exception.json" => r#"{"status":"Ok"}"#,
    posthog_python_flags: "posthog/python_flags.json" => "",
    posthog_node_flags: "posthog/node_flags.json" => "",
    posthog_web_flags: "posthog/web_flags.form" => "",
    segment_node_batch: "segment/node_batch.json" => r#"{"success":true}"#,
    mixpanel_python_track: "mixpanel/python_track.form" => r#"{"error":null,"status":1}"#,
    mixpanel_python_engage: "mixpanel/python_engage.form" => r#"{"error":null,"status":1}"#,
    mixpanel_python_groups: "mixpanel/python_groups.form" => r#"{"error":null,"status":1}"#,
    mixpanel_python_import: "mixpanel/python_import.form" => r#"{"error":null,"status":1}"#,
    mixpanel_node_track_batch: "mixpanel/node_track_batch.form" => "1",
    mixpanel_web_pageview: "mixpanel/web_pageview.form" => r#"{"error":null,"status":1}"#,
    mixpanel_web_engage: "mixpanel/web_engage.form" => r#"{"error":null,"status":1}"#,
    umami_web_pageview: "umami/web_pageview.json" => "",
    umami_web_event_revenue: "umami/web_event_revenue.json" => "",
    umami_web_identify: "umami/web_identify.json" => "",
    umami_node_pageview: "umami/node_pageview.json" => "",
    umami_node_event: "umami/node_event.json" => "",
    umami_node_identify: "umami/node_identify.json" => "",
    plausible_web_pageview: "plausible/web_pageview.json" => "ok",
    plausible_web_revenue: "plausible/web_revenue.json" => "ok",
    plausible_web_form: "plausible/web_form.json" => "ok",
}
