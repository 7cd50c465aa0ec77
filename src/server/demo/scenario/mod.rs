//! The document that a simulated company is told from: JSON, one object, every member checked by name and range
//! (`check`). `fernhill.json` is the one built in and the best thing to start from: `parallax demo scenario` prints
//! it, `parallax demo load --scenario FILE` tells another one.
//!
//! What it says: who comes and when (`traffic`, `segments`, `countries`, `campaigns`), what they share (`sharing`), how they
//! buy (`shop`, `features`), what the shop runs on (`services`, `machines`, `workloads`, `jobs`, `storage`, `network`),
//! what changes (`app`, `releases`), what goes wrong (`incidents`, `silences`) and what is wished for (`targets`).
//! What it does not say, because the code tells it: the articles, the ways through the shop, what a request does.
//! Ten services have to be there by name ([`super::topology::ROLES`]), and the three machines of
//! [`super::topology::MACHINES`].
//!
//! Times are minutes before the end of the told stretch (`before_end`), so that a fresh demonstration always shows its
//! incidents in the last hours and days. Figures hold at scale 1. Shares and probabilities are fractions.

mod check;
mod estate;
mod incident;

pub use estate::{
    Account, Device, Job, Machine, Network, Nightly, Outage, Probe, Rule, Service, Tunnel, Workload, WorkloadKind,
};
pub use incident::Incident;

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
    /// What runs in the cluster beside the services.
    pub workloads: Vec<Workload>,
    pub jobs: Vec<Job>,
    pub storage: Vec<Account>,
    pub network: Network,
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
    /// Name of the Kubernetes cluster, and the namespace of the services in it.
    pub cluster: String,
    pub namespace: String,
    pub resource_group: String,
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
    /// Name of the banner text, until an incident changes it.
    pub policy: String,
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

/// What is wrong with a document, and where: `releases[3].service`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct ScenarioError {
    pub field: String,
    pub problem: String,
}

/// The text of the document that is built in.
pub const FERNHILL: &str = include_str!("fernhill.json");

impl Scenario {
    /// The document that is built in.
    ///
    /// # Errors
    /// None as long as the tests pass; the document is checked like any other.
    pub fn fernhill() -> Result<Scenario, ScenarioError> {
        Scenario::parse(FERNHILL)
    }

    /// # Errors
    /// Names the member that is missing, unknown, of another type, out of its range, or that names something which the
    /// document does not describe.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read: Result<Scenario, _> = serde_path_to_error::deserialize(&mut reader);
        let scenario = read.map_err(|error| ScenarioError {
            field: Some(error.path().to_string()).filter(|path| path != ".").unwrap_or_else(|| "document".to_owned()),
            problem: error.into_inner().to_string(),
        })?;
        reader.end().map_err(|error| ScenarioError { field: "document".to_owned(), problem: error.to_string() })?;
        scenario.check()?;
        Ok(scenario)
    }

    pub fn feature(&self, event: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.event == event)
    }
}
