//! What changes and what goes wrong.

use super::super::super::topology::ROLES;
use super::super::{Incident, Scenario};
use super::{Checked, before_end, named, share, within, wrong};

impl Scenario {
    pub(super) fn check_changes(&self) -> Checked {
        for (at, version) in self.app.iter().enumerate() {
            before_end(format!("app[{at}].before_end"), version.before_end)?;
        }
        for name in ROLES {
            if self.releases.iter().filter(|release| release.service == name).count() > 200 {
                return wrong("releases", format!("may have 200 of one service, and has more of {name}"));
            }
        }
        for (at, release) in self.releases.iter().enumerate() {
            let field = |name: &str| format!("releases[{at}].{name}");
            self.known_service(field("service"), &release.service)?;
            named(field("version"), &release.version)?;
            before_end(field("before_end"), release.before_end)?;
            within(field("duration"), release.duration, 0.05..=20.0)?;
            for (place, host) in release.hosts.iter().enumerate() {
                self.known_machine(format!("releases[{at}].hosts[{place}]"), host)?;
            }
        }
        for (at, silence) in self.silences.iter().enumerate() {
            self.known_machine(format!("silences[{at}].host"), &silence.host)?;
            before_end(format!("silences[{at}].before_end"), silence.before_end)?;
            within(format!("silences[{at}].minutes"), silence.minutes as f64, 1.0..=525_600.0)?;
        }
        for (at, target) in self.targets.iter().enumerate() {
            named(format!("targets[{at}].measure"), &target.measure)?;
            if !["above", "below"].contains(&target.stay.as_str()) {
                return wrong(format!("targets[{at}].stay"), "must be above or below");
            }
        }
        Ok(())
    }

    pub(super) fn check_incident(&self, at: usize, incident: &Incident) -> Checked {
        let field = |name: &str| format!("incidents[{at}].{name}");
        named(field("id"), incident.id())?;
        if self.incidents.iter().take(at).any(|other| other.id() == incident.id()) {
            return wrong(field("id"), format!("{:?} is there already", incident.id()));
        }
        before_end(field("before_end"), incident.before_end())?;
        match incident {
            Incident::MemoryLeak { host, service, free_gib, gib_per_hour, killed_below_gib, .. } => {
                self.known_machine(field("host"), host)?;
                self.known_service(field("service"), service)?;
                within(field("gib_per_hour"), *gib_per_hour, 0.001..=1_000.0)?;
                within(field("killed_below_gib"), *killed_below_gib, 0.0..=1e6)?;
                within(field("free_gib"), *free_gib, *killed_below_gib + 0.01..=1e6)
            }
            Incident::SlowDatabase { host, service, hour, minutes, cpu, slower, timeouts, .. } => {
                self.known_machine(field("host"), host)?;
                self.known_service(field("service"), service)?;
                within(field("hour"), hour.unwrap_or(0) as f64, 0.0..=23.0)?;
                within(field("minutes"), *minutes as f64, 30.0..=10_080.0)?;
                share(field("cpu"), *cpu)?;
                within(field("slower"), *slower, 1.0..=5.0)?;
                share(field("timeouts"), *timeouts)
            }
            Incident::PoolExhaustion {
                service,
                trouble_after,
                rolled_back_after,
                failed,
                second_attempt,
                connections,
                connections_before,
                ..
            } => {
                self.known_service(field("service"), service)?;
                within(field("trouble_after"), *trouble_after as f64, 0.0..=10_080.0)?;
                within(field("rolled_back_after"), *rolled_back_after as f64, *trouble_after as f64 + 5.0..=20_160.0)?;
                share(field("failed"), *failed)?;
                share(field("second_attempt"), *second_attempt)?;
                within(field("connections"), f64::from(*connections), 1.0..=100_000.0)?;
                within(field("connections_before"), f64::from(*connections_before), 1.0..=100_000.0)
            }
            Incident::FillingDisk { host, used, per_day, .. } => {
                self.known_machine(field("host"), host)?;
                share(field("used"), *used)?;
                within(field("per_day"), *per_day, 0.0001..=10.0)
            }
            Incident::NoisyNeighbour { host, job, minutes, cores, slower, .. } => {
                self.known_machine(field("host"), host)?;
                if !self.jobs.iter().any(|known| known.name == *job) {
                    return wrong(field("job"), format!("there is no job {job:?} in jobs"));
                }
                within(field("minutes"), *minutes as f64, 10.0..=10_080.0)?;
                within(field("cores"), *cores, 0.1..=512.0)?;
                within(field("slower"), *slower, 1.0..=10.0)
            }
            Incident::OptOutWave { loss, marketing_loss, policy, .. } => {
                share(field("loss"), *loss)?;
                share(field("marketing_loss"), *marketing_loss)?;
                named(field("policy"), policy)
            }
        }
    }
}
