//! Readings of what the machines and services stand on: databases and queues, runtimes, what browsers see, storage,
//! network, and what the shop counts about itself.

mod business;
mod databases;
mod flows;
mod front;
mod network;
mod storage;

pub use business::{Counted, counted, order, shop_meter};
pub use network::{gate, turns};
pub use storage::{Access, access_line, size_of};

use super::meter::Meter;
use super::otlp::{self, text};
use super::topology::{Instance, Role};
use super::world::World;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;

pub fn estate(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    databases::databases(world, from, to, meters);
    front::front(world, from, to, meters);
    storage::storage(world, from, to, meters);
    network::network(world, from, to, meters);
    flows::flows(world, from, to, meters);
    business::stock(world, from, to, meters);
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

/// Something that is told of without a machine: a service as a whole, a queue, a database.
fn named(world: &World, name: &str) -> Resource {
    otlp::resource(vec![
        text("service.name", name),
        text("deployment.environment.name", world.scenario.company.environment.as_str()),
    ])
}

/// A resource of the cloud, as the collector's `azuremonitor` receiver reports it: gauges by the names of the platform, the
/// thing itself in the attributes.
struct Platform {
    meter: Meter,
    name: String,
    kind: &'static str,
    region: String,
    group: String,
}

impl Platform {
    fn new(world: &World, name: &str, kind: &'static str) -> Platform {
        let company = &world.scenario.company;
        let resource = otlp::resource(vec![
            text("azuremonitor.tenant_id", "fernhill"),
            text("azuremonitor.subscription_id", "shop"),
            text("cloud.region", company.region.as_str()),
        ]);
        Platform {
            meter: Meter::new(resource, "azuremonitorreceiver"),
            name: name.to_owned(),
            kind,
            region: company.region.clone(),
            group: company.resource_group.clone(),
        }
    }

    fn labels(&self, more: &[(&str, &str)]) -> Vec<KeyValue> {
        let own = [
            text("name", self.name.as_str()),
            text("type", self.kind),
            text("location", self.region.as_str()),
            text("resource_group", self.group.as_str()),
        ];
        own.into_iter().chain(more.iter().map(|(key, value)| text(key, *value))).collect()
    }

    fn say(&mut self, metric: (&'static str, &'static str), at: i64, value: f64, more: &[(&str, &str)]) {
        let labels = self.labels(more);
        self.meter.gauge(metric.0, metric.1, at, value, labels);
    }
}
