//! Runtimes of the services, and what browsers see of the pages.

use super::{by_version, named};
use crate::demo::incidents;
use crate::demo::machines::MIB;
use crate::demo::meter::{Meter, ticks};
use crate::demo::otlp::text;
use crate::demo::random::{self, Dice};
use crate::demo::topology::Role;
use crate::demo::world::World;

pub fn front(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    page_servers(world, from, to, meters);
    java(world, from, to, meters);
    pages(world, from, to, meters);
}

/// Heap and garbage collection of the page servers.
fn page_servers(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for host in world.topology.hosts(Role::Web) {
        let read = |meter: &mut Meter, at: i64| {
            let leak = world.troubles.leak(*host, at).filter(|leak| leak.role == Role::Web);
            let strength = leak.map_or(0.0, |leak| leak.strength(at));
            let mut dice = Dice::of(&[world.seed, 82, u64::from(*host), at as u64]);
            let held = leak.map_or(0.0, |leak| (leak.free_gib - leak.free(at)) * 1_024.0);
            let heap = (world.topology.service(Role::Web).memory_mib * dice.between(0.34, 0.42) + held) * MIB;
            let space = vec![text("v8js.heap.space.name", "old_space")];
            meter.gauge("v8js.memory.heap.used", "By", at, heap.round(), space);
            let collections = 4 + (10.0 * world.tide.load(at)) as usize;
            let pauses: Vec<f64> =
                (0..collections).map(|_| dice.around(0.021, 0.6) * (1.0 + 14.0 * strength)).collect();
            meter.exponential("v8js.gc.duration", at, 900, &pauses, vec![text("v8js.gc.type", "major")]);
        };
        let scope = "@opentelemetry/instrumentation-runtime-node";
        by_version(world, (Role::Web, *host), scope, ticks(from, to, 900, 50), meters, read);
    }
}

/// Heaps and threads of the services in Java.
fn java(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for role in Role::ALL.into_iter().filter(|role| world.topology.service(*role).language == "java") {
        let limit = world.topology.service(role).memory_mib;
        for host in world.topology.hosts(role) {
            let read = |meter: &mut Meter, at: i64| {
                let what = 0x9_0000 | (role as u64) << 8 | u64::from(*host);
                let noise = incidents::flutter(world.seed, what, at);
                let load = world.tide.load(at);
                let heap = limit * (0.44 + 0.10 * load + 0.04 * noise) * MIB;
                let waiting = world.troubles.pool(at).filter(|(pool, _)| pool.role == role).map_or(0.0, |(_, s)| s);
                meter.gauge("jvm.memory.used", "By", at, heap.round(), vec![text("jvm.memory.type", "heap")]);
                let threads = 38.0 + 44.0 * load + 3.0 * noise + 120.0 * waiting;
                meter.gauge("jvm.thread.count", "{thread}", at, threads.round(), vec![]);
            };
            by_version(
                world,
                (role, *host),
                "io.opentelemetry.runtime-telemetry",
                ticks(from, to, 900, 60),
                meters,
                read,
            );
        }
    }
}

/// What the browsers of all visitors see, without anybody's name: p75 by kind of device.
fn pages(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut meter = Meter::new(named(world, "web"), "browser");
    let slower = world.troubles.slow.iter().map(|slow| slow.slower).fold(1.0, f64::max);
    for at in ticks(from, to, 300, 15) {
        let strength = world.troubles.database(at);
        for (device, paint, reaction, shift) in
            [("mobile", 2_080.0, 186.0, 0.071), ("desktop", 1_640.0, 92.0, 0.038), ("tablet", 1_900.0, 151.0, 0.052)]
        {
            let noise = incidents::flutter(world.seed, random::name(device), at);
            let label = || vec![text("device", device)];
            let value = paint * (1.0 + 0.05 * noise) * (1.0 + (slower - 1.0) * strength);
            meter.gauge("web.lcp", "ms", at, value.round(), label());
            if at.rem_euclid(900_000) < 300_000 {
                meter.gauge("web.inp", "ms", at, (reaction * (1.0 + 0.06 * noise)).round(), label());
                meter.gauge("web.cls", "1", at, shift * (1.0 - 0.05 * noise), label());
            }
        }
    }
    meters.push(meter);
}
