//! Readings of what the machines stand on: database clients, page servers, storage, balancer, firewall, tunnel.
//! Names of the last four as a collector's `azuremonitor` receiver spells them.

use super::calendar::{DAY, MINUTE};
use super::incidents;
use super::meter::{Meter, Spread, ticks};
use super::otlp::{self, int, text};
use super::random::{self, Dice};
use super::topology::{Instance, Role};
use super::world::World;
use opentelemetry_proto::tonic::common::v1::KeyValue;

pub fn estate(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    pool(world, from, to, meters);
    database(world, from, to, meters);
    page_servers(world, from, to, meters);
    pages(world, from, to, meters);
    storage(world, from, to, meters);
    balancer(world, from, to, meters);
    firewall(world, from, to, meters);
    tunnel(world, from, to, meters);
}

/// One meter for each version that a service has on a machine at these instants.
fn by_version(
    world: &World,
    (role, host): (Role, u8),
    scope: &'static str,
    instants: impl Iterator<Item = i64>,
    meters: &mut Vec<Meter>,
    mut read: impl FnMut(&mut Meter, i64),
) {
    let mut current: Option<(Instance, Meter)> = None;
    for at in instants {
        let instance = world.topology.instance_on(role, host, at);
        if current.as_ref().is_none_or(|(known, _)| *known != instance) {
            let meter = Meter::new(otlp::service_resource(world, instance), scope);
            meters.extend(current.replace((instance, meter)).map(|(_, meter)| meter));
        }
        if let Some((_, meter)) = current.as_mut() {
            read(meter, at);
        }
    }
    meters.extend(current.map(|(_, meter)| meter));
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
fn database(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
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

/// Garbage collection of the page servers.
fn page_servers(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for host in world.topology.hosts(Role::Web) {
        let read = |meter: &mut Meter, at: i64| {
            let leak = world.troubles.leak(*host, at).map_or(0.0, |leak| leak.strength(at));
            let mut dice = Dice::of(&[world.seed, 82, u64::from(*host), at as u64]);
            let collections = 4 + (10.0 * world.tide.load(at)) as usize;
            let pauses: Vec<f64> = (0..collections).map(|_| dice.around(0.021, 0.6) * (1.0 + 14.0 * leak)).collect();
            meter.exponential("v8js.gc.duration", at, 900, &pauses, vec![text("v8js.gc.type", "major")]);
        };
        let scope = "@opentelemetry/instrumentation-runtime-node";
        by_version(world, (Role::Web, *host), scope, ticks(from, to, 900, 50), meters, read);
    }
}

/// What the browsers of all visitors see, without anybody's name: p75 of the largest paint, in milliseconds.
fn pages(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let resource = otlp::resource(vec![
        text("service.name", "web"),
        text("deployment.environment.name", world.scenario.company.environment.as_str()),
    ]);
    let mut meter = Meter::new(resource, "browser");
    let slower = world.troubles.slow.iter().map(|slow| slow.slower).fold(1.0, f64::max);
    for at in ticks(from, to, 300, 15) {
        let strength = world.troubles.database(at);
        for (device, usual) in [("mobile", 2_080.0), ("desktop", 1_640.0), ("tablet", 1_900.0)] {
            let noise = incidents::flutter(world.seed, random::name(device), at);
            let value = usual * (1.0 + 0.05 * noise) * (1.0 + (slower - 1.0) * strength);
            meter.gauge("web.lcp", "ms", at, value.round(), vec![text("device", device)]);
        }
    }
    meters.push(meter);
}

/// A resource of the platform, as its monitor reports it.
struct Platform {
    meter: Meter,
    name: &'static str,
    kind: &'static str,
}

impl Platform {
    fn new(world: &World, name: &'static str, kind: &'static str) -> Platform {
        let resource = otlp::resource(vec![
            text("azuremonitor.tenant_id", "fernhill"),
            text("azuremonitor.subscription_id", "shop"),
            text("cloud.region", world.scenario.company.region.as_str()),
        ]);
        Platform { meter: Meter::new(resource, "azuremonitorreceiver"), name, kind }
    }

    fn labels(&self, more: &[(&str, &str)]) -> Vec<KeyValue> {
        let own = [text("name", self.name), text("type", self.kind)];
        own.into_iter().chain(more.iter().map(|(key, value)| text(key, *value))).collect()
    }

    fn say(&mut self, metric: (&'static str, &'static str), at: i64, value: f64, more: &[(&str, &str)]) {
        let labels = self.labels(more);
        self.meter.gauge(metric.0, metric.1, at, value, labels);
    }
}

fn storage(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut account = Platform::new(world, "fernhillmedia", "Microsoft.Storage/storageAccounts");
    for at in ticks(from, to, 900, 25) {
        let load = world.tide.load(at);
        let noise = |what: u64| incidents::flutter(world.seed, 0x600 | what, at);
        for (number, api, share, server) in [(1, "GetBlob", 1.0, 9.0), (2, "PutBlob", 0.06, 21.0)] {
            let server = server * (1.0 + 0.08 * noise(number));
            let label = [("metadata_apiname", api)];
            account.say(("azure_successserverlatency_average", "ms"), at, server, &label);
            account.say(("azure_successe2elatency_average", "ms"), at, server * 1.55 + 3.0, &label);
            for (answer, part) in [("Success", 0.9987), ("ClientThrottlingError", 0.0009), ("ServerBusyError", 0.0004)]
            {
                let count = 5_200.0 * load * share * part * (1.0 + 0.3 * noise(number + 7).abs());
                let label = [("metadata_apiname", api), ("metadata_responsetype", answer)];
                if count >= 0.5 {
                    account.say(("azure_transactions_total", "{request}"), at, count.round(), &label);
                }
            }
        }
        let (sent, received) = (7.4e8 * load * (1.0 + 0.06 * noise(3)), 2.1e7 * load * (1.0 + 0.1 * noise(4)));
        account.say(("azure_egress_total", "By"), at, sent.round(), &[]);
        account.say(("azure_ingress_total", "By"), at, received.round(), &[]);
        if at / (15 * MINUTE) % 4 == 0 {
            let days = (at - world.end) as f64 / DAY as f64;
            account.say(("azure_usedcapacity_average", "By"), at, ((412.0 + 0.85 * days) * 1e9).round(), &[]);
            account.say(("azure_blobcount_average", "{blob}"), at, (1_840_000.0 + 3_900.0 * days).round(), &[]);
            account.say(("azure_availability_average", "%"), at, 100.0 - 0.02 * noise(5).abs(), &[]);
        }
    }
    meters.push(account.meter);
}

fn balancer(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut balancer = Platform::new(world, "lb-front", "Microsoft.Network/loadBalancers");
    let backends = world.topology.hosts(Role::Web);
    for at in ticks(from, to, 900, 35) {
        let load = world.tide.load(at);
        balancer.say(("azure_vipavailability_average", "%"), at, 100.0, &[]);
        for host in backends {
            let label = [("metadata_backend", world.topology.machine(*host).name.as_str())];
            let leak = world.troubles.leak(*host, at).map_or(0.0, |leak| leak.strength(at));
            let noise = incidents::flutter(world.seed, 0x700 | u64::from(*host), at);
            let requests = 15_800.0 * load * (1.0 + 0.04 * noise) / backends.len() as f64;
            let failed = requests * (0.0009 + 0.02 * leak);
            let healthy = 100.0 - 22.0 * (leak - 0.5).max(0.0);
            balancer.say(("azure_dipavailability_average", "%"), at, healthy, &label);
            balancer.say(("azure_totalrequests_total", "{request}"), at, requests.round(), &label);
            balancer.say(("azure_failedrequests_total", "{request}"), at, failed.round(), &label);
        }
        let spread = Spread { count: (15_800.0 * load) as u64, median: 0.038, sigma: 0.7 };
        let labels = balancer.labels(&[]);
        balancer.meter.summary("lb.upstream.response_time", at, 900, spread, labels);
    }
    meters.push(balancer.meter);
}

fn firewall(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    const RULES: [(&str, &str, f64); 3] =
        [("allow-https", "Allow", 9_400.0), ("deny-inbound-ssh", "Deny", 84.0), ("deny-geo", "Deny", 21.0)];
    let mut firewall = Platform::new(world, "fw-01", "Microsoft.Network/azureFirewalls");
    for at in ticks(from, to, 900, 45) {
        let mut dice = Dice::of(&[world.seed, 83, at as u64]);
        for (rule, status, usual) in RULES {
            let scan = if status == "Deny" && dice.chance(0.02) { 9.0 } else { 1.0 };
            let load = if status == "Allow" { world.tide.load(at) } else { 1.0 };
            let hits = dice.around(usual, 0.18) * load * scan;
            let label = [("metadata_rule", rule), ("metadata_status", status)];
            firewall.say(("azure_networkrulehit_total", "{hit}"), at, hits.round(), &label);
        }
        firewall.say(("azure_firewallhealth_average", "%"), at, 100.0, &[]);
    }
    meters.push(firewall.meter);
}

/// The tunnel to the office, and the probes between places.
fn tunnel(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    const PAIRS: [(&str, f64); 3] = [("web to db-01", 0.42), ("web to pay-03", 0.51), ("frankfurt to office", 14.0)];
    let mut gateway = Platform::new(world, "vpn-office", "Microsoft.Network/virtualNetworkGateways");
    let mut watcher = Platform::new(world, "watcher", "Microsoft.Network/networkWatchers/connectionMonitors");
    for at in ticks(from, to, 900, 55) {
        let mut dice = Dice::of(&[world.seed, 84, at as u64]);
        let bandwidth = dice.around(6.2e5, 0.2) * world.tide.load(at);
        let drops = if dice.chance(0.03) { dice.between(20.0, 90.0) } else { dice.between(0.0, 2.0) };
        gateway.say(("azure_tunnelaveragebandwidth_average", "By/s"), at, bandwidth.round(), &[]);
        gateway.say(("azure_bgppeerstatus_average", "1"), at, 1.0, &[]);
        gateway.say(("azure_tunnelingresspacketdropcount_total", "{packet}"), at, drops.round(), &[]);
        for (pair, usual) in PAIRS {
            let far = usual > 1.0;
            let loss = if far && drops > 10.0 { dice.between(0.6, 3.5) } else { dice.between(0.0, 0.05) };
            let label = [("metadata_pair", pair)];
            watcher.say(("azure_averageroundtripms_average", "ms"), at, dice.around(usual, 0.06), &label);
            watcher.say(("azure_probesfailedpercent_average", "%"), at, loss, &label);
        }
    }
    meters.push(gateway.meter);
    meters.push(watcher.meter);
}

/// What every order says about itself, of everybody: without a name it needs nobody's consent.
pub fn order(world: &World, meter: &mut Meter, at: i64, value: f64, items: usize, country: usize) {
    let currency = world.people.countries[country].currency.as_str();
    let label = || vec![text("currency", currency)];
    meter.gauge("shop.cart.items", "{item}", at, items as f64, vec![]);
    meter.gauge("shop.order.value", "{money}", at, value, label());
    meter.delta(("shop.orders", "{order}"), at, 1, 1.0, vec![text("currency", currency), int("items", items as i64)]);
}

/// The resource that the orders' figures belong to.
pub fn shop_meter(world: &World) -> Meter {
    let resource = otlp::resource(vec![
        text("service.name", "order-service"),
        text("deployment.environment.name", world.scenario.company.environment.as_str()),
    ]);
    Meter::new(resource, "example.fernhill.shop")
}
