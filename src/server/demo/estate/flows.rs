//! Who talks to whom: bytes, round trips and failed connections between workloads, as the eBPF instrumentation of
//! OpenTelemetry counts them on every node.

use crate::demo::incidents;
use crate::demo::meter::{Meter, Spread, ticks};
use crate::demo::orders::PROVIDER;
use crate::demo::otlp::{self, int, text};
use crate::demo::random;
use crate::demo::requests::STORE;
use crate::demo::topology::{DATABASE, REPLICA, Role};
use crate::demo::world::World;
use opentelemetry_proto::tonic::common::v1::KeyValue;

const EVERY: i64 = 1_800;

#[derive(Clone, Copy)]
enum Far {
    Service(Role),
    /// Something beside the services, by name.
    Place(&'static str),
}

/// From, to, port, bytes per second of a usual afternoon towards the far side and back, round trip in ms.
type Edge = (Role, Far, i64, f64, f64, f64);

const EDGES: [Edge; 23] = [
    (Role::Web, Far::Service(Role::Catalog), 8080, 210_000.0, 1_900_000.0, 0.24),
    (Role::Web, Far::Place("redis"), 6379, 60_000.0, 140_000.0, 0.19),
    (Role::Gateway, Far::Service(Role::Auth), 8080, 48_000.0, 52_000.0, 0.22),
    (Role::Gateway, Far::Service(Role::Search), 8080, 70_000.0, 620_000.0, 0.31),
    (Role::Gateway, Far::Service(Role::Catalog), 8080, 64_000.0, 310_000.0, 0.24),
    (Role::Gateway, Far::Service(Role::Basket), 8080, 82_000.0, 95_000.0, 0.23),
    (Role::Gateway, Far::Service(Role::Order), 8080, 58_000.0, 88_000.0, 0.25),
    (Role::Auth, Far::Place("redis"), 6379, 31_000.0, 36_000.0, 0.19),
    (Role::Auth, Far::Place(DATABASE), 5432, 28_000.0, 41_000.0, 0.42),
    (Role::Catalog, Far::Place(DATABASE), 5432, 190_000.0, 2_400_000.0, 0.42),
    (Role::Catalog, Far::Place(REPLICA), 5432, 40_000.0, 260_000.0, 0.47),
    (Role::Basket, Far::Place("redis"), 6379, 52_000.0, 64_000.0, 0.19),
    (Role::Basket, Far::Service(Role::Catalog), 8080, 26_000.0, 74_000.0, 0.24),
    (Role::Order, Far::Service(Role::Basket), 8080, 18_000.0, 22_000.0, 0.23),
    (Role::Order, Far::Service(Role::Catalog), 8080, 14_000.0, 19_000.0, 0.24),
    (Role::Order, Far::Service(Role::Payment), 8080, 16_000.0, 14_000.0, 0.51),
    (Role::Order, Far::Place(DATABASE), 5432, 44_000.0, 120_000.0, 0.44),
    (Role::Order, Far::Place("kafka"), 9092, 22_000.0, 6_000.0, 0.33),
    (Role::Order, Far::Place("address.example"), 443, 9_000.0, 31_000.0, 8.4),
    (Role::Payment, Far::Place(DATABASE), 5432, 21_000.0, 18_000.0, 0.53),
    (Role::Payment, Far::Place(PROVIDER), 443, 26_000.0, 34_000.0, 11.8),
    (Role::Image, Far::Place(STORE), 443, 90_000.0, 6_800_000.0, 1.9),
    (Role::Notification, Far::Place("mail.example"), 25, 31_000.0, 8_000.0, 14.2),
];

pub fn flows(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for host in 0..world.topology.machines.len() as u8 {
        let mut resource = otlp::host_resource(world, host);
        resource.attributes.truncate(1);
        resource.attributes.push(text("k8s.cluster.name", world.scenario.company.cluster.as_str()));
        let mut meter = Meter::new(resource, "obi");
        let own = EDGES.iter().filter(|edge| world.topology.hosts(edge.0).contains(&host));
        for edge in own {
            for at in ticks(from, to, EVERY, 90 + i64::from(host)).filter(|at| world.troubles.reports(host, *at)) {
                read(world, host, edge, at, &mut meter);
            }
        }
        meters.push(meter);
    }
}

fn read(world: &World, host: u8, edge: &Edge, at: i64, meter: &mut Meter) {
    let (role, far, port, towards, back, trip) = edge;
    let namespace = world.scenario.company.namespace.as_str();
    let target = match far {
        Far::Service(role) => role.name(),
        Far::Place(name) => name,
    };
    let labels = |more: Option<KeyValue>| {
        let inside = matches!(far, Far::Service(_) | Far::Place("redis" | "kafka"));
        let own = [
            text("k8s.src.owner.name", role.name()),
            text("k8s.src.namespace", namespace),
            text("dst.name", target),
            int("dst.port", *port),
            text("transport", "TCP"),
        ];
        let known = inside.then(|| [text("k8s.dst.owner.name", target), text("k8s.dst.namespace", namespace)]);
        own.into_iter().chain(known.into_iter().flatten()).chain(more).collect::<Vec<KeyValue>>()
    };
    let copies = world.topology.hosts(*role).len() as f64;
    let key = random::key(&[random::name(target), *role as u64, u64::from(host)]);
    let noise = incidents::flutter(world.seed, key, at);
    let load = world.tide.load(at) * (1.0 + 0.07 * noise) / copies * EVERY as f64;
    for (direction, rate) in [("request", towards), ("response", back)] {
        let label = labels(Some(text("direction", direction)));
        meter.delta(("obi.network.flow.bytes", "By"), at, EVERY, rate * load, label);
    }
    // The rest changes slowly.
    if at.rem_euclid(2 * EVERY * 1_000) >= EVERY * 1_000 {
        return;
    }
    let hour = 2 * EVERY;
    let median = trip / 1_000.0 * (1.0 + 0.1 * noise.abs());
    let spread = Spread { count: (40.0 + 60.0 * world.tide.load(at)) as u64, median, sigma: 0.28 };
    meter.spread("obi.stat.tcp.rtt", at, hour, spread, labels(None));
    // Who loses its page server also loses its connections.
    let leak = world.troubles.leak(host, at).filter(|leak| leak.role == *role).map_or(0.0, |leak| leak.strength(at));
    let failed = 0.35 * noise.max(0.0) + 30.0 * leak.powi(3);
    meter.delta(("obi.stat.tcp.failed.connections", "{connection}"), at, hour, failed, labels(None));
    let again = 2.0 * (towards + back) * load / 1_400.0 * 0.000_04 * (1.0 + 0.3 * noise);
    meter.delta(("obi.stat.tcp.retransmits", "{segment}"), at, hour, again, labels(None));
}
