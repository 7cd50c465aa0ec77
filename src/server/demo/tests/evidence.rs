//! The truth of each incident, found again in what was sent.

use super::super::{Evidence, IncidentTruth};
use super::*;
use std::collections::BTreeSet;

/// The stretch in which all evidence of an incident is sent.
fn stretch(incident: &IncidentTruth) -> (DateTime<Utc>, DateTime<Utc>) {
    let minutes = Duration::minutes;
    match incident.kind {
        "memory_leak" => (incident.critical_failure.at - minutes(240), incident.critical_failure.at + minutes(70)),
        "pool_exhaustion" => (incident.root_cause.at - minutes(1), incident.from + minutes(150)),
        "filling_disk" => (end() - minutes(300), end()),
        "opt_out_wave" => (incident.from, incident.from + minutes(1_440)),
        _ => (incident.from, incident.to.expect("an end")),
    }
}

fn is_of(attributes: &[KeyValue], of: Option<&str>) -> bool {
    let keys = ["host.name", "k8s.node.name", "service.name", "process.executable.name", "k8s.deployment.name"];
    of.is_none_or(|of| keys.iter().any(|key| text(attributes, key) == Some(of)))
}

/// How often an evidence was sent in a slice.
fn times(slice: &Slice, evidence: &Evidence) -> usize {
    let (name, of) = (evidence.name.as_str(), evidence.of.as_deref());
    match evidence.signal {
        "metric" => metrics(slice)
            .iter()
            .filter(|(resource, metric)| metric.name == name && is_of(&resource.attributes, of))
            .count(),
        "log" => lines(slice)
            .iter()
            .filter(|(resource, line)| body(line).contains(name) && is_of(&resource.attributes, of))
            .count(),
        "span" => {
            spans(slice).iter().filter(|(resource, span)| span.name == name && is_of(&resource.attributes, of)).count()
        }
        "event" => named(slice, name).count(),
        "ticket" => slice.tickets.iter().filter(|ticket| ticket["subject"] == name).count(),
        "decision" => {
            let decisions = slice.consents.iter().chain(&slice.withdrawals);
            decisions.filter(|decision| decision["policy"] == name).count()
        }
        "deployment" => {
            let told = |told: &&Value| told["service"] == name && told["version"].as_str() == of;
            slice.deployments.iter().filter(told).count()
        }
        other => panic!("{other} is no signal"),
    }
}

#[test]
fn every_evidence_of_every_incident_was_sent() {
    let company = company(1, 1.0);
    let incidents = company.incidents();
    let kinds: BTreeSet<&str> = incidents.iter().map(|incident| incident.kind).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    for incident in &incidents {
        let (from, to) = stretch(incident);
        let mut slice = company.slice(from, to);
        let deployed = company.slice(incident.root_cause.at, incident.root_cause.at + Duration::minutes(1));
        slice.deployments.extend(deployed.deployments);
        for evidence in &incident.evidence {
            assert!(times(&slice, evidence) > 0, "{}: {evidence:?}", incident.id);
        }
        assert!(!incident.evidence.is_empty());
    }
}

#[test]
fn lines_that_prove_an_incident_are_not_written_without_it() {
    let company = company(1, 1.0);
    for incident in company.incidents() {
        let (from, to) = stretch(&incident);
        let (length, week) = (to - from, Duration::days(7));
        let calm = company.slice(incident.from - week, incident.from - week + length);
        for evidence in incident.evidence.iter().filter(|evidence| evidence.signal == "log") {
            assert_eq!(times(&calm, evidence), 0, "{}: {evidence:?}", incident.id);
        }
    }
}

#[test]
fn an_incident_costs_what_the_same_visits_do_not_buy() {
    let company = company(1, 1.0);
    let truth = company.truth();
    let cost = |id: &str| truth.incidents.iter().find(|incident| incident.id == id).expect("known").cost.as_ref();
    let payments = cost("C3").expect("payments failed");
    // 84 of 100 checkouts were paid, and 61 are while payments fail.
    let share = payments.orders_lost / payments.orders_without;
    assert!((0.18..0.36).contains(&share), "{payments:?}");
    let each = payments.revenue_lost_eur / payments.orders_lost;
    assert!((60.0..320.0).contains(&each), "{payments:?}");
    assert!(payments.tickets > 3.0, "{payments:?}");
    let pages = cost("C2").expect("pages were slow");
    assert!(pages.orders_lost > 0.1 * pages.orders_without, "{pages:?}");
    let leak = cost("C1").expect("a page server fails");
    assert!(leak.orders_lost > 0.0 && leak.orders_lost < 0.1 * leak.orders_without, "{leak:?}");
    assert!(cost("D1").is_none() && cost("P1").is_none());
    // What was told is one of the draws: the mean is near it, and never it.
    let (orders, told) = (payments.orders, payments.visits);
    assert!(orders > 0.0 && told > 30, "{payments:?}");
}

#[test]
fn a_job_without_limits_slows_only_what_runs_beside_it() {
    let company = company(1, 1.5);
    let noise = company.incidents().into_iter().find(|incident| incident.id == "N1").expect("the job");
    let (from, to) = (noise.from + Duration::minutes(5), noise.to.expect("an end") - Duration::minutes(3));
    let slice = company.slice(from, to);
    let median = |host: &str| {
        let names = ["POST /verify", "POST /login"];
        let served = spans(&slice).into_iter();
        let served = served.filter(|(_, span)| span.kind == 2 && names.contains(&span.name.as_str()));
        let here = served.filter(|(resource, _)| text(&resource.attributes, "host.name") == Some(host));
        let times = here.map(|(_, span)| (span.end_time_unix_nano - span.start_time_unix_nano) as f64 / 1e6);
        percentile(times.collect(), 0.5)
    };
    let (crowded, free) = (median("web-02"), median("web-01"));
    assert!(crowded > 1.5 * free, "{crowded} {free}");
    let cpu = |host: &str| average(&readings(&slice, "system.cpu.utilization", host, |labels| labels.is_empty()));
    assert!(cpu("web-02") > 0.9 && cpu("web-01") < 0.7, "{} {}", cpu("web-02"), cpu("web-01"));
    let job = metrics(&slice).into_iter().any(|(resource, metric)| {
        metric.name == "container.cpu.usage"
            && text(&resource.attributes, "k8s.container.name") == Some("report-export")
    });
    assert!(job);
}

#[test]
fn whoever_stops_sharing_says_so_and_is_not_seen_again() {
    let company = company(3, 1.0);
    let wave = company.incidents().into_iter().find(|incident| incident.id == "P1").expect("the wave");
    let day = company.slice(wave.from, wave.from + Duration::hours(24));
    assert!(day.withdrawals.len() > 10, "{}", day.withdrawals.len());
    let later = company.slice(wave.from + Duration::hours(24), wave.from + Duration::hours(72));
    let seen: BTreeSet<&str> = events(&later).filter_map(|event| event["anonymous"].as_str()).collect();
    for decision in &day.withdrawals {
        assert_eq!(decision["decisions"]["usage"], false);
        let who = decision["anonymous"].as_str().expect("the number that was used before");
        assert!(!seen.contains(who), "{who}");
    }
    let listed = company.withdrawals(wave.from, wave.from + Duration::hours(24));
    let told: BTreeSet<String> = day.withdrawals.iter().map(Value::to_string).collect();
    assert_eq!(listed.iter().map(Value::to_string).collect::<BTreeSet<String>>(), told);
}
