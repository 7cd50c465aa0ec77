//! Switches and routers (`hw.network.*`), the balancer and its gateway, the firewall, tunnels and probes.

use super::Platform;
use crate::demo::calendar::{HOUR, SECOND};
use crate::demo::incidents;
use crate::demo::journal::{Entry, Gear, Writer, record};
use crate::demo::machines;
use crate::demo::meter::{Meter, Spread, nanos, ticks};
use crate::demo::otlp::{self, int, text};
use crate::demo::random::{self, Dice};
use crate::demo::scenario::{Device, Rule};
use crate::demo::topology::Role;
use crate::demo::trace::Level;
use crate::demo::world::World;
use opentelemetry_proto::tonic::common::v1::KeyValue;

/// Seconds between readings of interfaces, and of everything else.
const SELDOM: i64 = 1_800;
const EVERY: i64 = 900;
/// Bytes of a usual packet.
const PACKET: f64 = 870.0;

pub fn network(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for device in &world.scenario.network.devices {
        interfaces(world, device, from, to, meters);
    }
    balancer(world, from, to, meters);
    gateway(world, from, to, meters);
    firewall(world, from, to, meters);
    tunnels(world, from, to, meters);
    probes(world, from, to, meters);
}

fn interfaces(world: &World, device: &Device, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let resource = otlp::resource(vec![
        text("host.name", device.name.as_str()),
        text("host.type", device.kind.as_str()),
        text("hw.model", device.model.as_str()),
        text("cloud.region", world.scenario.company.region.as_str()),
        text("deployment.environment.name", world.scenario.company.environment.as_str()),
    ]);
    let mut meter = Meter::new(resource, "snmpreceiver");
    for at in ticks(from, to, SELDOM, 85) {
        for (number, port) in device.ports.iter().enumerate() {
            let (into, out) = port_traffic(world, port, at);
            interface(world, &mut meter, at, &format!("Ethernet{} {port}", number + 1), device.gbit, (into, out));
        }
        let (into, out) = uplink_traffic(world, device, at);
        interface(world, &mut meter, at, &format!("Uplink {}", device.uplink), device.uplink_gbit, (into, out));
    }
    meters.push(meter);
}

/// What a port takes in from its machine, and gives out to it: bytes per second.
fn port_traffic(world: &World, machine: &str, at: i64) -> (f64, f64) {
    let now = machines::reading(world, world.topology.host(machine), at);
    (now.sent * 1e6, now.received * 1e6)
}

/// From a switch a third of what its machines send leaves; a router carries what all switches below it pass up.
fn uplink_traffic(world: &World, device: &Device, at: i64) -> (f64, f64) {
    let of_ports = |device: &Device| {
        let both = device.ports.iter().map(|port| port_traffic(world, port, at));
        both.fold((0.0, 0.0), |sum, (into, out)| (sum.0 + into * 0.34, sum.1 + out * 0.34))
    };
    if !device.ports.is_empty() {
        let (into, out) = of_ports(device);
        return (out, into);
    }
    let below = world.scenario.network.devices.iter().filter(|other| other.uplink == device.name);
    below.map(of_ports).fold((0.0, 0.0), |sum, (into, out)| (sum.0 + out, sum.1 + into))
}

/// `gbit`: speed; `traffic`: bytes per second in and out.
fn interface(world: &World, meter: &mut Meter, at: i64, name: &str, gbit: f64, traffic: (f64, f64)) {
    let id = name.split(' ').next().unwrap_or(name);
    let labels = |more: Option<KeyValue>| {
        let own = [text("hw.id", id), text("hw.name", name), text("hw.type", "network")];
        own.into_iter().chain(more).collect::<Vec<KeyValue>>()
    };
    let speed = gbit * 1.25e8;
    let mut dice = Dice::of(&[world.seed, 87, random::name(name), at as u64]);
    for (direction, rate) in [("receive", traffic.0), ("transmit", traffic.1)] {
        let way = || labels(Some(text("network.io.direction", direction)));
        let bytes = rate * SELDOM as f64;
        meter.delta(("hw.network.io", "By"), at, SELDOM, bytes, way());
        meter.delta(("hw.network.packets", "{packet}"), at, SELDOM, bytes / PACKET, way());
        meter.gauge("hw.network.bandwidth.utilization", "1", at, (rate / speed).min(1.0), way());
        let errors = if dice.chance(0.04) { dice.between(2.0, 60.0) } else { 0.0 };
        meter.delta(("hw.errors", "{error}"), at, SELDOM, errors, way());
    }
    if at.rem_euclid(6 * HOUR) < SELDOM * SECOND {
        meter.gauge("hw.network.up", "1", at, 1.0, labels(None));
        meter.gauge("hw.network.bandwidth.limit", "By/s", at, speed, labels(None));
    }
}

/// Requests of `EVERY` seconds.
fn requests(world: &World, at: i64) -> f64 {
    world.scenario.network.requests * world.tide.load(at) * EVERY as f64
}

fn balancer(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut balancer = Platform::new(world, &world.scenario.network.balancer, "Microsoft.Network/loadBalancers");
    for at in ticks(from, to, EVERY, 35) {
        let requests = requests(world, at);
        balancer.say(("azure_vipavailability_average", "%"), at, 100.0, &[]);
        balancer.say(("azure_bytecount_total", "By"), at, (requests * 5_200.0).round(), &[]);
        balancer.say(("azure_packetcount_total", "{packet}"), at, (requests * 7.1).round(), &[]);
        balancer.say(("azure_syncount_total", "{packet}"), at, (requests * 0.21).round(), &[]);
        for host in world.topology.hosts(Role::Web) {
            let label = [("metadata_backend", world.topology.machine(*host).name.as_str())];
            balancer.say(("azure_dipavailability_average", "%"), at, health(world, *host, at), &label);
        }
    }
    meters.push(balancer.meter);
}

/// Share of a page server's probes that were answered in time, in per cent.
fn health(world: &World, host: u8, at: i64) -> f64 {
    let leak = world.troubles.leak(host, at).map_or(0.0, |leak| leak.strength(at));
    100.0 - 22.0 * (leak - 0.5).max(0.0)
}

fn gateway(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut gateway = Platform::new(world, &world.scenario.network.gateway, "Microsoft.Network/applicationGateways");
    let backends = world.topology.hosts(Role::Web);
    for at in ticks(from, to, EVERY, 35) {
        let requests = requests(world, at);
        let mut all = 0.0;
        for host in backends {
            let label = [("metadata_backend", world.topology.machine(*host).name.as_str())];
            let leak = world.troubles.leak(*host, at).map_or(0.0, |leak| leak.strength(at));
            let noise = incidents::flutter(world.seed, 0x700 | u64::from(*host), at);
            let own = requests * (1.0 + 0.04 * noise) / backends.len() as f64;
            let failed = own * (0.0009 + 0.02 * leak);
            gateway.say(("azure_totalrequests_total", "{request}"), at, own.round(), &label);
            gateway.say(("azure_failedrequests_total", "{request}"), at, failed.round(), &label);
            let first = 41.0 * (1.0 + 0.06 * noise) * (1.0 + 1.4 * leak) * (1.0 + 2.1 * world.troubles.database(at));
            gateway.say(("azure_backendfirstbyteresponsetime_average", "ms"), at, first, &label);
            all += failed;
        }
        for (group, count) in
            [("2xx", requests * 0.905 - all), ("3xx", requests * 0.078), ("4xx", requests * 0.017), ("5xx", all)]
        {
            let label = [("metadata_httpstatusgroup", group)];
            gateway.say(("azure_responsestatus_total", "{request}"), at, count.max(0.0).round(), &label);
        }
        let ill = backends.iter().filter(|host| health(world, **host, at) < 92.0).count() as f64;
        gateway.say(("azure_healthyhostcount_average", "{host}"), at, backends.len() as f64 - ill, &[]);
        gateway.say(("azure_unhealthyhostcount_average", "{host}"), at, ill, &[]);
        let spread = Spread { count: requests as u64, median: 0.038, sigma: 0.7 };
        let labels = gateway.labels(&[]);
        gateway.meter.summary("lb.upstream.response_time", at, EVERY, spread, labels);
    }
    meters.push(gateway.meter);
}

/// The window that the firewall counts its hits in.
const WINDOW: i64 = EVERY * SECOND;

/// Hits of a rule in the window that ends at `end`: the lines of refusals are as many.
fn hits(world: &World, rule: &Rule, end: i64) -> f64 {
    let mut dice = Dice::of(&[world.seed, 83, random::name(&rule.name), end as u64]);
    let usual = rule.per_hour / 4.0;
    if rule.action == "Allow" {
        return (dice.around(usual, 0.04) * world.tide.load(end)).round();
    }
    // Now and then somebody tries many doors at once.
    let scan = if dice.chance(0.02) { 9.0 } else { 1.0 };
    dice.around(usual, 0.3).mul_add(scan, 0.0).round()
}

fn firewall(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let network = &world.scenario.network;
    let mut firewall = Platform::new(world, &network.firewall, "Microsoft.Network/azureFirewalls");
    for at in ticks(from, to, EVERY, 0) {
        for rule in &network.rules {
            let label = [("metadata_rule", rule.name.as_str()), ("metadata_status", rule.action.as_str())];
            firewall.say(("azure_networkrulehit_total", "{hit}"), at, hits(world, rule, at), &label);
        }
        firewall.say(("azure_firewallhealth_average", "%"), at, 100.0, &[]);
        firewall.say(("azure_throughput_average", "By/s"), at, (3.1e7 * world.tide.load(at)).round(), &[]);
    }
    meters.push(firewall.meter);
}

/// Every refusal of the firewall as a line.
pub fn gate(world: &World, from: i64, to: i64) -> Vec<Entry> {
    let addresses = &world.scenario.canaries.addresses;
    let web = world.topology.hosts(Role::Web);
    let mut entries = Vec::new();
    for rule in world.scenario.network.rules.iter().filter(|rule| rule.action == "Deny") {
        for end in ticks(from, to + WINDOW, EVERY, 0) {
            let mut dice = Dice::of(&[world.seed, 93, random::name(&rule.name), end as u64]);
            // One visitor of a scan comes from one place.
            let scanner = dice.below(addresses.len());
            for number in 0..hits(world, rule, end) as usize {
                let at = end - WINDOW + (dice.unit() * WINDOW as f64) as i64;
                let address = if number < 4 { dice.pick(addresses) } else { &addresses[scanner] };
                let target = world.topology.machine(*dice.pick(web)).name.as_str();
                let source_port = 20_000 + dice.below(40_000) as i64;
                let line = format!(
                    "rule={} action=DENY proto=TCP src={address} spt={source_port} dst={target} dport={}",
                    rule.name, rule.port
                );
                let attributes = vec![
                    text("azure.category", "AZFWNetworkRule"),
                    text("security_rule.name", rule.name.as_str()),
                    text("security_rule.action", "Deny"),
                    text("network.transport", "tcp"),
                    text("source.address", address.as_str()),
                    text("destination.address", target),
                    int("destination.port", i64::from(rule.port)),
                ];
                entries.push(Entry {
                    at: nanos(at),
                    writer: Writer::Gear(Gear::Firewall),
                    record: record(nanos(at), Some(Level::Warn), line, attributes),
                });
            }
        }
    }
    entries
}

fn tunnels(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for (number, tunnel) in world.scenario.network.tunnels.iter().enumerate() {
        let mut gateway = Platform::new(world, &tunnel.name, "Microsoft.Network/virtualNetworkGateways");
        for at in ticks(from, to, EVERY / 3, 55) {
            let down = world.troubles.is_down(&tunnel.name, at);
            gateway.say(("azure_bgppeerstatus_average", "1"), at, f64::from(u8::from(!down)), &[]);
            if at.rem_euclid(WINDOW) >= WINDOW / 3 {
                continue;
            }
            let mut dice = Dice::of(&[world.seed, 84, number as u64, at as u64]);
            let bandwidth = if down { 0.0 } else { dice.around(tunnel.bytes, 0.2) * world.tide.load(at) };
            let drops = if dice.chance(0.03) { dice.between(20.0, 90.0) } else { dice.between(0.0, 2.0) };
            gateway.say(("azure_tunnelaveragebandwidth_average", "By/s"), at, bandwidth.round(), &[]);
            let bytes = bandwidth * EVERY as f64;
            for (name, share) in [("azure_tunnelingressbytes_total", 0.38), ("azure_tunnelegressbytes_total", 0.62)] {
                gateway.say((name, "By"), at, (bytes * share).round(), &[]);
            }
            let drops = if down { 240.0 + drops } else { drops };
            gateway.say(("azure_tunnelingresspacketdropcount_total", "{packet}"), at, drops.round(), &[]);
        }
        meters.push(gateway.meter);
    }
}

/// The lines of tunnels that go down and come back.
pub fn turns(world: &World, from: i64, to: i64) -> Vec<Entry> {
    let position = |name: &str| world.scenario.network.tunnels.iter().position(|tunnel| tunnel.name == name);
    let turn = |(name, at, back): (&str, i64, bool)| {
        let (level, line) = if back {
            (Level::Info, format!("{name}: IKE security association established, BGP peer up"))
        } else {
            (Level::Error, format!("{name}: dead peer detected, IKE security association deleted, BGP peer down"))
        };
        let attributes = vec![text("network.tunnel.name", name), text("azure.category", "TunnelDiagnosticLog")];
        Some(Entry {
            at: nanos(at),
            writer: Writer::Gear(Gear::Tunnel(position(name)? as u8)),
            record: record(nanos(at), Some(level), line, attributes),
        })
    };
    world.troubles.turns(from, to).into_iter().filter_map(turn).collect()
}

/// Probes between places: round trips, and how many were lost.
fn probes(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let network = &world.scenario.network;
    let mut watcher = Platform::new(world, "watcher", "Microsoft.Network/networkWatchers/connectionMonitors");
    for at in ticks(from, to, EVERY, 56) {
        let mut dice = Dice::of(&[world.seed, 85, at as u64]);
        let near = network.probes.iter().map(|probe| (probe.from.as_str(), probe.to.as_str(), probe.rtt_ms, None));
        let far = network.tunnels.iter();
        let far = far.map(|tunnel| ("rt-edge-01", tunnel.far.as_str(), tunnel.rtt_ms, Some(tunnel.name.as_str())));
        for (source, target, usual, tunnel) in near.chain(far) {
            let label = [("metadata_sourcename", source), ("metadata_destinationname", target)];
            let down = tunnel.is_some_and(|tunnel| world.troubles.is_down(tunnel, at));
            let shaky = tunnel.is_some() && dice.chance(0.03);
            let lost = if shaky { dice.between(0.6, 3.5) } else { dice.between(0.0, 0.05) };
            let trip = dice.around(usual, 0.06);
            watcher.say(("azure_probesfailedpercent_average", "%"), at, if down { 100.0 } else { lost }, &label);
            // Nothing comes back through a tunnel that is down, so that there is no time to tell.
            if !down {
                watcher.say(("azure_averageroundtripms_average", "ms"), at, trip, &label);
            }
        }
    }
    meters.push(watcher.meter);
}
