//! The Kubernetes cluster, in the words of the collector's `kubeletstats` and `k8s_cluster` receivers (metrics) and of its
//! `k8s_events` receiver (lines). Nodes are the machines that services run on; what else runs in the cluster, and the
//! jobs of the day, are told by the scenario.

mod controllers;
pub mod happenings;
mod nodes;
mod pods;

use super::calendar::{DAY, HOUR, MINUTE, SECOND, day_of};
use super::events;
use super::meter::Meter;
use super::otlp::text;
use super::random;
use super::scenario::{Workload, WorkloadKind};
use super::topology::{Instance, Role};
use super::world::World;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;

/// Seconds between the readings that matter most, between the others, and between those that hardly change.
const OFTEN: i64 = 600;
const SELDOM: i64 = 1_800;
const HOURLY: i64 = 3_600;

pub fn cluster(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    pods::services(world, from, to, meters);
    pods::workloads(world, from, to, meters);
    pods::jobs(world, from, to, meters);
    nodes::nodes(world, from, to, meters);
    controllers::controllers(world, from, to, meters);
}

/// Machines that carry a service.
fn nodes(world: &World) -> Vec<u8> {
    let mut nodes: Vec<u8> = Role::ALL.into_iter().flat_map(|role| world.topology.hosts(role)).copied().collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

/// Where the pods of a workload run.
fn places(world: &World, workload: &Workload) -> Vec<u8> {
    match workload.kind {
        WorkloadKind::Daemonset => nodes(world),
        _ => workload.hosts.iter().map(|host| world.topology.host(host)).collect(),
    }
}

/// A stable identifier in the form of a UUID.
fn uid(name: &str) -> String {
    events::uuid(random::name(name))
}

/// A pod with its one container.
#[derive(Clone, Debug)]
struct Pod {
    namespace: String,
    /// Attribute that names the controller, and its name.
    controller: (&'static str, String),
    replica_set: Option<String>,
    name: String,
    container: String,
    image: String,
    tag: String,
    node: String,
}

impl Pod {
    fn of_service(world: &World, instance: Instance) -> Pod {
        let service = world.topology.service(instance.role);
        let name = super::otlp::pod(&world.topology, instance);
        Pod {
            namespace: world.scenario.company.namespace.clone(),
            controller: ("k8s.deployment.name", service.name.clone()),
            replica_set: name.rsplit_once('-').map(|(set, _)| set.to_owned()),
            container: service.name.clone(),
            image: format!("registry.fernhill.example/{}", service.name),
            tag: world.topology.version(instance).to_owned(),
            node: world.topology.machine(instance.host).name.clone(),
            name,
        }
    }

    fn of_workload(world: &World, workload: &Workload, number: usize, node: u8) -> Pod {
        let (own, set) = (random::name(&workload.name), random::key(&[random::name(&workload.name), 6]) >> 32);
        let suffix = random::key(&[own, u64::from(node), 7]) & 0xf_ffff;
        let (key, name, replica_set) = match workload.kind {
            WorkloadKind::Daemonset => ("k8s.daemonset.name", format!("{}-{suffix:05x}", workload.name), None),
            WorkloadKind::Statefulset => ("k8s.statefulset.name", format!("{}-{number}", workload.name), None),
            WorkloadKind::Deployment => {
                let set = format!("{}-{set:08x}", workload.name);
                ("k8s.deployment.name", format!("{set}-{suffix:05x}"), Some(set))
            }
        };
        Pod {
            namespace: workload.namespace.clone(),
            controller: (key, workload.name.clone()),
            replica_set,
            name,
            container: workload.name.clone(),
            image: format!("registry.fernhill.example/mirror/{}", workload.name),
            tag: "stable".to_owned(),
            node: world.topology.machine(node).name.clone(),
        }
    }

    fn of_run(world: &World, run: &Run) -> Pod {
        let suffix = random::key(&[random::name(&run.job), run.from as u64]) & 0xf_ffff;
        Pod {
            namespace: world.scenario.company.namespace.clone(),
            controller: ("k8s.job.name", run.name()),
            replica_set: None,
            name: format!("{}-{suffix:05x}", run.name()),
            container: run.job.clone(),
            image: format!("registry.fernhill.example/{}", run.job),
            tag: "2026.4".to_owned(),
            node: world.topology.machine(run.host).name.clone(),
        }
    }

    fn attributes(&self, world: &World) -> Vec<KeyValue> {
        let mut attributes = vec![
            text("k8s.cluster.name", world.scenario.company.cluster.as_str()),
            text("k8s.namespace.name", self.namespace.as_str()),
            text("k8s.node.name", self.node.as_str()),
            text("k8s.pod.name", self.name.as_str()),
            text("k8s.pod.uid", uid(&self.name)),
            text(self.controller.0, self.controller.1.as_str()),
        ];
        attributes.extend(self.replica_set.as_deref().map(|set| text("k8s.replicaset.name", set)));
        attributes
    }

    /// The pod as a resource.
    fn resource(&self, world: &World) -> Resource {
        super::otlp::resource(self.attributes(world))
    }

    /// Its container as a resource.
    fn container_resource(&self, world: &World) -> Resource {
        let mut attributes = self.attributes(world);
        attributes.extend([
            text("k8s.container.name", self.container.as_str()),
            text("container.id", format!("{:016x}", random::name(&self.name))),
            text("container.image.name", self.image.as_str()),
            text("container.image.tag", self.tag.as_str()),
        ]);
        super::otlp::resource(attributes)
    }
}

/// A run of a job.
#[derive(Clone, Debug, PartialEq)]
struct Run {
    job: String,
    host: u8,
    from: i64,
    to: i64,
    cpu: f64,
    memory_mib: f64,
    /// Started by hand and without limits.
    unlimited: bool,
}

impl Run {
    /// As the controller of cron jobs names them: by the minute they were due.
    fn name(&self) -> String {
        format!("{}-{}", self.job, self.from / MINUTE)
    }

    fn is_on(&self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// Cores at an instant.
    fn cores(&self, world: &World, at: i64) -> f64 {
        if self.unlimited {
            return world.troubles.crowd(self.host, at);
        }
        if self.is_on(at) {
            self.cpu * (0.8 + 0.4 * random::unit(random::key(&[random::name(&self.job), at as u64])))
        } else {
            0.0
        }
    }
}

/// Runs that touch [from, to).
fn runs(world: &World, from: i64, to: i64) -> Vec<Run> {
    let mut runs = Vec::new();
    for job in &world.scenario.jobs {
        for day in day_of(from - HOUR * 12)..=day_of(to) {
            let key = random::key(&[world.seed, 86, random::name(&job.name), day as u64]);
            let start = day * DAY + job.hour * HOUR + 4 * SECOND;
            let lasts = (job.minutes as f64 * (0.8 + 0.4 * random::unit(key)) * MINUTE as f64) as i64;
            runs.push(Run {
                job: job.name.clone(),
                host: world.topology.host(&job.host),
                from: start,
                to: start + lasts,
                cpu: job.cpu,
                memory_mib: job.memory_mib,
                unlimited: false,
            });
        }
    }
    for noise in &world.troubles.noises {
        let memory = world.scenario.jobs.iter().find(|job| job.name == noise.job).map_or(500.0, |job| job.memory_mib);
        runs.push(Run {
            job: noise.job.clone(),
            host: noise.host,
            from: noise.from,
            to: noise.to,
            cpu: noise.cores,
            memory_mib: memory,
            unlimited: true,
        });
    }
    runs.retain(|run| run.from < to && run.to > from);
    runs
}
