//! The document that a simulated company is told from. `scenario.json` is the one built in; another one may be
//! given to [`Scenario::parse`]. Times are minutes before the end of the told stretch (`before_end`), so that a
//! fresh demonstration always shows its incidents in the last hours and days. Figures hold at scale 1.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub company: CompanyWords,
    pub traffic: Traffic,
    pub segments: Vec<Segment>,
    pub countries: Vec<Country>,
    pub sharing: Sharing,
    pub shop: Shop,
    pub features: Vec<Feature>,
    pub services: Vec<Service>,
    pub machines: Vec<Machine>,
    pub app: Vec<AppRelease>,
    pub releases: Vec<Release>,
    pub campaigns: Vec<Campaign>,
    pub incidents: Vec<Incident>,
    pub silences: Vec<Silence>,
    pub targets: Vec<Target>,
    pub canaries: Canaries,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanyWords {
    pub name: String,
    /// Host of the shop's pages.
    pub host: String,
    pub environment: String,
    pub region: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// People who come for the first time, on a usual day.
    pub newcomers: f64,
    /// Growth of newcomers per day, as a fraction; the figure above holds on the last day.
    pub growth: f64,
    /// Factors for Monday to Sunday.
    pub weekdays: [f64; 7],
    /// Weights of the 24 local hours.
    pub hours: [f64; 24],
    /// Days after which somebody who came once is no longer followed.
    pub memory_days: u32,
}

/// A kind of person: how often they come back, and how much they want to buy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pub name: String,
    pub share: f64,
    /// Probability of a visit on day `a` after the first is `visit * a^-decay`.
    pub visit: f64,
    pub decay: f64,
    /// Share who open an account at some time.
    pub account: f64,
    /// Factor on the wish to buy.
    pub intent: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Country {
    pub code: String,
    pub share: f64,
    pub utc_offset_hours: i64,
    pub currency: String,
    /// Amount of this currency for one euro.
    pub rate: f64,
    pub locales: Vec<String>,
    /// Factor on page times, for the way to the servers.
    pub distance: f64,
}

/// Who shares what. Everything is a probability of saying yes, among all people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    pub usage_mobile: f64,
    pub usage_desktop: f64,
    pub usage_tablet: f64,
    pub usage_app: f64,
    /// Among those who share usage.
    pub errors: f64,
    pub performance: f64,
    pub marketing: f64,
    /// A new banner text: from then on this share more says no to usage, people of old included.
    pub wave_before_end: i64,
    pub wave_loss: f64,
    pub policy_before: String,
    pub policy_after: String,
}

/// The way to an order on a usual day, and what it is worth.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// Share of visits that leave after one page.
    pub bounce: f64,
    /// Probability that a viewed product goes into the basket.
    pub basket_per_view: f64,
    pub checkout_per_basket: f64,
    pub submit_per_checkout: f64,
    /// Share of payments that the bank refuses.
    pub declined: f64,
    /// Share of those who try again after a refusal or a failure.
    pub retry: f64,
    /// Share of orders paid to checkouts started that follows from the above; kept here to be tested against.
    pub checkout_to_paid: f64,
    /// Share of opened address forms where validation sends people back three times or more.
    pub address_loop: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    pub name: String,
    /// Name of the product event that its use sends.
    pub event: String,
    /// Probability of use where a visit could use it.
    pub chance: f64,
    /// Person-days that were spent on building it.
    pub effort_days: u32,
    /// When it was launched; absent for features of old.
    pub launched_before_end: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub name: String,
    /// `telemetry.sdk.language`.
    pub language: String,
    /// Version before the first release of the document.
    pub version: String,
    pub hosts: Vec<String>,
    pub team: String,
    /// Process name on the machine.
    pub process: String,
    pub memory_limit_mib: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub name: String,
    pub role: String,
    pub cores: u32,
    pub memory_gib: f64,
    pub disk_gib: f64,
    /// Fractions of a usual afternoon.
    pub cpu: f64,
    pub memory_free_gib: f64,
    pub disk_used: f64,
    /// MB/s of a usual afternoon.
    pub sent: f64,
    pub received: f64,
    /// Disk operations per second.
    pub operations: f64,
    /// Seconds between two readings of the figures that matter most.
    pub every: u32,
    /// Process name and share of the machine's CPU and memory.
    pub processes: Vec<(String, f64, f64)>,
}

/// A version of the mobile app in the stores.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppRelease {
    pub version: String,
    pub before_end: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub service: String,
    pub version: String,
    pub before_end: i64,
    /// Empty: everywhere.
    #[serde(default)]
    pub hosts: Vec<String>,
    pub note: String,
    /// Factor on the durations of this service from here on.
    #[serde(default = "one")]
    pub duration: f64,
}

fn one() -> f64 {
    1.0
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Takes a share of those who come for the first time anyway.
    Share,
    /// Brings additional newcomers.
    Draw,
    /// Brings account holders back.
    Mail,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// `{month}` is replaced by the three letters of the month it starts in.
    pub name: String,
    pub source: String,
    pub medium: String,
    #[serde(default)]
    pub term: Option<String>,
    #[serde(default)]
    pub content: Option<String>,
    pub reach: Reach,
    /// A share for `share`; people in the whole run for `draw` and `mail`.
    pub amount: f64,
    pub before_end: i64,
    pub hours: i64,
    /// Move the start back to this weekday's midnight (1 is Monday).
    #[serde(default)]
    pub weekday: Option<u32>,
    pub landing: String,
    #[serde(default)]
    pub referrer: Option<String>,
    /// Factor on the wish to buy.
    pub intent: f64,
    /// Euro per day.
    pub spend: f64,
}

/// What goes wrong. `before_end` is the instant of the cause.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Incident {
    /// A version that keeps memory on one machine until it is killed, and begins again.
    MemoryLeak {
        id: String,
        title: String,
        service: String,
        version: String,
        host: String,
        before_end: i64,
        free_gib: f64,
        gib_per_hour: f64,
        /// Free memory at which the kernel kills the process.
        killed_below_gib: f64,
    },
    /// A database that runs out of CPU on one query: pages slow down, queries run into their time-out.
    SlowDatabase {
        id: String,
        title: String,
        host: String,
        service: String,
        query: String,
        before_end: i64,
        /// Move the start back to this hour (UTC), so that it meets the evening's visitors.
        #[serde(default)]
        hour: Option<i64>,
        minutes: i64,
        cpu: f64,
        /// Factor on page times at the height.
        slower: f64,
        /// Share of queries that time out at the height.
        timeouts: f64,
    },
    /// A version with too few database connections: calls wait, then fail.
    PoolExhaustion {
        id: String,
        title: String,
        service: String,
        version: String,
        before_end: i64,
        /// Minutes from the deployment to the first trouble, and to the roll-back.
        trouble_after: i64,
        rolled_back_after: i64,
        pool: String,
        connections_before: u32,
        connections: u32,
        /// Share of calls that fail, and that need a second attempt, at the height.
        failed: f64,
        second_attempt: f64,
        /// Share of checkouts that are paid meanwhile; to be tested against.
        checkout_to_paid: f64,
    },
    /// A volume that grows until somebody looks.
    FillingDisk { id: String, title: String, host: String, before_end: i64, used: f64, per_day: f64 },
}

/// A machine that reports nothing for a while: a gap, not a zero.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    pub host: String,
    pub before_end: i64,
    pub minutes: i64,
    pub cause: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub measure: String,
    pub value: f64,
    pub unit: String,
    /// Whether the figure should stay `above` or `below`.
    pub stay: String,
}

/// The only personal-looking text that is ever sent, and only in log lines. Nobody owns any of it: reserved
/// domains, documentation addresses, a test card.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canaries {
    pub emails: Vec<String>,
    pub addresses: Vec<String>,
    pub cards: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("the scenario cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the scenario names {what} {name:?}, which it does not describe")]
    Unknown { what: &'static str, name: String },
    #[error("the scenario needs at least one of each: {0}")]
    Empty(&'static str),
}

impl Scenario {
    /// The document that is built in.
    ///
    /// # Errors
    /// None as long as the tests pass; the document is checked like any other.
    pub fn fernhill() -> Result<Scenario, ScenarioError> {
        Scenario::parse(include_str!("scenario.json"))
    }

    /// # Errors
    /// When the text is not the document described here, or names a machine or service that it does not list.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        let scenario: Scenario = serde_json::from_str(text)?;
        scenario.check()?;
        Ok(scenario)
    }

    /// # Errors
    /// As [`Scenario::parse`].
    pub fn check(&self) -> Result<(), ScenarioError> {
        for (empty, what) in [
            (self.segments.is_empty(), "segments"),
            (self.countries.is_empty() || self.countries.iter().any(|c| c.locales.is_empty()), "countries and locales"),
            (self.services.iter().any(|s| s.hosts.is_empty()), "hosts of every service"),
            (self.app.is_empty(), "app"),
            (self.canaries.emails.is_empty() || self.canaries.addresses.is_empty(), "canaries"),
            (self.canaries.cards.is_empty(), "canaries"),
        ] {
            if empty {
                return Err(ScenarioError::Empty(what));
            }
        }
        for name in super::topology::ROLES {
            self.known_service(name)?;
        }
        for host in super::topology::MACHINES {
            self.known_machine(host)?;
        }
        for service in &self.services {
            service.hosts.iter().try_for_each(|host| self.known_machine(host))?;
        }
        for release in &self.releases {
            self.known_service(&release.service)?;
            release.hosts.iter().try_for_each(|host| self.known_machine(host))?;
        }
        for silence in &self.silences {
            self.known_machine(&silence.host)?;
        }
        for incident in &self.incidents {
            match incident {
                Incident::MemoryLeak { host, service, .. } | Incident::SlowDatabase { host, service, .. } => {
                    self.known_machine(host)?;
                    self.known_service(service)?;
                }
                Incident::PoolExhaustion { service, .. } => self.known_service(service)?,
                Incident::FillingDisk { host, .. } => self.known_machine(host)?,
            }
        }
        Ok(())
    }

    fn known_service(&self, name: &str) -> Result<(), ScenarioError> {
        let known = self.services.iter().any(|service| service.name == name);
        if known { Ok(()) } else { Err(ScenarioError::Unknown { what: "the service", name: name.to_owned() }) }
    }

    fn known_machine(&self, name: &str) -> Result<(), ScenarioError> {
        let known = self.machines.iter().any(|machine| machine.name == name);
        if known { Ok(()) } else { Err(ScenarioError::Unknown { what: "the machine", name: name.to_owned() }) }
    }

    pub fn feature(&self, event: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.event == event)
    }
}
