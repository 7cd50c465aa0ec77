//! Pods and containers: what they use, what they may use, how often they began again.

use super::{HOURLY, OFTEN, Pod, SELDOM, places, runs};
use crate::demo::calendar::{HOUR, SECOND};
use crate::demo::incidents;
use crate::demo::machines::{self, MIB};
use crate::demo::meter::{Meter, ticks};
use crate::demo::otlp::text;
use crate::demo::random;
use crate::demo::topology::{Instance, Role};
use crate::demo::world::World;

/// Seconds into each period at which the cluster is read.
const PHASE: i64 = 20;

/// What a container is allowed.
#[derive(Clone, Copy, Debug)]
struct Limits {
    cpu: f64,
    memory_mib: f64,
}

/// A container at an instant.
#[derive(Clone, Copy, Debug)]
struct Use {
    cpu: f64,
    memory_mib: f64,
    /// Bytes per second of the pod.
    sent: f64,
    received: f64,
    restarts: i64,
    /// Killed for want of memory within the last hour.
    killed: bool,
    started: i64,
}

/// The two resources of a pod, each with its readings.
struct Meters {
    container: Meter,
    pod: Meter,
}

impl Meters {
    fn of(world: &World, pod: &Pod) -> Meters {
        Meters {
            container: Meter::new(pod.container_resource(world), "kubeletstatsreceiver"),
            pod: Meter::new(pod.resource(world), "k8sclusterreceiver"),
        }
    }

    fn keep(self, meters: &mut Vec<Meter>) {
        meters.extend([self.container, self.pod]);
    }

    /// One reading. `step`: seconds between readings of this pod's processor and memory.
    fn read(&mut self, at: i64, step: i64, now: Use, limits: Option<Limits>) {
        let due = |every: i64| (at / SECOND - PHASE).rem_euclid(every) < step;
        let (container, pod) = (&mut self.container, &mut self.pod);
        let bytes = now.memory_mib * MIB;
        container.gauge("container.cpu.usage", "{cpu}", at, now.cpu, vec![]);
        container.gauge("container.memory.working_set", "By", at, bytes.round(), vec![]);
        if due(SELDOM) {
            container.gauge("container.memory.rss", "By", at, (bytes * 0.93).round(), vec![]);
            container.gauge("k8s.container.restarts", "{restart}", at, now.restarts as f64, vec![]);
            container.gauge("k8s.container.ready", "", at, 1.0, vec![]);
            // 2 is Running.
            pod.gauge("k8s.pod.phase", "", at, 2.0, vec![]);
            if let Some(limits) = limits {
                let share = now.memory_mib / limits.memory_mib;
                container.gauge("k8s.container.memory_limit_utilization", "1", at, share, vec![]);
                container.gauge("k8s.container.cpu_limit_utilization", "1", at, now.cpu / limits.cpu, vec![]);
            }
            for (direction, rate) in [("transmit", now.sent), ("receive", now.received)] {
                let labels = vec![text("interface", "eth0"), text("direction", direction)];
                pod.delta(("k8s.pod.network.io", "By"), at, SELDOM, rate * SELDOM as f64, labels);
            }
        }
        if due(HOURLY) {
            let age = ((at - now.started) as f64 / SECOND as f64).round();
            container.total(("container.uptime", "s"), at, now.started, age, vec![]);
            let reason = vec![text("k8s.container.status.reason", "OOMKilled")];
            let killed = f64::from(u8::from(now.killed));
            container.gauge("k8s.container.status.reason", "{container}", at, killed, reason);
            if let Some(limits) = limits {
                container.gauge("k8s.container.cpu_limit", "{cpu}", at, limits.cpu, vec![]);
                container.gauge("k8s.container.cpu_request", "{cpu}", at, limits.cpu / 2.0, vec![]);
                container.gauge("k8s.container.memory_limit", "By", at, limits.memory_mib * MIB, vec![]);
                container.gauge("k8s.container.memory_request", "By", at, limits.memory_mib * MIB / 2.0, vec![]);
            }
        }
    }
}

pub fn services(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for role in Role::ALL {
        for host in world.topology.hosts(role) {
            service(world, role, *host, from, to, meters);
        }
    }
}

fn service(world: &World, role: Role, host: u8, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let service = world.topology.service(role);
    let limits = Limits { cpu: service.cpu_limit, memory_mib: service.memory_limit_mib };
    let machine = world.topology.machine(host);
    let share = machine.processes.iter().find(|(name, ..)| *name == service.process).map_or(0.05, |(_, cpu, _)| *cpu);
    let mut current: Option<(Instance, Meters)> = None;
    for at in ticks(from, to, OFTEN, PHASE) {
        let instance = world.topology.instance_on(role, host, at);
        if current.as_ref().is_none_or(|(known, _)| *known != instance) {
            let begun = Meters::of(world, &Pod::of_service(world, instance));
            if let Some((_, ended)) = current.replace((instance, begun)) {
                ended.keep(meters);
            }
        }
        let Some((_, now_read)) = current.as_mut() else { continue };
        let now = machines::reading(world, host, at);
        let what = 0x300 | (role as u64) << 16 | u64::from(host);
        let noise = 1.0 + 0.06 * incidents::flutter(world.seed, what, at);
        // What a crowding job takes is taken from the others.
        let starved = 1.0 - 0.18 * (world.troubles.drag(host, at) - 1.0).min(1.0);
        let cpu = now.own * f64::from(machine.cores) * share * noise * starved;
        let leak = world.troubles.leak(host, at).filter(|leak| leak.role == role);
        let held = leak.map_or(0.0, |leak| (leak.free_gib - leak.free(at)) * 1_024.0);
        let memory = service.memory_mib * (0.9 + 0.1 * noise) + held;
        let kills = leak.map_or(0, |leak| leak.kills(at));
        let deployed = world.topology.deployed(instance).unwrap_or(world.from - 40 * 24 * HOUR);
        let started = leak.filter(|_| kills > 0).map_or(deployed, |leak| leak.kill_at(kills));
        let used = Use {
            cpu: cpu.min(limits.cpu * 0.99),
            memory_mib: memory.min(limits.memory_mib * 0.995),
            sent: now.sent * 1e6 * share,
            received: now.received * 1e6 * share,
            restarts: kills,
            killed: kills > 0 && at - started < HOUR,
            started,
        };
        now_read.read(at, OFTEN, used, Some(limits));
    }
    if let Some((_, last)) = current {
        last.keep(meters);
    }
}

pub fn workloads(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for workload in &world.scenario.workloads {
        let limits = Limits { cpu: workload.cpu_limit, memory_mib: workload.memory_limit_mib };
        for (number, node) in places(world, workload).into_iter().enumerate() {
            let pod = Pod::of_workload(world, workload, number, node);
            let mut both = Meters::of(world, &pod);
            let key = random::name(&pod.name);
            for at in ticks(from, to, SELDOM, PHASE) {
                let load = world.tide.load(at);
                let noise = incidents::flutter(world.seed, key, at);
                let cpu = workload.cpu * (0.4 + 0.6 * load) * (1.0 + 0.08 * noise);
                let memory = workload.memory_mib * (0.97 + 0.03 * noise);
                let used = Use {
                    cpu: cpu.clamp(0.001, limits.cpu),
                    memory_mib: memory.min(limits.memory_mib * 0.99),
                    sent: 42_000.0 * load * workload.cpu * 10.0,
                    received: 38_000.0 * load * workload.cpu * 10.0,
                    restarts: 0,
                    killed: false,
                    started: world.from - 60 * 24 * HOUR,
                };
                both.read(at, SELDOM, used, Some(limits));
                if let Some(size) = workload.volume_gib {
                    volume(world, &mut both.pod, at, size, workload.volume_used * (1.0 + 0.02 * noise));
                }
            }
            both.keep(meters);
        }
    }
}

fn volume(world: &World, pod: &mut Meter, at: i64, size_gib: f64, used: f64) {
    let days = (at - world.end) as f64 / (24.0 * HOUR as f64);
    let size = size_gib * machines::GIB;
    let used = (used + 0.0009 * days).clamp(0.01, 0.99);
    let label = || vec![text("k8s.volume.name", "data"), text("k8s.volume.type", "persistentVolumeClaim")];
    pod.gauge("k8s.volume.capacity", "By", at, size, label());
    pod.gauge("k8s.volume.available", "By", at, (size * (1.0 - used)).round(), label());
}

pub fn jobs(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for run in runs(world, from, to) {
        let mut both = Meters::of(world, &Pod::of_run(world, &run));
        for at in ticks(from.max(run.from), to.min(run.to), 120, PHASE) {
            both.container.gauge("container.cpu.usage", "{cpu}", at, run.cores(world, at), vec![]);
            let grown = (at - run.from) as f64 / (run.to - run.from) as f64;
            let memory = run.memory_mib * (0.4 + 0.6 * grown) * MIB;
            both.container.gauge("container.memory.working_set", "By", at, memory.round(), vec![]);
            both.pod.gauge("k8s.pod.phase", "", at, 2.0, vec![]);
        }
        both.keep(meters);
    }
}
