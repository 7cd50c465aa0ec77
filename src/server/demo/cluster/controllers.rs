//! Deployments, daemon sets, stateful sets, autoscalers and jobs: how many there should be, and how many there are.

use super::{HOURLY, places, runs};
use crate::demo::calendar::MINUTE;
use crate::demo::meter::{Meter, ticks};
use crate::demo::otlp::{self, text};
use crate::demo::scenario::WorkloadKind;
use crate::demo::topology::Role;
use crate::demo::world::World;

const EVERY: i64 = 900;
/// A pod takes this long to be ready.
const STARTING: i64 = 90_000;

fn meter(world: &World, namespace: &str, key: &str, name: &str) -> Meter {
    let resource = otlp::resource(vec![
        text("k8s.cluster.name", world.scenario.company.cluster.as_str()),
        text("k8s.namespace.name", namespace),
        text(key, name),
    ]);
    Meter::new(resource, "k8sclusterreceiver")
}

pub fn controllers(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let namespace = world.scenario.company.namespace.as_str();
    for role in Role::ALL {
        let hosts = world.topology.hosts(role);
        let copies = hosts.len() as f64;
        let mut deployment = meter(world, namespace, "k8s.deployment.name", role.name());
        for at in ticks(from, to, EVERY, 40) {
            let starting = hosts.iter().filter(|host| is_starting(world, role, **host, at)).count() as f64;
            deployment.gauge("k8s.deployment.desired", "{pod}", at, copies, vec![]);
            deployment.gauge("k8s.deployment.available", "{pod}", at, copies - starting, vec![]);
        }
        meters.push(deployment);
    }
    autoscaler(world, namespace, from, to, meters);
    workloads(world, from, to, meters);
    jobs(world, namespace, from, to, meters);
    let mut spaces: Vec<&str> = world.scenario.workloads.iter().map(|workload| workload.namespace.as_str()).collect();
    spaces.push(namespace);
    spaces.sort_unstable();
    spaces.dedup();
    for space in spaces {
        let mut meter = meter(world, space, "k8s.namespace.uid", &super::uid(space));
        for at in ticks(from, to, HOURLY, 40) {
            meter.gauge("k8s.namespace.phase", "", at, 1.0, vec![]);
        }
        meters.push(meter);
    }
}

/// Whether the pod on this machine was begun so recently that it does not answer yet.
fn is_starting(world: &World, role: Role, host: u8, at: i64) -> bool {
    let instance = world.topology.instance_on(role, host, at);
    let deployed = world.topology.deployed(instance).is_some_and(|deployed| at - deployed < STARTING);
    let leak = world.troubles.leak(host, at).filter(|leak| leak.role == role);
    deployed || leak.is_some_and(|leak| leak.kills(at) > 0 && at - leak.kill_at(leak.kills(at)) < STARTING)
}

/// The page servers are the only ones that grow with the load, and have not had to yet.
fn autoscaler(world: &World, namespace: &str, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let copies = world.topology.hosts(Role::Web).len() as f64;
    let mut scaler = meter(world, namespace, "k8s.hpa.name", Role::Web.name());
    for at in ticks(from, to, HOURLY, 40) {
        for (name, value) in [
            ("k8s.hpa.current_replicas", copies),
            ("k8s.hpa.desired_replicas", copies),
            ("k8s.hpa.min_replicas", copies),
            ("k8s.hpa.max_replicas", copies * 2.0),
        ] {
            scaler.gauge(name, "{pod}", at, value, vec![]);
        }
    }
    meters.push(scaler);
}

fn workloads(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for workload in &world.scenario.workloads {
        let (key, figures): (&str, &[(&'static str, &'static str)]) = match workload.kind {
            WorkloadKind::Daemonset => (
                "k8s.daemonset.name",
                &[
                    ("k8s.daemonset.desired_scheduled_nodes", "{node}"),
                    ("k8s.daemonset.current_scheduled_nodes", "{node}"),
                    ("k8s.daemonset.ready_nodes", "{node}"),
                ],
            ),
            WorkloadKind::Statefulset => (
                "k8s.statefulset.name",
                &[("k8s.statefulset.desired_pods", "{pod}"), ("k8s.statefulset.ready_pods", "{pod}")],
            ),
            WorkloadKind::Deployment => {
                ("k8s.deployment.name", &[("k8s.deployment.desired", "{pod}"), ("k8s.deployment.available", "{pod}")])
            }
        };
        let mut meter = meter(world, &workload.namespace, key, &workload.name);
        let copies = places(world, workload).len() as f64;
        for at in ticks(from, to, HOURLY, 40) {
            for (name, unit) in figures {
                meter.gauge(name, unit, at, copies, vec![]);
            }
        }
        meters.push(meter);
    }
}

fn jobs(world: &World, namespace: &str, from: i64, to: i64, meters: &mut Vec<Meter>) {
    // A finished job is still told of for an hour.
    let runs = runs(world, from - 60 * MINUTE, to);
    for job in &world.scenario.jobs {
        let mut cron = meter(world, namespace, "k8s.cronjob.name", &job.name);
        for at in ticks(from, to, EVERY, 40) {
            let active = runs.iter().filter(|run| run.job == job.name && run.is_on(at)).count();
            cron.gauge("k8s.cronjob.active_jobs", "{job}", at, active as f64, vec![]);
        }
        meters.push(cron);
    }
    for run in runs {
        let mut meter = meter(world, namespace, "k8s.job.name", &run.name());
        for at in ticks(from.max(run.from), to.min(run.to + 60 * MINUTE), 300, 40) {
            let on = run.is_on(at);
            meter.gauge("k8s.job.active_pods", "{pod}", at, f64::from(u8::from(on)), vec![]);
            meter.gauge("k8s.job.successful_pods", "{pod}", at, f64::from(u8::from(!on)), vec![]);
            meter.gauge("k8s.job.failed_pods", "{pod}", at, 0.0, vec![]);
        }
        meters.push(meter);
    }
}
