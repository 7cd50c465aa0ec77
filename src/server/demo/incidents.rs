//! What is wrong at an instant, and how badly: the incidents of the scenario as functions of time.

use super::calendar::{DAY, HOUR, MINUTE};
use super::random;
use super::scenario::{Incident, Scenario};
use super::topology::{Role, Topology};

#[derive(Clone, Debug)]
pub struct Leak {
    pub host: u8,
    pub role: Role,
    pub from: i64,
    pub free_gib: f64,
    pub gib_per_hour: f64,
    pub killed_below_gib: f64,
}

#[derive(Clone, Debug)]
pub struct SlowDatabase {
    pub host: u8,
    pub role: Role,
    pub from: i64,
    pub to: i64,
    pub cpu: f64,
    pub query: String,
    pub slower: f64,
    pub timeouts: f64,
}

#[derive(Clone, Debug)]
pub struct Pool {
    pub role: Role,
    pub deployed: i64,
    pub trouble: i64,
    pub rolled_back: i64,
    pub name: String,
    pub connections_before: u32,
    pub connections: u32,
    pub failed: f64,
    pub second_attempt: f64,
}

#[derive(Clone, Debug)]
pub struct Filling {
    pub host: u8,
    pub from: i64,
    pub used: f64,
    pub per_day: f64,
}

#[derive(Clone, Debug)]
pub struct Noise {
    pub host: u8,
    pub job: String,
    pub from: i64,
    pub to: i64,
    pub cores: f64,
    pub slower: f64,
}

#[derive(Clone, Debug, Default)]
pub struct Troubles {
    pub leaks: Vec<Leak>,
    pub slow: Vec<SlowDatabase>,
    pub pools: Vec<Pool>,
    pub disks: Vec<Filling>,
    pub noises: Vec<Noise>,
    outages: Vec<(String, i64, i64)>,
    silences: Vec<(u8, i64, i64)>,
}

impl Troubles {
    pub fn new(scenario: &Scenario, topology: &Topology, end: i64) -> Troubles {
        let at = |before_end: &i64| end - before_end * MINUTE;
        let role = |name: &str| Role::named(name).unwrap_or(Role::Web);
        let mut troubles = Troubles::default();
        for incident in &scenario.incidents {
            match incident {
                Incident::MemoryLeak {
                    host, service, before_end, free_gib, gib_per_hour, killed_below_gib, ..
                } => {
                    troubles.leaks.push(Leak {
                        host: topology.host(host),
                        role: role(service),
                        from: at(before_end),
                        free_gib: *free_gib,
                        gib_per_hour: *gib_per_hour,
                        killed_below_gib: *killed_below_gib,
                    });
                }
                Incident::SlowDatabase {
                    host,
                    service,
                    query,
                    before_end,
                    hour,
                    minutes,
                    cpu,
                    slower,
                    timeouts,
                    ..
                } => {
                    let from = hour.map_or(at(before_end), |hour| at_hour(at(before_end), hour));
                    troubles.slow.push(SlowDatabase {
                        host: topology.host(host),
                        role: role(service),
                        from,
                        to: from + minutes * MINUTE,
                        cpu: *cpu,
                        query: query.clone(),
                        slower: *slower,
                        timeouts: *timeouts,
                    });
                }
                Incident::PoolExhaustion {
                    service,
                    before_end,
                    trouble_after,
                    rolled_back_after,
                    pool,
                    connections_before,
                    connections,
                    failed,
                    second_attempt,
                    ..
                } => troubles.pools.push(Pool {
                    role: role(service),
                    deployed: at(before_end),
                    trouble: at(before_end) + trouble_after * MINUTE,
                    rolled_back: at(before_end) + rolled_back_after * MINUTE,
                    name: pool.clone(),
                    connections_before: *connections_before,
                    connections: *connections,
                    failed: *failed,
                    second_attempt: *second_attempt,
                }),
                Incident::FillingDisk { host, before_end, used, per_day, .. } => troubles.disks.push(Filling {
                    host: topology.host(host),
                    from: at(before_end),
                    used: *used,
                    per_day: *per_day,
                }),
                Incident::NoisyNeighbour { host, job, before_end, minutes, cores, slower, .. } => {
                    troubles.noises.push(Noise {
                        host: topology.host(host),
                        job: job.clone(),
                        from: at(before_end),
                        to: at(before_end) + minutes * MINUTE,
                        cores: *cores,
                        slower: *slower,
                    });
                }
                // Who shares what is told by `people`.
                Incident::OptOutWave { .. } => {}
            }
        }
        for outage in &scenario.network.outages {
            let from = at(&outage.before_end);
            troubles.outages.push((outage.tunnel.clone(), from, from + outage.minutes * MINUTE));
        }
        for silence in &scenario.silences {
            let from = at(&silence.before_end);
            troubles.silences.push((topology.host(&silence.host), from, from + silence.minutes * MINUTE));
        }
        troubles
    }

    /// How much the database holds pages up, 0 to 1.
    pub fn database(&self, at: i64) -> f64 {
        self.slow.iter().map(|slow| slow.strength(at)).fold(0.0, f64::max)
    }

    /// The pool that is short of connections, and how much, 0 to 1.
    pub fn pool(&self, at: i64) -> Option<(&Pool, f64)> {
        self.pools.iter().map(|pool| (pool, pool.strength(at))).find(|(_, strength)| *strength > 0.0)
    }

    /// The leak on this machine, if one runs.
    pub fn leak(&self, host: u8, at: i64) -> Option<&Leak> {
        self.leaks.iter().find(|leak| leak.host == host && at >= leak.from)
    }

    /// Cores that a job without limits takes on this machine.
    pub fn crowd(&self, host: u8, at: i64) -> f64 {
        self.noises.iter().filter(|noise| noise.host == host).map(|noise| noise.cores * noise.strength(at)).sum()
    }

    /// Factor on the times of everything that runs on this machine.
    pub fn drag(&self, host: u8, at: i64) -> f64 {
        let on = self.noises.iter().filter(|noise| noise.host == host);
        on.map(|noise| 1.0 + (noise.slower - 1.0) * noise.strength(at)).product()
    }

    pub fn is_down(&self, tunnel: &str, at: i64) -> bool {
        self.outages.iter().any(|(name, from, to)| name == tunnel && (*from..*to).contains(&at))
    }

    /// Tunnels that went down or came back in [from, to): name, instant, whether it came back.
    pub fn turns(&self, from: i64, to: i64) -> Vec<(&str, i64, bool)> {
        let both = self.outages.iter().flat_map(|(name, down, up)| [(name.as_str(), *down, false), (name, *up, true)]);
        both.filter(|(_, at, _)| (from..to).contains(at)).collect()
    }

    /// Whether the machine's agent reports at this instant.
    pub fn reports(&self, host: u8, at: i64) -> bool {
        !self.silences.iter().any(|(silent, from, to)| *silent == host && (*from..*to).contains(&at))
    }
}

fn at_hour(at: i64, hour: i64) -> i64 {
    let today = at.div_euclid(DAY) * DAY + hour * HOUR;
    if today <= at { today } else { today - DAY }
}

/// 0 before `from`, 1 after `to`, a straight line between.
fn ramp(at: i64, from: i64, to: i64) -> f64 {
    ((at - from) as f64 / (to - from).max(1) as f64).clamp(0.0, 1.0)
}

impl Leak {
    /// Hours from a start of the process to its end.
    fn hours(&self) -> f64 {
        (self.free_gib - self.killed_below_gib) / self.gib_per_hour
    }

    /// How often the kernel has killed the process since the deployment.
    pub fn kills(&self, at: i64) -> i64 {
        (((at - self.from) as f64 / HOUR as f64) / self.hours()).max(0.0) as i64
    }

    pub fn kill_at(&self, number: i64) -> i64 {
        self.from + (self.hours() * number as f64 * HOUR as f64) as i64
    }

    /// Free memory of the machine in GiB.
    pub fn free(&self, at: i64) -> f64 {
        let since = (at - self.kill_at(self.kills(at))) as f64 / HOUR as f64;
        self.free_gib - self.gib_per_hour * since
    }

    /// How much the leak is felt by those who are served here: nothing at first, 1 just before the end.
    pub fn strength(&self, at: i64) -> f64 {
        let share = (self.free_gib - self.free(at)) / (self.free_gib - self.killed_below_gib);
        share.clamp(0.0, 1.0).powi(2)
    }
}

impl SlowDatabase {
    pub fn strength(&self, at: i64) -> f64 {
        ramp(at, self.from, self.from + 15 * MINUTE) * (1.0 - ramp(at, self.to - 10 * MINUTE, self.to))
    }
}

impl Pool {
    pub fn strength(&self, at: i64) -> f64 {
        let rise = ramp(at, self.trouble, self.trouble + 4 * MINUTE);
        rise * (1.0 - ramp(at, self.rolled_back, self.rolled_back + 3 * MINUTE))
    }

    /// Size of the pool at an instant.
    pub fn size(&self, at: i64) -> u32 {
        if (self.deployed..self.rolled_back).contains(&at) { self.connections } else { self.connections_before }
    }
}

impl Noise {
    pub fn strength(&self, at: i64) -> f64 {
        ramp(at, self.from, self.from + 4 * MINUTE) * (1.0 - ramp(at, self.to - 2 * MINUTE, self.to))
    }
}

impl Filling {
    /// Used share of the volume; somebody empties it when it is full.
    pub fn used(&self, at: i64) -> f64 {
        let days = ((at - self.from) as f64 / DAY as f64).max(0.0);
        let span = (0.985 - self.used).max(self.per_day);
        self.used + (days * self.per_day).rem_euclid(span)
    }
}

/// Noise of a reading, the same whenever it is asked.
pub fn flutter(seed: u64, what: u64, at: i64) -> f64 {
    random::drift(random::key(&[seed, what]), at as f64, 3.0 * HOUR as f64)
}
