//! What the software runs on.

use super::super::super::topology::{MACHINES, ROLES};
use super::super::{Scenario, WorkloadKind};
use super::{Checked, before_end, count, named, positive, share, within, wrong};

impl Scenario {
    pub(super) fn check_machines(&self) -> Checked {
        for name in MACHINES {
            self.known_machine("machines", name)?;
        }
        for (at, machine) in self.machines.iter().enumerate() {
            let field = |name: &str| format!("machines[{at}].{name}");
            if self.machines.iter().take(at).any(|other| other.name == machine.name) {
                return wrong(field("name"), format!("{:?} is there already", machine.name));
            }
            named(field("name"), &machine.name)?;
            within(field("cores"), f64::from(machine.cores), 1.0..=512.0)?;
            within(field("memory_gib"), machine.memory_gib, 0.5..=100_000.0)?;
            within(field("disk_gib"), machine.disk_gib, 1.0..=10_000_000.0)?;
            share(field("cpu"), machine.cpu)?;
            within(field("memory_free_gib"), machine.memory_free_gib, 0.0..=machine.memory_gib)?;
            share(field("disk_used"), machine.disk_used)?;
            within(field("sent"), machine.sent, 0.0..=100_000.0)?;
            within(field("received"), machine.received, 0.0..=100_000.0)?;
            within(field("operations"), machine.operations, 0.0..=10_000_000.0)?;
            within(field("every"), f64::from(machine.every), 10.0..=3_600.0)?;
            for (place, (name, cpu, memory)) in machine.processes.iter().enumerate() {
                named(format!("machines[{at}].processes[{place}][0]"), name)?;
                share(format!("machines[{at}].processes[{place}][1]"), *cpu)?;
                share(format!("machines[{at}].processes[{place}][2]"), *memory)?;
            }
        }
        Ok(())
    }

    pub(super) fn check_services(&self) -> Checked {
        for name in ROLES {
            self.known_service("services", name)?;
        }
        for (at, service) in self.services.iter().enumerate() {
            let field = |name: &str| format!("services[{at}].{name}");
            count(&field("hosts"), service.hosts.len(), 1..=50)?;
            for (place, host) in service.hosts.iter().enumerate() {
                self.known_machine(format!("services[{at}].hosts[{place}]"), host)?;
            }
            positive(field("memory_mib"), service.memory_mib)?;
            within(field("memory_limit_mib"), service.memory_limit_mib, service.memory_mib..=1e9)?;
            positive(field("cpu_limit"), service.cpu_limit)?;
            named(field("version"), &service.version)?;
        }
        Ok(())
    }

    pub(super) fn check_cluster(&self) -> Checked {
        named("company.cluster", &self.company.cluster)?;
        named("company.namespace", &self.company.namespace)?;
        for (at, workload) in self.workloads.iter().enumerate() {
            let field = |name: &str| format!("workloads[{at}].{name}");
            named(field("name"), &workload.name)?;
            if workload.kind != WorkloadKind::Daemonset {
                count(&field("hosts"), workload.hosts.len(), 1..=200)?;
            }
            for (place, host) in workload.hosts.iter().enumerate() {
                self.known_machine(format!("workloads[{at}].hosts[{place}]"), host)?;
            }
            positive(field("cpu"), workload.cpu)?;
            within(field("cpu_limit"), workload.cpu_limit, workload.cpu..=512.0)?;
            positive(field("memory_mib"), workload.memory_mib)?;
            within(field("memory_limit_mib"), workload.memory_limit_mib, workload.memory_mib..=1e9)?;
            positive(field("volume_gib"), workload.volume_gib.unwrap_or(1.0))?;
            share(field("volume_used"), workload.volume_used)?;
        }
        for (at, job) in self.jobs.iter().enumerate() {
            let field = |name: &str| format!("jobs[{at}].{name}");
            named(field("name"), &job.name)?;
            within(field("hour"), job.hour as f64, 0.0..=23.0)?;
            within(field("minutes"), job.minutes as f64, 1.0..=720.0)?;
            self.known_machine(field("host"), &job.host)?;
            positive(field("cpu"), job.cpu)?;
            positive(field("memory_mib"), job.memory_mib)?;
        }
        Ok(())
    }

    pub(super) fn check_storage(&self) -> Checked {
        for (at, account) in self.storage.iter().enumerate() {
            let field = |name: &str| format!("storage[{at}].{name}");
            named(field("account"), &account.account)?;
            for (name, value) in [
                ("used_gb", account.used_gb),
                ("objects", account.objects),
                ("read_ms", account.read_ms),
                ("write_ms", account.write_ms),
                ("read_kb", account.read_kb),
                ("write_kb", account.write_kb),
            ] {
                positive(field(name), value)?;
            }
            within(field("gb_per_day"), account.gb_per_day, -1e6..=1e6)?;
            within(field("objects_per_day"), account.objects_per_day, -1e9..=1e9)?;
            within(field("reads"), account.reads, 0.0..=1e6)?;
            within(field("writes"), account.writes, 0.0..=1e6)?;
            share(field("throttled"), account.throttled)?;
            share(field("busy"), account.busy)?;
            if let Some(nightly) = &account.nightly {
                within(field("nightly.hour"), nightly.hour as f64, 0.0..=23.0)?;
                within(field("nightly.minutes"), nightly.minutes as f64, 1.0..=720.0)?;
                within(field("nightly.writes"), nightly.writes, 0.0..=1e6)?;
                share(field("nightly.throttled"), nightly.throttled)?;
                share(field("nightly.busy"), nightly.busy)?;
            }
        }
        Ok(())
    }

    pub(super) fn check_network(&self) -> Checked {
        let network = &self.network;
        named("network.balancer", &network.balancer)?;
        named("network.gateway", &network.gateway)?;
        named("network.firewall", &network.firewall)?;
        within("network.requests", network.requests, 0.0..=1e6)?;
        for (at, device) in network.devices.iter().enumerate() {
            let field = |name: &str| format!("network.devices[{at}].{name}");
            named(field("name"), &device.name)?;
            for (place, port) in device.ports.iter().enumerate() {
                self.known_machine(format!("network.devices[{at}].ports[{place}]"), port)?;
            }
            within(field("gbit"), device.gbit, 0.01..=1_000.0)?;
            within(field("uplink_gbit"), device.uplink_gbit, 0.01..=10_000.0)?;
        }
        for (at, rule) in network.rules.iter().enumerate() {
            let field = |name: &str| format!("network.rules[{at}].{name}");
            named(field("name"), &rule.name)?;
            if !["Allow", "Deny"].contains(&rule.action.as_str()) {
                return wrong(field("action"), "must be Allow or Deny");
            }
            // Every refusal is a log line of its own.
            let most = if rule.action == "Deny" { 2_000.0 } else { 1e9 };
            within(field("per_hour"), rule.per_hour, 0.0..=most)?;
        }
        for (at, tunnel) in network.tunnels.iter().enumerate() {
            named(format!("network.tunnels[{at}].name"), &tunnel.name)?;
            within(format!("network.tunnels[{at}].bytes"), tunnel.bytes, 0.0..=1e12)?;
            positive(format!("network.tunnels[{at}].rtt_ms"), tunnel.rtt_ms)?;
        }
        for (at, probe) in network.probes.iter().enumerate() {
            positive(format!("network.probes[{at}].rtt_ms"), probe.rtt_ms)?;
        }
        for (at, outage) in network.outages.iter().enumerate() {
            if !network.tunnels.iter().any(|tunnel| tunnel.name == outage.tunnel) {
                return wrong(
                    format!("network.outages[{at}].tunnel"),
                    format!("there is no tunnel {:?} in network.tunnels", outage.tunnel),
                );
            }
            before_end(format!("network.outages[{at}].before_end"), outage.before_end)?;
            within(format!("network.outages[{at}].minutes"), outage.minutes as f64, 1.0..=10_080.0)?;
        }
        Ok(())
    }
}
