//! Who comes, what they share, how they buy, and what brings them.

use super::super::{Campaign, Reach, Scenario, ScenarioError};
use super::{Checked, before_end, count, named, positive, share, within, wrong};

impl Scenario {
    pub(super) fn check_people(&self) -> Checked {
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

    pub(super) fn check_shop(&self) -> Checked {
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

    pub(super) fn check_campaigns(&self) -> Checked {
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
