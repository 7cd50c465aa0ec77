use super::*;
use prost::Message;
use std::collections::BTreeSet;

/// Every byte that would be sent.
fn bytes(slice: &Slice) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(&slice.events).expect("JSON");
    slice.traces.iter().for_each(|request| bytes.extend(request.encode_to_vec()));
    slice.logs.iter().for_each(|request| bytes.extend(request.encode_to_vec()));
    slice.metrics.iter().for_each(|request| bytes.extend(request.encode_to_vec()));
    let records = (&slice.consents, &slice.withdrawals, &slice.deployments, &slice.tickets, &slice.feedback);
    bytes.extend(serde_json::to_vec(&records).expect("JSON"));
    bytes.extend(serde_json::to_vec(&(&slice.population, &slice.spend, &slice.surveys)).expect("JSON"));
    bytes
}

#[test]
fn the_same_seed_and_hour_give_the_same_bytes_in_any_order() {
    let hours: Vec<_> = [3, 40, 118, 5, 700].map(|hours| end() - Duration::minutes(58 + hours * 60)).into();
    let forwards = company(7, 0.3);
    let first: Vec<Vec<u8>> =
        hours.iter().map(|hour| bytes(&forwards.stretch(*hour, *hour + Duration::hours(1)))).collect();
    let backwards = company(7, 0.3);
    let mut second: Vec<Vec<u8>> =
        hours.iter().rev().map(|hour| bytes(&backwards.stretch(*hour, *hour + Duration::hours(1)))).collect();
    second.reverse();
    assert!(first == second);
    assert!(first.iter().all(|hour| hour.len() > 50_000));
}

#[test]
fn another_seed_tells_another_hour() {
    let (hour, end) = (before_end(118), before_end(58));
    assert!(bytes(&company(1, 0.3).slice(hour, end)) != bytes(&company(2, 0.3).slice(hour, end)));
}

/// Everything in a slice, one line for each record, whatever batch and group it stands in.
fn inventory(slice: &Slice) -> Vec<String> {
    let mut all: Vec<String> = events(slice).map(Value::to_string).collect();
    all.extend(spans(slice).iter().map(|(resource, span)| format!("{resource:?} {span:?}")));
    all.extend(lines(slice).iter().map(|(resource, line)| format!("{resource:?} {line:?}")));
    for (resource, metric) in metrics(slice) {
        let head = format!("{resource:?} {} {}", metric.name, metric.unit);
        match metric.data.as_ref().expect("data") {
            Data::Gauge(data) => all.extend(data.data_points.iter().map(|point| format!("{head} {point:?}"))),
            Data::Sum(data) => all.extend(data.data_points.iter().map(|point| format!("{head} {point:?}"))),
            Data::Histogram(data) => all.extend(data.data_points.iter().map(|point| format!("{head} {point:?}"))),
            Data::ExponentialHistogram(data) => {
                all.extend(data.data_points.iter().map(|point| format!("{head} {point:?}")));
            }
            Data::Summary(data) => all.extend(data.data_points.iter().map(|point| format!("{head} {point:?}"))),
        }
    }
    for records in [
        &slice.consents,
        &slice.withdrawals,
        &slice.deployments,
        &slice.tickets,
        &slice.feedback,
        &slice.population,
        &slice.spend,
        &slice.surveys,
    ] {
        all.extend(records.iter().map(Value::to_string));
    }
    all.sort();
    all
}

#[test]
fn slices_that_meet_are_together_the_whole() {
    let company = company(3, 0.5);
    // The payment incident with its deployment, and a midnight with the records of a day's end.
    for (start, minutes) in [(before_end(310), 90), ("2026-11-18T23:20:00Z".parse().expect("an instant"), 80)] {
        let whole = inventory(&company.slice(start, start + Duration::minutes(minutes)));
        let mut parts = Vec::new();
        let (mut from, mut number) = (0, 0);
        while from < minutes * 60_000 {
            let to = (from + [1, 5_000, 61_003, 900_000, 333_333][number % 5]).min(minutes * 60_000);
            let part = company.slice(start + Duration::milliseconds(from), start + Duration::milliseconds(to));
            parts.extend(inventory(&part));
            (from, number) = (to, number + 1);
        }
        parts.sort();
        assert_eq!(whole.len(), parts.len());
        assert!(whole == parts);
    }
}

#[test]
fn the_shop_stays_open_after_the_end_of_the_story() {
    let company = company(3, 0.5);
    let last = company.slice(before_end(58), end());
    let live = company.slice(end(), end() + Duration::minutes(20));
    let ids = |slice: &Slice| events(slice).map(|event| event["id"].to_string()).collect::<BTreeSet<String>>();
    let (told, new) = (ids(&last), ids(&live));
    assert!(new.len() > 20, "{}", new.len());
    assert!(told.is_disjoint(&new));
    assert!(live.counts().points > 300);
}

#[test]
fn the_pieces_cover_the_stretch_without_gap_newest_first() {
    for scale in [0.1, 1.0, 3.0, 40.0] {
        let company = company(1, scale);
        let pieces = company.pieces();
        assert_eq!(pieces[0].1, end());
        assert!(
            pieces[..6].iter().all(|(from, to)| *to - *from <= Duration::hours(1)),
            "something can be seen at once"
        );
        assert!(pieces.windows(2).all(|pair| pair[0].0 == pair[1].1));
        assert_eq!(pieces.last().map(|(from, _)| *from), Some(end() - Duration::days(30)));
        let longest = pieces.iter().map(|(from, to)| (*to - *from).num_hours()).max().expect("a piece");
        assert!(longest as f64 * scale.max(1.0) <= 12.0 || longest == 1, "{longest} hours at scale {scale}");
    }
    let company = company(1, 0.1);
    assert!(company.slice(end(), end()).counts().sum() == 0, "an empty stretch is empty");
}

#[test]
fn a_stretch_made_in_one_go_is_the_hours_in_it() {
    let company = company(3, 0.4);
    let (from, to) = (before_end(700), before_end(340));
    assert!(inventory(&company.stretch(from, to)) == inventory(&company.slice(from, to)));
}
