//! What all these doors have in common: slashes, origins, privacy headers, limits, broken requests.

use super::{AGENT, Call, as_uuid};
use crate::support::TestApp;
use serde_json::{Value, json};

/// One event for each door, with the key where the protocol puts it, and the status of success.
fn everywhere(key: &str) -> Vec<(&'static str, String, u16)> {
    let posthog = json!({ "api_key": key, "event": "seen", "distinct_id": "u" }).to_string();
    let segment = json!({ "writeKey": key, "type": "track", "event": "seen", "userId": "u" }).to_string();
    let mixpanel = json!({ "event": "seen", "properties": { "token": key, "distinct_id": "u" } }).to_string();
    let person = json!({ "$token": key, "$distinct_id": "u", "$set": { "plan": "pro" } }).to_string();
    let umami = json!({ "type": "event", "payload": { "website": key, "name": "seen", "url": "/" } }).to_string();
    let plausible = json!({ "n": "seen", "d": key, "u": "https://shop.example/" }).to_string();
    let mut all: Vec<(&str, String, u16)> = Vec::new();
    all.extend(["/batch", "/e", "/i/v0/e", "/capture", "/track"].map(|path| (path, posthog.clone(), 200)));
    all.extend(["/v1/batch", "/v1/track", "/v1/t", "/v1/b"].map(|path| (path, segment.clone(), 200)));
    all.extend(["/track", "/import"].map(|path| (path, mixpanel.clone(), 200)));
    all.push(("/engage", person, 200));
    all.extend([("/api/send", umami.clone(), 200), ("/api/batch", format!("[{umami}]"), 200)]);
    all.push(("/api/event", plausible, 202));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_works_with_both_spellings_of_a_key_and_with_a_slash_at_its_end() {
    let app = TestApp::start().await;
    for key in [app.ingest_key.clone(), as_uuid(&app.ingest_key)] {
        for (path, body, status) in everywhere(&key) {
            for path in [path.to_owned(), format!("{path}/")] {
                let answer = Call::post(&path, body.clone()).header("user-agent", AGENT).send(&app).await;
                assert_eq!(answer.status, status, "{path} {body}: {}", String::from_utf8_lossy(&answer.body));
            }
        }
    }
    assert!(app.stored_names().await.iter().all(|name| name == "seen"));
    assert_eq!(app.one::<i64>("select count(*) from event").await, 4 * 14);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_stores_nothing_and_may_read_why() {
    let app = TestApp::start().await;
    let key = app.browser_key().await;
    for (path, body, success) in everywhere(&key) {
        for (origin, fits) in [("https://shop.example", true), ("https://shop.example.evil.example", false)] {
            let before: i64 = app.one("select count(*) from event").await;
            let call = Call::post(path, body.clone()).header("origin", origin).header("user-agent", AGENT);
            let answer = call.send(&app).await;
            assert_eq!(answer.headers["access-control-allow-origin"], origin, "{path}");
            assert_eq!(answer.headers["access-control-allow-credentials"], "true", "{path}");
            let stored = app.one::<i64>("select count(*) from event").await - before;
            if fits {
                assert_eq!(answer.status, success, "{path}: {}", String::from_utf8_lossy(&answer.body));
                continue;
            }
            assert_eq!(stored, 0, "{path}");
            match path {
                // Its sender is never told; the header says it.
                "/api/event" => assert_eq!(answer.headers["x-plausible-dropped"], "1"),
                // Of several records some may be of another website.
                "/api/batch" => assert_eq!(answer.json()["details"][0]["response"]["error"]["status"], 403),
                _ => assert_eq!(answer.status, 403, "{path}"),
            }
        }
    }
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_is_answered_on_every_path() {
    let app = TestApp::start().await;
    for (path, _, _) in everywhere("") {
        let call = Call::options(path).header("origin", "https://shop.example");
        let call = call.header("access-control-request-method", "POST");
        let answer = call.header("access-control-request-headers", "content-type,x-umami-cache").send(&app).await;
        assert!(answer.status.is_success(), "{path}");
        for (name, value) in [
            ("access-control-allow-origin", "https://shop.example"),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-headers", "content-type,x-umami-cache"),
            ("access-control-allow-methods", "GET,POST,OPTIONS"),
            ("access-control-max-age", "86400"),
            ("vary", "Origin"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_refused_in_each_protocols_own_words() {
    let app = TestApp::start().await;
    let nobody = "plx_ingest_00000000000000000000000000000000";
    for key in [nobody, "phc_of_another_product", &app.read_key] {
        for (path, body, _) in everywhere(key) {
            let answer = Call::post(path, body.clone()).header("user-agent", AGENT).send(&app).await;
            let wrong_kind = key == app.read_key;
            match path {
                "/api/event" => {
                    assert_eq!((answer.status.as_u16(), &answer.body[..]), (202, &b"ok"[..]));
                    assert_eq!(answer.headers["x-plausible-dropped"], "1");
                }
                "/api/send" if !wrong_kind => {
                    assert_eq!(answer.status, 400);
                    assert_eq!(answer.json()["error"]["message"], "Website not found.");
                }
                "/api/batch" => {
                    assert_eq!(answer.status, 200);
                    let told = answer.json();
                    assert_eq!((&told["size"], &told["processed"], &told["errors"]), (&json!(1), &json!(0), &json!(1)));
                }
                _ => assert_eq!(answer.status, if wrong_kind { 403 } else { 401 }, "{path} {key}"),
            }
        }
    }
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_privacy_header_takes_the_campaign_away_and_a_stored_refusal_everything() {
    let app = TestApp::start().await;
    let url = "https://shop.example/?utm_source=news&gclid=secret-click";
    let decide = json!({ "user": "refuser", "decisions": { "usage": false } }).to_string();
    app.machine.policies.follow().await.expect("follow");
    assert_eq!(app.post("/api/v1/consent", &app.ingest_key, "", decide).await.status, 200);
    app.machine.policies.follow().await.expect("follow");
    let event = |user: &str| json!({ "api_key": app.ingest_key, "event": "seen", "distinct_id": user, "properties": { "$current_url": url } });
    for (user, header) in [("free", "0"), ("careful", "1"), ("refuser", "0")] {
        let answer = Call::post("/e/", event(user).to_string()).header("sec-gpc", header).send(&app).await;
        assert_eq!(answer.status, 200);
    }
    let stored = app.rows("select jsonb_build_array(campaign_source, properties) from event order by seq").await;
    assert_eq!(stored, [json!(["news", { "ad_network": "google" }]), json!([null, null])]);
    let profile = json!({ "$token": app.ingest_key, "$distinct_id": "refuser", "$set": { "plan": "pro" } });
    assert_eq!(Call::post("/engage", profile.to_string()).send(&app).await.status, 200);
    assert_eq!(app.one::<i64>("select count(*) from person_property").await, 0);
    app.assert_balanced().await;
    assert_eq!(app.one::<i64>("select sum(dropped)::bigint from accounting").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_personal_is_found_in_no_table() {
    let app = TestApp::start().await;
    let key = app.ingest_key.clone();
    let canary = "canary.person@example.com";
    let address = "203.0.113.77";
    let noted = json!({ "note": format!("mail {canary} from {address}"), "email": canary, "ip": address, "$ip": address,
        "card": "4111 1111 1111 1111", "password": "hunter2", canary: 1, "list": [canary] });
    let url = format!("https://shop.example/users/{canary}?email={canary}");
    let with = |mut of: Value, inner: Value| {
        let members = of.as_object_mut().expect("an object");
        members.extend(inner.as_object().expect("an object").clone());
        of
    };
    let bodies = [
        (
            "/batch/",
            json!({ "api_key": key, "batch": [
            { "event": "a", "distinct_id": canary, "$set": noted, "properties": with(noted.clone(), json!({ "$current_url": url })) },
            { "event": "$exception", "distinct_id": canary, "properties": { "$exception_list": [{ "type": "Refused", "value": format!("no mail to {canary}"),
              "stacktrace": { "frames": [{ "function": "send", "filename": format!("/home/{canary}/x.js"), "lineno": 1 }] } }] } },
            { "event": "$groupidentify", "distinct_id": canary, "properties": { "$group_type": "company", "$group_key": canary, "$group_set": noted } } ] }),
        ),
        (
            "/v1/batch",
            json!({ "writeKey": key, "batch": [
            { "type": "identify", "userId": canary, "traits": noted, "context": { "ip": address, "page": { "url": url, "title": canary } } },
            { "type": "group", "userId": canary, "groupId": canary, "traits": noted } ] }),
        ),
        (
            "/track",
            json!([{ "event": canary, "properties": with(noted.clone(), json!({ "token": key, "distinct_id": canary, "current_page_title": canary })) }]),
        ),
        (
            "/engage",
            json!([{ "$token": key, "$distinct_id": canary, "$ip": address, "$set": noted, "$append": { "seen": canary }, "$union": { "mails": [canary] } }]),
        ),
        ("/groups", json!([{ "$token": key, "$group_key": "company", "$group_id": canary, "$set": noted }])),
        (
            "/api/send",
            json!({ "type": "identify", "payload": { "website": key, "id": canary, "ip": address, "url": url, "title": canary, "data": noted } }),
        ),
        (
            "/api/event",
            json!({ "n": "a", "d": key, "u": url, "r": format!("https://mail.example/?to={canary}"), "p": noted }),
        ),
    ];
    for (path, body) in bodies {
        let call = Call::post(path, body.to_string()).from(address).header("user-agent", AGENT);
        let answer = call.header("x-forwarded-for", address).send(&app).await;
        assert!(answer.status.is_success(), "{path}: {}", String::from_utf8_lossy(&answer.body));
        assert!(!answer.headers.contains_key("x-plausible-dropped"), "{path}");
    }
    app.settle().await;
    app.machine.policies.follow().await.expect("fields are proposed");
    let stored = app.everything_stored().await;
    assert!(stored.contains("Refused") && stored.contains("[email]"));
    for secret in [canary, "canary.person", address, "4111", "hunter2"] {
        let found = stored.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret} is stored: {found:?}");
    }
    // An id that may not be kept is a keyed hash: the same id is the same group.
    assert_eq!(app.one::<i64>("select count(*) from customer_group where kind = 'company'").await, 1);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_and_oversized_requests_get_their_status() {
    let app = TestApp::start().await;
    for (path, _, _) in everywhere("") {
        for (what, body, status) in [
            ("no JSON", b"{\"api_key\":".to_vec(), 400),
            ("nothing", Vec::new(), 400),
            ("another alphabet", "{\"event\":\"a\"}".encode_utf16().flat_map(u16::to_le_bytes).collect(), 400),
            ("100,000 levels", "[".repeat(100_000).into_bytes(), 400),
            ("9 MiB", vec![b' '; 9 << 20], 413),
        ] {
            let answer = Call::post(path, body).send(&app).await;
            assert_eq!(answer.status, status, "{what} at {path}: {}", String::from_utf8_lossy(&answer.body));
        }
    }
    let key = app.browser_key().await;
    let large = json!({ "api_key": key, "event": "a", "distinct_id": "u", "properties": { "x": "y".repeat(5 << 20) } });
    let answer = Call::post("/e/", large.to_string()).header("origin", "https://shop.example").send(&app).await;
    assert_eq!(answer.status, 413, "a page may send four MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_types_and_encodings_are_not_believed() {
    let app = TestApp::start().await;
    let body =
        json!({ "api_key": app.ingest_key, "event": "grüße", "distinct_id": "u", "properties": { "city": "Köln" } });
    let text = body.to_string();
    let latin: Vec<u8> = text.chars().map(|letter| letter as u32 as u8).collect();
    for (content_type, bytes) in [
        ("text/plain;charset=UTF-8", text.clone().into_bytes()),
        ("application/json; charset=utf8", text.clone().into_bytes()),
        ("application/x-www-form-urlencoded", text.clone().into_bytes()),
        ("image/gif", [b"\xef\xbb\xbf\r\n", text.as_bytes()].concat()),
        ("application/json; charset=iso-8859-1", latin),
    ] {
        let answer = Call::post("/capture/", bytes).header("content-type", content_type).send(&app).await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
    let names = app.stored_names().await;
    assert_eq!(names[..4], ["grüße"; 4]);
    // What is not quite Unicode costs its letters, not the event.
    assert_eq!(names[4], "gr\u{fffd}\u{fffd}e");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_not_allowed() {
    let app = TestApp::start().await;
    for path in ["/v1/batch", "/api/send", "/api/event"] {
        assert_eq!(Call::get(path).send(&app).await.status, 405, "{path}");
    }
}
