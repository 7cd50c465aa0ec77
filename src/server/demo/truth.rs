//! What is true about a told stretch of time: what a test, or a reader, may hold answers against.

use super::calendar::{self, DAY, HOUR, MINUTE};
use super::records::{self, DayTotals};
use super::scenario::{Canaries, Incident, Target};
use super::world::World;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

type Instant = parallax_domain::Instant;

#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    pub company: String,
    pub seed: u64,
    pub scale: f64,
    pub from: Instant,
    pub to: Instant,
    pub incidents: Vec<IncidentTruth>,
    pub releases: Vec<Value>,
    pub campaigns: Vec<CampaignTruth>,
    pub features: Vec<FeatureTruth>,
    pub targets: Vec<Target>,
    pub wave: Wave,
    pub silences: Vec<SilenceTruth>,
    pub canaries: Canaries,
    /// Usual rates, as fractions, by the names of the scenario's `shop`.
    pub usual: BTreeMap<String, f64>,
    /// Whole UTC days of the stretch, newest first.
    pub days: Vec<DayTotals>,
}

/// As the answer to `incidents` would have it, with the figures that the data is built to show.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentTruth {
    pub id: String,
    pub kind: &'static str,
    pub title: String,
    pub from: Instant,
    /// `None` while it lasts.
    pub to: Option<Instant>,
    pub root_cause: Cause,
    pub critical_failure: Moment,
    pub evidence: Vec<String>,
    pub expected: BTreeMap<&'static str, f64>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Cause {
    pub kind: &'static str,
    pub service: String,
    pub what: String,
    pub at: Instant,
}

#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    pub what: String,
    pub at: Instant,
}

#[derive(Clone, Debug, Serialize)]
pub struct CampaignTruth {
    pub name: String,
    pub source: String,
    pub medium: String,
    pub from: Instant,
    pub to: Instant,
    pub intent: f64,
    pub spend_per_day: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct FeatureTruth {
    pub name: String,
    pub event: String,
    pub effort_days: u32,
    pub launched: Option<Instant>,
}

/// The change of the banner text that made people stop sharing.
#[derive(Clone, Debug, Serialize)]
pub struct Wave {
    pub at: Instant,
    pub policy_before: String,
    pub policy_after: String,
    pub lost: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct SilenceTruth {
    pub host: String,
    pub from: Instant,
    pub to: Instant,
    pub cause: String,
}

pub fn truth(world: &World, days: Vec<DayTotals>) -> Truth {
    let scenario = &world.scenario;
    let shop = &scenario.shop;
    let usual = [
        ("bounce", shop.bounce),
        ("basket_per_view", shop.basket_per_view),
        ("checkout_per_basket", shop.checkout_per_basket),
        ("checkout_to_paid", shop.checkout_to_paid),
        ("declined", shop.declined),
    ];
    Truth {
        company: scenario.company.name.clone(),
        seed: world.seed,
        scale: world.scale,
        from: calendar::instant(world.from),
        to: calendar::instant(world.end),
        incidents: incidents(world),
        releases: records::deployments(world, i64::MIN / 2, i64::MAX / 2).into_iter().map(|sent| sent.value).collect(),
        campaigns: world.people.runs.iter().map(campaign).collect(),
        features: scenario
            .features
            .iter()
            .map(|feature| FeatureTruth {
                name: feature.name.clone(),
                event: feature.event.clone(),
                effort_days: feature.effort_days,
                launched: feature.launched_before_end.map(|before| calendar::instant(world.end - before * MINUTE)),
            })
            .collect(),
        targets: scenario.targets.clone(),
        wave: Wave {
            at: calendar::instant(world.people.wave),
            policy_before: scenario.sharing.policy_before.clone(),
            policy_after: scenario.sharing.policy_after.clone(),
            lost: scenario.sharing.wave_loss,
        },
        silences: scenario
            .silences
            .iter()
            .map(|silence| {
                let from = world.end - silence.before_end * MINUTE;
                SilenceTruth {
                    host: silence.host.clone(),
                    from: calendar::instant(from),
                    to: calendar::instant(from + silence.minutes * MINUTE),
                    cause: silence.cause.clone(),
                }
            })
            .collect(),
        canaries: scenario.canaries.clone(),
        usual: usual.into_iter().map(|(name, rate)| (name.to_owned(), rate)).collect(),
        days,
    }
}

fn campaign(run: &super::people::Run) -> CampaignTruth {
    CampaignTruth {
        name: run.name.clone(),
        source: run.campaign.source.clone(),
        medium: run.campaign.medium.clone(),
        from: calendar::instant(run.from),
        to: calendar::instant(run.to),
        intent: run.campaign.intent,
        spend_per_day: run.campaign.spend,
    }
}

fn incidents(world: &World) -> Vec<IncidentTruth> {
    let mut kinds = [0usize; 4];
    let mut next = |kind: usize| {
        kinds[kind] += 1;
        kinds[kind] - 1
    };
    let described = world.scenario.incidents.iter().filter_map(|incident| match incident {
        Incident::MemoryLeak { .. } => leak(world, incident, next(0)),
        Incident::SlowDatabase { .. } => slow(world, incident, next(1)),
        Incident::PoolExhaustion { .. } => pool(world, incident, next(2)),
        Incident::FillingDisk { .. } => disk(world, incident, next(3)),
    });
    described.collect()
}

fn leak(world: &World, incident: &Incident, number: usize) -> Option<IncidentTruth> {
    let Incident::MemoryLeak { id, title, service, version, host, gib_per_hour, .. } = incident else { return None };
    let leak = world.troubles.leaks.get(number)?;
    let killed = leak.kill_at(1);
    Some(IncidentTruth {
        id: id.clone(),
        kind: "memory_leak",
        title: title.clone(),
        from: calendar::instant(leak.from),
        to: None,
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
            format!("system.memory.utilization and process.memory.usage of {host} rise in a straight line"),
            "v8js.gc.duration and log lines 'gc pause of …' grow".to_owned(),
            "log lines 'Out of memory: Killed process', k8s.container.restarts + 1".to_owned(),
            "spans of web with ERR_WORKER_OUT_OF_MEMORY, events error ServerError and ChunkLoadError".to_owned(),
        ],
        expected: BTreeMap::from([
            ("free_gib_per_hour", -gib_per_hour),
            ("kills_until_end", leak.kills(world.end) as f64),
            ("free_gib_at_end", leak.free(world.end)),
            ("hours_to_next_kill", (leak.kill_at(leak.kills(world.end) + 1) - world.end) as f64 / HOUR as f64),
        ]),
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
            format!("system.cpu.utilization of {host}, db.client.operation.duration of {service}"),
            "web.lcp and property lcp of web_vitals".to_owned(),
            "events error QueryTimeout, spans with 'canceling statement due to statement timeout'".to_owned(),
            "log lines of postgresql 'duration: … ms'".to_owned(),
        ],
        expected: BTreeMap::from([("cpu", slow.cpu), ("lcp_factor", slow.slower), ("timeouts", slow.timeouts)]),
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
            "db.client.connection.wait_time, .pending_requests, .timeouts of payments_rw".to_owned(),
            "spans POST /payments, pool.acquire payments_rw with PoolTimeoutException".to_owned(),
            "log lines 'pool timeout: no connection in …', 'configuration changed: pool …'".to_owned(),
            "events payment_failed, checkout_abandoned, error PaymentError; fewer Purchase_Completed".to_owned(),
            "tickets 'Paying does not work'".to_owned(),
        ],
        expected: BTreeMap::from([
            ("checkout_to_paid_before", world.scenario.shop.checkout_to_paid),
            ("checkout_to_paid", *checkout_to_paid),
            ("p95_ms_before", 230.0),
            ("p95_ms", 1_900.0),
            ("payments_failed", pool.failed),
        ]),
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
            format!("system.filesystem.utilization of {host}"),
            "log lines 'filesystem / is … % full'".to_owned(),
        ],
        expected: BTreeMap::from([
            ("used_at_end", used),
            ("per_day", *per_day),
            ("hours_to_90_percent", (0.9 - used) / per_day * 24.0),
        ]),
    })
}
