use super::super::scenario::Scenario;
use super::*;
use prost::Message;
use std::collections::BTreeSet;

#[test]
fn a_day_has_the_size_it_should_have() {
    let company = company(1, 1.0);
    let day = "2026-11-17T00:00:00Z".parse().expect("an instant");
    let counts = company.slice(day, day + Duration::days(1)).counts();
    assert!((11_000..16_000).contains(&counts.events), "{counts:?}");
    assert!((26_000..34_000).contains(&counts.spans), "{counts:?}");
    assert!((8_000..11_000).contains(&counts.logs), "{counts:?}");
    assert!((110_000..130_000).contains(&counts.points), "{counts:?}");
    assert!((700..1_100).contains(&counts.others), "{counts:?}");
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

/// Metrics of the list that is part of the documentation, with their units.
fn listed() -> BTreeSet<(String, String)> {
    let rows = include_str!("../signals.md").lines().filter_map(|line| line.strip_prefix("| `"));
    let metric = |row: &str| {
        let (name, rest) = row.split_once('`')?;
        let unit = rest.split('|').nth(1)?.trim();
        (name.contains('.') || name.starts_with("azure_")).then(|| (name.to_owned(), unit.to_owned()))
    };
    rows.filter_map(metric).collect()
}

#[test]
fn the_list_of_metrics_is_what_is_sent_and_every_kind_is_among_it() {
    let company = company(1, 0.3);
    let mut kinds = BTreeSet::new();
    let mut sent = BTreeSet::new();
    // A usual morning with its job, and the hours of the payment incident.
    for (from, to) in [(before_end(24 * 60 + 440), before_end(24 * 60 + 60)), (before_end(300), before_end(60))] {
        for (_, metric) in metrics(&company.slice(from, to)) {
            sent.insert((metric.name.clone(), metric.unit.clone()));
            kinds.insert(match metric.data.as_ref().expect("data") {
                Data::Gauge(_) => "gauge",
                Data::Sum(_) => "sum",
                Data::Histogram(_) => "histogram",
                Data::ExponentialHistogram(_) => "exponential histogram",
                Data::Summary(_) => "summary",
            });
        }
    }
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    let listed = listed();
    assert!(listed.len() > 120, "{}", listed.len());
    let unlisted: Vec<_> = sent.difference(&listed).collect();
    let unsent: Vec<_> = listed.difference(&sent).collect();
    assert!(unlisted.is_empty() && unsent.is_empty(), "not listed: {unlisted:?}; not sent: {unsent:?}");
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
