//! Databases, the key store and the queue: what their clients measure, and what they say of themselves in the words of the
//! collector's `postgresql`, `redis` and `kafkametrics` receivers.

use super::{by_version, named};
use crate::demo::calendar::{HOUR, MINUTE};
use crate::demo::incidents;
use crate::demo::machines;
use crate::demo::meter::{Meter, Spread, ticks};
use crate::demo::otlp::{self, text};
use crate::demo::topology::{DATABASE, REPLICA, Role};
use crate::demo::world::World;
use opentelemetry_proto::tonic::common::v1::KeyValue;

/// Seconds between readings of the servers.
const EVERY: i64 = 600;

pub fn databases(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    pool(world, from, to, meters);
    clients(world, from, to, meters);
    server(world, DATABASE, from, to, meters);
    server(world, REPLICA, from, to, meters);
    key_store(world, from, to, meters);
    queue(world, from, to, meters);
}

/// The connections of payment-service.
fn pool(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for pool in &world.troubles.pools {
        for host in world.topology.hosts(pool.role) {
            let labels = |extra: Option<KeyValue>| {
                let name = text("db.client.connection.pool.name", pool.name.as_str());
                std::iter::once(name).chain(extra).collect::<Vec<KeyValue>>()
            };
            let read = |meter: &mut Meter, at: i64| {
                let strength = pool.strength(at);
                let load = world.tide.load(at);
                let noise = incidents::flutter(world.seed, 0x400 | u64::from(*host), at);
                let size = f64::from(pool.size(at));
                let used = (3.0 + 5.0 * load + 1.2 * noise + 12.0 * strength).clamp(0.0, size).round();
                let waiting = (strength * (24.0 + 9.0 * noise)).max(0.0).round();
                let state = |word| labels(Some(text("db.client.connection.state", word)));
                meter.gauge("db.client.connection.pending_requests", "{request}", at, waiting, labels(None));
                let minute = at / MINUTE;
                if minute % 2 == 0 {
                    meter.gauge("db.client.connection.count", "{connection}", at, used, state("used"));
                    let count = (24.0 + 30.0 * load) as u64;
                    let spread =
                        Spread { count, median: 0.0024 + 0.33 * strength.powi(2), sigma: 0.35 + 0.25 * strength };
                    meter.spread("db.client.connection.wait_time", at, 120, spread, labels(None));
                    let timeouts = strength * pool.failed * count as f64;
                    if timeouts >= 1.0 {
                        meter.delta(("db.client.connection.timeouts", "{timeout}"), at, 120, timeouts, labels(None));
                    }
                }
                if minute % 30 == 0 {
                    meter.gauge("db.client.connection.count", "{connection}", at, size - used, state("idle"));
                    meter.gauge("db.client.connection.max", "{connection}", at, size, labels(None));
                }
            };
            let instants = ticks(from, to, 60, 10);
            by_version(world, (pool.role, *host), "io.opentelemetry.hikaricp-3.0", instants, meters, read);
        }
    }
}

/// Response time and throughput of the databases, by kind of query.
fn clients(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    const QUERIES: [(Role, &str, &str, f64, f64); 4] = [
        (Role::Catalog, "catalog", "SELECT", 0.0042, 900.0),
        (Role::Order, "orders", "SELECT", 0.009, 210.0),
        (Role::Auth, "accounts", "SELECT", 0.0034, 160.0),
        (Role::Payment, "payments", "INSERT", 0.009, 60.0),
    ];
    for (role, namespace, operation, median, count) in QUERIES {
        let host = world.topology.hosts(role)[0];
        let read = |meter: &mut Meter, at: i64| {
            let at_fault = world.troubles.slow.iter().any(|slow| slow.role == role);
            let strength = world.troubles.database(at) * if at_fault { 1.0 } else { 0.25 };
            let noise = incidents::flutter(world.seed, 0x500 | role as u64, at);
            let spread = Spread {
                count: (count * (0.2 + 0.8 * world.tide.load(at))) as u64,
                median: median * (1.0 + 0.05 * noise) * (1.0 + 24.0 * strength),
                sigma: 0.5 + 0.5 * strength,
            };
            let labels = vec![
                text("db.system.name", "postgresql"),
                text("db.namespace", namespace),
                text("db.operation.name", operation),
            ];
            meter.spread("db.client.operation.duration", at, 300, spread, labels);
        };
        by_version(world, (role, host), "io.opentelemetry.jdbc", ticks(from, to, 300, 30), meters, read);
    }
}

/// What a database server counts.
fn server(world: &World, name: &'static str, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let host = world.topology.host(name);
    let mut resource = otlp::host_resource(world, host);
    resource.attributes.truncate(1);
    resource.attributes.push(text("postgresql.database.name", "shop"));
    let mut meter = Meter::new(resource, "postgresqlreceiver");
    let primary = name == DATABASE;
    for at in ticks(from, to, EVERY, 65).filter(|at| world.troubles.reports(host, *at)) {
        let load = world.tide.load(at);
        let flutter = |what: u64| incidents::flutter(world.seed, what << 8 | 0x51 | u64::from(host), at);
        let trouble: f64 = world
            .troubles
            .slow
            .iter()
            .filter(|slow| slow.host == host)
            .map(|slow| slow.strength(at))
            .fold(0.0, f64::max);
        let seconds = EVERY as f64;
        let commits = (if primary { 168.0 } else { 74.0 }) * (0.12 + 0.88 * load) * (1.0 - 0.35 * trouble);
        let rollbacks = commits * 0.0011 + 1.9 * trouble;
        let backends = 22.0 + 26.0 * load + 58.0 * trouble + 1.5 * flutter(1);
        meter.gauge("postgresql.backends", "1", at, backends.max(3.0).round(), vec![]);
        meter.delta(("postgresql.commits", "1"), at, EVERY, commits * seconds * (1.0 + 0.03 * flutter(2)), vec![]);
        meter.delta(("postgresql.rollbacks", "1"), at, EVERY, rollbacks * seconds, vec![]);
        let reads = commits * 41.0 * seconds;
        let missed = 0.006 + 0.11 * trouble;
        for (source, share) in [("heap_hit", 1.0 - missed), ("heap_read", missed)] {
            let blocks = reads * share * (1.0 + 2.2 * trouble);
            meter.delta(("postgresql.blocks_read", "1"), at, EVERY, blocks, vec![text("source", source)]);
        }
        let scans = (0.004 + 5.6 * trouble) * seconds;
        let table = vec![text("postgresql.table.name", "price_list")];
        meter.delta(("postgresql.sequential_scans", "{sequential_scan}"), at, EVERY, scans, table);
        if !primary {
            let lag = (0.12 + 0.05 * flutter(3) + 2.4 * world.troubles.database(at)).max(0.01);
            meter.gauge("postgresql.wal.lag", "s", at, lag, vec![text("operation", "replay")]);
        }
        if at.rem_euclid(HOUR) < EVERY * 1_000 {
            let days = (at - world.end) as f64 / (24.0 * HOUR as f64);
            meter.gauge("postgresql.connection.max", "{connections}", at, 200.0, vec![]);
            let size = (218.0 + 0.21 * days) * machines::GIB;
            meter.gauge("postgresql.db_size", "By", at, size.round(), vec![]);
        }
    }
    meters.push(meter);
}

fn key_store(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut meter = Meter::new(named(world, "redis"), "redisreceiver");
    for at in ticks(from, to, 900, 70) {
        let load = world.tide.load(at);
        let noise = incidents::flutter(world.seed, 0x5_2001, at);
        let asked = 310.0 * (0.1 + 0.9 * load) * 900.0;
        meter.gauge("redis.clients.connected", "{client}", at, (18.0 + 22.0 * load + noise).round(), vec![]);
        meter.gauge("redis.memory.used", "By", at, ((690.0 + 120.0 * load) * machines::MIB).round(), vec![]);
        meter.delta(("redis.keyspace.hits", "{hit}"), at, 900, asked * (0.962 + 0.006 * noise), vec![]);
        meter.delta(("redis.keyspace.misses", "{miss}"), at, 900, asked * (0.038 - 0.006 * noise), vec![]);
    }
    meters.push(meter);
}

/// Messages that wait for notification-service; more while its machine is crowded.
fn queue(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut meter = Meter::new(named(world, "kafka"), "kafkametricsreceiver");
    let host = world.topology.hosts(Role::Notification)[0];
    for at in ticks(from, to, 300, 75) {
        let noise = incidents::flutter(world.seed, 0x5_3001, at);
        let drag = world.troubles.drag(host, at) - 1.0;
        let lag = (1.4 + 1.1 * noise + 3.0 * world.tide.load(at)) * (1.0 + 9.0 * drag);
        for topic in ["OrderPlaced", "AccountCreated"] {
            let share = if topic == "OrderPlaced" { 1.0 } else { 0.3 };
            let labels = vec![text("group", "notification"), text("topic", topic)];
            meter.gauge("kafka.consumer_group.lag_sum", "1", at, (lag * share).max(0.0).round(), labels);
        }
        if (at / MINUTE) % 60 < 5 {
            meter.gauge("kafka.brokers", "{broker}", at, 3.0, vec![]);
        }
    }
    meters.push(meter);
}
