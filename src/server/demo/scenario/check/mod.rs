//! What a scenario has to be for a story to be told from it.

mod changes;
mod estate;
mod people;

use super::super::topology::{MACHINES, ROLES};
use super::{Incident, Scenario, ScenarioError};
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
