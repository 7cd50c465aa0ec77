//! What happens in the cluster, as its own events tell it: roll-outs, kills, probes that fail, jobs.

use super::{Pod, Run, runs};
use crate::demo::calendar::{HOUR, MINUTE, SECOND};
use crate::demo::journal::{Entry, Writer, record};
use crate::demo::meter::{nanos, ticks};
use crate::demo::otlp::{int, text};
use crate::demo::random::Dice;
use crate::demo::topology::Role;
use crate::demo::trace::Level;
use crate::demo::world::World;

/// One event of the cluster, about a pod.
pub struct Happening {
    pub at: i64,
    pub node: u8,
    pub kind: &'static str,
    pub object: String,
    pub reason: &'static str,
    pub warns: bool,
    pub message: String,
}

impl Happening {
    fn entry(self, world: &World) -> Entry {
        let level = if self.warns { Level::Warn } else { Level::Info };
        let attributes = vec![
            text("k8s.event.reason", self.reason),
            text("k8s.event.type", if self.warns { "Warning" } else { "Normal" }),
            int("k8s.event.count", 1),
            text("k8s.object.kind", self.kind),
            text("k8s.object.name", self.object),
            text("k8s.namespace.name", world.scenario.company.namespace.as_str()),
        ];
        Entry {
            at: nanos(self.at),
            writer: Writer::Program(self.node, "kubernetes"),
            record: record(nanos(self.at), Some(level), self.message, attributes),
        }
    }
}

/// Lines of [from, to) and some around it.
pub fn entries(world: &World, from: i64, to: i64) -> Vec<Entry> {
    let mut told = Vec::new();
    roll_outs(world, from - 5 * MINUTE, to, &mut told);
    probes(world, from, to, &mut told);
    pressure(world, from, to, &mut told);
    for run in runs(world, from - MINUTE, to + MINUTE) {
        job(world, &run, &mut told);
    }
    told.into_iter().map(|happening| happening.entry(world)).collect()
}

fn roll_outs(world: &World, from: i64, to: i64, told: &mut Vec<Happening>) {
    for release in &world.scenario.releases {
        let deployed = world.end - release.before_end * MINUTE;
        let Some(role) = Role::named(&release.service).filter(|_| (from..to).contains(&deployed)) else { continue };
        for (number, host) in world.topology.hosts(role).iter().enumerate() {
            let name = &world.topology.machine(*host).name;
            if !release.hosts.is_empty() && !release.hosts.contains(name) {
                continue;
            }
            let at = deployed + number as i64 * 20 * SECOND;
            let before = Pod::of_service(world, world.topology.instance_on(role, *host, deployed - 1));
            let pod = Pod::of_service(world, world.topology.instance_on(role, *host, deployed));
            let set = pod.replica_set.clone().unwrap_or_default();
            let image = format!("{}:{}", pod.image, pod.tag);
            let mut say = |after: i64, kind, object: &str, reason, message| {
                let object = object.to_owned();
                told.push(Happening { at: at + after, node: *host, kind, object, reason, warns: false, message });
            };
            say(0, "Deployment", role.name(), "ScalingReplicaSet", format!("Scaled up replica set {set} by 1"));
            say(700, "Pod", &pod.name, "Scheduled", format!("Successfully assigned {} to {name}", pod.name));
            say(1_600, "Pod", &pod.name, "Pulled", format!("Successfully pulled image \"{image}\" in 3.1s"));
            say(2_300, "Pod", &pod.name, "Started", format!("Started container {}", pod.container));
            say(6_000, "Pod", &before.name, "Killing", format!("Stopping container {}", before.container));
        }
    }
    for leak in &world.troubles.leaks {
        let first = leak.kills(from.max(leak.from) - 1);
        for number in (first + 1).max(1)..=leak.kills(to - 1) {
            let at = leak.kill_at(number);
            let pod = Pod::of_service(world, world.topology.instance_on(leak.role, leak.host, at));
            let mut say = |after: i64, kind, object: &str, reason, message: String| {
                let object = object.to_owned();
                told.push(Happening { at: at + after, node: leak.host, kind, object, reason, warns: true, message });
            };
            let process = &world.topology.service(leak.role).process;
            say(500, "Node", &pod.node, "SystemOOM", format!("System OOM encountered, victim process: {process}"));
            say(2_000, "Pod", &pod.name, "BackOff", format!("Back-off restarting failed container {}", pod.container));
        }
    }
}

/// Readiness is asked for all the time; now and then the answer is late, on a crowded or leaking machine often.
fn probes(world: &World, from: i64, to: i64, told: &mut Vec<Happening>) {
    for role in Role::ALL {
        for host in world.topology.hosts(role) {
            for at in ticks(from, to, 300, 25) {
                let mut dice = Dice::of(&[world.seed, 99, role as u64, u64::from(*host), at as u64]);
                let leaking = world.troubles.leak(*host, at).filter(|leak| leak.role == role);
                let strain =
                    leaking.map_or(0.0, |leak| leak.strength(at)) + (world.troubles.drag(*host, at) - 1.0) * 0.2;
                if !dice.chance(0.0012 + 0.3 * strain) {
                    continue;
                }
                let pod = Pod::of_service(world, world.topology.instance_on(role, *host, at));
                told.push(Happening {
                    at: at + dice.below(200_000) as i64,
                    node: *host,
                    kind: "Pod",
                    object: pod.name,
                    reason: "Unhealthy",
                    warns: true,
                    message:
                        "Readiness probe failed: context deadline exceeded (Client.Timeout while awaiting headers)"
                            .to_owned(),
                });
            }
        }
    }
}

fn pressure(world: &World, from: i64, to: i64, told: &mut Vec<Happening>) {
    for leak in &world.troubles.leaks {
        for at in ticks(from.max(leak.from), to, HOUR / SECOND, 50).filter(|at| leak.free(*at) < 1.2) {
            let node = world.topology.machine(leak.host).name.clone();
            told.push(Happening {
                at,
                node: leak.host,
                kind: "Node",
                reason: "NodeHasInsufficientMemory",
                warns: true,
                message: format!("Node {node} status is now: NodeHasInsufficientMemory"),
                object: node,
            });
        }
    }
}

fn job(world: &World, run: &Run, told: &mut Vec<Happening>) {
    let pod = Pod::of_run(world, run);
    let mut say = |at: i64, kind, object: &str, reason, message| {
        let object = object.to_owned();
        told.push(Happening { at, node: run.host, kind, object, reason, warns: false, message });
    };
    if run.unlimited {
        let message = format!("Created job {} by hand, without limits", run.name());
        say(run.from, "CronJob", &run.job, "SuccessfulCreate", message);
    } else {
        say(run.from, "CronJob", &run.job, "SuccessfulCreate", format!("Created job {}", run.name()));
    }
    say(run.from + 900, "Pod", &pod.name, "Started", format!("Started container {}", pod.container));
    say(run.to, "Job", &run.name(), "Completed", "Job completed".to_owned());
}
