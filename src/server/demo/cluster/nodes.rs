//! The nodes: what is used, what may be given away, and whether they are well.

use super::{HOURLY, SELDOM, nodes as all, uid};
use crate::demo::calendar::SECOND;
use crate::demo::machines::{self, GIB};
use crate::demo::meter::{Meter, ticks};
use crate::demo::otlp::{self, text};
use crate::demo::world::World;

/// Seconds between readings of processor and memory.
const EVERY: i64 = 900;
/// Free memory at which a node reports pressure.
const PRESSURE_GIB: f64 = 1.2;

pub fn nodes(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for host in all(world) {
        let machine = world.topology.machine(host);
        let mut meter = Meter::new(
            otlp::resource(vec![
                text("k8s.cluster.name", world.scenario.company.cluster.as_str()),
                text("k8s.node.name", machine.name.as_str()),
                text("k8s.node.uid", uid(&machine.name)),
            ]),
            "kubeletstatsreceiver",
        );
        for at in ticks(from, to, EVERY, 30).filter(|at| world.troubles.reports(host, *at)) {
            let now = machines::reading(world, host, at);
            let (cores, total) = (f64::from(machine.cores), machine.memory_gib * GIB);
            meter.gauge("k8s.node.cpu.usage", "{cpu}", at, now.cpu * cores, vec![]);
            meter.gauge("k8s.node.memory.working_set", "By", at, (total * now.memory).round(), vec![]);
            meter.gauge("k8s.node.memory.available", "By", at, (now.free_gib * GIB).round(), vec![]);
            let due = |every: i64| (at / SECOND - 30).rem_euclid(every) < EVERY;
            if due(SELDOM) {
                let size = machine.disk_gib * GIB;
                meter.gauge("k8s.node.filesystem.usage", "By", at, (size * now.disk).round(), vec![]);
                meter.gauge("k8s.node.filesystem.available", "By", at, (size * (1.0 - now.disk)).round(), vec![]);
                for (direction, rate) in [("transmit", now.sent), ("receive", now.received)] {
                    let labels = vec![text("interface", "eth0"), text("direction", direction)];
                    meter.delta(("k8s.node.network.io", "By"), at, SELDOM, rate * 1e6 * SELDOM as f64, labels);
                }
                let short = now.free_gib < PRESSURE_GIB;
                for (condition, holds) in
                    [("Ready", true), ("MemoryPressure", short), ("DiskPressure", now.disk > 0.85)]
                {
                    let label = vec![text("condition", condition)];
                    meter.gauge("k8s.node.condition", "{condition}", at, f64::from(u8::from(holds)), label);
                }
            }
            if due(HOURLY) {
                meter.gauge("k8s.node.filesystem.capacity", "By", at, machine.disk_gib * GIB, vec![]);
                meter.gauge("k8s.node.allocatable_cpu", "{cpu}", at, cores - 0.1, vec![]);
                meter.gauge("k8s.node.allocatable_memory", "By", at, (total - 0.6 * GIB).round(), vec![]);
                meter.gauge("k8s.node.allocatable_pods", "{pod}", at, 110.0, vec![]);
            }
        }
        meters.push(meter);
    }
}
