use super::*;
use crate::projection::points::Point;
use crate::store::question::metrics::SeriesRow;
use serde_json::{Value, json};
use sqlx::types::Json;

const MINUTE: i64 = 60_000;

/// A series with one value a minute.
fn told(name: &str, labels: Value, counter: bool, values: &[f64]) -> Stream {
    let labels: BTreeMap<String, Value> = serde_json::from_value(labels).unwrap();
    let series = SeriesRow {
        id: 1,
        name: name.into(),
        unit: "1".into(),
        kind: i16::from(counter),
        cumulative: counter,
        monotonic: counter,
        service: None,
        host: Some("web-01".into()),
        labels: Json(labels),
        resource: Json(BTreeMap::new()),
    };
    let point =
        |(minute, value): (usize, &f64)| Point { at: minute as i64 * MINUTE, value: Some(*value), ..Point::default() };
    Stream { series, points: values.iter().enumerate().map(point).collect() }
}

fn gauge(name: &str, labels: Value, values: &[f64]) -> Stream {
    told(name, labels, false, values)
}

fn counter(name: &str, labels: Value, values: &[f64]) -> Stream {
    told(name, labels, true, values)
}

fn values(measure: Measure, streams: &[Stream]) -> Vec<f64> {
    read(measure, streams, 0).iter().map(|sample| (sample.value * 1e6).round() / 1e6).collect()
}

#[test]
fn cores_without_a_mode_are_averaged() {
    let core =
        |core: &str, values: &[f64]| gauge("system.cpu.utilization", json!({"cpu.logical_number": core}), values);
    let streams = [core("0", &[0.2, 0.4]), core("1", &[0.6, 0.0]), core("10", &[0.1, 0.2])];
    assert_eq!(values(Measure::Processor, &streams), [0.3, 0.2]);
    let names: Vec<String> = cores(&streams, 0).into_iter().map(|(core, _)| core).collect();
    assert_eq!(names, ["0", "1", "10"]);
}

#[test]
fn the_whole_machine_is_preferred_where_it_reports_more_often_than_its_cores() {
    let mut streams = vec![gauge("system.cpu.utilization", json!({}), &[0.5, 0.6, 0.7])];
    streams.push(gauge("system.cpu.utilization", json!({"cpu.logical_number": 0}), &[0.9]));
    assert_eq!(values(Measure::Processor, &streams), [0.5, 0.6, 0.7]);
}

#[test]
fn by_mode_everything_but_idle_is_work() {
    for (core, mode) in
        [("cpu", "state"), ("cpu.logical_number", "cpu.mode"), ("system.cpu.logical_number", "system.cpu.state")]
    {
        let stream = |number: &str, state: &str, value: f64| {
            gauge("system.cpu.utilization", json!({core: number, mode: state}), &[value])
        };
        let streams = [
            stream("cpu0", "user", 0.3),
            stream("cpu0", "system", 0.1),
            stream("cpu0", "idle", 0.6),
            stream("cpu1", "user", 0.2),
            stream("cpu1", "idle", 0.8),
        ];
        assert_eq!(values(Measure::Processor, &streams), [0.3], "{mode}");
    }
    let busy = [
        gauge("system.cpu.utilization", json!({"state": "user"}), &[0.25]),
        gauge("system.cpu.utilization", json!({"state": "system"}), &[0.25]),
    ];
    assert_eq!(values(Measure::Processor, &busy), [0.5]);
}

#[test]
fn seconds_of_the_processor_become_a_share() {
    for name in ["system.cpu.time", "node_cpu_seconds_total"] {
        let mode = if name.starts_with("node") { "mode" } else { "state" };
        let streams = [
            counter(name, json!({"cpu": 0, mode: "idle"}), &[0.0, 45.0, 60.0]),
            counter(name, json!({"cpu": 0, mode: "user"}), &[0.0, 15.0, 60.0]),
        ];
        assert_eq!(values(Measure::Processor, &streams), [0.25, 0.75], "{name}");
    }
    let idle = [counter("node_cpu_seconds_total", json!({"cpu": "0", "mode": "idle"}), &[0.0, 45.0])];
    assert_eq!(values(Measure::Processor, &idle), [0.25]);
}

#[test]
fn percent_is_a_share_like_any_other() {
    let mut percent = gauge(r"\Processor(_Total)\% Processor Time", json!({}), &[25.0]);
    assert_eq!(values(Measure::Processor, &[percent.clone()]), [0.25]);
    percent.series.name = "system.cpu.utilization".into();
    percent.series.unit = "%".into();
    assert_eq!(values(Measure::Processor, &[percent]), [0.25]);
}

#[test]
fn memory_that_is_only_borrowed_counts_as_free() {
    let state = |state: &str, value: f64| gauge("system.memory.usage", json!({"state": state}), &[value]);
    let streams = [state("used", 600.0), state("free", 100.0), state("cached", 250.0), state("buffered", 50.0)];
    assert_eq!(values(Measure::MemoryFree, &streams), [400.0]);
    assert_eq!(values(Measure::MemoryUsed, &streams), [0.6]);
    assert_eq!(memory_size(&streams).last().map(|sample| sample.value), Some(1000.0));
}

#[test]
fn free_memory_is_derived_from_the_share_where_that_comes_more_often() {
    let streams = [
        gauge("system.memory.utilization", json!({"state": "used"}), &[0.5, 0.6, 0.75]),
        gauge("system.memory.utilization", json!({"state": "cached"}), &[0.2, 0.2, 0.2]),
        gauge("system.memory.usage", json!({"state": "free"}), &[8.0]),
        gauge("system.memory.limit", json!({}), &[16.0]),
    ];
    assert_eq!(values(Measure::MemoryFree, &streams), [8.0, 6.4, 4.0]);
    assert_eq!(values(Measure::MemoryUsed, &streams), [0.5, 0.6, 0.75]);
}

#[test]
fn node_exporter_tells_what_is_available() {
    let streams = [
        gauge("node_memory_MemAvailable_bytes", json!({}), &[4.0, 2.0]),
        gauge("node_memory_MemTotal_bytes", json!({}), &[16.0, 16.0]),
        gauge("node_filesystem_avail_bytes", json!({"mountpoint": "/", "fstype": "ext4"}), &[30.0]),
        gauge("node_filesystem_size_bytes", json!({"mountpoint": "/", "fstype": "ext4"}), &[40.0]),
        gauge("node_filesystem_avail_bytes", json!({"mountpoint": "/run", "fstype": "tmpfs"}), &[0.0]),
        gauge("node_filesystem_size_bytes", json!({"mountpoint": "/run", "fstype": "tmpfs"}), &[10.0]),
    ];
    assert_eq!(values(Measure::MemoryFree, &streams), [4.0, 2.0]);
    assert_eq!(values(Measure::MemoryUsed, &streams), [0.75, 0.875]);
    assert_eq!(values(Measure::DiskUsed, &streams), [0.25]);
}

#[test]
fn the_fullest_volume_speaks_for_the_disks() {
    let share = |mount: &str, value: f64| {
        gauge(
            "system.filesystem.utilization",
            json!({"system.filesystem.mountpoint": mount, "system.device": "sda"}),
            &[value],
        )
    };
    let streams = [
        share("/", 0.4),
        share("/var/log", 0.84),
        gauge("system.filesystem.usage", json!({"mountpoint": "/", "state": "used"}), &[32.0]),
    ];
    assert_eq!(values(Measure::DiskUsed, &streams), [0.84]);
    let volumes = volumes(&streams);
    assert_eq!((volumes[0].mount.as_str(), volumes[1].mount.as_str(), volumes[1].used), ("/var/log", "/", Some(32.0)));
    assert_eq!(volumes[1].size, None);
}

#[test]
fn directions_are_found_in_labels_of_every_year_and_in_names() {
    for labels in [
        json!({"direction": "transmit", "device": "eth0"}),
        json!({"network.io.direction": "transmit", "network.interface.name": "eth0"}),
    ] {
        let streams = [counter("system.network.io", labels, &[0.0, 6_000.0])];
        assert_eq!(values(Measure::Sent, &streams), [100.0]);
        assert!(values(Measure::Received, &streams).is_empty());
    }
    let node = [counter("node_network_receive_bytes_total", json!({"device": "eth0"}), &[0.0, 600.0])];
    assert_eq!(values(Measure::Received, &node), [10.0]);
}

#[test]
fn nothing_is_counted_twice() {
    let bytes = |device: &str| counter("system.disk.io", json!({"device": device, "direction": "read"}), &[0.0, 600.0]);
    let streams = [bytes("vda"), bytes("vda1"), bytes("nvme0n1"), bytes("nvme0n1p2"), bytes("loop3"), bytes("dm-0")];
    assert_eq!(values(Measure::BytesRead, &streams), [20.0]);
    let alone = [bytes("vda1")];
    assert_eq!(values(Measure::BytesRead, &alone), [10.0]);
    let network =
        |device: &str| counter("system.network.io", json!({"device": device, "direction": "receive"}), &[0.0, 600.0]);
    assert_eq!(values(Measure::Received, &[network("lo"), network("eth0"), network("veth12ab")]), [10.0]);
}

#[test]
fn operations_come_as_totals_or_as_a_rate() {
    let rate = gauge("system.disk.operations", json!({"host.name": "VM-WEB-01"}), &[1200.0]);
    assert_eq!(values(Measure::Operations, std::slice::from_ref(&rate)), [1200.0]);
    let total = |direction: &str| {
        counter("system.disk.operations", json!({"direction": direction, "device": "vda"}), &[0.0, 600.0, 1200.0])
    };
    assert_eq!(values(Measure::Operations, &[rate, total("read"), total("write")]), [20.0, 20.0]);
}
