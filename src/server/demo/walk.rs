//! How a visit goes: in by some door, around the shop, sometimes to the till.

use super::calendar::MINUTE;
use super::plan::Visit;
use super::random::Dice;
use super::session::{Call, CallKind, Opinion, Session, Touch, Worry};
use super::shop::{self, event};
use super::world::World;
use serde_json::json;
use std::sync::Arc;

/// Nobody stays longer; the slices of time rely on it.
pub const LONGEST: i64 = 60 * MINUTE;
/// From here on nobody begins anything new.
pub(super) const LAST_CALL: i64 = 30 * MINUTE;

pub(super) struct Walker<'w> {
    pub world: &'w World,
    pub session: Session,
    pub dice: Dice,
    pub at: i64,
    pub path: Arc<str>,
    pub title: &'static str,
    pub known: bool,
    pub account: bool,
    /// Factor on page times of this visit.
    pub slow: f64,
    pub worst_lcp: f64,
    pub wish: f64,
    pub trouble: bool,
    pub basket: Vec<(usize, i64)>,
    advised: bool,
    pub pages: u32,
}

pub fn walk(world: &World, visit: &Visit) -> Session {
    let mut dice = Dice::new(visit.key);
    let session = Session::open(world, visit, &mut dice);
    let luck = dice.around(1.0, 0.2);
    let segment = &world.people.segments[session.person.segment];
    let mut walker = Walker {
        slow: session.slowness(world) * luck,
        wish: segment.intent,
        world,
        session,
        dice,
        at: visit.start,
        path: Arc::from("/"),
        title: "Fernhill Shop",
        known: false,
        account: false,
        worst_lcp: 0.0,
        trouble: false,
        basket: Vec::new(),
        advised: false,
        pages: 0,
    };
    walker.run();
    walker.session
}

impl<'w> Walker<'w> {
    fn run(&mut self) {
        let day = self.session.visit.start.div_euclid(super::calendar::DAY);
        let person = &self.session.person;
        let opened = self.world.people.account_day(person, day, &self.world.tide);
        let new_account = opened == Some(day) && self.session.visit.nth == 0 && self.session.visit.mail.is_none();
        self.account = opened.is_some() && !new_account;
        self.known = self.account && self.dice.chance(0.66);
        let landing = self.arrive(day);
        self.page(landing.0, landing.1, true);
        let hurry = 1.0 + 0.10 * (self.worst_lcp / 1_000.0 - 1.8).max(0.0);
        let settled = if self.account { 0.55 } else { 1.0 };
        if self.dice.chance((self.world.scenario.shop.bounce * hurry * settled / self.wish.powf(0.6)).min(0.85)) {
            return self.leave();
        }
        self.preferences();
        if self.account && !self.known && self.dice.chance(0.5) {
            self.sign_in();
        }
        let mut look = if landing.0.starts_with("/p/") { self.product_at(landing.0) } else { None };
        while self.at < self.session.visit.start + LAST_CALL && self.dice.chance(if self.trouble { 0.6 } else { 0.80 })
        {
            look = self.browse(look);
        }
        if new_account {
            self.sign_up();
        }
        if !self.basket.is_empty() {
            self.till();
        }
        self.leave();
    }

    /// Source of the visit and first page.
    fn arrive(&mut self, day: i64) -> (&'w str, &'static str) {
        let visit = self.session.visit;
        let first = visit.person.cohort == day;
        let drawn = usize::from(visit.person.stream).checked_sub(1).filter(|_| first);
        let run = visit.mail.map(usize::from).or(drawn).or_else(|| self.shared_campaign(visit.start, first));
        if let Some(run) = run {
            let world = self.world;
            let campaign = &world.people.runs[run].campaign;
            self.wish *= campaign.intent;
            self.session.touch = Touch { run: Some(run), referrer: None };
            // `/p` is whatever article the ad was for.
            let door = if campaign.landing == "/p" { self.some_product() } else { campaign.landing.as_str() };
            return (door, title(door));
        }
        let referrer = match self.dice.weighted(if first { &FIRST_SOURCES } else { &LATER_SOURCES }) {
            0 => Some("https://www.google.com/"),
            1 => Some("https://www.bing.com/"),
            2 => Some("https://www.reddit.com/"),
            3 => Some("https://www.instagram.com/"),
            4 => Some("https://duckduckgo.com/"),
            _ => None,
        };
        self.session.touch = Touch { run: None, referrer };
        let door = match self.dice.weighted(&[0.33, 0.27, 0.28, 0.08, 0.04]) {
            0 => "/",
            1 => self.some_category(),
            2 => self.some_product(),
            3 => "/sale",
            _ => "/guide/size",
        };
        (door, title(door))
    }

    /// A campaign that takes its share of those who come anyway; people who know the shop follow fewer ads.
    fn shared_campaign(&mut self, at: i64, first: bool) -> Option<usize> {
        let mut luck = self.dice.unit() / if first { 1.0 } else { 0.42 };
        self.world.people.runs.iter().position(|run| {
            if run.campaign.reach != super::scenario::Reach::Share || !(run.from..run.to).contains(&at) {
                return false;
            }
            luck -= run.campaign.amount;
            luck < 0.0
        })
    }

    fn browse(&mut self, looking_at: Option<usize>) -> Option<usize> {
        let features = &self.world.scenario;
        let chance = |event: &str| features.feature(event).map_or(0.0, |feature| feature.chance);
        let search = chance(event::SEARCH);
        match self.dice.weighted(&[0.52, 0.25, search * 0.7, 0.055]) {
            0 => {
                let product = self.draw_product();
                self.page(product_path(product), shop::PRODUCTS[product].title, false);
                self.image(product);
                self.at_product(product);
                Some(product)
            }
            1 => {
                let category = self.some_category();
                self.page(category, title(category), false);
                let sized = ["/c/jackets", "/c/boots", "/c/backpacks"].contains(&category);
                if sized && self.dice.chance(chance(event::FILTER_SIZE) * 1.7) {
                    let size = *self.dice.pick(&shop::SIZES);
                    self.feature(event::FILTER_SIZE, vec![("size", json!(size))], None);
                }
                looking_at
            }
            2 => {
                let (term, hits) = *self.dice.pick(&shop::TERMS);
                let call = self.call(CallKind::Search { hits });
                self.path = Arc::from(format!("/search?q={}", term.replace(' ', "+")));
                self.title = "Search";
                self.event(event::SEARCH, "usage", vec![("term", json!(term)), ("results", json!(hits))], call);
                self.think(7.0);
                looking_at
            }
            _ => self.aside(looking_at),
        }
    }

    /// Rarer things to do.
    fn aside(&mut self, looking_at: Option<usize>) -> Option<usize> {
        let now = self.at;
        let chance = |event: &str| self.world.scenario.feature(event).map_or(0.0, |feature| feature.chance);
        let review = if self.account { chance(event::REVIEW) } else { 0.0 };
        let tracking = if self.account { chance(event::ORDER_TRACKING) } else { chance(event::ORDER_TRACKING) * 0.2 };
        let registry = chance(event::GIFT_REGISTRY);
        let compare = chance(event::COMPARE);
        match self.dice.weighted(&[tracking * 7.0, review * 7.0, compare * 7.0, registry * 7.0, 0.4]) {
            0 => {
                let order = 100_000 + (self.session.person.hash % 90_000);
                let call = self.call(CallKind::Orders);
                // The token belongs to the parcel: an address that must not be kept whole.
                self.path = Arc::from(format!("/account/orders/{order}?token={:016x}", self.dice.bits()));
                self.title = "Your order";
                self.event(event::ORDER_TRACKING, "usage", vec![], call);
                if self.dice.chance(0.035) {
                    self.session.worry = Some((now, Worry::WhereIsMyOrder));
                }
                self.think(14.0);
            }
            1 => self.feature(event::REVIEW, vec![("stars", json!(2 + self.session.person.hash % 4))], None),
            2 => self.feature(event::COMPARE, vec![("articles", json!(2 + self.session.person.hash % 3))], None),
            3 => self.feature(event::GIFT_REGISTRY, vec![("occasion", json!("wedding"))], None),
            _ => self.page("/guide/size", title("/guide/size"), false),
        }
        looking_at
    }

    fn at_product(&mut self, product: usize) {
        let article = &shop::PRODUCTS[product];
        let world = self.world;
        let chance = |event: &str| world.scenario.feature(event).map_or(0.0, |feature| feature.chance);
        let slug = json!(article.slug);
        if article.sized && !self.advised && self.dice.chance(chance(event::SIZE_ADVISOR) * 2.3 * self.launched()) {
            let call = self.call(CallKind::SizeAdvice { product });
            let size = *self.dice.pick(&shop::SIZES);
            self.feature(event::SIZE_ADVISOR, vec![("product", slug.clone()), ("size", json!(size))], call);
            self.advised = true;
        }
        if self.known && self.dice.chance(chance(event::WISH_LIST) * 2.2) {
            self.feature(event::WISH_LIST, vec![("product", slug.clone())], None);
        }
        if article.category == "tents" && self.dice.chance(chance(event::TENT_VIEW)) {
            self.feature(event::TENT_VIEW, vec![("product", slug.clone())], None);
            let weak = self.session.device.os == "Android" || self.session.person.slow_line;
            if self.dice.chance(if weak { 0.16 } else { 0.03 }) {
                self.crash("WebGLContextLost", "tent view lost its drawing context");
            }
        }
        let wish =
            world.scenario.shop.basket_per_view * self.wish * self.patience() * if self.advised { 1.2 } else { 1.0 };
        if self.basket.len() < 6 && self.dice.chance(wish.min(0.75)) {
            let pieces = if self.dice.chance(0.16) { 2 } else { 1 };
            self.basket.push((product, pieces));
            let call = self.call(CallKind::BasketAdd { product });
            let price = self.money(article.price);
            let properties = vec![("product", slug), ("quantity", json!(pieces)), ("price", json!(price))];
            self.event(event::BASKET_ADD, "usage", properties, call);
            self.think(9.0);
        }
    }

    /// How far the use of the size advisor has spread since its launch, 0 to 1.
    fn launched(&self) -> f64 {
        let launch = self.world.scenario.feature(event::SIZE_ADVISOR).and_then(|feature| feature.launched_before_end);
        let Some(before) = launch else { return 1.0 };
        let days = (self.at - (self.world.end - before * MINUTE)) as f64 / super::calendar::DAY as f64;
        if days < 0.0 { 0.0 } else { 1.0 - (-(days + 0.4) / 4.5).exp() }
    }

    /// The slower the pages of a visit, the less is bought.
    pub(super) fn patience(&self) -> f64 {
        let seconds = self.worst_lcp / 1_000.0;
        (1.12 - 0.10 * (seconds - 1.2)).clamp(0.4, 1.12) * if self.trouble { 0.7 } else { 1.0 }
    }

    fn preferences(&mut self) {
        if !self.dice.chance(0.028) {
            return;
        }
        let person = &self.session.person;
        let (setting, value) = match self.dice.weighted(&[0.42, 0.28, 0.16, 0.14]) {
            0 => ("theme", if person.dark { "dark" } else { "light" }),
            1 => ("layout", if person.list_layout { "list" } else { "grid" }),
            2 => ("text_size", if person.large_text { "large" } else { "normal" }),
            _ => ("currency", if self.session.country(self.world).currency == "EUR" { "EUR" } else { "local" }),
        };
        self.event(event::SETTING, "usage", vec![("setting", json!(setting)), ("value", json!(value))], None);
        self.think(6.0);
    }

    fn sign_in(&mut self) {
        for attempt in 0..4 {
            let accepted = !self.dice.chance(if attempt == 0 { 0.11 } else { 0.3 });
            let call = self.call(CallKind::Login { accepted }).map(|call| Call { known: accepted, ..call });
            if accepted {
                self.known = true;
                self.event(event::LOGIN, "usage", vec![("attempts", json!(attempt + 1))], call);
                return self.think(8.0);
            }
            self.event(event::LOGIN_FAILED, "usage", vec![("reason", json!("invalid_credentials"))], call);
            self.think(11.0);
        }
        if self.dice.chance(0.4) {
            self.session.worry = Some((self.at, Worry::SignIn));
        }
    }

    pub(super) fn sign_up(&mut self) {
        let call = self.call(CallKind::SignUp).map(|call| Call { known: true, ..call });
        self.known = true;
        self.account = true;
        let newsletter = self.session.person.newsletter;
        self.event(event::SIGN_UP, "usage", vec![("newsletter", json!(newsletter))], call);
        self.think(12.0);
    }

    fn leave(&mut self) {
        if self.known && self.dice.chance(0.08) {
            self.event(event::LOGOUT, "usage", vec![], None);
        }
        if self.session.worry.is_none() && self.worst_lcp > 6_500.0 && self.dice.chance(0.02) {
            self.session.worry = Some((self.at, Worry::SlowPages));
        }
        if self.pages > 1 && self.dice.chance(if self.trouble { 0.05 } else { 0.016 }) {
            self.opinion();
        }
    }

    fn opinion(&mut self) {
        let mood = 4.7 - 0.45 * (self.worst_lcp / 1_000.0 - 1.2).max(0.0) - if self.trouble { 1.9 } else { 0.0 };
        let rating = (mood + 0.8 * self.dice.normal()).round().clamp(1.0, 5.0) as i64;
        let texts: &[&'static str] = match rating {
            1 | 2 if self.trouble => &["Could not finish my order.", "An error in the middle of paying."],
            1 | 2 => &["Pages take far too long.", "Images load for ages on my phone.", "The address form is a maze."],
            3 => &["Fine, but the filters forget my size.", "Search did not find gaiters.", "Okay."],
            _ => &[
                "Quick and simple.",
                "The size advisor was right.",
                "Good choice, fair prices.",
                "All fine, thank you.",
            ],
        };
        let text = *self.dice.pick(texts);
        self.event(event::FEEDBACK, "usage", vec![("rating", json!(rating))], None);
        let path = Arc::clone(&self.path);
        self.session.opinion = Some(Opinion { at: self.at, rating, text, path, known: self.known });
    }

    fn draw_product(&mut self) -> usize {
        let sum: f64 = shop::PRODUCTS.iter().map(|product| product.pull).sum();
        let mut left = self.dice.unit() * sum;
        let found = shop::PRODUCTS.iter().position(|product| {
            left -= product.pull;
            left < 0.0
        });
        found.unwrap_or(0)
    }

    fn some_product(&mut self) -> &'static str {
        product_path(self.draw_product())
    }

    fn product_at(&self, path: &str) -> Option<usize> {
        (0..shop::PRODUCTS.len()).find(|product| product_path(*product) == path)
    }

    fn some_category(&mut self) -> &'static str {
        CATEGORY_PATHS[self.dice.weighted(&[0.26, 0.24, 0.2, 0.12, 0.11, 0.07])]
    }
}

const FIRST_SOURCES: [f64; 6] = [0.46, 0.05, 0.025, 0.05, 0.02, 0.395];
const LATER_SOURCES: [f64; 6] = [0.27, 0.03, 0.008, 0.02, 0.012, 0.66];
const CATEGORY_PATHS: [&str; 6] = ["/c/tents", "/c/jackets", "/c/boots", "/c/sleeping", "/c/backpacks", "/c/cooking"];

fn title(path: &str) -> &'static str {
    match path {
        "/" => "Fernhill Shop",
        "/winter" => "Winter is coming",
        "/sale" => "Sale",
        "/guide/size" => "Find your size",
        _ => match path.strip_prefix("/c/") {
            Some(slug) => shop::CATEGORIES.iter().find(|(known, _)| *known == slug).map_or("Category", |(_, t)| t),
            None => path
                .strip_prefix("/p/")
                .and_then(|slug| shop::PRODUCTS.iter().find(|product| product.slug == slug))
                .map_or("Page", |product| product.title),
        },
    }
}

pub(super) fn product_path(product: usize) -> &'static str {
    static PATHS: std::sync::LazyLock<Vec<String>> =
        std::sync::LazyLock::new(|| shop::PRODUCTS.iter().map(|product| format!("/p/{}", product.slug)).collect());
    PATHS.get(product).map_or("/", String::as_str)
}
