//! Days, their edges, and what changes within them.

use super::{Beside, counts, rest};
use crate::support::TestApp;
use serde_json::{Value, json};

fn values(answer: &Value) -> Vec<f64> {
    let series = answer["series"][0]["values"].as_array().expect("values");
    series.iter().map(|value| value.as_f64().expect("a number")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_milliseconds_of_a_day_are_of_that_day() {
    let app = TestApp::start().await;
    let times = ["20T23:59:59.499", "20T23:59:59.500", "20T23:59:59.999", "21T00:00:00.000", "21T23:59:59.501"];
    let events: Vec<Value> = times
        .iter()
        .enumerate()
        .map(|(n, at)| json!({ "name": "seen", "user": format!("u-{n}"), "at": format!("2026-11-{at}Z") }))
        .collect();
    app.events(json!(events)).await;
    app.settle().await;
    for _ in 0..2 {
        for measure in ["unique", "total"] {
            let body = json!({ "from": "2026-11-20T00:00:00Z", "to": "2026-11-23T00:00:00Z", "series": [{ "measure": measure }] });
            let answer = app.answer("trend", body).await;
            assert_eq!(values(&answer["result"]), [3.0, 2.0, 0.0], "{measure}");
        }
        rest(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dimension_that_changes_within_a_day_shows_the_person_under_every_value() {
    let app = TestApp::start().await;
    let seen = |at: &str, country: &str| json!({ "name": "seen", "user": "u-1", "at": format!("2026-11-22T{at}Z"), "context": { "country": country } });
    app.events(json!([seen("08:00:00", "DE"), seen("09:00:00", "FR"), seen("10:00:00", "DE")])).await;
    app.settle().await;
    for _ in 0..2 {
        for (country, people) in [("DE", 1.0), ("FR", 1.0), ("US", 0.0)] {
            let filters = json!([{ "field": "country", "op": "is", "values": [country] }]);
            let answer = app.answer("trend", json!({ "series": [{ "measure": "unique" }], "filters": filters })).await;
            assert_eq!(answer["result"]["series"][0]["total"], json!(people), "{country}");
        }
        assert_eq!(counts(&app).await, (3.0, 1.0));
        rest(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_zone_than_that_of_the_project_counts_its_own_days() {
    let app = TestApp::start().await;
    let shop = Beside::open(&app, "Berlin", "Europe/Berlin").await;
    // Around the night in which Berlin's clock went back, and midnight of New York.
    let times = ["24T21:30:00", "24T22:30:00", "25T22:30:00", "25T23:30:00", "26T03:30:00", "26T04:30:00"];
    let events: Vec<Value> = times
        .iter()
        .enumerate()
        .map(|(n, at)| json!({ "name": "seen", "user": format!("u-{}", n % 3), "at": format!("2026-10-{at}Z") }))
        .collect();
    shop.events(&app, json!(events)).await;
    app.settle().await;
    for _ in 0..2 {
        for (zone, from, to, people) in [
            ("Europe/Berlin", "2026-10-23T22:00:00Z", "2026-10-27T23:00:00Z", vec![1.0, 2.0, 3.0, 0.0]),
            ("America/New_York", "2026-10-24T04:00:00Z", "2026-10-27T04:00:00Z", vec![2.0, 3.0, 1.0]),
            ("UTC", "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z", vec![2.0, 2.0, 2.0]),
        ] {
            let body = json!({ "from": from, "to": to, "zone": zone, "series": [{ "measure": "unique" }] });
            assert_eq!(values(&shop.answer(&app, "trend", body).await), people, "{zone}");
        }
        rest(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_stand_where_their_time_puts_them() {
    let app = TestApp::start().await;
    let event = |name: &str, at: &str| json!({ "name": name, "user": "u-1", "at": format!("2026-11-22T{at}Z") });
    let funnel = async || {
        let steps = json!([{ "event": "a" }, { "event": "b" }, { "event": "c" }]);
        let answer = app.answer("funnel", json!({ "steps": steps })).await;
        let steps = answer["result"]["steps"].as_array().expect("steps").clone();
        steps.iter().map(|step| step["count"].as_i64().expect("a count")).collect::<Vec<_>>()
    };
    app.events(json!([event("a", "10:00:00"), event("c", "10:02:00")])).await;
    app.settle().await;
    rest(&app).await;
    assert_eq!(funnel().await, [1, 0, 0]);
    app.events(json!([event("b", "10:01:00")])).await;
    app.settle().await;
    assert_eq!(funnel().await, [1, 1, 1]);
    rest(&app).await;
    assert_eq!(funnel().await, [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_millisecond_keep_their_order_across_batches_and_subjects() {
    let app = TestApp::start().await;
    let at = "2026-11-22T10:00:00.123Z";
    app.events(json!([{ "name": "a", "anonymous": "x", "at": at }])).await;
    app.events(json!([{ "name": "b", "user": "u", "anonymous": "x", "at": at }])).await;
    app.events(json!([{ "name": "c", "anonymous": "x", "at": at }])).await;
    app.settle().await;
    let reached = async |order: [&str; 3]| {
        let steps: Vec<Value> = order.iter().map(|event| json!({ "event": event })).collect();
        let answer = app.answer("funnel", json!({ "steps": steps })).await;
        let steps = answer["result"]["steps"].as_array().expect("steps").clone();
        steps.iter().filter(|step| step["count"] == 1).count()
    };
    for _ in 0..2 {
        assert_eq!((reached(["a", "b", "c"]).await, reached(["b", "a", "c"]).await), (3, 1));
        rest(&app).await;
    }
}
