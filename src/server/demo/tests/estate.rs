//! Cluster, storage and network: what belongs together has to agree.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// Four hours of a usual afternoon.
fn afternoon() -> Slice {
    let from = "2026-11-17T12:00:00Z".parse().expect("an instant");
    company(1, 0.3).slice(from, from + Duration::hours(4))
}

fn sum(slice: &Slice, name: &str, passes: impl Fn(&[KeyValue]) -> bool) -> f64 {
    readings(slice, name, "", passes).iter().map(|(_, value)| value).sum()
}

/// The values of one resource attribute among the metrics of this name.
fn known(slice: &Slice, name: &str, key: &str) -> BTreeSet<String> {
    let of = metrics(slice).into_iter().filter(|(_, metric)| metric.name == name);
    of.filter_map(|(resource, _)| text(&resource.attributes, key).map(str::to_owned)).collect()
}

#[test]
fn every_pod_has_a_node_a_controller_a_phase_and_limits() {
    let slice = afternoon();
    let pods = known(&slice, "k8s.pod.phase", "k8s.pod.name");
    // 24 copies of the services, three daemons' worth of nodes, and what else runs in the cluster.
    assert!(pods.len() > 45, "{}", pods.len());
    assert_eq!(known(&slice, "container.cpu.usage", "k8s.pod.name"), pods);
    for limit in ["k8s.container.memory_limit", "k8s.container.cpu_limit", "k8s.container.restarts"] {
        assert_eq!(known(&slice, limit, "k8s.pod.name"), pods, "{limit}");
    }
    let nodes = known(&slice, "k8s.node.cpu.usage", "k8s.node.name");
    assert_eq!(nodes.len(), 9, "{nodes:?}");
    assert!(known(&slice, "k8s.pod.phase", "k8s.node.name").is_subset(&nodes));
    let controllers = ["k8s.deployment.name", "k8s.daemonset.name", "k8s.statefulset.name"];
    for (resource, metric) in metrics(&slice).into_iter().filter(|(_, metric)| metric.name == "k8s.pod.phase") {
        let owners = controllers.iter().filter(|key| text(&resource.attributes, key).is_some());
        assert_eq!(owners.count(), 1, "{} {:?}", metric.name, resource.attributes);
    }
}

#[test]
fn containers_stay_within_their_limits_and_their_nodes() {
    let slice = afternoon();
    // Some containers are read three times in half an hour, and some once: means by container, then sums by node.
    let mut readings_of: BTreeMap<(String, i64, String), (f64, f64)> = BTreeMap::new();
    for (resource, metric) in metrics(&slice).into_iter().filter(|(_, metric)| metric.name == "container.cpu.usage") {
        let Some(Data::Gauge(gauge)) = &metric.data else { panic!("a gauge") };
        let get = |key| text(&resource.attributes, key).expect("an attribute").to_owned();
        for point in &gauge.data_points {
            let Some(number_data_point::Value::AsDouble(cores)) = point.value else { panic!("a number") };
            let half = (point.time_unix_nano / 1_000_000_000) as i64 / 1_800;
            let sum = readings_of.entry((get("k8s.node.name"), half, get("k8s.pod.name"))).or_default();
            *sum = (sum.0 + cores, sum.1 + 1.0);
        }
    }
    let mut nodes: BTreeMap<(String, i64), f64> = BTreeMap::new();
    for ((node, half, _), (sum, count)) in readings_of {
        *nodes.entry((node, half)).or_default() += sum / count;
    }
    assert_eq!(nodes.len(), 9 * 8);
    for ((node, _), cores) in nodes {
        let size = if node.starts_with("web") || node.starts_with("pay") { 4.0 } else { 8.0 };
        assert!(cores > 0.05 * size && cores < 0.9 * size, "{node} {cores}");
    }
    for share in ["k8s.container.memory_limit_utilization", "k8s.container.cpu_limit_utilization"] {
        let shares = readings(&slice, share, "", |_| true);
        assert!(shares.len() > 100);
        assert!(shares.iter().all(|(_, share)| (0.0..=1.0).contains(share)), "{share}");
    }
}

#[test]
fn a_release_replaces_pods_and_the_cluster_tells_of_it() {
    let company = company(1, 0.2);
    let release = before_end(4_320);
    let pods = |from: DateTime<Utc>| {
        let slice = company.slice(from, from + Duration::minutes(40));
        let of = metrics(&slice).into_iter().filter(|(resource, metric)| {
            metric.name == "container.cpu.usage"
                && text(&resource.attributes, "k8s.container.name") == Some("image-service")
        });
        of.map(|(resource, _)| {
            let get = |key| text(&resource.attributes, key).expect("an attribute").to_owned();
            (get("k8s.pod.name"), get("container.image.tag"))
        })
        .collect::<BTreeSet<_>>()
    };
    let (before, after) = (pods(release - Duration::minutes(60)), pods(release + Duration::minutes(20)));
    assert_eq!((before.len(), after.len()), (2, 2));
    assert!(before.is_disjoint(&after));
    assert!(after.iter().all(|(_, tag)| tag == "1.11.0"), "{after:?}");
    let slice = company.slice(release - Duration::minutes(1), release + Duration::minutes(3));
    let reasons: Vec<&str> = lines(&slice)
        .iter()
        .filter(|(resource, _)| text(&resource.attributes, "service.name") == Some("kubernetes"))
        .filter_map(|(_, line)| text(&line.attributes, "k8s.event.reason"))
        .collect();
    for reason in ["ScalingReplicaSet", "Scheduled", "Pulled", "Started", "Killing"] {
        assert_eq!(reasons.iter().filter(|known| **known == reason).count(), 2, "{reason}");
    }
}

#[test]
fn storage_answers_slower_end_to_end_and_counts_every_answer() {
    let slice = afternoon();
    for account in ["fernhillmedia", "fernhilllogs", "fernhillbackups"] {
        let of = |labels: &[KeyValue]| text(labels, "name") == Some(account);
        let (server, far) = (
            average(&readings(&slice, "azure_successserverlatency_average", "", of)),
            average(&readings(&slice, "azure_successe2elatency_average", "", of)),
        );
        assert!(far > server + 2.0, "{account} {server} {far}");
        let with =
            |labels: &[KeyValue], answer: &str| of(labels) && text(labels, "metadata_responsetype") == Some(answer);
        let good = sum(&slice, "azure_transactions_total", |labels| with(labels, "Success"));
        let all = sum(&slice, "azure_transactions_total", of);
        // Of backups there are too few by day for anything to fail.
        let failed = account != "fernhillbackups";
        assert!(good > 0.9 * all && (good < all) == failed, "{account} {good} {all}");
        assert!(sum(&slice, "azure_usedcapacity_average", of) > 0.0);
    }
    // The backups of the night are throttled, and say so.
    let company = company(1, 0.1);
    let night: DateTime<Utc> = "2026-11-17T01:00:00Z".parse().expect("an instant");
    let slice = company.slice(night, night + Duration::minutes(75));
    let throttled = |labels: &[KeyValue]| {
        text(labels, "name") == Some("fernhillbackups")
            && text(labels, "metadata_responsetype") == Some("ClientThrottlingError")
    };
    assert!(sum(&slice, "azure_transactions_total", throttled) > 100.0);
    assert!(lines(&slice).iter().any(|(_, line)| body(line).contains("blocks sent again")));
}

#[test]
fn hot_objects_are_found_in_the_log_of_the_account() {
    let slice = company(1, 2.0).slice(before_end(1_500), before_end(1_200));
    let mut reads: BTreeMap<&str, usize> = BTreeMap::new();
    let mut spans_of_reads = 0;
    for (_, line) in lines(&slice) {
        if let Some(key) = text(&line.attributes, "azure.storage.object.key") {
            assert!(key.starts_with("/fernhillmedia/originals/"), "{key}");
            assert_eq!(text(&line.attributes, "azure.operation.name"), Some("GetBlob"));
            *reads.entry(key).or_default() += 1;
        }
    }
    for (_, span) in spans(&slice) {
        spans_of_reads += usize::from(text(&span.attributes, "aws.s3.key").is_some());
    }
    let all: usize = reads.values().sum();
    assert!(all > 100 && all.abs_diff(spans_of_reads) <= 3, "{all} {spans_of_reads}");
    let most = *reads.values().max().expect("a read");
    assert!(most as f64 > 2.0 * all as f64 / reads.len() as f64, "{reads:?}");
}

#[test]
fn refusals_of_the_firewall_are_as_many_lines_as_hits() {
    let from: DateTime<Utc> = "2026-11-17T12:00:00Z".parse().expect("an instant");
    let slice = company(1, 0.1).slice(from, from + Duration::hours(4) + Duration::seconds(1));
    for rule in ["deny-inbound-ssh", "deny-geo", "deny-rdp", "deny-threat-list"] {
        // The reading at noon is of the quarter of an hour before.
        let hits: f64 = readings(&slice, "azure_networkrulehit_total", "", |l| text(l, "metadata_rule") == Some(rule))
            .iter()
            .filter(|(at, _)| *at > from.timestamp())
            .map(|(_, hits)| hits)
            .sum();
        let within =
            |line: &LogRecord| (line.time_unix_nano / 1_000_000_000) < (from + Duration::hours(4)).timestamp() as u64;
        let refused = lines(&slice)
            .into_iter()
            .filter(|(_, line)| text(&line.attributes, "security_rule.name") == Some(rule) && within(line));
        assert_eq!(refused.count() as f64, hits, "{rule}");
        assert!(hits > 0.0, "{rule}");
    }
}

#[test]
fn ports_carry_what_machines_send_and_uplinks_no_more_than_ports() {
    let slice = afternoon();
    let port = |labels: &[KeyValue], name: &str, direction: &str| {
        text(labels, "hw.name").is_some_and(|known| known.ends_with(name))
            && text(labels, "network.io.direction") == Some(direction)
    };
    for machine in ["web-01", "db-01", "log-01"] {
        let into = sum(&slice, "hw.network.io", |labels| port(labels, machine, "receive"));
        let sent: f64 =
            readings(&slice, "system.network.io", machine, |l| text(l, "network.io.direction") == Some("transmit"))
                .iter()
                .map(|(_, bytes)| bytes)
                .sum();
        assert!((into / sent - 1.0).abs() < 0.05, "{machine} {into} {sent}");
    }
    let shares = readings(&slice, "hw.network.bandwidth.utilization", "", |_| true);
    assert!(shares.iter().all(|(_, share)| (0.0..0.6).contains(share)));
}

#[test]
fn a_tunnel_that_is_down_shows_in_probes_peers_and_lines() {
    let company = company(1, 0.1);
    let down = company.slice(before_end(2_060), before_end(2_043));
    let peer = |slice: &Slice, name: &str| {
        readings(slice, "azure_bgppeerstatus_average", "", |labels| text(labels, "name") == Some(name))
    };
    assert!(peer(&down, "vpn-warehouse").iter().all(|(_, up)| *up == 0.0));
    assert!(peer(&down, "vpn-office").iter().all(|(_, up)| *up == 1.0));
    let far = |labels: &[KeyValue]| text(labels, "metadata_destinationname") == Some("warehouse Venlo");
    let lost = readings(&down, "azure_probesfailedpercent_average", "", far);
    assert!(!lost.is_empty() && lost.iter().all(|(_, share)| *share == 100.0));
    assert!(readings(&down, "azure_averageroundtripms_average", "", far).is_empty(), "no answer has no time");
    let around = company.slice(before_end(2_061), before_end(2_042));
    let said = |words: &str| lines(&around).iter().filter(|(_, line)| body(line).contains(words)).count();
    assert_eq!((said("dead peer detected"), said("security association established")), (1, 1));
}

#[test]
fn services_call_each_other_as_their_flows_say() {
    let slice = company(1, 1.0).slice(before_end(1_500), before_end(1_380));
    let names: BTreeSet<&str> = spans(&slice)
        .iter()
        .filter(|(_, span)| span.kind == 2)
        .filter_map(|(resource, _)| text(&resource.attributes, "service.name"))
        .collect();
    let mut calls: BTreeSet<(String, String)> = BTreeSet::new();
    for (resource, span) in spans(&slice).into_iter().filter(|(_, span)| span.kind == 3) {
        let from = text(&resource.attributes, "service.name").expect("a service");
        if let Some(to) = text(&span.attributes, "server.address").filter(|to| names.contains(to)) {
            calls.insert((from.to_owned(), to.to_owned()));
        }
    }
    let mut flows: BTreeSet<(String, String)> = BTreeSet::new();
    for (_, metric) in metrics(&slice).into_iter().filter(|(_, metric)| metric.name == "obi.network.flow.bytes") {
        let Some(Data::Sum(sum)) = &metric.data else { panic!("a sum") };
        for point in &sum.data_points {
            let get = |key| text(&point.attributes, key).expect("a label").to_owned();
            let (from, to) = (get("k8s.src.owner.name"), get("dst.name"));
            if names.contains(to.as_str()) {
                flows.insert((from, to));
            }
        }
    }
    assert!(calls.len() >= 10, "{calls:?}");
    assert_eq!(calls, flows);
}
