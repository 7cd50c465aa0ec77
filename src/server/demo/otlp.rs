//! OpenTelemetry's messages, built in short words.

use super::topology::{Instance, Role, Topology};
use super::world::World;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;

/// No batch holds more records, nor (nearly) more bytes, than this.
pub const MOST_RECORDS: usize = 2_000;
pub const MOST_BYTES: usize = 960 * 1024;

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

pub fn text(key: &str, value: impl Into<String>) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

pub fn int(key: &str, value: i64) -> KeyValue {
    pair(key, Value::IntValue(value))
}

pub fn double(key: &str, value: f64) -> KeyValue {
    pair(key, Value::DoubleValue(value))
}

pub fn body(text: String) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text)) }
}

pub fn scope(name: &str) -> InstrumentationScope {
    InstrumentationScope { name: name.to_owned(), version: "1.27.0".to_owned(), ..InstrumentationScope::default() }
}

pub fn resource(attributes: Vec<KeyValue>) -> Resource {
    Resource { attributes, ..Resource::default() }
}

/// Name of the pod that a copy of a service runs in; a new version is a new pod.
pub fn pod(topology: &Topology, instance: Instance) -> String {
    let replica_set = super::random::key(&[instance.role as u64, u64::from(instance.version), 5]) >> 32;
    let own = super::random::key(&[instance.role as u64, u64::from(instance.host), replica_set]) >> 40;
    format!("{}-{:08x}-{:05x}", topology.service(instance.role).name, replica_set, own & 0xf_ffff)
}

pub fn service_resource(world: &World, instance: Instance) -> Resource {
    let service = world.topology.service(instance.role);
    let pod = pod(&world.topology, instance);
    resource(vec![
        text("service.name", service.name.as_str()),
        text("service.version", world.topology.version(instance)),
        text("service.instance.id", pod.as_str()),
        text("deployment.environment.name", world.scenario.company.environment.as_str()),
        text("host.name", world.topology.machine(instance.host).name.as_str()),
        text("k8s.namespace.name", "shop"),
        text("k8s.pod.name", pod),
        text("telemetry.sdk.name", "opentelemetry"),
        text("telemetry.sdk.language", service.language.as_str()),
    ])
}

pub fn host_resource(world: &World, host: u8) -> Resource {
    let machine = world.topology.machine(host);
    resource(vec![
        text("host.name", machine.name.as_str()),
        text("host.type", format!("{}-core {} GiB", machine.cores, machine.memory_gib)),
        text("os.type", "linux"),
        text("os.description", "Ubuntu 24.04"),
        text("cloud.region", world.scenario.company.region.as_str()),
        text("server.role", machine.role.as_str()),
        text("deployment.environment.name", world.scenario.company.environment.as_str()),
    ])
}

pub fn scope_name(role: Role) -> &'static str {
    match role {
        Role::Web | Role::Basket => "@opentelemetry/instrumentation-http",
        Role::Gateway => "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
        Role::Auth | Role::Image => "opentelemetry.instrumentation.fastapi",
        Role::Catalog | Role::Search | Role::Order | Role::Payment => "io.opentelemetry.tomcat-10.0",
        Role::Notification => "OpenTelemetry.Instrumentation.AspNetCore",
    }
}

/// Cuts a list into runs that respect both limits; `size` is the encoded size of one item, `records` its records.
pub fn cut<T>(items: Vec<T>, size: impl Fn(&T) -> usize, records: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut runs: Vec<Vec<T>> = Vec::new();
    let (mut bytes, mut count) = (usize::MAX, 0);
    for item in items {
        let (item_bytes, item_records) = (size(&item), records(&item));
        let full = bytes.saturating_add(item_bytes) > MOST_BYTES || count + item_records > MOST_RECORDS;
        match runs.last_mut().filter(|_| !full) {
            Some(run) => {
                run.push(item);
                bytes += item_bytes;
                count += item_records;
            }
            None => {
                runs.push(vec![item]);
                bytes = item_bytes;
                count = item_records;
            }
        }
    }
    runs
}
