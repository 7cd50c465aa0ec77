//! Product events of a shop: people who come back, change devices, travel and are recognised later, with properties,
//! money, and some events that arrive days late.

use super::chance::Chance;
use chrono::{DateTime, Duration, Utc};
use parallax_domain::Category;
use parallax_server::record::{Context, Event, Scalar, Who};

pub const DAYS: i64 = 90;
/// Share of the events that arrive after their day was merged.
pub const LATE: f64 = 0.03;

/// Names after the steps to a purchase; the first are frequent, the last rare.
const FEATURES: [&str; 34] = [
    "search",
    "filter_used",
    "wishlist_added",
    "review_read",
    "image_zoomed",
    "video_played",
    "share_clicked",
    "coupon_tried",
    "chat_opened",
    "account_opened",
    "address_saved",
    "newsletter_joined",
    "size_guide_opened",
    "compare_opened",
    "store_found",
    "return_started",
    "gift_wrapped",
    "language_changed",
    "theme_changed",
    "notification_allowed",
    "rating_given",
    "question_asked",
    "order_tracked",
    "invoice_opened",
    "profile_edited",
    "password_changed",
    "two_factor_enabled",
    "export_started",
    "import_started",
    "team_invited",
    "plan_viewed",
    "plan_changed",
    "support_called",
    "feedback_sent",
];
const COUNTRIES: [&str; 12] = ["DE", "DE", "DE", "FR", "FR", "US", "US", "GB", "NL", "PL", "ES", "IT"];
const BROWSERS: [&str; 4] = ["Chrome", "Safari", "Firefox", "Edge"];
const SOURCES: [&str; 6] = ["newsletter", "search", "social", "partner", "affiliate", "print"];
const PLANS: [&str; 3] = ["free", "plus", "pro"];

/// How much of it: `events` in all, by as many sessions and people as the sizes of the issue ask for.
#[derive(Clone, Copy)]
pub struct Size {
    pub events: u64,
}

impl Size {
    pub fn people(self) -> u64 {
        self.events / 50
    }

    /// So many people were anonymous first.
    pub fn anonymous(self) -> u64 {
        self.people() / 10
    }

    fn sessions(self) -> u64 {
        self.events * 461 / 10_000
    }
}

pub fn start() -> DateTime<Utc> {
    "2026-01-05T00:00:00Z".parse().expect("a constant time")
}

/// The events of one day with the number of whoever did it, in order of time; of each, whether it arrives late.
pub fn day(size: Size, day: i64) -> Vec<(Event, bool)> {
    let mut chance = Chance::new(0x5107 + day as u64 * 7919);
    let midnight = start() + Duration::days(day);
    let sessions = size.sessions() / DAYS as u64;
    let per_session = size.events as f64 / (sessions * DAYS as u64) as f64;
    // The shop gets to know its people over the ninety days.
    let known = (size.people() as f64 * (0.15 + 0.85 * (day + 1) as f64 / DAYS as f64)) as u64;
    let mut events = Vec::with_capacity((sessions as f64 * per_session) as usize + 100);
    for session in 0..sessions {
        // Half of the visits are of the most recent tenth of people.
        let person =
            if chance.happens(0.3) { known - 1 - chance.below((known / 10).max(1)) } else { chance.skewed(known) };
        visit(size, &mut chance, &mut events, person, midnight, per_session, (day as u64) << 32 | session);
    }
    events.sort_by_key(|(event, _)| event.at);
    events
}

/// The country changes with a journey, the plan with time, the browser with the device.
fn visit(
    size: Size,
    chance: &mut Chance,
    events: &mut Vec<(Event, bool)>,
    person: u64,
    midnight: DateTime<Utc>,
    per_session: f64,
    number: u64,
) {
    let mut own = Chance::new(person.wrapping_mul(31));
    let home = own.of(&COUNTRIES);
    let desktop = own.happens(0.55);
    let subject =
        if person.is_multiple_of(10) && chance.happens(0.4) { size.people() + person / 10 } else { person } + 1;
    let country = if chance.happens(0.04) { chance.of(&COUNTRIES) } else { home };
    let device = if chance.happens(0.15) != desktop { "desktop" } else { "mobile" };
    let browser = if device == "mobile" { own.of(&BROWSERS[..2]) } else { own.of(&BROWSERS) };
    let day = (midnight - start()).num_days();
    let plan = PLANS[((own.below(3) as i64 + day / 45).min(2)) as usize];
    let source = chance.happens(0.15).then(|| chance.of(&SOURCES));
    let length = 1 + (-(1.0 - chance.share()).ln() * (per_session - 1.0)) as u64;
    let mut at = midnight + Duration::milliseconds(chance.below(86_400_000) as i64);
    let end = midnight + Duration::days(1);
    let mut cart: Option<u64> = None;
    let id = (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 1) as i64;
    for place in 0..length {
        let step = chance.share();
        let item = chance.skewed(200);
        let (name, path) = match step {
            _ if place == 0 => ("page_view", Some(format!("/c/{}", chance.skewed(60)))),
            0.0..0.35 => ("page_view", Some(format!("/p/{}", chance.skewed(400)))),
            0.35..0.55 => ("view_item", None),
            0.55..0.63 => ("add_to_cart", None),
            0.63..0.68 if cart.is_some() => ("begin_checkout", None),
            0.68..0.71 if cart.is_some() => ("purchase", None),
            _ => (FEATURES[chance.skewed(FEATURES.len() as u64) as usize], None),
        };
        let about = if matches!(name, "begin_checkout" | "purchase") { cart.unwrap_or(item) } else { item };
        if name == "add_to_cart" {
            cart = Some(item);
        }
        let price = 5.0 + (about * 37 % 190) as f64;
        let properties = matches!(name, "view_item" | "add_to_cart" | "begin_checkout" | "purchase");
        let scalars = if properties {
            vec![
                ("item".to_owned(), Scalar::Text(format!("item-{about}"))),
                ("price".to_owned(), Scalar::Number(price)),
                ("plan".to_owned(), Scalar::Text(plan.to_owned())),
            ]
        } else {
            Vec::new()
        };
        let text = properties.then(|| format!("{{\"item\":\"item-{about}\",\"price\":{price},\"plan\":\"{plan}\"}}"));
        let context = Context {
            country: Some(country.to_owned()),
            device: Some(device.to_owned()),
            browser: Some(browser.to_owned()),
            version: Some(format!("4.{}", day / 9)),
            url_path: path,
            campaign_source: source.filter(|_| place == 0).map(str::to_owned),
            ..Context::default()
        };
        let event = Event {
            at,
            name: name.to_owned(),
            category: Category::Usage,
            who: Who { session: Some(id), subject: Some(subject as i32), ..Who::default() },
            id: None,
            context,
            trace_id: None,
            revenue: (name == "purchase").then_some((price * 1e6) as i64),
            currency: (name == "purchase").then(|| "EUR".to_owned()),
            weight: 1.0,
            flags: 0,
            properties: text,
            scalars,
            profile: None,
        };
        events.push((event, chance.happens(LATE)));
        if name == "purchase" {
            cart = None;
        }
        at += Duration::milliseconds(500 + chance.below(60_000) as i64);
        if at >= end {
            return;
        }
    }
}
