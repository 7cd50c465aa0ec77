//! The machine that Parallax runs on: cores, memory, disks, network, the processes that use most.

use super::Source;
use super::points::{counter, gauge, metric};
use crate::record::Metric;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use sysinfo::{Disks, Networks, ProcessRefreshKind, ProcessesToUpdate, System};

/// Processes shown, by processor and by memory.
const TOP: usize = 6;

pub struct Host {
    system: System,
    disks: Disks,
    networks: Networks,
}

impl Host {
    pub fn new() -> Host {
        let mut system = System::new();
        system.refresh_cpu_usage();
        system.refresh_memory();
        Host { system, disks: Disks::new_with_refreshed_list(), networks: Networks::new_with_refreshed_list() }
    }

    pub fn measure(&mut self, source: &Source, at: DateTime<Utc>) -> Vec<Metric> {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::All,
            true,
            ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks(),
        );
        self.disks.refresh(true);
        self.networks.refresh(true);
        let mut out = Vec::new();
        let mut push = |shape, labels: &[(&str, &str)], value| out.push(metric(source, shape, labels, at, value));
        for (number, core) in self.system.cpus().iter().enumerate() {
            let number = number.to_string();
            push(
                gauge("system.cpu.utilization", "1"),
                &[("cpu.logical_number", &number)],
                f64::from(core.cpu_usage()) / 100.0,
            );
        }
        let load = System::load_average();
        push(gauge("system.cpu.load_average.1m", "{thread}"), &[], load.one);
        let (total, available) = (self.system.total_memory() as f64, self.system.available_memory() as f64);
        if total > 0.0 {
            push(gauge("system.memory.usage", "By"), &[("system.memory.state", "used")], total - available);
            push(gauge("system.memory.usage", "By"), &[("system.memory.state", "free")], available);
            push(gauge("system.memory.limit", "By"), &[], total);
            push(gauge("system.memory.utilization", "1"), &[], (total - available) / total);
        }
        let mut seen = Vec::new();
        for disk in self.disks.list() {
            let device = disk.name().to_string_lossy().into_owned();
            let mount = disk.mount_point().to_string_lossy().into_owned();
            // The same device is often mounted in several places.
            if disk.total_space() == 0 || seen.contains(&device) {
                continue;
            }
            let (size, free) = (disk.total_space() as f64, disk.available_space() as f64);
            let labels = [("system.device", device.as_str()), ("system.filesystem.mountpoint", mount.as_str())];
            push(gauge("system.filesystem.usage", "By"), &labels, size - free);
            push(gauge("system.filesystem.limit", "By"), &labels, size);
            push(gauge("system.filesystem.utilization", "1"), &labels, (size - free) / size);
            let usage = disk.usage();
            for (direction, bytes) in [("read", usage.total_read_bytes), ("write", usage.total_written_bytes)] {
                let labels = [("system.device", device.as_str()), ("disk.io.direction", direction)];
                push(counter("system.disk.io", "By"), &labels, bytes as f64);
            }
            seen.push(device);
        }
        for (name, network) in self.networks.list() {
            if name == "lo" || name.starts_with("veth") {
                continue;
            }
            let both = [
                (
                    "receive",
                    network.total_received(),
                    network.total_errors_on_received(),
                    network.total_packets_received(),
                ),
                (
                    "transmit",
                    network.total_transmitted(),
                    network.total_errors_on_transmitted(),
                    network.total_packets_transmitted(),
                ),
            ];
            for (direction, bytes, errors, packets) in both {
                let labels = [("network.interface.name", name.as_str()), ("network.io.direction", direction)];
                push(counter("system.network.io", "By"), &labels, bytes as f64);
                push(counter("system.network.errors", "{error}"), &labels, errors as f64);
                push(counter("system.network.packet.count", "{packet}"), &labels, packets as f64);
            }
        }
        push(gauge("system.uptime", "s"), &[], System::uptime() as f64);
        out.extend(self.processes(source, at));
        out
    }

    /// Processes of one name as one, the largest by processor and by memory.
    fn processes(&self, source: &Source, at: DateTime<Utc>) -> Vec<Metric> {
        let mut by_name: HashMap<String, (f64, f64)> = HashMap::new();
        let cores = self.system.cpus().len().max(1) as f64;
        for process in self.system.processes().values() {
            let entry = by_name.entry(process.name().to_string_lossy().into_owned()).or_default();
            entry.0 += f64::from(process.cpu_usage()) / 100.0 / cores;
            entry.1 += process.memory() as f64;
        }
        let mut all: Vec<(String, (f64, f64))> = by_name.into_iter().collect();
        let mut chosen: Vec<String> = Vec::new();
        for by in [|of: &(f64, f64)| of.0, |of: &(f64, f64)| of.1] {
            all.sort_by(|a, b| by(&b.1).total_cmp(&by(&a.1)).then_with(|| a.0.cmp(&b.0)));
            chosen.extend(all.iter().take(TOP).map(|(name, _)| name.clone()));
        }
        all.into_iter()
            .filter(|(name, _)| chosen.contains(name))
            .flat_map(|(name, (cpu, memory))| {
                let labels = [("process.executable.name", name.as_str())];
                [
                    metric(source, gauge("process.cpu.utilization", "1"), &labels, at, cpu),
                    metric(source, gauge("process.memory.usage", "By"), &labels, at, memory),
                ]
            })
            .collect()
    }
}
