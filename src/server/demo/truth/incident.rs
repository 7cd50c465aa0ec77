//! The incidents of the scenario in the words of whoever explains them afterwards.

use super::{Cause, Evidence, IncidentTruth, Moment};
use crate::demo::calendar::{self, DAY, HOUR, MINUTE};
use crate::demo::scenario::Incident;
use crate::demo::world::World;
use std::collections::BTreeMap;

pub fn incidents(world: &World) -> Vec<IncidentTruth> {
    let mut kinds = [0usize; 5];
    let mut next = |kind: usize| {
        kinds[kind] += 1;
        kinds[kind] - 1
    };
    let described = world.scenario.incidents.iter().filter_map(|incident| match incident {
        Incident::MemoryLeak { .. } => leak(world, incident, next(0)),
        Incident::SlowDatabase { .. } => slow(world, incident, next(1)),
        Incident::PoolExhaustion { .. } => pool(world, incident, next(2)),
        Incident::FillingDisk { .. } => disk(world, incident, next(3)),
        Incident::NoisyNeighbour { .. } => noise(world, incident, next(4)),
        Incident::OptOutWave { .. } => wave(world, incident),
    });
    described.collect()
}

fn seen(signal: &'static str, name: impl Into<String>, of: Option<&str>, what: &'static str) -> Evidence {
    Evidence { signal, name: name.into(), of: of.map(str::to_owned), what }
}

fn names(world: &World, hosts: &[u8]) -> Vec<String> {
    hosts.iter().map(|host| world.topology.machine(*host).name.clone()).collect()
}

fn leak(world: &World, incident: &Incident, number: usize) -> Option<IncidentTruth> {
    let Incident::MemoryLeak { id, title, service, version, host, gib_per_hour, .. } = incident else { return None };
    let leak = world.troubles.leaks.get(number)?;
    let killed = leak.kill_at(1);
    let host = host.as_str();
    Some(IncidentTruth {
        id: id.clone(),
        kind: "memory_leak",
        title: title.clone(),
        from: calendar::instant(leak.from),
        to: None,
        services: vec![service.clone()],
        machines: vec![host.to_owned()],
        root_cause: Cause {
            kind: "deployment",
            service: service.clone(),
            what: format!("{service} {version} on {host} keeps memory"),
            at: calendar::instant(leak.from),
        },
        critical_failure: Moment {
            what: format!("{service} on {host} is killed for want of memory"),
            at: calendar::instant(killed),
        },
        evidence: vec![
            seen("deployment", service, Some(version), "the version was deployed when it began"),
            seen("metric", "system.memory.utilization", Some(host), "rises in a straight line between kills"),
            seen("metric", "process.memory.usage", Some(host), "the page server's process holds it"),
            seen("metric", "container.memory.working_set", Some(host), "and so does its container"),
            seen("metric", "k8s.container.restarts", Some(host), "one more with every kill"),
            seen("log", "JavaScript heap out of memory", Some(service), "workers die before the process does"),
            seen("log", "Out of memory: Killed process", Some("kernel"), "the kernel ends the process"),
            seen("log", "OOMKilled", Some("kubelet"), "and the container is started again"),
            seen("span", "GET /{page}", Some(service), "pages of this machine fail with ERR_WORKER_OUT_OF_MEMORY"),
            seen("event", "error", None, "people meet ServerError and ChunkLoadError"),
        ],
        size: BTreeMap::from([
            ("gib_per_hour", *gib_per_hour),
            ("hours_between_kills", (leak.kill_at(2) - leak.kill_at(1)) as f64 / HOUR as f64),
            ("kills_until_end", leak.kills(world.end) as f64),
            ("free_gib_at_end", leak.free(world.end)),
            ("hours_to_next_kill", (leak.kill_at(leak.kills(world.end) + 1) - world.end) as f64 / HOUR as f64),
        ]),
        cost: None,
    })
}

fn slow(world: &World, incident: &Incident, number: usize) -> Option<IncidentTruth> {
    let Incident::SlowDatabase { id, title, host, service, query, .. } = incident else { return None };
    let slow = world.troubles.slow.get(number)?;
    Some(IncidentTruth {
        id: id.clone(),
        kind: "slow_database",
        title: title.clone(),
        from: calendar::instant(slow.from),
        to: Some(calendar::instant(slow.to)),
        services: vec![service.clone(), "web".to_owned()],
        machines: vec![host.clone()],
        root_cause: Cause {
            kind: "database",
            service: service.clone(),
            what: format!("{query} reads the whole table on {host}"),
            at: calendar::instant(slow.from),
        },
        critical_failure: Moment {
            what: format!("CPU of {host} is used up, queries run into their time-out"),
            at: calendar::instant(slow.from + 15 * MINUTE),
        },
        evidence: vec![
            seen("metric", "system.cpu.utilization", Some(host), "the processor is used up"),
            seen("metric", "db.client.operation.duration", Some(service), "queries take many times as long"),
            seen("metric", "postgresql.sequential_scans", Some(host), "of the table price_list"),
            seen("metric", "web.lcp", Some("web"), "the largest paint comes late"),
            seen("span", query, Some(service), "canceling statement due to statement timeout"),
            seen("log", "seq scan on price_list", Some("postgresql"), "the server tells of the slow statements"),
            seen("log", "query timed out after 5000 ms", Some(service), "the service gives up waiting"),
            seen("event", "error", None, "people meet QueryTimeout"),
            seen("event", "web_vitals", None, "lcp of the visits doubles and more"),
        ],
        size: BTreeMap::from([
            ("cpu", slow.cpu),
            ("lcp_factor", slow.slower),
            ("timeouts", slow.timeouts),
            ("minutes", (slow.to - slow.from) as f64 / MINUTE as f64),
        ]),
        cost: None,
    })
}

fn pool(world: &World, incident: &Incident, number: usize) -> Option<IncidentTruth> {
    let Incident::PoolExhaustion { id, title, service, version, checkout_to_paid, .. } = incident else { return None };
    let pool = world.troubles.pools.get(number)?;
    Some(IncidentTruth {
        id: id.clone(),
        kind: "pool_exhaustion",
        title: title.clone(),
        from: calendar::instant(pool.trouble),
        to: Some(calendar::instant(pool.rolled_back + 3 * MINUTE)),
        services: vec![service.clone(), "order-service".to_owned(), "api-gateway".to_owned()],
        machines: names(world, world.topology.hosts(pool.role)),
        root_cause: Cause {
            kind: "deployment",
            service: service.clone(),
            what: format!(
                "{service} {version}: pool {} from {} to {} connections",
                pool.name, pool.connections_before, pool.connections
            ),
            at: calendar::instant(pool.deployed),
        },
        critical_failure: Moment {
            what: "POST /payments waits for connections, then fails".to_owned(),
            at: calendar::instant(pool.trouble),
        },
        evidence: vec![
            seen("deployment", service, Some(version), "deployed minutes before"),
            seen("log", "configuration changed: pool", Some(service), "the new version says so itself"),
            seen("metric", "db.client.connection.pending_requests", Some(service), "requests queue for a connection"),
            seen("metric", "db.client.connection.wait_time", Some(service), "and wait longer and longer"),
            seen("metric", "db.client.connection.timeouts", Some(service), "until they give up"),
            seen("span", "POST /payments", Some(service), "p95 from a quarter of a second to nearly two"),
            seen("span", "pool.acquire payments_rw", Some(service), "fails with PoolTimeoutException"),
            seen("log", "pool timeout: no connection in", Some(service), "one line for each attempt"),
            seen("event", "payment_failed", None, "reason unavailable"),
            seen("event", "checkout_abandoned", None, "more leave at the last step"),
            seen("event", "Purchase_Completed", None, "fewer orders for the checkouts begun"),
            seen("ticket", "Paying does not work", None, "people write to support"),
        ],
        size: BTreeMap::from([
            ("checkout_to_paid_before", world.scenario.shop.checkout_to_paid),
            ("checkout_to_paid", *checkout_to_paid),
            ("p95_ms_before", 230.0),
            ("p95_ms", 1_900.0),
            ("payments_failed", pool.failed),
            ("minutes", (pool.rolled_back - pool.trouble) as f64 / MINUTE as f64),
        ]),
        cost: None,
    })
}

fn disk(world: &World, incident: &Incident, number: usize) -> Option<IncidentTruth> {
    let Incident::FillingDisk { id, title, host, per_day, .. } = incident else { return None };
    let disk = world.troubles.disks.get(number)?;
    let used = disk.used(world.end);
    Some(IncidentTruth {
        id: id.clone(),
        kind: "filling_disk",
        title: title.clone(),
        from: calendar::instant(disk.from),
        to: None,
        services: Vec::new(),
        machines: vec![host.clone()],
        root_cause: Cause {
            kind: "capacity",
            service: host.clone(),
            what: format!("volume / of {host} grows by {:.1} points a day", per_day * 100.0),
            at: calendar::instant(disk.from),
        },
        critical_failure: Moment {
            what: format!("{host} is 90 % full"),
            at: calendar::instant(world.end + ((0.9 - used) / per_day * DAY as f64) as i64),
        },
        evidence: vec![
            seen("metric", "system.filesystem.utilization", Some(host), "rises in a straight line"),
            seen("log", "% full", Some("systemd"), "from 80 % on, every hour"),
        ],
        size: BTreeMap::from([
            ("used_at_end", used),
            ("per_day", *per_day),
            ("hours_to_90_percent", (0.9 - used) / per_day * 24.0),
        ]),
        cost: None,
    })
}

fn noise(world: &World, incident: &Incident, number: usize) -> Option<IncidentTruth> {
    let Incident::NoisyNeighbour { id, title, job, host, .. } = incident else { return None };
    let noise = world.troubles.noises.get(number)?;
    let beside = crate::demo::topology::Role::ALL.into_iter();
    let beside = beside.filter(|role| world.topology.hosts(*role).contains(&noise.host));
    Some(IncidentTruth {
        id: id.clone(),
        kind: "noisy_neighbour",
        title: title.clone(),
        from: calendar::instant(noise.from),
        to: Some(calendar::instant(noise.to)),
        services: beside.map(|role| role.name().to_owned()).collect(),
        machines: vec![host.clone()],
        root_cause: Cause {
            kind: "job",
            service: job.clone(),
            what: format!("{job} runs on {host} without limits and takes {:.1} cores", noise.cores),
            at: calendar::instant(noise.from),
        },
        critical_failure: Moment {
            what: format!("services on {host} answer {:.1} times as slowly", noise.slower),
            at: calendar::instant(noise.from + 4 * MINUTE),
        },
        evidence: vec![
            seen("log", "by hand, without limits", Some("kubernetes"), "the job was started by hand"),
            seen("metric", "system.cpu.utilization", Some(host), "the machine is busy, at an hour when it is not"),
            seen("metric", "process.cpu.utilization", Some(host), "with the job's process"),
            seen("metric", "container.cpu.usage", Some(host), "and its container, which has no limit"),
            seen("log", "cpu pressure", Some("kubelet"), "the node tells of pressure"),
            seen("metric", "kafka.consumer_group.lag_sum", None, "messages wait for notification-service"),
        ],
        size: BTreeMap::from([
            ("cores", noise.cores),
            ("slower", noise.slower),
            ("minutes", (noise.to - noise.from) as f64 / MINUTE as f64),
        ]),
        cost: None,
    })
}

fn wave(world: &World, incident: &Incident) -> Option<IncidentTruth> {
    let Incident::OptOutWave { id, title, loss, marketing_loss, policy, .. } = incident else { return None };
    let wave = world.people.wave.as_ref()?;
    Some(IncidentTruth {
        id: id.clone(),
        kind: "opt_out_wave",
        title: title.clone(),
        from: calendar::instant(wave.at),
        to: None,
        services: Vec::new(),
        machines: Vec::new(),
        root_cause: Cause {
            kind: "consent",
            service: "web".to_owned(),
            what: format!("the banner's text changed from {} to {policy}", world.scenario.sharing.policy),
            at: calendar::instant(wave.at),
        },
        critical_failure: Moment {
            what: "fewer people are measured from here on".to_owned(),
            at: calendar::instant(wave.at),
        },
        evidence: vec![seen("decision", policy, None, "more people say no, and some take back a yes")],
        size: BTreeMap::from([("usage_lost", *loss), ("marketing_lost", *marketing_loss)]),
        cost: None,
    })
}
