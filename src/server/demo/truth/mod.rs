//! What is true about a told stretch of time: what a test, or a reader, may hold answers against. `parallax demo truth`
//! prints it.

mod cost;
mod incident;

pub use cost::{Cost, cost};
pub use incident::incidents;

use super::calendar::{self, MINUTE};
use super::records::{self, DayTotals};
use super::scenario::{Canaries, Target};
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
    /// Services and machines that it is seen on, the cause first.
    pub services: Vec<String>,
    pub machines: Vec<String>,
    pub root_cause: Cause,
    pub critical_failure: Moment,
    pub evidence: Vec<Evidence>,
    /// How large it is. Shares are fractions; the rest says its unit in the name.
    pub size: BTreeMap<&'static str, f64>,
    /// What it cost the shop; none where nobody bought less for it, or where it was not asked for.
    pub cost: Option<Cost>,
}

/// Something that was sent and shows the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// `metric`, `log`, `span`, `event`, `deployment`, `ticket` or `decision`.
    pub signal: &'static str,
    /// Of a metric, span or event its name; of a log line a part of its text; of a ticket its subject; of a deployment its
    /// service; of a decision the name of the banner text.
    pub name: String,
    /// Service or machine that it is of.
    pub of: Option<String>,
    pub what: &'static str,
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

#[derive(Clone, Debug, Serialize)]
pub struct SilenceTruth {
    pub host: String,
    pub from: Instant,
    pub to: Instant,
    pub cause: String,
}

/// `incidents`: with their cost, where that is known.
pub fn truth(world: &World, incidents: Vec<IncidentTruth>, days: Vec<DayTotals>) -> Truth {
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
        incidents,
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
