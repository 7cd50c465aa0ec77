//! What a scenario has to be for a story to be told from it.

use super::super::topology::{MACHINES, ROLES};
use super::{Campaign, Incident, Reach, Scenario, ScenarioError, WorkloadKind};
use std::fmt::Display;
use std::ops::RangeInclusive;

type Checked = Result<(), ScenarioError>;

fn wrong(field: impl Display, problem: impl Into<String>) -> Checked {
    Err(ScenarioError { field: field.to_string(), problem: problem.into() })
}

fn within(field: impl Display, value: f64, range: RangeInclusive<f64>) -> Checked {
    if range.contains(&value) {
        return Ok(());
    }
    wrong(field, format!("must lie between {} and {}, and is {value}", range.start(), range.end()))
}

fn share(field: impl Display, value: f64) -> Checked {
    within(field, value, 0.0..=1.0)
}

fn positive(field: impl Display, value: f64) -> Checked {
    if value > 0.0 && value < 1e12 { Ok(()) } else { wrong(field, format!("must be above 0, and is {value}")) }
}

fn count(field: &str, number: usize, range: RangeInclusive<usize>) -> Checked {
    if range.contains(&number) {
        return Ok(());
    }
    wrong(field, format!("must have {} to {} entries, and has {number}", range.start(), range.end()))
}

fn named(field: impl Display, name: &str) -> Checked {
    if name.trim().is_empty() || name.len() > 100 {
        return wrong(field, "must be a name of 1 to 100 bytes");
    }
    Ok(())
}

/// Twenty years in minutes: enough for what "has always been there".
const LONG_AGO: f64 = 10_512_000.0;

fn before_end(field: impl Display, minutes: i64) -> Checked {
    within(field, minutes as f64, 0.0..=LONG_AGO)
}

impl Scenario {
    /// # Errors
    /// Names the first member that cannot be told from.
    pub fn check(&self) -> Checked {
        self.check_sizes()?;
        self.check_people()?;
        self.check_shop()?;
        self.check_machines()?;
        self.check_services()?;
        self.check_cluster()?;
        self.check_storage()?;
        self.check_network()?;
        self.check_changes()?;
        self.check_campaigns()?;
        self.incidents.iter().enumerate().try_for_each(|(at, incident)| self.check_incident(at, incident))?;
        let waves = self.incidents.iter().filter(|incident| matches!(incident, Incident::OptOutWave { .. }));
        if waves.count() > 1 {
            return wrong("incidents", "may have one opt_out_wave");
        }
        Ok(())
    }

    fn check_sizes(&self) -> Checked {
        count("segments", self.segments.len(), 1..=20)?;
        count("countries", self.countries.len(), 1..=250)?;
        count("services", self.services.len(), ROLES.len()..=ROLES.len())?;
        count("machines", self.machines.len(), MACHINES.len()..=200)?;
        count("workloads", self.workloads.len(), 0..=100)?;
        count("jobs", self.jobs.len(), 0..=100)?;
        count("storage", self.storage.len(), 1..=50)?;
        count("app", self.app.len(), 1..=100)?;
        count("releases", self.releases.len(), 0..=2_000)?;
        count("campaigns", self.campaigns.len(), 0..=500)?;
        count("incidents", self.incidents.len(), 0..=100)?;
        count("canaries.emails", self.canaries.emails.len(), 1..=1_000)?;
        count("canaries.addresses", self.canaries.addresses.len(), 1..=1_000)?;
        count("canaries.cards", self.canaries.cards.len(), 1..=1_000)
    }

    fn check_people(&self) -> Checked {
        let traffic = &self.traffic;
        within("traffic.newcomers", traffic.newcomers, 1.0..=100_000.0)?;
        within("traffic.growth", traffic.growth, -0.05..=0.05)?;
        within("traffic.memory_days", f64::from(traffic.memory_days), 1.0..=400.0)?;
        for (day, factor) in traffic.weekdays.iter().enumerate() {
            within(format!("traffic.weekdays[{day}]"), *factor, 0.01..=20.0)?;
        }
        for (hour, weight) in traffic.hours.iter().enumerate() {
            within(format!("traffic.hours[{hour}]"), *weight, 0.001..=1_000.0)?;
        }
        for (at, segment) in self.segments.iter().enumerate() {
            let field = |name: &str| format!("segments[{at}].{name}");
            positive(field("share"), segment.share)?;
            share(field("visit"), segment.visit)?;
            within(field("decay"), segment.decay, 0.0..=5.0)?;
            share(field("account"), segment.account)?;
            within(field("intent"), segment.intent, 0.01..=10.0)?;
        }
        for (at, country) in self.countries.iter().enumerate() {
            let field = |name: &str| format!("countries[{at}].{name}");
            positive(field("share"), country.share)?;
            within(field("utc_offset_hours"), country.utc_offset_hours as f64, -12.0..=14.0)?;
            within(field("rate"), country.rate, 1e-6..=1e9)?;
            within(field("distance"), country.distance, 0.1..=20.0)?;
            if country.code.len() != 2 || !country.code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return wrong(field("code"), "must be two capital letters (ISO 3166)");
            }
            if country.currency.len() != 3 || !country.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return wrong(field("currency"), "must be three capital letters (ISO 4217)");
            }
            count(&field("locales"), country.locales.len(), 1..=50)?;
        }
        let sharing = &self.sharing;
        for (name, value) in [
            ("usage_mobile", sharing.usage_mobile),
            ("usage_desktop", sharing.usage_desktop),
            ("usage_tablet", sharing.usage_tablet),
            ("usage_app", sharing.usage_app),
            ("errors", sharing.errors),
            ("performance", sharing.performance),
            ("marketing", sharing.marketing),
        ] {
            share(format!("sharing.{name}"), value)?;
        }
        named("sharing.policy", &sharing.policy)
    }

    fn check_shop(&self) -> Checked {
        let shop = &self.shop;
        for (name, value) in [
            ("bounce", shop.bounce),
            ("basket_per_view", shop.basket_per_view),
            ("checkout_per_basket", shop.checkout_per_basket),
            ("submit_per_checkout", shop.submit_per_checkout),
            ("declined", shop.declined),
            ("retry", shop.retry),
            ("checkout_to_paid", shop.checkout_to_paid),
            ("address_loop", shop.address_loop),
        ] {
            share(format!("shop.{name}"), value)?;
        }
        for (at, feature) in self.features.iter().enumerate() {
            named(format!("features[{at}].event"), &feature.event)?;
            share(format!("features[{at}].chance"), feature.chance)?;
            before_end(format!("features[{at}].launched_before_end"), feature.launched_before_end.unwrap_or(0))?;
        }
        Ok(())
    }

    fn check_services(&self) -> Checked {
        for name in ROLES {
            self.known_service("services", name)?;
        }
        for (at, service) in self.services.iter().enumerate() {
            let field = |name: &str| format!("services[{at}].{name}");
            count(&field("hosts"), service.hosts.len(), 1..=50)?;
            for (place, host) in service.hosts.iter().enumerate() {
                self.known_machine(format!("services[{at}].hosts[{place}]"), host)?;
            }
            positive(field("memory_mib"), service.memory_mib)?;
            within(field("memory_limit_mib"), service.memory_limit_mib, service.memory_mib..=1e9)?;
            positive(field("cpu_limit"), service.cpu_limit)?;
            named(field("version"), &service.version)?;
        }
        Ok(())
    }

    fn check_machines(&self) -> Checked {
        for name in MACHINES {
            self.known_machine("machines", name)?;
        }
        for (at, machine) in self.machines.iter().enumerate() {
            let field = |name: &str| format!("machines[{at}].{name}");
            if self.machines.iter().take(at).any(|other| other.name == machine.name) {
                return wrong(field("name"), format!("{:?} is there already", machine.name));
            }
            named(field("name"), &machine.name)?;
            within(field("cores"), f64::from(machine.cores), 1.0..=512.0)?;
            within(field("memory_gib"), machine.memory_gib, 0.5..=100_000.0)?;
            within(field("disk_gib"), machine.disk_gib, 1.0..=10_000_000.0)?;
            share(field("cpu"), machine.cpu)?;
            within(field("memory_free_gib"), machine.memory_free_gib, 0.0..=machine.memory_gib)?;
            share(field("disk_used"), machine.disk_used)?;
            within(field("sent"), machine.sent, 0.0..=100_000.0)?;
            within(field("received"), machine.received, 0.0..=100_000.0)?;
            within(field("operations"), machine.operations, 0.0..=10_000_000.0)?;
            within(field("every"), f64::from(machine.every), 10.0..=3_600.0)?;
            for (place, (name, cpu, memory)) in machine.processes.iter().enumerate() {
                named(format!("machines[{at}].processes[{place}][0]"), name)?;
                share(format!("machines[{at}].processes[{place}][1]"), *cpu)?;
                share(format!("machines[{at}].processes[{place}][2]"), *memory)?;
            }
        }
        Ok(())
    }

    fn check_cluster(&self) -> Checked {
        named("company.cluster", &self.company.cluster)?;
        named("company.namespace", &self.company.namespace)?;
        for (at, workload) in self.workloads.iter().enumerate() {
            let field = |name: &str| format!("workloads[{at}].{name}");
            named(field("name"), &workload.name)?;
            if workload.kind != WorkloadKind::Daemonset {
                count(&field("hosts"), workload.hosts.len(), 1..=200)?;
            }
            for (place, host) in workload.hosts.iter().enumerate() {
                self.known_machine(format!("workloads[{at}].hosts[{place}]"), host)?;
            }
            positive(field("cpu"), workload.cpu)?;
            within(field("cpu_limit"), workload.cpu_limit, workload.cpu..=512.0)?;
            positive(field("memory_mib"), workload.memory_mib)?;
            within(field("memory_limit_mib"), workload.memory_limit_mib, workload.memory_mib..=1e9)?;
            positive(field("volume_gib"), workload.volume_gib.unwrap_or(1.0))?;
            share(field("volume_used"), workload.volume_used)?;
        }
        for (at, job) in self.jobs.iter().enumerate() {
            let field = |name: &str| format!("jobs[{at}].{name}");
            named(field("name"), &job.name)?;
            within(field("hour"), job.hour as f64, 0.0..=23.0)?;
            within(field("minutes"), job.minutes as f64, 1.0..=720.0)?;
            self.known_machine(field("host"), &job.host)?;
            positive(field("cpu"), job.cpu)?;
            positive(field("memory_mib"), job.memory_mib)?;
        }
        Ok(())
    }

    fn check_storage(&self) -> Checked {
        for (at, account) in self.storage.iter().enumerate() {
            let field = |name: &str| format!("storage[{at}].{name}");
            named(field("account"), &account.account)?;
            for (name, value) in [
                ("used_gb", account.used_gb),
                ("objects", account.objects),
                ("read_ms", account.read_ms),
                ("write_ms", account.write_ms),
                ("read_kb", account.read_kb),
                ("write_kb", account.write_kb),
            ] {
                positive(field(name), value)?;
            }
            within(field("gb_per_day"), account.gb_per_day, -1e6..=1e6)?;
            within(field("objects_per_day"), account.objects_per_day, -1e9..=1e9)?;
            within(field("reads"), account.reads, 0.0..=1e6)?;
            within(field("writes"), account.writes, 0.0..=1e6)?;
            share(field("throttled"), account.throttled)?;
            share(field("busy"), account.busy)?;
            if let Some(nightly) = &account.nightly {
                within(field("nightly.hour"), nightly.hour as f64, 0.0..=23.0)?;
                within(field("nightly.minutes"), nightly.minutes as f64, 1.0..=720.0)?;
                within(field("nightly.writes"), nightly.writes, 0.0..=1e6)?;
                share(field("nightly.throttled"), nightly.throttled)?;
                share(field("nightly.busy"), nightly.busy)?;
            }
        }
        Ok(())
    }

    fn check_network(&self) -> Checked {
        let network = &self.network;
        named("network.balancer", &network.balancer)?;
        named("network.gateway", &network.gateway)?;
        named("network.firewall", &network.firewall)?;
        within("network.requests", network.requests, 0.0..=1e6)?;
        for (at, device) in network.devices.iter().enumerate() {
            let field = |name: &str| format!("network.devices[{at}].{name}");
            named(field("name"), &device.name)?;
            for (place, port) in device.ports.iter().enumerate() {
                self.known_machine(format!("network.devices[{at}].ports[{place}]"), port)?;
            }
            within(field("gbit"), device.gbit, 0.01..=1_000.0)?;
            within(field("uplink_gbit"), device.uplink_gbit, 0.01..=10_000.0)?;
        }
        for (at, rule) in network.rules.iter().enumerate() {
            let field = |name: &str| format!("network.rules[{at}].{name}");
            named(field("name"), &rule.name)?;
            if !["Allow", "Deny"].contains(&rule.action.as_str()) {
                return wrong(field("action"), "must be Allow or Deny");
            }
            // Every refusal is a log line of its own.
            let most = if rule.action == "Deny" { 2_000.0 } else { 1e9 };
            within(field("per_hour"), rule.per_hour, 0.0..=most)?;
        }
        for (at, tunnel) in network.tunnels.iter().enumerate() {
            named(format!("network.tunnels[{at}].name"), &tunnel.name)?;
            within(format!("network.tunnels[{at}].bytes"), tunnel.bytes, 0.0..=1e12)?;
            positive(format!("network.tunnels[{at}].rtt_ms"), tunnel.rtt_ms)?;
        }
        for (at, probe) in network.probes.iter().enumerate() {
            positive(format!("network.probes[{at}].rtt_ms"), probe.rtt_ms)?;
        }
        for (at, outage) in network.outages.iter().enumerate() {
            if !network.tunnels.iter().any(|tunnel| tunnel.name == outage.tunnel) {
                return wrong(
                    format!("network.outages[{at}].tunnel"),
                    format!("there is no tunnel {:?} in network.tunnels", outage.tunnel),
                );
            }
            before_end(format!("network.outages[{at}].before_end"), outage.before_end)?;
            within(format!("network.outages[{at}].minutes"), outage.minutes as f64, 1.0..=10_080.0)?;
        }
        Ok(())
    }

    fn check_changes(&self) -> Checked {
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

    fn check_campaigns(&self) -> Checked {
        for (at, campaign) in self.campaigns.iter().enumerate() {
            check_campaign(at, campaign)?;
        }
        let shared = self.campaigns.iter().filter(|campaign| campaign.reach == Reach::Share);
        let sum: f64 = shared.map(|campaign| campaign.amount).sum();
        within("campaigns", sum, 0.0..=1.0).map_err(|error| ScenarioError {
            problem: format!("the amounts of reach share, added up, {}", error.problem),
            ..error
        })
    }

    fn check_incident(&self, at: usize, incident: &Incident) -> Checked {
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

    fn known_service(&self, field: impl Display, name: &str) -> Checked {
        if self.services.iter().any(|service| service.name == name) {
            return Ok(());
        }
        wrong(field, format!("there is no service {name:?} in services"))
    }

    fn known_machine(&self, field: impl Display, name: &str) -> Checked {
        if self.machines.iter().any(|machine| machine.name == name) {
            return Ok(());
        }
        wrong(field, format!("there is no machine {name:?} in machines"))
    }
}

fn check_campaign(at: usize, campaign: &Campaign) -> Checked {
    let field = |name: &str| format!("campaigns[{at}].{name}");
    named(field("name"), &campaign.name)?;
    before_end(field("before_end"), campaign.before_end)?;
    within(field("hours"), campaign.hours as f64, 1.0..=1e6)?;
    within(field("intent"), campaign.intent, 0.01..=10.0)?;
    within(field("spend"), campaign.spend, 0.0..=1e9)?;
    if campaign.weekday.is_some_and(|weekday| !(1..=7).contains(&weekday)) {
        return wrong(field("weekday"), "must lie between 1 (Monday) and 7");
    }
    if !campaign.landing.starts_with('/') {
        return wrong(field("landing"), "must be a path that begins with /");
    }
    match campaign.reach {
        Reach::Share => share(field("amount"), campaign.amount),
        Reach::Draw | Reach::Mail => within(field("amount"), campaign.amount, 0.0..=1e6),
    }
}
