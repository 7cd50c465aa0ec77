//! Readings of machines and of the processes on them, as the collector's `hostmetrics` receiver names them.

use super::calendar::{HOUR, SECOND};
use super::incidents;
use super::meter::{Meter, ticks};
use super::otlp::{self, int, text};
use super::random;
use super::world::World;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;

pub const GIB: f64 = 1_073_741_824.0;
pub const MIB: f64 = 1_048_576.0;
/// Seconds between readings of disks and networks.
const OFTEN: i64 = 600;
/// Seconds between readings of the figures that only look well in a longer view.
const SELDOM: i64 = 1_800;

/// How a machine is at an instant.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Fraction of all cores.
    pub cpu: f64,
    /// The same without a job that crowds the machine.
    pub own: f64,
    pub free_gib: f64,
    pub memory: f64,
    /// Per second.
    pub operations: f64,
    /// Fraction of the volume.
    pub disk: f64,
    /// Megabytes per second.
    pub sent: f64,
    pub received: f64,
}

pub fn reading(world: &World, host: u8, at: i64) -> Reading {
    let machine = world.topology.machine(host);
    let flutter = |what: u64| incidents::flutter(world.seed, what << 8 | u64::from(host), at);
    let load = world.tide.load(at);
    let mut cpu = machine.cpu * (0.42 + 0.58 * load) + 0.022 * flutter(1);
    let mut operations = machine.operations * (0.3 + 0.7 * load) * (1.0 + 0.10 * flutter(2));
    let mut free_gib = machine.memory_free_gib * (1.0 - 0.05 * (load - 0.7)) + 0.12 * flutter(3);
    for slow in world.troubles.slow.iter().filter(|slow| slow.host == host) {
        let strength = slow.strength(at);
        cpu += (slow.cpu + 0.015 * flutter(4) - cpu).max(0.0) * strength;
        operations *= 1.0 + 1.4 * strength;
    }
    if let Some(leak) = world.troubles.leak(host, at) {
        free_gib = leak.free(at) + 0.1 * flutter(3);
        cpu += 0.24 * leak.strength(at);
    }
    if let Some((pool, strength)) = world.troubles.pool(at) {
        let waits = world.topology.hosts(pool.role).contains(&host);
        // Threads that wait for a connection do not work.
        cpu *= if waits { 1.0 - 0.12 * strength } else { 1.0 };
    }
    let days = (at - world.end) as f64 / (24.0 * HOUR as f64);
    let mut disk = machine.disk_used + 0.0006 * days + 0.002 * flutter(5);
    for filling in world.troubles.disks.iter().filter(|filling| filling.host == host) {
        disk = filling.used(at) + 0.001 * flutter(5);
    }
    let own = cpu.clamp(0.01, 0.995);
    let crowd = world.troubles.crowd(host, at) / f64::from(machine.cores);
    let cpu = (own + crowd).min(0.995);
    let free_gib = free_gib.clamp(0.25, machine.memory_gib * 0.95);
    Reading {
        cpu,
        own,
        free_gib,
        memory: 1.0 - free_gib / machine.memory_gib,
        operations,
        disk: disk.clamp(0.02, 0.995),
        sent: machine.sent * (0.25 + 0.75 * load) * (1.0 + 0.06 * flutter(6)),
        received: machine.received * (0.25 + 0.75 * load) * (1.0 + 0.06 * flutter(7)),
    }
}

pub fn machines(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for host in 0..world.topology.machines.len() as u8 {
        let machine = world.topology.machine(host);
        let phase = i64::from(host) * 7;
        let mut meter = Meter::new(otlp::host_resource(world, host), "hostmetrics");
        let reports = |at: &i64| world.troubles.reports(host, *at);
        let quick = i64::from(machine.every);
        for at in ticks(from, to, quick, phase).filter(reports) {
            let now = reading(world, host, at);
            meter.gauge("system.cpu.utilization", "1", at, now.cpu, vec![]);
            meter.gauge("system.memory.utilization", "1", at, now.memory, vec![text("state", "used")]);
        }
        for at in ticks(from, to, OFTEN, phase).filter(reports) {
            let now = reading(world, host, at);
            let (operations, seconds) = (now.operations * OFTEN as f64, OFTEN as f64);
            let reads = operations * 0.38;
            for (direction, operations) in [("read", reads), ("write", operations - reads)] {
                let labels = vec![text("disk.io.direction", direction), text("system.device", "nvme0n1")];
                meter.delta(("system.disk.operations", "{operation}"), at, OFTEN, operations, labels);
            }
            for (direction, rate) in [("transmit", now.sent), ("receive", now.received)] {
                meter.delta(("system.network.io", "By"), at, OFTEN, rate * 1e6 * seconds, way(direction));
            }
        }
        for at in ticks(from, to, SELDOM, phase).filter(reports) {
            seldom(world, host, at, &mut meter);
        }
        meters.push(meter);
        processes(world, host, from, to, meters);
    }
}

fn way(direction: &str) -> Vec<KeyValue> {
    vec![text("network.io.direction", direction), text("network.interface.name", "eth0")]
}

fn seldom(world: &World, host: u8, at: i64, meter: &mut Meter) {
    let machine = world.topology.machine(host);
    let now = reading(world, host, at);
    for core in 0..machine.cores {
        let what = 0x100 | u64::from(core) << 16 | u64::from(host);
        let cpu = (now.cpu + 0.05 * incidents::flutter(world.seed, what, at)).clamp(0.0, 1.0);
        meter.gauge("system.cpu.utilization", "1", at, cpu, vec![int("cpu.logical_number", i64::from(core))]);
    }
    let total = machine.memory_gib * GIB;
    meter.gauge("system.memory.usage", "By", at, (total * now.memory).round(), vec![text("state", "used")]);
    meter.gauge("system.memory.usage", "By", at, (now.free_gib * GIB).round(), vec![text("state", "free")]);
    let operations = now.operations * SELDOM as f64;
    // An operation takes longer, the busier the disk is.
    let busy = (now.operations / machine.operations.max(1.0) * 0.24).min(0.98);
    for (direction, share, usual) in [("read", 0.38, 0.000_42), ("write", 0.62, 0.000_71)] {
        let labels = || vec![text("disk.io.direction", direction), text("system.device", "nvme0n1")];
        meter.delta(("system.disk.io", "By"), at, SELDOM, operations * share * 21_000.0, labels());
        let seconds = operations * share * usual / (1.0 - busy);
        meter.amount(("system.disk.operation_time", "s"), at, SELDOM, seconds, labels());
    }
    let device = || vec![text("system.device", "nvme0n1")];
    meter.amount(("system.disk.io_time", "s"), at, SELDOM, busy * SELDOM as f64, device());
    let threads = now.cpu * f64::from(machine.cores) * (1.0 + 0.9 * now.cpu.powi(4));
    meter.gauge("system.cpu.load_average.1m", "{thread}", at, threads, vec![]);
    for (state, usual) in [("ESTABLISHED", 46.0), ("TIME_WAIT", 18.0)] {
        let labels = vec![text("protocol", "tcp"), text("state", state)];
        let connections = usual * (0.3 + 0.1 * (now.sent + now.received)) * (0.4 + now.own);
        meter.gauge("system.network.connections", "{connections}", at, connections.round(), labels);
    }
    let volume = || vec![text("system.filesystem.mountpoint", "/"), text("system.device", "nvme0n1p1")];
    meter.gauge("system.filesystem.utilization", "1", at, now.disk, volume());
    let size = machine.disk_gib * GIB;
    let used = vec![text("system.filesystem.mountpoint", "/"), text("state", "used")];
    meter.gauge("system.filesystem.usage", "By", at, (size * now.disk).round(), used);
    if (at / SECOND / SELDOM) % 8 == 0 {
        meter.gauge("system.filesystem.limit", "By", at, size, volume());
        meter.gauge("system.memory.limit", "By", at, total, vec![]);
    }
    let luck = random::unit(random::key(&[world.seed, 81, u64::from(host), at as u64]));
    let dropped = if luck > 0.93 { luck * 40.0 } else { luck * 3.0 };
    meter.delta(("system.network.packet.dropped", "{packet}"), at, SELDOM, dropped, way("receive"));
    meter.delta(("system.network.errors", "{error}"), at, SELDOM, luck * luck * 2.0, way("receive"));
}

fn processes(world: &World, host: u8, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let machine = world.topology.machine(host);
    // The leading process holds what the others do not, so that it shows a leak.
    let others: f64 = machine.processes.iter().skip(1).map(|(_, _, memory)| memory).sum();
    for (number, (name, cpu, memory)) in machine.processes.iter().enumerate() {
        let pid = 1_000 + 317 * (number as i64 + 1) + i64::from(host);
        let mut meter = Meter::new(process_resource(world, host, name, pid), "hostmetrics");
        for at in ticks(from, to, SELDOM, i64::from(host) * 7).filter(|at| world.troubles.reports(host, *at)) {
            let now = reading(world, host, at);
            let what = 0x200 | (number as u64) << 16 | u64::from(host);
            let noise = 1.0 + 0.03 * incidents::flutter(world.seed, what, at);
            meter.gauge("process.cpu.utilization", "1", at, (now.own * cpu * noise).min(1.0), vec![]);
            let used = machine.memory_gib - now.free_gib;
            let own = if number == 0 {
                (used - machine.memory_gib * (others + 0.06)).max(0.2)
            } else {
                machine.memory_gib * memory
            };
            meter.gauge("process.memory.usage", "By", at, (own * noise * GIB).round(), vec![]);
        }
        meters.push(meter);
    }
    crowding(world, host, from, to, meters);
}

/// The process of a job that takes what it can get.
fn crowding(world: &World, host: u8, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let cores = f64::from(world.topology.machine(host).cores);
    for noise in world.troubles.noises.iter().filter(|noise| noise.host == host) {
        let mut meter = Meter::new(process_resource(world, host, &noise.job, 48_211), "hostmetrics");
        for at in ticks(from.max(noise.from), to.min(noise.to), OFTEN, i64::from(host) * 7) {
            let share = (noise.cores * noise.strength(at) / cores).min(0.995);
            meter.gauge("process.cpu.utilization", "1", at, share, vec![]);
            meter.gauge("process.memory.usage", "By", at, ((0.3 + share) * GIB).round(), vec![]);
        }
        meters.push(meter);
    }
}

fn process_resource(world: &World, host: u8, name: &str, pid: i64) -> Resource {
    let mut resource = otlp::host_resource(world, host);
    resource.attributes.truncate(1);
    resource.attributes.push(text("process.executable.name", name));
    resource.attributes.push(int("process.pid", pid));
    resource
}
