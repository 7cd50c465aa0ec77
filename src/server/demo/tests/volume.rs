use super::super::scenario::Scenario;
use super::*;
use prost::Message;
use std::collections::BTreeSet;

#[test]
fn a_day_has_the_size_it_should_have() {
    let company = company(1, 1.0);
    let day = "2026-11-17T00:00:00Z".parse().expect("an instant");
    let counts = company.slice(day, day + Duration::days(1)).counts();
    assert!((11_000..20_000).contains(&counts.events), "{counts:?}");
    assert!((15_000..25_000).contains(&counts.spans), "{counts:?}");
    assert!((6_000..10_000).contains(&counts.logs), "{counts:?}");
    assert!((30_000..50_000).contains(&counts.points), "{counts:?}");
    let people = company.truth().days.iter().map(|day| day.people).sum::<usize>() / 29;
    assert!((2_000..3_000).contains(&people), "{people}");
}

#[test]
fn scale_multiplies_people_and_not_machines() {
    let stretch = (before_end(1_400), before_end(1_100));
    let one = company(1, 0.5).slice(stretch.0, stretch.1).counts();
    let four = company(1, 2.0).slice(stretch.0, stretch.1).counts();
    let factor = four.events as f64 / one.events as f64;
    assert!((3.4..4.6).contains(&factor), "{factor}");
    assert!(four.points < one.points * 2);
}

#[test]
fn no_batch_is_larger_than_agreed() {
    let slice = company(1, 8.0).slice(before_end(280), before_end(250));
    let limit = 1024 * 1024;
    assert!(slice.events.len() > 1 && slice.traces.len() > 1);
    for batch in &slice.events {
        assert!(batch.len() <= 2_000 && serde_json::to_vec(batch).expect("JSON").len() <= limit);
    }
    for request in &slice.traces {
        let part = Slice { traces: vec![request.clone()], ..Slice::default() };
        assert!(part.counts().spans <= 2_000 && request.encoded_len() <= limit);
    }
    for request in &slice.logs {
        let part = Slice { logs: vec![request.clone()], ..Slice::default() };
        assert!(part.counts().logs <= 2_000 && request.encoded_len() <= limit);
    }
    for request in &slice.metrics {
        let part = Slice { metrics: vec![request.clone()], ..Slice::default() };
        assert!(part.counts().points <= 2_000 && request.encoded_len() <= limit);
    }
}

#[test]
fn every_kind_of_metric_and_every_area_is_told() {
    let company = company(1, 0.3);
    let slice = company.slice(before_end(300), before_end(60));
    let mut kinds = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (_, metric) in metrics(&slice) {
        names.insert(metric.name.as_str());
        kinds.insert(match metric.data.as_ref().expect("data") {
            Data::Gauge(_) => "gauge",
            Data::Sum(_) => "sum",
            Data::Histogram(_) => "histogram",
            Data::ExponentialHistogram(_) => "exponential histogram",
            Data::Summary(_) => "summary",
        });
    }
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    for name in [
        "system.cpu.utilization",
        "system.memory.utilization",
        "system.memory.usage",
        "system.disk.operations",
        "system.disk.io",
        "system.filesystem.utilization",
        "system.filesystem.usage",
        "system.filesystem.limit",
        "system.network.io",
        "system.network.packet.dropped",
        "system.network.errors",
        "process.cpu.utilization",
        "process.memory.usage",
        "container.cpu.usage",
        "container.memory.working_set",
        "k8s.container.restarts",
        "k8s.pod.phase",
        "k8s.deployment.available",
        "db.client.operation.duration",
        "db.client.connection.count",
        "db.client.connection.max",
        "db.client.connection.pending_requests",
        "db.client.connection.timeouts",
        "db.client.connection.wait_time",
        "http.server.request.duration",
        "web.lcp",
        "v8js.gc.duration",
        "azure_successe2elatency_average",
        "azure_usedcapacity_average",
        "azure_dipavailability_average",
        "azure_networkrulehit_total",
        "azure_tunnelaveragebandwidth_average",
        "azure_averageroundtripms_average",
        "shop.cart.items",
        "shop.order.value",
    ] {
        assert!(names.contains(name), "{name}");
    }
}

#[test]
fn measured_durations_are_those_of_the_spans() {
    let company = company(1, 0.6);
    let slice = company.slice(before_end(358), before_end(298));
    let measured: u64 = metrics(&slice)
        .iter()
        .filter(|(_, metric)| metric.name == "http.server.request.duration")
        .filter_map(|(_, metric)| match metric.data.as_ref() {
            Some(Data::Histogram(histogram)) => {
                Some(histogram.data_points.iter().map(|point| point.count).sum::<u64>())
            }
            _ => None,
        })
        .sum();
    // The readings of this hour are of the ten minutes before each: 9:50 to 10:50.
    let around = company.slice(before_end(370), before_end(300));
    let window = before_end(368).timestamp_millis()..before_end(308).timestamp_millis();
    let ended = |span: &Span| (span.end_time_unix_nano / 1_000_000) as i64;
    let served = spans(&around).into_iter().filter(|(_, span)| span.kind == 2 && window.contains(&ended(span)));
    assert_eq!(measured, served.count() as u64);
    assert!(measured > 100, "{measured}");
}

#[test]
fn another_scenario_can_be_told_and_a_wrong_one_is_refused() {
    let fernhill = Scenario::fernhill().expect("built in");
    let mut quiet = fernhill.clone();
    quiet.incidents.clear();
    quiet.releases.clear();
    quiet.campaigns.clear();
    quiet.network.outages.clear();
    let text = serde_json::to_string(&quiet).expect("JSON");
    let quiet = Scenario::parse(&text).expect("what was written can be read");
    let options = Options { seed: 1, days: 2, scale: 0.3, end: end() };
    let company = Company::with_scenario(options, quiet).expect("a sound scenario");
    assert!(company.incidents().is_empty());
    let slice = company.slice(before_end(280), before_end(240));
    assert_eq!(
        named(&slice, "payment_failed").filter(|event| event["properties"]["reason"] == "unavailable").count(),
        0
    );

    let mut wrong = fernhill;
    wrong.countries.clear();
    let error = Company::with_scenario(options, wrong).expect_err("nobody could come");
    assert_eq!(error.field, "countries");
}
